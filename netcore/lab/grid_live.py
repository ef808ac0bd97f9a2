"""Which cell of the grid something done in the sandbox fills, and how a cell is shown in the sandbox. Pure.

    by_attack(seen, at, "1.2")            the attack at this index of all that was seen in the room
    by_person(seen, person)               a word searched for, a recording given to the time machine
    orders_for(Cell("flip", "1.2"))       what the sandbox does to show it

The outcome is read from what the ends showed afterwards, as the grid itself does. Where that is not clear, or
not yet, nothing is filled: the cell can still be tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from netcore.lab.grid import VERSIONS, CellOutcome, Passed, Version, passed_of
from netcore.lab.grid_runner import Cell
from netcore.lab.lessons.found import overheard
from netcore.lab.lessons.in_the_clear import SECRET_WORD
from netcore.lab.lessons.model import OPENED_YESTERDAY, SEARCHED, Seen
from netcore.lab.sandbox.room import TODAY
from netcore.lab.tap_events import Attacked, FrameTapped
from netcore.lab.verdict import Outcome, judge, tells_of_tag
from netcore.net.api.events import Chat, Notice, TrustAsked
from netcore.trace import Defence, Person, Refused

_HERE: Final = "In the conversation: "
_PAY: Final = "pay Ben 10"

Live = tuple[Cell, CellOutcome]
"""A cell, and what fills it."""


def by_attack(seen: Sequence[Seen], at: int, version: str) -> Live | None:
    """By the attack that stands at index `at`. `seen`: all of the room that is open, from its beginning."""
    attack = seen[at].event
    assert isinstance(attack, Attacked)
    known = _version(version)
    if known is None:
        return None
    if known == TODAY:
        return _today(seen, at, attack)
    what_broke = _MUSEUM.get(attack.attack)
    if what_broke is None or attack.direction != "up":
        return None
    noticed = next((line for line in _lines(seen[at:]) if tells_of_tag(line)), "")
    if attack.attack == "flip" and noticed:
        why = noticed.removeprefix("-- ")
        words = f"{_HERE}noticed ({why}), and nothing false is shown. But the message is lost."
        return Cell("flip", known), CellOutcome("held", words, attack.after, _passed(seen))
    sentence = what_broke(_said(seen), _shown(seen[:at], known), _shown(seen[at:], known))
    if not sentence:
        return None
    evidence = attack.after or attack.before
    return Cell(attack.attack, known), CellOutcome("broke", _HERE + sentence, evidence, _passed(seen))


def by_person(seen: Sequence[Seen], act: Person) -> Live | None:
    """By a word that was searched for, or a recording that was given to the time machine; None for anything
    else that a person did."""
    match act:
        case Person(what=what, data={"where": str(where), "word": str(word), "found": int(found)}):
            known = _version(where)
            if what != SEARCHED or known is None or not _is_said(seen, word):
                return None
            words = (
                f"whoever is on the way reads \u201c{word}\u201d in the bytes."
                if found
                else f"\u201c{word}\u201d was said, and is nowhere in the bytes."
            )
            tapped = [one.event.data for one in seen if isinstance(one.event, FrameTapped)]
            holds = [data for data in tapped if word.encode("utf-8") in data]
            evidence = (holds or tapped or [b""])[-1]
            outcome = CellOutcome("broke" if found else "held", _HERE + words, evidence, _passed(seen))
            return Cell("listen", known), outcome
        case Person(what=what, data={"recording": str(recording), "opened": bool(opened)}):
            known = _version(recording)
            if what != OPENED_YESTERDAY or known is None:
                return None
            missing = str(act.data.get("missing", ""))
            if not opened and missing != "z":
                return None  # there was no recording to open
            words = (
                "with the server’s key the recording opens."
                if opened
                else "the stolen key unwraps pre_secret, but z is missing: the recording stays closed."
            )
            evidence = next((one.event.data for one in seen if isinstance(one.event, FrameTapped)), b"")
            outcome = CellOutcome("broke" if opened else "held", _HERE + words, evidence, _passed(seen))
            return Cell("stolen key", known), outcome
    return None


def orders_for(cell: Cell) -> tuple[str, ...] | None:
    """Orders of `netcore.lab.sandbox.orders`, for a room of this version that is open; None if the sandbox
    has nothing like it."""
    today = cell.version == TODAY
    match cell.row:
        case "flip":
            place = {"1.0": " 0.0", "1.1": " 0.0", "1.2": f" {len(_JSON)}.0"}.get(cell.version, "")
            return (f"order /flip up{place}", f"say Ada {_PAY}")
        case "replay":
            return ("order /replay up", f"say Ada {_PAY}")
        case "swap":
            return ("order /swap up", "say Ada first", "say Ada second")
        case "drop":
            return ("order /drop up", "say Ada one", "say Ada two")
        case "listen":
            return (f"say Ada {SECRET_WORD}", f"search {SECRET_WORD}")
        case "known server" if today:
            return ("order /own-keys", "reconnect Ada")
        case "first contact" if today:
            return ("new Ada", "order /own-keys", "reconnect Ada", "trust Ada", f"say Ada {_SECRET}")
        case "stolen key" if cell.version in ("1.3", TODAY):
            return ("say Ada see you at noon", f"open {cell.version}")
    return None


_JSON: Final = '{"username": "Ada", "text": "'
_SECRET: Final = "the key is under the mat"


# --- Today -------------------------------------------------------------------------------------------


def _today(seen: Sequence[Seen], at: int, attack: Attacked) -> Live | None:
    if attack.attack == "own-keys":
        return _own_keys(seen, at, attack)
    judged = judge(seen, at)
    if attack.attack not in _MUSEUM or judged.outcome is not Outcome.CAUGHT:
        return None
    caught = f"{judged.heading} (PROTOCOL {judged.section}). {' '.join(judged.happened)}".rstrip()
    evidence = attack.after or attack.before
    outcome = CellOutcome("held", _HERE + caught[:1].lower() + caught[1:], evidence, _passed(seen))
    return Cell(attack.attack, TODAY), outcome


def _own_keys(seen: Sequence[Seen], at: int, attack: Attacked) -> Live | None:
    after = [one.event for one in seen[at:]]
    asked = next((event for event in after if isinstance(event, TrustAsked)), None)
    evidence = _first_frame(seen, attack.connection)
    refused = next((event for event in after if isinstance(event, Refused)), None)
    if asked is not None and asked.known and refused is not None and refused.defence is Defence.PINNED_KEY:
        words = (
            f"stopped by the {refused.defence.value} (PROTOCOL {refused.section}). "
            "Ada’s program has sent its hello and nothing more, and asks her."
        )
        return Cell("known server", TODAY), CellOutcome("held", _HERE + words, evidence, _passed(seen))
    heard = overheard(seen[at:])
    if asked is None or asked.known or not heard:
        return None
    words = (
        f"Mallory reads \u201c{heard[0].text}\u201d, and no program can know. You can: his fingerprint is "
        "not the one in the host’s window."
    )
    return Cell("first contact", TODAY), CellOutcome("you decide", _HERE + words, evidence, _passed(seen))


def _first_frame(seen: Sequence[Seen], connection: int) -> bytes:
    """Ada's hello."""
    frames = (one.event for one in seen if isinstance(one.event, FrameTapped))
    return next((frame.data for frame in frames if frame.connection == connection), b"")


# --- The museum --------------------------------------------------------------------------------------

WhatBroke = Callable[[Sequence[str], Sequence[str], Sequence[str]], str]
"""From what Ada said, and the other end showed before and after: a sentence, "" if nothing broke (yet)."""


def _flip(said: Sequence[str], before: Sequence[str], after: Sequence[str]) -> str:
    if not after or after[0] in said:
        return ""
    meant = next((text for text in reversed(said) if len(text) == len(after[0])), said[-1] if said else "")
    return f"Ada said \u201c{meant}\u201d. The other end shows \u201c{after[0]}\u201d."


def _replay(said: Sequence[str], before: Sequence[str], after: Sequence[str]) -> str:
    if not before or not after or before[-1] != after[0] or said.count(after[0]) > 1:
        return ""
    return f"Ada said \u201c{after[0]}\u201d once. The other end shows it twice."


def _swap(said: Sequence[str], before: Sequence[str], after: Sequence[str]) -> str:
    if len(after) < 2 or not set(after[:2]) <= set(said) or said.index(after[0]) <= said.index(after[1]):
        return ""
    first, second = after[:2]
    return f"the other end shows \u201c{first}\u201d before \u201c{second}\u201d, and nobody has noticed."


def _drop(said: Sequence[str], before: Sequence[str], after: Sequence[str]) -> str:
    if not after or after[0] not in said:
        return ""
    place = said.index(after[0]) - 1
    if place < 0 or said[place] in (*before, *after):
        return ""
    return f"the other end never shows \u201c{said[place]}\u201d, and nobody has noticed."


_MUSEUM: Final[Mapping[str, WhatBroke]] = MappingProxyType(
    {"flip": _flip, "replay": _replay, "swap": _swap, "drop": _drop}
)


def _lines(seen: Sequence[Seen]) -> list[str]:
    return [one.event.text for one in seen if isinstance(one.event, Notice)]


def _said(seen: Sequence[Seen]) -> list[str]:
    """What Ada said, as her own window shows it."""
    own = (one.event.text for one in seen if one.at == "Ada" and isinstance(one.event, Notice))
    return [line.removeprefix("Ada: ") for line in own if line.startswith("Ada: ")]


def _shown(seen: Sequence[Seen], version: Version) -> list[str]:
    """What the other end shows of what came to it: Ben, or in 1.0, where he hears nothing, the server."""
    place = "server" if version == "1.0" else "Ben"
    found = []
    for one in seen:
        if one.at != place or not isinstance(one.event, Notice):
            continue
        line = one.event.text
        if version == "1.0":
            found.append(line.partition(": ")[2])
        elif line.startswith("Ben: "):
            continue  # his own
        else:
            found.append(line if version == "1.1" else line.removeprefix("Ada: "))
    return found


def _version(text: str) -> Version | None:
    return next((version for version in VERSIONS if version == text), None)


def _is_said(seen: Sequence[Seen], word: str) -> bool:
    return any(isinstance(one.event, Chat | Notice) and word in one.event.text for one in seen)


def _passed(seen: Sequence[Seen]) -> tuple[Passed, ...]:
    frames = [one.event for one in seen if isinstance(one.event, FrameTapped)]
    return passed_of(frames, [one.event for one in seen if isinstance(one.event, Attacked)])
