"""The loop: look for work, task by task, and rest when there is none."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import structlog

from service.api.plumbing.services import Services
from service.storage import locks

log = structlog.get_logger("childfind")

IDLE_S = 1.0
"""How long it rests when no task had anything to do."""
RESTS_AFTER_A_FAILURE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of work. `work` does a bounded piece and says whether there was any.

    The same task is never done by two workers at once, but different tasks are: a lock by
    `name` sees to it. A worker that is killed leaves no lock behind, so whatever a task has
    taken up must be found again by the next worker.
    """

    name: str
    work: Callable[[Services], bool]


class Worker:
    """Does its tasks, one after another, until it is told to stop."""

    def __init__(self, services: Services, tasks: Iterable[Task]) -> None:
        self.services, self.tasks = services, tuple(tasks)
        self._stopping = Event()
        self._thread: Thread | None = None
        self._rest_until: dict[str, datetime] = {}

    def run(self) -> None:
        """Work until `stop`; the task at hand is finished first."""
        while not self._stopping.is_set():
            if not self.once():
                self._stopping.wait(IDLE_S)

    def once(self) -> bool:
        """Give every task its turn; whether any of them had something to do."""
        did = False
        for task in self.tasks:
            if self._stopping.is_set():
                break
            did |= self._turn(task)
        return did

    def _turn(self, task: Task) -> bool:
        now = self.services.clock.now()
        if now < self._rest_until.get(task.name, now):
            return False
        try:
            with locks.held(self.services.database, task.name) as ours:
                return ours and task.work(self.services)
        except Exception as error:
            # Not its words: they may tell of a child. Where it happened says enough.
            log.error("task failed", task=task.name, error=type(error).__name__, at=_place(error))
            self._rest_until[task.name] = now + RESTS_AFTER_A_FAILURE
            return False

    def start(self) -> None:
        """Run in a thread of its own, which keeps no process from ending."""
        self._thread = Thread(target=self.run, name="worker", daemon=True)
        self._thread.start()

    def stop(self, within_s: float | None = None) -> None:
        """Begin nothing new, and wait for the task at hand, for ever unless told how long."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(within_s)


def _place(error: BaseException) -> str:
    """File and line of the service where it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "service" in Path(frame.filename).parts] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
