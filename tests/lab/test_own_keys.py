"""A man in the middle with keys of his own, between a real client and a real server."""

from __future__ import annotations

from netcore.engine import TrustServer
from netcore.errors import InviteMismatch
from netcore.lab.orders import Disarm, Drop, OwnKeys
from netcore.lab.sandbox.room import mallory_keys
from netcore.lab.tap_events import Attacked, ConnectionBegan, ConnectionEnded, NotDone, Overheard
from netcore.net.api.commands import LoadEarlier
from netcore.net.api.events import (
    Chat,
    Connected,
    Disconnected,
    EarlierLoaded,
    MemberJoined,
    MemberLeft,
    TrustAsked,
)
from netcore.net.target import format_invite
from tests.lab.room import LabRoom


def test_first_contact_believed_blindly(room: LabRoom) -> None:
    """Ada's program has nothing to notice. Mallory reads all; the others see another key under her name."""
    room.order(OwnKeys())
    ben = room.join("Ben")
    ada = room.client("Ada")
    connected = ada.wait(Connected)
    keys = mallory_keys()
    assert connected.fingerprint == keys.identity.public.fingerprint != room.listening.fingerprint
    assert ben.wait(MemberJoined).member.id == keys.member.public.fingerprint != connected.you.id
    assert {member.name for member in connected.members} == {"Host", "Ben", "Ada"}
    assert connected.you.id in {member.id for member in connected.members}

    ada.say("my secret")
    assert ben.wait(Chat, text="my secret").member_id == keys.member.public.fingerprint
    mine = ada.wait(Chat, text="my secret")
    assert mine.mine and mine.local_id == 1  # it has come back as delivered
    ben.say("an answer")
    ada.wait(Chat, text="an answer")
    heard = [(one.direction, one.name, one.text) for one in room.tapped.of(Overheard)]
    assert heard == [
        ("up", "Ada", "my secret"),
        ("down", "Ada", "my secret"),
        ("down", "Ben", "an answer"),
    ]
    told = room.tapped.wait(Attacked, attack="own-keys")
    assert (told.direction, told.n, told.after[0]) == ("down", 0, 0x02)

    ada.stop()
    assert ben.wait(MemberLeft).member.name == "Ada"
    room.tapped.wait(ConnectionEnded, how="client ended")


def test_the_order_lasts_until_somebody_came_through(room: LabRoom) -> None:
    """A client that asks its person hangs up first, and finds the same keys when it comes again."""
    room.order(OwnKeys())
    ada = room.client("Ada", accept_new=False)
    asked = ada.wait(TrustAsked)
    assert asked.shown == mallory_keys().identity.public.fingerprint
    assert [frame.type for frame in room.frames("up")] == [0x01]  # ClientHello, and nothing more
    ada.submit(TrustServer(asked.shown))
    ada.wait(Connected)
    cara = room.client("Cara")
    assert cara.wait(Connected).fingerprint == room.listening.fingerprint
    assert [one.own_keys for one in room.tapped.of(ConnectionBegan)] == [True, True, False]


def test_a_known_server(room: LabRoom) -> None:
    ada = room.ada()
    ada.stop()
    room.order(OwnKeys())
    again = room.client("Ada")
    asked = again.wait(TrustAsked)
    assert asked.known == room.listening.fingerprint
    assert [frame.type for frame in room.frames("up") if frame.connection == 2] == [0x01]
    room.order(Disarm())
    again.submit(TrustServer(asked.known))  # it is not this one that was asked about
    again.stop()
    room.client("Ada").wait(Connected)


def test_an_invite(room: LabRoom) -> None:
    room.order(OwnKeys())
    host, _, port = room.tap_address.rpartition(":")
    ada = room.client("Ada", format_invite(host, int(port), room.listening.fingerprint))
    lost = ada.wait(Disconnected)
    assert isinstance(lost.error, InviteMismatch) and lost.retry_in_s is None
    assert [frame.type for frame in room.frames("up")] == [0x01]


def test_a_name_that_belongs_to_the_victims_own_key(room: LabRoom) -> None:
    """Who has been in the room before cannot be played by another key: the server says so to Mallory."""
    room.join("Ada").stop()
    room.order(OwnKeys())
    ada = room.client("Ada", accept_new=False)
    # Her folder knows the server at its own address, not at the tap's.
    asked = ada.wait(TrustAsked)
    ada.submit(TrustServer(asked.shown))
    lost = ada.wait(Disconnected)
    assert lost.error.code == "name_taken" and lost.retry_in_s is None


def test_an_order_for_a_frame_finds_none_here(room: LabRoom) -> None:
    room.order(OwnKeys())
    ada = room.client("Ada")
    ada.wait(Connected)
    room.order(Drop(direction="up"))
    ada.say("hello")
    ada.wait(Chat, text="hello")
    assert "opened and sealed anew" in str(room.tapped.wait(NotDone).error)


def test_pages_pass(room: LabRoom) -> None:
    ben = room.join("Ben")
    for number in range(3):
        ben.say(f"line {number}")
        ben.wait(Chat, text=f"line {number}")
    room.order(OwnKeys())
    ada = room.client("Ada")
    ada.wait(Connected)
    assert ada.texts == ["line 0", "line 1", "line 2"]
    ada.submit(LoadEarlier(1))
    assert ada.wait(EarlierLoaded).messages == ()
