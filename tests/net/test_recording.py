"""The recorder at a running server and running clients, over real sockets; and its switches at run time."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from netcore import limits, trace
from netcore.crypto.whispers import seal_whisper
from netcore.engine import (
    Chat,
    ClientConfig,
    Connected,
    CutReceiving,
    CutSending,
    ForgetSecrets,
    Freeze,
    FrozenByHost,
    JoinSending,
    LabSwitches,
    ReconnectAndRecord,
    Record,
    Say,
    Stop,
    TrustAsked,
    start_client,
)
from netcore.trace import (
    Chunk,
    Defence,
    Forgotten,
    FrameSeen,
    HandshakeValue,
    PeerKnown,
    RecordingBegan,
    RecordingEnded,
    TraceEvent,
    Turn,
)
from netcore.wire.framing import FrameType
from netcore.wire.messages import Said, SendWhisper
from tests.net.client.kit import ADA, BEN, SERVER, Ear, ScriptedServer, key, put_key
from tests.net.conftest import House, StartHouse
from tests.session.recorded import shape
from tests.waiting import wait_until

E = TypeVar("E", bound=TraceEvent)


class Taken:
    """What a running engine's recorder gives."""

    def __init__(self, recorder: trace.Recorder) -> None:
        self._recorder = recorder
        self.all: list[TraceEvent] = []

    def of(self, kind: type[E], connection: int | None = None) -> list[E]:
        self.all += self._recorder.drain()
        return [one for one in self.all if isinstance(one, kind) and connection in (None, one.connection)]

    def frames(self, connection: int, direction: str) -> list[FrameSeen]:
        return [one for one in self.of(FrameSeen, connection) if one.direction == direction]

    def refusal(self) -> trace.Refused:
        """The only one; waits for it."""
        self.wait(lambda: self.of(trace.Refused))
        (refused,) = self.of(trace.Refused)
        return refused

    def wait(self, condition: Callable[[], object]) -> None:
        wait_until(condition, what=lambda: self.all[-20:])


class Member(Ear):
    """A running client, ended with the test."""

    def __init__(self, folder: Path, name: str, port: int) -> None:
        put_key(folder, name, f"member_{name.lower()}")
        super().__init__(start_client(ClientConfig(folder, name, f"127.0.0.1:{port}", True)))
        self.trace = Taken(self.engine.trace)

    def __enter__(self) -> Member:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.submit(Stop())
        assert self.engine.join(10)


class Class:
    """A room with members that come when they are called."""

    def __init__(self, house: House, folder: Path, stack: ExitStack) -> None:
        self.house = house
        self.trace = Taken(house.engine.trace)
        self._folder = folder
        self._stack = stack

    def member(self, name: str) -> Member:
        folder = self._folder / name
        folder.mkdir()
        return self._stack.enter_context(Member(folder, name, self.house.port))

    def joined(self, name: str) -> Member:
        member = self.member(name)
        member.wait_for(Connected)
        return member


@pytest.fixture
def room(start_house: StartHouse, tmp_path: Path) -> Iterator[Class]:
    with ExitStack() as stack:
        house = start_house()
        yield Class(house, tmp_path, stack)


def hears(member: Member, text: str) -> None:
    while member.wait_for(Chat).text != text:
        pass


def test_both_ends_of_a_connection_tell_one_story(room: Class) -> None:
    """Cut to three bytes at the one end, whole at the other: the same frames, at the same offsets."""
    room.house.submit(Record(True))
    ada = room.member("Ada")
    ada.engine.submit(Record(True))
    ada.engine.submit(CutReceiving(3))
    ada.wait_for(Connected)
    for n in range(1, 4):
        ada.engine.submit(Say(n, f"hello {n}"))
        hears(ada, f"hello {n}")
    (began,), (host_began,) = ada.trace.of(RecordingBegan), room.trace.of(RecordingBegan)
    assert (began.role, host_began.role) == ("client", "server")
    assert (began.in_offset, began.out_offset, began.secrets) == (0, 0, False)
    assert began.peer == f"127.0.0.1:{room.house.port}" and began.state == "NOTHING_KNOWN"
    assert [one.member_id for one in room.trace.of(PeerKnown)] == [ADA]
    mine, theirs = began.connection, host_began.connection
    ada.engine.submit(Stop())
    ada.trace.wait(lambda: ada.trace.of(RecordingEnded))
    room.trace.wait(lambda: room.trace.of(RecordingEnded))
    for sender, receiver in (
        ((room.trace, theirs), (ada.trace, mine)),
        ((ada.trace, mine), (room.trace, theirs)),
    ):
        out = sender[0].frames(sender[1], "out")
        came = receiver[0].frames(receiver[1], "in")
        assert len(came) > 5 and list(map(shape, out)) == list(map(shape, came))
        chunks = [one for one in receiver[0].of(Chunk, receiver[1]) if one.direction == "in"]
        stream = b"".join(one.data for one in chunks)
        for frame in came:
            assert stream[frame.offset : frame.offset + frame.length] == frame.raw
    small = [len(one.data) for one in ada.trace.of(Chunk) if one.direction == "in"]
    assert set(small) <= {1, 2, 3} and small.count(3) > len(small) // 2
    assert trace.missing(ada.trace.all) == 0


def test_the_loop_tells_its_turns(room: Class) -> None:
    room.house.submit(Record(True))
    ada = room.joined("Ada")
    ada.engine.submit(Say(1, "hello"))
    hears(ada, "hello")
    room.trace.wait(lambda: any(one.records and one.commit_ms > 0 for one in room.trace.of(Turn)))
    turns = room.trace.of(Turn)
    assert [one.n for one in turns] == list(range(turns[0].n, turns[0].n + len(turns)))
    busy = next(one for one in turns if one.records)
    (began,) = room.trace.of(RecordingBegan)
    assert busy.writes and busy.queues == {began.connection: 0} and busy.interest == {began.connection: "r"}
    assert all(one.next_timer_s is None or one.next_timer_s <= 60 for one in turns)


def test_a_running_connection_of_one_member(room: Class) -> None:
    """From the middle on, with the right offsets; nobody else's; and off again."""
    ada, ben = room.joined("Ada"), room.joined("Ben")
    ben.engine.submit(Record(True))
    room.house.submit(Record(True, ADA))
    room.trace.wait(lambda: room.trace.of(RecordingBegan))
    (began,) = room.trace.of(RecordingBegan)
    assert began.member_id == ADA and began.state == "IN_ROOM"
    assert began.in_offset > 84 + 292 and began.out_offset > 1_108 + 36
    ada.engine.submit(Record(True))
    ada.engine.submit(Say(1, "hello"))
    hears(ada, "hello")
    (mine,) = ada.trace.of(RecordingBegan)
    room.trace.wait(lambda: room.trace.frames(began.connection, "in"))
    frame = room.trace.frames(began.connection, "in")[0]
    assert frame.offset == began.in_offset and b'"hello"' in (frame.plaintext or b"")
    assert shape(frame) == shape(ada.trace.frames(mine.connection, "out")[0])
    assert {one.connection for one in room.trace.of(Chunk)} == {began.connection}
    room.house.submit(Record(False, ADA))
    room.trace.wait(lambda: room.trace.of(RecordingEnded))
    seen = len(room.trace.all)
    ada.engine.submit(Say(2, "after"))
    hears(ada, "after")
    assert room.trace.of(TraceEvent)[seen:] == []
    assert room.house.wait(LabSwitches, recorded=frozenset({ADA})).recording is False
    assert room.house.wait(LabSwitches) == LabSwitches()


SECRETS = {"pre_secret", "z", "PRK", "x25519 private key", "c2s key", "s2c key", "stamp_key"}


def secret_names(taken: Taken) -> set[str]:
    return {one.name for one in taken.of(HandshakeValue) if one.secret}


def test_secrets_come_only_by_asking_and_go_with_the_connection(
    room: Class, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        ada, ben = room.joined("Ada"), room.joined("Ben")
        ada.engine.submit(ReconnectAndRecord())
        ada.wait_for(Connected)
        ada.trace.wait(lambda: secret_names(ada.trace) >= SECRETS)
        (began,) = ada.trace.of(RecordingBegan)
        assert began.secrets and (began.in_offset, began.out_offset) == (0, 0)
        values = [one.value for one in ada.trace.of(HandshakeValue) if one.secret]
        on = [one for one in ada.of(LabSwitches) if one.secrets]
        assert on and on[-1].recording
        ada.engine.submit(Say(1, "the same room"))
        hears(ben, "the same room")
        # A second connection follows by itself: it is recorded, and its secrets are not.
        room.house.submit(Stop())
        ada.trace.wait(lambda: ada.trace.of(RecordingEnded))
        kinds = [type(one) for one in ada.trace.all if isinstance(one, Forgotten | RecordingEnded)]
        assert kinds[:2] == [Forgotten, RecordingEnded]
        while ada.wait_for(LabSwitches).secrets:
            pass
    assert not secret_names(ben.trace) and not secret_names(room.trace)
    for record in caplog.records:
        line = record.getMessage() + repr(record.args)
        for value in values:
            assert value.hex() not in line and repr(value)[2:-1] not in line


def test_the_next_connection_has_no_secrets(room: Class) -> None:
    ada = room.joined("Ada")
    ada.engine.submit(ReconnectAndRecord())
    ada.wait_for(Connected)
    room.house.call(lambda context: context.links[ADA].evict())
    ada.wait_for(Connected)
    ada.trace.wait(lambda: len(ada.trace.of(RecordingBegan)) == 2)
    first, second = ada.trace.of(RecordingBegan)
    assert first.secrets and not second.secrets
    told = [one for one in ada.trace.of(HandshakeValue, second.connection) if one.secret]
    assert told == [] and ada.trace.of(HandshakeValue, second.connection)


def test_forget_secrets(room: Class) -> None:
    """Nothing of them is left in the recorder, though nobody has taken them yet."""
    ada = room.joined("Ada")
    ada.engine.submit(ReconnectAndRecord())
    ada.wait_for(Connected)
    ada.engine.submit(ForgetSecrets())
    while ada.wait_for(LabSwitches).secrets or not ada.of(LabSwitches)[-1].recording:
        pass
    ada.engine.submit(Say(1, "hello"))
    hears(ada, "hello")
    assert not secret_names(ada.trace) and ada.trace.of(Forgotten)
    assert ada.trace.frames(ada.trace.of(RecordingBegan)[0].connection, "out"), "still recorded, without them"


def test_a_changed_key_is_recorded_with_what_led_to_it(tmp_path: Path) -> None:
    with ScriptedServer() as old, Member(tmp_path, "Ada", old.port) as ada:
        port = old.port
        peer = old.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
    with ScriptedServer("server_identity_2", port) as new, Member(tmp_path, "Ada", port) as ada:
        new.accept().end()
        ada.wait_for(TrustAsked)
        assert ada.trace.of(TraceEvent) == []
        ada.engine.submit(ReconnectAndRecord())
        new.accept().end()
        ada.wait_for(TrustAsked)
        ada.trace.wait(lambda: ada.trace.of(RecordingEnded))
    refused = ada.trace.refusal()
    assert (refused.defence, refused.section, refused.n) == (Defence.PINNED_KEY, "11.2", 0)
    assert refused.function == "netcore.net.client.trust.Trust.check"
    assert refused.error == "ServerKeyChanged"
    names = {one.name for one in ada.trace.of(HandshakeValue)}
    assert {"identity_n", "signature", "client_random"} <= names and "oaep_ct" not in names
    frames = ada.trace.of(FrameSeen)
    assert [(one.direction, one.type) for one in frames] == [
        ("out", FrameType.CLIENT_HELLO),
        ("in", FrameType.SERVER_HELLO),
    ]


def test_the_senders_knife_is_on_this_connection_and_the_next(room: Class) -> None:
    room.house.submit(Record(True))
    ada = room.joined("Ada")
    ada.engine.submit(CutSending(10))
    ada.engine.submit(Record(True))
    ada.engine.submit(Say(1, "cut"))
    hears(ada, "cut")
    sizes = [len(one.data) for one in ada.trace.of(Chunk) if one.direction == "out"]
    assert max(sizes) == 10 and len(sizes) > 5
    ada.engine.submit(JoinSending(0.05))
    ada.engine.submit(Say(2, "joined"))
    hears(ada, "joined")
    assert max(len(one.data) for one in ada.trace.of(Chunk) if one.direction == "out") > 10
    ada.engine.submit(CutSending(7))
    ada.engine.submit(ReconnectAndRecord())
    ada.wait_for(Connected)
    again = ada.trace.of(RecordingBegan)[-1].connection
    assert max(len(one.data) for one in ada.trace.of(Chunk, again) if one.direction == "out") <= 1_500 // 64
    ada.engine.submit(CutSending(None))
    while ada.wait_for(LabSwitches).piece_bytes is not None:
        pass


def test_a_frozen_member_is_told_and_nobody_else_waits(room: Class) -> None:
    ada, ben = room.joined("Ada"), room.joined("Ben")
    room.house.submit(Freeze(BEN, True))
    assert ben.wait_for(FrozenByHost) == FrozenByHost(True)
    assert room.house.wait(LabSwitches).frozen == {BEN}
    ada.engine.submit(Say(1, "while Ben is frozen"))
    hears(ada, "while Ben is frozen")
    ben.engine.submit(Say(1, "by the frozen one"))
    ada.engine.submit(Say(2, "still"))
    hears(ada, "still")
    waits = room.house.call(lambda context: context.links[BEN].connection.queued_bytes)
    assert waits > 0 and not ben.of(Chat) and not any(one.text == "by the frozen one" for one in ada.of(Chat))
    room.house.submit(Freeze(BEN, False))
    assert ben.wait_for(FrozenByHost) == FrozenByHost(False)
    hears(ada, "by the frozen one")
    hears(ben, "by the frozen one")
    assert [one.text for one in ben.of(Chat)] == ["while Ben is frozen", "still", "by the frozen one"]
    assert room.house.wait(LabSwitches).frozen == frozenset()


def test_a_frozen_member_that_is_sent_away_comes_back_thawed(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All limits count: nothing of its send queue moves, so it goes; and it has lost nothing."""
    monkeypatch.setattr(limits, "SEND_STALL_S", 0.5)
    monkeypatch.setattr(limits, "RETRY_FIRST_S", 0.02)
    ada, ben = room.joined("Ada"), room.joined("Ben")
    room.house.submit(Freeze(BEN, True))
    ben.wait_for(FrozenByHost)
    ada.engine.submit(Say(1, "missed"))
    hears(ben, "missed")
    assert ben.wait_for(FrozenByHost) == FrozenByHost(False)
    ben.wait_for(Connected)
    room.house.wait(LabSwitches, frozen=frozenset({BEN}))
    assert room.house.wait(LabSwitches).frozen == frozenset()


def test_a_whisper_that_does_not_open_is_a_refusal(room: Class) -> None:
    """At both kinds of reader; their connections go on."""
    room.house.submit(Record(True))
    ben = room.joined("Ben")
    ben.engine.submit(Record(True))
    ada = room.house.join(0)
    for reader in (key("member_ben"), key("member_host")):
        ada.n += 1
        msg_id = os.urandom(16)
        good = seal_whisper(
            ada.private, reader.public, SERVER.modulus, msg_id, ada.n, "for you", os.urandom
        )
        c1, c2 = good[0], good[1][:-1] + bytes([good[1][-1] ^ 1])
        ada.send(SendWhisper(ada.stream, ada.n, reader.public.fingerprint, msg_id, ada.n, c1, c2))
    for taken in (ben.trace, room.trace):
        refused = taken.refusal()
        assert (refused.defence, refused.section, refused.n) == (Defence.WHISPER_SEAL, "10.2", None)
        assert refused.function == "netcore.crypto.whispers.open_whisper"
    ada.say("on it goes")
    hears(ben, "on it goes")


def test_what_the_room_refuses_is_told_too(tmp_path: Path) -> None:
    """Further up than the session: a row of the log whose forerunners never came."""
    with ScriptedServer() as server, Member(tmp_path, "Ada", server.port) as ada:
        ada.engine.submit(Record(True))
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
        peer.send(Said(7, BEN, "Ben", b"B" * 16, 1, 5, "out of order"))
        refused = ada.trace.refusal()
        assert (refused.defence, refused.section, refused.error) == (Defence.SEQUENCE, "8.1", "LogOrder")
        ada.trace.wait(lambda: ada.trace.of(RecordingEnded))
        assert b"out of order" in (ada.trace.frames(refused.connection, "in")[-1].plaintext or b"")


def test_silence_is_a_refusal_at_both_ends(
    room: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROTOCOL §5.4: nothing came for too long, so a clock and no frame ended it."""
    monkeypatch.setattr(limits, "PING_S", 0.1)
    monkeypatch.setattr(limits, "SILENT_GONE_S", 0.5)
    with ScriptedServer() as server, Member(tmp_path, "Ben", server.port) as ben:
        ben.engine.submit(Record(True))
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        assert_silent(ben.trace, "ServerSilent")
    room.house.submit(Record(True))
    room.house.join(0)  # and reads nothing any more
    assert_silent(room.trace, "ClientSilent")


def assert_silent(taken: Taken, error: str) -> None:
    refused = taken.refusal()
    assert (refused.defence, refused.section, refused.n) == (Defence.DEADLINE, "5.4", None)
    assert refused.error == error and refused.line
    taken.wait(lambda: taken.of(RecordingEnded))
