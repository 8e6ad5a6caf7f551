"""A clock of the law in sentences, before anything has started it."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.calendars import DayUnit
from service.domain.clocks import AttachesTo, Pauses, Period, Term, Variant, When, YearEndRule
from service.domain.clocks.words import days, named
from service.domain.running import alternatives

ATTACHED_TO = {
    AttachesTo.RECEIPT: "A change of it reaches cases received from that day on.",
    AttachesTo.CONSENT: "A change of it reaches cases with consent from that day on.",
    AttachesTo.ALL_OPEN_CASES: "A change of it reaches every open case.",
}


def clock(term: Term) -> str:
    """The whole clock: `60 school days from consent received until report completed.`"""
    until = events(term.stops)
    if not term.numbered and term.basis == "practice":
        return f"good practice, which no law commands: from {named(term.starts)} until {until}."
    if not term.numbered:
        return f"no number of days in the law: from {named(term.starts)} until {until}."
    return f"{_count(term)} from {named(term.starts)} until {until}."


def adjustments(term: Term) -> Iterator[str]:
    """What changes the count of a clock, a sentence each."""
    yield from _adjusted(term)
    for sooner in term.or_sooner:
        start = named(sooner.starts or term.starts)
        yield f"Beside it {_count(sooner)} from {start}: the earlier date binds."
        yield from _adjusted(sooner)
    for variant in term.instead:
        yield _instead(variant)
    for since, until in term.excludes:
        yield f"Nothing counts between {named(since)} and {named(until)}."
    if term.reevaluations:
        yield "A re-evaluation has the same time."
    if term.attaches_to in ATTACHED_TO:
        yield ATTACHED_TO[term.attaches_to]


def events(expression: str) -> str:
    """An expression of events as words: `report completed and iep meeting held, or ...`."""
    return ", or ".join(" and ".join(map(named, part)) for part in alternatives(expression))


def _count(period: Period) -> str:
    if period.years is not None:
        return f"{period.years} year{'' if period.years == 1 else 's'}"
    return "no number of days" if period.count is None else days(period.count, period.unit)


def _adjusted(period: Period) -> Iterator[str]:
    if period.pauses is not None:
        yield from _paused(period.pauses)
    if absences := period.absences:
        which = f"those after the first {absences.minimum - 1}" if absences.only_beyond else "all"
        least = days(absences.minimum, DayUnit.SCHOOL_DAY)
        yield f"A student absent {least} or more has the absences added, {which} of them."
    if period.year_end is not None:
        yield _year_end(period.year_end, period.unit)
    if period.if_school_out is not None:
        nth = period.if_school_out.school_day_of_next_year
        yield (
            f"When it ends in summer, it ends on school day {nth} of the next school year instead, "
            "unless the student needs services in that summer."
        )


def _paused(pauses: Pauses) -> Iterator[str]:
    if summer := pauses.summer:
        since = "the last day of instruction" if summer.from_last_day else "the day after the last"
        sentence = f"It stands still in summer, from {since} until school begins again"
        if summer.unless_days_left is not None:
            left = days(summer.unless_days_left, DayUnit.CALENDAR_DAY)
            sentence += f", unless it started {left} or more before the last day of instruction"
        yield sentence + "."
    if breaks := pauses.breaks:
        around = ", with the weekends around them" if breaks.with_weekends else ""
        yield (
            f"It stands still in vacations of {breaks.min_school_days} weekdays or more{around}."
        )
    if pauses.holidays:
        yield "It stands still on single school holidays."


def _year_end(rule: YearEndRule, unit: DayUnit) -> str:
    if rule.within_days is not None:
        event = named(rule.measured_from) if rule.measured_from else "it starts"
        within = days(rule.within_days, DayUnit.CALENDAR_DAY)
        late = f"When {event} comes {within} or fewer before the last day of instruction"
    elif rule.min_remaining == rule.max_remaining:
        late = f"With {days(rule.min_remaining, unit)} left in the school year"
    else:
        most = days(rule.max_remaining or 0, unit)
        late = f"With {rule.min_remaining} to {most} left in the school year"
    if rule.absences_below is not None:
        late += f" and the student was absent fewer than {rule.absences_below}"
    return f"{late}, it ends on {_fixed(rule)} instead."


def _fixed(rule: YearEndRule) -> str:
    if rule.month_day is not None:
        return rule.month_day
    if rule.days_after_year is not None:
        after = days(rule.days_after_year, DayUnit.CALENDAR_DAY)
        return f"the day {after} after the last day of instruction"
    if rule.before_next_year:
        return "the day before the next school year begins"
    into = days(rule.days_into_next_year or 0, DayUnit.CALENDAR_DAY)
    return f"the day {into} after the next school year begins"


def _instead(variant: Variant) -> str:
    adjusted = " ".join(_adjusted(variant))
    return f"{whom(variant.when)}: {_count(variant)} instead. {adjusted}".rstrip()


def whom(when: When) -> str:
    """For which children a variant is meant: `Below age 5`."""
    parts = []
    if when.at_least_age is not None:
        parts.append(f"from age {when.at_least_age}")
    if when.below_age is not None:
        parts.append(f"below age {when.below_age}")
    if when.after_interventions:
        parts.append("after taking part in intervention")
    if when.expedited:
        parts.append("when the evaluation is expedited")
    if when.placements:
        parts.append("placed as " + " or ".join(map(named, sorted(when.placements))))
    words = ", ".join(parts)
    return words[:1].upper() + words[1:]
