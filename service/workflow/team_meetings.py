"""Team meetings: who met about a student, what was reviewed, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.policies import Policies
from service.storage.base import assign, plain
from service.storage.cases import Case
from service.storage.contacts import TeamMeeting
from service.storage.schools import StaffMember
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases, deadlines
from service.workflow.checks import have_come, items_lead_somewhere, lead_somewhere, refuse
from service.workflow.corrections import keep_facts
from service.workflow.invalid import Problem

DAYS = ("held_on", "parent_invited_on")


def record(uow: UnitOfWork, policies: Policies, body: Mapping[str, Any]) -> TeamMeeting:
    """Record a meeting. Unless it says of which case, it is the student's open one.

    Raises `Invalid` for days in the future, and for references that lead nowhere or to
    another student.
    """
    refuse(
        lead_somewhere(uow, body, {"student_id": Student, "case_id": Case}),
        items_lead_somewhere(uow, body, "attendees", "staff_id", StaffMember),
        have_come(uow, body, *DAYS),
    )
    said = dict(body)
    if "case_id" not in said:
        said["case_id"] = _open_case_id(uow, said["student_id"])
    row = TeamMeeting(**_kept(said))
    refuse(_others(uow, row))
    uow.add(row)
    uow.record("team_meeting.recorded", row)
    deadlines.refresh_cases(uow, policies, [row.case_id])
    return row


def change(
    uow: UnitOfWork, policies: Policies, row: TeamMeeting, changes: Mapping[str, Any]
) -> TeamMeeting:
    """Change what is written of a meeting; its day is set right by a correction."""
    refuse(
        lead_somewhere(uow, changes, {"case_id": Case}),
        items_lead_somewhere(uow, changes, "attendees", "staff_id", StaffMember),
        have_come(uow, changes, *DAYS),
    )
    keep_facts(row, changes)
    before = row.case_id
    changed = assign(row, _kept(changes))
    refuse(_others(uow, row))
    if changed:
        uow.record("team_meeting.changed", row)
    deadlines.refresh_cases(uow, policies, [before, row.case_id])
    return row


def _open_case_id(uow: UnitOfWork, student_id: UUID) -> UUID | None:
    """The student's open case; of two, a first evaluation and a later one, the one opened last."""
    mine = select(Case.id).where(Case.student_id == student_id, Case.closed_on.is_(None))
    found = uow.rows(mine.order_by(Case.opened_on.desc(), Case.id.desc()).limit(1))
    return found[0].id if found else None


def _others(uow: UnitOfWork, row: TeamMeeting) -> list[Problem]:
    """A case of another student; one that has joined another stands for that."""
    if row.case_id is None:
        return []
    case = cases.standing(uow, row.case_id)
    row.case_id = case.id
    if case.student_id in (None, row.student_id):
        return []
    return [Problem("/case_id", "another", "This case is about another student.")]


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as columns hold it: ids inside lists as text."""
    kept = dict(body)
    if "attendees" in kept:
        kept["attendees"] = plain(kept["attendees"])
    return kept
