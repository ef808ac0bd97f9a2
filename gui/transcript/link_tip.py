"""What a link in a message leads to, shown whole under the pointer; and the way to the browser.

Nothing of a link is fetched here: no preview, no name looked up. The browser gets it after a click.
"""

import threading
import tkinter as tk
from collections.abc import Callable
from typing import Any

from gui.look.look import Look
from gui.text.links import Link
from gui.text.shown_text import shown
from gui.widgets.tooltip import Tooltip


class LinkTip(Tooltip):
    """The tooltip of the links of a Text. `link_at(x, y)`: the one under a point of it."""

    APPEARS = ()  # over a link, and not over the whole widget

    def __init__(self, text: tk.Text, look: Look, link_at: Callable[[int, int], Link | None]) -> None:
        super().__init__(text, look, "")
        self._link_at = link_at
        text.tag_bind("link", "<Motion>", self._moved, add=True)
        text.tag_bind("link", "<Leave>", self.hide, add=True)

    def _moved(self, event: "tk.Event[Any]") -> None:
        link = self._link_at(event.x, event.y)
        words = "" if link is None else words_of(link)
        if words and words == self.text and self._window is not None:
            return
        self.text = words
        self._wait()

    def place(self, window: tk.Toplevel, width: int, height: int) -> tuple[int, int]:
        """Under the pointer, since the widget is as large as the conversation."""
        gap = self._look.px(18)
        x, y = window.winfo_pointerxy()
        return x + gap, y + gap if y + gap + height < window.winfo_screenheight() else y - gap - height


def words_of(link: Link) -> str:
    """The whole target; and how its host is spelled, where that could be taken for another one."""
    if not link.spelled:
        return link.target
    return f"{link.target}\nIts letters look like {shown(link.spelled)}, and are not all plain Latin ones."


def open_in_browser(target: str) -> None:
    """Give `target` to the browser of this person. On a thread: some systems wait for the browser's start."""
    import webbrowser  # not for a start

    threading.Thread(target=webbrowser.open, args=(target,), name="browser", daemon=True).start()
