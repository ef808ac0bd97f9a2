"""The two life lines of a handshake, its messages between them, and where each side stands."""

from __future__ import annotations

import tkinter as tk
from typing import Final

from gui.compat import bind_wheel
from gui.lab.paper import Paper
from gui.look.look import Look
from netcore.lab.handshake.ladder import Party, State, ladder
from netcore.lab.handshake.recorded import RecordedHandshake
from netcore.wire.lines import counted

FIRST: Final = 104
"""Where the first message stands, from the top."""
STEP: Final = 88
"""From one message to the next."""
STATE_BELOW: Final = 43
"""A state stands so far under the message that led to it."""
MARGIN: Final = 84
"""From the edge to a life line."""
WIDEST: Final = 680

FIELDS: Final = {
    "ClientHello": "random 32 · x25519 32",
    "ServerHello": "random 32 · x25519 32 · identity_n 384 · kex_n 256 · signature 384",
    "ClientKeyExchange": "oaep_ct 256 · client_fin 32",
    "ServerFinished": "server_fin 32",
}


class Lifelines(Paper):
    """Shows `recording` as it stands after `step` messages. `names`: who is who, under the two headings."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        super().__init__(parent, look)
        self.recording: RecordedHandshake | None = None
        self.step = 0
        self.names = {Party.CLIENT: "", Party.SERVER: ""}
        bind_wheel(self, lambda lines: self.yview_scroll(lines * look.px(18), "units"))
        self.configure(yscrollincrement=1)

    def show(self, recording: RecordedHandshake, step: int, names: dict[Party, str]) -> None:
        self.recording, self.step, self.names = recording, step, names
        self.paint_now()
        self._bring_into_view()

    # --- the picture ---------------------------------------------------------------------------------

    def paint(self) -> None:
        recording = self.recording
        if recording is None:
            return
        wide = min(self.width, WIDEST)
        left = (self.width - wide) / 2
        self._x = {Party.CLIENT: left + MARGIN, Party.SERVER: left + wide - MARGIN}
        rows = self._rows(recording)
        bottom = FIRST + STEP * (len(rows) - 1) + STATE_BELOW + 16
        self._lines(recording, bottom)
        for number, name in enumerate(rows, 1):
            self._message(recording, number, name)
        self._states(recording, len(rows))
        if recording.ending is not None and self.step >= recording.last_step:
            self._cross(recording)
        self._heads()
        px = self.look.px
        self.configure(scrollregion=(0, 0, self.winfo_width(), max(px(bottom + 12), self.winfo_height())))

    def _rows(self, recording: RecordedHandshake) -> list[str]:
        """The messages that crossed, and in an honest handshake those that are to come."""
        names = [crossed.name for crossed in recording.messages]
        if recording.ending is None:
            names += [rung.name for rung in ladder()[len(names) :]]
        elif recording.last_step > len(names):
            names.append("")  # the end, which no message shows
        return names

    def _heads(self) -> None:
        for party, x in self._x.items():
            self.words(x, 22, party.value.capitalize(), "strong", anchor="center")
            name = self.fitting(self.names[party], "small", 2 * MARGIN - 12)
            self.words(x, 42, name, "small", "ink2", anchor="center")

    def _lines(self, recording: RecordedHandshake, bottom: float) -> None:
        """Drawn through as far as it has come, dashed from there on."""
        reached = min(FIRST + STEP * (self.step - 1) + STATE_BELOW if self.step else FIRST - 12, bottom)
        for party, x in self._x.items():
            ended = recording.ending is not None and self.step >= recording.last_step
            if ended and recording.ending is not None and recording.ending.by is party:
                self.line((x, 80, x, self._cross_y(recording)), "ink3", width=1.5)
                continue
            self.line((x, 80, x, reached), "ink3", width=1.5)
            if not ended:
                self.line((x, reached, x, bottom), "line", width=1.5, dash=(4, 4))

    def _message(self, recording: RecordedHandshake, number: int, name: str) -> None:
        if not name:
            return
        y = FIRST + STEP * (number - 1)
        crossed = recording.messages[number - 1] if number <= len(recording.messages) else None
        sender = crossed.sender if crossed is not None else ladder()[number - 1].sender
        here, past = number == self.step, number <= self.step
        start, end = self._x[sender], self._x[sender.other]
        forward = 1 if end > start else -1
        middle = (start + end) / 2
        room = abs(end - start) - 24
        role = "ink3" if not past else "danger" if crossed is None or crossed.rung is None else (
            "accent" if sender is Party.CLIENT else self.look.palette.layers["header"].text)
        if here:
            self.box(min(start, end) + 10, y - 31, abs(end - start) - 20, 57, "soft", radius=10)
        ground_role = "ink" if past else "ink3"
        size = f"{counted(crossed.length_bytes, 'byte')}" if past and crossed is not None else ""
        gap = 8 if size else 0
        total = self.measure(name, "strong" if past else "body") + gap + self.measure(size)
        if total > room:
            size, gap = "", 0
            total = self.measure(name, "strong" if past else "body")
        at = middle - total / 2
        self.words(at, y - 17, name, "strong" if past else "body", ground_role)
        if size:
            self.words(at + total, y - 17, size, "small", "ink2", anchor="e")
        line_role = role if past else "line"
        self.line((start + 8 * forward, y, end - 9 * forward, y), line_role, width=2 if past else 1.5)
        self.icon(end - 14 * forward, y, "chevron_right" if forward > 0 else "chevron_left", line_role, 16)
        if here and crossed is not None:
            details = FIELDS.get(crossed.name) if crossed.rung is not None else crossed.raw[:8].hex(" ")
            if details is None:
                details = "sealed: header 4 · ciphertext · tag 16"
            self.words(middle, y + 14, self.fitting(details, "small", room), "small", "ink2", anchor="center")

    def _states(self, recording: RecordedHandshake, rows: int) -> None:
        """What each side knows: filled where it stands, grey where it stood, outlined what is to come."""
        now = {party: recording.state(party, self.step) for party in self._x}
        past = State.NOTHING_KNOWN
        for party, x in self._x.items():
            self._state(x, 68, past, "now" if now[party] is past else "past")
        for number in range(1, rows + 1):
            for party, x in self._x.items():
                before = recording.state(party, number - 1)
                after = self._after(recording, party, number)
                if after is None or after is before or after is State.CLOSED:
                    continue
                y = FIRST + STEP * (number - 1) + STATE_BELOW
                kind = "coming" if number > self.step else "now" if now[party] is after else "past"
                self._state(x, y, after, kind)

    @staticmethod
    def _after(recording: RecordedHandshake, party: Party, number: int) -> State | None:
        if number <= recording.last_step:
            return recording.state(party, number)
        if recording.ending is None and number <= len(ladder()):
            before = recording.state(party, recording.last_step)
            after = ladder()[number - 1].after[party]
            earlier = ladder()[number - 2].after[party] if number - 1 > recording.last_step else before
            return after if after is not earlier else None
        return None

    def _state(self, x: float, y: float, state: State, kind: str) -> None:
        fill, edge, ink = {
            "now": ("accent", "", "on_accent"), "past": ("sunken", "", "ink2"),
            "coming": ("surface", "edge", "ink3"),
        }[kind]
        font = "small_strong" if kind == "now" else "small"
        wide = self.measure(state.name, font) + 16
        self.box(x - wide / 2, y - 12, wide, 24, fill, edge, radius=6)
        self.words(x, y, state.name, font, ink, anchor="center")

    def _cross_y(self, recording: RecordedHandshake) -> float:
        last = recording.last_step
        shown = last <= len(recording.messages)
        return FIRST + STEP * (last - 1) + (STATE_BELOW if shown else -10)

    def _cross(self, recording: RecordedHandshake) -> None:
        assert recording.ending is not None
        by = recording.ending.by
        x, y = self._x[by], self._cross_y(recording)
        wide = self.measure("stopped here", "small_strong") + 42
        self.box(x - wide / 2, y - 14, wide, 28, "danger_soft", "danger", radius=8)
        self.icon(x - wide / 2 + 17, y, "cross", "danger", 16)
        self.words(x - wide / 2 + 29, y, "stopped here", "small_strong", "danger")

    # --- scrolling -----------------------------------------------------------------------------------

    def _bring_into_view(self) -> None:
        """The message at hand, where the whole does not fit."""
        region = str(self.cget("scrollregion")).split()
        if len(region) != 4 or self.winfo_height() <= 1:
            return
        whole = float(region[3])
        y = self.look.px(FIRST + STEP * (self.step - 1)) if self.step else 0
        seen = self.canvasy(0)
        high = self.winfo_height()
        if y - self.look.px(80) < seen or y + self.look.px(80) > seen + high:
            self.yview_moveto(max(0.0, (y - high / 2) / whole))
