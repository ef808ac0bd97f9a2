"""The first start's window, with an installer that does as the test says."""

from __future__ import annotations

import threading
import tkinter as tk
from collections.abc import Callable

from gui.start.setup_window import SetupWindow
from netcore.errors import InstallError
from tests.gui.waiting import pump

MISSING = "LocalChat needs something."


class FakeInstaller:
    """Says two lines, then waits for the test to let it end, with `error` or well."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.go_on = threading.Event()
        self.cancelled = False
        self.thread = ""

    def install(self, on_line: Callable[[str], object]) -> None:
        self.thread = threading.current_thread().name
        on_line("Collecting pycryptodome")
        on_line("Downloading pycryptodome")
        assert self.go_on.wait(20)
        if self.error:
            raise self.error

    def cancel(self) -> None:
        self.cancelled = True
        self.go_on.set()


def test_it_says_what_is_missing_and_waits_to_be_asked(root: tk.Tk) -> None:
    installer = FakeInstaller()
    SetupWindow(root, installer, MISSING)
    root.update()
    texts = [str(label["text"]) for label in all_of(root, "TLabel")]
    assert any(text.startswith(MISSING) for text in texts)
    assert installer.thread == ""


def test_progress_is_shown_and_the_window_stays_alive(root: tk.Tk) -> None:
    """It "installs the pinned requirement with visible progress", from a thread that is not Tk's."""
    installer = FakeInstaller()
    window = SetupWindow(root, installer, MISSING)
    window.install_button.invoke()
    pump(root, lambda: window.status["text"] == "Downloading pycryptodome")
    assert window.bar.winfo_ismapped()
    assert window.install_button.instate(["disabled"])
    assert installer.thread == "localchat-setup"
    assert not window.installed
    installer.go_on.set()
    pump(root, lambda: window.installed)


def test_an_error_stays_readable_and_can_be_tried_again(root: tk.Tk) -> None:
    installer = FakeInstaller(OSError("the net is away; do this"))
    window = SetupWindow(root, installer, MISSING)
    window.install_button.invoke()
    installer.go_on.set()
    pump(root, lambda: window.status["text"] == "the net is away; do this")
    assert not window.bar.winfo_ismapped()
    assert window.install_button["text"] == "Try again"
    installer.error = None
    window.install_button.invoke()
    pump(root, lambda: window.installed)


def test_pips_words_and_the_command_are_there_to_be_taken(root: tk.Tk) -> None:
    """The cause in our words; pip's behind Details; what is to be typed can be copied."""
    way_out = "Try again, or run it yourself: "
    error = InstallError("there is no connection", way_out, "python3 x --install", "ERROR: 1")
    installer = FakeInstaller(error)
    window = SetupWindow(root, installer, MISSING)
    window.install_button.invoke()
    installer.go_on.set()
    pump(root, lambda: window.command.winfo_ismapped())
    assert str(window.status["text"]).endswith("or run it yourself:")
    assert window.command.field.get() == "python3 x --install"
    window.command.copy_button.invoke()
    assert root.clipboard_get() == "python3 x --install"
    assert not window.details.winfo_ismapped()
    window.details_button.invoke()
    pump(root, lambda: window.details.winfo_ismapped())
    assert window.details.get("1.0", "end") == "ERROR: 1\n"
    installer.error = None
    window.install_button.invoke()
    pump(root, lambda: window.installed)


def test_quitting_ends_the_installation(root: tk.Tk) -> None:
    installer = FakeInstaller(RuntimeError("stopped"))
    window = SetupWindow(root, installer, MISSING)
    window.install_button.invoke()
    pump(root, lambda: installer.thread != "")
    window.quit_button.invoke()
    assert installer.cancelled
    assert not window.installed
    assert "localchat-setup" not in {thread.name for thread in threading.enumerate()}


def all_of(widget: tk.Misc, kind: str) -> list[tk.Misc]:
    """Every widget of the Tk class `kind` under `widget`."""
    found = [child for child in widget.winfo_children() if child.winfo_class() == kind]
    return found + [inner for child in widget.winfo_children() for inner in all_of(child, kind)]
