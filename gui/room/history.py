"""What was said before, as items of the transcript: days between messages, old whispers in their place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date

from gui.room.file_words import about_words
from gui.text import clock_words
from gui.transcript.transcript import ChatLine, DayLine, FileView, Item, WhisperInfo
from netcore.engine import Chat, Member, OldWhisper, SharedFile

FRESH_MS = 10_000
ViewFile = Callable[[Hashable, SharedFile, bool], FileView]


def copied_file(file: FileView) -> str:
    """What is copied of a message that shares a file."""
    return f"{file.name} ({file.about})"


def plain_view(key: Hashable, file: SharedFile, mine: bool) -> FileView:
    """A file as words alone."""
    return FileView(file.name, about_words(file.name, file.size))


class Log:
    """Names the messages of the log on the screen, and knows which of them is the oldest there.

    A replaced log begins its numbers anew, so a key holds the number of the log too.
    """

    def __init__(self, view: ViewFile = plain_view) -> None:
        """`view(key, file, mine)`: how a file is shown in the message of this key."""
        self._view = view
        self._number = 0
        self._seqs: dict[Hashable, int] = {}  # of ours, shown under the key they were written with

    def line(self, chat: Chat) -> ChatLine:
        key = self.key(chat)
        file = None if chat.file is None else self._view(key, chat.file, chat.mine)
        text = copied_file(file) if file is not None else chat.text
        return ChatLine(key, chat.member_id, chat.name, text, chat.at_ms, mine=chat.mine, file=file)

    def key(self, chat: Chat) -> Hashable:
        """What the message is called on the screen."""
        return ("said", self._number, chat.seq)

    def acknowledged(self, key: Hashable, seq: int) -> None:
        """The message shown under `key` has the number `seq`."""
        self._seqs[key] = seq

    def seq_of(self, key: Hashable) -> int | None:
        """The number of the message shown under `key`, in the log of now; None if it has none."""
        if isinstance(key, tuple) and key[0] == "said":
            return int(key[2]) if key[1] == self._number else None
        return self._seqs.get(key)

    def key_of(self, seq: int) -> Hashable:
        """The key under which the message of this number is shown, if it is shown."""
        return next((key for key, known in self._seqs.items() if known == seq), ("said", self._number, seq))

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


class Days:
    """Where days begin in the order shown: each date once, whatever clocks say that do not agree."""

    def __init__(self) -> None:
        self._begun: set[date] = set()

    def begun_by(self, at_ms: int) -> bool:
        """Whether a line of this time is the first of its day."""
        return clock_words.moment(at_ms).date() not in self._begun

    def before(self, at_ms: int, now_ms: int) -> list[Item]:
        """The line that stands before one of this time: of its day, if that begins here, or none."""
        if not self.begun_by(at_ms):
            return []
        day = clock_words.moment(at_ms).date()
        self._begun.add(day)
        return [DayLine(clock_words.weekday(day, clock_words.moment(now_ms).date()))]

    def with_days(self, lines: Iterable[ChatLine], now_ms: int) -> list[Item]:
        """`lines` with a line where a day begins."""
        return [item for line in lines for item in (*self.before(line.at_ms, now_ms), line)]


class ServerClock:
    """Tells the server's time, which the messages have, by this computer's clock.

    What a message says of the server's time is a lower bound of it, and exact when it is one of ours that
    has just been acknowledged.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._ahead_ms = 0

    def now_ms(self) -> int:
        return self._now_ms() + self._ahead_ms

    def acknowledged(self, at_ms: int, written_ms: int) -> None:
        """One of ours, written at `written_ms` of this computer's clock, was just taken at `at_ms`."""
        if 0 <= self._now_ms() - written_ms < FRESH_MS:
            self._ahead_ms = at_ms - self._now_ms()

    def heard(self, at_ms: int) -> None:
        self._ahead_ms = max(self._ahead_ms, at_ms - self._now_ms())


def sorted_in(lines: Sequence[ChatLine], whispers: Sequence[ChatLine]) -> list[ChatLine]:
    """Both, whispers by their time between the messages, which keep the order of the log."""
    result: list[ChatLine] = []
    waiting = sorted(whispers, key=lambda line: line.at_ms)
    for line in lines:
        while waiting and waiting[0].at_ms < line.at_ms:
            result.append(waiting.pop(0))
        result.append(line)
    return result + waiting


def old_whisper(whisper: OldWhisper, number: int, you: Member,
                view: ViewFile = plain_view) -> ChatLine:
    """A whisper of an earlier day; `number` tells it from the others."""
    author = you if whisper.mine else whisper.member
    key: Hashable = ("old whisper", number)
    file = None if whisper.file is None else view(key, whisper.file, whisper.mine)
    text = copied_file(file) if file is not None else whisper.text
    info = WhisperInfo(not whisper.mine, whisper.member.name)
    return ChatLine(key, author.id, author.name, text, whisper.at_ms, mine=whisper.mine, whisper=info,
                    file=file)
