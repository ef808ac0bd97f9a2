"""The launcher on computers that lack something: one sentence or an offer, never a traceback.

What is missing is simulated by a `sitecustomize` that hides modules from a fresh Python.
"""

from __future__ import annotations

import io
import os
import re
import select
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

import localchat
from netcore import bootstrap, installer

HOME = Path(__file__).resolve().parent.parent

# Stands where the real program would begin, and tells which Python it was begun with.
FAKE_HEADLESS = """
import sys
def main(options):
    print("STARTED", sys.prefix, options.role, flush=True)
    return 7
"""

HIDE = """
import importlib.machinery, sys
class Hiding(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in {hidden!r} else super().find_spec(name, path, target)
if sys.prefix != {seen_in!r}:
    sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Hiding
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of LocalChat without any .venv, its command line replaced by one that reports and ends."""
    home = tmp_path / "program"
    ignore = shutil.ignore_patterns("__pycache__")
    for part in ("netcore", "gui"):
        shutil.copytree(HOME / part, home / part, ignore=ignore)
    shutil.copy(HOME / "localchat.py", home)
    shutil.rmtree(home / "netcore" / "headless", ignore_errors=True)
    (home / "netcore" / "headless.py").write_text(FAKE_HEADLESS)
    return home


def environment(tmp_path: Path, *hidden: str, seen_in: Path | None = None, **more: str) -> dict[str, str]:
    """Variables under which no Python but the one in `seen_in` finds the modules `hidden`; nor a display."""
    hook = tmp_path / "hook"
    hook.mkdir(exist_ok=True)
    (hook / "sitecustomize.py").write_text(HIDE.format(hidden=hidden, seen_in=str(seen_in)))
    clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    data = str(tmp_path / "data")
    return {**clean, "PYTHONPATH": str(hook), "XDG_DATA_HOME": data, "APPDATA": data, **more}


def run(home: Path, line: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The program with a pipe for input that ends at once."""
    return subprocess.run(
        [sys.executable, str(home / "localchat.py"), *line.split()],
        env=variables, capture_output=True, encoding="utf-8", timeout=60, input="",
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for part in parts:
        assert part in done.stderr


def test_python_too_old_is_one_sentence(program: Path, tmp_path: Path) -> None:
    """Python below 3.11: one sentence. The version is changed before the launcher looks."""
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 1, 'final', 0);"
        f"sys.argv = ['localchat.py']; runpy.run_path({str(program / 'localchat.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert_one_sentence(done, "3.11", "3.9")


def test_the_launcher_is_readable_for_old_pythons() -> None:
    """It must parse there as far as its sentence: the grammar of 3.7 is the oldest that `ast` still knows."""
    import ast

    source = (HOME / "localchat.py").read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    # Python 2 stumbles over these two, which the grammar of 3.7 has.
    for node in ast.walk(tree):
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign)
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None and all(arg.annotation is None for arg in node.args.args)
    assert source.isascii()


@pytest.mark.skipif(sys.platform == "win32", reason="there a box waits for a person to close it")
def test_without_tkinter_one_sentence_names_the_package(program: Path, tmp_path: Path) -> None:
    """Without tkinter or venv: one sentence with the package ..., exit 2, no traceback."""
    done = run(program, "", environment(tmp_path, "tkinter", DISPLAY=":0"))
    assert_one_sentence(done, "tkinter")


@pytest.mark.skipif(sys.platform == "win32", reason="there is always a display")
def test_without_a_display_one_sentence_names_headless(program: Path, tmp_path: Path) -> None:
    for line in ("", "server", "client 127.0.0.1", "demo"):
        assert_one_sentence(run(program, line, environment(tmp_path)), "display", "--headless")
    for line in ("lab", "lab case 7 --seed 42", "tap --listen 127.0.0.1:0 --to 127.0.0.1:1"):
        assert_one_sentence(run(program, line, environment(tmp_path)), "display", "localchat.py lab check")


@pytest.mark.skipif(sys.platform == "win32", reason="there is always a display")
def test_a_display_that_does_not_answer_is_the_same_sentence(program: Path, tmp_path: Path) -> None:
    (program / "gui" / "app.py").write_text("import tkinter\ndef main(options):\n    tkinter.Tk()\n")
    done = run(program, "", environment(tmp_path, DISPLAY="127.0.0.1:65535"))
    assert_one_sentence(done, "display", "--headless")


def test_without_pycryptodome_and_terminal_the_exact_command_is_named(program: Path, tmp_path: Path) -> None:
    done = run(program, "server --headless --json", environment(tmp_path, "Crypto"))
    assert_one_sentence(done, "pycryptodome", f"{program / 'localchat.py'} --install")


def test_without_venv_one_sentence_names_the_package(program: Path, tmp_path: Path) -> None:
    done = run(program, "--install", environment(tmp_path, "Crypto", "ensurepip"))
    assert_one_sentence(done, "venv")


def test_headless_never_loads_tkinter(tmp_path: Path) -> None:
    """`--headless` needs no display and imports no tkinter. The real program, without it."""
    line = "server --headless --json --bind 127.0.0.1 --port 0"
    done = run(HOME, line, environment(tmp_path, "tkinter", "_tkinter"))
    assert done.returncode == 0, done.stderr
    assert '"listening"' in done.stdout


def test_a_version_that_is_too_old_counts_as_missing(program: Path, tmp_path: Path) -> None:
    old = tmp_path / "old" / "Crypto"
    old.mkdir(parents=True)
    (old / "__init__.py").write_text("version_info = (2, 6, 1, 'final', 0)\n")
    done = run(program, "server --headless", environment(tmp_path) | {"PYTHONPATH": str(old.parent)})
    assert_one_sentence(done, "--install")


@pytest.mark.parametrize(
    ("version", "fits"),
    [((4, 2), False), ((4, 3), True), ((4, 99), True), ((5, 0), False), ((3, 20), False), ((), False)],
)
def test_the_range_of_versions(version: tuple[int, ...], fits: bool) -> None:
    """`pycryptodome>=4.3,<5`."""
    assert bootstrap._fits(version) is fits


def test_an_unwritable_data_folder_is_one_sentence(program: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(program, f"server --headless --data-dir {tmp_path / 'file'}", environment(tmp_path))
    assert_one_sentence(done, "--data-dir")


def test_what_is_said_first_is_utf_8_in_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As all that follows, wherever pipes are something else: a Windows of Western Europe."""
    taken = tmp_path / "f\u00fcr mich"
    taken.write_text("")
    said = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(said, encoding="cp1252"))
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    assert localchat.main(["rooms", "--data-dir", str(taken)]) == 2
    assert str(taken) in said.getvalue().decode("utf-8")


def make_private(place: Path, version: str = "4.4.0") -> None:
    """What an installation leaves behind, as far as the launcher looks."""
    venv.create(place, with_pip=False)
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    lib = place / "Lib" if sys.platform == "win32" else place / "lib" / python
    site = lib / "site-packages"
    (site / f"pycryptodome-{version}.dist-info").mkdir()
    (site / "Crypto").mkdir()
    (site / "Crypto" / "__init__.py").write_text("version_info = (4, 4, '0')\n")


OURS = "LocalChat" if sys.platform == "win32" else "localchat"  # our folder where the system has such data


@pytest.mark.parametrize("place", ["program/.venv", f"data/{OURS}/venv"])
def test_a_private_environment_is_entered_silently(place: str, program: Path, tmp_path: Path) -> None:
    """It "starts again in it". Arguments, exit code and standard output pass through."""
    make_private(tmp_path / place)
    done = run(program, "server --headless", environment(tmp_path, "Crypto", seen_in=tmp_path / place))
    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout == f"STARTED {tmp_path / place} server\n"


def test_a_private_environment_that_does_not_help_is_entered_once(program: Path, tmp_path: Path) -> None:
    """The names are all there but the library is not found: no endless start, the offer again."""
    make_private(program / ".venv")
    done = run(program, "server --headless", environment(tmp_path, "Crypto"))
    assert_one_sentence(done, "--install")


def test_an_old_private_environment_is_not_entered(program: Path, tmp_path: Path) -> None:
    make_private(program / ".venv", version="4.2.1")
    done = run(program, "server --headless", environment(tmp_path, "Crypto"))
    assert_one_sentence(done, sys.executable)


def test_the_data_folder_serves_where_the_program_is_not_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the data folder where that is not writable."""
    # A folder that is not there, since root may write into every one that is.
    monkeypatch.setattr(bootstrap, "SCRIPT", tmp_path / "readonly" / "localchat.py")
    setup = installer.Installer(tmp_path / "data")
    commands: list[list[str]] = []

    def run(command: list[str], on_line: object) -> None:
        commands.append(command)
        (tmp_path / "data" / "venv").mkdir(exist_ok=True)

    monkeypatch.setattr(setup, "_must_run", run)
    setup.install(lambda line: None)
    place = str(tmp_path / "data" / "venv")
    assert commands[0][-1] == place and "venv" in commands[0]
    assert commands[1][0].startswith(place) and commands[1][-3:-1] == ["--require-hashes", "-r"]


def test_an_installation_that_fails_says_why_and_what_to_do(tmp_path: Path) -> None:
    """The verdict is found among pip's hints and notices, and the way out is a command."""
    output = "Collecting pycryptodome\\nERROR: No matching distribution found.\\n[notice] a new release"
    lines: list[str] = []
    with pytest.raises(installer.InstallError) as failed:
        installer.Installer(tmp_path)._must_run(
            [sys.executable, "-c", f"print('{output}'); raise SystemExit(1)"], lines.append
        )
    assert "could not be installed: No matching distribution found. Check" in str(failed.value)
    assert "--install" in str(failed.value)
    assert lines[0] == "Collecting pycryptodome"


@pytest.mark.parametrize(
    "sign",
    [
        "WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError(': [Errno 101])'",
        "(Caused by NameResolutionError(': Failed to resolve (Temporary failure in name resolution)'))",
        "WARNING: ... after connection broken by 'ProxyError('Cannot connect to proxy.')': /simple/",
    ],
)
def test_no_connection_is_called_by_its_name(tmp_path: Path, sign: str) -> None:
    """pip ends with "No matching distribution", which sends a person after a version."""
    verdict = "ERROR: No matching distribution found for pycryptodome"
    code = f"print({sign!r}); print({verdict!r}); raise SystemExit(1)"
    with pytest.raises(installer.InstallError) as failed:
        installer.Installer(tmp_path)._must_run([sys.executable, "-c", code], lambda line: None)
    assert "there is no connection" in str(failed.value) and "No matching" not in str(failed.value)
    assert verdict in failed.value.words and str(failed.value).endswith(failed.value.command)


def test_what_is_installed_is_pinned_to_the_byte() -> None:
    """Within the range, and nothing without a digest: pip then takes no other file."""
    name, *digests = installer.PINNED.replace("\\", "").split()
    assert name == "pycryptodome==4.4.0" and bootstrap._fits((4, 4))
    assert len(digests) >= 10 and all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in digests)


def test_a_cancelled_installation_ends_what_it_started(tmp_path: Path) -> None:
    """venv and pip work through children of their own, which would go on behind a closed window."""
    setup = installer.Installer(tmp_path)
    grandchild = "import time; print('deep', flush=True); time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    # It returns once nobody holds the pipe that it reads any more, the grandchild included.
    with pytest.raises(installer.InstallError, match="it was stopped"):
        setup._must_run([sys.executable, "-c", code], lambda line: setup.cancel())


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
@pytest.mark.parametrize("part", ["", "bin", "pyvenv.cfg", "lib/{python}/site-packages"])
def test_an_environment_that_others_may_write_to_is_not_entered(
    program: Path, tmp_path: Path, part: str
) -> None:
    """Whoever can put a file there would run as this person."""
    place = program / ".venv"
    make_private(place)
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    weak = place / part.format(python=python)
    weak.chmod(weak.stat().st_mode | 0o020)
    done = run(program, "server --headless", environment(tmp_path, "Crypto", seen_in=place))
    assert_one_sentence(done, "--install")
    installer._tighten(place)
    done = run(program, "server --headless", environment(tmp_path, "Crypto", seen_in=place))
    assert done.returncode == 7, "an installation mends it"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may give files away")
def test_an_environment_of_somebody_else_is_not_entered(program: Path, tmp_path: Path) -> None:
    make_private(program / ".venv")
    os.chown(program / ".venv", 65_534, -1)
    done = run(program, "server --headless", environment(tmp_path, "Crypto", seen_in=program / ".venv"))
    assert_one_sentence(done, "--install")


def test_a_python_that_does_not_start_is_an_install_error(tmp_path: Path) -> None:
    python = str(tmp_path / "python")
    with pytest.raises(installer.InstallError, match=re.escape(f"could not be installed: {python}: ")):
        installer.Installer(tmp_path)._must_run([python], lambda line: None)


def test_a_cancelled_installation_ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "SCRIPT", tmp_path / "localchat.py")
    setup = installer.Installer(tmp_path / "data")
    sleeper = [sys.executable, "-c", "print('begun', flush=True); import time; time.sleep(60)"]
    started = time.monotonic()
    with pytest.raises(installer.InstallError, match="it was stopped"):
        setup._must_run(sleeper, lambda line: setup.cancel())
    assert time.monotonic() - started < 30


def test_a_real_installation_from_a_terminal(program: Path, tmp_path: Path) -> None:
    """The whole way of a first start: a question, y, a private environment, and the program begins in it."""
    pty = pytest.importorskip("pty", reason="terminals are of POSIX")
    variables = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    # A Python without the tools: the one that .venv was made from.
    base = Path(getattr(sys, "_base_executable", sys.executable))
    terminal, other_end = pty.openpty()
    process = subprocess.Popen(
        [base, "-s", program / "localchat.py", "server", "--headless"],
        env=variables, stdin=other_end, stdout=other_end, stderr=other_end, close_fds=True,
    )
    os.close(other_end)
    try:
        heard = read_until(terminal, "[y/N]", 30)
        os.write(terminal, b"y\n")
        heard += read_until(terminal, "STARTED", 110)
        assert process.wait(30) == 7
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert str(program / ".venv") in heard


def read_until(terminal: int, text: str, seconds: float) -> str:
    """What the terminal shows up to `text`, within `seconds`."""
    heard = b""
    deadline = time.monotonic() + seconds
    while text.encode() not in heard:
        assert time.monotonic() < deadline, heard.decode(errors="replace")
        if select.select([terminal], [], [], 0.5)[0]:
            try:
                heard += os.read(terminal, 4096)
            except OSError:  # Linux: the other end is closed
                pytest.fail(f"ended before {text!r}: {heard.decode(errors='replace')}")
    return heard.decode(errors="replace")
