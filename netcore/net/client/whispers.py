"""Whispers at the client: seal and open, with keys that are checked and kept (PROTOCOL §10, DESIGN §4.5).

Out: on disk before it shows as pending; then sealed, one at a time and in the order written, since the
counter that a whisper carries must not be overtaken on the way. It is sealed once, stored so, and sent
again as the same bytes.
In: in the order of arrival, one at a time. On disk before it is confirmed, since the server then
forgets it; one that came before (a counter not above the last) is confirmed again and not shown.

A member's key is asked for when it is first needed, must hash to the member's id, and is kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from netcore import limits
from netcore.crypto.identity import PrivateKey, PublicKey
from netcore.crypto.primitives import Random
from netcore.crypto.whispers import MSG_ID_BYTES, open_whisper, seal_whisper
from netcore.errors import MessageError, WhisperError
from netcore.net.api.events import Event, Member, Notice, WhisperReceived
from netcore.net.client.outbox import Outbox
from netcore.net.loop import Loop, Timer
from netcore.store.client_store import ClientStore, Draft
from netcore.wire.messages import GetKey, GotWhisper, Key, Message, Whisper
from netcore.wire.texts import opened_text

T = TypeVar("T")

# A server that sends more at once than it may hold for us is not ours.
_MOST_WAITING = 2 * limits.WHISPERS_HELD_PER_MEMBER


@dataclass(frozen=True, slots=True)
class Desk:
    """What sealing and opening stand on, the same for the life of a client at one server."""

    loop: Loop
    store: ClientStore
    server: bytes  # its fingerprint
    me: PrivateKey
    random: Random
    now_ms: Callable[[], int]
    emit: Callable[[Event], None]
    send: Callable[[Message], None]
    guard: Callable[[Callable[[], None]], None]
    """Runs what the loop calls back: what goes wrong in it ends the connection, not the program."""

    def call_later(self, delay_s: float, fn: Callable[[], None]) -> Timer:
        """Run `fn` once, guarded, `delay_s` seconds from now."""
        return self.loop.call_later(delay_s, lambda: self.guard(fn))

    def in_pool(self, job: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
        """Run `job` in the worker pool, then `done` on the loop, guarded."""
        self.loop.in_pool(job, lambda future: self.guard(lambda: done(future)))


class Whispers:
    """The whispers of one nick at one server."""

    def __init__(self, desk: Desk, outbox: Outbox, name_of: Callable[[bytes], str]) -> None:
        self._desk = desk
        self._outbox = outbox
        self._name_of = name_of
        self._server_modulus = b""
        self._out: deque[Draft] = deque()  # not sealed yet
        self._in: deque[Whisper] = deque()
        self._sealing = False
        self._opening = False
        self._asked: set[bytes] = set()  # ids whose key we asked for over this connection
        self._connected = False
        self._shut = False
        self._keys: dict[bytes, PublicKey] = {}

    def established(self, server_modulus: bytes) -> None:
        """The server has proved its identity, whose modulus is part of every whisper's seal."""
        self._server_modulus = server_modulus

    def opened(self) -> None:
        """Welcome came. Not sooner: whatever a client sends between auth and welcome breaks the protocol."""
        self._connected = True
        self._asked.clear()
        self._seal_next()

    def closed(self) -> None:
        """The server sends again what was not confirmed."""
        self._connected = False
        self._in.clear()

    def shut(self) -> None:
        """The store is about to close: results of the worker pool come too late now."""
        self._shut = True

    def load(self) -> None:
        """Go on with what the last run left unsealed."""
        self._out.extend(self._desk.store.unsealed(self._desk.server))

    def add(self, whisper: Draft) -> None:
        """A whisper that the store has just taken."""
        self._out.append(whisper)
        self._seal_next()

    def give_up(self) -> None:
        """Give what is not sealed back: it was for the members of another server."""
        while self._out:
            self._outbox.give_back(self._out.popleft())

    def on_key(self, key: Key) -> None:
        """Raises MessageError for a key that is not the member's: the server lies."""
        public = PublicKey(key.key)
        if public.fingerprint != key.id:
            raise MessageError(what="a key that is not the member's")
        if key.id not in self._asked:
            return
        self._desk.store.remember_key(key.id, key.key)
        self._keys[key.id] = public
        self._seal_next()
        self._open_next()

    def on_whisper(self, whisper: Whisper) -> None:
        if len(self._in) >= _MOST_WAITING:
            raise MessageError(what="more whispers than a server may hold")
        self._in.append(whisper)
        self._open_next()

    # --- Keys -----------------------------------------------------------------------------------

    def _key_of(self, member_id: bytes) -> PublicKey | None:
        """The member's key, from the store that saw it first; else None, and the server is asked."""
        public = self._keys.get(member_id)
        if public is None:
            modulus = self._desk.store.key_of(member_id)
            if modulus is None:
                if self._connected and member_id not in self._asked:
                    self._asked.add(member_id)
                    self._desk.send(GetKey(member_id))
                return None
            public = self._keys[member_id] = PublicKey(modulus)
        return public

    # --- Out ------------------------------------------------------------------------------------

    def _seal_next(self) -> None:
        if self._sealing or not self._out or not self._server_modulus:
            return
        # Whose key is not here yet waits; all to that member wait with it, so their order stays.
        ready = ((one, key) for one in self._out if one.to and (key := self._key_of(one.to)) is not None)
        whisper, recipient = next(ready, (None, None))
        if whisper is None or recipient is None:
            return
        desk, modulus = self._desk, self._server_modulus
        # Above every counter used before, also after a restart: the store remembers the last one.
        counter = desk.store.next_counter(desk.server, recipient.fingerprint, desk.now_ms() * 1000)
        msg_id = desk.random(MSG_ID_BYTES)
        self._sealing = True

        def seal() -> tuple[bytes, bytes]:
            return seal_whisper(desk.me, recipient, modulus, msg_id, counter, whisper.text, desk.random)

        def sealed(sealing: Future[tuple[bytes, bytes]]) -> None:
            self._sealing = False
            if self._shut or whisper not in self._out:
                return  # it is on disk, and sealed by the next run; or it was given back
            result = sealing.result()
            # With a full disk it stays as it is, and its turn comes again over the next connection.
            draft = desk.store.seal_draft(desk.server, whisper, msg_id, counter, *result)
            self._out.remove(whisper)
            self._outbox.queue(draft)
            self._seal_next()

        desk.in_pool(seal, sealed)

    # --- In -------------------------------------------------------------------------------------

    def _open_next(self) -> None:
        if self._opening or not self._in or not self._server_modulus:
            return
        desk, whisper, modulus = self._desk, self._in[0], self._server_modulus
        sender = self._key_of(whisper.sender)
        if sender is None:
            return
        self._opening = True

        def job() -> str:
            text = open_whisper(
                desk.me, sender, modulus, whisper.msg_id, whisper.counter, whisper.c1, whisper.c2
            )
            return opened_text(text)

        def opened(opening: Future[str]) -> None:
            self._opening = False
            if self._shut:
                return
            if not self._in or self._in[0] is not whisper:
                self._open_next()  # the connection ended meanwhile; the server will send it again
                return
            self._in.popleft()
            try:
                text = opening.result()
            except WhisperError as error:
                desk.emit(Notice(error.code, f"From {self._name_of(whisper.sender)}: {error}"))
                desk.send(GotWhisper(whisper.sender, whisper.msg_id))
            else:
                self._take(whisper, text)
            self._open_next()

        desk.in_pool(job, opened)

    def _take(self, whisper: Whisper, text: str) -> None:
        desk = self._desk
        name = self._name_of(whisper.sender)
        is_new = desk.store.take_whisper(
            desk.server, whisper.sender, name, whisper.msg_id, whisper.counter, text, whisper.at
        )
        desk.send(GotWhisper(whisper.sender, whisper.msg_id))
        if is_new:
            desk.emit(WhisperReceived(Member(whisper.sender, name), text, whisper.at))
