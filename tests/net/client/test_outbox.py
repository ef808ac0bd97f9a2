"""The outbox's rules, one by one (PROTOCOL §7)."""

from __future__ import annotations

import pytest

from netcore import limits
from netcore.errors import FalseWords, MessageError, StorageFull
from netcore.net.api import commands
from netcore.net.api.events import Chat, Failed, HistoryOpened, Notice, Pending, Refused
from netcore.net.client.outbox import OTHER_SERVER
from netcore.store.client_store import ClientStore
from netcore.wire import messages
from netcore.wire.codes import History, Refusal
from netcore.wire.messages import Answer, GetPage, Said
from tests.net.client.kit import ADA, BEN, HOST, LOG, SERVER, RoomAtHand, key, live


def say(room: RoomAtHand, *texts: str) -> None:
    for text in texts:
        room.room.submit(commands.Say(len(room.of(Pending)) + 1, text))


def refused(room: RoomAtHand, n: int, code: Refusal) -> messages.Refused:
    return messages.Refused(room.stream, n, code)


def mine(room: RoomAtHand) -> list[tuple[int | None, str]]:
    return [(chat.local_id, chat.text) for chat in room.of(Chat) if chat.mine]


def test_a_message_is_on_disk_before_it_is_pending_and_leaves_with_its_row() -> None:
    """PROTOCOL §8.5: on disk "from before it is first sent"; §7.1: its row acknowledges it."""
    room = RoomAtHand()
    room.go_live()
    say(room, "hello")
    assert [draft.text for draft in room.store.unsent(room.room.fingerprint)] == ["hello"]
    assert room.of(Pending) == [Pending(1, "hello", 1_000_000, None)]
    assert room.says() == [(1, "hello")]
    room.hear(room.row(1, n=1, text="hello"))
    assert mine(room) == [(1, "hello")]
    assert room.store.unsent(room.room.fingerprint) == ()


def test_a_row_of_another_with_my_numbers_acknowledges_nothing() -> None:
    room = RoomAtHand()
    room.go_live()
    say(room, "hello")
    row = room.row(1, n=1, text="not mine")
    room.hear(Said(row.seq, b"X" * 32, "Eve", row.stream, row.n, row.at, row.text))
    assert len(room.store.unsent(room.room.fingerprint)) == 1
    assert [chat.local_id for chat in room.of(Chat)] == [None]


def test_at_most_32_unacknowledged() -> None:
    """PROTOCOL §7.3: "A client keeps at most 32 messages unacknowledged"."""
    room = RoomAtHand()
    room.go_live()
    say(room, *[f"t{i}" for i in range(1, 41)])
    assert [n for n, _ in room.says()] == list(range(1, limits.MAX_UNACKNOWLEDGED + 1))
    room.hear(room.row(1, n=1, text="t1"), room.row(2, n=2, text="t2"))
    assert [n for n, _ in room.says()] == [33, 34]


def test_what_was_written_offline_goes_in_order_and_only_what_the_server_has_not_had() -> None:
    """Resend those with n > last_n in order; n <= last_n wait for the row, or are asked for when live."""
    room = RoomAtHand()
    say(room, "a", "b", "c", "d")
    assert room.says() == []
    room.connect(head=2, last_n=2)
    assert room.says() == [(3, "c"), (4, "d")]
    room.hear(room.row(1, n=1, text="a"), *live(1, 0)[:1])  # row 2 is still to come
    assert mine(room) == [(1, "a")]
    room.hear(room.row(2), *live(2, 1))
    assert room.says() == [(2, "b")], "its answer is asked for: no row has brought it"


def test_nothing_is_sent_twice_over_one_connection() -> None:
    room = RoomAtHand()
    say(room, "a", "b")
    room.go_live()
    assert room.says() == [(1, "a"), (2, "b")]
    say(room, "c")
    assert room.says() == [(3, "c")]


def test_after_a_lost_connection_all_unanswered_is_sent_again_as_it_was() -> None:
    """The same (stream, n): the server knows it again."""
    room = RoomAtHand()
    room.go_live()
    stream = room.stream
    say(room, "a", "b")
    room.room.disconnected()
    room.sent.clear()
    room.go_live()
    assert [(one.stream, one.n) for one in room.sent if isinstance(one, messages.Say)] == [
        (stream, 1),
        (stream, 2),
    ]


def test_a_crash_loses_nothing_typed() -> None:
    """The next run shows it under a negative id."""
    before = RoomAtHand()
    say(before, "a", "b")
    after = RoomAtHand(before.store)
    assert [(one.local_id < 0, one.text) for one in after.of(Pending)] == [(True, "a"), (True, "b")]
    after.go_live()
    assert after.says() == [(1, "a"), (2, "b")]
    after.hear(after.row(1, n=1, text="a"))
    assert mine(after) == [(after.of(Pending)[0].local_id, "a")]


def test_after_an_answer_the_row_acknowledges() -> None:
    """PROTOCOL §7.1: `answer` says that the `said` is on its way; it alone shows whose words it holds."""
    room = RoomAtHand()
    say(room, "a")
    room.connect(head=0, last_n=1)
    room.live(0)
    room.hear(Answer(room.stream, 1, 1))
    assert len(room.store.unsent(room.room.fingerprint)) == 1 and mine(room) == []
    room.hear(room.row(1, n=1, text="a"))
    assert room.store.unsent(room.room.fingerprint) == () and mine(room) == [(1, "a")]


@pytest.mark.parametrize("answered", [False, True])
def test_other_words_under_my_number_are_told_and_mine_are_sent_again(answered: bool) -> None:
    """PROTOCOL §7.1: "somebody uses a copy of my key and stream, or the server lies": no draft is dropped,
    and none is sent under a new number before all that is under way is answered."""
    room = RoomAtHand()
    room.go_live()
    say(room, "mine", "another")
    room.says()
    old = room.stream
    if answered:
        room.hear(Answer(old, 1, 1))
    room.hear(Said(1, ADA, "Ada", old, 1, 5, "not mine"))
    assert [notice.code for notice in room.of(Notice)] == ["not_your_words"]
    assert mine(room) == [] and [chat.text for chat in room.of(Chat)] == ["not mine"] and room.says() == []
    room.hear(refused(room, 2, Refusal.MUTED))
    assert room.stream != old and room.says() == [(1, "mine")]
    with pytest.raises(FalseWords):
        room.hear(Said(2, ADA, "Ada", room.stream, 1, 5, "again not mine"))
    assert [draft.text for draft in room.store.unsent(room.room.fingerprint)] == ["mine"]
    assert [chat.text for chat in room.of(Chat)] == ["not mine"], "a lie is not shown"
    [opened] = RoomAtHand(room.store).of(HistoryOpened)
    assert [chat.mine for chat in opened.messages] == [False], "nor as mine in the next life"


def test_a_server_that_always_alters_my_words_is_left_for_good() -> None:
    """PROTOCOL §7.1: of a stream begun in this run there is no copy, over whichever connection it is used."""
    room = RoomAtHand()
    room.go_live()
    say(room, "mine")
    room.hear(Said(1, ADA, "Ada", room.stream, 1, 5, "altered"))
    room.room.disconnected()
    room.connect(head=1, last_n=1, history=History.RESUMED)
    room.live(1)
    with pytest.raises(FalseWords):
        room.hear(Said(2, ADA, "Ada", room.stream, 1, 5, "altered"))
    assert len(room.of(Notice)) == 1 and [chat.text for chat in room.of(Chat)] == ["altered"]


@pytest.mark.parametrize("n", [2, 3, 99, 2**53 - 1])
@pytest.mark.parametrize("page", [False, True])
def test_words_under_a_number_that_nobody_has_used_are_not_shown(n: int, page: bool) -> None:
    """PROTOCOL §7.1: "from = me, my stream and an n that I never used"."""
    room = RoomAtHand()
    room.go_live() if not page else room.connect(head=1)
    say(room, "one")
    with pytest.raises(FalseWords):
        room.hear(Said(1, ADA, "Ada", room.stream, n, 5, "FALSE"))
    assert room.of(Chat) == [] and room.store.history(room.room.fingerprint, None, 9) == ()


@pytest.mark.parametrize("n", [1, 2])
def test_words_under_a_number_that_stands_in_the_log_already_are_not_shown(n: int) -> None:
    """PROTOCOL §7.1: the server takes each n once, and in order."""
    room = RoomAtHand()
    room.go_live()
    say(room, "one", "two")
    room.hear(room.row(1, 1, "one"), room.row(2, 2, "two"))
    with pytest.raises(FalseWords):
        room.hear(Said(3, ADA, "Ada", room.stream, n, 5, "FALSE"))
    assert [chat.text for chat in room.of(Chat)] == ["one", "two"]


def test_a_log_that_is_read_again_from_its_beginning_has_my_words_again() -> None:
    room = RoomAtHand()
    room.go_live()
    say(room, "one")
    room.hear(room.row(1, 1, "one"))
    room.room.disconnected()
    room.connect(head=1, last_n=1, history=History.REPLACED, log=b"M" * 16)
    room.hear(room.row(1, 1, "one"))
    assert mine(room) == [(1, "one"), (None, "one")]


def test_an_older_copy_of_the_profile_goes_on_in_a_stream_of_its_own() -> None:
    """PROTOCOL §7.1: what the copy said is shown; what is said here is not taken for a repetition of it."""
    room = RoomAtHand()
    old = room.stream
    say(room, "waiting")
    room.connect(head=3, last_n=3)
    assert [notice.code for notice in room.of(Notice)] == ["not_your_words"]
    say(room, "ok")
    assert room.says() == [], "what waits is answered first"
    room.hear(*[Said(n, ADA, "Ada", old, n, 5, text) for n, text in enumerate(("waiting", "ok", "bye"), 1)])
    room.hear(*live(3, 0))
    assert room.stream != old and room.says() == [(1, "ok")]
    room.hear(room.row(4, 1, "ok"))
    assert mine(room) == [(1, "waiting"), (2, "ok")]
    assert [chat.text for chat in room.of(Chat)] == ["waiting", "ok", "bye", "ok"]
    assert room.store.unsent(room.room.fingerprint) == ()


def test_a_server_that_has_outrun_a_stream_of_this_run_lies() -> None:
    room = RoomAtHand()
    room.connect(last_n=7)
    room.live(0)
    room.room.disconnected()
    room.room.auth_fields()
    room.room.established(SERVER, first_contact=False)
    with pytest.raises(FalseWords):
        room.hear(messages.Welcome("Lab", LOG, HOST, "Ada", 7, 0, History.NEW, 0))


def test_a_message_under_the_number_of_a_whisper_is_other_words_too() -> None:
    room = RoomAtHand()
    room.go_live()
    room.store.remember_key(BEN, key("member_ben").public.modulus)
    room.room.submit(commands.Whisper(1, BEN, "psst"))
    room.loop.run_jobs()
    room.hear(Said(1, ADA, "Ada", room.stream, 1, 5, "psst"))
    assert [notice.code for notice in room.of(Notice)] == ["not_your_words"]
    assert [draft.text for draft in room.store.unsent(room.room.fingerprint)] == ["psst"]


@pytest.mark.parametrize("code", [Refusal.LATER, Refusal.MUTED])
def test_other_words_under_a_number_that_was_not_sent_yet(code: Refusal) -> None:
    """What was sent before it is answered first; then the new stream takes what is left."""
    room = RoomAtHand()
    room.go_live()
    say(room, *[f"t{i}" for i in range(1, 34)])
    room.says()
    room.hear(Said(1, ADA, "Ada", room.stream, 33, 5, "not mine"))
    room.hear(*[refused(room, n, code) for n in range(1, 33)])
    room.loop.run_timers()
    assert len(room.says()) == (32 if code is Refusal.LATER else 1)


@pytest.mark.parametrize("code", [Refusal.MUTED, Refusal.READ_ONLY, Refusal.SLOW_MODE, Refusal.BAD_TEXT])
def test_a_final_refusal_uses_n_up_and_gives_the_text_back(code: Refusal) -> None:
    """PROTOCOL §7.2: "shown to the person, who gets the text back"; and it is kept over a restart."""
    room = RoomAtHand()
    room.go_live()
    say(room, "a", "b")
    room.hear(refused(room, 1, code))
    [told] = room.of(Refused)
    assert (told.local_id, told.text, told.code) == (1, "a", code)
    say(room, "c")
    assert room.says() == [(1, "a"), (2, "b"), (3, "c")], "the next number is taken, none is used again"
    again = RoomAtHand(room.store)
    [kept] = again.of(Refused)
    assert kept.text == "a" and kept.local_id < 0
    again.room.submit(commands.Discard(kept.local_id))
    assert RoomAtHand(room.store).of(Refused) == []


def test_a_local_refusal_costs_no_number() -> None:
    room = RoomAtHand()
    room.go_live()
    say(room, " ", "x" * 4_001, "\x00", "x\n" * 50 + "x")
    assert [one.code for one in room.of(Refused)] == ["empty", "too_long", "empty", "too_many_lines"]
    assert room.says() == [] and room.of(Pending) == []


def test_later_uses_nothing_up() -> None:
    """PROTOCOL §7.2: "On `later` the client waits a while"; what followed it met a gap."""
    room = RoomAtHand()
    room.go_live()
    stream = room.stream
    say(room, "a", "b", "c")
    room.says()
    room.hear(refused(room, 1, Refusal.LATER), refused(room, 2, Refusal.GAP))
    assert room.loop.timers == [], "c is still to be answered"
    say(room, "d")
    assert room.says() == [], "nothing more is sent meanwhile"
    room.hear(refused(room, 3, Refusal.GAP))
    assert room.loop.run_timers() == [limits.LATER_S]
    assert room.says() == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
    assert room.stream == stream and room.of(Refused) == []
    assert [notice.code for notice in room.of(Notice)] == ["later"]


@pytest.mark.parametrize("ending", ["row", "answer", "refused"])
def test_a_final_answer_after_later_takes_the_place_of_sending_again(ending: str) -> None:
    """Whatever order a server answers in: with nothing left to send again, the timer has no work."""
    room = RoomAtHand()
    room.go_live()
    say(room, "a")
    room.hear(refused(room, 1, Refusal.LATER))
    final = {
        "row": room.row(1, n=1, text="a"),
        "answer": Answer(room.stream, 1, 1),
        "refused": refused(room, 1, Refusal.MUTED),
    }
    if ending == "answer":
        room.hear(room.row(1))  # so the answer names a message that is not here: the last word on it
    room.hear(final[ending])
    assert room.loop.run_timers() == []
    room.says()
    say(room, "b")
    assert [n for n, _ in room.says()] == [2]


def test_a_final_answer_between_leaves_the_others_to_be_sent_again() -> None:
    room = RoomAtHand()
    room.go_live()
    say(room, "a", "b")
    room.says()
    room.hear(refused(room, 1, Refusal.LATER), refused(room, 2, Refusal.GAP), refused(room, 1, Refusal.MUTED))
    assert room.loop.run_timers() == [limits.LATER_S]
    assert room.says() == [(2, "b")]


def test_later_in_the_middle_keeps_what_was_taken() -> None:
    room = RoomAtHand()
    room.go_live()
    say(room, "a", "b")
    room.says()
    room.hear(refused(room, 2, Refusal.LATER), room.row(1, n=1, text="a"))
    room.loop.run_timers()
    assert room.says() == [(2, "b")]


@pytest.mark.parametrize("code", [Refusal.GAP, Refusal.CONFLICT])
def test_a_gap_or_conflict_opens_a_new_stream_for_it_and_the_later_ones(code: Refusal) -> None:
    """PROTOCOL §7.2. Only once all under way is answered: "a" was taken, and must not be sent anew."""
    room = RoomAtHand()
    room.go_live()
    old = room.stream
    say(room, "a", "b", "c")
    room.says()
    room.hear(refused(room, 2, code), refused(room, 3, Refusal.GAP))
    assert room.stream == old and room.says() == []
    room.hear(room.row(1, n=1, text="a"))
    assert room.stream != old
    assert room.says() == [(1, "b"), (2, "c")]
    room.hear(room.row(2, n=1, text="b"), room.row(3, n=2, text="c"))
    assert [text for _, text in mine(room)] == ["a", "b", "c"]
    assert room.store.unsent(room.room.fingerprint) == ()


def test_a_gap_before_the_first_message_of_a_new_stream_is_a_lie() -> None:
    """Or a server could keep us making streams for ever."""
    room = RoomAtHand()
    room.go_live()
    say(room, "a")
    room.hear(refused(room, 1, Refusal.GAP))
    with pytest.raises(MessageError):
        room.hear(refused(room, 1, Refusal.GAP))


def test_a_lost_connection_forgets_what_was_to_be_sent_again() -> None:
    """The server says it again."""
    room = RoomAtHand()
    room.go_live()
    say(room, "a")
    room.hear(refused(room, 1, Refusal.LATER))
    room.room.disconnected()
    assert room.loop.run_timers() == []
    room.says()
    room.go_live()
    assert room.says() == [(1, "a")]


def test_pruned_is_an_end_too() -> None:
    """PROTOCOL §7.2: the stored answer may be `pruned`: it was handled, and must not be sent again."""
    room = RoomAtHand()
    say(room, "a")
    room.connect(last_n=1)
    room.live(0)
    room.hear(refused(room, 1, Refusal.PRUNED))
    assert room.store.unsent(room.room.fingerprint) == ()
    assert [one.code for one in room.of(Refused)] == ["pruned"]


def test_answers_to_other_streams_or_numbers_never_sent_change_nothing() -> None:
    room = RoomAtHand()
    room.go_live()
    say(room, "a")
    room.hear(
        messages.Refused(b"?" * 16, 1, Refusal.MUTED),
        refused(room, 9, Refusal.MUTED),
        Answer(b"?" * 16, 1, 5),
    )
    assert room.of(Refused) == [] and len(room.store.unsent(room.room.fingerprint)) == 1


def test_a_full_disk_keeps_the_text_with_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays visibly unsaved; nothing is sent that is not kept."""
    room = RoomAtHand()
    room.go_live()

    def full(*_: object) -> None:
        raise StorageFull(why="no space")

    monkeypatch.setattr(ClientStore, "add_say", full)
    say(room, "a")
    [told] = room.of(Refused)
    assert (told.local_id, told.text, told.code) == (1, "a", "not_kept")
    assert "is not sent by itself" in told.sentence
    assert room.of(Failed) and room.says() == [] and room.of(Pending) == []


def test_another_server_at_the_address_gets_nothing_of_the_first() -> None:
    """What was written for one key is not sent to another."""
    room = RoomAtHand()
    say(room, "secret")
    room.room.server_replaced()
    assert [(one.code, one.text) for one in room.of(Refused)] == [(OTHER_SERVER, "secret")]
    room.go_live()
    assert room.says() == []
    assert [one.code for one in RoomAtHand(room.store).of(Refused)] == [OTHER_SERVER]


def test_welcome_is_followed_by_the_first_page() -> None:
    room = RoomAtHand()
    room.connect()
    assert room.sent == [GetPage(0)]


@pytest.mark.parametrize("pasted", ["a\r\nb", "a\rb", "a\x0bb", "\x1b[31ma\x1b[0m\nb  ", "\ufeffa\u2028b"])
def test_what_is_pasted_goes_out_as_it_was_meant(pasted: str) -> None:
    """PROTOCOL §6.3, the last paragraph, in this role as in the host's: repaired before it is judged."""
    room = RoomAtHand()
    room.go_live()
    say(room, pasted)
    assert room.says() == [(1, "a\nb")] and room.of(Refused) == []
    room.room.submit(commands.Whisper(2, BEN, pasted))
    assert [one.text for one in room.of(Pending)] == ["a\nb"] * 2


def test_a_refusal_that_is_not_known_is_told_all_the_same() -> None:
    """Of a store that is damaged: the person gets the text back."""
    store = ClientStore.open(None)
    store.refuse(store.add_say(SERVER.fingerprint, "hello", 5).draft_id, "no such code")
    (refused,) = RoomAtHand(store).of(Refused)
    assert refused.text == "hello" and refused.sentence == "The server did not take it."
