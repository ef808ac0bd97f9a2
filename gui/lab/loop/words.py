"""What the Loop view says about a socket and a turn. No window here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from netcore import limits
from netcore.trace import Turn

SOFT_BYTES: Final = limits.SEND_QUEUE_SOFT_BYTES
HARD_BYTES: Final = limits.SEND_QUEUE_HARD_BYTES
STALL_S: Final = limits.SEND_STALL_S


@dataclass(frozen=True, slots=True)
class Socket:
    """One connection as it stands at the end of a turn."""

    connection: int
    name: str
    member_id: bytes
    interest: str  # "r", "w", "rw" or ""
    queued_bytes: int
    frozen: bool


def moved(before_bytes: int, queued_bytes: int) -> bool:
    """Whether what waits was begun or made less between two turns; what is only added to stands still."""
    return before_bytes == 0 or queued_bytes == 0 or queued_bytes < before_bytes


def why(socket: Socket) -> str:
    """Why nothing is read from it, or why something waits; one sentence."""
    if socket.frozen:
        return "Frozen from here: neither read from nor written to."
    if socket.queued_bytes > SOFT_BYTES:
        return "Not read from until it has taken what waits: it must not ask faster than it takes answers."
    if "r" not in socket.interest:
        return "Not read from for now: it has sent faster than its share."
    if socket.queued_bytes or "w" in socket.interest:
        return "The kernel’s buffer is full: the rest goes when the socket can be written to."
    return "Nothing waits for it."


def short_why(socket: Socket) -> str:
    """The same in two words, for a row; "" when all is well."""
    if socket.frozen:
        return "frozen"
    if socket.queued_bytes > SOFT_BYTES:
        return "reads too slowly"
    if "r" not in socket.interest:
        return "sends too fast"
    return "catching up" if socket.queued_bytes else ""


def limit(count: int) -> str:
    """A limit, which is a whole number of its unit: "320 KiB", "4 MiB"."""
    return amount(count).replace(".0 ", " ")


def amount(count: int) -> str:
    """Bytes with their unit: "412 B", "3.2 MiB"."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} KiB"
    return f"{count / 1024 / 1024:.1f} MiB"


def seconds(took_s: float) -> str:
    if took_s < 0.001:
        return "under 1 ms"
    return f"{took_s * 1000:.0f} ms" if took_s < 0.9995 else f"{took_s:.1f} s"


def parts(turn: Turn, after_s: float | None) -> tuple[tuple[str, str, str], ...]:
    """(name, number, words) of what a turn did, in its order. after_s: since the end of the turn before."""
    timer = "no timer" if turn.next_timer_s is None else f"timer in {seconds(turn.next_timer_s)}"
    return (
        ("select", "–" if after_s is None else seconds(after_s), f"{turn.ready} ready"),
        ("read", str(turn.reads), f"recv call{_s(turn.reads)}"),
        ("commit", f"{turn.commit_ms:.1f} ms" if turn.commit_ms else "–",
         "to the disk" if turn.commit_ms else "no message"),
        ("seal", str(turn.records), f"Room record{_s(turn.records)}"),
        ("flush", str(turn.writes), f"send call{_s(turn.writes)}"),
        ("then", "", timer),
    )


def _s(count: int) -> str:
    return "" if count == 1 else "s"
