"""What the tests of both room pages do to a page and read off it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import TypeAlias

from gui.room.room_page import RoomPage
from tests.gui.waiting import Pump

Show: TypeAlias = Callable[[RoomPage, str], None]


def lines(page: RoomPage) -> list[str]:
    """The conversation, as it would be copied."""
    return page.conversation.transcript.copied_text().splitlines()


def write(page: RoomPage, text: str, pump: Pump) -> None:
    """Type `text` and press Enter."""
    page.conversation.composer.field.value = text
    page.conversation.composer.text.event_generate("<Return>")
    pump()


def under_field(page: RoomPage) -> str:
    """The line that says what Enter will do."""
    return str(page.conversation.composer._line["text"])


def words(widget: tk.Misc) -> list[str]:
    """Every text shown under `widget`."""
    found = []
    for child in widget.winfo_children():
        if isinstance(child, ttk.Label | ttk.Button | ttk.Checkbutton) and child.winfo_manager():
            found.append(str(child.cget("text")))
        found += words(child)
    return found
