"""What a case owes, by when and why: the policy's terms laid over the facts.

Every occurrence of a term's start event makes one `Deadline`, and nothing else does: deadlines are
computed, never typed. `running` says when a term starts, what it counts and what ends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from service.domain.calendars import SchoolCalendar
from service.domain.citations import Citation
from service.domain.clocks import (
    Clock,
    ClockState,
    LedgerDay,
    Roll,
    Term,
    TimeframeException,
    due,
    explain,
)
from service.domain.events import Occurrence
from service.domain.facts import Case
from service.domain.policy import Policy
from service.domain.running import (
    ended,
    excluded,
    legs,
    replaced,
    started,
    stopped,
)

NOT_ENROLLED = frozenset({"parentally_placed_private", "home_schooled"})
"""Placements in which a pupil's absences from school do not lengthen a count (TEC 29.004)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What is due, by when, under which section, whose it is, and how it stands.

    `kind` is `clock`, or `duty` when the law names no number of days. `key` stays the same as
    long as what started it does. `reason` says what ended a clock that was never stopped.
    `provisional`: what started it may not meet its own rules, or calendar data is missing with
    which an earlier date might bind.
    `owner_staff_id` is the case's champion, for what is its own (a review, a flag, a contact to
    follow up) who looks after that, for a plan its case manager.
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
        return explain(self.clock)

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
        for term, start in started(case, policy, term_id, today)
    )


def ledger(
    key: str, case: Case, policy: Policy, calendar: SchoolCalendar, today: date
) -> tuple[LedgerDay, ...]:
    """The day ledger of the deadline with this key; KeyError when the case has none."""
    for deadline in deadlines(case, policy, calendar, today):
        if deadline.key == key:
            return tuple(deadline.ledger())
    raise KeyError(key)


def _deadline(
    case: Case,
    policy: Policy,
    calendar: SchoolCalendar,
    today: date,
    term: Term,
    start: Occurrence,
) -> Deadline:
    enrolled = case.student is None or case.student.placement not in NOT_ENROLLED
    spans, still_since = excluded(case, policy, term, start)
    extension, exception = replaced(case, term, start)
    running = legs(case, policy, term, start)

    def run(
        stopped_on: date | None = None, exception: TimeframeException | None = exception
    ) -> Clock:
        return due(
            term,
            start.on,
            calendar,
            today=today,
            legs=running,
            named_on=start.due_on,
            stopped_on=stopped_on,
            absences=case.absences if enrolled else (),
            excluded=spans,
            still_since=still_since,
            extension=extension,
            exception=exception,
            count_trigger_day=policy.count_trigger_day,
            roll=Roll(policy.roll),
            provisional=start.provisional,
        )

    stopped_on = stopped(case, policy, term, start)
    clock, reason = run(stopped_on), None
    if stopped_on is None and exception is None:
        clock, stopped_on, reason = ended(case, policy, term, start, clock, run)
    leg = clock.leg or running[0]
    return Deadline(
        key=f"{term.id}:{next(iter(start.subjects.values()), case.id)}",
        term_id=term.id,
        kind="duty" if leg.period.count is None else "clock",
        title=term.title if start.of is None else f"{term.title} {start.of}",
        rule_id=term.rule_id or None,
        started_on=start.on,
        due_on=clock.due_on,
        state=clock.state,
        met_on=stopped_on,
        provisional=start.provisional or (clock.due_on is not None and bool(clock.needs)),
        owner_staff_id=_owner(case, start),
        basis=term.basis if leg.basis is None else leg.basis,
        verification=str(leg.citations[0].verification),
        needs=tuple(str(need) for need in clock.needs),
        subjects=start.subjects,
        citations=tuple(dict.fromkeys(c for one in running for c in one.citations)),
        reason=reason,
        clock=clock,
    )


def _owner(case: Case, start: Occurrence) -> str | None:
    owners = {review.id: review.owner_staff_id for review in case.reviews}
    owners |= {plan.id: case.latest(plan).case_manager_staff_id for plan in case.plans}
    owners |= {flag.id: flag.owner_staff_id for flag in case.flags}
    owners |= {contact.id: contact.staff_id for contact in case.contacts}
    return next(
        (owners[id] for id in start.subjects.values() if owners.get(id) is not None),
        case.champion_staff_id,
    )
