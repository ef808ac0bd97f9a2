"""Puts the program's windows together: the first page, what comes after it, the demo.

    role page -> server page                      host a room
    role page -> (trust page) -> client page      join one
    role page -> sandbox page                     the laboratory

The pages import nothing of one another: each is given what it needs of the next one here. The room's pages,
and with them the network, are imported when they are needed, or while the person reads the first page:
loading them takes longer than everything that the first page shows.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from gui import crash
from gui.start.first_page import FirstPage, RoomOpener
from gui.start.role_page import THEME_PARTS
from gui.window import Window
from netcore.errors import LocalChatError
from netcore.options import Options

if TYPE_CHECKING:  # comes with the engine
    from gui.lab.sandbox.page import SandboxPage
    from netcore.engine import Listening


def main(options: Options) -> int:
    """Open the window and stay until it is closed. Gives an exit code. Raises TclError without a display."""
    if options.role == "demo":
        from gui.start import demo

        return demo.main(options, open_window, open_first_page)
    window = open_window(options)
    if options.role == "lab":
        page = _show_laboratory(window, window.close)
        if options.case is not None:
            page.open_case(options.case, options.seed)
    elif options.role == "tap":
        _show_tap(window)
    else:
        open_first_page(window)
    crash.end_on_signals(window.root, lambda: window.on_close())
    window.root.mainloop()
    return 0


def open_window(options: Options) -> Window:
    """The window, still empty and not yet on the screen."""
    return Window(options, THEME_PARTS)


def open_first_page(window: Window, on_open: Callable[[Listening], None] | None = None) -> FirstPage:
    """Show the first page in `window`. `on_open` is told when a room hosted here is open."""
    first = FirstPage(window, partial(_make_navigator, window, on_open), _load_ahead,
                      partial(_start_demo, window), partial(_open_doctor, window),
                      partial(_open_laboratory, window))
    first.begin()
    return first


def _make_navigator(window: Window, on_open: Callable[[Listening], None] | None,
                    first: FirstPage) -> RoomOpener:
    from gui.navigator import Navigator

    return Navigator(window, first, on_open)


def _load_ahead() -> Iterator[None]:
    """Load what the next page needs, in steps of some 30 ms, so that no key waits longer."""
    from netcore import engine

    yield
    engine.load_ahead()
    yield
    importlib.import_module("gui.navigator")


def _open_doctor(window: Window, target: str) -> None:
    from gui.doctor import DoctorWindow

    window.look.finish()
    DoctorWindow(window.root, window.look, target)


def _open_laboratory(window: Window, first: FirstPage) -> None:
    try:
        _show_laboratory(window, first.show)
    except LocalChatError as error:
        first.tell(str(error))


def _is_number(word: str) -> bool:
    """A small one: the settings are a file that anything may have written to."""
    return word.isascii() and word.isdecimal() and len(word) < 4


def _show_laboratory(window: Window, leave: Callable[[], None]) -> SandboxPage:
    """In place of the page that stands there; `leave` shows another one. Raises FolderNotWritable."""
    from gui.lab.sandbox.page import SIZE, SandboxPage

    def remember(done: frozenset[int]) -> None:
        window.save(lessons=" ".join(map(str, sorted(done))))

    def remember_points(points: Mapping[int, int]) -> None:
        window.save(cases=" ".join(f"{case}:{points[case]}" for case in sorted(points)))

    window.look.finish()
    done = frozenset(int(word) for word in window.last.lessons.split() if _is_number(word))
    points = {int(case): int(got) for case, _, got in (word.partition(":") for word in
                                                       window.last.cases.split())
              if _is_number(case) and _is_number(got)}
    page = SandboxPage(window.root, window.look, window.toggle_theme, window.show_keys, leave, done, remember,
                       window.notebook, window.last.nick, points, remember_points, window.dialogs)
    window.notebook = page.notebook
    window.show(page, SIZE)
    return page


def _show_tap(window: Window) -> None:
    """Raises InputError for an address that is none."""
    from gui.lab.sandbox.tap_page import SIZE, TapPage

    window.look.finish()
    window.show(TapPage(window.root, window.look, window.options, window.toggle_theme, window.show_keys,
                        window.close), SIZE)


def _start_demo(window: Window) -> None:
    from gui.start import demo

    demo.start_beside(window.options.data_dir)
