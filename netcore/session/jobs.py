"""The server's RSA arithmetic of one connection, as jobs for a worker thread (PROTOCOL §3, §4).

Each gets all that it needs as arguments, touches nothing of the session, and returns a result that
`ServerSession.finish_work` understands. None raises for anything a client sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcore.crypto import exchange
from netcore.crypto.exchange import HandshakeSecrets, KexKey, X25519Share
from netcore.crypto.identity import MEMBER_KEY_BITS, PrivateKey, PublicKey
from netcore.crypto.primitives import Random
from netcore.errors import HandshakeFailed, MessageError
from netcore.wire.framing import HEADER_BYTES, FrameType, encode_frame
from netcore.wire.messages import Auth


@dataclass(frozen=True, slots=True)
class Signed:
    """Result of job 1: our share of the exchange, and the whole ServerHello frame."""

    share: X25519Share
    frame: bytes


def sign(client_hello: bytes, identity: PrivateKey, kex: KexKey, random: Random) -> Signed:
    """Job 1, 3 to 5 ms. `client_hello` is the whole frame."""
    share = X25519Share(random)
    hello = exchange.make_server_hello(client_hello, identity, kex, share, random)
    return Signed(share, encode_frame(FrameType.SERVER_HELLO, hello.encode()))


@dataclass(frozen=True, slots=True)
class Derived:
    """Result of job 2. `secrets` is None when the client's share was one whose z anybody knows."""

    secrets: HandshakeSecrets | None
    th2: bytes


def derive(
    client_hello: bytes,
    server_hello: bytes,
    key_exchange_body: bytes,
    kex: KexKey,
    share: X25519Share,
    random: Random,
) -> Derived:
    """Job 2, 1 to 3 ms. Both hellos are whole frames.

    A ciphertext that does not open goes on with random bytes, and the same steps are taken in the
    same order for good and bad input: the fault shows when the proofs are compared, and only there.
    """
    oaep_ct = exchange.ClientKeyExchangeBody.decode(key_exchange_body).oaep_ct
    pre_secret = exchange.recover_pre_secret(kex, oaep_ct, random)
    th2 = exchange.th2(client_hello, server_hello, oaep_ct)
    client_share = exchange.ClientHelloBody.decode(client_hello[HEADER_BYTES:]).x25519
    try:
        z = share.agree(client_share)
    except HandshakeFailed:
        return Derived(None, th2)
    return Derived(exchange.derive_secrets(th2, z, pre_secret), th2)


@dataclass(frozen=True, slots=True)
class Verified:
    """Result of job 3. `member_id` is None when the proof does not hold."""

    member_id: bytes | None


def verify(auth: Auth, session_hash: bytes) -> Verified:
    """Job 3, 0.3 ms."""
    try:
        key = PublicKey.of_size(auth.key, MEMBER_KEY_BITS)
    except MessageError:
        return Verified(None)
    good = key.verify(exchange.client_auth_input(session_hash, auth.key), auth.sig)
    return Verified(key.fingerprint if good else None)
