"""The one door: a window or a script starts a server or a client here, submits commands, takes events.

The work happens on a thread of its own (`netcore-loop`). `submit` never blocks; `events` is a queue
to poll. Stop order: submit(Stop()), take events until Stopped, then `join`.
"""

from __future__ import annotations

from netcore.net.config import ClientConfig as ClientConfig
from netcore.net.config import ServerConfig as ServerConfig
