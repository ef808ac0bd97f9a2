"""Every error of LocalChat, in one tree. Each class carries the sentence that the person reads.

LocalChatError
|-- PeerError                what the other end did; a peer is told a code, never this text
|   |-- FrameError           illegal frame type or length
|   |-- HandshakeFailed      any failure before keys exist (all look the same on the wire, but for the next)
|   |   |-- BadMagic, BadShare, BadSignature, BadFinished, AlertReceived, HandshakeLate
|   |-- OtherVersion (and OtherVersionTold)  the other side speaks another version of LocalChat, or says so
|   |-- RecordError          a sealed record that does not open
|   |   |-- BadTag, BadStamp, BadRoomOrder, BadChunk
|   |-- MessageError         bytes that are not one of our messages
|   |   |-- BadJson, Misplaced, LogOrder
|   |-- TransitionError      a legal frame at the wrong time
|   `-- WhisperError         a whisper that does not open, or is not for us
|-- ConnectionProblem        the way to the server
|   |-- CannotReach, ServerGone (and ServerStopped, ServerLate, ServerSilent), NotAcknowledged,
|   |   ClientGone (and ClientLate, ClientSilent)
|-- ListenError              the server cannot open its port
|   |-- PortInUse, PortNotAllowed, AddressNotHere
|-- TrustError               the server is not, or may not be, who it says
|   |-- UnknownServer, ServerKeyChanged, InviteMismatch, PublishedKey, FalseWords
|-- EntryRefused             the server said no to our coming in
|   |-- NameTaken, NameRefused, RoomFull, Removed, Banned, AddressBanned, KnownOnly, Replaced, AuthRefused,
|   |   TooManyHere
|-- InputError               what the person typed
|   |-- BadName, BadAddress, BadInvite, BadPort, BadOrder, AttackMissed, NotThisComputer
|-- FileProblem              a file that somebody shares
|   |-- FileUnreadable, FileChanged, FileTooBig, MemberFilesFull, RoomFilesFull, TooManyFiles, FileMuted,
|   |   FileNotTaken, FileGone (and FileAlreadyGone), FileDropped, FileNotYours, FileDamaged, FileNotSaved,
|   |   FileCancelled (and SendingCancelled)
|-- InstallError             pycryptodome could not be put in place
`-- StorageError             files
    |-- KeyFileError (and KeyFileMissing, KeyFilePublished), TrustFileError, LogFileError (and LogFileGone),
    |   SettingsError, FileNotPermitted, FolderInUse, FolderNotWritable, OutputFileError, StorageFull,
    |   DiskFull

`str(error)` is the sentence: what happened, the likely cause, what to do. `code` is the stable
word for scripts; `exit_code` what the command line ends with. Where classes share both, they differ in
the check that failed, which only the recorder tells (`session/defences.py`).
"""

from __future__ import annotations

from typing import Final

QUOTES: Final = '"\u201c\u201d\u201e\u00ab\u00bb'
"""What sets a name apart in a sentence of ours, or would seem to."""
SINGLE_QUOTES: Final = str.maketrans(dict.fromkeys(QUOTES, "'"))


class LocalChatError(Exception):
    """The root. Subclasses give `sentence`, a template filled from the keyword arguments."""

    sentence = "Something went wrong."
    code = "error"
    exit_code = 2

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.sentence.format(**details))


class PeerError(LocalChatError):
    """What the other end did wrong. The connection ends."""

    sentence = "The other side broke the protocol, so the connection was closed."
    code = "protocol"
    exit_code = 5


class FrameError(PeerError):
    sentence = (
        "The other side sent something that is not LocalChat ({what}). "
        "Perhaps another program listens on this port. Check the address and the port."
    )


class HandshakeFailed(PeerError):
    sentence = (
        "The handshake failed, so nothing was sent. Either the other side is not a LocalChat server, "
        "or something between you changed the bytes. Check the address and try again."
    )
    code = "handshake"


class BadMagic(HandshakeFailed):
    """A hello of another protocol, or a body of the wrong length."""


class BadShare(HandshakeFailed):
    """An X25519 share whose agreed secret anyone can compute."""


class BadSignature(HandshakeFailed):
    """The server's signature does not hold, or its keys are none."""


class BadFinished(HandshakeFailed):
    """The other side's proof is not ours for the same handshake."""


class AlertReceived(HandshakeFailed):
    """The other side, or somebody on the way, ended it before there were keys."""


class HandshakeLate(HandshakeFailed):
    """No keys within HANDSHAKE_S."""


class OtherVersion(PeerError):
    """The magic of the other side is LocalChat's, but of another version (PROTOCOL §3.5)."""

    sentence = (
        "That room runs another version of LocalChat, and the two cannot talk: both should update. "
        "Nothing was sent."
    )
    code = "other_version"


class OtherVersionTold(OtherVersion):
    """The server's Alert says so. Anybody on the way can send one."""

    sentence = (
        "What answers there says that the room runs another version of LocalChat: then both should update. "
        "Nothing was sent. Somebody on the way could say so, too; if both are up to date, try again."
    )


class RecordError(PeerError):
    sentence = (
        "A sealed record did not open: bytes were changed, repeated, dropped or reordered on the way. "
        "The connection was closed and nothing false was shown."
    )
    code = "record"


class BadTag(RecordError):
    """Not the bytes that were sealed, as the frame of this number."""


class BadStamp(RecordError):
    """Not the server's next word on this connection."""


class BadRoomOrder(RecordError):
    """Stamped, but under a room key that cannot come now, or with an index that was there already."""


class BadChunk(RecordError):
    """A piece of a file that is not as its sender sealed it, at this place of this file."""


class MessageError(PeerError):
    sentence = "The other side sent a message that LocalChat/1 does not have ({what})."


class BadJson(MessageError):
    """No JSON text as PROTOCOL §6.1 has it."""


class Misplaced(MessageError):
    """A message that has no place here, though its frame has."""


class LogOrder(MessageError):
    """Messages of the log with a hole, twice, or out of order."""


class TransitionError(PeerError):
    sentence = "The other side sent {what} while the connection was {state}, where it has no place."


class WhisperError(PeerError):
    sentence = (
        "A whisper did not open: it was not sealed for you, or not by the member it names. It is not shown."
    )
    code = "whisper"


class ConnectionProblem(LocalChatError):
    code = "unreachable"
    exit_code = 5


class CannotReach(ConnectionProblem):
    """`why` is one clause made by the net floor from the system's error."""

    sentence = "Cannot reach {address}: {why}"


class ServerGone(ConnectionProblem):
    sentence = (
        "The connection to the server was lost. The server stopped, or the network between you did. "
        "What you wrote is kept."
    )
    code = "lost"


class ServerStopped(ServerGone):
    """The server said so before it went (PROTOCOL §5.3, `shutdown`)."""

    sentence = "The host has stopped the room. What you wrote is kept, and goes out when it is open again."
    code = "shutdown"


class ServerLate(ServerGone):
    """It proved its key and then did not let us in, within AUTH_S."""


class ServerSilent(ServerGone):
    """Nothing came from it for SILENT_GONE_S, or nothing was taken by it for SEND_STALL_S."""


class NotAcknowledged(ConnectionProblem):
    """At a client whose input is over. details: count."""

    sentence = "The server has not acknowledged all that was written ({count} open). It is sent next time."
    code = "not_acknowledged"


class ClientGone(ConnectionProblem):
    """At the server: EOF without a Close."""

    sentence = "The connection to a client was lost. Its program stopped, or the network between did."
    code = "lost"


class ClientLate(ClientGone):
    """It has keys, and has not said who it is within AUTH_S."""


class ClientSilent(ClientGone):
    """It has not answered a ping within SILENT_GONE_S."""


class ListenError(LocalChatError):
    sentence = "Cannot listen on {address} port {port}: {why}"
    code = "listen"


class PortInUse(ListenError):
    sentence = (
        "Port {port} on {address} is in use. Another room, or another program, has it. "
        "Take another port (0 takes a free one), or stop the other program."
    )
    code = "port_in_use"


class PortNotAllowed(ListenError):
    sentence = (
        "This system does not let you open port {port}. Ports under 1024 belong to the administrator, "
        "and some are reserved. Take one above 1024, such as 5050."
    )
    code = "port_not_allowed"


class AddressNotHere(ListenError):
    sentence = (
        "{address} is not an address of this computer. Use 127.0.0.1 for this computer only, "
        "or 0.0.0.0 for every network it is on."
    )
    code = "address_not_here"


class TrustError(LocalChatError):
    code = "trust"
    exit_code = 3


class UnknownServer(TrustError):
    """First contact. details: address, fingerprint (text)."""

    sentence = (
        "{address} is new to you. Its fingerprint is {fingerprint}. Nothing was sent. "
        "Compare it with the one on the host’s screen, or join with an invite."
    )
    code = "unknown_server"


class ServerKeyChanged(TrustError):
    """details: address, fingerprint and known (texts)."""

    sentence = (
        "The server at {address} does not show the key that you accepted before. "
        "Known: {known}. Shown: {fingerprint}. Nothing was sent. Either the host set the server up anew, "
        "or someone in between answers in its place. Only the host can tell you which."
    )
    code = "key_changed"


class InviteMismatch(TrustError):
    sentence = (
        "The server at {address} is not the one that the invite names. Shown: {fingerprint}. "
        "Nothing was sent. Ask the host for a fresh invite."
    )
    code = "invite_mismatch"


class PublishedKey(TrustError):
    """details: address, fingerprint (text)."""

    sentence = (
        "The server at {address} shows a key of the laboratory ({fingerprint}). Its private half ships with "
        "LocalChat, so everyone has it, and anyone could answer there. Nothing was sent. Ask the host to "
        "open the room anew with a data folder of its own, where it makes a key that nobody else has."
    )
    code = "published_key"


class FalseWords(TrustError):
    """A message under our own key that nobody but the server can have made."""

    sentence = (
        "The server passed on words under your key that you never wrote, so the connection was ended. "
        "They are not shown. It can put words into the mouth of others, too: do not trust what you read "
        "there, and ask the host in another way. What you wrote is kept."
    )
    code = "false_words"


class EntryRefused(LocalChatError):
    sentence = "The server did not let you in."
    code = "refused"
    exit_code = 4


class NameTaken(EntryRefused):
    """details: name, suggestion ("" when there is none)."""

    sentence = (
        "\u201c{name}\u201d belongs to someone else in this room. Names belong to the first key that took "
        "them. Choose another one."
    )
    code = "name_taken"


class NameRefused(EntryRefused):
    sentence = (
        "The server does not accept the name \u201c{name}\u201d. Use 1 to 24 letters or digits of one script."
    )
    code = "name_bad"


class RoomFull(EntryRefused):
    sentence = "The room is full. Wait until someone leaves, or ask the host to raise the limit."
    code = "full"


class Removed(EntryRefused):
    sentence = "The host removed you from the room{because}. You can come back after a minute."
    code = "kicked"


class Banned(EntryRefused):
    sentence = "The host banned this key from the room{because}. Only the host can undo that."
    code = "banned"


class AddressBanned(EntryRefused):
    sentence = (
        "The host lets nobody in from this address. It may be somebody else behind the same router that was "
        "meant: ask the host, who alone can undo that."
    )
    code = "address_banned"


class KnownOnly(EntryRefused):
    sentence = "This room is closed to new members. Ask the host to open it."
    code = "known_only"


class Replaced(EntryRefused):
    sentence = (
        "Your key joined this room from another window or computer, so this one was left. If that was not "
        "you, a copy of your profile is in use there: join under another name, which gets a key of its own."
    )
    code = "replaced"


class AuthRefused(EntryRefused):
    sentence = (
        "The server did not accept the proof of your key. Use the same LocalChat on both sides and try again."
    )
    code = "auth_failed"


class TooManyHere(EntryRefused):
    sentence = "Too many connections come from this computer. Close some windows and try again."
    code = "too_many"


class InputError(LocalChatError):
    code = "input"


class BadName(InputError):
    """`why` is one clause."""

    sentence = "\u201c{name}\u201d cannot be a name: {why}."
    code = "bad_name"


class BadAddress(InputError):
    sentence = "\u201c{address}\u201d is not an address: {why}. Write it like 192.168.1.20:5050."
    code = "bad_address"


class BadPort(InputError):
    sentence = "\u201c{port}\u201d is not a port. Use a number from 0 to 65535; 5050 is the usual one."
    code = "bad_port"


class BadInvite(InputError):
    sentence = "This invite is damaged: {why}. Copy it again, whole, from the host’s window."
    code = "bad_invite"


class BadOrder(InputError):
    """To the laboratory's tap. `why` is a clause that says how it is written."""

    sentence = "\u201c{order}\u201d is no order for the tap, so nothing was attacked: {why}."
    code = "bad_order"


class AttackMissed(InputError):
    """`why` is a clause."""

    sentence = "The attack \u201c{attack}\u201d was not carried out: {why}. What passed, passed unchanged."
    code = "attack_missed"


class NotThisComputer(InputError):
    """The laboratory's tap was to listen or to dial elsewhere."""

    sentence = (
        "{address} is not on this computer, and the tap attacks nothing else. If every person concerned "
        "knows of it, start the tap with --anywhere."
    )
    code = "not_this_computer"


class FileProblem(LocalChatError):
    """A file could not be sent or received; all else goes on. Most details: name."""

    sentence = "\u201c{name}\u201d could not be transferred."
    code = "file"

    def __init__(self, **details: object) -> None:
        # Unlike a member's, a file's name may have quotes, and would go on behind them in our own words.
        told = dict(details)
        if "name" in told:
            told["name"] = str(told["name"]).translate(SINGLE_QUOTES)
        super().__init__(**told)
        self.details = details


class FileUnreadable(FileProblem):
    """details: path, why."""

    sentence = (
        "The file {path} cannot be read ({why}), so it was not sent. Look whether it is still there and "
        "you may open it, then send it again."
    )
    code = "file_unreadable"


class FileChanged(FileProblem):
    """details: path."""

    sentence = "The file {path} has changed since you chose it, so it was not sent. Send it again."
    code = "file_changed"


class FileTooBig(FileProblem):
    sentence = (
        "\u201c{name}\u201d was not sent: it is larger than a file may be in this room. Send it in parts, or "
        "hand it over in another way."
    )
    code = "too_big"


class MemberFilesFull(FileProblem):
    sentence = (
        "\u201c{name}\u201d was not sent: with it your files would take more than one member may have in "
        "this room. Take one of them back, then send it again."
    )
    code = "member_full"


class RoomFilesFull(FileProblem):
    sentence = (
        "\u201c{name}\u201d was not sent: the files of this room take all the space that its host gives "
        "them. Somebody has to take one back, or the host one down; then send it again."
    )
    code = "room_full"


class TooManyFiles(FileProblem):
    sentence = (
        "\u201c{name}\u201d was not sent: too many files of yours are begun and not finished. "
        "Wait until they are, or cancel some, then send it again."
    )
    code = "too_many"


class FileMuted(FileProblem):
    sentence = (
        "\u201c{name}\u201d was not sent: the host has muted you. You can still read, and save what others "
        "share."
    )
    code = "muted"


class FileNotTaken(FileProblem):
    sentence = (
        "\u201c{name}\u201d was not sent: the server did not take it. Its disk may be full, or another "
        "server has its address now. Send it again in a while."
    )
    code = "not_taken"


class FileGone(FileProblem):
    sentence = (
        "\u201c{name}\u201d is not at the server any more: it was taken back, or it was too old. "
        "Ask its sender for it."
    )
    code = "gone"


class FileAlreadyGone(FileGone):
    """To whoever wanted to take it back."""

    sentence = (
        "\u201c{name}\u201d is not at the server any more, so there is nothing to take back. Whoever saved "
        "it before has it still."
    )


class FileDropped(FileProblem):
    sentence = "\u201c{name}\u201d was taken back while it was on its way. Nothing of it was kept."
    code = "taken_back"


class FileNotYours(FileProblem):
    sentence = (
        "\u201c{name}\u201d was shared by somebody else. Only its sender can take a file back, and the host."
    )
    code = "not_yours"


class FileDamaged(FileProblem):
    sentence = (
        "What arrived as \u201c{name}\u201d is not the file that its sender described, so nothing of it was "
        "kept. Save it again. If the same happens, the server or the sender’s program changes it: ask for it "
        "in another way."
    )
    code = "damaged"


class FileNotSaved(FileProblem):
    """details: path, why."""

    sentence = (
        "The file cannot be saved at {path} ({why}). Make room there or choose another folder, then save it "
        "again."
    )
    code = "not_saved"


class FileCancelled(FileProblem):
    sentence = "\u201c{name}\u201d was not saved: it was cancelled. Nothing of it was kept."
    code = "cancelled"


class SendingCancelled(FileCancelled):
    sentence = "\u201c{name}\u201d was not shared: it was cancelled. Your own file is as it was."


class StorageError(LocalChatError):
    code = "storage"


class KeyFileError(StorageError):
    sentence = (
        "The key file {path} is damaged or not readable ({why}). It was left as it is. "
        "Put back a copy of it, or move it away to get a new key; others will then see a changed key."
    )
    code = "key_file"


class KeyFileMissing(KeyFileError):
    """A key that was there once. details: path, and beside, the file that says so."""

    sentence = (
        "The key file {path} is missing, though {beside} was written with it. Nothing was changed. "
        "Put back a copy of the key; or move {beside} away too, to begin anew with another key, "
        "which others will see as a changed one."
    )


class KeyFilePublished(KeyFileError):
    """details: path."""

    sentence = (
        "The key file {path} holds a key of the laboratory. Its private half ships with LocalChat, so "
        "everyone has it, and nobody would believe it. It was left as it is. Move it away to get a key of "
        "your own."
    )


class TrustFileError(StorageError):
    sentence = (
        "The list of known servers {path} is damaged ({why}). It was left as it is, since without it "
        "a false server could not be told from a true one. Put back a copy, or move it away to begin anew."
    )
    code = "trust_file"


class LogFileError(StorageError):
    sentence = (
        "The file {path} cannot be used ({why}). It was left as it is. "
        "Put back a copy of it, or move it away to start with an empty one."
    )
    code = "log_file"


class LogFileGone(LogFileError):
    sentence = (
        "The file {path} was removed, moved or replaced while LocalChat was writing to it. What is said from "
        "now on could not be kept, so nothing more is taken. Put the file back, then start again."
    )
    code = "log_file_gone"


class SettingsError(StorageError):
    sentence = "The settings file {path} cannot be read ({why}). Mend or remove it."
    code = "settings"


class FileNotPermitted(StorageError):
    """Nothing is wrong with the file; this user may not use it."""

    sentence = (
        "You are not permitted to use {path}. It belongs to another user, or is protected. "
        "Give yourself the right to read and write it, or choose another folder with --data-dir."
    )
    code = "not_permitted"


class FolderInUse(StorageError):
    """details: what, as a person calls it (a name, a room; else a path)."""

    sentence = (
        "{what} is already open in another LocalChat window, or in use by one. Close that window, or take "
        "another name or room."
    )
    code = "folder_in_use"


class FolderNotWritable(StorageError):
    sentence = "LocalChat cannot write to {path} ({why}). Choose another folder with --data-dir."
    code = "folder"


class OutputFileError(StorageError):
    """A file that the command line names, to write to."""

    sentence = "The file {path} cannot be written ({why}). Name another one."
    code = "output_file"


class StorageFull(StorageError):
    sentence = (
        "The disk is full or not writable ({why}). Nothing more is accepted until there is room; "
        "nothing that was acknowledged is lost."
    )
    code = "disk_full_waiting"


class DiskFull(StorageError):
    """A full disk where nobody waits for room: what needs the file cannot begin, or ends."""

    sentence = (
        "The disk is full or not writable ({why}), so LocalChat cannot go on. Nothing that was acknowledged "
        "is lost. Make room, or choose another folder with --data-dir, and start it again."
    )
    code = "disk_full"


class InstallError(LocalChatError):
    """details: why (a clause of ours, pip's or the system's), way_out (what the person can do; whole
    sentences), command (what can be typed instead; "" when nothing can)."""

    sentence = "pycryptodome could not be installed: {why}. {way_out}{command}"
    code = "install"

    def __init__(self, why: str, way_out: str, command: str = "", words: str = "") -> None:
        """`words`: all that pip said, for whoever wants to know more."""
        self.command = command
        self.words = words
        super().__init__(why=why, way_out=way_out, command=command)


def at_an_end(error: LocalChatError) -> LocalChatError:
    """The error to be told where it ends what it befell: then StorageFull, which waits, is DiskFull."""
    return DiskFull(**error.details) if isinstance(error, StorageFull) else error
