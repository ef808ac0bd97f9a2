"""What a server and a client are started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """What a server is started with. `keep_history` False keeps the log in memory only."""

    data_dir: Path
    room: str
    nick: str
    bind: str = "127.0.0.1"
    port: int = 5050
    keep_history: bool = True


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """What a client is started with. `target` is host[:port] or an invite.

    `accept_new` trusts an unknown server without asking (never a changed key).
    """

    data_dir: Path
    nick: str
    target: str
    accept_new: bool = False
