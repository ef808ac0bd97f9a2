"""The ten lessons, by number."""

from __future__ import annotations

from typing import Final

from netcore.lab.lessons import (
    a_stream,
    carrying_a_key,
    framing,
    in_the_clear,
    man_in_the_middle,
    one_thread,
    replay,
    the_tag,
    who_hears,
    yesterday,
)
from netcore.lab.lessons.model import Lesson

LESSONS: Final[tuple[Lesson, ...]] = tuple(
    module.LESSON
    for module in (
        a_stream, framing, one_thread, who_hears, in_the_clear, carrying_a_key, the_tag, replay,
        man_in_the_middle, yesterday,
    )
)  # fmt: skip
