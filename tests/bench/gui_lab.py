"""The laboratory beside a conversation, as a process of its own with a display: prints its figures as JSON.

    DISPLAY=:9 python -m tests.bench.gui_lab SECONDS

Opening it is held against a bare Toplevel with a Treeview and a Text of the same content. Then 200 messages a
second come in, each as a message of the room and as the chunk and the frame that carried it.
"""

from __future__ import annotations

import json
import queue
import random
import sys
import time
import tkinter as tk
from collections.abc import Iterator, Sequence
from itertools import count
from statistics import median
from tkinter import ttk
from typing import Final

from gui.lab.view import LabActions
from gui.lab.window import LabWindow
from gui.lab.wire.hex_lines import Run, hex_lines
from gui.lab.wire.roles import ROLES
from gui.lab.wire.view import WireView
from netcore.lab.layers import RECORD, layers_of
from netcore.lab.summaries import carries
from netcore.trace import Chunk, FrameSeen, TraceEvent
from netcore.wire.codec import encode
from netcore.wire.framing import FrameType, encode_header
from netcore.wire.messages import Said
from tests.bench.gui_window import NOON_MS, PEOPLE, TIMER_MS, WORDS, Window, chat
from tests.bench.measure import percentile

PER_S: Final = 200
ROWS: Final = 5_000
OPENINGS: Final = 7
SHOWN_BYTES: Final = 4_096
BIG_BODY_BYTES: Final = 65_548


class Wire:
    """Makes what a recorder would tell of the messages of a room."""

    def __init__(self) -> None:
        self._random = random.Random(1)
        self._numbers = count(1)
        self._offset = 0
        self._n = 2

    def frame(self, seq: int) -> tuple[Chunk, FrameSeen]:
        text = f"{seq} {WORDS * (1 + seq % 3)}"
        plaintext = encode(Said(seq, PEOPLE[2].id, "Member 3", bytes(16), seq, NOON_MS, text))
        return self._carried(plaintext, 4 + 8 + len(plaintext) + 32)

    def big_frame(self) -> tuple[Chunk, FrameSeen]:
        text = "x" * 3_900
        plaintext = b"".join(encode(Said(seq, PEOPLE[2].id, "Member 3", bytes(16), seq, NOON_MS, text))
                             for seq in range(1, 17))[: BIG_BODY_BYTES - 44]
        return self._carried(plaintext, BIG_BODY_BYTES)

    def _carried(self, plaintext: bytes, body_bytes: int) -> tuple[Chunk, FrameSeen]:
        raw = encode_header(FrameType.ROOM, body_bytes) + self._random.randbytes(body_bytes)
        at_s, offset = time.monotonic(), self._offset
        self._offset += len(raw)
        self._n += 1
        chunk = Chunk(next(self._numbers), 1, at_s, "in", offset, raw, 65_536)
        frame = FrameSeen(next(self._numbers), 1, at_s, "in", self._n, int(FrameType.ROOM), offset, len(raw),
                          chunk.number, chunk.number, raw[:SHOWN_BYTES], plaintext, "IN_ROOM", "IN_ROOM")
        return chunk, frame


def open_lab(window: Window, events: queue.SimpleQueue[TraceEvent]) -> LabWindow:
    def nothing(*_: object) -> None:
        """Nobody listens to what it asks for."""

    actions = LabActions(events.get_nowait, nothing, nothing, nothing, nothing)
    return LabWindow(window.root, window.page._look, actions, "Ada in Physics 10b", False)


def bare_ms(window: Window, rows: Sequence[tuple[str, ...]], dump: Sequence[str]) -> float:
    """A Toplevel with a Treeview and a Text of the same content."""
    start = time.perf_counter()
    top = tk.Toplevel(window.root)
    top.geometry("1200x780")
    tree = ttk.Treeview(top, columns=("time", "peer", "kind", "bytes", "carries"))
    tree.pack(fill="both", expand=True)
    for row in rows:
        tree.insert("", "end", text=row[0], values=row[1:])
    text = tk.Text(top)
    text.pack(fill="both", expand=True)
    text.tk.call(str(text), "insert", "1.0", *dump)
    top.update()
    took_ms = (time.perf_counter() - start) * 1000
    top.destroy()
    window.root.update()
    return took_ms


def lab_ms(window: Window, made: list[tuple[Chunk, FrameSeen]]) -> tuple[float, float]:
    """(opening it, and in it ROWS rows with the last frame taken apart), in ms."""
    start = time.perf_counter()
    lab = open_lab(window, queue.SimpleQueue())
    lab.update()
    opened_s = time.perf_counter() - start
    lab.recording.take(event for pair in made for event in pair)
    start = time.perf_counter()
    view = WireView(lab.body, window.page._look, lab.lab)
    lab.view.pack_forget()  # type: ignore[union-attr]
    view.pack(fill="both", expand=True)
    lab.update()
    view.table.select(len(view.rows.shown) - 1)
    lab.update()
    filled_s = time.perf_counter() - start
    if len(view.rows.shown) != ROWS or len(view.detail.dump.data) != SHOWN_BYTES:
        raise AssertionError("not everything is shown")
    lab.destroy()
    window.root.update()
    return opened_s * 1000, filled_s * 1000


def flood(window: Window, seconds: float) -> dict[str, float]:
    """The lateness of a 10 ms timer, and how long until the newest frame is a row, with the lab open."""
    events: queue.SimpleQueue[TraceEvent] = queue.SimpleQueue()
    lab = open_lab(window, events)
    lab.update()
    view = lab.view
    assert isinstance(view, WireView)
    wire, told = Wire(), queue.SimpleQueue[tuple[int, float]]()

    def messages() -> Iterator[object]:
        for seq in count(1):
            for event in wire.frame(seq):
                events.put(event)
            told.put((seq, time.perf_counter()))
            yield chat(seq)

    row_ms: list[float] = []
    waiting: list[tuple[int, float]] = []

    def look() -> None:
        """Which of the rows on the screen is the newest, 100 times a second."""
        while not told.empty():
            waiting.append(told.get())
        top, lines = view.table.top, view.table.tree.get_children()
        shown = [view.table.tree.item(line, "text") for line in lines[-2:]]
        newest = max((int(str(text).strip().replace(",", "")) for text in shown if str(text).strip()),
                     default=0) if top >= 0 else 0
        now = time.perf_counter()
        while waiting and waiting[0][0] <= newest:
            row_ms.append((now - waiting.pop(0)[1]) * 1000)
        if lab.winfo_exists():
            lab.after(TIMER_MS, look)

    lab.after(TIMER_MS, look)
    late_ms, left = window.flood(seconds, messages(), PER_S)  # type: ignore[arg-type]
    lab.destroy()
    return {"lab_late_p99_ms": percentile(late_ms, 99), "lab_late_worst_ms": max(late_ms), "lab_left": left,
            "lab_row_p99_ms": percentile(row_ms, 99), "lab_rows_seen": len(row_ms)}


def main(seconds: float) -> None:
    window = Window()
    wire = Wire()
    made = [*(wire.frame(seq) for seq in range(1, ROWS)), wire.big_frame()]
    frame = made[-1][1]
    rows = [(str(number), "10:00:00.000", "Server", "Room", str(pair[1].length), carries(pair[1]))
            for number, pair in enumerate(made, 1)]
    layer = next(one for one in layers_of(frame, frame.raw, ()) if one.key == RECORD)
    runs = [Run(span.start, min(span.end, SHOWN_BYTES), ROLES[span.kind])
            for span in layer.spans if span.start < SHOWN_BYTES]
    dump = hex_lines(layer.data[:SHOWN_BYTES], runs)
    lab_ms(window, made)  # the modules and pictures of it are made once
    pairs = [(bare_ms(window, rows, dump), *lab_ms(window, made)) for _ in range(OPENINGS)]
    bare, opened, filled = (median(column) for column in zip(*pairs, strict=True))
    found = {"bare_ms": bare, "lab_open_ms": opened, "lab_fill_ms": filled}
    print(json.dumps(found | flood(window, seconds)))
    window.root.destroy()


if __name__ == "__main__":
    main(float(sys.argv[1]))
