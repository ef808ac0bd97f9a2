"""What an attacker on the way can do to a LocalChat/1 connection, who notices, and by which defence.

Each row is what really happens: a test carries it out between real programs, and compares this table with
what the recorder of the victim says. The numbers are sections of PROTOCOL.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from netcore.lab.orders import (
    Cut,
    Delay,
    Drop,
    Duplicate,
    Flip,
    Inject,
    Order,
    OwnKeys,
    Replay,
    Swap,
    Truncate,
)
from netcore.trace import Defence
from netcore.wire.framing import HEADER_BYTES, FrameType

Program = Literal["client", "server"]


class Outcome(Enum):
    """The value is how it is said."""

    CAUGHT = "caught"
    NOT_YET = "not noticed yet"
    NOBODY = "nothing can notice"
    YOU_DECIDE = "you decide"


@dataclass(frozen=True, slots=True)
class Attack:
    """`order` is the tap's, None where it takes more than one order, or none. `victim` is the program that
    refuses, None if none does; it does so by `defence`, of `section`. `others`: frames that follow are needed
    before it can."""

    name: str
    what: str
    order: Order | None
    verdict: Outcome
    victim: Program | None
    defence: Defence | None
    section: str
    sentence: str
    others: bool = False


_DIRECT: Final = FrameType.DIRECT
_ROOM: Final = FrameType.ROOM
_FORGED_DIRECT: Final = bytes.fromhex("17000011") + bytes(17)
_FORGED_ROOM: Final = bytes.fromhex("1a00002d") + bytes(45)
_FORGED_ALERT: Final = bytes.fromhex("1500000101")
_BODY: Final = HEADER_BYTES
"""Where a frame's body begins."""

ATTACKS: Final[tuple[Attack, ...]] = (
    # --- The handshake ---
    Attack(
        "flip-client-hello", "Flip a bit in the ClientHello",
        Flip(direction="up", byte=_BODY + 20, only=FrameType.CLIENT_HELLO),
        Outcome.CAUGHT, "client", Defence.SIGNATURE, "3.2",
        "The server signs both hellos as it saw them. The client knows what it sent, so the signature does "
        "not hold for it.",
    ),
    Attack(
        "flip-server-hello", "Flip a bit in the ServerHello",
        Flip(direction="down", byte=_BODY + 50, only=FrameType.SERVER_HELLO),
        Outcome.CAUGHT, "client", Defence.SIGNATURE, "3.2",
        "The server’s share is under its signature. The client sends nothing more.",
    ),
    Attack(
        "other-version-up", "Change the version in the ClientHello",
        Flip(direction="up", byte=_BODY + 10, only=FrameType.CLIENT_HELLO),
        Outcome.CAUGHT, "server", Defence.MAGIC, "3.1",
        "There is one version and nothing to negotiate. Another magic ends the handshake at once, and "
        "nobody tries again in a weaker way.",
    ),
    Attack(
        "other-version-down", "Change the version in the ServerHello",
        Flip(direction="down", byte=_BODY + 10, only=FrameType.SERVER_HELLO),
        Outcome.CAUGHT, "client", Defence.MAGIC, "3.1",
        "There is one version and nothing to negotiate. The client hangs up without a word.",
    ),
    Attack(
        "own-keys-first", "Answer with own keys, at the first meeting",
        OwnKeys(),
        Outcome.YOU_DECIDE, None, None, "11.1",
        "Mallory’s signature is perfect: it is Mallory’s. No program can know better; you can, by "
        "comparing the fingerprint with the one on the host’s screen. The others see another fingerprint "
        "under your name.",
    ),
    Attack(
        "own-keys-known", "Answer with own keys, for a server that is known",
        OwnKeys(),
        Outcome.CAUGHT, "client", Defence.PINNED_KEY, "11.2",
        "The client remembers whose key was at this address. It stops after the ServerHello, has sent "
        "nothing but its hello, and shows both fingerprints.",
    ),
    Attack(
        "own-keys-invite", "Answer with own keys, to somebody with an invite",
        OwnKeys(),
        Outcome.CAUGHT, "client", Defence.PINNED_KEY, "11.3",
        "The invite names 16 bytes of the fingerprint, so the program compares by itself and asks nobody.",
    ),
    Attack(
        "flip-oaep", "Flip a bit in the wrapped secret",
        Flip(direction="up", byte=_BODY + 100, only=FrameType.CLIENT_KEY_EXCHANGE),
        Outcome.CAUGHT, "server", Defence.FINISHED, "3.4",
        "A ciphertext that does not open is replaced by random bytes, so the proof is wrong: the same "
        "failure at the same place as for a changed proof, and the same five bytes of answer.",
    ),
    Attack(
        "flip-client-fin", "Flip a bit in the client’s proof",
        Flip(direction="up", byte=_BODY + 256 + 3, only=FrameType.CLIENT_KEY_EXCHANGE),
        Outcome.CAUGHT, "server", Defence.FINISHED, "3.4",
        "The proof is a MAC over all that was said so far. The answer is the same five bytes as for a "
        "changed secret.",
    ),
    Attack(
        "flip-server-fin", "Flip a bit in the server’s proof",
        Flip(direction="down", byte=_BODY + 3, only=FrameType.SERVER_FINISHED),
        Outcome.CAUGHT, "client", Defence.FINISHED, "3.4",
        "Before the server’s proof holds, the client says nothing: neither who it is nor a word of text.",
    ),
    Attack(
        "alert", "Inject an Alert into the handshake",
        Inject(direction="down", data=_FORGED_ALERT, only=FrameType.SERVER_HELLO),
        Outcome.CAUGHT, "client", Defence.ALERT, "3.5",
        "Anybody can make these five bytes, so they prove nothing. The client takes them for a failed "
        "handshake, and tries the same again a little later.",
    ),
    Attack(
        "old-server-hello", "Play back yesterday’s ServerHello",
        None,
        Outcome.CAUGHT, "client", Defence.SIGNATURE, "3.2",
        "The signature covers the client’s random, and that one is new each time.",
    ),
    Attack(
        "old-client", "Play back all that a client sent yesterday",
        None,
        Outcome.CAUGHT, "server", Defence.FINISHED, "3.4",
        "The server’s share and random are new each time, so yesterday’s proof is not today’s.",
    ),
    # --- Sealed frames ---
    Attack(
        "flip-direct", "Flip a bit in a Direct record",
        Flip(direction="up", only=_DIRECT),
        Outcome.CAUGHT, "server", Defence.TAG, "5.1",
        "The 16 bytes of the EAX tag cover every bit of the text and of the header.",
    ),
    Attack(
        "flip-room", "Flip a bit in a Room record",
        Flip(direction="down", only=_ROOM),
        Outcome.CAUGHT, "client", Defence.STAMP, "5.2",
        "The stamp is checked before the record is opened: every member has the key that opens, only the "
        "server and this member have the key that stamps.",
    ),
    Attack(
        "flip-room-key", "Flip a bit in a RoomKey",
        Flip(direction="down", only=FrameType.ROOM_KEY),
        Outcome.CAUGHT, "client", Defence.STAMP, "5.2",
        "A RoomKey bears a stamp as well, over the wrapped key.",
    ),
    Attack(
        "flip-close", "Flip a bit in a Close",
        Flip(direction="up", only=FrameType.CLOSE),
        Outcome.CAUGHT, "server", Defence.TAG, "5.1",
        "A goodbye is sealed like any record. The server takes it for a lost connection, which it is.",
    ),
    Attack(
        "header-type", "Change the type in a header",
        Flip(direction="up", byte=0, bit=0, only=_DIRECT),
        Outcome.CAUGHT, "server", Defence.LEGAL_LENGTH, "2",
        "No frame has this type, so four bytes are enough to refuse it.",
    ),
    Attack(
        "header-shorter", "Make the length in a header smaller",
        Flip(direction="up", byte=3, bit=6, only=_DIRECT),
        Outcome.CAUGHT, "server", Defence.TAG, "5.1",
        "The tag covers the header too, and the ciphertext is not whole.",
    ),
    Attack(
        "header-longer", "Make the length in a header larger",
        Flip(direction="up", byte=2, bit=0, only=_DIRECT),
        Outcome.CAUGHT, "server", Defence.TAG, "5.1",
        "The receiver waits for the bytes that the header promises. When later frames have filled it up, "
        "the tag does not fit.",
        others=True,
    ),
    Attack(
        "drop-direct", "Drop a Direct record",
        Drop(direction="up", only=_DIRECT),
        Outcome.CAUGHT, "server", Defence.TAG, "5.1",
        "Both sides count the frames, and the number is in the nonce. Nothing shows until the next frame "
        "comes: that one has the wrong number, so its tag does not fit.",
        others=True,
    ),
    Attack(
        "drop-room", "Drop a Room record",
        Drop(direction="down", only=_ROOM),
        Outcome.CAUGHT, "client", Defence.STAMP, "5.2",
        "The number of the frame is in the stamp. Nothing shows until the next frame comes: that one has "
        "the wrong number.",
        others=True,
    ),
    Attack(
        "drop-last", "Drop the last record, and nothing comes after it",
        Drop(direction="down", only=_ROOM),
        Outcome.NOT_YET, None, None, "5",
        "What never came cannot be missed before something follows. A ping follows within 30 seconds of "
        "silence, and the Close at the end.",
    ),
    Attack(
        "duplicate-direct", "Send a Direct record twice",
        Duplicate(direction="up", only=_DIRECT),
        Outcome.CAUGHT, "server", Defence.TAG, "5.1",
        "The copy is a frame with the number of the one before. The number is in the nonce, so the tag "
        "does not fit.",
    ),
    Attack(
        "duplicate-room", "Send a Room record twice",
        Duplicate(direction="down", only=_ROOM),
        Outcome.CAUGHT, "client", Defence.STAMP, "5.2",
        "The copy is a frame with the number of the one before. The number is in the stamp.",
    ),
    Attack(
        "replay-direct", "Play a Direct record back",
        Replay(direction="up", only=_DIRECT),
        Outcome.CAUGHT, "server", Defence.TAG, "5.1",
        "Same bytes, right key, but not the frame that comes next: the number in the nonce is another one.",
    ),
    Attack(
        "replay-room", "Play a Room record back",
        Replay(direction="down", only=_ROOM),
        Outcome.CAUGHT, "client", Defence.STAMP, "5.2",
        "Same bytes, right key, but not the frame that comes next: the number in the stamp is another one.",
    ),
    Attack(
        "swap-direct", "Swap two Direct records",
        Swap(direction="up", only=_DIRECT),
        Outcome.CAUGHT, "server", Defence.TAG, "5.1",
        "The second one comes first, under the number of the first: the nonce is wrong, and so is the tag.",
        others=True,
    ),
    Attack(
        "swap-room", "Swap two Room records",
        Swap(direction="down", only=_ROOM),
        Outcome.CAUGHT, "client", Defence.STAMP, "5.2",
        "The second one comes first, under the number of the first: the stamp does not fit.",
        others=True,
    ),
    Attack(
        "truncate", "Cut a record short",
        Truncate(direction="up", only=_DIRECT),
        Outcome.CAUGHT, "server", Defence.TAG, "5.1",
        "The receiver waits for the rest. When later frames have filled it up, the tag does not fit.",
        others=True,
    ),
    Attack(
        "inject-direct", "Inject a Direct record of your own",
        Inject(direction="up", data=_FORGED_DIRECT),
        Outcome.CAUGHT, "server", Defence.TAG, "5.1",
        "Without the key nobody makes a tag that fits, and with it only the next number would do.",
    ),
    Attack(
        "inject-room", "Inject a Room record of your own",
        Inject(direction="down", data=_FORGED_ROOM),
        Outcome.CAUGHT, "client", Defence.STAMP, "5.2",
        "A member could seal it, since all members have the room’s key. Nobody but the server can stamp it.",
    ),
    Attack(
        "inject-other", "Inject bytes of another protocol",
        Inject(direction="up", data=b"GET / HTTP/1.1\r\n\r\n"),
        Outcome.CAUGHT, "server", Defence.LEGAL_LENGTH, "2",
        "G is no type of a frame. Type and length are judged before anything is kept.",
    ),
    Attack(
        "late-alert", "Inject an Alert into the conversation",
        Inject(direction="down", data=_FORGED_ALERT),
        Outcome.CAUGHT, "client", Defence.LEGAL_LENGTH, "2",
        "Once there are keys a bare Alert is no legal frame: an honest end is a sealed Close. The "
        "connection is lost, and the client comes back.",
    ),
    # --- The stream ---
    Attack(
        "cut", "Cut the connection",
        Cut(),
        Outcome.CAUGHT, "client", Defence.NO_CLOSE, "5.3",
        "An end without a sealed Close is a loss, never a goodbye. The client comes back and asks for what "
        "it missed.",
    ),
    Attack(
        "delay", "Hold a record back for a while",
        Delay(direction="up", seconds=1.0, only=_DIRECT),
        Outcome.NOBODY, None, None, "5.4",
        "No cryptography says when something should have come. Only deadlines do, and they are wide: 10 "
        "seconds for the handshake, 75 for a silent peer.",
    ),
    Attack(
        "watch", "Watch sizes and times",
        None,
        Outcome.NOBODY, None, None, "1",
        "Who talks when, and how much, is there for whoever watches the wire. Nobody can notice that "
        "somebody looks.",
    ),
)  # fmt: skip
