"""Receipts: taking in words that may be a request, and telling which child they mean.

Receiving never fails for what is missing. Every receipt attaches to the student's open
case or opens one, for a first evaluation or for another of a student who is served; an
unmatched receipt has a case without a student until it is matched, which may join it to the
student's open case. A receipt that is a request puts its case at
`evaluation_requested` at once, whatever interventions there are or are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from service.domain import facts
from service.domain.decide import Finding, finding
from service.domain.lifecycles import RECEIPT
from service.policies import Policies
from service.storage import (
    arrivals,
    contacts,
    determinations,
    evaluations,
    notices,
    overrides,
    plans,
    rights,
)
from service.storage.base import DistrictRow, assign, touch
from service.storage.cases import Case, CaseStep, ChildFindReview, DeadlineRow, Referral
from service.storage.facts import case_facts, new_case_facts
from service.storage.schools import StaffMember
from service.storage.students import Guardian, Student
from service.storage.unit_of_work import NotFound, UnitOfWork
from service.workflow import cases, deadlines, intake
from service.workflow.checks import have_come, lead_somewhere, refuse
from service.workflow.corrections import keep_facts
from service.workflow.invalid import invalid

FOLLOWS_THE_CASE: tuple[type[DistrictRow], ...] = (
    Referral,
    CaseStep,
    overrides.Override,
    ChildFindReview,
    notices.Notice,
    notices.Consent,
    evaluations.Evaluation,
    determinations.EligibilityDetermination,
    contacts.SourceDocument,
    contacts.TeamMeeting,
    plans.Plan,
    rights.RecordsRequest,
    rights.IndependentEvaluationRequest,
    rights.Dispute,
    arrivals.PartCTransition,
    arrivals.TransferredIep,
)
"""What moves when one case joins another."""

ALONG = (
    "received",
    "evaluation_requested",
    "consent_requested",
    "consent_unanswered",
    "consent_refused",
    "evaluating",
    "evaluated",
)
"""The statuses of an open case, from its beginning on."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A stored receipt with its case, what the receipt rules found, and the deadlines."""

    referral: Referral
    case: Case
    findings: tuple[Finding, ...]
    deadlines: tuple[DeadlineRow, ...]


def receive(uow: UnitOfWork, policies: Policies, body: Mapping[str, Any]) -> Receipt:
    """Take in a receipt; `body` as `intake.understand` reads it.

    Raises `Invalid` only for days in the future.
    """
    read = intake.understand(uow, body)
    referral = uow.add(
        Referral(
            **read.columns,
            recorded_at=uow.now,
            student_id=None if read.student is None else read.student.id,
            kept=read.kept,
            warnings=read.warnings,
        )
    )
    path, open_ = _where_it_goes(uow, read.student, referral.received_on)
    if open_ is None:
        case = cases.open_case(
            uow,
            referral.student_id,
            referral.received_on,
            path=path,
            frameworks=referral.frameworks,
        )
    else:
        case = _attach(referral, open_)
    referral.case_id = case.id
    policy = deadlines.policy_of(uow, policies, case)
    lifted = cases.lift(case, referral, read.student, policy)
    uow.record("referral.received", referral)
    if open_ is not None:
        _record_moved(uow, case, lifted=lifted)
    first_time = open_ is None
    if first_time:
        known = new_case_facts(uow, case, referral, read.student)
    else:
        known = case_facts(uow, case)
    rows = deadlines.refresh(uow, policies, case, known, first_time=first_time)
    return Receipt(referral, case, _findings(uow, policies, case, referral, known), tuple(rows))


def change(
    uow: UnitOfWork, policies: Policies, referral: Referral, changes: Mapping[str, Any]
) -> Referral:
    """Add to a receipt what is no fact of it.

    Raises `Invalid` for a fact of receipt, which only a correction changes, for a day to come
    and for a person the district does not know.
    """
    refuse(
        have_come(uow, changes, "documented_on"),
        lead_somewhere(
            uow,
            changes,
            {"received_by_staff_id": StaffMember, "requester_guardian_id": Guardian},
        ),
    )
    keep_facts(referral, changes)
    if assign(referral, changes):
        uow.record("referral.changed", referral)
        deadlines.refresh_cases(uow, policies, [referral.case_id])
    return referral


def match(uow: UnitOfWork, policies: Policies, referral: Referral, student_id: UUID) -> Receipt:
    """Tell which student a receipt means; its case, joined to the open one if there is one.

    Raises `Invalid` for an unknown student, and when the receipt is matched to another
    already. Matching it to the same student again changes nothing.
    """
    try:
        student = uow.get(Student, student_id, lock=True)
    except NotFound:
        raise invalid("/student_id", "not_found", "No such student in this district.") from None
    if referral.student_id not in (None, student.id):
        raise invalid(
            "/student_id", "already_matched", "This referral is matched to another student."
        )
    path = cases.path_of(uow, student.id, referral.received_on)
    open_ = and_(Case.student_id == student.id, cases.open_on(path))
    held = deadlines.hold(uow, or_(Case.id == referral.case_id, open_))
    case = next(row for row in held if row.id == referral.case_id)
    if referral.student_id is None:
        other = next((row for row in held if row is not case), None)
        case = _matched(uow, policies, referral, case, other, student, path)
    uow.flush()
    known = case_facts(uow, case)
    rows = deadlines.refresh(uow, policies, case, known)
    return Receipt(referral, case, _findings(uow, policies, case, referral, known), tuple(rows))


def _matched(
    uow: UnitOfWork,
    policies: Policies,
    referral: Referral,
    waiting: Case,
    open_: Case | None,
    student: Student,
    path: str,
) -> Case:
    """The case of a receipt whose student is known now. One that is closed stays by itself."""
    receipts = cases.receipts_of(uow, waiting)
    for row in receipts:
        row.warnings = [warning for warning in row.warnings if warning["code"] != intake.UNMATCHED]
    if open_ is None or waiting.closed_on is not None:
        for row in receipts:
            row.student_id = student.id
        waiting.student_id = student.id
        waiting.path = path if waiting.closed_on is None else waiting.path
        uow.record(
            "referral.matched",
            referral,
            waiting,
            *(row for row in receipts if row is not referral),
            student_id=student.id,
        )
        case = waiting
    else:
        referral.student_id = student.id
        case = _join(uow, waiting, open_, student)
        uow.record("referral.matched", referral, case_id=case.id, student_id=student.id)
    if cases.lift(case, referral, student, deadlines.policy_of(uow, policies, case)):
        _record_moved(uow, case, lifted=True)
    if case is not waiting:
        uow.flush()
        deadlines.refresh(uow, policies, waiting)
    return case


def _findings(
    uow: UnitOfWork, policies: Policies, case: Case, referral: Referral, known: facts.Case
) -> tuple[Finding, ...]:
    """What the receipt rules find, this receipt being the one they look at."""
    id = str(referral.id)
    if known.referrals[-1].id != id:
        last = sorted(known.referrals, key=lambda receipt: receipt.id == id)
        known = replace(known, referrals=tuple(last))
    situation = facts.Situation(case=known, today=uow.today)
    policy = deadlines.policy_of(uow, policies, case)
    return tuple(finding(rule_id, situation, policy) for rule_id in RECEIPT)


# The case -------------------------------------------------------------------------


def _attach(referral: Referral, case: Case) -> Case:
    """Add a receipt to an open case: a law it asks under, an earlier day, a new version."""
    asked = referral.frameworks or cases.DEFAULT_FRAMEWORKS
    case.frameworks = list(dict.fromkeys([*case.frameworks, *asked]))
    case.opened_on = min(case.opened_on, referral.received_on)
    case.law_on = min(case.law_on, referral.received_on)
    touch(case)
    return case


def _where_it_goes(uow: UnitOfWork, student: Any, on: date) -> tuple[str, Case | None]:
    """The path of what was received that day, and the student's open case on it, locked.

    The student is locked already, so no other opens one; another may have closed it meanwhile.
    """
    if student is None:
        return cases.INITIAL, None
    path, id = cases.path_and_open(uow, student.id, on)
    case = None if id is None else uow.get(Case, id, lock=True)
    return path, None if case is None or case.closed_on is not None else case


def _record_moved(uow: UnitOfWork, case: Case, *, lifted: bool) -> None:
    """Name what a receipt did to a case that was there already."""
    if lifted:
        uow.record("case.evaluation_requested", case, *cases.close_reviews(uow, case))
    else:
        uow.record("case.receipt_attached", case)


def _join(uow: UnitOfWork, waiting: Case, open_: Case, student: Student) -> Case:
    """Move everything of an unmatched case to the student's open one, and end the former."""
    # One open review a case: when both have one, the other's stays. None in a case that moves on.
    moves_on = waiting.status != open_.status
    ended = [waiting] if moves_on or cases.open_review(uow, open_) else []
    ended += [open_] if moves_on else []
    reviews = [review for case in ended for review in cases.close_reviews(uow, case)]
    moved: list[DistrictRow] = []
    for model in FOLLOWS_THE_CASE:
        rows: Any = model
        for row in uow.all(select(rows).where(rows.case_id == waiting.id)):
            row.case_id = open_.id
            if hasattr(row, "student_id"):
                row.student_id = student.id
            moved.append(row)
    if ALONG.index(waiting.status) > ALONG.index(open_.status):
        open_.status = waiting.status
    open_.frameworks = list(dict.fromkeys([*open_.frameworks, *waiting.frameworks]))
    open_.opened_on = min(open_.opened_on, waiting.opened_on)
    open_.law_on = min(open_.law_on, waiting.law_on)
    open_.champion_staff_id = open_.champion_staff_id or waiting.champion_staff_id
    touch(open_)
    waiting.closed_on = max(uow.today, waiting.opened_on)
    waiting.joined_to_case_id = open_.id
    also = {id(row): row for row in (*moved, *reviews)}
    uow.record("case.joined", waiting, open_, *also.values(), student_id=student.id)
    return open_
