"""The pieces of the windows: each works by mouse and by keys, and says what it does."""

import tkinter as tk
from tkinter import ttk
from typing import Any

import pytest

from gui.compat import bind_wheel, is_plain_return
from gui.look.look import Look
from gui.widgets.banner import Banner
from gui.widgets.boxes import Card, Pill
from gui.widgets.buttons import CopyButton, IconButton, LinkLabel, SegmentedChoice
from gui.widgets.fields import FieldError, RoundedText
from gui.widgets.scrolled_frame import ScrolledFrame
from gui.widgets.tooltip import Tooltip
from tests.gui.waiting import Pump


def focused(widget: tk.Misc, pump: Pump) -> None:
    widget.focus_force()
    pump(lambda: widget.focus_get() is widget)


@pytest.mark.parametrize("key", ["<Return>", "<space>", "<Button-1>"])
def test_a_link_is_pressed_by_mouse_and_keys(root: tk.Tk, look: Look, pump: Pump, key: str) -> None:
    pressed: list[int] = []
    link = LinkLabel(root, look, "Try again", lambda: pressed.append(1))
    link.pack()
    pump()
    focused(link, pump)
    link.event_generate(key)
    pump(lambda: pressed == [1])


def test_a_link_stands_on_the_ground_it_was_given(root: tk.Tk, look: Look) -> None:
    style = ttk.Style(root)
    for ground, colour in (("", look.palette.surface), ("Window.", look.palette.window),
                           ("Warn.", look.palette.warn_soft)):
        link = LinkLabel(root, look, "x", lambda: None, ground=ground)
        assert style.lookup(str(link.cget("style")), "background") == colour


def test_in_a_slim_banner_the_words_have_room_beside_nothing(root: tk.Tk, look: Look, pump: Pump) -> None:
    holder = tk.Frame(root, width=300, height=400)
    holder.pack_propagate(False)
    holder.pack()
    banner = Banner(holder, look)
    look.pack(banner, fill="x")
    banner.show("Danger", "The server is not the one that the invite names. Nothing was sent.",
                action="Back to the start", command=lambda: None)
    pump(lambda: banner.winfo_height() > 40)
    box = banner.winfo_children()[0]
    link = next(child for child in box.winfo_children() if isinstance(child, LinkLabel))
    words = banner._words
    assert words is not None
    pump(lambda: link.winfo_rooty() >= words.winfo_rooty() + words.winfo_reqheight())
    assert words.winfo_width() >= words.winfo_reqwidth()



def test_a_banner_shows_acts_and_goes(root: tk.Tk, look: Look, pump: Pump) -> None:
    banner = Banner(root, look)
    look.pack(banner, fill="x", padx=12)
    pump()
    low = banner.winfo_height()
    tried: list[int] = []
    banner.show("Warn", "The server is gone.", action="Try now", closable=True,
                command=lambda: tried.append(1))
    pump(lambda: banner.winfo_height() > low + 20)
    links = [child for child in banner.winfo_children()[0].winfo_children() if isinstance(child, LinkLabel)]
    next(link for link in links if link.cget("text") == "Try now").command()
    assert tried == [1]
    banner.show("Danger", "Another line")
    assert banner.text == "Another line" and len(banner.winfo_children()) == 1
    look.toggle_theme()
    banner.hide()
    banner.hide()
    pump(lambda: banner.winfo_height() == low)
    assert banner.text == ""


def test_a_field_error_marks_the_field_and_puts_the_cursor_there(root: tk.Tk, look: Look, pump: Pump) -> None:
    """Errors say what happened and put the cursor where the mistake is."""
    field = ttk.Entry(root)
    other = ttk.Entry(root)
    error = FieldError(root, look, field)
    for widget in (field, error, other):
        widget.pack()
    pump()
    focused(other, pump)
    fixed: list[int] = []
    error.show("“Ben” is taken here.", "Use “Ben.2”", lambda: fixed.append(1))
    pump(lambda: root.focus_get() is field)
    assert field.instate(["invalid"])
    link = next(child for child in error.winfo_children() if isinstance(child, LinkLabel))
    link.command()
    assert fixed == [1]
    error.clear()
    assert not field.instate(["invalid"]) and not error.winfo_children()


def test_copying_says_so_and_then_offers_again(root: tk.Tk, look: Look, pump: Pump,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui.widgets.buttons._COPIED_MS", 20)
    button = CopyButton(root, look, lambda: "192.168.1.20:5050")
    button.pack()
    button.invoke()
    assert root.clipboard_get() == "192.168.1.20:5050"
    assert button.cget("text") == "Copied"
    pump(lambda: button.cget("text") == "Copy")
    button.invoke()
    button.destroy()  # With its timer waiting: the timer must go with it.
    pump()


def test_an_icon_button_has_its_name_in_the_tooltip(root: tk.Tk, look: Look, pump: Pump,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui.widgets.tooltip._DELAY_MS", 10)
    pressed: list[int] = []
    button = IconButton(root, look, "moon", "Dark", lambda: pressed.append(1), shortcut="Ctrl+D")
    button.pack()
    pump()
    focused(button, pump)

    def tips() -> list[str]:
        return [str(label.cget("text")) for window in button.winfo_children()
                if isinstance(window, tk.Toplevel) for label in window.winfo_children()]

    pump(lambda: tips() == ["Dark   Ctrl+D"])
    button.event_generate("<Return>")
    pump(lambda: pressed == [1] and not tips())
    button.set_icon("sun", "Light")
    assert button.tooltip.text == "Light"
    assert button.winfo_reqwidth() == button.winfo_reqheight()


def test_a_tooltip_of_a_hidden_widget_stays_away(root: tk.Tk, look: Look) -> None:
    label = ttk.Label(root, text="x")
    tooltip = Tooltip(label, look, "words")
    tooltip.show()
    assert not label.winfo_children()


def test_segments_tell_what_was_chosen(root: tk.Tk, look: Look) -> None:
    chosen: list[str] = []
    choice = SegmentedChoice(root, look, [("both", "Both"), ("in", "In")], "both", command=chosen.append)
    assert choice.value == "both"
    choice.buttons["in"].invoke()
    assert (choice.value, chosen) == ("in", ["in"])


def test_cards_and_pills_change_their_kind(root: tk.Tk, look: Look) -> None:
    card = Card(root, look, kind="Chosen")
    assert card.cget("style") == "Window.Chosen.Box.TFrame"
    card.set_kind("")
    assert card.cget("style") == "Window.Box.TFrame"
    pill = Pill(root, "7")
    pill.show("refused", "Danger")
    assert (pill.cget("text"), pill.cget("style")) == ("refused", "Danger.Chip.TLabel")


def test_a_text_field_grows_to_six_lines(root: tk.Tk, look: Look, pump: Pump) -> None:
    changes: list[str] = []
    field = RoundedText(root, look, placeholder="Speak", on_change=lambda: changes.append(field.value))
    field.pack(fill="x")
    pump()
    assert field.winfo_height() == look.px(42)
    field.value = "one\ntwo\nthree"
    pump(lambda: int(field.text.cget("height")) == 3)
    assert field.value == "one\ntwo\nthree" and changes[-1] == field.value
    field.value = "\n" * 30
    pump(lambda: int(field.text.cget("height")) == 6)
    field.value = ""
    pump(lambda: int(field.text.cget("height")) == 1)
    field.value = "word " * 60  # One line that wraps.
    pump(lambda: int(field.text.cget("height")) > 1)


def test_return_sends_and_shift_return_does_not(root: tk.Tk, look: Look, pump: Pump) -> None:
    sent: list[str] = []
    field = RoundedText(root, look, on_return=lambda: sent.append(field.value))
    field.pack()
    pump()
    focused(field.text, pump)
    assert field.instate(["focus"])
    field.value = "hello"
    field.text.event_generate("<Shift-Return>")
    pump(lambda: field.value == "hello\n")
    assert sent == []
    field.text.event_generate("<Return>")
    pump(lambda: sent == ["hello\n"])


def test_an_input_methods_return_does_not_send() -> None:
    """Input methods deliver composed text under the keysym Return; its char is what was composed."""
    event: Any = tk.Event()
    event.state, event.char = 0, "あ"
    assert not is_plain_return(event)
    event.char = "\r"
    assert is_plain_return(event)
    event.state = 1
    assert not is_plain_return(event)


def test_select_all_in_a_text_field(root: tk.Tk, look: Look, pump: Pump) -> None:
    field = RoundedText(root, look)
    field.pack()
    field.value = "a\U0001f642b"
    pump()
    focused(field.text, pump)
    field.text.event_generate("<Control-a>")
    pump(lambda: bool(field.text.tag_ranges("sel")))
    assert field.text.get("sel.first", "sel.last") == "a\U0001f642b"


def test_a_scrolled_frame_scrolls_only_what_does_not_fit(root: tk.Tk, look: Look, pump: Pump) -> None:
    frame = ScrolledFrame(root, look)
    frame.pack(fill="both", expand=True)
    entries = [ttk.Entry(frame.inner) for _ in range(3)]
    for entry in entries:
        entry.pack()
    frame.adopt()
    pump(lambda: not frame._bar.winfo_ismapped())
    more = [ttk.Entry(frame.inner) for _ in range(60)]
    for entry in more:
        entry.pack()
    frame.adopt()
    pump(frame._bar.winfo_ismapped)
    focused(more[-1], pump)
    pump(lambda: frame._canvas.yview()[1] > 0.98)
    frame.scroll_lines(-1000)
    assert frame._canvas.yview()[0] == 0.0
    frame.scroll_lines(2)
    assert frame._canvas.yview()[0] > 0.0


def test_what_was_put_in_later_is_brought_into_sight_too(root: tk.Tk, look: Look, pump: Pump) -> None:
    """In a list within the frame as well; the wheel is the frame's while the list has nothing to scroll."""
    outer = ScrolledFrame(root, look)
    outer.pack(fill="both", expand=True)
    for _ in range(60):
        ttk.Entry(outer.inner).pack()
    outer.adopt()
    late = ttk.Entry(outer.inner)
    late.pack()
    inner = ScrolledFrame(outer.inner, look)
    inner.pack()
    row = ttk.Entry(inner.inner)
    row.pack()
    inner.adopt()
    outer.adopt()
    pump(outer._bar.winfo_ismapped)
    for widget in (late, row):
        outer.scroll_to_top()
        focused(widget, pump)
        pump(lambda widget=widget: widget.winfo_rooty() + widget.winfo_height()
             <= root.winfo_rooty() + root.winfo_height())
    row.event_generate("<Button-4>")
    before = outer._canvas.yview()[0]
    row.event_generate("<Button-4>")
    assert outer._canvas.yview()[0] < before
    for _ in range(60):
        ttk.Entry(inner.inner).pack()
    inner.adopt()
    pump(inner._bar.winfo_ismapped)
    before = outer._canvas.yview()[0]
    row.event_generate("<Button-5>")
    assert inner._canvas.yview()[0] > 0.0 and outer._canvas.yview()[0] == before


def test_the_page_keys_scroll_from_the_buttons_below(root: tk.Tk, look: Look, pump: Pump) -> None:
    """A question or a list that is higher than its window can be read to its end without a mouse."""
    frame = ScrolledFrame(root, look)
    frame.pack(fill="both", expand=True)
    for _ in range(90):
        ttk.Label(frame.inner, text="x").pack()
    frame.adopt()
    button, field, text = ttk.Button(root), ttk.Entry(root), tk.Text(root, height=2)
    for widget in (button, field, text):
        widget.pack()
    pump(frame._bar.winfo_ismapped)
    for widget in (button, field):
        focused(widget, pump)
        widget.event_generate("<Next>")
        assert frame._canvas.yview()[0] > 0.1
        widget.event_generate("<Prior>")
        assert frame._canvas.yview()[0] == 0.0
    widget.event_generate("<Control-Next>")
    focused(text, pump)
    text.event_generate("<Next>")
    assert frame._canvas.yview()[0] == 0.0


def test_the_wheel_scrolls(root: tk.Tk, pump: Pump) -> None:
    turned: list[int] = []
    label = ttk.Label(root, text="x")
    label.pack()
    bind_wheel(label, turned.append)
    pump()
    label.event_generate("<Button-4>")
    label.event_generate("<Button-5>")
    pump(lambda: turned == [-3, 3])


def test_a_placeholder_that_does_not_fit_ends_in_dots(root: tk.Tk, look: Look, pump: Pump) -> None:
    field = RoundedText(root, look, placeholder="Whisper to “somebody with a long name”")
    field.place(x=0, y=0, width=160)
    pump(lambda: str(field._hint["text"]).endswith("…"))
    assert field._hint.winfo_reqwidth() <= field.text.winfo_width() + 2
    field.place(x=0, y=0, width=600)
    pump(lambda: str(field._hint["text"]).endswith("name”"))
