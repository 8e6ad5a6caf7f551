"""Receipts: taking in words that may be a request, and telling which child they mean.

Receiving never fails for what is missing. Every receipt attaches to the student's open
case or opens one; an unmatched receipt has a case without a student until it is matched,
which may join it to the student's open case. A receipt that is a request puts its case at
`evaluation_requested` at once, whatever interventions there are or are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.domain import facts
from service.domain.decide import Finding, finding
from service.domain.lifecycles import CASE, RECEIPT
from service.domain.policy import Policy
from service.policies import Policies
from service.storage import cases, contacts, determinations, evaluations, notices
from service.storage.base import DistrictRow
from service.storage.cases import Case, DeadlineRow, Referral
from service.storage.facts import case_facts, referral_facts, student_facts
from service.storage.schools import StaffMember
from service.storage.students import Guardian, Student, StudentIdentifier
from service.storage.unit_of_work import NotFound, UnitOfWork
from service.workflow import deadlines
from service.workflow.invalid import invalid

REFERENCES: Mapping[str, type[DistrictRow]] = {
    "requester_guardian_id": Guardian,
    "requester_staff_id": StaffMember,
    "received_by_staff_id": StaffMember,
}

FOLLOWS_THE_CASE: tuple[type[DistrictRow], ...] = (
    cases.Referral,
    cases.CaseStep,
    cases.ChildFindReview,
    notices.Notice,
    notices.Consent,
    evaluations.Evaluation,
    determinations.EligibilityDetermination,
    contacts.SourceDocument,
    contacts.TeamMeeting,
)
"""What moves when one case joins another."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A stored receipt with its case, what the receipt rules found, and the deadlines."""

    referral: Referral
    case: Case
    findings: tuple[Finding, ...]
    deadlines: tuple[DeadlineRow, ...]


def receive(uow: UnitOfWork, policies: Policies, body: Mapping[str, Any]) -> Receipt:
    """Take in a receipt.

    `body` holds the referral's columns, `student_id` or `student_identifier`, and `kept`
    (members the service does not know). References that lead nowhere are kept and warned
    of, not refused. Raises `Invalid` only for a receipt dated in the future.
    """
    said = dict(body)
    warnings: list[dict[str, Any]] = []
    kept = dict(said.pop("kept", {}))
    if kept:
        _warn(warnings, "", "kept", "Members this service does not know were kept as sent.")
    received_on = said.pop("received_on", None) or uow.today
    if received_on > uow.today:
        raise invalid(
            "/received_on", "future", f"A receipt cannot be dated after today, {uow.today}."
        )
    student = _student_meant(uow, said, kept, warnings)
    for name, model in REFERENCES.items():
        _keep_unless_found(uow, said, name, model, kept, warnings)
    referral = uow.add(
        Referral(
            **said,
            received_on=received_on,
            recorded_at=uow.now,
            student_id=student.id if student is not None else None,
            kept=kept,
            warnings=warnings,
        )
    )
    case, opened = _case_for(uow, policies, referral, student)
    referral.case_id = case.id
    policy = deadlines.policy_of(uow, policies, case)
    lifted = _lift(case, referral, student, policy)
    _record_receipt(uow, referral, case, opened=opened, lifted=lifted)
    uow.flush()
    known = _facts_of_new(uow, case, referral, student) if opened else case_facts(uow, case)
    rows = deadlines.refresh(uow, policies, case, known, first_time=opened)
    situation = facts.Situation(case=known, today=uow.today)
    findings = tuple(finding(rule_id, situation, policy) for rule_id in RECEIPT)
    return Receipt(referral, case, findings, tuple(rows))


def match(uow: UnitOfWork, policies: Policies, referral: Referral, student_id: UUID) -> Case:
    """Tell which student a receipt means; its case, joined to the open one if there is one.

    Raises `NotFound` for an unknown student and `Invalid` when the receipt is matched to
    another already: that is set right by a correction.
    """
    student = uow.get(Student, student_id, lock=True)
    if referral.student_id == student.id:
        return uow.get(Case, referral.case_id)
    if referral.student_id is not None:
        raise invalid(
            "/student_id", "already_matched", "This referral is matched to another student."
        )
    waiting = uow.get(Case, referral.case_id, lock=True)
    referral.student_id = student.id
    open_ = _open_case(uow, student.id)
    if open_ is None:
        waiting.student_id = student.id
        moved = [r for r in _referrals_of(uow, waiting) if r is not referral]
        for other in moved:
            other.student_id = student.id
        uow.record("referral.matched", referral, waiting, *moved, student_id=student.id)
        case = waiting
    else:
        case = _join(uow, waiting, open_, student)
        uow.record("referral.matched", referral, case_id=case.id, student_id=student.id)
    policy = deadlines.policy_of(uow, policies, case)
    if _lift(case, referral, student, policy):
        uow.record("case.evaluation_requested", case)
    uow.flush()
    deadlines.refresh(uow, policies, case)
    if case is not waiting:
        deadlines.refresh(uow, policies, waiting)
    return case


# The child ------------------------------------------------------------------------


def _student_meant(
    uow: UnitOfWork, said: dict[str, Any], kept: dict[str, Any], warnings: list[dict[str, Any]]
) -> Student | None:
    """The student a receipt names, locked so that only one case is opened; else None."""
    id = said.pop("student_id", None)
    identifier = said.pop("student_identifier", None)
    if id is None and identifier is not None:
        row = StudentIdentifier
        found = uow.first(
            select(row).where(row.system == identifier["system"], row.value == identifier["value"])
        )
        id = found.student_id if found is not None else None
        if id is None:
            kept["student_identifier"] = identifier
    if id is not None:
        try:
            return uow.get(Student, id, lock=True)
        except NotFound:
            kept["student_id"] = str(id)
    _warn(
        warnings,
        "/student_id",
        "unmatched",
        "No student is matched yet. The receipt counts from its day all the same; match it "
        "with POST /v1/referrals/{id}/match.",
    )
    return None


def _keep_unless_found(
    uow: UnitOfWork,
    said: dict[str, Any],
    name: str,
    model: type[DistrictRow],
    kept: dict[str, Any],
    warnings: list[dict[str, Any]],
) -> None:
    id = said.get(name)
    if id is None:
        return
    try:
        uow.get(model, id)
    except NotFound:
        kept[name] = str(said.pop(name))
        _warn(warnings, f"/{name}", "not_found", "No such record here; kept as sent.")


def _warn(warnings: list[dict[str, Any]], pointer: str, code: str, message: str) -> None:
    warnings.append({"pointer": pointer, "code": code, "message": message})


# The case -------------------------------------------------------------------------


def _case_for(
    uow: UnitOfWork, policies: Policies, referral: Referral, student: Student | None
) -> tuple[Case, bool]:
    """The student's open case, or a new one; whether it was opened now."""
    open_ = _open_case(uow, student.id) if student is not None else None
    if open_ is not None:
        wanted = [f for f in referral.frameworks or [] if f not in open_.frameworks]
        if wanted:
            open_.frameworks = [*open_.frameworks, *wanted]
        return open_, False
    case = uow.add(
        Case(
            student_id=referral.student_id,
            path="initial",
            status="received",
            frameworks=list(referral.frameworks or ["idea"]),
            opened_on=referral.received_on,
            jurisdiction=uow.district.jurisdiction,
            law_on=referral.received_on,
            absences=[],
        )
    )
    return case, True


def _open_case(uow: UnitOfWork, student_id: UUID) -> Case | None:
    return uow.first(
        select(Case).where(
            Case.student_id == student_id, Case.path == "initial", Case.closed_on.is_(None)
        )
    )


def _lift(case: Case, referral: Referral, student: Student | None, policy: Policy) -> bool:
    """Put the case at `evaluation_requested` when the receipt is a request; whether it moved.

    A parent's always is (300.301(b)); a state may treat others' as one, perhaps below an age.
    """
    if case.status != "received":
        return False
    if referral.requester not in facts.PARENTAL:
        age = student_facts(student).age_on(referral.received_on) if student is not None else None
        if policy.treats_as_request(referral.requester, age) is None:
            return False
    case.status = "evaluation_requested"
    return True


def _record_receipt(
    uow: UnitOfWork, referral: Referral, case: Case, *, opened: bool, lifted: bool
) -> None:
    if opened:
        uow.record("referral.received", referral, case, case_id=case.id)
    else:
        uow.record("referral.received", referral, case_id=case.id)
        uow.record("case.evaluation_requested" if lifted else "case.receipt_attached", case)


def _facts_of_new(
    uow: UnitOfWork, case: Case, referral: Referral, student: Student | None
) -> facts.Case:
    """The facts of a case that was just opened: one receipt, and the student's past."""
    if student is not None:
        return case_facts(uow, case)
    return facts.Case(
        id=str(case.id),
        status=case.status,
        frameworks=frozenset(case.frameworks),
        opened_on=case.opened_on,
        referrals=(referral_facts(referral),),
    )


def _join(uow: UnitOfWork, waiting: Case, open_: Case, student: Student) -> Case:
    """Move everything of an unmatched case to the student's open one, and end the former."""
    moved: list[DistrictRow] = []
    for model in FOLLOWS_THE_CASE:
        rows: Any = model
        for row in uow.all(select(rows).where(rows.case_id == waiting.id)):
            row.case_id = open_.id
            if hasattr(row, "student_id"):
                row.student_id = student.id
            moved.append(row)
    waiting.closed_on = uow.today
    waiting.joined_to_case_id = open_.id
    if _progress(waiting.status) > _progress(open_.status):
        open_.status = waiting.status
    open_.frameworks = list(dict.fromkeys([*open_.frameworks, *waiting.frameworks]))
    open_.opened_on = min(open_.opened_on, waiting.opened_on)
    uow.record("case.joined", waiting, open_, *moved, student_id=student.id)
    return open_


def _progress(status: str) -> int:
    """How far along its life a case is, by the order of the lifecycle table."""
    return CASE.statuses.index(status)


def _referrals_of(uow: UnitOfWork, case: Case) -> list[Referral]:
    return list(uow.all(select(Referral).where(Referral.case_id == case.id)))
