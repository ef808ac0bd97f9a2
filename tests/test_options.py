"""The command line of the README: a stable interface for scripts and tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from netcore.limits import MAX_HALF_OPEN, MOST_MEMBERS
from netcore.options import MAX_CASE, MAX_DEMO_CLIENTS, MAX_SEED, VERSION, Options, parse

HOME = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", Options()),
        ("server", Options(role="server")),
        (
            "server --room Class --nick Ada --bind 127.0.0.1 --port 0 --headless --json",
            Options(
                role="server", room="Class", nick="Ada", bind="127.0.0.1", port=0, headless=True, json=True
            ),
        ),
        ("server --members 30", Options(role="server", members=30)),
        ("server --headless --members 30", Options(role="server", headless=True, members=30)),
        ("server --headless --trace t", Options(role="server", headless=True, trace=Path("t"))),
        ("server --headless --capture c", Options(role="server", headless=True, capture=Path("c"))),
        ("client", Options(role="client")),
        (
            "client localhost:5050 --nick Ben --headless --accept-new",
            Options(role="client", address="localhost:5050", nick="Ben", headless=True, accept_new=True),
        ),
        ("client [::1]:5050", Options(role="client", address="[::1]:5050")),
        ("demo", Options(role="demo", clients=3)),
        ("demo --clients 8", Options(role="demo", clients=8)),
        (
            "tap --listen 127.0.0.1:5051 --to 127.0.0.1:5050 --headless --json",
            Options(role="tap", listen="127.0.0.1:5051", to="127.0.0.1:5050", headless=True, json=True),
        ),
        (
            "tap --listen 127.0.0.1:0 --to 127.0.0.1:1 --chunks --anywhere --headless",
            Options(
                role="tap", listen="127.0.0.1:0", to="127.0.0.1:1", chunks=True, anywhere=True, headless=True
            ),
        ),
        (
            "tap --listen 127.0.0.1:0 --to 127.0.0.1:1",
            Options(role="tap", listen="127.0.0.1:0", to="127.0.0.1:1"),
        ),
        ("lab", Options(role="lab")),
        ("lab case 7", Options(role="lab", what="case", case=7)),
        ("lab case 7 --seed 42", Options(role="lab", what="case", case=7, seed=42)),
        ("lab check --json", Options(role="lab", what="check", headless=True, json=True)),
        (
            "lab check --report r.html",
            Options(role="lab", what="check", headless=True, report=Path("r.html")),
        ),
        ("--install", Options(install=True)),
    ],
)
def test_each_form_of_the_command_line(line: str, expected: Options) -> None:
    assert parse(line.split()) == expected


def test_on_windows_a_room_is_not_larger_than_select() -> None:
    """512 sockets, and some are the server's own and the door's; beyond, `accept` would fail for all."""
    source = HOME / "netcore" / "limits.py"
    code = f"import sys; sys.platform = 'win32'; exec(open({str(source)!r}).read()); print(MAX_MEMBERS)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 400 < int(done.stdout) <= 512 - MAX_HALF_OPEN - 3


@pytest.mark.skipif(sys.platform == "win32", reason="the command line is Unicode there")
@pytest.mark.parametrize(
    ("argument", "meant"), [("B\u00fcro", "B\u00fcro"), ("B\udcc3\udcbcro", "B\u00fcro"), ("B\udcfcro", None)]
)
def test_a_name_is_read_where_the_locale_knows_no_umlaut(argument: str, meant: str | None) -> None:
    """LANG=C: Python keeps the bytes aside; what is no UTF-8 either is a usage error, not a crash later."""
    if meant is None:
        with pytest.raises(SystemExit):
            parse(["server", "--room", argument])
    else:
        assert parse(["server", "--room", argument]).room == meant


def test_space_around_a_text_is_not_of_it() -> None:
    """A script that was written on Windows ends each line in a carriage return."""
    options = parse(["client", "\t127.0.0.1:5000\r", "--nick", " Ada\r"])
    assert (options.address, options.nick) == ("127.0.0.1:5000", "Ada")
    assert parse(["server", "--bind", "127.0.0.1\r"]).bind == "127.0.0.1"


@pytest.mark.parametrize("role", ["", "server", "client", "demo"])
def test_common_options_stand_before_and_after_the_role(role: str) -> None:
    """Common: --data-dir DIR --verbose."""
    common = ["--data-dir", "rooms", "--verbose"]
    words = [role] if role else []
    before, after = parse([*common, *words]), parse([*words, *common])
    assert before == after
    assert before.data_dir == Path("rooms")
    assert before.verbose


@pytest.mark.parametrize(
    "line",
    [
        "host",
        "server --port 65536",
        "server --port -1",
        "server --port 5_050",
        "server --port ٥٠٥٠",
        f"server --port {'5' * 5_000}",
        "server --port",
        "server 127.0.0.1",
        "server --accept-new",
        "server --head",  # no abbreviations: a later option could make them mean something else
        "--data rooms",
        "--data-dir",
        "--verbose=1",
        "server --json",
        "server --members 0",
        "server --trace t",
        "client localhost --trace t",
        "client localhost --capture c",
        "server --headless --members 0",
        f"server --headless --members {MOST_MEMBERS + 1}",
        "client a b",
        "client --port 5050",
        "client --headless",
        "demo --clients 0",
        f"demo --clients {MAX_DEMO_CLIENTS + 1}",
        "demo --headless",
        "tap --listen 127.0.0.1:0",
        "lab --headless",
        "lab other",
        "lab 7",
        "lab case",
        "lab case 0",
        f"lab case {MAX_CASE + 1}",
        "lab case 7 --seed -1",
        f"lab case 7 --seed {MAX_SEED + 1}",
        "lab case 7 --json",
        "lab check 7",
        "lab --report r.html",
        "lab case 7 --report r.html",
        "lab check --seed 1",
        "lab --seed 1",
        "tap --listen 127.0.0.1:0 --headless",
        "tap --to 127.0.0.1:1 --headless",
        "tap --listen 127.0.0.1:0 --to 127.0.0.1:1 --headless --nick Eve",
        "--headless",
    ],
)
def test_a_usage_error_is_said_and_ends_with_2(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit codes: 0; 2 usage or cannot listen."""
    with pytest.raises(SystemExit) as ended:
        parse(line.split())
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert "error: " in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "line", ["--help", "server --help", "client --help", "demo --help", "tap --help", "lab --help"]
)
@pytest.mark.parametrize("columns", ["40", "200"])
def test_help_is_for_every_width(
    line: str, columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """argparse breaks on some texts only when it has to wrap them."""
    monkeypatch.setenv("COLUMNS", columns)
    with pytest.raises(SystemExit) as ended:
        parse(line.split())
    assert ended.value.code == 0
    assert "usage: localchat.py" in capsys.readouterr().out


@pytest.mark.parametrize("role", ["", "server", "client", "demo", "rooms", "doctor", "tap", "lab"])
def test_help_is_for_every_encoding(role: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to a pipe before anything was said about that; a sign that it lacks would be a traceback."""
    with pytest.raises(SystemExit):
        parse([*role.split(), "--help"])
    assert capsys.readouterr().out.isascii()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"LocalChat {VERSION}\n"


def test_reading_the_command_line_needs_nothing_heavy() -> None:
    """It runs before it is known what is installed, and in front of every start."""
    program = (
        "import sys, netcore.options; netcore.options.parse(['server', '--port', '0']);"
        "print([m for m in ('Crypto', 'tkinter', 'sqlite3', 'socket', 'netcore.engine') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=HOME, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "[]\n"
