"""Where one writes: to whom, the field, the button, and a line that says what Enter will do.

Each target has a draft of its own, so that Esc back to Everyone never carries a whisper's text into the room.
What cannot be sent (too long, too many lines) stays in the field with the reason; so does a slash command
that is not understood, with what it might have meant.
"""

from __future__ import annotations

import math
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tkinter import ttk

from gui.file_dialogs import FileDialogs
from gui.look.look import Look
from gui.room.offers import Offers
from gui.room.roster import Roster
from gui.room.typed import (
    can_be_said,
    common_beginning,
    hint,
    literally,
    option_words,
    pasted_files,
    taken_up,
    trimmed,
)
from gui.text.quoted import quoted
from gui.text.shown_text import shown
from gui.widgets.buttons import set_words
from gui.widgets.fields import RoundedText
from gui.widgets.timer import Timer
from gui.widgets.tooltip import Tooltip
from netcore.engine import Member
from netcore.limits import MAX_TEXT_CHARS, MAX_TEXT_LINES
from netcore.room_words import period
from netcore.slash_commands import Word
from netcore.typed_lines import Fault, Misunderstood, Order, Say, Typed, complete, is_whisper, read_line

SLIM = 400  # below this width the field has a row of its own
SLIMMEST = 310  # below this one the button has no words
COUNTER_FROM = MAX_TEXT_CHARS - 500
MENU_COLUMN = 20  # members of a menu column; a longer menu would leave the screen
MOST_CHARS = 2 * MAX_TEXT_CHARS  # in the field: some room to shorten what is too long
EVERYONE = "Message everyone"
HINT = "Enter sends  ·  Shift+Enter new line"
SEALED = "Sealed for {name} alone: the server passes on what it cannot read"
NOT_COMPARED = ("Sealed for {name}. You two have not compared fingerprints: until then the server says whose "
                "key is whose")
SLOW = "Slow mode: one message every {period}"
SLOW_WAIT = "Slow mode: you can send again in {period}. Write on meanwhile."
TICK_MS = 200
TOO_LONG = f"Too long: {{count:,}} characters of {MAX_TEXT_CHARS:,}. Send it in parts."
TOO_MUCH_TO_PASTE = (f"Too long to paste: {{count:,}} characters, and a message holds {MAX_TEXT_CHARS:,}. "
                     "Paste it in parts.")
SAY_IT = "Say it as it stands"
YOURSELF = Misunderstood(Fault.NO_SUCH_MEMBER, "This is you. Nothing was sent.")
TOO_MANY_LINES = f"Too many lines: {{count}} of {MAX_TEXT_LINES}. Send it in parts."


class Composer(ttk.Frame):
    """`on_send(text, member)` takes a message; member is None for everyone. `on_order(order)` takes any other
    slash command. `host`: whether the host's commands may be typed here."""

    def __init__(self, parent: tk.Misc, look: Look, roster: Roster,
                 on_send: Callable[[str, Member | None], None], on_order: Callable[[Order], None],
                 on_target: Callable[[Member | None], None], *, narrow: bool = False, host: bool = False,
                 on_files: Callable[[Sequence[Path], Member | None], None] = lambda paths, to: None,
                 dialogs: FileDialogs | None = None) -> None:
        super().__init__(parent)
        self._dialogs = dialogs or FileDialogs()
        self.target: Member | None = None
        self._look = look
        self._roster = roster
        self._host = host
        self._on_send = on_send
        self._on_order = on_order
        self._on_target = on_target
        self._on_files = on_files
        self._offers_files = False
        self._drafts: dict[bytes, str] = {}
        self._closed = ""  # the sentence for which nothing can be sent, or empty
        self._whispers_too = True
        self._slow_s = 0
        self._wait_until_s = 0.0  # slow mode, on the monotonic clock
        self._ticking = Timer(self)
        self._narrow = narrow
        self._asked: Misunderstood | None = None
        self._refused_paste = ""
        self._objection_to = ""  # the text in the field that one of these two is about
        self._cycle: tuple[list[str], int] = ([], 0)  # what Tab goes through, and where it is
        self._slim = self._slimmest = False

        self.columnconfigure(3, weight=1)
        self._to_label = ttk.Label(self, text="To", style="Secondary.TLabel")
        if not narrow:
            look.grid(self._to_label, row=0, column=0, padx=(0, 6), pady=11, sticky="s")
        self._names = look.menu(self)
        self._names.configure(postcommand=self._fill_names)
        self.to_button = ttk.Menubutton(self, text="Everyone", menu=self._names)
        Tooltip(self.to_button, look, "Who gets it", "Alt+T")
        self.to_button.grid(row=0, column=1, sticky="s")
        self.clip = ttk.Button(self, style="Small.Ghost.TButton", command=self.choose_files)
        Tooltip(self.clip, look, "Share a file", "Ctrl+O")
        look.grid(self.clip, row=0, column=2, sticky="s", padx=(4, 0), pady=(0, 2))
        self.field = RoundedText(self, look, placeholder=EVERYONE, on_return=self.send_written,
                                 on_tab=self._complete, on_change=self._changed, most_chars=MOST_CHARS,
                                 on_too_much=self._refuse_paste)
        look.grid(self.field, row=0, column=3, sticky="ew", padx=4)
        self.text = self.field.text
        self.button = ttk.Button(self, style="Primary.TButton", text="Send", compound="left",
                                 command=self.send_written)
        self.button.grid(row=0, column=4, sticky="se")
        self._line = ttk.Label(self, style="Muted.TLabel")
        look.grid(self._line, row=1, column=0, columnspan=4, sticky="w", padx=(3, 0), pady=(1, 0))
        self._counter = ttk.Label(self, style="Muted.TLabel")
        look.grid(self._counter, row=1, column=4, sticky="e", padx=(0, 3), pady=(1, 0))
        self.offers = Offers(self, look)
        look.grid(self.offers, row=2, column=0, columnspan=5, sticky="w", padx=(3, 0))
        self._show_target()
        look.on_change(self._open_or_close)
        self.bind("<Configure>", lambda _: self._fit())
        self.bind("<Destroy>", lambda event: self._ticking.stop() if event.widget is self else None,
                  add=True)

    def _fit(self) -> None:
        """In a slim one the field comes first, and below it to whom, and the button."""
        look = self._look
        self._fit_line()
        slim, slimmest = (1 < self.winfo_width() < look.px(width) for width in (SLIM, SLIMMEST))
        if slimmest != self._slimmest:
            self._slimmest = slimmest
            self._show_line()
        if slim == self._slim:
            return
        self._slim = slim
        row = int(slim)
        if slim:
            self._to_label.grid_remove()
        elif not self._narrow:
            self._to_label.grid()
        place = {"column": 0, "columnspan": 5} if slim else {"column": 3, "columnspan": 1}
        look.grid(self.field, row=0, sticky="ew", padx=4, **place)
        for part in (self.to_button, self.clip, self.button):
            if part.winfo_manager():
                part.grid_configure(row=row)
        self._line.grid_configure(row=row + 1)
        self._counter.grid_configure(row=row + 1)
        self.offers.grid_configure(row=row + 2)

    def _fit_line(self) -> None:
        """The line under the field is as long as the field, but for the counter, where that stands."""
        counter = self._counter
        beside = max(counter.winfo_reqwidth(), self.button.winfo_reqwidth()) if counter["text"] else 0
        self._line.grid_configure(columnspan=4 if beside else 5)
        self._line.configure(wraplength=max(1, self.winfo_width() - beside - self._look.px(8)))

    # --- whom it goes to -----------------------------------------------------------------------------

    def members_changed(self) -> None:
        """Somebody has come or gone."""
        if self.target is not None:
            # A name may have come back with the connection; the key decides who it is.
            self.target = self._roster.get(self.target.id) or self.target
        self._show_line()

    def set_target(self, member: Member | None) -> None:
        """Write to this member, or to everyone. Its draft comes into the field, the other one is kept."""
        if (member and member.id) != (self.target and self.target.id):
            self._drafts[self._key()] = self.written()
            self.target = member
            self._put(self._drafts.pop(self._key(), ""))
            self._show_target()
            self._open_or_close()
            self._on_target(member)
        self.text.focus_set()

    def _key(self) -> bytes:
        return self.target.id if self.target else b""

    def _fill_names(self) -> None:
        self._names.delete(0, "end")
        self._names.add_command(label="Everyone", command=lambda: self.set_target(None))
        others = self._roster.others()
        if others:
            self._names.add_separator()
        for number, member in enumerate(others):
            self._names.add_command(
                label=shown(member.name), columnbreak=number > 0 and number % MENU_COLUMN == 0,
                command=lambda chosen=member: self.set_target(chosen))  # type: ignore[misc]

    def open_names(self) -> None:
        """Open the menu of targets by key."""
        if self.winfo_viewable() and not self.to_button.instate(["disabled"]):
            self._names.tk_popup(self.to_button.winfo_rootx(), self.to_button.winfo_rooty())

    def _show_target(self) -> None:
        self.field.set_placeholder(f"Whisper to {quoted(self.target.name)}" if self.target else EVERYONE)
        self._show_line()

    def _show_reader(self, typed: Typed | None, whispering: bool) -> None:
        """Who will read what is written, and violet as soon as that is one member alone."""
        reader = self.target
        if whispering and self.target is None and isinstance(typed, Order):
            reader = self._roster.get(typed.member_id or b"")
        self.clip["image"] = self._look.button_icon("clip", "ink2", 20)
        name = shown(reader.name) if reader else "Everyone" if not whispering else "Whom?"
        self.to_button["text"] = name if len(name) <= 16 else name[:15] + "…"
        icon = ("lock", "on_strong") if whispering else ("send", "on_accent")
        self.button.configure(style="Whisper.TButton" if whispering else "Primary.TButton",
                              image=self._look.button_icon(*icon, 18))
        set_words(self.button, "" if self._slimmest else "Whisper" if whispering else "Send")
        self.field.set_whisper(whispering)

    # --- files ---------------------------------------------------------------------------------------

    def choose_files(self) -> None:
        """Ask for files, and share them with whom a message would go to."""
        if self._reason() or not self.winfo_viewable():
            return
        target = self.target
        chosen = self._dialogs.choose(self, "Share files")
        if chosen:
            self._on_files(chosen, target)
        self.text.focus_set()

    def _offer_files(self, text: str) -> None:
        """What is in the field names files, as a file manager copies them: share them instead?"""
        paths = pasted_files(text) if not self._reason() else []
        if paths:
            name = quoted(paths[0].name) if len(paths) == 1 else f"{len(paths)} files"
            self.offers.show([(f"Share {name}", partial(self._share_pasted, paths))])
            self._offers_files = True
        elif self._offers_files:
            self._offers_files = False
            self.offers.show(())

    def _share_pasted(self, paths: Sequence[Path]) -> None:
        self._put("")
        self._offers_files = False
        self.offers.show(())
        self.text.focus_set()
        self._on_files(paths, self.target)

    # --- what is written -----------------------------------------------------------------------------

    def written(self) -> str:
        """The text in the field, as typed."""
        return self.field.value

    def put_back(self, text: str, to: Member | None) -> None:
        """A text that was refused comes back into the field, in front of the draft that may be there."""
        self.set_target(to)
        text, rest = literally(text), self.written()
        self._put(f"{text}\n{rest}" if rest.strip() else text)

    def type(self, text: str) -> None:
        """Go on writing: `text` comes in where the cursor is."""
        self.text.focus_set()
        self.text.insert("insert", text)
        self.text.see("insert")

    def paste(self) -> None:
        """What is on the clipboard comes in where the cursor is."""
        self.text.focus_set()
        self.text.event_generate("<<Paste>>")

    def send_written(self) -> None:
        """Hand over what is written. What cannot be sent stays, and the line under the field says why."""
        text = trimmed(self.written())
        typed = self._read(text)
        self.text.focus_set()
        if self._reason() or typed is None or self._problem(typed) or self._must_wait(typed):
            return
        if isinstance(typed, Misunderstood):
            self._ask(text, typed)
            return
        self._put("")
        if isinstance(typed, Say):
            self._on_send(typed.text, self.target)
        else:
            self._on_order(typed)

    def _read(self, text: str) -> Typed | None:
        """What the text asks for; None while there is nothing in it."""
        roster = self._roster
        typed = read_line(text, roster.names(), host=self._host, gone=roster.gone(), banned=roster.banned)
        if isinstance(typed, Order) and typed.member_id == roster.you_id and typed.word is not Word.KEY:
            return YOURSELF
        return typed

    def _put(self, text: str) -> None:
        # A Text that is closed takes no insert either.
        self.text["state"] = "normal"
        self.field.value = text
        self.text.see("insert")
        self._open_or_close()

    # --- slash commands ------------------------------------------------------------------------------

    def _ask(self, text: str, fault: Misunderstood) -> None:
        """Say why the line was not understood, and offer what it might have meant."""
        offers: list[tuple[str, Callable[[], object]]] = []
        for option in fault.instead:
            if not option.startswith("//"):
                mended = taken_up(text, fault.fault, option)
                offers.append((option_words(option), partial(self._take_offer, mended)))
        if can_be_said(text, fault):
            offers.append((SAY_IT, partial(self._say_it, text)))
        self._asked, self._objection_to = fault, self.written()
        self.offers.show(offers)
        self._show_line()

    def _take_offer(self, line: str) -> None:
        self._put(line)
        self.text.focus_set()

    def _say_it(self, text: str) -> None:
        if not self._reason() and not self._problem(Say(text)) and not self._must_wait(Say(text)):
            self._put("")
            self.text.focus_set()
            self._on_send(text, self.target)

    def _complete(self) -> bool:
        """Tab: complete a command or a name; of several, go through them. False: nothing to complete."""
        line = self.written()
        options, at = self._cycle
        if options and line == options[at]:
            at = (at + 1) % len(options)
        else:
            names, banned = self._roster.names().values(), self._roster.banned.values()
            options, at = complete(line, names, host=self._host, banned=banned), 0
            begun = common_beginning(options)
            if len(options) > 1 and len(begun) > len(line):
                options = [begun, *(option for option in options if option != begun)]
        if not options or self.text.compare("insert", "!=", "end-1c"):
            return False
        if options[at] == line:
            return False
        self._put(options[at])
        self._cycle = (options, at)
        return True

    def _changed(self) -> None:
        """After the text changed, which Tk tells some time later: what was said about another is over."""
        text = self.written()
        if (self._asked or self._refused_paste) and text != self._objection_to:
            self._asked, self._refused_paste = None, ""
            self.offers.show(())
        if not self._asked:
            self._offer_files(text)
        options, at = self._cycle
        if options and text != options[at]:
            self._cycle = ([], 0)
        self._show_line()

    def _refuse_paste(self, count: int) -> None:
        self._refused_paste = TOO_MUCH_TO_PASTE.format(count=count)
        self._objection_to = self.written()
        self._show_line()

    # --- the line under the field --------------------------------------------------------------------

    @staticmethod
    def _problem(typed: Typed | None) -> str:
        """Why this cannot be said, however long one waits."""
        text = typed.text if isinstance(typed, Say | Order) else ""
        if len(text) > MAX_TEXT_CHARS:
            return TOO_LONG.format(count=len(text))
        lines = text.count("\n") + 1
        return TOO_MANY_LINES.format(count=lines) if lines > MAX_TEXT_LINES else ""

    def _show_line(self) -> None:
        text = trimmed(self.written())
        typed = self._read(text)
        problem = self._refused_paste or self._problem(typed)
        reason = self._reason()
        whispered = is_whisper(self.written())
        self._show_reader(typed, whispered or self.target is not None)
        words, style = self._words(typed, whispered)
        if reason or problem or self._asked:
            words = reason or problem or (self._asked.sentence if self._asked else "")
            style = "Muted.TLabel" if reason else "Error.TLabel"
        self._line.configure(text=words, style=style)
        count = len(typed.text) if isinstance(typed, Say | Order) else 0
        self._counter.configure(text=f"{count:,} / {MAX_TEXT_CHARS:,}" if count > COUNTER_FROM else "",
                                style="Error.TLabel" if count > MAX_TEXT_CHARS else "Muted.TLabel")
        self._fit_line()
        closed = reason or problem or self._must_wait(typed)
        self.button.state(["disabled" if closed else "!disabled"])
        self.field.state(["invalid" if problem or self._asked else "!invalid"])

    def _words(self, typed: Typed | None, whispered: bool) -> tuple[str, str]:
        """What Enter will do, and the style to say it in."""
        names, banned = self._roster.names().values(), self._roster.banned.values()
        help_line = hint(self.written(), names, self._host, banned)
        if isinstance(typed, Order) and typed.word is Word.WHISPER and typed.member_id is not None:
            return self._sealed(typed.member_id, ""), "WhisperNote.TLabel"
        if help_line:
            return help_line, "WhisperNote.TLabel" if whispered else "Muted.TLabel"
        if self.target:
            return self._sealed(self.target.id, "  ·  Esc: everyone"), "WhisperNote.TLabel"
        if self._wait_s():
            return SLOW_WAIT.format(period=period(self._wait_s())), "Waiting.TLabel"
        if self._slow_s:
            return SLOW.format(period=period(self._slow_s)), "Muted.TLabel"
        return "" if self._narrow else HINT, "Muted.TLabel"

    def _sealed(self, member_id: bytes, way_back: str) -> str:
        member = self._roster.get(member_id)
        if member is None:
            name = quoted(self.target.name) if self.target and self.target.id == member_id else "This member"
            return f"{name} is not in the room now{way_back}"
        sealed = SEALED if member_id in self._roster.compared else NOT_COMPARED
        return sealed.format(name=quoted(member.name)) + way_back

    # --- when nothing can be sent --------------------------------------------------------------------

    def set_slow(self, seconds: int) -> None:
        """The room's slow mode: seconds between two messages to everyone, 0 for off."""
        self._slow_s = seconds
        if not seconds:
            self._wait_until_s = 0.0
        self._show_line()

    def wait(self, seconds: int) -> None:
        """One message to everyone is through: the next may follow after this long."""
        if seconds:
            self._wait_until_s = time.monotonic() + seconds
            self._tick()

    def _wait_s(self) -> int:
        """Whole seconds until a message to everyone can be sent; whispers need not wait."""
        return 0 if self.target else max(0, math.ceil(self._wait_until_s - time.monotonic()))

    def _must_wait(self, typed: Typed | None) -> bool:
        return isinstance(typed, Say) and self._wait_s() > 0

    def _tick(self) -> None:
        self._show_line()
        if time.monotonic() < self._wait_until_s:
            self._ticking.start(TICK_MS, self._tick)

    def close(self, sentence: str, whispers_too: bool = True) -> None:
        """Nothing can be sent now, for the reason in `sentence`; drafts stay. Empty: open again."""
        self._closed, self._whispers_too = sentence, whispers_too
        self.to_button.state(["disabled" if sentence and whispers_too else "!disabled"])
        self._open_or_close()

    def _reason(self) -> str:
        return self._closed if self._whispers_too or self.target is None else ""

    def _open_or_close(self) -> None:
        self.field.set_closed(bool(self._reason()))
        self._show_line()

    def escape(self) -> bool:
        """Back to everyone, if it was a whisper; whether it was."""
        if self.target is None:
            return False
        self.set_target(None)
        return True
