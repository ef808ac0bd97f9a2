"""The one object every widget gets: sizes, colours, fonts, icons and discs, in light or dark, at any zoom.

Zoom or theme changes restyle everything in one step: fonts are resized by name, the ttk theme of
(palette, scale) is made or used again, pictures are repainted in place (every widget that shows one
follows), paddings given through `look.pack/grid/configure` are set anew, and last the callbacks run for
widgets that paint themselves.
"""

import os
import sys
import tkinter as tk
from collections.abc import Sequence
from itertools import count
from tkinter import ttk
from typing import Any, Final

from gui.compat import COMMAND, zoom_sign_of
from gui.look import discs, icons
from gui.look.fonts import Fonts
from gui.look.palette import LIGHT, PALETTES, Palette
from gui.look.restyle import Restyler
from gui.look.theme import Theme
from gui.text.shown_text import learn_tk

ZOOM_STEPS: Final = (80, 90, 100, 110, 125, 150, 175, 200)

_serial = count()


def set_dpi_awareness() -> None:
    """Ask Windows for real pixels. Call before the first `Tk()`; does nothing elsewhere."""
    if sys.platform == "win32":
        import ctypes

        try:
            ctypes.windll.shcore.SetProcessDpiAwareness(1)
        except (AttributeError, OSError):
            ctypes.windll.user32.SetProcessDPIAware()


def system_palette_name() -> str:
    """ "dark" or "light" as the system tells it; "light" where it tells nothing. Never waits over 0.3 s."""
    if sys.platform == "win32":
        import winreg

        path = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
                light, _ = winreg.QueryValueEx(key, "AppsUseLightTheme")
        except OSError:
            return "light"
        return "light" if light else "dark"
    elif sys.platform == "darwin":  # elif and else: the type checker for one system skips the others
        return "dark" if "dark" in _ask(["defaults", "read", "-g", "AppleInterfaceStyle"]) else "light"
    else:
        return _palette_name_of_desktop()


def _palette_name_of_desktop() -> str:
    if "GTK_THEME" in os.environ:
        return "dark" if os.environ["GTK_THEME"].lower().endswith(("dark", ":dark")) else "light"
    if "GNOME" in os.environ.get("XDG_CURRENT_DESKTOP", ""):
        answer = _ask(["gsettings", "get", "org.gnome.desktop.interface", "color-scheme"])
        return "dark" if "dark" in answer else "light"
    return "light"


def _ask(command: list[str]) -> str:
    import subprocess  # 2 ms of a start, for the few systems that have to be asked

    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=0.3, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.lower()


def screen_scale(root: tk.Misc) -> float:
    """How much larger than 96 dpi the screen is, 1.0 to 3.0. macOS does this scaling by itself."""
    if sys.platform == "darwin":
        scale = 1.0
    elif sys.platform == "win32":
        scale = root.winfo_fpixels("1i") / 96
    else:
        # X servers report whatever the monitor claims; the desktop's own setting is what its user chose.
        try:
            scale = float(os.environ.get("GDK_SCALE", "1"))
        except ValueError:
            scale = 1.0
    return min(3.0, max(1.0, round(scale * 4) / 4))


class Look(Restyler):
    """Palette, zoom, fonts, pictures and registered paddings of one Tk interpreter."""

    def __init__(self, root: tk.Misc, palette_name: str | None = None, zoom: int = 100,
                 first: Sequence[str] = ()) -> None:
        """palette_name: "light", "dark" or None for the system's; zoom: percent, to the nearest step.

        first: parts of the theme to make now, `go_on` or `finish` makes the others. None named: all of it.
        """
        super().__init__()
        self.root = root
        self.palette: Palette = PALETTES.get(palette_name or system_palette_name(), LIGHT)
        self.zoom = min(ZOOM_STEPS, key=lambda step: abs(step - zoom))
        self._screen = screen_scale(root)
        self._name = f"localchat{next(_serial)}"
        self._themes: dict[tuple[str, int], Theme] = {}
        self._icons: dict[tuple[str, str, int], tk.PhotoImage] = {}
        self._discs: dict[tuple[int, int, int, int], tk.PhotoImage] = {}
        self._dots: dict[tuple[str, int], tk.PhotoImage] = {}
        learn_tk(root)
        self.fonts = Fonts(root, self.scale)
        # For each image Tk needs black and white, and asks the X server for both each time unless some widget
        # has them by these names: two waits for an answer, of some 450 that a whole theme would have.
        tk.Frame(root, background="white", highlightbackground="black")
        self._theme = self._use_theme(first)
        self._own_widgets()

    # Sizes

    @property
    def scale(self) -> float:
        """Screen pixels for one pixel of the design."""
        return self.zoom / 100 * self._screen

    def px(self, length: float) -> int:
        """A length of the design (at 100 %) in screen pixels."""
        return round(length * self.scale)

    def zoom_in(self) -> None:
        self.set_zoom(next((step for step in ZOOM_STEPS if step > self.zoom), ZOOM_STEPS[-1]))

    def zoom_out(self) -> None:
        self.set_zoom(next((step for step in reversed(ZOOM_STEPS) if step < self.zoom), ZOOM_STEPS[0]))

    def zoom_reset(self) -> None:
        self.set_zoom(100)

    def set_zoom(self, zoom: int) -> None:
        """Show everything at `zoom` percent (nearest step of ZOOM_STEPS)."""
        step = min(ZOOM_STEPS, key=lambda known: abs(known - zoom))
        if step != self.zoom:
            self.zoom = step
            self._restyle()

    # Colours

    def toggle_theme(self) -> None:
        self.set_palette("light" if self.palette.dark else "dark")

    def set_palette(self, name: str) -> None:
        """Show everything in the palette "light" or "dark"."""
        palette = PALETTES[name]
        if palette is not self.palette:
            self.palette = palette
            self._restyle()

    # Pictures: kept here, repainted in place on a change, so no widget has to hold or renew them

    def icon(self, name: str, colour: str = "ink2", size: int = 20) -> tk.PhotoImage:
        """An icon of gui.look.icons in a palette role ("accent") or "#RRGGBB", `size` pixels at 100 %."""
        key = (name, colour, size)
        if key not in self._icons:
            data = icons.icon_png(name, self.palette.colour(colour), self.px(size))
            self._icons[key] = tk.PhotoImage(master=self.root, data=data)
        return self._icons[key]

    def button_icon(self, name: str, colour: str = "ink2", size: int = 20) -> Any:
        """An `image=` value for a ttk button: the icon, and a muted one while the button is disabled."""
        return (self.icon(name, colour, size), "disabled", self.icon(name, "ink3", size))

    def disc(self, fingerprint: bytes, size: int = 32) -> tk.PhotoImage:
        """A member's disc without its initial, `size` pixels at 100 %. With it: gui.widgets.disc."""
        shape = discs.disc_shape(fingerprint)
        key = (shape.hue, shape.segment_hue, shape.corner, size)
        if key not in self._discs:
            self._discs[key] = tk.PhotoImage(master=self.root, data=discs.disc_png(shape, self.px(size)))
        return self._discs[key]

    def dot(self, colour: str, size: int = 14) -> tk.PhotoImage:
        """A plain filled dot in a palette role or "#RRGGBB" (tables, connection state)."""
        key = (colour, size)
        if key not in self._dots:
            data = discs.dot_png(self.palette.colour(colour), self.px(size))
            self._dots[key] = tk.PhotoImage(master=self.root, data=data)
        return self._dots[key]

    def member_dot(self, fingerprint: bytes, size: int = 14) -> tk.PhotoImage:
        """The plain dot of a member, for table rows."""
        return self.dot(discs.disc_colour(fingerprint), size)

    # Restyling

    def _restyle(self) -> None:
        self.finish()
        self.fonts.resize(self.scale)
        self._theme = self._use_theme()
        for (name, colour, size), image in self._icons.items():
            image.configure(data=icons.icon_png(name, self.palette.colour(colour), self.px(size)))
        for (hue, segment, corner, size), image in self._discs.items():
            image.configure(data=discs.disc_png(discs.DiscShape(hue, segment, corner), self.px(size)))
        for (colour, size), image in self._dots.items():
            image.configure(data=discs.dot_png(self.palette.colour(colour), self.px(size)))
        self._own_widgets()
        self.reapply(self.px)

    def _use_theme(self, first: Sequence[str] = ()) -> Theme:
        key = (self.palette.name, round(self.scale * 100))
        theme = self._themes.get(key)
        if theme is None:
            name = f"{self._name}-{key[0]}-{key[1]}"
            theme = self._themes[key] = Theme(self.root, name, self.palette, self.scale, self.fonts, first)
        else:
            self.root.tk.call("ttk::style", "theme", "use", theme.name)
        return theme

    def go_on(self, longest_s: float) -> bool:
        """Make more of what `first` has left out, for about so long; whether anything is still missing."""
        return self._theme.go_on(longest_s)

    def finish(self) -> None:
        """Make all of it, before the first widget that needs more than the parts that were named first."""
        self._theme.go_on()

    def _own_widgets(self) -> None:
        """What ttk styles do not reach: the colours of windows, menus, the pop-down lists of combo boxes; and
        where the text of fields stands."""
        p = self.palette
        for pattern, colour in (("Listbox.background", p.surface), ("Listbox.foreground", p.ink),
                                ("Listbox.selectBackground", p.select), ("Listbox.selectForeground", p.ink)):
            self.root.option_add(f"*TCombobox*{pattern}", colour)
        self.root.option_add("*TCombobox*Listbox.font", self.fonts.body)
        waiting = [self.root]
        while waiting:
            widget = waiting.pop()
            waiting.extend(widget.winfo_children())
            kind = widget.winfo_class()
            if isinstance(widget, tk.Tk | tk.Toplevel):
                widget.configure(background=p.window)
            elif kind == "TCombobox":
                popdown = str(self.root.tk.call("ttk::combobox::PopdownWindow", str(widget)))
                self.root.tk.call(f"{popdown}.f.l", "configure", "-background", p.surface,
                                  "-foreground", p.ink, "-selectbackground", p.select,
                                  "-selectforeground", p.ink)
            elif isinstance(widget, tk.Menu):
                self.colour_menu(widget)
            if isinstance(widget, ttk.Entry):
                # Tk does not see that its font has another size, and the words would stand as high as before.
                widget.configure(font=widget.cget("font"))

    def menu(self, parent: tk.Misc) -> tk.Menu:
        """An empty pop-up menu in this look."""
        menu = tk.Menu(parent, tearoff=False)
        self.colour_menu(menu)
        return menu

    def colour_menu(self, menu: tk.Menu) -> None:
        p = self.palette
        menu.configure(background=p.surface, foreground=p.ink, activebackground=p.select,
                       activeforeground=p.ink, disabledforeground=p.ink3, borderwidth=1, activeborderwidth=0,
                       relief="solid", font=self.fonts.body)

    def bind_zoom_keys(self) -> None:
        """Ctrl (Command on macOS) with + / - / 0 zoom every window of the program."""
        actions = {"+": self.zoom_in, "-": self.zoom_out, "0": self.zoom_reset}

        def press(event: "tk.Event[Any]") -> None:
            sign = zoom_sign_of(event)
            if sign:
                actions[sign]()

        self.root.bind_all(f"<{COMMAND}-KeyPress>", press)
