"""The doctor's judgement over findings made up here: each cause has its sentence, and one of what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcore.net.dial import Unreachable
from netcore.net.doctor import (
    Answer,
    Diagnosis,
    Findings,
    StepName,
    commands_for,
    diagnose,
    firewall_commands,
    firewalls_of,
)

NOW_S = 1_800_000_000.0
HERE = (("wlan0", "192.168.1.7"),)
FOUND = Findings(
    "192.168.1.20", 5050, here=HERE, shares_network=True, addresses=("192.168.1.20",), firewalls=(),
    commands=firewall_commands("linux", 5050, "python3"), unix_s=NOW_S,
)  # fmt: skip


def diagnosis(**changes: object) -> Diagnosis:
    return diagnose(replace(FOUND, **changes))  # type: ignore[arg-type]


def passed(found: Diagnosis) -> dict[str, bool | None]:
    return {step.name.value: step.passed for step in found.steps}


@pytest.mark.parametrize(
    ("changes", "cause", "advice"),
    [
        ({"unreachable": Unreachable.REFUSED}, "no room is open on port 5050", "whether the room is open"),
        ({"unreachable": Unreachable.TIMED_OUT}, "its firewall drops what comes", "Nobody can connect?"),
        (
            {"unreachable": Unreachable.TIMED_OUT, "shares_network": False},
            "not in a network of this computer", "into the same network",
        ),
        ({"unreachable": Unreachable.NO_ROUTE}, "No computer answers to the address", "Compare the address"),
        ({"unreachable": Unreachable.NOT_ALLOWED}, "of this computer keeps LocalChat", "Allow LocalChat"),
        ({"unreachable": Unreachable.OTHER}, "does not name", "Try again"),
        (
            {"host": "lab-pc", "addresses": (), "unreachable": Unreachable.UNKNOWN_NAME},
            "Nobody here knows a computer called “lab-pc”", "numbers",
        ),
        ({"here": (), "unreachable": Unreachable.NO_ROUTE}, "on no network", "Connect it"),
        (
            {"host": "127.0.0.1", "addresses": ("127.0.0.1",), "unreachable": Unreachable.REFUSED},
            "is this computer itself", "on another computer",
        ),
        (
            {"host": "127.0.0.1", "addresses": ("127.0.0.1",), "unreachable": Unreachable.TIMED_OUT},
            "takes no connection", "its window still moves",
        ),
        ({"answer": Answer.LOCALCHAT}, "Nothing is wrong with the way", "Try to join"),
        ({"answer": Answer.OTHER_VERSION}, "another version of LocalChat", "Both should update"),
        ({"answer": Answer.BUSY}, "too much to do", "in a minute"),
        ({"answer": Answer.STRANGER}, "Another program than LocalChat", "Compare address and port"),
        ({"answer": Answer.HUNG_UP}, "ends the connection", "Compare address and port"),
        ({"answer": Answer.SILENT}, "does not speak", "Ask the host"),
        ({"is_ours": True, "answer": Answer.LOCALCHAT}, "answers on this computer at", "firewall"),
        (
            {"is_ours": True, "answer": Answer.LOCALCHAT, "host": "127.0.0.1"},
            "this computer only", "Open it to the local network",
        ),
        (
            {"is_ours": True, "answer": Answer.LOCALCHAT, "host": "127.0.0.1", "here": ()},
            "on no network", "Connect it",
        ),
        ({"is_ours": True, "unreachable": Unreachable.REFUSED}, "not even to this computer", "open it again"),
    ],
)  # fmt: skip
def test_each_cause_has_one_sentence_and_one_of_what_to_do(
    changes: dict[str, object], cause: str, advice: str
) -> None:
    found = diagnosis(**changes)
    assert cause in found.cause and advice in found.advice
    assert found.works == (changes.get("answer") is Answer.LOCALCHAT)
    for sentence in (found.cause, found.advice):
        assert sentence.endswith(".") and ". " not in sentence


def test_the_steps_come_one_after_another() -> None:
    """While something is missing there is no cause; what is known is there."""
    found = Findings("lab-pc", 5050)
    assert diagnose(found) == Diagnosis(())
    found = replace(found, here=HERE)
    assert passed(diagnose(found)) == {"addresses": True}
    found = replace(found, addresses=("192.168.1.20", "fe80::1"))
    assert diagnose(found).steps[-1].words == "“lab-pc” is 192.168.1.20, fe80::1."
    found = replace(found, connected=True)
    assert passed(diagnose(found)) == {"addresses": True, "name": True, "connection": True}
    found = replace(found, answer=Answer.LOCALCHAT, fingerprint="SHA256:abc")
    assert "SHA256:abc" in diagnose(found).steps[-1].words and diagnose(found).cause == ""
    found = replace(found, firewalls=("ufw",), unix_s=NOW_S)
    whole = diagnose(found)
    assert passed(whole) == {
        "addresses": True, "name": True, "connection": True, "answer": True, "firewall": None, "clock": True,
    }  # fmt: skip
    assert whole.cause and whole.advice and whole.commands == ()


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (Unreachable.REFUSED, "nobody listens on port 5050"),
        (Unreachable.TIMED_OUT, "neither yes nor no"),
        (Unreachable.NO_ROUTE, "no way from here"),
    ],
)
def test_refused_timed_out_and_no_route_are_told_apart(why: Unreachable, words: str) -> None:
    (step,) = [one for one in diagnosis(unreachable=why).steps if one.name is StepName.CONNECTION]
    assert step.passed is False and words in step.words


def test_isolation_is_explained_where_it_may_be_the_reason() -> None:
    for why, commands in ((Unreachable.TIMED_OUT, 2), (Unreachable.NO_ROUTE, 0)):
        found = diagnosis(unreachable=why)
        assert passed(found)["isolation"] is None and len(found.commands) == commands
    here = diagnosis(host="127.0.0.1", addresses=("127.0.0.1",), unreachable=Unreachable.TIMED_OUT)
    # No firewall stands between a computer and itself, and no network.
    assert here.commands == () and "isolation" not in passed(here)
    assert "isolation" not in passed(diagnosis(unreachable=Unreachable.REFUSED))
    assert "isolation" in passed(diagnosis(is_ours=True, answer=Answer.LOCALCHAT))
    assert diagnosis(is_ours=True, answer=Answer.LOCALCHAT).commands


def test_a_network_that_gave_no_address() -> None:
    found = diagnosis(here=(("eth0", "169.254.3.4"),), unreachable=Unreachable.NO_ROUTE)
    assert passed(found)["addresses"] is False and "169.254" in found.steps[0].words


@pytest.mark.parametrize(("unix_s", "right"), [(NOW_S, True), (0.0, False), (4e9, False), (-1e20, False)])
def test_the_clock(unix_s: float, right: bool) -> None:
    found = diagnosis(unix_s=unix_s, answer=Answer.LOCALCHAT)
    assert passed(found)["clock"] is right and found.works


def test_the_exact_command_for_each_firewall() -> None:
    def commands(platform: str, python: str = "/usr/bin/python3") -> list[tuple[str, str]]:
        return [(one.firewall, one.command) for one in firewall_commands(platform, 6060, python)]

    rule = 'netsh advfirewall firewall add rule name="LocalChat" dir=in action=allow protocol='
    assert commands("win32") == [
        ("Windows", rule + "TCP localport=6060"), ("Windows", rule + "UDP localport=5050-5053")
    ]  # fmt: skip
    tool = "sudo /usr/libexec/ApplicationFirewall/socketfilterfw"
    assert commands("darwin", "/Users/a b/python3") == [
        ("macOS", f"{tool} --add '/Users/a b/python3' --unblockapp '/Users/a b/python3'")
    ]
    assert commands("linux") == [
        ("ufw", "sudo ufw allow 6060/tcp && sudo ufw allow 5050:5053/udp"),
        ("firewalld", "sudo firewall-cmd --add-port=6060/tcp --add-port=5050-5053/udp"),
    ]


def test_a_guest_gets_the_commands_of_every_system() -> None:
    """For the host, whose system a guest does not see."""
    found = commands_for(False, "win32", 5050, "C:/python.exe")
    assert [one.firewall for one in found] == ["Windows", "Windows", "macOS", "ufw", "firewalld"]
    assert '"$(which python3)"' in found[2].command and "python.exe" not in str(found)
    assert commands_for(True, "linux", 5050, "x") == firewall_commands("linux", 5050, "x")


@pytest.mark.parametrize(
    ("platform", "files", "found"),
    [
        ("win32", {}, ("Windows",)),
        ("darwin", {}, ("macOS",)),
        ("linux", {}, ()),
        ("linux", {"/etc/ufw/ufw.conf": "# on or off\nENABLED=yes\nLOGLEVEL=low\n"}, ("ufw",)),
        ("linux", {"/etc/ufw/ufw.conf": "ENABLED=no\n"}, ()),
        ("linux", {"/run/firewalld": ""}, ("firewalld",)),
    ],
)
def test_which_firewall_is_here(platform: str, files: dict[str, str], found: tuple[str, ...]) -> None:
    assert firewalls_of(platform, files.get) == found
