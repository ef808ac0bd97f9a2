"""The windows' memory: a small JSON file of switches and last values. Nothing in it is a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netcore.errors import FolderNotWritable, SettingsError
from netcore.store.atomic import patiently, replace_file

Value = str | int | bool
_MAX_BYTES = 2**20


class Settings:
    """One file; the last one to save wins."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, Value]:
        """What was saved; empty when nothing was. Raises SettingsError(path, why)."""
        try:
            with patiently(lambda: self._path.open("rb")) as file:
                data = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SettingsError(path=self._path, why=error.strerror or error) from error
        if len(data) > _MAX_BYTES:
            raise SettingsError(path=self._path, why="it is too large")
        try:
            value: Any = json.loads(data.decode("utf-8-sig"))  # an editor of Windows may begin it so
            json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate would end a window
        except json.JSONDecodeError as error:
            raise SettingsError(path=self._path, why=f"line {error.lineno}: {error.msg}") from error
        except (ValueError, RecursionError) as error:
            raise SettingsError(path=self._path, why="not a JSON text") from error
        if type(value) is not dict or not all(type(item) in (str, int, bool) for item in value.values()):
            raise SettingsError(path=self._path, why="not a list of names with a text, number or yes/no each")
        return value

    def save(self, values: Mapping[str, Value]) -> None:
        """Replaces the file. Raises FolderNotWritable."""
        text = json.dumps(dict(values), ensure_ascii=False, indent=1, sort_keys=True)
        try:
            replace_file(self._path, text.encode("utf-8", "replace") + b"\n")
        except OSError as error:
            raise FolderNotWritable(path=self._path, why=error.strerror or error) from error
