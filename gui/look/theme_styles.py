"""Fonts, text colours and paddings of every ttk style. `gui/look/theme.py` paints what they stand on.

A style's name is `Ground.[Kind.]Class`. Grounds: none, `Card.` and `Surface.` are the surface colour,
`Window.` the ground beside the cards; labels also stand on those of GROUNDS.
Buttons: `Primary. Plain. Ghost. Danger. Whisper.`, each also `Small.` and `Icon.` (square) before the kind:
`Window.Small.Danger.TButton`. Label roles are the keys of ROLES: `Card.Muted.TLabel`.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from tkinter import ttk
from typing import Final

from gui.look.fonts import Fonts
from gui.look.palette import Palette

CONTROL_GROUNDS: Final = ("surface", "window")

# Label ground: the palette's colour behind the text.
GROUNDS: Final = {"": "surface", "Card.": "surface", "Surface.": "surface", "Window.": "window",
                  "Sunken.": "sunken", "Info.": "soft", "Warn.": "warn_soft", "Danger.": "danger_soft",
                  "Whisper.": "whisper_soft", "Alarm.": "danger", "OnAccent.": "accent"}
# No ground has a role's name: in "Accent.TLabel" only one of the two can be meant.

# Label role: (font, palette colour).
ROLES: Final = {
    "": ("body", "ink"), "Strong.": ("strong", "ink"), "Heading.": ("heading", "ink"),
    "Title.": ("title", "ink"), "Hero.": ("hero", "ink"), "Small.": ("small", "ink2"),
    "SmallStrong.": ("small_strong", "ink2"), "Secondary.": ("body", "ink2"), "Muted.": ("small", "ink3"),
    "MutedBody.": ("body", "ink3"),
    "Mono.": ("mono", "ink"), "MonoSmall.": ("mono_small", "ink2"), "MonoStrong.": ("mono_strong", "ink"),
    "MonoBig.": ("mono_big", "ink"), "Accent.": ("small_strong", "accent"),
    "AccentStrong.": ("strong", "accent"), "Error.": ("small", "danger"),
    "ErrorStrong.": ("strong", "danger"), "Waiting.": ("small", "warn"),
    "WhisperNote.": ("small_strong", "whisper"),
}


def prefix(ground_name: str) -> str:
    """The style prefix of a control ground: "" for the surface, "Window." for the window."""
    return "Window." if ground_name == "window" else ""


def control_prefix(ground: str) -> str:
    """The prefix of a control's style on a label ground: controls know the surface and the window only."""
    return "Window." if ground == "Window." else ""


def _set(style: ttk.Style, name: str, **options: object) -> None:
    """`style.configure` for values that Tk takes as they are. ttk's own looks each of them over, which takes
    longer than Tk's part of it; and there are 350 at each start and at each change of zoom or theme."""
    style.tk.call("ttk::style", "configure", name, *_written(options))


def _map(style: ttk.Style, name: str, **options: list[tuple[str, str]]) -> None:
    """`style.map` for pairs of one state and a value, in the same way."""
    pairs = {option: tuple(chain.from_iterable(states)) for option, states in options.items()}
    style.tk.call("ttk::style", "map", name, *_written(pairs))


def _written(options: Mapping[str, object]) -> Iterable[object]:
    """For Tk: -option value -option value ..."""
    return chain.from_iterable((f"-{option}", value) for option, value in options.items())


def configure_styles(style: ttk.Style, p: Palette, px: Callable[[float], int], fonts: Fonts) -> None:
    """Set everything but the painted elements for the theme in use."""
    _set(style, ".", background=p.surface, foreground=p.ink, font=fonts.body, borderwidth=0,
         relief="flat", focuscolor=p.accent, troughcolor=p.sunken, fieldbackground=p.surface,
         selectbackground=p.select, selectforeground=p.ink, insertcolor=p.ink,
         insertwidth=max(2, px(2)))
    _map(style, ".", foreground=[("disabled", p.ink3)], background=[])
    _labels(style, p, px, fonts)
    for ground_name in CONTROL_GROUNDS:
        _controls(style, p, px, fonts, prefix(ground_name), p.colour(ground_name))
    for layer, colour in p.layers.items():
        _set(style, f"{layer}.Layer.TButton", font=fonts.small_strong, foreground=colour.text,
             padding=(px(10), px(4)), background=p.surface, anchor="center")
        _map(style, f"{layer}.Layer.TButton", foreground=[("selected", p.surface)], background=[])
    rows = (px(34) - fonts.linespace(fonts.small_strong)) // 2
    _set(style, "Pill.TButton", font=fonts.small_strong, foreground=p.on_accent, anchor="center",
         space=px(8), padding=(px(18), rows), background=p.surface)
    _map(style, "Pill.TButton", foreground=[], background=[])
    _tables(style, p, px, fonts)


def _labels(style: ttk.Style, p: Palette, px: Callable[[float], int], fonts: Fonts) -> None:
    for ground, colour in GROUNDS.items():
        back = p.colour(colour)
        _set(style, f"{ground}TFrame", background=back)
        strong_ground = p.on_strong if ground == "Alarm." else p.on_accent if ground == "OnAccent." else ""
        for role, (font, ink) in ROLES.items():
            _set(style, f"{ground}{role}TLabel", background=back, font=getattr(fonts, font),
                 foreground=strong_ground or p.colour(ink), space=px(8))
    _set(style, "Line.TFrame", background=p.line)
    _set(style, "Tip.TLabel", background=p.tip, foreground=p.on_tip, font=fonts.small,
         padding=(px(10), px(6)))
    _set(style, "Tip.TFrame", background=p.tip)
    for kind, ink in (("", p.ink2), ("Info.", p.accent), ("Warn.", p.warn), ("Danger.", p.danger),
                      ("Whisper.", p.whisper)):
        for ground, back in (("", p.surface), ("Window.", p.window)):
            _set(style, f"{ground}{kind}Chip.TLabel", font=fonts.small_strong, foreground=ink,
                 padding=(px(10), px(3)), background=back, anchor="center", space=px(6))


def _controls(style: ttk.Style, p: Palette, px: Callable[[float], int], fonts: Fonts,
              ground: str, back: str) -> None:
    inks = {"Primary": (p.on_accent, "strong"), "Whisper": (p.on_strong, "strong"), "Plain": (p.ink, "body"),
            "Danger": (p.danger, "strong"), "Ghost": (p.ink2, "body")}
    for kind, (ink, font) in inks.items():
        for size, height, across, face in (("", 42, 19, font), ("Small.", 36, 13, "small_strong"),
                                           ("Icon.", 0, 10, font)):
            name = f"{ground}{size}{kind}.TButton"
            space = height and px(height) - fonts.linespace(getattr(fonts, face))
            padding = (px(across), space // 2, px(across), space - space // 2) if space else px(across)
            _set(style, name, foreground=ink, font=getattr(fonts, face), padding=padding, background=back,
                 anchor="center", space=px(8), borderwidth=0, width=0, shiftrelief=0)
            _map(style, name, foreground=[("disabled", p.ink3)], background=[])
    space = px(42) - fonts.linespace(fonts.body)
    padding = (px(19), space // 2, px(19), space - space // 2)
    _set(style, f"{ground}TButton", foreground=p.ink, font=fonts.body, padding=padding, background=back,
         anchor="center", space=px(8), width=0)
    _map(style, f"{ground}TButton", foreground=[("disabled", p.ink3)], background=[])
    field = (px(12), space // 2, px(12), space - space // 2)
    _set(style, f"{ground}TMenubutton", foreground=p.ink, font=fonts.body, background=back,
         padding=(px(19), field[1], px(4), field[3]), anchor="w", space=px(8))
    _map(style, f"{ground}TMenubutton", foreground=[("disabled", p.ink3)], background=[])
    mono = px(42) - fonts.linespace(fonts.mono)
    for name, pad in (("TEntry", field), ("Mono.TEntry", (px(12), mono // 2, px(12), mono - mono // 2)),
                      ("TSpinbox", field), ("TCombobox", (px(12), field[1], 0, field[3]))):
        _set(style, ground + name, padding=pad, background=back, foreground=p.ink,
             fieldbackground=p.surface, insertcolor=p.ink, insertwidth=max(2, px(2)),
             selectbackground=p.select, selectforeground=p.ink, selectborderwidth=0, borderwidth=0)
        _map(style, ground + name, foreground=[("disabled", p.ink3)],
             fieldbackground=[("disabled", p.sunken)], background=[], bordercolor=[], lightcolor=[],
             selectbackground=[("readonly", p.surface)] if name == "TCombobox" else [],
             selectforeground=[("readonly", p.ink)] if name == "TCombobox" else [])
    _set(style, f"{ground}Field.TFrame", background=back)
    for name in ("TCheckbutton", "TRadiobutton", "Switch.TCheckbutton"):
        _set(style, ground + name, background=back, foreground=p.ink, font=fonts.body, padding=(0, px(1)),
             indicatormargin=0, space=px(8))
        _map(style, ground + name, foreground=[("disabled", p.ink3)], background=[], indicatorcolor=[])
    _set(style, f"{ground}Track.TFrame", background=back)
    _set(style, f"{ground}Segment.TRadiobutton", font=fonts.small_strong, foreground=p.ink2,
         anchor="center", padding=(px(11), px(6)), background=back)
    _map(style, f"{ground}Segment.TRadiobutton", background=[],
         foreground=[("disabled", p.ink3), ("selected", p.ink)])
    for name in ("Box", "Chosen.Box", "Alarm.Box", "Info.Box", "Warn.Box", "Danger.Box", "Whisper.Box",
                 "Hover.Box", "Plain.Box", "Tile.Box", "AccentTile.Box", "DangerTile.Box"):
        _set(style, f"{ground}{name}.TFrame", background=back)
    _set(style, f"{ground}TNotebook", background=back, tabmargins=0, padding=0, borderwidth=0)
    _set(style, f"{ground}TNotebook.Tab", background=back, foreground=p.ink2, font=fonts.strong,
         padding=(px(14), px(8), px(14), px(10)))
    _map(style, f"{ground}TNotebook.Tab", background=[], padding=[], expand=[], lightcolor=[], bordercolor=[],
         foreground=[("disabled", p.ink3), ("selected", p.accent)])
    _set(style, f"{ground}Vertical.TScrollbar", background=back)
    _set(style, f"{ground}Horizontal.TScrollbar", background=back)


def _tables(style: ttk.Style, p: Palette, px: Callable[[float], int], fonts: Fonts) -> None:
    _set(style, "Treeview", background=p.surface, fieldbackground=p.surface, foreground=p.ink,
         font=fonts.small, rowheight=fonts.linespace(fonts.small) + px(14), borderwidth=0,
         indent=px(20))
    _map(style, "Treeview", background=[("selected", p.select)], foreground=[("disabled", p.ink3)])
    _set(style, "Treeview.Heading", background=p.surface, foreground=p.ink2, font=fonts.small_strong,
         padding=(px(8), px(8)), borderwidth=0, relief="flat")
    _map(style, "Treeview.Heading", background=[], foreground=[], relief=[])
    _set(style, "Treeview.Cell", padding=(px(4), 0))
    _set(style, "Treeview.Item", padding=(px(4), 0))
    for way in ("Horizontal", "Vertical"):
        _set(style, f"{way}.TProgressbar", background=p.accent, troughcolor=p.sunken, thickness=px(6),
             borderwidth=0, bordercolor=p.sunken, lightcolor=p.accent, darkcolor=p.accent)
        _set(style, f"{way}.TScale", background=p.accent, troughcolor=p.sunken, bordercolor=p.edge,
             lightcolor=p.accent, darkcolor=p.accent, sliderlength=px(20), gripcount=0)
    _set(style, "TPanedwindow", background=p.line)
    _set(style, "Sash", sashthickness=px(6), gripcount=0, background=p.surface, bordercolor=p.line,
         lightcolor=p.surface, darkcolor=p.surface)
    _set(style, "TSeparator", background=p.line)
