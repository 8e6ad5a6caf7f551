"""Interventions: what was tried, and whether it counts as documented.

Recording never asks whether enough was done. Support meets the offer of an intervention plan, which
is owed where a concern did not lead to a plan; without adequate progress, as it is recorded or
measured, consent is asked promptly (300.309(c)). Sessions move no deadline of a case; with the rest
they tell whether the child is to be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.domain import facts
from service.domain.progress import Progress, progress
from service.domain.rules.referral import still_missing
from service.policies import Policies
from service.storage.base import DistrictRow, assign
from service.storage.cases import Case
from service.storage.facts import intervention_facts
from service.storage.interventions import Intervention, InterventionSession, ProgressMeasure
from service.storage.schools import StaffMember
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork
from service.workflow import deadlines
from service.workflow.checks import have_come, in_order, lead_somewhere, refuse
from service.workflow.districts import governed

DAYS = ("started_on", "ended_on")
AHEAD = ("started_on", "goal_on")
REFERENCES: Mapping[str, type[DistrictRow]] = {"provider_staff_id": StaffMember}

Part = InterventionSession | ProgressMeasure
_DAY_OF: Mapping[type[Part], str] = {
    InterventionSession: "held_on",
    ProgressMeasure: "measured_on",
}
_EVENTS: Mapping[type[Part], str] = {
    InterventionSession: "intervention_session",
    ProgressMeasure: "progress_measure",
}


@dataclass(frozen=True, slots=True)
class Documented:
    """An intervention with the figures that document it, what it still lacks, and its progress."""

    row: Intervention
    figures: facts.Intervention
    missing: tuple[str, ...]
    progress: Progress | None


def documented(uow: UnitOfWork, policies: Policies, row: Intervention) -> Documented:
    """Whether an intervention is documented as the rule asks it of the district.

    What was changed of it in this unit of work is sent to the database first.
    """
    uow.flush()
    found = {known.id: known for known in intervention_facts(uow, row.student_id)}
    figures = found[str(row.id)]
    policy = governed(uow, policies).policy
    return Documented(row, figures, still_missing(figures, policy), progress(figures))


def record(uow: UnitOfWork, policies: Policies, body: Mapping[str, Any]) -> Intervention:
    """Record an intervention; `Invalid` for days or references that cannot be."""
    refuse(
        lead_somewhere(uow, body, {"student_id": Student, **REFERENCES}),
        have_come(uow, body, *DAYS),
        in_order(body, *DAYS),
        in_order(body, *AHEAD),
    )
    row = uow.add(Intervention(**body))
    uow.record("intervention.recorded", row)
    _refresh(uow, policies, row.student_id)
    return row


def change(
    uow: UnitOfWork, policies: Policies, row: Intervention, changes: Mapping[str, Any]
) -> Intervention:
    """Change an intervention; the journal keeps what it said before."""
    days = {name: getattr(row, name) for name in {*DAYS, *AHEAD}} | dict(changes)
    refuse(
        lead_somewhere(uow, changes, REFERENCES),
        have_come(uow, changes, *DAYS),
        in_order(days, *DAYS, sent=changes),
        in_order(days, *AHEAD, sent=changes),
    )
    if assign(row, changes):
        uow.record("intervention.changed", row)
        _refresh(uow, policies, row.student_id)
    return row


def add(uow: UnitOfWork, policies: Policies, intervention_id: UUID, row: Part) -> Part:
    """Record a session or a progress point; NotFound without its intervention."""
    of = uow.read(Intervention, intervention_id)
    _check_part(uow, row, vars(row))
    row.intervention_id = intervention_id
    uow.add(row)
    uow.record(f"{_EVENTS[type(row)]}.recorded", row, student_id=of.student_id)
    _follow(uow, policies, of.student_id, moves=_moves(row, of.goal_value))
    return row


def change_part(uow: UnitOfWork, policies: Policies, row: Part, changes: Mapping[str, Any]) -> Part:
    """Change a session or a progress point."""
    _check_part(uow, row, changes)
    if assign(row, changes):
        of = uow.get(Intervention, row.intervention_id)
        uow.record(f"{_EVENTS[type(row)]}.changed", row, student_id=of.student_id)
        _follow(uow, policies, of.student_id, moves=_moves(row, of.goal_value))
    return row


def _check_part(uow: UnitOfWork, row: Part, given: Mapping[str, Any]) -> None:
    refuse(
        lead_somewhere(uow, given, {"staff_id": StaffMember}),
        have_come(uow, given, _DAY_OF[type(row)]),
    )


def _moves(row: Part, goal_value: float | None) -> bool:
    """Whether it can move a deadline of a case: a point where there is a goal in figures."""
    return isinstance(row, ProgressMeasure) and goal_value is not None


def _follow(uow: UnitOfWork, policies: Policies, student_id: UUID, *, moves: bool) -> None:
    """Bring up to date what a session or a point changes."""
    if moves:
        _refresh(uow, policies, student_id)
    else:
        deadlines.watch(uow, policies, student_id)


def _refresh(uow: UnitOfWork, policies: Policies, student_id: UUID) -> None:
    """Refresh the cases of the student, if there are any, and what is owed outside them."""
    cases = uow.rows(select(Case.id).where(Case.student_id == student_id))
    if cases:
        uow.get(Student, student_id, lock=True)
        deadlines.refresh_cases(uow, policies, [row.id for row in cases])
    else:
        deadlines.watch(uow, policies, student_id)
