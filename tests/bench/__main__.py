"""`make bench`: LocalChat measured beside other chat servers, as ratios, within ten minutes on two cores.

    python -m tests.bench [--quick] [--only PART]...

Writes build/bench.json. Ends with code 0 also when a bar is missed: it measures, it does not judge.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.bench import discovery, fanout, files, growth, gui, joins, latency, memory, records
from tests.bench.measure import BUILD, Options, Result, raise_file_limit
from tests.bench.member_keys import member_keys
from tests.bench.peers import PEERS

PARTS: Final[Mapping[str, Callable[[Options], Result]]] = {
    "records": records.run,
    "fanout": fanout.run,
    "latency": latency.run,
    "joins": joins.run,
    "memory": memory.run,
    "growth": growth.run,
    "files": files.run,
    "discovery": discovery.run,
    "gui": gui.run,
}
IN_FANOUT: Final = "latency"
"""Read from the paced runs of `fanout`; a part of its own only when it is asked for."""


def machine() -> dict[str, Any]:
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": f"{sys.version.split()[0]} ({platform.python_compiler()})",
        "tls": ssl.OPENSSL_VERSION,
        "load_before": os.getloadavg()[0],
        "peers": {peer.name: "installed" if peer.installed() else "MISSING" for peer in PEERS},
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one small run of each: does it work?")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    wanted = parser.parse_args()
    options = Options(wanted.quick)
    here = machine()
    for what, value in here.items():
        print(f"{what:>12}: {value}")
    print(f"{'open files':>12}: {raise_file_limit()}")
    member_keys(1)  # makes the primes at the first time, which is no part of any measurement
    start = time.monotonic()
    results: dict[str, Result] = {}
    parts = wanted.only or [part for part in PARTS if wanted.quick or part != IN_FANOUT]
    failed = 0
    for part in parts:
        began = time.monotonic()
        try:
            results[part] = PARTS[part](options)
        except (AssertionError, RuntimeError, TimeoutError, OSError) as error:
            failed += 1
            print(f"\n{part} could not be measured: {error}", flush=True)
            continue
        for table in results[part].tables:
            print(table.text())
        print(f"  [{part}: {time.monotonic() - began:.0f} s]", flush=True)
    print(f"\nThe bars{' (a quick run says little about them)' if options.quick else ''}")
    for result in results.values():
        for bar in result.bars:
            print(bar.line())
    BUILD.mkdir(exist_ok=True)
    report = {"machine": here, "seconds": time.monotonic() - start, "quick": options.quick}
    report |= {"parts": {part: result.as_json() for part, result in results.items()}}
    (BUILD / "bench.json").write_text(json.dumps(report, indent=1))
    print(f"\n{time.monotonic() - start:.0f} s; all figures in build/bench.json")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
