"""What a client's connection at the server (`server_link`) asks of the room that it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from netcore.session.events import Work
from netcore.wire.codes import LeaveReason
from netcore.wire.messages import Auth, Message

if TYPE_CHECKING:
    from netcore.net.server.link import Link


class Room(Protocol):
    """What a connection asks of the room."""

    def on_handshake(self, link: Link, work: Work) -> None:
        """A handshake begins, and costs us a signature: call `link.do(work)` when it is its turn."""

    def on_identified(self, link: Link, member_id: bytes, auth: Auth) -> None:
        """It has proved its key. Answer with `link.admit` or `link.close`."""

    def on_message(self, link: Link, message: Message) -> None:
        """A member says or asks something."""

    def on_output(self, link: Link) -> None:
        """Something waits in its session: call `link.flush()` at the end of this turn."""

    def on_gone(self, link: Link, reason: LeaveReason) -> None:
        """It is over. Comes once, whatever ended it."""

    def on_closed(self, link: Link) -> None:
        """Its socket is closed. Comes once, after `on_gone`."""
