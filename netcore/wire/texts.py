"""What may be said, and how any text is shown safely (PROTOCOL §6.3).

`check_text` judges what a member wants to say; the answer goes back as a code. `visible` is the one
sanitiser of the whole program: whatever leaves for a terminal, a log, a file or a window's title goes
through it, since what is harmless in one sink (an escape sequence in a text file) acts in another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from netcore import limits
from netcore.errors import WhisperError
from netcore.wire.codes import Refusal

REPLACEMENT: Final = "\ufffd"
MAX_MARKS_SHOWN: Final = 8
"""Combining marks on one letter that a sink shows; hundreds of them paint over the lines around."""

# C0 without tab and newline, DEL, C1, and surrogates, which no file, terminal or Tk call can take.
_CONTROLS: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
# Direction: marks, embeddings, overrides, isolates. They make a line read other than it is.
BIDI_CONTROLS: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Line and paragraph separator end a line for some sinks and not for others; annotations hide text.
_MISLEADING: Final = "\u2028\u2029\ufff9-\ufffb"
_MARKS: Final = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# Letters and symbols that show nothing, beside what Unicode calls space, control or format.
BLANK: Final = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159" + "".join(
    # Variation selectors: they choose the look of the character before them.
    chr(code)
    for codes in (
        range(0x180B, 0x180E),
        range(0x180F, 0x1810),
        range(0xFE00, 0xFE10),
        range(0xE0100, 0xE01F0),
    )
    for code in codes
)

_INVISIBLE: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})

_CONTROL: Final = re.compile(f"[{_CONTROLS}]")
_UNSAFE: Final = re.compile(f"[{_CONTROLS}{BIDI_CONTROLS}{_MISLEADING}]|[{_MARKS}]{{{MAX_MARKS_SHOWN + 1}}}")
_UNSEEN: Final = re.compile(f"[{BIDI_CONTROLS}\ufff9-\ufffb]")
_LINE_END: Final = re.compile("\r\n?|[\x85\u2028\u2029]")
_TOO_MANY_MARKS: Final = re.compile(f"([{_MARKS}]{{{MAX_MARKS_SHOWN}}})[{_MARKS}]+")

REFUSAL_SENTENCES: Final[Mapping[Refusal, str]] = MappingProxyType(
    {
        Refusal.EMPTY: "There is nothing in it to read.",
        Refusal.TOO_LONG: f"It is longer than {limits.MAX_TEXT_CHARS:,} characters. Send it in parts.",
        Refusal.TOO_MANY_LINES: f"It has more than {limits.MAX_TEXT_LINES} lines. Send it in parts.",
        Refusal.BAD_TEXT: "It holds control characters, which a chat cannot show. Remove them.",
        Refusal.MUTED: "The host has muted you. You can still read.",
        Refusal.READ_ONLY: "The room is read-only for now. Only the host can write.",
        Refusal.SLOW_MODE: "The room is in slow mode. Wait a little before the next message.",
        Refusal.NO_SUCH_MEMBER: "This member is not known in the room.",
        Refusal.TO_SELF: "This whisper was for yourself.",
        Refusal.MAILBOX_FULL: "Too many whispers wait for this member already. Try when they are back.",
        Refusal.LATER: "The server cannot store it now. It is sent again by itself.",
        Refusal.GAP: "The server missed an earlier message. It is sent again by itself.",
        Refusal.CONFLICT: "The server knows another message by this number. It is sent again by itself.",
        Refusal.PRUNED: "The server handled it before, and no longer knows how.",
    }
)


def check_text(text: str) -> Refusal | None:
    """Why the room does not take `text`, or None when it does."""
    if len(text) > limits.MAX_TEXT_CHARS:
        return Refusal.TOO_LONG
    # All that ends a line where it is shown; the other ends of line are control characters.
    if text.count("\n") + text.count("\u2028") + text.count("\u2029") >= limits.MAX_TEXT_LINES:
        return Refusal.TOO_MANY_LINES
    if _CONTROL.search(text):
        return Refusal.BAD_TEXT
    if _is_blank(text):
        return Refusal.EMPTY
    return None


def opened_text(text: str) -> str:
    """The text of a whisper, if it may be said. Raises WhisperError: no server could judge it on its way."""
    if check_text(text) is not None:
        raise WhisperError
    return text


def _is_blank(text: str) -> bool:
    """Whether nothing in it can be seen. Ends at the first letter, so it costs nothing in practice.

    What this Python's tables do not know yet (a new emoji) counts as seen.
    """
    if "!" <= text[:1] <= "~":
        return False
    return all(char in BLANK or unicodedata.category(char) in _INVISIBLE for char in text)


def tidy_text(text: str) -> str:
    """`text` as a person meant it: line ends as \\n, no blank space at its end, no control characters.

    For what was typed or pasted; what a peer sent is judged as it is.
    """
    return _CONTROL.sub("", _LINE_END.sub("\n", text)).rstrip()


def visible(text: str, *, one_line: bool = False) -> str:
    """`text`, safe for any sink: no control but newline and tab (with `one_line` both become spaces),
    no lone surrogate, nothing that turns the direction of writing, at most eight marks on a letter.

    A control character becomes U+FFFD, so that one sees that something was there.
    """
    if _UNSAFE.search(text) is not None:
        text = _UNSEEN.sub("", _LINE_END.sub("\n", text))
        text = _TOO_MANY_MARKS.sub(r"\1", _CONTROL.sub(REPLACEMENT, text))
    if one_line:
        text = text.replace("\n", " ").replace("\t", " ")
    return text
