"""A scripted session with files, of which the n-th call fails: shared, whispered, saved, taken back (PROTOCOL
§14).

Its people do not give up either: what was refused they share or ask for once more, and when a program was
started again they look whether it goes on by itself. `judge` looks at every folder: whole files under their
names, no part, nothing shared twice.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Final

from netcore.net.api import commands
from netcore.net.api.events import (
    Chat,
    Connected,
    FileQueued,
    FileReceived,
    FileRefused,
    FileTakenBack,
    HistoryOpened,
    Listening,
    SharedFile,
    WhisperReceived,
)
from netcore.net.server.files import BLOBS_FOLDER, LOG_FILE
from tests.faults.play import Part, Play, _rows

CONTENT: Final = os.urandom(70_000)
"""Two chunks."""
MOST_TRIES: Final = 8


class FilePlay(Play):
    """Folders: `<name>-out` is where that person saves; `chosen` holds what is shared."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.chosen: dict[str, bytes] = {}
        for part in self.parts:
            self._out(part).mkdir()
        (folder / "chosen").mkdir()

    def _out(self, part: Part) -> Path:
        return self._folder / f"{part.name}-out"

    # --- The script ---

    def run(self) -> None:
        self._until(lambda: self._last(self.server, Listening) is not None, [self.server])
        listening = self._last(self.server, Listening)
        assert listening is not None
        self._port = listening.port
        self._until(lambda: all(self._last(one, Connected) for one in (self.ada, self.ben)))
        for_all = self._share(self.ada, "a", None)
        self._save(self.ben, for_all)
        self._save(self.server, for_all)
        self._save(self.ben, self._share(self.ada, "w", self.ben))
        self._save(self.ada, self._share(self.server, "h", None))
        self._take_back(self.ada, for_all)
        for part in (self.ada, self.ben, self.server):
            self._leave(part)

    def _share(self, part: Part, base: str, to: Part | None) -> SharedFile:
        """Until it is offered to Ada or Ben, whoever is the other."""
        reader = self.ada if part is not self.ada else self.ben
        connected = self._last(reader, Connected)
        assert connected is not None
        for number in range(1, MOST_TRIES):
            self._until(lambda: part.engine is not None and self._is_in(part))
            name = f"{base}{number}.bin"
            path = self._folder / "chosen" / name
            path.write_bytes(CONTENT + name.encode())
            self.chosen[name] = path.read_bytes()
            self._next_id += 1
            lives = part.lives
            to_id = None if to is None else connected.you.id
            self._submit(part, commands.SendFile(self._next_id, path, to_id))
            self._until(lambda: offered(reader, name) or self._is_mine_again(part, name, lives))  # noqa: B023
            found = offered(reader, name)
            if found is not None:
                return found
        raise AssertionError(f"{base} was refused too often")

    def _is_mine_again(self, part: Part, name: str, lives: int) -> bool:
        """Whether it was refused, or the program ended before it had told of it."""
        if any(isinstance(e, FileRefused) and e.sending and e.name == name for e in part.events):
            return True
        queued = any(isinstance(e, FileQueued) and e.file.name == name for e in part.events)
        # A host's transfer does not outlive the program; a member's does once it was told.
        outlives = queued and part is not self.server
        return part.lives > lives and self._is_in(part) and not outlives and not self._shares(part, name)

    def _shares(self, part: Part, name: str) -> bool:
        return any(row.name == name for row in shown_files(part))

    def _save(self, part: Part, file: SharedFile) -> None:
        """Until it is saved; asked for again when it was refused, or the program is another."""
        for _ in range(MOST_TRIES):
            self._until(lambda: part.engine is not None and self._is_in(part))
            lives, heard = part.lives, len(part.events)
            self._submit(part, commands.GetFile(file.id, self._out(part)))

            def over(lives: int = lives, heard: int = heard) -> bool:
                refused = any(
                    isinstance(e, FileRefused) and e.id == file.id and not e.sending
                    for e in part.events[heard:]
                )
                return refused or self._is_saved(part, file) or (part.lives > lives and self._is_in(part))

            self._until(over)
            if self._is_saved(part, file):
                return
        raise AssertionError(f"{part.name} never gets {file.name}")

    @staticmethod
    def _is_saved(part: Part, file: SharedFile) -> bool:
        return any(isinstance(e, FileReceived) and e.id == file.id for e in part.events)

    def _take_back(self, part: Part, file: SharedFile) -> None:
        told = FileTakenBack(file.id, False)
        for _ in range(MOST_TRIES):
            self._until(lambda: part.engine is not None and self._is_in(part))
            lives = part.lives
            self._submit(part, commands.TakeBackFile(file.id))
            self._until(
                lambda: all(told in p.events for p in self.parts)
                or (part.lives > lives and self._is_in(part) and told not in part.events)  # noqa: B023
            )
            if told in part.events:
                return
        raise AssertionError(f"{file.name} is never taken back")

    # --- After it ---

    def judge(self) -> None:
        """Raises AssertionError for any broken promise. All programs have ended."""
        sql = "SELECT seq, file FROM messages ORDER BY seq"
        rows = _rows(self._folder / self.server.folder, LOG_FILE, sql)
        names = Counter(name for _, kept in rows for name in self.chosen if f'"{name}"' in str(kept))
        assert all(count == 1 for count in names.values()), f"shared twice: {names}"
        for part in self.parts:
            for seq, shared in acknowledged(part):
                assert names[shared.name] == 1 and seq in dict(rows), f"acknowledged and lost: {shared.name}"
            for path in self._out(part).iterdir():
                if path.name.endswith(".part"):
                    assert self.broken == "os.unlink", f"a part is left: {path.name}"
                    continue
                original = path.name.replace(" (2)", "")
                assert path.read_bytes() == self.chosen[original], f"not what was shared: {path.name}"
            told = [e for e in part.events if isinstance(e, FileReceived)]
            saved = [path.name for path in self._out(part).iterdir() if path.suffix != ".part"]
            assert len(saved) == len(told) or len(saved) == len({e.id for e in told}), (saved, told)
            for event in part.events:
                if isinstance(event, FileRefused):
                    check_sentence(event)
        kept = self._folder / self.server.folder
        blobs = [path for path in kept.rglob(f"{BLOBS_FOLDER}/*") if path.is_file()]
        assert len(blobs) <= 2, f"what was taken back, or came to nothing, is still there: {blobs}"
        assert not list(kept.rglob("parts/*")), "the note of a part is left"


def shown_files(part: Part) -> list[SharedFile]:
    found: list[SharedFile | None] = []
    for event in part.events:
        match event:
            case Chat(file=file) | WhisperReceived(file=file):
                found.append(file)
            case HistoryOpened(_, messages, whispers):
                found += [said.file for said in messages]
                found += [whisper.file for whisper in whispers]
    return [file for file in found if file is not None]


def offered(part: Part, name: str) -> SharedFile | None:
    return next((file for file in shown_files(part) if file.name == name), None)


def acknowledged(part: Part) -> list[tuple[int, SharedFile]]:
    return [(e.seq, e.file) for e in part.events if isinstance(e, Chat) and e.mine and e.file is not None]


def check_sentence(event: FileRefused) -> None:
    """What a person reads says which file, and ends as a sentence does."""
    assert event.sentence.endswith(".") and len(event.sentence) > 20, event
    assert "Error" not in event.sentence and "[Errno" not in event.sentence, event
