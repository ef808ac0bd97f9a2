"""Version 1.1: the server becomes a distribution node.

    client A --- hello --> server --- hello --> client B         what a client sends goes to all the others
                                  --- hello --> client C         the sender's own window shows it by itself

Right: everybody hears everybody, and one who is silent keeps nobody waiting. The server passes on the bytes
as they came: a letter that arrived in two pieces leaves in two, and is whole again where they meet.
Missing:
- Borders, as in 1.0: `recv` gives what has come, so two lines can be shown as one and one line as two. A
  letter that was cut is no error any more: `errors="replace"` shows U+FFFD for it, which hides the fault.
  Two members' bytes can meet as well: what one says can stand in the middle of another's letter.
- Names. Nobody sees who speaks. A line "Ben: hello" is what anyone has typed.
- Secrecy. Whoever is on the way reads every byte, and can change, drop or add some unnoticed.
- Flow. `sendall` waits until the receiver has taken enough. A member that stops reading fills the buffers
  of both kernels; from then on the thread of everyone who speaks hangs in the line that sends to it, and
  those behind it in the list hear nothing. One slow member stops the room.
- One writer at a time. Two threads may be in `sendall` on the same socket: while one waits for room in the
  buffer, the other's bytes can come between the parts of its chunk.

    python3 -m netcore.lab.museum.v1_1 server --port 0
    python3 -m netcore.lab.museum.v1_1 client 127.0.0.1:PORT
"""

import argparse
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
            while chunk := client.recv(1024):
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
        self._show = show
        self._sock = socket.create_connection((host, int(port)))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """Raises OSError when the connection is gone."""
        self._sock.sendall(text.encode("utf-8"))

    def close(self) -> None:
        end(self._sock)
        self._thread.join()

    def _read(self) -> None:
        with suppress(OSError):
            while chunk := self._sock.recv(1024):
                self._show(read_chunk(chunk))


def read_chunk(chunk: bytes) -> str:
    """What one `recv` gave, taken for one text."""
    return chunk.decode("utf-8", errors="replace")


def end(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in recv, sendall or accept
    sock.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="LocalChat 1.1, on this computer only.")
    parser.add_argument("role", choices=("server", "client"))
    parser.add_argument("address", nargs="?", default="", help="client: 127.0.0.1:PORT")
    parser.add_argument("--port", type=int, default=0, help="server: 0 takes a free one")
    parser.add_argument("--name", default="Guest", help="not used: version 1.1 has no names")
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
        sys.exit(f"localchat 1.1: {error}")
