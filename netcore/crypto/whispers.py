"""Whispers: from member to member, through a server that cannot read them (PROTOCOL §10).

    header (never sent: both sides know its parts)
    +-------------------------+------------------+----------+--------+--------+---------+
    | "LocalChat/1 whisper\\n" | SHA-256(server n)| from_id  | to_id  | msg_id | counter |
    | 20                      | 32               | 32       | 32     | 16     | u64     |
    +-------------------------+------------------+----------+--------+--------+---------+

    C1 = OAEP(recipient, k, label "LocalChat/1 whisper")                        256 bytes
    C2 = nonce[16] | EAX(k, nonce, header, plaintext) | tag[16]
         plaintext:  0           256      260                        a multiple of 256
                     +-----------+--------+-------------+-----------+
                     | signature | length | text, UTF-8 | zeros     |
                     +-----------+--------+-------------+-----------+
    signature = PSS(sender, "LocalChat/1 whisper signature\\n" | header | SHA-256(C1) | text)

The signature lies inside, where nobody can take it off, and names the recipient and C1, so a
recipient cannot seal it again for somebody else as if the sender had. The zeros hide the length to
within 256 bytes. A whisper that shares a file has the file's description in place of the text, another
beginning of the header, and the blob's id at the header's end. Not given: forward secrecy (who gets a
member's key later opens its old whispers) and deniability (the signature is a proof to anyone).

Whose key `sender_public` is, and whether `counter` is a later one, the caller checks.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Final

from netcore.crypto.blob import BLOB_ID_BYTES
from netcore.crypto.eax import KEY_BYTES, NONCE_BYTES, TAG_BYTES, Eax
from netcore.crypto.identity import (
    MEMBER_MODULUS_BYTES,
    PrivateKey,
    PublicKey,
    oaep_decrypt,
    oaep_encrypt,
)
from netcore.crypto.primitives import Random
from netcore.errors import WhisperError

MSG_ID_BYTES: Final = 16
SIGNATURE_BYTES: Final = MEMBER_MODULUS_BYTES
PAD_BYTES: Final = 256
LEAST_C2_BYTES: Final = NONCE_BYTES + SIGNATURE_BYTES + PAD_BYTES + TAG_BYTES

_LABEL: Final = b"LocalChat/1 whisper"
_HEADER_PREFIX: Final = b"LocalChat/1 whisper\n"
_FILE_HEADER_PREFIX: Final = b"LocalChat/1 whisper of a file\n"
_SIGNATURE_PREFIX: Final = b"LocalChat/1 whisper signature\n"
_COUNTER: Final = struct.Struct(">Q")
_LENGTH: Final = struct.Struct(">I")


def seal_whisper(
    sender_private: PrivateKey,
    recipient_public: PublicKey,
    server_identity_modulus: bytes,
    msg_id: bytes,
    counter: int,
    text: str,
    random: Random,
    blob: bytes = b"",
) -> tuple[bytes, bytes]:
    """(C1, C2): 256 bytes, and 32 more than a multiple of 256. 2 to 3 ms: for a worker thread.

    `msg_id` is 16 random bytes; `counter` (u64) is higher than in any whisper before between the
    two. `blob`: of the file (16 bytes) that the whisper shares, whose description then is `text`.
    Raises WhisperError for a text that has no UTF-8 form (a lone surrogate).
    """
    sender = sender_private.public
    header = _header(server_identity_modulus, sender, recipient_public, msg_id, counter, blob)
    try:
        body = text.encode("utf-8")
    except UnicodeEncodeError:
        raise WhisperError from None
    # The key seals this one plaintext, so any nonce would be new under it.
    key = random(KEY_BYTES)
    c1 = oaep_encrypt(recipient_public, key, _LABEL, random)
    signature = sender_private.sign(_signature_input(header, c1, body), random)
    plaintext = signature + _LENGTH.pack(len(body)) + body
    plaintext += bytes(-len(plaintext) % PAD_BYTES)
    nonce = random(NONCE_BYTES)
    return c1, nonce + Eax(key).seal(nonce, header, plaintext)


def open_whisper(
    recipient_private: PrivateKey,
    sender_public: PublicKey,
    server_identity_modulus: bytes,
    msg_id: bytes,
    counter: int,
    c1: bytes,
    c2: bytes,
    blob: bytes = b"",
) -> str:
    """The text. 1 to 3 ms: for a worker thread.

    Raises WhisperError, the same for every cause: not sealed for this key, not signed by
    `sender_public`, made for another server, id or counter, or any bit changed.
    """
    recipient = recipient_private.public
    header = _header(server_identity_modulus, sender_public, recipient, msg_id, counter, blob)
    key = oaep_decrypt(recipient_private, c1, _LABEL)
    if key is None or len(key) != KEY_BYTES or len(c2) < LEAST_C2_BYTES:
        raise WhisperError
    nonce, sealed = c2[: NONCE_BYTES], c2[NONCE_BYTES :]
    plaintext = Eax(key).open(nonce, header, sealed)
    if plaintext is None:
        raise WhisperError
    signature, padded = plaintext[:SIGNATURE_BYTES], plaintext[SIGNATURE_BYTES:]
    body = _unpad(padded)
    # Whoever has our public key can seal; only the signature says who did.
    if not sender_public.verify(_signature_input(header, c1, body), signature):
        raise WhisperError
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise WhisperError from None


def _header(
    server_identity_modulus: bytes,
    sender: PublicKey,
    recipient: PublicKey,
    msg_id: bytes,
    counter: int,
    blob: bytes = b"",
) -> bytes:
    if len(msg_id) != MSG_ID_BYTES or not 0 <= counter < 2**64 or len(blob) not in (0, BLOB_ID_BYTES):
        raise WhisperError
    if len(sender.modulus) != MEMBER_MODULUS_BYTES or len(recipient.modulus) != MEMBER_MODULUS_BYTES:
        raise WhisperError
    server_id = hashlib.sha256(server_identity_modulus).digest()
    ids = sender.fingerprint + recipient.fingerprint
    # Another beginning, so that a text can never be taken for the description of a file, nor the other way.
    prefix = _FILE_HEADER_PREFIX if blob else _HEADER_PREFIX
    return prefix + server_id + ids + msg_id + _COUNTER.pack(counter) + blob


def _signature_input(header: bytes, c1: bytes, body: bytes) -> bytes:
    return _SIGNATURE_PREFIX + header + hashlib.sha256(c1).digest() + body


def _unpad(padded: bytes) -> bytes:
    """The text of `length | text | zeros`, in its only legal form."""
    (length_bytes,) = _LENGTH.unpack_from(padded)
    end = _LENGTH.size + length_bytes
    if len(padded) != end + -end % PAD_BYTES or any(padded[end:]):
        raise WhisperError
    return padded[_LENGTH.size : end]
