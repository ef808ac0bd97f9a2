"""Why a byte stands there: what a field is for, who checks it, and which section of PROTOCOL says so.

The code is shown from the running program itself (`inspect`), and the page from PROTOCOL.md beside it; both
also where the program is one file (a zipapp). A test looks up every function, line and section that is named
here.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final

from netcore.layout import Kind
from netcore.trace import Refused
from netcore.wire.framing import FrameType

_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Reason:
    """words: what the field is for. function: who acts on it, by its full name; line: the code of the line in
    it that acts, without its indent. section: of PROTOCOL."""

    words: str
    section: str
    function: str
    line: str


@dataclass(frozen=True, slots=True)
class Source:
    """The code of a function. first: the number of its first line in the file; acts: the line that acts."""

    file: str
    first: int
    lines: tuple[str, ...]
    acts: int | None


_FRAMING: Final = "netcore.wire.framing.FrameParser._check"
_EXCHANGE: Final = "netcore.crypto.exchange"
_ROOM_OPENER: Final = "netcore.crypto.room_keys.RoomOpener"
_DIRECT_OPENER: Final = "netcore.crypto.records.DirectOpener"

_TYPE: Final = Reason(
    "What kind of frame this is. A type that has no place in the connection’s present state ends it, before "
    "anything of the body is kept.", "2", _FRAMING, "legal = self._lengths[frame_type]")
_LENGTH: Final = Reason(
    "How many bytes of body follow. TCP hands on bytes, not messages: without this nobody would know where "
    "the frame ends. It is judged at once, so that nobody can make us wait for, or keep, more than is legal.",
    "2", _FRAMING, "if length_bytes not in legal or HEADER_BYTES + length_bytes > self._max_frame_bytes:")
_MAGIC: Final = Reason(
    "Names the protocol and its one version. Nothing is negotiated, so nothing can be talked down.",
    "3.1", "netcore.crypto.bodies._check_magic", "if magic != MAGIC:")
_RANDOM: Final = Reason(
    "32 fresh random bytes. They go into everything that is signed and derived, so that no proof of this "
    "connection is good for another.", "3.2", f"{_EXCHANGE}.server_signature_input",
    "return _SIGNATURE_PREFIX + hashlib.sha256(client_hello_frame + signed).digest()")
_SHARE: Final = Reason(
    "The public half of a key made for this connection alone. From one private and the other public half "
    "both sides compute the same secret z; whoever sees only public halves cannot.", "3.3",
    f"{_EXCHANGE}.X25519Share.agree", "z = primitives.x25519_agree(self._key, peer)")
_ROOM_EPOCH: Final = Reason(
    "Which room key seals this record: the key’s number. It changes when somebody comes or goes.", "5.2",
    f"{_ROOM_OPENER}.open", "elif epoch != self._epoch:")
_STAMP: Final = Reason(
    "A MAC made for this connection alone, as this very frame of it. Every member holds the room key and "
    "could seal a false record; without your stamp key nobody can make you take it, nor repeat or move a "
    "true one.",
    "5.2", f"{_ROOM_OPENER}._check_stamp",
    "if not hmac.compare_digest(self._stamp(seq, digest), body[-STAMP_BYTES:]):")
_CIPHERTEXT: Final = Reason(
    "The messages, hidden. As long as what is inside: the length is all that shows of them.", "5.1",
    f"{_DIRECT_OPENER}.open", "plaintext = self._cipher.open(_nonce(self._iv, seq), header, body)")
_BLOB: Final = Reason(
    "Names the file: 16 bytes that its sender has drawn. A piece of a file that this member does not send, "
    "or did not ask for, is passed over.", "14.3", "netcore.net.client.downloads.Downloads.on_chunk",
    "if download is None or not download.asked:")
_CHUNK_NUMBER: Final = Reason(
    "Which piece of the file this is, counted from 0. Pieces come in order; none may be left out.", "14.3",
    "netcore.net.client.downloads.Downloads.on_chunk", "if index > download.next:")
_TAG: Final = Reason(
    "Proves that whoever holds the key wrote exactly these bytes, header included, as exactly this frame. "
    "One changed bit anywhere, and the record does not open.", "5.1", "netcore.crypto.eax.Eax.open",
    'if not hmac.compare_digest(wanted.to_bytes(TAG_BYTES, "big"), tag):')

_BY_NAME: Final[Mapping[str, Reason]] = MappingProxyType({
    "type": _TYPE,
    "length": _LENGTH,
    "magic": _MAGIC,
    "client_random": _RANDOM,
    "server_random": _RANDOM,
    "client_x25519": _SHARE,
    "server_x25519": _SHARE,
    "identity_n": Reason(
        "The server’s lasting public key: who it is. Its fingerprint is what people compare.", "11.1",
        "netcore.crypto.identity.PublicKey.__post_init__",
        'object.__setattr__(self, "_fingerprint", hashlib.sha256(der).digest())'),
    "kex_n": Reason(
        "A public key that the server made when it started. It carries pre_secret, and never signs.", "3.1",
        f"{_EXCHANGE}.verify_server_hello", "kex = PublicKey.of_size(hello.kex_n, KEX_KEY_BITS)"),
    "signature": Reason(
        "Made with the lasting key beside it, over both randoms, shares and keys: only who holds that key "
        "can have made it, and only for this connection. Whose key it is, the fingerprint tells.",
        "3.2", f"{_EXCHANGE}.verify_server_hello",
        "if not identity.verify(server_signature_input(client_hello_frame, hello.signed), hello.signature):"),
    "oaep_ct": Reason(
        "pre_secret, sealed for the server’s key. If it does not open, the server goes on with random bytes "
        "and fails later, so that nobody can ask it which ciphertexts are good.", "3.4",
        f"{_EXCHANGE}.recover_pre_secret",
        "return opened if opened is not None and len(opened) == PRE_SECRET_BYTES else substitute"),
    "client_fin": Reason(
        "The client’s proof that it has the keys and saw the same handshake, byte for byte.", "3.3",
        f"{_EXCHANGE}.check_fin", "if not hmac.compare_digest(expected, received):"),
    "server_fin": Reason(
        "The server’s proof that it could open oaep_ct and saw the same handshake, byte for byte.", "3.3",
        f"{_EXCHANGE}.check_fin", "if not hmac.compare_digest(expected, received):"),
    "wrapped": Reason(
        "The room key, hidden by a pad that only this connection can make and that is used once.", "5.2",
        f"{_ROOM_OPENER}.take_key", "self._key = _wrap(self._wrap_key, seq, fields[1])"),
    "index": Reason(
        "Counts the records under this room key. It makes the nonce, so it never comes twice; one that is "
        "not higher than the last is a repetition and ends the connection.", "5.2", f"{_ROOM_OPENER}.open",
        "if cipher is None or index <= last_index:"),
    "epoch": _ROOM_EPOCH,
    "stamp": _STAMP,
    "ciphertext": _CIPHERTEXT,
    "tag": _TAG,
    "body": _CIPHERTEXT,
    "head": Reason(
        "Which file this is a piece of, and which piece: sealed for this connection, with the hash of the "
        "data among what is authenticated.", "14.2", "netcore.crypto.records.open_chunk",
        "return opener.open(seq, header + hashlib.sha256(data).digest(), sealed), data"),
    "data": Reason(
        "A piece of the file, sealed by whoever shared it, under a key that is drawn for this one file. It "
        "is sent on as it is: a second seal on each way would cost more than all else.", "14.1",
        "netcore.crypto.blob.BlobCipher.open",
        "plaintext = self._cipher.open(_nonce(index), self._associated(index), sealed)"),
    "blob": _BLOB,
    "i": _CHUNK_NUMBER,
    "newline": Reason(
        "Ends a JSON text: a record may hold several, and none may cross into the next.", "5.1",
        "netcore.wire.codec.split_texts", 'if not plaintext.endswith(b"\\n"):'),
    "reason": Reason(
        "Why the connection ends, in words for a person.", "5.3", "netcore.crypto.records.decode_close",
        'return code[0], reason.decode("utf-8")'),
})
_ALERT_CODE: Final = Reason(
    "01 stands for every failure before keys, so that whoever asks often learns nothing from it. 02 says "
    "only that the server is of another version.", "3.5",
    "netcore.session.base.Session._on_alert", "self._refuse_stranger(error)")
_CLOSE_CODE: Final = Reason(
    "Why the connection ends. A stream that ends without it was cut, and not finished.", "5.3",
    "netcore.session.base.Session._on_close", "code = CloseCode(number)")
_ROOM_CIPHERTEXT: Final = Reason(
    "The messages, sealed once for everyone in the room: the same bytes go to each member.", "5.2",
    f"{_ROOM_OPENER}.open", "plaintext = cipher.open(_NONCE.pack(epoch, 0, index), header, sealed)")
_ROOM_TAG: Final = Reason(
    "Proves that somebody with the room key wrote exactly these bytes under this epoch and index. Every "
    "member has that key: that it was the server, and for you, the stamp proves.", "5.2",
    _TAG.function, _TAG.line)
_ROOM_KEY_EPOCH: Final = Reason(
    "The number of the new key. It must be higher than that of the key before.", "5.2",
    f"{_ROOM_OPENER}.take_key", "if epoch <= self._epoch:")
_JSON: Final = Reason(
    "One JSON object. What is not strict JSON, or has a key twice, is refused, so that no two readers can "
    "understand it in two ways.", "6.1", "netcore.wire.strict_json._no_duplicates",
    "if len(value) != len(pairs):")
_T: Final = Reason(
    "Which message this is. Its keys and their kinds are in one table; anything else is a fault.", "6.2",
    "netcore.wire.codec._decode", "schema = table.get(name) if type(name) is str else None")
_VALUE: Final = Reason(
    "A key of the message and its value. Each has a codec that checks it before anyone acts on it.", "6.2",
    "netcore.wire.schema.build", "if schema.full is None or value.keys() != schema.full.keys:")
_TEXT: Final = Reason(
    "What a person wrote. The server judges it, changes nothing, and passes it on as it is.", "6.3",
    "netcore.wire.texts.check_text", "if re.search(_CONTROL, text):")
_UNREAD: Final = Reason(
    "Bytes that no decoder of ours reads.", "2", _FRAMING, "legal = self._lengths[frame_type]")
_FRAME: Final = Reason(
    "A whole frame. TCP carries a stream of bytes: one chunk may hold several frames, or a part of one.", "2",
    "netcore.wire.framing.FrameParser.next", "if len(self._buffer) < end:")

_BY_TYPE: Final[Mapping[tuple[int, str], Reason]] = MappingProxyType({
    (FrameType.ALERT, "code"): _ALERT_CODE,
    (FrameType.CLOSE, "code"): _CLOSE_CODE,
    (FrameType.ROOM, "ciphertext"): _ROOM_CIPHERTEXT,
    (FrameType.ROOM, "tag"): _ROOM_TAG,
    (FrameType.ROOM_KEY, "epoch"): _ROOM_KEY_EPOCH,
})


def reason_for(frame_type: int, name: str, kind: Kind) -> Reason:
    """Why the field `name` of a frame of this type stands there. A frame in a chunk is called "frame 3"."""
    if kind in (Kind.JSON_KEY, Kind.JSON_VALUE):
        return _T if name == "t" else _VALUE
    if kind is Kind.TEXT and name != "reason":
        return _TEXT
    if kind is Kind.JSON and name != "newline":
        return _JSON
    if name.startswith("frame "):
        return _FRAME
    return _BY_TYPE.get((frame_type, name)) or _BY_NAME.get(name, _UNREAD)


def source_of(function: str, acts: str = "", line: int = 0) -> Source | None:
    """The code of a function by its full name, and the line that acts: the one whose code is `acts`, or the
    one with this number in the file. None where there is no source to be read."""
    found = _resolve(function)
    if not inspect.isfunction(found):
        return None
    try:
        lines, first = inspect.getsourcelines(found)
        file = inspect.getsourcefile(found) or ""
    except OSError:
        return None
    stripped = tuple(text.rstrip("\n") for text in lines)
    place = next((at for at, text in enumerate(stripped) if acts and text.strip() == acts), None)
    if place is None and first <= line < first + len(stripped):
        place = line - first
    path = Path(file)
    shown = path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name
    return Source(shown, first, stripped, place)


def of_refusal(refused: Refused) -> Source | None:
    """The code of the check that did not let it in, with its line."""
    return source_of(refused.function, line=refused.line)


def _resolve(name: str) -> object | None:
    """The function of this full name; a property gives its getter."""
    parts = [part for part in name.split(".") if part != "<locals>"]
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            found = inspect.getattr_static(found, part, None)
            if isinstance(found, staticmethod | classmethod):
                found = found.__func__
        if isinstance(found, property):
            return found.fget
        return found
    return None


@cache
def _sections() -> Mapping[str, tuple[str, str]]:
    """The sections of PROTOCOL by number: (title, text). {} where the page is not there."""
    try:
        page = resources.files("netcore").joinpath("PROTOCOL.md").read_text("utf-8")
    except OSError:
        return {}
    heads = list(re.finditer(r"^##+ (\d+(?:\.\d+)?)\.? (.+)$", page, re.MULTILINE))
    ends = [head.start() for head in heads[1:]] + [len(page)]
    return {head[1]: (head[2], page[head.end() : end].strip())
            for head, end in zip(heads, ends, strict=True)}


def section(number: str) -> tuple[str, str]:
    """Title and text of a section of PROTOCOL; ("", "") for none."""
    return _sections().get(number, ("", ""))
