"""What the windows remember from last time: names, addresses, theme, zoom and window sizes.

The file is the engine's business (`settings`); here a loose JSON object becomes typed values and back. A
value of the wrong kind counts as not there: settings are a comfort, and nobody should be locked out by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from netcore.limits import DEFAULT_PORT

Value = str | int | bool


class Remembered(NamedTuple):
    """`theme` is "light", "dark" or "" (as the system says); sizes are those of `gui/placement.py`, or ""."""

    role: str = "host"  # the card that was used: host, join
    nick: str = ""
    room: str = ""
    port: int = DEFAULT_PORT
    local_network: bool = True
    keep_history: bool = True
    address: str = ""
    find_rooms: bool = True  # look for rooms while the join form is in use
    answer_searches: bool = True  # of others, for a room hosted here
    theme: str = ""
    zoom: int = 100
    client_size: str = ""
    server_size: str = ""
    save_folder: str = ""  # where something was saved last
    share_folder: str = ""  # where files were chosen last
    lessons: str = ""  # numbers of the laboratory's lessons that were finished, "1 3 7"
    cases: str = ""  # of the detective, with the most points that each was solved with, "7:4 12:2"

    @classmethod
    def read(cls, values: Mapping[str, Value]) -> Remembered:
        """From the settings file's object; unknown keys and wrong kinds are left out."""
        # type(), not isinstance(): true is an int to Python, and no port.
        good: dict[str, Any] = {name: values[name] for name, usual in cls()._asdict().items()
                                if name in values and type(values[name]) is type(usual)}
        made = cls(**good)
        return made if 0 <= made.port <= 65_535 else made._replace(port=DEFAULT_PORT)

    def values(self) -> dict[str, Value]:
        return self._asdict()
