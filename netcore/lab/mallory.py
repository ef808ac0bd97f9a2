"""A man in the middle with keys of his own: two real sessions, back to back.

    client <== sealed for Mallory's server keys ==> Mallory <== sealed by Mallory's member key ==> server

To the client we are a server, with another key than the one it means; to the server we are a member. What
one side says is opened, read, and sealed anew for the other. The proof of a member covers the hash of its own
handshake (PROTOCOL §4.2), so the client's cannot be passed on: Mallory comes in with a key of his own, and
all others see another fingerprint under the client's name. Towards the client that id is exchanged for its
own.

What cannot be relayed so: whispers. They name both members and the server's key under a signature (PROTOCOL
§10.1), and do not open at the other end.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace

from netcore import limits
from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import MEMBER_KEY_BITS, SERVER_KEY_BITS, PrivateKey, PublicKey
from netcore.crypto.primitives import Random
from netcore.crypto.room_keys import RoomSealer
from netcore.errors import CannotReach
from netcore.lab.orders import OwnKeys, TapDirection
from netcore.lab.pieces import Cutter, Piece
from netcore.lab.relay import TapContext
from netcore.lab.tap_events import Attacked, ConnectionEnded, FrameTapped, How, Overheard
from netcore.net.connection import Connection
from netcore.net.dial import Dial
from netcore.session.client import ClientSession
from netcore.session.events import Established, Event, Failed, Identified, MessageReceived, PeerClosed, Work
from netcore.session.jobs import Signed
from netcore.session.server import ServerSession
from netcore.wire.codec import encode
from netcore.wire.codes import CloseCode
from netcore.wire.framing import FrameType
from netcore.wire.messages import Auth, Joined, Left, Message, Person, Roster, Said, Say, Welcome


@dataclass(frozen=True, slots=True)
class MalloryKeys:
    """`identity` and `kex` are a server's, `member` a member's."""

    identity: PrivateKey
    kex: KexKey
    member: PrivateKey

    @classmethod
    def generate(cls, random: Random) -> MalloryKeys:
        """Takes seconds."""
        return cls(
            PrivateKey.generate(SERVER_KEY_BITS, random),
            KexKey.generate(random),
            PrivateKey.generate(MEMBER_KEY_BITS, random),
        )


class Mallory:
    """One client that is answered with our keys. Thread: netcore-loop only."""

    def __init__(
        self,
        context: TapContext,
        number: int,
        client: socket.socket,
        target: tuple[str, int],
        keys: MalloryKeys,
        on_established: Callable[[], None],
        on_ended: Callable[[Mallory], None],
    ) -> None:
        """`target` is dialled once the client has said who it is. `on_established`: the client has taken our
        key for the server's."""
        self._context = context
        self._loop = context.loop
        self._target = target
        self._keys = keys
        self._on_established = on_established
        self._on_ended = on_ended
        self.number = number
        self._over = False
        self._goodbye: How | None = None  # whose came first
        self._auth: Auth | None = None
        self._victim = b""
        self._sealer = RoomSealer(os.urandom)
        self._dial: Dial | None = None
        self._toward_client = ServerSession(keys.identity, keys.kex, os.urandom, self._loop.now())
        self._toward_server: ClientSession | None = None
        self._client = Connection(self._loop, client, _End(self, "up", self._on_frame_up))
        self._server: Connection | None = None

    def cut(self) -> None:
        if not self._over:
            self._context.emit(Attacked(self.number, "cut", None, None, b"", b""))
            self._end("cut", at_once=True)

    def stop(self) -> None:
        self._end("stopped")

    def ended(self, direction: TapDirection) -> None:
        """The stream of this direction is over."""
        self._end(self._goodbye or ("client ended" if direction == "up" else "server ended"))

    def _end(self, how: How, at_once: bool = False) -> None:
        if self._over:
            return
        self._over = True
        if self._dial is not None:
            self._dial.cancel()
        for connection in (self._client, self._server):
            if connection is not None and at_once:
                connection.drop()
            elif connection is not None:
                connection.close_after_flush(limits.FLUSH_S)
        self._context.emit(ConnectionEnded(self.number, how))
        self._on_ended(self)

    def _tell(self, n: int, direction: TapDirection, piece: Piece) -> None:
        self._context.emit(FrameTapped(self.number, direction, n, piece.type, piece.data))
        order = self._context.take_order(self.number, direction, piece)
        if order is not None:
            self._context.miss(order.attack, "here no frame passes, each is opened and sealed anew")

    # --- The client's side ---

    def _on_frame_up(self, n: int, piece: Piece) -> None:
        self._tell(n, "up", piece)
        self._act_up(self._toward_client.receive_bytes(piece.data, self._loop.now()))

    def _act_up(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Work(job):
                    self._loop.in_pool(job, self._worked)
                case Established():
                    self._on_established()
                case Identified(member_id, auth):
                    self._victim, self._auth = member_id, auth
                    self._dial = Dial(self._loop, *self._target, self._dialled)
                case MessageReceived(message):
                    self._pass_up(message)
                case PeerClosed(code, reason):
                    self._goodbye = self._goodbye or "client ended"
                    if self._toward_server is not None:
                        self._toward_server.close(code, reason)
                case Failed():
                    self._flush()
                    self._end("client ended")
        self._flush()

    def _worked(self, future: Future[object]) -> None:
        if self._over:
            return
        result = future.result()
        if isinstance(result, Signed):
            self._context.emit(Attacked(self.number, OwnKeys.attack, "down", 0, b"", result.frame))
        self._act_up(self._toward_client.finish_work(result, self._loop.now()))

    def _pass_up(self, message: Message) -> None:
        if isinstance(message, Say) and self._auth is not None:
            self._context.emit(Overheard(self.number, "up", self._auth.name, message.text))
        if self._toward_server is not None:
            self._toward_server.send(message)

    # --- The server's side ---

    def _dialled(self, sock: socket.socket | None, error: CannotReach | None) -> None:
        self._dial = None
        if sock is None:
            self._toward_client.close(CloseCode.SHUTDOWN)
            self._flush()
            self._end("unreachable")
            return
        self._toward_server = ClientSession(_believe, os.urandom, self._loop.now())
        self._server = Connection(self._loop, sock, _End(self, "down", self._on_frame_down))
        self._flush()

    def _on_frame_down(self, n: int, piece: Piece) -> None:
        assert self._toward_server is not None  # it was there before its connection
        self._tell(n, "down", piece)
        in_room = piece.type == FrameType.ROOM
        for event in self._toward_server.receive_bytes(piece.data, self._loop.now()):
            match event:
                case Established() if self._auth is not None:
                    auth = self._auth
                    self._toward_server.authenticate(self._keys.member, auth.name, auth.stream, auth.resume)
                case MessageReceived(message):
                    self._pass_down(message, in_room)
                case PeerClosed(code, reason):
                    self._goodbye = self._goodbye or "server ended"
                    self._toward_client.close(code, reason)
                case Failed():
                    self._end("server ended")
        self._flush()

    def _pass_down(self, message: Message, in_room: bool) -> None:
        if isinstance(message, Welcome):
            self._toward_client.admit()
        if isinstance(message, Said):
            self._context.emit(Overheard(self.number, "down", message.name, message.text))
        message = exchange_id(message, self._keys.member.public.fingerprint, self._victim)
        if in_room:
            self._toward_client.send_room(self._sealer.seal(encode(message)), self._sealer.key, False)
        else:
            self._toward_client.send(message)

    def _flush(self) -> None:
        self._client.send(self._toward_client.take_output())
        if self._server is not None and self._toward_server is not None:
            self._server.send(self._toward_server.take_output())


class _End:
    """The owner of one of the two connections."""

    def __init__(
        self, mallory: Mallory, direction: TapDirection, on_frame: Callable[[int, Piece], None]
    ) -> None:
        self._mallory = mallory
        self._direction: TapDirection = direction
        self._on_frame = on_frame
        self._cutter = Cutter(frames=True)
        self._n = 0

    def on_bytes(self, data: bytes) -> None:
        for piece in self._cutter.cut(data):
            self._on_frame(self._n, piece)
            self._n += 1

    def on_eof(self) -> None:
        self._mallory.ended(self._direction)

    def on_lost(self, error: OSError) -> None:
        self.on_eof()

    def on_drained(self) -> None: ...


def _believe(identity: PublicKey) -> None:
    """Whom the server is to Mallory: whoever it says."""


def exchange_id(message: Message, old: bytes, new: bytes) -> Message:
    """The message with one member's id instead of another's, wherever it says who somebody is."""

    def of(member_id: bytes) -> bytes:
        return new if member_id == old else member_id

    match message:
        case Said():
            return replace(message, sender=of(message.sender))
        case Joined() | Left():
            return replace(message, id=of(message.id))
        case Roster():
            return Roster(tuple(Person(of(person.id), person.name) for person in message.members))
    return message
