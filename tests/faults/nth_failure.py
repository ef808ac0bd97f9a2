"""The n-th call to the system fails, for every n of two scripted sessions: nothing is lost, nothing leaks.

    python -m tests.faults.nth_failure [--every 1] [--only files]

A person's programs may say no, break off, or have to be started again; but what was acknowledged is in the
log and on every display once, nothing crashes, and at the end no descriptor and no thread is left over.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import itertools
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from unittest import mock

from netcore import limits
from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import SERVER_KEY_BITS, PrivateKey
from tests.faults.breaker import Breaker
from tests.faults.file_play import FilePlay
from tests.faults.play import Play
from tests.keys import pem
from tests.net.peer import key
from tests.waiting import wait_until

FIRST: Final = 30
SCRIPTS: Final[dict[str, type[Play]]] = {"words": Play, "files": FilePlay}


class _Faults(logging.Handler):
    """Keeps what the program logs as faults of its own: an exception that nobody expected."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.texts.append(logging.Formatter().format(record))


@contextlib.contextmanager
def quick_keys() -> Iterator[None]:
    """Fixed keys in the place of new ones, and a short wait after a full disk."""
    numbers = itertools.cycle(range(60))

    def generate(bits: int, random: object) -> PrivateKey:
        if bits == SERVER_KEY_BITS:
            return PrivateKey.from_pem(pem("server_identity"))
        return key(next(numbers))

    with (
        mock.patch.object(PrivateKey, "generate", generate),
        mock.patch.object(KexKey, "generate", lambda random: KexKey.from_pem(pem("kex"))),
        mock.patch.object(limits, "LATER_S", 0.05),
    ):
        yield


def descriptors() -> set[tuple[str, str]]:
    """What this process has open: (number, what). Nothing where the system does not tell."""
    found: set[tuple[str, str]] = set()
    if sys.platform != "linux":
        return found
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.add((number, os.readlink(f"/proc/self/fd/{number}")))
    return found


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("netcore")]


def try_nth(folder: Path, n: int, *, full: bool, script: type[Play] = Play) -> str:
    """Run the session with its n-th call failing; what it was, "" when there are fewer. AssertionError."""
    folder.mkdir()
    gc.collect()
    before = descriptors()
    faults = _Faults()
    logger = logging.getLogger("localchat")
    logger.addHandler(faults)
    play = script(folder)
    try:
        with Breaker(n, full=full) as breaker:
            try:
                play.run()
            except AssertionError as error:
                raise AssertionError(f"n={n} ({breaker.broken}): {error}") from None
            finally:
                play.end()
        assert not faults.texts, f"n={n} ({breaker.broken}): {faults.texts[0]}"
        play.broken = breaker.broken
        try:
            play.judge()
        except AssertionError as error:
            raise AssertionError(f"n={n} ({breaker.broken}): {error}") from None
        wait_until(lambda: not threads(), 10, lambda: f"n={n} ({breaker.broken}): no threads but {threads()}")
        gc.collect()
        left = descriptors() - before
        assert not left, f"n={n} ({breaker.broken}): descriptors left: {left}"
    finally:
        logger.removeHandler(faults)
        shutil.rmtree(folder)
    return breaker.broken


def run(
    folder: Path, every: int, *, full: bool, first: int = FIRST, script: type[Play] = Play
) -> Counter[str]:
    """Each of the first calls, then one in `every`, until the session passes without reaching it."""
    broken: Counter[str] = Counter()
    with quick_keys():
        # What is opened once and kept, is opened here.
        try_nth(folder / "warm", 10**9, full=full, script=script)
        n = 1
        while what := try_nth(folder / str(n), n, full=full, script=script):
            broken[" ".join(what.split()[:2])] += 1  # of SQL the verb is enough
            n += 1 if n < first else every
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(description="fail the n-th call of a session, for every n")
    parser.add_argument("--every", type=int, default=1, help="after the first 30, only one in so many")
    parser.add_argument("--only", choices=SCRIPTS, help="one of the two scripted sessions")
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="localchat-nth-") as folder:
        for number, (script, full) in enumerate(itertools.product(SCRIPTS.values(), (True, False))):
            if options.only is not None and script is not SCRIPTS[options.only]:
                continue
            (Path(folder) / str(number)).mkdir()
            broken = run(Path(folder) / str(number), options.every, full=full, script=script)
            how = "disk full" if full else "I/O error"
            print(f"{broken.total()} calls failed one by one (databases: {how}), all recovered:")
            print("  " + ", ".join(f"{what} {count}" for what, count in sorted(broken.items())))
    print(f"{time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
