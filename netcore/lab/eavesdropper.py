"""What somebody without a key makes of a conversation: all of it is read from the wire's bytes alone. Pure.

Each sentence is computed by a function that is given frames as they crossed (their first bytes, length, time
and way) and nothing else. Three lists: what such a party can see, what it can guess, what it cannot see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from netcore.crypto.exchange import OTHER_VERSION_BODY
from netcore.lab.spans import FRAME_NAMES, frame_name
from netcore.wire.framing import HEADER_BYTES, FrameType
from netcore.wire.lines import counted

TAG_BYTES: Final = 16
ROOM_FRONT_BYTES: Final = 12  # epoch and index
STAMP_BYTES: Final = 16
SEALED_CHUNK_BYTES: Final = 65_536 + TAG_BYTES
CHUNK_HEAD_BYTES: Final = 40
HEAD_BYTES: Final = HEADER_BYTES + ROOM_FRONT_BYTES
"""As much of a frame's beginning as is looked at."""

# What stands in the messages around the letters (PROTOCOL §6.2). Lengths of numbers vary by a few bytes.
SAY_BYTES: Final = len('{"t":"say","stream":"AAECAwQFBgcICQoLDA0ODw","n":1,"text":""}\n')
SAID_BYTES: Final = len('{"t":"said","seq":1,"from":"' + 43 * "x" + '","name":"","stream":"' + 22 * "x"
                        + '","n":1,"at":1700000000123,"text":""}\n')
WHISPER_BYTES: Final = len('{"t":"send_whisper","stream":"AAECAwQFBgcICQoLDA0ODw","n":1,"to":"' + 43 * "x"
                           + '","msg_id":"' + 22 * "x" + '","counter":1700000000000000,"c1":"' + 342 * "x"
                           + '","c2":"' + 726 * "x" + '"}\n')
PING_BYTES: Final = len('{"t":"ping"}\n')
ECHO_S: Final = 2.0
NAME_CHARS: Final = 24
NUMBERS_SLACK: Final = 10
"""By so many bytes the numbers in two messages may be longer than in the shortest ones."""


@dataclass(frozen=True, slots=True)
class OnWire:
    """A frame as it crossed: its first HEAD_BYTES, its whole length, when, and which way."""

    at_s: float
    to_server: bool
    head: bytes
    length: int

    @property
    def type(self) -> int:
        return self.head[0] if self.head else 0

    @property
    def epoch(self) -> int | None:
        """Of a Room or RoomKey frame: it stands there in the clear."""
        if self.type not in (FrameType.ROOM, FrameType.ROOM_KEY):
            return None
        return int.from_bytes(self.head[4:8], "big")

    @property
    def index(self) -> int | None:
        return int.from_bytes(self.head[8:16], "big") if self.type == FrameType.ROOM else None

    @property
    def plaintext_bytes(self) -> int:
        """How long what is sealed must be: the ciphertext is as long as the plaintext.

        Each chunk of a file has a tag of its own, its sender's.
        """
        body_bytes = self.length - HEADER_BYTES
        if self.type == FrameType.FILE_CHUNK:
            data_bytes = body_bytes - CHUNK_HEAD_BYTES
            return data_bytes - TAG_BYTES * -(-data_bytes // SEALED_CHUNK_BYTES)
        around_bytes = ROOM_FRONT_BYTES + STAMP_BYTES if self.type == FrameType.ROOM else 0
        return body_bytes - around_bytes - TAG_BYTES

    @property
    def ends_file(self) -> bool:
        """Of a FileChunk: only the last chunk of a file is a short one."""
        return (self.length - HEADER_BYTES - CHUNK_HEAD_BYTES) % SEALED_CHUNK_BYTES != 0


@dataclass(frozen=True, slots=True)
class Claims:
    can_see: tuple[str, ...]
    can_guess: tuple[str, ...]
    cannot_see: tuple[str, ...]


def claims(frames: Sequence[OnWire], client: str, server: str, clock: str = "") -> Claims:
    """About the last of `frames`; those before it crossed the same connection, oldest first.

    client, server: their addresses, which every packet bears. clock: when it was, for people.
    """
    return Claims(tuple(_seen(frames, client, server, clock)), tuple(_guesses(frames)),
                  tuple(_hidden(frames[-1])))


def _seen(frames: Sequence[OnWire], client: str, server: str, clock: str) -> list[str]:
    frame = frames[-1]
    sender, receiver = (client, server) if frame.to_server else (server, client)
    size = counted(frame.length, "byte")
    found = [f"{sender} sends to {receiver}", f"{size} at {clock}" if clock else size]
    words = f"type {frame.type:02x}"
    if frame.type in FRAME_NAMES:
        words += f", {frame_name(frame.type)}"
    if frame.epoch is not None:
        words += f", epoch {frame.epoch}"
    if frame.index is not None:
        words += f", index {frame.index}"
    found.append(words)
    match frame.type:
        case FrameType.CLIENT_HELLO:
            found.append("the client’s random number and X25519 share")
        case FrameType.SERVER_HELLO:
            found += ["the server’s random number and X25519 share",
                      "the server’s two public keys, so which server it is"]
        case FrameType.ALERT:
            found.append("that the server is of another version" if _is_other_version(frame)
                         else "that the handshake failed, and never why")
        case FrameType.FILE_CHUNK:
            found.append("the sealed data: the same bytes on each way that this file takes")
    return found


def _guesses(frames: Sequence[OnWire]) -> list[str]:
    frame = frames[-1]
    found = []
    size = frame.plaintext_bytes
    if frame.type == FrameType.DIRECT:
        if size == PING_BYTES:
            found.append("a ping or pong: nothing else is that short")
        elif frame.to_server and size >= SAY_BYTES:
            found.append(f"if somebody speaks: up to {counted(size - SAY_BYTES, 'byte')} of text")
            if size >= WHISPER_BYTES:
                found.append(f"or it is a whisper: none is shorter than {WHISPER_BYTES:,} bytes")
    elif frame.type == FrameType.ROOM:
        if size >= SAID_BYTES:
            most = counted(size - SAID_BYTES, "byte")
            found.append(f"if one message is inside: up to {most} of name and text")
        spoke = _spoke_before(frames)
        if spoke is not None:
            found.append(f"this client said it: {spoke:.2f} s before, it sent a record of the fitting length")
    elif frame.type == FrameType.FILE_CHUNK:
        found += _of_the_file(frames)
    found += _who_came_or_went(frames)
    return found


def _spoke_before(frames: Sequence[OnWire]) -> float | None:
    """How long before the last frame, a Room record, this client sent what may be the message in it."""
    room = frames[-1]
    for frame in reversed(frames[:-1]):
        if room.at_s - frame.at_s > ECHO_S:
            break
        if not frame.to_server or frame.type != FrameType.DIRECT or frame.plaintext_bytes < SAY_BYTES:
            continue
        text_bytes = frame.plaintext_bytes - SAY_BYTES
        name_bytes = room.plaintext_bytes - SAID_BYTES - text_bytes
        if 1 - NUMBERS_SLACK <= name_bytes <= 4 * NAME_CHARS + NUMBERS_SLACK:
            return room.at_s - frame.at_s
    return None


def _of_the_file(frames: Sequence[OnWire]) -> list[str]:
    """How much of a file has crossed, and whether this was its end: only the last chunk is a short one."""
    frame = frames[-1]
    chunks = [one for one in frames if one.type == FrameType.FILE_CHUNK and one.to_server == frame.to_server]
    so_far = 0
    for one in reversed(chunks):
        if one is not frame and one.ends_file:
            break
        so_far += one.plaintext_bytes
    found = [f"this client {'sends' if frame.to_server else 'gets'} a file: {counted(so_far, 'byte')} so far"]
    if frame.ends_file:
        found.append("it ends here: only the last chunk is a short one")
    return found


def _who_came_or_went(frames: Sequence[OnWire]) -> list[str]:
    """A new epoch tells that members have changed, and a RoomKey which way."""
    frame = frames[-1]
    before = next((one.epoch for one in reversed(frames[:-1]) if one.epoch is not None), None)
    if frame.epoch is None or before is None or frame.epoch == before:
        return []
    if frame.type == FrameType.ROOM_KEY:
        return [f"somebody left: a new key was sent (epoch {before} to {frame.epoch})"]
    return [f"somebody came: epoch {before} to {frame.epoch} without a new key"]


def _is_other_version(alert: OnWire) -> bool:
    return alert.head[HEADER_BYTES : alert.length] == OTHER_VERSION_BODY


def _hidden(frame: OnWire) -> list[str]:
    match frame.type:
        case FrameType.CLIENT_HELLO | FrameType.SERVER_HELLO:
            return ["either private share, and so the secret z that the two make"]
        case FrameType.CLIENT_KEY_EXCHANGE:
            return ["the pre_secret in oaep_ct", "any key of this connection"]
        case FrameType.SERVER_FINISHED:
            return ["any key of this connection", "who the client is: that comes sealed"]
        case FrameType.ALERT:
            return ["which version" if _is_other_version(frame) else "what was wrong"]
        case FrameType.FILE_CHUNK:
            return ["a single byte of the file", "its name", "whether it is for everyone or for one member"]
        case FrameType.ROOM:
            return ["a single word of it", "who spoke", "how many messages are inside"]
        case FrameType.ROOM_KEY:
            return ["the room key: it is hidden by a pad that is used once"]
        case FrameType.CLOSE:
            return ["why it ends"]
    return ["a single word of it", "for whom it is, if it is a whisper"]
