"""Mallory's tap: the frames between Ada and the server, and one attack on the next of them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from tkinter import ttk
from typing import Final

from gui.lab.sandbox.words import Words
from gui.lab.table import Cells, Column, RowsTable
from gui.look.look import Look
from gui.widgets.buttons import IconButton, SegmentedChoice
from netcore.lab.spans import frame_name
from netcore.lab.tap_events import Attacked, ConnectionEnded, FrameTapped, NotDone, Overheard, TapEvent
from netcore.lab.verdict import way_words
from netcore.lab.word_search import times_words
from netcore.wire.lines import counted

MOST_ROWS: Final = 2_000
CHOOSE_BIT: Final = "A click on a byte, or the arrow keys, choose what to flip in the next frame of this way."
TIP_HEIGHT: Final = 38
LINE_HEIGHT: Final = 44
TITLE: Final = "Mallory’s tap"
FRAME: Final = "Frame"
HEAD_PAD: Final = (12, 0)
TABLE_PAD: Final = (8, 0)
LOW_PAD: Final = (8, 12)
WIDE: Final = 480
"""From this width on the attacks stand in two rows, and their direction beside the search."""
LEAST_ROWS: Final = 2
"""Of the frames: where they would have less room, the panel does without its title."""
WAYS: Final = (("up", "Ada → server"), ("down", "Server → Ada"))
ANY_WAYS: Final = (("up", "Client → server"), ("down", "Server → client"))


def title_of(frame: FrameTapped, client: str) -> str:
    """Of a frame that is looked at. client: who sends up."""
    name = frame_name(frame.type) if frame.type is not None else "Chunk"
    return f"{name} {frame.n}, {counted(len(frame.data), 'byte')}, {way_words(frame.direction, client)}"


@dataclass(frozen=True, slots=True)
class Tile:
    """option: what else is asked for, and its usual value."""

    name: str
    word: str
    tip: str
    option: str = ""
    usual: str = ""


TILES: Final = (
    Tile("flip", "Flip a bit", "Turn one bit of the next frame. A click on a byte of another one says which.",
         "byte.bit", ""),
    Tile("drop", "Drop", "Leave the next frame out."),
    Tile("duplicate", "Twice", "Pass the next frame on twice."),
    Tile("replay", "Replay", "Pass the next frame on, and a copy later."),
    Tile("swap", "Swap two", "Let the next two frames change places."),
    Tile("delay", "Delay", "Hold the next frame back.", "seconds", "2"),
    Tile("split", "Split", "Pass the next frame on in two pieces, half a second apart.", "byte", ""),
    Tile("join", "Join", "Hold the next frame, and pass it on together with the one behind it."),
    Tile("truncate", "Half", "Pass on the first half only."),
    Tile("inject", "Inject", "Put bytes in front of the next frame.", "hex", "17000011" + 17 * "00"),
    Tile("cut", "Cut", "End the connection without a word."),
    Tile("own-keys", "Own keys", "Answer whoever comes next with keys of my own."),
)
WITHOUT_WAY: Final = ("cut", "own-keys")


class TapPanel(ttk.Frame):
    """`on_order("/flip up")` arms; `on_pin(frame)` pins; `on_search(word)` gives how often it was found.

    `on_pin` and `on_lab` are None where the tap stands alone, between other windows.
    """

    def __init__(self, parent: tk.Misc, look: Look, on_order: Callable[[str], None],
                 on_pin: Callable[[FrameTapped], None] | None, on_search: Callable[[str], int],
                 on_select: Callable[[FrameTapped | None], None], on_lab: Callable[[], None] | None) -> None:
        super().__init__(parent, style="Window.TFrame")
        self._look = look
        self._on_order = on_order
        self._on_pin = on_pin
        self._on_search = on_search
        self._on_select = on_select
        self.rows: list[FrameTapped | str] = []
        self._marks: dict[tuple[int, str, int], str] = {}
        self.head: ttk.Frame | None = None
        if on_lab is not None:
            self._head(on_lab)
        self._buttons()
        self.table = RowsTable(self, look, (Column("#0", "", 64), Column("kind", FRAME, 146, stretch=True),
                                            Column("bytes", "Bytes", 60, "e")), self._cells, self._selected)
        look.pack(self.table, fill="both", expand=True, padx=16, pady=TABLE_PAD)
        self.table.tag_colour("attacked", "warn")
        self._wide: bool | None = None
        for part in (self, self._low):
            part.bind("<Configure>", lambda _: self._fit(), add=True)
        look.on_change(self._fit, owner=self)
        self._fit()

    def _fit(self) -> None:
        look, wide = self._look, self.winfo_width() >= self._look.px(WIDE)
        if wide != self._wide:
            self._wide = wide
            look.grid(self.way, row=int(not wide), column=int(wide), sticky="w",
                      padx=(12 if wide else 0, 0), pady=(0, 8 if wide else 6))
            in_a_row = 6 if wide else 4
            for place, button in enumerate(self.tiles.values()):
                button.grid(row=place // in_a_row, column=place % in_a_row, sticky="nsew")
            for column in range(6):
                self._grid.columnconfigure(column, weight=int(column < in_a_row))
        if self.head is None or self.winfo_height() <= 1:
            return
        with_title = (self.head.winfo_reqheight() + self.table.height_of(LEAST_ROWS)
                      + self._low.winfo_reqheight() + look.px(sum(HEAD_PAD + TABLE_PAD + LOW_PAD)))
        titled = self.winfo_height() >= with_title
        if titled != bool(self.head.winfo_manager()):
            self._place_head(self.head, titled)

    def _place_head(self, head: ttk.Frame, titled: bool) -> None:
        """Without it the table is headed by its name, and what was in it stands beside the search."""
        if titled:
            self._look.pack(head, fill="x", padx=(16, 12), pady=HEAD_PAD, before=self.table)
        else:
            head.pack_forget()
        self.lab.pack_forget()
        if titled:
            self.lab.pack(in_=head, side="right")
        else:
            self.lab.pack(in_=self._search_line, side="right", before=self.search)
        self.lab.lift()
        self.table.tree.heading("kind", text=FRAME if titled else TITLE)

    def _head(self, on_lab: Callable[[], None]) -> None:
        look = self._look
        head = self.head = ttk.Frame(self, style="Window.TFrame")
        look.pack(head, fill="x", padx=(16, 12), pady=HEAD_PAD)
        look.pack(ttk.Label(head, image=look.icon("eye", "warn", 24), style="Window.TLabel"), side="left",
                  padx=(0, 10))
        self.lab = IconButton(self, look, "flask", "See inside: the server’s end", on_lab, ground="Window.")
        self.lab.pack(in_=head, side="right")
        names = ttk.Frame(head, style="Window.TFrame")
        names.pack(side="left", fill="x", expand=True)
        ttk.Label(names, text=TITLE, style="Window.Heading.TLabel").pack(anchor="w")
        self._state = ttk.Label(names, text="between Ada and the server", style="Window.Small.TLabel")
        self._state.pack(anchor="w")

    def _buttons(self) -> None:
        look = self._look
        low = self._low = ttk.Frame(self, style="Window.TFrame")
        look.pack(low, side="bottom", fill="x", padx=16, pady=LOW_PAD)
        two = ttk.Frame(low, style="Window.TFrame")
        two.pack(fill="x")
        two.columnconfigure(0, weight=1)
        search = self._search_line = ttk.Frame(two, style="Window.TFrame")
        look.grid(search, row=0, column=0, sticky="ew", pady=(0, 8))
        self.pin = ttk.Button(search, text="Pin", style="Window.Small.Plain.TButton", command=self._pin,
                              state="disabled")
        if self._on_pin is not None:
            self.pin.pack(side="left")
        self.word = ttk.Entry(search, style="Window.TEntry", width=8)
        self.word.bind("<Return>", lambda _: self._search())
        self.search = ttk.Button(search, text="Search", style="Window.Small.Plain.TButton",
                                 command=self._search)
        self.search.pack(side="right")  # before the field, which may get narrower
        look.pack(self.word, side="left", fill="x", expand=True, padx=8)
        ways = WAYS if self._on_pin is not None else ANY_WAYS
        self.way = SegmentedChoice(two, look, ways, "up", ground="Window.", command=lambda _: self._chosen())
        self.attack = tk.StringVar(self, "flip")
        grid = self._grid = ttk.Frame(low, style="Window.Track.TFrame")
        look.configure(grid, padding=3)
        grid.pack(fill="x")
        self.tiles: dict[str, ttk.Radiobutton] = {}
        for tile in TILES:
            button = ttk.Radiobutton(grid, text=tile.word, value=tile.name, variable=self.attack,
                                     style="Window.Segment.TRadiobutton", command=self._chosen)
            button.bind("<Return>", lambda _: self.arm())
            self.tiles[tile.name] = button
        line = ttk.Frame(low, style="Window.TFrame")
        look.configure(line, height=LINE_HEIGHT)  # with and without a field
        line.pack_propagate(False)
        look.pack(line, fill="x", pady=(8, 0))
        self.button = ttk.Button(line, text="Arm it", style="Window.Small.Primary.TButton", command=self.arm)
        self.button.pack(side="right")
        self._option = ttk.Label(line, style="Window.Small.TLabel")
        self._option.pack(side="left")
        self.option = ttk.Entry(line, style="Window.Mono.TEntry", width=10)
        self.option.bind("<Return>", lambda _: self.arm())
        # Two lines have room, so that nothing moves whatever it says.
        tip = ttk.Frame(low, style="Window.TFrame")
        look.configure(tip, height=TIP_HEIGHT)
        tip.pack_propagate(False)
        look.pack(tip, fill="x", pady=(6, 0))
        self._tip = Words(tip, "", "Window.Small.TLabel")
        self._tip.pack(fill="x")
        self._chosen()

    # --- what the person does ------------------------------------------------------------------------

    def _tile(self) -> Tile:
        return next(tile for tile in TILES if tile.name == self.attack.get())

    def _chosen(self) -> None:
        tile = self._tile()
        self._tip["text"] = tile.tip
        self._option["text"] = tile.option
        self.option.delete(0, "end")
        self.option.insert(0, tile.usual)
        if tile.option and not self.option.winfo_manager():
            self._look.pack(self.option, side="left", padx=8, fill="x", expand=True)
        elif not tile.option:
            self.option.pack_forget()

    def choose(self, name: str) -> None:
        """This tile, as if it had been clicked."""
        self.attack.set(name)
        self._chosen()

    def choose_bit(self, byte: int, bit: int) -> None:
        """This bit is to be flipped, of the next frame of the same direction as the one that is looked at."""
        frame = self._frame(self.table.selected)
        if frame is not None:
            self.way.variable.set(frame.direction)
        self.choose("flip")
        self.option.delete(0, "end")
        self.option.insert(0, f"{byte}.{bit}")
        self.say(f"Bit {bit} of byte {byte}. Arm it, and it is turned in the next frame.")

    def keep_in_sight(self, attack: Attacked) -> None:
        """The frame of this attack, while its verdict is shown."""
        place = next((index for index in reversed(range(len(self.rows)))
                      if isinstance(row := self.rows[index], FrameTapped)
                      and (row.connection, row.direction, row.n)
                      == (attack.connection, attack.direction, attack.n)), None)
        self.table.keep(place)

    def look_at_none(self) -> None:
        """Back from a frame that was looked at: to what is kept in sight, or to the newest one."""
        self.table.select(None)
        self.table.following = True
        self.table.set_rows(len(self.rows))

    def arm(self) -> None:
        tile = self._tile()
        words = [f"/{tile.name}"]
        if tile.name not in WITHOUT_WAY:
            words.append(self.way.value)
        if tile.option and self.option.get().strip():
            words.append(self.option.get().strip())
        self._on_order(" ".join(words))

    def say(self, words: str) -> None:
        """What came of it, below the tiles."""
        self._tip["text"] = words

    def _pin(self) -> None:
        frame = self._frame(self.table.selected)
        if frame is not None and self._on_pin is not None:
            self._on_pin(frame)
            self.say("Pinned.")

    def _search(self) -> None:
        word = self.word.get().strip()
        if word:
            times = times_words(self._on_search(word))
            self.say(f"“{word}”: {times} in all that passed, as text, as UTF-16 and as base64.")

    def _selected(self, index: int | None) -> None:
        frame = self._frame(index)
        self.pin["state"] = "normal" if frame is not None else "disabled"
        self._on_select(frame)

    def _frame(self, index: int | None) -> FrameTapped | None:
        row = self.rows[index] if index is not None and index < len(self.rows) else None
        return row if isinstance(row, FrameTapped) else None

    # --- what comes ----------------------------------------------------------------------------------

    def clear(self) -> None:
        self.rows.clear()
        self._marks.clear()
        self.table.show_anew(0, None)
        self.pin["state"] = "disabled"
        self.say(self._tile().tip)

    def take(self, event: TapEvent) -> None:
        match event:
            case FrameTapped():
                self.rows.append(event)
            case Attacked(connection, attack, direction, n):
                if direction is not None and n is not None:
                    self._marks[connection, direction, n] = attack
                self.say("Done. The verdict says what became of it.")
            case Overheard(_, _, name, text):
                self.rows.append(f"{name}: {text}")
            case ConnectionEnded(_, how):
                self.rows.append(f"— {how} —")
            case NotDone(error):
                self.say(str(error))
            case _:
                return
        dropped = max(0, len(self.rows) - MOST_ROWS)
        del self.rows[:dropped]
        self.table.set_rows(len(self.rows), dropped)
        self.table.refresh()

    def _cells(self, index: int) -> Cells:
        row = self.rows[index]
        if isinstance(row, str):
            return Cells("", (row, ""))
        mark = self._marks.get((row.connection, row.direction, row.n), "")
        arrow = "arrow_right" if row.direction == "up" else "arrow_left"
        name = frame_name(row.type) if row.type is not None else "chunk"
        kind = f"{name}: {mark}" if mark else name
        return Cells(f" {row.n}", (kind, f"{len(row.data):,}"),
                     self._look.icon(arrow, "warn" if mark else "accent", 16), "attacked" if mark else "")
