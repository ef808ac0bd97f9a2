"""No import circle in gui/: a reader can take each file before those that build on it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
FILES = {".".join(path.relative_to(HOME).with_suffix("").parts): path for path in HOME.glob("gui/**/*.py")}


def imported(source: str) -> Iterator[str]:
    """The modules of ours that `source` names: at its top, inside functions, for the type checker alone, and
    as the text of an import at run time."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            yield from (str(one.value) for one in node.args if isinstance(one, ast.Constant))


def circle(sources: dict[str, str]) -> list[str]:
    """A way that leads from a module back to itself; empty if there is none."""
    graph = {name: {target for target in imported(source) if target in sources and target != name}
             for name, source in sources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_leads_back_to_itself() -> None:
    assert circle({name: path.read_text("utf-8") for name, path in FILES.items()}) == []


@pytest.mark.parametrize("way_back", [
    "from gui.a import x", "from gui import a", "import gui.a", "def f():\n    from gui.a import x",
    "if TYPE_CHECKING:\n    from gui.a import x", "importlib.import_module('gui.a')",
])
def test_every_way_back_would_be_found(way_back: str) -> None:
    assert circle({"gui.a": "from gui.b import y", "gui.b": way_back}) != []
