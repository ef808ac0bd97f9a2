"""What a measurement is made of: a process's CPU time and memory, medians, tables, and bars to be met."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

BUILD: Final = Path(__file__).resolve().parent.parent.parent / "build"
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """CPU seconds that the process has used, in user space and in the kernel, on all its threads.

    From /proc/PID/schedstat where the kernel has it: it counts in nanoseconds what /proc/PID/stat counts
    in hundredths of a second, too coarse for runs of a few seconds.
    """
    with contextlib.suppress(OSError):
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def resident_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def raise_file_limit() -> int:
    """As many open files as this user may have; each client and its server's end take one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed; 0 without values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, -(-len(ordered) * int(percent) // 100) - 1))]


def middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None


@dataclass(slots=True)
class Bar:
    """A promise of ours: the value must not be above the limit. `value` None: it was not measured."""

    what: str
    value: float | None
    limit: float
    unit: str = ""

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        return "met" if self.value <= self.limit else f"MISSED by {self.value / self.limit - 1:.0%}"

    def line(self) -> str:
        value = "-" if self.value is None else f"{self.value:.3g}"
        return f"  {self.what:<58} {value:>8} <= {self.limit:<6g}{self.unit:<10} {self.verdict}"


@dataclass(slots=True)
class Table:
    """Rows of cells, and what is to be read below them."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        self.rows.append(tuple(_cell(cell) for cell in cells))

    def text(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        shown = [
            "  "
            + "  ".join(
                f"{cell:<{w}}" if i == 0 else f"{cell:>{w}}"
                for i, (cell, w) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        ]
        return "\n".join([f"\n{self.title}", *shown, *(f"  ({note})" for note in self.notes)])


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


@dataclass(slots=True)
class Result:
    """What one part of the benchmark found."""

    tables: list[Table] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    """The raw figures, for build/bench.json."""

    def as_json(self) -> dict[str, Any]:
        bars = [asdict(bar) | {"verdict": bar.verdict} for bar in self.bars]
        return {"values": self.values, "tables": [asdict(table) for table in self.tables], "bars": bars}


@dataclass(frozen=True, slots=True)
class Options:
    """How much time may be taken. `quick`: one small run of each, to see that all of it works."""

    quick: bool = False

    @property
    def runs(self) -> int:
        return 1 if self.quick else 3
