"""F1: every key, in a small window beside the conversation."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from gui.compat import ALT_WORD, COMMAND_WORD
from gui.look.look import Look
from gui.widgets.scrolled_frame import ScrolledFrame

# (heading, ((key, what it does), ...)); {C} is Ctrl, or Cmd on macOS
KEYS = (
    ("Writing", (
        ("Enter", "Send"),
        ("Shift+Enter", "New line"),
        ("Alt+T", "Choose who gets it"),
        ("{C}+O", "Share files with whom the message would go to"),
        ("/whisper, /who, /help", "Commands, as on the command line; Tab completes them and names"),
        ("Esc", "From a whisper back to everyone"),
    )),
    ("Reading", (
        ("F6", "Writing, reading, files on their way, members: the next of them"),
        ("Up, Down", "Mark the message before or after"),
        ("Enter, Shift+F10", "What there is for the marked message: its file, its links, copies"),
        ("Page Up, Page Down", "Scroll; End goes to the newest"),
        ("{C}+S", "Save the newest file that was shared"),
        ("{C}+C", "Copy what is marked"),
        ("{C}+A", "Mark everything"),
        ("{C}+Shift+C", "Copy the whole conversation"),
    )),
    ("Members", (
        ("Up, Down", "The member before or after"),
        ("Enter", "Whisper to the marked member; a double click does too"),
        ("K", "The fingerprint of the marked member, to compare"),
        ("Shift+F10", "What else there is for the marked member"),
        ("Delete, Shift+Delete", "Remove, ban the marked member (host)"),
        ("M", "Mute the marked member, or give the voice back (host)"),
        ("Alt+M", "Show or hide the members"),
    )),
    ("Room", (
        ("{C}+L", "The fingerprint of the room’s key"),
        ("Alt+R", "Who may write, who may come in, bans, names (host)"),
        ("{C}+I", "Copy the invite (host)"),
        ("{C}+Q", "Stop the room (host); close the window"),
    )),
    ("Joining", (
        ("Down", "From the address to the rooms that were found; Up and Down choose"),
        ("Enter", "Join the chosen room"),
    )),
    ("Laboratory", (
        ("Alt+click on a message", "Show how it crossed the wire"),
        ("{C}+Page Up, {C}+Page Down", "The view before or after"),
        ("Arrow keys, {C}+arrow", "In the bytes: a byte, a field further"),
        ("Alt+Up, Alt+Down", "A layer out or in: chunk, frame, record, JSON, text"),
        ("Alt+W, Alt+S", "The code that acts on the field; the message in the conversation"),
        ("{C}+F, Alt+P, {C}+S", "Find, hold still, save for Wireshark"),
        ("Home, Left, Right, Space", "In the handshake: to its beginning, back, on, on by itself"),
        ("Up, Down", "In its table: the value before or after, with its bytes"),
        ("Alt+C, Alt+A", "In the stream: cut, and as it comes again"),
        ("Arrow keys, Enter", "In the grid: a cell further; run it, or show what happened there"),
        ("Space, Alt+E, Alt+V", "In the detective: pin a frame; to the evidence, to your verdict"),
        ("Alt+Left, Alt+Right, Alt+L", "In the loop: a turn back, a turn on, live"),
        ("{C}+W", "Close the laboratory; F2 goes back to the room"),
    )),
    ("The laboratory’s own room", (
        ("F6", "Lessons, Ada, tap, Ben: the next of them"),
        ("Alt+L", "Fold the lessons away, or show them"),
        ("Enter on an attack", "Arm it"),
        ("Arrow keys, 0 to 7", "In the tap’s bytes: the byte, its bit to flip"),
    )),
    ("Window", (
        ("{C}+D", "Light or dark"),
        ("{C}+Plus, {C}+Minus, {C}+0", "Larger, smaller, as it was"),
        ("Tab, Shift+Tab", "The next, the previous control"),
        ("Page Up, Page Down", "Scroll what is higher than its window"),
        ("F1", "These keys"),
        ("F2", "The laboratory: see inside this conversation"),
    )),
)


class KeysHelp(tk.Toplevel):
    """The list of keys. Esc, F1 or Close takes it away."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        super().__init__(parent, background=look.palette.window)
        self.title("LocalChat: keys")
        scrolled = ScrolledFrame(self, look, ground="Window.")
        foot = ttk.Frame(self, style="Window.TFrame")
        foot.pack(side="bottom", fill="x")
        scrolled.pack(fill="both", expand=True)
        body = ttk.Frame(scrolled.inner, style="Window.TFrame")
        look.pack(body, padx=32, pady=(16, 8), anchor="nw")
        self.words: list[ttk.Label] = []
        row = 0
        for heading, keys in KEYS:
            label = ttk.Label(body, text=heading, style="Window.Heading.TLabel")
            look.grid(label, row=row, column=0, columnspan=2, sticky="w", pady=(12 if row else 0, 4))
            row += 1
            for key, what in keys:
                here = key.replace("{C}", COMMAND_WORD).replace("Alt", ALT_WORD)
                name = ttk.Label(body, text=here, style="Window.Strong.TLabel")
                look.grid(name, row=row, column=0, sticky="nw", padx=(0, 24), pady=2)
                words = ttk.Label(body, text=what, style="Window.Secondary.TLabel", justify="left")
                look.grid(words, row=row, column=1, sticky="nw", pady=2)
                self.words.append(words)
                row += 1
        self.close = close = ttk.Button(foot, text="Close", style="Window.Primary.TButton",
                                        command=self.destroy)
        look.pack(close, side="right", padx=29, pady=12)
        self.attacks = ttk.Button(foot, text="Attacks, and what notices them…", style="Window.TButton",
                                  command=lambda: self._open_attacks(parent, look))
        look.pack(self.attacks, side="left", padx=29, pady=12)
        for key in ("<Escape>", "<F1>"):
            self.bind(key, self._close)
        close.bind("<Return>", self._close)
        scrolled.adopt()
        self.update_idletasks()
        width = body.winfo_reqwidth() + look.px(90)
        too_wide = width - self.winfo_screenwidth()
        if too_wide > 0:  # at a high zoom
            longest = max(words.winfo_reqwidth() for words in self.words)
            for words in self.words:
                words.configure(wraplength=longest - too_wide)
            self.update_idletasks()
            width -= too_wide
        height = min(body.winfo_reqheight() + look.px(110), self.winfo_screenheight() * 9 // 10)
        self.geometry(f"{width}x{height}")
        close.focus_set()

    def _open_attacks(self, parent: tk.Misc, look: Look) -> None:
        from gui.lab.sandbox.attack_help import (
            AttackHelp,  # nothing of the laboratory before somebody asks for it
        )

        AttackHelp(parent, look)
        self.destroy()

    def _close(self, _event: tk.Event[tk.Misc]) -> str:
        self.destroy()
        return "break"
