"""What both ends of a connection do alike (PROTOCOL §2, §5, §14.2).

Bytes go in (`receive_bytes`), events come out; messages go in (`send`), bytes come out
(`take_output`). No socket, no clock, no thread: `now` is an argument, in seconds of any monotonic
clock. So a whole conversation fits in a test, and the same code serves any loop.

Here: cutting frames, asking the table, counting and sealing, packing texts into records, ending.
Left to `client` and `server`: the handshake. Left to the room: what the messages mean.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Final, TypeVar

from netcore import limits
from netcore.crypto.eax import TAG_BYTES
from netcore.crypto.exchange import ALERT_BODY, OTHER_VERSION_BODY, DirectionKeys
from netcore.crypto.primitives import Random
from netcore.crypto.records import (
    CHUNK_HEAD_BYTES,
    DirectOpener,
    DirectSealer,
    decode_chunk_head,
    decode_close,
    encode_chunk_head,
    encode_close,
    open_chunk,
    seal_chunk,
)
from netcore.errors import FrameError, LocalChatError, MessageError
from netcore.session.defences import defence_of
from netcore.session.events import Event, Failed, FileChunkReceived, PeerClosed
from netcore.session.table import LENGTHS, Act, State, Table, after_act, after_frame
from netcore.trace import Tape
from netcore.wire.codec import encode, split_texts
from netcore.wire.codes import CloseCode
from netcore.wire.framing import HEADER_BYTES, Frame, FrameParser, FrameType, encode_frame, encode_header
from netcore.wire.messages import Message

ALERT_FRAME: Final = encode_frame(FrameType.ALERT, ALERT_BODY)
"""The whole answer to any fault before keys exist, but for another version: 5 bytes, always the same."""
OTHER_VERSION_FRAME: Final = encode_frame(FrameType.ALERT, OTHER_VERSION_BODY)
"""The answer to a ClientHello of another version of LocalChat."""

PLAIN_FRAMES: Final = 2
"""What each side sends before there are keys, if all goes well."""

_WAITING_BYTES: Final = HEADER_BYTES + limits.MAX_AUTH_RECORD_BYTES
"""The most that may lie here while a job is under way: one frame, as large as a stranger's may be."""

_M = TypeVar("_M", bound=Message)


class Session(ABC):
    """One end of one connection. Use ClientSession or ServerSession.

    After `Failed`, `PeerClosed` or `close()` it is over: what comes in and what is sent is dropped,
    and only `take_output` has still a use.
    """

    __slots__ = (
        "_chunks",
        "_deadline",
        "_events",
        "_following",
        "_in_bytes",
        "_in_chunk_bytes",
        "_in_seq",
        "_opener",
        "_out_bytes",
        "_out_seq",
        "_parser",
        "_random",
        "_sealer",
        "_started",
        "_state",
        "_texts",
        "_working",
        "tape",
    )

    _TABLE: ClassVar[Table]

    def __init__(self, random: Random, now: float, tape: Tape | None = None) -> None:
        self.tape = tape
        """Where the laboratory records this connection; None if nobody does."""
        self._random = random
        self._started = now
        self._deadline: float | None = now + limits.HANDSHAKE_S
        self._state = State.NOTHING_KNOWN
        self._following = State.NOTHING_KNOWN  # where the frame at hand leads
        self._working = False  # whether a job looks at it; then no other is taken
        self._parser = FrameParser(LENGTHS[self._state])
        self._events: list[Event] = []
        self._opener: DirectOpener | None = None
        self._sealer: DirectSealer | None = None
        # One count for all frames of a direction, so that none can be moved, repeated or left out.
        self._in_seq = 0
        self._out_seq = 0
        self._in_bytes = 0
        self._in_chunk_bytes = 0
        self._out_bytes = 0
        self._texts: list[bytes] = []  # waiting to be packed into records
        self._chunks: list[bytes] = []  # ready to leave, in order

    # --- What the owner asks --------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self._state

    @property
    def deadline(self) -> float | None:
        """When to call `timed_out`, on the clock of `now`; None while the peer owes us nothing."""
        return None if self._state is State.CLOSED else self._deadline

    @property
    def in_chunk_bytes(self) -> int:
        """Of what was received, how much belongs to FileChunk frames, one that is not whole included."""
        return self._in_chunk_bytes + self._parser.unfinished_bytes(FrameType.FILE_CHUNK)

    def life_is_over(self, now: float) -> bool:
        """Whether this connection has lasted, or carried, as much as one set of keys should."""
        return (
            now - self._started >= limits.CONNECTION_LIFE_S
            or max(self._in_seq, self._out_seq) >= limits.CONNECTION_LIFE_FRAMES
            or self._in_bytes + self._out_bytes >= limits.CONNECTION_LIFE_BYTES
        )

    # --- Bytes in, events out -------------------------------------------------------------------

    def receive_bytes(self, data: bytes, now: float) -> list[Event]:
        """Take what one `recv` gave. Never raises for anything a peer does."""
        if self._state is State.CLOSED:
            return []
        self._in_bytes += len(data)
        self._parser.feed(data)
        return self._go_on(now)

    def receive_eof(self, now: float) -> list[Event]:
        """The peer sends no more. Without a Close before it this is a loss, never a goodbye."""
        if self._state is not State.CLOSED:
            self._fail(self._gone())
        return self._take_events()

    def timed_out(self, now: float) -> list[Event]:
        """Ends the session if `deadline` has passed; else does nothing."""
        if self.deadline is not None and now >= self.deadline:
            self._too_late()
        return self._take_events()

    def _go_on(self, now: float) -> list[Event]:
        """Handle whole frames one by one, each in the state that the one before it led to."""
        try:
            while not self._working and self._state is not State.CLOSED:
                if self.tape is not None:
                    self.tape.next_frame()
                frame = self._parser.next()
                if frame is None:
                    break
                if self.tape is not None:
                    self._tell_frame_in(self.tape, frame)
                self._following = after_frame(self._TABLE, self._state, frame.type)
                self._handle(frame, now)
                if self._following is not self._state:
                    self._go_where_it_leads()
            if self._working and self._parser.buffered_bytes > _WAITING_BYTES:
                raise FrameError(what="bytes without waiting for an answer")
        except LocalChatError as error:
            self._fail(error)
        return self._take_events()

    @property
    def _leads_on(self) -> bool:
        """Whether the frame at hand leads to another state: of the Direct records, only the one with `auth`
        at a server, and the one with `welcome` at a client."""
        return self._following is not self._state

    def _go_where_it_leads(self) -> None:
        """The frame at hand was found good, unless a job still looks at it, or it ended the session."""
        if not self._working and self._state is not State.CLOSED:
            self._enter(self._following)

    @abstractmethod
    def _handle(self, frame: Frame, now: float) -> None:
        """Act on a frame that the table allows in this state. Raises a LocalChatError if it is not good."""

    def _act(self, act: Act) -> None:
        self._enter(after_act(self._TABLE, self._state, act))

    def _enter(self, state: State) -> None:
        """The only place where the state changes; `state` is always a value of the table."""
        if self.tape is not None:
            self.tape.state(self._state.name, state.name)
        self._state = state
        self._parser.accept(LENGTHS[state])

    def _take_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    # --- Sealed frames in -----------------------------------------------------------------------

    def _install_keys(self, inbound: DirectionKeys, outbound: DirectionKeys) -> None:
        # What makes every nonce new: these keys belong to one direction of this connection alone,
        # and both counts stand at 0.
        self._opener = DirectOpener(inbound.key, inbound.iv)
        self._sealer = DirectSealer(outbound.key, outbound.iv)

    def _next_in_seq(self) -> int:
        seq = self._in_seq
        self._in_seq += 1
        return seq

    def _open(self, frame: Frame) -> bytes:
        """The plaintext of a Direct or Close frame. Raises RecordError."""
        assert self._opener is not None  # the table has no sealed frame before KEYS_KNOWN
        plaintext = self._opener.open(self._next_in_seq(), frame.header, frame.body)
        if self.tape is not None:
            self.tape.opened(plaintext)
        return plaintext

    def _on_chunk(self, frame: Frame) -> None:
        assert self._opener is not None  # the table has no FileChunk before IN_ROOM
        self._in_chunk_bytes += HEADER_BYTES + len(frame.body)
        head, data = open_chunk(self._opener, self._next_in_seq(), frame.header, frame.body)
        if self.tape is not None:
            self.tape.opened(head)
        self._events.append(FileChunkReceived(*decode_chunk_head(head), data))

    @staticmethod
    def _messages(plaintext: bytes, decode: Callable[[bytes], _M]) -> list[_M]:
        """All messages of a record, or MessageError: one bad text condemns the record it stands in."""
        return [decode(text) for text in split_texts(plaintext)]

    def _on_close(self, frame: Frame) -> None:
        number, reason = decode_close(self._open(frame))
        try:
            code = CloseCode(number)
        except ValueError:
            raise MessageError(what=f"a Close with code {number}") from None
        self._events.append(PeerClosed(code, reason))

    def _on_alert(self, error: LocalChatError) -> None:
        # Whatever went wrong before there are keys, a peer hears the same of it, this included.
        self._refuse_stranger(error)
        self.refused(error)
        self._events.append(Failed(error))

    # --- Messages in, bytes out -----------------------------------------------------------------

    def send(self, message: Message) -> None:
        """Queue a message. It leaves with the next `take_output`, in the order of the calls."""
        self.send_text(encode(message))

    def send_text(self, encoded: bytes) -> None:
        """Queue a message that `codec.encode` made already: one text to many members is made once.

        Before keys exist, or above 65,536 bytes: ValueError, a fault of ours.
        """
        if self._state is State.CLOSED:
            return
        if self._sealer is None or len(encoded) > limits.MAX_DIRECT_PLAINTEXT_BYTES:
            raise ValueError(f"a text of {len(encoded)} bytes while {self._state.value}")
        self._texts.append(encoded)

    def send_chunk(self, blob: bytes, index: int, data: bytes) -> None:
        """Queue sealed chunks of a file, from `index` on, behind what was queued before: `data` holds 1 to
        CHUNKS_PER_FRAME of them, one behind the other."""
        if self._state is not State.IN_ROOM:
            return
        assert self._sealer is not None
        if self._texts:
            self._seal_texts()
        header = encode_header(FrameType.FILE_CHUNK, CHUNK_HEAD_BYTES + len(data))
        head = encode_chunk_head(blob, index)
        sealed = seal_chunk(self._sealer, self._next_out_seq(), header, head, data)
        self._emit(header + sealed, data, plaintext=head)

    def take_output(self) -> list[bytes]:
        """The bytes that are to leave, in order, in chunks; a chunk is not always a frame.

        Once taken it is the owner's to send: calling again gives only what came since.
        """
        if self._texts:
            self._seal_texts()
        chunks, self._chunks = self._chunks, []
        return chunks

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Say goodbye: what was sent before leaves first, then a Close (an Alert if there are no keys)."""
        if self._state is State.CLOSED:
            return
        if self._sealer is None:
            self._emit(ALERT_FRAME)
        else:
            self._seal_texts()
            self._seal(FrameType.CLOSE, encode_close(code, reason))
        self._act(Act.CLOSE)

    def _seal_texts(self) -> None:
        """Pack the waiting texts, whole and in order, into as few Direct records as hold them.

        Sealing costs 9 microseconds however little is in it, and the peer as much to open: a page of
        history in one record instead of a hundred saves both sides a millisecond.
        """
        texts, self._texts = self._texts, []
        for packed in pack(texts, limits.MAX_DIRECT_PLAINTEXT_BYTES):
            self._seal(FrameType.DIRECT, packed)

    def _seal(self, frame_type: FrameType, plaintext: bytes) -> None:
        assert self._sealer is not None
        header = encode_header(frame_type, len(plaintext) + TAG_BYTES)
        self._emit(header + self._sealer.seal(self._next_out_seq(), header, plaintext), plaintext=plaintext)

    def _next_out_seq(self) -> int:
        seq = self._out_seq
        self._out_seq += 1
        return seq

    def _emit(self, frame: bytes, rest: bytes = b"", plaintext: bytes | None = None) -> None:
        """The one exit: every frame that leaves passes here, whole, in the order in which it leaves.

        A Room record comes in two pieces, since the first lies in the queues of all members at once; a
        FileChunk, since its data need not be copied. `plaintext` is what was sealed in it, for the recorder.
        """
        if self.tape is not None:
            n = self._frame_number(self._out_seq - 1, self._out_bytes)
            self.tape.frame_out(n, self._out_bytes, frame, rest, plaintext, self._state.name)
        self._chunks += (frame, rest) if rest else (frame,)
        self._out_bytes += len(frame) + len(rest)

    # --- For the recorder -----------------------------------------------------------------------

    def _tell_frame_in(self, tape: Tape, frame: Frame) -> None:
        raw = frame.raw
        offset = self._in_bytes - self._parser.buffered_bytes - len(raw)
        leads_to = self._TABLE.get((self._state, frame.type), State.CLOSED)
        tape.frame_in(
            self._frame_number(self._in_seq, offset),
            frame.type,
            offset,
            raw,
            self._state.name,
            leads_to.name,
            sealed=self._opener is not None,
        )

    def _frame_number(self, seq: int, offset: int) -> int:
        """Of a frame that starts at `offset` in its direction: behind the two of the handshake that each
        side sends, `seq` counts it."""
        return PLAIN_FRAMES + seq if self._sealer is not None else int(offset > 0)

    def refused(self, error: LocalChatError) -> None:
        """What came was not taken, here or further up: the recorder is told which defence it was."""
        found = defence_of(error) if self.tape is not None else None
        if self.tape is not None and found is not None:
            self.tape.refused(*found, error)

    # --- The end --------------------------------------------------------------------------------

    def _fail(self, error: LocalChatError) -> None:
        """End because of a fault. What the peer hears depends only on what it has proved:

        before keys, the refusal that all strangers get; after keys, a Close for words that we could
        open and not understand, and nothing for bytes that anybody could have sent.
        """
        self.refused(error)
        if self._sealer is None:
            self._refuse_stranger(error)
        elif isinstance(error, MessageError):
            self.close(CloseCode.PROTOCOL)
        else:
            self._texts.clear()
            self._chunks.clear()
        if self._state is not State.CLOSED:
            self._act(Act.FAIL)
        self._events.append(Failed(error))

    @abstractmethod
    def _refuse_stranger(self, error: LocalChatError) -> None:
        """What a peer without keys gets to hear."""

    @abstractmethod
    def _gone(self) -> LocalChatError:
        """What EOF without Close means at this end."""

    @abstractmethod
    def _too_late(self) -> None:
        """The deadline has passed: fail."""


def pack(texts: Sequence[bytes], most_bytes: int) -> list[bytes]:
    """`texts` joined, in order, into as few pieces of at most `most_bytes` as hold them whole."""
    pieces: list[bytes] = []
    start = size = 0
    for i, text in enumerate(texts):
        if size + len(text) > most_bytes:
            pieces.append(b"".join(texts[start:i]))
            start, size = i, 0
        size += len(text)
    if start < len(texts):
        pieces.append(b"".join(texts[start:]))
    return pieces
