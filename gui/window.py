"""The window of the program: one root, one page at a time, and what all pages share.

Owns the root, the look, the keys and what is remembered. Pages are frames in the root; which of them stands
there is decided by `start/first_page.py`, and by `navigator.py` from the moment that an engine runs.
"""

from __future__ import annotations

import logging
import tkinter as tk
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gui import compat, crash
from gui.field_keys import mend_fields
from gui.garbage import Collector
from gui.look.glyphs import room_for_glyphs
from gui.look.look import Look, set_dpi_awareness
from gui.page import Page
from gui.placement import Placement
from gui.remembered import Remembered
from gui.text.shown_text import learn_tk
from netcore import log_file
from netcore.before_start import data_folder, settings
from netcore.errors import FolderNotWritable, SettingsError
from netcore.options import Options

if TYPE_CHECKING:  # come with the engine, with the laboratory, and when they are opened
    from gui.keys_help import KeysHelp
    from netcore.engine import Event
    from netcore.lab.notebook import Notebook

log = logging.getLogger("localchat.window")

LEAST_SIZE = (380, 320)


class Window:
    """The root and what belongs to it."""

    def __init__(self, options: Options, first_parts: Sequence[str] = ()) -> None:
        """`first_parts`: what of the theme the first page shows (see `Look`)."""
        self.options = options
        self.data_dir = data_folder(options.data_dir)
        self._settings = settings(self.data_dir)
        self.last = self._read_settings()
        set_dpi_awareness()
        with room_for_glyphs():
            self.root = tk.Tk(className="LocalChat")
            self.root.withdraw()
            learn_tk(self.root)
            Collector(self.root)
            self.crash = crash.install(self.root, log_file.path())
            self.look = Look(self.root, self.last.theme or None, self.last.zoom, first_parts)
        self.look.on_change(self._look_changed)
        self.look.bind_zoom_keys()
        self.page: Page | None = None
        self.notebook: Notebook | None = None  # what was done in the laboratory since the program began
        self.on_close: Callable[[], None] = self.destroy
        self._size_name = ""
        self._help: KeysHelp | None = None
        self.focused = False
        root = self.root
        root.protocol("WM_DELETE_WINDOW", self.close)
        compat.mac_menu(root, self.show_about, self.show_about, self.close, self._reopen)
        compat.return_presses_buttons(root)
        mend_fields(root, self.look.menu)
        root.bind("<Escape>", self._escape)
        self._shortcuts = compat.Shortcuts(root, {})
        root.bind("<FocusIn>", lambda _: self._focus(True))
        root.bind("<FocusOut>", lambda _: self._focus(False))
        root.minsize(self.look.px(LEAST_SIZE[0]), self.look.px(LEAST_SIZE[1]))
        compat.set_title_bar(root, self.look.palette.dark)

    # --- pages ---------------------------------------------------------------------------------------

    def show(self, page: Page, size: tuple[int, int], size_name: str = "",
             events: Sequence[Event] = ()) -> None:
        """Put `page` into the window in place of the one before, filled with `events`, and give it the focus.

        size: at 100 %, unless `size_name` (a field of Remembered) holds the one of last time.

        All of it before the next key is looked at: who types while a page is being made loses nothing, and
        no focus that is given later takes the keyboard away from where somebody has begun to type.
        """
        self._remember_size()
        old, self.page = self.page, page
        self._shortcuts.set({"F1": self.show_keys, "Ctrl+D": self.toggle_theme, "Ctrl+Q": self.close,
                             **page.shortcuts})
        if old is not None:
            old.destroy()
        self._size_name = size_name
        usual = Placement(self.look.px(size[0]), self.look.px(size[1]))
        remembered = Placement.read(getattr(self.last, size_name)) if size_name else None
        self._place(remembered or usual)
        page.pack(fill="both", expand=True)
        self.root.deiconify()
        page.take(events)
        with compat.input_methods_later(self.root):
            self.root.update_idletasks()  # what is not mapped yet cannot take the keyboard
        page.focus_here()
        self.retitle()  # last: who reads the new title may type at once
        self.root.winfo_pointerxy()  # a question to the display, which then has all that was drawn

    def _place(self, wanted: Placement) -> None:
        """This large and there, as far as the screen allows; a window that is up grows where it stands."""
        root = self.root
        mapped = bool(root.winfo_ismapped())
        if mapped and compat.is_maximised(root):
            return
        stays = mapped and wanted.at is None
        if stays:
            wanted = wanted._replace(at=(root.winfo_rootx(), root.winfo_rooty()))
        fitted = wanted.fitted((root.winfo_screenwidth(), root.winfo_screenheight()))
        if stays and fitted.at == wanted.at:
            fitted = fitted._replace(at=None)  # it keeps its place by itself, whatever frames it has
        root.geometry(fitted.geometry)
        if fitted.maximised:
            compat.maximise(root)

    def retitle(self) -> None:
        """The title of the page, with the number of unread messages while the window has no focus."""
        if self.page is None:
            return
        if self.focused:
            self.page.seen()
        unread = getattr(self.page, "unread", 0)
        title = f"{self.page.title} – LocalChat" if self.page.title else "LocalChat"
        self.root.title(f"({unread}) {title}" if unread else title)

    def _focus(self, focused: bool) -> None:
        if focused != self.focused:
            # A FocusOut is also sent when the focus moves inside; the display knows better, once it is idle.
            self.root.after_idle(self._ask_focus)

    def _ask_focus(self) -> None:
        focused = self.root.tk.call("focus", "-displayof", ".") != ""
        if focused != self.focused:
            self.focused = focused
            self.retitle()

    def _escape(self, event: tk.Event[tk.Misc]) -> None:
        if self.page is not None and event.widget.winfo_toplevel() is self.root:
            self.page.escape()

    def show_keys(self) -> None:
        if self._help is not None and self._help.winfo_exists():
            self._help.destroy()
        else:
            from gui.keys_help import KeysHelp

            self.look.finish()
            self._help = KeysHelp(self.root, self.look)

    def show_about(self) -> None:
        """What the program is and how it looks: the Apple menu's About and Preferences."""
        from gui.about import About

        self.look.finish()
        About(self.root, self.look, self.data_dir, self.toggle_theme)

    def _reopen(self) -> None:
        """A click on the program's icon in the Dock."""
        self.root.deiconify()
        self.root.lift()

    # --- look and memory -----------------------------------------------------------------------------

    def toggle_theme(self) -> None:
        self.look.toggle_theme()
        self.save(theme=self.look.palette.name)

    def _look_changed(self) -> None:
        compat.set_title_bar(self.root, self.look.palette.dark)
        self.root.minsize(self.look.px(LEAST_SIZE[0]), self.look.px(LEAST_SIZE[1]))
        if self.last.zoom != self.look.zoom:
            self.save(zoom=self.look.zoom)

    def _read_settings(self) -> Remembered:
        try:
            return Remembered.read(self._settings.load())
        except SettingsError as error:
            log.warning("%s", error)
            return Remembered()

    def save(self, **changes: str | int | bool) -> None:
        """Remember. That it cannot be written is for the log alone: nothing is lost that matters."""
        self.last = self.last._replace(**changes)  # type: ignore[arg-type]
        try:
            self._settings.save(self.last.values())
        except FolderNotWritable as error:
            log.warning("%s", error)

    def _remember_size(self) -> None:
        if not self._size_name or not self.root.winfo_ismapped():
            return
        before = Placement.read(getattr(self.last, self._size_name))
        if compat.is_maximised(self.root):
            # The size that it goes back to is the one from before.
            usual = before or Placement(self.look.px(LEAST_SIZE[0]) * 2, self.look.px(LEAST_SIZE[1]) * 2)
            now = usual._replace(maximised=True)
        else:
            now = Placement(self.root.winfo_width(), self.root.winfo_height())
        # The place is the window manager's to choose, so that two windows do not lie on one another.
        if before is None or str(before) != str(now):
            self.save(**{self._size_name: str(now)})

    # --- the end -------------------------------------------------------------------------------------

    def close(self) -> None:
        """The person closes the window."""
        if self.page is None or self.page.may_close():
            self._remember_size()
            self.on_close()

    def destroy(self) -> None:
        self.root.withdraw()  # at once, whatever its pages have to end
        # While its theme is still being made, ttk has news of it to tell, and would find no window.
        self.root.update_idletasks()
        self.root.destroy()
