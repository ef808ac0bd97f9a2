"""Every field has a reason, and every reason a function, a line in it, and a section that are there."""

from __future__ import annotations

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
