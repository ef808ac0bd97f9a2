"""Spans: each byte has one name on every layer, and it is the decoders' (PROTOCOL §2, §3, §5, §6)."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netcore.crypto.bodies import (
    ClientHelloBody,
    ClientKeyExchangeBody,
    ServerFinishedBody,
    ServerHelloBody,
)
from netcore.crypto.records import (
    CHUNK_HEAD_BYTES,
    DirectOpener,
    DirectSealer,
    encode_chunk_head,
    encode_close,
    open_chunk,
    seal_chunk,
)
from netcore.crypto.room_keys import RoomOpener, RoomSealer, room_key_frame, stamper
from netcore.lab.spans import (
    FRAME_NAMES,
    Span,
    Spans,
    spans_of_frame,
    spans_of_frames,
    spans_of_json,
    spans_of_letters,
    spans_of_plaintext,
    spans_of_record,
)
from netcore.layout import Kind
from netcore.wire.codec import encode, split_texts
from netcore.wire.framing import (
    HEADER_BYTES,
    HEADER_LAYOUT,
    PRE_KEY_LENGTHS,
    SEALED_LENGTHS,
    FrameType,
    encode_frame,
    encode_header,
)
from netcore.wire.messages import Message, Person, Roster, Say
from tests.wire.examples import ANY_MESSAGE, PAGE

LEGAL = {**PRE_KEY_LENGTHS, **SEALED_LENGTHS}
SEALED_FIELDS = {
    FrameType.DIRECT: ["ciphertext", "tag"],
    FrameType.FILE_CHUNK: ["head", "tag", "data"],
    FrameType.CLOSE: ["ciphertext", "tag"],
    FrameType.ROOM: ["epoch", "index", "ciphertext", "tag", "stamp"],
    FrameType.ROOM_KEY: ["epoch", "wrapped", "stamp"],
}


def assert_tiles(spans: Spans, total_bytes: int, start: int = 0) -> None:
    """One behind the other, none empty, from the first byte to the last."""
    for span in spans:
        assert span.start == start < span.end
        assert span.name
        start = span.end
    assert start == total_bytes


def named(spans: Spans, data: bytes) -> dict[str, bytes]:
    return {span.name: data[span.start : span.end] for span in spans}


@st.composite
def legal_frames(draw: st.DrawFn) -> bytes:
    """A header of any legal type and length; the body does not matter to where its fields are."""
    frame_type = draw(st.sampled_from(list(FrameType)))
    legal = LEGAL[frame_type]
    return encode_frame(frame_type, bytes(draw(st.integers(legal.start, legal.stop - 1))))


@given(legal_frames())
@example(encode_frame(FrameType.ROOM, bytes(65_552)))
@example(encode_frame(FrameType.CLOSE, bytes(17)))
@example(encode_frame(FrameType.FILE_CHUNK, bytes(65_592)))
def test_every_legal_frame_is_tiled(frame: bytes) -> None:
    spans = spans_of_frame(frame)
    assert_tiles(spans, len(frame))
    assert [span.name for span in spans[:2]] == ["type", "length"]
    assert [span.end for span in spans[:2]] == [1, HEADER_BYTES]
    assert Kind.UNREAD not in {span.kind for span in spans}


@given(st.lists(legal_frames(), max_size=4), st.binary(max_size=3))
def test_frames_behind_one_another_are_tiled(frames: list[bytes], rest: bytes) -> None:
    data = b"".join(frames) + rest
    spans = spans_of_frames(data)
    assert_tiles(spans, len(data))
    starts = [span.start for span in spans if span.name == "type"]
    assert starts == [sum(map(len, frames[:place])) for place in range(len(frames))]


@pytest.mark.parametrize("frame_type", FrameType)
def test_the_names_are_the_page_s(frame_type: FrameType) -> None:
    """§2's table has the frame's name; §3.1, §5 and §14.2 every field's."""
    page = PAGE.read_text("utf-8")
    assert f"| 0x{frame_type:02X} | {FRAME_NAMES[frame_type]} |" in page
    body = spans_of_frame(encode_header(frame_type, LEGAL[frame_type].stop - 1))[2:]
    if frame_type in SEALED_FIELDS:
        assert [span.name for span in body] == SEALED_FIELDS[frame_type]
        assert all(span.name in page for span in body)
    elif frame_type is not FrameType.ALERT:
        for span in body:  # the page counts from the body's beginning
            assert f"| {span.start - HEADER_BYTES} | {span.name}, {span.end - span.start} |" in page


def test_the_header_is_as_long_as_its_fields() -> None:
    assert sum(field.size or 0 for field in HEADER_LAYOUT) == HEADER_BYTES


@pytest.mark.parametrize(
    ("frame_type", "cls"),
    [
        (FrameType.CLIENT_HELLO, ClientHelloBody),
        (FrameType.SERVER_HELLO, ServerHelloBody),
        (FrameType.CLIENT_KEY_EXCHANGE, ClientKeyExchangeBody),
        (FrameType.SERVER_FINISHED, ServerFinishedBody),
    ],
)
def test_a_handshake_field_is_where_its_encoder_puts_it(
    frame_type: FrameType,
    cls: type[ClientHelloBody | ServerHelloBody | ClientKeyExchangeBody | ServerFinishedBody],
) -> None:
    """§3.1: each field filled with a byte of its own comes out under its own name."""
    sizes = [field.size or 0 for field in cls.LAYOUT]
    fields = [bytes([number + 1]) * size for number, size in enumerate(sizes)]
    frame = encode_frame(frame_type, cls(*fields).encode())
    assert list(named(spans_of_frame(frame)[2:], frame).values()) == fields
    field_names = [field.name for field in dataclasses.fields(cls)]
    names = [field.removeprefix("client_").removeprefix("server_") for field in field_names]
    short = [span.name.removeprefix("client_").removeprefix("server_") for span in spans_of_frame(frame)[2:]]
    assert short == names


def test_a_room_record_s_fields_are_what_its_sealer_made() -> None:
    """§5.2: epoch, index, tag and stamp of a real record, and the RoomKey ahead of it."""
    stamp_key, wrap_key = bytes([1]) * 32, bytes([2]) * 32
    sealer = RoomSealer(lambda length: bytes([3]) * length)
    sealer.seal(b"first")
    sealed = sealer.seal(b"second")
    stamp = stamper(stamp_key)(1, sealed.digest)
    room = sealed.shared + stamp
    fields = named(spans_of_frame(room), room)
    assert fields["epoch"] == bytes([0, 0, 0, 1]) and fields["index"] == bytes(7) + b"\1"
    assert len(fields["ciphertext"]) == len(b"second") and fields["stamp"] == stamp
    key = room_key_frame(1, sealer.key, 0, wrap_key, stamper(stamp_key))
    assert named(spans_of_frame(key), key)["epoch"] == bytes([0, 0, 0, 1])
    opener = RoomOpener(stamp_key, wrap_key)
    opener.take_key(0, key[:HEADER_BYTES], key[HEADER_BYTES:])
    assert opener.open(1, room[:HEADER_BYTES], room[HEADER_BYTES:]) == b"second"


def test_a_chunk_s_fields_are_what_its_sealer_made() -> None:
    """§14.2: the head under the seal, and the data as it is."""
    blob, data, keys = bytes(range(16)), bytes(70), (bytes(32), bytes(16))
    header = encode_header(FrameType.FILE_CHUNK, CHUNK_HEAD_BYTES + len(data))
    head = encode_chunk_head(blob, 7)
    frame = header + seal_chunk(DirectSealer(*keys), 3, header, head, data) + data
    fields = named(spans_of_frame(frame), frame)
    assert fields["data"] == data and len(fields["head"]) == len(head) and len(fields["tag"]) == 16
    assert open_chunk(DirectOpener(*keys), 3, header, frame[HEADER_BYTES:]) == (head, data)
    opened = named(spans_of_plaintext(FrameType.FILE_CHUNK, head), head)
    assert opened == {"blob": blob, "i": bytes(7) + b"\7"}


@given(st.binary(max_size=40))
def test_what_is_no_frame_is_unread(data: bytes) -> None:
    """Shown, and not an error: a header of no legal type or length, and less than a header."""
    total = len(data) if len(data) < HEADER_BYTES else HEADER_BYTES + int.from_bytes(data[1:4], "big")
    spans = spans_of_frame(data)
    assert_tiles(spans, total)
    if len(data) >= HEADER_BYTES and data[0] not in {*FrameType}:
        assert {span.kind for span in spans[2:]} <= {Kind.UNREAD}


def test_a_body_too_short_for_its_fields_is_unread() -> None:
    spans = spans_of_frame(encode_header(FrameType.ROOM, 20))
    assert spans[2:] == (Span(4, 24, "unread", Kind.UNREAD),)


# --- Under the seal -------------------------------------------------------------------------------


@given(st.lists(ANY_MESSAGE, min_size=1, max_size=4))
def test_every_record_of_messages_is_tiled_on_every_layer(messages: list[Message]) -> None:
    """§5.1, §6.2: records to texts, texts to keys and values, a text to its letters."""
    plaintext = b"".join(map(encode, messages))
    texts = spans_of_record(FrameType.DIRECT, plaintext)
    assert_tiles(texts, len(plaintext))
    assert [span.name for span in texts] == [name for m in messages for name in (m.t, "newline")]
    assert [plaintext[span.start : span.end] for span in texts[::2]] == split_texts(plaintext)
    spans = spans_of_plaintext(FrameType.DIRECT, plaintext)
    assert_tiles(spans, len(plaintext))
    assert Kind.UNREAD not in {span.kind for span in spans}
    for span in spans:
        if span.kind is Kind.TEXT:
            letters = spans_of_letters(plaintext[span.start : span.end], span.start)
            assert_tiles(letters, span.end, span.start)


def leaves(value: object, path: str = "") -> dict[str, object]:
    """Each value of a JSON object by its path, as `spans_of_json` names them."""
    if isinstance(value, dict):
        inner = [leaves(one, f"{path}.{key}" if path else key) for key, one in value.items()]
    elif isinstance(value, list):
        inner = [leaves(one, f"{path}[{number}]") for number, one in enumerate(value)]
    else:
        return {path: value}
    return {name: one for found in inner for name, one in found.items()}


@given(ANY_MESSAGE, st.booleans(), st.sampled_from([(",", ":"), (" , ", " : ")]))
def test_each_value_is_under_its_name(message: Message, escaped: bool, separators: tuple[str, str]) -> None:
    """§6.1: whatever the spelling (escapes, spaces), a value's bytes are those that `json` reads."""
    value = json.loads(encode(message))
    text = json.dumps(value, ensure_ascii=escaped, separators=separators).encode()
    spans = spans_of_json(text)
    assert_tiles(spans, len(text))
    found = {}
    for span in spans:
        if span.kind in (Kind.JSON_VALUE, Kind.TEXT):
            raw = text[span.start : span.end].decode()
            quoted = text[span.start - 1 : span.start] == b'"'
            found[span.name] = json.loads(f'"{raw}"' if quoted else raw)
    assert found == {name: one for name, one in leaves(value).items() if one != ""}
    assert [span.name for span in spans if span.kind is Kind.TEXT] == (["text"] if found.get("text") else [])
    keys = [span.name.rpartition(".")[2] for span in spans if span.kind is Kind.JSON_KEY]
    assert keys == [text[s.start : s.end].decode() for s in spans if s.kind is Kind.JSON_KEY]


def test_five_letters() -> None:
    """Bytes, not letters: behind an ü all stands one further."""
    text = encode(Say(bytes(16), 1, "ü hello"))[:-1]
    (span,) = [span for span in spans_of_json(text) if span.kind is Kind.TEXT]
    assert text[span.start : span.end].decode() == "ü hello"
    letters = spans_of_letters(text[span.start : span.end], span.start)
    assert [letter.name for letter in letters] == list("ü hello")
    assert [letter.end - letter.start for letter in letters] == [2, 1, 1, 1, 1, 1, 1]
    assert text[letters[2].start : letters[-1].end] == b"hello"


@pytest.mark.parametrize(
    ("text", "names", "sizes"),
    [
        (rb"a\n\"b", ["a", "\n", '"', "b"], [1, 2, 2, 1]),
        (rb"\u00fc!", ["ü", "!"], [6, 1]),
        (rb"\ud83d\ude00", ["😀"], [12]),
        ("😀é".encode(), ["😀", "é"], [4, 2]),
        (rb"\\u00fc", ["\\", "u", "0", "0", "f", "c"], [2, 1, 1, 1, 1, 1]),
        (rb"\ud83d!", ["unread", "!"], [6, 1]),
        (b"\xff\x80", ["unread"], [2]),
        (b"\x80a", ["unread", "a"], [1, 1]),
        (b"", [], []),
    ],
)
def test_letters_and_their_spellings(text: bytes, names: list[str], sizes: list[int]) -> None:
    """§6.1: escapes are read too. What is no letter is unread, and no error."""
    letters = spans_of_letters(text)
    assert [letter.name for letter in letters] == names
    assert [letter.end - letter.start for letter in letters] == sizes


def test_names_inside_objects_and_arrays() -> None:
    text = encode(Roster((Person(bytes(32), "Ada"), Person(bytes(32), "Ben"))))[:-1]
    values = [span.name for span in spans_of_json(text) if span.kind is Kind.JSON_VALUE]
    assert values == ["t", "members[0].id", "members[0].name", "members[1].id", "members[1].name"]


@pytest.mark.parametrize("text", [b"\xff\xfe", b"{", b'{"t":"say', b'{"a":1}]]', b"5", b'{"a":\0}', b"  "])
def test_broken_json_is_tiled_too(text: bytes) -> None:
    assert_tiles(spans_of_json(text), len(text))


@given(st.binary(max_size=200))
def test_any_plaintext_is_tiled(plaintext: bytes) -> None:
    for frame_type in (FrameType.DIRECT, FrameType.ROOM, FrameType.CLOSE, FrameType.FILE_CHUNK):
        assert_tiles(spans_of_record(frame_type, plaintext), len(plaintext))
        assert_tiles(spans_of_plaintext(frame_type, plaintext), len(plaintext))
    assert_tiles(spans_of_letters(plaintext), len(plaintext))


def test_a_record_whose_last_text_is_not_ended() -> None:
    assert [span.name for span in spans_of_record(FrameType.ROOM, b'{"t":"ping"}\n{"a')] == [
        "ping",
        "newline",
        "JSON",
    ]


@pytest.mark.parametrize("reason", ["", "Bis später"])
def test_a_close(reason: str) -> None:
    """§5.3: code and reason."""
    plaintext = encode_close(4, reason)
    spans = spans_of_plaintext(FrameType.CLOSE, plaintext)
    assert_tiles(spans, len(plaintext))
    assert named(spans, plaintext) == {"code": b"\4"} | ({"reason": reason.encode()} if reason else {})
