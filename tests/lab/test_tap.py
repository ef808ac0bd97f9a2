"""The tap, between bare sockets and in a real room: it watches, and does what it was told, once."""

from __future__ import annotations

import socket
import threading
from functools import partial

import pytest

from netcore.errors import BadAddress, LocalChatError, NotThisComputer, PortInUse
from netcore.lab.orders import (
    Cut,
    Delay,
    Disarm,
    Drop,
    Duplicate,
    Flip,
    FrameOrder,
    Inject,
    Join,
    Order,
    OwnKeys,
    Replay,
    Split,
    Swap,
    TapDirection,
    Truncate,
)
from netcore.lab.pieces import Cutter
from netcore.lab.tap import RunningTap, TapConfig, start_tap
from netcore.lab.tap_events import (
    Attacked,
    ConnectionBegan,
    ConnectionEnded,
    Failed,
    FrameTapped,
    NotDone,
    Stopped,
    Tapping,
)
from netcore.net.api.events import Chat, Connected, Disconnected
from netcore.wire.framing import FrameType, encode_frame
from tests.lab.room import JOIN_S, Heard, LabRoom, Window
from tests.waiting import WAIT_S, wait_until


class Wire:
    """A tap between two bare sockets of the test."""

    def __init__(self, frames: bool = True) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(WAIT_S)
        port = self._listener.getsockname()[1]
        self.heard = Heard()
        self.tap: RunningTap = start_tap(TapConfig("127.0.0.1", 0, "127.0.0.1", port, frames), self.heard.put)
        self.address = self.heard.wait(Tapping).address
        self.client = socket.create_connection(("127.0.0.1", int(self.address.rpartition(":")[2])), WAIT_S)
        self.server, _ = self._listener.accept()
        self.server.settimeout(WAIT_S)

    def order(self, order: Order) -> None:
        """It is obeyed when the next byte comes: both go through the tap's loop, in this order."""
        done = threading.Event()
        self.tap.submit(order)
        self.tap._loop.post(done.set)
        assert done.wait(WAIT_S)

    def ends(self, direction: TapDirection) -> tuple[socket.socket, socket.socket]:
        return (self.client, self.server) if direction == "up" else (self.server, self.client)

    def close(self) -> None:
        for sock in (self.client, self.server, self._listener):
            sock.close()
        self.tap.stop()
        assert self.tap.join(JOIN_S)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        if not chunk:
            break
        data += chunk
    return data


def read_all(sock: socket.socket) -> bytes:
    data = b""
    while chunk := sock.recv(65_536):
        data += chunk
    return data


ONE, TWO, THREE = (encode_frame(FrameType.DIRECT, letter * 20) for letter in (b"1", b"2", b"3"))
ALERT = encode_frame(FrameType.ALERT, b"\1")


def flipped(data: bytes, at: int, mask: int) -> bytes:
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


# --- Frames -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 24, 1000])
def test_frames_are_found_whatever_the_chunks(size: int) -> None:
    cutter = Cutter(frames=True)
    stream = ONE + ALERT + TWO
    pieces = [piece for at in range(0, len(stream), size) for piece in cutter.cut(stream[at : at + size])]
    assert [(piece.type, piece.data) for piece in pieces] == [(0x17, ONE), (0x15, ALERT), (0x17, TWO)]
    assert cutter.take_rest() == b""


def test_what_is_no_frame_passes_as_it_comes() -> None:
    cutter = Cutter(frames=True)
    web = b"GET / HTTP/1.1\r\n"
    assert [piece.data for piece in cutter.cut(ONE + web[:2])] == [ONE]
    assert [(piece.type, piece.data) for piece in cutter.cut(web[2:])] == [(None, web)]
    assert [(piece.type, piece.data) for piece in cutter.cut(ONE)] == [(None, ONE)]


# --- Watching -----------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["up", "down"])
def test_it_passes_on_what_comes_and_tells_it(direction: TapDirection) -> None:
    with Wire() as wire:
        source, sink = wire.ends(direction)
        source.sendall(ONE + TWO[:10])
        assert read(sink, len(ONE)) == ONE
        source.sendall(TWO[10:] + b"the end of a fra")
        source.shutdown(socket.SHUT_WR)
        assert read_all(sink) == TWO + b"the end of a fra"
        began = wire.heard.wait(ConnectionBegan)
        assert began.connection == 1 and began.client == "{}:{}".format(*wire.client.getsockname())
        seen = [wire.heard.wait(FrameTapped) for _ in range(2)]
        assert [(one.direction, one.n, one.type, one.data) for one in seen] == [
            (direction, 0, 0x17, ONE),
            (direction, 1, 0x17, TWO),
        ]
        ended = wire.heard.wait(ConnectionEnded)
        assert ended.how == ("client ended" if direction == "up" else "server ended")


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    heard = Heard()
    tap = start_tap(TapConfig("127.0.0.1", 0, "127.0.0.1", port), heard.put)
    address = heard.wait(Tapping).address
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), WAIT_S) as sock:
        sock.settimeout(WAIT_S)
        assert sock.recv(1) == b""
    heard.wait(ConnectionEnded, how="unreachable")
    tap.stop()
    heard.wait(Stopped)
    assert tap.join(JOIN_S)


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (TapConfig("0.0.0.0", 0, "127.0.0.1", 5050), NotThisComputer),
        (TapConfig("127.0.0.1", 0, "192.0.2.1", 5050), NotThisComputer),
        (TapConfig("127.0.0.1", 0, "example.org", 5050), NotThisComputer),
        (TapConfig("127.0.0.1", 5051, "localhost", 5051), BadAddress),
    ],
)
def test_where_it_does_not_go(config: TapConfig, kind: type[LocalChatError]) -> None:
    heard = Heard()
    tap = start_tap(config, heard.put)
    assert isinstance(heard.wait(Failed).error, kind)
    heard.wait(Stopped)
    assert tap.join(JOIN_S)


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        heard = Heard()
        tap = start_tap(TapConfig("127.0.0.1", other.getsockname()[1], "127.0.0.1", 5050), heard.put)
        assert isinstance(heard.wait(Failed).error, PortInUse)
        assert tap.join(JOIN_S)


# --- Attacks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize(
    ("attack", "options", "sent", "arrives", "before", "after"),
    [
        (Flip, {"byte": 5, "bit": 0}, ONE + TWO, flipped(ONE, 5, 1) + TWO, ONE, flipped(ONE, 5, 1)),
        (Flip, {"byte": 0, "bit": 7}, ONE + TWO, flipped(ONE, 0, 128) + TWO, ONE, flipped(ONE, 0, 128)),
        (Flip, {}, ONE + TWO, flipped(ONE, 12, 1) + TWO, ONE, flipped(ONE, 12, 1)),
        (Drop, {}, ONE + TWO, TWO, ONE, b""),
        (Duplicate, {}, ONE + TWO, ONE + ONE + TWO, ONE, ONE + ONE),
        (Truncate, {}, ONE + TWO, ONE[:12] + TWO, ONE, ONE[:12]),
        (Inject, {"data": b"\x17!"}, ONE + TWO, b"\x17!" + ONE + TWO, ONE, b"\x17!" + ONE),
        (Swap, {}, ONE + TWO + THREE, TWO + ONE + THREE, ONE + TWO, TWO + ONE),
        (Join, {}, ONE + TWO + THREE, ONE + TWO + THREE, ONE + TWO, ONE + TWO),
        (Split, {"byte": 5}, ONE + TWO, ONE + TWO, ONE, ONE),
        (Drop, {"only": 0x15}, ONE + ALERT + TWO, ONE + TWO, ALERT, b""),
    ],
)  # fmt: skip
def test_what_it_does_to_a_frame(
    direction: TapDirection,
    attack: type[FrameOrder],
    options: dict[str, object],
    sent: bytes,
    arrives: bytes,
    before: bytes,
    after: bytes,
) -> None:
    with Wire() as wire:
        wire.order(attack(direction=direction, **options))  # type: ignore[arg-type]
        source, sink = wire.ends(direction)
        back, there = sink, source
        back.sendall(THREE)  # the other direction has its own orders
        assert read(there, len(THREE)) == THREE
        source.sendall(sent)
        assert read(sink, len(arrives)) == arrives
        told = wire.heard.wait(Attacked)
        assert (told.attack, told.direction, told.before, told.after) == (
            attack.attack, direction, before, after,
        )  # fmt: skip
        assert told.n == (1 if "only" in options else 0)
        source.sendall(ONE)
        assert read(sink, len(ONE)) == ONE  # once only


def test_replay_comes_later_and_once() -> None:
    with Wire() as wire:
        wire.order(Replay(direction="down"))
        wire.server.sendall(ONE + TWO)
        assert read(wire.client, 3 * len(ONE)) == ONE + TWO + ONE
        assert wire.heard.wait(Attacked) == Attacked(1, "replay", "down", 0, ONE, ONE)


def test_delay_holds_back_what_follows_and_the_end_too() -> None:
    with Wire() as wire:
        wire.order(Delay(direction="up", seconds=0.3))
        wire.client.sendall(ONE)
        wire.heard.wait(Attacked, attack="delay", n=0)
        wire.client.sendall(TWO)
        wire.client.shutdown(socket.SHUT_WR)
        wire.server.sendall(THREE)
        assert read(wire.client, len(THREE)) == THREE  # the other direction runs on meanwhile
        assert not wire.heard.of(ConnectionEnded)
        assert read_all(wire.server) == ONE + TWO


def test_cut_ends_both_sides_without_a_word() -> None:
    with Wire() as wire:
        wire.client.sendall(ONE)
        assert read(wire.server, len(ONE)) == ONE
        wire.order(Cut())
        assert wire.client.recv(1) == b"" and wire.server.recv(1) == b""
        assert wire.heard.wait(Attacked) == Attacked(1, "cut", None, None, b"", b"")
        assert wire.heard.wait(ConnectionEnded).how == "cut"
        wire.order(Cut())
        assert "there is no such connection" in str(wire.heard.wait(NotDone).error)


def test_what_cannot_be_done_is_said_and_nothing_is_lost() -> None:
    with Wire() as wire:
        wire.order(Flip(direction="up", byte=24))
        wire.client.sendall(ONE)
        assert read(wire.server, len(ONE)) == ONE
        assert "24 bytes, so there is no byte 24" in str(wire.heard.wait(NotDone).error)
        wire.order(Swap(direction="up"))
        wire.order(Replay(direction="down"))
        wire.server.sendall(TWO)
        assert read(wire.client, len(TWO)) == TWO
        wire.client.sendall(THREE)
        wire.heard.wait(FrameTapped, n=1)
        wire.client.shutdown(socket.SHUT_WR)
        assert read_all(wire.server) == THREE
        missed = {str(wire.heard.wait(NotDone).error).partition(": ")[2] for _ in range(2)}
        assert missed == {
            "the connection ended before a second frame came. What passed, passed unchanged.",
            "the connection ended before the copy was due. What passed, passed unchanged.",
        }


def test_split_and_join_decide_what_one_recv_gives() -> None:
    with Wire() as wire:
        wire.order(Split(direction="up", byte=5))
        wire.client.sendall(ONE)
        assert wire.server.recv(100) == ONE[:5]
        assert wire.server.recv(100) == ONE[5:]
        wire.order(Join(direction="up"))
        wire.client.sendall(TWO)
        wire.heard.wait(FrameTapped, n=1)
        wire.client.sendall(THREE)
        assert wire.server.recv(100) == TWO + THREE


@pytest.mark.parametrize(("byte", "data"), [(0, b"hello"), (None, b"h")])
def test_what_has_no_first_piece_is_not_split(byte: int | None, data: bytes) -> None:
    """It passes whole, and nobody is told that it went in two pieces."""
    with Wire(frames=False) as wire:
        wire.order(Split(direction="up", byte=byte))
        wire.client.sendall(data)
        assert read(wire.server, len(data)) == data
        assert "in front of byte 0 there is nothing to send" in str(wire.heard.wait(NotDone).error)
        assert not wire.heard.of(Attacked)


def test_without_frames_what_is_swapped_or_doubled_arrives_as_two_chunks() -> None:
    with Wire(frames=False) as wire:
        wire.order(Duplicate(direction="up"))
        wire.client.sendall(b"one")
        assert [wire.server.recv(100), wire.server.recv(100)] == [b"one", b"one"]
        wire.order(Swap(direction="up"))
        wire.client.sendall(b"two")
        wire.heard.wait(FrameTapped, n=1)
        wire.client.sendall(b"three")
        assert [wire.server.recv(100), wire.server.recv(100)] == [b"three", b"two"]


def test_orders_wait_in_a_row_and_are_taken_back() -> None:
    with Wire() as wire:
        wire.order(Drop(direction="up", connection=2))
        wire.order(Drop(direction="up"))
        wire.order(Duplicate(direction="up"))
        wire.client.sendall(ONE + TWO)
        assert read(wire.server, 2 * len(TWO)) == TWO + TWO
        wire.order(Drop(direction="up"))
        wire.order(Disarm())
        wire.client.sendall(THREE)
        assert read(wire.server, len(THREE)) == THREE


def test_what_never_found_its_frame_is_told_at_the_end() -> None:
    with Wire() as wire:
        wire.order(Drop(direction="up"))
        wire.tap.stop()
        assert "stopped before a frame came" in str(wire.heard.wait(NotDone).error)


def test_a_room_without_frames_is_attacked_by_chunks() -> None:
    with Wire(frames=False) as wire:
        wire.order(Flip(direction="up", byte=0))
        wire.client.sendall(b'{"pay')
        assert read(wire.server, 5) == b'z"pay'
        assert wire.heard.wait(FrameTapped).type is None
        wire.order(OwnKeys())
        assert "does not speak LocalChat/1" in str(wire.heard.wait(NotDone).error)


def has_all(window: Window, texts: list[str]) -> bool:
    return set(texts) <= set(window.texts)


# --- A real room --------------------------------------------------------------------------------


def test_unarmed_nobody_notices_it(room: LabRoom) -> None:
    ada, ben = room.ada(), room.join("Ben")
    ada.say("from Ada")
    ben.wait(Chat, text="from Ada")
    ben.say("from Ben")
    ada.wait(Chat, text="from Ben")
    ada.stop()
    room.tapped.wait(ConnectionEnded, how="client ended")
    room.server.stop()
    for window in (ada, ben):
        assert window.texts == ["from Ada", "from Ben"]
    assert not ada.of(Disconnected)


def test_handshake_frames_have_their_names(room: LabRoom) -> None:
    room.ada()
    assert [(frame.n, frame.type) for frame in room.frames("up")[:3]] == [(0, 0x01), (1, 0x03), (2, 0x17)]
    assert [(frame.n, frame.type) for frame in room.frames("down")[:2]] == [(0, 0x02), (1, 0x04)]
    assert [len(frame.data) for frame in room.frames("down")[:2]] == [1108, 36]


@pytest.mark.parametrize(
    "order",
    [
        Flip(direction="up", only=FrameType.DIRECT),
        Drop(direction="up", only=FrameType.DIRECT),
        Duplicate(direction="up", only=FrameType.DIRECT),
        Truncate(direction="up", only=FrameType.DIRECT),
        Inject(direction="up", data=bytes.fromhex("17000011" + "00" * 17)),
        Flip(direction="down", only=FrameType.ROOM),
        Duplicate(direction="down", only=FrameType.ROOM),
        Drop(direction="down", only=FrameType.ROOM),
        Replay(direction="down", only=FrameType.ROOM),
        Cut(),
    ],
    ids=lambda order: f"{order.attack} {getattr(order, 'direction', '')}",
)
def test_one_attack_leaves_the_room_alive(room: LabRoom, order: Order) -> None:
    """The client comes back by itself, and what was said stands in the log exactly once."""
    ada, ben = room.ada(), room.join("Ben")
    room.order(order)
    if isinstance(order, Cut):
        ada.wait(Disconnected)
    ada.say("pay Ben 10")
    room.tapped.wait(Attacked)
    ben.say("one more")  # that a frame is missing shows at the next one
    ada.say("and another")
    if not isinstance(order, Cut):
        ada.wait(Disconnected)
    ada.wait(Connected)
    three = ["and another", "one more", "pay Ben 10"]
    for window in (room.server, ada, ben):
        wait_until(partial(has_all, window, three))
        assert sorted(window.texts) == three
    assert len(room.tapped.of(Attacked)) == 1
