"""Child-find reviews, and the help that is owed whatever is decided."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.closing import closed_on
from service.domain.events.determinations import determined
from service.domain.events.occurrence import Occurrence, at, event
from service.domain.facts import Case
from service.domain.policy import Policy


@event
def review_opened(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for review in case.reviews:
        yield from at(review.opened_on, review_id=review.id)


@event
def review_closed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for review in case.reviews:
        yield from at(review.closed_on, review_id=review.id)


@event
def help_due(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A concern stands, and it does not lead to a plan: help never depends on eligibility."""
    if not (case.referrals or case.suspicions):
        return
    if case.status in ("declined", "closed") and case.path == "initial":
        yield from at(closed_on(case), case_id=case.id)
    if not any(c.granted for c in case.consents_for("initial_evaluation")):
        for consent in case.consents_for("initial_evaluation"):
            if consent.answer == "refused":
                yield from at(consent.received_on, consent_id=consent.id)
    final = [d for d in determined(case, "idea", "section_504") if d.status == "final"]
    if not any(d.outcome == "eligible" for d in final):
        for determination in final:
            yield from at(determination.decided_on, determination_id=determination.id)
            return
