"""Whether what a server says of people, room and texts keeps the rules (PROTOCOL §6.3, §6.4).

A server that keeps them has refused everything else before it was stored, so here it is a fault of the
server. Only what two Pythons of different age can see alike is judged: their tables of characters differ,
and nobody may lock others out of a room by a letter that is new to them.
"""

from __future__ import annotations

from collections.abc import Iterable

from netcore.errors import MessageError
from netcore.wire import messages
from netcore.wire.messages import Message
from netcore.wire.names import could_be_name, could_be_room_name
from netcore.wire.texts import check_text


def check_received(message: Message) -> None:
    """Raises MessageError for a name or a text that no server may pass on."""
    for name in _names(message):
        if not could_be_name(name):
            raise MessageError(what="a name that is none")
    if isinstance(message, messages.Welcome) and not could_be_room_name(message.room):
        raise MessageError(what="a name that is none")
    if isinstance(message, messages.Said):
        said_well = message.text == "" if message.file else check_text(message.text) is None
        if not said_well:
            raise MessageError(what="a text that cannot be said")


def _names(message: Message) -> Iterable[str]:
    match message:
        case messages.Said(name=name) | messages.Joined(name=name) | messages.Left(name=name):
            return (name,)
        case messages.Welcome(name=name):
            return (name,)
        case messages.Roster(members):
            return [person.name for person in members]
    return ()
