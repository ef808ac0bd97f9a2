"""One ttk theme for a palette at a scale: the painted elements of every control, and their layouts.

Controls are image elements stretched as nine-patches. Two rules make them fast: the corners are painted
onto the known ground (no alpha, so a style per ground), and the middle of the image is large.
Paddings, fonts and text colours are `gui/theme_styles.py`'s.
"""

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk
from typing import Any

from gui import icons, paint
from gui.discs import dot_png
from gui.fonts import Fonts
from gui.paint import Layer
from gui.palette import Palette
from gui.theme_styles import CONTROL_GROUNDS, configure_styles, prefix

State = tuple[str, ...]


def _nest(*names: str, sticky: str = "nsew") -> Any:
    """A layout of elements inside one another, each filling the one before it, the last one as `sticky`."""
    layout: Any = [(names[-1], {"sticky": sticky})]
    for name in reversed(names[:-1]):
        layout = [(name, {"sticky": "nsew", "children": layout})]
    return layout


class Theme:
    """Builds the theme `name` and holds its images; ttk forgets an element whose image is collected."""

    def __init__(self, root: tk.Misc, name: str, palette: Palette, scale: float, fonts: Fonts) -> None:
        self.name = name
        self.palette = palette
        self._root = root
        self._scale = scale
        self._style = ttk.Style(root)
        self._images: list[tk.PhotoImage] = []
        self._line = max(1, round(scale))
        self._style.theme_create(name, parent="clam")
        self._style.theme_use(name)
        for ground in CONTROL_GROUNDS:
            self._buttons(ground)
            self._fields(ground)
            self._choices(ground)
            self._segments(ground)
            self._chips(ground)
            self._scrollbars(ground)
        self._boxes()
        self._tables()
        configure_styles(self._style, palette, self.S, fonts)

    def S(self, length: float) -> int:
        return round(length * self._scale)

    # The painter's tools

    def _image(self, data: bytes) -> tk.PhotoImage:
        image = tk.PhotoImage(master=self._root, data=data)
        self._images.append(image)
        return image

    def _box(self, layers: Sequence[Layer], ground: str) -> tk.PhotoImage:
        scaled = [Layer(self._length(layer.inset_px), self._length(layer.radius_px), layer.colour)
                  for layer in layers]
        ends = 2 * self.S(17)
        return self._image(paint.rounded_box(ends + 56, ends + 16, scaled, ground))

    def _length(self, length: float) -> float:
        """A length at this scale, in whole pixels so that straight edges stay sharp."""
        return self._line * length if length <= 2 else self._line + self.S(length - 1)

    def _element(self, name: str, image: tk.PhotoImage, states: Sequence[tuple[State, tk.PhotoImage]],
                 border: int) -> None:
        specs: Any = [(*state, picture) for state, picture in states]
        self._style.element_create(name, "image", image, *specs, border=self.S(border), sticky="nsew",
                                   width=8, height=8, padding=0)

    def _outlined(self, fill: str, outline: str, radius: int = 8) -> list[Layer]:
        return [Layer(3, radius, outline), Layer(4, radius - 1, fill)]

    # The controls

    def _buttons(self, ground_name: str) -> None:
        p, g = self.palette, self.palette.colour(ground_name)
        for kind, fill, hover, pressed, outline, ring in (
            ("Primary", p.accent, p.accent_hover, p.accent_hover, "", p.accent),
            ("Veil", p.whisper, p.whisper_hover, p.whisper_hover, "", p.whisper),
            ("Plain", p.surface, p.sunken, p.line, p.edge, p.accent),
            ("Danger", p.surface, p.danger_soft, p.danger_edge, p.danger, p.danger),
            ("Ghost", g, paint.mix(p.sunken, p.line, 0.4 if ground_name == "window" else 0), p.line, "",
             p.accent),
        ):
            def body(colour: str, outline: str = outline) -> list[Layer]:
                return self._outlined(colour, outline) if outline else [Layer(3, 8, colour)]

            off = self._outlined(g, p.line) if outline else [Layer(3, 8, g if kind == "Ghost" else p.sunken)]
            focus = [Layer(0, 11, ring), Layer(2, 9, g)]
            states = [
                (("disabled",), off), (("focus", "active"), [*focus, *body(hover)]),
                (("focus",), [*focus, *body(fill)]), (("pressed",), body(pressed)),
                (("active",), body(hover)),
            ]
            element = f"{ground_name}.{kind}.button"
            self._element(element, self._box(body(fill), g),
                          [(state, self._box(layers, g)) for state, layers in states], 13)
            layout = _nest(element, "Button.padding", "Button.label")
            for size in ("", "Small.", "Icon."):
                self._style.layout(f"{prefix(ground_name)}{size}{kind}.TButton", layout)
            if kind == "Plain":
                self._style.layout(f"{prefix(ground_name)}TButton", layout)
                arrow = self._chevron(ground_name)
                self._style.layout(f"{prefix(ground_name)}TMenubutton", [(element, {
                    "sticky": "nsew", "children": [(arrow, {"side": "right", "sticky": ""}),
                                                   *_nest("Menubutton.padding", "Menubutton.label")]})])

    def _chevron(self, ground_name: str) -> str:
        name = f"{ground_name}.chevron"
        picture = self._image(icons.icon_png("chevron", self.palette.ink2, self.S(18)))
        off = self._image(icons.icon_png("chevron", self.palette.thumb, self.S(18)))
        self._style.element_create(name, "image", picture, ("disabled", off), sticky="",
                                   width=self.S(18) + self.S(14), height=self.S(18))
        return name

    def _fields(self, ground_name: str) -> None:
        p, g = self.palette, self.palette.colour(ground_name)

        def ringed(colour: str) -> tk.PhotoImage:
            return self._box([Layer(2, 9, colour), Layer(4, 7, p.surface)], g)

        self._element(f"{ground_name}.field", self._box(self._outlined(p.surface, p.edge), g), [
            (("disabled",), self._box(self._outlined(p.sunken, p.line), g)), (("invalid",), ringed(p.danger)),
            (("alternate",), ringed(p.whisper)), (("focus",), ringed(p.accent)),
            (("hover",), self._box(self._outlined(p.surface, p.ink3), g)),
        ], 13)
        field = f"{ground_name}.field"
        for widget in ("TEntry", "Mono.TEntry"):
            self._style.layout(prefix(ground_name) + widget, _nest(field, "Entry.padding", "Entry.textarea"))
        self._style.layout(f"{prefix(ground_name)}Field.TFrame", _nest(field))
        self._style.layout(f"{prefix(ground_name)}TSpinbox",
                           _nest(field, "Spinbox.padding", "Spinbox.textarea"))
        self._style.layout(f"{prefix(ground_name)}TCombobox", [(field, {"sticky": "nsew", "children": [
            (f"{ground_name}.chevron", {"side": "right", "sticky": ""}),
            *_nest("Combobox.padding", "Combobox.textarea")]})])

    def _mark(self, size: tuple[int, int], layers: Sequence[Layer], ground: str,
              overlay: tuple[bytes, int, int] | None = None) -> tk.PhotoImage:
        """An indicator of fixed size: boxes, and perhaps a picture with alpha laid over them."""
        scaled = [Layer(self._length(a), self._length(b), c) for a, b, c in layers]
        image = self._image(paint.rounded_box(*size, scaled, ground))
        if overlay:
            data, x, y = overlay
            top = tk.PhotoImage(master=self._root, data=data)
            self._root.tk.call(str(image), "copy", str(top), "-to", x, y)
        return image

    def _choices(self, ground_name: str) -> None:
        """Check box, radio and switch: an indicator of 28 px (switch 46) with room for the ring around it."""
        p, g, S = self.palette, self.palette.colour(ground_name), self.S
        inner = S(28) - 2 * round(self._length(4))
        tick = icons.icon_png("check", p.on_accent, inner)
        where = round(self._length(4))
        ring = [Layer(1, 9, p.accent), Layer(3, 7, g)]

        def check(on: bool, focus: bool, edge: str, fill: str) -> tk.PhotoImage:
            layers = [*(ring if focus else []), Layer(4, 6, fill if on else edge)]
            if not on:
                layers.append(Layer(5, 5, p.surface))
            return self._mark((S(28), S(28)), layers, g, (tick, where, where) if on else None)

        def radio(on: bool, focus: bool, edge: str, fill: str) -> tk.PhotoImage:
            layers = [*([Layer(1, 13, p.accent), Layer(3, 11, g)] if focus else []),
                      Layer(4, 10, fill if on else edge)]
            layers += [Layer(10, 4, p.on_accent)] if on else [Layer(5, 9, p.surface)]
            return self._mark((S(28), S(28)), layers, g)

        def switch(on: bool, focus: bool, edge: str, fill: str) -> tk.PhotoImage:
            width, height = S(46), S(28)
            knob = height - 2 * round(self._length(6))
            data = dot_png(p.on_accent if on else p.surface, knob)
            layers = [*([Layer(1, 13, p.accent), Layer(3, 11, g)] if focus else []),
                      Layer(4, 10, fill if on else edge)]
            x = width - knob - round(self._length(6)) if on else round(self._length(6))
            return self._mark((width, height), layers, g, (data, x, round(self._length(6))))

        for name, widget, draw, off_edge in (("check", "TCheckbutton", check, p.edge),
                                             ("radio", "TRadiobutton", radio, p.edge),
                                             ("switch", "Switch.TCheckbutton", switch, p.edge)):
            self._style.element_create(
                f"{ground_name}.{name}", "image", draw(False, False, off_edge, p.accent),
                ("disabled", "selected", draw(True, False, p.line, p.thumb)),
                ("disabled", draw(False, False, p.line, p.line)),
                ("focus", "selected", draw(True, True, off_edge, p.accent)),
                ("focus", draw(False, True, off_edge, p.accent)),
                ("selected", "active", draw(True, False, off_edge, p.accent_hover)),
                ("selected", draw(True, False, off_edge, p.accent)),
                ("active", draw(False, False, p.ink3, p.accent)), sticky="")
            self._style.layout(prefix(ground_name) + widget, [("Checkbutton.padding", {
                "sticky": "nsew", "children": [(f"{ground_name}.{name}", {"side": "left", "sticky": ""}),
                                               ("Checkbutton.label", {"side": "left", "sticky": "nsew"})]})])

    def _segments(self, ground_name: str) -> None:
        """Radio buttons side by side in a sunken track, the chosen one raised."""
        p, g = self.palette, self.palette.colour(ground_name)
        track = paint.mix(p.sunken, p.line, 0.4) if ground_name == "window" else p.sunken
        self._element(f"{ground_name}.track", self._box([Layer(0, 9, track)], g), [], 11)
        self._style.layout(f"{prefix(ground_name)}Track.TFrame", _nest(f"{ground_name}.track"))
        raised = [Layer(1, 7, p.edge), Layer(2, 6, p.surface)]
        ring = [Layer(0, 8, p.accent), Layer(2, 6, p.surface)]
        self._element(f"{ground_name}.segment", self._box([Layer(1, 7, track)], track), [
            (("selected", "focus"), self._box(ring, track)),
            (("focus",), self._box([Layer(0, 8, p.accent), Layer(2, 6, track)], track)),
            (("selected",), self._box(raised, track)),
            (("active",), self._box([Layer(1, 7, p.line)], track)),
        ], 10)
        segment = _nest(f"{ground_name}.segment", "Radiobutton.padding", "Radiobutton.label", sticky="")
        self._style.layout(f"{prefix(ground_name)}Segment.TRadiobutton", segment)

    def _chips(self, ground_name: str) -> None:
        p, g = self.palette, self.palette.colour(ground_name)
        tints = {"": p.sunken if ground_name == "surface" else paint.mix(p.sunken, p.line, 0.4),
                 "Info.": p.soft, "Warn.": p.warn_soft, "Danger.": p.danger_soft, "Whisper.": p.whisper_soft}
        for kind, tint in tints.items():
            name = f"{ground_name}.{kind}chip"
            self._element(name, self._box([Layer(0, 11, tint)], g), [], 12)
            self._style.layout(f"{prefix(ground_name)}{kind}Chip.TLabel",
                               _nest(name, "Label.padding", "Label.label"))

    def _scrollbars(self, ground_name: str) -> None:
        p, g = self.palette, self.palette.colour(ground_name)
        rest, hover = [Layer(3, 3, p.thumb)], [Layer(2, 4, p.thumb_hover)]
        for way, along in (("Vertical", "ns"), ("Horizontal", "we")):
            size = (self.S(12), self.S(48)) if way == "Vertical" else (self.S(48), self.S(12))
            name = f"{ground_name}.{way}.thumb"
            lively = self._mark(size, hover, g)
            self._style.element_create(
                name, "image", self._mark(size, rest, g), ("disabled", self._image(paint.filled(*size, g))),
                ("pressed", lively), ("active", lively), border=self.S(6) - 1, sticky="nsew",
                width=self.S(12), height=self.S(12), padding=0)
            trough = f"{ground_name}.{way}.trough"
            self._style.element_create(trough, "image", self._image(paint.filled(*size, g)), border=0,
                                       sticky="nsew", width=self.S(12), height=self.S(12), padding=0)
            bar: Any = [(trough, {"sticky": along, "children": [(name, {"expand": True, "sticky": "nsew"})]})]
            self._style.layout(f"{prefix(ground_name)}{way}.TScrollbar", bar)

    def _boxes(self) -> None:
        """Frames with a rounded edge: cards, lines of news, icon tiles, the legend's chips, the pill."""
        p = self.palette
        for ground_name in CONTROL_GROUNDS:
            g = self.palette.colour(ground_name)
            for kind, fill, edge, stroke in (
                ("", p.surface, p.line, 1), ("Chosen.", p.surface, p.accent, 2),
                ("Alarm.", p.surface, p.danger, 2), ("Info.", p.soft, p.soft_edge, 1),
                ("Warn.", p.warn_soft, p.warn_edge, 1), ("Danger.", p.danger_soft, p.danger_edge, 1),
                ("Whisper.", p.whisper_soft, p.whisper_edge, 1), ("Hover.", p.sunken, p.sunken, 1),
                ("Plain.", g, g, 1), ("Tile.", p.soft, p.soft, 1), ("AccentTile.", p.accent, p.accent, 1),
                ("DangerTile.", p.danger, p.danger, 1),
            ):
                name = f"{ground_name}.{kind}box"
                layers = [Layer(0, 12, edge), Layer(stroke, 12 - stroke, fill)]
                self._element(name, self._box(layers, g), [], 14)
                self._style.layout(f"{prefix(ground_name)}{kind}Box.TFrame", _nest(name))
        for layer, colour in p.layers.items():
            tint, lit = [Layer(2, 9, colour.tint)], [Layer(2, 9, colour.text)]
            ring = [Layer(0, 11, colour.text), Layer(1, 10, p.surface)]
            self._element(f"{layer}.layer", self._box(tint, p.surface), [
                (("selected", "focus"), self._box([*ring, *lit], p.surface)),
                (("focus",), self._box([*ring, *tint], p.surface)),
                (("selected",), self._box(lit, p.surface)),
                (("active",), self._box([Layer(1, 10, colour.text), *tint], p.surface)),
            ], 12)
            self._style.layout(f"{layer}.Layer.TButton",
                               _nest(f"{layer}.layer", "Button.padding", "Button.label"))
        self._element("pill", self._box([Layer(0, 17, p.accent)], p.surface), [
            (("focus",), self._box([Layer(0, 17, p.accent), Layer(2, 15, p.surface), Layer(3, 14, p.accent)],
                                   p.surface)),
            (("active",), self._box([Layer(0, 17, p.accent_hover)], p.surface))], 17)
        self._style.layout("Pill.TButton", _nest("pill", "Button.padding", "Button.label"))

    def _tables(self) -> None:
        p, thin = self.palette, self._line
        width, height = self.S(96), self.S(24)
        head = self._image(paint.filled(width, height, p.surface, p.line, thin))
        lively = self._image(paint.filled(width, height, p.sunken, p.line, thin))
        self._style.element_create("table.heading", "image", head, ("active", lively),
                                   border=(0, 0, 0, 3 * thin), sticky="nsew", width=8, height=8, padding=0)
        self._style.layout("Treeview", [("Treeview.treearea", {"sticky": "nsew"})])
        self._style.layout("Treeview.Heading", [("table.heading", {"sticky": "nsew", "children": [
            ("Treeheading.padding", {"sticky": "nsew", "children": [
                ("Treeheading.image", {"side": "right", "sticky": ""}),
                ("Treeheading.text", {"sticky": "we"})]})]})])
        for ground_name in CONTROL_GROUNDS:
            g = p.colour(ground_name)
            rest = self._image(paint.filled(width, height, g, p.line, thin))
            chosen = self._image(paint.filled(width, height, g, p.accent, 2 * thin))
            lit = self._image(paint.filled(width, height, p.soft, p.accent, 2 * thin))
            warm = self._image(paint.filled(width, height, p.sunken, p.line, thin))
            self._style.element_create(
                f"{ground_name}.tab", "image", rest, ("selected", "focus", lit), ("selected", chosen),
                ("active", warm), border=(0, 0, 0, 3 * thin), sticky="nsew", width=8, height=8, padding=0)
            self._style.layout(f"{prefix(ground_name)}TNotebook", [])
            self._style.layout(f"{prefix(ground_name)}TNotebook.Tab",
                               _nest(f"{ground_name}.tab", "Notebook.padding", "Notebook.label"))
