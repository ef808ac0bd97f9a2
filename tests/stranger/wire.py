"""Frames and JSON of LocalChat/1 as a stranger reads PROTOCOL §2, §5.1 and §6. Imports nothing of netcore."""

from __future__ import annotations

import base64
import binascii
import json
import socket
import time
from collections.abc import Callable, Collection
from typing import NamedTuple, TypeAlias

CLIENT_HELLO, SERVER_HELLO, CLIENT_KEY_EXCHANGE, SERVER_FINISHED = 0x01, 0x02, 0x03, 0x04
ALERT, DIRECT, CLOSE, ROOM, ROOM_KEY = 0x15, 0x17, 0x19, 0x1A, 0x1B
FILE_CHUNK = 0x18
LENGTHS: dict[int, tuple[int, int]] = {
    CLIENT_HELLO: (80, 80), SERVER_HELLO: (1104, 1104), CLIENT_KEY_EXCHANGE: (288, 288),
    SERVER_FINISHED: (32, 32), ALERT: (1, 1), DIRECT: (17, 65_552), CLOSE: (17, 272),
    FILE_CHUNK: (56, 262_248), ROOM: (45, 65_552), ROOM_KEY: (52, 52),
}  # fmt: skip
ALERT_FRAME = bytes.fromhex("1500000101")
OTHER_VERSION_FRAME = bytes.fromhex("1500000102")
RECORD_TEXT_BYTES = 32_768
CODES = {
    0: "leaving", 1: "reconnect", 2: "too_slow", 3: "shutdown", 4: "kicked", 5: "banned", 6: "replaced",
    7: "protocol", 8: "name_taken", 9: "name_bad", 10: "full", 11: "known_only", 12: "auth_failed",
    13: "too_many", 14: "address_banned",
}  # fmt: skip
REFUSALS = [
    "empty",
    "too_long",
    "too_many_lines",
    "bad_text",
    "muted",
    "read_only",
    "slow_mode",
    "no_such_member",
    "to_self",
    "mailbox_full",
    "no_file",
    "later",
    "gap",
    "conflict",
    "pruned",
]

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
Message: TypeAlias = dict[str, Json]
Check: TypeAlias = Callable[[Json], bool]


class Fault(Exception):
    """The peer broke the rules."""


class EndOfStream(Exception):
    """The TCP stream ended; `behind` is what had come of a frame."""


class Frame(NamedTuple):
    """One frame of §2."""

    type: int
    body: bytes

    @property
    def header(self) -> bytes:
        """The 4 bytes ahead of the body."""
        return bytes([self.type]) + len(self.body).to_bytes(3, "big")

    @property
    def wire(self) -> bytes:
        """Header and body, as they go over TCP."""
        return self.header + self.body


class FrameStream:
    """Frames out of a blocking socket, each by a deadline."""

    def __init__(self, sock: socket.socket, timeout_s: float) -> None:
        self.sock = sock
        self.timeout_s = timeout_s
        self._held = bytearray()

    def _need(self, count: int, deadline: float) -> None:
        while len(self._held) < count:
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                piece = self.sock.recv(65_536)
            except ConnectionError as error:
                raise EndOfStream(repr(error)) from error
            if not piece:
                raise EndOfStream(f"{len(self._held)} bytes of a frame")
            self._held += piece

    def read(self, legal: Collection[int], timeout_s: float | None = None) -> Frame:
        """The next frame. Fault if its type is none of `legal` or its length is wrong; TimeoutError."""
        deadline = time.monotonic() + (self.timeout_s if timeout_s is None else timeout_s)
        self._need(4, deadline)
        kind, length = self._held[0], int.from_bytes(self._held[1:4], "big")
        if kind not in legal:
            raise Fault(f"frame type {kind:#04x}")
        low, high = LENGTHS[kind]
        if not low <= length <= high:
            raise Fault(f"length {length} of type {kind:#04x}")
        self._need(4 + length, deadline)
        body = bytes(self._held[4 : 4 + length])
        del self._held[: 4 + length]
        return Frame(kind, body)


def b64(data: bytes) -> str:
    """Base64 without padding (§6.1)."""
    return base64.b64encode(data).decode("ascii").rstrip("=")


def unb64(text: str) -> bytes:
    """The bytes of canonical base64 without padding, else Fault."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault("base64") from error
    if b64(data) != text:
        raise Fault("base64 in another spelling")
    return data


def _b64_of(low: int, high: int = 0) -> Check:
    def check(value: Json) -> bool:
        return isinstance(value, str) and low <= len(unb64(value)) <= (high or low)

    return check


def _integer(low: int) -> Check:
    # bool is an int in Python; `true` is not 1 here.
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value < 2**53


def _string(most: int) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= most


def _one_of(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value in words


def _object(fields: dict[str, Check]) -> Check:
    """The key of an optional field begins with "?"."""
    needed = {key for key in fields if not key.startswith("?")}
    checks = {key.lstrip("?"): check for key, check in fields.items()}

    def check(value: Json) -> bool:
        return (
            isinstance(value, dict)
            and needed <= value.keys() <= checks.keys()
            and all(checks[key](part) for key, part in value.items())
        )

    return check


_ID, _COUNT, _NUMBER, _NAME, _ASKED = (
    _b64_of(32),
    _integer(0),
    _integer(1),
    _string(24),
    _string(RECORD_TEXT_BYTES),
)
_STREAM, _C2 = _b64_of(16), _b64_of(544, 16_416)
_PERSON = _object({"id": _ID, "name": _NAME})
_RESUME = _object({"log_id": _b64_of(16), "seq": _NUMBER, "row": _b64_of(32)})


_FILE = _object(
    {"blob": _STREAM, "name": _string(255), "size": _COUNT, "sha256": _b64_of(32), "k": _b64_of(32)}
)
_BLOB_CODES = ("too_big", "member_full", "room_full", "too_many", "muted", "conflict", "later", "gone")


def _flag(value: Json) -> bool:
    return isinstance(value, bool)


TO_SERVER: dict[str, dict[str, Check]] = {
    "auth": {"key": _b64_of(256), "sig": _b64_of(256), "name": _ASKED, "stream": _STREAM,
             "resume": lambda value: value is None or _RESUME(value)},
    "say": {"stream": _STREAM, "n": _NUMBER, "text": _ASKED, "?file": _FILE},
    "send_whisper": {"stream": _STREAM, "n": _NUMBER, "to": _ID, "msg_id": _STREAM, "counter": _NUMBER,
                     "c1": _b64_of(256), "c2": _C2, "?blob": _STREAM},
    "put_blob": {"blob": _STREAM, "size": _COUNT},
    "get_blob": {"blob": _STREAM, "first": _COUNT},
    "stop_blob": {"blob": _STREAM},
    "drop_blob": {"blob": _STREAM},
    "got_whisper": {"from": _ID, "msg_id": _STREAM, "shown": _flag},
    "get_page": {"after": _COUNT},
    "get_key": {"id": _ID},
    "ping": {},
    "pong": {},
}  # fmt: skip
_SAID: dict[str, Check] = {
    "seq": _NUMBER, "from": _ID, "name": _NAME, "stream": _STREAM, "n": _NUMBER, "at": _COUNT,
    "text": _string(4_000), "?file": _FILE,
}  # fmt: skip
_ROOM_STATE: dict[str, Check] = {"read_only": _flag, "muted": _flag, "slow_s": _COUNT, "kept": _flag}
_DROPPED: dict[str, Check] = {"blob": _STREAM, "by_host": _flag}
IN_DIRECT: dict[str, dict[str, Check]] = {
    "welcome": {"room": _NAME, "log_id": _STREAM, "host": _ID, "name": _NAME, "last_n": _COUNT,
                "head": _COUNT, "history": _one_of("new", "resumed", "replaced"), "at": _COUNT},
    "said": _SAID,
    "gap": {"first": _NUMBER, "last": _NUMBER},
    "page_end": {"after": _COUNT, "last": _COUNT},
    "roster": {"members": lambda got: isinstance(got, list) and len(got) <= 200 and all(map(_PERSON, got))},
    "live": {"head": _COUNT, "members": _COUNT},
    "answer": {"stream": _STREAM, "n": _NUMBER, "seq": _NUMBER},
    "refused": {"stream": _STREAM, "n": _NUMBER, "code": _one_of(*REFUSALS)},
    "whisper_stored": {"stream": _STREAM, "n": _NUMBER, "at": _COUNT},
    "whisper": {"from": _ID, "msg_id": _STREAM, "counter": _NUMBER, "c1": _b64_of(256), "c2": _C2,
                "at": _COUNT, "?blob": _STREAM},
    "blob_have": {"blob": _STREAM, "chunks": _COUNT},
    "blob_refused": {"blob": _STREAM, "code": _one_of(*_BLOB_CODES)},
    "blob_dropped": _DROPPED,
    "whisper_done": {"to": _ID, "msg_id": _STREAM,
                     "outcome": _one_of("delivered", "not_shown", "given_up")},
    "key": {"id": _ID, "key": _b64_of(256)},
    "slowed": {},
    "lab": {"frozen": _flag},
    "room_state": _ROOM_STATE,
    "ping": {},
    "pong": {},
}  # fmt: skip
IN_ROOM: dict[str, dict[str, Check]] = {
    "said": _SAID,
    "joined": {"id": _ID, "name": _NAME},
    "left": {"id": _ID, "name": _NAME, "reason": _one_of("left", "lost", "kicked", "banned")},
    "room_state": _ROOM_STATE,
    "blob_dropped": _DROPPED,
}


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise Fault("a key twice")
    return dict(pairs)


def _integer_only(text: str) -> int:
    if len(text) > 20:
        raise Fault("a long integer")
    return int(text)


def _no_number(text: str) -> int:
    raise Fault(f"number {text[:20]}")


def _containers(text: str) -> int:
    """How many arrays and objects begin in `text`: brackets outside of strings."""
    plain = text.replace("\\\\", "").replace('\\"', "").split('"')[::2]
    return sum(part.count("[") + part.count("{") for part in plain)


def parse(data: bytes, table: dict[str, dict[str, Check]]) -> Message:
    """One JSON text (without its line feed) as a message of `table`, else Fault (§6.1)."""
    if len(data) > RECORD_TEXT_BYTES:
        raise Fault("a text too long")
    try:
        text = data.decode("utf-8", "strict")
        if text.startswith("\ufeff") or _containers(text) > 300:
            raise Fault("a byte order mark, or too deep")
        value = json.loads(
            text, object_pairs_hook=_no_duplicates, parse_int=_integer_only, parse_float=_no_number,
            parse_constant=_no_number,
        )  # fmt: skip
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate has no UTF-8
    except ValueError as error:
        raise Fault(str(error)) from error
    if not isinstance(value, dict):
        raise Fault("no object")
    kind = value.pop("t", None)
    if not isinstance(kind, str) or kind not in table or not _object(table[kind])(value):
        raise Fault(f"message {kind!r}: {list(value)}")
    return {"t": kind, **value}


def split(plaintext: bytes, table: dict[str, dict[str, Check]]) -> list[Message]:
    """All messages of a record; one bad text condemns them all (§5.1)."""
    if not plaintext.endswith(b"\n"):
        raise Fault("no line feed at the end")
    return [parse(text, table) for text in plaintext[:-1].split(b"\n")]


def pack(*messages: Message) -> bytes:
    """Messages as the plaintext of one record."""
    return b"".join(
        json.dumps(m, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for m in messages
    )


def integer(message: Message, key: str) -> int:
    """A checked message's integer."""
    value = message[key]
    assert isinstance(value, int)
    return value


def string(message: Message, key: str) -> str:
    """A checked message's string."""
    value = message[key]
    assert isinstance(value, str)
    return value
