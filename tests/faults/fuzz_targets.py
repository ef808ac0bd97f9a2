"""Everything that reads bytes from a peer, a person or a file, and what must hold whatever they are."""

from __future__ import annotations

import contextlib
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from gui.transcript.pictures import MAX_PIXELS, NoPicture, picture_size
from netcore import typed_lines
from netcore.crypto.blob import BlobCipher, chunk_count
from netcore.crypto.identity import PrivateKey
from netcore.errors import (
    BadChunk,
    BadName,
    FrameError,
    InputError,
    KeyFileError,
    MessageError,
    SettingsError,
    TrustFileError,
)
from netcore.net.target import join_address, parse_target
from netcore.session.events import Failed, FileChunkReceived, MessageReceived, PeerClosed
from netcore.session.table import State
from netcore.store.known_servers import KnownServers
from netcore.store.settings import Settings
from netcore.wire import codec
from netcore.wire.codec import decode_file, encode_file
from netcore.wire.discovery import RoomAnswer, decode_answer, decode_query, encode_answer, encode_query
from netcore.wire.file_names import clean_file_name, numbered
from netcore.wire.framing import PRE_KEY_LENGTHS, SEALED_LENGTHS, FrameParser, FrameType, encode_frame
from netcore.wire.messages import File, Message, Ping
from netcore.wire.names import clean_name, fold_name
from netcore.wire.strict_json import decode_object
from netcore.wire.texts import check_text, tidy_text, visible
from tests.faults.fuzz import Target
from tests.faults.fuzz_databases import client_database, room_database
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
_FILES = (encode_file(File(bytes(range(16)), "Zoë's plan.pdf", 70_000, bytes(32), bytes(32))).encode(),)
_FILE_NAMES = tuple(
    name.encode()
    for name in (
        "plan.pdf", "../../etc/passwd", "C:\\x", "..\\x", "CON", "nul.txt", "COM1.", "a:stream", ".bashrc",
        "-rf", "gpj.\u202eexe", "x" * 300, "東京" * 100 + ".png", "desktop.ini", " . ", "a\0b",
    )
)  # fmt: skip
_PICTURES = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes([0, 0, 1, 0, 0, 0, 1, 0, 8, 2, 0, 0, 0]) + bytes(40),
    b"GIF89a\x10\0\x10\0\x80\0\0" + bytes(6) + b"\x21\xf9\x04" + bytes(5)
    + b",\0\0\0\0\x10\0\x10\0\0\x02\x02L\x01\0;",
)
_PACKETS = (
    encode_query(bytes(range(16))),
    encode_answer(bytes(range(16)), RoomAnswer(bytes(32), 5050, 3, "Physics", "Zoë")),
)
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


_CHUNK = bytes(range(256)) * 3 + bytes(16)
_BLOB = bytes(range(16))


def _chunks(data: bytes, dice: random.Random) -> None:
    """Bent FileChunk records: nothing comes out but the chunk that was sent, and then the end."""
    pair = joined()
    for end in (pair.server, pair.client):
        for event in end.receive_bytes(data, 0.0):
            if isinstance(event, FileChunkReceived):
                assert event == FileChunkReceived(_BLOB, 7, _CHUNK)
            else:
                assert isinstance(event, MessageReceived | Failed | PeerClosed), event


@lru_cache
def _good_chunks() -> tuple[bytes, bytes]:
    pair = joined()
    for end in (pair.client, pair.server):
        end.send_chunk(_BLOB, 7, _CHUNK)
        end.send(Ping())
    return b"".join(pair.client.take_output()), b"".join(pair.server.take_output())


_PLAINTEXT = b"a file of one chunk " * 40
_CIPHER = BlobCipher(bytes(32), _BLOB, len(_PLAINTEXT))
_SEALED = _CIPHER.seal(0, _PLAINTEXT)


def _sealed_chunk(data: bytes, dice: random.Random) -> None:
    """What lies at a server that lies: it opens as what was sealed, or not at all."""
    with contextlib.suppress(BadChunk):
        assert _CIPHER.open(0, data) == _PLAINTEXT


def _described(data: bytes, dice: random.Random) -> None:
    """A description from a whisper."""
    with contextlib.suppress(MessageError):
        file = decode_file(data.decode("utf-8", "replace"))
        assert decode_file(encode_file(file)) == file
        assert chunk_count(file.size) >= 1


def _file_name(data: bytes, dice: random.Random) -> None:
    for text in (data.decode("utf-8", "replace"), data.decode("utf-8", "surrogateescape")):
        name = clean_file_name(text)
        assert clean_file_name(name) == name and name not in ("", ".", "..")
        assert not set(name) & set('/\\:*?"<>|\0') and name[0] not in ".-" and name[-1] not in ". "
        assert len(name.encode("utf-8")) <= 255 and not set(name) & {"\n", "\x1b", "\u202e", "\u200b"}
        assert Path("/in", name).parent == Path("/in") == Path("/in", numbered(name, 2)).parent


def _picture(data: bytes, dice: random.Random) -> None:
    with contextlib.suppress(NoPicture):
        wide, high = picture_size(data)
        assert 0 < wide * high <= MAX_PIXELS


def _packet(data: bytes, dice: random.Random) -> None:
    """A search, or an answer to one: as it was encoded, or nothing."""
    token = decode_query(data)
    assert token is None or encode_query(token) == data
    answer = decode_answer(data, _BLOB)
    assert answer is None or encode_answer(_BLOB, answer) == data


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
            Target("chunks", _good_chunks(), _chunks, 10),
            Target("sealed chunk", (_SEALED,), _sealed_chunk, 20),
            Target("files", _FILES, _described, 100),
            Target("file names", _FILE_NAMES, _file_name, 100),
            Target("pictures", _PICTURES, _picture, 100),
            Target("packets", _PACKETS, _packet, 100),
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
            room_database(folder),
            client_database(folder),
        )
