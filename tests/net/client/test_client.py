"""The client as a whole, over a real socket, against a server that plays from a script."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore import engine, limits
from netcore.crypto.identity import PrivateKey
from netcore.crypto.whispers import seal_whisper
from netcore.engine import (
    Chat,
    ClientConfig,
    Connected,
    Connecting,
    Disconnected,
    Failed,
    HistoryOpened,
    HistoryReplaced,
    Notice,
    Refused,
    RetryNow,
    Say,
    Stop,
    Stopped,
    TrustAsked,
    TrustServer,
    start_client,
)
from netcore.errors import (
    AddressBanned,
    AuthRefused,
    BadAddress,
    BadName,
    Banned,
    CannotReach,
    EntryRefused,
    FolderInUse,
    FolderNotWritable,
    HandshakeFailed,
    KeyFileError,
    KnownOnly,
    LocalChatError,
    MessageError,
    NameRefused,
    NameTaken,
    PeerError,
    RecordError,
    Removed,
    Replaced,
    RoomFull,
    ServerGone,
    TooManyHere,
    TrustFileError,
)
from netcore.net.client import files as client_files
from netcore.net.client.client import backoff_s
from netcore.net.client.close_codes import error_of_close
from netcore.net.client.outbox import Outbox
from netcore.net.connection import Connection
from netcore.session.client import ClientSession
from netcore.session.events import PeerClosed
from netcore.store.client_store import ClientStore
from netcore.wire import messages
from netcore.wire.codec import encode
from netcore.wire.codes import CloseCode, History, Refusal
from netcore.wire.messages import GetPage, Live, PageEnd, Ping, Pong, Said, Slowed, Welcome
from tests.net.client.kit import (
    ADA,
    BEN,
    HOST,
    LOG,
    SERVER,
    Ear,
    Peer,
    ScriptedServer,
    in_thread,
    key,
    live,
    put_key,
)
from tests.waiting import wait_until


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture(autouse=True)
def fast_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RETRY_FIRST_S", 0.02)


class Ada(Ear):
    """A running client of Ada's, ended with the test."""

    def __init__(self, folder: Path, port: int, accept_new: bool = True) -> None:
        put_key(folder, "Ada", "member_ada")
        super().__init__(start_client(ClientConfig(folder, "Ada", f"127.0.0.1:{port}", accept_new)))

    def __enter__(self) -> Ada:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.submit(Stop())
        assert self.engine.join(10)


def test_into_the_room_and_out_again(server: ScriptedServer, tmp_path: Path) -> None:
    """The first connection, and a goodbye that is one."""
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        auth = peer.handshake()
        assert auth.name == "Ada" and auth.resume is None and len(auth.stream) == 16
        peer.welcome()
        connected = ada.wait_for(Connected)
        assert connected.first_contact and connected.you.id == ADA and connected.host_id == HOST
        assert connected.fingerprint == SERVER.fingerprint and connected.missed == 0
        ada.engine.submit(Say(1, "hello"))
        said = peer.take(messages.Say)
        assert (said.stream, said.n, said.text) == (auth.stream, 1, "hello")
        ada.engine.submit(Stop())
        assert peer.end() == PeerClosed(CloseCode.LEAVING, "")
        ada.wait_for(Stopped)
    assert isinstance(ada.heard[0], Connecting)


@pytest.mark.parametrize("code", [CloseCode.RECONNECT, CloseCode.TOO_SLOW, CloseCode.SHUTDOWN])
def test_close_codes_that_say_come_back(server: ScriptedServer, tmp_path: Path, code: CloseCode) -> None:
    """PROTOCOL §5.3: `reconnect`, `too_slow`, `shutdown`: yes; and it resumes where it was (§8.3)."""
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        peer.send(Said(1, BEN, "Ben", b"B" * 16, 1, 5, "one"))
        ada.wait_for(engine.Chat)
        peer.close(code)
        lost = ada.wait_for(Disconnected)
        assert isinstance(lost.error, ServerGone) and lost.retry_in_s is not None
        assert lost.error.code == ("shutdown" if code is CloseCode.SHUTDOWN else "lost")
        again = server.accept()
        resume = again.handshake().resume
        assert resume is not None and (resume.log_id, resume.seq) == (LOG, 1)
        again.welcome(head=1, history=History.RESUMED)
        assert not ada.wait_for(Connected).first_contact


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (CloseCode.KICKED, Removed),
        (CloseCode.BANNED, Banned),
        (CloseCode.REPLACED, Replaced),
        (CloseCode.PROTOCOL, PeerError),
        (CloseCode.NAME_TAKEN, NameTaken),
        (CloseCode.FULL, RoomFull),
    ],
)
def test_close_codes_that_say_stay_away(
    server: ScriptedServer, tmp_path: Path, code: CloseCode, error: type[LocalChatError]
) -> None:
    """PROTOCOL §5.3: `kicked`, `banned`, `replaced`, `protocol`: no. RetryNow is the person's own wish."""
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
        peer.close(code, "Ada.2")
        lost = ada.wait_for(Disconnected)
        assert isinstance(lost.error, error) and lost.retry_in_s is None
        ada.engine.submit(RetryNow())
        assert ada.wait_for(Connecting).attempt == 2
        server.accept().handshake()


def test_every_close_code_has_its_sentence() -> None:
    expected: dict[CloseCode, type[LocalChatError]] = {
        CloseCode.NAME_BAD: NameRefused,
        CloseCode.KNOWN_ONLY: KnownOnly,
        CloseCode.AUTH_FAILED: AuthRefused,
        CloseCode.TOO_MANY: TooManyHere,
        CloseCode.ADDRESS_BANNED: AddressBanned,
        CloseCode.LEAVING: EntryRefused,
    }
    for code in CloseCode:
        assert isinstance(error_of_close(code, "", "Ada"), expected.get(code, LocalChatError))
    assert "\u201crude\ufffd[2J\u201d." in str(error_of_close(CloseCode.KICKED, "rude\x1b[2J", "Ada"))
    taken = error_of_close(CloseCode.NAME_TAKEN, "Ada.2", "Ada")
    assert taken.details["suggestion"] == "Ada.2" and "Ada" in str(taken)
    assert error_of_close(CloseCode.NAME_TAKEN, "\u202e", "Ada").details["suggestion"] == ""


def test_a_cut_line_is_a_loss_and_what_was_said_comes_again(server: ScriptedServer, tmp_path: Path) -> None:
    """PROTOCOL §5.3: the end of the stream without a Close is a loss, never a normal end."""
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        stream = peer.handshake().stream
        peer.welcome()
        ada.wait_for(Connected)
        ada.engine.submit(Say(1, "kept"))
        peer.take(messages.Say)
        peer.cut()
        assert isinstance(ada.wait_for(Disconnected).error, ServerGone)
        again = server.accept()
        assert again.handshake().stream == stream
        again.welcome()
        assert again.take(messages.Say) == messages.Say(stream, 1, "kept")
        again.send(Said(1, ADA, "Ada", stream, 1, 5, "kept"))
        assert ada.wait_for(engine.Chat).local_id == 1


def test_first_contact_asks_and_then_pins_the_key(server: ScriptedServer, tmp_path: Path) -> None:
    """PROTOCOL §11.2: "end the connection; ask the person; on yes, connect again"."""
    with Ada(tmp_path, server.port, accept_new=False) as ada:
        peer = server.accept()
        peer.end()
        assert len(peer.in_bytes) == 84, "the ClientHello, and nothing after it"
        asked = ada.wait_for(TrustAsked)
        assert asked.shown == SERVER.fingerprint and asked.known == b""
        ada.engine.submit(TrustServer(b"?" * 32))
        ada.engine.submit(RetryNow())
        ada.engine.submit(Say(9, "too early"))
        assert ada.wait_for(Refused).code == "not_connected"
        ada.engine.submit(TrustServer(asked.shown))
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        assert ada.wait_for(Connected).first_contact
    assert len(ada.of(Connecting)) == 2, "neither the wrong fingerprint nor RetryNow dials"


def test_a_changed_key_asks_and_keeps_the_old_rooms_words_back(tmp_path: Path) -> None:
    """PROTOCOL §11.2: "stop, show both, ask"; after the person's yes, nothing old goes to the new."""
    with ScriptedServer() as old, Ada(tmp_path, old.port) as ada:
        port = old.port
        peer = old.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
        peer.send(Said(1, BEN, "Ben", b"B" * 16, 1, 5, "from the old one"))
        ada.wait_for(engine.Chat)
        ada.engine.submit(Say(1, "for the old one"))
        peer.take(messages.Say)
    with ScriptedServer("server_identity_2", port) as new, Ada(tmp_path, port, accept_new=True) as ada:
        opened = ada.wait_for(HistoryOpened)
        assert [chat.text for chat in opened.messages] == ["from the old one"]
        new.accept().end()
        asked = ada.wait_for(TrustAsked)
        assert asked.known == SERVER.fingerprint and asked.known_room == "Lab"
        ada.engine.submit(TrustServer(asked.shown))
        peer = new.accept()
        assert peer.handshake().resume is None
        peer.welcome()
        ada.wait_for(Connected)
        [refused] = ada.of(Refused)
        assert refused.text == "for the old one" and refused.code == "other_server"
        assert ada.of(HistoryReplaced)
        ada.engine.submit(Say(2, "for the new one"))
        assert peer.take(messages.Say).text == "for the new one"


def test_a_known_server_at_a_new_address_is_a_notice(tmp_path: Path) -> None:
    for turn in (1, 2):
        with ScriptedServer() as server, Ada(tmp_path, server.port, accept_new=turn == 1) as ada:
            peer = server.accept()
            peer.handshake()
            peer.welcome()
            ada.wait_for(Connected)
            assert [one.code for one in ada.of(Notice)] == ["moved"] * (turn - 1)


def test_nobody_there_and_then_somebody(tmp_path: Path) -> None:
    """It comes back by itself, and "now" ends the countdown."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with Ada(tmp_path, port) as ada:
        lost = ada.wait_for(Disconnected)
        assert isinstance(lost.error, CannotReach) and lost.retry_in_s is not None
        with ScriptedServer(port=port) as server:
            ada.engine.submit(RetryNow())
            peer = server.accept()
            peer.handshake()
            peer.welcome()
            ada.wait_for(Connected)


def test_a_stranger_on_the_port_is_not_tried_again(tmp_path: Path) -> None:
    """No retry in a weaker way, and none at all: it will not become a server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with Ada(tmp_path, listener.getsockname()[1]) as ada:
            sock, _ = listener.accept()
            with sock:
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                lost = ada.wait_for(Disconnected)
        assert isinstance(lost.error, PeerError) and lost.retry_in_s is None


@pytest.mark.parametrize("answer", ["1500000101", ""], ids=["alert", "late"])
def test_a_failed_handshake_is_tried_again(
    server: ScriptedServer, tmp_path: Path, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROTOCOL §3.5: an Alert "proves nothing", and a server with too much to do sends it as well."""
    monkeypatch.setattr(limits, "HANDSHAKE_S", 10.0 if answer else 0.05)
    with Ada(tmp_path, server.port) as ada:
        server.accept().sock.sendall(bytes.fromhex(answer))
        lost = ada.wait_for(Disconnected)
        assert isinstance(lost.error, HandshakeFailed) and lost.retry_in_s is not None
        monkeypatch.setattr(limits, "HANDSHAKE_S", 10.0)
        while not ada.of(Connected):  # some attempts of the short deadline may still be in the backlog
            peer = server.accept()
            with contextlib.suppress(OSError, AssertionError):
                peer.handshake()
                peer.welcome()
                ada.wait_for(Connected)


@pytest.mark.parametrize("fault", ["garbage record", "missing rows", "false live"])
def test_a_server_that_breaks_the_protocol_is_left_and_tried_again(
    server: ScriptedServer, tmp_path: Path, fault: str
) -> None:
    """Once it was right, bad luck is likelier than malice; nothing false is shown."""
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
        if fault == "garbage record":
            peer.sock.sendall(bytes.fromhex("17000020") + bytes(32))
        elif fault == "missing rows":
            peer.send(Said(3, BEN, "Ben", b"B" * 16, 3, 5, "three"))
        else:
            peer.send(Live(0, 1))
        lost = ada.wait_for(Disconnected)
        assert isinstance(lost.error, RecordError if fault == "garbage record" else MessageError)
        assert lost.retry_in_s is not None and ada.of(engine.Chat) == []
        again = server.accept()
        again.handshake()
        again.welcome()
        ada.wait_for(Connected)


@pytest.mark.parametrize("where", ["timer", "worker pool", "turn end", "clock"])
def test_a_fault_that_a_server_brings_about_ends_the_connection_only(
    server: ScriptedServer, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No server may end the program, also not by way of a defect of ours."""
    monkeypatch.setattr(limits, "LATER_S", 0.02)
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        stream = peer.handshake().stream
        peer.welcome()
        ada.wait_for(Connected)

        def fault(*_: object) -> None:
            raise RuntimeError("a defect")

        with monkeypatch.context() as patch:
            if where == "timer":
                patch.setattr(Outbox, "_resend_later", fault)
                ada.engine.submit(Say(1, "hello"))
                peer.take(messages.Say)
                peer.send(messages.Refused(stream, 1, Refusal.LATER))
            elif where == "worker pool":
                patch.setattr(ClientStore, "take_whisper", fault)
                ben, ada_key = key("member_ben"), key("member_ada").public
                c1, c2 = seal_whisper(ben, ada_key, SERVER.modulus, b"i" * 16, 5, "psst", os.urandom)
                peer.send(messages.Whisper(BEN, b"i" * 16, 5, c1, c2, 1))
                peer.take(messages.GetKey)
                peer.send(messages.Key(BEN, ben.public.modulus))
            elif where == "turn end":
                patch.setattr(ClientSession, "take_output", fault)
                peer.send(Ping())
            else:
                patch.setattr(limits, "PING_S", 0.02)
                patch.setattr(ClientSession, "timed_out", fault)
                ada.engine._loop.post(ada.engine._actor._link._watch_clock)  # type: ignore[union-attr]
            lost = ada.wait_for(Disconnected)
        assert isinstance(lost.error, ServerGone) and lost.retry_in_s is not None
        again = server.accept()
        again.handshake()
        again.welcome()
        ada.wait_for(Connected)
        assert ada.of(engine.Crashed) == []


def test_silence_is_asked_after_and_then_taken_for_an_end(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROTOCOL §5.4, §9: a ping after a while of silence, and an end after 75 s of it."""
    monkeypatch.setattr(limits, "PING_S", 0.1)
    monkeypatch.setattr(limits, "SILENT_GONE_S", 0.5)
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
        peer.take(Ping)
        assert isinstance(ada.wait_for(Disconnected).error, ServerGone)


def test_a_server_that_only_asks_is_left(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROTOCOL §9: "waiting for the server, at a client: 4 MiB, or 30 s without progress"."""
    assert (limits.SEND_QUEUE_HARD_BYTES, limits.SEND_STALL_S) == (4 * 2**20, 30)
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
        monkeypatch.setattr(limits, "SEND_QUEUE_HARD_BYTES", 100_000)
        with in_thread(lambda: flood_with_pings(peer)):
            lost = ada.wait_for(Disconnected)
            assert isinstance(lost.error, ServerGone) and lost.retry_in_s is not None
            server.accept().handshake()


def test_a_server_that_does_not_read_is_left(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same: 30 s without progress."""

    def full(connection: Connection, offered: object) -> int:
        return 0

    monkeypatch.setattr(limits, "PING_S", 0.1)
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
        monkeypatch.setattr(limits, "SEND_STALL_S", 0.5)
        with monkeypatch.context() as patch, in_thread(lambda: answer_for_ever(peer)):
            patch.setattr(Connection, "_hand_over", full)
            ada.engine.submit(Say(1, "does this leave?"))
            lost = ada.wait_for(Disconnected)
        assert isinstance(lost.error, ServerGone) and lost.retry_in_s is not None
        server.accept().handshake()


def answer_for_ever(peer: Peer) -> None:
    """It is there, so it is not its silence that ends the connection."""
    with contextlib.suppress(OSError):
        while not select.select([peer.sock], [], [], 0.05)[0]:
            peer.send(Pong())


def flood_with_pings(peer: Peer) -> None:
    pings = encode(Ping()) * 4_000
    with contextlib.suppress(OSError):
        while True:
            peer.session.send_text(pings)
            peer.flush()


def test_a_ping_is_answered_and_the_rest_is_told(server: ScriptedServer, tmp_path: Path) -> None:
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        peer.send(Ping(), Slowed(), messages.RoomState(True, True, 5, False))
        peer.take(Pong)
        ada.wait_for(engine.Slowed)
        assert ada.wait_for(engine.RoomChanged) == engine.RoomChanged(True, True, 5, False)


def test_a_server_that_sends_more_than_is_shown_is_held_back(
    server: ScriptedServer, tmp_path: Path
) -> None:
    """What waits for the window is bounded, for a client that hears ten times that; and nothing is lost."""
    count = 10 * limits.MAX_UNTAKEN_EVENTS
    one_read = limits.READ_BYTES_PER_TURN // 150  # a `said` is longer
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
        rows = [Said(seq, BEN, "Ben", b"B" * 16, seq, 1, "x") for seq in range(1, count + 1)]

        def send() -> None:
            for start in range(0, count, 100):
                peer.send(*rows[start : start + 100])

        with in_thread(send):
            wait_until(lambda: ada.engine._held, what="the client reads no more")
            assert ada.engine._untaken <= limits.MAX_UNTAKEN_EVENTS + one_read
            seqs = [ada.wait_for(Chat).seq for _ in range(count)]
        assert seqs == list(range(1, count + 1))
        assert not ada.of(Disconnected)


def test_pages_come_before_connected(server: ScriptedServer, tmp_path: Path) -> None:
    """`Connected` means: "with everything said so far received"."""
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.send(Welcome("Lab", LOG, HOST, "Ada", 0, 150, History.NEW, 0))
        rows = [Said(seq, BEN, "Ben", b"B" * 16, seq, 5, f"row {seq}") for seq in range(1, 151)]
        assert peer.take(GetPage).after == 0
        peer.send(*rows[:100], PageEnd(0, 100))
        assert peer.take(GetPage).after == 100
        peer.send(*rows[100:], *live(150, 100))
        ada.wait_for(Connected)
        assert [chat.seq for chat in ada.of(engine.Chat)] == list(range(1, 151))


# --- Beginning badly, and ending well ---


@pytest.mark.parametrize(
    ("nick", "target", "error"),
    [("Ada", "no address", BadAddress), ("", "127.0.0.1", BadName), ("A\u202eda", "127.0.0.1", BadName)],
)
def test_what_cannot_begin_says_so_and_stops(
    tmp_path: Path, nick: str, target: str, error: type[LocalChatError]
) -> None:
    ear = Ear(start_client(ClientConfig(tmp_path, nick, target)))
    assert isinstance(ear.wait_for(Failed).error, error)
    ear.wait_for(Stopped)
    assert ear.engine.join(5)


def test_two_windows_of_one_nick(server: ScriptedServer, tmp_path: Path) -> None:
    """A lock file keeps two processes from one folder, and says so."""
    with Ada(tmp_path, server.port) as first:
        first.wait_for(Connecting)
        server.accept().handshake()
        second = Ear(start_client(ClientConfig(tmp_path, "ada", "127.0.0.1")))
        assert isinstance(second.wait_for(Failed).error, FolderInUse)
        second.wait_for(Stopped)
    with Ada(tmp_path, server.port) as third:
        third.wait_for(Connecting)


def test_a_lost_key_is_never_replaced(tmp_path: Path) -> None:
    """A file that is missing beside its history is lost, not new: it is refused with the path and the way
    out. A new key would come to all others as a stranger under a known name."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with Ada(tmp_path, port) as ada:
        ada.wait_for(Disconnected)
    [path] = tmp_path.rglob("member.pem")
    [history] = tmp_path.rglob("history.db")
    path.unlink()
    before = history.read_bytes()
    ear = Ear(start_client(ClientConfig(tmp_path, "Ada", f"127.0.0.1:{port}")))
    error = ear.wait_for(Failed).error
    assert isinstance(error, KeyFileError) and str(path) in str(error) and str(history) in str(error)
    ear.wait_for(Stopped)
    assert ear.engine.join(5)
    assert not path.exists() and history.read_bytes() == before


def test_a_client_killed_while_its_first_key_was_made_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history comes after the key: else that moment would leave what looks like a lost key."""

    def fails(path: Path, pem: bytes) -> None:
        raise FolderNotWritable(path=path, why="no space")

    made = iter([key("member_ada"), key("member_ben")])
    monkeypatch.setattr(PrivateKey, "generate", lambda bits, random: next(made))
    with monkeypatch.context() as patch:
        patch.setattr(client_files, "write_new_key", fails)
        ear = Ear(start_client(ClientConfig(tmp_path, "Ada", "127.0.0.1:1")))
        ear.wait_for(Failed)
        ear.wait_for(Stopped)
    assert list(tmp_path.rglob("history.db")) == []
    ear = Ear(start_client(ClientConfig(tmp_path, "Ada", "127.0.0.1:1")))
    ear.wait_for(Disconnected)
    ear.engine.submit(Stop())
    assert ear.engine.join(5)
    assert len(list(tmp_path.rglob("member.pem"))) == 1


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_key_that_is_gone_is_noticed_when_it_is_next_used(
    server: ScriptedServer, tmp_path: Path, how: str
) -> None:
    """To hold it is not to have kept it: what is written under it would be nobody's after the next start."""
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
        [path] = tmp_path.rglob("member.pem")
        if how == "removed":
            path.unlink()
        else:
            put_key(tmp_path, "Ada", "member_ben")
        peer.cut()
        with pytest.raises(AssertionError, match=r"ClientGone|Failed|PeerClosed"):
            server.accept().handshake()
        failed = ada.wait_for(Failed)
        assert isinstance(failed.error, KeyFileError) and str(path) in str(failed.error)


def test_known_servers_that_are_gone_are_no_new_server(server: ScriptedServer, tmp_path: Path) -> None:
    """Or a false server would be asked about as if it were met for the first time."""
    with Ada(tmp_path, server.port) as ada:
        peer = server.accept()
        peer.handshake()
        peer.welcome()
        ada.wait_for(Connected)
        [path] = tmp_path.rglob("known_servers.json")
        path.unlink()
        peer.cut()
        with pytest.raises(AssertionError, match=r"ClientGone|Failed|PeerClosed"):
            server.accept().handshake()
        assert isinstance(ada.wait_for(Disconnected).error, ServerGone)
        lost = ada.wait_for(Disconnected)
        assert isinstance(lost.error, TrustFileError)
        assert str(path) in str(lost.error) and not ada.of(TrustAsked)


def test_a_damaged_key_is_never_replaced(tmp_path: Path) -> None:
    """It is refused with the path and the way out."""
    put_key(tmp_path, "Ada", "member_ada")
    [path] = tmp_path.rglob("member.pem")
    path.write_text("-----BEGIN PRIVATE KEY-----\n")
    ear = Ear(start_client(ClientConfig(tmp_path, "Ada", "127.0.0.1")))
    error = ear.wait_for(Failed).error
    assert isinstance(error, KeyFileError) and str(path) in str(error)
    ear.wait_for(Stopped)
    assert path.read_text() == "-----BEGIN PRIVATE KEY-----\n"


def test_a_new_nick_gets_a_key_of_its_own(server: ScriptedServer, tmp_path: Path) -> None:
    """Made in the worker pool; kept, 0600."""
    ids = []
    for _ in range(2):
        ear = Ear(start_client(ClientConfig(tmp_path, "Newcomer", f"127.0.0.1:{server.port}", True)))
        assert isinstance(ear.wait_for(Connecting), Connecting)
        ids.append(server.accept().handshake().key)
        ear.engine.submit(Stop())
        ear.wait_for(Stopped)
        assert ear.engine.join(5)
    assert ids[0] == ids[1]
    [path] = tmp_path.rglob("member.pem")
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_stopping_while_connecting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Ada(tmp_path, listener.getsockname()[1]) as ada:
        sock, _ = listener.accept()
        with sock:
            ada.engine.submit(Stop())
            ada.wait_for(Stopped)
    assert ada.of(Disconnected) == []


def test_the_back_off_doubles_to_a_bound_and_uses_the_whole_range(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full jitter, 0.5 to 30 s."""
    monkeypatch.setattr(limits, "RETRY_FIRST_S", 0.5)
    most = [backoff_s(failures, lambda n: b"\xff" * n) for failures in range(10)]
    assert most == pytest.approx([0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30])
    assert backoff_s(5, lambda n: b"\x00" * n) == 0.0
    assert backoff_s(10_000, lambda n: b"\xff" * n) == pytest.approx(30)
