"""What is a link in a message, and what a browser is given for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.text.links import MAX_LINK_CHARS, MAX_LINKS, link_of, links_in


def targets(line: str) -> list[str]:
    found = links_in(line)
    for link in found:
        assert 0 <= link.start < link.end <= len(line)
    return [link.target for link in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("https://example.org", ["https://example.org"]),
        ("see http://example.org/a?b=c#d, please", ["http://example.org/a?b=c#d"]),
        ("HTTPS://EXAMPLE.org/Path", ["https://example.org/Path"]),
        ("(https://example.org/a_(b)).", ["https://example.org/a_(b)"]),
        ("“https://example.org/x”", ["https://example.org/x"]),
        ("https://a.org and https://b.org!", ["https://a.org", "https://b.org"]),
        ("http://192.168.1.20:8000/x", ["http://192.168.1.20:8000/x"]),
        ("http://[::1]:8080/", ["http://[::1]:8080/"]),
        ("https://example.org/für/世界?q=ü#ä", [
            "https://example.org/f%C3%BCr/%E4%B8%96%E7%95%8C?q=%C3%BC#%C3%A4"]),
        ("https://example.org/100%25", ["https://example.org/100%25"]),
        ("http://localhost:5000", ["http://localhost:5000"]),
        ("http://my_pc/", ["http://my_pc/"]),
    ],
)
def test_what_is_a_link(line: str, expected: list[str]) -> None:
    assert targets(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "example.org", "www.example.org", "ftp://example.org", "file:///etc/passwd", "javascript:alert(1)",
        "data:text/html,x", "mailto:a@b.org", "localchat://1.2.3.4:5050/#00", "http:/example.org", "http://",
        "https://?", "https:///path", "xhttp://example.org", "http://-a.org", "http://a..org",
        "https://google.com@evil.org/", "https://user:word@example.org", "https://google.com\\@evil.org",
        "http://example.org:70000", "http://example.org:80a", "http://[::1", "http://[1]",
        "http://" + "a" * 64 + ".org", "http://" + "a." * 130 + "org",
        "https://e.org/" + "a" * MAX_LINK_CHARS,
        "https://ex\u00adample.org", "https://example\u3002org", "https://\uff45xample.org",
        "https://a\u200db.org",
        "https://example\u2044.org", "https://☃.org",
    ],
)  # fmt: skip
def test_what_is_none(line: str) -> None:
    """Other schemes; a name before the host; what a browser would first turn into something else."""
    assert targets(line) == []


@pytest.mark.parametrize(
    ("host", "punycode"),
    [
        ("аррӏе.com", "xn--80ak6aa92e.com"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("straße.de", "xn--strae-oqa.de"),
    ],
)
def test_look_alike_hosts_are_shown_in_punycode(host: str, punycode: str) -> None:
    """A Cyrillic аррӏе is not apple where one sees what is opened."""
    (link,) = links_in(f"https://{host}/login")
    assert link.target == f"https://{punycode}/login" and link.spelled == host


def test_a_line_of_links_has_an_end() -> None:
    assert len(links_in("http://a.org " * 50)) == MAX_LINKS


@given(st.text(max_size=80))
def test_whatever_stands_there(text: str) -> None:
    """What is opened is plain ASCII http(s), holds nothing that a command line or a header could take amiss,
    and is read off the screen again as the same."""
    for line in (text, f"https://example.org/{text}", f"https://{text}", f"http://a.org:{text}"):
        for link in links_in(line):
            assert link.target.isascii() and link.target.isprintable()
            assert link.target.startswith(("http://", "https://"))
            assert not set(link.target) & set(" \"'<>`\\^{}|\n") - {"'"}
            assert "@" not in link.target.split("/")[2]
            again = link_of(line[link.start : link.end])
            assert again is not None and again.target == link.target
            (itself,) = links_in(link.target)
            assert itself.target == link.target
