"""The rooms that one may join, found ones and known ones, as rows to choose from by mouse or keyboard.

A row says what somebody answered: a claim. Choosing one puts its address where it is typed, and nothing more;
whose key is there shows when one joins.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import NamedTuple

from gui.look.look import Look
from gui.text.shown_text import shown
from gui.widgets.fingerprint_picture import FingerprintPicture
from gui.widgets.keyboard import give_keyboard
from gui.widgets.scrolled_frame import ScrolledFrame
from gui.widgets.tooltip import Tooltip
from netcore.before_start import KnownRoom
from netcore.engine import FoundRoom
from netcore.limits import DEFAULT_PORT
from netcore.wire.lines import counted

A_CLAIM = "This is what a computer there answers; whose key it is shows when you join."
NOT_HEARD = "known, silent"
BETWEEN = "  ·  "
LEAST_HOST = 24  # less room than this tells nothing of a name
NOT_YET_PX = 10_000  # the width before there is one: nothing is shortened


class RoomRow(NamedTuple):
    """What a row shows. `members` 0: not known now."""

    fingerprint: bytes
    address: str
    name: str
    host: str
    members: int
    standing: str
    alarming: bool


def rows_of(found: Sequence[FoundRoom], known: Sequence[KnownRoom]) -> list[RoomRow]:
    """The found rooms, and behind them those known ones that have not answered."""
    rows = [RoomRow(one.fingerprint, one.address, one.name, one.host, one.members, one.standing.words,
                    one.standing.is_other_key) for one in found]
    heard = {one.fingerprint for one in found}
    return rows + [RoomRow(one.fingerprint, one.address, one.room, "", 0, NOT_HEARD, False)
                   for one in known if one.fingerprint not in heard]


def members_words(members: int) -> str:
    return counted(members, "member")


class RoomList(ScrolledFrame):
    """`on_choose(address)` when a row is chosen, `on_join()` when it is to be joined."""

    def __init__(self, parent: tk.Misc, look: Look, on_choose: Callable[[str], None],
                 on_join: Callable[[], None]) -> None:
        super().__init__(parent, look)
        self._on_choose, self._on_join = on_choose, on_join
        self.rows: list[_Row] = []

    def show(self, rooms: Sequence[RoomRow]) -> None:
        """Show these rows. A row that stays keeps its place in the keyboard's way."""
        if [row.room for row in self.rows] == list(rooms):
            return
        focused = next((row.room for row in self.rows if row.has_focus), None)
        before, self.rows = self.rows, []
        old = {(row.room.fingerprint, row.room.address): row for row in before}
        for room in rooms:
            row = old.pop((room.fingerprint, room.address), None)
            if row is None:
                row = _Row(self.inner, self._look, room, self)
            row.show(room)
            self.rows.append(row)
        lost = focused is not None and (focused.fingerprint, focused.address) in old
        for gone in old.values():
            gone.destroy()
        if self.rows != before:
            for row in self.rows:
                row.pack_forget()
                row.pack(fill="x")
                row.lift()  # Tab goes by the order in which they lie on one another
        self._let_one_in()
        self.adopt()
        if lost and self.rows:
            give_keyboard(self.rows[0])

    @property
    def has_found(self) -> bool:
        """Whether a room is among them that has answered."""
        return any(row.room.members for row in self.rows)

    def chosen(self, row: _Row) -> None:
        self._on_choose(row.room.address)
        self._let_one_in(row)

    def join(self) -> None:
        self._on_join()

    def move(self, row: _Row, step: int) -> str:
        """From a row to another one, which it chooses."""
        place = min(max(self.rows.index(row) + step, 0), len(self.rows) - 1)
        self.rows[place].choose()
        return "break"

    def _let_one_in(self, row: _Row | None = None) -> None:
        """Tab comes to one row; the arrows lead to the others."""
        inside = row or next((one for one in self.rows if one.takes_tab), None)
        for number, one in enumerate(self.rows):
            one.set_tab(one is inside if inside in self.rows else number == 0)


class _Row(ttk.Frame):
    def __init__(self, parent: tk.Misc, look: Look, room: RoomRow, rooms: RoomList) -> None:
        super().__init__(parent, takefocus=False, cursor="hand2")
        look.configure(self, padding=(6, 5))
        self._look, self._rooms = look, rooms
        self.room = room
        self.takes_tab = self.has_focus = False
        self._picture = FingerprintPicture(self, look, room.fingerprint, cell=3)
        look.pack(self._picture, side="left", padx=(0, 10))
        self._lines = [ttk.Frame(self), ttk.Frame(self)]
        for line in self._lines:
            line.pack(fill="x")
        # What stands on the right is packed first: where there is no room, `_fit` shortens what is long.
        self.standing, self._address = ttk.Label(self._lines[0]), ttk.Label(self._lines[1])
        self._room_name, self._who = ttk.Label(self._lines[0]), ttk.Label(self._lines[1])
        for label in (self.standing, self._address):
            look.pack(label, side="right", padx=(8, 0))
        for label in (self._room_name, self._who):
            label.pack(side="left")
        self.labels = (self.standing, self._address, self._who, self._room_name)
        parts: list[tk.Misc] = [self, self._picture, *self._lines, *self.labels]
        for part in parts:
            part.bind("<Button-1>", lambda _: self.choose(), add=True)
            part.bind("<Double-Button-1>", lambda _: rooms.join(), add=True)
        self.tooltips = [Tooltip(part, look, "") for part in parts[1:]]
        for part in parts:  # what has a tooltip would be a stop of Tab otherwise
            part["takefocus"] = False
        for key in ("<Return>", "<KP_Enter>"):
            self.bind(key, self._join)
        self.bind("<space>", lambda _: self.choose())
        for key, step in (("<Up>", -1), ("<Down>", 1), ("<Prior>", -4), ("<Next>", 4), ("<Home>", -99),
                          ("<End>", 99)):
            self.bind(key, lambda _, step=step: rooms.move(self, step))  # type: ignore[misc]
        self._lines[1].bind("<Configure>", lambda _: self._fit(), add=True)
        look.on_change(self._fit, owner=self)
        self.bind("<FocusIn>", lambda _: self._mark(True), add=True)
        self.bind("<FocusOut>", lambda _: self._mark(False), add=True)
        self._mark(False)

    def show(self, room: RoomRow) -> None:
        self.room = room
        name = shown(room.name) or "A room"
        host = f"{shown(room.host)}  ·  " if room.host else ""
        self.standing["text"] = "known" if room.standing == NOT_HEARD else room.standing
        self._fit()
        self._mark(self.has_focus)
        words = f"{name}, {host.strip(' ·') or 'the host'}, at {room.address}: {room.standing}. {A_CLAIM}"
        for tooltip in self.tooltips:
            tooltip.text = words

    def _fit(self) -> None:
        """Names and addresses end in … where they have no room; what is short stays whole."""
        room, fonts, gap = self.room, self._look.fonts, self._look.px(8)
        wide = self._lines[1].winfo_width()
        if wide <= 1:
            wide = NOT_YET_PX
        count = members_words(room.members) if room.members else "not heard now"
        left = wide - gap - fonts.measure(fonts.small, count)
        address, whole = shown(room.address), shown(room.host) + BETWEEN if room.host else ""
        if fonts.measure(fonts.mono_small, address) + fonts.measure(fonts.small, whole) > left:
            address = address.removesuffix(f":{DEFAULT_PORT}")  # which goes without saying
        address = fonts.shortened(fonts.mono_small, address, left)
        left -= fonts.measure(fonts.mono_small, address)
        host = ""
        left -= fonts.measure(fonts.small, BETWEEN)
        if room.host and left >= self._look.px(LEAST_HOST):
            host = fonts.shortened(fonts.small, shown(room.host), left) + BETWEEN
        self._address["text"] = address
        self._who["text"] = f"{host}{count}"
        self._room_name["text"] = fonts.shortened(
            fonts.strong, shown(room.name) or "A room",
            wide - gap - fonts.measure(fonts.small, str(self.standing["text"])))

    def choose(self) -> None:
        """The person means this one."""
        self._rooms.chosen(self)
        self.focus_set()

    def _join(self, _event: tk.Event[tk.Misc]) -> str:
        self.choose()
        self._rooms.join()
        return "break"

    def set_tab(self, takes: bool) -> None:
        self.takes_tab = takes
        self.configure(takefocus=takes)

    def _mark(self, focused: bool) -> None:
        """The row with the keyboard stands on the soft ground."""
        self.has_focus = focused
        ground = "Info." if focused else ""
        self.configure(style="Tile.Box.TFrame" if focused else "TFrame")
        for frame in self._lines:
            frame.configure(style=f"{ground}TFrame")
        self._room_name.configure(style=f"{ground}Strong.TLabel")
        self._who.configure(style=f"{ground}Small.TLabel")
        self.standing.configure(style=f"{ground}{'Error' if self.room.alarming else 'Small'}.TLabel")
        self._address.configure(style=f"{ground}MonoSmall.TLabel")
