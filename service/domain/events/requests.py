"""Receipts, and what of them is a request for an evaluation."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.occurrence import Occurrence, at, event, step_taken
from service.domain.facts import Case
from service.domain.policy import Policy
from service.domain.receipts import is_request, referred_or_asked, requests


@event
def referral_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for referral in case.referrals:
        yield from at(referral.received_on, referral_id=referral.id)


@event
def oral_referral_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for referral in case.referrals:
        if referral.form == "oral":
            yield from at(referral.received_on, referral_id=referral.id)


@event
def request_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for referral in requests(case, policy):
        yield from at(referral.received_on, referral_id=referral.id)


@event
def parent_request_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for referral in case.parent_requests:
        yield from at(referral.received_on, referral_id=referral.id)


@event
def other_request_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A request by somebody else whom the state lets ask."""
    for referral in requests(case, policy):
        if referral not in case.parent_requests:
            yield from at(referral.received_on, referral_id=referral.id)


@event
def evaluation_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    yield from request_received(case, policy)
    yield from step_taken(case, "request-evaluation")


@event
def initial_referral_or_parent_request(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for day, referral in referred_or_asked(case, policy):
        subject = {"case_id": case.id} if referral is None else {"referral_id": referral.id}
        yield Occurrence(day, subject)


@event
def section_504_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    if "section_504" in case.frameworks:
        yield from evaluation_requested(case, policy)


@event
def referral_documented(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for referral in case.referrals:
        yield from at(referral.documented_on, referral_id=referral.id)


@event
def receipt_unmatched(case: Case, policy: Policy) -> Iterator[Occurrence]:
    if case.student is None:
        yield from referral_received(case, policy)


@event
def physician_referral_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A physician's referral that is no request here: information, which wants an answer."""
    for referral in case.referrals:
        if referral.requester == "physician" and not is_request(referral, case, policy):
            yield from at(referral.received_on, referral_id=referral.id)


@event
def referral_answered(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for contact in case.contacts:
        if contact.answers_referral_id is not None:
            yield from at(contact.occurred_on, referral_id=contact.answers_referral_id)


@event
def student_matched(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A matched receipt is no longer unmatched: its deadline goes, and the journal keeps it."""
    return iter(())
