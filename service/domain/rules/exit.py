"""Rules about the end of services: dismissal, a diploma, and a summary for what comes after."""

from __future__ import annotations

from service.domain.facts import Plan, Situation
from service.domain.policy import Policy
from service.domain.rules.catalogue import Answer, met, not_applicable, rule, unmet
from service.domain.rules.evaluation import complete_evaluations
from service.domain.rules.plan import (
    about_plan,
    determinations_shown,
    found,
    of_ending,
    reason_of,
    said_on,
)
from service.domain.rules.words import day_of, iso, listed

BY_DIPLOMA_OR_AGE = frozenset({"regular_diploma", "aged_out"})
"""Ends that need no evaluation, and a summary of performance (300.305(e)(2)-(3))."""


@rule
@of_ending
def idea_eval_before_exit(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """A student is evaluated before being found no longer eligible (300.305(e)(1))."""
    if reason_of(s) != "dismissed":
        return not_applicable("The student is not found to be no longer eligible.")
    since = max(
        (
            d.decided_on
            for d in found(s.case, "idea", "eligible", elsewhere=True)
            if d.decided_on is not None
        ),
        default=plan.in_effect_on,
    )
    ended_on = said_on(s, "ended_on")
    no_longer = tuple(
        d
        for d in found(s.case, "idea", "not_eligible", final=True, elsewhere=True)
        if d.decided_on is not None
        and d.decided_on <= ended_on
        and (since is None or d.decided_on > since)
    )
    evaluated = [
        done
        for done in (*complete_evaluations(s.case), *s.case.evaluated_elsewhere)
        if done <= ended_on and (since is None or done > since)
    ]
    evidence = (
        about_plan(plan, eligible_since=iso(since), evaluated_on=[iso(day) for day in evaluated]),
        *determinations_shown(no_longer),
    )
    lacks = []
    if not evaluated:
        lacks.append("an evaluation")
    if not no_longer:
        lacks.append("a final determination that the student is not eligible")
    if lacks:
        return unmet(f"Before the student is dismissed there lacks {listed(lacks)}.", *evidence)
    return met("The student was evaluated anew and found not eligible any more.", *evidence)


@rule
@of_ending
def idea_sop(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """A regular diploma or the age ends services, with a summary of performance (300.305(e)).

    No evaluation comes first, and the diploma waits for no summary. An equivalent diploma or a
    certificate ends nothing (300.102(a)(3)).
    """
    reason = reason_of(s)
    if reason == "ged_or_certificate":
        return unmet(
            "A GED, a certificate or another credential is no regular diploma: the right to a "
            "free appropriate public education goes on, until the age at which it ends.",
            about_plan(plan, reason_code=reason),
        )
    if reason not in BY_DIPLOMA_OR_AGE:
        return not_applicable("The plan ends neither by a regular diploma nor by age.")
    given = plan.summary_given_on or day_of((s.details or {}).get("summary_given_on"))
    evidence = about_plan(plan, reason_code=reason, summary_given_on=iso(given))
    if given is not None:
        return met("The student has the summary of performance.", evidence)
    return unmet(
        "The student is owed a summary of their academic achievement and functional performance, "
        "with recommendations for what comes after.",
        evidence,
        mode="duty",
        remedy="Give the student the summary, and record the day on the plan.",
    )
