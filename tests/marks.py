"""Marks tests that share a screen or start processes, by what they use, so that nobody has to remember.

On a busy machine such a test may fail although nothing is wrong, so `.ci/run` repeats it once; all other
tests are red at once. What cannot be seen here (a function kept in a table, say) is marked by hand.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType

import pytest

SCREEN_FIXTURES = {"display", "root"}
STARTERS = {"subprocess", "multiprocessing"}


def put_marks(items: list[pytest.Item]) -> None:
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        if SCREEN_FIXTURES & set(item.fixturenames):
            item.add_marker("screen")
        fixtures = [made[-1].func for made in item._fixtureinfo.name2fixturedefs.values()]
        if starts_processes(item.obj, *fixtures):
            item.add_marker("processes")


def starts_processes(*things: object) -> bool:
    """Whether these functions, or what of the tests' own they name, name a module that starts processes."""
    todo, seen = list(things), set()
    while todo:
        thing = todo.pop()
        if isinstance(thing, property):
            thing = thing.fget
        thing = getattr(thing, "__func__", thing)
        home = thing.__name__ if inspect.ismodule(thing) else getattr(thing, "__module__", None)
        if home in STARTERS:
            return True
        if not isinstance(home, str) or not home.startswith("tests.") or id(thing) in seen:
            continue
        seen.add(id(thing))
        if inspect.isclass(thing):
            todo += vars(thing).values()
        elif isinstance(thing, FunctionType):
            todo += _named_in(thing)
    return False


def _named_in(function: FunctionType) -> Iterator[object]:
    """The values of the global names in a function, and the members of modules that it names."""
    names = set(_names(function.__code__))
    for name in names & function.__globals__.keys():
        value = function.__globals__[name]
        yield value
        if inspect.ismodule(value):
            yield from (getattr(value, member) for member in names if hasattr(value, member))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
