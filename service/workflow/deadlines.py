"""Deadlines are computed; the table of them is a projection for lists.

`refresh` brings the rows of one case to what the computation says; doing it again
changes nothing. Whatever writes a fact of a case calls it in the same unit of work.
A count that stands still in summer is `running` in the table, because a row must not
depend on the day it is read; the deadline itself says `paused`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from service.domain import facts
from service.domain.calendars import SchoolCalendar
from service.domain.deadlines import Deadline, deadlines
from service.domain.decide import citation_json
from service.domain.policy import Policy
from service.policies import Policies
from service.storage.cases import Case, DeadlineRow
from service.storage.facts import case_facts
from service.storage.students import Student
from service.storage.unit_of_work import NotFound, UnitOfWork
from service.workflow.calendars import calendar_for


def policy_of(uow: UnitOfWork, policies: Policies, case: Case) -> Policy:
    """The law a case is pinned to, with the district's settings of today."""
    return policies.policy_for(case.jurisdiction, uow.district.settings)


def computed(
    uow: UnitOfWork, policies: Policies, case: Case, known: facts.Case | None = None
) -> tuple[Deadline, ...]:
    """Every deadline of a case, worked out from its facts."""
    known = known if known is not None else case_facts(uow, case)
    return deadlines(
        known, policy_of(uow, policies, case), _calendar(uow, policies, case), uow.today
    )


def one(uow: UnitOfWork, policies: Policies, id: UUID) -> tuple[DeadlineRow, Deadline]:
    """A projected deadline with the same one computed now.

    Raises NotFound when there is none, or when the case does not owe it any more.
    """
    row = uow.get(DeadlineRow, id)
    for deadline in computed(uow, policies, uow.get(Case, row.case_id)):
        if deadline.key == row.key:
            return row, deadline
    raise NotFound(DeadlineRow.__tablename__, id)


def refresh(
    uow: UnitOfWork,
    policies: Policies,
    case: Case,
    known: facts.Case | None = None,
    *,
    first_time: bool = False,
) -> list[DeadlineRow]:
    """Bring the projection of one case up to date and return its rows.

    `first_time`: the case was made in this unit of work, so that no rows can exist.
    """
    wanted = {d.key: _columns(uow, case, d) for d in computed(uow, policies, case, known)}
    row = DeadlineRow
    found = [] if first_time else uow.all(select(row).where(row.case_id == case.id))
    stored = {r.key: r for r in found}
    for key, r in stored.items():
        if key not in wanted:
            uow.session.delete(r)
    rows = []
    for key, columns in wanted.items():
        if key in stored:
            for name, value in columns.items():
                if getattr(stored[key], name) != value:
                    setattr(stored[key], name, value)
            rows.append(stored[key])
        else:
            rows.append(uow.add(DeadlineRow(key=key, **columns)))
    return rows


def refresh_case(uow: UnitOfWork, policies: Policies, case_id: UUID | None) -> None:
    """Refresh the case of this id, if there is one."""
    if case_id is not None:
        uow.flush()
        refresh(uow, policies, uow.get(Case, case_id, lock=True))


def refresh_student(uow: UnitOfWork, policies: Policies, student_id: UUID | None) -> None:
    """Refresh every case of a student that is open or still owes something."""
    if student_id is None:
        return
    uow.flush()
    for case in _live(uow, Case.student_id == student_id):
        refresh(uow, policies, case)


def refresh_students(uow: UnitOfWork, policies: Policies, ids: Sequence[UUID]) -> None:
    """Refresh the cases of many students, as after an import."""
    uow.flush()
    for start in range(0, len(ids), 500):
        for case in _live(uow, Case.student_id.in_(ids[start : start + 500])):
            refresh(uow, policies, case)


def refresh_all(uow: UnitOfWork, policies: Policies) -> int:
    """Refresh every case that is open or still owes something; how many there were.

    For what concerns them all: a calendar, a setting, a corrected policy.
    """
    return rebuild(uow, policies).cases


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many cases were computed anew, and how many rows were not as computed."""

    cases: int
    changed: int


def rebuild(uow: UnitOfWork, policies: Policies) -> Rebuilt:
    """Refresh every live case and count what changed: nothing, when every write did its part."""
    uow.flush()
    live = _live(uow)
    for case in live:
        refresh(uow, policies, case)
    session = uow.session
    changed = sum(
        isinstance(row, DeadlineRow)
        for row in (*session.new, *filter(session.is_modified, session.dirty), *session.deleted)
    )
    return Rebuilt(cases=len(live), changed=changed)


def _live(uow: UnitOfWork, *conditions: Any) -> Sequence[Case]:
    owing = (
        select(DeadlineRow.case_id)
        .where(
            DeadlineRow.district_id == uow.district_id,
            DeadlineRow.state.in_(("open", "running", "unknown")),
        )
        .scalar_subquery()
    )
    return uow.all(
        select(Case)
        .where(or_(Case.closed_on.is_(None), Case.id.in_(owing)), *conditions)
        .order_by(Case.id)
        .with_for_update(key_share=True)
    )


def _calendar(uow: UnitOfWork, policies: Policies, case: Case) -> SchoolCalendar:
    school_id = None
    if case.student_id is not None:
        school_id = uow.get(Student, case.student_id).school_id
    return calendar_for(uow, policies, school_id)


def _columns(uow: UnitOfWork, case: Case, deadline: Deadline) -> dict[str, Any]:
    """The columns of one projected deadline."""
    state = str(deadline.state)
    school_id = None
    if case.student_id is not None:
        school_id = uow.get(Student, case.student_id).school_id
    return {
        "case_id": case.id,
        "student_id": case.student_id,
        "school_id": school_id,
        "owner_staff_id": UUID(deadline.owner_staff_id) if deadline.owner_staff_id else None,
        "term_id": deadline.term_id,
        "kind": deadline.kind,
        "title": deadline.title,
        "rule_id": deadline.rule_id,
        "state": "running" if state == "paused" else state,
        "started_on": deadline.started_on,
        "due_on": deadline.due_on,
        "met_on": deadline.met_on,
        "provisional": deadline.provisional,
        "basis": deadline.basis,
        "verification": deadline.verification,
        "detail": {
            "needs": list(deadline.needs),
            "citations": [citation_json(citation) for citation in deadline.citations],
            "subjects": dict(deadline.subjects),
        },
    }
