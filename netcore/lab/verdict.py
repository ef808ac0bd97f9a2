"""What became of an attack: read from what the ends themselves told after it, never from which attack it was.

A version of the museum tells its window lines; what ends its connection, it says there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from netcore.errors import NameTaken
from netcore.lab.attacks import Outcome as Outcome
from netcore.lab.lessons.found import came_back, is_a
from netcore.lab.lessons.model import Place, Seen
from netcore.lab.orders import TapDirection
from netcore.lab.spans import frame_name
from netcore.lab.tap_events import Attacked
from netcore.net.api.events import Connected, Disconnected, Notice, TrustAsked
from netcore.trace import Defence, Refused
from netcore.wire.lines import counted


@dataclass(frozen=True, slots=True)
class Verdict:
    """`happened`: a sentence for each end. `why`: what defends, or why nothing can. `section`: PROTOCOL's."""

    outcome: Outcome
    heading: str
    did: str
    happened: tuple[str, ...]
    why: str
    section: str = ""
    function: str = ""


DID: Final[Mapping[str, str]] = MappingProxyType(
    {
        "flip": "Turned one bit of {what}, and passed it on.",
        "drop": "Left out {what}.",
        "duplicate": "Let {what} pass twice.",
        "replay": "Let {what} pass, and half a second later a copy of it.",
        "swap": "Let {what} and the next one change places.",
        "delay": "Held back {what}, and what followed it.",
        "truncate": "Passed on only the first half of {what}.",
        "inject": "Put bytes of my own in front of {what}.",
        "join": "Let {what} and the next one leave together.",
        "split": "Sent {what} in two pieces.",
        "cut": "Ended the connection, without a word to either side.",
        "own-keys": "Answered with keys of my own instead of the server’s.",
    }
)

_HEADINGS: Final[Mapping[Defence, str]] = MappingProxyType(
    {
        Defence.TAG: "Caught by the tag",
        Defence.STAMP: "Caught by the stamp",
        Defence.SEQUENCE: "Caught by the sequence number",
        Defence.SIGNATURE: "Caught by the signature",
        Defence.FINISHED: "Caught by the Finished proof",
        Defence.PINNED_KEY: "Caught by the pinned key",
        Defence.LEGAL_LENGTH: "Caught: not a legal length",
        Defence.TABLE: "Caught: out of turn",
        Defence.MAGIC: "Caught: not a Hello",
        Defence.KEY_SHARE: "Caught: not a usable key share",
        Defence.JSON: "Caught: not valid JSON",
        Defence.SCHEMA: "Caught: not a known message",
        Defence.MEMBER_PROOF: "Caught by the member’s proof",
        Defence.OWN_WORDS: "Caught: words never said",
        Defence.WHISPER_SEAL: "Caught by the whisper’s seal",
        Defence.NO_CLOSE: "Caught: no Close",
        Defence.DEADLINE: "Caught by the deadline",
        Defence.ALERT: "An Alert ended the handshake",
    }
)
_NOT_TAKEN: Final[Mapping[Defence, str]] = MappingProxyType(
    {
        Defence.TAG: "its tag did not fit",
        Defence.STAMP: "its stamp did not fit",
        Defence.SEQUENCE: "its number was not the next",
        Defence.SIGNATURE: "the signature did not fit",
        Defence.FINISHED: "the proof in it did not fit",
        Defence.PINNED_KEY: "the key was not the pinned one",
        Defence.LEGAL_LENGTH: "its length is not legal",
        Defence.TABLE: "it was not its turn",
        Defence.MAGIC: "it does not begin as a Hello does",
        Defence.KEY_SHARE: "its key share is not usable",
        Defence.JSON: "what it holds is not valid JSON",
        Defence.SCHEMA: "what it holds is no known message",
        Defence.MEMBER_PROOF: "the member’s proof did not fit",
        Defence.OWN_WORDS: "these words were never said",
        Defence.WHISPER_SEAL: "the whisper’s seal did not fit",
        Defence.DEADLINE: "it came too late",
    }
)
_WHY: Final[Mapping[Defence, str]] = MappingProxyType(
    {
        Defence.TAG: "16 bytes at the end of a record prove every bit of it, its header and its number. "
        "Whoever has no key cannot make them.",
        Defence.STAMP: "Each Room record carries a stamp made for this connection and this number alone.",
        Defence.SEQUENCE: "Both sides count the frames. This one was not the next.",
        Defence.SIGNATURE: "The server signs the first two messages. One changed bit, and it is wrong.",
        Defence.FINISHED: "Both sides prove that they saw the same bytes. They had not.",
        Defence.PINNED_KEY: "The signature was perfect, and of the wrong key. Nothing secret was sent.",
        Defence.LEGAL_LENGTH: "Each type of frame has legal lengths, judged before anything of it is kept.",
        Defence.TABLE: "Each message has its place in the conversation. This was not the place.",
        Defence.MAGIC: "Every Hello begins with the same 16 bytes. These were others.",
        Defence.KEY_SHARE: "A few key shares make a secret that everybody can compute. They are refused.",
        Defence.JSON: "Only strict JSON is read on, and a record is opened before it is read.",
        Defence.SCHEMA: "Each message has its fields, and no others. Whatever differs is not read on.",
        Defence.MEMBER_PROOF: "A member signs what belongs to this connection alone. Nobody can pass it on.",
        Defence.OWN_WORDS: "A program knows what it has sent, and sees words of its own that it never sent.",
        Defence.WHISPER_SEAL: "A whisper is sealed and signed for one member. One changed bit shows.",
        Defence.NO_CLOSE: "An honest end is a sealed Close. This stream ended without one.",
        Defence.DEADLINE: "Whoever waits does so for a limited time. This took longer.",
        Defence.ALERT: "Five bytes said that the handshake failed, and never why. They have no seal: "
        "the other side sends them, and so can anybody on the way.",
    }
)

_OPEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "drop": "The next frame of this direction will have a number that does not fit. Let somebody speak.",
        "truncate": "The rest of the frame is waited for. The next bytes will be taken for it, and not fit.",
        "swap": "The first frame waits for a second one, which takes its place. Let somebody speak.",
    }
)
_HANDSHAKE: Final = ("ClientHello", "ServerHello", "ClientKeyExchange", "ServerFinished")
_HANDSHAKE_DROP: Final = (
    "In a handshake each side waits for the other. Both give up when the deadline passes."
)
CHANGES_NOTHING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "delay": "Networks are slow by themselves. As long as no deadline passes, this is nothing new.",
        "split": "Not one byte is different. TCP may cut its stream anywhere, and whoever reads frames puts "
        "them together again.",
        "join": "Not one byte is different. TCP may put together what was sent apart, and a frame says where "
        "it ends.",
    }
)
"""What is no attack on what is said: every byte arrives, in its order."""
_BELIEVED: Final = (
    "Ada’s program has never seen the right key, so it cannot miss it. Only a person who compares "
    "fingerprints, or an invite, can tell."
)
_ANOTHER_KEY: Final = (
    "Ada’s program believed Mallory, and the server did not: the name belongs to Ada’s key, which took it "
    "first, and Mallory has another one. Nothing was passed on."
)
_OLD: Final = "This version has nothing that could notice: it believes whatever comes."
_OLD_1_3: Final = (
    "Version 1.3 checks each message by itself. It counts none and knows no goodbye, so one more, one less "
    "or an end looks like any other."
)


def last_attack(seen: Sequence[Seen]) -> int | None:
    """Where the newest attack stands in `seen`; None while there was none."""
    return next((i for i in reversed(range(len(seen))) if isinstance(seen[i].event, Attacked)), None)


def judge(seen: Sequence[Seen], at: int, version: str = "today") -> Verdict:
    """About the attack at this index, from all that was seen after it."""
    attack = seen[at].event
    assert isinstance(attack, Attacked)
    after = seen[at + 1 :]
    did = DID[attack.attack].format(what=attacked_words(attack, "Ada", version == "today"))
    if version != "today":
        return _judge_old(did, attack, after, version)
    refused = _refused(after)
    happened = (*_told_by(after, "server"), *_told_by(after, "Ada"))
    if refused is not None:
        place, what = refused
        return Verdict(
            Outcome.CAUGHT,
            _HEADINGS[what.defence],
            did,
            happened,
            _WHY[what.defence] + ("" if what.defence is Defence.ALERT else f" {_who(place)} noticed."),
            what.section,
            what.function,
        )
    quiet = happened or ("Everything arrived, and nobody said anything.",)
    if attack.attack in CHANGES_NOTHING:
        return Verdict(Outcome.NOBODY, "Nothing can notice", did, quiet, CHANGES_NOTHING[attack.attack])
    if attack.attack == "own-keys" and _came_in(after):
        return Verdict(Outcome.YOU_DECIDE, "No program can notice; you can", did, quiet, _BELIEVED, "11.1")
    if attack.attack == "own-keys" and _name_taken(after):
        return Verdict(Outcome.CAUGHT, "Caught by the name", did, happened, _ANOTHER_KEY, "12.2")
    nothing = happened or ("Nothing so far.",)
    comes = _OPEN.get(attack.attack, "Watch what comes next.")
    if attack.attack == "drop" and attack.before and frame_name(attack.before[0]) in _HANDSHAKE:
        comes = _HANDSHAKE_DROP
    return Verdict(Outcome.NOT_YET, "Not noticed yet", did, nothing, comes)


def _judge_old(did: str, attack: Attacked, after: Sequence[Seen], version: str) -> Verdict:
    lines = [(one.at, one.event.text) for one in after if isinstance(one.event, Notice)]
    happened = tuple(f"{_who(at)} shows: {text}" for at, text in lines[:3])
    if any(tells_of_tag(text) for _, text in lines):
        return Verdict(Outcome.CAUGHT, "Caught by the tag", did, happened, "AES-EAX checks 16 bytes of tag.")
    garbled = any(text.startswith("-- ") for _, text in lines)
    heading = "Something broke, and nobody knows why" if garbled else "Nothing noticed"
    why = _OLD_1_3 if version == "1.3" else _OLD
    if not garbled and (attack.attack == "delay" or version == "1.3"):
        why = CHANGES_NOTHING.get(attack.attack, why)
    return Verdict(Outcome.NOBODY, heading, did, happened or ("Nothing so far.",), why)


def tells_of_tag(line: str) -> bool:
    """Whether a program of version 1.3 says in this line that a tag did not fit."""
    return line.startswith("-- connection ended: MAC")


def attacked_words(attack: Attacked, client: str, frames: bool) -> str:
    """What was attacked: a frame by its number, name and size, or a chunk where there are no `frames`, and
    its way. `client`: who sends up."""
    if attack.direction is None or not attack.before:
        return "what came"
    size = counted(len(attack.before), "byte")
    what = f"frame {attack.n} ({frame_name(attack.before[0])}, {size})" if frames else f"a chunk of {size}"
    return f"{what} on its way {way_words(attack.direction, client)}"


def way_words(direction: TapDirection, client: str) -> str:
    """`client`: who sends up."""
    return f"from {client} to the server" if direction == "up" else f"from the server to {client}"


def _refused(after: Sequence[Seen]) -> tuple[Place, Refused] | None:
    """What an end did not take first. That a stream ended is what such a refusal looks like from the other
    end, so it counts if there is nothing else."""
    found = [(one.at, one.event) for one in after if isinstance(one.event, Refused)]
    proofs = [one for one in found if one[1].defence not in (Defence.NO_CLOSE, Defence.ALERT)]
    return next(iter(proofs or found), None)


def _told_by(after: Sequence[Seen], place: Place) -> tuple[str, ...]:
    """What happened at this end, in a sentence; nothing while nothing has."""
    refused = next((e.event for e in after if e.at == place and isinstance(e.event, Refused)), None)
    said = []
    if refused is not None and refused.defence is Defence.NO_CLOSE:
        said.append(f"For {_who(place, False)} the connection ended without a Close.")
    elif refused is not None and refused.defence is Defence.ALERT:
        said.append(f"{_who(place)} was told by an Alert that the handshake failed.")
    elif refused is not None:
        frame = f"frame {refused.n}" if refused.n is not None else "what came"
        said.append(f"{_who(place)} did not take {frame}: {_NOT_TAKEN[refused.defence]}.")
    if any(is_a(one, place, Disconnected) for one in after):
        back = came_back(after, place, -1) is not None
        said.append("Ada came back by herself." if back else "Ada’s program has lost the room.")
    if any(is_a(one, place, TrustAsked) for one in after):
        said.append("Ada’s program stopped, and asks its person.")
    return (" ".join(said),) if said else ()


def _came_in(after: Sequence[Seen]) -> bool:
    return any(is_a(one, "Ada", Connected) for one in after)


def _name_taken(after: Sequence[Seen]) -> bool:
    """Whether the server has let nobody in under Ada's name, who has another key than Ada."""
    return any(one.at == "Ada" and isinstance(one.event, Disconnected)
               and isinstance(one.event.error, NameTaken) for one in after)


def _who(place: Place, first: bool = True) -> str:
    return ("The server" if first else "the server") if place == "server" else place
