"""Names that others chose as they stand in words of ours, titles and menus too: set apart in quotes.

A name cannot have the quotes that end it, so it cannot go on in our words, nor pass for some of them.
"""

from gui.text.shown_text import shown
from netcore.wire.lines import quoted_name
from netcore.wire.lines import quoted_room as _quoted_room


def quoted(name: str, note: str = "") -> str:
    """A member's name. `note`: what tells the member from another whose name looks alike."""
    return shown(quoted_name(name, note=note))


def quoted_room(name: str) -> str:
    """A room's, or a file's."""
    return shown(_quoted_room(name))
