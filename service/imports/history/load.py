"""A whole history, some students at a time: one way for the command line, the worker and a try."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import date
from typing import Any
from uuid import UUID

from service.imports.history.apply import apply
from service.imports.history.report import Finding, Owed, Report
from service.imports.history.staging import Batch, Staged
from service.policies import Policies
from service.storage.history import HistoryFinding, HistoryOwed
from service.storage.inserts import insert_rows
from service.storage.unit_of_work import UnitOfWork

Begin = Callable[[], UnitOfWork]
"""Opens a quiet unit of work."""


def parts(
    begin: Begin,
    policies: Policies,
    staged: Staged,
    after: UUID | None = None,
    first: Callable[[UnitOfWork], object] | None = None,
) -> Iterator[tuple[UnitOfWork, Batch, Report]]:
    """Load a batch in a unit of work of its own, and hand both over to be committed or undone.

    The students of a batch are on record with all that the file says of them, or with nothing of
    it. What was handed over is closed when the next is asked for. `after`: the last student of
    those that are done. `first`: what is to be done in each unit of work before anything else.
    """
    for batch in staged.batches(after):
        with begin() as uow:
            if first is not None:
                first(uow)
            yield uow, batch, apply(uow, policies, batch)


def keep(
    uow: UnitOfWork, import_id: UUID, findings: Iterable[Finding], owed: Iterable[Owed] = ()
) -> None:
    """Keep what was found and what is owed, to be listed with the import."""
    of = {"district_id": uow.district_id, "import_id": import_id}
    for model, what, said in (
        (HistoryFinding, Finding, findings),
        (HistoryOwed, Owed, owed),
    ):
        rows = [{**of, "id": uow.new_id(), **_columns(what, one)} for one in said]
        insert_rows(uow.database, uow.connection, {model: rows})


def _columns(what: type[Any], one: Any) -> dict[str, Any]:
    said = {column.name: getattr(one, column.name) for column in fields(what)}
    for name in ("case_id", "student_id"):
        if said.get(name) is not None:
            said[name] = UUID(said[name])
    if said.get("due_on") is not None:
        said["due_on"] = date.fromisoformat(said["due_on"])
    return said
