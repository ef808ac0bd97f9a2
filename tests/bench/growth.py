"""Growth, up to 2,000 members who all hear everything: what an idle one weighs, and what a delivery costs.

One server: memory is read while the room fills, before a word is said in it, and the cost of a delivery
while it empties again, so that the room is filled only once.
"""

from __future__ import annotations

from dataclasses import asdict

from tests.bench.fanout import burst, paced
from tests.bench.measure import Bar, Options, Result, Table, resident_kb
from tests.bench.ours import OurCrowd

IDLE = (0, 100, 1_000, 2_000)
TALKING = (2_000, 1_000, 300, 100, 30, 10)
DELIVERIES = 100_000
SLOW_FROM = 1_000
"""So many receivers in one process hear slower than 40 messages/s: they would pile up."""


def run(options: Options) -> Result:
    sizes = (0, 50) if options.quick else IDLE
    memory = Table("Memory of the server with idle members", ("members", "resident MB", "KB per member"))
    growth = Table(
        "Growth: cost per delivery with the number of receivers",
        ("receivers", "paced us", "burst us", "burst deliveries/s"),
        notes=["each receiver checked that it heard every message once and in order"],
    )
    idle_kb: list[tuple[int, int]] = []
    found = []
    crowd = OurCrowd()
    try:
        for members in sizes:
            crowd.grow(members)
            idle_kb.append((members, resident_kb(crowd.pid)))
        for receivers in (30, 10) if options.quick else TALKING:
            crowd.shrink(receivers)
            few = receivers >= SLOW_FROM
            slow = paced(crowd, receivers, 12 if few else 80, per_s=4 if few else 40)
            fast = burst(crowd, receivers, max(128, min(2_000, DELIVERIES // receivers)))
            found += [slow, fast]
            growth.add(receivers, slow.cpu_us, fast.cpu_us, fast.per_s)
    finally:
        crowd.close()
    for members, kb in idle_kb:
        memory.add(members, kb / 1024, (kb - idle_kb[0][1]) / members if members else None)
    (_, empty_kb), (most, full_kb) = idle_kb[0], idle_kb[-1]
    per_member = None if options.quick else (full_kb - empty_kb) / most
    bar = Bar("resident memory per idle member, of 2,000", per_member, 30, "KB")
    values = {"idle_kb": idle_kb, "growth": [asdict(one) for one in found]}
    return Result([memory, growth], [bar], values)
