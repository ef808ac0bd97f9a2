"""The server's end of one connection (PROTOCOL §3, §4, §5).

    ClientHello        -> job 1: sign          -> ServerHello
    ClientKeyExchange  -> job 2: open, derive  -> ServerFinished, `Established`
    Direct with `auth` -> job 3: verify        -> `Identified`; the room decides, then `admit()`

A job (see `jobs`) is RSA arithmetic of some milliseconds, handed out as a `Work` event so that the
owner can run it beside its loop. What comes in meanwhile waits in the parser, and little of it: an
honest client that waits for an answer has nothing to say but goodbye.

Every fault before keys exist ends on one path with one answer of five bytes (a hello of another version
gets another one: that has nothing to do with keys). A server that let a stranger tell bad padding from a
bad proof would open old recordings for whoever asks often enough.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from netcore import limits
from netcore.crypto import exchange
from netcore.crypto.exchange import KexKey, X25519Share
from netcore.crypto.identity import PrivateKey
from netcore.crypto.primitives import Random
from netcore.crypto.room_keys import SealedRoom, Stamper, room_key_frame, stamper
from netcore.errors import (
    AlertReceived,
    AuthRefused,
    BadShare,
    ClientGone,
    ClientLate,
    HandshakeFailed,
    HandshakeLate,
    LocalChatError,
    Misplaced,
    OtherVersion,
)
from netcore.session import handshake_values, jobs
from netcore.session.base import ALERT_FRAME, OTHER_VERSION_FRAME, Session
from netcore.session.events import Established, Event, Failed, Identified, MessageReceived, Work
from netcore.session.jobs import Derived, Signed, Verified
from netcore.session.table import SERVER_TRANSITIONS, Act, State, Table
from netcore.wire.codec import decode_from_client
from netcore.wire.codes import CloseCode
from netcore.wire.framing import HEADER_BYTES, Frame, FrameType, encode_frame
from netcore.wire.messages import Auth


def _no_stamp(seq: int, digest: bytes) -> bytes:
    raise AssertionError("a stamp before there are keys")


class ServerSession(Session):
    """One client's connection, seen from the server."""

    __slots__ = (
        "_auth",
        "_client_hello",
        "_identity",
        "_kex",
        "_key_exchange",
        "_room_epoch",
        "_server_hello",
        "_session_hash",
        "_share",
        "_stamp",
        "_wrap_key",
    )

    _TABLE: ClassVar[Table] = SERVER_TRANSITIONS

    def __init__(self, identity: PrivateKey, kex: KexKey, random: Random, now: float) -> None:
        """`identity` is the server's lasting RSA-3072 key, `kex` the RSA-2048 key of this run.

        `random` is also called by jobs, so it must serve several threads (os.urandom does).
        """
        super().__init__(random, now)
        self._identity = identity
        self._kex = kex
        self._client_hello = b""
        self._server_hello = b""
        self._key_exchange = b""
        self._session_hash = b""
        self._share: X25519Share | None = None
        self._auth: Auth | None = None
        self._stamp: Stamper = _no_stamp
        self._wrap_key = b""
        self._room_epoch = 0

    # --- Frames and jobs ------------------------------------------------------------------------

    def finish_work(self, result: object, now: float) -> list[Event]:
        """Give back what the job of the last `Work` event returned. Late ones are dropped."""
        if self._state is State.CLOSED:
            return []
        self._working = False
        try:
            match result:
                case Signed():
                    self._send_hello(result)
                case Derived():
                    self._finish_handshake(result, now)
                case Verified():
                    self._identify(result)
                case _:
                    raise TypeError(f"no job of ours returns {type(result).__name__}")
            self._go_where_it_leads()
        except LocalChatError as error:
            self._fail(error)
        return self._go_on(now)

    def _start_work(self, job: Callable[[], object]) -> None:
        self._working = True
        self._events.append(Work(job))

    def _handle(self, frame: Frame, now: float) -> None:
        match frame.type:
            case FrameType.CLIENT_HELLO:
                self._on_client_hello(frame)
            case FrameType.CLIENT_KEY_EXCHANGE:
                self._on_key_exchange(frame)
            case FrameType.ALERT:
                self._on_alert(AlertReceived())
            case FrameType.CLOSE:
                self._on_close(frame)
            case FrameType.FILE_CHUNK:
                self._on_chunk(frame)
            case _ if self._leads_on:
                self._on_auth(frame)
            case _:
                self._on_messages(frame)

    # --- The handshake --------------------------------------------------------------------------

    def _on_client_hello(self, frame: Frame) -> None:
        exchange.ClientHelloBody.decode(frame.body)
        self._client_hello = frame.raw
        if self.tape is not None:
            handshake_values.client_hello(self.tape, frame.raw)
        self._start_work(partial(jobs.sign, frame.raw, self._identity, self._kex, self._random))

    def _send_hello(self, signed: Signed) -> None:
        self._share = signed.share
        self._server_hello = signed.frame
        if self.tape is not None:
            handshake_values.share(self.tape, handshake_values.SERVER_HELLO, signed.share)
            handshake_values.server_hello(self.tape, self._client_hello, signed.frame)
        self._emit(signed.frame)

    def _on_key_exchange(self, frame: Frame) -> None:
        assert self._share is not None
        self._key_exchange = frame.raw
        # The share goes with the job: it is used once, and nothing here keeps it.
        share, self._share = self._share, None
        self._start_work(
            partial(
                jobs.derive,
                self._client_hello,
                self._server_hello,
                frame.body,
                self._kex,
                share,
                self._random,
            )
        )

    def _finish_handshake(self, derived: Derived, now: float) -> None:
        if derived.secrets is None:
            raise BadShare
        secrets = derived.secrets
        if self.tape is not None:
            handshake_values.key_exchange(self.tape, self._key_exchange, derived.th2, secrets)
        body = exchange.ClientKeyExchangeBody.decode(self._key_exchange[HEADER_BYTES:])
        exchange.check_fin(exchange.client_fin(secrets.client_finished, derived.th2), body.client_fin)
        frames = (self._client_hello, self._server_hello, self._key_exchange)
        th3 = exchange.th3(*frames)
        proof = exchange.server_fin(secrets.server_finished, th3)
        finished = encode_frame(FrameType.SERVER_FINISHED, exchange.ServerFinishedBody(proof).encode())
        self._emit(finished)
        self._session_hash = exchange.session_hash(*frames, finished)
        if self.tape is not None:
            handshake_values.finished(self.tape, th3, proof, self._session_hash, secrets)
        outbound = exchange.direction_keys(secrets.s2c)
        self._install_keys(inbound=exchange.direction_keys(secrets.c2s), outbound=outbound)
        self._stamp, self._wrap_key = stamper(outbound.stamp_key), outbound.wrap_key
        self._client_hello = self._server_hello = self._key_exchange = b""
        self._deadline = now + limits.AUTH_S
        self._events.append(Established(self._session_hash))

    # --- Who it is ------------------------------------------------------------------------------

    def _on_auth(self, frame: Frame) -> None:
        messages = self._messages(self._open(frame), decode_from_client)
        auth = messages[0]
        if len(messages) != 1 or not isinstance(auth, Auth):
            raise Misplaced(what="something else before auth")
        self._auth = auth
        self._start_work(partial(jobs.verify, auth, self._session_hash))

    def _identify(self, verified: Verified) -> None:
        assert self._auth is not None
        if verified.member_id is None:
            error = AuthRefused()
            self.refused(error)
            self.close(CloseCode.AUTH_FAILED)
            self._events.append(Failed(error))
            return
        auth, self._auth = self._auth, None
        self._deadline = None
        self._events.append(Identified(verified.member_id, auth))

    def admit(self) -> None:
        """After `Identified`, if the room takes the member: from now on its messages are heard.

        If the room does not, `close(code)`. If the session has ended meanwhile, nothing.
        """
        if self._state is not State.CLOSED:
            self._act(Act.ADMIT)

    def _on_messages(self, frame: Frame) -> None:
        messages = self._messages(self._open(frame), decode_from_client)
        if Auth in map(type, messages):
            raise Misplaced(what="a second auth")
        self._events.extend(map(MessageReceived, messages))

    # --- Room records ---------------------------------------------------------------------------

    @property
    def room_epoch(self) -> int:
        """The epoch of the room key that this member holds; 0 before the first."""
        return self._room_epoch

    def send_room(self, sealed: SealedRoom, key: bytes, ratcheted: bool) -> None:
        """Queue a record that was sealed once for the whole room.

        `key` is the room key of `sealed.epoch`; it goes ahead in a RoomKey if the member cannot have
        it. It can if `ratcheted` (that key is one ratchet step from epoch - 1) and it holds that one.
        """
        if self._state is not State.IN_ROOM:
            return
        # Nothing overtakes: what was queued before this record leaves before it.
        if self._texts:
            self._seal_texts()
        epoch = sealed.epoch
        if epoch != self._room_epoch:
            if ratcheted and self._room_epoch and epoch == self._room_epoch + 1:
                self._room_epoch = epoch
            else:
                self.send_room_key(epoch, key)
        seq = self._out_seq
        self._out_seq = seq + 1
        self._emit(sealed.shared, self._stamp(seq, sealed.digest), sealed.plaintext)

    def send_room_key(self, epoch: int, key: bytes) -> None:
        """Queue the room key of `epoch` for this member alone."""
        if self._state is not State.IN_ROOM:
            return
        if self._texts:
            self._seal_texts()
        self._emit(room_key_frame(epoch, key, self._next_out_seq(), self._wrap_key, self._stamp))
        self._room_epoch = epoch

    # --- The end --------------------------------------------------------------------------------

    def _refuse_stranger(self, error: LocalChatError) -> None:
        # Of all errors this one comes from bytes that everybody on the way can read.
        self._emit(OTHER_VERSION_FRAME if isinstance(error, OtherVersion) else ALERT_FRAME)

    def _gone(self) -> LocalChatError:
        return HandshakeFailed() if self._sealer is None else ClientGone()

    def _too_late(self) -> None:
        if self._sealer is None:
            self._fail(HandshakeLate())
        else:
            # It holds keys and may only be slow, a laptop that was just shut: let it come again.
            error = ClientLate()
            self.refused(error)
            self.close(CloseCode.RECONNECT)
            self._events.append(Failed(error))
