"""Evaluations: what is planned, what was done, and what was done without consent.

Recording is free. An agency's assessment without the parent's consent is kept and marked as a
breach; it never counts toward a step (34 CFR 300.300(a)(1)(i)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.policies import Policies
from service.storage.base import DistrictRow, assign
from service.storage.cases import Case
from service.storage.evaluations import Assessment, Evaluation, Observation
from service.storage.facts import consented
from service.storage.row_facts import assessment_fact, observation_fact
from service.storage.schools import StaffMember
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases, deadlines
from service.workflow.checks import have_come, lead_somewhere, refuse
from service.workflow.corrections import keep_facts
from service.workflow.invalid import Problem

Part = Assessment | Observation

DAYS = (
    "assessment_asked_on",
    "existing_data_reviewed_on",
    "no_data_needed_on",
    "report_completed_on",
    "report_given_to_parent_on",
    "transfer_consent_received_on",
    "transfer_coordinated_on",
    "transfer_enrolled_on",
    "conducted_on",
    "observed_on",
)
"""Days on which something took place: none of them lies in the future."""

REFERENCES: Mapping[str, type[DistrictRow]] = {
    "coordinator_staff_id": StaffMember,
    "assessor_staff_id": StaffMember,
    "observer_staff_id": StaffMember,
}


@dataclass(frozen=True, slots=True)
class Marked:
    """An assessment or observation with whether it was made without consent."""

    row: Part
    breach: bool


def plan(uow: UnitOfWork, policies: Policies, case_id: UUID, body: Mapping[str, Any]) -> Evaluation:
    """Record an evaluation of a case; `Invalid` for days or references that cannot be."""
    case = cases.standing(uow, case_id, lock=True)
    _check(uow, body)
    refuse(_from_nowhere(body))
    row = uow.add(Evaluation(case_id=case.id, **body))
    uow.record("evaluation.recorded", row, student_id=case.student_id)
    deadlines.refresh_cases(uow, policies, [case.id])
    return row


def change(
    uow: UnitOfWork, policies: Policies, row: Evaluation, changes: Mapping[str, Any]
) -> Evaluation:
    """Change an evaluation; its days are set once and then corrected."""
    case = uow.get(Case, row.case_id)
    _check(uow, changes)
    refuse(_from_nowhere({"transferred_from": row.transferred_from, **changes}))
    keep_facts(row, changes)
    if assign(row, changes):
        uow.record("evaluation.changed", row, student_id=case.student_id)
        deadlines.refresh_cases(uow, policies, [case.id])
    return row


def add(uow: UnitOfWork, evaluation_id: UUID, row: Part) -> Marked:
    """Record an assessment or an observation in an evaluation.

    No deadline hangs on one: only the step `complete-evaluation` looks at them.
    """
    evaluation = uow.get(Evaluation, evaluation_id)
    _check(uow, vars(row))
    row.evaluation_id = evaluation.id
    _record(uow, "recorded", uow.add(row))
    return marked(uow, row)


def change_part(uow: UnitOfWork, row: Part, changes: Mapping[str, Any]) -> Marked:
    """Change an assessment or an observation; what makes it a breach is corrected instead."""
    _check(uow, changes)
    keep_facts(row, changes)
    if assign(row, changes):
        _record(uow, "changed", row)
    return marked(uow, row)


def marked(uow: UnitOfWork, row: Part) -> Marked:
    """An assessment or observation with whether it was made without consent."""
    case_id = uow.get(Evaluation, row.evaluation_id).case_id
    spans = consented(uow, case_id)
    if isinstance(row, Assessment):
        return Marked(row, assessment_fact(row, spans).breach)
    return Marked(row, observation_fact(row, spans).breach)


def _check(uow: UnitOfWork, given: Mapping[str, Any]) -> None:
    refuse(lead_somewhere(uow, given, REFERENCES), have_come(uow, given, *DAYS))


def _from_nowhere(given: Mapping[str, Any]) -> list[Problem]:
    """Days of a transfer without the agency that began the evaluation."""
    days = [on for name, on in given.items() if name.startswith("transfer_") and on is not None]
    if not days or given.get("transferred_from") is not None:
        return []
    return [
        Problem(
            "/transferred_from",
            "required",
            "Name the agency that began the evaluation before the child enrolled here.",
        )
    ]


def _record(uow: UnitOfWork, what: str, row: Part) -> None:
    """Name what was done to a part of an evaluation, and send it to the database."""
    noun = "assessment" if isinstance(row, Assessment) else "observation"
    case = uow.get(Case, uow.get(Evaluation, row.evaluation_id).case_id)
    uow.record(f"{noun}.{what}", row, case_id=case.id, student_id=case.student_id)
    uow.flush()
