"""The files of a conversation: what stands behind each in the transcript, and what pressing it does.

A file is named by its id, a message by its key; this joins the two. Nothing is saved or shown before somebody
presses a word, and nothing is ever run: a folder is opened, never what is in it.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tkinter import filedialog
from typing import Final

from gui.compat import open_folder
from gui.look.look import Look
from gui.room.file_words import about_words
from gui.room.transfers import Transfers
from gui.transcript.pictures import NoPicture, load, may_be_picture
from gui.transcript.transcript import FileView, Transcript
from netcore.engine import (
    Command,
    FileProgress,
    FileReceived,
    FileRefused,
    FileTakenBack,
    GetFile,
    SharedFile,
    TakeBackFile,
)

SAVE: Final = "Save"
SAVE_AS: Final = "Save as…"
SHOW: Final = "Show"
HIDE: Final = "Hide"
OPEN_FOLDER: Final = "Open folder"
TAKE_BACK: Final = "Take it back"
TAKE_DOWN: Final = "Take it down"
KEEP: Final = "Keep it"
SAVING: Final = "being saved"
QUESTION: Final = "Nobody can save it any more then; whoever has, keeps it."
ASKED: Final = "being taken back"
BACK: Final = "taken back"
DOWN: Final = "taken down by the host"
OF_FILES: Final = (FileProgress, FileReceived, FileTakenBack, FileRefused)
MOST_GONE: Final = 2_000
"""Files taken back that are remembered for messages which are not shown yet."""
_PICTURE_PX: Final = (320, 240)


@dataclass(slots=True)
class _Shown:
    file: SharedFile
    keys: list[Hashable]
    mine: bool
    gone: str = ""
    """That it is not in the room any more, in words."""
    path: Path | None = None
    show_when_saved: bool = False
    picture: tk.PhotoImage | None = None
    view: FileView = field(default_factory=lambda: FileView("", ""))


class SharedFiles:
    """`submit(command)` reaches the engine; `news(text)` shows a line of the window's own."""

    def __init__(self, transcript: Transcript, transfers: Transfers, look: Look,
                 submit: Callable[[Command], None], news: Callable[[str], None], *,
                 host: bool = False) -> None:
        self._transcript = transcript
        self._transfers = transfers
        self._look = look
        self._submit = submit
        self._news = news
        self._host = host
        self._gone: dict[str, str] = {}
        self._files: dict[str, _Shown] = {}
        self._ids: dict[Hashable, str] = {}

    def view(self, key: Hashable, file: SharedFile, mine: bool) -> FileView:
        """A message that shares it is about to be shown under `key`."""
        found = self._files.setdefault(file.id, _Shown(file, [], mine, self._gone.get(file.id, "")))
        found.keys.append(key)
        self._ids[key] = file.id
        found.view = replace(found.view, name=file.name, about=about_words(file.name, file.size))
        if not found.view.actions:
            found.view = replace(found.view, actions=self._offers(found), menu=self._menu(found),
                                 note=found.view.note or found.gone)
        return found.view

    def moved(self, key: Hashable, new_key: Hashable) -> None:
        """The message is shown under another key from now on."""
        if key in self._ids:
            self._ids[new_key] = self._ids[key]
            self._files[self._ids[key]].keys.append(new_key)

    @property
    def files(self) -> list[SharedFile]:
        """Those that stand in the transcript and can be had, in the order in which they came."""
        return [one.file for one in self._files.values() if not one.gone]

    def named(self, beginning: str) -> list[SharedFile]:
        """Those whose id begins like this."""
        return [one for one in self.files if one.id.startswith(beginning.casefold())]

    def take(self, event: FileProgress | FileReceived | FileTakenBack | FileRefused) -> None:
        """Show what became of a file."""
        match event:
            case FileProgress():
                self._transfers.show(event)
                found = self._files.get(event.id)
                if found is not None and not event.sending and found.view.note != SAVING:
                    self._change(found, actions=(), note=SAVING)
            case FileReceived(file_id, path):
                self._transfers.over(file_id)
                self._saved(file_id, path)
            case FileTakenBack(file_id, by_host):
                self._taken_back(file_id, DOWN if by_host else BACK)
            case FileRefused(file_id, _, sending, _, sentence):
                self._transfers.over(file_id)
                found = self._files.get(file_id)
                if found is not None and (not sending or found.view.note == ASKED):
                    self._change(found, actions=self._offers(found), note=self._saved_words(found))
                self._news(sentence)

    def sent(self, file_id: str) -> None:
        """The message that shares it is in the log, or with the one it is for."""
        self._transfers.over(file_id)

    def press(self, key: Hashable, action: str) -> None:
        """One of the words behind a file was pressed."""
        found = self._files.get(self._ids.get(key, ""))
        if found is None:
            return
        match action:
            case "Save":
                self.save(found.file)
            case "Save as…":
                self._save_as(found.file)
            case "Show" if found.path is None:
                found.show_when_saved = True
                self.save(found.file)
            case "Show":
                self._show(found)
            case "Take it back" | "Take it down" if found.view.note != QUESTION:
                self._change(found, actions=(action, KEEP), note=QUESTION)
            case "Take it back" | "Take it down":
                self._change(found, actions=(), note=ASKED)
                self._submit(TakeBackFile(found.file.id))
            case "Keep it":
                self._change(found, actions=self._offers(found), note=self._saved_words(found))
            case "Hide":
                found.picture = None
                self._change(found, actions=self._offers(found))
            case "Open folder":
                if found.path is not None and not open_folder(found.path.parent):
                    self._news(f"The folder could not be opened. It is {found.path.parent}")

    def save(self, file: SharedFile, folder: Path | None = None, name: str | None = None) -> None:
        """Save it in the folder, or the usual one."""
        self._submit(GetFile(file.id, folder, name))

    def save_newest(self) -> None:
        """By key: the last one that is not saved yet."""
        for found in reversed(self._files.values()):
            if found.path is None and SAVE in found.view.actions:
                self.save(found.file)
                return

    def _save_as(self, file: SharedFile) -> None:
        chosen = filedialog.asksaveasfilename(parent=self._transcript, initialfile=file.name, title="Save as",
                                              confirmoverwrite=False)
        if chosen:
            path = Path(chosen)
            self.save(file, path.parent, path.name)

    def _saved(self, file_id: str, path: Path) -> None:
        found = self._files.get(file_id)
        if found is None:
            self._news(f"Saved as {path}")
            return
        found.path = path
        self._change(found, actions=self._offers(found), note=self._saved_words(found))
        if found.show_when_saved:
            found.show_when_saved = False
            self._show(found)

    def _show(self, found: _Shown) -> None:
        assert found.path is not None
        wide, high = (self._look.px(length) for length in _PICTURE_PX)
        try:
            found.picture = load(self._transcript, found.path, wide, high)
        except NoPicture as reason:
            self._change(found, actions=(OPEN_FOLDER,), note=f"not shown: {reason}")
            return
        self._change(found, actions=self._offers(found))

    def _taken_back(self, file_id: str, words: str) -> None:
        self._gone[file_id] = words
        while len(self._gone) > MOST_GONE:
            del self._gone[next(iter(self._gone))]
        found = self._files.get(file_id)
        if found is not None:
            found.gone = words
            self._change(found, actions=self._offers(found), note=self._saved_words(found))

    def _saved_words(self, found: _Shown) -> str:
        """Where it is, and that nobody gets it any more."""
        path = found.path
        saved = f"saved as {path.name} in {path.parent.name}" if path is not None else ""
        return ", ".join(words for words in (saved, found.gone) if words)

    def _menu(self, found: _Shown) -> tuple[str, ...]:
        """Who may take it back does that from the menu alone: nobody presses it in passing."""
        if found.gone or found.view.note in (QUESTION, ASKED):
            return ()
        return (TAKE_BACK,) if found.mine else (TAKE_DOWN,) if self._host else ()

    def _offers(self, found: _Shown) -> tuple[str, ...]:
        word = HIDE if found.picture is not None else SHOW
        picture = (word,) if may_be_picture(found.file.name, found.file.size) else ()
        if found.path is not None:
            return (OPEN_FOLDER, *picture)
        return () if found.gone else (SAVE, SAVE_AS, *picture)

    def _change(self, found: _Shown, *, actions: tuple[str, ...], note: str | None = None) -> None:
        found.view = replace(found.view, actions=actions, note=found.view.note if note is None else note)
        found.view = view = replace(found.view, menu=self._menu(found))
        for key in found.keys:
            self._transcript.update_file(key, view, found.picture)
