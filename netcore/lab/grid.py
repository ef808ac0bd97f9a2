"""The grid: every problem and attack, in every version, run for real.

    with Grid() as grid:
        outcome = grid.cell("flip", "1.2")        broke: Ben reads "qay Ben 10". Nobody has noticed.

A cell seats Ada, Ben and the tap in that version, does what the row says, and looks at what the windows show,
and at what was noticed. The verdict follows from that, never from which version it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final, Literal

from netcore.engine import Freeze
from netcore.lab.attacks import Outcome
from netcore.lab.lessons.in_the_clear import SECRET_WORD
from netcore.lab.lessons.model import Place
from netcore.lab.museum import v1_0
from netcore.lab.museum_players import Flood, Mallory13
from netcore.lab.orders import Drop, Flip, Join, OwnKeys, Replay, Split, Swap
from netcore.lab.sandbox.folder import SandboxFolder
from netcore.lab.sandbox.old import OldRoom
from netcore.lab.sandbox.room import VERSIONS as VERSIONS
from netcore.lab.sandbox.room import Version as Version
from netcore.lab.sandbox.time_machine import Opened, open_1_3, open_today
from netcore.lab.sandbox.today import TodayRoom
from netcore.lab.stage import Stage
from netcore.lab.tap_events import Attacked, ConnectionBegan, FrameTapped, Overheard
from netcore.lab.throwaway import kex_key, rsa_key
from netcore.net.api.events import Connected, Disconnected
from netcore.wire.framing import FrameType

CellVerdict = Literal["held", "broke", "you decide", "not noticed yet", "cannot be noticed"]
COLUMNS: Final[Mapping[Version, tuple[str, str]]] = MappingProxyType(
    {
        "1.0": ("1.0", "raw text"),
        "1.1": ("1.1", "distributes"),
        "1.2": ("1.2", "JSON, names"),
        "1.3": ("1.3", "RSA, then AES"),
        "today": ("Today", "LocalChat/1"),
    }
)
"""What stands above a column, and what was new in that version."""

_SETTLE_S: Final = 3.0
"""How long we look for what should be shown before we say that it is not."""
_QUIET_S: Final = 1.0
"""How long nothing must move before we say that it stands still."""
_LINES: Final = 800
_LETTERS: Final = 12_000
"""More than the kernel's two buffers take for one connection."""
_SHOWN_BYTES: Final = 64
"""Of a line of the flood, as evidence: it is the same letter to its end."""
MOST_PASSED: Final = 64
"""Frames or chunks at the tap that a cell keeps, the newest."""
MOST_BYTES: Final = 4096
"""Of each of them."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A frame, or a chunk in the museum, that came to the tap, and what went on in its place if it was
    attacked. Of what is longer than MOST_BYTES the beginning is kept."""

    frame: FrameTapped
    attack: str = ""
    after: bytes = b""


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """`evidence`: the bytes on the wire that show it. `passed`: the last MOST_PASSED that the tap saw."""

    verdict: CellVerdict
    sentence: str
    evidence: bytes
    passed: tuple[Passed, ...] = ()


Run = Callable[[Stage], CellOutcome]


@dataclass(frozen=True, slots=True)
class Row:
    """A problem or an attack. `name`: by which it is asked for; `run`: does it on a stage and judges."""

    name: str
    title: str
    run: Run


class Grid:
    """A folder for the rooms of its cells. Thread: any, one at a time."""

    def __init__(self) -> None:
        """Raises FolderNotWritable."""
        self._folder = SandboxFolder()
        self._rooms = 0
        self._given_up = threading.Event()

    def cell(self, row: str, version: Version) -> CellOutcome:
        """Run it, in a room of its own, which takes up to some seconds. Raises KeyError for a row that there
        is not, StageFault if the room itself fails."""
        run = _ROWS[row].run
        self._rooms += 1
        with Stage(version, self._folder.path / str(self._rooms), given_up=self._given_up) as stage:
            outcome = run(stage)
            return replace(
                outcome, passed=passed_of(stage.of("tap", FrameTapped), stage.of("tap", Attacked))
            )

    def give_up(self) -> None:
        """The cell that runs ends with StageFault at its next look, and so does every later one. From any
        thread."""
        self._given_up.set()

    def close(self) -> None:
        self._folder.close()

    def __enter__(self) -> Grid:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def passed_of(frames: Sequence[FrameTapped], attacks: Sequence[Attacked]) -> tuple[Passed, ...]:
    """The last MOST_PASSED frames, each with the attack on it."""
    by_frame = {(one.connection, one.direction, one.n): one for one in attacks}
    found = []
    for frame in frames[-MOST_PASSED:]:
        attack = by_frame.get((frame.connection, frame.direction, frame.n))
        kept = replace(frame, data=frame.data[:MOST_BYTES])
        found.append(Passed(kept, attack.attack, attack.after[:MOST_BYTES]) if attack else Passed(kept))
    return tuple(found)


# --- What the rows share --------------------------------------------------------------------------

_NOT_SHOWN: Final = "an ordinary message does not arrive"


def _end(stage: Stage) -> Place:
    """Who hears Ada: Ben; in version 1.0, where he hears nothing, the server's window."""
    return "server" if stage.version == "1.0" else "Ben"


def _lines(stage: Stage) -> list[str]:
    """What the other end shows."""
    lines = stage.shown(_end(stage))
    # The window of 1.0 writes address and port in front of each.
    return [line.split(": ", 1)[1] for line in lines] if stage.version == "1.0" else lines


def _line(stage: Stage, text: str) -> str:
    """How the other end shows it when Ada has said it."""
    return text if stage.version in ("1.0", "1.1") else f"Ada: {text}"


def _new(stage: Stage, mark: int) -> list[str]:
    return _lines(stage)[mark:]


def _is_shown(stage: Stage, mark: int, text: str) -> bool:
    return _line(stage, text) in _new(stage, mark)


def _say_and_see(stage: Stage, text: str) -> bytes:
    """Ada says it, and it is shown; the frame, or chunk, that carried it."""
    mark = len(_lines(stage))
    stage.say_apart(text)
    stage.must(partial(_is_shown, stage, mark, text), _NOT_SHOWN)
    return stage.frames("up")[-1]


def _answer(stage: Stage, text: str) -> None:
    """The other end speaks, to Ada at least."""
    if isinstance(stage.room, OldRoom) and isinstance(stage.room.server, v1_0.Server):
        stage.room.server.say(text)  # to who came last
    else:
        stage.room.say("Ben", text)


def _is_caught(stage: Stage) -> bool:
    verdict = stage.verdict()
    return verdict is not None and verdict.outcome is Outcome.CAUGHT


def _caught_by(stage: Stage) -> str:
    """The heading of the verdict, and where PROTOCOL speaks of it: "Caught by the tag (PROTOCOL 5.1)"."""
    verdict = stage.verdict()
    assert verdict is not None  # it is asked about an attack
    return f"{verdict.heading} (PROTOCOL {verdict.section})" if verdict.section else verdict.heading


def _quoted(lines: Sequence[str]) -> str:
    return " and ".join(f"\u201c{line}\u201d" for line in lines) or "nothing"


def _compare(stage: Stage, mark: int, texts: Sequence[str], evidence: bytes, held: str) -> CellOutcome:
    """Held if the other end shows exactly these messages of Ada, in this order."""
    expected = [_line(stage, text) for text in texts]

    def is_settled() -> bool:
        got = _new(stage, mark)
        return got == expected or len(got) > len(expected) or not set(got) <= set(expected)

    stage.until(is_settled, _SETTLE_S)
    got = _new(stage, mark)
    if got == expected:
        return CellOutcome("held", held, evidence)
    return CellOutcome("broke", f"Ada said {_quoted(texts)}. The other end shows {_quoted(got)}.", evidence)


def _place_of(stage: Stage, text: str) -> int | None:
    """Where this text stands in Ada's frame when she says it; None when nobody can see it there."""
    place = _say_and_see(stage, text).find(text.encode("utf-8"))
    return None if place < 0 else place


def _came_back(stage: Stage) -> str:
    by = f"{_caught_by(stage)}. " if _is_caught(stage) else ""
    return f"{by}Ada’s program has come back by itself, and everything is there, once."


def _record(stage: Stage) -> int | None:
    """The type of the frames that carry Ada's words; in the museum there are none."""
    return FrameType.DIRECT if isinstance(stage.room, TodayRoom) else None


# --- Borders --------------------------------------------------------------------------------------


def _two_in_one_chunk(stage: Stage) -> CellOutcome:
    mark = len(_lines(stage))
    stage.order(Join(direction="up", only=_record(stage)))
    stage.say_apart("one")
    stage.say("two")
    held = "Each message says how long it is, so two in one chunk are still two."
    return _compare(stage, mark, ["one", "two"], stage.attacked().after, held)


def _half_a_message(stage: Stage) -> CellOutcome:
    mark = len(_lines(stage))
    stage.order(Split(direction="up", only=_record(stage)))
    stage.say("hello there")
    held = "Each message says how long it is, so the receiver keeps the first half until the rest is here."
    return _compare(stage, mark, ["hello there"], stage.attacked().after, held)


def _half_a_letter(stage: Stage) -> CellOutcome:
    text = "Zo\u00eb"
    place = _place_of(stage, text)
    mark = len(_lines(stage))
    # Behind the first of the two bytes of the last letter, if it is to be seen where that is.
    cut = None if place is None else place + len(text.encode("utf-8")) - 1
    stage.order(Split(direction="up", byte=cut, only=_record(stage)))
    stage.say(text)
    held = "Bytes become letters only when the message is whole."
    return _compare(stage, mark, [text], stage.attacked().after, held)


# --- People ---------------------------------------------------------------------------------------


def _many_people(stage: Stage) -> CellOutcome:
    stage.join("Cara")
    stage.say("to all")
    line = _line(stage, "to all")
    windows: tuple[Place, ...] = ("Ben", "Cara")
    everybody_hears = stage.until(lambda: all(line in stage.shown(at) for at in windows), _QUIET_S)
    evidence = stage.frames("up")[-1]
    if everybody_hears:
        return CellOutcome("held", "Three people are here, and what one says the others hear.", evidence)
    _answer(stage, "yes, Ada?")
    stage.must(lambda: "yes, Ada?" in stage.shown("Cara"), "the last one hears nothing")
    return CellOutcome(
        "broke",
        "Only the server hears Ada. Its answer goes to Cara, who came last, and Ada waits for it in vain.",
        evidence,
    )


def _somebody_listens(stage: Stage) -> CellOutcome:
    evidence = _say_and_see(stage, SECRET_WORD)
    everything = b"".join(stage.frames("up") + stage.frames("down"))
    spellings = [SECRET_WORD.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be")]
    if any(spelling in everything for spelling in spellings):
        words = f"Whoever is on the way reads \u201c{SECRET_WORD}\u201d in the bytes."
        return CellOutcome("broke", words, evidence)
    return CellOutcome("held", "The bytes are sealed: the word is not in them.", evidence)


def _somebody_is_ben(stage: Stage) -> CellOutcome:
    if isinstance(stage.room, TodayRoom):
        stage.room.sit_down("Cara", target=stage.room.tap_address, nick="Ben")
        stage.must(lambda: stage.of("Cara", Disconnected), "the false Ben is not answered")
        evidence = stage.frames("down", connection=2)[-1]
        if stage.of("Cara", Connected):
            return CellOutcome("broke", "Another key is in the room as Ben.", evidence)
        error = stage.of("Cara", Disconnected)[0].error
        return CellOutcome("held", f"A name belongs to the first key that took it. {error}", evidence)
    has_names = stage.version in ("1.2", "1.3")
    text = "it is me" if has_names else "Ben: it is me"

    def window() -> list[str]:
        return _lines(stage) if stage.version == "1.0" else stage.shown("Ada")

    mark = len(window())
    stage.room.say("Ben", text)
    stage.must(lambda: len(window()) == mark + 1, "Ben is not heard")
    stage.join("Cara", stage.room.tap_address, nick="Ben")  # who says hello
    stage.room.say("Cara", text)
    stage.must(lambda: len(window()) == mark + 3, "the false Ben is not heard")
    true_line, _, false_line = window()[mark:]
    evidence = stage.frames("up", connection=2)[-1]
    if true_line == false_line:
        why = "The name is what the sender wrote there" if has_names else "There are no names"
        return CellOutcome("broke", f"{why}: both Bens are shown as \u201c{false_line}\u201d.", evidence)
    return CellOutcome("held", f"The false one is shown as \u201c{false_line}\u201d.", evidence)


# --- Bytes that are changed -----------------------------------------------------------------------


def _flipped(stage: Stage) -> CellOutcome:
    text = "pay Ben 10"
    place = _place_of(stage, text)
    mark = len(_lines(stage))
    stage.order(Flip(direction="up", byte=place, bit=0, only=_record(stage)))
    stage.say(text)
    evidence = stage.attacked().after
    stage.until(lambda: _new(stage, mark) or (_is_caught(stage) and not isinstance(stage.room, TodayRoom)))
    false = [line for line in _new(stage, mark) if line != _line(stage, text)]
    if false:
        return CellOutcome(
            "broke", f"Ada said \u201c{text}\u201d. The other end shows {_quoted(false)}.", evidence
        )
    if _new(stage, mark):
        return _compare(stage, mark, [text], evidence, _came_back(stage))
    verdict = stage.verdict()
    assert verdict is not None  # there was an attack
    told = " ".join(verdict.happened)
    sentence = f"{verdict.heading}, and nothing false is shown. But the message is lost. {told}."
    return CellOutcome("held", sentence, evidence)


def _replayed(stage: Stage) -> CellOutcome:
    text = "pay Ben 10"
    mark = len(_lines(stage))
    stage.order(Replay(direction="up", only=_record(stage)))
    stage.say(text)
    evidence = stage.attacked().after
    stage.until(lambda: len(_new(stage, mark)) > 1 or _is_caught(stage), _SETTLE_S)
    times = _new(stage, mark).count(_line(stage, text))
    if times > 1:
        return CellOutcome("broke", f"Ada said it once. The other end shows it {times} times.", evidence)
    return CellOutcome("held", _came_back(stage), evidence)


def _swapped(stage: Stage) -> CellOutcome:
    mark = len(_lines(stage))
    stage.order(Swap(direction="up", only=_record(stage)))
    stage.say_apart("first")
    stage.say("second")
    evidence = stage.attacked().after
    stage.until(lambda: len(_new(stage, mark)) >= 2)
    got = _new(stage, mark)
    if got == [_line(stage, "first"), _line(stage, "second")]:
        return CellOutcome("held", _came_back(stage), evidence)
    return CellOutcome("broke", f"The other end shows {_quoted(got)}, and nobody has noticed.", evidence)


def _dropped(stage: Stage) -> CellOutcome:
    mark = len(_lines(stage))
    stage.order(Drop(direction="up", only=_record(stage)))
    stage.say_apart("one")
    evidence = stage.attacked().before
    stage.say("two")
    stage.until(lambda: _is_shown(stage, mark, "two"))
    got = _new(stage, mark)
    if got == [_line(stage, "one"), _line(stage, "two")]:
        return CellOutcome("held", _came_back(stage), evidence)
    return CellOutcome("broke", f"The other end shows {_quoted(got)}, and nobody has noticed.", evidence)


def _last_dropped(stage: Stage) -> CellOutcome:
    is_today = isinstance(stage.room, TodayRoom)
    mark = len(stage.shown("Ada"))
    stage.order(Drop(direction="down", only=FrameType.ROOM if is_today else None))
    _answer(stage, "the last word")
    evidence = stage.attacked().before
    if stage.until(lambda: stage.shown("Ada")[mark:] or _is_caught(stage), _QUIET_S):
        return CellOutcome("held", _came_back(stage), evidence)
    if is_today:
        later = (
            "Nobody can miss what has not come, before something follows: a ping within 30 seconds, or the "
            "Close. Then Ada’s program comes back and reads it in the log."
        )
        return CellOutcome("not noticed yet", later, evidence)
    return CellOutcome("cannot be noticed", "Ada cannot miss what has not come, now or later.", evidence)


# --- A man in the middle --------------------------------------------------------------------------


def _man_in_the_middle(stage: Stage, known: bool) -> CellOutcome:
    secret = "the key is under the mat"
    if isinstance(stage.room, OldRoom):
        return _museum_mallory(stage, stage.room, secret, known)
    room = stage.room
    stage.finish(room.stand_up("Ada", forget=not known))
    connection = len(stage.of("tap", ConnectionBegan)) + 1
    stage.order(OwnKeys())
    room.sit_down("Ada")
    stage.until(lambda: room.is_inside("Ada") or _is_caught(stage))
    evidence = stage.frames("up", connection)[0]
    if room.is_inside("Ada"):
        stage.say(secret)
        stage.must(
            lambda: any(one.text == secret for one in stage.of("tap", Overheard)), "Mallory hears nothing"
        )
        sentence = (
            f"Mallory reads \u201c{secret}\u201d, and no program can know. You can: his fingerprint is not "
            "the one on the host’s screen, and the others see another disc beside Ada’s name."
        )
        return CellOutcome("you decide", sentence, evidence)
    frames = len(stage.frames("up", connection))
    sentence = (
        f"{_caught_by(stage)}: Ada’s program has sent {frames} frame, its hello, and nothing more."
    )
    return CellOutcome("held", sentence, evidence)


def _museum_mallory(stage: Stage, room: OldRoom, secret: str, known: bool) -> CellOutcome:
    """`known`: Ada has met the real server, as she has in every room, and now dials again."""
    meeting = (
        "Ada has been here before, and her program remembers nothing" if known else "Whose key, nobody asks"
    )
    if stage.version != "1.3":
        evidence = _say_and_see(stage, secret)
        if secret.encode("utf-8") not in evidence:
            return CellOutcome("held", "Mallory cannot read it.", evidence)
        why = "There is no key to know a server by. Mallory need not even pretend: he reads what passes."
        return CellOutcome("broke", why, evidence)
    mark = len(_lines(stage))
    mallory = Mallory13(room.server_address)
    try:
        room.sit_down("Cara", mallory.address, nick="Ada")
        room.say("Cara", secret)
        stage.must(partial(_is_shown, stage, mark, secret), "Mallory passes nothing on")
        heard = mallory.heard[-1].encode("utf-8")
    finally:
        mallory.close()
    words = f"{meeting}. Mallory reads \u201c{secret}\u201d, and Ben has it from him."
    return CellOutcome("broke", words, heard)


def _first_contact(stage: Stage) -> CellOutcome:
    return _man_in_the_middle(stage, known=False)


def _known_server(stage: Stage) -> CellOutcome:
    return _man_in_the_middle(stage, known=True)


def _stolen_key(stage: Stage) -> CellOutcome:
    """Mallory has recorded all that passed, and gets the server's private key afterwards."""
    secret = "see you at noon"
    evidence = _say_and_see(stage, secret)
    if secret.encode("utf-8") in evidence:
        return CellOutcome("broke", "The recording is open to everyone, without any key.", evidence)
    recording = stage.of("tap", FrameTapped)
    if isinstance(stage.room, TodayRoom):
        told = open_today(recording, kex_key("server_kex"))
    else:
        told = Opened()
        stage.finish(open_1_3(recording, rsa_key("server_kex"), told))
    found = [text for text in told.texts if text.endswith(secret)]
    if told.opened:
        return CellOutcome("broke", f"With the server’s key the recording says {_quoted(found)}.", evidence)
    sentence = (
        "The stolen key unwraps the client’s secret. There is a second one, of two keys that were made for "
        "this connection and forgotten: without it the recording stays closed."
    )
    return CellOutcome("held", sentence, stage.frames("up")[1])


# --- Time and size --------------------------------------------------------------------------------


def _sizes_and_times(stage: Stage) -> CellOutcome:
    texts = ["yes", "no, and I will tell you at some length why not"]
    sizes = [len(_say_and_see(stage, text)) for text in texts]
    evidence = stage.frames("up")[-1]
    if sizes[1] - sizes[0] == len(texts[1]) - len(texts[0]):
        sentence = (
            f"{sizes[0]} bytes, then {sizes[1]}: that Ada said something short and something long, and when, "
            "is there for all who watch."
        )
        return CellOutcome("cannot be noticed", sentence, evidence)
    return CellOutcome("held", "The sizes say nothing about the texts.", evidence)


def _slow_member(stage: Stage) -> CellOutcome:
    """One member reads nothing. What becomes of the others?"""
    if isinstance(stage.room, TodayRoom):
        return _slow_today(stage, stage.room)
    gate = threading.Event()

    def wait_at_gate(line: str) -> None:
        gate.wait()

    stage.join("Cara", show=wait_at_gate)
    flood = Flood(partial(_answer, stage) if stage.version == "1.0" else stage.say, _LINES, _LETTERS)

    def heard() -> int:
        return flood.said if stage.version == "1.0" else len(stage.shown("Ben"))

    try:
        count = _when_still(stage, heard)
        gate.set()
        went_on = stage.until(lambda: heard() > count, _SETTLE_S)
    finally:
        gate.set()
        flood.stop()
    evidence = (flood.line if stage.version == "1.0" else stage.frames("up")[-1])[:_SHOWN_BYTES]
    if not went_on:
        return CellOutcome("held", "The others hear everything meanwhile.", evidence)
    sentence = (
        "Cara does not read, and when the buffers are full the server waits for her: all stood still, and "
        "went on when she read again."
    )
    return CellOutcome("broke", sentence, evidence)


def _when_still(stage: Stage, count: Callable[[], int]) -> int:
    """What it has come to when it does not grow any more."""
    seen = count()
    while stage.until(partial(_is_above, count, seen), _QUIET_S):
        seen = count()
    return seen


def _is_above(count: Callable[[], int], seen: int) -> bool:
    return count() > seen


def _slow_today(stage: Stage, room: TodayRoom) -> CellOutcome:
    stage.join("Cara")
    texts = [f"line {number}" for number in range(5)]
    room.server.submit(Freeze(room.member_id("Cara"), frozen=True))
    mark, slow_mark = len(_lines(stage)), len(stage.shown("Cara"))
    for text in texts:
        stage.say(text)
    expected = [_line(stage, text) for text in texts]
    ben_hears = stage.until(lambda: _new(stage, mark) == expected)
    hears_meanwhile = ben_hears and stage.shown("Cara")[slow_mark:] == []
    room.server.submit(Freeze(room.member_id("Cara"), frozen=False))
    cara_hears = stage.until(lambda: stage.shown("Cara")[slow_mark:] == expected)
    evidence = stage.frames("up")[-1]
    if hears_meanwhile and cara_hears:
        sentence = (
            "What waits for Cara lies in her own queue. Ben hears all at once, and Cara as soon as she can."
        )
        return CellOutcome("held", sentence, evidence)
    return CellOutcome("broke", "One who does not read holds up the others.", evidence)


ROWS: Final[tuple[Row, ...]] = (
    Row("two in one chunk", "Two messages in one chunk", _two_in_one_chunk),
    Row("half a message", "Half a message in a chunk", _half_a_message),
    Row("half a letter", "Half a letter in a chunk", _half_a_letter),
    Row("many people", "Many people at once", _many_people),
    Row("slow member", "One member reads nothing", _slow_member),
    Row("listen", "Someone listens", _somebody_listens),
    Row("pretend", "Someone pretends to be Ben", _somebody_is_ben),
    Row("flip", "A bit is flipped", _flipped),
    Row("replay", "A message is replayed", _replayed),
    Row("swap", "Two messages change places", _swapped),
    Row("drop", "A message is dropped", _dropped),
    Row("last dropped", "The last message is dropped", _last_dropped),
    Row("first contact", "A man in the middle, first contact", _first_contact),
    Row("known server", "A man in the middle, known server", _known_server),
    Row("stolen key", "Yesterday’s recording, stolen key", _stolen_key),
    Row("sizes and times", "Who talks with whom, and when", _sizes_and_times),
)
_ROWS: Final = {row.name: row for row in ROWS}
