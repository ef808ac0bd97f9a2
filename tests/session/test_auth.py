"""Who is it: the first record, its proof, and what may come before welcome (PROTOCOL §4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from netcore import limits
from netcore.crypto.exchange import client_auth_input
from netcore.errors import AuthRefused, ClientGone, FrameError, LocalChatError, MessageError, TransitionError
from netcore.session.client import ClientSession
from netcore.session.events import Event, Identified, MessageReceived, PeerClosed, Work
from netcore.session.server import ServerSession
from netcore.session.table import State
from netcore.wire.codec import encode
from netcore.wire.codes import CloseCode
from netcore.wire.framing import FrameType
from netcore.wire.messages import Auth, Ping, Resume
from tests.session.pair import (
    ROOM_STATE,
    STREAM,
    CountedRandom,
    Pair,
    failures,
    feed_server,
    messages,
    private_key,
    welcome,
)

ADA = private_key("member_ada")


@pytest.fixture(scope="module")
def with_keys() -> Pair:
    pair = Pair("auth")
    pair.handshake()
    pair.client_events.clear()
    pair.server_events.clear()
    return pair


@pytest.fixture
def pair(with_keys: Pair) -> Pair:
    return with_keys.clone()


def sealed(client: ClientSession, plaintext: bytes) -> bytes:
    """Any plaintext in a good record of the client's."""
    client._seal(FrameType.DIRECT, plaintext)
    return b"".join(client.take_output())


def good_auth(pair: Pair) -> Auth:
    signature = ADA.sign(client_auth_input(pair.client.session_hash, ADA.public.modulus), CountedRandom("a"))
    return Auth(ADA.public.modulus, signature, "Ada", STREAM, None)


def closed_with(pair: Pair, events: list[Event]) -> tuple[LocalChatError, CloseCode]:
    """The server's error, and the code that the client got to hear."""
    (failed,) = failures(events)
    assert events == [failed] and pair.server.state is State.CLOSED
    (heard,) = pair.client.receive_bytes(b"".join(pair.server.take_output()), 0.0)
    assert isinstance(heard, PeerClosed)
    return failed.error, heard.code


def test_the_way_in(pair: Pair) -> None:
    """§4.2, §4.3: auth, Identified, admit, welcome, room_state; then both are in the room."""
    resume = Resume(bytes(16), 7, bytes(32))
    pair.client.authenticate(ADA, "Ada", STREAM, resume)
    pair.deliver()
    (identified,) = pair.server_events
    assert isinstance(identified, Identified)
    assert identified.member_id == ADA.public.fingerprint
    assert identified.member_id == hashlib.sha256(ADA.public.spki_der).digest()
    assert (identified.auth.name, identified.auth.stream) == ("Ada", STREAM)
    assert identified.auth.resume == resume
    pair.server.admit()
    pair.server.send(welcome())
    pair.server.send(ROOM_STATE)
    pair.deliver()
    assert messages(pair.client_events) == [welcome(), ROOM_STATE]
    assert pair.client.state is pair.server.state is State.IN_ROOM
    assert pair.client.deadline is None and pair.server.deadline is None


def test_the_proof_covers_what_the_page_says(pair: Pair) -> None:
    """§4.2: PSS over "LocalChat/1 client auth\\0" || session_hash || SHA256(modulus)."""
    pair.client.authenticate(ADA, "Ada", STREAM, None)
    pair.deliver()
    (identified,) = pair.server_events
    assert isinstance(identified, Identified)
    digest = hashlib.sha256(ADA.public.modulus).digest()
    signed = b"LocalChat/1 client auth\0" + pair.client.session_hash + digest
    assert ADA.public.verify(signed, identified.auth.sig)


BAD_PROOFS: dict[str, Callable[[Auth, Pair], Auth]] = {
    "of another session": lambda auth, pair: replace(
        auth, sig=ADA.sign(client_auth_input(bytes(32), auth.key), CountedRandom("b"))
    ),
    "by another key": lambda auth, pair: replace(
        auth,
        sig=private_key("member_ben").sign(
            client_auth_input(pair.client.session_hash, auth.key), CountedRandom("b")
        ),
    ),
    "for another key": lambda auth, pair: replace(auth, key=private_key("member_ben").public.modulus),
    "zero": lambda auth, pair: replace(auth, sig=bytes(256)),
    "not below the modulus": lambda auth, pair: replace(auth, sig=b"\xff" * 256),
    "flipped": lambda auth, pair: replace(auth, sig=auth.sig[:-1] + bytes([auth.sig[-1] ^ 1])),
    "even modulus": lambda auth, pair: replace(auth, key=auth.key[:-1] + b"\0"),
    "small modulus": lambda auth, pair: replace(auth, key=bytes(255) + b"\1"),
}


@pytest.mark.parametrize("name", BAD_PROOFS)
def test_bad_proofs(pair: Pair, name: str) -> None:
    """§4.3: if the proof does not hold, the server sends Close `auth_failed`."""
    auth = BAD_PROOFS[name](good_auth(pair), pair)
    events = feed_server(pair.server, sealed(pair.client, encode(auth)))
    error, code = closed_with(pair, events)
    assert isinstance(error, AuthRefused) and code is CloseCode.AUTH_FAILED


def test_auth_of_another_connection_does_not_open_this_one(pair: Pair) -> None:
    """§4.2: a server that passes the record's content on to another server gets nowhere."""
    other = Pair("elsewhere")
    other.handshake()
    stolen = good_auth(other)
    events = feed_server(pair.server, sealed(pair.client, encode(stolen)))
    assert closed_with(pair, events)[1] is CloseCode.AUTH_FAILED


BAD_TEXTS: dict[str, Callable[[bytes], bytes]] = {
    "a key of 384 bytes": lambda text: text.replace(b'"key":"', b'"key":"' + b"A" * 171, 1),
    "name is a number": lambda text: text.replace(b'"name":"Ada"', b'"name":7'),
    "name is missing": lambda text: text.replace(b'"name":"Ada",', b""),
    "an exponent": lambda text: text.replace(b'"name"', b'"e":"AQAB","name"'),
    "key in hex": lambda text: text.replace(b'"key":"', b'"key":"00', 1),
    "stream too short": lambda text: text.replace(b'"stream":"AA', b'"stream":"'),
    "two auths": lambda text: text + text,
    "auth and a ping": lambda text: text + b'{"t":"ping"}\n',
    "a ping and auth": lambda text: b'{"t":"ping"}\n' + text,
    "a ping": lambda text: b'{"t":"ping"}\n',
    "say": lambda text: b'{"t":"say","stream":"AAECAwQFBgcICQoLDA0ODw","n":1,"text":"x"}\n',
    "welcome": lambda text: encode(welcome()),
    "not ended": lambda text: text[:-1],
    "only a newline": lambda text: b"\n",
    "no JSON": lambda text: b"auth\n",
}


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_bad_first_messages(pair: Pair, name: str) -> None:
    """§4.2: the first record MUST hold exactly one message, `auth`; §5.4: else Close `protocol`."""
    text = BAD_TEXTS[name](encode(good_auth(pair)))
    assert text != encode(good_auth(pair))
    error, code = closed_with(pair, feed_server(pair.server, sealed(pair.client, text)))
    assert isinstance(error, MessageError) and code is CloseCode.PROTOCOL


def test_the_first_record_is_small(pair: Pair) -> None:
    """§4.2: at most 4,096 bytes of body; one more is refused by its header."""
    text = encode(good_auth(pair))
    padded = text[:-1] + b" " * (4_096 - 16 - len(text)) + b"\n"
    twin = pair.clone()
    assert isinstance(feed_server(twin.server, sealed(twin.client, padded))[0], Identified)
    too_long = sealed(pair.client, b" " + padded)
    (failed,) = failures(feed_server(pair.server, too_long[:4]))
    assert isinstance(failed.error, FrameError) and pair.server.take_output() == []


def test_nothing_before_welcome(pair: Pair) -> None:
    """§4.2: until welcome has come the client MUST NOT send anything else, except Close."""
    talker, leaver = pair.clone(), pair.clone()
    talker.client.authenticate(ADA, "Ada", STREAM, None)
    talker.client.send(Ping())
    talker.deliver()
    identified, failed = talker.server_events
    assert isinstance(identified, Identified)
    assert isinstance(failures([failed])[0].error, TransitionError)
    talker.server.admit()
    talker.server.send(welcome())
    assert talker.server.take_output() == [] and talker.server.state is State.CLOSED

    leaver.client.authenticate(ADA, "Ada", STREAM, None)
    leaver.client.close(CloseCode.LEAVING)
    leaver.deliver()
    assert isinstance(leaver.server_events[0], Identified)
    assert leaver.server_events[1:] == [PeerClosed(CloseCode.LEAVING, "")]


def test_bytes_during_the_check_wait(pair: Pair) -> None:
    """The proof is checked in a job; what comes meanwhile waits, and no more than 4,100 bytes of it."""
    pair.client.authenticate(ADA, "Ada", STREAM, None)
    auth = b"".join(pair.client.take_output())
    (work,) = pair.server.receive_bytes(auth, 0.0)
    assert isinstance(work, Work)
    assert pair.server.receive_bytes(bytes(4_100), 0.0) == []
    (failed,) = failures(pair.server.receive_bytes(b"\0", 0.0))
    assert isinstance(failed.error, FrameError) and pair.server.take_output() == []
    assert pair.server.finish_work(work.job(), 0.0) == []


def test_auth_once(pair: Pair) -> None:
    """§6.2: only as the first message."""
    pair.client.authenticate(ADA, "Ada", STREAM, None)
    pair.deliver()
    pair.server.admit()
    events = feed_server(pair.server, sealed(pair.client, encode(good_auth(pair))))
    pair.client._state = State.KEYS_KNOWN  # so that it hears the Close
    assert closed_with(pair, events)[1] is CloseCode.PROTOCOL
    with pytest.raises(ValueError):
        Pair().client.authenticate(ADA, "Ada", STREAM, None)


def test_late_auth(pair: Pair) -> None:
    """§3.6: 10 s more to a valid auth; late: Close `reconnect`."""
    assert pair.server.deadline == limits.AUTH_S
    assert pair.server.timed_out(limits.AUTH_S - 0.01) == []
    error, code = closed_with(pair, pair.server.timed_out(limits.AUTH_S))
    assert isinstance(error, ClientGone) and code is CloseCode.RECONNECT


def test_the_deadline_moves_once() -> None:
    """§3.6: the 10 s for auth begin when ServerFinished is sent."""
    pair = Pair("deadline")
    pair.now = 6.0
    pair.handshake()
    assert pair.server.deadline == pair.client.deadline == 16.0


def test_no_welcome(pair: Pair) -> None:
    """§3.6: the client gives 10 s to welcome."""
    pair.client.authenticate(ADA, "Ada", STREAM, None)
    assert pair.client.deadline == limits.AUTH_S
    (failed,) = failures(pair.client.timed_out(limits.AUTH_S))
    assert failed.error.code == "lost" and pair.client.state is State.CLOSED


@pytest.mark.parametrize("first", [ROOM_STATE, Ping()])
def test_welcome_is_the_first_message(pair: Pair, first: Ping) -> None:
    """§4.3: welcome is the first message on any connection, and comes once."""
    _authenticated(pair)
    twin = pair.clone()
    pair.server.send(first)
    pair.deliver()
    assert isinstance(failures(pair.client_events)[0].error, MessageError)
    assert messages(pair.client_events) == []
    assert [type(event) for event in pair.server_events] == [PeerClosed]

    twin.server.send(welcome())
    twin.server.send(welcome())
    twin.deliver()
    assert isinstance(failures(twin.client_events)[0].error, MessageError)
    assert not any(isinstance(event, MessageReceived) for event in twin.client_events)


def _authenticated(pair: Pair) -> None:
    pair.client.authenticate(ADA, "Ada", STREAM, None)
    pair.deliver()
    pair.server.admit()
    pair.server_events.clear()


@pytest.mark.parametrize("code", [CloseCode.BANNED, CloseCode.NAME_TAKEN, CloseCode.FULL])
def test_the_room_says_no(pair: Pair, code: CloseCode) -> None:
    """§4.3: the room decides: Close with the reason."""
    pair.client.authenticate(ADA, "Ada", STREAM, None)
    pair.deliver()
    pair.server.close(code, "Ada.2")
    pair.deliver()
    assert pair.client_events == [PeerClosed(code, "Ada.2")]


def test_admit_needs_a_proof() -> None:
    """admit before Identified opens nothing."""
    server: ServerSession = Pair().server
    with pytest.raises(ValueError, match="admit while not begun"):
        server.admit()
    assert server.state is State.NOTHING_KNOWN
