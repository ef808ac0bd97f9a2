"""Every limit of LocalChat, each with its reason. PROTOCOL.md §9 lists those that a peer meets.

Times are seconds on a monotonic clock, sizes bytes unless the name says otherwise.
"""

import sys

# --- Frames and records (PROTOCOL §2, §5) -------------------------------------------------------
# 64 KiB of plaintext and a 16-byte tag: one read of the loop, and a bound on what a peer makes us hold.
MAX_RECORD_BODY_BYTES = 65_552
# A few chunks of a file, each as large, with the 40 bytes before them that say whose they are. What a frame
# costs by itself, in Python, is as much as a chunk's arithmetic: four share it.
CHUNKS_PER_FRAME = 4
MAX_FRAME_BODY_BYTES = 40 + CHUNKS_PER_FRAME * 65_552
MAX_DIRECT_PLAINTEXT_BYTES = 65_536
# Room records also carry epoch, index and stamp (28 bytes more) in the same frame limit.
MAX_ROOM_PLAINTEXT_BYTES = 65_508
# One JSON text; a whisper of 4,000 four-byte letters in base64 is 22 KiB.
MAX_JSON_BYTES = 32_768
# Arrays and objects in one text, which also bounds its depth. Our largest: a roster part of 200 members.
MAX_JSON_CONTAINERS = 300
MAX_CLOSE_REASON_BYTES = 255
# A stranger that holds keys but has not shown who it is may send one record, of this size.
MAX_AUTH_RECORD_BYTES = 4_096

# --- Time (PROTOCOL §3, §5) ---------------------------------------------------------------------
# Absolute, not idle: a byte a second must not hold a place.
HANDSHAKE_S = 10.0
AUTH_S = 10.0
PING_S = 30.0
# Two pings and a bit: a laptop that changes its access point survives, a dead one frees its place.
SILENT_GONE_S = 75.0
# What a member may have under way (32 whispers of the longest kind) takes 25 s at its rate. A pong that is
# owed may stand behind it; behind more it may not.
LONGEST_BACKLOG_S = 60.0
# A connection's life; then it is closed with `reconnect` and gets fresh keys.
CONNECTION_LIFE_S = 24 * 3600.0
CONNECTION_LIFE_FRAMES = 2**32
CONNECTION_LIFE_BYTES = 64 * 2**30
# Close records are given this long to leave when we stop.
FLUSH_S = 1.0
# After an alert we read and drop this long, so that the alert is not lost in a reset.
DRAIN_S = 0.5
DRAIN_BYTES = 65_536

# --- Strangers (PROTOCOL §9) --------------------------------------------------------------------
# A class of 30 that clicks Join together fits; each costs the server one RSA signature.
MAX_HALF_OPEN = 32
HANDSHAKES_PER_ADDRESS_BURST = 10
HANDSHAKES_PER_ADDRESS_S = 3.0
# About a third of what one core signs.
HANDSHAKES_PER_S = 50
HANDSHAKES_BURST = 100
MEMBERS_PER_ADDRESS = 16
# On Windows one `select` waits for 512 sockets: members, strangers at the door, the server's own.
MOST_MEMBERS = 512 - MAX_HALF_OPEN - 16 if sys.platform == "win32" else 10_000
MAX_MEMBERS = min(500, MOST_MEMBERS)
# What a client lists: a host may allow more than the usual, but a list without end would cost it its memory.
MAX_LISTED_MEMBERS = 4 * MAX_MEMBERS
# Of strangers with another version of LocalChat the host is told, and this seldom: anybody can be one.
OTHER_VERSION_TOLD_EACH_S = 60.0
ACCEPTS_PER_TURN = 64
LISTEN_BACKLOG = 128
# When descriptors run out, accepting rests this long instead of spinning.
ACCEPT_REST_S = 0.1

# --- Finding rooms (PROTOCOL §15) ---------------------------------------------------------------
# Rooms of one computer that can be found: each has a UDP port of its own, from DEFAULT_PORT on.
DISCOVERY_PORTS = 4
# A class of 30 whose windows all search; a flood costs no more than this.
DISCOVERY_ANSWERS_PER_S = 20
DISCOVERY_READS_PER_TURN = 64
# A question comes by the group and by broadcast: the second within this time is the same one.
DISCOVERY_SAME_QUESTION_S = 0.2
DISCOVERY_QUESTIONS_KEPT = 64
# The first question is asked twice, since a packet may be lost; then so seldom that a class is no load.
DISCOVERY_AGAIN_S = 0.4
DISCOVERY_EACH_S = 2.0
# A flood of answers is no flood of lists.
DISCOVERY_TOLD_EACH_S = 0.2
# Without an answer to so many questions in a row a room goes from the list.
DISCOVERY_ROUNDS_KEPT = 3
# Anybody can answer, under any number of names: the list has an end, and one computer's share of it, too.
MAX_FOUND_ROOMS = 64
MAX_FOUND_ROOMS_PER_HOST = 8

# --- Members (PROTOCOL §9) ----------------------------------------------------------------------
READ_BYTES_PER_TURN = 64 * 1024
# Of a connection on which nothing but pieces of files comes: the largest frame, so that they come one with
# each read.
FILE_READ_BYTES_PER_TURN = 4 + MAX_FRAME_BODY_BYTES
# A member that does not read is not read from either: it cannot ask faster than it takes answers.
# It has room for a frame of a file: who gets one may speak meanwhile.
SEND_QUEUE_SOFT_BYTES = 320 * 1024
SEND_QUEUE_HARD_BYTES = 4 * 2**20
SEND_STALL_S = 30.0
# People type slower than this; a script that does not is slowed down, and told.
MESSAGE_BURST = 20
MESSAGES_PER_S = 5.0
INBOUND_BURST_BYTES = 128 * 1024
INBOUND_BYTES_PER_S = 32 * 1024.0
MAX_UNACKNOWLEDGED = 32
# A kick is a pause for thought, not a ban.
KICK_REFUSES_S = 60.0

# --- Texts and names (PROTOCOL §6) --------------------------------------------------------------
MAX_TEXT_CHARS = 4_000
MAX_TEXT_LINES = 50
MAX_NAME_CHARS = 24
MAX_REASON_CHARS = 100
# Slow mode: an hour between two messages of a member; who wants more wants a room that is read-only.
MAX_SLOW_S = 3_600
# A name is free again when its key was not seen for this long.
NAME_LAPSES_S = 30 * 24 * 3600.0

# --- The log (PROTOCOL §8) ----------------------------------------------------------------------
MAX_LOG_MESSAGES = 1_000_000
PAGE_MESSAGES = 100
# 200 names of 24 four-byte letters are 31 KB of JSON; 250 would not fit in MAX_JSON_BYTES.
ROSTER_PART_MEMBERS = 200
# A newcomer's first look back.
FIRST_HISTORY_MESSAGES = 200
WHISPERS_HELD_S = 30 * 24 * 3600.0

# --- What a key may make a server keep (PROTOCOL §9) --------------------------------------------
# A key costs its maker a second, so a limit for each key alone bounds nothing: whoever is held back by one
# comes with the next. What is kept for keys that are away therefore has a bound for all keys together, too,
# and at that bound the one that takes most, or came last, makes room; never those who were there before.
# One sender's share of a mailbox; more than anyone writes to somebody who does not answer.
WHISPERS_HELD_PER_SENDER = 50
# A mailbox. When it is full, whoever holds most of it loses their oldest, and is told.
WHISPERS_HELD_PER_MEMBER = 200
# All mailboxes: 4,000 whispers of the longest kind. Then likewise, by bytes.
WHISPERS_HELD_BYTES = 64 * 2**20
# News for senders who are away: of one, and of all. The oldest go.
REPORTS_PER_SENDER = 200
REPORTS_KEPT = 50_000
# A client has one stream, and begins another when its server was restored from a copy.
STREAMS_PER_MEMBER = 256
# Refusals and whispers are answered again for this many n of a stream; a client has at most 32 open.
ANSWERS_KEPT = 64
# Keys with their names: a school's, over years (7 MB). Above that the newest that is away and has never said
# anything is forgotten, and its name is free; above half, also whoever was silent until its name lapsed.
MEMBERS_KNOWN = 20_000
# In memory, each forgotten when it says no more than a fresh one would: the shares and the handshakes that
# are used up (by key, by address), and where a key came from last.
SHARES_KEPT = 4_096
ADDRESSES_COUNTED = 4_096
LAST_ADDRESSES_KEPT = 4_096
# Who has been kicked, banned or muted is the host's act; slow mode remembers who spoke within its seconds.

# --- Files (PROTOCOL §9, §14) -------------------------------------------------------------------
# A chunk is sealed and stored by itself; one is a fraction of a millisecond of arithmetic, so chat can go
# between any two.
CHUNK_BYTES = 65_536
MAX_FILE_NAME_CHARS = 255
# A lesson's slides or a short film; what is larger is handed over on a stick.
MAX_FILE_BYTES = 100 * 2**20
# What the room's host gives of its disk, and of that what one member may fill.
MAX_ROOM_FILES_BYTES = 2**30
MAX_MEMBER_FILES_BYTES = 256 * 2**20
# Begun and not shared yet, of one member: a client sends them one after the other.
MAX_OPEN_BLOBS = 16
# What a file takes of the room's when it is begun; once half of that has come it takes its whole size. Or a
# few keys, which are free, could fill a room by promising.
PROMISED_FILE_BYTES = 2 * 2**20
# A file that nobody shared, and of which nothing came for so long, gives way when another needs the place:
# longer than a client that lost its connection is away.
STILL_FILE_S = 60.0
# A file of which no message was ever stored: its sender has had an hour to come back for it.
UNNAMED_BLOB_S = 3_600.0
# A file for one member, whose message the server forgets as soon as it was read.
WHISPERED_BLOB_S = 30 * 24 * 3600.0
# Of the files that were taken back a member that comes hears the last ones, in 70 bytes each; of older ones
# when it asks for them.
MAX_TOLD_TAKEN_BACK = 256
# Whispered ones are remembered for 30 days, about 1 MB of them; the others go with their messages.
MAX_WHISPERED_TAKEN_BACK = 10_000
# The share of a member, in and out together: half of a gigabit network, so that two can send at once.
FILE_BYTES_PER_S = 64.0 * 2**20
FILE_BURST_BYTES = 8 * 2**20
# More chunks are only given to a connection while less than this waits in its queue: what chat comes behind.
CHUNK_QUEUE_BYTES = 32 * 1024
# For all connections together, in one turn of the loop, each way: two milliseconds, which chat does not feel.
FILE_FRAMES_PER_TURN = 2
# What a worker thread of a client writes at a time, and reads first of a file: long enough that handing it
# over costs little, short enough that a handshake's arithmetic, which waits for it, does not feel it.
CHUNKS_PER_JOB = 8
# What a sender reads ahead, but for the first few: its disk is waited for after each, since what a chunk is
# must be kept before it is sealed. 8 MiB: at half of that, one twelfth of the time went to the disk.
CHUNKS_PER_READ = 128
# What a sender has under way that is not on the server's disk yet: chat waits behind it in the network.
CHUNKS_IN_FLIGHT = 32
# After so many the server says how far it is, sooner when they come slowly: the sender's window shows it.
CHUNKS_PER_WORD = 16
SLOW_WORD_S = 0.5
# The disk is waited for after each of these: what is said waits behind it, so it is little at a time.
CHUNKS_PER_SYNC = 32
# How much of an unfinished file a server that was killed may ask for again: each time that the log is told
# how far a file is, all wait for the disk.
CHUNKS_PER_NOTE = 128

# --- Reconnecting (client) ----------------------------------------------------------------------
RETRY_FIRST_S = 0.5
RETRY_LONGEST_S = 30.0
STABLE_AFTER_S = 60.0
# Names and keys that were pinned are on the disk this soon, also in a room where nobody speaks.
PINS_KEPT_S = 2.0
# A message that the server could not store just now (its disk is full) is sent again after this.
LATER_S = 2.0
CONNECT_S = 8.0
# A headless client that has never been in gives a server this long that answers, and sends it away.
DOOR_S = 8.0
# A program without a window that has read all its input waits this long for the next acknowledgement: a
# server may come back, a full disk get room.
RETRY_AFTER_INPUT_END_S = 30.0

# Events that wait for a window, or for who reads a headless client's output, until a client reads no more
# from its server: two pages of history.
MAX_UNTAKEN_EVENTS = 200

# --- The windows' side --------------------------------------------------------------------------
# What the recorder keeps until a view takes it; what was there longest makes room, and its loss is shown.
TRACE_BUFFER_EVENTS = 4_096
TRACE_BUFFER_BYTES = 16 * 2**20
DEFAULT_PORT = 5050
