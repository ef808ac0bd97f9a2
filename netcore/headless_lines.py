"""What a headless room or client prints: events to lines.

With --json, one object a line, key `event`, pure ASCII (so no text can steer a terminal); `at` is Unix
time in milliseconds. Without, lines for people, built by `wire.lines` so that no name and no text can
imitate another line. What is typed is read by `typed_lines`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Literal

from netcore import engine
from netcore.engine import Event, WhisperOutcome, fingerprint_text
from netcore.errors import LocalChatError, ServerKeyChanged, UnknownServer
from netcore.room_words import banned_line, gone_line, retry_words
from netcore.slash_commands import Word
from netcore.wire.lines import quoted_name, quoted_room, quoted_words, size_words, speech_lines, system_line

Role = Literal["server", "client"]
Object = dict[str, object]
Note = Callable[[bytes], str]
"""What tells the member of this id from another whose name looks alike: `wire.lines.KeyNotes.note`."""

SHORT_ID = 8
"""So many letters of a file's id are shown, and enough to type."""

_SLOWED = "You send faster than the room takes. Nothing is dropped; it goes on by itself."
_FROZEN = (
    "The host’s laboratory holds your connection still, as if the network did: nothing comes and nothing "
    "goes. What you write is kept."
)
_THAWED = "Your connection is held still no more."
_REPLACED = "The server’s history is another one than before. What follows is the new one."
_GIVEN_UP = "A whisper of yours was given up: its reader never came."
_NOT_SHOWN = (
    "A whisper of yours came and was not shown: it did not open there, or its reader has had a later one of "
    "yours (is this an older copy of your profile?). Say it in another way."
)
_CRASHED = "LocalChat met a fault of its own and must end. The log file in the data folder says more."


def as_json(event: Event, role: Role) -> str | None:
    """The event's line for scripts, without its end; None for what scripts are not told."""
    found = _object(event, role)
    return None if found is None else dump(found)


def no_note(member_id: bytes) -> str:
    return ""


def as_text(event: Event, role: Role, note_of: Note = no_note, width: int = 0) -> str | None:
    """The event's lines for people; None for what would only be noise. `width`: a terminal's, 0 a pipe's."""
    match event:
        case engine.Chat(file=file) | engine.WhisperReceived(file=file) | engine.WhisperSent(file=file):
            if file is not None:
                return system_line(_offer_line(event, file, note_of), width=width)
    match event:
        case engine.Chat(member_id=member_id, name=name, text=text, at_ms=at_ms):
            return speech_lines(_clock(at_ms), name, text, note=note_of(member_id), width=width)
        case engine.WhisperReceived(member, text, at_ms):
            note = _noted("whispers to you", note_of(member.id))
            return speech_lines(_clock(at_ms), member.name, text, note=note, width=width)
        case engine.WhisperSent(to=to, text=text, at_ms=at_ms):
            note = _noted(f"whisper to {quoted_name(to.name)}", note_of(to.id))
            return speech_lines(_clock(at_ms), "you", text, note=note, width=width)
    lines = _system_lines(event, role, note_of)
    return "\n".join(system_line(line, width=width) for line in lines) if lines else None


def _system_lines(event: Event, role: Role, note_of: Note) -> list[str]:
    match event:
        case engine.Listening():
            return [
                f"The room {quoted_room(event.room)} is open on {event.address} port {event.port}.",
                f"Fingerprint: {fingerprint_text(event.fingerprint)}",
                f"Invite: {event.invite}",
            ]
        case engine.ReachChanged():
            words = engine.reach_words(event.address, event.reaches)
            where = f" The address is {event.reaches[0].address} now." if event.reaches else ""
            return [f"{words}{where}", f"Invite: {event.invite}"]
        case engine.Connecting(address, 1):
            return [f"Connecting to {address} ..."]
        case engine.Connected():
            names = members_line({one.id: one.name for one in event.members}, note_of)
            return [f"You are in {quoted_room(event.room)}. {names}"]
        case engine.MemberJoined(member):
            return [f"{quoted_name(member.name, note=note_of(member.id))} joined"]
        case engine.MemberLeft(member, reason):
            return [f"{quoted_name(member.name, note=note_of(member.id))} left ({reason})"]
        case engine.FileQueued(_, file, to):
            whom = "everyone" if to is None else quoted_name(to.name, note=note_of(to.id))
            return [f"{quoted_file(file.name)} goes to {whom} ({size_words(file.size)})."]
        case engine.FileReceived(_, path, sha256):
            return [f"Saved as {quoted_file(str(path))}. SHA-256: {sha256.hex()}"]
        case engine.FileTakenBack(file_id, by_host):
            return [f"The file {file_id[:SHORT_ID]} was taken {'down by the host' if by_host else 'back'}."]
        case engine.Disconnected(error, retry_in_s) if retry_in_s is not None:
            return [f"{error} {retry_words(retry_in_s)}"]
        case engine.Banned(members):
            return [banned_line(members)]
        case engine.Refused(local_id, text, _, sentence) if local_id < 0:
            return [f"{quoted_words(text)}, from an earlier run, was not taken: {sentence}"]
    found = _object(event, role)
    message = None if found is None else found.get("message")
    return [str(message)] if message else []


def members_line(names: Mapping[bytes, str], note_of: Note) -> str:
    return "Here: " + ", ".join(quoted_name(name, note=note_of(one)) for one, name in names.items())


def dump(found: Object) -> str:
    return json.dumps(found, ensure_ascii=True)


def error_object(code: str, message: str) -> Object:
    return {"event": "error", "code": code, "message": message}


def members_object(names: Mapping[bytes, str]) -> Object:
    """Names and ids of members, in one order."""
    return {"members": list(names.values()), "member_ids": [fingerprint_text(one) for one in names]}


def key_line(member_id: bytes, name: str, compared: bool) -> str:
    """A member's fingerprint, and whether it was compared."""
    words = "You have compared it." if compared else (
        "To be sure that nobody else reads your whispers, compare it with what their own screen shows of it, "
        f"then type /{Word.COMPARED} and the name."
    )
    return f"The key of {quoted_name(name)} is {fingerprint_text(member_id)}. {words}"


def compared_line(name: str) -> str:
    return f"You have compared fingerprints with {quoted_name(name)}."


def question_error(event: engine.TrustAsked) -> LocalChatError:
    """The refusal that a headless client makes of the question whether to trust a server."""
    shown = fingerprint_text(event.shown)
    if event.known:
        known = fingerprint_text(event.known)
        return ServerKeyChanged(address=event.address, fingerprint=shown, known=known)
    return UnknownServer(address=event.address, fingerprint=shown)


def quoted_file(name: str) -> str:
    """A file's name, or a path, as it stands in a sentence of ours."""
    return quoted_room(name)


def _offer_line(
    event: engine.Chat | engine.WhisperReceived | engine.WhisperSent, file: engine.SharedFile, note_of: Note
) -> str:
    what = f"{quoted_file(file.name)} ({size_words(file.size)})"
    match event:
        case engine.WhisperSent(to=to):
            return f"You shared {what} with {quoted_name(to.name, note=note_of(to.id))} alone."
        case engine.WhisperReceived(member):
            who = f"{quoted_name(member.name, note=note_of(member.id))} shares with you alone"
        case engine.Chat(mine=True):
            return f"You shared {what}."
        case engine.Chat(member_id=member_id, name=name):
            who = f"{quoted_name(name, note=note_of(member_id))} shares"
    return f"{who} {what}. To save it: /get {file.id[:SHORT_ID]}"


def files_lines(files: Iterable[Object]) -> list[str]:
    """What /files lists, for people."""
    lines = [
        f"{str(one['id'])[:SHORT_ID]}  {quoted_file(str(one['name']))}, {size_words(int(str(one['size'])))}, "
        f"from {quoted_name(str(one['from']))}"
        for one in files
    ]
    return lines or ["No file was shared yet."]


def offered(
    event: engine.Chat | engine.WhisperReceived | engine.OldWhisper, file: engine.SharedFile
) -> Object:
    """A file that somebody shares. `seq` is its message's; a whisper has none."""
    if isinstance(event, engine.WhisperReceived | engine.OldWhisper):
        seq, name, member_id = None, event.member.name, event.member.id
    else:
        seq, name, member_id = event.seq, event.name, event.member_id
    who = {"from": name, "member_id": _id_text(member_id)}
    return {"id": file.id, "seq": seq, **who, "name": file.name, "size": file.size, "at": event.at_ms}


def _of_file(event: Event) -> Object | None:
    """The events about files."""
    match event:
        case engine.Chat(mine=True, local_id=int(), seq=seq, file=engine.SharedFile() as file):
            return {"event": "file_sent", "id": file.id, "seq": seq, "name": file.name, "size": file.size}
        case engine.WhisperSent(file=engine.SharedFile() as file, to=to):
            what = {"id": file.id, "seq": None, "name": file.name, "size": file.size}
            reader = {"to": to.name, "member_id": _id_text(to.id)}
            return {"event": "file_sent", **what, **reader}
        case engine.Chat(file=engine.SharedFile() as file) | engine.WhisperReceived(
            file=engine.SharedFile() as file
        ):
            return {"event": "file_offered", **offered(event, file)}
        case engine.FileProgress():
            return {
                "event": "file_progress",
                "id": event.id,
                "name": event.name,
                "sending": event.sending,
                "done": event.done,
                "size": event.size,
                "bytes_per_s": round(event.bytes_per_s),
                "left_s": None if event.left_s is None else round(event.left_s, 1),
                "state": event.state.value,
            }
        case engine.FileReceived(file_id, path, sha256):
            return {"event": "file_received", "id": file_id, "path": str(path), "sha256": sha256.hex()}
        case engine.FileTakenBack(file_id, by_host):
            return {"event": "file_taken_back", "id": file_id, "by_host": by_host}
        case engine.FileRefused(file_id, name, sending, code, sentence):
            what = {"id": file_id, "name": name, "sending": sending}
            return {"event": "file_refused", **what, "code": code, "message": sentence}
    return None


def _object(event: Event, role: Role) -> Object | None:
    if isinstance(event, engine.Chat) and event.file is None:  # nearly all that a busy room tells
        return {"event": "said", **_said(event)}
    of_file = _of_file(event)
    if of_file is not None:
        return of_file
    match event:
        case engine.WhisperReceived(member, text, at_ms):
            sender = {"from": member.name, "member_id": fingerprint_text(member.id)}
            return {"event": "whisper", **sender, "text": text, "at": at_ms}
        case engine.WhisperSent(to=to, text=text, at_ms=at_ms):
            reader = {"to": to.name, "member_id": fingerprint_text(to.id)}
            return {"event": "whisper_sent", **reader, "text": text, "at": at_ms}
        case engine.MemberJoined(member):
            return {"event": "member_joined", "nick": member.name, "member_id": fingerprint_text(member.id)}
        case engine.MemberLeft(member, reason):
            who = {"nick": member.name, "member_id": fingerprint_text(member.id)}
            return {"event": "member_left", **who, "reason": reason}
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
        case engine.RoomChanged():
            return _rules(event, role)
        case engine.Banned(members):
            found = members_object({one.id: one.name for one in members})
            return {"event": "banned", **found, "addresses": [one.address for one in members]}
        case engine.Answering(wanted, port):
            return {"event": "answering", "wanted": wanted, "port": port}
        case engine.ComparedMembers(ids):
            return {"event": "compared", "member_ids": sorted(map(fingerprint_text, ids))}
        case engine.ReachChanged():
            return {
                "event": "reach_changed",
                "address": event.address,
                "port": event.port,
                "invite": event.invite,
                "addresses": [reach.address for reach in event.reaches],
            }
        case engine.Connected():
            return {
                "event": "connected",
                "room": event.room,
                "you": event.you.name,
                "fingerprint": fingerprint_text(event.fingerprint),
                "first_contact": event.first_contact,
                **members_object({member.id: member.name for member in event.members}),
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
        case engine.FrozenByHost(frozen):
            return _notice("frozen" if frozen else "thawed", _FROZEN if frozen else _THAWED)
        case engine.HistoryReplaced():
            return _notice("history_replaced", _REPLACED)
        case engine.WhisperDone(outcome=WhisperOutcome.GIVEN_UP):
            return _notice("whisper_given_up", _GIVEN_UP)
        case engine.WhisperDone(outcome=WhisperOutcome.NOT_SHOWN):
            return _notice("whisper_not_shown", _NOT_SHOWN)
        case engine.Gone():
            return _notice("gone", gone_line(event))
    return None


def _rules(room: engine.RoomChanged, role: Role) -> Object:
    """What the host set, as far as this role is told."""
    found: Object = {"event": "rules", "read_only": room.read_only, "slow_s": room.slow_s, "kept": room.kept}
    if role == "server":
        return {**found, "known_only": room.known_only, "disk_full": room.disk_full}
    return {**found, "muted": room.muted}


def _notice(code: str, message: str) -> Object:
    return {"event": "notice", "code": str(code), "message": message}


def _said(chat: engine.Chat) -> Object:
    return {
        "seq": chat.seq,
        "from": chat.name,
        "member_id": _id_text(chat.member_id),
        "text": chat.text,
        "at": chat.at_ms,
        **_file_part(chat.file),
    }


def _file_part(file: engine.SharedFile | None) -> Object:
    return {} if file is None else {"file": {"id": file.id, "name": file.name, "size": file.size}}


@lru_cache(1_024)
def _id_text(member_id: bytes) -> str:
    return fingerprint_text(member_id)


def _old_whisper(whisper: engine.OldWhisper) -> Object:
    who = "to" if whisper.mine else "from"
    said = {who: whisper.member.name, "text": whisper.text, "at": whisper.at_ms}
    return {**said, **_file_part(whisper.file)}


def _clock(at_ms: int) -> str:
    try:
        return time.strftime("%H:%M", time.localtime(at_ms / 1000))
    except (OverflowError, ValueError, OSError):
        return "--:--"  # a time that this system's calendar does not reach


def _noted(words: str, note: str) -> str:
    return f"{words}, {note}" if note else words
