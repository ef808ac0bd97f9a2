"""The demo: its tiling, and that nothing is left of it when the host's window goes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gui.start.demo import ROOM, tiles
from tests.gui.whole_program import Clipboard, Running, main_windows, xdotool
from tests.waiting import wait_until


@pytest.mark.parametrize("count", [1, 2, 4, 5, 9])
def test_tiles_fill_the_screen_without_lying_on_one_another(count: int) -> None:
    taken = []
    for place in tiles(count, 1600, 1200):
        size, x, y = place.split("+")
        width, height = size.split("x")
        taken.append((int(x), int(y), int(x) + int(width), int(y) + int(height)))
    assert len(taken) == count
    for number, (left, top, right, bottom) in enumerate(taken):
        assert 0 <= left < right <= 1600 and 0 <= top < bottom <= 1200
        for other in taken[:number]:
            assert left >= other[2] or right <= other[0] or top >= other[3] or bottom <= other[1]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="xdotool speaks X11")
def test_the_demo_opens_its_windows_and_ends_them_all(
    display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server and N clients on this computer, tiled, with throw-away data folders."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    clipboard = Clipboard()
    before = main_windows()
    demo = Running(clipboard, "demo", "--clients", "1", "--data-dir", str(tmp_path / "log"))

    def titles() -> list[str]:
        return [xdotool("getwindowname", window).strip() for window in main_windows() - before]

    wait_until(lambda: titles() == [f"“{ROOM}” – LocalChat"] * 2, what=titles)
    places = {xdotool("getwindowgeometry", window).splitlines()[1] for window in main_windows() - before}
    assert len(places) == 2, "side by side, not one behind the other"
    folders = list(tmp_path.glob("localchat-demo-*"))
    assert len(folders) == 1
    output = demo.end()
    clipboard.close()
    assert output == ""
    wait_until(lambda: main_windows() <= before, what=titles)
    assert demo.process.returncode == 0
    assert list(tmp_path.glob("localchat-demo-*")) == []
