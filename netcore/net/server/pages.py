"""What was said before: pages of the log, pulled by the members one by one (PROTOCOL §8.1, §8.4).

    get_page{after} -> [gap] said* page_end            and, when that reaches the head for the first time,
                       roster* live                     the member is live from this moment

A page is read and packed in about a millisecond, so a class that comes back together could hold the loop
up: pages have a budget a turn, each member has one under way at most, so that all come round in turn, and
who does not take its last page gets no next one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from netcore import limits
from netcore.errors import StorageError
from netcore.net.server.context import Hall
from netcore.net.server.link import Hold, Link
from netcore.wire.codec import encode
from netcore.wire.messages import Live, PageEnd

BUDGET_S: Final = 0.01
"""Of one turn, for all pages; those who chat meanwhile do not notice this."""
_PAGES_KEPT: Final = 16


class Pages:
    """Thread: netcore-loop only."""

    def __init__(
        self, hall: Hall, on_live: Callable[[], None], on_fatal: Callable[[StorageError], None]
    ) -> None:
        """`on_live`: when a member begins to get Room records; `on_fatal`: of a log that fails."""
        self._hall = hall
        self._on_live = on_live
        self._on_fatal = on_fatal
        self._asked: dict[Link, int] = {}  # in the order of their turns
        # Many who come back at once ask for the same pages: encoding them is most of the work.
        self._encoded: dict[tuple[int, int, int], tuple[list[bytes], int]] = {}

    def ask(self, link: Link, after: int) -> None:
        """The member wants messages with seq > after, and no longer what it asked for before."""
        self._asked[link] = after  # in its old place, if it has one: who asks often is not served sooner

    def serve(self) -> bool:
        """Answer what was asked, as far as the budget goes; whether the rest wants another turn."""
        until_s = self._hall.loop.now() + BUDGET_S
        wants_more = False
        asked, self._asked = self._asked, {}
        for link, after in asked.items():
            if link.over:
                continue
            if link.queue_is_long:
                # It is looked at again when the queue is empty: that asks for a turn.
                self._asked[link] = after
                link.hold(Hold.QUEUE)
            elif self._hall.loop.now() < until_s:
                link.connection.guard(lambda link=link, after=after: self._answer(link, after))  # type: ignore[misc]
            else:
                self._asked[link] = after
                wants_more = True
        return wants_more

    def _answer(self, link: Link, after: int) -> None:
        try:
            texts, last = self._page(after)
        except StorageError as error:
            self._on_fatal(error)
            return
        for text in texts:
            link.send_text(text)
        if last >= self._hall.log.head and not link.live:
            self._make_live(link)
        link.flush()

    def _page(self, after: int) -> tuple[list[bytes], int]:
        """The encoded page, and the seq that it leads to."""
        log = self._hall.log
        place = (after, log.first, log.head)
        kept = self._encoded.get(place)
        if kept is not None:
            return kept
        gap, messages = log.read(after, limits.PAGE_MESSAGES)
        last = messages[-1].seq if messages else (gap.last if gap else after)
        texts = [encode(gap)] if gap else []
        texts += [encode(said) for said in messages]
        texts.append(encode(PageEnd(after, last)))
        if len(self._encoded) >= _PAGES_KEPT:
            self._encoded.clear()
        self._encoded[place] = texts, last
        return texts, last

    def _make_live(self, link: Link) -> None:
        hall = self._hall
        for part in hall.members.roster_parts():
            link.send_text(part)
        link.send(Live(hall.log.head, len(hall.members)))
        link.live = True
        hall.live.append(link)
        self._on_live()
