"""What was said before: pages of the log, pulled by the members one by one (PROTOCOL §8.1, §8.4).

    get_page{after} -> [gap] said* page_end            and, when that reaches the head for the first time,
                       roster* live                     the member is live from this moment

A page is read and packed in about a millisecond, so a class that comes back together could hold the loop
up: pages have a budget for each group commit, each member has one under way at most, so that all are served
one after the other, and a member that does not take its last page gets no next one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from netcore import limits
from netcore.net.server.backpressure import PauseReason
from netcore.net.server.context import Context
from netcore.net.server.link import ServerLink
from netcore.wire.codec import encode
from netcore.wire.messages import BlobDropped, Live, PageEnd

BUDGET_S: Final = 0.01
"""For all pages of one group commit; those that chat meanwhile do not notice this."""
_PAGES_KEPT: Final = 16
"""Encoded: members that come back at once ask for the same pages, and encoding them is most of the work."""


class Pages:
    """Thread: netcore-loop only."""

    def __init__(self, context: Context, on_live: Callable[[], None]) -> None:
        """`on_live` is called when a member begins to get Room records."""
        self._context = context
        self._on_live = on_live
        self._requests: dict[ServerLink, int] = {}  # in the order in which they are served
        self._encoded: dict[tuple[int, int, int], tuple[list[bytes], int]] = {}

    def request(self, link: ServerLink, after: int) -> None:
        """The member wants messages with seq > after, and no longer what it asked for before."""
        self._requests[link] = (
            after  # in its old place, if it has one: asking often is not being served sooner
        )

    def serve(self) -> bool:
        """Answer what was asked, as far as the budget goes; whether something is left for the next time."""
        until_s = self._context.loop.now() + BUDGET_S
        more_waits = False
        requests, self._requests = self._requests, {}
        for link, after in requests.items():
            if link.over:
                continue
            if link.backpressure.queue_is_long:
                # It is looked at again when its queue is empty: `on_drained` schedules a group commit.
                self._requests[link] = after
                link.backpressure.pause(PauseReason.QUEUE)
            elif self._context.loop.now() < until_s:
                link.connection.guard(lambda link=link, after=after: self._answer(link, after))  # type: ignore[misc]
            else:
                self._requests[link] = after
                more_waits = True
        return more_waits

    def _answer(self, link: ServerLink, after: int) -> None:
        with self._context.log_guard:
            texts, last = self._page(after)
            for text in texts:
                link.send_text(text)
            if last >= self._context.log.head and not link.live:
                self._make_live(link)
            link.flush()

    def _page(self, after: int) -> tuple[list[bytes], int]:
        """The encoded page, and the seq that it leads to."""
        log = self._context.log
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

    def _make_live(self, link: ServerLink) -> None:
        context = self._context
        for part in context.members.roster_parts():
            link.send_text(part)
        for blob, by_host in context.log.taken_back(link.member_id):
            link.send(BlobDropped(blob, by_host))
        link.send(Live(context.log.head, len(context.members)))
        link.live = True
        context.live.append(link)
        self._on_live()
