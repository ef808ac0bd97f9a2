"""Whether what a database holds can be what was put there: SQLite lets any value into any column.

A disk, or another program, can change a bit, and then a number is a text, or an id has 31 bytes. What SQLite
finds is refused with the file (`database`). For the rest each table has a condition, made of what is here,
that all of its rows must meet, or the file is refused likewise. Messages that are only shown are no reason
for that: one that is damaged says so in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from netcore.errors import MessageError
from netcore.wire.codec import decode_file
from netcore.wire.codes import Refusal
from netcore.wire.messages import LARGEST_INT, File, Said
from netcore.wire.names import could_be_name
from netcore.wire.texts import check_text

Conditions = Mapping[str, str]
"""For each table (the large ones may be missing) an SQL expression that is true for every sound row."""

UNREADABLE_NAME: Final = "unreadable"
UNREADABLE_TEXT: Final = "(This message is damaged on the disk and cannot be shown.)"


# --- In SQL -------------------------------------------------------------------------------------


def blob(column: str, *sizes_bytes: int) -> str:
    """Bytes, of one of these sizes if any are given."""
    sizes = f" AND length({column}) IN ({', '.join(map(str, sizes_bytes))})" if sizes_bytes else ""
    return f"(typeof({column}) = 'blob'{sizes})"


def text(column: str) -> str:
    return f"(typeof({column}) = 'text')"


def path(column: str) -> str:
    return f"(typeof({column}) = 'text' AND instr({column}, char(0)) = 0)"


def one_of(column: str, words: Iterable[str]) -> str:
    return f"({column} IN ({', '.join(repr(str(word)) for word in words)}))"


def count(column: str, least: int = 0) -> str:
    return f"(typeof({column}) = 'integer' AND {column} BETWEEN {least} AND {LARGEST_INT})"


def flag(column: str) -> str:
    return f"(typeof({column}) = 'integer' AND {column} IN (0, 1))"


def null_or(column: str, condition: str) -> str:
    return f"({column} IS NULL OR {condition})"


def refers(column: str, table: str) -> str:
    return f"({column} IN (SELECT id FROM {table}))"


def all_of(*conditions: str) -> str:
    return " AND ".join(conditions)


# --- In Python ----------------------------------------------------------------------------------


def is_bytes(value: object, size_bytes: int) -> bool:
    return isinstance(value, bytes) and len(value) == size_bytes


def is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_INT


def file_of(column: object) -> File | None:
    """What the column of a message holds. A damaged one leaves a message without text: not readable."""
    if type(column) is not str:
        return None
    try:
        return decode_file(column)
    except MessageError:
        return None


def readable(row: Said) -> Said:
    """The row if any client takes it; else one that says that it is damaged, in its place.

    A row that clients refuse would shut all of them out for ever: each would break off at it, and come again.
    """
    name_is_good = type(row.name) is str and could_be_name(row.name)
    if row.file is not None:
        text_is_good = row.text == ""
    else:
        text_is_good = bool(
            type(row.text) is str and row.text and check_text(row.text) in (None, Refusal.EMPTY)
        )
    numbers_are_good = is_count(row.n) and row.n > 0 and is_count(row.at)
    if name_is_good and text_is_good and numbers_are_good:
        return row
    return replace(
        row,
        name=row.name if name_is_good else UNREADABLE_NAME,
        n=row.n if is_count(row.n) and row.n > 0 else 1,
        at=row.at if is_count(row.at) else 0,
        text=UNREADABLE_TEXT,
        file=None,
    )
