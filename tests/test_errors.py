"""The tree in the docstring of `netcore/errors.py` is the tree of its classes."""

from __future__ import annotations

import re

from netcore import errors
from netcore.errors import LocalChatError


def told() -> set[tuple[str, str]]:
    """(class, parent) of all that the docstring names. What stands in brackets is below the name before."""
    text = (errors.__doc__ or "").partition("\n\n")[2].partition("\n\n")[0]
    pairs = set()
    parents: list[str] = []  # by depth
    for line in text.splitlines():
        rest = line.lstrip("|`- ")
        depth = (len(line) - len(rest)) // 4
        names = rest.partition("  ")[0]  # what each is follows after some spaces
        for name, below in re.findall(r"(\w+)(?: \(and ([\w, ]+)\))?", names):
            parents[depth:] = [name]
            if depth:
                pairs.add((name, parents[depth - 1]))
            pairs.update((child, name) for child in below.split(", ") if child)
    return pairs


def are() -> set[tuple[str, str]]:
    return {(name, kind.__bases__[0].__name__) for name, kind in vars(errors).items()
            if isinstance(kind, type) and issubclass(kind, LocalChatError) and kind is not LocalChatError}


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    assert told() == are()
