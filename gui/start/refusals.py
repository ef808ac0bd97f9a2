"""Where on the role page an error belongs that has ended the way into a room. For `first_page`."""

from __future__ import annotations

from gui.start.role import RolePage
from netcore.errors import (
    BadAddress,
    BadInvite,
    BadName,
    BadPort,
    CannotReach,
    HandshakeFailed,
    ListenError,
    LocalChatError,
    NameRefused,
    NameTaken,
    TrustError,
)


def show_refusal(page: RolePage, role: str, nick: str, error: LocalChatError) -> None:
    """The sentence beside the field that it is about, else in the card. role: "host" or "join"."""
    if isinstance(error, NameTaken | NameRefused | BadName):
        is_room = role == "host" and error.details.get("name") != nick
        page.problem("room" if is_room else "nick", str(error), str(error.details.get("suggestion", "")))
    elif isinstance(error, ListenError):
        page.problem("port", str(error), "0" if error.code == "port_in_use" else "")
    elif isinstance(error, BadAddress | BadPort | BadInvite | CannotReach | HandshakeFailed | TrustError):
        page.problem("address", str(error))
    else:
        page.failure(role, error)
