"""A client's window in a flood, as a process of its own with a display: prints what it measured as JSON.

    DISPLAY=:9 python -m tests.bench.gui_window SECONDS MESSAGES_AFTERWARDS

The events come from a thread at 1,000 messages a second, as from the engine, through the window's own
poller. The lateness of a 10 ms timer on Tk's thread is what a person feels as stutter.

After that come the floods of hostile ones: messages that cost much to draw, of eight members at the rate that
a room allows each; states in a row, and members that come and go, as fast as they can be made.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
import tkinter as tk
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from gui.garbage import Collector
from gui.look.glyphs import room_for_glyphs
from gui.look.look import Look, set_dpi_awareness
from gui.poller import EventPoller
from gui.room.client_window import ClientWindow
from gui.room.room_page import ONLY_LAST, WindowActions
from netcore.engine import (
    Chat,
    Connected,
    Event,
    HistoryOpened,
    Member,
    MemberJoined,
    MemberLeft,
    RoomChanged,
    Slowed,
)
from netcore.limits import INBOUND_BYTES_PER_S, MAX_TEXT_CHARS, MESSAGES_PER_S
from tests.bench.measure import percentile, resident_kb

TIMER_MS: Final = 10
PER_S: Final = 1_000
STATES_PER_S: Final = 50_000
COMINGS_PER_S: Final = 500
HISTORY: Final = 5_000
PASTE_CHARS: Final = 4_000
NOON_MS: Final = 1_760_436_000_000
PEOPLE: Final = tuple(Member(bytes([number]) * 32, f"Member {number}") for number in range(1, 31))
WORDS: Final = "The quick brown fox jumps over the lazy dog, and then it does so again; "


def chat(seq: int) -> Chat:
    who = PEOPLE[seq // 3 % len(PEOPLE)]
    return Chat(seq, who.id, who.name, f"{seq} {WORDS * (1 + seq % 3)}", NOON_MS + seq * 100, False, None)


class Window:
    def __init__(self) -> None:
        set_dpi_awareness()
        with room_for_glyphs():
            self.root = tk.Tk()
            Collector(self.root)
            self.root.geometry("1000x680+0+0")
            look = Look(self.root, "light", 100)

        def nothing(*_: object) -> None:
            """Nobody listens to what the page asks for."""

        actions = WindowActions(nothing, nothing, nothing, nothing, nothing, nothing)
        self.page = ClientWindow(self.root, look, actions)
        self.page.pack(fill="both", expand=True)
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.poller = EventPoller(self.root, self.events.get_nowait, self.page.take, only_last=ONLY_LAST)
        you = PEOPLE[0]
        self.page.take([Connected("Bench", you, PEOPLE[1].id, bytes(32), False, PEOPLE, 0)])
        self.root.update()

    def timed(self, action: Callable[[], object]) -> float:
        """Milliseconds until the action is done and on the screen."""
        start = time.perf_counter()
        action()
        self.root.update()
        return (time.perf_counter() - start) * 1000

    def history(self) -> float:
        messages = tuple(chat(seq) for seq in range(1, HISTORY + 1))
        return self.timed(lambda: self.page.take([HistoryOpened("Bench", messages)]))

    def paste(self) -> float:
        field = self.page.conversation.composer.text
        field.focus_force()
        self.root.clipboard_clear()
        self.root.clipboard_append((WORDS * 100)[:PASTE_CHARS])
        self.root.update()
        took_ms = self.timed(lambda: field.event_generate("<<Paste>>"))
        if len(field.get("1.0", "end-1c")) != PASTE_CHARS:
            raise AssertionError("the pasted text is not in the field")
        field.delete("1.0", "end")
        return took_ms

    def flood(self, seconds: float, events: Iterator[Event], per_s: float) -> tuple[list[float], int]:
        """Lateness of each timer in ms, and how many events were not taken at the end."""
        late_ms: list[float] = []
        over = threading.Event()

        def feed() -> None:
            start, fed = time.monotonic(), 0
            while not over.wait(0.005):
                due = int((time.monotonic() - start) * per_s)
                while fed < due:
                    fed += 1
                    self.events.put(next(events))

        def tick(due: float) -> None:
            now = time.perf_counter()
            late_ms.append((now - due) * 1000)
            if now < end:
                self.root.after(TIMER_MS, tick, now + TIMER_MS / 1000)
            else:
                self.root.quit()

        feeder = threading.Thread(target=feed)
        end = time.perf_counter() + seconds
        self.poller.start()
        feeder.start()
        self.root.after(TIMER_MS, tick, time.perf_counter() + TIMER_MS / 1000)
        self.root.mainloop()
        over.set()
        feeder.join()
        left = self.events.qsize()
        self.poller.stop()
        return late_ms, left

    def many(self, messages: int) -> None:
        for start in range(1_000_000, 1_000_000 + messages, 200):
            self.page.take([chat(seq) for seq in range(start, start + 200)])
            self.root.update()


FAMILY: Final = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
PICTURES: Final = "".join(chr(0x1F300 + number) for number in range(700))


def costly(seq: int) -> Chat:
    """A full message of what costs most: joined emoji, different emoji, different letters, marks, lines."""
    texts = (
        FAMILY * 600,
        PICTURES[seq * 37 % 600 :] + PICTURES * 6,
        "".join(chr(0x4E00 + (seq * 97 + number) % 20_000) for number in range(MAX_TEXT_CHARS)),
        "a\u0301\u0302\u0303\u0304" * 800,
        "\u0635\u0628\u0627\u062d " * 800,
        "\n".join("`a` \U0001f680" * 11 for _ in range(50)),
    )
    who = PEOPLE[seq % 8]
    text = texts[seq // 8 % len(texts)][:MAX_TEXT_CHARS]
    return Chat(seq, who.id, who.name, text, NOON_MS + seq * 100, False, None)


def costly_per_s() -> float:
    """Eight members as fast as a room takes from each."""
    size_bytes = sum(len(costly(seq).text.encode()) for seq in range(48)) / 48
    return 8.0 * min(MESSAGES_PER_S, INBOUND_BYTES_PER_S / size_bytes)


def states() -> Iterator[Event]:
    for number in count():
        yield Slowed() if number % 2 else RoomChanged(number % 4 == 0, False, number % 7, True)


def comings() -> Iterator[Event]:
    """Members beside a full room of 500 that come and go."""
    for number in count():
        member = Member((number // 2 % 1_000 + 10_000).to_bytes(32, "big"), f"Comer {number // 2 % 1_000}")
        yield MemberLeft(member, "left") if number % 2 else MemberJoined(member)


FULL_ROOM: Final = tuple(Member(number.to_bytes(32, "big"), f"Somebody {number}") for number in range(1, 501))


def main(seconds: float, messages: int) -> None:
    window = Window()
    empty_kb = resident_kb(os.getpid())
    found: dict[str, float] = {"history_ms": window.history(), "paste_ms": window.paste()}
    late_ms, left = window.flood(seconds, (chat(seq) for seq in count(HISTORY + 1)), PER_S)
    found |= {
        "late_p50_ms": percentile(late_ms, 50),
        "late_p99_ms": percentile(late_ms, 99),
        "late_worst_ms": max(late_ms),
        "timers": len(late_ms),
        "not_shown": left,
        "empty_kb": empty_kb,
        "before_kb": resident_kb(os.getpid()),
    }
    window.many(messages)
    late_ms, _ = window.flood(seconds, (costly(seq) for seq in count(2_000_000)), costly_per_s())
    found |= {"costly_p99_ms": percentile(late_ms, 99), "costly_worst_ms": max(late_ms)}
    late_ms, _ = window.flood(seconds, states(), STATES_PER_S)
    found |= {"states_p99_ms": percentile(late_ms, 99), "states_worst_ms": max(late_ms)}
    window.page.take([Connected("Bench", FULL_ROOM[0], FULL_ROOM[1].id, bytes(32), False, FULL_ROOM, 0)])
    late_ms, _ = window.flood(seconds, comings(), COMINGS_PER_S)
    found |= {"comings_p99_ms": percentile(late_ms, 99), "comings_worst_ms": max(late_ms)}
    print(json.dumps(found | {"after_kb": resident_kb(os.getpid()), "messages": messages}))
    window.root.destroy()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
