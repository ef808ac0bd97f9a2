"""One call that is to come later, and can be taken back."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable


class Timer:
    """At most one call waits. Whoever has one stops it when the widget goes: Tk would call all the same."""

    def __init__(self, widget: tk.Misc) -> None:
        self._widget = widget
        self._id: str | None = None

    def start(self, ms: int, work: Callable[[], object]) -> None:
        """Call `work` once after `ms` milliseconds, in place of what waits."""
        self.stop()
        self._id = self._widget.after(ms, self._ring, work)

    def stop(self) -> None:
        if self._id is not None:
            self._widget.after_cancel(self._id)
            self._id = None

    def _ring(self, work: Callable[[], object]) -> None:
        self._id = None  # before the work, which may start it again
        work()
