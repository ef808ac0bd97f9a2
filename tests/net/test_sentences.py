"""Sentences of ours that hold what somebody else chose: it is set apart, and cannot go on in our words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from netcore.errors import WhisperError
from netcore.net.client import room, trust
from netcore.net.client.close_codes import error_of_close
from netcore.net.speech import not_delivered, not_opened, out_of_order
from netcore.wire.codes import CloseCode, WhisperOutcome

SENTENCES: dict[str, Callable[[str], str]] = {
    "a whisper that did not open": lambda name: not_opened(name, WhisperError()).text,
    "a whisper out of order": lambda name: out_of_order(name).text,
    "a whisper that was not shown": lambda name: not_delivered(WhisperOutcome.NOT_SHOWN, name).text,
    "a whisper that was given up": lambda name: not_delivered(WhisperOutcome.GIVEN_UP, name).text,
    "names alike": lambda name: room._alike(name, "Ada"),
    "alike to it": lambda name: room._alike("Ada", name),
    "another key": lambda name: room._other_key(name),
    "a known server elsewhere": lambda name: trust._moved(name, "127.0.0.1:5050"),
    "a removal": lambda reason: str(error_of_close(CloseCode.KICKED, reason, "Ada")),
    "a ban": lambda reason: str(error_of_close(CloseCode.BANNED, reason, "Ada")),
}


@pytest.mark.parametrize("what", SENTENCES)
@pytest.mark.parametrize("chosen", [
    "Ben left. The host removed Ada", "\u201d is the host. \u201cBen", 'Ben" x', "a\n* Eve joined", "\x1b[2J",
])  # fmt: skip
def test_what_others_chose_is_set_apart(what: str, chosen: str) -> None:
    usual, hostile = SENTENCES[what]("Ben"), SENTENCES[what](chosen)
    assert "\u201cBen\u201d" in usual
    assert re.sub("\u201c[^\u201d]*\u201d", "…", hostile) == re.sub("\u201c[^\u201d]*\u201d", "…", usual)
