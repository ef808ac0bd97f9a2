"""Makes the vector files of PROTOCOL §13 beside it: `python -m tests.vectors.make`.

Each is a dict of one `make_*` function; test_vectors.py makes them anew and compares, so a file can
not differ from what the code does. Bytes are hex. All keys come from tests/keys, all randomness from
CountedRandom, so every run gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netcore.crypto import blob, exchange, hkdf, identity, primitives, records, room_keys, whispers
from netcore.net.target import format_invite
from netcore.wire.codec import encode, encode_file, row_hash
from netcore.wire.framing import FrameType, encode_frame
from netcore.wire.messages import File, Joined, Ping, Said, Say
from tests.keys import pem
from tests.session.pair import (
    LOG_ID,
    ROOM_STATE,
    STREAM,
    CountedRandom,
    Pair,
    private_key,
    welcome,
)
from tests.vectors import make_blob_messages, make_discovery, make_failures

FOLDER = Path(__file__).parent
SEED = "vectors"


def handshake_pair() -> Pair:
    """The handshake of handshake_ok.json, done."""
    pair = Pair(SEED)
    pair.handshake()
    return pair


def room_pair() -> Pair:
    """The same connection, its client in the room: c2s has used seq 0 (auth), s2c seq 0 (welcome)."""
    pair = Pair(SEED)
    pair.join()
    return pair


def make_handshake() -> dict[str, Any]:
    pair = Pair(SEED)
    client_draws, server_draws = pair.client._random.draws, pair.server._random.draws  # type: ignore[attr-defined]
    frames: list[bytes] = []
    for _ in range(2):
        pair.collect()
        frames.append(pair.to_server)
        pair.step(9999, 0)
        pair.collect()
        frames.append(pair.to_client)
        pair.step(0, 9999)
    hello, server_hello, key_exchange, finished = frames
    share = primitives.x25519_key(client_draws[1])
    z = primitives.x25519_agree(share, server_hello[4 + 48 : 4 + 80])
    assert z is not None
    th2 = exchange.th2(hello, server_hello, key_exchange[4 : 4 + 256])
    secrets = exchange.derive_secrets(th2, z, client_draws[2])
    return {
        "about": "One good handshake and the auth record after it (PROTOCOL 3, 4).",
        "private_keys": {
            "server_identity": pem("server_identity").decode(),
            "server_kex": pem("kex").decode(),
            "member": pem("member_ada").decode(),
        },
        "random": {
            "client_random": client_draws[0],
            "client_x25519_private": client_draws[1],
            "pre_secret": client_draws[2],
            "oaep_seed": client_draws[3],
            "server_x25519_private": server_draws[0],
            "server_random": server_draws[1],
            "server_signature_salt": server_draws[2],
        },
        "frames": {
            "client_hello": hello,
            "server_hello": server_hello,
            "client_key_exchange": key_exchange,
            "server_finished": finished,
        },
        "secrets": {
            "server_signature_input": exchange.server_signature_input(hello, server_hello[4:724]),
            "z": z,
            "th2": th2,
            "prk": hkdf.extract(th2, z + client_draws[2]),
            "client_finished": secrets.client_finished,
            "server_finished": secrets.server_finished,
            "c2s_traffic": secrets.c2s,
            "s2c_traffic": secrets.s2c,
            "th3": exchange.th3(hello, server_hello, key_exchange),
            "session_hash": pair.client.session_hash,
        },
        "c2s": _direction(secrets.c2s, stamps=False),
        "s2c": _direction(secrets.s2c, stamps=True),
        "auth": _auth(pair, secrets.c2s),
        "fingerprint": _fingerprint(),
        "row": _row(),
    }


def _direction(secret: bytes, stamps: bool) -> dict[str, Any]:
    keys = exchange.direction_keys(secret)
    shown = {"key": keys.key, "iv": keys.iv}
    return shown | ({"stamp_key": keys.stamp_key, "wrap_key": keys.wrap_key} if stamps else {})


def _auth(pair: Pair, c2s: bytes) -> dict[str, Any]:
    session_hash, ada = pair.client.session_hash, private_key("member_ada")
    pair.client.authenticate(ada, "Ada", STREAM, None)
    frame = b"".join(pair.client.take_output())
    keys = exchange.direction_keys(c2s)
    text = records.DirectOpener(keys.key, keys.iv).open(0, frame[:4], frame[4:])
    return {
        "member_id": ada.public.fingerprint,
        "modulus": ada.public.modulus,
        "signature_input": exchange.client_auth_input(session_hash, ada.public.modulus),
        "signature_salt": pair.client._random.draws[-1],  # type: ignore[attr-defined]
        "text": text.decode(),
        "seq": 0,
        "nonce": keys.iv,
        "frame": frame,
    }


def _fingerprint() -> dict[str, Any]:
    public = private_key("server_identity").public
    return {
        "modulus": public.modulus,
        "spki_der": public.spki_der,
        "fingerprint": public.fingerprint,
        "text": identity.fingerprint_text(public.fingerprint),
        "invite": format_invite("192.168.1.20", 5050, public.fingerprint),
    }


def _row() -> dict[str, Any]:
    ada = private_key("member_ada").public.fingerprint
    row = Said(7, ada, "Ada", STREAM, 3, 1_700_000_000_123, "Grüß dich, 世界")
    return {"log_id": LOG_ID, "text": encode(row).decode(), "hash": row_hash(LOG_ID, row)}


# --- Records ----------------------------------------------------------------------------------------


def _case(name: str, to: str, frames: list[bytes], opened: int, error: str = "") -> dict[str, Any]:
    """`opened` frames of `frames` are taken; then, if `error`, the connection ends without an answer."""
    return {"name": name, "to": to, "frames": frames, "opened": opened, "error": error}


def _flip(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def make_records() -> dict[str, Any]:
    pair = room_pair()
    texts = [encode(Say(STREAM, n, f"message {n}")) for n in (1, 2, 3)]
    frames = []
    for text in texts:
        pair.client.send_text(text)
        frames.append(b"".join(pair.client.take_output()))
    pair.client.send_text(texts[0])
    pair.client.send(Ping())
    packed = b"".join(pair.client.take_output())
    pair.server.send(Ping())
    from_server = b"".join(pair.server.take_output())
    one, two, three = frames
    cases = [
        _case("ok", "server", [*frames, packed], 4),
        _case("flipped type", "server", [b"\x19" + one[1:]], 0, "RecordError"),
        _case("flipped length", "server", [_flip(one, 3) + b"\0"], 0, "RecordError"),
        _case("flipped ciphertext", "server", [one, _flip(two, 10)], 1, "RecordError"),
        _case("flipped tag", "server", [one, _flip(two, len(two) - 1)], 1, "RecordError"),
        _case("replayed", "server", [one, one], 1, "RecordError"),
        _case("swapped", "server", [two, one], 0, "RecordError"),
        _case("dropped", "server", [one, three], 1, "RecordError"),
        _case("reflected to the client", "client", [one], 0, "RecordError"),
        _case("reflected to the server", "server", [from_server], 0, "RecordError"),
        _case("good to the client", "client", [from_server], 1),
        _case("only a tag", "server", [encode_frame(FrameType.DIRECT, bytes(16))], 0, "FrameError"),
        _case("one byte too long", "server", [b"\x17\x01\x00\x11"], 0, "FrameError"),
        _case("room record from a client", "server", [b"\x1a\x00\x00\x2d" + bytes(45)], 0, "TransitionError"),
    ]
    return {
        "about": "Direct records on the connection of handshake_ok.json, after welcome (PROTOCOL 5.1).",
        "records": [
            {"seq": seq, "direction": "c2s", "plaintext": plaintext, "frame": frame}
            for seq, plaintext, frame in [
                *zip((1, 2, 3), texts, frames, strict=True),
                (4, texts[0] + encode(Ping()), packed),
            ]
        ]
        + [{"seq": 1, "direction": "s2c", "plaintext": encode(Ping()), "frame": from_server}],
        "first_seq": 1,
        "welcome": (encode(welcome()) + encode(ROOM_STATE)),
        "cases": cases,
    }


def make_room() -> dict[str, Any]:
    secret = _s2c(make_handshake())
    sealer = room_keys.RoomSealer(CountedRandom("vectors room"))
    shown: list[dict[str, Any]] = []

    def key(seq: int, keys: exchange.DirectionKeys = secret) -> bytes:
        stamp = room_keys.stamper(keys.stamp_key)
        return room_keys.room_key_frame(sealer.epoch, sealer.key, seq, keys.wrap_key, stamp)

    def record(text: bytes, seq: int, keys: exchange.DirectionKeys = secret) -> bytes:
        sealed = sealer.seal(text)
        stamp = room_keys.stamper(keys.stamp_key)(seq, sealed.digest)
        shown.append(
            {"seq": seq, "epoch": sealed.epoch, "room_key": sealer.key, "plaintext": text}
            | {"sha256_of_shared": sealed.digest, "stamp": stamp, "frame": sealed.shared + stamp}
        )
        return sealed.shared + stamp

    def again(frame: bytes, seq: int) -> bytes:
        """The same shared bytes, stamped by the server for another place."""
        digest = exchange.transcript_hash(frame[:-16])
        return frame[:-16] + room_keys.stamper(secret.stamp_key)(seq, digest)

    ada = private_key("member_ada").public.fingerprint
    joined = [encode(Joined(bytes([i]) * 32, f"Guest {i}")) for i in range(6)]
    said = encode(Said(1, ada, "Ada", STREAM, 1, 1_700_000_000_000, "hello"))
    # seq 0 was welcome.
    key1, first, second = key(1), record(joined[0], 2), record(said + joined[1], 3)
    sealer.ratchet()
    ratcheted = record(joined[2], 4)
    sealer.ratchet()
    two_on = record(joined[3], 4)
    sealer.rotate()
    key4, fresh = key(5), record(joined[4], 6)
    without_key = again(fresh, 5)
    other = exchange.direction_keys(bytes(32))
    cases = [
        _case("ok: key, two records, a ratchet step, a new key", "client",
              [key1, first, second, ratcheted, key4, fresh], 6),
        _case("record without a key", "client", [again(first, 1)], 0, "RecordError"),
        _case("flipped stamp", "client", [key1, _flip(first, len(first) - 1)], 1, "RecordError"),
        _case("flipped ciphertext", "client", [key1, _flip(first, 20)], 1, "RecordError"),
        _case("flipped ciphertext, stamped right", "client",
              [key1, again(_flip(first, 20), 2)], 1, "RecordError"),
        _case("stamped for another member", "client", [key1, _stamped(first, other, 2)], 1, "RecordError"),
        _case("replayed", "client", [key1, first, first], 2, "RecordError"),
        _case("replayed, stamped right", "client", [key1, first, again(first, 3)], 2, "RecordError"),
        _case("dropped", "client", [key1, second], 1, "RecordError"),
        _case("index skipped, stamped right", "client", [key1, again(second, 2)], 2),
        _case("two ratchet steps at once", "client", [key1, first, second, two_on], 3, "RecordError"),
        _case("new key not told", "client", [key1, first, second, ratcheted, without_key], 4, "RecordError"),
        _case("key told twice", "client", [key1, _key_again(secret, 2)], 1, "RecordError"),
        _case("flipped key", "client", [_flip(key1, 10)], 0, "RecordError"),
        _case("key of another member", "client", [_key_again(other, 1)], 0, "RecordError"),
    ]  # fmt: skip
    return {
        "about": "RoomKey and Room records to the client of handshake_ok.json, after welcome (PROTOCOL 5.2).",
        "first_seq": 1,
        "room_keys": [
            {"seq": 1, "epoch": 1, "key": shown[0]["room_key"], "frame": key1},
            {"seq": 5, "epoch": 4, "key": shown[-1]["room_key"], "frame": key4},
        ],
        "records": shown,
        "cases": cases,
    }


def _s2c(handshake: dict[str, Any]) -> exchange.DirectionKeys:
    return exchange.direction_keys(handshake["secrets"]["s2c_traffic"])


def _stamped(frame: bytes, keys: exchange.DirectionKeys, seq: int) -> bytes:
    return frame[:-16] + room_keys.stamper(keys.stamp_key)(seq, exchange.transcript_hash(frame[:-16]))


def _key_again(keys: exchange.DirectionKeys, seq: int) -> bytes:
    """Epoch 1 once more."""
    key = room_keys.RoomSealer(CountedRandom("vectors room")).key
    return room_keys.room_key_frame(1, key, seq, keys.wrap_key, room_keys.stamper(keys.stamp_key))


# --- Whispers ---------------------------------------------------------------------------------------


def make_whispers() -> dict[str, Any]:
    ada, ben = private_key("member_ada"), private_key("member_ben")
    chen = private_key("member_chen")
    server = private_key("server_identity").public.modulus
    msg_id, counter, text = bytes(range(32, 48)), 1_700_000_000_000_000, "only for you: Grüße, 世界"
    random = CountedRandom("vectors whisper")
    c1, c2 = whispers.seal_whisper(ada, ben.public, server, msg_id, counter, text, random)
    longer = "x" * 248
    long_c1, long_c2 = whispers.seal_whisper(ada, ben.public, server, msg_id, counter, longer, random)
    forged = whispers.seal_whisper(chen, ben.public, server, msg_id, counter, text, random)

    def bad(name: str, **changes: Any) -> dict[str, Any]:
        good = {"server": server, "sender": ada.public.modulus, "recipient": "member_ben", "msg_id": msg_id}
        return {"name": name} | good | {"counter": counter, "c1": c1, "c2": c2} | changes

    other = private_key("server_identity_2").public.modulus
    return {
        "about": "Whispers from member_ada to member_ben through server_identity (PROTOCOL 10).",
        "private_keys": {name: pem(name).decode() for name in ("member_ben", "member_chen")},
        "header": whispers._header(server, ada.public, ben.public, msg_id, counter),
        "random": {
            "k": random.draws[0],
            "oaep_seed": random.draws[1],
            "signature_salt": random.draws[2],
            "nonce": random.draws[3],
        },
        "good": [
            bad("short", text=text),
            bad("near the end of a block of 256", c1=long_c1, c2=long_c2, text=longer),
        ],
        "bad": [
            bad("flipped c1", c1=_flip(c1, 5)),
            bad("flipped nonce", c2=_flip(c2, 0)),
            bad("flipped ciphertext", c2=_flip(c2, 300)),
            bad("flipped tag", c2=_flip(c2, len(c2) - 1)),
            bad("cut by a block", c2=c2[:-256]),
            bad("another server", server=other),
            bad("another msg_id", msg_id=bytes(16)),
            bad("another counter", counter=counter + 1),
            bad("another recipient", recipient="member_chen"),
            bad("signed by somebody else", c1=forged[0], c2=forged[1]),
        ],
    }


# --- Files that members share -----------------------------------------------------------------------

BLOB = bytes(range(48, 64))


def _chunk(
    size: int, index: int, plaintext: bytes, k: bytes, name: str = "", blob_id: bytes = BLOB
) -> dict[str, Any]:
    sealed = blob.BlobCipher(k, blob_id, size).seal(index, plaintext)
    by_rule = len(plaintext) > 1_000
    shown = {} if by_rule else {"plaintext": plaintext, "sealed": sealed}
    place = {"name": name, "k": k, "blob": blob_id, "size": size, "index": index, "by_rule": by_rule}
    return place | shown | {"sha256_of_sealed": exchange.transcript_hash(sealed)}


def make_files() -> dict[str, Any]:
    k, other_k = bytes(range(64, 96)), bytes(range(96, 128))
    whole = bytes(i % 251 for i in range(65_541))
    small = _chunk(5, 0, b"hello", k, "a small file")
    tail = _chunk(65_541, 1, whole[65_536:], k, "the last of two")
    first_of_two = _chunk(65_541, 0, whole[:65_536], k, "the first of two")
    good = [_chunk(0, 0, b"", k, "an empty file"), small, first_of_two, tail]
    no_data = encode_frame(FrameType.FILE_CHUNK, bytes(55))

    def bad(name: str, case: dict[str, Any], **changes: Any) -> dict[str, Any]:
        kept = {key: case[key] for key in ("k", "blob", "size", "index", "sealed")}
        return {"name": name} | kept | changes

    sealed: bytes = small["sealed"]
    pair = room_pair()
    pair.client.send_chunk(BLOB, 0, sealed)
    pair.client.send_chunk(BLOB, 1, tail["sealed"])
    first, second = (b"".join(pieces) for pieces in _in_twos(pair.client.take_output()))
    pair.server.send_chunk(BLOB, 0, sealed)
    from_server = b"".join(pair.server.take_output())
    pair.server.send_chunk(BLOB, 0, blob.BlobCipher(k, BLOB, 65_541).seal(0, whole[:65_536]) + tail["sealed"])
    both = b"".join(pair.server.take_output())
    cases = [
        _case("ok: two chunks", "server", [first, second], 2),
        _case("flipped chunk head", "server", [_flip(first, 6)], 0, "RecordError"),
        _case("flipped chunk data", "server", [_flip(first, len(first) - 1)], 0, "RecordError"),
        _case("a chunk of another length", "server", [_flip(first, 3) + b"\0"], 0, "RecordError"),
        _case("replayed chunk", "server", [first, first], 1, "RecordError"),
        _case("swapped chunks", "server", [second, first], 0, "RecordError"),
        _case("data of another chunk", "server", [first[:44] + second[44:]], 0, "RecordError"),
        _case("reflected chunk", "client", [first], 0, "RecordError"),
        _case("good chunk to the client", "client", [from_server], 1),
        _case("a chunk for a record", "server", [b"\x17" + first[1:]], 0, "RecordError"),
        _case("a chunk without data", "server", [no_data], 0, "FrameError"),
        _case("a chunk too long", "server", [b"\x18\x04\x00\x69"], 0, "FrameError"),
    ]  # fmt: skip
    return {
        "about": "Chunks of files (PROTOCOL 14.1); FileChunk records on the connection of handshake_ok.json, "
        "after welcome (PROTOCOL 14.2). by_rule: byte i of the file is i mod 251. both_in_one: the two "
        "chunks of the file by rule in one FileChunk.",
        "private_keys": {"member_ben": pem("member_ben").decode()},
        "good": good,
        "bad": [
            bad("flipped ciphertext", small, sealed=_flip(sealed, 0)),
            bad("flipped tag", small, sealed=_flip(sealed, len(sealed) - 1)),
            bad("another k", small, k=other_k),
            bad("another blob", small, blob=bytes(16)),
            bad("another size", tail, size=65_542),
            bad("as another chunk", tail, index=0),
            bad("a last chunk that is not the last", tail, size=131_077),
            bad("of a file that ended before", tail, size=5),
            bad("cut", small, sealed=sealed[:-1]),
            bad("longer", small, sealed=sealed + b"\0"),
        ],
        "first_seq": 1,
        "records": [
            {"seq": seq, "direction": way, "blob": BLOB, "index": index, "data": data, "frame": frame}
            for seq, way, index, data, frame in [
                (1, "c2s", 0, sealed, first),
                (2, "c2s", 1, tail["sealed"], second),
                (1, "s2c", 0, sealed, from_server),
            ]
        ],
        "both_in_one": {"seq": 2, "direction": "s2c", "sha256_of_frame": exchange.transcript_hash(both)},
        "cases": cases,
        "row": _file_row(whole, k),
        "whisper": _file_whisper(whole, k),
    }


def _in_twos(pieces: list[bytes]) -> list[list[bytes]]:
    return [pieces[i : i + 2] for i in range(0, len(pieces), 2)]


def _file(whole: bytes, k: bytes) -> File:
    return File(BLOB, "Größe.bin", len(whole), exchange.transcript_hash(whole), k)


def _file_row(whole: bytes, k: bytes) -> dict[str, Any]:
    ada = private_key("member_ada").public.fingerprint
    row = Said(8, ada, "Ada", STREAM, 4, 1_700_000_000_456, "", _file(whole, k))
    return {"log_id": LOG_ID, "text": encode(row).decode(), "hash": row_hash(LOG_ID, row)}


def _file_whisper(whole: bytes, k: bytes) -> dict[str, Any]:
    ada, ben = private_key("member_ada"), private_key("member_ben")
    server = private_key("server_identity").public.modulus
    msg_id, counter = bytes(range(32, 48)), 1_700_000_000_000_001
    text = encode_file(_file(whole, k))
    c1, c2 = whispers.seal_whisper(
        ada, ben.public, server, msg_id, counter, text, CountedRandom("vectors file"), BLOB
    )
    shown = {"server": server, "sender": ada.public.modulus, "blob": BLOB, "c1": c1, "c2": c2}
    return shown | {"text": text, "msg_id": msg_id, "counter": counter}


# --- The files beside this one ----------------------------------------------------------------------

MAKERS: dict[str, Callable[[], dict[str, Any]]] = {
    "handshake_ok.json": make_handshake,
    "handshake_failures.json": make_failures.make,
    "records.json": make_records,
    "room_records.json": make_room,
    "whispers.json": make_whispers,
    "discovery.json": make_discovery.make,
    "files.json": make_files,
    "blob_messages.json": make_blob_messages.make,
}


def render(value: dict[str, Any]) -> str:
    """The file's text: bytes as hex."""
    return json.dumps(value, indent=1, default=lambda raw: raw.hex(), ensure_ascii=False) + "\n"


def main() -> None:
    for name, maker in MAKERS.items():
        (FOLDER / name).write_text(render(maker()), encoding="utf-8")


if __name__ == "__main__":
    main()
