"""An invented district to measure on: regular, so that two runs measure the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from migrations import run
from service.clock import SetClock
from service.storage.cases import Case, DeadlineRow, PausedSpan
from service.storage.database import Database
from service.storage.interventions import Intervention, InterventionSession
from service.storage.schools import School, SchoolCalendar, StaffMember
from service.storage.students import Student, StudentIdentifier
from service.storage.unit_of_work import Caller, UnitOfWork
from tests.builders import AClient, a_client, a_district

MADE_AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
STUDENTS = 20_000
SCHOOLS = 20
GRADES = ("KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")

EVERY = 7
"""About 15 % of students are served under IDEA."""
CASELOAD = 50
DAYS = 60
PAUSED, PARTS = 5, 4
"""Of so many cases one has clocks that stand still; of so many of these, one in parts."""
BATCH = 2_000

STATES = ("met", "met", "met", "late", "excused", "unknown", "running", "running", "open")
TERMS = (
    "answer_to_request", "procedural_safeguards", "initial_evaluation", "report_copy",
    "determination_copy", "notice_of_determination", "iep_meeting", "inform_providers",
    "annual_review", "reevaluation", "yearly_safeguards", "offer_support",
)  # fmt: skip
CITATION = {
    "text": "34 CFR 300.301(c)(1)(i)",
    "href": "https://www.ecfr.gov/current/title-34/section-300.301",
    "verification": "R",
}


@dataclass(frozen=True)
class Filled:
    """What was made: the ids that requests pick from, and a client."""

    district: UUID
    client: AClient
    students: tuple[UUID, ...]
    schools: tuple[UUID, ...]
    interventions: tuple[UUID, ...]


def fill(owner_url: str, url: str, *, students: int = STUDENTS, supported: bool = True) -> Filled:
    """Make the tables as their owner, by the migrations, and the rows as the application.

    `supported`: each student has an intervention with sessions.
    """
    run.upgrade(owner_url, url)
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


@dataclass(frozen=True)
class Owing:
    """Who has deadlines, whose they are, and how many there are."""

    students: tuple[UUID, ...]
    staff: tuple[UUID, ...]
    deadlines: int


def fill_deadlines(owner_url: str, filled: Filled, *, parts: int = 2) -> Owing:
    """Cases with twelve deadlines each, straight into the tables, and what they are planned by.

    What stands still in parts has so many of them.
    """
    owner, students = Database(owner_url), filled.students[::EVERY]
    staff = tuple(uuid4() for _ in range(len(students) // CASELOAD + 1))
    with owner.writer.begin() as connection:
        connection.execute(insert(StaffMember), [_staff_member(filled, id) for id in staff])
        for start in range(0, len(students), BATCH):
            cases, deadlines, paused = [], [], []
            for n, student_id in enumerate(students[start : start + BATCH], start):
                case_id = uuid4()
                cases.append(_case(filled.district, case_id, student_id))
                for number, term in enumerate(TERMS):
                    row = _deadline(filled, n, number, term, case_id, student_id)
                    row["owner_staff_id"] = staff[n // CASELOAD]
                    deadlines.append(row)
                    if row["state"] == "running" and n // SCHOOLS % PAUSED == 0:
                        in_parts = n // SCHOOLS % (PAUSED * PARTS) == 0
                        paused += _paused(row, parts if in_parts else 1)
            connection.execute(insert(Case), cases)
            connection.execute(insert(DeadlineRow), deadlines)
            connection.execute(insert(PausedSpan), paused)
    _analyze(owner)
    owner.dispose()
    return Owing(students, staff, len(students) * len(TERMS))


def let_stand_still(owner_url: str) -> None:
    """Have every clock that runs stand still from its start, for two years longer than it ran."""
    owner, longer = Database(owner_url), 730
    with owner.writer.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE paused_spans SET last_on = last_on + {longer}"  # noqa: S608 - a figure of ours
            f" WHERE (deadline_id, last_on) IN (SELECT id, due_on FROM deadlines)"
        )
        connection.exec_driver_sql(
            f"UPDATE deadlines SET still_from = started_on, still_until = due_on + {longer},"  # noqa: S608
            f" due_on = due_on + {longer} WHERE state = 'running'"
        )
    _analyze(owner)
    owner.dispose()


def _analyze(owner: Database) -> None:
    """Bring the planner's statistics up to date, as PostgreSQL does by itself; SQLite does not."""
    if not owner.sqlite:
        with owner.reader.connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _staff_member(filled: Filled, id: UUID) -> dict[str, Any]:
    return {
        "district_id": filled.district,
        "id": id,
        "given_name": "Ana",
        "family_name": "Rivera",
        "roles": ["case_manager"],
        "active": True,
        "version": 1,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
    }


def _case(district_id: UUID, id: UUID, student_id: UUID) -> dict[str, Any]:
    return {
        "district_id": district_id,
        "id": id,
        "student_id": student_id,
        "jurisdiction": "us",
        "status": "determined",
        "path": "initial",
        "frameworks": ["idea"],
        "opened_on": date(2026, 9, 1),
        "law_on": date(2026, 9, 1),
        "absences": [],
        "version": 1,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
    }


def _deadline(
    filled: Filled, n: int, number: int, term: str, case_id: UUID, student_id: UUID
) -> dict[str, Any]:
    state = STATES[(n + number) % len(STATES)]
    started_on = date(2026, 1, 1) + timedelta(days=(n * 7 + number * 31) % 330)
    due_on = None if state in ("open", "unknown") else started_on + timedelta(days=DAYS)
    return {
        "district_id": filled.district,
        "id": uuid4(),
        "case_id": case_id,
        "student_id": student_id,
        "school_id": filled.schools[(n * EVERY) % SCHOOLS],
        "owner_staff_id": None,
        "key": f"{term}:{case_id}",
        "term_id": term,
        "kind": "duty" if state == "open" else "clock",
        "title": "Complete the initial evaluation",
        "rule_id": "IDEA-EVAL-CLOCK",
        "state": state,
        "started_on": started_on,
        "due_on": due_on,
        "met_on": due_on if state == "met" else None,
        "still_from": None,
        "still_until": None,
        "still_in_parts": False,
        "provisional": False,
        "basis": "federal_default",
        "verification": "R",
        "detail": {
            "needs": ["a school calendar that covers 2027-08-16"] if state == "unknown" else [],
            "citations": [CITATION],
            "subjects": {"consent_id": str(case_id)},
            "still": [],
        },
    }


def _paused(row: dict[str, Any], parts: int) -> list[dict[str, Any]]:
    """Let it stand still until it is due, perhaps with days that count in between."""
    row |= {"still_from": row["started_on"], "still_until": row["due_on"]}
    row["still_in_parts"] = parts > 1
    if parts == 1:
        return []
    length = DAYS // parts
    firsts = range(0, length * parts, length)
    return [
        {
            "district_id": row["district_id"],
            "id": uuid4(),
            "deadline_id": row["id"],
            "first_on": row["started_on"] + timedelta(days=first),
            "last_on": row["started_on"] + timedelta(days=last),
        }
        for first, last in zip(firsts, [*(n + length // 2 for n in firsts[:-1]), DAYS], strict=True)
    ]
