"""The lab report: everything that was done stands in it, and whatever was typed stands in it as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.lab.wire.roles import ROLES
from gui.look.palette import DARK, LIGHT
from netcore.errors import OutputFileError
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import CaseVerdict, Played
from netcore.lab.grid import ROWS, VERSIONS, CellOutcome
from netcore.lab.grid_pinned import pinned
from netcore.lab.grid_runner import Cell
from netcore.lab.handshake.questions import QUESTIONS
from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.lessons.model import (
    OBSERVED,
    PINNED,
    PREDICTED,
    SEARCHED,
    TYPED,
    Evidence,
    Pointer,
    Prediction,
    Seen,
    Task,
)
from netcore.lab.notebook import MOST_KEPT, Filled, Notebook, frame_at
from netcore.lab.report import SIGNS, report_html
from netcore.lab.report_file import save_report
from netcore.lab.report_html import COLOURS, MOST_BYTES, difference, figure, text
from netcore.lab.stream.bare import BareReading
from netcore.lab.tap_events import Attacked, FrameTapped
from netcore.lab.verdict import Outcome, Verdict
from netcore.layout import Kind
from netcore.trace import FrameSeen, Person
from netcore.wire.framing import FrameType

DAY = "27 November 2026"
RECORD = bytes.fromhex("17000040") + bytes(range(64))
TAPPED = FrameTapped(1, "up", 5, FrameType.DIRECT, RECORD)
POINTER = Pointer("tap", 1, "up", 5)
VOID = {"meta", "br"}


class Read(HTMLParser):
    """What a browser makes of the page: its elements and its words. All that was opened must be closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def person(what: str, **data: object) -> Seen:
    return Seen("person", Person(1, 0, 0.0, what, data))


def full(words: str = "pineapple") -> Notebook:
    """Of each kind something."""
    notebook, seen = Notebook(), [Seen("tap", TAPPED)]
    for lesson in LESSONS:
        for step in lesson.steps:
            if isinstance(step, Prediction):
                notebook.take([person(PREDICTED, lesson=lesson.number, step=step.name, answer=(0,))], seen)
            elif isinstance(step, Task) and step.typed:
                notebook.take([person(TYPED, lesson=lesson.number, step=step.name, text=words)], seen)
        notebook.tick(lesson, [Evidence(words, (POINTER,))] * len(lesson.steps), seen)
    notebook.take([person(OBSERVED, lesson=9, step="compare", answer=words),
                   person(SEARCHED, where="1.2", word=words, found=2),
                   person(PINNED, at="tap", connection=1, direction="up", n=5),
                   person(PREDICTED, view="handshake", question=QUESTIONS[0].name, answer=(0,))], seen)
    verdict = Verdict(Outcome.CAUGHT, "Caught by the tag", words, (words,), words, "5.1")
    notebook.attack("today", Attacked(1, "flip", "up", 5, RECORD, RECORD[:-1]), verdict)
    for row in ROWS:
        for version in VERSIONS:
            notebook.fill(Cell(row.name, version), CellOutcome(pinned(row.name, version), words, b"\x00\xff"))
    notebook.played.append(Played(CASES[0].number, 42, CaseVerdict.OPEN, (POINTER,), 2, 1))
    return notebook


# --- What stands in it ---


def test_everything_that_was_done_is_told() -> None:
    page = Read(report_html(full(), "Ada", DAY))
    assert "Ada" in page.text and DAY in page.text
    for lesson in LESSONS:
        assert f"Lesson {lesson.number}: {lesson.title}" in page.text and lesson.shown in page.text
        for step in lesson.steps:
            if isinstance(step, Prediction):
                assert step.answers[0].text in page.text and step.answers[0].reply in page.text
    for words in ("10 of 10 lessons finished", "Caught by the tag", "PROTOCOL §5.1", "Pinned frames",
                  CASES[0].title, "seed 42", "2 of 4, 1 try", QUESTIONS[0].text, "80 of 80 cells run",
                  "2 times", "I saw: pineapple", "17 00 00 40", "length: 1–3"):
        assert words in page.text, words


def test_a_grid_that_was_filled_in_part_says_what_was_not_run() -> None:
    notebook = Notebook()
    notebook.fill(Cell("flip", "1.2"), CellOutcome("broke", "Ben reads “qay”.", b"qay"))
    page = Read(report_html(notebook, "", DAY))
    assert page.text.count("not run") == len(ROWS) * len(VERSIONS) - 1
    assert "Ben reads “qay”." in page.text and "(none given)" in page.text
    assert "Lessons" not in page.text, "what was not done has no heading"


def test_a_lesson_of_which_only_something_was_seen_is_told() -> None:
    notebook = Notebook()
    notebook.take([person(OBSERVED, lesson=9, step="compare", answer="alike")], [])
    assert "I saw: alike" in Read(report_html(notebook, "Ada", DAY)).text


def test_an_empty_notebook_says_so() -> None:
    assert Notebook().is_empty and not full().is_empty
    assert "Nothing was done" in Read(report_html(Notebook(), "Ada", DAY)).text


def test_an_outcome_has_a_sign_and_a_word_beside_its_colour() -> None:
    page = report_html(full(), "Ada", DAY)
    for verdict, sign in SIGNS.items():
        assert f">{sign} {verdict}</span>" in page


@pytest.mark.parametrize("outcome", Outcome)
def test_an_attack_is_told_whatever_became_of_it(outcome: Outcome) -> None:
    notebook = Notebook()
    verdict = Verdict(outcome, "What became of it", "did", (), "why")
    notebook.attack("today", Attacked(1, "own-keys", None, None, b"", b""), verdict)
    assert "What became of it" in Read(report_html(notebook, "Ada", DAY)).text


def test_a_wrong_prediction_is_told_with_what_is_so() -> None:
    lesson = next(one for one in LESSONS for step in one.steps if isinstance(step, Prediction))
    step = next(step for step in lesson.steps if isinstance(step, Prediction))
    wrong = next(index for index in range(len(step.answers)) if index not in step.right)
    for chosen, words in (((wrong,), "it was otherwise"), (tuple(sorted(step.right)), "so it was")):
        notebook = Notebook()
        notebook.take([person(PREDICTED, lesson=lesson.number, step=step.name, answer=chosen)], [])
        page = Read(report_html(notebook, "", DAY))
        assert words in page.text and ("So it is:" in page.text) == (chosen == (wrong,))


# --- A page that is whole, quiet and readable ---


def test_it_asks_nobody_for_anything() -> None:
    page = report_html(full(), "Ada", DAY)
    read = Read(page)
    asking = {"script", "img", "link", "iframe", "object", "form", "a", "video", "audio", "base"}
    assert asking.isdisjoint(tag for tag, _ in read.elements)
    for _, attributes in read.elements:
        assert not {"src", "href", "style", "background"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in page and "@import" not in page and "http:" not in page and "https:" not in page
    policies = [one["content"] for one in read.named("meta") if "http-equiv" in one]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_it_can_be_read_aloud_and_in_the_dark() -> None:
    page = report_html(full(), "Ada", DAY)
    read = Read(page)
    assert read.named("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {one["scope"] for one in read.named("th")} == {"col", "row"}
    assert len(read.named("caption")) == len(read.named("table"))
    assert all(one["aria-label"] for one in read.named("pre") if one.get("role") == "img")
    assert "prefers-color-scheme: dark" in page and "@media print" in page


def test_a_frame_has_the_colours_of_the_windows() -> None:
    assert set(COLOURS) == set(Kind)
    for kind, colours in COLOURS.items():
        assert colours == (*LIGHT.layers[ROLES[kind]], *DARK.layers[ROLES[kind]]), kind


def test_a_frame_is_drawn_with_all_its_fields() -> None:
    page = figure("the frame", RECORD, len(RECORD), True)
    dumped = re.search("<pre.*?</pre>", page, re.DOTALL)
    assert dumped is not None
    shown = Read(dumped[0]).text
    digits = "".join(re.findall("(?m)^[0-9a-f]{4}  ((?:[0-9a-f]{2} ?)+)", shown)).replace(" ", "")
    assert digits == RECORD.hex()
    assert "68 bytes" in page and "tag: 52–67" in Read(page).text


def test_a_long_frame_is_cut_and_says_so() -> None:
    long = bytes.fromhex("1701116c") + bytes(4092)
    words = Read(figure("the frame", long, 70_000, True)).text
    assert f"70,000 bytes, the first {MOST_BYTES} of them" in words and "69999" in words
    assert "not kept" in figure("the frame", b"", 0, True)


def test_before_and_after_with_what_differs() -> None:
    after = RECORD[:40] + b"\xff" + RECORD[41:]
    words = difference(RECORD, after)
    assert words.count("<mark>") == 2 and "<mark>ff</mark>" in words
    assert difference(RECORD, b"\1\2\3" + RECORD).count("<mark>") == 3, "what was put in front, and no more"
    assert "<mark>nothing</mark>" in difference(RECORD, b"")
    assert "<mark>" not in difference(RECORD, RECORD) and difference(b"", b"") == ""


# --- Whatever was typed is text ---

NASTY = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'", "&lt;b&gt;", "</style><b>", "]]>",
    "<!--", "\x00\x07\r\n", "\ud800", "\u202egnp.exe", "</bdi></main>", "{{7*7}}", "\x85\x9f\ufdd0\uffff",
]  # fmt: skip


def as_shown(words: str) -> str:
    """What a browser must show for it."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]", "\ufffd", lines)


@pytest.mark.parametrize("words", NASTY)
def test_nothing_typed_is_ever_an_element(words: str) -> None:
    plain, typed = Read(report_html(full("x"), "x", "x")), Read(report_html(full(words), words, words))
    assert [tag for tag, _ in typed.elements] == [tag for tag, _ in plain.elements]
    assert [{*attributes} for _, attributes in typed.elements] == [
        {*attributes} for _, attributes in plain.elements]
    assert as_shown(words) in typed.text


@given(st.text(st.characters(codec=None, categories=None), max_size=60))
def test_any_letters_come_out_as_they_went_in(words: str) -> None:
    html = text(words)
    html.encode("utf-8")
    assert not re.search("[<>\"']", html)
    read = Read(f"<p>{html}</p>")
    assert read.text == as_shown(words) and [tag for tag, _ in read.elements] == ["p"]
    assert Read(f'<p title="{html}"></p>').elements == [("p", {"title": as_shown(words)})]


@given(st.binary(max_size=400), st.booleans(), st.integers(0, 100_000))
def test_any_bytes_can_be_drawn(data: bytes, is_frame: bool, more: int) -> None:
    Read(figure("a frame", data, len(data) + more, is_frame))
    Read(difference(data, bytes(reversed(data))))


# --- The notebook ---


def test_a_prediction_is_kept_as_it_was_made_first() -> None:
    notebook = Notebook()
    for answer in ((1,), (0,)):
        notebook.take([person(PREDICTED, lesson=7, step="what", answer=answer)], [])
    assert notebook.predicted == {(7, "what"): (1,)}


def test_a_frame_that_is_pinned_at_both_ends_is_one() -> None:
    frame = FrameSeen(1, 3, 0.0, "in", 9, FrameType.DIRECT, 0, len(RECORD), 0, 0, RECORD, None, "", "")
    seen = [Seen("tap", TAPPED), Seen("server", frame)]
    notebook = Notebook()
    notebook.take([person(PINNED, at="tap", connection=1, direction="up", n=5),
                   person(PINNED, at="server", connection=3, direction="in", n=9)], seen)
    assert [pin.data for pin in notebook.pins] == [RECORD]
    assert frame_at(seen, Pointer("server", 3, "in", 9)).data == RECORD
    notebook.take([person(PINNED, at="tap", connection=1, direction="up", n=99)], seen)
    assert len(notebook.pins) == 1, "a frame that has gone is no pin"


def test_a_chunk_of_the_old_program_can_be_shown() -> None:
    seen = [Seen("bare", BareReading(47, b"chunk", "", "Extra data"))]
    found = frame_at(seen, Pointer("bare", 0, "in", 47))
    assert (found.data, found.is_frame) == (b"chunk", False)


def test_an_attack_of_which_more_is_known_is_told_once() -> None:
    notebook, attack = Notebook(), Attacked(1, "drop", "up", 5, RECORD, b"")
    for outcome in (Outcome.NOT_YET, Outcome.CAUGHT):
        notebook.attack("today", attack, Verdict(outcome, outcome.value, "", (), ""))
    assert [one.verdict.outcome for one in notebook.attacks] == [Outcome.CAUGHT]
    for _ in range(MOST_KEPT + 3):
        again = Attacked(1, "drop", "up", 5, RECORD, b"")
        notebook.attack("today", again, Verdict(Outcome.CAUGHT, "", "", (), ""))
    assert len(notebook.attacks) == MOST_KEPT


def test_a_cell_that_an_attack_has_filled_is_the_grids_once_it_is_run_there() -> None:
    notebook, cell, attack = Notebook(), Cell("flip", "today"), Attacked(1, "flip", "up", 5, RECORD, RECORD)
    caught, back = CellOutcome("held", "Caught.", b""), CellOutcome("held", "Caught. Ada came back.", b"")
    assert notebook.fill_by_attack(attack, cell, caught) and not notebook.fill_by_attack(attack, cell, caught)
    assert notebook.fill_by_attack(attack, cell, back) and notebook.cells[cell].live
    notebook.fill(cell, caught)
    assert not notebook.fill_by_attack(attack, cell, back) and notebook.cells[cell] == Filled(caught)
    again = Attacked(1, "flip", "up", 5, RECORD, RECORD)
    assert notebook.fill_by_attack(again, cell, back) and notebook.cells[cell].live


def test_what_is_proved_once_stays_proved() -> None:
    notebook, lesson = Notebook(), LESSONS[0]
    found = [Evidence("seen", (POINTER,)), *[None] * (len(lesson.steps) - 1)]
    notebook.tick(lesson, found, [Seen("tap", TAPPED)])
    notebook.tick(lesson, [None] * len(lesson.steps), [])
    tick = notebook.ticks[lesson.number, lesson.steps[0].name]
    assert tick.frames[0].data == RECORD and len(notebook.ticks) == 1


# --- The file ---


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("before")
    save_report(path, full(), "Ada", date(2026, 11, 27))
    assert DAY in Read(path.read_text("utf-8")).text
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutputFileError, match="cannot be written"):
        save_report(tmp_path / "none" / "report.html", full(), "Ada", date(2026, 11, 27))
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputFileError):
        save_report(tmp_path / "folder", full(), "Ada", date(2026, 11, 27))
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]
