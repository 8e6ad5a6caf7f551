"""Rules about beginning services and ceasing them: evaluation and consent first, and revocation."""

from __future__ import annotations

from datetime import date

from service.domain.facts import UNDER_IDEA, Case, Consent, Plan, Situation
from service.domain.policy import Policy
from service.domain.receipts import is_request
from service.domain.rules.catalogue import (
    Answer,
    met,
    not_applicable,
    of,
    rule,
    unknown,
    unmet,
)
from service.domain.rules.consent import (
    TO_EVALUATE,
    TO_SERVE,
    consent_shown,
    lacks_of_consent,
    last_answer,
)
from service.domain.rules.evaluation import complete_evaluations
from service.domain.rules.notice import about_services, shown
from service.domain.rules.plan import (
    about_plan,
    determinations_shown,
    found,
    of_ending,
    of_plan,
    reason_of,
    said_on,
)
from service.domain.rules.words import iso, listed, plain

GO_ON = "Services go on under a later version of the plan."

PRIVATE = "parentally_placed_private"
HOME = "home_schooled"


# Before services --------------------------------------------------------------------


@rule
@of_plan
def idea_eval_before_services(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """A full and individual evaluation comes before the first services (300.301(a))."""
    if s.case.continues(plan):
        return not_applicable(GO_ON)
    day = said_on(s, "in_effect_on")
    eligible = tuple(
        d for d in found(s.case, "idea", "eligible", final=True) if (d.decided_on or day) <= day
    )
    evaluated = [done for done in complete_evaluations(s.case) if done <= day]
    evidence = (
        *determinations_shown(eligible),
        {"type": "evaluation", "complete": bool(evaluated)},
    )
    lacks = []
    if not evaluated:
        lacks.append("a complete evaluation")
    if not eligible:
        lacks.append("a final finding under IDEA that the student is eligible")
    if lacks:
        return unmet(f"Before the first services there still lacks {listed(lacks)}.", *evidence)
    return met("The student was evaluated and found eligible before services.", *evidence)


@rule
@of_plan
def idea_consent_services(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """The parent consents, apart from the evaluation, to the first services (300.300(b)(1))."""
    answer, day = last_answer(s.case, TO_SERVE), said_on(s, "in_effect_on")
    if answer is None and s.case.continues(plan):
        return not_applicable(GO_ON)
    if answer is None:
        return _not_consented(s.case)
    word, consent = answer
    if word != "granted":
        return unmet(
            f"The parent has {word} consent to services, so no services begin.",
            consent_shown(consent),
            remedy="Nothing further is owed and nothing overrides it. Talk with the parent about "
            "what worries them; a consent given later opens the way.",
        )
    lacks = lacks_of_consent(consent)
    if lacks:
        return unmet(f"The consent to services lacks {listed(lacks)}.", consent_shown(consent))
    if consent.received_on is not None and consent.received_on > day:
        return unmet(
            f"The consent to services was received on {iso(consent.received_on)}, after the day "
            f"on which the plan would take effect, {iso(day)}.",
            consent_shown(consent),
        )
    return met(
        f"The parent's consent to services was received on {iso(consent.received_on)}.",
        consent_shown(consent),
    )


def _not_consented(case: Case) -> Answer:
    to_evaluate = [c for c in case.consents_for(TO_EVALUATE) if c.granted]
    asked = case.consents_for(TO_SERVE)
    because = "The parent's consent to the first services has not been received"
    if asked:
        return unmet(f"{because}.", *map(consent_shown, asked))
    if to_evaluate:
        return unmet(
            f"{because}, and their consent to evaluate does not stand for it.",
            *map(consent_shown, to_evaluate),
        )
    return unmet(f"{because}.")


@rule
def idea_consent_services_no_override(s: Situation, policy: Policy) -> Answer:
    """Refusal of the first services, or silence, is not overridden (300.300(b)(3)).

    The district is not in violation for that, and need not develop an IEP.
    """
    asked, answer = s.case.consents_for(TO_SERVE), last_answer(s.case, TO_SERVE)
    word = answer[0] if answer else None
    seeking = s.step == "seek-override"
    about = (s.details or {}).get("purpose")
    if seeking and about == TO_SERVE and word in (None, "granted"):
        return unmet(
            "Neither mediation nor due process may take the place of a parent's consent to "
            "services, whatever their answer.",
            *map(consent_shown, asked),
        )
    if not asked or (seeking and about not in (None, TO_SERVE)):
        return not_applicable("No consent to services is in question.")
    if word == "granted":
        return not_applicable("The parent has consented to services.")
    so = f"The parent has {word} consent to services" if word else "The parent has not answered"
    evidence = tuple(map(consent_shown, asked))
    if seeking:
        return unmet(
            f"{so}; neither mediation nor due process may take the place of their consent.",
            *evidence,
        )
    return met(
        f"{so}. The district does not override that, and is not in violation for it.", *evidence
    )


# After revocation -------------------------------------------------------------------


@rule
@of_ending
def idea_consent_revoked(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """Services cease upon revocation in writing, after written notice (300.300(b)(4)).

    No meeting, no evaluation and no override comes before that.
    """
    if reason_of(s) != "consent_revoked":
        return not_applicable("The plan does not end because consent was revoked.")
    taken_back = [
        c for c in s.case.consents_for(TO_SERVE) if c.revoked_on is not None and not c.barred
    ]
    if not taken_back:
        return unmet(
            "No revocation of consent to services by the parent is recorded.",
            remedy="Record on the consent to services when and in which form it was revoked.",
        )
    consent = max(taken_back, key=lambda c: (c.revoked, c.revoked_on or date.min))
    evidence = {**consent_shown(consent), "revoked_on": iso(consent.revoked_on)}
    evidence["revocation_form"] = consent.revocation_form
    if consent.revocation_form == "oral":
        return unmet(
            "The parent revoked consent by word of mouth only, and services go on until they do "
            "so in writing.",
            evidence,
            remedy="Help the parent to put it in writing, and record when it was received.",
        )
    if consent.revocation_form is None:
        return unknown(
            "It is not recorded whether consent was revoked in writing.",
            evidence,
            remedy="Record the form of the revocation on the consent.",
        )
    ended_on = said_on(s, "ended_on")
    notices = tuple(
        n
        for n in about_services(s.case, consent.revoked_on)
        if n.issued_on is not None and n.issued_on <= ended_on
    )
    if not notices:
        return unmet(
            f"Consent was revoked on {iso(consent.revoked_on)}, and the parent has had no written "
            "notice since that services cease.",
            evidence,
            remedy="Issue a prior written notice concerning placement or FAPE that says when "
            "services cease and what that means; then end the plan.",
        )
    return met(
        f"Consent was revoked in writing on {iso(consent.revoked_on)}, and notice came before "
        "services cease.",
        evidence,
        *shown(notices),
    )


@rule
def idea_after_revocation(s: Situation, policy: Policy) -> Answer:
    """A later request for services is one for an initial evaluation (73 FR 73006)."""
    ended = [
        p
        for p in s.case.plans
        if p.kind in UNDER_IDEA and p.status == "ended" and p.end_reason == "consent_revoked"
    ]
    last = max(ended, key=lambda p: p.ended_on or date.min, default=None)
    if last is None or last.ended_on is None:
        return not_applicable("No services ended because consent was revoked.")
    evidence = about_plan(last, ended_on=iso(last.ended_on))
    if s.plan is None:
        return _asked_again(s, policy, last, last.ended_on)
    if s.case.continues(s.plan):
        return not_applicable(GO_ON)
    consented = [c for c in s.case.consents_for(TO_EVALUATE) if _since(c, last.ended_on)]
    eligible = [
        d
        for d in found(s.case, "idea", "eligible", final=True)
        if d.decided_on is not None and d.decided_on > last.ended_on
    ]
    lacks = []
    if s.case.path != "initial":
        lacks.append("a case for an initial evaluation")
    if not consented:
        lacks.append("a new consent to evaluate")
    if not eligible:
        lacks.append("a new finding of eligible")
    if lacks:
        return unmet(
            f"Services ended on {iso(last.ended_on)} because consent was revoked, and the old "
            f"plan is not revived: there lacks {listed(lacks)}.",
            evidence,
        )
    return met(
        f"The student was evaluated anew, with new consent, after services ended on "
        f"{iso(last.ended_on)}.",
        evidence,
    )


def _asked_again(s: Situation, policy: Policy, plan: Plan, ended_on: date) -> Answer:
    """What a receipt is after a revocation; nothing of it refuses the receipt."""
    if s.case.path != "initial":
        return not_applicable("The student is served again: it is about a re-evaluation.")
    receipt = s.case.referrals[-1] if s.case.referrals else None
    if receipt is None or receipt.received_on is None or receipt.received_on < ended_on:
        return not_applicable("Nobody has asked since services ended.")
    if not is_request(receipt, s.case, policy):
        return not_applicable("This is not a request for an evaluation.")
    return met(
        f"The parent revoked consent and services ended on {iso(ended_on)}; this request is one "
        "for an initial evaluation, with new consent and a new clock.",
        about_plan(plan, ended_on=iso(ended_on)),
        of("referral", receipt.id, received_on=iso(receipt.received_on)),
    )


def _since(consent: Consent, day: date) -> bool:
    return consent.granted and consent.received_on is not None and consent.received_on > day


# Private school ---------------------------------------------------------------------


@rule
@of_plan
def idea_priv_services(plan: Plan, s: Situation, policy: Policy) -> Answer:
    """A pupil whom the parents placed privately has a services plan, no IEP (300.132-300.138)."""
    placement = None if s.case.student is None else s.case.student.placement
    evidence = about_plan(plan, placement=placement)
    if placement == HOME:
        return unknown(
            "The student is taught at home. Whether that counts as a private school is for state "
            "law to say.",
            evidence,
            mode="advise",
            remedy="Look up the state's law: it tells whether a services plan or an IEP is due.",
        )
    if plan.kind == "iep" and placement == PRIVATE:
        return unmet(
            "The parents placed the student in a private school, where there is no right to an "
            "IEP of their own as if enrolled; what the district provides is in a services plan.",
            evidence,
        )
    if plan.kind == "services_plan" and placement != PRIVATE:
        where = "not recorded" if placement is None else plain(placement)
        return unmet(
            "A services plan is for a student whom the parents placed in a private school; this "
            f"student's placement is {where}, and the right is to an IEP.",
            evidence,
            remedy="Draft an IEP; if the parents did place the student in a private school, set "
            "the student's placement right.",
        )
    if plan.kind == "services_plan":
        return met("The parents placed the student in a private school.", evidence)
    return not_applicable("The parents have not placed the student in a private school.")
