"""What a handshake goes through, value by value, for the recorder: in the order and under the names of
PROTOCOL §3.

Public is what an eavesdropper reads or can work out from what passed by; the rest is secret, and only told on
a tape that was asked for it. Never an identity key: those belong to more than this connection.
"""

from __future__ import annotations

from netcore.crypto import exchange, hkdf, primitives
from netcore.crypto.bodies import ClientHelloBody, ClientKeyExchangeBody, ServerHelloBody
from netcore.crypto.exchange import HandshakeSecrets, X25519Share
from netcore.trace import Tape
from netcore.wire.framing import HEADER_BYTES

CLIENT_HELLO = "ClientHello"
SERVER_HELLO = "ServerHello"
CLIENT_KEY_EXCHANGE = "ClientKeyExchange"
SERVER_FINISHED = "ServerFinished"


def share(tape: Tape, step: str, mine: X25519Share) -> None:
    """Our own half of the exchange: what is sent of it comes with the hello."""
    if tape.secrets:
        tape.value(step, "x25519 private key", mine.private_bytes(), primitives.x25519_key, secret=True)


def client_hello(tape: Tape, frame: bytes) -> None:
    """`frame` is whole."""
    hello = ClientHelloBody.decode(frame[HEADER_BYTES:])
    tape.value(CLIENT_HELLO, "client_random", hello.random, ClientHelloBody.decode)
    tape.value(CLIENT_HELLO, "client_x25519", hello.x25519, primitives.x25519_public)


def server_hello(tape: Tape, client_hello_frame: bytes, frame: bytes) -> None:
    """Both frames are whole. What the signature is worth is not said here."""
    hello = ServerHelloBody.decode(frame[HEADER_BYTES:])
    signed = exchange.server_signature_input(client_hello_frame, hello.signed)
    tape.value(SERVER_HELLO, "server_random", hello.random, ServerHelloBody.decode)
    tape.value(SERVER_HELLO, "server_x25519", hello.x25519, primitives.x25519_public)
    tape.value(SERVER_HELLO, "identity_n", hello.identity_n, ServerHelloBody.decode)
    tape.value(SERVER_HELLO, "kex_n", hello.kex_n, ServerHelloBody.decode)
    tape.value(SERVER_HELLO, "signed message", signed, exchange.server_signature_input)
    tape.value(SERVER_HELLO, "signature", hello.signature, exchange.make_server_hello)


def key_exchange(
    tape: Tape, frame: bytes, th2: bytes, secrets: HandshakeSecrets, z: bytes = b"", pre_secret: bytes = b""
) -> None:
    """`frame` is whole. `z` and `pre_secret`, 32 bytes each, where this end has them at hand."""
    body = ClientKeyExchangeBody.decode(frame[HEADER_BYTES:])
    step = CLIENT_KEY_EXCHANGE
    if z and pre_secret:
        tape.value(step, "pre_secret", pre_secret, exchange.seal_pre_secret, secret=True)
    tape.value(step, "oaep_ct", body.oaep_ct, exchange.seal_pre_secret)
    tape.value(step, "th2", th2, exchange.th2)
    if tape.secrets and z and pre_secret:
        tape.value(step, "z", z, exchange.X25519Share.agree, secret=True)
        tape.value(step, "PRK", hkdf.extract(th2, z + pre_secret), hkdf.extract, secret=True)
    for name, value in (
        ("client finished", secrets.client_finished),
        ("server finished", secrets.server_finished),
        ("c2s traffic", secrets.c2s),
        ("s2c traffic", secrets.s2c),
    ):
        tape.value(step, name, value, exchange.derive_secrets, secret=True)
    tape.value(step, "client_fin", body.client_fin, exchange.client_fin)


def finished(
    tape: Tape, th3: bytes, server_fin: bytes, session_hash: bytes, secrets: HandshakeSecrets
) -> None:
    """The end of it: the last proof, and the keys of both directions."""
    step = SERVER_FINISHED
    tape.value(step, "th3", th3, exchange.th3)
    tape.value(step, "server_fin", server_fin, exchange.server_fin)
    tape.value(step, "session_hash", session_hash, exchange.session_hash)
    if not tape.secrets:
        return
    c2s, s2c = exchange.direction_keys(secrets.c2s), exchange.direction_keys(secrets.s2c)
    for name, value in (
        ("c2s key", c2s.key),
        ("c2s iv", c2s.iv),
        ("s2c key", s2c.key),
        ("s2c iv", s2c.iv),
        ("stamp_key", s2c.stamp_key),
        ("wrap_key", s2c.wrap_key),
    ):
        tape.value(step, name, value, exchange.direction_keys, secret=True)
