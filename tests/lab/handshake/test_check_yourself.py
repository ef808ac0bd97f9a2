"""Every "Check it yourself" runs as it is shown, and a changed byte makes it fail (PROTOCOL §3)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from netcore.lab.handshake.check_yourself import MAX_LINES, NO_WAY, check_yourself, lacks, uses_secrets
from netcore.lab.handshake.ladder import Party
from netcore.lab.handshake.ledger import VALUES
from netcore.lab.handshake.recorded import read
from tests.lab.handshake.handshakes import tell

SECRET = frozenset(value.name for value in VALUES if value.secret)
COMPUTED = {
    Party.CLIENT: ["client_x25519", "signature", "z", "th2", "PRK", "c2s traffic", "s2c traffic",
                   "client_fin", "server_fin", "session_hash", "auth", "welcome"],
    # The worker that opens oaep_ct keeps neither z nor pre_secret for the recorder.
    Party.SERVER: ["server_x25519", "signature", "th2", "client_fin", "server_fin", "session_hash", "auth",
                   "welcome"],
}  # fmt: skip
CASES = [(side, name) for side, names in COMPUTED.items() for name in names]


def have(side: Party, secrets: bool = True) -> dict[str, bytes]:
    recording = read(tell(side, secrets=secrets))
    assert recording is not None
    return {**recording.values, **recording.frames(6)}


def run(lines: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own, from a folder where LocalChat is not: as a person would."""
    return subprocess.run([sys.executable, "-"], input=lines, cwd=tmp_path, capture_output=True, text=True,
                          check=False, timeout=60)


@pytest.mark.parametrize(("side", "name"), CASES)
def test_it_runs_as_shown(side: Party, name: str, tmp_path: Path) -> None:
    lines = check_yourself(name, have(side))
    assert lines is not None
    assert len(lines.splitlines()) <= MAX_LINES
    assert "netcore" not in lines
    done = run(lines, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()


@pytest.mark.parametrize(("side", "name"), CASES)
def test_a_changed_value_makes_it_fail(side: Party, name: str) -> None:
    """The value itself, and each of those that it is computed from."""
    real = have(side)
    lines = check_yourself(name, real)
    assert lines is not None
    for changed in real:
        bent = dict(real)
        # Not in the first byte: of a private X25519 key three bits there are ignored (RFC 7748).
        bent[changed] = real[changed][:9] + bytes([real[changed][9] ^ 0x10]) + real[changed][10:]
        other = check_yourself(name, bent)
        assert other is not None
        if other != lines:
            assert fails(other), f"with another {changed} it still holds"
    if name != "signature":  # that is compared with nothing: it is verified
        assert fails(check_yourself(name, {**real, name: bytes(len(real[name]))}) or "")


def fails(lines: str) -> bool:
    try:
        exec(lines, {})
    except (AssertionError, ValueError):
        return True
    return False


def test_without_secrets_only_public_values_are_computed() -> None:
    public = have(Party.CLIENT, secrets=False)
    possible = {value.name for value in VALUES if check_yourself(value.name, public)}
    assert possible == {"signature", "th2", "session_hash"}
    assert "nothing to compare with" in lacks("z", public)
    assert lacks("client_fin", public) == "What it is computed from was not recorded here: PRK."


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)
def test_there_are_lines_or_a_reason(value: object) -> None:
    name = getattr(value, "name", "")
    all_here = have(Party.CLIENT)
    if name in COMPUTED[Party.CLIENT]:
        assert lacks(name, all_here) == ""
    else:
        assert lacks(name, all_here)
        assert name in NO_WAY or name.startswith("server_")


def test_which_lines_show_a_secret() -> None:
    real = have(Party.CLIENT)
    shown = {name for name in COMPUTED[Party.CLIENT] if uses_secrets(name, real, SECRET)}
    assert shown == set(COMPUTED[Party.CLIENT]) - {"signature", "th2", "session_hash"}
    for name in COMPUTED[Party.CLIENT]:
        lines = check_yourself(name, real) or ""
        holds = any(real[secret].hex() in lines for secret in SECRET if secret in real)
        assert (name in shown) == holds, name
