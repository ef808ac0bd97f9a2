"""A table of many rows that holds no more of them than can be seen.

A Treeview of 5,000 items takes a tenth of a second to fill, and more to keep in step with a busy room. Here
it has an item for each line on the screen, filled from the row that stands there now.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk
from typing import Any, Final, Literal

from gui.compat import bind_wheel, pass_on_page_keys
from gui.look.look import Look

STYLE: Final = "Lab.Treeview"


@dataclass(frozen=True, slots=True)
class Column:
    """key "#0" is the first one, which can have a picture. width: at 100 %."""

    key: str
    heading: str
    width: int
    anchor: Literal["w", "e"] = "w"
    stretch: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """What one row shows: the first column, then the others in order. tag: a colour set with `tag_colour`."""

    text: str
    values: tuple[str, ...]
    image: tk.PhotoImage | None = None
    tag: str = ""


class RowsTable(ttk.Frame):
    """`cells(index)` says what a row shows; `on_select(index)` hears what the person chose, None for nothing.

    While the newest row is in sight the table follows it; who scrolls up or chooses a row stays there. It
    follows only as far as the row that is to be kept in sight, until somebody scrolls to the newest one.
    """

    def __init__(self, parent: tk.Misc, look: Look, columns: Sequence[Column], cells: Callable[[int], Cells],
                 on_select: Callable[[int | None], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._columns = columns
        self._cells = cells
        self._on_select = on_select
        self.count = 0
        self.top = 0
        self.selected: int | None = None
        self.following = True
        self._kept: int | None = None
        self._lines: list[str] = []  # the Treeview's items, from the top of the screen
        self._shown: list[Cells | None] = []
        self.tree = ttk.Treeview(self, columns=[column.key for column in columns[1:]], style=STYLE,
                                 show=("tree", "headings"), selectmode="none", height=4)
        for column in columns:
            self.tree.heading(column.key, text=column.heading, anchor=column.anchor)
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self._bar_moved, takefocus=False)
        self._bar.pack(side="right", fill="y")
        self.tree.pack(side="left", fill="both", expand=True)
        self._bind_keys()
        look.on_change(self._restyle, owner=self)
        self._restyle()

    def _bind_keys(self) -> None:
        tree = self.tree
        tree.bind("<Configure>", lambda _: self._resized())
        tree.bind("<Button-1>", self._clicked)
        for key, step in (("<Up>", -1), ("<Down>", 1)):
            tree.bind(key, lambda _, step=step: self._move(step))  # type: ignore[misc]
        tree.bind("<Prior>", lambda _: self._move(-self._whole_lines()))
        tree.bind("<Next>", lambda _: self._move(self._whole_lines()))
        pass_on_page_keys(tree)
        tree.bind("<Home>", lambda _: self._go(0))
        tree.bind("<End>", lambda _: self._go(self.count - 1))
        bind_wheel(tree, self.scroll)

    def hide(self, keys: Sequence[str]) -> None:
        """Show all columns but these."""
        self.tree["displaycolumns"] = [one.key for one in self._columns[1:] if one.key not in keys]

    # --- rows ----------------------------------------------------------------------------------------

    def set_rows(self, count: int, dropped: int = 0) -> None:
        """There are `count` rows now, after the first `dropped` of those before were taken away."""
        self.count = count
        if dropped:
            self.top -= dropped
            if self.selected is not None:
                self.selected = self.selected - dropped if self.selected >= dropped else None
            if self._kept is not None:
                self._kept = self._kept - dropped if self._kept >= dropped else None
        self._follow()
        self.refresh()

    def _follow(self) -> None:
        if self.following:
            self.top = self.count - self._whole_lines()
            if self._kept is not None:
                self.top = min(self.top, self._kept)

    def keep(self, index: int | None) -> None:
        """Have this row in sight, whatever comes after it; None: no row."""
        self._kept = index
        self._follow()
        self.refresh()

    def show_anew(self, count: int, selected: int | None) -> None:
        """Other rows than before, of which `selected` is the chosen one; `on_select` is not told."""
        self.count, self.selected, self._kept = count, selected, None
        self.following = selected is None
        if selected is None:
            self.top = count
            self.refresh()
        else:
            self.see(selected)

    def select(self, index: int | None) -> None:
        """Choose a row and bring it into sight."""
        self.selected = index
        if index is not None:
            self.following = False
            self.see(index)
        else:
            self.refresh()
        self._on_select(index)

    def see(self, index: int) -> None:
        lines = self._whole_lines()
        if index < self.top:
            self.top = index
        elif index >= self.top + lines:
            self.top = index - lines + 1
        self.refresh()

    def scroll(self, lines: int) -> None:
        self.top += lines
        self.following = self.top >= self.count - self._whole_lines() and self.selected is None
        if self.following:
            self._kept = None
        self.refresh()

    def refresh(self) -> None:
        """Show what stands where the table is now. Lines that have not changed cost nothing."""
        self.top = max(0, min(self.top, self.count - self._whole_lines()))
        call, tree = self.tk.call, str(self.tree)
        marked = ""
        for place, line in enumerate(self._lines):
            index = self.top + place
            cells = self._cells(index) if index < self.count else None
            if cells != self._shown[place]:
                self._shown[place] = cells
                if cells is None:
                    call(tree, "item", line, "-text", "", "-image", "", "-values", (), "-tags", ())
                else:
                    call(tree, "item", line, "-text", cells.text, "-image", cells.image or "",
                         "-values", cells.values, "-tags", (cells.tag,) if cells.tag else ())
            if index == self.selected:
                marked = line
        call(tree, "selection", "set", (marked,) if marked else ())
        self._show_bar()

    # --- keys and pointer ----------------------------------------------------------------------------

    def _move(self, step: int) -> str:
        if self.count:
            start = self.selected if self.selected is not None else self.count if step < 0 else -1
            self.select(max(0, min(start + step, self.count - 1)))
        return "break"

    def _go(self, index: int) -> str:
        if self.count:
            self.select(index)
        return "break"

    def _clicked(self, event: tk.Event[tk.Misc]) -> str | None:
        self.tree.focus_set()
        line = self.tree.identify_row(event.y)
        if not line:
            return None  # a heading, whose edge may be drawn
        index = self.top + self._lines.index(line)
        if index < self.count:
            self.select(index)
        return "break"

    def _bar_moved(self, *arguments: Any) -> None:
        if arguments[0] == "moveto":
            self.top = round(float(arguments[1]) * self.count)
            self.scroll(0)
        else:
            step = int(arguments[1])
            self.scroll(step * self._whole_lines() if arguments[2] == "pages" else step)

    # --- sizes ---------------------------------------------------------------------------------------

    def _whole_lines(self) -> int:
        return max(1, (self.tree.winfo_height() - self._heading) // self._row_height)

    def _resized(self) -> None:
        """As many items as have room, the last one perhaps in part. A chosen row in sight stays there."""
        chosen = self.selected
        stays = chosen is not None and self.top <= chosen < self.top + len(self._lines)
        wanted = max(1, -(-(self.tree.winfo_height() - self._heading) // self._row_height))
        while len(self._lines) < wanted:
            self._lines.append(self.tree.insert("", "end"))
            self._shown.append(None)
        if len(self._lines) > wanted:
            self.tree.delete(*self._lines[wanted:])
            del self._lines[wanted:], self._shown[wanted:]
        self._follow()
        if stays and chosen is not None:
            self.see(chosen)
        else:
            self.refresh()
        self.tree.yview_moveto(0)

    def height_of(self, rows: int) -> int:
        """Of the heading and so many rows, in pixels."""
        return self._heading + rows * self._row_height

    def _show_bar(self) -> None:
        lines = self._whole_lines()
        if self.count <= lines:
            self._bar.set(0, 1)
        else:
            self._bar.set(self.top / self.count, min(1.0, (self.top + lines) / self.count))

    def tag_colour(self, tag: str, role: str) -> None:
        """Rows with this tag are written in this colour of the palette."""
        self.tree.tag_configure(tag, foreground=self._look.palette.colour(role))

    def _restyle(self) -> None:
        look, px = self._look, self._look.px
        # A layout belongs to the theme in use. Rows of one level need no sign that unfolds them.
        style = ttk.Style(self)
        style.layout(f"{STYLE}.Item", [("Treeitem.padding", {"sticky": "nsew", "children": [
            ("Treeitem.image", {"side": "left", "sticky": ""}), ("Treeitem.text", {"sticky": "nsew"})]})])
        self._row_height = look.fonts.linespace(look.fonts.small) + px(14)
        self._heading = look.fonts.linespace(look.fonts.small_strong) + 2 * px(8)
        style.configure(STYLE, indent=0)
        for column in self._columns:
            self.tree.column(column.key, width=px(column.width), minwidth=px(36), anchor=column.anchor,
                             stretch=column.stretch)
        self._resized()
