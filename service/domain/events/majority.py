"""The age of majority: the student is told before it, and both when the rights have passed.

Both are IDEA's (300.320(c), 300.520). Section 504 has no such provision: a student with a plan
under it alone is owed neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from service.domain.clocks.terms import years_after
from service.domain.events.occurrence import FOREVER, Occurrence, at, event
from service.domain.events.plans import found_eligible
from service.domain.facts import UNDER_IDEA, Case, Plan
from service.domain.policy import Policy


@event
def majority_notice_due(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """An IEP that lasts into the last year before the student's majority took effect.

    From that year's first day on the IEP says that they were told. In one that takes effect later
    there is nothing left that will pass. What no review is set to replace begins with that day.
    """
    if policy.majority_age is None or case.student is None:
        return
    birthday, year_before = (case.student.birthday(policy.majority_age - n) for n in (0, 1))
    for plan in case.own_plans:
        since = plan.in_effect_on
        if plan.kind != "iep" or since is None or birthday is None or year_before is None:
            continue
        if since < birthday and (begins := _lasting(plan, since, year_before)) is not None:
            yield replace(begins, due_on=max(since, year_before))


@event
def majority_notice_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for plan in case.own_plans:
        yield from at(plan.majority_notice_on, until=FOREVER, plan_id=plan.id)


@event
def rights_pass_to_student(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A child with a disability reaches majority: that day both are told (300.520(a)(3)).

    Known from an IEP that lasts until then, or from what comes before the first one. Not where a
    court, or a procedure of the state, leaves the rights with another.
    """
    student = case.student
    if policy.majority_age is None or student is None or student.rights_stay_with_guardian:
        return
    birthday = student.birthday(policy.majority_age)
    if birthday is None:
        return
    began = [p.in_effect_on for p in case.plans if p.kind in UNDER_IDEA and p.in_effect_on]
    if all(birthday <= day for day in began):
        yield from _before_the_first_iep(case, policy, birthday)
    for plan in case.own_plans:
        since = plan.in_effect_on
        if plan.kind != "iep" or since is None or birthday <= since:
            continue
        if (begins := _lasting(plan, since, birthday)) is not None:
            yield replace(begins, due_on=birthday)


def _before_the_first_iep(case: Case, policy: Policy, birthday: date) -> Iterator[Occurrence]:
    """A student who was found eligible, or came with an IEP, and turns of age before the first.

    Who is of age when found eligible holds the rights from then on: both are told, by no day that
    the law names. Who comes of age reached it where they were served.
    """
    found = min(found_eligible(case, policy), key=lambda one: one.on, default=None)
    if found is not None and found.on >= birthday:
        yield found
    elif found is not None and _within_a_year(found.on, birthday):
        yield replace(found, due_on=birthday)
    for one in case.transferred_ieps if found is None else ():
        if one.enrolled_on is not None and _within_a_year(one.enrolled_on, birthday):
            yield Occurrence(one.enrolled_on, {"transferred_iep_id": one.id}, due_on=birthday)


def _lasting(plan: Plan, since: date, day: date) -> Occurrence | None:
    """The start of what an IEP in effect since a day owes by another, if it lasts until that one.

    It lasts a year, or until a later review that it names. One that names none goes on until it
    ends; what it owes beyond its year starts on that day itself.
    """
    of_this_version = Occurrence(
        since,
        {"plan_id": plan.id},
        ended_on=plan.ended_on,
        ended_as="This version of the plan ended",
    )
    if day <= max(years_after(since, 1), plan.next_review_on or since):
        return of_this_version
    ended_before = plan.ended_on is not None and plan.ended_on <= day
    if plan.next_review_on is not None or ended_before:
        return None
    return replace(of_this_version, on=day)


def _within_a_year(since: date, birthday: date) -> bool:
    return since < birthday <= years_after(since, 1)


@event
def rights_transfer_told(case: Case, policy: Policy) -> Iterator[Occurrence]:
    if case.student is not None:
        yield from at(case.student.rights_transfer_told_on, until=FOREVER)
