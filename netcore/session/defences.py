"""Which defence an error proves to hold, and where PROTOCOL says so: one table, from the class of an error.

The recorder alone asks. A peer hears the same of all that fails before keys (PROTOCOL §3.5), and the person
reads the error's sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from netcore import errors
from netcore.errors import LocalChatError
from netcore.trace import Defence

DEFENCES: Final[Mapping[type[LocalChatError], tuple[Defence, str]]] = MappingProxyType(
    {
        errors.FrameError: (Defence.LEGAL_LENGTH, "2"),
        errors.RecordError: (Defence.LEGAL_LENGTH, "2"),
        errors.TransitionError: (Defence.TABLE, "5.4"),
        errors.Misplaced: (Defence.TABLE, "6.2"),
        errors.BadMagic: (Defence.MAGIC, "3.1"),
        errors.OtherVersion: (Defence.MAGIC, "3.1"),
        errors.OtherVersionTold: (Defence.ALERT, "3.5"),
        errors.BadSignature: (Defence.SIGNATURE, "3.2"),
        errors.BadShare: (Defence.KEY_SHARE, "3.3"),
        errors.BadFinished: (Defence.FINISHED, "3.4"),
        errors.AlertReceived: (Defence.ALERT, "3.5"),
        errors.TrustError: (Defence.PINNED_KEY, "11.2"),
        errors.InviteMismatch: (Defence.PINNED_KEY, "11.3"),
        errors.AuthRefused: (Defence.MEMBER_PROOF, "4.2"),
        errors.BadTag: (Defence.TAG, "5.1"),
        errors.BadChunk: (Defence.TAG, "14.1"),
        errors.BadStamp: (Defence.STAMP, "5.2"),
        errors.BadRoomOrder: (Defence.SEQUENCE, "5.2"),
        errors.LogOrder: (Defence.SEQUENCE, "8.1"),
        errors.BadJson: (Defence.JSON, "6.1"),
        errors.MessageError: (Defence.SCHEMA, "6.2"),
        errors.FalseWords: (Defence.OWN_WORDS, "7.1"),
        errors.WhisperError: (Defence.WHISPER_SEAL, "10.2"),
        errors.HandshakeLate: (Defence.DEADLINE, "3.6"),
        errors.ClientLate: (Defence.DEADLINE, "3.6"),
        errors.ServerLate: (Defence.DEADLINE, "3.6"),
        errors.ClientSilent: (Defence.DEADLINE, "5.4"),
        errors.ServerSilent: (Defence.DEADLINE, "5.4"),
        errors.HandshakeFailed: (Defence.NO_CLOSE, "3.5"),
        errors.ClientGone: (Defence.NO_CLOSE, "5.3"),
        errors.ServerGone: (Defence.NO_CLOSE, "5.3"),
    }
)
"""A class that is not here has the line of the one that it is derived from."""


def defence_of(error: LocalChatError) -> tuple[Defence, str] | None:
    """What this error proves, and the section; None for one that no peer causes."""
    return next((DEFENCES[cls] for cls in type(error).__mro__ if cls in DEFENCES), None)
