"""The sixteen cases: eight pairs of an attack and something honest that looks like it (PROTOCOL §5, §11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from netcore.lab.cases.model import Case, CaseVerdict, Observation
from netcore.lab.cases.scene import Scene, first_contact
from netcore.lab.lessons.found import frames, pointer
from netcore.lab.lessons.model import Place, Pointer, Seen
from netcore.lab.throwaway import KexName, KeyName
from netcore.trace import Direction, FrameSeen, Refused
from netcore.wire.codes import CloseCode
from netcore.wire.framing import FrameType

ADA: Final[tuple[Place, ...]] = ("Ada",)
BOTH: Final[tuple[Place, ...]] = ("Ada", "server")
SLOW_PIECES: Final = 30


# --- Finding the frames that show it -----------------------------------------------------------------


def _frames(seen: Sequence[Seen], at: Place, direction: Direction = "in") -> list[FrameSeen]:
    return [frame for _, frame in frames(seen, at, direction)]


def _rooms(seen: Sequence[Seen]) -> list[FrameSeen]:
    """The Room records that came to Ada."""
    return [frame for frame in _frames(seen, "Ada") if frame.type == FrameType.ROOM]


def _all_of(*types: FrameType, at: tuple[Place, ...] = ADA) -> Callable[[Sequence[Seen]], frozenset[Pointer]]:
    def found(seen: Sequence[Seen]) -> frozenset[Pointer]:
        return frozenset(
            pointer(place, frame)
            for place in at
            for direction in ("in", "out")
            for frame in _frames(seen, place, direction)
            if frame.type in types
        )

    return found


def _refused_one(seen: Sequence[Seen]) -> frozenset[Pointer]:
    """The frame that Ada's program did not take, and the one like it at the server."""
    for one in seen:
        event = one.event
        if one.at == "Ada" and isinstance(event, Refused) and event.n is not None:
            return frozenset(
                {
                    Pointer("Ada", event.connection, "in", event.n),
                    Pointer("server", event.connection, "out", event.n),
                }
            )
    return frozenset()


def _last_frame(seen: Sequence[Seen]) -> frozenset[Pointer]:
    return frozenset({pointer("Ada", _frames(seen, "Ada")[-1])})


def _last_rooms(count: int) -> Callable[[Sequence[Seen]], frozenset[Pointer]]:
    def found(seen: Sequence[Seen]) -> frozenset[Pointer]:
        return frozenset(pointer("Ada", frame) for frame in _rooms(seen)[-count:])

    return found


def _replayed(seen: Sequence[Seen]) -> frozenset[Pointer]:
    """The copy, and what it is a copy of."""
    came = _frames(seen, "Ada")
    return frozenset(
        pointer("Ada", frame) for frame in came if sum(other.raw == frame.raw for other in came) > 1
    )


def _first_room(seen: Sequence[Seen]) -> frozenset[Pointer]:
    """The first Room record, and the Direct record before it, which says how far Ada was by then."""
    first = _rooms(seen)[0]
    before = [frame for frame in _frames(seen, "Ada") if frame.type == FrameType.DIRECT and frame.n < first.n]
    return frozenset(pointer("Ada", frame) for frame in (first, before[-1]))


# --- The pairs ---------------------------------------------------------------------------------------


def _yesterday(scene: Scene) -> None:
    dial = scene.dial()
    dial.join()
    dial.room_says(scene.line())
    dial.close(CloseCode.SHUTDOWN)
    scene.passes(60.0)


def _server_restarted(scene: Scene) -> None:
    _yesterday(scene)
    dial = scene.dial("server", "server_kex_new")
    dial.join()
    dial.room_says(scene.line())


def _another_key(server: KeyName, kex: KexName) -> Callable[[Scene], None]:
    """Ada knows a key at this address, and is shown this one."""

    def play(scene: Scene) -> None:
        _yesterday(scene)
        dial = scene.dial(server, kex)
        dial.handshake()
        dial.end()

    return play


def _met_mallory(scene: Scene) -> None:
    to_mallory = first_contact(scene, "mallory", "mallory_kex", ("Ada", "tap"))
    to_server = scene.dial("server", known="server", member="mallory_member", ends=("tap", "server"))
    to_mallory.join()
    to_server.join()
    for _ in range(2):
        text = scene.line()
        to_mallory.ada_says(text)
        to_server.ada_says(text)
        to_server.room_says(text)
        to_mallory.room_says(text)


def _met_the_server(scene: Scene) -> None:
    dial = first_contact(scene, "server")
    dial.join()
    for _ in range(2):
        text = scene.line()
        dial.ada_says(text)
        dial.room_says(text)


def _bit_turned(scene: Scene) -> None:
    dial = scene.dial()
    dial.join()
    for _ in range(2):
        dial.room_says(scene.line())

    def flip(chunks: list[bytes]) -> list[bytes]:
        bent = bytearray(chunks[0])
        bent[scene.chance.randrange(20, len(bent) - 40)] ^= 1 << scene.chance.randrange(8)
        return [bytes(bent)]

    dial.room_says(scene.line(), flip)
    dial.end()


def _small_pieces(scene: Scene) -> None:
    dial = scene.dial()
    dial.join()
    dial.room_says(scene.line())

    def cut(chunks: list[bytes]) -> list[bytes]:
        size = -(-len(chunks[0]) // SLOW_PIECES)
        return [chunks[0][start : start + size] for start in range(0, len(chunks[0]), size)]

    dial.room_says(scene.line(), cut)
    dial.room_says(scene.line())


def _sent_again(scene: Scene) -> None:
    dial = scene.dial()
    dial.join()
    dial.room_says(scene.line())
    dial.room_says(scene.line(), lambda chunks: [chunks[0], chunks[0]])
    dial.end()


def _said_twice(scene: Scene) -> None:
    dial = scene.dial()
    dial.join()
    dial.room_says(scene.line())
    text = scene.line()
    dial.room_says(text)
    dial.room_says(text)
    dial.room_says(scene.line())


def _one_left_out(scene: Scene) -> None:
    dial = scene.dial()
    dial.join()
    for _ in range(2):
        dial.room_says(scene.line())
    dial.room_says(scene.line(), lambda chunks: [])
    dial.room_says(scene.line())
    dial.end()


def _came_late(scene: Scene) -> None:
    dial = scene.dial()
    dial.join()
    dial.others_came_before(3 + scene.chance.randrange(5))
    for _ in range(3):
        dial.room_says(scene.line())


def _cut_off(scene: Scene) -> None:
    dial = scene.dial()
    dial.join()
    for _ in range(2):
        dial.room_says(scene.line())
    dial.end()


def _host_stopped(scene: Scene) -> None:
    dial = scene.dial()
    dial.join()
    for _ in range(2):
        dial.room_says(scene.line())
    dial.close(CloseCode.SHUTDOWN)


def _alert(real: bool) -> Callable[[Scene], None]:
    def play(scene: Scene) -> None:
        dial = scene.dial()
        dial.alert(real)
        dial.end()

    return play


# --- The cases ---------------------------------------------------------------------------------------

_KEY_SEEN: Final = (
    Observation(
        "identity_n in ServerHello is another one than yesterday",
        "Compare byte by byte: is it really another one?",
    ),
    Observation(
        "identity_n in ServerHello is the same as yesterday, and kex_n is another one",
        "A server makes kex_n anew at each start. Is identity_n really the same? Compare byte by byte.",
    ),
    Observation(
        "server_random is another one than yesterday",
        "It is another one each time. If it were the same, that would be strange.",
    ),
    Observation(
        "the signature is another one than yesterday",
        "It covers this connection’s randoms, so it is never the same twice.",
    ),
)
_HOST_ASKED: Final = (
    Observation(
        "the host reads out another fingerprint than the one that Ada was shown",
        "Did the host say so? Ask, and compare letter by letter.",
        needs_host=True,
    ),
    Observation(
        "the host reads out the fingerprint that Ada was shown",
        "Did the host say so? Ask, and compare letter by letter.",
        needs_host=True,
    ),
    Observation(
        "an unknown key at a known address can only be an attack",
        "A server that was set up anew has a new key, too. The bytes are the same in both cases.",
    ),
    Observation(
        "Ada’s program stopped, so it knows",
        "It knows that the key is another one. Whose it is, it cannot know.",
    ),
)
_BOTH_ENDS: Final = (
    Observation(
        "the server got another client_random than Ada sent",
        "Look at both ends: the 32 bytes after the magic in ClientHello.",
    ),
    Observation(
        "the server got the very client_random that Ada sent",
        "Look at both ends: the 32 bytes after the magic in ClientHello.",
    ),
    Observation(
        "Ada connected twice",
        "At first contact a client hangs up, asks its person, and dials again. That is how it should be.",
    ),
    Observation(
        "the signature in ServerHello is good",
        "It is good in both cases. It says that somebody has the key, not who that is.",
    ),
)
_BENT: Final = (
    Observation(
        "one frame at Ada differs in one bit from what the server sent, and it is the last one",
        "Compare the two ends frame by frame.",
    ),
    Observation(
        "one frame came in many chunks and was opened all the same",
        "Chunks are no borders. Was every frame opened?",
    ),
    Observation(
        "a frame was cut to pieces on its way",
        "TCP may cut wherever it likes. What counts is whether the bytes are the same, in the same order.",
    ),
    Observation(
        "the connection is slow",
        "Slow is not false. What do the bytes say?",
    ),
)
_TWICE: Final = (
    Observation(
        "two Room frames are the same in every byte, index and stamp included",
        "Look at index and stamp of both.",
    ),
    Observation(
        "two texts are the same, and index, ciphertext and stamp differ",
        "Look at index and stamp of both.",
    ),
    Observation(
        "two frames have the same length",
        "Texts of the same length make frames of the same length. That shows nothing.",
    ),
    Observation(
        "Ben would never say that twice",
        "People do. The bytes know better.",
    ),
)
_GAP: Final = (
    Observation(
        "a Room record that left the server never reached Ada, and the next one was the last",
        "Compare the numbers at both ends.",
    ),
    Observation(
        "what Ada got first was not the first that was said, and from there on the indices have no hole",
        "Look at the first Room record, and at those behind it.",
    ),
    Observation(
        "an index was skipped, so something is missing",
        "Was one? An index alone proves nothing, since a server may leave some out. What left the server "
        "and never came does.",
    ),
    Observation(
        "too little was said",
        "Silence is no evidence.",
    ),
)
_END: Final = (
    Observation(
        "the stream ends without a Close, and the host says that the room goes on",
        "Look for a frame of type 19 at the end. If there is none, did the server crash? Ask the host.",
        needs_host=True,
    ),
    Observation(
        "a Close came before the stream ended",
        "Look for a frame of type 19 at the end.",
    ),
    Observation(
        "nobody said anything for half a second before the end",
        "Pauses are no evidence.",
    ),
    Observation(
        "the end of a stream is always suspicious",
        "Every conversation ends once. What matters is whether its end was said.",
    ),
)
_ALERTED: Final = (
    Observation(
        "15 00 00 01 01 has no seal: a busy server sends it, and anybody else can",
        "Is there anything in these five bytes that only the server can make?",
    ),
    Observation(
        "the server sent the Alert",
        "From this end nobody can know that. Anybody on the way can send these five bytes.",
    ),
    Observation(
        "somebody on the way sent the Alert",
        "From this end nobody can know that. A busy server sends these five bytes, too.",
    ),
    Observation(
        "Ada should try again with less encryption",
        "Never. That is what somebody who sends a false Alert would want. The same again, or not at all.",
    ),
)

_SHOWN: Final = "The host reads out the fingerprint from the window: {fingerprint}."
_HELLOS: Final = _all_of(FrameType.SERVER_HELLO)

CASES: Final[tuple[Case, ...]] = (
    Case(
        1,
        "The same address",
        "Ada was in this room yesterday (connection 1). Today she connects again (connection 2).",
        ADA,
        _another_key("mallory", "mallory_kex"),
        CaseVerdict.MEDDLED,
        _KEY_SEEN,
        0,
        _HELLOS,
        "The host says: nothing was changed here since yesterday.",
        "Somebody answered with a key of his own. Ada’s program saw another key than yesterday’s and sent "
        "nothing more, not one byte.",
        "11.2",
    ),
    Case(
        2,
        "The same address, again",
        "Ada was in this room yesterday (connection 1). Today she connects again (connection 2).",
        ADA,
        _server_restarted,
        CaseVerdict.HONEST,
        _KEY_SEEN,
        1,
        _HELLOS,
        "The host says: the computer was started anew this morning.",
        "The server was started anew, so it made a new key-exchange key. Its identity is the same.",
        "3.2",
    ),
    Case(
        3,
        "A new key",
        "Ada was in this room yesterday (connection 1). Today (connection 2) her program stops, and shows "
        "her a key that it does not know: {mallory}. You may ask the host.",
        ADA,
        _another_key("mallory", "mallory_kex"),
        CaseVerdict.MEDDLED,
        _HOST_ASKED,
        0,
        _HELLOS,
        _SHOWN.format(fingerprint="{server}"),
        "The host’s fingerprint was another one: somebody in between had answered. The bytes alone could not "
        "tell, the host could.",
        "11.2",
    ),
    Case(
        4,
        "Another new key",
        "Ada was in this room yesterday (connection 1). Today (connection 2) her program stops, and shows "
        "her a key that it does not know: {server_new}. You may ask the host.",
        ADA,
        _another_key("server_new", "server_kex_new"),
        CaseVerdict.HONEST,
        _HOST_ASKED,
        1,
        _HELLOS,
        _SHOWN.format(fingerprint="{server_new}"),
        "The host had set the server up anew, and read out the very fingerprint that Ada was shown.",
        "11.2",
    ),
    Case(
        5,
        "A first meeting",
        "Ada has never been here. You have the captures of both ends.",
        BOTH,
        _met_mallory,
        CaseVerdict.MEDDLED,
        _BOTH_ENDS,
        0,
        _all_of(FrameType.CLIENT_HELLO, at=BOTH),
        "The host says: Ada’s disc looks different here than in her own window.",
        "Two handshakes instead of one: Ada’s with Mallory, Mallory’s with the server. Nothing at Ada’s end "
        "could show that; the other end did.",
        "11.1",
    ),
    Case(
        6,
        "Another first meeting",
        "Ada has never been here. You have the captures of both ends.",
        BOTH,
        _met_the_server,
        CaseVerdict.HONEST,
        _BOTH_ENDS,
        1,
        _all_of(FrameType.CLIENT_HELLO, at=BOTH),
        "The host says: welcome, Ada.",
        "The same handshake at both ends. Ada connected twice because her program asked her first.",
        "11.1",
    ),
    Case(
        7,
        "It broke off",
        "Ada’s connection ended in the middle of a talk. You have both ends.",
        BOTH,
        _bit_turned,
        CaseVerdict.MEDDLED,
        _BENT,
        0,
        _refused_one,
        "The host says: here all went well.",
        "One bit was turned on the way. The stamp of that frame did not fit, and Ada’s program ended the "
        "connection without a word.",
        "5.2",
    ),
    Case(
        8,
        "In small pieces",
        "Ada’s network is slow today. You have both ends.",
        BOTH,
        _small_pieces,
        CaseVerdict.HONEST,
        _BENT,
        1,
        _last_rooms(2),
        "The host says: here all went well.",
        "A frame came in some thirty chunks. It was put together and opened, as it should be.",
        "2",
    ),
    Case(
        9,
        "Once more",
        "Ada hears Ben, and then her connection ends.",
        ADA,
        _sent_again,
        CaseVerdict.MEDDLED,
        _TWICE,
        0,
        _replayed,
        "The host says: Ben said it once.",
        "The same frame came twice, byte for byte. The second was not the one that came next, so "
        "its stamp did not fit.",
        "5.2",
    ),
    Case(
        10,
        "Twice",
        "Ada hears Ben say the same twice.",
        ADA,
        _said_twice,
        CaseVerdict.HONEST,
        _TWICE,
        1,
        _last_rooms(3),
        "The host says: Ben said it twice.",
        "Ben said it twice: two records, each with an index and a stamp of its own.",
        "5.2",
    ),
    Case(
        11,
        "Something is missing",
        "Ada’s connection ended in the middle of a talk. You have both ends.",
        BOTH,
        _one_left_out,
        CaseVerdict.MEDDLED,
        _GAP,
        0,
        _refused_one,
        "The host says: here all went well.",
        "A record was left out. The next one had a number that Ada did not wait for, and that ended it.",
        "5.2",
    ),
    Case(
        12,
        "Is something missing?",
        "Ada came when the others had talked for a while.",
        ADA,
        _came_late,
        CaseVerdict.HONEST,
        _GAP,
        1,
        _first_room,
        "The host says: Ada came when the talk was half over.",
        "Ada came late. What was said before was sealed under older keys, for others; from her first record "
        "on none is missing.",
        "5.2",
    ),
    Case(
        13,
        "The end",
        "It is quiet in Ada’s room, for good.",
        ADA,
        _cut_off,
        CaseVerdict.MEDDLED,
        _END,
        0,
        _last_frame,
        "The host says: the room goes on, and Ada is gone.",
        "The connection was cut. An end that is not said is a loss, never a goodbye, and Ada’s program comes "
        "back. A server that crashes leaves the same bytes: that it was not so, only the host could tell.",
        "5.3",
    ),
    Case(
        14,
        "Another end",
        "It is quiet in Ada’s room, for good.",
        ADA,
        _host_stopped,
        CaseVerdict.HONEST,
        _END,
        1,
        _last_frame,
        "The host says: I closed the room.",
        "The host closed the room: a Close, sealed like all else, and then the end of the stream.",
        "5.3",
    ),
    Case(
        15,
        "Five bytes",
        "Ada wanted to come in, and got five bytes.",
        ADA,
        _alert(real=False),
        CaseVerdict.OPEN,
        _ALERTED,
        0,
        _all_of(FrameType.ALERT),
        "The host says: I do not know what you mean.",
        "Somebody on the way had sent it. From this end nobody could know that: the same dial "
        "again is right, and never a weaker one.",
        "3.5",
    ),
    Case(
        16,
        "Five bytes again",
        "Ada wanted to come in, and got five bytes.",
        ADA,
        _alert(real=True),
        CaseVerdict.OPEN,
        _ALERTED,
        0,
        _all_of(FrameType.ALERT),
        "The host says: I do not know what you mean.",
        "The server had too much to do. From this end nobody could know that: the same dial again "
        "is right, and never a weaker one.",
        "3.5",
    ),
)
