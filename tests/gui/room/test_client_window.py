"""The member's page, fed with events: every state that people meet."""

from __future__ import annotations

import re
import tkinter as tk

import pytest

from gui.look.look import Look
from gui.room.client_window import ALONE, SLOWED, ClientWindow
from gui.room.fingerprint_popup import FingerprintPopup
from gui.window import Window
from netcore.engine import (
    Chat,
    ComparedMembers,
    Connecting,
    Discard,
    Disconnected,
    EarlierLoaded,
    Gone,
    HistoryOpened,
    HistoryReplaced,
    LoadEarlier,
    MarkCompared,
    Member,
    MemberJoined,
    MemberLeft,
    Notice,
    Pending,
    Refused,
    RetryNow,
    Say,
    Slowed,
    Whisper,
    WhisperReceived,
    WhisperSent,
)
from netcore.errors import Removed, ServerGone, StorageFull
from netcore.limits import MAX_TEXT_CHARS
from tests.gui.cast import ADA, BEN, HOST, LAYLA, NOON_MS, SERVER_KEY, Diary, connected, key, person, said
from tests.gui.room.pages import Show, lines, under_field, write
from tests.gui.waiting import Pump


@pytest.fixture
def page(root: tk.Tk, look: Look, diary: Diary, show: Show) -> ClientWindow:
    made = ClientWindow(root, look, diary.actions())
    show(made, "900x700")
    return made


def double_click(widget: tk.Misc, x: int, y: int) -> None:
    for event in ("<ButtonPress-1>", "<ButtonRelease-1>") * 2:
        widget.event_generate(event, x=x, y=y)


def state_words(page: ClientWindow) -> str:
    return str(page.header._state["text"])


def test_connecting_and_connected_are_said_in_the_header(page: ClientWindow, pump: Pump) -> None:
    """Header (room, lock with the fingerprint on click, connection state)."""
    page.take([Connecting("127.0.0.1:5050", 1)])
    assert state_words(page).startswith("Connecting")
    page.take([connected(HOST, BEN)])
    assert state_words(page) == "Connected"
    assert page.title == "“Physics 10b”"
    assert str(page.header._subtitle["text"]) == "Hosted by “Ms Okafor”"
    assert page.members.count["text"] == "3"


def test_first_contact_and_the_empty_room_are_told(page: ClientWindow) -> None:
    page.take([connected(first_contact=True)])
    assert any("key is known here" in line for line in lines(page))
    assert any(ALONE in line for line in lines(page))


def test_enter_sends_and_the_line_is_pending_until_the_log_has_it(
    page: ClientWindow, diary: Diary, pump: Pump
) -> None:
    page.take([connected(BEN)])
    write(page, "\n  hello  ", pump)
    assert diary.commands == [Say(1, "  hello")]  # indented code keeps its first indentation
    assert page.conversation.composer.written() == ""
    assert "sending…" in page.conversation.transcript.text.get("1.0", "end")
    page.take([Pending(1, "  hello", NOON_MS, None), said(1, ADA, "  hello", True, 1)])
    assert "sending…" not in page.conversation.transcript.text.get("1.0", "end")
    assert sum("hello" in line for line in lines(page)) == 1


def test_a_pending_line_takes_its_place_in_the_logs_order(page: ClientWindow, pump: Pump) -> None:
    """Order is `seq`, on every screen the same."""
    page.take([connected(BEN)])
    write(page, "mine one", pump)
    write(page, "mine two", pump)
    page.take([said(1, BEN, "bens first"), said(2, ADA, "mine one", True, 1), said(3, BEN, "bens second")])
    page.take([said(4, ADA, "mine two", True, 2)])
    texts = [line.rpartition(": ")[2] for line in lines(page) if "mine" in line or "bens" in line]
    assert texts == ["bens first", "mine one", "bens second", "mine two"]


def test_a_whisper_goes_to_one_and_esc_leads_back_with_drafts_apart(
    page: ClientWindow, diary: Diary, pump: Pump
) -> None:
    """Double click on a member to whisper; a whisper's draft never reaches the room."""
    page.take([connected(HOST, BEN)])
    pump()
    page.conversation.composer.field.value = "for all"
    row = next(n for n, member in enumerate(page.members._rows) if member.id == BEN.id)
    double_click(page.members.canvas, 60, 48 * row + 20)
    pump()
    assert page.conversation.composer.target == BEN
    assert page.conversation.composer.written() == ""
    assert "Sealed for “Ben”. You two have not compared fingerprints" in under_field(page)
    page._roster.compared = frozenset({BEN.id})
    page.conversation.composer.members_changed()
    assert "Sealed for “Ben” alone: the server passes on" in under_field(page)
    page.conversation.composer.field.value = "secret draft"
    page.escape()
    assert page.conversation.composer.written() == "for all"
    page.conversation.composer.set_target(BEN)
    assert page.conversation.composer.written() == "secret draft"
    page.conversation.composer.text.event_generate("<Return>")
    pump()
    assert diary.commands == [Whisper(1, BEN.id, "secret draft")]
    page.take([WhisperSent(1, BEN, "secret draft", NOON_MS)])
    assert any("You (whisper to “Ben”): secret draft" in line for line in lines(page))
    assert "sending…" not in page.conversation.transcript.text.get("1.0", "end")


def test_nobody_whispers_to_themselves(page: ClientWindow, pump: Pump) -> None:
    page.take([connected(BEN)])
    pump()
    double_click(page.members.canvas, 60, 20)
    pump()
    assert page.conversation.composer.target is None


def test_server_gone_counts_down_and_try_now_tries(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    """States: "server gone with countdown"; what is written is kept and sent later."""
    page.take([connected(BEN), Disconnected(ServerGone(), 2.4)])
    assert "Trying again in 3 s" in page.banner.text
    assert "lost" in page.banner.text
    pump(lambda: "in 1 s" in page.banner.text)
    link = next(child for child in page.banner._box.winfo_children()  # type: ignore[union-attr]
                if child.winfo_class() == "TLabel" and str(child.cget("text")) == "Try now")
    link.event_generate("<Button-1>")
    assert diary.commands == [RetryNow()]
    write(page, "while away", pump)
    assert diary.commands[-1] == Say(1, "while away")
    page.take([Connecting("127.0.0.1:5050", 2), said(3, BEN, "you missed this"), connected(BEN, missed=12)])
    assert page.banner.text == ""
    assert any("12 messages while you were away" in line for line in lines(page))


def test_removed_by_the_host_ends_with_the_reason_and_keeps_the_draft(
    page: ClientWindow, diary: Diary, pump: Pump
) -> None:
    page.take([connected(BEN)])
    page.conversation.composer.field.value = "half a thought"
    page.take([Disconnected(Removed(because=": be nice"), None)])
    assert "be nice" in page.banner.text
    assert page.conversation.composer.button.instate(["disabled"])
    assert page.conversation.composer.written() == "half a thought"
    page.conversation.composer.text.event_generate("<Return>")
    pump()
    assert diary.commands == []


def test_a_refused_message_keeps_its_text_and_can_be_tried_again(
    page: ClientWindow, diary: Diary, pump: Pump
) -> None:
    page.take([connected(BEN)])
    write(page, "not now", pump)
    page.take([Refused(1, "not now", "slow_mode", "Wait a moment between two messages.", None)])
    assert "Wait a moment" in page.conversation.transcript.text.get("1.0", "end")
    page.conversation._retry(("mine", 1))
    assert page.conversation.composer.written() == "not now"
    assert diary.commands[-1] == Discard(1)


def test_too_long_and_too_many_lines_stay_in_the_field_with_the_reason(
    page: ClientWindow, diary: Diary, pump: Pump
) -> None:
    page.take([connected(BEN)])
    write(page, "x" * (MAX_TEXT_CHARS + 1), pump)
    assert "4,001 characters" in under_field(page)
    write(page, "\n".join("x" * 51), pump)
    assert "Too many lines: 51" in under_field(page)
    assert diary.commands == []
    write(page, "x" * MAX_TEXT_CHARS, pump)
    assert diary.commands == [Say(1, "x" * MAX_TEXT_CHARS)]


def test_the_counter_shows_near_the_limit_only(page: ClientWindow, pump: Pump) -> None:
    page.conversation.composer.field.value = "x" * 3_000
    pump()
    assert page.conversation.composer._counter["text"] == ""
    page.conversation.composer.field.value = "x" * 3_900
    pump()
    assert page.conversation.composer._counter["text"] == "3,900 / 4,000"


def test_the_field_grows_to_six_lines(page: ClientWindow, pump: Pump) -> None:
    for count, rows in ((1, 1), (4, 4), (9, 6)):
        page.conversation.composer.field.value = "\n".join("a" * count)
        pump(lambda rows=rows: int(page.conversation.composer.text["height"]) == rows)


def test_shift_enter_is_a_new_line(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    page.take([connected(BEN)])
    page.conversation.composer.field.value = "one"
    page.conversation.composer.text.event_generate("<Shift-Return>")
    pump()
    assert page.conversation.composer.written() == "one\n"
    assert diary.commands == []


def test_joins_of_one_turn_are_one_line(page: ClientWindow) -> None:
    page.take([connected()])
    page.take([MemberJoined(person(name)) for name in ("Layla", "Sofía", "美玲")])
    assert sum("“Layla”, “Sofía” and “美玲” joined" in line for line in lines(page)) == 1
    page.take([MemberJoined(LAYLA)])
    assert sum("joined" in line for line in lines(page)) == 1  # the same key again is no joining
    page.take([MemberLeft(LAYLA, "kicked")])
    assert any("The host removed “Layla”." in line for line in lines(page))
    assert page.members.count["text"] == "3"


def test_two_hundred_members_are_drawn_on_one_canvas(page: ClientWindow, pump: Pump) -> None:
    """States: "200 members". No widget for each, and only those in sight are drawn, wherever that is."""
    page.take([connected(HOST, *(person(f"Member {n}") for n in range(198)))])
    pump()
    assert page.members.canvas.winfo_children() == []
    canvas = page.members.canvas

    def names() -> list[str]:
        return [str(canvas.tk.call(str(canvas), "itemcget", item, "-text")) for item in canvas.find_all()
                if str(canvas.tk.call(str(canvas), "type", item)) == "text"]

    assert len(canvas.find_all()) <= 5 * (canvas.winfo_height() // 48 + 2)
    assert "Member 0" in names()
    canvas.yview_moveto(1.0)
    pump(lambda: "Member 99" in names())
    assert "Member 0" not in names()
    assert [page.members._rows[n].name for n in (0, 1, 2)] == ["Ada", "Ms Okafor", "Member 0"]
    assert page.members._bar.winfo_ismapped()


def test_any_script_is_shown_and_copied_as_it_was_written(page: ClientWindow, pump: Pump) -> None:
    """States: "a 4,000-character message, emoji, Arabic, CJK"."""
    texts = ["🙂 👩‍🔬 🏳️‍🌈", "صباح الخير، الملف عندي", "我也看到了 🎉", "a" * 4_000]
    page.take([connected(BEN)])
    page.take([said(n, BEN, text) for n, text in enumerate(texts, 1)])
    pump()
    copied = page.conversation.transcript.copied_text()
    for text in texts:
        assert text in copied


def test_history_gaps_and_earlier_pages(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    page.take([HistoryOpened("Physics 10b", (said(101, BEN, "yesterday"),))])
    assert page.unread == 0
    page.conversation._load_earlier()
    assert diary.commands == [LoadEarlier(101)]
    page.take([EarlierLoaded(tuple(said(n, BEN, f"old {n}") for n in range(50, 101)))])
    assert "old 50" in lines(page)[1]
    page.take([EarlierLoaded(())])
    page.take([Gone(1, 20), HistoryReplaced(), Notice("moved", "The server is at a new address.")])
    text = page.conversation.transcript.copied_text()
    assert "20 messages are no longer in the room’s log" in text
    assert "new log" in text
    assert "at a new address" in text


def test_unread_counts_others_and_not_oneself(page: ClientWindow) -> None:
    page.take([connected(BEN)])
    page.take([said(1, BEN, "hi"), said(2, ADA, "me", True), WhisperReceived(BEN, "psst", NOON_MS)])
    assert page.unread == 2
    page.seen()
    assert page.unread == 0


def test_a_narrow_window_keeps_the_members_behind_their_count(
    root: tk.Tk, page: ClientWindow, pump: Pump
) -> None:
    """Under 640 pixels of width the members stand behind their count."""
    page.take([connected(HOST, BEN)])
    root.geometry("600x500")
    pump(lambda: not page._side.winfo_ismapped())
    assert page._count.winfo_ismapped()
    assert page._count["text"] == "3"
    page._count.invoke()
    pump(lambda: page._side.winfo_ismapped())
    root.geometry("900x700")
    pump(lambda: page._side.winfo_ismapped() and not page._count.winfo_ismapped())


def test_in_the_slimmest_window_the_button_is_whole(root: tk.Tk, page: ClientWindow, pump: Pump) -> None:
    """A column of the laboratory is 300 pixels wide, and its letters may be wide ones."""
    page.take([connected(HOST, BEN)])
    composer = page.conversation.composer
    root.geometry("290x500")
    pump(lambda: composer._slimmest)
    pump(lambda: composer.button.winfo_x() + composer.button.winfo_width() <= composer.winfo_width())
    assert (str(composer.button["text"]), str(composer.button["compound"])) == ("", "image")
    assert composer.field.winfo_x() + composer.field.winfo_width() <= composer.winfo_width()
    root.geometry("900x700")
    pump(lambda: str(composer.button["text"]) == "Send")


def test_in_a_slim_window_the_line_below_has_the_width_that_the_counter_leaves(
        root: tk.Tk, page: ClientWindow, pump: Pump) -> None:
    page.take([connected(HOST, BEN)])
    composer = page.conversation.composer
    root.geometry("320x500")
    pump(lambda: composer._slim)
    line, counter = composer._line, composer._counter
    pump(lambda: line.winfo_reqheight() == counter.winfo_reqheight())  # one line, as the empty counter is
    composer.type("x" * (MAX_TEXT_CHARS + 1))
    pump(lambda: bool(counter["text"]))
    pump(lambda: line.winfo_x() + line.winfo_width() <= counter.winfo_x())
    assert counter.winfo_x() + counter.winfo_width() <= composer.winfo_width()


def test_slowed_and_a_full_disk_are_told_in_the_window(page: ClientWindow) -> None:
    page.take([connected(BEN), Slowed()])
    assert page.banner.text == SLOWED
    from netcore.engine import Failed

    page.take([Failed(StorageFull(why="no space left"))])
    assert "disk is full" in page.banner.text
    assert page.conversation.composer.button.instate(["!disabled"])


def test_names_that_would_turn_the_line_round_are_cleaned(page: ClientWindow, pump: Pump) -> None:
    """What comes from elsewhere is cleaned again at each sink, the window's title too."""
    evil = Member(key("evil"), "Ben\u202e nimda")
    page.take([Connecting("h\u202eost", 1), connected(evil), MemberLeft(evil, "left")])
    page.take([Chat(1, evil.id, evil.name, "text\u202e\x07", NOON_MS, False)])
    pump()
    assert "\u202e" not in page.conversation.transcript.text.get("1.0", "end")
    assert "\u202e" not in page.title


@pytest.mark.parametrize("room", ["LocalChat", "(3) LocalChat", "Physics – LocalChat", "”: “x", "a\nb", ""])
def test_a_room_cannot_pass_for_another_title(page: ClientWindow, window: Window, room: str) -> None:
    """Its name stands in quotes, which no name has: it is not the first page's title, nor a count of news."""
    window.page = page
    page.set_room(room, "")
    window.retitle()
    assert re.fullmatch("“[^“”\n]*” – LocalChat", window.root.title())


def test_the_fingerprint_opens_under_the_lock_and_esc_closes_it(page: ClientWindow, pump: Pump) -> None:
    page.take([connected(BEN)])
    pump()
    page.header.show_fingerprint()
    popup = page.header._popup
    assert popup is not None
    pump(lambda: popup.winfo_ismapped())
    popup.event_generate("<Escape>")
    pump(lambda: not popup.winfo_exists())
    assert page.header.fingerprint == SERVER_KEY


def test_zoom_and_theme_keep_every_state(page: ClientWindow, look: Look, pump: Pump) -> None:
    page.take([connected(HOST, BEN), said(1, BEN, "hello")])
    page.conversation.composer.set_target(BEN)
    page.conversation.composer.field.value = "whisper draft"
    look.set_palette("dark")
    look.set_zoom(200)
    pump()
    assert page.conversation.composer.written() == "whisper draft"
    assert page.conversation.composer.field.instate(["alternate"])
    assert str(page.members.canvas["background"]) == look.palette.window


def test_whose_fingerprint_was_compared_is_said_under_the_name(
    root: tk.Tk, look: Look, diary: Diary, show: Show, pump: Pump
) -> None:
    page = ClientWindow(root, look, diary.actions())
    page.take([connected(BEN), ComparedMembers(frozenset({BEN.id}))])
    show(page, "1000x680")
    assert "compared" in page.members._roles
    page.members._mark(1)
    page.members.show_key()
    popup = next(child for child in page.members.canvas.winfo_children()
                 if isinstance(child, FingerprintPopup))
    popup.box.invoke()
    assert diary.commands[-1:] == [MarkCompared(BEN.id, False)]
    popup.destroy()
    page.members._mark(0)
    page.members.show_key()
    own = next(child for child in page.members.canvas.winfo_children() if isinstance(child, FingerprintPopup))
    assert not hasattr(own, "box"), "one's own key is not compared with itself"
    own.destroy()
