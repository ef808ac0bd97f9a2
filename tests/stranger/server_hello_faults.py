"""What a StrangerServer does wrong in the handshake, by name (PROTOCOL §3). Imports nothing of netcore."""

from __future__ import annotations

import os

from Crypto.PublicKey import RSA

from tests.stranger import keys, wire
from tests.stranger.wire import Frame

SIGNED_HELLO = (
    "wrong magic", "identity even", "identity of 3071 bits", "kex even", "kex of 2047 bits",
    "x25519 share zero",
)  # fmt: skip
UNSIGNED_HELLO = (
    "signature zero", "signature by another key", "signature over the body alone",
    "signature of another connection",
)  # fmt: skip
NO_HELLO = (
    "alert first", "other version", "hello reflected", "early direct", "hello one byte long",
    "an HTTP answer", "finished first", "end after hello", "alert after hello", "hello twice",
)  # fmt: skip
FINISHED = ("server_fin zero", "server_fin is client_fin", "record ahead of server_fin", "server_fin twice")


def hello_body(misbehave: str, hello: bytes, share: bytes, identity: RSA.RsaKey, kex: RSA.RsaKey) -> bytes:
    """The body of ServerHello. Whatever is wrong in it is signed, unless the signature is the fault."""
    magic, shown, kex_n = keys.MAGIC, keys.modulus(identity), keys.modulus(kex)
    match misbehave:
        case "wrong magic":
            magic = b"LocalChat/2 sec\n"
        case "identity even":
            shown = shown[:-1] + bytes([shown[-1] ^ 1])
        case "identity of 3071 bits":
            shown = bytes([shown[0] & 0x7F]) + shown[1:]
        case "kex even":
            kex_n = kex_n[:-1] + bytes([kex_n[-1] ^ 1])
        case "kex of 2047 bits":
            kex_n = bytes([kex_n[0] & 0x7F]) + kex_n[1:]
        case "x25519 share zero":
            share = bytes(32)
    body = magic + os.urandom(32) + share + shown + kex_n
    signed = keys.server_signature_input(hello, body)
    match misbehave:
        case "signature zero":
            return body + bytes(384)
        case "signature by another key":
            identity = keys.private("server_identity_2")
        case "signature over the body alone":
            signed = keys.SERVER_SIGNATURE + keys.sha256(body)
        case "signature of another connection":
            signed = keys.server_signature_input(hello[:-1] + bytes([hello[-1] ^ 1]), body)
    return body + keys.sign(identity, signed)


def instead_of_hello(misbehave: str, hello: bytes, answer: bytes) -> bytes:
    """What goes over the wire for ServerHello."""
    direct = Frame(wire.DIRECT, bytes(17)).wire
    finished = Frame(wire.SERVER_FINISHED, bytes(32)).wire
    return {
        "alert first": wire.ALERT_FRAME, "other version": wire.OTHER_VERSION_FRAME,
        "hello reflected": hello, "early direct": direct,
        "hello one byte long": Frame(wire.SERVER_HELLO, answer[4:] + b"\0").wire,
        "an HTTP answer": b"HTTP/1.1 400 Bad Request\r\n\r\n", "finished first": finished,
        "end after hello": b"", "alert after hello": answer + wire.ALERT_FRAME, "hello twice": answer * 2,
    }.get(misbehave, answer)  # fmt: skip
