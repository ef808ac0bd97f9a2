"""The Stream view: real chunks and frames on one ruler, a knife that asks, and a naive program that fails."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from gui.lab.stream import view as module
from gui.lab.stream.ribbon import PER_BYTE, Ribbon
from gui.lab.stream.rows import Row
from gui.lab.stream.view import BAD_BYTES, EITHER, KEPT, NOT_SAID, NOTHING, StreamView
from gui.look.look import Look
from netcore.engine import Command, CutReceiving, CutSending, JoinSending, LabSwitches
from netcore.lab.museum import v1_2
from netcore.lab.stream.ruler import end_of
from netcore.trace import Chunk, TraceEvent
from netcore.wire.messages import Message, Ping, Say
from tests.gui.cast import BEN
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.canvases import check_nothing_is_cut, kind, words_on
from tests.gui.lab.conftest import Laboratory, OpenLab
from tests.gui.waiting import Pump
from tests.lab.scene import STREAM, Scene, said

Opened = Callable[..., tuple[Laboratory, StreamView]]
LINES = ("Grüß dich", "Wer hat Frame 3?", "Ich, 47 Bytes länger")


@pytest.fixture
def opened(open_lab: OpenLab, pump: Pump) -> Opened:
    def run(server: bool = False, size: str = "1200x780+0+0") -> tuple[Laboratory, StreamView]:
        lab = open_lab(server, size)
        view = lab.window.open_view("stream")
        assert isinstance(view, StreamView)
        pump(view.winfo_viewable)
        return lab, view

    return run


def three(scene: Scene, piece_bytes: int, to_server: bool = False) -> list[TraceEvent]:
    """Three records in a row, cut into chunks of that size."""
    messages: list[Message] = [Say(STREAM, n, text) for n, text in enumerate(LINES, 7)]
    records = [scene.direct_record(to_server, message) for message in messages]
    return scene.carried(records, piece_bytes)


def tell(lab: Laboratory, view: StreamView, pump: Pump, events: list[TraceEvent]) -> None:
    """Until the naive program has read all of it, too."""
    lab.tell(events)
    pump(lambda: not view._under_way and view._carrying is None and view._refreshing is None)


def painted(view: StreamView) -> list[str]:
    view.ribbon.paint_now()
    return words_on(view.ribbon)


def entered(view: StreamView, entry: str, text: str) -> None:
    field = {"recv": view.recv_entry, "piece": view.piece_entry, "join": view.join_entry}[entry]
    field.delete(0, "end")
    field.insert(0, text)


def errors(rows: object) -> list[str]:
    assert isinstance(rows, list)
    return [row.words.partition(":")[0] for row in rows if isinstance(row, Row) and row.icon == "cross"]


# --- two rulers ------------------------------------------------------------------------------------------


def test_chunks_and_frames_stand_over_one_ruler(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *three(scene, 47)])
    shown = painted(view)
    assert "47 bytes" in shown and "recv 1" in shown
    assert any(words.startswith("Frame 0  ·  Direct") for words in shown)
    frames = [event for event in view.frames]
    assert any(f"{frames[0].length:,} bytes" == words for words in shown)
    end = end_of(frames[-1])
    assert f"byte {end:,}" in shown
    assert PER_BYTE >= 3


def test_both_lanes_have_one_scale(opened: Opened, pump: Pump, look: Look) -> None:
    """A frame that begins with a chunk begins under it."""
    lab, view = opened()
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *three(scene, 47)])
    ribbon: Ribbon = view.ribbon
    for offset in (0, 47, 100):
        assert ribbon._x(offset + 1) - ribbon._x(offset) == PER_BYTE
    painted(view)
    boxes = [item for item in ribbon.find_all() if kind(ribbon, item) in ("image", "rectangle")]
    at = [ribbon.coords(item)[0] for item in boxes]
    for frame in view.frames:
        x = look.px(ribbon._x(frame.offset) + 0.5)
        if 0 < x < ribbon.winfo_width():
            assert any(abs(x - found) <= 1 for found in at), frame.offset


def test_what_is_not_whole_waits(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    scene = Scene()
    events = [*scene.begin(), *three(scene, 47)]
    chunks = [event for event in events if isinstance(event, Chunk)]
    tell(lab, view, pump, [events[0], *chunks[:1]])
    shown = painted(view)
    assert any(words.startswith("47 of ") and words.endswith("bytes are here") for words in shown)
    assert view.framed_rows.rows[0].words.startswith("its header says 4 + ")
    assert view.framed_pill["text"] == "0 frames, the next is coming"


def test_a_split_header_says_that_the_length_is_not_known(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    scene = Scene()
    events = [*scene.begin(), *three(scene, 2)]
    chunks = [event for event in events if isinstance(event, Chunk)]
    tell(lab, view, pump, [events[0], *chunks[:1]])
    assert "2 of 4 header bytes: how long?" in painted(view)
    assert view.framed_rows.rows[0].words == "2 of 4 header bytes: keep and wait"


def test_a_whole_page_of_bytes_is_painted_by_what_is_in_sight(opened: Opened, pump: Pump) -> None:
    """A chunk of 60,000 bytes would be a picture of 240,000 pixels."""
    lab, view = opened()
    scene = Scene()
    big = Say(STREAM, 1, "x" * 60_000)
    tell(lab, view, pump, [*scene.begin(), *scene.direct(False, big)])
    painted(view)
    assert len(view.ribbon.find_all()) < 60
    for item in view.ribbon.find_all():
        left, _, right, _ = view.ribbon.bbox(item)
        assert right - left <= view.ribbon.winfo_width() + 40


def test_it_follows_the_newest_byte_until_somebody_scrolls_back(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *three(scene, 47), *three(scene, 47)])
    painted(view)
    newest = view.ribbon.left
    assert newest > 0
    view.ribbon.focus_force()
    pump(lambda: view.focus_get() is view.ribbon)
    view.ribbon.event_generate("<Home>")
    assert view.ribbon.left == 0
    tell(lab, view, pump, three(scene, 47))
    painted(view)
    assert view.ribbon.left == 0  # whoever looks back is left alone
    view.ribbon.event_generate("<End>")
    assert view.ribbon.left > newest


def test_nothing_yet(opened: Opened) -> None:
    _, view = opened()
    assert view.empty.winfo_manager() and NOTHING in view.empty.text


# --- the naive program -----------------------------------------------------------------------------------


def test_alone_in_its_chunk_each_message_is_read(opened: Opened, pump: Pump) -> None:
    """Why it is believed."""
    lab, view = opened()
    scene = Scene()
    tell(lab, view, pump, scene.begin())
    for text in LINES:
        tell(lab, view, pump, scene.direct(False, Say(STREAM, 1, text)))
    assert view.naive_pill["text"] == "3 of 3 messages"
    assert [row.words for row in view.naive_rows.rows] == [f"Ada: {text}" for text in LINES]
    assert view.readings[0].chunk == v1_2.to_bytes("Ada", LINES[0])


def test_joined_they_are_extra_data(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *three(scene, 65_536)])
    assert errors(view.naive_rows.rows) == ["JSONDecodeError"]
    assert "Extra data" in view.naive_rows.rows[0].words
    assert view.naive_pill["text"] == "0 of 3 messages"
    assert view.framed_pill["text"] == "3 frames"


def test_cut_it_raises_what_python_raises(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    lab.window.show_switches(LabSwitches(receive_bytes=47), [])
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *three(scene, 47)])
    assert len(view.naive_rows.rows) == 3
    assert set(errors(view.naive_rows.rows)) <= {"JSONDecodeError", "UnicodeDecodeError"}
    assert view.texts_read < view.texts_sent == 3
    assert b"".join(reading.chunk for reading in view.readings) == b"".join(
        v1_2.to_bytes("Ada", text) for text in LINES)
    assert all(len(reading.chunk) <= 47 for reading in view.readings)


def test_a_digit_is_json_and_no_message(opened: Opened, pump: Pump) -> None:
    """Read one by one, the letters of a number are numbers: json takes them, and the next line of 1.2 does
    not."""
    lab, view = opened()
    lab.window.show_switches(LabSwitches(receive_bytes=1), [])
    scene = Scene()
    record = scene.direct_record(False, Say(STREAM, 1, "7"))
    tell(lab, view, pump, [*scene.begin(), *scene.carried([record], 1)])
    (row,) = [row for row in view.naive_rows.rows if row.code == "7"]
    assert row.words == "TypeError: 'int' object is not subscriptable" and row.icon == "cross"
    assert view.naive_pill["text"] == "0 of 1 message"


def test_a_long_frame_in_single_bytes_is_told_to_its_end(opened: Opened, pump: Pump) -> None:
    """Its beginning is not kept any more, and what the reader holds is known all the same."""
    lab, view = opened()
    scene = Scene()
    long = scene.direct_record(False, Say(STREAM, 7, "x" * 700))
    tell(lab, view, pump, [*scene.begin(), *scene.carried([long], 1)])
    assert len(view.framed_rows.rows) == module.KEPT
    assert view.framed_rows.rows[-1].words.startswith("frame 0: “xxx")
    assert view.framed_rows.rows[-1].code == f"buffer {len(long[1]):,} bytes"
    assert view.framed_rows.rows[-2].words == "its header came long before: keep and wait"


def test_what_nobody_said_is_not_sent_to_1_2(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *scene.direct(False, Ping())])
    (row,) = view.naive_rows.rows
    assert row.words == NOT_SAID and view.naive_pill["text"] == "no message yet"
    tell(lab, view, pump, scene.carried([scene.room_record(said(1, "hello", "Ben"), said(2, "and", "Eve"))]))
    (row,) = view.naive_rows.rows
    assert row.code == '{"username": "Ben", "text": "hello"}{"username": "Eve", "text": "and"}'
    assert row.words.startswith("JSONDecodeError: Extra data")
    assert view.naive_pill["text"] == "0 of 2 messages"


def test_at_the_server_a_line_has_the_name_of_whose_connection_it_is(opened: Opened, pump: Pump) -> None:
    lab, view = opened(server=True)
    scene = Scene(server=True)
    tell(lab, view, pump, [*scene.begin("127.0.0.1:40001", BEN.id), *scene.say(1, "hello")])
    assert [row.words for row in view.naive_rows.rows] == ["Ben: hello"]


# --- the knife -------------------------------------------------------------------------------------------


@with_xdotool
def test_with_the_keyboard_alone(opened: Opened, pump: Pump) -> None:
    """Type a number, Return; Alt+A takes the knife away. Real keys through the X server."""
    lab, view = opened()
    view.focus_here()
    view.recv_entry.focus_force()
    pump(lambda: view.focus_get() is view.recv_entry)
    subprocess.run(["xdotool", "key", "4", "7", "Return"], check=True, timeout=20)
    pump(lambda: lab.diary.commands == [CutReceiving(47)])
    assert view.off_button.instate(["disabled"])
    lab.window.show_switches(LabSwitches(receive_bytes=47), ["lab: recv(47)"])
    assert view.off_button.instate(["!disabled"])
    subprocess.run(["xdotool", "key", "alt+a"], check=True, timeout=20)
    pump(lambda: lab.diary.commands == [CutReceiving(47), CutReceiving(None)])


@pytest.mark.parametrize("text", ["", "0", "-1", "47 ", "1.5", "65537", "zero", "٤٧", "9" * 5_000])
def test_only_a_number_of_bytes_cuts(opened: Opened, text: str) -> None:
    lab, view = opened()
    entered(view, "recv", text)
    view.use_knife()
    if text == "47 ":
        assert lab.diary.commands == [CutReceiving(47)]
        return
    assert lab.diary.commands == []
    assert view._error["text"] == BAD_BYTES and view._error.winfo_manager()
    assert view.recv_entry.instate(["invalid"])
    entered(view, "recv", "1")
    view.use_knife()
    assert not view._error.winfo_manager() and view.recv_entry.instate(["!invalid"])


def outward(view: StreamView) -> None:
    view.way.buttons["out"].invoke()


def test_what_goes_out_is_cut_or_joined(opened: Opened) -> None:
    lab, view = opened()
    outward(view)
    entered(view, "piece", "12")
    view.use_knife()
    assert lab.diary.commands == [CutSending(12)]
    entered(view, "join", "300")
    view.use_knife()
    assert lab.diary.commands == [CutSending(12)] and view._error["text"] == EITHER
    entered(view, "piece", "")
    view.use_knife()
    view.as_it_comes()
    assert lab.diary.commands[1:] == [JoinSending(0.3), CutSending(None)]


@pytest.mark.parametrize(("on", "taken"), [
    (LabSwitches(), []),
    (LabSwitches(receive_bytes=7), [CutReceiving(None)]),
    (LabSwitches(receive_bytes=7, piece_bytes=9), [CutReceiving(None), CutSending(None)]),
    (LabSwitches(join_s=0.3), [CutSending(None)]),
])
def test_with_the_laboratory_the_knives_go(opened: Opened, on: LabSwitches, taken: list[Command]) -> None:
    lab, _ = opened()
    lab.window.show_switches(on, [])
    lab.window.close()
    assert lab.diary.commands == taken


def test_what_goes_out_is_seen_as_it_left(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    outward(view)
    lab.window.show_switches(LabSwitches(piece_bytes=20), [])
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *three(scene, 20, to_server=True)])
    assert "send 1" in [row.title for row in view.framed_rows.rows]
    assert view.texts_sent == 3
    assert "UnicodeDecodeError" in errors(view.naive_rows.rows) or errors(view.naive_rows.rows)


def test_at_the_server_one_looks_and_does_not_cut(opened: Opened, pump: Pump) -> None:
    lab, view = opened(server=True)
    one, two = Scene(server=True, connection=1), Scene(server=True, connection=2, first_number=500)
    tell(lab, view, pump, [*one.begin("127.0.0.1:40001"), *one.say(1, "hello"),
                           *two.begin("127.0.0.1:40002"), *two.say(1, "good morning")])
    assert not view.cut_button.winfo_manager()
    assert view.connection in (1, 2)  # somebody is shown without being asked for
    view.use_knife()
    assert lab.diary.commands == []
    view._fill_menu()
    view._which_menu.invoke(0)
    assert view.connection == 1
    assert "hello" in view.framed_rows.rows[-1].words
    view._which_menu.invoke(1)
    assert "good morning" in view.framed_rows.rows[-1].words


def test_the_menu_does_not_change_while_it_is_open(opened: Opened, pump: Pump) -> None:
    lab, view = opened(server=True)
    scene = Scene(server=True)
    tell(lab, view, pump, [*scene.begin("127.0.0.1:40001"), *scene.say(1, "hello")])
    view._fill_menu()
    view._which_menu.entryconfigure(0, label="under the pointer")
    tell(lab, view, pump, scene.say(2, "and on it goes"))
    assert view._which_menu.entrycget(0, "label") == "under the pointer"


def test_a_fault_of_one_channel_is_not_told_of_the_next(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *three(scene, 47)])
    view._channel_fault = "This computer did not carry it: broken"
    view._refresh()
    assert any("broken" in row.words for row in view.naive_rows.rows)
    view.choose(view.connection)
    assert not any("broken" in row.words for row in view.naive_rows.rows)


def test_a_place_that_is_kept_no_more_gives_way_to_the_oldest(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *three(scene, 47)])
    view.ribbon.scroll_to(0)
    for _ in range(KEPT // 3 + 3):
        lab.tell(three(scene, 47))
    view._refresh()
    painted(view)
    assert view.chunks[0].offset > 0
    assert view.ribbon.left == view.chunks[0].offset


def test_a_new_connection_of_a_member_is_followed(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    one = Scene()
    tell(lab, view, pump, [*one.begin(), *one.direct(False, Say(STREAM, 1, "first"))])
    two = Scene(connection=2, first_number=500)
    tell(lab, view, pump, [*two.begin(), *two.direct(False, Say(STREAM, 1, "second"))])
    assert view.connection == 2
    assert [row.words for row in view.naive_rows.rows] == ["Ada: second"]


# --- size and pace ---------------------------------------------------------------------------------------


def test_what_comes_in_a_burst_is_painted_once(opened: Opened, pump: Pump,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    lab, view = opened()
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *three(scene, 47)])
    pump(lambda: view.ribbon._waiting is None)
    painted_times: list[int] = []
    real = view.ribbon.paint

    def counted() -> None:
        painted_times.append(1)
        real()

    monkeypatch.setattr(view.ribbon, "paint", counted)
    for _ in range(200):
        view.ribbon.paint_soon()
    pump(lambda: painted_times and view.ribbon._waiting is None)
    assert len(painted_times) == 1


def test_only_the_newest_are_kept(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    scene = Scene()
    events: list[TraceEvent] = list(scene.begin())
    for n in range(30):
        events += scene.carried([scene.direct_record(False, Say(STREAM, n, "y" * 20))], 4)
    tell(lab, view, pump, events)
    assert len(view.chunks) == module.KEPT < view.chunk_count
    assert view.framed_rows.rows[-1].title == f"recv {view.chunk_count}"


@pytest.mark.parametrize(("zoom", "palette", "size"), [
    (100, "dark", "1200x780+0+0"), (200, "light", "1500x1100+0+0"), (100, "light", "620x700+0+0"),
    (100, "light", "480x700+0+0"),
])
def test_it_fits(opened: Opened, look: Look, pump: Pump, zoom: int, palette: str, size: str) -> None:
    lab, view = opened(size=size)
    scene = Scene()
    tell(lab, view, pump, [*scene.begin(), *three(scene, 47)])
    look.set_palette(palette)
    look.set_zoom(zoom)
    lab.window.geometry(size)
    pump()
    for canvas in (view.ribbon, view.naive_rows, view.framed_rows):
        canvas.paint_now()
        check_nothing_is_cut(canvas)
    assert view.cut_button.winfo_viewable() and view.recv_entry.winfo_viewable()
    for button in (view.off_button, view.cut_button, *view.way.buttons.values()):
        assert button.winfo_width() >= button.winfo_reqwidth()
    assert view.off_button.winfo_rootx() >= view.way.winfo_rootx() + view.way.winfo_width()
    end = view.cut_button.winfo_rootx() + view.cut_button.winfo_width()
    assert end <= view.winfo_rootx() + view.winfo_width()


def test_a_frame_of_which_the_end_is_in_sight_has_its_name_there(opened: Opened, pump: Pump) -> None:
    lab, view = opened()
    tell(lab, view, pump, Scene().handshake())
    hello = next(frame for frame in view.frames if frame.length == 1_108)
    view.ribbon.scroll_to(hello.offset + 800)
    assert "1,108 bytes" in painted(view)
    assert any("ServerHello" in words for words in painted(view))
