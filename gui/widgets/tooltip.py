"""A few words beside a widget, and the key that does the same."""

import tkinter as tk
from tkinter import ttk
from typing import ClassVar, Final

from gui.compat import ALT_WORD, without_frame
from gui.look.look import Look

_DELAY_MS: Final = 500


class Tooltip:
    """A few words beside a widget, after half a second under the pointer or with the keyboard focus."""

    APPEARS: ClassVar[tuple[str, ...]] = ("<Enter>", "<FocusIn>")

    def __init__(self, widget: tk.Misc, look: Look, text: str, shortcut: str = "") -> None:
        self._widget = widget
        self._look = look
        self.text = text
        self._shortcut = shortcut.replace("Alt", ALT_WORD)
        self._after_id: str | None = None
        self._window: tk.Toplevel | None = None
        for event in self.APPEARS:
            widget.bind(event, self._wait, add=True)
        for event in ("<Leave>", "<FocusOut>", "<ButtonPress>", "<KeyPress>", "<Destroy>"):
            widget.bind(event, self.hide, add=True)

    def _wait(self, _event: object = None) -> None:
        self.hide()
        self._after_id = self._widget.after(_DELAY_MS, self.show)

    def show(self) -> None:
        """Show it now. Does nothing without words or for a hidden widget."""
        self.hide()
        if not self.text or not self._widget.winfo_viewable():
            return
        window = tk.Toplevel(self._widget, background=self._look.palette.tip)
        without_frame(window, tooltip=True)
        words = f"{self.text}   {self._shortcut}" if self._shortcut else self.text
        label = ttk.Label(window, text=words, style="Tip.TLabel", wraplength=self._look.px(360))
        label.pack()
        x, y = self.place(window, label.winfo_reqwidth(), label.winfo_reqheight())
        x = max(0, min(x, window.winfo_screenwidth() - label.winfo_reqwidth()))
        window.wm_geometry(f"+{x}+{y}")
        self._window = window

    def place(self, window: tk.Toplevel, width: int, height: int) -> tuple[int, int]:
        """Where a tip of this size goes: under the widget, or over it where the screen ends."""
        x = self._widget.winfo_rootx() + self._widget.winfo_width() // 2 - width // 2
        y = self._widget.winfo_rooty() + self._widget.winfo_height() + self._look.px(4)
        if y + height > window.winfo_screenheight():
            y = self._widget.winfo_rooty() - height - self._look.px(4)
        return x, y

    def hide(self, _event: object = None) -> None:
        if self._after_id is not None:
            self._widget.after_cancel(self._after_id)
            self._after_id = None
        if self._window is not None:
            self._window.destroy()
            self._window = None
