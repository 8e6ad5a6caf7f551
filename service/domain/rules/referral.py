"""Rules about receipts: who asks, what is owed to them, and what may not stand in the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from service.domain.facts import (
    CONSIDERED,
    PARENTAL,
    Case,
    Intervention,
    Referral,
    Situation,
    SourceDocument,
    Suspicion,
)
from service.domain.policy import Policy
from service.domain.receipts import request_source, requests
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
from service.domain.rules.notice import about_evaluation, shown
from service.domain.rules.words import iso, listed, said

INTERVENTION_RULE = "STATE-PREREFERRAL-INTERVENTION"
"""The intervention rule; a district's setting of it says how much it asks."""

WAITING = frozenset(
    {
        "interventions_incomplete",
        "interventions_not_finished",
        "mtss_incomplete",
        "rti_incomplete",
        "tier_2_incomplete",
        "tier_3_incomplete",
        "wait_for_interventions",
        "wait_for_mtss",
        "wait_for_rti",
    }
)
"""Reasons that only say that the general-education support has not run its course."""

PASSING = frozenset({"grades_are_passing", "passing_grades", "promoted", "advancing_in_grade"})
"""Reasons that only say that the child goes on from grade to grade."""

PRIVATE = "parentally_placed_private"

NOT_ENROLLED = frozenset({"home_schooled", "not_enrolled", "private_school"})
"""Reasons that say where a child is taught, and so nothing about the child."""

LEVERAGE = frozenset({"consent_refused", "parent_refused", "refused_another_service"})
"""Reasons that hold one no of the parent's against another thing the child needs."""

REASONS = (
    "no_suspected_disability",
    "not_resident",
    "moved_away",
    "duplicate",
    "already_evaluated",
    "age_outside_range",
    "other",
)
"""Reasons that are weighed by people, not by this rule."""

KNOWN_REASONS = frozenset({*REASONS, *WAITING, *PASSING, *NOT_ENROLLED, *LEVERAGE})
"""Every reason that a rule knows what to make of."""


def suspicions(case: Case) -> tuple[Suspicion, ...]:
    """Every recorded statement that a disability is suspected."""
    stated = (*case.suspicions, *(r.suspicion for r in case.referrals if r.suspicion is not None))
    return tuple(suspicion for suspicion in stated if said(suspicion.statement))


def _receipt(receipt: Referral) -> dict[str, Any]:
    return of(
        "referral", receipt.id, requester=receipt.requester, received_on=iso(receipt.received_on)
    )


# Receipt ----------------------------------------------------------------------------


@rule
def idea_request_who(s: Situation, policy: Policy) -> Answer:
    """A parent or a public agency may ask for an initial evaluation (300.301(b))."""
    if not s.case.referrals:
        return not_applicable("Nothing has been received yet.")
    if s.case.path == "reevaluation":
        return not_applicable("The student is served already: it is about a re-evaluation.")
    receipt = s.case.referrals[-1]
    if receipt.requester in PARENTAL:
        return met("This is a request by the parent or for them.", _receipt(receipt))
    if receipt.requester in ("staff", "other_public_agency"):
        return met("A public agency, and its staff for it, may ask.", _receipt(receipt))
    source = request_source(receipt, s.case, policy)
    if source is not None:
        law = listed(citation.text for citation in source.citations)
        return met(
            "This state treats a referral from this person as a request"
            + (f" ({law})." if law else "."),
            _receipt(receipt),
        )
    return unmet(
        "This is information from someone outside the family and the public agencies, which the "
        "district considers; it is not yet a request for an evaluation.",
        _receipt(receipt),
    )


@rule
def idea_screening_not_eval(s: Situation, policy: Policy) -> Answer:
    """Screening to plan instruction is not an evaluation (300.302)."""
    screened = tuple(r for r in s.case.referrals if r.from_screening)
    given = tuple(a for e in s.case.evaluations for a in e.assessments)
    if given and all("screening" in (a.origin, a.source_kind) for a in given):
        return unmet(
            "The only assessments recorded are screenings, and a screening is not an evaluation.",
            *(of("assessment", a.id, origin=a.origin) for a in given),
        )
    if screened:
        return met(
            "A screening raised this concern; it needs no consent and starts no evaluation clock.",
            *map(_receipt, screened),
        )
    return not_applicable("No screening is involved.")


@rule
def idea_physician_consider(s: Situation, policy: Policy) -> Answer:
    """Medical information that arrives is considered and answered (300.305(a)(1), 300.111)."""
    documents = [d for d in s.case.documents if d.kind in CONSIDERED]
    referrals = [r for r in s.case.referrals if r.requester == "physician"]
    if not documents and not referrals:
        return not_applicable("No medical information has arrived.")
    waiting = [of("source_document", d.id, kind=d.kind) for d in documents if not _used(d, s.case)]
    waiting += [_receipt(r) for r in referrals if not _answered(r, s.case)]
    if not waiting:
        return met("The medical information that arrived has been considered and answered.")
    return unmet(
        "Medical information has arrived and awaits an answer: it is considered, it decides "
        "nothing by itself, and no further diagnosis may be demanded first.",
        *waiting,
    )


def _used(document: SourceDocument, case: Case) -> bool:
    """Whether the parent had an answer about the document, or a group considered it."""
    return any(c.answers_document_id == document.id for c in case.contacts) or any(
        source.document_id == document.id and said(source.considered)
        for determination in case.determinations
        for source in determination.sources
    )


def _answered(receipt: Referral, case: Case) -> bool:
    """Whether somebody answered the receipt, by a contact or by the district's notice."""
    return any(c.answers_referral_id == receipt.id for c in case.contacts) or bool(
        _decided(case, receipt.received_on)
    )


def _decided(case: Case, since: date | None) -> tuple[dict[str, Any], ...]:
    proposed, refused = (about_evaluation(case, d, since) for d in ("propose", "refuse"))
    return shown((*proposed, *refused))


# The school's own request -----------------------------------------------------------


@rule
def state_prereferral_intervention(s: Situation, policy: Policy) -> Answer:
    """The school documents intervention before its own request, or says why not to wait.

    State law only, within 300.111, 300.226(c) and OSEP Memo 11-07: never a parent's
    request, and a suspicion of disability stated by staff always lifts it.
    """
    setting = policy.setting(INTERVENTION_RULE)
    mode = setting.get("mode") or "required_with_bypass"
    receipts = s.case.referrals
    if s.case.path == "reevaluation":
        return not_applicable("The student is served already: nothing comes before another look.")
    if not all(r.requester == "staff" for r in receipts) or requests(s.case, policy):
        return not_applicable("This request is not the school's alone; nothing has to come first.")
    if not receipts:
        return not_applicable("No request by the school's own staff is recorded.")
    if mode == "none":
        return not_applicable("Here the school may ask at once; nothing has to come first.")
    lacks = [(i, still_missing(i, policy)) for i in s.case.interventions]
    needed = setting.get("min_interventions")
    needed = 1 if needed is None else needed
    documented = sum(not missing for _, missing in lacks)
    evidence = tuple(of("intervention", i.id, missing=list(m)) for i, m in lacks)
    counted = f"{documented} of {needed} documented"
    if documented >= needed:
        return met(f"Interventions: {counted}.", *evidence)
    because = f"Interventions: {counted}; {_still_lacking(lacks)}."
    suspicion = _suspicion(s)
    if suspicion is None:
        return unmet(because, *evidence, mode="advise" if mode == "document_only" else None)
    return unmet(
        f"{because[:-1]}, and staff suspect a disability now, so the child does not wait.",
        *evidence,
        mode="advise" if mode == "document_only" else None,
        override={
            "kind": "bypass",
            "statement": suspicion.statement,
            "staff_id": suspicion.staff_id,
        },
    )


def still_missing(intervention: Intervention, policy: Policy) -> tuple[str, ...]:
    """What keeps an intervention from being documented as the rule asks it here."""
    setting = policy.setting(INTERVENTION_RULE)
    return intervention.missing(
        min_weeks=setting.get("min_weeks") or 0,
        min_progress_points=setting.get("min_progress_points") or 2,
    )


def _still_lacking(lacks: list[tuple[Intervention, tuple[str, ...]]]) -> str:
    if not lacks:
        return "none is recorded for this student"
    parts = [
        f"the one {f'for “{i.concern}”' if said(i.concern) else i.id} lacks {listed(missing)}"
        for i, missing in lacks
        if missing
    ]
    return "; ".join(parts) or "no other is recorded for this student"


def _suspicion(s: Situation) -> Suspicion | None:
    """The suspicion stated with the step, else the last one on record."""
    now = (s.details or {}).get("suspicion")
    if isinstance(now, Mapping) and said(now.get("statement")):
        return Suspicion(statement=now["statement"].strip(), staff_id=now.get("staff_id"))
    return next(reversed(suspicions(s.case)), None)


# Ending without an evaluation -------------------------------------------------------


@rule
def idea_request_no_rti_block(s: Situation, policy: Policy) -> Answer:
    """Unfinished intervention is no ground to deny or delay an evaluation (OSEP Memo 11-07)."""
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            f"Send `reason_code` with the step: {listed(sorted(REASONS), 'or')}.",
        )
    reason = s.details.get("reason_code")
    reason = reason if isinstance(reason, str) else None
    if reason in WAITING:
        return unmet(
            "The reason given is that interventions have not run their course, and a child may "
            "not be turned away or kept waiting for that.",
            {"type": "details", "reason_code": reason},
        )
    if reason in KNOWN_REASONS:  # other rules refuse some of these
        return met(
            "The reason given is not that interventions are unfinished.",
            {"type": "details", "reason_code": reason},
        )
    return unknown(
        f"The reason is not one of {listed(REASONS, 'or')}, and free text is not guessed at.",
        {"type": "details", "reason_code": reason},
    )


@rule
def idea_child_find_suspect(s: Situation, policy: Policy) -> Answer:
    """A child may be suspected of a disability though advancing in grade (300.111(c)(1))."""
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            f"Send `reason_code` with the step: {listed(sorted(REASONS), 'or')}.",
        )
    reason = s.details.get("reason_code")
    if reason in PASSING:
        return unmet(
            "The reason given is that the child passes from grade to grade, and a child who does "
            "may have a disability all the same.",
            {"type": "details", "reason_code": reason},
        )
    return met("The reason given is not that the child passes from grade to grade.")


@rule
def idea_ceis_no_delay(s: Situation, policy: Policy) -> Answer:
    """Early intervening services never delay the evaluation of a suspected child (300.226(c))."""
    open_ = [i for i in s.case.interventions if i.started_on is not None and i.ended_on is None]
    if not open_:
        return not_applicable("No support that could be waited for is under way.")
    evidence = tuple(of("intervention", i.id, started_on=iso(i.started_on)) for i in open_)
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            "Send `reason_code` with the step.",
        )
    if s.details.get("reason_code") in WAITING:
        return unmet(
            "Support is under way, and the reason given is to wait for it; it goes on beside an "
            "evaluation.",
            *evidence,
        )
    return met("The reason given is not to wait for the support that is under way.", *evidence)


@rule
def idea_priv_childfind(s: Situation, policy: Policy) -> Answer:
    """The district where a private school lies finds and evaluates its pupils (300.131)."""
    student = s.case.student
    placement = None if student is None else student.placement
    if placement not in (None, PRIVATE, "home_schooled"):
        return not_applicable("The parents have not placed the student in a private school.")
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            "Send `reason_code` with the step.",
        )
    if s.details.get("reason_code") != "not_resident":
        if placement != PRIVATE:
            return not_applicable("The reason given is not where the family lives.")
        return met("The reason given is not where the family lives.")
    if student is None:
        return unknown(
            "It is not known which child this is about, and whether a private school in this "
            "district is theirs.",
            mode="advise",
        )
    evidence = of("student", student.id, placement=placement, school_id=student.school_id)
    if placement != PRIVATE:
        return unknown(
            "The pupil is taught at home. Whether that counts as a private school is for state "
            "law to say; if it does and lies in this district, this district evaluates.",
            evidence,
            mode="advise",
        )
    if student.school_id is None:
        return unknown(
            "Which private school the pupil attends is not recorded. If it lies in this district, "
            "this district evaluates, wherever the family lives.",
            evidence,
            mode="advise",
        )
    return unmet(
        "The parents placed the pupil in a private school on this district's roster, so this "
        "district evaluates, wherever the family lives.",
        evidence,
    )


@rule
def idea_request_decide(s: Situation, policy: Policy) -> Answer:
    """A request is answered: the agency proposes to evaluate or refuses (300.503(a))."""
    if s.step == "close":
        return _close(s, policy)
    if s.step == "withdraw":
        return _withdraw(s, policy)
    asked, suspected = requests(s.case, policy), suspicions(s.case)
    if not asked and not suspected:
        return not_applicable("Nobody has asked for an evaluation or stated a suspicion yet.")
    days = [r.received_on for r in asked] or [x.stated_on for x in suspected]
    since = max((day for day in days if day is not None), default=None)
    decided = _decided(s.case, since)
    if decided:
        return met("The district has answered in writing.", *decided)
    return unmet(
        "The district owes a written answer: it proposes to evaluate, or it refuses and says why.",
        *map(_receipt, asked),
        mode="duty",
    )


def _close(s: Situation, policy: Policy) -> Answer:
    asked, suspected = requests(s.case, policy), suspicions(s.case)
    evidence = (*map(_receipt, asked), *map(_stated, suspected))
    if not evidence:
        return met("Nobody has asked for an evaluation and nobody has stated a suspicion.")
    why = "an evaluation has been asked for" if asked else "staff have stated a suspicion"
    return unmet(
        f"Since {why}, only a decision to decline, with its written notice, ends this case "
        "without an evaluation.",
        *evidence,
    )


def _withdraw(s: Situation, policy: Policy) -> Answer:
    parents, suspected = s.case.parent_requests, suspicions(s.case)
    others = [r for r in requests(s.case, policy) if r not in parents]
    if not parents:
        return unmet(
            "Only a parent withdraws, and no parent has asked; a concern of the school's own is "
            "closed or declined instead.",
            remedy="Close the case if nobody suspects a disability; else propose the evaluation, "
            "or decline it with a prior written notice.",
        )
    if others or suspected:
        return unmet(
            "Someone beside the parent has asked or stated a suspicion, and that is still to be "
            "answered.",
            *map(_receipt, others),
            *map(_stated, suspected),
        )
    if s.details is None:
        return depends(
            "It depends on who withdraws, which is said with the step.",
            "Send `withdrawn_by` with the step: parent or adult_student, whoever asked.",
        )
    by = s.details.get("withdrawn_by")
    if by in ("parent", "adult_student"):
        return met("The parent takes back their own request.", *map(_receipt, parents))
    return unmet(
        "A parent's request is theirs to take back; nobody can do it for them.",
        {"type": "details", "withdrawn_by": by},
        remedy="Record it when the parent says so; otherwise propose the evaluation, or decline it "
        "with a prior written notice.",
    )


def _stated(suspicion: Suspicion) -> dict[str, Any]:
    return {
        "type": "suspicion",
        "staff_id": suspicion.staff_id,
        "stated_on": iso(suspicion.stated_on),
    }
