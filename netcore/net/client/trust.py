"""Whether to believe that a server is the right one (PROTOCOL §11.2).

Asked once the server's signature over this handshake holds, so the fingerprint shown is one whose
key was really there. The answer is an exception or none, and until it is given nothing is sent that
is worth anything. In this order:

    everyone has its private half (PUBLISHED)     PublishedKey, except in the laboratory
    the person said yes to exactly this key       go on
    the address is known with another key         ServerKeyChanged, an invite notwithstanding
    an invite names another key                   InviteMismatch
    known, here or at another address             go on (with a notice)
    an invite names it, or --accept-new           go on, first contact
    otherwise                                     UnknownServer
"""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest

from netcore.crypto.identity import PublicKey, fingerprint_text
from netcore.crypto.published import PUBLISHED
from netcore.errors import InviteMismatch, PublishedKey, ServerKeyChanged, UnknownServer
from netcore.net.api.events import Notice, TrustAsked
from netcore.net.target import Target
from netcore.store.known_servers import Known, KnownServers
from netcore.wire.lines import quoted_room


class Trust:
    """The decision for one target. `question` says what the person is to be asked after a refusal."""

    def __init__(
        self,
        known: KnownServers,
        target: Target,
        accept_new: bool,
        now_ms: Callable[[], int],
        laboratory: bool = False,
    ) -> None:
        self._known = known
        self._target = target
        self._accept_new = accept_new
        self._now_ms = now_ms
        self._laboratory = laboratory
        self._pinned = b""
        self._found: Known | None = None
        self.question: TrustAsked | None = None
        self.notice: Notice | None = None
        self.first_contact = False

    def pin(self, fingerprint: bytes) -> bool:
        """The person's yes. False when it is not the fingerprint that was asked about."""
        if self.question is None or fingerprint != self.question.shown:
            return False
        self._pinned = fingerprint
        self.question = None
        return True

    def expected(self) -> tuple[bytes, str] | None:
        """Fingerprint and room of the server last known at this address, to open its history early."""
        entries = [one for one in self._known.all() if self._target.address in one.addresses]
        return (entries[0].fingerprint, entries[0].room) if entries else None

    def check(self, identity: PublicKey) -> None:
        """Raises a TrustError to go no further, or TrustFileError."""
        shown = identity.fingerprint
        address = self._target.address
        self.question = self.notice = None
        if shown in PUBLISHED and not self._laboratory:
            raise PublishedKey(address=address, fingerprint=fingerprint_text(shown))
        found = self._known.check(shown, address, self._now_ms())
        self._found = found
        if self._pinned and compare_digest(shown, self._pinned):
            self.first_contact = self.first_contact or found.kind in ("new", "changed")
            return
        if found.kind == "changed" and found.entry is not None:
            known = found.entry
            self.question = TrustAsked(address, shown, known.fingerprint, known.first_seen_ms, known.room)
            raise ServerKeyChanged(
                address=address,
                fingerprint=fingerprint_text(shown),
                known=fingerprint_text(known.fingerprint),
            )
        invited = self._target.invite_fp
        if invited is not None and not compare_digest(shown[: len(invited)], invited):
            raise InviteMismatch(address=address, fingerprint=fingerprint_text(shown))
        if found.kind == "moved":
            room = found.entry.room if found.entry is not None else ""
            self.notice = Notice("moved", _moved(room, address))
        elif found.kind == "new":
            if invited is None and not self._accept_new:
                self.question = TrustAsked(address, shown, b"", 0, "")
                raise UnknownServer(address=address, fingerprint=fingerprint_text(shown))
            self.first_contact = True

    def established(self, fingerprint: bytes) -> None:
        """The server has proved the key that was checked: remember a new one. Raises StorageError."""
        if self._found is not None and self._found.kind in ("new", "changed"):
            self._known.accept(fingerprint, self._target.address, "", self._now_ms())

    def welcomed(self, fingerprint: bytes, room: str) -> None:
        """Remember what the room is called, and that the server is found here. Raises StorageError."""
        entry = self._found.entry if self._found is not None and self._found.kind == "known" else None
        if entry is None or entry.room != room:
            self._known.touch(fingerprint, self._target.address, self._now_ms(), room)


def _moved(room: str, address: str) -> str:
    called = f" {quoted_room(room)}" if room else ""
    return f"The server{called} is one that you know, and now answers at {address} too. Its key is the same."
