"""What stands in the Wire view while nothing was recorded."""

from __future__ import annotations

import tkinter as tk

from gui.lab.empty import Empty
from gui.lab.view import Lab, LabView
from gui.look.look import Look


class WireView(LabView):
    def __init__(self, parent: tk.Misc, look: Look, lab: Lab) -> None:
        super().__init__(parent, look, lab)
        self._empty = Empty(self, look, "cable", "Nothing has crossed yet", "Say something in the room.")
        self._empty.pack(fill="both", expand=True)
