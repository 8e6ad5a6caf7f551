"""Rules about consent: what it is, what comes before it, and what its absence means."""

from __future__ import annotations

from datetime import date
from typing import Any

from service.domain.facts import ORDERS, Attempt, Case, Consent, Situation
from service.domain.facts.consents import STANDS_IN_FOR
from service.domain.policy import Policy
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
from service.domain.rules.notice import SAFEGUARDS, about_evaluation, given, shown
from service.domain.rules.words import iso, listed, said

TO_EVALUATE = "initial_evaluation"
TO_SERVE = "initial_services"
REFUSED = "IDEA-CONSENT-REFUSED-EVAL"
REFUSED_AGAIN = "IDEA-CONSENT-REEVAL"

STANDING_IN = {
    "hearing_order": "A hearing officer's order",
    "mediation_agreement": "An agreement in mediation",
    "parent_not_found": "That the parent of a ward of the State cannot be found",
    "rights_terminated": "That the rights of a ward's parents are terminated",
}
"""What may take the place of a parent's own consent, as a sentence begins with it."""
PRIVATE = frozenset({"parentally_placed_private", "home_schooled"})


def consent_to_evaluate(case: Case) -> Consent | None:
    """The consent to evaluate that counts: a sound one when there is one, else the last."""
    granted = [c for c in case.consents_for(case.to_evaluate) if c.granted]
    granted.sort(key=lambda c: c.received_on or date.min)
    sound = (c for c in reversed(granted) if not lacks_of_consent(c) and not _too_early(c, case))
    return next(sound, granted[-1] if granted else None)


def last_answer(case: Case, purpose: str | None = None) -> tuple[str, Consent] | None:
    """The last word on it, a parent's or what stands in its place; None without one.

    It is granted, refused or revoked. `purpose`: to evaluate, unless said.
    """
    words: list[tuple[date, str, Consent]] = []
    for consent in case.consents_for(purpose or case.to_evaluate):
        if consent.barred or not consent.stands:
            continue
        if consent.answer == "granted" and consent.received_on is not None:
            words.append((consent.received_on, "granted", consent))
        elif consent.answer == "refused":
            day = consent.received_on or consent.signed_on or consent.requested_on
            words.append((day or date.min, "refused", consent))
        if consent.revoked_on is not None and consent.revoked:
            words.append((consent.revoked_on, "revoked", consent))
    words.sort(key=lambda word: word[0])
    return words[-1][1:] if words else None


def consent_shown(consent: Consent) -> dict[str, Any]:
    """A consent as evidence."""
    return of(
        "consent",
        consent.id,
        purpose=consent.purpose,
        answer=consent.answer,
        signed_on=iso(consent.signed_on),
        received_on=iso(consent.received_on),
    )


@rule
def idea_consent_def(s: Situation, policy: Policy) -> Answer:
    """Consent is written, in the parent's language, and describes the activity (300.9)."""
    consent = consent_to_evaluate(s.case)
    if consent is None:
        return not_applicable("No consent to evaluate has been received yet.")
    if consent.stands_in is not None:
        return not_applicable("It is not by a parent's own consent that the evaluation begins.")
    lacks = lacks_of_consent(consent)
    if lacks:
        return unmet(f"The consent received lacks {listed(lacks)}.", consent_shown(consent))
    return met("The consent is in writing and says what it is for.", consent_shown(consent))


def lacks_of_consent(consent: Consent) -> tuple[str, ...]:
    """What keeps an answer from being consent in writing (300.9)."""
    if consent.stands_in is not None:
        return ()
    checks = {
        "the written form (paper or electronic)": consent.form not in ("written", "electronic"),
        "the language it was explained in": not said(consent.language),
        "a description of the activity consented to": not said(consent.activity),
        "a signature by someone who holds the educational rights": consent.barred,
    }
    return tuple(what for what, lacking in checks.items() if lacking)


@rule
def idea_consent_eval(s: Situation, policy: Policy) -> Answer:
    """Consent comes after both notices and before the evaluation (300.300(a)(1)(i)).

    An assessment given before consent is kept as a breach and does not count; it is shown,
    and the child does not wait longer for it.
    """
    breaches = [
        of("assessment", a.id, conducted_on=iso(a.conducted_on), breach=True)
        for e in s.case.evaluations
        for a in e.assessments
        if a.breach
    ]
    consent = consent_to_evaluate(s.case)
    if consent is None and overridden(s):
        return not_applicable("An order or an agreement in mediation takes the consent's place.")
    if consent is None and s.case.path == "reevaluation":
        return not_applicable(
            "It is a re-evaluation, which may go on without consent in two cases."
        )
    if consent is None:
        return unmet("The parent's consent to evaluate has not been received.", *breaches)
    evidence = (
        consent_shown(consent),
        *shown(about_evaluation(s.case, "propose")),
        *shown(given(s.case, SAFEGUARDS)),
        *breaches,
    )
    if consent.stands_in in ORDERS and not _ended_so(s.case, consent):
        return unmet(
            f"{STANDING_IN[consent.stands_in or '']} is named in place of the parent's consent, "
            "and no dispute is on record that ended so by the day it was received.",
            *evidence,
            remedy="Record the dispute with its outcome and the day it ended.",
        )
    if consent.stands_in is not None:
        return met(
            f"{STANDING_IN[consent.stands_in]} takes the place of the parent's consent.", *evidence
        )
    if consent.signed_on is None:
        return unknown(
            "It is not recorded when the parent signed, so nobody can tell whether the notices "
            "came first.",
            *evidence,
            remedy="Record on the consent the day on which the parent signed.",
        )
    early = _too_early(consent, s.case)
    if early:
        return unmet(
            f"The consent is dated {iso(consent.signed_on)}, before the parent had "
            f"{listed(early)}.",
            *evidence,
            remedy="Give the parent both notices, then ask for consent anew; the first "
            "received date is kept and its clock runs on, marked provisional.",
        )
    return met(
        f"Both notices came first; the consent of {iso(consent.signed_on)} was received on "
        f"{iso(consent.received_on)}.",
        *evidence,
    )


def _ended_so(case: Case, consent: Consent) -> bool:
    """Whether a dispute ended in the order or the agreement that stands in for consent."""
    return any(
        dispute.outcome == consent.stands_in
        and dispute.ended_on is not None
        and consent.received_on is not None
        and dispute.ended_on <= consent.received_on
        for dispute in case.disputes
    )


def _too_early(consent: Consent, case: Case) -> tuple[str, ...]:
    """The notices that had not been given when the consent was signed and received."""
    if consent.stands_in is not None:
        return ()
    if consent.signed_on is None:
        return ("a date",)
    by = min(consent.signed_on, consent.received_on or consent.signed_on)
    checks = {
        "the written notice that proposes the evaluation": about_evaluation(case, "propose"),
        "the procedural safeguards notice": given(case, SAFEGUARDS),
    }
    return tuple(
        what
        for what, notices in checks.items()
        if not any(n.issued_on is not None and n.issued_on <= by for n in notices)
    )


def signed_at_majority(consent: Consent | None, case: Case, majority: int) -> Answer:
    """Whether a consent that counts is the student's own, once they have reached majority."""
    student = case.student
    day = None if consent is None else consent.signed_on or consent.received_on
    if consent is None or day is None or consent.stands_in is not None or student is None:
        return not_applicable("No consent that a parent signed is in question.")
    age, evidence = student.age_on(day), consent_shown(consent)
    if age is None:
        return not_applicable("The student's birth date is not on record.")
    if age < majority or student.rights_stay_with_guardian:
        return not_applicable(
            f"The student had not reached {majority} when it was signed."
            if age < majority
            else "The rights stay with a parent or guardian after majority."
        )
    told = f"The student was {age} on {iso(day)}, and rights pass to the student at {majority}"
    if consent.signed_as == "adult_student":
        return met(f"{told}: it is the student's own consent.", evidence)
    remedy = (
        "Ask the student for their own consent, and record it as theirs (`signed_as`); or say on "
        "the student's record that the rights stay with a parent or guardian. Whether rights pass "
        "in this state, and at which age, was not verified."
    )
    if consent.signed_as == "parent" or consent.guardian_id is not None:
        return unmet(f"{told}; a parent signed.", evidence, mode="advise", remedy=remedy)
    return unknown(
        f"{told}; it is not said whose signature it is.", evidence, mode="advise", remedy=remedy
    )


@rule
def idea_consent_eval_not_services(s: Situation, policy: Policy) -> Answer:
    """Consent to services is no consent to evaluate, nor the reverse (300.300(a)(1)(ii))."""
    consent = consent_to_evaluate(s.case)
    if consent is not None:
        return met("The consent received is one to evaluate.", consent_shown(consent))
    services = [c for c in s.case.consents_for(TO_SERVE) if c.granted]
    if services:
        return unmet(
            "The consent received is for services, and it does not stand for consent to evaluate.",
            *map(consent_shown, services),
        )
    return not_applicable("No consent has been received yet.")


@rule
def idea_consent_refused_eval(s: Situation, policy: Policy) -> Answer:
    """Without consent the agency does not evaluate, and need not override (300.300(a)(3))."""
    if s.step == "seek-override":
        return to_override(s, TO_EVALUATE)
    if s.step == "start-evaluation" and s.case.path == "reevaluation":
        return not_applicable("The student is served already: it is a re-evaluation.")
    if s.step == "record-refusal":
        return refusal_to_record(s.case)
    answer = last_answer(s.case)
    word = answer[0] if answer else None
    evidence = () if answer is None else (consent_shown(answer[1]),)
    if word == "granted":
        stands_in = answer[1].stands_in if answer else None
        who = STANDING_IN.get(stands_in or "")
        return met(
            f"{who} opens the way." if who else "The parent's last word is that they consent.",
            *evidence,
        )
    if word is None and not s.case.consents_for(s.case.to_evaluate):
        return unmet(
            "The parent has not been asked for consent, and without it the district does not "
            "evaluate.",
            remedy="Give the parent both notices and ask for their consent in writing.",
            final=True,
        )
    if word is None and not tries(s.case):
        return unmet(
            "The parent has not answered, and no effort to reach them is logged; without consent "
            "the district does not evaluate.",
            remedy="Try to reach the parent, in more than one way, and log each effort with its "
            "result.",
            final=True,
        )
    so = {
        "refused": "The parent has refused consent",
        "revoked": "The parent has revoked consent",
    }.get(word or "", "The parent has not answered")
    return unmet(
        f"{so}; the district does not evaluate, and is not in violation for that.",
        *evidence,
        remedy=instead(s.case),
        final=by_parents_alone(s.case),
    )


def refusal_to_record(case: Case) -> Answer:
    """Whether the parent said no to the evaluation: nobody says it for them."""
    word, consent = last_answer(case) or (None, None)
    evidence = () if consent is None else (consent_shown(consent),)
    if consent is None or word == "granted":
        return unmet(
            "No refusal by the parent is recorded.",
            *evidence,
            remedy="Record the parent's answer on the consent that was asked for, with the day it "
            "was received.",
            final=True,
        )
    stands = _stands_beside(case, consent) if word == "refused" else None
    if stands is not None:
        return unmet(
            f"The evaluation goes on with the consent of {iso(stands.received_on)}, which nobody "
            "revoked; what was refused later is something else.",
            *evidence,
            consent_shown(stands),
            remedy="Evaluate what was consented to. If the parent took that back, record on that "
            "consent when they revoked it.",
            final=True,
        )
    return met("The parent's refusal is recorded.", *evidence)


def _stands_beside(case: Case, refused: Consent) -> Consent | None:
    """The consent by which an evaluation goes on, where one parent refused something later.

    It ends when it is revoked (300.9(c)). Of two parents the last word counts, whoever says it.
    """
    if case.status != "evaluating":
        return None
    others = {None, refused.guardian_id}
    return next(
        (
            consent
            for consent in case.consents_for(case.to_evaluate)
            if consent.granted
            and not consent.barred
            and (refused.guardian_id is None or consent.guardian_id in others)
        ),
        None,
    )


def to_override(s: Situation, purpose: str) -> Answer:
    """Whether there is a refusal, or a silence after efforts, that could be overridden."""
    if s.details is None:
        return depends(
            "It depends on which consent is sought to be overridden.",
            f"Send `purpose` with the step: {listed((f'`{one}`' for one in STANDS_IN_FOR), 'or')}.",
        )
    if s.details.get("purpose") != purpose:
        return not_applicable("It is another consent that is in question.")
    answer = last_answer(s.case, purpose)
    evidence = () if answer is None else (consent_shown(answer[1]),)
    if s.case.status == "determined":
        return unmet(
            "The group has determined: there is no evaluation left to seek an order for.",
            *evidence,
            remedy="Nothing is to be done: the evaluation is over.",
        )
    if answer is not None and answer[0] in ("refused", "revoked"):
        return met(
            f"The parent has {answer[0]} consent; the district may, and need not, seek to override "
            "it.",
            *evidence,
        )
    if answer is None and tries(s.case, purpose):
        return met(
            "The parent has not answered, and the efforts to reach them are logged; the district "
            "may, and need not, seek to override that."
        )
    return unmet(
        "The parent has consented: there is nothing to override."
        if answer is not None
        else "The parent has not refused, and no effort to reach them is logged.",
        *evidence,
        remedy="Record the parent's refusal, or log the efforts to reach them, first.",
    )


def tries(case: Case, purpose: str | None = None) -> tuple[Attempt, ...]:
    """Every logged effort to reach a parent about this consent; to evaluate, unless said."""
    asked = case.consents_for(purpose or case.to_evaluate)
    return tuple(a for consent in asked for a in consent.attempts)


def by_parents_alone(case: Case) -> bool:
    """Nobody overrides parents who teach at home or pay for a school (300.300(d)(4)).

    Nor where it is not known whose child it is.
    """
    return case.student is None or case.student.placement in PRIVATE


def refusal_rule(case: Case) -> str:
    """The rule that a refusal stands by, and that an order or an agreement lifts."""
    return REFUSED_AGAIN if case.path == "reevaluation" else REFUSED


def overridden(s: Situation) -> bool:
    """Whether the parent's refusal, or silence, is overridden (300.300(a)(3), (c)(1)(ii)).

    Whether it may be is for the rule about the refusal to say.
    """
    return s.overriding(refusal_rule(s.case)) is not None


def instead(case: Case) -> str:
    talk = "Talk with the parent about what worries them; a consent given later opens the way."
    if case.student is not None and by_parents_alone(case):
        return f"{talk} Mediation or due process is not open for this pupil (300.300(d)(4))."
    return f"{talk} The district may, and need not, use mediation or due process."


@rule
def idea_consent_efforts(s: Situation, policy: Policy) -> Answer:
    """Reasonable efforts to get consent are made and logged (300.300(a)(1)(iii), (d)(5))."""
    answer = last_answer(s.case)
    if answer is not None:
        return unmet(
            f"The parent did answer: consent was {answer[0]}.",
            consent_shown(answer[1]),
            remedy="Take the step that fits the parent's answer.",
        )
    return efforts(s.case)


def efforts(case: Case) -> Answer:
    """What is logged of the efforts to reach a parent who has not answered."""
    attempts = tries(case)
    evidence = tuple(_tried(attempt) for attempt in attempts)
    if not attempts:
        return unmet("No effort to reach the parent about consent is logged.")
    modes = {attempt.mode for attempt in attempts}
    if len(attempts) < 3 or len(modes) < 2:
        return unmet(
            f"{len(attempts)} of the advised 3 efforts logged, by {len(modes)} of the advised 2 "
            "ways.",
            *evidence,
            mode="advise",
        )
    if not all(said(attempt.result) for attempt in attempts):
        return unmet("Some logged efforts do not say what came of them.", *evidence, mode="advise")
    return met(f"{len(attempts)} efforts by {len(modes)} ways are logged.", *evidence)


def _tried(attempt: Attempt) -> dict[str, Any]:
    return {
        "type": "consent_attempt",
        "mode": attempt.mode,
        "attempted_on": iso(attempt.attempted_on),
    }
