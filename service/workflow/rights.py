"""Records of what parents ask for beside an evaluation, and of children who come from elsewhere.

Recording is free: nothing here is refused for a rule. A record belongs to a student and to a case
of theirs, whose deadlines follow it; unless it says of which, that is the open case, else the last.
Of a child without any case, what is owed follows the student.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.policies import Policies
from service.storage.arrivals import PartCTransition, TransferredIep
from service.storage.base import assign
from service.storage.cases import Case
from service.storage.evaluations import Evaluation
from service.storage.rights import Dispute, IndependentEvaluationRequest, RecordsRequest
from service.storage.students import Guardian, Student
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases, deadlines
from service.workflow.checks import have_come, in_order, lead_somewhere, refuse
from service.workflow.corrections import keep_facts
from service.workflow.invalid import Problem
from service.workflow.notices import guardian_of

Row = RecordsRequest | Dispute | PartCTransition | TransferredIep

EVENTS: Mapping[type[Row], str] = {
    RecordsRequest: "records_request",
    Dispute: "dispute",
    PartCTransition: "part_c_transition",
    TransferredIep: "transferred_iep",
}
DAYS = (
    "requested_on",
    "given_on",
    "filed_on",
    "ended_on",
    "found_eligible_on",
    "notified_on",
    "enrolled_on",
    "comparable_services_on",
    "adopted_on",
)
"""Days on which something took place: none of them lies in the future."""
IN_ORDER = (("requested_on", "given_on"), ("filed_on", "ended_on"))


def record(uow: UnitOfWork, policies: Policies, model: type[Row], body: Mapping[str, Any]) -> Row:
    """Record one; `Invalid` for days and references that cannot be."""
    refuse(lead_somewhere(uow, body, {"student_id": Student, "case_id": Case}))
    said = dict(body)
    if "case_id" not in said:
        said["case_id"] = _case_id(uow, said["student_id"])
    if model is TransferredIep:
        said["within_state"] = f"us-{said['from_state'].lower()}" == uow.district.jurisdiction
    row = model(**said)
    _check(uow, row, said)
    uow.add(row)
    uow.record(f"{EVENTS[model]}.recorded", row)
    _refresh(uow, policies, row, row.case_id)
    return row


def change(uow: UnitOfWork, policies: Policies, row: Row, changes: Mapping[str, Any]) -> Row:
    """Add to one; what is on record is set right by a correction."""
    refuse(lead_somewhere(uow, changes, {"case_id": Case}))
    keep_facts(row, changes)
    before = row.case_id
    changed = assign(row, changes)
    _check(uow, row, changes)
    if changed:
        uow.record(f"{EVENTS[type(row)]}.changed", row)
        _refresh(uow, policies, row, before, row.case_id)
    return row


def ask_independent_evaluation(
    uow: UnitOfWork, policies: Policies, case_id: UUID, body: Mapping[str, Any]
) -> IndependentEvaluationRequest:
    """Record that a parent asks for an independent evaluation; never refused for a rule."""
    case = cases.standing(uow, case_id, lock=True)
    refuse(
        have_come(uow, body, "requested_on"),
        lead_somewhere(uow, body, {"evaluation_id": Evaluation}),
    )
    guardian_of(uow, case, body.get("guardian_id"))
    if body.get("evaluation_id") is not None:
        of = uow.get(Evaluation, body["evaluation_id"])
        if of.case_id != case.id:
            refuse([Problem("/evaluation_id", "another", "This evaluation is of another case.")])
    row = uow.add(IndependentEvaluationRequest(case_id=case.id, **body))
    uow.record("independent_evaluation_request.recorded", row, student_id=case.student_id)
    deadlines.refresh(uow, policies, case)
    return row


def _case_id(uow: UnitOfWork, student_id: UUID) -> UUID | None:
    """The student's open case, else the last one that ended; None without any."""
    row = Case
    found = uow.rows(
        select(row.id)
        .where(row.student_id == student_id, row.joined_to_case_id.is_(None))
        .order_by(row.closed_on.is_not(None), row.opened_on.desc(), row.id.desc())
        .limit(1)
    )
    return found[0].id if found else None


def _refresh(uow: UnitOfWork, policies: Policies, row: Row, *case_ids: UUID | None) -> None:
    """Bring up to date what these cases owe, and what the child is owed outside any."""
    deadlines.refresh_cases(uow, policies, case_ids)
    if None in case_ids:
        deadlines.watch(uow, policies, row.student_id)


def _check(uow: UnitOfWork, row: Row, sent: Mapping[str, Any]) -> None:
    known = {name: getattr(row, name, None) for pair in IN_ORDER for name in pair}
    refuse(
        have_come(uow, sent, *DAYS),
        *(in_order(known, first, then, sent=sent) for first, then in IN_ORDER),
        _others(uow, row),
        _half_ended(row),
    )


def _others(uow: UnitOfWork, row: Row) -> list[Problem]:
    """A case or a guardian of another student; one that has joined another stands for that."""
    problems = []
    if row.case_id is not None:
        case = cases.standing(uow, row.case_id)
        row.case_id = case.id
        if case.student_id not in (None, row.student_id):
            problems.append(Problem("/case_id", "another", "This case is about another student."))
    guardian_id = getattr(row, "guardian_id", None)
    if guardian_id is not None:
        found = uow.rows(
            select(Guardian.id).where(
                Guardian.id == guardian_id, Guardian.student_id == row.student_id
            )
        )
        if not found:
            problems.append(
                Problem("/guardian_id", "not_found", "This student has no guardian of this id.")
            )
    return problems


def _half_ended(row: Row) -> list[Problem]:
    """A dispute that ended without a day, or with a day and no outcome."""
    if not isinstance(row, Dispute) or (row.outcome is None) == (row.ended_on is None):
        return []
    lacking = "outcome" if row.outcome is None else "ended_on"
    return [Problem(f"/{lacking}", "required", "A dispute ends with an outcome, on a day.")]
