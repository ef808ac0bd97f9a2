"""Where a window stands and how large it is, as remembered, and fitted to the screen that is there now."""

from __future__ import annotations

import re
from typing import NamedTuple

# A geometry of Tk, and the word that we set behind it.
_GEOMETRY = re.compile(r"(\d{1,5})x(\d{1,5})(?:\+(-?\d{1,5})\+(-?\d{1,5}))?( maximised)?", re.ASCII)
# Kept free under the largest window, in screen pixels at 100 %: a title bar, and the desktop's own bar.
BARS_PX = 72


class Placement(NamedTuple):
    """Screen pixels. Without `at` the place is the window manager's to choose."""

    width: int
    height: int
    at: tuple[int, int] | None = None
    maximised: bool = False

    @classmethod
    def read(cls, text: str) -> Placement | None:
        """What `str()` wrote, or a plain geometry of Tk; None for anything else."""
        match = _GEOMETRY.fullmatch(text)
        if match is None:
            return None
        width, height, x, y, maximised = match.groups()
        return cls(int(width), int(height), None if x is None else (int(x), int(y)), bool(maximised))

    def fitted(self, screen: tuple[int, int], bars_px: int = BARS_PX) -> Placement:
        """No larger than the screen without its bars, and wholly on it: it may be from another screen."""
        width, height = min(self.width, screen[0]), min(self.height, screen[1] - bars_px)
        at = self.at
        if at is not None:
            at = (max(0, min(at[0], screen[0] - width)), max(0, min(at[1], screen[1] - height)))
        return self._replace(width=width, height=height, at=at)

    @property
    def geometry(self) -> str:
        """For `wm geometry`."""
        place = "" if self.at is None else f"+{self.at[0]}+{self.at[1]}"
        return f"{self.width}x{self.height}{place}"

    def __str__(self) -> str:
        return f"{self.width}x{self.height}{' maximised' if self.maximised else ''}"
