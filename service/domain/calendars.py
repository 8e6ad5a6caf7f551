"""School calendars: which days the law counts, and why a day does not count.

The Individuals with Disabilities Education Act knows three kinds of day (34 CFR 300.11): the
calendar day, the school day and the business day; some states have names of their own for the
school day.  A `SchoolCalendar` is built from the district's school years and from the federal and
state holidays.  It answers three questions: does this day count (`counts`, with the reason in plain
English), which is the n-th counted day after a date (`nth`), and how many days counted between two
dates (`count`).  For states that let a count of calendar days stand still, it knows the summers
and the vacations.

Calendar data may be missing: next year's calendar is often adopted late.  A calendar therefore
knows the stretches it covers, and outside of them it raises `NotCovered`, which says what is
needed.  It never guesses.  Only weekends need no data, because they are neither school days nor
business days.

Counting is a binary search in a list that is worked out once.  `counts` decides the same for a
single day and serves the day ledger.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

__all__ = [
    "DayUnit",
    "DaysOff",
    "DaysOffKind",
    "Need",
    "NeedKind",
    "NotCovered",
    "SchoolCalendar",
    "SchoolYear",
    "Span",
]

ONE_DAY = timedelta(days=1)
LONGEST_SUMMER = timedelta(days=183)
"""A longer gap between two school years means that a year's calendar is missing."""

SUMMER = "summer: no school year in session"

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class DayUnit(StrEnum):
    """The kinds of day in which the law states a period (34 CFR 300.11).

    `calendar_day` is the law's plain "day" (IDEA-DAY).  `school_day` is a day, even a partial one,
    on which children attend for instruction (IDEA-DAY-SCHOOL).  `business_day` is Monday to Friday
    less federal and state holidays (IDEA-DAY-BUSINESS): the weekdays of a school break are business
    days.

    Two states name the school day in their own way, and it is counted in the same way:
    `instructional_day` (Indiana, 511 IAC 7-32) and `school_working_day` (Massachusetts,
    603 CMR 28.02).
    """

    CALENDAR_DAY = "calendar_day"
    SCHOOL_DAY = "school_day"
    BUSINESS_DAY = "business_day"
    INSTRUCTIONAL_DAY = "instructional_day"
    SCHOOL_WORKING_DAY = "school_working_day"

    @property
    def of_school(self) -> bool:
        """Whether it is counted by the days on which children attend."""
        return self not in (DayUnit.CALENDAR_DAY, DayUnit.BUSINESS_DAY)

    @property
    def words(self) -> str:
        """The unit as the ledger says it: `school day`."""
        return self.replace("_", " ")


class DaysOffKind(StrEnum):
    """Why children do not attend although the school year is in session.

    A closure (snow, say) and a staff day are no vacation: a count of calendar days runs on.
    """

    BREAK = "break"
    HOLIDAY = "holiday"
    STAFF_DAY = "staff_day"
    CLOSURE = "closure"
    OTHER = "other"

    @property
    def words(self) -> str:
        """The kind as the ledger says it: `staff day`."""
        return self.replace("_", " ")

    @property
    def vacation(self) -> bool:
        """Whether the pupils are on vacation."""
        return self not in (DaysOffKind.CLOSURE, DaysOffKind.STAFF_DAY)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of days, both ends included, and what it is (`summer`, a break's name)."""

    first_on: date
    last_on: date
    name: str

    def __contains__(self, day: date) -> bool:
        return self.first_on <= day <= self.last_on


class NeedKind(StrEnum):
    """What data a calendar lacks."""

    SCHOOL_CALENDAR = "school_calendar"
    HOLIDAYS = "holidays"


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """A missing piece of calendar data; `on` is the first day that cannot be judged without it."""

    kind: NeedKind
    on: date

    def __str__(self) -> str:
        if self.kind is NeedKind.HOLIDAYS:
            return f"the federal and state holidays of {self.on.year}"
        return f"a school calendar that covers {self.on}"


class NotCovered(LookupError):
    """The answer depends on calendar data that is missing; `need` says which."""

    def __init__(self, need: Need) -> None:
        super().__init__(f"needed: {need}")
        self.need = need


@dataclass(frozen=True, slots=True)
class DaysOff:
    """A day, or a range of days with both ends included, on which children do not attend.

    Raises `ValueError` when the range ends before it begins.
    """

    first_on: date
    last_on: date
    name: str
    kind: DaysOffKind = DaysOffKind.OTHER

    def __post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise ValueError(f"{self.name}: ends on {self.last_on}, before {self.first_on}")

    def days(self, *, first_on: date, last_on: date) -> Iterator[date]:
        """The days off that lie within the two dates, both included."""
        yield from _days(max(first_on, self.first_on), min(last_on, self.last_on))


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """One school year: its first and last instructional day and the days off between them.

    A half day (early release) counts as one school day (34 CFR 300.11(c)); it is listed only so
    that the ledger can say so.  Days off win over half days: a closure may fall on an early
    release.  Extended-school-year days in summer are not school days and are not part of a school
    year, because only children with disabilities attend them.

    Raises `ValueError` when the year ends before it begins.
    """

    name: str
    first_on: date
    last_on: date
    days_off: tuple[DaysOff, ...] = ()
    half_days: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise ValueError(f"{self.name}: ends on {self.last_on}, before {self.first_on}")


@dataclass(frozen=True)
class SchoolCalendar:
    """The school years of a school, and the holidays that make business days.

    `years` are kept in the order of their dates.  Between two school years lies a summer, unless
    the gap is longer than half a year: then the calendar of a year is missing.  `covers_from` and
    `covers_through` vouch for the time before the first and after the last school year: that no
    child attends in it (a summer whose other end is not known).

    `holidays` are the federal and state holidays by date.  A calendar year without a single one is
    a year whose holidays nobody has entered, not a year without holidays.

    Raises `ValueError` when two school years overlap.
    """

    years: tuple[SchoolYear, ...] = ()
    holidays: Mapping[date, str] = field(default_factory=dict, hash=False)
    covers_from: date | None = None
    covers_through: date | None = None

    def __post_init__(self) -> None:
        years = tuple(sorted(self.years, key=lambda year: year.first_on))
        for earlier, later in pairwise(years):
            if later.first_on <= earlier.last_on:
                raise ValueError(f"school years {earlier.name} and {later.name} overlap")
        object.__setattr__(self, "years", years)
        object.__setattr__(self, "holidays", MappingProxyType(dict(self.holidays)))

    # Does this day count?

    def covers(self, day: date, unit: DayUnit) -> bool:
        """Whether it is known if this day counts."""
        if unit is DayUnit.CALENDAR_DAY or _is_weekend(day):
            return True
        return any(first <= day <= last for first, last in self._stretches(unit))

    def counts(self, day: date, unit: DayUnit) -> tuple[bool, str]:
        """Whether this day counts, and the reason as the ledger says it.

        Raises `NotCovered` when the data for this day is missing.  Citation: 34 CFR 300.11.
        """
        if unit is DayUnit.CALENDAR_DAY:
            return True, "calendar day"
        if _is_weekend(day):
            return False, WEEKDAYS[day.weekday()]
        if not self.covers(day, unit):
            raise NotCovered(_need(day, unit))
        if unit is DayUnit.BUSINESS_DAY:
            holiday = self.holidays.get(day)
            return (True, "business day") if holiday is None else (False, f"holiday: {holiday}")
        if day in self._reasons_off:
            return False, self._reasons_off[day]
        year = self.year_in_session(day)
        if year is None:
            return False, SUMMER
        return True, f"{unit.words} (half day)" if day in year.half_days else unit.words

    # How many days count, and which is the n-th?

    def nth(self, after: date, count: int, unit: DayUnit, *, including: bool = False) -> date:
        """The `count`-th counted day after a date; `including` lets that date itself count.

        Raises `NotCovered` when data is missing on the way, `ValueError` when `count` is not
        positive.
        """
        if count < 1:
            raise ValueError(f"count must be positive, not {count}")
        first = after if including else after + ONE_DAY
        if unit is DayUnit.CALENDAR_DAY:
            return first + timedelta(days=count - 1)
        end = self._covered_through(first, unit)
        days = self._counted_days(unit)
        place = bisect_left(days, first) + count - 1
        if place >= len(days) or days[place] > end:
            raise NotCovered(_need(_weekday_from(end + ONE_DAY), unit))
        return days[place]

    def count(self, after: date, through: date, unit: DayUnit, *, including: bool = False) -> int:
        """How many days count after a date, through another date (which may count itself).

        `including` lets the first date count too.  An empty stretch has 0 days.  Raises
        `NotCovered` when data for the stretch is missing.
        """
        first = after if including else after + ONE_DAY
        if through < first:
            return 0
        if unit is DayUnit.CALENDAR_DAY:
            return (through - first).days + 1
        first = _weekday_from(first)
        through = _weekday_until(through)
        if through < first:
            return 0
        end = self._covered_through(first, unit)
        if through > end:
            raise NotCovered(_need(_weekday_from(end + ONE_DAY), unit))
        days = self._counted_days(unit)
        return bisect_right(days, through) - bisect_left(days, first)

    # School years and summers

    def year_at(self, day: date) -> SchoolYear:
        """The school year in session on this day, or in a summer the one that follows.

        Raises `NotCovered` when the day, or the school year that follows it, is not known.
        """
        return self._year_from(day)

    def year_in_session(self, day: date) -> SchoolYear | None:
        """The known school year from whose first day through whose last this day lies, if any."""
        place = bisect_right(self.years, day, key=lambda year: year.first_on) - 1
        if place >= 0 and day <= self.years[place].last_on:
            return self.years[place]
        return None

    def year_after(self, day: date) -> SchoolYear:
        """The first school year that begins after this day.

        Raises `NotCovered` when the day, or that school year, is not known.
        """
        year = self._year_from(day)
        return year if year.first_on > day else self._year_from(year.last_on + ONE_DAY)

    def in_summer(self, day: date) -> bool:
        """Whether no school year is in session on this day.

        A weekend or a break within a school year is not summer.  Raises `NotCovered` when the day
        is not known.
        """
        if self.year_in_session(day) is not None:
            return False
        self._covered_through(day, DayUnit.SCHOOL_DAY)
        return True

    def require_school_days(self, first: date, through: date) -> None:
        """Raise `NotCovered` unless it is known of each of these days if children attend."""
        end = self._covered_through(first, DayUnit.SCHOOL_DAY)
        if _weekday_until(through) > end:
            raise NotCovered(_need(_weekday_from(end + ONE_DAY), DayUnit.SCHOOL_DAY))

    # Summers and vacations, in which a state may let a count of calendar days stand still

    @cached_property
    def summers(self) -> tuple[Span, ...]:
        """Each known summer: from the day after a last instructional day to the next first one."""
        return tuple(
            Span(earlier.last_on + ONE_DAY, later.first_on - ONE_DAY, "summer")
            for earlier, later in pairwise(self.years)
            if later.first_on - earlier.last_on <= LONGEST_SUMMER
        )

    @cached_property
    def vacations(self) -> tuple[tuple[Span, int], ...]:
        """Each run of vacation days within a school year, with the weekdays in it.

        A run goes on over weekends: it ends with the first weekday that is no vacation day.
        """
        runs: list[tuple[Span, int]] = []
        for year in self.years:
            off = {
                day: span.name
                for span in reversed(year.days_off)
                if span.kind.vacation
                for day in span.days(first_on=year.first_on, last_on=year.last_on)
                if not _is_weekend(day)
            }
            for day in sorted(off):
                if runs and _weekday_from(runs[-1][0].last_on + ONE_DAY) == day:
                    run, weekdays = runs[-1]
                    runs[-1] = (Span(run.first_on, day, run.name), weekdays + 1)
                else:
                    runs.append((Span(day, day, off[day]), 1))
        return tuple(runs)

    # Working days (business days): for showing and, by setting, for rolling a due date

    def working_day_on_or_before(self, day: date) -> date:
        """The last business day up to a date.  Raises `NotCovered` when holidays are missing."""
        while not self.counts(day, DayUnit.BUSINESS_DAY)[0]:
            day -= ONE_DAY
        return day

    def working_day_on_or_after(self, day: date) -> date:
        """The first business day from a date on.  Raises `NotCovered` when holidays are missing."""
        while not self.counts(day, DayUnit.BUSINESS_DAY)[0]:
            day += ONE_DAY
        return day

    # What is worked out once

    def _year_from(self, day: date) -> SchoolYear:
        end = self._covered_through(day, DayUnit.SCHOOL_DAY)
        for year in self.years:
            if day <= year.last_on <= end:
                return year
        raise NotCovered(_need(_weekday_from(end + ONE_DAY), DayUnit.SCHOOL_DAY))

    def _covered_through(self, day: date, unit: DayUnit) -> date:
        """The last day of the covered stretch in which a day (or the next weekday) lies."""
        day = _weekday_from(day)
        for first, last in self._stretches(unit):
            if first <= day <= last:
                return last
        raise NotCovered(_need(day, unit))

    def _stretches(self, unit: DayUnit) -> tuple[tuple[date, date], ...]:
        return self._school_stretches if unit.of_school else self._holiday_stretches

    def _counted_days(self, unit: DayUnit) -> list[date]:
        return self._school_days if unit.of_school else self._business_days

    @cached_property
    def _reasons_off(self) -> dict[date, str]:
        reasons: dict[date, str] = {}
        for year in self.years:
            for off in year.days_off:
                for day in off.days(first_on=year.first_on, last_on=year.last_on):
                    reasons.setdefault(day, f"{off.kind.words}: {off.name}")
        return reasons

    @cached_property
    def _school_days(self) -> list[date]:
        return [
            day
            for year in self.years
            for day in _days(year.first_on, year.last_on)
            if not _is_weekend(day) and day not in self._reasons_off
        ]

    @cached_property
    def _business_days(self) -> list[date]:
        return [
            day
            for first, last in self._holiday_stretches
            for day in _days(first, last)
            if not _is_weekend(day) and day not in self.holidays
        ]

    @cached_property
    def _school_stretches(self) -> tuple[tuple[date, date], ...]:
        stretches: list[tuple[date, date]] = []
        for year in self.years:
            if stretches and year.first_on - stretches[-1][1] <= LONGEST_SUMMER:
                stretches[-1] = (stretches[-1][0], year.last_on)
            else:
                stretches.append((year.first_on, year.last_on))
        if stretches and self.covers_from is not None:
            stretches[0] = (min(self.covers_from, stretches[0][0]), stretches[0][1])
        if stretches and self.covers_through is not None:
            stretches[-1] = (stretches[-1][0], max(self.covers_through, stretches[-1][1]))
        return tuple(stretches)

    @cached_property
    def _holiday_stretches(self) -> tuple[tuple[date, date], ...]:
        stretches: list[tuple[date, date]] = []
        # 31 December is a holiday only as the day on which the next year's first is observed.
        known = {day.year for day in self.holidays if (day.month, day.day) != (12, 31)}
        for year in sorted(known):
            if stretches and stretches[-1][1].year == year - 1:
                stretches[-1] = (stretches[-1][0], date(year, 12, 31))
            else:
                stretches.append((date(year, 1, 1), date(year, 12, 31)))
        return tuple(stretches)


def school_year(day: date) -> int:
    """The calendar year in which the school year of a day ends; one is taken to begin July 1."""
    return day.year + (day.month >= 7)


def named_year(year: int) -> str:
    """A school year by the years in which it begins and ends: 2026-27."""
    return f"{year - 1}-{year % 100:02d}"


def last_day_of(year: int) -> date:
    """The last day of the school year that ends in this calendar year."""
    return date(year, 6, 30)


def _need(day: date, unit: DayUnit) -> Need:
    return Need(NeedKind.SCHOOL_CALENDAR if unit.of_school else NeedKind.HOLIDAYS, day)


def _is_weekend(day: date) -> bool:
    return day.weekday() >= 5


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += ONE_DAY


def _weekday_from(day: date) -> date:
    while _is_weekend(day):
        day += ONE_DAY
    return day


def _weekday_until(day: date) -> date:
    while _is_weekend(day):
        day -= ONE_DAY
    return day
