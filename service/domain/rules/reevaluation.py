"""Rules about re-evaluation: what opens one, how often, and when it needs consent."""

from __future__ import annotations

from datetime import date

from service.domain.clocks.terms import years_after
from service.domain.facts import Case, Situation
from service.domain.policy import Policy
from service.domain.receipts import is_request, requests
from service.domain.rules.catalogue import (
    Answer,
    depends,
    met,
    not_applicable,
    of,
    rule,
    unknown,
    unmet,
)
from service.domain.rules.consent import (
    STANDING_IN,
    by_parents_alone,
    consent_shown,
    efforts,
    instead,
    last_answer,
    to_override,
    tries,
)
from service.domain.rules.words import day_of, iso

FIRST = "The student has no plan under IDEA in effect: it is not a re-evaluation."


def last_evaluated_on(case: Case) -> date | None:
    """The day on which a group last decided about the student under IDEA, in whichever case."""
    decided = (
        d.decided_on
        for d in (*case.determinations, *case.determinations_elsewhere)
        if d.framework == "idea" and d.status in ("final", "superseded")
    )
    return max((day for day in decided if day is not None), default=None)


@rule
def idea_reeval_trigger(s: Situation, policy: Policy) -> Answer:
    """The district finds that needs warrant it, or a parent or teacher asks (300.303(a))."""
    if s.case.path != "reevaluation":
        return not_applicable(FIRST)
    if s.step == "decline":
        return _declined(s, policy)
    receipt = s.case.referrals[-1] if s.case.referrals else None
    if receipt is None:
        return not_applicable("Nobody has asked for a re-evaluation.")
    evidence = of("referral", receipt.id, requester=receipt.requester)
    if is_request(receipt, s.case, policy):
        return met(
            "The student is served under IDEA, and this asks for a re-evaluation: it opens one.",
            evidence,
        )
    return unmet(
        "The student is served under IDEA, and this is information from somebody else than a "
        "parent or a teacher: the district decides whether the student's needs warrant a "
        "re-evaluation.",
        evidence,
    )


def _declined(s: Situation, policy: Policy) -> Answer:
    asked = requests(s.case, policy)
    evidence = tuple(of("referral", r.id, requester=r.requester) for r in asked)
    if not asked:
        return met("No parent or teacher has asked; the district finds that none is warranted.")
    if _within_a_year(s.case, s.today) is not None:
        return met("The last evaluation was less than a year ago.", *evidence)
    return unmet(
        "A parent or a teacher has asked, and the last evaluation was not within a year: the law "
        "has the student evaluated again upon that.",
        *evidence,
    )


def _within_a_year(case: Case, day: date) -> date | None:
    """The day of the last evaluation when it lies less than a year before a day."""
    last = last_evaluated_on(case)
    return last if last is not None and day < years_after(last, 1) else None


@rule
def idea_reeval_1y(s: Situation, policy: Policy) -> Answer:
    """Not more than once a year, unless parent and district agree (300.303(b)(1)).

    Who refuses it gives written notice; the parent need give no reason for asking.
    """
    if s.case.path != "reevaluation":
        return not_applicable(FIRST)
    last = last_evaluated_on(s.case)
    if last is None:
        return unknown(
            "It is not recorded here when the student was last evaluated.",
            mode="advise",
            remedy="Look it up in the records that came with the student.",
        )
    received = s.case.referrals[-1].received_on if s.case.referrals else None
    day = s.today if s.step is not None else received or s.today
    evidence = {"type": "evaluation", "last_evaluated_on": iso(last)}
    if _within_a_year(s.case, day) is None:
        return met(f"The student was last evaluated on {iso(last)}, a year ago or more.", evidence)
    recent = f"The student was last evaluated on {iso(last)}, less than a year ago"
    if s.step == "decline":
        return met(
            f"{recent}; the district may refuse, with its notice, and the parent need not have "
            "given a reason.",
            evidence,
        )
    if s.step != "propose-evaluation":
        return unmet(
            f"{recent}: it is evaluated again only if parent and district agree.",
            evidence,
            mode="advise",
            remedy="Propose it if the district agrees, or refuse it with a prior written notice; "
            "ask the parent for no reason.",
        )
    return _agreed(s, recent, evidence)


def _agreed(s: Situation, recent: str, evidence: dict[str, str | None]) -> Answer:
    """Whether parent and district agree to another evaluation within the year."""
    if s.case.parent_requests:
        return met(f"{recent}; the parent asks for it, and the district agrees to it.", evidence)
    if s.details is None:
        return depends(
            f"{recent}: it depends on whether the parent agrees, which is said with the step.",
            "Send `agreed_on` with the step: the day on which the parent agreed to it.",
        )
    agreed_on = day_of(s.details.get("agreed_on"))
    if agreed_on is None:
        return unmet(f"{recent}, and it is not said that the parent agrees.", evidence)
    return met(
        f"{recent}; parent and district agreed to another on {iso(agreed_on)}.",
        {**evidence, "agreed_on": iso(agreed_on)},
    )


@rule
def idea_consent_reeval(s: Situation, policy: Policy) -> Answer:
    """Consent before new assessments; silence after efforts lets it go on (300.300(c))."""
    if s.step == "seek-override":
        return to_override(s, "reevaluation")
    if s.case.path != "reevaluation":
        return not_applicable(FIRST)
    answer = last_answer(s.case)
    if answer is None:
        return _unanswered(s.case)
    word, consent = answer
    if word == "granted":
        who = STANDING_IN.get(consent.stands_in or "")
        return met(
            f"{who} opens the way." if who else "The parent's last word is that they consent.",
            consent_shown(consent),
        )
    if _nothing_new(s.case):
        return not_applicable(
            "No new assessment is to be given: what is known is reviewed, without consent."
        )
    return unmet(
        f"The parent has {word} consent; the district does not give new assessments, and is not in "
        "violation for that.",
        consent_shown(consent),
        remedy=instead(s.case),
        final=by_parents_alone(s.case),
    )


def _unanswered(case: Case) -> Answer:
    """Without an answer: nothing new is to be given, or the efforts to get one are logged."""
    if _nothing_new(case):
        return not_applicable(
            "No new assessment is to be given: what is known is reviewed, without consent."
        )
    if not case.consents_for(case.to_evaluate):
        return unmet(
            "The parent has not been asked for consent to new assessments.",
            remedy="Ask for it; or record on the evaluation that no more data is needed, with the "
            "reasons and the parent's right to an assessment.",
            final=True,
        )
    if not tries(case):
        return unmet(
            "The parent has not answered, and no effort to reach them is logged.",
            remedy="Try to reach the parent, in more than one way, and log each effort with its "
            "result; after reasonable efforts a re-evaluation goes on without an answer.",
            final=True,
        )
    made = efforts(case)
    because = f"The parent has not answered. {made.because}"
    if made.value == "met":
        return met(f"{because[:-1]}, and the re-evaluation goes on.", *made.evidence)
    return unmet(because, *made.evidence, mode="advise", remedy="Log further efforts.")


def _nothing_new(case: Case) -> bool:
    """Whether the team needs no more data, and the parent has not asked for an assessment."""
    evaluation = case.evaluation
    return (
        evaluation is not None
        and evaluation.no_data_needed_on is not None
        and evaluation.assessment_asked_on is None
        and not any(a.origin == "agency" for a in evaluation.assessments)
    )
