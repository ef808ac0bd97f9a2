"""Named fonts, one set for all windows: resizing them resizes every widget that uses them.

Sizes are pixels (negative in Tk's counting), so a screen's idea of a point does not matter. The fonts are
created by name in the Tcl interpreter and not owned by Python objects: a collected tkinter Font would
delete its named font under the widgets that still use it.
"""

import sys
import tkinter as tk
from collections.abc import Mapping
from tkinter import font as tkfont
from typing import Final

SANS_FAMILIES: Final = {
    "win32": ("Segoe UI Variable Text", "Segoe UI"),
    "darwin": ("SF Pro Text",),
    "linux": ("Inter", "Cantarell", "Ubuntu", "Noto Sans", "DejaVu Sans"),
}
MONO_FAMILIES: Final = {
    "win32": ("Cascadia Mono", "Consolas"),
    "darwin": ("SF Mono", "Menlo"),
    "linux": ("JetBrains Mono", "Noto Sans Mono", "DejaVu Sans Mono"),
}

# name: (monospaced, pixels at 100 %, bold)
STYLES: Final[dict[str, tuple[bool, int, bool]]] = {
    "body": (False, 15, False),
    "strong": (False, 15, True),
    "small": (False, 13, False),
    "small_strong": (False, 13, True),
    "heading": (False, 17, True),
    "title": (False, 21, True),
    "hero": (False, 32, True),
    "mono": (True, 14, False),
    "mono_small": (True, 13, False),
    "mono_strong": (True, 15, True),
    "mono_big": (True, 26, True),
    "gap": (False, 8, False),
    "edge": (False, 5, False),
}

# Tk's own names, for widgets nobody gave a font.
_TK_FONTS: Final = {
    "TkDefaultFont": "body", "TkTextFont": "body", "TkMenuFont": "body", "TkHeadingFont": "small_strong",
    "TkCaptionFont": "strong", "TkSmallCaptionFont": "small", "TkIconFont": "body", "TkTooltipFont": "small",
    "TkFixedFont": "mono",
}


def first_family(wanted: tuple[str, ...], present: Mapping[str, str]) -> str:
    """The first wanted family that is present, "" if none is. `present`: by their names in small letters."""
    return next((present[name.casefold()] for name in wanted if name.casefold() in present), "")


class Fonts:
    """The named fonts of one Tk interpreter. Each attribute is a font name, fit for any `font=` option."""

    body = "LcBody"
    strong = "LcStrong"
    small = "LcSmall"
    small_strong = "LcSmallStrong"
    heading = "LcHeading"
    title = "LcTitle"
    hero = "LcHero"
    mono = "LcMono"
    mono_small = "LcMonoSmall"
    mono_strong = "LcMonoStrong"
    mono_big = "LcMonoBig"
    gap = "LcGap"
    edge = "LcEdge"

    def __init__(self, root: tk.Misc, scale: float) -> None:
        self._root = root
        self._disc_sizes: set[int] = set()
        self._held: dict[str, tk.Label] = {}
        platform = sys.platform if sys.platform in SANS_FAMILIES else "linux"
        present = {name.casefold(): name for name in tkfont.families(root)}
        self.sans_family = first_family(SANS_FAMILIES[platform], present) or self._family_of("TkDefaultFont")
        self.mono_family = first_family(MONO_FAMILIES[platform], present) or self._family_of("TkFixedFont")
        self._scale = scale
        self.resize(scale)
        for name in ("TkDefaultFont", "TkTextFont"):  # labels and fields begin with these, whatever is wanted
            self._hold(name)

    def resize(self, scale: float) -> None:
        """Set every font to `scale` (1.0 is 100 %). Widgets follow by themselves."""
        self._scale = scale
        existing = set(tkfont.names(self._root))
        for name, (mono, size_px, bold) in STYLES.items():
            self._set(getattr(self, name), mono, size_px, bold, existing)
        for tk_name, name in _TK_FONTS.items():
            self._set(tk_name, *STYLES[name], existing)
        for size_px in self._disc_sizes:
            self._set(f"LcDisc{size_px}", False, size_px, True, existing)

    def disc(self, disc_px: int) -> str:
        """The bold font of the initial on a disc that is `disc_px` wide at 100 %."""
        size_px = max(8, round(disc_px * 0.42))
        if size_px not in self._disc_sizes:
            self._disc_sizes.add(size_px)
            self._set(f"LcDisc{size_px}", False, size_px, True, set(tkfont.names(self._root)))
        return f"LcDisc{size_px}"

    def linespace(self, name: str) -> int:
        """The height of a line of this named font, in pixels on the screen."""
        self._hold(name)
        return int(self._root.tk.call("font", "metrics", name, "-linespace"))

    def measure(self, name: str, text: str) -> int:
        """The width of `text` in this named font, in pixels on the screen."""
        self._hold(name)
        return int(self._root.tk.call("font", "measure", name, text))

    def shortened(self, name: str, text: str, room_px: int) -> str:
        """`text`, with … for its end where it is wider than `room_px` in this named font."""
        if self.measure(name, text) <= room_px:
            return text
        fits, too_long = 0, len(text)
        while too_long - fits > 1:
            middle = (fits + too_long) // 2
            if self.measure(name, text[:middle].rstrip() + "…") <= room_px:
                fits = middle
            else:
                too_long = middle
        return text[:max(fits, 1)].rstrip() + "…"

    def _hold(self, name: str) -> None:
        """Have a widget hold this font, which nobody sees: Tk closes a font that none has, and would open it
        for each question anew, half a millisecond each time."""
        if name not in self._held:
            self._held[name] = tk.Label(self._root, font=name)

    def _family_of(self, name: str) -> str:
        """What a font of Tk's own is made of."""
        return str(self._root.tk.call("font", "actual", name, "-family"))

    def _set(self, tk_name: str, mono: bool, size_px: int, bold: bool, existing: set[str]) -> None:
        family = self.mono_family if mono else self.sans_family
        self._root.tk.call(
            "font", "configure" if tk_name in existing else "create", tk_name,
            "-family", family, "-size", -max(1, round(size_px * self._scale)),
            "-weight", "bold" if bold else "normal",
        )
