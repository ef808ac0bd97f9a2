"""A connection on a tape of the recorder, at either end: from now on, or until now.

The counters that a tape begins at (bytes in, bytes out) run always, so a recording that begins late has the
right offsets, too.
"""

from __future__ import annotations

from netcore.net.connection import Connection
from netcore.session.base import Session
from netcore.trace import Role, Tape


def begin(
    tape: Tape, role: Role, address: str, member_id: bytes, session: Session, connection: Connection
) -> None:
    """Record what this connection does from now on. `address`, `member_id` (b"" if unknown): the peer's."""
    tape.begin(role, address, member_id, connection.in_bytes, connection.out_bytes, session.state.name)
    attach(tape, session, connection)


def attach(tape: Tape, session: Session, connection: Connection) -> None:
    """Have both tell a tape that has begun."""
    tape.queued_bytes = lambda: connection.queued_bytes
    tape.interest = lambda: connection.interest
    session.tape = connection.tape = tape


def end(session: Session, connection: Connection) -> None:
    """Record no more of it, and forget its secrets. If it is not recorded: nothing happens."""
    if connection.tape is not None:
        connection.tape.end()
    session.tape = connection.tape = None
