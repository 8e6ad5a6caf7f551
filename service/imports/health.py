"""How each feed of rosters is doing: when it last came through, what stands in its way, and
whether it is late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_

from service.domain.roster_feeds import expected_by, expected_within
from service.domain.roster_sources import Schedule
from service.storage.imports import CSV, REST, Import
from service.storage.roster_feeds import RosterFeed
from service.storage.roster_sources import RosterSource
from service.storage.unit_of_work import UnitOfWork
from service.workflow import alerts

CAUSES = 5


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed. `lag_s`: seconds since the last success was sent, None without one.

    An import is tried when it is sent or its pull is asked for, and ends later. `expected_by`: by
    when the next success is to be sent, None when it comes whenever it comes. `late_since` is the
    same once it has passed. `root_causes` are the heaviest findings of the last import that was
    read to its end. Without any import there is no status and nothing tried.
    """

    feed: str
    roster_source_id: UUID | None
    status: str | None
    last_try_at: datetime | None
    last_try_finished_at: datetime | None
    last_success_at: datetime | None
    last_success_finished_at: datetime | None
    lag_s: int | None
    expected_by: datetime | None
    late: bool
    late_since: datetime | None
    rows: int
    held_because: str | None
    error: Mapping[str, Any] | None
    root_causes: Sequence[Mapping[str, Any]]


def feeds(uow: UnitOfWork) -> list[Feed]:
    """Every feed of the district, by name: those that came, and those that are expected."""
    row = Import
    when = (func.min(row.started_at).label("first"), func.max(row.started_at).label("last"))
    latest = select(row.feed, *when).where(_ROSTER).group_by(row.feed)
    seen = {one.feed: one for one in uow.rows(latest)}
    came = uow.rows(latest.where(row.status == "succeeded"))
    tried, succeeded = _at(uow, seen.values()), _at(uow, came)
    sources = {one.feed: one for one in uow.rows(_SOURCES)}
    said = {one.feed: one for one in uow.rows(_SAID)}
    zone = uow.district.time_zone if sources else ""
    found = []
    for feed in sorted({*seen, *sources, *said}):
        source, known = sources.get(feed), said.get(feed)
        schedule = source and Schedule(
            source.daily_hour, source.every_hours, zone, source.scheduled_at
        )
        within = expected_within(
            expected=known is None or known.expected,
            every_hours=known and known.expected_every_hours,
            schedule=schedule,
        )
        last, success = tried.get(feed), succeeded.get(feed)
        since = [one.created_at for one in (source, known) if one is not None]
        since += [seen[feed].first] if last else []
        by = expected_by(within, success.started_at if success else min(since), schedule)
        found.append(_feed(uow, feed, source, last, success, by))
    return found


def _feed(
    uow: UnitOfWork, feed: str, source: Any, last: Any, success: Any, by: datetime | None
) -> Feed:
    report: Mapping[str, Any] = (last and last.report) or {}
    findings: Sequence[Mapping[str, Any]] = report.get("findings", ())
    late_since = by if by is not None and by < uow.now else None
    return Feed(
        feed=feed,
        roster_source_id=source and source.id,
        status=last and last.status,
        last_try_at=last and last.started_at,
        last_try_finished_at=last and last.finished_at,
        last_success_at=success and success.started_at,
        last_success_finished_at=success and success.finished_at,
        lag_s=success and int((uow.now - success.started_at).total_seconds()),
        expected_by=by,
        late=late_since is not None,
        late_since=late_since,
        rows=sum(report.get("rows_read", {}).values()),
        held_because=report.get("held_because"),
        error=last and last.error,
        root_causes=[f for f in findings if f["severity"] != "info"][:CAUSES],
    )


def _at(uow: UnitOfWork, latest: Any) -> dict[str, Any]:
    """The last imports of feeds."""
    row = Import
    columns = (row.feed, row.status, row.started_at, row.finished_at, row.report, row.error)
    wanted = tuple_(row.feed, row.started_at).in_([(one.feed, one.last) for one in latest])
    last = select(*columns).where(_ROSTER, wanted).order_by(row.id)
    return {one.feed: one for one in uow.rows(last)}


_ROSTER = Import.source.in_((CSV, REST))
_SOURCES = select(
    RosterSource.id, RosterSource.feed, RosterSource.daily_hour, RosterSource.every_hours,
    RosterSource.scheduled_at, RosterSource.created_at,
)  # fmt: skip
_SAID = select(
    RosterFeed.feed, RosterFeed.expected, RosterFeed.expected_every_hours, RosterFeed.late_since,
    RosterFeed.created_at,
)  # fmt: skip


# Who is told of it ----------------------------------------------------------------------


def is_news(uow: UnitOfWork) -> bool:
    """Whether a feed has become late and nobody was told, or one has come that was late."""
    told = {one.feed for one in uow.rows(_SAID) if one.late_since is not None}
    return told != {feed.feed for feed in feeds(uow) if feed.late}


def tell(uow: UnitOfWork) -> None:
    """Say of each feed that has become late that it is, once, and of each that came that it did."""
    said = {one.feed: one for one in uow.all(select(RosterFeed).order_by(RosterFeed.id))}
    for feed in feeds(uow):
        row = said.get(feed.feed)
        if feed.late_since is not None and (row is None or row.late_since is None):
            if row is None:
                row = uow.add(RosterFeed(feed=feed.feed))
            row.late_since = feed.late_since
            uow.record("roster_feed.late", row)
            uow.flush()
            alerts.tell_of_feed(uow, row, feed.late_since)
        elif feed.late_since is None and row is not None and row.late_since is not None:
            row.late_since = None
            uow.record("roster_feed.recovered", row)
