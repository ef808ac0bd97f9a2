"""What the code of a Close means to the person (PROTOCOL §5.3)."""

from __future__ import annotations

from netcore.errors import (
    AddressBanned,
    AuthRefused,
    BadName,
    Banned,
    EntryRefused,
    KnownOnly,
    LocalChatError,
    NameRefused,
    NameTaken,
    PeerError,
    Removed,
    Replaced,
    RoomFull,
    ServerGone,
    ServerStopped,
    TooManyHere,
)
from netcore.wire.codes import CloseCode
from netcore.wire.lines import quoted_words
from netcore.wire.names import clean_name
from netcore.wire.texts import visible


def error_of_close(code: CloseCode, reason: str, name: str) -> LocalChatError:
    """The error for this code. `reason` comes from a peer and is cleaned; `name` is what we asked for."""
    shown = visible(reason, one_line=True).strip()
    because = f": {quoted_words(reason)}" if shown else ""
    match code:
        case CloseCode.KICKED:
            return Removed(because=because, reason=shown)
        case CloseCode.BANNED:
            return Banned(because=because, reason=shown)
        case CloseCode.ADDRESS_BANNED:
            return AddressBanned()
        case CloseCode.REPLACED:
            return Replaced()
        case CloseCode.NAME_TAKEN:
            return NameTaken(name=name, suggestion=_name_in(reason))
        case CloseCode.NAME_BAD:
            return NameRefused(name=name)
        case CloseCode.FULL:
            return RoomFull()
        case CloseCode.KNOWN_ONLY:
            return KnownOnly()
        case CloseCode.AUTH_FAILED:
            return AuthRefused()
        case CloseCode.TOO_MANY:
            return TooManyHere()
        case CloseCode.PROTOCOL:
            return PeerError()
        case CloseCode.SHUTDOWN:
            return ServerStopped()
        case CloseCode.RECONNECT | CloseCode.TOO_SLOW:
            return ServerGone()
        case CloseCode.LEAVING:
            return EntryRefused()


def _name_in(reason: str) -> str:
    try:
        return clean_name(reason)
    except BadName:
        return ""
