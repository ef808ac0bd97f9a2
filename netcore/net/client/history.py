"""The room's messages, each once and in order, on disk before they are shown (PROTOCOL §8).

A client knows a place: log, seq and the hash of that row. It resumes there, pulls pages until the
server says `live`, and takes what comes from then on. A row at or below the place is ignored, the
next one is taken, and one further on is a fault, unless a `gap` said that the rows between are gone.
Rows that arrive together are stored in one transaction with the acknowledgements that they carry.

What lies before the history here (a newcomer began 200 rows before the head) is asked for as the person
scrolls up, and only shown: to store it would need a place of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netcore import limits
from netcore.errors import LogOrder
from netcore.net.api.events import Chat, Gone, HistoryReplaced
from netcore.net.client.context import Context
from netcore.net.client.outbox import Outbox
from netcore.net.speech import shared_file
from netcore.wire import codes
from netcore.wire.messages import Gap, GetPage, Live, PageEnd, Resume, Said, Welcome


class History:
    """What one nick has of one server's log."""

    def __init__(
        self, context: Context, outbox: Outbox, show_earlier: Callable[[Sequence[Said]], None]
    ) -> None:
        self._store = context.store
        self._server = context.server
        self._me = context.member_id
        self._outbox = outbox
        self._emit = context.emit
        self._send = context.send
        self._show_earlier = show_earlier
        self._log_id = b""
        self._rows: list[Said] = []  # arrived, not stored yet
        self._page_ended = False
        self._asked_after = -1  # what get_page named; -1: none is under way, and only one ever is
        self._before = 0  # the person wants what is before this row; 0: nothing
        self._earlier: list[Said] | None = None  # of the page under way, if it is one of those
        self.last = 0
        """seq of the newest row here, the arrived ones included."""
        self.live = False
        self.missed = 0
        """Rows of others that came by pages: said while we were away."""
        self.not_ours = self._store.not_ours(self._server)
        """Rows under our key that somebody else wrote, by seq."""

    def resume(self) -> Resume | None:
        """The place to go on from. None when there is none, or none with a row to name."""
        place = self._store.place(self._server)
        if place.log_id is None or place.row is None or not place.seq:
            return None
        return Resume(place.log_id, place.seq, place.row)

    def welcomed(self, welcome: Welcome, resumed: Resume | None) -> None:
        """Begin to pull. `resumed` is what `auth` named."""
        place = self._store.place(self._server)
        self.live = False
        self._rows.clear()
        self._page_ended = False
        self._log_id = welcome.log_id
        self.last = place.seq
        if welcome.history is codes.History.RESUMED:
            if resumed is None or welcome.log_id != resumed.log_id or welcome.head < resumed.seq:
                raise LogOrder(what="a resumption of another log")
        elif (
            welcome.history is codes.History.REPLACED
            or welcome.log_id != place.log_id
            or place.seq > welcome.head
        ):
            # Who has been here before reads a replaced log whole; a newcomer looks back a little.
            newcomer = place.log_id is None
            self.last = max(0, welcome.head - limits.FIRST_HISTORY_MESSAGES) if newcomer else 0
            self._store.start_log(self._server, welcome.log_id, self.last)
            self._outbox.log_begins()
            self.not_ours = frozenset()
            if place.log_id is not None:
                self._emit(HistoryReplaced())
        self._ask_page()

    def disconnected(self) -> None:
        """Rows that arrived and were not stored will come again."""
        self._rows.clear()
        self.live = False
        self._asked_after = -1
        if self._before:
            self._end_earlier([])

    def is_mine(self, row: Said) -> bool:
        """Whether we wrote it, as far as anybody can tell."""
        return row.sender == self._me and row.seq not in self.not_ours

    # --- From the person ------------------------------------------------------------------------

    def load_earlier(self, before_seq: int) -> None:
        """Show a page of what is before `before_seq`, from here or from the server. Raises StorageError."""
        if self._before:
            return  # the answer that is under way is the answer to this, too
        rows = self._store.history(self._server, before_seq, limits.PAGE_MESSAGES)
        if rows or before_seq <= 1 or not self.live:
            self._show_earlier(rows)
            return
        self._before = before_seq
        if self._asked_after < 0:
            self._ask_earlier()

    # --- From the server ------------------------------------------------------------------------

    def on_said(self, row: Said) -> None:
        """Kept for `store`. Raises LogOrder when rows before it are missing."""
        if row.seq <= self.last:
            self._keep_earlier(row)
            return
        if row.seq != self.last + 1:
            raise LogOrder(what="a message whose forerunners never came")
        self.last = row.seq
        self._rows.append(row)

    def on_gap(self, gap: Gap) -> None:
        if gap.last <= self.last:
            return
        if gap.first > self.last + 1:
            raise LogOrder(what="a gap after a gap that was not announced")
        first, self.last = self.last + 1, gap.last
        self._store.skip_gap(self._server, gap.last)
        self._emit(Gone(first, gap.last))

    def on_page_end(self, end: PageEnd) -> None:
        if end.after != self._asked_after or end.last > self.last:
            if self.live:
                return  # it changes nothing: what is said comes in Room records
            raise LogOrder(what="the end of a page that was not asked for")
        self._asked_after = -1
        if self._earlier is not None:
            self._end_earlier(self._earlier)
        elif self._before:
            self._ask_earlier()
        # When live, this page was asked for before `live` was heard, where two records part them.
        self._page_ended = not self.live

    def on_live(self, live: Live) -> None:
        if self.live or live.head != self.last:
            raise LogOrder(what="a claim to be live that does not fit the messages")
        self.live = True

    def store(self) -> None:
        """Put the rows that have come on disk, then show them. Raises StorageError; then nothing is shown."""
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        drafts, not_ours = self._outbox.echoes_in(rows)
        done = [draft.draft_id for draft in drafts.values()]
        self._store.append(self._server, self._log_id, rows, done, not_ours)
        self.not_ours |= not_ours
        for row in rows:
            mine = self.is_mine(row)
            self.missed += not (mine or self.live)
            local_id = self._outbox.on_acknowledged(drafts[row.seq]) if row.seq in drafts else None
            if row.seq in not_ours:
                self._outbox.on_not_ours(row)
            file = shared_file(row.file) if row.file is not None else None
            self._emit(Chat(row.seq, row.sender, row.name, row.text, row.at, mine, local_id, file))
        self._outbox.send_waiting()

    def ask_next_page(self) -> None:
        """After all of a read: ask for the next page, if this one has ended and `live` was not in it."""
        if self._page_ended and not self.live:
            self._ask_page()

    # --- Inside ---------------------------------------------------------------------------------

    def _ask_earlier(self) -> None:
        self._earlier = []
        self._asked_after = max(0, self._before - 1 - limits.PAGE_MESSAGES)
        self._send(GetPage(self._asked_after))

    def _keep_earlier(self, row: Said) -> None:
        if self._earlier is None or not self._asked_after < row.seq < self._before:
            return
        if self._earlier and row.seq != self._earlier[-1].seq + 1:
            raise LogOrder(what="a page with holes")
        self._earlier.append(row)

    def _end_earlier(self, rows: Sequence[Said]) -> None:
        self._before, self._earlier = 0, None
        self._show_earlier(rows)

    def _ask_page(self) -> None:
        self._page_ended = False
        self._asked_after = self.last
        self._send(GetPage(self.last))
