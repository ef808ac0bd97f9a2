"""What a server and a client are started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from netcore import limits


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What a host may allow beyond the usual limits. The defaults are those of limits.py, with reasons there.

    Rates are per second, each with the burst that may come at once. Log and encryption have no option.
    """

    max_members: int = limits.MAX_MEMBERS
    half_open: int = limits.MAX_HALF_OPEN  # connections that have not shown who they are
    handshakes_per_s: float = limits.HANDSHAKES_PER_S
    handshakes_burst: int = limits.HANDSHAKES_BURST
    messages_per_s: float = limits.MESSAGES_PER_S  # of one member
    message_burst: int = limits.MESSAGE_BURST
    inbound_bytes_per_s: float = limits.INBOUND_BYTES_PER_S  # of one member
    inbound_burst_bytes: int = limits.INBOUND_BURST_BYTES
    max_file_bytes: int = limits.MAX_FILE_BYTES
    max_room_files_bytes: int = limits.MAX_ROOM_FILES_BYTES
    max_member_files_bytes: int = limits.MAX_MEMBER_FILES_BYTES
    file_bytes_per_s: float = limits.FILE_BYTES_PER_S  # of one member, in and out together
    file_burst_bytes: int = limits.FILE_BURST_BYTES


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """What a server is started with. `keep_history` False keeps the log in memory only.

    `laboratory`: published keys (netcore/crypto/published.py) are good in this room, its own among them. No
    search finds it, unless its host turns that on: it is for whoever has opened it.
    """

    data_dir: Path
    room: str
    nick: str
    bind: str = "127.0.0.1"
    port: int = 5050
    keep_history: bool = True
    options: ServerOptions = ServerOptions()
    answering: bool = True  # those who look for rooms; a room of this computer only, from this computer only
    laboratory: bool = False


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """What a search for rooms is started with: whose known servers count, and whether it asks at once."""

    data_dir: Path
    asking: bool = True


@dataclass(frozen=True, slots=True)
class DoctorConfig:
    """What the connection doctor examines: host[:port] or an invite; `is_ours`: a room of this computer."""

    target: str
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """What a client is started with. `target` is host[:port] or an invite.

    `accept_new` trusts an unknown server without asking (never a changed key). `laboratory`: a server may
    have a published key (netcore/crypto/published.py).
    """

    data_dir: Path
    nick: str
    target: str
    accept_new: bool = False
    laboratory: bool = False
