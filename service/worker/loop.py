"""The loop: each task looks for work in a thread of its own, and rests when there is none."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import structlog

from service.services import Services
from service.storage import locks

log = structlog.get_logger("childfind")

IDLE_S = 1.0
"""How long a task rests when there was nothing to do."""
RESTS_AFTER_A_FAILURE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of work. `work` does a bounded piece and says whether there was any.

    One that does several pieces beside each other may begin another where one has ended, until
    `Services.stopping` is set.

    The same task is never done by two workers at once, but different tasks are: a lock by
    `name` sees to it. A worker that is killed leaves no lock behind, so whatever a task has
    taken up must be found again by the next worker. When there was none, it is looked for again
    after `every` at the earliest.
    """

    name: str
    work: Callable[[Services], bool]
    every: timedelta = timedelta()


class Worker:
    """Does its tasks, each beside the others, until it is told to stop."""

    def __init__(self, services: Services, tasks: Iterable[Task]) -> None:
        self._stopping = Event()
        self.services = replace(services, stopping=self._stopping)
        self.tasks = tuple(tasks)
        self._threads: list[Thread] = []
        self._rests: dict[str, tuple[datetime, datetime]] = {}

    def start(self) -> None:
        """Begin, in threads that keep no process from ending."""
        self._threads = [
            Thread(target=self._run, args=(task,), name=task.name, daemon=True)
            for task in self.tasks
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, within_s: float | None = None) -> None:
        """Begin nothing new, and wait for what is at hand, for ever unless told how long."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(within_s)

    def once(self) -> bool:
        """Give every task one turn, here; whether any of them had something to do."""
        did = [self._turn(task) for task in self.tasks]
        return any(did)

    def _run(self, task: Task) -> None:
        while not self._stopping.is_set():
            if not self._turn(task):
                self._stopping.wait(IDLE_S)

    def _turn(self, task: Task) -> bool:
        now = self.services.clock.now()
        since, until = self._rests.get(task.name, (now, now))
        if since <= now < until:  # a clock that was set back keeps nobody resting
            return False
        try:
            with locks.held(self.services.database, task.name) as ours:
                did = ours and task.work(self.services)
        except Exception as error:
            log_failure("task failed", error, task=task.name)
            self._rests[task.name] = now, now + RESTS_AFTER_A_FAILURE
            return False
        if ours and not did:
            self._rests[task.name] = now, now + task.every
        return did


def log_failure(what: str, error: Exception, **of: object) -> None:
    """Log what the service failed at, `of` whom by id, with the kind of error and its place.

    Not its words: they may tell of a child. Where it happened says enough.
    """
    said = {name: str(value) for name, value in of.items()}
    log.error(what, **said, error=type(error).__name__, at=_place(error))


def _place(error: BaseException) -> str:
    """File and line of the service where it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "service" in Path(frame.filename).parts] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
