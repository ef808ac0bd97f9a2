"""The small pieces windows are made of: boxes, lines of news, links, fields, buttons with an icon.

Every widget takes (parent, look, ...) and restyles itself. `ground` is the label ground it stands on:
"" or "Card." for the surface, "Window." for the ground beside the cards.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import Any, Final

from gui.look.look import Look
from gui.look.theme_styles import control_prefix
from gui.widgets.text_fields import RoundedText, ScrolledFrame

__all__ = ["Banner", "Card", "CopyButton", "FieldError", "IconButton", "LinkLabel", "Pill", "RoundedText",
           "ScrolledFrame", "SegmentedChoice", "Tooltip", "rule"]

DARK_TIP: Final = "To the dark theme"
LIGHT_TIP: Final = "To the light theme"
_TIP_DELAY_MS: Final = 500
_COPIED_MS: Final = 1500


def rule(parent: tk.Misc) -> ttk.Frame:
    """A hairline, to be packed or gridded with fill along its way."""
    return ttk.Frame(parent, style="Line.TFrame", width=1, height=1)


class Card(ttk.Frame):
    """A rounded box. kind: "", Chosen, Alarm, Info, Warn, Danger, Whisper, Plain, Tile; padding at 100 %."""

    def __init__(self, parent: tk.Misc, look: Look, *, ground: str = "Window.", kind: str = "",
                 padding: Any = 24) -> None:
        self._ground = control_prefix(ground)
        super().__init__(parent)
        look.configure(self, padding=padding)
        self.set_kind(kind)

    def set_kind(self, kind: str) -> None:
        self.configure(style=f"{self._ground}{kind + '.' if kind else ''}Box.TFrame")


class Tooltip:
    """A few words beside a widget, after half a second under the pointer or with the keyboard focus."""

    def __init__(self, widget: tk.Misc, look: Look, text: str, shortcut: str = "") -> None:
        self._widget = widget
        self._look = look
        self.text = text
        self._shortcut = shortcut
        self._after_id: str | None = None
        self._window: tk.Toplevel | None = None
        widget.bind("<Enter>", self._wait, add=True)
        widget.bind("<FocusIn>", self._wait, add=True)
        for event in ("<Leave>", "<FocusOut>", "<ButtonPress>", "<KeyPress>", "<Destroy>"):
            widget.bind(event, self.hide, add=True)

    def _wait(self, _event: object = None) -> None:
        self.hide()
        self._after_id = self._widget.after(_TIP_DELAY_MS, self.show)

    def show(self) -> None:
        """Show it now. Does nothing without words or for a hidden widget."""
        self.hide()
        if not self.text or not self._widget.winfo_viewable():
            return
        window = tk.Toplevel(self._widget, background=self._look.palette.tip)
        window.wm_overrideredirect(True)
        words = f"{self.text}   {self._shortcut}" if self._shortcut else self.text
        label = ttk.Label(window, text=words, style="Tip.TLabel", wraplength=self._look.px(360))
        label.pack()
        x = self._widget.winfo_rootx() + self._widget.winfo_width() // 2 - label.winfo_reqwidth() // 2
        y = self._widget.winfo_rooty() + self._widget.winfo_height() + self._look.px(4)
        if y + label.winfo_reqheight() > window.winfo_screenheight():
            y = self._widget.winfo_rooty() - label.winfo_reqheight() - self._look.px(4)
        x = max(0, min(x, window.winfo_screenwidth() - label.winfo_reqwidth()))
        window.wm_geometry(f"+{x}+{y}")
        self._window = window

    def hide(self, _event: object = None) -> None:
        if self._after_id is not None:
            self._widget.after_cancel(self._after_id)
            self._after_id = None
        if self._window is not None:
            self._window.destroy()
            self._window = None


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


class Banner(ttk.Frame):
    """One line of news in the window: kind "Info", "Warn" or "Danger"; hidden until `show`.

    Give its place with `look.pack`/`look.grid` once, then `show` and `hide` it.
    """

    _ICONS: Final = {"Info": ("info", "accent"), "Warn": ("clock", "warn"), "Danger": ("warning", "danger")}

    def __init__(self, parent: tk.Misc, look: Look, *, ground: str = "") -> None:
        super().__init__(parent, style="TFrame" if not control_prefix(ground) else "Window.TFrame")
        self._look = look
        self._ground = control_prefix(ground)
        self._box: ttk.Frame | None = None
        self._words: ttk.Label | None = None
        self.bind("<Configure>", self._fit, add=True)
        self.configure(height=1)
        look.on_change(self._recolour)

    @property
    def text(self) -> str:
        """What it says now; empty while hidden."""
        return str(self._words.cget("text")) if self._words is not None else ""

    def show(self, kind: str, text: str, *, icon: str = "", action: str = "",
             command: Callable[[], object] | None = None, closable: bool = False) -> None:
        """Say `text`; `action` becomes a link that runs `command`; closable adds a cross."""
        self.hide()
        look, (default_icon, colour) = self._look, self._ICONS[kind]
        box = self._box = Card(self, look, ground=self._ground, kind=kind, padding=(15, 7))
        box.pack(fill="both", expand=True)
        picture = look.icon(icon or default_icon, colour, 20)
        ttk.Label(box, image=picture, style=f"{kind}.TLabel").pack(side="left")
        if closable:
            cross = LinkLabel(box, look, "", self.hide, ground=f"{kind}.", colour=colour)
            cross.configure(image=look.icon("cross", colour, 16))
            look.pack(cross, side="right", padx=(12, 0))
            Tooltip(cross, look, "Close")
        if action and command is not None:
            look.pack(LinkLabel(box, look, action, command, ground=f"{kind}.", colour=colour),
                      side="right", padx=(16, 4))
        self._words = ttk.Label(box, text=text, style=f"{kind}.Small.TLabel", foreground=look.palette.ink)
        look.pack(self._words, side="left", padx=(12, 0), pady=5, fill="x", expand=True)
        self._fit()

    def hide(self) -> None:
        """Take the line away. Does nothing while hidden."""
        if self._box is not None:
            self._box.destroy()
            self._box = self._words = None
            # A frame that lost its last child keeps its size; ask for the smallest.
            self.configure(height=1)

    def _recolour(self) -> None:
        if self._words is not None:
            self._words.configure(foreground=self._look.palette.ink)

    def _fit(self, _event: object = None) -> None:
        if self._words is not None and self._box is not None and self.winfo_width() > 1:
            others = sum(child.winfo_reqwidth() + self._look.px(20) for child in self._box.winfo_children()
                         if child is not self._words)
            room = self.winfo_width() - others - self._look.px(44)
            self._words.configure(wraplength=max(self._look.px(160), room))


class FieldError(ttk.Frame):
    """The sentence under a field that has a mistake, and a link that mends it; empty while all is well."""

    def __init__(self, parent: tk.Misc, look: Look, field: ttk.Widget, *, ground: str = "",
                 wrap: int = 400) -> None:
        super().__init__(parent, style=f"{ground}TFrame", height=1)
        self._look, self._field, self._ground, self._wrap = look, field, ground, wrap

    def show(self, text: str, fix: str = "", command: Callable[[], object] | None = None) -> None:
        """Mark the field, put the cursor into it and say what is wrong."""
        self.clear()
        self._field.state(["invalid"])
        self._field.focus_set()
        words = ttk.Label(self, text=text, image=self._look.icon("warning", "danger", 16), compound="left",
                          style=f"{self._ground}Error.TLabel")
        self._look.configure(words, wraplength=self._wrap)
        words.pack(side="left")
        if fix and command is not None:
            self._look.pack(LinkLabel(self, self._look, fix, command, ground=self._ground), side="left",
                            padx=(8, 0))

    def clear(self) -> None:
        self._field.state(["!invalid"])
        for child in self.winfo_children():
            child.destroy()
        self.configure(height=1)


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
        self._after_id: str | None = None
        self.bind("<Destroy>", lambda _event: self._cancel(), add=True)

    def copy(self) -> None:
        self.clipboard_clear()
        self.clipboard_append(self._get_text())
        self._cancel()
        self.configure(image=self._look.icon("check", "accent", 18), text="Copied" if self._text else "")
        self._after_id = self.after(_COPIED_MS, self._restore)

    def _restore(self) -> None:
        self._after_id = None
        self.configure(image=self._look.button_icon("copy", "ink2", 18), text=self._text)

    def _cancel(self) -> None:
        if self._after_id is not None:
            self.after_cancel(self._after_id)
            self._after_id = None


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


class Pill(ttk.Label):
    """A chip with a word or a number. kind: "", Info, Warn, Danger, Whisper."""

    def __init__(self, parent: tk.Misc, text: str, kind: str = "", *, ground: str = "") -> None:
        self._prefix = control_prefix(ground)
        super().__init__(parent, text=text)
        self.show(text, kind)

    def show(self, text: str, kind: str = "") -> None:
        self.configure(text=text, style=f"{self._prefix}{kind + '.' if kind else ''}Chip.TLabel")
