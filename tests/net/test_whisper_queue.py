"""Whispers through the worker pool: one at a time, in order, and nothing lost (PROTOCOL §10)."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

import pytest

from netcore.crypto.whispers import seal_whisper
from netcore.errors import StorageFull, WhisperError
from netcore.net.whisper_queue import Opened, Sealed, WhisperQueue, open_job, seal_job
from netcore.wire.codec import encode_file
from netcore.wire.messages import File, Whisper
from tests.net.client.kit import ADA, SERVER, key
from tests.net.jobs import run_job

T = TypeVar("T")


class Bench:
    """A queue of words, whose jobs wait in `pool` until they are run; a job gives the word's length."""

    def __init__(self, in_order: bool) -> None:
        self.pool: list[Callable[[], None]] = []
        self.absent: set[str] = set()
        self.begun: list[str] = []
        self.done: list[tuple[str, object]] = []
        self.full_disk = False
        self.queue: WhisperQueue[str, int] = WhisperQueue(
            self.in_pool, self.job_for, self.on_done, in_order=in_order
        )

    def in_pool(self, job: Callable[[], T], done: Callable[[Future[T]], None]) -> None:
        self.pool.append(lambda: run_job(job, done))

    def job_for(self, word: str) -> Callable[[], int] | None:
        if word in self.absent:
            return None
        self.begun.append(word)

        def job() -> int:
            if word == "bad":
                raise WhisperError
            return len(word)

        return job

    def on_done(self, word: str, future: Future[int]) -> None:
        if self.full_disk:
            raise StorageFull(why="no space")
        self.queue.remove(word)
        self.done.append((word, future.exception() or future.result()))

    def run(self) -> None:
        while self.pool:
            self.pool.pop(0)()


@pytest.mark.parametrize("in_order", [False, True])
def test_one_at_a_time_in_order(in_order: bool) -> None:
    bench = Bench(in_order)
    for word in ("one", "three", "eleven"):
        bench.queue.add(word)
    assert bench.begun == ["one"] and len(bench.pool) == 1 and len(bench.queue) == 3
    bench.queue.work()
    assert bench.begun == ["one"], "a counter is drawn when its whisper's turn has come, and not before"
    bench.run()
    assert bench.done == [("one", 3), ("three", 5), ("eleven", 6)] and len(bench.queue) == 0


@pytest.mark.parametrize(("in_order", "begun"), [(False, ["here"]), (True, [])])
def test_who_waits_for_a_key_holds_others_up_only_where_order_asks_for_it(
    in_order: bool, begun: list[str]
) -> None:
    bench = Bench(in_order)
    bench.absent = {"away"}
    bench.queue.add("away")
    bench.queue.add("here")
    bench.run()
    assert [word for word, _ in bench.done] == begun
    bench.absent = set()
    bench.queue.work()
    bench.run()
    assert sorted(word for word, _ in bench.done) == ["away", "here"]


def test_a_job_that_fails_is_told_and_the_next_one_runs() -> None:
    bench = Bench(in_order=True)
    bench.queue.add("bad")
    bench.queue.add("good")
    bench.run()
    assert isinstance(bench.done[0][1], WhisperError) and bench.done[1] == ("good", 4)


def test_what_its_owner_could_not_take_stays_for_the_next_time() -> None:
    bench = Bench(in_order=False)
    bench.queue.add("kept")
    bench.full_disk = True
    with pytest.raises(StorageFull):
        bench.run()
    assert len(bench.queue) == 1
    bench.full_disk = False
    bench.queue.work()
    bench.run()
    assert bench.done == [("kept", 4)]


def test_what_was_cleared_meanwhile_comes_to_nothing() -> None:
    bench = Bench(in_order=True)
    bench.queue.add("old")
    assert bench.queue.clear() == ["old"]
    bench.queue.add("new")
    assert len(bench.pool) == 1, "still one at a time"
    bench.run()
    assert bench.done == [("new", 3)]


def test_after_close_nothing_is_told() -> None:
    bench = Bench(in_order=True)
    bench.queue.add("late")
    bench.queue.close()
    bench.run()
    bench.queue.add("later")
    assert bench.done == [] and bench.pool == []


def test_a_whisper_is_sealed_and_opens() -> None:
    ada, ben = key("member_ada"), key("member_ben")
    sealed: Sealed = seal_job(ada, ben.public, SERVER.modulus, 7, "psst", os.urandom)()
    assert len(sealed.msg_id) == 16 and sealed.counter == 7
    whisper = Whisper(ADA, *sealed, 0)
    assert open_job(ben, ada.public, SERVER.modulus, whisper)() == Opened("psst", None)
    with pytest.raises(WhisperError):
        open_job(ben, ada.public, SERVER.modulus, replace(whisper, counter=8))()


def test_a_whisper_that_shares_a_file_describes_the_blob_that_it_names() -> None:
    """PROTOCOL §10.2: that blob and no other, and never a text in its place."""
    ada, ben = key("member_ada"), key("member_ben")
    file = File(bytes(16), "plan.pdf", 5, bytes(32), bytes(32))
    sealed = seal_job(ada, ben.public, SERVER.modulus, 7, "", os.urandom, file)()
    whisper = Whisper(ADA, *sealed, 0, file.blob)
    assert open_job(ben, ada.public, SERVER.modulus, whisper)() == Opened("", file)
    for blob in (None, bytes([1]) * 16):
        with pytest.raises(WhisperError):
            open_job(ben, ada.public, SERVER.modulus, replace(whisper, blob=blob))()
    for text in ("no file", "{}", encode_file(replace(file, blob=bytes([1]) * 16))):
        msg_id = bytes(16)
        c1, c2 = seal_whisper(ada, ben.public, SERVER.modulus, msg_id, 7, text, os.urandom, file.blob)
        with pytest.raises(WhisperError):
            open_job(ben, ada.public, SERVER.modulus, Whisper(ADA, msg_id, 7, c1, c2, 0, file.blob))()


def test_a_whisper_with_a_text_that_may_not_be_said_does_not_open() -> None:
    """PROTOCOL §10.2: "text not UTF-8 or against §6.3": nobody could judge it on the way."""
    ada, ben = key("member_ada"), key("member_ben")
    sealed = seal_job(ada, ben.public, SERVER.modulus, 7, "a\x00b", os.urandom)()
    with pytest.raises(WhisperError):
        open_job(ben, ada.public, SERVER.modulus, Whisper(ADA, *sealed, 0))()
