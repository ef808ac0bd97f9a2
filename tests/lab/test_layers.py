"""A frame taken apart: every layer is tiled, and a byte is the same byte in the next layer in or out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netcore.lab.layers import (
    CHUNK,
    FRAME,
    JSON,
    RECORD,
    Layer,
    inwards,
    layers_of,
    lettered,
    outwards,
    text_layers,
)
from netcore.lab.recording import Recording
from netcore.trace import FrameSeen
from netcore.wire.messages import Ping
from tests.lab.scene import Scene, last_frame, said


def layers(frame: FrameSeen, kept: Recording) -> dict[str, Layer]:
    chunks = kept.chunks_of(frame)
    others = [one for chunk in chunks for one in kept.frames_in(chunk) if one is not frame]
    return {one.key: one for one in layers_of(frame, kept.whole(frame), chunks, others)}


def texts(frame: FrameSeen) -> list[Layer]:
    return text_layers(layers_of(frame, frame.raw, ())[-1])


def test_the_five_letters_are_found_from_the_chunk_down_to_the_text() -> None:
    scene, kept = Scene(), Recording()
    events = scene.carried([scene.direct_record(False, Ping()), scene.room_record(said(1, "hello"))])
    kept.take(events)
    frame = last_frame(events)
    found = layers(frame, kept)
    assert list(found) == [CHUNK, FRAME, RECORD, JSON]
    text = lettered(texts(frame)[0])
    assert (text.title, text.data) == ("said 1", b"hello")
    byte = 1
    for inner in (text, found[JSON]):
        byte = outwards(inner, byte)
    # The second letter's byte in the record is that of the ciphertext at the same place.
    span = found[RECORD].span_at(byte)
    assert span is not None
    assert span.name == "ciphertext"
    assert byte - span.start == frame.plaintext.index(b"hello") + 1  # type: ignore[union-attr]
    assert inwards(text, inwards(found[JSON], byte)) == 1
    assert found[CHUNK].data[outwards(found[FRAME], byte)] == frame.raw[byte]


@given(st.integers(1, 400), st.integers(1, 6), st.text(st.characters(exclude_categories=["Cs"]), min_size=1,
                                                         max_size=50))
def test_every_layer_is_tiled(piece_bytes: int, count: int, text: str) -> None:
    scene, kept = Scene(), Recording()
    records = [scene.room_record(said(n + 1, text), said(n + 2, text)) for n in range(count)]
    events = scene.carried(records, piece_bytes)
    kept.take(events)
    for frame in kept.frames:
        for layer in (*layers(frame, kept).values(), *map(lettered, texts(frame))):
            at = 0
            for span in layer.spans:
                assert span.start == at
                at = span.end
            assert at == len(layer.data)


def test_a_frame_that_did_not_open_ends_at_its_record() -> None:
    scene, kept = Scene(), Recording()
    events = scene.carried([scene.room_record(said(1, "hello"))], opened=False)
    kept.take(events)
    assert list(layers(last_frame(events), kept)) == [CHUNK, FRAME, RECORD]
    assert texts(last_frame(events)) == []


def test_without_its_chunks_a_frame_begins_at_the_frame() -> None:
    frame = last_frame(Scene().say(1, "hello"))
    assert [one.key for one in layers_of(frame, frame.raw, ())] == [FRAME, RECORD, JSON]


def test_each_text_of_a_record_is_named_by_its_message() -> None:
    scene = Scene()
    frame = last_frame(scene.carried([scene.room_record(said(7, "one"), said(8, "two"))]))
    assert [(one.title, one.data) for one in texts(frame)] == [("said 7", b"one"), ("said 8", b"two")]
