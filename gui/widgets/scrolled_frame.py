"""A frame that scrolls what does not fit."""

import tkinter as tk
from collections.abc import Iterator
from tkinter import ttk
from typing import Any, Final

from gui.compat import bind_wheel, is_command
from gui.look.look import Look
from gui.look.theme_styles import GROUNDS, control_prefix

SETTLE_MS: Final = 50
PAGE_BY_THEMSELVES: Final = ("Text", "Treeview", "Listbox")
"""Kinds of widgets that have a use of their own for Page Up and Page Down."""


class ScrolledFrame(ttk.Frame):
    """A frame whose `inner` frame scrolls up and down when it is higher than the room it has.

    The scroll bar appears only then. It goes again once the layout has settled: lines that are as long as
    their label is wide follow a moment later, and a bar that came and went with each step would never come
    to rest. What gets the keyboard focus is brought into view, whenever it was put inside. Page Up and Page
    Down scroll it from everywhere in its window that has no other use for them.
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
        if not self.bind_class("all", "<FocusIn>"):
            self.bind_class("all", "<FocusIn>", _follow_focus)
            self.bind_class("all", "<Prior>", _page)
            self.bind_class("all", "<Next>", _page)
        self.bind("<Destroy>", self._destroyed, add=True)
        look.on_change(self._restyle)
        self._restyle()

    def adopt(self) -> None:
        """Let the wheel over everything inside scroll too. Call after filling `inner` or adding to it."""
        waiting: list[tk.Misc] = list(self.inner.winfo_children())
        while waiting:
            widget = waiting.pop()
            if isinstance(widget, ScrolledFrame):
                continue  # it scrolls by itself
            waiting.extend(widget.winfo_children())
            tags = widget.bindtags()
            if self._tag not in tags:
                widget.bindtags((self._tag, *tags))

    def scroll_lines(self, lines: int) -> None:
        """Scroll by lines of text, up if negative. While everything fits, what this stands in scrolls."""
        around = next(_scrolled_above(self), None)
        if self._overflows():
            self._canvas.yview_scroll(lines * self._look.px(18), "units")
        elif around is not None:
            around.scroll_lines(lines)

    def page(self, pages: int) -> bool:
        """Scroll by pages, up if negative; whether there is something to scroll."""
        if not self.winfo_viewable() or not self._overflows():
            return False
        self._canvas.yview_scroll(pages * self._canvas.winfo_height() * 9 // 10, "units")
        return True

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


def _scrolled_above(widget: tk.Misc) -> Iterator[ScrolledFrame]:
    """Those that a widget stands in, the nearest first."""
    above = widget.master
    while above is not None:
        if isinstance(above, ScrolledFrame):
            yield above
        above = above.master


def _follow_focus(event: "tk.Event[Any]") -> None:
    """Bring what got the keyboard into sight."""
    widget = event.widget
    if isinstance(widget, str) or str(widget) != str(widget.tk.call("focus")):
        return  # one that holds it hears of the focus, too, and may be higher than the view
    for scrolled in _scrolled_above(widget):
        scrolled.see(widget, 0, widget.winfo_height())
        widget.update_idletasks()  # it has moved in the one around


def _page(event: "tk.Event[Any]") -> None:
    """Scroll what the keyboard is in; if that is nothing that scrolls, what else there is in its window."""
    widget = event.widget
    if isinstance(widget, str) or is_command(event):
        return
    if widget.winfo_class() in PAGE_BY_THEMSELVES or widget.bind(f"<{event.keysym}>"):
        return
    pages = -1 if event.keysym == "Prior" else 1
    for scrolled in (*_scrolled_above(widget), *_scrolled_inside(widget.winfo_toplevel())):
        if scrolled.page(pages):
            return


def _scrolled_inside(widget: tk.Misc) -> Iterator[ScrolledFrame]:
    for child in widget.winfo_children():
        if isinstance(child, tk.Toplevel):
            continue
        if isinstance(child, ScrolledFrame):
            yield child
        yield from _scrolled_inside(child)
