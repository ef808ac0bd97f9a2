"""The tags of the transcript's Text: every style a line or a run of characters can have."""

import tkinter as tk

from gui.look.look import Look
from gui.transcript.gutter import BAND_COLOURS


def configure_tags(text: tk.Text, look: Look) -> None:
    """Set all tags for the look's palette and zoom. Later ones win where two set the same option."""
    p, fonts, px = look.palette, look.fonts, look.px
    text.configure(background=p.surface, foreground=p.ink, selectbackground=p.select, selectforeground=p.ink,
                   inactiveselectbackground=p.select, font=fonts.gap)
    text.tag_configure("gap", font=fonts.gap)
    text.tag_configure("edge", font=fonts.edge)
    text.tag_configure("header", font=fonts.strong, foreground=p.ink, spacing1=px(2), spacing3=px(1))
    text.tag_configure("body", font=fonts.body, foreground=p.ink, spacing1=px(2), spacing2=px(3),
                       spacing3=px(2))
    text.tag_configure("system", font=fonts.small, foreground=p.ink3, spacing1=px(5), spacing2=px(3),
                       spacing3=px(5))
    text.tag_configure("day", font=fonts.small_strong, foreground=p.ink2, justify="center", spacing1=px(8),
                       spacing3=px(8))
    text.tag_configure("earlier", font=fonts.small_strong, foreground=p.accent, justify="center",
                       spacing1=px(12), spacing3=px(4))
    for band, role in BAND_COLOURS.items():
        colour = p.colour(role)
        text.tag_configure(band, background=colour, lmargincolor=colour, rmargincolor=colour)
    text.tag_configure("time", font=fonts.small, foreground=p.ink3)
    text.tag_configure("note", font=fonts.small, foreground=p.ink2)
    text.tag_configure("veiled", foreground=p.whisper)
    text.tag_configure("pending", foreground=p.ink3)
    text.tag_configure("code", font=fonts.mono, background=p.sunken)
    text.tag_configure("code_in_band", font=fonts.mono, background=p.surface)
    text.tag_configure("suffix", font=fonts.small)
    text.tag_configure("waiting", foreground=p.warn)
    text.tag_configure("held", foreground=p.ink3)
    text.tag_configure("refused", foreground=p.danger)
    text.tag_configure("retry", font=fonts.small_strong, foreground=p.accent)
    # A tag's rank is its age, and binding has made some of these before the ones they must win over.
    for tag in ("suffix", "waiting", "held", "refused", "retry", "sel"):
        text.tag_raise(tag)
