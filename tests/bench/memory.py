"""Memory: what an idle member costs the server, and what those cost who stop reading in a flood."""

from __future__ import annotations

from tests.bench.fanout import exchange
from tests.bench.measure import Bar, Options, Result, Table, resident_kb
from tests.bench.ours import OurCrowd

IDLE = (0, 100, 1_000, 2_000)
MEMBERS = 100
FROZEN = 10
FLOOD_TEXT = b"x" * 4_000
FLOOD_MESSAGES = 4_000
"""16 MB for each member: four times what may wait for one."""


def idle(sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    """(members, resident KB of the server)."""
    crowd = OurCrowd()
    try:
        found = []
        for size in sizes:
            crowd.grow(size)
            crowd.settle(0.5)
            found.append((size, resident_kb(crowd.pid)))
        return found
    finally:
        crowd.close()


def flood(messages: int) -> tuple[int, int, int]:
    """Resident KB before, at most during, and a while after a flood that FROZEN members do not read.

    Raises AssertionError or TimeoutError unless the others hear all of it, in order.
    """
    crowd = OurCrowd()
    try:
        crowd.grow(MEMBERS)
        before = most = resident_kb(crowd.pid)
        for client in crowd.receivers[:FROZEN]:
            client.freeze()
        for _ in range(0, messages, 200):
            exchange(crowd, 200, 64, FLOOD_TEXT)
            most = max(most, resident_kb(crowd.pid))
        crowd.settle(2.0)
        return before, most, resident_kb(crowd.pid)
    finally:
        crowd.close()


def run(options: Options) -> Result:
    found = idle((0, 50) if options.quick else IDLE)
    table = Table("Memory of the server with idle members", ("members", "resident MB", "KB per member"))
    for members, kb in found:
        table.add(members, kb / 1024, (kb - found[0][1]) / members if members else None)
    before, most, after = flood(400 if options.quick else FLOOD_MESSAGES)
    frozen = Table(
        f"Memory with {FROZEN} of {MEMBERS} members frozen in a flood of 4 KB texts",
        ("", "resident MB"),
        notes=[f"the other {MEMBERS - FROZEN} heard all of it, in order"],
    )
    for what, kb in (("before", before), ("at most", most), ("2 s later", after)):
        frozen.add(what, kb / 1024)
    per_member = None if options.quick else (found[-1][1] - found[0][1]) / found[-1][0]
    bar = Bar("resident memory per idle member, of 2,000", per_member, 30, "KB")
    return Result([table, frozen], [bar], {"idle_kb": found, "flood_kb": [before, most, after]})
