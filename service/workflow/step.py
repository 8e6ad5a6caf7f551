"""The one path that every step goes: facts, decision, rows, journal.

`preview` decides and changes nothing; `take` decides the same way and, when allowed,
moves the record. A refusal raises `Refused` with the decision; what a refusal owes (a
child-find review) is done by `Refused.after` in a small transaction of its own, because
the one that was refused is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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
from service.storage.cases import Case, CaseStep, ChildFindReview
from service.storage.schools import StaffMember
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases, deadlines, overrides
from service.workflow.checks import have_come, lead_somewhere, refuse
from service.workflow.districts import governed
from service.workflow.invalid import invalid
from service.workflow.stepped import Record, Stepped, stepped

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
    at = _Gathered(policies, lifecycle, stepped(uow, record, moves=False))
    return at.decide(name, details)


def previews(
    uow: UnitOfWork, policies: Policies, lifecycle: Lifecycle, record: Record
) -> tuple[Decision, ...]:
    """Every step of a record's life, allowed or not; the facts are gathered once."""
    at = _Gathered(policies, lifecycle, stepped(uow, record, moves=False))
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
    moving = stepped(uow, record, moves=True)
    case, step = moving.case, lifecycle[name]
    details = _checked(moving, step, details)
    lifted = overrides.understood(
        uow, _policy_of(uow, policies, case), step, details.get("overrides", ())
    )
    decision = _Gathered(policies, lifecycle, moving, lifted).decide(name, details)
    if not decision.allowed:
        raise Refused(decision, _after_refusal(record, case, step, decision))
    record.status = step.leads_to(record.status)
    touch(record)  # also when the status stays
    moved = moving.move(step, details)
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
    if case is not None and case is not record:
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
    rows = moving.refresh(policies)
    return replace(decision, deadlines=tuple(deadlines.as_json(row) for row in rows))


# Deciding -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Gathered:
    """A record with the facts that every step of it is decided on, read once."""

    policies: Policies
    lifecycle: Lifecycle
    of: Stepped[Any]
    overrides: tuple[facts.Override, ...] = ()

    @cached_property
    def known(self) -> facts.Case:
        return self.of.known()

    @cached_property
    def policy(self) -> Policy:
        return _policy_of(self.of.uow, self.policies, self.of.case)

    @cached_property
    def clock(self) -> Clock | None:
        """The clock of the initial evaluation, for the rules that look at it."""
        if self.of.case is None:
            return None
        owed = deadlines.computed(self.of.uow, self.policies, self.of.case, self.known)
        return next((one.clock for one in owed if one.term_id == EVALUATION), None)

    def decide(self, name: str, details: Mapping[str, Any] | None) -> Decision:
        """Decide one step; KeyError for one that the lifecycle does not have."""
        policy = self.policy
        clock = self.clock if CLOCK_RULES.intersection(self.lifecycle[name].rules) else None
        situation = facts.Situation(
            case=self.known,
            today=self.of.uow.today,
            step=name,
            details=details,
            overrides=self.overrides,
            **self.of.about(self.known),
        )
        if clock is not None:
            situation = replace(
                situation,
                clock_due_on=clock.due_on,
                clock_counted_on=clock.working.due_on if clock.working is not None else None,
                calendar=clock.given.calendar,
            )
        return replace(
            decide(self.lifecycle, name, self.of.record.status, situation, policy),
            policy={
                "jurisdiction": policy.jurisdiction,
                "title": policy.title,
                "basis": policy.basis,
                "version": policy.version,
            },
        )


def _policy_of(uow: UnitOfWork, policies: Policies, case: Case | None) -> Policy:
    """The law of the case; outside any, that of the district."""
    if case is not None:
        return deadlines.policy_of(uow, policies, case)
    return governed(uow, policies).policy


# Taking ---------------------------------------------------------------------------


def _checked(of: Stepped[Any], step: Step, details: Mapping[str, Any]) -> dict[str, Any]:
    """The details, when they can be; `Invalid` otherwise, and nothing is stored for them."""
    attempts = enumerate(details.get("attempts") or ())
    refuse(
        have_come(of.uow, details, "issued_on", "agreed_on", "answered_on"),
        *(
            have_come(of.uow, one, "attempted_on", at=f"/attempts/{place}")
            for place, one in attempts
        ),
    )
    of.check(step, details)
    if details.get("suspicion") is None:
        return dict(details)
    return {**details, "suspicion": _suspicion(of.uow, details["suspicion"])}


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
