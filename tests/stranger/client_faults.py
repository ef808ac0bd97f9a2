"""What a StrangerClient in the room can do wrong, and what the server must answer (PROTOCOL §5, §6)."""

from __future__ import annotations

from collections.abc import Callable

from tests.stranger import keys, wire
from tests.stranger.client import StrangerClient
from tests.stranger.wire import Frame

Act = Callable[[StrangerClient], None]


def _raw(plaintext: bytes) -> Act:
    """A record that opens, with this plaintext."""
    return lambda client: client.sock.sendall(client.out.seal(plaintext))


def _plain(data: bytes) -> Act:
    """Bytes as they are."""
    return lambda client: client.sock.sendall(data)


def _flipped(client: StrangerClient) -> None:
    frame = bytearray(client.out.seal(wire.pack({"t": "ping"})))
    frame[-1] ^= 1
    client.sock.sendall(frame)


def _replayed(client: StrangerClient) -> None:
    frame = client.out.seal(wire.pack(client.say_message("once", client.n + 1)))
    client.n += 1
    client.sock.sendall(frame + frame)


def _swapped(client: StrangerClient) -> None:
    frames = [client.out.seal(wire.pack(client.say_message("swapped", client.n + add))) for add in (1, 2)]
    client.sock.sendall(frames[1] + frames[0])


def _dropped(client: StrangerClient) -> None:
    client.out.seal(wire.pack({"t": "ping"}))
    client.send(client.say_message("behind a dropped record", client.n + 1))


def _reflected(client: StrangerClient) -> None:
    client.send({"t": "ping"})
    frame = client.frames.read((wire.DIRECT, wire.ROOM, wire.ROOM_KEY))
    while frame.type != wire.DIRECT:
        frame = client.frames.read((wire.DIRECT, wire.ROOM, wire.ROOM_KEY))
    client.sock.sendall(frame.wire)


def _other_header(client: StrangerClient) -> None:
    frame = client.out.seal(bytes([0]) + bytes(30), wire.CLOSE)
    client.sock.sendall(bytes([wire.DIRECT]) + frame[1:])


def _flipped_close(client: StrangerClient) -> None:
    frame = bytearray(client.out.seal(bytes([0]), wire.CLOSE))
    frame[4] ^= 1
    client.sock.sendall(frame)


def _room_record(client: StrangerClient) -> None:
    """What a member who knows the room key can make, but for the stamp."""
    said = wire.pack({"t": "left", "id": client.id, "name": "Honest", "reason": "banned"})
    client.sock.sendall(client.out.stamped(keys.seal_room(client.room.key or bytes(32), 1, 9, said)))


# A frame that is not legal or does not open: the end, without an answer (§5.4).
SILENT: dict[str, Act] = {
    "record flipped": _flipped,
    "record replayed": _replayed,
    "records swapped": _swapped,
    "record dropped": _dropped,
    "record reflected": _reflected,
    "close as direct": _other_header,
    "close flipped": _flipped_close,
    "length 65,553": _plain(bytes([wire.DIRECT]) + (65_553).to_bytes(3, "big")),
    "only a tag": _plain(Frame(wire.DIRECT, bytes(16)).wire),
    "unknown type": _plain(Frame(0x18, bytes(16)).wire),
    "hello after keys": _plain(Frame(wire.CLIENT_HELLO, keys.MAGIC + bytes(64)).wire),
    "alert after keys": _plain(wire.ALERT_FRAME),
    "room record from a client": _room_record,
    "room key from a client": lambda client: client.sock.sendall(client.out.room_key_frame(9, bytes(32))),
}


def _say(client: StrangerClient) -> bytes:
    return wire.pack(client.say_message("FALSE", client.n + 1))


def _say_with(old: bytes, new: bytes) -> Act:
    """A `say` with some of its bytes replaced."""

    def act(client: StrangerClient) -> None:
        text = _say(client)
        assert old in text
        _raw(text.replace(old, new, 1))(client)

    return act


def _say_as(encoding: str) -> Act:
    return lambda client: _raw(_say(client).decode().encode(encoding))(client)


def _good_and_bad(client: StrangerClient) -> None:
    _raw(_say(client) + b'{"t":"ping","t":"ping"}\n')(client)


def _two_newlines(client: StrangerClient) -> None:
    _raw(_say(client) + b"\n")(client)


def _whisper_short(client: StrangerClient) -> None:
    client.send({
        "t": "send_whisper", "stream": wire.b64(client.stream), "n": client.n + 1, "to": client.id,
        "msg_id": wire.b64(bytes(16)), "counter": 1, "c1": wire.b64(bytes(256)), "c2": wire.b64(bytes(543)),
    })  # fmt: skip


# A record that opens and holds what §6 does not allow: Close `protocol`.
PROTOCOL: dict[str, Act] = {
    "auth twice": lambda client: client.send(client.auth()),
    "unknown t": _raw(b'{"t":"shout","text":"FALSE"}\n'),
    "t is no string": _raw(b'{"t":7}\n'),
    "a server's message": _raw(b'{"t":"slowed"}\n'),
    "a room's message": lambda client: client.send(
        {"t": "left", "id": client.id, "name": "Honest", "reason": "kicked"}
    ),
    "unknown key": _say_with(b'"t":"say"', b'"t":"say","as":"Honest"'),
    "missing key": _say_with(b',"text":"FALSE"', b""),
    "a key twice": _say_with(b'"text"', b'"text":"FALSE","text"'),
    "text null": _say_with(b'"FALSE"', b"null"),
    "n zero": lambda client: client.send(client.say_message("FALSE", 0)),
    "n true": _say_with(b'"n":', b'"n":true,"x":'),
    "n with a fraction": _raw(b'{"t":"get_page","after":1.0}\n'),
    "n with an exponent": _raw(b'{"t":"get_page","after":1e2}\n'),
    "n of 2^53": lambda client: client.send({"t": "get_page", "after": 2**53}),
    "n negative": _raw(b'{"t":"get_page","after":-1}\n'),
    "n of 5,000 digits": _raw(b'{"t":"get_page","after":' + b"9" * 5000 + b"}\n"),
    "after true": _raw(b'{"t":"get_page","after":true}\n'),
    "NaN": _raw(b'{"t":"get_page","after":NaN}\n'),
    "Infinity": _raw(b'{"t":"get_page","after":-Infinity}\n'),
    "lone surrogate": _say_with(b"FALSE", b"\\ud800"),
    "encoded surrogate": _say_with(b"FALSE", b"\xed\xa0\x80"),
    "overlong UTF-8": _say_with(b"FALSE", b"\xc0\x80"),
    "UTF-16": _say_as("utf-16-le"),
    "UTF-32": _say_as("utf-32-be"),
    "byte order mark": _say_as("utf-8-sig"),
    "raw control character": _say_with(b"FALSE", b"a\tb"),
    "deep nesting": _raw(b'{"t":' + b"[" * 5_000 + b"]" * 5_000 + b"}\n"),
    "unclosed nesting": _raw(b"[" * 32_000 + b"\n"),
    "301 objects": _raw(b'{"t":[' + b",".join([b"{}"] * 300) + b"]}\n"),
    "an array at the top": _raw(b'[{"t":"ping"}]\n'),
    "two objects in a line": _raw(b'{"t":"ping"}{"t":"ping"}\n'),
    "an empty text": _two_newlines,
    "no line feed": _raw(b'{"t":"ping"}'),
    "text of 32,769 bytes": _raw(b'{"t":"ping"' + b" " * (32_769 - 12) + b"}\n"),
    "base64 with padding": _raw(b'{"t":"get_key","id":"' + b"A" * 43 + b'="}\n'),
    "base64 with unused bits": _raw(b'{"t":"get_key","id":"' + b"A" * 42 + b'B"}\n'),
    "base64 for URLs": _raw(b'{"t":"get_key","id":"' + b"_" * 42 + b'8"}\n'),
    "id of 31 bytes": _raw(b'{"t":"get_key","id":"' + wire.b64(bytes(31)).encode() + b'"}\n'),
    "a whisper too short": _whisper_short,
    "a good text and a bad one": _good_and_bad,
}
FAULTS = SILENT | PROTOCOL


def misbehave(client: StrangerClient) -> None:
    """Does what `client.misbehave` names; the client is in the room."""
    FAULTS[client.misbehave](client)
