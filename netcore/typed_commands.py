"""What a typed order asks of the engine: one answer for the windows and the command line.

Some orders are about the window or the terminal that they were typed in; those are theirs.
"""

from __future__ import annotations

from netcore import engine
from netcore.slash_commands import ON, Word
from netcore.typed_lines import Order


def command_of(order: Order) -> engine.Command | None:
    """The command that does what the order says; None if that takes more than the order to know."""
    on, member_id = order.text == ON, order.member_id or b""
    match order.word:
        case Word.KICK:
            return engine.Kick(member_id, order.text)
        case Word.BAN | Word.BAN_ADDRESS:
            return engine.Ban(member_id, order.text, order.word is Word.BAN_ADDRESS)
        case Word.UNBAN:
            return engine.Unban(member_id)
        case Word.MUTE | Word.UNMUTE:
            return engine.Mute(member_id, order.word is Word.MUTE)
        case Word.READ_ONLY:
            return engine.SetRoom(read_only=on)
        case Word.SLOW:
            return engine.SetRoom(slow_s=int(order.text))
        case Word.CLOSED:
            return engine.SetRoom(known_only=on)
        case Word.HIDDEN:
            return engine.SetAnswering(not on)
        case Word.FREE:
            return engine.ReleaseName(order.text)
        case Word.COMPARED:
            return engine.MarkCompared(member_id, True)
        case _:
            return None
