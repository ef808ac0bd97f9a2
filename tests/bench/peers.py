"""The servers to be measured: how each is started, joined and spoken to, all over TLS but ours.

A peer is tuned in its own favour: flood control off, no limits on queues, no name look-ups. What it
cannot turn off it keeps. Each message ends with END, which receivers count.
"""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import struct
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path

END = b"^"


def tls_socket(port: int) -> ssl.SSLSocket:
    # Both ends are ours and on this machine: what is measured is the cost, not the identity.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), 10)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    for path in (folder, key, certificate):
        path.chmod(0o755)  # ngIRCd reads them under another user
    return key, certificate


class Peer(ABC):
    """One kind of server: its process, and the two steps into its room.

    Two, so that many can be on their way at once: InspIRCd looks once a second who has come.
    """

    name: str
    program: str

    def installed(self) -> bool:
        return shutil.which(self.program) is not None

    @abstractmethod
    def start(self, folder: Path, port: int) -> subprocess.Popen[bytes]: ...

    @abstractmethod
    def enter(self, port: int, number: int) -> ssl.SSLSocket:
        """Connect and say who we are. Number 0 is the sender, who need not hear itself."""

    def finish(self, sock: ssl.SSLSocket, number: int) -> None:
        """Wait until we are in the room."""
        return  # who came in with `enter` has nothing to wait for

    @abstractmethod
    def message(self, text: bytes) -> bytes:
        """The bytes that say `text` to the room."""


def _run(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    with open(folder / "output", "wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)


class Asyncio(Peer):
    name = "asyncio"
    program = sys.executable

    def installed(self) -> bool:
        return True

    def start(self, folder: Path, port: int) -> subprocess.Popen[bytes]:
        key, certificate = make_certificate(folder)
        script = Path(__file__).with_name("chat_over_tls.py")
        return _run([sys.executable, str(script), str(port), str(key), str(certificate)], folder)

    def enter(self, port: int, number: int) -> ssl.SSLSocket:
        sock = tls_socket(port)
        sock.sendall(json.dumps({"name": f"u{number}"}).encode() + b"\n")
        _read_until(sock, b"welcome")
        return sock

    def message(self, text: bytes) -> bytes:
        return json.dumps({"text": (text + END).decode()}).encode() + b"\n"


class _Irc(Peer):
    def enter(self, port: int, number: int) -> ssl.SSLSocket:
        sock = tls_socket(port)
        sock.sendall(b"NICK u%d\r\nUSER u%d 0 * :u\r\n" % (number, number))
        return sock

    def finish(self, sock: ssl.SSLSocket, number: int) -> None:
        seen = b""
        while b" 376 " not in seen and b" 422 " not in seen:  # the end of the message of the day
            more = sock.recv(65_536)
            if not more:
                raise RuntimeError(f"{self.name} closed: {seen!r}")
            seen += more
            if b"PING" in seen:
                sock.sendall(b"PONG" + seen.split(b"PING", 1)[1].split(b"\r\n")[0] + b"\r\n")
                seen = seen.replace(b"PING", b"pong")
        sock.sendall(b"JOIN #c\r\n")
        _read_until(sock, b" 366 ")

    def message(self, text: bytes) -> bytes:
        return b"PRIVMSG #c :" + text + END + b"\r\n"


class NgIrcd(_Irc):
    name = "ngIRCd"
    program = "ngircd"

    def start(self, folder: Path, port: int) -> subprocess.Popen[bytes]:
        key, certificate = make_certificate(folder)
        settings = folder / "ngircd.conf"
        settings.write_text(
            "[Global]\nName = irc.localhost\nInfo = bench\nAdminInfo1 = bench\nAdminEMail = a@localhost\n"
            "Ports =\nListen = 127.0.0.1\nServerUID = root\nServerGID = root\n"
            "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\n"
            "[Options]\nDNS = no\nIdent = no\nPAM = no\n"
            f"[SSL]\nCertFile = {certificate}\nKeyFile = {key}\nPorts = {port}\n"
        )
        return _run(["ngircd", "-n", "-f", str(settings)], folder)


class InspIrcd(_Irc):
    name = "InspIRCd"
    program = "inspircd"

    def start(self, folder: Path, port: int) -> subprocess.Popen[bytes]:
        key, certificate = make_certificate(folder)
        settings = folder / "inspircd.conf"
        settings.write_text(
            '<server name="irc.localhost" description="bench" network="bench">\n'
            '<admin name="a" nick="a" email="a@localhost">\n'
            f'<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">\n'
            '<module name="ssl_gnutls">\n'
            f'<sslprofile name="C" provider="gnutls" certfile="{certificate}" keyfile="{key}">\n'
            f'<bind address="127.0.0.1" port="{port}" type="clients" sslprofile="C">\n'
            '<connect name="main" allow="*" timeout="60" threshold="100000" pingfreq="600" hardsendq="100M"\n'
            ' softsendq="50M" recvq="1M" localmax="100000" globalmax="100000" commandrate="100000000"\n'
            ' fakelag="no" useident="no" resolvehostnames="no" maxconnwarn="no">\n'
            '<performance softlimit="100000" netbuffersize="65536" somaxconn="1024">\n'
            f'<log method="file" type="*" level="default" target="{folder}/log">\n'
            f'<pid file="{folder}/pid">\n'
        )
        return _run(["inspircd", "--nofork", "--runasroot", "--config", str(settings)], folder)


class Mosquitto(Peer):
    """MQTT 3.1.1, QoS 0: a topic is the room."""

    name = "Mosquitto"
    program = "mosquitto"

    def start(self, folder: Path, port: int) -> subprocess.Popen[bytes]:
        key, certificate = make_certificate(folder)
        settings = folder / "mosquitto.conf"
        settings.write_text(
            f"listener {port} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\n"
            "allow_anonymous true\nmax_queued_messages 0\nuser root\n"
        )
        return _run(["mosquitto", "-c", str(settings)], folder)

    def enter(self, port: int, number: int) -> ssl.SSLSocket:
        sock = tls_socket(port)
        name = f"u{number}".encode()
        body = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack(">H", len(name)) + name
        sock.sendall(bytes([0x10, len(body)]) + body)
        _read_exactly(sock, 4)  # CONNACK
        if number:
            sock.sendall(b"\x82\x06\x00\x01\x00\x01c\x00")
            _read_exactly(sock, 5)  # SUBACK
        return sock

    def message(self, text: bytes) -> bytes:
        body = b"\x00\x01c" + text + END
        length, rest = b"", len(body)
        while True:
            rest, digit = divmod(rest, 128)
            length += bytes([digit | (0x80 if rest else 0)])
            if not rest:
                return b"\x30" + length + body


def _read_until(sock: ssl.SSLSocket, mark: bytes) -> None:
    seen = b""
    while mark not in seen:
        more = sock.recv(65_536)
        if not more:
            raise RuntimeError(f"closed before {mark!r}: {seen!r}")
        seen += more


def _read_exactly(sock: ssl.SSLSocket, count: int) -> None:
    while count:
        more = sock.recv(count)
        if not more:
            raise RuntimeError("closed while joining")
        count -= len(more)


PEERS: tuple[Peer, ...] = (Asyncio(), NgIrcd(), InspIrcd(), Mosquitto())
