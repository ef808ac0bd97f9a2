"""The first page: what it asks for, what it refuses beside the field, what it remembers."""

from __future__ import annotations

import tkinter as tk
from dataclasses import dataclass, field
from tkinter import ttk

import pytest

from gui.look.look import Look
from gui.remembered import Remembered
from gui.start.first_page import SIZE
from gui.start.role_page import (
    LOCAL_NETWORK,
    OTHER_FOLDER,
    THIS_COMPUTER,
    HostWish,
    JoinWish,
    RoleActions,
    RolePage,
)
from netcore.before_start import KnownRoom
from netcore.errors import FolderInUse, FolderNotWritable
from tests.gui.cast import SERVER_KEY, key
from tests.gui.waiting import Pump


@dataclass
class Wishes:
    host: list[HostWish] = field(default_factory=list)
    join: list[JoinWish] = field(default_factory=list)
    cancelled: int = 0

    def actions(self) -> RoleActions:
        def cancel() -> None:
            self.cancelled += 1

        return RoleActions(self.host.append, self.join.append, cancel, lambda: None, lambda: None,
                           lambda: None, lambda nick: key(nick) if nick == "Ada" else b"",
                           lambda room: key("the host") if room == "Physics 10b" else b"",
                           lambda: "192.168.1.20")


@pytest.fixture
def wishes() -> Wishes:
    return Wishes()


@pytest.fixture
def page(root: tk.Tk, look: Look, wishes: Wishes, pump: Pump) -> RolePage:
    root.geometry("960x700")
    rooms = (KnownRoom(SERVER_KEY, "Physics 10b", "192.168.1.20:5050"),)
    made = RolePage(root, look, Remembered(nick="Ada", room="Physics 10b"), rooms, wishes.actions())
    made.pack(fill="both", expand=True)
    pump()
    root.focus_force()
    made.focus_here()
    pump()
    return made


def problem(page: RolePage, name: str) -> str:
    children = page.errors[name].winfo_children()
    return " ".join(str(child.cget("text")) for child in children)


def test_the_last_values_are_there_and_enter_opens_the_room(
    page: RolePage, wishes: Wishes, pump: Pump
) -> None:
    """Last values are remembered."""
    pump(lambda: page.focus_get() is page.fields["room"])
    page.fields["room"].event_generate("<Return>")
    pump()
    assert wishes.host == [HostWish("Ada", "Physics 10b", 5050, True)]


def test_a_new_host_opens_to_the_local_network_and_reads_where_others_find_it(
    page: RolePage, wishes: Wishes
) -> None:
    """The default does what a teacher wants, and the choice is explained in plain words."""
    assert page.reach.value == LOCAL_NETWORK
    page.find_address()
    assert "everyone on the same network" in str(page._reach_words["text"])
    assert "192.168.1.20." in str(page._reach_words["text"])
    page._port.set("6060")
    assert "192.168.1.20:6060" in str(page._reach_words["text"])
    page._port.set("0")
    assert "a free port" in str(page._reach_words["text"])
    page.host_button.invoke()
    page.reach.buttons[THIS_COMPUTER].invoke()
    assert "only windows on this computer" in str(page._reach_words["text"])
    page.host_button.invoke()
    assert wishes.host == [HostWish("Ada", "Physics 10b", 0, True), HostWish("Ada", "Physics 10b", 0, False)]


def test_a_port_of_thousands_of_digits_is_refused_as_any_other(
    page: RolePage, wishes: Wishes, pump: Pump
) -> None:
    page.fields["room"].insert(0, "Physics 10b")
    page.fields["port"].delete(0, "end")
    page.fields["port"].insert(0, "5" * 5_000)
    page.host()
    assert problem(page, "port") and wishes.host == []


def test_the_port_is_among_the_details_until_it_is_at_fault(page: RolePage, pump: Pump) -> None:
    assert not page.fields["port"].winfo_ismapped()
    page.problem("port", "Port 5050 is in use.")
    pump()
    assert page.fields["port"].winfo_ismapped()
    assert str(page.free_port["text"]) == "Use a free port"
    page.free_port.event_generate("<Button-1>")
    assert page.fields["port"].get() == "0"
    assert problem(page, "port") == ""


def test_who_has_given_no_name_types_over_the_guessed_one(
    root: tk.Tk, look: Look, wishes: Wishes, pump: Pump
) -> None:
    """The login of a shared computer is another person's name."""
    page = RolePage(root, look, Remembered(), (), wishes.actions(), "pc17")
    page.pack(fill="both", expand=True)
    pump()
    root.focus_force()
    page.focus_here()
    pump()
    pump(lambda: page.focus_get() is page.fields["nick"])
    assert page.fields["nick"].get() == "pc17"
    assert page.fields["nick"].index("sel.first") == 0 and page.fields["nick"].index("sel.last") == 4


def test_a_hosts_disc_is_that_of_the_rooms_key(page: RolePage, look: Look) -> None:
    """A host's key belongs to the room: the disc of a member's key would not be the one others see."""
    assert str(page._disc["image"]) == str(look.disc(key("the host"), 40))
    page._room.set("A new room")
    others = (look.disc(key("the host"), 40), look.disc(key("Ada"), 40))
    assert str(page._disc["image"]) not in map(str, others)
    page._choose_card("join")
    assert str(page._disc["image"]) == str(look.disc(key("Ada"), 40))


@pytest.mark.parametrize(("name", "text", "words"), [
    ("nick", "", "Others need a name"), ("nick", "x" * 25, "cannot be a name"),
    ("nick", "\u202eevil", "cannot be a name"), ("room", " ", "A room needs a name"),
    ("port", "70000", "not a port"), ("port", "x", "not a port"), ("port", "٥٠", "not a port"),
])
def test_a_mistake_is_said_beside_its_field_and_the_text_stays(
    page: RolePage, wishes: Wishes, pump: Pump, name: str, text: str, words: str
) -> None:
    """Errors put the cursor where the mistake is."""
    page._texts[name].set(text)
    page.host_button.invoke()
    pump()
    assert words in problem(page, name)
    assert page.fields[name].instate(["invalid"])
    assert page.fields[name].get() == text
    pump(lambda: page.focus_get() is page.fields[name])
    assert wishes.host == []
    page._texts[name].set("1234")
    assert problem(page, name) == ""
    assert page.fields[name].instate(["!invalid"])


@pytest.mark.parametrize(("nick", "room"), [
    ("O'Brien", "Class 7b (Mr. Smith)"), ("D’Angelo", "7a/7b"), ("علی\u200cرضا", "Q: why?"),
])
def test_real_names_are_taken_and_rooms_are_named_more_freely(
    page: RolePage, wishes: Wishes, nick: str, room: str
) -> None:
    page._texts["nick"].set(nick)
    page._texts["room"].set(room)
    page.host_button.invoke()
    assert [(wish.nick, wish.room) for wish in wishes.host] == [(nick, room)]
    page._texts["nick"].set(room)
    page.host_button.invoke()
    assert "cannot be a name" in problem(page, "nick")


def test_join_takes_an_address_or_an_invite(page: RolePage, wishes: Wishes, pump: Pump) -> None:
    page.join_button.invoke()
    assert "paste the invite" in problem(page, "address")
    page._address.set("  localchat://192.168.1.20:5050/#00112233445566778899aabbccddeeff ")
    page.fields["address"].focus_set()
    pump()
    page.fields["address"].event_generate("<Return>")
    pump()
    assert wishes.join == [JoinWish("Ada", "localchat://192.168.1.20:5050/#00112233445566778899aabbccddeeff")]


def test_the_card_in_use_has_the_primary_button(page: RolePage, pump: Pump) -> None:
    """One primary button in a view."""
    page.fields["address"].focus_set()
    pump()
    assert str(page.join_button["style"]) == "Primary.TButton"
    assert str(page.host_button["style"]) == "TButton"


def test_a_known_room_fills_the_address(page: RolePage) -> None:
    page.take_address("192.168.1.20:5050")
    assert page._address.get() == "192.168.1.20:5050"


def test_name_taken_keeps_the_text_and_proposes_one(page: RolePage, wishes: Wishes, pump: Pump) -> None:
    """States: "name taken (the field keeps the text and proposes one)"."""
    page.show_busy("join", "Connecting…")
    page.problem("nick", "“Ada” belongs to someone else in this room.", "Ada.2")
    pump()
    assert page.fields["nick"].get() == "Ada"
    link = page.errors["nick"].winfo_children()[1]
    assert str(link.cget("text")) == "Use “Ada.2”"
    link.event_generate("<Button-1>")
    assert page.fields["nick"].get() == "Ada.2"
    assert problem(page, "nick") == ""


def test_busy_offers_cancel_and_esc(page: RolePage, wishes: Wishes, pump: Pump) -> None:
    """States: "connecting"."""
    page.show_busy("join", "Connecting to 10.0.0.7:5050…")
    assert str(page.join_button["text"]) == "Cancel"
    assert page.host_button.instate(["disabled"])
    page.join()
    assert wishes.join == []
    page.join_button.invoke()
    page.escape()
    assert wishes.cancelled == 2
    page.idle()
    assert str(page.join_button["text"]) == "Join"


def test_what_belongs_to_no_field_stands_above_the_button(page: RolePage) -> None:
    page.show_busy("host", "Opening the room…")
    page.failure("host", FolderInUse(what="/x"))
    assert "open in another LocalChat window" in str(page._host_line["text"])


def test_another_folder_is_a_command_to_copy(page: RolePage, pump: Pump) -> None:
    """What is to be typed elsewhere can be marked and copied."""
    page.failure("host", FolderNotWritable(path="/x", why="no rights"))
    pump()
    assert "/x" in str(page._host_line["text"])
    command = page._command
    assert command is not None and command.winfo_ismapped()
    command.copy_button.invoke()
    assert page.clipboard_get() == command.entry.get() == OTHER_FOLDER
    assert "--data-dir" in OTHER_FOLDER
    page.show_busy("host", "Opening the room…")
    assert page._command is None


def test_the_disc_comes_from_the_names_key(page: RolePage, look: Look) -> None:
    """Role dialog: the disc's colour comes from the key when that nick's key exists."""
    page._choose_card("join")
    with_key = str(page._disc["image"])
    page._nick.set("Someone else")
    assert str(page._disc["image"]) != with_key
    assert str(page._disc["text"]) == "S"


def test_at_a_high_zoom_the_cards_stand_under_one_another(page: RolePage, look: Look, pump: Pump) -> None:
    look.set_zoom(200)
    pump(lambda: page._stacked)
    assert page._cards["join"].grid_info()["row"] == 1


def test_then_the_card_of_last_time_is_the_first(
    root: tk.Tk, look: Look, wishes: Wishes, pump: Pump
) -> None:
    """On the screen and for Tab; side by side they have their places."""
    root.geometry("1360x900")
    look.set_zoom(200)
    page = RolePage(root, look, Remembered(role="join", nick="Ada"), (), wishes.actions())
    page.pack(fill="both", expand=True)
    pump(lambda: page._stacked)
    assert page._cards["join"].grid_info()["row"] == 0 and page._cards["host"].grid_info()["row"] == 1
    assert page.fields["nick"].tk_focusNext() is page.fields["address"]
    assert page.join_button.tk_focusNext() is page.fields["room"]
    look.set_zoom(100)
    pump(lambda: not page._stacked)
    assert page._cards["host"].grid_info()["column"] == 0
    assert page.fields["nick"].tk_focusNext() is page.fields["room"]


def test_by_tab_the_way_to_the_doctor_comes_into_sight(
    root: tk.Tk, look: Look, page: RolePage, pump: Pump
) -> None:
    """It was not there when the page was filled."""
    root.geometry("1360x560")
    look.set_zoom(200)
    pump(lambda: page._stacked)
    root.focus_force()
    page._address.set("10.0.0.7")
    page.unreachable(LONG)
    pump(lambda: page.focus_get() is page.fields["address"])
    page.fields["address"].event_generate("<Tab>")
    link = page.errors["address"].winfo_children()[1]
    pump(lambda: page.focus_get() is link)
    pump()
    top, bottom = root.winfo_rooty(), root.winfo_rooty() + root.winfo_height()
    assert top <= link.winfo_rooty() and link.winfo_rooty() + link.winfo_height() <= bottom


def test_settings_of_the_wrong_kind_count_as_not_there() -> None:
    wrong: dict[str, str | int | bool] = {"nick": 5, "port": True, "local_network": 1, "x": "y"}
    made = Remembered.read({**wrong, "zoom": 150, "theme": "dark"})
    assert made == Remembered(zoom=150, theme="dark")
    assert Remembered.read({"port": 70_000}).port == 5050
    assert Remembered.read(Remembered(nick="Ben", port=0).values()) == Remembered(nick="Ben", port=0)


LONG = ("Port 5050 on 192.168.100.200 is in use. Another room, or another program, has it. Take another port "
        "(0 takes a free one), or stop the other program.")


@pytest.mark.parametrize("where", ["nick", "room", "port", "address", "host", "join"])
def test_a_sentence_does_not_make_the_page_higher_than_its_window(
    root: tk.Tk, page: RolePage, pump: Pump, where: str
) -> None:
    root.geometry(f"{SIZE[0]}x{SIZE[1]}")
    if where in page.fields:
        page.problem(where, LONG, "" if where == "port" else "another")
    else:
        page.failure(where, FolderNotWritable(path="/home/a-person/.local/share/localchat", why="no rights"))
    pump(lambda: root.winfo_height() == SIZE[1])
    assert page._scrolled.inner.winfo_reqheight() <= SIZE[1]


@pytest.mark.parametrize(("height", "first"), [(900, "room"), (560, "nick")])
def test_at_a_high_zoom_the_page_opens_at_its_top(
    root: tk.Tk, look: Look, wishes: Wishes, pump: Pump, height: int, first: str
) -> None:
    """The cursor stands in the usual field if that is in the first view, else in the first one."""
    root.geometry(f"1360x{height}")
    look.set_zoom(200)
    page = RolePage(root, look, Remembered(nick="Ada", room="Physics 10b"), (), wishes.actions())
    page.pack(fill="both", expand=True)
    pump()
    root.focus_force()
    page.focus_here()
    pump()
    assert page._scrolled._canvas.canvasy(0) == 0
    pump(lambda: page.focus_get() is page.fields[first])


def test_a_zoom_change_cuts_nothing_off_at_the_side(
    root: tk.Tk, look: Look, page: RolePage, pump: Pump
) -> None:
    root.geometry("1100x700")
    for zoom in (125, 150, 175, 200):
        look.set_zoom(zoom)
        pump()
        edge = root.winfo_rootx() + root.winfo_width()
        for widget in (page._theme, page._about_disc, page._claim, page.host_button):
            assert widget.winfo_rootx() + widget.winfo_reqwidth() <= edge, (zoom, widget)


@pytest.mark.parametrize("zoom", [100, 200])
def test_no_word_of_a_mistake_is_cut_off(
    root: tk.Tk, look: Look, page: RolePage, pump: Pump, zoom: int
) -> None:
    """Of "this name is not known here" the "not" was, in a window of 800 pixels at 200 %."""
    root.geometry("800x700")
    look.set_zoom(zoom)
    pump()
    for where in ("address", "room"):
        page.problem(where, LONG)
        pump()
        (words,) = (one for one in page.errors[where].winfo_children() if isinstance(one, ttk.Label))
        assert words.winfo_reqwidth() <= page.fields[where].winfo_width(), (where, zoom)
