"""Lines in and out of a headless room: what people read, what scripts read, what may be typed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.engine import (
    Chat,
    Connected,
    Connecting,
    Disconnected,
    Event,
    Gone,
    Listening,
    Member,
    MemberJoined,
    MemberLeft,
    Notice,
    Pending,
    Refused,
    Slowed,
    Stopped,
    Traffic,
    TrustAsked,
    WhisperDone,
    WhisperOutcome,
    WhisperReceived,
    WhisperSent,
)
from netcore.errors import ServerGone
from netcore.headless_lines import (
    KickWish,
    Mistake,
    QuitWish,
    SayWish,
    WhisperWish,
    WhoWish,
    as_json,
    as_text,
    read_wish,
)

ADA, LEE = Member(b"A" * 32, "Ada"), Member(b"L" * 32, "Ada Lee")
IN = Connected("Lab\x1b[2J", ADA, b"h" * 32, b"f" * 32, False, (ADA, LEE), 0)
MUTED = Refused(1, "x", "muted", "Quiet.", None)
MEMBERS = {ADA.id: ADA, LEE.id: LEE}


def chat(text: str, name: str = "Ada") -> Chat:
    return Chat(1, ADA.id, name, text, 1_700_000_000_000, False)


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("hello", SayWish("hello")),
        ("  two spaces ", SayWish("  two spaces ")),
        ("//whisper", SayWish("/whisper")),
        ("///", SayWish("//")),
        ("", None),
        (" \t", None),
        ("/who", WhoWish()),
        ("/quit", QuitWish()),
        ("/whisper Ada hi", WhisperWish(ADA, "hi")),
        ("/whisper ada lee  hi there", WhisperWish(LEE, "hi there")),
        ("/whisper Ada", WhisperWish(ADA, "")),
        ("/kick Ada Lee", KickWish(LEE, "")),
        ("/kick Ada too loud", KickWish(ADA, "too loud")),
    ],
)
def test_what_may_be_typed(line: str, wish: object) -> None:
    """In commands the longest matching member name wins; `//` escapes."""
    assert read_wish(line, MEMBERS, "server") == wish


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("/", "unknown_command"),
        ("/whispers Ada x", "unknown_command"),
        ("/WHO", "unknown_command"),
        ("/kick Ada", "unknown_command"),
        ("/whisper Adam x", "no_such_member"),
        ("/whisper", "no_such_member"),
    ],
)
def test_what_may_not(line: str, code: str) -> None:
    """/kick is the server's."""
    wish = read_wish(line, MEMBERS, "client")
    assert isinstance(wish, Mistake) and wish.code == code


@given(st.text(), st.text(max_size=30))
def test_no_text_can_imitate_another_line_or_steer_a_terminal(text: str, name: str) -> None:
    """Neither faked system lines nor escape sequences."""
    for event in (chat(text, name), WhisperReceived(Member(b"x" * 32, name), text, 0)):
        shown = as_text(event, "client")
        assert shown is not None
        first, *more = shown.split("\n")
        assert first[:2].isdigit() and first[2] == ":"
        assert all(line.startswith("        ") for line in more)
        assert all(char in "\n\t" or (ord(char) >= 32 and not 127 <= ord(char) < 160) for char in shown)


@given(st.text())
def test_json_lines_are_ascii_and_exact(text: str) -> None:
    line = as_json(chat(text), "client")
    assert line is not None and line.isascii() and "\n" not in line
    assert json.loads(line) == {
        "event": "said", "seq": 1, "from": "Ada", "text": text, "at": 1_700_000_000_000
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (MemberJoined(ADA), "* Ada joined"),
        (MemberLeft(ADA, "kicked"), "* Ada left (kicked)"),
        (Connecting("1.2.3.4:5", 1), "* Connecting to 1.2.3.4:5 ..."),
        (Connecting("1.2.3.4:5", 2), None),
        (IN, "* You are in \u201cLab\ufffd[2J\u201d. Here: Ada, Ada Lee"),
        (Notice("moved", "a\nb"), "* a b"),
        (Gone(1, 5), "* Messages 1 to 5 are not in the log any more."),
        (Pending(1, "x", 0, None), None),
        (Traffic((), 0, 0, 1), None),
        (Stopped(), None),
    ],
)  # fmt: skip
def test_lines_for_people(event: Event, shown: str | None) -> None:
    assert as_text(event, "client") == shown


@pytest.mark.parametrize("at_ms", [0, 2**53 - 1])
def test_any_time_of_a_server_can_be_shown(at_ms: int) -> None:
    assert as_text(WhisperSent(1, ADA, "x", at_ms), "client") is not None


def test_a_loss_says_when_it_is_tried_again() -> None:
    assert "Trying again in 3 s" in str(as_text(Disconnected(ServerGone(), 3.2), "client"))
    assert as_text(Disconnected(ServerGone(), None), "client") is None, "an error line says that"


@pytest.mark.parametrize(
    ("event", "role", "expected"),
    [
        (Stopped(), "server", {"event": "stopped"}),
        (Stopped(), "client", {"event": "closed"}),
        (Disconnected(ServerGone(), 1.0), "client", {"event": "disconnected", "reason": "lost"}),
        (MUTED, "client", {"event": "refused", "code": "muted", "message": "Quiet."}),
        (MUTED, "server", {"event": "error", "code": "muted", "message": "Quiet."}),
        (Notice("moved", "m"), "client", {"event": "notice", "code": "moved", "message": "m"}),
    ],
)  # fmt: skip
def test_objects_for_scripts(event: Event, role: str, expected: object) -> None:
    line = as_json(event, "server" if role == "server" else "client")
    assert line is not None and json.loads(line) == expected


def test_what_scripts_are_told_as_error_or_notice() -> None:
    new = TrustAsked("h:1", b"s" * 32, b"", 0, "")
    changed = TrustAsked("h:1", b"s" * 32, b"k" * 32, 5, "Lab")
    ends = [WhisperDone(1, outcome) for outcome in WhisperOutcome]
    events: tuple[Event, ...] = (new, changed, Slowed(), *ends)
    told = [json.loads(as_json(event, "client") or "{}") for event in events]
    kinds = [(one.get("event"), one.get("code")) for one in told]
    assert kinds == [
        ("error", "unknown_server"), ("error", "key_changed"), ("notice", "slowed"),
        (None, None), ("notice", "whisper_not_shown"), ("notice", "whisper_given_up"),
    ]  # fmt: skip


def test_listening_shows_the_invite() -> None:
    you = Member(b"H" * 32, "Host", True)
    event = Listening("127.0.0.1", 5050, "Lab", you, b"f" * 32, "localchat://x", (), True, ())
    assert "localchat://x" in str(as_text(event, "server")) and "SHA256:" in str(as_text(event, "server"))
