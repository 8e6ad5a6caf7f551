"""Counting days: from a start and a period to the last day of the count.

How a due date comes about, in this order:

1. The days of the unit are counted from the start. The start day is not counted unless a setting
   says so (POLICY-DAY-ZERO).
2. Days on which the count stands still do not count: a state's pauses of a calendar-day count,
   time that the state excludes (Connecticut), and a pupil's absences (Texas, Florida).
3. Too late in the school year, a fixed date may take the place of the count (`YearEndRule`).
4. A due date that falls in summer may move to the next school year (`IfSchoolOut`, Texas).
5. By setting only, a due date on a weekend or holiday rolls to the next working day (POLICY-ROLL).

Every number is found by search in sorted lists; `ledger` tells the same day by day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from service.domain.calendars import DayUnit, SchoolCalendar, Span
from service.domain.citations import Citation
from service.domain.clocks.terms import (
    AbsenceWindow,
    Pauses,
    Period,
    YearEndRule,
    years_after,
)

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A period from its start: what is counted, and from when.

    A term has one, or several of which the earliest to end binds. `event` is what started it,
    `measured_on` the day of the event from which the end of the year is measured, when it is
    another. `says` tells what a leg beside the first is, `basis` on whose law it rests when that is
    not the policy's.

    A period of `years` becomes one of days, those until the same day of the year, and is counted
    as any other.
    """

    period: Period
    started_on: date
    event: str = "start"
    measured_on: date | None = None
    says: str | None = None
    basis: str | None = None
    citations: tuple[Citation, ...] = ()
    years: int | None = None

    def __post_init__(self) -> None:
        years = self.period.years
        if years is not None:
            days = (years_after(self.started_on, years) - self.started_on).days
            object.__setattr__(self, "period", Period(count=days))
            object.__setattr__(self, "years", years)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What else a count depends on: the calendar, the pupil's absences, and the settings.

    `excluded`: spans of time that the state does not count. `summer_services`: the pupil needs
    services in summer, so that a due date there stands.
    """

    calendar: SchoolCalendar
    absences: frozenset[date] = frozenset()
    excluded: tuple[Span, ...] = ()
    count_trigger_day: bool = False
    summer_services: bool = False


@dataclass(frozen=True, slots=True)
class Working:
    """How a computed due date came about."""

    due_on: date
    absent: frozenset[date] = frozenset()
    paused: tuple[Span, ...] = ()
    remaining: int | None = None
    fixed_on: date | None = None
    summer_due_on: date | None = None
    next_year_from: date | None = None
    rolled_from: date | None = None


def work_out(leg: Leg, given: Circumstances) -> Working:
    """The due date of a leg and how it came about.

    Raises `NotCovered` when calendar data is missing; `ValueError` for a period without a number.
    """
    count = leg.period.count
    if count is None:
        raise ValueError("the period names no number of days")
    working = _by_year_end(leg, count, given) or _by_count(leg, count, given)
    return _out_of_summer(leg.period, working, given)


def counted(leg: Leg, until: date, given: Circumstances) -> int:
    """How many days of the unit have passed until a day, without regard to what stands still.

    Raises `NotCovered` when calendar data is missing.
    """
    return given.calendar.count(
        leg.started_on, until, leg.period.unit, including=given.count_trigger_day
    )


def stood_still(leg: Leg, until: date, given: Circumstances, working: Working | None) -> int:
    """How many of the days counted until a day do not count after all.

    Raises `NotCovered` when calendar data is missing.
    """
    absent = working.absent if working else _absent(leg, until, given)
    spans = working.paused if working else paused(leg, given)
    return _skipped(leg, until, given, absent, spans)


def first_day(leg: Leg, given: Circumstances) -> date:
    """The first day that may count."""
    return leg.started_on if given.count_trigger_day else leg.started_on + ONE_DAY


def paused(leg: Leg, given: Circumstances) -> tuple[Span, ...]:
    """The spans in which this count stands still, in order and without overlaps."""
    spans = list(given.excluded)
    if leg.period.pauses is not None:
        spans += _pauses(leg.period.pauses, leg.started_on, given.calendar)
    return _merged(spans)


def rolled(working: Working, calendar: SchoolCalendar) -> Working:
    """The due date on a working day; raises `NotCovered` when holidays are missing."""
    rolled_on = calendar.working_day_on_or_after(working.due_on)
    if rolled_on == working.due_on:
        return working
    return replace(working, due_on=rolled_on, rolled_from=working.due_on)


# The count


def _by_count(leg: Leg, count: int, given: Circumstances) -> Working:
    """The last day of the count, lengthened by the days on which it stands still."""
    spans = paused(leg, given)
    due_on = _end(leg, count, given, frozenset(), spans)
    rule = leg.period.absences
    absent = _absent(leg, due_on, given)
    if rule is None or not absent:
        return Working(due_on=due_on, paused=spans)
    due_on = _end(leg, count, given, absent, spans)
    if rule.window is AbsenceWindow.UNTIL_DUE:
        while len(more := _absent(leg, due_on, given)) > len(absent):
            absent = more
            due_on = _end(leg, count, given, absent, spans)
    return Working(due_on=due_on, absent=absent, paused=spans)


def _end(
    leg: Leg, count: int, given: Circumstances, absent: frozenset[date], spans: tuple[Span, ...]
) -> date:
    """The first day by which `count` days have counted that did not stand still.

    Each round adds the days that stood still before the end found so far. Their number grows with
    the end, so that the first end that holds is the earliest, and is itself a day that counts.
    """
    if leg.period.pauses is not None:
        given.calendar.require_school_days(first_day(leg, given), first_day(leg, given))
    extra = 0
    while True:
        end = given.calendar.nth(
            leg.started_on, count + extra, leg.period.unit, including=given.count_trigger_day
        )
        skipped = _skipped(leg, end, given, absent, spans)
        if skipped == extra:
            break
        extra = skipped
    if leg.period.pauses is not None:
        given.calendar.require_school_days(first_day(leg, given), end)
    return end


def _skipped(
    leg: Leg, until: date, given: Circumstances, absent: frozenset[date], spans: Iterable[Span]
) -> int:
    """The counted days of the unit, until a day, that are absences or lie in a span."""
    unit, first = leg.period.unit, first_day(leg, given)
    spans = [span for span in spans if span.last_on >= first and span.first_on <= until]
    days = sum(
        given.calendar.count(
            max(span.first_on, first), min(span.last_on, until), unit, including=True
        )
        for span in spans
    )
    return days + sum(
        first <= day <= until and not any(day in span for span in spans) for day in absent
    )


def _absent(leg: Leg, until: date, given: Circumstances) -> frozenset[date]:
    """The absences on school days until a day that lengthen the count."""
    rule = leg.period.absences
    if rule is None:
        return frozenset()
    return rule.lengthening(school_days_absent(leg, until, given))


def school_days_absent(leg: Leg, until: date, given: Circumstances) -> frozenset[date]:
    """The absences on school days after the start (or on it, when it counts), until a day."""
    first = first_day(leg, given)
    return frozenset(
        day
        for day in given.absences
        if first <= day <= until and given.calendar.counts(day, DayUnit.SCHOOL_DAY)[0]
    )


# Pauses


def _pauses(pauses: Pauses, started_on: date, calendar: SchoolCalendar) -> list[Span]:
    spans: list[Span] = []
    if pauses.summer is not None:
        early = ONE_DAY if pauses.summer.from_last_day else timedelta()
        left = pauses.summer.unless_days_left
        spans += [
            replace(summer, first_on=summer.first_on - early)
            for summer in calendar.summers
            if left is None or (summer.first_on - ONE_DAY - started_on).days < left
        ]
    for vacation, weekdays in calendar.vacations:
        breaks = pauses.breaks
        if breaks is not None and weekdays >= breaks.min_school_days:
            spans.append(_with_weekends(vacation) if breaks.with_weekends else vacation)
        elif pauses.holidays:
            spans.append(vacation)
    return spans


def _with_weekends(span: Span) -> Span:
    """The span with the weekends beside it: until the day before the pupils return."""
    first, last = span.first_on, span.last_on
    while (first - ONE_DAY).weekday() >= 5:
        first -= ONE_DAY
    while (last + ONE_DAY).weekday() >= 5:
        last += ONE_DAY
    return replace(span, first_on=first, last_on=last)


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same days in order, each in one span; the earlier span keeps its name."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.first_on <= merged[-1].last_on:
            if span.last_on <= merged[-1].last_on:
                continue
            span = replace(span, first_on=merged[-1].last_on + ONE_DAY)
        merged.append(span)
    return tuple(merged)


# The end of the year, and summer


def _by_year_end(leg: Leg, count: int, given: Circumstances) -> Working | None:
    """The fixed date of the year-end rule, or None when the count governs."""
    rule, calendar = leg.period.year_end, given.calendar
    if rule is None:
        return None
    if rule.max_remaining is None:
        return _by_days_to_year_end(leg, count, given, rule)
    in_session = calendar.year_in_session(leg.started_on)
    ends_on = (in_session or calendar.year_at(first_day(leg, given))).last_on
    remaining = counted(leg, ends_on, given)
    if remaining >= count or not rule.min_remaining <= remaining <= rule.max_remaining:
        return None
    most = rule.absences_below
    if most is not None and len(school_days_absent(leg, ends_on, given)) >= most:
        return None
    return _fixed(leg, given, rule, ends_on, remaining)


def _by_days_to_year_end(
    leg: Leg, count: int, given: Circumstances, rule: YearEndRule
) -> Working | None:
    """The fixed date for what came in the last days of a school year, before the next began."""
    measured_on = leg.measured_on or leg.started_on
    year = given.calendar.year_at(measured_on)
    left = (year.last_on - measured_on).days
    # In summer `year_at` is the year that follows: what comes then is counted by its own rule.
    if measured_on < year.first_on or left > (rule.within_days or 0):
        return None
    if leg.started_on >= given.calendar.year_after(measured_on).first_on:
        return None
    if _by_count(leg, count, given).due_on <= year.last_on:
        return None
    return _fixed(leg, given, rule, year.last_on, None)


def _fixed(
    leg: Leg, given: Circumstances, rule: YearEndRule, ends_on: date, remaining: int | None
) -> Working:
    next_year_on = given.calendar.year_after(ends_on).first_on if rule.needs_next_year else None
    fixed_on = rule.due_on(
        started_on=leg.started_on, year_ends_on=ends_on, next_year_on=next_year_on
    )
    return Working(due_on=fixed_on, remaining=remaining, fixed_on=fixed_on)


def _out_of_summer(period: Period, working: Working, given: Circumstances) -> Working:
    rule, calendar = period.if_school_out, given.calendar
    if rule is None or given.summer_services or not calendar.in_summer(working.due_on):
        return working
    year = calendar.year_at(working.due_on)
    moved = calendar.nth(
        year.first_on, rule.school_day_of_next_year, DayUnit.SCHOOL_DAY, including=True
    )
    return Working(
        due_on=moved,
        paused=working.paused,
        summer_due_on=working.due_on,
        next_year_from=year.first_on,
    )
