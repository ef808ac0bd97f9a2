"""Who may import whom: the floors of the house, read from the source itself and not from what ran.

`ARROWS` is the whole plan. A new folder takes one line there, a new file none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
MARKS = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")

# Below every floor: these know nothing.
GROUND = ("netcore.errors", "netcore.limits", "netcore.layout", "netcore.trace")

# What windows and the command line may know of the network stack.
FRONT_DOOR = (
    "netcore.before_start",
    "netcore.engine",
    "netcore.options",
    "netcore.log_file",
    "netcore.room_words",
    "netcore.slash_commands",
    "netcore.typed_commands",
    "netcore.typed_lines",
    "netcore.wire.lines",
    "netcore.wire.messages",
    "netcore.wire.names",
)

# The sockets chapter: knows no protocol, and neither the server nor the client.
SOCKETS = tuple(
    f"netcore.net.{name}"
    for name in (
        "addresses", "connection", "dial", "discovery", "doctor", "knife", "listener", "loop", "target",
    )
)

# The laboratory's tap: an actor on the loop, that knows both ends of the protocol and neither role.
TAP = tuple(
    f"netcore.lab.{name}"
    for name in ("mallory", "orders", "pieces", "relay", "tap", "tap_events", "word_search")
)

# A room for whoever may wait, and the grid of all attacks, which runs in it.
STAGE = tuple(f"netcore.lab.{name}" for name in ("grid", "museum_players", "stage"))

# What was done in the laboratory, and what is told of it.
REPORT = tuple(f"netcore.lab.{name}" for name in ("grid_live", "notebook", "report", "report_file"))

# For each part the parts of ours that it may import, beside the ground and itself. The first name that
# fits a module counts, so a single module and an inner folder stand before the folder that they lie in;
# what an inner folder holds is not of the outer part.
ARROWS: dict[str, tuple[str, ...]] = {
    "netcore.errors": (),
    "netcore.limits": (),
    "netcore.layout": (),
    "netcore.trace": (),
    "netcore.options": (),
    "netcore.log_file": (),
    "netcore.slash_commands": (),
    "netcore.typed_lines": (
        "netcore.slash_commands", "netcore.wire.lines", "netcore.wire.names", "netcore.wire.texts",
    ),
    "netcore.typed_commands": ("netcore.engine", "netcore.slash_commands", "netcore.typed_lines"),
    "netcore.room_words": ("netcore.engine", "netcore.wire.lines"),
    "netcore.bootstrap": ("netcore.store.paths",),
    "netcore.installer": ("netcore.bootstrap",),
    "netcore.wire": (),
    "netcore.crypto": (),
    "netcore.session": ("netcore.wire", "netcore.crypto"),
    "netcore.room": ("netcore.wire",),
    "netcore.store": ("netcore.wire",),
    "netcore.net.api": ("netcore.net.addresses", "netcore.net.doctor", "netcore.wire.codes"),
    # What both roles do alike: no socket in it.
    "netcore.net.whisper_queue": ("netcore.wire", "netcore.crypto"),
    "netcore.net.speech": ("netcore.net.api", "netcore.wire"),
    "netcore.net.recording": ("netcore.net.connection", "netcore.session"),
    # The two ends of a file on the disk.
    "netcore.net.files": (
        "netcore.net.api", "netcore.wire", "netcore.crypto", "netcore.store.atomic",
        "netcore.store.paths",
    ),
    "netcore.net.server": (
        *SOCKETS, "netcore.net.api", "netcore.net.files", "netcore.net.recording", "netcore.net.speech",
        "netcore.net.whisper_queue", "netcore.wire", "netcore.crypto", "netcore.session", "netcore.room",
        "netcore.store",
    ),
    "netcore.net.client": (
        *SOCKETS, "netcore.net.api", "netcore.net.files", "netcore.net.recording", "netcore.net.speech",
        "netcore.net.whisper_queue", "netcore.wire", "netcore.crypto", "netcore.session", "netcore.store",
    ),
    "netcore.net": (),
    "netcore.lab.spans": ("netcore.wire", "netcore.crypto"),
    "netcore.lab.packets": (),
    "netcore.lab.wireshark": (),
    "netcore.lab.capture_file": ("netcore.lab.pcapng", "netcore.lab.wireshark", "netcore.trace"),
    "netcore.lab.pcapng": (
        "netcore.lab.packets", "netcore.options", "netcore.trace", "netcore.wire",
    ),
    "netcore.before_start": ("netcore.bootstrap", "netcore.net", "netcore.store", "netcore.crypto.identity"),
    "netcore.engine": ("netcore.net", "netcore.crypto.identity"),
    # The museum imports nothing of ours, and nothing of ours imports it but the laboratory.
    "netcore.lab.museum": (),
    # Its command line: one more front door.
    "netcore.lab.tap_headless": (
        "netcore.bootstrap", "netcore.ending_signals", "netcore.headless_input", "netcore.headless_lines",
        "netcore.net.target", "netcore.options", "netcore.wire", *TAP,
    ),
    **dict.fromkeys(
        TAP, (*TAP, *SOCKETS, "netcore.net.api", "netcore.session", "netcore.wire", "netcore.crypto")
    ),
    **dict.fromkeys(
        STAGE,
        (
            *TAP, *STAGE, "netcore.lab.sandbox", "netcore.lab.museum", "netcore.lab.throwaway",
            "netcore.lab.attacks", "netcore.lab.lessons", "netcore.lab.verdict", "netcore.engine",
            "netcore.net.api", "netcore.wire",
        ),
    ),
    "netcore.lab.attacks": ("netcore.lab.orders", "netcore.wire.framing"),
    "netcore.lab.grid_pinned": STAGE,
    "netcore.lab.grid_runner": STAGE,
    "netcore.lab.report_file": ("netcore.lab.notebook", "netcore.lab.report", "netcore.store.atomic"),
    **dict.fromkeys(
        REPORT[:-1],
        (
            "netcore.lab", "netcore.lab.lessons", "netcore.lab.cases", "netcore.lab.handshake",
            "netcore.lab.stream", "netcore.lab.verdict", "netcore.net.api", "netcore.wire.lines", *TAP,
            *STAGE,
        ),
    ),
    # It runs all of the laboratory.
    "netcore.lab.check": ("netcore.lab", "netcore.headless_lines", *STAGE, *REPORT),
    "netcore.lab.lessons": ("netcore.lab", "netcore.net.api", "netcore.wire"),
    "netcore.lab.cases": (
        "netcore.lab", "netcore.lab.lessons", "netcore.wire", "netcore.crypto", "netcore.session",
    ),
    "netcore.lab.tap_verdict": ("netcore.lab.verdict", "netcore.wire.framing", "netcore.wire.lines", *TAP),
    "netcore.lab.verdict": (
        "netcore.lab.attacks", "netcore.lab.lessons", "netcore.lab.spans", "netcore.net.api",
        "netcore.wire.framing", "netcore.wire.lines", *TAP,
    ),
    # A room of the laboratory's own: it starts what a window starts, with keys made ahead.
    "netcore.lab.sandbox": (
        "netcore.lab", "netcore.lab.lessons", "netcore.lab.museum", "netcore.engine", "netcore.net.api",
        "netcore.net.server.files", "netcore.net.target", "netcore.store.folders", "netcore.wire",
        "netcore.crypto", *TAP,
    ),
    # What the laboratory reads out of a recording, and what version 1.2 reads of the same words.
    "netcore.lab": (
        "netcore.lab.museum", "netcore.lab.spans", "netcore.wire", "netcore.crypto", "netcore.session",
    ),
    # The command line's room and client: another front door beside the windows.
    "netcore.headless": (
        "netcore.bootstrap", "netcore.ending_signals", "netcore.headless_input", "netcore.headless_lines",
        "netcore.headless_tools",
        "netcore.headless_trace", "netcore.store.paths", "netcore.wire.texts", *FRONT_DOOR,
    ),
    "netcore.headless_input": (),
    "netcore.ending_signals": (),
    "netcore.headless_tools": ("netcore.bootstrap", "netcore.headless_lines", *FRONT_DOOR),
    "netcore.headless_trace": (
        "netcore.bootstrap", "netcore.options", "netcore.wire.framing", "netcore.lab.capture_file",
        *FRONT_DOOR,
    ),
    "netcore.headless_lines": ("netcore.wire.texts", *FRONT_DOOR),
    "netcore": (),
    "gui.text.quoted": ("gui.text.shown_text", "netcore.wire.lines"),
    "gui.text": (),
    "gui.compat": (),
    "gui.look": ("gui.text", "gui.compat"),
    "gui.widgets": ("gui.look", "gui.text", "gui.compat"),
    "gui.transcript": ("gui.widgets", "gui.look", "gui.text", "gui.compat", "netcore.wire.lines"),
    "gui.room": (
        "gui.transcript", "gui.widgets", "gui.look", "gui.text", "gui.compat", "gui.page", "gui.file_dialogs",
        *FRONT_DOOR,
    ),
    "gui.start": (
        "gui.widgets", "gui.look", "gui.text", "gui.compat", "gui.page", "gui.poller", "gui.remembered",
        "gui.window", *FRONT_DOOR,
    ),
    # The detective: the parts of the Wire view on captures that were made up.
    "gui.lab.detective": (
        "gui.lab", "gui.lab.wire", "gui.lab.sandbox.view", "gui.lab.sandbox.words", "gui.widgets",
        "gui.look", "gui.text", "gui.compat",
        "netcore.lab", "netcore.lab.cases", "netcore.lab.lessons", *FRONT_DOOR,
    ),
    # The sandbox: the room's own parts in three chairs, and the lessons beside them.
    "gui.lab.sandbox": (
        "gui.lab", "gui.lab.detective", "gui.lab.grid", "gui.room", "gui.widgets", "gui.look", "gui.text",
        "gui.compat", "gui.page", "gui.poller", "gui.file_dialogs",
        "netcore.lab", "netcore.lab.lessons", "netcore.lab.sandbox",
        "netcore.lab.throwaway", "netcore.lab.handshake", "netcore.lab.verdict", "netcore.lab.tap_headless",
        *REPORT, *TAP, *FRONT_DOOR,
    ),
    "gui.lab.grid": (
        "gui.lab", "gui.lab.sandbox", "gui.widgets", "gui.look", "gui.compat", "netcore.lab",
        "netcore.lab.grid_runner", "netcore.lab.handshake", "netcore.lab.spans", *REPORT, *STAGE,
    ),
    # The laboratory looks at what the recorder saw, and reads it by the real parsers.
    "gui.lab": (
        "gui.widgets", "gui.look", "gui.text", "gui.compat", "gui.poller", "gui.file_dialogs", "netcore.lab",
        *FRONT_DOOR,
    ),
    "gui.file_dialogs": ("netcore.before_start",),
    "gui.window": ("gui", "netcore.lab.notebook", *FRONT_DOOR),  # keeps it from one visit to the next
    "gui": ("gui", *FRONT_DOOR),
    # The launcher opens every door.
    "localchat": ("netcore", "gui"),
}

# Of the world outside: which parts alone may import it.
OUTSIDE: dict[str, tuple[str, ...]] = {
    # The museum shares no code with us, so its one sealed version seals by itself: that is what it shows.
    "Crypto": ("netcore.crypto", "netcore.lab.museum.v1_3"),
    "sqlite3": ("netcore.store",),
    # The laboratory's own go to this computer only.
    "socket": ("netcore.net", "netcore.lab"),
    "selectors": ("netcore.net",),
    "ssl": (),
    "asyncio": (),
    "tkinter": ("gui", "localchat"),
    "pickle": (),
}

SOURCES = [HOME / "localchat.py", *sorted(HOME.glob("netcore/**/*.py")), *sorted(HOME.glob("gui/**/*.py"))]
NAMES = [".".join(path.relative_to(HOME).with_suffix("").parts) for path in SOURCES]
MODULES = [name.removesuffix(".__init__") for name in NAMES]


def imports_of(source: str, module: str, is_package: bool = False) -> Iterator[str]:
    """Every module that `source` names in an import, also inside functions and under TYPE_CHECKING."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            # `from netcore.wire import names` may name a module; `from netcore.wire import X` does not.
            for alias in node.names:
                yield f"{base}.{alias.name}" if _is_module(f"{base}.{alias.name}") else base


def _is_module(name: str) -> bool:
    path = HOME.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def within(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


def part_of(module: str) -> str | None:
    """The line of the table that a module comes under."""
    return next((part for part in ARROWS if within(module, part)), None)


def wrong_imports(source: str, module: str, is_package: bool = False) -> list[str]:
    """The arrows that `source`, being `module`, draws against the table."""
    part = part_of(module)
    assert part is not None, f"{module} has no line in ARROWS"
    allowed = (*GROUND, *ARROWS[part]) if module not in GROUND else ()
    wrong = []
    for name in imports_of(source, module, is_package):
        top = name.split(".")[0]
        if top in ("netcore", "gui", "tests", "localchat"):
            # Importing the empty package itself is no arrow; importing out of it is.
            inside = part_of(name) == part
            if name not in ("netcore", "gui") and not inside and not any(within(name, t) for t in allowed):
                wrong.append(f"{module} -> {name}")
        elif top in OUTSIDE and not any(within(module, owner) for owner in OUTSIDE[top]):
            wrong.append(f"{module} -> {name}")
    return wrong


@pytest.mark.parametrize(("path", "module"), list(zip(SOURCES, MODULES, strict=True)), ids=MODULES)
def test_every_arrow_is_in_the_table(path: Path, module: str) -> None:
    assert wrong_imports(path.read_text("utf-8"), module, path.name == "__init__.py") == []


def circle_in(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """Modules that import each other round and round, the first one again at the end; [] if none do."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle[::-1]  # graphlib goes from the imported to the importer
    return []


def test_no_circle() -> None:
    """Imports inside functions and under TYPE_CHECKING count: they hide a circle and do not undo it."""
    arrows: dict[str, set[str]] = {}
    for path, module in zip(SOURCES, MODULES, strict=True):
        imported = set(imports_of(path.read_text("utf-8"), module, path.name == "__init__.py"))
        arrows[module] = imported & set(MODULES)
    assert sum(map(len, arrows.values())) > len(MODULES)
    assert circle_in(arrows) == []


def test_a_circle_is_seen() -> None:
    arrows = {"a": ["b", "x"], "b": ["c"], "c": ["a"], "x": []}
    assert circle_in(arrows) in (["a", "b", "c", "a"], ["b", "c", "a", "b"], ["c", "a", "b", "c"])
    assert circle_in(arrows | {"c": ["x"]}) == []


@pytest.mark.parametrize("path", SOURCES, ids=MODULES)
def test_nothing_is_left_for_later(path: Path) -> None:
    assert MARKS.search(path.read_text("utf-8")) is None


def test_the_requirement_is_named_alike_everywhere() -> None:
    """LocalChat has one dependency; the launcher asks for the one that the project file names."""
    import tomllib

    from netcore.bootstrap import OLDEST, TOO_NEW
    from netcore.options import VERSION

    project = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["project"]
    oldest, too_new = (".".join(map(str, version)) for version in (OLDEST, TOO_NEW))
    assert project["dependencies"] == [f"pycryptodome>={oldest},<{too_new}"]
    assert project["version"] == VERSION


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("netcore.wire.x", "import Crypto"),
        ("netcore.wire.x", "from netcore.session import core"),
        ("netcore.wire.x", "from ..crypto import records"),
        ("netcore.session.x", "def f():\n    import socket"),
        ("netcore.session.x", "from netcore.net.api.events import Said"),
        ("netcore.room.x", "from netcore.crypto.records import seal"),
        ("netcore.net.server.x", "from netcore.net.client import outbox"),
        ("netcore.net.server.x", "from ..client.outbox import Outbox"),
        ("netcore.net.client.x", "def f():\n    from netcore.net.server import files"),
        ("netcore.net.client.x", "from netcore.room.members import Roster"),
        ("netcore.net.api.x", "from netcore.net.server.server import Server"),
        ("netcore.net.api.x", "from netcore.net.client import client"),
        ("netcore.net.api.x", "from netcore.net.loop import Loop"),
        ("netcore.net.loop", "from netcore.net.api import config"),
        ("netcore.net.dial", "from netcore.net.client.trust import Trust"),
        ("netcore.net.connection", "if TYPE_CHECKING:\n    from netcore.net.server import link"),
        ("netcore.net.listener", "from netcore.wire import framing"),
        ("netcore.net.x", "import sqlite3"),
        ("netcore.net.x", "import tkinter.ttk"),
        ("netcore.bootstrap", "import socket"),
        ("netcore.lab.museum.v1_2", "from netcore.wire import framing"),
        ("netcore.lab.museum.v1_2", "from Crypto.Cipher import AES"),
        ("netcore.engine", "from netcore.lab.museum import v1_2"),
        ("netcore.engine", "from netcore.lab import tap"),
        ("netcore.lab.tap", "from netcore.net.server.server import Server"),
        ("netcore.lab.tap", "from netcore.engine import start_client"),
        ("netcore.lab.tap", "from netcore.lab.stage import Stage"),
        ("netcore.errors", "from netcore import limits"),
        ("netcore.trace", "from netcore import limits"),
        ("netcore.engine", "from netcore.store import keys"),
        ("gui.x", "from netcore.net.api.events import Said"),
        ("gui.x", "from netcore import store"),
        ("gui.x", "from netcore.wire import codec"),
        ("gui.x", "import socket"),
        ("gui.x", "from tests import keys"),
        ("gui.text.x", "from gui.look import look"),
        ("gui.look.x", "from gui.widgets import tile"),
        ("gui.look.x", "from netcore import engine"),
        ("gui.widgets.x", "from gui.transcript.lines import Line"),
        ("gui.transcript.x", "from gui.room import composer"),
        ("gui.start.x", "from gui.room import conversation"),
        ("gui.start.x", "from gui.navigator import Navigator"),
        ("gui.room.x", "from gui.start import demo"),
        ("gui.room.x", "from gui import navigator"),
    ],
)
def test_a_wrong_arrow_is_seen(module: str, source: str) -> None:
    """The test above would catch what it is there to catch."""
    assert wrong_imports(source, module)
