"""Short traces, as the laboratory would give them, for the lessons' checks."""

from __future__ import annotations

import json
from collections.abc import Iterable

from netcore.errors import InviteMismatch, LocalChatError, ServerGone
from netcore.lab.lessons.model import OBSERVED as READ
from netcore.lab.lessons.model import PREDICTED, TYPED, Lesson, Place, Prediction, Reading, Seen
from netcore.lab.stream.bare import BareReading
from netcore.lab.tap_events import Attacked
from netcore.net.api.events import Chat, Connected, Disconnected, Member
from netcore.trace import Chunk, Defence, Direction, FrameSeen, Person, Refused, Turn
from netcore.wire.framing import FrameType

ADA = Member(b"a" * 32, "Ada")


def person(what: str, **data: object) -> Seen:
    return Seen("person", Person(0, 0, 0.0, what, data))


def typed(lesson: int, step: str, text: str) -> Seen:
    return person(TYPED, lesson=lesson, step=step, text=text)


def pin(at: str, connection: int, direction: str, n: int) -> Seen:
    return person("pin", at=at, connection=connection, direction=direction, n=n)


def frame(
    at: Place, direction: Direction, kind: FrameType, n: int, *messages: object, connection: int = 1,
    offset: int = 0, chunk: int = 1, raw: bytes = b"",
) -> Seen:  # fmt: skip
    plaintext = b"".join(json.dumps(one).encode() + b"\n" for one in messages)
    return Seen(
        at,
        FrameSeen(
            0, connection, 0.0, direction, n, kind, offset, 100, chunk, chunk, raw or bytes([kind]),
            plaintext or None, "", "",
        ),
    )  # fmt: skip


def chunk(at: Place, direction: Direction, offset: int, size: int, connection: int = 1) -> Seen:
    return Seen(at, Chunk(0, connection, 0.0, direction, offset, bytes(size), size))


def refused(at: Place, defence: Defence, n: int | None = 1, connection: int = 1) -> Seen:
    return Seen(at, Refused(0, connection, 0.0, "in", n, defence, "5.1", "f", 1, "RecordError"))


def attacked(attack: str, direction: str, kind: FrameType = FrameType.DIRECT, n: int = 1) -> Seen:
    before = bytes([kind, 0, 0, 1, 0])
    return Seen("tap", Attacked(1, attack, direction, n, before, before))  # type: ignore[arg-type]


def turn(**queues: int) -> Seen:
    waiting = {int(name[1:]): size for name, size in queues.items()}
    return Seen("server", Turn(0, 0, 0.0, 1, 1, 1, 1, 0.0, 0, waiting, {}, None))


def bare(chunk_bytes: bytes, error: str = "", offset: int = 0) -> Seen:
    return Seen("bare", BareReading(offset, chunk_bytes, "", error))


def chat(at: Place, text: str, seq: int = 1) -> Seen:
    return Seen(at, Chat(seq, ADA.id, ADA.name, text, 0, False))


def connected(at: Place) -> Seen:
    return Seen(at, Connected("Lab", ADA, bytes(32), bytes(32), False, (ADA,), 0))


def disconnected(at: Place, error: LocalChatError | None = None) -> Seen:
    return Seen(at, Disconnected(error or ServerGone(), 0.5))


def answers(lesson: Lesson) -> list[Seen]:
    """Every question answered, every text read."""
    found: list[Seen] = []
    for step in lesson.steps:
        if isinstance(step, Prediction):
            answer = tuple(sorted(step.right))
            found.append(person(PREDICTED, lesson=lesson.number, step=step.name, answer=answer))
        elif isinstance(step, Reading):
            found.append(person(READ, lesson=lesson.number, step=step.name, answer=()))
    return found


def ordinary_chat() -> list[Seen]:
    """Ada, Ben and Cara talk; nobody learns anything."""
    found: list[Seen] = [connected("Ada"), connected("Ben")]
    for n in range(12):
        offset = 100 * n
        found += [
            chunk("server", "in", offset, 100),
            frame("server", "in", FrameType.CLOSE, n, offset=offset),
            chunk("Ada", "in", offset, 100),
            frame("Ada", "in", FrameType.ROOM, n, {"t": "said"}, offset=offset, chunk=1000 + n),
            chat("Ada", f"line {n}", n),
            chat("Ben", f"line {n}", n),
            turn(c1=0, c2=0, c3=0),
            bare(b'{"text": "hello"}'),
        ]
    return found


def shuffled_in(solution: Iterable[Seen], chat_events: list[Seen]) -> list[Seen]:
    """The solution, with other people's chat around each of its events."""
    found: list[Seen] = []
    for i, one in enumerate(solution):
        found += [chat_events[i % len(chat_events)], one]
    return found


def invite_mismatch() -> LocalChatError:
    return InviteMismatch(address="127.0.0.1:5050", fingerprint="SHA256:x")
