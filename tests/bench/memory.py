"""Memory in a flood that some members do not read. (`growth` says what an idle member weighs.)"""

from __future__ import annotations

from tests.bench.fanout import exchange
from tests.bench.measure import Options, Result, Table, resident_kb
from tests.bench.ours import OurCrowd

MEMBERS = 100
FROZEN = 10
TEXT = b"x" * 4_000
MESSAGES = 4_000
"""16 MB for each member: four times what may wait for one, so the frozen ones are sent away."""


def flood(messages: int) -> tuple[int, int, int]:
    """Resident KB before, at most during, and 2 s after the flood.

    Raises AssertionError or TimeoutError unless those who read hear all of it, in order.
    """
    crowd = OurCrowd()
    try:
        crowd.grow(MEMBERS)
        before = most = resident_kb(crowd.pid)
        for client in crowd.receivers[:FROZEN]:
            client.freeze()
        for _ in range(0, messages, 100):
            exchange(crowd, 100, 64, TEXT)
            most = max(most, resident_kb(crowd.pid))
        crowd.settle(2.0)
        return before, most, resident_kb(crowd.pid)
    finally:
        crowd.close()


def run(options: Options) -> Result:
    before, most, after = flood(400 if options.quick else MESSAGES)
    table = Table(
        f"Memory of the server, {FROZEN} of {MEMBERS} members frozen in a flood of 4 KB texts",
        ("", "resident MB"),
        notes=[f"the other {MEMBERS - FROZEN} heard all of it, in order"],
    )
    for what, kb in (("before", before), ("at most", most), ("2 s later", after)):
        table.add(what, kb / 1024)
    return Result([table], [], {"flood_kb": [before, most, after]})
