"""The command line as a typed value: `parse(argv) -> Options`. A stable interface for scripts and tests.

Says what was asked for and nothing more: what was left out stays None, so that a window can put in the
values of last time and the headless part its own defaults. Addresses, invites and names are checked by
those who use them. Imports nothing heavy: it runs before it is known whether pycryptodome is there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, NoReturn

from netcore.limits import DEFAULT_PORT, MAX_MEMBERS, MOST_MEMBERS

if TYPE_CHECKING:  # not for a double click, which has nothing to read
    import argparse

VERSION = "1.0.0"
DEMO_CLIENTS = 3
SEARCH_S = 2.0
MAX_SEARCH_S = 3600.0
MAX_CASE = 16  # detective cases there are
MAX_SEED = 999_999
MOST_DIGITS = 9
MAX_DEMO_CLIENTS = 8  # more windows than this do not fit on a screen beside each other

Role = Literal["ask", "server", "client", "demo", "rooms", "doctor", "tap", "lab"]
WITHOUT_WINDOW: Final = ("rooms", "doctor")
"""These print something and end."""

EPILOG = """\
Without a role, a window asks for one.
Exit codes: 0 well; 2 usage, or cannot listen; 3 the server is not trusted; 4 refused by the server;
5 cannot reach the server, or the doctor has found no LocalChat.
"""


# On the way to the first page, values are NamedTuples: dataclasses would bring `inspect` into every start
# (4 ms), and each takes another millisecond to be made.
class Options(NamedTuple):
    """What the command line asked for. None: not given."""

    role: Role = "ask"
    room: str | None = None
    nick: str | None = None
    bind: str | None = None  # numeric address to listen on
    port: int | None = None  # 0..65535; 0 takes a free one
    members: int = MAX_MEMBERS  # who may be in the room at once, 1..MOST_MEMBERS
    hidden: bool = False  # the room does not answer those who look for rooms
    seconds: float = SEARCH_S  # how long to look for rooms
    what: str = ""  # of the laboratory: check, case
    case: int | None = None  # which of the detective's, 1..MAX_CASE
    seed: int | None = None  # of its capture, 0..MAX_SEED; None takes some
    report: Path | None = None  # write what was checked into this file, as a lab report
    address: str | None = None  # HOST[:PORT] or an invite, as typed
    headless: bool = False
    json: bool = False
    trace: Path | None = None  # record, and write what is recorded into this file
    capture: Path | None = None  # record, and write the bytes into this file, for Wireshark
    accept_new: bool = False
    clients: int = DEMO_CLIENTS  # windows of the demo, 1..MAX_DEMO_CLIENTS
    data_dir: Path | None = None
    verbose: bool = False
    listen: str | None = None  # of the tap: HOST:PORT
    to: str | None = None  # where the tap leads: HOST:PORT
    chunks: bool = False  # the tapped room has no frames
    anywhere: bool = False  # the tap is not kept to this computer
    install: bool = False  # only put the missing pieces in place


def parse(argv: list[str]) -> Options:
    """Read the arguments after the program's name.

    Ends the process with code 2 and a sentence on a usage error, with 0 after --help and --version.
    """
    if not argv:
        return Options()  # a double click
    import argparse  # with the parsers of all roles a twentieth of a start

    common = _common_parser()
    try:
        known, more = common.parse_known_args(argv)
    except argparse.ArgumentError:
        more = argv  # the other parser says what is wrong, and how it is right
    if not more:
        return Options(**vars(known))
    parser = _parser(common)
    options = Options(**vars(parser.parse_args(argv)))
    if (options.what == "case") != (options.case is not None):
        parser.error(f"lab case needs its number, 1 to {MAX_CASE}; nothing else takes one")
    if options.seed is not None and options.what != "case":
        parser.error("--seed belongs to a case: lab case N --seed S")
    if options.report is not None and options.what != "check":
        parser.error("--report belongs to lab check; the laboratory’s window saves one itself")
    if options.role in WITHOUT_WINDOW or options.what == "check":
        return options._replace(headless=True)
    if options.json and not options.headless:
        parser.error("--json describes what happens without a window, so it needs --headless")
    if options.hidden and not options.headless:
        parser.error("--hidden needs --headless; in the window it is one of the room’s rules")
    if options.trace is not None and not options.headless:
        parser.error("--trace needs --headless; a window shows what it records")
    if options.capture is not None and not options.headless:
        parser.error("--capture needs --headless; a window saves what it recorded")
    if options.role == "client" and options.headless and options.address is None:
        parser.error("client --headless needs the server: HOST[:PORT] or an invite")
    if options.role == "tap" and not (options.listen and options.to):
        parser.error("tap needs --listen HOST:PORT and --to HOST:PORT")
    return options


def _common_parser() -> argparse.ArgumentParser:
    """What every role knows, and none needs."""
    import argparse

    # SUPPRESS keeps what was not given out of the namespace: Options alone holds the defaults, and a
    # common option works before the role as well as after it.
    common = argparse.ArgumentParser(
        add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False, exit_on_error=False
    )
    common.add_argument("--data-dir", type=Path, metavar="DIR", help="keep keys and rooms in this folder")
    common.add_argument("--verbose", action="store_true", help="write the log to standard error too")
    return common


def _parser(common: argparse.ArgumentParser) -> argparse.ArgumentParser:
    import argparse

    lines = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    lines.add_argument("--headless", action="store_true", help="no window: standard input and output")
    lines.add_argument("--json", action="store_true", help="with --headless: one JSON object a line")

    chat = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, parents=[lines])
    chat.add_argument("--nick", type=_text, metavar="NAME", help="your name in the room")
    chat.add_argument("--trace", type=Path, metavar="FILE", help="with --headless: record into this file")
    chat.add_argument("--capture", type=Path, metavar="FILE", help="with --headless: record for Wireshark")

    parser = argparse.ArgumentParser(
        prog="localchat.py",
        description="An encrypted chat for the local network.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        parents=[common],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"LocalChat {VERSION}")
    parser.add_argument("--install", action="store_true", help="install what is missing, then stop")
    roles = parser.add_subparsers(dest="role", metavar="server | client | demo | rooms | doctor | tap | lab")
    parser.set_defaults(role="ask")

    def role(name: str, help: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        return roles.add_parser(
            name, help=help, parents=parents, argument_default=argparse.SUPPRESS, allow_abbrev=False
        )

    server = role("server", "host a room", common, chat)
    server.add_argument("--room", type=_text, metavar="NAME", help="the name of the room")
    server.add_argument(
        "--bind", type=_text, metavar="ADDR", help="address to listen on (127.0.0.1: this computer only)"
    )
    server.add_argument("--port", type=_port, metavar="N", help=f"usually {DEFAULT_PORT}; 0 takes a free one")

    server.add_argument(
        "--members", type=_members, metavar="N",
        help=f"how many may be in the room, 1 to {MOST_MEMBERS} here, else {MAX_MEMBERS}",
    )  # fmt: skip

    server.add_argument("--hidden", action="store_true", help="with --headless: answer no search for rooms")

    client = role("client", "join a room", common, chat)
    # Brackets in the metavar itself trip argparse up when it wraps the usage line.
    client.add_argument("address", nargs="?", type=_text, metavar="ADDRESS", help="HOST[:PORT], or an invite")
    client.add_argument("--accept-new", action="store_true", help="trust a server that is new to you")

    demo = role("demo", "a server and some clients on this computer", common)
    demo.add_argument(
        "--clients", type=_clients, metavar="N", help=f"1 to {MAX_DEMO_CLIENTS}, else {DEMO_CLIENTS}"
    )

    tap = role("tap", "stand between clients and their server, to watch and attack", common, lines)
    tap.add_argument(
        "--listen", type=_text, metavar="HOST:PORT", help="what clients are given; port 0 takes a free one"
    )
    tap.add_argument("--to", type=_text, metavar="HOST:PORT", help="the server")
    tap.add_argument("--chunks", action="store_true", help="the room has no frames: it is of the museum")
    tap.add_argument("--anywhere", action="store_true", help="not only on this computer")
    printing = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    printing.add_argument("--json", action="store_true", help="one JSON object a line")
    rooms = role("rooms", "list the rooms that answer on the local network", common, printing)
    rooms.add_argument("--seconds", type=_seconds, metavar="S", help=f"how long to listen, else {SEARCH_S:g}")
    doctor = role("doctor", "find out why a room cannot be reached", common, printing)
    doctor.add_argument("address", type=_text, metavar="ADDRESS", help="HOST[:PORT], or an invite")
    lab = role("lab", "a room with somebody on the way, to attack and to learn from", common, printing)
    lab.add_argument(
        "what", nargs="?", default="", choices=("", "check", "case"), metavar="check | case",
        help="check: run every attack, lesson and case once, and compare with what each must come to; "
        "case: be the detective in one of them",
    )  # fmt: skip
    lab.add_argument(
        "case", nargs="?", default=None, type=_case, metavar="N", help=f"which case, 1 to {MAX_CASE}"
    )
    lab.add_argument("--seed", type=_seed, metavar="S", help="the same case and seed have the same bytes")
    lab.add_argument("--report", type=Path, metavar="FILE", help="with check: a web page of all that was run")
    return parser


def _text(argument: str) -> str:
    """As a person typed it, also where the locale knows less than UTF-8 (then Python keeps bytes aside),
    without space around it: the lines of a script from another system end in a carriage return."""
    try:
        return (os.fsencode(argument).decode("utf-8") if _has_bytes(argument) else argument).strip()
    except UnicodeDecodeError:
        _refuse(f"{argument!r} is no text that this system can read")


def _refuse(sentence: str) -> NoReturn:
    """Have the parser say what is wrong with an argument."""
    import argparse

    raise argparse.ArgumentTypeError(sentence)


def _has_bytes(argument: str) -> bool:
    return any("\udc80" <= letter <= "\udcff" for letter in argument)


def _port(text: str) -> int:
    return _number(text, 0, 65_535)


def _members(text: str) -> int:
    return _number(text, 1, MOST_MEMBERS)


def _case(text: str) -> int:
    return _number(text, 1, MAX_CASE)


def _seed(text: str) -> int:
    return _number(text, 0, MAX_SEED)


def _clients(text: str) -> int:
    return _number(text, 1, MAX_DEMO_CLIENTS)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MAX_SEARCH_S:  # neither is NaN
        _refuse(f"{text!r} is not a number of seconds up to {MAX_SEARCH_S:g}")
    return seconds


def _number(text: str, least: int, most: int) -> int:
    # isdecimal alone lets other scripts' digits through; int() would also take "5_050" and " 7", and raises
    # for some thousand digits.
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS and least <= int(text) <= most):
        _refuse(f"{text!r} is not a number from {least} to {most}")
    return int(text)
