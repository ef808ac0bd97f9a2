"""The stranger's own implementation against tests/vectors/*.json: PROTOCOL §13 from the other side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from Crypto.PublicKey import RSA

from tests.stranger import files, keys, wire
from tests.stranger.whispers import Whisper

VECTORS = Path(__file__).parent.parent / "vectors"
FRAME_KINDS = {
    "to server": (wire.DIRECT, wire.CLOSE, wire.FILE_CHUNK),
    "to client": (wire.DIRECT, wire.CLOSE, wire.FILE_CHUNK, wire.ROOM, wire.ROOM_KEY),
}


def load(name: str) -> dict[str, Any]:
    """One file of vectors."""
    data: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return data


OK = load("handshake_ok")


def hexed(group: str, name: str) -> bytes:
    """A value of handshake_ok.json."""
    return bytes.fromhex(OK[group][name])


def key(file: dict[str, Any], name: str) -> RSA.RsaKey:
    """A private key that stands in the file: a stranger has no other."""
    return RSA.import_key(file["private_keys"][name])


def frame(wire_bytes: bytes) -> wire.Frame:
    """A frame whose header is right."""
    made = wire.Frame(wire_bytes[0], wire_bytes[4:])
    assert made.wire == wire_bytes
    return made


def schedule() -> keys.Schedule:
    """The handshake of handshake_ok.json, from its frames, the client's share and the kex key."""
    exchange = frame(hexed("frames", "client_key_exchange"))
    z = keys.x25519(
        hexed("random", "client_x25519_private"), hexed("frames", "server_hello")[4 + 48 : 4 + 80]
    )
    secret = keys.oaep_open(key(OK, "server_kex"), exchange.body[:256], keys.KEX_LABEL)
    assert secret == hexed("random", "pre_secret")
    return keys.Schedule(
        hexed("frames", "client_hello"), hexed("frames", "server_hello"), exchange.body[:256], z, secret
    )


def test_handshake_frames_are_made_byte_by_byte() -> None:
    """§3.1, §3.2: with the same things drawn, the same four frames."""
    hello = wire.Frame(0x01, keys.MAGIC + hexed("random", "client_random")
                       + keys.x25519_share(hexed("random", "client_x25519_private"))).wire  # fmt: skip
    share = keys.x25519_share(hexed("random", "server_x25519_private"))
    body = keys.MAGIC + hexed("random", "server_random") + share
    body += keys.modulus(key(OK, "server_identity")) + keys.modulus(key(OK, "server_kex"))
    signed = keys.server_signature_input(hello, body)
    body += keys.sign(key(OK, "server_identity"), signed, lambda _: hexed("random", "server_signature_salt"))
    kex = keys.modulus(key(OK, "server_kex"))
    sealed = keys.oaep_seal(kex, hexed("random", "pre_secret"), keys.KEX_LABEL,
                            lambda _: hexed("random", "oaep_seed"))  # fmt: skip
    assert hello == hexed("frames", "client_hello")
    assert signed == hexed("secrets", "server_signature_input")
    assert wire.Frame(0x02, body).wire == hexed("frames", "server_hello")
    assert sealed == frame(hexed("frames", "client_key_exchange")).body[:256]


def test_secrets() -> None:
    """§3.3: z, th2, PRK, both proofs, session_hash and the keys of both directions."""
    made, secrets = schedule(), OK["secrets"]
    got = {
        "z": made.z, "th2": made.th2, "prk": made.prk, "th3": made.th3, "session_hash": made.session_hash,
        "client_finished": made.secret("client finished"), "server_finished": made.secret("server finished"),
        "c2s_traffic": made.secret("c2s traffic"), "s2c_traffic": made.secret("s2c traffic"),
    }  # fmt: skip
    assert {name: value.hex() for name, value in got.items()} == {name: secrets[name] for name in got}
    assert made.key_exchange == hexed("frames", "client_key_exchange")
    assert wire.Frame(0x04, made.server_fin).wire == hexed("frames", "server_finished")
    to_server, to_client = made.directions()
    assert (to_server.key, to_server.iv) == (hexed("c2s", "key"), hexed("c2s", "iv"))
    for name in ("key", "iv", "stamp_key", "wrap_key"):
        assert getattr(to_client, name) == hexed("s2c", name), name


def test_auth_record_fingerprint_and_row() -> None:
    """§4.2, §11.1, §8.2."""
    record = frame(hexed("auth", "frame"))
    [auth] = wire.split(schedule().directions()[0].open(record), wire.TO_SERVER)
    bare = wire.unb64(wire.string(auth, "key"))
    assert wire.pack(auth).decode() == OK["auth"]["text"]
    assert keys.fingerprint(bare) == hexed("auth", "member_id")
    signed = keys.CLIENT_AUTH + schedule().session_hash + keys.sha256(bare)
    assert signed == hexed("auth", "signature_input")
    keys.verify(bare, signed, wire.unb64(wire.string(auth, "sig")))
    made = keys.sign(key(OK, "member"), signed, lambda _: hexed("auth", "signature_salt"))
    assert made == wire.unb64(wire.string(auth, "sig"))
    assert keys.fingerprint(hexed("fingerprint", "modulus")) == hexed("fingerprint", "fingerprint")
    said = wire.parse(OK["row"]["text"].encode(), wire.IN_DIRECT)
    assert keys.row_hash(hexed("row", "log_id"), said) == hexed("row", "hash")


FAILURES = load("handshake_failures")["cases"]


def judge_as_server(frames: list[bytes]) -> None:
    """A server's half of the handshake over recorded frames; Fault at the first wrong one (§3.4)."""
    hello = frames[0]
    if hello[:4] != wire.Frame(0x01, bytes(80)).header or hello[4:20] != keys.MAGIC:
        raise wire.Fault("hello")
    if len(frames) == 1:
        return
    if frames[1][:4] != wire.Frame(0x03, bytes(288)).header:
        raise wire.Fault("key exchange")
    sealed, proof = frames[1][4:260], frames[1][260:]
    secret = keys.oaep_open(key(OK, "server_kex"), sealed, keys.KEX_LABEL)
    z = keys.x25519(hexed("random", "server_x25519_private"), hello[52:84])
    if keys.Schedule(hello, hexed("frames", "server_hello"), sealed, z, secret).client_fin != proof:
        raise wire.Fault("client_fin")


def judge_as_client(frames: list[bytes]) -> None:
    """A client's half over recorded frames; Fault at the first wrong one (§3.4)."""
    server_hello, hello = frames[0], hexed("frames", "client_hello")
    if server_hello[:4] != wire.Frame(0x02, bytes(1104)).header or server_hello[4:20] != keys.MAGIC:
        raise wire.Fault("server hello")
    body = server_hello[4:]
    keys.public_key(body[464:720])
    keys.verify(body[80:464], keys.server_signature_input(hello, body), body[720:])
    z = keys.x25519(hexed("random", "client_x25519_private"), body[48:80])
    if len(frames) == 1:
        return
    sealed = hexed("frames", "client_key_exchange")[4:260]
    made = keys.Schedule(hello, server_hello, sealed, z, hexed("random", "pre_secret"))
    if frames[1] != wire.Frame(0x04, made.server_fin).wire:
        raise wire.Fault("server_fin")


@pytest.mark.parametrize("case", FAILURES, ids=[case["name"] for case in FAILURES])
def test_handshake_failures(case: dict[str, Any]) -> None:
    """§3.4: each of these is refused, and refused at its last frame."""
    frames = [bytes.fromhex(text) for text in case["frames"]]
    judge = judge_as_server if case["at"] == "server" else judge_as_client
    if len(frames) == 2:
        judge(frames[:1]) if "x25519" not in case["name"] or case["at"] == "client" else None
    with pytest.raises(wire.Fault):
        judge(frames)


def test_the_good_handshake_passes_the_same_judges() -> None:
    """So that the refusals above mean something."""
    judge_as_server([hexed("frames", "client_hello"), hexed("frames", "client_key_exchange")])
    judge_as_client([hexed("frames", "server_hello"), hexed("frames", "server_finished")])


def legal(data: bytes, to: str) -> wire.Frame:
    """The frame if §2 allows it to `to` after keys, else Fault."""
    low, high = wire.LENGTHS.get(data[0], (1, 0))
    length = int.from_bytes(data[1:4], "big")
    if data[0] not in FRAME_KINDS[f"to {to}"] or not low <= length <= high:
        raise wire.Fault("frame")
    return wire.Frame(data[0], data[4 : 4 + length])


FILES, BLOB_MESSAGES = load("files"), load("blob_messages")
RECORDS = load("records")["cases"] + load("room_records")["cases"]
RECORDS += FILES["cases"] + BLOB_MESSAGES["cases"]
FIRST_SEQ = int(load("records")["first_seq"])


@pytest.mark.parametrize("case", RECORDS, ids=[case["name"] for case in RECORDS])
def test_records(case: dict[str, Any]) -> None:
    """§5.1, §5.2, §14.2: so many open, and the next one does not if an error is named."""
    direction = schedule().directions()[0 if case["to"] == "server" else 1]
    direction.seq = FIRST_SEQ
    room, opened = keys.RoomReader(direction), 0
    with pytest.raises(wire.Fault) if case["error"] else pytest.MonkeyPatch.context():
        for text in case["frames"]:
            got = legal(bytes.fromhex(text), case["to"])
            if got.type == wire.ROOM_KEY:
                room.take_key(got)
            elif got.type == wire.FILE_CHUNK:
                files.open_chunks(direction, got)
            elif got.type == wire.ROOM:
                wire.split(room.open(got), wire.IN_ROOM)
            else:
                wire.split(direction.open(got), wire.TO_SERVER if case["to"] == "server" else wire.IN_DIRECT)
            opened += 1
    assert opened == case["opened"]


def test_records_are_made_byte_by_byte() -> None:
    """§5.1, §5.2: sealing gives the recorded frames, room keys and stamps."""
    to_server, to_client = schedule().directions()
    for record in load("records")["records"]:
        direction = to_server if record["direction"] == "c2s" else to_client
        direction.seq = record["seq"]
        assert direction.seal(bytes.fromhex(record["plaintext"])).hex() == record["frame"]
    rooms = load("room_records")
    for told in rooms["room_keys"]:
        to_client.seq = told["seq"]
        assert to_client.room_key_frame(told["epoch"], bytes.fromhex(told["key"])).hex() == told["frame"]
    for record in rooms["records"]:
        to_client.seq, index = record["seq"], int(record["frame"][16:32], 16)
        shared = keys.seal_room(
            bytes.fromhex(record["room_key"]), record["epoch"], index, bytes.fromhex(record["plaintext"])
        )
        assert keys.sha256(shared).hex() == record["sha256_of_shared"]
        assert to_client.stamped(shared).hex() == record["frame"]


TABLES = {"to_server": wire.TO_SERVER, "direct": wire.IN_DIRECT, "room": wire.IN_ROOM}


@pytest.mark.parametrize("case", BLOB_MESSAGES["good"], ids=[case["name"] for case in BLOB_MESSAGES["good"]])
def test_messages_about_files(case: dict[str, Any]) -> None:
    """§6.2: these fields are in it, and made of them it is the same text."""
    message = wire.parse(case["text"].encode(), TABLES[case["in"]])
    fields = {key: value for key, value in message.items() if key != "t"}
    blob = wire.unb64(wire.string(message, "blob"))
    assert fields | {"blob": blob.hex()} == case["fields"]
    spelled = wire.b64(bytes.fromhex(case["fields"]["blob"]))
    assert wire.pack({"t": message["t"], **fields, "blob": spelled}).decode() == case["text"] + "\n"


@pytest.mark.parametrize("case", BLOB_MESSAGES["bad"], ids=[case["name"] for case in BLOB_MESSAGES["bad"]])
def test_bad_messages_about_files(case: dict[str, Any]) -> None:
    """§6.1, §6.2."""
    with pytest.raises(wire.Fault):
        wire.parse(case["text"].encode(), TABLES[case["in"]])


def test_records_about_files_are_made_byte_by_byte() -> None:
    """§5.1, §5.2."""
    to_server, to_client = schedule().directions()
    for record in BLOB_MESSAGES["records"]:
        direction = to_server if record["direction"] == "c2s" else to_client
        direction.seq, plaintext = record["seq"], bytes.fromhex(record["plaintext"])
        if "epoch" in record:
            index = int(record["frame"][16:32], 16)
            shared = keys.seal_room(bytes.fromhex(record["room_key"]), record["epoch"], index, plaintext)
            assert direction.stamped(shared).hex() == record["frame"]
        else:
            assert direction.seal(plaintext).hex() == record["frame"]


WHISPERS = load("whispers")


@pytest.mark.parametrize("good", [True, False])
def test_whispers(good: bool) -> None:
    """§10: those that open give their text; the others are refused, all alike."""
    for case in WHISPERS["good" if good else "bad"]:
        recipient = key(WHISPERS, case["recipient"])
        whisper = Whisper(
            bytes.fromhex(case["server"]), bytes.fromhex(case["sender"]), keys.modulus(recipient),
            bytes.fromhex(case["msg_id"]), case["counter"],
        )  # fmt: skip
        c1, c2 = bytes.fromhex(case["c1"]), bytes.fromhex(case["c2"])
        if good:
            assert whisper.open(recipient, c1, c2) == case["text"]
        else:
            with pytest.raises(wire.Fault):
                whisper.open(recipient, c1, c2)


def test_a_whisper_is_made_byte_by_byte() -> None:
    """§10.1: with the same things drawn, the same c1 and c2."""
    case, drawn = WHISPERS["good"][0], WHISPERS["random"]
    draws = iter(bytes.fromhex(drawn[name]) for name in ("k", "oaep_seed", "signature_salt", "nonce"))
    reader = keys.modulus(key(WHISPERS, "member_ben"))
    whisper = Whisper(
        bytes.fromhex(case["server"]), bytes.fromhex(case["sender"]), reader,
        bytes.fromhex(case["msg_id"]), case["counter"],
    )  # fmt: skip
    assert whisper.header.hex() == WHISPERS["header"]
    c1, c2 = whisper.seal(key(OK, "member"), case["text"].encode(), lambda _: next(draws))
    assert (c1.hex(), c2.hex()) == (case["c1"], case["c2"])


def plaintext_of(case: dict[str, Any]) -> bytes:
    """In hex, or by the rule of the file: byte i is i mod 251."""
    whole = bytes(i % 251 for i in range(case["size"]))
    return whole[case["index"] * 65_536 :][:65_536] if case["by_rule"] else bytes.fromhex(case["plaintext"])


def blob_of(case: dict[str, Any]) -> files.Blob:
    return files.Blob(bytes.fromhex(case["k"]), bytes.fromhex(case["blob"]), case["size"])


def test_chunks_are_made_byte_by_byte() -> None:
    """§14.1: with the same key, the same sealed chunks; they open again."""
    for case in FILES["good"]:
        sealed = blob_of(case).seal(case["index"], plaintext_of(case))
        assert keys.sha256(sealed).hex() == case["sha256_of_sealed"]
        assert case["by_rule"] or sealed.hex() == case["sealed"]
        assert blob_of(case).open(case["index"], sealed) == plaintext_of(case)


@pytest.mark.parametrize("case", FILES["bad"], ids=[case["name"] for case in FILES["bad"]])
def test_bad_chunks(case: dict[str, Any]) -> None:
    """§14.1: a chunk that was changed, moved, or taken from another file does not open."""
    with pytest.raises(wire.Fault):
        blob_of(case).open(case["index"], bytes.fromhex(case["sealed"]))


def test_chunk_records_are_made_byte_by_byte() -> None:
    """§14.2."""
    to_server, to_client = schedule().directions()
    for record in FILES["records"]:
        direction = to_server if record["direction"] == "c2s" else to_client
        direction.seq = record["seq"]
        place = bytes.fromhex(record["blob"]), record["index"], bytes.fromhex(record["data"])
        assert files.seal_chunks(direction, *place).hex() == record["frame"]
        direction.seq = record["seq"]
        assert files.open_chunks(direction, frame(bytes.fromhex(record["frame"]))) == [place]
    by_rule = [case for case in FILES["good"] if case["size"] == 65_541]
    sealed = [blob_of(case).seal(case["index"], plaintext_of(case)) for case in by_rule]
    to_client.seq = FILES["both_in_one"]["seq"]
    raw = files.seal_chunks(to_client, blob_of(by_rule[0]).blob, 0, b"".join(sealed))
    assert keys.sha256(raw).hex() == FILES["both_in_one"]["sha256_of_frame"]
    to_client.seq = FILES["both_in_one"]["seq"]
    named = [(blob_of(case).blob, case["index"], data) for case, data in zip(by_rule, sealed, strict=True)]
    assert files.open_chunks(to_client, frame(raw)) == named


def test_the_row_and_the_whisper_of_a_file() -> None:
    """§8.2, §14.1."""
    said = wire.parse(FILES["row"]["text"].encode(), wire.IN_DIRECT)
    assert keys.row_hash(hexed("row", "log_id"), said).hex() == FILES["row"]["hash"]
    case = FILES["whisper"]
    recipient = key(FILES, "member_ben")
    whisper = Whisper(
        bytes.fromhex(case["server"]), bytes.fromhex(case["sender"]), keys.modulus(recipient),
        bytes.fromhex(case["msg_id"]), case["counter"], bytes.fromhex(case["blob"]),
    )  # fmt: skip
    assert whisper.open(recipient, bytes.fromhex(case["c1"]), bytes.fromhex(case["c2"])) == case["text"]
