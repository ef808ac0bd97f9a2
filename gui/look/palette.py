"""The two palettes of the windows, light and dark, and the colours that are the same in both.

Teal is the accent ("sealed"). Violet means whisper and nothing else, red means danger, refusal or removal,
amber means waiting. No meaning hangs on a colour alone: an icon or a word always stands beside it.
Every text colour here reaches a WCAG contrast of 4.5 on the grounds it is used on.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class LayerColour(NamedTuple):
    """How one protocol field is coloured in a hex dump: text on a tint; lit, the pair is turned round."""

    tint: str
    text: str


class Palette(NamedTuple):
    """One theme's colours, as "#RRGGBB"."""

    name: str
    window: str
    surface: str
    sunken: str
    line: str
    edge: str
    ink: str
    ink2: str
    ink3: str
    accent: str
    accent_hover: str
    on_accent: str
    soft: str
    soft_edge: str
    whisper: str
    whisper_hover: str
    whisper_soft: str
    whisper_edge: str
    danger: str
    danger_hover: str
    danger_soft: str
    danger_edge: str
    warn: str
    warn_soft: str
    warn_edge: str
    select: str
    tip: str
    on_tip: str
    thumb: str
    thumb_hover: str
    on_strong: str
    """Text on a filled danger or whisper ground."""
    layers: Mapping[str, LayerColour]

    @property
    def dark(self) -> bool:
        return self.name == "dark"

    def colour(self, role: str) -> str:
        """The colour of a role by its name; a "#RRGGBB" is passed through. AttributeError otherwise."""
        if role.startswith("#"):
            return role
        value = getattr(self, role)
        if not isinstance(value, str):
            raise AttributeError(f"{role} is not a colour")
        return value


LIGHT: Final = Palette(
    name="light",
    window="#F0F4F3", surface="#FFFFFF", sunken="#E6ECEA", line="#D3DCDA", edge="#758581",
    ink="#13201D", ink2="#3F4F4B", ink3="#566661",
    accent="#0A6960", accent_hover="#07524B", on_accent="#FFFFFF", soft="#DDF1EC", soft_edge="#A9D8CD",
    whisper="#6A3AA8", whisper_hover="#552C8A", whisper_soft="#F1EAFB", whisper_edge="#CDB8EC",
    danger="#B1241C", danger_hover="#8C1912", danger_soft="#FDECEA", danger_edge="#EDB5B0",
    warn="#7F4B00", warn_soft="#FFF1D6", warn_edge="#E5C48A",
    select="#BFE3DB", tip="#13201D", on_tip="#F0F4F3", thumb="#A9B7B3", thumb_hover="#758581",
    on_strong="#FFFFFF",
    layers=MappingProxyType({
        "header": LayerColour("#D7E8FF", "#135298"),
        "epoch": LayerColour("#FBE2C0", "#6F4A06"),
        "ciphertext": LayerColour("#E2E7E6", "#495250"),
        "tag": LayerColour("#FEDBEA", "#87305F"),
        "stamp": LayerColour("#CFF1D4", "#016129"),
        "json": LayerColour("#C0F0FC", "#065A69"),
        "text": LayerColour("#EDDFFF", "#663E8E"),
    }),
)

DARK: Final = Palette(
    name="dark",
    window="#0E1514", surface="#161F1D", sunken="#22302D", line="#2B3A37", edge="#70837E",
    ink="#EAF1EF", ink2="#BCCAC6", ink3="#97A8A3",
    accent="#55CFBC", accent_hover="#86E3D3", on_accent="#04201B", soft="#153630", soft_edge="#2B6A5E",
    whisper="#C9ADF6", whisper_hover="#DDCBFA", whisper_soft="#2A2140", whisper_edge="#5C4789",
    danger="#FF9188", danger_hover="#FFB4AD", danger_soft="#3A1B19", danger_edge="#7E3A35",
    warn="#F3C169", warn_soft="#332810", warn_edge="#755920",
    select="#23544A", tip="#EAF1EF", on_tip="#13201D", thumb="#43544F", thumb_hover="#70837E",
    on_strong="#0E1514",
    layers=MappingProxyType({
        "header": LayerColour("#203855", "#8CBEFE"),
        "epoch": LayerColour("#49320D", "#EEB154"),
        "ciphertext": LayerColour("#303937", "#B6C0BE"),
        "tag": LayerColour("#4E293B", "#FC9AC9"),
        "stamp": LayerColour("#1D3F26", "#79D28D"),
        "json": LayerColour("#063E49", "#31CFEE"),
        "text": LayerColour("#3E2E4F", "#D1A9FF"),
    }),
)

PALETTES: Final[Mapping[str, Palette]] = MappingProxyType({"light": LIGHT, "dark": DARK})

DISCS: Final = (
    ("#BC4757", "#852E3B"), ("#B85013", "#823403"), ("#976502", "#684507"), ("#79720E", "#524D0E"),
    ("#417D0A", "#2D560D"), ("#047F5B", "#00573D"), ("#047C7C", "#0E5555"), ("#077999", "#085369"),
    ("#2770C4", "#184C89"), ("#6C62C6", "#4A428D"), ("#9555B0", "#653A78"), ("#AF4A88", "#7C305F"),
)
"""Twelve hues of member discs, the same in both themes: (disc, the darker tone used for a segment)."""
