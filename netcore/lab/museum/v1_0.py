"""Version 1.0: text through a socket.

    client A --- hello --> server        one TCP connection each; UTF-8 text and nothing else
    client B <--- hi ----- server        a line typed at the server goes to the client that came last

Right: a thread per client, so one who is silent keeps nobody waiting; both ends name the encoding, UTF-8.
Missing:
- Borders. TCP carries a stream of bytes, and `recv` returns what has come: half a line, or two lines.
  Nothing in the bytes says where a line ends, so two that come together are shown as one. A letter of
  several bytes can be cut as well; then `decode` fails, and the chunk is lost.
- A room. Clients do not hear each other, and the server answers only the newest: `_newest` is one
  variable, and each newcomer overwrites it.
- Names. The server sees an address and a port; who sits there, nobody says and nobody proves.
- Secrecy. Whoever is on the way reads every byte, and can change, drop or add some unnoticed.
- Flow. If the newest client does not read, the server's window hangs in `sendall` as soon as the
  kernels' buffers are full.

    python3 -m netcore.lab.museum.v1_0 server --port 0
    python3 -m netcore.lab.museum.v1_0 client 127.0.0.1:PORT
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
        self._newest: socket.socket | None = None
        self._clients: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def say(self, text: str) -> None:
        """Answer the newest client, if there is one. When it has gone, the answer is lost and nobody told."""
        with suppress(OSError):
            if self._newest is not None:
                self._newest.sendall(text.encode("utf-8"))

    def close(self) -> None:
        for sock in (self._listener, *self._clients):
            end(sock)

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, (host, port) = self._listener.accept()
                self._newest = client
                self._clients.append(client)
                threading.Thread(target=self._read, args=(client, f"{host}:{port}"), daemon=True).start()

    def _read(self, client: socket.socket, who: str) -> None:
        with suppress(OSError):
            while chunk := client.recv(1024):
                self._show(f"{who}: {read_chunk(chunk)}")
        end(client)


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
    try:
        return chunk.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"-- cannot read this: {error}"


def end(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in recv, sendall or accept
    sock.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="LocalChat 1.0, on this computer only.")
    parser.add_argument("role", choices=("server", "client"))
    parser.add_argument("address", nargs="?", default="", help="client: 127.0.0.1:PORT")
    parser.add_argument("--port", type=int, default=0, help="server: 0 takes a free one")
    parser.add_argument("--name", default="Guest", help="not used: version 1.0 has no names")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl+C: it raises KeyboardInterrupt
    show = partial(print, flush=True)
    try:
        if options.role == "server":
            with suppress(KeyboardInterrupt), closing(Server(options.port, show)) as server:
                show(f"listening 127.0.0.1:{server.port}")
                for line in sys.stdin:
                    server.say(line.rstrip("\n"))
                if stat.S_ISCHR(os.fstat(0).st_mode) and not os.isatty(0):
                    threading.Event().wait()  # the null device, in the background: its end means nothing
        else:
            with suppress(KeyboardInterrupt), closing(Client(options.address, options.name, show)) as client:
                for line in sys.stdin:
                    client.say(line.rstrip("\n"))
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(f"localchat 1.0: {error}")
