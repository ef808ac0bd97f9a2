"""What the laboratory does by itself when somebody asks to be shown: one line an order.

    room VERSION                    open a room: 1.0, 1.1, 1.2, 1.3 or today
    say NAME TEXT                   somebody says a line to everyone
    lines NAME COUNT                ... as many lines, one after the other
    whisper NAME TO TEXT
    order /ATTACK ...               give the tap an order; see netcore.lab.orders
    knife recv BYTES | join | send | off
    join NAME, freeze NAME, thaw NAME
    reconnect NAME, record NAME     record: with the secrets of the handshake
    new NAME                        somebody else takes the chair, who has never been here
    trust NAME, invite NAME         believe the key that is shown; connect with the host's invite
    pin attacked | whisper | word WORD
    search WORD, open VERSION
    show oaep_ct | end | fingerprints
    step through NAME, check th2, exhibit flip BYTE.BIT

What a person would have typed, chosen or found is worked out from what was really seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, NoReturn, TypeVar

from netcore.crypto.eax import TAG_BYTES
from netcore.crypto.exchange import th2
from netcore.errors import BadOrder
from netcore.lab.handshake.questions import QUESTIONS
from netcore.lab.lessons.found import bare_pointer, bare_readings, frames, is_a, pointer, says
from netcore.lab.lessons.model import CHECKED, OBSERVED, PREDICTED, Pointer, Seen
from netcore.lab.orders import Disarm, FrameOrder, OwnKeys, Quit, Replay, read_order
from netcore.lab.relay import REPLAY_AFTER_S
from netcore.lab.sandbox.room import PEOPLE, VERSIONS, Who
from netcore.lab.sandbox.sandbox import QUIET_S, Sandbox
from netcore.lab.sandbox.script import Script, until
from netcore.lab.sandbox.today import TodayRoom
from netcore.lab.tap_events import Armed, Attacked, NotDone
from netcore.net.api.commands import (
    CutReceiving,
    Freeze,
    JoinSending,
    ReconnectAndRecord,
    TrustServer,
    Whisper,
)
from netcore.net.api.events import Chat, Connected, TrustAsked, WhisperSent
from netcore.trace import FrameSeen, HandshakeValue
from netcore.wire.codec import encode
from netcore.wire.framing import HEADER_BYTES, FrameType
from netcore.wire.messages import Ping

ANSWER_S: Final = 3.0
"""For a line to come back to who said it. An attack may be in the way, so it is no fault if it does not."""
COME_BACK_S: Final = 10.0
JOIN_S: Final = 5.0
"""So long a member that joins what it sends waits at most. `knife send` comes sooner."""
OBEYED_S: Final = 3.0
"""For the tap, on its own thread, to take an order: what is said then must meet it."""
JOINED_S: Final = 0.2
"""For what is held back to be ready: a whisper is sealed by a worker thread."""

PING_FRAME_BYTES: Final = HEADER_BYTES + len(encode(Ping())) + TAG_BYTES
"""Of a ping, and of a pong. A learner's attack lets them pass: they come by themselves when it is quiet, and
what is meant is what somebody says. Mallory, who cannot open them, knows them by their length."""

T = TypeVar("T")


def run(sandbox: Sandbox, orders: Iterable[str]) -> None:
    """One after the other, each when the one before is done; what is wrong with one ends them."""
    for order in orders:
        sandbox.do(obey(sandbox, order))


def obey(sandbox: Sandbox, order: str) -> Script:
    """Carry it out. Raises BadOrder, also where it does not fit the room that is open."""
    sandbox.trouble = ""
    word, _, rest = order.partition(" ")
    does = _ORDERS.get(word)
    if does is None:
        raise BadOrder(order=order, why="the orders are " + ", ".join(_ORDERS))
    yield from does(sandbox, rest)


# --- Words --------------------------------------------------------------------------------------------


def _bad(order: str, why: str) -> NoReturn:
    raise BadOrder(order=order, why=why)


def _today(sandbox: Sandbox, order: str) -> TodayRoom:
    return sandbox.today if sandbox.today is not None else _bad(order, "this is for today’s room")


def _who(name: str) -> Who:
    for who in PEOPLE:
        if who == name:
            return who
    return _bad(name, "here are Ada, Ben and Cara")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else _bad(text, "a number")


def _last(found: list[T], what: str) -> T:
    return found[-1] if found else _bad(what, "there has been none yet")


def _until_seen(sandbox: Sandbox, fits: Callable[[Seen], bool], longest_s: float) -> Script:
    """Until something that fits is seen, from now on."""
    taken = sandbox.taken
    yield from until(lambda: any(map(fits, sandbox.since(taken))), longest_s)


# --- Rooms and people ---------------------------------------------------------------------------------


def _room(sandbox: Sandbox, rest: str) -> Script:
    if rest not in VERSIONS:
        _bad(f"room {rest}", "the versions are " + ", ".join(VERSIONS))
    if sandbox.version != rest:
        yield from sandbox.open(rest)


def _say(sandbox: Sandbox, rest: str) -> Script:
    name, _, text = rest.partition(" ")
    who = _who(name)
    if sandbox.old is not None:
        sandbox.old.say(who, text)
        yield from sandbox.settle(0.1)
    else:
        yield from _join(sandbox, who)
        yield from _say_today(sandbox, who, text)


def _say_today(sandbox: Sandbox, who: Who, text: str) -> Script:
    _today(sandbox, "say").say(who, text)

    def is_answer(seen: Seen) -> bool:
        event = seen.event
        return seen.at == who and isinstance(event, Chat) and event.mine and event.text == text

    yield from _until_seen(sandbox, is_answer, JOINED_S if sandbox.joins else ANSWER_S)


def _lines(sandbox: Sandbox, rest: str) -> Script:
    name, _, count = rest.partition(" ")
    who = _who(name)
    for number in range(_number(count)):
        yield from _say_today(sandbox, who, f"line {number + 1}")


def _whisper(sandbox: Sandbox, rest: str) -> Script:
    name, _, rest = rest.partition(" ")
    to, _, text = rest.partition(" ")
    room, who = _today(sandbox, "whisper"), _who(name)
    chair = room.chairs[who]
    chair.last_id += 1
    chair.submit(Whisper(chair.last_id, room.member_id(_who(to)), text))
    longest_s = JOINED_S if sandbox.joins else ANSWER_S
    yield from _until_seen(sandbox, lambda seen: is_a(seen, who, WhisperSent), longest_s)


def _join(sandbox: Sandbox, rest: str) -> Script:
    room, who = _today(sandbox, "join"), _who(rest)
    if room.chairs[who].engine is None:
        room.sit_down(who)
        yield from until(lambda: room.is_inside(who), COME_BACK_S)


def _freeze(sandbox: Sandbox, rest: str) -> Script:
    yield from _join(sandbox, rest)
    yield from sandbox.settle()
    room = _today(sandbox, "freeze")
    room.server.submit(Freeze(room.member_id(_who(rest)), True))
    yield from sandbox.settle()


def _thaw(sandbox: Sandbox, rest: str) -> Script:
    room = _today(sandbox, "thaw")
    room.server.submit(Freeze(room.member_id(_who(rest)), False))
    yield from sandbox.settle()


def _reconnect(sandbox: Sandbox, rest: str) -> Script:
    """Somebody who knows a server keeps on knowing it; who does not is asked."""
    room, who = _today(sandbox, "reconnect"), _who(rest)
    yield from room.stand_up(who)
    room.sit_down(who, accept_new=False)
    yield from sandbox.settle()


def _new(sandbox: Sandbox, rest: str) -> Script:
    yield from _today(sandbox, "new").stand_up(_who(rest), forget=True)
    yield from sandbox.settle()


def _trust(sandbox: Sandbox, rest: str) -> Script:
    room, who = _today(sandbox, "trust"), _who(rest)
    asked = room.chairs[who].question
    if asked is None:
        _bad(f"trust {rest}", "nobody is asked anything")
    room.chairs[who].submit(TrustServer(asked.shown))
    yield from until(lambda: room.is_inside(who), COME_BACK_S)
    yield from sandbox.settle()


def _invite(sandbox: Sandbox, rest: str) -> Script:
    room, who = _today(sandbox, "invite"), _who(rest)
    yield from room.stand_up(who)
    room.sit_down(who, invite=True)
    yield from sandbox.settle()


def _record(sandbox: Sandbox, rest: str) -> Script:
    room, who = _today(sandbox, "record"), _who(rest)
    room.chairs[who].submit(ReconnectAndRecord())
    yield from _until_seen(sandbox, lambda seen: is_a(seen, who, Connected), COME_BACK_S)
    yield from sandbox.settle()


# --- The tap and the knives ----------------------------------------------------------------------------


def _order(sandbox: Sandbox, rest: str) -> Script:
    order = read_order(rest)
    if isinstance(order, Quit):
        _bad(rest, "the tap stays as long as the room")
    if not isinstance(order, OwnKeys):
        # The copy of a replay comes later, and what it leads to after that.
        replays = isinstance(sandbox.armed, Replay)
        yield from sandbox.settle(REPLAY_AFTER_S + QUIET_S if replays else QUIET_S)
    if isinstance(order, FrameOrder) and sandbox.today is not None:
        order = replace(order, beyond_bytes=PING_FRAME_BYTES)
    sandbox.armed = order if isinstance(order, FrameOrder) else None
    if sandbox.room is not None:
        sandbox.room.attack(order)
    if not isinstance(order, Disarm):  # which is not answered
        yield from _until_seen(
            sandbox, lambda seen: isinstance(seen.event, Armed | Attacked | NotDone), OBEYED_S
        )


def _knife(sandbox: Sandbox, rest: str) -> Script:
    word, _, number = rest.partition(" ")
    most_bytes = _number(number) if word == "recv" else None
    if word not in ("recv", "join", "send", "off") or most_bytes == 0:
        _bad(f"knife {rest}", "knife recv BYTES, knife join, knife send or knife off")
    if word in ("join", "send", "off"):
        sandbox.joins = word == "join"
    if sandbox.old is not None:
        if word in ("recv", "off"):
            sandbox.old.cut_receiving(most_bytes)
        if word in ("join", "send", "off"):
            sandbox.old.join_sending(word == "join")
    elif sandbox.today is not None:
        for chair in sandbox.today.chairs.values():
            if word in ("recv", "off"):
                chair.submit(CutReceiving(most_bytes))
            if word in ("join", "send", "off"):
                chair.submit(JoinSending(JOIN_S if word == "join" else None))
    yield from sandbox.settle()


# --- What a person finds ----------------------------------------------------------------------------------


def _pin(sandbox: Sandbox, rest: str) -> Script:
    yield from sandbox.settle()
    what, _, word = rest.partition(" ")
    if what == "attacked":
        attack = sandbox.last_attack()
        if attack is None or attack.n is None or attack.direction is None:
            _bad(rest, "no frame has been attacked yet")
        found = Pointer("tap", attack.connection, attack.direction, attack.n)
    elif what == "whisper":
        whispers = [
            frame
            for _, frame in frames(sandbox.seen, "server", "in", FrameType.DIRECT)
            if says(frame, "send_whisper")
        ]
        found = pointer("server", _last(whispers, rest))
    else:
        readings = bare_readings(sandbox.seen, lambda one: word.encode() in one.chunk)
        found = bare_pointer(_last(list(readings), rest))
    sandbox.pin(found)
    yield


def _search(sandbox: Sandbox, rest: str) -> Script:
    yield from sandbox.settle()
    sandbox.search(rest)


def _open(sandbox: Sandbox, rest: str) -> Script:
    yield from sandbox.settle()
    yield from sandbox.open_yesterday(rest)


def _show(sandbox: Sandbox, rest: str) -> Script:
    yield from sandbox.settle()
    if rest == "oaep_ct":
        found = [one for _, one in frames(sandbox.seen, "Ada", "out", FrameType.CLIENT_KEY_EXCHANGE)]
        sandbox.type_answer(6, "digits", _last(found, rest).raw[HEADER_BYTES : HEADER_BYTES + 2].hex())
    elif rest == "end":
        frame = _last([one for _, one in frames(sandbox.seen, "Ada", "in")], rest)
        sandbox.type_answer(2, "end", str(frame.offset + frame.length))
    else:
        room = _today(sandbox, "show fingerprints")
        asked = [
            seen.event for seen in sandbox.seen if seen.at == "Ada" and isinstance(seen.event, TrustAsked)
        ]
        own = room.listening.fingerprint if room.listening is not None else b""
        differs = _last(asked, rest).shown != own
        answer = "different" if differs else "alike"
        sandbox.person(OBSERVED, {"lesson": 9, "step": "compare", "answer": answer})
    yield


def _step(sandbox: Sandbox, rest: str) -> Script:
    """Through the handshake: each of its questions is answered."""
    for question in QUESTIONS:
        data = {"view": "handshake", "question": question.name, "answer": (question.right,)}
        sandbox.person(PREDICTED, data)
    yield


def _check(sandbox: Sandbox, rest: str) -> Script:
    """Compute th2 anew, from the frames, and compare it with what Ada's program had."""
    recorded = [
        seen.event
        for seen in sandbox.seen
        if seen.at == "Ada" and isinstance(seen.event, HandshakeValue) and seen.event.name == "th2"
    ]
    value = _last(recorded, rest)
    first: dict[int, bytes] = {}
    for seen in sandbox.seen:
        event = seen.event
        if seen.at == "Ada" and isinstance(event, FrameSeen) and event.connection == value.connection:
            first.setdefault(event.type, event.raw)
    exchange = first[FrameType.CLIENT_KEY_EXCHANGE]
    computed = th2(first[FrameType.CLIENT_HELLO], first[FrameType.SERVER_HELLO], exchange[HEADER_BYTES:-32])
    sandbox.person(CHECKED, {"value": "th2", "matches": computed == value.value})
    yield


def _exhibit(sandbox: Sandbox, rest: str) -> Script:
    byte, _, bit = rest.removeprefix("flip ").partition(".")
    opened = sandbox.flip_exhibit(_number(byte), _number(bit))
    sandbox.type_answer(7, "bare", opened.split()[0])
    yield


_ORDERS: Final[dict[str, Callable[[Sandbox, str], Script]]] = {
    "room": _room,
    "say": _say,
    "lines": _lines,
    "whisper": _whisper,
    "order": _order,
    "knife": _knife,
    "join": _join,
    "freeze": _freeze,
    "thaw": _thaw,
    "reconnect": _reconnect,
    "record": _record,
    "new": _new,
    "trust": _trust,
    "invite": _invite,
    "pin": _pin,
    "search": _search,
    "open": _open,
    "show": _show,
    "step": _step,
    "check": _check,
    "exhibit": _exhibit,
}
