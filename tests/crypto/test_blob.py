"""Files: sealed in chunks that cannot be moved, swapped, cut off or put into another (PROTOCOL §14.1)."""

from __future__ import annotations

import hashlib

import pytest
from Crypto.Cipher import AES
from hypothesis import given
from hypothesis import strategies as st

from netcore.crypto import blob as blobs
from netcore.crypto.blob import (
    BlobCipher,
    Digests,
    apart,
    chunk_bytes,
    chunk_count,
    chunks_in,
    digest_count,
    sealed_bytes,
)
from netcore.errors import RecordError
from tests.crypto import flips

K, BLOB = bytes(range(32)), bytes(range(16))


@pytest.mark.parametrize(
    ("size", "count"), [(0, 1), (1, 1), (65_536, 1), (65_537, 2), (131_072, 2), (131_073, 3)]
)
def test_how_many_chunks(size: int, count: int) -> None:
    """§14.1: an empty file has one, and no file has an empty chunk behind others."""
    assert chunk_count(size) == count
    lengths = [chunk_bytes(size, i) for i in range(count)]
    assert sum(lengths) == size and all(length == 65_536 for length in lengths[:-1])
    assert count == 1 or lengths[-1] > 0
    assert sealed_bytes(size) == sum(length + 16 for length in lengths)


@given(st.integers(0, 300_000), st.integers(0, 6), st.integers(0, 6), st.sampled_from([-1, 0, 1]))
def test_sealed_chunks_are_counted_by_their_length(size: int, first: int, count: int, wrong: int) -> None:
    """§14.2: a number of whole chunks from there on, or none; and they come apart where they were joined."""
    lengths = [chunk_bytes(size, i) + 16 for i in range(chunk_count(size))]
    wanted = lengths[first : first + count]
    whole = [sum(lengths[first : first + n]) for n in range(1, len(lengths) - first + 1)]
    data_bytes = sum(wanted) + wrong
    expected = whole.index(data_bytes) + 1 if data_bytes in whole else None
    assert chunks_in(size, first, data_bytes) == expected
    assert [len(one) for one in apart(bytes(sum(wanted)))] == wanted


def pieces(whole: bytes) -> list[bytes]:
    return [whole[i * 65_536 :][:65_536] for i in range(chunk_count(len(whole)))]


@given(st.binary(max_size=300), st.sampled_from([0, 65_536, 131_072]))
def test_what_was_sealed_opens(tail: bytes, before: int) -> None:
    whole = bytes(before) + tail
    cipher = BlobCipher(K, BLOB, len(whole))
    sealed = [cipher.seal(i, piece) for i, piece in enumerate(pieces(whole))]
    assert sum(map(len, sealed)) == sealed_bytes(len(whole))
    assert b"".join(cipher.open(i, piece) for i, piece in enumerate(sealed)) == whole
    assert cipher.seal_run(1, pieces(whole)[1:]) == b"".join(sealed[1:])


def test_bytes_are_as_written() -> None:
    """§14.1, taken apart here a second time."""
    sealed = BlobCipher(K, BLOB, 65_541).seal(1, b"hello")
    cipher = AES.new(K, AES.MODE_EAX, nonce=bytes(15) + b"\1", mac_len=16)
    cipher.update(b"LocalChat/1 file\n" + BLOB + b"\1" + (65_541).to_bytes(8, "big"))
    assert cipher.decrypt_and_verify(sealed[:-16], sealed[-16:]) == b"hello"


def test_every_flipped_byte_is_noticed() -> None:
    cipher = BlobCipher(K, BLOB, 5)
    for position, changed in flips(cipher.seal(0, b"hello")):
        with pytest.raises(RecordError):
            cipher.open(0, changed)
            pytest.fail(f"byte {position}")


def test_a_chunk_is_at_home_in_one_place_only() -> None:
    """Not as another number, of another file, key or size, nor as the end of a file that goes on."""
    whole = bytes(131_072)
    sealed = [BlobCipher(K, BLOB, len(whole)).seal(i, piece) for i, piece in enumerate(pieces(whole))]
    assert sealed[0] != sealed[1], "the same plaintext under another number"
    for cipher, index in [
        (BlobCipher(K, BLOB, 131_072), 1),  # another place of the same length
        (BlobCipher(K, bytes(16), 131_072), 0),
        (BlobCipher(bytes(32), BLOB, 131_072), 0),
        (BlobCipher(K, BLOB, 131_071), 0),  # another size
        (BlobCipher(K, BLOB, 65_536), 0),  # the end cut off
        (BlobCipher(K, BLOB, 196_608), 0),
    ]:
        with pytest.raises(RecordError):
            cipher.open(index, sealed[0])


@pytest.mark.parametrize("index", [-1, 1, 2**63, 2**64])
def test_a_number_that_no_chunk_has(index: int) -> None:
    cipher = BlobCipher(K, BLOB, 5)
    with pytest.raises(RecordError):
        cipher.open(index, cipher.seal(0, b"hello"))
    with pytest.raises(ValueError, match="chunk"):
        cipher.seal(index, b"hello")


@pytest.mark.parametrize("sealed", [b"", bytes(16), bytes(20), bytes(22), bytes(65_552)])
def test_a_length_that_the_chunk_does_not_have(sealed: bytes) -> None:
    with pytest.raises(RecordError):
        BlobCipher(K, BLOB, 5).open(0, sealed)


def test_nothing_else_is_sealed_under_a_key() -> None:
    """What makes the nonce safe: a chunk is what it was when it was read first, or it is not sealed."""
    whole = bytes(65_536) + b"b" * 65_536 + b"tail"
    first = Digests()
    for count, piece in enumerate(pieces(whole), 1):
        assert first.add(piece)
        assert (first.count, digest_count(first.chunks)) == (count, count)
    assert first.sha256 == hashlib.sha256(whole).digest()
    for changed in range(3):
        other = pieces(whole)
        other[changed] = b"\1" + other[changed][1:]
        for known in range(4):
            again = Digests(first.chunks[: known * blobs._DIGEST_BYTES])
            agrees = [again.add(piece) for piece in other]
            # What was not known binds from now on; behind a change nothing is what it was.
            assert agrees == [index < changed or index >= known for index in range(3)]
    assert not Digests(first.chunks).add(whole[:65_535])
    first.start_again()
    assert (first.count, digest_count(first.chunks)) == (0, 3)
    assert [first.add(piece) for piece in pieces(whole)] == [True] * 3
