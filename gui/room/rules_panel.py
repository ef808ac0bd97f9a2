"""The room's rules, in the place of the members' table: who may write, who may come in, bans, names.

Every switch acts at once, and what the engine says of it is what is shown. Two keys reach each thing here:
Tab and Space.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk

from gui.look.look import Look
from gui.text.shown_text import shown
from gui.widgets.buttons import IconButton, LinkLabel
from gui.widgets.fields import FieldError
from gui.widgets.scrolled_frame import ScrolledFrame
from netcore.engine import Answering, Command, Member, ReleaseName, RoomChanged, SetAnswering, SetRoom, Unban
from netcore.errors import BadName
from netcore.room_words import NOBODY_BANNED, answering_line, period
from netcore.slash_commands import SLOW_CHOICES_S
from netcore.wire.names import clean_name

FULL = "The disk is full: nobody can write, whatever this says."


class RulesPanel(ttk.Frame):
    """`show(room)` and `show_banned(members)` fill it; what the host does goes to `submit`."""

    def __init__(self, parent: tk.Misc, look: Look, submit: Callable[[Command], None],
                 on_close: Callable[[], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._submit = submit
        self._room = RoomChanged(False, False, 0, True)
        self.read_only = tk.BooleanVar(self, False)
        self.known_only = tk.BooleanVar(self, False)
        self.answering = tk.BooleanVar(self, True)
        self._slow = tk.StringVar(self, "0")
        self.slow_buttons: dict[int, ttk.Radiobutton] = {}
        self.unban_links: dict[bytes, LinkLabel] = {}

        head = ttk.Frame(self)
        look.pack(head, fill="x", padx=(24, 13), pady=(12, 0))
        ttk.Label(head, text="Room", style="Heading.TLabel").pack(side="left")
        IconButton(head, look, "cross", "Back to the members", on_close, shortcut="Esc").pack(side="right")
        self._scrolled = ScrolledFrame(self, look)
        self._scrolled.pack(fill="both", expand=True)
        body = self._body = ttk.Frame(self._scrolled.inner)
        look.pack(body, fill="both", expand=True, padx=(20, 16), pady=(0, 12))
        self._texts: list[ttk.Label] = []
        self._unstored = ttk.Label(body, style="Waiting.TLabel", justify="left", compound="left",
                                   image=look.icon("clock", "warn", 18))
        self._texts.append(self._unstored)
        self._writing(body)
        self._entering(body)
        self._caption(body, "Banned")
        self._bans = ttk.Frame(body)
        look.pack(self._bans, fill="x", padx=(4, 0))
        self._naming(body)
        self._details(body)
        self.show_banned(())
        self.bind("<Configure>", lambda _: self._fit())
        look.on_change(self._fit, owner=self)

    # --- its parts -----------------------------------------------------------------------------------

    def _caption(self, body: ttk.Frame, text: str) -> None:
        label = ttk.Label(body, text=text, style="SmallStrong.TLabel")
        self._look.pack(label, anchor="w", padx=(4, 0), pady=(16, 4))

    def _text(self, parent: tk.Misc, text: str) -> ttk.Label:
        label = ttk.Label(parent, text=text, style="Muted.TLabel", justify="left")
        self._look.pack(label, anchor="w", padx=(4, 0))
        self._texts.append(label)
        return label

    def _writing(self, body: ttk.Frame) -> None:
        look = self._look
        self._caption(body, "Writing")
        self.first = ttk.Checkbutton(body, text="Read-only", style="Switch.TCheckbutton",
                                     variable=self.read_only, command=self._set_read_only)
        self.first.pack(anchor="w")
        self._read_only_words = self._text(body, "")
        slow = ttk.Label(body, text="Slow mode", style="TLabel")
        look.pack(slow, anchor="w", padx=(4, 0), pady=(12, 3))
        self._track = ttk.Frame(body, style="Track.TFrame")
        look.configure(self._track, padding=3)
        look.pack(self._track, anchor="w", padx=(4, 0))
        self._slow_choices(SLOW_CHOICES_S)
        look.pack(self._text(body, "The time a member waits between two messages."), anchor="w", pady=(4, 0))

    def _slow_choices(self, choices: Sequence[int]) -> None:
        for button in self.slow_buttons.values():
            button.destroy()
        self.slow_buttons.clear()
        for seconds in choices:
            button = ttk.Radiobutton(self._track, text=period(seconds) or "Off", value=str(seconds),
                                     variable=self._slow, style="Segment.TRadiobutton",
                                     command=self._set_slow)
            button.pack(side="left")
            self.slow_buttons[seconds] = button

    def _entering(self, body: ttk.Frame) -> None:
        self._caption(body, "Coming in")
        ttk.Checkbutton(body, text="Closed to new members", style="Switch.TCheckbutton",
                        variable=self.known_only, command=self._set_known_only).pack(anchor="w")
        self._text(body, "Only those who have been in this room before can come in.")
        switch = self.answering_switch = ttk.Checkbutton(
            body, text="Answer on the local network", style="Switch.TCheckbutton", variable=self.answering,
            command=lambda: self._submit(SetAnswering(self.answering.get())))
        self._look.pack(switch, anchor="w", pady=(12, 0))
        self._answering_words = self._text(body, "")

    def _naming(self, body: ttk.Frame) -> None:
        look = self._look
        self._caption(body, "Free a name")
        row = ttk.Frame(body)
        row.pack(fill="x")
        self.name = ttk.Entry(row, font=look.fonts.body, width=16)
        self.name.pack(side="left")
        self.name.bind("<Return>", lambda _: self._release())
        release = ttk.Button(row, text="Free it", command=self._release)
        look.pack(release, side="left", padx=(4, 0))
        release.bind("<Return>", lambda _: self._release())
        self.name_error = FieldError(body, look, self.name, wrap=360)
        self.name_error.pack(anchor="w")
        self._text(body, "A name belongs to the first key that took it; freed, another can take it.")

    def _details(self, body: ttk.Frame) -> None:
        self._caption(body, "Details")
        self._port = self._text(body, "")
        self._epoch = self._text(body, "")

    def show_port(self, port: int) -> None:
        self._port["text"] = f"The room listens on port {port}."

    def show_epoch(self, epoch: int) -> None:
        """The number of the room's key."""
        self._epoch["text"] = f"The room’s key is in epoch {epoch}: a new one for each who leaves."

    def open(self) -> None:
        """The focus on the first switch, and what stands above it in sight."""
        self.update_idletasks()  # what has no height yet would be scrolled to, and away from its caption
        self._scrolled.scroll_to_top()
        self.first.focus_set()

    # --- what is shown -------------------------------------------------------------------------------

    def show(self, room: RoomChanged) -> None:
        """The rules as they are now."""
        before, self._room = self._room, room
        if not room.disk_full:
            # While the disk is full the room is read-only whatever the switch says, so the switch stays.
            self.read_only.set(room.read_only)
        self.known_only.set(room.known_only)
        if room.slow_s != before.slow_s and room.slow_s not in self.slow_buttons:
            self._slow_choices(sorted({*SLOW_CHOICES_S, room.slow_s}))
            self._scrolled.adopt()
        self._slow.set(str(room.slow_s))
        self._read_only_words["text"] = FULL if room.disk_full else "Only you can write. Whispers still work."

    def show_answering(self, answering: Answering) -> None:
        """Whether those who look for rooms find this one."""
        self.answering.set(answering.wanted)
        self._answering_words["text"] = answering_line(answering)

    def show_unstored(self, text: str) -> None:
        """What was decided here holds, and is not on the disk yet: one sentence more."""
        before = str(self._unstored["text"])
        if text not in before.splitlines():
            self._unstored["text"] = f"{before}\n{text}".strip()
        first = self._body.winfo_children()[1]
        self._look.pack(self._unstored, anchor="w", padx=(4, 0), pady=(8, 0), before=first)

    def all_stored(self) -> None:
        self._unstored["text"] = ""
        self._unstored.pack_forget()

    def show_banned(self, members: Sequence[Member]) -> None:
        """The whole list of bans."""
        look = self._look
        for child in self._bans.winfo_children():
            child.destroy()
        self.unban_links.clear()
        if not members:
            ttk.Label(self._bans, text=NOBODY_BANNED, style="Muted.TLabel").pack(anchor="w")
        for member in members:
            row = ttk.Frame(self._bans)
            look.pack(row, fill="x", pady=(0, 4))
            lift = LinkLabel(row, look, "Lift the ban", lambda who=member: self._lift(who))  # type: ignore[misc]
            lift.pack(side="right")
            self.unban_links[member.id] = lift
            ttk.Label(row, image=look.member_dot(member.id)).pack(side="left")
            name = ttk.Label(row, text=shown(member.name) or "(no name)", style="TLabel")
            look.pack(name, side="left", padx=(6, 8))
            if member.address:
                where = ttk.Label(row, text=f"and {shown(member.address)}", style="Muted.TLabel")
                where.pack(side="left")
        self._scrolled.adopt()

    def _fit(self) -> None:
        for label in self._texts:
            label.configure(wraplength=max(self._look.px(200), self.winfo_width() - self._look.px(56)))

    # --- what the host does --------------------------------------------------------------------------

    def _set_read_only(self) -> None:
        self._submit(SetRoom(read_only=self.read_only.get()))

    def _set_slow(self) -> None:
        self._submit(SetRoom(slow_s=int(self._slow.get())))

    def _set_known_only(self) -> None:
        self._submit(SetRoom(known_only=self.known_only.get()))

    def _lift(self, member: Member) -> None:
        self.first.focus_set()  # the link is about to go
        self._submit(Unban(member.id))

    def _release(self) -> str:
        typed = self.name.get()
        self.name_error.clear()
        if typed.strip():
            try:
                self._submit(ReleaseName(clean_name(typed)))
            except BadName as error:
                self.name_error.show(str(error))
            else:
                self.name.delete(0, "end")
        return "break"
