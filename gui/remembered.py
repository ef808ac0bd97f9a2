"""What the windows remember from last time: names, addresses, theme, zoom and window sizes.

The file is the engine's business (`settings`); here a loose JSON object becomes typed values and back. A
value of the wrong kind counts as not there: settings are a comfort, and nobody should be locked out by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from netcore.limits import DEFAULT_PORT

Value = str | int | bool


@dataclass(slots=True)
class Remembered:
    """`theme` is "light", "dark" or "" (as the system says); sizes are Tk geometries, or ""."""

    role: str = "host"  # the card that was used: host, join
    nick: str = ""
    room: str = ""
    port: int = DEFAULT_PORT
    local_network: bool = False
    keep_history: bool = True
    address: str = ""
    theme: str = ""
    zoom: int = 100
    client_size: str = ""
    server_size: str = ""

    @classmethod
    def read(cls, values: Mapping[str, Value]) -> Remembered:
        """From the settings file's object; unknown keys and wrong kinds are left out."""
        made = cls()
        for field in fields(cls):
            value = values.get(field.name)
            # type(), not isinstance(): true is an int to Python, and no port.
            if value is not None and type(value) is type(getattr(made, field.name)):
                setattr(made, field.name, value)
        if not 0 <= made.port <= 65_535:
            made.port = DEFAULT_PORT
        return made

    def values(self) -> dict[str, Value]:
        return asdict(self)
