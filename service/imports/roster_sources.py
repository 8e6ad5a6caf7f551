"""Roster sources: kept with a sealed secret, and pulled from when asked or when it is time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from service.domain import roster_sources as domain
from service.domain.roster_sources import AGAIN_AFTER, Pull, Schedule, changed_since
from service.imports import jobs
from service.keys import Keys, seal, unseal
from service.storage.base import assign
from service.storage.imports import REST, Import, ImportJob
from service.storage.roster_sources import RosterSource
from service.storage.unit_of_work import UnitOfWork
from service.workflow import addresses
from service.workflow.checks import refuse
from service.workflow.invalid import AlreadyThere, Invalid, Problem, invalid

MOST = 50
"""Sources of a district."""
SCHEDULE = ("daily_hour", "every_hours")
ADDRESSES = ("base_url", "token_url")
FAULT: Mapping[str, str] = {
    "code": "internal_error",
    "detail": "The service failed at this pull; nothing was changed.",
    "remedy": "Tell the operator: the log says where. A pull by schedule is tried again.",
}
"""The error of an import at which the service itself failed."""
SECRET = "oauth_client_secret"  # noqa: S105 - the name of a member


def create(uow: UnitOfWork, keys: Keys, said: Mapping[str, Any]) -> RosterSource:
    """A new source. Raises `Invalid`, and `AlreadyThere` when the feed has one."""
    if uow.rows(select(func.count(RosterSource.id)))[0][0] >= MOST:
        raise Invalid(Problem("", "too_many", f"A district has at most {MOST} roster sources."))
    _check(uow, said, said)
    kept = {name: value for name, value in said.items() if name != SECRET}
    row = uow.add(RosterSource(scheduled_at=uow.now, addressed_at=uow.now, **kept))
    row.secret_sealed = seal(keys, said[SECRET].encode(), str(row.id))
    uow.record("roster_source.created", row)
    return row


def change(uow: UnitOfWork, keys: Keys, row: RosterSource, said: Mapping[str, Any]) -> RosterSource:
    """Change what is said. Raises as `create`.

    An address is changed together with the secret: it is sent there, and who names the place
    must be one who knows it.
    """
    moved = [name for name in ADDRESSES if said.get(name, getattr(row, name)) != getattr(row, name)]
    if moved and SECRET not in said:
        message = "Send the secret, too, with an address that is another: it will be sent there."
        raise invalid(f"/{SECRET}", "required", message)
    after = {name: said.get(name, getattr(row, name)) for name in ("feed", *SCHEDULE)}
    _check(uow, said, after, row.id)
    changed = assign(row, {name: value for name, value in said.items() if name != SECRET})
    if changed & {*SCHEDULE, "feed"}:
        row.scheduled_at = uow.now
    if "base_url" in changed:
        row.addressed_at = uow.now
    if SECRET in said:
        row.secret_sealed = seal(keys, said[SECRET].encode(), str(row.id))
    if changed or SECRET in said:
        uow.record("roster_source.changed", row)
    return row


def remove(uow: UnitOfWork, row: RosterSource) -> None:
    """Pull from it no more, and forget its secret; what was pulled stays."""
    uow.session.delete(row)
    uow.record("roster_source.deleted", row)


def secret_of(keys: Keys, row: Any) -> str:
    """The secret; ValueError when it was sealed with another key."""
    return unseal(keys, row.secret_sealed, str(row.id)).decode()


def pull(
    uow: UnitOfWork,
    id: UUID,
    *,
    full: bool = False,
    force: bool = False,
    strict: bool = False,
    compare_only: bool = False,
) -> Import:
    """Have a roster pulled; its import, queued.

    Raises `AlreadyThere` when one is under way, or when too many imports wait.
    """
    source = uow.read(RosterSource, id, lock=True)
    row, job = Import, ImportJob
    waits = select(row.id).join(job, (job.district_id == row.district_id) & (job.id == row.id))
    if waiting := uow.rows(waits.where(row.roster_source_id == id).limit(1)):
        message = "A pull from this source is under way. Wait until it is done, or cancel it."
        raise AlreadyThere("import", str(waiting[0].id), message)
    return jobs.queue(
        uow,
        Import(
            source=REST,
            feed=source.feed,
            roster_source_id=id,
            pulled_since=None if full else _since(uow, source),
        ),
        force=force,
        strict=strict,
        pulls=True,
        compare_only=compare_only,
    )


def is_due(uow: UnitOfWork, source: Any) -> bool:
    """Whether the schedule of a source says that it is time for a pull.

    What began in the future did so before the clock was set right, and counts for nothing.
    """
    schedule = Schedule(
        source.daily_hour, source.every_hours, uow.district.time_zone, source.scheduled_at
    )
    turn = schedule.last_turn(uow.now)
    if turn is None:
        return False
    row = Import
    made = uow.rows(
        select(row.status, row.finished_at).where(
            row.feed == source.feed,
            row.roster_source_id == source.id,
            row.started_at.between(turn, uow.now),
        )
    )
    return domain.is_due([Pull(*one) for one in made], uow.now)


def pull_if_due(uow: UnitOfWork, id: UUID) -> Import | None:
    """Have a roster pulled if the schedule of its source says so, and nothing is under way."""
    if not is_due(uow, uow.read(RosterSource, id, lock=True)):
        return None
    try:
        return pull(uow, id)
    except AlreadyThere:
        return None


def note_fault(uow: UnitOfWork, id: UUID) -> bool:
    """Note by a failed import that the service cannot begin a pull by schedule; whether it was.

    It is not when one failed within the hour.
    """
    source, row = uow.read(RosterSource, id, lock=True), Import
    lately = select(row.id).where(
        row.feed == source.feed,
        row.roster_source_id == id,
        row.started_at > uow.now - AGAIN_AFTER,
        row.status == "failed",
    )
    if uow.rows(lately.limit(1)):
        return False
    failed = Import(
        source=REST,
        feed=source.feed,
        roster_source_id=id,
        status="failed",
        started_at=uow.now,
        finished_at=uow.now,
        report={},
        error=FAULT,
    )
    uow.record("import.failed", uow.add(failed))
    return True


def _since(uow: UnitOfWork, source: Any) -> datetime | None:
    if source.full_every_days is None:
        return None
    row = Import
    came = uow.rows(
        select(row.started_at, row.pulled_since).where(
            row.feed == source.feed,
            row.roster_source_id == source.id,
            row.started_at >= source.addressed_at,
            row.started_at > uow.now - timedelta(days=source.full_every_days),
            row.started_at <= uow.now,
            row.status == "succeeded",
        )
    )
    succeeded = [(one.started_at, one.pulled_since is None) for one in came]
    return changed_since(succeeded, source.full_every_days, uow.now)


def _check(
    uow: UnitOfWork, said: Mapping[str, Any], after: Mapping[str, Any], id: UUID | None = None
) -> None:
    refuse(
        *(addresses.faults(uow, said[name], at=f"/{name}") for name in ADDRESSES if name in said),
        _query(said),
        _schedules(after),
    )
    taken = select(RosterSource.id).where(RosterSource.feed == after["feed"])
    others = [one.id for one in uow.rows(taken) if one.id != id]
    if others:
        message = (
            "This feed has a source already; a feed comes from one place. Change that one by "
            f"PATCH /v1/roster-sources/{others[0]}, or give this one another feed."
        )
        raise AlreadyThere("roster_source", str(others[0]), message)


def _query(said: Mapping[str, Any]) -> list[Problem]:
    if "?" not in said.get("base_url", ""):
        return []
    message = "The address that stands before `/users`, without a query."
    return [Problem("/base_url", "not_a_url", message)]


def _schedules(after: Mapping[str, Any]) -> list[Problem]:
    if None in [after.get(name) for name in SCHEDULE]:
        return []
    message = "Give `daily_hour` or `every_hours`, or neither; set the other to null."
    return [Problem("/every_hours", "one_of_two", message)]
