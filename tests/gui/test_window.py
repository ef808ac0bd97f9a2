"""The window: remembered sizes and places fitted to the screen that is there."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui import compat
from gui.about import About
from gui.app import open_window
from gui.page import Page
from gui.placement import BARS_PX, Placement
from gui.window import Window
from netcore.before_start import settings
from netcore.options import Options
from tests.gui.waiting import pump

LENGTHS = st.integers(1, 99_999)


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    made = open_window(Options(data_dir=tmp_path))
    yield made
    made.destroy()


def show(window: Window, remembered: str) -> None:
    window.last = window.last._replace(client_size=remembered)
    window.show(Page(window.root), (400, 300), "client_size")
    pump(window.root, window.root.winfo_viewable)


def edges(root: tk.Tk) -> tuple[int, int]:
    """The right and the lower edge, in screen pixels."""
    return root.winfo_rootx() + root.winfo_width(), root.winfo_rooty() + root.winfo_height()


@pytest.mark.parametrize("remembered", [
    "3840x2160", "3840x2160+1920+0", "900x700+5000+4000", "800x600+-400+-300",
])
def test_a_size_from_another_screen_is_fitted_to_this_one(window: Window, remembered: str) -> None:
    """Saved on a projector, opened on a laptop: the button to send must not be below the screen's edge."""
    show(window, remembered)
    root = window.root
    right, bottom = edges(root)
    assert right <= root.winfo_screenwidth() and bottom <= root.winfo_screenheight()
    assert root.winfo_rootx() >= 0 and root.winfo_rooty() >= 0


def test_a_page_that_needs_more_room_grows_into_the_screen(window: Window) -> None:
    window.show(Page(window.root), (400, 300))
    root = window.root
    root.geometry(f"+{root.winfo_screenwidth() - 450}+{root.winfo_screenheight() - 350}")
    pump(root, lambda: root.winfo_rootx() > 0)
    show(window, "900x700")
    pump(root, lambda: root.winfo_width() == 900)
    assert edges(root) <= (root.winfo_screenwidth(), root.winfo_screenheight())
    assert edges(root)[1] <= root.winfo_screenheight()


def test_a_window_keeps_its_place_at_a_change_of_page(window: Window) -> None:
    window.show(Page(window.root), (400, 300))
    root = window.root
    root.geometry("+120+90")
    pump(root, lambda: root.winfo_rootx() == 120)
    show(window, "500x400")
    pump(root, lambda: root.winfo_width() == 500)
    assert (root.winfo_rootx(), root.winfo_rooty()) == (120, 90)


def test_maximised_is_kept_as_such_with_the_size_from_before(
    window: Window, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No window manager is here to do it, so it is faked where the program asks for it."""
    full: list[bool] = [False]
    monkeypatch.setattr(compat, "maximise", lambda _: full.__setitem__(0, True))
    monkeypatch.setattr(compat, "is_maximised", lambda _: full[0])
    show(window, "800x600")
    assert full == [False]
    full[0] = True
    window.show(Page(window.root), (400, 300), "server_size")  # leaves the page of the first size
    assert settings(tmp_path).load()["client_size"] == "800x600 maximised"
    full[0] = False
    show(window, "800x600 maximised")
    assert full == [True]


def test_a_window_goes_before_its_pages_end_what_they_run(display: str, tmp_path: Path) -> None:
    """A room takes its time to close; nobody looks at a dead window meanwhile."""
    window = open_window(Options(data_dir=tmp_path))
    page = Page(window.root)
    states: list[str] = []
    page.bind("<Destroy>", lambda _: states.append(window.root.state()))
    window.show(page, (400, 300))
    pump(window.root, window.root.winfo_viewable)
    window.close()
    assert states == ["withdrawn"]


def test_the_two_questions_to_tk_are_understood(window: Window) -> None:
    show(window, "800x600")
    compat.maximise(window.root)
    assert compat.is_maximised(window.root) in (True, False)


@given(LENGTHS, LENGTHS, st.none() | st.tuples(st.integers(-9_999, 9_999), st.integers(-9_999, 9_999)),
       st.booleans())
def test_what_is_fitted_is_on_the_screen(
    width: int, height: int, at: tuple[int, int] | None, maximised: bool
) -> None:
    screen = (1366, 768)
    fitted = Placement(width, height, at, maximised).fitted(screen)
    assert fitted.width <= screen[0] and fitted.height <= screen[1] - BARS_PX
    assert fitted.maximised == maximised
    if fitted.at is not None:
        assert 0 <= fitted.at[0] <= screen[0] - fitted.width
        assert 0 <= fitted.at[1] <= screen[1] - fitted.height
    assert Placement.read(str(fitted)) == fitted._replace(at=None)
    assert Placement.read(fitted.geometry) == fitted._replace(maximised=False)


@pytest.mark.parametrize("text", ["", "large; exit", "800x", "800x600+1", "٨٠٠x600", "800x600 maximised "])
def test_what_is_no_placement_is_none(text: str) -> None:
    assert Placement.read(text) is None


# --- macOS, which is told from the others by what Tk says of its windows -------------------------------


@pytest.fixture
def on_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compat, "_windowing", lambda _: "aqua")


def test_the_apple_menu_leads_to_us(
    display: str, tmp_path: Path, on_a_mac: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cmd+Q ends in order, About and Preferences open our window, the Dock brings the window back."""
    window = open_window(Options(data_dir=tmp_path))
    try:
        window.show(Page(window.root), (400, 300))
        closed: list[str] = []
        window.on_close = lambda: closed.append("closed")
        call = window.root.tk.call
        call("::tk::mac::Quit")
        assert closed == ["closed"]
        for name in ("tkAboutDialog", "::tk::mac::ShowPreferences"):
            call(name)
            opened = [child for child in window.root.winfo_children() if isinstance(child, About)]
            assert [about.title() for about in opened] == ["About LocalChat"]
            opened[0].destroy()
        window.root.withdraw()
        call("::tk::mac::ReopenApplication")
        assert window.root.state() == "normal"
    finally:
        window.destroy()


def test_elsewhere_there_is_no_apple_menu(window: Window) -> None:
    assert window.root.tk.call("info", "commands", "::tk::mac::Quit") == ""


@pytest.mark.parametrize(("tooltip", "style"), [
    (True, ("help", "noActivates")), (False, ("floating", "closeBox")),
])
def test_a_window_without_a_frame_is_made_the_way_of_the_mac(
    window: Window, on_a_mac: None, tooltip: bool, style: tuple[str, str]
) -> None:
    asked: list[tuple[str, ...]] = []
    window.root.createcommand("::tk::unsupported::MacWindowStyle", lambda *words: asked.append(words))
    small = tk.Toplevel(window.root)
    compat.without_frame(small, tooltip)
    assert asked == [("style", str(small), *style)]
    assert not small.wm_overrideredirect()


def test_input_methods_hear_of_a_page_once_it_is_drawn(window: Window) -> None:
    """Each widget would ask for a context as it is drawn, and the page would wait for all of them."""
    def used() -> bool:
        return bool(window.root.tk.call("tk", "useinputmethods"))

    while_drawn: list[bool] = []
    before = used()
    page = Page(window.root)
    page.bind("<Map>", lambda _: while_drawn.append(used()))
    window.show(page, (400, 300))
    assert while_drawn and not any(while_drawn)
    assert used() == before
