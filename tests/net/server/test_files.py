"""What a server finds, and makes, in its data folder."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from netcore.errors import FolderNotWritable, KeyFileMissing
from netcore.net.api.config import ServerConfig
from netcore.net.server.files import HOST_KEY_FILE, IDENTITY_FILE, LOG_FILE, Files
from netcore.store.folders import server_folder
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
