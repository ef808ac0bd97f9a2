"""The sandbox: real rooms, what is seen in them, and what is left of them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from netcore import limits
from netcore.crypto.published import PUBLISHED
from netcore.lab.lessons.model import Seen
from netcore.lab.sandbox.exhibit import TEXT, Exhibit
from netcore.lab.sandbox.folder import PREFIX, SandboxFolder, remove_left_behind
from netcore.lab.sandbox.gathering import Gathering
from netcore.lab.sandbox.old import LINE
from netcore.lab.sandbox.orders import PING_FRAME_BYTES, run
from netcore.lab.sandbox.sandbox import Sandbox
from netcore.lab.tap import RunningTap
from netcore.lab.tap_events import Attacked, FrameTapped, Overheard
from netcore.net.api.events import Chat, Connected, Notice
from netcore.trace import Chunk, Defence, FrameSeen, Person, Recorder, Refused, Turn
from tests.lab.sandbox.patience import finish
from tests.message_path import HOME
from tests.net.files.open_files import keep_open_files
from tests.waiting import wait_until


def lines(sandbox: Sandbox, at: str) -> list[str]:
    return [
        one.event.text
        for one in sandbox.seen
        if one.at == at and isinstance(one.event, Notice) and one.event.code == LINE
    ]


# --- Rooms ---


def test_a_line_is_seen_at_all_ends_in_order(sandbox: Sandbox) -> None:
    sandbox.begin()
    finish(sandbox)
    run(sandbox, ["say Ada hello"])
    finish(sandbox)
    wait_until(lambda: sandbox.look() is None or sandbox.said("Ben", "hello"))
    seen = sandbox.seen
    record = next(i for i, one in enumerate(seen) if is_frame(one, "Ada", "out"))
    tapped = next(i for i, one in enumerate(seen) if isinstance(one.event, FrameTapped))
    came = next(i for i, one in enumerate(seen) if is_frame(one, "server", "in"))
    shown = next(i for i, one in enumerate(seen) if one.at == "Ben" and isinstance(one.event, Chat))
    assert max(record, tapped) < shown and came < shown


def is_frame(one: Seen, at: str, direction: str) -> bool:
    return one.at == at and isinstance(one.event, FrameSeen) and one.event.direction == direction


def test_everybody_has_a_published_key_and_a_member_is_known(sandbox: Sandbox) -> None:
    sandbox.begin()
    finish(sandbox)
    assert sandbox.today is not None and sandbox.today.listening is not None
    assert sandbox.today.listening.fingerprint in PUBLISHED
    assert {sandbox.today.member_id(name) for name in ("Ada", "Ben")} < PUBLISHED


def test_an_attack_and_its_verdict(sandbox: Sandbox) -> None:
    """The victim's own recorder says what caught it, and the line arrives once."""
    sandbox.begin()
    run(sandbox, ["order /flip up", "say Ada pay Ben five"])
    finish(sandbox)
    wait_until(lambda: sandbox.look() is None or sandbox.said("Ben", "pay Ben five"))
    attack = next(i for i, one in enumerate(sandbox.seen) if isinstance(one.event, Attacked))
    caught = [one.event for one in sandbox.seen[attack:] if isinstance(one.event, Refused)]
    assert [one.defence for one in caught if one.n is not None] == [Defence.TAG]
    assert sum(one.at == "Ben" and isinstance(one.event, Chat) for one in sandbox.seen) == 1


def test_an_attack_waits_for_what_is_said_and_lets_pings_pass(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PING_S", 0.2)
    sandbox.begin()
    finish(sandbox)
    run(sandbox, ["order /flip up"])
    finish(sandbox)

    def tapped(direction: str) -> list[FrameTapped]:
        sandbox.look()
        frames = [one.event for one in sandbox.seen if isinstance(one.event, FrameTapped)]
        return [frame for frame in frames if frame.direction == direction]

    before = len(tapped("up"))
    wait_until(lambda: len(tapped("up")) > before, what="a pong")
    assert all(len(frame.data) == PING_FRAME_BYTES for frame in tapped("up")[before:])
    assert not any(isinstance(one.event, Attacked) for one in sandbox.seen)
    run(sandbox, ["say Ada hello"])
    finish(sandbox)
    (attack,) = [one.event for one in sandbox.seen if isinstance(one.event, Attacked)]
    assert len(attack.before) > PING_FRAME_BYTES


def test_what_is_said_after_an_order_meets_it(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the tap's thread takes to hear of it."""
    submit = RunningTap.submit
    monkeypatch.setattr(RunningTap, "submit", lambda *given: threading.Timer(0.4, submit, given).start())
    sandbox.begin("1.1")
    run(sandbox, ["order /flip up 0.0", "say Ada pay"])
    finish(sandbox)
    wait_until(lambda: sandbox.look() is None or lines(sandbox, "Ben"))
    assert lines(sandbox, "Ben") == ["qay"]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_the_museum_in_the_same_chairs(sandbox: Sandbox, version: str) -> None:
    sandbox.begin(version)
    run(sandbox, ["say Ada pineapple"])
    finish(sandbox)
    wait_until(lambda: sandbox.look() is None or any("pineapple" in one for one in lines(sandbox, "server")))
    heard = any("pineapple" in one for one in lines(sandbox, "Ben"))
    assert heard == (version != "1.0")  # there the server's window alone has it
    assert (sandbox.search("pineapple") > 0) == (version != "1.3")


def test_another_room_takes_its_place(sandbox: Sandbox) -> None:
    sandbox.begin("1.2")
    run(sandbox, ["room today", "say Ada hello", "room today", "say Ada again"])
    finish(sandbox)
    assert sandbox.old is None and sandbox.today is not None
    assert sandbox.said("Ada", "hello") and sandbox.said("Ada", "again")
    sandbox.reset()
    finish(sandbox)
    assert sandbox.seen == [] or not sandbox.said("Ada", "hello")


def test_a_connection_s_number_is_never_used_twice(sandbox: Sandbox) -> None:
    """An engine that is started anew counts from 1, and what was seen before must not be taken for its."""
    sandbox.begin()
    run(sandbox, ["reconnect Ada", "say Ada hello"])
    finish(sandbox)
    hellos = [
        one.event.connection
        for one in sandbox.seen
        if is_frame(one, "Ada", "out") and isinstance(one.event, FrameSeen) and one.event.n == 0
    ]
    assert hellos == [2]
    chunks = {
        one.event.number: one.event
        for one in sandbox.seen
        if one.at == "Ada" and isinstance(one.event, Chunk)
    }
    frame = [one.event for one in sandbox.seen if is_frame(one, "Ada", "in")][-1]
    assert isinstance(frame, FrameSeen)
    carrier = chunks[frame.first_chunk]
    assert carrier.connection == 2 and carrier.offset <= frame.offset < carrier.offset + len(carrier.data)


def test_a_man_in_the_middle_reads(sandbox: Sandbox) -> None:
    sandbox.begin()
    run(sandbox, ["new Ada", "order /own-keys", "reconnect Ada", "trust Ada", "say Ada nobody hears this"])
    finish(sandbox)
    heard = [one.event.text for one in sandbox.seen if isinstance(one.event, Overheard)]
    assert "nobody hears this" in heard
    assert any(one.at == "Ada" and isinstance(one.event, Connected) for one in sandbox.seen)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("fly", "the orders are"), ("say Zoe hello", "Ada, Ben and Cara"), ("knife recv 0", "knife recv"),
        ("order /hop", "the orders are"), ("trust Ada", "nobody is asked"), ("pin attacked", "attacked yet"),
        ("room 2.0", "the versions are"), ("order /quit", "as long as the room"),
    ],
)  # fmt: skip
def test_an_order_that_makes_no_sense_says_so(sandbox: Sandbox, order: str, why: str) -> None:
    sandbox.begin("today" if order.startswith("trust") else "1.2")
    finish(sandbox)
    run(sandbox, [order, "say Ada never said"])

    def is_over() -> bool:
        sandbox.look()
        return not sandbox.busy

    wait_until(is_over)
    assert why in sandbox.trouble
    assert lines(sandbox, "Ada") == []


# --- The disk ---


def test_a_killed_program_s_folder_goes_with_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    program = (
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n"
        "from netcore.lab.sandbox.folder import SandboxFolder\n"
        "folder = SandboxFolder(); print(folder.path, flush=True); input()"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program], cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    path = Path(running.stdout.readline().strip())
    mine = SandboxFolder()
    assert path.exists() and mine.path.exists(), "what is in use stays"
    running.kill()
    running.communicate()
    assert path.exists()
    remove_left_behind()
    assert not path.exists() and mine.path.exists()
    mine.close()
    mine.close()
    assert list(tmp_path.glob(f"{PREFIX}*")) == []


def test_a_program_that_just_ends_leaves_nothing(tmp_path: Path) -> None:
    """Nor where an open file cannot be removed, as that of its own lock."""
    program = (
        "import pytest\n"
        "from tests.net.files.open_files import keep_open_files\n"
        "keep_open_files(pytest.MonkeyPatch())\n"
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n"
        "from netcore.lab.sandbox.folder import SandboxFolder\n"
        "folder = SandboxFolder()"
    )
    subprocess.run([sys.executable, "-c", program], cwd=HOME, check=True)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_removed_goes_with_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock's file is what the next one knows the folder by."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    keep_open_files(monkeypatch)
    folder = SandboxFolder()
    (folder.path / "server").mkdir()
    with open(folder.path / "server" / "room.db", "xb"):
        folder.close()
        assert folder.path.exists()
        remove_left_behind()
        assert folder.path.exists()
    remove_left_behind()
    assert list(tmp_path.iterdir()) == []


# --- The pieces ---


def test_events_of_many_ends_come_in_the_order_of_their_time() -> None:
    now = [10.0]
    gathering = Gathering(lambda: now[0])
    recorder = Recorder(100, 10_000, lambda: now[0])
    gathering.record("server", recorder)
    gathering.put("Ada", Notice("a", "first"))
    now[0] = 11.0
    recorder.person("x", {})
    now[0] = 12.0
    gathering.put("tap", Notice("b", "last"))
    assert [one.at for one in gathering.take()] == ["Ada", "server"], "the youngest waits"
    now[0] = 13.0
    assert [one.at for one in gathering.take()] == ["tap"]


def test_a_turn_s_queues_keep_to_their_connections() -> None:
    gathering = Gathering(lambda: 0.0)
    first, second = Recorder(100, 10_000), Recorder(100, 10_000)
    gathering.record("server", first)
    first.add(lambda number, at_s: Turn(number, 0, at_s, 1, 0, 0, 0, 0.0, 0, {1: 5}, {1: "r"}, None))
    first.add(lambda number, at_s: Refused(number, 3, at_s, "in", None, Defence.TAG, "", "", 0, ""))
    gathering.record("server", second)
    second.add(lambda number, at_s: Turn(number, 0, at_s, 1, 0, 0, 0, 0.0, 0, {1: 7}, {1: "r"}, None))
    turns = [one.event for one in gathering.take_all() if isinstance(one.event, Turn)]
    assert [(turn.number, turn.queues) for turn in turns] == [(1, {1: 5}), (3, {4: 7})]


def test_what_is_new_is_found_also_when_the_oldest_have_gone(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A room that is open for hours has seen more than is kept; an order still waits for its own answer."""
    monkeypatch.setattr("netcore.lab.sandbox.sandbox.MOST_SEEN", 3)

    def note(*numbers: int) -> None:
        wanted = sandbox.taken + len(numbers)
        for number in numbers:
            sandbox.person("note", {"number": number})
        wait_until(lambda: sandbox.look() is not None and sandbox.taken == wanted)

    note(1, 2, 3, 4)
    taken = sandbox.taken
    assert sandbox.since(taken) == []
    note(5, 6)
    found = [one.event.data["number"] for one in sandbox.since(taken) if isinstance(one.event, Person)]
    assert found == [5, 6]
    assert len(sandbox.since(0)) == len(sandbox.seen) == 3


def test_a_bit_of_the_exhibit_turns_the_same_bit_of_the_text() -> None:
    exhibit = Exhibit()
    assert exhibit.opened() == TEXT and TEXT.encode() not in exhibit.sealed
    exhibit.flip(0, 0)
    assert exhibit.opened() == "qay" + TEXT[3:]
    with pytest.raises(IndexError):
        exhibit.flip(len(TEXT), 0)


def test_what_is_turned_are_the_bytes_that_are_shown(sandbox: Sandbox) -> None:
    shown = sandbox.exhibit.sealed
    assert sandbox.flip_exhibit(0, 0) == "qay" + TEXT[3:]
    assert sandbox.flip_exhibit(2, 0) == "pax" + TEXT[3:], "each try begins anew"
    assert sandbox.exhibit.sealed == shown
