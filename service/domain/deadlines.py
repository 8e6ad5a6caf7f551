"""What a case owes, by when and why: the policy's terms laid over the facts.

A term names the events that start and stop it; `EVENTS` says how the facts of a case show each
event. Every occurrence of a term's start event makes one `Deadline`, and nothing else does:
deadlines are computed, never typed.

How the words of a term are read:

- `starts: a or b` is one clock, from the earliest occurrence of either; a single event starts a
  clock at each of its occurrences. The law is the one in force on the day of the start.
- `stops: a and b or c` is the first day by which a and b have both happened, or c. A stop counts
  on or after the start, and when it names the same record (its referral, consent, document …);
  what stands (a proposal that is out, a report in the parent's hands, an intervention under way)
  still counts later.
- A term whose rule is IDEA's does not run in a case that is only Section 504.

How a closed case ends what was never stopped:

- Withdrawn: the clocks of a request or a consent are excused, with that reason. One that was
  already overdue that day stays late: history is evidence.
- Declined or closed: the clocks of a consent are excused in the same way, nothing further being
  done. What is owed to those who asked (the written answer, the safeguards) stays owed.
- Determined: the clock of a consent stops that day, because a determination presupposes a
  complete evaluation. What is owed after it (notice, report, the 504 question, help) stays owed.
- A consent that the parent revoked excuses its clock from that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from service.domain.calendars import SchoolCalendar
from service.domain.clocks import (
    Citation,
    Clock,
    ClockState,
    Extension,
    LedgerDay,
    Roll,
    Term,
    TimeframeException,
    due,
)
from service.domain.facts import CONSIDERED, Case, Consent, Determination, SourceDocument
from service.domain.lifecycles import CASE
from service.domain.policy import Policy
from service.domain.rules.notice import PRIOR, RIGHTS_504, SAFEGUARDS, about_evaluation, given
from service.domain.rules.referral import is_request, requests
from service.domain.rules.words import day_of, said

FOREVER = date.max
EVALUATION = "initial_evaluation"
"""The term whose clock the steps extend and excuse."""

NOT_ENROLLED = frozenset({"parentally_placed_private", "home_schooled"})
"""Placements in which a pupil's absences from school do not lengthen a count (TEC 29.004)."""


# Events


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event that happened on a day, with the records it is about by kind and id.

    `until`: the last day on which it still stands, for what does not have to happen anew.
    """

    on: date
    subjects: Mapping[str, str] = field(default_factory=dict)
    until: date | None = None
    provisional: bool = False
    ended_on: date | None = None

    def concerns(self, other: Occurrence) -> bool:
        """Whether the two name no different record of the same kind."""
        mine, theirs = self.subjects, other.subjects
        return all(mine[kind] == theirs[kind] for kind in mine.keys() & theirs.keys())

    def stops_on(self, start: Occurrence) -> date | None:
        """The day on which this stops what `start` began; None when it does not."""
        if not self.concerns(start):
            return None
        if self.on >= start.on:
            return self.on
        return start.on if self.until is not None and self.until >= start.on else None


Event = Callable[[Case, Policy], Iterable[Occurrence]]


def _at(on: date | None, until: date | None = None, **subjects: str) -> Iterator[Occurrence]:
    """One occurrence on this day, or none when the day is not known."""
    if on is not None:
        yield Occurrence(on, subjects, until)


def _request_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for referral in requests(case, policy):
        yield from _at(referral.received_on, referral_id=referral.id)


def _evaluation_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    yield from _request_received(case, policy)
    yield from _step(case, policy, name="request-evaluation")


def _section_504_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    if "section_504" in case.frameworks:
        yield from _evaluation_requested(case, policy)


def _referral_received(
    case: Case, policy: Policy, *, form: str | None = None
) -> Iterator[Occurrence]:
    for referral in case.referrals:
        if form is None or referral.form == form:
            yield from _at(referral.received_on, referral_id=referral.id)


def _referral_documented(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for referral in case.referrals:
        yield from _at(referral.documented_on, referral_id=referral.id)


def _receipt_unmatched(case: Case, policy: Policy) -> Iterator[Occurrence]:
    if case.student is None:
        yield from _referral_received(case, policy)


def _never(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A matched receipt is no longer unmatched: its deadline goes, and the journal keeps it."""
    return iter(())


def _medical_document_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for document in case.documents:
        if _medical(document) and document.case_id in (None, case.id):
            yield from _at(document.received_on, document_id=document.id)


def _medical(document: SourceDocument) -> bool:
    return document.kind in CONSIDERED


def _medical_document_answered(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The parent had an answer about it, or a group considered it as one source."""
    for contact in case.contacts:
        if contact.answers_document_id is not None:
            yield from _at(contact.occurred_on, document_id=contact.answers_document_id)
    for determination in _determined(case, "idea", "section_504"):
        for source in determination.sources:
            if source.document_id is not None and said(source.considered):
                yield from _at(determination.decided_on, document_id=source.document_id)


def _physician_referral_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A physician's referral that is no request here: information, which wants an answer."""
    for referral in case.referrals:
        if referral.requester == "physician" and not is_request(referral, case, policy):
            yield from _at(referral.received_on, referral_id=referral.id)


def _referral_answered(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for contact in case.contacts:
        if contact.answers_referral_id is not None:
            yield from _at(contact.occurred_on, referral_id=contact.answers_referral_id)


def _notice_of_proposal(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A proposal stands: it also answers who asks again while it is out."""
    for notice in about_evaluation(case, "propose"):
        yield from _at(notice.issued_on, until=FOREVER, notice_id=notice.id)


def _notice_of_refusal(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for notice in about_evaluation(case, "refuse"):
        yield from _at(notice.issued_on, notice_id=notice.id)


def _notice_of_determination(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for notice in given(case, PRIOR):
        if notice.concerning != "evaluation":
            yield from _at(notice.issued_on, notice_id=notice.id)


def _given(case: Case, policy: Policy, *, kind: str) -> Iterator[Occurrence]:
    for notice in given(case, kind):
        yield from _at(notice.issued_on, notice_id=notice.id)


def _section_504_safeguards_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    yield from _given(case, policy, kind=RIGHTS_504)
    if policy.setting("504-SAFEGUARDS").get("idea_safeguards_suffice") is True:
        yield from _given(case, policy, kind=SAFEGUARDS)


def _consents(case: Case) -> tuple[Consent, ...]:
    return case.consents_for("initial_evaluation")


def _stands_until(consent: Consent) -> date:
    """A request for consent stands until it is refused, a consent until it is revoked."""
    if consent.answer == "refused":
        return consent.received_on or FOREVER
    return consent.revoked_on or FOREVER


def _consent_requested(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for consent in _consents(case):
        yield from _at(consent.requested_on, _stands_until(consent), consent_id=consent.id)


def _consent_answered(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for consent in _consents(case):
        if consent.answer is not None:
            yield from _at(consent.received_on, _stands_until(consent), consent_id=consent.id)


def _consent_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The day the agency first had consent to evaluate that still stands.

    Without one, the first that was revoked: its clock was real until then.
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
    yield from sorted(granted, key=lambda start: (start.ended_on is not None, start.on))[:1]


def _provisional(case: Case, consent: Consent) -> bool:
    """Whether the consent's own rules are not yet met: notice first, then the step."""
    started = case.status in ("evaluating", "evaluated", "determined") or any(
        step.step == "start-evaluation" for step in case.steps
    )
    signed_on = consent.signed_on or consent.received_on
    informed = all(
        any(notice.issued_on <= signed_on for notice in notices if notice.issued_on and signed_on)
        for notices in (about_evaluation(case, "propose"), given(case, SAFEGUARDS))
    )
    return not (started and informed)


def _first_consent_attempt(case: Case, policy: Policy) -> Iterator[Occurrence]:
    yield from _consent_requested(case, policy)
    for consent in _consents(case):
        for attempt in consent.attempts:
            yield from _at(attempt.attempted_on, _stands_until(consent), consent_id=consent.id)


def _guardians_disagree(case: Case, policy: Policy) -> Iterator[Occurrence]:
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
            yield from _at(received_on, consent_id=consent.id)
            return


def _guardians_heard(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for meeting in case.meetings:
        if meeting.parent_attended:
            yield from _at(meeting.held_on, meeting_id=meeting.id)


def _no_data_needed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for evaluation in case.evaluations:
        yield from _at(evaluation.no_data_needed_on, evaluation_id=evaluation.id)


def _report_completed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for evaluation in case.evaluations:
        yield from _at(evaluation.report_completed_on, evaluation_id=evaluation.id)


def _evaluation_completed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The report is complete, as recorded or as the step says, whichever came first."""
    yield from _report_completed(case, policy)
    yield from _step(case, policy, name="complete-evaluation")


def _report_given_to_parent(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for evaluation in case.evaluations:
        yield from _at(
            evaluation.report_given_to_parent_on, until=FOREVER, evaluation_id=evaluation.id
        )


def _determined(case: Case, *frameworks: str) -> Iterator[Determination]:
    """Determinations that became final, also those that a later one took the place of."""
    for determination in case.determinations:
        final = determination.status in ("final", "superseded")
        if final and determination.framework in frameworks:
            yield determination


def _eligibility_determined(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for determination in _determined(case, "idea"):
        yield from _at(determination.decided_on, determination_id=determination.id)


def _section_504_determined(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for determination in _determined(case, "section_504"):
        yield from _at(determination.decided_on, until=FOREVER)


def _impairment_without_idea(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """Not eligible under IDEA although an impairment is documented."""
    documented = any(map(_medical, case.documents)) or any(
        d.impairment or d.disability_present for d in case.determinations
    )
    for determination in _determined(case, "idea"):
        if documented and determination.outcome == "not_eligible":
            yield from _at(determination.decided_on, determination_id=determination.id)


def _review_opened(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for review in case.reviews:
        yield from _at(review.opened_on, review_id=review.id)


def _review_closed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for review in case.reviews:
        yield from _at(review.closed_on, review_id=review.id)


def _help_due(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A concern stands, and it does not lead to a plan: help never depends on eligibility."""
    if not (case.referrals or case.suspicions):
        return
    if case.status in ("declined", "closed"):
        yield from _at(_closed_on(case), case_id=case.id)
    if not any(c.granted for c in _consents(case)):
        for consent in _consents(case):
            if consent.answer == "refused":
                yield from _at(consent.received_on, consent_id=consent.id)
    final = [d for d in _determined(case, "idea", "section_504") if d.status == "final"]
    if not any(d.outcome == "eligible" for d in final):
        for determination in final:
            yield from _at(determination.decided_on, determination_id=determination.id)
            return


def _support_given(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for intervention in case.interventions:
        yield from _at(intervention.started_on, until=intervention.ended_on or FOREVER)


def _step(case: Case, policy: Policy, *, name: str) -> Iterator[Occurrence]:
    for step in case.steps:
        if step.step == name:
            yield from _at(step.taken_on, case_id=case.id)


EVENTS: Mapping[str, Event] = {
    "request_received": _request_received,
    "evaluation_requested": _evaluation_requested,
    "section_504_requested": _section_504_requested,
    "referral_received": _referral_received,
    "oral_referral_received": partial(_referral_received, form="oral"),
    "referral_documented": _referral_documented,
    "receipt_unmatched": _receipt_unmatched,
    "student_matched": _never,
    "medical_document_received": _medical_document_received,
    "medical_document_answered": _medical_document_answered,
    "physician_referral_received": _physician_referral_received,
    "referral_answered": _referral_answered,
    "notice_of_proposal": _notice_of_proposal,
    "notice_of_refusal": _notice_of_refusal,
    "notice_of_determination": _notice_of_determination,
    "safeguards_given": partial(_given, kind=SAFEGUARDS),
    "section_504_safeguards_given": _section_504_safeguards_given,
    "consent_requested": _consent_requested,
    "first_consent_attempt": _first_consent_attempt,
    "consent_answered": _consent_answered,
    "consent_unanswered": partial(_step, name="mark-unanswered"),
    "consent_received": _consent_received,
    "guardians_disagree": _guardians_disagree,
    "guardians_heard": _guardians_heard,
    "no_data_needed": _no_data_needed,
    "evaluation_completed": _evaluation_completed,
    "report_completed": _report_completed,
    "report_given_to_parent": _report_given_to_parent,
    "eligibility_determined": _eligibility_determined,
    "determination_finalized": _eligibility_determined,
    "section_504_determined": _section_504_determined,
    "impairment_without_idea": _impairment_without_idea,
    "review_opened": _review_opened,
    "review_closed": _review_closed,
    "help_due": _help_due,
    "support_given": _support_given,
}
"""Every event that a term may start or stop with, and how the facts of a case show it."""

OF_A_REQUEST = frozenset(
    {
        "request_received",
        "evaluation_requested",
        "section_504_requested",
        "referral_received",
        "oral_referral_received",
    }
)
OF_A_CONSENT = frozenset({"consent_requested", "consent_received", "no_data_needed"})
EXCUSED_BY = {
    "withdrawn": OF_A_REQUEST | OF_A_CONSENT,
    "declined": OF_A_CONSENT,
    "closed": OF_A_CONSENT,
}
"""By the status a case ended with: the start events whose clocks go no further."""


def alternatives(words: str) -> tuple[tuple[str, ...], ...]:
    """The events of a term's `starts` or `stops`: any of these, all of whose events happened."""
    return tuple(tuple(part.split(" and ")) for part in words.split(" or "))


# Deadlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What is due, by when, under which section, whose it is, and how it stands.

    `kind` is `clock`, or `duty` when the law names no number of days. `key` stays the same as
    long as what started it does. `reason` says what ended a clock that was never stopped.
    `owner_staff_id` is the case's champion, for a review its own owner.
    """

    key: str
    term_id: str
    kind: str
    title: str
    rule_id: str | None
    started_on: date
    due_on: date | None
    state: ClockState
    met_on: date | None
    provisional: bool
    owner_staff_id: str | None
    basis: str
    verification: str
    needs: tuple[str, ...]
    subjects: Mapping[str, str]
    citations: tuple[Citation, ...]
    reason: str | None
    clock: Clock = field(repr=False)

    def is_overdue(self, today: date) -> bool:
        """Whether the due date has passed without being kept or excused."""
        return self.clock.is_overdue(today)

    @property
    def explanation(self) -> str:
        """The working in sentences."""
        return self.clock.explanation

    def ledger(self) -> Iterator[LedgerDay]:
        """Every day from the start through the due date: counted or not, and why."""
        return self.clock.ledger()


def deadlines(
    case: Case, policy: Policy, calendar: SchoolCalendar, today: date
) -> tuple[Deadline, ...]:
    """Everything the case owes or owed, in the order of the policy's terms."""
    return tuple(
        _deadline(case, policy, calendar, today, term, start)
        for term_id in policy.terms
        for term, start in _started(case, policy, term_id)
    )


def ledger(
    key: str, case: Case, policy: Policy, calendar: SchoolCalendar, today: date
) -> tuple[LedgerDay, ...]:
    """The day ledger of the deadline with this key; KeyError when the case has none."""
    for deadline in deadlines(case, policy, calendar, today):
        if deadline.key == key:
            return tuple(deadline.ledger())
    raise KeyError(key)


def _started(case: Case, policy: Policy, term_id: str) -> Iterator[tuple[Term, Occurrence]]:
    """Each start of a term, with the term in force that day.

    A term's events may change with the law; a start counts only for the law of its day.
    """
    for dated in policy.terms[term_id]:
        term = dated.value
        if not _in_question(term, case, policy):
            continue
        events = [name for part in alternatives(term.starts) for name in part]
        starts = sorted(
            (start for name in events for start in EVENTS[name](case, policy)),
            key=lambda start: start.on,
        )
        for start in starts if len(events) == 1 else starts[:1]:
            if dated.in_force(start.on):
                yield term, start


def _in_question(term: Term, case: Case, policy: Policy) -> bool:
    """Whether the term's rule belongs to a law that is in question in this case."""
    card = policy.rules.get(term.rule_id)
    return card is None or card.framework != "idea" or "idea" in case.frameworks


def _stopped(case: Case, policy: Policy, term: Term, start: Occurrence) -> date | None:
    """The first day by which one of the term's alternatives has wholly happened."""
    days = (
        _all_by([_first(EVENTS[name](case, policy), start) for name in part])
        for part in alternatives(term.stops)
    )
    return min((day for day in days if day is not None), default=None)


def _first(stops: Iterable[Occurrence], start: Occurrence) -> date | None:
    days = (stop.stops_on(start) for stop in stops)
    return min((day for day in days if day is not None), default=None)


def _all_by(days: list[date | None]) -> date | None:
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None


def _deadline(
    case: Case,
    policy: Policy,
    calendar: SchoolCalendar,
    today: date,
    term: Term,
    start: Occurrence,
) -> Deadline:
    enrolled = case.student is None or case.student.placement not in NOT_ENROLLED
    run = partial(
        due,
        term,
        start.on,
        calendar,
        today=today,
        absences=case.absences if enrolled else (),
        extension=_extension(case, start) if term.id == EVALUATION else None,
        count_trigger_day=policy.count_trigger_day,
        roll=Roll(policy.roll),
        provisional=start.provisional,
    )
    exception = _exception(case, start) if term.id == EVALUATION else None
    stopped_on = _stopped(case, policy, term, start)
    reason = None
    clock = run(stopped_on=stopped_on, exception=exception)
    if stopped_on is None and exception is None:
        clock, stopped_on, reason = _ended(case, term, start, clock, run)
    return Deadline(
        key=f"{term.id}:{next(iter(start.subjects.values()), case.id)}",
        term_id=term.id,
        kind="duty" if term.count is None else "clock",
        title=term.title,
        rule_id=term.rule_id or None,
        started_on=start.on,
        due_on=clock.due_on,
        state=clock.state,
        met_on=stopped_on,
        provisional=start.provisional,
        owner_staff_id=_owner(case, start),
        basis=policy.basis,
        verification=str(term.citations[0].verification),
        needs=tuple(str(need) for need in clock.needs),
        subjects=start.subjects,
        citations=term.citations,
        reason=reason,
        clock=clock,
    )


def _ended(
    case: Case, term: Term, start: Occurrence, clock: Clock, run: Callable[..., Clock]
) -> tuple[Clock, date | None, str | None]:
    """A clock that nothing stopped, after what ended it: the clock, its stop, the reason."""
    events = {name for part in alternatives(term.starts) for name in part}
    closed_on = _closed_on(case)
    if start.ended_on is not None:
        ended_on, reason = start.ended_on, f"The consent was revoked on {start.ended_on}."
    elif closed_on is None or closed_on < start.on:
        return clock, None, None
    elif case.status == "determined" and events & OF_A_CONSENT:
        reason = f"The determination of {closed_on} presupposes a complete evaluation."
        return run(stopped_on=closed_on), closed_on, reason
    elif events & EXCUSED_BY.get(case.status, frozenset()):
        ended_on, reason = closed_on, f"The case was {case.status} on {closed_on}."
    else:
        return clock, None, None
    if clock.due_on is not None and clock.due_on < ended_on:
        return run(stopped_on=ended_on), None, f"{reason} It was overdue by then."
    lifted = TimeframeException(kind=case.status, reasons=(reason.rstrip("."),))
    return run(exception=lifted), None, reason


def _closed_on(case: Case) -> date | None:
    """The day the case was closed; with no such date, that of the step that closed it."""
    if case.status not in ("withdrawn", "declined", "closed", "determined"):
        return None
    ending = {step.name for step in CASE.steps if step.closes and step.to == case.status}
    ended = [step.taken_on for step in case.steps if step.step in ending]
    return case.closed_on or max(ended, default=None)


def _extension(case: Case, start: Occurrence) -> Extension | None:
    """The last agreed due date; whether it was lawful was decided when the step was taken."""
    found = None
    for step in case.steps:
        new_due_on = day_of(step.details.get("new_due_on"))
        if step.step == "extend-evaluation" and step.taken_on >= start.on and new_due_on:
            agreed_on = day_of(step.details.get("agreed_on")) or step.taken_on
            found = Extension("written_agreement", agreed_on, new_due_on)
    return found


def _exception(case: Case, start: Occurrence) -> TimeframeException | None:
    """The parent repeatedly failed or refused to produce the child (300.301(d)(1))."""
    for step in case.steps:
        if step.step == "excuse-not-produced" and step.taken_on >= start.on:
            return TimeframeException(kind="child_not_produced")
    return None


def _owner(case: Case, start: Occurrence) -> str | None:
    owners = {review.id: review.owner_staff_id for review in case.reviews}
    return owners.get(start.subjects.get("review_id", "")) or case.champion_staff_id
