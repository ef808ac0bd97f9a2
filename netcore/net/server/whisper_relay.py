"""Whispers in flight: kept in the log until their recipient confirms them (PROTOCOL §7.4).

The server relays what it cannot read. It tells the sender what became of a whisper: kept
(`whisper_stored`), then shown, not shown or given up (`whisper_done`, from a report that is kept until it is
read).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Protocol

from netcore.net.server.context import Context
from netcore.net.server.group_commit import GroupCommit
from netcore.net.server.link import ServerLink
from netcore.store.room_log import Held, HeldWhisper, WhisperReport
from netcore.wire.codes import WhisperOutcome
from netcore.wire.messages import GotWhisper, Whisper, WhisperDone

MAX_UNCONFIRMED: Final = 16
"""In flight to one member at a time. All that may wait for it (200 of 22 KB) would overflow its queue."""


class Host(Protocol):
    """The one member whose whispers go through no connection."""

    @property
    def in_flight(self) -> set[bytes]:
        """The msg_ids of those that it is just opening."""

    def on_whisper(self, whisper: HeldWhisper) -> None:
        """A whisper to the host: answer with `confirm`."""

    def on_report(self, report: WhisperReport) -> None:
        """What became of a whisper of the host's."""


class WhisperRelay:
    """Thread: netcore-loop only."""

    host: Host
    """Set once, before anything is relayed."""

    def __init__(self, context: Context, group_commit: GroupCommit) -> None:
        self._context = context
        self._group_commit = group_commit
        context.log.in_flight = self._in_flight

    def on_joined(self, link: ServerLink) -> None:
        """A member has come: what waited for it, and what became of its own while it was away."""
        self._send_waiting(link)
        self._send_reports(link)

    def deliver(self, held: Held) -> None:
        """It is on the disk: its recipient gets it, and nobody else; later, if they are not here. Whoever
        lost a whisper for it is told."""
        for given_up in held.gave_up:
            self._tell(given_up.sender)
        whisper = held.whisper
        if whisper.to == self._context.host_id:
            self.host.on_whisper(whisper)
            return
        link = self._context.links.get(whisper.to)
        if link is None:
            return
        if link.in_flight.more_waits or len(link.in_flight.unconfirmed) >= MAX_UNCONFIRMED:
            link.in_flight.more_waits = True
        else:
            self._send(link, whisper)

    def _in_flight(self, to: bytes) -> Collection[bytes]:
        if to == self._context.host_id:
            return self.host.in_flight
        link = self._context.links.get(to)
        return link.in_flight.unconfirmed if link is not None else ()

    def on_got(self, link: ServerLink, got: GotWhisper) -> None:
        """The recipient is done with it. Confirming what is not here does nothing."""
        self.confirm(link.member_id, got.sender, got.msg_id, got.shown)
        link.in_flight.unconfirmed.discard(got.msg_id)
        if link.in_flight.more_waits and not link.in_flight.unconfirmed:
            self._send_waiting(link)

    def confirm(self, to: bytes, sender: bytes, msg_id: bytes, shown: bool) -> None:
        """Forget the whisper; once that is on the disk, tell its sender."""
        if self._context.log.confirm(to, sender, msg_id):
            outcome = WhisperOutcome.DELIVERED if shown else WhisperOutcome.NOT_SHOWN
            self._report(sender, WhisperReport(to, msg_id, outcome))

    def expire(self) -> None:
        """Give up what has waited for too long."""
        self._give_up(self._context.log.expire_whispers(self._context.age_ms()))

    def drop_from(self, sender: bytes) -> None:
        """Give up what waits of somebody who was banned."""
        self._give_up(self._context.log.drop_whispers_of(sender))

    def _give_up(self, whispers: Sequence[HeldWhisper]) -> None:
        for whisper in whispers:
            self._report(whisper.sender, WhisperReport(whisper.to, whisper.msg_id, WhisperOutcome.GIVEN_UP))

    def on_pong(self, link: ServerLink) -> None:
        """Which reports the member has read by now."""
        in_flight = link.in_flight
        if in_flight.proof is None or link.pongs < in_flight.proof[0]:
            return
        read, in_flight.proof = in_flight.proof[1], None
        in_flight.told -= read
        self._context.log.forget_reports(read)
        self._group_commit.schedule()
        self._ask_proof(link)

    def _report(self, sender: bytes, report: WhisperReport) -> None:
        if sender == self._context.host_id:
            self._group_commit.after_commit(lambda: self.host.on_report(report))
            return
        self._context.log.leave_report(sender, report)
        self._group_commit.after_commit(lambda: self._tell(sender))

    def _tell(self, sender: bytes) -> None:
        link = self._context.links.get(sender)
        if link is not None:
            self._send_reports(link)

    def _send_reports(self, link: ServerLink) -> None:
        for number, report in self._context.log.reports_for(link.member_id):
            if number not in link.in_flight.told:
                link.in_flight.told.add(number)
                link.send(WhisperDone(report.to, report.msg_id, report.outcome))
        self._ask_proof(link)

    @staticmethod
    def _ask_proof(link: ServerLink) -> None:
        """A report is only forgotten when it was read: a connection that dies loses what is on it."""
        if link.in_flight.told and link.in_flight.proof is None:
            link.in_flight.proof = link.ping(), frozenset(link.in_flight.told)

    def _send_waiting(self, link: ServerLink) -> None:
        held = self._context.log.held_for(link.member_id)
        for whisper in held[:MAX_UNCONFIRMED]:
            self._send(link, whisper)
        link.in_flight.more_waits = len(held) > MAX_UNCONFIRMED

    @staticmethod
    def _send(link: ServerLink, held: HeldWhisper) -> None:
        link.in_flight.unconfirmed.add(held.msg_id)
        blob = held.blob or None
        link.send(Whisper(held.sender, held.msg_id, held.counter, held.c1, held.c2, held.at, blob))
