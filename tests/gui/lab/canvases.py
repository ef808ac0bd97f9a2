"""What stands on a canvas."""

from __future__ import annotations

import tkinter as tk


def kind(canvas: tk.Canvas, item: int) -> str:
    """text, image, line, rectangle …"""
    return str(canvas.tk.call(str(canvas), "type", item))


def words_of(canvas: tk.Canvas, item: int) -> str:
    """What a text item says."""
    return str(canvas.tk.call(str(canvas), "itemcget", item, "-text"))


def words_on(canvas: tk.Canvas) -> list[str]:
    """What all of them say."""
    return [words_of(canvas, item) for item in canvas.find_all() if kind(canvas, item) == "text"]


def check_nothing_is_cut(canvas: tk.Canvas, kinds: tuple[str, ...] = ("text",)) -> None:
    """Every item of these kinds stands between the left and the right edge."""
    for item in canvas.find_all():
        if kind(canvas, item) in kinds:
            left, _, right, _ = canvas.bbox(item)
            words = words_of(canvas, item) if kind(canvas, item) == "text" else "a picture"
            assert left >= 0 and right <= canvas.winfo_width(), words
