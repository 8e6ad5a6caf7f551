"""Writing school calendars: what a year may look like, and whose clocks it moves.

A closure that is entered late moves due dates, so every write refreshes the deadlines of
all live cases, and of those that are over whose dates were counted on that year; in a large
district the worker does (`service.workflow.rebuilds`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.domain import calendars as domain
from service.domain.district_duties import DistrictDuty, awaited_calendar, next_school_year
from service.policies import Policies
from service.storage.base import assign
from service.storage.cases import DeadlineRow
from service.storage.districts import District
from service.storage.schools import School, SchoolCalendar
from service.storage.unit_of_work import UnitOfWork
from service.workflow import rebuilds
from service.workflow.calendars import school_year, years_of
from service.workflow.checks import lead_somewhere, refuse
from service.workflow.invalid import AlreadyThere, Problem, invalid

LONGEST = timedelta(days=366)
"""A school year lasts no longer."""


def create(uow: UnitOfWork, policies: Policies, said: Mapping[str, Any]) -> SchoolCalendar:
    """Keep a school year. `said`: columns; days off as `{"from", "until", "name", "kind"}`.

    Raises `AlreadyThere` when the school (or the district) has this year already, `Invalid`
    when its days are out of order or it overlaps another year.
    """
    refuse(lead_somewhere(uow, said, {"school_id": School}))
    others = _all(uow)
    row = SchoolCalendar(school_id=said.get("school_id"), days_off=[], half_days=[])
    _set(row, said)
    for other in others:
        if (other.school_id, other.school_year) == (row.school_id, row.school_year):
            whose = "The school" if row.school_id else "The district"
            raise AlreadyThere(
                "school_calendar",
                str(other.id),
                f"{whose} has a calendar of {row.school_year} already: {other.id}.",
            )
    _check(row, [*others, row])
    uow.add(row)
    uow.record("school_calendar.created", row)
    rebuilds.follow(uow, policies, _days_of(row))
    return row


def change(
    uow: UnitOfWork, policies: Policies, row: SchoolCalendar, said: Mapping[str, Any]
) -> SchoolCalendar:
    """Change a school year's days; raises `Invalid` as `create` does."""
    others, before = _all(uow), _days_of(row)
    changed = _set(row, said)
    _check(row, others)
    if changed:
        uow.record("school_calendar.changed", row)
        rebuilds.follow(uow, policies, before, _days_of(row))
    return row


def remove(uow: UnitOfWork, policies: Policies, row: SchoolCalendar) -> None:
    """Take a school year away; the clocks that counted on it become unknown.

    Raises `Invalid` when the district's calendar, which takes its place, overlaps a year of
    the school's own.
    """
    left = [other for other in _all(uow) if other is not row]
    problem = _overlap(left)
    if problem is not None:
        raise invalid("", "overlap", f"Without this calendar, {problem}.")
    uow.session.delete(row)
    uow.record("school_calendar.deleted", row)
    rebuilds.follow(uow, policies, _days_of(row))


def duties(uow: UnitOfWork) -> tuple[DistrictDuty, ...]:
    """Which school year the caller's district is to record next, and what waits for one."""
    row = SchoolCalendar
    kept = uow.rows(
        select(row.school_id, row.school_year, row.created_at).where(
            row.school_year >= domain.school_year(uow.today)
        )
    )
    last = max((uow.local_date(one.created_at) for one in kept), default=None)
    asked = next_school_year(_years_of_all(kept), last, uow.today)
    owed = DeadlineRow
    waiting = uow.rows(
        select(owed.started_on, owed.detail)
        .where(owed.state == "unknown", owed.met_on.is_(None))
        .order_by(owed.started_on, owed.id)
        .limit(1)
    )
    return (
        asked,
        *(awaited_calendar(" and ".join(one.detail["needs"]), one.started_on) for one in waiting),
    )


def _years_of_all(kept: Sequence[Any]) -> set[int]:
    """The years that every school can be counted on: the district's; without any, all schools'."""
    by_school: dict[UUID | None, set[int]] = {}
    for one in kept:
        by_school.setdefault(one.school_id, set()).add(one.school_year)
    if None in by_school:
        return by_school[None]
    return set.intersection(*by_school.values()) if by_school else set()


def _days_of(row: SchoolCalendar) -> domain.Span:
    return domain.Span(row.first_day, row.last_day, str(row.school_year))


def _all(uow: UnitOfWork) -> Sequence[SchoolCalendar]:
    """Every calendar of the district, with other writers of calendars kept waiting."""
    mine = select(District.id).where(District.id == uow.district_id)
    uow.rows(mine.with_for_update(key_share=True))
    return uow.all(select(SchoolCalendar).order_by(SchoolCalendar.id))


def _set(row: SchoolCalendar, said: Mapping[str, Any]) -> bool:
    """Put what was said into the row, a day off without an end being one day; whether it did."""
    plain = dict(said)
    if "days_off" in plain:
        plain["days_off"] = [
            {
                "from": off["from"].isoformat(),
                "until": (off.get("until") or off["from"]).isoformat(),
                "name": off["name"],
                "kind": off.get("kind", "other"),
            }
            for off in plain["days_off"]
        ]
    if "half_days" in plain:
        plain["half_days"] = [day.isoformat() for day in plain["half_days"]]
    return bool(assign(row, plain))


def _check(row: SchoolCalendar, together: Iterable[SchoolCalendar]) -> None:
    refuse(_problems(row))
    overlap = _overlap(together)
    if overlap is not None:
        raise invalid("/first_day", "overlap", f"{overlap[0].upper()}{overlap[1:]}.")


def _problems(row: SchoolCalendar) -> Iterator[Problem]:
    """Everything that is wrong with one year's days, at once."""
    first, last = row.first_day, row.last_day
    if last <= first:
        yield Problem("/last_day", "order", "The last day comes after the first.")
        return
    if last - first > LONGEST:
        yield Problem("/last_day", "too_long", "A school year lasts at most a year.")
    if last.year != row.school_year:
        yield Problem(
            "/school_year",
            "not_the_year",
            f"A school year has the number of the year in which it ends: {last.year}.",
        )
    for place, off in enumerate(row.days_off):
        begins, ends = date.fromisoformat(off["from"]), date.fromisoformat(off["until"])
        where = f"/days_off/{place}"
        if ends < begins:
            yield Problem(f"{where}/until", "order", "It ends before it begins.")
        if not first <= begins <= last:
            yield Problem(f"{where}/from", "outside", f"Not between {first} and {last}.")
        if ends >= begins and begins <= last < ends:
            yield Problem(f"{where}/until", "outside", f"Not between {first} and {last}.")
    for place, day in enumerate(row.half_days):
        if not first <= date.fromisoformat(day) <= last:
            yield Problem(f"/half_days/{place}", "outside", f"Not between {first} and {last}.")


def _overlap(rows: Iterable[SchoolCalendar]) -> str | None:
    """The overlap of two years that one school would be counted on; None without one.

    A school is counted on its own years, and on the district's where it has none.
    """
    rows = list(rows)
    schools: dict[UUID | None, None] = {None: None, **{row.school_id: None for row in rows}}
    for school_id in schools:
        years = tuple(school_year(row) for row in years_of(rows, school_id))
        try:
            domain.SchoolCalendar(years=years)
        except ValueError as error:
            return str(error)
    return None
