"""One frame taken apart: the path of its layers, a legend, and the bytes of one layer.

A byte keeps its place when the layer changes: from the chunk to the frame in it, and from the ciphertext to
what it opened to.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from tkinter import ttk
from typing import Final

from gui.compat import COMMAND_WORD, Shortcuts, bind_context_menu
from gui.lab.flow import Flow
from gui.lab.wire.dump import Dump
from gui.lab.wire.hex_lines import Run
from gui.lab.wire.roles import ROLES
from gui.look.look import Look
from gui.text.shown_text import shown
from gui.widgets.buttons import LinkLabel
from gui.widgets.keyboard import give_keyboard
from gui.widgets.tooltip import Tooltip
from netcore.lab.difference import differing
from netcore.lab.layers import (
    JSON,
    RECORD,
    TEXT,
    Layer,
    inwards,
    layers_of,
    lettered,
    outwards,
    text_layers,
)
from netcore.lab.recording import Recording
from netcore.lab.spans import Span
from netcore.layout import Kind
from netcore.trace import Chunk, FrameSeen, Refused

FIRST_BYTES: Final = 4_096
"""More is shown on demand."""
MAX_CHIPS: Final = 24
NAME_CHARS: Final = 22


@dataclass(frozen=True, slots=True)
class OpenedFrame:
    """What there is to be shown of a frame: as much of its bytes as is kept, the chunks that carried it, the
    other frames in those, and what did not let it in."""

    frame: FrameSeen
    raw: bytes
    chunks: Sequence[Chunk]
    neighbours: Sequence[FrameSeen]
    refused: Refused | None


def opened_in(recording: Recording, frame: FrameSeen) -> OpenedFrame:
    """What a recording has of one of its frames."""
    chunks = recording.chunks_of(frame)
    neighbours = [one for chunk in chunks[:1] + chunks[1:][-1:] for one in recording.frames_in(chunk)
                  if one is not frame]
    refused = recording.refused.get((frame.connection, frame.direction, frame.n))
    return OpenedFrame(frame, recording.whole(frame), chunks, neighbours, refused)


@dataclass(frozen=True, slots=True)
class Lit:
    """The field under the cursor, in its layer."""

    layer: Layer
    span: Span
    byte: int


class Detail(ttk.Frame):
    """`on_lit` hears which field is lit, None when there is no frame."""

    def __init__(self, parent: tk.Misc, look: Look, on_lit: Callable[[Lit | None], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._on_lit = on_lit
        self.opened: OpenedFrame | None = None
        self.layers: list[Layer] = []
        self._texts: list[Layer] = []
        self.at = 0  # of the layer that is shown
        self._wanted = RECORD
        self._all = False
        self._beside: dict[str, bytes] = {}
        self.differs_bytes: int | None = None
        """How many bytes of the shown layer are others in the frame that it is compared with."""
        self.lacks_bytes = 0
        """How many more that one has."""
        self.lit: Lit | None = None
        self._chips: list[ttk.Button] = []
        self._chip_runs: list[int] = []
        self.path = Flow(self, look, gap=0)
        look.pack(self.path, fill="x", padx=(14, 12), pady=(8, 0))
        self.legend = Flow(self, look)
        look.pack(self.legend, fill="x", padx=(24, 12), pady=(6, 6))
        self._more = ttk.Frame(self)
        self._more_words = ttk.Label(self._more, style="Muted.TLabel")
        self._more_words.pack(side="left")
        self.show_all = LinkLabel(self._more, look, "Show all", self._show_all)
        look.pack(self.show_all, side="left", padx=(12, 0))
        self.dump = Dump(self, look, self._moved, self._pointed)
        look.pack(self.dump, side="bottom", fill="both", expand=True, padx=(24, 8), pady=(0, 8))
        text = self.dump.text
        bind_context_menu(text, self._menu)
        Shortcuts(text, {"Ctrl+C": self.copy_hex, "Ctrl+Shift+C": self.copy_literal})
        look.on_change(self._rebuild, owner=self)

    # --- which frame, which layer --------------------------------------------------------------------

    def show(self, opened: OpenedFrame | None, layer: str = "") -> None:
        """Show a frame in the layer of this key, or in the one that was looked at last."""
        self.opened = opened
        self._all = False
        self._wanted = layer or self._wanted
        if opened is None:
            self.layers, self._texts = [], []
            self.dump.show(b"", ())
            self._rebuild()
            self._set_lit(None)
            return
        self.layers = layers_of(opened.frame, opened.raw, opened.chunks, opened.neighbours)
        self._texts = text_layers(self.layers[-1]) if self.layers[-1].key == JSON else []
        if self._texts:
            self.layers.append(self._texts[0])
        keys = [one.key for one in self.layers]
        fallback = keys.index(RECORD) if self._wanted in (JSON, TEXT) else 0
        # A frame without text shows its JSON to who looks at texts, and one that is not open its record.
        if self._wanted == TEXT and TEXT not in keys and JSON in keys:
            fallback = keys.index(JSON)
        self.at = keys.index(self._wanted) if self._wanted in keys else fallback
        self._show_layer(0)

    def compare(self, frame: FrameSeen | None, raw: bytes = b"") -> None:
        """Mark, from now on, in what a frame differs from this one; None: mark nothing. Chunks and letters
        are not compared."""
        layers = layers_of(frame, raw, ()) if frame is not None else []
        self._beside = {one.key: one.data for one in layers}
        self._mark()

    def _mark(self) -> None:
        layer = self.layer
        places: list[tuple[int, int]] = []
        self.differs_bytes, self.lacks_bytes = None, 0
        if layer is not None and layer.key in self._beside:
            beside = self._beside[layer.key]
            places = differing(self.dump.data, beside)
            self.lacks_bytes = max(0, len(beside) - len(layer.data))
            self.differs_bytes = sum(end - start for start, end in places)
        self.dump.mark(places)

    def choose(self, place: int) -> None:
        """Show another layer, the cursor on the same byte."""
        if not self.layers or not 0 <= place < len(self.layers) or place == self.at:
            return
        byte = self.dump.cursor
        while self.at > place:
            byte = outwards(self.layers[self.at], byte)
            self.at -= 1
        while self.at < place:
            self.at += 1
            if self.layers[self.at].key == TEXT:
                self.layers[self.at] = self._nearest_text(byte)
            byte = inwards(self.layers[self.at], byte)
        self._wanted = self.layers[place].key
        self._show_layer(byte)

    def step_layer(self, step: int) -> None:
        """One layer in (1) or out (-1)."""
        self.choose(self.at + step)

    def _nearest_text(self, byte: int) -> Layer:
        """Of the texts in the record the one in which the byte stands, else the next one, else the last."""
        return next((one for one in self._texts if byte < one.begins + len(one.data)), self._texts[-1])

    @property
    def layer(self) -> Layer | None:
        return self.layers[self.at] if self.layers else None

    def _show_layer(self, byte: int) -> None:
        if self.layers[self.at].key == TEXT:
            self.layers[self.at] = lettered(self.layers[self.at])
        layer = self.layers[self.at]
        data = layer.data if self._all or byte >= FIRST_BYTES else layer.data[:FIRST_BYTES]
        runs = [Run(span.start, min(span.end, len(data)), ROLES[span.kind])
                for span in layer.spans if span.start < len(data)]
        self.dump.show(data, runs, byte)
        self._mark()
        self._rebuild()
        self._moved(self.dump.cursor)

    def _show_all(self) -> None:
        self._all = True
        self._show_layer(self.dump.cursor)
        give_keyboard(self.dump.text)

    # --- path and legend -----------------------------------------------------------------------------

    def _rebuild(self) -> None:
        look = self._look
        for child in (*self.path.winfo_children(), *self.legend.winfo_children()):
            child.destroy()
        self._chips, self._chip_runs = [], []
        layer = self.layer
        for place, one in enumerate(self.layers):
            if place:
                ttk.Label(self.path, image=look.icon("chevron_right", "ink3", 16))
            kind = "Plain" if place == self.at else "Ghost"
            button = ttk.Button(self.path, text=in_short(one.title),
                                style=f"Small.{kind}.TButton", command=partial(self.choose, place))
            Tooltip(button, look, "A layer further in or out", "Alt+Up, Alt+Down")
        if self.opened is not None and self.opened.refused is not None:
            refused = self.opened.refused
            ttk.Label(self.path, style="Danger.Chip.TLabel",
                      text=f"stopped by: {refused.defence.value}, PROTOCOL §{refused.section}")
        if layer is not None and layer.key != TEXT:
            self._fill_legend(layer)
        self.path.arrange()
        self.legend.arrange()
        self._show_more()

    def _fill_legend(self, layer: Layer) -> None:
        """A chip for each field in the order of the wire, with its bytes; they are the buttons that light it.
        JSON's own signs need none."""
        for number, span in enumerate(layer.spans):
            if span.kind in (Kind.JSON, Kind.JSON_KEY) or span.start >= len(self.dump.data):
                continue
            if len(self._chips) == MAX_CHIPS:
                ttk.Label(self.legend, text="…", style="Muted.TLabel")
                break
            name = "" if span.kind is Kind.UNREAD and layer.key == JSON else in_short(span.name)
            chip = ttk.Button(self.legend, text=f"{name} {span.end - span.start:,}".strip(), takefocus=False,
                              style=f"{ROLES[span.kind]}.Layer.TButton",
                              command=partial(self.dump.put_cursor, span.start))
            chip.bind("<Enter>", lambda _, number=number: self.dump.point_at(number))  # type: ignore[misc]
            chip.bind("<Leave>", lambda _: self.dump.point_at(None))
            self._chips.append(chip)
            self._chip_runs.append(number)

    def _show_more(self) -> None:
        layer = self.layer
        missing = layer is not None and len(self.dump.data) < self._length(layer)
        if layer is None or not missing:
            self._more.pack_forget()
            return
        whole = len(layer.data) == self._length(layer)
        shown = f"The first {len(self.dump.data):,} of {self._length(layer):,} bytes."
        self._more_words["text"] = shown if whole else f"{shown} The others are not kept any more."
        if whole:
            self._look.pack(self.show_all, side="left", padx=(12, 0))
        else:
            self.show_all.pack_forget()
        self._look.pack(self._more, fill="x", padx=(24, 8), pady=(0, 4), before=self.dump)

    @staticmethod
    def _length(layer: Layer) -> int:
        return layer.spans[-1].end if layer.spans else len(layer.data)

    # --- the lit field -------------------------------------------------------------------------------

    def _moved(self, byte: int) -> None:
        layer = self.layer
        if layer is None:
            return
        here = self.dump.run_at(byte)
        for chip, run in zip(self._chips, self._chip_runs, strict=True):
            chip.state(["selected" if run == here else "!selected"])
        span = layer.span_at(byte)
        self._set_lit(None if span is None else Lit(layer, span, byte))

    def _set_lit(self, lit: Lit | None) -> None:
        self.lit = lit
        self._on_lit(lit)

    def _pointed(self, run: int | None) -> None:
        for chip, number in zip(self._chips, self._chip_runs, strict=True):
            chip.state(["active" if number == run else "!active"])

    # --- copying -------------------------------------------------------------------------------------

    def _lit_bytes(self) -> bytes:
        return self.lit.layer.data[self.lit.span.start : self.lit.span.end] if self.lit is not None else b""

    def copy_hex(self) -> None:
        """The lit field as hex digits."""
        self._copy(self._lit_bytes().hex())

    def copy_literal(self) -> None:
        """The lit field as a Python literal."""
        self._copy(literal(self._lit_bytes()))

    def _copy(self, words: str) -> None:
        self.clipboard_clear()
        self.clipboard_append(words)

    def _menu(self, event: tk.Event[tk.Misc]) -> str:
        layer, lit = self.layer, self.lit
        if layer is None or lit is None:
            return "break"
        menu = self._look.menu(self)
        name, title = in_short(lit.span.name), in_short(layer.title)
        menu.add_command(label=f"Copy {name} as hex", accelerator=f"{COMMAND_WORD}+C",
                         command=self.copy_hex)
        menu.add_command(label=f"Copy {name} as a Python literal",
                         accelerator=f"{COMMAND_WORD}+Shift+C", command=self.copy_literal)
        menu.add_separator()
        menu.add_command(label=f"Copy all of {title} as hex",
                         command=lambda: self._copy(layer.data.hex()))
        menu.add_command(label=f"Copy all of {title} as a Python literal",
                         command=lambda: self._copy(literal(layer.data)))
        menu.tk_popup(event.x_root, event.y_root)
        return "break"


def in_short(name: str) -> str:
    """The name of a field or a layer, which may be a key of JSON: whatever somebody sent."""
    name = shown(name[:2 * NAME_CHARS])
    return name if len(name) <= NAME_CHARS else f"{name[:NAME_CHARS].rstrip()}…"


def literal(data: bytes) -> str:
    """Bytes as Python reads them: one line, or lines of 16 in brackets."""
    if len(data) <= 16:
        return f'bytes.fromhex("{data.hex()}")'
    lines = [f'    "{data[at : at + 16].hex(" ")}"' for at in range(0, len(data), 16)]
    return "bytes.fromhex(\n" + "\n".join(lines) + "\n)"
