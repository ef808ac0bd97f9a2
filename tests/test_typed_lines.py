"""Typed lines: commands are never said, and whom a line addresses is not for others to choose."""

from __future__ import annotations

import base64
from urllib.request import url2pathname

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netcore import limits
from netcore.errors import BadName
from netcore.slash_commands import Word, help_lines
from netcore.typed_lines import (
    Fault,
    Misunderstood,
    Order,
    Say,
    Typed,
    complete,
    is_whisper,
    read_line,
)
from netcore.wire.names import clean_name, fold_name

ADA, ADA_I, BEN, OBRIEN = b"a" * 32, b"i" * 32, b"b" * 32, b"o" * 32
PRESENT = {ADA: "Ada", ADA_I: "Ada I", BEN: "Ben", OBRIEN: "O\u2019Brien"}


def read(line: str, *, host: bool = False) -> Typed | None:
    return read_line(line, PRESENT, host=host)


def fault(line: str, *, host: bool = False) -> Fault:
    found = read(line, host=host)
    assert isinstance(found, Misunderstood), found
    assert "Nothing was sent" in found.sentence
    return found.fault


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("hello", Say("hello")),
        ("  two spaces ", Say("  two spaces ")),
        ("a /whisper Ben x", Say("a /whisper Ben x")),
        ("//whisper Ben", Say("/whisper Ben")),
        ("//", Say("/")),
        ("    // a comment", Say("    // a comment")),
        ("", None),
        (" \n\u200b", None),
        ("/whisper Ben psst", Order(Word.WHISPER, BEN, "psst")),
        ("/w ben psst", Order(Word.WHISPER, BEN, "psst")),
        ("/msg Ben a\nb", Order(Word.WHISPER, BEN, "a\nb")),
        ("/Whisper BEN  psst ", Order(Word.WHISPER, BEN, "psst ")),
        (" /whisper Ben psst", Order(Word.WHISPER, BEN, "psst")),
        ("\u200b/whisper Ben psst", Order(Word.WHISPER, BEN, "psst")),
        ("\uff0fwhisper\u3000Ben\u3000psst", Order(Word.WHISPER, BEN, "psst")),
        ("/whisper Ada hello", Order(Word.WHISPER, ADA, "hello")),
        ('/whisper "Ada I" think', Order(Word.WHISPER, ADA_I, "think")),
        ('/whisper "ada" I think', Order(Word.WHISPER, ADA, "I think")),
        ("/whisper \u201eAda I\u201c think", Order(Word.WHISPER, ADA_I, "think")),
        ("/whisper \u00abAda I\u00bbthink", Order(Word.WHISPER, ADA_I, "think")),
        ("/whisper O'Brien hi", Order(Word.WHISPER, OBRIEN, "hi")),
        ("/who", Order(Word.WHO)),
        ("/quit ", Order(Word.QUIT)),
        ("/help", Order(Word.HELP)),
    ],
)
def test_what_a_line_asks_for(line: str, typed: Typed | None) -> None:
    assert read(line) == typed


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("/kick Ben", Order(Word.KICK, BEN)),
        ("/kick Ben too loud", Order(Word.KICK, BEN, "too loud")),
        ('/ban "Ada" I mean it', Order(Word.BAN, ADA, "I mean it")),
        ("/mute Ben", Order(Word.MUTE, BEN)),
        ("/unmute Ben ", Order(Word.UNMUTE, BEN)),
        ("/reach network", Order(Word.REACH, text="network")),
        ("/reach  Computer ", Order(Word.REACH, text="computer")),
        ("/banaddress Ben spam", Order(Word.BAN_ADDRESS, BEN, "spam")),
        ("/readonly on", Order(Word.READ_ONLY, text="on")),
        ("/readonly OFF ", Order(Word.READ_ONLY, text="off")),
        ("/closed on", Order(Word.CLOSED, text="on")),
        ("/hidden off", Order(Word.HIDDEN, text="off")),
        ("/slow 30", Order(Word.SLOW, text="30")),
        ("/slow off", Order(Word.SLOW, text="0")),
        ("/slow 0", Order(Word.SLOW, text="0")),
        (f"/slow {limits.MAX_SLOW_S}", Order(Word.SLOW, text=str(limits.MAX_SLOW_S))),
        ("/free Tom ", Order(Word.FREE, text="Tom")),
        ('/free "Ada Lee"', Order(Word.FREE, text="Ada Lee")),
    ],
)
def test_what_the_host_alone_may_ask_for(line: str, order: Order) -> None:
    assert read(line, host=True) == order
    assert fault(line) is Fault.HOST_ONLY


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("/whsper Ben psst", Fault.UNKNOWN_COMMAND),
        ("/whisperBen psst", Fault.UNKNOWN_COMMAND),
        ("/", Fault.UNKNOWN_COMMAND),
        ("/ Ben psst", Fault.UNKNOWN_COMMAND),
        ("/home/ben/file", Fault.UNKNOWN_COMMAND),
        ("/whisper Bne psst", Fault.NO_SUCH_MEMBER),
        ('/whisper "Be" psst', Fault.NO_SUCH_MEMBER),
        ('/whisper "" psst', Fault.NO_SUCH_MEMBER),
        ("/whisper @Ben psst", Fault.NO_SUCH_MEMBER),
        ("/whisper Ada I think", Fault.AMBIGUOUS_MEMBER),
        ("/whisper Ben", Fault.MISSING),
        ("/whisper", Fault.MISSING),
        ("/whisper Ben \u200b ", Fault.MISSING),
        ('/whisper "Ben psst', Fault.MISSING),
        ("/who is coming?", Fault.TOO_MUCH),
        ("/quit smoking", Fault.TOO_MUCH),
    ],
)
def test_what_is_not_understood_is_not_sent(line: str, what: Fault) -> None:
    assert fault(line) is what


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("/readonly", Fault.MISSING),
        ("/readonly yes", Fault.MISSING),
        ("/slow", Fault.MISSING),
        ("/slow fast", Fault.MISSING),
        ("/slow -1", Fault.MISSING),
        ("/slow 1.5", Fault.MISSING),
        ("/slow \u0663", Fault.MISSING),
        (f"/slow {limits.MAX_SLOW_S + 1}", Fault.MISSING),
        ("/slow " + "9" * 5_000, Fault.MISSING),
        ("/free", Fault.MISSING),
        ("/free everyone", Fault.BAD_NAME),
        ("/unban", Fault.MISSING),
        ("/unban Ben", Fault.NO_SUCH_MEMBER),
        ("/cancel", Fault.MISSING),
        ("/cancel 3fa4 /tmp", Fault.TOO_MUCH),
        ("/compared Ben yes", Fault.TOO_MUCH),
        ("/rules please", Fault.TOO_MUCH),
    ],
)
def test_what_of_it_is_not_understood(line: str, what: Fault) -> None:
    assert fault(line, host=True) is what


def test_a_ban_is_lifted_from_one_who_is_banned() -> None:
    """Whoever is here under the same name is somebody else."""
    banned = {b"e" * 32: "Eve", b"z" * 32: "Ben"}

    def order(line: str) -> Typed | None:
        return read_line(line, PRESENT, host=True, banned=banned, gone=("Eve",))

    assert order("/unban eve") == Order(Word.UNBAN, b"e" * 32)
    assert order("/unban Ben") == Order(Word.UNBAN, b"z" * 32)
    found = order("/unban Ada")
    assert isinstance(found, Misunderstood) and "\u201cAda\u201d is banned" in found.sentence
    assert complete("/unban ", list(PRESENT.values()), host=True, banned=[*banned.values(), ""]) == [
        "/unban Ben ", "/unban Eve ",
    ]  # fmt: skip
    # A freed name can be banned twice; then the key decides.
    found = read_line("/unban Eve", PRESENT, host=True, banned={b"e" * 32: "Eve", b"f" * 32: "Eve"})
    assert isinstance(found, Misunderstood) and found.fault is Fault.AMBIGUOUS_MEMBER
    assert [read_line(line, {}, host=True) for line in found.instead] == [
        Order(Word.UNBAN, b"e" * 32), Order(Word.UNBAN, b"f" * 32),
    ]  # fmt: skip


def test_choices_are_completed() -> None:
    assert complete("/readonly o", (), host=True) == ["/readonly on", "/readonly off"]
    assert complete("/slow ", (), host=True) == ["/slow off", "/slow 10", "/slow 30", "/slow 60", "/slow 300"]
    assert complete("/slow 3", (), host=True) == ["/slow 30", "/slow 300"]
    assert complete("/readonly ", (), host=False) == []
    assert complete("/key b", list(PRESENT.values()), host=False) == ["/key Ben "]


@pytest.mark.parametrize("line", ["/reach", "/reach everyone", "/reach network 1"])
def test_a_reach_is_one_of_two(line: str) -> None:
    assert fault(line, host=True) is Fault.MISSING
    found = read(line, host=True)
    assert isinstance(found, Misunderstood) and found.instead == ("/reach network", "/reach computer")
    assert complete("/reach ", (), host=True) == list(found.instead)
    assert complete("/reach N", (), host=True) == ["/reach network"]
    assert complete("/reach ", (), host=False) == []


def test_a_mute_takes_no_reason() -> None:
    """Or "/mute Ben I" could be meant for two members."""
    assert fault("/mute Ben for now", host=True) is Fault.TOO_MUCH
    assert fault("/kick Ada I", host=True) is Fault.AMBIGUOUS_MEMBER


def test_the_sentences_help() -> None:
    found = read("/whsper Ben psst")
    assert isinstance(found, Misunderstood)
    assert "Did you mean /whisper?" in found.sentence and found.instead == ("/whisper ",)
    found = read("/whisper Ada I think")
    assert isinstance(found, Misunderstood)
    assert "\u201cAda\u201d and \u201cAda I\u201d" in found.sentence
    assert found.instead == ('/whisper "Ada" ', '/whisper "Ada I" ')
    found = read("/whisper Bem psst")
    assert isinstance(found, Misunderstood) and found.instead == ("/whisper Ben ",)
    found = read("/quit smoking")
    assert isinstance(found, Misunderstood)
    assert found.instead == ("/quit", "//quit smoking")


def test_a_script_names_a_member_by_id() -> None:
    spelled = "SHA256:" + base64.b64encode(BEN).decode().rstrip("=")
    assert read(f"/whisper @{spelled} psst") == Order(Word.WHISPER, BEN, "psst")
    absent = base64.b64encode(b"z" * 32).decode().rstrip("=")
    assert read(f"/whisper @SHA256:{absent} psst") == Order(Word.WHISPER, b"z" * 32, "psst")
    for broken in ("", "AAAA", absent[:-1], absent[:-1] + "p", absent + "A"):
        assert fault(f"/whisper @SHA256:{broken} psst") is Fault.NO_SUCH_MEMBER


def test_one_name_listed_twice_is_nobody() -> None:
    """Only a hostile server does that; then the key decides."""
    found = read_line('/whisper "Ben" psst', {BEN: "Ben", ADA: "Ben"}, host=False)
    assert isinstance(found, Misunderstood) and found.fault is Fault.AMBIGUOUS_MEMBER
    again = [read_line(line + "psst", {BEN: "Ben", ADA: "Ben"}, host=False) for line in found.instead]
    assert again == [Order(Word.WHISPER, BEN, "psst"), Order(Word.WHISPER, ADA, "psst")]


def test_a_line_for_one_who_left_reaches_nobody_else() -> None:
    """Ada leaves while "/whisper Ada I think" is being written, and "Ada I" is here."""
    for present, gone in (({ADA_I: "Ada I"}, ["Ada"]), ({ADA: "Ada"}, ["ADA I"])):
        found = read_line("/whisper Ada I think", present, host=False, gone=gone)
        assert isinstance(found, Misunderstood) and found.fault is Fault.AMBIGUOUS_MEMBER
        assert gone[0] in found.sentence
    back = read_line("/whisper Ada think", {ADA: "Ada"}, host=False, gone=["ada"])
    assert back == Order(Word.WHISPER, ADA, "think")


NAMES = st.one_of(
    st.lists(st.sampled_from(["Ada", "I", "Ben", "O'N", "2"]), min_size=1, max_size=4).map(" ".join),
    st.text(alphabet="aAbB \u00df\u0130'\u2019.-", min_size=1, max_size=8),
    st.text(min_size=1, max_size=8),
)


@st.composite
def rooms(draw: st.DrawFn) -> dict[bytes, str]:
    """Members whose names are clean, and unique as the room keeps them."""
    present: dict[bytes, str] = {}
    taken: set[str] = set()
    for wanted in draw(st.lists(NAMES, min_size=1, max_size=8)):
        try:
            name = clean_name(wanted)
        except BadName:
            continue
        if fold_name(name) not in taken:
            taken.add(fold_name(name))
            present[bytes([len(present)]) * 32] = name
    assume(present)
    return present


CHARS = st.one_of(st.characters(), st.sampled_from('aI "/@'))
TEXTS = st.text(alphabet=CHARS, min_size=1, max_size=20).filter(
    lambda text: any("!" <= char <= "~" for char in text)
)


@given(rooms(), TEXTS, st.data(), st.lists(NAMES))
def test_a_name_in_quotes_is_that_member(
    present: dict[bytes, str], text: str, data: st.DataObject, gone: list[str]
) -> None:
    """Whatever the others are called, who is here or was, and whatever the text is."""
    target = data.draw(st.sampled_from(sorted(present)))
    order = read_line(f'/whisper "{present[target]}" {text}', present, host=False, gone=gone)
    assert order == Order(Word.WHISPER, target, text.lstrip())
    alone = read_line(f'/whisper "{present[target]}" {text}', {target: present[target]}, host=False)
    assert alone == order


@given(rooms(), TEXTS, st.data())
def test_without_quotes_it_is_the_only_one_that_fits_or_nobody(
    present: dict[bytes, str], text: str, data: st.DataObject
) -> None:
    target = data.draw(st.sampled_from(sorted(present)))
    found = read_line(f"/whisper {present[target]} {text}", present, host=False)
    if isinstance(found, Order):
        assert found == Order(Word.WHISPER, target, text.lstrip())
        return
    assert isinstance(found, Misunderstood)
    if found.fault is Fault.AMBIGUOUS_MEMBER:
        again = [read_line(line + text, present, host=False) for line in found.instead]
        assert Order(Word.WHISPER, target, text.lstrip()) in again
        assert all(isinstance(one, Order) for one in again)


@given(
    st.text(alphabet=st.one_of(st.characters(), st.sampled_from(' "/@\u200bAda')), max_size=40),
    st.booleans(),
)
def test_what_begins_with_a_slash_is_never_said(line: str, host: bool) -> None:
    found = read_line("/" + line, PRESENT, host=host)
    if line[:1] not in ("/", "\uff0f"):
        assert isinstance(found, Order | Misunderstood)
    else:
        assert found == Say(line)
    complete("/" + line, list(PRESENT.values()), host=host)
    is_whisper("/" + line)


@given(rooms(), TEXTS, st.data())
def test_a_completed_name_stays_whom_it_is(present: dict[bytes, str], text: str, data: st.DataObject) -> None:
    target = data.draw(st.sampled_from(sorted(present)))
    name = present[target]
    begun = name[: data.draw(st.integers(0, len(name)))]
    opened = data.draw(st.sampled_from(["", '"']))
    lines = complete(f"/whisper {opened}{begun}", list(present.values()), host=False)
    found = [read_line(line + text, present, host=False) for line in lines]
    assert all(isinstance(one, Order) for one in found)
    if fold_name(name).startswith(fold_name(begun)):
        assert Order(Word.WHISPER, target, text.lstrip()) in found


@pytest.mark.parametrize(
    ("line", "host", "lines"),
    [
        ("/w", False, ["/whisper ", "/who"]),
        ("/k", False, ["/key "]),
        ("/k", True, ["/kick ", "/key "]),
        ("/WH", False, ["/whisper ", "/who"]),
        ("/whisper a", False, ['/whisper "Ada" ', '/whisper "Ada I" ']),
        ("/whisper b", False, ["/whisper Ben "]),
        ("/w b", False, ["/whisper Ben "]),
        ('/whisper "ada i', False, ['/whisper "Ada I" ']),
        ('/whisper "Ada" b', False, []),
        ("/kick b", True, ["/kick Ben "]),
        ("/kick b", False, []),
        ("/who b", False, []),
        ("//w", False, []),
        ("hello", False, []),
        ("", False, []),
    ],
)
def test_what_tab_makes_of_it(line: str, host: bool, lines: list[str]) -> None:
    assert complete(line, list(PRESENT.values()), host=host) == lines


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("/whisper ", True), ("/w x", True), (" /msg Ben", True), ("/whisper Ben psst", True),
        ("/whisper", False), ("//whisper Ben", False), ("whisper Ben", False), ("/who", False), ("", False),
    ],
)  # fmt: skip
def test_a_whisper_is_known_while_it_is_written(line: str, is_one: bool) -> None:
    assert is_whisper(line) is is_one


def test_each_command_has_its_line_of_help() -> None:
    lines = help_lines(host=True)
    assert [line.split()[0].rstrip(":") for line in lines] == [*(f"/{word}" for word in Word), "//text"]
    assert "/whisper NAME text: say it to one member alone" in lines
    assert not any("kick" in line for line in help_lines(host=False))


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("/file plan.pdf", Order(Word.FILE, None, "plan.pdf")),
        ("/file  /home/me/my plan.pdf ", Order(Word.FILE, None, "/home/me/my plan.pdf")),
        ("/file C:\\Users\\me\\plan.pdf", Order(Word.FILE, None, "C:\\Users\\me\\plan.pdf")),
        ("/file plan.pdf to Ben", Order(Word.FILE, BEN, "plan.pdf")),
        ("/file file:///me/my%20plan.pdf", Order(Word.FILE, None, url2pathname("/me/my%20plan.pdf"))),
        ("/file FILE://localhost/a to Ben", Order(Word.FILE, BEN, url2pathname("/a"))),
        ('/file "file:///a" to Ben', Order(Word.FILE, BEN, url2pathname("/a"))),
        ('/file " plan "', Order(Word.FILE, None, " plan ")),
        ('/file " plan " to Ben', Order(Word.FILE, BEN, " plan ")),
        ("/file file://other/a", Order(Word.FILE, None, "file://other/a")),
        ("/file file://[other/a", Order(Word.FILE, None, "file://[other/a")),
        ('/file plan.pdf to "Ada I"', Order(Word.FILE, ADA_I, "plan.pdf")),
        ('/file "letter to Ben" to Ada', Order(Word.FILE, ADA, "letter to Ben")),
        ('/file "letter to Ben"', Order(Word.FILE, None, "letter to Ben")),
        ("/file letter to Ben to Ada", Order(Word.FILE, ADA, "letter to Ben")),
        ("/file \u201cmy plan\u201d to Ben", Order(Word.FILE, BEN, "my plan")),
        ("/get 3fa4", Order(Word.GET, None, "3fa4")),
        ("/get 3fa4 /tmp/in here", Order(Word.GET, None, "3fa4", "/tmp/in here")),
        ('/get 3fa4 "/tmp/in here"', Order(Word.GET, None, "3fa4", "/tmp/in here")),
        ("/get 3fa4 file:///tmp/in%20here", Order(Word.GET, None, "3fa4", url2pathname("/tmp/in%20here"))),
        ("/files", Order(Word.FILES)),
        ("/drop 3fa4", Order(Word.DROP, None, "3fa4")),
        ("/cancel 3fa4", Order(Word.CANCEL, None, "3fa4")),
        ("/key Ben", Order(Word.KEY, BEN)),
        ("/compared ben", Order(Word.COMPARED, BEN)),
        ("/rules", Order(Word.RULES)),
    ],
)
def test_files(line: str, order: Order) -> None:
    assert read(line) == order


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/file", Fault.MISSING),
        ("/file ", Fault.MISSING),
        ('/file "plan.pdf', Fault.MISSING),
        ('/file "plan.pdf" Ben', Fault.TOO_MUCH),
        ('/file "plan.pdf" to', Fault.TOO_MUCH),
        # What was meant for one member never goes to all.
        ("/file plan.pdf to Bne", Fault.NO_SUCH_MEMBER),
        ("/file plan.pdf to Ada I", Fault.AMBIGUOUS_MEMBER),
        ("/file letter to nobody here", Fault.NO_SUCH_MEMBER),
        ("/file plan.pdf to Ben now", Fault.TOO_MUCH),
        ("/get", Fault.MISSING),
        ("/drop", Fault.MISSING),
        ("/drop 3fa4 now", Fault.TOO_MUCH),
        ("/files of Ben", Fault.TOO_MUCH),
    ],
)
def test_a_file_goes_to_nobody_in_doubt(line: str, why: Fault) -> None:
    assert fault(line) is why


@given(st.text(max_size=40))
def test_a_file_for_one_is_for_that_one_or_none(name: str) -> None:
    """Whatever stands behind ` to `: never to everyone."""
    assume(" to " not in f" to {name}"[3:])
    typed = read(f"/file plan.pdf to {name}")
    if isinstance(typed, Order) and typed.member_id is None:
        assert not name.strip() or typed.text != "plan.pdf"
