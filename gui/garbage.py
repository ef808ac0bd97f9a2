"""Garbage that holds Tk objects is collected on Tk's thread, and on no other.

A page that is gone leaves widgets, images and variables that refer to one another; Python's cyclic collector
frees them, on whatever thread makes the object that is one too many: with a room open that is often the
network thread. But an image or a variable tells Tk of its end, and from another thread that call waits for
Tk's, or fails ("main thread is not in main loop"): the network would stand still for a window. So while a
window is open the collector does not start by itself; a timer of Tk's starts it, by the same counts.
"""

from __future__ import annotations

import gc
import tkinter as tk

INTERVAL_MS = 250


def due(counts: tuple[int, int, int], limits: tuple[int, int, int]) -> int | None:
    """The oldest generation that has its count; None if none has.

    Python 3.14.0 to 3.14.4 know no third limit (it is 0): there the collector takes the young objects and a
    piece of the old ones whenever the first count is full, and generation 1 stands for that.
    """
    if counts[0] > limits[0] > limits[2] == 0:
        return 1
    return next((number for number in (2, 1, 0) if counts[number] > limits[number] > 0), None)


class Collector:
    """Collects on the thread of `root` until `root` is destroyed; what is left then is collected at once."""

    def __init__(self, root: tk.Tk) -> None:
        self._root = root
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._after_id = root.after(INTERVAL_MS, self._turn)
        root.bind("<Destroy>", self._destroyed, add=True)

    def _turn(self) -> None:
        self._after_id = self._root.after(INTERVAL_MS, self._turn)
        generation = due(gc.get_count(), gc.get_threshold())
        if generation is not None:
            gc.collect(generation)

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self._root:
            self._root.after_cancel(self._after_id)
            gc.collect()
            if self._was_enabled:
                gc.enable()
