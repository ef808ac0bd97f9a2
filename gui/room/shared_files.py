"""The files of a conversation: what stands behind each in the transcript, and what pressing it does.

A file is named by its id, a message by its key; this joins the two. Nothing is saved or shown before somebody
presses a word, and nothing is ever run: a folder is opened, never what is in it.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from pathlib import Path
from typing import Final

from gui.compat import open_folder
from gui.file_dialogs import FileDialogs
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
    TransferState,
)
from netcore.errors import FileCancelled


class FileAction(StrEnum):
    """What can be done with a file, in the words that stand behind it or in its menu."""

    SAVE = "Save"
    SAVE_AS = "Save as…"
    SHOW = "Show"
    HIDE = "Hide"
    OPEN_FOLDER = "Open folder"
    PAUSE = "Pause"
    GO_ON = "Go on"
    CANCEL = "Cancel"
    TAKE_BACK = "Take it back"
    TAKE_DOWN = "Take it down"
    KEEP = "Keep it"


class _TakingBack(Enum):
    NO = auto()
    QUESTION = auto()  # the person is asked whether they mean it
    ASKED = auto()  # the server is


NOTES: Final = {TransferState.PAUSED: "paused", TransferState.CHECKING: "being checked"}
SAVING: Final = "being saved"
QUESTION: Final = "{word}? Then nobody can save it any more."
ASKED: Final = "being taken back"
BACK: Final = "taken back"
DOWN: Final = "taken down by the host"
DOWN_BY_YOU: Final = "you took it down"
OF_FILES: Final = (FileProgress, FileReceived, FileTakenBack, FileRefused)
MOST_GONE: Final = 2_000
"""Files taken back that are remembered for messages which are not shown yet."""
_PICTURE_PX: Final = (320, 240)


@dataclass(slots=True)
class _Shown:
    """A file that stands in the transcript, once or more, and what is known of it."""

    file: SharedFile
    keys: list[Hashable]
    mine: bool
    gone: str = ""
    """That it is not in the room any more, in words."""
    path: Path | None = None
    transfer: TransferState | None = None
    """Of its way here."""
    taking_back: _TakingBack = _TakingBack.NO
    show_when_saved: bool = False
    picture: tk.PhotoImage | None = None
    no_picture: str = ""
    """Why it cannot be shown."""
    view: FileView | None = None
    """All that in words."""


class SharedFiles:
    """`submit(command)` reaches the engine; `news(icon, text)` shows a line of the window's own."""

    def __init__(self, transcript: Transcript, transfers: Transfers, look: Look,
                 submit: Callable[[Command], None], dialogs: FileDialogs, news: Callable[[str, str], None], *,
                 host: bool = False) -> None:
        self._transcript = transcript
        self._transfers = transfers
        self._look = look
        self._submit = submit
        self._dialogs = dialogs
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
        found.view = self._view(found)
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
        found = self._files.get(event.id)
        match event:
            case FileProgress():
                self._transfers.show(event)
                if found is not None and not event.sending:
                    found.transfer = event.state
            case FileReceived(file_id, path):
                self._transfers.over(file_id)
                if found is None:
                    self._news("info", f"Saved as {path}")
                else:
                    found.path, found.transfer = path, None
                    if found.show_when_saved:
                        found.show_when_saved = False
                        self._load_picture(found)
            case FileTakenBack(file_id, by_host):
                words = BACK if not by_host else DOWN_BY_YOU if self._host else DOWN
                self._gone[file_id] = words
                while len(self._gone) > MOST_GONE:
                    del self._gone[next(iter(self._gone))]
                if found is not None:
                    found.gone, found.taking_back = words, _TakingBack.NO
            case FileRefused(file_id, _, sending, code, sentence):
                self._transfers.over(file_id)
                if found is not None and not sending:
                    found.transfer, found.show_when_saved = None, False
                elif found is not None and found.taking_back is _TakingBack.ASKED:
                    found.taking_back = _TakingBack.NO
                self._news("info" if code == FileCancelled.code else "warning", sentence)
        if found is not None:
            self._update(found)

    def sent(self, file_id: str) -> None:
        """The message that shares it is in the log, or with the one it is for."""
        self._transfers.over(file_id)

    def press(self, key: Hashable, action: str) -> None:
        """One of the words behind a file, or of its menu, was pressed."""
        found = self._files.get(self._ids.get(key, ""))
        if found is None:
            return
        match FileAction(action):
            case FileAction.SAVE:
                self.save(found.file)
            case FileAction.SAVE_AS:
                self._save_as(found.file)
            case FileAction.SHOW if found.path is None:
                found.show_when_saved = True
                self.save(found.file)
            case FileAction.SHOW:
                self._load_picture(found)
            case FileAction.HIDE:
                found.picture = None
            case FileAction.OPEN_FOLDER:
                if found.path is not None and not open_folder(found.path.parent):
                    self._news("warning", f"The folder could not be opened. It is {found.path.parent}")
            case FileAction.PAUSE | FileAction.GO_ON as word:
                self._transfers.pause(found.file.id, word is FileAction.PAUSE)
            case FileAction.CANCEL:
                self._transfers.cancel(found.file.id)
            case FileAction.TAKE_BACK | FileAction.TAKE_DOWN:
                if found.taking_back is _TakingBack.QUESTION:
                    found.taking_back = _TakingBack.ASKED
                    self._submit(TakeBackFile(found.file.id))
                else:
                    found.taking_back = _TakingBack.QUESTION
            case FileAction.KEEP:
                found.taking_back = _TakingBack.NO
        self._update(found)

    def save(self, file: SharedFile, folder: Path | None = None, name: str | None = None) -> None:
        """Save it in the folder, or the usual one."""
        self._submit(GetFile(file.id, folder, name))

    def save_newest(self) -> None:
        """By key: the last one that is not saved yet."""
        for found in reversed(self._files.values()):
            if found.view is not None and FileAction.SAVE in found.view.actions:
                self.save(found.file)
                return

    def _save_as(self, file: SharedFile) -> None:
        path = self._dialogs.save_as(self._transcript, "Save as", file.name, replaces=False)
        if path is not None:
            self.save(file, path.parent, path.name)

    def _load_picture(self, found: _Shown) -> None:
        assert found.path is not None
        wide, high = (self._look.px(length) for length in _PICTURE_PX)
        try:
            found.picture = load(self._transcript, found.path, wide, high)
        except NoPicture as reason:
            found.no_picture = str(reason)

    # --- in words ------------------------------------------------------------------------------------

    def _update(self, found: _Shown) -> None:
        found.view = view = self._view(found)
        for key in found.keys:
            self._transcript.update_file(key, view, found.picture)

    def _view(self, found: _Shown) -> FileView:
        file = found.file
        return FileView(file.name, about_words(file.name, file.size), self._actions(found), _note(found),
                        self._menu(found))

    def _actions(self, found: _Shown) -> tuple[FileAction, ...]:
        if found.taking_back is _TakingBack.QUESTION:
            return _take_back(found), FileAction.KEEP
        if found.taking_back is _TakingBack.ASKED or found.transfer is not None:
            return ()
        picture: tuple[FileAction, ...] = ()
        if may_be_picture(found.file.name, found.file.size) and not found.no_picture:
            picture = (FileAction.HIDE if found.picture is not None else FileAction.SHOW,)
        if found.path is not None:
            return (FileAction.OPEN_FOLDER, *picture)
        return () if found.gone else (FileAction.SAVE, FileAction.SAVE_AS, *picture)

    def _menu(self, found: _Shown) -> tuple[FileAction, ...]:
        """What nobody shall press in passing, and what stands beside the bar of a file on its way."""
        words: list[FileAction] = []
        if found.transfer not in (None, TransferState.CHECKING):
            paused = found.transfer is TransferState.PAUSED
            words += [FileAction.GO_ON if paused else FileAction.PAUSE, FileAction.CANCEL]
        may_take_back = (found.mine or self._host) and not found.gone
        if may_take_back and found.taking_back is _TakingBack.NO:
            words.append(_take_back(found))
        return tuple(words)

def _take_back(found: _Shown) -> FileAction:
    return FileAction.TAKE_BACK if found.mine else FileAction.TAKE_DOWN


def _note(found: _Shown) -> str:
    """What is under way with it; else where it is, and that nobody gets it any more."""
    if found.taking_back is not _TakingBack.NO:
        question = QUESTION.format(word=_take_back(found))
        return question if found.taking_back is _TakingBack.QUESTION else ASKED
    if found.transfer is not None:
        return NOTES.get(found.transfer, SAVING)
    path = found.path
    saved = f"saved as {path.name} in {path.parent.name}" if path is not None else ""
    no_picture = f"not shown: {found.no_picture}" if found.no_picture else ""
    return ", ".join(words for words in (saved, no_picture, found.gone) if words)
