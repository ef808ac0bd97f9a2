"""Growth: what a delivery costs as the room fills, up to 2,000 members who all hear everything."""

from __future__ import annotations

from dataclasses import asdict

from tests.bench.fanout import burst, paced
from tests.bench.measure import Options, Result, Table
from tests.bench.ours import OurCrowd

SIZES = (10, 30, 100, 300, 1_000, 2_000)
DELIVERIES = 100_000


def run(options: Options) -> Result:
    table = Table(
        "Growth: cost per delivery with the number of receivers",
        ("receivers", "paced us", "burst us", "burst deliveries/s", "resident MB"),
        notes=["each receiver checked that it heard every message once and in order"],
    )
    found = []
    crowd = OurCrowd()
    try:
        for receivers in (10, 30) if options.quick else SIZES:
            crowd.grow(receivers)
            # Beyond 300 receivers this one process hears slower than 40 messages/s: they would pile up.
            slow = paced(
                crowd, receivers, 40 if receivers <= 300 else 20, per_s=40 if receivers <= 300 else 4
            )
            fast = burst(crowd, receivers, max(128, min(2_000, DELIVERIES // receivers)))
            found += [slow, fast]
            table.add(receivers, slow.cpu_us, fast.cpu_us, fast.per_s, fast.resident_mb)
    finally:
        crowd.close()
    return Result([table], [], {"growth": [asdict(one) for one in found]})
