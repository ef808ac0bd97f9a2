"""Whispers at the client: order, keys, replays, and never a false one (PROTOCOL §7.4, §10)."""

from __future__ import annotations

import os

import pytest

from netcore.crypto.whispers import open_whisper, seal_whisper
from netcore.errors import MessageError, StorageFull
from netcore.net.api import commands
from netcore.net.api.events import (
    HistoryOpened,
    Member,
    Notice,
    OldWhisper,
    Pending,
    Refused,
    WhisperOutcome,
    WhisperReceived,
    WhisperSent,
)
from netcore.net.api.events import WhisperDone as WhisperDoneEvent
from netcore.store.client_store import ClientStore
from netcore.wire import messages
from netcore.wire.codes import History, LeaveReason
from netcore.wire.messages import (
    GetKey,
    GotWhisper,
    Key,
    Left,
    Live,
    PageEnd,
    Person,
    Roster,
    Said,
    Say,
    SendWhisper,
    WhisperDone,
    WhisperStored,
)
from tests.net.client.kit import ADA, BEN, HOST, LOG, SERVER, RoomAtHand, key

BENS = key("member_ben")
BEN_KEY = Key(BEN, BENS.public.modulus)


def live_room() -> RoomAtHand:
    room = RoomAtHand()
    room.go_live()
    room.sent.clear()
    return room


def whisper_from_ben(text: str, counter: int, msg_id: bytes | None = None) -> messages.Whisper:
    msg_id = msg_id or os.urandom(16)
    c1, c2 = seal_whisper(BENS, key("member_ada").public, SERVER.modulus, msg_id, counter, text, os.urandom)
    return messages.Whisper(BEN, msg_id, counter, c1, c2, 5_000)


def sealed(room: RoomAtHand) -> list[SendWhisper]:
    return [one for one in room.sent if isinstance(one, SendWhisper)]


def read_by_ben(whisper: SendWhisper) -> str:
    return open_whisper(
        BENS,
        key("member_ada").public,
        SERVER.modulus,
        whisper.msg_id,
        whisper.counter,
        whisper.c1,
        whisper.c2,
    )


# --- Out ---


def test_the_key_is_asked_for_once_and_the_whispers_follow_in_order() -> None:
    """PROTOCOL §10.2: the key comes "by `get_key`", once; the counter of a later whisper is higher."""
    room = live_room()
    for number in (1, 2, 3):
        room.room.submit(commands.Whisper(number, BEN, f"w{number}"))
    assert room.sent == [GetKey(BEN)]
    assert [one.to for one in room.of(Pending)] == [Member(BEN, "Ben")] * 3
    room.hear(BEN_KEY)
    room.loop.run_jobs()
    assert [read_by_ben(one) for one in sealed(room)] == ["w1", "w2", "w3"]
    assert [one.n for one in sealed(room)] == [1, 2, 3]
    assert sealed(room)[0].counter < sealed(room)[1].counter < sealed(room)[2].counter
    assert [one.local_id for one in room.of(Pending)] == [1, 2, 3], "and none is told twice"


def test_a_key_is_not_asked_for_before_welcome() -> None:
    """PROTOCOL §4.2: "Until `welcome` has come the client MUST NOT send anything else". A whisper
    written while there is no connection asks for its recipient's key after that."""
    room = live_room()
    room.room.disconnected()
    room.room.submit(commands.Whisper(1, BEN, "written offline"))
    room.room.auth_fields()
    room.room.established(SERVER, first_contact=False)
    room.room.submit(commands.Whisper(2, BEN, "written in the door"))
    assert room.sent == []
    room.hear(messages.Welcome("Lab", LOG, HOST, "Ada", 0, 0, History.NEW, 0))
    assert [one for one in room.sent if isinstance(one, GetKey)] == [GetKey(BEN)]
    room.hear(BEN_KEY)
    room.loop.run_jobs()
    assert [read_by_ben(one) for one in sealed(room)] == ["written offline", "written in the door"]


def test_the_key_is_kept() -> None:
    """PROTOCOL §10.2: "from its own store, else by `get_key`"."""
    room = live_room()
    room.hear(Key(BEN, BENS.public.modulus))
    assert room.store.key_of(BEN) is None, "nobody asked"
    room.room.submit(commands.Whisper(1, BEN, "w"))
    room.hear(BEN_KEY)
    again = RoomAtHand(room.store)
    again.go_live()
    again.room.submit(commands.Whisper(1, BEN, "w"))
    assert not any(isinstance(one, GetKey) for one in again.sent)


@pytest.mark.parametrize("damaged", [bytes(256), key("member_host").public.modulus])
def test_a_key_that_is_damaged_on_the_disk_is_asked_for_anew(damaged: bytes) -> None:
    """Nothing is sealed for it: nobody, or somebody else, could read that."""
    store = ClientStore.open(None)
    store.remember_key(BEN, damaged)
    room = RoomAtHand(store)
    room.go_live()
    room.room.submit(commands.Whisper(1, BEN, "for Ben"))
    assert sealed(room) == [] and room.sent.count(GetKey(BEN)) == 1
    room.hear(BEN_KEY)
    room.loop.run_jobs()
    assert [read_by_ben(one) for one in sealed(room)] == ["for Ben"]
    assert store.key_of(BEN) == BENS.public.modulus


def test_a_key_that_is_not_the_members_is_fatal() -> None:
    """PROTOCOL §10.2: "checked against the id": else the server could read along."""
    room = live_room()
    room.room.submit(commands.Whisper(1, BEN, "w"))
    with pytest.raises(MessageError):
        room.hear(Key(BEN, key("member_chen").public.modulus))
    assert room.store.key_of(BEN) is None


def test_a_member_without_a_key_holds_only_its_own_whispers_up() -> None:
    room = live_room()
    room.room.submit(commands.Whisper(1, HOST, "to the host"))
    room.room.submit(commands.Whisper(2, BEN, "to ben"))
    room.hear(BEN_KEY)
    room.loop.run_jobs()
    assert [read_by_ben(one) for one in sealed(room)] == ["to ben"]


def test_the_acknowledgement_and_the_word_of_delivery() -> None:
    """PROTOCOL §7.4: delivered once, or the sender is told."""
    room = live_room()
    for number in (1, 2):
        room.room.submit(commands.Whisper(number, BEN, f"w{number}"))
    room.hear(BEN_KEY)
    room.loop.run_jobs()
    first, second = sealed(room)
    room.hear(WhisperStored(first.stream, 1, 7_000), WhisperStored(second.stream, 2, 7_001))
    assert room.of(WhisperSent) == [
        WhisperSent(1, Member(BEN, "Ben"), "w1", 7_000), WhisperSent(2, Member(BEN, "Ben"), "w2", 7_001)
    ]  # fmt: skip
    assert room.store.unsent(SERVER.fingerprint) == ()
    room.hear(
        WhisperDone(BEN, first.msg_id, WhisperOutcome.DELIVERED),
        WhisperDone(BEN, second.msg_id, WhisperOutcome.GIVEN_UP),
    )
    room.hear(WhisperDone(BEN, b"?" * 16, WhisperOutcome.GIVEN_UP))
    assert room.of(WhisperDoneEvent) == [
        WhisperDoneEvent(1, WhisperOutcome.DELIVERED), WhisperDoneEvent(2, WhisperOutcome.GIVEN_UP)
    ]  # fmt: skip


def test_sent_again_a_whisper_is_the_same_bytes() -> None:
    """ "sealed once and stored as draft": the server compares."""
    room = live_room()
    room.room.submit(commands.Whisper(1, BEN, "w"))
    room.hear(BEN_KEY)
    room.loop.run_jobs()
    [first] = sealed(room)
    again = RoomAtHand(room.store)
    again.go_live()
    assert sealed(again) == [first]


def test_what_waits_for_a_connection_waits() -> None:
    """The server's modulus is part of the seal, so nothing is sealed before it is known."""
    room = RoomAtHand()
    room.room.submit(commands.Whisper(1, BEN, "w"))
    assert [one.code for one in room.of(Refused)] == ["no_such_member"], "Ben was never met"
    room.go_live()
    room.room.disconnected()
    room.sent.clear()
    room.room.submit(commands.Whisper(2, BEN, "w"))
    assert room.sent == []
    room.go_live()
    assert GetKey(BEN) in room.sent


@pytest.mark.parametrize(
    ("to", "text", "code"), [(ADA, "me", "to_self"), (b"?" * 32, "who", "no_such_member"), (BEN, "", "empty")]
)
def test_whispers_that_cannot_be(to: bytes, text: str, code: str) -> None:
    room = live_room()
    room.room.submit(commands.Whisper(1, to, text))
    assert [one.code for one in room.of(Refused)] == [code] and room.sent == []


def test_someone_who_has_left_can_still_be_whispered_to() -> None:
    """PROTOCOL §7.4: the server keeps a whisper "until its recipient confirms it"."""
    room = live_room()
    room.hear(Left(BEN, "Ben", LeaveReason.LEFT))
    room.room.submit(commands.Whisper(1, BEN, "later"))
    assert room.sent == [GetKey(BEN)]


def test_a_full_disk_gives_the_whisper_back(monkeypatch: pytest.MonkeyPatch) -> None:
    room = live_room()

    def full(*_: object) -> None:
        raise StorageFull(why="no space")

    monkeypatch.setattr(ClientStore, "add_whisper", full)
    room.room.submit(commands.Whisper(1, BEN, "w"))
    assert [(one.text, one.code) for one in room.of(Refused)] == [("w", "not_kept")]
    assert room.sent == [] and room.of(Pending) == []


def test_a_disk_that_is_full_when_it_is_sealed_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is on disk already, and its turn comes again."""
    room = live_room()

    def full(*_: object) -> None:
        raise StorageFull(why="no space")

    room.room.submit(commands.Whisper(1, BEN, "w"))
    with monkeypatch.context() as patch:
        patch.setattr(ClientStore, "seal_draft", full)
        room.hear(BEN_KEY)
        room.loop.run_jobs()
    assert room.storage_errors and sealed(room) == []
    room.room.disconnected()
    room.go_live()
    room.loop.run_jobs()
    assert [read_by_ben(one) for one in sealed(room)] == ["w"] and room.of(Refused) == []


@pytest.mark.parametrize("key_known", [False, True])
def test_a_whisper_that_is_not_sealed_yet_survives_the_end(key_known: bool) -> None:
    """PROTOCOL §8.5: on disk before it is first sent, and before it shows as pending."""
    room = live_room()
    if key_known:
        room.store.remember_key(BEN, BENS.public.modulus)
    room.room.submit(commands.Whisper(1, BEN, "do not lose me"))
    room.room.submit(commands.Say(2, "said after it"))
    assert [one.local_id for one in room.of(Pending)] == [1, 2]
    room.room.close()  # a job may still be under way
    again = RoomAtHand(room.store)
    assert [one.text for one in again.of(Pending)] == ["do not lose me", "said after it"]
    again.go_live()
    assert [one.text for one in again.sent if isinstance(one, Say)] == ["said after it"], "held up by nothing"
    again.hear(BEN_KEY)
    again.loop.run_jobs()
    [whisper] = sealed(again)
    assert (read_by_ben(whisper), whisper.n) == ("do not lose me", 2)
    again.hear(WhisperStored(whisper.stream, 2, 7_000))
    [sent] = again.of(WhisperSent)
    assert sent.local_id == again.of(Pending)[0].local_id
    assert again.store.unsealed(SERVER.fingerprint) == ()


def test_another_server_at_the_address_gets_no_whisper_of_the_first() -> None:
    """What was written for one key is not sent to another."""
    room = live_room()
    room.room.submit(commands.Whisper(1, BEN, "secret"))
    room.room.server_replaced()
    assert [(one.local_id, one.code, one.text) for one in room.of(Refused)] == [(1, "other_server", "secret")]
    room.hear(BEN_KEY)
    room.loop.run_jobs()
    assert sealed(room) == [] and room.store.unsealed(SERVER.fingerprint) == ()


# --- In ---


def test_received_whispers_are_stored_then_confirmed_then_shown() -> None:
    """PROTOCOL §10.2: "on the client's disk first; then `got_whisper` goes out". In order of arrival."""
    room = live_room()
    first, second = whisper_from_ben("one", 10), whisper_from_ben("two", 11)
    room.hear(first, second)
    assert room.sent == [GetKey(BEN)]
    room.hear(BEN_KEY)
    room.loop.run_jobs()
    assert room.of(WhisperReceived) == [
        WhisperReceived(Member(BEN, "Ben"), "one", 5_000), WhisperReceived(Member(BEN, "Ben"), "two", 5_000)
    ]  # fmt: skip
    assert room.sent[1:] == [GotWhisper(BEN, first.msg_id, True), GotWhisper(BEN, second.msg_id, True)]
    assert [one.text for one in room.store.whispers(SERVER.fingerprint, 0)] == ["one", "two"]
    assert not any(isinstance(one, Say) for one in room.sent)


def test_whispers_of_earlier_days_open_with_the_history() -> None:
    """A crash after storing and before showing loses nothing."""
    room = live_room()
    room.room.submit(commands.Whisper(1, BEN, "mine"))
    room.hear(BEN_KEY, whisper_from_ben("his", 10))
    room.loop.run_jobs()
    room.hear(WhisperStored(room.stream, 1, 7_000))
    [opened] = RoomAtHand(room.store).of(HistoryOpened)
    ben = Member(BEN, "Ben")
    assert opened.messages == ()
    assert opened.whispers == (OldWhisper(False, ben, "his", 5_000), OldWhisper(True, ben, "mine", 7_000))


def test_a_replay_is_confirmed_and_not_shown() -> None:
    """PROTOCOL §10.2: "a repetition", whatever the server does; also in the next life of the client."""
    room = live_room()
    whisper = whisper_from_ben("one", 10)
    room.hear(whisper, BEN_KEY, whisper)
    room.loop.run_jobs()
    again = RoomAtHand(room.store)
    again.go_live()
    again.hear(whisper)
    again.loop.run_jobs()
    assert [one.text for one in room.of(WhisperReceived) + again.of(WhisperReceived)] == ["one"]
    confirmed = [one for one in room.sent + again.sent if isinstance(one, GotWhisper)]
    assert confirmed == [GotWhisper(BEN, whisper.msg_id, True)] * 3
    assert room.of(Notice) + again.of(Notice) == []


def test_another_whisper_with_an_old_counter_is_told_to_both() -> None:
    """PROTOCOL §10.2: it is not shown, so it must not be confirmed as shown; its reader hears of it."""
    room = live_room()
    first, old, same = (whisper_from_ben(text, counter) for text, counter in (("a", 10), ("b", 9), ("c", 10)))
    room.hear(first, old, same, BEN_KEY)
    room.loop.run_jobs()
    assert [one.text for one in room.of(WhisperReceived)] == ["a"]
    assert [one.shown for one in room.sent if isinstance(one, GotWhisper)] == [True, False, False]
    notices = room.of(Notice)
    assert [one.code for one in notices] == ["whisper_out_of_order"] * 2 and "Ben" in notices[0].text


def test_other_words_under_a_msg_id_of_before_are_not_confirmed_as_shown() -> None:
    """PROTOCOL §10.2: a repetition has the same msg_id and the same text."""
    room = live_room()
    first = whisper_from_ben("one", 10)
    room.hear(first, whisper_from_ben("two", 11, first.msg_id), BEN_KEY)
    room.loop.run_jobs()
    assert [one.text for one in room.of(WhisperReceived)] == ["one"]
    assert [one.shown for one in room.sent if isinstance(one, GotWhisper)] == [True, False]


@pytest.mark.parametrize(
    "outcome, code",
    [(WhisperOutcome.NOT_SHOWN, "whisper_not_shown"), (WhisperOutcome.GIVEN_UP, "whisper_given_up")],
)
def test_the_sender_hears_once_what_became_of_an_earlier_whisper(outcome: WhisperOutcome, code: str) -> None:
    """PROTOCOL §7.4: the server may say it again; and it may come after a restart."""
    room = live_room()
    room.room.submit(commands.Whisper(1, BEN, "w"))
    room.hear(BEN_KEY)
    room.loop.run_jobs()
    [whisper] = sealed(room)
    room.hear(WhisperStored(room.stream, 1, 7_000))
    again = RoomAtHand(room.store)
    again.go_live()
    again.hear(*[WhisperDone(BEN, whisper.msg_id, outcome)] * 2)
    assert [one.code for one in again.of(Notice)] == [code] and "Ben" in again.of(Notice)[0].text
    [kept] = room.store.whispers(SERVER.fingerprint, 0)
    assert kept.outcome is outcome


def test_a_whisper_that_does_not_open_is_a_notice() -> None:
    """errors.WhisperError: "It is not shown"; the next one is."""
    room = live_room()
    good = whisper_from_ben("fine", 11)
    bad = whisper_from_ben("forged", 10)
    forged = messages.Whisper(BEN, bad.msg_id, 12, bad.c1, bad.c2, bad.at)
    room.hear(forged, good, BEN_KEY)
    room.loop.run_jobs()
    assert [one.text for one in room.of(WhisperReceived)] == ["fine"]
    [notice] = room.of(Notice)
    assert notice.code == "whisper" and "Ben" in notice.text


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[2J", "x" * 4_001, "\n" * 50 + "x", "\u200b", "\ufe0f"])
def test_a_whisper_that_may_not_be_said_is_not_shown(text: str) -> None:
    """PROTOCOL §10.2: "text not UTF-8 or against §6.3": confirmed, or it would come for ever; and told."""
    room = live_room()
    bad, good = whisper_from_ben(text, 10), whisper_from_ben("fine", 11)
    room.hear(bad, good, BEN_KEY)
    room.loop.run_jobs()
    assert [one.text for one in room.of(WhisperReceived)] == ["fine"]
    assert [one.text for one in room.store.whispers(SERVER.fingerprint, 0)] == ["fine"]
    [notice] = room.of(Notice)
    assert notice.code == "whisper" and "Ben" in notice.text
    assert GotWhisper(BEN, bad.msg_id, False) in room.sent


def test_a_whisper_bears_the_name_that_the_room_lists() -> None:
    """No row may lend Eve the name of Ben."""
    room = RoomAtHand()
    room.connect()
    eves = key("member_dora")
    eve = eves.public.fingerprint
    people = (Person(ADA, "Ada"), Person(BEN, "Ben"), Person(eve, "Eve"))
    room.hear(PageEnd(0, 0), Roster(people), Live(0, 3))
    room.hear(Said(1, eve, "Ben", b"s" * 16, 1, 1, "x"), Key(eve, eves.public.modulus))
    [notice] = room.of(Notice)
    assert notice.code == "name_changed_hands" and "Ben" in notice.text
    c1, c2 = seal_whisper(eves, room.me.public, SERVER.modulus, b"i" * 16, 5, "the password?", os.urandom)
    room.hear(messages.Whisper(eve, b"i" * 16, 5, c1, c2, 1), Key(eve, eves.public.modulus))
    room.loop.run_jobs()
    assert [one.member.name for one in room.of(WhisperReceived)] == ["Eve"]


def test_what_was_not_stored_is_not_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server then still has it."""
    room = live_room()

    def full(*_: object) -> None:
        raise StorageFull(why="no space")

    monkeypatch.setattr(ClientStore, "take_whisper", full)
    room.hear(whisper_from_ben("one", 10), BEN_KEY)
    room.loop.run_jobs()
    assert room.storage_errors and room.of(WhisperReceived) == []
    assert not any(isinstance(one, GotWhisper) for one in room.sent)


def test_results_that_come_after_the_end_are_dropped() -> None:
    room = live_room()
    room.room.submit(commands.Whisper(1, BEN, "w"))
    room.hear(BEN_KEY, whisper_from_ben("one", 10))
    room.room.close()
    room.store.close()
    room.loop.run_jobs()
    assert sealed(room) == [] and room.of(WhisperReceived) == []


def test_a_server_cannot_fill_our_memory_with_whispers() -> None:
    room = live_room()
    whisper = whisper_from_ben("one", 10)
    with pytest.raises(MessageError):
        for _ in range(500):
            room.hear(whisper)
