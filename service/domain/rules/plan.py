"""What rules about plans have in common: the plan, the day it takes effect, why it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from service.domain.facts import Case, Determination, Plan, Situation
from service.domain.policy import Policy
from service.domain.rules.catalogue import Answer, Predicate, depends, of, unknown
from service.domain.rules.words import day_of, iso

OfPlan = Callable[[Plan, Situation, Policy], Answer]


def of_plan(predicate: OfPlan) -> Predicate:
    """A predicate that looks at the plan that moves."""

    @wraps(predicate)
    def ask(s: Situation, policy: Policy) -> Answer:
        if s.plan is None:
            return unknown("It is not said which plan this is about.")
        return predicate(s.plan, s, policy)

    return ask


def of_ending(predicate: OfPlan) -> Predicate:
    """A predicate that looks at why a plan ends, which is said with the step."""

    @wraps(predicate)
    def ask(plan: Plan, s: Situation, policy: Policy) -> Answer:
        if s.details is None:
            return depends(
                "It depends on the reason, which is given with the step.",
                "Send `reason_code` with the step: why the plan ends.",
            )
        return predicate(plan, s, policy)

    return of_plan(ask)


def reason_of(s: Situation) -> str | None:
    """Why the plan ends, as said with the step."""
    reason = (s.details or {}).get("reason_code")
    return reason if isinstance(reason, str) else None


def said_on(s: Situation, name: str) -> date:
    """A day said with the step, `in_effect_on` or `ended_on`; today when none is."""
    return day_of((s.details or {}).get(name)) or s.today


def about_plan(plan: Plan, **facts: Any) -> dict[str, Any]:
    """A plan as evidence, with the facts that mattered."""
    return of("plan", plan.id, kind=plan.kind, version=plan.version, **facts)


def found(
    case: Case, framework: str, outcome: str, *, final: bool = False, elsewhere: bool = False
) -> tuple[Determination, ...]:
    """Determinations of this outcome that became final, the earliest first.

    `final`: only those that no later one took the place of. `elsewhere`: also those of the
    student's other cases.
    """
    statuses = ("final",) if final else ("final", "superseded")
    made = (
        d
        for d in (*case.determinations, *(case.determinations_elsewhere if elsewhere else ()))
        if (d.framework, d.outcome) == (framework, outcome)
        and d.status in statuses
        and d.decided_on is not None
    )
    return tuple(sorted(made, key=lambda d: d.decided_on or date.min))


def determinations_shown(determinations: tuple[Determination, ...]) -> tuple[dict[str, Any], ...]:
    """Determinations as evidence."""
    return tuple(
        of("eligibility_determination", d.id, outcome=d.outcome, decided_on=iso(d.decided_on))
        for d in determinations
    )
