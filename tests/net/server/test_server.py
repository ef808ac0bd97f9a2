"""A real server and clients over real sockets: what a room is for."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from netcore import limits
from netcore.crypto.identity import PrivateKey, PublicKey
from netcore.errors import FolderInUse, KeyFileError, PortInUse
from netcore.net.api.commands import Ban, LoadEarlier, Say, Unban, Whisper
from netcore.net.api.events import (
    Chat,
    EarlierLoaded,
    HistoryOpened,
    MemberJoined,
    MemberLeft,
    Traffic,
    WhisperReceived,
    WhisperSent,
)
from netcore.net.api.events import Refused as RefusedEvent
from netcore.net.api.events import WhisperDone as WhisperDoneEvent
from netcore.net.server.context import Context
from netcore.net.server.files import IDENTITY_FILE, LOG_FILE
from netcore.net.server.room import ServerRoom
from netcore.store.folders import server_folder
from netcore.wire.codec import row_hash
from netcore.wire.codes import CloseCode, History, LeaveReason, Refusal, WhisperOutcome
from netcore.wire.messages import (
    Answer,
    GetKey,
    GetPage,
    GotWhisper,
    Joined,
    Key,
    Left,
    PageEnd,
    Refused,
    Resume,
    RoomState,
    Said,
    WhisperDone,
    WhisperStored,
)
from netcore.wire.messages import Say as SayMessage
from netcore.wire.messages import Whisper as WhisperMessage
from tests.keys import pem
from tests.net.conftest import House, StartHouse
from tests.net.peer import Peer, key, key_id
from tests.waiting import wait_until


def test_listening_tells_how_to_come(house: House) -> None:
    told = house.listening
    assert told.room == "Room" and told.you.is_host and told.you.name == "Host"
    assert told.invite == f"localchat://127.0.0.1:{told.port}/#{told.fingerprint[:16].hex()}"
    assert told.reaches[0].interface == "this computer"
    assert told.kept


def test_two_members_and_the_host_hear_each_other(house: House) -> None:
    ada, ben = house.join(0, "Ada"), house.join(1, "Ben")
    ada.say("hello")
    assert ben.wait_for(Said, text="hello").name == "Ada"
    own = ada.wait_for(Said, text="hello")
    assert (own.sender, own.stream, own.n, own.seq) == (ada.id, ada.stream, 1, 1)
    heard = house.wait(Chat)
    assert (heard.text, heard.name, heard.mine, heard.seq) == ("hello", "Ada", False, 1)
    house.submit(Say(7, "welcome"))
    assert ada.wait_for(Said, text="welcome").sender == house.listening.you.id
    mine = house.wait(Chat)
    assert (mine.text, mine.mine, mine.local_id) == ("welcome", True, 7)


def test_fifty_clients_hear_everything_in_one_order(start_house: StartHouse) -> None:
    """All hear each other."""
    house = start_house()
    peers = [house.join(number) for number in range(50)]
    for peer in peers:
        peer.say(f"from {peer.name}")
    for peer in peers:
        peer.read_until(lambda peer=peer: len(peer.texts) >= 50, "50 messages")  # type: ignore[misc]
    first = peers[0]
    assert sorted(first.texts) == sorted(f"from {peer.name}" for peer in peers)
    for peer in peers:
        assert peer.texts == first.texts
        assert [one.seq for one in peer.received if isinstance(one, Said)] == list(range(1, 51))
    assert peers[-1].roster == {"Host", *(peer.name for peer in peers)}


def test_a_late_joiner_gets_the_history_by_pages(house: House) -> None:
    """PROTOCOL §8.1, §8.4: pages of 100; "the first page that reaches the head" makes the client live."""
    for number in range(150):
        house.submit(Say(number, f"line {number}"))
    house.wait(Chat, seq=150)
    ben = house.join(1)
    assert ben.texts == [f"line {number}" for number in range(150)]
    assert [end.last for end in ben.received if isinstance(end, PageEnd)] == [100, 150]
    assert ben.welcome is not None and ben.welcome.history is History.NEW
    house.submit(Say(151, "now"))
    assert ben.wait_for(Said, text="now").seq == 151


def test_who_is_not_live_yet_hears_nothing_twice(house: House) -> None:
    """Only the live set gets Room records; what was said meanwhile is in the page."""
    ben = house.peer(1)
    ben.knock()
    house.submit(Say(1, "between"))
    house.wait(Chat, text="between")
    ben.send(GetPage(0))
    ben.wait_for(PageEnd)
    house.submit(Say(2, "after"))
    ben.wait_for(Said, text="after")
    assert ben.texts == ["between", "after"]


def test_who_becomes_live_in_the_turn_of_a_message_hears_it_once(house: House) -> None:
    """PROTOCOL §8.4: "first commits what came in, then sends Room records ..., then answers pages"."""
    ben = house.peer(1)
    ben.knock()

    def same_turn(context: Context) -> None:
        link = context.links[ben.id]
        room = link._owner
        assert isinstance(room, ServerRoom)
        room.submit(Say(1, "now"))
        room.on_message(link, GetPage(0))

    house.call(same_turn)
    ben.wait_for(PageEnd)
    house.submit(Say(2, "after"))
    ben.wait_for(Said, text="after")
    assert ben.texts == ["now", "after"]


def test_joining_and_leaving_are_told_to_the_others(house: House) -> None:
    ada = house.join(0, "Ada")
    assert house.wait(MemberJoined).member.name == "Ada"
    ben = house.join(1, "Ben")
    assert ada.wait_for(Joined).name == "Ben"
    assert house.wait(MemberJoined).member.address.startswith("127.0.0.1:")
    ben.leave()
    assert ada.wait_for(Left).reason is LeaveReason.LEFT
    assert house.wait(MemberLeft).reason == "left"
    assert not any(isinstance(one, Joined) for one in ben.received)


def test_eof_without_close_is_a_loss(house: House) -> None:
    ada, ben, chen = house.join(0), house.join(1), house.join(2)
    ben.vanish()
    assert ada.wait_for(Left, id=ben.id).reason is LeaveReason.LOST
    chen.reset()
    assert ada.wait_for(Left, id=chen.id).reason is LeaveReason.LOST


def test_half_close_is_a_loss_too(house: House) -> None:
    """A client that has shut its sending side cannot say goodbye any more."""
    ada, ben = house.join(0), house.join(1)
    ben.sock.shutdown(1)
    assert ada.wait_for(Left).reason is LeaveReason.LOST


def test_resume_by_the_row_hash(house: House) -> None:
    """PROTOCOL §8.3: "`replaced`: the log is another one, or that row is, or seq is past the head"."""
    ada = house.join(0)
    ada.say("one")
    row = ada.wait_for(Said)
    ada.leave()
    assert ada.welcome is not None
    log_id = ada.welcome.log_id

    def answer(resume: Resume) -> History:
        peer = house.peer(0)
        peer.knock(resume)
        assert peer.welcome is not None
        peer.leave()
        return peer.welcome.history

    good = row_hash(log_id, row)
    assert answer(Resume(log_id, 1, good)) is History.RESUMED
    assert answer(Resume(log_id, 1, bytes(32))) is History.REPLACED
    assert answer(Resume(log_id, 2, good)) is History.REPLACED
    assert answer(Resume(bytes(16), 1, good)) is History.REPLACED


def test_a_message_that_is_sent_again_appears_once(house: House) -> None:
    ada = house.join(0)
    ada.say("once")
    ada.wait_for(Said)
    ada.send(SayMessage(ada.stream, 1, "once"))
    assert ada.wait_for(Answer).seq == 1
    ada.send(SayMessage(ada.stream, 1, "other"))
    assert ada.wait_for(Refused).code is Refusal.CONFLICT
    ada.send(SayMessage(ada.stream, 9, "gap"))
    assert ada.wait_for(Refused, n=9).code is Refusal.GAP
    again = house.peer(0)
    again.stream = ada.stream
    again.knock()
    assert again.welcome is not None and again.welcome.last_n == 1


def test_bad_texts_are_refused_and_use_up_their_number(house: House) -> None:
    ada = house.join(0)
    for text, code in [
        ("", Refusal.EMPTY),
        ("x" * 4_001, Refusal.TOO_LONG),
        ("\n" * 50, Refusal.TOO_MANY_LINES),
        ("a\x00b", Refusal.BAD_TEXT),
    ]:
        n = ada.say(text)
        assert ada.wait_for(Refused, n=n).code is code
    ada.say("x" * 4_000)
    assert ada.wait_for(Said).n == 5


def outcomes(peer: Peer) -> list[WhisperOutcome]:
    """What the peer heard of its whispers."""
    return [one.outcome for one in peer.received if isinstance(one, WhisperDone)]


def test_whispers_go_to_their_recipient_only(house: House) -> None:
    ada, ben, chen = house.join(0, "Ada"), house.join(1, "Ben"), house.join(2, "Chen")
    msg_id = ada.whisper(key(1), "psst")
    assert ada.wait_for(WhisperStored).n == 1
    whisper = ben.wait_for(WhisperMessage)
    assert ben.open(whisper, ada.private.public) == "psst"
    done = ada.wait_for(WhisperDone)
    assert (done.to, done.msg_id, done.outcome) == (ben.id, msg_id, WhisperOutcome.DELIVERED)
    ada.say("end")
    chen.wait_for(Said, text="end")
    assert not any(isinstance(one, WhisperMessage) for one in chen.received)


def test_a_whisper_waits_for_who_is_away_and_its_report_for_the_sender(house: House) -> None:
    house.join(1).leave()
    ada = house.join(0)
    ada.whisper(key(1), "for later")
    ada.wait_for(WhisperStored)
    ada.leave()
    while house.wait(MemberLeft).member.id != ada.id:
        pass
    ben = house.join(1)
    whisper = next(one for one in ben.received if isinstance(one, WhisperMessage))
    assert ben.open(whisper, key(0).public) == "for later"
    wait_until(lambda: house.call(lambda context: context.log.held_count(ben.id)) == 0)
    back = house.join(0)
    assert WhisperOutcome.DELIVERED in outcomes(back)
    back.leave()


@pytest.mark.parametrize("where", ["away", "here"])
def test_the_news_of_a_whisper_is_repeated_until_it_was_read(house: House, where: str) -> None:
    """PROTOCOL §7.4: it is said "again on each new connection until such a `pong` has come"."""
    ben, ada = house.join(1), house.join(0)
    ada.whisper(key(1), "hello")
    ada.wait_for(WhisperStored)
    if where == "away":
        ada.leave()
        while house.wait(MemberLeft).member.id != ada.id:
            pass
    ben.open(ben.wait_for(WhisperMessage), key(0).public)
    wait_until(lambda: house.call(lambda context: context.log.held_count(ben.id)) == 0)
    if where == "here":
        ada.reset()  # what was sent to it, it never read
    else:
        deaf = house.peer(0)
        deaf.handshake()
        deaf.authenticate()
        wait_until(lambda: house.call(lambda context: ada.id in context.links))
        deaf.reset()
    back = house.peer(0).join()
    assert WhisperOutcome.DELIVERED in outcomes(back)
    # It has answered the ping behind it by now, so the news is forgotten.
    wait_until(lambda: house.call(lambda context: context.log.reports_for(ada.id)) == ())
    again = house.join(0)
    assert not any(isinstance(one, WhisperDone) for one in again.received)


def test_a_ban_takes_back_the_whispers_that_wait(house: House) -> None:
    """PROTOCOL §7.4: given up "because the host banned its sender", who is told when it may come again."""
    house.join(1).leave()
    ada = house.join(0)
    ada.whisper(key(1), "spam")
    ada.wait_for(WhisperStored)
    house.submit(Ban(ada.id, "", False))
    assert ada.wait_closed() is CloseCode.BANNED
    ben = house.join(1)
    assert not any(isinstance(one, WhisperMessage) for one in ben.received)
    house.submit(Unban(ada.id))
    back = house.join(0)
    assert outcomes(back) == [WhisperOutcome.GIVEN_UP]


def test_many_waiting_whispers_come_a_few_at_a_time(house: House, start_house: StartHouse) -> None:
    """200 whispers of 22 KB would overflow the recipient's queue; each batch waits for its confirmations."""
    house.join(1).leave()
    ada = house.join(0)
    for number in range(40):
        ada.whisper(key(1), f"number {number}")
        ada.wait_for(WhisperStored)
    ben = house.join(1)
    waiting = [one for one in ben.received if isinstance(one, WhisperMessage)]
    assert len(waiting) == 16
    texts = [ben.open(one, key(0).public) for one in waiting]
    while len(texts) < 40:
        texts.append(ben.open(ben.wait_for(WhisperMessage), key(0).public))
    assert texts == [f"number {number}" for number in range(40)]


def test_refused_whispers(house: House) -> None:
    ada = house.join(0)
    ada.whisper(key(0), "to myself")
    assert ada.wait_for(Refused).code is Refusal.TO_SELF
    ada.whisper(key(30), "to nobody")
    assert ada.wait_for(Refused).code is Refusal.NO_SUCH_MEMBER


def test_the_host_whispers_end_to_end(house: House) -> None:
    ada = house.join(0, "Ada")
    house.submit(Whisper(3, ada.id, "well done"))
    sent = house.wait(WhisperSent)
    assert (sent.local_id, sent.to.name, sent.text) == (3, "Ada", "well done")
    whisper = ada.wait_for(WhisperMessage)
    ada.send(GetKey(whisper.sender))
    host = ada.wait_for(Key)
    assert ada.open(whisper, PublicKey(host.key)) == "well done"
    assert house.wait(WhisperDoneEvent).outcome is WhisperOutcome.DELIVERED
    for number in range(5):
        ada.whisper(_host_key(), f"thanks {number}")
    got = [house.wait(WhisperReceived) for _ in range(5)]
    assert [one.text for one in got] == [f"thanks {number}" for number in range(5)]
    assert {one.member.name for one in got} == {"Ada"}
    assert ada.wait_for(WhisperDone).outcome is WhisperOutcome.DELIVERED


def test_a_whisper_that_the_host_cannot_open_is_reported(house: House) -> None:
    ada = house.join(0)
    ada.private = key(5)  # signs with another key than the one that it has shown
    ada.whisper(_host_key(), "forged")
    assert ada.wait_for(WhisperDone).outcome is WhisperOutcome.NOT_SHOWN
    ada.send(GotWhisper(bytes(32), bytes(16), True))  # confirming what is not there is harmless
    ada.say("still here")
    ada.wait_for(Said)


def test_a_whisper_that_may_not_be_said_is_not_shown_to_the_host(house: House) -> None:
    """PROTOCOL §10.2: "text not UTF-8 or against §6.3 (which nobody could judge on the way)"."""
    ada = house.join(0)
    ada.whisper(_host_key(), "\x1b[2J" + "\n" * 60)
    assert ada.wait_for(WhisperDone).outcome is WhisperOutcome.NOT_SHOWN
    ada.whisper(_host_key(), "fine")
    assert house.wait(WhisperReceived).text == "fine"


def _host_key() -> PrivateKey:
    return PrivateKey.from_pem(pem("member_host"))


def test_everything_is_there_after_a_restart(start_house: StartHouse) -> None:
    house = start_house()
    ada = house.join(0)
    for number in range(5):
        ada.say(f"line {number}")
        ada.wait_for(Said)
    house.stop()
    assert ada.wait_closed() is CloseCode.SHUTDOWN
    again = start_house()
    opened = again.wait(HistoryOpened)
    assert [one.text for one in opened.messages] == [f"line {number}" for number in range(5)]
    ben = again.join(1)
    assert ben.texts == ada.texts
    assert ada.welcome is not None and ben.welcome is not None
    assert ben.welcome.log_id == ada.welcome.log_id


def test_keep_no_history(start_house: StartHouse) -> None:
    house = start_house(keep_history=False)
    ada = house.join(0)
    assert not next(one for one in ada.received if isinstance(one, RoomState)).kept
    ada.say("gone tomorrow")
    ada.wait_for(Said)
    house.stop()
    again = start_house(keep_history=False)
    assert again.join(1).texts == []


def test_the_host_loads_earlier_messages(house: House) -> None:
    for number in range(5):
        house.submit(Say(number, f"line {number}"))
    house.wait(Chat, seq=5)
    house.submit(LoadEarlier(4))
    loaded = house.wait(EarlierLoaded)
    assert [(one.seq, one.mine) for one in loaded.messages] == [(1, True), (2, True), (3, True)]


def test_traffic_is_told_once_a_second(house: House) -> None:
    ada = house.join(0)
    traffic = house.wait(Traffic)
    assert traffic.members[0].id == ada.id
    assert traffic.members[0].in_bytes > 1_000 and traffic.members[0].out_bytes > 1_000
    assert traffic.out_bytes >= traffic.members[0].out_bytes


def test_stop_says_goodbye_to_everyone(house: House) -> None:
    """Close records are flushed before the sockets close; a handshake half-way gets the Alert."""
    peers = [house.join(number) for number in range(5)]
    stranger = Peer(house.port, key(9), "Stranger")
    house.submit(Say(1, "goodbye"))
    house.stop()
    for peer in peers:
        assert peer.wait_closed() is CloseCode.SHUTDOWN
        assert peer.texts == ["goodbye"]
    stranger.read_until(lambda: stranger.failed is not None, "the end")


def test_a_port_in_use_is_told_and_nothing_is_left_behind(start_house: StartHouse) -> None:
    """One clear sentence with the way out."""
    house = start_house()
    with pytest.raises(PortInUse, match=str(house.port)):
        start_house("Other", port=house.port)
    start_house("Other")  # its folder is free again


def test_a_room_is_open_once(start_house: StartHouse) -> None:
    start_house()
    with pytest.raises(FolderInUse):
        start_house()


def test_a_damaged_key_is_left_as_it_is(start_house: StartHouse, tmp_path: Path) -> None:
    """A damaged key is never silently replaced."""
    (tmp_path / IDENTITY_FILE).write_bytes(b"damaged")
    with pytest.raises(KeyFileError, match=IDENTITY_FILE):
        start_house()
    assert (tmp_path / IDENTITY_FILE).read_bytes() == b"damaged"


def test_the_servers_of_one_data_folder_are_one_server(start_house: StartHouse) -> None:
    assert start_house("One").listening.fingerprint == start_house("Two").listening.fingerprint


def test_no_core_file_can_hold_a_key(start_house: StartHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource", reason="limits of a process are of POSIX")
    set_to: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", set_to.__setitem__)
    start_house()
    assert set_to[resource.RLIMIT_CORE] == (0, 0)


def test_a_system_that_grants_fewer_descriptors_is_asked_for_those(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS says that its limit is none, and refuses more than 10,240: 256 would be a room of 200."""
    resource = pytest.importorskip("resource", reason="limits of a process are of POSIX")
    granted: list[int] = []

    def setrlimit(which: int, limit: tuple[int, int]) -> None:
        if which == resource.RLIMIT_NOFILE:
            if limit[0] > 10_240:
                raise ValueError("as macOS says it")
            granted.append(limit[0])

    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    start_house()
    assert granted == [10_240]


def test_who_loses_a_whisper_for_another_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """PROTOCOL §7.4: a full mailbox is not shut; the sender that holds most of it hears what was given up."""
    monkeypatch.setattr(limits, "WHISPERS_HELD_PER_MEMBER", 4)
    house.join(0).leave()
    flooder, ben = house.join(1), house.join(2)
    msg_ids = [flooder.whisper(key(0), f"number {number}") for number in range(4)]
    for _ in msg_ids:
        flooder.wait_for(WhisperStored)
    ben.whisper(key(0), "from Ben")
    ben.wait_for(WhisperStored)
    done = flooder.wait_for(WhisperDone)
    assert (done.msg_id, done.outcome) == (msg_ids[0], WhisperOutcome.GIVEN_UP)
    house.submit(Whisper(-1, key_id(0), "from the host"))
    house.wait(WhisperSent)
    assert flooder.wait_for(WhisperDone).msg_id == msg_ids[1]
    absent = house.join(0)
    held = [one for one in absent.received if isinstance(one, WhisperMessage)]
    assert sum(one.sender == flooder.id for one in held) == 2 and len(held) == 4


def test_more_streams_than_any_client_has_end_the_connection(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROTOCOL §9: "streams of a member"."""
    monkeypatch.setattr(limits, "STREAMS_PER_MEMBER", 3)
    house = start_house()
    ada = house.join(0)
    for number in range(3):
        ada.send(SayMessage(bytes([number]) * 16, 1, f"stream {number}"))
        ada.wait_for(Said)
    ada.send(SayMessage(bytes([3]) * 16, 1, "one stream more"))
    assert ada.wait_closed() is CloseCode.PROTOCOL
    assert ada.texts == ["stream 0", "stream 1", "stream 2"]


def test_a_damaged_key_is_not_handed_out(start_house: StartHouse, tmp_path: Path) -> None:
    """PROTOCOL §6.2: no answer. A key that is not the member's makes whoever asked break off."""
    house = start_house()
    house.join(0, "Ada").leave()
    house.join(1, "Ben").leave()
    house.stop()
    file = sqlite3.connect(server_folder(tmp_path, "Room") / LOG_FILE)
    file.execute("UPDATE people SET modulus = ? WHERE member_id = ?", (key(5).public.modulus, key_id(0)))
    file.execute("UPDATE people SET modulus = 'text' WHERE member_id = ?", (key_id(1),))
    file.commit()
    file.close()
    house = start_house()
    chen = house.join(2)
    chen.send(GetKey(key_id(0)), GetKey(key_id(1)), GetKey(chen.id))
    assert chen.wait_for(Key).id == chen.id
    house.submit(Whisper(1, key_id(1), "to nobody"))
    assert house.wait(RefusedEvent).code == "no_such_member"
    house.join(0, "Ada")  # it brings its key again
    chen.send(GetKey(key_id(0)))
    assert chen.wait_for(Key).key == key(0).public.modulus
