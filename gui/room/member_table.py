"""The host's table of members: where from, since when, bytes on the wire; whisper to one, mute, remove one.

Removing asks in a card under the table's head, with a reason that the removed one gets to read.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterable
from tkinter import ttk
from typing import Final, Literal

from gui.compat import Shortcuts, bind_context_menu
from gui.look.look import Look
from gui.room.fingerprint_popup import show_member_key
from gui.room.remove_question import RemoveQuestion, host_part
from gui.room.roster import Roster
from gui.text import clock_words
from gui.text.quoted import quoted
from gui.text.shown_text import shown
from gui.widgets.buttons import set_words
from gui.widgets.fingerprint_picture import fingerprint_text
from gui.widgets.hiding_scrollbar import HidingScrollbar
from gui.widgets.tooltip import Tooltip
from netcore.engine import Command, Member, Mute, Traffic

# column: (heading, width at 100 %, anchor)
COLUMNS: Final[dict[str, tuple[str, int, Literal["w", "e"]]]] = {
    "address": ("Address", 116, "w"), "since": ("Since", 62, "w"),
    "in": ("In", 66, "e"), "out": ("Out", 66, "e"),
}
NAME_WIDTH = 124
MUTED = "  ·  muted"
DOT_GAP = "\N{EN SPACE}"  # between the dot and the name, which ttk sets close together


class MemberTable(ttk.Frame):
    """`on_whisper(member)` begins a whisper; everything else the host does here goes to `submit`."""

    def __init__(self, parent: tk.Misc, look: Look, on_whisper: Callable[[Member], None],
                 submit: Callable[[Command], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._on_whisper = on_whisper
        self._submit = submit
        self._members: dict[str, Member] = {}
        self._you_id = b""
        self._compared: frozenset[bytes] = frozenset()
        self.muted: set[bytes] = set()  # ids, also of those who are not here
        self._compact = False
        self._over = False
        self.columnconfigure(0, weight=1)
        self.rowconfigure(2, weight=1)

        self._head()
        self.question = RemoveQuestion(self, look, submit, self._asked)
        body = ttk.Frame(self)
        look.grid(body, row=2, column=0, sticky="nsew", padx=(16, 4))
        self.tree = ttk.Treeview(body, columns=tuple(COLUMNS), selectmode="browse", show=("tree", "headings"),
                                 style="Members.Treeview")
        self._bar = HidingScrollbar(self.tree)
        self.tree.configure(yscrollcommand=self._bar.set)
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
        self.remove_button = self._head_button(head, "user_remove", "Danger", self.ask)
        self.mute_button = self._head_button(head, "mute", "Plain", self.mute)
        self.whisper_button = self._head_button(head, "lock", "Plain", self._whisper)
        Tooltip(self.remove_button, look, "Remove the chosen member, for a minute or for good", "Delete")
        Tooltip(self.mute_button, look, "Take the chosen member’s voice away, or give it back", "M")
        Tooltip(self.whisper_button, look, "Write to the chosen member alone", "Enter")

    def _head_button(self, head: ttk.Frame, icon: str, kind: str, run: Callable[[], object]) -> ttk.Button:
        picture = self._look.button_icon(icon, "danger" if kind == "Danger" else "ink2", 18)
        button = ttk.Button(head, style=f"Small.{kind}.TButton", compound="left", image=picture, command=run)
        button.pack(side="right")
        return button

    def _bind_keys(self) -> None:
        tree = self.tree
        tree.bind("<<TreeviewSelect>>", lambda _: self._show_choice())
        tree.bind("<Double-Button-1>", lambda event: self._whisper() if tree.identify_row(event.y) else None)
        tree.bind("<Return>", lambda _: self._whisper())
        tree.bind("<Home>", lambda _: self._choose_row(0))
        tree.bind("<End>", lambda _: self._choose_row(-1))
        tree.bind("<Delete>", lambda _: self.ask())
        tree.bind("<Shift-Delete>", lambda _: self.ask(for_good=True))
        Shortcuts(tree, {"M": self.mute, "K": self.show_key})
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
        self._you_id, self._compared = roster.you_id, roster.compared
        self._members = {member.id.hex(): member for member in rows}
        for place, (iid, member) in enumerate(self._members.items()):
            where = "this computer" if member.id == roster.you_id else shown(host_part(member.address))
            since = clock_words.hour(member.since_ms) if member.since_ms else ""
            name = shown(member.name) + (MUTED if member.id in self.muted else "")
            if self.tree.exists(iid):
                self.tree.item(iid, text=f"{DOT_GAP}{name}")
                self.tree.set(iid, "address", where)
                self.tree.set(iid, "since", since)
                self.tree.move(iid, "", place)
            else:
                self.tree.insert("", place, iid, text=f"{DOT_GAP}{name}", values=(where, since, "", ""),
                                 image=self._look.member_dot(member.id))
        self._count["text"] = str(len(rows))
        if self.question.member is not None and self.question.member.id not in roster:
            self.question.close()
        self._show_choice()

    def show_traffic(self, traffic: Traffic) -> None:
        for one in traffic.members:
            iid = one.id.hex()
            if self.tree.exists(iid):
                self.tree.set(iid, "in", clock_words.amount(one.in_bytes))
                self.tree.set(iid, "out", clock_words.amount(one.out_bytes))
        self._sums["text"] = (f"In {clock_words.amount(traffic.in_bytes)}  ·  Out "
                              f"{clock_words.amount(traffic.out_bytes)}")

    def chosen(self) -> Member | None:
        """The chosen member, unless that is the host, or the room is over."""
        selection = self.tree.selection()
        member = self._members.get(selection[0]) if selection else None
        return None if member is None or self._over or member.id == self._you_id else member

    def close(self) -> None:
        """The room is over: it shows who was here, and nothing more can be done to them."""
        self._over = True
        self.escape()
        self._show_choice()

    def _choose_first(self) -> None:
        if not self.tree.selection():
            self._choose_row(0)

    def _choose_row(self, place: int) -> None:
        rows = self.tree.get_children()
        if rows:
            self.tree.selection_set(rows[place])
            self.tree.focus(rows[place])
            self.tree.see(rows[place])

    def _show_choice(self) -> None:
        member = self.chosen()
        for button in (self.whisper_button, self.mute_button, self.remove_button):
            button.state(["disabled" if member is None else "!disabled"])
        muted = member is not None and member.id in self.muted
        for button, words in ((self.whisper_button, "Whisper"), (self.remove_button, "Remove…"),
                              (self.mute_button, "Unmute" if muted else "Mute")):
            set_words(button, "" if self._compact else words)

    def show_muted(self, member_ids: Iterable[bytes]) -> None:
        """These are muted."""
        self.muted = set(member_ids)
        for iid, member in self._members.items():
            muted = MUTED if member.id in self.muted else ""
            self.tree.item(iid, text=f"{DOT_GAP}{shown(member.name)}{muted}")
        self._show_choice()

    def set_muted(self, member_id: bytes, muted: bool) -> None:
        """This one is muted now, or is not any more."""
        self.show_muted(self.muted | {member_id} if muted else self.muted - {member_id})

    # --- what the host does --------------------------------------------------------------------------

    def _whisper(self) -> str:
        member = self.chosen()
        if member is not None:
            self._on_whisper(member)
        return "break"

    def mute(self) -> None:
        """Mute the chosen member, or let them speak again."""
        member = self.chosen()
        if member is not None:
            muted = member.id not in self.muted
            self._submit(Mute(member.id, muted))

    def show_key(self) -> None:
        """The fingerprint of the chosen row's member, which may be the host, to compare."""
        selection = self.tree.selection()
        if selection:
            member = self._members[selection[0]]
            show_member_key(self.tree, self._look, member, member.id == self._you_id,
                            member.id in self._compared, self._submit)

    def ask(self, for_good: bool = False) -> None:
        """Open the question before the chosen member is removed."""
        member = self.chosen()
        if member is not None:
            self._look.grid(self.question, row=1, column=0, sticky="ew", padx=(16, 13), pady=(0, 8))
            host = host_part(member.address)
            sharing = sum(host_part(other.address) == host for other in self._members.values()) - 1
            self.question.ask(member, for_good, sharing)

    def _asked(self) -> None:
        had_focus = str(self.focus_get() or "").startswith(str(self.question))
        self.question.grid_remove()
        if had_focus:
            self.tree.focus_set()

    def escape(self) -> bool:
        """Close the question, if it is open; whether it was."""
        was_open = self.question.member is not None
        if was_open:
            self.question.close()
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
            name = quoted(member.name)
            menu.add_command(label=f"Whisper to {name}", accelerator="Enter",
                             command=self._whisper)
            unmute = "Unmute" if member.id in self.muted else "Mute"
            menu.add_command(label=f"{unmute} {name}", accelerator="M", command=self.mute)
            menu.add_separator()
            menu.add_command(label=f"Remove {name}…", accelerator="Delete",
                             command=self.ask)
            menu.add_command(label=f"Ban {name}…", accelerator="Shift+Delete",
                             command=lambda: self.ask(for_good=True))
            menu.add_separator()
        menu.add_command(label="Show the fingerprint", accelerator="K", command=self.show_key)
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
        """Without the traffic and the words on the buttons, for a narrow window."""
        self._compact = compact
        self._show_choice()
        self.tree["displaycolumns"] = ("address", "since") if compact else tuple(COLUMNS)

    def _restyle(self) -> None:
        px = self._look.px
        # Rows of one level need no sign that unfolds them. A layout belongs to the theme in use.
        ttk.Style(self).layout("Members.Treeview.Item", [("Treeitem.padding", {"sticky": "nsew", "children": [
            ("Treeitem.image", {"side": "left", "sticky": ""}), ("Treeitem.text", {"sticky": "nsew"})]})])
        ttk.Style(self).configure("Members.Treeview", indent=0)
        # An address in the font that is in use is the widest thing here.
        fonts = self._look.fonts
        address = max(px(COLUMNS["address"][1]), fonts.measure(fonts.small, "192.168.100.200") + px(10))
        self.tree.column("#0", width=px(NAME_WIDTH), minwidth=px(90), stretch=True)
        for column, (_, width, anchor) in COLUMNS.items():
            wide = address if column == "address" else px(width)
            self.tree.column(column, width=wide, minwidth=px(40), stretch=False, anchor=anchor)
