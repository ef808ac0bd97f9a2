"""Names that others give their files, made safe for every system (PROTOCOL §14.1). The numbers are those of a
list of inputs that have gone wrong elsewhere."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netcore.wire.file_names import MAX_NAME_BYTES, MAX_NAME_CHARS, clean_file_name, numbered

if sys.version_info >= (3, 13):
    from ntpath import isreserved as is_reserved
else:

    def is_reserved(name: str) -> bool:
        return PureWindowsPath(name).is_reserved()


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        # 76, 77: ways out of the folder
        ("../x", "x"),
        ("/etc/passwd", "passwd"),
        ("a/../../b", "b"),
        ("..\\..\\x", "x"),
        ("C:\\x", "x"),
        ("C:x", "C_x"),
        ("\\\\srv\\share", "share"),
        ("x/", "file"),
        ("a\uff0fb", "b"),
        # joiners that the script needs stay, others hide
        ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627.pdf", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627.pdf"),
        ("\u0915\u094d\u200d\u0937.txt", "\u0915\u094d\u200d\u0937.txt"),
        ("a\u200cb\u200d.txt", "ab.txt"),
        # 78
        ("a\0b.txt", "ab.txt"),
        ("\0", "file"),
        # 79
        ("", "file"),
        (".", "file"),
        ("..", "file"),
        ("   ", "file"),
        ("...", "file"),
        ("name. . .", "name"),
        ("\u3000\u2800\u3164", "file"),
        # 80: devices, and streams of other files
        ("CON", "_CON"),
        ("NUL.txt", "_NUL.txt"),
        ("aux.", "_aux"),
        ("COM1", "_COM1"),
        ("LPT9.log", "_LPT9.log"),
        ("CLOCK$", "_CLOCK$"),
        ("com\u00b9", "_com\u00b9"),
        ("con .tar.gz", "_con .tar.gz"),
        ("console.txt", "console.txt"),
        ("a:stream", "a_stream"),
        ('what? <is> "this"|*.txt', "what_ _is_ _this___.txt"),
        # 82
        ("\u202egpj.exe", "gpj.exe"),
        ("a\nb.txt", "ab.txt"),
        ("\x1b[31mred.txt", "[31mred.txt"),
        ("zero\u200bwidth\ufeff.txt", "zerowidth.txt"),
        # 83
        ("-rf", "rf"),
        ("--version", "version"),
        (".bashrc", "bashrc"),
        ("~root", "root"),
        ("desktop.ini", "desktop.ini_"),
        ("Autorun.INF", "Autorun.INF_"),
        ("game.lnk", "game.lnk_"),
        ("x.url", "x.url_"),
        # what is well stays as it is
        ("Größe von 世界 (2).pdf", "Größe von 世界 (2).pdf"),
        ("archive.tar.gz", "archive.tar.gz"),
        ("holiday-film - take 2.mp4", "holiday-film - take 2.mp4"),
        ("my.library-ms", "my.library-ms_"),
        ("e\u0301.txt", "\u00e9.txt"),
    ],
)
def test_bad_names(name: str, cleaned: str) -> None:
    assert clean_file_name(name) == cleaned


def test_every_other_sign_of_ascii_stays() -> None:
    signs = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in '/\\<>:"|?*')
    assert clean_file_name(f"a{signs}b") == f"a{signs}b"


@pytest.mark.parametrize("name", ["x" * 300 + ".pdf", "世" * 300 + ".pdf", "\U0001f600" * 300 + ".pdf"])
def test_long_names_keep_their_ending(name: str) -> None:
    """81: of 300 characters, or 1,200 bytes."""
    cleaned = clean_file_name(name)
    assert cleaned.endswith(".pdf") and name.startswith(cleaned[:-4])
    assert len(cleaned) <= MAX_NAME_CHARS and len(cleaned.encode()) <= MAX_NAME_BYTES
    assert len(numbered(cleaned, 99).encode()) + len(".part") <= 255


NASTY = st.lists(
    st.sampled_from([*"./\\:-~ \0\n\u202e\u200b\ud800", "..", "CON", "nul", ".txt", ".lnk", "desktop.ini"])
    | st.characters(),
    max_size=30,
).map("".join)


@given(NASTY | st.text(max_size=400))
@example("-" * 200 + ".")
@example("x" * 119 + ". " + "y" * 10)
@example("\u0344")
@example("COM1" + ".M1" * 60)
@example("x" * 300 + ".lnk")
def test_a_cleaned_name_is_one_file_everywhere(name: str) -> None:
    """Whatever comes: one part of a path on each system, of a length that each takes, with nothing unseen."""
    cleaned = clean_file_name(name)
    assert clean_file_name(cleaned) == cleaned
    assert 1 <= len(cleaned) <= MAX_NAME_CHARS and len(cleaned.encode()) <= MAX_NAME_BYTES
    assert PurePosixPath(cleaned).parts == PureWindowsPath(cleaned).parts == (cleaned,)
    assert not PureWindowsPath(cleaned).drive and not is_reserved(cleaned)
    assert cleaned[0] not in ".-~ " and cleaned[-1] not in ". "
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("plan.pdf", 1, "plan.pdf"),
        ("plan.pdf", 2, "plan (2).pdf"),
        ("plan", 3, "plan (3)"),
        ("a.b c", 2, "a.b c (2)"),
        ("x." + "e" * 40, 2, "x." + "e" * 40 + " (2)"),
    ],
)
def test_numbers(name: str, number: int, expected: str) -> None:
    """85: what is there already is never written over."""
    assert numbered(name, number) == expected
