"""A whole history, some students at a time: one way for the command line, the worker and a try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from service.imports.history.apply import apply
from service.imports.history.report import Report
from service.imports.history.staging import Batch, Staged
from service.policies import Policies
from service.storage.unit_of_work import UnitOfWork

Begin = Callable[[], UnitOfWork]
"""Opens a quiet unit of work."""


def parts(
    begin: Begin, policies: Policies, staged: Staged, after: UUID | None = None
) -> Iterator[tuple[UnitOfWork, Batch, Report]]:
    """Load a batch in a unit of work of its own, and hand both over to be committed or undone.

    The students of a batch are on record with all that the file says of them, or with nothing of
    it. What was handed over is closed when the next is asked for. `after`: the last student of
    those that are done.
    """
    for batch in staged.batches(after):
        with begin() as uow:
            yield uow, batch, apply(uow, policies, batch)
