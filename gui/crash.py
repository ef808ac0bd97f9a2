"""When something breaks that should not: one window that says so, and the traceback in the log file.

Catches what no one caught, in Tk callbacks, in any thread and in the main program, and what the network
thread hands over by `report`. Plain ttk, so that it works when our own theme is what broke. A double-
clicked program has no console; without this window a crash would be silence.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
import tkinter as tk
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk
from types import FrameType, TracebackType

from gui.text.shown_text import shown
from gui.widgets.details import Details
from netcore import log_file

POLL_MS = 200
MAX_KEPT = 20  # a fault in a timer repeats; the first few tell all there is to tell

log = logging.getLogger("localchat.crash")


def _fault_file(log_path: Path | None) -> int | None:
    """Held open for as long as we live: it is written to when Python itself dies."""
    try:
        return None if log_path is None else log_file.open_private(log_path)
    except OSError:  # no window stays away because of its log
        return None


def install(root: tk.Tk, log_path: Path | None) -> CrashReporter:
    """Catch every crash from here on and show it over `root`, until `root` is destroyed.

    `log_path` is `log_file.path()`; None when no log is kept.
    """
    return CrashReporter(root, log_path)


def end_on_signals(root: tk.Tk, end: Callable[[], object]) -> None:
    """Ctrl+C in the terminal that started us, its closing, a TERM: `end` in order; again, at once.

    A signal comes between any two steps of Python, also in the middle of a call of Tk's. To end there took
    the windows away under that call, and now and then the program with them; so a timer ends it.
    """
    import signal  # its lists of numbers take a moment to make, and the first window is drawn by now

    heard: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        heard.append(number)

    def look() -> None:
        if heard:
            end()
        else:
            root.after(POLL_MS, look)

    root.after(POLL_MS, look)

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, interrupt)


class CrashReporter:
    """`report` is for any thread; the window belongs to the Tk thread, which looks for reports by `after`."""

    def __init__(self, root: tk.Tk, log_path: Path | None) -> None:
        self._root = root
        self._log_path = log_path
        self._waiting: deque[BaseException] = deque()  # any thread may append to it
        self._kept: list[str] = []
        self.count = 0
        self.window: CrashWindow | None = None
        self._earlier = (threading.excepthook, sys.excepthook)
        self._installed = True
        self._fault_file = _fault_file(log_path)
        if self._fault_file is not None:
            faulthandler.enable(self._fault_file)
        root.report_callback_exception = self._in_callback
        threading.excepthook = self._in_thread
        sys.excepthook = self._in_main
        self._poll_id = root.after(POLL_MS, self._poll)
        root.bind("<Destroy>", self._on_destroy, add=True)

    def report(self, error: BaseException) -> None:
        """Log `error` and have it shown. For any thread."""
        log.error("crash", exc_info=error)
        self._waiting.append(error)

    def uninstall(self) -> None:
        """Give the hooks back. Done by itself when the root goes."""
        if not self._installed:
            return
        self._installed = False
        self._root.after_cancel(self._poll_id)
        threading.excepthook, sys.excepthook = self._earlier
        if self._fault_file is not None:
            faulthandler.disable()
            os.close(self._fault_file)

    # --- the hooks -----------------------------------------------------------------------------------

    def _in_callback(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):  # Ctrl+C in the terminal that started us: not a fault
            self._root.destroy()
            return
        if self._installed:
            self.report(error)
            self._show_waiting()
        elif not isinstance(error, tk.TclError):  # one that a dialog kept waiting finds no Tk any more
            log.error("crash", exc_info=error)

    def _in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_value)

    def _in_main(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        # The program ends after this, so the window is waited for here.
        self._earlier[1](kind, error, trace)
        if isinstance(error, KeyboardInterrupt):
            return
        self.report(error)
        try:
            self._show_waiting()
            if self.window is not None:
                self._root.wait_window(self.window.top)
        except tk.TclError:
            log.error("no window to show the crash in")

    # --- the window ----------------------------------------------------------------------------------

    def _poll(self) -> None:
        self._poll_id = self._root.after(POLL_MS, self._poll)
        self._show_waiting()

    def _show_waiting(self) -> None:
        fresh = 0
        while self._waiting:
            error = self._waiting.popleft()
            fresh += 1
            if len(self._kept) < MAX_KEPT:
                self._kept.append("".join(traceback.format_exception(error)))
        if not fresh:
            return
        self.count += fresh
        if self.window is None or not self.window.top.winfo_exists():
            self.window = CrashWindow(self._root, self._log_path)
        self.window.show("\n".join(self._kept), self.count)

    def _on_destroy(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self._root:  # <Destroy> of every child arrives here too
            self.uninstall()


class CrashWindow:
    """A sentence; the traceback behind Details; the log file's path; Copy and Close."""

    def __init__(self, root: tk.Tk, log_path: Path | None) -> None:
        self.top = top = tk.Toplevel(root)
        self._log_path = log_path
        self._text = ""
        top.title("LocalChat: something broke")
        page = ttk.Frame(top, padding=16)
        page.pack(fill="both", expand=True)
        page.columnconfigure(0, weight=1)
        page.rowconfigure(2, weight=1)
        self.sentence = ttk.Label(page, wraplength=520, justify="left")
        self.sentence.grid(row=0, sticky="w")
        self.where = ttk.Entry(page, width=70)  # an Entry, so that the path can be selected
        self.where.insert(0, str(log_path or "no log is kept"))
        self.where.state(["readonly"])
        self.where.grid(row=1, sticky="ew", pady=8)

        self.details = Details(page, width=100, height=16, wrap="none")
        self.details.grid(row=2, sticky="nsew", pady=(0, 8))
        self.details.grid_remove()

        buttons = ttk.Frame(page)
        buttons.grid(row=3, sticky="e")
        self.details_button = ttk.Button(buttons, text="Details", command=self.details.toggle)
        self.copy_button = ttk.Button(buttons, text="Copy", command=self._copy)
        close = ttk.Button(buttons, text="Close", default="active", command=top.destroy)
        for column, button in enumerate((self.details_button, self.copy_button, close)):
            button.grid(row=0, column=column, padx=(8, 0))

        def shut(_: object) -> str:
            top.destroy()
            return "break"  # or what all buttons do on Enter would look for this one

        top.bind("<Escape>", shut)
        close.bind("<Return>", shut)
        close.focus_set()

    def show(self, text: str, count: int) -> None:
        """Put the tracebacks `text` in; `count` of all faults so far, also those no longer kept."""
        self._text = text
        times = "A part of LocalChat failed" + (f", {count} times" if count > 1 else "")
        self.sentence["text"] = (
            f"{times}. This is a fault in the program, not yours. You can go on, but if something looks "
            "wrong now, close the window and start it again. What happened is written in the log file:"
        )
        self.details.fill(shown(text, lines=True))
        self.top.lift()

    def _copy(self) -> None:
        self.top.clipboard_clear()
        self.top.clipboard_append(f"{self._text}\n{self._log_path or ''}\n")
