"""Whatever happens in the sandbox, no control moves, and what is being typed stays with its keyboard."""

from __future__ import annotations

import tkinter as tk

import pytest

from netcore.lab.tap_events import Attacked
from netcore.lab.verdict import _WHY, Outcome, Verdict
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.sandbox.conftest import Laboratory
from tests.gui.room.pages import words


def text_of(widget: tk.Misc) -> str:
    return "\n".join(words(widget))


def places(lab: Laboratory) -> dict[str, tuple[int, int]]:
    """Where the controls are that somebody may be about to click."""
    page = lab.page
    widgets: dict[str, tk.Misc] = {f"tile {name}": tile for name, tile in page.tap.tiles.items()}
    widgets |= {"arm": page.tap.button, "search": page.tap.search, "verdict": page.verdict}
    for name, chair in page.chairs.items():
        assert chair.conversation is not None
        widgets[f"{name}'s field"] = chair.conversation.composer.text
        widgets[f"{name}'s button"] = chair.conversation.composer.button
    lab.until(lambda: True)
    return {name: (widget.winfo_rootx(), widget.winfo_rooty()) for name, widget in widgets.items()}


@with_xdotool
def test_a_verdict_moves_nothing_and_takes_no_key(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    before = places(lab)
    for name in page.tap.tiles:
        page.tap.tiles[name].invoke()
        assert places(lab) == before, name
    page.tap.tiles["flip"].invoke()
    page.tap.button.invoke()
    lab.until(lambda: page.verdict.heading["text"] == "Armed: flip")
    assert places(lab) == before
    lab.ready()
    lab.say("Ada", "pay")
    lab.keyboard.press(*"more")  # goes on writing while the attack is caught and she comes back
    lab.until(lambda: page.verdict.heading["text"] == "Caught by the tag")
    lab.until(lambda: "Ada came back by herself" in text_of(page.verdict))
    lab.keyboard.press(*"over")
    conversation = page.chairs["Ada"].conversation
    assert conversation is not None
    lab.until(lambda: conversation.composer.written() == "moreover")
    assert places(lab) == before
    page.tap.table.select(1)
    assert "bytes, from" in page.verdict.heading["text"]
    assert places(lab) == before
    page.verdict.back.command()
    assert page.verdict.heading["text"] == "Caught by the tag"
    page.tap.table.select(1)
    lab.say("Ben", "hello")  # more is known of the attack, but somebody looks at a frame
    lab.until(lambda: "hello" in lab.transcript("Ada"))
    assert "bytes, from" in page.verdict.heading["text"]
    page.banner.show("Warn", "Something went wrong. " * 8, closable=True)
    assert places(lab) == before


def test_what_is_typed_outlives_a_new_start_of_the_program(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    first = page.chairs["Ada"].conversation
    assert first is not None
    lab.keyboard.focus(first.composer.text)
    first.composer.field.value = "half a sen"
    page.chairs["Ada"].again.invoke()
    lab.until(lambda: page.chairs["Ada"].conversation is not first)
    lab.ready()
    second = page.chairs["Ada"].conversation
    assert second is not None
    assert second.composer.written() == "half a sen"
    lab.until(lambda: page.focus_get() is second.composer.text)


def test_in_one_part_at_a_time_a_verdict_is_announced(laboratory: Laboratory) -> None:
    lab, page = laboratory, laboratory.page
    lab.window.root.geometry("900x700")
    lab.until(page.parts.winfo_ismapped)
    assert not page.news.winfo_ismapped()
    page.tap.tiles["flip"].invoke()
    page.tap.button.invoke()
    lab.ready()
    page.parts.buttons["Ada"].invoke()
    conversation = page.chairs["Ada"].conversation
    assert conversation is not None
    lab.until(conversation.composer.text.winfo_viewable)
    before = [button.winfo_rootx() for button in page.parts.buttons.values()]
    conversation.composer.field.value = "pay"
    conversation.composer.send_written()
    lab.until(lambda: page.news["text"] == "Caught by the tag" and page.news.winfo_ismapped())
    assert page.parts.value == "Ada", "nobody is taken elsewhere"
    assert [button.winfo_rootx() for button in page.parts.buttons.values()] == before
    page.news.command()
    lab.until(page.verdict.winfo_ismapped)
    assert not page.news.winfo_ismapped() and page.parts.value == "verdict"


@pytest.mark.parametrize("zoom", [100, 150])
def test_all_that_a_verdict_says_has_room(laboratory: Laboratory, zoom: int) -> None:
    lab, page = laboratory, laboratory.page
    lab.window.look.set_zoom(zoom)
    if zoom > 100:
        lab.window.root.geometry("1590x1190")
        page.fold()
    lab.until(page.verdict.winfo_ismapped)
    did = "Let frame 123 (Direct, 999 bytes) on its way from the server to Ada and the next change places."
    happened = ("The server did not take frame 123: what it holds is no known message.",
                "For Ada the connection ended without a Close. Ada came back by herself.")
    for why in _WHY.values():
        verdict = Verdict(Outcome.CAUGHT, "Caught", did, happened, f"{why} The server noticed.")
        page.verdict.tell(verdict, Attacked(1, "flip", "up", 1, bytes(90), bytes(89) + b"1"), True)
        lab.until(lambda: True)
        for label in page.verdict.answers.values():
            assert label.winfo_height() >= label.winfo_reqheight(), label["text"]
        start = page.verdict.bytes.text.tag_ranges("lit")[0]
        box = page.verdict.bytes.text.bbox(start)
        assert box is not None and box[1] + box[3] <= page.verdict.bytes.text.winfo_height()
