"""Messages by keys: the arrows mark one after another, Return opens the menu of the marked one."""

from __future__ import annotations

import tkinter as tk
from dataclasses import replace

import pytest

from gui.look.look import Look
from gui.transcript.transcript import ChatLine, FileView, SystemLine, Transcript
from tests.gui.transcript.test_transcript import AT, find, lines, said
from tests.gui.waiting import Pump


@pytest.fixture
def view(root: tk.Tk, look: Look, pump: Pump, monkeypatch: pytest.MonkeyPatch) -> Transcript:
    """With its menu filled and never put on the screen."""
    monkeypatch.setattr(tk.Menu, "tk_popup", lambda *_: None)
    made = Transcript(root, look, on_file=lambda key, action: None)
    made.pack(fill="both", expand=True)
    pump()
    made.text.focus_force()
    pump(lambda: root.focus_get() is made.text)
    return made


def press(view: Transcript, *keys: str) -> None:
    for key in keys:
        view.text.event_generate(f"<{key}>")
    view.update()


def marked(view: Transcript) -> object:
    entry = view._book.marked
    return entry.item.key if entry is not None and isinstance(entry.item, ChatLine) else None


def labels(view: Transcript) -> list[str]:
    menu = view.reader.menu
    return [str(menu.entrycget(place, "label")) for place in range((menu.index("end") or 0) + 1)
            if menu.type(place) == "command"]


def shared(key: int, *actions: str) -> ChatLine:
    file = FileView("plan.pdf", "70 KB", actions, menu=("Take it down",))
    return replace(said(key, "Ben", "plan.pdf (70 KB)"), file=file)


def test_the_arrows_go_from_message_to_message(view: Transcript) -> None:
    """From the last one in sight upwards; news between them is passed over."""
    view.add([said(1, "Ben", "one\ntwo"), SystemLine("joined", "Zoë joined"), said(2, "Ben", "three"),
              said(3, "Ben", "four")])
    seen = []
    for key in ("Up", "Up", "Up", "Up", "Down", "Down", "Down"):
        press(view, key)
        seen.append(marked(view))
    assert seen == [3, 2, 1, 1, 2, 3, 3]
    press(view, "Up", "Up")
    assert view.text.get("sel.first", "sel.last") == "one\ntwo"


def test_a_mark_follows_what_is_in_sight(view: Transcript) -> None:
    """Sixty messages and one that is higher than the window: nothing is jumped over, all can be read."""
    long = said(60, "Ben", "\n".join(f"line {number}" for number in range(50)))
    view.add([*(said(number, "Ben", f"number {number}") for number in range(60)), long])
    view.update()
    press(view, "Up")
    assert marked(view) == 60
    came = [60]
    for _ in range(400):
        press(view, "Up")
        key = marked(view)
        assert isinstance(key, int)
        if key != came[-1]:
            came.append(key)
            place = view._book.lines_of(key)
            assert place is not None and view.text.dlineinfo(f"{place[0]}.0") is not None
        if key == 0:
            break
    assert came == list(range(60, -1, -1)) and not view.following
    press(view, "End", "Up")
    assert marked(view) == 60 and view.text.dlineinfo("end-1c") is not None
    view.text.yview("1.0")
    press(view, "Down")
    assert marked(view) == 0


def test_after_paging_the_arrows_begin_where_one_reads(view: Transcript) -> None:
    view.add([said(number, "Ben", f"number {number}") for number in range(200)])
    view.update()
    press(view, "Up")
    assert marked(view) == 199
    press(view, "Prior", "Prior", "Prior")
    assert marked(view) == 199
    press(view, "Up")
    last = marked(view)
    assert isinstance(last, int) and 0 < last < 190
    assert view.text.dlineinfo(find(view, f"number {last}")) is not None


def test_the_menu_of_the_marked_message(view: Transcript, root: tk.Tk) -> None:
    """By Return, the space bar and the menu keys; what the message is about stands first."""
    view.add([shared(1, "Save", "Save as…"), said(2, "Ben", "see https://example.org/x and https://example.org/y")])
    press(view, "Up")
    for key in ("Return", "space", "Shift-F10"):
        view.reader.menu.delete(0, "end")
        press(view, key)
        assert labels(view)[:4] == [
            "Open in the browser: https://example.org/x", "Copy link: https://example.org/x",
            "Open in the browser: https://example.org/y", "Copy link: https://example.org/y"]
    opened: list[str] = []
    view.reader.open_link = opened.append
    press(view, "Return")
    view.reader.menu.invoke("Open in the browser: https://example.org/y")
    assert opened == ["https://example.org/y"]
    press(view, "Up", "Return")
    assert labels(view) == ["Save", "Save as…", "Take it down", "Copy", "Copy message", "Select all"]
    assert view.reader.menu.index("active") == 0
    view.reader.menu.invoke("Copy message")
    assert root.clipboard_get() == "plan.pdf (70 KB)"


def test_without_a_mark_the_menu_keys_take_the_last_message_in_sight(view: Transcript) -> None:
    """Not the one that the mouse happens to be over."""
    press(view, "Shift-F10")
    assert marked(view) is None
    view.add([shared(1, "Save"), said(2, "Ben", "x")])
    press(view, "Shift-F10")
    assert marked(view) == 2 and "Save" not in labels(view)


def test_what_is_typed_still_goes_where_one_writes(root: tk.Tk, look: Look, pump: Pump) -> None:
    typed: list[str] = []
    view = Transcript(root, look, on_typed=typed.append)
    view.pack(fill="both", expand=True)
    view.add([said(1, "Ben", "x")])
    view.text.focus_force()
    pump(lambda: root.focus_get() is view.text)
    press(view, "space", "Up", "h")
    assert typed == [" ", "h"] and marked(view) == 1


def test_up_from_the_first_message_loads_earlier_ones(root: tk.Tk, look: Look, pump: Pump) -> None:
    loads: list[int] = []
    view = Transcript(root, look, on_load_earlier=lambda: loads.append(1))
    view.pack(fill="both", expand=True)
    view.add([said(1, "Ben", "x")])
    view.show_earlier(True)
    view.text.focus_force()
    pump(lambda: root.focus_get() is view.text)
    press(view, "Up", "Up")
    assert view.text.get("sel.first", "sel.last") == "Load earlier messages" and loads == []
    press(view, "Return")
    assert loads == [1]
    press(view, "Down")
    assert marked(view) == 1


def test_a_mark_stays_when_its_message_changes(view: Transcript) -> None:
    view.add([said(0, "Ben", "above"), shared(1, "Save"), said(2, "Ben", "below")])
    press(view, "Up", "Up")
    view.update_file(1, FileView("plan.pdf", "70 KB", (), "being saved"))
    assert marked(view) == 1 and "being saved" in view.text.get("sel.first", "sel.last")
    picture = tk.PhotoImage(master=view, width=30, height=30)
    view.update_file(1, FileView("plan.pdf", "70 KB", ("Hide",)), picture)
    assert marked(view) == 1
    press(view, "Down", "Up", "Up")
    assert marked(view) == 0


def test_a_bar_stands_beside_it_while_the_keyboard_is_here(view: Transcript, pump: Pump) -> None:
    view.add([said(1, "Ben", "x")])
    press(view, "Up")

    def bars() -> int:
        left = view.gutters.left
        return sum(str(left.tk.call(str(left), "type", item)) == "rectangle" for item in left.find_all())

    pump(lambda: bars() == 2)
    other = tk.Entry(view.master)
    other.pack()
    other.focus_force()
    pump(lambda: bars() == 0)


def test_a_picture_has_a_line_of_its_own_under_its_file(view: Transcript, pump: Pump) -> None:
    """It goes and comes with its message, whatever happens around: earlier lines, all laid out anew."""
    view.add([shared(1, "Save"), said(2, "Ben", "below")])
    picture = tk.PhotoImage(master=view, width=30, height=30)

    def kinds() -> list[str]:
        return [row.kind for row in view._book.rows]

    view.update_file(1, FileView("plan.pdf", "70 KB", ("Hide",)), picture)
    assert kinds() == ["gap", "header", "body", "picture", "body"]
    assert lines(view)[2:5] == ["plan.pdf  70 KB   Hide", "", "below"]
    assert view.text.image_names() and view.text.index(view.text.image_names()[0]) == "4.0"
    view.update_file(1, FileView("plan.pdf", "70 KB", ("Hide",), "saved"), picture)
    assert lines(view)[2:5] == ["plan.pdf  70 KB  ·  saved   Hide", "", "below"]
    view.prepend([said(0, "Ben", "above", AT - 10**7)])
    view._rewrap()
    assert len(view.text.image_names()) == 1 and kinds().count("picture") == 1
    view.text.tag_add("sel", f"{find(view, 'plan.pdf')} linestart", f"{find(view, 'below')} lineend")
    view.reader.copy_selection()
    assert "plan.pdf (70 KB)" in view.clipboard_get() and view.clipboard_get().endswith("below")
    view.update_file(1, FileView("plan.pdf", "70 KB", ("Show",)))
    assert kinds().count("picture") == 0 and not view.text.image_names()
    assert "plan.pdf  70 KB   Show" in lines(view)


def test_words_that_are_pressed_are_never_broken(root: tk.Tk, look: Look, pump: Pump) -> None:
    """At a line's end "Take it" and "down" would be two things; what is told is the words as they are."""
    pressed: list[tuple[object, str]] = []
    view = Transcript(root, look, on_file=lambda key, action: pressed.append((key, action)))
    view.pack(fill="both", expand=True)
    pump()
    for width in range(340, 460, 20):
        root.geometry(f"{width}x400")
        view.clear()
        view.add([shared(1, "Open folder", "Take it down", "Keep it")])
        pump(lambda width=width: root.winfo_width() == width)
        ranges = view.text.tag_ranges("file_action")
        for start, end in zip(ranges[::2], ranges[1::2], strict=True):
            first, last = view.text.dlineinfo(start), view.text.dlineinfo(f"{end} - 1c")
            assert first is not None and first == last
    x, y, _, _ = view.text.bbox(find(view, "Take"))  # type: ignore[misc]
    for event in ("<Motion>", "<ButtonPress-1>", "<ButtonRelease-1>"):
        view.text.event_generate(event, x=x + 2, y=y + 2)
    assert pressed == [(1, "Take it down")]
