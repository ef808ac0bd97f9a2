"""The question before a member is removed: for a minute or for good, this address too, and why.

A card under the head of the members' table, no box over it. Esc, or Keep, closes it and nothing has happened.
"""

from __future__ import annotations

import ipaddress
import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from gui.compat import press_on_return
from gui.look.look import Look
from gui.text.quoted import quoted
from gui.text.shown_text import shown
from gui.widgets.boxes import Card
from gui.widgets.buttons import SegmentedChoice
from gui.widgets.keyboard import give_keyboard
from netcore.engine import Ban, Command, Kick, Member
from netcore.limits import KICK_REFUSES_S, MAX_REASON_CHARS

FOR_A_MINUTE, FOR_GOOD = "minute", "good"
REMOVE_WORDS = f"Remove {{name}}? This key can come back after {KICK_REFUSES_S:.0f} seconds."
BAN_WORDS = "Ban {name}? This key stays out, also after a restart, until you lift the ban."


class RemoveQuestion(Card):
    """`ask(member)` shows it; the answer goes to `submit` as Kick or Ban. `on_close()` follows either way."""

    def __init__(self, parent: tk.Misc, look: Look, submit: Callable[[Command], None],
                 on_close: Callable[[], None]) -> None:
        super().__init__(parent, look, ground="", kind="Alarm", padding=(13, 10))
        self._look = look
        self._submit = submit
        self._on_close = on_close
        self.member: Member | None = None
        self._words = ttk.Label(self, justify="left")
        look.pack(self._words, anchor="w", padx=(3, 0))
        choices = ttk.Frame(self)
        look.pack(choices, fill="x", padx=(3, 0), pady=(8, 0))
        lengths = [(FOR_A_MINUTE, "For a minute"), (FOR_GOOD, "For good: ban")]
        self.how = SegmentedChoice(choices, look, lengths, FOR_A_MINUTE, command=lambda _: self._show())
        self.how.pack(side="left")
        self.address_too = tk.BooleanVar(self, False)
        self.address_box = ttk.Checkbutton(self, variable=self.address_too)
        self._shared = ttk.Label(self, style="Small.TLabel", justify="left")
        self._sharing = 0
        self._row = ttk.Frame(self)
        look.pack(self._row, fill="x", pady=(8, 0))
        caption = ttk.Label(self._row, text="Reason", style="SmallStrong.TLabel")
        look.pack(caption, side="left", padx=(3, 4))
        self.reason = ttk.Entry(self._row, font=look.fonts.body, width=8)
        keep = ttk.Button(self._row, text="Keep", style="Small.Plain.TButton", command=self.close)
        self.confirm = ttk.Button(self._row, style="Small.Danger.TButton", command=self.answer)
        # The reason takes what the buttons leave; made before them, so that Tab goes as one reads.
        keep.pack(side="right")
        self.confirm.pack(side="right")
        self.reason.pack(side="left", fill="x", expand=True)
        self.reason.bind("<Return>", lambda _: self.answer())
        for button in (keep, self.confirm):
            press_on_return(button)
        self.bind("<Configure>", lambda _: self._fit())

    def ask(self, member: Member, for_good: bool, sharing: int = 0) -> None:
        """Fill it for this member; where it stands is the caller's. `sharing`: others here at its address."""
        self.member = member
        self._sharing = sharing
        self.how.variable.set(FOR_GOOD if for_good else FOR_A_MINUTE)
        self.address_too.set(False)
        self.reason.delete(0, "end")
        self._show()
        give_keyboard(self.reason)

    def answer(self) -> str:
        """Do what is chosen."""
        if self.member is not None:
            reason = self.reason.get().strip()[:MAX_REASON_CHARS]
            if self.how.value == FOR_GOOD:
                self._submit(Ban(self.member.id, reason, self.address_too.get()))
            else:
                self._submit(Kick(self.member.id, reason))
        self.close()
        return "break"

    def close(self) -> None:
        """Nothing more is asked."""
        self.member = None
        self._on_close()

    def _show(self) -> None:
        """What follows from the choice: the words, the button, and the address for a ban."""
        if self.member is None:
            return
        for_good, host = self.how.value == FOR_GOOD, host_part(self.member.address)
        self._words["text"] = (BAN_WORDS if for_good else REMOVE_WORDS).format(name=quoted(self.member.name))
        self.confirm["text"] = "Ban" if for_good else "Remove"
        self.address_box["text"] = f"This address too: {shown(host)}"
        # A ban of this computer's own address would shut out every window on it.
        if for_good and host and not is_loopback(host):
            self._look.pack(self.address_box, anchor="w", padx=(0, 0), pady=(6, 0), before=self._row)
            self._shared["text"] = shared_words(self._sharing)
            self._look.pack(self._shared, anchor="w", padx=(30, 0), before=self._row)
        else:
            self.address_too.set(False)
            self.address_box.pack_forget()
            self._shared.pack_forget()

    def _fit(self) -> None:
        room = self.winfo_width() - self._look.px(40)
        self._words.configure(wraplength=max(self._look.px(160), room))
        self._shared.configure(wraplength=max(self._look.px(160), room - self._look.px(30)))


def shared_words(others: int) -> str:
    """The warning beside a ban of an address, at which `others` are here, too."""
    if others:
        who = "1 other who is here has" if others == 1 else f"{others} others who are here have"
        return f"{who} the same address. Whoever comes from it is refused then."
    return "A whole class may share one address. Whoever comes from it is refused then."


def host_part(address: str) -> str:
    """ "192.168.1.31" of "192.168.1.31:52144", "fe80::1" of "[fe80::1]:52144"."""
    return address.rpartition(":")[0].strip("[]")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
