"""Version 1.3: sealed, with a key that travels under RSA.

    client <--- RSA-2048 public key, DER ---------------- server      made at each start of the server
           ---- AES-256 key under RSA-OAEP ------------->             made by the client for this connection
           <==> nonce[16] || tag[16] || ciphertext <===>              AES-EAX both ways; in it the JSON of 1.2

Right: borders, by a length of 3 bytes in front of each piece. Who only listens gets no text, no name, no key.
A changed bit shows in EAX's tag and ends that connection. 16 random bytes are a nonce that will not repeat.
Missing:
- Identity. The client takes any key: who is in between sends his own and reads all. `username` is a claim.
- Order. Nothing has a number: an old message opens again, so does a whole connection sent to the server
  anew, and any can be dropped or swapped. One key for both ways: one's own, sent back, opens as another's.
- Forward secrecy. The RSA key opens all that was recorded since the server's start.
- A last word. A cut looks like a goodbye, so nobody notices that the last message is missing.
- Care with lengths. They are not under the tag; a longer one makes the receiver wait for later messages.
- Flow, and one writer at a time, as in 1.1. Sizes and times are there for all to see.
Run `python3 -m netcore.lab.museum.v1_3 server`, then the same with `client 127.0.0.1:PORT --name Ada`.
"""

import argparse
import json
import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial

from Crypto.Cipher import AES, PKCS1_OAEP
from Crypto.PublicKey import RSA


class Channel:
    """Pieces through one socket: plain ones for the keys, then messages sealed under `key`."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.key = b""
        self._file = sock.makefile("rb")  # its read(n) waits for all n bytes, or the end

    def send(self, piece: bytes) -> None:
        self.sock.sendall(len(piece).to_bytes(3, "big") + piece)

    def receive(self) -> bytes:
        return self._file.read(int.from_bytes(self._file.read(3), "big"))

    def send_sealed(self, message: bytes) -> None:
        nonce = os.urandom(16)
        ciphertext, tag = AES.new(self.key, AES.MODE_EAX, nonce).encrypt_and_digest(message)
        self.send(nonce + tag + ciphertext)

    def messages(self, show: Callable[[str], None]) -> Iterator[bytes]:
        """Show each and yield it, to the end or to the first that is none or does not open."""
        try:
            while piece := self.receive():
                cipher = AES.new(self.key, AES.MODE_EAX, piece[:16])
                message = cipher.decrypt_and_verify(piece[32:], piece[16:32])
                fields = json.loads(message.decode("utf-8"))
                show(f"{fields['username']}: {fields['text']}")
                yield message
        except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
            show(f"-- connection ended: {error}")
        end(self.sock)


class Server:
    """Listens on 127.0.0.1; port 0 takes a free one. `show` gets each line for the window, on any thread."""

    def __init__(self, port: int, show: Callable[[str], None], key: RSA.RsaKey | None = None) -> None:
        self._show = show
        self.rsa = key or RSA.generate(2048)
        self._channels: list[Channel] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for sock in (self._listener, *(channel.sock for channel in self._channels)):
            end(sock)

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                channel = Channel(self._listener.accept()[0])
                threading.Thread(target=self._serve, args=(channel,), daemon=True).start()

    def _serve(self, channel: Channel) -> None:
        with suppress(OSError, ValueError):  # it has gone, or sent no key
            channel.send(self.rsa.public_key().export_key("DER"))
            channel.key = PKCS1_OAEP.new(self.rsa).decrypt(channel.receive())
            self._channels.append(channel)
            for message in channel.messages(self._show):
                for other in [one for one in self._channels if one is not channel]:
                    with suppress(OSError, ValueError):  # it has gone, or sent no key
                        other.send_sealed(message)


class Client:
    """Connects to HOST:PORT; ValueError outside 127.0.0.0/8. `show` gets what comes, on a thread of ours."""

    def __init__(self, address: str, name: str, show: Callable[[str], None]) -> None:
        host, _, port = address.rpartition(":")
        if socket.inet_pton(socket.AF_INET, host)[0] != 127:
            raise ValueError(f"{address} is not on this computer, and the museum goes nowhere else")
        self._name = name
        self._channel = channel = Channel(socket.create_connection((host, int(port))))
        server_key = RSA.import_key(channel.receive())  # whose it is, nobody asks
        channel.key = os.urandom(32)
        channel.send(PKCS1_OAEP.new(server_key).encrypt(channel.key))
        threading.Thread(target=list, args=(channel.messages(show),), daemon=True).start()

    def say(self, text: str) -> None:
        message = {"username": self._name, "text": text}
        self._channel.send_sealed(json.dumps(message, ensure_ascii=False).encode("utf-8"))

    def close(self) -> None:
        end(self._channel.sock)


def end(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in recv, sendall or accept
    sock.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="LocalChat 1.3, on this computer only.")
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
        sys.exit(f"localchat 1.3: {error}")
