"""Everything that reads bytes from a peer, a person or a file, and what must hold whatever they are."""

from __future__ import annotations

import contextlib
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from netcore import typed_lines
from netcore.crypto.identity import PrivateKey
from netcore.errors import (
    BadName,
    FrameError,
    InputError,
    KeyFileError,
    MessageError,
    SettingsError,
    StorageError,
    TrustFileError,
)
from netcore.net.target import join_address, parse_target
from netcore.session.events import Failed, MessageReceived, PeerClosed
from netcore.session.table import State
from netcore.store.known_servers import KnownServers
from netcore.store.room_log import Attempt, RoomLog
from netcore.store.settings import Settings
from netcore.wire import codec
from netcore.wire.framing import PRE_KEY_LENGTHS, SEALED_LENGTHS, FrameParser, FrameType, encode_frame
from netcore.wire.messages import Message, Ping
from netcore.wire.names import clean_name, fold_name
from netcore.wire.strict_json import decode_object
from netcore.wire.texts import check_text, tidy_text, visible
from tests.faults.fuzz import Target
from tests.keys import pem
from tests.session.pair import feed_server, joined, new_server
from tests.wire.examples import page_examples

_ALL_LENGTHS = {**PRE_KEY_LENGTHS, **SEALED_LENGTHS}
_FRAMES = b"".join(encode_frame(kind, bytes(lengths[0])) for kind, lengths in _ALL_LENGTHS.items())
_TEXTS = tuple(
    text.encode()
    for text in (
        "hello", "two\nlines\tand a tab", "Zoë 東京 🙂 a\u0301", "/whisper Ben psst", "//a", "/kick Ben why",
    )
)  # fmt: skip
_NAMES = tuple(name.encode() for name in ("Ada", "Ben.2", "Zoë", "東京", "Anna Maria", "server"))
_TARGETS = (
    b"192.168.1.20:5050", b"[fe80::1]:5050", b"fe80::1", b"host.example.", b"localhost",
    b"localchat://192.168.1.20:5050/#0123456789abcdef0123456789abcdef",
)  # fmt: skip


def _frames(data: bytes, dice: random.Random) -> None:
    """The same frames, or the same refusal, however TCP cuts the bytes; and a buffer that stays small."""

    def parse(piece_bytes: int) -> list[object]:
        parser = FrameParser(_ALL_LENGTHS)
        found: list[object] = []
        try:
            for start in range(0, len(data), piece_bytes):
                parser.feed(data[start : start + piece_bytes])
                while frame := parser.next():
                    found.append((frame.type, frame.body))
                assert parser.buffered_bytes <= 4 + 65_552
        except FrameError:
            return [*found, "refused"]
        return [*found, parser.buffered_bytes]

    assert parse(65_536) == parse(dice.choice((1, 3, 7, 1_000)))


def _json(data: bytes, dice: random.Random) -> None:
    with contextlib.suppress(MessageError):
        value = decode_object(data)
        assert decode_object(json.dumps(value, ensure_ascii=False).encode()) == value


def _messages(data: bytes, dice: random.Random) -> None:
    decoders: tuple[Callable[[bytes], Message], ...] = (
        codec.decode_from_client, codec.decode_direct, codec.decode_room,
    )  # fmt: skip
    for decode in decoders:
        with contextlib.suppress(MessageError):
            message = decode(data)
            assert decode(codec.encode(message)[:-1]) == message


def _server_session(data: bytes, dice: random.Random) -> None:
    """A stranger's bytes: an end or patience, no exception; nobody is let in."""
    server = new_server()
    feed_server(server, data)
    assert server.state in (State.NOTHING_KNOWN, State.HELLO_KNOWN, State.CLOSED)


def _records(data: bytes, dice: random.Random) -> None:
    """Bent records between two who have keys: what is not exactly right ends the connection."""
    pair = joined()
    for end, good in zip((pair.server, pair.client), _good_records(), strict=True):
        events = end.receive_bytes(data, 0.0)
        if data.startswith(good):
            assert events.pop(0) == MessageReceived(Ping())  # what is bent comes behind it
        assert all(isinstance(event, Failed | PeerClosed) for event in events), events


@lru_cache
def _good_records() -> tuple[bytes, bytes]:
    """What the client would say next, and what the server would."""
    pair = joined()
    pair.client.send(Ping())
    pair.server.send(Ping())
    return b"".join(pair.client.take_output()), b"".join(pair.server.take_output())


def _text(data: bytes, dice: random.Random) -> None:
    for text in (data.decode("utf-8", "replace"), data.decode("utf-8", "surrogateescape")):
        for one_line in (False, True):
            shown = visible(text, one_line=one_line)
            shown.encode("utf-8")
            assert visible(shown, one_line=one_line) == shown
            allowed = set() if one_line else {"\n", "\t"}
            bad = {letter for letter in shown if ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0} - allowed
            assert not bad and "\u202e" not in shown
        check_text(tidy_text(text))


def _name(data: bytes, dice: random.Random) -> None:
    text = data.decode("utf-8", "replace")
    fold_name(text)
    with contextlib.suppress(BadName):
        name = clean_name(text)
        assert clean_name(name) == name and 1 <= len(name) <= 24 and visible(name, one_line=True) == name


def _target(data: bytes, dice: random.Random) -> None:
    with contextlib.suppress(InputError):
        target = parse_target(data.decode("utf-8", "replace"))
        assert 1 <= target.port <= 65_535
        again = parse_target(join_address(target.host, target.port))
        assert (again.host, again.port) == (target.host, target.port)


def _line(data: bytes, dice: random.Random) -> None:
    members = {b"b" * 32: "Ben", b"m" * 32: "Anna Maria"}
    for host in (True, False):
        typed_lines.read_line(data.decode("utf-8", "replace"), members, host=host, gone=("Anna",))


def _key(data: bytes, dice: random.Random) -> None:
    with contextlib.suppress(KeyFileError):
        PrivateKey.from_pem(data, path="member.pem")


def _file(
    path: Path, kinds: tuple[type[Exception], ...], read: Callable[[], object]
) -> Callable[[bytes, random.Random], None]:
    def check(data: bytes, dice: random.Random) -> None:
        path.write_bytes(data)
        try:
            read()
        except kinds:
            assert path.read_bytes() == data, "what is refused is left as it is"

    return check


def _database(folder: Path) -> Target:
    path = folder / "room.db"
    log = RoomLog.open(path, random.Random(1).randbytes)
    for n in range(1, 40):
        log.commit([Attempt(b"a" * 32, "Ada", b"s" * 16, n, f"text {n} " * 20)], n)
    log.close()
    good = path.read_bytes()

    def read() -> None:
        for left_over in folder.glob("room.db-*"):
            left_over.unlink()
        log = RoomLog.open(path, random.Random(1).randbytes)
        try:
            log.read(0, 100)
            log.commit([Attempt(b"a" * 32, "Ada", b"s" * 16, 40, "one more")], 40)
        finally:
            log.close()

    def check(data: bytes, dice: random.Random) -> None:
        path.write_bytes(data)
        with contextlib.suppress(StorageError):
            read()

    return Target("room.db", (good,), check, 1)


@contextlib.contextmanager
def targets() -> Iterator[tuple[Target, ...]]:
    """All of them; some have files, which are gone afterwards."""
    messages = tuple(page_examples())
    with tempfile.TemporaryDirectory(prefix="localchat-fuzz-") as name:
        folder = Path(name)
        settings = Settings(folder / "settings.json")
        settings.save({"dark": True, "scale": 150, "nick": "Zoë"})
        known = KnownServers(folder / "known_servers.json")
        for number in range(3):
            known.accept(bytes([number]) * 32, f"10.0.0.{number}:5050", "Lab", number)
        hello = encode_frame(FrameType.CLIENT_HELLO, b"LocalChat/1 sec\n" + bytes(range(64)))
        exchange = encode_frame(FrameType.CLIENT_KEY_EXCHANGE, bytes(288))
        yield (
            Target(
                "frames",
                (_FRAMES, *(encode_frame(FrameType.DIRECT, one + bytes(16)) for one in messages)),
                _frames,
                40,
            ),
            Target("json", messages, _json, 100),
            Target("messages", messages, _messages, 100),
            Target("stranger", (hello, hello + exchange, exchange), _server_session, 2),
            Target("records", _good_records(), _records, 20),
            Target("texts", _TEXTS, _text, 100),
            Target("names", _NAMES, _name, 100),
            Target("invites", _TARGETS, _target, 100),
            Target("lines", _TEXTS, _line, 100),
            Target("keys", (pem("member_ada"), pem("server_identity")), _key, 2),
            Target(
                "settings",
                ((folder / "settings.json").read_bytes(),),
                _file(folder / "settings.json", (SettingsError,), settings.load),
            ),
            Target(
                "known servers",
                ((folder / "known_servers.json").read_bytes(),),
                _file(folder / "known_servers.json", (TrustFileError,), known.all),
            ),
            _database(folder),
        )
