"""The loop of the worker: every task has its turns, whatever becomes of another."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

import pytest

from service.clock import SetClock
from service.services import Services
from service.storage import locks
from service.storage.database import Database
from service.worker import Task, Worker

WAIT_S = 60


class Counted:
    """Work that is there so many times."""

    def __init__(self, times: int) -> None:
        self.left, self.done = times, 0

    def work(self, _: Services) -> bool:
        if not self.left:
            return False
        self.left, self.done = self.left - 1, self.done + 1
        return True


def failing(_: Services) -> bool:
    raise ValueError("the name of a child")


def test_every_task_has_its_turn_and_says_whether_it_did_something(services: Services) -> None:
    first, second = Counted(1), Counted(2)
    worker = Worker(services, [Task("first", first.work), Task("second", second.work)])
    assert [worker.once(), worker.once(), worker.once()] == [True, True, False]
    assert (first.done, second.done) == (1, 2)


def test_a_task_that_fails_stops_no_other_and_is_logged_without_its_words(
    services: Services, clock: SetClock, logged: pytest.LogCaptureFixture
) -> None:
    other = Counted(9)
    worker = Worker(services, [Task("failing", failing), Task("other", other.work)])
    assert worker.once()
    assert other.done == 1
    [line] = [record.getMessage() for record in logged.records]
    assert '"task": "failing"' in line
    assert '"error": "ValueError"' in line
    assert "child" not in line.replace("childfind", "")
    worker.once()
    assert len(logged.records) == 1, "it rests for a while"
    clock.advance(timedelta(seconds=30))
    worker.once()
    assert len(logged.records) == 2
    assert other.done == 3


def test_a_task_that_found_nothing_is_asked_again_after_a_while(
    services: Services, clock: SetClock
) -> None:
    seldom = Counted(2)
    worker = Worker(services, [Task("seldom", seldom.work, every=timedelta(minutes=5))])
    assert [worker.once(), worker.once(), worker.once()] == [True, True, False]
    seldom.left = 1
    clock.advance(timedelta(minutes=4))
    assert not worker.once()
    clock.advance(timedelta(minutes=1))
    assert worker.once()


def test_a_clock_that_is_set_back_keeps_no_task_resting(
    services: Services, clock: SetClock
) -> None:
    seldom = Counted(0)
    worker = Worker(services, [Task("seldom", seldom.work, every=timedelta(minutes=5))])
    clock.advance(timedelta(days=365))
    assert not worker.once()
    seldom.left = 1
    clock.advance(timedelta(days=-365))
    assert worker.once()


def test_a_task_that_another_does_is_asked_again_at_once(services: Services) -> None:
    seldom = Counted(1)
    worker = Worker(services, [Task("seldom", seldom.work, every=timedelta(minutes=5))])
    with locks.held(services.database, "seldom"):
        assert not worker.once()
    assert worker.once()


def test_a_task_is_done_by_one_worker_at_a_time(services: Services) -> None:
    mine, other = Counted(1), Counted(1)
    one, two = Task("same", mine.work), Task("other", other.work)
    worker = Worker(services, [one, two])
    with locks.held(services.database, "same") as ours:
        assert ours
        assert worker.once()
        assert (mine.done, other.done) == (0, 1), "what another does is left to it"
    assert worker.once()
    assert mine.done == 1


def test_a_lock_ends_with_whoever_holds_it(store: Database) -> None:
    with locks.held(store, "one") as first:
        assert first
        with locks.held(store, "one") as second, locks.held(store, "two") as other:
            assert (second, other) == (False, True)
    with pytest.raises(RuntimeError), locks.held(store, "one"):
        raise RuntimeError
    with locks.held(store, "one") as again:
        assert again


def test_what_takes_long_holds_nothing_up_and_is_finished_before_it_stops(
    services: Services,
) -> None:
    began, go_on, other = Event(), Event(), Event()
    finished = Counted(1)

    def slow(held: Services) -> bool:
        began.set()
        assert go_on.wait(WAIT_S)
        return finished.work(held)

    def quick(_: Services) -> bool:
        if began.is_set():
            other.set()
        return False

    worker = Worker(services, [Task("slow", slow), Task("quick", quick)])
    worker.start()
    assert began.wait(WAIT_S)
    assert other.wait(WAIT_S)
    worker.stop(within_s=0)
    assert finished.done == 0
    go_on.set()
    worker.stop()
    assert finished.done == 1


def test_it_rests_when_there_is_nothing_to_do_and_can_be_stopped_in_its_rest(
    services: Services,
) -> None:
    turned = Event()

    def nothing(_: Services) -> bool:
        turned.set()
        return False

    worker = Worker(services, [Task("nothing", nothing)])
    worker.start()
    assert turned.wait(WAIT_S)
    worker.stop()
