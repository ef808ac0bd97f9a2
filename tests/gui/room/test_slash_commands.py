"""Slash commands typed into the windows, by real keys: both roles understand what the terminal does."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk

import pytest

from gui.room.conversation import NOT_ON_ITS_WAY
from gui.room.room_page import RoomPage
from gui.room.typed import common_beginning, hint, literally, taken_up, trimmed
from netcore.engine import (
    Answering,
    Ban,
    Banned,
    CancelFile,
    FileProgress,
    Kick,
    MarkCompared,
    MemberLeft,
    Mute,
    ReleaseName,
    Say,
    SetAnswering,
    SetRoom,
    TransferState,
    Unban,
    Whisper,
)
from netcore.slash_commands import help_lines
from netcore.typed_lines import Fault, read_line
from tests.gui.cast import ADA, BEN, LAYLA, person
from tests.gui.keyboard import Keyboard, with_xdotool
from tests.gui.room.pages import lines, under_field, words

BEA = person("Bea")
ADA_I = person("Layla I")


def offered(page: RoomPage) -> Sequence[tk.Misc]:
    return page.conversation.composer.offers.winfo_children()


def offered_words(page: RoomPage) -> list[str]:
    return [str(link.cget("text")) for link in offered(page) if isinstance(link, ttk.Label)]


def written(page: RoomPage) -> str:
    return page.conversation.composer.written()


@with_xdotool
@pytest.mark.parametrize("role", ["client", "server"])
def test_a_whisper_that_is_typed_goes_to_one_alone(keyboard: Keyboard, role: str) -> None:
    page: RoomPage = keyboard.show_client(BEN) if role == "client" else keyboard.show_server(BEN)
    composer = page.conversation.composer
    assert not composer.field.instate(["alternate"])
    keyboard.type(page, "/whisper ")
    keyboard.until(lambda: composer.field.instate(["alternate"]))
    assert str(composer.button["text"]) == "Whisper"
    assert str(composer.to_button["text"]) == "Whom?"
    keyboard.type(page, "Ben psst")
    keyboard.until(lambda: "Sealed for “Ben”." in under_field(page))
    assert str(composer.to_button["text"]) == "Ben"
    keyboard.press("Return")
    keyboard.until(lambda: keyboard.diary.commands != [])
    assert keyboard.diary.commands == [Whisper(1, BEN.id, "psst")]
    keyboard.until(lambda: not composer.field.instate(["alternate"]))
    assert str(composer.button["text"]) == "Send"
    assert written(page) == ""


@with_xdotool
@pytest.mark.parametrize("role", ["client", "server"])
def test_an_unknown_command_is_never_sent_but_asked_about(keyboard: Keyboard, role: str) -> None:
    page: RoomPage = keyboard.show_client(BEN) if role == "client" else keyboard.show_server(BEN)
    keyboard.type(page, "/wisper Ben psst")
    keyboard.press("Return")
    keyboard.until(lambda: "There is no command /wisper" in under_field(page))
    assert keyboard.diary.commands == []
    assert written(page) == "/wisper Ben psst"
    assert offered_words(page) == ["/whisper", "Say it as it stands"]
    offered(page)[0].event_generate("<Button-1>")
    keyboard.until(lambda: written(page) == "/whisper Ben psst")
    assert offered_words(page) == []
    keyboard.press("Return")
    keyboard.until(lambda: keyboard.diary.commands != [])
    assert keyboard.diary.commands == [Whisper(1, BEN.id, "psst")]


@with_xdotool
def test_it_can_be_said_as_it_stands(keyboard: Keyboard) -> None:
    page = keyboard.show_client(BEN)
    keyboard.type(page, "/usr is a folder")
    keyboard.press("Return")
    keyboard.until(lambda: len(offered(page)) > 0)
    keyboard.press("Tab", "Tab", "Return")  # past the button
    keyboard.until(lambda: keyboard.diary.commands != [])
    keyboard.type(page, "//usr is one, too")
    keyboard.press("Return")
    keyboard.until(lambda: len(keyboard.diary.commands) == 2)
    assert keyboard.diary.commands == [Say(1, "/usr is a folder"), Say(2, "/usr is one, too")]


@with_xdotool
def test_what_others_are_called_does_not_choose_who_gets_it(keyboard: Keyboard) -> None:
    page = keyboard.show_client(BEN, LAYLA, ADA_I)
    keyboard.type(page, "/whisper Layla I think so")
    keyboard.press("Return")
    keyboard.until(lambda: "begins with the names of" in under_field(page))
    assert keyboard.diary.commands == []
    assert offered_words(page) == ['/whisper "Layla"', '/whisper "Layla I"']
    offered(page)[0].event_generate("<Button-1>")
    keyboard.until(lambda: written(page) == '/whisper "Layla" I think so')
    keyboard.press("Return")
    keyboard.until(lambda: keyboard.diary.commands != [])
    assert keyboard.diary.commands == [Whisper(1, LAYLA.id, "I think so")]


@with_xdotool
def test_a_line_for_one_who_has_just_left_reaches_nobody_else(keyboard: Keyboard) -> None:
    page = keyboard.show_client(BEN, LAYLA, ADA_I)
    page.take([MemberLeft(ADA_I, "left")])
    keyboard.type(page, "/whisper Layla I think so")
    keyboard.press("Return")
    keyboard.until(lambda: "who is not here now" in under_field(page))
    assert keyboard.diary.commands == []
    assert "Say it as it stands" not in offered_words(page), "it was for one member alone"


@with_xdotool
def test_tab_completes_commands_and_names_and_else_goes_on(keyboard: Keyboard) -> None:
    page = keyboard.show_client(BEN, BEA, LAYLA)
    keyboard.type(page, "/whi")
    keyboard.until(lambda: "Tab completes" in under_field(page))
    keyboard.press("Tab")
    keyboard.until(lambda: written(page) == "/whisper ")
    keyboard.type(page, "b")
    keyboard.press("Tab")
    keyboard.until(lambda: written(page) == "/whisper Be")
    keyboard.press("Tab")
    keyboard.until(lambda: written(page) == "/whisper Bea ")
    keyboard.press("Tab")
    keyboard.until(lambda: written(page) == "/whisper Ben ")
    keyboard.type(page, "hello")
    keyboard.press("Tab")
    text = page.conversation.composer.text
    keyboard.until(lambda: text.focus_get() is not text)
    assert written(page) == "/whisper Ben hello"


@with_xdotool
def test_the_hosts_commands(keyboard: Keyboard) -> None:
    page = keyboard.show_server(BEN, LAYLA)
    for line in ("/kick Ben spam", "/ban Layla", "/mute Ben", "/unmute Ben"):
        keyboard.type(page, line)
        keyboard.press("Return")
        keyboard.until(lambda: written(page) == "")
    assert keyboard.diary.commands == [
        Kick(BEN.id, "spam"), Ban(LAYLA.id, "", False), Mute(BEN.id, True), Mute(BEN.id, False)]
    assert any("You muted “Ben”. “Ben” can still read." in line for line in lines(page))


@with_xdotool
def test_the_rooms_rules_by_typed_lines(keyboard: Keyboard) -> None:
    """All that the rules' panel can do."""
    page = keyboard.show_server(BEN)
    page.take([Banned((LAYLA,)), Answering(True, 5050)])
    for line in ("/readonly on", "/slow 30", "/closed on", "/hidden on", "/unban Layla", "/free Tom",
                 "/rules"):
        keyboard.type(page, line)
        keyboard.press("Return")
        keyboard.until(lambda: written(page) == "")
    assert keyboard.diary.commands == [
        SetRoom(read_only=True), SetRoom(slow_s=30), SetRoom(known_only=True), SetAnswering(False),
        Unban(LAYLA.id), ReleaseName("Tom")]
    shown = lines(page)
    for sentence in ("Everyone can write.", "Slow mode is off.", "New members can come in.",
                     f"Banned: “{LAYLA.name}”.", "Nobody is muted.", "Who looks for rooms finds this one"):
        assert any(sentence in line for line in shown), sentence
    keyboard.type(page, "/unban l")
    keyboard.press("Tab")
    keyboard.until(lambda: written(page) == "/unban Layla ")


@with_xdotool
def test_a_members_key_by_a_typed_line(keyboard: Keyboard) -> None:
    """One's own, too: it is what the other compares it with."""
    page = keyboard.show_client(BEN)
    for line, title in (("/key Ben", "The key of “Ben”"), (f"/key {ADA.name}", "Your key")):
        keyboard.type(page, line)
        keyboard.press("Return")
        keyboard.until(lambda title=title: title in words(page))  # type: ignore[misc]
        keyboard.press("Escape")
        keyboard.until(lambda title=title: title not in words(page))  # type: ignore[misc]
    keyboard.type(page, "/compared Ben")
    keyboard.press("Return")
    keyboard.until(lambda: keyboard.diary.commands != [])
    assert keyboard.diary.commands == [MarkCompared(BEN.id, True)]


@with_xdotool
def test_a_file_on_its_way_is_given_up_by_a_typed_line(keyboard: Keyboard) -> None:
    page = keyboard.show_client(BEN)
    file_id = "abcdef01" * 4
    page.take([FileProgress(file_id, "plan.pdf", True, 1, 5, 0.0, None, TransferState.RUNNING)])
    for line in ("/cancel 99", "/cancel abc"):
        keyboard.type(page, line)
        keyboard.press("Return")
        keyboard.until(lambda: written(page) == "")
    assert keyboard.diary.commands == [CancelFile(file_id)]
    assert any(NOT_ON_ITS_WAY in line for line in lines(page))


@with_xdotool
def test_a_member_is_told_that_a_command_is_the_hosts(keyboard: Keyboard) -> None:
    page = keyboard.show_client(BEN)
    keyboard.type(page, "/kick Ben")
    keyboard.press("Return")
    keyboard.until(lambda: "for the host alone" in under_field(page))
    assert keyboard.diary.commands == []


@with_xdotool
def test_help_who_and_quit(keyboard: Keyboard) -> None:
    page = keyboard.show_client(BEN)
    for line in ("/help", "/who", "/quit"):
        keyboard.type(page, line)
        keyboard.press("Return")
        keyboard.until(lambda: written(page) == "")
    shown = lines(page)
    assert all(any(line in one for one in shown) for line in help_lines(host=False))
    assert any("2 in the room: “Ada”, “Ben”" in line for line in shown)
    assert keyboard.diary.left == 1
    assert keyboard.diary.commands == []


@with_xdotool
def test_nobody_whispers_to_themselves_by_a_line_either(keyboard: Keyboard) -> None:
    page = keyboard.show_client(BEN)
    keyboard.type(page, f"/whisper {ADA.name} hello")
    keyboard.press("Return")
    keyboard.until(lambda: "This is you" in under_field(page))
    assert keyboard.diary.commands == []


def test_the_line_of_help() -> None:
    names = ["Ben", "Layla"]
    assert hint("hello", names, False) == ""
    assert hint("/", names, False).startswith("/whisper   /who   /file   /get   /files   /help")
    assert "/kick" not in hint("/", names, False)
    assert "/kick" in hint("/", names, True)
    assert hint("/whisper ", names, False).startswith("/whisper NAME text: ")
    assert hint("/whisper ", names, False).endswith("Tab completes")
    assert not hint("/whisper Ben hi", names, False).endswith("Tab completes")
    assert hint("/zzz", names, False).startswith("There is no such command")
    assert hint("//zzz", names, False).startswith("The second /")


@pytest.mark.parametrize(("line", "fault", "instead", "mended"), [
    ("/wisper Ben  hi", Fault.UNKNOWN_COMMAND, "/whisper ", "/whisper Ben  hi"),
    ("/whisper Bne hi there", Fault.NO_SUCH_MEMBER, "/whisper Ben ", "/whisper Ben hi there"),
    ('/whisper "Bne" hi', Fault.NO_SUCH_MEMBER, "/whisper Ben ", "/whisper Ben hi"),
    ("/whisper Layla I think", Fault.AMBIGUOUS_MEMBER, '/whisper "Layla I" ', '/whisper "Layla I" think'),
    ("/mute Ben now", Fault.TOO_MUCH, "/mute Ben", "/mute Ben"),
])
def test_nothing_written_is_lost_on_an_offer(line: str, fault: Fault, instead: str, mended: str) -> None:
    assert taken_up(line, fault, instead) == mended


@pytest.mark.parametrize("text", ["hello", "/usr", "//x", "  /usr", "／who", "a /who"])
def test_a_refused_text_comes_back_as_a_line_that_says_it_again(text: str) -> None:
    said = read_line(literally(text), {}, host=True)
    assert said is not None
    assert not hasattr(said, "word")
    assert getattr(said, "text", "") == text.lstrip() if text.lstrip()[0] in "/／" else text


def test_only_the_indentation_of_the_first_line_stays() -> None:
    assert trimmed("\n  \n    def f():\n        pass\n \n") == "    def f():\n        pass"
    assert common_beginning(["/whisper Bea ", "/whisper Ben "]) == "/whisper Be"
    assert common_beginning([]) == ""
