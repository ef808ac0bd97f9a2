"""What a person reads has one apostrophe: ’, which stands beside “ and ” everywhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
SOURCES = [HOME / "localchat.py", *sorted(HOME.glob("gui/**/*.py")), *sorted(HOME.glob("netcore/**/*.py"))]
STRAIGHT = re.compile(r"\w'(?:s|t|re|ll|ve|d|m)\b|s'(?=[\s.:;]|$)")
"""Ada's, don't, both sides' …; code in a string has its quotes elsewhere."""


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """All that are no docstring and no description of a constant, each with its line; of an f-string the
    parts between its values."""
    described = {node.value for node in ast.walk(tree)
                 if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in described:
            yield node.lineno, node.value


def straight_in(source: str) -> list[str]:
    found = [f"line {line}: {text[:80]!r}" for line, text in strings(ast.parse(source))
             if STRAIGHT.search(text)]
    # After a value the part begins with it: f"{name}'s program".
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            for value, after in zip(node.values, node.values[1:], strict=False):
                if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant) \
                        and re.match(r"'s\b", str(after.value)):
                    found.append(f"line {node.lineno}: a value and {str(after.value)[:80]!r}")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HOME)))
def test_sentences_have_the_curly_one(path: Path) -> None:
    assert straight_in(path.read_text("utf-8")) == []


@pytest.mark.parametrize("source", [
    'say("Ada\'s program")', 'say("don\'t")', 'say("both sides\' keys")', 'say(f"{name}\'s program")',
    'say(f"{name} and Ben\'s room")',
])
def test_a_straight_one_is_found(source: str) -> None:
    assert straight_in(source)


@pytest.mark.parametrize("source", [
    'say("Ada’s program")', '"""Ada\'s program"""', 'sql("VALUES (\'tried_ms\', ?)")', 'names = ["O\'Brien"]',
    'say(f"{\'s\' if several else \'\'}")', 'WIDTH = 3\n"""Of Ada\'s window."""',
])
def test_code_names_and_docstrings_are_left_alone(source: str) -> None:
    assert straight_in(source) == []
