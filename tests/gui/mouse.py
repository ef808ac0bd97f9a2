"""A hand on the mouse: real movements and clicks, through the X server."""

from __future__ import annotations

import subprocess
import tkinter as tk

from gui.lab.table import RowsTable
from tests.gui.waiting import pump


def click(widget: tk.Misc, x: int | None = None, y: int | None = None, button: int = 1) -> None:
    """Press and let go over `widget`: in its middle, or at this place in it."""
    pump(widget, widget.winfo_viewable)
    widget.update()
    at = (widget.winfo_rootx() + (widget.winfo_width() // 2 if x is None else x),
          widget.winfo_rooty() + (widget.winfo_height() // 2 if y is None else y))
    subprocess.run(["xdotool", "mousemove", *map(str, at), "click", str(button)], check=True, timeout=20)


def click_row(table: RowsTable, index: int) -> None:
    """Turn the wheel until the row is in sight, and click it."""
    while not table.top <= index < table.top + table._whole_lines():
        top = table.top
        click(table.tree, button=4 if index < top else 5)
        pump(table, lambda top=top: table.top != top)  # type: ignore[misc]
    click(table.tree, x=40, y=table.height_of(index - table.top) + table._row_height // 2)
    pump(table, lambda: table.selected == index)
