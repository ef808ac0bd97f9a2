"""The host's page: who may write and come in, bans, mutes, names; a full disk and a broken log."""

from __future__ import annotations

import tkinter as tk
from dataclasses import replace

import pytest

from gui.look.look import Look
from gui.room.remove_question import FOR_GOOD, host_part
from gui.room.rules_panel import FULL
from gui.room.server_window import CLOSED, EMPTY, ServerWindow
from netcore.engine import (
    Ban,
    Banned,
    Failed,
    HistoryOpened,
    Kick,
    LoadEarlier,
    Member,
    MemberJoined,
    MemberLeft,
    Mute,
    Notice,
    ReleaseName,
    RoomChanged,
    SetRoom,
    Unban,
)
from netcore.errors import LogFileError, StorageFull
from netcore.room_words import NOBODY_BANNED
from tests.gui.cast import ADA, BEN, HOST, LAYLA, Diary, listening, said
from tests.gui.room.pages import Show, words
from tests.gui.waiting import Pump

USUAL = RoomChanged(False, False, 0, True)


@pytest.fixture
def page(root: tk.Tk, look: Look, diary: Diary, show: Show, pump: Pump) -> ServerWindow:
    made = ServerWindow(root, look, diary.actions())
    members = [replace(one, address="192.168.1.31:52144") for one in (ADA, BEN)]
    made.take([listening(), *map(MemberJoined, members)])
    show(made, "1080x700")
    choose(made, BEN, pump)
    return made


def choose(page: ServerWindow, member: Member, pump: Pump) -> None:
    page.table.tree.selection_set(member.id.hex())
    page.table.tree.focus_set()
    pump()


def row(page: ServerWindow, member: Member) -> str:
    return str(page.table.tree.item(member.id.hex(), "text"))


# --- one member ----------------------------------------------------------------------------------------


def test_a_key_mutes_and_gives_the_voice_back(page: ServerWindow, diary: Diary, pump: Pump) -> None:
    """The host mutes a member, and gives the voice back."""
    page.table.tree.event_generate("<m>")
    pump()
    assert diary.commands == [Mute(BEN.id, True)]
    assert row(page, BEN).endswith("muted")
    assert "You muted “Ben”. “Ben” can still read." in page.conversation.transcript.copied_text()
    assert page.table.mute_button["text"] == "Unmute"
    page.table.mute_button.invoke()
    assert diary.commands[1:] == [Mute(BEN.id, False)]
    assert not row(page, BEN).endswith("muted")


def test_who_was_muted_in_an_earlier_run_is_shown_so(root: tk.Tk, look: Look, diary: Diary) -> None:
    """Who is muted is so after a restart too."""
    page = ServerWindow(root, look, diary.actions())
    page.take([replace(listening(), muted=(BEN.id,)), MemberJoined(ADA), MemberJoined(BEN)])
    assert row(page, BEN).endswith("muted")
    assert not row(page, ADA).endswith("muted")


def test_the_host_has_no_voice_to_lose(page: ServerWindow, diary: Diary, pump: Pump) -> None:
    choose(page, HOST, pump)
    page.table.mute()
    page.table.ask(for_good=True)
    assert diary.commands == []
    assert page.table.question.member is None


def test_a_ban_by_keys_carries_reason_and_address(page: ServerWindow, diary: Diary, pump: Pump) -> None:
    """A ban goes by key and, if asked, by address."""
    page.table.tree.event_generate("<Shift-Delete>")
    pump()
    question = page.table.question
    assert question.how.value == FOR_GOOD
    assert question.address_box.winfo_ismapped()
    assert "192.168.1.31" in str(question.address_box["text"])
    pump(lambda: page.focus_get() is question.reason)
    question.reason.insert(0, " spam ")
    question.address_box.invoke()
    question.reason.event_generate("<Return>")
    pump()
    assert diary.commands == [Ban(BEN.id, "spam", True)]
    assert not question.winfo_ismapped()
    page.table.ask(for_good=True)
    page.table.question.answer()
    assert diary.commands[1:] == [Ban(BEN.id, "", False)], "the address is asked for each time anew"


def test_a_ban_of_an_address_warns_of_those_who_share_it(page: ServerWindow, pump: Pump) -> None:
    page.table.ask(for_good=True)
    pump()
    assert "1 other who is here has the same address" in " ".join(words(page.table.question))
    page.take([MemberLeft(ADA, "left")])
    choose(page, BEN, pump)
    page.table.ask(for_good=True)
    pump()
    assert "A whole class may share one address" in " ".join(words(page.table.question))
    page.table.question.how.buttons["minute"].invoke()
    assert "address" not in " ".join(words(page.table.question))


def test_what_is_not_stored_yet_is_marked_until_it_is(page: ServerWindow, pump: Pump) -> None:
    """On a full disk a decision holds, but not over a restart."""
    page.toggle_room()
    full = replace(USUAL, read_only=True, disk_full=True)
    text = "The ban of Ben holds, but the disk is full: if that stays, it ends with this run of the room."
    page.take([full, Notice("not_stored_yet", text), Notice("not_stored_yet", "The mute of Ada, too.")])
    pump()
    marked = page.panel._unstored
    assert marked.winfo_ismapped() and str(marked["text"]).splitlines() == [text, "The mute of Ada, too."]
    page.take([USUAL])
    pump()
    assert not marked.winfo_ismapped() and str(marked["text"]) == ""


def test_back_from_a_ban_to_a_minute_forgets_the_address(
    page: ServerWindow, diary: Diary, pump: Pump
) -> None:
    page.table.ask(for_good=True)
    page.table.question.address_box.invoke()
    page.table.question.how.buttons["minute"].invoke()
    pump()
    assert not page.table.question.address_box.winfo_ismapped()
    page.table.question.answer()
    assert diary.commands == [Kick(BEN.id, "")]


def test_this_computers_own_address_cannot_be_banned(page: ServerWindow, pump: Pump) -> None:
    """It would shut out every window on this computer."""
    page.take([MemberJoined(replace(LAYLA, address="127.0.0.1:40000"))])
    choose(page, LAYLA, pump)
    page.table.ask(for_good=True)
    pump()
    assert not page.table.question.address_box.winfo_ismapped()


@pytest.mark.parametrize(("address", "host"), [
    ("192.168.1.31:52144", "192.168.1.31"), ("[fe80::1]:52144", "fe80::1"), ("", ""),
])
def test_the_host_of_an_address(address: str, host: str) -> None:
    assert host_part(address) == host


def test_home_and_end_choose_the_first_and_the_last(page: ServerWindow, pump: Pump) -> None:
    page.table.tree.event_generate("<End>")
    assert page.table.tree.selection() == (BEN.id.hex(),)
    page.table.tree.event_generate("<Home>")
    assert page.table.tree.selection() == (HOST.id.hex(),)


# --- the room ------------------------------------------------------------------------------------------


def test_the_rooms_rules_open_by_key_and_esc_brings_the_members_back(page: ServerWindow, pump: Pump) -> None:
    page.shortcuts["Alt+R"]()
    pump()
    assert page.panel.winfo_ismapped() and not page.table.winfo_ismapped()
    pump(lambda: page.focus_get() is page.panel.first)
    assert page.panel._scrolled._canvas.canvasy(0) == 0, "the caption above it is in sight"
    page.escape()
    pump()
    assert page.table.winfo_ismapped() and not page.panel.winfo_ismapped()
    page.shortcuts["Alt+R"]()
    page.shortcuts["Alt+M"]()
    pump()
    assert page.table.winfo_ismapped()


def test_every_switch_acts_at_once_and_shows_what_the_engine_says(
    page: ServerWindow, diary: Diary, pump: Pump
) -> None:
    """Read-only room, slow mode, and closed to new members."""
    page.toggle_room()
    pump()
    panel = page.panel
    panel.first.invoke()
    page.take([replace(USUAL, read_only=True)])
    panel.slow_buttons[30].invoke()
    page.take([replace(USUAL, read_only=True, slow_s=30)])
    panel.known_only.set(True)
    panel._set_known_only()
    assert diary.commands == [SetRoom(read_only=True), SetRoom(slow_s=30), SetRoom(known_only=True)]
    page.take([replace(USUAL, slow_s=45, known_only=True)])
    assert not panel.read_only.get()
    assert panel.slow_buttons[45].instate(["selected"])
    text = page.conversation.transcript.copied_text()
    for sentence in ("read-only now: only you can write", "one message every 30 s", "one message every 45 s",
                     "closed to new members", "Everyone can write again"):
        assert sentence in text
    pump()
    assert [label for label in words(page.header) if label in ("Read-only", "Slow mode 45 s", "Closed")] == [
        "Slow mode 45 s", "Closed"]
    assert page.conversation.composer._reason() == "", "the host can always write"


def test_bans_are_listed_and_lifted(page: ServerWindow, diary: Diary, pump: Pump) -> None:
    """Kept over restarts, so they must be seen, and undone, in the window."""
    page.toggle_room()
    assert NOBODY_BANNED in words(page.panel)
    page.take([Banned((BEN, Member(LAYLA.id, "Layla", address="192.168.1.9")))])
    pump()
    assert {"Ben", "Layla", "and 192.168.1.9"} <= set(words(page.panel))
    page.panel.unban_links[BEN.id].focus_set()
    pump()
    page.panel.unban_links[BEN.id].event_generate("<Return>")
    assert diary.commands == [Unban(BEN.id)]
    page.take([Banned(())])
    assert NOBODY_BANNED in words(page.panel)


def test_bans_of_earlier_runs_are_there_at_the_start(root: tk.Tk, look: Look, diary: Diary) -> None:
    page = ServerWindow(root, look, diary.actions())
    page.take([replace(listening(), banned=(BEN,)), replace(USUAL, slow_s=10)])
    assert list(page.panel.unban_links) == [BEN.id]
    assert page.panel.slow_buttons[10].instate(["selected"])


def test_a_name_is_released_and_a_bad_one_is_told(page: ServerWindow, diary: Diary, pump: Pump) -> None:
    page.toggle_room()
    pump()
    page.panel.name.focus_set()
    pump()
    page.panel.name.insert(0, " Tom ")
    page.panel.name.event_generate("<Return>")
    assert diary.commands == [ReleaseName("Tom")]
    assert page.panel.name.get() == ""
    page.panel.name.insert(0, "everyone")
    page.panel._release()
    assert len(diary.commands) == 1
    assert page.panel.name.instate(["invalid"])


# --- the past, the disk, the end -----------------------------------------------------------------------


def test_a_kept_room_shows_what_was_said_and_then_that_nobody_is_here(
    root: tk.Tk, look: Look, diary: Diary
) -> None:
    page = ServerWindow(root, look, diary.actions())
    page.take([listening(), HistoryOpened("Physics 10b", (said(41, BEN, "yesterday"),))])
    text = page.conversation.transcript.copied_text()
    assert text.index("yesterday") < text.index(EMPTY)
    assert text.count(EMPTY) == 1
    assert page.unread == 0
    page.conversation._load_earlier()
    assert diary.commands == [LoadEarlier(41)]


def test_a_full_disk_is_told_until_there_is_room(page: ServerWindow, diary: Diary, pump: Pump) -> None:
    """With a full disk the room turns read-only and says so, and recovers when there is room."""
    page.toggle_room()
    page.take([Failed(StorageFull(why="no space left")), replace(USUAL, read_only=True, disk_full=True)])
    pump()
    assert "no space left" in page.banner.text
    assert "Disk full" in words(page.header)
    assert not page.panel.read_only.get(), "it is the disk, not the host's switch"
    assert FULL in words(page.panel)
    page.panel.slow_buttons[10].invoke()
    assert diary.commands == [SetRoom(slow_s=10)]
    page.take([replace(USUAL, slow_s=10)])
    pump()
    assert page.banner.text == ""
    assert not page.banner.winfo_ismapped()
    assert "The disk has room again." in page.conversation.transcript.copied_text()


def test_a_broken_log_ends_the_room_and_the_page_says_how_to_go_on(
    page: ServerWindow, diary: Diary, pump: Pump
) -> None:
    """A damaged file is refused with its path and the way out."""
    page.take([said(1, BEN, "still here to read"), Failed(LogFileError(path="/x/room.db", why="malformed"))])
    pump()
    assert "/x/room.db" in page.banner.text and "Put back a copy" in page.banner.text
    assert page.ended and page.may_close()
    assert page.conversation.composer._reason() == CLOSED
    page.table.mute()
    page.table.ask()
    assert diary.commands == []
    assert "still here to read" in page.conversation.transcript.copied_text()
