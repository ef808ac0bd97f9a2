"""A frame that scrolls what does not fit."""

import tkinter as tk
from tkinter import ttk
from typing import Any, Final

from gui.compat import bind_wheel
from gui.look.look import Look
from gui.look.theme_styles import GROUNDS, control_prefix

SETTLE_MS: Final = 50


class ScrolledFrame(ttk.Frame):
    """A frame whose `inner` frame scrolls up and down when it is higher than the room it has.

    The scroll bar appears only then. It goes again once the layout has settled: lines that are as long as
    their label is wide follow a moment later, and a bar that came and went with each step would never come
    to rest. What gets the keyboard focus is brought into view.
    """

    def __init__(self, parent: tk.Misc, look: Look, *, ground: str = "") -> None:
        super().__init__(parent, style=f"{ground}TFrame")
        self._look = look
        self._ground = ground
        self._hiding: str | None = None
        self._canvas = tk.Canvas(self, borderwidth=0, highlightthickness=0, yscrollincrement=1)
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self._canvas.yview,
                                  style=f"{control_prefix(ground)}Vertical.TScrollbar", takefocus=False)
        # Between them a frame that is at least as high as the view: a canvas item of a set height would hide
        # from us that its content has grown.
        self._holder = ttk.Frame(self._canvas, style=f"{ground}TFrame")
        self._holder.columnconfigure(0, weight=1)
        self.inner = ttk.Frame(self._holder, style=f"{ground}TFrame")
        self.inner.grid(row=0, column=0, sticky="nsew")
        self._tag = f"Scrolled{self.inner}"
        self._window = self._canvas.create_window(0, 0, window=self._holder, anchor="nw")
        self._canvas.configure(yscrollcommand=self._bar.set)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self._canvas.grid(row=0, column=0, sticky="nsew")
        self._holder.bind("<Configure>", self._fit, add=True)
        self._canvas.bind("<Configure>", self._fit, add=True)
        # What it holds would come to the screen a moment after it, and not be given the keyboard before.
        self._canvas.bind("<Map>", self._fit, add=True)
        bind_wheel(self._canvas, self.scroll_lines)
        bind_wheel(self.inner, self.scroll_lines)
        bind_wheel(self.inner, self.scroll_lines, self._tag)
        self.inner.bind_class(self._tag, "<FocusIn>", self._follow_focus)
        self.bind("<Destroy>", self._destroyed, add=True)
        look.on_change(self._restyle)
        self._restyle()

    def adopt(self) -> None:
        """Let the wheel over, and the focus in, everything inside scroll too. Call after filling `inner`."""
        waiting: list[tk.Misc] = list(self.inner.winfo_children())
        while waiting:
            widget = waiting.pop()
            waiting.extend(widget.winfo_children())
            tags = widget.bindtags()
            if self._tag not in tags:
                widget.bindtags((self._tag, *tags))

    def scroll_lines(self, lines: int) -> None:
        """Scroll by lines of text, up if negative. Does nothing while everything fits."""
        if self._overflows():
            self._canvas.yview_scroll(lines * self._look.px(18), "units")

    def see(self, widget: tk.Misc, top: int, bottom: int) -> None:
        """Bring these pixels of a widget inside into sight, counted from its top."""
        above = widget.winfo_rooty() - self.inner.winfo_rooty()
        self._see(above + top, above + bottom)

    def scroll_to_top(self) -> None:
        self._canvas.yview_moveto(0)

    def _overflows(self) -> bool:
        return self.inner.winfo_reqheight() > self._canvas.winfo_height()

    def _fit(self, _event: object = None) -> None:
        width = self._canvas.winfo_width()
        height = max(self._canvas.winfo_height(), self.inner.winfo_reqheight())
        self._holder.rowconfigure(0, weight=1, minsize=self._canvas.winfo_height())
        self._canvas.itemconfigure(self._window, width=width)
        self._canvas.configure(scrollregion=(0, 0, width, height))
        if self._overflows():
            self._bar.grid(row=0, column=1, sticky="ns")
        elif self._bar.winfo_manager() and self._hiding is None:
            self._hiding = self.after(SETTLE_MS, self._hide_bar)

    def _hide_bar(self) -> None:
        self._hiding = None
        if not self._overflows():
            self._bar.grid_remove()

    def _destroyed(self, event: "tk.Event[Any]") -> None:
        if event.widget is self and self._hiding is not None:
            self.after_cancel(self._hiding)

    def _follow_focus(self, event: "tk.Event[Any]") -> None:
        if str(event.widget) != str(self.tk.call("focus")):
            return  # one that holds it hears of the focus, too, and may be higher than the view
        top = event.widget.winfo_rooty() - self.inner.winfo_rooty()
        self._see(top, top + event.widget.winfo_height())

    def _see(self, top: int, bottom: int) -> None:
        height = self._canvas.winfo_height()
        whole = max(1, self.inner.winfo_height())
        seen = self._canvas.canvasy(0)
        if top < seen:
            # What is in the first view is shown with all that stands above it.
            self._canvas.yview_moveto(0 if bottom <= height else top / whole)
        elif bottom > seen + height:
            self._canvas.yview_moveto((bottom - height) / whole)

    def _restyle(self) -> None:
        self._canvas.configure(background=self._look.palette.colour(GROUNDS[self._ground]))
        self._canvas.configure(width=self._look.px(100), height=self._look.px(100))
