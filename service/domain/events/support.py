"""What became of the help that a child was given."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.closing import closed_on
from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import Case
from service.domain.policy import Policy


@event
def without_adequate_progress(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The first intervention ended without adequate progress, before or while the case is open.

    What ended before the case was opened counts from its first day; what ended after it was closed
    is no longer its own.
    """
    if case.path != "initial" or case.opened_on is None:
        return
    ended = [
        (intervention.ended_on, intervention.id)
        for intervention in case.interventions
        if intervention.outcome == "inadequate_progress"
        and intervention.ended_on is not None
        and intervention.ended_on <= (closed_on(case) or FOREVER)
    ]
    for ended_on, id in sorted(ended)[:1]:
        yield from at(max(ended_on, case.opened_on), intervention_id=id)


@event
def support_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for intervention in case.interventions:
        yield from at(intervention.started_on, until=intervention.ended_on or FOREVER)
