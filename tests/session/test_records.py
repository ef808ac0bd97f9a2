"""Direct and Close records between two sessions: whole, in order, or the end (PROTOCOL §5.1, §5.3, §5.4)."""

from __future__ import annotations

import pytest

from netcore import limits
from netcore.crypto.room_keys import RoomSealer
from netcore.errors import ClientGone, FrameError, MessageError, RecordError, ServerGone
from netcore.session.base import Session, pack
from netcore.session.events import Event, MessageReceived, PeerClosed
from netcore.session.table import State
from netcore.wire.codec import encode
from netcore.wire.codes import CloseCode
from netcore.wire.framing import FrameType
from netcore.wire.messages import Joined, Ping, Pong, Say, Slowed
from tests.session.pair import (
    STREAM,
    CountedRandom,
    Pair,
    clone,
    failures,
    feed_server,
    joined,
    messages,
)


def say(n: int, text: str = "hello") -> Say:
    return Say(STREAM, n, text)


def record(session: Session, *texts: bytes) -> bytes:
    for text in texts:
        session.send_text(text)
    return b"".join(session.take_output())


def silent_end(session: Session, data: bytes) -> None:
    """The record does not open: one Failed, no other event, no answer."""
    events = session.receive_bytes(data, 0.0) or session.receive_eof(0.0)
    (failed,) = failures(events)
    assert events == [failed]
    assert isinstance(failed.error, RecordError | FrameError | ClientGone | ServerGone)
    assert session.take_output() == [] and session.state is State.CLOSED


@pytest.mark.parametrize("piece_bytes", [1, 5, 65_536])
def test_messages_arrive_in_order(piece_bytes: int) -> None:
    pair = joined()
    sent = [say(n, "text " * n) for n in range(1, 8)]
    for message in sent:
        pair.client.send(message)
        pair.server.send(Slowed())
        pair.collect()
    pair.deliver(piece_bytes)
    assert messages(pair.server_events) == sent
    assert messages(pair.client_events) == [Slowed()] * 7


def flips(data: bytes) -> list[bytes]:
    return [data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :] for i in range(len(data))]


@pytest.mark.parametrize("kind", ["direct", "close"])
@pytest.mark.parametrize("to", ["server", "client"])
def test_every_byte(kind: str, to: str) -> None:
    """§5.1: any changed byte of header, ciphertext or tag ends the connection without an answer."""
    pair = joined()
    sender, receiver = (pair.client, pair.server) if to == "server" else (pair.server, pair.client)
    if kind == "direct":
        data = record(sender, encode(Ping()))
    else:
        sender.close(CloseCode.LEAVING, "bye")
        data = b"".join(sender.take_output())
    assert not failures(clone(receiver).receive_bytes(data, 0.0))
    for bad in flips(data):
        silent_end(clone(receiver), bad)


def test_cut_and_stretched() -> None:
    """A record of another length than its header says, or with an honest header for another length."""
    pair = joined()
    data = record(pair.client, encode(Ping()))
    body = len(data) - 4
    for start in (4, 12, 4 + body - 16):
        shorter = data[:3] + bytes([body - 1]) + data[4:start] + data[start + 1 :]
        silent_end(clone(pair.server), shorter)
        longer = data[:3] + bytes([body + 1]) + data[4:start] + b"\0" + data[start:]
        silent_end(clone(pair.server), longer)
    for end in range(1, len(data)):
        silent_end(clone(pair.server), data[:end])


def test_repeated_dropped_swapped() -> None:
    """§5.1: both sides count; replay, drop and reorder are one failed check."""
    pair = joined()
    one, two, three = (record(pair.client, encode(say(n))) for n in (1, 2, 3))
    for taken, bad in (([], two), ([one], one), ([one], three), ([one, two], one)):
        server = clone(pair.server)
        for data in taken:
            assert len(feed_server(server, data)) == 1
        silent_end(server, bad)


def test_reflected() -> None:
    """§5.1: the keys are those of the sender's direction, so nobody hears itself."""
    pair = joined()
    to_server, to_client = record(pair.client, encode(Ping())), record(pair.server, encode(Ping()))
    silent_end(clone(pair.client), to_server)
    silent_end(clone(pair.server), to_client)
    assert messages(pair.client.receive_bytes(to_client, 0.0)) == [Ping()]


def test_from_another_connection() -> None:
    """§3.3: keys belong to one connection: the same words of yesterday open nothing today."""
    yesterday = Pair("yesterday")
    yesterday.join()
    silent_end(joined().server, record(yesterday.client, encode(Ping())))
    silent_end(joined().client, record(yesterday.server, encode(Ping())))


@pytest.mark.parametrize("length", [0, 16, 65_553, 0xFFFFFF])
def test_illegal_lengths(length: int) -> None:
    """§2: judged by the header alone."""
    (failed,) = failures(feed_server(joined().server, b"\x17" + length.to_bytes(3, "big")))
    assert isinstance(failed.error, FrameError)


# --- What is in them --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plaintext",
    [
        b"{}",
        b"\n",
        b'{"t":"ping"}\n\n',
        b'{"t":"ping"}\n{"t":"ping"',
        b'{"t":"ping"}\nnull\n',
        b'{"t":"joined"}\n',
        b'{"t":"slowed"}\n',
        b'{"t":"ping"}\r\n\0\n',
        b"\n" * 65_536,
        b"[" * 32_768 + b"\n",
        b"\xff\xfe\n",
    ],
    ids=range(11),
)
def test_words_that_are_none(plaintext: bytes) -> None:
    """§5.4: a record that opens and holds what §6 does not allow is answered with Close `protocol`;
    §5.1: nothing of it is used."""
    pair = joined()
    pair.client._seal(FrameType.DIRECT, plaintext)
    pair.deliver()
    (failed,) = pair.server_events
    assert isinstance(failures([failed])[0].error, MessageError)
    assert pair.client_events == [PeerClosed(CloseCode.PROTOCOL, "")]


def test_the_client_answers_nonsense_likewise() -> None:
    pair = joined()
    pair.server._seal(FrameType.DIRECT, b'{"t":"say"}\n')
    pair.deliver()
    assert isinstance(failures(pair.client_events)[0].error, MessageError)
    assert pair.server_events == [PeerClosed(CloseCode.PROTOCOL, "")]


def test_texts_arepacked() -> None:
    """§5.1: 65,536 bytes of texts at most in a record, each whole; few records for many texts."""
    pair = joined()
    sent = [say(n, "x" * 1_000) for n in range(1, 201)]
    for message in sent:
        pair.client.send(message)
    chunks = pair.client.take_output()
    total = sum(len(encode(message)) for message in sent)
    assert len(chunks) == -(-total // limits.MAX_DIRECT_PLAINTEXT_BYTES)
    assert all(len(chunk) <= 4 + limits.MAX_RECORD_BODY_BYTES for chunk in chunks)
    pair.to_server = b"".join(chunks)
    pair.deliver()
    assert messages(pair.server_events) == sent


def testpacking_at_the_edge() -> None:
    """Exactly full is one piece; one byte more is two; an over-long text of our own is our fault."""
    assert pack([b"a" * 30, b"b" * 70], 100) == [b"a" * 30 + b"b" * 70]
    assert pack([b"a" * 31, b"b" * 70], 100) == [b"a" * 31, b"b" * 70]
    assert pack([b"a" * 100, b"b" * 100], 100) == [b"a" * 100, b"b" * 100]
    assert pack([], 100) == []
    pair = joined()
    pair.client.send_text(b"x" * limits.MAX_DIRECT_PLAINTEXT_BYTES)
    assert len(b"".join(pair.client.take_output())) == 4 + limits.MAX_RECORD_BODY_BYTES
    with pytest.raises(ValueError):
        pair.client.send_text(b"x" * (limits.MAX_DIRECT_PLAINTEXT_BYTES + 1))


# --- The end ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CloseCode)
def test_close(code: CloseCode) -> None:
    """§5.3: code and reason arrive; what was said before arrives first; nothing comes after."""
    pair = joined()
    pair.server.send(Ping())
    pair.server.close(code, "Grüße")
    pair.server.send(Ping())
    pair.server.close(CloseCode.SHUTDOWN)
    pair.deliver()
    assert pair.client_events == [MessageReceived(Ping()), PeerClosed(code, "Grüße")]
    assert pair.client.receive_bytes(b"\x17\0\0\x11" + bytes(17), 0.0) == []
    assert pair.client.receive_eof(0.0) == [] == pair.server.receive_eof(0.0)


def test_a_long_reason_is_cut_between_letters() -> None:
    pair = joined()
    pair.server.close(CloseCode.KICKED, "é" * 200)
    pair.deliver()
    assert pair.client_events == [PeerClosed(CloseCode.KICKED, "é" * 127)]


@pytest.mark.parametrize("plaintext", [b"\x0f", b"\xff", b"\x00\xff", b"\x04\xc3"])
def test_a_close_that_is_none(plaintext: bytes) -> None:
    """§5.3: another code is a fault; the reason is UTF-8."""
    pair = joined()
    pair.server._seal(FrameType.CLOSE, plaintext)
    events: list[Event] = pair.client.receive_bytes(b"".join(pair.server.take_output()), 0.0)
    assert isinstance(failures(events)[0].error, MessageError) and len(events) == 1


@pytest.mark.parametrize("cut_at", [0, 3, 20])
def test_eof_without_close_is_a_loss(cut_at: int) -> None:
    """§5.3: the end of the stream without a Close is a lost connection, never a goodbye."""
    pair = joined()
    pair.client.send(Ping())
    pair.server.send(Ping())
    pair.collect()
    pair.step(cut_at, cut_at)
    pair.cut()
    assert isinstance(failures(pair.client_events)[0].error, ServerGone)
    assert isinstance(failures(pair.server_events)[0].error, ClientGone)
    assert len(pair.client_events) == len(pair.server_events) == 1


def test_a_failed_record_takes_what_was_queued_with_it() -> None:
    """§5.4: without an answer: also what was to be said is not."""
    pair = joined()
    pair.server.send(Pong())
    feed_server(pair.server, b"\x17\0\0\x11" + bytes(17))
    assert pair.server.take_output() == []


def test_life() -> None:
    """§5.4: a connection lives 24 h, 2^32 frames in a direction, or 64 GiB."""
    server = joined().server
    assert not server.life_is_over(limits.CONNECTION_LIFE_S - 1)
    assert server.life_is_over(limits.CONNECTION_LIFE_S)
    for attribute, most in (("_out_seq", 2**32), ("_in_seq", 2**32), ("_out_bytes", 64 * 2**30)):
        twin = clone(server)
        setattr(twin, attribute, most - 1 if "seq" in attribute else most - server._in_bytes - 1)
        assert not twin.life_is_over(0.0)
        setattr(twin, attribute, most)
        assert twin.life_is_over(0.0)


def test_bytes_are_counted() -> None:
    """Both directions count towards 64 GiB, Room records' shared bytes included."""
    pair = Pair("count")
    pair.join()
    server = pair.server
    before = server._in_bytes, server._out_bytes
    pair.client.send(Ping())
    server.send(Slowed())
    room = RoomSealer(CountedRandom("count"))
    server.send_room(room.seal(encode(Joined(bytes(32), "Ben"))), room.key, False)
    pair.collect()
    sent = len(pair.to_server), len(pair.to_client)
    pair.step(9999, 9999)
    assert (server._in_bytes - before[0], server._out_bytes - before[1]) == sent
