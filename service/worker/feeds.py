"""Feeds of rosters are watched: who answers for a district is told of one that is late."""

from __future__ import annotations

from sqlalchemy import select, union

from service.imports import health
from service.services import Services
from service.storage.imports import Import
from service.storage.roster_feeds import RosterFeed
from service.storage.roster_sources import RosterSource
from service.storage.unit_of_work import Caller, UnitOfWork
from service.worker.loop import log_failure


def watch(services: Services) -> bool:
    """Tell of feeds that have become late, or have come; whether there were any."""
    of = (select(row.district_id) for row in (Import, RosterSource, RosterFeed))
    with services.database.reader.connect() as connection:
        districts = [one.district_id for one in connection.execute(union(*of))]
    told = 0
    for id in sorted(districts):
        try:
            told += _watch_one(services, Caller(district_id=id, request_id="worker"))
        except Exception as error:
            log_failure("feeds not watched", error, district_id=id)
    return told > 0


def _watch_one(services: Services, caller: Caller) -> bool:
    """Tell of one district's feeds; whether there was anything to tell."""
    with UnitOfWork(services.database, caller, services.clock, writes=False) as looking:
        if not health.is_news(looking):
            return False
    with UnitOfWork(services.database, caller, services.clock) as uow:
        health.tell(uow)
        uow.commit()
    return True
