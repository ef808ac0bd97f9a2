"""The host's card: who can join, the address to read aloud, the others under it, the invite to send.

What stands on it is what the server last said of itself; it is built anew when that changes.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from gui.look.look import Look
from gui.widgets.boxes import Card
from gui.widgets.buttons import CopyButton, IconButton, LinkLabel
from gui.widgets.fingerprint_picture import FingerprintPicture
from gui.widgets.keyboard import give_keyboard
from gui.widgets.tooltip import Tooltip
from netcore.engine import (
    FOR_THIS_COMPUTER,
    THIS_COMPUTER,
    Listening,
    Reach,
    ReachChanged,
    bind_for,
    reach_words,
)
from netcore.limits import DEFAULT_PORT

MOST_OTHERS = 2  # further interfaces in the card itself; more are in the menu behind "more"
# The words of an interface's kind by how its name begins, as systems name them.
KINDS = (
    ("wl", "over Wi-Fi", "wifi"), ("wi-fi", "over Wi-Fi", "wifi"), ("wlan", "over Wi-Fi", "wifi"),
    ("en", "by cable", "cable"), ("eth", "by cable", "cable"), ("ethernet", "by cable", "cable"),
    (THIS_COMPUTER, "on this computer", "monitor"), ("lo", "on this computer", "monitor"),
    ("network", "on the network", "cable"),  # where the system tells no names
)
# Cells of the fingerprint's picture: usually, in a compact and in a narrow window.
CELL, CELL_COMPACT, CELL_NARROW = 7, 5, 4
OPEN, CLOSE = "Open it to the local network", "This computer only"
NOBODY = "Nobody can connect?"


def way(reach: Reach) -> tuple[str, str]:
    """(words, icon) for an interface: "over Wi-Fi", or "at NAME" for a kind that is not known."""
    name = reach.interface.casefold()
    for start, words, icon in KINDS:
        if name.startswith(start):
            return words, icon
    return (f"at {reach.interface}" if reach.interface else "on the network"), "cable"


def short_invite(invite: str, most: int = 46) -> str:
    """The invite cut in its middle: the address (of IPv4 all of it) and the fingerprint's beginning stay."""
    head, mark, fingerprint = invite.partition("#")
    tail = f"{mark}{fingerprint[:8]}…" if len(fingerprint) > 8 else mark + fingerprint
    room = max(most - len(tail), 16)
    return head + tail if len(head) <= room else head[: room - 1] + "…/" + tail


def read_aloud(address: str) -> str:
    """Without the usual port, which whoever joins without one takes."""
    return address.removesuffix(f":{DEFAULT_PORT}")


class AddressesPanel(ttk.Frame):
    """Filled by `show(now)`. `on_reach(bind)` is asked to have the server listen there, `on_doctor(address)`
    why nobody can connect."""

    def __init__(self, parent: tk.Misc, look: Look, on_reach: Callable[[str], None],
                 on_doctor: Callable[[str], None]) -> None:
        super().__init__(parent, style="Window.TFrame")
        self._look = look
        self._on_reach, self._on_doctor = on_reach, on_doctor
        self._card: Card | None = None
        self._compact = self._narrow = self._low = False
        self._now: Listening | ReachChanged | None = None
        self._fingerprint = b""

    def show(self, now: Listening | ReachChanged) -> None:
        """Build the card anew for these ways in."""
        self._now = now
        if isinstance(now, Listening):
            self._fingerprint = now.fingerprint
        had_focus = self._card is not None and str(self.focus_get() or "").startswith(str(self._card))
        if self._card is not None:
            self._card.destroy()
        look = self._look
        body = self._card = Card(self, look, padding=(20, 6 if self._low else 14))
        look.pack(body, fill="x", padx=24, pady=6 if self._low else 16)
        # The picture first: whatever the width, those who join are told that it stands here.
        cell = CELL_NARROW if self._narrow or self._low else CELL_COMPACT if self._compact else CELL
        self.picture = FingerprintPicture(body, look, self._fingerprint, cell=cell)
        look.pack(self.picture, side="right", padx=(8, 0))
        Tooltip(self.picture, look, "The same picture stands in the trust question of those who join")
        if self._low:
            self._one_row(body, now)
        else:
            self._two_parts(body, now)
        if had_focus:
            give_keyboard(self.reach_link)

    def _one_row(self, body: ttk.Frame, now: Listening | ReachChanged) -> None:
        look = self._look
        best = self._best(now)
        row = ttk.Frame(body)
        row.pack(anchor="w")
        ttk.Label(row, text=read_aloud(best.address), style="MonoStrong.TLabel").pack(side="left")
        self.copy_address = CopyButton(row, look, lambda: best.address, "Copy")
        look.pack(self.copy_address, side="left", padx=(8, 0))
        self.copy_invite = CopyButton(row, look, lambda: now.invite, "Copy invite")
        self.copy_invite.pack(side="left")
        self._reach(body, now)

    def _two_parts(self, body: ttk.Frame, now: Listening | ReachChanged) -> None:
        look = self._look
        self._addresses(body, now)
        if not self._narrow:
            line = ttk.Frame(body, style="Line.TFrame")
            look.configure(line, width=1)
            look.pack(line, side="left", fill="y", padx=20)
        self._invite(body, now)

    def _best(self, now: Listening | ReachChanged) -> Reach:
        return now.reaches[0] if now.reaches else Reach(THIS_COMPUTER, f"{now.address}:{now.port}")

    def set_room(self, compact: bool, narrow: bool, low: bool) -> None:
        """What the window has room for.

        compact: a smaller picture, fewer words. narrow: the invite under the addresses. low: one row.
        """
        if (compact, narrow, low) != (self._compact, self._narrow, self._low):
            self._compact, self._narrow, self._low = compact, narrow, low
            if self._now is not None:
                self.show(self._now)

    def _addresses(self, body: ttk.Frame, now: Listening | ReachChanged) -> None:
        look = self._look
        side = ttk.Frame(body)
        side.pack(side="top" if self._narrow else "left", anchor="nw")
        best, others = self._best(now), now.reaches[1:]
        words, icon = way(best)
        ttk.Label(side, text=f"Join {words} at", style="SmallStrong.TLabel", compound="left",
                  image=look.icon(icon, "ink2", 18)).pack(anchor="w")
        row = ttk.Frame(side)
        row.pack(anchor="w")
        # A long address (IPv6) in the big type would push the invite out of the window.
        aloud = read_aloud(best.address)
        size = "MonoBig" if len(aloud) <= (15 if self._compact else 21) and not self._narrow else "MonoStrong"
        ttk.Label(row, text=aloud, style=f"{size}.TLabel").pack(side="left")
        self.copy_address = CopyButton(row, look, lambda: best.address, "Copy")
        look.pack(self.copy_address, side="left", padx=(10, 0))
        for reach in others[:MOST_OTHERS]:
            self._other(side, reach)
        if others[MOST_OTHERS:]:
            more = ttk.Label(side, text=f"and {len(others) - MOST_OTHERS} more", style="Muted.TLabel")
            more.pack(anchor="w")
            rest = others[MOST_OTHERS:]
            Tooltip(more, look, "\n".join(f"{reach.address} ({reach.interface})" for reach in rest))

    def _other(self, side: ttk.Frame, reach: Reach) -> None:
        look = self._look
        words, icon = way(reach)
        row = ttk.Frame(side)
        row.pack(anchor="w")
        ttk.Label(row, text=f"or {words} at", style="Small.TLabel", compound="left",
                  image=look.icon(icon, "ink2", 18)).pack(side="left")
        address = ttk.Label(row, text=read_aloud(reach.address), style="MonoSmall.TLabel")
        look.pack(address, side="left", padx=(6, 2))
        copy = IconButton(row, look, "copy", f"Copy {reach.address}", lambda: self._copy(reach.address),
                          size=18)
        copy.pack(side="left")

    def _invite(self, body: ttk.Frame, now: Listening | ReachChanged) -> None:
        look = self._look
        side = ttk.Frame(body)
        side.pack(side="top" if self._narrow else "left", anchor="nw", fill="x", expand=True)
        if not self._narrow:
            ttk.Label(side, text="Or send the invite", style="SmallStrong.TLabel").pack(anchor="w")
        if not self._compact and not self._narrow:
            text = ttk.Label(side, text=short_invite(now.invite), style="MonoSmall.TLabel")
            look.pack(text, anchor="w", pady=(8, 6))
        row = ttk.Frame(side)
        row.pack(anchor="w")
        self.copy_invite = CopyButton(row, look, lambda: now.invite, "Copy invite")
        self.copy_invite.pack(side="left")
        if not self._compact:
            why = ttk.Label(row, text="It carries the fingerprint.", style="Small.TLabel")
            look.pack(why, side="left", padx=(8, 0))
        self._reach(side, now)

    def _reach(self, side: ttk.Frame, now: Listening | ReachChanged) -> None:
        look = self._look
        words = reach_words(now.address, now.reaches)
        beside = self._compact and not self._narrow and not self._low  # with little room
        network = words == FOR_THIS_COMPUTER  # what it is not now
        self.reach_words = ttk.Label(side, text=words, style="Small.TLabel", justify="left", compound="left",
                                     image=look.icon("monitor" if network else "wifi", "ink2", 18))
        look.configure(self.reach_words, wraplength=190 if beside else 280)
        look.pack(self.reach_words, anchor="w", pady=(2 if self._low else 8, 0))
        links = self._links = ttk.Frame(side)
        look.pack(links, anchor="w", padx=(22, 0))
        self.reach_link = LinkLabel(links, look, OPEN if network else CLOSE,
                                    lambda: self.open_to(network))
        under = self._compact and not self._low  # both in a row would be cut off
        self.reach_link.pack(side="top" if under else "left", anchor="w")
        self.doctor_link = LinkLabel(links, look, NOBODY, lambda: self._on_doctor(self._best(now).address),
                                     colour="ink2")
        look.pack(self.doctor_link, side="top" if under else "left", anchor="w",
                  padx=(0 if under else 14, 0))

    def open_to(self, network: bool) -> None:
        """Ask to have it open to the local network, or to this computer only."""
        if self._now is not None:
            self._on_reach(bind_for(network, self._now.address))

    def close(self) -> None:
        """The room is over: nobody can join it any more."""
        if self._card is not None:
            self._links.pack_forget()

    def _copy(self, text: str) -> None:
        self.clipboard_clear()
        self.clipboard_append(text)
