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


@dataclass(frozen=True, slots=True)
class WhisperVerdict:
    """The same for whispers, which only their two know of."""

    lost: int  # acknowledged, and neither with its recipient nor reported as given up
    duplicated: int  # with its recipient more than once, on disk or on the display
    out_of_order: int  # of one sender to one recipient, not in the order entered
    unexpected: int  # with somebody whom it was not for, or never entered
    unshown: int  # on its recipient's disk, and never on the display of a program that nobody killed

    @property
    def passed(self) -> bool:
        return not any((self.lost, self.duplicated, self.out_of_order, self.unexpected, self.unshown))


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What one person got of whispers: (sender, text) in the order on disk, and in the order shown."""

    stored: Sequence[tuple[str, str]]
    shown: Sequence[tuple[str, str]]


def judge_whispers(
    attempts: Mapping[tuple[str, str], Sequence[str]],
    acknowledged: Collection[str],
    mailboxes: Mapping[str, Mailbox],
    given_up: Collection[str] = (),
    killed_before_shown: Collection[str] = (),
) -> WhisperVerdict:
    """`attempts` by (sender, recipient), each text unique. `given_up`: reported so to their sender.

    `killed_before_shown`: texts whose recipient was killed at a moment when it had not shown them yet.
    """
    wanted = {text: pair for pair, texts in attempts.items() for text in texts}
    place = {text: index for texts in attempts.values() for index, text in enumerate(texts)}
    arrived: set[str] = set()
    duplicated = out_of_order = unexpected = unshown = 0
    for name, box in mailboxes.items():
        for whispers in (box.stored, box.shown):
            duplicated += len(whispers) - len(set(whispers))
            right = [(sender, text) for sender, text in whispers if wanted.get(text) == (sender, name)]
            unexpected += len(whispers) - len(right)
            for one in {sender for sender, _ in right}:
                out_of_order += _descents([place[text] for sender, text in right if sender == one])
        arrived.update(text for _, text in box.stored)
        seen = {text for _, text in box.shown}
        unexpected += len(seen.difference(text for _, text in box.stored))
        hidden = {text for _, text in box.stored} - seen
        unshown += len(hidden.difference(killed_before_shown))
    return WhisperVerdict(
        lost=len(set(acknowledged) - arrived - set(given_up)),
        duplicated=duplicated,
        out_of_order=out_of_order,
        unexpected=unexpected,
        unshown=unshown,
    )
