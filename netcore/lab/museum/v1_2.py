"""Version 1.2: messages with a name, as JSON.

    client A --- {"username": "Ada", "text": "hello"} --> server --- the same bytes --> all the others

Right: a message has fields now, and says who speaks. Bytes that are no message are shown as just that.
Missing:
- Borders. JSON has a beginning and an end, TCP has neither: `recv` gives what has come, up to 4096 bytes,
  and `read_chunk` takes that for exactly one message. Two in one chunk are "Extra data", and both are
  lost. Half of one is "Unterminated string" or the like, and so is its other half. On a quiet computer all
  seems well, for there each message usually travels alone.
- Identity. `username` is what the sender wrote there. Nobody checks it: anyone can be anyone.
- Secrecy. Whoever is on the way reads every byte, and can change, drop, repeat or add some unnoticed.
- Flow, and one writer at a time, as in 1.1: one member that does not read stops the room.

    python3 -m netcore.lab.museum.v1_2 server --port 0
    python3 -m netcore.lab.museum.v1_2 client 127.0.0.1:PORT --name Ada
"""

import argparse
import json
import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial


class Server:
    """Listens on 127.0.0.1; port 0 takes a free one. `show` gets each line for the window, on any thread."""

    def __init__(self, port: int, show: Callable[[str], None]) -> None:
        self._show = show
        self._clients: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for sock in (self._listener, *self._clients):
            end(sock)

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                self._clients.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            while chunk := client.recv(4096):
                self._show(read_chunk(chunk))
                self._distribute(chunk, client)
        self._clients.remove(client)
        end(client)

    def _distribute(self, chunk: bytes, sender: socket.socket) -> None:
        for client in list(self._clients):  # a copy: other threads change the list meanwhile
            if client is not sender:
                with suppress(OSError):  # it has gone; its own thread takes it off the list
                    client.sendall(chunk)


class Client:
    """Connects to HOST:PORT; ValueError outside 127.0.0.0/8. `show` gets what comes, on a thread of ours."""

    def __init__(self, address: str, name: str, show: Callable[[str], None]) -> None:
        host, _, port = address.rpartition(":")
        if socket.inet_pton(socket.AF_INET, host)[0] != 127:
            raise ValueError(f"{address} is not on this computer, and the museum goes nowhere else")
        self._name = name
        self._show = show
        self._sock = socket.create_connection((host, int(port)))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        self._sock.sendall(to_bytes(self._name, text))

    def close(self) -> None:
        end(self._sock)
        self._thread.join()

    def _read(self) -> None:
        with suppress(OSError):
            while chunk := self._sock.recv(4096):
                self._show(read_chunk(chunk))


def to_bytes(name: str, text: str) -> bytes:
    """A message as it travels."""
    return json.dumps({"username": name, "text": text}, ensure_ascii=False).encode("utf-8")


def from_bytes(data: bytes) -> str:
    """The line that a message is shown as. Raises one of NO_MESSAGE if the bytes are not exactly one."""
    message = json.loads(data.decode("utf-8"))
    return f"{message['username']}: {message['text']}"


NO_MESSAGE = (ValueError, TypeError, KeyError, RecursionError)


def read_chunk(chunk: bytes) -> str:
    """What one `recv` gave, taken for one message."""
    try:
        return from_bytes(chunk)
    except NO_MESSAGE as error:
        return f"-- not a message: {error!r}"


def end(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in recv, sendall or accept
    sock.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="LocalChat 1.2, on this computer only.")
    parser.add_argument("role", choices=("server", "client"))
    parser.add_argument("address", nargs="?", default="", help="client: 127.0.0.1:PORT")
    parser.add_argument("--port", type=int, default=0, help="server: 0 takes a free one")
    parser.add_argument("--name", default="Guest", help="client: the username in each message")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl+C: it raises KeyboardInterrupt
    show = partial(print, flush=True)
    try:
        if options.role == "server":
            with suppress(KeyboardInterrupt), closing(Server(options.port, show)) as server:
                show(f"listening 127.0.0.1:{server.port}")
                sys.stdin.read()
                if stat.S_ISCHR(os.fstat(0).st_mode) and not os.isatty(0):
                    threading.Event().wait()  # the null device, in the background: its end means nothing
        else:
            with suppress(KeyboardInterrupt), closing(Client(options.address, options.name, show)) as client:
                for line in sys.stdin:
                    client.say(line.rstrip("\n"))
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(f"localchat 1.2: {error}")
