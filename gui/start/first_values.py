"""What the first page starts with: the rooms that are known here, the person's login name."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path

from netcore.before_start import KnownRoom, known_rooms
from netcore.errors import BadName, LocalChatError, TrustFileError
from netcore.wire.names import clean_name


def rooms_and_problem(data_dir: Path) -> tuple[Sequence[KnownRoom], LocalChatError | None]:
    """The rooms that were trusted here; none, and the reason, when their list is damaged."""
    try:
        return known_rooms(data_dir), None
    except TrustFileError as error:
        return (), error


def login_name() -> str:
    """The person's name on this computer, if it can be a name here."""
    try:
        return clean_name(getpass.getuser())
    except (BadName, OSError, KeyError, ImportError):
        return ""


def is_loopback(bind: str) -> bool:
    return bind.startswith("127.") or bind == "::1"
