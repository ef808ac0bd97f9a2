"""The pieces of HTML that the lab report is made of: texts, tables, hex dumps with their legend. Pure.

Everything that is given here as text comes out as text, whatever letters are in it. What is called HTML has
been made here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from netcore.lab.difference import changed, first_difference
from netcore.lab.facts import as_letters
from netcore.lab.spans import Span, Spans, spans_of_frame
from netcore.layout import Kind
from netcore.wire.lines import counted

MOST_BYTES: Final = 256
"""Of a frame that are printed. The handshake's are longer, and are the same noise to their end."""
AROUND_BYTES: Final = 32
"""Of an attacked frame, around the first byte that differs."""
PER_LINE: Final = 16

Colours = tuple[str, str, str, str]
"""Ground and ink in the light theme, ground and ink in the dark one."""
_BLUE: Final = ("#D7E8FF", "#135298", "#203855", "#8CBEFE")
_AMBER: Final = ("#FBE2C0", "#6F4A06", "#49320D", "#EEB154")
_GREY: Final = ("#E2E7E6", "#495250", "#303937", "#B6C0BE")
_PINK: Final = ("#FEDBEA", "#87305F", "#4E293B", "#FC9AC9")
_GREEN: Final = ("#CFF1D4", "#016129", "#1D3F26", "#79D28D")
_CYAN: Final = ("#C0F0FC", "#065A69", "#063E49", "#31CFEE")
_VIOLET: Final = ("#EDDFFF", "#663E8E", "#3E2E4F", "#D1A9FF")
COLOURS: Final[Mapping[Kind, Colours]] = MappingProxyType(
    {
        Kind.HEADER: _BLUE,
        Kind.LENGTH: _BLUE,
        Kind.FIELD: _AMBER,
        Kind.KEY: _CYAN,
        Kind.SIGNATURE: _PINK,
        Kind.CIPHERTEXT: _GREY,
        Kind.TAG: _PINK,
        Kind.STAMP: _GREEN,
        Kind.JSON: _GREY,
        Kind.JSON_KEY: _CYAN,
        Kind.JSON_VALUE: _AMBER,
        Kind.TEXT: _VIOLET,
        Kind.PADDING: _GREY,
        Kind.UNREAD: _GREY,
    }
)
"""Those of the windows, so that a frame looks the same on paper."""

_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What HTML does not allow, and what UTF-8 cannot write. A line's end is none: it is written as \\n."""

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""The page forbids itself to ask for anything."""

_STYLE: Final = """
:root { color-scheme: light dark; --ground: #fff; --soft: #f0f4f3; --line: #d3dcda; --ink: #13201d;
  --ink2: #3f4f4b; --accent: #0a6960; --held: #ddf1ec; --held-ink: #0a6960; --broke: #fdecea;
  --broke-ink: #b1241c; --yours: #fff1d6; --yours-ink: #7f4b00; --unseen: #e6ecea; --unseen-ink: #3f4f4b; }
@media (prefers-color-scheme: dark) { :root { --ground: #161f1d; --soft: #22302d; --line: #43544f;
  --ink: #eaf1ef; --ink2: #bccac6; --accent: #55cfbc; --held: #153630; --held-ink: #55cfbc; --broke: #3a1b19;
  --broke-ink: #ff9188; --yours: #332810; --yours-ink: #f3c169; --unseen: #22302d; --unseen-ink: #bccac6; } }
@media print { :root { color-scheme: light; --ground: #fff; --soft: #f0f4f3; --line: #a9b7b3; --ink: #000;
  --ink2: #3f4f4b; --accent: #0a6960; --held: #ddf1ec; --held-ink: #0a6960; --broke: #fdecea;
  --broke-ink: #b1241c; --yours: #fff1d6; --yours-ink: #7f4b00; --unseen: #e6ecea; --unseen-ink: #3f4f4b; } }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.5rem 4rem; background: var(--ground);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.25; break-after: avoid; }
h1 { margin: 0 0 .5rem; }
h2 { margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 2px solid var(--accent); }
h3 { margin: 1.75rem 0 .5rem; }
p, ul, ol { margin: .5rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0 0 1rem; }
dt { color: var(--ink2); }
dd { margin: 0; }
.quiet { color: var(--ink2); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; }
caption { text-align: left; color: var(--ink2); padding-bottom: .35rem; }
th, td { border: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
thead th { background: var(--soft); }
thead small { display: block; font-weight: normal; color: var(--ink2); }
tr, figure { break-inside: avoid; }
h3 + p, caption, thead, figcaption { break-after: avoid; }
.grid td, .grid thead th:not(:first-child) { text-align: center; }
code { font: .82rem/1.5 ui-monospace, monospace; color: var(--ink2); }
th, td { overflow-wrap: break-word; }
bdi, code { overflow-wrap: anywhere; }
.verdict { font-weight: 600; border-radius: .35rem; padding: .05rem .4rem; }
.held { background: var(--held); color: var(--held-ink); }
.broke { background: var(--broke); color: var(--broke-ink); }
.yours { background: var(--yours); color: var(--yours-ink); }
.unseen { background: var(--unseen); color: var(--unseen-ink); }
figure { margin: .75rem 0; }
figcaption { color: var(--ink2); }
pre { margin: .35rem 0; padding: .6rem .8rem; background: var(--soft); border-radius: .35rem;
  overflow-x: auto; font: .82rem/1.55 ui-monospace, monospace; overflow-wrap: normal; }
mark { background: var(--yours); color: var(--yours-ink); font-weight: 700; text-decoration: underline; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem .5rem; font-size: .85rem; }
.legend li { border-radius: .3rem; padding: 0 .4rem; }
* { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } .scroll { overflow: visible; }
  pre { font-size: 7.5pt; overflow: visible; white-space: pre-wrap; } }
@page { margin: 18mm 15mm; }
"""


def page(title: str, body: str) -> str:
    """The whole page. `body` is HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{_STYLE}{_layer_style()}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _layer_style() -> str:
    """A class for each kind of bytes, in both themes; paper is light."""

    def rules(ground: int, ink: int) -> str:
        return "".join(
            f".k-{kind.value} {{ background: {colours[ground]}; color: {colours[ink]}; }}\n"
            for kind, colours in COLOURS.items()
        )

    return f"{rules(0, 1)}@media screen and (prefers-color-scheme: dark) {{\n{rules(2, 3)}}}\n"


# --- Words -------------------------------------------------------------------------------------------


def text(words: str) -> str:
    """As HTML that shows exactly these letters, in an element or between quotes."""
    return html.escape(_NOT_TEXT.sub("\ufffd", words.replace("\r\n", "\n").replace("\r", "\n")))


def name(words: str) -> str:
    """What a person has typed: its letters may run the other way, and turn nothing else round."""
    return f"<bdi>{text(words)}</bdi>"


def verdict(kind: str, words: str) -> str:
    """`kind`: held, broke, yours or unseen."""
    return f'<span class="verdict {kind}">{text(words)}</span>'


def listed(titles: Iterable[tuple[str, str]]) -> str:
    """Titles, and HTML that says what belongs to them."""
    return (
        "<dl>\n" + "".join(f"<dt>{text(title)}</dt><dd>{told}</dd>\n" for title, told in titles) + "</dl>\n"
    )


def table(caption: str, heads: Iterable[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """`heads` and the cells of `rows` are HTML; the first cell of a row names it."""
    head = "".join(f'<th scope="col">{words}</th>' for words in heads)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>\n'
        for first, *rest in rows
    )
    return (
        f'<div class="scroll"><table class="{kind or "told"}">\n<caption>{text(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"
    )


# --- Bytes -------------------------------------------------------------------------------------------


def figure(words: str, kept: bytes, length: int, is_frame: bool) -> str:
    """A hex dump with the legend of its fields. `kept`: as much as there is of `length` bytes."""
    if not kept:
        return f'<p class="quiet">{text(words)} (its bytes were not kept).</p>\n'
    data = kept[:MOST_BYTES]
    spans = spans_of_frame(kept) if is_frame else (Span(0, length, "chunk", Kind.UNREAD),)
    size = counted(length, "byte")
    cut = f"{size}, the first {len(data)} of them" if len(data) < length else size
    sizes = ", ".join(f"{span.name} {span.end - span.start}" for span in spans)
    legend = "".join(
        f'<li class="k-{span.kind.value}">{text(span.name)}: {_places(span)}</li>' for span in spans
    )
    return (
        f"<figure>\n<figcaption>{text(words)}; {text(cut)}</figcaption>\n"
        f'<pre role="img" aria-label="{text(f"Hex dump. Fields and their bytes: {sizes}.")}">'
        f'{_hex(data, spans)}</pre>\n<ul class="legend" aria-label="Fields, by their first and last byte">'
        f"{legend}</ul>\n</figure>\n"
    )


def _places(span: Span) -> str:
    """Its first and last byte."""
    return f"{span.start}\u2013{span.end - 1}" if span.end > span.start + 1 else str(span.start)


def _hex(data: bytes, spans: Spans) -> str:
    lines = []
    for first in range(0, len(data), PER_LINE):
        last = min(first + PER_LINE, len(data))
        here = [
            (max(span.start, first), min(span.end, last), span.kind)
            for span in spans
            if span.start < last and span.end > first
        ]
        digits = " ".join(_coloured(kind, data[start:end].hex(" ")) for start, end, kind in here)
        letters = "".join(_coloured(kind, as_letters(data[start:end])) for start, end, kind in here)
        lines.append(f"{first:04x}  {digits}{'   ' * (PER_LINE - (last - first))}  {letters}")
    return "\n".join(lines)


def _coloured(kind: Kind, words: str) -> str:
    return f'<span class="k-{kind.value}">{text(words)}</span>'


def difference(before: bytes, after: bytes) -> str:
    """Before and after, around the first byte that differs."""
    if not before and not after:
        return ""
    if before == after:
        data = before[:MOST_BYTES]
        dump = _hex(data, (Span(0, len(data), "", Kind.UNREAD),))
        return _figure("The same bytes before and after", dump)
    first, changes = first_difference(before, after), changed(before, after)
    longer = max(len(before), len(after))
    start = max(0, min(first - AROUND_BYTES // 2, longer - AROUND_BYTES))
    lines = [
        f"{title}  {start:4}  {_marked(data, places, start)}"
        for title, data, places in zip(("before", "after "), (before, after), changes, strict=True)
    ]
    last = min(start + AROUND_BYTES, longer) - 1
    words = f"Bytes {start} to {last} of {longer}; what differs is underlined"
    return _figure(words, "\n".join(lines))


def _figure(words: str, dump: str) -> str:
    return f"<figure>\n<figcaption>{words}</figcaption>\n<pre>{dump}</pre>\n</figure>\n"


def _marked(data: bytes, places: Collection[int], start: int) -> str:
    """A line of hex digits, the bytes at `places` underlined."""
    if not data:
        return "<mark>nothing</mark>"
    here = range(start, min(start + AROUND_BYTES, len(data)))
    return " ".join(f"<mark>{data[at]:02x}</mark>" if at in places else f"{data[at]:02x}" for at in here)
