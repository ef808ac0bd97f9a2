"""No widget of ours keeps a thing of its own under a private name of tkinter's. `_name`, for one, is what the
widget is called among its parent's children: if a label stands there, it is never taken off that list."""

from __future__ import annotations

import ast
import inspect
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path
from tkinter import ttk

import pytest

HOME = Path(__file__).resolve().parents[2]
TK_CLASSES = {f"{short}.{name}" for short, module in (("tk", tk), ("ttk", ttk)) for name in dir(module)}


def private_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What these classes define, or store in themselves, under a private name, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            name = node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr if ast.unparse(node.value) == "self" else ""
        else:
            continue
        if name.startswith("_") and not name.startswith("__"):
            yield name, node.lineno


TKINTERS_OWN = {name for module in (tk, ttk) for node in ast.parse(inspect.getsource(module)).body
                if isinstance(node, ast.ClassDef) for name, _ in private_names(node)}


def widgets(trees: dict[str, ast.Module]) -> Iterator[tuple[str, ast.ClassDef]]:
    """The classes that are widgets, by what they are made from: tkinter's, or another widget of ours."""
    classes = [(where, node) for where, tree in trees.items() for node in ast.walk(tree)
               if isinstance(node, ast.ClassDef)]
    ours: set[str] = set()
    while True:
        found = [(where, node) for where, node in classes
                 if {ast.unparse(base).partition("[")[0] for base in node.bases} & (TK_CLASSES | ours)]
        if {node.name for _, node in found} == ours:
            yield from found
            return
        ours = {node.name for _, node in found}


def taken(trees: dict[str, ast.Module]) -> list[str]:
    return [f"{where}:{line} {node.name}.{name}" for where, node in widgets(trees)
            for name, line in private_names(node) if name in TKINTERS_OWN]


def test_no_widget_takes_a_private_name_of_tkinter() -> None:
    trees = {str(path.relative_to(HOME)): ast.parse(path.read_text("utf-8"))
             for path in HOME.glob("gui/**/*.py")}
    assert len(list(widgets(trees))) > 50
    assert taken(trees) == []


@pytest.mark.parametrize("body", [
    "    def __init__(self):\n        self._name = 1",
    "    def __init__(self):\n        self.a, self._w = 1, 2",
    "    def _root(self): ...",
])
@pytest.mark.parametrize("head", ["class A(ttk.Frame):", "class B(tk.Text): ...\nclass A(B):"])
def test_each_way_to_take_one_would_be_found(head: str, body: str) -> None:
    assert len(taken({"here": ast.parse(f"{head}\n{body}")})) == 1
