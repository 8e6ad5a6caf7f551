"""Deadlines of large districts are worked out anew after a setting or a calendar changed.

Each piece is a transaction of its own that says how far it came, so that a worker that is killed
leaves off there and the next one goes on. Districts take turns: one at which the service fails is
left alone for a while, longer each time, and holds up no other.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from service.services import Services
from service.storage.rebuilds import Rebuild
from service.storage.unit_of_work import Caller, UnitOfWork
from service.worker.loop import log_failure
from service.workflow import rebuilds

_REBUILDS: Any = Rebuild.__table__


def go_on(services: Services) -> bool:
    """Do a piece for the district that has waited longest; whether any waited."""
    district_id = _take_up(services)
    if district_id is None:
        return False
    try:
        with _unit_of_work(services, district_id) as uow:
            rebuilds.go_on(uow, services.policies)
            uow.commit()
    except Exception as error:
        log_failure("rebuild failed", error, district_id=district_id)
        with _unit_of_work(services, district_id) as uow:
            rebuilds.note_failure(uow)
            uow.commit()
    return True


def _unit_of_work(services: Services, district_id: UUID) -> UnitOfWork:
    caller = Caller(district_id=district_id, request_id="worker")
    return UnitOfWork(services.database, caller, services.clock)


def _take_up(services: Services) -> UUID | None:
    """The district whose turn it is."""
    row, now = _REBUILDS.c, services.clock.now()
    first = (
        select(row.district_id)
        .where(row.finished_at.is_(None))
        # One that failed in the future did so before the clock was set right.
        .where(row.next_try_at.is_(None) | (row.next_try_at <= now) | (row.failed_at > now))
        .order_by(row.taken_up_at, row.district_id)
        .limit(1)
    )
    with services.database.reader.connect() as connection:
        found: UUID | None = connection.execute(first).scalar()
    if found is not None:
        with services.database.writer.begin() as connection:
            connection.execute(
                update(_REBUILDS).where(row.district_id == found).values(taken_up_at=now)
            )
    return found
