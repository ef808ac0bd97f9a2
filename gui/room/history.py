"""What was said before, as items of the transcript: days between messages, old whispers in their place."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import date

from gui.text import clock_words
from gui.transcript.transcript import ChatLine, DayLine, Item, WhisperInfo
from netcore.engine import Chat, Member, OldWhisper


class Log:
    """Names the messages of the log on the screen, and knows which of them is the oldest there.

    A replaced log begins its numbers anew, so a key holds the number of the log too.
    """

    def __init__(self) -> None:
        self._number = 0
        self._seqs: dict[Hashable, int] = {}  # of ours, shown under the key they were written with

    def line(self, chat: Chat) -> ChatLine:
        return ChatLine(("said", self._number, chat.seq), chat.member_id, chat.name, chat.text, chat.at_ms,
                        mine=chat.mine)

    def acknowledged(self, key: Hashable, seq: int) -> None:
        """The message shown under `key` has the number `seq`."""
        self._seqs[key] = seq

    def replaced(self) -> None:
        """What comes from now on is of another log."""
        self._number += 1
        self._seqs.clear()

    def oldest(self, shown: Iterable[Hashable]) -> int:
        """The least seq among the keys `shown`, oldest first; 0 when none is earlier that could be loaded."""
        for key in shown:
            if isinstance(key, tuple) and key[0] == "said":
                return int(key[2]) if key[1] == self._number else 0
            if key in self._seqs:
                return self._seqs[key]
        return 0


def with_days(lines: Iterable[ChatLine], day: date | None) -> tuple[list[Item], date | None]:
    """`lines` with a line where a day begins that is not `day`, the one before; and the last day."""
    items: list[Item] = []
    for line in lines:
        begun = clock_words.moment(line.at_ms).date()
        if begun != day:
            day = begun
            items.append(DayLine(clock_words.weekday(begun)))
        items.append(line)
    return items, day


def sorted_in(lines: Sequence[ChatLine], whispers: Sequence[ChatLine]) -> list[ChatLine]:
    """Both, whispers by their time between the messages, which keep the order of the log."""
    result: list[ChatLine] = []
    waiting = sorted(whispers, key=lambda line: line.at_ms)
    for line in lines:
        while waiting and waiting[0].at_ms < line.at_ms:
            result.append(waiting.pop(0))
        result.append(line)
    return result + waiting


def old_whisper(whisper: OldWhisper, number: int, you: Member) -> ChatLine:
    """A whisper of an earlier day; `number` tells it from the others."""
    author = you if whisper.mine else whisper.member
    return ChatLine(("old whisper", number), author.id, author.name, whisper.text, whisper.at_ms,
                    mine=whisper.mine, whisper=WhisperInfo(not whisper.mine, whisper.member.name))
