"""The working of a clock in sentences, for a school person and a parent."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.calendars import DayUnit
from service.domain.clocks.clock import Clock
from service.domain.clocks.counting import Leg, Working
from service.domain.clocks.terms import Period, Term
from service.domain.clocks.words import days, named, weekday


def explain(clock: Clock) -> str:
    """Everything that made the due date, in order."""
    return " ".join(_sentences(clock))


def _sentences(clock: Clock) -> Iterator[str]:
    leg = clock.leg
    if clock.started_on is None or leg is None:
        yield f"The clock starts with {named(clock.term.starts)}, which has not happened."
        return
    yield _count(leg, clock.term, clock.given.count_trigger_day)
    if clock.working is not None:
        yield from _adjusted(leg.period, clock.working)
    for span in clock.pauses:
        yield f"It stands still from {span.first_on} through {span.last_on} ({span.name})."
    if clock.still_since is not None and clock.due_on is None:
        left = (leg.period.count or 0) - (clock.days_counted or 0)
        yield f"It stands still since {clock.still_since}, with {days(left, leg.period.unit)} left."
    yield from _beside(clock)
    for need in clock.needs:
        if clock.due_on is None:
            yield f"The due date is not known without {need}."
        else:
            yield f"Provisional: whether an earlier date binds is not known without {need}."
    if clock.named_on is not None and clock.named_on == clock.due_on:
        yield "The record itself names the day."
    if clock.extension is not None:
        kind = named(clock.extension.kind)
        yield f"Extended on {clock.extension.agreed_on} ({kind}) to {clock.extension.new_due_on}."
    if clock.exception is not None:
        reasons = "; ".join((named(clock.exception.kind), *clock.exception.reasons))
        agreed = clock.exception.agreed_due_on
        then = f"agreed date {agreed}" if agreed else "the timeframe does not apply"
        yield f"Exception ({reasons}): {then}."
    if clock.due_on is not None:
        yield f"Due on {weekday(clock.due_on)}."
    if clock.provisional:
        yield (
            "Provisional: a later step decides whether what started the clock meets its own rules, "
            "and the clock does not wait for that."
        )


def _count(leg: Leg, term: Term, count_trigger_day: bool) -> str:
    start = f"{leg.started_on} ({named(leg.event)})"
    if leg.period.count is None and term.basis == "practice":
        return f"Good practice from {start}; no law commands it."
    if leg.period.count is None:
        return f"The law names no number of days from {start}."
    zero = "counted as day one" if count_trigger_day else "not itself counted"
    number = days(leg.period.count, leg.period.unit)
    if leg.years is not None:
        number = f"{leg.years} year{'' if leg.years == 1 else 's'} ({number})"
    return f"{number} from {start}, which is {zero}."


def _adjusted(period: Period, working: Working) -> Iterator[str]:
    if working.absent:
        yield f"Absences add {days(len(working.absent), DayUnit.SCHOOL_DAY)}."
    if working.fixed_on is not None and working.remaining is not None:
        left = days(working.remaining, period.unit)
        yield f"{left} remained in the school year, so a fixed date governs: {working.fixed_on}."
    elif working.fixed_on is not None:
        yield f"The school year was about to end, so a fixed date governs: {working.fixed_on}."
    if working.summer_due_on is not None and period.if_school_out is not None:
        nth = period.if_school_out.school_day_of_next_year
        yield (
            f"The count ends on {working.summer_due_on}, when school is out, "
            f"so school day {nth} of the next school year governs."
        )
    if working.rolled_from is not None:
        yield f"Rolled from {weekday(working.rolled_from)} to the next working day."


def _beside(clock: Clock) -> Iterator[str]:
    """The other periods that run beside the one that binds."""
    for leg, due_on in clock.legs:
        if leg is clock.leg or leg.period.count is None:
            continue
        what = f"{days(leg.period.count, leg.period.unit)} from {leg.started_on}"
        what += f" ({leg.says or named(leg.event)})"
        if due_on is not None:
            yield f"Beside it {what} end on {due_on}; the earlier date binds."
        else:
            yield f"Beside it run {what}, whose end is not known."
