"""What was promised to a parent, and the contact that kept the promise."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.occurrence import Occurrence, at, event
from service.domain.facts import Case
from service.domain.policy import Policy


@event
def follow_up_promised(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A contact that is to be followed up, by the day it names; owed by nobody's case."""
    for contact in case.contacts if case.caseless else ():
        if contact.follow_up_promised and contact.occurred_on is not None:
            subject = {"contact_id": contact.id}
            yield Occurrence(contact.occurred_on, subject, due_on=contact.follow_up_on)


@event
def followed_up(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for contact in case.contacts:
        if contact.follows_up_id is not None:
            yield from at(contact.occurred_on, contact_id=contact.follows_up_id)
