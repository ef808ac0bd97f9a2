"""Every field has a reason, and every reason a function, a line in it, and a section that are there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from netcore.lab import reasons
from netcore.lab.reasons import Reason, of_refusal, reason_for, section, source_of
from netcore.lab.spans import BODY_LAYOUTS, spans_of_plaintext
from netcore.layout import Kind
from netcore.trace import Defence, Refused
from netcore.wire.codec import encode
from netcore.wire.framing import FrameType
from netcore.wire.messages import Say
from tests.lab.scene import STREAM

HOME = Path(__file__).resolve().parents[2]

ALL = sorted({reason for reason in vars(reasons).values() if isinstance(reason, Reason)}
             | set(reasons._BY_NAME.values()) | set(reasons._BY_TYPE.values()), key=lambda one: one.words)


@pytest.mark.parametrize("reason", ALL, ids=lambda one: f"{one.section} {one.line}")
def test_its_function_line_and_section_are_there(reason: Reason) -> None:
    source = source_of(reason.function, reason.line)
    assert source is not None
    assert source.acts is not None
    assert [line.strip() for line in source.lines].count(reason.line) == 1
    title, words = section(reason.section)
    assert title
    assert words


@pytest.mark.parametrize("frame_type", list(FrameType))
def test_every_field_of_every_frame_has_one(frame_type: FrameType) -> None:
    for field in BODY_LAYOUTS[frame_type]:
        assert reason_for(frame_type, field.name, field.kind) is not reasons._UNREAD
    assert reason_for(frame_type, "type", Kind.HEADER) is not reason_for(frame_type, "length", Kind.LENGTH)


def test_every_part_of_a_message_has_one() -> None:
    plaintext = encode(Say(STREAM, 1, "hello"))
    found = {span.name: reason_for(FrameType.DIRECT, span.name, span.kind)
             for span in spans_of_plaintext(FrameType.DIRECT, plaintext)}
    assert found["text"].section == "6.3"
    assert found["t"].function.endswith("_decode")
    assert reasons._UNREAD not in found.values()


def test_a_refusal_shows_the_check_and_its_line() -> None:
    lines = source_of("netcore.crypto.records.DirectOpener.open")
    assert lines is not None
    refused = Refused(1, 1, 0.0, "in", 3, Defence.TAG, "5.1", "netcore.crypto.records.DirectOpener.open",
                      lines.first + 7, "BadTag")
    source = of_refusal(refused)
    assert source is not None
    assert source.acts == 7
    assert source.lines[7].strip() == "raise BadTag"


@pytest.mark.parametrize("function", ["", "nothing.here", "netcore.lab.reasons.no_such_function",
                                      "netcore.errors.LocalChatError", "builtins.len"])
def test_without_source_there_is_none(function: str) -> None:
    assert source_of(function) is None


def test_where_the_program_is_one_file_its_source_and_its_page_are_there(tmp_path: Path) -> None:
    """As `make zipapp` makes it: nothing lies in a folder."""
    archive = tmp_path / "all.pyz"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted((HOME / "netcore").rglob("*")):
            if path.suffix in (".py", ".md"):
                file.write(path, path.relative_to(HOME))
    code = ("from netcore.lab import reasons\n"
            "assert '.pyz' in reasons.__file__\n"
            "source = reasons.source_of(reasons._TAG.function, reasons._TAG.line)\n"
            "print(source.file, source.lines[source.acts].strip() == reasons._TAG.line)\n"
            "print(*map(len, reasons.section('5.1')))\n")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(archive)}, check=False, timeout=60)
    title, words = section("5.1")
    told = ["netcore/crypto/eax.py True", f"{len(title)} {len(words)}"]
    assert done.stdout.splitlines() == told, done.stderr
