"""The host's table of members: where from, since when, bytes on the wire; whisper to one, remove one.

Removing asks in a line under the table's head, with a reason that the removed one and the others get to read.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont
from tkinter import ttk
from typing import Final, Literal

from gui import clock_words
from gui.compat import bind_context_menu
from gui.fingerprint_picture import fingerprint_text
from gui.look import Look
from gui.roster import Roster
from gui.shown_text import shown
from gui.widgets import Card, Tooltip
from netcore.engine import Member, Traffic
from netcore.limits import MAX_REASON_CHARS

# column: (heading, width at 100 %, anchor)
COLUMNS: Final[dict[str, tuple[str, int, Literal["w", "e"]]]] = {
    "address": ("Address", 150, "w"), "since": ("Since", 62, "w"),
    "in": ("In", 66, "e"), "out": ("Out", 66, "e"),
}
NAME_WIDTH = 124
DOT_GAP = "\N{EN SPACE}"  # between the dot and the name, which ttk sets close together


class MemberTable(ttk.Frame):
    """`on_whisper(member)` and `on_remove(member, reason)` are the two things a host does here."""

    def __init__(self, parent: tk.Misc, look: Look, on_whisper: Callable[[Member], None],
                 on_remove: Callable[[Member, str], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._on_whisper = on_whisper
        self._on_remove = on_remove
        self._members: dict[str, Member] = {}
        self._you_id = b""
        self._removing: Member | None = None
        self.columnconfigure(0, weight=1)
        self.rowconfigure(2, weight=1)

        self._head()
        self._question()
        body = ttk.Frame(self)
        look.grid(body, row=2, column=0, sticky="nsew", padx=(16, 4))
        self.tree = ttk.Treeview(body, columns=tuple(COLUMNS), selectmode="browse", show=("tree", "headings"),
                                 style="Members.Treeview")
        self._bar = ttk.Scrollbar(body, orient="vertical", command=self.tree.yview, takefocus=False)
        self.tree.configure(yscrollcommand=self._scrolled)
        self.tree.heading("#0", text="Name", anchor="w")
        for column, (heading, _, anchor) in COLUMNS.items():
            self.tree.heading(column, text=heading, anchor=anchor)
        self.tree.pack(side="left", fill="both", expand=True)
        self._sums = ttk.Label(self, style="Small.TLabel")
        look.grid(self._sums, row=3, column=0, sticky="w", padx=24, pady=(8, 12))
        self._bind_keys()
        look.on_change(self._restyle)
        self._restyle()
        self._show_choice()

    def _head(self) -> None:
        look = self._look
        head = ttk.Frame(self)
        look.grid(head, row=0, column=0, sticky="ew", padx=(24, 13), pady=(12, 4))
        ttk.Label(head, text="Members", style="Heading.TLabel").pack(side="left")
        self._count = ttk.Label(head, text="0", style="Chip.TLabel")
        look.pack(self._count, side="left", padx=(12, 0))
        self.remove_button = ttk.Button(head, text="Remove…", style="Small.Danger.TButton", compound="left",
                                        image=look.button_icon("user_remove", "danger", 18), command=self.ask)
        self.remove_button.pack(side="right")
        self.whisper_button = ttk.Button(head, text="Whisper", style="Small.Plain.TButton", compound="left",
                                         image=look.button_icon("lock", "ink2", 18), command=self._whisper)
        self.whisper_button.pack(side="right")
        Tooltip(self.remove_button, look, "Remove the chosen member from the room", "Delete")
        Tooltip(self.whisper_button, look, "Write to the chosen member alone", "Enter")

    def _question(self) -> None:
        look = self._look
        self._ask = Card(self, look, ground="", kind="Alarm", padding=(13, 10))
        self._ask_words = ttk.Label(self._ask)
        look.pack(self._ask_words, anchor="w", padx=(3, 0))
        row = ttk.Frame(self._ask)
        look.pack(row, fill="x", pady=(6, 0))
        self.reason = ttk.Entry(row, font=look.fonts.body)
        self.confirm = ttk.Button(row, text="Remove", style="Small.Danger.TButton", command=self._remove)
        cancel = ttk.Button(row, text="Keep", style="Small.Plain.TButton", command=self.escape)
        cancel.pack(side="right")
        self.confirm.pack(side="right")
        self.reason.pack(side="left", fill="x", expand=True)
        self.reason.bind("<Return>", lambda _: self._remove())

    def _bind_keys(self) -> None:
        tree = self.tree
        tree.bind("<<TreeviewSelect>>", lambda _: self._show_choice())
        tree.bind("<Double-Button-1>", lambda event: self._whisper() if tree.identify_row(event.y) else None)
        tree.bind("<Return>", lambda _: self._whisper())
        tree.bind("<Delete>", lambda _: self.ask())
        tree.bind("<FocusIn>", lambda _: self._choose_first())
        bind_context_menu(tree, self._menu)

    # --- what is shown -------------------------------------------------------------------------------

    def show(self, roster: Roster) -> None:
        """These members, in the roster's order; the chosen one stays chosen."""
        rows = roster.sorted()
        kept = {member.id.hex() for member in rows}
        gone = [iid for iid in self.tree.get_children() if iid not in kept]
        if gone:
            self.tree.delete(*gone)
        self._you_id = roster.you_id
        self._members = {member.id.hex(): member for member in rows}
        for place, (iid, member) in enumerate(self._members.items()):
            where = "this computer" if member.id == roster.you_id else shown(member.address)
            since = clock_words.hour(member.since_ms) if member.since_ms else ""
            name = shown(member.name)
            if self.tree.exists(iid):
                self.tree.item(iid, text=f"{DOT_GAP}{name}")
                self.tree.set(iid, "address", where)
                self.tree.set(iid, "since", since)
                self.tree.move(iid, "", place)
            else:
                self.tree.insert("", place, iid, text=f"{DOT_GAP}{name}", values=(where, since, "", ""),
                                 image=self._look.member_dot(member.id))
        self._count["text"] = str(len(rows))
        if self._removing is not None and self._removing.id not in roster:
            self.escape()
        self._show_choice()

    def show_traffic(self, traffic: Traffic) -> None:
        for one in traffic.members:
            iid = one.id.hex()
            if self.tree.exists(iid):
                self.tree.set(iid, "in", clock_words.amount(one.in_bytes))
                self.tree.set(iid, "out", clock_words.amount(one.out_bytes))
        self._sums["text"] = (f"In {clock_words.amount(traffic.in_bytes)}  ·  Out "
                              f"{clock_words.amount(traffic.out_bytes)}  ·  Room key epoch {traffic.epoch}")

    def chosen(self) -> Member | None:
        """The chosen member, unless that is the host."""
        selection = self.tree.selection()
        member = self._members.get(selection[0]) if selection else None
        return None if member is None or member.id == self._you_id else member

    def _choose_first(self) -> None:
        rows = self.tree.get_children()
        if rows and not self.tree.selection():
            self.tree.selection_set(rows[0])
            self.tree.focus(rows[0])

    def _show_choice(self) -> None:
        state = ["disabled" if self.chosen() is None else "!disabled"]
        self.whisper_button.state(state)
        self.remove_button.state(state)

    # --- what the host does --------------------------------------------------------------------------

    def _whisper(self) -> str:
        member = self.chosen()
        if member is not None:
            self._on_whisper(member)
        return "break"

    def ask(self) -> None:
        """Open the line that asks for the reason."""
        member = self.chosen()
        if member is None:
            return
        self._removing = member
        self._ask_words["text"] = f"Remove {shown(member.name)} from the room? A reason, if you like:"
        self.reason.delete(0, "end")
        self._look.grid(self._ask, row=1, column=0, sticky="ew", padx=(16, 13), pady=(0, 8))
        self.reason.focus_set()

    def _remove(self) -> str:
        if self._removing is not None:
            self._on_remove(self._removing, self.reason.get().strip()[:MAX_REASON_CHARS])
        self.escape()
        return "break"

    def escape(self) -> bool:
        """Close the question, if it is open; whether it was."""
        was_open = self._removing is not None
        self._removing = None
        self._ask.grid_remove()
        if was_open:
            self.tree.focus_set()
        return was_open

    def _menu(self, event: tk.Event[tk.Misc]) -> None:
        row = self.tree.identify_row(event.y) if event.type is tk.EventType.ButtonPress else ""
        if row:
            self.tree.selection_set(row)
        selection = self.tree.selection()
        if not selection:
            return
        member = self._members[selection[0]]
        menu = self._look.menu(self)
        if self.chosen() is not None:
            menu.add_command(label=f"Whisper to {shown(member.name)}", command=self._whisper)
            menu.add_command(label=f"Remove {shown(member.name)}…", command=self.ask)
        menu.add_command(label="Copy the key’s fingerprint",
                         command=lambda: self._copy(fingerprint_text(member.id)))
        if member.address:
            menu.add_command(label="Copy the address", command=lambda: self._copy(member.address))
        menu.tk_popup(event.x_root, event.y_root)

    def _copy(self, text: str) -> None:
        self.clipboard_clear()
        self.clipboard_append(text)

    # --- sizes ---------------------------------------------------------------------------------------

    def set_compact(self, compact: bool) -> None:
        """Without the traffic, for a narrow window."""
        self.tree["displaycolumns"] = ("address", "since") if compact else tuple(COLUMNS)

    def _scrolled(self, first: float, last: float) -> None:
        if float(first) <= 0 and float(last) >= 1:
            self._bar.pack_forget()
        elif not self._bar.winfo_ismapped():
            self._bar.pack(side="right", fill="y", before=self.tree)
        self._bar.set(first, last)

    def _restyle(self) -> None:
        S = self._look.S
        # Rows of one level need no sign that unfolds them. A layout belongs to the theme in use.
        ttk.Style(self).layout("Members.Treeview.Item", [("Treeitem.padding", {"sticky": "nsew", "children": [
            ("Treeitem.image", {"side": "left", "sticky": ""}), ("Treeitem.text", {"sticky": "nsew"})]})])
        ttk.Style(self).configure("Members.Treeview", indent=0)
        # An address with a port in the font that is in use is the widest thing here.
        small = tkfont.Font(root=self, name=self._look.fonts.small, exists=True)
        address = max(S(COLUMNS["address"][1]), small.measure("192.168.100.200:50505") + S(10))
        self.tree.column("#0", width=S(NAME_WIDTH), minwidth=S(90), stretch=True)
        for column, (_, width, anchor) in COLUMNS.items():
            wide = address if column == "address" else S(width)
            self.tree.column(column, width=wide, minwidth=S(40), stretch=False, anchor=anchor)
