"""How each feed of rosters is doing: when it last came through, and what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, tuple_

from service.storage.imports import HISTORIES, Import
from service.storage.unit_of_work import UnitOfWork

LATE_AFTER = timedelta(hours=36)
"""A roster comes every night; one night may be missed by some hours."""
CAUSES = 5


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed. `lag_s`: seconds since the last success was sent, None without one.

    `root_causes` are the heaviest findings of the last import that was read to its end.
    """

    feed: str
    status: str
    last_try_at: datetime
    last_success_at: datetime | None
    lag_s: int | None
    late: bool
    rows: int
    held_because: str | None
    error: Mapping[str, Any] | None
    root_causes: Sequence[Mapping[str, Any]]


def feeds(uow: UnitOfWork) -> list[Feed]:
    """Every feed of the district, by name."""
    row = Import
    nightly = row.source.not_in(HISTORIES)
    latest = select(row.feed, func.max(row.started_at).label("at")).where(nightly)
    latest = latest.group_by(row.feed)
    tried = [(one.feed, one.at) for one in uow.rows(latest)]
    succeeded = {one.feed: one.at for one in uow.rows(latest.where(row.status == "succeeded"))}
    columns = (row.feed, row.status, row.started_at, row.report, row.error)
    last = select(*columns).where(nightly, tuple_(row.feed, row.started_at).in_(tried))
    last = last.order_by(row.id)
    found = {one.feed: one for one in uow.rows(last)}
    return [_feed(uow, found[feed], succeeded.get(feed)) for feed in sorted(found)]


def _feed(uow: UnitOfWork, last: Any, succeeded_at: datetime | None) -> Feed:
    lag = None if succeeded_at is None else uow.now - succeeded_at
    report: Mapping[str, Any] = last.report or {}
    findings: Sequence[Mapping[str, Any]] = report.get("findings", ())
    return Feed(
        feed=last.feed,
        status=last.status,
        last_try_at=last.started_at,
        last_success_at=succeeded_at,
        lag_s=None if lag is None else int(lag.total_seconds()),
        late=lag is None or lag > LATE_AFTER,
        rows=sum(report.get("rows_read", {}).values()),
        held_because=report.get("held_because"),
        error=last.error,
        root_causes=[f for f in findings if f["severity"] != "info"][:CAUSES],
    )
