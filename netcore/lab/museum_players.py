"""Who else plays in the museum's rooms: a man in the middle of version 1.3, and somebody who never stops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from netcore.lab.museum import v1_3
from netcore.lab.throwaway import rsa_key


class Mallory13:
    """A man in the middle of version 1.3: a server of his own for Ada, with another key, and a client in her
    name at the real one. He needs nothing but the museum's own programs."""

    def __init__(self, server_address: str) -> None:
        self.heard: list[str] = []
        self._toward_server = v1_3.Client(server_address, "Ada", _nobody)
        self._toward_ada = v1_3.Server(0, self._pass_on, rsa_key("mallory_kex"))
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
        with suppress(OSError):  # its connection was closed while it spoke
            for _ in range(self._lines):
                if self._stopped:
                    return
                self._say(self._text)
                self.said += 1


def _nobody(line: str) -> None:
    """Shows it to nobody."""
