"""What a StrangerServer does wrong to its first client, by name (PROTOCOL §3, §5, §6, §8, §10).

Each lie holds the word FALSE where it could be shown. Room records are made with the right room key and stamp
unless the name says otherwise: what a client must notice is then the fault alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.stranger import keys, wire
from tests.stranger.whispers import Whisper
from tests.stranger.wire import Frame, Message

if TYPE_CHECKING:
    from tests.stranger.server import Peer

Act = Callable[["Peer"], None]


def false_said(peer: Peer, seq: int = 0) -> Message:
    """A message that must never be shown: the next of the log, but not in it."""
    return {
        "t": "said", "seq": seq or len(peer.server.log) + 1, "from": wire.b64(bytes(32)), "name": "Nobody",
        "stream": wire.b64(bytes(16)), "n": 1, "at": 0, "text": "FALSE",
    }  # fmt: skip


def _said_by_you(peer: Peer, n: int) -> Message:
    """A message in the client's own stream, under a number that it never used."""
    return {**false_said(peer), "from": peer.id, "name": peer.name, "stream": peer.got[0]["stream"], "n": n}


def _plain(data: bytes) -> Act:
    return lambda peer: peer.plain(data)


def _raw(plaintext: bytes, kind: int = wire.DIRECT) -> Act:
    return lambda peer: peer.raw(plaintext, kind)


def _send(*messages: Message) -> Act:
    return lambda peer: peer.send(*messages)


def _key(peer: Peer, epoch: int = 5) -> bytes:
    """A RoomKey frame with a fresh key, sent; the key."""
    room_key = os.urandom(32)
    peer.plain(peer.out.room_key_frame(epoch, room_key))
    # The server's own next record comes under a fresh key of a later epoch.
    peer.server.epoch, peer.server.somebody_left = max(peer.server.epoch, epoch), True
    return room_key


def _lie(peer: Peer, room_key: bytes, epoch: int = 5, index: int = 0) -> bytes:
    return keys.seal_room(room_key, epoch, index, wire.pack(false_said(peer)))


def _in_room(text: Callable[[Peer], bytes]) -> Act:
    """Plaintext in a Room record with all its seals right."""

    def act(peer: Peer) -> None:
        peer.plain(peer.out.stamped(keys.seal_room(_key(peer), 5, 0, text(peer))))

    return act


def _flipped(peer: Peer) -> None:
    frame = bytearray(peer.out.seal(wire.pack({"t": "slowed"})))
    frame[6] ^= 1
    peer.plain(bytes(frame))


def _replayed(peer: Peer) -> None:
    peer.plain(peer.out.seal(wire.pack({"t": "pong"})) * 2)


def _dropped(peer: Peer) -> None:
    peer.out.seal(wire.pack({"t": "pong"}))
    peer.send({"t": "pong"})


def _reflected(peer: Peer) -> None:
    # The client's first record, sealed again as it was: under its own key and seq.
    heard, peer.inward.seq = peer.inward.seq, 0
    peer.plain(peer.inward.seal(wire.pack(peer.got[0])))
    peer.inward.seq = heard


def _direct_as_close(peer: Peer) -> None:
    frame = peer.out.seal(bytes([5]) + b"FALSE" * 4)
    peer.plain(bytes([wire.CLOSE]) + frame[1:])


def _no_key(peer: Peer) -> None:
    peer.plain(peer.out.stamped(_lie(peer, os.urandom(32), 1)))


def _forged_stamp(peer: Peer) -> None:
    # What another member can make: it knows the room key, and not this client's stamp key.
    peer.plain(_lie(peer, _key(peer)) + os.urandom(16))


def _stamp_of_before(peer: Peer) -> None:
    shared = _lie(peer, _key(peer))
    peer.out.seq -= 1
    peer.plain(peer.out.stamped(shared))


def _tag_flipped(peer: Peer) -> None:
    shared = bytearray(_lie(peer, _key(peer)))
    shared[-1] ^= 1
    peer.plain(peer.out.stamped(bytes(shared)))


def _index_again(peer: Peer) -> None:
    room_key = _key(peer)
    quiet = wire.pack({"t": "left", "id": wire.b64(bytes(32)), "name": "Nobody", "reason": "left"})
    peer.plain(peer.out.stamped(keys.seal_room(room_key, 5, 7, quiet)))
    peer.plain(peer.out.stamped(_lie(peer, room_key, 5, 7)))


def _two_steps(peer: Peer) -> None:
    room_key = keys.step_room_key(keys.step_room_key(_key(peer)))
    peer.plain(peer.out.stamped(_lie(peer, room_key, 7)))


def _old_epoch(peer: Peer) -> None:
    old = _key(peer, 5)
    _key(peer, 6)
    peer.plain(peer.out.stamped(_lie(peer, old, 5)))


def _not_the_step(peer: Peer) -> None:
    _key(peer)
    peer.plain(peer.out.stamped(_lie(peer, os.urandom(32), 6)))


def _same_key_again(peer: Peer) -> None:
    peer.plain(peer.out.room_key_frame(5, bytes(32)))
    peer.plain(peer.out.room_key_frame(5, bytes(32)))


def _key_replayed(peer: Peer) -> None:
    frame = peer.out.room_key_frame(5, bytes(32))
    peer.plain(frame + frame)


def _lower_epoch(peer: Peer) -> None:
    _key(peer, 6)
    peer.plain(peer.out.stamped(_lie(peer, _key(peer, 5), 5)))


def _key_flipped(peer: Peer) -> None:
    frame = bytearray(peer.out.room_key_frame(5, bytes(32)))
    frame[20] ^= 1
    peer.plain(bytes(frame))


def _said_raw(old: bytes, new: bytes) -> Act:
    """A Room record whose `said` has some bytes replaced."""

    def text(peer: Peer) -> bytes:
        plaintext = wire.pack(false_said(peer))
        assert old in plaintext
        return plaintext.replace(old, new, 1)

    return _in_room(text)


def _room_before_live(peer: Peer) -> None:
    peer.plain(peer.out.stamped(_lie(peer, _key(peer))))


_WELCOME: Message = {
    "t": "welcome", "room": "FALSE", "log_id": wire.b64(bytes(16)), "host": wire.b64(bytes(32)),
    "name": "FALSE", "last_n": 0, "head": 0, "history": "new", "at": 0,
}  # fmt: skip
_PERSON: Message = {"id": wire.b64(bytes(32)), "name": "FALSE"}

# Ahead of welcome.
AT_ENTRY: dict[str, Act] = {
    "room_state ahead of welcome": _send(
        {"t": "room_state", "read_only": True, "muted": True, "slow_s": 9, "kept": False}
    ),
    "said ahead of welcome": lambda peer: peer.send(false_said(peer)),
    "welcome twice": _send(_WELCOME),
    "room record ahead of welcome": _room_before_live,
    "end ahead of welcome": lambda peer: peer.hang_up(),
}
# Between welcome and live.
BEFORE_LIVE: dict[str, Act] = {
    "room record ahead of live": _room_before_live,
    "live without a page": lambda peer: peer.send({"t": "live", "head": 5, "members": 0}),
    "page_end ahead of a page": _send({"t": "page_end", "after": 3, "last": 3}),
    "page ahead of its question": lambda peer: peer.send(false_said(peer)),
}


def _hole(page: list[Message]) -> list[Message]:
    return [*page[:1], {**page[2], "text": "FALSE"}, *page[2:]]


# Instead of a page; its last message is page_end.
AT_PAGE: dict[str, Callable[[list[Message]], list[Message]]] = {
    "page with a hole": _hole,
    "page_end of another page": lambda page: [*page[:-1], {**page[-1], "after": 77}],
    "joined in a page": lambda page: [{"t": "joined", **_PERSON}, *page],
}
# When the client has become live: frames that are not legal, do not open, or are not stamped.
RECORDS: dict[str, Act] = {
    "record flipped": _flipped,
    "record replayed": _replayed,
    "record dropped": _dropped,
    "record reflected": _reflected,
    "direct as close": _direct_as_close,
    "length 65,553": _plain(bytes([wire.DIRECT]) + (65_553).to_bytes(3, "big")),
    "only a tag": _plain(Frame(wire.DIRECT, bytes(16)).wire),
    "unknown type": _plain(Frame(0x18, bytes(16)).wire),
    "alert after keys": _plain(wire.ALERT_FRAME),
    "hello after keys": _plain(Frame(wire.SERVER_HELLO, bytes(1104)).wire),
    "forged close": _plain(Frame(wire.CLOSE, bytes([5]) + bytes(16)).wire),
    "end without close": lambda peer: peer.hang_up(),
    "room record without a key": _no_key,
    "room stamp forged": _forged_stamp,
    "room stamp of the frame before": _stamp_of_before,
    "room tag flipped": _tag_flipped,
    "room index again": _index_again,
    "room epoch two steps on": _two_steps,
    "room epoch of before": _old_epoch,
    "room epoch not the step": _not_the_step,
    "room key of the same epoch": _same_key_again,
    "room key replayed": _key_replayed,
    "room key of a lower epoch": _lower_epoch,
    "room key flipped": _key_flipped,
}
# Records that open and hold what §6 does not allow.
MESSAGES: dict[str, Act] = {
    "close of no code": _raw(bytes([max(wire.CODES) + 1]) + b"FALSE", wire.CLOSE),
    "close not UTF-8": _raw(bytes([5]) + b"FALSE\xff", wire.CLOSE),
    "room holds a welcome": _in_room(lambda peer: wire.pack(_WELCOME)),
    "room holds a gap": _in_room(lambda peer: wire.pack({"t": "gap", "first": 1, "last": 9_999})),
    "welcome again": _send(_WELCOME),
    "joined in direct": _send({"t": "joined", **_PERSON}),
    "a client's message": _send({"t": "get_page", "after": 0}),
    "unknown t": _raw(b'{"t":"FALSE"}\n'),
    "a key twice": _said_raw(b'"text"', b'"text":"FALSE","text"'),
    "unknown key": _said_raw(b'"t":"said"', b'"t":"said","as":"FALSE"'),
    "lone surrogate": _said_raw(b'"FALSE"', b'"FALSE\\ud800"'),
    "overlong UTF-8": _said_raw(b'"FALSE"', b'"FALSE\xc0\x80"'),
    "at with a fraction": _said_raw(b'"at":0', b'"at":0.5'),
    "at true": _said_raw(b'"at":0', b'"at":true'),
    "at NaN": _said_raw(b'"at":0', b'"at":NaN'),
    "text of 4,001": _said_raw(b'"FALSE"', b'"' + b"FALSE" * 800 + b'!"'),
    "name of 25": _said_raw(b'"Nobody"', b'"' + b"F" * 25 + b'"'),
    "deep nesting": _said_raw(b'"FALSE"', b"[" * 3_000 + b"]" * 3_000),
    "UTF-16": _in_room(lambda peer: wire.pack(false_said(peer)).decode().encode("utf-16-le")),
    "a good text and a bad one": _in_room(lambda peer: wire.pack(false_said(peer)) + b"{}\n"),
}
# Messages that §6.2 has, with a text that §6.3 does not, or in an order that §8 does not have.
ORDER: dict[str, Act] = {
    "text of nothing": _said_raw(b'"FALSE"', b'""'),
    "text that cannot be seen": _said_raw(b'"FALSE"', b'" \\u200b\\n"'),
    "room seq jumps": lambda peer: _in_room(lambda p: wire.pack(false_said(p, len(p.server.log) + 5)))(peer),
    "live again": lambda peer: peer.send({"t": "live", "head": len(peer.server.log), "members": 2}),
    "roster again": _send({"t": "roster", "members": [_PERSON]}),
    "key of another": lambda peer: _whisper("key")(peer),
}
# Words put into the client's own mouth.
YOUR_WORDS: dict[str, Act] = {
    "your next number": _in_room(lambda peer: wire.pack(_said_by_you(peer, 1))),
    "a number far ahead": _in_room(lambda peer: wire.pack(_said_by_you(peer, 2**53 - 1))),
}
# Lies that end no connection: what they say must be without effect.
SOFT: dict[str, Act] = {
    "said twice": _in_room(lambda peer: wire.pack(peer.server.log[-1])),
    "old seq, other text": _in_room(lambda peer: wire.pack(false_said(peer, 1))),
    "left of nobody": _in_room(lambda peer: wire.pack({"t": "left", **_PERSON, "reason": "banned"})),
    "page_end not asked for": _send({"t": "page_end", "after": 0, "last": 0}),
    "answer to nothing": _send({"t": "answer", "stream": wire.b64(bytes(16)), "n": 9, "seq": 1}),
    "whisper_done of nothing": _send(
        {"t": "whisper_done", "to": wire.b64(bytes(32)), "msg_id": wire.b64(bytes(16)),
         "outcome": "delivered"}
    ),
}


def _whisper(how: str) -> Act:
    """A whisper of member_dora to the client, by a server that forges what it can."""

    def act(peer: Peer) -> None:
        sender = keys.private("member_dora")
        other = keys.modulus(keys.private("member_chen"))
        server = keys.modulus(keys.private("server_identity_2" if how == "server" else "server_identity"))
        signer = keys.private("member_chen") if how == "signer" else sender
        sealed = Whisper(server, keys.modulus(sender), peer.modulus, os.urandom(16), 1_000)
        c1, c2 = sealed.seal(signer, b"TRUE" if how == "again" else b"FALSE")
        if how == "flipped":
            c2 = c2[:-1] + bytes([c2[-1] ^ 1])
        if how == "recipient":  # for somebody else, sealed for this one by nobody who could sign it
            c1, c2 = Whisper(server, keys.modulus(sender), other, sealed.msg_id, 1_000).seal(sender, b"FALSE")
        message: Message = {
            "t": "whisper", "from": wire.b64(keys.fingerprint(keys.modulus(sender))),
            "msg_id": wire.b64(sealed.msg_id), "counter": 1_001 if how == "counter" else 1_000,
            "c1": wire.b64(c1), "c2": wire.b64(c2), "at": 0,
        }  # fmt: skip
        peer.server.remember(keys.modulus(sender))
        peer.send(message)
        if how == "again":
            peer.send(message)
            lower = Whisper(server, keys.modulus(sender), peer.modulus, os.urandom(16), 999)
            c1, c2 = lower.seal(sender, b"FALSE")
            peer.send({**message, "msg_id": wire.b64(lower.msg_id), "counter": 999, "c1": wire.b64(c1),
                       "c2": wire.b64(c2)})  # fmt: skip

    return act


SOFT |= {
    f"whisper: {how}": _whisper(how)
    for how in ("flipped", "signer", "recipient", "server", "counter", "again")
}
AT_LIVE = RECORDS | MESSAGES | ORDER | YOUR_WORDS | SOFT
