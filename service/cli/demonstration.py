"""The demonstration district and its client: made when missing, and only in a database of its own.

The district is under federal law alone, and its own setting of the intervention rule asks for six
weeks and four progress points. Its client may do everything but manage clients and change that
setting.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.api.plumbing.scopes import SCOPES
from service.cli.clients import create_client, new_secret_for
from service.cli.districts import create_district
from service.cli.imports import import_roster
from service.cli.workplace import Refused, Workplace
from service.domain.calendars import school_year
from service.imports.oneroster.demonstration import ROSTER
from service.policies import Policies
from service.storage.clients import Client
from service.storage.districts import District
from service.storage.imports import Import
from service.storage.schools import SchoolCalendar
from service.storage.unit_of_work import UnitOfWork
from service.workflow import school_calendars

NAME = "Demonstration Unified School District"
TIME_ZONE = "America/Chicago"
SETTINGS: dict[str, Any] = {
    "rules": {"STATE-PREREFERRAL-INTERVENTION": {"min_weeks": 6, "min_progress_points": 4}}
}
NOT_FOR_DEMONSTRATION = ("clients:write", "settings:write")

MONDAY, THURSDAY, FRIDAY = 0, 3, 4


def demonstration_district(workplace: Workplace) -> UUID:
    """The demonstration district with roster and calendars; what is missing is made."""
    with Session(workplace.database.reader) as session:
        districts = session.scalars(select(District)).all()
    found = [district.id for district in districts if district.kind == "demonstration"]
    if districts and not found:
        raise Refused(
            "This database holds a live district; a demonstration has no place beside it."
            " Serve it with: childfind serve"
        )
    id = found[0] if found else _create(workplace)
    with workplace.unit_of_work(id) as uow:
        empty = uow.first(select(Import)) is None
    if empty:
        import_roster(workplace, id, ROSTER)
    with workplace.unit_of_work(id) as uow:
        _add_calendars(uow, workplace.policies)
        uow.commit()
    return id


def demonstration_client(
    workplace: Workplace, district_id: UUID
) -> tuple[Path, tuple[UUID, str] | None]:
    """The file that holds the client's id and secret; and both, when they are new."""
    path = workplace.settings.data_dir / "demonstration-client"
    with Session(workplace.database.reader) as session:
        wanted = select(Client.id).where(Client.demonstration, Client.active)
        id = session.scalars(wanted.limit(1)).first()
    if id is not None and path.exists() and path.read_text().startswith(f"{id}:"):
        return path, None
    if id is None:
        scopes = [scope for scope in SCOPES if scope not in NOT_FOR_DEMONSTRATION]
        id, secret = create_client(
            workplace,
            name="Demonstration client",
            districts=[district_id],
            scopes=scopes,
            may_assert_people=True,
            demonstration=True,
        )
    else:
        secret = new_secret_for(workplace, id, overlap_hours=0)
    _write_private(path, f"{id}:{secret}\n")
    return path, (id, secret)


def _create(workplace: Workplace) -> UUID:
    return create_district(
        workplace,
        name=NAME,
        jurisdiction="us",
        time_zone=TIME_ZONE,
        kind="demonstration",
        settings=SETTINGS,
    )


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whatever was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


# --- calendars --------------------------------------------------------------------------------


def _add_calendars(uow: UnitOfWork, policies: Policies) -> None:
    """Add the school years of now and of next year where they are missing."""
    ends = school_year(uow.today)
    known = {row.school_year for row in uow.all(select(SchoolCalendar))}
    for year in (ends, ends + 1):
        if year not in known:
            school_calendars.create(
                uow,
                policies,
                {
                    "school_year": year,
                    "first_day": _nth(year - 1, 8, MONDAY, 3),
                    "last_day": _nth(year, 6, FRIDAY, 2),
                    "days_off": list(_days_off(year)),
                },
            )


def _days_off(year: int) -> Iterator[dict[str, Any]]:
    """The days off of the school year that ends in `year`."""
    labor_day = _nth(year - 1, 9, MONDAY, 1)
    in_service = _nth(year - 1, 10, MONDAY, 2)
    thanksgiving = _nth(year - 1, 11, THURSDAY, 4)
    christmas = date(year - 1, 12, 25)
    winter = christmas - timedelta(days=christmas.weekday() + (7 if christmas.weekday() > 4 else 0))
    king, presidents = _nth(year, 1, MONDAY, 3), _nth(year, 2, MONDAY, 3)
    spring = _nth(year, 3, MONDAY, 4)
    memorial = _nth(year, 6, MONDAY, 1) - timedelta(days=7)
    yield _off(labor_day, 0, "Labor Day", "holiday")
    yield _off(in_service, 0, "Staff training", "staff_day")
    yield _off(thanksgiving - timedelta(days=1), 2, "Thanksgiving break", "break")
    yield _off(winter, 11, "Winter break", "break")
    yield _off(king, 0, "Birthday of Martin Luther King, Jr.", "holiday")
    yield _off(presidents, 0, "Washington's Birthday", "holiday")
    yield _off(spring, 4, "Spring break", "break")
    yield _off(memorial, 0, "Memorial Day", "holiday")


def _off(first: date, more: int, name: str, kind: str) -> dict[str, Any]:
    return {"from": first, "until": first + timedelta(days=more), "name": name, "kind": kind}


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th such weekday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
