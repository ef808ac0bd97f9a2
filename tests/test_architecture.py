"""The floors of DESIGN §2: who may import whom, read from the source itself and not from what ran."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
MAX_LINES = 350
MARKS = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")

# Below every floor: errors, limits and trace know nothing.
GROUND = ("netcore.errors", "netcore.limits", "netcore.trace")

# What windows and the command line may know of the network stack.
FRONT_DOOR = (
    "netcore.before_start",
    "netcore.engine",
    "netcore.options",
    "netcore.log_file",
    "netcore.wire.messages",
    "netcore.wire.names",
)

# For each part the parts of ours that it may import, beside the ground and itself. The first name that
# fits a module counts, so a single module stands before the folder that it lies in.
ARROWS: dict[str, tuple[str, ...]] = {
    "netcore.errors": (),
    "netcore.limits": (),
    "netcore.trace": (),
    "netcore.options": (),
    "netcore.log_file": (),
    "netcore.bootstrap": ("netcore.store.paths",),
    "netcore.installer": ("netcore.bootstrap",),
    "netcore.wire": (),
    "netcore.crypto": (),
    "netcore.session": ("netcore.wire", "netcore.crypto"),
    "netcore.room": ("netcore.wire",),
    "netcore.store": ("netcore.wire",),
    "netcore.net": ("netcore.wire", "netcore.crypto", "netcore.session", "netcore.room", "netcore.store"),
    "netcore.lab": ("netcore.net", "netcore.wire"),
    "netcore.before_start": ("netcore.net", "netcore.store", "netcore.crypto.identity"),
    "netcore.engine": ("netcore.net", "netcore.lab", "netcore.crypto.identity"),
    # The command line's room and client: another front door beside the windows.
    "netcore.headless": (
        "netcore.headless_input", "netcore.headless_lines", "netcore.store.paths", *FRONT_DOOR,
    ),
    "netcore.headless_input": (),
    "netcore.headless_lines": ("netcore.wire.texts", *FRONT_DOOR),
    "netcore": (),
    "gui": FRONT_DOOR,
    # The launcher opens every door.
    "localchat": ("netcore", "gui"),
}

# Of the world outside: which parts alone may import it.
OUTSIDE: dict[str, tuple[str, ...]] = {
    "Crypto": ("netcore.crypto",),
    "sqlite3": ("netcore.store",),
    "socket": ("netcore.net", "netcore.lab"),
    "selectors": ("netcore.net", "netcore.lab"),
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


def wrong_imports(source: str, module: str, is_package: bool = False) -> list[str]:
    """The arrows that `source`, being `module`, draws against the table."""
    part = next(part for part in ARROWS if within(module, part))
    allowed = (part, *GROUND, *ARROWS[part]) if module not in GROUND else ()
    wrong = []
    for name in imports_of(source, module, is_package):
        top = name.split(".")[0]
        if top in ("netcore", "gui", "tests", "localchat"):
            # Importing the empty package itself is no arrow; importing out of it is.
            if name != "netcore" and not any(within(name, target) for target in allowed):
                wrong.append(f"{module} -> {name}")
        elif top in OUTSIDE and not any(within(module, owner) for owner in OUTSIDE[top]):
            wrong.append(f"{module} -> {name}")
    return wrong


@pytest.mark.parametrize(("path", "module"), list(zip(SOURCES, MODULES, strict=True)), ids=MODULES)
def test_every_arrow_is_in_the_table(path: Path, module: str) -> None:
    """DESIGN §2: "A test reads the imports and holds these arrows."."""
    assert wrong_imports(path.read_text("utf-8"), module, path.name == "__init__.py") == []


@pytest.mark.parametrize("path", SOURCES, ids=MODULES)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    """DESIGN §2: "Good sizes: modules of 100-300 lines"; and nothing is left for later."""
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    assert MARKS.search(text) is None


def test_the_requirement_is_named_alike_everywhere() -> None:
    """DESIGN §2: "One runtime dependency: `pycryptodome>=4.3,<5`"."""
    import tomllib

    from netcore.bootstrap import REQUIREMENT
    from netcore.options import VERSION

    project = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["dependencies"] == [REQUIREMENT]
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
        ("netcore.net.x", "import sqlite3"),
        ("netcore.net.x", "import tkinter.ttk"),
        ("netcore.bootstrap", "import socket"),
        ("netcore.errors", "from netcore import limits"),
        ("netcore.engine", "from netcore.store import keys"),
        ("gui.x", "from netcore.net.api.events import Said"),
        ("gui.x", "from netcore import store"),
        ("gui.x", "from netcore.wire import codec"),
        ("gui.x", "import socket"),
        ("gui.x", "from tests import keys"),
    ],
)
def test_a_wrong_arrow_is_seen(module: str, source: str) -> None:
    """The test above would catch what it is there to catch."""
    assert wrong_imports(source, module)
