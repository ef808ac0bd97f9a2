"""How a capture is opened with Wireshark and our dissector: the whole command, to copy."""

from __future__ import annotations

import shlex
import subprocess
import sys
from importlib import resources
from pathlib import Path

from netcore.limits import DEFAULT_PORT

_SCRIPT = "localchat.lua"


def dissector_for(capture: Path) -> Path:
    """The dissector's file. Where LocalChat itself is one file (a zipapp), a copy of it beside `capture`.

    Raises OSError if the copy cannot be written.
    """
    script = Path(__file__).with_name(_SCRIPT)
    if not script.exists():
        script = capture.absolute().with_name(_SCRIPT)
        script.write_bytes(resources.files(__package__).joinpath(_SCRIPT).read_bytes())
    return script


def wireshark_command(capture: Path, port: int = DEFAULT_PORT) -> str:
    """One line for a terminal of this system. `port` is the server's. Raises OSError, see `dissector_for`."""
    words = [_program(), "-X", f"lua_script:{dissector_for(capture)}"]
    if port != DEFAULT_PORT:
        # The dissector knows other ports only by a connection's first bytes, and only if no other has them.
        words += ["-d", f"tcp.port=={port},localchat"]
    words.append(str(capture.absolute()))
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _program() -> str:
    """Where its installer puts it, if that is not on the path."""
    if sys.platform == "win32":
        return r"C:\Program Files\Wireshark\Wireshark.exe"
    if sys.platform == "darwin":
        return "/Applications/Wireshark.app/Contents/MacOS/Wireshark"
    return "wireshark"
