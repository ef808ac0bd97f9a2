"""The judge: were acknowledged messages kept, shown once, in one order? (PROTOCOL §7)

Modelled on what Jepsen asks of a queue. A text is unique in a run, so a text names a message.
`attempts` A: what a person entered; `acknowledged` K: what their own client showed as delivered;
`log` L: the server's rows in order; `displays` D: what each client showed, in the order shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Row = tuple[int, str]  # seq, text


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many messages broke each promise; all zero is a pass."""

    lost: int  # acknowledged, and not in the log
    unsent: int  # entered, and not in the log after everything has calmed down
    duplicated: int  # more than once in the log, or on one display
    out_of_order: int  # on a display not in the log's order, or a sender's texts not in the order entered
    unexpected: int  # in the log or on a display, and never entered; or shown, and not in the log
    missing: int  # in the log, and not on a display that has been there since before it

    @property
    def passed(self) -> bool:
        return not any(
            (self.lost, self.unsent, self.duplicated, self.out_of_order, self.unexpected, self.missing)
        )


def judge(
    attempts: Mapping[str, Sequence[str]],
    acknowledged: Mapping[str, Sequence[str]],
    log: Sequence[Row],
    displays: Mapping[str, Sequence[Row]],
    maybe: Collection[str] = (),
) -> Verdict:
    """Compare what was entered and acknowledged with the log, and the log with every display.

    `maybe`: texts whose client was killed before it could have read them from its input.
    """
    rows_logged = set(log)
    logged = Counter(text for _, text in log)
    entered = {text for texts in attempts.values() for text in texts}
    place = {text: index for index, (_, text) in enumerate(log)}
    duplicated = sum(count - 1 for count in logged.values())
    unexpected = sum(1 for text in logged if text not in entered)
    out_of_order = _descents([seq for seq, _ in log])
    for texts in attempts.values():
        out_of_order += _descents([place[text] for text in texts if text in place])
    missing = 0
    for rows in displays.values():
        shown = Counter(rows)
        duplicated += sum(count - 1 for count in shown.values())
        unexpected += sum(1 for row in shown if row not in rows_logged)
        out_of_order += _descents([seq for seq, _ in rows])
        since = rows[0][0] if rows else 0
        missing += sum(1 for row in log if row[0] >= since and row not in shown)
    return Verdict(
        lost=sum(1 for texts in acknowledged.values() for text in texts if text not in logged),
        unsent=sum(1 for text in entered.difference(maybe) if text not in logged),
        duplicated=duplicated,
        out_of_order=out_of_order,
        unexpected=unexpected,
        missing=missing,
    )


def _descents(numbers: Sequence[int]) -> int:
    return sum(1 for before, after in pairwise(numbers) if after <= before)
