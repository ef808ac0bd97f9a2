"""The sandbox on the screen: lessons, Ada, Mallory's tap, Ben, and the verdict on the last attack.

Everything shown comes from `netcore.lab.sandbox`, which goes on only while it is looked at: so the page looks
every LOOK_MS. What is seen at a chair goes to that chair's conversation, what was recorded to the window of
the laboratory that is open on that end, if there is one.
"""

from __future__ import annotations

import json
import queue
import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from tkinter import ttk
from types import MappingProxyType
from typing import Final

from gui.lab.sandbox.chair import Chair
from gui.lab.sandbox.controls import TILES
from gui.lab.sandbox.lesson_column import LessonActions, LessonColumn
from gui.lab.sandbox.report_bar import ReportBar
from gui.lab.sandbox.tap_panel import TapPanel
from gui.lab.sandbox.verdict_card import VerdictCard
from gui.lab.sandbox.view import SandboxView, ViewActions
from gui.lab.sandbox.views import CONVERSATION, DETECTIVE, VIEWS
from gui.lab.view import LabActions
from gui.lab.window import LabWindow
from gui.look.look import Look
from gui.page import Page
from gui.room.room_page import WindowActions
from gui.widgets.banner import Banner
from gui.widgets.boxes import rule
from gui.widgets.buttons import DARK_TIP, LIGHT_TIP, IconButton, SegmentedChoice
from netcore.engine import Chat, Command, Event, Notice
from netcore.errors import OutputFileError
from netcore.lab.grid_live import by_attack, by_person
from netcore.lab.lessons.model import OBSERVED, PREDICTED, Evidence, Lesson, Place, Pointer, Seen, ticks
from netcore.lab.notebook import Notebook
from netcore.lab.report_file import save_report
from netcore.lab.sandbox.old import LINE
from netcore.lab.sandbox.orders import run
from netcore.lab.sandbox.sandbox import TODAY, VERSIONS, Sandbox
from netcore.lab.sandbox.today import KEY_OF
from netcore.lab.tap_events import Attacked, FrameTapped
from netcore.lab.throwaway import private_key
from netcore.lab.verdict import Verdict, judge, last_attack
from netcore.trace import FrameSeen, Person, TraceEvent

LOOK_MS: Final = 30
SIZE: Final = (1280, 820)
HEADER_HEIGHT: Final = 64
TAP_WIDTH: Final = 340
WIDE: Final = 860
"""From this width on the three stand side by side"""
HIGH: Final = 640
"""... if there is this height for them and the verdict."""
PARTS: Final = (("Ada", "Ada"), ("tap", "Mallory’s tap"), ("Ben", "Ben"), ("verdict", "Verdict"))
VIEW_KEYS: Final = ("Alt+E", "Alt+V")
"""Given to the view that is shown."""
OFF_TRACK_LOOKS: Final = 100
"""So many looks after somebody spoke, and nothing was ticked: three seconds."""


class SandboxPage(Page):
    """`done`: the lessons that were finished before; `on_done` is told of all that are. `notebook`: what was
    done before; `nick`: whose report it may be. `points`: the most that each of the detective's cases was
    solved with; `on_points` is told of all when one is more."""

    def __init__(self, parent: tk.Misc, look: Look, on_theme: Callable[[], None], on_keys: Callable[[], None],
                 on_leave: Callable[[], None], done: frozenset[int] = frozenset(),
                 on_done: Callable[[frozenset[int]], None] = lambda _: None,
                 notebook: Notebook | None = None, nick: str = "",
                 points: Mapping[int, int] = MappingProxyType({}),
                 on_points: Callable[[Mapping[int, int]], None] = lambda _: None) -> None:
        super().__init__(parent)
        self.title = "Laboratory"
        self._look = look
        self._on_theme, self._on_keys, self._on_leave = on_theme, on_keys, on_leave
        self._on_done = on_done
        self.sandbox = Sandbox()
        self.notebook = notebook or Notebook()
        self._whose = nick
        self._shown_room = ("", 0)
        self._cleared = 0
        self._judged: tuple[Verdict, Attacked] | None = None
        self._spoke_at = -1
        self._looks = 0
        self._folded = False
        self._labs: dict[Place, tuple[LabWindow, queue.SimpleQueue[TraceEvent]]] = {}
        self._header()
        rule(self).pack(fill="x")
        self.banner = Banner(self, look)
        look.pack(self.banner, fill="x", padx=16)
        self.report = ReportBar(self, look, self._report_to, self._close_report)
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
        self.parts = SegmentedChoice(right, look, PARTS, "tap", command=lambda _: self._show_part())
        self.verdict = VerdictCard(right, look, self._again)
        self.verdict.pack(side="bottom", fill="x")
        chairs = self._chairs = ttk.Frame(right)
        chairs.pack(fill="both", expand=True)
        chairs.rowconfigure(0, weight=1)
        ids = {name: private_key(KEY_OF[name]).public.fingerprint for name in ("Ada", "Ben")}
        self.chairs = {
            "Ada": self._chair(chairs, "Ada", "connected through the tap", ids),
            "Ben": self._chair(chairs, "Ben", "connected directly", ids),
        }
        self.tap = TapPanel(chairs, look, self._order, self._pin, self.sandbox.search, self._looked_at,
                            lambda: self.open_lab("server"))
        self._small: bool | None = None
        right.bind("<Configure>", lambda _: self._fit())
        self._fit()
        self.shortcuts = {"F2": self._open_lab_here, "Alt+L": self.fold,
                          "Ctrl+Next": lambda: self._step_view(1), "Ctrl+Prior": lambda: self._step_view(-1),
                          **{name: partial(self._view_key, name) for name in VIEW_KEYS}}
        self._polling: str | None = None
        self.bind("<Destroy>", self._destroyed)
        look.on_change(self._restyle, owner=self)
        self._restyle()
        self.begin(TODAY)
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
            look.pack(self.parts, side="top", anchor="w", padx=16, pady=8, before=self.verdict)
        else:
            self.parts.pack_forget()
        self._show_part()

    def _show_part(self) -> None:
        look, small, chosen = self._look, self._small, self.parts.value
        self.verdict.pack_forget()
        self._chairs.pack_forget()
        if not small:
            self.verdict.pack(side="bottom", fill="x")
        if small and chosen == "verdict":
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

    def _header(self) -> None:
        look = self._look
        header = self._header_frame = ttk.Frame(self)
        look.configure(header, height=HEADER_HEIGHT)
        header.pack(fill="x")
        header.pack_propagate(False)
        look.pack(ttk.Label(header, image=look.icon("flask", "accent", 24)), side="left", padx=(24, 12))
        names = self._names = ttk.Frame(header)
        names.pack(side="left")
        ttk.Label(names, text="Laboratory", style="Title.TLabel").pack(anchor="w")
        ttk.Label(names, text="Real programs, on this computer only", style="Small.TLabel").pack(anchor="w")
        right = self._head_right = ttk.Frame(header)
        look.pack(right, side="right", padx=(8, 16))
        self.leave = ttk.Button(right, text="Leave", style="Small.Plain.TButton", command=self._on_leave)
        look.pack(self.leave, side="right", padx=(8, 0))
        IconButton(right, look, "help", "Keys", self._on_keys, shortcut="F1").pack(side="right")
        self.theme = IconButton(right, look, "moon", DARK_TIP, self._on_theme)
        self.theme.pack(side="right")
        self.save = IconButton(right, look, "save", "Save the report…", self.save_report)
        self.save.pack(side="right")
        room = self._head_room = ttk.Frame(right)
        room.pack(side="right")
        self.unfold = ttk.Button(room, text="Lessons", style="Small.Plain.TButton", command=self.fold)
        look.pack(self.unfold, side="right", padx=(12, 8))
        self.versions = SegmentedChoice(
            room, look, [(one, one if one != TODAY else "Today") for one in VERSIONS], TODAY,
            command=self._change)
        self.versions.pack(side="right")
        look.pack(ttk.Label(room, text="Version", style="Small.TLabel"), side="right", padx=(0, 8))
        self.view_row = SegmentedChoice(self, look, [(name, place.word) for name, place in VIEWS.items()],
                                      CONVERSATION, command=self.show_view)
        self._head_fit = (True, "")  # whether the title is there, and where the choice is
        for part in (header, right, self.view_row):
            part.bind("<Configure>", lambda _: self._fit_head(), add=True)

    def _fit_head(self) -> None:
        """The choice of views goes below the header, and the title away, where there is no room for them."""
        look, choice, names = self._look, self.view_row, self._names
        room = self._header_frame.winfo_width() - look.px(84) - self._head_right.winfo_reqwidth()
        named = room >= names.winfo_reqwidth()
        beside = room >= named * names.winfo_reqwidth() + choice.winfo_reqwidth() + look.px(40)
        fit = named, ("" if len(VIEWS) < 2 else "beside" if beside else "below")
        if self._header_frame.winfo_width() <= 1 or fit == self._head_fit:
            return
        self._head_fit = fit
        names.pack_forget()
        choice.pack_forget()
        if named:
            names.pack(side="left")
        if fit[1] == "beside":
            look.pack(choice, in_=self._header_frame, side="left", padx=(40, 0))
        elif fit[1]:
            look.pack(choice, after=self._header_frame, anchor="w", padx=16, pady=(0, 10))

    def _chair(self, parent: tk.Misc, name: str, way: str, ids: dict[str, bytes]) -> Chair:
        actions = WindowActions(
            lambda command: self._submit(name, command), self._on_theme, self._on_keys, self._reset,
            self._on_leave, lambda: None, on_lab=lambda: self.open_lab(_place(name)))
        return Chair(parent, self._look, name, way, ids, actions,
                     lambda text: self._say_old(name, text), lambda: self.open_lab(_place(name)))

    # --- the views -------------------------------------------------------------------------------------

    def show_view(self, name: str) -> None:
        """The conversation, or the view of this name, made now if it was not opened before."""
        make = VIEWS[name].make
        if make is not None and name not in self.views:
            self.views[name] = make(self, self._look, self._view_actions)
        self.view_row.variable.set(name)
        for view in (self._body, *self.views.values()):
            view.pack_forget()
        self.views.get(name, self._body).pack(fill="both", expand=True)
        if name == CONVERSATION:
            self._head_room.pack(side="right")
        else:
            self._head_room.pack_forget()
        self.update_idletasks()  # what is not mapped yet cannot take the keyboard
        self._fit_head()
        self.focus_here()

    def _step_view(self, step: int) -> None:
        names = list(VIEWS)
        self.show_view(names[(names.index(self.view_row.value) + step) % len(names)])

    def _view_key(self, name: str) -> None:
        view = self.views.get(self.view_row.value)
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
        self.versions.variable.set(version)
        self.verdict.clear("Opening the room…")

    def _change(self, version: str) -> None:
        """Another version takes its place; a lesson goes on in it."""
        self.verdict.clear("Opening the room…")
        run(self.sandbox, [f"room {version}"])

    def _reset(self) -> None:
        self.verdict.clear("Opening the room…")
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
        self.tap.say(f"Armed: {order.removeprefix('/')}. It waits for the next frame; pings pass.")
        run(self.sandbox, [f"order {order}"])

    def _again(self) -> None:
        """The same attack, on the version that had no defence."""
        if self._judged is None:
            return
        attack = self._judged[1]
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
            self._judged = None
            self.verdict.clear()
        if new:
            self._judge()
            self._tick()
            self._note(new)
        elif self._spoke_at >= 0 and self._looks - self._spoke_at > OFF_TRACK_LOOKS and not self.sandbox.busy:
            self._spoke_at = -1
            self.lessons.off_track()

    def _another_room(self, version: str) -> None:
        self.versions.variable.set(version)
        self._judged = None
        self.tap.clear()
        for chair in self.chairs.values():
            chair.show_version(version == TODAY)
        for window, _ in list(self._labs.values()):
            window.close()

    def _show(self, new: Sequence[Seen]) -> None:
        rooms: dict[str, list[Event]] = {}
        for seen in new:
            event = seen.event
            if isinstance(event, TraceEvent):
                if seen.at in self._labs:
                    self._labs[seen.at][1].put(event)
            elif seen.at == "tap":
                self.tap.take(event)  # type: ignore[arg-type]
            elif seen.at in self.chairs and isinstance(event, Notice) and event.code == LINE:
                self.chairs[seen.at].take_line(event.text)
                self._spoke_at = self._looks
            elif seen.at in self.chairs:
                rooms.setdefault(seen.at, []).append(event)  # type: ignore[arg-type]
                if isinstance(event, Chat):
                    self._spoke_at = self._looks
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
        if self._judged != (verdict, attack):
            self._judged = verdict, attack
            self.notebook.attack(self.sandbox.version, attack, verdict)
            may = self.sandbox.version == TODAY and attack.attack not in ("own-keys", "cut")
            self.verdict.show(verdict, attack.before, attack.after, may)

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
        self._look.pack(self.report, fill="x", padx=16, pady=(8, 4), before=self.banner)
        self.report.show(self._whose)

    def _close_report(self) -> None:
        self.report.pack_forget()
        self.focus_here()

    def _report_to(self, path: Path, name: str) -> None:
        self._whose = name
        try:
            save_report(path, self.notebook, name, date.today())
        except OutputFileError as error:
            self.banner.show("Danger", str(error), closable=True)
            return
        self._close_report()
        self.banner.show("Info", f"The report is {path}. Any browser opens it.", closable=True)

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
            typed=lambda lesson, step, text: sandbox.type_answer(lesson.number, step, text),
            compared=lambda answer: sandbox.person(
                OBSERVED, {"lesson": 9, "step": "compare", "answer": answer}),
            flip=self._flip, exhibit=lambda: sandbox.exhibit.sealed.hex(" "), light=self._light,
            evidence=self._evidence, reset=self._reset, fold=self.fold, done=self._lesson_done,
        )

    def _tick(self) -> None:
        lesson = self.lessons.lesson
        if lesson is not None and self.sandbox.begun == self._cleared:
            before = self.lessons.ticks
            found = ticks(lesson, self.sandbox.seen)
            self.lessons.show_ticks(found, self.sandbox.seen)
            self.notebook.tick(lesson, found, self.sandbox.seen)
            if before != self.lessons.ticks:
                self._spoke_at = -1

    def _flip(self, place: str) -> str:
        byte, _, bit = place.strip().partition(".")
        try:
            return self.sandbox.flip_exhibit(int(byte), int(bit))
        except (ValueError, IndexError):
            return "Write BYTE.BIT, such as 0.0: the byte from 0, the bit from 0 to 7."

    def _light(self, control: str) -> None:
        if control in TILES:
            self.tap.attack.set(TILES[control])
            self.tap.tiles[TILES[control]].focus_set()
        elif control in ("tap", "Wire"):
            self.tap.table.tree.focus_set()
        elif control == "search":
            self.tap.word.focus_set()

    def _evidence(self, evidence: Evidence) -> None:
        if self._small:
            self.parts.variable.set("verdict")
            self._show_part()
        self.verdict.show_evidence(evidence.words, [self._frame(one) for one in evidence.frames])
        for pointer in evidence.frames:
            for index, row in enumerate(self.tap.rows):
                if isinstance(row, FrameTapped) and pointer == _pointer(row):
                    self.tap.table.select(index)
                    self.tap.table.see(index)
        self._judged = None

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
        if self.view_row.value != CONVERSATION:
            self.show_view(CONVERSATION)
            if not self._folded:
                return
        self._folded = not self._folded
        if self._folded:
            self.lessons.pack_forget()
            self._line.pack_forget()
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
            self.verdict.show_bytes(frame.data, frame.data)

    # --- see inside ------------------------------------------------------------------------------------

    def _open_lab_here(self) -> None:
        focus = str(self.focus_get() or "")
        at: Place = "Ada"
        if focus.startswith(str(self.chairs["Ben"])):
            at = "Ben"
        elif focus.startswith(str(self.tap)):
            at = "server"
        self.open_lab(at)

    def open_lab(self, at: Place) -> None:
        """The laboratory's window on this end of the wire."""
        if at in self._labs:
            self._labs[at][0].show()
            return
        room = self.sandbox.today
        if room is None:
            self.banner.show("Info", "Only the tap looks into the versions of the museum.", closable=True)
            return
        feed: queue.SimpleQueue[TraceEvent] = queue.SimpleQueue()
        for seen in self.sandbox.recorded:
            if seen.at == at and isinstance(seen.event, TraceEvent):
                feed.put(seen.event)
        chair = room.server if at == "server" else room.chairs[at]  # type: ignore[index]
        names = {room.member_id(name): name for name in room.chairs}
        actions = LabActions(
            feed.get_nowait, chair.submit, self._on_theme, self._on_keys, lambda: self._lab_closed(at),
            name_of=lambda member_id: names.get(member_id, ""), room_window=self._to_front)
        self._labs[at] = LabWindow(self.winfo_toplevel(), self._look, actions, f"{at} in the sandbox",
                                   at == "server"), feed

    def _lab_closed(self, at: Place) -> None:
        self._labs.pop(at, None)

    def _to_front(self) -> None:
        self.winfo_toplevel().lift()
        self.focus_here()

    # --- the rest --------------------------------------------------------------------------------------

    def escape(self) -> None:
        if self.view_row.value in self.views:
            self.views[self.view_row.value].escape()

    def focus_here(self) -> None:
        if self.view_row.value in self.views:
            self.views[self.view_row.value].focus_here()
        elif not self._folded:
            self.lessons.focus_here()

    def _restyle(self) -> None:
        self._fit()
        dark = self._look.palette.dark
        self.theme.set_icon("sun" if dark else "moon", LIGHT_TIP if dark else DARK_TIP)

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is not self:
            return
        if self._polling is not None:
            self.after_cancel(self._polling)
        for window, _ in list(self._labs.values()):
            if window.winfo_exists():
                window.close()
        self.sandbox.close()


def _place(name: str) -> Place:
    return "Ada" if name == "Ada" else "Ben"


def _pointer(frame: FrameTapped) -> Pointer:
    return Pointer("tap", frame.connection, frame.direction, frame.n)
