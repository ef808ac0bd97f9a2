"""What netcore/README.md says of the way of a message and of decisions, held against the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.message_path import HOME, ROLES, Call, files, trace_a_message

README = HOME / "netcore" / "README.md"
TEXT = README.read_text("utf-8")
HEADINGS = {
    "sender": "**At the one who writes**",
    "server": "**At the server**",
    "receiver": "**At everyone in the room**",
}
STEP = re.compile(r"`([\w.]+)`\s+\(`(netcore/[\w/]+\.py)`")
FILE = re.compile(r"`(netcore/[\w/]+\.py)`")


def part_of(role: str) -> str:
    """The list for this role."""
    behind = TEXT.partition(HEADINGS[role])[2]
    return re.split(r"\n\*\*At |\n\nWho hears a whisper", behind)[0]


@pytest.fixture(scope="module")
def ways() -> dict[str, list[Call]]:
    return trace_a_message()


@pytest.mark.parametrize("role", ROLES)
def test_each_step_is_taken_by_the_function_that_it_names_and_in_this_order(
    ways: dict[str, list[Call]], role: str
) -> None:
    steps = STEP.findall(part_of(role))
    assert len(steps) > 8
    rest = iter(ways[role])
    for function, file in steps:
        assert any(call.file == file and call.function == function for call in rest), (
            f"{function} ({file}) is not passed, or not after the steps before it"
        )


@pytest.mark.parametrize("role", ROLES)
def test_no_file_on_the_way_is_left_out(ways: dict[str, list[Call]], role: str) -> None:
    named = set(FILE.findall(part_of(role)))
    if role == "sender":
        # It hears its own message like everyone else.
        named |= set(FILE.findall(part_of("receiver")))
    assert set(files(ways[role])) == named


def test_every_function_on_the_way_is_there() -> None:
    for function, file in STEP.findall(TEXT):
        source = Path(HOME / file).read_text("utf-8")
        name = function.rpartition(".")[2]
        assert re.search(rf"def {name}\b", source), f"{function} is not in {file}"


def test_every_decision_is_made_where_it_says() -> None:
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    decisions = [row for row in rows if row[1].strip().startswith("`")]
    assert len(decisions) > 8
    for functions, paths in decisions:
        files_named = re.findall(r"`([^`]+)`", paths)
        sources = "".join((README.parent / path).read_text("utf-8") for path in files_named)
        for function in re.findall(r"`([\w.]+)`", functions):
            name = function.rpartition(".")[2]
            assert re.search(rf"(def |^){name}\b", sources, re.MULTILINE), f"{function} is not in {paths}"
