"""PROTOCOL.md against the code and the vector files: its figures are the code's (PROTOCOL §2, §5.3, §13)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from netcore.wire.codes import CloseCode, Refusal
from netcore.wire.framing import PRE_KEY_LENGTHS, SEALED_LENGTHS
from tests.wire.examples import PAGE

TEXT = PAGE.read_text(encoding="utf-8")
VECTORS = Path(__file__).parents[1] / "vectors"
HEX = re.findall(r"<!-- vector: (\S+) (\S+) -->\n```hex\n(.*?)```", TEXT, re.S)


@pytest.mark.parametrize(("file", "path", "shown"), HEX, ids=[f"{file} {path}" for file, path, _ in HEX])
def test_hex_is_that_of_the_vectors(file: str, path: str, shown: str) -> None:
    value = json.loads((VECTORS / file).read_text(encoding="utf-8"))
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    assert shown.replace("\n", "") == value != ""


def test_there_is_hex_to_check() -> None:
    assert len(HEX) >= 10 and TEXT.count("```hex") == len(HEX)


def test_frame_table() -> None:
    """§2: types and lengths."""
    rows = re.findall(r"^\| 0x(..) \| \w+ \| [^|]+ \| ([\d,]+)(?: to ([\d,]+))? \| (\w+) keys \|", TEXT, re.M)
    shown = {
        int(number, 16): (when, int(low.replace(",", "")), int((high or low).replace(",", "")))
        for number, low, high, when in rows
    }
    real = {int(t): ("before", r.start, r.stop - 1) for t, r in PRE_KEY_LENGTHS.items()}
    real |= {int(t): ("after", r.start, r.stop - 1) for t, r in SEALED_LENGTHS.items()}
    assert shown == real


def test_close_codes() -> None:
    """§5.3: numbers, names, and who comes back."""
    rows = re.findall(r"^\| (\d+) \| (\w+) \| .* \| (yes|no|–) \|$", TEXT, re.M)
    assert [(int(n), name, back == "yes") for n, name, back in rows] == [
        (code.value, code.name.lower(), code.comes_back) for code in CloseCode
    ]


def test_refusals() -> None:
    """§7.2: every code has its line."""
    section = TEXT.split("### 7.2")[1].split("### 7.3")[0]
    assert re.findall(r"^\| (\w+) \| .+ \| [^|]+ \|$", section, re.M)[1:] == [code.value for code in Refusal]


def test_references_of_the_code_exist() -> None:
    """Every `PROTOCOL §x` in the code is a section of the page."""
    sections = set(re.findall(r"^#+ (\d+(?:\.\d+)?)\.? ", TEXT, re.M))
    named = set()
    for file in PAGE.parent.rglob("*.py"):
        for chain in re.findall(r"PROTOCOL ((?:§\d+(?:\.\d+)?(?:, )?)+)", file.read_text(encoding="utf-8")):
            named |= {(number, file.name) for number in re.findall(r"\d+(?:\.\d+)?", chain)}
    assert len(named) > 20
    assert {pair for pair in named if pair[0] not in sections} == set()
