"""Cases: what follows from their receipts, and what people set about them.

A case stands where its receipts put it: a request lifts it to `evaluation_requested` the
moment it is received, and it was opened on the day of its earliest receipt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from service.domain import facts
from service.domain.policy import Policy
from service.domain.receipts import is_request
from service.policies import Policies
from service.storage.base import assign
from service.storage.cases import PATHS, Case, CaseStep, ChildFindReview, Referral
from service.storage.determinations import EligibilityDetermination
from service.storage.plans import Plan
from service.storage.row_facts import referral_fact, student_fact
from service.storage.schools import StaffMember
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork, in_district
from service.workflow import deadlines
from service.workflow.checks import refuse
from service.workflow.invalid import Problem
from service.workflow.staff import who_answers

DEFAULT_FRAMEWORKS = ("idea",)
"""The law in question when a receipt names none: a plain request is one under IDEA."""


INITIAL, REEVALUATION = PATHS


def path_of(uow: UnitOfWork, student_id: UUID | None, on: date) -> str:
    """Which path what was received that day is on: later evaluations are those of the served.

    A student whose services ended because consent was revoked begins anew (73 FR 73006).
    """
    return INITIAL if student_id is None else path_and_open(uow, student_id, on)[0]


def path_and_open(uow: UnitOfWork, student_id: UUID, on: date) -> tuple[str, UUID | None]:
    """The same, with the student's open case on that path; whoever needs it locks it yet."""
    (found,) = uow.rows(_PATH_AND_OPEN, student_id=student_id, on=on)
    return (REEVALUATION, found.reevaluation) if found.served else (INITIAL, found.initial)


def open_on(path: str) -> ColumnElement[bool]:
    """Which of a student's cases is the one that receipts attach to: one at most on each path."""
    return and_(Case.path == path, Case.closed_on.is_(None))


def _open_case(path: str) -> Any:
    mine = (Case.student_id == bindparam("student_id"), open_on(path))
    return select(Case.id).where(*mine).scalar_subquery().label(path)


_PATH_AND_OPEN = in_district(
    select(
        select(Plan.id)
        .where(
            Plan.student_id == bindparam("student_id"),
            Plan.kind.in_(sorted(facts.UNDER_IDEA)),
            Plan.in_effect_on <= bindparam("on"),
            or_(Plan.ended_on.is_(None), Plan.ended_on > bindparam("on")),
        )
        .exists()
        .label("served"),
        *map(_open_case, PATHS),
    )
)


def open_case(
    uow: UnitOfWork,
    student_id: UUID | None,
    on: date,
    *,
    path: str = INITIAL,
    frameworks: Iterable[str] = (),
) -> Case:
    """Open a case at its beginning, under the law of the day on which it was opened."""
    case = uow.add(
        Case(
            student_id=student_id,
            path=path,
            status="received",
            frameworks=list(frameworks or DEFAULT_FRAMEWORKS),
            opened_on=on,
            jurisdiction=uow.district.jurisdiction,
            law_on=on,
            absences=[],
        )
    )
    uow.record("case.opened", case)
    return case


def standing(uow: UnitOfWork, case_id: UUID, *, lock: bool = False) -> Case:
    """The case of this id, or the one that it has joined: there goes what is recorded."""
    case = uow.get(Case, case_id, lock=lock)
    if case.joined_to_case_id is None:
        return case
    return uow.get(Case, case.joined_to_case_id, lock=lock)


def refresh_others(uow: UnitOfWork, policies: Policies, case: Case) -> None:
    """Bring the deadlines of the student's other cases up to date, which follow what this did."""
    others = select(Case.id).where(Case.student_id == case.student_id, Case.id != case.id)
    ids = [] if case.student_id is None else [found.id for found in uow.rows(others)]
    if ids:
        deadlines.refresh_cases(uow, policies, ids)


def change(uow: UnitOfWork, policies: Policies, case: Case, changes: Mapping[str, Any]) -> Case:
    """Set the champion, the frameworks in question or the absences of a case.

    Whoever is named champion still has to accept: `champion_accepted`, which only the champion
    says. Raises `Invalid` for anybody else's word, a champion who is not an active staff member,
    an absence in the future, or a framework that a receipt or a determination still asks about.
    """
    champion = changes.get("champion_staff_id", case.champion_staff_id)
    refuse(
        _not_theirs_to_accept(uow, champion, changes),
        _wrong_absences(uow, changes.get("absences", ())),
        _wrong_champion(uow, changes.get("champion_staff_id")),
        _wrong_frameworks(uow, case, changes.get("frameworks", case.frameworks)),
    )
    kept = dict(changes)
    if "champion_accepted" in kept:
        accepted = kept.pop("champion_accepted")
        before = case.champion_accepted_on if champion == case.champion_staff_id else None
        kept["champion_accepted_on"] = (before or uow.today) if accepted else None
    elif champion != case.champion_staff_id:
        kept["champion_accepted_on"] = None
    if "frameworks" in kept:
        kept["frameworks"] = list(dict.fromkeys(kept["frameworks"]))
    if "absences" in kept:
        kept["absences"] = [day.isoformat() for day in sorted(set(kept["absences"]))]
    if assign(case, kept):
        uow.record("case.changed", case)
        deadlines.refresh(uow, policies, case)
    return case


def _wrong_absences(uow: UnitOfWork, days: Iterable[date]) -> list[Problem]:
    return [
        Problem(f"/absences/{place}", "future", f"No day after today, {uow.today}, was missed yet.")
        for place, day in enumerate(days)
        if day > uow.today
    ]


def _wrong_champion(uow: UnitOfWork, id: UUID | None) -> list[Problem]:
    mine = select(StaffMember.active).where(StaffMember.id == id)
    if id is None or any(row.active for row in uow.rows(mine)):
        return []
    return [
        Problem(
            "/champion_staff_id",
            "not_found",
            "There is no active staff member of this id in the district.",
        )
    ]


def _not_theirs_to_accept(
    uow: UnitOfWork, champion: UUID | None, changes: Mapping[str, Any]
) -> list[Problem]:
    if not changes.get("champion_accepted"):
        return []
    by = uow.caller
    if champion is not None and champion == by.acting_staff_id and by.may_assert_people:
        return []
    return [
        Problem(
            "/champion_accepted",
            "not_the_champion",
            "Only the champion accepts: name them in Childfind-Acting-Staff, with a client that "
            "may.",
        )
    ]


def _wrong_frameworks(uow: UnitOfWork, case: Case, wanted: list[str]) -> list[Problem]:
    """A law leaves the question only when nobody asked under it and nothing was decided.

    Otherwise leaving it out would silence its rules: the request is answered instead.
    """
    leaving = [framework for framework in case.frameworks if framework not in wanted]
    if not leaving:
        return []
    asked = {
        framework
        for row in receipts_of(uow, case)
        for framework in (row.frameworks or DEFAULT_FRAMEWORKS)
    }
    made = EligibilityDetermination
    found = uow.rows(select(made.framework).where(made.case_id == case.id))
    determined = {row.framework for row in found}
    return [
        Problem(
            "/frameworks",
            "in_question",
            f"`{framework}` stays in question: "
            + (
                "a receipt of this case asks under it. Answer the request instead."
                if framework in asked
                else "this case has a determination under it."
            ),
        )
        for framework in leaving
        if framework in asked | determined
    ]


# What a case shows ----------------------------------------------------------------------


def absences_of(case: Case) -> list[date]:
    """The school days the student missed."""
    return [date.fromisoformat(day) for day in case.absences]


def receipt_ids(uow: UnitOfWork, case: Case) -> list[UUID]:
    """The ids of a case's receipts, in the order received."""
    row = Referral
    statement = select(row.id).where(row.case_id == case.id).order_by(row.received_on, row.id)
    return [found.id for found in uow.rows(statement)]


def steps_taken(uow: UnitOfWork, case: Case, *, decisions: bool = False) -> list[dict[str, Any]]:
    """The steps taken in a case, by it or by its records, in order; with `decisions` why."""
    row = CaseStep
    shown = (
        row.id, row.record_type, row.record_id, row.step, row.from_status, row.to_status,
        row.taken_on, row.taken_at, row.client_id, row.acting_staff_id, row.details,
    )  # fmt: skip
    columns = (*shown, row.decision) if decisions else shown
    found = uow.rows(select(*columns).where(row.case_id == case.id).order_by(row.id))
    return [dict(step._mapping) for step in found]


# What follows from the receipts ---------------------------------------------------------


def receipts_of(uow: UnitOfWork, case: Case) -> list[Referral]:
    """The receipts of a case, in the order received."""
    row = Referral
    return list(
        uow.all(select(row).where(row.case_id == case.id).order_by(row.received_on, row.id))
    )


def lift(case: Case, referral: Referral, student: Student | None, policy: Policy) -> bool:
    """Put the case at `evaluation_requested` when the receipt is a request; whether it moved.

    A parent's always is (300.301(b)), and a teacher's about a student who is served (300.303(a));
    a state may treat others' as one, perhaps below an age.
    """
    who = None if student is None else student_fact(student)
    known = facts.Case(path=case.path, student=who)
    if case.status != "received" or not is_request(referral_fact(referral), known, policy):
        return False
    case.status = "evaluation_requested"
    return True


def follow_receipts(uow: UnitOfWork, policies: Policies, case: Case) -> bool:
    """Bring the case to what its receipts say now; whether one of them lifted it.

    For a receipt that was corrected: its day may open the case earlier, its requester may
    turn out to be a parent. A case never goes back.
    """
    receipts = receipts_of(uow, case)
    if receipts:
        earliest = min(row.received_on for row in receipts)
        case.opened_on = min(earliest, case.closed_on or earliest)
        case.law_on = earliest
    policy = deadlines.policy_of(uow, policies, case)
    student = None if case.student_id is None else uow.get(Student, case.student_id)
    return any(lift(case, row, student, policy) for row in receipts)


# Child-find reviews ---------------------------------------------------------------------


def open_review(uow: UnitOfWork, case: Case) -> ChildFindReview | None:
    """The review that the case owes, if it owes one: there is one open at a time."""
    return uow.first(
        select(ChildFindReview).where(
            ChildFindReview.case_id == case.id, ChildFindReview.closed_on.is_(None)
        )
    )


def close_reviews(uow: UnitOfWork, case: Case) -> list[ChildFindReview]:
    """A case that moved on has had its look: its open review ends today."""
    review = open_review(uow, case)
    if review is None:
        return []
    review.closed_on = uow.today
    return [review]


def owner_of(uow: UnitOfWork, case: Case) -> UUID | None:
    """Who looks after what the case owes: its champion, else whoever acts, else the last of
    the staff who received or made one of its referrals, else who answers for the school or the
    district; None when the district has nobody of the kind.
    """
    known = [case.champion_staff_id, uow.caller.acting_staff_id]
    for row in reversed(receipts_of(uow, case)):
        known += [row.received_by_staff_id, row.requester_staff_id]
    first = next((id for id in known if id is not None), None)
    if first is not None:
        return first
    student = None if case.student_id is None else uow.get(Student, case.student_id)
    return who_answers(uow, None if student is None else student.school_id)
