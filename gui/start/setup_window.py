"""The first window of a computer that lacks pycryptodome: says so, and offers to install it.

Plain ttk without LocalChat's theme, for nothing else may be in place yet. The installing itself is
`netcore/installer.py`; it runs in a worker thread and talks to this window through a queue that the
window reads with `after`, since Tk may be called from its own thread only.
"""

from __future__ import annotations

import queue
import threading
import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Protocol

from gui.widgets.details import Details
from gui.widgets.keyboard import give_keyboard
from netcore.errors import InstallError

POLL_MS = 50
WIDTH_PX = 480


class Installer(Protocol):
    """What this window needs of `installer.Installer`."""

    def install(self, on_line: Callable[[str], object]) -> None: ...
    def cancel(self) -> None: ...


def main(installer: Installer, missing: str) -> bool:
    """Show the window until it is done. True: installed, start again. False: the person left.

    `missing` is the sentence that says what is missing. Raises TclError where no window can open.
    """
    root = tk.Tk()
    window = SetupWindow(root, installer, missing)
    try:
        root.mainloop()
    finally:
        installer.cancel()  # also on Ctrl+C in the terminal: nothing goes on behind our back
    root.destroy()
    return window.installed


class SetupWindow:
    """Install and Quit, a bar and pip's last line; an error stays readable and can be tried again."""

    def __init__(self, root: tk.Tk, installer: Installer, missing: str) -> None:
        self.installed = False
        self._root = root
        self._installer = installer
        # A line of progress; or what ended the work: None for success, else the error.
        self._news: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        self._worker: threading.Thread | None = None
        self._poll_id: str | None = None

        root.title("LocalChat: first start")
        root.resizable(False, False)
        if root.tk.call("tk", "windowingsystem") == "x11":
            ttk.Style(root).theme_use("clam")  # the default of X11 looks thirty years old
        page = ttk.Frame(root, padding=24)
        page.grid()
        ttk.Label(page, text="One thing is missing", font="TkHeadingFont").grid(row=0, sticky="w")
        question = (
            f"{missing}\n\nLocalChat can install it now, into a folder of its own. Nothing else on this "
            "computer changes. It is a download of about 3 MB."
        )
        ttk.Label(page, text=question, wraplength=WIDTH_PX).grid(row=1, sticky="w", pady=(8, 16))
        self.bar = ttk.Progressbar(page, mode="indeterminate", length=WIDTH_PX)
        self.bar.grid(row=2, sticky="ew")
        self.bar.grid_remove()
        self.status = ttk.Label(page, wraplength=WIDTH_PX)
        self.status.grid(row=3, sticky="w", pady=(8, 16))
        self.command = CommandLine(page)
        self.command.grid(row=4, sticky="ew", pady=(0, 16))
        self.command.grid_remove()
        self.details = Details(page, width=20, height=10, wrap="char")
        self.details.grid(row=6, sticky="ew", pady=(16, 0))
        self.details.grid_remove()
        buttons = ttk.Frame(page)
        buttons.grid(row=5, sticky="e")
        self.details_button = ttk.Button(buttons, text="Details", command=self.details.toggle)
        self.details_button.grid(row=0, column=0, padx=(0, 8))
        self.details_button.grid_remove()
        self.install_button = ttk.Button(buttons, text="Install", default="active", command=self.install)
        self.install_button.grid(row=0, column=1, padx=(0, 8))
        self.quit_button = ttk.Button(buttons, text="Quit", command=self.close)
        self.quit_button.grid(row=0, column=2)

        root.bind("<Return>", lambda _: self.install_button.invoke())
        root.bind("<Escape>", lambda _: self.close())
        root.protocol("WM_DELETE_WINDOW", self.close)
        give_keyboard(self.install_button)

    def install(self) -> None:
        self.install_button.state(["disabled"])
        for of_last_time in (self.command, self.details, self.details_button):
            of_last_time.grid_remove()
        self.status["text"] = "Starting\N{HORIZONTAL ELLIPSIS}"
        self.bar.grid()
        self.bar.start(15)
        self._worker = threading.Thread(target=self._work, name="localchat-setup", daemon=True)
        self._worker.start()
        self._poll_id = self._root.after(POLL_MS, self._poll)

    def close(self) -> None:
        """Leave; an installation under way is ended, and its half-made folder is made anew next time."""
        if self._poll_id is not None:
            self._root.after_cancel(self._poll_id)
        if self._worker is not None:
            self._installer.cancel()
            self._worker.join(timeout=5)
        self._root.quit()  # `main` goes on

    def _work(self) -> None:  # in the worker thread: no Tk call here
        try:
            self._installer.install(self._news.put)
        except Exception as error:  # whatever it is, the person must read it here: there is no console
            self._news.put(error)
        else:
            self._news.put(None)

    def _poll(self) -> None:
        self._poll_id = None
        while not self._news.empty():
            news = self._news.get()
            if news is None:
                self.installed = True
                self.close()
                return
            self.status["text"] = str(news)
            if isinstance(news, Exception):
                self._failed(news)
                return
        self._poll_id = self._root.after(POLL_MS, self._poll)

    def _failed(self, error: Exception) -> None:
        self.bar.stop()
        self.bar.grid_remove()
        self.install_button["text"] = "Try again"
        self.install_button.state(["!disabled"])
        if isinstance(error, InstallError):
            self.status["text"] = str(error).removesuffix(error.command).rstrip()
            if error.command:
                self.command.show(error.command)
                self.command.grid()
            if error.words:
                self.details.fill(error.words)
                self.details_button.grid()


class CommandLine(ttk.Frame):
    """A command that is to be typed elsewhere: selectable, with a button that copies it."""

    def __init__(self, parent: tk.Misc) -> None:
        super().__init__(parent)
        self.columnconfigure(0, weight=1)
        self.field = ttk.Entry(self, font="TkFixedFont")
        self.field.grid(row=0, column=0, sticky="ew", padx=(0, 8))
        self.copy_button = ttk.Button(self, text="Copy", command=self._copy)
        self.copy_button.grid(row=0, column=1)

    def show(self, command: str) -> None:
        self.field.state(["!readonly"])
        self.field.delete(0, "end")
        self.field.insert(0, command)
        self.field.state(["readonly"])

    def _copy(self) -> None:
        self.clipboard_clear()
        self.clipboard_append(self.field.get())
