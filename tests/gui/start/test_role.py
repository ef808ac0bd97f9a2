"""The first page: what it asks for, what it refuses beside the field, what it remembers."""

from __future__ import annotations

import tkinter as tk
from dataclasses import dataclass, field

import pytest

from gui.look.look import Look
from gui.remembered import Remembered
from gui.start.role import HostWish, JoinWish, RoleActions, RolePage
from netcore.before_start import KnownRoom
from netcore.errors import FolderInUse
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
    assert page.focus_get() is page.fields["room"]
    page.fields["room"].event_generate("<Return>")
    pump()
    assert wishes.host == [HostWish("Ada", "Physics 10b", 5050, False)]


def test_local_network_is_chosen_and_says_where_others_find_it(page: RolePage, wishes: Wishes) -> None:
    page.reach.buttons["network"].invoke()
    assert str(page._reach_address["text"]) == "192.168.1.20:5050"
    page._port.set("0")
    assert "a free port" in str(page._reach_address["text"])
    page.host_button.invoke()
    assert wishes.host == [HostWish("Ada", "Physics 10b", 0, True)]


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
    assert page.focus_get() is page.fields[name]
    assert wishes.host == []
    page._texts[name].set("1234")
    assert problem(page, name) == ""
    assert page.fields[name].instate(["!invalid"])


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
    page.busy("join", "Connecting…")
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
    page.busy("join", "Connecting to 10.0.0.7:5050…")
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
    page.busy("host", "Opening the room…")
    page.failure("host", FolderInUse(what="/x"))
    assert "open in another LocalChat window" in str(page._host_line["text"])


def test_the_disc_comes_from_the_names_key(page: RolePage, look: Look) -> None:
    """Role dialog: the disc's colour comes from the key when that nick's key exists."""
    with_key = str(page._disc["image"])
    page._nick.set("Someone else")
    assert str(page._disc["image"]) != with_key
    assert str(page._disc["text"]) == "S"


def test_at_a_high_zoom_the_cards_stand_under_one_another(page: RolePage, look: Look, pump: Pump) -> None:
    look.set_zoom(200)
    pump(lambda: page._stacked)
    assert page._cards["join"].grid_info()["row"] == 1


def test_settings_of_the_wrong_kind_count_as_not_there() -> None:
    wrong: dict[str, str | int | bool] = {"nick": 5, "port": True, "local_network": 1, "x": "y"}
    made = Remembered.read({**wrong, "zoom": 150, "theme": "dark"})
    assert made == Remembered(zoom=150, theme="dark")
    assert Remembered.read({"port": 70_000}).port == 5050
    assert Remembered.read(Remembered(nick="Ben", port=0).values()) == Remembered(nick="Ben", port=0)
