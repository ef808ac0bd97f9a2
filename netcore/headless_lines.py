"""What a headless room or client prints, and what it reads: events to lines, lines to wishes.

With --json, one object a line, key `event`, pure ASCII (so no text can steer a terminal); `at` is Unix
time in milliseconds. Without, lines for people: what members said begins with the time, every other
line with `*`, and what a peer wrote is cleaned and indented, so that no text can imitate either.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from netcore import engine
from netcore.engine import Event, Member, WhisperOutcome, fingerprint_text
from netcore.errors import LocalChatError, NoSuchMember, ServerKeyChanged, UnknownServer
from netcore.limits import MAX_NAME_CHARS
from netcore.wire.names import longest_match
from netcore.wire.texts import visible

Role = Literal["server", "client"]
Object = dict[str, object]

_SLOWED = "You send faster than the room takes. Nothing is dropped; it goes on by itself."
_REPLACED = "The server's history is another one than before. What follows is the new one."
_GIVEN_UP = "A whisper of yours was given up: its reader never came."
_NOT_SHOWN = (
    "A whisper of yours came and was not shown: it did not open there, or its reader has had a later one of "
    "yours (is this an older copy of your profile?). Say it in another way."
)
_CRASHED = "LocalChat met a fault of its own and must end. The log file in the data folder says more."


# --- Out ----------------------------------------------------------------------------------------


def as_json(event: Event, role: Role) -> str | None:
    """The event's line for scripts, without its end; None for what scripts are not told."""
    found = _object(event, role)
    return None if found is None else dump(found)


def as_text(event: Event, role: Role) -> str | None:
    """The event's lines for people; None for what would only be noise."""
    match event:
        case engine.Chat(name=name, text=text, at_ms=at_ms):
            return _speech(at_ms, name, text)
        case engine.WhisperReceived(member, text, at_ms):
            return _speech(at_ms, f"{member.name} (whispers to you)", text)
        case engine.WhisperSent(to=to, text=text, at_ms=at_ms):
            return _speech(at_ms, f"you (whisper to {to.name})", text)
        case engine.Listening():
            fingerprint = fingerprint_text(event.fingerprint)
            return (
                f"* The room \u201c{clean(event.room)}\u201d is open on {event.address} port {event.port}.\n"
                f"* Fingerprint: {fingerprint}\n* Invite: {event.invite}"
            )
        case engine.Connecting(address, 1):
            return f"* Connecting to {address} ..."
        case engine.Connected():
            names = ", ".join(clean(member.name) for member in event.members)
            return f"* You are in \u201c{clean(event.room)}\u201d. Here: {names}"
        case engine.MemberJoined(member):
            return f"* {clean(member.name)} joined"
        case engine.MemberLeft(member, reason):
            return f"* {clean(member.name)} left ({reason})"
        case engine.Disconnected(error, retry_in_s) if retry_in_s is not None:
            return f"* {error} Trying again in {retry_in_s:.0f} s."
    found = _object(event, role)
    message = None if found is None else found.get("message")
    return f"* {clean(str(message))}" if message else None


def dump(found: Object) -> str:
    return json.dumps(found, ensure_ascii=True)


def clean(text: str) -> str:
    """One line for a terminal."""
    return visible(text, one_line=True)


def error_object(code: str, message: str) -> Object:
    return {"event": "error", "code": code, "message": message}


def question_error(event: engine.TrustAsked) -> LocalChatError:
    """The refusal that a headless client makes of the question whether to trust a server."""
    shown = fingerprint_text(event.shown)
    if event.known:
        known = fingerprint_text(event.known)
        return ServerKeyChanged(address=event.address, fingerprint=shown, known=known)
    return UnknownServer(address=event.address, fingerprint=shown)


def _object(event: Event, role: Role) -> Object | None:
    match event:
        case engine.Chat():
            return {"event": "said", **_said(event)}
        case engine.WhisperReceived(member, text, at_ms):
            return {"event": "whisper", "from": member.name, "text": text, "at": at_ms}
        case engine.WhisperSent(to=to, text=text, at_ms=at_ms):
            return {"event": "whisper_sent", "to": to.name, "text": text, "at": at_ms}
        case engine.MemberJoined(member):
            return {"event": "member_joined", "nick": member.name, "member_id": fingerprint_text(member.id)}
        case engine.MemberLeft(member, reason):
            return {"event": "member_left", "nick": member.name, "reason": reason}
        case engine.HistoryOpened(room, messages, whispers):
            return {
                "event": "history",
                "room": room,
                "messages": [_said(one) for one in messages],
                "whispers": [_old_whisper(one) for one in whispers],
            }
        case engine.Disconnected(error):
            return {"event": "disconnected", "reason": error.code}
        case engine.Stopped():
            return {"event": "stopped" if role == "server" else "closed"}
        case engine.Listening():
            return {
                "event": "listening",
                "address": event.address,
                "port": event.port,
                "room": event.room,
                "fingerprint": fingerprint_text(event.fingerprint),
                "invite": event.invite,
            }
        case engine.Connected():
            return {
                "event": "connected",
                "room": event.room,
                "you": event.you.name,
                "fingerprint": fingerprint_text(event.fingerprint),
                "first_contact": event.first_contact,
                "members": [member.name for member in event.members],
            }
    return _message(event, role)


def _message(event: Event, role: Role) -> Object | None:
    """The events that are a code and a sentence."""
    match event:
        case engine.Refused(code=code, sentence=sentence):
            kind = "refused" if role == "client" else "error"
            return {"event": kind, "code": str(code), "message": sentence}
        case engine.Failed(error):
            return error_object(error.code, str(error))
        case engine.TrustAsked():
            error = question_error(event)
            return error_object(error.code, str(error))
        case engine.Crashed():
            return error_object("crash", _CRASHED)
        case engine.Notice(code, text):
            return _notice(code, text)
        case engine.Slowed():
            return _notice("slowed", _SLOWED)
        case engine.HistoryReplaced():
            return _notice("history_replaced", _REPLACED)
        case engine.WhisperDone(outcome=WhisperOutcome.GIVEN_UP):
            return _notice("whisper_given_up", _GIVEN_UP)
        case engine.WhisperDone(outcome=WhisperOutcome.NOT_SHOWN):
            return _notice("whisper_not_shown", _NOT_SHOWN)
        case engine.Gone(first, last):
            return _notice("gone", f"Messages {first} to {last} are not in the log any more.")
    return None


def _notice(code: str, message: str) -> Object:
    return {"event": "notice", "code": str(code), "message": message}


def _said(chat: engine.Chat) -> Object:
    return {"seq": chat.seq, "from": chat.name, "text": chat.text, "at": chat.at_ms}


def _old_whisper(whisper: engine.OldWhisper) -> Object:
    who = "to" if whisper.mine else "from"
    return {who: whisper.member.name, "text": whisper.text, "at": whisper.at_ms}


def _speech(at_ms: int, who: str, text: str) -> str:
    try:
        clock = time.strftime("%H:%M", time.localtime(at_ms / 1000))
    except (OverflowError, ValueError, OSError):
        clock = "--:--"  # a time that this system's calendar does not reach
    lines = visible(text).replace("\n", "\n        ")
    return f"{clock} {clean(who)}: {lines}"


# --- In -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SayWish:
    text: str


@dataclass(frozen=True, slots=True)
class WhisperWish:
    to: Member
    text: str


@dataclass(frozen=True, slots=True)
class KickWish:
    member: Member
    reason: str


@dataclass(frozen=True, slots=True)
class WhoWish: ...


@dataclass(frozen=True, slots=True)
class QuitWish: ...


@dataclass(frozen=True, slots=True)
class Mistake:
    code: str
    message: str


Wish = SayWish | WhisperWish | KickWish | WhoWish | QuitWish | Mistake


def read_wish(line: str, members: dict[bytes, Member], role: Role) -> Wish | None:
    """What a line of input asks for; None for an empty line. `members` by id, as of now."""
    if not line.strip():
        return None
    if not line.startswith("/"):
        return SayWish(line)
    if line.startswith("//"):
        return SayWish(line[1:])
    command, _, rest = line.partition(" ")
    match command:
        case "/who":
            return WhoWish()
        case "/quit":
            return QuitWish()
        case "/whisper":
            return _to_member(rest, members, lambda member, text: WhisperWish(member, text))
        case "/kick" if role == "server":
            return _to_member(rest, members, lambda member, text: KickWish(member, text.strip()))
    known = "/whisper NICK text, /who, /kick NICK [reason], /quit"
    if role == "client":
        known = "/whisper NICK text, /who, /quit"
    return Mistake("unknown_command", f"There is no {command}. There are: {known}; //text says /text.")


def _to_member(rest: str, members: dict[bytes, Member], wish: Callable[[Member, str], Wish]) -> Wish:
    by_name = {member.name: member for member in members.values()}
    found = longest_match(rest.lstrip(), by_name)
    if found is None:
        error = NoSuchMember(name=clean(rest.strip())[:MAX_NAME_CHARS])
        return Mistake(error.code, str(error))
    name, text = found
    return wish(by_name[name], text)
