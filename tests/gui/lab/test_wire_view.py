"""The Wire view: from a row of the table down to a letter and back, by pointer and by keys."""

from __future__ import annotations

import subprocess
import tkinter as tk
from collections.abc import Sequence
from pathlib import Path

import pytest

from gui.lab.wire import rows as wire_rows
from gui.lab.wire.detail import in_short
from gui.lab.wire.hex_lines import FEW_PER_LINE
from gui.lab.wire.rows import HANDSHAKE_KIND, NO_FRAME
from gui.lab.wire.view import BEFORE, NOT_SHOWN, NOTHING, SAVED, SAVED_WITH_TEXTS, SHOW_ALL, WireView
from gui.widgets.buttons import LinkLabel
from netcore.lab.layers import CHUNK, FRAME, JSON, RECORD, TEXT
from netcore.lab.recording import MAX_FRAMES
from netcore.trace import Defence, PeerKnown, TraceEvent
from netcore.wire.messages import Ping
from tests.gui.cast import ADA, BEN
from tests.gui.keyboard import with_xdotool
from tests.gui.lab.conftest import Laboratory, OpenLab
from tests.gui.lab.handshake.test_handshake_view import link_or_button
from tests.gui.room.pages import words
from tests.gui.waiting import Pump
from tests.lab.scene import Scene, last_frame, said


def wire(lab: Laboratory) -> WireView:
    view = lab.window.view
    assert isinstance(view, WireView)
    return view


def conversation() -> list[TraceEvent]:
    """Nine frames: the handshake, welcome, a key, what Ada says and hears, and a record of two messages."""
    scene = Scene()
    return [*scene.begin(), *scene.handshake(), *scene.welcome(), *scene.room_key(), *scene.say(7, "hello"),
            *scene.said(42, "hello", n=7),
            *scene.carried([scene.room_record(said(43, "Grüße", "Ben", 1), said(44, "a second", "Eve", 2))])]


def rows(view: WireView) -> list[tuple[str, ...]]:
    """What stands in the table on the screen: number, peer, kind, bytes, carries."""
    tree = view.table.tree
    found = []
    for line in tree.get_children():
        number, values = str(tree.item(line, "text")).strip(), tree.item(line, "values")
        if number:
            found.append((number, *(str(values[at]) for at in (1, 2, 3, 4))))
    return found


def layer(view: WireView) -> str:
    shown = view.detail.layer
    return "" if shown is None else shown.key


def lit(view: WireView) -> str:
    return "" if view.detail.lit is None else view.detail.lit.span.name


def tab(view: WireView, panel: tk.Widget, pump: Pump) -> list[str]:
    """The words in one of the tabs, once it is looked at."""
    view.tk.call(str(view.tabs), "select", str(panel))
    pump(lambda: str(panel) not in view._to_fill)
    return words(panel)


def click_byte(view: WireView, byte: int, pump: Pump) -> None:
    """A real click of the pointer's button on the first digit of a byte."""
    text = view.detail.dump.text
    index = view.detail.dump._grid.ranges(byte, byte + 1)[0]
    text.see(index)
    pump(lambda: text.bbox(index) is not None)
    box = text.bbox(index)
    assert box is not None
    for event in ("<ButtonPress-1>", "<ButtonRelease-1>"):
        text.event_generate(event, x=box[0] + 2, y=box[1] + 2)
    pump()


def click_row(view: WireView, number: int, pump: Pump) -> None:
    tree = view.table.tree
    line = tree.get_children()[number]
    pump(lambda: tree.bbox(line) != "")
    box = tree.bbox(line)
    assert not isinstance(box, str)
    tree.event_generate("<ButtonPress-1>", x=box[0] + 40, y=box[1] + box[3] // 2)
    pump()


def press(view: WireView, widget: tk.Misc, keys: Sequence[str], pump: Pump) -> None:
    widget.focus_force()
    pump(lambda: widget.focus_get() is widget)
    subprocess.run(["xdotool", "key", *keys], check=True, timeout=20)


def test_before_anything_crossed_it_says_what_to_do(lab: Laboratory) -> None:
    assert wire(lab).empty.text == " ".join(NOTHING)


def test_every_frame_is_a_row_in_the_order_of_the_wire(lab: Laboratory) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(0)
    view.table.see(0)
    assert rows(view)[0] == ("1", "Server", "ClientHello", "84", "client_random, client_x25519")
    view.table.see(8)
    assert rows(view)[-1][0] == "9"
    assert rows(view)[-1][-1] == "said 43: Grüße, said 44: a second"


def test_it_follows_the_newest_row_until_the_person_chooses_one(lab: Laboratory, pump: Pump) -> None:
    scene = Scene()
    for n in range(1, 31):
        lab.tell(scene.say(n, f"text {n}"))
    view = wire(lab)
    assert rows(view)[-1][-1] == "say 30: text 30"
    view.table.select(3)
    lab.tell(scene.say(31, "text 31"))
    assert rows(view)[0][:3] == ("4", "Server", "Direct") or "4" in [row[0] for row in rows(view)]
    assert view.row is not None
    assert view.row.number == 4
    view.table.tree.event_generate("<End>")
    assert rows(view)[-1][-1] == "say 31: text 31"


def test_a_click_on_a_row_and_then_on_a_byte_lights_its_field(lab: Laboratory, pump: Pump) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.table.see(0)
    pump()
    click_row(view, 1, pump)
    assert view.row is not None
    assert view.row.kind == "ServerHello"
    assert layer(view) == RECORD
    click_byte(view, 4 + 80, pump)
    assert lit(view) == "identity_n"
    assert view.card.name["text"] == "identity_n"
    assert "384 bytes at offset 84" in words(view.card)
    selected = [chip["text"] for chip in view.detail._chips if chip.instate(["selected"])]
    assert selected == ["identity_n 384"]


def test_a_byte_is_followed_through_all_layers_and_back(lab: Laboratory, pump: Pump) -> None:
    """The five letters of "hello", from the text out to the chunk and in again."""
    lab.tell(conversation())
    view = wire(lab)
    assert view.show_message(42, "hello")
    pump()
    assert layer(view) == TEXT
    assert view.detail.dump.data == b"hello"
    view.detail.dump.put_cursor(4)
    outer = []
    for _ in range(4):
        view.detail.step_layer(-1)
        outer.append((layer(view), lit(view)))
    assert [key for key, _ in outer] == [JSON, RECORD, FRAME, CHUNK]
    assert [name for _, name in outer][:3] == ["text", "ciphertext", "body"]
    for _ in range(4):
        view.detail.step_layer(1)
    assert (layer(view), lit(view), view.detail.dump.cursor) == (TEXT, "o", 4)


@with_xdotool
@pytest.mark.parametrize("where", ["table", "bytes"])
def test_ctrl_page_keys_change_the_view_also_from_inside_of_it(
    lab: Laboratory, pump: Pump, where: str
) -> None:
    lab.tell(conversation())
    view = wire(lab)
    press(view, view.table.tree, ["Home", "Return"] if where == "bytes" else ["Home"], pump)
    place = view.detail.dump.text if where == "bytes" else view.table.tree
    pump(lambda: place.focus_get() is place)
    press(view, place, ["ctrl+Next"], pump)
    pump(lambda: lab.window.view is not view)


@with_xdotool
def test_the_keyboard_alone_leads_from_the_table_to_a_letter(lab: Laboratory, pump: Pump) -> None:
    lab.tell(conversation())
    view = wire(lab)
    press(view, view.table.tree, ["Home", "End", "Up", "Return"], pump)
    text = view.detail.dump.text
    pump(lambda: text.focus_get() is text)
    assert view.row is not None
    assert view.row.number == 8
    press(view, text, ["Right", "Right"], pump)
    pump(lambda: view.detail.dump.cursor == 2)
    press(view, text, ["ctrl+Right"], pump)
    pump(lambda: lit(view) == "epoch")
    press(view, text, ["Down"], pump)
    pump(lambda: view.detail.dump.cursor == 20)
    press(view, text, ["alt+Down"], pump)
    pump(lambda: layer(view) == JSON)
    press(view, text, ["alt+Down"], pump)
    pump(lambda: layer(view) == TEXT)
    press(view, text, ["alt+Up", "alt+Up"], pump)
    pump(lambda: layer(view) == RECORD)
    press(view, text, ["alt+w"], pump)
    pump(view.code.winfo_viewable)
    press(view, view.code.back, ["Escape"], pump)
    pump(view.bytes.winfo_viewable)


def test_the_pointer_frames_a_field_and_moves_nothing(lab: Laboratory, pump: Pump) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(1)
    pump()
    dump = view.detail.dump
    index = dump._grid.ranges(100, 101)[0]
    pump(lambda: dump.text.bbox(index) is not None)
    box = dump.text.bbox(index)
    assert box is not None
    top = dump.text.yview()
    dump.text.event_generate("<Motion>", x=box[0] + 2, y=box[1] + 2)
    pump()
    assert dump.text.tag_ranges("hover.json")
    assert dump.cursor == 0
    assert dump.text.yview() == top


def test_peer_kind_way_and_text_filter(open_lab: OpenLab, pump: Pump) -> None:
    lab = open_lab(server=True)
    ada, ben = Scene(server=True), Scene(server=True, connection=2, first_number=500)
    lab.tell([*ada.begin("10.0.0.2:40000"), *ada.handshake(), *ada.say(1, "from Ada")])
    ada.number = 500
    lab.tell([*ben.begin("10.0.0.3:40000"), PeerKnown(600, 2, 0.0, BEN.id), *ben.say(1, "from Ben"),
              *ben.said(9, "Grüße")])
    view = wire(lab)

    def kinds() -> list[str]:
        return [row.kind for row in view.rows.shown]

    view._fill_peers()
    assert list(view._peers) == ["10.0.0.2:40000", "Ben"]
    view.peer.set("Ben")
    view._filter_now()
    assert kinds() == ["Direct", "Room"]
    view.way.buttons["out"].invoke()
    assert kinds() == ["Room"]
    view.way.buttons[""].invoke()
    view.peer.set("All peers")
    view.kind.set(HANDSHAKE_KIND)
    view._filter_now()
    assert kinds() == ["ClientHello", "ServerHello", "ClientKeyExchange", "ServerFinished"]
    view.kind.set("All kinds")
    view.find.focus_force()
    pump(lambda: view.find.focus_get() is view.find)
    view.find.insert(0, "nobody said this")
    view.find.event_generate("<KeyRelease>", keysym="s")
    pump(lambda: kinds() == [])
    assert view.no_match.winfo_manager()
    link_or_button(view.no_match, SHOW_ALL).invoke()  # type: ignore[attr-defined]
    assert len(kinds()) == 7 and view.find.get() == ""
    view.find.delete(0, "end")
    view.find.insert(0, "GRÜSSE")
    view._filter_now()
    assert kinds() == ["Room"]
    view.find.event_generate("<Escape>")
    assert len(kinds()) == 7


def test_the_chosen_row_stays_chosen_under_another_filter(lab: Laboratory) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(6)
    chosen = view.row
    view.kind.set("Direct")
    view._filter_now()
    assert view.row is chosen
    view.kind.set("Room")
    view._filter_now()
    assert view.row is None


def test_paused_it_stands_still_and_goes_on_with_everything(lab: Laboratory) -> None:
    scene = Scene()
    lab.tell(scene.say(1, "one"))
    view = wire(lab)
    view.pause()
    lab.tell(scene.say(2, "two"))
    assert [row[-1] for row in rows(view)] == ["say 1: one"]
    assert view._pause["text"] == "Go on"
    view.pause()
    assert [row[-1] for row in rows(view)] == ["say 1: one", "say 2: two"]


def test_paused_it_shows_the_same_rows_whatever_goes(
    lab: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the chosen one is the same, under what is done with it; a row that has gone is an empty line."""
    monkeypatch.setattr(wire_rows, "MAX_FRAMES", 4)
    scene = Scene()
    for n in range(1, 5):
        lab.tell(scene.say(n, f"text {n}"))
    view = wire(lab)
    view.table.select(2)
    chosen = view.chosen
    view.pause()
    for n in range(5, 7):
        lab.tell(scene.say(n, f"text {n}"))
    view.table.refresh()
    assert [row[-1] for row in rows(view)] == ["say 3: text 3", "say 4: text 4"]
    assert view.chosen is chosen
    view.way.buttons["out"].invoke()
    assert view.chosen is chosen and view.table.selected == 0
    assert rows(view)[0][-1] == "say 3: text 3"
    for n in range(7, 12):
        lab.tell(scene.say(n, f"text {n}"))
    view.table.refresh()
    assert rows(view) == [] and view.chosen is None
    view.pause()
    assert [row[-1] for row in rows(view)] == [f"say {n}: text {n}" for n in range(8, 12)]


def test_all_connections_of_a_peer_are_theirs(open_lab: OpenLab, pump: Pump) -> None:
    """Also one that comes while the others are looked at, with what crossed before it was known whose."""
    lab = open_lab(server=True)
    view = wire(lab)
    first, second = Scene(server=True), Scene(server=True, connection=2, first_number=500)
    lab.tell([*first.begin("10.0.0.2:40000"), PeerKnown(100, 1, 0.0, ADA.id)])
    first.number = 101
    lab.tell(first.say(1, "one"))
    view._fill_peers()
    view.peer.set("Ada")
    view._filter_now()
    lab.tell([*second.begin("10.0.0.2:40001"), *second.say(2, "two"), PeerKnown(600, 2, 0.0, ADA.id)])
    pump(lambda: len(view.rows.shown) == 2)
    view.peer.set("All peers")
    view._filter_now()
    view._fill_peers()
    assert list(view._peers) == ["Ada"]


def test_a_search_that_is_cut_by_the_mouse_is_over(lab: Laboratory, pump: Pump) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.find.insert(0, "nobody said this")
    pump(lambda: not view.rows.shown)
    view.find.selection_range(0, "end")
    view.find.event_generate("<<Cut>>")
    pump(lambda: len(view.rows.shown) == len(view.rows.rows))


def test_a_key_that_somebody_made_up_is_short_and_harmless() -> None:
    assert in_short("members[0].name") == "members[0].name"
    assert in_short("a\u202eb" + "x" * 5_000) == "ab" + "x" * 20 + "…"


def test_cleared_it_begins_anew(lab: Laboratory) -> None:
    scene = Scene()
    lab.tell(scene.say(1, "one"))
    view = wire(lab)
    view.table.select(0)
    view.clear()
    assert view.empty.winfo_manager()
    assert view.detail.opened is None
    lab.tell(scene.say(2, "two"))
    assert [row[-1] for row in rows(view)] == ["say 2: two"]


def test_five_thousand_rows_are_kept_and_the_chosen_one_stays(lab: Laboratory, pump: Pump) -> None:
    scene = Scene()
    view = wire(lab)
    lab.tell([event for n in range(1, 101) for event in scene.say(n, "x")])
    view.table.select(60)
    events = [event for n in range(101, MAX_FRAMES + 51) for event in scene.say(n, "x")]
    lab.tell(events)
    assert len(view.rows.shown) == MAX_FRAMES
    assert view.row is not None
    assert view.row.number == 61
    assert view.table.selected == 10
    assert lab.window.recording.frames_dropped == 50
    pump(lambda: lab.window._count["text"] == "5,050 frames, 50 dropped")


def test_more_than_4_kib_are_shown_on_demand(lab: Laboratory, pump: Pump) -> None:
    scene = Scene()
    record = scene.room_record(*(said(n, "x" * 4_000) for n in range(1, 16)))
    lab.tell(scene.carried([record]))
    view = wire(lab)
    view.table.select(0)
    assert len(view.detail.dump.data) == 4_096
    assert f"The first 4,096 of {len(record[1]):,} bytes." in words(view.detail)
    view.detail.show_all.command()
    pump()
    assert view.detail.dump.data == record[1]
    assert not view.detail._more.winfo_manager()


def test_what_a_frame_lost_is_said(lab: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netcore.lab.recording.MAX_CHUNK_BYTES", 5_000)
    scene = Scene()
    lab.tell(scene.carried([scene.room_record(*(said(n, "x" * 4_000) for n in range(1, 16)))], 1_000))
    view = wire(lab)
    view.table.select(0)
    view.detail.choose([one.key for one in view.detail.layers].index(RECORD))
    assert any("are not kept any more" in text for text in words(view.detail))


def test_the_lit_field_is_copied_as_hex_and_as_python(lab: Laboratory) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(0)
    view.detail.dump.put_cursor(0)
    view.detail.copy_hex()
    assert view.clipboard_get() == "01"
    view.detail.dump.put_cursor(60)
    view.detail.copy_literal()
    assert view.detail.lit is not None
    span = view.detail.lit.span
    assert eval(view.clipboard_get()) == view.detail.opened.raw[span.start : span.end]  # type: ignore[union-attr]


def test_the_eavesdropper_gets_the_raw_bytes_and_says_three_lists(lab: Laboratory, pump: Pump) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(7)
    told = tab(view, view.eavesdropper, pump)
    for heading in ("Can see", "Can guess", "Cannot see"):
        assert heading in told
    assert any("type 1a, Room, epoch 1, index 0" in text for text in told)
    assert any(text.startswith("this client said it") for text in told)
    assert "a single word of it" in told


def test_why_names_section_and_function_and_shows_its_source_lit(lab: Laboratory, pump: Pump) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(7)
    view.detail.dump.put_cursor(len(view.detail.dump.data) - 1)
    told = tab(view, view.why, pump)
    assert "PROTOCOL §5.2  Room and RoomKey" in told
    assert "crypto.room_keys.RoomOpener._check_stamp()" in told
    view.show_code()
    pump()
    source = view.code.source
    lit_line = source.get(*(str(index) for index in source.tag_ranges("acts")[:2]))
    assert "hmac.compare_digest(self._stamp(seq, digest)" in source.get("1.0", "end")
    assert lit_line.strip().isdigit() or "compare_digest" in lit_line
    assert view.code.page.get("1.0", "1.end") == "PROTOCOL §5.2  Room and RoomKey"
    assert "stamped for each" in view.code.page.get("1.0", "end")


def test_a_value_of_json_leads_to_its_message_in_the_page(lab: Laboratory, pump: Pump) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.show_message(42, "hello")
    view.detail.step_layer(-1)
    view.detail.dump.put_cursor(view.detail.dump.data.index(b"42"))
    assert lit(view) == "seq"
    view.show_code()
    pump()
    page = view.code.page
    first = page.index("@0,0")
    assert page.get(f"{first} linestart", f"{first} lineend").startswith("said:")


@with_xdotool
def test_tab_goes_from_the_bytes_to_the_field_and_the_tabs_which_scroll(
    lab: Laboratory, pump: Pump
) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(7)
    pump(view.card.code.winfo_viewable)
    press(view, view.detail.dump.text, ["Tab"], pump)
    pump(lambda: view.focus_get() is view.card.code)
    press(view, view.card.code, ["Tab"], pump)
    pump(lambda: view.focus_get() is view.tabs)
    lab.window.geometry("1200x480")
    panel = view.eavesdropper
    pump(panel._overflows)
    pump(lambda: not view.card.code.winfo_viewable())
    press(view, view.tabs, ["Next", "Down"], pump)
    pump(lambda: panel._canvas.canvasy(0) > 0)
    press(view, view.tabs, ["Prior", "Up", "Up"], pump)
    pump(lambda: panel._canvas.canvasy(0) == 0)
    press(view, view.tabs, ["Right"], pump)
    pump(lambda: view._tab() == str(view.why))
    press(view, view.tabs, ["Left", "Left", "Next"], pump)
    pump(lambda: view._tab() == str(view.field_tab))
    pump(lambda: view.field_tab._canvas.canvasy(0) > 0)


@with_xdotool
def test_return_leads_to_the_code_of_what_shows_in_no_frame(lab: Laboratory, pump: Pump) -> None:
    lab.tell(Scene().stopped("ServerGone", Defence.NO_CLOSE, "5.3"))
    view = wire(lab)
    pump()
    press(view, view.table.tree, ["End", "Return"], pump)
    pump(lambda: view.ended is not None and view.focus_get() is view.ended.button)
    assert view.ended is not None and view.ended.button is not None
    press(view, view.ended.button, ["space"], pump)
    pump(lambda: view.code.winfo_viewable())


def test_only_the_tab_that_is_looked_at_is_filled(lab: Laboratory, pump: Pump) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(7)
    pump()
    assert words(view.eavesdropper.body) and not words(view.why.body) and not words(view.tcp.body)
    first = tab(view, view.tcp, pump)
    view.table.select(0)
    assert tab(view, view.tcp, pump) != first
    view.table.select(7)
    assert tab(view, view.tcp, pump) == first


def test_tcp_tells_which_chunks_carried_it(lab: Laboratory, pump: Pump) -> None:
    scene = Scene()
    lab.tell(scene.carried([scene.direct_record(False, Ping()), scene.room_record(said(1, "hello"))]))
    view = wire(lab)
    view.table.select(1)
    assert any("shared its chunk: frame 0 came" in text for text in tab(view, view.tcp, pump))
    lab.tell(scene.carried([scene.room_record(said(2, "hello"))], piece_bytes=50))
    view.table.select(2)
    assert any("It came in 5 chunks" in text for text in tab(view, view.tcp, pump))


def test_of_chunks_that_are_kept_in_part_tcp_does_not_say_that_they_are_all(
    lab: Laboratory, pump: Pump
) -> None:
    scene = Scene()
    events = scene.carried([scene.room_record(said(2, "hello"))], piece_bytes=50)
    lab.tell(events[1:])  # as the oldest go when there is no room
    view = wire(lab)
    view.table.select(0)
    said_there = tab(view, view.tcp, pump)
    assert any(text.startswith("Some of the chunks that carried it") for text in said_there)
    assert not any("It came in" in text for text in said_there)


def test_marks_stay_when_the_lines_get_shorter(lab: Laboratory, pump: Pump) -> None:
    """In what a frame differs from another one is said by them alone."""
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(6)
    dump = view.detail.dump
    dump.mark([(2, 5)])
    before = [str(one) for role in ("", "header") for one in dump.text.tag_ranges(f"marked.{role}")]
    dump._fitting = lambda count: FEW_PER_LINE  # type: ignore[method-assign]
    dump._fit()
    assert dump.per_line == FEW_PER_LINE
    after = [str(one) for role in ("", "header") for one in dump.text.tag_ranges(f"marked.{role}")]
    assert before and len(after) == len(before)
    dump.show(dump.data, dump.runs)
    assert not [one for role in ("", "header") for one in dump.text.tag_ranges(f"marked.{role}")]


def test_a_frame_that_was_refused_names_the_check_in_place_of_its_json(lab: Laboratory, pump: Pump) -> None:
    scene = Scene()
    events = scene.carried([scene.direct_record(False, Ping())], opened=False)
    lab.tell([*events, *scene.refused(last_frame(events))])
    view = wire(lab)
    view.table.select(0)
    view.table.refresh()
    assert rows(view)[0][-1] == "stopped by: tag"
    assert "stopped by: tag, PROTOCOL §5.1" in words(view.detail.path) or any(
        "stopped by: tag" in str(child.cget("text")) for child in view.detail.path.winfo_children())
    assert JSON not in [one.key for one in view.detail.layers]
    assert "crypto.records.DirectOpener.open()" in tab(view, view.why, pump)


def test_an_end_that_no_frame_shows_is_a_row_with_its_sentence(lab: Laboratory, pump: Pump) -> None:
    scene, again = Scene(), Scene(connection=2, first_number=500)
    lab.tell([*scene.say(1, "hello"), *scene.stopped("ServerGone", Defence.NO_CLOSE, "5.3")])
    lab.tell([*again.say(2, "again"), *again.ended("Connection reset by peer")])
    view = wire(lab)
    assert rows(view) == [
        ("1", "Server", "Direct", rows(view)[0][3], "say 1: hello"),
        ("–", "Server", NO_FRAME, "", "The stream ended without a Close: it was cut, and is not finished."),
        ("2", "Server", "Direct", rows(view)[2][3], "say 2: again"),
        ("–", "Server", NO_FRAME, "",
         "The connection broke (Connection reset by peer). No byte of the stream says so."),
    ]
    view.table.select(1)
    pump()
    assert view.ended is not None
    assert view.ended.text.startswith("Stopped by: no Close The stream ended without a Close")
    assert "PROTOCOL §5.3  Close\nsession.base.Session.receive_eof()" in view.ended.text
    view.show_code()
    pump()
    assert "def receive_eof" in view.code.source.get("1.0", "end")
    assert view.code.page.get("1.0", "1.end") == "PROTOCOL §5.3  Close"
    lab.window._escape(tk.Event())
    pump(lambda: view.ended is not None and view.ended.winfo_viewable())
    view.table.select(3)
    assert view.ended.text.startswith("The connection broke")
    view.show_code()
    assert not view.code.winfo_manager()
    ended = view.ended
    view.table.select(0)
    assert not ended.winfo_exists()
    assert view.bytes.winfo_manager()


def test_ends_without_a_frame_are_filtered_found_and_cleared(lab: Laboratory) -> None:
    scene = Scene()
    lab.tell([*scene.say(1, "hello"), *scene.stopped("ServerGone", Defence.NO_CLOSE, "5.3")])
    view = wire(lab)
    for kind, way, text, count in (("All kinds", "", "", 2), (NO_FRAME, "", "", 1), ("Direct", "", "", 1),
                                   ("All kinds", "out", "", 1), ("All kinds", "in", "", 1),
                                   ("All kinds", "", "without a close", 1)):
        view.kind.set(kind)
        view.way.variable.set(way)
        view.find.delete(0, "end")
        view.find.insert(0, text)
        view._filter_now()
        assert len(rows(view)) == count, (kind, way, text)
    view.clear()
    assert not lab.window.recording.unframed
    assert view.empty.winfo_manager()


def test_a_view_that_opens_late_has_the_ends_in_their_places(lab: Laboratory, pump: Pump) -> None:
    scene, again = Scene(), Scene(connection=2, first_number=500)
    lab.window.open_view("stream")
    lab.window.views.pop("wire").destroy()
    lab.tell([*scene.say(1, "hello"), *scene.stopped("ServerLate", Defence.DEADLINE, "3.6"),
              *again.say(2, "again")])
    lab.window.open_view("wire")
    pump(lambda: wire(lab).table.tree.winfo_height() > 1)
    pump()
    assert [row[0] for row in rows(wire(lab))] == ["1", "–", "2"]


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the dialog saves to."""
    path = tmp_path / "lesson.pcapng"
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(path))
    return path


def test_the_capture_is_saved_without_words_and_its_command_is_copied(
    lab: Laboratory, chosen: Path
) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.save_capture()
    data = chosen.read_bytes()
    assert data[:4] == b"\x0a\x0d\x0d\x0a"
    assert b"ClientHello" in data
    assert b"hello" not in data.replace(b"ClientHello", b"").replace(b"ServerHello", b"")
    assert view.banner.text == SAVED.format(path=chosen)
    assert view.banner._box is not None
    links = [child for child in view.banner._box.winfo_children() if isinstance(child, LinkLabel)]
    next(link for link in links if "Wireshark" in str(link["text"])).command()
    assert str(chosen) in view.clipboard_get()


def test_a_capture_has_the_texts_for_whoever_asks(
    lab: Laboratory, chosen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the button's menu; what is in the file then is said."""
    lab.tell(conversation())
    view = wire(lab)
    menus: list[tk.Menu] = []
    monkeypatch.setattr("tkinter.Menu.tk_popup", lambda menu, *_: menus.append(menu))
    view._save.event_generate("<Button-3>")
    labels = [menus[0].entrycget(index, "label") for index in range(2)]
    assert [label.startswith("Save") for label in labels] == [True, True]
    menus[0].invoke(1)
    assert b"hello" in chosen.read_bytes().replace(b"ClientHello", b"").replace(b"ServerHello", b"")
    assert view.banner.text == SAVED_WITH_TEXTS.format(path=chosen)
    menus[0].invoke(0)
    assert view.banner.text == SAVED.format(path=chosen)
    assert view.shortcuts["Ctrl+Shift+S"] == view.save_with_texts


def test_a_capture_that_cannot_be_written_says_why(
    lab: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.tell(conversation())
    view = wire(lab)
    path = tmp_path / "no" / "such.pcapng"
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(path))
    view.save_capture()
    assert "could not be written (No such file or directory)" in view.banner.text
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: "")
    view.save_capture()


def test_a_message_leads_to_its_row_and_the_row_to_its_message(lab: Laboratory) -> None:
    lab.tell(conversation())
    view = wire(lab)
    lab.diary.known_lines = {42, 43}
    assert view.show_message(43, "")
    assert view.row is not None
    assert view.row.number == 9
    view.show_line()
    assert lab.diary.lines == [43]
    # What was said leads to the line by the number that its echo has.
    view.table.select(6)
    view.show_line()
    assert lab.diary.lines == [43, 42]


def test_an_own_message_that_is_not_acknowledged_is_found_by_its_text(lab: Laboratory) -> None:
    lab.tell(Scene().say(3, "not yet echoed"))
    view = wire(lab)
    assert view.show_message(None, "not yet echoed")
    assert layer(view) == TEXT


def test_a_hidden_row_is_shown_when_its_message_is_asked_for(lab: Laboratory) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.kind.set(HANDSHAKE_KIND)
    view._filter_now()
    assert view.show_message(42, "hello")
    assert view.row is not None
    assert view.row.number == 8


def test_a_message_from_before_the_recording_is_said_to_be_that(lab: Laboratory) -> None:
    lab.tell(conversation())
    view = wire(lab)
    assert not view.show_message(7, "older")
    assert view.banner.text == BEFORE
    view.table.select(0)
    view.show_line()
    assert view.banner.text == NOT_SHOWN


@pytest.mark.parametrize(("size", "tab", "beside", "per_line"), [("1200x780+0+0", "hidden", True, 16),
                                                                 ("1060x700+0+0", "normal", True, 16),
                                                                 ("800x700+0+0", "normal", True, 8),
                                                                 ("780x700+0+0", "normal", False, 16),
                                                                 ("480x700+0+0", "normal", False, 8)])
def test_in_a_narrow_window_the_card_is_a_tab_and_the_tabs_go_below(
    open_lab: OpenLab, pump: Pump, size: str, tab: str, beside: bool, per_line: int
) -> None:
    lab = open_lab(size=size)
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(7)
    pump()
    assert str(view.tk.call(str(view.tabs), "tab", str(view.field_tab), "-state")) == tab
    assert (view._side.grid_info()["row"] == 0) is beside
    dump = view.detail.dump.text
    pump(lambda: dump.dlineinfo("1.0") is not None)
    info = dump.dlineinfo("1.0")
    assert info is not None
    assert info[2] <= dump.winfo_width()
    assert view.detail.dump.per_line == per_line
    for byte in (0, 9, 17, len(view.detail.dump.data) - 1):
        click_byte(view, byte, pump)
        assert view.detail.dump.cursor == byte


def test_the_table_keeps_its_rows_when_the_zoom_goes_up_and_down(lab: Laboratory, pump: Pump) -> None:
    lab.tell(conversation())
    view = wire(lab)
    pump()
    before = view.table._whole_lines()
    assert before >= 4
    lab.look.set_zoom(150)
    pump()
    lab.look.set_zoom(100)
    pump(lambda: view.table._whole_lines() == before)


@pytest.mark.parametrize(("server", "width", "hidden"), [
    (False, 1200, set()), (False, 800, {"peer"}), (False, 480, {"peer", "time"}), (True, 800, set()),
    (True, 620, {"time"})])
def test_in_a_narrow_window_the_table_says_first_what_is_carried(
    open_lab: OpenLab, pump: Pump, server: bool, width: int, hidden: set[str]
) -> None:
    lab = open_lab(server, f"{width}x700+0+0")
    lab.tell([*Scene(server=server).begin(), *Scene(server=server, first_number=9).say(1, "hello")])
    tree = wire(lab).table.tree
    every = {"time", "peer", "kind", "bytes", "carries"}
    pump(lambda: set(map(str, tree["displaycolumns"])) == every - hidden)
    box = tree.bbox(tree.get_children()[0], "carries")
    assert not isinstance(box, str)
    assert box[2] >= 100 and box[0] + 100 <= tree.winfo_width()


@pytest.mark.parametrize("server", [False, True])
@pytest.mark.parametrize("width", [480, 620, 660, 780, 1200])
def test_in_any_width_the_toolbar_is_whole(
    open_lab: OpenLab, pump: Pump, width: int, server: bool
) -> None:
    lab = open_lab(server, f"{width}x700+0+0")
    view = wire(lab)
    pump(lambda: view._clear.winfo_viewable() and view.winfo_width() == width)
    pump()
    shown = [child for child in view._bar.winfo_children() if child.winfo_manager()]
    assert len(shown) == 7 + server
    for child in shown:
        assert child.winfo_width() >= min(child.winfo_reqwidth(), 120), child
        assert child.winfo_rootx() + child.winfo_width() <= view.winfo_rootx() + width, child


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_it_is_painted_anew_in_another_theme_and_zoom(lab: Laboratory, pump: Pump, palette: str) -> None:
    lab.tell(conversation())
    view = wire(lab)
    view.table.select(7)
    lab.look.set_palette(palette)
    lab.look.set_zoom(200)
    pump()
    tints = lab.look.palette.layers
    text = view.detail.dump.text
    assert text.tag_cget("stamp", "background") == tints["stamp"].tint
    assert text["background"] == lab.look.palette.surface
    lab.look.set_zoom(100)
    pump()
    assert rows(view)
