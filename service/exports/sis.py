"""The file that a SIS reads back: a line for each student about whom the district has a case.

A line holds what a SIS shows beside its own record of the student, and no names: it knows them.
The dates are those of the student's latest case; the plan is the one in effect, an IEP before a
services plan before a Section 504 plan, or else the one that ended last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true

from service.storage.cases import Case, DeadlineRow, Referral
from service.storage.determinations import EligibilityDetermination
from service.storage.evaluations import Evaluation
from service.storage.journal import JournalEntry, JournalHead
from service.storage.notices import TO_EVALUATE, Consent
from service.storage.plans import Plan
from service.storage.schools import School, StaffMember
from service.storage.students import Student, StudentIdentifier
from service.storage.unit_of_work import UnitOfWork

COLUMNS: Mapping[str, str] = {
    "student_id": "The student's id here.",
    "sourced_id": "The SIS's own identifier (OneRoster `sourcedId`).",
    "local_id": "The district's identifier.",
    "state_id": "The state's identifier.",
    "school_sourced_id": "The SIS's identifier of the student's school.",
    "grade": "The grade (CEDS code).",
    "active": "Whether the student is on the roster.",
    "has_iep": "Whether an IEP, or a services plan in its place, is in effect.",
    "has_section_504_plan": "Whether a Section 504 plan is in effect.",
    "plan_kind": "`iep`, `services_plan` or `section_504`; empty without a plan.",
    "plan_status": "`in_effect` or `ended`.",
    "plan_in_effect_on": "When the plan took effect, in its first version.",
    "plan_ended_on": "When it ended.",
    "exit_reason": "Why it ended: an `end_reason` of a plan.",
    "primary_category": "The category of the last final IDEA determination, if eligible.",
    "idea_eligible": "What the last final IDEA determination says.",
    "idea_determined_on": "When it was decided.",
    "section_504_eligible": "What the last final Section 504 determination says.",
    "section_504_determined_on": "When it was decided.",
    "case_id": "The latest case.",
    "case_path": "`initial` or `reevaluation`.",
    "case_status": "Where it stands.",
    "referred_on": "When its first receipt was received.",
    "consent_requested_on": "When consent to evaluate was first asked for.",
    "consent_received_on": "When consent to evaluate was received: the clock's first day.",
    "evaluation_completed_on": "When the report was complete.",
    "eligibility_determined_on": "When its last final determination was made.",
    "case_closed_on": "When it was closed.",
    "next_review_on": "By when the plan is to be reviewed.",
    "reevaluation_due_on": "By when the student is to be re-evaluated.",
    "case_manager_sourced_id": "The SIS's identifier of the plan's case manager.",
    "reevaluation_due_stale": "Whether `reevaluation_due_on` is being worked out anew and may "
    "move, because a setting or a calendar changed; empty when there is no such day.",
}
"""Every column with its meaning, in the order of the file. New ones are added at the end."""

IDENTIFIERS = ("sourced_id", "local_id", "state_id")
ORDER = ("iep", "services_plan", "section_504")
TO_REEVALUATE = ("reevaluation", "section_504_reevaluation")
OF_ALL = ("districts", "school_calendars", "schools", "staff")
"""What touches many lines at once when it changes: the file is whole then."""
IN_BULK = ("students", "student_identifiers")


def position(uow: UnitOfWork) -> int:
    """Where the district's journal stands: what is asked for as `since` the next time."""
    head = select(JournalHead.last_seq).where(JournalHead.district_id == uow.district_id)
    return int(uow.rows(head)[0].last_seq)


def changed(uow: UnitOfWork, since: int | None) -> ColumnElement[bool]:
    """Which students have changed after that position: rather too many than too few.

    A change of a calendar, a school, a staff member or the district's settings is one of all.
    """
    if since is None:
        return true()
    entry = JournalEntry
    later = and_(entry.district_id == uow.district_id, entry.seq > since)
    wide = select(entry.seq).where(later, entry.subject_type.in_(OF_ALL)).limit(1)
    if uow.rows(wide):
        return true()
    # Rows that came in bulk have the instant of their entry, which does not name them.
    bulk = select(func.min(entry.at).label("at")).where(
        later, entry.subject_id.is_(None), entry.subject_type.in_(IN_BULK)
    )
    first = uow.rows(bulk)[0].at
    own = select(entry.student_id).where(later, entry.student_id.is_not(None))
    of_case = (
        select(Case.student_id)
        .join(entry, and_(entry.district_id == Case.district_id, entry.case_id == Case.id))
        .where(later, Case.student_id.is_not(None))
    )
    return or_(
        Student.id.in_(own),
        Student.id.in_(of_case),
        false() if first is None else Student.updated_at >= first,
    )


def lines(
    uow: UnitOfWork,
    which: ColumnElement[bool],
    *,
    stale: ColumnElement[bool],
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """The next lines in the order of the students' ids, with every column of `COLUMNS`.

    `stale`: whether a projected deadline is being worked out anew.
    """
    students = uow.rows(_students(which, after).limit(limit))
    ids = [row.id for row in students]
    if not ids:
        return []
    numbers = _numbers(uow, ids)
    cases = _last(uow.rows(_cases(ids)), "student_id")
    case_ids = [case.id for case in cases.values()]
    dates = _dates(uow, case_ids)
    plans, decided = _grouped(uow.rows(_plans(ids)), "student_id"), _decided(uow, ids)
    due = _last(uow.rows(_due(ids, stale)), "student_id")
    return [
        _line(
            row,
            numbers[row.id],
            cases[row.id],
            dates,
            plans.get(row.id, ()),
            decided.get(row.id, {}),
            due.get(row.id),
        )
        for row in students
    ]


def _line(
    student: Any,
    numbers: Mapping[str, str],
    case: Any,
    dates: Mapping[str, Mapping[UUID, date]],
    plans: Sequence[Any],
    decided: Mapping[str, Any],
    due: Any,
) -> dict[str, Any]:
    shown: dict[str, Any] = dict.fromkeys(COLUMNS)
    shown |= {"student_id": student.id, "grade": student.grade, "active": student.active}
    shown |= {name: numbers.get(name) for name in IDENTIFIERS}
    shown["school_sourced_id"] = student.school_sourced_id
    in_effect = [plan.kind for plan in plans if plan.status == "in_effect"]
    shown["has_iep"] = "iep" in in_effect or "services_plan" in in_effect
    shown["has_section_504_plan"] = "section_504" in in_effect
    if plan := _shown(plans):
        ended = plan.status == "ended"
        first = min(p.in_effect_on for p in plans if p.original_id == plan.original_id)
        due_on = (due.due_on if due else None) or plan.reevaluation_on
        shown |= {
            "plan_kind": plan.kind,
            "plan_status": plan.status,
            "plan_in_effect_on": first,
            "plan_ended_on": plan.ended_on,
            "exit_reason": plan.end_reason,
            "next_review_on": None if ended else plan.next_review_on,
            "reevaluation_due_on": None if ended else due_on,
            "case_manager_sourced_id": plan.case_manager_sourced_id,
            "reevaluation_due_stale": None if ended or not due_on else bool(due and due.stale),
        }
    for framework in ("idea", "section_504"):
        if one := decided.get(framework):
            shown[f"{framework}_eligible"] = one.outcome == "eligible"
            shown[f"{framework}_determined_on"] = one.decided_on
    if shown["idea_eligible"]:
        shown["primary_category"] = decided["idea"].category
    shown |= {
        "case_id": case.id,
        "case_path": case.path,
        "case_status": case.status,
        "case_closed_on": case.closed_on,
    }
    shown |= {name: of_cases.get(case.id) for name, of_cases in dates.items()}
    return shown


def _shown(plans: Sequence[Any]) -> Any:
    """The plan in effect, or the one that ended last."""
    current = [plan for plan in plans if plan.status == "in_effect"]
    if current:
        return min(current, key=lambda plan: ORDER.index(plan.kind))
    ended = [plan for plan in plans if plan.status == "ended"]
    return max(ended, key=lambda plan: (plan.ended_on, plan.id), default=None)


# What is read -----------------------------------------------------------------------------


def _students(which: ColumnElement[bool], after: UUID | None) -> Select[*tuple[Any, ...]]:
    # A plan has a case, and a case that was joined to another leaves one that was not.
    known = exists().where(Case.district_id == Student.district_id, Case.student_id == Student.id)
    school = (
        select(School.sourced_id)
        .where(School.district_id == Student.district_id, School.id == Student.school_id)
        .correlate(Student)
        .scalar_subquery()
    )
    return (
        select(
            Student.id,
            Student.grade,
            Student.active,
            school.label("school_sourced_id"),
        )
        .where(known, which, true() if after is None else Student.id > after)
        .order_by(Student.id)
    )


def _numbers(uow: UnitOfWork, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, str]]:
    row = StudentIdentifier
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    wanted = select(row.student_id, row.system, row.value).where(
        row.student_id.in_(ids), row.system.in_(IDENTIFIERS)
    )
    for one in uow.rows(wanted):
        found[one.student_id][one.system] = one.value
    return found


def _cases(ids: Sequence[UUID]) -> Select[*tuple[Any, ...]]:
    """In the order opened. One that was joined to another lives on there."""
    wanted = select(Case.id, Case.student_id, Case.path, Case.status, Case.closed_on)
    return wanted.where(Case.student_id.in_(ids), Case.joined_to_case_id.is_(None)).order_by(
        Case.opened_on, Case.id
    )


def _plans(ids: Sequence[UUID]) -> Select[*tuple[Any, ...]]:
    manager = (
        select(StaffMember.sourced_id)
        .where(
            StaffMember.district_id == Plan.district_id,
            StaffMember.id == Plan.case_manager_staff_id,
        )
        .correlate(Plan)
        .scalar_subquery()
    )
    wanted = select(
        Plan.id,
        Plan.student_id,
        Plan.original_id,
        Plan.kind,
        Plan.status,
        Plan.in_effect_on,
        Plan.ended_on,
        Plan.end_reason,
        Plan.next_review_on,
        Plan.reevaluation_on,
        manager.label("case_manager_sourced_id"),
    )
    return wanted.where(Plan.student_id.in_(ids), Plan.in_effect_on.is_not(None))


def _decided(uow: UnitOfWork, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """The last final determination of each student under each law."""
    row = EligibilityDetermination
    wanted = (
        select(Case.student_id, row.framework, row.outcome, row.category, row.decided_on)
        .join(Case, and_(Case.district_id == row.district_id, Case.id == row.case_id))
        .where(Case.student_id.in_(ids), row.status == "final")
        .order_by(row.decided_on, row.id)
    )
    found: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for one in uow.rows(wanted):
        found[one.student_id][one.framework] = one
    return found


def _dates(uow: UnitOfWork, ids: Sequence[UUID]) -> Mapping[str, Mapping[UUID, date]]:
    """The dates of some cases, by column."""
    to_evaluate = Consent.purpose.in_(TO_EVALUATE)
    granted = and_(to_evaluate, Consent.answer == "granted")
    final = EligibilityDetermination.status == "final"
    first, last = func.min, func.max
    wanted: Mapping[str, tuple[Any, Any, ColumnElement[bool]]] = {
        "referred_on": (Referral, first(Referral.received_on), true()),
        "consent_requested_on": (Consent, first(Consent.requested_on), to_evaluate),
        "consent_received_on": (Consent, first(Consent.received_on), granted),
        "evaluation_completed_on": (Evaluation, last(Evaluation.report_completed_on), true()),
        "eligibility_determined_on": (
            EligibilityDetermination,
            last(EligibilityDetermination.decided_on),
            final,
        ),
    }
    found: dict[str, dict[UUID, date]] = {}
    for name, (model, day, condition) in wanted.items():
        statement = (
            select(model.case_id, day.label("day"))
            .where(model.case_id.in_(ids), condition)
            .group_by(model.case_id)
        )
        found[name] = {row.case_id: row.day for row in uow.rows(statement)}
    return found


def _due(ids: Sequence[UUID], stale: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    row = DeadlineRow
    wanted = select(
        row.student_id,
        func.min(row.due_on).label("due_on"),
        func.count(row.id).filter(stale).label("stale"),
    )
    return wanted.where(
        row.student_id.in_(ids),
        row.term_id.in_(TO_REEVALUATE),
        row.state.in_(("open", "running")),
    ).group_by(row.student_id)


def _last(rows: Iterable[Any], by: str) -> dict[UUID, Any]:
    return {getattr(row, by): row for row in rows}


def _grouped(rows: Iterable[Any], by: str) -> Mapping[UUID, Sequence[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, by)].append(row)
    return found
