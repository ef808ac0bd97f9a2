"""The messages of blob_messages.json: those about files, each by itself and in the record that carries it
(PROTOCOL §6.2, §14.3, §14.4)."""

from __future__ import annotations

import dataclasses
from typing import Any

from netcore.crypto import room_keys
from netcore.wire.codec import encode
from netcore.wire.codes import BlobRefusal
from netcore.wire.messages import (
    BlobDropped,
    BlobHave,
    BlobRefused,
    DropBlob,
    GetBlob,
    Message,
    PutBlob,
    StopBlob,
)
from tests.session.pair import CountedRandom, Pair

BLOB = bytes(range(48, 64))
OTHER = bytes(range(208, 224))  # its base64 has a + and a /


def make() -> dict[str, Any]:
    to_server: dict[str, Message] = {
        "put_blob": PutBlob(BLOB, 70_000),
        "put_blob of an empty file": PutBlob(OTHER, 0),
        "get_blob": GetBlob(BLOB, 1),
        "stop_blob": StopBlob(BLOB),
        "drop_blob": DropBlob(BLOB),
        "drop_blob of another": DropBlob(OTHER),
    }
    direct: dict[str, Message] = {
        "blob_have": BlobHave(BLOB, 2),
        "blob_refused": BlobRefused(BLOB, BlobRefusal.ROOM_FULL),
        "blob_dropped by its sender": BlobDropped(BLOB, False),
        "blob_dropped by the host": BlobDropped(BLOB, True),
    }
    room: dict[str, Message] = {
        "blob_dropped by its sender, to all": BlobDropped(OTHER, False),
        "blob_dropped by the host, to all": BlobDropped(BLOB, True),
    }
    records, cases = _records(to_server, direct, room)
    return {
        "about": "Messages about files (PROTOCOL 6.2), by where they stand: to_server and direct in Direct "
        "records, room in Room records. The records: on the connection of handshake_ok.json, after welcome.",
        "good": [
            {"name": name, "in": place, "text": encode(message).decode()[:-1], "fields": fields(message)}
            for place, messages in (("to_server", to_server), ("direct", direct), ("room", room))
            for name, message in messages.items()
        ],
        "bad": _bad(),
        "first_seq": 1,
        "records": records,
        "cases": cases,
    }


def fields(message: Message) -> dict[str, Any]:
    """What stands in it."""
    assert isinstance(message, PutBlob | GetBlob | StopBlob | DropBlob | BlobHave | BlobRefused | BlobDropped)
    return {one.name: getattr(message, one.name) for one in dataclasses.fields(message)}


def _bad() -> list[dict[str, str]]:
    """Each is one message that is not LocalChat's where it stands. `@`: a good blob."""
    texts = [
        ("drop_blob without its blob", "to_server", '{"t":"drop_blob"}'),
        ("drop_blob with a key too many", "to_server", '{"t":"drop_blob","blob":@,"by_host":true}'),
        ("drop_blob with its blob twice", "to_server", '{"t":"drop_blob","blob":@,"blob":@}'),
        ("drop_blob of 15 bytes", "to_server", '{"t":"drop_blob","blob":"MDEyMzQ1Njc4OTo7PD0+"}'),
        ("drop_blob of 17 bytes", "to_server", '{"t":"drop_blob","blob":"MDEyMzQ1Njc4OTo7PD0+PwA"}'),
        ("drop_blob, padded", "to_server", '{"t":"drop_blob","blob":"MDEyMzQ1Njc4OTo7PD0+Pw=="}'),
        ("drop_blob in URL spelling", "to_server", '{"t":"drop_blob","blob":"MDEyMzQ1Njc4OTo7PD0-Pw"}'),
        ("drop_blob, bits behind its end", "to_server", '{"t":"drop_blob","blob":"MDEyMzQ1Njc4OTo7PD0+Px"}'),
        ("drop_blob of null", "to_server", '{"t":"drop_blob","blob":null}'),
        ("drop_blob of a list", "to_server", '{"t":"drop_blob","blob":[@]}'),
        ("drop_blob from the server", "direct", '{"t":"drop_blob","blob":@}'),
        ("drop_blob to all", "room", '{"t":"drop_blob","blob":@}'),
        ("stop_blob without its blob", "to_server", '{"t":"stop_blob"}'),
        ("stop_blob with a number", "to_server", '{"t":"stop_blob","blob":@,"first":0}'),
        ("stop_blob of no bytes", "to_server", '{"t":"stop_blob","blob":""}'),
        ("stop_blob from the server", "direct", '{"t":"stop_blob","blob":@}'),
        ("blob_dropped without by_host", "direct", '{"t":"blob_dropped","blob":@}'),
        ("blob_dropped without its blob", "room", '{"t":"blob_dropped","by_host":false}'),
        ("blob_dropped by 0", "direct", '{"t":"blob_dropped","blob":@,"by_host":0}'),
        ("blob_dropped by 1", "room", '{"t":"blob_dropped","blob":@,"by_host":1}'),
        ("blob_dropped by null", "direct", '{"t":"blob_dropped","blob":@,"by_host":null}'),
        ("blob_dropped by a word", "room", '{"t":"blob_dropped","blob":@,"by_host":"true"}'),
        ("blob_dropped, with who", "room", '{"t":"blob_dropped","blob":@,"by_host":true,"name":"Ada"}'),
        ("blob_dropped of no bytes", "direct", '{"t":"blob_dropped","blob":"","by_host":false}'),
        ("blob_dropped from a client", "to_server", '{"t":"blob_dropped","blob":@,"by_host":false}'),
        ("blob_have to all", "room", '{"t":"blob_have","blob":@,"chunks":2}'),
        ("blob_refused for no reason", "direct", '{"t":"blob_refused","blob":@,"code":"dislike"}'),
        ("put_blob of less than nothing", "to_server", '{"t":"put_blob","blob":@,"size":-1}'),
        ("put_blob of more than 2^53", "to_server", '{"t":"put_blob","blob":@,"size":9007199254740992}'),
    ]  # fmt: skip
    return [
        {"name": name, "in": place, "text": text.replace("@", '"MDEyMzQ1Njc4OTo7PD0+Pw"')}
        for name, place, text in texts
    ]


def _records(
    to_server: dict[str, Message], direct: dict[str, Message], room: dict[str, Message]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    pair = Pair("vectors")
    pair.join()
    sealer = room_keys.RoomSealer(CountedRandom("vectors blob messages"))
    records: list[dict[str, Any]] = []
    sent: list[bytes] = []
    for seq, message in enumerate(to_server.values(), 1):
        pair.client.send(message)
        sent.append(b"".join(pair.client.take_output()))
        records.append({"seq": seq, "direction": "c2s", "plaintext": encode(message), "frame": sent[-1]})
    heard: list[bytes] = []
    for seq, message in enumerate(direct.values(), 1):
        pair.server.send(message)
        heard.append(b"".join(pair.server.take_output()))
        records.append({"seq": seq, "direction": "s2c", "plaintext": encode(message), "frame": heard[-1]})
    pair.server.send_room_key(sealer.epoch, sealer.key)
    told = b"".join(pair.server.take_output())
    heard.append(told)
    for seq, message in enumerate(room.values(), len(direct) + 2):
        pair.server.send_room(sealer.seal(encode(message)), sealer.key, False)
        heard.append(b"".join(pair.server.take_output()))
        place = {"epoch": sealer.epoch, "room_key": sealer.key}
        records.append(
            {"seq": seq, "direction": "s2c", **place, "plaintext": encode(message), "frame": heard[-1]}
        )
    flipped = heard[-1][:30] + bytes([heard[-1][30] ^ 1]) + heard[-1][31:]
    rows = [
        ("ok: what a client says of files", "server", sent, len(sent), ""),
        ("ok: what a client hears of files", "client", heard, len(heard), ""),
        ("drop_blob twice", "server", [sent[0], sent[0]], 1, "RecordError"),
        ("blob_dropped, no key", "client", [*heard[: len(direct)], heard[-1]], len(direct), "RecordError"),
        ("blob_dropped, flipped", "client", [*heard[:-1], flipped], len(heard) - 1, "RecordError"),
        ("blob_dropped to all, again", "client", [*heard, heard[-1]], len(heard), "RecordError"),
    ]  # fmt: skip
    keys = ("name", "to", "frames", "opened", "error")
    return records, [dict(zip(keys, row, strict=True)) for row in rows]
