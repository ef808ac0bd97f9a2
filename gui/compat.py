"""Where platforms, keyboards and old Tks differ: the wheel, the right button, shortcuts, input methods."""

import os
import sys
import tkinter as tk
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tkinter import ttk
from typing import Any, Final, TypeAlias

Action: TypeAlias = Callable[[], object]
Handler: TypeAlias = Callable[["tk.Event[Any]"], object]

COMMAND: Final = "Command" if sys.platform == "darwin" else "Control"
# On macOS no event has an Alt, and a letter with Option alone is a sign that one writes (µ, @).
ALT: Final = "Command-Option" if sys.platform == "darwin" else "Alt"
ALT_WORD: Final = "Option+Cmd" if sys.platform == "darwin" else "Alt"
# By words; Control with an arrow changes the desktop on macOS.
BY_WORDS: Final = "Option" if sys.platform == "darwin" else "Control"
COMMAND_WORD: Final = "Cmd" if sys.platform == "darwin" else "Ctrl"

# Keycodes of the letter keys, whatever the layout writes with them: X11 (evdev) counts by their place on the
# keyboard, from the upper row down; Windows gives letters their ASCII numbers; macOS has a list of its own,
# and Tk tells it in the highest byte (the lower ones say what the key writes).
_LETTERS_BY_KEYCODE: Final[dict[str, dict[int, str]]] = {
    "linux": {start + place: letter for start, row in ((24, "qwertyuiop"), (38, "asdfghjkl"), (52, "zxcvbnm"))
              for place, letter in enumerate(row)},
    "win32": {ord(letter.upper()): letter for letter in "abcdefghijklmnopqrstuvwxyz"},
    "darwin": {place: letter for place, letter in enumerate("asdfhgzxcv bqweryt") if letter != " "}
    | {31: "o", 32: "u", 34: "i", 35: "p", 37: "l", 38: "j", 40: "k", 45: "n", 46: "m"},
}
# A layout that writes one of these with a letter's key is a Latin one: it has that letter somewhere else.
_ASCII_SIGNS: Final = frozenset((
    "space", "exclam", "quotedbl", "numbersign", "dollar", "percent", "ampersand", "apostrophe", "quoteright",
    "parenleft", "parenright", "asterisk", "plus", "comma", "minus", "period", "slash", "colon", "semicolon",
    "less", "equal", "greater", "question", "at", "bracketleft", "backslash", "bracketright", "asciicircum",
    "underscore", "grave", "quoteleft", "braceleft", "bar", "braceright", "asciitilde",
))
_ZOOM_SIGNS: Final = {"plus": "+", "equal": "+", "KP_Add": "+", "minus": "-", "KP_Subtract": "-", "0": "0",
                      "KP_0": "0"}
_ZOOM_SIGNS_BY_KEYCODE: Final[dict[str, dict[int, str]]] = {
    "linux": {19: "0", 20: "-", 21: "+"}, "win32": {48: "0", 189: "-", 187: "+"},
    "darwin": {29: "0", 27: "-", 24: "+"},
}
_SHIFT_MASK: Final = 0x1
_CONTROL_MASK: Final = 0x4
_ALT_MASK: Final = 0x8  # on macOS that of Command
_OPTION_MASK: Final = 0x10
_ALT_MASK_OF_WINDOWS: Final = 0x20000
FIELD_CLASSES: Final = ("Text", "Entry", "TEntry", "TCombobox", "TSpinbox")


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
    if _windowing(widget) == "x11":
        bind("<Button-4>", up)
        bind("<Button-5>", down)


def bind_context_menu(widget: tk.Misc, handler: Handler) -> None:
    """Call `handler` for what opens a context menu here: the right button, or the keyboard."""
    for pattern in menu_patterns(widget):
        widget.bind(pattern, handler)


class Shortcuts:
    """The keys of a window or a widget, by name: "Ctrl+D" (Cmd on macOS), "Ctrl+Shift+C", "Alt+T", "M", "F6".

    A letter's key is known by the letter that it writes, whatever Caps Lock says; under a layout of another
    script, by its place. A key that is taken here is heard by no one after us.
    """

    def __init__(self, widget: tk.Misc, actions: Mapping[str, Action]) -> None:
        self._widget = widget
        self._actions: dict[str, Action] = {}
        self._bound: set[str] = set()
        self.set(actions)

    def set(self, actions: Mapping[str, Action]) -> None:
        """These keys and no others from now on."""
        self._actions = dict(actions)
        for name in actions:
            *modifiers, key = name.split("+")
            if len(key) > 1:
                held = [{"Ctrl": COMMAND, "Alt": ALT}.get(modifier, modifier) for modifier in modifiers]
                self._bind(f"<{'-'.join((*held, key))}>", partial(self._run, name))
                continue
            # A pattern without a modifier is met by keys with any, unless a pattern with it is there too.
            for modifier in modifiers[:1] or ("Ctrl", "Alt", ""):
                start = {"Ctrl": f"{COMMAND}-", "Alt": f"{ALT}-", "": ""}[modifier]
                self._bind(f"<{start}KeyPress>", partial(self._letter_pressed, modifier))
            if modifiers == ["Ctrl"] and COMMAND == "Control" and isinstance(self._widget, tk.Tk):
                _take_from_tk(self._widget, key.lower())

    def _bind(self, pattern: str, handler: Handler) -> None:
        if pattern not in self._bound:
            self._bound.add(pattern)
            self._widget.bind(pattern, handler, add=True)

    def _letter_pressed(self, modifier: str, event: "tk.Event[Any]") -> str | None:
        if modifier == "Ctrl" and sys.platform == "win32" and int(event.state) & _ALT_MASK_OF_WINDOWS:
            return None  # AltGr, which writes signs there
        shift = "Shift" if modifier and int(event.state) & _SHIFT_MASK else ""
        return self._run("+".join(filter(None, (modifier, shift, letter_of(event).upper()))), event)

    def _run(self, name: str, _event: object) -> str | None:
        if name not in self._actions:
            return None
        self._actions[name]()
        return "break"


def letter_of(event: "tk.Event[Any]") -> str:
    """The letter of the pressed key, "a" to "z"; "" when it has none."""
    keysym = event.keysym
    # With Option, a key of macOS writes another sign than its own.
    if not (sys.platform == "darwin" and int(event.state) & _OPTION_MASK):
        if len(keysym) == 1:
            return keysym.lower() if keysym.isascii() and keysym.isalpha() else ""
        if keysym in _ASCII_SIGNS:
            return ""
    return _LETTERS_BY_KEYCODE.get(sys.platform, {}).get(_place(event), "")


def _place(event: "tk.Event[Any]") -> int:
    """Of the key on the keyboard, as the system counts."""
    return event.keycode >> 24 & 0xFF if sys.platform == "darwin" else event.keycode


def zoom_sign_of(event: "tk.Event[Any]") -> str:
    """ "+", "-" or "0" for the key that says so; where it writes a letter of another kind, by its place."""
    if event.keysym in _ZOOM_SIGNS:
        return _ZOOM_SIGNS[event.keysym]
    if event.keysym in _ASCII_SIGNS or (event.keysym.isascii() and len(event.keysym) == 1):
        return ""
    return _ZOOM_SIGNS_BY_KEYCODE.get(sys.platform, {}).get(_place(event), "")


def _take_from_tk(window: tk.Misc, letter: str) -> None:
    """Let Ctrl + `letter` in a field do nothing of Tk's own any more.

    A field is asked before its window: Ctrl+D would delete a letter there, Ctrl+I write a tab, before the
    window that has a use for the key hears of it.
    """
    call = window.tk.call
    for pattern in (f"<Control-Key-{letter}>", f"<Control-Lock-Key-{letter.upper()}>"):
        for kind in FIELD_CLASSES:
            call("bind", kind, pattern, "")
        for name in window.event_info():
            call("event", "delete", name, pattern)


def menu_patterns(widget: tk.Misc) -> tuple[str, ...]:
    """What opens a context menu here: the right button, or the keyboard."""
    if sys.platform == "darwin":
        return ("<Button-2>", "<Control-Button-1>", "<Shift-F10>")
    if str(widget.tk.call("tk", "windowingsystem")) == "x11":
        return ("<Button-3>", "<Shift-F10>", "<Menu>")
    return ("<Button-3>", "<Shift-F10>", "<App>")


def mend_edit_shortcuts(widget: tk.Misc) -> None:
    """Give a Text or Entry copy, cut, paste, undo and select-all under all layouts."""
    names = (("Ctrl+C", "<<Copy>>"), ("Ctrl+X", "<<Cut>>"), ("Ctrl+V", "<<Paste>>"), ("Ctrl+Z", "<<Undo>>"))
    Shortcuts(widget, {**{name: partial(widget.event_generate, event) for name, event in names},
                       "Ctrl+A": partial(select_all, widget)})


def select_all(widget: tk.Misc) -> None:
    if isinstance(widget, tk.Text):
        widget.tag_add("sel", "1.0", "end-1c")
    elif isinstance(widget, tk.Entry):
        widget.selection_range(0, "end")
        widget.icursor("end")


def pass_on_page_keys(widget: tk.Misc) -> None:
    """Leave Ctrl+Page Up and Ctrl+Page Down to the window: a widget's own pattern for Page Up, which names no
    modifier, is met by that key with any."""
    for key in ("Prior", "Next"):
        widget.bind(f"<{COMMAND}-{key}>", lambda _: None)


def is_command(event: "tk.Event[Any]") -> bool:
    """Whether a key was pressed with one that makes a command of it, and no sign (AltGr writes signs)."""
    state = int(event.state)
    if sys.platform == "win32":
        return bool(state & _CONTROL_MASK) and not state & _ALT_MASK_OF_WINDOWS
    return bool(state & (_CONTROL_MASK | _ALT_MASK))


def is_plain_return(event: "tk.Event[Any]") -> bool:
    """Whether this Return is a person's "send" and not an input method finishing a word, nor Shift+Return."""
    if int(event.state) & 0x1:
        return False
    # Input methods deliver composed text under any keysym; such an event carries the text as its char.
    return not (event.char and event.char.isprintable())


def replace_selection_on_paste(widget: tk.Text) -> None:
    """On X11 a paste keeps the selected text; elsewhere, and here after this, it takes its place."""
    if _windowing(widget) != "x11":
        return

    def before_paste(_event: "tk.Event[Any]") -> None:
        if widget.tag_ranges("sel"):
            widget.delete("sel.first", "sel.last")

    widget.bind("<<Paste>>", before_paste, add=True)


def open_folder(folder: Path) -> bool:
    """Show a folder in the system's own window; whether that could be begun."""
    try:
        if sys.platform == "win32":
            os.startfile(folder)
        else:
            import subprocess  # a few milliseconds that a start need not spend

            program = "open" if sys.platform == "darwin" else "xdg-open"
            subprocess.Popen([program, str(folder)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, start_new_session=True)
    except OSError:
        return False
    return True


@contextmanager
def input_methods_later(root: tk.Misc) -> Iterator[None]:
    """Draw inside of this. On X11 every widget that hears of anything gets a context of the input method, for
    four answers from the X server, and from the method's own program if there is one: with what is drawn
    first, a page would wait for hundreds. They come with the events behind it, before the first key."""
    before = root.tk.call("tk", "useinputmethods")
    root.tk.call("tk", "useinputmethods", False)
    try:
        yield
    finally:
        root.tk.call("tk", "useinputmethods", before)


def is_maximised(window: tk.Tk) -> bool:
    """Whether the window fills the screen because the person, or we, had it do so."""
    if _windowing(window) == "x11":
        return bool(int(window.attributes("-zoomed")))
    return window.state() == "zoomed"


def maximise(window: tk.Tk) -> None:
    """Have it fill the screen. Without a window manager nothing happens."""
    if _windowing(window) == "x11":
        window.attributes("-zoomed", True)
    else:
        window.state("zoomed")


def _windowing(widget: tk.Misc) -> str:
    """ "x11", "win32" or "aqua"."""
    return str(widget.tk.call("tk", "windowingsystem"))


def without_frame(window: tk.Toplevel, tooltip: bool = False) -> None:
    """A window without title bar or frame: a pop-up, or a `tooltip`, which never takes the keyboard.

    macOS shows such a window late, or behind the others, or gives it no keys, when it is made by
    overrideredirect; it has a style of window for each of the two.
    """
    if _windowing(window) == "aqua":
        style = ("help", "noActivates") if tooltip else ("floating", "closeBox")
        window.tk.call("::tk::unsupported::MacWindowStyle", "style", str(window), *style)
    else:
        window.wm_overrideredirect(True)


def mac_menu(root: tk.Tk, about: Action, preferences: Action, quit_program: Action, reopen: Action) -> None:
    """On macOS: what the Apple menu, Cmd+Q and a click on the Dock's icon do. Elsewhere nothing."""
    if _windowing(root) != "aqua":
        return
    commands = {"tkAboutDialog": about, "::tk::mac::ShowPreferences": preferences,
                "::tk::mac::Quit": quit_program, "::tk::mac::ReopenApplication": reopen}
    for name, action in commands.items():
        root.createcommand(name, action)


def set_title_bar(window: tk.Tk | tk.Toplevel, dark: bool) -> None:
    """Ask Windows for a title bar in the theme's tone; other systems follow their own setting."""
    if sys.platform == "win32":
        import ctypes

        value = ctypes.c_int(dark)
        handle = ctypes.windll.user32.GetParent(window.winfo_id())
        # 20 is DWMWA_USE_IMMERSIVE_DARK_MODE; an older Windows answers with an error code, which is fine.
        ctypes.windll.dwmapi.DwmSetWindowAttribute(handle, 20, ctypes.byref(value), ctypes.sizeof(value))
