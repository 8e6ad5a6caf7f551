"""The clocks of the law as data.

A `Period` is so many days of one kind with the adjustments a state makes to the count. A `Term` is
a period between two events; a state may let a second period run beside it, the earlier of which
binds (`Sooner`), or put another in its place for some children (`Variant`).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from service.domain.calendars import DayUnit
from service.domain.citations import Citation

ONE_DAY = timedelta(days=1)


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
    """A pupil absent at least `minimum` school days has the absences added to the period.

    All of them (TEC 29.004, Texas: 3), or with `only_beyond` those after the first `minimum` - 1
    (F.A.C. 6A-6.0331, Florida: more than 8; whether all count was not read, and the fewer give
    the earlier date). Raises `ValueError` when the minimum is not positive.
    """

    minimum: int
    window: AbsenceWindow = AbsenceWindow.ORIGINAL
    only_beyond: bool = False

    def __post_init__(self) -> None:
        if self.minimum < 1:
            raise ValueError(f"minimum must be positive, not {self.minimum}")

    def lengthening(self, absent: frozenset[date]) -> frozenset[date]:
        """Those of the absences that lengthen the count."""
        if len(absent) < self.minimum:
            return frozenset()
        return frozenset(sorted(absent)[self.minimum - 1 :]) if self.only_beyond else absent


@dataclass(frozen=True, slots=True)
class SummerPause:
    """A count of calendar days stands still in summer.

    From the day after the last instructional day (22 Pa. Code 14.123), or with `from_last_day` on
    that day itself (22 Pa. Code 711.24), through the day before the next first one. With
    `unless_days_left`, not for a count that starts that many calendar days or more before the last
    instructional day (Georgia).
    """

    from_last_day: bool = False
    unless_days_left: int | None = None


@dataclass(frozen=True, slots=True)
class BreakPause:
    """A count of calendar days stands still in vacations of at least `min_school_days` weekdays.

    `with_weekends`: also on the weekends around them, until the day the pupils return. Citations:
    Cal. Educ. Code 56043 (more than 5), Ga. Comp. R. 160-4-7-.04 (5 or more).
    """

    min_school_days: int
    with_weekends: bool = False

    def __post_init__(self) -> None:
        if self.min_school_days < 1:
            raise ValueError("min_school_days must be positive")


@dataclass(frozen=True, slots=True)
class Pauses:
    """When a count of calendar days stands still.

    `holidays`: on each single vacation day within a school year, too (Florida).
    """

    summer: SummerPause | None = None
    breaks: BreakPause | None = None
    holidays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEndRule:
    """Too late in the school year for the count: a fixed date takes its place.

    It applies when the count does not end within the school year and either the school days left
    after the start, through the last instructional day, number `min_remaining` to `max_remaining`
    (none remains after a start on that day itself), or the event `measured_from` (else the start)
    lies `within_days` calendar days or fewer before that day (Cal. Educ. Code 56344: 30). With
    `absences_below`, the pupil must have been absent fewer school days than that until then.

    The date is one of: `month_day` (`06-30`: the first such date after the start; TEC 29.004);
    `days_after_year` calendar days after the last instructional day (603 CMR 28.05: 14);
    `days_into_next_year` calendar days after the next first one (California: 30); with
    `before_next_year` the day before that (23 IAC 226.110).

    Raises `ValueError` unless exactly one condition and one date are given, and the date is one
    that every year has.
    """

    min_remaining: int = 1
    max_remaining: int | None = None
    within_days: int | None = None
    measured_from: str | None = None
    month_day: str | None = None
    days_after_year: int | None = None
    days_into_next_year: int | None = None
    before_next_year: bool = False
    absences_below: int | None = None

    def __post_init__(self) -> None:
        dates = (self.month_day, self.days_after_year, self.days_into_next_year)
        if sum(given is not None for given in dates) + self.before_next_year != 1:
            raise ValueError(
                "give one of month_day, days_after_year, days_into_next_year, before_next_year"
            )
        if (self.max_remaining is None) == (self.within_days is None):
            raise ValueError("give either max_remaining or within_days")
        if self.max_remaining is not None and not 0 <= self.min_remaining <= self.max_remaining:
            raise ValueError("min_remaining to max_remaining must be a range of days")
        if self.within_days is not None and self.within_days < 0:
            raise ValueError("within_days must not be negative")
        if self.month_day is not None:
            _date_in(2001, self.month_day)

    @property
    def needs_next_year(self) -> bool:
        """Whether the date lies in, or just before, the school year that follows."""
        return self.days_into_next_year is not None or self.before_next_year

    def due_on(
        self, *, started_on: date, year_ends_on: date, next_year_on: date | None = None
    ) -> date:
        """The date that takes the place of the count; `next_year_on` when `needs_next_year`."""
        if self.days_after_year is not None:
            return year_ends_on + timedelta(days=self.days_after_year)
        if self.month_day is not None:
            due_on = _date_in(started_on.year, self.month_day)
            return due_on if due_on > started_on else _date_in(started_on.year + 1, self.month_day)
        if next_year_on is None:
            raise ValueError("the date lies by the first day of the next school year")
        if self.before_next_year:
            return next_year_on - ONE_DAY
        return next_year_on + timedelta(days=self.days_into_next_year or 0)


@dataclass(frozen=True, slots=True)
class IfSchoolOut:
    """A due date in summer moves to the n-th school day of the next school year.

    Not when the pupil needs services in that summer (extended school year). Citation: 19 TAC
    89.1011 (Texas: the 15th). Raises `ValueError` when the number is not positive.
    """

    school_day_of_next_year: int

    def __post_init__(self) -> None:
        if self.school_day_of_next_year < 1:
            raise ValueError("school_day_of_next_year must be positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """So many days of a unit, with the adjustments to the count; or so many `years`.

    `count=None` without years names no number of days ("a reasonable time"): there is no due date.
    Raises `ValueError` when the number is not positive or both are given, when nothing is counted
    and something adjusts it, when a pause lies on anything but calendar days, when absences or the
    school days left at the year's end lie on a count of business days, or when `if_school_out`
    lies on a count of school days, which never ends in summer.
    """

    count: int | None = None
    years: int | None = None
    unit: DayUnit = DayUnit.CALENDAR_DAY
    pauses: Pauses | None = None
    absences: Absences | None = None
    year_end: YearEndRule | None = None
    if_school_out: IfSchoolOut | None = None

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ValueError(f"count must be positive, not {self.count}")
        if self.years is not None and (self.years < 1 or self.count is not None):
            raise ValueError("years must be positive, and stand without a count of days")
        if self.years is not None and self.unit is not DayUnit.CALENDAR_DAY:
            raise ValueError("years are of calendar days")
        adjusted = self.absences or self.year_end or self.if_school_out or self.pauses
        if self.count is None and adjusted:
            raise ValueError("nothing to adjust without a number of days")
        if self.pauses and self.unit is not DayUnit.CALENDAR_DAY:
            raise ValueError("only a count of calendar days pauses: other units skip by themselves")
        if (self.absences or self.year_end) and self.unit is DayUnit.BUSINESS_DAY:
            raise ValueError("absences and the end of the year do not touch business days")
        if self.year_end and self.year_end.max_remaining and not self.unit.of_school:
            raise ValueError("a number of school days that remain needs a count of school days")
        if self.if_school_out and self.unit.of_school:
            raise ValueError("a count of school days never ends in summer")

    @property
    def numbered(self) -> bool:
        """Whether the law names a number, of days or of years."""
        return self.count is not None or self.years is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """For which children a variant of a term is meant; every condition given must hold.

    Ages in completed years on the day of the start; without a birth date no age holds.
    `after_interventions`: the child took part in intervention before the start (511 IAC 7-40-5).
    `expedited`: the evaluation is expedited for discipline (300.534(d)). `placements`: where the
    child is placed.
    """

    at_least_age: int | None = None
    below_age: int | None = None
    after_interventions: bool = False
    expedited: bool = False
    placements: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant(Period):
    """A period that takes the place of the term's own for some children."""

    when: When


@dataclass(frozen=True, slots=True, kw_only=True)
class Sooner(Period):
    """A second period that runs beside the term's own, from an event of its own or the same.

    Whichever ends first binds. Citations: 14 DE Admin. Code 925-2.3, COMAR 13A.05.01.06.
    """

    starts: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term(Period):
    """One clock of the law: a period from the event `starts` to the event `stops`.

    `rule_id` names the rule it belongs to; it is empty for practice that no law commands. `basis`
    says whose law it is: `state`, `federal` (which the state's law leaves as it is),
    `federal_default` (nothing is known of the state's) or `practice`. `attaches_to` says to which
    cases a change of the term applies. `excludes` names pairs of events between which nothing
    counts (Connecticut: the time to obtain a consent). `reevaluations`: whether a state's time for
    a first evaluation is its time for a later one too (Washington, Massachusetts). `fingerprint`
    names the value as it is written: it is another as soon as anything in it is. Raises
    `ValueError` without a citation, and as `Period` does.
    """

    id: str
    title: str
    rule_id: str
    starts: str
    stops: str
    or_sooner: tuple[Sooner, ...] = ()
    instead: tuple[Variant, ...] = ()
    excludes: tuple[tuple[str, str], ...] = ()
    reevaluations: bool = False
    citations: tuple[Citation, ...] = field(default=())
    basis: str = "state"
    attaches_to: AttachesTo = AttachesTo.START_EVENT
    fingerprint: str = ""

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"{self.id}: a term needs a citation")
        try:
            Period.__post_init__(self)
        except ValueError as error:
            raise ValueError(f"{self.id}: {error}") from None


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

    Such as `child_not_produced` or `transferred`. A transfer comes with the completion date to
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


def years_after(day: date, years: int) -> date:
    """The same day of a later year; for 29 February the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month; where it has none, the last it has."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _date_in(year: int, month_day: str) -> date:
    month, day = month_day.split("-")
    return date(year, int(month), int(day))
