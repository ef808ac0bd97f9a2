"""References lead somewhere: to pages that the repository holds, and to the section that is meant.

A reference to PROTOCOL is checked by its number and by its title: `SUBJECTS` says of each module what it
is about, in the titles of the page, so a section that is renumbered or misquoted does not pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
PAGE = (HOME / "netcore" / "PROTOCOL.md").read_text("utf-8")
TITLES = dict(re.findall(r"^##+ (\d+(?:\.\d+)?)\.? (.+)$", PAGE, re.MULTILINE))

# Pages, tickets and lists that are not here.
NOWHERE = re.compile(
    r"\b(?:DESIGN|LABORATORY|LOOK|Security)(?:\.md)?,? (?:§|section|\d)"
    r"|\b[Ii]ssues? (?:\d|\"|of the )|\"\"\"Issue: |\b[Ff]aults? \d"
)
# Sections, but not of an RFC.
SECTION = re.compile(r"(?<!RFC \d{4} )§(\d+(?:\.\d+)?)")

# The sections, or whole chapters, that a module may cite. The first name that fits a module counts.
SUBJECTS: dict[str, tuple[str, ...]] = {
    "netcore.errors": ("Close", "Failure before keys", "JSON"),
    "netcore.limits": (
        "Frames", "The handshake", "Records", "Messages", "The log, and how to go on", "Limits a peer meets",
        "Discovery", "Files",
    ),
    "netcore.wire.discovery": ("Discovery",),
    "netcore.wire.file_names": ("What a file is",),
    "netcore.wire.framing": ("Frames",),
    "netcore.wire.codec": ("JSON", "The hash of a row", "What a file is"),
    "netcore.wire.codes": ("Close", "Refusals", "Going on", "Whispers", "Sending and getting"),
    "netcore.wire.messages": ("Messages", "auth", "Files"),
    "netcore.wire.lines": ("Names",),
    "netcore.wire.names": ("Names",),
    "netcore.wire.skeleton": ("Names",),
    "netcore.wire.texts": ("What may be said", "What a file is"),
    "netcore.wire": ("JSON",),
    "netcore.crypto.blob": ("What a file is",),
    "netcore.crypto.bodies": ("The handshake",),
    "netcore.crypto.eax": ("Direct and Close",),
    "netcore.crypto.exchange": ("The handshake",),
    "netcore.crypto.hkdf": ("Secrets and keys",),
    "netcore.crypto.identity": ("Who a member is", "Fingerprints"),
    "netcore.crypto.primitives": ("The handshake", "Direct and Close"),
    "netcore.crypto.records": ("Direct and Close", "FileChunk"),
    "netcore.crypto.published": ("Which server is the right one",),
    "netcore.crypto.room_keys": ("Room and RoomKey",),
    "netcore.crypto.whispers": ("Whispers",),
    "netcore.lab.eavesdropper": ("Messages",),
    "netcore.lab.handshake": ("Frames", "The handshake", "Client authentication"),
    "netcore.lab.stream": ("Frames",),
    "netcore.lab.cases": ("Records", "Trust"),
    "netcore.lab.sandbox.exhibit": ("Direct and Close",),
    "netcore.lab.sandbox.time_machine": ("Secrets and keys",),
    "netcore.lab.spans": ("Frames", "The handshake", "Records", "Messages", "FileChunk"),
    "netcore.session": ("Frames", "The handshake", "Client authentication", "Records", "Files"),
    "netcore.room.buckets": ("Limits a peer meets",),
    "netcore.room.inbox": ("Limits a peer meets",),
    "netcore.room.in_flight": ("Whispers on their way",),
    "netcore.room.members": ("Members",),
    "netcore.room.moderation": ("The answer", "Refusals", "Members"),
    "netcore.store.client": ("stream and n", "What a client keeps", "Whispers"),
    "netcore.store.database": ("stream and n", "What a client keeps"),
    "netcore.store.known_servers": ("Trust",),
    "netcore.store.host_whispers": ("Whispers",),
    "netcore.store.room_blobs": ("How long it is kept",),
    "netcore.store.room_book": ("Names", "Members"),
    "netcore.store.room_tables": ("Every message", "Delivery", "The log, and how to go on"),
    "netcore.store.room": ("Delivery", "The log, and how to go on"),
    "netcore.net.client.client": ("Close",),
    "netcore.net.client.close_codes": ("Close",),
    "netcore.net.client.downloads": ("Sending and getting",),
    "netcore.net.client.received": ("What may be said", "Names"),
    "netcore.net.client.found_rooms": ("Discovery",),
    "netcore.net.client.search": ("Discovery",),
    "netcore.net.client.history": ("The log, and how to go on",),
    "netcore.net.client.outbox": ("Delivery",),
    "netcore.net.client.room": ("Whispers on their way",),
    "netcore.net.client.trust": ("Trust",),
    "netcore.net.client.take_backs": ("How long it is kept",),
    "netcore.net.client.uploads": ("Sending and getting",),
    "netcore.net.client.whispers": ("Whispers",),
    "netcore.net.discovery": ("Discovery",),
    "netcore.net.server.answerer": ("Discovery",),
    "netcore.net.server.admission": ("Client authentication", "Members"),
    "netcore.net.server.decisions": ("The answer", "Refusals", "Close"),
    "netcore.net.server.blob_relay": ("Sending and getting",),
    "netcore.net.server.file_space": ("Sending and getting",),
    "netcore.net.server.broadcast": ("Room and RoomKey",),
    "netcore.net.server.reception": ("The handshake", "Limits a peer meets"),
    "netcore.net.server.whisper_relay": ("Whispers on their way",),
    "netcore.lab.mallory": ("auth", "Whispers"),
    "netcore.net.files": ("What a file is",),
    "netcore.net.speech": ("What may be said", "Delivery", "Whispers"),
    "netcore.net.whisper_queue": ("Whispers",),
    "gui.lab.loop": ("Limits a peer meets",),
    "netcore.net.server": ("Records", "Delivery", "The log, and how to go on", "Limits a peer meets"),
}  # fmt: skip


def texts() -> Iterator[Path]:
    """Every file that people read."""
    inside = (path for top in ("netcore", "gui", "tests", ".ci") for path in (HOME / top).rglob("*"))
    for path in (*HOME.iterdir(), *inside):
        if path.is_file() and path.suffix in (".py", ".md", ".sh", ".toml", ".txt", ""):
            yield path


def where(path: Path, text: str, at: int) -> str:
    return f"{path.relative_to(HOME)}:{text.count(chr(10), 0, at) + 1}"


def misquoted(module: str, text: str) -> list[str]:
    """The sections that `module` cites and is not about."""
    about = next((titles for part, titles in SUBJECTS.items() if module.startswith(part)), ())
    wrong = []
    for number in SECTION.findall(text):
        own, chapter = TITLES.get(number, "?"), TITLES.get(number.partition(".")[0], "?")
        if own not in about and chapter not in about:
            wrong.append(f"§{number} {own}")
    return wrong


def test_no_reference_leads_nowhere() -> None:
    found = []
    for path in set(texts()) - {Path(__file__)}:  # it quotes some
        text = path.read_text("utf-8")
        found += [f"{where(path, text, hit.start())} {hit[0]}" for hit in NOWHERE.finditer(text)]
        # All sections are of PROTOCOL, in the tests also where its name is left out.
        if path.suffix == ".py":
            found += [
                f"{where(path, text, hit.start())} {hit[0]}"
                for hit in SECTION.finditer(text)
                if hit[1] not in TITLES
            ]
    assert sorted(found) == []


@pytest.mark.parametrize("path", sorted((HOME / "netcore").rglob("*.py")), ids=lambda path: path.stem)
def test_a_module_cites_what_it_is_about(path: Path) -> None:
    module = ".".join(path.relative_to(HOME).with_suffix("").parts)
    assert misquoted(module, path.read_text("utf-8")) == []


def test_every_subject_is_a_title() -> None:
    assert {title for titles in SUBJECTS.values() for title in titles} <= set(TITLES.values())


@pytest.mark.parametrize(
    "text", ["DESIGN §4", "(DESIGN 4.1: x)", "DESIGN section 2", "LABORATORY §1", "(issue 3)", "Issue 2 §1"]
)
def test_a_reference_that_leads_nowhere_is_seen(text: str) -> None:
    assert NOWHERE.search(text)


@pytest.mark.parametrize(
    ("module", "text", "wrong"),
    [
        ("netcore.crypto.whispers", "(PROTOCOL §10, §10.2)", []),
        ("netcore.crypto.whispers", "(PROTOCOL §9)", ["§9 Limits a peer meets"]),
        ("netcore.wire.names", "(PROTOCOL §6.3)", ["§6.3 What may be said"]),
        ("netcore.wire.framing", "(PROTOCOL §2, §5)", ["§5 Records"]),
        ("netcore.store.paths", "(PROTOCOL §99)", ["§99 ?"]),
        ("netcore.crypto.hkdf", "RFC 5869 §2.2", []),
    ],
)
def test_a_wrong_section_is_seen(module: str, text: str, wrong: list[str]) -> None:
    assert misquoted(module, text) == wrong
