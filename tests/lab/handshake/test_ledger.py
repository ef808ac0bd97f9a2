"""Who knows what: each cell of the table is held against bytes (PROTOCOL §3)."""

from __future__ import annotations

import hashlib

import pytest

from netcore.crypto import exchange
from netcore.lab.handshake.from_the_wire import from_the_wire
from netcore.lab.handshake.ladder import Party, ladder
from netcore.lab.handshake.ledger import (
    KEX_PRIVATE,
    VALUE,
    VALUES,
    Knows,
    closure,
    frames_after,
    knows,
    values_after,
)
from netcore.lab.handshake.recorded import read
from tests.lab.handshake.handshakes import NAMES, tell, whole, z_again
from tests.session.pair import kex_key

STEPS = range(len(ladder()) + 1)


def by_hand(frames: dict[str, bytes]) -> dict[str, bytes]:
    """What the raw frames alone give, by offsets and hashlib: written from the page, not from the program."""
    found: dict[str, bytes] = {}
    ch, sh, cke, sf = (frames.get(name, b"") for name in NAMES[:4])
    if ch:
        found |= {"client_random": ch[20:52], "client_x25519": ch[52:84]}
    if sh:
        found |= {"server_random": sh[20:52], "server_x25519": sh[52:84], "identity_n": sh[84:468],
                  "kex_n": sh[468:724], "signature": sh[724:1108]}
    if cke:
        found |= {"oaep_ct": cke[4:260], "client_fin": cke[260:292],
                  "th2": hashlib.sha256(ch + sh + cke[4:260]).digest()}
    if sf:
        found |= {"server_fin": sf[4:36], "session_hash": hashlib.sha256(ch + sh + cke + sf).digest()}
    return found


@pytest.mark.parametrize("step", STEPS)
def test_the_eavesdroppers_column_is_what_the_capture_alone_gives(step: int) -> None:
    """A value is seen or computed exactly if it can be derived from the frames so far, and it is the real
    one then."""
    made = whole()
    capture = {name: made.frames[name] for name in frames_after(step)}
    derived = by_hand(capture)
    recording = read(tell(Party.CLIENT))
    assert recording is not None
    for value in VALUES:
        cell = knows(Party.EAVESDROPPER, value, step)
        assert (cell in (Knows.SEEN, Knows.COMPUTES)) == (value.name in derived), value.name
        if value.name in derived:
            assert derived[value.name] == recording.values[value.name]
    assert from_the_wire(capture) == derived


def test_seen_is_in_the_frames_and_computed_is_not() -> None:
    bytes_of_all = b"".join(whole().frames.values())
    derived = by_hand(whole().frames)
    for value in VALUES:
        cell = knows(Party.EAVESDROPPER, value, 6)
        if cell in (Knows.SEEN, Knows.COMPUTES):
            assert (derived[value.name] in bytes_of_all) == (cell is Knows.SEEN), value.name


def test_what_the_rsa_key_opens() -> None:
    """pre_secret, and nothing else that was hidden: the thief lacks z."""
    needs = {value.name for value in VALUES if knows(Party.EAVESDROPPER, value, 6) is Knows.NEEDS_RSA_KEY}
    assert needs == {"pre_secret"}
    made = whole()
    assert kex_key().open(by_hand(made.frames)["oaep_ct"]) == made.client_secrets["pre_secret"]


def test_z_is_what_the_thief_lacks_and_all_that_it_lacks() -> None:
    stolen = closure({*NAMES, KEX_PRIVATE})
    assert not stolen & {"z", "PRK", "c2s traffic", "s2c traffic", "auth", "welcome"}
    assert {"PRK", "c2s traffic", "s2c traffic", "auth", "welcome"} <= closure({*stolen, "z"})


def test_both_sides_come_to_the_same_z_and_neither_to_the_others_half() -> None:
    made = whole()
    wire = by_hand(made.frames)
    z = made.client_secrets["z"]
    assert z_again(made.client_secrets["client_private"], wire["server_x25519"]) == z
    assert z_again(made.server_secrets["server_private"], wire["client_x25519"]) == z
    assert knows(Party.SERVER, VALUE["client_private"], 6) is Knows.CANNOT
    assert knows(Party.CLIENT, VALUE["server_private"], 6) is Knows.CANNOT


@pytest.mark.parametrize("party", [Party.CLIENT, Party.SERVER])
def test_an_honest_side_knows_all_but_the_others_half(party: Party) -> None:
    unknown = {value.name for value in VALUES if knows(party, value, 6) is Knows.CANNOT}
    assert unknown == {f"{party.other.value}_private"}


def test_who_refuses_a_message_has_what_stands_in_it_and_no_more() -> None:
    """The server turns ClientKeyExchange down: whether it opened oaep_ct, nobody at the other end can say."""
    cells = {value.name: knows(Party.SERVER, value, 3, Party.SERVER) for value in values_after(3)}
    reached = {name for name, cell in cells.items() if cell is not Knows.NOT_REACHED}
    assert not reached & {"pre_secret", "z", "th2", "PRK", "c2s traffic", "s2c traffic"}
    assert {"oaep_ct", "client_fin", "client_random", "server_private"} <= reached
    for value in values_after(3):  # nobody else is touched by it
        assert knows(Party.CLIENT, value, 3, Party.SERVER) is knows(Party.CLIENT, value, 3)
        assert knows(Party.EAVESDROPPER, value, 3, Party.SERVER) is knows(Party.EAVESDROPPER, value, 3)
    assert knows(Party.CLIENT, VALUE["identity_n"], 2, Party.CLIENT) is Knows.KNOWS


@pytest.mark.parametrize("step", STEPS)
def test_earlier_lines_stay(step: int) -> None:
    assert values_after(step) == VALUES[: len(values_after(step))]
    assert all(knows(Party.CLIENT, value, step) is None for value in VALUES[len(values_after(step)) :])


def test_the_sizes_are_the_real_ones() -> None:
    recording = read(tell(Party.CLIENT))
    assert recording is not None
    for value in VALUES:
        if value.size_bytes and value.name in recording.values:
            assert len(recording.values[value.name]) == value.size_bytes, value.name


def test_a_bent_frame_gives_what_stood_before_it() -> None:
    frames = dict(whole().frames)
    frames["ServerHello"] = b"\x02\x00\x04\x50" + bytes(1104)  # no magic
    assert set(from_the_wire(frames)) == {"client_random", "client_x25519"}


def test_every_function_that_is_named_is_there() -> None:
    from pathlib import Path

    from netcore.lab.handshake.questions import QUESTIONS

    home = Path(exchange.__file__).resolve().parent.parent.parent
    named = {value.function for value in VALUES} | {question.function for question in QUESTIONS}
    for function in named:
        words, _, path = function.partition(" in ")
        source = (home / path).read_text("utf-8")
        for part in words.removesuffix("()").split("."):
            assert f"def {part}(" in source or f"class {part}" in source, function
