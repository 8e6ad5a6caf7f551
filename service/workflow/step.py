"""The one path that every step goes: facts, decision, rows, journal.

`preview` decides and changes nothing; `take` decides the same way and, when allowed,
moves the record. A refusal raises `Refused` with the decision; what a refusal owes (a
child-find review) is done by `Refused.after` in a small transaction of its own, because
the one that was refused is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from service.domain import facts
from service.domain.clocks import Clock
from service.domain.decide import Decision, decide
from service.domain.lifecycles import Lifecycle, Step
from service.domain.policy import Policy
from service.domain.rules.timeframe import CLOCK_RULES
from service.domain.running import EVALUATION
from service.policies import Policies
from service.storage.base import DistrictRow, plain, touch
from service.storage.cases import Case, CaseStep, ChildFindReview, DeadlineRow
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
from service.storage.schools import StaffMember
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases, deadlines, overrides, plans
from service.workflow.checks import have_come, lead_somewhere, refuse
from service.workflow.districts import governed
from service.workflow.invalid import Problem, invalid
from service.workflow.notices import check_addressee, check_issuable

Record = (
    Case | Notice | EligibilityDetermination | Plan | IndependentEvaluationRequest | ChildFindFlag
)

AfterRefusal = Callable[[UnitOfWork, Policies], None]


class Refused(Exception):
    """A step was refused; `decision` says by which rules and what would remedy it."""

    def __init__(self, decision: Decision, after: AfterRefusal | None = None) -> None:
        super().__init__(f"{decision.step} refused")
        self.decision, self.after = decision, after


def preview(
    uow: UnitOfWork,
    policies: Policies,
    lifecycle: Lifecycle,
    record: Record,
    name: str,
    details: Mapping[str, Any] | None = None,
) -> Decision:
    """What would happen. Without details, what depends on them is shown as unknown.

    Raises KeyError for a step that the lifecycle does not have.
    """
    at = _Gathered(uow, policies, lifecycle, record, _case_of(uow, record))
    return at.decide(name, details)


def previews(
    uow: UnitOfWork, policies: Policies, lifecycle: Lifecycle, record: Record
) -> tuple[Decision, ...]:
    """Every step of a record's life, allowed or not; the facts are gathered once."""
    at = _Gathered(uow, policies, lifecycle, record, _case_of(uow, record))
    return tuple(at.decide(name, None) for name in lifecycle.names)


def take(
    uow: UnitOfWork,
    policies: Policies,
    lifecycle: Lifecycle,
    record: Record,
    name: str,
    details: Mapping[str, Any],
) -> Decision:
    """Take a step: decide, move the record, name it in the journal, refresh deadlines.

    Raises `Refused` when a rule blocks, KeyError for an unknown step, `Invalid` when the
    details are impossible.
    """
    case = _case_of(uow, record, lock=True)
    step = lifecycle[name]
    details = _checked(uow, case, record, step, details)
    lifted = overrides.understood(
        uow, _policy_of(uow, policies, case), step, details.get("overrides", ())
    )
    decision = _Gathered(uow, policies, lifecycle, record, case, lifted).decide(name, details)
    if not decision.allowed:
        raise Refused(decision, _after_refusal(record, case, step, decision))
    if isinstance(record, Notice):
        check_issuable(record)
    moved = _move(uow, record, step, details)
    taken = uow.add(
        CaseStep(
            case_id=None if case is None else case.id,
            record_type=record.__tablename__,
            record_id=record.id,
            step=name,
            from_status=decision.from_,
            to_status=step.leads_to(decision.from_),
            taken_on=uow.today,
            taken_at=uow.now,
            client_id=uow.caller.client_id,
            acting_staff_id=uow.caller.acting_staff_id,
            details=plain(details),
            decision=decision.as_json(),
        )
    )
    beside: list[DistrictRow] = [taken, *moved]
    if case is not None:
        beside += overrides.record(uow, case, taken, decision)
    if isinstance(record, Case):
        beside += cases.close_reviews(uow, record)
    elif case is not None:
        touch(case)  # the steps of its records are part of a case
        beside.append(case)
    uow.record(
        step.event,
        record,
        *beside,
        findings=[f.as_json() for f in decision.findings if f.answer in ("unmet", "unknown")],
        case_id=None if case is None else case.id,
        student_id=None if case is None else case.student_id,
    )
    rows = _refresh(uow, policies, record, case)
    return replace(decision, deadlines=tuple(deadlines.as_json(row) for row in rows))


# Deciding -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Gathered:
    """A record with the facts that every step of it is decided on, read once."""

    uow: UnitOfWork
    policies: Policies
    lifecycle: Lifecycle
    record: Record
    case: Case | None
    overrides: tuple[facts.Override, ...] = ()

    @cached_property
    def known(self) -> facts.Case:
        if self.case is not None:
            return case_facts(self.uow, self.case)
        ids = [self.record.student_id] if isinstance(self.record, ChildFindFlag) else []
        return next(iter(caseless_facts(self.uow, ids).values()))

    @cached_property
    def policy(self) -> Policy:
        return _policy_of(self.uow, self.policies, self.case)

    @cached_property
    def clock(self) -> Clock | None:
        """The clock of the initial evaluation, for the rules that look at it."""
        if self.case is None:
            return None
        owed = deadlines.computed(self.uow, self.policies, self.case, self.known)
        return next((one.clock for one in owed if one.term_id == EVALUATION), None)

    def decide(self, name: str, details: Mapping[str, Any] | None) -> Decision:
        """Decide one step; KeyError for one that the lifecycle does not have."""
        record, known = self.record, self.known
        policy = self.policy
        clock = self.clock if CLOCK_RULES.intersection(self.lifecycle[name].rules) else None
        situation = facts.Situation(
            case=known,
            today=self.uow.today,
            step=name,
            details=details,
            overrides=self.overrides,
            notice=notice_fact(record) if isinstance(record, Notice) else None,
            determination=determination_fact(record, known.documents, known.evaluations)
            if isinstance(record, EligibilityDetermination)
            else None,
            plan=next(p for p in known.plans if p.id == str(record.id))
            if isinstance(record, Plan)
            else None,
            independent_evaluation_request=independent_evaluation_request_fact(record)
            if isinstance(record, IndependentEvaluationRequest)
            else None,
        )
        if clock is not None:
            situation = replace(
                situation,
                clock_due_on=clock.due_on,
                clock_counted_on=clock.working.due_on if clock.working is not None else None,
                calendar=clock.given.calendar,
            )
        return replace(
            decide(self.lifecycle, name, record.status, situation, policy),
            policy={
                "jurisdiction": policy.jurisdiction,
                "title": policy.title,
                "basis": policy.basis,
                "version": policy.version,
            },
        )


def _case_of(uow: UnitOfWork, record: Record, *, lock: bool = False) -> Case | None:
    """The case of a record, None for what is of a child outside any."""
    if isinstance(record, ChildFindFlag):
        return None
    if isinstance(record, Plan) and lock:
        return plans.hold(uow, record.student_id)[record.case_id]
    if isinstance(record, Case):
        return record
    if isinstance(record, EligibilityDetermination) and lock:
        return _with_others(uow, uow.get(Case, record.case_id))
    return uow.get(Case, record.case_id, lock=lock)


def _with_others(uow: UnitOfWork, case: Case) -> Case:
    """A case, held with the student's others: what a group decides is a fact for all of them."""
    if case.student_id is None:
        return uow.get(Case, case.id, lock=True)
    return plans.hold(uow, case.student_id)[case.id]


def _policy_of(uow: UnitOfWork, policies: Policies, case: Case | None) -> Policy:
    """The law of the case; outside any, that of the district."""
    if case is not None:
        return deadlines.policy_of(uow, policies, case)
    return governed(uow, policies).policy


# Moving ---------------------------------------------------------------------------


def _checked(
    uow: UnitOfWork, case: Case | None, record: Record, step: Step, details: Mapping[str, Any]
) -> dict[str, Any]:
    """The details, when they can be; `Invalid` otherwise, and nothing is stored for them."""
    attempts = enumerate(details.get("attempts") or ())
    refuse(
        have_come(uow, details, "issued_on", "agreed_on", "answered_on"),
        *(have_come(uow, one, "attempted_on", at=f"/attempts/{place}") for place, one in attempts),
    )
    if isinstance(record, Plan):
        plans.check_details(uow, record, step, details)
    if isinstance(record, Notice) and case is not None:
        check_addressee(uow, case, record.guardian_id)
    if isinstance(record, ChildFindFlag):
        refuse(_no_day_ahead(uow, details))
    if isinstance(record, EligibilityDetermination):
        refuse(have_come(uow, {"decided_on": record.decided_on}, "decided_on"))
    if details.get("suspicion") is None:
        return dict(details)
    return {**details, "suspicion": _suspicion(uow, details["suspicion"])}


LOOK_AGAIN_WITHIN = timedelta(days=366)
"""A flag is put off for a school year at most."""


def _no_day_ahead(uow: UnitOfWork, details: Mapping[str, Any]) -> list[Problem]:
    day, latest = details.get("look_again_on"), uow.today + LOOK_AGAIN_WITHIN
    if day is None or uow.today < day <= latest:
        return []
    return [
        Problem(
            "/look_again_on",
            "not_ahead",
            f"Look again on a day after today, {uow.today}, and by {latest}.",
        )
    ]


def _suspicion(uow: UnitOfWork, said: Mapping[str, Any]) -> dict[str, Any]:
    """A staff member's own sentence that a disability is suspected: it has to be somebody's.

    Who acts is meant when nobody is named. It needs nobody's approval.
    """
    staff_id = said.get("staff_id") or uow.caller.acting_staff_id
    if staff_id is None:
        raise invalid(
            "/suspicion/staff_id", "required", "Name the staff member whose own sentence it is."
        )
    refuse(lead_somewhere(uow, {"staff_id": staff_id}, {"staff_id": StaffMember}, at="/suspicion"))
    return {"staff_id": str(staff_id), "statement": said["statement"]}


def _refresh(
    uow: UnitOfWork, policies: Policies, record: Record, case: Case | None
) -> Sequence[DeadlineRow]:
    """Bring up to date what the step may have moved: of its case, or of a child outside any."""
    if isinstance(record, ChildFindFlag):
        return deadlines.watch(uow, policies, record.student_id)
    if case is None:
        return []
    rows = deadlines.refresh(uow, policies, case)
    if isinstance(record, Plan):
        plans.refresh(uow, policies, record, but=case)
    elif isinstance(record, (EligibilityDetermination, Notice)):
        cases.refresh_others(uow, policies, case)
    return rows


def _move(
    uow: UnitOfWork, record: Record, step: Step, details: Mapping[str, Any]
) -> list[DistrictRow]:
    """Bring the record to where the step leads; other rows that moved with it."""
    record.status = step.leads_to(record.status)
    touch(record)  # also when the status stays
    if isinstance(record, Case):
        if step.closes:
            record.closed_on = uow.today
    elif isinstance(record, Notice):
        record.issued_on = details.get("issued_on") or uow.today
        record.delivery = details.get("delivery") or record.delivery
    elif isinstance(record, Plan):
        return plans.moved(uow, record, step, details)
    elif isinstance(record, IndependentEvaluationRequest):
        record.answered_on = details.get("answered_on") or uow.today
    elif isinstance(record, ChildFindFlag):
        record.dismissed_on = uow.today
        record.dismissed_because = details["reason"]
        record.look_again_on = details["look_again_on"]
    else:
        record.decided_on = record.decided_on or uow.today
        if record.supersedes_id is not None:
            earlier = uow.get(EligibilityDetermination, record.supersedes_id)
            earlier.status = "superseded"
            return [earlier]
    return []


def _after_refusal(
    record: Record, case: Case | None, step: Step, decision: Decision
) -> AfterRefusal:
    """What a refusal leaves behind: a journal entry and, for some steps, one open review."""
    findings = [finding.as_json() for finding in decision.blocking]
    event = f"{step.event.split('.')[0]}.step_refused"
    if case is None:
        model, id = type(record), record.id
        return lambda uow, _: uow.record(event, uow.get(model, id), findings=findings)
    case_id = case.id

    def after(uow: UnitOfWork, policies: Policies) -> None:
        case = uow.get(Case, case_id, lock=True)
        beside: list[ChildFindReview] = []
        if step.opens_review and case.closed_on is None and not cases.open_review(uow, case):
            beside.append(
                uow.add(
                    ChildFindReview(
                        case_id=case.id,
                        step=step.name,
                        opened_on=uow.today,
                        owner_staff_id=cases.owner_of(uow, case),
                        because="; ".join(f.because for f in decision.blocking),
                    )
                )
            )
        uow.record(
            event,
            case,
            *beside,
            findings=findings,
        )
        if beside:
            deadlines.refresh(uow, policies, case)

    return after
