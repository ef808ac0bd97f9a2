"""Who may come in, under which name, and what a newcomer is told first (PROTOCOL §4.3, §12).

A connection that has proved its key asks for a name. The answer is a Close that says why not, or
`welcome`, the room's switches, the whispers that waited, and what became of its own. Then the client
pulls the pages it lacks, and becomes live.
"""

from __future__ import annotations

import logging
from typing import Final

from netcore import limits
from netcore.crypto.published import PUBLISHED
from netcore.errors import BadName
from netcore.net.addresses import limit_key
from netcore.net.api.events import Member, MemberJoined, Notice
from netcore.net.server.context import Context
from netcore.net.server.group_commit import GroupCommit
from netcore.net.server.link import ServerLink
from netcore.net.server.whisper_relay import WhisperRelay
from netcore.room.members import MemberState
from netcore.wire.codes import CloseCode, History, LeaveReason
from netcore.wire.messages import Auth, Joined, Left, Resume, Welcome
from netcore.wire.names import clean_name, fold_name, propose_name

_PROPOSALS: Final = 50

log = logging.getLogger("localchat.room")


class Admission:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context, group_commit: GroupCommit, whispers: WhisperRelay) -> None:
        self._context = context
        self._group_commit = group_commit
        self._whispers = whispers
        self._told_version_s = float("-inf")

    def tell_other_version(self, host: str) -> None:
        """Somebody cannot come in for their version of LocalChat: the host is told, now and then."""
        now = self._context.loop.now()
        if now - self._told_version_s >= limits.OTHER_VERSION_TOLD_EACH_S:
            self._told_version_s = now
            text = f"Somebody at {host} tried to join with another version of LocalChat: both should update."
            self._context.emit(Notice("other_version", text))

    def decide(self, link: ServerLink, member_id: bytes, auth: Auth) -> None:
        """Take the member in, or close the connection with the reason."""
        if member_id in PUBLISHED and not self._context.config.laboratory:
            log.info("%s may not come in: everyone has its key", link.address)
            link.close(CloseCode.AUTH_FAILED)
            return
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
            self._admit(link, member_id, name, auth)

    def _refusal(self, link: ServerLink, member_id: bytes, name: str) -> tuple[CloseCode, str] | None:
        context = self._context
        if member_id == context.host_id:
            return CloseCode.NAME_TAKEN, ""  # the host's own key, copied
        known = context.log.person(member_id) is not None
        code = context.moderation.refusal_to_enter(member_id, ban_key(link.host), context.loop.now(), known)
        if code is not None:
            return code, ""
        if not self._may_have(name, member_id):
            return CloseCode.NAME_TAKEN, self._free_name(name, member_id)
        if member_id in context.links:
            return None  # it replaces its older connection, so it needs no further place
        if len(context.members) - 1 >= context.config.options.max_members:
            return CloseCode.FULL, ""
        key = limit_key(link.host)
        if key is not None:
            here = sum(limit_key(other.host) == key for other in context.links.values())
            if here >= limits.MEMBERS_PER_ADDRESS:
                return CloseCode.TOO_MANY, ""
        return None

    def _may_have(self, name: str, member_id: bytes) -> bool:
        """Whether the name is the member's, or is free, and nobody else's could be taken for it.

        Whoever is here has a name, however old the record.
        """
        if self._context.members.alike(name, member_id) is not None:
            return False
        log, age_ms = self._context.log, self._context.age_ms()
        owner = log.owner_of(fold_name(name), age_ms)
        if owner is not None:
            return owner == member_id
        return log.mistaken_for(name, member_id, age_ms) is None

    def _free_name(self, name: str, member_id: bytes) -> str:
        taken = {fold_name(name)}
        for _ in range(_PROPOSALS):
            proposal = propose_name(name, taken)
            if self._may_have(proposal, member_id):
                return proposal
            taken.add(fold_name(proposal))
        return ""

    def _admit(self, link: ServerLink, member_id: bytes, name: str, auth: Auth) -> None:
        context = self._context
        now_ms = context.now_ms()
        before = context.members.get(member_id)
        older = context.links.get(member_id)
        context.links[member_id] = link
        if older is not None:
            older.close(CloseCode.REPLACED)
        else:
            self._group_commit.came_back(member_id)
        if before is None or before.name != name:
            if before is not None:
                self._group_commit.announce(Left(member_id, before.name, LeaveReason.LEFT))
            self._group_commit.announce(Joined(member_id, name))
            context.emit(MemberJoined(Member(member_id, name, False, link.address, now_ms)))
        context.members.join(MemberState(member_id, name, link.address, now_ms))
        self._note_address(member_id, ban_key(link.host))
        here = {member.id for member in context.members}
        context.log.remember(member_id, name, auth.key, context.age_ms(), here)
        self._group_commit.schedule()
        link.admit(member_id, context.shares.claim(member_id))
        self._send_welcome(link, name, auth, now_ms)

    def _note_address(self, member_id: bytes, address: str) -> None:
        """So that it can be banned, too, when the member has just gone."""
        last = self._context.last_addresses
        last[member_id] = address
        last.move_to_end(member_id)
        if len(last) > limits.LAST_ADDRESSES_KEPT:
            last.popitem(last=False)

    def _send_welcome(self, link: ServerLink, name: str, auth: Auth, now_ms: int) -> None:
        context, member_id = self._context, link.member_id
        last_n = context.log.last_n(member_id, auth.stream)
        history = self._history(auth.resume)
        link.send(
            Welcome(
                context.config.room,
                context.log.log_id,
                context.host_id,
                name,
                last_n,
                context.log.head,
                history,
                now_ms,
            )
        )
        link.send(context.room_state(member_id))
        self._whispers.on_joined(link)

    def _history(self, resume: Resume | None) -> History:
        log = self._context.log
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
