"""How a term runs on the facts of a case: when it starts, what it counts, what ends it.

A term names the events that start and stop it; `events` says how the facts show each. How the
words of a term are read:

- `starts: a or b` is one clock, from the earliest occurrence of either; a single event starts a
  clock at each of its occurrences. The law is the one in force on the day of the start, unless a
  change says what else it attaches to.
- `stops: a and b or c` is the first day by which a and b have both happened, or c. A stop counts
  on or after the start, and when it names the same record (its referral, consent, document …);
  what stands (a proposal that is out, a report in the parent's hands, an intervention under way)
  still counts later.
- A term whose rule is IDEA's does not run in a case that is only Section 504.
- A re-evaluation has the federal base's terms. A state's time for a first evaluation, and for the
  answer to a request for one, is not its time for another unless its law says so.
- Where a district asks for its counsel's sign-off, a state's value that nobody read in the rule or
  on an agency's page does not drive a date alone before that: the federal period runs beside it,
  and the earlier date binds.

How a closed case ends what was never stopped:

- Withdrawn: the clocks of a request or a consent are excused, with that reason. One that was
  already overdue that day stays late: history is evidence.
- Declined or closed: the clocks of a consent and of the evaluation are excused in the same way,
  nothing further being done. What is owed to those who asked (the written answer, the safeguards)
  stays owed.
- Transferred out: every clock is excused from the day the child was last enrolled, also one that
  starts later; but what a parent asked to see is owed to them wherever they live (300.613).
- Determined: the clock of a consent that runs to the evaluation or the determination stops that
  day, because a determination presupposes a complete evaluation. What is owed after it (notice,
  report, an IEP or services where the state counts to them, the 504 question, help) stays owed.
- A consent that the parent revoked, a plan that ended, or services that the parent refused excuse
  what they had begun from that day; the refusal of services also what runs until they begin
  (300.300(b)(4)), and so does a plan that was withdrawn because the parent did not answer
  (300.300(b)(3)). An evaluation clock that a state starts at the referral is excused while the
  parent refuses or does not answer (300.300(a)(3)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from service.domain.calendars import Span
from service.domain.citations import Citation
from service.domain.clocks import (
    AttachesTo,
    Clock,
    Extension,
    Leg,
    Period,
    Term,
    TimeframeException,
    When,
)
from service.domain.clocks.words import named
from service.domain.events import EVENTS, Occurrence
from service.domain.events.closing import TRANSFERRED_OUT, closed_on
from service.domain.events.consents import services_declined
from service.domain.facts import Case
from service.domain.policy import Dated, Policy
from service.domain.rules.words import day_of

ONE_DAY = timedelta(days=1)

EVALUATION = "initial_evaluation"
"""The term whose clock the steps extend and excuse."""
EVALUATION_RULE = "IDEA-EVAL-CLOCK"
OF_A_FIRST_EVALUATION = frozenset({EVALUATION_RULE, "IDEA-REQUEST-DECIDE"})
"""Rules whose numbers of days states give for a first evaluation."""
UNTIL_SIGNED_OFF = "federal_until_signed_off"

OF_A_REQUEST = frozenset(
    {
        "request_received",
        "parent_request_received",
        "other_request_received",
        "evaluation_requested",
        "initial_referral_or_parent_request",
        "section_504_requested",
        "referral_received",
        "oral_referral_received",
    }
)
OF_A_CONSENT = frozenset(
    {"consent_requested", "consent_received", "section_504_consent_received", "no_data_needed"}
)
OF_THE_RECORDS = frozenset({"records_requested"})
OF_SUPPORT = frozenset({"without_adequate_progress"})
EXCUSED_BY = {
    "withdrawn": OF_A_REQUEST | OF_A_CONSENT | OF_SUPPORT,
    "declined": OF_A_CONSENT | OF_SUPPORT,
    "closed": OF_A_CONSENT | OF_SUPPORT,
}
"""By the status a case ended with: the start events whose clocks go no further."""
PRESUPPOSED = frozenset({"evaluation_completed", "report_completed", "eligibility_determined"})
"""What has happened by a determination, recorded or not."""
WITHOUT_CONSENT = frozenset({"consent_refused", "consent_unanswered"})


@cache
def alternatives(words: str) -> tuple[tuple[str, ...], ...]:
    """The events of a term's `starts` or `stops`: any of these, all of whose events happened."""
    return tuple(tuple(part.split(" and ")) for part in words.split(" or "))


# Starting


def started(
    case: Case, policy: Policy, term_id: str, today: date
) -> Iterator[tuple[Term, Occurrence]]:
    """Each start of a term, with the term in force for it.

    A term's events may change with the law; a start counts only for the law it falls under.
    """
    history = _history(case, policy, term_id)
    for dated in history:
        term = dated.value
        starts = _occurrences(case, policy, term.starts)
        if not starts or not _in_question(term, case, policy):
            continue
        starts.sort(key=lambda start: start.on)
        for start in starts if len(_names(term.starts)) == 1 else starts[:1]:
            if _in_force(history, case, policy, start, today) is dated:
                yield term, start


def _history(case: Case, policy: Policy, term_id: str) -> tuple[Dated[Term], ...]:
    """A term's values; for a re-evaluation the federal ones where the state's are of a first."""
    history = policy.terms[term_id]
    if case.path == "initial":
        return history
    rules = {dated.value.rule_id for dated in history if not dated.value.reevaluations}
    if OF_A_FIRST_EVALUATION.isdisjoint(rules):
        return history
    if EVALUATION_RULE in rules:
        return ()
    if all(dated.value.basis != "state" for dated in history):
        return history
    return tuple(
        replace(dated, value=replace(dated.value, basis="federal"))
        for dated in policy.federal_terms.get(term_id, ())
    )


@cache
def _names(words: str) -> tuple[str, ...]:
    return tuple(name for part in alternatives(words) for name in part)


def _occurrences(case: Case, policy: Policy, words: str) -> list[Occurrence]:
    return [one for name in _names(words) for one in EVENTS[name](case, policy)]


def _in_question(term: Term, case: Case, policy: Policy) -> bool:
    """Whether the term's rule belongs to a law that is in question in this case."""
    card = policy.rules.get(term.rule_id)
    return card is None or card.framework != "idea" or "idea" in case.frameworks


def _in_force(
    history: tuple[Dated[Term], ...], case: Case, policy: Policy, start: Occurrence, today: date
) -> Dated[Term] | None:
    """The value that a start falls under: each change says to which cases it attaches."""
    found = None
    for dated in history:
        attaches = dated.value.attaches_to if found is not None else AttachesTo.START_EVENT
        day = _attached_on(attaches, case, policy, start, today)
        if day is None or day < dated.from_on:
            break
        found = dated
    return found


def _attached_on(
    attaches: AttachesTo, case: Case, policy: Policy, start: Occurrence, today: date
) -> date | None:
    """The day by which it is told whether a change reaches this case; None: it does not."""
    if attaches is AttachesTo.RECEIPT:
        received = (r.received_on for r in case.referrals if r.received_on is not None)
        return min(received, default=case.opened_on or start.on)
    if attaches is AttachesTo.CONSENT:
        consents = EVENTS["consent_received"](case, policy)
        return min((consent.on for consent in consents), default=today)
    if attaches is AttachesTo.ALL_OPEN_CASES:
        return closed_on(case) or today
    return start.on


# Counting


def legs(case: Case, policy: Policy, term: Term, start: Occurrence) -> tuple[Leg, ...]:
    """The periods that run for this start; the earliest to end binds."""
    own = next(
        (variant for variant in term.instead if _holds(variant.when, case, start.on)),
        term,
    )
    if start.years is not None:
        own = replace(own, years=start.years)
    year_end = own.year_end
    first = Leg(
        period=own,
        started_on=start.on,
        event=_started_by(case, policy, term.starts, start),
        measured_on=_first_on(case, policy, year_end.measured_from)
        if year_end is not None and year_end.measured_from is not None
        else None,
        basis="state" if start.citations else None,
        citations=start.citations or term.citations,
    )
    beside = (
        _beside(case, policy, term, one, one.starts, term.citations, start)
        for one in term.or_sooner
    )
    found = (first, *(leg for leg in beside if leg is not None))
    if not policy.unsigned(term):
        return found
    federal = policy.federal_term(term.id, start.on)
    if federal is None or not federal.numbered:
        return found
    leg = _beside(case, policy, term, federal, federal.starts, federal.citations, start)
    if leg is None:
        return found
    says = "the federal period, which binds too until counsel signs the state's off"
    return (*found, replace(leg, says=says, basis=UNTIL_SIGNED_OFF))


def _beside(
    case: Case,
    policy: Policy,
    term: Term,
    period: Period,
    starts: str | None,
    citations: tuple[Citation, ...],
    start: Occurrence,
) -> Leg | None:
    """A period beside the term's, from its own event or the same one; None until that happened."""
    if starts is None or starts == term.starts:
        return Leg(period=period, started_on=start.on, event=term.starts, citations=citations)
    began = min(_occurrences(case, policy, starts), key=lambda one: one.on, default=None)
    if began is None:
        return None
    return Leg(period=period, started_on=began.on, event=starts, citations=citations)


def _started_by(case: Case, policy: Policy, words: str, start: Occurrence) -> str:
    """The name of the event that a start is an occurrence of."""
    names = _names(words)
    found = (name for name in names if start in EVENTS[name](case, policy))
    return next(found, words) if len(names) > 1 else words


def _holds(when: When, case: Case, on: date) -> bool:
    """Whether every condition of a variant holds for this child on the day of the start."""
    age = case.student.age_on(on) if case.student is not None else None
    placement = case.student.placement if case.student is not None else None
    helped = any(i.started_on is not None and i.started_on < on for i in case.interventions)
    return all(
        (
            when.at_least_age is None or (age is not None and age >= when.at_least_age),
            when.below_age is None or (age is not None and age < when.below_age),
            helped or not when.after_interventions,
            case.expedited or not when.expedited,
            not when.placements or placement in when.placements,
        )
    )


def _first_on(case: Case, policy: Policy, words: str) -> date | None:
    return min((one.on for one in _occurrences(case, policy, words)), default=None)


def excluded(
    case: Case, policy: Policy, term: Term, start: Occurrence
) -> tuple[tuple[Span, ...], date | None]:
    """The spans that the state does not count, and since when one is open."""
    found = [_between(case, policy, start, since, until) for since, until in term.excludes]
    open_since = (opened for _, opened in found if opened is not None)
    return tuple(span for spans, _ in found for span in spans), min(open_since, default=None)


def _between(
    case: Case, policy: Policy, start: Occurrence, since: str, until: str
) -> tuple[tuple[Span, ...], date | None]:
    """The spans between two events from the start on, and since when the last is open."""
    begins = sorted(one.on for one in _occurrences(case, policy, since) if one.on >= start.on)
    ends = sorted(one.on for one in _occurrences(case, policy, until))
    name = f"from {named(since)} to {named(until)}"
    spans: list[Span] = []
    for begin in begins:
        if spans and begin <= spans[-1].last_on:
            continue
        end = next((day for day in ends if day >= begin), None)
        if end is None:
            return tuple(spans), begin
        if end > begin:
            spans.append(Span(begin + ONE_DAY, end, name))
    return tuple(spans), None


# Stopping


def stopped(case: Case, policy: Policy, term: Term, start: Occurrence) -> date | None:
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


# Ending otherwise


def ended(
    case: Case,
    policy: Policy,
    term: Term,
    start: Occurrence,
    clock: Clock,
    run: Callable[..., Clock],
) -> tuple[Clock, date | None, str | None]:
    """A clock that nothing stopped, after what ended it: the clock, its stop, the reason."""
    events = set(_names(term.starts))
    closed = closed_on(case)
    if start.ended_on is not None:
        ended_on, reason = start.ended_on, f"{start.ended_as} on {start.ended_on}."
    elif (since := _without_consent(case, term, events)) is not None:
        ended_on, reason = since, f"There is no consent to evaluate since {since}."
    elif (refused := _without_services(case, policy, term, start)) is not None:
        ended_on, reason = refused
    elif closed is not None and case.status == TRANSFERRED_OUT and not events & OF_THE_RECORDS:
        ended_on, reason = max(closed, start.on), f"The child left the district on {closed}."
    elif closed is None or closed < start.on:
        return clock, None, None
    elif case.status == "determined" and _presupposed(term, events):
        reason = f"The determination of {closed} presupposes a complete evaluation."
        return run(stopped_on=closed), closed, reason
    elif _goes_no_further(case, term, events):
        ended_on, reason = closed, f"The case was {case.status} on {closed}."
    else:
        return clock, None, None
    if clock.due_on is not None and clock.due_on < ended_on:
        return run(stopped_on=ended_on), None, f"{reason} It was overdue by then."
    lifted = TimeframeException(kind=case.status, reasons=(reason.rstrip("."),))
    return run(exception=lifted), None, reason


def _presupposed(term: Term, events: set[str]) -> bool:
    """Whether a determination shows that this clock's stop has happened."""
    return bool(events & OF_A_CONSENT) and not PRESUPPOSED.isdisjoint(_names(term.stops))


def _goes_no_further(case: Case, term: Term, events: set[str]) -> bool:
    """Whether the way the case ended ends this clock."""
    excuses = EXCUSED_BY.get(case.status)
    return excuses is not None and bool(events & excuses or term.rule_id == EVALUATION_RULE)


def _without_consent(case: Case, term: Term, events: set[str]) -> date | None:
    """Since when an evaluation clock of a referral waits for a consent that does not come."""
    if case.status not in WITHOUT_CONSENT or term.rule_id != EVALUATION_RULE:
        return None
    if events & OF_A_CONSENT:
        return None
    taken = [s.taken_on for s in case.steps if s.step in ("record-refusal", "mark-unanswered")]
    return max(taken, default=None)


def _without_services(
    case: Case, policy: Policy, term: Term, start: Occurrence
) -> tuple[date, str] | None:
    """Since when services do not begin because the parent does not want them, and why."""
    card = policy.rules.get(term.rule_id)
    if card is None or card.framework != "idea" or "services_started" not in _names(term.stops):
        return None
    refused = services_declined(case, start.on)
    return None if refused is None else (refused[0], f"{refused[1]} on {refused[0]}.")


def replaced(
    case: Case, term: Term, start: Occurrence
) -> tuple[Extension | None, TimeframeException | None]:
    """What takes the place of the evaluation's due date, as the steps say.

    Whether it was lawful was decided when the step was taken.
    """
    extension, exception = None, None
    if term.id != EVALUATION:
        return None, None
    for step in case.steps:
        if step.taken_on < start.on:
            continue
        new_due_on = day_of(step.details.get("new_due_on"))
        if step.step == "extend-evaluation" and new_due_on:
            agreed_on = day_of(step.details.get("agreed_on")) or step.taken_on
            kind = str(step.details.get("kind") or "written_agreement")
            extension = Extension(kind, agreed_on, new_due_on)
        elif step.step == "agree-transfer-date" and new_due_on:
            exception = TimeframeException(kind="transferred", agreed_due_on=new_due_on)
        elif step.step == "excuse-not-produced":
            exception = TimeframeException(kind="child_not_produced")
    return extension, exception
