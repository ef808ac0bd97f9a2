"""What unauthenticated peers, slow members, floods and faults of ours may cost, and whom (PROTOCOL §9)."""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import pytest

from netcore import limits
from netcore.crypto.room_keys import SealedRoom
from netcore.errors import LogFileError, StorageFull
from netcore.net.api.commands import Ban, Mute, ReleaseName, Say, SetRoom, Unban, Whisper
from netcore.net.api.config import ServerOptions
from netcore.net.api.events import (
    Banned,
    Chat,
    Failed,
    HistoryOpened,
    MemberJoined,
    MemberLeft,
    Notice,
    Pending,
    RoomChanged,
    Stopped,
    WhisperSent,
)
from netcore.net.api.events import Refused as RefusedEvent
from netcore.net.server import admission, reception
from netcore.net.server.backpressure import PauseReason
from netcore.net.server.context import Context
from netcore.net.server.host import HostMember
from netcore.net.server.link import ServerLink
from netcore.net.server.pages import Pages
from netcore.net.server.room import ServerRoom
from netcore.session.client import ClientSession
from netcore.session.server import ServerSession
from netcore.store.database import Database
from netcore.store.room_log import Outcome, RoomLog
from netcore.wire.codes import CloseCode, LeaveReason, Refusal
from netcore.wire.messages import (
    GetPage,
    Left,
    Message,
    PageEnd,
    Ping,
    Pong,
    Refused,
    RoomState,
    Said,
    Slowed,
)
from netcore.wire.messages import Say as SayMessage
from tests.net.conftest import House, StartHouse
from tests.net.peer import Peer, key, key_id
from tests.waiting import WAIT_S, wait_until

ALERT = bytes.fromhex("1500000101")


def connect(house: House) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", house.port))
    sock.settimeout(WAIT_S)
    return sock


def client_hello() -> bytes:
    return b"".join(ClientSession(lambda server: None, os.urandom, 0.0).take_output())


def read_to_end(sock: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := sock.recv(65_536):
            data += piece
    return data


def still_talks(ada: Peer) -> None:
    """The room goes on for everybody else."""
    text = os.urandom(4).hex()
    ada.say(text)
    ada.wait_for(Said, text=text)


# --- Unauthenticated peers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        bytes.fromhex("1603010200010001fc0303") + bytes(200),
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"NICK ada\r\n",
        b"\n" * 100_000,
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x00",
        b"\x01\x00\x00\x51" + bytes(81),
        b"\x17\x00\x00\x20" + bytes(32),
        bytes(range(256)) * 50,
    ],
)
def test_garbage_gets_the_alert_and_nobody_notices(house: House, garbage: bytes) -> None:
    """PROTOCOL §3.5: one Alert for every fault before keys; and the members of the room notice nothing."""
    ada = house.join(0)
    sock = connect(house)
    with contextlib.suppress(OSError):
        sock.sendall(garbage)
    assert read_to_end(sock) == ALERT
    still_talks(ada)
    assert not any(isinstance(one, Left) for one in ada.received)


def test_the_host_hears_of_another_version_now_and_then(house: House) -> None:
    """PROTOCOL §3.5: in words on both sides; and a storm of such strangers is one line for the host."""
    for _ in range(3):
        sock = connect(house)
        sock.sendall(b"\x01\x00\x00\x50LocalChat/9 sec\n" + bytes(64))
        assert read_to_end(sock) == bytes.fromhex("1500000102")
    house.submit(Say(1, "after them"))
    house.wait(Chat, text="after them")
    told = [event for event in house.events if isinstance(event, Notice)]
    assert [notice.code for notice in told] == ["other_version"]
    assert "127.0.0.1" in told[0].text and "both should update" in told[0].text


def test_a_byte_at_a_time_buys_no_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slowloris: the handshake's deadline is absolute, so a ClientHello that takes 4 s is too late."""
    monkeypatch.setattr(limits, "HANDSHAKE_S", 0.4)
    sock = connect(house)
    sock.settimeout(0.05)
    answer = b""
    for byte in client_hello():
        with contextlib.suppress(TimeoutError, ConnectionError):
            sock.send(bytes([byte]))
            answer = sock.recv(99)
        if answer:
            break
    assert answer == ALERT


def test_a_handshake_without_auth_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AUTH_S", 0.2)
    peer = house.peer(0)
    peer.handshake()
    peer.wait_closed()


def test_half_open_strangers_make_room_for_others(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROTOCOL §9: "whoever has owed its next step longest, and 1 s at least, is sent away"."""
    monkeypatch.setattr(reception, "EVICT_AFTER_S", 0.1)
    house = start_house(options=ServerOptions(half_open=4))
    ada = house.join(0)
    silent = [connect(house) for _ in range(12)]
    house.join(1)
    still_talks(ada)
    assert read_to_end(silent[0]) == ALERT
    for sock in silent:
        sock.close()


def test_at_the_limit_nobody_is_accepted(start_house: StartHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "EVICT_AFTER_S", 60.0)
    house = start_house(options=ServerOptions(half_open=3))
    socks = [connect(house) for _ in range(5)]
    last = socks[-1]
    last.sendall(b"garbage")
    wait_until(lambda: house.call(lambda context: len(context.loop)) >= 5, what="three connections")
    last.settimeout(0.2)
    with pytest.raises(TimeoutError):
        last.recv(1)
    for sock in socks[:3]:
        sock.close()
    last.settimeout(WAIT_S)
    assert read_to_end(last) == ALERT
    for sock in socks:
        sock.close()


def test_two_thousand_connections_in_a_burst(house: House) -> None:
    """However many come: the open sockets are bounded, and the listener still accepts."""
    ada = house.join(0)
    for _ in range(10):
        burst = []
        for _ in range(200):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", house.port))
            burst.append(sock)
        still_talks(ada)
        assert house.call(lambda context: len(context.loop)) <= 3 + 1 + limits.MAX_HALF_OPEN * (
            1 + reception.CLOSING_PER_HALF_OPEN
        )
        for sock in burst:
            sock.close()
    house.join(1)
    still_talks(ada)


def test_handshakes_of_one_address(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """10 at once, then 1 per 3 s. Loopback is exempt, so it must be taken for a network here."""
    for _ in range(limits.HANDSHAKES_PER_ADDRESS_BURST + 3):
        Peer(house.port, key(0), "Exempt").handshake()
    monkeypatch.setattr(reception, "limit_key", lambda host: host)
    for _ in range(limits.HANDSHAKES_PER_ADDRESS_BURST):
        Peer(house.port, key(0), "Counted").handshake()
    sock = connect(house)
    assert read_to_end(sock) == b""


def test_members_of_one_address(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MEMBERS_PER_ADDRESS", 2)
    for number in range(3):
        house.join(number)
    monkeypatch.setattr(admission, "limit_key", lambda host: host)
    late = house.peer(9)
    late.knock()
    assert late.closed == (CloseCode.TOO_MANY, "")
    house.join(0)  # in place of itself


def test_handshakes_in_all_wait_for_their_turn(start_house: StartHouse) -> None:
    """PROTOCOL §9: "new handshakes, all together"."""
    house = start_house(options=ServerOptions(handshakes_per_s=10, handshakes_burst=3))
    start_s = time.monotonic()
    for number in range(9):
        house.join(number)
    assert time.monotonic() - start_s > 0.5


def test_a_handshake_costs_one_token(start_house: StartHouse) -> None:
    """The rate counts new handshakes: who has begun is not held up by those who begin."""
    house = start_house(options=ServerOptions(handshakes_per_s=0.001, handshakes_burst=5))
    for number in range(5):
        house.join(number)


def test_those_who_have_gone_spend_no_tokens(start_house: StartHouse) -> None:
    """Hundreds of dead handshakes must not stand before a live one: at this rate they would take 100 s."""
    house = start_house(options=ServerOptions(handshakes_per_s=2, handshakes_burst=1))
    hello = client_hello()
    for _ in range(200):
        with socket.create_connection(("127.0.0.1", house.port)) as sock:
            sock.sendall(hello)
    house.join(0)


def test_many_questions_for_pages_get_one_answer_and_nobody_waits_for_it(start_house: StartHouse) -> None:
    """PROTOCOL §6.2: "the newer question may take the place of the older one, which then gets no answer"."""
    house = start_house(options=ServerOptions(message_burst=1_000))
    ada, ben = house.join(0), house.join(1)
    for number in range(3):
        house.submit(Say(number, "x"))
    ada.send(*(GetPage(after) for after in (0, 1, 2, 0, 1)))
    ben.wait_for(Said)
    ada.say("behind them")

    def ends() -> list[int]:
        return [one.after for one in ada.received if isinstance(one, PageEnd)]

    # Either may come first: one turn of the loop can bring the questions and what is said after them.
    ada.read_until(
        lambda: "behind them" in ada.texts and len(ends()) > 1,
        "the page, and what was said after the questions",
    )
    assert ends() == [0, 1]  # the first is the one with which it came in


def test_pages_go_round(house: House) -> None:
    """One after the other: a member that asks again waits for those that asked meanwhile."""
    order: list[bytes] = []
    peers = [house.join(number) for number in range(3)]

    def ask(context: Context) -> None:
        pages = Pages(context, lambda: None)
        pages._answer = lambda link, after: order.append(link.member_id)  # type: ignore[method-assign]
        ada, ben, chen = (context.links[peer.id] for peer in peers)
        for link in (ada, ben, ada, ada, chen, ada):
            pages.request(link, 0)
        pages.serve()
        pages.request(ada, 0)
        pages.serve()

    house.call(ask)
    assert order == [peers[0].id, peers[1].id, peers[2].id, peers[0].id]


# --- Members ------------------------------------------------------------------------------------


def closings(monkeypatch: pytest.MonkeyPatch) -> list[CloseCode]:
    """The codes of all Close records from now on, also of those that nobody reads."""
    codes: list[CloseCode] = []
    close = ServerSession.close

    def spy(session: ServerSession, code: CloseCode, reason: str = "") -> None:
        codes.append(code)
        close(session, code, reason)

    monkeypatch.setattr(ServerSession, "close", spy)
    return codes


def flood(house: House, count: int) -> None:
    """The host says `count` texts of 16 KB."""
    for number in range(count):
        house.submit(Say(number, "\U0001f600" * 3_990 + f"{number:05}"))


def test_a_slow_reader_is_bounded_and_closed_while_others_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROTOCOL §9: "waiting for a member | 4 MiB ... | Close `too_slow`"."""
    monkeypatch.setattr(limits, "SEND_QUEUE_HARD_BYTES", 500_000)
    most: list[int] = []
    broadcast = ServerLink.broadcast

    def spy(link: ServerLink, *records: Any) -> None:
        broadcast(link, *records)
        most.append(link.connection.queued_bytes)

    monkeypatch.setattr(ServerLink, "broadcast", spy)
    codes = closings(monkeypatch)
    ada = house.join(0)
    slow = house.peer(1, receive_buffer=4_096).join()
    total = 0
    while not any(isinstance(one, Left) for one in ada.received):
        assert total < 1_000
        flood(house, 20)
        total += 20
        ada.read_until(lambda: len(ada.texts) >= total, "the flood")  # noqa: B023
    assert ada.wait_for(Left).reason is LeaveReason.LOST
    # One group commit may come on top; the record that says too_slow as well.
    assert 250_000 < max(most) < 500_000 + 20 * 17_000 + 1_000
    assert house.wait(MemberLeft).member.id == slow.id
    assert codes == [CloseCode.TOO_SLOW]


def test_a_stalled_reader_is_closed_after_a_while(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SEND_STALL_S", 2.0)
    monkeypatch.setattr(limits, "SEND_QUEUE_HARD_BYTES", 2**30)
    codes = closings(monkeypatch)
    slow = house.peer(1, receive_buffer=4_096).join()
    flood(house, 400)
    left = house.wait(MemberLeft)
    assert (left.member.id, left.reason) == (slow.id, LeaveReason.LOST)
    assert codes == [CloseCode.TOO_SLOW]


def test_a_member_that_does_not_read_is_not_read_from(house: House) -> None:
    """PROTOCOL §9: "it is not read from until it reads": it cannot ask faster than it takes the answers."""
    slow = house.peer(1, receive_buffer=4_096).join()
    flood(house, 250)
    wait_until(
        lambda: house.call(
            lambda context: context.links[slow.id].backpressure.queue_is_long and context.log.head == 250
        ),
        what="a long queue",
    )
    for _ in range(3):
        slow.say("unheard")
    wait_until(
        lambda: house.call(
            lambda context: PauseReason.QUEUE in context.links[slow.id].backpressure.paused_for
        ),
        what="a hold",
    )
    slow.wait_for(Said, text="unheard")
    wait_until(
        lambda: house.call(
            lambda context: PauseReason.QUEUE not in context.links[slow.id].backpressure.paused_for
        ),
        what="its end",
    )


def test_a_fast_talker_is_slowed_and_told_once_and_nothing_is_dropped(start_house: StartHouse) -> None:
    house = start_house(options=ServerOptions(message_burst=10, messages_per_s=10))
    ben = house.join(1)
    ada = house.join(0)
    start_s = time.monotonic()
    for number in range(25):
        ada.session.send(SayMessage(ada.stream, number + 1, f"line {number}"))
        ada.flush()
    ben.read_until(lambda: len(ben.texts) == 25, "all")
    ada.read_until(lambda: len(ada.texts) == 25, "all")
    assert sum(isinstance(one, Slowed) for one in ada.received) == 1
    assert not any(isinstance(one, Slowed) for one in ben.received)
    n = ada.n = 25
    # What went over the burst is paid by waiting before anything more is read.
    assert ada.say("after") == n + 1
    ada.wait_for(Said, text="after")
    assert time.monotonic() - start_s > 1.3


def test_the_burst_is_met_exactly_without_a_word(start_house: StartHouse) -> None:
    house = start_house(options=ServerOptions(message_burst=10, messages_per_s=0.001))
    ada = house.join(0)  # one token for its page
    for _ in range(9):
        ada.say("x")
    ada.read_until(lambda: len(ada.texts) == 9, "nine")
    assert not any(isinstance(one, Slowed) for one in ada.received)
    ada.say("one past it")
    ada.wait_for(Slowed)


def test_one_record_buys_no_more_than_the_burst(start_house: StartHouse) -> None:
    """PROTOCOL §9: the rest of a record waits, in its order; and a reconnect finds the share as it was."""
    house = start_house(options=ServerOptions(message_burst=10, messages_per_s=0.001))
    ada = house.join(0)  # one token for its page
    for n in range(1, 501):
        ada.session.send(SayMessage(ada.stream, n, f"line {n}"))
    ada.flush()  # all in one record
    ada.wait_for(Slowed)
    ada.read_until(lambda: len(ada.texts) == 9, "what is paid for")
    assert ada.texts == [f"line {n}" for n in range(1, 10)]
    ada.vanish()
    again = house.peer(0)
    again.stream = ada.stream
    again.knock()
    assert again.welcome is not None and again.welcome.last_n == 9
    again.send(SayMessage(ada.stream, 10, "one past it"))
    again.wait_for(Slowed)
    assert house.call(lambda context: context.log.head) == 9


def test_all_that_may_be_unacknowledged_is_paced_and_stored(house: House) -> None:
    """PROTOCOL §9: "32 unacknowledged messages sent at once are within the rules, and take some seconds"."""
    ada = house.join(0)
    for n in range(1, limits.MAX_UNACKNOWLEDGED + 1):
        ada.session.send(SayMessage(ada.stream, n, f"line {n}"))
    ada.flush()
    ada.read_until(lambda: len(ada.texts) == limits.MAX_UNACKNOWLEDGED, "all")
    assert ada.texts == [f"line {n}" for n in range(1, limits.MAX_UNACKNOWLEDGED + 1)]


def test_a_member_that_waits_for_its_share_is_not_silent(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROTOCOL §5.4: "The server counts only while it reads from that member"."""
    monkeypatch.setattr(limits, "PING_S", 0.2)
    monkeypatch.setattr(limits, "SILENT_GONE_S", 0.5)
    house = start_house(options=ServerOptions(message_burst=2, messages_per_s=0.5))
    ada = house.join(0)
    for text in ("one", "two", "three"):
        ada.session.send(SayMessage(ada.stream, ada.n + 1, text))
        ada.n += 1
    ada.flush()
    ada.read_until(lambda: len(ada.texts) == 3, "all")  # four seconds later


def test_who_vanishes_with_a_backlog_is_gone_in_time(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROTOCOL §5.4: a member that is held back is asked, too; its backlog is bounded in seconds."""
    monkeypatch.setattr(limits, "PING_S", 0.2)
    monkeypatch.setattr(limits, "SILENT_GONE_S", 0.5)
    monkeypatch.setattr(limits, "LONGEST_BACKLOG_S", 1.0)
    house = start_house(options=ServerOptions(message_burst=2, messages_per_s=0.01))
    ada = house.join(0)
    for _ in range(50):
        ada.session.send(Ping())
    ada.flush()  # 5,000 seconds of it; and it reads nothing any more
    assert house.wait(MemberLeft).reason == "lost"


def test_who_is_held_back_and_leaves_has_left(start_house: StartHouse) -> None:
    """PROTOCOL §12.1: the reason is `left` though its goodbye stood behind what was not read yet."""
    house = start_house(options=ServerOptions(message_burst=2, messages_per_s=0.001))
    ada, ben = house.join(0), house.join(1)
    for number in range(1, 4):
        ada.session.send(SayMessage(ada.stream, number, "held"))
    ada.flush()
    wait_until(
        lambda: house.call(lambda context: PauseReason.RATE in context.links[ada.id].backpressure.paused_for),
        what="a hold",
    )
    house.submit(Say(1, "never read by Ada"))
    house.wait(Chat, text="never read by Ada")
    ada.leave()  # with that unread: its machine answers what comes next with a reset
    for number in range(2, 100):
        house.submit(Say(number, "more"))
        house.wait(Chat, local_id=number)
        if any(isinstance(event, MemberLeft) for event in house.events):
            break
    assert ben.wait_for(Left).reason is LeaveReason.LEFT


def test_a_pong_that_was_asked_for_is_free(start_house: StartHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """PROTOCOL §9: "messages from a member, of any kind but a `pong` that was asked for"."""
    house = start_house(options=ServerOptions(message_burst=2, messages_per_s=0.001))
    ada = house.join(0)  # one token for its page
    pinged = house.call(lambda context: [context.links[ada.id].ping() for _ in range(10)])
    ada.read_until(lambda: house.call(lambda context: context.links[ada.id].pongs) == pinged[-1], "all pongs")
    ada.say("paid with the last token")
    ada.wait_for(Said)
    ada.send(Pong())  # nobody asked
    wait_until(lambda: house.call(lambda context: len(context.links[ada.id].backpressure.inbox)) == 1)


def test_bytes_count_too(start_house: StartHouse) -> None:
    house = start_house(options=ServerOptions(inbound_burst_bytes=10_000, inbound_bytes_per_s=4_000))
    ada = house.join(0)
    ada.say("x" * 4_000)
    ada.say("y" * 4_000)
    ada.say("z" * 4_000)
    wait_until(
        lambda: house.call(lambda context: PauseReason.RATE in context.links[ada.id].backpressure.paused_for),
        what="a hold",
    )
    ada.read_until(lambda: len(ada.texts) == 3, "all three")


def test_silence_is_asked_and_then_taken_for_gone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """PROTOCOL §5.4: "sends `ping` ..., and gives the connection up when nothing has come for 75 s"."""
    monkeypatch.setattr(limits, "PING_S", 0.4)
    monkeypatch.setattr(limits, "SILENT_GONE_S", 2.5)
    ada = house.join(0)
    house.join(1)  # never answers
    assert ada.wait_for(Left).reason is LeaveReason.LOST  # and answers pings while it waits
    still_talks(ada)


def test_a_connection_has_a_life(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = house.join(0)
    monkeypatch.setattr(limits, "CONNECTION_LIFE_S", 0.1)
    assert ada.wait_closed() is CloseCode.RECONNECT


def test_a_record_that_does_not_open_ends_the_connection_without_an_answer(house: House) -> None:
    ada, ben = house.join(0), house.join(1)
    ben.session.send(SayMessage(ben.stream, 1, "x"))
    data = bytearray(b"".join(ben.session.take_output()))
    data[-1] ^= 1
    ben.sock.sendall(data)
    assert ada.wait_for(Left).reason is LeaveReason.LOST
    before = len(ben.received)
    ben.read_until(lambda: ben.failed is not None, "the end")
    assert not any(isinstance(one, Said) for one in ben.received[before:])
    still_talks(ada)


# --- Faults of ours -----------------------------------------------------------------------------


def test_a_fault_in_one_handler_costs_one_connection(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It closes the connection whose message met it."""
    on_message = ServerRoom.on_message

    def faulty(room: ServerRoom, link: ServerLink, message: Message) -> None:
        if isinstance(message, SayMessage) and message.text == "boom":
            raise ZeroDivisionError
        on_message(room, link, message)

    monkeypatch.setattr(ServerRoom, "on_message", faulty)
    ada, ben = house.join(0), house.join(1)
    ben.say("boom")
    assert ada.wait_for(Left).reason is LeaveReason.LOST
    still_talks(ada)
    house.join(1)


def test_a_fault_in_a_broadcast_costs_one_connection(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = house.join(0), house.join(1)
    victim = house.call(lambda context: context.links[ben.id].session)
    send_room = ServerSession.send_room

    def faulty(session: ServerSession, sealed: SealedRoom, key: bytes, ratcheted: bool) -> None:
        if session is victim:
            raise ZeroDivisionError
        send_room(session, sealed, key, ratcheted)

    monkeypatch.setattr(ServerSession, "send_room", faulty)
    ada.say("hello")
    ada.wait_for(Said)
    assert ada.wait_for(Left).id == ben.id


def test_a_fault_in_a_job_costs_one_connection(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = house.join(0)

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ServerLink, "do", lambda link, work: link._loop.in_pool(fails, link._on_work_done))
    peer = Peer(house.port, key(1), "Unlucky")
    with pytest.raises(AssertionError, match="ServerGone"):
        peer.handshake()
    still_talks(ada)


def fail_commits(monkeypatch: pytest.MonkeyPatch, code: int) -> Callable[[bool], None]:
    """While it is set to True, no commit of the database works."""
    failing = [False]
    commit = Database.commit

    def faulty(database: Database) -> None:
        if failing[0]:
            error = sqlite3.OperationalError("as a test wants it")
            error.sqlite_errorcode = code
            raise error
        commit(database)

    monkeypatch.setattr(Database, "commit", faulty)

    def set_failing(now: bool) -> None:
        failing[0] = now

    return set_failing


def test_a_full_disk_makes_the_room_read_only_until_there_is_room(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so, nothing is half-stored, and writes succeed again when there is room."""
    ada, ben = house.join(0), house.join(1)
    fail = fail_commits(monkeypatch, sqlite3.SQLITE_FULL)
    fail(True)
    n = ada.say("too much")
    assert ada.wait_for(Refused, n=n).code is Refusal.LATER
    assert ben.wait_for(RoomState).read_only
    told = house.wait(Failed).error
    assert isinstance(told, StorageFull) and str(told).count("The disk is full") == 1
    full = house.wait(RoomChanged)
    assert full.read_only and full.disk_full
    fail(False)
    assert not ben.wait_for(RoomState).read_only
    free = house.wait(RoomChanged)
    assert not (free.read_only or free.disk_full)
    ada.send(SayMessage(ada.stream, n, "too much"))
    ben.wait_for(Said, text="too much")
    assert ben.texts == ["too much"]


def test_a_full_disk_is_asked_once_a_second_not_all_the_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that waits for room on the disk must not keep the loop awake."""
    ada, ben = house.join(0), house.join(1)
    tries: list[None] = []
    commit = RoomLog.commit

    def counted(room_log: RoomLog, *what: Any) -> list[Outcome]:
        tries.append(None)
        return commit(room_log, *what)

    monkeypatch.setattr(RoomLog, "commit", counted)
    fail_commits(monkeypatch, sqlite3.SQLITE_FULL)(True)
    ben.leave()  # when it was last seen is the change that waits
    house.wait(Failed)
    ada.wait_for(RoomState, read_only=True)
    ticks: list[None] = []
    tick = ServerRoom.tick

    def counted_tick(room: ServerRoom) -> None:
        ticks.append(None)
        tick(room)

    monkeypatch.setattr(ServerRoom, "tick", counted_tick)
    wait_until(lambda: len(ticks) >= 3, what="three seconds of the server")
    assert 2 <= len(tries) < 15


def test_the_host_can_speak_again_after_a_full_disk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[None] = []
    send_again = HostMember.send_again

    def counted(host: HostMember) -> None:
        tries.append(None)
        send_again(host)

    monkeypatch.setattr(HostMember, "send_again", counted)
    monkeypatch.setattr(limits, "LATER_S", 0.02)
    ada = house.join(0)
    fail = fail_commits(monkeypatch, sqlite3.SQLITE_FULL)
    fail(True)
    house.submit(Say(1, "one"))
    house.submit(Say(2, "two"))
    house.wait(Failed)
    assert [house.wait(Pending).local_id for _ in range(2)] == [1, 2]
    house.submit(Say(3, "three"))
    house.submit(Whisper(4, ada.id, "four"))
    assert [house.wait(Pending).local_id for _ in range(2)] == [3, 4]
    before = len(tries)
    wait_until(lambda: len(tries) >= before + 3, what="tried again in vain; nothing is told a second time")
    fail(False)
    assert [house.wait(Chat, mine=True).local_id for _ in range(3)] == [1, 2, 3]
    assert house.wait(WhisperSent).local_id == 4
    ada.wait_for(Said, text="three")
    assert ada.texts == ["one", "two", "three"]
    house.submit(Say(5, "at once"))
    assert house.wait(Chat).local_id == 5
    assert sum(isinstance(event, Pending) for event in house.events) == 4


def test_what_the_host_said_in_vain_is_told_when_the_room_closes(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = start_house()
    fail = fail_commits(monkeypatch, sqlite3.SQLITE_FULL)
    fail(True)
    for number in range(limits.MAX_UNACKNOWLEDGED + 1):
        house.submit(Say(number, f"line {number}"))
        if not number:
            house.wait(Failed)
            house.wait(Pending)
    assert house.wait(RefusedEvent).local_id == limits.MAX_UNACKNOWLEDGED, "no more than a member may have"
    house.stop()
    refused = [event for event in house.events if isinstance(event, RefusedEvent)]
    assert {event.code for event in refused} == {"not_kept"}
    assert sorted(event.local_id for event in refused) == list(range(limits.MAX_UNACKNOWLEDGED + 1))
    fail(False)
    again = start_house()
    assert not any(isinstance(event, HistoryOpened) for event in again.events)
    again.submit(Say(1, "after it"))
    assert again.wait(Chat).seq == 1


def test_what_the_host_decides_with_a_full_disk_is_told_as_not_stored(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds at once; but it is not done before it is durable."""
    house = start_house()
    house.join(0, "Ada")
    house.join(1, "Ben").leave()
    house.wait(MemberLeft)
    fail = fail_commits(monkeypatch, sqlite3.SQLITE_FULL)
    fail(True)
    decisions = (
        Ban(key_id(0), "", False),
        Mute(key_id(1), True),
        SetRoom(True, 0, False),
        ReleaseName("Ben"),
        Ban(key_id(1), "", False),
        Unban(key_id(1)),
    )
    for decision in decisions:
        house.submit(decision)
    ada, ben = "\u201cAda\u201d", "\u201cBen\u201d"
    done = (f"ban of {ada}", f"mute of {ben}", "rules", f"name {ben}")
    words = (*done, f"ban of {ben}", f"end of the ban of {ben}")
    house.wait(Failed)
    told = [house.wait(Notice, code="not_stored_yet").text for _ in words]
    assert all(word in text for word, text in zip(words, told, strict=True))
    lists = [event for event in house.events if isinstance(event, Banned)]
    assert [len(event.members) for event in lists] == [1, 2, 1], "and the list shows what holds"
    house.submit(Mute(key_id(0), True))
    assert f"mute of {ada}" in house.wait(Notice, code="not_stored_yet").text
    house.submit(Unban(key_id(0)))
    assert house.wait(Banned).members == ()
    house.stop()
    notices = [event for event in house.events if isinstance(event, Notice) and event.code == "not_stored"]
    assert len(notices) == 1 and all(word in notices[0].text for word in words)
    fail(False)
    assert start_house().listening.banned == ()


def test_what_could_be_stored_at_last_is_not_told_as_lost(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = start_house()
    house.join(0, "Ada")
    fail = fail_commits(monkeypatch, sqlite3.SQLITE_FULL)
    fail(True)
    house.submit(Ban(key_id(0), "", False))
    house.wait(Failed)
    house.wait(Notice, code="not_stored_yet")
    fail(False)
    house.wait(RoomChanged, disk_full=False)
    house.stop()
    assert not any(isinstance(event, Notice) and event.code == "not_stored" for event in house.events)
    assert [member.name for member in start_house().listening.banned] == ["Ada"]


def test_a_broken_log_ends_the_server_and_acknowledges_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = house.join(0)
    house.wait(MemberJoined)
    fail_commits(monkeypatch, sqlite3.SQLITE_IOERR)(True)
    ada.say("never stored")
    assert isinstance(house.wait(Failed).error, LogFileError)
    assert ada.wait_closed() is CloseCode.SHUTDOWN
    assert ada.texts == []
    house.wait(Stopped)
    assert house.engine.join(WAIT_S)
