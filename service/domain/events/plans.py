"""Plans: developed at a meeting, offered to the parent, in effect, reviewed, ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from service.domain.events.consents import services_declined
from service.domain.events.determinations import determined
from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import UNDER_IDEA, Case, Plan
from service.domain.policy import Policy
from service.domain.rules.consent import TO_SERVE
from service.domain.rules.exit import BY_DIPLOMA_OR_AGE
from service.domain.rules.iep import not_informed
from service.domain.rules.notice import ELIGIBILITY, PRIOR, given


def _ieps(case: Case) -> Iterator[Plan]:
    """Each version of an IEP of this case, or of the services plan in its place."""
    for plan in case.own_plans:
        if plan.kind in UNDER_IDEA:
            yield plan


# From a finding to services -------------------------------------------------------------


@event
def found_eligible(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A final determination that the child needs special education (300.323(c)(1)).

    What it begins ends when the parent refuses services (300.300(b)(4)), or with a later finding
    that the child is not eligible. A student who is evaluated again has an IEP already.
    """
    for determination in determined(case, "idea") if case.path == "initial" else ():
        decided_on = determination.decided_on
        if determination.outcome == "eligible" and decided_on is not None:
            ended_on, ended_as = _no_further(case, decided_on)
            subjects = {"determination_id": determination.id}
            yield Occurrence(decided_on, subjects, ended_on=ended_on, ended_as=ended_as)


def _no_further(case: Case, since: date) -> tuple[date | None, str]:
    """Since when nothing follows from a finding of eligible, and why."""
    ends = [
        (d.decided_on, "The student was found not eligible")
        for d in determined(case, "idea")
        if d.outcome == "not_eligible" and d.decided_on is not None and d.decided_on > since
    ]
    declined = services_declined(case, since)
    if declined is not None:
        ends.append(declined)
    return min(ends, default=(None, ""))


@event
def iep_meeting_held(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for plan in _ieps(case):
        yield from at(plan.meeting_held_on)


@event
def iep_offered(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The parent was given the proposed IEP: an offer of a free appropriate public education."""
    for plan in _ieps(case):
        yield from at(plan.offered_on, until=FOREVER)


@event
def services_started(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """An IEP of this case took effect; for what is owed outside any case, one of whatever case."""
    for plan in case.plans if case.caseless else case.own_plans:
        if plan.kind in UNDER_IDEA:
            yield from at(plan.in_effect_on, until=FOREVER)


@event
def found_not_eligible(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A final determination that the child is not eligible: nothing further is implemented."""
    for determination in determined(case, "idea"):
        if determination.outcome == "not_eligible":
            yield from at(determination.decided_on)


@event
def notice_of_ineligibility(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The parent had notice of a determination that the child is not eligible."""
    for determination in determined(case, "idea"):
        if determination.outcome == "not_eligible" and determination.decided_on is not None:
            for notice in given(case, PRIOR):
                if notice.concerning in ELIGIBILITY and notice.issued_on is not None:
                    yield from at(max(notice.issued_on, determination.decided_on))


# While it is in effect ------------------------------------------------------------------


def _lasts_until(case: Case, plan: Plan) -> date | None:
    """When the plan ended, whatever version it had come to; None while it goes on."""
    latest = case.latest(plan)
    return latest.ended_on if latest.status == "ended" else None


@event
def iep_in_effect(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A version of an IEP took effect; its own duties end with it."""
    for plan in case.own_plans:
        if plan.kind == "iep" and plan.in_effect_on is not None:
            yield Occurrence(
                plan.in_effect_on,
                {"plan_id": plan.id},
                ended_on=plan.ended_on,
                ended_as="This version of the plan ended",
            )


@event
def providers_informed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The last of those who carry out the plan was told of their duties (300.323(d))."""
    for plan in case.own_plans:
        days = [one.informed_on for one in plan.informed if one.informed_on is not None]
        if days and not not_informed(plan):
            yield from at(max(days), until=FOREVER, plan_id=plan.id)


@event
def iep_settled(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """An IEP that took effect was developed, or reviewed as a whole, at a meeting that day."""
    for plan in case.own_plans:
        if plan.kind == "iep" and plan.in_effect_on is not None and _is_whole(plan):
            yield Occurrence(
                plan.meeting_held_on or plan.in_effect_on,
                {"plan_id": plan.id},
                ended_on=_lasts_until(case, plan),
                ended_as="The plan ended",
            )


@event
def iep_reviewed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A meeting looked at the whole of an IEP, for a later version, whatever case it is of."""
    versions = {plan.id: plan for plan in case.plans if plan.kind == "iep"}
    for later in versions.values():
        earlier = versions.get(later.amends_id or "")
        while earlier is not None and not _is_whole(earlier):
            earlier = versions.get(earlier.amends_id or "")
        if earlier is not None and _is_whole(later):
            yield from at(later.meeting_held_on, plan_id=earlier.id)


def _is_whole(plan: Plan) -> bool:
    """Whether this version was made by looking at the whole plan, not by an amendment to it."""
    return plan.occasion != "amendment"


# Its end --------------------------------------------------------------------------------


@event
def services_consent_revoked(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The parent revoked consent to services under way."""
    for consent in case.consents_for(TO_SERVE):
        day = consent.revoked_on if consent.revoked and not consent.barred else None
        if day is not None and any(_under_way(case, plan, day) for plan in case.plans):
            yield from at(day, consent_id=consent.id)


def _under_way(case: Case, plan: Plan, day: date) -> bool:
    """Whether services under a plan had begun by a day and had not ended."""
    until = _lasts_until(case, plan)
    began = plan.kind in UNDER_IDEA and plan.in_effect_on is not None and plan.in_effect_on <= day
    return began and (until is None or day <= until)


@event
def services_ended(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for plan in case.plans:
        if plan.kind in UNDER_IDEA and plan.status == "ended":
            yield from at(plan.ended_on)


@event
def left_by_diploma_or_age(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for plan in _ieps(case):
        if plan.status == "ended" and plan.end_reason in BY_DIPLOMA_OR_AGE:
            yield from at(plan.ended_on, plan_id=plan.id)


@event
def summary_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The student has the summary of performance; it may have come before the diploma."""
    for plan in _ieps(case):
        yield from at(plan.summary_given_on, until=FOREVER, plan_id=plan.id)
