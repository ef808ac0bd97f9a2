"""Web addresses in a message: where they stand, and what a browser is to be given for each. Pure.

Only http and https, only with a host that is one, never with a name or password before it (what stands there
is often meant to be taken for the host). A host with letters beyond ASCII is given to the browser in
punycode (RFC 3492), and shown so: letters that look alike do not look alike there. Nothing is fetched.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Final, NamedTuple
from urllib.parse import quote

MAX_LINK_CHARS: Final = 2_000
MAX_LINKS: Final = 8
"""In one line: Tk is quadratic in the tag changes of a line."""
_FOUND: Final = re.compile(r"(?<![^\s(\[{<\"'“„«:])https?://[^\s<>\"“”„«»`|^{}]+", re.IGNORECASE)
_PARTS: Final = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.IGNORECASE | re.DOTALL)
_BEHIND: Final = ".,;:!?'’…"
_PAIRS: Final = {")": "(", "]": "["}
# What may stand in an address as it is (RFC 3986); all else goes in percent signs.
_AS_IT_IS: Final = "%/:=&~+!$,;@()*[]-._'"
_PORT: Final = re.compile(r"(:[0-9]{1,5})?", re.ASCII)
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)


class Link(NamedTuple):
    """start and end in the line; `target` (ASCII) is opened; `spelled`: the host, where that hides it."""

    start: int
    end: int
    target: str
    spelled: str = ""


def links_in(line: str) -> list[Link]:
    """The links of a line, MAX_LINKS at most."""
    found: list[Link] = []
    if "://" not in line:
        return found
    for match in _FOUND.finditer(line):
        text = _without_what_follows(match[0])
        made = _target(text)
        if made is not None:
            found.append(Link(match.start(), match.start() + len(text), *made))
            if len(found) == MAX_LINKS:
                break
    return found


def link_of(text: str) -> Link | None:
    """The link that `text` is from its first to its last character, or None."""
    found = links_in(text)
    return found[0] if len(found) == 1 and (found[0].start, found[0].end) == (0, len(text)) else None


def _without_what_follows(text: str) -> str:
    """Without the punctuation of the sentence that the link stands in."""
    while text:
        last = text[-1]
        unpaired = last in _PAIRS and text.count(last) > text.count(_PAIRS[last])
        if last not in _BEHIND and not unpaired:
            break
        text = text[:-1]
    return text


def _target(text: str) -> tuple[str, str] | None:
    parts = _PARTS.fullmatch(text)
    if parts is None or len(text) > MAX_LINK_CHARS:
        return None
    scheme, place, path, query, fragment = (part or "" for part in parts.groups())
    host, port = _split(place)
    ascii_host = _host(host)
    if ascii_host is None or not _PORT.fullmatch(port) or int(port[1:] or 1) > 65_535:
        return None
    # In the query and the fragment their own signs may stand once more.
    rest = quote(path, safe=_AS_IT_IS) + quote(query, safe=_AS_IT_IS + "?")
    rest += quote(fragment, safe=_AS_IT_IS + "?#")
    return f"{scheme.lower()}://{ascii_host}{port}{rest}", "" if host.isascii() else host


def _split(place: str) -> tuple[str, str]:
    """Host and port (with its colon). What is not both comes out as a host that is none."""
    if place.startswith("["):
        end = place.find("]") + 1
        return place[:end], place[end:]
    host, colon, port = place.partition(":")
    return host, colon + port


def _host(host: str) -> str | None:
    """The host in ASCII; None if it is none."""
    if host.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1])}]"
        except ValueError:
            return None
    labels = [_label(label) for label in host.lower().rstrip(".").split(".")]
    good = [label for label in labels if label is not None]
    whole = ".".join(good)
    return whole if len(good) == len(labels) and len(whole) <= 253 else None


def _label(label: str) -> str | None:
    if not label.isascii():
        # What a browser would first turn into something else is not what one reads.
        plain = unicodedata.normalize("NFKC", label) == label
        if not plain or any(unicodedata.category(char)[0] not in "LMN" and char != "-" for char in label):
            return None
        label = f"xn--{label.encode('punycode').decode('ascii')}"
    return label if _LABEL.fullmatch(label) else None
