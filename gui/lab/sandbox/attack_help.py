"""What can be done to a connection from the way, and what notices it: the table of `netcore.lab.attacks`,
which tests hold against real programs."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Final

from gui.lab.sandbox.verdict_card import ICONS
from gui.look.look import Look
from gui.widgets.scrolled_frame import ScrolledFrame
from netcore.lab.attacks import ATTACKS, Attack

TITLE: Final = "Attacks, and what notices them"
WIDTH: Final = 600


def noticed_by(attack: Attack) -> str:
    """"caught: signature, at the client (PROTOCOL §3.2)"."""
    words = attack.verdict.value
    if attack.defence is not None:
        words += f": {attack.defence.value}, at the {attack.victim}"
        words += ", when more frames follow" if attack.others else ""
    return f"{words} (PROTOCOL §{attack.section})"


class AttackHelp(tk.Toplevel):
    """Esc or Close takes it away."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        super().__init__(parent, background=look.palette.window)
        self.title(f"LocalChat: {TITLE}")
        foot = ttk.Frame(self, style="Window.TFrame")
        foot.pack(side="bottom", fill="x")
        scrolled = ScrolledFrame(self, look, ground="Window.")
        scrolled.pack(fill="both", expand=True)
        body = ttk.Frame(scrolled.inner, style="Window.TFrame")
        look.pack(body, padx=32, pady=(16, 8), anchor="nw")
        label = ttk.Label(body, text=TITLE, style="Window.Title.TLabel")
        label.grid(row=0, column=0, columnspan=2, sticky="w")
        for row, attack in enumerate(ATTACKS):
            icon, colour = ICONS[attack.verdict]
            sign = ttk.Label(body, image=look.icon(icon, colour, 20), style="Window.TLabel")
            look.grid(sign, row=3 * row + 1, column=0, rowspan=3, sticky="nw", padx=(0, 12), pady=(14, 0))
            for place, (words, style) in enumerate(((attack.what, "Window.Strong.TLabel"),
                                                    (noticed_by(attack), "Window.SmallStrong.TLabel"),
                                                    (attack.sentence, "Window.Secondary.TLabel"))):
                line = ttk.Label(body, text=words, style=style, justify="left")
                look.configure(line, wraplength=WIDTH)
                look.grid(line, row=3 * row + 1 + place, column=1, sticky="w", pady=(0 if place else 12, 0))
        close = ttk.Button(foot, text="Close", style="Window.Primary.TButton", command=self.destroy)
        self.close = close
        look.pack(close, side="right", padx=29, pady=12)
        self.bind("<Escape>", self._close)
        close.bind("<Return>", self._close)
        scrolled.adopt()
        self.update_idletasks()
        wide = min(body.winfo_reqwidth() + look.px(90), self.winfo_screenwidth())
        self.geometry(f"{wide}x{min(look.px(640), self.winfo_screenheight() * 9 // 10)}")
        close.focus_set()

    def _close(self, _event: tk.Event[tk.Misc]) -> str:
        self.destroy()
        return "break"
