"""The grid: every problem and attack, in every version, run for real.

    with Grid() as grid:
        outcome = grid.cell("flip", "1.2")        broke: Ben reads "qay Ben 10". Nobody has noticed.

A cell seats Ada, Ben and the tap in that version, does what the row says, and looks at what the windows show,
and at what was noticed. The verdict follows from that, never from which version it is.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final, Literal

from netcore.crypto import exchange
from netcore.engine import Freeze
from netcore.lab.lab_keys import LabKeys
from netcore.lab.museum import v1_0, v1_3
from netcore.lab.museum_stage import Flood, Mallory13, MuseumStage
from netcore.lab.orders import Drop, Flip, Join, OwnKeys, Replay, Split, Swap
from netcore.lab.stage import Stage, TodayRoom, TodayStage, must, until
from netcore.lab.tap_events import Attacked, ConnectionBegan, FrameTapped, Overheard
from netcore.net.api.events import Connected, Disconnected, TrustAsked
from netcore.wire.framing import HEADER_BYTES, FrameType

Verdict = Literal["held", "broke", "you decide", "cannot be noticed"]
Version = Literal["1.0", "1.1", "1.2", "1.3", "today"]
VERSIONS: Final[tuple[Version, ...]] = ("1.0", "1.1", "1.2", "1.3", "today")

_SETTLE_S: Final = 3.0
"""How long we look for what should be shown before we say that it is not."""
_QUIET_S: Final = 1.0
"""How long nothing must move before we say that it stands still."""
_LINES: Final = 800
_LETTERS: Final = 12_000
"""More than the kernel's two buffers take for one connection."""
_SHOWN_BYTES: Final = 64
MOST_PASSED: Final = 64
MOST_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Passed:
    """A frame, or a chunk in the museum, that came to the tap, and what went on in its place if it was
    attacked. Of what is longer than MOST_BYTES the beginning is kept."""

    frame: FrameTapped
    attack: str = ""
    after: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`evidence`: the bytes on the wire that show it. `passed`: the last MOST_PASSED that the tap saw."""

    verdict: Verdict
    sentence: str
    evidence: bytes
    passed: tuple[Passed, ...] = ()


Run = Callable[[Stage], Outcome]


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    title: str
    run: Run


class Grid:
    """Keys and a room that all its cells share. Thread: any, one at a time."""

    def __init__(self, keys: LabKeys | None = None) -> None:
        """Without `keys`: those that ship with the laboratory."""
        self._keys = keys or LabKeys.published()
        self._today: TodayRoom | None = None

    def cell(self, row: str, version: Version) -> Outcome:
        """Run it. Raises KeyError for a row that there is not, StageFault if the stage itself fails."""
        run = _ROWS[row].run
        with contextlib.closing(self._stage(version)) as stage:
            outcome, tapped = run(stage), stage.tapped
            return replace(outcome, passed=passed_of(tapped.of(FrameTapped), tapped.of(Attacked)))

    def _stage(self, version: Version) -> Stage:
        if version == "today":
            if self._today is None:
                self._today = TodayRoom(self._keys)
            return TodayStage(self._today)
        return MuseumStage(version, self._keys)

    def close(self) -> None:
        if self._today is not None:
            self._today.close()

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


def _new(stage: Stage, mark: int) -> list[str]:
    return stage.lines()[mark:]


def _is_shown(stage: Stage, mark: int, text: str) -> bool:
    return stage.line(text) in _new(stage, mark)


def _quoted(lines: Sequence[str]) -> str:
    return " and ".join(f"\u201c{line}\u201d" for line in lines) or "nothing"


def _compare(stage: Stage, mark: int, texts: Sequence[str], evidence: bytes, held: str) -> Outcome:
    """Held if the other end shows exactly these messages of Ada, in this order."""
    expected = [stage.line(text) for text in texts]

    def is_settled() -> bool:
        got = _new(stage, mark)
        return got == expected or len(got) > len(expected) or not set(got) <= set(expected)

    until(is_settled, _SETTLE_S)
    got = _new(stage, mark)
    if got == expected:
        return Outcome("held", held, evidence)
    return Outcome("broke", f"Ada said {_quoted(texts)}. The other end shows {_quoted(got)}.", evidence)


def _place_of(stage: Stage, text: str) -> int | None:
    """Where this text stands in Ada's frame when she says it; None when nobody can see it there."""
    mark = len(stage.lines())
    stage.say_apart(text)
    must(partial(_is_shown, stage, mark, text), "an ordinary message does not arrive")
    place = stage.frames("up")[-1].find(text.encode("utf-8"))
    return None if place < 0 else place


def _came_back(stage: Stage) -> str:
    by = f"Caught by {stage.complaints()[0]}. " if stage.complaints() else ""
    return f"{by}Ada's program has come back by itself, and everything is there, once."


def _record(stage: Stage) -> int | None:
    """The type of the frames that carry Ada's words; in the museum there are none."""
    return FrameType.DIRECT if isinstance(stage, TodayStage) else None


# --- Borders --------------------------------------------------------------------------------------


def _two_in_one_chunk(stage: Stage) -> Outcome:
    mark = len(stage.lines())
    stage.order(Join(direction="up", only=_record(stage)))
    stage.say_apart("one")
    stage.say("two")
    held = "Each message says how long it is, so two in one chunk are still two."
    return _compare(stage, mark, ["one", "two"], stage.attacked().after, held)


def _half_a_message(stage: Stage) -> Outcome:
    mark = len(stage.lines())
    stage.order(Split(direction="up", only=_record(stage)))
    stage.say("hello there")
    held = "Each message says how long it is, so the receiver keeps the first half until the rest is here."
    return _compare(stage, mark, ["hello there"], stage.attacked().after, held)


def _half_a_letter(stage: Stage) -> Outcome:
    text = "Zo\u00eb"
    place = _place_of(stage, text)
    mark = len(stage.lines())
    # Behind the first of the two bytes of the last letter, if it is to be seen where that is.
    cut = None if place is None else place + len(text.encode("utf-8")) - 1
    stage.order(Split(direction="up", byte=cut, only=_record(stage)))
    stage.say(text)
    held = "Bytes become letters only when the message is whole."
    return _compare(stage, mark, [text], stage.attacked().after, held)


# --- People ---------------------------------------------------------------------------------------


def _many_people(stage: Stage) -> Outcome:
    if isinstance(stage, MuseumStage):
        third = stage.join("Cara", stage.address)
        windows: list[Callable[[], list[str]]] = [lambda: stage.ben.lines, lambda: third.lines]
    else:
        assert isinstance(stage, TodayStage)
        vera = stage.join("Vera", stage.room.keys.third, f"127.0.0.1:{stage.room.port}")
        vera.connected()
        windows = [stage.ben.lines, vera.lines]
    stage.say("to all")
    line = stage.line("to all")
    until(lambda: all(line in window() for window in windows), _QUIET_S)
    evidence = stage.frames("up")[-1]
    if all(line in window() for window in windows):
        return Outcome("held", "Three people are here, and what one says the others hear.", evidence)
    stage.answer("yes, Ada?")
    must(lambda: "yes, Ada?" in windows[-1](), "the last one hears nothing")
    return Outcome(
        "broke",
        "Only the server hears Ada. Its answer goes to Cara, who came last, and Ada waits for it in vain.",
        evidence,
    )


def _somebody_listens(stage: Stage) -> Outcome:
    word = "Rosenkohl"
    mark = len(stage.lines())
    stage.say_apart(word)
    must(partial(_is_shown, stage, mark, word), "an ordinary message does not arrive")
    evidence = stage.frames("up")[-1]
    everything = b"".join(stage.frames("up") + stage.frames("down"))
    spellings = [word.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be")]
    if any(spelling in everything for spelling in spellings):
        return Outcome("broke", f"Whoever is on the way reads \u201c{word}\u201d in the bytes.", evidence)
    return Outcome("held", "The bytes are sealed: the word is not in them, nor is any name.", evidence)


def _somebody_is_ben(stage: Stage) -> Outcome:
    if isinstance(stage, TodayStage):
        false = stage.join("Ben", stage.room.keys.third, stage.tap_address)
        error = false.told.first(Disconnected).error
        evidence = stage.frames("down", connection=2)[-1]
        if false.told.of(Connected):
            return Outcome("broke", "Another key is in the room as Ben.", evidence)
        return Outcome("held", f"A name belongs to the first key that took it. {error}", evidence)
    assert isinstance(stage, MuseumStage)
    has_names = stage.version in ("1.2", "1.3")
    text = "it is me" if has_names else "Ben: it is me"
    window = stage.lines if stage.version == "1.0" else stage.ada_lines
    mark = len(window())
    stage.ben.say(text)
    must(lambda: len(window()) == mark + 1, "Ben is not heard")
    false_ben = stage.join("Ben", stage.tap_address)
    must(lambda: len(window()) == mark + 2, "a newcomer is not heard")  # who has said hello
    false_ben.say(text)
    must(lambda: len(window()) == mark + 3, "the false Ben is not heard")
    true_line, _, false_line = window()[mark:]
    evidence = stage.frames("up", connection=2)[-1]
    if true_line == false_line:
        why = "The name is what the sender wrote there" if has_names else "There are no names"
        return Outcome("broke", f"{why}: both Bens are shown as \u201c{false_line}\u201d.", evidence)
    return Outcome("held", f"The false one is shown as \u201c{false_line}\u201d.", evidence)


# --- Bytes that are changed -----------------------------------------------------------------------


def _flipped(stage: Stage) -> Outcome:
    text = "pay Ben 10"
    place = _place_of(stage, text)
    mark = len(stage.lines())
    stage.order(Flip(direction="up", byte=place, bit=0, only=_record(stage)))
    stage.say(text)
    evidence = stage.attacked().after
    until(lambda: _new(stage, mark) or (isinstance(stage, MuseumStage) and stage.complaints()))
    false = [line for line in _new(stage, mark) if line != stage.line(text)]
    if false:
        return Outcome(
            "broke", f"Ada said \u201c{text}\u201d. The other end shows {_quoted(false)}.", evidence
        )
    if _new(stage, mark):
        return _compare(stage, mark, [text], evidence, _came_back(stage))
    why = stage.complaints()[0]
    return Outcome("held", f"Noticed ({why}), and nothing false is shown. But the message is lost.", evidence)


def _replayed(stage: Stage) -> Outcome:
    text = "pay Ben 10"
    mark = len(stage.lines())
    stage.order(Replay(direction="up", only=_record(stage)))
    stage.say(text)
    evidence = stage.attacked().after
    until(lambda: len(_new(stage, mark)) > 1 or stage.complaints(), _SETTLE_S)
    times = _new(stage, mark).count(stage.line(text))
    if times > 1:
        return Outcome("broke", f"Ada said it once. The other end shows it {times} times.", evidence)
    return Outcome("held", _came_back(stage), evidence)


def _swapped(stage: Stage) -> Outcome:
    mark = len(stage.lines())
    stage.order(Swap(direction="up", only=_record(stage)))
    stage.say_apart("first")
    stage.say("second")
    evidence = stage.attacked().after
    until(lambda: len(_new(stage, mark)) >= 2)
    got = _new(stage, mark)
    if got == [stage.line("first"), stage.line("second")]:
        return Outcome("held", _came_back(stage), evidence)
    return Outcome("broke", f"The other end shows {_quoted(got)}, and nobody has noticed.", evidence)


def _dropped(stage: Stage) -> Outcome:
    mark = len(stage.lines())
    stage.order(Drop(direction="up", only=_record(stage)))
    stage.say_apart("one")
    evidence = stage.attacked().before
    stage.say("two")
    until(lambda: stage.line("two") in _new(stage, mark))
    got = _new(stage, mark)
    if got == [stage.line("one"), stage.line("two")]:
        return Outcome("held", _came_back(stage), evidence)
    return Outcome("broke", f"The other end shows {_quoted(got)}, and nobody has noticed.", evidence)


def _last_dropped(stage: Stage) -> Outcome:
    mark = len(stage.ada_lines())
    stage.order(Drop(direction="down", only=FrameType.ROOM if isinstance(stage, TodayStage) else None))
    stage.answer("the last word")
    evidence = stage.attacked().before
    until(lambda: stage.ada_lines()[mark:] or stage.complaints(), _QUIET_S)
    if stage.ada_lines()[mark:] or stage.complaints():
        return Outcome("held", _came_back(stage), evidence)
    if isinstance(stage, TodayStage):
        later = (
            "Nobody can miss what has not come, before something follows: a ping within 30 seconds, or the "
            "Close. Then Ada's program comes back and reads it in the log."
        )
        return Outcome("cannot be noticed", later, evidence)
    return Outcome("cannot be noticed", "Ada cannot miss what has not come, now or later.", evidence)


# --- A man in the middle --------------------------------------------------------------------------


def _man_in_the_middle(stage: Stage, known: bool) -> Outcome:
    secret = "the key is under the mat"
    if isinstance(stage, MuseumStage):
        return _museum_mallory(stage, secret, known)
    assert isinstance(stage, TodayStage)
    key, name = stage.room.keys.third, "Vera" if known else "Nora"
    folder = stage.room.new_folder()
    if known:
        honest = stage.join(name, key, stage.tap_address, folder=folder)
        honest.connected()
        honest.close()
        stage.members.remove(honest)
    connection = len(stage.tapped.of(ConnectionBegan)) + 1
    stage.order(OwnKeys())
    victim = stage.join(name, key, stage.tap_address, folder=folder)
    until(lambda: victim.told.of(Connected) or victim.told.of(TrustAsked))
    evidence = stage.frames("up", connection)[0]
    if victim.told.of(Connected):
        victim.say(secret)
        must(lambda: any(one.text == secret for one in stage.tapped.of(Overheard)), "Mallory hears nothing")
        sentence = (
            f"Mallory reads \u201c{secret}\u201d, and no program can know. You can: his fingerprint is not "
            f"the one on the host's screen, and the others see another disc beside {name}'s name."
        )
        return Outcome("you decide", sentence, evidence)
    frames = len(stage.frames("up", connection))
    refused = victim.refused()[0]
    sentence = (
        f"Stopped by the {refused.defence.value} (PROTOCOL {refused.section}): {name}'s program has sent "
        f"{frames} frame, its hello, and nothing more."
    )
    return Outcome("held", sentence, evidence)


def _museum_mallory(stage: MuseumStage, secret: str, known: bool) -> Outcome:
    """`known`: Ada has met the real server, as she has in every stage, and now dials again."""
    meeting = (
        "Ada has been here before, and her program remembers nothing" if known else "Whose key, nobody asks"
    )
    mark = len(stage.lines())
    if stage.version != "1.3":
        stage.say_apart(secret)
        must(partial(_is_shown, stage, mark, secret), "an ordinary message does not arrive")
        evidence = stage.frames("up")[-1]
        if secret.encode("utf-8") not in evidence:
            return Outcome("held", "Mallory cannot read it.", evidence)
        why = "There is no key to know a server by. Mallory need not even pretend: he reads what passes."
        return Outcome("broke", why, evidence)
    mallory = Mallory13(stage)
    try:
        victim = stage.join_at("Ada", mallory.address)
        victim.say(secret)
        must(lambda: stage.line(secret) in _new(stage, mark), "Mallory passes nothing on")
        heard = mallory.heard[-1].encode("utf-8")
    finally:
        mallory.close()
    return Outcome("broke", f"{meeting}. Mallory reads \u201c{secret}\u201d, and Ben has it from him.", heard)


def _first_contact(stage: Stage) -> Outcome:
    return _man_in_the_middle(stage, known=False)


def _known_server(stage: Stage) -> Outcome:
    return _man_in_the_middle(stage, known=True)


def _stolen_key(stage: Stage) -> Outcome:
    """Mallory has recorded all that passed, and gets the server's private keys afterwards."""
    secret = "see you at noon"
    mark = len(stage.lines())
    stage.say_apart(secret)
    must(partial(_is_shown, stage, mark, secret), "an ordinary message does not arrive")
    recording = stage.frames("up", connection=1)
    if isinstance(stage, TodayStage):
        return _time_machine(stage, recording)
    assert isinstance(stage, MuseumStage)
    if secret.encode("utf-8") in recording[-1]:
        return Outcome("broke", "The recording is open to everyone, without any key.", recording[-1])
    # A server that has the stolen key opens what is played to it as the true one did.
    found: list[str] = []
    with contextlib.closing(v1_3.Server(0, found.append, stage.keys.museum_server)) as machine:
        stage.play(machine.port, b"".join(recording))
        until(lambda: any(line.endswith(secret) for line in found), _SETTLE_S)
    if any(line.endswith(secret) for line in found):
        return Outcome(
            "broke", f"With the server's key the recording says {_quoted(found[-1:])}.", recording[-1]
        )
    return Outcome("held", "The recording stays closed.", recording[-1])


def _time_machine(stage: TodayStage, recording: list[bytes]) -> Outcome:
    hello, key_exchange = recording[:2]
    body = exchange.ClientKeyExchangeBody.decode(key_exchange[HEADER_BYTES:])
    pre_secret = stage.room.stolen_kex.open(body.oaep_ct)
    assert pre_secret is not None  # this far the stolen key leads
    th2 = exchange.th2(hello, stage.frames("down", connection=1)[0], body.oaep_ct)
    # What is missing is z. Its two private halves are forgotten, and on the wire were only the public ones.
    guess = exchange.derive_secrets(th2, bytes(32), pre_secret)
    if exchange.client_fin(guess.client_finished, th2) == body.client_fin:
        return Outcome("broke", "The recording opens.", key_exchange)
    sentence = (
        "The stolen key unwraps the client's secret. It lacks the other half, of two keys that were made for "
        "this connection and forgotten: the recording stays closed."
    )
    return Outcome("held", sentence, key_exchange)


# --- Time and size --------------------------------------------------------------------------------


def _sizes_and_times(stage: Stage) -> Outcome:
    texts = ["yes", "no, and I will tell you at some length why not"]
    sizes = []
    for text in texts:
        mark = len(stage.lines())
        stage.say_apart(text)
        must(partial(_is_shown, stage, mark, text), "an ordinary message does not arrive")
        sizes.append(len(stage.frames("up")[-1]))
    evidence = stage.frames("up")[-1]
    if sizes[1] - sizes[0] == len(texts[1]) - len(texts[0]) and not stage.complaints():
        sentence = (
            f"{sizes[0]} bytes, then {sizes[1]}: that Ada said something short and something long, and when, "
            "is there for all who watch."
        )
        return Outcome("cannot be noticed", sentence, evidence)
    return Outcome("held", "The sizes say nothing about the texts.", evidence)


def _slow_member(stage: Stage) -> Outcome:
    """One member reads nothing. What becomes of the others?"""
    if isinstance(stage, TodayStage):
        return _slow_today(stage)
    assert isinstance(stage, MuseumStage)
    gate = threading.Event()

    def wait_at_gate(line: str) -> None:
        gate.wait()

    server, ben = stage.server, stage.ben
    stage.join("Dora", stage.address, wait_at_gate)
    flood = Flood(server.say if isinstance(server, v1_0.Server) else stage.say, _LINES, _LETTERS)

    def heard() -> int:
        return flood.said if isinstance(server, v1_0.Server) else len(ben.lines)

    try:
        count = _when_still(heard)
    finally:
        gate.set()
    went_on = until(lambda: heard() > count, _SETTLE_S)
    flood.stop()
    evidence = (
        flood.line[:_SHOWN_BYTES]
        if isinstance(server, v1_0.Server)
        else stage.frames("up")[-1][:_SHOWN_BYTES]
    )
    if not went_on:
        return Outcome("held", "The others hear everything meanwhile.", evidence)
    sentence = (
        "Dora does not read, and when the buffers are full the server waits for her: all stood still, and "
        "went on when she read again."
    )
    return Outcome("broke", sentence, evidence)


def _when_still(count: Callable[[], int]) -> int:
    """What it has come to when it does not grow any more."""
    seen = count()
    while until(partial(_is_above, count, seen), _QUIET_S):
        seen = count()
    return seen


def _is_above(count: Callable[[], int], seen: int) -> bool:
    return count() > seen


def _slow_today(stage: TodayStage) -> Outcome:
    vera = stage.join("Vera", stage.room.keys.third, f"127.0.0.1:{stage.room.port}")
    me = vera.connected().you
    texts = [f"line {number}" for number in range(5)]
    stage.room.engine.submit(Freeze(me.id, frozen=True))
    mark, slow_mark = len(stage.lines()), len(vera.lines())
    for text in texts:
        stage.say(text)
    expected = [stage.line(text) for text in texts]
    until(lambda: _new(stage, mark) == expected)
    hears_meanwhile = _new(stage, mark) == expected and vera.lines()[slow_mark:] == []
    stage.room.engine.submit(Freeze(me.id, frozen=False))
    until(lambda: vera.lines()[slow_mark:] == expected)
    evidence = stage.frames("up")[-1]
    if hears_meanwhile and vera.lines()[slow_mark:] == expected:
        sentence = (
            "What waits for Vera lies in her own queue. Ben hears all at once, and Vera as soon as she can."
        )
        return Outcome("held", sentence, evidence)
    return Outcome("broke", "One who does not read holds up the others.", evidence)


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
    Row("stolen key", "Yesterday's recording, stolen key", _stolen_key),
    Row("sizes and times", "Who talks with whom, and when", _sizes_and_times),
)
_ROWS: Final = {row.name: row for row in ROWS}

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
