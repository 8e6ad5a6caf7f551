"""Notices that were given to the parent."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import Case
from service.domain.policy import Policy
from service.domain.rules.notice import (
    ELIGIBILITY,
    PRIOR,
    RIGHTS_504,
    SAFEGUARDS,
    about_evaluation,
    given,
)


@event
def notice_of_proposal(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A proposal stands: it also answers who asks again while it is out."""
    for notice in about_evaluation(case, "propose"):
        yield from at(notice.issued_on, until=FOREVER, notice_id=notice.id)


@event
def notice_of_refusal(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for notice in about_evaluation(case, "refuse"):
        yield from at(notice.issued_on, notice_id=notice.id)


@event
def notice_of_determination(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for notice in given(case, PRIOR):
        if notice.concerning in ELIGIBILITY:
            yield from at(notice.issued_on, notice_id=notice.id)


@event
def section_504_safeguards_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    yield from _of_kind(case, RIGHTS_504)
    if policy.setting("504-SAFEGUARDS").get("idea_safeguards_suffice") is True:
        yield from _of_kind(case, SAFEGUARDS)


@event
def safeguards_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    yield from _of_kind(case, SAFEGUARDS)


def _of_kind(case: Case, kind: str) -> Iterator[Occurrence]:
    for notice in given(case, kind):
        yield from at(notice.issued_on, notice_id=notice.id)
