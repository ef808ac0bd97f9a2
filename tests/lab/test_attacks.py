"""The table of attacks, row by row, between real programs: who notices, by which defence, and what is left.

The verdict is the victim's own: what its recorder says it refused.
"""

from __future__ import annotations

import socket
from functools import partial

import pytest

from netcore.lab.attacks import ATTACKS, Attack, Outcome
from netcore.lab.orders import Cut, OwnKeys
from netcore.lab.sandbox.room import mallory_keys
from netcore.lab.tap_events import Attacked, FrameTapped
from netcore.net.api.commands import TrustServer
from netcore.net.api.events import Chat, Connected, Disconnected, MemberLeft, TrustAsked
from netcore.net.target import format_invite
from netcore.trace import Defence, Refused
from netcore.wire.framing import FrameType
from tests.lab.room import LabRoom, Window
from tests.waiting import WAIT_S, wait_until

ROWS = {row.name: row for row in ATTACKS}
FIRST = "pay Ben 10, and not 11"  # its record's length has the bit set that "header-shorter" takes away
LATER = "x" * 300  # what fills up a record that was made longer
MOST_LATER = 12
ALERT = bytes.fromhex("1500000101")
OTHER_VERSION_FRAME = bytes.fromhex("1500000102")

# Every row has one of these ways to be shown.
HANDSHAKE = [
    "flip-client-hello", "flip-server-hello", "other-version-up", "other-version-down", "flip-oaep",
    "flip-client-fin", "flip-server-fin", "alert",
]  # fmt: skip
UP = [
    "flip-direct", "header-type", "header-shorter", "header-longer", "drop-direct", "duplicate-direct",
    "replay-direct", "swap-direct", "truncate", "inject-direct", "inject-other",
]  # fmt: skip
DOWN = [
    "flip-room", "drop-room", "duplicate-room", "replay-room", "swap-room", "inject-room", "late-alert",
]  # fmt: skip
ALONE = [
    "own-keys-first", "own-keys-known", "own-keys-invite", "old-server-hello", "old-client", "flip-room-key",
    "flip-close", "drop-last", "cut", "delay", "watch",
]  # fmt: skip


def test_each_row_is_shown() -> None:
    assert len(ROWS) == len(ATTACKS)
    assert sorted(ROWS) == sorted([*HANDSHAKE, *UP, *DOWN, *ALONE])


@pytest.mark.parametrize("row", ATTACKS, ids=lambda row: row.name)
def test_a_row_is_whole(row: Attack) -> None:
    assert row.sentence.endswith(".") and row.section
    assert (row.verdict is Outcome.CAUGHT) == (row.victim is not None) == (row.defence is not None)


# --- The trial ----------------------------------------------------------------------------------


def refused(window: Window) -> list[Refused]:
    """What this end's recorder says that it refused so far."""
    return window.of(Refused)


def judge(room: LabRoom, row: Attack, client: Window) -> None:
    """The victim has refused by this defence, once, and nobody else has by any that proves an attack.

    The other end only sees the connection end: no Close, or an Alert. Whoever is shown the verdict is told
    the same.
    """
    victim, other = (client, room.server) if row.victim == "client" else (room.server, client)
    wait_until(lambda: refused(victim), what=f"{row.victim} refuses")
    first = refused(victim)[0]
    assert (first.defence, first.section) == (row.defence, row.section), first
    assert first.direction == "in"
    assert {event.defence for event in refused(other)} <= {Defence.NO_CLOSE, Defence.ALERT}
    verdict = room.stage.verdict()
    if verdict is not None:
        assert (verdict.outcome, verdict.section) == (row.verdict, row.section)


def nobody_refused(*windows: Window) -> None:
    for window in windows:
        assert refused(window) == []


def has_all(window: Window, texts: list[str]) -> bool:
    return set(texts) <= set(window.texts)


def all_is_well(room: LabRoom, texts: list[str], *clients: Window) -> None:
    """Everybody has every text, the log exactly once, and something new arrives."""
    speaker = clients[0]
    speaker.say("all is well")
    for window in (room.server, *clients):
        wait_until(partial(has_all, window, [*texts, "all is well"]))
        assert sorted(window.texts) == sorted([*texts, "all is well"])


# --- The handshake ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HANDSHAKE)
def test_in_the_handshake(room: LabRoom, name: str) -> None:
    row = ROWS[name]
    assert row.order is not None
    room.order(row.order)
    ada = room.client("Ada")
    room.tapped.wait(Attacked)
    judge(room, row, ada)
    # "Both should update" is for a person to act on; all else may have been bad luck.
    other_version = name.startswith("other-version")
    assert (ada.wait(Disconnected).retry_in_s is None) is other_version
    first = [frame for frame in room.tapped.of(FrameTapped) if frame.connection == 1]
    up = [frame.type for frame in first if frame.direction == "up"]
    assert FrameType.DIRECT not in up  # nothing that is worth anything has been sent
    if row.victim == "server":
        # Whatever failed there, the answer is the same five bytes; but what the magic says anybody can read.
        answer = OTHER_VERSION_FRAME if other_version else ALERT
        assert [frame.data for frame in first if frame.direction == "down"][-1] == answer
    elif name != "flip-server-fin":
        assert up == [FrameType.CLIENT_HELLO]
    if other_version:
        ada = room.client("Ben")
    ada.wait(Connected)
    all_is_well(room, [], ada)


def test_old_server_hello(room: LabRoom) -> None:
    room.ada()
    hello = room.frames("down")[0].data
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT_S)
        ben = room.client("Ben", f"127.0.0.1:{listener.getsockname()[1]}")
        with listener.accept()[0] as sock:
            sock.settimeout(WAIT_S)
            assert sock.recv(4)[0] == FrameType.CLIENT_HELLO
            sock.sendall(hello)
            judge(room, ROWS["old-server-hello"], ben)


def test_old_client(room: LabRoom) -> None:
    ada = room.ada()
    sent = [frame.data for frame in room.frames("up")]
    with socket.create_connection(("127.0.0.1", room.listening.port), WAIT_S) as sock:
        sock.sendall(b"".join(sent[:2]))
        answer = b""
        while chunk := sock.recv(65_536):
            answer += chunk
    assert answer[0] == FrameType.SERVER_HELLO and answer.endswith(ALERT)
    judge(room, ROWS["old-client"], ada)
    all_is_well(room, [], ada)


def test_own_keys_first(room: LabRoom) -> None:
    """Nothing is refused anywhere, and Mallory reads. The others see another key: that is all there is."""
    assert ROWS["own-keys-first"].verdict is Outcome.YOU_DECIDE
    ben = room.join("Ben")
    room.order(OwnKeys())
    ada = room.client("Ada", accept_new=False)
    asked = ada.wait(TrustAsked)
    assert asked.known == b"" and asked.shown != room.listening.fingerprint
    shown_once = len(refused(ada))  # its own question to its person is a refusal, and proves no attack
    ada.submit(TrustServer(asked.shown))
    connected = ada.wait(Connected)
    ada.say("a secret")
    said = ben.wait(Chat, text="a secret")
    assert said.member_id == mallory_keys().member.public.fingerprint != connected.you.id
    assert len(refused(ada)) == shown_once
    nobody_refused(room.server)


def test_own_keys_known(room: LabRoom) -> None:
    room.ada().stop()
    room.order(OwnKeys())
    ada = room.client("Ada")
    asked = ada.wait(TrustAsked)
    assert asked.known == room.listening.fingerprint
    judge(room, ROWS["own-keys-known"], ada)
    assert [frame.type for frame in room.frames("up") if frame.connection == 2] == [0x01]


def test_own_keys_invite(room: LabRoom) -> None:
    room.order(OwnKeys())
    host, _, port = room.tap_address.rpartition(":")
    ada = room.client("Ada", format_invite(host, int(port), room.listening.fingerprint))
    assert ada.wait(Disconnected).retry_in_s is None
    judge(room, ROWS["own-keys-invite"], ada)
    assert [frame.type for frame in room.frames("up")] == [0x01]


# --- Sealed frames ------------------------------------------------------------------------------


def say_until_it_breaks(room: LabRoom, row: Attack, speaker: Window, victim: Window) -> list[str]:
    """Let the attack find its frame, and what it needs after it; the texts that were said.

    A record holds all that is said in one turn of the loop, so each line waits for the frame of the one
    before.
    """
    texts: list[str] = []
    while not texts or (row.others and len(texts) < MOST_LATER and not refused(victim)):
        frames = len(room.tapped.of(FrameTapped))
        texts.append(f"{len(texts)} {LATER}" if texts else FIRST)
        speaker.say(texts[-1])
        wait_until(partial(something_passed, room, frames, victim))
    return texts


def something_passed(room: LabRoom, frames: int, victim: Window) -> bool:
    return len(room.tapped.of(FrameTapped)) > frames or bool(refused(victim))


def length_in(frame: bytes) -> int:
    return int.from_bytes(frame[1:4], "big")


@pytest.mark.parametrize("name", UP)
def test_from_the_client_to_the_server(room: LabRoom, name: str) -> None:
    row = ROWS[name]
    assert row.order is not None
    ada = room.ada()
    ben = room.join("Ben")
    room.order(row.order)
    texts = say_until_it_breaks(room, row, ada, room.server)
    judge(room, row, ada)
    ada.wait(Disconnected)
    ada.wait(Connected)
    all_is_well(room, texts, ada, ben)
    [told] = room.tapped.of(Attacked)
    if name == "header-shorter":
        assert length_in(told.after) < length_in(told.before)
    if name == "header-longer":
        assert length_in(told.after) > length_in(told.before)


@pytest.mark.parametrize("name", DOWN)
def test_from_the_server_to_the_client(room: LabRoom, name: str) -> None:
    row = ROWS[name]
    assert row.order is not None
    ada = room.ada()
    ben = room.join("Ben")
    wait_until(lambda: len(room.frames("down")) >= 5)  # Ben's coming has been told
    room.order(row.order)
    texts = say_until_it_breaks(room, row, ben, ada)
    judge(room, row, ada)
    ada.wait(Disconnected)
    ada.wait(Connected)
    all_is_well(room, texts, ben, ada)
    assert len(room.tapped.of(Attacked)) == 1


def test_flip_room_key(room: LabRoom) -> None:
    row = ROWS["flip-room-key"]
    assert row.order is not None
    ada, ben = room.ada(), room.join("Ben")
    ada.say("before")
    ben.wait(Chat, text="before")
    room.order(row.order)
    ben.stop()  # who leaves takes the room's key along, so there is a new one
    judge(room, row, ada)
    ada.wait(Disconnected)
    ada.wait(Connected)
    all_is_well(room, ["before"], ada)


def test_flip_close(room: LabRoom) -> None:
    row = ROWS["flip-close"]
    assert row.order is not None
    ada, ben = room.ada(), room.join("Ben")
    ada.say("goodbye")
    ben.wait(Chat, text="goodbye")
    room.order(row.order)
    ada.stop()
    assert ben.wait(MemberLeft).reason == "lost"
    judge(room, row, ada)
    all_is_well(room, ["goodbye"], ben)


# --- What no defence catches, and what only time does ---------------------------------------------


def test_drop_last(room: LabRoom) -> None:
    """Nobody notices that it is missing. The next frame, which the host's word brings, shows it."""
    row = ROWS["drop-last"]
    assert row.order is not None
    ada, ben = room.ada(), room.join("Ben")
    wait_until(lambda: len(room.frames("down")) >= 5)
    room.order(row.order)
    ben.say("the last word")
    ben.wait(Chat, text="the last word")
    room.tapped.wait(Attacked)
    assert "the last word" not in ada.texts
    nobody_refused(room.server, ada)
    ben.say("after all")
    judge(room, ROWS["drop-room"], ada)
    ada.wait(Connected)
    all_is_well(room, ["the last word", "after all"], ben, ada)


def test_cut(room: LabRoom) -> None:
    ada, ben = room.ada(), room.join("Ben")
    room.order(Cut())
    judge(room, ROWS["cut"], ada)
    ada.wait(Disconnected)
    ada.wait(Connected)
    all_is_well(room, [], ada, ben)


def test_delay(room: LabRoom) -> None:
    row = ROWS["delay"]
    assert row.order is not None
    ada, ben = room.ada(), room.join("Ben")
    room.order(row.order)
    ada.say("late")
    ben.wait(Chat, text="late")
    assert room.tapped.of(Attacked)
    all_is_well(room, ["late"], ada, ben)
    nobody_refused(room.server, ada)


def test_watch(room: LabRoom) -> None:
    """The tap has seen each frame with its size and time, and nobody knows."""
    ada, ben = room.ada(), room.join("Ben")
    before = len(room.frames("up"))
    ada.say("yes")
    ben.wait(Chat, text="yes")
    ada.say("no, by no means, and let me tell you why at some length")
    ben.wait(Chat, text="no, by no means, and let me tell you why at some length")
    short, long = room.frames("up")[before : before + 2]
    assert (
        len(long.data) - len(short.data) == len("no, by no means, and let me tell you why at some length") - 3
    )
    all_is_well(room, ["yes", "no, by no means, and let me tell you why at some length"], ada, ben)
    nobody_refused(room.server, ada)
