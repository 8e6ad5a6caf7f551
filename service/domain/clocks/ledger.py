"""The day ledger: of every day from the start through the due date, if it counted and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.calendars import DayUnit, NotCovered
from service.domain.citations import Citation, Verification
from service.domain.clocks.counting import Circumstances, Leg, Working
from service.domain.clocks.terms import Term
from service.domain.clocks.words import named, weekday

ONE_DAY = timedelta(days=1)

_SECTION_300_11 = "https://www.ecfr.gov/current/title-34/section-300.11"
_SCHOOL = ("IDEA-DAY-SCHOOL", Citation("34 CFR 300.11(c)", _SECTION_300_11, Verification.READ))
UNITS = {
    DayUnit.CALENDAR_DAY: (
        "IDEA-DAY",
        Citation("34 CFR 300.11(a)", _SECTION_300_11, Verification.READ_IN_PART),
    ),
    DayUnit.BUSINESS_DAY: (
        "IDEA-DAY-BUSINESS",
        Citation("34 CFR 300.11(b)", _SECTION_300_11, Verification.READ_IN_PART),
    ),
    DayUnit.SCHOOL_DAY: _SCHOOL,
    DayUnit.INSTRUCTIONAL_DAY: _SCHOOL,
    DayUnit.SCHOOL_WORKING_DAY: _SCHOOL,
}
"""The rule and the section that say what a day of the unit is."""
DAY_ZERO = "POLICY-DAY-ZERO"
ROLL = "POLICY-ROLL"
NO_AUTHORITY = Citation("a setting of the district: the regulations are silent")


@dataclass(frozen=True, slots=True)
class LedgerDay:
    """One day of the working: whether it counted, as which number, why, and under which rule."""

    day: date
    counted: bool
    number: int | None
    why: str
    rule_id: str
    citation: Citation


def ledger(
    term: Term,
    leg: Leg,
    due_on: date,
    given: Circumstances,
    working: Working | None,
    named_on: date | None = None,
) -> Iterator[LedgerDay]:
    """Every day from the leg's start through the due date; `named_on`: a day named, not counted."""
    number = 0
    day = leg.started_on
    while day <= due_on:
        if day == due_on == named_on:
            yield _named(term, leg, day)
            return
        line = _line(term, leg, day, number + 1, given, working)
        number += line.counted
        yield line
        day += ONE_DAY


def _line(
    term: Term, leg: Leg, day: date, number: int, given: Circumstances, working: Working | None
) -> LedgerDay:
    """One line; `number` is the next number to give."""
    of_term = (term.rule_id, (leg.citations or term.citations)[0])
    count, unit = leg.period.count, leg.period.unit
    if day == leg.started_on and not given.count_trigger_day:
        why = f"day zero: the day of the start ({named(leg.event)}) is not counted"
        return LedgerDay(day, False, None, why, DAY_ZERO, NO_AUTHORITY)
    if count is None:
        return LedgerDay(day, False, None, "the law names no number of days", *of_term)
    if working is not None:
        if working.rolled_from is not None and day > working.rolled_from:
            why = f"rolled from {weekday(working.rolled_from)} to the next working day"
            return LedgerDay(day, False, None, why, ROLL, NO_AUTHORITY)
        if working.next_year_from is not None and number > count:
            return _of_next_year(day, number - count, working.next_year_from, given, of_term)
    if number > count:
        why = "after the count: an agreed date takes its place"
        return LedgerDay(day, False, None, why, *of_term)
    try:
        counts, why = given.calendar.counts(day, unit)
    except NotCovered as missing:
        counts, why = False, f"not known without {missing.need}"
    if working is not None and counts:
        span = next((span for span in working.paused if day in span), None)
        if span is not None:
            return LedgerDay(day, False, None, f"{span.name}: the count stands still", *of_term)
        if day in working.absent:
            return LedgerDay(day, False, None, "pupil absent: adds a school day", *of_term)
    shown = number if counts else None
    if working is not None and day == working.fixed_on:
        why = f"{why}; due on this date, because too few school days remained for the count"
        return LedgerDay(day, counts, shown, why, *of_term)
    return LedgerDay(day, counts, shown, why, *UNITS[unit])


def _named(term: Term, leg: Leg, day: date) -> LedgerDay:
    """The line of a due date that the record or the law names, and no count leads to."""
    citation = (leg.citations or term.citations)[0]
    return LedgerDay(day, False, None, "due this day: named, not counted", term.rule_id, citation)


def _of_next_year(
    day: date, number: int, year_from: date, given: Circumstances, of_term: tuple[str, Citation]
) -> LedgerDay:
    """A line after a count that ended in summer: the next year's school days are counted."""
    counts, why = given.calendar.counts(day, DayUnit.SCHOOL_DAY)
    if day >= year_from:
        why = f"{why} of the next school year"
    return LedgerDay(day, counts, number if counts else None, why, *of_term)
