"""One value of the handshake: what it is, its bytes, and the lines that compute it again."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from tkinter import ttk
from typing import Final

from gui.look.look import Look
from gui.text.shown_text import shown
from gui.widgets.banner import Banner
from gui.widgets.buttons import CopyButton
from netcore.lab.handshake.check_yourself import check_yourself, lacks, run_lines, uses_secrets
from netcore.lab.handshake.ladder import Party
from netcore.lab.handshake.ledger import VALUES, Value
from netcore.wire.lines import counted

SECRET: Final = frozenset(value.name for value in VALUES if value.secret)
WARNING: Final = ("Whoever sees this screen, or a picture of it, can open what this connection says. "
                  "Not for the projector, unless that is the lesson.")
MOST_LINES: Final = 14  # of the snippet, before it scrolls
RUN: Final = "Copy it and run it with python3 (it needs pycryptodome), or run these very lines here:"
PRINTED: Final = "It printed: {words}"
STOPPED: Final = "It stopped: {words}"
HIDDEN_LINES: Final = "The lines hold secret values. They stand here once you show secrets."


def masked(size_bytes: int) -> str:
    """What stands for a value that is not shown."""
    return "•••• " * min(4, max(1, size_bytes // 2)) + f" {counted(size_bytes, 'byte')}, hidden"


def grouped(value: bytes) -> str:
    """Two bytes a group, as in the hex dumps."""
    return value.hex(" ", -2)


class ValuePanel(ttk.Frame):
    """`show(value, have)`: `have` holds the recorded values, and the raw frames by their names.

    `on_checked(name, matches)` hears that a value was computed again, and whether it is the recorded one.
    """

    def __init__(self, parent: tk.Misc, look: Look, on_secrets: Callable[[bool], None],
                 on_checked: Callable[[str, bool], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._on_secrets = on_secrets
        self._on_checked = on_checked
        self._value: Value | None = None
        self._have: Mapping[str, bytes] = {}
        self._side = Party.CLIENT
        head = ttk.Frame(self)
        head.pack(fill="x")
        self.secrets = tk.BooleanVar(self, False)
        self.switch = ttk.Checkbutton(head, text="Show secrets", variable=self.secrets,
                                      style="Switch.TCheckbutton", command=self._switched)
        self.switch.pack(side="right")
        self._title = ttk.Label(head, style="SmallStrong.TLabel", text="Values of this connection")
        self._title.pack(side="left")
        self._warning = Banner(self, look)
        look.pack(self._warning, fill="x")
        self._words = ttk.Label(self, style="Small.TLabel", justify="left")
        look.pack(self._words, anchor="w", pady=(4, 0))
        self._hex = ttk.Label(self, style="MonoSmall.TLabel", justify="left")
        look.pack(self._hex, anchor="w", pady=(6, 0))
        self._where = ttk.Label(self, style="Muted.TLabel", justify="left")
        look.pack(self._where, anchor="w", pady=(4, 0))
        self._check = ttk.Frame(self)
        row = ttk.Frame(self._check)
        row.pack(fill="x")
        self.copy_button = CopyButton(row, look, self.lines, "Copy")
        self.copy_button.pack(side="right")
        self.run_button = ttk.Button(row, text="Run it here", style="Small.Plain.TButton", command=self.run,
                                     compound="left", image=look.button_icon("play", "ink2", 18))
        look.pack(self.run_button, side="right", padx=(0, 8))
        ttk.Label(row, text="Check it yourself", style="Strong.TLabel").pack(side="left")
        self._run = ttk.Label(self._check, text=RUN, style="Small.TLabel", justify="left")
        self._run.pack(anchor="w")
        field = self._field = ttk.Frame(self._check, style="Field.TFrame")
        look.configure(field, padding=10)
        look.pack(field, fill="x", pady=(4, 0))
        self._text = tk.Text(field, borderwidth=0, highlightthickness=0, wrap="char", height=2, width=20,
                             state="disabled", font=look.fonts.mono_small, takefocus=True)
        self._text.bind("<FocusIn>", lambda _: field.state(["focus"]))
        self._text.bind("<FocusOut>", lambda _: field.state(["!focus"]))
        self._bar = ttk.Scrollbar(field, orient="vertical", command=self._text.yview, takefocus=False)
        self._text.configure(yscrollcommand=self._bar.set)
        self._text.pack(side="left", fill="both", expand=True)
        self.result = ttk.Label(self._check, style="Accent.TLabel", justify="left")
        self.bind("<Configure>", self._fit, add=True)
        self._text.bind("<Configure>", lambda _: self._size_text(), add=True)
        look.on_change(self._restyle, owner=self)
        self._restyle()

    @property
    def said(self) -> str:
        """Everything that stands here, for the tests."""
        return "\n".join((str(self._title["text"]), str(self._words["text"]), str(self._hex["text"]),
                          self._text.get("1.0", "end-1c") if self._check.winfo_manager() else ""))

    def show(self, value: Value | None, have: Mapping[str, bytes], side: Party) -> None:
        self._value, self._have, self._side = value, have, side
        self._fill()

    def hide_secrets(self) -> None:
        self.secrets.set(False)
        self._warning.hide()
        self._fill()

    def lines(self) -> str:
        """The snippet that can be copied now, "" if none is shown."""
        if self._value is None or self._covered():
            return ""
        return check_yourself(self._value.name, self._have) or ""

    def run(self) -> None:
        """Compute the value again by the lines that stand here."""
        lines = self.lines()
        if self._value is None or not lines:
            return
        matches, words = run_lines(lines)
        self.result.configure(text=(PRINTED if matches else STOPPED).format(words=words),
                              style="Accent.TLabel" if matches else "Error.TLabel")
        self._look.pack(self.result, anchor="w", pady=(6, 0))
        self._on_checked(self._value.name, matches)

    # --- inside --------------------------------------------------------------------------------------

    def _covered(self) -> bool:
        return (self._value is not None and not self.secrets.get()
                and uses_secrets(self._value.name, self._have, SECRET))

    def _switched(self) -> None:
        if self.secrets.get():
            self._warning.show("Warn", WARNING, icon="warning")
        else:
            self._warning.hide()
        self._fill()
        self._on_secrets(self.secrets.get())

    def _fill(self) -> None:
        value = self._value
        if value is None:
            self._title["text"] = "Values of this connection"
            self._words["text"] = "Choose a line of the table to see its bytes, and how they come about."
            self._hex.pack_forget()
            self._where.pack_forget()
            self._check.pack_forget()
            return
        self._title["text"] = value.name
        self._words["text"] = value.words
        recorded = self._have.get(value.name)
        if recorded is None:
            self._hex["text"] = self._gap(value)
        elif value.secret and not self.secrets.get():
            self._hex["text"] = masked(len(recorded))
        elif value.size_bytes:
            self._hex["text"] = grouped(recorded)
        else:
            # What a stranger sent before anything of it was checked.
            self._hex["text"] = shown(recorded.decode("utf-8", "replace").strip(), lines=True)
        self._where["text"] = f"{value.section}  ·  {value.function}"
        self._look.pack(self._hex, anchor="w", pady=(6, 0), after=self._words)
        self._look.pack(self._where, anchor="w", pady=(4, 0), after=self._hex)
        self._fill_check(value)
        self._fit()

    def _gap(self, value: Value) -> str:
        if value.made_by is self._side.other and value.secret and value.name.endswith("_private"):
            return f"Not here: only the {self._side.other.value} had it, and it has forgotten it."
        return "Not recorded at this end."

    def _fill_check(self, value: Value) -> None:
        why_not = lacks(value.name, self._have)
        self._look.pack(self._check, fill="x", pady=(14, 12))
        lines = self.lines()
        self.result.pack_forget()
        text = lines or why_not or HIDDEN_LINES
        self._run["text"] = RUN if lines else text
        if lines:
            self._look.pack(self._field, fill="x", pady=(4, 0))
            self.copy_button.pack(side="right")
            self._look.pack(self.run_button, side="right", padx=(0, 8))
        else:
            self._field.pack_forget()
            self.copy_button.pack_forget()
            self.run_button.pack_forget()
        self._text.configure(state="normal")
        self._text.delete("1.0", "end")
        self._text.insert("1.0", lines)
        self._text.configure(state="disabled")
        self._size_text()

    def _size_text(self) -> None:
        count = self._text.count("1.0", "end", "displaylines")
        lines = count[0] if isinstance(count, tuple) else count or 1
        self._text.configure(height=max(2, min(MOST_LINES, lines)))
        if lines > MOST_LINES and not self._bar.winfo_manager():
            self._bar.pack(side="right", fill="y", before=self._text)
        elif lines <= MOST_LINES:
            self._bar.pack_forget()

    def _fit(self, _event: object = None) -> None:
        wide = self.winfo_width()
        if wide > 1:
            for label in (self._words, self._hex, self._where, self._run):
                label.configure(wraplength=wide - self._look.px(8))
            self._size_text()

    def _restyle(self) -> None:
        p = self._look.palette
        self._text.configure(background=p.surface, foreground=p.ink, selectbackground=p.select,
                             selectforeground=p.ink, inactiveselectbackground=p.select)
        self._fill()
