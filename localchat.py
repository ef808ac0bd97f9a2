#!/usr/bin/env python3
"""LocalChat: an encrypted chat for the local network.

Start it with a double click or with `python3 localchat.py`; `--help` tells the rest. This file looks at
what it stands on, mends what is missing, and opens the door that the command line names. Old Pythons must
be able to read it as far as their one sentence: hence no annotations, and the imports below it.
"""

import gc
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.stderr.write(
        "LocalChat needs Python 3.11 or newer, and this is Python {}.{}: get it from "
        "https://www.python.org/downloads/ and start localchat.py with that one.\n".format(*sys.version_info)
    )
    sys.exit(2)

if __name__ == "__main__":
    # Python looks for garbage after every 700 new objects, in vain while a program loads: 4 ms of a start.
    gc.set_threshold(20_000)

from netcore import bootstrap, log_file, options
from netcore.errors import LocalChatError
from netcore.store.paths import data_folder


def main(argv):
    # type: (list[str]) -> int
    wanted = options.parse(argv)
    if wanted.install:
        from netcore.installer import Installer

        return Installer(wanted.data_dir).install_in_terminal()
    missing = not bootstrap.is_here()
    if missing:
        bootstrap.enter_private_python(wanted.data_dir, argv)  # comes back only when there is none yet
    try:
        no_log = log_file.start(data_folder(wanted.data_dir), wanted.verbose)
    except LocalChatError as error:
        return bootstrap.say(str(error))
    if no_log:
        bootstrap.say(no_log)
    if not wanted.headless:
        return open_window(wanted, missing, argv)
    if missing:
        from netcore.installer import Installer

        return Installer(wanted.data_dir).offer_in_terminal(argv)
    from netcore import headless

    return headless.main(wanted)


def open_window(wanted, missing, argv):
    # type: (options.Options, bool, list[str]) -> int
    try:
        import tkinter
    except ImportError:
        from netcore.installer import package_sentence

        return bootstrap.say(package_sentence("tkinter"))
    problem = bootstrap.why_no_window()
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
    except tkinter.TclError as error:
        # A display that is named but does not answer shows itself only now.
        if "display" not in str(error):
            raise
        return bootstrap.say(bootstrap.NO_DISPLAY)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
