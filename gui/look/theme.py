"""One ttk theme for a palette at a scale: the painted elements of every control, and their layouts.

Controls are image elements stretched as nine-patches. Two rules make them fast: the corners are painted
onto the known ground (no alpha, so a style per ground), and the middle of the image is large.
Tk takes a third of a millisecond for each image, and a theme has some 230; so it is made in parts, those that
are seen at once first, the others later, a few milliseconds at a time. But an element is made with all its
images: one that is still empty would keep Tk busy for ever when it has to fill a control with it. Paddings,
fonts and text colours are `gui/look/theme_styles.py`'s.
"""

import math
import time
import tkinter as tk
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from tkinter import ttk
from typing import Any, Final

from gui.look import icons, paint
from gui.look.discs import dot_png
from gui.look.fonts import Fonts
from gui.look.paint import Layer
from gui.look.palette import Palette
from gui.look.theme_styles import CONTROL_GROUNDS, configure_styles, prefix

State = tuple[str, ...]

BUTTONS: Final = ("Primary", "Whisper", "Plain", "Danger", "Ghost")
CHOICES: Final = ("check", "radio", "switch")
FRAMES: Final = ("", "Chosen.", "Alarm.", "Info.", "Warn.", "Danger.", "Whisper.", "Hover.", "Plain.",
                 "Tile.", "AccentTile.", "DangerTile.")


def nest(*names: str, sticky: str = "nsew") -> Any:
    """A layout of elements inside one another, each filling the one before it, the last one as `sticky`."""
    layout: Any = [(names[-1], {"sticky": sticky})]
    for name in reversed(names[:-1]):
        layout = [(name, {"sticky": "nsew", "children": layout})]
    return layout


def outlined(fill: str, outline: str, radius: int = 8) -> list[Layer]:
    return [Layer(3, radius, outline), Layer(4, radius - 1, fill)]


class Painter:
    """Paints into the ttk theme in use. Holds the images; ttk forgets an element whose image is collected."""

    def __init__(self, root: tk.Misc, scale: float) -> None:
        self.root = root
        self.style = ttk.Style(root)
        self.line = max(1, round(scale))
        self._scale = scale
        self._images: list[tk.PhotoImage] = []
        self._waiting: deque[Callable[[], None]] = deque()

    def go_on(self, longest_s: float = math.inf) -> bool:
        """Do more of what waits, for about so long; whether anything is left. Only while in use."""
        until = time.perf_counter() + longest_s
        while self._waiting and time.perf_counter() < until:
            self._waiting.popleft()()
        return bool(self._waiting)

    def px(self, length: float) -> int:
        return round(length * self._scale)

    def length(self, length: float) -> float:
        """A length at this scale, in whole pixels so that straight edges stay sharp."""
        return self.line * length if length <= 2 else self.line + self.px(length - 1)

    def image(self, data: bytes) -> tk.PhotoImage:
        image = tk.PhotoImage(master=self.root, data=data)
        self._images.append(image)
        return image

    def box(self, layers: Sequence[Layer], ground: str) -> tk.PhotoImage:
        """A box to be stretched: its corners are what is painted."""
        ends = 2 * self.px(17)
        return self.image(paint.rounded_box(ends + 56, ends + 16, self._scaled(layers), ground))

    def mark(self, size: tuple[int, int], layers: Sequence[Layer], ground: str,
             overlay: tuple[bytes, int, int] | None = None) -> tk.PhotoImage:
        """An indicator of fixed size: boxes, and perhaps a picture with alpha laid over them."""
        image = self.image(paint.rounded_box(*size, self._scaled(layers), ground))
        if overlay:
            data, x, y = overlay
            top = tk.PhotoImage(master=self.root, data=data)
            self.root.tk.call(str(image), "copy", str(top), "-to", x, y)
        return image

    def element(self, name: str, image: tk.PhotoImage, states: Sequence[tuple[State, tk.PhotoImage]],
                border: int) -> None:
        specs: Any = [(*state, picture) for state, picture in states]
        self.style.element_create(name, "image", image, *specs, border=self.px(border), sticky="nsew",
                                  width=8, height=8, padding=0)

    def _scaled(self, layers: Sequence[Layer]) -> list[Layer]:
        scaled: list[Layer] = []
        for layer in layers:
            inset = self.length(layer.inset_px)
            if scaled and layer.inset_px > layers[len(scaled) - 1].inset_px:
                inset = max(inset, scaled[-1].inset_px + 1)  # at 80 % rounding would leave nothing of a line
            scaled.append(Layer(inset, self.length(layer.radius_px), layer.colour))
        return scaled


class Theme(Painter):
    """Builds the theme `name` and takes it into use."""

    def __init__(self, root: tk.Misc, name: str, palette: Palette, scale: float, fonts: Fonts,
                 first: Sequence[str] = ()) -> None:
        """`first`: the parts to make now, the others by `go_on`; none named: all of them now."""
        super().__init__(root, scale)
        self.name = name
        self.palette = palette
        self.style.theme_create(name, parent="clam")
        self.style.theme_use(name)
        configure_styles(self.style, palette, self.px, fonts)
        parts = self._parts()
        for part in first:
            parts.pop(part)()
        self._waiting.extend(parts.values())
        if not first:
            self.go_on()

    def _parts(self) -> dict[str, Callable[[], None]]:
        """What paints each kind of control on each ground, by name."""
        parts: dict[str, Callable[[], None]] = {"layers": self._layers, "pill": self._pill,
                                                "tables": self._tables}
        for ground in CONTROL_GROUNDS:
            for kind in BUTTONS:
                parts[f"{ground}.{kind}.button"] = partial(self._button, ground, kind)
            for kind in CHOICES:
                parts[f"{ground}.{kind}"] = partial(self._choice, ground, kind)
            for kind in FRAMES:
                parts[f"{ground}.{kind}box"] = partial(self._frame, ground, kind)
            for way in ("Vertical", "Horizontal"):
                parts[f"{ground}.{way}.scrollbar"] = partial(self._scrollbar, ground, way)
            parts |= {f"{ground}.field": partial(self._field, ground),
                      f"{ground}.chevron": partial(self._chevron, ground),
                      f"{ground}.segment": partial(self._segments, ground),
                      f"{ground}.chip": partial(self._chips, ground),
                      f"{ground}.tab": partial(self._tabs, ground)}
        return parts

    # The controls

    def _button(self, ground_name: str, kind: str) -> None:
        p, g = self.palette, self.palette.colour(ground_name)
        fill, hover, pressed, outline, ring = {
            "Primary": (p.accent, p.accent_hover, p.accent_hover, "", p.accent),
            "Whisper": (p.whisper, p.whisper_hover, p.whisper_hover, "", p.whisper),
            "Plain": (p.surface, p.sunken, p.line, p.edge, p.accent),
            "Danger": (p.surface, p.danger_soft, p.danger_edge, p.danger, p.danger),
            "Ghost": (g, paint.mix(p.sunken, p.line, 0.4 if ground_name == "window" else 0), p.line, "",
                      p.accent),
        }[kind]

        def body(colour: str) -> list[Layer]:
            return outlined(colour, outline) if outline else [Layer(3, 8, colour)]

        off = outlined(g, p.line) if outline else [Layer(3, 8, g if kind == "Ghost" else p.sunken)]
        focus = [Layer(0, 11, ring), Layer(2, 9, g)]
        states = [
            (("disabled",), off), (("focus", "active"), [*focus, *body(hover)]),
            (("focus",), [*focus, *body(fill)]), (("pressed",), body(pressed)),
            (("active",), body(hover)),
        ]
        element = f"{ground_name}.{kind}.button"
        self.element(element, self.box(body(fill), g),
                     [(state, self.box(layers, g)) for state, layers in states], 13)
        layout = nest(element, "Button.padding", "Button.label")
        for size in ("", "Small.", "Icon."):
            self.style.layout(f"{prefix(ground_name)}{size}{kind}.TButton", layout)
        if kind == "Plain":
            self.style.layout(f"{prefix(ground_name)}TButton", layout)
            self.style.layout(f"{prefix(ground_name)}TMenubutton", [(element, {
                "sticky": "nsew", "children": [(f"{ground_name}.chevron", {"side": "right", "sticky": ""}),
                                               *nest("Menubutton.padding", "Menubutton.label")]})])

    def _chevron(self, ground_name: str) -> None:
        """The arrow of a menu button and of a combo box."""
        picture = self.image(icons.icon_png("chevron", self.palette.ink2, self.px(18)))
        off = self.image(icons.icon_png("chevron", self.palette.thumb, self.px(18)))
        self.style.element_create(f"{ground_name}.chevron", "image", picture, ("disabled", off), sticky="",
                                  width=self.px(18) + self.px(14), height=self.px(18))

    def _field(self, ground_name: str) -> None:
        p, g = self.palette, self.palette.colour(ground_name)

        def ringed(colour: str) -> tk.PhotoImage:
            return self.box([Layer(2, 9, colour), Layer(4, 7, p.surface)], g)

        self.element(f"{ground_name}.field", self.box(outlined(p.surface, p.edge), g), [
            (("disabled",), self.box(outlined(p.sunken, p.line), g)),
            (("invalid",), ringed(p.danger)), (("alternate",), ringed(p.whisper)),
            (("focus",), ringed(p.accent)),
            (("hover",), self.box(outlined(p.surface, p.ink3), g)),
        ], 13)
        field = f"{ground_name}.field"
        for widget in ("TEntry", "Mono.TEntry"):
            self.style.layout(prefix(ground_name) + widget, nest(field, "Entry.padding", "Entry.textarea"))
        self.style.layout(f"{prefix(ground_name)}Field.TFrame", nest(field))
        self.style.layout(f"{prefix(ground_name)}TSpinbox",
                           nest(field, "Spinbox.padding", "Spinbox.textarea"))
        self.style.layout(f"{prefix(ground_name)}TCombobox", [(field, {"sticky": "nsew", "children": [
            (f"{ground_name}.chevron", {"side": "right", "sticky": ""}),
            *nest("Combobox.padding", "Combobox.textarea")]})])

    def _choice(self, ground_name: str, kind: str) -> None:
        """Check box, radio and switch: an indicator of 28 px (switch 46) with room for the ring around it."""
        p, g, px = self.palette, self.palette.colour(ground_name), self.px

        def check(on: bool, focus: bool, edge: str, fill: str) -> tk.PhotoImage:
            where = round(self.length(4))
            layers = [*([Layer(1, 9, p.accent), Layer(3, 7, g)] if focus else []),
                      Layer(4, 6, fill if on else edge)]
            if on:
                tick = icons.icon_png("check", p.on_accent, px(28) - 2 * where)
                return self.mark((px(28), px(28)), layers, g, (tick, where, where))
            return self.mark((px(28), px(28)), [*layers, Layer(5, 5, p.surface)], g)

        def radio(on: bool, focus: bool, edge: str, fill: str) -> tk.PhotoImage:
            layers = [*([Layer(1, 13, p.accent), Layer(3, 11, g)] if focus else []),
                      Layer(4, 10, fill if on else edge)]
            layers += [Layer(10, 4, p.on_accent)] if on else [Layer(5, 9, p.surface)]
            return self.mark((px(28), px(28)), layers, g)

        def switch(on: bool, focus: bool, edge: str, fill: str) -> tk.PhotoImage:
            width, height = px(46), px(28)
            knob = height - 2 * round(self.length(6))
            data = dot_png(p.on_accent if on else p.surface, knob)
            layers = [*([Layer(1, 13, p.accent), Layer(3, 11, g)] if focus else []),
                      Layer(4, 10, fill if on else edge)]
            x = width - knob - round(self.length(6)) if on else round(self.length(6))
            return self.mark((width, height), layers, g, (data, x, round(self.length(6))))

        widget, draw = {"check": ("TCheckbutton", check), "radio": ("TRadiobutton", radio),
                        "switch": ("Switch.TCheckbutton", switch)}[kind]
        self.style.element_create(
            f"{ground_name}.{kind}", "image", draw(False, False, p.edge, p.accent),
            ("disabled", "selected", draw(True, False, p.line, p.thumb)),
            ("disabled", draw(False, False, p.line, p.line)),
            ("focus", "selected", draw(True, True, p.edge, p.accent)),
            ("focus", draw(False, True, p.edge, p.accent)),
            ("selected", "active", draw(True, False, p.edge, p.accent_hover)),
            ("selected", draw(True, False, p.edge, p.accent)),
            ("active", draw(False, False, p.ink3, p.accent)), sticky="")
        self.style.layout(prefix(ground_name) + widget, [("Checkbutton.padding", {
            "sticky": "nsew", "children": [(f"{ground_name}.{kind}", {"side": "left", "sticky": ""}),
                                           ("Checkbutton.label", {"side": "left", "sticky": "nsew"})]})])

    def _segments(self, ground_name: str) -> None:
        """Radio buttons side by side in a sunken track, the chosen one raised."""
        p, g = self.palette, self.palette.colour(ground_name)
        track = paint.mix(p.sunken, p.line, 0.4) if ground_name == "window" else p.sunken
        self.element(f"{ground_name}.track", self.box([Layer(0, 9, track)], g), [], 11)
        self.style.layout(f"{prefix(ground_name)}Track.TFrame", nest(f"{ground_name}.track"))
        raised = [Layer(1, 7, p.edge), Layer(2, 6, p.surface)]
        ring = [Layer(0, 8, p.accent), Layer(2, 6, p.surface)]
        self.element(f"{ground_name}.segment", self.box([Layer(1, 7, track)], track), [
            (("selected", "focus"), self.box(ring, track)),
            (("focus",), self.box([Layer(0, 8, p.accent), Layer(2, 6, track)], track)),
            (("selected",), self.box(raised, track)),
            (("active",), self.box([Layer(1, 7, p.line)], track)),
        ], 10)
        segment = nest(f"{ground_name}.segment", "Radiobutton.padding", "Radiobutton.label", sticky="")
        self.style.layout(f"{prefix(ground_name)}Segment.TRadiobutton", segment)

    def _chips(self, ground_name: str) -> None:
        p, g = self.palette, self.palette.colour(ground_name)
        tints = {"": p.sunken if ground_name == "surface" else paint.mix(p.sunken, p.line, 0.4),
                 "Info.": p.soft, "Warn.": p.warn_soft, "Danger.": p.danger_soft, "Whisper.": p.whisper_soft}
        for kind, tint in tints.items():
            name = f"{ground_name}.{kind}chip"
            self.element(name, self.box([Layer(0, 11, tint)], g), [], 12)
            self.style.layout(f"{prefix(ground_name)}{kind}Chip.TLabel",
                               nest(name, "Label.padding", "Label.label"))

    def _scrollbar(self, ground_name: str, way: str) -> None:
        p, g, px = self.palette, self.palette.colour(ground_name), self.px
        size, along = ((px(12), px(48)), "ns") if way == "Vertical" else ((px(48), px(12)), "we")
        lively = self.mark(size, [Layer(2, 4, p.thumb_hover)], g)
        thumb, trough = f"{ground_name}.{way}.thumb", f"{ground_name}.{way}.trough"
        self.style.element_create(
            thumb, "image", self.mark(size, [Layer(3, 3, p.thumb)], g),
            ("disabled", self.image(paint.filled(*size, g))), ("pressed", lively), ("active", lively),
            border=px(6) - 1, sticky="nsew", width=px(12), height=px(12), padding=0)
        self.style.element_create(trough, "image", self.image(paint.filled(*size, g)), border=0,
                                  sticky="nsew", width=px(12), height=px(12), padding=0)
        bar: Any = [(trough, {"sticky": along, "children": [(thumb, {"expand": True, "sticky": "nsew"})]})]
        self.style.layout(f"{prefix(ground_name)}{way}.TScrollbar", bar)

    def _frame(self, ground_name: str, kind: str) -> None:
        """Frames with a rounded edge: cards, lines of news, icon tiles."""
        p, g = self.palette, self.palette.colour(ground_name)
        fill, edge, stroke = {
            "": (p.surface, p.line, 1), "Chosen.": (p.surface, p.accent, 2),
            "Alarm.": (p.surface, p.danger, 2), "Info.": (p.soft, p.soft_edge, 1),
            "Warn.": (p.warn_soft, p.warn_edge, 1), "Danger.": (p.danger_soft, p.danger_edge, 1),
            "Whisper.": (p.whisper_soft, p.whisper_edge, 1), "Hover.": (p.sunken, p.sunken, 1),
            "Plain.": (g, g, 1), "Tile.": (p.soft, p.soft, 1), "AccentTile.": (p.accent, p.accent, 1),
            "DangerTile.": (p.danger, p.danger, 1),
        }[kind]
        name = f"{ground_name}.{kind}box"
        layers = [Layer(0, 12, edge), Layer(stroke, 12 - stroke, fill)]
        self.element(name, self.box(layers, g), [], 14)
        self.style.layout(f"{prefix(ground_name)}{kind}Box.TFrame", nest(name))

    def _layers(self) -> None:
        """The chips of a legend."""
        p = self.palette
        for layer, colour in p.layers.items():
            tint, lit = [Layer(2, 9, colour.tint)], [Layer(2, 9, colour.text)]
            ring = [Layer(0, 11, colour.text), Layer(1, 10, p.surface)]
            self.element(f"{layer}.layer", self.box(tint, p.surface), [
                (("selected", "focus"), self.box([*ring, *lit], p.surface)),
                (("focus",), self.box([*ring, *tint], p.surface)),
                (("selected",), self.box(lit, p.surface)),
                (("active",), self.box([Layer(1, 10, colour.text), *tint], p.surface)),
            ], 12)
            self.style.layout(f"{layer}.Layer.TButton",
                              nest(f"{layer}.layer", "Button.padding", "Button.label"))

    def _pill(self) -> None:
        p = self.palette
        self.element("pill", self.box([Layer(0, 17, p.accent)], p.surface), [
            (("focus",), self.box([Layer(0, 17, p.accent), Layer(2, 15, p.surface), Layer(3, 14, p.accent)],
                                  p.surface)),
            (("active",), self.box([Layer(0, 17, p.accent_hover)], p.surface))], 17)
        self.style.layout("Pill.TButton", nest("pill", "Button.padding", "Button.label"))

    def _tables(self) -> None:
        p, thin = self.palette, self.line
        width, height = self.px(96), self.px(24)
        head = self.image(paint.filled(width, height, p.surface, p.line, thin))
        lively = self.image(paint.filled(width, height, p.sunken, p.line, thin))
        self.style.element_create("table.heading", "image", head, ("active", lively),
                                  border=(0, 0, 0, 3 * thin), sticky="nsew", width=8, height=8, padding=0)
        self.style.layout("Treeview", [("Treeview.treearea", {"sticky": "nsew"})])
        self.style.layout("Treeview.Heading", [("table.heading", {"sticky": "nsew", "children": [
            ("Treeheading.padding", {"sticky": "nsew", "children": [
                ("Treeheading.image", {"side": "right", "sticky": ""}),
                ("Treeheading.text", {"sticky": "we"})]})]})])

    def _tabs(self, ground_name: str) -> None:
        p, g, thin = self.palette, self.palette.colour(ground_name), self.line
        width, height = self.px(96), self.px(24)
        rest = self.image(paint.filled(width, height, g, p.line, thin))
        chosen = self.image(paint.filled(width, height, g, p.accent, 2 * thin))
        lit = self.image(paint.filled(width, height, p.soft, p.accent, 2 * thin))
        warm = self.image(paint.filled(width, height, p.sunken, p.line, thin))
        self.style.element_create(
            f"{ground_name}.tab", "image", rest, ("selected", "focus", lit), ("selected", chosen),
            ("active", warm), border=(0, 0, 0, 3 * thin), sticky="nsew", width=8, height=8, padding=0)
        self.style.layout(f"{prefix(ground_name)}TNotebook", [])
        self.style.layout(f"{prefix(ground_name)}TNotebook.Tab",
                          nest(f"{ground_name}.tab", "Notebook.padding", "Notebook.label"))
