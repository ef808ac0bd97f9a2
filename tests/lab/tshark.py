"""Wireshark's `tshark`, with our dissector, as an ordinary user: root's Lua is switched off."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import netcore.lab

SCRIPT = Path(netcore.lab.__file__).with_name("localchat.lua")


def tshark(capture: bytes, *arguments: str) -> str:
    """What it prints of this file. Checksums are checked, and what it complains of is an error here."""
    program = shutil.which("tshark")
    if program is None and sys.platform == "win32":
        pytest.skip("tshark is not here; what the frames are was seen elsewhere")
    if program is None:
        pytest.fail("tshark is missing: install Debian's package tshark (tests/setup_dev.sh does).")
    with _open_folder() as folder:
        script = shutil.copy(SCRIPT, folder)
        file = folder / "capture.pcapng"
        file.write_bytes(capture)
        command = [program, "-n", "-X", f"lua_script:{script}", "-r", str(file)]
        command += ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", *arguments]
        environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=folder, env=environment, **_somebody()  # type: ignore[call-overload]
        )
    assert done.returncode == 0, done.stderr
    assert not done.stderr.strip(), done.stderr
    return str(done.stdout)


Packet = dict[str, list[str]]


def packets(capture: bytes, *fields: str, only: str = "", options: tuple[str, ...] = ()) -> list[Packet]:
    """For each packet (that `only` lets through) the values of these fields, in their order."""
    arguments = ["-T", "fields", "-E", "separator=\t", "-E", "aggregator=\x1f", *options]
    for field in fields:
        arguments += ["-e", field]
    if only:
        arguments += ["-Y", only]
    rows = [line.split("\t") for line in tshark(capture, *arguments).split("\n")[:-1]]
    values = [[value.split("\x1f") if value else [] for value in row] for row in rows]
    return [dict(zip(fields, row, strict=True)) for row in values]


@contextmanager
def _open_folder() -> Iterator[Path]:
    """A folder that everybody may read, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="localchat-tshark-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def _somebody() -> dict[str, object]:
    if os.getuid() != 0:
        return {}
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}
