"""The one markup of messages: `code` between backticks, and fenced blocks between lines of three."""

from typing import Final, NamedTuple

from gui.text.cost import whole_cut

# Tk is quadratic in the tag changes of a line, so a line of many small pieces stays plain from here on.
MAX_PIECES: Final = 24


class Piece(NamedTuple):
    """A run of text in one style."""

    text: str
    code: bool


def pieces_of_lines(text: str) -> list[list[Piece]]:
    """The lines of a message as runs of plain and code text, without the backticks that mark them.

    A fence that is never closed, and a backtick without its partner, is plain text.
    """
    lines = text.split("\n")
    result: list[list[Piece]] = []
    index = 0
    while index < len(lines):
        end = _fence_end(lines, index)
        if end:
            body = lines[index + 1:end] or [""]
            result.extend([[Piece(line or " ", True)] for line in body])
            index = end + 1
        else:
            result.append(_inline(lines[index]))
            index += 1
    return result


def _fence_end(lines: list[str], start: int) -> int:
    """The line that closes the fence opened at `start`, or 0."""
    if not lines[start].startswith("```") or "`" in lines[start][3:]:
        return 0
    return next((index for index in range(start + 1, len(lines)) if lines[index].rstrip() == "```"), 0)


def _inline(line: str) -> list[Piece]:
    if "`" not in line:
        return [Piece(line, False)]
    parts = line.split("`")
    if len(parts) % 2 == 0:  # The last backtick has no partner.
        last = parts.pop()
        parts[-1] += "`" + last
    if len(parts) > MAX_PIECES:
        return [Piece(line, False)]
    pieces = []
    for index, part in enumerate(parts):
        if index % 2 and not part:
            pieces.append(Piece("``", False))
        elif part:
            pieces.append(Piece(part, index % 2 == 1))
    return pieces or [Piece("", False)]


def hard_wrapped(line: list[Piece], limit: int) -> list[list[Piece]]:
    """The same runs in lines of at most `limit` characters each; no joined emoji is cut."""
    lines: list[list[Piece]] = [[]]
    room = limit
    for text, code in line:
        while len(text) > room:
            cut = whole_cut(text, room) or (limit if room == limit else 0)
            lines[-1].append(Piece(text[:cut], code))
            lines.append([])
            text, room = text[cut:], limit
        lines[-1].append(Piece(text, code))
        room -= len(text)
    return lines
