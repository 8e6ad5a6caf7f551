"""Rules about a Section 504 plan: what comes before it, what it gives, when it is looked at."""

from __future__ import annotations

from service.domain.facts import Plan, Situation
from service.domain.policy import Policy
from service.domain.rules.catalogue import (
    Answer,
    depends,
    met,
    not_applicable,
    rule,
    unknown,
    unmet,
)
from service.domain.rules.consent import refusal_to_record
from service.domain.rules.plan import (
    about_plan,
    determinations_shown,
    found,
    of_plan,
    reason_of,
    said_on,
)
from service.domain.rules.referral import KNOWN_REASONS, REASONS, WAITING
from service.domain.rules.words import iso, listed

LAW = "section_504"


@rule
def s504_eval_before(s: Situation, policy: Policy) -> Answer:
    """Evaluate before the first placement, and before a significant change of it (104.35(a)).

    Who is believed to need something is evaluated, waits for no intervention, and does not go
    without because somebody else said no for the parent.
    """
    if s.step == "record-refusal":
        return refusal_to_record(s.case)
    return _before_a_refusal(s) if s.step in ("close", "decline") else _before_a_plan(s, policy)


def _before_a_refusal(s: Situation) -> Answer:
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            f"Send `reason_code` with the step: {listed(sorted(REASONS), 'or')}.",
        )
    reason = s.details.get("reason_code")
    evidence = {"type": "details", "reason_code": reason}
    if not isinstance(reason, str) or reason not in KNOWN_REASONS:
        return unknown(
            f"The reason is not one of {listed(REASONS, 'or')}, and free text is not guessed at.",
            evidence,
            remedy="Give one of these reasons, or propose the evaluation.",
        )
    if reason in WAITING:
        return unmet(
            "The reason given is that interventions have not run their course, and who is believed "
            "to need services because of a disability is evaluated all the same.",
            evidence,
            remedy="Propose the evaluation, or give the reason why no disability is suspected.",
        )
    return met("The reason given is not that interventions are unfinished.", evidence)


@of_plan
def _before_a_plan(plan: Plan, s: Situation, policy: Policy) -> Answer:
    if s.step == "end":
        return _before_the_end(plan, s)
    if s.case.continues(plan):
        return not_applicable("The plan goes on under a later version.")
    eligible = found(s.case, LAW, "eligible", final=True)
    if eligible:
        return met("A group evaluated the student first.", *determinations_shown(eligible))
    return unmet(
        "No final determination under Section 504 that the student is eligible comes before this "
        "plan.",
        about_plan(plan),
    )


def _before_the_end(plan: Plan, s: Situation) -> Answer:
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            "Send `reason_code` with the step: why the plan ends.",
        )
    if reason_of(s) != "dismissed":
        return not_applicable("The student is not found to be no longer eligible.")
    since, ended_on = plan.in_effect_on, said_on(s, "ended_on")
    no_longer = tuple(
        d
        for d in found(s.case, LAW, "not_eligible", final=True)
        if d.decided_on is not None
        and d.decided_on <= ended_on
        and (since is None or d.decided_on >= since)
    )
    if no_longer:
        return met("A group decided anew before the plan ends.", *determinations_shown(no_longer))
    return unmet(
        "To end the plan is a significant change, and no group has decided since it took effect "
        "that the student is not eligible.",
        about_plan(plan, in_effect_on=iso(since)),
        remedy="Re-evaluate the student and make the group's determination final; then end the "
        "plan.",
    )


@rule
@of_plan
def s504_fape(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """Aids and services meet the student's needs as adequately as those of others (104.33(b))."""
    gives = {
        "accommodations": plan.accommodations or plan.assessment_accommodations,
        "modifications": plan.modifications,
        "aids": plan.supplementary_aids,
        "services": plan.services or plan.related_services,
    }
    given = [what for what, has in gives.items() if has]
    if given:
        return met(f"The plan gives {listed(given)}.", about_plan(plan, gives=given))
    return unmet(
        "The plan gives the student no accommodation, modification, aid or service.",
        about_plan(plan, gives=[]),
        mode="advise",
    )


@rule
@of_plan
def s504_reeval(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """A student who is served is re-evaluated periodically (104.35(d)); no number is named."""
    evidence = about_plan(plan, reevaluation_on=iso(plan.reevaluation_on))
    if plan.reevaluation_on is None:
        return unmet("No day is set on which the student is to be re-evaluated.", evidence)
    return met(f"The student is to be re-evaluated by {iso(plan.reevaluation_on)}.", evidence)
