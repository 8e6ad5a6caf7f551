"""What became of the help that a child was given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from service.domain.appropriate_period import measured_weeks
from service.domain.events.closing import closed_on
from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import Case, Intervention
from service.domain.policy import Policy
from service.domain.progress import made_good, short_since


@event
def without_adequate_progress(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The first help without adequate progress, before or while the case is open (300.309(c)).

    Recorded so at its end, or short of its goal by what was measured after the appropriate period:
    from the point that showed it. Data that do not tell are never read as failing. What was known
    before the case was opened counts from its first day, unless help since in the same area made
    it good by then; what came after it was closed is no longer its own.
    """
    if case.path != "initial" or case.opened_on is None:
        return
    opened, closed = case.opened_on, closed_on(case) or FOREVER
    before = [one for one in case.interventions if one.last_on and one.last_on <= opened]
    known = [
        (day, one)
        for one in case.interventions
        if (day := _known_on(one, policy)) is not None and day <= closed
    ]
    for day, one in sorted(known, key=lambda found: (found[0], found[1].id)):
        if not made_good(one, day, before):
            yield from at(max(day, opened), intervention_id=one.id)
            return


def _known_on(one: Intervention, policy: Policy) -> date | None:
    """When it was known that progress was not adequate, as recorded or as measured."""
    recorded = one.ended_on if one.outcome == "inadequate_progress" else None
    measured = short_since(one, measured_weeks(policy))
    return min((day for day in (recorded, measured) if day is not None), default=None)


@event
def support_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for intervention in case.interventions:
        yield from at(intervention.started_on, until=intervention.ended_on or FOREVER)
