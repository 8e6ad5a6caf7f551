"""The calendar a case is counted on: the school's own, or else the district's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from service.domain.calendars import DaysOff, DaysOffKind, SchoolCalendar, SchoolYear
from service.policies import Policies
from service.storage import schools
from service.storage.columns import every_column
from service.storage.unit_of_work import UnitOfWork, in_district

HOLIDAY_YEARS = 2
"""Holidays are known this many years before and after whatever days are counted."""


_CALENDARS = in_district(
    select(*every_column(schools.SchoolCalendar)).where(
        or_(
            schools.SchoolCalendar.school_id.is_(None),
            schools.SchoolCalendar.school_id.in_(bindparam("school_ids", expanding=True)),
        )
    )
)


def calendars_for(
    uow: UnitOfWork, policies: Policies, school_ids: Iterable[UUID | None], since: date
) -> dict[UUID | None, SchoolCalendar]:
    """School years and holidays for schools of the caller's district, None without a school.

    `since`: the first day that anybody counts from. Schools that go by the same years share
    one calendar, which works its days out once.
    """
    wanted = set(school_ids)
    rows = uow.rows(_CALENDARS, school_ids=wanted - {None})
    made: dict[tuple[UUID, ...], SchoolCalendar] = {}
    found: dict[UUID | None, SchoolCalendar] = {}
    for school_id in wanted:
        years = years_of(rows, school_id)
        key = tuple(year.id for year in years)
        if key not in made:
            made[key] = calendar_of(uow, policies, years, since)
        found[school_id] = made[key]
    return found


def years_of(
    rows: Iterable[schools.SchoolCalendar], school_id: UUID | None
) -> list[schools.SchoolCalendar]:
    """The years a school is counted on: its own, and the district's where it has none."""
    years: dict[int, schools.SchoolCalendar] = {}
    for row in rows:
        own = row.school_id is not None
        if row.school_id in (None, school_id) and (own or row.school_year not in years):
            years[row.school_year] = row
    return list(years.values())


def calendar_of(
    uow: UnitOfWork, policies: Policies, rows: Iterable[schools.SchoolCalendar], since: date
) -> SchoolCalendar:
    """The domain's calendar of these rows, with the holidays of the district's state."""
    years = tuple(school_year(row) for row in rows)
    days = [since, uow.today, *(day for year in years for day in (year.first_on, year.last_on))]
    return SchoolCalendar(
        years=years,
        holidays=policies.holidays(
            uow.district.jurisdiction,
            min(days).year - HOLIDAY_YEARS,
            max(days).year + HOLIDAY_YEARS,
        ),
    )


def school_year(row: schools.SchoolCalendar) -> SchoolYear:
    """One row as the domain counts it; ValueError when its days are out of order."""
    return SchoolYear(
        name=f"{row.school_year - 1}-{row.school_year % 100:02d}",
        first_on=row.first_day,
        last_on=row.last_day,
        days_off=tuple(
            DaysOff(
                first_on=date.fromisoformat(off["from"]),
                last_on=date.fromisoformat(off.get("until") or off["from"]),
                name=off["name"],
                kind=DaysOffKind(off.get("kind", "other")),
            )
            for off in row.days_off
        ),
        half_days=frozenset(date.fromisoformat(day) for day in row.half_days),
    )
