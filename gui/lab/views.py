"""The views of the laboratory, in the order of their row. Each is imported when it is first opened."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gui.lab.view import Lab, LabView
from gui.look.look import Look

MakeView = Callable[[tk.Misc, Look, Lab], LabView]


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """A place in the row: its word, how its view is made, and whether only a server has it."""

    word: str
    make: MakeView
    server_only: bool = False


def _wire(parent: tk.Misc, look: Look, lab: Lab) -> LabView:
    from gui.lab.wire.view import WireView

    return WireView(parent, look, lab)


def _handshake(parent: tk.Misc, look: Look, lab: Lab) -> LabView:
    from gui.lab.handshake.view import HandshakeView

    return HandshakeView(parent, look, lab)


def _stream(parent: tk.Misc, look: Look, lab: Lab) -> LabView:
    from gui.lab.stream.view import StreamView

    return StreamView(parent, look, lab)


def _loop(parent: tk.Misc, look: Look, lab: Lab) -> LabView:
    from gui.lab.loop.view import LoopView

    return LoopView(parent, look, lab)


VIEWS: Final[Mapping[str, ViewEntry]] = {
    "wire": ViewEntry("Wire", _wire),
    "handshake": ViewEntry("Handshake", _handshake),
    "stream": ViewEntry("Stream", _stream),
    "loop": ViewEntry("Loop", _loop, server_only=True),
}
