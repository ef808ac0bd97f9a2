"""The cases of handshake_failures.json: what must end a handshake, and how that looks (PROTOCOL §3.5).

`at` says who receives `frames`. A server of seed "vectors server" answers each with what it should
and the last with the Alert that `expect` names and no more. A client of seed "vectors client" ends there
and sends nothing, not even an Alert. Bytes in `frames` are whole frames, or whatever a stranger sends
instead.
"""

from __future__ import annotations

import hashlib
from typing import Any

from Crypto.Cipher import PKCS1_OAEP
from Crypto.Hash import SHA1, SHA256
from Crypto.PublicKey import RSA

from netcore.crypto import exchange
from netcore.wire.framing import FrameType, encode_frame
from tests.keys import pem
from tests.session.pair import CountedRandom, Pair, private_key

# Small-order points (RFC 7748 §7 and "May the Fourth"): whatever the other half, z is 0.
LOW_ORDER = {
    "0": bytes(32),
    "1": b"\x01" + bytes(31),
    "of order 8": bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    "p - 1": bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    "p": bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    "p + 1": bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
}
TLS_CLIENT_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(194)
ALERT = encode_frame(FrameType.ALERT, b"\x01")
OTHER_VERSION = encode_frame(FrameType.ALERT, b"\x02")


def _flip(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def _put(frame: bytes, offset: int, piece: bytes) -> bytes:
    """`frame` with `piece` at this offset of its body."""
    return frame[: 4 + offset] + piece + frame[4 + offset + len(piece) :]


def make() -> dict[str, Any]:
    ok, other = Pair("vectors").flights(), Pair("another session").flights()
    return {
        "about": "Handshakes that must fail (PROTOCOL 3.5). expect: alert, other_version, or client_refuses.",
        "alert": ALERT,
        "other_version": OTHER_VERSION,
        "cases": _at_server(ok, other) + _at_client(ok, other),
    }


def _at_server(ok: list[bytes], other: list[bytes]) -> list[dict[str, Any]]:
    hello, server_hello, key_exchange, finished = ok

    def case(name: str, *frames: bytes, expect: str = "alert") -> dict[str, Any]:
        return {"name": name, "at": "server", "frames": list(frames), "expect": expect}

    magics = {
        "version 2": (b"LocalChat/2 sec\n", "other_version"),
        "a plain mode": (b"LocalChat/1 clr\n", "other_version"),
        "small letters": (b"localchat/1 sec\n", "alert"),
        "another name": (b"LocalChat:1 sec\n", "alert"),
    }
    cases = [
        case(f"magic: {name}", _put(hello, 0, magic), expect=expect)
        for name, (magic, expect) in magics.items()
    ]
    cases += [
        case("an HTTP request", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        case("a TLS ClientHello", TLS_CLIENT_HELLO),
        case("an SSH banner", b"SSH-2.0-OpenSSH_9.2\r\n"),
        case("line feeds", b"\n" * 100),
        case("ClientHello of 79 bytes", b"\x01\x00\x00\x4f" + hello[4:-1]),
        case("ClientHello of 81 bytes", b"\x01\x00\x00\x51" + hello[4:] + b"\0"),
        case("a frame of 16 MiB announced", b"\x01\xff\xff\xff"),
        case("ServerHello from a client", server_hello),
        case("ClientKeyExchange first", key_exchange),
        case("a record before keys", b"\x17\x00\x00\x11" + bytes(17)),
        case("Alert", ALERT),
        case("ClientHello twice", hello, hello),
        case("Alert after ClientHello", hello, ALERT),
        case("ServerFinished from a client", hello, finished),
        case("ClientKeyExchange of 287 bytes", hello, b"\x03\x00\x01\x1f" + key_exchange[4:-1]),
        case("ClientKeyExchange of another session", hello, other[2]),
        case("client_fin zero", hello, _put(key_exchange, 256, bytes(32))),
        case("client_fin flipped", hello, _flip(key_exchange, 4 + 287)),
        case("oaep_ct flipped", hello, _flip(key_exchange, 4 + 100)),
        case("oaep_ct zero", hello, _put(key_exchange, 0, bytes(256))),
        case("oaep_ct not below kex_n", hello, _put(key_exchange, 0, b"\xff" * 256)),
    ]
    cases += [case(f"oaep: {name}", hello, frame) for name, frame in _other_oaep(key_exchange).items()]
    cases += [
        case(f"x25519 share {name}", _put(hello, 48, point), key_exchange)
        for name, point in LOW_ORDER.items()
    ]
    return cases


def _other_oaep(key_exchange: bytes) -> dict[str, bytes]:
    """Ciphertexts that open to something, but not to what the protocol says."""
    random = CountedRandom("vectors oaep")
    label = b"LocalChat/1 kex"

    def sealed(key: str, plaintext: bytes, hashed: Any = SHA256, label: bytes = label) -> bytes:
        cipher = PKCS1_OAEP.new(RSA.import_key(pem(key)), hashed, label=label, randfunc=random)
        return _put(key_exchange, 0, cipher.encrypt(plaintext))

    cases = {f"plaintext of {size} bytes": sealed("kex", bytes(size)) for size in (0, 31, 33, 190)}
    cases["SHA-1"] = sealed("kex", bytes(32), SHA1)
    cases["another label"] = sealed("kex", bytes(32), SHA256, b"LocalChat/1 whisper")
    cases["another key"] = sealed("member_ben", bytes(32))
    return cases


def _at_client(ok: list[bytes], other: list[bytes]) -> list[dict[str, Any]]:
    hello, server_hello, key_exchange, finished = ok

    def case(name: str, *frames: bytes) -> dict[str, Any]:
        return {"name": name, "at": "client", "frames": list(frames), "expect": "client_refuses"}

    def signed(offset: int, piece: bytes, signer: str = "server_identity") -> bytes:
        """ServerHello with another piece, and a signature that holds over it."""
        frame = _put(server_hello, offset, piece)
        message = exchange.server_signature_input(hello, frame[4:724])
        return _put(frame, 720, private_key(signer).sign(message, CountedRandom("vectors sign")))

    identity_n, kex_n = server_hello[84:468], server_hello[468:724]
    second = private_key("server_identity_2").public.modulus
    cases = [
        case("Alert first", ALERT),
        case("Alert: another version", OTHER_VERSION),
        case("Alert with a code that is none", encode_frame(FrameType.ALERT, b"\x07")),
        case("ClientHello reflected", hello),
        case("ServerFinished first", finished),
        case("a record before keys", b"\x17\x00\x00\x11" + bytes(17)),
        case("an HTTP answer", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        case("magic: version 2", signed(0, b"LocalChat/2 sec\n")),
        case("ServerHello of 1103 bytes", b"\x02\x00\x04\x4f" + server_hello[4:-1]),
        case("ServerHello of 1105 bytes", b"\x02\x00\x04\x51" + server_hello[4:] + b"\0"),
        case("ServerHello of another session", other[1]),
        case("signature zero", _put(server_hello, 720, bytes(384))),
        case("signature not below identity_n", _put(server_hello, 720, b"\xff" * 384)),
        case("signature flipped", _flip(server_hello, 4 + 1103)),
        case("signature by another key", signed(0, server_hello[4:20], "server_identity_2")),
        case("another identity, old signature", _put(server_hello, 80, second)),
        case("signature over the body alone", _put(server_hello, 720, _bare_signature(server_hello))),
        case("identity_n even", _put(server_hello, 80, identity_n[:-1] + b"\0")),
        case("identity_n of 3071 bits", _put(server_hello, 80, bytes([identity_n[0] & 0x7F]))),
        case("kex_n even", signed(464, kex_n[:-1] + b"\0")),
        case("kex_n of 1024 bits", signed(464, bytes(128) + kex_n[:127] + b"\1")),
    ]
    cases += [case(f"x25519 share {name}", signed(48, point)) for name, point in LOW_ORDER.items()]
    cases += [
        case("ServerHello twice", server_hello, server_hello),
        case("Alert after ServerHello", server_hello, ALERT),
        case("server_fin zero", server_hello, _put(finished, 0, bytes(32))),
        case("server_fin flipped", server_hello, _flip(finished, 20)),
        case("server_fin is client_fin", server_hello, _put(finished, 0, key_exchange[260:])),
        case("ServerFinished of another session", server_hello, other[3]),
    ]
    return cases


def _bare_signature(server_hello: bytes) -> bytes:
    """A signature of the right key that leaves the client's hello, and so its random, out."""
    message = b"LocalChat/1 server signature\0" + hashlib.sha256(server_hello[4:724]).digest()
    return private_key("server_identity").sign(message, CountedRandom("vectors sign"))
