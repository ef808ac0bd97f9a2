"""The real server, as a process, and a stranger's client: what PROTOCOL promises, what a fault gets."""

from __future__ import annotations

import ast
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.keys.put import put_server_keys
from tests.stranger import client_faults, files, keys, wire
from tests.stranger.client import AUTH_FAULTS, HANDSHAKE_FAULTS, Ended, StrangerClient
from tests.stranger.processes import Program
from tests.stranger.whispers import Whisper
from tests.stranger.wire import Message

KEYS = {name: keys.private(f"member_{name}") for name in ("ada", "ben", "chen", "dora")}
ADA_MODULUS, BEN_MODULUS = keys.modulus(KEYS["ada"]), keys.modulus(KEYS["ben"])

MODULES = (
    "wire",
    "keys",
    "whispers",
    "files",
    "client",
    "discovery",
    "client_faults",
    "server",
    "server_faults",
    "server_hello_faults",
    "processes",
)


class Room:
    """The real server, an honest member that stays, and clients that come and go."""

    def __init__(self, program: Program) -> None:
        self.program = program
        told = program.wait("listening")
        self.address = ("127.0.0.1", int(told["port"]))
        self.fingerprint = str(told["fingerprint"])
        self.silent: list[tuple[float, StrangerClient]] = []
        for shakes_hands in (False, True):  # see test_silence
            client = self.client("dora", "Silent")
            if shakes_hands:
                client.handshake()
            self.silent.append((time.monotonic(), client))
        self.honest = self.client("chen", "Honest")
        self.honest.join()
        self.count = 0

    def client(
        self, key: str = "ada", name: str = "Ada", misbehave: str = "", *, stream: bytes = b"",
        resume: Message | None = None,
    ) -> StrangerClient:  # fmt: skip
        """A connection that has not begun to shake hands."""
        return StrangerClient(
            self.address, KEYS[key], name=name, misbehave=misbehave, stream=stream, resume=resume
        )

    def check(self, *strangers: str) -> None:
        """The honest member speaks, hears itself, and has heard of nothing false and of no other people."""
        self.count += 1
        text = f"still here {self.count}"
        self.honest.say(text)
        self.honest.expect("said", text=text)
        for message in self.honest.heard:
            assert "FALSE" not in str(message) and "too early" not in str(message)
            if message["t"] in ("joined", "left"):
                assert message["name"] in strangers, message
        self.honest.heard.clear()
        self.honest.waiting.clear()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One server for all; at its end it has said nothing of a defect."""
    data_dir = tmp_path_factory.mktemp("server")
    put_server_keys(data_dir, "Lab")
    with Program("server", "--port", "0", "--room", "Lab", "--nick", "Teacher", data_dir=data_dir) as program:
        room = Room(program)
        yield room
        code, errors = program.stop()
        assert room.honest.ended().code == 3  # shutdown
        assert code == 0 and "Traceback" not in errors + program.log()
        assert not [line for line in program.seen if "FALSE" in str(line) or line["event"] == "error"]


@pytest.mark.parametrize("module", MODULES)
def test_a_stranger_imports_nothing_of_netcore(module: str) -> None:
    """A second implementation that used the first would prove nothing."""
    tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text("utf-8"))
    found = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    found |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not [name for name in found if name.split(".")[0] in ("netcore", "gui")]


# --- Files ---------------------------------------------------------------------------------------

CONTENT = os.urandom(1_500_000)


def test_files_cross_the_real_server(room: Room) -> None:
    """§14: sent, shared, got by another, whole and from any chunk on; its row's hash resumes behind it."""
    ada, ben = room.client(), room.client("ben", "Ben")
    ada.join()
    ben.join()
    for content in (b"", b"hello", CONTENT):
        file = ada.put_file(content, "Größe.bin")
        ada.share(file)
        said = ben.expect("said", file=file)
        assert said["text"] == ""
        assert ben.get_file(file) == content
    assert ben.get_file(file, first=20) == CONTENT[20 * files.CHUNK :]
    welcome = wire.unb64(wire.string(room.client("ben", "Ben").enter(), "log_id"))
    row = ben.log[-1]
    resume: Message = {
        "log_id": wire.b64(welcome), "seq": row["seq"], "row": wire.b64(keys.row_hash(welcome, row))
    }  # fmt: skip
    again = room.client("ben", "Ben", resume=resume)
    assert again.enter()["history"] == "resumed"
    again.drop()
    ada.drop()
    room.check("Ada", "Ben")


def test_sending_goes_on_over_the_next_connection(room: Room) -> None:
    """§14.3."""
    ada = room.client()
    ada.join()
    blob = files.Blob(os.urandom(32), os.urandom(16), len(CONTENT))
    ada.put_blob(blob, CONTENT, stop_at=12)
    ada.send({"t": "ping"})
    ada.expect("pong")
    ada.drop()
    again = room.client()
    again.join()
    assert again.put_blob(blob, CONTENT) == 12
    again.drop()
    room.check("Ada")


def test_a_whispered_file_is_for_its_reader(room: Room) -> None:
    """§14.1, §14.4: described in the whisper, named outside of it, and got by nobody else."""
    ada, ben = room.client(), room.client("ben", "Ben")
    ada.join()
    ben.join()
    file = ada.put_file(CONTENT, "plan.pdf")
    text = wire.pack(file).decode().rstrip("\n")
    sealed = Whisper(
        ada.server_modulus, ADA_MODULUS, BEN_MODULUS, os.urandom(16), time.time_ns() // 1000,
        wire.unb64(wire.string(file, "blob")),
    )  # fmt: skip
    c1, c2 = sealed.seal(ada.key, text.encode())
    ada.n += 1
    ada.send({
        "t": "send_whisper", "stream": wire.b64(ada.stream), "n": ada.n, "to": ben.id,
        "msg_id": wire.b64(sealed.msg_id), "counter": sealed.counter, "c1": wire.b64(c1), "c2": wire.b64(c2),
        "blob": file["blob"],
    })  # fmt: skip
    whisper = ben.expect("whisper", blob=file["blob"])
    c1, c2 = (wire.unb64(wire.string(whisper, part)) for part in ("c1", "c2"))
    assert sealed.open(ben.key, c1, c2) == text
    ben.send({"t": "got_whisper", "from": ada.id, "msg_id": whisper["msg_id"], "shown": True})
    assert ben.get_file(file) == CONTENT
    room.honest.send({"t": "get_blob", "blob": file["blob"], "first": 0})
    assert room.honest.expect("blob_refused")["code"] == "gone"
    n = ada.share(file)
    assert ada.expect("refused", n=n)["code"] == "no_file"
    ada.drop()
    ben.drop()
    room.check("Ada", "Ben")


def test_a_file_that_is_taken_back(room: Room) -> None:
    """§14.4: everyone hears it, and whoever comes later; who did not share it is told that it is gone."""
    ada, ben = room.client(), room.client("ben", "Ben")
    ada.join()
    ben.join()
    file = ada.put_file(b"hello", "plan.pdf")
    ada.share(file)
    blob = file["blob"]
    ben.expect("said", file=file)
    ben.send({"t": "drop_blob", "blob": blob})
    ben.expect("blob_refused", blob=blob, code="gone")
    ada.send({"t": "drop_blob", "blob": blob})
    for peer in (ada, ben):
        peer.expect("blob_dropped", blob=blob, by_host=False)
    again = room.client("ben", "Ben")
    again.join()
    again.expect("blob_dropped", blob=blob, by_host=False)
    again.drop()
    ada.drop()
    room.check("Ada", "Ben")


def test_faults_with_files(room: Room) -> None:
    """§14.3: what is refused, and what ends the connection."""
    ada = room.client()
    ada.join()
    ada.send({"t": "put_blob", "blob": wire.b64(bytes(16)), "size": 2**53 - 1})
    assert ada.expect("blob_refused")["code"] == "too_big"
    ada.send({"t": "get_blob", "blob": wire.b64(bytes(16)), "first": 0})
    assert ada.expect("blob_refused")["code"] == "gone"
    n = ada.share({"blob": wire.b64(bytes(16)), "name": "x", "size": 1, "sha256": wire.b64(bytes(32)),
                   "k": wire.b64(bytes(32))})  # fmt: skip
    assert ada.expect("refused", n=n)["code"] == "no_file"
    ada.sock.sendall(files.seal_chunks(ada.out, bytes(16), 0, bytes(17)))  # of nothing: passed over
    blob = files.Blob(os.urandom(32), os.urandom(16), 100)
    ada.put_blob(blob, b"", stop_at=0)
    ada.sock.sendall(files.seal_chunks(ada.out, blob.blob, 0, bytes(90)))
    assert ada.ended().code == 7
    ada = room.client()
    ada.join()
    frame = bytearray(files.seal_chunks(ada.out, bytes(16), 0, bytes(60)))
    frame[-1] ^= 1
    ada.sock.sendall(frame)
    assert ada.ended().how == "silent"
    room.check("Ada")


# --- Honest --------------------------------------------------------------------------------------


def test_the_fingerprint_is_the_one_that_the_server_prints(room: Room) -> None:
    """§11.1."""
    assert room.fingerprint == f"SHA256:{wire.b64(keys.fingerprint(room.honest.server_modulus))}"


def test_a_conversation(room: Room) -> None:
    """§4, §7, §8, §12: come, speak, be heard once by all, go, with and without a goodbye."""
    ada = room.client()
    welcome = ada.join()
    told = [welcome[key] for key in ("room", "name", "history", "last_n")]
    assert told == ["Lab", "Ada", "new", 0]
    assert sorted(ada.roster.values()) == ["Ada", "Honest", "Teacher"] and ada.roster[ada.id] == "Ada"
    assert welcome["host"] in ada.roster and room.honest.expect("joined", name="Ada")["id"] == ada.id
    ada.say("Grüß dich, 世界 \U0001f44b\n\tzwei")
    for member in (ada, room.honest):
        said = member.expect("said", n=1, text="Grüß dich, 世界 \U0001f44b\n\tzwei")
        assert said["from"] == ada.id and said["stream"] == wire.b64(ada.stream)
    room.program.write("hello from the host")
    assert ada.expect("said", text="hello from the host")["from"] == welcome["host"]
    ada.leave()
    assert room.honest.expect("left", id=ada.id)["reason"] == "left"
    ada = room.client()
    ada.join()
    ada.drop()
    assert room.honest.expect("left", id=ada.id)["reason"] == "lost"
    room.check("Ada")


def test_pages_and_resume(room: Room) -> None:
    """§8: pages of 100, going on by row hash, another log, a seq past the head."""
    for _ in range(2):  # 32 at once at most, and 20 before the server slows us
        for number in range(15):
            room.honest.say(f"filler {number}")
        room.honest.acknowledged(room.honest.n)
    ben = room.client("ben", "Ben")
    welcome = ben.join()
    last = ben.log[-1]
    assert [m["seq"] for m in ben.log] == list(range(1, wire.integer(welcome, "head") + 1))
    ben.leave()
    row = keys.row_hash(wire.unb64(wire.string(welcome, "log_id")), last)
    good: Message = {"log_id": welcome["log_id"], "seq": last["seq"], "row": wire.b64(row)}
    cases: list[tuple[Message, str]] = [
        (good, "resumed"),
        ({**good, "row": wire.b64(bytes(32))}, "replaced"),
        ({**good, "log_id": wire.b64(bytes(16))}, "replaced"),
        ({**good, "seq": 2**53 - 1}, "replaced"),
    ]
    for resume, history in cases:
        ben = room.client("ben", "Ben", resume=resume)
        assert ben.enter()["history"] == history
        if history == "resumed":
            ben.go_live(after=wire.integer(last, "seq"))
            assert ben.log == [] or ben.log[0]["seq"] == wire.integer(last, "seq") + 1
        ben.leave()
    room.check("Ada", "Ben")


def test_a_page_behind_the_head_is_empty(room: Room) -> None:
    """§8.1, §8.4: nothing newer, so it makes live."""
    ben = room.client("ben", "Ben")
    ben.enter()
    ben.send({"t": "get_page", "after": 2**53 - 1})
    assert ben.expect("page_end")["last"] == 2**53 - 1
    ben.expect("live")
    ben.leave()
    room.check("Ben")


def test_whispers_cross_the_real_server(room: Room) -> None:
    """§10: stored, delivered, again on a new connection until got_whisper, then reported."""
    ada, ben = room.client(), room.client("ben", "Ben")
    ada.join()
    ben.join()
    ada.send({"t": "get_key", "id": ben.id})
    bare = wire.unb64(wire.string(ada.expect("key", id=ben.id), "key"))
    assert wire.b64(keys.fingerprint(bare)) == ben.id
    n = ada.whisper(bare, "only for you: Grüße, 世界")
    ada.expect("whisper_stored", n=n)
    first = ben.expect("whisper")
    assert ben.open_whisper(first, ADA_MODULUS) == "only for you: Grüße, 世界"
    ben.drop()
    ben = room.client("ben", "Ben")
    ben.join()
    again = ben.expect("whisper")
    assert {**again, "at": 0} == {**first, "at": 0}
    ben.send({"t": "got_whisper", "from": again["from"], "msg_id": again["msg_id"], "shown": True})
    assert ada.expect("whisper_done", to=ben.id) == {
        "t": "whisper_done", "to": ben.id, "msg_id": first["msg_id"], "outcome": "delivered"
    }  # fmt: skip
    ben.drop()
    ben = room.client("ben", "Ben")
    ben.join()
    ben.send({"t": "ping"})
    ben.expect("pong")
    assert not [m for m in ben.heard if m["t"] == "whisper"]
    ada.leave()
    ben.leave()
    assert "Grüße" not in str(room.program.seen)
    room.check("Ada", "Ben")


def test_whispers_with_the_host_and_a_kick(room: Room) -> None:
    """§10 with the real program at the other end; §4.3, §5.3: removed, and not let in again."""
    dora = room.client("dora", "Dora")
    host = dora.join()["host"]
    dora.send({"t": "get_key", "id": host})
    bare = wire.unb64(wire.string(dora.expect("key", id=host), "key"))
    dora.whisper(bare, "to the host")
    room.program.wait("whisper", **{"from": "Dora", "text": "to the host"})
    assert dora.expect("whisper_done", to=host)["outcome"] == "delivered"
    room.program.write("/whisper Dora to you")
    assert dora.open_whisper(dora.expect("whisper"), bare) == "to you"
    room.program.write("/kick Dora enough")
    end = dora.ended()
    assert (end.how, end.code, end.reason) == ("close", 4, "enough")
    assert room.honest.expect("left", id=dora.id)["reason"] == "kicked"
    with pytest.raises(Ended) as again:
        room.client("dora", "Dora").join()
    assert again.value.code == 4
    room.check("Dora")


def test_a_whisper_sent_again(room: Room) -> None:
    """§7.1, §7.2: under its n, or under its msg_id in another place: stored once. Another one: conflict."""
    ada, ben = room.client(), room.client("ben", "Ben")
    ada.join()
    ben.join()
    message = ada.whisper_message(BEN_MODULUS, "once", 1)
    other = ada.whisper_message(BEN_MODULUS, "FALSE", 1)
    for n, sent in ((1, message), (1, message), (2, message)):
        ada.send({**sent, "n": n})
        ada.expect("whisper_stored", n=n)
    for n, msg_id in ((1, other["msg_id"]), (3, message["msg_id"])):
        ada.send({**other, "n": n, "msg_id": msg_id})
        assert ada.expect("refused", n=n)["code"] == "conflict"
    ben.send({"t": "ping"})
    ben.expect("pong")
    assert [m["msg_id"] for m in ben.heard if m["t"] == "whisper"] == [message["msg_id"]]
    ada.leave()
    ben.leave()
    room.check("Ada", "Ben")


def test_who_speaks_before_it_is_live_finds_it_in_the_page(room: Room) -> None:
    """§7.1, §8.4: acknowledged by a page."""
    ada = room.client()
    head = wire.integer(ada.enter(), "head")
    n = ada.say("not live yet")
    room.honest.expect("said", text="not live yet")
    ada.go_live(after=head)
    assert ada.acknowledged(n)["text"] == "not live yet"
    ada.leave()
    room.check("Ada")


def test_the_newer_connection_takes_over(room: Room) -> None:
    """§4.3, §12.1: Close `replaced`, and neither joined nor left; a say on the old one is not lost twice."""
    first = room.client()
    first.join()
    room.check("Ada")
    second = room.client(stream=first.stream)
    second.join()
    assert first.ended().code == 6
    room.check()
    second.leave()


def test_room_keys_change_when_members_do(room: Room) -> None:
    """§5.2: a step or a new key; who was away gets a RoomKey and reads on."""
    ada, ben = room.client(), room.client("ben", "Ben")
    ada.join()
    epochs = [room.honest.room.epoch]
    for come in (True, False, True):
        if come:
            ben = room.client("ben", "Ben")
            ben.join()
        else:
            ben.leave()
            ada.expect("left", name="Ben")
        ada.say("turn")
        seq = ada.acknowledged(ada.n)["seq"]
        room.honest.expect("said", seq=seq)
        epochs.append(room.honest.room.epoch)
    assert epochs == sorted(set(epochs))
    assert ada.room.epoch == room.honest.room.epoch
    ada.leave()
    ben.leave()
    room.check("Ada", "Ben")


def test_pieces_of_one_byte(room: Room) -> None:
    """§2: a frame may arrive in any pieces."""
    ada = room.client()
    ada.join()
    ada.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in ada.out.seal(wire.pack({"t": "ping"})):
        ada.sock.sendall(bytes([byte]))
    ada.expect("pong")
    ada.leave()
    room.check("Ada")


def test_what_comes_behind_a_close_is_ignored(room: Room) -> None:
    """§5.3."""
    ada = room.client()
    ada.join()
    close = ada.out.seal(bytes([0]), wire.CLOSE)
    ada.sock.sendall(close + ada.out.seal(wire.pack(ada.say_message("FALSE", 1))) + b"\xff" * 100)
    assert ada.ended().how == "silent"
    assert room.honest.expect("left", id=ada.id)["reason"] == "left"
    room.check("Ada")


# --- Refused softly ------------------------------------------------------------------------------


def test_refusals(room: Room) -> None:
    """§7.1, §7.2: each code, whether it uses up its n, and what a repeated n gets."""
    ada = room.client()
    ada.join()

    def answer(message: Message) -> Message:
        ada.send(message)
        return ada.expect("refused", n=message["n"])

    for text, code in (
        (" \n ", "empty"), ("", "empty"), ("\u200b", "empty"), ("x" * 4_001, "too_long"),
        ("x\n" * 50 + "x", "too_many_lines"), ("a\0b", "bad_text"), ("a\x1b[2Jb", "bad_text"),
        ("a\x9bb", "bad_text"), ("a\rb", "bad_text"),
    ):  # fmt: skip
        ada.n += 1
        assert answer(ada.say_message(text, ada.n))["code"] == code, text[:20]
    assert answer(ada.say_message("FALSE", ada.n + 2))["code"] == "gap"
    assert answer(ada.say_message("FALSE", 1))["code"] == "empty"  # repeated: the answer of the first time
    n = ada.say("once")
    seq = ada.acknowledged(n)["seq"]
    ada.send(ada.say_message("once", n))
    assert ada.expect("answer", n=n)["seq"] == seq
    assert answer(ada.say_message("FALSE", n))["code"] == "conflict"
    ada.whisper(ADA_MODULUS, "to myself")
    assert ada.expect("refused", n=ada.n)["code"] == "to_self"
    ada.whisper(keys.modulus(keys.private("kex")), "to nobody")
    assert ada.expect("refused", n=ada.n)["code"] == "no_such_member"
    ada.leave()
    room.check("Ada")


def test_an_n_used_by_a_whisper_is_no_messages_n(room: Room) -> None:
    """§7.2: conflict; and nobody's stream is another member's."""
    ada, ben = room.client(), room.client("ben", "Ben")
    ada.join()
    ben.join()
    n = ada.whisper(BEN_MODULUS, "whispered")
    ada.expect("whisper_stored", n=n)
    ada.send(ada.say_message("FALSE", n))
    assert ada.expect("refused", n=n)["code"] == "conflict"
    ben.stream = ada.stream
    ben.n = 0
    ben.say("my own first")
    assert ben.expect("said", text="my own first")["from"] == ben.id
    said = ben.n
    ben.n -= 1
    ben.whisper(ADA_MODULUS, "FALSE")
    assert ben.expect("refused", n=said)["code"] == "conflict"
    ada.leave()
    ben.leave()
    room.check("Ada", "Ben")


def test_a_key_of_nobody_gets_no_answer(room: Room) -> None:
    """§6.2."""
    ada = room.client()
    ada.join()
    ada.send({"t": "get_key", "id": wire.b64(os.urandom(32))}, {"t": "ping"})
    ada.expect("pong")
    assert not [m for m in ada.heard if m["t"] == "key"]
    ada.leave()
    room.check("Ada")


# --- Faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", HANDSHAKE_FAULTS)
def test_handshake_fault(room: Room, fault: str) -> None:
    """§3.5: whatever goes wrong, the same five bytes and the end; nobody in the room hears of it."""
    with pytest.raises(Ended) as end:
        room.client(misbehave=fault).handshake()
    assert end.value.how == ("other version" if fault == "wrong magic" else "alert")
    room.check()


@pytest.mark.parametrize("fault", AUTH_FAULTS)
def test_auth_fault(room: Room, fault: str) -> None:
    """§4: Close with the code of the fault; nobody joined, and nothing of the record is used."""
    with pytest.raises(Ended) as end:
        room.client(misbehave=fault).join()
    assert (end.value.how, end.value.code) == ("close", AUTH_FAULTS[fault])
    room.check()


def test_key_exchange_twice(room: Room) -> None:
    """§2: frames behind one that changes the state are judged by the new state: after keys, so silently."""
    client = room.client(misbehave="key exchange twice")
    with pytest.raises(Ended) as end:
        client.handshake()  # whether ServerFinished still comes is not said
        client.receive()
    assert end.value.how == "silent"
    room.check()


def test_auth_record_of_4097_bytes(room: Room) -> None:
    """§4.2, §9: judged by its header."""
    client = room.client()
    client.handshake()
    client.sock.sendall(bytes([wire.DIRECT]) + (4_097).to_bytes(3, "big"))
    assert client.ended().how == "silent"
    room.check()


def _in_room(room: Room, fault: str) -> tuple[Ended, Message]:
    client = room.client(misbehave=fault)
    client.join()
    client_faults.misbehave(client)
    return client.ended(), room.honest.expect("left", id=client.id)


@pytest.mark.parametrize("fault", client_faults.SILENT)
def test_record_fault(room: Room, fault: str) -> None:
    """§5.4: the connection ends without an answer; for the others it is a loss."""
    end, left = _in_room(room, fault)
    assert end.how == "silent" and left["reason"] == "lost"
    room.check("Ada")


@pytest.mark.parametrize("fault", client_faults.PROTOCOL)
def test_message_fault(room: Room, fault: str) -> None:
    """§5.4, §6.1: Close `protocol`, and nothing of the record is used."""
    end, left = _in_room(room, fault)
    assert (end.how, end.code) == ("close", 7) and left["reason"] == "lost"
    room.check("Ada")


def test_silence(room: Room) -> None:
    """§3.6: ten seconds for the handshake, then the Alert; ten more for auth, then Close `reconnect`."""
    (begun, mute), (_, shaken) = room.silent
    with pytest.raises(Ended) as end:
        mute._read_plain(wire.SERVER_HELLO)
    assert end.value.how == "alert"
    assert shaken.ended().code == 1
    assert time.monotonic() - begun >= 9.5
    room.check()
