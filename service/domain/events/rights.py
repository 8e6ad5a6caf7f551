"""Requests for records and for an independent evaluation; what is disputed; what is expedited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from service.domain.calendars import school_year
from service.domain.discipline import asked_during, is_expedited, is_protected
from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import Case, RecordsRequest
from service.domain.policy import Policy


@event
def records_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for request in _asking_for(case, "records"):
        yield from at(request.requested_on, records_request_id=request.id)


@event
def records_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for request in _asking_for(case, "records"):
        yield from at(request.given_on, records_request_id=request.id)


def _asking_for(case: Case, what: str) -> Iterator[RecordsRequest]:
    return (request for request in case.records_requests if request.asks_for == what)


@event
def safeguards_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A parent asked for the procedural safeguards notice itself (300.504(a)(4))."""
    for request in _asking_for(case, "procedural_safeguards"):
        yield from at(request.requested_on, records_request_id=request.id)


@event
def requested_safeguards_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for request in _asking_for(case, "procedural_safeguards"):
        yield from at(request.given_on, records_request_id=request.id)


@event
def independent_evaluation_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for request in case.independent_evaluation_requests:
        yield from at(request.requested_on, independent_evaluation_request_id=request.id)


@event
def independent_evaluation_answered(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for request in case.independent_evaluation_requests:
        yield from at(request.answered_on, independent_evaluation_request_id=request.id)


@event
def safeguards_owed_again(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The parent's first complaint of a kind in a school year (300.504(a)(2))."""
    seen: set[tuple[str, int]] = set()
    complaints = (d for d in case.disputes if d.kind != "mediation" and d.filed_by == "parent")
    for dispute in sorted(complaints, key=lambda one: one.filed_on or date.max):
        if dispute.filed_on is None:
            continue
        of_year = (dispute.kind, school_year(dispute.filed_on))
        if of_year not in seen:
            seen.add(of_year)
            yield from at(dispute.filed_on, dispute_id=dispute.id)


@event
def removal_safeguards_owed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The safeguards are given on the day of the decision to change the placement (300.530(h)).

    A notice is given in a case: while there is none, none can meet it.
    """
    for decided in placement_change_decided(case, policy) if not case.caseless else ():
        yield replace(decided, due_on=decided.on)


@event
def placement_change_decided(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The decision to change the placement of a child who has IDEA's protections (300.530(e)).

    On the day of the decision; where none is recorded, on the day on which the removal began.
    """
    for removal in case.removals:
        if removal.changes_placement and is_protected(case, removal):
            decided_on = removal.change_decided_on or removal.began_on
            yield from at(decided_on, disciplinary_removal_id=removal.id)


@event
def manifestation_determined(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for removal in case.removals:
        yield from at(
            removal.manifestation_determined_on,
            until=FOREVER,
            disciplinary_removal_id=removal.id,
        )


@event
def removal_services_owed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A protected child is removed beyond ten school days: services go on (300.530(b)(2), (d))."""
    for removal in case.removals:
        if removal.changes_placement and is_protected(case, removal) and removal.began_on:
            yield Occurrence(
                removal.began_on,
                {"disciplinary_removal_id": removal.id},
                ended_on=removal.ended_on,
                ended_as="The removal ended",
            )


@event
def removal_services_provided(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for removal in case.removals:
        yield from at(removal.services_since, until=FOREVER, disciplinary_removal_id=removal.id)


@event
def expedited_evaluation_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """An evaluation was asked for in a removal, and nobody is deemed to have known."""
    removal = asked_during(case)
    if removal is None or not is_expedited(case) or removal.began_on is None:
        return
    asked = [r.received_on for r in case.parent_requests if r.received_on is not None]
    asked += [s.taken_on for s in case.steps if s.step == "request-evaluation"]
    since = [day for day in asked if day >= removal.began_on]
    yield from at(min(since, default=None), disciplinary_removal_id=removal.id)
