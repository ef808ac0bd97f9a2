"""What became of an attack, as far as the tap alone can know, without keys and from outside of all programs.

It knows what it did, what came back, and which end hung up. It does not know which defence held: all refusals
look alike on the wire. That the window of the attacked end says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netcore.lab.tap_events import (
    Attacked,
    ConnectionBegan,
    ConnectionEnded,
    FrameTapped,
    Overheard,
    TapEvent,
)
from netcore.lab.verdict import CHANGES_NOTHING, DID, Outcome, Verdict, attacked_words
from netcore.wire.framing import FrameType
from netcore.wire.lines import counted

_LOOK_THERE: Final = (
    "Which defence held, the window of the attacked end says. On the wire all refusals look alike."
)
_NO_SIGN: Final = (
    "No sign of it so far. Either nobody has noticed, or it shows with the next frame. Watch what comes."
)
_CLOSED: Final = (
    "A Close is the honest end of a connection. It may have come for another reason than the attack."
)
_TRUSTED: Final = (
    "The client took my keys for the server’s. Its program cannot miss a key that it has never seen. A "
    "person who compares fingerprints can."
)
_TOO_LATE: Final = "I ended it myself. How each end takes that, its own window says."
_OWN_KEYS: Final = (
    "A client that knows the server’s key stops here. One that asks its person hangs up, too, and comes "
    "again if the person says yes. Its own window says which."
)
_ENDS: Final = {"client ended": "client", "server ended": "server"}


def judge_by_tap(events: Sequence[TapEvent], attack: Attacked, frames: bool = True) -> Verdict:
    """About an attack, which is one of `events`, from all that was told after it. `frames`: whether the room
    has any."""
    at = next(i for i, one in enumerate(events) if one is attack)
    after = events[at + 1 :]
    here = [one for one in after if _connection(one) == attack.connection]
    ended = next((one for one in here if isinstance(one, ConnectionEnded)), None)
    passed = [one for one in here if isinstance(one, FrameTapped)]
    did = DID[attack.attack].format(what=attacked_words(attack, "the client", frames))
    came = _passed_words(passed, "frame" if frames else "chunk")
    if any(isinstance(one, Overheard) for one in here):
        goes_on = "The client goes on, and I can open what it says."
        return Verdict(Outcome.YOU_DECIDE, "Believed: I read along", did, (goes_on,), _TRUSTED, "11.1")
    if ended is None:
        if attack.attack in CHANGES_NOTHING:
            return Verdict(Outcome.NOBODY, "Nothing can notice", did, (came,), CHANGES_NOTHING[attack.attack])
        happened = (came, "Both ends are still there.")
        return Verdict(Outcome.NOT_YET, "Not noticed yet", did, happened, _NO_SIGN)
    back = any(isinstance(one, ConnectionBegan) for one in after[after.index(ended) :])
    returned = "A client has connected again." if back else "Nobody has connected again yet."
    who = _ENDS.get(ended.how)
    if who is None:
        words = "Both connections are over." if ended.how == "cut" else "The connection is over."
        return Verdict(Outcome.NOT_YET, "Cut", did, (words, returned), _TOO_LATE)
    if any(frame.type == FrameType.CLOSE and _sender(frame) == who for frame in passed):
        left = (came, f"The {who} said Close, and ended the connection.", returned)
        return Verdict(Outcome.NOT_YET, f"The {who} has left", did, left, _CLOSED)
    alert = any(frame.type == FrameType.ALERT and _sender(frame) == who for frame in passed)
    how = "sent an Alert and hung up" if alert else "hung up without a word"
    why = _OWN_KEYS if attack.attack == "own-keys" else _LOOK_THERE
    return Verdict(
        Outcome.CAUGHT, f"The {who} {'sent an Alert' if alert else 'hung up'}", did,
        (came, f"The {who} {how}.", returned), why,
    )  # fmt: skip


def last_attack(events: Sequence[TapEvent]) -> Attacked | None:
    """The newest one; None while there was none."""
    return next((one for one in reversed(events) if isinstance(one, Attacked)), None)


def _connection(event: TapEvent) -> int | None:
    match event:
        case FrameTapped() | ConnectionEnded() | Overheard():
            return event.connection
    return None


def _sender(frame: FrameTapped) -> str:
    return "client" if frame.direction == "up" else "server"


def _passed_words(passed: Sequence[FrameTapped], kind: str) -> str:
    up = sum(frame.direction == "up" for frame in passed)
    if not passed:
        return f"No {kind} has passed since."
    return f"Since then {counted(up, kind)} from the client passed, {len(passed) - up} from the server."
