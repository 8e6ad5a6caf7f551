"""Everything that the worker does, in the order in which it looks for work."""

from __future__ import annotations

from service.worker import imports, kept_answers
from service.worker.loop import Task

TASKS: tuple[Task, ...] = (
    Task("imports", imports.take),
    Task("forget_kept_answers", kept_answers.forget),
)
