"""Who speaks for the child: when a surrogate parent is needed, and when there is one."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import Case
from service.domain.policy import Policy


@event
def surrogate_needed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The agency determined that the child needs a surrogate parent (300.519(b)(1))."""
    if case.student is not None:
        yield from at(case.student.surrogate_needed_on)


@event
def surrogate_appointed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """One whose rights have not ended; also one who was there already."""
    for guardian in case.guardians:
        if guardian.relationship == "surrogate_parent" and guardian.holds_rights:
            yield from at(guardian.appointed_on, until=FOREVER)
