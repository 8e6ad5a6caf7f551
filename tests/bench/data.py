"""An invented district to measure on: regular, so that two runs measure the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from service.clock import SetClock
from service.storage import Base
from service.storage.database import Database
from service.storage.interventions import Intervention, InterventionSession
from service.storage.schools import School, SchoolCalendar
from service.storage.students import Student, StudentIdentifier
from service.storage.unit_of_work import Caller, UnitOfWork
from tests.builders import AClient, a_client, a_district

MADE_AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
STUDENTS = 20_000
SCHOOLS = 20
GRADES = ("KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")


@dataclass(frozen=True)
class Filled:
    """What was made: the ids that requests pick from, and a client."""

    district: UUID
    client: AClient
    students: tuple[UUID, ...]
    schools: tuple[UUID, ...]
    interventions: tuple[UUID, ...]


def fill(owner_url: str, url: str, *, students: int = STUDENTS, supported: bool = True) -> Filled:
    """Make the tables as their owner and the rows as the application.

    `supported`: each student has an intervention with sessions.
    """
    owner = Database(owner_url)
    Base.metadata.create_all(owner.engine)
    owner.dispose()
    database = Database(url)
    district = a_district(database, "us")
    client = a_client(database, district)
    caller = Caller(district_id=district, client_id=client.id)
    with UnitOfWork(database, caller, SetClock(MADE_AT)) as uow:
        schools = [uow.new_id() for _ in range(SCHOOLS)]
        uow.insert_many(
            "school.imported",
            School,
            [
                {"id": id, "name": f"School {n:02}", "org_type": "school", "active": True}
                for n, id in enumerate(schools)
            ],
        )
        uow.insert_many(
            "school_calendar.imported",
            SchoolCalendar,
            [
                {
                    "school_year": year,
                    "first_day": date(year - 1, 8, 18),
                    "last_day": date(year, 5, 29),
                    "days_off": [],
                    "half_days": [],
                }
                for year in (2026, 2027, 2028)
            ],
        )
        ids = [uow.new_id() for _ in range(students)]
        uow.insert_many(
            "student.imported", Student, [_student(n, ids, schools) for n in range(students)]
        )
        uow.insert_many(
            "student_identifier.imported",
            StudentIdentifier,
            [{"student_id": id, "system": "local_id", "value": str(n)} for n, id in enumerate(ids)],
        )
        interventions = [uow.new_id() for _ in range(students if supported else 0)]
        uow.insert_many(
            "intervention.imported",
            Intervention,
            [
                {
                    "id": id,
                    "student_id": ids[n],
                    "title": "Small-group reading",
                    "tier": 2,
                    "started_on": date(2026, 9, 1),
                }
                for n, id in enumerate(interventions)
            ],
        )
        uow.insert_many(
            "intervention_session.imported",
            InterventionSession,
            [
                {
                    "intervention_id": interventions[n % len(interventions)],
                    "held_on": date(2026, 9, 1) + timedelta(days=n % 60),
                    "minutes": 30,
                    "attended": True,
                }
                for n in range(len(interventions) * 3)
            ],
        )
        uow.commit()

    database.dispose()
    return Filled(district, client, tuple(ids), tuple(schools), tuple(interventions))


def _student(n: int, ids: list[UUID], schools: list[UUID]) -> dict[str, Any]:
    return {
        "id": ids[n],
        "given_name": f"Given{n % 997}",
        "family_name": f"Family{n % 4999:04}",
        "birth_date": date(2010, 1, 1) + timedelta(days=n % 4000),
        "grade": GRADES[(n // SCHOOLS) % len(GRADES)],
        "sex": ("female", "male")[n % 2],
        "races": ["white"] if n % 3 else ["asian", "white"],
        "hispanic": n % 5 == 0,
        "home_language": "en",
        "english_learner": False,
        "placement": "public",
        "school_id": schools[n % SCHOOLS],
        "active": True,
    }
