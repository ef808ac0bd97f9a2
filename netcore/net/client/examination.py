"""The connection doctor at work: looks at one thing after another; `netcore/net/doctor.py` judges.

    own networks -> the host's name -> TCP -> the first two frames of a handshake -> firewall, clock

The handshake goes as far as the server's proof of its key and no further: nothing is said, nobody joins.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Final

from netcore.crypto.identity import PublicKey, fingerprint_text
from netcore.crypto.primitives import Random
from netcore.errors import (
    AlertReceived,
    CannotReach,
    HandshakeLate,
    LocalChatError,
    OtherVersion,
    ServerGone,
    TrustError,
)
from netcore.net import discovery
from netcore.net.addresses import interface_addresses
from netcore.net.api.commands import Command
from netcore.net.api.config import DoctorConfig
from netcore.net.api.events import Event, Examined
from netcore.net.client.link import ClientLink
from netcore.net.dial import Address, Dial, Unreachable, look_up
from netcore.net.discovery import Interface
from netcore.net.doctor import Answer, Findings, commands_for, diagnose, firewalls_of
from netcore.net.loop import Loop
from netcore.net.target import parse_target
from netcore.session.events import FileChunkReceived
from netcore.wire.codes import CloseCode
from netcore.wire.messages import Message

_MOST_ADDRESSES: Final = 8  # of this computer that are worth listing
_MOST_FILE_CHARS: Final = 65_536


class _SeenEnough(TrustError):
    """Ends the handshake once the server has proved its key."""


class Examination:
    """One examination. Thread: netcore-loop only."""

    def __init__(
        self, loop: Loop, config: DoctorConfig, emit: Callable[[Event], None], random: Random = os.urandom
    ) -> None:
        self._loop = loop
        self._config = config
        self._emit = emit
        self._random = random
        self._found = Findings("", 0)
        self._dial: Dial | None = None
        self._link: ClientLink | None = None
        self._over = False

    def start(self) -> None:
        """Raises InputError for a target that is none."""
        target = parse_target(self._config.target)
        self._found = Findings(target.host, target.port, self._config.is_ours)
        self._loop.in_pool(look_here, self._on_here)

    def submit(self, command: Command) -> None:
        """There is nothing to ask it but to stop."""

    def hold(self, held: bool) -> None:
        """What it tells is short."""

    def stop(self, done: Callable[[], None]) -> None:
        self._over = True
        if self._dial is not None:
            self._dial.cancel()
        if self._link is not None:
            self._link.drop()
        done()

    def close_files(self) -> None:
        """None is open."""

    # --- One after another ---

    def _learn(self, **findings: object) -> None:
        self._found = replace(self._found, **findings)  # type: ignore[arg-type]
        self._emit(Examined(diagnose(self._found), done=self._found.unix_s is not None))

    def _on_here(self, looked: Future[tuple[tuple[str, str], ...]]) -> None:
        if self._over:
            return
        self._learn(here=looked.result())
        host, port = self._found.host, self._found.port
        self._loop.in_pool(lambda: (look_up(host, port), look_at_networks()), self._on_name)

    def _on_name(self, looked: Future[tuple[list[Address], tuple[Interface, ...]]]) -> None:
        if self._over:
            return
        found, networks = looked.result()
        addresses = tuple(dict.fromkeys(str(address[0]) for _, address in found))
        self._learn(addresses=addresses, shares_network=shares_network(addresses, networks))
        if addresses:
            self._dial = Dial(self._loop, self._found.host, self._found.port, self._on_dialled)
        else:
            self._learn(unreachable=Unreachable.UNKNOWN_NAME)
            self._finish()

    def _on_dialled(self, sock: socket.socket | None, error: CannotReach | None) -> None:
        self._dial = None
        if sock is not None:
            self._learn(connected=True)
            self._link = ClientLink(self._loop, sock, self, self._check_server, self._random)
        else:
            kind = error.details.get("kind") if error is not None else None
            self._learn(unreachable=kind if isinstance(kind, Unreachable) else Unreachable.OTHER)
            self._finish()

    def _check_server(self, identity: PublicKey) -> None:
        self._found = replace(self._found, fingerprint=fingerprint_text(identity.fingerprint))
        raise _SeenEnough

    def _finish(self) -> None:
        port, is_ours = self._found.port, self._config.is_ours
        self._loop.in_pool(
            lambda: (
                firewalls_of(sys.platform, _read),
                commands_for(is_ours, sys.platform, port, sys.executable),
                time.time(),
            ),
            lambda looked: None if self._over else self._on_system(*looked.result()),
        )

    def _on_system(self, firewalls: object, commands: object, unix_s: float) -> None:
        self._learn(firewalls=firewalls, commands=commands, unix_s=unix_s)

    # --- What the link tells ---

    def on_established(self, identity: PublicKey) -> None:
        raise AssertionError("the handshake ends before")

    def on_chunks(self, chunks: list[FileChunkReceived]) -> None:
        raise AssertionError("the handshake ends before")

    def on_drained(self) -> None:
        """Nothing waits for that."""

    def on_messages(self, received: list[Message]) -> None:
        raise AssertionError("the handshake ends before")

    def on_link_closed(self, code: CloseCode, reason: str) -> None:
        raise AssertionError("the handshake ends before")

    def on_link_failed(self, error: LocalChatError) -> None:
        self._link = None
        self._learn(answer=answer_in(error))
        self._finish()


def answer_in(error: LocalChatError) -> Answer:
    """What the other side is, from how the handshake ended."""
    match error:
        case _SeenEnough():
            return Answer.LOCALCHAT
        case OtherVersion():
            return Answer.OTHER_VERSION
        case HandshakeLate():
            return Answer.SILENT
        case AlertReceived():
            return Answer.BUSY
        case ServerGone():
            return Answer.HUNG_UP
    return Answer.STRANGER


def look_here() -> tuple[tuple[str, str], ...]:
    """(interface, address) of this computer's networks. May ask the system's resolver."""
    try:
        return tuple(interface_addresses()[:_MOST_ADDRESSES])
    except OSError:
        return ()


def look_at_networks() -> tuple[Interface, ...]:
    try:
        return discovery.interfaces()
    except OSError:
        return ()


def shares_network(addresses: tuple[str, ...], networks: tuple[Interface, ...]) -> bool | None:
    """Whether one of the addresses is on a link of this computer; None where that cannot be told."""
    four = [ipaddress.IPv4Address(one) for one in addresses if ":" not in one]
    masks = [one for one in networks if one.netmask]
    if not four or len(four) < len(addresses) or not masks:
        return None
    links = [ipaddress.IPv4Network((one.address, one.netmask), strict=False) for one in masks]
    return any(address in link for address in four for link in links)


def _read(path: str) -> str | None:
    place = Path(path)
    try:
        if place.is_dir():
            return ""
        with place.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MOST_FILE_CHARS)
    except OSError:
        return None
