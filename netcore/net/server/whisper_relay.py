"""Whispers on their way: kept in the log until their recipient confirms them (PROTOCOL §7.4).

The server relays what it cannot read. It tells the sender what became of a whisper: kept
(`whisper_stored`), then delivered or given up (`whisper_done`, from a report that is kept until it is read).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from netcore.net.server.context import Hall
from netcore.net.server.group_commit import Turn
from netcore.net.server.link import Link
from netcore.store.room_log import HeldWhisper, WhisperReport
from netcore.wire.messages import GotWhisper, Whisper, WhisperDone

MOST_UNCONFIRMED: Final = 16
"""On their way to one member at a time. All that may wait for it (200 of 22 KB) would overflow its queue."""


class Mail:
    """Thread: netcore-loop only."""

    def __init__(self, hall: Hall, turn: Turn, to_host: Callable[[HeldWhisper], None]) -> None:
        """`to_host` takes what is for the host itself."""
        self._hall = hall
        self._turn = turn
        self._to_host = to_host
        self._on_host_report: Callable[[WhisperReport], None] = lambda report: None

    def report_to_host(self, on_report: Callable[[WhisperReport], None]) -> None:
        """Who hears what became of the host's own whispers."""
        self._on_host_report = on_report

    def greet(self, link: Link) -> None:
        """A member has come: what waited for it, and what became of its own while it was away."""
        self._send_waiting(link)
        self._send_reports(link)

    def deliver(self, whisper: HeldWhisper) -> None:
        """It is on the disk: send it on, if its recipient is here."""
        if whisper.to == self._hall.host_id:
            self._to_host(whisper)
            return
        link = self._hall.links.get(whisper.to)
        if link is None:
            return
        if link.mail.more_waits or len(link.mail.unconfirmed) >= MOST_UNCONFIRMED:
            link.mail.more_waits = True
        else:
            self._send(link, whisper)

    def on_got(self, link: Link, got: GotWhisper) -> None:
        """The recipient has it on its disk. Confirming what is not here is harmless."""
        self.confirm(link.member_id, got.sender, got.msg_id)
        link.mail.unconfirmed.discard(got.msg_id)
        if link.mail.more_waits and not link.mail.unconfirmed:
            self._send_waiting(link)

    def confirm(self, to: bytes, sender: bytes, msg_id: bytes, delivered: bool = True) -> None:
        """Forget the whisper; once that is on the disk, tell its sender."""
        if self._hall.log.confirm(to, sender, msg_id):
            self._report(sender, WhisperReport(to, msg_id, delivered))

    def expire(self) -> None:
        """Give up what has waited for too long."""
        self._give_up(self._hall.log.expire_whispers(self._hall.now_ms()))

    def drop_from(self, sender: bytes) -> None:
        """Give up what waits of somebody who was banned."""
        self._give_up(self._hall.log.drop_whispers_of(sender))

    def _give_up(self, whispers: Sequence[HeldWhisper]) -> None:
        for whisper in whispers:
            self._report(whisper.sender, WhisperReport(whisper.to, whisper.msg_id, False))

    def on_pong(self, link: Link) -> None:
        """Which reports the member has read by now."""
        mail = link.mail
        if mail.proof is None or link.pongs < mail.proof[0]:
            return
        read, mail.proof = mail.proof[1], None
        mail.told -= read
        self._hall.log.forget_reports(read)
        self._turn.ask()
        self._ask_proof(link)

    def _report(self, sender: bytes, report: WhisperReport) -> None:
        if sender == self._hall.host_id:
            self._turn.after_commit(lambda: self._on_host_report(report))
            return
        self._hall.log.leave_report(sender, report)
        self._turn.after_commit(lambda: self._tell(sender))

    def _tell(self, sender: bytes) -> None:
        link = self._hall.links.get(sender)
        if link is not None:
            self._send_reports(link)

    def _send_reports(self, link: Link) -> None:
        for number, report in self._hall.log.reports_for(link.member_id):
            if number not in link.mail.told:
                link.mail.told.add(number)
                link.send(WhisperDone(report.to, report.msg_id, report.delivered))
        self._ask_proof(link)

    @staticmethod
    def _ask_proof(link: Link) -> None:
        """A report is only forgotten when it was read: a connection that dies takes with it what is on it."""
        if link.mail.told and link.mail.proof is None:
            link.mail.proof = link.ping(), frozenset(link.mail.told)

    def _send_waiting(self, link: Link) -> None:
        held = self._hall.log.held_for(link.member_id)
        for whisper in held[:MOST_UNCONFIRMED]:
            self._send(link, whisper)
        link.mail.more_waits = len(held) > MOST_UNCONFIRMED

    @staticmethod
    def _send(link: Link, held: HeldWhisper) -> None:
        link.mail.unconfirmed.add(held.msg_id)
        link.send(Whisper(held.sender, held.msg_id, held.counter, held.c1, held.c2, held.at))
