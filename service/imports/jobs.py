"""Imports as jobs: sent and kept, cancelled, and at their end no longer kept.

The worker does them (`service.worker.imports`), in the order in which they came.
"""

from __future__ import annotations

import io
from functools import partial
from typing import IO, Any
from uuid import UUID

from sqlalchemy import delete, select

from service.domain import roster_feeds
from service.imports import lists
from service.imports.oneroster.apply import apply
from service.imports.oneroster.plan import Plan
from service.policies import Policies
from service.storage.imports import (
    FEED,
    HISTORIES,
    HISTORY_FEED,
    UNFINISHED,
    Import,
    ImportJob,
    ImportPart,
)
from service.storage.unit_of_work import UnitOfWork
from service.workflow.invalid import AlreadyThere, invalid

MOST_WAITING = 10
"""Imports of a district that are not done: each keeps its bundle, and others wait behind them."""
PART = 2**20
"""Bytes of a bundle in one row."""

_JOBS: Any = ImportJob.__table__
_PARTS: Any = ImportPart.__table__


def send(
    uow: UnitOfWork,
    bundle: bytes,
    *,
    feed: str = FEED,
    force: bool = False,
    strict: bool = False,
    compare_only: bool = False,
) -> Import:
    """Keep a bundle to be imported; its import, queued.

    Raises `AlreadyThere` when so many of the district wait already, and `Invalid` for a feed that
    would be one too many.
    """
    _check_feed(uow, feed)
    how = {"force": force, "strict": strict, "compare_only": compare_only}
    row = queue(uow, Import(feed=feed), **how)
    keep(uow, row.id, io.BytesIO(bundle))
    return row


def _check_feed(uow: UnitOfWork, feed: str) -> None:
    if uow.rows(select(Import.id).where(Import.feed == feed).limit(1)):
        return
    if len(uow.rows(select(Import.feed).distinct().limit(roster_feeds.MOST))) == roster_feeds.MOST:
        message = (
            f"{roster_feeds.MOST} feeds came to the district already. Send it as one of those."
        )
        raise invalid("", "too_many", message)


def send_history(
    uow: UnitOfWork, history: bytes, source: str, *, compare_only: bool = False
) -> Import:
    """Keep a case history to be loaded; `source` is one of `HISTORIES`. Raises as `send`."""
    row = queue(uow, Import(source=source, feed=HISTORY_FEED), compare_only=compare_only)
    keep(uow, row.id, io.BytesIO(history))
    return row


def queue(uow: UnitOfWork, row: Import, **how: Any) -> Import:
    """An import that is to be done, `how` as its `ImportJob` says; raises as `send`."""
    waiting = uow.rows(select(ImportJob.id).order_by(ImportJob.id).limit(MOST_WAITING))
    if len(waiting) == MOST_WAITING:
        message = f"{MOST_WAITING} imports wait already. Send it when one is done or cancelled."
        raise AlreadyThere("import", str(waiting[0].id), message)
    _be_quiet_about(uow, row)
    row.status, row.started_at, row.report = "queued", uow.now, {}
    uow.add(row)
    uow.record("import.queued", row)
    uow.flush()
    caller = uow.caller
    uow.add(
        ImportJob(
            id=row.id,
            client_id=caller.client_id,
            acting_staff_id=caller.acting_staff_id,
            request_id=caller.request_id,
            **how,
        )
    )
    return row


def keep(uow: UnitOfWork, id: UUID, bundle: IO[bytes]) -> None:
    """Keep the bundle of an import until it is done."""
    for number, part in enumerate(iter(partial(bundle.read, PART), b"")):
        uow.add(ImportPart(import_id=id, number=number, content=part))
        uow.flush()


def cancel(uow: UnitOfWork, id: UUID) -> Import:
    """Cancel an import that is queued or running; nothing of it comes on record.

    Of a case history what was loaded until then stays, and its report tells of it.
    Raises `AlreadyThere` when it is done.
    """
    row = uow.get(Import, id, lock=True)
    if row.status not in UNFINISHED:
        message = f"The import is done ({row.status}); there is nothing to cancel."
        raise AlreadyThere("import", str(id), message)
    _be_quiet_about(uow, row)
    row.report = uow.get(ImportJob, id).so_far or {}
    finish(uow, row, "cancelled")
    return row


def _be_quiet_about(uow: UnitOfWork, row: Import) -> None:
    """Of a case history no webhook is told anything, not even that it came."""
    uow.quiet = uow.quiet or row.source in HISTORIES


def write(uow: UnitOfWork, policies: Policies, row: Import, plan: Plan) -> None:
    """Put on record what was planned, unless it is held, and keep the report: the end of it."""
    apply(uow, policies, plan)
    lists.keep(uow, row, plan)
    row.report = plan.report().to_dict()
    finish(uow, row, "held" if plan.held else "succeeded")


def finish(uow: UnitOfWork, row: Import, status: str) -> None:
    """The import is done: what was sent is no longer kept."""
    row.status, row.finished_at = status, uow.clock.now()
    uow.record(f"import.{_EVENTS.get(status, status)}", row)
    uow.flush()
    for table, its in ((_PARTS, _PARTS.c.import_id), (_JOBS, _JOBS.c.id)):
        uow.connection.execute(
            delete(table).where(table.c.district_id == uow.district_id, its == row.id)
        )


_EVENTS = {"succeeded": "applied"}
"""The event of a status, where it is another word."""
