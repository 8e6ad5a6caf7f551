"""Discipline of a child who has, or may be known to have, a disability (300.530, 300.534)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from service.domain.facts import UNDER_IDEA, Case, Consent, Plan, Removal


@dataclass(frozen=True, slots=True)
class Ground:
    """What gives or takes away a basis of knowledge: in words, the record, the day."""

    says: str
    type: str
    id: str
    on: date


def asked_during(case: Case) -> Removal | None:
    """The removal in which an evaluation was asked for, if one was (300.534(d)(2)(i))."""
    asked = [r.received_on for r in case.parent_requests]
    asked += [s.taken_on for s in case.steps if s.step == "request-evaluation"]
    for removal in case.removals:
        if any(day is not None and _lasts(removal, day) for day in asked):
            return removal
    return None


def is_expedited(case: Case) -> bool:
    """Whether the evaluation goes ahead of others: asked for in a removal, with no knowledge."""
    removal = asked_during(case)
    return removal is not None and not knew(case, removal)


def knew(case: Case, removal: Removal) -> bool:
    """Whether the agency is deemed to have known of the disability before the behavior."""
    known = any(_before(ground, removal) for ground in knowledge(case, removal))
    return known and not any(_before(ground, removal) for ground in excuses(case, removal))


def is_protected(case: Case, removal: Removal) -> bool:
    """Whether a removal falls under 300.530 to 300.536, as far as this case tells.

    The child had an IEP that day, which this case produced; or, where there was none from any case,
    was found eligible in this one, or the agency is deemed to have known (300.534(a)).
    """
    plan = _served_by(case, removal)
    if plan is not None:
        return any(plan.id == own.id for own in case.own_plans)
    return _awaits_services(case, removal) is not None or knew(case, removal)


def disability(case: Case, removal: Removal) -> Ground | None:
    """What had settled before the behavior that the child has a disability, if anything had."""
    plan = _served_by(case, removal)
    if plan is not None and plan.in_effect_on is not None:
        what = "an IEP" if plan.kind == "iep" else "a services plan"
        return Ground(f"the child had {what}", "plan", plan.id, plan.in_effect_on)
    return _awaits_services(case, removal)


def _served_by(case: Case, removal: Removal) -> Plan | None:
    """The plan under IDEA that was in effect on the day of the behavior, whatever case it is of."""
    day = removal.behavior_on
    served = [
        plan
        for plan in case.plans
        if plan.kind in UNDER_IDEA
        and day is not None
        and plan.in_effect_on is not None
        and plan.in_effect_on <= day
        and (plan.ended_on is None or day < plan.ended_on)
    ]
    return served[-1] if served else None


def _awaits_services(case: Case, removal: Removal) -> Ground | None:
    """The finding of eligible before the behavior, of a child who waits for the first plan since.

    Nobody waits once the parent has refused or ended services, or a later finding says otherwise.
    """
    begun = [p.in_effect_on for p in case.plans if p.kind in UNDER_IDEA and p.in_effect_on]
    ended = [ground.on for ground in excuses(case, removal) if _before(ground, removal)]
    for d in case.determinations:
        if (d.framework, d.status, d.outcome) != ("idea", "final", "eligible"):
            continue
        if d.decided_on is not None and all(on < d.decided_on for on in (*begun, *ended)):
            found = "the child was found eligible"
            ground = Ground(found, "eligibility_determination", d.id, d.decided_on)
            if _before(ground, removal):
                return ground
    return None


def knowledge(case: Case, removal: Removal) -> Iterator[Ground]:
    """What may give knowledge (300.534(b)); only what came before the behavior does.

    A concern of the parent's has to be in writing. That a child had support in general education
    is none by itself (preamble to 300.534).
    """
    for request in case.parent_requests:
        if request.received_on is not None:
            says = "a parent asked for an evaluation"
            yield Ground(says, "referral", request.id, request.received_on)
    if removal.written_concern_on is not None:
        says = "a parent wrote that the child needs special education"
        yield Ground(says, "disciplinary_removal", removal.id, removal.written_concern_on)
    if removal.staff_concern_on is not None:
        says = "staff told a supervisor of a pattern of behavior"
        yield Ground(says, "disciplinary_removal", removal.id, removal.staff_concern_on)


def excuses(case: Case, removal: Removal) -> Iterator[Ground]:
    """What takes it away, when it came before the behavior (300.534(c)).

    A parent who consented after all, and before the behavior, has refused nothing.
    """
    for consent in case.consents:
        of_services = consent.purpose == "initial_services"
        refused_on = consent.received_on if consent.answer == "refused" else None
        if refused_on is not None and not _allowed_since(case, consent, refused_on, removal):
            what = "services" if of_services else "an evaluation"
            yield Ground(f"the parent refused {what}", "consent", consent.id, refused_on)
        ended_on = consent.revoked_on if of_services else None
        if ended_on is not None and not _allowed_since(case, consent, ended_on, removal):
            yield Ground("the parent ended services", "consent", consent.id, ended_on)
    for d in case.determinations:
        found_not = (d.framework, d.status, d.outcome) == ("idea", "final", "not_eligible")
        if found_not and d.decided_on is not None:
            says = "the child was evaluated and found not to have a disability"
            yield Ground(says, "eligibility_determination", d.id, d.decided_on)


def _allowed_since(case: Case, consent: Consent, day: date, removal: Removal) -> bool:
    """Whether the parent consented to the same after a day, and before the behavior."""
    later = (c.received_on for c in case.consents if c.purpose == consent.purpose and c.granted)
    behavior_on = removal.behavior_on or date.max
    return any(on is not None and day < on < behavior_on for on in later)


def before(grounds: Iterator[Ground], removal: Removal) -> tuple[Ground, ...]:
    """Those that came before the behavior."""
    return tuple(ground for ground in grounds if _before(ground, removal))


def _before(ground: Ground, removal: Removal) -> bool:
    return removal.behavior_on is not None and ground.on < removal.behavior_on


def _lasts(removal: Removal, day: date) -> bool:
    return (
        removal.began_on is not None
        and removal.began_on <= day
        and (removal.ended_on is None or day <= removal.ended_on)
    )
