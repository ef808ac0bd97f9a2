"""For each value that is computed from others: a few lines of Python that compute it again (PROTOCOL §3).

The lines hold the real bytes of the recording, run as they stand under `python3` with pycryptodome, and use
nothing of LocalChat. They end with an assertion against the recorded value and one line of output. So nobody
has to believe this program: who doubts a value runs the lines, changes a byte, and sees them fail.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping
from typing import Final

from netcore.lab.handshake.ladder import ladder

MAX_LINES: Final = 8

_CH, _SH, _CKE, _SF, _AUTH, _WELCOME = (rung.name for rung in ladder())

Bytes = Mapping[str, bytes]
_Lines = Callable[[Bytes], list[str]]


def _hex(data: bytes) -> str:
    return f'bytes.fromhex("{data.hex()}")'


def _ends(variable: str, recorded: bytes, words: str) -> list[str]:
    return [f'assert {variable}.hex() == "{recorded.hex()}"', f'print("{words}")']


def _share(private: str, public: str) -> _Lines:
    def lines(have: Bytes) -> list[str]:
        return [
            "from Crypto.Protocol import DH",
            f"private = DH.import_x25519_private_key({_hex(have[private])})",
            'public = private.public_key().export_key(format="raw")',
            *_ends("public", have[public], "the same public half"),
        ]

    return lines


def _z(private: str, public: str) -> _Lines:
    def lines(have: Bytes) -> list[str]:
        return [
            "from Crypto.Protocol import DH",
            f"mine = DH.import_x25519_private_key({_hex(have[private])})",
            f"theirs = DH.import_x25519_public_key({_hex(have[public])})",
            "z = DH.key_agreement(kdf=bytes, eph_priv=mine, eph_pub=theirs)",
            *_ends("z", have["z"], "the same z"),
        ]

    return lines


def _signature(have: Bytes) -> list[str]:
    return [
        "from Crypto.Hash import SHA256; from Crypto.PublicKey import RSA; from Crypto.Signature import pss",
        f"client_hello = {_hex(have[_CH])}",
        f"server_hello = {_hex(have[_SH][4:])}  # without its header",
        "message = SHA256.new(client_hello + server_hello[:720]).digest()",
        'message = SHA256.new(b"LocalChat/1 server signature\\0" + message)',
        'key = RSA.construct((int.from_bytes(server_hello[80:464], "big"), 65537))',
        "pss.new(key, salt_bytes=32).verify(message, server_hello[720:])  # ValueError if one bit differs",
        'print("the signature is right")',
    ]


def _th2(have: Bytes) -> list[str]:
    return [
        "import hashlib",
        f"client_hello = {_hex(have[_CH])}",
        f"server_hello = {_hex(have[_SH])}",
        f"oaep_ct = {_hex(have['oaep_ct'])}",
        "th2 = hashlib.sha256(client_hello + server_hello + oaep_ct).digest()",
        *_ends("th2", have["th2"], "the same th2"),
    ]


def _prk(have: Bytes) -> list[str]:
    return [
        "import hmac",
        f"z, pre_secret = {_hex(have['z'])}, {_hex(have['pre_secret'])}",
        f"th2 = {_hex(have['th2'])}",
        'prk = hmac.digest(th2, z + pre_secret, "sha256")  # HKDF-Extract',
        *_ends("prk", have["PRK"], "the same PRK"),
    ]


def _traffic(label: str) -> _Lines:
    def lines(have: Bytes) -> list[str]:
        return [
            "import hmac",
            f"prk = {_hex(have['PRK'])}",
            f'secret = hmac.digest(prk, b"LocalChat/1 {label}\\x01", "sha256")  # HKDF-Expand',
            *_ends("secret", have[label], "the same traffic secret"),
        ]

    return lines


def _finished_key(side: str, have: Bytes) -> list[str]:
    """The lines that make `key`: out of PRK, or as it was recorded at an end that has no PRK at hand."""
    label = f"{side} finished"
    if "PRK" not in have:
        return [f"key = {_hex(have[label])}"]
    return [
        f"prk = {_hex(have['PRK'])}",
        f'key = hmac.digest(prk, b"LocalChat/1 {label}\\x01", "sha256")',
    ]


def _client_fin(have: Bytes) -> list[str]:
    return [
        "import hmac",
        f"th2 = {_hex(have['th2'])}",
        *_finished_key("client", have),
        'client_fin = hmac.digest(key, th2, "sha256")',
        *_ends("client_fin", have["client_fin"], "the same proof"),
    ]


def _server_fin(have: Bytes) -> list[str]:
    frames = have[_CH] + have[_SH] + have[_CKE]
    return [
        "import hashlib, hmac",
        f"frames = {_hex(frames)}  # the three before this one",
        *_finished_key("server", have),
        'server_fin = hmac.digest(key, hashlib.sha256(frames).digest(), "sha256")',
        *_ends("server_fin", have["server_fin"], "the same proof"),
    ]


def _session_hash(have: Bytes) -> list[str]:
    frames = [have[name] for name in (_CH, _SH, _CKE, _SF)]
    return [
        "import hashlib",
        f"frames = {_hex(b''.join(frames))}  # all four, as they crossed",
        "session_hash = hashlib.sha256(frames).digest()",
        *_ends("session_hash", have["session_hash"], "the same session_hash"),
    ]


def _sealed(name: str, frame: str, secret: str) -> _Lines:
    def lines(have: Bytes) -> list[str]:
        return [
            "import hmac; from Crypto.Cipher import AES",
            f"secret, frame = {_hex(have[secret])}, {_hex(have[frame])}",
            'key = hmac.digest(secret, b"LocalChat/1 key\\x01", "sha256")',
            'iv = hmac.digest(secret, b"LocalChat/1 iv\\x01", "sha256")[:16]  # frame 0: the nonce is the iv',
            "cipher = AES.new(key, AES.MODE_EAX, nonce=iv).update(frame[:4])  # the header is covered, too",
            "text = cipher.decrypt_and_verify(frame[4:-16], frame[-16:])",
            f'assert text.hex() == "{have[name].hex()}"',
            "print(text.decode())",
        ]

    return lines


_WAYS: Final[tuple[tuple[str, tuple[str, ...], _Lines], ...]] = (
    ("client_x25519", ("client_private",), _share("client_private", "client_x25519")),
    ("server_x25519", ("server_private",), _share("server_private", "server_x25519")),
    ("signature", (_CH, _SH), _signature),
    ("z", ("client_private", "server_x25519"), _z("client_private", "server_x25519")),
    ("z", ("server_private", "client_x25519"), _z("server_private", "client_x25519")),
    ("th2", (_CH, _SH, "oaep_ct"), _th2),
    ("PRK", ("z", "pre_secret", "th2"), _prk),
    ("c2s traffic", ("PRK",), _traffic("c2s traffic")),
    ("s2c traffic", ("PRK",), _traffic("s2c traffic")),
    ("client_fin", ("PRK", "th2"), _client_fin),
    ("client_fin", ("client finished", "th2"), _client_fin),
    ("server_fin", (_CH, _SH, _CKE, "PRK"), _server_fin),
    ("server_fin", (_CH, _SH, _CKE, "server finished"), _server_fin),
    ("session_hash", (_CH, _SH, _CKE, _SF), _session_hash),
    ("auth", (_AUTH, "c2s traffic"), _sealed("auth", _AUTH, "c2s traffic")),
    ("welcome", (_WELCOME, "s2c traffic"), _sealed("welcome", _WELCOME, "s2c traffic")),
)
"""(value, what the lines need, the lines). The first way whose needs are recorded is taken."""

NO_WAY: Final[Mapping[str, str]] = {
    "oaep_ct": "OAEP mixes in fresh random bytes each time. Nobody can compute it again, not even the client "
               "that made it; only the server’s secret RSA key opens it.",
    "pre_secret": "It is random, not computed. To get it out of oaep_ct takes the server’s secret RSA key, "
                  "which no recording holds.",
    "client_random": "It is random, not computed.",
    "server_random": "It is random, not computed.",
    "client_private": "It is random, not computed.",
    "server_private": "It is random, not computed.",
    "identity_n": "It is a key, made once. Compare its fingerprint with what the host’s window shows.",
    "kex_n": "It is a key, made when the server started.",
}  # fmt: skip
"""Why there is nothing to compute for some values."""


def check_yourself(name: str, have: Bytes) -> str | None:
    """The lines for a value of a recording; None if it is not computed from others, or if what it is
    computed from was not recorded here. `have`: the recorded values, and the raw frames by their names."""
    if name not in have:
        return None
    for value, needs, lines in _WAYS:
        if value == name and all(need in have for need in needs):
            return "\n".join(lines(have))
    return None


def uses_secrets(name: str, have: Bytes, secrets: frozenset[str]) -> bool:
    """Whether the lines for this value show a secret one."""
    for value, needs, _ in _WAYS:
        if value == name and all(need in have for need in needs):
            return name in secrets or bool(secrets.intersection(needs))
    return name in secrets


def lacks(name: str, have: Bytes) -> str:
    """Why there are no lines for this value, in a sentence; "" if there are."""
    if check_yourself(name, have) is not None:
        return ""
    if name in NO_WAY:
        return NO_WAY[name]
    if name not in have:
        return "It was not recorded at this end, so there is nothing to compare with."
    missing = [[need for need in needs if need not in have] for value, needs, _ in _WAYS if value == name]
    fewest: list[str] = min(missing, key=len)
    return f"What it is computed from was not recorded here: {', '.join(fewest)}."


def run_lines(lines: str) -> tuple[bool, str]:
    """Run a snippet of `check_yourself` as it stands. Gives whether it came to its end, and what it
    printed, or why it stopped."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(lines, "check it yourself", "exec"), {})
    except Exception as error:  # whatever a changed byte leads to
        return False, f"{type(error).__name__}: {error}".rstrip(": ")
    return True, printed.getvalue().strip()
