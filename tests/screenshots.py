"""Pictures of the main windows for the README, under a screen of its own: `make screenshots`.

    python -m tests.screenshots [NAME ...]        all, or those whose names begin so, into gui/pictures

The pages are the real ones, fed with events. Needs Xvfb and ImageMagick's `import`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import tkinter as tk
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from gui.look.look import Look
from gui.page import Page
from gui.remembered import Remembered
from gui.room.client_window import ClientWindow
from gui.room.room_page import WindowActions
from gui.room.server_window import ServerWindow
from gui.start.role_page import RoleActions, RolePage
from gui.start.trust import TrustPage
from netcore.before_start import KnownRoom
from netcore.engine import (
    Banned,
    Chat,
    Connected,
    Event,
    Listening,
    Member,
    MemberJoined,
    MemberLeft,
    MemberTraffic,
    Pending,
    Reach,
    RoomChanged,
    Traffic,
    TrustAsked,
    WhisperReceived,
)

OUT = Path(__file__).resolve().parent.parent / "gui" / "pictures"
SCREEN = "2200x1500x24"
SETTLE_S = 0.4


def id_of(name: str, hue: int) -> bytes:
    """A made-up key whose disc has the hue (0-11)."""
    digest = hashlib.sha256(name.encode()).digest()
    return bytes((hue,)) + digest[1:]


ADA = Member(id_of("Ada", 9), "Ada", address="192.168.1.31:52144")
HOST = Member(id_of("Ms Okafor", 0), "Ms Okafor", is_host=True)
BEN = Member(id_of("Ben", 1), "Ben", address="192.168.1.34:49810")
JONAS = Member(id_of("Jonas", 3), "Jonas", address="192.168.1.40:61022")
LAYLA = Member(id_of("Layla", 5), "Layla", address="192.168.1.36:50117")
SOFIA = Member(id_of("Sofía", 7), "Sofía", address="10.0.0.14:58230")
MEILING = Member(id_of("美玲", 11), "美玲", address="10.0.0.15:58232")
TOM = Member(id_of("Tom", 8), "Tom")
CAST = (ADA, HOST, BEN, JONAS, LAYLA, SOFIA, MEILING)
ROOM = "Physics 10b"
KEY = hashlib.sha256(b"Physics 10b").digest()
OTHER_KEY = hashlib.sha256(b"another server").digest()


def at(hour: int, minute: int) -> int:
    return int(datetime(2025, 10, 14, hour, minute).timestamp() * 1000)


def actions() -> WindowActions:
    return WindowActions(lambda _: None, _nothing, _nothing, _nothing, _nothing, _nothing, lambda: at(10, 6))


def _nothing() -> None:
    return None


def said(seq: int, who: Member, text: str, minute: int, mine: bool = False) -> Chat:
    return Chat(seq, who.id, who.name, text, at(10, minute), mine)


def role(root: tk.Tk, look: Look) -> Page:
    rooms = (KnownRoom(KEY, ROOM, "192.168.1.20:5050"),
             KnownRoom(hashlib.sha256(b"Chess club").digest(), "Chess club", "10.0.0.7:5050"))
    last = Remembered(nick="Ada", room=ROOM, local_network=True, address="192.168.1.20:5050")
    return RolePage(root, look, last, rooms, RoleActions(
        lambda _: None, lambda _: None, _nothing, _nothing, _nothing, _nothing, lambda _: ADA.id,
        lambda _: HOST.id, lambda: "192.168.1.20"))


def client(root: tk.Tk, look: Look) -> Page:
    page = ClientWindow(root, look, actions())
    before: list[Event] = [
        said(1, BEN, "Morning! Has anyone the capture from yesterday’s lab?", 2),
        said(2, BEN, "The one with the handshake 🙂", 2),
        said(3, LAYLA, "صباح الخير، الملف عندي", 3),
        said(4, MEILING, "我也看到了，第三帧很有意思 🎉", 3),
    ]
    page.take([*before, Connected(ROOM, ADA, HOST.id, KEY, False, (*CAST, TOM), 0)])
    page.take([MemberLeft(TOM, "left"), said(5, ADA, "Frame 3 is the one to look at:", 5, True),
               said(6, ADA, "`1a 00 02 5c  epoch=4 index=42`", 5, True),
               WhisperReceived(BEN, "Did you compare the fingerprint aloud?", at(10, 6)),
               Pending(1, "It matched, all eleven groups", at(10, 6), None)])
    page.conversation.composer.field.value = "The last 16 bytes, look at the legend"
    return page


def server(root: tk.Tk, look: Look) -> Page:
    page = ServerWindow(root, look, actions())
    reaches = (Reach("wlan0", "192.168.1.20:5050"), Reach("eth0", "10.0.0.7:5050"))
    invite = f"localchat://192.168.1.20:5050/#{KEY[:16].hex()}"
    page.take([Listening("0.0.0.0", 5050, ROOM, HOST, KEY, invite, reaches, True, ())])
    page.take([MemberJoined(Member(one.id, one.name, False, one.address, at(9, 58) + 90_000 * number))
               for number, one in enumerate(one for one in CAST if one is not HOST)])
    page.take([said(1, HOST, "Open the wire view with F2\nand find your own “hello”.", 4, True),
               said(2, ADA, "Frame 3 is the one to look at 👀", 5),
               said(3, JONAS, "Found mine: 47 bytes longer than I typed.", 5),
               WhisperReceived(BEN, "Is the tag the last 16 bytes?", at(10, 6))])
    sizes = ((ADA, 18_400, 41_000), (BEN, 21_700, 41_000), (JONAS, 3_200, 38_600), (LAYLA, 6_800, 38_400),
             (SOFIA, 5_100, 38_400), (MEILING, 9_900, 38_400))
    members = tuple(MemberTraffic(one.id, inward, out) for one, inward, out in sizes)
    page.take([Traffic(members, 65_100, 235_800, 4)])
    page.table.tree.selection_set(BEN.id.hex())
    return page


def rules(root: tk.Tk, look: Look) -> Page:
    page = server(root, look)
    assert isinstance(page, ServerWindow)
    page.take([RoomChanged(False, False, 30, True, True), Banned((TOM,))])
    page.toggle_room()
    return page


def trust(root: tk.Tk, look: Look) -> Page:
    asked = TrustAsked("192.168.1.20:5050", OTHER_KEY, KEY, at(9, 0) - 11 * 86_400_000, ROOM)
    return TrustPage(root, look, asked, _nothing, _nothing, date(2025, 10, 14))


def first_contact(root: tk.Tk, look: Look) -> Page:
    asked = TrustAsked("192.168.1.20:5050", KEY, b"", 0, "")
    return TrustPage(root, look, asked, _nothing, _nothing, date(2025, 10, 14))


# name: (page, width and height at 100 %, palette, zoom)
PICTURES: dict[str, tuple[Callable[[tk.Tk, Look], Page], int, int, str, int]] = {
    f"{name}-{theme}": (make, width, height, theme, 100)
    for name, make, width, height in (
        ("role", role, 920, 696), ("client", client, 1000, 680), ("server", server, 1080, 700),
        ("rules", rules, 1080, 700),
        ("trust", trust, 824, 700), ("first", first_contact, 824, 700),
    )
    for theme in ("light", "dark")
}
PICTURES["client-200"] = (client, 750, 500, "light", 200)


@contextmanager
def screen() -> Iterator[None]:
    """A display of our own, so that no window manager and no real desktop is in the pictures."""
    if shutil.which("Xvfb") is None or shutil.which("import") is None:
        sys.exit("screenshots need Xvfb and ImageMagick: sudo apt install xvfb imagemagick")
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=(write_end,), stderr=subprocess.DEVNULL)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as answer:
            os.environ["DISPLAY"] = f":{answer.readline().strip()}"
        yield
    finally:
        process.terminate()
        process.wait(10)


def settle(root: tk.Tk) -> None:
    until = time.monotonic() + SETTLE_S
    while time.monotonic() < until:
        root.update()
        root.tk.call("after", 5)


def take_pictures(wanted: list[str], out: Path = OUT) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    root = tk.Tk()
    look = Look(root, "light", 100)
    made = []
    for name, (make, width, height, theme, zoom) in PICTURES.items():
        if wanted and not any(name.startswith(start) for start in wanted):
            continue
        look.set_palette(theme)
        look.set_zoom(zoom)
        root.geometry(f"{look.px(width)}x{look.px(height)}+0+0")
        page = make(root, look)
        page.pack(fill="both", expand=True)
        root.update()
        root.focus_force()
        page.focus_here()
        settle(root)
        path = out / f"{name}.png"
        subprocess.run(["import", "-window", str(root.winfo_id()), "-define", "png:exclude-chunks=date,time",
                        str(path)], check=True)
        made.append(path)
        page.destroy()
    root.destroy()
    return made


if __name__ == "__main__":
    with screen():
        for picture in take_pictures(sys.argv[1:]):
            print(picture)
