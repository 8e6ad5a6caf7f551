"""What moves the deadlines of a whole district: at once, or piece by piece by the worker.

A setting or a calendar may move the deadlines of every case. In a district with few of them they
follow in the same unit of work. In a large one the change asks the worker, whose pieces are units
of work of their own; until they are done, a projected deadline says that it is `stale`. What is
computed when it is read (one deadline, a step, the deadlines of a case that is written) is as of
the change from the first moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from service.domain.calendars import Span
from service.policies import Policies
from service.storage.cases import Case, DeadlineRow
from service.storage.rebuilds import Rebuild
from service.storage.unit_of_work import UnitOfWork
from service.workflow import deadlines
from service.workflow.deadlines import Rebuilt

AT_ONCE = 2000
"""With more cases than this the worker follows: what one request works out is bounded."""
AGAIN_AFTER = timedelta(minutes=1)
"""How long after its first failure a rebuild is tried again."""
AGAIN_AFTER_MOST = timedelta(hours=6)


def follow(uow: UnitOfWork, policies: Policies, *days: Span) -> Rebuilt | None:
    """Bring the deadlines of the district up to date; None: the worker is asked to.

    `days`: only what is live, or was counted over one of these days; without them everything.
    """
    uow.flush()
    some = select(Case.id).limit(AT_ONCE + 1).subquery()
    if uow.rows(select(func.count()).select_from(some))[0][0] > AT_ONCE:
        _ask(uow)
        return None
    if days:
        return deadlines.rebuild_over(uow, policies, *days)
    return deadlines.rebuild(uow, policies)


def _ask(uow: UnitOfWork) -> None:
    """Have the worker begin, or begin again: what it did was not yet as of this change."""
    row = _held(uow)
    while row is None:
        _keep_one(uow)
        row = _held(uow)
    row.asked_at, row.finished_at, row.cases = uow.now, None, 0
    row.done_through = row.watched_through = None
    _goes_well(row)
    uow.flush()


def _keep_one(uow: UnitOfWork) -> None:
    """Have there be a row. Who asks for the first time at the same moment waits, and finds it."""
    insert = sqlite.insert if uow.database.sqlite else postgresql.insert
    first = insert(Rebuild).values(
        district_id=uow.district_id,
        id=uow.new_id(),
        asked_at=uow.now,
        taken_up_at=uow.now,
        cases=0,
        failures=0,
    )
    uow.connection.execute(first.on_conflict_do_nothing(index_elements=["district_id"]))


def _held(uow: UnitOfWork) -> Rebuild | None:
    """The district's rebuild, kept from others until this unit of work ends."""
    return uow.first(select(Rebuild).with_for_update().execution_options(populate_existing=True))


def go_on(uow: UnitOfWork, policies: Policies) -> None:
    """Do the next piece: some cases, after them some children outside any, then say it is done."""
    row = _held(uow)
    if row is None or row.finished_at is not None:
        return
    _goes_well(row)
    after = () if row.done_through is None else (Case.id > row.done_through,)
    ids = [
        one.id
        for one in uow.rows(select(Case.id).where(*after).order_by(Case.id).limit(deadlines.BATCH))
    ]
    if ids:
        deadlines.refresh_cases(uow, policies, ids)
        row.done_through, row.cases = ids[-1], row.cases + len(ids)
        return
    students = deadlines.watch_some(uow, policies, after=row.watched_through)
    if students:
        row.watched_through = students[-1]
    else:
        row.finished_at = uow.now


def note_failure(uow: UnitOfWork) -> None:
    """The service failed at a piece: it is tried again, each time after twice as long."""
    row = _held(uow)
    if row is None or row.finished_at is not None:
        return
    row.failures += 1
    row.failed_at = uow.now
    row.next_try_at = uow.now + min(AGAIN_AFTER * 2 ** min(row.failures - 1, 20), AGAIN_AFTER_MOST)


def _goes_well(row: Rebuild) -> None:
    row.failures, row.failed_at, row.next_try_at = 0, None, None


def state(uow: UnitOfWork) -> Any | None:
    """The last one asked for, as a plain row; None where there was none."""
    row = Rebuild
    columns = (row.asked_at, row.finished_at, row.cases)
    found = uow.rows(select(*columns, row.failures, row.failed_at, row.next_try_at))
    return found[0] if found else None


def stale_since(uow: UnitOfWork) -> datetime | None:
    """Since when some projected deadlines of the district may not be as computed; None: none is."""
    last = state(uow)
    return None if last is None or last.finished_at is not None else last.asked_at


def stale() -> ColumnElement[bool]:
    """Whether a projected deadline is of a case that was not worked out anew yet."""
    row, owed = Rebuild, DeadlineRow
    return (
        select(row.id)
        .where(
            row.district_id == owed.district_id,
            row.finished_at.is_(None),
            or_(
                and_(
                    owed.case_id.is_not(None),
                    or_(row.done_through.is_(None), owed.case_id > row.done_through),
                ),
                and_(
                    owed.case_id.is_(None),
                    or_(row.watched_through.is_(None), owed.student_id > row.watched_through),
                ),
            ),
        )
        .exists()
    )
