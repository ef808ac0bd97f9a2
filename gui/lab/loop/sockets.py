"""The list of sockets: what the loop waits for on each, how much waits for it, and why it is slow.

Only rows in sight are painted, and of those only what has changed.
"""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import Any, Final

from gui.compat import Shortcuts, bind_wheel
from gui.lab.loop.words import HARD_BYTES, SOFT_BYTES, Socket, amount, limit, seconds, short_why
from gui.look.look import Look
from gui.text.shown_text import shown
from gui.widgets.disc import draw_disc
from netcore.lab.deliveries import Delivery

ROW: Final = 44
HEAD: Final = 52
NAME_X: Final = 58
BOX_X: Final = 190
BAR_X: Final = 268
NARROW: Final = 640  # below this width the bar has no amount and no word beside it

Row = tuple[Socket, str, bool]
"""A socket, its last delivery in words, and whether it is the chosen one."""


class SocketList(ttk.Frame):
    """on_choose(connection), on_freeze(connection): what the person wants."""

    def __init__(self, parent: tk.Misc, look: Look, on_choose: Callable[[int], None],
                 on_freeze: Callable[[int], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._on_choose = on_choose
        self._on_freeze = on_freeze
        self.sockets: Sequence[Socket] = ()
        self.chosen: int | None = None
        self._delivered: dict[int, Delivery] = {}
        self._top = 0
        self._painted: dict[int, Row] = {}
        self.canvas = tk.Canvas(self, borderwidth=0, highlightthickness=0, takefocus=True, width=1, height=1)
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self._bar_moved, takefocus=False)
        self._bar.pack(side="right", fill="y")
        self.canvas.pack(side="left", fill="both", expand=True)
        canvas = self.canvas
        canvas.bind("<Configure>", lambda _: self._repaint())
        canvas.bind("<Button-1>", self._clicked)
        canvas.bind("<Up>", lambda _: self._step(-1))
        canvas.bind("<Down>", lambda _: self._step(1))
        canvas.bind("<space>", lambda _: self._freeze())
        canvas.bind("<FocusIn>", lambda _: self._focused(), add=True)
        canvas.bind("<FocusOut>", lambda _: self._repaint(), add=True)
        Shortcuts(canvas, {"F": self._freeze})
        bind_wheel(canvas, lambda lines: self._scroll(1 if lines > 0 else -1))
        look.on_change(self._repaint, owner=self)

    def show(self, sockets: Sequence[Socket], delivered: dict[int, Delivery]) -> None:
        """These, in this order."""
        self.sockets, self._delivered = sockets, delivered
        self._paint()

    # --- painting ------------------------------------------------------------------------------------

    def _lines(self) -> int:
        return max(1, (self.canvas.winfo_height() - self._look.px(HEAD)) // self._look.px(ROW))

    def _repaint(self) -> None:
        self.canvas.delete("all")
        self.canvas.configure(background=self._look.palette.surface)
        self._painted = {}
        self._head()
        self._paint()

    def _paint(self) -> None:
        lines = self._lines()
        self._top = max(0, min(self._top, len(self.sockets) - lines))
        for place in range(lines + 1):
            index = self._top + place
            if index < len(self.sockets):
                socket = self.sockets[index]
                row: Row | None = (socket, self._took(socket), socket.connection == self.chosen)
            else:
                row = None
            if row != self._painted.get(place):
                self.canvas.delete(f"row{place}")
                if row is None:
                    self._painted.pop(place, None)
                else:
                    self._painted[place] = row
                    self._row(place, *row)
        count = max(1, len(self.sockets))
        self._bar.set(self._top / count, min(1.0, (self._top + lines) / count))

    def _took(self, socket: Socket) -> str:
        delivery = self._delivered.get(socket.connection)
        return "" if delivery is None else seconds(delivery.took_s)

    def _columns(self) -> tuple[int, int, int, int]:
        """(right end of the bar, of the amount, of the delivery, of the switch) in pixels of the screen."""
        px, wide = self._look.px, self.canvas.winfo_width()
        switch = wide - px(16)
        if wide < px(NARROW):
            return max(px(BAR_X + 60), switch - px(70)), 0, 0, switch
        delivered = switch - px(76)
        size = delivered - px(84)
        return max(px(BAR_X + 60), size - px(86)), size, delivered, switch

    def _scale(self, bar_end: int, count: int) -> int:
        """Where `count` bytes end on the bar. By the square root, so that the first mark is far from the
        start."""
        start = self._look.px(BAR_X)
        return start + round((bar_end - start) * math.sqrt(min(1.0, count / HARD_BYTES)))

    def _head(self) -> None:
        look, px, canvas, p = self._look, self._look.px, self.canvas, self._look.palette
        bar, size, delivered, switch = self._columns()
        y = px(HEAD) - px(14)

        def word(x: int, text: str, anchor: Any = "sw", font: str = look.fonts.small_strong) -> None:
            canvas.create_text(x, y, text=text, anchor=anchor, font=font, fill=p.ink2)

        word(px(24), "Socket")
        word(px(BOX_X), "Waits for")
        word(px(BAR_X), "Queue")
        soft = self._scale(bar, SOFT_BYTES)
        if soft - px(BAR_X) > px(74):
            word(soft, limit(SOFT_BYTES), "s", look.fonts.small)
            word(bar, limit(HARD_BYTES), "se", look.fonts.small)
        if size:
            word(size, "Waiting", "se")
            word(delivered, "Delivered", "se")
        word(switch, "Freeze", "se")
        canvas.create_line(px(16), px(HEAD) - 1, canvas.winfo_width() - px(8), px(HEAD) - 1, fill=p.line)

    def _row(self, place: int, socket: Socket, took: str, chosen: bool) -> None:
        look, px, canvas, p = self._look, self._look.px, self.canvas, self._look.palette
        tag = f"row{place}"
        top = px(HEAD) + place * px(ROW)
        middle = top + px(ROW) // 2
        bar, size, delivered, switch = self._columns()
        ground = p.warn_soft if socket.frozen else p.select if chosen else p.surface
        focused = chosen and str(canvas.tk.call("focus")) == str(canvas)
        canvas.create_rectangle(px(12), top + px(2), canvas.winfo_width() - px(6), top + px(ROW) - px(2),
                                fill=ground, width=px(2) if focused else 0, outline=p.accent, tags=tag)
        fingerprint = socket.member_id or bytes(32)
        draw_disc(canvas, look, px(24), middle - px(12), fingerprint, shown(socket.name), 24, tag)
        name = look.fonts.shortened(look.fonts.body, shown(socket.name), px(BOX_X - NAME_X - 8))
        canvas.create_text(px(NAME_X), middle, text=name, anchor="w", font=look.fonts.body, fill=p.ink,
                           tags=tag)
        for number, letter in enumerate("rw"):
            x, wanted = px(BOX_X) + number * px(32), letter in socket.interest
            canvas.create_rectangle(x, middle - px(10), x + px(24), middle + px(10), tags=tag,
                                    fill=p.soft if wanted else ground, outline=p.accent if wanted else p.edge)
            canvas.create_text(x + px(12), middle, text=letter.upper(), font=look.fonts.small_strong,
                               fill=p.accent if wanted else p.ink3, tags=tag)
        start, soft = px(BAR_X), self._scale(bar, SOFT_BYTES)
        canvas.create_rectangle(start, middle - px(5), bar, middle + px(5), fill=p.sunken, width=0, tags=tag)
        slow = socket.frozen or socket.queued_bytes > SOFT_BYTES
        if socket.queued_bytes:
            end = max(start + px(2), self._scale(bar, socket.queued_bytes))
            canvas.create_rectangle(start, middle - px(5), end, middle + px(5), width=0, tags=tag,
                                    fill=p.warn if slow else p.accent)
        canvas.create_line(soft, middle - px(9), soft, middle + px(9), fill=p.edge, tags=tag)
        words = short_why(socket)
        if words:
            canvas.create_text(soft + px(6), middle + px(13), text=words, anchor="w", font=look.fonts.small,
                               fill=p.warn if slow else p.ink2, tags=tag)
        if size:
            canvas.create_text(size, middle, text=amount(socket.queued_bytes), anchor="e",
                               font=look.fonts.small, fill=p.warn if slow else p.ink2, tags=tag)
            canvas.create_text(delivered, middle, text=took, anchor="e", font=look.fonts.small, fill=p.ink2,
                               tags=tag)
        canvas.create_text(switch, middle, text="Thaw" if socket.frozen else "Freeze", anchor="e",
                           font=look.fonts.small_strong, fill=p.accent, tags=(tag, "switch"))

    # --- keys and pointer ----------------------------------------------------------------------------

    def _index(self) -> int:
        return next((at for at, one in enumerate(self.sockets) if one.connection == self.chosen), -1)

    def choose(self, index: int) -> None:
        if self.sockets:
            index = max(0, min(index, len(self.sockets) - 1))
            self.chosen = self.sockets[index].connection
            lines = self._lines()
            self._top = min(max(self._top, index - lines + 1), index)
            self._paint()
            self._on_choose(self.chosen)

    def _step(self, step: int) -> str:
        self.choose(self._index() + step if self._index() >= 0 else 0)
        return "break"

    def _focused(self) -> None:
        if self._index() < 0:
            self.choose(0)
        self._repaint()

    def _freeze(self) -> str:
        if self.chosen is not None:
            self._on_freeze(self.chosen)
        return "break"

    def _clicked(self, event: tk.Event[tk.Misc]) -> None:
        self.canvas.focus_set()
        place = (event.y - self._look.px(HEAD)) // self._look.px(ROW)
        if event.y < self._look.px(HEAD) or self._top + place >= len(self.sockets):
            return
        self.choose(self._top + place)
        switch = self._columns()[3]
        if switch - self._look.px(64) < event.x <= switch + self._look.px(8):
            self._freeze()

    def _scroll(self, rows: int) -> None:
        self._top += rows
        self._paint()

    def _bar_moved(self, *arguments: Any) -> None:
        if arguments[0] == "moveto":
            self._top = round(float(arguments[1]) * len(self.sockets))
        else:
            self._top += int(arguments[1]) * (self._lines() if arguments[2] == "pages" else 1)
        self._paint()
