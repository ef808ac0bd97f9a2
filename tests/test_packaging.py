"""LocalChat handed on: as one file, as a command, from a folder of any name, under flags of Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.keys.put import put_server_keys
from tests.waiting import WAIT_S

HOME = Path(__file__).resolve().parent.parent
ROOM = "Bu\u0308ro"  # as some systems write it, in two code points


def home_with_keys(folder: Path) -> Path:
    home = folder / "data \u00fc"
    home.mkdir(mode=0o700)
    put_server_keys(home, ROOM)
    return home


def start(program: Path, folder: Path, *flags: str, **variables: str) -> str:
    """A room that hears the end of its input at once; what it says."""
    command = [sys.executable, *flags, str(program), "server", "--headless", "--room", ROOM, "--port", "0"]
    done = subprocess.run(
        [*command, "--data-dir", str(home_with_keys(folder))], input=b"", cwd=folder, timeout=WAIT_S,
        env={**os.environ, **variables}, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    return done.stdout.decode()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program in a folder with a space and an umlaut."""
    home = tmp_path / "pro gr\u00e4mm"
    for part in ("netcore", "gui"):
        shutil.copytree(HOME / part, home / part, ignore=shutil.ignore_patterns("__pycache__", "pictures"))
    shutil.copy(HOME / "localchat.py", home)
    return home


@pytest.mark.parametrize("flag", ["-I", "-P", "-B"])
def test_it_starts_under_careful_flags_and_from_any_folder(copy: Path, tmp_path: Path, flag: str) -> None:
    """-I and -P keep the script's own folder out of the path; LANG=C knows no umlaut."""
    said = start(copy / "localchat.py", tmp_path, flag, LC_ALL="C", LANG="C")
    assert "The room \u201cB\u00fcro\u201d is open" in said


def make_zipapp(home: Path) -> Path:
    shutil.copy(HOME / "Makefile", home)
    (home / "gui" / "pictures").mkdir()
    subprocess.run(["make", "zipapp", f"PYTHON={sys.executable}"], cwd=home, check=True, capture_output=True)
    return home / "build" / "localchat.pyz"


def pip_install(home: Path) -> Path:
    """As `pip install .` does; into a folder of its own, and from no index."""
    for part in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(HOME / part, home)
    place = home.with_name("inst\u00e4lled here")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--target", str(place), str(home)],
        check=True, capture_output=True, cwd=home.parent,
    )  # fmt: skip
    return place


@pytest.fixture(params=["zipapp", "wheel"])
def handed_on(request: pytest.FixtureRequest, copy: Path) -> Path:
    """What Python finds LocalChat in: one file, or the folder that pip has put it into."""
    if request.param == "wheel":
        return pip_install(copy)
    if shutil.which("make") is None:
        pytest.skip("make is not here")
    return make_zipapp(copy)


LABORATORY = """
import json, sys
from pathlib import Path
from netcore.lab import reasons, wireshark
from netcore.lab.throwaway import pem, private_key
frame = reasons.source_of("netcore.wire.framing.FrameParser.next")
print(json.dumps({
    "page": len(reasons.section("5.1")[1]) > 100,
    "code": frame is not None and len(frame.lines) > 3,
    "dissector": wireshark.dissector_for(Path(sys.argv[1])).stat().st_size > 1_000,
    "keys": [len(pem(name)) > 1_000 for name in ("server", "ada", "mallory_kex")],
    "key": len(private_key("ada").public.fingerprint),
}))
"""


def test_the_laboratory_comes_along(handed_on: Path, tmp_path: Path) -> None:
    """Its keys, its dissector, the page and the code that it shows, the tap, the museum, `lab check`."""
    environment = {**os.environ, "PYTHONPATH": str(handed_on), "PYTHONIOENCODING": "utf-8"}

    def begin(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words], cwd=tmp_path, env=environment, text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    found, complaints = begin("-c", LABORATORY, str(tmp_path / "x.pcapng")).communicate(timeout=WAIT_S)
    assert complaints == ""
    assert json.loads(found) == {
        "page": True, "code": True, "dissector": True, "keys": [True] * 3, "key": 32
    }  # fmt: skip
    between = ("--listen", "127.0.0.1:0", "--to", "127.0.0.1:9", "--headless", "--json")
    tap = begin("-m", "localchat", "tap", *between)
    found, complaints = tap.communicate("/quit\n", timeout=WAIT_S)
    assert (tap.returncode, complaints) == (0, "")
    assert json.loads(found.splitlines()[0])["event"] == "tapping"
    museum = begin("-m", "netcore.lab.museum.v1_2", "server")
    found, complaints = museum.communicate("", timeout=WAIT_S)
    assert found.startswith("listening 127.0.0.1:") and complaints == ""
    with begin("-m", "localchat", "lab", "check", "--json") as check:
        assert check.stdout is not None
        first = json.loads(check.stdout.readline())
        check.kill()  # its first line shows that it runs; all of them take a minute
    assert first["good"] is True


def test_what_pip_installs_starts(copy: Path, tmp_path: Path) -> None:
    """With the launcher that pip has made for it."""
    place = pip_install(copy)
    launcher = place / "bin" / ("localchat.exe" if sys.platform == "win32" else "localchat")
    done = subprocess.run(
        [str(launcher), "server", "--headless", "--room", ROOM, "--port", "0",
         "--data-dir", str(home_with_keys(tmp_path))],
        input=b"", cwd=tmp_path, timeout=WAIT_S, env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert "is open" in done.stdout.decode()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_the_zipapp_starts_and_knows_what_to_start_again(copy: Path, tmp_path: Path) -> None:
    """The demo's windows and the private Python are started with the archive, which is no folder."""
    archive = make_zipapp(copy)
    assert "is open" in start(archive, tmp_path)
    code = "import sys; sys.path.insert(0, sys.argv[1]); from netcore import bootstrap as b; print(b.SCRIPT)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(archive)], capture_output=True, text=True, encoding="utf-8",
        check=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert os.path.samefile(done.stdout.strip(), archive)


def test_the_commands_lead_to_main(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`pip install .`: each entry point is called without arguments and reads the command line itself."""
    import localchat
    from netcore.options import VERSION

    project = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))
    names = project["project"]
    assert names["version"] == VERSION
    assert set(names["scripts"].values()) == set(names["gui-scripts"].values()) == {"localchat:main"}
    assert project["tool"]["setuptools"]["py-modules"] == ["localchat"]
    monkeypatch.setattr(sys, "argv", ["localchat", "--version"])
    with pytest.raises(SystemExit) as ended:
        localchat.main()
    assert ended.value.code == 0 and capsys.readouterr().out == f"LocalChat {VERSION}\n"
