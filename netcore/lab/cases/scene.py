"""A conversation in memory, played from a seed and recorded at both ends: the same seed gives the same bytes.

Real sessions with real keys and seals; only sockets, clock and chance are made up. The wire between the two
ends is a byte string each way, where a case does its mischief:

    dial = scene.dial("server")             somebody connects; both ends are recorded
    dial.join()                             handshake, proof, welcome, live
    dial.room_says("hello")                 Ben's line, as a Room record
    dial.room_says("hello", flip_bit)       the same, bent on its way
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from netcore.crypto.identity import PublicKey
from netcore.crypto.room_keys import RoomSealer
from netcore.errors import ServerKeyChanged, UnknownServer
from netcore.lab.lessons.model import Place, Seen
from netcore.lab.throwaway import KexName, KeyName, kex_key, private_key
from netcore.session.base import ALERT_FRAME
from netcore.session.client import ClientSession
from netcore.session.events import Work
from netcore.session.server import ServerSession
from netcore.trace import Direction, Recorder, Tape
from netcore.wire.codec import encode
from netcore.wire.codes import CloseCode, History
from netcore.wire.messages import GetPage, Live, PageEnd, RoomState, Said, Say, Welcome

MOST_EVENTS: Final = 20_000
MOST_BYTES: Final = 1 << 24
LINES: Final = (
    "shall we meet at four?", "I have the slides", "who took the blue pen?", "the printer works again",
    "lunch?", "see you in room 12", "the test is on Friday", "can somebody open the window", "hello everyone",
    "I am a little late", "page 40, question 3", "thanks!",
)  # fmt: skip

ADDRESS: Final = "192.0.2.7:5050"
Ends = tuple[Place, Place]
ADA_ALONE: Final[Ends] = ("Ada", "server")

Wire = Callable[[list[bytes]], list[bytes]]
"""What happens to chunks on their way."""


def as_they_are(chunks: list[bytes]) -> list[bytes]:
    return chunks


class SeededRandom:
    """Bytes from a seed. Only for conversations that nobody means: they are shown to everyone."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._blocks = 0

    def __call__(self, length: int) -> bytes:
        output = b""
        while len(output) < length:
            output += hashlib.sha256(f"{self._seed}/{self._blocks}".encode()).digest()
            self._blocks += 1
        return output[:length]


class Scene:
    """Ada at one end, a server at the other, everything that they saw."""

    def __init__(self, case: int, seed: int) -> None:
        self.name = f"LocalChat case {case} seed {seed}"
        self.chance = random.Random(self.name)
        self.now_s = 0.0
        self._recorders: dict[Place, Recorder] = {}
        self._seen: list[Seen] = []
        self._dials = 0
        self._unused = list(LINES)
        self.chance.shuffle(self._unused)

    def line(self) -> str:
        """Something to say that was not said yet."""
        return self._unused.pop()

    def recorder(self, at: Place) -> Recorder:
        """That of this end, made when it is first asked for."""
        if at not in self._recorders:
            self._recorders[at] = Recorder(MOST_EVENTS, MOST_BYTES, lambda: self.now_s)
        return self._recorders[at]

    def passes(self, seconds: float) -> None:
        """Time goes by, and what was told is put in order."""
        for at, recorder in self._recorders.items():
            self._seen += [Seen(at, event) for event in recorder.drain()]
        self.now_s = round(self.now_s + seconds, 3)

    def seen(self) -> tuple[Seen, ...]:
        """All of both ends, in the order in which it happened."""
        self.passes(0.0)
        return tuple(self._seen)

    def random(self, of: str) -> SeededRandom:
        """The bytes that `of` draws: its own for each name, the same for the same case and seed."""
        return SeededRandom(f"{self.name}/{of}")

    def dial(
        self,
        server: KeyName = "server",
        kex: KexName = "server_kex",
        known: KeyName | None = "server",
        member: KeyName = "ada",
        asks: bool = False,
        ends: Ends = ADA_ALONE,
    ) -> Dial:
        """Somebody connects. `known`: whose key is known at that address; None: the address is new, and the
        person has said yes to what was shown, or `asks` first."""
        self._dials += 1
        return Dial(self, self._dials, server, kex, known, member, asks, ends)


class Dial:
    """One connection. `client` and `server` are its two ends."""

    def __init__(
        self, scene: Scene, number: int, server: KeyName, kex: KexName, known: KeyName | None,
        member: KeyName, asks: bool, ends: Ends,
    ) -> None:  # fmt: skip
        self.scene = scene
        self.number = number
        self.client_at, self.server_at = ends
        self._known = known
        self._asks = asks
        self._member = member
        self._room = RoomSealer(scene.random(f"{number}/room"))
        self._stream = scene.random(f"{number}/stream")(16)
        self._said = 0
        self.seq = 40 + scene.chance.randrange(5)
        self._client_tape = self._tape(self.client_at)
        self._server_tape = self._tape(self.server_at)
        self.client = ClientSession(
            self._check, scene.random(f"{number}/client"), scene.now_s, self._client_tape
        )
        self.server = ServerSession(
            private_key(server), kex_key(kex), scene.random(f"{number}/server"), scene.now_s
        )
        self.server.tape = self._server_tape
        self._bytes: Counter[tuple[Tape, Direction]] = Counter()

    def _tape(self, at: Place) -> Tape:
        tape = Tape(self.scene.recorder(at), self.number)
        tape.begin("client" if at == self.client_at else "server", ADDRESS, b"", 0, 0, "NOTHING_KNOWN")
        return tape

    def _check(self, identity: PublicKey) -> None:
        if self._asks:
            raise UnknownServer(address=ADDRESS, fingerprint="")
        if self._known is not None and identity != private_key(self._known).public:
            raise ServerKeyChanged(address=ADDRESS, fingerprint="", known="")

    # --- What happens ---

    def carry(self, up: Wire = as_they_are, down: Wire = as_they_are) -> None:
        """What both have to say arrives, and what is answered to it, until both are silent. The mischief of
        each way is done to the first chunk that goes there."""
        while True:
            to_server, to_client = b"".join(self.client.take_output()), b"".join(self.server.take_output())
            if not to_server and not to_client:
                return
            if to_server:
                self._tell_sent(self._client_tape, to_server)
                self._up(up([to_server]))
                up = as_they_are
            if to_client:
                self._tell_sent(self._server_tape, to_client)
                self._down(down([to_client]))
                down = as_they_are

    def _up(self, chunks: Sequence[bytes]) -> None:
        for chunk in chunks:
            self._tell_came(self._server_tape, chunk)
            events = self.server.receive_bytes(chunk, self.scene.now_s)
            while events:
                event, *events = events
                if isinstance(event, Work):
                    events += self.server.finish_work(event.job(), self.scene.now_s)

    def _down(self, chunks: Sequence[bytes]) -> None:
        for chunk in chunks:
            self._tell_came(self._client_tape, chunk)
            self.client.receive_bytes(chunk, self.scene.now_s)

    def _tell_sent(self, tape: Tape, chunk: bytes) -> None:
        self.scene.passes(0.002)
        tape.chunk_out(self._bytes[tape, "out"], chunk, len(chunk))
        self._bytes[tape, "out"] += len(chunk)

    def _tell_came(self, tape: Tape, chunk: bytes) -> None:
        self.scene.passes(0.002)
        tape.chunk_in(self._bytes[tape, "in"], chunk, 65_536)
        self._bytes[tape, "in"] += len(chunk)

    def handshake(self) -> None:
        """Up to the keys, or as far as the client trusts what it is shown."""
        self.carry()

    def join(self) -> None:
        """All the way into the room."""
        self.handshake()
        self.scene.passes(0.05)
        host = private_key("host").public.fingerprint
        self.client.authenticate(private_key(self._member), "Ada", self._stream, None)
        self.carry()
        self.server.admit()
        log_id = self.scene.random("log")(16)
        self.server.send(Welcome("Physics", log_id, host, "Ada", 0, self.seq, History.NEW, self._at_ms()))
        self.server.send(RoomState(False, False, 0, True))
        self.carry()
        self.client.send(GetPage(self.seq))
        self.carry()
        self.server.send(PageEnd(self.seq, self.seq))
        self.server.send(Live(self.seq, 3))
        self.carry()

    def _at_ms(self) -> int:
        return 1_790_000_000_000 + round(self.scene.now_s * 1000)

    def ada_says(self, text: str, up: Wire = as_they_are) -> None:
        """Ada's line, as a Direct record."""
        self.scene.passes(0.2 + self.scene.chance.random())
        self._said += 1
        self.client.send(Say(self._stream, self._said, text))
        self.carry(up=up)

    def room_says(self, text: str, down: Wire = as_they_are) -> None:
        """Ben's line, sealed once for the room, stamped for Ada."""
        self.scene.passes(0.3 + self.scene.chance.random())
        self.seq += 1
        ben = private_key("ben").public.fingerprint
        said = Said(self.seq, ben, "Ben", b"B" * 16, self.seq, self._at_ms(), text)
        self.server.send_room(self._room.seal(encode(said)), self._room.key, ratcheted=False)
        self.carry(down=down)

    def others_came_before(self, count: int) -> None:
        """The room's key took a step for each newcomer, before Ada was here."""
        for _ in range(count):
            self._room.ratchet()

    def alert(self, real: bool) -> None:
        """Five bytes come down in the place of ServerHello: the server's, or somebody's on the way."""
        hello = b"".join(self.client.take_output())
        self._tell_sent(self._client_tape, hello)
        if real:
            self.server.close(CloseCode.RECONNECT)  # too much to do: before keys that is an Alert
            alert = b"".join(self.server.take_output())
            self._tell_sent(self._server_tape, alert)
        else:
            self._up([hello])
            self.server.take_output()
            alert = ALERT_FRAME
        self._down([alert])

    def close(self, code: CloseCode) -> None:
        """The server says goodbye, and the stream ends."""
        self.scene.passes(0.5)
        self.server.close(code)
        self.carry()
        self.end()

    def end(self) -> None:
        """The stream of bytes ends at both ends."""
        self.scene.passes(0.01)
        self.client.receive_eof(self.scene.now_s)
        self.server.receive_eof(self.scene.now_s)
        self.scene.passes(0.0)
        self._client_tape.end()
        self._server_tape.end()


def first_contact(scene: Scene, server: KeyName, kex: KexName = "server_kex", ends: Ends = ADA_ALONE) -> Dial:
    """A new address: the client hangs up, asks its person, and comes again when the answer is yes."""
    asking = scene.dial(server, kex, known=None, asks=True, ends=ends)
    asking.handshake()
    asking.end()
    scene.passes(6.0)
    return scene.dial(server, kex, known=None, ends=ends)
