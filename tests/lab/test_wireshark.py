"""The command that opens a capture, as a shell reads it."""

from __future__ import annotations

import shlex
import subprocess
import sys
import zipapp
from pathlib import Path

import pytest

from netcore.lab.wireshark import wireshark_command
from tests.lab.tshark import SCRIPT
from tests.message_path import HOME


def test_the_command_names_the_dissector_and_the_file(tmp_path: Path) -> None:
    capture = tmp_path / "Ada's room.pcapng"
    words = ["wireshark", "-X", f"lua_script:{SCRIPT}", str(capture)]
    assert shlex.split(wireshark_command(capture)) == words


def test_another_port_is_decoded_as_ours(tmp_path: Path) -> None:
    words = shlex.split(wireshark_command(tmp_path / "a.pcapng", port=6000))
    assert words[3:5] == ["-d", "tcp.port==6000,localchat"]


def test_the_file_is_named_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert wireshark_command(Path("a.pcapng")).endswith(str(tmp_path / "a.pcapng"))


def test_out_of_a_zipapp_the_dissector_is_put_beside_the_capture(tmp_path: Path) -> None:
    """Wireshark does not read out of a zip."""
    inside = tmp_path / "inside"
    (inside / "netcore" / "lab").mkdir(parents=True)
    for name in ("__init__.py", "limits.py", "lab/__init__.py", "lab/wireshark.py", "lab/localchat.lua"):
        (inside / "netcore" / name).write_bytes((HOME / "netcore" / name).read_bytes())
    (inside / "__main__.py").write_text(
        "import pathlib, netcore.lab.wireshark as w; print(w.wireshark_command(pathlib.Path('a.pcapng')))"
    )
    zipapp.create_archive(inside, tmp_path / "program.pyz")
    command = [sys.executable, "-I", str(tmp_path / "program.pyz")]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    copy = tmp_path / "localchat.lua"
    assert f"lua_script:{copy}" in printed
    assert copy.read_bytes() == SCRIPT.read_bytes()
