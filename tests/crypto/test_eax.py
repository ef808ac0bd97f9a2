"""EAX written out, held against the library's own mode; published vectors are in test_published."""

from __future__ import annotations

from Crypto.Cipher import AES
from hypothesis import given
from hypothesis import strategies as st

from netcore.crypto.eax import Eax

# The lengths where the padding of a block changes, and some between.
TEXTS = st.one_of(st.sampled_from([0, 1, 15, 16, 17, 31, 32, 33, 4096]).map(bytes), st.binary(max_size=200))


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=1, max_size=40), TEXTS, TEXTS)
def test_it_is_the_eax_of_the_library(key: bytes, nonce: bytes, associated: bytes, text: bytes) -> None:
    """PROTOCOL §5.1: AES-256-EAX with a tag of 16 bytes, whatever the lengths."""
    library = AES.new(key, AES.MODE_EAX, nonce=nonce, mac_len=16)
    library.update(associated)
    ciphertext, tag = library.encrypt_and_digest(text)
    cipher = Eax(key)
    assert cipher.seal(nonce, associated, text) == ciphertext + tag
    assert cipher.open(nonce, associated, ciphertext + tag) == text


@given(st.binary(min_size=1, max_size=40), st.data())
def test_one_key_serves_many_records_and_each_bit_counts(text: bytes, data: st.DataObject) -> None:
    """PROTOCOL §5: a record that is not as it was sealed does not open; the one after it does."""
    cipher = Eax(bytes(range(32)))
    sealed = cipher.seal(b"n" * 16, b"head", text)
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    changed = bytearray(sealed)
    changed[bit // 8] ^= 1 << bit % 8
    assert cipher.open(b"n" * 16, b"head", bytes(changed)) is None
    assert cipher.open(b"n" * 16, b"heat", sealed) is None
    assert cipher.open(b"m" * 16, b"head", sealed) is None
    assert cipher.open(b"n" * 16, b"head", sealed[:15]) is None
    assert cipher.open(b"n" * 16, b"head", sealed) == text
