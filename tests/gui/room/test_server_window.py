"""The host's page, fed with events."""

from __future__ import annotations

import tkinter as tk
from dataclasses import replace

import pytest

from gui.look.look import Look
from gui.room.addresses_panel import short_invite, way
from gui.room.server_window import EMPTY, NOT_KEPT, ServerWindow
from netcore.engine import Kick, Member, MemberJoined, MemberLeft, MemberTraffic, Reach, Say, Traffic, Whisper
from tests.gui.cast import ADA, BEN, HOST, NOON_MS, Diary, listening, person, said
from tests.gui.room.pages import Show, words
from tests.gui.waiting import Pump


@pytest.fixture
def page(root: tk.Tk, look: Look, diary: Diary, show: Show) -> ServerWindow:
    made = ServerWindow(root, look, diary.actions())
    made.take([listening()])
    show(made, "1080x700")
    return made


def joined(*members: Member) -> list[MemberJoined]:
    return [MemberJoined(replace(one, address="192.168.1.31:52144", since_ms=NOON_MS)) for one in members]


def test_the_addresses_and_the_invite_are_there_to_copy(root: tk.Tk, page: ServerWindow, pump: Pump) -> None:
    """Addresses to connect to (each network interface, copy button, copy invite)."""
    texts = words(page.addresses)
    assert "192.168.1.20:5050" in texts
    assert "10.0.0.7:5050" in texts
    page.addresses.copy_address.invoke()
    assert root.clipboard_get() == "192.168.1.20:5050"
    page.addresses.copy_invite.invoke()
    assert root.clipboard_get() == listening().invite


def test_an_empty_room_says_what_to_do(page: ServerWindow) -> None:
    assert EMPTY in page.conversation.transcript.copied_text()


def test_a_room_without_history_says_so(root: tk.Tk, look: Look, diary: Diary) -> None:
    page = ServerWindow(root, look, diary.actions())
    page.take([listening(kept=False)])
    assert NOT_KEPT in page.conversation.transcript.copied_text()


def test_members_stand_with_address_and_traffic(page: ServerWindow) -> None:
    """Members with address, since when, bytes in/out."""
    page.take(joined(BEN, ADA))
    rows = page.table.tree.get_children()
    assert [page.table.tree.item(row, "text").strip() for row in rows] == ["Ms Okafor", "Ada", "Ben"]
    page.take([Traffic((MemberTraffic(BEN.id, 21_700, 999),), 1_000_000, 2_000, 4)])
    ben = BEN.id.hex()
    assert page.table.tree.set(ben, "address") == "192.168.1.31:52144"
    assert page.table.tree.set(ben, "in") == "21.7 KB"
    assert page.table.tree.set(ben, "out") == "999 B"
    assert "In 1.0 MB" in str(page.table._sums["text"])
    page.take([MemberLeft(BEN, "lost")])
    assert not page.table.tree.exists(ben)


def test_remove_asks_in_the_window_and_carries_the_reason(
    page: ServerWindow, diary: Diary, pump: Pump
) -> None:
    """Kick with a reason."""
    page.take(joined(BEN))
    page.table.tree.selection_set(BEN.id.hex())
    pump()
    page.table.remove_button.invoke()
    pump()
    assert diary.commands == []
    page.table.question.reason.insert(0, "  spam ")
    page.table.question.reason.event_generate("<Return>")
    pump()
    assert diary.commands == [Kick(BEN.id, "spam")]
    page.take([MemberLeft(BEN, "kicked")])
    assert "You removed Ben." in page.conversation.transcript.copied_text()


def test_esc_keeps_the_member(page: ServerWindow, diary: Diary, pump: Pump) -> None:
    page.take(joined(BEN))
    page.table.tree.selection_set(BEN.id.hex())
    pump()
    page.table.ask()
    page.escape()
    pump()
    assert not page.table.question.winfo_ismapped()
    assert diary.commands == []


def test_the_host_cannot_be_removed_or_whispered_to(page: ServerWindow, diary: Diary, pump: Pump) -> None:
    page.table.tree.selection_set(HOST.id.hex())
    pump()
    assert page.table.remove_button.instate(["disabled"])
    page.table.ask()
    page.table._whisper()
    assert page.table.question.member is None
    assert page.conversation.composer.target is None


def test_the_question_goes_when_the_member_leaves_by_itself(page: ServerWindow, pump: Pump) -> None:
    page.take(joined(BEN))
    page.table.tree.selection_set(BEN.id.hex())
    pump()
    page.table.ask()
    page.take([MemberLeft(BEN, "left")])
    pump()
    assert not page.table.question.winfo_ismapped()


def test_the_host_speaks_to_everyone_or_one(page: ServerWindow, diary: Diary, pump: Pump) -> None:
    """The same chat for the host's own voice (everyone or one member)."""
    page.take(joined(BEN))
    page.conversation.composer.field.value = "hello all"
    page.conversation.composer.text.event_generate("<Return>")
    page.table.tree.selection_set(BEN.id.hex())
    pump()
    page.table.whisper_button.invoke()
    page.conversation.composer.field.value = "hello you"
    page.conversation.composer.text.event_generate("<Return>")
    pump()
    assert diary.commands == [Say(1, "hello all"), Whisper(2, BEN.id, "hello you")]
    page.take([said(1, HOST, "hello all", True, 1)])
    assert page.conversation.transcript.copied_text().count("hello all") == 1


def test_stop_asks_while_members_are_present(page: ServerWindow, diary: Diary, pump: Pump) -> None:
    """Stop with a question when members are present; the default is to go on."""
    page.take(joined(BEN, ADA))
    assert not page.may_close()
    pump()
    assert page._question.winfo_ismapped()
    assert "2 members are in the room" in str(page._question.words["text"])
    assert page.focus_get() is page._question.keep
    page._question.keep.event_generate("<Return>")
    pump()
    assert diary.left == 0
    page.stop_button.invoke()
    page.escape()
    assert diary.left == 0
    page.stop_button.invoke()
    page.stop()
    assert (diary.left, diary.closed) == (1, 0)
    assert page.may_close()


def test_a_closed_window_asks_and_then_closes(page: ServerWindow, diary: Diary) -> None:
    page.take(joined(BEN))
    assert not page.may_close()
    page.stop()
    assert (diary.left, diary.closed) == (0, 1)


def test_an_empty_room_stops_without_a_question(page: ServerWindow, diary: Diary) -> None:
    page.stop_button.invoke()
    assert diary.left == 1


def test_a_narrow_window_shows_the_chat_and_the_members_behind_their_count(
    root: tk.Tk, page: ServerWindow, pump: Pump
) -> None:
    page.take(joined(BEN))
    root.geometry("620x600")
    pump(lambda: not page.table.winfo_ismapped())
    assert page.conversation.winfo_ismapped()
    page._count.invoke()
    pump(lambda: page.table.winfo_ismapped() and not page.conversation.winfo_ismapped())
    page.toggle_members()
    pump(lambda: page.conversation.winfo_ismapped())


def test_two_hundred_members_in_the_table(page: ServerWindow, pump: Pump) -> None:
    page.take(joined(*(person(f"Member {n}") for n in range(200))))
    pump()
    assert len(page.table.tree.get_children()) == 201
    assert page.table._bar.winfo_ismapped()


@pytest.mark.parametrize(("interface", "words"), [
    ("wlan0", "over Wi-Fi"), ("enp3s0", "by cable"), ("this computer", "on this computer"), ("zt0", "at zt0"),
])
def test_interfaces_have_words(interface: str, words: str) -> None:
    assert way(Reach(interface, "x"))[0] == words


def test_a_long_invite_keeps_its_address_and_the_fingerprints_beginning() -> None:
    short = short_invite("localchat://192.168.1.20:5050/#0123456789abcdef0123456789abcdef")
    assert short.startswith("localchat://192.168.1.20")
    assert "#01234567…" in short
    assert len(short) <= 38
