"""Turns items into the lines of a transcript: text with tags, and for each line what the gutters show.

Pure but for the one thing a screen must say: how wide a right-to-left text may be, given as a function.
Every line belongs to a Row; a Row's index and the line's number in the Text move together.
"""

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Final, Literal

from gui.text.arabic import has_rtl, visual
from gui.text.clock_words import hour
from gui.text.cost import shown_chars
from gui.text.links import links_in
from gui.text.markup import Piece, hard_wrapped, pieces_of_lines
from gui.text.shown_text import shown
from gui.transcript.items import ChatLine, DayLine, FileView, Item, State, speaker

MAX_LINE_CHARS: Final = 500
GROUP_MS: Final = 5 * 60 * 1000
GROUP_MESSAGES: Final = 30
LINK: Final = "link"
"""The tag of a web address in a message."""
CODE_PAD: Final = "\N{NO-BREAK SPACE}"
"""Stands on both sides of code; a message's own no-break spaces are shown as spaces, so copies can tell."""

RowKind = Literal["gap", "top", "bottom", "header", "body", "picture", "system", "day"]
Band = Literal["", "own", "whisper"]
BAND_COLOURS: Final = {"own": "soft", "whisper": "whisper_soft"}  # the palette role behind each band


@dataclass(slots=True, eq=False)
class Entry:
    """An item on the screen. line: number of its first own line, counted from the first ever shown."""

    item: Item
    state: State = "delivered"
    reason: str = ""
    line: int = 0
    lines: int = 0
    folded: bool = False
    """Whether a part of the text is left out for what it would cost to draw."""
    rewritten: bool = False
    """Whether the screen shows other characters than the text holds (right-to-left text)."""
    file: FileView | None = None
    picture: object = None
    """A tk.PhotoImage that is shown under it."""


@dataclass(slots=True, eq=False)
class Row:
    """One line of the Text. soft: goes on the line before, with no newline of its own in the original."""

    kind: RowKind
    entry: Entry | None = None
    band: Band = ""
    soft: bool = False
    last: bool = False

    @property
    def begins_block(self) -> bool:
        """Whether what stands above may be cut off here without leaving messages without their header."""
        return self.kind == "gap" or (self.kind == "system" and not self.soft)


Chunk = tuple[str, tuple[str, ...]]


@dataclass(slots=True)
class Line:
    """A Row and its text, without the newline. tags: of the newline too, so they colour to the margin."""

    row: Row
    chunks: list[Chunk] = field(default_factory=list)
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class Group:
    """Messages under one header."""

    speaker: tuple[str, str, str]
    author_id: bytes
    band: Band
    at_ms: int
    messages: int = 1


class LineLayout:
    """Lays items out one after another; `group` is the one that a next message may join."""

    def __init__(self, fit: Callable[[str], list[str]] | None,
                 unfolded: Collection[Hashable] = frozenset(),
                 pictures: Collection[Hashable] = frozenset()) -> None:
        """fit: wraps a right-to-left text to the width of the screen; None where Tk draws it right itself.

        unfolded: keys of messages to be shown whole whatever they cost; pictures: of files with a picture.
        """
        self._fit = fit
        self._unfolded = unfolded
        self._pictures = pictures
        self.group: Group | None = None
        self._after_system = False

    def add(self, item: Item) -> tuple[list[Line], bool]:
        """The lines of one more item, and whether it takes the place of the last line (a band's end)."""
        entry = Entry(item)
        if isinstance(item, ChatLine):
            entry.state, entry.reason, entry.file = item.state, item.reason, item.file
            self._after_system = False
            return self._message(item, entry)
        self.group = None
        if isinstance(item, DayLine):
            self._after_system = False
            return [Line(Row("gap"), tags=("gap",)),
                    Line(Row("day", entry, last=True), [(shown(item.text), ("day",))], ("day",))], False
        gap = [] if self._after_system else [Line(Row("gap"), tags=("gap",))]
        self._after_system = True
        text = self._display(shown(item.text), entry)
        rows = [Line(Row("system", entry, soft=index > 0, last=index == len(text) - 1),
                     [(part, ("system",))], ("system",)) for index, part in enumerate(text)]
        return gap + rows, False

    def _message(self, item: ChatLine, entry: Entry) -> tuple[list[Line], bool]:
        band: Band = "whisper" if item.whisper else "own" if item.mine else ""
        who = speaker(item)
        group = self.group
        joins = (group is not None and group.author_id == item.author_id and group.speaker == who
                 and group.band == band and group.messages < GROUP_MESSAGES
                 and 0 <= item.at_ms - group.at_ms < GROUP_MS)
        lines: list[Line] = []
        if joins and group is not None:
            group.messages += 1
        else:
            self.group = Group(who, item.author_id, band, item.at_ms)
            lines.append(Line(Row("gap"), tags=("gap",)))
            if band:
                lines.append(Line(Row("top", band=band), tags=("edge", band)))
            lines.append(self._header(item, who, entry, band))
        body = self._body(item, entry, band)
        if joins:  # a little apart from the message above, by the same author
            body[0].chunks = [(words, (*tags, "next")) for words, tags in body[0].chunks]
            body[0].tags = (*body[0].tags, "next")
        lines += body
        if band:
            lines.append(Line(Row("bottom", band=band), tags=("edge", band)))
        return lines, joins and bool(band)

    def _header(self, item: ChatLine, who: tuple[str, str, str], entry: Entry, band: Band) -> Line:
        tags: tuple[str, ...] = ("header", band) if band else ("header",)
        strong = (*tags, "whisper_name") if band == "whisper" else tags
        before, name, after = who
        name = visual(shown(name)) if self._fit else shown(name)
        # Beside a name our own words are lighter, so that no name can seem to hold them.
        chunks: list[Chunk] = [(words, word_tags) for words, word_tags in (
            (before, (*tags, "verb") if name else strong), (name, strong), (after, (*tags, "verb"))) if words]
        chunks.append((f"   {hour(item.at_ms)}", (*tags, "time")))
        if item.whisper:
            chunks.append(("   only you two can read this", (*tags, "note")))
        return Line(Row("header", entry, band), chunks, tags)

    def _body(self, item: ChatLine, entry: Entry, band: Band) -> list[Line]:
        tags: tuple[str, ...] = ("body", band) if band else ("body",)
        if entry.state == "pending":
            tags = (*tags, "pending")
        if entry.file is not None:
            return self._file(item, entry, band, tags)
        code = (*tags, "code_in_band" if band else "code")
        lines: list[Line] = []
        text = shown(item.text, lines=True).replace(CODE_PAD, " ")
        end = len(text) if item.key in self._unfolded else shown_chars(text)
        entry.folded = end < len(text)
        text = text[:end]
        for pieces in pieces_of_lines(text):
            if self._fit and len(pieces) == 1 and not pieces[0].code and has_rtl(pieces[0].text):
                wrapped = [[Piece(part, False)] for part in self._display(pieces[0].text, entry)]
            else:
                wrapped = hard_wrapped(pieces, MAX_LINE_CHARS)
            for number, line in enumerate(wrapped):
                cut = (number > 0, number + 1 < len(wrapped))
                chunks: list[Chunk] = []
                for place, piece in enumerate(line):
                    if piece.code:
                        chunks.append((f"{CODE_PAD}{piece.text}{CODE_PAD}", code))
                    else:
                        ends = (cut[0] and place == 0, cut[1] and place + 1 == len(line))
                        chunks += with_links(piece.text, tags, *ends)
                lines.append(Line(Row("body", entry, band, soft=number > 0), chunks, tags))
        if entry.folded:  # its last link may go on in what is left out
            lines[-1].chunks = [(words, tuple(tag for tag in its if tag != LINK))
                                for words, its in lines[-1].chunks]
        lines[-1].row.last = True
        lines[-1].chunks += suffix(entry, tags)
        entry.lines = len(lines)
        return lines

    def _file(self, item: ChatLine, entry: Entry, band: Band, tags: tuple[str, ...]) -> list[Line]:
        """A file that is shared: its name in a style that no text can have, and a line for its picture."""
        assert entry.file is not None
        name = visual(shown(entry.file.name)) if self._fit else shown(entry.file.name)
        chunks: list[Chunk] = [(name, (*tags, "file")),
                               (f"  {shown(entry.file.about)}", (*tags, "note"))]
        line = Line(Row("body", entry, band, last=True), chunks, tags)
        line.chunks += suffix(entry, tags)
        lines = [line]
        if item.key in self._pictures:
            lines.append(Line(Row("picture", entry, band, soft=True), [], tags))
        entry.lines = len(lines)
        return lines

    def _display(self, text: str, entry: Entry) -> list[str]:
        """A text in display order, wrapped before it is turned round; unchanged if it needs no turning."""
        if self._fit is None or not has_rtl(text):
            return [text]
        entry.rewritten = True
        return [visual(part) for part in self._fit(text)]


def with_links(text: str, tags: tuple[str, ...], cut_before: bool, cut_behind: bool) -> list[Chunk]:
    """`text` in chunks, its links with a tag of their own. One that a hard wrap may have cut is none: what
    would be opened is not what was written. Nor is one in text that is turned round."""
    links = [] if has_rtl(text) else links_in(text)
    chunks: list[Chunk] = []
    at = 0
    for link in links:
        if (cut_before and link.start == 0) or (cut_behind and link.end == len(text)):
            continue
        chunks += [(text[at:link.start], tags)] if at < link.start else []
        chunks.append((text[link.start:link.end], (*tags, LINK)))
        at = link.end
    return chunks + ([(text[at:], tags)] if at < len(text) or not chunks else [])


def suffix(entry: Entry, tags: tuple[str, ...]) -> list[Chunk]:
    """What stands behind a message that is not shown whole, or not delivered."""
    words: list[Chunk] = []
    if entry.folded:
        words += [("…  ", (*tags, "suffix")), ("Show all", (*tags, "suffix", "fold"))]
    if entry.state == "pending":
        words.append(("  sending…", (*tags, "suffix", "waiting")))
    elif entry.state == "held":
        words.append((f"  {shown(entry.reason)}", (*tags, "suffix", "held")))
    elif entry.state == "refused" and entry.file is not None:
        words.append((f"  {shown(entry.reason)}", (*tags, "suffix", "refused")))
    elif entry.state == "refused":
        words += [(f"  {shown(entry.reason)}", (*tags, "suffix", "refused")), ("  ", (*tags, "suffix")),
                  ("Try again", (*tags, "suffix", "retry"))]
    if entry.file is not None and entry.state != "pending":
        if entry.file.note:
            words.append((f"  ·  {shown(entry.file.note)}", (*tags, "suffix", "held")))
        for action in entry.file.actions:
            words += [("   ", (*tags, "suffix")), (action_words(action), (*tags, "suffix", "file_action"))]
    return words


def action_words(action: str) -> str:
    """What is pressed, as it stands in the Text: never broken at a line's end."""
    return action.replace(" ", "\N{NO-BREAK SPACE}")


def action_of(words: str) -> str:
    """The other way round."""
    return words.replace("\N{NO-BREAK SPACE}", " ")
