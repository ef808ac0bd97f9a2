"""Kinds of files, and how long they take, in words; their sizes are in `netcore.wire.lines`."""

from typing import Final

from netcore.wire.lines import size_words

_KINDS: Final = {
    **dict.fromkeys(("PNG", "JPG", "JPEG", "GIF", "WEBP", "SVG"), "picture"),
    **dict.fromkeys(("MP3", "WAV", "OGG", "FLAC"), "sound"),
    **dict.fromkeys(("MP4", "MOV", "MKV", "WEBM"), "film"),
    **dict.fromkeys(("ZIP", "GZ", "7Z", "TAR", "RAR"), "archive"),
    **dict.fromkeys(("EXE", "MSI", "BAT", "CMD", "SH", "APK", "JAR", "PS1", "SCR"), "program"),
    **dict.fromkeys(("TXT", "MD"), "text"),
}


def kind_words(name: str) -> str:
    """What a file of this name says it is, by its ending: "PDF", "program"; "" for one that says nothing."""
    stem, dot, ending = name.rpartition(".")
    if not stem or not dot or not 0 < len(ending) <= 5 or not ending.isalnum():
        return ""
    return _KINDS.get(ending.upper(), ending.upper())


def about_words(name: str, size_bytes: int) -> str:
    """Size and kind of a file."""
    kind = kind_words(name)
    return f"{size_words(size_bytes)}  ·  {kind}" if kind else size_words(size_bytes)


def duration_words(seconds: float) -> str:
    """8 s, 3 min, 2 h: what a person needs to know of a wait."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5_400 else f"{seconds / 3_600:.0f} h"
