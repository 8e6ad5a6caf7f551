"""Plans: developed at a meeting, offered to the parent, in effect."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.determinations import determined
from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import Case, Plan
from service.domain.policy import Policy
from service.domain.rules.notice import ELIGIBILITY, PRIOR, given


def _ieps(case: Case) -> Iterator[Plan]:
    """Each version of an IEP, or of the services plan in its place."""
    for plan in case.plans:
        if plan.kind in ("iep", "services_plan"):
            yield plan


@event
def found_eligible(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A final determination that the child needs special education (300.323(c)(1))."""
    for determination in determined(case, "idea"):
        if determination.outcome == "eligible":
            yield from at(determination.decided_on, determination_id=determination.id)


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
    for plan in _ieps(case):
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
