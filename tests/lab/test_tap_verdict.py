"""What the tap alone says of an attack: what it can know, and nothing that only a victim knows."""

from __future__ import annotations

import pytest

from netcore.lab.orders import TapDirection
from netcore.lab.tap_events import (
    Attacked,
    ConnectionBegan,
    ConnectionEnded,
    FrameTapped,
    How,
    Overheard,
    TapEvent,
)
from netcore.lab.tap_verdict import judge_by_tap, last_attack
from netcore.lab.verdict import Outcome, Verdict
from netcore.wire.framing import FrameType

RECORD = bytes([FrameType.DIRECT, 0, 0, 4]) + bytes(4)


def attack(name: str = "flip", direction: TapDirection | None = "up") -> Attacked:
    return Attacked(1, name, direction, None if direction is None else 4, RECORD, RECORD)


def frame(direction: TapDirection, kind: FrameType, connection: int = 1) -> FrameTapped:
    return FrameTapped(connection, direction, 5, kind, bytes([kind]))


def ended(how: How, connection: int = 1) -> ConnectionEnded:
    return ConnectionEnded(connection, how)


def verdict(*events: TapEvent) -> Verdict:
    newest = last_attack(events)
    assert newest is not None
    return judge_by_tap(events, newest)


def test_nobody_has_hung_up_yet() -> None:
    told = verdict(attack(), frame("down", FrameType.DIRECT))
    assert told.outcome is Outcome.NOT_YET
    what = "frame 4 (Direct, 8 bytes) on its way from the client to the server"
    assert told.did == f"Turned one bit of {what}, and passed it on."
    assert told.happened == ("Since then 0 frames from the client passed, 1 from the server.",
                             "Both ends are still there.")


@pytest.mark.parametrize(
    ("how", "events", "heading"),
    [
        ("server ended", (), "The server hung up"),
        ("client ended", (), "The client hung up"),
        ("server ended", (frame("down", FrameType.ALERT),), "The server sent an Alert"),
    ],
)
def test_an_end_has_hung_up(how: How, events: tuple[TapEvent, ...], heading: str) -> None:
    told = verdict(attack(), *events, ended(how))
    assert (told.outcome, told.heading) == (Outcome.CAUGHT, heading)
    assert "the window of the attacked end says" in told.why, "which defence it was, nobody here knows"
    assert not told.section and told.happened[-1] == "Nobody has connected again yet."
    back = verdict(attack(), *events, ended(how), ConnectionBegan(2, "127.0.0.1:1", False))
    assert back.happened[-1] == "A client has connected again."


def test_a_close_is_no_refusal() -> None:
    told = verdict(attack(), frame("up", FrameType.CLOSE), ended("client ended"))
    assert (told.outcome, told.heading) == (Outcome.NOT_YET, "The client has left")
    other = verdict(attack(), frame("up", FrameType.CLOSE), ended("server ended"))
    assert other.heading == "The server hung up", "the Close was the other end's"


def test_what_happens_on_other_connections_says_nothing() -> None:
    told = verdict(attack(), frame("up", FrameType.DIRECT, 2), ended("client ended", 2))
    assert told.outcome is Outcome.NOT_YET and told.happened[0] == "No frame has passed since."


def test_what_changes_no_byte_cannot_be_noticed() -> None:
    for name in ("split", "join", "delay"):
        assert verdict(attack(name)).outcome is Outcome.NOBODY
        assert verdict(attack(name), ended("server ended")).outcome is Outcome.CAUGHT


def test_own_keys_are_believed_when_something_could_be_read() -> None:
    keys = Attacked(1, "own-keys", "down", 0, b"", RECORD)
    assert verdict(keys).outcome is Outcome.NOT_YET
    told = verdict(keys, Overheard(1, "up", "Ada", "nobody hears this"))
    assert told.outcome is Outcome.YOU_DECIDE and "read along" in told.heading
    stopped = verdict(keys, ended("client ended"))
    assert stopped.heading == "The client hung up" and "asks its person" in stopped.why


def test_a_cut_was_ours() -> None:
    assert verdict(attack("cut", None), ended("cut")).heading == "Cut"


def test_the_newest_attack_counts_and_none_is_none() -> None:
    assert last_attack([frame("up", FrameType.DIRECT)]) is None
    newest = attack("drop")
    assert last_attack([attack(), frame("up", FrameType.DIRECT), newest]) is newest


def test_where_there_are_no_frames_it_was_a_chunk() -> None:
    flipped = Attacked(1, "flip", "up", 0, b"{}", b"{|")
    assert "a chunk of 2 bytes" in judge_by_tap([flipped], flipped, frames=False).did
