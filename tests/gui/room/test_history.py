"""What was said before, as items: order, days, and from where on earlier messages can be loaded."""

from __future__ import annotations

from dataclasses import replace

from gui.room.history import Days, Log, ServerClock, old_whisper, sorted_in
from gui.room.system_lines import away_line, marks, who_line
from gui.transcript.transcript import ChatLine, DayLine
from netcore.engine import Chat, Gone, OldWhisper, RoomChanged
from netcore.room_words import changed_lines, gone_line, period
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
    log, days = Log(), Days()
    lines = [log.line(chat(seq, NOON_MS + day * DAY_MS)) for seq, day in ((1, 0), (2, 0), (3, 1))]
    items = days.with_days(lines, NOON_MS)
    assert [type(item) for item in items] == [DayLine, ChatLine, ChatLine, DayLine, ChatLine]
    assert [type(item) for item in days.with_days([lines[2]], NOON_MS)] == [ChatLine]


def test_each_day_has_one_line_whatever_the_clocks_say() -> None:
    """A clock that is a day behind, or was in 2090 for a second, makes no day begin twice."""
    log = Log()
    offsets = (0, 1, 0, 1, 65 * 365, 1, 2)
    lines = [log.line(chat(seq, NOON_MS + day * DAY_MS)) for seq, day in enumerate(offsets)]
    days = [item.text for item in Days().with_days(lines, NOON_MS) if isinstance(item, DayLine)]
    assert days == ["Tuesday 14 October", "Wednesday 15 October", "Thursday 28 September 2090",
                    "Thursday 16 October"]


def test_the_servers_clock_is_learnt_from_what_it_stamps() -> None:
    now = [NOON_MS]
    clock = ServerClock(lambda: now[0])
    clock.heard(NOON_MS - DAY_MS)  # an old message says nothing
    assert clock.now_ms() == NOON_MS
    clock.heard(NOON_MS + 5_000)
    assert clock.now_ms() == NOON_MS + 5_000
    clock.acknowledged(NOON_MS - DAY_MS, NOON_MS - 200)  # this computer is a day ahead
    now[0] += 60_000
    assert clock.now_ms() == NOON_MS - DAY_MS + 60_000
    clock.acknowledged(NOON_MS, NOON_MS)  # it had waited for a minute: nothing is learnt
    assert clock.now_ms() == NOON_MS - DAY_MS + 60_000


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


def test_who_looks_alike_is_told_apart() -> None:
    greek = replace(BEN, id=bytes(32), name="Βen")
    words = who_line([ADA, BEN, greek])
    assert words.startswith("3 in the room: “Ada”, “Ben” (key ")
    assert words.count("(key ") == 2


def test_marks_of_a_room_that_is_not_as_usual() -> None:
    assert marks(USUAL) == []
    texts = [mark.text for mark in marks(RoomChanged(True, True, 60, False, True))]
    assert texts == ["Muted", "Read-only", "Slow mode 1 min", "Closed", "No history"]
    assert [mark.text for mark in marks(RoomChanged(True, False, 0, True, False, True))] == ["Disk full"]
