"""The members panel of the client window: everyone in the room, you first, with their discs.

The rows in sight are drawn on one Canvas, so 500 members cost a few milliseconds and no widgets. Up and Down
move the marked row, Enter or a double click whispers to it, the right button opens the row's menu.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from gui.compat import Shortcuts, bind_context_menu, bind_wheel
from gui.look import paint
from gui.look.look import Look
from gui.room.fingerprint_popup import show_member_key
from gui.room.roster import Roster
from gui.text.quoted import quoted
from gui.text.shown_text import shown
from gui.widgets.disc import draw_disc
from gui.widgets.fingerprint_picture import fingerprint_text
from gui.widgets.hiding_scrollbar import HidingScrollbar
from netcore.engine import Command, Member

WIDTH = 224
ROW = 48
EDGE = 12  # from the panel's edge to the marked row
HINT = "Double click to whisper,\nK to compare fingerprints"


class MembersPanel(ttk.Frame):
    """`on_whisper(member)` is called when someone was chosen to whisper to; what else is done to `submit`."""

    def __init__(self, parent: tk.Misc, look: Look, on_whisper: Callable[[Member], None],
                 submit: Callable[[Command], None]) -> None:
        super().__init__(parent, style="Window.TFrame")
        self._look = look
        self._on_whisper = on_whisper
        self._submit = submit
        self._rows: list[Member] = []
        self._roles: list[str] = []
        self._marked: int | None = None
        self._hovered: int | None = None
        self._target = b""
        self._drawing: str | None = None
        self._drawn = (0, 0)  # the rows that stand on the canvas
        self._images: list[tk.PhotoImage] = []

        head = ttk.Frame(self, style="Window.TFrame")
        look.pack(head, fill="x", padx=(24, 24), pady=(14, 2))
        ttk.Label(head, text="In the room", style="Window.SmallStrong.TLabel").pack(side="left")
        self.count = ttk.Label(head, text="0", style="Window.Chip.TLabel")
        self.count.pack(side="right")
        hint = ttk.Label(self, text=HINT, style="Window.Muted.TLabel")
        look.pack(hint, side="bottom", anchor="w", padx=24, pady=(8, 12))

        body = ttk.Frame(self, style="Window.TFrame")
        body.pack(fill="both", expand=True)
        self.canvas = tk.Canvas(body, borderwidth=0, highlightthickness=0, takefocus=True,
                                yscrollcommand=self._scrolled)
        self._bar = HidingScrollbar(self.canvas, style="Window.Vertical.TScrollbar")
        self.canvas.pack(side="left", fill="both", expand=True)
        look.configure(self.canvas, width=WIDTH)
        self._bind_keys()
        look.on_change(self._redraw)
        self._redraw()

    def _bind_keys(self) -> None:
        canvas = self.canvas
        canvas.bind("<Motion>", lambda event: self._hover(self._row_at(event.y)))
        canvas.bind("<Leave>", lambda _: self._hover(None))
        canvas.bind("<Button-1>", self._clicked)
        canvas.bind("<Double-Button-1>", lambda event: self._choose(self._row_at(event.y)))
        canvas.bind("<Up>", lambda _: self._step(-1))
        canvas.bind("<Down>", lambda _: self._step(1))
        canvas.bind("<Home>", lambda _: self._step(-len(self._rows)))
        canvas.bind("<End>", lambda _: self._step(len(self._rows)))
        canvas.bind("<Return>", lambda _: self._choose(self._marked))
        Shortcuts(canvas, {"K": self.show_key})
        canvas.bind("<FocusIn>", lambda _: self._mark(self._marked or 0))
        canvas.bind("<FocusOut>", lambda _: self._mark(None))
        canvas.bind("<Configure>", lambda _: self._later())
        bind_wheel(canvas, lambda rows: canvas.yview_scroll(rows, "units"))
        bind_context_menu(canvas, self._menu)

    # --- what is shown -------------------------------------------------------------------------------

    def show(self, roster: Roster) -> None:
        """Show these members from the next idle moment on; many joins of one turn are drawn once."""
        marked = self._rows[self._marked].id if self._marked is not None else None
        self._rows = roster.sorted()
        self._roles = [roster.role(member) for member in self._rows]
        self._marked = next((n for n, member in enumerate(self._rows) if member.id == marked), None)
        self._hovered = None
        self.count["text"] = str(len(self._rows))
        self._later()

    def set_target(self, member_id: bytes) -> None:
        """Set the lock beside the one whom the composer whispers to; empty: nobody."""
        self._target = member_id
        self._later()

    def _later(self) -> None:
        if self._drawing is None:
            self._drawing = self.after_idle(self._redraw)

    def _redraw(self) -> None:
        self._drawing = None
        px, p, canvas = self._look.px, self._look.palette, self.canvas
        canvas.delete("all")
        width = max(canvas.winfo_width(), px(120))
        canvas.configure(background=p.window, yscrollincrement=px(ROW),
                         scrollregion=(0, 0, width, px(ROW) * len(self._rows)))
        self._images = [
            tk.PhotoImage(master=self, data=paint.rounded_box(
                width - 2 * px(EDGE), px(ROW), [paint.Layer(0, px(12), colour)], p.window))
            for colour in (p.sunken, p.select)
        ]
        for image, tag in zip(self._images, ("hover", "mark"), strict=True):
            canvas.create_image(px(EDGE), -px(ROW), image=image, anchor="nw", tags=tag)
        first, last = self._drawn = self._in_sight()
        for number in range(first, last):
            self._draw_row(number, self._rows[number], width)
        self._place_marks()

    def _in_sight(self) -> tuple[int, int]:
        """The first row in sight, and the one behind the last."""
        row, top = self._look.px(ROW), int(self.canvas.canvasy(0))
        return max(top // row, 0), min((top + self.canvas.winfo_height()) // row + 1, len(self._rows))

    def _draw_row(self, number: int, member: Member, width: int) -> None:
        look, px = self._look, self._look.px
        top, middle = px(ROW) * number, px(ROW) * number + px(ROW) // 2
        role, you = self._roles[number], "you" in self._roles[number]
        draw_disc(self.canvas, look, px(24), top + px(8), member.id, member.name, 32)
        fonts, p = look.fonts, look.palette
        room = width - px(68) - (px(44) if member.id == self._target else px(16))
        font = fonts.strong if you else fonts.body
        name = fonts.shortened(font, shown(member.name), room)
        self.canvas.create_text(px(68), middle - (px(9) if role else 0), text=name, anchor="w", fill=p.ink,
                                font=font)
        if role:
            self.canvas.create_text(px(68), middle + px(10), text=role, anchor="w", fill=p.ink3,
                                    font=fonts.small)
        if member.id == self._target:
            self.canvas.create_image(width - px(34), middle, image=look.icon("lock", "whisper", 18))

    def _scrolled(self, first: float, last: float) -> None:
        self._bar.set(first, last)
        if self._drawn != self._in_sight():
            self._later()

    # --- the marked row ------------------------------------------------------------------------------

    def _row_at(self, y: int) -> int | None:
        number = int(self.canvas.canvasy(y)) // self._look.px(ROW)
        return number if 0 <= number < len(self._rows) else None

    def _clicked(self, event: tk.Event[tk.Misc]) -> None:
        self.canvas.focus_set()
        self._mark(self._row_at(event.y))

    def _hover(self, row: int | None) -> None:
        if row != self._hovered:
            self._hovered = row
            self._place_marks()

    def _mark(self, row: int | None) -> None:
        self._marked = row if row is not None and row < len(self._rows) else None
        self._place_marks()

    def _place_marks(self) -> None:
        for tag, row in (("hover", self._hovered), ("mark", self._marked)):
            # Out of sight rather than hidden: one coordinate says it all.
            self.canvas.coords(tag, self._look.px(EDGE), self._look.px(ROW) * (-1 if row is None else row))

    def _step(self, by: int) -> str:
        if self._rows:
            row = min(max((-1 if self._marked is None else self._marked) + by, 0), len(self._rows) - 1)
            self._mark(row)
            self._see(row)
        return "break"

    def _see(self, row: int) -> None:
        top, bottom = (part * len(self._rows) for part in self.canvas.yview())
        if row < top:
            self.canvas.yview_moveto(row / len(self._rows))
        elif row + 1 > bottom:
            self.canvas.yview_moveto((row + 1 - (bottom - top)) / len(self._rows))

    def _choose(self, row: int | None) -> str:
        if row is not None and row < len(self._rows) and "you" not in self._roles[row]:
            self._on_whisper(self._rows[row])
        return "break"

    def _menu(self, event: tk.Event[tk.Misc]) -> None:
        """The menu of the row under the pointer, or of the marked row when a key asked for it."""
        row = self._row_at(event.y) if event.type is tk.EventType.ButtonPress else self._marked
        if row is None:
            return
        member = self._rows[row]
        self._mark(row)
        menu = self._look.menu(self)
        if "you" not in self._roles[row]:
            menu.add_command(label=f"Whisper to {quoted(member.name)}", accelerator="Enter",
                             command=lambda: self._choose(row))
        menu.add_command(label="Show the fingerprint", accelerator="K", command=lambda: self._show_key(row))
        menu.add_command(label="Copy the key’s fingerprint", command=lambda: self._copy(member))
        menu.tk_popup(event.x_root, event.y_root)

    def show_key(self) -> None:
        """The fingerprint of the marked member, to compare."""
        if self._marked is not None:
            self._show_key(self._marked)

    def _show_key(self, row: int) -> None:
        if row < len(self._rows):
            member = self._rows[row]
            show_member_key(self.canvas, self._look, member, "you" in self._roles[row],
                            "compared" in self._roles[row], self._submit)

    def _copy(self, member: Member) -> None:
        self.clipboard_clear()
        self.clipboard_append(fingerprint_text(member.id))
