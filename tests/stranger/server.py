"""A server of LocalChat/1, a thread for each connection, written from PROTOCOL alone.

Imports nothing of netcore. It holds its log in memory and does without limits. `misbehave` names one rule
that it breaks for its first connection; to all later ones it is honest, so that a test can see whether a
client finds its way back.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable

from tests.stranger import files, keys, wire
from tests.stranger.server_faults import AT_ENTRY, AT_LIVE, AT_PAGE, BEFORE_LIVE
from tests.stranger.server_hello_faults import hello_body, instead_of_hello
from tests.stranger.wire import Frame, Message

LOG_ID = bytes(range(16, 32))
HOST = keys.fingerprint(keys.modulus(keys.private("member_host")))


class Peer:
    """One connection, as the server sees it."""

    def __init__(self, server: StrangerServer, sock: socket.socket, misbehave: str) -> None:
        self.server: StrangerServer = server
        self.sock = sock
        self.misbehave = misbehave
        self.frames = wire.FrameStream(sock, 20.0)
        self.id = self.name = ""
        self.modulus, self.session_hash = b"", b""
        self.epoch = 0  # of the room key it holds
        self.live = False
        self.leave_out = -1  # a chunk that it does not send
        self.got_key_exchange = False
        self.got: list[Message] = []
        self.end = ""  # how it ended: close N, eof, fault ...
        self.sealing = threading.RLock()

    def run(self) -> None:
        """The connection from hello to its end."""
        try:
            self._handshake()
            self._auth()
            while True:
                for message in self._receive(in_room=True):
                    with self.server.lock:
                        self.got.append(message)
                        self._take(message)
                        self.server.changed.notify_all()
        except wire.EndOfStream:
            self.end = self.end or "eof"
        except (wire.Fault, TimeoutError, OSError) as error:
            self.end = self.end or f"fault: {error}"
        finally:
            self.server.gone(self)
            self.sock.close()

    # The handshake (§3)

    def _handshake(self) -> None:
        hello = self.frames.read((wire.CLIENT_HELLO,))
        if hello.body[:16] != keys.MAGIC:
            other = hello.body[:10] == keys.MAGIC[:10]
            self.sock.sendall(wire.OTHER_VERSION_FRAME if other else wire.ALERT_FRAME)
            raise wire.Fault("magic")
        private = os.urandom(32)
        body = hello_body(
            self.misbehave, hello.wire, keys.x25519_share(private), self.server.identity, self.server.kex
        )
        answer = Frame(wire.SERVER_HELLO, body)
        self.sock.sendall(instead_of_hello(self.misbehave, hello.wire, answer.wire))
        if self.misbehave == "end after hello":
            self.sock.shutdown(socket.SHUT_WR)
        exchange = self.frames.read((wire.CLIENT_KEY_EXCHANGE,))
        self.got_key_exchange = True
        secret = keys.oaep_open(self.server.kex, exchange.body[:256], keys.KEX_LABEL)
        z = keys.x25519(private, hello.body[48:80])
        made = keys.Schedule(hello.wire, answer.wire, exchange.body[:256], z, secret)
        if made.client_fin != exchange.body[256:]:
            raise wire.Fault("client_fin")
        self.inward, self.out = made.directions()
        wrong = {"server_fin zero": bytes(32), "server_fin is client_fin": made.client_fin}
        finished = Frame(wire.SERVER_FINISHED, wrong.get(self.misbehave, made.server_fin)).wire
        early = (
            self.out.seal(wire.pack({"t": "ping"})) if self.misbehave == "record ahead of server_fin" else b""
        )
        self.sock.sendall(early + finished * (2 if self.misbehave == "server_fin twice" else 1))
        self.session_hash = made.session_hash

    def _auth(self) -> None:
        messages = self._receive()
        if len(messages) != 1 or messages[0]["t"] != "auth":
            raise wire.Fault("no auth")
        [auth] = messages
        self.modulus = wire.unb64(wire.string(auth, "key"))
        signed = keys.CLIENT_AUTH + self.session_hash + keys.sha256(self.modulus)
        keys.verify(self.modulus, signed, wire.unb64(wire.string(auth, "sig")))
        self.id, self.name = wire.b64(keys.fingerprint(self.modulus)), wire.string(auth, "name")
        with self.server.lock:
            self.server.members[self.id] = self
            self.server.remember(self.modulus)
            self.got.append(auth)
            state: Message = {
                "t": "room_state",
                "read_only": False,
                "muted": False,
                "slow_s": 0,
                "kept": True,
            }
            if self.misbehave in AT_ENTRY:
                AT_ENTRY[self.misbehave](self)
            self.send(self._welcome(auth), state)
            if self.misbehave in BEFORE_LIVE:
                BEFORE_LIVE[self.misbehave](self)
            self.server.somebody_came = True
            self.server.broadcast({"t": "joined", "id": self.id, "name": self.name})

    def _welcome(self, auth: Message) -> Message:
        resume, history = auth["resume"], "new"
        if isinstance(resume, dict):
            seq = wire.integer(resume, "seq")
            row = (
                wire.b64(keys.row_hash(LOG_ID, self.server.log[seq - 1]))
                if seq <= len(self.server.log)
                else ""
            )
            known = resume["row"] == row
            history = "resumed" if known and resume["log_id"] == wire.b64(LOG_ID) else "replaced"
        stream = (self.id, wire.string(auth, "stream"))
        return {
            "t": "welcome", "room": "Stranger", "log_id": wire.b64(LOG_ID), "host": wire.b64(HOST),
            "name": self.name, "last_n": len(self.server.taken.get(stream, [])), "head": len(self.server.log),
            "history": history, "at": time.time_ns() // 1_000_000,
        }  # fmt: skip

    # Messages

    def _receive(self, in_room: bool = False) -> list[Message]:
        legal = (wire.DIRECT, wire.CLOSE, wire.FILE_CHUNK) if in_room else (wire.DIRECT, wire.CLOSE)
        frame = self.frames.read(legal)
        if frame.type == wire.FILE_CHUNK:
            for chunk in files.open_chunks(self.inward, frame):
                self._take_chunk(*chunk)
            return []
        plaintext = self.inward.open(frame)
        if frame.type == wire.CLOSE:
            self.end = f"close {plaintext[0]}"
            raise wire.EndOfStream
        return wire.split(plaintext, wire.TO_SERVER)

    def send(self, *messages: Message) -> None:
        """All in one Direct record."""
        self.raw(wire.pack(*messages))

    def raw(self, plaintext: bytes, kind: int = wire.DIRECT) -> None:
        """A Direct or Close record of this plaintext."""
        with self.sealing:  # a test says something while the connection's own thread answers
            self.plain(self.out.seal(plaintext, kind))

    def plain(self, data: bytes) -> None:
        """Bytes as they are. A peer that is gone is found out by its own thread."""
        try:
            self.sock.sendall(data)
        except OSError:
            self.end = self.end or "eof"

    def hang_up(self) -> None:
        """The end of the stream, without a Close. The peer may have been first."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def _take(self, message: Message) -> None:
        match message["t"]:
            case "ping":
                self.send({"t": "pong"})
            case "get_page":
                self._page(wire.integer(message, "after"))
            case "get_key":
                bare = self.server.moduli.get(wire.string(message, "id"))
                if bare:
                    bare = keys.modulus(self.server.kex) if self.misbehave == "key of another" else bare
                    self.send({"t": "key", "id": message["id"], "key": wire.b64(bare)})
            case "put_blob":
                self._put_blob(wire.string(message, "blob"))
            case "get_blob":
                self._get_blob(wire.string(message, "blob"), wire.integer(message, "first"))
            case "say" | "send_whisper":
                self._numbered(message)
            case "auth":
                raise wire.Fault("auth twice")
            case "got_whisper":
                key = wire.string(message, "from"), wire.string(message, "msg_id")
                if self.server.whispers.pop(key, None) is not None and key[0] in self.server.members:
                    outcome = "delivered" if message["shown"] else "not_shown"
                    self.server.members[key[0]].send(
                        {"t": "whisper_done", "to": self.id, "msg_id": key[1], "outcome": outcome}
                    )

    # Files (§14)

    def _take_chunk(self, blob: bytes, index: int, data: bytes) -> None:
        with self.server.lock:
            chunks = self.server.blobs[wire.b64(blob)]
            if index == len(chunks):
                chunks.append(data)
                self.send({"t": "blob_have", "blob": wire.b64(blob), "chunks": len(chunks)})
            self.server.changed.notify_all()

    def _put_blob(self, blob: str) -> None:
        chunks = self.server.blobs.setdefault(blob, [])
        self.send({"t": "blob_have", "blob": blob, "chunks": len(chunks)})

    def _get_blob(self, blob: str, first: int) -> None:
        chunks = self.server.blobs[blob]
        step = files.TOGETHER if self.leave_out < 0 else 1
        for index in range(first, len(chunks), step):
            if index == self.leave_out:
                continue
            with self.sealing:
                data = b"".join(chunks[index : index + step])
                self.plain(files.seal_chunks(self.out, wire.unb64(blob), index, data))

    def _page(self, after: int) -> None:
        rows = self.server.log[after : after + 100]
        last = wire.integer(rows[-1], "seq") if rows else after
        page: list[Message] = [*rows, {"t": "page_end", "after": after, "last": last}]
        if self.misbehave in AT_PAGE:
            page = AT_PAGE[self.misbehave](page)
        for start in range(0, len(page), 10):
            self.send(*page[start : start + 10])
        if last < len(self.server.log) or self.live:
            return
        people: list[wire.Json] = [{"id": wire.b64(HOST), "name": "Host"}]
        people += [{"id": peer.id, "name": peer.name} for peer in self.server.peers() if peer.id]
        count = len(people) + (self.misbehave == "live counts wrong")
        self.send(
            {"t": "roster", "members": people}, {"t": "live", "head": len(self.server.log), "members": count}
        )
        self.live = True
        for whisper in list(self.server.whispers.values()):
            if whisper["to"] == self.id:
                self.send({key: value for key, value in whisper.items() if key != "to"})
        if self.misbehave in AT_LIVE:
            AT_LIVE[self.misbehave](self)

    def _numbered(self, message: Message) -> None:
        taken = self.server.taken.setdefault((self.id, wire.string(message, "stream")), [])
        n, base = wire.integer(message, "n"), {"stream": message["stream"], "n": message["n"]}
        if n <= len(taken):
            self.send({**taken[n - 1], **base})
        elif n > len(taken) + 1:
            self.send({"t": "refused", **base, "code": "gap"})
        elif message["t"] == "say":
            if "file" in message:
                base["file"] = message["file"]
            said = self.server.append(self.id, self.name, wire.string(message, "text"), base)
            taken.append({"t": "answer", "seq": said["seq"]})
            self.server.broadcast(said)
        elif (to := wire.string(message, "to")) not in self.server.members:
            taken.append({"t": "refused", "code": "no_such_member"})
            self.send({**taken[-1], **base})
        else:
            at = time.time_ns() // 1_000_000
            whisper: Message = {"t": "whisper", "from": self.id, "at": at}
            whisper |= {key: message[key] for key in ("to", "msg_id", "counter", "c1", "c2")}
            self.server.whispers[self.id, wire.string(message, "msg_id")] = whisper
            taken.append({"t": "whisper_stored", "at": at})
            self.send({**taken[-1], **base})
            for peer in self.server.peers():
                if peer.id == to:
                    peer.send({key: value for key, value in whisper.items() if key != "to"})


class StrangerServer:
    """Listens on 127.0.0.1; `history` are texts that the host said before anybody came."""

    def __init__(
        self, misbehave: str = "", *, identity: str = "server_identity", history: int = 0, port: int = 0
    ) -> None:
        self.misbehave = misbehave
        self.identity, self.kex = keys.private(identity), keys.private("kex")
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.log: list[Message] = []
        self.taken: dict[tuple[str, str], list[Message]] = {}  # the answers of each stream, n = 1, 2, 3 ...
        self.whispers: dict[tuple[str, str], Message] = {}
        self.members: dict[str, Peer] = {}  # the latest connection of each key
        self.moduli: dict[str, bytes] = {}
        self.blobs: dict[str, list[bytes]] = {}  # the chunks that came
        self.connections: list[Peer] = []  # in order, dead ones too
        self.room_key, self.epoch, self.index = os.urandom(32), 0, 0
        self.somebody_came, self.somebody_left, self._host_n = False, True, 0
        for number in range(history):
            self.host_message(f"history {number + 1}")
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listener.getsockname()[1])
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                self._listener.close()
                return
            peer = Peer(self, sock, "" if self.connections else self.misbehave)
            self.connections.append(peer)
            threading.Thread(target=peer.run, daemon=True).start()

    def peers(self) -> list[Peer]:
        """Those whose connection stands."""
        return [peer for peer in self.connections if not peer.end]

    def wait(self, condition: Callable[[], bool]) -> None:
        """Until a message or an end of a connection made `condition` true."""
        with self.changed:
            assert self.changed.wait_for(condition, 20.0)

    def remember(self, modulus: bytes) -> None:
        """A member's key, for get_key."""
        self.moduli[wire.b64(keys.fingerprint(modulus))] = modulus

    def append(self, sender: str, name: str, text: str, numbered: Message) -> Message:
        """A message at the end of the log."""
        said: Message = {"t": "said", "seq": len(self.log) + 1, "from": sender, "name": name, **numbered,
                         "at": time.time_ns() // 1_000_000, "text": text}  # fmt: skip
        self.log.append(said)
        return said

    def host_message(self, text: str) -> Message:
        """The host's next message, in the log but not sent."""
        self._host_n += 1
        return self.append(wire.b64(HOST), "Host", text, {"stream": wire.b64(bytes(16)), "n": self._host_n})

    def say(self, text: str) -> None:
        """The host says it to all."""
        with self.lock:
            self.broadcast(self.host_message(text))

    def broadcast(self, *messages: Message) -> None:
        """Seals messages once for all that are live (§5.2)."""
        live = [peer for peer in self.peers() if peer.live]
        if not live:
            return
        stepped = False
        if self.somebody_left:
            self.room_key, self.epoch, self.index = os.urandom(32), self.epoch + 1, 0
        elif self.somebody_came:
            self.room_key, self.epoch, self.index = keys.step_room_key(self.room_key), self.epoch + 1, 0
            stepped = True
        self.somebody_left = self.somebody_came = False
        shared = keys.seal_room(self.room_key, self.epoch, self.index, wire.pack(*messages))
        self.index += 1
        for peer in live:
            if peer.epoch != self.epoch and not (stepped and peer.epoch and peer.epoch == self.epoch - 1):
                peer.plain(peer.out.room_key_frame(self.epoch, self.room_key))
            peer.epoch = self.epoch
            peer.plain(peer.out.stamped(shared))

    def gone(self, peer: Peer) -> None:
        """Tells the others."""
        with self.lock:
            if peer.id and self.members.get(peer.id) is peer:
                self.somebody_left = True
                reason = "left" if peer.end == "close 0" else "lost"
                self.broadcast({"t": "left", "id": peer.id, "name": peer.name, "reason": reason})
            self.changed.notify_all()

    def close(self, code: int = 3) -> None:
        """Close to all, and no more connections."""
        # A close alone would leave the waiting accept in place. Windows needs no more, and refuses this.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        with self.lock:
            for peer in self.peers():
                if peer.id:
                    peer.raw(bytes([code]), wire.CLOSE)
                peer.end = peer.end or "stopped"
                peer.hang_up()
