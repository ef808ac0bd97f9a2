"""Who knows which value of a handshake, and from which message on (PROTOCOL §3).

What somebody knows follows from two lists: what each side made itself, and from what each value comes
(`SOURCES`). The eavesdropper makes nothing and has the frames. So its column is not an opinion: a value
stands there as seen or computed because the frames alone give it, and the tests do derive it from them.

The RSA key is the one thing that an eavesdropper may have later, by theft. So there is a third answer beside
knowing and not knowing: "needs RSA key". pre_secret has it, z has not, and that is forward secrecy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from netcore.lab.handshake.ladder import Party, ladder

KEX_PRIVATE: Final = "kex_private"


class Knows(Enum):
    """How a party stands to a value. The value completes a cell of the table."""

    MADE = "made it"
    KNOWS = "knows"
    SEEN = "seen"
    COMPUTES = "can compute"
    NEEDS_RSA_KEY = "needs RSA key"
    CANNOT = "cannot know"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the handshake."""

    name: str
    size_bytes: int
    """0: as long as it happens to be."""
    rung: int
    """The message at which it comes to be, or is first used; from 1."""
    made_by: Party | None
    """None for what both sides compute."""
    secret: bool
    """Whether it is hidden from whoever watches the wire."""
    words: str
    """What it is, in a sentence."""
    section: str
    function: str
    """Where it is made."""


_C, _S = Party.CLIENT, Party.SERVER
_EXCHANGE: Final = "netcore/crypto/exchange.py"

VALUES: Final[tuple[Value, ...]] = (
    Value("client_random", 32, 1, _C, False,
          "Fresh random bytes, so that no two handshakes are alike.",
          "PROTOCOL §3.1", "ClientSession in netcore/session/client.py"),
    Value("client_private", 32, 1, _C, True,
          "The secret half of the client’s X25519 share. It never leaves the program, and is forgotten after "
          "one use.",
          "PROTOCOL §3.3", f"X25519Share in {_EXCHANGE}"),
    Value("client_x25519", 32, 1, _C, False,
          "The public half of the client’s share, computed from the secret one.",
          "PROTOCOL §3.1", f"X25519Share in {_EXCHANGE}"),
    Value("server_random", 32, 2, _S, False,
          "The server’s fresh random bytes.",
          "PROTOCOL §3.1", f"make_server_hello() in {_EXCHANGE}"),
    Value("server_private", 32, 2, _S, True,
          "The secret half of the server’s X25519 share.",
          "PROTOCOL §3.3", f"X25519Share in {_EXCHANGE}"),
    Value("server_x25519", 32, 2, _S, False,
          "The public half of the server’s share.",
          "PROTOCOL §3.1", f"X25519Share in {_EXCHANGE}"),
    Value("identity_n", 384, 2, _S, False,
          "The public half of the server’s lasting RSA key. Its fingerprint is what people compare.",
          "PROTOCOL §3.1", f"make_server_hello() in {_EXCHANGE}"),
    Value("kex_n", 256, 2, _S, False,
          "The public half of an RSA key that the server makes at each start. It locks; only the secret half "
          "unlocks.",
          "PROTOCOL §3.1", f"KexKey in {_EXCHANGE}"),
    Value("signature", 384, 2, _S, False,
          "The server’s signature over all of this and ClientHello: good for this connection only.",
          "PROTOCOL §3.2", f"make_server_hello() in {_EXCHANGE}"),
    Value("pre_secret", 32, 3, _C, True,
          "Random bytes that the client makes and sends locked with the server’s RSA key.",
          "PROTOCOL §3.3", "ClientSession in netcore/session/client.py"),
    Value("oaep_ct", 256, 3, _C, False,
          "pre_secret under RSA-OAEP: everybody sees it, only the RSA key opens it.",
          "PROTOCOL §3.3", f"seal_pre_secret() in {_EXCHANGE}"),
    Value("z", 32, 3, None, True,
          "What each side computes from its own secret half and the other’s public half: the same on both.",
          "PROTOCOL §3.3", f"X25519Share.agree() in {_EXCHANGE}"),
    Value("th2", 32, 3, None, False,
          "The hash of all that was said so far. It salts the keys, so one changed bit gives other keys.",
          "PROTOCOL §3.3", f"th2() in {_EXCHANGE}"),
    Value("PRK", 32, 3, None, True,
          "z and pre_secret stirred together, with th2 as salt: the key that all others are drawn from.",
          "PROTOCOL §3.3", f"derive_secrets() in {_EXCHANGE}"),
    Value("c2s traffic", 32, 3, None, True,
          "The traffic secret for what the client sends, drawn from PRK.",
          "PROTOCOL §3.3", f"derive_secrets() in {_EXCHANGE}"),
    Value("s2c traffic", 32, 3, None, True,
          "The traffic secret for what the server sends.",
          "PROTOCOL §3.3", f"derive_secrets() in {_EXCHANGE}"),
    Value("client_fin", 32, 3, _C, False,
          "The client’s proof that it has the same secrets and saw the same bytes.",
          "PROTOCOL §3.3", f"client_fin() in {_EXCHANGE}"),
    Value("server_fin", 32, 4, _S, False,
          "The server’s proof of the same.",
          "PROTOCOL §3.3", f"server_fin() in {_EXCHANGE}"),
    Value("session_hash", 32, 4, None, False,
          "The hash of all four frames: the name of this connection, which a member signs.",
          "PROTOCOL §3.3", f"session_hash() in {_EXCHANGE}"),
    Value("auth", 0, 5, _C, True,
          "The client’s first sealed message: its key, its proof, its name.",
          "PROTOCOL §4.2", "ClientSession.authenticate() in netcore/session/client.py"),
    Value("welcome", 0, 6, _S, True,
          "The server’s first sealed message: the member is in the room.",
          "PROTOCOL §4.3", "Admission in netcore/net/server/admission.py"),
)  # fmt: skip

VALUE: Final = {value.name: value for value in VALUES}

_CH, _SH, _CKE, _SF, _AUTH, _WELCOME = (rung.name for rung in ladder())

SOURCES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("client_random", (_CH,)),
    ("client_x25519", (_CH,)),
    ("client_x25519", ("client_private",)),
    ("server_random", (_SH,)),
    ("server_x25519", (_SH,)),
    ("server_x25519", ("server_private",)),
    ("identity_n", (_SH,)),
    ("kex_n", (_SH,)),
    ("signature", (_SH,)),
    ("oaep_ct", (_CKE,)),
    ("client_fin", (_CKE,)),
    ("pre_secret", ("oaep_ct", KEX_PRIVATE)),
    ("z", ("client_private", "server_x25519")),
    ("z", ("server_private", "client_x25519")),
    ("th2", (_CH, _SH, "oaep_ct")),
    ("PRK", ("th2", "z", "pre_secret")),
    ("c2s traffic", ("PRK",)),
    ("s2c traffic", ("PRK",)),
    ("server_fin", (_SF,)),
    ("session_hash", (_CH, _SH, _CKE, _SF)),
    ("auth", (_AUTH, "c2s traffic")),
    ("welcome", (_WELCOME, "s2c traffic")),
)
"""(value, what is enough to have it): frames of the wire by their names, and other values. Several lines of
one value are several ways to it."""


def closure(have: Iterable[str]) -> frozenset[str]:
    """All that follows from `have` (values, and frames by their names)."""
    known = set(have)
    grown = True
    while grown:
        new = {name for name, needs in SOURCES if name not in known and known.issuperset(needs)}
        grown = bool(new)
        known |= new
    return frozenset(known)


def frames_after(step: int) -> tuple[str, ...]:
    """The names of the frames that have crossed after `step` messages."""
    return tuple(rung.name for rung in ladder()[:step])


def _own(party: Party, step: int) -> set[str]:
    """What this side has made itself, and not computed from anything that came."""
    made = {value.name for value in VALUES if value.made_by is party and value.rung <= step}
    if party is Party.SERVER:
        made.add(KEX_PRIVATE)
    return made


def knows(party: Party, value: Value, step: int, stopped: Party | None = None) -> Knows | None:
    """How `party` stands to `value` once `step` messages have crossed; None before the value is there.

    `stopped` did not take the last of these messages: it has what stands in it, and nothing that it would
    have computed from it.
    """
    if value.rung > step:
        return None
    frames = frames_after(step)
    if party is not Party.EAVESDROPPER:
        refused = party is stopped and value.rung == step and ladder()[step - 1].sender is not party
        if refused and value.made_by is not party and not _is_in(value.name, frames):
            return Knows.NOT_REACHED
        if value.made_by is party:
            return Knows.MADE
        return Knows.KNOWS if value.name in closure({*frames, *_own(party, step)}) else Knows.CANNOT
    if _is_in(value.name, frames):
        return Knows.SEEN
    if value.name in closure(frames):
        return Knows.COMPUTES
    if value.name in closure({*frames, KEX_PRIVATE}):
        return Knows.NEEDS_RSA_KEY
    return Knows.CANNOT


def _is_in(name: str, frames: Collection[str]) -> bool:
    """Whether a value stands in one of these frames, to be read."""
    return any(value == name and len(needs) == 1 and needs[0] in frames for value, needs in SOURCES)


def values_after(step: int) -> tuple[Value, ...]:
    """The lines of the ledger after `step` messages: all earlier ones stay."""
    return tuple(value for value in VALUES if value.rung <= step)
