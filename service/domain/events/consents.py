"""Consents: asked for, answered, received, and what guardians disagree about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from service.domain.events.occurrence import FOREVER, Occurrence, at, event, step_taken
from service.domain.facts import UNDER_IDEA, Case, Consent
from service.domain.policy import Policy
from service.domain.rules.consent import TO_SERVE, last_answer, refusal_rule
from service.domain.rules.notice import SAFEGUARDS, about_evaluation, given


def _consents(case: Case) -> tuple[Consent, ...]:
    return case.consents_for(case.to_evaluate)


def _stands_until(consent: Consent) -> date:
    """A request for consent stands until it is refused, a consent until it is revoked."""
    if consent.answer == "refused":
        return consent.received_on or FOREVER
    return consent.revoked_on or FOREVER


def _asked_on(consent: Consent) -> date | None:
    """Who answered had been asked by then: the answer's day where no other is recorded."""
    return consent.requested_on or (consent.received_on if consent.answer is not None else None)


@event
def consent_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for consent in _consents(case):
        yield from at(_asked_on(consent), _stands_until(consent), consent_id=consent.id)


@event
def consent_answered(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for consent in _consents(case):
        if consent.answer is not None:
            yield from at(consent.received_on, _stands_until(consent), consent_id=consent.id)


@event
def consent_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The day the agency first had consent to evaluate that still stands.

    Without one, the first that was revoked: its clock was real until then. A child who moved here
    while another agency was evaluating brings that agency's day along: no clock starts afresh
    (300.301(d)(2)). Where the refusal was overridden, the evaluation has its time from the day the
    district relied on that (300.300(a)(3)).
    """
    granted = [
        Occurrence(
            consent.received_on,
            {"consent_id": consent.id},
            provisional=_provisional(case, consent),
            ended_on=consent.revoked_on,
        )
        for consent in _consents(case)
        if consent.answer == "granted" and consent.received_on is not None
    ]
    granted += _received_elsewhere(case)
    granted += _refusal_overridden(case)
    yield from sorted(granted, key=lambda start: (start.ended_on is not None, start.on))[:1]


def _received_elsewhere(case: Case) -> Iterator[Occurrence]:
    """Another agency's consent: its clock runs on here, unless the parent now says no."""
    answer = last_answer(case)
    ended_on = None if answer is None or answer[0] == "granted" else _answered_on(answer[1])
    for evaluation in case.evaluations:
        if evaluation.transfer is not None and evaluation.transfer.consent_received_on is not None:
            yield Occurrence(
                evaluation.transfer.consent_received_on,
                {"evaluation_id": evaluation.id},
                provisional=not _started(case),
                ended_on=ended_on,
            )


def _refusal_overridden(case: Case) -> Iterator[Occurrence]:
    """The evaluation that was begun although the parent refused, or did not answer."""
    for step in case.steps:
        if step.step == "start-evaluation" and refusal_rule(case) in step.lifted:
            yield from at(step.taken_on, case_id=case.id)


def _answered_on(consent: Consent) -> date | None:
    return consent.revoked_on or consent.received_on


def _started(case: Case) -> bool:
    return case.status in ("evaluating", "evaluated", "determined") or any(
        step.step == "start-evaluation" for step in case.steps
    )


def _provisional(case: Case, consent: Consent) -> bool:
    """Whether the consent's own rules are not yet met: notice first, then the step."""
    signed_on = consent.signed_on or consent.received_on
    informed = all(
        any(notice.issued_on <= signed_on for notice in notices if notice.issued_on and signed_on)
        for notices in (about_evaluation(case, "propose"), given(case, SAFEGUARDS))
    )
    return consent.barred or not (_started(case) and informed)


@event
def first_consent_attempt(case: Case, policy: Policy) -> Iterator[Occurrence]:
    yield from consent_requested(case, policy)
    for consent in _consents(case):
        for attempt in consent.attempts:
            yield from at(attempt.attempted_on, _stands_until(consent), consent_id=consent.id)


# To the first services ------------------------------------------------------------------


@event
def services_consent_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The parent was asked to consent to the first services (300.300(b)(1))."""
    for consent in case.consents_for(TO_SERVE):
        yield from at(_asked_on(consent), _stands_until(consent), consent_id=consent.id)


@event
def services_consent_answered(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for consent in case.consents_for(TO_SERVE):
        if consent.answer is not None and not consent.barred:
            yield from at(consent.received_on, _stands_until(consent), consent_id=consent.id)


@event
def services_consent_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The day the agency had the first consent to services that stands.

    Without one, the first that was revoked: what it began was real until then.
    """
    granted = [
        Occurrence(
            consent.received_on,
            {"consent_id": consent.id},
            ended_on=consent.revoked_on if consent.revoked else None,
        )
        for consent in case.consents_for(TO_SERVE)
        if consent.answer == "granted"
        and consent.received_on is not None
        and consent.stands
        and not consent.barred
    ]
    yield from sorted(granted, key=lambda start: (start.ended_on is not None, start.on))[:1]


def services_declined(case: Case, since: date) -> tuple[date, str] | None:
    """The day, since another, on which the parent said no to services for the last time.

    And what they did, in words; None where their last word is yes. Silence is a no from the day
    on which the plan was taken back for it (300.300(b)(3)).
    """
    answer = last_answer(case, TO_SERVE)
    if answer is None:
        day, what = _given_up_on(case), "The parent did not answer, and the plan was withdrawn"
    elif answer[0] == "granted":
        return None
    else:
        word, consent = answer
        day = consent.revoked_on if word == "revoked" else consent.received_on
        what = f"The parent {word} consent to services"
    return (day, what) if day and day >= since else None


def _given_up_on(case: Case) -> date | None:
    """When the last plan was taken back because nobody answered about services.

    Efforts to reach the parent have to be logged: without one nobody has kept silent.
    """
    plans = [plan for plan in case.own_plans if plan.kind in UNDER_IDEA]
    tried = any(consent.attempts for consent in case.consents_for(TO_SERVE))
    if not tried or any(plan.status != "withdrawn" for plan in plans):
        return None
    days = [p.ended_on for p in plans if p.end_reason == "services_refused" and p.ended_on]
    return max(days, default=None)


# Guardians ------------------------------------------------------------------------------


@event
def guardians_disagree(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """One guardian granted consent and another refused it; the second answer shows it."""
    answered = [
        (c.received_on, c)
        for c in _consents(case)
        if c.received_on is not None and c.guardian_id is not None and c.revoked_on is None
    ]
    answered.sort(key=lambda pair: pair[0])
    for place, (received_on, consent) in enumerate(answered):
        others = {c.answer for _, c in answered[:place] if c.guardian_id != consent.guardian_id}
        if {"granted", "refused"} <= others | {consent.answer} and consent.answer is not None:
            yield from at(received_on, consent_id=consent.id)
            return


@event
def guardians_heard(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for meeting in case.meetings:
        if meeting.parent_attended:
            yield from at(meeting.held_on, meeting_id=meeting.id)


@event
def consent_unanswered(case: Case, policy: Policy) -> Iterator[Occurrence]:
    yield from step_taken(case, "mark-unanswered")
