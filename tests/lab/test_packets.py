"""Made-up packets: what only a machine looks at."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netcore.lab.packets import Endpoint, TcpStream, checksum


@given(st.binary(max_size=50))
@example(b"")
@example(b"\xff\xff")
@example(b"\x00\x01\xff\xfe")
def test_a_checksum_is_that_of_the_rfc(data: bytes) -> None:
    """RFC 1071, as it stands there: add the words, and what is carried out at the top at the bottom."""
    padded = data + bytes(len(data) % 2)
    total = sum(int.from_bytes(padded[at : at + 2], "big") for at in range(0, len(padded), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    assert checksum(data) == 0xFFFF - total


@pytest.mark.parametrize("offset", [2**32 - 10, 2**32 + 5, 64 * 2**30])
def test_sequence_numbers_begin_anew_after_four_gigabytes(offset: int) -> None:
    stream = TcpStream(Endpoint("10.0.0.1", 50_000), Endpoint("10.0.0.2", 5050), offset, 0)
    (packet,) = stream.send(by_client=True, offset=offset, data=b"hello")
    assert packet[24:28] == ((offset + 1) % 2**32).to_bytes(4, "big")
    (answer,) = stream.send(by_client=False, offset=0, data=b"hello")
    assert answer[28:32] == ((offset + 6) % 2**32).to_bytes(4, "big")
