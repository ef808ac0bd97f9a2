"""What is pressed: links, buttons with an icon, buttons that copy, a few choices side by side.

`ground` is the label ground that it stands on: "" or "Card." for the surface, "Window." for the
ground beside the cards.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import Any, Final

from gui.look.look import Look
from gui.look.theme_styles import control_prefix
from gui.widgets.timer import Timer
from gui.widgets.tooltip import Tooltip

DARK_TIP: Final = "To the dark theme"
LIGHT_TIP: Final = "To the light theme"
_COPIED_MS: Final = 1500


class LinkLabel(ttk.Label):
    """Words that do something: underlined under the pointer and with the focus, Return and Space press it."""

    def __init__(self, parent: tk.Misc, look: Look, text: str, command: Callable[[], object], *,
                 ground: str = "", colour: str = "accent", font: str = "small_strong") -> None:
        super().__init__(parent, text=text, cursor="hand2", takefocus=True, style=f"{ground}Accent.TLabel")
        self._look = look
        self._font = font
        self._colour = colour
        self._marked = False
        self.command = command
        for event in ("<Button-1>", "<Return>", "<KP_Enter>", "<space>"):
            self.bind(event, self._press)
        for event in ("<Enter>", "<FocusIn>"):
            self.bind(event, lambda _event: self._mark(True), add=True)
        for event in ("<Leave>", "<FocusOut>"):
            self.bind(event, lambda _event: self._mark(False), add=True)
        look.on_change(self._recolour)
        self._recolour()

    def _press(self, _event: object) -> str:
        self.command()
        return "break"

    def _mark(self, marked: bool) -> None:
        self._marked = marked
        self._recolour()

    def _recolour(self) -> None:
        family = getattr(self._look.fonts, self._font)
        self.configure(foreground=self._look.palette.colour(self._colour),
                       font=(*_font_parts(self, family), "underline") if self._marked else family)


def _font_parts(widget: tk.Misc, name: str) -> tuple[str, int, str]:
    """(family, size, weight) of a named font."""
    def actual(option: str) -> Any:
        return widget.tk.call("font", "configure", name, option)

    return str(actual("-family")), int(actual("-size")), str(actual("-weight"))


class IconButton(ttk.Button):
    """A square button that is an icon, with its name in the tooltip."""

    def __init__(self, parent: tk.Misc, look: Look, icon: str, tip: str, command: Callable[[], object], *,
                 ground: str = "", kind: str = "Ghost", shortcut: str = "", size: int = 20,
                 colour: str = "ink2") -> None:
        super().__init__(parent, style=f"{control_prefix(ground)}Icon.{kind}.TButton", command=command,
                         image=look.button_icon(icon, colour, size))
        self._look, self._colour, self._size = look, colour, size
        self.tooltip = Tooltip(self, look, tip, shortcut)
        self.bind("<Return>", self._press)

    def _press(self, _event: object) -> str:
        self.tooltip.hide()
        self.invoke()
        return "break"

    def set_icon(self, icon: str, tip: str) -> None:
        self.configure(image=self._look.button_icon(icon, self._colour, self._size))
        self.tooltip.text = tip


def set_words(button: ttk.Button, words: str) -> None:
    """The words beside a button's icon; without any the icon stands in the middle."""
    button.configure(text=words, compound="left" if words else "image")


class CopyButton(ttk.Button):
    """Copies `get_text()` to the clipboard and says "Copied" for a moment."""

    def __init__(self, parent: tk.Misc, look: Look, get_text: Callable[[], str], text: str = "Copy", *,
                 ground: str = "", style: str = "Small.Plain.TButton") -> None:
        super().__init__(parent, text=text, style=control_prefix(ground) + style, command=self.copy,
                         image=look.button_icon("copy", "ink2", 18), compound="left")
        self._look, self._text, self._get_text = look, text, get_text
        self._restoring = Timer(self)
        self.bind("<Destroy>", lambda _event: self._restoring.stop(), add=True)

    def copy(self) -> None:
        self.clipboard_clear()
        self.clipboard_append(self._get_text())
        self.configure(image=self._look.icon("check", "accent", 18), text="Copied" if self._text else "")
        self._restoring.start(_COPIED_MS, self._restore)

    def _restore(self) -> None:
        self.configure(image=self._look.button_icon("copy", "ink2", 18), text=self._text)


class SegmentedChoice(ttk.Frame):
    """A few choices side by side, one of them taken. choices: (value, label)."""

    def __init__(self, parent: tk.Misc, look: Look, choices: Sequence[tuple[str, str]], value: str, *,
                 ground: str = "", command: Callable[[str], object] | None = None) -> None:
        prefix = control_prefix(ground)
        super().__init__(parent, style=f"{prefix}Track.TFrame")
        look.configure(self, padding=3)
        self.variable = tk.StringVar(self, value)
        self.buttons: dict[str, ttk.Radiobutton] = {}
        for choice, label in choices:
            button = ttk.Radiobutton(self, text=label, value=choice, variable=self.variable,
                                     style=f"{prefix}Segment.TRadiobutton",
                                     command=(lambda: command(self.variable.get())) if command else "")
            button.pack(side="left", fill="both", expand=True)
            self.buttons[choice] = button

    @property
    def value(self) -> str:
        return self.variable.get()
