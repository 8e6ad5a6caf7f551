"""Children who come from elsewhere: from Part C, or with an IEP of another agency."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import Case, PartCTransition, TransferredIep
from service.domain.policy import Policy

TRANSITION_RULE = "PARTC-NOTIFY-90"


def _third_birthday(case: Case) -> date | None:
    return None if case.student is None else case.student.birthday(3)


def _known_since(case: Case, transition: PartCTransition) -> date | None:
    """From when the district has to do with it: its notice, the finding, or the case."""
    days = (transition.notified_on, transition.found_eligible_on, case.opened_on)
    return min((day for day in days if day is not None), default=None)


@event
def child_leaves_part_c(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A child of Part C turns three: an IEP is in effect by then (300.101(b), 300.124(b))."""
    third = _third_birthday(case)
    for one in case.part_c_transitions:
        since = _known_since(case, one)
        if since is not None and third is not None:
            subject = {"part_c_transition_id": one.id}
            yield Occurrence(min(since, third), subject, due_on=third)


@event
def part_c_notice_due(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The lead agency notifies the district so many days before the third birthday.

    Found eligible for Part C later than that, as soon as possible; so late that the child is
    referred instead, there is no notice (303.209(b)).
    """
    third, setting = _third_birthday(case), policy.setting(TRANSITION_RULE)
    days, referred = setting.get("days_before"), setting.get("referred_instead_days_before")
    for one in case.part_c_transitions:
        since = _known_since(case, one)
        if since is None or third is None or days is None:
            continue
        by, found = third - timedelta(days=days), one.found_eligible_on or date.min
        if found > by and referred is not None and found > third - timedelta(days=referred):
            continue
        due_on = None if found > by else by
        yield Occurrence(min(since, by), {"part_c_transition_id": one.id}, due_on=due_on)


@event
def part_c_notice_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for one in case.part_c_transitions:
        yield from at(one.notified_on, until=FOREVER, part_c_transition_id=one.id)


@event
def part_c_conference_held(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for one in case.part_c_transitions:
        yield from at(one.conference_on, until=FOREVER, part_c_transition_id=one.id)


def _came(case: Case, *, within_state: bool) -> Iterator[TransferredIep]:
    return (one for one in case.transferred_ieps if one.within_state is within_state)


@event
def iep_came_from_within_the_state(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A child with an IEP enrolled in the same school year (300.323(e))."""
    for one in _came(case, within_state=True):
        yield from at(one.enrolled_on, transferred_iep_id=one.id)


@event
def iep_came_from_another_state(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The same from another state, whose criteria are not this one's (300.323(f))."""
    for one in _came(case, within_state=False):
        yield from at(one.enrolled_on, transferred_iep_id=one.id)


@event
def comparable_services_provided(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for one in case.transferred_ieps:
        yield from at(one.comparable_services_on, until=FOREVER, transferred_iep_id=one.id)


@event
def transferred_iep_adopted(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for one in case.transferred_ieps:
        yield from at(one.adopted_on, until=FOREVER, transferred_iep_id=one.id)
