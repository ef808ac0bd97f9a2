"""One client and its server with us in between: what comes from one goes to the other, attacked or not.

Each direction is a `_Way`: bytes are cut into frames, a frame is told, the first order that waits for it is
carried out, and what came of it leaves. Nothing is opened here, and no key is known.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from netcore import limits
from netcore.errors import AttackMissed
from netcore.lab.orders import (
    Delay,
    Drop,
    Duplicate,
    Flip,
    FrameOrder,
    Inject,
    Join,
    Replay,
    Split,
    Swap,
    TapDirection,
    Truncate,
)
from netcore.lab.pieces import Cutter, Piece
from netcore.lab.tap_events import Attacked, ConnectionEnded, FrameTapped, How, NotDone, TapEvent
from netcore.net.connection import Connection
from netcore.net.loop import Loop, Timer
from netcore.wire.framing import FrameType
from netcore.wire.lines import counted

REPLAY_AFTER_S: Final = 0.5
"""How much later the copy comes: long enough to see that the first one was taken."""
APART_S: Final = 0.5
"""Between two pieces that shall arrive as two chunks: long enough for the receiver to have read the first."""


@dataclass(slots=True)
class TapContext:
    """What all connections of a tap share."""

    loop: Loop
    emit: Callable[[TapEvent], None]
    frames: bool  # False: the room has none, so chunks are attacked
    orders: list[FrameOrder] = field(default_factory=list)

    def take_order(self, connection: int, direction: TapDirection, piece: Piece) -> FrameOrder | None:
        """The first order that waits for this; it waits no more."""
        for order in self.orders:
            if (
                order.direction == direction
                and order.only in (None, piece.type)
                and order.connection in (None, connection)
                and len(piece.data) > order.beyond_bytes
            ):
                self.orders.remove(order)
                return order
        return None

    def miss(self, attack: str, why: str) -> None:
        """Nothing fails silently."""
        self.emit(NotDone(AttackMissed(attack=attack, why=why)))


class Relay:
    """Thread: netcore-loop only."""

    def __init__(
        self,
        context: TapContext,
        number: int,
        client: socket.socket,
        server: socket.socket,
        on_ended: Callable[[Relay], None],
    ) -> None:
        self._context = context
        self._on_ended = on_ended
        self.number = number
        self._over = False
        self._first: How | None = None
        self._up = _Way(context, self, "up")
        self._down = _Way(context, self, "down")
        self._client = Connection(context.loop, client, self._up)
        self._server = Connection(context.loop, server, self._down)
        self._up.connect(self._client, self._server, self._down)
        self._down.connect(self._server, self._client, self._up)

    def cut(self) -> None:
        """End both sides at once, and say nothing to either."""
        if self._over:
            return
        self._context.emit(Attacked(self.number, "cut", None, None, b"", b""))
        self._client.drop()
        self._server.drop()
        self._end("cut")

    def stop(self) -> None:
        if not self._over:
            self.end("stopped")

    def ends(self, direction: TapDirection) -> None:
        """The sender of this direction has said that it is about to end, or has ended."""
        self._first = self._first or ("client ended" if direction == "up" else "server ended")

    def end(self, how: How | None = None) -> None:
        """What is on its way still arrives, then both sides are told that nothing follows. Without `how`:
        whoever was the first to end."""
        if self._over:
            return
        for connection in (self._client, self._server):
            connection.close_after_flush(limits.FLUSH_S)
        self._end(how or self._first or "stopped")

    def _end(self, how: How) -> None:
        self._over = True
        self._up.close()
        self._down.close()
        self._context.emit(ConnectionEnded(self.number, how))
        self._on_ended(self)


class _Way:
    """One direction. It owns the connection that its bytes come from (see `netcore.net.connection.Owner`)."""

    def __init__(self, context: TapContext, relay: Relay, direction: TapDirection) -> None:
        self._context = context
        self._relay = relay
        self._direction: TapDirection = direction
        self._cutter = Cutter(context.frames)
        self._n = 0
        self._held: tuple[Swap | Join, int, bytes] | None = None  # waits for the next one
        self._delayed: list[bytes] = []
        self._delay: Timer | None = None
        self._replays: dict[int, Timer] = {}  # by the frame's number
        self._ended = False

    def connect(self, source: Connection, sink: Connection, other: _Way) -> None:
        self._source = source
        self._sink = sink
        self._other = other

    def close(self) -> None:
        """The connection is over. Nothing fails silently: what was begun and is not done is told."""
        if self._delay is not None:
            self._delay.cancel()
        for timer in self._replays.values():
            timer.cancel()
            self._context.miss(Replay.attack, "the connection ended before the copy was due")
        if self._held is not None:
            self._context.miss(self._held[0].attack, "the connection ended before a second frame came")

    # --- What the connection tells ---

    def on_bytes(self, data: bytes) -> None:
        for piece in self._cutter.cut(data):
            self._on_piece(piece)
        if self._sink.queued_bytes > limits.SEND_QUEUE_SOFT_BYTES:
            self._source.pause()  # who reads slowly is waited for, as without us

    def on_eof(self) -> None:
        self._ended = True
        self._relay.ends(self._direction)
        if self._delay is None:
            self._finish()

    def on_lost(self, error: OSError) -> None:
        self.on_eof()

    def on_drained(self) -> None:
        """Of what the other direction sent into our source."""
        self._other.resume()

    def resume(self) -> None:
        self._source.resume()

    def _finish(self) -> None:
        """All that our sender sent is here: pass on what is held back, and the end."""
        if self._held is not None:
            self._send(self._held[2])
        self._send(self._cutter.take_rest())
        self._relay.end()

    # --- Pieces ---

    def _on_piece(self, piece: Piece) -> None:
        n = self._n
        self._n += 1
        self._context.emit(FrameTapped(self._relay.number, self._direction, n, piece.type, piece.data))
        if piece.type == FrameType.CLOSE:
            self._relay.ends(self._direction)
        if self._held is not None:
            (order, held_n, held), self._held = self._held, None
            if isinstance(order, Join):
                self._send(held + piece.data)
                self._tell(order.attack, held_n, held + piece.data, held + piece.data)
            else:
                self._send_both(piece.data, held)
                self._tell(order.attack, held_n, held + piece.data, piece.data + held)
            return
        match self._context.take_order(self._relay.number, self._direction, piece):
            case None:
                self._send(piece.data)
            case (Swap() | Join()) as order:
                self._held = order, n, piece.data
            case other:
                self._attack(other, n, piece.data)

    def _attack(self, order: FrameOrder, n: int, data: bytes) -> None:
        after = data
        match order:
            case Flip(byte=byte) | Split(byte=byte):
                at = len(data) // 2 if byte is None else byte
                why = ""
                if at >= len(data):
                    why = f"the frame has {counted(len(data), 'byte')}, so there is no byte {at}"
                elif at == 0 and isinstance(order, Split):
                    why = "in front of byte 0 there is nothing to send"
                if why:
                    self._send(data)
                    self._context.miss(order.attack, why)
                    return
                if isinstance(order, Split):
                    self._send(data[:at])
                    self._hold_for(APART_S)
                    self._send(data[at:])
                else:
                    after = data[:at] + bytes([data[at] ^ 1 << order.bit]) + data[at + 1 :]
                    self._send(after)
            case Drop():
                after = b""
            case Duplicate():
                after = data + data
                self._send_both(data, data)
            case Truncate():
                after = data[: len(data) // 2]
                self._send(after)
            case Inject(data=injected):
                after = injected + data
                self._send_both(injected, data)
            case Delay(seconds=seconds):
                self._hold_for(seconds)
                self._send(data)
            case Replay():
                self._send(data)
                self._replays[n] = self._context.loop.call_later(
                    REPLAY_AFTER_S, lambda: self._replay(n, data)
                )
                return
            case _:
                raise AssertionError(f"an order that nobody carries out: {order}")
        self._tell(order.attack, n, data, after)

    def _replay(self, n: int, data: bytes) -> None:
        del self._replays[n]
        self._send(data)
        self._tell(Replay.attack, n, data, data)

    def _hold_for(self, seconds: float) -> None:
        """What is sent from now on leaves so much later; if it is held already: with that."""
        if self._delay is None:
            self._delay = self._context.loop.call_later(seconds, self._end_delay)

    def _end_delay(self) -> None:
        self._delay = None
        delayed, self._delayed = self._delayed, []
        for data in delayed:
            self._send(data)
        if self._ended:
            self._finish()

    def _send_both(self, first: bytes, second: bytes) -> None:
        """One after the other. Where there are no frames they shall not arrive as one chunk."""
        self._send(first)
        if not self._context.frames:
            self._hold_for(APART_S)
        self._send(second)

    def _send(self, data: bytes) -> None:
        if not data:
            return
        if self._delay is not None:
            self._delayed.append(data)
        else:
            self._sink.send([data])

    def _tell(self, attack: str, n: int, before: bytes, after: bytes) -> None:
        self._context.emit(Attacked(self._relay.number, attack, self._direction, n, before, after))
