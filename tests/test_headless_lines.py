"""Lines in and out of a headless room: what people read, what scripts read, what may be typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.engine import (
    Answering,
    Banned,
    Chat,
    ComparedMembers,
    Connected,
    Connecting,
    Disconnected,
    Event,
    FileReceived,
    Gone,
    Listening,
    Member,
    MemberJoined,
    MemberLeft,
    Notice,
    Pending,
    Reach,
    ReachChanged,
    Refused,
    RoomChanged,
    SharedFile,
    Slowed,
    Stopped,
    Traffic,
    TrustAsked,
    WhisperDone,
    WhisperOutcome,
    WhisperReceived,
    WhisperSent,
    fingerprint_text,
)
from netcore.errors import ServerGone
from netcore.headless_lines import (
    as_json,
    as_text,
)
from netcore.wire.lines import size_words

ADA, LEE = Member(b"A" * 32, "Ada"), Member(b"L" * 32, "Ada Lee")
IN = Connected("Lab\x1b[2J", ADA, b"h" * 32, b"f" * 32, False, (ADA, LEE), 0)
MUTED = Refused(1, "x", "muted", "Quiet.", None)
NAMED = {"member_id": fingerprint_text(ADA.id)}
IDS = {"member_ids": [fingerprint_text(ADA.id)]}
RULES = RoomChanged(True, False, 30, True, True)


def chat(text: str, name: str = "Ada") -> Chat:
    return Chat(1, ADA.id, name, text, 1_700_000_000_000, False)


@given(st.text(), st.text(max_size=30))
def test_no_file_can_imitate_another_line_or_steer_a_terminal(file_name: str, name: str) -> None:
    file = SharedFile("ab" * 16, file_name, 70_000)
    for event in (
        Chat(1, ADA.id, name, "", 0, False, None, file),
        WhisperReceived(Member(b"x" * 32, name), "", 0, file),
        FileReceived(file.id, Path("/tmp") / file_name.replace("\0", ""), bytes(32)),
    ):
        shown = as_text(event, "client")
        assert shown is not None and shown.startswith("* ")
        assert all(line.startswith(("* ", "        ")) for line in shown.split("\n"))
        assert all(ord(char) >= 32 and not 127 <= ord(char) < 160 for char in shown if char != "\n")


def test_a_file_is_offered_with_the_command_that_saves_it() -> None:
    file = SharedFile("abcdef0123456789" * 2, "plan.pdf", 1_500)
    shown = as_text(Chat(1, ADA.id, "Ada", "", 0, False, None, file), "client")
    assert shown == "* \u201cAda\u201d shares \u201cplan.pdf\u201d (1.5 KB). To save it: /get abcdef01"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_000, "1.0 KB"), (15_400, "15 KB"),
        (104_857_600, "105 MB"), (2 * 10**12, "2000 GB"),
    ],
)
def test_sizes(size: int, words: str) -> None:
    assert size_words(size) == words


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
        "event": "said", "seq": 1, "from": "Ada", **NAMED, "text": text, "at": 1_700_000_000_000
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (MemberJoined(ADA), "* \u201cAda\u201d joined"),
        (MemberLeft(ADA, "kicked"), "* \u201cAda\u201d left (kicked)"),
        (Connecting("1.2.3.4:5", 1), "* Connecting to 1.2.3.4:5 ..."),
        (Connecting("1.2.3.4:5", 2), None),
        (IN, "* You are in \u201cLab\ufffd[2J\u201d. Here: \u201cAda\u201d, \u201cAda Lee\u201d"),
        (Notice("moved", "a\nb"), "* a b"),
        (Banned((ADA, LEE)), "* Banned: \u201cAda\u201d, \u201cAda Lee\u201d."),
        (Banned(()), "* Nobody is banned."),
        (Refused(3, "x", "muted", "Quiet.", None), "* Quiet."),
        (Refused(-3, "x", "muted", "Quiet.", None),
         "* \u201cx\u201d, from an earlier run, was not taken: Quiet."),
        (Gone(1, 5), "* 5 messages are no longer in the room\u2019s log: it keeps the newest only."),
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
    assert "Trying again in 4 s." in str(as_text(Disconnected(ServerGone(), 3.2), "client"))
    assert "Trying again in 1 s." in str(as_text(Disconnected(ServerGone(), 0.3), "client"))
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
        (RULES, "client", {"event": "rules", "read_only": True, "slow_s": 30, "kept": True, "muted": False}),
        (RULES, "server", {"event": "rules", "read_only": True, "slow_s": 30, "kept": True,
                           "known_only": True, "disk_full": False}),
        (Answering(True, 5050), "server", {"event": "answering", "wanted": True, "port": 5050}),
        (Banned((Member(ADA.id, "Ada", address="10.0.0.3"),)), "server",
         {"event": "banned", "members": ["Ada"], **IDS, "addresses": ["10.0.0.3"]}),
        (ComparedMembers(frozenset({ADA.id})), "client", {"event": "compared", **IDS}),
    ],
)  # fmt: skip
def test_objects_for_scripts(event: Event, role: str, expected: object) -> None:
    line = as_json(event, "server" if role == "server" else "client")
    assert line is not None and json.loads(line) == expected


def test_whose_it_is_stands_beside_every_name() -> None:
    """Names can be chosen to mislead, and pass on to others; an id cannot."""
    events = (
        chat("x"), WhisperReceived(ADA, "x", 0), WhisperSent(1, ADA, "x", 0), MemberJoined(ADA),
        MemberLeft(ADA, "left"),
    )  # fmt: skip
    for event in events:
        assert NAMED.items() <= json.loads(as_json(event, "client") or "").items()
    found = json.loads(as_json(IN, "client") or "")
    assert found["member_ids"] == [fingerprint_text(one.id) for one in (ADA, LEE)]


def test_a_whisper_and_a_look_alike_are_marked_where_no_name_can_write() -> None:
    def note_of(member_id: bytes) -> str:
        return "key QUFB" if member_id == ADA.id else ""

    assert str(as_text(chat("x"), "client", note_of)).endswith(" Ada (key QUFB): x")
    whisper = WhisperReceived(ADA, "x", 0)
    assert str(as_text(whisper, "client", note_of)).endswith(" Ada (whispers to you, key QUFB): x")
    sent = WhisperSent(1, LEE, "x", 0)
    assert str(as_text(sent, "client", note_of)).endswith(" you (whisper to \u201cAda Lee\u201d): x")
    assert as_text(MemberJoined(ADA), "client", note_of) == "* \u201cAda\u201d (key QUFB) joined"


def test_a_terminal_s_width_is_kept_so_that_it_breaks_no_line_itself() -> None:
    shown = str(as_text(chat("12:00 Ben: I agree " * 20), "client", width=60))
    assert all(len(line) <= 60 for line in shown.split("\n")) and "\n        " in shown


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


def test_another_reach_is_told_with_its_addresses_and_invite() -> None:
    ways = (Reach("eth0", "192.168.1.20:5050"), Reach("this computer", "127.0.0.1:5050"))
    event = ReachChanged("0.0.0.0", 5050, "localchat://x", ways)
    assert as_text(event, "server") == (
        "* Everyone on the same network can join. The address is 192.168.1.20:5050 now.\n"
        "* Invite: localchat://x"
    )
    assert json.loads(as_json(event, "server") or "") == {
        "event": "reach_changed", "address": "0.0.0.0", "port": 5050, "invite": "localchat://x",
        "addresses": ["192.168.1.20:5050", "127.0.0.1:5050"],
    }  # fmt: skip


def test_listening_shows_the_invite() -> None:
    you = Member(b"H" * 32, "Host", True)
    event = Listening("127.0.0.1", 5050, "Lab", you, b"f" * 32, "localchat://x", (), True, ())
    assert "localchat://x" in str(as_text(event, "server")) and "SHA256:" in str(as_text(event, "server"))
