"""Notices that were given to the parent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from service.domain.calendars import last_day_of, named_year, school_year
from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.facts import UNDER_IDEA, Case, Plan
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


# Once a school year -------------------------------------------------------------------


@event
def safeguards_of_the_year_owed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The parents of a student who is served have the notice once a school year (300.504(a)).

    Counted from the plan that took effect, then from the notice of each year; owed by the end of
    the school year, the next one. Of a plan that goes on in another case the first case asks. What
    was given in the school years before the plan was put on record is not asked: it is not known.
    """
    for plan in _original_plans(case):
        for since, subjects in _years(case, plan):
            year = school_year(since) + ("notice_id" in subjects)
            yield Occurrence(
                since,
                subjects,
                due_on=last_day_of(year),
                ended_on=_ended_on(case, plan),
                ended_as="The plan ended",
                link=since,
                of=named_year(year),
            )


@event
def safeguards_of_the_year_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The first notice of a later school year; for a plan's first year, any of that year too."""
    for plan in _original_plans(case):
        for (since, subjects), (given_on, _) in pairwise(_years(case, plan)):
            yield Occurrence(given_on, subjects, until=FOREVER, link=since)


def _original_plans(case: Case) -> Iterator[Plan]:
    for plan in case.own_plans:
        if plan.kind in UNDER_IDEA and plan.in_effect_on is not None and plan.amends_id is None:
            yield plan


def _ended_on(case: Case, plan: Plan) -> date | None:
    latest = case.latest(plan)
    return latest.ended_on if latest.status == "ended" else None


def _began_here(plan: Plan) -> date:
    """When a plan took effect, or was put on record in a later school year."""
    began, recorded = plan.in_effect_on or date.max, plan.recorded_on
    if recorded is not None and school_year(recorded) > school_year(began):
        return recorded
    return began


def _years(case: Case, plan: Plan) -> list[tuple[date, dict[str, str]]]:
    """The day a plan took effect, and the first notice of each school year until it ended."""
    began, ended = _began_here(plan), _ended_on(case, plan) or date.max
    first: dict[int, tuple[date, dict[str, str]]] = {}
    notices = (*given(case, SAFEGUARDS), *case.safeguards_elsewhere)
    days = sorted((n.issued_on, n.id) for n in notices if n.issued_on is not None)
    for day, id in days:
        if school_year(day) >= school_year(began) and day <= ended:
            first.setdefault(school_year(day), (day, {"notice_id": id}))
    return [(began, {"plan_id": plan.id}), *first.values()]


def _of_kind(case: Case, kind: str) -> Iterator[Occurrence]:
    for notice in given(case, kind):
        yield from at(notice.issued_on, notice_id=notice.id)
