"""Re-evaluations: from one evaluation of a student who is served to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from service.domain.citations import Citation
from service.domain.events.determinations import determined
from service.domain.events.occurrence import Occurrence, event
from service.domain.facts import UNDER_IDEA, Case
from service.domain.policy import Policy, Reevaluation


@dataclass(frozen=True, slots=True)
class _Look:
    """A day on which a student was looked at anew, or it was agreed that none was needed.

    `category`: of a finding of eligible. `begins`: whether the next look is counted from it.
    """

    on: date
    subjects: Mapping[str, str]
    begins: bool = True
    category: str | None = None


@event
def idea_evaluated(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A finding of eligible, or the agreement that no new evaluation was needed (300.303(b)(2)).

    As long as the student has a plan; a state's own interval for the category counts.
    """
    for look in _looks(case, policy):
        served, until = _served_until(case, look.on)
        if look.begins and served:
            interval, citations = _interval(policy, look.category, look.on)
            yield Occurrence(
                look.on,
                look.subjects,
                ended_on=until,
                ended_as="The plan ended",
                years=interval.every_years,
                citations=citations,
            )


@event
def idea_reevaluated(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A group decided anew, parent and district agreed to do without, or another case did."""
    for earlier, later in pairwise(_looks(case, policy)):
        yield Occurrence(later.on, earlier.subjects)


def _looks(case: Case, policy: Policy) -> list[_Look]:
    """The determinations of this case, the agreements, and plans that other cases made of its."""
    made = [
        _Look(d.decided_on, {"determination_id": d.id}, d.outcome == "eligible", d.category)
        for d in determined(case, "idea")
        if d.decided_on is not None
    ]
    agreed = [
        _Look(plan.reevaluation_waived_on, {"plan_id": plan.id}, True, category)
        for plan in case.own_plans
        if plan.kind in UNDER_IDEA and plan.reevaluation_waived_on is not None
        for category in [_category(made, plan.reevaluation_waived_on)]
        if _interval(policy, category, plan.reevaluation_waived_on)[0].waivable
    ]
    mine = {plan.id for plan in case.own_plans}
    elsewhere = [
        _Look(plan.meeting_held_on or plan.in_effect_on, {"plan_id": plan.id}, begins=False)
        for plan in case.plans
        if plan.amends_id in mine and plan.id not in mine and plan.in_effect_on is not None
    ]
    return sorted((*made, *agreed, *elsewhere), key=lambda look: look.on)


def _category(made: list[_Look], day: date) -> str | None:
    """The category in which the student was found eligible last by a day."""
    known = [look for look in made if look.begins and look.on <= day]
    return max(known, key=lambda look: look.on).category if known else None


def _interval(
    policy: Policy, code: str | None, day: date
) -> tuple[Reevaluation, tuple[Citation, ...]]:
    """How often a student of this category is evaluated, and the law when it is the category's."""
    category = policy.category(code, day) if code is not None else None
    if category is None or category.reevaluation is None:
        return policy.reevaluation, ()
    return category.reevaluation, category.citations


def _served_until(case: Case, since: date) -> tuple[bool, date | None]:
    """Whether the student has a plan after a day, and when the last of them ended."""
    ends = [
        latest.ended_on if latest.status == "ended" else None
        for plan in case.own_plans
        if plan.kind in UNDER_IDEA and plan.in_effect_on is not None
        for latest in [case.latest(plan)]
    ]
    later = [day for day in ends if day is None or day > since]
    known = [day for day in later if day is not None]
    return bool(later), max(known) if later and len(known) == len(later) else None
