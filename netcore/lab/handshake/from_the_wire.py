"""What whoever watches the wire has of a handshake: every value that the frames alone give (PROTOCOL §3).

No key comes in here, and no recorded value: the raw frames and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

from netcore.crypto import exchange
from netcore.errors import HandshakeFailed
from netcore.lab.spans import frame_name
from netcore.wire.framing import HEADER_BYTES, FrameType

_CH, _SH, _CKE, _SF = (
    frame_name(kind)
    for kind in (
        FrameType.CLIENT_HELLO, FrameType.SERVER_HELLO, FrameType.CLIENT_KEY_EXCHANGE,
        FrameType.SERVER_FINISHED,
    )
)  # fmt: skip


def from_the_wire(frames: Mapping[str, bytes]) -> dict[str, bytes]:
    """The values that follow from `frames`: whole raw frames by the names of their types, as many as were
    seen. A frame that has not its legal form gives nothing."""
    found: dict[str, bytes] = {}
    ch, sh, cke, sf = (frames.get(name, b"") for name in (_CH, _SH, _CKE, _SF))
    try:
        if ch:
            client = exchange.ClientHelloBody.decode(ch[HEADER_BYTES:])
            found |= {"client_random": client.random, "client_x25519": client.x25519}
        if sh:
            server = exchange.ServerHelloBody.decode(sh[HEADER_BYTES:])
            found |= {
                "server_random": server.random,
                "server_x25519": server.x25519,
                "identity_n": server.identity_n,
                "kex_n": server.kex_n,
                "signature": server.signature,
            }
        if cke:
            key_exchange = exchange.ClientKeyExchangeBody.decode(cke[HEADER_BYTES:])
            found |= {"oaep_ct": key_exchange.oaep_ct, "client_fin": key_exchange.client_fin}
            if ch and sh:
                found["th2"] = exchange.th2(ch, sh, key_exchange.oaep_ct)
        if sf:
            found["server_fin"] = exchange.ServerFinishedBody.decode(sf[HEADER_BYTES:]).server_fin
            if ch and sh and cke:
                found["session_hash"] = exchange.session_hash(ch, sh, cke, sf)
    except HandshakeFailed:
        pass  # what was read before it stands
    return found
