"""Numbers in sentences: one thing is never told as several, whoever says it.

Read from the source itself: an f-string that goes on with a plural after a number that can be 1 is a
sentence that will once say "1 bytes". `counted` says it right.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore.room_words import retry_words
from netcore.wire.lines import counted

HOME = Path(__file__).resolve().parent.parent
SOURCES = [
    path for folder in ("netcore", "gui") for path in sorted(HOME.glob(f"{folder}/**/*.py"))
    if "museum" not in path.parts
]  # fmt: skip
PLURAL = re.compile(
    r"^ (?:bytes|others|members|messages|files|frames|chunks|lines|seconds|minutes|connections|records|"
    r"rooms|characters|deliveries|packets|clients|people|pieces|keys|whispers|(?:\w+ )?(?:are|were|have)\b)"
)
# What cannot be 1 there, or is no sentence.
NEVER_ONE = {
    "{frames} frame",
    "{len(chunks)} chunks",  # one chunk has a sentence of its own
    "{len(paths)} files",
    "{times} times",
    "{last.wanted_bytes:,} bytes",  # of 4 or more
    "{held.wanted_bytes - HEADER_BYTES:,} bytes",  # a sum, 4 + 1 bytes
    "{body} bytes",  # the same sum
    "{self._length(layer):,} bytes",  # of a thing too long to show
    "{others} others",  # beside its own words for one
    "{frame.length} bytes",  # with its header
    "{sizes[0]} bytes",
    "{len(asked)} questions",
}


def plurals(source: str) -> Iterator[str]:
    """`{what} bytes` of each f-string, constants in capitals left out, and what raises ValueError."""
    tree = ast.parse(source)
    defects = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        and ast.unparse(node.exc.func) == "ValueError"
        for part in ast.walk(node)
    }  # fmt: skip
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr) or id(node) in defects:
            continue
        for value, behind in zip(node.values, node.values[1:], strict=False):
            if not isinstance(value, ast.FormattedValue) or not isinstance(behind, ast.Constant):
                continue
            found = PLURAL.match(str(behind.value))
            name = ast.unparse(value.value)
            if found and not name.rpartition(".")[2].isupper():
                shape = f":{ast.unparse(value.format_spec)[2:-1]}" if value.format_spec else ""
                yield f"{{{name}{shape}}}{found[0]}"


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(HOME)) for path in SOURCES])
def test_a_number_that_can_be_one_is_counted(path: Path) -> None:
    assert [one for one in plurals(path.read_text("utf-8")) if one not in NEVER_ONE] == []


def test_a_wrong_plural_is_seen() -> None:
    assert list(plurals('f"{len(data)} bytes"')) == ["{len(data)} bytes"]
    assert list(plurals('f"{size:,} bytes more"')) == ["{size:,} bytes"]
    assert list(plurals('f"{more} more have come"')) == ["{more} more have"]
    assert list(plurals('f"{limits.MAX_BYTES} bytes"; raise ValueError(f"{n} bytes")')) == []


def test_counted() -> None:
    assert [counted(number, "byte") for number in (0, 1, 1_200)] == ["0 bytes", "1 byte", "1,200 bytes"]
    assert [counted(number, "delivery", "deliveries") for number in (1, 2)] == ["1 delivery", "2 deliveries"]


@pytest.mark.parametrize(
    ("left_s", "words"),
    [
        (3.2, "Trying again in 4 s."),
        (1.0, "Trying again in 1 s."),
        (0.01, "Trying again in 1 s."),
        (0.0, "Trying again now."),
        (-2.0, "Trying again now."),
    ],
)
def test_nothing_is_tried_in_no_seconds(left_s: float, words: str) -> None:
    assert retry_words(left_s) == words
