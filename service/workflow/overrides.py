"""Overrides: who lifted which rule, why, and by which authority.

Only a rule whose card names who may is lifted, and only where it stands in the way of the step;
what is said beside that is kept with the step and lifts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from service.domain import facts
from service.domain.decide import Decision
from service.domain.lifecycles import Step
from service.domain.policy import Policy
from service.domain.rules.referral import INTERVENTION_RULE
from service.storage.cases import Case, CaseStep
from service.storage.overrides import Override
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork
from service.workflow.checks import refuse
from service.workflow.invalid import Problem

Said = Sequence[Mapping[str, Any]]


def understood(
    uow: UnitOfWork, policy: Policy, step: Step, said: Said
) -> tuple[facts.Override, ...]:
    """What is said with a step, as the rules look at it.

    Raises `Invalid` for a rule that the step does not run, one that nobody may lift, and one
    named twice.
    """
    refuse(_wrong(policy, step, said))
    by = uow.caller.acting_staff_id
    return tuple(
        facts.Override(
            rule_id=one["rule_id"],
            reason=one["reason"],
            authority=one["authority"],
            staff_id=None if by is None else str(by),
        )
        for one in said
    )


def _wrong(policy: Policy, step: Step, said: Said) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, one in enumerate(said):
        id, at = one["rule_id"], f"/overrides/{place}/rule_id"
        if id in seen:
            yield Problem(at, "duplicate", f"{id} is named twice.")
        elif id not in step.rules:
            yield Problem(at, "not_asked", f"`{step.name}` does not run {id}.")
        elif id == INTERVENTION_RULE:
            yield Problem(
                at,
                "not_overridable",
                f"{id} is lifted by a staff member's own sentence: send `suspicion`.",
            )
        elif policy.rule(id).override is None:
            yield Problem(at, "not_overridable", f"Nobody may override {id}.")
        seen.add(id)


def record(uow: UnitOfWork, case: Case, taken: CaseStep, decision: Decision) -> list[Override]:
    """Keep every rule that was lifted so that the step could be taken; the rows made."""
    lifted = [
        (finding.rule_id, finding.override)
        for finding in decision.findings
        if finding.mode == "require" and finding.override and "kind" in finding.override
    ]
    if not lifted:
        return []
    student = uow.get(Student, case.student_id) if case.student_id else None
    return [
        uow.add(
            Override(
                case_id=case.id,
                student_id=case.student_id,
                school_id=student.school_id if student else None,
                step_id=taken.id,
                step=taken.step,
                kind=how["kind"],
                rule_id=rule_id,
                reason=how.get("reason") or how["statement"],
                authority=how.get("authority"),
                staff_id=UUID(str(how["staff_id"])) if how["staff_id"] else None,
                client_id=taken.client_id,
                recorded_on=uow.today,
            )
        )
        for rule_id, how in lifted
    ]
