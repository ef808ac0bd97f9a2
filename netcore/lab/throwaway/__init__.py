"""Throw-away keys for rooms of the laboratory: made ahead, known to everyone, believed nowhere else.

`netcore.crypto.published` names them, and refuses them.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Literal

from netcore.crypto.exchange import KexKey
from netcore.crypto.identity import PrivateKey
from netcore.crypto.primitives import RsaKey, rsa_from_pem

KeyName = Literal["server", "server_new", "mallory", "mallory_member", "host", "ada", "ben", "cara"]
KexName = Literal["server_kex", "server_kex_new", "mallory_kex"]


def pem(name: KeyName | KexName) -> bytes:
    return files(__name__).joinpath(f"{name}.pem").read_bytes()


@lru_cache
def private_key(name: KeyName) -> PrivateKey:
    """20 to 60 ms the first time."""
    return PrivateKey.from_pem(pem(name))


@lru_cache
def kex_key(name: KexName) -> KexKey:
    return KexKey.from_pem(pem(name))


def rsa_key(name: KexName) -> RsaKey:
    """Without what LocalChat/1 does with it: for the museum."""
    key = rsa_from_pem(pem(name))
    assert key is not None  # it is one of ours
    return key
