"""The host's page, fed with events."""

from __future__ import annotations

import tkinter as tk
from dataclasses import replace

import pytest

from gui.look.look import Look
from gui.room.addresses_panel import CLOSE, OPEN, read_aloud, short_invite, way
from gui.room.fingerprint_popup import FingerprintPopup
from gui.room.server_window import EMPTY, NOT_KEPT, ServerWindow
from gui.widgets.fingerprint_picture import fingerprint_groups
from netcore.engine import (
    FOR_THE_NETWORK,
    FOR_THIS_COMPUTER,
    ComparedMembers,
    Kick,
    MarkCompared,
    Member,
    MemberJoined,
    MemberLeft,
    MemberTraffic,
    Reach,
    ReachChanged,
    Say,
    SetReach,
    Traffic,
    Whisper,
)
from tests.gui.cast import ADA, BEN, HOST, NOON_MS, Diary, listening, person, said
from tests.gui.room.pages import Show, words, write
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
    assert "192.168.1.20" in texts
    assert "10.0.0.7" in texts
    page.addresses.copy_address.invoke()
    assert root.clipboard_get() == "192.168.1.20:5050"
    page.addresses.copy_invite.invoke()
    assert root.clipboard_get() == listening().invite


def test_who_can_join_is_shown_and_can_be_changed_while_the_room_is_open(
    page: ServerWindow, diary: Diary, pump: Pump
) -> None:
    """The listener is opened anew; members stay, and what the server says of it is what is shown."""
    link = page.addresses.reach_link
    assert FOR_THE_NETWORK in words(page.addresses) and CLOSE in words(page.addresses)
    link.focus_set()
    pump()
    link.event_generate("<Return>")
    assert diary.commands == [SetReach("127.0.0.1")]
    assert FOR_THE_NETWORK in words(page.addresses), "not before the server has done it"
    invite = "localchat://127.0.0.1:5050/#00"
    page.take([ReachChanged("127.0.0.1", 5050, invite, (Reach("this computer", "127.0.0.1:5050"),))])
    pump()
    assert {FOR_THIS_COMPUTER, OPEN, "127.0.0.1"} <= set(words(page.addresses))
    pump(lambda: page.focus_get() is page.addresses.reach_link)
    page.addresses.copy_invite.invoke()
    assert page.clipboard_get() == invite
    assert FOR_THIS_COMPUTER in page.conversation.transcript.copied_text()
    page.addresses.reach_link.event_generate("<Return>")
    page.focus_here()
    write(page, "/reach network", pump)
    write(page, "/reach Computer", pump)
    assert diary.commands[1:] == [SetReach("0.0.0.0"), SetReach("0.0.0.0"), SetReach("127.0.0.1")]


def test_a_new_network_renews_card_and_invite(page: ServerWindow, pump: Pump) -> None:
    """Several addresses of one interface, and one that a cable without a router gives, count."""
    invite = "localchat://169.254.7.7:5050/#00"
    reaches = (Reach("eth0", "169.254.7.7:5050"), Reach("eth0", "169.254.7.8:5050"),
               Reach("this computer", "127.0.0.1:5050"))
    page.take([ReachChanged("0.0.0.0", 5050, invite, reaches)])
    pump()
    assert {"169.254.7.7", "169.254.7.8", FOR_THE_NETWORK} <= set(words(page.addresses))
    assert "192.168.1.20" not in words(page.addresses)
    assert "The address is 169.254.7.7 now." in page.conversation.transcript.copied_text()
    page._copy_invite()
    assert page.clipboard_get() == invite


@pytest.mark.parametrize(("address", "aloud"), [
    ("192.168.1.20:5050", "192.168.1.20"), ("192.168.1.20:6060", "192.168.1.20:6060"),
    ("[fe80::1]:5050", "[fe80::1]"),
])
def test_the_usual_port_is_not_read_aloud(address: str, aloud: str) -> None:
    assert read_aloud(address) == aloud


@pytest.mark.parametrize("width", [380, 620, 800, 1080])
def test_the_picture_stands_beside_the_invite_at_every_width(
    root: tk.Tk, page: ServerWindow, pump: Pump, width: int
) -> None:
    """The trust question sends those who join to look at it."""
    root.geometry(f"{width}x600")
    pump(lambda: page.winfo_width() == width)
    for widget in (page.addresses.picture, page.addresses.copy_invite, page.addresses.reach_link):
        assert widget.winfo_viewable()
        assert widget.winfo_rootx() + widget.winfo_reqwidth() <= root.winfo_rootx() + width


def test_at_a_high_zoom_there_is_room_to_write(
    root: tk.Tk, look: Look, page: ServerWindow, pump: Pump
) -> None:
    """A projector of 1360 x 700 at 200 %: the card of addresses makes room for the composer."""
    root.geometry("1360x700")
    look.set_zoom(200)
    pump(lambda: page.winfo_height() == 700)
    field = page.conversation.composer.field
    assert field.winfo_rooty() + field.winfo_reqheight() <= root.winfo_rooty() + 700
    assert page.conversation.transcript.winfo_height() > look.px(60)
    assert page.addresses.copy_invite.winfo_viewable() and page.addresses.reach_link.winfo_viewable()


def test_port_and_epoch_are_among_the_details(page: ServerWindow, pump: Pump) -> None:
    page.take([Traffic((), 10, 20, 4)])
    pump()
    seen = words(page.header) + words(page.addresses) + words(page.table)
    assert not [text for text in seen if "port" in text or "epoch" in text]
    page.toggle_room()
    details = " ".join(words(page.panel))
    assert "port 5050" in details and "epoch 4" in details


def test_the_fingerprint_of_a_member_is_shown_to_be_compared(
    page: ServerWindow, diary: Diary, pump: Pump
) -> None:
    page.take(joined(BEN))
    page.table.tree.selection_set(BEN.id.hex())
    page.table.tree.focus_force()
    pump()
    page.table.tree.event_generate("<k>")
    pump()
    popup = next(child for child in page.table.tree.winfo_children() if isinstance(child, FingerprintPopup))
    assert {"The key of “Ben”", *fingerprint_groups(BEN.id)} <= set(words(popup))
    popup.box.invoke()
    assert diary.commands == [MarkCompared(BEN.id, True)]
    popup.event_generate("<Escape>")
    pump(lambda: not popup.winfo_exists())
    pump(lambda: page.focus_get() is page.table.tree)
    page.take([ComparedMembers(frozenset({BEN.id}))])
    page.table.show_key()
    again = next(child for child in page.table.tree.winfo_children() if isinstance(child, FingerprintPopup))
    assert again.compared.get()
    again.destroy()


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
    assert page.table.tree.set(ben, "address") == "192.168.1.31"
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
    assert "You removed “Ben”." in page.conversation.transcript.copied_text()


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
    pump(lambda: page.focus_get() is page._question.keep)
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
    assert short == "localchat://192.168.1.20:5050/#01234567…"
    longest = short_invite("localchat://255.255.255.255:65535/#0123456789abcdef0123456789abcdef")
    assert longest == "localchat://255.255.255.255:65535/#01234567…"
    assert len(short_invite(f"localchat://[{'1234:' * 7}1234]:65535/#0123456789abcdef")) <= 48
