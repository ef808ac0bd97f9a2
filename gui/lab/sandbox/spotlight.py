"""A bright line around one control: "here". It lies above the page, moves nothing, and goes by itself."""

from __future__ import annotations

import tkinter as tk
from typing import Final

from gui.look.look import Look

LINE: Final = 3
GAP: Final = 2
AGAIN_MS: Final = 60
LOOKS: Final = 150
"""Nine seconds."""


class Spotlight:
    """One for a page. `lit` is the control that it is on."""

    def __init__(self, page: tk.Misc, look: Look) -> None:
        self._page = page
        self._look = look
        self.lit: tk.Misc | None = None
        self._sides: list[tk.Frame] = []
        self._again: str | None = None
        self._looks = 0
        page.bind("<Destroy>", lambda event: self.clear() if event.widget is page else None, add=True)

    def show(self, widget: tk.Misc) -> None:
        """On this control, in place of the one before."""
        self.clear()
        self.lit = widget
        self._looks = 0
        self._sides = [tk.Frame(self._page) for _ in range(4)]
        self._page.update_idletasks()  # it may have just been made
        self._place()

    def clear(self) -> None:
        self.lit = None
        if self._again is not None:
            self._page.after_cancel(self._again)
            self._again = None
        for side in self._sides:
            side.destroy()
        self._sides = []

    def _place(self) -> None:
        """Around the control, wherever it is by now."""
        self._again = None
        widget = self.lit
        self._looks += 1
        if widget is None or not widget.winfo_exists() or self._looks > LOOKS:
            self.clear()
            return
        line, gap = self._look.px(LINE), self._look.px(GAP)
        left = widget.winfo_rootx() - self._page.winfo_rootx() - gap - line
        top = widget.winfo_rooty() - self._page.winfo_rooty() - gap - line
        wide = widget.winfo_width() + 2 * (gap + line)
        high = widget.winfo_height() + 2 * (gap + line)
        places = ((left, top, wide, line), (left, top + high - line, wide, line),
                  (left, top, line, high), (left + wide - line, top, line, high))
        for side, (x, y, width, height) in zip(self._sides, places, strict=True):
            if widget.winfo_viewable():
                side.configure(background=self._look.palette.warn)
                side.place(x=x, y=y, width=width, height=height)
                side.lift()
            else:
                side.place_forget()
        self._again = self._page.after(AGAIN_MS, self._place)
