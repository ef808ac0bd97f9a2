"""What was said before, as items: order, days, and from where on earlier messages can be loaded."""

from __future__ import annotations

from datetime import date

from gui.room.history import Log, old_whisper, sorted_in, with_days
from gui.room.system_lines import away_line, changed_lines, gone_line, marks, period
from gui.transcript.transcript import ChatLine, DayLine
from netcore.engine import Chat, Gone, OldWhisper, RoomChanged
from tests.gui.cast import ADA, BEN, NOON_MS

DAY_MS = 86_400_000
USUAL = RoomChanged(False, False, 0, True)


def chat(seq: int, at_ms: int) -> Chat:
    return Chat(seq, BEN.id, "Ben", f"message {seq}", at_ms, False)


def test_whispers_go_between_messages_by_time_and_the_logs_order_stays() -> None:
    """Order is seq; clocks are for display. A clock set back moves no message."""
    log = Log()
    lines = [log.line(chat(seq, at)) for seq, at in ((1, 100), (2, 50), (3, 300))]
    whispers = [old_whisper(OldWhisper(mine, BEN, text, at), number, ADA)
                for number, (mine, text, at) in enumerate(((True, "late", 400), (False, "early", 60)))]
    merged = sorted_in(lines, whispers)
    assert [line.text for line in merged] == ["early", "message 1", "message 2", "message 3", "late"]
    assert [line.author_id for line in merged if line.whisper] == [BEN.id, ADA.id]
    assert len({line.key for line in merged}) == 5


def test_a_line_where_a_day_begins_and_none_where_it_goes_on() -> None:
    log = Log()
    lines = [log.line(chat(seq, NOON_MS + day * DAY_MS)) for seq, day in ((1, 0), (2, 0), (3, 1))]
    items, day = with_days(lines, None)
    assert [type(item) for item in items] == [DayLine, ChatLine, ChatLine, DayLine, ChatLine]
    assert day == date(2025, 10, 15)
    more, _ = with_days([lines[2]], day)
    assert [type(item) for item in more] == [ChatLine]


def test_the_oldest_shown_is_what_earlier_ones_are_asked_before() -> None:
    log = Log()
    mine = ("mine", 1)
    assert log.oldest([]) == 0
    assert log.oldest([mine, log.line(chat(7, 0)).key]) == 7, "a message that is pending still has no number"
    log.acknowledged(mine, 5)
    assert log.oldest([("whisper", 1), mine, log.line(chat(7, 0)).key]) == 5
    old = log.line(chat(1, 0)).key
    log.replaced()
    new = log.line(chat(1, 0)).key
    assert new != old
    assert log.oldest([old, new]) == 0, "above the new log stands the old one"
    assert log.oldest([new]) == 1


def test_sentences() -> None:
    assert [period(seconds) for seconds in (0, 30, 60, 90)] == ["", "30 s", "1 min", "1 min 30 s"]
    assert gone_line(Gone(3, 3)).startswith("1 message is no longer")
    assert gone_line(Gone(1, 1200)).startswith("1,200 messages are")
    assert [away_line(count) for count in (1, 12)] == [
        "1 message while you were away", "12 messages while you were away"]
    muted = RoomChanged(False, True, 0, True)
    assert changed_lines(USUAL, muted, False) == ["The host has muted you."]
    assert changed_lines(muted, USUAL, False) == ["You can write again."]
    assert changed_lines(USUAL, USUAL, True) == []


def test_marks_of_a_room_that_is_not_as_usual() -> None:
    assert marks(USUAL) == []
    texts = [mark.text for mark in marks(RoomChanged(True, True, 60, False, True))]
    assert texts == ["Muted", "Read-only", "Slow mode 1 min", "Closed", "No history"]
    assert [mark.text for mark in marks(RoomChanged(True, False, 0, True, False, True))] == ["Disk full"]
