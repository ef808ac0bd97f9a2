"""Ada, Ben and the tap in the versions that LocalChat grew from: the museum's own servers and clients.

They run in this process, on threads of their own, as their `python3 -m` would in another.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Final, Literal

from netcore.lab.lab_keys import LabKeys
from netcore.lab.museum import v1_0, v1_1, v1_2, v1_3
from netcore.lab.stage import Stage, must

MuseumVersion = Literal["1.0", "1.1", "1.2", "1.3"]
Server = v1_0.Server | v1_1.Server | v1_2.Server | v1_3.Server
Client = v1_0.Client | v1_1.Client | v1_2.Client | v1_3.Client

_CLIENTS: Final[dict[MuseumVersion, Callable[[str, str, Callable[[str], None]], Client]]] = {
    "1.0": v1_0.Client,
    "1.1": v1_1.Client,
    "1.2": v1_2.Client,
    "1.3": v1_3.Client,
}


class MuseumClient:
    """One person in the museum. `lines` is what the window shows."""

    def __init__(
        self, version: MuseumVersion, address: str, name: str, show: Callable[[str], None] | None = None
    ) -> None:
        self.lines: list[str] = []
        self._client: Client = _CLIENTS[version](address, name, show or self.lines.append)

    def say(self, text: str) -> None:
        """To somebody who is gone: nothing."""
        with contextlib.suppress(OSError):
            self._client.say(text)

    def close(self) -> None:
        self._client.close()


class MuseumStage(Stage):
    """Ben straight at the server, Ada, who came later, through the tap; both have been heard."""

    def __init__(self, version: MuseumVersion, keys: LabKeys) -> None:
        self.version: MuseumVersion = version
        self.keys = keys
        self.server_lines: list[str] = []
        self.server: Server
        match version:
            case "1.0":
                self.server = v1_0.Server(0, self.server_lines.append)
            case "1.1":
                self.server = v1_1.Server(0, self.server_lines.append)
            case "1.2":
                self.server = v1_2.Server(0, self.server_lines.append)
            case "1.3":
                self.server = v1_3.Server(0, self.server_lines.append, keys.museum_server)
        self.address = f"127.0.0.1:{self.server.port}"
        super().__init__(self.server.port, keys, frames=False)
        self._people: list[MuseumClient] = []
        self._players: list[socket.socket] = []
        self.ben = self.join("Ben", self.address)
        self.ada = self.join("Ada", self.tap_address)
        if version != "1.0":
            must(lambda: any(line.endswith("Ada is here") for line in self.ben.lines), "Ben hears nothing")

    def join(self, name: str, address: str, show: Callable[[str], None] | None = None) -> MuseumClient:
        """Connected, and heard by the server."""
        person = MuseumClient(self.version, address, name, show)
        self._people.append(person)
        hello = f"{name} is here"
        person.say(hello)
        must(lambda: any(line.endswith(hello) for line in self.server_lines), f"{name} is not heard")
        return person

    def join_at(self, name: str, address: str) -> MuseumClient:
        """Connected to some other server than ours."""
        person = MuseumClient(self.version, address, name)
        self._people.append(person)
        return person

    def play(self, port: int, recording: bytes) -> None:
        """Send what a client has once sent."""
        sock = socket.create_connection(("127.0.0.1", port))
        self._players.append(sock)
        sock.sendall(recording)

    def say(self, text: str) -> None:
        self.ada.say(text)

    def answer(self, text: str) -> None:
        if isinstance(self.server, v1_0.Server):
            self.server.say(text)  # Ada came last, so it is her who gets it
        else:
            self.ben.say(text)

    def line(self, text: str) -> str:
        return text if self.version in ("1.0", "1.1") else f"Ada: {text}"

    def lines(self) -> list[str]:
        if self.version == "1.0":
            return [line.split(": ", 1)[1] for line in self.server_lines]  # without address and port
        return list(self.ben.lines)

    def ada_lines(self) -> list[str]:
        return list(self.ada.lines)

    def complaints(self) -> list[str]:
        everywhere = (*self.server_lines, *self.ben.lines, *self.ada.lines)
        return [line.partition("-- ")[2] for line in everywhere if "-- " in line]

    def close(self) -> None:
        self.server.close()
        for person in self._people:
            person.close()
        for sock in self._players:
            sock.close()
        super().close()


class Mallory13:
    """A man in the middle of version 1.3: a server of his own for Ada, with another key, and a client in her
    name at the real one. He needs nothing but the museum's own programs."""

    def __init__(self, stage: MuseumStage) -> None:
        self.heard: list[str] = []
        self._toward_server = v1_3.Client(stage.address, "Ada", _nobody)
        self._toward_ada = v1_3.Server(0, self._pass_on, stage.keys.museum_mallory)
        self.address = f"127.0.0.1:{self._toward_ada.port}"

    def _pass_on(self, line: str) -> None:
        self.heard.append(line)
        self._toward_server.say(line.partition(": ")[2])

    def close(self) -> None:
        self._toward_ada.close()
        self._toward_server.close()


class Flood:
    """Somebody who speaks without end, on a thread, until all is said or nobody takes it."""

    def __init__(self, say: Callable[[str], None], lines: int, letters: int) -> None:
        self.said = 0
        self._say = say
        self._lines = lines
        self._stopped = False
        self._text = "x" * letters
        self.line = self._text.encode("ascii")
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """After the line that is being said."""
        self._stopped = True

    def _run(self) -> None:
        for _ in range(self._lines):
            if self._stopped:
                return
            self._say(self._text)
            self.said += 1


def _nobody(line: str) -> None:
    """Shows it to nobody."""
