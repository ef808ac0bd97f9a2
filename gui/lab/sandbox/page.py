"""The sandbox on the screen: lessons, Ada, Mallory's tap, Ben, and the verdict on the last attack.

Nothing that happens in the room moves a control: the verdict has a height of its own, and where only one part
has room, a word beside the row of parts says that there is a verdict.

Everything shown comes from `netcore.lab.sandbox`, which goes on only while it is looked at: so the page looks
every LOOK_MS. What is seen at a chair goes to that chair's conversation, what was recorded to the window of
the laboratory that is open on that end (`inside.py`), if there is one.
"""

from __future__ import annotations

import json
import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from tkinter import ttk
from types import MappingProxyType
from typing import Final

from gui.file_dialogs import FileDialogs
from gui.lab.sandbox.chair import Chair
from gui.lab.sandbox.controls import TILES
from gui.lab.sandbox.header import Header, HeaderActions
from gui.lab.sandbox.inside import Inside, InsideActions
from gui.lab.sandbox.lesson_column import LessonActions, LessonColumn
from gui.lab.sandbox.report_bar import ReportBar
from gui.lab.sandbox.spotlight import Spotlight
from gui.lab.sandbox.tap_panel import CHOOSE_BIT, TapPanel, title_of
from gui.lab.sandbox.verdict_card import ICONS, VerdictCard
from gui.lab.sandbox.view import SandboxView, ViewActions
from gui.lab.sandbox.views import CONVERSATION, DETECTIVE, VIEWS
from gui.look.look import Look
from gui.page import Page
from gui.room.room_page import WindowActions
from gui.widgets.banner import Banner
from gui.widgets.boxes import rule
from gui.widgets.buttons import LinkLabel, SegmentedChoice
from gui.widgets.keyboard import give_keyboard, has_keyboard
from netcore.engine import Chat, Command, Event, Notice, TrustAsked
from netcore.errors import OutputFileError
from netcore.lab.grid_live import by_attack, by_person
from netcore.lab.lessons.model import (
    NOTED,
    OBSERVED,
    PREDICTED,
    Evidence,
    Lesson,
    Place,
    Pointer,
    Seen,
    ticks,
)
from netcore.lab.notebook import Notebook
from netcore.lab.report_file import save_report
from netcore.lab.sandbox.old import LINE
from netcore.lab.sandbox.orders import run
from netcore.lab.sandbox.room import TODAY
from netcore.lab.sandbox.sandbox import Sandbox
from netcore.lab.sandbox.today import KEY_OF
from netcore.lab.tap_events import Attacked, FrameTapped
from netcore.lab.throwaway import private_key
from netcore.lab.verdict import CHANGES_NOTHING, judge, last_attack
from netcore.trace import FrameSeen, Person, TraceEvent

LOOK_MS: Final = 30
SIZE: Final = (1280, 820)
TAP_WIDTH: Final = 332
WIDE: Final = 860
"""From this width on the three stand side by side"""
HIGH: Final = 640
"""... if there is this height for them and the verdict."""
PARTS: Final = (("Ada", "Ada"), ("tap", "Mallory’s tap"), ("Ben", "Ben"), ("verdict", "Verdict"))
VIEW_KEYS: Final = ("Alt+E", "Alt+V")
"""Given to the view that is shown."""
OFF_TRACK_LOOKS: Final = 100
"""So many looks after somebody spoke, and nothing was ticked: three seconds."""
TYPED_LOOKS: Final = 8
"""... after an answer was typed."""
FIRST_STEPS: Final = (
    "1  Choose an attack at Mallory’s tap.\n"
    "2  Arm it: it waits for the next frame of its direction.\n"
    "3  Let Ada or Ben say something. What became of the attack stands here.")
OPENING: Final = "Opening the room…"
_WAITS: Final = {
    "up": "It waits for the next frame from Ada to the server. Let Ada say something now.",
    "down": "It waits for the next frame from the server to Ada. Let Ben say something now.",
    "cut": "It is done at once.",
    "own-keys": "It waits for whoever connects next. Let Ada connect again: the arrow beside her name.",
}


class SandboxPage(Page):
    """`done`: the lessons that were finished before; `on_done` is told of all that are. `notebook`: what was
    done before; `nick`: whose report it may be. `points`: the most that each of the detective's cases was
    solved with; `on_points` is told of all when one is more."""

    def __init__(self, parent: tk.Misc, look: Look, on_theme: Callable[[], None], on_keys: Callable[[], None],
                 on_leave: Callable[[], None], done: frozenset[int] = frozenset(),
                 on_done: Callable[[frozenset[int]], None] = lambda _: None,
                 notebook: Notebook | None = None, nick: str = "",
                 points: Mapping[int, int] = MappingProxyType({}),
                 on_points: Callable[[Mapping[int, int]], None] = lambda _: None,
                 dialogs: FileDialogs | None = None) -> None:
        super().__init__(parent)
        self.title = "Laboratory"
        self._look = look
        self._on_theme, self._on_keys, self._on_leave = on_theme, on_keys, on_leave
        self._on_done = on_done
        self._dialogs = dialogs or FileDialogs()
        self.sandbox = Sandbox()
        self.sandbox.begin(TODAY)
        self.sandbox.look()  # its server starts while the widgets are made
        self.notebook = notebook or Notebook()
        self._whose = nick
        self._shown_room = ("", 0)
        self._cleared = 0
        self._off_track_at: int | None = None  # the look at which a step that is not ticked says so
        self._looks = 0
        self._opening = False  # the verdict's place says so
        self._folded = False
        self.inside = Inside(self, look, self.sandbox, InsideActions(
            on_theme, on_keys, self._to_front, lambda words: self.banner.show("Info", words, closable=True),
            self._dialogs))
        self.header = Header(self, look, HeaderActions(
            self.show_view, self._change, self.fold, self.save_report, on_theme, on_keys, on_leave))
        rule(self).pack(fill="x")
        self.report = ReportBar(self, look, self._dialogs, self._report_to, self._close_report)
        self.report_banner = Banner(self, look)
        look.pack(self.report_banner, fill="x", padx=16)
        body = self._body = ttk.Frame(self)
        body.pack(fill="both", expand=True)
        self.views: dict[str, SandboxView] = {}
        self._view_actions = ViewActions(self._converse, self.notebook, self.save_report, points, on_points)
        self.lessons = LessonColumn(body, look, self._lesson_actions(), done)
        self.lessons.pack(side="left", fill="y")
        self._line = rule(body)
        self._line.pack(side="left", fill="y")
        right = self._right = ttk.Frame(body)
        right.pack(side="left", fill="both", expand=True)
        self._row = ttk.Frame(right)
        self.parts = SegmentedChoice(self._row, look, PARTS, "tap", command=lambda _: self._part_chosen())
        self.parts.pack(side="left")
        self.news = LinkLabel(self._row, look, "", self._open_verdict)
        self.news.configure(compound="left")
        self.verdict = VerdictCard(right, look, self._again,
                                   lambda byte, bit: self.tap.choose_bit(byte, bit),
                                   lambda: self.tap.look_at_none())
        self.verdict.pack(side="bottom", fill="x")
        chairs = self._chairs = ttk.Frame(right)
        chairs.pack(fill="both", expand=True)
        chairs.rowconfigure(0, weight=1)
        ids = {name: private_key(KEY_OF[name]).public.fingerprint for name in ("Ada", "Ben")}
        self.chairs = {
            "Ada": self._chair(chairs, "Ada", "through the tap", ids),
            "Ben": self._chair(chairs, "Ben", "straight to the server", ids),
        }
        self.tap = TapPanel(chairs, look, self._order, self._pin, self.sandbox.search, self._looked_at,
                            lambda: self.inside.open("server"))
        self.banner = Banner(right, look)  # lies above what stands there, and moves nothing
        self.banner.place(relx=0, rely=0, relwidth=1)
        self.spotlight = Spotlight(self, look)
        self._small: bool | None = None
        right.bind("<Configure>", lambda _: self._fit())
        self._fit()
        self.shortcuts = {"F2": self._open_lab_here, "Alt+L": self.fold, "F6": self._next_part,
                          "Ctrl+Next": lambda: self._step_view(1), "Ctrl+Prior": lambda: self._step_view(-1),
                          **{name: partial(self._view_key, name) for name in VIEW_KEYS}}
        self._polling: str | None = None
        self.bind("<Destroy>", self._destroyed)
        look.on_change(self._fit, owner=self)
        self._show_opening()
        self._polling = self.after(LOOK_MS, self._look_again)

    def _fit(self) -> None:
        """Side by side where there is room; else one at a time, chosen in a row above."""
        look, right = self._look, self._right
        small = right.winfo_width() > 1 and (
            right.winfo_width() < look.px(WIDE) or right.winfo_height() < look.px(HIGH))
        if small == self._small:
            return
        self._small = small
        if small:
            self._choose_part_with_keyboard()
            look.pack(self._row, side="top", fill="x", padx=16, pady=8, before=self.verdict)
        else:
            self._row.pack_forget()
        self._show_part()

    def _show_part(self) -> None:
        look, small, chosen = self._look, self._small, self.parts.value
        # Its table would go on asking for the width that it had when it stood alone.
        self.tap.pack_propagate(bool(small))
        look.configure(self.tap, width=TAP_WIDTH)
        self.verdict.pack_forget()
        self._chairs.pack_forget()
        if not small:
            self.verdict.pack(side="bottom", fill="x")
        if small and chosen == "verdict":
            self.news.pack_forget()
            self.verdict.pack(fill="both", expand=True)
            return
        self._chairs.pack(fill="both", expand=True)
        for column, (name, part) in enumerate((("Ada", self.chairs["Ada"]), ("tap", self.tap),
                                               ("Ben", self.chairs["Ben"]))):
            shown = not small or name == chosen
            if shown:
                part.grid(row=0, column=column, sticky="nsew")
            else:
                part.grid_remove()
            fixed = part is self.tap and not small
            look.column(self._chairs, column, weight=int(shown and not fixed),
                        minsize=TAP_WIDTH if fixed else 0, uniform="" if small or fixed else "chairs")

    def _choose_part_with_keyboard(self) -> None:
        """Who writes goes on writing in the window that has become too small for all."""
        for name, part in (*self.chairs.items(), ("tap", self.tap), ("verdict", self.verdict)):
            if has_keyboard(part):
                self.parts.variable.set(name)

    def _part_chosen(self) -> None:
        """The keyboard does not stay in what has gone."""
        self._show_part()
        if any(has_keyboard(part) for part in (*self.chairs.values(), self.tap, self.verdict, self.news)):
            give_keyboard(self._first_in(self.parts.value))

    def _first_in(self, part: str) -> tk.Misc:
        """Where the keyboard goes in this part."""
        if part == "tap":
            return self.tap.tiles[self.tap.attack.get()]
        if part == "verdict":
            shown = self.verdict.bytes
            return shown.text if shown.has_bytes else self.parts.buttons["verdict"]
        conversation = self.chairs[part].conversation
        return conversation.composer.text if conversation is not None else self.chairs[part].again

    def _chair(self, parent: tk.Misc, name: str, way: str, ids: dict[str, bytes]) -> Chair:
        actions = WindowActions(
            lambda command: self._submit(name, command), self._on_theme, self._on_keys, self._reset,
            self._on_leave, lambda: None, on_lab=lambda: self.inside.open(_place(name)),
            dialogs=self._dialogs)
        return Chair(parent, self._look, name, way, ids, actions,
                     lambda text: self._say_old(name, text), lambda: self.inside.open(_place(name)),
                     lambda: run(self.sandbox, [f"reconnect {name}"]))

    # --- the views -------------------------------------------------------------------------------------

    def show_view(self, name: str) -> None:
        """The conversation, or the view of this name, made now if it was not opened before."""
        make = VIEWS[name].make
        if make is not None and name not in self.views:
            self.views[name] = make(self, self._look, self._view_actions)
        for view in (self._body, *self.views.values()):
            view.pack_forget()
        self.views.get(name, self._body).pack(fill="both", expand=True)
        self.header.show_view(name)
        self.focus_here()

    def _step_view(self, step: int) -> None:
        names = list(VIEWS)
        self.show_view(names[(names.index(self.header.view) + step) % len(names)])

    def _view_key(self, name: str) -> None:
        view = self.views.get(self.header.view)
        if view is not None and name in view.shortcuts:
            view.shortcuts[name]()

    def open_case(self, number: int, seed: int | None) -> None:
        """The detective, in the case of this number; without a seed, with some."""
        from gui.lab.detective.view import DetectiveView

        self.show_view(DETECTIVE)
        view = self.views[DETECTIVE]
        assert isinstance(view, DetectiveView)
        view.open_number(number, seed)

    def _converse(self, version: str, orders: Sequence[str]) -> None:
        """In a new room; a lesson that is open keeps its own, so that nothing of it is lost."""
        self.show_view(CONVERSATION)
        if self.lessons.lesson is None:
            self.begin(version)
        run(self.sandbox, [f"room {version}", *orders])

    # --- the room --------------------------------------------------------------------------------------

    def begin(self, version: str) -> None:
        """Another room, looked at from its beginning."""
        self.sandbox.begin(version)
        self.header.show_version(version)
        self._show_opening()

    def _show_opening(self) -> None:
        self._opening = True
        self.verdict.clear(OPENING)
        self.news.pack_forget()

    def _change(self, version: str) -> None:
        """Another version takes its place; a lesson goes on in it."""
        self._show_opening()
        run(self.sandbox, [f"room {version}"])

    def _reset(self) -> None:
        self._show_opening()
        if self.lessons.lesson is not None:
            self.lessons.open(self.lessons.lesson)
        else:
            self.sandbox.reset()

    def _submit(self, name: str, command: Command) -> None:
        if self.sandbox.today is not None:
            self.sandbox.today.chairs[name].submit(command)  # type: ignore[index]

    def _say_old(self, name: str, text: str) -> None:
        if self.sandbox.old is not None:
            self.sandbox.old.say(name, text)  # type: ignore[arg-type]

    def _order(self, order: str) -> None:
        if self.sandbox.busy:
            self.tap.say("One moment: something is being done.")
            return
        word, _, rest = order.removeprefix("/").partition(" ")
        waits = _WAITS.get(rest.split(" ")[0] if rest else word, "")
        self.tap.say(f"Armed: {order.removeprefix('/')}. {waits.partition('. ')[2] or waits}")
        self.verdict.wait(f"Armed: {word}", waits, self.sandbox.last_attack())
        self.tap.table.keep(None)
        run(self.sandbox, [f"order {order}"])

    def _again(self) -> None:
        """The same attack, on the version that had no defence."""
        attack = self.verdict.attack
        if attack is None:
            return
        way = f" {attack.direction}" if attack.direction else ""
        more = {"delay": " 1", "inject": " 7b7d"}.get(attack.attack, "")
        speaker = "Ben" if attack.direction == "down" else "Ada"
        if attack.attack == "flip" and speaker == "Ada":
            start = len(json.dumps({"username": speaker, "text": ""})) - 2
            more = f" {start}.0"  # the p of "pay", which becomes a q
        lines = 2 if attack.attack == "swap" else 1
        said = ["pay Ben five", "and Cara six"][:lines]
        orders = ["room 1.2", f"order /{attack.attack}{way}{more}"]
        run(self.sandbox, [*orders, *(f"say {speaker} {text}" for text in said)])

    # --- looking ---------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        self._polling = self.after(LOOK_MS, self._look_again)
        self._looks += 1
        new = self.sandbox.look()
        room = self.sandbox.version, self.sandbox.rooms
        if room != self._shown_room:
            self._shown_room = room
            self._another_room(room[0])
        self._show(new)
        if self.sandbox.trouble:
            self.banner.show("Warn", self.sandbox.trouble, closable=True)
            self.sandbox.trouble = ""
        if self.sandbox.begun != self._cleared:
            self._cleared = self.sandbox.begun
            self._opening = True
        if self._opening and not self.sandbox.busy:
            self._opening = False
            if self.verdict.attack is None:  # none was part of what was being done
                self.verdict.clear(hint=FIRST_STEPS)
        if new:
            self._judge()
            self._tick()
            self._note(new)
        elif self._off_track_at is not None and self._looks > self._off_track_at and not self.sandbox.busy:
            self._off_track_at = None
            self.lessons.off_track()

    def _another_room(self, version: str) -> None:
        self.header.show_version(version)
        self._show_opening()
        self.tap.clear()
        for chair in self.chairs.values():
            chair.show_version(version == TODAY)
        self.inside.close()

    def _show(self, new: Sequence[Seen]) -> None:
        rooms: dict[str, list[Event]] = {}
        for seen in new:
            event = seen.event
            if isinstance(event, TraceEvent):
                self.inside.feed(seen.at, event)
            elif seen.at == "tap":
                self.tap.take(event)  # type: ignore[arg-type]
            elif seen.at in self.chairs and isinstance(event, Notice) and event.code == LINE:
                self.chairs[seen.at].take_line(event.text)
                self._off_track_at = self._looks + OFF_TRACK_LOOKS
            elif seen.at in self.chairs:
                rooms.setdefault(seen.at, []).append(event)  # type: ignore[arg-type]
                if isinstance(event, Chat):
                    self._off_track_at = self._looks + OFF_TRACK_LOOKS
        for name, events in rooms.items():
            self.chairs[name].take(events)

    def _judge(self) -> None:
        seen = self.sandbox.recorded
        at = last_attack(seen)
        if at is None:
            return
        attack = seen[at].event
        assert isinstance(attack, Attacked)
        verdict = judge(seen, at, self.sandbox.version)
        may = self.sandbox.version == TODAY and attack.attack not in ("own-keys", "cut", *CHANGES_NOTHING)
        if self.verdict.tell(verdict, attack, may):
            self.notebook.attack(self.sandbox.version, attack, verdict)
            self.tap.keep_in_sight(attack)
            self._announce(verdict.heading, *ICONS[verdict.outcome])

    def _announce(self, words: str, icon: str, colour: str) -> None:
        """What stands where the verdicts are, if they are not in sight."""
        if self._small and self.parts.value != "verdict":
            self.news.configure(text=words, image=self._look.icon(icon, colour, 20))
            self._look.pack(self.news, side="left", padx=(16, 0))

    def _open_verdict(self) -> None:
        """Where one part has room at a time."""
        self.parts.variable.set("verdict")
        self._part_chosen()

    # --- the notebook ----------------------------------------------------------------------------------

    def _note(self, new: Sequence[Seen]) -> None:
        """What was done here, and the cells of the grid that it has filled."""
        recorded, notebook = self.sandbox.recorded, self.notebook
        notebook.take(new, self.sandbox.seen)
        news = False
        for act in (one.event for one in new if isinstance(one.event, Person)):
            live = by_person(recorded, act)
            if live is not None:
                notebook.fill(*live, live=True)
                news = True
        at = last_attack(recorded)
        if at is not None:
            attack, live = recorded[at].event, by_attack(recorded, at, self.sandbox.version)
            assert isinstance(attack, Attacked)
            news |= live is not None and notebook.fill_by_attack(attack, *live)
        for view in self.views.values() if news else ():
            view.noted()

    def save_report(self) -> None:
        self._look.pack(self.report, fill="x", padx=16, pady=(8, 4), before=self.report_banner)
        self.report.show(self._whose)

    def _close_report(self) -> None:
        self.report.pack_forget()
        self.focus_here()

    def _report_to(self, path: Path, name: str) -> None:
        self._whose = name
        try:
            save_report(path, self.notebook, name, date.today())
        except OutputFileError as error:
            self.report_banner.show("Danger", str(error), closable=True)
            return
        self._close_report()
        self.report_banner.show("Info", f"The report is {path}. Any browser opens it.", closable=True)

    # --- lessons ---------------------------------------------------------------------------------------

    def _lesson_actions(self) -> LessonActions:
        sandbox = self.sandbox
        return LessonActions(
            begin=lambda lesson: self.begin(lesson.rooms[0]),
            run=lambda orders: run(sandbox, orders),
            answer=lambda lesson, step, answer: sandbox.person(
                PREDICTED, {"lesson": lesson.number, "step": step, "answer": answer}),
            read=lambda lesson, step: sandbox.person(
                OBSERVED, {"lesson": lesson.number, "step": step, "answer": ()}),
            typed=self._typed, compared=self._compared, fingerprints=self._fingerprints,
            note=lambda lesson, text: sandbox.person(NOTED, {"lesson": lesson.number, "text": text}),
            flip=self._flip, exhibit=lambda: sandbox.exhibit.sealed.hex(" "), light=self._light,
            open_view=lambda view: self.inside.open("Ada", view),
            evidence=self._evidence, reset=self._reset, fold=self.fold, done=self._lesson_done,
        )

    def _typed(self, lesson: Lesson, step: str, text: str) -> None:
        """What is wrong gets its answer with the next look, when the checks have seen it."""
        self.sandbox.type_answer(lesson.number, step, text)
        self._off_track_at = self._looks + TYPED_LOOKS

    def _compared(self, answer: str) -> None:
        self.sandbox.person(OBSERVED, {"lesson": 9, "step": "compare", "answer": answer})

    def _fingerprints(self) -> tuple[bytes, bytes]:
        """What Ada's program was shown last, and what stands on the host's screen."""
        shown = next((one.event.shown for one in reversed(self.sandbox.seen)
                      if one.at == "Ada" and isinstance(one.event, TrustAsked)), b"")
        room = self.sandbox.today
        own = room.listening.fingerprint if room is not None and room.listening is not None else b""
        return shown, own

    def _tick(self) -> None:
        lesson = self.lessons.lesson
        if lesson is not None and self.sandbox.begun == self._cleared:
            before = self.lessons.ticks
            found = ticks(lesson, self.sandbox.seen)
            self.lessons.show_ticks(found, self.sandbox.seen)
            self.notebook.tick(lesson, found, self.sandbox.seen)
            if before != self.lessons.ticks:
                self._off_track_at = None

    def _flip(self, place: str) -> str:
        byte, _, bit = place.strip().partition(".")
        try:
            return self.sandbox.flip_exhibit(int(byte), int(bit))
        except (ValueError, IndexError):
            return "Write BYTE.BIT, such as 0.0: the byte from 0, the bit from 0 to 7."

    def _light(self, control: str) -> None:
        """The control of this name shows where it is, and has the keyboard."""
        part, widget = self._control(control)
        if self._small and part:
            self.parts.variable.set(part)
            self._show_part()
        if control in TILES:
            self.tap.choose(TILES[control])
        if widget is not None:
            self.spotlight.show(widget)
            give_keyboard(widget)

    def _control(self, control: str) -> tuple[str, tk.Misc | None]:
        """In which part it is, if it has to be opened, and the widget."""
        card = self.lessons.card
        if control in TILES:
            return "tap", self.tap.tiles[TILES[control]]
        if control == "tap":
            return "tap", self.tap.table.tree
        if control == "search":
            return "tap", self.tap.word
        if control in ("Ada’s line", "Ben’s room"):
            name = control.partition("’")[0]
            conversation = self.chairs[name].conversation
            return name, conversation.composer.text if conversation is not None else None
        return "", card.first if card is not None else None

    def _evidence(self, evidence: Evidence) -> None:
        if self._small:
            self._open_verdict()
        for pointer in evidence.frames:
            for index, row in enumerate(self.tap.rows):
                if isinstance(row, FrameTapped) and pointer == _pointer(row):
                    self.tap.table.select(index)
        self.verdict.show_evidence(evidence.words, [self._frame(one) for one in evidence.frames])

    def _frame(self, pointer: Pointer) -> tuple[str, bytes]:
        words = f"{pointer.at}, connection {pointer.connection}, {pointer.direction}: frame {pointer.n}"
        for seen in self.sandbox.seen:
            event = seen.event
            if seen.at == pointer.at and isinstance(event, FrameSeen):
                if (event.connection, event.direction, event.n) == (
                        pointer.connection, pointer.direction, pointer.n):
                    return words, event.raw
            elif isinstance(event, FrameTapped) and _pointer(event) == pointer:
                return words, event.data
        return words, b""

    def _lesson_done(self, _lesson: Lesson) -> None:
        self._on_done(frozenset(self.lessons.done))

    def fold(self) -> None:
        """The column goes, and comes again."""
        if self.header.view != CONVERSATION:
            self.show_view(CONVERSATION)
            if not self._folded:
                return
        self._folded = not self._folded
        if self._folded:
            had_keyboard = has_keyboard(self.lessons)
            self.lessons.pack_forget()
            self._line.pack_forget()
            if had_keyboard:
                give_keyboard(self._first_in(self.parts.value if self._small else "Ada"))
        else:
            self._line.pack(side="left", fill="y", before=self._body.winfo_children()[-1])
            self.lessons.pack(side="left", fill="y", before=self._line)
            self.lessons.focus_here()

    # --- pins ------------------------------------------------------------------------------------------

    def _pin(self, frame: FrameTapped) -> None:
        """At the tap, and at the server where it is the same frame."""
        self.sandbox.pin(_pointer(frame))
        for seen in self.sandbox.seen:
            event = seen.event
            if seen.at == "server" and isinstance(event, FrameSeen) and event.raw == frame.data[:4096]:
                self.sandbox.pin(Pointer("server", event.connection, event.direction, event.n))

    def _looked_at(self, frame: FrameTapped | None) -> None:
        if frame is not None:
            self.verdict.show_frame(title_of(frame, "Ada"), CHOOSE_BIT, frame.data)
            self._announce("Its bytes", "eye", "warn")

    # --- see inside ------------------------------------------------------------------------------------

    def _open_lab_here(self) -> None:
        self.inside.open("Ben" if has_keyboard(self.chairs["Ben"]) else
                         "server" if has_keyboard(self.tap) else "Ada")

    def _to_front(self) -> None:
        """With the keyboard where it was here."""
        window = self.winfo_toplevel()
        window.lift()
        last = self.nametowidget(self.tk.call("focus", "-lastfor", window))
        if last is not window and last.winfo_viewable():
            last.focus_force()
        else:
            self.focus_here()

    # --- the rest --------------------------------------------------------------------------------------

    def escape(self) -> None:
        if self.header.view in self.views:
            self.views[self.header.view].escape()

    def focus_here(self) -> None:
        if self.header.view in self.views:
            self.views[self.header.view].focus_here()
        elif not self._folded:
            self.lessons.focus_here()

    def _next_part(self) -> None:
        """The keyboard goes round: lessons, Ada, tap, Ben."""
        if self.header.view != CONVERSATION:
            return
        chairs = self.chairs
        parts = (("", self.lessons), ("Ada", chairs["Ada"]), ("tap", self.tap), ("Ben", chairs["Ben"]))
        here = next((i for i, (_, part) in enumerate(parts) if has_keyboard(part)), -1)
        name, _ = parts[(here + 1) % len(parts)]
        if not name and self._folded:
            name = "Ada"
        if name and self._small:
            self.parts.variable.set(name)
            self._show_part()
        if name:
            give_keyboard(self._first_in(name))
        else:
            self.lessons.focus_here()

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is not self:
            return
        if self._polling is not None:
            self.after_cancel(self._polling)
        self.inside.close()
        self.sandbox.close()


def _place(name: str) -> Place:
    return "Ada" if name == "Ada" else "Ben"


def _pointer(frame: FrameTapped) -> Pointer:
    return Pointer("tap", frame.connection, frame.direction, frame.n)
