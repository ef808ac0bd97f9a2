"""The demo: a room and some members on this computer, each in a window and a process of its own.

The host's window belongs to this process; when it closes, the others are ended. All data folders are
thrown away. The members come with the invite, so nobody is asked for trust. Windows find their places
through the settings files written for them beforehand.
"""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from gui.remembered import Remembered
from gui.window import Window
from netcore.before_start import SCRIPT, settings
from netcore.engine import Listening
from netcore.options import Options

ROOM = "Demo room"
HOST = "Ms Okafor"
NAMES = ("Ada", "Ben", "Layla", "Jonas", "Zoë", "美玲", "Tom", "Sofía")
END_S = 2.0
BAR_PX = 30  # a title bar and a frame, which a geometry does not count


def start_beside(data_dir: Path | None) -> None:
    """Start the demo as a process beside this one (the link on the first page)."""
    where = [] if data_dir is None else ["--data-dir", str(data_dir)]
    subprocess.Popen([sys.executable, str(SCRIPT), "demo", *where], stdin=subprocess.DEVNULL,
                     start_new_session=True)


def main(options: Options, open_window: Callable[[Options], Window],
         open_first_page: Callable[[Window, Callable[[Listening], None]], object]) -> int:
    """Run the demo until the host's window closes. The two callables are those of `gui/app.py`."""
    signal.signal(signal.SIGTERM, _leave)
    members: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="localchat-demo-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        host_dir = home / "host"
        host_dir.mkdir(mode=0o700)
        window = open_window(options._replace(role="server", room=ROOM, nick=HOST, bind="127.0.0.1", port=0,
                                              data_dir=host_dir))
        look, screen = window.look, (window.root.winfo_screenwidth(), window.root.winfo_screenheight())
        places = tiles(options.clients + 1, *screen)
        window.last = window.last._replace(server_size=next(places))

        def invite_members(listening: Listening) -> None:
            for name, place in zip(NAMES[: options.clients], places, strict=False):
                remembered = Remembered(client_size=place, theme=look.palette.name, zoom=look.zoom)
                members.append(_member(home / f"member{len(members)}", name, listening.invite, remembered,
                                       ["--verbose"] if options.verbose else []))

        try:
            open_first_page(window, invite_members)
            window.root.mainloop()
        finally:
            _end(members)
    return 0


def tiles(count: int, width_px: int, height_px: int) -> Iterator[str]:
    """`count` Tk geometries that fill the screen, row by row."""
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    wide, high = width_px // columns, height_px // rows
    for number in range(count):
        row, column = divmod(number, columns)
        yield f"{wide - 8}x{high - BAR_PX}+{column * wide}+{row * high}"


def _member(folder: Path, name: str, invite: str, remembered: Remembered,
            more: list[str]) -> subprocess.Popen[bytes]:
    folder.mkdir(mode=0o700)
    settings(folder).save(remembered.values())
    command = [sys.executable, str(SCRIPT), "client", invite, "--nick", name, "--data-dir", str(folder),
               *more]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def _end(members: list[subprocess.Popen[bytes]]) -> None:
    for process in members:
        process.terminate()
    for process in members:
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)  # through the finally above, so that no window is left over
