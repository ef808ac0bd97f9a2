"""The lab report: what a learner predicted, saw, attacked and found, as one page of HTML. Pure.

    report_html(notebook, "Ada", "27 November 2026")

The page needs nothing else: no script, no picture, nothing from a network. It is made to be read on a screen,
light or dark, on paper, and aloud: headings in order, a name for each row and column, words beside colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from netcore.lab import report_html as html
from netcore.lab.cases.all_cases import CASES
from netcore.lab.cases.model import FULL_POINTS, Played
from netcore.lab.grid import COLUMNS, ROWS, VERSIONS, CellVerdict
from netcore.lab.grid_runner import Cell
from netcore.lab.handshake.questions import QUESTIONS
from netcore.lab.lessons.all_lessons import LESSONS
from netcore.lab.lessons.model import Lesson, Prediction, Step
from netcore.lab.notebook import Filled, JudgedAttack, KeptFrame, Notebook, words_of
from netcore.lab.verdict import Outcome
from netcore.lab.word_search import times_words
from netcore.wire.lines import counted

FINISHED: Final = "\u2713 finished"
DONE: Final = "\u2713 done"
SIGNS: Final[Mapping[CellVerdict, str]] = MappingProxyType(
    {
        "held": "\u2713",
        "broke": "\u2717",
        "you decide": "?",
        "not noticed yet": "\u2026",
        "cannot be noticed": "\u2013",
    }
)
"""In front of a cell's word, so that it is known without its colour."""
_KINDS: Final[Mapping[CellVerdict, str]] = MappingProxyType(
    {
        "held": "held",
        "broke": "broke",
        "you decide": "yours",
        "not noticed yet": "yours",
        "cannot be noticed": "unseen",
    }
)
"""In which of the page's four colours a cell is shown, and below an attack's outcome."""
_OUTCOME_KINDS: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.CAUGHT: "held",
        Outcome.NOT_YET: "yours",
        Outcome.YOU_DECIDE: "yours",
        Outcome.NOBODY: "unseen",
    }
)


def report_html(notebook: Notebook, name: str, date: str) -> str:
    """The whole page. `date` as it is to be read. `name` "" if the learner gave none."""
    body = [
        "<h1>Lab report</h1>\n",
        html.listed(
            (
                ("Name", html.name(name) if name else "(none given)"),
                ("Date", html.text(date)),
                ("Laboratory", "LocalChat/1"),
            )
        ),
        _overview(notebook),
        *_lessons(notebook),
        _questions(notebook),
        _attacks(notebook),
        _searches(notebook),
        _pins(notebook),
        _cases(notebook),
        _grid(notebook),
    ]
    return html.page(f"Lab report: {name}" if name else "Lab report", "".join(body))


def _overview(notebook: Notebook) -> str:
    if notebook.is_empty:
        return "<p>Nothing was done in the laboratory yet.</p>\n"
    done = sum(_is_done(notebook, lesson) for lesson in LESSONS)
    solved = {played.case for played in notebook.played if played.points}
    lines = (
        f"{done} of {len(LESSONS)} lessons finished",
        f"{counted(len(notebook.attacks), 'attack')} in the conversation",
        f"{len(solved)} of {len(CASES)} detective cases solved",
        f"{len(notebook.cells)} of {len(ROWS) * len(VERSIONS)} cells of the grid run",
    )
    return "<ul>\n" + "".join(f"<li>{html.text(line)}</li>\n" for line in lines) + "</ul>\n"


# --- Lessons -----------------------------------------------------------------------------------------


def _is_done(notebook: Notebook, lesson: Lesson) -> bool:
    return all((lesson.number, step.name) in notebook.ticks for step in lesson.steps)


def _lessons(notebook: Notebook) -> Iterator[str]:
    touched = {
        number
        for steps in (notebook.ticks, notebook.predicted, notebook.typed, notebook.observed)
        for number, _ in steps
    }
    begun = [lesson for lesson in LESSONS if lesson.number in touched]
    if begun:
        yield "<h2>Lessons</h2>\n"
    for lesson in begun:
        yield f"<h3>Lesson {lesson.number}: {html.text(lesson.title)}</h3>\n<p>{html.text(lesson.goal)}</p>\n"
        if _is_done(notebook, lesson):
            yield f"<p>{html.verdict('held', FINISHED)} {html.text(lesson.shown)}</p>\n"
        yield "<ol>\n"
        for step in lesson.steps:
            yield f"<li>{''.join(_step(notebook, lesson, step))}</li>\n"
        yield "</ol>\n"


def _step(notebook: Notebook, lesson: Lesson, step: Step) -> Iterator[str]:
    key = lesson.number, step.name
    yield f"<p>{html.text(step.text)}</p>\n"
    if isinstance(step, Prediction):
        yield _prediction(notebook.predicted.get(key), step)
        return
    if key in notebook.typed:
        yield f"<p>I wrote: {html.name(notebook.typed[key])}</p>\n"
    if key in notebook.observed:
        yield f"<p>I saw: {html.name(notebook.observed[key])}</p>\n"
    tick = notebook.ticks.get(key)
    if tick is None:
        yield '<p class="quiet">Not done yet.</p>\n'
        return
    yield f"<p>{html.verdict('held', DONE)} {html.text(tick.evidence)}</p>\n"
    yield from map(_figure, tick.frames)


def _prediction(chosen: tuple[int, ...] | None, step: Prediction) -> str:
    if chosen is None:
        return '<p class="quiet">Not answered.</p>\n'
    said = [step.answers[index] for index in chosen if 0 <= index < len(step.answers)]
    words = "; ".join(answer.text for answer in said)
    if frozenset(chosen) == step.right:
        outcome, right = html.verdict("held", "\u2713 so it was"), ""
    else:
        outcome = html.verdict("yours", "\u2717 it was otherwise")
        answers = "; ".join(step.answers[index].text for index in sorted(step.right))
        right = f"<p>So it is: {html.text(answers)}</p>\n"
    replies = "".join(f'<p class="quiet">{html.text(answer.reply)}</p>\n' for answer in said)
    return f"<p>I expected: {html.text(words)} {outcome}</p>\n{right}{replies}"


def _questions(notebook: Notebook) -> str:
    """The handshake's own, asked beside its recording."""
    rows = []
    for question in QUESTIONS:
        chosen = notebook.predicted.get((0, question.name))
        if chosen is None:
            continue
        words = "; ".join(question.answers[i].text for i in chosen if 0 <= i < len(question.answers))
        good = chosen == (question.right,)
        outcome = html.verdict("held", "\u2713 yes") if good else html.verdict("yours", "\u2717 no")
        rows.append((html.text(question.text), f"{html.text(words)} {outcome}", html.text(question.why)))
    if not rows:
        return ""
    caption = "What I expected before each value was shown"
    return "<h2>The handshake</h2>\n" + html.table(caption, ("Question", "I expected", "So it is"), rows)


# --- Attacks, searches, pins, cases ------------------------------------------------------------------


def _attacks(notebook: Notebook) -> str:
    if not notebook.attacks:
        return ""
    return "<h2>Attacks and verdicts</h2>\n" + "".join(map(_attack, notebook.attacks))


def _attack(attack: JudgedAttack) -> str:
    verdict, attacked = attack.verdict, attack.attacked
    where = "today" if attack.version == VERSIONS[-1] else f"in version {attack.version}"
    section = f" (PROTOCOL \u00a7{verdict.section})" if verdict.section else ""
    told = html.listed(
        (
            ("What I did", html.text(verdict.did)),
            ("What happened", html.text(" ".join(verdict.happened))),
            ("Why", html.text(verdict.why)),
        )
    )
    return (
        f"<h3>{html.text(attacked.attack.capitalize().replace('-', ' '))}, {html.text(where)}</h3>\n"
        f"<p>{html.verdict(_OUTCOME_KINDS[verdict.outcome], verdict.heading)}{html.text(section)}</p>\n"
        f"{told}{html.difference(attacked.before, attacked.after)}"
    )


def _searches(notebook: Notebook) -> str:
    if not notebook.searches:
        return ""
    rows = [
        (
            html.name(one.word),
            html.text(one.where),
            times_words(one.found),
        )
        for one in notebook.searches
    ]
    caption = "As text, as UTF-16 and as base64, in all that passed the tap"
    return "<h2>Words searched for</h2>\n" + html.table(caption, ("Word", "Version", "Found"), rows)


def _pins(notebook: Notebook) -> str:
    if not notebook.pins:
        return ""
    return "<h2>Pinned frames</h2>\n" + "".join(map(_figure, notebook.pins))


def _figure(frame: KeptFrame) -> str:
    return html.figure(frame.words, frame.data, frame.length, frame.is_frame)


def _cases(notebook: Notebook) -> str:
    if not notebook.played:
        return ""
    heads = "Case", "My verdict", "Frames that I pinned", "Points", "What had happened"
    rows = list(map(_case, notebook.played))
    return "<h2>Detective</h2>\n" + html.table("Cases, each a game with its seed", heads, rows)


def _case(played: Played) -> tuple[str, ...]:
    case = next((case for case in CASES if case.number == played.case), None)
    pins = [words_of(pin) for pin in played.pins]
    return (
        html.text(f"{played.case}. {case.title if case else ''} (seed {played.seed})"),
        html.text(played.verdict.value if played.verdict is not None else "Given up"),
        "<br>".join(map(html.text, pins)) or "none",
        f"{played.points} of {FULL_POINTS}, {counted(played.tries, 'try', 'tries')}",
        html.text(case.ending if case else ""),
    )


# --- The grid ----------------------------------------------------------------------------------------


def _grid(notebook: Notebook) -> str:
    if not notebook.cells:
        return ""
    heads = ["Problem or attack"]
    heads += [f"{html.text(title)}<small>{html.text(new)}</small>" for title, new in COLUMNS.values()]
    table = html.table(
        f"{len(notebook.cells)} of {len(ROWS) * len(VERSIONS)} cells run, each for real",
        heads,
        [
            (
                html.text(row.title),
                *(_cell(notebook.cells.get(Cell(row.name, version))) for version in VERSIONS),
            )
            for row in ROWS
        ],
        "grid",
    )
    rows = [
        (f"{html.text(row.title)}, {html.text(COLUMNS[version][0])}", _cell(filled), _told(filled))
        for row in ROWS
        for version in VERSIONS
        if (filled := notebook.cells.get(Cell(row.name, version))) is not None
    ]
    told = html.table("What was seen in each cell", ("Cell", "Outcome", "What happened"), rows)
    return f"<h2>The grid</h2>\n{table}<h3>What happened there</h3>\n{told}"


def _cell(filled: Filled | None) -> str:
    if filled is None:
        return '<span class="quiet">not run</span>'
    verdict = filled.outcome.verdict
    return html.verdict(_KINDS[verdict], f"{SIGNS[verdict]} {verdict}")


def _told(filled: Filled) -> str:
    begins = filled.outcome.evidence[: html.PER_LINE]
    more = " \u2026" if len(filled.outcome.evidence) > len(begins) else ""
    return f"{html.text(filled.outcome.sentence)} <code>{begins.hex(' ')}{more}</code>"
