"""Latency alone: from sending to the last of 100 receivers. A full run reads it from `fanout`'s runs."""

from __future__ import annotations

from dataclasses import asdict

from tests.bench.fanout import latency_bar, latency_table, measure
from tests.bench.measure import Options, Result


def run(options: Options) -> Result:
    found, troubles = measure(options, sizes=(100,), modes=("paced",))
    table = latency_table(found)
    table.notes += troubles
    return Result([table], [latency_bar(found)], {"latency": [asdict(one) for one in found]})
