"""Child find: flags follow what is on record of a child, and stand until somebody decides.

A flag is raised, renewed and cleared by the record itself; a person dismisses it by a step, with
a reason and a day to look again, and from that day it is open as before. One that was dismissed
returns at once when the record shows something new. Nothing here tells who wrote what.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, or_, select

from service.domain import facts
from service.domain.child_find import FAILED, Concern, concerns
from service.policies import Policies
from service.storage.arrivals import PartCTransition, TransferredIep
from service.storage.base import assign
from service.storage.cases import DeadlineRow
from service.storage.child_find_flags import ChildFindFlag
from service.storage.contacts import Contact, SourceDocument
from service.storage.discipline import DisciplinaryRemoval
from service.storage.facts import child_facts
from service.storage.interventions import Intervention
from service.storage.rights import RecordsRequest
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork, in_district
from service.workflow.staff import who_answers

_SHOWS: tuple[tuple[Any, ColumnElement[bool]], ...] = (
    (Intervention, or_(Intervention.outcome == FAILED, Intervention.goal_value.is_not(None))),
    (SourceDocument, SourceDocument.kind.in_(sorted(facts.CONSIDERED))),
    (
        Contact,
        or_(
            Contact.suggests_request.is_(True),
            Contact.follow_up.is_not(None),
            Contact.follow_up_on.is_not(None),
        ),
    ),
    (
        DisciplinaryRemoval,
        or_(
            DisciplinaryRemoval.written_concern_on.is_not(None),
            DisciplinaryRemoval.staff_concern_on.is_not(None),
        ),
    ),
    (ChildFindFlag, ChildFindFlag.status != "cleared"),
    (DeadlineRow, DeadlineRow.case_id.is_(None)),
    (RecordsRequest, RecordsRequest.case_id.is_(None)),
    (PartCTransition, PartCTransition.case_id.is_(None)),
    (TransferredIep, TransferredIep.case_id.is_(None)),
)
"""What may make a child somebody to look at, or to whom something is owed outside any case."""


def watched(uow: UnitOfWork, student_ids: Collection[UUID] | None = None) -> list[UUID]:
    """Those of these students, by default of all, of whom there may be anything to say."""
    if student_ids is None:
        return [found.id for found in uow.rows(_ALL)]
    return [found.id for found in uow.rows(_AMONG, ids=list(student_ids))]


_ALL = in_district(
    select(Student.id)
    .where(
        or_(
            *(
                select(row.id)
                .where(row.district_id == Student.district_id, row.student_id == Student.id, shows)
                .exists()
                for row, shows in _SHOWS
            )
        )
    )
    .order_by(Student.id)
)
_AMONG = _ALL.where(Student.id.in_(bindparam("ids", expanding=True)))


def follow(uow: UnitOfWork, policies: Policies, student_ids: Sequence[UUID]) -> int:
    """Bring the flags of some students to what is on record of them; how many were changed."""
    policy = policies.policy_for(uow.district.jurisdiction, uow.district.settings)
    row = ChildFindFlag
    standing = uow.all(
        select(row)
        .where(row.student_id.in_(student_ids), row.status != "cleared")
        .execution_options(populate_existing=True)
    )
    flags = {(flag.student_id, flag.kind): flag for flag in standing}
    changed = 0
    for id, child in child_facts(uow, student_ids).items():
        for concern in concerns(child, policy):
            flag = flags.pop((id, concern.kind), None)
            if flag is None:
                _raise(uow, id, child, concern)
                changed += 1
            else:
                changed += _renew(uow, flag, child, concern)
    for flag in flags.values():
        flag.status, flag.cleared_on = "cleared", uow.today
        uow.record("child_find_flag.cleared", flag)
    return changed + len(flags)


def _raise(uow: UnitOfWork, student_id: UUID, child: facts.Child, concern: Concern) -> None:
    flag = uow.add(
        ChildFindFlag(
            student_id=student_id,
            kind=concern.kind,
            status="open",
            raised_on=uow.today,
            owner_staff_id=_owner(uow, child),
            **_shown(child, concern),
        )
    )
    uow.record("child_find_flag.raised", flag)


def _renew(uow: UnitOfWork, flag: ChildFindFlag, child: facts.Child, concern: Concern) -> bool:
    """Show what is on record now; something new brings back what was dismissed."""
    shown = _shown(child, concern)
    known = {_record(one) for one in flag.evidence}
    if flag.owner_staff_id is None or _champion(child) is not None:
        shown["owner_staff_id"] = _owner(uow, child)
    returns = flag.status == "dismissed" and any(
        _record(one) not in known for one in shown["evidence"]
    )
    if returns:
        shown["status"] = "open"
    if not assign(flag, shown):
        return False
    uow.record("child_find_flag.returned" if returns else "child_find_flag.changed", flag)
    return True


def _shown(child: facts.Child, concern: Concern) -> dict[str, Any]:
    school_id = child.student.school_id
    return {
        "because": concern.because,
        "evidence": [dict(one) for one in concern.evidence],
        "school_id": None if school_id is None else UUID(school_id),
    }


def _record(evidence: Mapping[str, Any]) -> tuple[Any, Any]:
    return evidence.get("type"), evidence.get("id")


def _champion(child: facts.Child) -> UUID | None:
    """Who looks after the child's open case."""
    champions = [
        case.champion_staff_id
        for case in child.cases
        if case.closed_on is None and case.champion_staff_id is not None
    ]
    return UUID(champions[0]) if champions else None


def _owner(uow: UnitOfWork, child: facts.Child) -> UUID | None:
    """The champion, else who answers for the child's school or the district, if anybody does."""
    school_id = child.student.school_id
    return _champion(child) or who_answers(uow, None if school_id is None else UUID(school_id))
