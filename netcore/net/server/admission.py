"""Who may come in, under which name, and what a newcomer is told first (PROTOCOL §4.3).

A connection that has proved its key asks for a name. The answer is a Close that says why not, or
`welcome`, the room's switches, the whispers that waited, and what became of its own. Then the client
pulls the pages it lacks, and becomes live.
"""

from __future__ import annotations

import logging
from typing import Final

from netcore import limits
from netcore.errors import BadName
from netcore.net.addresses import limit_key
from netcore.net.api.events import Member, MemberJoined
from netcore.net.server.context import Hall
from netcore.net.server.group_commit import Turn
from netcore.net.server.link import Link
from netcore.net.server.whisper_relay import Mail
from netcore.room.members import MemberState
from netcore.wire.codes import CloseCode, History, LeaveReason
from netcore.wire.messages import Auth, Joined, Left, Resume, Welcome
from netcore.wire.names import clean_name, fold_name, propose_name

_PROPOSALS: Final = 50

log = logging.getLogger("localchat.room")


class Entry:
    """Thread: netcore-loop only."""

    def __init__(self, hall: Hall, turn: Turn, mail: Mail) -> None:
        self._hall = hall
        self._turn = turn
        self._mail = mail

    def decide(self, link: Link, member_id: bytes, auth: Auth) -> None:
        """Take the member in, or close the connection with the reason."""
        try:
            name = clean_name(auth.name)
        except BadName:
            link.close(CloseCode.NAME_BAD)
            return
        refusal = self._refusal(link, member_id, name)
        if refusal is not None:
            code, words = refusal
            log.info("%s may not come in: %s", link.address, code.name)
            link.close(code, words=words)
        else:
            self._take_in(link, member_id, name, auth)

    def _refusal(self, link: Link, member_id: bytes, name: str) -> tuple[CloseCode, str] | None:
        hall = self._hall
        if member_id == hall.host_id:
            return CloseCode.NAME_TAKEN, ""  # the host's own key, copied
        known = hall.log.person(member_id) is not None
        code = hall.moderation.entry(member_id, ban_key(link.host), hall.loop.now(), known)
        if code is not None:
            return code, ""
        if not self._may_have(name, member_id):
            return CloseCode.NAME_TAKEN, self._free_name(name, member_id)
        if member_id in hall.links:
            return None  # it comes in place of itself, so it needs no further place
        if len(hall.members) - 1 >= hall.config.options.max_members:
            return CloseCode.FULL, ""
        key = limit_key(link.host)
        if key is not None:
            here = sum(limit_key(other.host) == key for other in hall.links.values())
            if here >= limits.MEMBERS_PER_ADDRESS:
                return CloseCode.TOO_MANY, ""
        return None

    def _may_have(self, name: str, member_id: bytes) -> bool:
        """Whether the name is free, or the member's. Whoever is here has its name, however old the record."""
        here = self._hall.members.named(name)
        owner = here.id if here is not None else self._hall.log.owner_of(fold_name(name), self._hall.now_ms())
        return owner in (None, member_id)

    def _free_name(self, name: str, member_id: bytes) -> str:
        taken = {fold_name(name)}
        for _ in range(_PROPOSALS):
            proposal = propose_name(name, taken)
            if self._may_have(proposal, member_id):
                return proposal
            taken.add(fold_name(proposal))
        return ""

    def _take_in(self, link: Link, member_id: bytes, name: str, auth: Auth) -> None:
        hall = self._hall
        now_ms = hall.now_ms()
        before = hall.members.get(member_id)
        older = hall.links.get(member_id)
        hall.links[member_id] = link
        if older is not None:
            older.close(CloseCode.REPLACED)
        else:
            self._turn.is_back(member_id)
        if before is None or before.name != name:
            if before is not None:
                self._turn.announce(Left(member_id, before.name, LeaveReason.LEFT))
            self._turn.announce(Joined(member_id, name))
            hall.emit(MemberJoined(Member(member_id, name, False, link.address, now_ms)))
        hall.members.join(MemberState(member_id, name, link.address, now_ms))
        hall.log.remember(member_id, name, auth.key, now_ms)
        self._turn.ask()
        link.admit(member_id, hall.shares.come(member_id))
        self._greet(link, name, auth, now_ms)

    def _greet(self, link: Link, name: str, auth: Auth, now_ms: int) -> None:
        hall, member_id = self._hall, link.member_id
        last_n = hall.log.last_n(member_id, auth.stream)
        history = self._history(auth.resume)
        link.send(
            Welcome(
                hall.config.room, hall.log.log_id, hall.host_id, name, last_n, hall.log.head, history, now_ms
            )
        )
        link.send(hall.room_state(member_id))
        self._mail.greet(link)

    def _history(self, resume: Resume | None) -> History:
        log = self._hall.log
        if resume is None:
            return History.NEW
        if resume.log_id != log.log_id or resume.seq > log.head:
            return History.REPLACED
        # A row that retention has removed cannot be compared; then log_id alone vouches.
        if resume.seq >= log.first and log.row_hash_at(resume.seq) != resume.row:
            return History.REPLACED
        return History.RESUMED


def ban_key(host: str) -> str:
    """Under which address a ban counts: that of the limits, or this computer's own."""
    return limit_key(host) or host
