"""The member's laboratory: what is switched on for its own connection, and for those that follow it.

Recording ends with the switch. Secrets are recorded for one connection only: the next after a person asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from netcore.net.api.commands import CutReceiving, CutSending, ForgetSecrets, JoinSending, Record
from netcore.net.api.events import Event, LabSwitches
from netcore.net.client.link import ClientLink
from netcore.net.knife import SendKnife
from netcore.session.table import State
from netcore.trace import Recorder, Tape

LabCommand = Record | ForgetSecrets | CutReceiving | CutSending | JoinSending


class MemberLab:
    """Thread: netcore-loop only."""

    def __init__(self, recorder: Recorder, address: str, emit: Callable[[Event], None]) -> None:
        """`address`: the server's."""
        self._recorder = recorder
        self._address = address
        self._emit = emit
        self._switches = LabSwitches()
        self._secrets_next = False

    def submit(self, command: LabCommand, link: ClientLink | None) -> None:
        """Do what the person asks, with the connection that there is."""
        now = self._switches
        match command:
            case Record(on):
                self._secrets_next = self._secrets_next and on
                self._set(replace(now, recording=on, secrets=now.secrets and on))
                if link is not None:
                    link.record(on, self._address)
            case ForgetSecrets():
                self._secrets_next = False
                if link is not None:
                    link.forget_secrets()
                self._set(replace(now, secrets=False))
            case CutReceiving(most_bytes):
                self._set(replace(now, receive_bytes=most_bytes))
                self._cut(link)
            case CutSending(piece_bytes):
                self._set(replace(now, piece_bytes=piece_bytes, join_s=None))
                self._cut(link)
            case JoinSending(wait_s):
                self._set(replace(now, piece_bytes=None, join_s=wait_s))
                self._cut(link)

    def ask_for_secrets(self) -> None:
        """The next connection is recorded with its secrets."""
        self._secrets_next = True

    def new_link(self, make: Callable[[int, Tape | None], ClientLink]) -> ClientLink:
        """`make(number, tape)` a link, and put it under what is switched on."""
        number, tape, secrets = self._recorder.next_connection(), None, self._secrets_next
        self._secrets_next = False
        if secrets or self._switches.recording:
            tape = Tape(self._recorder, number, secrets)
            tape.begin("client", self._address, b"", 0, 0, State.NOTHING_KNOWN.name)
        link = make(number, tape)
        self._cut(link)
        self._set(replace(self._switches, recording=tape is not None, secrets=secrets))
        return link

    def lost_link(self) -> None:
        """Its secrets are forgotten with it."""
        self._set(replace(self._switches, secrets=False))

    def _cut(self, link: ClientLink | None) -> None:
        if link is None:
            return
        on = self._switches
        link.cut_reading(on.receive_bytes)
        if on.piece_bytes is not None:
            link.cut_sending(SendKnife.cut(on.piece_bytes))
        elif on.join_s is not None:
            link.cut_sending(SendKnife.join(on.join_s))
        else:
            link.cut_sending(None)

    def _set(self, changed: LabSwitches) -> None:
        if changed != self._switches:
            self._switches = changed
            self._emit(changed)
