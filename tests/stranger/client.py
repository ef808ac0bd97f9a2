"""A client of LocalChat/1 over a blocking socket, written from PROTOCOL alone. Imports nothing of netcore.

`misbehave` names one rule to break; "" keeps them all. Rules of the handshake and of auth are broken here,
the others by `client_faults.misbehave`, which works on a client that is in the room.
"""

from __future__ import annotations

import os
import socket
import time

from Crypto.PublicKey import RSA

from tests.stranger import files, keys, wire
from tests.stranger.whispers import Whisper
from tests.stranger.wire import Frame, Message
from tests.waiting import WAIT_S

HANDSHAKE_FAULTS = (
    "wrong magic", "small magic", "hello one byte short", "hello twice", "early direct", "a frame of 16 MiB",
    "an HTTP request", "key exchange first", "a server's frame", "alert", "half a hello and the end",
    "x25519 share zero", "oaep with SHA-1", "oaep with another label", "oaep of 31 bytes",
    "oaep for another key", "client_fin zero", "client_fin of another transcript",
)  # fmt: skip
AUTH_FAULTS = {
    "auth over another session": 12, "auth by another key": 12, "auth key even": 12, "auth key short": 7,
    "say before auth": 7, "auth and say in one record": 7, "name with a line feed": 9, "name reserved": 9,
    "name of a member": 8, "resume without a row": 7,
}  # fmt: skip


class Ended(Exception):
    """The connection ended: `how` is alert, close or silent; `code` and `reason` are those of a Close."""

    def __init__(self, how: str, code: int = -1, reason: str = "") -> None:
        super().__init__(how, code, reason)
        self.how, self.code, self.reason = how, code, reason


class StrangerClient:
    """One connection of one member."""

    def __init__(
        self, address: tuple[str, int], key: RSA.RsaKey, *, name: str = "Stranger", misbehave: str = "",
        stream: bytes = b"", resume: Message | None = None, timeout_s: float = WAIT_S,
    ) -> None:  # fmt: skip
        self.key, self.name, self.misbehave, self.resume = key, name, misbehave, resume
        self.stream = stream or os.urandom(16)
        self.id = wire.b64(keys.fingerprint(keys.modulus(key)))
        self.timeout_s = timeout_s
        self.sock = socket.create_connection(address, timeout=timeout_s)
        self.frames = wire.FrameStream(self.sock, timeout_s)
        self.heard: list[Message] = []  # all that came, in order
        self.waiting: list[Message] = []  # what of it nobody expected yet
        self.log: list[Message] = []  # `said` in order of seq
        self.chunks: list[tuple[bytes, int, bytes]] = []  # blob, number, sealed data
        self.roster: dict[str, str] = {}
        self.last_seq, self.n = 0, 0
        self.is_live = False
        self.server_modulus, self.session_hash = b"", b""

    # The handshake (§3)

    def handshake(self) -> None:
        """Up to a ServerFinished that holds. Ended if the server ends it, wire.Fault if it is wrong."""
        private = os.urandom(32)
        hello = self._hello(private)
        self.sock.sendall(hello)
        self._break_after_hello(hello)
        answer = self._read_plain(wire.SERVER_HELLO)
        if answer.body[:16] != keys.MAGIC:
            raise wire.Fault("magic")
        self.server_modulus, kex = answer.body[80:464], answer.body[464:720]
        keys.public_key(kex)
        keys.verify(self.server_modulus, keys.server_signature_input(hello, answer.body), answer.body[720:])
        z = keys.x25519(private, answer.body[48:80])
        secret = os.urandom(32)
        made = keys.Schedule(hello, answer.wire, self._oaep(kex, secret), z, secret)
        self.sock.sendall(self._key_exchange(made))
        finished = self._read_plain(wire.SERVER_FINISHED)
        if finished.body != made.server_fin:
            raise wire.Fault("server_fin")
        self.session_hash = made.session_hash
        self.out, self.inward = made.directions()
        self.room = keys.RoomReader(self.inward)

    def _hello(self, private: bytes) -> bytes:
        magic = {"wrong magic": b"LocalChat/2 sec\n", "small magic": b"localchat/1 sec\n"}
        share = bytes(32) if self.misbehave == "x25519 share zero" else keys.x25519_share(private)
        body = magic.get(self.misbehave, keys.MAGIC) + os.urandom(32) + share
        hello = Frame(wire.CLIENT_HELLO, body).wire
        whole = {
            "hello one byte short": Frame(wire.CLIENT_HELLO, body[:-1]).wire,
            "early direct": Frame(wire.DIRECT, bytes(17)).wire,
            "a frame of 16 MiB": bytes.fromhex("01ffffff"),
            "an HTTP request": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "key exchange first": Frame(wire.CLIENT_KEY_EXCHANGE, bytes(288)).wire,
            "half a hello and the end": hello[:40],
        }
        return whole.get(self.misbehave, hello)

    def _break_after_hello(self, hello: bytes) -> None:
        more = {
            "hello twice": hello,
            "a server's frame": Frame(wire.SERVER_FINISHED, bytes(32)).wire,
            "alert": wire.ALERT_FRAME,
        }
        self.sock.sendall(more.get(self.misbehave, b""))
        if self.misbehave == "half a hello and the end":
            self.sock.shutdown(socket.SHUT_WR)

    def _oaep(self, kex: bytes, secret: bytes) -> bytes:
        if self.misbehave == "oaep for another key":
            kex = keys.modulus(keys.private("member_host"))
        if self.misbehave == "oaep of 31 bytes":
            secret = secret[:31]
        label = b"LocalChat/1 whisper" if self.misbehave == "oaep with another label" else keys.KEX_LABEL
        return keys.oaep_seal(kex, secret, label, old_hash=self.misbehave == "oaep with SHA-1")

    def _key_exchange(self, made: keys.Schedule) -> bytes:
        wrong = {"client_fin zero": bytes(32), "client_fin of another transcript": made.server_fin}
        frame = Frame(
            wire.CLIENT_KEY_EXCHANGE, made.oaep_ct + wrong.get(self.misbehave, made.client_fin)
        ).wire
        return frame * 2 if self.misbehave == "key exchange twice" else frame

    def _read_plain(self, kind: int) -> Frame:
        try:
            frame = self.frames.read((kind, wire.ALERT))
        except wire.EndOfStream as end:
            raise Ended("silent") from end
        if frame.type != wire.ALERT:
            return frame
        words = {wire.ALERT_FRAME: "alert", wire.OTHER_VERSION_FRAME: "other version"}
        if frame.wire not in words:
            raise wire.Fault("an alert with other bytes")
        try:
            self.frames.read(())
        except wire.EndOfStream as end:
            raise Ended(words[frame.wire]) from end
        raise wire.Fault("something behind the alert")

    # Coming in (§4, §8)

    def auth(self) -> Message:
        """The message auth, as `misbehave` will have it."""
        key, session, name = self.key, self.session_hash, self.name
        if self.misbehave == "auth over another session":
            session = bytes(32)
        bare = keys.modulus(key)
        if self.misbehave == "auth by another key":
            key = keys.private("member_host")
        signature = keys.sign(key, keys.CLIENT_AUTH + session + keys.sha256(bare))
        bad_keys = {"auth key even": bare[:-1] + bytes([bare[-1] ^ 1]), "auth key short": bare[:128]}
        bad_names = {
            "name with a line feed": "Ada\nBen",
            "name reserved": "everyone",
            "name of a member": "Honest",
        }
        resume: wire.Json = {"log_id": wire.b64(bytes(16)), "seq": 1}
        return {
            "t": "auth", "key": wire.b64(bad_keys.get(self.misbehave, bare)), "sig": wire.b64(signature),
            "name": bad_names.get(self.misbehave, name), "stream": wire.b64(self.stream),
            "resume": resume if self.misbehave == "resume without a row" else self.resume,
        }  # fmt: skip

    def enter(self) -> Message:
        """Handshake, auth, welcome and room_state. Returns the welcome."""
        self.handshake()
        if self.misbehave == "say before auth":
            self.say("too early")
        elif self.misbehave == "auth and say in one record":
            self.send(self.auth(), self.say_message("too early", 1))
        else:
            self.send(self.auth())
        welcome = self.expect("welcome")
        if self.heard[0] is not welcome:
            raise wire.Fault("something ahead of welcome")
        if self.expect("room_state") is not self.heard[1]:
            raise wire.Fault("something between welcome and room_state")
        self.n = wire.integer(welcome, "last_n")
        return welcome

    def go_live(self, after: int = 0) -> None:
        """Pull pages from `after` to the head; then the roster is complete and Room records come."""
        self.last_seq = after
        while not self.is_live:
            asked = self.last_seq
            self.send({"t": "get_page", "after": asked})
            end = self.expect("page_end", after=asked)
            if wire.integer(end, "last") != self.last_seq:
                raise wire.Fault("page_end.last is not the last message")
            # The page that reaches the head is followed by roster and live in the same turn; the next page is
            # only asked for when there is more, which `welcome.head` or a full page says.
            rows = sum(1 for m in self.log if wire.integer(m, "seq") > asked)
            if rows < 100:
                self.expect("live")

    def join(self, after: int = 0) -> Message:
        """enter and go_live."""
        welcome = self.enter()
        self.go_live(after)
        return welcome

    # Messages

    def send(self, *messages: Message) -> None:
        """All in one Direct record."""
        self.sock.sendall(self.out.seal(wire.pack(*messages)))

    def say_message(self, text: str, n: int) -> Message:
        """A message for the room."""
        return {"t": "say", "stream": wire.b64(self.stream), "n": n, "text": text}

    def say(self, text: str) -> int:
        """Says it and returns its n; does not wait."""
        self.n += 1
        self.send(self.say_message(text, self.n))
        return self.n

    def acknowledged(self, n: int) -> Message:
        """Waits for the message n of this stream to come back as `said` (§7.1)."""
        fields: Message = {"from": self.id, "stream": wire.b64(self.stream), "n": n}
        return self.expect("said", **fields)

    def whisper_message(self, recipient: bytes, text: str, n: int) -> Message:
        """A sealed whisper to the member of this modulus."""
        sealed = Whisper(
            self.server_modulus, keys.modulus(self.key), recipient, os.urandom(16), time.time_ns() // 1000
        )
        c1, c2 = sealed.seal(self.key, text.encode())
        return {
            "t": "send_whisper", "stream": wire.b64(self.stream), "n": n,
            "to": wire.b64(keys.fingerprint(recipient)), "msg_id": wire.b64(sealed.msg_id),
            "counter": sealed.counter, "c1": wire.b64(c1), "c2": wire.b64(c2),
        }  # fmt: skip

    def whisper(self, recipient: bytes, text: str) -> int:
        """Whispers to the member of this modulus and returns its n; does not wait."""
        self.n += 1
        self.send(self.whisper_message(recipient, text, self.n))
        return self.n

    def open_whisper(self, whisper: Message, sender: bytes) -> str:
        """The text of a `whisper` from the member of this modulus, or wire.Fault."""
        return Whisper(
            self.server_modulus,
            sender,
            keys.modulus(self.key),
            wire.unb64(wire.string(whisper, "msg_id")),
            wire.integer(whisper, "counter"),
        ).open(self.key, wire.unb64(wire.string(whisper, "c1")), wire.unb64(wire.string(whisper, "c2")))

    def put_file(self, content: bytes, name: str, *, stop_at: int | None = None) -> Message:
        """Sends a file in chunks (§14.3), up to chunk `stop_at`. The `file` that shares it."""
        blob = files.Blob(os.urandom(32), os.urandom(16), len(content))
        self.put_blob(blob, content, stop_at=stop_at)
        return {
            "blob": wire.b64(blob.blob), "name": name, "size": len(content),
            "sha256": wire.b64(keys.sha256(content)), "k": wire.b64(blob.k),
        }  # fmt: skip

    def put_blob(self, blob: files.Blob, content: bytes, *, stop_at: int | None = None) -> int:
        """Goes on where the server is, 16 chunks ahead at most. Where it was."""
        named = wire.b64(blob.blob)
        self.send({"t": "put_blob", "blob": named, "size": blob.size})
        have = began = sent = wire.integer(self.expect("blob_have", blob=named), "chunks")
        end = blob.chunks if stop_at is None else stop_at
        while sent < end:
            while sent < min(end, have + 16):
                several = range(sent, min(end, have + 16, sent + files.TOGETHER))
                sealed = [blob.seal(i, content[i * files.CHUNK :][: files.CHUNK]) for i in several]
                self.sock.sendall(files.seal_chunks(self.out, blob.blob, sent, b"".join(sealed)))
                sent = several.stop
            if sent < end:
                have = wire.integer(self.expect("blob_have", blob=named), "chunks")
        if stop_at is None:
            self.expect("blob_have", blob=named, chunks=blob.chunks)
        return began

    def share(self, file: Message) -> int:
        """Says it to the room and returns its n."""
        self.n += 1
        self.send({**self.say_message("", self.n), "file": file})
        return self.n

    def get_file(self, file: Message, first: int = 0) -> bytes:
        """The file from chunk `first` on, proved."""
        k, named = wire.unb64(wire.string(file, "k")), wire.unb64(wire.string(file, "blob"))
        blob = files.Blob(k, named, wire.integer(file, "size"))
        self.chunks.clear()
        self.send({"t": "get_blob", "blob": file["blob"], "first": first})
        while len(self.chunks) < blob.chunks - first:
            self.receive()
        assert [(one, i) for one, i, _ in self.chunks] == [(blob.blob, i) for i in range(first, blob.chunks)]
        content = b"".join(blob.open(i, sealed) for _, i, sealed in self.chunks)
        if first == 0 and wire.b64(keys.sha256(content)) != file["sha256"]:
            raise wire.Fault("the file is another")
        return content

    def receive(self, timeout_s: float | None = None) -> list[Message]:
        """The messages of the next frame. Ended, wire.Fault, TimeoutError."""
        try:
            legal = (wire.DIRECT, wire.CLOSE, wire.FILE_CHUNK, wire.ROOM, wire.ROOM_KEY)
            frame = self.frames.read(legal, timeout_s)
        except wire.EndOfStream as end:
            raise Ended("silent") from end
        if frame.type == wire.ROOM_KEY:
            self.room.take_key(frame)
            return []
        if frame.type == wire.FILE_CHUNK:
            self.chunks += files.open_chunks(self.inward, frame)
            return []
        if frame.type == wire.ROOM:
            if not self.is_live:
                raise wire.Fault("a room record before live")
            messages = wire.split(self.room.open(frame), wire.IN_ROOM)
        else:
            plaintext = self.inward.open(frame)
            if frame.type == wire.CLOSE:
                if plaintext[0] not in wire.CODES:
                    raise wire.Fault("an unknown code")
                raise Ended("close", plaintext[0], plaintext[1:].decode("utf-8"))
            messages = wire.split(plaintext, wire.IN_DIRECT)
        for message in messages:
            self._note(message)
        return messages

    def _note(self, message: Message) -> None:
        self.heard.append(message)
        self.waiting.append(message)
        if message["t"] == "said" and (seq := wire.integer(message, "seq")) > self.last_seq:
            if seq != self.last_seq + 1:
                raise wire.Fault("a hole in the log")
            self.log.append(message)
            self.last_seq = seq
        elif message["t"] == "gap":
            self.last_seq = wire.integer(message, "last")
        elif message["t"] == "roster":
            for person in message["members"] if isinstance(message["members"], list) else []:
                assert isinstance(person, dict)
                self.roster[wire.string(person, "id")] = wire.string(person, "name")
        elif message["t"] == "live":
            if self.is_live or wire.integer(message, "members") != len(self.roster):
                raise wire.Fault("live twice, or another count")
            self.is_live = True
        elif message["t"] == "joined":
            self.roster[wire.string(message, "id")] = wire.string(message, "name")
        elif message["t"] == "left":
            self.roster.pop(wire.string(message, "id"), None)
        elif message["t"] == "ping":
            self.send({"t": "pong"})

    def expect(self, kind: str, **fields: wire.Json) -> Message:
        """The first message not yet expected of this kind with these fields; reads until it comes."""
        deadline = time.monotonic() + self.timeout_s
        while True:
            for message in self.waiting:
                if message["t"] == kind and all(message.get(key) == value for key, value in fields.items()):
                    self.waiting.remove(message)
                    return message
            self.receive(max(0.001, deadline - time.monotonic()))

    def ended(self) -> Ended:
        """Reads until the connection ends, and how it did."""
        try:
            while True:
                self.receive()
        except Ended as end:
            return end

    def leave(self, code: int = 0) -> None:
        """Close, and the end of the stream."""
        self.sock.sendall(self.out.seal(bytes([code]), wire.CLOSE))
        self.drop()

    def drop(self) -> None:
        """The end of the stream without a goodbye."""
        self.sock.close()
