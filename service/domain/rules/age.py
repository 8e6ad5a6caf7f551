"""Rules about the ages for which services are owed."""

from __future__ import annotations

from datetime import date

from service.domain.clocks.terms import months_before
from service.domain.facts import Determination, Plan, Situation, Student
from service.domain.policy import Ages, Policy
from service.domain.rules.catalogue import Answer, met, not_applicable, rule, unknown, unmet
from service.domain.rules.determination import about, of_eligible
from service.domain.rules.plan import about_plan, of_ending, reason_of, said_on
from service.domain.rules.words import iso, plain

NO_BIRTH_DATE = "The student's birth date is not recorded."
RECORD_IT = "Record the student's birth date."
AHEAD = 9
"""The months before a third birthday when the transition from Part C begins at the earliest.

34 CFR 303.209: no earlier day is named by which a district has to do with such a child.
"""


@rule
def idea_age(s: Situation, policy: Policy) -> Answer:
    """Services are owed from the third birthday to the state's upper age (300.101(a), .102).

    How far ahead of their start a finding may be made is not known; nor, where they last to the
    end of the term or year of that birthday, is its end known here.
    """
    return _of_a_finding(s, policy) if s.plan is None else _of_an_end(s, policy)


@of_eligible
def _of_a_finding(d: Determination, s: Situation, policy: Policy) -> Answer:
    starts_on = d.services_start_on
    day = starts_on or s.today
    age = s.case.student.age_on(day) if s.case.student is not None else None
    evidence = about(
        d,
        services_start_on=iso(starts_on),
        age=age,
        min_age=policy.ages.min_age,
        below_age=policy.ages.below_age,
    )
    if age is None:
        return unknown(NO_BIRTH_DATE, evidence, mode="advise", remedy=RECORD_IT)
    if policy.ages.min_age <= age < policy.ages.below_age:
        decided_on = d.decided_on or s.today
        if decided_on < months_before(day, AHEAD):
            return unknown(
                f"Services would start on {iso(day)}, more than nine months after the finding of "
                f"{iso(decided_on)}. Whether it may be made so far ahead is in no text that was "
                "read (U).",
                evidence,
                mode="advise",
                remedy="Check the day on which services start; a child from early intervention is "
                "prepared for at most nine months before the third birthday, and for any other "
                "services start as soon as possible after the IEP.",
            )
        return met(f"The student is {age} on {iso(day)}, of an age for services.", evidence)
    when = f"when services would start on {iso(day)}" if starts_on else f"on {iso(day)}"
    if _may_last(policy.ages, s.case.student, day):
        return unknown(
            f"The student is {age} {when}; {_last_term(policy)}.", evidence, mode="advise"
        )
    return unmet(
        f"The student is {age} {when}; services here are for ages {policy.ages.min_age} through "
        f"{policy.ages.below_age - 1}.",
        evidence,
        mode=None if starts_on else "advise",
    )


@of_ending
def _of_an_end(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """Nobody is aged out before the age."""
    if reason_of(s) != "aged_out":
        return not_applicable("The plan does not end because of the student's age.")
    day, below = said_on(s, "ended_on"), policy.ages.below_age
    age = s.case.student.age_on(day) if s.case.student is not None else None
    evidence = about_plan(plan, ended_on=iso(day), age=age, below_age=below)
    if age is None:
        return unknown(NO_BIRTH_DATE, evidence, remedy=RECORD_IT)
    if age < below:
        return unmet(
            f"The student is {age} on {iso(day)}, and services here are owed below the age of "
            f"{below}.",
            evidence,
            remedy="Keep the plan in effect until the age at which services end.",
        )
    if _may_last(policy.ages, s.case.student, day):
        return unknown(f"The student is {age}; {_last_term(policy)}.", evidence, mode="advise")
    return met(f"The student is {age} on {iso(day)}, past the age for services.", evidence)


def _last_term(policy: Policy) -> str:
    """What is not known about the last term of a student who has reached the age."""
    return (
        f"services here may last to the end of the {plain(policy.ages.through)} in which the "
        f"student turned {policy.ages.below_age}"
    )


def _may_last(ages: Ages, student: Student | None, day: date) -> bool:
    """Whether services may go on after the birthday, until the term or school year ends.

    Only below the age after it, and where the state names a day of the school year only if the
    student was still below the age on the last such day.
    """
    if ages.through == "birthday" or student is None:
        return False
    if ages.as_of is None:
        return student.age_on(day) == ages.below_age
    month, of_month = map(int, ages.as_of.split("-"))
    asked_on = date(day.year, month, of_month)
    if asked_on > day:
        asked_on = date(day.year - 1, month, of_month)
    then = student.age_on(asked_on)
    return then is not None and then < ages.below_age <= (student.age_on(day) or 0)
