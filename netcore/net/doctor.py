"""Why a room cannot be reached: what was found out, judged in one sentence of cause and one of what to do.

Pure: `diagnose` turns findings into steps that passed or failed, also while some are still missing, and the
words into what a person reads. How the findings are made is `netcore/net/client/examination.py`'s.
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from netcore import limits
from netcore.net.addresses import is_this_computer
from netcore.net.dial import Unreachable

_OLDEST_DATE_S: Final = 1_767_225_600  # 2026-01-01: LocalChat is younger than that
_NEWEST_DATE_S: Final = _OLDEST_DATE_S + 30 * 365 * 86_400
WINDOWS, MACOS, UFW, FIREWALLD = "Windows", "macOS", "ufw", "firewalld"


class StepName(StrEnum):
    """In the order in which they are looked at. The value is for scripts."""

    ADDRESSES = "addresses"
    NAME = "name"
    CONNECTION = "connection"
    ANSWER = "answer"
    FIREWALL = "firewall"
    ISOLATION = "isolation"
    CLOCK = "clock"


class Answer(StrEnum):
    """What the other side of a TCP connection turned out to be."""

    LOCALCHAT = "localchat"
    OTHER_VERSION = "other_version"
    BUSY = "busy"  # it speaks LocalChat and sends us away
    STRANGER = "stranger"  # something else than LocalChat
    HUNG_UP = "hung_up"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Step:
    """passed: None where nothing can be tested from here, and the words say what there is to know."""

    name: StepName
    passed: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class FirewallCommand:
    """What lets a room in, to be typed on its host's computer."""

    firewall: str  # WINDOWS, MACOS, UFW or FIREWALLD
    command: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`cause` and `advice` are one sentence each; empty while the examination goes on."""

    steps: tuple[Step, ...]
    cause: str = ""
    advice: str = ""
    commands: tuple[FirewallCommand, ...] = ()
    works: bool = False  # a LocalChat of our version answers there


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out so far; None: not yet, or not needed any more."""

    host: str
    port: int
    is_ours: bool = False
    """Whether it is the room of this computer, examined by its host."""
    here: tuple[tuple[str, str], ...] | None = None  # (interface, address) of this computer's networks
    shares_network: bool | None = None  # the other's address is on one of our links; None: not known
    addresses: tuple[str, ...] | None = None  # what the host's name stands for; () if nothing
    unreachable: Unreachable | None = None
    connected: bool = False
    answer: Answer | None = None
    fingerprint: str = ""
    firewalls: tuple[str, ...] | None = None  # those that are active on this computer
    commands: tuple[FirewallCommand, ...] = ()
    unix_s: float | None = None

    @property
    def at(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def diagnose(found: Findings) -> Diagnosis:
    """The steps that are known by now; with the cause once there is nothing more to find out."""
    steps = [step for step in (judge(found) for judge in _JUDGES) if step is not None]
    if found.unix_s is None:  # the last to be looked at
        return Diagnosis(tuple(steps))
    cause, advice = _cause_and_advice(found)
    works = found.answer is Answer.LOCALCHAT
    # Whose firewall it is: the host's. A guest's own lets connections out.
    elsewhere_silent = found.unreachable is Unreachable.TIMED_OUT and not is_this_computer(found.host)
    wants_commands = found.is_ours or elsewhere_silent
    return Diagnosis(tuple(steps), cause, advice, found.commands if wants_commands else (), works)


# --- The steps --------------------------------------------------------------------------------------


def _addresses(found: Findings) -> Step | None:
    if found.here is None:
        return None
    if not found.here:
        return Step(StepName.ADDRESSES, False, "This computer is on no network now.")
    listed = ", ".join(f"{address} ({interface})" for interface, address in found.here)
    lonely = all(ipaddress.ip_address(address).is_link_local for _, address in found.here)
    words = f"This computer’s addresses: {listed}."
    if lonely:
        words += " Addresses that begin with 169.254 mean that the network gave it none."
    return Step(StepName.ADDRESSES, not lonely, words)


def _name(found: Findings) -> Step | None:
    if found.addresses is None:
        return None
    if not found.addresses:
        return Step(StepName.NAME, False, f"“{found.host}” is a name that nobody here knows.")
    if found.addresses == (found.host,):
        return Step(StepName.NAME, True, f"{found.host} is an address: no name has to be looked up.")
    return Step(StepName.NAME, True, f"“{found.host}” is {', '.join(found.addresses)}.")


_NO_CONNECTION: Final = {
    Unreachable.REFUSED: "The computer is there and says that nobody listens on port {port}.",
    Unreachable.TIMED_OUT: "Nothing came back from {at}, neither yes nor no.",
    Unreachable.NO_ROUTE: "There is no way from here to {at}.",
    Unreachable.NOT_ALLOWED: "This computer does not let LocalChat connect to {at}.",
    Unreachable.OTHER: "The connection to {at} failed.",
}


def _connection(found: Findings) -> Step | None:
    if found.connected:
        return Step(StepName.CONNECTION, True, f"{found.at} takes connections.")
    if found.unreachable is None or found.unreachable is Unreachable.UNKNOWN_NAME:
        return None
    words = _NO_CONNECTION[found.unreachable].format(at=found.at, port=found.port)
    return Step(StepName.CONNECTION, False, words)


_ANSWERS: Final = {
    Answer.LOCALCHAT: "A LocalChat of this version answers and proves its key, {fingerprint}.",
    Answer.OTHER_VERSION: "It is a LocalChat of another version.",
    Answer.BUSY: "It is a LocalChat, and it sends us away.",
    Answer.STRANGER: "What answers there is no LocalChat.",
    Answer.HUNG_UP: "It takes the connection and ends it at once.",
    Answer.SILENT: "It takes the connection and says nothing.",
}


def _answer(found: Findings) -> Step | None:
    if found.answer is None:
        return None
    words = _ANSWERS[found.answer].format(fingerprint=found.fingerprint)
    return Step(StepName.ANSWER, found.answer is Answer.LOCALCHAT, words)


def _firewall(found: Findings) -> Step | None:
    if found.firewalls is None:
        return None
    whose = "It must let others in" if found.is_ours else "It lets you out; it is the host’s that counts"
    if found.firewalls:
        words = f"On this computer there is the firewall of {' and '.join(found.firewalls)}. {whose}."
    else:
        words = "On this computer neither ufw nor firewalld is active."
    blocks = bool(found.firewalls) and found.unreachable is Unreachable.NOT_ALLOWED
    return Step(StepName.FIREWALL, False if blocks else None, words)


def _isolation(found: Findings) -> Step | None:
    lost = found.unreachable in (Unreachable.TIMED_OUT, Unreachable.NO_ROUTE)
    may_be = lost and not is_this_computer(found.host)  # which is no network
    if not may_be and not (found.is_ours and found.unix_s is not None):
        return None
    words = (
        "Guest and school networks often keep their clients apart: each reaches the internet and none "
        "another. No program can change that; a network of your own, or a phone’s hotspot, does not do it."
    )
    return Step(StepName.ISOLATION, None, words)


def _clock(found: Findings) -> Step | None:
    if found.unix_s is None:
        return None
    day = datetime.fromtimestamp(max(0.0, min(found.unix_s, 4e9)), UTC).date().isoformat()
    if _OLDEST_DATE_S <= found.unix_s <= _NEWEST_DATE_S:
        return Step(StepName.CLOCK, True, f"This computer’s date is {day}.")
    return Step(StepName.CLOCK, False, f"This computer’s date, {day}, is wrong; so are times in the chat.")


_JUDGES: Final = (_addresses, _name, _connection, _answer, _firewall, _isolation, _clock)


# --- The two sentences ------------------------------------------------------------------------------


def _cause_and_advice(found: Findings) -> tuple[str, str]:
    if found.answer is not None:
        return _about_answer(found, found.answer)
    if found.here == () and not is_this_computer(found.host):
        return (
            "This computer is on no network.",
            "Connect it to the network of the host, by Wi-Fi or by cable, and try again.",
        )
    if found.addresses == ():
        return (
            f"Nobody here knows a computer called “{found.host}”.",
            "Type the address with the numbers that the host’s window shows, or paste the invite.",
        )
    return _about_unreachable(found, found.unreachable or Unreachable.OTHER)


def _about_answer(found: Findings, answer: Answer) -> tuple[str, str]:
    if answer is Answer.LOCALCHAT and found.is_ours and is_this_computer(found.host):
        if found.here == ():
            return (
                "This computer is on no network, so nobody else can come in.",
                "Connect it to the network of those who want to join, by Wi-Fi or by cable.",
            )
        return (
            "The room is open to this computer only, so nobody else can come in.",
            "Choose “Open it to the local network” in the room’s window.",
        )
    if answer is Answer.LOCALCHAT and found.is_ours:
        return (
            f"The room is open and answers on this computer at {found.at}.",
            "If others still cannot join, let LocalChat through the firewall of this computer with the "
            "command below, and see that all are on the same network, not on a guests’ one.",
        )
    return {
        Answer.LOCALCHAT: (
            f"Nothing is wrong with the way: a LocalChat answers at {found.at}.",
            "Try to join again.",
        ),
        Answer.OTHER_VERSION: (
            f"The room at {found.at} runs another version of LocalChat, and the two cannot talk.",
            "Both should update to the newest version.",
        ),
        Answer.BUSY: (
            f"The room at {found.at} has too much to do just now, or wants no more connections from here.",
            "Try again in a minute.",
        ),
        Answer.STRANGER: (
            f"Another program than LocalChat has port {found.port} there.",
            "Compare address and port with those in the host’s window.",
        ),
        Answer.HUNG_UP: (
            f"What has port {found.port} there ends the connection: another program, or a LocalChat that "
            "has had too many connections from here.",
            "Compare address and port with those in the host’s window, and try again in a minute.",
        ),
        Answer.SILENT: (
            f"What has port {found.port} there does not speak: another program, a frozen one, or a firewall "
            "that keeps the answer back.",
            "Ask the host whether the room’s window still moves, and compare the port.",
        ),
    }[answer]


def _about_unreachable(found: Findings, why: Unreachable) -> tuple[str, str]:
    if found.is_ours:
        return (
            f"The room does not answer at {found.at}, not even to this computer.",
            "Choose “Open it to the local network” in the room’s window; if that is so already, close the "
            "room and open it again.",
        )
    if is_this_computer(found.host) and why is Unreachable.TIMED_OUT:
        return (
            f"Something on this computer has port {found.port}, and takes no connection: a room that stands "
            "still, or another program.",
            "Look whether its window still moves; if not, close it and open the room again.",
        )
    if is_this_computer(found.host) and why is not Unreachable.NOT_ALLOWED:
        return (
            f"{found.host} is this computer itself, and it has no room on port {found.port}.",
            "For a room on another computer type the address that its host’s window shows.",
        )
    if why in (Unreachable.TIMED_OUT, Unreachable.NO_ROUTE) and found.shares_network is False:
        return (
            f"{found.host} is not in a network of this computer.",
            "Bring both computers into the same network, or compare the address with the host’s window.",
        )
    return {
        Unreachable.REFUSED: (
            f"The computer {found.host} is there, and no room is open on port {found.port}.",
            "Ask the host whether the room is open to the local network, and compare the port.",
        ),
        Unreachable.TIMED_OUT: (
            f"Nothing comes back from {found.host}: it is switched off, its firewall drops what comes, or "
            "the network keeps its clients apart.",
            "Ask the host to look at “Nobody can connect?” in the room’s window, which shows the command for "
            "the firewall.",
        ),
        Unreachable.NO_ROUTE: (
            f"No computer answers to the address {found.host} in this network.",
            "Compare the address with the one in the host’s window: with another network it changes.",
        ),
        Unreachable.NOT_ALLOWED: (
            "A firewall or a rule of this computer keeps LocalChat from connecting.",
            "Allow LocalChat, or Python, in the firewall of this computer, or ask who looks after it.",
        ),
    }.get(
        why,
        (
            f"The connection to {found.at} failed for a reason that the system does not name.",
            "Try again; if it stays so, start both computers anew.",
        ),
    )


# --- The firewall -----------------------------------------------------------------------------------


def firewalls_of(platform: str, read: Callable[[str], str | None]) -> tuple[str, ...]:
    """The firewalls that are active here. `read(path)`: what stands in a file or "" for a folder, None if
    there is none."""
    if platform == "win32":
        return (WINDOWS,)
    if platform == "darwin":
        return (MACOS,)
    found = []
    lines = (read("/etc/ufw/ufw.conf") or "").casefold().split()
    if "enabled=yes" in lines:
        found.append(UFW)
    if read("/run/firewalld") is not None:
        found.append(FIREWALLD)
    return tuple(found)


def commands_for(is_ours: bool, platform: str, port: int, python: str) -> tuple[FirewallCommand, ...]:
    """The host's own; for a guest, who does not see the host's system, those of every one."""
    if is_ours:
        return firewall_commands(platform, port, python)
    systems = ("win32", "darwin", "linux")
    return tuple(one for system in systems for one in firewall_commands(system, port, ""))


def firewall_commands(platform: str, port: int, python: str) -> tuple[FirewallCommand, ...]:
    """The commands that let a room on `port` and its search in, for the firewalls of this kind of system.

    `python` is the program that macOS lets in by its path; "" for the one that the shell finds.
    """
    first, last = limits.DEFAULT_PORT, limits.DEFAULT_PORT + limits.DISCOVERY_PORTS - 1
    if platform == "win32":
        rule = 'netsh advfirewall firewall add rule name="LocalChat" dir=in action=allow protocol='
        return (
            FirewallCommand(WINDOWS, f"{rule}TCP localport={port}"),
            FirewallCommand(WINDOWS, f"{rule}UDP localport={first}-{last}"),
        )
    if platform == "darwin":
        tool, path = (
            "sudo /usr/libexec/ApplicationFirewall/socketfilterfw",
            shlex.quote(python) if python else '"$(which python3)"',
        )
        return (FirewallCommand(MACOS, f"{tool} --add {path} --unblockapp {path}"),)
    return (
        FirewallCommand(UFW, f"sudo ufw allow {port}/tcp && sudo ufw allow {first}:{last}/udp"),
        FirewallCommand(FIREWALLD, f"sudo firewall-cmd --add-port={port}/tcp --add-port={first}-{last}/udp"),
    )
