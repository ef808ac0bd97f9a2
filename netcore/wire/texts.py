"""What may be said, and how any text is shown safely (PROTOCOL §6.3).

`check_text` judges what a member wants to say; the answer goes back as a code. `visible` is the one
sanitiser of the whole program: whatever leaves for a terminal, a log, a file or a window's title goes
through it, since what is harmless in one sink (an escape sequence in a text file) acts in another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
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
_BIDI_CONTROLS: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Line and paragraph separator end a line for some sinks and not for others; annotations hide text.
_MISLEADING: Final = "\u2028\u2029\ufff9-\ufffb"
_MARKS: Final = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# What shows nothing: Unicode's White_Space, Default_Ignorable_Code_Point and controls, annotations, and
# blank letters and symbols. A list of code points, the same in every Python: both ends judge alike.
_BLANK_RANGES: Final = (
    *((0x00, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160)),
    *((0x1680, 0x1680), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F)),
    *((0x205F, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000), (0x3164, 0x3164), (0xFE00, 0xFE0F)),
    *((0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x13441, 0x13442), (0x1BCA0, 0x1BCA3)),
    *((0x1D159, 0x1D159), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
BLANK: Final = frozenset(chain.from_iterable(map(chr, range(low, high + 1)) for low, high in _BLANK_RANGES))

# Patterns as text: `re` compiles each when it is first wanted, and keeps it. All of them at once would take
# 3 ms of every start, which needs none.
_CONTROL: Final = f"[{_CONTROLS}]"
_UNSAFE: Final = f"[{_CONTROLS}{_BIDI_CONTROLS}{_MISLEADING}]|[{_MARKS}]{{{MAX_MARKS_SHOWN + 1}}}"
_UNSHOWN: Final = f"[{_BIDI_CONTROLS}\ufff9-\ufffb]"
_LINE_END: Final = "\r\n?|[\x85\u2028\u2029]"
_ONLY_BLANK: Final = f"[{''.join(f'{chr(low)}-{chr(high)}' for low, high in _BLANK_RANGES)}]*"
_SURROGATE: Final = "[\ud800-\udfff]"
# What one presses or pastes for a new line: Word and PowerPoint have VT, old printouts FF.
_NEW_LINE: Final = "\r\n?|[\x0b\x0c\x85\u2028\u2029]"
# ECMA-48: control sequences (colours), control strings (titles, links, the clipboard), other escapes. A
# part that could run on stops at the next control, so that a text full of beginnings costs no more.
_ESCAPES: Final = (
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]+[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x00-\x08\x0a-\x1f\x7f-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_TOO_MANY_MARKS: Final = f"([{_MARKS}]{{{MAX_MARKS_SHOWN}}})[{_MARKS}]+"

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
        Refusal.NO_FILE: "The server no longer has all of this file, so it was not shared. Send it again.",
        Refusal.LATER: "The server cannot store it now. It is sent again by itself.",
        Refusal.GAP: "The server missed an earlier message. It is sent again by itself.",
        Refusal.CONFLICT: "The server knows another message by this number. It is sent again by itself.",
        Refusal.PRUNED: "The server handled it before, and no longer knows how.",
    }
)


def check_file(text: str, name: str) -> Refusal | None:
    """Why a file may not be shared under this name, with this text; None if it may (PROTOCOL §14.1)."""
    if text or not name or re.search(_CONTROL, name) or "\n" in name or "\t" in name:
        return Refusal.BAD_TEXT
    return None


def check_text(text: str) -> Refusal | None:
    """Why the room does not take `text`, or None when it does; of several reasons the first that holds.

    Every Python gives the same answer, so what one end refuses is a fault when the other passes it on.
    """
    if len(text) > limits.MAX_TEXT_CHARS:
        return Refusal.TOO_LONG
    # All that ends a line where it is shown; the other ends of line are control characters.
    if text.count("\n") + text.count("\u2028") + text.count("\u2029") >= limits.MAX_TEXT_LINES:
        return Refusal.TOO_MANY_LINES
    if re.search(_CONTROL, text):
        return Refusal.BAD_TEXT
    if re.fullmatch(_ONLY_BLANK, text):
        return Refusal.EMPTY
    return None


def opened_text(text: str) -> str:
    """The text of a whisper, if it may be said. Raises WhisperError: no server could judge it on its way."""
    if check_text(text) is not None:
        raise WhisperError
    return text


def tidy_text(text: str) -> str:
    """`text` as a person meant it: each end of line as \\n, no blank space at its end, no escape sequences
    of a terminal, no other control characters, no byte order mark; surrogates joined or gone. Idempotent.

    For what was typed or pasted, in every role; what a peer sent is judged as it is.
    """
    if re.search(_SURROGATE, text):  # Tk and the Windows clipboard hand out halves
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    text = re.sub(_NEW_LINE, "\n", re.sub(_ESCAPES, "", text))
    return re.sub(_CONTROL, "", text).replace("\ufeff", "").rstrip()


def visible(text: str, *, one_line: bool = False) -> str:
    """`text`, safe for any sink: no control but newline and tab (with `one_line` both become spaces),
    no lone surrogate, nothing that turns the direction of writing, at most eight marks on a letter.

    A control character becomes U+FFFD, so that one sees that something was there.
    """
    if re.search(_UNSAFE, text) is not None:
        text = re.sub(_UNSHOWN, "", re.sub(_LINE_END, "\n", text))
        text = re.sub(_TOO_MANY_MARKS, r"\1", re.sub(_CONTROL, REPLACEMENT, text))
    if one_line:
        text = text.replace("\n", " ").replace("\t", " ")
    return text
