"""Where platforms, keyboards and old Tks differ: the wheel, the right button, shortcuts, input methods."""

import sys
import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk
from typing import Any, Final, TypeAlias

Handler: TypeAlias = Callable[["tk.Event[Any]"], object]

COMMAND: Final = "Command" if sys.platform == "darwin" else "Control"
COMMAND_WORD: Final = "Cmd" if sys.platform == "darwin" else "Ctrl"

# Keycodes of letter keys, the same whatever the layout writes: X11 (evdev) and Windows.
_KEYCODES: Final = {
    "linux": {"a": 38, "c": 54, "v": 55, "x": 53, "z": 52, "f": 41},
    "win32": {"a": 65, "c": 67, "v": 86, "x": 88, "z": 90, "f": 70},
}
_CONTROL_MASK: Final = 0x4


def return_presses_buttons(root: tk.Misc) -> None:
    """Enter does what the space bar does on every button that has no use of its own for it."""

    def press(event: "tk.Event[Any]") -> None:
        # A name instead of a widget: it is gone already, by a use of its own.
        if not isinstance(event.widget, str) and not event.widget.bind("<Return>"):
            event.widget.event_generate("<space>")

    for kind in ("TButton", "TMenubutton"):
        root.bind_class(kind, "<Return>", press)


def press_on_return(button: ttk.Button) -> None:
    """Enter presses this button at once, and nothing else hears of it: its page may be gone by then."""

    def press(_: object) -> str:
        button.invoke()
        return "break"

    button.bind("<Return>", press)


def bind_wheel(widget: tk.Misc, scroll: Callable[[int], object], tag: str = "") -> None:
    """Call `scroll(lines)` for turns of the wheel over `widget`: negative is up. Its own scrolling ends.

    With `tag`, over all widgets that have it as their first bindtag.
    """
    bind = partial(widget.bind_class, tag) if tag else widget.bind

    def on_wheel(event: "tk.Event[Any]") -> str:
        # Windows counts 120 a notch, macOS 1; a fine wheel sends less than a notch.
        notches = event.delta / 120 if sys.platform == "win32" or abs(event.delta) >= 120 else event.delta
        lines = -round(notches * 3) or (-1 if event.delta > 0 else 1)
        scroll(lines)
        return "break"

    def up(_event: "tk.Event[Any]") -> str:
        scroll(-3)
        return "break"

    def down(_event: "tk.Event[Any]") -> str:
        scroll(3)
        return "break"

    bind("<MouseWheel>", on_wheel)
    if str(widget.tk.call("tk", "windowingsystem")) == "x11":
        bind("<Button-4>", up)
        bind("<Button-5>", down)


def bind_context_menu(widget: tk.Misc, handler: Handler) -> None:
    """Call `handler` for what opens a context menu here: the right button, or the keyboard."""
    if sys.platform == "darwin":
        widget.bind("<Button-2>", handler)
        widget.bind("<Control-Button-1>", handler)
    else:
        widget.bind("<Button-3>", handler)
    widget.bind("<Shift-F10>", handler)
    if str(widget.tk.call("tk", "windowingsystem")) == "x11":
        widget.bind("<Menu>", handler)
    elif sys.platform == "win32":
        widget.bind("<App>", handler)


def bind_shortcut(widget: tk.Misc, letter: str, handler: Handler) -> None:
    """Ctrl (Command) + `letter` on this widget, also under layouts whose key writes another script."""
    widget.bind(f"<{COMMAND}-{letter}>", handler)
    widget.bind(f"<{COMMAND}-{letter.upper()}>", handler)
    keycode = _KEYCODES.get(sys.platform, {}).get(letter)
    if keycode is None:
        return

    def by_position(event: "tk.Event[Any]") -> object:
        if event.keycode == keycode and len(event.keysym) > 1 and event.keysym.lower() != letter:
            return handler(event)
        return None

    widget.bind(f"<{COMMAND}-KeyPress>", by_position, add=True)


def mend_edit_shortcuts(widget: tk.Misc) -> None:
    """Give a Text or Entry copy, cut, paste and undo under non-latin layouts, and select-all everywhere."""
    for letter, event_name in (("c", "<<Copy>>"), ("x", "<<Cut>>"), ("v", "<<Paste>>"), ("z", "<<Undo>>")):
        keycode = _KEYCODES.get(sys.platform, {}).get(letter)
        if keycode is None:
            continue

        def by_position(event: "tk.Event[Any]", keycode: int = keycode, letter: str = letter,
                        event_name: str = event_name) -> str | None:
            # A one-letter keysym is a latin layout's: Tk's own binding serves that.
            if event.keycode == keycode and len(event.keysym) > 1:
                event.widget.event_generate(event_name)
                return "break"
            return None

        widget.bind(f"<{COMMAND}-KeyPress>", by_position, add=True)
    bind_shortcut(widget, "a", _select_all)


def _select_all(event: "tk.Event[Any]") -> str:
    widget = event.widget
    if isinstance(widget, tk.Text):
        widget.tag_add("sel", "1.0", "end-1c")
    elif isinstance(widget, tk.Entry):
        widget.selection_range(0, "end")
        widget.icursor("end")
    return "break"


def is_plain_return(event: "tk.Event[Any]") -> bool:
    """Whether this Return is a person's "send" and not an input method finishing a word, nor Shift+Return."""
    if int(event.state) & 0x1:
        return False
    # Input methods deliver composed text under any keysym; such an event carries the text as its char.
    return not (event.char and event.char.isprintable())


def replace_selection_on_paste(widget: tk.Text) -> None:
    """On X11 a paste keeps the selected text; elsewhere, and here after this, it takes its place."""
    if str(widget.tk.call("tk", "windowingsystem")) != "x11":
        return

    def before_paste(_event: "tk.Event[Any]") -> None:
        if widget.tag_ranges("sel"):
            widget.delete("sel.first", "sel.last")

    widget.bind("<<Paste>>", before_paste, add=True)


def set_title_bar(window: tk.Tk | tk.Toplevel, dark: bool) -> None:
    """Ask Windows for a title bar in the theme's tone; other systems follow their own setting."""
    if sys.platform == "win32":
        import ctypes

        value = ctypes.c_int(dark)
        handle = ctypes.windll.user32.GetParent(window.winfo_id())
        # 20 is DWMWA_USE_IMMERSIVE_DARK_MODE; an older Windows answers with an error code, which is fine.
        ctypes.windll.dwmapi.DwmSetWindowAttribute(handle, 20, ctypes.byref(value), ctypes.sizeof(value))
