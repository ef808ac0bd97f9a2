"""The client's end of one connection (PROTOCOL §3, §4, §5).

    ClientHello                      made when the session is
    ServerHello        -> the signature is verified, then `check_server` decides, then ClientKeyExchange
    ServerFinished     -> `Established`; the owner calls `authenticate`
    Direct, `welcome`  -> the messages of the room

The client does its own RSA where it stands: 2 ms, once per connection. It sends nothing of value
before ServerFinished has proved that the server holds its keys, and it never tries again in a weaker
way, because there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from netcore import limits
from netcore.crypto import exchange
from netcore.crypto.exchange import HandshakeSecrets, X25519Share
from netcore.crypto.identity import PrivateKey, PublicKey
from netcore.crypto.primitives import Random
from netcore.crypto.room_keys import RoomOpener
from netcore.errors import (
    AlertReceived,
    HandshakeLate,
    LocalChatError,
    Misplaced,
    OtherVersionTold,
    ServerGone,
    ServerLate,
)
from netcore.session import handshake_values
from netcore.session.base import Session
from netcore.session.events import Established, MessageReceived
from netcore.session.table import CLIENT_TRANSITIONS, Act, State, Table
from netcore.trace import Tape
from netcore.wire.codec import decode_direct, decode_room
from netcore.wire.framing import Frame, FrameType, encode_frame
from netcore.wire.messages import Auth, Resume, Welcome


class ClientSession(Session):
    """The connection to one server, seen from a client."""

    __slots__ = (
        "_check_server",
        "_client_hello",
        "_key_exchange",
        "_room",
        "_secrets",
        "_server_hello",
        "_server_identity",
        "_session_hash",
        "_share",
    )

    _TABLE: ClassVar[Table] = CLIENT_TRANSITIONS

    def __init__(
        self,
        check_server: Callable[[PublicKey], None],
        random: Random,
        now: float,
        tape: Tape | None = None,
    ) -> None:
        """`check_server` gets the server's identity once its signature over this handshake holds, and
        raises a TrustError to go no further; the session then ends with that error, sending nothing."""
        super().__init__(random, now, tape)
        self._check_server = check_server
        self._server_identity: PublicKey | None = None
        self._secrets: HandshakeSecrets | None = None
        self._room: RoomOpener | None = None
        self._server_hello = b""
        self._key_exchange = b""
        self._session_hash = b""
        client_random = random(exchange.RANDOM_BYTES)
        self._share: X25519Share | None = X25519Share(random)
        hello = exchange.ClientHelloBody(exchange.MAGIC, client_random, self._share.public)
        self._client_hello = encode_frame(FrameType.CLIENT_HELLO, hello.encode())
        if tape is not None:
            handshake_values.share(tape, handshake_values.CLIENT_HELLO, self._share)
            handshake_values.client_hello(tape, self._client_hello)
        self._emit(self._client_hello)

    @property
    def server_identity(self) -> PublicKey | None:
        """The server's key, once its signature held; before that None, since anyone can show a key."""
        return self._server_identity

    @property
    def session_hash(self) -> bytes:
        """32 bytes that name this connection; empty before `Established`."""
        return self._session_hash

    def authenticate(self, key: PrivateKey, name: str, stream: bytes, resume: Resume | None) -> None:
        """After `Established`: say who we are, and prove it for this connection. 2 ms of RSA.

        `stream` (16 bytes) is what our messages are numbered in; `resume` the last row we have.
        Send nothing more before `welcome` has come. In any other state: ValueError.
        """
        if self._state is State.CLOSED:
            return
        self._act(Act.AUTHENTICATE)
        modulus = key.public.modulus
        signature = key.sign(exchange.client_auth_input(self._session_hash, modulus), self._random)
        self.send(Auth(modulus, signature, name, stream, resume))
        # At once: the server takes exactly one message before it knows us.
        self._seal_texts()

    # --- Frames ---------------------------------------------------------------------------------

    def _handle(self, frame: Frame, now: float) -> None:
        match frame.type:
            case FrameType.SERVER_HELLO:
                self._on_server_hello(frame)
            case FrameType.SERVER_FINISHED:
                self._on_server_finished(frame, now)
            case FrameType.ALERT:
                other = frame.body == exchange.OTHER_VERSION_BODY
                self._on_alert(OtherVersionTold() if other else AlertReceived())
            case FrameType.CLOSE:
                self._on_close(frame)
            case FrameType.ROOM_KEY:
                self._room_opener().take_key(self._next_in_seq(), frame.header, frame.body)
            case FrameType.ROOM:
                plaintext = self._room_opener().open(self._next_in_seq(), frame.header, frame.body)
                if self.tape is not None:
                    self.tape.opened(plaintext)
                self._events.extend(map(MessageReceived, self._messages(plaintext, decode_room)))
            case FrameType.FILE_CHUNK:
                self._on_chunk(frame)
            case _:
                self._on_direct(frame)

    def _on_server_hello(self, frame: Frame) -> None:
        assert self._share is not None
        hello = exchange.ServerHelloBody.decode(frame.body)
        if self.tape is not None:
            handshake_values.server_hello(self.tape, self._client_hello, frame.raw)
        identity, kex = exchange.verify_server_hello(self._client_hello, hello)
        self._check_server(identity)
        self._server_identity = identity
        z = self._share.agree(hello.x25519)
        # Used once and forgotten: what is not kept cannot be found later.
        self._share = None
        pre_secret = self._random(exchange.PRE_SECRET_BYTES)
        oaep_ct = exchange.seal_pre_secret(kex, pre_secret, self._random)
        th2 = exchange.th2(self._client_hello, frame.raw, oaep_ct)
        self._secrets = exchange.derive_secrets(th2, z, pre_secret)
        proof = exchange.client_fin(self._secrets.client_finished, th2)
        body = exchange.ClientKeyExchangeBody(oaep_ct, proof)
        self._server_hello = frame.raw
        self._key_exchange = encode_frame(FrameType.CLIENT_KEY_EXCHANGE, body.encode())
        if self.tape is not None:
            handshake_values.key_exchange(self.tape, self._key_exchange, th2, self._secrets, z, pre_secret)
        self._emit(self._key_exchange)

    def _on_server_finished(self, frame: Frame, now: float) -> None:
        assert self._secrets is not None
        frames = (self._client_hello, self._server_hello, self._key_exchange)
        received = exchange.ServerFinishedBody.decode(frame.body).server_fin
        th3 = exchange.th3(*frames)
        expected = exchange.server_fin(self._secrets.server_finished, th3)
        exchange.check_fin(expected, received)
        self._session_hash = exchange.session_hash(*frames, frame.raw)
        if self.tape is not None:
            handshake_values.finished(self.tape, th3, received, self._session_hash, self._secrets)
        inbound = exchange.direction_keys(self._secrets.s2c)
        self._install_keys(inbound=inbound, outbound=exchange.direction_keys(self._secrets.c2s))
        self._room = RoomOpener(inbound.stamp_key, inbound.wrap_key)
        self._secrets = None
        self._client_hello = self._server_hello = self._key_exchange = b""
        self._deadline = now + limits.AUTH_S
        self._events.append(Established(self._session_hash))

    def _on_direct(self, frame: Frame) -> None:
        messages = self._messages(self._open(frame), decode_direct)
        first_is_welcome = self._leads_on
        for i, message in enumerate(messages):
            if isinstance(message, Welcome) is not (first_is_welcome and i == 0):
                raise Misplaced(what="welcome where it has no place, or none where it has")
        if first_is_welcome:
            self._deadline = None
        self._events.extend(map(MessageReceived, messages))

    def _room_opener(self) -> RoomOpener:
        assert self._room is not None  # the table has no Room frame before IN_ROOM
        return self._room

    # --- The end --------------------------------------------------------------------------------

    def _refuse_stranger(self, error: LocalChatError) -> None:
        """We hang up without a word: there is nobody yet to whom it would mean something."""

    def _gone(self) -> LocalChatError:
        return ServerGone()

    def _too_late(self) -> None:
        self._fail(HandshakeLate() if self._sealer is None else ServerLate())
