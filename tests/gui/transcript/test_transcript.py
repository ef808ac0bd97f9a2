"""Groups, bands, marks, following, the pill, copies; 5,000 lines of at most 500 characters."""

import hashlib
import tkinter as tk
from collections.abc import Sequence
from dataclasses import replace

import pytest

from gui.look.look import Look
from gui.text.arabic import has_rtl
from gui.text.clock_words import hour
from gui.transcript.lines import GROUP_MESSAGES, Line
from gui.transcript.transcript import (
    MAX_LINES,
    TRIM_STEP_LINES,
    AwayLine,
    ChatLine,
    DayLine,
    SystemLine,
    Transcript,
    WhisperInfo,
)
from tests.gui.waiting import Pump

AT = 1_760_436_120_000
CLOCK = hour(AT)


def member(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def said(key: int | str, name: str, text: str, at_ms: int = AT, mine: bool = False) -> ChatLine:
    return ChatLine(key, member(name), name, text, at_ms, mine)


@pytest.fixture
def transcript(root: tk.Tk, look: Look, pump: Pump) -> Transcript:
    view = Transcript(root, look)
    view.pack(fill="both", expand=True)
    pump()
    return view


def lines(view: Transcript) -> list[str]:
    return view.text.get("1.0", "end-1c").split("\n")


def kinds(view: Transcript) -> list[str]:
    return [row.kind for row in view._book.rows]


def drawn(canvas: tk.Canvas) -> list[tuple[str, str]]:
    """(type, text) of what is on a canvas."""
    kinds_and_items = [(str(canvas.tk.call(str(canvas), "type", item)), item) for item in canvas.find_all()]
    return [(kind, str(canvas.tk.call(str(canvas), "itemcget", item, "-text")) if kind == "text" else "")
            for kind, item in kinds_and_items]


def find(view: Transcript, words: str) -> str:
    index = view.text.search(words, "1.0")
    assert index, f"{words!r} is not shown"
    return index


def test_messages_of_one_author_share_a_header(transcript: Transcript) -> None:
    transcript.add([said(1, "Ben", "one"), said(2, "Ben", "two\nlines")])
    transcript.add([said(3, "Ben", "three"), said(4, "Ada", "four")])
    assert kinds(transcript) == ["gap", "header", "body", "body", "body", "body", "gap", "header", "body"]
    assert [line for line in lines(transcript) if line] == [
        f"Ben   {CLOCK}", "one", "two", "lines", "three", f"Ada   {CLOCK}", "four"]


@pytest.mark.parametrize("second", [
    said(2, "Ben", "x", AT + 5 * 60 * 1000),  # later
    replace(said(2, "Ben", "x"), author_id=member("impostor")),  # the same name under another key
    replace(said(2, "Ben", "x"), whisper=WhisperInfo(True, "Ada")),
    replace(said(2, "Ben", "x"), mine=True),
])
def test_what_is_not_the_same_gets_its_own_header(transcript: Transcript, second: ChatLine) -> None:
    transcript.add([said(1, "Ben", "one"), second])
    assert kinds(transcript).count("header") == 2


def test_a_system_line_ends_a_group(transcript: Transcript) -> None:
    transcript.add([said(1, "Ben", "one"), SystemLine("joined", "Zoë joined"), said(2, "Ben", "two")])
    assert kinds(transcript) == ["gap", "header", "body", "gap", "system", "gap", "header", "body"]


def test_a_group_does_not_grow_for_ever(transcript: Transcript) -> None:
    transcript.add([said(number, "Ben", "x") for number in range(GROUP_MESSAGES + 1)])
    assert kinds(transcript).count("header") == 2


def test_an_own_band_grows_across_batches(transcript: Transcript) -> None:
    for number in range(3):
        transcript.add([said(number, "Ada", f"text {number}", mine=True)])
    assert kinds(transcript) == ["gap", "top", "header", "body", "body", "body", "bottom"]
    assert lines(transcript) == ["", "", f"You   {CLOCK}", "text 0", "text 1", "text 2", "", ""]
    assert transcript.text.tag_ranges("own")


def test_a_whisper_says_who_can_read_it(transcript: Transcript) -> None:
    transcript.add([replace(said(1, "Ben", "a"), whisper=WhisperInfo(True, "Ada")),
                    replace(said(2, "Ada", "b", mine=True), whisper=WhisperInfo(False, "Ben"))])
    assert f"Ben whispers to you   {CLOCK}   only you two can read this" in lines(transcript)
    assert f"You whisper to Ben   {CLOCK}   only you two can read this" in lines(transcript)
    assert "whisper" in transcript.text.tag_names(find(transcript, "Ben whispers"))


def test_states_change_where_the_message_stands(transcript: Transcript) -> None:
    mine = replace(said(1, "Ada", "emoji \U0001f642\U0001f389 text\nlast line", mine=True), state="pending")
    transcript.add([said(0, "Ben", "before \U0001f642"), mine, said(2, "Ben", "after")])
    assert "last line  sending…" in lines(transcript)
    assert "pending" in transcript.text.tag_names(find(transcript, "emoji"))

    transcript.update_state(1, "refused", "the room is read-only")
    assert "last line  the room is read-only  Try again" in lines(transcript)
    assert "pending" not in transcript.text.tag_names(find(transcript, "emoji"))

    transcript.update_state(1, "pending")
    assert "last line  sending…" in lines(transcript)
    transcript.update_state(1, "delivered")
    assert "last line" in lines(transcript)
    assert not transcript.text.tag_ranges("suffix") and not transcript.text.tag_ranges("pending")
    transcript.update_state("nobody", "delivered")
    assert [line for line in lines(transcript) if line][-1] == "after"


def test_states_find_their_message_after_trimming_and_loading_earlier(transcript: Transcript) -> None:
    transcript.add([replace(said(1, "Ada", "mine", mine=True), state="pending")])
    transcript.show_earlier(True)
    transcript.prepend([said(-2, "Ben", "older"), said(-1, "Ben", "old")])
    transcript._book.cut(1)
    transcript.update_state(1, "refused", "why")
    assert "mine  why  Try again" in lines(transcript)
    assert next(transcript.message_keys()) == 1


def test_try_again_and_load_earlier_by_mouse_and_keys(root: tk.Tk, look: Look, pump: Pump) -> None:
    retried: list[object] = []
    loads: list[int] = []
    view = Transcript(root, look, on_retry=retried.append, on_load_earlier=lambda: loads.append(1))
    view.pack(fill="both", expand=True)
    view.add([replace(said(7, "Ada", "x", mine=True), state="refused", reason="no")])
    view.show_earlier(True)
    pump()

    def click(words: str) -> None:
        x, y, width, height = view.text.bbox(find(view, words))  # type: ignore[misc]
        for event in ("<Motion>", "<ButtonPress-1>", "<ButtonRelease-1>"):
            view.text.event_generate(event, x=x + width // 2, y=y + height // 2)

    click("Try again")
    pump(lambda: retried == [7])
    click("Load earlier")
    pump(lambda: loads == [1])
    view.text.focus_force()
    pump(lambda: root.focus_get() is view.text)
    view.text.event_generate("<Return>")
    pump(lambda: loads == [1, 1])
    view.show_earlier(False)
    view.text.event_generate("<Return>")
    pump(lambda: retried == [7, 7])


def test_the_view_follows_only_a_reader_at_the_end(transcript: Transcript, pump: Pump) -> None:
    transcript.add([said(number, f"user{number}", "text") for number in range(60)])
    pump(lambda: transcript.text.dlineinfo("end-1c") is not None)
    transcript._scroll_pages(-2)
    top = transcript.text.index("@0,0")
    transcript.add([said(100, "Ben", "one"), said(101, "Ben", "two"), SystemLine("joined", "x")])
    pump()
    assert not transcript.following and transcript.new_count == 2
    assert transcript.text.index("@0,0") == top
    assert transcript._pill.winfo_ismapped() and transcript._pill.cget("text") == "2 new"
    transcript._pill.invoke()
    pump(lambda: transcript.following)
    pump(lambda: not transcript._pill.winfo_ismapped())
    assert transcript.text.dlineinfo("end-1c") is not None


def test_what_the_reader_writes_brings_them_to_the_end(transcript: Transcript, pump: Pump) -> None:
    transcript.add([said(number, f"user{number}", "text") for number in range(60)])
    pump()
    transcript._go_to_start()
    transcript.add([replace(said(100, "Ada", "mine", mine=True), state="pending")])
    pump(lambda: transcript.text.dlineinfo("end-1c") is not None)
    assert transcript.following


def test_earlier_messages_do_not_move_what_is_read(transcript: Transcript, pump: Pump) -> None:
    transcript.add([said(number, f"user{number}", "text") for number in range(60)])
    transcript.show_earlier(True)
    pump()
    transcript._go_to_start()
    transcript.prepend([said(-number, f"old{number}", "old") for number in range(40, 0, -1)])
    pump()
    top = int(transcript.text.index("@0,0").split(".")[0])
    assert transcript._book.rows[top - 2].kind == "gap"
    assert "user0" in transcript.text.get(f"{top}.0", f"{top + 2}.0")
    assert next(transcript.message_keys()) == -40


def test_5000_lines_are_kept_and_the_oldest_go_in_whole_groups(root: tk.Tk, look: Look, pump: Pump) -> None:
    view = Transcript(root, look, on_load_earlier=lambda: None)
    view.pack(fill="both", expand=True)
    pump()
    for start in range(0, 6000, 200):
        view.add([said(start + number, f"user{number % 7}", "text") for number in range(200)])
    pump(lambda: view.line_count <= MAX_LINES)
    assert view.line_count > MAX_LINES - TRIM_STEP_LINES
    assert lines(view)[0] == "Load earlier messages"
    assert view._book.rows[0].kind == "gap" and view._book.rows[1].kind == "header"
    assert len(lines(view)) == view.line_count + 2
    assert len(view._book.entries) == kinds(view).count("body")


def test_lines_over_500_characters_wrap_hard_and_are_copied_whole(transcript: Transcript) -> None:
    long = "x" * 1201
    transcript.add([said(1, "Ben", long)])
    assert [len(line) for line in lines(transcript)][2:5] == [500, 500, 201]
    transcript.text.tag_add("sel", "3.10", "5.20")
    transcript.reader.copy_selection()
    assert transcript.clipboard_get() == long[10:1020]


def copy(view: Transcript, start: str, end: str) -> str:
    view.clipboard_clear()
    view.clipboard_append("nothing")
    view.text.tag_remove("sel", "1.0", "end")
    view.text.tag_add("sel", start, end)
    view.reader.copy_selection()
    return view.clipboard_get()


def test_copies_are_the_original_words(transcript: Transcript) -> None:
    """The original is kept for copying; code and marks of state add nothing to a copy."""
    arabic = "صباح الخير، الملف عندي"
    transcript.add([said(1, "Layla", arabic), said(2, "Ben", "run `ls -l` now \U0001f642"),
                    replace(said(3, "Ada", "mine", mine=True), state="pending")])
    assert arabic not in transcript.text.get("1.0", "end")
    assert copy(transcript, "3.0", "3.end") == arabic
    code = find(transcript, "run").split(".")[0]
    assert copy(transcript, f"{code}.0", f"{code}.end") == "run ls -l now \U0001f642"
    last = find(transcript, "mine").split(".")[0]
    assert copy(transcript, f"{last}.0", f"{last}.end") == "mine"
    assert copy(transcript, f"{last}.1", f"{last}.3") == "in"
    everything = f"{CLOCK} Layla: {arabic}\n{CLOCK} Ben: run `ls -l` now \U0001f642\n{CLOCK} You: mine"
    assert copy(transcript, "1.0", "end") == everything == transcript.copied_text()


def test_ctrl_a_and_ctrl_c(transcript: Transcript, root: tk.Tk, pump: Pump) -> None:
    transcript.add([said(1, "Ben", "one"), SystemLine("joined", "Zoë joined", AT)])
    transcript.text.focus_force()
    pump(lambda: root.focus_get() is transcript.text)
    transcript.text.event_generate("<Control-a>")
    transcript.text.event_generate("<Control-c>")
    pump()
    assert transcript.clipboard_get() == f"{CLOCK} Ben: one\n* {CLOCK} Zoë joined"


def test_what_cannot_be_shown_is_not_shown(transcript: Transcript) -> None:
    transcript.add([said(1, "Ben\u202e\n", "a\0b\u202ec"), SystemLine("info", "x\ny\u2066z")])
    assert [line for line in lines(transcript) if line] == [f"Ben    {CLOCK}", "abc", "x yz"]


def test_the_gutters_show_discs_marks_and_bands_of_visible_lines(transcript: Transcript, pump: Pump) -> None:
    transcript.add([DayLine("Tuesday 14 October"), said(1, "Ben", "x"), said(2, "Ada", "mine", mine=True),
                    SystemLine("key", "new key"), AwayLine("You were away: 12 messages came in")])
    pump()
    left = drawn(transcript.gutters.left)
    assert [text for kind, text in left if kind == "text"] == ["B", "A"]
    # Discs, corners of the band, icons of the two system lines.
    assert [kind for kind, _ in left].count("image") == 2 + 2 + 2
    right = [kind for kind, _ in drawn(transcript.gutters.right)]
    assert (right.count("rectangle"), right.count("image")) == (1, 1 + 2)  # The check and the corners.
    day = find(transcript, "Tuesday").split(".")[0]
    assert len(transcript.text.dump(f"{day}.0", f"{day}.end", image=True)) == 2


def test_zoom_and_theme_reach_the_transcript(transcript: Transcript, look: Look, pump: Pump) -> None:
    transcript.add([said(1, "Ada", "mine", mine=True), said(2, "Layla", "صباح الخير " * 30)])
    pump()
    look.toggle_theme()
    look.set_zoom(200)
    pump()
    assert transcript.text.cget("background") == look.palette.surface
    assert transcript.text.tag_cget("own", "background") == look.palette.soft
    assert transcript.gutters.left.winfo_width() == look.px(76)

    def arabic_fits() -> bool:
        width = transcript.text.winfo_width()
        rows = [index for index, row in enumerate(transcript._book.rows, 1)
                if row.entry is not None and row.entry.rewritten and row.kind == "body"]
        return len(rows) > 1 and all(
            look.fonts.measure(look.fonts.body, transcript.text.get(f"{row}.0", f"{row}.end")) <= width
            for row in rows)

    pump(arabic_fits)


def test_a_batch_is_one_insert_and_one_move_of_the_view(
    transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The items of one turn are inserted in one go, and the end is gone to once."""
    inserts: list[int] = []
    moves: list[float] = []
    insert = transcript._book._insert

    def counted(where: str, lines: Sequence[Line]) -> None:
        inserts.append(len(lines))
        insert(where, lines)

    monkeypatch.setattr(transcript._book, "_insert", counted)
    monkeypatch.setattr(transcript.text, "yview_moveto", moves.append)
    transcript.add([said(number, f"user{number % 30}", "some words \U0001f642") for number in range(25)])
    assert len(inserts) == len(moves) == 1


def test_a_message_of_4000_characters_has_no_line_over_500_and_few_pieces(transcript: Transcript) -> None:
    """Lines over 500 characters wrap hard; few tags a line (Tk is quadratic in them)."""
    for text in ("x" * 4000, "word \U0001f642 " * 571, "صباح " * 800, "`a`b" * 1000):
        transcript.clear()
        transcript.add([said(len(text), "Ben", text)])
        shown = transcript.text.get("1.0", "end-1c").split("\n")
        assert max(map(len, shown)) <= 502, "500, and the pads of code"
        assert sum(map(len, shown)) >= (1_500 if has_rtl(text) else 3_000)


def test_destroying_it_with_timers_waiting_is_quiet(root: tk.Tk, look: Look, pump: Pump) -> None:
    view = Transcript(root, look)
    view.pack()
    view.add([said(1, "Layla", "صباح الخير")])
    view._rewrap_later()
    view.destroy()
    look.zoom_in()
    waited = []
    root.after(300, lambda: waited.append(True))  # longer than what waited in the transcript
    pump(lambda: waited)


FORGED = "yes\n05:19 Ada: I did it\n* 05:20 “Ben” left."


def test_no_text_or_name_copies_as_a_line_of_somebody_else(transcript: Transcript) -> None:
    """Whole messages, the lines of one alone, and the one forged line."""
    evil = replace(said(1, "Ben): [Ada", FORGED), whisper=WhisperInfo(True, "Ada"))
    transcript.add([evil, SystemLine("left", "“Ben” left.", AT)])
    safe = (f"{CLOCK} Ben\ufffd\ufffd \ufffdAda (whisper): yes\n"
            "        05:19 Ada: I did it\n        * 05:20 “Ben” left.")
    assert transcript.copied_text() == f"{safe}\n* {CLOCK} “Ben” left."
    first = find(transcript, "yes")
    assert copy(transcript, first, f"{first} + 2 lines lineend") == safe
    assert copy(transcript, find(transcript, "05:19 Ada: I"), f"{first} + 1 lines lineend") == safe


def test_code_is_copied_as_it_was_written(transcript: Transcript) -> None:
    code = "def f(a):\n    * 5\n    return a[1:2]"
    transcript.add([said(1, "Ben", code)])
    first = find(transcript, "def")
    assert copy(transcript, first, f"{first} + 2 lines lineend") == code


def test_a_name_cannot_seem_to_hold_words_of_ours(transcript: Transcript) -> None:
    """Of a whisper's header the name alone is strong: a member called like all of it looks different."""
    transcript.add([said(1, "Ben whispers to you", "public"),
                    replace(said(2, "Ben", "secret"), whisper=WhisperInfo(True, "Ada"))])
    first = find(transcript, "whispers to you")
    second = transcript.text.search("whispers to you", f"{first} + 1 lines")
    assert "verb" not in transcript.text.tag_names(first)
    assert "verb" in transcript.text.tag_names(second)


PICTURES = "".join(chr(0x1F300 + number) for number in range(700))


def pictures_in(view: Transcript) -> int:
    return sum(char > "\uffff" for char in view.text.get("1.0", "end"))


def test_what_one_message_costs_to_draw_is_bounded_and_shown_when_asked(transcript: Transcript) -> None:
    """Counted by what Tk is given: eight members with such messages must not hold the window up."""
    transcript.add([said(1, "Ben", "before"), said(2, "Ben", PICTURES), said(3, "Ada", "after")])
    assert pictures_in(transcript) < 40
    assert any(line.endswith("…  Show all") for line in lines(transcript))
    assert PICTURES in transcript.copied_text(), "a copy is whole"
    transcript.show_all(2)
    assert pictures_in(transcript) == len(PICTURES)
    assert "Show all" not in transcript.text.get("1.0", "end")
    assert [line for line in lines(transcript) if line in ("before", "after")] == ["before", "after"]
    assert kinds(transcript).count("header") == 2


def test_return_shows_the_folded_message_in_sight(transcript: Transcript, root: tk.Tk, pump: Pump) -> None:
    transcript.add([said(1, "Ben", PICTURES)])
    transcript.text.focus_force()
    pump(lambda: root.focus_get() is transcript.text)
    transcript.text.event_generate("<Return>")
    pump()
    assert pictures_in(transcript) == len(PICTURES)


def test_a_folded_message_is_marked_and_copied_like_any_other(transcript: Transcript) -> None:
    transcript.add([replace(said(1, "Ada", PICTURES, mine=True), state="pending")])
    assert any(line.endswith("…  Show all  sending…") for line in lines(transcript))
    transcript.update_state(1, "delivered")
    assert any(line.endswith("…  Show all") for line in lines(transcript))
    body = find(transcript, PICTURES[:2])
    assert copy(transcript, body, f"{body} lineend") == PICTURES[:pictures_in(transcript)]


def test_messages_of_one_author_stand_a_little_apart(transcript: Transcript) -> None:
    """A message of several lines is told from several messages."""
    transcript.add([said(1, "Ben", "first\nfirst, too"), said(2, "Ben", "second\nsecond, too")])
    apart = [words for words in ("first", "first, too", "second", "second, too")
             if "next" in transcript.text.tag_names(find(transcript, words))]
    assert apart == ["second"]


def test_what_moves_to_the_end_lays_out_nothing_above_it_anew(
    transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted: in a busy room each of one's own messages moves, and 5,000 lines stand above."""
    transcript.add([said(number, f"user{number % 30}", "words") for number in range(100)])
    mine = replace(said("mine", "Ada", "mine", mine=True), state="pending")
    transcript.add([mine])
    transcript.add([said(200, "Ben", "meanwhile")])
    given: list[int] = []
    insert = transcript._book._insert

    def counted(where: str, lines: Sequence[Line]) -> None:
        given.append(len(lines))
        insert(where, lines)

    monkeypatch.setattr(transcript._book, "_insert", counted)
    later = replace(mine, state="delivered", at_ms=AT + 60_000)
    transcript.move_to_end([later])
    assert sum(given) < 15
    assert transcript.copied_text().splitlines()[-2:] == [
        f"{CLOCK} Ben: meanwhile", f"{hour(AT + 60_000)} You: mine"]
    assert len(transcript._book.rows) + 1 == int(transcript.text.index("end-1c").split(".")[0])


@pytest.mark.parametrize("width", [316, 380, 460, 900])
@pytest.mark.parametrize("zoom", [100, 150])
def test_a_day_stands_in_one_line_however_narrow(root: tk.Tk, look: Look, pump: Pump, width: int,
                                                 zoom: int) -> None:
    look.set_zoom(zoom)
    view = Transcript(root, look)
    view.pack(fill="both", expand=True)
    root.geometry(f"{look.px(width)}x{look.px(300)}")
    pump()
    view.add([DayLine("Friday 27 November")])
    pump()
    line = next(number for number, row in enumerate(view._book.rows, 1) if row.kind == "day")
    assert not view.text.count(f"{line}.0", f"{line}.end", "displaylines")
    assert (view._book.hairline.width() > 1) == (width > 380)
