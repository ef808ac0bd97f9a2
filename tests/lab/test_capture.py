"""Captures, read by Wireshark's own engine with our dissector: every frame, and no complaint."""

from __future__ import annotations

import re
import shlex
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from random import Random

import pytest

from netcore.lab.pcapng import capture_bytes
from netcore.lab.spans import spans_of_frame
from netcore.lab.wireshark import wireshark_command
from netcore.trace import FrameSeen, RecordingBegan, Role, TraceEvent
from netcore.wire.codes import CloseCode
from netcore.wire.framing import HEADER_BYTES, PRE_KEY_LENGTHS, SEALED_LENGTHS, FrameType, encode_frame
from netcore.wire.messages import Ping
from tests.lab.recording import Recorded, plaintext_of, said
from tests.lab.tshark import SCRIPT, packets, tshark

COMPLAINTS = (
    "_ws.malformed", "_ws.lua.error", "tcp.analysis.flags", "localchat.lost",
    "localchat.middle", "localchat.other_magic",
)  # fmt: skip
WALL_CLOCK_S = 1_700_000_000.0


def capture_of(events: list[TraceEvent], role: Role = "client") -> bytes:
    return capture_bytes(events, role, WALL_CLOCK_S)


def frames_found(capture: bytes, *options: str) -> list[tuple[int, int]]:
    """(type, length of the body) of each frame, in the order in which they are whole."""
    rows = packets(capture, "localchat.type", "localchat.length", only="localchat.type", options=options)
    return [
        (int(number, 16), int(length))
        for row in rows
        for number, length in zip(row["localchat.type"], row["localchat.length"], strict=True)
    ]


def frames_recorded(frames: list[FrameSeen]) -> list[tuple[int, int]]:
    return [(frame.type, frame.length - HEADER_BYTES) for frame in frames]


def assert_found(capture: bytes, frames: list[FrameSeen]) -> None:
    """Also when packets are looked at a second time, as in Wireshark's window."""
    assert frames_found(capture) == frames_recorded(frames)
    assert frames_found(capture, "-2") == frames_recorded(frames)


def assert_no_complaint(capture: bytes, *allowed: str, options: tuple[str, ...] = ()) -> None:
    """Nothing malformed, no flag of the analysis of TCP, and all checksums are right."""
    fields = [name for name in COMPLAINTS if name not in allowed]
    good = "tcp.checksum.status == 1 && (ipv6 || ip.checksum.status == 1)"
    complaints = " || ".join([*fields, f"!({good})"])
    assert packets(capture, "frame.number", *fields, only=complaints, options=options) == []


def comments(capture: bytes) -> list[str]:
    return [text for row in packets(capture, "frame.comment") for text in row["frame.comment"]]


def talk(recorded: Recorded, piece_bytes: int = 2**20) -> None:
    """A handshake, both ways of Direct records and of files, RoomKey, Room records, and a goodbye."""
    recorded.join(piece_bytes)
    recorded.tell_room(said(1))
    recorded.pair.client.send(Ping())
    recorded.deliver(piece_bytes)
    recorded.tell_room(said(2), said(3, "Grüß dich, 世界"))
    for end in (recorded.pair.client, recorded.pair.server):
        end.send_chunk(bytes(range(16)), 7, bytes(300))
    recorded.deliver(piece_bytes)
    recorded.pair.client.close(CloseCode.LEAVING)
    recorded.deliver(piece_bytes)
    recorded.end()


ROLES: list[tuple[Role, str]] = [
    ("client", "192.168.1.20:5050"),
    ("client", "[fe80::1%eth0]:5050"),
    ("server", "127.0.0.1:50321"),
    ("server", "[2001:db8::7]:50321"),
    ("server", "not known"),
]


@pytest.mark.parametrize(("role", "peer"), ROLES)
def test_a_whole_conversation_at_either_end(role: Role, peer: str) -> None:
    recorded = Recorded(role, peer).begin()
    talk(recorded)
    capture = capture_of(recorded.events(), role)
    assert {frame.type for frame in recorded.frames()} == {*FrameType} - {FrameType.ALERT}
    assert frames_found(capture) == frames_recorded(recorded.frames())
    assert_no_complaint(capture)
    rows = packets(capture, "tcp.flags.str", "tcp.srcport", "tcp.len", "tcp.seq_raw", "frame.protocols")
    flags = [row["tcp.flags.str"][0].strip("·") for row in rows]
    assert flags[:3] == ["S", "A··S", "A"] and sum("F" in flag for flag in flags) == 2
    assert rows[0]["tcp.srcport"] != ["5050"] and rows[1]["tcp.srcport"] == ["5050"]
    # One chunk, one packet, and the number of its first byte is its place in the stream.
    data = [row for row in rows if row["tcp.len"] != ["0"]]
    places = [(str(len(chunk.data)), str(chunk.offset + 1)) for chunk in recorded.chunks()]
    assert [(*row["tcp.len"], *row["tcp.seq_raw"]) for row in data] == places
    assert all(row["frame.protocols"][0].startswith("raw:ip") for row in rows)


def test_numbers_are_counted_as_the_recorder_counts_them() -> None:
    """PROTOCOL §5: seq is never sent; two frames of each direction come before the first."""
    recorded = Recorded().begin()
    talk(recorded)
    rows = packets(capture_of(recorded.events()), "localchat.n", "localchat.seq", only="localchat.n")
    frames = recorded.frames()
    assert [int(n) for row in rows for n in row["localchat.n"]] == [frame.n for frame in frames]
    seqs = [int(seq) for row in rows for seq in row["localchat.seq"]]
    assert seqs == [frame.n - 2 for frame in frames if frame.type in {*SEALED_LENGTHS}]


@pytest.mark.parametrize("piece_bytes", [1, 7, 100])
def test_frames_in_many_pieces(piece_bytes: int) -> None:
    recorded = Recorded().begin()
    talk(recorded, piece_bytes)
    capture = capture_of(recorded.events())
    assert len(recorded.chunks()) > len(recorded.frames())
    assert_found(capture, recorded.frames())
    assert_no_complaint(capture)


def test_many_frames_in_a_piece() -> None:
    recorded = Recorded().begin()
    recorded.join()
    for number in range(1, 9):
        recorded.tell_room(said(number))
    recorded.deliver()
    capture = capture_of(recorded.events())
    most = max(packets(capture, "localchat.type"), key=lambda row: len(row["localchat.type"]))
    assert most["localchat.type"] == ["0x1b", *["0x1a"] * 8]
    assert_found(capture, recorded.frames())
    assert_no_complaint(capture)


@pytest.mark.parametrize("piece_bytes", [2**20, 65_536, 65_495, 65_496])
def test_frames_longer_than_a_packet(piece_bytes: int) -> None:
    recorded = Recorded().begin()
    recorded.join()
    recorded.tell_room(said(1))
    recorded.tell_room(*plaintext_of(65_508))
    for message in plaintext_of(65_536):
        recorded.pair.server.send(message)
    recorded.tell_room(said(2))
    recorded.deliver(piece_bytes)
    capture = capture_of(recorded.events())
    assert [frame.length for frame in recorded.frames() if frame.length > 65_495] == [65_556, 65_556]
    assert_found(capture, recorded.frames())
    assert_no_complaint(capture)
    lengths = packets(capture, "frame.len", only="tcp.len > 0")
    assert max(int(*row["frame.len"]) for row in lengths) == 65_535


def without_comments(capture: bytes) -> bytes:
    """As another program's capture is: it says nothing of where frames begin."""
    return re.sub(rb"(the next frame begins|no frame begins)", lambda hit: b"x" * len(hit[0]), capture)


def late(cut_bytes: int = 0, piece_bytes: int = 2**20) -> Recorded:
    """A recording that began when the two had talked already, so many bytes into a frame to the client."""
    recorded = Recorded()
    recorded.join()
    recorded.tell_room(said(1))
    recorded.tell_room(said(2, "before"))
    recorded.pair.client.send(Ping())
    if cut_bytes:
        recorded.pair.collect()
        recorded.receive(cut_bytes)
    recorded.begin()
    for number in range(3, 8):
        recorded.deliver(piece_bytes)
        recorded.tell_room(said(number))
        recorded.pair.client.send(Ping())
    recorded.deliver(piece_bytes)
    return recorded


@pytest.mark.parametrize("other_program", [False, True])
def test_a_recording_that_begins_between_frames(other_program: bool) -> None:
    recorded = late()
    capture = capture_of(recorded.events())
    capture = without_comments(capture) if other_program else capture
    assert packets(capture, "frame.number", only="tcp.flags.syn == 1") == []
    assert frames_found(capture) == frames_recorded(recorded.frames())
    assert_no_complaint(capture)
    seqs = packets(capture, "tcp.seq_raw", "tcp.ack_raw")
    begun = next(event for event in recorded.events() if isinstance(event, RecordingBegan))
    assert {begun.in_offset + 1, begun.out_offset + 1} <= {int(*row["tcp.seq_raw"]) for row in seqs}
    assert min(int(*row["tcp.ack_raw"]) for row in seqs) > 1


@pytest.mark.parametrize("other_program", [False, True])
@pytest.mark.parametrize("cut_bytes", [2, 30, 90])
def test_a_recording_that_begins_in_a_frame(cut_bytes: int, other_program: bool) -> None:
    """What is left of it is shown as the middle of a frame, and all behind it by name."""
    recorded = late(cut_bytes)
    capture = capture_of(recorded.events())
    capture = without_comments(capture) if other_program else capture
    begun = next(event for event in recorded.events() if isinstance(event, RecordingBegan))
    limits = {"in": begun.in_offset, "out": begun.out_offset}
    whole = [frame for frame in recorded.frames() if frame.offset >= limits[frame.direction]]
    assert len(whole) == len(recorded.frames()) - 1
    assert_found(capture, whole)
    assert_no_complaint(capture, "localchat.middle")
    (middle,) = packets(capture, "localchat.middle", only="localchat.middle")
    (cut,) = [frame for frame in recorded.frames() if frame not in whole]
    assert len(middle["localchat.middle"][0]) // 2 == cut.offset + cut.length - begun.in_offset


def test_a_recording_that_begins_in_a_long_frame_in_small_pieces() -> None:
    """The comments say so of each packet: what is sealed may look like a header anywhere."""
    recorded = Recorded()
    recorded.join()
    recorded.tell_room(*plaintext_of(60_000))
    recorded.pair.collect()
    recorded.receive(5_000)
    recorded.begin()
    recorded.tell_room(said(2))
    recorded.tell_room(said(3))
    recorded.deliver(1_000)
    capture = capture_of(recorded.events())
    assert frames_found(capture) == frames_recorded(recorded.frames()[-2:])
    assert_no_complaint(capture, "localchat.middle")


def test_what_looks_like_frames_in_a_frame_is_none() -> None:
    """The comments are believed, and not what sealed bytes may look like by chance."""
    false = encode_frame(FrameType.DIRECT, bytes(96))
    true = encode_frame(FrameType.DIRECT, bytes(80))
    recorded = Recorded()
    recorded.join()
    recorded.begin()
    start = recorded.in_offset
    long = encode_frame(FrameType.DIRECT, false * 40)
    for offset in range(0, 3_900, 100):  # it had begun before
        recorded.tape.chunk_in(start + offset, long[104 + offset :][:100], 65_536)
    recorded.tape.frame_in(9, FrameType.DIRECT, start - 104, long, "IN_ROOM", "IN_ROOM", sealed=False)
    recorded.tape.chunk_in(start + 3_900, true, 65_536)
    recorded.tape.frame_in(10, FrameType.DIRECT, start + 3_900, true, "IN_ROOM", "IN_ROOM", sealed=False)
    capture = capture_of(recorded.events())
    assert_found(capture, recorded.frames()[-1:])
    assert len(frames_found(without_comments(capture))) > 30
    assert_no_complaint(capture, "localchat.middle")


@pytest.mark.parametrize("is_late", [False, True])
def test_a_window_is_never_full(is_late: bool) -> None:
    """As many bytes in a row as the window in the header says, unanswered."""
    recorded = Recorded()
    if is_late:
        recorded.join()
    recorded.begin()
    if not is_late:
        recorded.join()
    recorded.pair.client.send(Ping())  # and its packet acknowledges all so far
    recorded.deliver()
    offset = recorded.in_offset
    for data_bytes in (60_000, 5_535, 65_495, 40, 65_495):
        recorded.tape.chunk_in(offset, bytes(data_bytes), 65_536)
        offset += data_bytes
    capture = capture_of(recorded.events())
    assert packets(capture, "tcp.analysis.flags", only="tcp.analysis.flags") == []


def test_a_recording_with_a_hole() -> None:
    """What the recorder had no room for: the next packet says so, and frames behind it have their names."""
    recorded = Recorded().begin()
    recorded.join()
    for number in range(1, 20):
        recorded.tell_room(said(number))
    recorded.deliver(100)
    recorded.end(closed=False)
    dropped = recorded.chunks()[20:24]
    capture = capture_of([event for event in recorded.events() if event not in dropped])
    holes = {chunk.number for chunk in dropped}
    lost = [frame for frame in recorded.frames() if holes & {*range(frame.first_chunk, frame.last_chunk + 1)}]
    found, recorded_frames = frames_found(capture), frames_recorded(recorded.frames())
    assert 2 <= len(lost) <= 5
    assert len(found) == len(recorded_frames) - len(lost)
    assert packets(capture, "_ws.malformed", only="_ws.malformed || localchat.lost") == []
    (comment,) = [text for text in comments(capture) if "not recorded" in text]
    assert comment.startswith(f"not recorded: {sum(len(chunk.data) for chunk in dropped)} bytes before")


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("dropped_chunks", [1, 2, 5, 40])
def test_a_recording_without_its_first_chunks(dropped_chunks: int, is_known: bool) -> None:
    """A window keeps the newest of many, and perhaps still who it was: no SYN, and numbers that fit."""
    recorded = Recorded(peer="192.168.1.20:5050").begin()
    talk(recorded, 50)
    kept = recorded.chunks()[dropped_chunks:]
    events = recorded.events()[:1] * is_known
    events += [event for event in recorded.events() if event in kept or isinstance(event, FrameSeen)]
    capture = capture_of(events)
    assert packets(capture, "frame.number", only="tcp.flags.syn == 1") == []
    assert bool(packets(capture, "frame.number", only="ip.addr == 192.168.1.20")) == is_known
    whole = [frame for frame in recorded.frames() if frame.first_chunk >= kept[0].number]
    assert frames_found(capture) == frames_recorded(whole)


def test_connections_beside_each_other() -> None:
    first = Recorded("server", "192.168.1.20:50001").begin()
    second = Recorded("server", "192.168.1.21:50001", first.recorder).begin()
    talk(first)
    talk(second, 100)
    events = sorted(first.events() + second.events(), key=lambda event: event.number)
    capture = capture_of(events, "server")
    rows = packets(capture, "tcp.stream", "localchat.type", only="localchat.type")
    frames = [event for event in events if isinstance(event, FrameSeen)]
    for stream, recorded in enumerate((first, second)):
        found = [row["localchat.type"] for row in rows if row["tcp.stream"] == [str(stream)]]
        own = [frame.type for frame in frames if frame.connection == recorded.tape.connection]
        assert [int(number, 16) for numbers in found for number in numbers] == own
    assert_no_complaint(capture)


@pytest.mark.parametrize(("options", "found"), [((), True), (("--disable-protocol", "localchat"), False)])
def test_another_port_is_known_by_the_first_bytes(options: tuple[str, ...], found: bool) -> None:
    """And a dissector that is not there would be seen: plain TCP is no error to tshark."""
    recorded = Recorded(peer="127.0.0.1:5055").begin()
    talk(recorded)
    capture = capture_of(recorded.events())
    assert frames_found(capture, *options) == (frames_recorded(recorded.frames()) if found else [])


@pytest.mark.parametrize(("port", "is_late"), [(5055, True), (5061, False)])
def test_another_port_by_the_window_s_command(port: int, is_late: bool) -> None:
    """From the middle of a connection on, and on a port that is SIP's to Wireshark."""
    recorded = Recorded(peer=f"127.0.0.1:{port}")
    if is_late:
        recorded.join()
    recorded.begin()
    recorded.tell_room(said(1)) if is_late else recorded.join()
    recorded.deliver()
    capture = capture_of(recorded.events())
    options = shlex.split(wireshark_command(Path("a.pcapng"), port))[3:-1]
    assert frames_found(capture) == []
    assert frames_found(capture, *options) == frames_recorded(recorded.frames())


def test_an_alert() -> None:
    recorded = Recorded().begin()
    recorded.deliver(100)
    failed = Recorded("server", "127.0.0.1:50000", recorded.recorder).begin()
    failed.pair.server.close(CloseCode.SHUTDOWN)
    failed.pair.client.close(CloseCode.LEAVING)
    failed.deliver()
    capture = capture_of(sorted(failed.events() + recorded.events(), key=lambda event: event.number))
    assert (FrameType.ALERT, 1) in frames_found(capture)
    assert_no_complaint(capture)


def test_what_is_no_frame_is_said_and_the_next_one_found() -> None:
    """Another program's bytes in the midst of ours, and ours again."""
    recorded = Recorded().begin()
    recorded.join()
    offset = recorded.in_offset
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x17\xff\xff\xff", b"\x01\x00\x00\x51!"):
        for chunk in (data, b"more of it" + encode_frame(FrameType.CLOSE, bytes(17))):
            recorded.tape.chunk_in(offset, chunk, 65_536)
            offset += len(chunk)
    capture = capture_of(recorded.events())
    assert frames_found(capture) == frames_recorded(recorded.frames()) + [(FrameType.CLOSE, 17)] * 3
    assert len(packets(capture, "frame.number", only="localchat.lost")) == 3
    assert_no_complaint(capture, "localchat.lost", "localchat.middle")


@pytest.mark.parametrize("seed", range(3))
def test_any_bytes_are_shown_without_a_fault_of_ours(seed: int) -> None:
    recorded = Recorded().begin()
    offset = 0
    for number in range(60):
        data = Random(f"{seed} {number}").randbytes([1, 3, 4, 40, 3_000][number % 5])
        recorded.tape.chunk_in(offset, data, 65_536)
        offset += len(data)
    capture = capture_of(recorded.events())
    assert len(packets(capture, "frame.number", only="localchat", options=("-2",))) > 20
    assert_no_complaint(capture, "localchat.lost", "localchat.middle", "localchat.other_magic")


def test_each_field_is_where_its_span_is() -> None:
    """The dissector's layout, in another language, is the decoders'."""
    recorded = Recorded().begin()
    talk(recorded)
    capture = capture_of(recorded.events())
    checked = set()
    for packet in ElementTree.fromstring(tshark(capture, "-T", "pdml")).iter("packet"):
        for proto in packet.iterfind("proto[@name='localchat']"):
            fields = {field.attrib["name"].removeprefix("localchat."): field.attrib for field in proto}
            header = bytes.fromhex(fields["type"]["value"] + fields["length"]["value"])
            spans = spans_of_frame(header)
            shown = {
                name: (int(field["pos"]) - int(proto.attrib["pos"]), int(field["size"]))
                for name, field in fields.items()
                if field["size"] != "0"
            }
            assert shown == {span.name: (span.start, span.end - span.start) for span in spans}
            assert int(proto.attrib["size"]) == spans[-1].end
            checked.add(FrameType(header[0]))
    assert checked == {*FrameType} - {FrameType.ALERT}


def test_the_dissector_knows_the_legal_lengths() -> None:
    """PROTOCOL §2: which lengths a type may have."""
    text = SCRIPT.read_text("utf-8")
    for name, length in re.findall(r"local (MAX_\w+) = (\d+)", text):
        text = text.replace(f"{name} }}", f"{length} }}")
    listed = re.findall(r"\[0x(..)\] = \{ (\d+), (\d+) \}", text)
    legal = {**PRE_KEY_LENGTHS, **SEALED_LENGTHS}
    assert {int(number, 16): (int(least), int(most)) for number, least, most in listed} == {
        frame_type: (lengths.start, lengths.stop - 1) for frame_type, lengths in legal.items()
    }


def test_the_file_says_that_it_is_made_up() -> None:
    recorded = Recorded().begin()
    talk(recorded)
    capture = capture_of(recorded.events())
    assert b"Synthetic: recorded by LocalChat" in capture[:600]
    assert comments(capture)[:2] == ["Frame 0: ClientHello, 84 bytes", "Frame 0: ServerHello, 1108 bytes"]


def test_texts_are_there_only_if_asked_for() -> None:
    recorded = Recorded().begin()
    talk(recorded)
    assert b"ping" not in capture_of(recorded.events())
    capture = capture_bytes(recorded.events(), "client", WALL_CLOCK_S, with_texts=True)
    assert any('"t":"ping"' in text for text in comments(capture))
    assert_no_complaint(capture)


def test_the_time_is_the_chunks() -> None:
    recorded = Recorded().begin()
    talk(recorded)
    rows = packets(capture_of(recorded.events()), "frame.time_epoch", only="tcp.len > 0")
    times = [float(*row["frame.time_epoch"]) for row in rows]
    assert times == pytest.approx([WALL_CLOCK_S + chunk.at_s for chunk in recorded.chunks()], abs=1e-5)

