"""Named fonts, zoom in steps, themes by palette and scale, one restyle for everything."""

import gc
import tkinter as tk
from tkinter import font, ttk

import pytest

from gui.look.fonts import STYLES, first_family
from gui.look.look import ZOOM_STEPS, Look, screen_scale, system_palette_name
from gui.look.palette import DARK, LIGHT
from tests.gui.waiting import Pump


def test_the_first_family_that_is_there_is_taken() -> None:
    present = {"inter": "INTER", "arial": "Arial", "dejavu sans": "DejaVu Sans"}
    assert first_family(("Inter", "DejaVu Sans"), present) == "INTER"
    assert first_family(("Cantarell", "DejaVu Sans"), present) == "DejaVu Sans"
    assert first_family(("Cantarell",), present) == ""


def test_no_font_is_under_13_pixels_but_the_gaps() -> None:
    """Nothing under 13."""
    assert {name for name, (_, size, _) in STYLES.items() if size < 13} == {"gap", "edge"}


def test_zoom_goes_through_its_steps_and_resizes_the_fonts(look: Look) -> None:
    assert ZOOM_STEPS == (80, 90, 100, 110, 125, 150, 175, 200)
    assert look.root.tk.call("font", "configure", "LcBody", "-size") == -15
    look.zoom_in()
    assert look.zoom == 110
    look.set_zoom(200)
    look.zoom_in()
    assert look.zoom == 200
    for name in ("LcBody", "TkDefaultFont", "TkTextFont"):
        assert look.root.tk.call("font", "configure", name, "-size") == -30
    assert look.px(8) == 16
    look.set_zoom(80)
    look.zoom_out()
    assert look.zoom == 80
    look.zoom_reset()
    assert look.zoom == 100


def test_fonts_outlive_python_objects(root: tk.Tk, look: Look) -> None:
    """A Python Font object that is collected deletes its named font."""
    Look(root, "dark", 100)
    gc.collect()
    assert "LcBody" in font.names(root)
    look.set_palette("dark")


def test_icons_and_discs_follow_zoom_and_theme_in_place(root: tk.Tk, look: Look) -> None:
    icon, disc, dot = look.icon("lock", "accent", 20), look.disc(bytes(32), 32), look.dot("accent", 14)
    label = ttk.Label(root, image=icon)
    middle = dot.get(7, 7)
    look.set_zoom(200)
    assert (icon.width(), disc.width(), dot.width()) == (40, 64, 28)
    look.toggle_theme()
    assert dot.get(14, 14) != middle
    assert look.icon("lock", "accent", 20) is icon
    assert str(label.cget("image")[0]) == str(icon)


def test_going_back_to_a_theme_makes_none_anew(look: Look) -> None:
    style = ttk.Style(look.root)
    look.toggle_theme()
    look.toggle_theme()
    known = len(style.theme_names())
    look.toggle_theme()
    assert len(style.theme_names()) == known
    assert style.lookup("Card.Muted.TLabel", "foreground") == DARK.ink3
    look.toggle_theme()
    assert style.lookup("Window.TLabel", "background") == LIGHT.window


@pytest.mark.parametrize("zoom", [80, 100, 150, 200])
@pytest.mark.parametrize("ground", ["", "Card.", "Surface.", "Window."])
def test_fields_and_buttons_are_equally_high(root: tk.Tk, look: Look, ground: str, zoom: int) -> None:
    """36 high plus a clear rim of 3 all round, so 42 in layout."""
    look.set_zoom(zoom)
    button = ttk.Button(root, text="Send", style=f"{ground}Primary.TButton")
    entry = ttk.Entry(root, style=f"{ground}TEntry")
    combo = ttk.Combobox(root, style=f"{ground}TCombobox")
    mono = ttk.Entry(root, style=f"{ground}Mono.TEntry", font=look.fonts.mono)
    root.update_idletasks()
    assert {widget.winfo_reqheight() for widget in (button, entry, combo, mono)} == {look.px(42)}


def test_paddings_follow_the_zoom_and_hidden_widgets_stay_hidden(root: tk.Tk, look: Look) -> None:
    shown, hidden = ttk.Label(root, text="a"), ttk.Label(root, text="b")
    look.pack(shown, padx=8, pady=(0, 16))
    look.pack(hidden, padx=8)
    frame = ttk.Frame(root)
    look.configure(frame, padding=(4, 8))
    hidden.pack_forget()
    look.set_zoom(200)
    assert shown.pack_info()["padx"] == 16 and shown.pack_info()["pady"] == (0, 32)
    assert hidden.winfo_manager() == ""
    assert [str(part) for part in frame.cget("padding")] == ["8", "16"]


def test_callbacks_end_with_their_widget_but_not_with_its_children(root: tk.Tk, look: Look) -> None:
    calls: list[str] = []
    frame = ttk.Frame(root)
    child = ttk.Label(frame)
    look.on_change(lambda: calls.append("frame"), owner=frame)
    look.on_change(lambda: calls.append("child"), owner=child)
    look.zoom_in()
    assert sorted(calls) == ["child", "frame"]
    child.destroy()
    look.zoom_in()
    assert sorted(calls) == ["child", "frame", "frame"]
    frame.destroy()
    look.zoom_in()
    assert len(calls) == 3


def test_an_open_combo_list_and_a_menu_take_the_new_colours(root: tk.Tk, look: Look) -> None:
    combo = ttk.Combobox(root, values=["a"])
    menu = look.menu(root)
    list_path = str(root.tk.call("ttk::combobox::PopdownWindow", str(combo))) + ".f.l"
    look.toggle_theme()
    assert str(root.tk.call(list_path, "cget", "-background")) == DARK.surface
    assert str(menu.cget("background")) == DARK.surface


def test_zoom_keys(root: tk.Tk, look: Look, pump: Pump) -> None:
    look.bind_zoom_keys()
    root.focus_force()
    pump(lambda: root.focus_get() is not None)
    root.event_generate("<Control-plus>")
    pump(lambda: look.zoom == 110)
    root.event_generate("<Control-Key-0>")
    pump(lambda: look.zoom == 100)
    root.event_generate("<Control-minus>")
    pump(lambda: look.zoom == 90)


def test_the_system_is_asked_without_waiting(monkeypatch: pytest.MonkeyPatch, root: tk.Tk) -> None:
    monkeypatch.setenv("GTK_THEME", "Adwaita:dark")
    assert system_palette_name() == "dark"
    monkeypatch.setenv("GTK_THEME", "Adwaita")
    assert system_palette_name() == "light"
    monkeypatch.delenv("GTK_THEME")
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    monkeypatch.setenv("PATH", "")
    assert system_palette_name() == "light"
    monkeypatch.setenv("GDK_SCALE", "2")
    assert screen_scale(root) == 2.0
    monkeypatch.setenv("GDK_SCALE", "nonsense")
    assert screen_scale(root) == 1.0


def test_a_change_that_destroys_a_widget_does_not_ask_it_any_more(root: tk.Tk, look: Look) -> None:
    """A card that is built anew at another width: its old parts are gone when their turn comes."""
    card = tk.Frame(root)
    part = tk.Frame(root)
    asked: list[str] = []
    look.on_change(part.destroy, owner=card)
    look.on_change(lambda: asked.append("a destroyed widget"), owner=part)
    look.set_zoom(125)
    assert asked == []


@pytest.mark.parametrize("kind", [ttk.Entry, ttk.Combobox])
def test_the_words_of_a_field_stand_in_its_middle_after_a_zoom(
    root: tk.Tk, look: Look, pump: Pump, kind: type[ttk.Entry]
) -> None:
    """Tk lays them out for the font's size at that time, and not anew when a named font grows."""
    field = kind(root, font=look.fonts.body)
    field.insert(0, "47")
    field.pack()
    pump(lambda: field.winfo_height() > 1)
    for zoom in (200, 100):
        look.set_zoom(zoom)
        pump()
        _, top, _, high = field.bbox(0)
        assert abs(top + high / 2 - field.winfo_height() / 2) <= 2, zoom
