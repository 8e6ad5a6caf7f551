"""Determinations that became final, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import CONSIDERED, Case, Determination
from service.domain.policy import Policy


def determined(case: Case, *frameworks: str) -> Iterator[Determination]:
    """Determinations that became final, also those that a later one took the place of."""
    for determination in case.determinations:
        final = determination.status in ("final", "superseded")
        if final and determination.framework in frameworks:
            yield determination


@event
def eligibility_determined(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for determination in determined(case, "idea"):
        yield from at(determination.decided_on, determination_id=determination.id)


@event
def determination_given_to_parent(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The parent has the documentation of the determination (300.306(a)(2))."""
    for determination in determined(case, "idea"):
        yield from at(
            determination.copy_given_to_parent_on,
            until=FOREVER,
            determination_id=determination.id,
        )


@event
def section_504_determined(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for determination in determined(case, "section_504"):
        yield from at(determination.decided_on, until=FOREVER)


@event
def impairment_without_idea(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """Not eligible under IDEA although an impairment is documented."""
    documented = any(d.kind in CONSIDERED for d in case.documents) or any(
        d.impairment or d.disability_present for d in case.determinations
    )
    for determination in determined(case, "idea"):
        if documented and determination.outcome == "not_eligible":
            yield from at(determination.decided_on, determination_id=determination.id)


@event
def determination_finalized(case: Case, policy: Policy) -> Iterator[Occurrence]:
    yield from eligibility_determined(case, policy)
