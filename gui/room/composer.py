"""Where one writes: to whom, the field, the button, and a line that says what Enter will do.

Each target has a draft of its own, so that Esc back to Everyone never carries a whisper's text into the room.
What cannot be sent (too long, too many lines) stays in the field with the reason.
"""

from __future__ import annotations

import math
import time
import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from gui.look.look import Look
from gui.room.system_lines import period
from gui.text.shown_text import shown
from gui.widgets.fields import RoundedText
from gui.widgets.tooltip import Tooltip
from netcore.engine import Member
from netcore.limits import MAX_TEXT_CHARS, MAX_TEXT_LINES

COUNTER_FROM = MAX_TEXT_CHARS - 500
MENU_COLUMN = 20  # members of a menu column; a longer menu would leave the screen
HINT = "Enter sends  ·  Shift+Enter new line"
SLOW = "Slow mode: one message every {period}"
SLOW_WAIT = "Slow mode: you can send again in {period}. Write on meanwhile."
TICK_MS = 200
TOO_LONG = f"Too long: {{count:,}} characters of {MAX_TEXT_CHARS:,}. Send it in parts."
TOO_MANY_LINES = f"Too many lines: {{count}} of {MAX_TEXT_LINES}. Send it in parts."


class Composer(ttk.Frame):
    """`on_send(text, member)` takes a message; member is None for everyone."""

    def __init__(self, parent: tk.Misc, look: Look, on_send: Callable[[str, Member | None], None],
                 on_target: Callable[[Member | None], None], placeholder: str = "Write to the room",
                 narrow: bool = False) -> None:
        super().__init__(parent)
        self.target: Member | None = None
        self._look = look
        self._on_send = on_send
        self._on_target = on_target
        self._placeholder = placeholder
        self._others: list[Member] = []
        self._drafts: dict[bytes, str] = {}
        self._closed = ""  # the sentence for which nothing can be sent, or empty
        self._whispers_too = True
        self._slow_s = 0
        self._wait_until_s = 0.0  # slow mode, on the monotonic clock
        self._ticking: str | None = None
        self._narrow = narrow

        self.columnconfigure(2, weight=1)
        self._to_label = ttk.Label(self, text="To", style="Secondary.TLabel")
        if not narrow:
            look.grid(self._to_label, row=0, column=0, padx=(0, 6), pady=11, sticky="s")
        self._names = look.menu(self)
        self._names.configure(postcommand=self._fill_names)
        self.to_button = ttk.Menubutton(self, text="Everyone", menu=self._names)
        Tooltip(self.to_button, look, "Who gets it", "Alt+T")
        self.to_button.grid(row=0, column=1, sticky="s")
        self.field = RoundedText(self, look, placeholder=placeholder, on_return=self.send_written,
                                 on_change=self._show_line)
        look.grid(self.field, row=0, column=2, sticky="ew", padx=4)
        self.text = self.field.text
        self.button = ttk.Button(self, style="Primary.TButton", text="Send", compound="left",
                                 command=self.send_written)
        self.button.grid(row=0, column=3, sticky="se")
        self._line = ttk.Label(self, style="Muted.TLabel")
        look.grid(self._line, row=1, column=0, columnspan=3, sticky="w", padx=(3, 0), pady=(1, 0))
        self._counter = ttk.Label(self, style="Muted.TLabel")
        look.grid(self._counter, row=1, column=3, sticky="e", padx=(0, 3), pady=(1, 0))
        self._show_target()
        look.on_change(self._open_or_close)
        self.bind("<Configure>", lambda _: self._line.configure(wraplength=self.winfo_width() - look.px(120)))
        self.bind("<Destroy>", lambda event: self._stop_ticking() if event.widget is self else None,
                  add=True)

    # --- whom it goes to -----------------------------------------------------------------------------

    def set_others(self, others: list[Member]) -> None:
        """Whom a whisper can go to, in the order of the menu."""
        self._others = others
        if self.target is not None:
            # A name may have come back with the connection; the key decides who it is.
            self.target = next((member for member in others if member.id == self.target.id), self.target)
            self._show_line()

    def set_target(self, member: Member | None) -> None:
        """Write to this member, or to everyone. Its draft comes into the field, the other one is kept."""
        if (member and member.id) != (self.target and self.target.id):
            self._drafts[self._key()] = self.written()
            self.target = member
            self._put(self._drafts.pop(self._key(), ""))
            self._show_target()
            self._open_or_close()
            self._on_target(member)
        self.text.focus_set()

    def _key(self) -> bytes:
        return self.target.id if self.target else b""

    def _fill_names(self) -> None:
        self._names.delete(0, "end")
        self._names.add_command(label="Everyone", command=lambda: self.set_target(None))
        if self._others:
            self._names.add_separator()
        for number, member in enumerate(self._others):
            self._names.add_command(
                label=shown(member.name), columnbreak=number > 0 and number % MENU_COLUMN == 0,
                command=lambda chosen=member: self.set_target(chosen))  # type: ignore[misc]

    def open_names(self) -> None:
        """Open the menu of targets by key."""
        if self.winfo_viewable() and not self.to_button.instate(["disabled"]):
            self._names.tk_popup(self.to_button.winfo_rootx(), self.to_button.winfo_rooty())

    def _show_target(self) -> None:
        whispering = self.target is not None
        name = shown(self.target.name) if self.target else "Everyone"
        self.to_button["text"] = name if len(name) <= 16 else name[:15] + "…"
        icon = ("lock", "on_strong") if whispering else ("send", "on_accent")
        self.button.configure(text="Whisper" if whispering else "Send",
                              style="Whisper.TButton" if whispering else "Primary.TButton",
                              image=self._look.button_icon(*icon, 18))
        self.field.set_whisper(whispering)
        self.field.set_placeholder(f"Whisper to {name}" if whispering else self._placeholder)
        self._show_line()

    # --- what is written -----------------------------------------------------------------------------

    def written(self) -> str:
        """The text in the field, as typed."""
        return self.field.value

    def put_back(self, text: str, to: Member | None) -> None:
        """A text that was refused comes back into the field, in front of the draft that may be there."""
        self.set_target(to)
        rest = self.written()
        self._put(f"{text}\n{rest}" if rest.strip() else text)

    def send_written(self) -> None:
        """Hand over what is written. What cannot be sent stays, and the line under the field says why."""
        text = self.written().strip()
        if self._reason() or not text or self._problem(text) or self._wait_s():
            self.text.focus_set()
            return
        self._put("")
        self._on_send(text, self.target)

    def _put(self, text: str) -> None:
        # A Text that is closed takes no insert either.
        self.text["state"] = "normal"
        self.field.value = text
        self.text.see("insert")
        self._open_or_close()

    @staticmethod
    def _problem(text: str) -> str:
        if len(text) > MAX_TEXT_CHARS:
            return TOO_LONG.format(count=len(text))
        lines = text.count("\n") + 1
        return TOO_MANY_LINES.format(count=lines) if lines > MAX_TEXT_LINES else ""

    def _show_line(self) -> None:
        text = self.written().strip()
        problem = self._problem(text)
        reason = self._reason()
        if reason or problem:
            self._line.configure(text=reason or problem, style="Error.TLabel" if problem else "Muted.TLabel")
        elif self.target:
            name = shown(self.target.name)
            here = any(member.id == self.target.id for member in self._others)
            self._line.configure(style="WhisperNote.TLabel", text=(
                f"Sealed for {name} alone: the server passes on what it cannot read  ·  Esc: everyone" if here
                else f"{name} is not in the room now  ·  Esc: everyone"))
        elif self._wait_s():
            self._line.configure(text=SLOW_WAIT.format(period=period(self._wait_s())), style="Waiting.TLabel")
        elif self._slow_s:
            self._line.configure(text=SLOW.format(period=period(self._slow_s)), style="Muted.TLabel")
        else:
            self._line.configure(text="" if self._narrow else HINT, style="Muted.TLabel")
        near = len(text) > COUNTER_FROM
        self._counter.configure(text=f"{len(text):,} / {MAX_TEXT_CHARS:,}" if near else "",
                                style="Error.TLabel" if len(text) > MAX_TEXT_CHARS else "Muted.TLabel")
        closed = reason or problem or self._wait_s()
        self.button.state(["disabled" if closed else "!disabled"])
        self.field.state(["invalid" if problem else "!invalid"])

    # --- when nothing can be sent --------------------------------------------------------------------

    def set_slow(self, seconds: int) -> None:
        """The room's slow mode: seconds between two messages to everyone, 0 for off."""
        self._slow_s = seconds
        if not seconds:
            self._wait_until_s = 0.0
        self._show_line()

    def wait(self, seconds: int) -> None:
        """One message to everyone is through: the next may follow after this long."""
        if seconds:
            self._wait_until_s = time.monotonic() + seconds
            self._stop_ticking()
            self._tick()

    def _wait_s(self) -> int:
        """Whole seconds until a message to everyone can be sent; whispers need not wait."""
        return 0 if self.target else max(0, math.ceil(self._wait_until_s - time.monotonic()))

    def _tick(self) -> None:
        self._show_line()
        self._ticking = self.after(TICK_MS, self._tick) if time.monotonic() < self._wait_until_s else None

    def _stop_ticking(self) -> None:
        if self._ticking is not None:
            self.after_cancel(self._ticking)
            self._ticking = None

    def close(self, sentence: str, whispers_too: bool = True) -> None:
        """Nothing can be sent now, for the reason in `sentence`; drafts stay. Empty: open again."""
        self._closed, self._whispers_too = sentence, whispers_too
        self.to_button.state(["disabled" if sentence and whispers_too else "!disabled"])
        self._open_or_close()

    def _reason(self) -> str:
        return self._closed if self._whispers_too or self.target is None else ""

    def _open_or_close(self) -> None:
        self.field.set_closed(bool(self._reason()))
        self._show_line()

    def escape(self) -> bool:
        """Back to everyone, if it was a whisper; whether it was."""
        if self.target is None:
            return False
        self.set_target(None)
        return True
