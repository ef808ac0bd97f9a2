"""A field for several lines of text, and the sentence under a field that has a mistake."""

import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk
from typing import Any, Final

from gui.compat import is_plain_return, mend_edit_shortcuts, replace_selection_on_paste
from gui.look.look import Look
from gui.look.theme_styles import control_prefix
from gui.text.shown_text import shown
from gui.widgets.buttons import LinkLabel

MAX_LINES: Final = 6
DOUBLE_CLICK_MS: Final = 500  # what Tk, too, takes for the longest time between its two clicks


class RoundedText(ttk.Frame):
    """A Text in a rounded field that grows with its content from one line to six.

    on_return: called for a plain Return (not Shift+Return, not an input method's); with None, Return is a
    new line. on_tab: called for Tab; where it has no use for it (False), Tab goes on to the next control.
    on_change: called after the text changed. `text` is the inner Text.

    most_chars: a longer text cannot be pasted, since Tk would stand still over it; on_too_much(count) is
    told.
    """

    def __init__(self, parent: tk.Misc, look: Look, *, ground: str = "", placeholder: str = "",
                 on_return: Callable[[], object] | None = None, on_tab: Callable[[], bool] = lambda: False,
                 on_change: Callable[[], object] | None = None, most_chars: int = 10_000,
                 on_too_much: Callable[[int], object] = lambda _count: None) -> None:
        super().__init__(parent, style=f"{control_prefix(ground)}Field.TFrame")
        self._look = look
        self._on_return = on_return
        self._on_tab = on_tab
        self._most_chars = most_chars
        self._on_too_much = on_too_much
        self._on_change = on_change
        self._placeholder = placeholder
        self._closed = False
        self.text = tk.Text(self, height=1, width=10, wrap="word", undo=True, maxundo=200, borderwidth=0,
                            highlightthickness=0, padx=0, pady=0, font=look.fonts.body)
        self._hint = tk.Label(self.text, text=placeholder, anchor="w", borderwidth=0, padx=0, pady=0,
                              font=look.fonts.body, cursor="xterm")
        self._hint.bind("<Button-1>", lambda _event: self.text.focus_set())
        self.text.pack(fill="both", expand=True)
        self.text.bind("<FocusIn>", lambda _event: self.state(["focus"]), add=True)
        self.text.bind("<FocusOut>", lambda _event: self.state(["!focus"]), add=True)
        self.text.bind("<<Modified>>", self._modified)
        self.text.bind("<Configure>", lambda _event: self._resized(), add=True)
        for key in ("<Return>", "<KP_Enter>"):
            self.text.bind(key, self._returned)
        for key in ("<space>", "<Shift-Return>"):
            # Else undoing would take away all that was typed in one go.
            self.text.bind(key, lambda _event: self.text.edit_separator(), add=True)
        self.text.bind("<Tab>", self._tab)
        self.text.bind("<Shift-Tab>", self._tab_back)
        mend_edit_shortcuts(self.text)
        for event, selection in (("<<Paste>>", "CLIPBOARD"), ("<<PasteSelection>>", "PRIMARY")):
            self.text.bind(event, partial(self._before_paste, selection), add=True)
        replace_selection_on_paste(self.text)
        look.on_change(self._restyle)
        self._restyle()
        self._show_hint()

    @property
    def value(self) -> str:
        """The text, without the newline Tk ends every Text with."""
        return self.text.get("1.0", "end-1c")

    @value.setter
    def value(self, text: str) -> None:
        self.text.delete("1.0", "end")
        self.text.insert("1.0", text)
        self.text.mark_set("insert", "end-1c")
        self.text.edit_reset()

    def set_placeholder(self, text: str) -> None:
        self._placeholder = text
        self._show_hint()

    def set_whisper(self, whisper: bool) -> None:
        """Violet while what is written is a whisper."""
        self.state(["alternate" if whisper else "!alternate"])

    def set_closed(self, closed: bool) -> None:
        """Closed, it can be read and copied from, and takes no key."""
        self._closed = closed
        self.text["state"] = "disabled" if closed else "normal"
        self.state(["disabled" if closed else "!disabled"])
        self._colour()

    def _colour(self) -> None:
        ground = self._look.palette.colour("sunken" if self._closed else "surface")
        self.text.configure(background=ground)
        self._hint.configure(background=ground, foreground=self._look.palette.ink3)

    def _returned(self, event: "tk.Event[Any]") -> str | None:
        if self._on_return is None or not is_plain_return(event):
            return None
        self._on_return()
        return "break"

    def _before_paste(self, selection: str, _event: object) -> str | None:
        try:
            count = len(str(self.text.tk.call("selection", "get", "-selection", selection)))
        except tk.TclError:
            return None  # nothing to paste
        if count + len(self.value) > self._most_chars:
            self._on_too_much(count)
            return "break"
        self.text.edit_separator()
        return None

    def _tab(self, _event: object) -> str:
        if self._on_tab():
            return "break"
        self.text.tk_focusNext().focus_set()  # type: ignore[union-attr]
        return "break"

    def _tab_back(self, _event: object) -> str:
        self.text.tk_focusPrev().focus_set()  # type: ignore[union-attr]
        return "break"

    def _modified(self, _event: object) -> None:
        if not self.text.edit_modified():
            return
        self.text.edit_modified(False)
        self._show_hint()
        self._grow()
        if self._on_change is not None:
            self._on_change()

    def _resized(self) -> None:
        self._show_hint()
        self._grow()

    def _grow(self) -> None:
        counted: Any = self.text.count("1.0", "end", "displaylines")
        lines = counted[0] if isinstance(counted, tuple) else counted
        height = max(1, min(MAX_LINES, lines or 1))
        if int(self.text.cget("height")) != height:
            self.text.configure(height=height)
            self.text.see("insert")

    def _show_hint(self) -> None:
        if self._placeholder and self.text.compare("end-1c", "==", "1.0"):
            fonts, room = self._look.fonts, self.text.winfo_width()
            is_laid_out = room > 1
            self._hint.configure(text=fonts.shortened(fonts.body, self._placeholder, room) if is_laid_out
                                 else self._placeholder)
            self._hint.place(x=0, y=0, relwidth=1)
        else:
            self._hint.place_forget()

    def _restyle(self) -> None:
        p, px = self._look.palette, self._look.px
        space = px(42) - self._look.fonts.linespace(self._look.fonts.body)
        self.configure(padding=(px(12), space // 2, px(12), space - space // 2))
        self.text.configure(foreground=p.ink, insertbackground=p.ink,
                            insertwidth=max(2, px(2)), selectbackground=p.select, selectforeground=p.ink,
                            inactiveselectbackground=p.select)
        self._colour()
        self._grow()


class FieldError(ttk.Frame):
    """The sentence under a field that has a mistake, and a link that mends it; empty while all is well."""

    def __init__(self, parent: tk.Misc, look: Look, field: ttk.Widget, *, ground: str = "",
                 wrap: int = 400, link_under: bool = False, as_wide_as: ttk.Widget | None = None) -> None:
        """`link_under`: the link stands under the sentence, which then has the width of the field, or of
        `as_wide_as`."""
        super().__init__(parent, style=f"{ground}TFrame", height=1)
        self._look, self._field, self._ground, self._wrap = look, field, ground, wrap
        self._link_under = link_under
        self._later = ""
        self.bind("<Destroy>", lambda _: self._keep(), add=True)
        self._words: ttk.Label | None = None
        self._measure = as_wide_as or field
        if link_under:
            self._measure.bind("<Configure>", lambda _: self._fit(), add=True)

    def show(self, text: str, fix: str = "", command: Callable[[], object] | None = None) -> None:
        """Mark the field, put the cursor into it and say what is wrong."""
        self.clear()
        self._field.state(["invalid"])
        self._field.focus_set()
        words = ttk.Label(self, text=shown(text), image=self._look.icon("warning", "danger", 16),
                          compound="left", style=f"{self._ground}Error.TLabel")
        self._look.configure(words, wraplength=self._wrap)
        self._words = words
        self._fit()
        words.pack(side="top" if self._link_under else "left", anchor="w")
        if fix and command is not None:
            link = LinkLabel(self, self._look, fix, command, ground=self._ground)
            if self._link_under:
                self._look.pack(link, anchor="w", padx=(22, 0))
            else:
                self._look.pack(link, side="left", padx=(8, 0))

    def _fit(self) -> None:
        """No line is longer than there is place for: what is cut off may be the word that matters."""
        width = self._measure.winfo_width()
        if self._words is not None and self._link_under and width > 1:
            place = min(self._look.px(self._wrap), width - self._look.px(26))  # beside the icon
            self._words.configure(wraplength=max(place, self._look.px(120)))

    def clear_later(self) -> None:
        """Clear it once no second click can follow: what stands below would move from under the pointer."""
        self._field.state(["!invalid"])
        self._keep()
        self._later = self.after(DOUBLE_CLICK_MS, self.clear)

    def _keep(self) -> None:
        if self._later:
            self.after_cancel(self._later)
            self._later = ""

    def clear(self) -> None:
        self._keep()
        self._field.state(["!invalid"])
        self._words = None
        for child in self.winfo_children():
            child.destroy()
        self.configure(height=1)
