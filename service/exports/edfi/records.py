"""What Ed-Fi's resources are made of: the records of a stretch of students, kind by kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select, true

from service.storage.cases import Case, Referral
from service.storage.determinations import EligibilityDetermination
from service.storage.evaluations import Evaluation
from service.storage.interventions import Intervention
from service.storage.notices import Consent
from service.storage.plans import Plan
from service.storage.students import Student, StudentIdentifier
from service.storage.unit_of_work import UnitOfWork

Many = Mapping[UUID, Sequence[Any]]
"""Rows by the id of what they are of, in the order they were made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Some students (`ids`, in order) and what is recorded of them."""

    ids: Sequence[UUID]
    numbers: Mapping[UUID, str]
    cases: Many
    plans: Many
    interventions: Many
    referrals: Many
    consents: Many
    evaluations: Many
    determinations: Many


def read(uow: UnitOfWork, system: str, *, after: UUID | None, limit: int) -> Records:
    """The records of the next students of whom there is anything to say.

    `system`: whose identifier is Ed-Fi's `studentUniqueId`.
    """
    known = or_(
        *(
            exists().where(model.district_id == Student.district_id, model.student_id == Student.id)
            for model in (Case, Plan, Intervention)
        )
    )
    wanted = (
        select(Student.id)
        .where(known, true() if after is None else Student.id > after)
        .order_by(Student.id)
        .limit(limit)
    )
    ids = [row.id for row in uow.rows(wanted)]
    number = StudentIdentifier
    numbers = select(number.student_id, number.value).where(
        number.student_id.in_(ids), number.system == system
    )
    cases = _by(uow, Case, "student_id", ids, "path", "frameworks", "joined_to_case_id")
    case_ids = [case.id for of_student in cases.values() for case in of_student]
    return Records(
        ids=ids,
        numbers={row.student_id: row.value for row in uow.rows(numbers)} if ids else {},
        cases=cases,
        plans=_by(
            uow, Plan, "student_id", ids, "case_id", "kind", "status", "occasion", "original_id",
            "in_effect_on", "ended_on", "end_reason", "next_review_on", "meeting_held_on",
            "agreed_without_meeting_on",
        ),
        interventions=_by(
            uow, Intervention, "student_id", ids, "title", "started_on", "ended_on",
            "planned_minutes_per_week",
        ),
        referrals=_by(uow, Referral, "case_id", case_ids, "received_on"),
        consents=_by(
            uow, Consent, "case_id", case_ids, "purpose", "answer", "signed_on", "received_on"
        ),
        evaluations=_by(uow, Evaluation, "case_id", case_ids, "report_completed_on"),
        determinations=_by(
            uow, EligibilityDetermination, "case_id", case_ids, "framework", "status", "outcome",
            "category", "decided_on",
        ),
    )  # fmt: skip


def programmes(uow: UnitOfWork) -> Sequence[Any]:
    """The titles of the district's interventions, with the days they began and ended."""
    row = Intervention
    return uow.rows(
        select(row.title, row.started_on, row.ended_on)
        .distinct()
        .order_by(row.started_on, row.title, row.ended_on)
    )


def _by(
    uow: UnitOfWork, model: Any, of: str, ids: Sequence[UUID], *names: str
) -> Mapping[UUID, Sequence[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    if ids:
        columns = [getattr(model, name) for name in ("id", of, *names)]
        wanted = select(*columns).where(and_(getattr(model, of).in_(ids))).order_by(model.id)
        for row in uow.rows(wanted):
            found[getattr(row, of)].append(row)
    return found
