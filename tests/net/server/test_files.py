"""What a server finds, and makes, in its data folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from netcore.crypto.published import PUBLISHED
from netcore.errors import FolderNotWritable, KeyFileMissing, KeyFilePublished
from netcore.lab.throwaway import kex_key, pem
from netcore.net.api.config import ServerConfig
from netcore.net.server.files import HOST_KEY_FILE, IDENTITY_FILE, LABORATORY_KEX_FILE, LOG_FILE, Files
from netcore.store.folders import server_folder
from tests.keys.put import put_server_keys
from tests.net.conftest import House, StartHouse


@pytest.mark.parametrize("lost", [IDENTITY_FILE, HOST_KEY_FILE])
def test_a_lost_key_is_not_made_anew(start_house: StartHouse, tmp_path: Path, lost: str) -> None:
    """To all others a new key would be another server, or another host."""
    start_house().stop()
    folder = server_folder(tmp_path, "Room")
    path = (tmp_path if lost == IDENTITY_FILE else folder) / lost
    path.unlink()
    config = ServerConfig(tmp_path, "Room", "Host", port=0)
    with pytest.raises(KeyFileMissing, match=lost) as told:
        House(config)
    assert str(folder) in str(told.value)  # the way out
    assert not path.exists()


def test_a_log_is_only_made_once_the_keys_are_there(
    start_house: StartHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Or a stop while the first key is being made would leave what looks like a lost key."""

    def fails(files: Files) -> NoReturn:
        raise FolderNotWritable(path=tmp_path, why="no space left")

    with monkeypatch.context() as patch, pytest.raises(FolderNotWritable):
        patch.setattr(Files, "keys", fails)
        start_house()
    assert not (server_folder(tmp_path, "Room") / LOG_FILE).exists()
    start_house()


@pytest.mark.parametrize("file", [IDENTITY_FILE, HOST_KEY_FILE])
def test_a_key_that_everyone_has_opens_no_room(tmp_path: Path, file: str) -> None:
    """Its members would refuse it one by one (PROTOCOL §11.2); so the host is told at once."""
    folder = server_folder(tmp_path, "Room")
    put_server_keys(tmp_path, "Room")
    path = tmp_path / file if file == IDENTITY_FILE else folder / file
    path.write_bytes(pem("server" if file == IDENTITY_FILE else "host"))
    with pytest.raises(KeyFilePublished, match="everyone") as told:
        House(ServerConfig(tmp_path, "Room", "Host", port=0))
    assert file in str(told.value) and "Move it away" in str(told.value)


def test_the_laboratory_s_room_takes_its_keys_from_the_disk(tmp_path: Path) -> None:
    folder = server_folder(tmp_path, "Room")
    for path, name in ((tmp_path / IDENTITY_FILE, "server"), (folder / HOST_KEY_FILE, "host"),
                       (tmp_path / LABORATORY_KEX_FILE, "server_kex")):
        path.write_bytes(pem(name))  # type: ignore[arg-type]
        path.chmod(0o600)
    files = Files(ServerConfig(tmp_path, "Room", "Host", port=0, laboratory=True), os.urandom)
    try:
        keys = files.keys()
    finally:
        files.close()
    assert keys.identity.public.fingerprint in PUBLISHED and keys.host.public.fingerprint in PUBLISHED
    assert keys.kex.modulus == kex_key("server_kex").modulus


def test_only_the_laboratory_s_room_does(tmp_path: Path) -> None:
    """Elsewhere a key-exchange key in a file would open yesterday's recordings."""
    put_server_keys(tmp_path, "Room")
    (tmp_path / LABORATORY_KEX_FILE).write_bytes(pem("server_kex"))
    files = Files(ServerConfig(tmp_path, "Room", "Host", port=0), os.urandom)
    try:
        assert files.keys().kex.modulus != kex_key("server_kex").modulus
    finally:
        files.close()
