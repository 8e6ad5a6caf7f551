"""Re-evaluations: from one evaluation of a student who is served to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from service.domain.citations import Citation
from service.domain.events.determinations import determined
from service.domain.events.occurrence import Occurrence, event
from service.domain.facts import UNDER_IDEA, Case, Determination
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
                link=look.on,
            )


@event
def idea_reevaluated(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A group decided anew, here or in another case, or parent and district agreed to do without.

    What is decided after services ended is another first evaluation.
    """
    for earlier, later in pairwise(_looks(case, policy)):
        _, until = _served_until(case, earlier.on)
        if until is None or later.on <= until:
            yield Occurrence(later.on, earlier.subjects, link=earlier.on)


def _looks(case: Case, policy: Policy) -> list[_Look]:
    """Every determination and agreement about the student; this case's own begin what is next."""
    made = [
        _Look(d.decided_on, {"determination_id": d.id}, d.outcome == "eligible", _category_of(d))
        for d in determined(case, "idea")
        if d.decided_on is not None
    ]
    elsewhere = [
        _Look(d.decided_on, {"determination_id": d.id}, begins=False, category=_category_of(d))
        for d in case.determinations_elsewhere
        if d.decided_on is not None
    ]
    own = {plan.id for plan in case.own_plans}
    agreed = [
        _Look(plan.reevaluation_waived_on, {"plan_id": plan.id}, plan.id in own, category)
        for plan in case.plans
        if plan.kind in UNDER_IDEA and plan.reevaluation_waived_on is not None
        for category in [_category([*made, *elsewhere], plan.reevaluation_waived_on)]
        if _interval(policy, category, plan.reevaluation_waived_on)[0].waivable
    ]
    return sorted((*made, *elsewhere, *agreed), key=lambda look: look.on)


def _category_of(d: Determination) -> str | None:
    return d.category if d.outcome == "eligible" else None


def _category(looks: list[_Look], day: date) -> str | None:
    """The category in which the student was found eligible last by a day."""
    known = [look for look in looks if look.category is not None and look.on <= day]
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
    """Whether the student has a plan after a day, and when the last of them ended.

    Of this case, and for a re-evaluation also what was in effect by then.
    """
    own = {plan.id for plan in case.own_plans}
    again = case.path == "reevaluation"
    ends = [
        latest.ended_on if latest.status == "ended" else None
        for plan in case.plans
        if plan.kind in UNDER_IDEA
        and plan.in_effect_on is not None
        and (plan.id in own or (again and plan.in_effect_on <= since))
        for latest in [case.latest(plan)]
    ]
    later = [day for day in ends if day is None or day > since]
    known = [day for day in later if day is not None]
    return bool(later), max(known) if later and len(known) == len(later) else None
