"""The words and numbers that stand for a decision on the wire (PROTOCOL §5.3, §7.2, §8.3, §14.3)."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class CloseCode(IntEnum):
    """First byte of a Close record (PROTOCOL §5.3). `comes_back` says whether the client returns."""

    LEAVING = 0
    RECONNECT = 1
    TOO_SLOW = 2
    SHUTDOWN = 3
    KICKED = 4
    BANNED = 5
    REPLACED = 6
    PROTOCOL = 7
    NAME_TAKEN = 8  # the reason is a free name, or empty
    NAME_BAD = 9
    FULL = 10
    KNOWN_ONLY = 11
    AUTH_FAILED = 12
    TOO_MANY = 13
    ADDRESS_BANNED = 14

    @property
    def comes_back(self) -> bool:
        return self in (CloseCode.RECONNECT, CloseCode.TOO_SLOW, CloseCode.SHUTDOWN)


class Refusal(StrEnum):
    """Why a message was not taken. All but LATER, GAP and CONFLICT use up its n (PROTOCOL §7.2)."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY_LINES = "too_many_lines"
    BAD_TEXT = "bad_text"
    MUTED = "muted"
    READ_ONLY = "read_only"
    SLOW_MODE = "slow_mode"
    NO_SUCH_MEMBER = "no_such_member"
    TO_SELF = "to_self"
    MAILBOX_FULL = "mailbox_full"
    NO_FILE = "no_file"
    LATER = "later"
    GAP = "gap"
    CONFLICT = "conflict"
    PRUNED = "pruned"


class BlobRefusal(StrEnum):
    """Why the chunks of a file are not taken, or not sent (PROTOCOL §14.3)."""

    TOO_BIG = "too_big"
    MEMBER_FULL = "member_full"
    ROOM_FULL = "room_full"
    TOO_MANY = "too_many"
    MUTED = "muted"
    CONFLICT = "conflict"
    LATER = "later"
    GONE = "gone"


class History(StrEnum):
    """What the server says of the place where the client wants to go on (PROTOCOL §8.3)."""

    NEW = "new"  # the client named none
    RESUMED = "resumed"
    REPLACED = "replaced"  # another log, another row, or a place past the head


class WhisperOutcome(StrEnum):
    """What became of a whisper in the end (PROTOCOL §10.2)."""

    DELIVERED = "delivered"  # its recipient has been shown it
    NOT_SHOWN = "not_shown"  # its recipient has it, but does not show it
    GIVEN_UP = "given_up"  # it never reached its recipient


class LeaveReason(StrEnum):
    LEFT = "left"
    LOST = "lost"
    KICKED = "kicked"
    BANNED = "banned"
