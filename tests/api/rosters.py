"""What tests of the roster start from: students, calendars, and a request that waits."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.clock import Clock
from service.policies import Policies
from service.storage.cases import DeadlineRow
from service.storage.database import Database
from service.storage.journal import JournalEntry, JournalPayload
from service.storage.unit_of_work import Caller, UnitOfWork
from service.workflow.referrals import receive
from tests.builders import ApiClient

Json = dict[str, Any]

YEAR: Json = {"school_year": 2027, "first_day": "2026-08-24", "last_day": "2027-06-04"}
"""A school year around the tests' today, 5 October 2026, without a day off."""


def made(answer: Any, status: int = 201) -> Json:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    body: Json = answer.get_json()
    return body


def a_student(api: ApiClient, **more: Any) -> Json:
    return made(
        api.post("/v1/students", {"given_name": "Mateo", "family_name": "Oliveira", **more})
    )


def a_school(api: ApiClient, name: str = "Lincoln Elementary") -> str:
    id: str = made(api.post("/v1/schools", {"name": name}))["id"]
    return id


def a_calendar(api: ApiClient, **more: Any) -> Json:
    return made(api.post("/v1/school-calendars", {**YEAR, **more}))


def ids(*pairs: str) -> list[Json]:
    """Identifiers, each given as `system:value`."""
    return [dict(zip(("system", "value"), pair.split(":"), strict=True)) for pair in pairs]


def a_request(
    store: Database, clock: Clock, policies: Policies, district: UUID, student_id: str
) -> None:
    """A parent's request of 10 September 2026, which the district has to answer."""
    with UnitOfWork(store, Caller(district_id=district, client_id=uuid4()), clock) as uow:
        receive(
            uow,
            policies,
            {
                "requester": "parent",
                "form": "written",
                "words": "Please evaluate my son.",
                "received_on": date(2026, 9, 10),
                "student_id": student_id,
            },
        )
        uow.commit()


def answer_due(store: Database, district: UUID) -> tuple[str, date | None]:
    """How the one clock on answering a request stands, and when it is due."""
    with Session(store.reader) as session:
        row = session.scalars(
            select(DeadlineRow).where(
                DeadlineRow.district_id == district, DeadlineRow.term_id == "answer_to_request"
            )
        ).one()
        return row.state, row.due_on


def journal_of(store: Database, id: str) -> list[tuple[str, Json | None, Json | None]]:
    """What the journal says of a record: event, before and after."""
    with Session(store.reader) as session:
        found = session.execute(
            select(JournalEntry.event, JournalPayload.before, JournalPayload.after)
            .outerjoin(
                JournalPayload,
                (JournalPayload.district_id == JournalEntry.district_id)
                & (JournalPayload.seq == JournalEntry.seq),
            )
            .where(JournalEntry.subject_id == UUID(id))
            .order_by(JournalEntry.seq)
        )
        return [(row.event, row.before, row.after) for row in found]
