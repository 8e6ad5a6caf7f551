"""Section 504: from permission to a decision, from a finding to a plan, from plan to plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from service.domain.events.consents import consent_received
from service.domain.events.determinations import determined
from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import Case, Plan
from service.domain.policy import Policy

LAW = "section_504"


def _plans(case: Case) -> Iterator[Plan]:
    for plan in case.own_plans:
        if plan.kind == LAW:
            yield plan


@event
def section_504_consent_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The parent's permission to evaluate, where Section 504 is in question."""
    if LAW in case.frameworks:
        yield from consent_received(case, policy)


@event
def section_504_found_eligible(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for determination in determined(case, LAW):
        if determination.outcome == "eligible":
            yield from at(determination.decided_on, determination_id=determination.id)


@event
def section_504_plan_in_effect(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for plan in _plans(case):
        yield from at(plan.in_effect_on, until=FOREVER)


@event
def no_section_504_plan_needed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A group found that the student, though protected, needs no aids; or is not eligible."""
    for plan in _plans(case):
        if plan.status == "withdrawn" and plan.end_reason == "no_plan_needed":
            yield from at(plan.ended_on)
    for determination in determined(case, LAW):
        if determination.outcome == "not_eligible":
            yield from at(determination.decided_on)


@event
def section_504_served(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """Since when a student is served without having been looked at anew: a plan, a finding."""
    for plan in _originals(case):
        for look in _looks(case, plan):
            if look.outcome == "eligible":
                ended_on = _lasts_until(case, plan)
                yield Occurrence(
                    look.on,
                    look.subjects,
                    ended_on=ended_on,
                    ended_as="The plan ended",
                    link=look.on,
                )


@event
def section_504_reevaluated(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A group decided anew about a student who is served."""
    for plan in _originals(case):
        for earlier, later in pairwise(_looks(case, plan)):
            yield Occurrence(later.on, earlier.subjects, link=earlier.on)


@dataclass(frozen=True, slots=True)
class _Look:
    """A day on which it was settled that a student is served, or is not any more."""

    on: date
    subjects: Mapping[str, str]
    outcome: str | None = "eligible"


def _originals(case: Case) -> Iterator[Plan]:
    """The first version of each plan that took effect."""
    for plan in _plans(case):
        if plan.in_effect_on is not None and plan.amends_id is None:
            yield plan


def _lasts_until(case: Case, plan: Plan) -> date | None:
    latest = case.latest(plan)
    return latest.ended_on if latest.status == "ended" else None


def _looks(case: Case, plan: Plan) -> list[_Look]:
    """The day on which a plan took effect, and each decision since, while it lasts."""
    since, until = plan.in_effect_on or date.max, _lasts_until(case, plan) or date.max
    decided = [
        _Look(d.decided_on, {"determination_id": d.id}, d.outcome)
        for d in determined(case, LAW)
        if d.decided_on is not None and since < d.decided_on <= until
    ]
    return [_Look(since, {"plan_id": plan.id}), *sorted(decided, key=lambda look: look.on)]
