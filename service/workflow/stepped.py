"""What takes steps: a record of one of six kinds, and what is particular about each of them.

Every step goes one path (`step.py`). A kind says here what it adds to the facts, what it checks,
what moves with it and what is brought up to date; `stepped` which case it is part of.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Generic, TypeVar

from service.domain import facts
from service.domain.lifecycles import Step
from service.policies import Policies
from service.storage.base import DistrictRow
from service.storage.cases import Case, DeadlineRow
from service.storage.child_find_flags import ChildFindFlag
from service.storage.determinations import EligibilityDetermination
from service.storage.facts import case_facts, caseless_facts
from service.storage.notices import Notice
from service.storage.plans import Plan
from service.storage.rights import IndependentEvaluationRequest
from service.storage.row_facts import (
    determination_fact,
    independent_evaluation_request_fact,
    notice_fact,
)
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases, deadlines, notices, plans
from service.workflow.checks import have_come, refuse
from service.workflow.invalid import invalid

Record = (
    Case | Notice | EligibilityDetermination | Plan | IndependentEvaluationRequest | ChildFindFlag
)

Of = TypeVar("Of", bound=Record)

LOOK_AGAIN_WITHIN = timedelta(days=366)
"""A flag is put off for a school year at most."""


class Stepped(ABC, Generic[Of]):
    """A record with the case that it is part of; None for what is of a child outside any."""

    def __init__(self, uow: UnitOfWork, record: Of, case: Case | None) -> None:
        self.uow, self.record, self.case = uow, record, case

    @abstractmethod
    def known(self) -> facts.Case:
        """The facts that its steps are decided on."""

    def about(self, known: facts.Case) -> dict[str, Any]:
        """What of the situation is its own."""
        return {}

    def check(self, step: Step, details: Mapping[str, Any]) -> None:
        """Raise `Invalid` for details that cannot be."""

    def move(self, step: Step, details: Mapping[str, Any]) -> Sequence[DistrictRow]:
        """Set what a step sets beside the status; the other rows that moved with it.

        Raises `Invalid` when the record does not say what it has to by now.
        """
        return ()

    @abstractmethod
    def refresh(self, policies: Policies) -> Sequence[DeadlineRow]:
        """Bring up to date what a step may have moved; the deadlines that are owed then."""


def stepped(uow: UnitOfWork, record: Record, *, moves: bool) -> Stepped[Any]:
    """A record to look at or, when it `moves`, with its case kept from other writers.

    A case is held by whoever loads it to move it. A plan, and what a group decides, are facts
    for all cases of the student: they are held together.
    """
    match record:
        case ChildFindFlag():
            return _Flag(uow, record, None)
        case Case():
            return _Case(uow, record, record)
        case Plan() if moves:
            return _Plan(uow, record, plans.hold(uow, record.student_id)[record.case_id])
        case Plan():
            return _Plan(uow, record, uow.get(Case, record.case_id))
        case EligibilityDetermination():
            of = uow.get(Case, record.case_id)
            if moves:
                of = _with_others(uow, of)
            return _Determination(uow, record, of)
        case Notice():
            return _Notice(uow, record, uow.get(Case, record.case_id, lock=moves))
        case IndependentEvaluationRequest():
            of = uow.get(Case, record.case_id, lock=moves)
            return _IndependentEvaluationRequest(uow, record, of)


def _with_others(uow: UnitOfWork, case: Case) -> Case:
    if case.student_id is None:
        return uow.get(Case, case.id, lock=True)
    return plans.hold(uow, case.student_id)[case.id]


class _OfACase(Stepped[Of]):
    case: Case

    def known(self) -> facts.Case:
        return case_facts(self.uow, self.case)

    def refresh(self, policies: Policies) -> Sequence[DeadlineRow]:
        return deadlines.refresh(self.uow, policies, self.case)


class _Case(_OfACase[Case]):
    def check(self, step: Step, details: Mapping[str, Any]) -> None:
        refuse(have_come(self.uow, details, "last_enrolled_on", "records_sent_on"))

    def move(self, step: Step, details: Mapping[str, Any]) -> Sequence[DistrictRow]:
        if step.closes:
            left_on = details.get("last_enrolled_on")
            self.record.closed_on = max(left_on or self.uow.today, self.record.opened_on)
        return cases.close_reviews(self.uow, self.record)


class _Notice(_OfACase[Notice]):
    def about(self, known: facts.Case) -> dict[str, Any]:
        return {"notice": notice_fact(self.record)}

    def check(self, step: Step, details: Mapping[str, Any]) -> None:
        notices.check_addressee(self.uow, self.case, self.record.guardian_id)

    def move(self, step: Step, details: Mapping[str, Any]) -> Sequence[DistrictRow]:
        notices.check_issuable(self.record)
        self.record.issued_on = details.get("issued_on") or self.uow.today
        self.record.delivery = details.get("delivery") or self.record.delivery
        return ()

    def refresh(self, policies: Policies) -> Sequence[DeadlineRow]:
        rows = super().refresh(policies)
        cases.refresh_others(self.uow, policies, self.case)
        return rows


class _Determination(_OfACase[EligibilityDetermination]):
    def about(self, known: facts.Case) -> dict[str, Any]:
        fact = determination_fact(self.record, known.documents, known.evaluations)
        return {"determination": fact}

    def check(self, step: Step, details: Mapping[str, Any]) -> None:
        refuse(have_come(self.uow, {"decided_on": self.record.decided_on}, "decided_on"))

    def move(self, step: Step, details: Mapping[str, Any]) -> Sequence[DistrictRow]:
        self.record.decided_on = self.record.decided_on or self.uow.today
        if self.record.supersedes_id is None:
            return ()
        earlier = self.uow.get(EligibilityDetermination, self.record.supersedes_id)
        earlier.status = "superseded"
        return (earlier,)

    def refresh(self, policies: Policies) -> Sequence[DeadlineRow]:
        rows = super().refresh(policies)
        cases.refresh_others(self.uow, policies, self.case)
        return rows


class _Plan(_OfACase[Plan]):
    def about(self, known: facts.Case) -> dict[str, Any]:
        return {"plan": next(plan for plan in known.plans if plan.id == str(self.record.id))}

    def check(self, step: Step, details: Mapping[str, Any]) -> None:
        plans.check_details(self.uow, self.record, step, details)

    def move(self, step: Step, details: Mapping[str, Any]) -> Sequence[DistrictRow]:
        return plans.moved(self.uow, self.record, step, details)

    def refresh(self, policies: Policies) -> Sequence[DeadlineRow]:
        rows = super().refresh(policies)
        plans.refresh(self.uow, policies, self.record, but=self.case)
        return rows


class _IndependentEvaluationRequest(_OfACase[IndependentEvaluationRequest]):
    def about(self, known: facts.Case) -> dict[str, Any]:
        return {"independent_evaluation_request": independent_evaluation_request_fact(self.record)}

    def move(self, step: Step, details: Mapping[str, Any]) -> Sequence[DistrictRow]:
        self.record.answered_on = details.get("answered_on") or self.uow.today
        return ()


class _Flag(Stepped[ChildFindFlag]):
    def known(self) -> facts.Case:
        id = self.record.student_id
        return caseless_facts(self.uow, [id])[id]

    def check(self, step: Step, details: Mapping[str, Any]) -> None:
        day, latest = details.get("look_again_on"), self.uow.today + LOOK_AGAIN_WITHIN
        if day is not None and not self.uow.today < day <= latest:
            raise invalid(
                "/look_again_on",
                "not_ahead",
                f"Look again on a day after today, {self.uow.today}, and by {latest}.",
            )

    def move(self, step: Step, details: Mapping[str, Any]) -> Sequence[DistrictRow]:
        self.record.dismissed_on = self.uow.today
        self.record.dismissed_because = details["reason"]
        self.record.look_again_on = details["look_again_on"]
        return ()

    def refresh(self, policies: Policies) -> Sequence[DeadlineRow]:
        return deadlines.watch(self.uow, policies, self.record.student_id)
