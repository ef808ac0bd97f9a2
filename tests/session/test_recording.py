"""What a session tells the recorder: frames, states, values of the handshake, refusals; and what never."""

from __future__ import annotations

import ast
import hmac
import itertools
from collections.abc import Callable
from dataclasses import dataclass, fields

import pytest

from netcore import errors, limits, trace
from netcore.crypto import exchange, hkdf, primitives
from netcore.crypto.room_keys import RoomSealer
from netcore.errors import LocalChatError, ServerKeyChanged
from netcore.session.base import ALERT_FRAME
from netcore.session.defences import DEFENCES, defence_of
from netcore.session.table import CLIENT_TRANSITIONS, SERVER_TRANSITIONS, State
from netcore.trace import Defence, FrameSeen, HandshakeValue, Recorder, StateChanged, Tape, TraceEvent
from netcore.wire.codec import encode
from netcore.wire.codes import CloseCode
from netcore.wire.framing import FrameType, encode_frame
from netcore.wire.messages import Auth, Joined, Ping, Pong, Said
from tests.session.pair import CountedRandom, Pair, private_key
from tests.session.recorded import CLIENT, SERVER, RecordedPair, lasting_secrets, shape
from tests.test_references import HOME, TITLES
from tests.vectors.make_failures import LOW_ORDER

BLOB, CHUNK = bytes(range(16)), bytes(5_000)  # longer than what is kept of a frame


def talk(pair: Pair, room: RoomSealer, piece_bytes: int = 65_536) -> None:
    """A frame of each sealed type, each way."""
    pair.client.send(Ping())
    pair.server.send(Pong())
    sealed = room.seal(encode(Joined(bytes(32), "Ben")))
    pair.server.send_room(sealed, room.key, False)
    for sender in (pair.client, pair.server):
        sender.send_chunk(BLOB, 7, CHUNK)
    pair.deliver(piece_bytes)


def frames(pair: RecordedPair, connection: int, direction: str) -> list[FrameSeen]:
    return [one for one in pair.events(FrameSeen, connection) if one.direction == direction]


@pytest.mark.parametrize("piece_bytes", [1, 7, 65_536])
def test_the_two_ends_tell_the_same_frames(piece_bytes: int) -> None:
    pair, room = RecordedPair(), RoomSealer(CountedRandom("room"))
    pair.join(piece_bytes=piece_bytes)
    talk(pair, room, piece_bytes)
    pair.client.close(CloseCode.LEAVING)
    pair.deliver(piece_bytes)
    for sender, receiver, types in (
        (CLIENT, SERVER, [0x01, 0x03, 0x17, 0x17, 0x18, 0x19]),
        (SERVER, CLIENT, [0x02, 0x04, 0x17, 0x17, 0x1B, 0x1A, 0x18]),
    ):
        out, came = frames(pair, sender, "out"), frames(pair, receiver, "in")
        assert [frame.type for frame in out] == types
        assert [frame.n for frame in out] == list(range(len(types)))
        # A RoomKey holds a key: neither end tells what is in it.
        assert list(map(shape, out)) == list(map(shape, came))
        sealed = [frame for frame in came if frame.type not in (0x01, 0x02, 0x03, 0x04)]
        assert all((frame.plaintext is None) is (frame.type == 0x1B) for frame in sealed)
        piece = next(frame for frame in out if frame.type == 0x18)
        assert piece.plaintext == BLOB + (7).to_bytes(8, "big"), "what is sealed of it: its head"
        assert piece.length == 4 + 40 + len(CHUNK) and len(piece.raw) == trace.MAX_RAW_BYTES
        ends = [frame.offset + frame.length for frame in out]
        assert [frame.offset for frame in out] == [0, *ends[:-1]], "a hole between two frames"


def test_a_recording_that_begins_late_has_the_same_numbers() -> None:
    """Both ends were recorded; one of them stops and begins again, in the middle of a frame that comes in."""
    pair, room = RecordedPair().joined(), RoomSealer(CountedRandom("room"))
    pair.client.send(Ping())
    pair.server.send(Pong())
    pair.collect()
    pair.step(9, 9)
    pair.server.tape = Tape(pair.recorder, 3)
    pair.server_tape = pair.server.tape
    pair.deliver()
    talk(pair, room)
    of_client = {(frame.direction, frame.n): frame for frame in pair.events(FrameSeen, CLIENT)}
    late = pair.events(FrameSeen, 3)
    assert [frame.n for frame in late if frame.direction == "in"] == [3, 4, 5]
    assert [frame.n for frame in late if frame.direction == "out"] == [4, 5, 6, 7]
    for frame in late:
        other = of_client["out" if frame.direction == "in" else "in", frame.n]
        assert shape(frame) == shape(other)
    assert late[0].first_chunk == 0 < late[0].last_chunk


def test_the_states_are_those_of_the_table() -> None:
    pair = RecordedPair().joined()
    pair.client.close(CloseCode.LEAVING)
    pair.deliver()
    for connection, table in ((CLIENT, CLIENT_TRANSITIONS), (SERVER, SERVER_TRANSITIONS)):
        steps = [(one.before, one.after) for one in pair.events(StateChanged, connection)]
        names = ["NOTHING_KNOWN", "HELLO_KNOWN", "KEYS_KNOWN", "MEMBER_KNOWN", "IN_ROOM", "CLOSED"]
        assert steps == list(itertools.pairwise(names))
        legal = {(before.name, after.name) for (before, _), after in table.items()}
        assert set(steps) <= legal
        for frame in frames(pair, connection, "in"):
            leads_to = table[State[frame.state_before], FrameType(frame.type)]
            assert frame.state_after == leads_to.name


# --- Values of the handshake ------------------------------------------------------------------------


def values(pair: RecordedPair, connection: int) -> dict[str, HandshakeValue]:
    return {one.name: one for one in pair.events(HandshakeValue, connection)}


PUBLIC = {
    "client_random", "client_x25519", "server_random", "server_x25519", "identity_n", "kex_n",
    "signed message", "signature", "oaep_ct", "th2", "client_fin", "th3", "server_fin", "session_hash",
}  # fmt: skip
SECRET = {
    "x25519 private key", "client finished", "server finished", "c2s traffic", "s2c traffic", "c2s key",
    "c2s iv", "s2c key", "s2c iv", "stamp_key", "wrap_key",
}  # fmt: skip


def test_the_public_values_are_told_at_both_ends_alike() -> None:
    pair = RecordedPair()
    pair.handshake()
    client, server = values(pair, CLIENT), values(pair, SERVER)
    assert set(client) == set(server) == PUBLIC
    assert not any(one.secret for one in client.values())
    for name, one in client.items():
        other = server[name]
        assert (one.value, one.step, one.function) == (other.value, other.step, other.function)
    assert client["session_hash"].value == pair.client.session_hash


def test_every_public_value_comes_from_the_wire_alone() -> None:
    """An eavesdropper's view: the four frames that passed by, and nothing else."""
    pair = RecordedPair()
    pair.handshake()
    hello, key_exchange = (one.raw for one in frames(pair, SERVER, "in"))
    server_hello, finished = (one.raw for one in frames(pair, CLIENT, "in"))
    seen = b"".join((hello, server_hello, key_exchange, finished))
    body = exchange.ServerHelloBody.decode(server_hello[4:])
    oaep_ct = key_exchange[4:260]
    derived = {
        "signed message": exchange.server_signature_input(hello, body.signed),
        "th2": exchange.th2(hello, server_hello, oaep_ct),
        "th3": exchange.th3(hello, server_hello, key_exchange),
        "session_hash": exchange.session_hash(hello, server_hello, key_exchange, finished),
    }
    for name, one in values(pair, CLIENT).items():
        assert one.value == derived[name] if name in derived else one.value in seen


def test_the_secrets_are_the_real_ones() -> None:
    """What a learner checks by hand comes out: from the private share to the key that opens a record."""
    pair = RecordedPair(secrets=True)
    pair.handshake()
    pair.client.authenticate(private_key("member_ada"), "Ada", bytes(16), None)
    pair.deliver()
    client, server = values(pair, CLIENT), values(pair, SERVER)
    assert set(client) == PUBLIC | SECRET | {"pre_secret", "z", "PRK"} and set(server) == PUBLIC | SECRET
    assert {name for name, one in client.items() if one.secret} == SECRET | {"pre_secret", "z", "PRK"}
    told = {name: one.value for name, one in client.items()}
    share = primitives.x25519_key(told["x25519 private key"])
    assert primitives.x25519_public(share) == told["client_x25519"]
    assert primitives.x25519_agree(share, told["server_x25519"]) == told["z"]
    assert hkdf.extract(told["th2"], told["z"] + told["pre_secret"]) == told["PRK"]
    assert hkdf.expand(told["PRK"], b"LocalChat/1 client finished") == told["client finished"]
    assert hmac.digest(told["client finished"], told["th2"], "sha256") == told["client_fin"]
    assert hmac.digest(told["server finished"], told["th3"], "sha256") == told["server_fin"]
    assert exchange.direction_keys(told["c2s traffic"]).key == told["c2s key"]
    assert exchange.direction_keys(told["s2c traffic"]).wrap_key == told["wrap_key"]
    for name in SECRET - {"x25519 private key"}:
        assert server[name].value == told[name]
    kex_secret = pair.server._kex.open(told["oaep_ct"])
    assert kex_secret == told["pre_secret"]


def all_bytes(events: list[TraceEvent]) -> list[bytes]:
    found = []
    for event in events:
        held = [getattr(event, field.name) for field in fields(event)]
        found += [value for value in held if isinstance(value, bytes)]
        found += [str(value).encode() for value in held if isinstance(value, str)]
    return found


def test_nobody_asked_so_no_secret_is_in_any_event() -> None:
    """The same handshake twice: first to learn its secrets, then without having asked for them."""
    asked = RecordedPair(secrets=True).joined()
    secrets = [one.value for one in asked.events(HandshakeValue) if one.secret]
    assert len(secrets) > 20
    pair, room = RecordedPair().joined(), RoomSealer(CountedRandom("room"))
    talk(pair, room)
    everything = b"\0".join(all_bytes(pair.events(TraceEvent)))
    for secret in (*secrets, room.key):
        assert secret not in everything
    asked_for = b"\0".join(all_bytes(asked.events(TraceEvent)))
    for lasting in lasting_secrets():
        assert lasting not in everything and lasting not in asked_for


def test_off_makes_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_event(*_: object) -> int:
        raise AssertionError("an event, and nobody records")

    monkeypatch.setattr(Recorder, "add", no_event)
    pair = Pair("off")
    pair.join()
    talk(pair, RoomSealer(CountedRandom("room")))
    assert pair.client.state is pair.server.state is State.IN_ROOM


# --- Refusals: one real attack for each line of the table ----------------------------------------------


@dataclass
class Attack:
    """What is done to a pair, and the one refusal that must come of it."""

    do: Callable[[], RecordedPair]
    defence: Defence
    function: str
    connection: int
    n: int | None


def flip(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def tampered(frame_n: int, to: str, at: int) -> Callable[[], RecordedPair]:
    """A handshake in which a bit of the n-th frame to that end is flipped."""

    def do() -> RecordedPair:
        pair = RecordedPair()
        for n in range(2):
            pair.collect()
            if to == "server" and n == frame_n:
                pair.to_server = flip(pair.to_server, at)
            pair.step(9_999, 0)
            pair.collect()
            if to == "client" and n == frame_n:
                pair.to_client = flip(pair.to_client, at)
            pair.step(0, 9_999)
        pair.deliver()
        return pair

    return do


def bad_share() -> RecordedPair:
    """By a client of its own making: on the way, the server's signature would not hold any more."""
    pair = RecordedPair()
    pair.collect()
    pair.to_server = pair.to_server[:52] + LOW_ORDER["1"]
    pair.step(9_999, 0)
    pair.to_server = encode_frame(FrameType.CLIENT_KEY_EXCHANGE, bytes(288))
    pair.step(9_999, 0)
    return pair


def direct(change: Callable[[bytes], bytes]) -> Callable[[], RecordedPair]:
    """A Direct record of the client's, changed on its way."""

    def do() -> RecordedPair:
        pair = RecordedPair().joined()
        pair.client.send(Ping())
        pair.collect()
        pair.to_server = change(pair.to_server)
        pair.deliver()
        return pair

    return do


def chunk(change: Callable[[bytes], bytes]) -> Callable[[], RecordedPair]:
    """A piece of a file of the client's, likewise."""

    def do() -> RecordedPair:
        pair = RecordedPair().joined()
        pair.client.send_chunk(BLOB, 7, CHUNK)
        pair.collect()
        pair.to_server = change(pair.to_server)
        pair.deliver()
        return pair

    return do


def says(text: bytes, to: str = "server") -> Callable[[], RecordedPair]:
    """A peer with good keys that says something wrong."""

    def do() -> RecordedPair:
        pair = RecordedPair().joined()
        (pair.client if to == "server" else pair.server).send_text(text)
        pair.deliver()
        return pair

    return do


def room_record(change: Callable[[bytes], bytes]) -> Callable[[], RecordedPair]:
    def do() -> RecordedPair:
        pair, room = RecordedPair().joined(), RoomSealer(CountedRandom("room"))
        talk(pair, room)
        pair.server.send_room(room.seal(encode(Joined(bytes(32), "Cleo"))), room.key, False)
        pair.collect()
        pair.to_client = change(pair.to_client)
        pair.deliver()
        return pair

    return do


def key_of_the_past() -> RecordedPair:
    pair, room = RecordedPair().joined(), RoomSealer(CountedRandom("room"))
    room.rotate()
    pair.server.send_room_key(room.epoch, room.key)
    pair.server.send_room_key(room.epoch - 1, bytes(32))
    pair.deliver()
    return pair


def another_key() -> RecordedPair:
    def changed(_: object) -> None:
        raise ServerKeyChanged(address="here", fingerprint="x", known="y")

    pair = RecordedPair(check_server=changed)
    pair.deliver()
    return pair


def false_proof() -> RecordedPair:
    pair = RecordedPair()
    pair.handshake()
    ada, ben = private_key("member_ada"), private_key("member_ben")
    told = exchange.client_auth_input(pair.client.session_hash, ada.public.modulus)
    stolen = Auth(ada.public.modulus, ben.sign(told, CountedRandom("sign")), "Ada", bytes(16), None)
    pair.client.send(stolen)
    pair.deliver()
    return pair


def alert() -> RecordedPair:
    pair = RecordedPair()
    pair.collect()
    pair.to_server = ALERT_FRAME
    pair.step(9_999, 0)
    return pair


def end_of_stream(joined: bool, of: str) -> Callable[[], RecordedPair]:
    def do() -> RecordedPair:
        pair = RecordedPair().joined() if joined else RecordedPair()
        (pair.server if of == "server" else pair.client).receive_eof(0.0)
        return pair

    return do


def late(of: str, handshake: bool) -> Callable[[], RecordedPair]:
    def do() -> RecordedPair:
        pair = RecordedPair()
        if handshake:
            pair.handshake()
        now = limits.HANDSHAKE_S + limits.AUTH_S
        (pair.server if of == "server" else pair.client).timed_out(now)
        return pair

    return do


def too_early() -> RecordedPair:
    """A frame that is legal, but in a later state."""
    pair = RecordedPair()
    pair.collect()
    pair.to_server = encode_frame(FrameType.CLIENT_KEY_EXCHANGE, bytes(288))
    pair.step(9_999, 0)
    return pair


SAID = encode(Said(1, bytes(32), "Ben", bytes(16), 1, 0, "hello"))
BASE, FRAMING, RECORDS, ROOM = (
    "netcore.session.base.Session",
    "netcore.wire.framing.FrameParser",
    "netcore.crypto.records",
    "netcore.crypto.room_keys.RoomOpener",
)
ATTACKS = {
    "a length beyond the limit": Attack(
        direct(lambda frame: frame[:1] + b"\xff" + frame[2:]), Defence.LEGAL_LENGTH, f"{FRAMING}._check",
        SERVER, None,
    ),
    "a frame too early": Attack(
        too_early, Defence.TABLE, "netcore.session.table.after_frame", SERVER, 0
    ),
    "another magic": Attack(
        tampered(0, "server", 4), Defence.MAGIC, "netcore.crypto.bodies._check_magic", SERVER, 0
    ),
    "a share of low order": Attack(
        bad_share, Defence.KEY_SHARE, "netcore.session.server.ServerSession._finish_handshake", SERVER, 1
    ),
    "a bit of the server's hello": Attack(
        tampered(0, "client", 100), Defence.SIGNATURE, "netcore.crypto.exchange.verify_server_hello",
        CLIENT, 0,
    ),
    "another server": Attack(
        another_key, Defence.PINNED_KEY, f"{another_key.__module__}.another_key.<locals>.changed", CLIENT, 0
    ),
    "a bit of oaep_ct": Attack(
        tampered(1, "server", 9), Defence.FINISHED, "netcore.crypto.exchange.check_fin", SERVER, 1
    ),
    "a bit of server_fin": Attack(
        tampered(1, "client", 9), Defence.FINISHED, "netcore.crypto.exchange.check_fin", CLIENT, 1
    ),
    "somebody else's key": Attack(
        false_proof, Defence.MEMBER_PROOF, "netcore.session.server.ServerSession._identify", SERVER, 2
    ),
    "a bit of a record": Attack(
        direct(lambda frame: flip(frame, 6)), Defence.TAG, f"{RECORDS}.DirectOpener.open", SERVER, 3
    ),
    "a bit of a chunk's head": Attack(
        chunk(lambda frame: flip(frame, 6)), Defence.TAG, f"{RECORDS}.DirectOpener.open", SERVER, 3
    ),
    "a bit of a chunk's data": Attack(
        chunk(lambda frame: flip(frame, -1)), Defence.TAG, f"{RECORDS}.DirectOpener.open", SERVER, 3
    ),
    "a chunk twice": Attack(
        chunk(lambda frame: frame * 2), Defence.TAG, f"{RECORDS}.DirectOpener.open", SERVER, 4
    ),
    "a record twice": Attack(
        direct(lambda frame: frame * 2), Defence.TAG, f"{RECORDS}.DirectOpener.open", SERVER, 4
    ),
    "a bit of a room record": Attack(
        room_record(lambda frame: flip(frame, 20)), Defence.STAMP, f"{ROOM}._check_stamp", CLIENT, 7
    ),
    "a bit of a stamp": Attack(
        room_record(lambda frame: flip(frame, -1)), Defence.STAMP, f"{ROOM}._check_stamp", CLIENT, 7
    ),
    "a room record twice": Attack(
        room_record(lambda frame: frame * 2), Defence.STAMP, f"{ROOM}._check_stamp", CLIENT, 8
    ),
    "a room key of the past": Attack(
        key_of_the_past, Defence.SEQUENCE, f"{ROOM}.take_key", CLIENT, 4
    ),
    "no JSON": Attack(
        says(b"{]\n"), Defence.JSON, "netcore.wire.strict_json.decode_object", SERVER, 3
    ),
    "a field too many": Attack(
        says(b'{"t":"ping","x":1}\n'), Defence.SCHEMA, "netcore.wire.schema.build", SERVER, 3
    ),
    "another's message": Attack(
        says(SAID), Defence.SCHEMA, "netcore.wire.codec._decode", SERVER, 3
    ),
    "an Alert": Attack(alert, Defence.ALERT, f"{BASE}._on_alert", SERVER, 0),
    "no hello, and gone": Attack(
        end_of_stream(False, "server"), Defence.NO_CLOSE, f"{BASE}.receive_eof", SERVER, None
    ),
    "gone without a Close": Attack(
        end_of_stream(True, "server"), Defence.NO_CLOSE, f"{BASE}.receive_eof", SERVER, None
    ),
    "a server gone without a Close": Attack(
        end_of_stream(True, "client"), Defence.NO_CLOSE, f"{BASE}.receive_eof", CLIENT, None
    ),
    "no hello in time": Attack(
        late("server", False), Defence.DEADLINE, "netcore.session.server.ServerSession._too_late",
        SERVER, None,
    ),
    "no auth in time": Attack(
        late("server", True), Defence.DEADLINE, "netcore.session.server.ServerSession._too_late", SERVER, None
    ),
    "no welcome in time": Attack(
        late("client", True), Defence.DEADLINE, "netcore.session.client.ClientSession._too_late", CLIENT, None
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_meets_exactly_its_defence(name: str) -> None:
    attack = ATTACKS[name]
    pair = attack.do()
    refusals = [one for one in pair.events(trace.Refused) if one.defence is not Defence.ALERT]
    (refused,) = refusals or pair.events(trace.Refused)
    assert (refused.defence, refused.function) == (attack.defence, attack.function)
    assert (refused.connection, refused.n, refused.direction) == (attack.connection, attack.n, "in")
    assert refused.section in TITLES and refused.line > 0
    closed = [one for one in pair.events(StateChanged, attack.connection) if one.after == "CLOSED"]
    assert len(closed) == 1 and closed[0].number > refused.number
    if attack.n is not None:
        frame = next(one for one in frames(pair, attack.connection, "in") if one.n == attack.n)
        assert frame.number < refused.number


def test_what_opened_is_shown_though_it_was_refused() -> None:
    """Who sends broken JSON under good keys is seen to have done so; what did not open has no plaintext."""
    pair = says(b"{]\n")()
    assert frames(pair, SERVER, "in")[-1].plaintext == b"{]\n"
    pair = direct(lambda frame: flip(frame, 6))()
    assert frames(pair, SERVER, "in")[-1].plaintext is None


# --- The table ----------------------------------------------------------------------------------------


def tree(cls: type[LocalChatError]) -> list[type[LocalChatError]]:
    return [cls, *(one for sub in cls.__subclasses__() for one in tree(sub))]


CAUSED_BY_PEERS = [
    *tree(errors.PeerError)[1:],
    *tree(errors.TrustError)[1:],
    *tree(errors.ServerGone),
    *tree(errors.ClientGone),
    errors.AuthRefused,
]
SAID_BY_THE_PEER = (errors.ServerStopped,)
"""No refusal of ours: it ended in order, and said why."""


@pytest.mark.parametrize("cls", CAUSED_BY_PEERS, ids=lambda cls: cls.__name__)
def test_every_error_that_a_peer_causes_has_a_defence(cls: type[LocalChatError]) -> None:
    error = cls.__new__(cls)
    found = defence_of(error)
    assert found is not None and found[1] in TITLES
    assert (cls in DEFENCES) or issubclass(cls, errors.TrustError) or cls in SAID_BY_THE_PEER


def test_the_table_has_no_line_too_many_and_no_defence_without_one() -> None:
    assert set(DEFENCES) <= {*CAUSED_BY_PEERS, errors.TrustError}
    assert {defence for defence, _ in DEFENCES.values()} == set(Defence)


OURS = [*tree(errors.InputError), *tree(errors.StorageError), *tree(errors.ListenError)]


@pytest.mark.parametrize("cls", OURS)
def test_what_is_ours_is_no_defence(cls: type[LocalChatError]) -> None:
    assert defence_of(cls.__new__(cls)) is None


def test_only_the_members_laboratory_asks_for_secrets() -> None:
    """No flag, no file, no peer: one place in the whole program makes a tape that takes them."""
    asking = set()
    for path in (HOME / "netcore").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Tape":
                if len(node.args) > 2 or node.keywords:
                    asking.add(path.relative_to(HOME).as_posix())
            elif isinstance(node, ast.Attribute) and node.attr == "secrets":
                keeps = path.relative_to(HOME).as_posix() in ("netcore/trace.py", "netcore/lab/recording.py")
                assert keeps or not isinstance(node.ctx, ast.Store), path
    assert asking == {"netcore/net/client/lab.py"}
