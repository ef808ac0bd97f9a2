"""What the recorder of a headless room or client tells, written away while it runs.

    files = open_files(options)                       before anything else: a bad path ends the program
    with written_away(running.trace, files): ...      until the engine has stopped

A file takes events as they come. `TraceFile` makes a JSON line of each (`--trace`), without secrets and
without what was said; `lab/capture_file` makes packets for Wireshark (`--capture`). Nothing is recorded, and
nothing of the laboratory is loaded, unless a file was asked for.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from netcore import bootstrap
from netcore.engine import fingerprint_text
from netcore.errors import OutputFileError
from netcore.limits import DEFAULT_PORT
from netcore.options import Options
from netcore.trace import (
    Chunk,
    FrameSeen,
    PeerKnown,
    Recorder,
    RecordingBegan,
    RecordingEnded,
    Refused,
    Role,
    StateChanged,
    TraceEvent,
    Turn,
    missing,
)
from netcore.wire.framing import FrameType, frame_name

EVERY_S: Final = 0.1
"""A second of a full room is more than the recorder keeps."""

log = logging.getLogger("localchat.headless")

Line = dict[str, object]


class EventFile(Protocol):
    """Both raise OSError where the file cannot be written."""

    def take(self, events: Iterable[TraceEvent]) -> None:
        """All that came since the last call, in order; also none. It is in the file when this returns."""

    def close(self) -> None:
        """The rest, and the file is closed, also where the rest cannot be written."""


def open_files(options: Options) -> list[EventFile]:
    """Those that the command line asks for. Raises OutputFileError."""
    files: list[EventFile] = []
    if options.trace is not None:
        files.append(TraceFile(options.trace))
    if options.capture is not None:
        from netcore.lab.capture_file import CaptureWriter

        with _told_at_once(options.capture):
            role: Role = "server" if options.role == "server" else "client"
            files.append(CaptureWriter(options.capture.open("wb"), role, options.port or DEFAULT_PORT))
    return files


@contextlib.contextmanager
def _told_at_once(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise OutputFileError(path=path, why=getattr(error, "strerror", None) or error) from None


@contextlib.contextmanager
def written_away(recorder: Recorder, files: Sequence[EventFile]) -> Iterator[None]:
    """Have a thread write what is recorded; at the end the rest, and close the files."""
    if not files:
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_write, args=(recorder, list(files), over), name="netcore-trace")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _write(recorder: Recorder, files: list[EventFile], over: threading.Event) -> None:
    while not over.wait(EVERY_S):
        events = recorder.drain()
        for file in files.copy():
            with _told(file, files):
                file.take(events)
    events = recorder.drain()
    for file in files:
        with _told(file, files.copy()), contextlib.closing(file):
            file.take(events)


@contextlib.contextmanager
def _told(file: EventFile, files: list[EventFile]) -> Iterator[None]:
    """A file that cannot be written any more ends, and the chat goes on."""
    try:
        yield
    except OSError as error:
        files.remove(file)
        with contextlib.suppress(OSError):
            file.close()
        bootstrap.say(f"What is recorded cannot be written any more ({error.strerror or error}).")
        log.warning("a file of what is recorded ended: %s", error)


class TraceFile:
    """One JSON object a line, with the key `event`. A gap in the numbers is a line of its own, `lost`."""

    def __init__(self, path: Path) -> None:
        """Raises OutputFileError."""
        with _told_at_once(path):
            self._file = path.open("w", encoding="utf-8", newline="\n")
        self._last_number = 0

    def take(self, events: Iterable[TraceEvent]) -> None:
        for event in events:
            lost = missing([event], self._last_number)
            self._last_number = event.number
            if lost:
                self._write({"event": "lost", "count": lost})
            line = line_of(event)
            if line is not None:
                self._write(line)
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def _write(self, line: Line) -> None:
        self._file.write(json.dumps(line) + "\n")


def line_of(event: TraceEvent) -> Line | None:
    """An event as its line; None for those that are for windows alone. Names as in PROTOCOL."""
    found = _line(event)
    if found is None:
        return None
    name, fields = found
    where = {} if event.connection == 0 else {"connection": event.connection}
    return {"event": name, "number": event.number, "at_s": round(event.at_s, 6), **where, **fields}


def _line(event: TraceEvent) -> tuple[str, Line] | None:
    match event:
        case RecordingBegan():
            return "begin", {
                "role": event.role, "peer": event.peer, "in_offset": event.in_offset,
                "out_offset": event.out_offset, "state": event.state,
            }  # fmt: skip
        case PeerKnown():
            return "peer", {"member_id": fingerprint_text(event.member_id)}
        case RecordingEnded():
            return "end", {"broke": event.broke} if event.broke else {}
        case Chunk():
            return "chunk", {
                "direction": event.direction, "offset": event.offset, "length": len(event.data),
                "offered": event.offered_bytes,
            }  # fmt: skip
        case FrameSeen():
            return "frame", _frame(event)
        case Refused():
            return "refused", {
                "n": event.n, "direction": event.direction, "defence": event.defence.value,
                "section": event.section, "function": event.function, "line": event.line,
                "error": event.error,
            }  # fmt: skip
        case StateChanged():
            return "state", {"before": event.before, "after": event.after}
        case Turn():
            return "turn", {
                "n": event.n, "ready": event.ready, "reads": event.reads, "writes": event.writes,
                "commit_ms": round(event.commit_ms, 3), "records": event.records,
                "queues": dict(event.queues), "interest": dict(event.interest),
                "next_timer_s": event.next_timer_s,
            }  # fmt: skip
    return None


_OPENED: Final = (FrameType.DIRECT, FrameType.CLOSE, FrameType.ROOM)


def _frame(frame: FrameSeen) -> Line:
    found: Line = {
        "n": frame.n,
        "direction": frame.direction,
        "type": frame_name(frame.type),
        "length": frame.length,
        "offset": frame.offset,
        "first_chunk": frame.first_chunk,
        "last_chunk": frame.last_chunk,
        "state_before": frame.state_before,
        "state_after": frame.state_after,
    }
    if frame.type in _OPENED:
        found["opened"] = frame.plaintext is not None
    return found
