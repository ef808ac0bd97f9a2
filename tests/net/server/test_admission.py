"""Who may come in, and what the host decides (PROTOCOL §4.3, §7.2, §12)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcore import limits
from netcore.crypto.room_keys import next_key
from netcore.lab.throwaway import private_key
from netcore.net.api.commands import Ban, Command, Kick, Mute, ReleaseName, Say, SetRoom, Unban
from netcore.net.api.config import ServerOptions
from netcore.net.api.events import Banned, Chat, MemberJoined, MemberLeft, Notice, RoomChanged
from netcore.net.server.context import Context
from netcore.room.age_clock import Age, AgeClock
from netcore.wire.codes import CloseCode, LeaveReason, Refusal
from netcore.wire.messages import Answer, Joined, Left, Refused, RoomState, Said
from netcore.wire.messages import Say as SayMessage
from tests.net.conftest import House, StartHouse, the_room
from tests.net.peer import Peer, key, key_id


def refused(house: House, number: int, name: str) -> tuple[CloseCode, str]:
    peer = house.peer(number, name)
    peer.knock()
    assert peer.closed is not None, peer.received
    return peer.closed


@pytest.mark.parametrize("name", ["", "server", "a\u202eb", "x" * 25, "\u0430da"])  # Cyrillic a
def test_bad_names(house: House, name: str) -> None:
    peer = house.peer(0)
    peer.name = name
    peer.knock()
    assert peer.closed == (CloseCode.NAME_BAD, "")


def test_a_name_belongs_to_the_first_key_that_took_it(house: House) -> None:
    house.join(0, "Ben").leave()
    code, proposal = refused(house, 1, "BEN")
    assert code is CloseCode.NAME_TAKEN and proposal == "BEN.2"
    assert house.join(1, proposal).welcome is not None
    assert refused(house, 2, "Ben") == (CloseCode.NAME_TAKEN, "Ben.3")
    assert refused(house, 2, "host")[0] is CloseCode.NAME_TAKEN


def test_nobody_comes_in_under_a_name_that_looks_like_another_s(house: House) -> None:
    """PROTOCOL §6.4: also beside somebody who has left, and beside the host; a key keeps what it has."""
    house.join(0, "Bob").leave()
    imitations = ("B\u043eb", "\u0412\u043e\u044c", "B0b", "H0st", "\u041d\u043e\u0455\u0442")
    codes = [refused(house, 1, name)[0] for name in imitations]
    assert set(codes) <= {CloseCode.NAME_TAKEN, CloseCode.NAME_BAD}
    assert codes[2:4] == [CloseCode.NAME_TAKEN] * 2
    assert house.join(0, "B0b").welcome is not None, "its own name, drawn in another way"


def test_the_host_can_release_a_name(house: House) -> None:
    ada = house.join(0, "Ada")
    house.submit(ReleaseName("Ada"))
    assert house.wait(Notice).code == "name_in_use"
    ada.leave()
    house.wait(MemberLeft)
    house.submit(ReleaseName("ADA"))
    assert house.wait(Notice).code == "name_released"
    assert house.join(1, "Ada").welcome is not None


def test_a_name_does_not_lapse_while_its_owner_is_here(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """PROTOCOL §12.2: "free again when the key has not been in the room for 30 days". The host's too."""
    ada = house.join(0, "Ada")
    house.join(2, "Cop")
    age_ms, joined_age_ms = Context.age_ms, house.call(lambda context: context.age_ms())
    month_ms = 31 * 86_400_000
    monkeypatch.setattr(Context, "age_ms", lambda context: age_ms(context) + month_ms)
    kept = AgeClock.kept

    def a_month_later(clock: AgeClock, now_s: float) -> Age:
        return replace(kept(clock, now_s), age_ms=clock.age_ms(now_s) + month_ms)

    monkeypatch.setattr(AgeClock, "kept", a_month_later)
    assert refused(house, 1, "Ada")[0] is CloseCode.NAME_TAKEN
    assert refused(house, 1, "Host")[0] is CloseCode.NAME_TAKEN
    assert refused(house, 1, "\u0421\u043e\u0440")[0] is CloseCode.NAME_TAKEN, "Cyrillic, and drawn like Cop"
    room = the_room(house)
    house.call(lambda context: room.expire())  # what the server does every ten minutes
    for member_id in (ada.id, house.listening.you.id):
        person = house.call(lambda context, one=member_id: context.log.person(one))  # type: ignore[misc]
        assert person is not None and person.seen_age_ms > joined_age_ms + 30 * 86_400_000


def test_a_newer_connection_of_a_key_replaces_the_older(house: House) -> None:
    """PROTOCOL §4.3: "the older one is closed with `replaced`; the room hears nothing of it"."""
    ben = house.join(1, "Ben")
    old = house.join(0, "Ada")
    ben.wait_for(Joined)
    new = house.join(0, "Ada")
    assert old.wait_closed() is CloseCode.REPLACED
    new.say("still me")
    ben.wait_for(Said, text="still me")
    assert not any(isinstance(one, Left) for one in ben.received)
    assert sum(isinstance(one, Joined) for one in ben.received) == 1
    assert new.roster == {"Host", "Ada", "Ben"}


def test_who_comes_back_under_another_name_has_left_under_the_first(house: House) -> None:
    ben = house.join(1, "Ben")
    house.join(0, "Ada")
    house.join(0, "Ada2")
    assert ben.wait_for(Left).name == "Ada"
    assert ben.wait_for(Joined).name == "Ada2"


def test_the_room_is_full(start_house: StartHouse) -> None:
    house = start_house(options=ServerOptions(max_members=2))
    house.join(0)
    ben = house.join(1)
    assert refused(house, 2, "Late")[0] is CloseCode.FULL
    house.join(1)  # in place of itself
    ben.sock.close()


def test_kick(house: House) -> None:
    """The reason reaches the one concerned, the others see a leaving, and the key must wait a minute."""
    ada, ben = house.join(0, "Ada"), house.join(1, "Ben")
    house.submit(Kick(ada.id, "spam"))
    ada.wait_closed()
    assert ada.closed == (CloseCode.KICKED, "spam")
    assert ben.wait_for(Left).reason is LeaveReason.KICKED
    assert house.wait(MemberLeft).reason == "kicked"
    assert refused(house, 0, "Ada")[0] is CloseCode.KICKED


def test_a_kick_ends_after_its_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KICK_REFUSES_S", 0.0)
    ada = house.join(0, "Ada")
    house.submit(Kick(ada.id, ""))
    ada.wait_closed()
    house.join(0, "Ada")


def test_ban_and_unban(start_house: StartHouse) -> None:
    house = start_house()
    ada = house.join(0, "Ada")
    house.submit(Ban(ada.id, "enough", address_too=False))
    assert ada.wait_closed() is CloseCode.BANNED
    banned = house.wait(Banned)
    assert [(one.id, one.name, one.address) for one in banned.members] == [(ada.id, "Ada", "")]
    assert refused(house, 0, "Other")[0] is CloseCode.BANNED
    house.join(1)
    house.stop()
    again = start_house()
    assert [one.id for one in again.listening.banned] == [ada.id]
    assert refused(again, 0, "Ada")[0] is CloseCode.BANNED
    again.submit(Unban(ada.id))
    assert again.wait(Banned).members == ()
    again.join(0, "Ada")


def test_a_ban_of_the_address_holds_for_other_keys(house: House) -> None:
    ada = house.join(0)
    house.submit(Ban(ada.id, "", address_too=True))
    ada.wait_closed()
    assert house.wait(Banned).members[0].address == "127.0.0.1"
    assert refused(house, 1, "Ben")[0] is CloseCode.ADDRESS_BANNED


def test_a_ban_of_the_address_works_when_the_member_has_just_gone(start_house: StartHouse) -> None:
    """PROTOCOL §5.3: others behind that address hear that it is the address, not their key."""
    house = start_house()
    ada = house.join(0, "Ada")
    house.wait(MemberJoined)
    ada.leave()
    house.wait(MemberLeft)
    house.submit(Ban(ada.id, "enough", address_too=True))
    (banned,) = house.wait(Banned).members
    assert (banned.id, banned.address) == (ada.id, "127.0.0.1")
    assert refused(house, 0, "Ada")[0] is CloseCode.BANNED
    assert refused(house, 1, "Ben")[0] is CloseCode.ADDRESS_BANNED
    house.submit(Unban(ada.id))
    house.join(1, "Ben").leave()
    house.stop()
    house = start_house()
    house.submit(Ban(ada.id, "still", address_too=True))
    assert house.wait(Notice).code == "address_unknown"
    assert house.wait(Banned).members[0].address == ""


def test_each_switch_is_set_by_itself(house: House) -> None:
    """Whoever sets one need not know how the others stand just now."""
    house.submit(SetRoom(read_only=True))
    house.submit(SetRoom(slow_s=30))
    house.submit(SetRoom(known_only=True))
    house.wait(RoomChanged, read_only=True, slow_s=30, known_only=True)
    house.submit(SetRoom(read_only=False))
    house.wait(RoomChanged, read_only=False, slow_s=30, known_only=True)
    house.submit(SetRoom(slow_s=10**9))
    house.wait(RoomChanged, slow_s=limits.MAX_SLOW_S)


def test_what_changes_nothing_is_told_to_nobody(house: House) -> None:
    """No `room_state` that says what the member knows already."""
    ada = house.join(0)
    for _ in range(3):
        house.submit(SetRoom(True, 5, True))
        house.submit(Mute(ada.id, True))
    house.submit(SetRoom(True, 5, False))  # members hear nothing of who may come in
    house.wait(RoomChanged, known_only=False)
    house.submit(SetRoom(True, 0, False))
    ada.wait_for(RoomState, slow_s=0, muted=True)
    told = [one for one in ada.received if isinstance(one, RoomState)]
    assert len(told) <= 1 + 3 + 2  # at the door; the rules, muted, and muted behind the rules; and once more
    assert sum(isinstance(event, RoomChanged) for event in house.events) == 2


def test_mute(start_house: StartHouse) -> None:
    house = start_house()
    ada, ben = house.join(0), house.join(1)
    house.submit(Mute(ada.id, True))
    assert ada.wait_for(RoomState).muted
    assert ada.wait_for(Refused, n=ada.say("hello?")).code is Refusal.MUTED
    ada.whisper(key(1), "hello?")
    assert ada.wait_for(Refused).code is Refusal.MUTED
    house.stop()
    again = start_house()
    assert again.listening.muted == (ada.id,)
    ada = again.join(0)
    assert any(isinstance(one, RoomState) and one.muted for one in ada.received)
    again.submit(Mute(ada.id, False))
    assert not ada.wait_for(RoomState).muted
    ada.say("thanks")
    ada.wait_for(Said, text="thanks")
    ben.sock.close()


def test_read_only_slow_mode_and_known_only(start_house: StartHouse) -> None:
    house = start_house()
    ada, ben = house.join(0), house.join(1)
    house.submit(Mute(ben.id, True))
    ben.wait_for(RoomState)
    house.submit(SetRoom(read_only=True, slow_s=0, known_only=False))
    assert ada.wait_for(RoomState).read_only
    assert ben.wait_for(RoomState, muted=True).read_only  # after the broadcast, which says it of nobody
    assert house.wait(RoomChanged).read_only
    assert ada.wait_for(Refused, n=ada.say("x")).code is Refusal.READ_ONLY
    house.submit(Say(1, "the host may"))
    ada.wait_for(Said)
    house.submit(SetRoom(read_only=False, slow_s=60, known_only=True))
    assert ada.wait_for(RoomState).slow_s == 60
    ada.say("one")
    ada.wait_for(Said, text="one")
    assert ada.wait_for(Refused, n=ada.say("two")).code is Refusal.SLOW_MODE
    assert refused(house, 5, "Stranger")[0] is CloseCode.KNOWN_ONLY
    house.stop()
    again = start_house()
    assert again.wait(RoomChanged).known_only
    assert refused(again, 5, "Stranger")[0] is CloseCode.KNOWN_ONLY
    again.join(0)


def test_who_has_left_cannot_read_on_and_who_comes_cannot_read_back(house: House) -> None:
    """PROTOCOL §5.2: "a fresh random key if somebody left ... else one step, if somebody went live"."""
    epochs: list[int] = []

    def say(text: str) -> None:
        house.submit(Say(1, text))
        house.wait(Chat, text=text)
        ada.wait_for(Said, text=text)
        epochs.append(house.call(lambda context: context.links[ada.id].session.room_epoch))

    ada = house.join(0)
    say("alone")
    say("same key")
    ben = house.join(1)
    say("ratcheted")
    say("same key again")
    ben.leave()
    ada.wait_for(Left)
    say("fresh")
    assert epochs[0] == epochs[1]
    assert epochs[2] == epochs[3] == epochs[1] + 1
    assert epochs[4] == epochs[3] + 1
    assert key_id(1) == ben.id


def test_who_is_put_out_after_coming_anew_cannot_read_on(house: House) -> None:
    """PROTOCOL §5.2: "a fresh random key if somebody left, so that who left hears no more". The connection
    that is closed was never told a key; the one before it was."""
    ben, eve = house.join(1), house.join(0)
    ben.say("both hear this")
    eve.wait_for(Said)
    again = house.peer(0)
    again.knock()
    assert eve.wait_closed() is CloseCode.REPLACED
    assert house.call(lambda context: context.links[eve.id].session.room_epoch) == 0
    house.submit(Kick(eve.id, "out"))
    ben.wait_for(Left)
    ben.say("not for Eve")
    ben.wait_for(Said, text="not for Eve")
    hers, bens = eve.session._room, ben.session._room
    assert hers is not None and bens is not None and bens.epoch > hers.epoch
    key = hers._key
    for _ in range(bens.epoch - hers.epoch):
        key = next_key(key)
    assert key != bens._key


def in_one_turn(house: House, ada: Peer, then: Command, texts: tuple[str, ...] = ("one", "two")) -> None:
    """Ada's messages are collected, and the host decides before the turn has ended."""

    def both(context: Context) -> None:
        room = the_room(house)
        for text in texts:
            ada.n += 1
            room.on_message(context.links[ada.id], SayMessage(ada.stream, ada.n, text))
        room.submit(then)

    house.call(both)


@pytest.mark.parametrize("how", ["kick", "ban"])
def test_who_is_put_out_is_not_heard_any_more(house: House, how: str) -> None:
    """PROTOCOL §7.2: "What is unanswered when a member is kicked or banned was not taken"."""
    ada, ben = house.join(0), house.join(1)
    in_one_turn(house, ada, Kick(ada.id, "") if how == "kick" else Ban(ada.id, "", False))
    ben.wait_for(Left)
    house.submit(Say(1, "go on"))
    ben.wait_for(Said)
    assert ben.texts == ["go on"] and house.call(lambda context: context.log.head) == 1


def test_the_rules_count_as_they_are_when_a_message_is_stored(house: House) -> None:
    """PROTOCOL §7.2, the same sentence."""
    ada, ben = house.join(0), house.join(1)
    in_one_turn(house, ada, Mute(ada.id, True))
    assert [ada.wait_for(Refused).code for _ in range(2)] == [Refusal.MUTED] * 2
    house.submit(Mute(ada.id, False))
    in_one_turn(house, ada, SetRoom(False, 60, False))
    assert ada.wait_for(Refused).code is Refusal.SLOW_MODE
    assert ada.wait_for(Said).text == "one"
    in_one_turn(house, ben, SetRoom(True, 0, False), ("too late",))
    assert ben.wait_for(Refused).code is Refusal.READ_ONLY


def test_a_message_sent_again_begins_no_wait(house: House) -> None:
    """PROTOCOL §7.2: "In slow mode only a stored message begins the wait"."""
    ada = house.join(0)
    n = ada.say("before")
    ada.wait_for(Said)
    house.submit(SetRoom(False, 60, False))
    ada.wait_for(RoomState, slow_s=60)
    ada.send(SayMessage(ada.stream, n, "before"))
    assert ada.wait_for(Answer).n == n
    ada.say("the first of this minute")
    ada.wait_for(Said, text="the first of this minute")


@pytest.mark.parametrize("laboratory", [False, True])
def test_a_member_s_key_that_everyone_has(start_house: StartHouse, laboratory: bool) -> None:
    """PROTOCOL §11.2: "a server closes with `auth_failed`", except in the laboratory."""
    house = start_house(laboratory=laboratory)
    peer = Peer(house.port, private_key("ada"), "Ada")
    try:
        peer.knock()
        assert (peer.welcome is not None) is laboratory
        assert peer.closed == (None if laboratory else (CloseCode.AUTH_FAILED, ""))
    finally:
        peer.sock.close()
