"""The real client and a stranger's server: an honest room, and each lie that a server can tell."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from netcore.engine import (
    Chat,
    ClientConfig,
    Connected,
    Crashed,
    Disconnected,
    Engine,
    Event,
    FileReceived,
    GetFile,
    MemberJoined,
    MemberLeft,
    RetryNow,
    Say,
    Stop,
    Stopped,
    WhisperReceived,
    start_client,
)
from netcore.errors import OtherVersion
from tests.keys import pem
from tests.keys.put import put_member_key
from tests.stranger import keys, server_faults, server_hello_faults, wire
from tests.stranger.client import StrangerClient
from tests.stranger.processes import Program
from tests.stranger.server import StrangerServer
from tests.waiting import WAIT_S

E = TypeVar("E", bound=Event)
HISTORY = 5


def invite(server: StrangerServer) -> str:
    """§11.3."""
    return (
        f"localchat://127.0.0.1:{server.port}/#{keys.fingerprint(keys.modulus(server.identity))[:16].hex()}"
    )


class Member:
    """The real client on its own thread, and all that it tells."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.told: list[Event] = []

    def wait(self, kind: type[E], **fields: object) -> E:
        """The next event of this kind with these fields. Retries at once whenever the client would wait."""
        while True:
            try:
                event = self.engine.events.get(timeout=WAIT_S)
            except queue.Empty:
                raise AssertionError(f"no {kind.__name__} {fields}; told {self.told}") from None
            self.told.append(event)
            assert not isinstance(event, Crashed), event.traceback
            if isinstance(event, Disconnected) and event.retry_in_s is not None:
                self.engine.submit(RetryNow())
            if isinstance(event, kind) and all(getattr(event, key) == value for key, value in fields.items()):
                return event
            assert not isinstance(event, Stopped), self.told

    def of(self, kind: type[E]) -> list[E]:
        """What it told of this kind so far."""
        return [event for event in self.told if isinstance(event, kind)]


def put_key(data_dir: Path) -> Path:
    """Spares the client the making of its key."""
    put_member_key(data_dir, "Ada", pem("member_ada"))
    return data_dir


@contextmanager
def member(data_dir: Path, target: str, accept_new: bool = False) -> Iterator[Member]:
    """The real client with the key of member_ada; it must end in order."""
    put_key(data_dir)
    made = Member(start_client(ClientConfig(data_dir, "Ada", target, accept_new)))
    try:
        yield made
    finally:
        made.engine.submit(Stop())
        made.wait(Stopped)
        assert made.engine.join(WAIT_S)


def check_recovery(server: StrangerServer, client: Member) -> None:
    """The client is in the room; what is said now is shown, everything once and nothing false."""
    server.say("true")
    client.wait(Chat, text="true")
    shown = client.of(Chat)
    assert [chat.seq for chat in shown] == list(range(1, HISTORY + 2))
    assert [chat.text for chat in shown] == [*(f"history {n + 1}" for n in range(HISTORY)), "true"]
    assert "FALSE" not in str(client.told)
    assert not client.of(MemberJoined) + client.of(MemberLeft)


# --- Honest --------------------------------------------------------------------------------------


def test_the_program_in_a_strangers_room(tmp_path: Path) -> None:
    """A conversation of the headless client: history, say, whisper, another member, and its goodbye."""
    server = StrangerServer(history=250)
    with Program(
        "client", f"127.0.0.1:{server.port}", "--nick", "Ada", "--accept-new", data_dir=tmp_path
    ) as ada:
        told = ada.wait("connected")
        assert (told["room"], told["you"], told["members"]) == ("Stranger", "Ada", ["Host", "Ada"])
        assert [line["text"] for line in ada.seen if line["event"] == "said"] == [
            f"history {n}" for n in range(51, 251)
        ]
        ben = StrangerClient(("127.0.0.1", server.port), keys.private("member_ben"), name="Ben")
        ben.join(250)
        ada.wait("member_joined", nick="Ben")
        ada.write("Grüß dich, 世界")
        assert ben.expect("said", text="Grüß dich, 世界")["name"] == "Ada"
        ada.wait("said", text="Grüß dich, 世界")
        ada.write("/whisper Ben only for you")
        ada.wait("whisper_sent", text="only for you")
        sender = server.connections[0].modulus
        assert ben.open_whisper(ben.expect("whisper"), sender) == "only for you"
        ben.whisper(sender, "and back")
        ada.wait("whisper", **{"from": "Ben", "text": "and back"})
        assert ben.expect("whisper_done")["outcome"] == "delivered"
        ben.leave()
        ada.wait("member_left", nick="Ben", reason="left")
        ada.write("/quit")
        assert ada.rest() == (0, "")
        assert ada.seen[-1]["event"] == "closed"
    server.wait(lambda: server.connections[0].end == "close 0")
    assert [m for m in server.connections[0].got if m["t"] == "got_whisper"]
    server.close()


def test_files_in_a_strangers_room(tmp_path: Path) -> None:
    """§14: the headless client sends one and gets one, and refuses one that the server has changed."""
    server = StrangerServer()
    home, out = tmp_path / "home", tmp_path / "out"
    for folder in (home, out):
        folder.mkdir()
    mine, theirs = os.urandom(300_000), os.urandom(1_200_000)
    (tmp_path / "mine.bin").write_bytes(mine)
    target = f"127.0.0.1:{server.port}"
    with Program("client", target, "--nick", "Ada", "--accept-new", data_dir=home) as ada:
        ada.wait("connected")
        ben = StrangerClient(("127.0.0.1", server.port), keys.private("member_ben"), name="Ben")
        ben.join()
        ada.write(f"/file {tmp_path / 'mine.bin'}")
        file = ben.expect("said")["file"]
        assert isinstance(file, dict) and ben.get_file(file) == mine
        ada.wait("file_sent", name="mine.bin")
        for number, harm in enumerate(("", "flip", "swap")):
            file = ben.put_file(theirs, "../../theirs.bin")
            ben.share(file)
            offer = ada.wait("file_offered", size=len(theirs), name="theirs.bin", seq=number + 2)
            chunks = server.blobs[wire.string(file, "blob")]
            if harm == "flip":
                chunks[3] = chunks[3][:5] + bytes([chunks[3][5] ^ 1]) + chunks[3][6:]
            elif harm == "swap":
                chunks[3], chunks[4] = chunks[4], chunks[3]
            ada.write(f"/get {offer['id']} {out}")
            if harm:
                assert ada.wait("file_refused", id=offer["id"])["code"] == "damaged"
            else:
                assert ada.wait("file_received")["path"] == str(out / "theirs.bin")
        assert {path.name: path.read_bytes() for path in out.iterdir()} == {"theirs.bin": theirs}
        ben.drop()
        ada.write("/quit")
        assert ada.rest()[1] == ""
    server.close()


def test_a_server_that_leaves_chunks_out(tmp_path: Path) -> None:
    """§14.3: a chunk behind a hole is a fault; the client comes back and gets the whole."""
    server = StrangerServer()
    content = os.urandom(400_000)
    with member(tmp_path, f"127.0.0.1:{server.port}", accept_new=True) as ada:
        ada.wait(Connected)
        ben = StrangerClient(("127.0.0.1", server.port), keys.private("member_ben"), name="Ben")
        ben.join()
        file = ben.put_file(content, "plan.bin")
        ben.share(file)
        shared = ada.wait(Chat).file
        assert shared is not None
        chunks = server.blobs[wire.string(file, "blob")]
        with server.lock:
            kept = chunks[2]
            peer = server.connections[0]
            peer.leave_out = 2
        ada.engine.submit(GetFile(shared.id, tmp_path))
        ada.wait(Disconnected)
        assert chunks[2] is kept
        assert ada.wait(FileReceived).path.read_bytes() == content
        ben.drop()
    server.close()


def test_lost_and_found_again(tmp_path: Path) -> None:
    """§7.1, §8.3: what was unanswered comes once, what was missed comes, nothing comes twice."""
    server = StrangerServer(history=HISTORY)
    with member(tmp_path, invite(server)) as client:
        client.wait(Connected)
        client.engine.submit(Say(1, "one"))
        client.wait(Chat, text="one", mine=True, local_id=1)
        server.connections[0].hang_up()
        client.engine.submit(Say(2, "two"))
        client.wait(Chat, text="two", mine=True, local_id=2)
        texts = [str(said["text"]) for said in server.log[HISTORY:]]
        assert texts == ["one", "two"] and [chat.text for chat in client.of(Chat)][-2:] == texts
        resume = server.connections[-1].got[0]["resume"]
        assert isinstance(resume, dict) and resume["log_id"] == wire.b64(bytes(range(16, 32)))
    server.close()


def test_a_shutdown_brings_it_back_and_a_kick_does_not(tmp_path: Path) -> None:
    """§5.3, the last column."""
    server = StrangerServer(history=HISTORY)
    with member(tmp_path, invite(server)) as client:
        for code in (1, 2, 3):
            client.wait(Connected)
            server.connections[-1].raw(bytes([code]), wire.CLOSE)
            assert client.wait(Disconnected).retry_in_s is not None
        client.wait(Connected)
        server.connections[-1].raw(bytes([4]) + b"enough", wire.CLOSE)
        ended = client.wait(Disconnected)
        assert ended.retry_in_s is None and "enough" in str(ended.error)
    server.close()


# --- Faults --------------------------------------------------------------------------------------

HELLO_FAULTS = (
    *server_hello_faults.SIGNED_HELLO, *server_hello_faults.UNSIGNED_HELLO, *server_hello_faults.NO_HELLO,
    *server_hello_faults.FINISHED,
)  # fmt: skip


@pytest.mark.parametrize("fault", HELLO_FAULTS)
def test_handshake_fault(tmp_path: Path, fault: str) -> None:
    """§3.4: it hangs up, without a secret for who has not shown itself, without auth, and says why."""
    server = StrangerServer(fault, history=HISTORY)
    with member(tmp_path, invite(server)) as client:
        ended = client.wait(Disconnected)
        first = server.connections[0]
        server.wait(lambda: bool(first.end))
        if fault not in (*server_hello_faults.FINISHED, "alert after hello", "hello twice"):
            assert not first.got_key_exchange
        assert not first.got or fault == "server_fin twice"
        assert not client.of(Connected) + client.of(Chat)
        if fault in ("wrong magic", "other version"):
            assert isinstance(ended.error, OtherVersion) and ended.retry_in_s is None
        if ended.retry_in_s is not None:
            client.wait(Connected)
            check_recovery(server, client)
    server.close()


@pytest.mark.parametrize(
    "fault", [*server_faults.AT_ENTRY, *server_faults.BEFORE_LIVE, *server_faults.AT_PAGE]
)
def test_fault_on_the_way_in(tmp_path: Path, fault: str) -> None:
    """§4.3, §8: it leaves, says why, and has shown nothing false. It has never been in this room."""
    server = StrangerServer(fault, history=HISTORY)
    with member(tmp_path, invite(server)) as client:
        ended = client.wait(Disconnected)
        assert "FALSE" not in str(client.told) and not client.of(Connected)
        if ended.retry_in_s is not None:
            client.wait(Connected)
            check_recovery(server, client)
    server.close()


@pytest.mark.parametrize("fault", [*server_faults.RECORDS, *server_faults.MESSAGES, *server_faults.ORDER])
def test_fault_in_the_room(tmp_path: Path, fault: str) -> None:
    """§5.4: it ends the connection silently or with Close `protocol`, comes back, shows nothing false."""
    server = StrangerServer(fault, history=HISTORY)
    with member(tmp_path, invite(server)) as client:
        client.wait(Disconnected)
        client.wait(Connected)
        check_recovery(server, client)
        first = server.connections[0]
        server.wait(lambda: bool(first.end))
        if fault in server_faults.RECORDS:
            assert first.end == "eof"
        elif fault in server_faults.MESSAGES:
            assert first.end == "close 7"
    server.close()


@pytest.mark.parametrize("fault", server_faults.YOUR_WORDS)
def test_words_put_into_its_own_mouth(tmp_path: Path, fault: str) -> None:
    """§7.1: not shown, told as a question of trust, and it does not come back by itself."""
    server = StrangerServer(fault, history=HISTORY)
    with member(tmp_path, invite(server)) as client:
        client.wait(Connected)
        ended = client.wait(Disconnected)
        assert (ended.error.code, ended.retry_in_s) == ("false_words", None)
        assert "FALSE" not in str(client.told)
    server.close()


@pytest.mark.parametrize("fault", [*server_faults.SOFT, "live counts wrong"])
def test_lie_without_effect(tmp_path: Path, fault: str) -> None:
    """§7, §8.1, §10.2, §12.1: what it says is not shown; the connection stays."""
    server = StrangerServer(fault, history=HISTORY)
    with member(tmp_path, invite(server)) as client:
        client.wait(Connected)
        if fault.startswith("whisper: "):
            got = server.connections[0].got
            count = 3 if fault == "whisper: again" else 1
            server.wait(lambda: sum(m["t"] == "got_whisper" for m in got) == count)
            shown = [m["shown"] for m in got if m["t"] == "got_whisper"]
            assert shown == ([True, True, False] if fault == "whisper: again" else [False])
        check_recovery(server, client)
        assert len(server.connections) == 1 and not client.of(Disconnected)
        whispers = [whisper.text for whisper in client.of(WhisperReceived)]
        assert whispers == (["TRUE"] if fault == "whisper: again" else [])
    server.close()


def test_another_key_at_a_known_address(tmp_path: Path) -> None:
    """§11.2: a hard stop that --accept-new does not soften; nothing secret goes to the other server."""
    address = ""
    for identity, code in (("server_identity", 0), ("server_identity_2", 3)):
        server = StrangerServer(identity=identity, history=HISTORY, port=int(address[10:] or 0))
        address = f"127.0.0.1:{server.port}"
        with Program("client", address, "--nick", "Ada", "--accept-new", data_dir=put_key(tmp_path)) as ada:
            if code == 0:
                ada.wait("connected")
                ada.write("/quit")
            assert ada.rest()[0] == code
            errors = [line["code"] for line in ada.seen if line["event"] == "error"]
            assert "key_changed" in errors if code else errors == []
        assert [peer.got_key_exchange for peer in server.connections] == [code == 0]
        server.close()


def test_an_unknown_server_is_not_taken_unasked(tmp_path: Path) -> None:
    """§11.2: unknown key, unknown address."""
    server = StrangerServer()
    with Program("client", f"127.0.0.1:{server.port}", "--nick", "Ada", data_dir=put_key(tmp_path)) as ada:
        assert ada.rest()[0] == 3
        assert "unknown_server" in [line.get("code") for line in ada.seen]
    assert not server.connections[0].got_key_exchange
    server.close()


def test_the_program_says_that_it_was_lied_to(tmp_path: Path) -> None:
    """A forged stamp, seen from the command line: an error, a way back, and the room as it is."""
    server = StrangerServer("room stamp forged", history=HISTORY)
    with Program("client", invite(server), "--nick", "Ada", data_dir=put_key(tmp_path)) as ada:
        ada.wait("connected")
        assert ada.wait("disconnected")["reason"] == "record"
        ada.wait("connected")
        server.say("true")
        ada.wait("said", text="true")
        ada.write("/quit")
        assert ada.rest() == (0, "")
        assert "FALSE" not in str(ada.seen) + ada.log()
    server.close()
