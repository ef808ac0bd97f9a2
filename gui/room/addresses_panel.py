"""The host's card: the address to read aloud, the others under it, the invite to send; each can be copied."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from gui.look.look import Look
from gui.widgets.boxes import Card
from gui.widgets.buttons import CopyButton, IconButton
from gui.widgets.fingerprint_picture import FingerprintPicture
from gui.widgets.tooltip import Tooltip
from netcore.engine import Listening, Reach

THIS_COMPUTER = "this computer"
MOST_OTHERS = 2  # further interfaces in the card itself; more are in the menu behind "more"
# The words of an interface's kind by how its name begins, as systems name them.
KINDS = (
    ("wl", "over Wi-Fi", "wifi"), ("wi-fi", "over Wi-Fi", "wifi"), ("wlan", "over Wi-Fi", "wifi"),
    ("en", "by cable", "cable"), ("eth", "by cable", "cable"), ("ethernet", "by cable", "cable"),
    (THIS_COMPUTER, "on this computer", "monitor"), ("lo", "on this computer", "monitor"),
)


def way(reach: Reach) -> tuple[str, str]:
    """(words, icon) for an interface: "over Wi-Fi", or "at NAME" for a kind that is not known."""
    name = reach.interface.casefold()
    for start, words, icon in KINDS:
        if name.startswith(start):
            return words, icon
    return (f"at {reach.interface}" if reach.interface else "on the network"), "cable"


def short_invite(invite: str, most: int = 36) -> str:
    """The invite cut in its middle: the address and the first characters of the fingerprint stay."""
    head, mark, fingerprint = invite.partition("#")
    tail = f"{mark}{fingerprint[:8]}…" if len(fingerprint) > 8 else mark + fingerprint
    room = max(most - len(tail), 16)
    return head + tail if len(head) <= room else head[: room - 1] + "…/" + tail


class AddressesPanel(ttk.Frame):
    """Filled by `show(listening)`; stands on the window colour."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        super().__init__(parent, style="Window.TFrame")
        self._look = look
        self._card: Card | None = None
        self._compact = self._narrow = False
        self._listening: Listening | None = None
        self._picture: FingerprintPicture | None = None
        self._why: ttk.Label | None = None
        self._invite_side: ttk.Frame | None = None

    def show(self, listening: Listening) -> None:
        """Build the card anew for these ways in."""
        self._listening = listening
        if self._card is not None:
            self._card.destroy()
        look = self._look
        self._card = Card(self, look, padding=(20, 14))
        look.pack(self._card, fill="x", padx=24, pady=16)
        body = self._card
        self._addresses(body, listening)
        if not self._narrow:
            line = ttk.Frame(body, style="Line.TFrame")
            look.configure(line, width=1)
            look.pack(line, side="left", fill="y", padx=20)
        self._picture = FingerprintPicture(body, look, listening.fingerprint, cell=7)
        Tooltip(self._picture, look, "The same picture stands in the trust question of those who join")
        self._invite(body, listening)
        self.set_compact(self._compact)

    def set_compact(self, compact: bool) -> None:
        """Without the picture and the explanation, for a narrow window."""
        self._compact = compact
        for widget, side in ((self._picture, "right"), (self._why, "left")):
            if widget is not None and compact:
                widget.pack_forget()
            elif widget is not None:
                before = self._invite_side if widget is self._picture else None
                self._look.pack(widget, side=side, padx=(8, 0), **({"before": before} if before else {}))

    def set_narrow(self, narrow: bool) -> None:
        """In smaller type, with the button for the invite under the addresses."""
        if narrow != self._narrow:
            self._narrow = narrow
            if self._listening is not None:
                self.show(self._listening)

    def _addresses(self, body: ttk.Frame, listening: Listening) -> None:
        look = self._look
        side = ttk.Frame(body)
        side.pack(side="top" if self._narrow else "left", anchor="nw")
        best, *others = listening.reaches or (Reach(THIS_COMPUTER, f"{listening.address}:{listening.port}"),)
        words, icon = way(best)
        ttk.Label(side, text=f"Join {words} at", style="SmallStrong.TLabel", compound="left",
                  image=look.icon(icon, "ink2", 18)).pack(anchor="w")
        row = ttk.Frame(side)
        row.pack(anchor="w")
        # A long address (IPv6) in the big type would push the invite out of the window.
        size = "MonoBig" if len(best.address) <= 21 and not self._narrow else "MonoStrong"
        ttk.Label(row, text=best.address, style=f"{size}.TLabel").pack(side="left")
        self.copy_address = CopyButton(row, look, lambda: best.address, "Copy")
        look.pack(self.copy_address, side="left", padx=(10, 0))
        for reach in others[:MOST_OTHERS]:
            self._other(side, reach)
        if others[MOST_OTHERS:]:
            more = ttk.Label(side, text=f"and {len(others) - MOST_OTHERS} more", style="Muted.TLabel")
            more.pack(anchor="w")
            rest = others[MOST_OTHERS:]
            Tooltip(more, look, "\n".join(f"{reach.address} ({reach.interface})" for reach in rest))
        if not others and best.interface == THIS_COMPUTER:
            only = ttk.Label(side, text="Only windows on this computer can join.", style="Small.TLabel")
            only.pack(anchor="w")

    def _other(self, side: ttk.Frame, reach: Reach) -> None:
        look = self._look
        words, icon = way(reach)
        row = ttk.Frame(side)
        row.pack(anchor="w")
        ttk.Label(row, text=f"or {words} at", style="Small.TLabel", compound="left",
                  image=look.icon(icon, "ink2", 18)).pack(side="left")
        address = ttk.Label(row, text=reach.address, style="MonoSmall.TLabel")
        look.pack(address, side="left", padx=(6, 2))
        copy = IconButton(row, look, "copy", f"Copy {reach.address}", lambda: self._copy(reach.address),
                          size=18)
        copy.pack(side="left")

    def _invite(self, body: ttk.Frame, listening: Listening) -> None:
        look = self._look
        side = self._invite_side = ttk.Frame(body)
        side.pack(side="top" if self._narrow else "left", anchor="nw", fill="x", expand=True)
        if not self._narrow:
            ttk.Label(side, text="Or send the invite", style="SmallStrong.TLabel").pack(anchor="w")
            text = ttk.Label(side, text=short_invite(listening.invite), style="MonoSmall.TLabel")
            look.pack(text, anchor="w", pady=(8, 6))
        row = ttk.Frame(side)
        row.pack(anchor="w")
        self.copy_invite = CopyButton(row, look, lambda: listening.invite, "Copy invite")
        self.copy_invite.pack(side="left")
        self._why = ttk.Label(row, text="It carries the fingerprint.", style="Small.TLabel")

    def _copy(self, text: str) -> None:
        self.clipboard_clear()
        self.clipboard_append(text)
