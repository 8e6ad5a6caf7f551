"""A term laid over the facts: when it is due and how it stands.

After the counting, a lawful extension, or an exception with an agreed date, replaces the due date.
Whether it was lawful is decided by a rule, not here. Nothing here reads the clock: `today` is an
argument. Overdue is no state; ask `Clock.is_overdue` with the district's today when it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from service.domain.calendars import Need, NotCovered, SchoolCalendar, Span
from service.domain.clocks.counting import (
    Circumstances,
    Leg,
    Working,
    counted,
    rolled,
    stood_still,
    work_out,
)
from service.domain.clocks.ledger import LedgerDay, ledger
from service.domain.clocks.terms import Extension, Roll, Term, TimeframeException


class ClockState(StrEnum):
    """How a clock stands.

    `open`: not started, or a duty without a date that is not yet done. `running`: started and not
    stopped. `paused`: the count stands still today, in a summer, a vacation or a time that the
    state excludes. `met` and `late`: stopped by, or after, the due date. `excused`: an exception
    lifts the timeframe. `unknown`: calendar data is missing (`Clock.needs`).
    """

    OPEN = "open"
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    LATE = "late"
    EXCUSED = "excused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A term laid over the facts: when it is due, how it stands, and why.

    `leg` is the period that binds: the one that ends first. `due_on` is None when the law names no
    number of days, when the clock has not started, when it stands still with no end known, or when
    calendar data is missing; `needs` says which is, also when a leg with a known end binds
    meanwhile. `named_on` is the due date that the record itself names, where no law counts one.
    `stopped_on` is None too when the stop event lies before the start: what happened out
    of order does not stop a clock. `provisional` marks a clock whose start event was recorded and
    is not yet known to satisfy its own rules.
    """

    term: Term
    started_on: date | None
    stopped_on: date | None
    due_on: date | None
    state: ClockState
    needs: tuple[Need, ...]
    today: date
    provisional: bool
    named_on: date | None = None
    extension: Extension | None
    exception: TimeframeException | None
    still_since: date | None
    leg: Leg | None
    legs: tuple[tuple[Leg, date | None], ...] = field(default=())
    working: Working | None = field(repr=False)
    given: Circumstances = field(repr=False, compare=False)

    def is_overdue(self, today: date) -> bool:
        """Whether the due date has passed without the clock being stopped or excused."""
        waiting = self.state in (ClockState.OPEN, ClockState.RUNNING, ClockState.PAUSED)
        return waiting and self.due_on is not None and self.due_on < today

    @property
    def last_working_day_on_or_before(self) -> date | None:
        """The last business day by which the due date is kept (None if holidays are missing)."""
        if self.due_on is None:
            return None
        try:
            return self.given.calendar.working_day_on_or_before(self.due_on)
        except NotCovered:
            return None

    @property
    def days_counted(self) -> int | None:
        """How many days of the binding period have counted until now, at most its count.

        Until now is until the stop event, or else until `today`. None when there is nothing to
        count or calendar data is missing.
        """
        if self.leg is None or self.leg.period.count is None:
            return None
        until = self.stopped_on or min(self.today, self.still_since or date.max)
        if self.working is not None:
            until = min(until, self.working.due_on)
        try:
            days = counted(self.leg, until, self.given)
            still = stood_still(self.leg, until, self.given, self.working)
        except NotCovered:
            return None
        return min(days - still, self.leg.period.count)

    @property
    def pauses(self) -> tuple[Span, ...]:
        """The spans until the due date in which the count stands still, in order."""
        if self.working is None or self.due_on is None or self.started_on is None:
            return ()
        spans = self.working.paused
        return tuple(s for s in spans if s.last_on > self.started_on and s.first_on <= self.due_on)

    @property
    def still(self) -> tuple[Span, ...]:
        """The days on which this clock is `paused`, whatever today is."""
        if self.state not in (ClockState.RUNNING, ClockState.PAUSED) or self.started_on is None:
            return ()
        if self.due_on is None:
            return (Span(self.started_on, date.max, "no end known"),)
        return _still(self.leg, self.working, self.due_on, self.given.calendar)

    @property
    def adjustments(self) -> tuple[str, ...]:
        """What moved the due date away from the plain count, by name.

        Of `pauses`, `absences`, `year_end`, `school_out`, `roll`, `extension` and `exception`.
        """
        working = self.working
        found = {
            "pauses": bool(self.pauses),
            "absences": working is not None and bool(working.absent),
            "year_end": working is not None and working.fixed_on is not None,
            "school_out": working is not None and working.summer_due_on is not None,
            "roll": working is not None and working.rolled_from is not None,
            "extension": self.extension is not None,
            "exception": self.exception is not None,
        }
        return tuple(name for name, applies in found.items() if applies)

    def ledger(self) -> Iterator[LedgerDay]:
        """Every day from the start through the due date: counted or not, and why.

        It is worked out only while it is read. Without a due date it is empty.
        """
        if self.leg is None or self.due_on is None:
            return iter(())
        return ledger(self.term, self.leg, self.due_on, self.given, self.working, self.named_on)


def due(
    term: Term,
    started_on: date | None,
    calendar: SchoolCalendar,
    *,
    today: date,
    stopped_on: date | None = None,
    legs: Sequence[Leg] | None = None,
    named_on: date | None = None,
    absences: Iterable[date] = (),
    excluded: Iterable[Span] = (),
    still_since: date | None = None,
    extension: Extension | None = None,
    exception: TimeframeException | None = None,
    count_trigger_day: bool = False,
    roll: Roll = Roll.NONE,
    summer_services: bool = False,
    provisional: bool = False,
) -> Clock:
    """Lay a term over the facts of a case and a school calendar.

    All dates are the district's. `started_on` and `stopped_on` are the days of the term's start
    and stop events, None while they have not happened. `legs`: the periods that run, the earliest
    of which binds; by default the term's own from the start. `named_on`: the day that the record
    names, for a duty without a number of days. `absences` are the days on which an
    enrolled pupil was absent; for a pupil who is not enrolled, give none. `excluded` are spans that
    the state does not count; `still_since` is the last day that counts before one whose end is not
    known. `summer_services` says that the pupil needs services in summer, so that a due date there
    stands. `count_trigger_day` and `roll` are settings (POLICY-DAY-ZERO, POLICY-ROLL).

    Never raises for missing calendar data: the clock's state is then `unknown`, with its `needs`.
    """
    given = Circumstances(
        calendar=calendar,
        absences=frozenset(absences),
        excluded=tuple(excluded),
        count_trigger_day=count_trigger_day,
        summer_services=summer_services,
    )
    if started_on is None or (stopped_on is not None and stopped_on < started_on):
        stopped_on = None
    if legs is None:
        legs = () if started_on is None else (_own(term, started_on),)
    worked, needs = _worked(legs, given, roll)
    leg, working = _binding(worked) or (legs[0] if legs else None, None)
    due_on = working.due_on if working else None
    if due_on is not None and still_since is not None and due_on > still_since:
        due_on, working = None, None
    if started_on is not None and due_on is None and named_on is not None:
        due_on = named_on
    if started_on is not None and extension is not None:
        due_on, needs = extension.new_due_on, ()
    if started_on is not None and exception is not None and exception.agreed_due_on is not None:
        due_on, needs = exception.agreed_due_on, ()
    if started_on is None:
        state = ClockState.OPEN
    elif stopped_on is not None:
        state = _state_when_stopped(leg, stopped_on, due_on, exception, given, needs)
    elif exception is not None and exception.agreed_due_on is None:
        state = ClockState.EXCUSED
    elif due_on is None:
        state = _state_without_date(leg, still_since)
    else:
        still = any(today in span for span in _still(leg, working, due_on, calendar))
        state = ClockState.PAUSED if still else ClockState.RUNNING
    return Clock(
        term=term,
        started_on=started_on,
        stopped_on=stopped_on,
        due_on=due_on,
        state=state,
        needs=needs,
        today=today,
        provisional=provisional,
        named_on=named_on,
        extension=extension,
        exception=exception,
        still_since=still_since,
        leg=leg,
        legs=tuple((one, w.due_on if w else None) for one, w in worked),
        working=working,
        given=given,
    )


def _own(term: Term, started_on: date) -> Leg:
    return Leg(period=term, started_on=started_on, event=term.starts, citations=term.citations)


def _worked(
    legs: Sequence[Leg], given: Circumstances, roll: Roll
) -> tuple[list[tuple[Leg, Working | None]], tuple[Need, ...]]:
    """Each leg with its working, None where it has no date; and what calendar data is missing."""
    worked: list[tuple[Leg, Working | None]] = []
    needs: dict[Need, None] = {}
    for leg in legs:
        working = None
        if leg.period.count is not None:
            try:
                working = work_out(leg, given)
                if roll is Roll.NEXT_WORKING_DAY:
                    working = rolled(working, given.calendar)
            except NotCovered as missing:
                working = None
                needs[missing.need] = None
        worked.append((leg, working))
    return worked, tuple(needs)


def _binding(worked: Sequence[tuple[Leg, Working | None]]) -> tuple[Leg, Working] | None:
    """The leg that ends first, as far as it is known."""
    known = [(leg, working) for leg, working in worked if working is not None]
    return min(known, key=lambda pair: pair[1].due_on, default=None)


def _state_without_date(leg: Leg | None, still_since: date | None) -> ClockState:
    if leg is None or leg.period.count is None:
        return ClockState.OPEN
    return ClockState.UNKNOWN if still_since is None else ClockState.PAUSED


def _state_when_stopped(
    leg: Leg | None,
    stopped_on: date,
    due_on: date | None,
    exception: TimeframeException | None,
    given: Circumstances,
    needs: tuple[Need, ...],
) -> ClockState:
    if leg is None or (leg.period.count is None and due_on is None):
        return ClockState.MET
    if due_on is not None and stopped_on <= due_on and not needs:
        return ClockState.MET
    if exception is not None and exception.agreed_due_on is None:
        return ClockState.EXCUSED
    if due_on is not None and stopped_on > due_on:
        return ClockState.LATE
    # Without every due date it may still be certain that the count had not ended: every adjustment
    # that needs the missing data only makes it longer.
    try:
        days = counted(leg, stopped_on, given)
    except NotCovered:
        return ClockState.UNKNOWN
    within = leg.period.count is not None and days <= leg.period.count
    return ClockState.MET if within and due_on is None else ClockState.UNKNOWN


def _still(
    leg: Leg | None, working: Working | None, due_on: date, calendar: SchoolCalendar
) -> tuple[Span, ...]:
    """The spans from the start through the due date on which the count stands still."""
    if leg is None or working is None or due_on != working.due_on or working.fixed_on is not None:
        return ()
    summers = calendar.summers if leg.period.unit.of_school else ()
    return tuple(
        Span(max(span.first_on, leg.started_on), min(span.last_on, due_on), span.name)
        for span in (*working.paused, *summers)
        if span.first_on <= due_on and span.last_on >= leg.started_on
    )
