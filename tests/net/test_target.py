"""Addresses and invites as people type them (PROTOCOL §11.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.errors import BadAddress, BadInvite, BadPort, InputError
from netcore.net.target import Target, format_invite, join_address, parse_target

PRINT = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1", "127.0.0.1", 5050),
        ("127.0.0.1:6000", "127.0.0.1", 6000),
        ("  Pi.local:1 ", "pi.local", 1),
        ("my_host-2:65535", "my_host-2", 65535),
        ("[::1]:5051", "::1", 5051),
        ("[::1]", "::1", 5050),
        ("::1", "::1", 5050),
        ("fe80::1%eth0", "fe80::1%eth0", 5050),
        ("[FE80:0:0::1]:7", "fe80::1", 7),
    ],
)
def test_addresses(text: str, host: str, port: int) -> None:
    """An address is `host[:port]`, or an invite."""
    assert parse_target(text) == Target(host, port)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", BadAddress),
        ("   ", BadAddress),
        ("a b", BadAddress),
        ("host/", BadAddress),
        ("http://host", BadAddress),
        ("-host", BadAddress),
        ("h" * 64, BadAddress),
        (".".join(["h" * 60] * 5), BadAddress),
        ("b\u00fccher", BadAddress),
        ("10.1", BadAddress),
        ("5050", BadAddress),
        ("1.2.3.256", BadAddress),
        ("[::1", BadAddress),
        ("[::1]5050", BadAddress),
        ("[host]:5", BadAddress),
        (":5050", BadAddress),
        ("1::2::3", BadAddress),
        ("host:", BadPort),
        ("host:0", BadPort),
        ("host:65536", BadPort),
        ("host:-1", BadPort),
        ("host:+5", BadPort),
        ("host:5_0", BadPort),
        ("host:\u0661", BadPort),
        ("[::1]:x", BadPort),
        ("localchat://", BadInvite),
        ("localchat://host:5", BadInvite),
        (f"localchat://host:5/#{PRINT[:-1]}", BadInvite),
        (f"localchat://host:5/#{PRINT}0", BadInvite),
        (f"localchat://host:5/#{'g' * 32}", BadInvite),
        (f"localchat://host:x/#{PRINT}", BadInvite),
        (f"localchat:///#{PRINT}", BadInvite),
        (f"localchat://host:5/way#{PRINT}", BadInvite),
    ],
)
def test_what_is_none(text: str, error: type[InputError]) -> None:
    """An invite is pasted from anywhere, so it is checked as strictly as what comes over the wire."""
    with pytest.raises(error):
        parse_target(text)


@pytest.mark.parametrize("host", ["192.168.1.20", "::1", "pi.local"])
def test_an_invite_comes_back_as_it_was(host: str) -> None:
    """PROTOCOL §11.3: `localchat://host:port/#<32 hex digits of the fingerprint>`."""
    fingerprint = bytes(range(32))
    text = format_invite(host, 5050, fingerprint)
    assert text == f"localchat://{join_address(host, 5050)}/#000102030405060708090a0b0c0d0e0f"
    assert parse_target(f" {text.upper()} ") == Target(host, 5050, fingerprint[:16])


@given(st.text(max_size=80))
def test_nothing_but_an_input_error_comes_of_any_text(text: str) -> None:
    """Whatever is pasted: a target, or a sentence."""
    for whole in (text, f"localchat://{text}"):
        try:
            target = parse_target(whole)
        except InputError:
            continue
        assert target.host.isascii() and 1 <= target.port <= 65_535
