"""The first page: host a room, or join one. Remembers the last values and puts the cursor where a mistake is.

The page only collects: a wish goes out by `on_host` or `on_join`, and what comes of it comes back by `busy`,
`idle`, `problem` and `failure`. It stays on the screen until the room is open, so nothing typed is ever lost.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk

from gui.look.look import Look
from gui.start.remembered import Remembered
from gui.start.role_form import LOCAL_NETWORK, HostWish, JoinWish, RoleDoor, RoleForm
from gui.text.shown_text import shown
from netcore.before_start import KnownRoom
from netcore.errors import BadName, BadPort, LocalChatError
from netcore.wire.names import clean_name

__all__ = ["HostWish", "JoinWish", "RoleDoor", "RolePage"]


class RolePage(RoleForm):
    """The role dialog, standing on the window colour."""

    def __init__(self, parent: tk.Misc, look: Look, last: Remembered, rooms: Sequence[KnownRoom],
                 door: RoleDoor) -> None:
        super().__init__(parent, look, last, rooms, door, self._go)
        self.busy_role = ""
        self._nick.trace_add("write", lambda *_: self._nick_changed())
        self._port.trace_add("write", lambda *_: self._show_reach())
        self._nick_changed()
        self._show_reach()
        self._choose_card(last.role if last.role in self._cards else "host")
        self._first = "nick" if not last.nick else "room" if self.chosen == "host" else "address"

    def focus_here(self) -> None:
        if not self.busy_role and all(not error.winfo_children() for error in self.errors.values()):
            self.fields[self._first].focus_set()
            self.fields[self._first].icursor("end")

    # --- what the person does ------------------------------------------------------------------------

    def host(self) -> None:
        """Open the room, if the fields can be used; else the cursor goes to the one that cannot."""
        if self.busy_role:
            return
        nick, room = self._clean("nick"), self._clean("room")
        port = self._port.get().strip()
        if nick and room and not (port.isascii() and port.isdecimal() and int(port) <= 65_535):
            self.problem("port", str(BadPort(port=shown(port))))
        elif nick and room:
            reach = self.reach.value == LOCAL_NETWORK
            self._door.on_host(HostWish(nick, room, int(port), reach, self._keep.get()))

    def join(self) -> None:
        if self.busy_role:
            return
        nick, address = self._clean("nick"), self._address.get().strip()
        if nick and not address:
            self.problem("address", "Type the address that the host’s window shows, or paste the invite.")
        elif nick:
            self._door.on_join(JoinWish(nick, address))

    def _clean(self, name: str) -> str:
        """The checked name in a field, or "" after the field has said what is wrong with it."""
        typed = (self._nick if name == "nick" else self._room).get()
        if not typed.strip():
            self.problem(name, "Others need a name for you." if name == "nick" else "A room needs a name.")
            return ""
        try:
            return clean_name(typed)
        except BadName as error:
            self.problem(name, str(error))
            return ""

    def _go(self, role: str) -> None:
        (self.host if role == "host" else self.join)()

    def escape(self) -> None:
        if self.busy_role:
            self._door.on_cancel()

    # --- what the page shows -------------------------------------------------------------------------

    def busy(self, role: str, words: str) -> None:
        """The room is being opened ("host") or joined ("join"); the button becomes Cancel."""
        self.busy_role = role
        self._choose_card(role)
        for field in self.fields.values():
            field.state(["disabled"])
        line, button = self._line_and_button(role)
        line.configure(text=words, style="Waiting.TLabel")
        button.configure(text="Cancel", command=self._door.on_cancel)
        button.focus_set()
        other = self.join_button if role == "host" else self.host_button
        other.state(["disabled"])

    def idle(self) -> None:
        """Back to the fields, as they were typed."""
        self.busy_role = ""
        for field in self.fields.values():
            field.state(["!disabled"])
        for role, text, command in (("host", "Open the room", self.host), ("join", "Join", self.join)):
            line, button = self._line_and_button(role)
            line["text"] = ""
            button.configure(text=text, command=command)
            button.state(["!disabled"])

    def problem(self, field: str, sentence: str, proposal: str = "") -> None:
        """Say what is wrong beside `field` and put the cursor there; a click takes `proposal`."""
        self.idle()
        self.errors[field].show(sentence, f"Use “{shown(proposal)}”" if proposal else "",
                                lambda: self._propose(field, proposal))
        self.fields[field].selection_range(0, "end")

    def failure(self, role: str, error: LocalChatError) -> None:
        """Something that belongs to no field: in the card, above its button."""
        self.idle()
        line, button = self._line_and_button(role)
        line.configure(text=str(error), style="Error.TLabel")
        button.focus_set()

    def _propose(self, field: str, proposal: str) -> None:
        self._texts[field].set(proposal)
        self.fields[field].focus_set()
        self.fields[field].icursor("end")

    def _line_and_button(self, role: str) -> tuple[ttk.Label, ttk.Button]:
        return (self._host_line, self.host_button) if role == "host" else (self._join_line, self.join_button)
