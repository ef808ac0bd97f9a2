"""The command line as scripts use it: real processes on 127.0.0.1, JSON lines, exit codes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import queue
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from netcore import headless, limits
from netcore.ending_signals import Interrupt
from netcore.engine import (
    Answering,
    Ban,
    Banned,
    CancelFile,
    Chat,
    Command,
    ComparedMembers,
    Connected,
    Crashed,
    Discard,
    Disconnected,
    Engine,
    Event,
    Failed,
    FileQueued,
    FileReceived,
    FileRefused,
    FileTakenBack,
    GetFile,
    HistoryOpened,
    Kick,
    Listening,
    MarkCompared,
    Member,
    MemberJoined,
    Notice,
    OldWhisper,
    Pending,
    Refused,
    ReleaseName,
    RoomChanged,
    Say,
    SendFile,
    ServerConfig,
    SetAnswering,
    SetReach,
    SetRoom,
    SharedFile,
    Stop,
    Stopped,
    TakeBackFile,
    Unban,
    fingerprint_text,
    start_server,
)
from netcore.errors import Banned as BannedError
from netcore.errors import CannotReach, DiskFull, HandshakeFailed, LocalChatError, ServerGone, StorageFull
from netcore.headless import Runner
from netcore.headless_input import InputEnd, Line, read_lines
from netcore.headless_lines import Role
from netcore.net.client.close_codes import error_of_close
from netcore.net.client.known_rooms import known_servers
from netcore.store.database import Database
from netcore.wire.codes import CloseCode
from tests.faults.people import ROOT, Person
from tests.keys import pem
from tests.keys.put import put_member_key, put_server_keys
from tests.net.client.kit import key
from tests.waiting import WAIT_S, wait_until

NICKS = {"Ada": "member_ada", "Ben": "member_ben", "Chen": "member_chen", "Dora": "member_dora"}


class Stage:
    """Starts people, and ends every one of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cast: list[Person] = []

    def person(self, name: str, *arguments: str) -> Person:
        data_dir = self.folder / f"{len(self.cast)}-{name}"
        data_dir.mkdir()
        person = Person(f"{len(self.cast)}-{name}", list(arguments), data_dir)
        self.cast.append(person)
        return person

    def server(self, room: str = "Lab", port: int = 0, identity: str = "server_identity") -> Person:
        person = self.person("server", "server", "--room", room, "--nick", "Host", "--port", str(port))
        put_server_keys(person.data_dir, room, identity)
        person.start()
        return person

    def client(self, nick: str, target: str, *more: str, key_name: str = "") -> Person:
        person = self.person(nick, "client", target, "--nick", nick, *more)
        put_member_key(person.data_dir, nick, pem(key_name or NICKS[nick]))
        person.start()
        return person

    def end(self) -> None:
        for person in self.cast:
            person.kill()

    def complaints(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.stderr"))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.end()
    assert stage.complaints() == ""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """One room for the tests that leave it as they found it."""
    stage = Stage(tmp_path_factory.mktemp("lab"))
    server = stage.server()
    server.wait_for("listening", WAIT_S)
    yield server
    if sys.platform == "win32":
        server.type("/quit")  # a signal ends a process at once there
    else:
        server.signal(signal.SIGTERM)
    assert server.finish() == 0
    assert server.of_kind("stopped")
    stage.end()
    assert stage.complaints() == ""


def invite(server: Person) -> str:
    return str(server.of_kind("listening")[-1]["invite"])


def address(server: Person) -> str:
    return f"127.0.0.1:{server.of_kind('listening')[-1]['port']}"


def keys_of(person: Person, kind: str) -> set[str]:
    return set(person.of_kind(kind)[-1]) - {"event", "life"}


def texts(person: Person, kind: str = "said") -> list[str]:
    return [str(event["text"]) for event in person.of_kind(kind)]


def test_a_conversation_both_ways_with_exactly_the_named_keys(lab: Person, stage: Stage) -> None:
    """One JSON object a line, the keys as written there."""
    ada = stage.client("Ada", invite(lab))
    hello = ada.wait_for("connected", WAIT_S)
    assert hello["first_contact"] is True and hello["members"] == ["Host", "Ada"] and hello["you"] == "Ada"
    assert hello["fingerprint"] == lab.of_kind("listening")[0]["fingerprint"] and hello["room"] == "Lab"
    ben = stage.client("Ben", invite(lab))
    assert ada.wait_for("member_joined")["nick"] == "Ben"
    ben.wait_for("connected", WAIT_S)
    ada.type("hello, all")
    ada.type("//kick is a text")
    ben.type("gr\u00fc\u00dfe \u4f60\u597d \U0001f600")
    lab.type("from the host")
    for person in (ada, ben, lab):
        wait_until(lambda person=person: len(texts(person)) >= 4, WAIT_S, f"{person.name} heard all")  # type: ignore[misc]
    rows = [
        [(e["seq"], e["from"], e["text"], e["at"]) for e in one.of_kind("said")[-4:]]
        for one in (ada, ben, lab)
    ]
    assert rows[0] == rows[1] == rows[2]
    assert {row[1:3] for row in rows[0]} == {
        ("Ada", "hello, all"), ("Ada", "/kick is a text"), ("Ben", "gr\u00fc\u00dfe \u4f60\u597d \U0001f600"),
        ("Host", "from the host"),
    }  # fmt: skip
    assert abs(rows[0][0][3] / 1000 - time.time()) < 60, "`at` is Unix time in milliseconds"
    ben.end_of_input()
    assert ben.finish() == 0
    assert ada.wait_for("member_left")["reason"] == "left"
    ada.type("/quit")
    assert ada.finish() == 0
    assert [event["event"] for event in ada.events][-1] == "closed"
    assert keys_of(ada, "connected") == {
        "room", "you", "fingerprint", "first_contact", "members", "member_ids"
    }  # fmt: skip
    assert keys_of(ada, "said") == keys_of(lab, "said") == {"seq", "from", "member_id", "text", "at"}
    assert keys_of(ada, "member_joined") == keys_of(lab, "member_joined") == {"nick", "member_id"}
    assert keys_of(ada, "member_left") == keys_of(lab, "member_left") == {
        "nick", "member_id", "reason"
    }  # fmt: skip
    assert keys_of(lab, "listening") == {"address", "port", "room", "fingerprint", "invite"}
    assert keys_of(ada, "closed") == set()


def test_a_whisper_is_for_one(lab: Person, stage: Stage) -> None:
    """A third member's client never receives a byte of them; in doubt for whom it is, nothing is sent."""
    ada, ben = stage.client("Ada", invite(lab)), stage.client("Ben", invite(lab))
    chen = stage.client("Chen", invite(lab))
    ada_lee = stage.client("Ada Lee", invite(lab), key_name="member_dora")
    for person in (ada, ben, chen, ada_lee):
        person.wait_for("connected", WAIT_S)
    wait_until(
        lambda: len(ben.of_kind("member_joined")) + len(ben.of_kind("connected")[0]["members"]) >= 5,
        20,
        "all",
    )
    ben.type("/whisper Ada Lee or only Ada?")
    assert ben.wait_for("error")["code"] == "ambiguous_member"
    ben.type('/whisper "Ada Lee" the one in quotes')
    ben.type("/whisper ada psst, only you")
    lab.type("/whisper Ben from the host")
    assert ada_lee.wait_for("whisper")["text"] == "the one in quotes"
    heard = ada.wait_for("whisper")
    assert (heard["from"], heard["text"]) == ("Ben", "psst, only you")
    assert ben.wait_for("whisper")["from"] == "Host"
    wait_until(lambda: len(ben.of_kind("whisper_sent")) == 2, WAIT_S, "both were acknowledged")
    ben.type("/whisper Host back")
    wait_until(lambda: "back" in texts(lab, "whisper"), WAIT_S, "the host heard")
    ben.type("/whisper Nobody x")
    wait_until(lambda: ben.of_kind("error")[-1]["code"] == "no_such_member", WAIT_S, "told")
    ben.type("/whisper Ben me")
    assert ben.wait_for("refused")["code"] == "to_self"
    ben.type("/dance")
    wait_until(lambda: ben.of_kind("error")[-1]["code"] == "unknown_command", WAIT_S, "told")
    ben.type("/who")
    assert set(ben.wait_for("members")["members"]) == {"Host", "Ada", "Ben", "Chen", "Ada Lee"}
    lab.type("an end for all to hear")
    wait_until(lambda: "an end for all to hear" in texts(chen), WAIT_S, "the end")
    assert keys_of(ada, "whisper") == {"from", "member_id", "text", "at"}
    assert keys_of(ben, "whisper_sent") == {"to", "member_id", "text", "at"}
    assert keys_of(ben, "refused") == keys_of(ben, "error") == {"code", "message"}
    shown = str(chen.events)
    assert (
        "psst" not in shown and "quotes" not in shown and "from the host" not in str(chen.of_kind("whisper"))
    )


def test_files_with_exactly_the_named_keys(lab: Person, stage: Stage, tmp_path: Path) -> None:
    """Shared with all, and with one; listed; saved by the beginning of its id; and what cannot be, told."""
    ada, ben = stage.client("Ada", invite(lab)), stage.client("Ben", invite(lab))
    for person in (ada, ben):
        person.wait_for("connected", WAIT_S)
    plan, out = tmp_path / "my plan.bin", tmp_path / "out"
    plan.write_bytes(os.urandom(200_000))
    out.mkdir()
    ada.type(f"/file {plan}")
    sent, offer = ada.wait_for("file_sent"), ben.wait_for("file_offered")
    assert sent["id"] == offer["id"] and (offer["from"], offer["name"], offer["size"]) == (
        "Ada", "my plan.bin", 200_000
    )  # fmt: skip
    ben.type(f"/get {offer['id'][:8]} {out}")
    got = ben.wait_for("file_received")
    assert got["path"] == str(out / "my plan.bin")
    assert got["sha256"] == hashlib.sha256(plan.read_bytes()).hexdigest()
    assert (out / "my plan.bin").read_bytes() == plan.read_bytes()
    ada.type(f'/file "{plan}" to Ben')
    whispered = ben.wait_for("file_offered", since=ben.events.index(got))
    assert whispered["seq"] is None
    assert lab.wait_for("file_offered")["id"] == offer["id"]
    ben.type("/files")
    assert [one["id"] for one in ben.wait_for("files")["files"]] == [offer["id"], whispered["id"]]
    ben.type(f"/get {whispered['id']} {out}")
    second = ben.wait_for("file_received", since=ben.events.index(whispered))
    assert second["path"] == str(out / "my plan (2).bin")
    ben.type("/get zz")
    assert ben.wait_for("error")["code"] == "no_such_file"
    ben.type(f"/file {tmp_path / 'nothing'}")
    assert ben.wait_for("file_refused")["code"] == "file_unreadable"
    assert not any(event["id"] == whispered["id"] for event in lab.of_kind("file_offered"))
    named = {"id", "seq", "from", "member_id", "name", "size", "at"}
    assert keys_of(ben, "file_offered") == keys_of(lab, "file_offered") == named
    assert keys_of(ben, "file_received") == {"id", "path", "sha256"}
    assert keys_of(ben, "file_refused") == {"id", "name", "sending", "code", "message"}
    progress = {"id", "name", "sending", "done", "size", "bytes_per_s", "left_s", "state"}
    assert keys_of(ben, "file_progress") == progress
    assert keys_of(ada, "file_progress") == progress


def test_files_are_taken_back(lab: Person, stage: Stage, tmp_path: Path) -> None:
    """By their sender, shared or whispered; by the host, any; by nobody else. Whoever is there hears it."""
    ada, ben = stage.client("Ada", invite(lab)), stage.client("Ben", invite(lab))
    for person in (ada, ben):
        person.wait_for("connected", WAIT_S)
    ids = []
    for number, to in enumerate(("", "", " to Ben")):
        path = tmp_path / f"{number}.bin"
        path.write_bytes(b"x")
        ada.type(f'/file "{path}"{to}')
        since = _index_of(ben, path.name)
        ids.append(str(ben.events[since]["id"]))
    wait_until(lambda: len(ada.of_kind("file_sent")) == 3)
    ben.type(f"/drop {ids[0]}")
    assert ben.wait_for("file_refused")["code"] == "not_yours"
    ada.type(f"/drop {ids[0][:8]}")
    ada.type(f"/drop {ids[2]}")
    lab.type(f"/drop {ids[1]}")
    for person, number in ((ada, 3), (ben, 3), (lab, 2)):
        wait_until(lambda: len(person.of_kind("file_taken_back")) == number)  # noqa: B023
    told = {event["id"]: event["by_host"] for event in ben.of_kind("file_taken_back")}
    assert told == {ids[0]: False, ids[1]: True, ids[2]: False}
    assert keys_of(ben, "file_taken_back") == {"id", "by_host"}
    ben.type("/files")
    assert not {one["id"] for one in ben.wait_for("files")["files"]} & set(ids)
    ada.type("/drop")
    assert ada.wait_for("error")["code"] == "missing"
    ada.type(f"/drop {ids[0]}")
    wait_until(lambda: ada.of_kind("error")[-1]["code"] == "no_such_file")


def test_the_end_of_input_waits_for_files(lab: Person, stage: Stage, tmp_path: Path) -> None:
    plan, out = tmp_path / "plan.bin", tmp_path / "out"
    plan.write_bytes(os.urandom(3_000_000))
    out.mkdir()
    ada = stage.client("Ada", invite(lab))
    ada.type(f"/file {plan}")
    ada.end_of_input()
    assert ada.finish(60) == 0
    ben = stage.client("Ben", invite(lab))
    file_id = lab.wait_for("file_offered", since=_index_of(lab, plan.name))["id"]
    ben.wait_for("file_offered", since=0)
    ben.type(f"/get {file_id} {out}")
    ben.end_of_input()
    assert ben.finish(60) == 0
    assert (out / "plan.bin").read_bytes() == plan.read_bytes()


def _index_of(person: Person, name: str) -> int:
    """Of the event that offers a file of this name."""

    def places() -> list[int]:
        return [
            index
            for index, event in enumerate(list(person.events))
            if event["event"] == "file_offered" and event["name"] == name
        ]

    wait_until(places, WAIT_S)
    return places()[0]


# --- Trust, entry, reach: how it ends -----------------------------------------------------------


def test_an_unknown_server_is_refused_until_accepted(lab: Person, stage: Stage) -> None:
    """It shows the fingerprint and exits 3, unless `--accept-new` or an invite vouches."""
    ada = stage.client("Ada", address(lab))
    assert ada.finish() == 3
    error = ada.wait_for("error")
    assert error["code"] == "unknown_server"
    assert str(lab.of_kind("listening")[0]["fingerprint"]) in str(error["message"])
    assert not ada.of_kind("connected") and ada.of_kind("closed")
    accepting = stage.client("Ada", address(lab), "--accept-new")
    assert accepting.wait_for("connected", WAIT_S)["first_contact"] is True
    accepting.end_of_input()
    assert accepting.finish() == 0
    accepting._arguments.remove("--accept-new")
    accepting.start()
    wait_until(lambda: len(accepting.of_kind("connected")) == 2, WAIT_S, "known now")
    assert accepting.of_kind("connected")[1]["first_contact"] is False
    accepting.end_of_input()
    assert accepting.finish() == 0


@pytest.mark.parametrize("how", ["plain", "--accept-new", "invite"])
def test_a_changed_key_is_always_exit_3(lab: Person, stage: Stage, how: str) -> None:
    """A changed key is always exit 3."""
    ada = stage.person("Ada", "client", invite(lab) if how == "invite" else address(lab), "--nick", "Ada")
    if how == "--accept-new":
        ada._arguments.append(how)
    put_member_key(ada.data_dir, "Ada", pem("member_ada"))
    other = key("server_identity_2").public.fingerprint
    known_servers(ada.data_dir).accept(other, address(lab), "Lab", 1)
    ada.start()
    assert ada.finish() == 3
    assert ada.wait_for("error")["code"] == "key_changed"


def test_an_invite_to_another_server_is_exit_3(lab: Person, stage: Stage) -> None:
    wrong = invite(lab).partition("#")[0] + "#" + "0" * 32
    ada = stage.client("Ada", wrong)
    assert ada.finish() == 3 and ada.wait_for("error")["code"] == "invite_mismatch"


def test_a_name_that_is_taken_is_exit_4(lab: Person, stage: Stage) -> None:
    """Refused by the server: name taken, full, kicked."""
    chen = stage.client("Chen", invite(lab))
    chen.wait_for("connected", WAIT_S)
    other = stage.client("chen", invite(lab), key_name="member_dora")
    assert other.finish() == 4
    assert other.wait_for("error")["code"] == "name_taken"
    assert other.wait_for("disconnected")["reason"] == "name_taken"


def test_kicked_is_exit_4_and_the_door_stays_shut_a_while(stage: Stage) -> None:
    """A kick refuses the key for 60 s."""
    server = stage.server()
    server.wait_for("listening", WAIT_S)
    ada = stage.client("Ada", invite(server))
    ada.wait_for("connected", WAIT_S)
    server.type("/kick Nobody")
    assert server.wait_for("error")["code"] == "no_such_member"
    server.type("/kick ada too loud")
    assert ada.finish() == 4
    assert ada.wait_for("error")["code"] == "kicked" and "too loud" in str(ada.wait_for("error")["message"])
    assert ada.wait_for("disconnected")["reason"] == "kicked"
    assert server.wait_for("member_left")["reason"] == "kicked"
    ada.start()
    assert ada.finish() == 4
    server.end_of_input()
    assert server.finish() == 4, "one of its lines was refused: there was no Nobody"


def test_nobody_there_is_exit_5(stage: Stage) -> None:
    """When the first connect fails; later losses are retried."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    ada = stage.client("Ada", f"127.0.0.1:{port}", "--accept-new")
    assert ada.finish() == 5 and ada.wait_for("error")["code"] == "unreachable"


@pytest.mark.parametrize("target", ["no address", "127.0.0.1:0", "localchat://x"])
def test_what_is_no_address_is_exit_2(stage: Stage, target: str) -> None:
    ada = stage.client("Ada", target)
    assert ada.finish() == 2
    assert ada.wait_for("error")["code"] in ("bad_address", "bad_port", "bad_invite")


def test_a_room_is_named_more_freely_than_a_member(stage: Stage) -> None:
    server = stage.server(room="Class 7b (Mr. Smith)")
    assert server.wait_for("listening", WAIT_S)["room"] == "Class 7b (Mr. Smith)"
    ada = stage.client("Ada", invite(server))
    assert ada.wait_for("connected", WAIT_S)["room"] == "Class 7b (Mr. Smith)"
    for person in (ada, server):
        person.type("/quit")
        assert person.finish() == 0


def test_a_port_in_use_is_exit_2(stage: Stage, lab: Person) -> None:
    """One sentence with the way out."""
    second = stage.server(room="Second", port=int(lab.of_kind("listening")[0]["port"]))
    assert second.finish() == 2
    assert second.wait_for("error")["code"] == "port_in_use" and second.of_kind("stopped")


# --- Input, and its end -------------------------------------------------------------------------


def test_at_the_end_of_input_all_that_was_sent_is_acknowledged(lab: Person, stage: Stage) -> None:
    """End of input: quit once everything sent is acknowledged; also before the connection."""
    before = len(texts(lab))
    dora = stage.client("Dora", invite(lab))
    lines = [f"line {number}" for number in range(40)]
    for line in lines:
        dora.type(line)
    dora.type("")
    dora.end_of_input()
    assert dora.finish(60) == 0
    assert texts(dora)[-40:] == lines, "32 may be under way; the rest waited for them"
    wait_until(lambda: texts(lab)[before:] == lines, WAIT_S, "in the log, once, in order")


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent them there")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_end_in_order(stage: Stage, name: str) -> None:
    """A Close record goes first, so nobody is told of a loss; then the process ends by itself."""
    number = getattr(signal, name)
    server = stage.server()
    server.wait_for("listening", WAIT_S)
    ada = stage.client("Ada", invite(server))
    ada.wait_for("connected", WAIT_S)
    ada.signal(number)
    assert ada.finish() == 0
    assert server.wait_for("member_left")["reason"] == "left"
    server.signal(number)
    assert server.finish() == 0
    assert ada.of_kind("closed") and server.of_kind("stopped")


def test_a_server_that_dies_and_returns_loses_and_doubles_nothing(stage: Stage) -> None:
    """Kill the server under two typing clients, start it again, and both show the same room."""
    server = stage.server()
    port = int(server.wait_for("listening", WAIT_S)["port"])
    server._arguments[server._arguments.index("--port") + 1] = str(port)
    clients = [stage.client(nick, invite(server)) for nick in ("Ada", "Ben")]
    for client in clients:
        client.wait_for("connected", WAIT_S)
    typed = []
    for turn in range(3):
        for client in clients:
            for number in range(4):
                typed.append(f"{client.name} {turn}.{number}")
                client.type(typed[-1])
        if turn < 2:
            server.kill()
            server.start()
    for client in clients:
        wait_until(lambda client=client: len(texts(client)) >= len(typed), 60, f"{client.name} has all")  # type: ignore[misc]
        client.end_of_input()
    rows = [[(event["seq"], event["text"]) for event in client.of_kind("said")] for client in clients]
    assert rows[0] == rows[1]
    assert sorted(text for _, text in rows[0]) == sorted(typed)
    assert [seq for seq, _ in rows[0]] == list(range(1, len(typed) + 1))
    for client in clients:
        mine = [text for _, text in rows[0] if str(text).startswith(client.name)]
        assert mine == [text for text in typed if text.startswith(client.name)]
        assert client.finish() == 0 and client.of_kind("disconnected")


def test_a_client_that_dies_sends_what_it_had_taken(stage: Stage) -> None:
    """An outbox on disk; the server is away meanwhile, so nothing can have been sent."""
    server = stage.server()
    port = int(server.wait_for("listening", WAIT_S)["port"])
    server._arguments[server._arguments.index("--port") + 1] = str(port)
    ada = stage.client("Ada", invite(server))
    ada.wait_for("connected", WAIT_S)
    server.kill()
    ada.wait_for("disconnected")
    ada.type("typed before the crash")
    [store] = ada.data_dir.rglob("history.db")
    wal = store.with_name("history.db-wal")
    wait_until(lambda: b"typed before the crash" in wal.read_bytes() + store.read_bytes(), WAIT_S, "on disk")
    ada.kill()
    server.start()
    wait_until(lambda: len(server.of_kind("listening")) == 2, WAIT_S, "the server is back")
    ada.start()
    wait_until(lambda: texts(server) == ["typed before the crash"], WAIT_S, "it arrives, once")
    ada.end_of_input()
    assert ada.finish() == 0 and texts(ada) == ["typed before the crash"]


class Deaf:
    """Stands in for an engine: takes commands, tells what the test tells it to."""

    def __init__(self, inbox: headless.Inbox) -> None:
        self.inbox = inbox
        self.commands: list[Command] = []
        self.events_taken = 0
        self.at_stop: tuple[Event, ...] = ()

    def taken(self) -> None:
        self.events_taken += 1

    def submit(self, command: Command) -> None:
        self.commands.append(command)
        if isinstance(command, Stop):
            for event in (*self.at_stop, Stopped()):
                self.inbox.put(event)

    def join(self, timeout_s: float) -> bool:
        return True


def run_deaf(
    *items: Event | Line | InputEnd | Interrupt,
    role: Role = "client",
    typed: bool = False,
    at_stop: tuple[Event, ...] = (),
) -> tuple[int, list[Command]]:
    """A client or server that hears these, in this order; its exit code, and what it asked for."""
    inbox: headless.Inbox = queue.SimpleQueue()
    deaf = Deaf(inbox)
    deaf.at_stop = at_stop
    for item in items:
        inbox.put(item)
    code = Runner(role, True, inbox, typed).run(cast(Engine, deaf))
    return code, deaf.commands


IN = Connected("Lab", Member(b"A" * 32, "Ada"), b"H" * 32, b"F" * 32, False, (Member(b"A" * 32, "Ada"),), 0)
LOST = Disconnected(ServerGone(), 3.0)
OPEN = Listening("127.0.0.1", 5050, "Lab", Member(b"H" * 32, "Host"), b"F" * 32, "invite", (), True, ())
FULL = Failed(StorageFull(why="no space"))
NOT_KEPT = Refused(1, "kept", "not_kept", "This was not stored.", None)


def test_the_end_of_input_waits_for_a_file_that_is_taken_back() -> None:
    file = SharedFile("ab" * 16, "plan.pdf", 5)
    mine = Chat(1, b"A" * 32, "Ada", "", 5, True, None, file)
    for last, code in ((FileTakenBack(file.id, False), 0), (_refused_file(file), headless.REFUSED_LINES)):
        ended, commands = run_deaf(IN, mine, Line(f"/drop {file.id[:4]}"), InputEnd(), last)
        assert TakeBackFile(file.id) in commands and ended == code
        assert commands.index(Stop()) > commands.index(TakeBackFile(file.id))


def _refused_file(file: SharedFile) -> FileRefused:
    return FileRefused(file.id, file.name, True, "gone", "It is gone.")


def test_files_of_an_earlier_run_can_be_saved() -> None:
    """Those of the room, and those that were whispered to us; not those that we have whispered."""
    ada = Member(b"A" * 32, "Ada")
    files = [SharedFile(f"{number:08x}" * 4, "plan.pdf", 5) for number in range(3)]
    old = HistoryOpened(
        "Lab",
        (Chat(1, ada.id, "Ada", "", 5, False, None, files[0]),),
        (OldWhisper(False, ada, "", 6, files[1]), OldWhisper(True, ada, "", 7, files[2])),
    )
    asked = [Line(f"/get {file.id}") for file in files]
    got = [FileReceived(file.id, Path("plan.pdf"), bytes(32)) for file in files]
    code, commands = run_deaf(old, IN, *asked, *got, Line("/quit"))
    assert [one.id for one in commands if isinstance(one, GetFile)] == [files[0].id, files[1].id]
    assert code == headless.REFUSED_LINES


@pytest.mark.parametrize("role", ["client", "server"])
def test_a_path_in_a_home_that_nobody_has_ends_nothing(role: Role) -> None:
    """It is the engine's to find that nothing is there."""
    file = SharedFile("ab" * 16, "plan.pdf", 5)
    shared = Chat(1, b"A" * 32, "Ada", "", 5, False, None, file)
    lines = Line("/file ~nobody-here/plan.pdf"), Line(f"/get {file.id} ~nobody-here")
    begin = OPEN if role == "server" else IN
    code, commands = run_deaf(begin, shared, *lines, Line("said"), Interrupt(), role=role)
    assert code == 0
    assert [one.path for one in commands if isinstance(one, SendFile)] == [Path("~nobody-here/plan.pdf")]
    assert [one.folder for one in commands if isinstance(one, GetFile)] == [Path("~nobody-here")]
    assert any(isinstance(one, Say) for one in commands)


def test_after_the_end_of_input_a_lost_server_is_waited_for_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A loss is retried, and after the end of input for 30 s at most, then exit 5."""
    assert limits.RETRY_AFTER_INPUT_END_S == 30
    monkeypatch.setattr(limits, "RETRY_AFTER_INPUT_END_S", 0.3)
    began = time.monotonic()
    code, commands = run_deaf(IN, LOST, Line("kept"), InputEnd())
    assert code == 5 and commands == [Say(1, "kept"), Stop()]
    assert time.monotonic() - began >= 0.3
    code, commands = run_deaf(IN, Line("kept"), InputEnd(), LOST)
    assert code == 5
    monkeypatch.setattr(limits, "RETRY_AFTER_INPUT_END_S", 24 * 3600.0)
    assert run_deaf(IN, LOST, InputEnd()) == (0, [Stop()]), "all was acknowledged: nothing to wait for"


def test_after_the_end_of_input_no_role_waits_for_a_full_disk_for_ever(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The host's own, and the server's, which a member that is connected waits for: one rule for all."""
    monkeypatch.setattr(limits, "RETRY_AFTER_INPUT_END_S", 0.3)
    waits = Pending(1, "kept", 5, None)
    code, commands = run_deaf(
        OPEN, Line("kept"), FULL, waits, InputEnd(), role="server", at_stop=(NOT_KEPT,)
    )
    assert code == 4 and commands == [Say(1, "kept"), Stop()]
    assert '"code": "not_kept"' in capsys.readouterr().out
    code, commands = run_deaf(IN, Line("kept"), waits, Notice("later", "sent again"), InputEnd())
    assert code == 5 and commands == [Say(1, "kept"), Stop()]
    assert '"code": "not_acknowledged"' in capsys.readouterr().out
    # Until then it is waited for; and what is stored after all is no failure.
    monkeypatch.setattr(limits, "RETRY_AFTER_INPUT_END_S", 24 * 3600.0)
    stored = Chat(1, b"H" * 32, "Host", "kept", 5, True, 1)
    assert run_deaf(OPEN, Line("kept"), FULL, waits, InputEnd(), stored, role="server")[0] == 0


def test_each_acknowledgement_gives_the_rest_as_long_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room takes a long pipe at its own pace."""
    monkeypatch.setattr(limits, "RETRY_AFTER_INPUT_END_S", 24 * 3600.0)
    runner = Runner("server", True, queue.SimpleQueue())
    runner._on_event(OPEN)
    for line in ("one", "two"):
        runner._obey(line)
    runner._end_input()
    assert runner._give_up_s is not None
    runner._give_up_s = 0.0
    runner._on_event(Chat(1, b"H" * 32, "Host", "one", 5, True, 1))
    assert runner._give_up_s > time.monotonic()


def test_a_piped_room_on_a_full_disk_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RETRY_AFTER_INPUT_END_S", 0.3)
    put_server_keys(tmp_path, "Lab")
    inbox: headless.Inbox = queue.SimpleQueue()
    is_full: list[Event] = []
    commit = Database.commit

    def faulty(database: Database) -> None:
        if is_full:
            error = sqlite3.OperationalError("as a test wants it")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        commit(database)

    def put(event: Event) -> None:
        if isinstance(event, Listening):
            is_full.append(event)
        inbox.put(event)

    monkeypatch.setattr(Database, "commit", faulty)
    for item in (Line("one"), Line("two"), InputEnd()):
        inbox.put(item)
    running = start_server(ServerConfig(tmp_path, "Lab", "Host", port=0), put)
    assert Runner("server", True, inbox).run(running) == 4


def test_a_signal_while_lines_wait_for_the_disk_is_no_success() -> None:
    waits = Pending(1, "kept", 5, None)
    items = (OPEN, Line("kept"), FULL, waits, Interrupt())
    assert run_deaf(*items, role="server", at_stop=(NOT_KEPT,))[0] == 4
    assert run_deaf(OPEN, Interrupt(), role="server")[0] == 0


@pytest.mark.parametrize("error", [HandshakeFailed(), ServerGone()])
def test_a_server_that_sends_everybody_away_is_given_a_moment(
    error: LocalChatError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """PROTOCOL §3.5: a busy server sends the Alert as well; and still it is 5, "cannot reach the server"."""
    monkeypatch.setattr(limits, "DOOR_S", 0.3)
    away = Disconnected(error, 0.1)
    assert run_deaf(away, away, IN, LOST, Line("/quit"))[0] == 0, "let in the third time"
    began = time.monotonic()
    assert run_deaf(away, away)[0] == 5
    assert time.monotonic() - began >= 0.3
    assert capsys.readouterr().out.count(f'"event": "error", "code": "{error.code}"') == 1
    assert run_deaf(away, away)[0] == 5
    assert capsys.readouterr().out.count(f"{headless.NOT_AGAIN}\"") == 1, "it says that it gives up"
    # Nobody there, or no way back: nothing to wait for. A runner that waited would not be back today.
    monkeypatch.setattr(limits, "DOOR_S", 24 * 3600.0)
    assert run_deaf(away, Disconnected(CannotReach(address="x", why="y"), 1.0))[0] == 5
    assert run_deaf(Disconnected(error, None))[0] == 5


def test_who_gives_up_does_not_say_when_it_tries_again(capsys: pytest.CaptureFixture[str]) -> None:
    """A window would come back by itself; this says that it does not, and that once."""
    nobody = CannotReach(address="h:1", why="nobody listens there.")
    inbox: headless.Inbox = queue.SimpleQueue()
    inbox.put(Disconnected(nobody, 0.3))
    assert Runner("client", False, inbox).run(cast(Engine, Deaf(inbox))) == 5
    assert capsys.readouterr().out == f"* {nobody} {headless.NOT_AGAIN}\n"
    inbox.put(Disconnected(BannedError(because=""), None))
    assert Runner("client", False, inbox).run(cast(Engine, Deaf(inbox))) == 4
    assert headless.NOT_AGAIN not in capsys.readouterr().out, "no window comes back then, either"


def test_quitting_does_not_wait_for_a_lost_server() -> None:
    assert run_deaf(IN, LOST, Line("kept"), Line("/quit"))[0] == 0


def test_what_stands_behind_quit_is_not_said() -> None:
    """`/quit` ends, so in a pipe the rest is not for the room."""
    code, commands = run_deaf(Line("/quit"), Line("after"), IN)
    assert code == 0 and not any(isinstance(command, Say) for command in commands)


def test_what_last_time_left_unsent_counts_as_sent() -> None:
    """Drafts of the run before have negative numbers; the end waits for them, too."""
    mine = Chat(1, b"A" * 32, "Ada", "old", 5, True, -4)
    assert run_deaf(Pending(-4, "old", 5, None), IN, InputEnd(), mine) == (0, [Stop()])


def test_a_defect_is_exit_1(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_deaf(IN, Crashed("Traceback: it broke\n"), Stopped())[0] == 1
    shown = capfd.readouterr()
    assert "it broke" in shown.err and '"crash"' in shown.out


def test_an_event_is_taken_when_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """An output that nobody reads holds the network up: what waits to be printed is not taken."""
    inbox: headless.Inbox = queue.SimpleQueue()
    deaf = Deaf(inbox)
    for event in (IN, LOST, IN, Stopped()):
        inbox.put(event)
    assert Runner("client", True, inbox).run(cast(Engine, deaf)) == 1
    assert deaf.events_taken == 4


def test_a_full_disk_is_no_end_but_what_it_refused_is_the_exit_code() -> None:
    """errors.StorageFull: "Nothing more is accepted until there is room": the text comes back as refused."""
    full = StorageFull(why="no space")
    refused = Refused(1, "text", "not_kept", str(full), None)
    more = Chat(1, b"A" * 32, "Ada", "more", 5, True, 2)
    code, commands = run_deaf(IN, Line("text"), Failed(full), refused, Line("more"), more, InputEnd())
    assert code == 4 and commands == [Say(1, "text"), Discard(1), Say(2, "more"), Stop()]


def test_what_was_refused_is_told_once_and_is_no_line_of_the_next_run() -> None:
    """A client keeps refused words until they are discarded: that must not fail each later run of one."""
    old = Refused(-3, "of last time", "muted", "Quiet.", None)
    assert run_deaf(old, IN, InputEnd()) == (0, [Discard(-3), Stop()])
    # But what last time left unsent, and is refused now, was given to us.
    waits = Pending(-3, "of last time", 5, None)
    assert run_deaf(waits, IN, InputEnd(), old) == (4, [Discard(-3), Stop()])


HOST_ID = b"H" * 32
ADA = Member(b"A" * 32, "Ada")
EVE = Member(b"E" * 32, "Eve")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/kick Ada loud", Kick(ADA.id, "loud")),
        ("/ban Ada", Ban(ADA.id, "", False)),
        ("/banaddress Ada", Ban(ADA.id, "", True)),
        ("/unban Eve", Unban(EVE.id)),
        ("/readonly on", SetRoom(read_only=True)),
        ("/readonly off", SetRoom(read_only=False)),
        ("/slow 30", SetRoom(slow_s=30)),
        ("/closed on", SetRoom(known_only=True)),
        ("/hidden on", SetAnswering(False)),
        ("/free Tom", ReleaseName("Tom")),
        ("/compared Ada", MarkCompared(ADA.id, True)),
        ("/reach network", SetReach("0.0.0.0")),
    ],
)
def test_what_the_host_may_do_in_its_window_it_may_do_here(line: str, command: Command) -> None:
    code, commands = run_deaf(OPEN, MemberJoined(ADA), Banned((EVE,)), Line(line), InputEnd(), role="server")
    assert (code, commands) == (0, [command, Stop()])


def told(*items: Event | Line, role: Role, capsys: pytest.CaptureFixture[str], as_json: bool) -> list[str]:
    """What a run prints of these, the beginning and the end left out."""
    inbox: headless.Inbox = queue.SimpleQueue()
    begin: Event = OPEN if role == "server" else IN
    for item in (begin, *items, InputEnd()):
        inbox.put(item)
    Runner(role, as_json, inbox, typed=True).run(cast(Engine, Deaf(inbox)))
    lines = capsys.readouterr().out.splitlines()
    return lines[3 if role == "server" and not as_json else 1 :][: -1 if as_json else None]


def test_a_change_of_the_rules_is_told_in_both_roles(capsys: pytest.CaptureFixture[str]) -> None:
    """And only what has changed; a window says the same."""
    usual, slow = RoomChanged(False, False, 0, True), RoomChanged(False, False, 30, True)
    lines = told(usual, slow, slow, usual, role="client", capsys=capsys, as_json=False)
    assert lines == ["* Slow mode is on: one message every 30 s from each member.", "* Slow mode is off."]
    lines = told(RoomChanged(True, True, 0, True), role="client", capsys=capsys, as_json=False)
    assert lines == [
        "* The room is read-only now: only the host can write.", "* The host has muted you."
    ]  # fmt: skip
    lines = told(RoomChanged(True, False, 0, True), role="server", capsys=capsys, as_json=False)
    assert lines == ["* The room is read-only now: only you can write."]


def test_how_the_room_stands(capsys: pytest.CaptureFixture[str]) -> None:
    items = (
        MemberJoined(ADA), Answering(True, 5050), Banned((EVE,)), RoomChanged(False, False, 30, True, True),
        Line("/mute Ada"), Line("/rules"),
    )  # fmt: skip
    lines = told(*items, role="server", capsys=capsys, as_json=False)
    assert "* You muted \u201cAda\u201d. \u201cAda\u201d can still read." in lines
    assert lines[-7:] == [
        "* Everyone can write.",
        "* Slow mode is on: one message every 30 s from each member.",
        "* The room is closed to new members: only those who have been here before can come in.",
        "* What is said is kept for those who come later.",
        "* Banned: \u201cEve\u201d.",
        "* Muted: \u201cAda\u201d.",
        "* Who looks for rooms finds this one, with its name and the number of members.",
    ]
    found = [json.loads(line) for line in told(*items, role="server", capsys=capsys, as_json=True)][-4:]
    assert [one["event"] for one in found] == ["rules", "banned", "muted", "answering"]
    assert found[0]["slow_s"] == 30 and found[1]["members"] == ["Eve"] and found[2]["members"] == ["Ada"]
    assert set(found[2]) == {"event", "members", "member_ids"}


def test_a_key_can_be_compared(capsys: pytest.CaptureFixture[str]) -> None:
    items = (MemberJoined(ADA), Line("/key Ada"), ComparedMembers(frozenset({ADA.id})), Line("/key Ada"))
    first, second, third = told(*items, role="server", capsys=capsys, as_json=False)[1:]
    assert fingerprint_text(ADA.id) in first and "/compared" in first
    assert second == "* You have compared fingerprints with \u201cAda\u201d."
    assert "You have compared it." in third
    found = json.loads(told(*items, role="server", capsys=capsys, as_json=True)[-1])
    assert found == {
        "event": "key", "nick": "Ada", "member_id": fingerprint_text(ADA.id), "compared": True
    }  # fmt: skip


def test_a_file_on_its_way_is_given_up_by_the_beginning_of_its_id() -> None:
    file = SharedFile("abcdef01" * 4, "plan.pdf", 5)
    queued = FileQueued(1, file, None)
    gone = FileRefused(file.id, "plan.pdf", True, "cancelled", "Nothing of it is left.", 1)
    items = (Line("/file plan.pdf"), queued, Line("/cancel abc"), gone, Line("/cancel abc"), InputEnd())
    code, commands = run_deaf(OPEN, *items, role="server")
    assert [one for one in commands if isinstance(one, CancelFile)] == [CancelFile(file.id)]
    assert code == 4


@pytest.mark.parametrize("line", ["/whisper Nobody psst", "/dance"])
def test_a_line_that_could_not_be_done_is_a_pipes_exit_code(line: str) -> None:
    """A script learns of it; a person at a terminal has read it."""
    assert run_deaf(IN, Line(line), InputEnd())[0] == 4
    assert run_deaf(IN, Line(line), InputEnd(), typed=True)[0] == 0


def test_an_end_that_nobody_asked_for_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    """The network thread has gone without a word: that is a defect, and said to be one."""
    assert run_deaf(IN, Stopped())[0] == 1
    assert '"code": "crash"' in capsys.readouterr().out
    assert run_deaf(Failed(DiskFull(why="no space")), Stopped())[0] == 2


def test_a_server_that_says_goodbye_is_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    """PROTOCOL §5.3, `shutdown`; and it is waited for like one that was lost."""
    error = error_of_close(CloseCode.SHUTDOWN, "", "Ada")
    assert isinstance(error, ServerGone)
    assert run_deaf(IN, Disconnected(error, 3.0), Line("/quit"))[0] == 0
    assert '{"event": "disconnected", "reason": "shutdown"}' in capsys.readouterr().out


# --- Terminals and pipes ------------------------------------------------------------------------


def run(arguments: list[str], folder: Path, **more: Any) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        str(ROOT / "localchat.py"),
        *arguments,
        "--headless",
        "--data-dir",
        str(folder),
    ]
    return subprocess.Popen(command, **{"stdout": subprocess.PIPE, **more})


def test_readable_lines_are_clean(lab: Person, stage: Stage, tmp_path: Path) -> None:
    """Cleaned again at each sink, so at the terminal; no text can imitate a line of ours."""
    folder = tmp_path / "readable"
    folder.mkdir()
    put_member_key(folder, "Ben", pem("member_ben"))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    with run(["client", invite(lab), "--nick", "Ben"], folder, stdin=subprocess.PIPE, env=environment) as ben:
        assert ben.stdout is not None and ben.stdin is not None
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        stdout = ben.stdout
        reader = threading.Thread(target=lambda: deque(map(lines.put, stdout), maxlen=0))
        reader.start()
        while not lines.get(timeout=WAIT_S).startswith(b"* You are in"):
            pass
        lab.type("a \u202eright-to-left\u2066 trick \u4f60")
        shown = lines.get(timeout=WAIT_S)
        assert shown.strip().endswith(b"Host: a right-to-left trick \\u4f60")
        ben.stdin.close()
        assert ben.wait(20) == 0
        reader.join(20)


def test_pipes_are_utf_8_whatever_the_locale(lab: Person, tmp_path: Path) -> None:
    """Both ways; also a name on the command line, where Python has kept the bytes aside."""
    put_member_key(tmp_path, "Zo\u00eb", pem("member_chen"))
    environment = {**os.environ, "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment.pop("PYTHONIOENCODING", None)
    ben = run(["client", invite(lab), "--nick", "Zo\u00eb"], tmp_path, stdin=subprocess.PIPE, env=environment)
    output, _ = ben.communicate("gr\u00fc\u00dfe\n".encode(), timeout=60)
    assert ben.returncode == 0
    assert "Zo\u00eb: gr\u00fc\u00dfe" in output.decode()


def test_a_closed_output_ends_quietly(lab: Person, tmp_path: Path) -> None:
    """`localchat.py client ... | head -1` is no error."""
    folder = tmp_path / "pipe"
    folder.mkdir()
    put_member_key(folder, "Chen", pem("member_chen"))
    arguments = ["client", invite(lab), "--nick", "Chen", "--json"]
    with run(arguments, folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as chen:
        assert chen.stdout is not None and chen.stdin is not None and chen.stderr is not None
        while b'"connected"' not in chen.stdout.readline():
            pass
        chen.stdout.close()
        chen.stdin.write(b"hello\n")
        chen.stdin.flush()
        assert chen.wait(20) == 0
        assert chen.stderr.read() == b""


def test_a_server_in_the_background_has_no_input_that_could_end(tmp_path: Path) -> None:
    """The null device is no input; a signal ends it."""
    put_server_keys(tmp_path, "Lab")
    arguments = ["server", "--room", "Lab", "--port", "0", "--json"]
    with run(arguments, tmp_path, stdin=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        assert b"listening" in server.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            server.wait(1)
        server.terminate()
        # On Windows that is no signal, but the end at once.
        assert server.wait(10) == 0 or sys.platform == "win32"


@pytest.mark.skipif(sys.platform == "win32", reason="its shell closes no output")
def test_a_program_without_output_goes_on(tmp_path: Path) -> None:
    """Closed from the beginning (`>&-`, pythonw) is another thing than a reader who has gone."""
    put_server_keys(tmp_path, "Lab")
    command = [sys.executable, "localchat.py", "server", "--headless", "--room", "Lab", "--port", "0",
               "--data-dir", str(tmp_path)]  # fmt: skip
    shell = subprocess.run(
        ["sh", "-c", '"$@" >&- 2>&-', "sh", *command], cwd=ROOT, input=b"heard by nobody\n", timeout=60
    )
    assert shell.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_an_output_that_cannot_be_written_is_a_reason(tmp_path: Path) -> None:
    """Of a full disk under `> file` nobody would learn else."""
    put_server_keys(tmp_path, "Lab")
    with open("/dev/full", "wb") as full:
        server = run(["server", "--room", "Lab", "--port", "0"], tmp_path, stdin=subprocess.PIPE, stdout=full,
                     stderr=subprocess.PIPE)  # fmt: skip
    _, errors = server.communicate(timeout=60)
    assert server.returncode == 2
    assert errors.decode().splitlines() == ["The output cannot be written (No space left on device)."]


# --- Reading input ------------------------------------------------------------------------------


def read_all(data: bytes, slots: int = 1_000, piece: int = 1 << 16) -> list[Line | InputEnd]:
    found: list[Line | InputEnd] = []
    stream = io.BytesIO(data)
    read_lines(lambda size: stream.read(min(size, piece)), threading.Semaphore(slots), found.append)
    return found


@pytest.mark.parametrize("piece", [1, 2, 7, 1 << 16])
def test_lines_of_any_shape(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: "utf-8")
    data = "\ufeffone\r\ntwo\n\nfour \u00e9\nlast".encode() + b"\xff"
    assert read_all(data, piece=piece) == [
        Line("one"), Line("two"), Line(""), Line("four \u00e9"), Line("last\ufffd"), InputEnd()
    ]  # fmt: skip


def test_a_line_without_an_end_is_cut_and_the_next_is_read() -> None:
    """Too long whatever follows: the beginning is posted, and refused."""
    first, second, end = read_all(b"x" * 300_000 + b"\nnext\n", piece=10_000)
    assert isinstance(first, Line) and limits.MAX_TEXT_CHARS < len(first.text) < 100_000
    assert second == Line("next") and end == InputEnd()


def test_what_is_no_utf_8_is_read_as_the_system_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Old programs of Windows still write cp1252; new ones, and all others, UTF-8."""
    monkeypatch.setattr("locale.getencoding", lambda: "cp1252")
    assert read_all(b"gr\xfc\xdfe\n" + "gr\u00fc\u00dfe\n".encode())[:2] == [Line("gr\u00fc\u00dfe")] * 2


def test_an_input_that_breaks_is_an_end() -> None:
    """A terminal that was closed; on Windows a pipe whose writer has gone."""
    found: list[Line | InputEnd] = []

    def read(size: int) -> bytes:
        raise OSError(5, "Input/output error")

    read_lines(read, threading.Semaphore(9), found.append)
    assert found == [InputEnd()]


def test_input_is_not_read_ahead_of_the_room() -> None:
    """A million-line file must not fill the memory: 32 lines in flight, then the reader waits."""
    found: list[Line | InputEnd] = []
    slots = threading.Semaphore(limits.MAX_UNACKNOWLEDGED)
    reads: list[int] = []

    def read(size: int) -> bytes:
        reads.append(size)
        return b"line\n" if len(reads) <= 100 else b""

    reader = threading.Thread(target=read_lines, args=(read, slots, found.append), daemon=True)
    reader.start()
    wait_until(lambda: len(reads) == limits.MAX_UNACKNOWLEDGED + 1, WAIT_S, "the reader waits")
    reader.join(0.1)
    assert len(found) == limits.MAX_UNACKNOWLEDGED and reader.is_alive()
    for _ in range(100):
        slots.release()
    reader.join(10)
    assert not reader.is_alive() and len(found) == 101
