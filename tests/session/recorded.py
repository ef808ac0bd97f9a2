"""A pair of which both ends are recorded, as their sockets would do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from netcore.crypto.identity import PublicKey
from netcore.session.client import ClientSession
from netcore.trace import FrameSeen, Recorder, Refused, Tape, TraceEvent
from tests.session.pair import CountedRandom, Pair, private_key, trust_all

E = TypeVar("E", bound=TraceEvent)

CLIENT, SERVER = 1, 2  # what the recorder calls them
MEMBER = "member_ada"


class RecordedPair(Pair):
    def __init__(
        self,
        seed: str = "recorded",
        check_server: Callable[[PublicKey], None] = trust_all,
        secrets: bool = False,
    ) -> None:
        super().__init__(seed, check_server)
        self.recorder = Recorder(1_000_000, 1 << 30)
        self.client_tape = Tape(self.recorder, CLIENT, secrets)
        self.client_tape.begin("client", "127.0.0.1:1", b"", 0, 0, "NOTHING_KNOWN")
        self.server_tape = Tape(self.recorder, SERVER, secrets)
        self.server_tape.begin("server", "127.0.0.1:2", b"", 0, 0, "NOTHING_KNOWN")
        self.client = ClientSession(check_server, CountedRandom(seed + " client"), 0.0, self.client_tape)
        self.server.tape = self.server_tape
        self.bytes_to_server = self.bytes_to_client = 0
        self._told: list[TraceEvent] = []

    def step(self, to_server: int, to_client: int) -> None:
        data = self.to_server[:to_server]
        self.client_tape.chunk_out(self.bytes_to_server, data, len(self.to_server))
        self.server_tape.chunk_in(self.bytes_to_server, data, to_server)
        self.bytes_to_server += len(data)
        super().step(to_server, 0)
        self.to_client += b"".join(self.server.take_output())
        data = self.to_client[:to_client]
        self.server_tape.chunk_out(self.bytes_to_client, data, len(self.to_client))
        self.client_tape.chunk_in(self.bytes_to_client, data, to_client)
        self.bytes_to_client += len(data)
        super().step(0, to_client)

    def joined(self) -> RecordedPair:
        self.join(MEMBER)
        return self

    def events(self, kind: type[E], connection: int | None = None) -> list[E]:
        """All of that kind so far."""
        self._told += self.recorder.drain()
        return [
            event
            for event in self._told
            if isinstance(event, kind) and connection in (None, event.connection)
        ]

    def refusal(self) -> Refused:
        """The only one."""
        (refused,) = self.events(Refused)
        return refused


def lasting_secrets() -> list[bytes]:
    """What must never be recorded: the private exponents and primes of the keys that outlive a connection."""
    found = []
    for name in ("server_identity", "member_ada", "member_host"):
        rsa = private_key(name)._rsa
        found += [int(part).to_bytes(384, "big").lstrip(b"\0") for part in (rsa.d, rsa.p, rsa.q)]
    return found


def shape(frame: FrameSeen) -> tuple[object, ...]:
    """What both ends of a connection tell alike of a frame."""
    return frame.n, frame.type, frame.offset, frame.length, frame.raw, frame.plaintext
