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
    interpreted,
    unread,
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


@event
def notice_in_another_language(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A notice went out in a language that is not the parent's, and nobody says why."""
    for notice in (*given(case, PRIOR), *given(case, SAFEGUARDS)):
        if notice.language and unread(notice, case) and not notice.not_feasible_because:
            yield from at(notice.issued_on, notice_id=notice.id)


@event
def notice_interpreted(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """It was translated orally, or given again in the parent's language."""
    for notice in (*given(case, PRIOR), *given(case, SAFEGUARDS)):
        if interpreted(notice):
            yield from at(notice.translated_orally_on, until=FOREVER, notice_id=notice.id)
        for again in given(case, notice.kind, notice.issued_on):
            same = (again.decision, again.concerning) == (notice.decision, notice.concerning)
            if same and again.id != notice.id and not unread(again, case):
                yield from at(again.issued_on, notice_id=notice.id)


def _of_kind(case: Case, kind: str) -> Iterator[Occurrence]:
    for notice in given(case, kind):
        yield from at(notice.issued_on, notice_id=notice.id)
