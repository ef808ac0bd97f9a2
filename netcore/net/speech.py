"""What a person says, and hears of whispers, in either role: judged and told alike at a client and the host.

Leaves to the roles how it is numbered, stored and sent (PROTOCOL §7).
"""

from __future__ import annotations

from typing import Final

from netcore.errors import (
    FileGone,
    FileMuted,
    FileNotTaken,
    FileProblem,
    FileTooBig,
    LocalChatError,
    MemberFilesFull,
    RoomFilesFull,
    TooManyFiles,
    WhisperError,
)
from netcore.net.api.events import Member, Notice, Refused, SharedFile
from netcore.wire.codes import BlobRefusal, Refusal, WhisperOutcome
from netcore.wire.file_names import clean_file_name
from netcore.wire.lines import quoted_name
from netcore.wire.messages import File
from netcore.wire.texts import REFUSAL_SENTENCES, check_text, tidy_text

NOT_KEPT: Final = "not_kept"


def judge_say(typed: str) -> tuple[str, Refusal | None]:
    """What goes out for what was typed or pasted, and why it may not (PROTOCOL §6.3)."""
    text = tidy_text(typed)
    return text, check_text(text)


def judge_whisper(typed: str, *, to_self: bool, known: bool) -> tuple[str, Refusal | None]:
    """The same for a whisper. `known`: its recipient was met in this room."""
    text, refusal = judge_say(typed)
    return text, judge_recipient(to_self=to_self, known=known) or refusal


def judge_recipient(*, to_self: bool, known: bool) -> Refusal | None:
    """Why nothing goes to this member alone; None if it may."""
    if to_self:
        return Refusal.TO_SELF
    return None if known else Refusal.NO_SUCH_MEMBER


def blob_of(file_id: str) -> bytes:
    """The blob that a SharedFile.id names; one of nobody for another word."""
    try:
        return bytes.fromhex(file_id)
    except ValueError:
        return b""


def refused(local_id: int, text: str, code: Refusal, to: Member | None) -> Refused:
    """The room's final no. The person gets the text back."""
    return Refused(local_id, text, code.value, REFUSAL_SENTENCES[code], to)


def shared_file(file: File | None) -> SharedFile | None:
    """A file as events show it: without its key, under a name that may be saved."""
    if file is None:
        return None
    return SharedFile(file.blob.hex(), clean_file_name(file.name), file.size)


def blob_error(code: BlobRefusal, name: str) -> FileProblem:
    """What the server's no means to the person."""
    kinds: dict[BlobRefusal, type[FileProblem]] = {
        BlobRefusal.TOO_BIG: FileTooBig,
        BlobRefusal.MEMBER_FULL: MemberFilesFull,
        BlobRefusal.ROOM_FULL: RoomFilesFull,
        BlobRefusal.TOO_MANY: TooManyFiles,
        BlobRefusal.MUTED: FileMuted,
        BlobRefusal.GONE: FileGone,
    }
    return kinds.get(code, FileNotTaken)(name=name)


def not_kept(local_id: int, text: str, error: LocalChatError, to: Member | None) -> Refused:
    """What was said could not be stored here, so it was not sent, and is not tried again by itself."""
    return Refused(local_id, text, NOT_KEPT, f"It was not kept, and is not sent by itself. {error}", to)


def not_opened(name: str, error: WhisperError) -> Notice:
    """To the recipient of a whisper that is none."""
    return Notice(error.code, f"From {quoted_name(name)}: {error}")


def out_of_order(name: str) -> Notice:
    """To the recipient of a whisper whose counter was passed before; its sender is told, too."""
    who = quoted_name(name)
    return Notice(
        "whisper_out_of_order",
        f"A whisper from {who} is not shown, since you have had a later one: somebody may be repeating it, "
        f"or {who} uses an older copy of a profile. Ask {who} to tell you in another way.",
    )


def not_delivered(outcome: WhisperOutcome, name: str) -> Notice:
    """To the sender of a whisper that is no longer on the screen as one that waits."""
    who = quoted_name(name)
    if outcome is WhisperOutcome.NOT_SHOWN:
        return Notice("whisper_not_shown", f"A whisper of yours came to {who}, and was not shown there.")
    return Notice("whisper_given_up", f"A whisper of yours never reached {who}.")
