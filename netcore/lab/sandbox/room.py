"""What every room of the laboratory is: a server, people, and the tap between one of them and the server.

    Ada --- tap --- server --- Ben, Cara

`today` is LocalChat/1, by the product's own engines; `old` are the four versions of the museum. What is seen
anywhere goes to one `Gathering`. Nothing here waits: `sandbox` goes on with it for a window,
`netcore.lab.stage` for whoever may block.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Final, Literal

from netcore.lab.lessons.model import Seen
from netcore.lab.mallory import MalloryKeys
from netcore.lab.orders import Order
from netcore.lab.sandbox.gathering import Gathering
from netcore.lab.sandbox.script import Script, until
from netcore.lab.tap import RunningTap, TapConfig, start_tap
from netcore.lab.tap_events import Tapping
from netcore.lab.throwaway import kex_key, private_key

Version = Literal["1.0", "1.1", "1.2", "1.3", "today"]
VERSIONS: Final[tuple[Version, ...]] = ("1.0", "1.1", "1.2", "1.3", "today")
TODAY: Final = "today"

Who = Literal["Ada", "Ben", "Cara"]
PEOPLE: Final[tuple[Who, ...]] = ("Ada", "Ben", "Cara")

START_S: Final = 10.0
JOIN_S: Final = 1.0


@lru_cache
def mallory_keys() -> MalloryKeys:
    return MalloryKeys(private_key("mallory"), kex_key("mallory_kex"), private_key("mallory_member"))


class Room(ABC):
    """`server_address` and `tap_address` are "" before they are known."""

    def __init__(self, version: str, gathering: Gathering) -> None:
        self.version = version
        self._gathering = gathering
        self.tap: RunningTap | None = None
        self.server_address = ""
        self.tap_address = ""

    # --- From its beginning to its end ----------------------------------------------------------

    @abstractmethod
    def open(self) -> Script:
        """Server, tap, Ada and Ben; on return both are in the room, if all is well."""

    def start(self) -> Script:
        """The server and the tap, and nobody yet."""
        yield from self._start_server()
        if not self.server_address:
            return
        host, _, port = self.server_address.rpartition(":")
        frames = self.version == TODAY
        self.tap = start_tap(
            TapConfig("127.0.0.1", 0, host, int(port), frames, keys=mallory_keys() if frames else None),
            lambda event: self._gathering.put("tap", event),
        )
        yield from until(lambda: bool(self.tap_address) or self.failed, START_S)

    @abstractmethod
    def _start_server(self) -> Script:
        """On return `server_address` is known, if all is well."""

    @property
    def failed(self) -> bool:
        """Whether something broke that no attack has broken."""
        return False

    @abstractmethod
    def close(self) -> None:
        """End all of it, which takes a moment. Idempotent."""

    def _close_tap(self) -> None:
        if self.tap is not None:
            self.tap.stop()
            self.tap.join(JOIN_S)

    # --- People -----------------------------------------------------------------------------------

    @abstractmethod
    def say(self, name: Who, text: str) -> None:
        """Somebody says a line to everyone."""

    def way_of(self, name: Who) -> str:
        """The address that somebody connects to: Ada the tap's, all others the server's."""
        return self.tap_address if name == "Ada" else self.server_address

    # --- The tap ----------------------------------------------------------------------------------

    def attack(self, order: Order) -> None:
        if self.tap is not None:
            self.tap.submit(order)

    def saw(self, seen: Seen) -> None:
        """Keep up with what happens here; told of everything, in order."""
        if seen.at == "tap" and isinstance(seen.event, Tapping):
            self.tap_address = seen.event.address
