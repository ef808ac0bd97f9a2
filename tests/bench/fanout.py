"""Fan-out: what one delivered message costs the server, paced and in a burst (`latency` reads it too).

One server at a time, and all servers in turn within each run, so that a disturbance of the machine meets
everybody. Warm-up is not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from tests.bench.crowd import Crowd, PeerCrowd
from tests.bench.measure import Bar, Options, Result, Table, cpu_s, middle, percentile, resident_kb
from tests.bench.ours import OurCrowd
from tests.bench.peers import PEERS, Peer

TEXT: Final = b"x" * 120
PACE_PER_S: Final = 40
IN_FLIGHT: Final = 64
SIZES: Final = (10, 100, 500)
OURS: Final = "LocalChat"
WAIT_S: Final = 60.0

_PACED_MESSAGES: Final = 100
_WARM_UP_MESSAGES: Final = 20
_BURST_DELIVERIES: Final = 150_000
_LEAST_BURST_MESSAGES: Final = 320
_SLOW: Final = frozenset({"asyncio", "Mosquitto"})
"""A message costs them ten times what it costs the others in a burst: a quarter of them says as much."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one server in one mode."""

    server: str
    receivers: int
    mode: str  # paced, burst
    cpu_us: float  # of the server, per delivery
    per_s: float  # deliveries
    resident_mb: float
    latencies_ms: tuple[float, ...]  # paced: from sending to the last receiver, of each message


def paced(crowd: Crowd, receivers: int, messages: int, per_s: int = PACE_PER_S) -> Measured:
    """`per_s` messages a second; the next one does not wait for the one before."""
    exchange(crowd, _WARM_UP_MESSAGES, IN_FLIGHT)
    sent_at: list[float] = []
    latencies_ms: list[float] = []
    heard_before, all_before = crowd.heard, crowd.heard_by_all
    cpu_before, start = cpu_s(crowd.pid), time.perf_counter()
    while len(latencies_ms) < messages:
        now = time.perf_counter()
        due = min(messages, int((now - start) * per_s) + 1)
        if due > len(sent_at):
            crowd.say(due - len(sent_at), TEXT)
            sent_at += [now] * (due - len(sent_at))
            crowd.pump(0)
        next_at = start + len(sent_at) / per_s if len(sent_at) < messages else now + 0.05
        crowd.pump(max(0.0, min(0.05, next_at - time.perf_counter())))
        now = time.perf_counter()
        done = crowd.heard - heard_before
        latencies_ms += [(now - at) * 1000 for at in sent_at[len(latencies_ms) : done]]
        if now - start > WAIT_S:
            raise TimeoutError(f"{crowd.name}: {done} of {messages} messages reached all")
    return _measured(crowd, receivers, "paced", all_before, cpu_before, start, tuple(latencies_ms))


def burst(crowd: Crowd, receivers: int, messages: int) -> Measured:
    """IN_FLIGHT messages are under way at any time: as fast as it goes."""
    exchange(crowd, IN_FLIGHT, IN_FLIGHT)
    all_before = crowd.heard_by_all
    cpu_before, start = cpu_s(crowd.pid), time.perf_counter()
    exchange(crowd, messages, IN_FLIGHT)
    return _measured(crowd, receivers, "burst", all_before, cpu_before, start, ())


def exchange(crowd: Crowd, messages: int, in_flight: int, text: bytes = TEXT) -> None:
    """Say that many messages, at most `in_flight` of them not yet heard by all, and hear them out."""
    before = crowd.heard
    sent = 0
    give_up = time.perf_counter() + WAIT_S
    while (done := crowd.heard - before) < messages:
        more = min(messages, done + in_flight) - sent
        if more:
            crowd.say(more, text)
            sent += more
        crowd.pump(0.01)
        if time.perf_counter() > give_up:
            raise TimeoutError(f"{crowd.name}: {done} of {messages} messages reached all")


def _measured(
    crowd: Crowd, receivers: int, mode: str, all_before: int, cpu_before: float, start: float,
    latencies_ms: tuple[float, ...],
) -> Measured:  # fmt: skip
    took_s = time.perf_counter() - start
    used_s = cpu_s(crowd.pid) - cpu_before
    deliveries = crowd.heard_by_all - all_before
    return Measured(
        crowd.name,
        receivers,
        mode,
        used_s / deliveries * 1e6,
        deliveries / took_s,
        resident_kb(crowd.pid) / 1024,
        latencies_ms,
    )


def burst_messages(server: str, receivers: int) -> int:
    messages = max(_LEAST_BURST_MESSAGES, _BURST_DELIVERIES // receivers)
    return messages // 4 if server in _SLOW else messages


def crowds(wanted: Sequence[Peer]) -> list[Callable[[], Crowd]]:
    return [OurCrowd, *(lambda peer=peer: PeerCrowd(peer) for peer in wanted)]


def present() -> list[Peer]:
    return [peer for peer in PEERS if peer.installed()]


def missing_note() -> list[str]:
    names = [peer.name for peer in PEERS if not peer.installed()]
    return [f"not installed, so not measured: {', '.join(names)}"] if names else []


def measure(
    options: Options, sizes: Sequence[int] = SIZES, modes: Sequence[str] = ("paced", "burst")
) -> tuple[list[Measured], list[str]]:
    """All runs of all servers, and what went wrong on the way."""
    found: list[Measured] = []
    troubles: list[str] = []
    for run in range(options.runs):
        # The bars are about 100 and 500 receivers and the C and C++ servers; the rest is measured once.
        first = run == 0
        makers = crowds([peer for peer in present() if first or peer.name not in _SLOW])
        # Each run begins with another server, so that none is always the first.
        for make in makers[run % len(makers) :] + makers[: run % len(makers)]:
            crowd = make()
            try:
                for receivers in sizes if first else sizes[-2:]:
                    crowd.grow(receivers)
                    if "paced" in modes:
                        found.append(paced(crowd, receivers, 40 if options.quick else _PACED_MESSAGES))
                    if "burst" in modes:
                        messages = burst_messages(crowd.name, receivers)
                        found.append(burst(crowd, receivers, messages // 4 if options.quick else messages))
            except (TimeoutError, RuntimeError) as error:
                troubles.append(f"{crowd.name} with {receivers} receivers: {error}")
            finally:
                crowd.close()
    return found, troubles


def medians(found: Sequence[Measured], server: str, receivers: int, mode: str) -> Measured | None:
    """The median of each figure over the runs; all latencies together."""
    runs = [one for one in found if (one.server, one.receivers, one.mode) == (server, receivers, mode)]
    if not runs:
        return None
    return Measured(
        server,
        receivers,
        mode,
        middle([one.cpu_us for one in runs]) or 0.0,
        middle([one.per_s for one in runs]) or 0.0,
        middle([one.resident_mb for one in runs]) or 0.0,
        tuple(latency for one in runs for latency in one.latencies_ms),
    )


def cpu_ratio(found: Sequence[Measured], receivers: int, mode: str, peers: Sequence[str]) -> float | None:
    """Ours over the best of `peers`; None when one of the two is not there."""
    ours = medians(found, OURS, receivers, mode)
    theirs = [one.cpu_us for name in peers if (one := medians(found, name, receivers, mode))]
    return ours.cpu_us / min(theirs) if ours and theirs else None


def run(options: Options) -> Result:
    sizes = (10, 50) if options.quick else SIZES
    found, troubles = measure(options, sizes)
    result = Result(values={"fanout": [asdict(one) for one in found]})
    for mode, words in (("paced", f"{PACE_PER_S} messages/s"), ("burst", f"{IN_FLIGHT} messages in flight")):
        table = Table(
            f"Fan-out, {mode} ({words}, {len(TEXT)} bytes)",
            ("server", "receivers", "runs", "CPU us/delivery", "ours/it", "deliveries/s", "resident MB"),
            notes=["medians where there was more than one run", *missing_note(), *troubles],
        )
        for receivers in sizes:
            ours = medians(found, OURS, receivers, mode)
            for name in (OURS, *(peer.name for peer in present())):
                one = medians(found, name, receivers, mode)
                if one is not None:
                    ratio = ours.cpu_us / one.cpu_us if ours else None
                    count = sum((m.server, m.receivers, m.mode) == (name, receivers, mode) for m in found)
                    table.add(name, receivers, count, one.cpu_us, ratio, one.per_s, one.resident_mb)
        result.tables.append(table)
    both = ("ngIRCd", "InspIRCd")
    result.bars += [
        Bar("paced, 100 receivers: CPU of ngIRCd", cpu_ratio(found, 100, "paced", ("ngIRCd",)), 1.0, "x"),
        Bar("paced, 500 receivers: CPU of ngIRCd", cpu_ratio(found, 500, "paced", ("ngIRCd",)), 0.8, "x"),
        Bar(
            "burst, 100 receivers: CPU of the better C/C++ server",
            cpu_ratio(found, 100, "burst", both),
            0.6,
            "x",
        ),
        Bar(
            "burst, 500 receivers: CPU of the better C/C++ server",
            cpu_ratio(found, 500, "burst", both),
            0.6,
            "x",
        ),
    ]
    if not options.quick:
        result.tables.append(latency_table(found))
        result.bars.append(latency_bar(found))
    return result


def latency_table(found: Sequence[Measured]) -> Table:
    table = Table(
        f"Latency, from sending to the last of 100 receivers, paced ({PACE_PER_S} messages/s)",
        ("server", "p50 ms", "p99 ms", "worst ms", "messages"),
        notes=[f"{OURS} has the message on the disk before anyone hears it", *missing_note()],
    )
    for name in (OURS, *(peer.name for peer in present())):
        one = medians(found, name, 100, "paced")
        if one is not None:
            times = one.latencies_ms
            table.add(name, percentile(times, 50), percentile(times, 99), max(times), len(times))
    return table


def latency_bar(found: Sequence[Measured]) -> Bar:
    ours, ngircd = (medians(found, name, 100, "paced") for name in (OURS, "ngIRCd"))
    ratio = (
        percentile(ours.latencies_ms, 99) / percentile(ngircd.latencies_ms, 99) if ours and ngircd else None
    )
    return Bar("p99 latency, 100 receivers, paced: ngIRCd's", ratio, 1.5, "x")
