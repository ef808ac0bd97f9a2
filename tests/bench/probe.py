"""A member in a process of its own that says something every few milliseconds and times its own echo.

Its delay is what a person who chats in the room would feel, whatever the room is busy with: the message
goes to the server, into the log, and back. Ends when its standard input does, and then prints all delays.

    python -m tests.bench.probe PORT KEY_NUMBER
"""

from __future__ import annotations

import json
import selectors
import sys
import time
from typing import Final

from tests.bench.member_keys import member_keys
from tests.bench.ours import Client

EVERY_S: Final = 0.02


def main(port: int, number: int) -> None:
    selector = selectors.DefaultSelector()
    client = Client(selector, port, f"Probe {number}", member_keys(number + 1)[number])
    selector.register(sys.stdin, selectors.EVENT_READ)
    delays: list[tuple[float, float]] = []  # when it was said (Unix time), ms until it was heard
    said_at = next_at = 0.0
    while True:
        for key, _ in selector.select(0.005):
            if key.fileobj is sys.stdin:
                print(json.dumps(delays))
                return
            client.read()
        now = time.time()
        if said_at and client.heard > len(delays):
            delays.append((said_at, (now - said_at) * 1000))
            said_at = 0.0
        if client.live and not said_at and now >= next_at:
            if not delays and not next_at:
                print("live", flush=True)
            said_at, next_at = now, now + EVERY_S
            client.say("still here")
            client.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
