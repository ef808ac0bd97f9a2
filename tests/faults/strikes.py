"""What a storm does to its cast: each fault is a function that strikes and, mostly, ends by itself.

Left to `Storm.heal`: the weather of the proxies, processes that are dead, and clocks that are wrong.
"""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tests.faults.people import Person
from tests.faults.proxy import Weather

if TYPE_CHECKING:
    from tests.faults.storm import Storm

UNLIMITED: Final = resource.RLIM_INFINITY
DAY_S: Final = 86_400.0


def kill_server(storm: Storm) -> None:
    storm.server.kill()
    storm.rest(0.0, 0.5)
    storm.server.start()


def restart_server(storm: Storm) -> None:
    """An orderly end in the middle of a burst, and a start on the same port."""
    storm.server.signal(signal.SIGTERM)
    storm.server.finish()
    storm.server.start()


def kill_client(storm: Storm) -> None:
    client = _any_client(storm)
    client.kill()
    storm.note_killed(client)
    client.start()


def freeze_server(storm: Storm) -> None:
    _freeze(storm, storm.server)


def freeze_client(storm: Storm) -> None:
    _freeze(storm, _any_client(storm))


def cut(storm: Storm) -> None:
    storm.random.choice(storm.proxies).cut()


def reset(storm: Storm) -> None:
    for proxy in storm.proxies:
        if storm.random.random() < 0.6:
            proxy.reset()


def delay(storm: Storm) -> None:
    _weather(storm, Weather(delay_s=storm.random.uniform(0.05, 0.4)))


def slice_bytes(storm: Storm) -> None:
    """One byte a piece: no read ever holds a whole frame."""
    _weather(storm, Weather(slice_bytes=1))


def narrow(storm: Storm) -> None:
    """A line of a few kilobytes a second."""
    _weather(storm, Weather(bytes_per_s=storm.random.uniform(2_000, 10_000), slice_bytes=512))


def blackhole(storm: Storm) -> None:
    """Nothing comes through, nobody is told; then the connection is reset."""
    proxy = storm.random.choice(storm.proxies)
    proxy.set(Weather(silent=True))
    storm.rest(0.2, 1.0)
    proxy.reset()
    proxy.set(Weather())


def flap(storm: Storm) -> None:
    proxy = storm.random.choice(storm.proxies)
    for _ in range(3):
        proxy.set(Weather(open=False))
        proxy.cut()
        storm.rest(0.05, 0.2)
        proxy.set(Weather())
        storm.rest(0.05, 0.2)


def disk_full(storm: Storm) -> None:
    """No file of the server may grow any more; then there is room again."""
    assert storm.server.process is not None
    process = storm.server.process.pid
    for most in (4096, UNLIMITED):
        with contextlib.suppress(ProcessLookupError):  # it was just starting, and ended at that
            resource.prlimit(process, resource.RLIMIT_FSIZE, (most, UNLIMITED))
        storm.burst()
        storm.rest(0.2, 0.6)


def clock_jump(storm: Storm) -> None:
    """Somebody's date is set, up to a day back or forth, twice; the second time with a restart between."""
    person = storm.random.choice((storm.server, _any_client(storm)))
    storm.set_clock(person, storm.random.uniform(-DAY_S, DAY_S))
    storm.burst()
    if person is storm.server:
        restart_server(storm)
    storm.set_clock(person, storm.random.uniform(-DAY_S, DAY_S))


def _any_client(storm: Storm) -> Person:
    return storm.random.choice(storm.clients)


def _freeze(storm: Storm, person: Person) -> None:
    person.signal(signal.SIGSTOP)
    storm.rest(0.1, 1.0)
    person.signal(signal.SIGCONT)


def _weather(storm: Storm, weather: Weather) -> None:
    storm.random.choice(storm.proxies).set(weather)
    storm.rest(0.2, 0.6)


STRIKES: Final[tuple[Callable[[Storm], None], ...]] = (
    kill_server, restart_server, kill_client, freeze_server, freeze_client, cut, reset, delay, slice_bytes,
    narrow, blackhole, flap, disk_full, clock_jump,
)  # fmt: skip
