"""How far a transfer is, and how fast: told four times a second at most, but every change of its state."""

from __future__ import annotations

from typing import Final

from netcore.net.api.events import FileProgress, TransferState
from netcore.wire.messages import File

TELL_EVERY_S: Final = 0.25
_SMOOTHED_S: Final = 2.0
"""A speed is that of about the last two seconds: a number that one can read, and that notices a cut."""


class Progress:
    """Of one transfer. The clock, in seconds, is passed in."""

    def __init__(self, file: File, *, sending: bool) -> None:
        self._file = file
        self._sending = sending
        self._told_s = float("-inf")
        self._told_state: TransferState | None = None
        self._measured_s: float | None = None
        self._measured_bytes = 0
        self._bytes_per_s = 0.0

    def at(self, done_bytes: int, state: TransferState, now: float) -> FileProgress | None:
        """The event, if it is time for one."""
        if state is self._told_state and now - self._told_s < TELL_EVERY_S and done_bytes < self._file.size:
            return None
        self._measure(done_bytes, state, now)
        self._told_s, self._told_state = now, state
        left_bytes = self._file.size - done_bytes
        left_s = left_bytes / self._bytes_per_s if self._bytes_per_s else None
        return FileProgress(
            self._file.blob.hex(),
            self._file.name,
            self._sending,
            done_bytes,
            self._file.size,
            self._bytes_per_s,
            left_s,
            state,
        )

    def _measure(self, done_bytes: int, state: TransferState, now: float) -> None:
        if state is not TransferState.RUNNING or self._told_state is not TransferState.RUNNING:
            self._measured_s, self._measured_bytes, self._bytes_per_s = now, done_bytes, 0.0
            return
        assert self._measured_s is not None
        passed_s = now - self._measured_s
        if passed_s <= 0:
            return
        speed = max(0, done_bytes - self._measured_bytes) / passed_s
        weight = min(1.0, passed_s / _SMOOTHED_S) if self._bytes_per_s else 1.0
        self._bytes_per_s += (speed - self._bytes_per_s) * weight
        self._measured_s, self._measured_bytes = now, done_bytes
