"""Yesterday's recording and a key that was stolen today: what opens (PROTOCOL §3.3).

Both are really tried, on what the tap saw. Version 1.3 carried its key under RSA and nothing else: a server
of 1.3 that has the stolen key, and is given the recorded bytes, reads them as if they came today. Today's
handshake has a second secret, z, whose halves are gone.
"""

from __future__ import annotations

import contextlib
import hmac
import queue
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from netcore.crypto.exchange import PRE_SECRET_BYTES, KexKey, client_fin, derive_secrets, th2
from netcore.crypto.primitives import X25519_BYTES, RsaKey
from netcore.lab.museum import v1_3
from netcore.lab.sandbox.script import Script, until
from netcore.lab.tap_events import FrameTapped
from netcore.wire.framing import HEADER_BYTES, FrameType

READ_S = 3.0


@dataclass(slots=True)
class Opened:
    """What came of it. `missing` is what there was no way to compute; `found` what there was."""

    opened: bool = False
    texts: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    missing: str = ""


def open_1_3(captured: Iterable[FrameTapped], stolen: RsaKey, told: Opened) -> Script:
    """`captured`: chunks of one room of version 1.3. `told` is filled in."""
    streams: dict[int, bytes] = {}
    for chunk in captured:
        if chunk.direction == "up":
            streams[chunk.connection] = streams.get(chunk.connection, b"") + chunk.data
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    server = v1_3.Server(0, lines.put, stolen)
    with contextlib.closing(server):
        for stream in streams.values():
            with socket.create_connection(("127.0.0.1", server.port)) as replayed:
                replayed.sendall(stream)
                replayed.shutdown(socket.SHUT_WR)
                replayed.setblocking(False)
                yield from until(partial(_is_over, replayed), READ_S)
        texts = []
        with contextlib.suppress(queue.Empty):
            while True:
                line = lines.get_nowait()
                if not line.startswith("-- "):
                    texts.append(line)
    told.texts = tuple(texts)
    told.opened = bool(texts)
    told.found = ("the AES key",) if texts else ()
    told.missing = "" if texts else "a recording of a connection’s beginning"


def _is_over(sock: socket.socket) -> bool:
    """Whether the other side has ended, as it does when it has read all. What it sends is dropped."""
    try:
        return sock.recv(65_536) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def open_today(captured: Sequence[FrameTapped], stolen: KexKey) -> Opened:
    """`captured`: frames of today's room, with at least one handshake in them. With `stolen`, pre_secret is
    unwrapped; then everything that was on the wire is tried for z."""
    for connection in dict.fromkeys(frame.connection for frame in captured):
        first = {frame.type: frame.data for frame in reversed(captured) if frame.connection == connection}
        hello = first.get(FrameType.CLIENT_HELLO)
        answer, exchange = first.get(FrameType.SERVER_HELLO), first.get(FrameType.CLIENT_KEY_EXCHANGE)
        if hello is None or answer is None or exchange is None:
            continue
        oaep_ct, proof = exchange[HEADER_BYTES:-32], exchange[-32:]
        pre_secret = stolen.open(oaep_ct)
        if pre_secret is None or len(pre_secret) != PRE_SECRET_BYTES:
            return Opened(missing="pre_secret")
        transcript = th2(hello, answer, oaep_ct)
        for z in (*_public_32_bytes(hello), *_public_32_bytes(answer)):
            secrets = derive_secrets(transcript, z, pre_secret)
            if hmac.compare_digest(client_fin(secrets.client_finished, transcript), proof):
                return Opened(True, found=("pre_secret", "z"))
        return Opened(found=("pre_secret",), missing="z")
    return Opened(missing="a recording of a connection’s beginning")


def _public_32_bytes(frame: bytes) -> list[bytes]:
    """The fields of a Hello that could be taken for z: its random and its share."""
    start = HEADER_BYTES + 16  # behind the magic
    return [frame[at : at + X25519_BYTES] for at in (start, start + X25519_BYTES)]
