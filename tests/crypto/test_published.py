"""The primitives against values that others published: PROTOCOL §3 names standards, not inventions."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from netcore.crypto import hkdf
from netcore.crypto.eax import Eax
from netcore.crypto.exchange import X25519Share
from netcore.crypto.identity import PrivateKey, PublicKey, oaep_decrypt
from netcore.errors import HandshakeFailed

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "published.json").read_text(encoding="ascii")
)
unhex = bytes.fromhex


def name(case: dict[str, Any]) -> str:
    return f"{case['id']}-{case['comment']}"


@pytest.mark.parametrize("case", PUBLISHED["aes_eax"]["cases"], ids=name)
def test_eax(case: dict[str, Any]) -> None:
    key, nonce, associated = unhex(case["key"]), unhex(case["iv"]), unhex(case["aad"])
    plaintext, sealed = unhex(case["msg"]), unhex(case["ct"] + case["tag"])
    assert Eax(key).open(nonce, associated, sealed) == (plaintext if case["valid"] else None)
    assert (Eax(key).seal(nonce, associated, plaintext) == sealed) is case["valid"]


@functools.cache
def oaep_key() -> PrivateKey:
    return PrivateKey.from_pem(PUBLISHED["rsa_oaep_sha256"]["private_pem"].encode())


@pytest.mark.parametrize("case", PUBLISHED["rsa_oaep_sha256"]["cases"], ids=name)
def test_oaep(case: dict[str, Any]) -> None:
    opened = oaep_decrypt(oaep_key(), unhex(case["ct"]), unhex(case["label"]))
    assert opened == (unhex(case["msg"]) if case["valid"] else None)


@pytest.mark.parametrize("key", PUBLISHED["rsa_pss_sha256"]["keys"], ids=lambda key: str(key["bits"]))
def test_pss_and_spki(key: dict[str, Any]) -> None:
    public = PublicKey.of_size(unhex(key["modulus"])[1:], key["bits"])
    assert public.spki_der == unhex(key["spki_der"])
    for case in key["cases"]:
        assert public.verify(unhex(case["msg"]), unhex(case["sig"])) is case["valid"], name(case)


@pytest.mark.parametrize("case", PUBLISHED["x25519"]["scalar_mult"], ids=("first", "second"))
def test_x25519_scalar_multiplication(case: dict[str, str]) -> None:
    share = X25519Share(lambda size: unhex(case["scalar"]))
    assert share.agree(unhex(case["u"])).hex() == case["out"]


def test_x25519_agreement() -> None:
    case = PUBLISHED["x25519"]["agreement"]
    a = X25519Share(lambda size: unhex(case["a_private"]))
    b = X25519Share(lambda size: unhex(case["b_private"]))
    assert a.public.hex() == case["a_public"]
    assert b.public.hex() == case["b_public"]
    assert a.agree(b.public).hex() == b.agree(a.public).hex() == case["shared"]


@pytest.mark.parametrize("point", PUBLISHED["x25519"]["low_order"])
def test_x25519_low_order_points_are_refused(point: str) -> None:
    """PROTOCOL §3.3: z keeps a recording closed; with such a point anyone could compute it."""
    share = X25519Share(hashlib.shake_256(b"share").digest)
    with pytest.raises(HandshakeFailed):
        share.agree(unhex(point))


@pytest.mark.parametrize("case", PUBLISHED["hkdf_sha256"]["cases"], ids=("A.1", "A.2", "A.3"))
def test_hkdf(case: dict[str, Any]) -> None:
    prk = hkdf.extract(unhex(case["salt"]), unhex(case["ikm"]))
    assert prk.hex() == case["prk"]
    assert hkdf.expand(prk, unhex(case["info"]), case["size"]).hex() == case["okm"]


def test_hkdf_gives_no_more_than_the_standard_allows() -> None:
    assert len(hkdf.expand(b"k", b"", 255 * 32)) == 8160
    with pytest.raises(ValueError):
        hkdf.expand(b"k", b"", 255 * 32 + 1)


@pytest.mark.parametrize("case", PUBLISHED["blake2b_keyed"]["cases"], ids=("0", "1", "2"))
def test_blake2b_keyed(case: dict[str, str]) -> None:
    """The stamp rests on the standard library's keyed BLAKE2b; this is that function."""
    key = unhex(PUBLISHED["blake2b_keyed"]["key"])
    assert hashlib.blake2b(unhex(case["msg"]), key=key).hexdigest() == case["digest"]
