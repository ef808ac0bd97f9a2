"""What the host decides about members and the room: kick, ban, mute, switches, names (PROTOCOL §4.3, §7.2).

Each holds at once (`Moderation`), and is kept in the room's log. With a full disk it holds without being
kept: that is told, when it happens and when the room closes.
"""

from __future__ import annotations

from netcore import limits
from netcore.net.api import commands
from netcore.net.api.events import Banned, Member, Notice
from netcore.net.server.context import Context
from netcore.net.server.group_commit import GroupCommit
from netcore.net.server.whisper_relay import WhisperRelay
from netcore.store.room_log import Ban, Switches
from netcore.wire.codes import CloseCode, LeaveReason
from netcore.wire.lines import quoted_name
from netcore.wire.names import fold_name


class HostDecisions:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context, group_commit: GroupCommit, whispers: WhisperRelay) -> None:
        self._context = context
        self._group_commit = group_commit
        self._whispers = whispers
        self._unstored: list[str] = []

    def restore(self) -> None:
        """What was decided in earlier runs holds again."""
        context, log = self._context, self._context.log
        for ban in log.bans():
            context.moderation.ban(ban.member_id, ban.address)
        for member_id in log.mutes():
            context.moderation.mute(member_id, True)
        switches = log.switches()
        context.moderation.set_switches(switches.read_only, switches.slow_s, switches.known_only)

    def banned(self) -> tuple[Member, ...]:
        """The banned members, each with the address that is banned too, if any."""
        bans = self._context.log.bans()
        return tuple(Member(ban.member_id, ban.name, address=ban.address) for ban in bans)

    def submit(self, command: commands.Command) -> None:
        """A decision; another command: nothing. Raises StorageError when the log is broken."""
        match command:
            case commands.Kick(member_id, reason):
                self._context.moderation.kick(member_id, self._context.loop.now())
                self._remove(member_id, CloseCode.KICKED, LeaveReason.KICKED, reason)
            case commands.Ban():
                self._ban(command)
            case commands.Unban(member_id):
                self._unban(member_id)
            case commands.Mute(member_id, muted):
                self._mute(member_id, muted)
            case commands.SetRoom():
                self._set_switches(self._switches(command))
            case commands.ReleaseName(name):
                self._release_name(name)

    def tell_unstored(self) -> None:
        """At the end."""
        if self._unstored:
            text = "Not stored, since the disk is full, and gone when the room opens again: "
            self._context.emit(Notice("not_stored", text + "; ".join(self._unstored) + "."))

    def _decided(self, what: str) -> None:
        """It holds from now on; that it is not on the disk is told, now and when the room closes."""
        text = f"{what} holds, but the disk is full: if that stays, it ends with this run of the room."
        self._unstored.append(what)
        self._group_commit.after_commit(
            lambda: self._unstored.remove(what),
            lambda: self._context.emit(Notice("not_stored_yet", text)),
        )

    def _name(self, member_id: bytes) -> str:
        name = self._context.member(member_id).name
        return quoted_name(name) if name else "a key that was never here"

    def _unban(self, member_id: bytes) -> None:
        name = self._name(member_id)
        self._context.moderation.unban(member_id)
        self._context.log.lift_ban(member_id)
        self._decided(f"The end of the ban of {name}")
        self._context.emit(Banned(self.banned()))

    def _ban(self, command: commands.Ban) -> None:
        context, member_id = self._context, command.member_id
        if member_id == context.host_id:
            return
        address = context.last_addresses.get(member_id, "") if command.address_too else ""
        if command.address_too and not address:
            text = "The key is banned. Its address is not known: it was not here since the room was opened."
            context.emit(Notice("address_unknown", text))
        name = context.member(member_id).name
        context.moderation.ban(member_id, address)
        context.log.set_ban(Ban(member_id, name, address, command.reason, context.now_ms()))
        self._decided(f"The ban of {self._name(member_id)}")
        context.emit(Banned(self.banned()))
        self._whispers.drop_from(member_id)
        self._remove(member_id, CloseCode.BANNED, LeaveReason.BANNED, command.reason)

    def _switches(self, asked: commands.SetRoom) -> Switches:
        """How they stand once this is done."""
        now = self._context.moderation
        return Switches(
            now.read_only if asked.read_only is None else asked.read_only,
            now.slow_s if asked.slow_s is None else min(max(0, asked.slow_s), limits.MAX_SLOW_S),
            now.known_only if asked.known_only is None else asked.known_only,
        )

    def _set_switches(self, switches: Switches) -> None:
        moderation = self._context.moderation
        if switches == self._switches(commands.SetRoom()):
            return  # a slow mode that begins anew would let everyone speak at once
        moderation.set_switches(switches.read_only, switches.slow_s, switches.known_only)
        self._context.log.set_switches(switches)
        self._decided("The change of the room’s rules")
        self._group_commit.tell_room_state()

    def _mute(self, member_id: bytes, muted: bool) -> None:
        if member_id == self._context.host_id or muted == self._context.moderation.is_muted(member_id):
            return
        self._context.moderation.mute(member_id, muted)
        self._context.log.set_mute(member_id, muted)
        name = self._name(member_id)
        self._decided(f"The mute of {name}" if muted else f"The end of the mute of {name}")
        link = self._context.links.get(member_id)
        if link is not None:
            link.send(self._context.room_state(member_id))

    def _remove(self, member_id: bytes, code: CloseCode, why: LeaveReason, reason: str) -> None:
        link = self._context.links.get(member_id)
        if link is not None:
            link.close(code, why, reason[: limits.MAX_REASON_CHARS])

    def _release_name(self, name: str) -> None:
        if self._context.members.named(name) is not None:
            text = f"{quoted_name(name)} is here under this name. It can be released when they have left."
            self._context.emit(Notice("name_in_use", text))
        else:
            self._context.log.release_name(fold_name(name))
            self._decided(f"The release of the name {quoted_name(name)}")
            self._context.emit(
                Notice("name_released", f"The name {quoted_name(name)} is free: whoever asks first has it.")
            )
