"""What a learner is asked before a step is shown, and what is said to each answer (PROTOCOL §3).

A prediction first, then what was seen: who has said what they expect sees it better, right or wrong. So an
answer is locked, each wrong one has its own reply, and a question may be skipped: then its cell stays open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Answer:
    """One of several that may be chosen, here and in a lesson."""

    text: str
    reply: str
    """To whoever has chosen it. A wrong answer gets one of its own."""


@dataclass(frozen=True, slots=True)
class Question:
    """Asked at a step, before what it opens is shown."""

    name: str
    step: int
    """The message, from 1, that has just crossed."""
    opens: tuple[str, ...]
    """The values whose cell in the eavesdropper's column waits for the answer."""
    text: str
    answers: tuple[Answer, ...]
    right: int
    why: str
    """What is so, for everyone."""
    section: str
    function: str


QUESTIONS: Final[tuple[Question, ...]] = (
    Question(
        "hello", 1, ("client_random", "client_x25519"),
        "Who can read what ClientHello carries?",
        (
            Answer("Only the server", "The server it is meant for is not the only one who gets it: every "
                   "switch, access point and router on the way has the same bytes in its hands."),
            Answer("Everybody on the way", "Yes. There is no key yet, so there is nothing to hide it with."),
            Answer("Nobody: it looks like noise", "It looks like noise, and still anyone can copy it. What "
                   "is random is not secret: secret is what only some know."),
        ), 1,
        "The first message goes in the clear, since the two have no key in common yet. That does no harm: "
        "a random number and the public half of a share are made to be seen.",
        "PROTOCOL §3.1", "ClientHelloBody in netcore/crypto/bodies.py",
    ),
    Question(
        "signature", 2, ("identity_n", "signature"),
        "The signature in ServerHello is right. What does that prove?",
        (
            Answer("This is the server that Ada means", "It may be anybody: a man in the middle signs with "
                   "a key of his own, and his signature is right, too. Whose key it is, the fingerprint "
                   "tells."),
            Answer("Whoever holds this key made it for this connection", "Yes. It covers the client’s random "
                   "bytes, so it was not copied from yesterday."),
            Answer("Nobody is listening", "Signing hides nothing. It says who made something, not who has "
                   "seen it."),
        ), 1,
        "A signature ties the bytes to a key, and this one to this connection. Whether that key belongs to "
        "the right server is a decision about trust, and no arithmetic can take it.",
        "PROTOCOL §3.2", "verify_server_hello() in netcore/crypto/exchange.py",
    ),
    Question(
        "pre_secret", 3, ("pre_secret",),
        "The eavesdropper has seen kex_n, the RSA key, and oaep_ct. Can it have pre_secret?",
        (
            Answer("Yes: it has the key", "It has the public half. That half locks; it does not unlock, not "
                   "even for the client who locked it."),
            Answer("Only with the secret half of the RSA key", "Yes, and that half never leaves the server. "
                   "But it exists there, so it could be stolen one day."),
            Answer("No, by no means at all", "It has one way: to steal the server’s secret half, today or "
                   "next year. What was recorded can wait for that."),
        ), 1,
        "RSA carries one small secret. The public half of the key is for everybody, the secret half opens. "
        "That is why the table says “needs RSA key” here, and not “cannot know”.",
        "PROTOCOL §3.3", "recover_pre_secret() in netcore/crypto/exchange.py",
    ),
    Question(
        "z", 3, ("z", "PRK", "c2s traffic", "s2c traffic"),
        "Can the eavesdropper compute z?",
        (
            Answer("Yes: it has seen both shares", "It has seen both public halves. z takes one secret half "
                   "and one public one."),
            Answer("Only with the server’s RSA key", "The RSA key opens pre_secret and has nothing to do "
                   "with z. That is the point of having both."),
            Answer("No: it would need a secret half", "Yes. Both public halves crossed the wire, no secret "
                   "half ever does."),
        ), 2,
        "z comes from one secret half and the other side’s public one. Both sides forget their half at once. "
        "So yesterday’s recording stays closed even when the RSA keys leak: forward secrecy.",
        "PROTOCOL §3.3", "X25519Share.agree() in netcore/crypto/exchange.py",
    ),
    Question(
        "finished", 4, ("server_fin", "session_hash"),
        "ServerFinished holds 32 bytes, the server’s proof. What does the client learn from it?",
        (
            Answer("The server has nothing more to say", "Despite its name it ends only the handshake: the "
                   "talking begins here."),
            Answer("The server opened oaep_ct and saw the same bytes", "Yes. Only then do both have the same "
                   "secrets and the same hash, and so the same proof."),
            Answer("The server knows now that this is Ada", "Not yet: Ada has said nothing of herself. She "
                   "does that next, sealed."),
        ), 1,
        "The proof is a keyed hash (HMAC) over all that was said. One bit changed on the way, or a server "
        "that could not open oaep_ct, and it would not come out right. Before it holds, the client sends "
        "nothing more.",
        "PROTOCOL §3.3", "check_fin() in netcore/crypto/exchange.py",
    ),
    Question(
        "auth", 5, ("auth",),
        "Now Ada says who she is. Can the eavesdropper read her name?",
        (
            Answer("Yes: the server must find her by it", "The server opens the record first and reads the "
                   "name then. On the way it is sealed like all else."),
            Answer("No, but it sees that something of this size was sent", "Yes. Size, time and both "
                   "addresses stay visible; no encryption hides those."),
            Answer("No: it does not even notice", "It does notice. The header of a frame is readable, and so "
                   "is the length in it."),
        ), 1,
        "From here on everything is sealed with AES-EAX: hidden, and safe against changes. What stays open "
        "is who talks to whom, when and how much.",
        "PROTOCOL §4.2", "ClientSession.authenticate() in netcore/session/client.py",
    ),
    Question(
        "forward_secrecy", 6, ("welcome",),
        "Next year somebody steals both RSA keys of the server, and has these bytes. What opens?",
        (
            Answer("Everything", "pre_secret would, yes. But the traffic keys need z too, and its two secret "
                   "halves are nowhere any more."),
            Answer("Nothing of what was said", "Yes. The key schedule needs z, and what is not kept cannot "
                   "be stolen."),
            Answer("Only the newest connection", "That one has its own two halves as well, and has forgotten "
                   "them just like the others."),
        ), 1,
        "The thief gets pre_secret and stops there: z is missing. With RSA alone, as older protocols had it, "
        "the whole recording would open.",
        "PROTOCOL §3.3", "derive_secrets() in netcore/crypto/exchange.py",
    ),
)  # fmt: skip

QUESTION: Final[Mapping[str, Question]] = {question.name: question for question in QUESTIONS}

SKIPPED: Final = -1


class Predictions:
    """What was answered so far. An answer is locked; what was skipped may still be answered."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def answer(self, question: Question, number: int) -> bool:
        """Lock this answer; whether it was taken, for one that stands already stays."""
        if self.chosen(question) is not None:
            return False
        if not 0 <= number < len(question.answers):
            raise ValueError(f"no answer {number} to {question.name}")
        self._given[question.name] = number
        return True

    def skip(self, question: Question) -> None:
        """Go on without; the cell stays open."""
        self._given.setdefault(question.name, SKIPPED)

    def chosen(self, question: Question) -> int | None:
        """The locked answer, if there is one."""
        given = self._given.get(question.name, SKIPPED)
        return None if given == SKIPPED else given

    def due(self, step: int, among: tuple[Question, ...] = QUESTIONS) -> Question | None:
        """What stands between the learner and the next step: neither answered nor skipped yet."""
        return next((q for q in among if q.step <= step and q.name not in self._given), None)

    def at(self, step: int) -> tuple[Question, ...]:
        """The questions of this step that have been answered or skipped."""
        return tuple(q for q in QUESTIONS if q.step == step and q.name in self._given)

    def hidden(self, value_name: str) -> bool:
        """Whether the eavesdropper's cell of this value waits for an answer."""
        return any(value_name in q.opens and self.chosen(q) is None for q in QUESTIONS)

    def reset(self) -> None:
        """Begin anew."""
        self._given.clear()
