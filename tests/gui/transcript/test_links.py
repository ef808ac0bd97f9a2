"""Links in a conversation: opened by a click, copied by the menu, shown whole; never more than is seen."""

from __future__ import annotations

import tkinter as tk
import webbrowser

import pytest

from gui.look.look import Look
from gui.transcript import link_tip
from gui.transcript.lines import LINK, MAX_LINE_CHARS
from gui.transcript.transcript import Transcript
from tests.gui.transcript.test_transcript import said
from tests.gui.waiting import Pump
from tests.waiting import wait_until


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the browser was given; there is none."""
    given: list[str] = []
    monkeypatch.setattr(webbrowser, "open", given.append)
    return given


@pytest.fixture
def view(root: tk.Tk, look: Look, pump: Pump) -> Transcript:
    made = Transcript(root, look)
    made.pack(fill="both", expand=True)
    pump()
    return made


def links(view: Transcript) -> list[str]:
    ranges = [str(one) for one in view.text.tag_ranges(LINK)]
    return [view.text.get(start, end) for start, end in zip(ranges[::2], ranges[1::2], strict=True)]


def middle(view: Transcript, number: int = 0) -> tuple[int, int]:
    """A point on a link."""
    start = str(view.text.tag_ranges(LINK)[2 * number])
    box = view.text.bbox(f"{start} + 3c")
    assert box is not None
    return box[0] + 1, box[1] + box[3] // 2


def click(view: Transcript, x: int, y: int, pump: Pump) -> None:
    for event in ("<Enter>", "<Motion>", "<ButtonPress-1>", "<ButtonRelease-1>"):
        view.text.event_generate(event, x=x, y=y)
    pump()


def test_a_click_opens_it_and_nothing_before(view: Transcript, opened: list[str], pump: Pump) -> None:
    view.add([said(1, "Ada", "see https://example.org/a, and\nhttp://b.org")])
    pump()
    assert links(view) == ["https://example.org/a", "http://b.org"] and opened == []
    x, y = middle(view)
    view.text.event_generate("<Motion>", x=x, y=y)
    pump()
    assert opened == []
    click(view, x, y, pump)
    wait_until(lambda: opened == ["https://example.org/a"])
    click(view, *middle(view, 1), pump)
    wait_until(lambda: opened[1:] == ["http://b.org"])


def test_marking_text_with_the_mouse_opens_nothing(view: Transcript, opened: list[str], pump: Pump) -> None:
    view.add([said(1, "Ada", "https://example.org/a")])
    pump()
    x, y = middle(view)
    view.text.tag_add("sel", "1.0", "end")
    view.text.event_generate("<ButtonRelease-1>", x=x, y=y)
    pump()
    assert opened == []


def test_the_whole_target_is_in_the_tooltip(view: Transcript, pump: Pump) -> None:
    """A host of other letters in punycode."""
    view.add([said(1, "Eve", "https://аррӏе.com/login?next=/"), said(2, "Ada", "https://example.org/x")])
    pump()
    tip = view.reader.link_tip
    x, y = middle(view)
    view.text.event_generate("<Enter>", x=x, y=y)
    view.text.event_generate("<Motion>", x=x, y=y)
    pump()
    assert tip.text.splitlines() == [
        "https://xn--80ak6aa92e.com/login?next=/",
        "Its letters look like аррӏе.com, and are not all plain Latin ones.",
    ]
    tip.show()
    pump()
    assert tip._window is not None and tip._window.winfo_ismapped()
    tip.hide()
    x, y = middle(view, 1)
    view.text.event_generate("<Motion>", x=x, y=y)
    pump()
    assert tip.text == "https://example.org/x"
    tip.hide()


def labels(view: Transcript) -> list[str]:
    menu = view.reader.menu
    return [str(menu.entrycget(place, "label")) for place in range((menu.index("end") or 0) + 1)
            if menu.type(place) == "command"]


def test_the_menu_copies_it(
    view: Transcript, root: tk.Tk, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tk.Menu, "tk_popup", lambda *_: None)
    view.add([said(1, "Ada", "https://example.org/ü and more")])
    pump()
    x, y = middle(view)
    view.text.event_generate("<ButtonPress-3>", x=x, y=y)
    assert "Copy link" in labels(view)
    view.reader.menu.invoke("Copy link")
    assert root.clipboard_get() == "https://example.org/%C3%BC"
    view.text.event_generate("<ButtonPress-3>", x=2, y=2)
    assert "Copy link" not in labels(view)


def test_code_and_turned_round_text_hold_no_link(view: Transcript, pump: Pump) -> None:
    view.add([said(1, "Ada", "`https://a.org`"), said(2, "Ada", "```\nhttps://b.org\n```"),
              said(3, "Ada", "שלום https://c.org")])
    pump()
    assert links(view) == []


def test_a_link_that_a_hard_wrap_cuts_is_none(view: Transcript, pump: Pump) -> None:
    """What would be opened is another address than the one that was written."""
    long = "https://example.org/" + "a" * MAX_LINE_CHARS
    view.add([said(1, "Ada", long), said(2, "Ada", "x" * 490 + " https://example.org/aaaa/bbbb"),
              said(3, "Ada", "https://a.org " + "y " * 300 + "https://b.org")])
    pump()
    assert links(view) == ["https://a.org", "https://b.org"]


def test_copies_and_states_are_as_before(view: Transcript, pump: Pump) -> None:
    """A tag changes no word, and goes with the message."""
    view.add([said("p", "Ada", "https://a.org", mine=True)])
    view.update_state("p", "pending")
    view.update_state("p", "delivered")
    pump()
    assert links(view) == ["https://a.org"] and "https://a.org" in view.copied_text()
    view.reader.select_all()
    view.reader.copy_selection()
    assert "https://a.org" in view.clipboard_get()


def test_the_browser_is_asked_on_a_thread(opened: list[str]) -> None:
    link_tip.open_in_browser("https://example.org")
    wait_until(lambda: opened == ["https://example.org"])
