"""A line of text cut to the room that there is for it."""

from collections.abc import Callable


def shortened(text: str, measure: Callable[[str], int], room: int) -> str:
    """`text`, with an ellipsis at its end if it measures more than `room` (pixels)."""
    if measure(text) <= room:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if measure(text[:middle].rstrip() + "…") <= room:
            fits = middle
        else:
            too_long = middle
    return text[:max(fits, 1)].rstrip() + "…"
