"""The handshake from hello to keys, and every way it can go wrong (PROTOCOL §3)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore import limits
from netcore.crypto import exchange
from netcore.crypto.identity import PublicKey
from netcore.errors import (
    AlertReceived,
    BadMagic,
    FrameError,
    HandshakeFailed,
    LocalChatError,
    OtherVersion,
    OtherVersionTold,
    ServerGone,
    UnknownServer,
)
from netcore.session.base import ALERT_FRAME, OTHER_VERSION_FRAME
from netcore.session.events import Established, Event, Failed, Work
from netcore.session.server import ServerSession
from netcore.session.table import State
from netcore.wire.codes import CloseCode
from netcore.wire.framing import FrameType, encode_frame
from tests.session.pair import (
    CountedRandom,
    Pair,
    clone,
    failures,
    feed_server,
    new_client,
    new_server,
    private_key,
)
from tests.vectors.make_failures import LOW_ORDER


def error_of(events: list[Event]) -> LocalChatError:
    (failed,) = failures(events)
    assert events == [failed]
    return failed.error


def output(session: ServerSession) -> bytes:
    return b"".join(session.take_output())


@pytest.mark.parametrize("piece_bytes", [1, 3, 83, 85, 65_536])
def test_it_holds_in_any_pieces(piece_bytes: int) -> None:
    """§2: a frame may arrive in any pieces, and several in one piece."""
    pair = Pair()
    pair.handshake(piece_bytes)
    assert pair.client.state is pair.server.state is State.KEYS_KNOWN
    assert pair.client_events == pair.server_events == [Established(pair.client.session_hash)]
    assert pair.client.server_identity == private_key("server_identity").public


def test_two_sessions_share_nothing() -> None:
    """§3.1: fresh randoms and shares: no frame, and no session hash, comes twice."""
    one, two = Pair("one"), Pair("two")
    one.handshake()
    two.handshake()
    assert one.client.session_hash != two.client.session_hash


def test_the_server_hands_its_rsa_out() -> None:
    """Each step of RSA is a Work event; nothing moves on until its result is there."""
    server, client = new_server(), new_client()
    (work,) = server.receive_bytes(b"".join(client.take_output()), 0.0)
    assert isinstance(work, Work) and server.take_output() == []
    assert server.state is State.NOTHING_KNOWN
    assert server.finish_work(work.job(), 0.0) == []
    assert len(output(server)) == 1108


def test_the_client_decides_after_the_signature() -> None:
    """§3.4: signature, then check_server; if it says no, nothing is sent, not even an Alert."""
    asked: list[PublicKey] = []

    def no(identity: PublicKey) -> None:
        asked.append(identity)
        raise UnknownServer(address="x", fingerprint="y")

    pair = Pair(check_server=no)
    pair.deliver()
    assert asked == [private_key("server_identity").public]
    assert isinstance(error_of(pair.client_events), UnknownServer)
    assert pair.client.take_output() == [] and pair.client.server_identity is None

    forged = Pair(check_server=no)
    forged.collect()
    forged.step(9999, 0)
    forged.collect()
    forged.to_client = forged.to_client[:-1] + bytes([forged.to_client[-1] ^ 1])
    forged.deliver()
    assert isinstance(error_of(forged.client_events), HandshakeFailed)
    assert len(asked) == 1, "asked about a server whose signature does not hold"


# --- Every byte -------------------------------------------------------------------------------------


def flights() -> tuple[list[bytes], Pair]:
    """The four frames of the pair "flips", and that pair at its end."""
    pair = Pair("flips")
    return pair.flights(), pair


@pytest.fixture(scope="module")
def frames() -> list[bytes]:
    return flights()[0]


def flips(frame: bytes, bit: int = 1) -> list[bytes]:
    return [frame[:i] + bytes([frame[i] ^ bit]) + frame[i + 1 :] for i in range(len(frame))]


def changed(frame: bytes) -> list[bytes]:
    """Each byte flipped; one byte too few and too many behind an honest header."""
    longer = (len(frame) - 3).to_bytes(3, "big")
    shorter = (len(frame) - 5).to_bytes(3, "big")
    return [
        *flips(frame),
        frame[:1] + longer + frame[4:] + b"\0",
        frame[:1] + shorter + frame[4:-1],
    ]


def ends_or_waits(server: ServerSession, events: list[Event]) -> None:
    """The server has failed with the Alert; or it waits for bytes that never come, and then does."""
    if not events:
        events = server.timed_out(limits.HANDSHAKE_S)
    other = isinstance(error_of(events), OtherVersion)
    assert output(server).endswith(OTHER_VERSION_FRAME if other else ALERT_FRAME)
    assert server.state is State.CLOSED


def test_every_byte_of_client_hello(frames: list[bytes]) -> None:
    """§3: a changed ClientHello is refused at once, or signed as it came, and the client refuses that."""
    answered = 0
    for bad in changed(frames[0]):
        server = new_server("flips server")
        events = feed_server(server, bad)
        if server.state is not State.HELLO_KNOWN:
            ends_or_waits(server, events)
            continue
        answered += 1
        client = new_client("flips client")
        client.take_output()
        assert isinstance(error_of(client.receive_bytes(output(server), 0.0)), HandshakeFailed)
        assert client.take_output() == []
        ends_or_waits(server, server.receive_eof(0.0))
    assert answered == 64, "of the body only random and share reach the signature"


def test_every_byte_of_server_hello(frames: list[bytes]) -> None:
    """§3.4: the client hangs up without ClientKeyExchange."""
    fresh = new_client("flips client")
    fresh.take_output()
    for bad in changed(frames[1]):
        client = clone(fresh)
        events = client.receive_bytes(bad, 0.0) or client.timed_out(limits.HANDSHAKE_S)
        error_of(events)
        assert client.take_output() == [] and client.state is State.CLOSED


def test_every_byte_of_client_key_exchange(frames: list[bytes]) -> None:
    """§3.5: a bad ciphertext and a bad proof get the same five bytes."""
    waiting = new_server("flips server")
    feed_server(waiting, frames[0])
    assert output(waiting) == frames[1]
    for bad in changed(frames[2]):
        server = clone(waiting)
        ends_or_waits(server, feed_server(server, bad))


def test_every_byte_of_server_finished(frames: list[bytes]) -> None:
    """§3.4: before server_fin holds the client sends nothing more."""
    waiting = new_client("flips client")
    waiting.take_output()
    waiting.receive_bytes(frames[1], 0.0)
    assert b"".join(waiting.take_output()) == frames[2]
    for bad in changed(frames[3]):
        client = clone(waiting)
        error_of(client.receive_bytes(bad, 0.0) or client.timed_out(limits.HANDSHAKE_S))
        assert client.take_output() == [] and client.state is State.CLOSED


# --- A client that knows z beforehand ---------------------------------------------------------------


@pytest.mark.parametrize("share", LOW_ORDER.values(), ids=LOW_ORDER)
def test_a_share_that_makes_z_known(share: bytes) -> None:
    """§3.3: z all zero: refuse, although every proof of this client is right for that z."""
    hello = encode_frame(FrameType.CLIENT_HELLO, exchange.MAGIC + bytes(32) + share)
    server = new_server()
    feed_server(server, hello)
    server_hello = output(server)
    kex = PublicKey(server_hello[468:724])
    oaep_ct = exchange.seal_pre_secret(kex, bytes(32), CountedRandom("low order"))
    th2 = exchange.th2(hello, server_hello, oaep_ct)
    secrets = exchange.derive_secrets(th2, bytes(32), bytes(32))
    proof = exchange.client_fin(secrets.client_finished, th2)
    events = feed_server(server, encode_frame(FrameType.CLIENT_KEY_EXCHANGE, oaep_ct + proof))
    assert isinstance(error_of(events), HandshakeFailed) and output(server) == ALERT_FRAME


# --- What strangers send ----------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.binary(min_size=1, max_size=400), st.integers(1, 400))
def test_garbage_gets_the_alert_and_nothing_else(data: bytes, piece_bytes: int) -> None:
    """§3.5: whatever comes first, the only answer is 15 00 00 01 01."""
    server = new_server()
    events: list[Event] = []
    for start in range(0, len(data), piece_bytes):
        events += feed_server(server, data[start : start + piece_bytes])
    events += server.receive_eof(0.0)
    error_of(events)
    assert output(server) == ALERT_FRAME == bytes.fromhex("1500000101")


@pytest.mark.parametrize(
    ("magic", "answer", "error"),
    [
        (b"LocalChat/2 sec\n", OTHER_VERSION_FRAME, OtherVersion),
        (b"LocalChat/1 clr\n", OTHER_VERSION_FRAME, OtherVersion),
        (b"LocalChat/" + bytes(6), OTHER_VERSION_FRAME, OtherVersion),
        (b"LocalChat:1 sec\n", ALERT_FRAME, BadMagic),
        (b"localchat/1 sec\n", ALERT_FRAME, BadMagic),
    ],
)
def test_another_version_is_told_so(magic: bytes, answer: bytes, error: type[LocalChatError]) -> None:
    """§3.5: 15 00 00 01 02 for LocalChat's own other magics, at once and without arithmetic."""
    server = new_server()
    events = server.receive_bytes(encode_frame(FrameType.CLIENT_HELLO, magic + bytes(64)), 0.0)
    assert type(error_of(events)) is error
    assert output(server) == answer and server.state is State.CLOSED
    assert bytes.fromhex("1500000102") == OTHER_VERSION_FRAME


@pytest.mark.parametrize(
    ("code", "error"), [(0, AlertReceived), (1, AlertReceived), (2, OtherVersionTold), (3, AlertReceived)]
)
def test_a_client_reads_the_alert(code: int, error: type[LocalChatError]) -> None:
    """§3.5: it ends, says nothing in answer, and another code means the same as 01."""
    client = new_client()
    client.take_output()
    events = client.receive_bytes(encode_frame(FrameType.ALERT, bytes([code])), 0.0)
    assert type(error_of(events)) is error
    assert client.take_output() == [] and client.state is State.CLOSED


def test_an_alert_of_another_version_means_nothing_to_a_server() -> None:
    """§3.5: it answers every Alert alike."""
    server = new_server()
    assert isinstance(error_of(server.receive_bytes(OTHER_VERSION_FRAME, 0.0)), HandshakeFailed)
    assert output(server) == ALERT_FRAME


def test_a_length_is_refused_before_its_body(frames: list[bytes]) -> None:
    """§2: type and length are judged as soon as the 4 header bytes are there."""
    server = new_server()
    assert isinstance(error_of(feed_server(server, b"\x01\xff\xff\xff")), FrameError)


def test_sending_ahead_is_bounded(frames: list[bytes]) -> None:
    """§3.4: while the server works it keeps at most 4,100 bytes; more is a fault."""
    for extra, good in ((4_100, True), (4_101, False)):
        server = new_server()
        events = server.receive_bytes(frames[0] + bytes(extra), 0.0)
        assert isinstance(events[0], Work)
        assert (server.state is not State.CLOSED) == good
        assert bool(failures(events)) != good
        if not good:
            assert output(server) == ALERT_FRAME
            # The job was under way already; its result comes too late to matter.
            assert server.finish_work(events[0].job(), 0.0) == [] and output(server) == b""


def test_a_key_exchange_sent_ahead_is_judged_in_its_turn(frames: list[bytes]) -> None:
    """§2: several frames in one piece: each is judged by the state that the one before it led to."""
    server = new_server("flips server")
    events = feed_server(server, frames[0] + frames[2])
    assert events == [Established(flights()[1].client.session_hash)]


# --- Ends and deadlines -----------------------------------------------------------------------------


def test_eof_before_keys() -> None:
    """§3.5: the end of the stream is a failure like others at the server; the client may come again."""
    pair = Pair()
    pair.collect()
    pair.step(50, 0)
    pair.cut()
    assert isinstance(error_of(pair.server_events), HandshakeFailed)
    assert output(pair.server) == ALERT_FRAME
    assert isinstance(error_of(pair.client_events), ServerGone)
    assert pair.client.take_output() == []


@pytest.mark.parametrize("bytes_in", [0, 1, 83, 84, 200])
def test_the_server_s_deadline_is_absolute(bytes_in: int) -> None:
    """§3.6: 10 s from the connection, and bytes do not prolong them."""
    pair = Pair()
    pair.collect()
    pair.step(bytes_in, 0)
    pair.collect()
    server = pair.server
    assert server.deadline == limits.HANDSHAKE_S
    assert server.timed_out(limits.HANDSHAKE_S - 0.001) == []
    assert isinstance(error_of(server.timed_out(limits.HANDSHAKE_S)), HandshakeFailed)
    assert output(server) == ALERT_FRAME
    assert server.timed_out(99.0) == []


def test_the_client_s_deadline() -> None:
    """§3.6: the client gives the handshake 10 s too, and says nothing at their end."""
    client = new_client(now=100.0)
    client.take_output()
    assert client.deadline == 110.0
    assert client.timed_out(109.9) == []
    assert isinstance(error_of(client.timed_out(110.0)), HandshakeFailed)
    assert client.take_output() == []


def test_a_deadline_that_passes_during_a_job() -> None:
    """The result of a job that comes after the end changes nothing."""
    server, client = new_server(), new_client()
    (work,) = server.receive_bytes(b"".join(client.take_output()), 0.0)
    assert isinstance(work, Work)
    assert isinstance(error_of(server.timed_out(10.0)), HandshakeFailed)
    assert server.finish_work(work.job(), 10.1) == []
    assert output(server) == ALERT_FRAME


def test_stopping_during_the_handshake() -> None:
    """§3.5: a client that is stopped by its person may send the Alert; so does a server that sends away."""
    pair = Pair()
    pair.client.close(CloseCode.LEAVING)
    pair.collect()
    assert pair.to_server[84:] == ALERT_FRAME
    pair.deliver()
    assert isinstance(error_of(pair.server_events), HandshakeFailed)
    assert pair.client_events == []

    full = Pair()
    full.server.close(CloseCode.FULL)
    full.deliver()
    assert isinstance(error_of(full.client_events), HandshakeFailed)
    assert full.server_events == []


def test_nothing_comes_after_a_failure() -> None:
    """A session that is over drops what comes and what is sent."""
    server = new_server()
    feed_server(server, b"GET / HTTP/1.1\r\n")
    assert output(server) == ALERT_FRAME
    assert feed_server(server, b"x" * 1000) + server.receive_eof(0.0) == []
    server.close(CloseCode.SHUTDOWN)
    server.admit()
    assert output(server) == b"" and server.state is State.CLOSED


def test_sending_without_keys_is_our_fault() -> None:
    with pytest.raises(ValueError):
        new_client().send_text(b'{"t":"ping"}\n')


def test_failed_says_what_the_person_reads() -> None:
    """The error of a failed handshake names likely causes, and no detail that came from the peer."""
    pair = Pair()
    pair.server.close(CloseCode.FULL)
    pair.deliver()
    assert pair.client_events == [Failed(error_of(pair.client_events))]
    assert "nothing was sent" in str(error_of(pair.client_events))
