"""Our server as `localchat.py server --headless --json` runs it, but with its limits lifted.

The command line has no switch for that, since nobody who hosts a room should want one: the limits are what
holds floods back. `ServerConfig.options` is the documented door. The log and the encryption stay on.

    python -m tests.bench.run_server DATA_DIR ROOM
"""

from __future__ import annotations

import queue
import sys
from pathlib import Path
from typing import Final

from netcore.ending_signals import catch_signals
from netcore.engine import ServerConfig, start_server
from netcore.headless import Inbox, Runner
from netcore.net.api.config import ServerOptions

UNLIMITED: Final = ServerOptions(
    max_members=100_000,
    half_open=1_000,
    handshakes_per_s=1e9,
    handshakes_burst=1_000_000,
    messages_per_s=1e9,
    message_burst=1_000_000,
    inbound_bytes_per_s=1e12,
    inbound_burst_bytes=2**40,
    max_file_bytes=2**40,
    max_room_files_bytes=2**40,
    max_member_files_bytes=2**40,
    file_bytes_per_s=1e12,
    file_burst_bytes=2**40,
)


def main(data_dir: Path, room: str) -> int:
    inbox: Inbox = queue.SimpleQueue()
    runner = Runner("server", True, inbox)
    catch_signals(inbox.put)
    config = ServerConfig(data_dir, room, "Host", port=0, options=UNLIMITED)
    return runner.run(start_server(config, inbox.put))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
