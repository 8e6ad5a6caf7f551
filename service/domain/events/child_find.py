"""Child-find flags of a child outside any case: raised, dismissed for a time, looked at again."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.occurrence import Occurrence, at, event
from service.domain.facts import Case
from service.domain.policy import Policy


@event
def child_find_flag_raised(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for flag in case.flags:
        yield from at(flag.raised_on, child_find_flag_id=flag.id)


@event
def child_find_flag_settled(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """Dismissed with a reason, unless something new brought it back; or cleared."""
    for flag in case.flags:
        if flag.status != "open":
            yield from at(flag.dismissed_on, child_find_flag_id=flag.id)
        yield from at(flag.cleared_on, child_find_flag_id=flag.id)


@event
def child_find_flag_dismissed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """To be looked at again on the day that was named."""
    for flag in case.flags:
        if flag.dismissed_on is not None and flag.status != "open":
            yield Occurrence(
                flag.dismissed_on,
                {"child_find_flag_id": flag.id},
                due_on=flag.look_again_on,
            )


@event
def child_find_flag_cleared(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for flag in case.flags:
        yield from at(flag.cleared_on, child_find_flag_id=flag.id)
