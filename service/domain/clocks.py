"""Clocks: when something is due, and the working behind the date.

A `Term` is one clock of the law as data: so many days of one kind, from one event to another, with
the state's own adjustments.  `due` lays a term over the facts of a case and a school calendar and
answers with a `Clock`: the due date, the state, and on request the day ledger, in which every day
from the trigger to the due date says whether it counted and why.

How a due date comes about, in this order:

1. The days are counted from the start event.  The start day is not counted unless a setting says
   so (POLICY-DAY-ZERO).
2. A pupil's absences may lengthen the count (`Absences`, Texas).
3. Too late in the school year, a fixed date may take the place of the count (`YearEndRule`, Texas
   and Massachusetts).
4. A due date that falls in summer may move to the next school year (`IfSchoolOut`, Texas).
5. By setting only, a due date on a weekend or holiday rolls to the next working day (POLICY-ROLL).
6. A lawful extension, or an exception with an agreed date, replaces the due date.  Whether it was
   lawful is decided by a rule, not here.

Nothing here reads the clock: `today` is an argument.  Overdue is no state; ask `Clock.is_overdue`
with the district's today when the clock is shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from service.domain.calendars import WEEKDAYS, DayUnit, Need, NotCovered, SchoolCalendar

__all__ = [
    "AbsenceWindow",
    "Absences",
    "AttachesTo",
    "Citation",
    "Clock",
    "ClockState",
    "Extension",
    "IfSchoolOut",
    "LedgerDay",
    "Roll",
    "Term",
    "TimeframeException",
    "Verification",
    "YearEndRule",
    "due",
]

ONE_DAY = timedelta(days=1)


# The law as data


class Verification(StrEnum):
    """How far the text behind a citation was verified."""

    READ = "R"
    READ_IN_PART = "R/p"
    AGENCY_PAGE = "A"
    SECONDARY = "S"
    UNVERIFIED = "U"


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule is written, a link to it, and how far it was verified."""

    text: str
    href: str | None = None
    verification: Verification = Verification.UNVERIFIED


class AttachesTo(StrEnum):
    """To which cases a change of the term applies.

    The default is the law in force at the clock's own start event.
    """

    START_EVENT = "start_event"
    RECEIPT = "receipt"
    CONSENT = "consent"
    ALL_OPEN_CASES = "all_open_cases"


class AbsenceWindow(StrEnum):
    """Which absences lengthen a count: those within the original period, or until the due date.

    The law is silent on absences during the extension itself; the default is the original period.
    """

    ORIGINAL = "original"
    UNTIL_DUE = "until_due"


@dataclass(frozen=True, slots=True)
class Absences:
    """A pupil absent at least `minimum` school days has them all added to the period.

    Citation: TEC 29.004 (Texas: 3).  Raises `ValueError` when the minimum is not positive.
    """

    minimum: int
    window: AbsenceWindow = AbsenceWindow.ORIGINAL

    def __post_init__(self) -> None:
        if self.minimum < 1:
            raise ValueError(f"minimum must be positive, not {self.minimum}")


@dataclass(frozen=True, slots=True)
class YearEndRule:
    """Too few school days remain in the year for the count: a fixed date takes its place.

    It applies when the count does not end within the school year and the school days left after
    the start, through the last instructional day, number `min_remaining` to `max_remaining`.  With
    `absences_below`, the pupil must have been absent fewer school days than that until then.

    The date is either `month_day` (`06-30`: the first such date after the start; TEC 29.004) or
    `days_after_year` calendar days after the last instructional day (603 CMR 28.05: 14).  Raises
    `ValueError` unless exactly one of the two is given and names a date that every year has.
    """

    min_remaining: int
    max_remaining: int
    month_day: str | None = None
    days_after_year: int | None = None
    absences_below: int | None = None

    def __post_init__(self) -> None:
        if (self.month_day is None) == (self.days_after_year is None):
            raise ValueError("give either month_day or days_after_year")
        if not 1 <= self.min_remaining <= self.max_remaining:
            raise ValueError("min_remaining to max_remaining must be a range of days")
        if self.month_day is not None:
            _date_in(2001, self.month_day)

    def due_on(self, *, started_on: date, year_ends_on: date) -> date:
        """The date that takes the place of the count."""
        if self.month_day is None:
            return year_ends_on + timedelta(days=self.days_after_year or 0)
        due_on = _date_in(started_on.year, self.month_day)
        return due_on if due_on > started_on else _date_in(started_on.year + 1, self.month_day)


@dataclass(frozen=True, slots=True)
class IfSchoolOut:
    """A due date in summer moves to the n-th school day of the next school year.

    Not when the pupil needs services in that summer (extended school year).  Citation: 19 TAC
    89.1011 (Texas: the 15th).  Raises `ValueError` when the number is not positive.
    """

    school_day_of_next_year: int

    def __post_init__(self) -> None:
        if self.school_day_of_next_year < 1:
            raise ValueError("school_day_of_next_year must be positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One clock of the law: `count` days of a `unit`, from the event `starts` to the event `stops`.

    `count=None` is a duty without a number of days in the law ("a reasonable time"): it has no due
    date.  `rule_id` names the rule it belongs to.  `attaches_to` says to which cases a change of
    the term applies.

    Raises `ValueError` without a citation, when the count is not positive, when a duty without a
    number of days has adjustments, when one that speaks of school days (absences, the end of the
    year) lies on a count in another unit, or when `if_school_out` lies on a count of school days,
    which never ends in summer.
    """

    id: str
    title: str
    rule_id: str
    starts: str
    stops: str
    count: int | None
    unit: DayUnit = DayUnit.CALENDAR_DAY
    absences: Absences | None = None
    year_end: YearEndRule | None = None
    if_school_out: IfSchoolOut | None = None
    citations: tuple[Citation, ...]
    attaches_to: AttachesTo = AttachesTo.START_EVENT

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"{self.id}: a term needs a citation")
        if self.count is not None and self.count < 1:
            raise ValueError(f"{self.id}: count must be positive, not {self.count}")
        adjusted = self.absences or self.year_end or self.if_school_out
        if self.count is None and adjusted:
            raise ValueError(f"{self.id}: nothing to adjust without a number of days")
        if (self.absences or self.year_end) and self.unit is not DayUnit.SCHOOL_DAY:
            raise ValueError(f"{self.id}: absences and the end of the year need school days")
        if self.if_school_out and self.unit is DayUnit.SCHOOL_DAY:
            raise ValueError(f"{self.id}: a count of school days never ends in summer")


UNIT_RULES = {
    DayUnit.CALENDAR_DAY: "IDEA-DAY",
    DayUnit.SCHOOL_DAY: "IDEA-DAY-SCHOOL",
    DayUnit.BUSINESS_DAY: "IDEA-DAY-BUSINESS",
}
_SECTION_300_11 = "https://www.ecfr.gov/current/title-34/section-300.11"
UNIT_CITATIONS = {
    DayUnit.CALENDAR_DAY: Citation("34 CFR 300.11(a)", _SECTION_300_11, Verification.READ_IN_PART),
    DayUnit.BUSINESS_DAY: Citation("34 CFR 300.11(b)", _SECTION_300_11, Verification.READ_IN_PART),
    DayUnit.SCHOOL_DAY: Citation("34 CFR 300.11(c)", _SECTION_300_11, Verification.READ),
}
DAY_ZERO = "POLICY-DAY-ZERO"
ROLL = "POLICY-ROLL"
NO_AUTHORITY = Citation("a setting of the district: the regulations are silent")


# Facts and settings


@dataclass(frozen=True, slots=True)
class Extension:
    """An agreed due date that takes the place of the computed one.

    Such as `sld_mutual_agreement` (34 CFR 300.309(c)), or a state's own kind.
    """

    kind: str
    agreed_on: date
    new_due_on: date


@dataclass(frozen=True, slots=True)
class TimeframeException:
    """A reason for which the timeframe does not apply (34 CFR 300.301(d)), with its `reasons`.

    Such as `child_not_produced` or `transferred`.  A transfer comes with the completion date to
    which the parent and the new agency agreed, `agreed_due_on`, which then binds; without such a
    date the clock is excused.
    """

    kind: str
    reasons: tuple[str, ...] = ()
    agreed_due_on: date | None = None


class Roll(StrEnum):
    """What becomes of a due date on a weekend or holiday (POLICY-ROLL): by default, nothing."""

    NONE = "none"
    NEXT_WORKING_DAY = "next_working_day"


# The answer


class ClockState(StrEnum):
    """How a clock stands.

    `open`: not started, or a duty without a date that is not yet done.  `running`: started and not
    stopped.  `paused`: a count of school days that stands still between two school years.  `met`
    and `late`: stopped by, or after, the due date.  `excused`: an exception lifts the timeframe.
    `unknown`: calendar data is missing (`Clock.needs`).
    """

    OPEN = "open"
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    LATE = "late"
    EXCUSED = "excused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LedgerDay:
    """One day of the working: whether it counted, as which number, why, and under which rule."""

    day: date
    counted: bool
    number: int | None
    why: str
    rule_id: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class _Working:
    """How a computed due date came about."""

    due_on: date
    absent: frozenset[date] = frozenset()
    remaining: int | None = None
    fixed_on: date | None = None
    summer_due_on: date | None = None
    next_year_from: date | None = None
    rolled_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A term laid over the facts: when it is due, how it stands, and why.

    `due_on` is None when the law names no number of days, when the clock has not started, or when
    calendar data is missing; then `needs` says which.  `stopped_on` is None too when the stop
    event lies before the start: what happened out of order does not stop a clock.  `provisional`
    marks a clock whose start event was recorded but does not yet satisfy its own rules.
    """

    term: Term
    started_on: date | None
    stopped_on: date | None
    due_on: date | None
    state: ClockState
    needs: tuple[Need, ...]
    today: date
    provisional: bool
    extension: Extension | None
    exception: TimeframeException | None
    count_trigger_day: bool
    _working: _Working | None = field(repr=False)
    _absences: frozenset[date] = field(repr=False)
    _calendar: SchoolCalendar = field(repr=False, compare=False)

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
            return self._calendar.working_day_on_or_before(self.due_on)
        except NotCovered:
            return None

    @property
    def days_counted(self) -> int | None:
        """How many days of the term's unit have counted until now, at most the term's count.

        Until now is until the stop event, or else until `today`.  None when there is nothing to
        count or calendar data is missing.
        """
        if self.started_on is None or self.term.count is None:
            return None
        until = self.stopped_on or self.today
        if self._working is not None:
            until = min(until, self._working.due_on)
        try:
            counted = _counted(
                self.term, self.started_on, until, self._calendar, self.count_trigger_day
            )
            absent = self._working.absent if self._working else self._absent_until(until)
        except NotCovered:
            return None
        return min(counted - sum(day <= until for day in absent), self.term.count)

    @property
    def adjustments(self) -> tuple[str, ...]:
        """What moved the due date away from the plain count, by name.

        Of `absences`, `year_end`, `school_out`, `roll`, `extension` and `exception`.
        """
        working = self._working
        found = {
            "absences": working is not None and bool(working.absent),
            "year_end": working is not None and working.fixed_on is not None,
            "school_out": working is not None and working.summer_due_on is not None,
            "roll": working is not None and working.rolled_from is not None,
            "extension": self.extension is not None,
            "exception": self.exception is not None,
        }
        return tuple(name for name, applies in found.items() if applies)

    @property
    def explanation(self) -> str:
        """The working in sentences, for a school person and a parent."""
        return " ".join(self._sentences())

    def ledger(self) -> Iterator[LedgerDay]:
        """Every day from the start through the due date: counted or not, and why.

        It is worked out only while it is read.  Without a due date it is empty.
        """
        if self.started_on is None or self.due_on is None:
            return
        number = 0
        day = self.started_on
        while day <= self.due_on:
            line = self._line(day, number + 1)
            number += line.counted
            yield line
            day += ONE_DAY

    def _line(self, day: date, number: int) -> LedgerDay:
        """One line of the ledger; `number` is the next number to give."""
        term, working = self.term, self._working
        of_term = (term.rule_id, term.citations[0])
        if day == self.started_on and not self.count_trigger_day:
            why = f"day zero: the day of the start ({_words(term.starts)}) is not counted"
            return LedgerDay(day, False, None, why, DAY_ZERO, NO_AUTHORITY)
        if term.count is None:
            return LedgerDay(day, False, None, "the law names no number of days", *of_term)
        if working is not None and working.rolled_from is not None and day > working.rolled_from:
            why = f"rolled from {_weekday(working.rolled_from)} to the next working day"
            return LedgerDay(day, False, None, why, ROLL, NO_AUTHORITY)
        if working is not None and day in working.absent:
            return LedgerDay(day, False, None, "pupil absent: adds a school day", *of_term)
        if working is not None and working.next_year_from is not None and number > term.count:
            return self._line_of_next_year(day, number - term.count, working.next_year_from)
        if number > term.count:
            why = "after the count: an agreed date takes its place"
            return LedgerDay(day, False, None, why, *of_term)
        try:
            counted, why = self._calendar.counts(day, term.unit)
        except NotCovered as missing:
            counted, why = False, f"not known without {missing.need}"
        shown = number if counted else None
        if working is not None and day == working.fixed_on:
            why = f"{why}; due on this date, because too few school days remained for the count"
            return LedgerDay(day, counted, shown, why, *of_term)
        return LedgerDay(day, counted, shown, why, UNIT_RULES[term.unit], UNIT_CITATIONS[term.unit])

    def _line_of_next_year(self, day: date, number: int, year_from: date) -> LedgerDay:
        """A line after a count that ended in summer: the next year's school days are counted."""
        counted, why = self._calendar.counts(day, DayUnit.SCHOOL_DAY)
        if day >= year_from:
            why = f"{why} of the next school year"
        shown = number if counted else None
        return LedgerDay(day, counted, shown, why, self.term.rule_id, self.term.citations[0])

    def _absent_until(self, until: date) -> frozenset[date]:
        """The absences that lengthen a count which has not ended by this day."""
        if self.term.absences is None or self.started_on is None:
            return frozenset()
        absent = _school_days_absent(
            self._absences, self.started_on, until, self._calendar, self.count_trigger_day
        )
        return absent if len(absent) >= self.term.absences.minimum else frozenset()

    def _sentences(self) -> Iterator[str]:
        term, working = self.term, self._working
        if self.started_on is None:
            yield f"The clock starts with {_words(term.starts)}, which has not happened."
            return
        start = f"{self.started_on} ({_words(term.starts)})"
        if term.count is None:
            yield f"The law names no number of days from {start}."
        else:
            days = _days(term.count, term.unit)
            zero = "counted as day one" if self.count_trigger_day else "not itself counted"
            yield f"{days} from {start}, which is {zero}."
        if working is not None:
            yield from _working_sentences(term, working)
        for need in self.needs:
            yield f"The due date is not known without {need}."
        if self.extension is not None:
            kind = _words(self.extension.kind)
            yield (
                f"Extended on {self.extension.agreed_on} ({kind}) to {self.extension.new_due_on}."
            )
        if self.exception is not None:
            reasons = "; ".join((_words(self.exception.kind), *self.exception.reasons))
            agreed = self.exception.agreed_due_on
            then = f"agreed date {agreed}" if agreed else "the timeframe does not apply"
            yield f"Exception ({reasons}): {then}."
        if self.due_on is not None:
            yield f"Due on {_weekday(self.due_on)}."
        if self.provisional:
            yield "Provisional: the start event does not yet satisfy its own rules."


def due(
    term: Term,
    started_on: date | None,
    calendar: SchoolCalendar,
    *,
    today: date,
    stopped_on: date | None = None,
    absences: Iterable[date] = (),
    extension: Extension | None = None,
    exception: TimeframeException | None = None,
    count_trigger_day: bool = False,
    roll: Roll = Roll.NONE,
    summer_services: bool = False,
    provisional: bool = False,
) -> Clock:
    """Lay a term over the facts of a case and a school calendar.

    All dates are the district's.  `started_on` and `stopped_on` are the days of the term's start
    and stop events, None while they have not happened.  `absences` are the days on which an
    enrolled pupil was absent; for a pupil who is not enrolled, give none.  `summer_services` says
    that the pupil needs services in summer, so that a due date there stands.  `count_trigger_day`
    and `roll` are settings (POLICY-DAY-ZERO, POLICY-ROLL).

    Never raises for missing calendar data: the clock's state is then `unknown`, with its `needs`.
    """
    absent = frozenset(absences)
    if started_on is None or (stopped_on is not None and stopped_on < started_on):
        stopped_on = None
    working: _Working | None = None
    needs: tuple[Need, ...] = ()
    if started_on is not None and term.count is not None:
        try:
            working = _work_out(
                term, term.count, started_on, calendar, absent, count_trigger_day, summer_services
            )
            if roll is Roll.NEXT_WORKING_DAY:
                working = _rolled(working, calendar)
        except NotCovered as missing:
            working, needs = None, (missing.need,)
    due_on = working.due_on if working else None
    if started_on is not None and extension is not None:
        due_on, needs = extension.new_due_on, ()
    if started_on is not None and exception is not None and exception.agreed_due_on is not None:
        due_on, needs = exception.agreed_due_on, ()
    if started_on is None:
        state = ClockState.OPEN
    elif stopped_on is not None:
        state = _state_when_stopped(
            term, started_on, stopped_on, due_on, exception, calendar, count_trigger_day
        )
    elif exception is not None and exception.agreed_due_on is None:
        state = ClockState.EXCUSED
    elif due_on is None:
        state = ClockState.OPEN if term.count is None else ClockState.UNKNOWN
    else:
        counting = working is not None and due_on == working.due_on and not working.fixed_on
        still = counting and _stands_still(term, started_on, due_on, today, calendar)
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
        extension=extension,
        exception=exception,
        count_trigger_day=count_trigger_day,
        _working=working,
        _absences=absent,
        _calendar=calendar,
    )


# The steps of the computation, in their order


def _work_out(
    term: Term,
    count: int,
    started_on: date,
    calendar: SchoolCalendar,
    absences: frozenset[date],
    count_trigger_day: bool,
    summer_services: bool,
) -> _Working:
    working = _by_year_end(term, count, started_on, calendar, absences, count_trigger_day)
    if working is None:
        working = _by_count(term, count, started_on, calendar, absences, count_trigger_day)
    if term.if_school_out and not summer_services and calendar.in_summer(working.due_on):
        year = calendar.year_at(working.due_on)
        moved = calendar.nth(
            year.first_on,
            term.if_school_out.school_day_of_next_year,
            DayUnit.SCHOOL_DAY,
            including=True,
        )
        return _Working(due_on=moved, summer_due_on=working.due_on, next_year_from=year.first_on)
    return working


def _by_year_end(
    term: Term,
    count: int,
    started_on: date,
    calendar: SchoolCalendar,
    absences: frozenset[date],
    count_trigger_day: bool,
) -> _Working | None:
    """The fixed date of the year-end rule, or None when the count governs."""
    rule = term.year_end
    if rule is None:
        return None
    first = started_on if count_trigger_day else started_on + ONE_DAY
    ends_on = calendar.year_at(first).last_on
    remaining = _counted(term, started_on, ends_on, calendar, count_trigger_day)
    if remaining >= count or not rule.min_remaining <= remaining <= rule.max_remaining:
        return None
    if rule.absences_below is not None:
        absent = _school_days_absent(absences, started_on, ends_on, calendar, count_trigger_day)
        if len(absent) >= rule.absences_below:
            return None
    fixed_on = rule.due_on(started_on=started_on, year_ends_on=ends_on)
    return _Working(due_on=fixed_on, remaining=remaining, fixed_on=fixed_on)


def _by_count(
    term: Term,
    count: int,
    started_on: date,
    calendar: SchoolCalendar,
    absences: frozenset[date],
    count_trigger_day: bool,
) -> _Working:
    """The last day of the count, lengthened by the absences that lengthen it."""

    def ends_on(days: int) -> date:
        return calendar.nth(started_on, days, term.unit, including=count_trigger_day)

    def absent_until(last: date) -> frozenset[date]:
        return _school_days_absent(absences, started_on, last, calendar, count_trigger_day)

    due_on = ends_on(count)
    rule = term.absences
    if rule is None:
        return _Working(due_on=due_on)
    absent = absent_until(due_on)
    if len(absent) < rule.minimum:
        return _Working(due_on=due_on)
    due_on = ends_on(count + len(absent))
    if rule.window is AbsenceWindow.UNTIL_DUE:
        while len(more := absent_until(due_on)) > len(absent):
            absent = more
            due_on = ends_on(count + len(absent))
    return _Working(due_on=due_on, absent=absent)


def _rolled(working: _Working, calendar: SchoolCalendar) -> _Working:
    rolled = calendar.working_day_on_or_after(working.due_on)
    if rolled == working.due_on:
        return working
    return replace(working, due_on=rolled, rolled_from=working.due_on)


def _counted(
    term: Term, started_on: date, until: date, calendar: SchoolCalendar, count_trigger_day: bool
) -> int:
    return calendar.count(started_on, until, term.unit, including=count_trigger_day)


def _school_days_absent(
    absences: frozenset[date],
    started_on: date,
    until: date,
    calendar: SchoolCalendar,
    count_trigger_day: bool,
) -> frozenset[date]:
    """The absences on school days after the start (or on it, when it counts), until a day."""
    first = started_on if count_trigger_day else started_on + ONE_DAY
    return frozenset(
        day
        for day in absences
        if first <= day <= until and calendar.counts(day, DayUnit.SCHOOL_DAY)[0]
    )


def _state_when_stopped(
    term: Term,
    started_on: date,
    stopped_on: date,
    due_on: date | None,
    exception: TimeframeException | None,
    calendar: SchoolCalendar,
    count_trigger_day: bool,
) -> ClockState:
    if term.count is None and due_on is None:
        return ClockState.MET
    if due_on is not None and stopped_on <= due_on:
        return ClockState.MET
    if exception is not None and exception.agreed_due_on is None:
        return ClockState.EXCUSED
    if due_on is not None:
        return ClockState.LATE
    # Without a due date it may still be certain that the count had not ended: every adjustment
    # that needs the missing data only makes it longer.
    try:
        counted = _counted(term, started_on, stopped_on, calendar, count_trigger_day)
    except NotCovered:
        return ClockState.UNKNOWN
    within = term.count is not None and counted <= term.count
    return ClockState.MET if within else ClockState.UNKNOWN


def _stands_still(
    term: Term, started_on: date, due_on: date, today: date, calendar: SchoolCalendar
) -> bool:
    if term.unit is not DayUnit.SCHOOL_DAY or not started_on <= today <= due_on:
        return False
    try:
        return calendar.in_summer(today)
    except NotCovered:
        return False


def _date_in(year: int, month_day: str) -> date:
    month, day = month_day.split("-")
    return date(year, int(month), int(day))


# Words


def _working_sentences(term: Term, working: _Working) -> Iterator[str]:
    if working.absent:
        yield f"Absences add {_days(len(working.absent), DayUnit.SCHOOL_DAY)}."
    if working.fixed_on is not None:
        left = _days(working.remaining or 0, DayUnit.SCHOOL_DAY)
        yield f"{left} remained in the school year, so a fixed date governs: {working.fixed_on}."
    if working.summer_due_on is not None and term.if_school_out is not None:
        nth = term.if_school_out.school_day_of_next_year
        yield (
            f"The count ends on {working.summer_due_on}, when school is out, "
            f"so school day {nth} of the next school year governs."
        )
    if working.rolled_from is not None:
        yield f"Rolled from {_weekday(working.rolled_from)} to the next working day."


def _days(count: int, unit: DayUnit) -> str:
    return f"{count} {_words(unit)}{'' if count == 1 else 's'}"


def _weekday(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day}"


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", " ")
