"""Files in a room's window: chosen, pasted, saved, shown, paused and cancelled, by mouse and by keys."""

from __future__ import annotations

import subprocess
import tkinter as tk
from collections.abc import Hashable, Iterator
from pathlib import Path
from tkinter import filedialog
from unittest import mock
from urllib.error import URLError
from urllib.request import url2pathname

import pytest

from gui.look.look import Look
from gui.room import shared_files, transfers
from gui.room.client_window import ClientWindow
from gui.room.room_page import RoomPage
from gui.room.server_window import ServerWindow
from gui.room.transfers import progress_words
from gui.room.typed import pasted_files
from gui.transcript.lines import action_of
from gui.window import Window
from netcore.engine import (
    CancelFile,
    Chat,
    FileProgress,
    FileReceived,
    FileRefused,
    FileTakenBack,
    GetFile,
    HistoryOpened,
    Member,
    OldWhisper,
    PauseFile,
    Pending,
    SendFile,
    SharedFile,
    TakeBackFile,
    TransferState,
    WhisperReceived,
    WhisperSent,
)
from tests.gui.cast import ADA, BEN, HOST, NOON_MS, Diary, connected, listening
from tests.gui.keyboard import Keyboard, with_xdotool
from tests.gui.room.pages import Show, lines, words, write
from tests.gui.transcript.test_pictures import png
from tests.gui.waiting import Pump

PLAN = SharedFile("ab" * 16, "plan.pdf", 70_000)
PICTURE = SharedFile("cd" * 16, "circuit.png", 5_000)


@pytest.fixture
def keyboard(window: Window) -> Iterator[Keyboard]:
    yield Keyboard(window)


def shares(file: SharedFile, who: Member = BEN, seq: int = 2, local_id: int | None = None) -> Chat:
    return Chat(seq, who.id, who.name, "", NOON_MS, who in (ADA, HOST), local_id, file)


def progress(
    file: SharedFile,
    state: TransferState = TransferState.RUNNING,
    *,
    done: int = 35_000,
    sending: bool = False,
) -> FileProgress:
    return FileProgress(file.id, file.name, sending, done, file.size, 10_000.0, 3.5, state)


def shown(page: RoomPage) -> str:
    return action_of(page.conversation.transcript.text.get("1.0", "end"))


def pictures(page: RoomPage) -> list[str]:
    """The images in the transcript, but for the lines beside the days' names."""
    book = page.conversation.transcript._book
    images = [str(book.text.image_cget(name, "image")) for name in book.text.image_names()]
    return [image for image in images if image != str(book.hairline)]


def place_of(page: RoomPage, word: str) -> tuple[int, int]:
    """Where a word behind a file stands, in the transcript's Text."""
    text = page.conversation.transcript.text
    ranges = text.tag_ranges("file_action")
    for start, end in zip(ranges[::2], ranges[1::2], strict=True):
        if action_of(text.get(start, end)) == word:
            box = text.bbox(start)
            assert box is not None
            x, y, width, height = box
            return x + width // 2, y + height // 2
    raise AssertionError(f"no {word!r} in {text.get('1.0', 'end')!r}")


def press(page: RoomPage, word: str, pump: Pump) -> None:
    text = page.conversation.transcript.text
    x, y = place_of(page, word)
    for event in ("<Enter>", "<Motion>", "<ButtonPress-1>", "<ButtonRelease-1>"):
        text.event_generate(event, x=x, y=y)
    pump()


def test_a_file_stands_there_with_name_size_and_kind(page: ClientWindow, pump: Pump) -> None:
    """And nothing happens by itself."""
    page.take([shares(PLAN)])
    assert "plan.pdf" in shown(page) and "70 KB  ·  PDF" in shown(page)
    assert any("Ben: plan.pdf (70 KB  ·  PDF)" in line for line in lines(page))
    press(page, "Save", pump)
    assert page.conversation.files.files == [PLAN]


def test_saving(page: ClientWindow, diary: Diary, pump: Pump, tmp_path: Path) -> None:
    """The usual folder, or one of the person's choice; then where it is."""
    page.take([shares(PLAN)])
    press(page, "Save", pump)
    assert diary.commands == [GetFile(PLAN.id, None, None)]
    page.take([progress(PLAN)])
    assert "being saved" in shown(page) and "Save as…" not in shown(page)
    page.take([FileReceived(PLAN.id, tmp_path / "plan (2).pdf", bytes(32))])
    assert f"saved as plan (2).pdf in {tmp_path.name}" in shown(page) and "Open folder" in shown(page)


def test_save_as(
    page: ClientWindow, diary: Diary, pump: Pump, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page.take([shares(PLAN)])
    monkeypatch.setattr(filedialog, "asksaveasfilename", lambda **more: str(tmp_path / "mine.pdf"))
    press(page, "Save as…", pump)
    assert diary.commands == [GetFile(PLAN.id, tmp_path, "mine.pdf")]
    monkeypatch.setattr(filedialog, "asksaveasfilename", lambda **more: "")
    press(page, "Save as…", pump)
    assert len(diary.commands) == 1


def test_the_folder_is_opened_and_never_the_file(
    page: ClientWindow, pump: Pump, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[Path] = []

    def note(folder: Path) -> bool:
        opened.append(folder)
        return len(opened) == 1

    monkeypatch.setattr(shared_files, "open_folder", note)
    page.take([shares(PLAN), FileReceived(PLAN.id, tmp_path / "plan.pdf", bytes(32))])
    assert opened == []
    press(page, "Open folder", pump)
    press(page, "Open folder", pump)
    assert opened == [tmp_path, tmp_path]
    assert any("could not be opened" in line for line in lines(page))


def test_a_row_says_how_far_it_is_and_ends_it(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    page.take([shares(PLAN), progress(PLAN), progress(PICTURE, sending=True, done=0)])
    pump()
    said = words(page.conversation)
    assert "Saving plan.pdf" in said and "Sending circuit.png" in said
    assert "35 KB of 70 KB  ·  10 KB/s  ·  4 s left" in said
    rows = list(page.conversation.transfers._rows.values())
    rows[0].pause.invoke()
    page.take([progress(PLAN, TransferState.PAUSED)])
    assert "35 KB of 70 KB  ·  paused" in words(page.conversation)
    rows[0].pause.invoke()
    rows[0].cancel.invoke()
    assert diary.commands == [PauseFile(PLAN.id, True), PauseFile(PLAN.id, False), CancelFile(PLAN.id)]
    page.take([FileRefused(PLAN.id, "plan.pdf", False, "cancelled", "It was cancelled.")])
    assert "Saving plan.pdf" not in words(page.conversation)
    assert any("It was cancelled." in line for line in lines(page))
    assert "Save as…" in shown(page)  # it can be asked for again
    page.take([shares(PICTURE, ADA, 3)])
    assert not page.conversation.transfers._rows


def test_a_file_of_which_nothing_moves_is_stalled_and_has_no_speed(
    page: ClientWindow, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last speed is none any more. What another file does is no news of this one."""
    monkeypatch.setattr(transfers, "STALLED_MS", 50)
    page.take([progress(PLAN), progress(PICTURE, TransferState.PAUSED)])
    pump(lambda: "35 KB of 70 KB  ·  stalled" in words(page.conversation))
    page.take([progress(PICTURE, done=0)])
    pump(lambda: "0 bytes of 5.0 KB  ·  stalled" in words(page.conversation))
    assert "35 KB of 70 KB  ·  stalled" in words(page.conversation)
    monkeypatch.setattr(transfers, "STALLED_MS", 60_000)
    page.take([progress(PLAN)])
    assert "35 KB of 70 KB  ·  10 KB/s  ·  4 s left" in words(page.conversation)


def test_a_long_name_gives_way_to_how_far_it_is(window: Window, page: ClientWindow, pump: Pump) -> None:
    window.root.geometry("560x500")
    long = SharedFile("ef" * 16, "n" * 40 + ".pdf", 44_000_000)
    page.take([FileProgress(long.id, long.name, True, 12_000_000, long.size, 22_000_000.0, 3.5,
                            TransferState.RUNNING)])
    row = page.conversation.transfers._rows[long.id]
    pump(lambda: str(row.name["text"]).endswith("…"))
    pump(lambda: row.words.winfo_width() >= row.words.winfo_reqwidth())
    assert row.words["text"] == "12 MB of 44 MB  ·  22 MB/s  ·  4 s left"
    window.root.geometry("1200x500")
    pump(lambda: str(row.name["text"]).endswith(".pdf"))


def test_many_files_take_little_room(page: ClientWindow, pump: Pump) -> None:
    for number in range(20):
        file = SharedFile(f"{number:032x}", f"{number}.txt", 100)
        page.take([progress(file, TransferState.WAITING, done=0)])
    pump()
    assert sum("of 100 bytes" in one for one in words(page.conversation)) == 4
    assert "16 more wait for their turn" in words(page.conversation)
    assert page.conversation.composer.text.winfo_viewable()


def test_words_of_progress() -> None:
    checking = progress(PLAN, TransferState.CHECKING, done=70_000)
    assert progress_words(checking) == "70 KB of 70 KB  ·  checking"
    assert progress_words(progress(PLAN, TransferState.WAITING, done=0)) == "0 bytes of 70 KB  ·  waiting"


def test_one_s_own_file_and_whispered_ones(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    page.conversation.send_files([Path("/a/plan.pdf")], None)
    page.conversation.send_files([Path("/a/plan.pdf")], BEN)
    first, second = diary.commands
    assert first == SendFile(1, Path("/a/plan.pdf"), None)
    assert second == SendFile(2, Path("/a/plan.pdf"), BEN.id)
    page.take([Pending(1, "", NOON_MS, None, PLAN)])
    assert "sending…" in shown(page)
    page.take([shares(PLAN, ADA, 2, 1), Pending(2, "", NOON_MS, BEN, PLAN)])
    page.take([WhisperSent(2, BEN, "", NOON_MS, PLAN), WhisperReceived(BEN, "", NOON_MS, PICTURE)])
    assert shown(page).count("plan.pdf") == 2 and "circuit.png" in shown(page)
    assert page.conversation.files.files == [PLAN, PICTURE]


def test_files_of_earlier_days_can_be_saved(
    root: tk.Tk, look: Look, diary: Diary, show: Show, pump: Pump
) -> None:
    page = ClientWindow(root, look, diary.actions())
    show(page, "900x700")
    whisper = OldWhisper(False, BEN, "", NOON_MS, PICTURE)
    page.take([HistoryOpened("Physics", (shares(PLAN),), (whisper,)), connected(BEN)])
    for file in page.conversation.files.files:
        page.conversation.files.save(file)
    asked = {command.id for command in diary.commands if isinstance(command, GetFile)}
    assert asked == {PICTURE.id, PLAN.id}


def test_a_picture_is_shown_after_one_click(
    page: ClientWindow, diary: Diary, pump: Pump, tmp_path: Path
) -> None:
    """Saved first, judged, then shown; hidden again; and no file that is no picture is offered so."""
    page.take([shares(PLAN), shares(PICTURE, seq=3)])
    assert shown(page).count("Show") == 1 and pictures(page) == []
    press(page, "Show", pump)
    assert diary.commands == [GetFile(PICTURE.id, None, None)]
    path = tmp_path / "circuit.png"
    path.write_bytes(png(900, 40))
    page.take([progress(PICTURE), FileReceived(PICTURE.id, path, bytes(32))])
    pump()
    (image,) = pictures(page)
    assert int(page.tk.call("image", "width", image)) <= 320
    # It stays where the message is laid out anew, and goes when it is hidden.
    entry = page.conversation.transcript._book.entries["said", 0, 3]
    page.conversation.transcript._book.append(page.conversation.transcript._book.take_from(entry))
    assert len(pictures(page)) == 1
    press(page, "Hide", pump)
    assert pictures(page) == []
    press(page, "Show", pump)
    assert len(pictures(page)) == 1 and len(diary.commands) == 1


def test_a_file_that_is_no_picture_is_not_shown(page: ClientWindow, pump: Pump, tmp_path: Path) -> None:
    """Whatever its name says; 16,000 pixels each way are refused before Tk sees them."""
    for seq, content in enumerate((b"MZ no picture", png(16_000, 16_000, rows=1), png(3, 3)[:40]), 2):
        file = SharedFile(f"{seq:032x}", "circuit.png", 5_000)
        page.take([shares(file, seq=seq)])
        press(page, "Show", pump)
        path = tmp_path / f"{seq}.png"
        path.write_bytes(content)
        page.take([FileReceived(file.id, path, bytes(32))])
        pump()
        assert shown(page).count("not shown:") == seq - 1
    assert pictures(page) == []


def test_commands_are_typed_in_the_window_too(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    page.take([shares(PLAN), shares(PICTURE, seq=3)])
    write(page, "/file /a/plan.pdf to Ben", pump)
    write(page, f"/get {PLAN.id[:6]} /b", pump)
    write(page, "/get zz", pump)
    write(page, "/files", pump)
    assert diary.commands == [SendFile(1, Path("/a/plan.pdf"), BEN.id), GetFile(PLAN.id, Path("/b"), None)]
    assert any("No file here has this id" in line for line in lines(page))
    assert any(f"{PICTURE.id[:8]}  “circuit.png”" in line for line in lines(page))


def test_a_path_that_is_pasted_is_offered_as_a_file(
    page: ClientWindow, diary: Diary, pump: Pump, tmp_path: Path
) -> None:
    """As file managers copy it; shared only when the person presses the words."""
    plan, other = tmp_path / "my plan.pdf", tmp_path / "other.txt"
    for path in (plan, other):
        path.write_bytes(b"x")
    composer = page.conversation.composer
    two = f"{plan.as_uri()}\n{other}"
    for pasted, offered in [(str(plan), "Share “my plan.pdf”"), (two, "Share 2 files")]:
        composer.field.value = ""
        page.clipboard_clear()
        page.clipboard_append(pasted)
        composer.paste()
        pump(lambda offered=offered: offered in words(composer.offers))
    assert diary.commands == []
    composer.field.value = "just words"
    pump(lambda: words(composer.offers) == [])
    composer.field.value = str(plan)
    pump(lambda: words(composer.offers) != [])
    composer.offers.winfo_children()[0].event_generate("<Button-1>")
    assert diary.commands == [SendFile(1, plan, None)] and composer.written() == ""


@pytest.mark.parametrize("line", [
    "file://[abc", "file://\u2100/plan.pdf",  # addresses that urllib refuses to take apart
    "file:////elsewhere/plan.pdf", "file://elsewhere/plan.pdf",  # of another computer
    "file:///plan%00.pdf", "/plan\0.pdf", "/" + "x" * 400, "plan.pdf", "file://", "https://example.org/a.pdf",
])
def test_what_is_no_file_s_address_stays_a_text(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_in_python_3_14(url: str) -> str:
        if url.startswith("//"):
            raise URLError("file:// scheme is supported only on localhost")
        return url2pathname(url)

    monkeypatch.setattr("urllib.request.url2pathname", as_in_python_3_14)
    assert pasted_files(line) == []


def menu_labels(page: RoomPage, key: Hashable, pump: Pump) -> list[str]:
    """What the context menu of a message offers."""
    transcript = page.conversation.transcript
    place = transcript._book.lines_of(key)
    assert place is not None
    box = transcript.text.bbox(f"{place[1]}.2")
    assert box is not None
    menu = transcript.reader.menu
    with mock.patch.object(tk.Menu, "tk_popup", lambda *_: None):
        transcript.text.event_generate("<ButtonPress-3>", x=box[0], y=box[1] + 2)
    return [str(menu.entrycget(at, "label")) if menu.type(at) == "command" else "-"
            for at in range(int(menu.index("end") or 0) + 1)]


def choose(page: RoomPage, key: Hashable, label: str, pump: Pump) -> None:
    labels = menu_labels(page, key, pump)
    page.conversation.transcript.reader.menu.invoke(labels.index(label))
    pump()


def test_one_s_own_file_is_taken_back_from_the_menu(page: ClientWindow, diary: Diary, pump: Pump) -> None:
    """Asked in place, done on the second word; and the row says so at everyone."""
    page.take([shares(PLAN), shares(PICTURE, ADA, 3)])
    pump()
    assert "Take it back" not in menu_labels(page, ("said", 0, 2), pump)
    assert "Take it back" not in shown(page)
    choose(page, ("said", 0, 3), "Take it back", pump)
    assert "Then nobody can save it any more.   Take it back   Keep it" in shown(page)
    assert diary.commands == []
    press(page, "Keep it", pump)
    assert "Keep it" not in shown(page) and diary.commands == []
    choose(page, ("said", 0, 3), "Take it back", pump)
    press(page, "Take it back", pump)
    assert diary.commands == [TakeBackFile(PICTURE.id)] and "being taken back" in shown(page)
    page.take([FileTakenBack(PICTURE.id, False)])
    pump()
    assert shown(page).count("taken back") == 1 and shown(page).count("Save as…") == 1
    assert "Take it back" not in menu_labels(page, ("said", 0, 3), pump)
    assert page.conversation.files.files == [PLAN]
    page.take([FileTakenBack(PLAN.id, True)])
    assert "taken down by the host" in shown(page) and "Save" not in shown(page)


def test_a_saved_file_stays_and_a_refusal_gives_the_words_back(
    page: ClientWindow, diary: Diary, pump: Pump, tmp_path: Path
) -> None:
    page.take([shares(PLAN), FileReceived(PLAN.id, tmp_path / "plan.pdf", bytes(32))])
    page.take([FileTakenBack(PLAN.id, False)])
    assert f"saved as plan.pdf in {tmp_path.name}, taken back   Open folder" in shown(page)
    page.take([shares(PICTURE, ADA, 3)])
    write(page, f"/drop {PICTURE.id[:6]}", pump)
    assert diary.commands == [TakeBackFile(PICTURE.id)]
    choose(page, ("said", 0, 3), "Take it back", pump)
    press(page, "Take it back", pump)
    page.take([FileRefused(PICTURE.id, "circuit.png", True, "gone", "It is gone.")])
    assert "being taken back" not in shown(page) and "Save as…" in shown(page)


def test_what_was_taken_back_before_it_is_shown(page: ClientWindow, pump: Pump) -> None:
    """A client hears it before it loads the message."""
    page.take([FileTakenBack(PLAN.id, False), shares(PLAN)])
    assert "taken back" in shown(page) and "Save" not in shown(page)


def test_the_host_takes_down_what_others_shared(
    root: tk.Tk, look: Look, diary: Diary, show: Show, pump: Pump
) -> None:
    page = ServerWindow(root, look, diary.actions())
    show(page, "900x700")
    page.take([listening(), shares(PLAN), shares(PICTURE, HOST, 3)])
    pump()
    assert "Take it down" not in menu_labels(page, ("said", 0, 3), pump)
    choose(page, ("said", 0, 2), "Take it down", pump)
    press(page, "Take it down", pump)
    assert diary.commands == [TakeBackFile(PLAN.id)]


@with_xdotool
def test_by_keys(keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+O shares with whom a message would go to; Ctrl+S saves the newest."""
    page = keyboard.show_client(BEN)
    monkeypatch.setattr(filedialog, "askopenfilenames", lambda **more: ("/a/plan.pdf", "/a/b.txt"))
    keyboard.press("ctrl+o")
    keyboard.until(lambda: len(keyboard.diary.commands) == 2)
    page.conversation.composer.set_target(BEN)
    keyboard.press("ctrl+o")
    keyboard.until(lambda: len(keyboard.diary.commands) == 4)
    sent = [(c.path.name, c.to_id) for c in keyboard.diary.commands if isinstance(c, SendFile)]
    assert sent == [("plan.pdf", None), ("b.txt", None), ("plan.pdf", BEN.id), ("b.txt", BEN.id)]
    page.take([shares(PLAN)])
    keyboard.press("ctrl+s")
    keyboard.until(lambda: GetFile(PLAN.id, None, None) in keyboard.diary.commands)


@with_xdotool
def test_by_mouse(keyboard: Keyboard, tmp_path: Path) -> None:
    """Real clicks: Save in the transcript, then Cancel in the row."""
    page = keyboard.show_client(BEN)
    page.take([shares(PLAN)])
    text = page.conversation.transcript.text
    keyboard.until(lambda: text.bbox("end-2l") is not None)
    x, y = place_of(page, "Save")
    click(text, x, y)
    keyboard.until(lambda: keyboard.diary.commands == [GetFile(PLAN.id, None, None)])
    page.take([progress(PLAN)])
    (row,) = page.conversation.transfers._rows.values()
    keyboard.until(row.cancel.winfo_viewable)
    click(row.cancel, row.cancel.winfo_width() // 2, row.cancel.winfo_height() // 2)
    keyboard.until(lambda: CancelFile(PLAN.id) in keyboard.diary.commands)


def click(widget: tk.Misc, x: int, y: int) -> None:
    place = [str(widget.winfo_rootx() + x), str(widget.winfo_rooty() + y)]
    subprocess.run(["xdotool", "mousemove", *place], check=True, timeout=20)
    widget.update()
    subprocess.run(["xdotool", "click", "1"], check=True, timeout=20)
