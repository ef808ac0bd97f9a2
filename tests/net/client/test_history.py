"""Each row once and in order: resume, pages, the switch to live (PROTOCOL §8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcore import limits
from netcore.errors import MessageError, StorageFull
from netcore.net.api import commands
from netcore.net.api.events import (
    Chat,
    ComparedMembers,
    Connected,
    EarlierLoaded,
    Failed,
    Gone,
    HistoryOpened,
    HistoryReplaced,
    Member,
    MemberJoined,
    MemberLeft,
    Notice,
    RoomChanged,
)
from netcore.net.api.events import Slowed as SlowedEvent
from netcore.store.client_store import ClientStore
from netcore.wire.codec import row_hash
from netcore.wire.codes import History, LeaveReason
from netcore.wire.messages import (
    Gap,
    GetPage,
    Joined,
    Left,
    Live,
    PageEnd,
    Person,
    Ping,
    Pong,
    Resume,
    RoomState,
    Roster,
    Said,
    Slowed,
    Welcome,
)
from tests.net.client.kit import ADA, BEN, HOST, LOG, SERVER, RoomAtHand, live


def shown(room: RoomAtHand) -> list[int]:
    return [chat.seq for chat in room.of(Chat)]


def asked(room: RoomAtHand) -> list[int]:
    found = [one.after for one in room.sent if isinstance(one, GetPage)]
    room.sent.clear()
    return found


def test_rows_at_or_below_the_last_are_ignored() -> None:
    """PROTOCOL §8.1: "it ignores `said` with seq ≤ that"."""
    room = RoomAtHand()
    room.go_live()
    room.hear(room.row(1), room.row(2))
    room.hear(room.row(2), room.row(1), room.row(3))
    assert shown(room) == [1, 2, 3]


def test_a_row_too_far_on_is_fatal() -> None:
    """PROTOCOL §8.1: "treats any further one as a fault, unless a `gap` said that those between are gone"."""
    room = RoomAtHand()
    room.go_live()
    room.hear(room.row(1))
    with pytest.raises(MessageError):
        room.hear(room.row(3))
    assert shown(room) == [1]


def test_an_announced_gap_is_shown_as_one() -> None:
    """PROTOCOL §8.1: what retention removed is a `gap`, and is shown as one."""
    room = RoomAtHand()
    room.connect(head=12)
    room.hear(Gap(1, 10), room.row(11), room.row(12), *live(12, 0))
    assert room.of(Gone) == [Gone(1, 10)] and shown(room) == [11, 12]
    with pytest.raises(MessageError):
        room.hear(Gap(15, 20))


def test_pages_are_pulled_until_live() -> None:
    """PROTOCOL §8.1: "History is pulled"; §8.4: until a page reaches the head and ends with `live`."""
    room = RoomAtHand()
    room.connect(head=3)
    assert asked(room) == [0]
    room.hear(room.row(1), room.row(2), PageEnd(0, 2))
    assert asked(room) == [2] and room.of(Connected) == []
    room.hear(room.row(3), *live(3, 2))
    assert asked(room) == []
    [connected] = room.of(Connected)
    assert connected.members == (Member(HOST, "Host", True), Member(ADA, "Ada"), Member(BEN, "Ben"))
    assert connected.you == Member(ADA, "Ada") and connected.host_id == HOST
    assert [type(event) for event in room.events] == [Chat, Chat, Chat, Connected]


def test_live_in_a_record_of_its_own_does_no_harm() -> None:
    """The question for one page too many is answered with an empty page, after live."""
    room = RoomAtHand()
    room.connect(head=1)
    room.hear(room.row(1), PageEnd(0, 1))
    room.hear(*live(1)[1:])
    room.hear(PageEnd(1, 1), room.row(2))
    assert shown(room) == [1, 2] and len(room.of(Connected)) == 1


@pytest.mark.parametrize(
    "message", [PageEnd(7, 7), PageEnd(0, 5), Live(4, 1)], ids=["not asked", "past the rows", "not there"]
)
def test_claims_that_do_not_fit_are_fatal(message: PageEnd | Live) -> None:
    room = RoomAtHand()
    room.connect(head=3)
    with pytest.raises(MessageError):
        room.hear(message)


def test_a_newcomer_looks_back_200_messages() -> None:
    """FIRST_HISTORY_MESSAGES; and a place without a row is no place to name in `resume`."""
    room = RoomAtHand()
    room.connect(head=1_000)
    assert asked(room) == [800]
    room.room.disconnected()
    assert room.room.auth_fields()[1] is None
    room.connect(head=1_000)
    assert asked(room) == [800] and room.of(HistoryReplaced) == []


def test_resume_names_the_last_row() -> None:
    """PROTOCOL §8.3: it "names the log, the seq of the last message the client has, and its row hash"."""
    room = RoomAtHand()
    room.go_live()
    row = room.row(1)
    room.hear(row)
    room.room.disconnected()
    assert room.room.auth_fields()[1] == Resume(LOG, 1, row_hash(LOG, row))
    room.sent.clear()
    room.connect(head=2, history=History.RESUMED)
    assert asked(room) == [1]
    room.hear(room.row(2), *live(2, 1))
    assert shown(room) == [1, 2]


@pytest.mark.parametrize("log", [LOG, b"M" * 16], ids=["restored", "new"])
def test_a_replaced_log_keeps_the_old_history_apart(log: bytes) -> None:
    """PROTOCOL §8.3: "The client keeps its old history apart and begins anew"."""
    room = RoomAtHand()
    room.go_live()
    room.hear(room.row(1), room.row(2))
    room.room.disconnected()
    room.connect(head=1, history=History.REPLACED, log=log)
    assert room.of(HistoryReplaced) == [HistoryReplaced()]
    room.hear(room.row(1, text="other"), *live(1, 0))
    assert shown(room) == [1, 2, 1]
    assert [row.text for row in room.store.history(SERVER.fingerprint, None, 10)] == ["other"]


def test_a_replaced_log_is_read_from_its_beginning() -> None:
    """PROTOCOL §8.3: a client that has been here before begins anew at 0; a newcomer looks back a little."""
    room = RoomAtHand()
    room.go_live()
    room.hear(room.row(1), room.row(2))
    room.room.disconnected()
    room.sent.clear()
    room.connect(head=1_000, history=History.REPLACED, log=b"M" * 16)
    assert asked(room) == [0]


def test_resumed_without_having_asked_is_a_lie() -> None:
    room = RoomAtHand()
    with pytest.raises(MessageError):
        room.connect(head=5, history=History.RESUMED)


def test_missed_counts_the_rows_of_others_since_the_last_time() -> None:
    """For the line "n messages while you were away"."""
    room = RoomAtHand()
    room.go_live()
    room.hear(room.row(1))
    room.room.disconnected()
    room.room.submit(commands.Say(1, "mine 1"))
    room.connect(head=4, last_n=1, history=History.RESUMED)
    room.hear(room.row(2), room.row(3, n=1), room.row(4), *live(4, 1))
    assert [connected.missed for connected in room.of(Connected)] == [0, 2]


def test_nothing_is_shown_that_could_not_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it would be shown again after the restart."""
    room = RoomAtHand()
    room.go_live()

    def full(*_: object) -> None:
        raise StorageFull(why="no space")

    with monkeypatch.context() as patch:
        patch.setattr(ClientStore, "append", full)
        with pytest.raises(StorageFull):
            room.hear(room.row(1))
    assert shown(room) == []
    room.room.disconnected()
    room.connect(head=1)
    room.hear(room.row(1), *live(1, 0))
    assert shown(room) == [1]


def test_a_pong_confirms_what_came_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """PROTOCOL §7.4: a `ping` is answered "only after it has acted on" what came before."""
    room = RoomAtHand()
    room.go_live()
    room.hear(room.row(1), Ping())
    assert room.sent[-1] == Pong() and room.store.place(SERVER.fingerprint).seq == 1
    room.sent.clear()

    def full(*_: object) -> None:
        raise StorageFull(why="no space")

    monkeypatch.setattr(ClientStore, "append", full)
    with pytest.raises(StorageFull):
        room.hear(room.row(2), Ping())
    assert room.sent == []


def test_the_rows_of_a_read_are_stored_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction, with the acknowledgements."""
    room = RoomAtHand()
    room.go_live()
    sizes: list[int] = []
    append = ClientStore.append

    def counting(
        store: ClientStore, server: bytes, log_id: bytes, rows: list[object], *more: object
    ) -> None:
        sizes.append(len(rows))
        append(store, server, log_id, rows, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(ClientStore, "append", counting)
    room.hear(*[room.row(seq) for seq in range(1, 51)])
    assert sizes == [50]


def test_yesterdays_room_opens_offline() -> None:
    """Yesterday's room opens without a connection."""
    before = RoomAtHand()
    before.go_live()
    before.hear(*[before.row(seq) for seq in range(1, 251)])
    after = RoomAtHand(before.store)
    [opened] = after.of(HistoryOpened)
    assert opened.room == "Lab"
    assert [chat.seq for chat in opened.messages] == list(range(51, 251))
    after.room.submit(commands.LoadEarlier(51))
    after.room.submit(commands.LoadEarlier(1))
    loaded = after.of(EarlierLoaded)
    assert [chat.seq for chat in loaded[0].messages] == list(range(1, 51)) and loaded[1].messages == ()
    assert limits.PAGE_MESSAGES >= 50


def newcomer() -> RoomAtHand:
    """In a room of 1,000 messages, of which the first 800 are not here."""
    room = RoomAtHand()
    room.connect(head=1_000)
    room.hear(*[room.row(seq) for seq in range(801, 901)], PageEnd(800, 900))
    room.hear(*[room.row(seq) for seq in range(901, 1_001)], *live(1_000, 900))
    room.sent.clear()
    return room


def loaded(room: RoomAtHand) -> list[list[int]]:
    return [[chat.seq for chat in one.messages] for one in room.of(EarlierLoaded)]


def test_what_is_not_here_is_asked_of_the_server() -> None:
    """PROTOCOL §8.1: "Pages of older messages, asked for when live". A page a question, until the first."""
    room = newcomer()
    room.room.submit(commands.LoadEarlier(801))
    room.room.submit(commands.LoadEarlier(801))
    assert asked(room) == [700], "one at a time"
    room.hear(*[room.row(seq) for seq in range(701, 801)], room.row(1_001), PageEnd(700, 800))
    assert loaded(room) == [list(range(701, 801))]
    assert shown(room)[-1] == 1_001, "what is said meanwhile comes as ever"
    room.room.submit(commands.LoadEarlier(50))
    assert asked(room) == [0]
    room.hear(*[room.row(seq) for seq in range(1, 101)], PageEnd(0, 100))
    assert loaded(room)[1:] == [list(range(1, 50))]
    assert room.room.auth_fields()[1] == Resume(LOG, 1_001, row_hash(LOG, room.row(1_001))), "the place stays"
    assert [row.seq for row in room.store.history(SERVER.fingerprint, 802, 10)] == [801]


def test_earlier_messages_that_were_removed_are_an_end() -> None:
    """PROTOCOL §8.1: `gap` instead of them; no Gone is shown for what was never here."""
    room = newcomer()
    room.room.submit(commands.LoadEarlier(801))
    rows = [room.row(seq) for seq in range(751, 851)]
    room.hear(Gap(1, 750), *rows, PageEnd(700, 850))
    room.room.submit(commands.LoadEarlier(751))
    room.hear(Gap(1, 750), *rows, PageEnd(650, 850))
    assert loaded(room) == [list(range(751, 801)), []] and room.of(Gone) == []


def test_earlier_messages_wait_for_the_page_under_way() -> None:
    """PROTOCOL §6.2: "One at a time: ask again after `page_end`"."""
    room = RoomAtHand()
    room.connect(head=1_000)
    room.hear(*[room.row(seq) for seq in range(801, 1_001)], PageEnd(800, 1_000))
    room.hear(*live(1_000)[1:])
    room.sent.clear()
    room.room.submit(commands.LoadEarlier(801))
    assert asked(room) == [], "the page that was asked for before `live` is under way"
    room.hear(PageEnd(1_000, 1_000))
    assert asked(room) == [700]


def test_a_lost_connection_answers_for_the_server() -> None:
    room = newcomer()
    room.room.submit(commands.LoadEarlier(801))
    room.room.disconnected()
    room.room.submit(commands.LoadEarlier(801))
    assert loaded(room) == [[], []]
    room.connect(head=1_000, history=History.RESUMED)
    room.hear(*live(1_000))
    room.sent.clear()
    room.room.submit(commands.LoadEarlier(801))
    assert asked(room) == [700]


@pytest.mark.parametrize("seqs", [(701, 703), (702, 701), (701, 701)])
def test_an_earlier_page_with_holes_is_a_fault(seqs: tuple[int, int]) -> None:
    """PROTOCOL §8.1: "`said` for up to 100 messages, ascending"."""
    room = newcomer()
    room.room.submit(commands.LoadEarlier(801))
    with pytest.raises(MessageError):
        room.hear(*[room.row(seq) for seq in seqs])


def test_earlier_messages_that_nobody_asked_for_are_not_shown() -> None:
    room = newcomer()
    room.hear(room.row(5), PageEnd(4, 5))
    assert loaded(room) == [] and shown(room)[-1] == 1_000


def test_members_come_and_go() -> None:
    room = RoomAtHand()
    room.go_live()
    cleo = b"C" * 32
    room.hear(
        Joined(cleo, "Cleo"),
        Joined(cleo, "Cleo"),
        Left(BEN, "Ben", LeaveReason.KICKED),
        Left(BEN, "Ben", LeaveReason.LEFT),
    )
    assert room.of(MemberJoined) == [MemberJoined(Member(cleo, "Cleo"))]
    assert room.of(MemberLeft) == [MemberLeft(Member(BEN, "Ben"), "kicked")]


def test_a_name_under_another_key_is_pointed_out() -> None:
    """Names are pinned to the key that was first seen under them."""
    room = RoomAtHand()
    room.go_live()
    room.hear(Left(BEN, "Ben", LeaveReason.LEFT), Joined(b"X" * 32, "BEN"))
    [notice] = room.of(Notice)
    assert notice.code == "name_changed_hands" and "BEN" in notice.text


def test_a_name_is_pinned_whatever_way_it_arrives() -> None:
    """The same: also by a message, and told once for each key."""
    room = RoomAtHand()
    room.go_live()
    room.hear(*[Said(seq, b"X" * 32, "ben", b"x" * 16, seq, 1, "hi") for seq in (1, 2)])
    room.hear(room.row(3), Said(4, b"X" * 32, "ben", b"x" * 16, 4, 1, "hi"), Joined(b"X" * 32, "ben"))
    assert [notice.code for notice in room.of(Notice)] == ["name_changed_hands"]


def test_pins_of_a_quiet_room_are_soon_on_the_disk(tmp_path: Path) -> None:
    """Also if the power goes before a word is said."""
    room = RoomAtHand(ClientStore.open(tmp_path / "history.db"))
    room.connect()
    room.live(0)
    room.hear(Joined(b"C" * 32, "Cleo"))
    assert room.store.unflushed
    assert room.loop.run_timers() == [limits.PINS_KEPT_S], "once for all"
    for ending in ("", "-wal"):
        (tmp_path / f"copy.db{ending}").write_bytes((tmp_path / f"history.db{ending}").read_bytes())
    after_power_loss = ClientStore.open(tmp_path / "copy.db")
    for name, member in (("ben", BEN), ("cleo", b"C" * 32)):
        assert after_power_loss.pin_name(SERVER.fingerprint, name, b"?" * 32) == member
    after_power_loss.close()
    room.hear(Joined(b"D" * 32, "Dan"))
    room.room.close()
    room.store.close()
    room.loop.run_timers()


SAID = (1, BEN, "Ben", b"B" * 16, 1, 5, "hi")
BAD_NAMES = ["Ada\x00", "Ada\n", "\u202eAda", "system", "", " Ben", "x" * 25]


@pytest.mark.parametrize(
    "way, name",
    [(way, name) for way in ("joined", "left", "said", "roster", "welcome") for name in BAD_NAMES]
    + [("room", name) for name in ["Lab\x00", "Lab\n", "\u202eLab", "", " Lab", "x" * 25, "the \u201cLab"]],
)
def test_a_name_that_is_none_is_a_fault_of_the_server(way: str, name: str) -> None:
    """PROTOCOL §6.4: "In every message of the server a name is one by these rules"."""
    room = RoomAtHand()
    if way in ("joined", "left", "said"):
        room.go_live()
    elif way == "roster":
        room.connect()
    else:
        room.room.auth_fields()
    shown_before = len(room.events)
    with pytest.raises(MessageError):
        match way:
            case "joined":
                room.hear(Joined(b"X" * 32, name))
            case "left":
                room.hear(Left(BEN, name, LeaveReason.LEFT))
            case "said":
                room.hear(Said(1, BEN, name, *SAID[3:]))
            case "roster":
                room.hear(PageEnd(0, 0), Roster((Person(BEN, name),)))
            case "welcome":
                room.hear(Welcome("Lab", LOG, HOST, name, 0, 0, History.NEW, 0))
            case _:
                room.hear(Welcome(name, LOG, HOST, "Ada", 0, 0, History.NEW, 0))
    assert len(room.events) == shown_before


@pytest.mark.parametrize(
    "text",
    [
        "\x1b]0;own\x07", "a\x00", "\n" * 50, "\u2028" * 50 + "x", "x" * 4_001,
        "", " ", "\u200b", "\n\t",  # nothing to be seen is no text either
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_said_is_a_fault_of_the_server(text: str) -> None:
    """PROTOCOL §6.3: "one of the four rules, the empty one too, MUST take it for a fault of the server"."""
    room = RoomAtHand()
    room.go_live()
    with pytest.raises(MessageError):
        room.hear(Said(*SAID[:6], text))
    assert room.of(Chat) == []


@pytest.mark.parametrize("name", ["Class 7b (Mr. Smith)", "system", "Physics/Chemistry: (1st)"])
def test_a_room_may_be_called_what_no_member_may(name: str) -> None:
    """PROTOCOL §6.4: a room's name is freer."""
    room = RoomAtHand()
    room.room.auth_fields()
    room.room.established(SERVER, first_contact=False)
    room.hear(Welcome(name, LOG, HOST, "Ada", 0, 0, History.NEW, 0))
    room.live(0)
    assert room.of(Connected)[0].room == name


def test_a_roster_while_live_is_fatal() -> None:
    room = RoomAtHand()
    room.go_live()
    with pytest.raises(MessageError):
        room.hear(Roster((Person(BEN, "Ben"),)))


# --- A server that tells too much ---


def test_states_that_change_nothing_are_no_events() -> None:
    """A window must not be woken for what it knows; of several in one read the last counts."""
    room = RoomAtHand()
    room.go_live()
    open_, shut = RoomState(False, False, 0, True), RoomState(True, False, 0, True)
    room.hear(*[open_, shut] * 500, *[open_] * 500)
    for _ in range(500):
        room.hear(open_)
    assert room.of(RoomChanged) == [RoomChanged(False, False, 0, True)]
    room.hear(shut)
    assert room.of(RoomChanged)[1:] == [RoomChanged(True, False, 0, True)]
    room.room.disconnected()
    room.go_live()
    room.hear(shut)
    assert len(room.of(RoomChanged)) == 3, "and anew over each connection"


def test_slowed_is_told_once_until_something_was_taken() -> None:
    room = RoomAtHand()
    room.go_live()
    room.room.submit(commands.Say(1, "mine 1"))
    for _ in range(500):
        room.hear(*[Slowed()] * 50)
    assert len(room.of(SlowedEvent)) == 1
    room.hear(room.row(1, n=1), Slowed(), Slowed())
    assert len(room.of(SlowedEvent)) == 2


def test_a_roster_without_end_is_a_fault() -> None:
    """Near the room's limit, and not at 49,000: each costs a row in the window."""
    room = RoomAtHand()
    room.connect()
    people = [Person(number.to_bytes(32, "big"), f"M{number}") for number in range(1, 49_001)]
    with pytest.raises(MessageError):
        for start in range(0, 49_000, 200):
            room.hear(PageEnd(0, 0) if not start else Ping(), Roster(tuple(people[start : start + 200])))
    assert len(room.room._members) == limits.MAX_LISTED_MEMBERS


def test_members_whose_names_look_alike_are_pointed_out_once() -> None:
    """PROTOCOL §6.4: it "cannot rely on the server for which names look alike"."""
    room = RoomAtHand()
    room.go_live()
    greek = Joined(b"G" * 32, "\u0392\u0395\u039d")
    room.hear(Joined(b"O" * 32, "Benno"))
    assert room.of(Notice) == []
    room.hear(greek, Left(greek.id, greek.name, LeaveReason.LEFT), greek)
    [notice] = room.of(Notice)
    assert notice.code == "names_alike" and "Ben\u201d" in notice.text and greek.name in notice.text
    room.hear(Joined(b"D" * 32, "BEN"))
    assert [one.code for one in room.of(Notice)][1:] == ["name_changed_hands", "names_alike"]


def test_names_that_a_server_makes_up_are_forgotten() -> None:
    room = RoomAtHand()
    room.go_live()
    for number in range(3 * limits.MAX_LISTED_MEMBERS):
        someone = number.to_bytes(32, "big")
        name = f"M{number}"
        room.hear(Joined(someone, name), Left(someone, name, LeaveReason.LEFT))
    assert len(room.room._names) <= 2 * limits.MAX_LISTED_MEMBERS
    assert len(room.room._pinned) <= 2 * limits.MAX_LISTED_MEMBERS and room.of(Notice) == []


def test_whom_the_person_has_compared_is_kept_and_told() -> None:
    """PROTOCOL §1: whispers are closed to the server "once the two have compared fingerprints"."""
    room = RoomAtHand()
    room.room.submit(commands.MarkCompared(BEN, True))
    room.room.submit(commands.MarkCompared(HOST, True))
    room.room.submit(commands.MarkCompared(HOST, False))
    told = [one.member_ids for one in room.of(ComparedMembers)]
    assert told == [{BEN}, {BEN, HOST}, {BEN}]
    assert [one.member_ids for one in RoomAtHand(room.store).of(ComparedMembers)] == [{BEN}]


def test_a_mark_that_a_full_disk_did_not_keep_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    room = RoomAtHand()

    def full(*_: object) -> None:
        raise StorageFull(why="no space")

    monkeypatch.setattr(ClientStore, "set_compared", full)
    room.room.submit(commands.MarkCompared(BEN, True))
    assert room.of(Failed) and room.of(ComparedMembers) == [ComparedMembers(frozenset())]
