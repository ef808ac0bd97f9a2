"""Whispers at the client: seal and open, with keys that are checked and kept (PROTOCOL §10).

Out: on disk before it shows as pending; then sealed once, stored so, and sent again as the same bytes.
In: on disk before it is confirmed, since the server then forgets it. One that came before is confirmed again
and not shown; another one whose counter is not above the last is not shown either, and both persons are told.
Both in order, one at a time: see `whisper_queue`.

A member's key is asked for when it is first needed, must hash to the member's id, and is kept.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future

from netcore import limits
from netcore.crypto.identity import PublicKey
from netcore.errors import MessageError, WhisperError
from netcore.net.api.events import Member, WhisperReceived
from netcore.net.client.context import Context
from netcore.net.client.outbox import Outbox
from netcore.net.speech import not_opened, out_of_order, shared_file
from netcore.net.whisper_queue import Opened, Sealed, WhisperQueue, open_job, seal_job
from netcore.store.client_store import Draft, Taken
from netcore.wire.messages import GetKey, GotWhisper, Key, Whisper

# A server that sends more at once than it may hold for us is not ours.
_MOST_WAITING = 2 * limits.WHISPERS_HELD_PER_MEMBER


class Whispers:
    """The whispers of one nick at one server."""

    def __init__(self, context: Context, outbox: Outbox, name_of: Callable[[bytes], str]) -> None:
        self._context = context
        self._outbox = outbox
        self._name_of = name_of
        self._server_modulus = b""
        # Whose key is not here yet waits; all to that member wait with it, so their order stays.
        self._to_seal: WhisperQueue[Draft, Sealed] = WhisperQueue(
            context.in_pool, self._seal_job, self._sealed, in_order=False
        )
        self._to_open: WhisperQueue[Whisper, Opened] = WhisperQueue(
            context.in_pool, self._open_job, self._opened, in_order=True
        )
        self._asked: set[bytes] = set()  # ids whose key we asked for over this connection
        self._connected = False
        self._keys: dict[bytes, PublicKey] = {}

    def established(self, server_modulus: bytes) -> None:
        """The server has proved its identity, whose modulus is part of every whisper's seal."""
        self._server_modulus = server_modulus

    def welcomed(self) -> None:
        """Not sooner: whatever a client sends between auth and welcome breaks the protocol."""
        self._connected = True
        self._asked.clear()
        self._to_seal.work()

    def disconnected(self) -> None:
        """The server sends again what was not confirmed."""
        self._connected = False
        self._to_open.clear()

    def close(self) -> None:
        """The store is about to close: what is not sealed is on disk, and sealed by the next run."""
        self._to_seal.close()
        self._to_open.close()

    def load(self) -> None:
        """Go on with what the last run left unsealed."""
        for whisper in self._context.store.unsealed(self._context.server):
            self._to_seal.add(whisper)

    def add(self, whisper: Draft) -> None:
        """A whisper that the store has just taken."""
        self._to_seal.add(whisper)

    def server_replaced(self) -> None:
        """What is not sealed was for the members of another server: the person gets it back."""
        for whisper in self._to_seal.clear():
            self._outbox.refuse_for_other_server(whisper)

    def on_key(self, key: Key) -> None:
        """Raises MessageError for a key that is not the member's: the server lies."""
        public = PublicKey(key.key)
        if public.fingerprint != key.id:
            raise MessageError(what="a key that is not the member’s")
        if key.id not in self._asked:
            return
        self._context.store.remember_key(key.id, key.key)
        self._keys[key.id] = public
        self._to_seal.work()
        self._to_open.work()

    def on_whisper(self, whisper: Whisper) -> None:
        if len(self._to_open) >= _MOST_WAITING:
            raise MessageError(what="more whispers than a server may hold")
        self._to_open.add(whisper)

    def _key_of(self, member_id: bytes) -> PublicKey | None:
        """The member's key, from the store that saw it first; else None, and the server is asked."""
        public = self._keys.get(member_id)
        if public is None:
            public = self._kept_key(member_id)
            if public is None:
                if self._connected and member_id not in self._asked:
                    self._asked.add(member_id)
                    self._context.send(GetKey(member_id))
                return None
            self._keys[member_id] = public
        return public

    def _kept_key(self, member_id: bytes) -> PublicKey | None:
        """From the store. One that is damaged there is forgotten, and asked for anew."""
        modulus = self._context.store.key_of(member_id)
        if modulus is None:
            return None
        with contextlib.suppress(MessageError):
            public = PublicKey(modulus)
            if public.fingerprint == member_id:
                return public
        self._context.store.forget_key(member_id)
        return None

    # --- Out ------------------------------------------------------------------------------------

    def _seal_job(self, whisper: Draft) -> Callable[[], Sealed] | None:
        assert whisper.to is not None  # only whispers are added
        context = self._context
        recipient = self._key_of(whisper.to) if self._server_modulus else None
        if recipient is None:
            return None
        # Above every counter used before, also after a restart: the store remembers the last one.
        counter = context.store.next_counter(context.server, whisper.to, context.now_ms() * 1000)
        return seal_job(
            context.me,
            recipient,
            self._server_modulus,
            counter,
            whisper.text,
            context.random,
            whisper.file,
        )

    def _sealed(self, whisper: Draft, sealing: Future[Sealed]) -> None:
        # With a full disk it stays as it is, and its turn comes again over the next connection.
        draft = self._context.store.seal_draft(self._context.server, whisper, *sealing.result())
        self._to_seal.remove(whisper)
        self._outbox.send(draft)

    # --- In -------------------------------------------------------------------------------------

    def _open_job(self, whisper: Whisper) -> Callable[[], Opened] | None:
        sender = self._key_of(whisper.sender) if self._server_modulus else None
        if sender is None:
            return None
        return open_job(self._context.me, sender, self._server_modulus, whisper)

    def _opened(self, whisper: Whisper, opening: Future[Opened]) -> None:
        self._to_open.remove(whisper)
        context, name = self._context, self._name_of(whisper.sender)
        try:
            text, file = opening.result()
        except WhisperError as error:
            context.refused(error)
            context.emit(not_opened(name, error))
            context.send(GotWhisper(whisper.sender, whisper.msg_id, False))
            return
        taken = context.store.take_whisper(
            context.server, whisper.sender, name, whisper.msg_id, whisper.counter, text, whisper.at, file
        )
        context.send(GotWhisper(whisper.sender, whisper.msg_id, taken is not Taken.OUT_OF_ORDER))
        if taken is Taken.NEW:
            sender = Member(whisper.sender, name)
            context.emit(WhisperReceived(sender, text, whisper.at, shared_file(file)))
        elif taken is Taken.OUT_OF_ORDER:
            context.emit(out_of_order(name))
