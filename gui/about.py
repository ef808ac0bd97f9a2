"""About LocalChat: its version, where it keeps its files, and how it looks. Asked for from the Apple menu."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk

from gui.look.look import Look
from netcore.options import VERSION


class About(tk.Toplevel):
    """Esc or Close takes it away. `on_theme` changes between light and dark."""

    def __init__(self, parent: tk.Misc, look: Look, data_dir: Path, on_theme: Callable[[], object]) -> None:
        super().__init__(parent, background=look.palette.window)
        self.title("About LocalChat")
        body = ttk.Frame(self, style="Window.TFrame")
        look.pack(body, padx=32, pady=24)
        ttk.Label(body, text=f"LocalChat {VERSION}", style="Window.Title.TLabel").pack(anchor="w")
        words = ttk.Label(body, text=f"An encrypted chat for the local network.\nIts files are in {data_dir}",
                          style="Window.Secondary.TLabel", justify="left")
        look.configure(words, wraplength=420)
        look.pack(words, anchor="w", pady=(4, 16))
        row = ttk.Frame(body, style="Window.TFrame")
        row.pack(fill="x")
        choices = (("Light or dark", on_theme), ("Larger", look.zoom_in), ("Smaller", look.zoom_out))
        for text, command in choices:
            ttk.Button(row, text=text, style="Window.TButton", command=command).pack(side="left")
        close = ttk.Button(row, text="Close", style="Window.Primary.TButton", command=self.destroy)
        look.pack(close, side="right", padx=(24, 0))
        self.bind("<Escape>", lambda _: self.destroy())
        close.focus_set()
