"""The same words without frames, over a real TCP connection of this computer, read by the code of version 1.2
(`museum/v1_2.py`), as beginners do it.

    json.loads(sock.recv(4096).decode("utf-8"))

It takes each chunk for one message. On a quiet computer that works for weeks, since a message usually
travels alone; here the same knife cuts its stream as cuts the real one, and what it raises is what its code
raises. Nothing of the room's own connection comes by here: the words are copies, and never leave this
computer.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from netcore.lab.museum import v1_2

RECV_BYTES: Final = 4_096
"""What version 1.2 asks for, as most examples on the web do."""
_WAIT_S: Final = 0.25
"""For bytes that this computer sends to itself. They are there at once; this is for a busy one."""


@dataclass(frozen=True, slots=True)
class BareReading:
    """What one `recv` gave, and what version 1.2 made of it."""

    offset: int
    chunk: bytes
    line: str
    """What it shows; "" where it raised."""
    error: str
    """The exception as Python prints it; "" where it read a message."""


def read_chunk(offset: int, chunk: bytes) -> BareReading:
    """Whatever came is one message: the code of version 1.2, without its own way of showing an error."""
    try:
        return BareReading(offset, chunk, v1_2.from_bytes(chunk), "")
    except v1_2.NO_MESSAGE as error:
        return BareReading(offset, chunk, "", f"{type(error).__name__}: {error}")


class BareChannel:
    """Two sockets on 127.0.0.1."""

    def __init__(self) -> None:
        """Raises OSError if the system gives no sockets."""
        self._offset = 0
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._sender = socket.create_connection(listener.getsockname())
            self._receiver, address = listener.accept()
            while address != self._sender.getsockname():  # somebody else of this computer was quicker
                self._receiver.close()
                self._receiver, address = listener.accept()
        # As the real connections do: a small message leaves at once.
        self._sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sender.setblocking(False)
        self._receiver.setblocking(False)

    def carry(self, pieces: Iterable[bytes], recv_bytes: int = RECV_BYTES) -> Iterator[BareReading]:
        """`send` each piece, read with `recv(recv_bytes)` until it is all there, then the next one.

        One reading at a time, as somebody asks for it. Raises OSError if the system does not carry it.
        """
        for piece in pieces:
            rest = memoryview(piece)
            to_come = len(piece)
            while to_come:
                if rest:
                    rest = rest[self._send(rest) :]
                chunk = self._recv(recv_bytes)
                to_come -= len(chunk)
                yield read_chunk(self._offset, chunk)
                self._offset += len(chunk)

    def _send(self, data: memoryview) -> int:
        try:
            return self._sender.send(data)
        except BlockingIOError:
            return 0

    def _recv(self, recv_bytes: int) -> bytes:
        if not select.select([self._receiver], [], [], _WAIT_S)[0]:
            raise TimeoutError("this computer did not carry its own bytes")
        return self._receiver.recv(recv_bytes)

    def close(self) -> None:
        self._sender.close()
        self._receiver.close()


def cut(data: bytes, piece_bytes: int, most_pieces: int) -> list[bytes]:
    """`data` in pieces of `piece_bytes`, the last one shorter; longer ones where it would be too many."""
    size = max(piece_bytes, -(-len(data) // most_pieces), 1)
    return [data[start : start + size] for start in range(0, len(data), size)]
