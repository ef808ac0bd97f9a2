"""Rooms that are found while one is about to join: when the network is asked, and what the list does."""

from __future__ import annotations

import socket
import time
import tkinter as tk
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gui.app import open_first_page, open_window
from gui.look.look import Look
from gui.remembered import Remembered
from gui.start.first_page import FirstPage
from gui.start.role_page import FOUND_CAPTION, KNOWN_CAPTION, LOOKING, RESTING, START_LOOKING, RolePage
from gui.start.room_list import RoomList, rows_of
from gui.window import Window
from netcore.before_start import KnownRoom, settings
from netcore.engine import FoundRoom, Standing
from netcore.options import Options
from netcore.wire.discovery import RoomAnswer, decode_query, encode_answer
from tests.gui.cast import SERVER_KEY, key
from tests.gui.start.test_role_page import Wishes
from tests.gui.waiting import Pump
from tests.net.searching import free_udp_port
from tests.waiting import wait_until

PHYSICS = FoundRoom("Physics 10b", "Weiß", "192.168.1.20:5050", 12, SERVER_KEY, Standing.KNOWN)
CHESS = FoundRoom("Chess", "Bo", "192.168.1.30:5050", 1, key("chess"), Standing.NEW)
FALSE = FoundRoom("Physics 10b", "Weiß", "192.168.1.99:5050", 12, key("false"), Standing.NAMESAKE)


@pytest.fixture
def wishes() -> Wishes:
    return Wishes()


@pytest.fixture
def page(root: tk.Tk, look: Look, wishes: Wishes, pump: Pump) -> RolePage:
    root.geometry("960x700")
    rooms = (KnownRoom(SERVER_KEY, "Physics 10b", "192.168.1.20:5050"),
             KnownRoom(key("x"), "Old", "10.0.0.1:1"))
    made = RolePage(root, look, Remembered(role="join", nick="Ada"), rooms, wishes.actions())
    made.pack(fill="both", expand=True)
    made.offer_search(True)
    pump()
    root.focus_force()
    made.focus_here()
    pump()
    return made


def the_list(page: RolePage) -> RoomList:
    assert page._found is not None
    return page._found


def caption(page: RolePage) -> str:
    assert page._rooms_caption is not None
    return str(page._rooms_caption["text"])


def words(page: RolePage) -> list[tuple[str, str, str, str]]:
    labels = [(row._room_name, row._who, row.standing, row._address) for row in the_list(page).rows]
    return [(str(a["text"]), str(b["text"]), str(c["text"]), str(d["text"])) for a, b, c, d in labels]


def test_found_rooms_come_first_and_known_ones_that_are_silent_stay(page: RolePage, pump: Pump) -> None:
    assert caption(page) == KNOWN_CAPTION
    page.show_searching(True)
    assert caption(page) == LOOKING
    page.show_found([PHYSICS, CHESS, FALSE])
    pump()
    assert caption(page) == FOUND_CAPTION
    assert words(page) == [
        ("Physics 10b", "Weiß  ·  12 members", "known", "192.168.1.20:5050"),
        ("Chess", "Bo  ·  1 member", "new", "192.168.1.30:5050"),
        ("Physics 10b", "Weiß  ·  12 members", "another key than you know", "192.168.1.99:5050"),
        ("Old", "not heard now", "known", "10.0.0.1:1"),
    ]
    assert "Error" in str(the_list(page).rows[2].standing["style"])
    assert not page._known.winfo_ismapped()


def list_in_a_holder(root: tk.Tk, look: Look) -> tuple[tk.Frame, RoomList]:
    """The list has the width of the holder, whatever is in it."""
    root.geometry("900x500")
    holder = tk.Frame(root, height=400)
    holder.pack_propagate(False)
    holder.pack()
    rooms = RoomList(holder, look, lambda _: None, lambda: None)
    rooms.pack(fill="both", expand=True)
    return holder, rooms


def test_a_long_name_gives_way_and_the_number_of_members_is_whole(
    root: tk.Tk, look: Look, pump: Pump
) -> None:
    """Also where the address is long, and when the list gets narrow and wide again."""
    host, far = "Bartholomew Featherstone", "[fe80::1234:5678:9abc:def0]:50505"
    holder, rooms = list_in_a_holder(root, look)
    rooms.show(rows_of([CHESS, FoundRoom("Chess", host, "192.168.1.30:5050", 1, key("a"), Standing.NEW),
                        FoundRoom("W" * 24, host, far, 487, key("b"), Standing.NAMESAKE)], []))

    def told() -> list[list[str]]:
        return [[str(label["text"]) for label in row.labels] for row in rooms.rows]

    def all_in_sight() -> bool:
        return all(one.winfo_width() >= one.winfo_reqwidth() for row in rooms.rows for one in row.labels)

    for width in (800, 340, 290, 800):
        holder.configure(width=width)
        pump(lambda width=width: rooms.winfo_width() == width and all_in_sight())
        counts = [words.rpartition("·")[2].strip() for _, _, words, _ in told()]
        assert counts == ["1 member", "1 member", "487 members"]
        assert (f"{host}  ·  1 member" in told()[1]) == (width == 800)
    assert told()[2] == ["another key than you know", far, f"{host}  ·  487 members", "W" * 24]


def test_the_usual_port_gives_way_before_a_name(root: tk.Tk, look: Look, pump: Pump) -> None:
    holder, rooms = list_in_a_holder(root, look)
    found = FoundRoom("Physics", "Frau Weiß", "192.168.1.30:5050", 12, key("a"), Standing.NEW)
    rooms.show(rows_of([found], []))
    row = rooms.rows[0]
    seen = set()
    for width in range(500, 240, -10):
        holder.configure(width=width)
        pump(lambda width=width: rooms.winfo_width() == width
             and all(one.winfo_width() >= one.winfo_reqwidth() for one in row.labels))
        seen.add(("Frau Weiß  ·" in row._who["text"], row._address["text"]))
    # Whole beside the whole address, then beside the short one, and only then not whole.
    assert seen >= {(True, "192.168.1.30:5050"), (True, "192.168.1.30"), (False, "192.168.1.30")}
    assert (False, "192.168.1.30:5050") not in seen


def test_a_click_fills_the_address_and_nothing_else(page: RolePage, wishes: Wishes, pump: Pump) -> None:
    page.show_found([PHYSICS, CHESS])
    pump()
    the_list(page).rows[1]._room_name.event_generate("<Button-1>")
    pump()
    assert page.fields["address"].get() == "192.168.1.30:5050" and wishes.join == []
    the_list(page).rows[1]._room_name.event_generate("<Button-1>")  # at once behind the first: a double click
    pump()
    assert [wish.address for wish in wishes.join] == ["192.168.1.30:5050"]


def test_a_double_click_meets_one_row_although_a_sentence_stands_above(
    page: RolePage, wishes: Wishes, pump: Pump
) -> None:
    """It goes with the address that was wrong, a moment later: the rows would move between the two clicks."""
    page.show_found([PHYSICS, CHESS])
    page._address.set("nowhere")
    page.unreachable("This leads nowhere. " * 8)
    pump()
    row = the_list(page).rows[1]._room_name
    before = row.winfo_rooty()
    row.event_generate("<Button-1>")
    page.update_idletasks()
    assert row.winfo_rooty() == before and not page.fields["address"].instate(["invalid"])
    assert not page.fields["address"].selection_present()
    row.event_generate("<Button-1>")
    assert [wish.address for wish in wishes.join] == ["192.168.1.30:5050"]
    pump(lambda: not page.errors["address"].winfo_children())
    pump(lambda: row.winfo_rooty() < before)


def test_the_arrows_choose_and_enter_joins(page: RolePage, wishes: Wishes, pump: Pump) -> None:
    """One stop of Tab for the whole list, behind the field and before the button."""
    page.show_found([PHYSICS, CHESS, FALSE])
    pump()
    here: tk.Misc | None = page.fields["address"]
    order: list[tk.Misc | None] = []
    for _ in range(3):
        here = here.tk_focusNext() if here is not None else None
        order.append(here)
    rows = the_list(page).rows
    assert order == [page.search_link, rows[0], page.join_button]
    page.fields["address"].event_generate("<Down>")
    pump()
    pump(lambda: page.focus_get() is rows[0])
    assert page.fields["address"].get() == rows[0].room.address
    for keysym, chosen in (("<Down>", 1), ("<End>", 3), ("<Up>", 2), ("<Home>", 0), ("<Up>", 0)):
        page.focus_get().event_generate(keysym)  # type: ignore[union-attr]
        pump(lambda chosen=chosen: page.focus_get() is rows[chosen])
        assert page.fields["address"].get() == rows[chosen].room.address
    assert page.wants_rooms
    page.focus_get().event_generate("<Return>")  # type: ignore[union-attr]
    assert [wish.address for wish in wishes.join] == ["192.168.1.20:5050"]


def test_a_new_list_leaves_the_keyboard_where_it_is(page: RolePage, pump: Pump) -> None:
    page.show_found([CHESS])
    pump()
    row = the_list(page).rows[0]
    row.choose()
    pump()
    page.show_found([PHYSICS, CHESS])
    pump()
    pump(lambda: page.focus_get() is row)
    assert the_list(page).rows[1] is row
    page.show_found([PHYSICS])
    # Its row is gone: the first has the keyboard, not nobody.
    pump(lambda: page.focus_get() is the_list(page).rows[0])


def test_when_all_have_gone_the_known_ones_stay(page: RolePage, pump: Pump) -> None:
    page.show_searching(True)
    page.show_found([CHESS])
    page.show_found([])
    assert caption(page) == LOOKING and len(the_list(page).rows) == 2
    page.show_searching(False)
    assert caption(page) == KNOWN_CAPTION


def test_names_are_cleaned_once_more(page: RolePage, pump: Pump) -> None:
    """Whatever road a name comes by."""
    page.show_found([FoundRoom("a\u202eb\x1b[m", "c\u2066d", "1.2.3.4:5", 3, key("a"), Standing.NEW)])
    pump()
    assert words(page)[0][:2] == ("ab[m", "cd  ·  3 members")


def test_sixty_four_rows_scroll(page: RolePage, pump: Pump) -> None:
    many = [FoundRoom(f"Room {n}", "Bo", f"10.0.0.{n}:5050", n + 1, key(str(n)), Standing.NEW)
            for n in range(64)]
    page.show_found(many)
    pump()
    rows = the_list(page).rows
    assert len(rows) == 66 and the_list(page)._overflows()
    rows[0].focus_set()
    pump()
    rows[0].event_generate("<End>")
    pump(lambda: page.focus_get() is rows[-1])
    bottom = the_list(page).winfo_rooty() + the_list(page).winfo_height()
    assert rows[-1].winfo_rooty() + rows[-1].winfo_height() <= bottom + 1


def test_what_an_unanswered_known_room_looks_like() -> None:
    (row,) = rows_of([], [KnownRoom(SERVER_KEY, "Physics", "1.2.3.4:5")])
    assert (row.members, row.alarming, row.name) == (0, False, "Physics")


# --- When the network is asked -----------------------------------------------------------------------


class Network:
    """Everybody who might be asked: a socket that counts the questions, and answers as one room."""

    def __init__(self, port: int) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", port))
        self.sock.setblocking(False)
        self.questions = 0

    def look(self) -> int:
        """Answer what has come; how many questions came so far."""
        try:
            while True:
                query, address = self.sock.recvfrom(2_000)
                token = decode_query(query)
                assert token is not None
                self.questions += 1
                answer = RoomAnswer(b"N" * 32, 5050, 3, "Nearby", "Bo")
                self.sock.sendto(encode_answer(token, answer), address)
        except BlockingIOError:
            return self.questions


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    port = free_udp_port()
    monkeypatch.setenv("LOCALCHAT_DISCOVERY", f"127.0.0.1:{port}")
    made = Network(port)
    yield made
    made.sock.close()


@pytest.fixture
def opened(display: str, tmp_path: Path, network: Network) -> Iterator[tuple[Window, FirstPage]]:
    """The program's window at its start, of somebody who hosted the last time."""
    settings(tmp_path).save({"role": "host", "nick": "Ada", "room": "Lab"})
    window = open_window(Options(data_dir=tmp_path))
    first = open_first_page(window)
    window.root.update()
    window.root.focus_force()
    yield window, first
    window.destroy()


def turn_until(window: Window, condition: Callable[[], object]) -> None:
    def turned() -> object:
        window.root.update()
        return condition()

    wait_until(turned)


def settled(window: Window, first: FirstPage) -> RolePage:
    turn_until(window, lambda: first._search is not None)
    assert isinstance(window.page, RolePage)
    return window.page


def quiet_for(window: Window, network: Network, looks: int = 60) -> bool:
    """Whether no question comes while the window turns a while; those under way do not count."""
    for _ in range(10):
        window.root.update()
        network.look()
        time.sleep(0.005)
    before = network.look()
    for _ in range(looks):
        window.root.update()
        time.sleep(0.005)
    return network.look() == before


def test_the_dialog_alone_asks_nobody(opened: tuple[Window, FirstPage], network: Network) -> None:
    """Only the form for joining does, while it has the keyboard."""
    window, first = opened
    page = settled(window, first)
    assert quiet_for(window, network) and network.questions == 0
    page.fields["address"].focus_set()
    turn_until(window, lambda: network.look())
    turn_until(window, lambda: network.look() and page._found is not None)
    assert [row.room.name for row in page._found.rows] == ["Nearby"]  # type: ignore[union-attr]
    page.fields["nick"].focus_set()
    assert quiet_for(window, network)


def test_the_person_s_switch_is_remembered(
    opened: tuple[Window, FirstPage], network: Network, tmp_path: Path
) -> None:
    window, first = opened
    page = settled(window, first)
    turn_until(window, lambda: page.search_link is not None)
    assert caption(page) == RESTING  # the switch never stands alone
    page.fields["address"].focus_set()
    turn_until(window, lambda: network.look())
    assert page.search_link is not None
    page.search_link.event_generate("<Button-1>")
    assert str(page.search_link["text"]) == START_LOOKING and caption(page) == ""
    assert quiet_for(window, network)
    assert settings(tmp_path).load()["find_rooms"] is False
    before = network.questions
    page.search_link.event_generate("<Button-1>")
    turn_until(window, lambda: network.look() > before)
    assert settings(tmp_path).load()["find_rooms"] is True


def test_nobody_is_asked_while_another_page_stands_there(
    opened: tuple[Window, FirstPage], network: Network
) -> None:
    window, first = opened
    page = settled(window, first)
    page.fields["address"].focus_set()
    turn_until(window, lambda: network.look())
    page.show_busy("join", "Connecting…")
    assert quiet_for(window, network), "while it connects"


def test_a_search_that_cannot_be_trusted_says_why(
    opened: tuple[Window, FirstPage], network: Network, tmp_path: Path
) -> None:
    """Without the list of known servers a false room would look like a new one."""
    window, first = opened
    page = settled(window, first)
    (tmp_path / "known_servers.json").write_text("{")
    page.fields["address"].focus_set()
    turn_until(window, lambda: "known servers" in str(page._join_line["text"]))
    # And takes the keyboard from nobody.
    turn_until(window, lambda: page.focus_get() is page.fields["address"])
    assert quiet_for(window, network) and network.questions == 0
    assert not page.search_wanted and settings(tmp_path).load().get("find_rooms", True)
