"""Rules about who speaks for the child, and what may not be made of a parent's no."""

from __future__ import annotations

from typing import Any

from service.domain.facts import (
    NO_PARENT,
    ORDERS,
    Case,
    Guardian,
    IndependentEvaluationRequest,
    Situation,
)
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
from service.domain.rules.consent import PRIVATE, STANDING_IN, consent_shown, consent_to_evaluate
from service.domain.rules.referral import LEVERAGE, NOT_ENROLLED
from service.domain.rules.words import iso, listed, said

COURT_APPOINTED = "court_appointed"
SURROGATE = "surrogate_parent"
FOSTER = "foster_parent"


def with_rights(case: Case) -> tuple[Guardian, ...]:
    """Who may decide for the child in everything, as far as anybody has said."""
    return tuple(g for g in case.guardians if g.holds_rights and g.relationship != COURT_APPOINTED)


def _guardian(guardian: Guardian) -> dict[str, Any]:
    return of(
        "guardian",
        guardian.id,
        relationship=guardian.relationship,
        educational_rights=guardian.educational_rights,
        appointed_on=iso(guardian.appointed_on),
    )


# A child without a parent ---------------------------------------------------------------


@rule
def idea_consent_ward(s: Situation, policy: Policy) -> Answer:
    """A ward's initial evaluation may begin without a parent's consent (300.300(a)(2))."""
    consent = consent_to_evaluate(s.case)
    if consent is None:
        return not_applicable("Nothing stands in for the consent of a ward's parent.")
    court = next(
        (
            g
            for g in s.case.guardians
            if g.id == consent.guardian_id and g.relationship == COURT_APPOINTED
        ),
        None,
    )
    if court is None and consent.stands_in not in NO_PARENT:
        return not_applicable("The consent is not that of a ward without a parent.")
    evidence = [consent_shown(consent), *map(_guardian, s.case.guardians)]
    student = s.case.student
    if student is None:
        return unknown("It is not known which child this is about.", *evidence)
    evidence.append(
        of(
            "student",
            student.id,
            ward_of_state=student.ward_of_state,
            lives_with_parent=student.lives_with_parent,
        )
    )
    lacks = _keeps_from_exception(s.case, consent.stands_in)
    if lacks:
        return unmet(f"The exception for wards of the State does not hold: {lacks}.", *evidence)
    if court is not None:
        return met(
            "The person whom a judge appointed consents to the initial evaluation of this ward.",
            *evidence,
        )
    return met(f"{STANDING_IN[consent.stands_in or '']}; no consent is needed.", *evidence)


def _keeps_from_exception(case: Case, ground: str | None) -> str:
    """Why a ward's evaluation may not begin without a parent; empty when it may."""
    student = case.student
    if student is None or student.ward_of_state is not True:
        return "the student is not recorded as a ward of the State"
    if case.path != "initial":
        return "it is for the initial evaluation only"
    if student.lives_with_parent is not False:
        return "it is not recorded that the student does not live with a parent"
    if any(g.relationship == FOSTER for g in with_rights(case)):
        return "a foster parent stands in the parent's place (300.30(a)(2)) and is to be asked"
    tried = [a for c in case.consents_for("initial_evaluation") for a in c.attempts]
    if ground == "parent_not_found" and not tried:
        return "no effort to find the parent is logged"
    parents = [g for g in with_rights(case) if g.relationship == "parent"]
    if ground == "rights_terminated" and parents:
        return "a parent is on record whose rights are not restricted"
    return ""


@rule
def idea_surrogate(s: Situation, policy: Policy) -> Answer:
    """A child without a parent has a surrogate parent (300.519)."""
    student = s.case.student
    if student is None:
        return not_applicable("It is not known yet which child this is about.")
    surrogates = [g for g in with_rights(s.case) if g.relationship == SURROGATE]
    if surrogates:
        return met("A surrogate parent speaks for the student.", *map(_guardian, surrogates))
    reasons = {
        "the agency has determined that one is needed": student.surrogate_needed_on is not None,
        "the student is a ward of the State": student.ward_of_state is True,
        "the student is an unaccompanied homeless youth": student.unaccompanied_homeless_youth
        is True,
    }
    why = [reason for reason, so in reasons.items() if so]
    if not why:
        return not_applicable("Nothing on record says that the student has no parent to decide.")
    others = with_rights(s.case)
    if others and student.surrogate_needed_on is None:
        return met("Somebody on record may decide for the student.", *map(_guardian, others))
    return unmet(
        f"No surrogate parent is on record, and {listed(why)}.",
        of("student", student.id, surrogate_needed_on=iso(student.surrogate_needed_on)),
    )


# A parent who refuses -------------------------------------------------------------------


@rule
def idea_consent_refused_private(s: Situation, policy: Policy) -> Answer:
    """No order replaces the consent of a private pupil's parent (300.300(d)(4))."""
    if s.step != "seek-override":
        consent = consent_to_evaluate(s.case)
        if consent is None or consent.stands_in not in ORDERS:
            return not_applicable("It is not by an order or an agreement that this goes on.")
    student = s.case.student
    if student is None:
        return unknown(
            "It is not known which child this is about, and where the child is taught.",
            remedy="Find out which student this is about, and match the receipt.",
        )
    shown = of("student", student.id, placement=student.placement)
    if student.placement in PRIVATE:
        return unmet(
            "The student is taught at home or in a private school at the parents' expense: neither "
            "mediation nor due process may take the place of their consent. The district need not "
            "consider the student eligible for services.",
            shown,
        )
    return met("The student is not placed privately or taught at home by the parents.", shown)


@rule
def idea_homeschool(s: Situation, policy: Policy) -> Answer:
    """Children taught at home are found and evaluated like all others (300.111)."""
    student = s.case.student
    if student is None or student.placement != "home_schooled":
        return not_applicable("The student is not taught at home, as far as is known.")
    shown = of("student", student.id, placement=student.placement)
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            "Send `reason_code` with the step.",
        )
    if s.details.get("reason_code") in NOT_ENROLLED:
        return unmet(
            "The reason given is that the child is taught at home, and the district finds and "
            "evaluates those children too.",
            shown,
        )
    return met("The reason given is not that the child is taught at home.", shown)


@rule
def idea_consent_no_leverage(s: Situation, policy: Policy) -> Answer:
    """A refusal of one thing is not used to deny another (300.300(d)(3))."""
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            "Send `reason_code` with the step.",
        )
    refused = [consent_shown(c) for c in s.case.consents if c.answer == "refused"]
    if s.details.get("reason_code") in LEVERAGE:
        return unmet(
            "The reason given is that the parent refused something, and that denies the child "
            "nothing else.",
            {"type": "details", "reason_code": s.details.get("reason_code")},
            *refused,
        )
    return met("The reason given is not that the parent refused something else.", *refused)


# A parent who disagrees -----------------------------------------------------------------


@rule
def idea_iee(s: Situation, policy: Policy) -> Answer:
    """The agency provides an independent evaluation, or files to defend its own (300.502(b))."""
    request = s.independent_evaluation_request
    if request is None:
        return not_applicable("No independent evaluation is in question.")
    shown = of("independent_evaluation_request", request.id, requested_on=iso(request.requested_on))
    disagrees = next(
        (e for e in reversed(s.case.evaluations) if request.evaluation_id in (None, e.id)), None
    )
    if s.step == "provide":
        return met("The independent evaluation is provided at public expense.", shown)
    if s.step == "defend":
        return _filed(s.case, request, shown)
    if disagrees is None or disagrees.report_completed_on is None:
        return met("The agency has not completed an evaluation to disagree with yet.", shown)
    earlier = [
        other
        for other in s.case.independent_evaluation_requests
        if other.id != request.id
        and other.status == "provided"
        and other.answered_on is not None
        and other.answered_on >= disagrees.report_completed_on
    ]
    if earlier:
        return met(
            "One was provided at public expense already after this evaluation.",
            shown,
            of("independent_evaluation_request", earlier[-1].id),
        )
    return unmet(
        "The agency has completed an evaluation and the parent disagrees: there are two answers, "
        "to provide one or to file for due process, and no third.",
        shown,
        of("evaluation", disagrees.id, report_completed_on=iso(disagrees.report_completed_on)),
    )


def _filed(case: Case, request: IndependentEvaluationRequest, shown: dict[str, Any]) -> Answer:
    """Whether the agency has filed to show that its evaluation is appropriate."""
    for dispute in case.disputes:
        if (
            (dispute.kind, dispute.filed_by) == ("due_process_complaint", "district")
            and dispute.about in ("independent_evaluation", "evaluation")
            and dispute.filed_on is not None
            and request.requested_on is not None
            and dispute.filed_on >= request.requested_on
        ):
            return met(
                "The district has filed for due process to defend its evaluation.",
                shown,
                of("dispute", dispute.id, filed_on=iso(dispute.filed_on)),
            )
    return unmet(
        "No due process complaint by the district since the request is on record.",
        shown,
        remedy="File the complaint and record it as a dispute, or provide the evaluation.",
    )


# How it is signed -----------------------------------------------------------------------


@rule
def idea_econsent(s: Situation, policy: Policy) -> Answer:
    """An electronic signature tells who signed and that they approve (300.505, 99.30(d))."""
    consent = consent_to_evaluate(s.case)
    if consent is None or consent.form != "electronic" or consent.stands_in is not None:
        return not_applicable("No electronic signature is in question.")
    shown = of(
        "consent",
        consent.id,
        form=consent.form,
        authenticated=said(consent.authenticated_by),
        approval_shown=consent.approval_shown,
    )
    checks = {
        "how the person who signed was identified and authenticated": not said(
            consent.authenticated_by
        ),
        "that the signature shows their approval of what it says": consent.approval_shown
        is not True,
    }
    lacks = [what for what, lacking in checks.items() if lacking]
    if lacks:
        return unmet(f"The electronic consent does not show {listed(lacks)}.", shown)
    return met("The electronic signature tells who signed and that they approve.", shown)
