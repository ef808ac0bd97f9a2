"""The member's page under the room's rules, with whispers on their way, and after a gap."""

from __future__ import annotations

import tkinter as tk
from dataclasses import replace

import pytest

from gui.look.look import Look
from gui.room.client_window import REPLACED, ClientWindow
from gui.room.conversation import MUTED, NEVER_CAME, NOT_SHOWN, READ_ONLY
from gui.text.clock_words import hour
from netcore.engine import (
    Chat,
    Discard,
    Disconnected,
    EarlierLoaded,
    Failed,
    Gone,
    HistoryOpened,
    HistoryReplaced,
    LoadEarlier,
    MemberLeft,
    OldWhisper,
    Pending,
    RoomChanged,
    Say,
    Whisper,
    WhisperDone,
    WhisperOutcome,
    WhisperReceived,
    WhisperSent,
)
from netcore.errors import Banned, LogFileError, ServerGone, StorageFull
from tests.gui.cast import ADA, BEN, HOST, LAYLA, NOON_MS, Diary, connected, said
from tests.gui.room.pages import Show, lines, under_field, write
from tests.gui.waiting import Pump

USUAL = RoomChanged(False, False, 0, True)
DAY_MS = 86_400_000


@pytest.fixture
def page(root: tk.Tk, look: Look, diary: Diary, show: Show) -> ClientWindow:
    made = ClientWindow(root, look, diary.actions(), ADA.id)
    show(made, "900x700")
    return made


def chips(page: ClientWindow) -> list[str]:
    return [str(pill["text"]) for pill in page.header._pills[:-1]]


def state_of(page: ClientWindow, local_id: int) -> tuple[str, str]:
    entry = page.conversation.transcript._book.entries["mine", local_id]
    return entry.state, entry.reason


# --- rules ---------------------------------------------------------------------------------------------


def test_the_muted_one_is_told_and_keeps_the_text(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    """What the host does to one is told to that one."""
    page.take([connected(BEN)])
    page.conversation.composer.field.value = "half a thought"
    page.take([replace(USUAL, muted=True)])
    assert under_field(page) == MUTED
    assert chips(page) == ["Muted"]
    page.conversation.composer.send_written()
    page.conversation.composer.set_target(BEN)
    assert under_field(page) == MUTED, "whispers too"
    page.conversation.composer.set_target(None)
    assert diary.commands == []
    assert page.conversation.composer.written() == "half a thought"
    page.take([USUAL])
    page.conversation.composer.send_written()
    assert diary.commands == [Say(1, "half a thought")]
    assert any("The host has muted you." in line for line in lines(page))
    assert any("You can write again." in line for line in lines(page))


def test_the_rules_come_before_connected_and_hold_after_it(page: ClientWindow) -> None:
    """PROTOCOL: room_state follows welcome, so RoomChanged comes before everything said so far is here."""
    page.take([replace(USUAL, read_only=True), connected(BEN)])
    assert under_field(page) == READ_ONLY
    page.take([Disconnected(ServerGone(), 2.0), USUAL, connected(BEN)])
    assert under_field(page) != READ_ONLY


def test_in_a_read_only_room_one_can_whisper(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    page.take([connected(BEN), replace(USUAL, read_only=True)])
    page.conversation.composer.set_target(BEN)
    write(page, "psst", pump)
    assert diary.commands == [Whisper(1, BEN.id, "psst")]


def test_slow_mode_counts_down_after_ones_own_message(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    page.take([connected(BEN), replace(USUAL, slow_s=30)])
    assert "one message every 30 s" in under_field(page)
    write(page, "first", pump)
    page.take([said(1, ADA, "first", True, 1)])
    assert "again in 30 s" in under_field(page)
    write(page, "second", pump)
    assert diary.commands == [Say(1, "first")]
    assert page.conversation.composer.written() == "second", "what is written stays"
    page.conversation.composer.set_target(BEN)
    write(page, "psst", pump)
    assert diary.commands[1:] == [Whisper(2, BEN.id, "psst")], "whispers need not wait"
    page.conversation.composer.set_target(None)
    page.take([USUAL])
    page.conversation.composer.send_written()
    assert diary.commands[2:] == [Say(3, "second")]


def test_the_countdown_of_slow_mode_ends(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    page.take([connected(BEN), replace(USUAL, slow_s=1)])
    write(page, "first", pump)
    page.take([said(1, ADA, "first", True, 1)])
    pump(lambda: "again in" not in under_field(page))
    write(page, "second", pump)
    assert len(diary.commands) == 2


def test_a_room_that_keeps_nothing_says_so(page: ClientWindow) -> None:
    """A room without history keeps it in memory only and says so in the window."""
    page.take([replace(USUAL, kept=False), connected(BEN)])
    assert chips(page) == ["No history"]


def test_the_banned_one_reads_why_and_can_go_back(page: ClientWindow, diary: Diary) -> None:
    page.take([connected(BEN), Disconnected(Banned(because=": spam"), None)])
    assert "banned this key from the room: spam" in page.banner.text
    assert page.ended
    assert page.conversation.composer._reason()


# --- whispers ------------------------------------------------------------------------------------------


def test_a_whisper_is_sending_then_kept_then_delivered(page: ClientWindow, pump: Pump) -> None:
    """A whisper is committed before it is acknowledged and held until the recipient confirms."""
    page.take([connected(BEN)])
    page.conversation.composer.set_target(BEN)
    write(page, "psst", pump)
    assert state_of(page, 1)[0] == "pending"
    page.take([WhisperSent(1, BEN, "psst", NOON_MS)])
    assert state_of(page, 1)[0] == "held"
    page.take([WhisperDone(1, WhisperOutcome.DELIVERED)])
    assert state_of(page, 1) == ("delivered", "")
    assert "on its way" not in page.conversation.transcript.text.get("1.0", "end")


def test_a_whisper_for_someone_who_is_away_says_who_keeps_it(page: ClientWindow) -> None:
    page.take([connected(BEN), Pending(1, "psst", NOON_MS, LAYLA), WhisperSent(1, LAYLA, "psst", NOON_MS)])
    assert state_of(page, 1) == ("held", "kept by the server until “Layla” is back")


def test_a_whisper_that_was_given_up_comes_back_to_be_sent_again(page: ClientWindow, diary: Diary) -> None:
    """A whisper that never arrives is reported to its sender."""
    page.take([connected(BEN), Pending(1, "psst", NOON_MS, LAYLA), WhisperSent(1, LAYLA, "psst", NOON_MS),
               WhisperDone(1, WhisperOutcome.GIVEN_UP)])
    assert state_of(page, 1) == ("refused", NEVER_CAME)
    page.conversation._retry(("mine", 1))
    assert page.conversation.composer.written() == "psst"
    assert page.conversation.composer.target == LAYLA
    assert diary.commands == [Discard(1)]
    page.take([WhisperDone(7, WhisperOutcome.GIVEN_UP)])  # of another window of this nick: nothing to mark


def test_a_whisper_that_is_not_shown_there_comes_back(page: ClientWindow) -> None:
    """PROTOCOL §7.4: `not_shown` is not `delivered`."""
    page.take([connected(BEN), Pending(1, "psst", NOON_MS, LAYLA), WhisperSent(1, LAYLA, "psst", NOON_MS),
               WhisperDone(1, WhisperOutcome.NOT_SHOWN)])
    assert state_of(page, 1) == ("refused", NOT_SHOWN)


def test_old_whispers_stand_between_the_messages_of_their_time(page: ClientWindow) -> None:
    page.take([HistoryOpened("Physics 10b", (
        Chat(1, BEN.id, "Ben", "one", NOON_MS, False), Chat(2, BEN.id, "Ben", "two", NOON_MS + 2_000, False)),
        (OldWhisper(True, LAYLA, "mine", NOON_MS + 1_000), OldWhisper(False, BEN, "his", NOON_MS + 3_000)))])
    told = [line.partition(" ")[2] for line in lines(page)]
    assert told[1:] == ["Ben: one", "You (whisper to “Layla”): mine", "Ben: two", "Ben (whisper): his"]
    assert page.unread == 0


# --- gaps, absence, earlier pages ----------------------------------------------------------------------


def test_what_was_missed_stands_under_a_line_that_counts_it(page: ClientWindow) -> None:
    """The line "n messages while you were away"."""
    page.take([connected(BEN), said(1, BEN, "before")])
    page.take([Disconnected(ServerGone(), 2.0)])
    page.take([said(2, BEN, "missed one")])
    page.take([said(3, BEN, "missed two"), connected(BEN, missed=2), said(4, BEN, "after")])
    told = [line.partition(" ")[2] for line in lines(page)]
    assert told[-5:] == ["Ben: before", "2 messages while you were away", "Ben: missed one",
                         "Ben: missed two", "Ben: after"]
    page.take([Disconnected(ServerGone(), 2.0), connected(BEN)])
    assert sum("away" in line for line in lines(page)) == 1, "nothing was missed this time"


def test_earlier_pages_of_the_same_day_double_no_day_line(page: ClientWindow, diary: Diary) -> None:
    page.take([HistoryOpened("Physics 10b", (said(101, BEN, "newest"),))])
    page.conversation._load_earlier()
    page.conversation._load_earlier()
    assert diary.commands == [LoadEarlier(101)], "one page at a time"
    yesterday = replace(said(1, BEN, "the day before"), at_ms=NOON_MS - DAY_MS)
    page.take([EarlierLoaded((yesterday, *(said(n, BEN, f"old {n}") for n in range(2, 101))))])
    told = lines(page)
    assert sum(line.startswith("* Tuesday") for line in told) == 1
    assert sum(line.startswith("* Monday") for line in told) == 1
    assert told[-1].endswith("newest")
    transcript = page.conversation.transcript
    entry = transcript._book.entries["said", 0, 101]
    first = transcript._book.line_of(entry.line - transcript._book._first)
    assert transcript.text.get(f"{first}.0", f"{first}.end") == "newest", "lines and rows in step"


def test_earlier_ones_are_asked_before_the_oldest_that_is_still_shown(
    page: ClientWindow, diary: Diary
) -> None:
    """5,000 lines are kept: what was cut off at the top must be loaded again, without a hole."""
    page.take([connected(BEN)])
    page.take([said(seq, BEN, f"number {seq}") for seq in range(1, 5_400)])
    oldest = page.conversation._log.oldest(page.conversation.transcript.message_keys())
    assert oldest > 1
    page.conversation._load_earlier()
    assert diary.commands == [LoadEarlier(oldest)]


def test_a_replaced_log_is_told_and_offers_nothing_earlier(page: ClientWindow, diary: Diary) -> None:
    """The client keeps its old history apart and reads from 0."""
    page.take([HistoryOpened("Physics 10b", (said(50, BEN, "old log"),)), HistoryReplaced(),
               said(1, BEN, "new log"), connected(BEN)])
    told = "\n".join(lines(page))
    assert told.index("old log") < told.index(REPLACED) < told.index("new log")
    page.conversation._load_earlier()
    assert diary.commands == []


def test_a_gap_is_a_line(page: ClientWindow) -> None:
    """Retention shows as a gap."""
    page.take([connected(HOST), Gone(1, 20), said(21, HOST, "the first that is left")])
    told = lines(page)
    assert "20 messages are no longer" in told[-3 if told[-2].startswith("* Tuesday") else -2]


# --- files ---------------------------------------------------------------------------------------------


def test_a_full_disk_here_is_told_and_goes_with_the_connection(page: ClientWindow) -> None:
    full = StorageFull(why="no space")
    page.take([connected(BEN), Failed(full), Disconnected(full, 2.0)])
    assert "no space" in page.banner.text
    page.take([connected(BEN)])
    assert page.banner.text == ""


def test_a_full_disk_while_offline_is_told_until_a_message_can_be_kept(page: ClientWindow) -> None:
    page.take([connected(BEN), Failed(StorageFull(why="no space"))])
    assert "no space" in page.banner.text
    page.take([Pending(1, "now it can", NOON_MS, None)])
    assert page.banner.text == ""


def test_a_broken_file_ends_the_page_once_with_the_way_out(page: ClientWindow) -> None:
    error = LogFileError(path="/x/client.db", why="malformed")
    page.take([connected(BEN), Failed(error), Disconnected(error, None)])
    assert "/x/client.db" in page.banner.text
    assert sum("/x/client.db" in line for line in lines(page)) == 1
    assert page.ended


# --- two clocks ----------------------------------------------------------------------------------------


def test_own_messages_take_the_servers_time_and_day(page: ClientWindow, pump: Pump) -> None:
    """The page's clock is a day behind the server's: no day line flaps, and no time is of another clock."""
    tomorrow = NOON_MS + DAY_MS + 3_600_000
    page.take([connected(BEN)])
    write(page, "mine", pump)
    write(page, "and more", pump)
    page.take([replace(said(1, BEN, "his"), at_ms=tomorrow),
               replace(said(2, ADA, "mine", True, 1), at_ms=tomorrow),
               replace(said(3, BEN, "his again"), at_ms=tomorrow),
               replace(said(4, ADA, "and more", True, 2), at_ms=tomorrow), MemberLeft(BEN, "left")])
    told = lines(page)
    clock = hour(tomorrow)
    assert [line for line in told if not line.startswith("*")] == [
        f"{clock} Ben: his", f"{clock} You: mine", f"{clock} Ben: his again", f"{clock} You: and more"]
    assert [line for line in told if "October" in line] == ["* Wednesday 15 October"]
    assert told[-1].startswith(f"* {clock} “Ben” left")
    assert told[-1 - 5].startswith("* Wednesday"), "above all of it"


def test_what_still_waits_stays_under_what_is_acknowledged(page: ClientWindow, pump: Pump) -> None:
    page.take([connected(BEN)])
    for text in ("one", "two", "three"):
        write(page, text, pump)
    page.take([said(1, ADA, "one", True, 1)])
    assert [line.rpartition(" ")[2] for line in lines(page)[-3:]] == ["one", "two", "three"]
    page.take([said(2, BEN, "between"), said(3, ADA, "two", True, 2)])
    assert [line.rpartition(" ")[2] for line in lines(page)[-4:]] == ["one", "between", "two", "three"]


def test_a_whisper_of_a_wrong_clock_begins_no_day_of_the_future(page: ClientWindow) -> None:
    page.take([connected(BEN), said(1, BEN, "now"), WhisperReceived(BEN, "psst", NOON_MS + 400 * DAY_MS)])
    assert sum("October" in line or "November" in line for line in lines(page)) == 1
