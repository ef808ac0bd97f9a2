"""The program as a person meets it: started as a process, worked with real keys and clicks, read by copying.

Needs xdotool and a display. What a window says is learned from its title, and from the conversation as
Ctrl+Shift+C puts it on the clipboard; nothing in the program exists for these tests.
"""

from __future__ import annotations

import subprocess
import sys
import time
import tkinter as tk
from itertools import chain
from pathlib import Path

from netcore.store.folders import client_folder, server_folder
from netcore.store.keys import write_new_key
from tests.keys import pem
from tests.waiting import WAIT_S, wait_until

SCRIPT = Path(__file__).resolve().parent.parent.parent / "localchat.py"
KEY_DELAY_MS = "8"


def host_home(folder: Path, room: str) -> Path:
    """A data folder with keys, so that no test waits for them to be made."""
    folder.mkdir(mode=0o700)
    write_new_key(folder / "server_identity.pem", pem("server_identity"))
    write_new_key(server_folder(folder, room) / "host.pem", pem("member_host"))
    return folder


def member_home(folder: Path, nick: str) -> Path:
    folder.mkdir(mode=0o700)
    write_new_key(client_folder(folder, nick) / "member.pem", pem(f"member_{nick.lower()}"))
    return folder


def xdotool(*words: str) -> str:
    done = subprocess.run(["xdotool", *words], capture_output=True, text=True, timeout=WAIT_S, check=False)
    return done.stdout


def main_windows() -> set[str]:
    """The ids of all windows of the program; pop-ups and tooltips have other titles."""
    return set(xdotool("search", "--onlyvisible", "--name", "LocalChat$").split())


class Clipboard:
    """Reads and sets the clipboard from this process."""

    def __init__(self) -> None:
        self._root = tk.Tk()
        self._root.withdraw()

    def set(self, text: str) -> None:
        self._root.clipboard_clear()
        self._root.clipboard_append(text)
        self._root.update()

    def get(self) -> str:
        self._root.update()
        try:
            return self._root.clipboard_get()
        except tk.TclError:
            return ""

    def close(self) -> None:
        self._root.destroy()


class Running:
    """One process of the program and its window."""

    def __init__(self, clipboard: Clipboard, *arguments: str) -> None:
        self._clipboard = clipboard
        self._others = main_windows()
        self.process = subprocess.Popen([sys.executable, str(SCRIPT), *arguments], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._window = ""

    def see(self, title: str, timeout_s: float = WAIT_S) -> None:
        """Wait until the window's title begins so."""
        wait_until(
            lambda: self.title.startswith(title), timeout_s,
            lambda: f"title is {self.title!r}, not {title!r}",
        )

    @property
    def title(self) -> str:
        return xdotool("getwindowname", self.window).rstrip("\n") if self.window else ""

    @property
    def window(self) -> str:
        """The id of the window that has come since the process was started; one starts at a time."""
        if not self._window:
            found = main_windows() - self._others
            self._window = found.pop() if found else ""
        return self._window

    def focus(self) -> None:
        xdotool("windowraise", self.window)
        xdotool("windowfocus", "--sync", self.window)

    def key(self, *keys: str) -> None:
        """Press keys, named as xdotool names them."""
        self.focus()
        xdotool("key", "--delay", KEY_DELAY_MS, *keys)

    def type(self, text: str) -> None:
        self.focus()
        xdotool("type", "--delay", KEY_DELAY_MS, text)

    def enter(self, text: str) -> None:
        """Type into the field that has the keyboard, in place of what is in it."""
        self.key("ctrl+a")
        self.type(text)

    def typing(self, lines: list[str]) -> subprocess.Popen[bytes]:
        """Begin to type these lines, each sent with Enter; the window must keep the focus meanwhile."""
        self.focus()
        one_line = (("type", "--delay", KEY_DELAY_MS, "--args", "1", line, "key", "Return") for line in lines)
        return subprocess.Popen(["xdotool", *chain.from_iterable(one_line)])

    def double_click(self, x: int, y: int) -> None:
        self.focus()
        xdotool("mousemove", "--window", self.window, str(x), str(y))
        xdotool("click", "--repeat", "2", "--delay", "60", "1")

    def size(self) -> tuple[int, int]:
        answer = xdotool("getwindowgeometry", "--shell", self.window)
        lines = dict(line.split("=") for line in answer.split())
        return int(lines["WIDTH"]), int(lines["HEIGHT"])

    def copied(self, *keys: str) -> str:
        """What the window puts on the clipboard after these keys."""
        before = f"nothing yet {time.monotonic()}"
        self._clipboard.set(before)
        self.key(*keys)
        wait_until(lambda: self._clipboard.get() not in (before, ""), what=lambda: "nothing was copied")
        return self._clipboard.get()

    def conversation(self) -> str:
        return self.copied("ctrl+shift+c")

    def says(self, words: str) -> None:
        """Wait until the conversation holds these words."""
        wait_until(
            lambda: words in self.conversation(),
            what=lambda: f"{words!r} is not in:\n{self.conversation()}",
        )

    def end(self) -> str:
        """End the process; gives what it wrote to its terminal: nothing, if all is well."""
        if self.process.poll() is None:
            self.process.terminate()
        output, _ = self.process.communicate(timeout=WAIT_S)
        return output.decode("utf-8", "replace")
