"""A crash anywhere is seen: one window, with the traceback, the log file's path and a way to copy both."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path
from tkinter import ttk

import pytest

from gui import crash
from gui.compat import return_presses_buttons
from netcore import log_file
from tests.gui.waiting import pump

HOME = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def log_path(tmp_path: Path) -> Iterator[Path]:
    log_file.start(tmp_path)
    yield tmp_path / log_file.FILE_NAME
    log_file.stop()


@pytest.fixture
def reporter(root: tk.Tk, log_path: Path) -> Iterator[crash.CrashReporter]:
    # The suite lets any callback error fail the test; here errors are the matter, so they are ours meanwhile.
    earlier = root.__dict__.get("report_callback_exception")
    reporter = crash.install(root, log_path)
    yield reporter
    reporter.uninstall()
    if reporter.window is not None:
        reporter.window.top.destroy()
    if earlier is None:
        root.__dict__.pop("report_callback_exception", None)
    else:
        root.report_callback_exception = earlier


def shown(reporter: crash.CrashReporter) -> crash.CrashWindow:
    assert reporter.window is not None
    return reporter.window


def fail() -> None:
    raise ZeroDivisionError("the reason")


def test_a_fault_in_a_callback_opens_the_window(
    root: tk.Tk, reporter: crash.CrashReporter, log_path: Path
) -> None:
    """A sentence, the traceback behind "Details", and the log file's path."""
    root.after(1, fail)
    pump(root, lambda: reporter.window is not None)
    window = shown(reporter)
    assert "fault in the program" in window.sentence["text"]
    assert window.where.get() == str(log_path)
    assert "ZeroDivisionError: the reason" in log_path.read_text("utf-8")
    root.update()
    assert not window.details.winfo_ismapped()
    window.details_button.invoke()
    root.update()
    assert window.details.winfo_ismapped()
    assert "ZeroDivisionError: the reason" in window.details.get("1.0", "end")


def test_copy_takes_the_traceback_and_the_path(
    root: tk.Tk, reporter: crash.CrashReporter, log_path: Path
) -> None:
    root.after(1, fail)
    pump(root, lambda: reporter.window is not None)
    shown(reporter).copy_button.invoke()
    copied = root.clipboard_get()
    assert "ZeroDivisionError: the reason" in copied
    assert str(log_path) in copied


def test_a_fault_in_another_thread_arrives_too(root: tk.Tk, reporter: crash.CrashReporter) -> None:
    """A crash anywhere in the GUI or the network thread. Only a queue crosses the threads."""
    thread = threading.Thread(target=fail, name="netcore-loop")
    thread.start()
    thread.join()
    pump(root, lambda: reporter.count == 1)
    assert "ZeroDivisionError: the reason" in shown(reporter).details.get("1.0", "end")


def test_what_the_engine_caught_can_be_handed_over(root: tk.Tk, reporter: crash.CrashReporter) -> None:
    thread = threading.Thread(target=reporter.report, args=(ValueError("handed over"),))
    thread.start()
    thread.join()
    pump(root, lambda: reporter.count == 1)
    assert "ValueError: handed over" in shown(reporter).details.get("1.0", "end")


def test_a_fault_that_repeats_opens_one_window(root: tk.Tk, reporter: crash.CrashReporter) -> None:
    """A timer that fails every time must not cover the screen; the count says how often."""
    for _ in range(100):
        reporter.report(ValueError("again"))
    pump(root, lambda: reporter.count == 100)
    windows = [child for child in root.winfo_children() if isinstance(child, tk.Toplevel)]
    assert windows == [shown(reporter).top]
    assert "100 times" in shown(reporter).sentence["text"]
    assert shown(reporter).details.get("1.0", "end").count("ValueError: again") == crash.MAX_KEPT


def test_closed_it_comes_back_for_the_next_fault(root: tk.Tk, reporter: crash.CrashReporter) -> None:
    root.after(1, fail)
    pump(root, lambda: reporter.window is not None)
    first = shown(reporter)
    first.top.destroy()
    root.after(1, fail)
    pump(root, lambda: reporter.count == 2)
    assert shown(reporter) is not first
    assert "2 times" in shown(reporter).sentence["text"]


@pytest.mark.parametrize("key", ["<Return>", "<Escape>"])
def test_a_key_closes_it_without_a_new_fault(
    root: tk.Tk, reporter: crash.CrashReporter, key: str
) -> None:
    """With what every button does on Enter in the program."""
    return_presses_buttons(root)
    root.after(1, fail)
    pump(root, lambda: reporter.window is not None)
    top = shown(reporter).top
    close = top.focus_lastfor()
    assert isinstance(close, ttk.Button) and close["text"] == "Close"
    close.focus_force()
    root.update()
    close.event_generate(key)
    root.update()
    assert not top.winfo_exists() and reporter.count == 1


def test_the_hooks_are_given_back(root: tk.Tk, log_path: Path) -> None:
    before = (threading.excepthook, sys.excepthook)
    reporter = crash.install(root, log_path)
    assert (threading.excepthook, sys.excepthook) != before
    reporter.uninstall()
    reporter.uninstall()
    assert (threading.excepthook, sys.excepthook) == before
    root.__dict__.pop("report_callback_exception", None)


DYING = """
import sys, tkinter
from pathlib import Path
from gui import crash
root = tkinter.Tk()
reporter = crash.install(root, Path(sys.argv[1]))
def close_when_seen():
    if reporter.window is None:
        root.after(10, close_when_seen)
        return
    print(reporter.window.details.get("1.0", "end"), flush=True)
    reporter.window.top.destroy()
root.after(10, close_when_seen)
raise KeyError("in the main program")
"""


def test_a_fault_outside_tk_is_shown_before_the_program_ends(root: tk.Tk, tmp_path: Path) -> None:
    """The window waits to be read; standard error has the traceback all the same."""
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(tmp_path / "localchat.log")],
        cwd=HOME, capture_output=True, text=True, timeout=60,
    )
    assert "KeyError: 'in the main program'" in done.stdout
    assert "KeyError: 'in the main program'" in done.stderr
    assert done.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_window_in_order_and_quietly(display: str, tmp_path: Path, number: int) -> None:
    """Ctrl+C in the terminal, or its closing: no traceback, and the room is closed, not lost."""
    code = (
        "import os, signal, sys, threading, time; sys.path.insert(0, sys.argv[1]);"
        "from gui import app, crash; from netcore.options import parse; real = crash.end_on_signals;\n"
        "def install(root, end):\n"
        " real(root, end); threading.Timer(0.3, os.kill, (os.getpid(), int(sys.argv[3]))).start()\n"
        "crash.end_on_signals = install\n"
        "print('end', app.main(parse(['--data-dir', sys.argv[2]])))"
    )
    command = [sys.executable, "-c", code, str(HOME), str(tmp_path), str(int(number))]
    environment = {**os.environ, "DISPLAY": display}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end 0\n", "")


@pytest.mark.parametrize(("then", "logged"), [("a dialog", False), ("a defect", True)])
def test_what_ends_after_the_windows_opens_none(
    display: str, log_path: Path, then: str, logged: bool
) -> None:
    """A dialog of Tk's own that waits while the program is ended finds no Tk; that is no fault."""
    window = tk.Tk()
    reporter = crash.install(window, log_path)
    ended: list[bool] = []

    def callback() -> None:
        window.destroy()
        ended.append(True)
        if then == "a dialog":
            tk.Toplevel(window)  # what it does next
        fail()

    window.after(1, callback)
    while not ended:  # `mainloop` would wait for the windows of other tests, too
        window.tk.dooneevent(0)
    assert reporter.window is None and ("the reason" in log_path.read_text("utf-8")) is logged
