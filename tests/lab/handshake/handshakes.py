"""A handshake done step by step with the program's own arithmetic, and told as a recorder would tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from netcore.crypto import exchange, hkdf, primitives
from netcore.crypto.exchange import X25519Share
from netcore.crypto.identity import PublicKey
from netcore.crypto.records import DirectSealer
from netcore.lab.handshake.ladder import Party, ladder
from netcore.session.base import ALERT_FRAME
from netcore.session.table import State
from netcore.trace import (
    Defence,
    Direction,
    FrameSeen,
    HandshakeValue,
    RecordingBegan,
    Refused,
    StateChanged,
    TraceEvent,
)
from netcore.wire.codec import encode
from netcore.wire.framing import FrameType, encode_frame, encode_header
from netcore.wire.messages import Auth
from tests.session.pair import STREAM, CountedRandom, kex_key, private_key, welcome

NAMES = [rung.name for rung in ladder()]


@dataclass(frozen=True)
class Whole:
    """All that there is to know of a handshake."""

    frames: dict[str, bytes]
    plain: dict[str, bytes]
    client_secrets: dict[str, bytes]
    server_secrets: dict[str, bytes]

    def secrets(self, side: Party) -> dict[str, bytes]:
        return self.client_secrets if side is Party.CLIENT else self.server_secrets


@lru_cache
def whole(seed: str = "whole") -> Whole:
    random = CountedRandom(seed)
    shares = X25519Share(random), X25519Share(random)
    client_private, server_private = random.draws[:2]
    hello = exchange.ClientHelloBody(exchange.MAGIC, random(32), shares[0].public)
    client_hello = encode_frame(FrameType.CLIENT_HELLO, hello.encode())
    identity = private_key("server_identity")
    body = exchange.make_server_hello(client_hello, identity, kex_key(), shares[1], random)
    server_hello = encode_frame(FrameType.SERVER_HELLO, body.encode())
    pre_secret = random(32)
    oaep_ct = exchange.seal_pre_secret(PublicKey(body.kex_n), pre_secret, random)
    z = shares[0].agree(body.x25519)
    th2 = exchange.th2(client_hello, server_hello, oaep_ct)
    secrets = exchange.derive_secrets(th2, z, pre_secret)
    fin = exchange.client_fin(secrets.client_finished, th2)
    key_exchange = encode_frame(
        FrameType.CLIENT_KEY_EXCHANGE, exchange.ClientKeyExchangeBody(oaep_ct, fin).encode()
    )
    proof = exchange.server_fin(
        secrets.server_finished, exchange.th3(client_hello, server_hello, key_exchange)
    )
    finished = encode_frame(FrameType.SERVER_FINISHED, exchange.ServerFinishedBody(proof).encode())
    name = exchange.session_hash(client_hello, server_hello, key_exchange, finished)
    ada = private_key("member_ada")
    signature = ada.sign(exchange.client_auth_input(name, ada.public.modulus), random)
    auth = encode(Auth(ada.public.modulus, signature, "Ada", STREAM, None))
    hello_back = encode(welcome())
    frames = [
        client_hello, server_hello, key_exchange, finished, _sealed(secrets.c2s, auth),
        _sealed(secrets.s2c, hello_back),
    ]  # fmt: skip
    both = {
        "client finished": secrets.client_finished, "server finished": secrets.server_finished,
        "c2s traffic": secrets.c2s, "s2c traffic": secrets.s2c,
    }  # fmt: skip
    prk = hkdf.extract(th2, z + pre_secret)
    return Whole(
        dict(zip(NAMES, frames, strict=True)),
        {NAMES[4]: auth, NAMES[5]: hello_back},
        {"client_private": client_private, "pre_secret": pre_secret, "z": z, "PRK": prk, **both},
        {"server_private": server_private, **both},
    )


def _sealed(secret: bytes, plaintext: bytes) -> bytes:
    keys = exchange.direction_keys(secret)
    header = encode_header(FrameType.DIRECT, len(plaintext) + 16)
    return header + DirectSealer(keys.key, keys.iv).seal(0, header, plaintext)


def tell(
    side: Party,
    messages: int = 6,
    *,
    secrets: bool = True,
    extra: Sequence[tuple[Party, bytes]] = (),
    refused: Refused | None = None,
    closed: bool = False,
    offset: int = 0,
) -> list[TraceEvent]:
    """The first `messages` of the handshake as `side` recorded them, then `extra` frames, then the end."""
    made = whole()
    events: list[TraceEvent] = [
        RecordingBegan(
            1, 7, 100.0, "client" if side is Party.CLIENT else "server", "127.0.0.1:5050", b"", offset,
            offset, State.NOTHING_KNOWN.name, secrets,
        )
    ]  # fmt: skip
    at: dict[Direction, int] = {"in": offset, "out": offset}
    count: dict[Direction, int] = {"in": 0, "out": 0}
    crossing = [(rung.sender, made.frames[rung.name], made.plain.get(rung.name)) for rung in ladder()]
    for sender, raw, plaintext in [*crossing[:messages], *((party, frame, None) for party, frame in extra)]:
        way: Direction = "out" if sender is side else "in"
        number = len(events) + 1
        events.append(
            FrameSeen(
                number, 7, 100.0 + number / 100, way, count[way], raw[0], at[way], len(raw), number, number,
                raw, plaintext, "", "",
            )
        )  # fmt: skip
        at[way] += len(raw)
        count[way] += 1
    if secrets:
        for name, value in made.secrets(side).items():
            name = "x25519 private key" if name.endswith("_private") else name
            number = len(events) + 1
            events.append(HandshakeValue(number, 7, 101.0, "ClientKeyExchange", name, value, True, ""))
    if refused is not None:
        events.append(replace(refused, number=len(events) + 1))
    if closed:
        number = len(events) + 1
        events.append(StateChanged(number, 7, 102.0, State.HELLO_KNOWN.name, State.CLOSED.name))
    return events


def refusal(defence: Defence, error: str, section: str = "3.4") -> Refused:
    return Refused(90, 7, 101.5, "in", 0, defence, section, "netcore.session.client", 1, error)


ALERT = (Party.SERVER, ALERT_FRAME)


def z_again(private: bytes, public: bytes) -> bytes:
    """X25519 of two halves, by the library."""
    z = primitives.x25519_agree(primitives.x25519_key(private), public)
    assert z is not None
    return z
