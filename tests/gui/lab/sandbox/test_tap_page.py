"""The tap in a window of its own, between a real client and a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui.lab.sandbox.tap_page import TapPage
from gui.window import Window
from netcore.engine import (
    ClientConfig,
    Connected,
    Listening,
    Say,
    ServerConfig,
    Stop,
    Stopped,
    start_client,
    start_server,
)
from netcore.lab.tap_events import Attacked, ConnectionEnded
from netcore.options import Options
from tests.gui.lab.sandbox.test_page import text_of
from tests.gui.waiting import pump
from tests.net.client.kit import Ear, put_key, put_server_keys


def open_tap(window: Window, to: str, **more: object) -> TapPage:
    options = Options(role="tap", listen="127.0.0.1:0", to=to)._replace(**more)  # type: ignore[arg-type]
    page = TapPage(window.root, window.look, options, window.toggle_theme, window.show_keys, lambda: None)
    window.show(page, (760, 820))
    pump(window.root, lambda: page._address)
    return page


def test_it_attacks_what_is_pointed_at_it(window: Window, tmp_path: Path) -> None:
    window.look.finish()
    for name in ("server", "ada"):
        (tmp_path / name).mkdir()
    put_server_keys(tmp_path / "server", "Room")
    put_key(tmp_path / "ada", "Ada", "member_ada")
    server = Ear(start_server(ServerConfig(tmp_path / "server", "Room", "Host", "127.0.0.1", 0)))
    port = server.wait_for(Listening).port
    page = open_tap(window, f"127.0.0.1:{port}")
    ada = Ear(start_client(ClientConfig(tmp_path / "ada", "Ada", page._address, True)))
    ada.wait_for(Connected)
    pump(window.root, lambda: len(page.tap.rows) >= 8)
    page.tap.button.invoke()
    pump(window.root, lambda: "Armed" in text_of(page.tap))
    ada.engine.submit(Say(1, "hello"))
    pump(window.root, lambda: page.verdict.heading["text"] == "The server hung up")
    assert len(page.verdict.bytes.text.tag_ranges("lit")) == 4
    told = text_of(page.verdict)
    assert "Turned one bit of frame" in told and "hung up without a word" in told
    assert "the window of the attacked end says" in told
    pump(window.root, lambda: "A client has connected again." in text_of(page.verdict))
    assert "tag" not in told, "which defence it was, the tap cannot know"
    assert not page.banner.text
    for one in (ada, server):
        one.engine.submit(Stop())
        one.wait_for(Stopped)
        assert one.engine.join(5.0)
    page.destroy()


def test_in_a_low_window_one_part_at_a_time_and_a_verdict_is_announced(window: Window) -> None:
    page = open_tap(window, "127.0.0.1:1")
    pump(window.root, page.verdict.winfo_ismapped)
    window.root.geometry("760x560")
    pump(window.root, page.parts.winfo_ismapped)
    assert page.tap.winfo_ismapped() and not page.verdict.winfo_ismapped()
    bottom = page.tap.button.winfo_rooty() + page.tap.button.winfo_height()
    assert bottom <= page.winfo_rooty() + page.winfo_height(), "what arms it is in sight"
    page._take([Attacked(1, "flip", "up", 5, b"\x17a", b"\x17b"), ConnectionEnded(1, "server ended")])
    assert page.news["text"] == "The server hung up"
    page.news.command()
    pump(window.root, page.verdict.winfo_ismapped)
    assert not page.news["text"] and not page.tap.winfo_ismapped()
    page.destroy()


@pytest.mark.parametrize("anywhere", [False, True])
def test_it_says_when_it_leads_elsewhere(window: Window, anywhere: bool) -> None:
    window.look.finish()
    options = Options(role="tap", listen="127.0.0.1:0", to="192.0.2.1:5050", anywhere=anywhere)
    page = TapPage(window.root, window.look, options, window.toggle_theme, window.show_keys, lambda: None)
    window.show(page, (760, 820))
    window.look.set_palette("dark")
    assert page.theme.tooltip.text == "To the light theme"
    if anywhere:
        pump(window.root, lambda: page._address)
        assert "other computers" in page.banner.text
    else:
        pump(window.root, lambda: "not on this computer" in page.banner.text)
    page.destroy()
