#!/usr/bin/env python3
"""LocalChat: an encrypted chat for the local network.

Start it with a double click or with `python3 localchat.py`; `--help` tells the rest. This file looks at
what it stands on, mends what is missing, and opens the door that the command line names. Old Pythons must
be able to read it as far as their one sentence: hence no annotations, and the imports below it.
"""

import gc
import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    too_old = (
        "LocalChat needs Python 3.11 or newer, and this is Python {}.{}: get it from "
        "https://www.python.org/downloads/ and start localchat.py with that one.\n".format(*sys.version_info)
    )
    if sys.stderr is not None:
        sys.stderr.write(too_old)
    elif os.name == "nt":  # pythonw has no console
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, too_old, "LocalChat", 16)
    sys.exit(2)

if __name__ == "__main__":
    # Python looks for garbage after every 700 new objects, in vain while a program loads: 4 ms of a start.
    gc.set_threshold(20_000)
    # Under -I and -P Python does not look beside the script by itself.
    home = os.path.dirname(os.path.abspath(__file__))
    if home not in sys.path:
        sys.path.insert(0, home)

from netcore import bootstrap, log_file, options
from netcore.errors import LocalChatError
from netcore.store.paths import data_folder


def main(argv=None):
    # type: (list[str] | None) -> int
    bootstrap.prepare_output()
    argv = sys.argv[1:] if argv is None else argv
    wanted = options.parse(argv)
    if wanted.install:
        from netcore.installer import Installer

        return Installer(wanted.data_dir).install_in_terminal()
    refuse = bootstrap.say if wanted.headless else say_and_show
    missing = not bootstrap.is_here()
    if missing:
        bootstrap.enter_private_python(wanted.data_dir, argv)  # comes back only when there is none yet
    try:
        no_log = log_file.start(data_folder(wanted.data_dir), wanted.verbose)
    except LocalChatError as error:
        return refuse(str(error))
    if no_log:
        bootstrap.say(no_log)
    if not wanted.headless:
        return open_window(wanted, missing, argv)
    if missing:
        from netcore.installer import Installer

        return Installer(wanted.data_dir).offer_in_terminal(argv)
    try:
        if wanted.role == "lab":
            from netcore.lab import check

            return check.main(wanted.json, wanted.report)
        if wanted.role == "tap":
            from netcore.lab import tap_headless

            return tap_headless.main(wanted)
        from netcore import headless

        return headless.main(wanted)
    except LocalChatError as error:
        return bootstrap.say(str(error))


def say_and_show(sentence):
    # type: (str) -> int
    """Say it on the console, and in a window: nobody may be looking at a console, or there is none."""
    bootstrap.say(sentence)
    if bootstrap.why_no_window() is None:
        try:
            from gui.start import sentence_window

            sentence_window.show(sentence)
        except Exception:  # no tkinter, no display: a box of the system's own, where it has one
            bootstrap.message_box(sentence)
    return 2


def open_window(wanted, missing, argv):
    # type: (options.Options, bool, list[str]) -> int
    try:
        import tkinter
    except ImportError:
        from netcore.installer import package_sentence

        return say_and_show(package_sentence("tkinter"))
    problem = bootstrap.why_no_window(wanted.role)
    if problem:
        return bootstrap.say(problem)
    try:
        if missing:
            from gui.start import setup_window
            from netcore.installer import Installer

            setup = Installer(wanted.data_dir)
            installed = setup_window.main(setup, bootstrap.MISSING)
            return setup.start_again(argv) if installed else 2
        from gui import app

        return app.main(wanted)
    except KeyboardInterrupt:  # Ctrl+C in the terminal that it was started from
        return 130
    except LocalChatError as error:
        return say_and_show(str(error))
    except tkinter.TclError as error:
        # A display that is named but does not answer shows itself only now.
        if "display" not in str(error):
            raise
        return bootstrap.say(bootstrap.no_display(wanted.role))
    except OSError as error:
        log_file.log.critical("the window could not be opened", exc_info=True)
        return say_and_show("LocalChat cannot start: " + str(error))


if __name__ == "__main__":
    sys.exit(main())
