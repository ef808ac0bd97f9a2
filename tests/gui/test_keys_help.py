"""The list of keys fits the screen, at every zoom."""

from __future__ import annotations

import tkinter as tk

import pytest

from gui.keys_help import KEYS, KeysHelp
from gui.look.look import Look
from tests.gui.waiting import Pump

SCREEN_PX = 1_280


@pytest.mark.parametrize("zoom", [100, 200])
def test_all_of_it_can_be_read(
    root: tk.Tk, look: Look, pump: Pump, monkeypatch: pytest.MonkeyPatch, zoom: int
) -> None:
    monkeypatch.setattr(KeysHelp, "winfo_screenwidth", lambda _: SCREEN_PX)
    look.set_zoom(zoom)
    keys = KeysHelp(root, look)
    pump(keys.close.winfo_viewable)
    right = keys.winfo_rootx() + keys.winfo_width()
    assert keys.winfo_width() <= SCREEN_PX
    assert len(keys.words) == sum(len(rows) for _, rows in KEYS)
    for widget in (*keys.words, keys.close):
        assert widget.winfo_width() >= widget.winfo_reqwidth()
        assert widget.winfo_rootx() + widget.winfo_width() <= right
