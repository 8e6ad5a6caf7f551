"""Which days count, why not, and what a calendar says when it lacks data (34 CFR 300.11)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.calendars import (
    DaysOff,
    DaysOffKind,
    DayUnit,
    Need,
    NeedKind,
    NotCovered,
    SchoolCalendar,
    SchoolYear,
    Span,
    last_day_of,
    school_year,
)
from tests.depth import DEPTH

CALENDAR, SCHOOL, BUSINESS = DayUnit.CALENDAR_DAY, DayUnit.SCHOOL_DAY, DayUnit.BUSINESS_DAY
D = date.fromisoformat


def off(first: str, last: str | None = None, name: str = "Day off") -> DaysOff:
    """A day or range off: a named break when it has several days, else a holiday."""
    kind = DaysOffKind.BREAK if last else DaysOffKind.HOLIDAY
    return DaysOff(D(first), D(last or first), name, kind)


def federal_holidays() -> dict[date, str]:
    names = {
        "2025-01-01": "New Year's Day",
        "2025-09-01": "Labor Day",
        "2025-10-13": "Columbus Day",
        "2025-11-11": "Veterans Day",
        "2025-11-27": "Thanksgiving Day",
        "2025-12-25": "Christmas Day",
        "2026-01-01": "New Year's Day",
        "2026-01-19": "Martin Luther King Jr. Day",
        "2026-02-16": "Washington's Birthday",
        "2026-05-25": "Memorial Day",
        "2026-06-19": "Juneteenth",
        "2026-07-03": "Independence Day (observed)",
        "2026-09-07": "Labor Day",
        "2026-12-25": "Christmas Day",
    }
    return {D(day): name for day, name in names.items()}


def year(name: str, first: str, last: str, *days_off: DaysOff) -> SchoolYear:
    return SchoolYear(name, D(first), D(last), days_off)


FALL_2026 = (off("2026-09-07"), off("2026-10-12"), off("2026-11-11"))

CAL_A_2025 = year(
    "2025-26",
    "2025-08-18",
    "2026-05-29",
    off("2025-09-01", name="Labor Day"),
    off("2025-10-13"),
    off("2025-11-11"),
    off("2026-01-19"),
    off("2026-02-16"),
    off("2026-04-03"),
    off("2026-05-25"),
    off("2025-11-24", "2025-11-28", "Thanksgiving break"),
    off("2025-12-22", "2026-01-02", "Winter break"),
    off("2026-03-16", "2026-03-20", "Spring break"),
)
CAL_A_2026 = year("2026-27", "2026-08-17", "2027-05-28", *FALL_2026)
CAL_A = SchoolCalendar((CAL_A_2025, CAL_A_2026), federal_holidays())

CAL_M_2025 = year(
    "2025-26",
    "2025-08-27",
    "2026-06-16",
    *(off(f"2025-{day}") for day in ("09-01", "10-13", "11-11", "11-27", "11-28")),
    *(off(f"2026-{day}") for day in ("01-19", "04-03", "05-25")),
    off("2025-12-24", "2026-01-02", "Winter break"),
    off("2026-02-16", "2026-02-20", "February break"),
    off("2026-04-20", "2026-04-24", "April break"),
)
CAL_M_2026 = year("2026-27", "2026-08-26", "2027-06-15", *FALL_2026)
CAL_M = SchoolCalendar((CAL_M_2025, CAL_M_2026), federal_holidays())


# Which days count


@pytest.mark.parametrize(
    ("day", "unit", "counted", "reason"),
    [
        ("2025-12-25", CALENDAR, True, "calendar day"),
        ("2025-09-10", SCHOOL, True, "school day"),
        ("2025-09-13", SCHOOL, False, "Saturday"),
        ("2025-09-14", SCHOOL, False, "Sunday"),
        ("2025-09-01", SCHOOL, False, "holiday: Labor Day"),
        ("2025-12-22", SCHOOL, False, "break: Winter break"),
        ("2025-12-27", SCHOOL, False, "Saturday"),
        ("2026-05-29", SCHOOL, True, "school day"),
        ("2026-06-01", SCHOOL, False, "summer: no school year in session"),
        ("2026-08-17", SCHOOL, True, "school day"),
        ("2025-09-10", BUSINESS, True, "business day"),
        ("2025-09-13", BUSINESS, False, "Saturday"),
        ("2025-09-01", BUSINESS, False, "holiday: Labor Day"),
        ("2025-12-23", BUSINESS, True, "business day"),
        ("2026-06-01", BUSINESS, True, "business day"),
    ],
)
def test_a_day_counts_or_says_why_it_does_not(
    day: str, unit: DayUnit, counted: bool, reason: str
) -> None:
    assert CAL_A.counts(D(day), unit) == (counted, reason)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (DaysOffKind.STAFF_DAY, "staff day: Records day"),
        (DaysOffKind.CLOSURE, "closure: Records day"),
    ],
)
def test_the_reason_names_the_kind_of_day_off(kind: DaysOffKind, reason: str) -> None:
    records_day = DaysOff(D("2025-10-01"), D("2025-10-01"), "Records day", kind)
    calendar = SchoolCalendar((year("2025-26", "2025-08-18", "2026-05-29", records_day),))
    assert calendar.counts(D("2025-10-01"), SCHOOL) == (False, reason)


def test_of_two_reasons_for_a_day_off_the_first_listed_is_given() -> None:
    days_off = (
        off("2025-12-22", "2026-01-02", "Winter break"),
        off("2025-12-25", name="Christmas Day"),
    )
    calendar = SchoolCalendar((year("2025-26", "2025-08-18", "2026-05-29", *days_off),))
    assert calendar.counts(D("2025-12-25"), SCHOOL) == (False, "break: Winter break")


def test_a_half_day_counts_as_one_school_day() -> None:
    half = D("2025-10-03")
    half_days = frozenset({half})
    calendar = SchoolCalendar(
        (SchoolYear("2025-26", D("2025-08-18"), D("2026-05-29"), (), half_days),)
    )
    assert calendar.counts(half, SCHOOL) == (True, "school day (half day)")
    assert calendar.count(half - timedelta(days=1), half, SCHOOL) == 1
    assert calendar.nth(half - timedelta(days=1), 1, SCHOOL) == half


def test_a_closure_on_a_half_day_is_a_day_off() -> None:
    snow = DaysOff(D("2025-12-19"), D("2025-12-19"), "Snow", DaysOffKind.CLOSURE)
    half_days = frozenset({D("2025-12-19")})
    calendar = SchoolCalendar(
        (SchoolYear("2025-26", D("2025-08-18"), D("2026-05-29"), (snow,), half_days),)
    )
    assert calendar.counts(D("2025-12-19"), SCHOOL) == (False, "closure: Snow")


@pytest.mark.parametrize(("calendar", "days"), [(CAL_A, 178), (CAL_M, 184)])
def test_the_school_days_of_a_year_are_its_instructional_days(
    calendar: SchoolCalendar, days: int
) -> None:
    first, last = calendar.years[0].first_on, calendar.years[0].last_on
    assert calendar.count(first, last, SCHOOL, including=True) == days


# Counting


def test_the_first_date_counts_only_when_included() -> None:
    assert CAL_A.nth(D("2025-09-10"), 1, SCHOOL) == D("2025-09-11")
    assert CAL_A.nth(D("2025-09-10"), 1, SCHOOL, including=True) == D("2025-09-10")
    assert CAL_A.count(D("2025-09-10"), D("2025-09-12"), SCHOOL) == 2
    assert CAL_A.count(D("2025-09-10"), D("2025-09-12"), SCHOOL, including=True) == 3


@pytest.mark.parametrize("unit", DayUnit)
def test_an_empty_stretch_has_no_days(unit: DayUnit) -> None:
    assert CAL_A.count(D("2025-09-10"), D("2025-09-10"), unit) == 0
    assert CAL_A.count(D("2025-09-10"), D("2025-09-01"), unit) == 0


def test_school_days_run_on_over_the_summer() -> None:
    assert CAL_A.nth(D("2026-05-28"), 2, SCHOOL) == D("2026-08-17")


@pytest.mark.parametrize("unit", DayUnit)
@pytest.mark.parametrize("count", [0, -1])
def test_the_nth_day_needs_a_positive_number(unit: DayUnit, count: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        CAL_A.nth(D("2025-09-10"), count, unit)


# School years and summers


@pytest.mark.parametrize(
    ("day", "at", "after"),
    [
        ("2025-08-18", CAL_A_2025, CAL_A_2026),
        ("2026-05-29", CAL_A_2025, CAL_A_2026),
        ("2026-05-30", CAL_A_2026, CAL_A_2026),
        ("2026-08-16", CAL_A_2026, CAL_A_2026),
    ],
)
def test_in_a_summer_the_year_that_follows_is_meant(
    day: str, at: SchoolYear, after: SchoolYear
) -> None:
    assert CAL_A.year_at(D(day)) == at
    assert CAL_A.year_after(D(day)) == after


@pytest.mark.parametrize(
    ("day", "summer"),
    [
        ("2026-05-29", False),
        ("2026-05-30", True),
        ("2026-08-16", True),
        ("2026-08-17", False),
        ("2025-12-27", False),
    ],
)
def test_summer_is_the_time_between_two_school_years(day: str, summer: bool) -> None:
    assert CAL_A.in_summer(D(day)) is summer


def test_a_summer_lies_between_the_last_instructional_day_and_the_next_first_one() -> None:
    assert CAL_A.summers == (Span(D("2026-05-30"), D("2026-08-16"), "summer"),)


@pytest.mark.parametrize(("next_first", "summer"), [("2025-12-01", True), ("2025-12-02", False)])
def test_a_gap_of_183_days_is_a_summer_and_a_longer_one_a_missing_calendar(
    next_first: str, summer: bool
) -> None:
    earlier = year("2024-25", "2024-08-19", "2025-06-01")
    later = year("2025-26", next_first, "2026-05-29")
    calendar = SchoolCalendar((earlier, later))
    assert bool(calendar.summers) is summer
    assert calendar.covers(D("2025-09-10"), SCHOOL) is summer


def test_a_vacation_runs_over_its_weekends_and_counts_its_weekdays() -> None:
    closure = DaysOff(D("2025-10-14"), D("2025-10-15"), "Snow", DaysOffKind.CLOSURE)
    days_off = (
        off("2025-10-13", name="Columbus Day"),
        closure,
        off("2025-12-22", "2025-12-31", "Winter break"),
        off("2026-01-01", name="New Year's Day"),
        off("2026-04-03", "2026-04-06", "Easter"),
        off("2026-05-25", "2026-06-30", "After the last day"),
    )
    calendar = SchoolCalendar((year("2025-26", "2025-08-18", "2026-05-29", *days_off),))
    assert calendar.vacations == (
        (Span(D("2025-10-13"), D("2025-10-13"), "Columbus Day"), 1),
        (Span(D("2025-12-22"), D("2026-01-01"), "Winter break"), 9),
        (Span(D("2026-04-03"), D("2026-04-06"), "Easter"), 2),
        (Span(D("2026-05-25"), D("2026-05-29"), "After the last day"), 5),
    )


# Working days


def test_the_working_days_around_a_day_pass_over_weekends_and_holidays() -> None:
    sunday_before_labor_day = D("2025-08-31")
    assert CAL_A.working_day_on_or_before(sunday_before_labor_day) == D("2025-08-29")
    assert CAL_A.working_day_on_or_after(sunday_before_labor_day) == D("2025-09-02")
    assert CAL_A.working_day_on_or_after(D("2025-09-02")) == D("2025-09-02")


# Missing data


@pytest.mark.parametrize(
    ("day", "unit", "kind"),
    [
        ("2025-08-15", SCHOOL, NeedKind.SCHOOL_CALENDAR),
        ("2027-05-31", SCHOOL, NeedKind.SCHOOL_CALENDAR),
        ("2024-12-31", BUSINESS, NeedKind.HOLIDAYS),
        ("2027-01-01", BUSINESS, NeedKind.HOLIDAYS),
    ],
)
def test_a_day_outside_the_data_is_refused_and_says_what_is_needed(
    day: str, unit: DayUnit, kind: NeedKind
) -> None:
    assert not CAL_A.covers(D(day), unit)
    with pytest.raises(NotCovered) as refused:
        CAL_A.counts(D(day), unit)
    assert refused.value.need == Need(kind, D(day))


@pytest.mark.parametrize("unit", DayUnit)
def test_calendar_days_and_weekends_need_no_data(unit: DayUnit) -> None:
    saturday = D("2025-09-13")
    assert SchoolCalendar().covers(saturday, unit)
    assert SchoolCalendar().counts(saturday, unit)[0] is (unit is CALENDAR)


def test_counting_beyond_the_data_names_the_first_day_that_is_not_known() -> None:
    only_this_year = SchoolCalendar((CAL_A_2025,))
    need = Need(NeedKind.SCHOOL_CALENDAR, D("2026-06-01"))
    with pytest.raises(NotCovered) as by_number:
        only_this_year.nth(D("2026-05-28"), 2, SCHOOL)
    with pytest.raises(NotCovered) as by_date:
        only_this_year.count(D("2026-05-28"), D("2026-06-01"), SCHOOL)
    with pytest.raises(NotCovered) as by_year:
        only_this_year.year_after(D("2026-05-28"))
    assert by_number.value.need == by_date.value.need == by_year.value.need == need
    assert str(by_number.value) == "needed: a school calendar that covers 2026-06-01"


def test_a_count_up_to_the_weekend_after_the_data_needs_no_more() -> None:
    only_this_year = SchoolCalendar((CAL_A_2025,))
    assert only_this_year.count(D("2026-05-28"), D("2026-05-31"), SCHOOL) == 1


def test_a_count_from_the_weekend_before_the_data_needs_no_more() -> None:
    assert CAL_A.nth(D("2025-08-15"), 1, SCHOOL) == D("2025-08-18")


def test_a_weekend_has_no_school_days_even_where_the_data_is_missing() -> None:
    assert SchoolCalendar().count(D("2025-09-12"), D("2025-09-14"), SCHOOL) == 0


def test_a_missing_year_between_two_is_not_a_summer() -> None:
    later = year("2027-28", "2027-08-16", "2028-05-26")
    calendar = SchoolCalendar((CAL_A_2025, later))
    with pytest.raises(NotCovered) as refused:
        calendar.nth(D("2026-05-28"), 2, SCHOOL)
    assert refused.value.need.on == D("2026-06-01")
    assert calendar.nth(D("2027-08-15"), 1, SCHOOL) == D("2027-08-16")


def test_a_calendar_can_vouch_for_the_summers_at_its_ends() -> None:
    vouched = SchoolCalendar(
        (CAL_A_2025,), covers_from=D("2025-07-01"), covers_through=D("2026-06-30")
    )
    summer = (False, "summer: no school year in session")
    assert vouched.counts(D("2025-07-01"), SCHOOL) == summer
    assert vouched.counts(D("2026-06-30"), SCHOOL) == summer
    assert vouched.nth(D("2025-07-01"), 1, SCHOOL) == D("2025-08-18")
    with pytest.raises(NotCovered) as refused:
        vouched.year_at(D("2026-06-15"))
    assert refused.value.need.on == D("2026-07-01")
    assert not vouched.covers(D("2025-06-30"), SCHOOL)
    assert not vouched.covers(D("2026-07-01"), SCHOOL)


def test_what_a_calendar_vouches_for_takes_nothing_from_its_school_years() -> None:
    vouched = SchoolCalendar(
        (CAL_A_2025,), covers_from=D("2025-09-10"), covers_through=D("2026-04-10")
    )
    assert vouched.covers(D("2025-08-18"), SCHOOL)
    assert vouched.covers(D("2026-05-29"), SCHOOL)


def test_one_holiday_tells_that_those_of_its_whole_year_are_known() -> None:
    calendar = SchoolCalendar(holidays={D("2025-07-04"): "Independence Day"})
    assert calendar.covers(D("2025-01-01"), BUSINESS)
    assert calendar.covers(D("2025-12-31"), BUSINESS)
    assert calendar.count(D("2024-12-31"), D("2025-12-31"), BUSINESS) == 260


def test_the_days_through_the_last_that_is_known_are_known() -> None:
    only_this_year = SchoolCalendar((CAL_A_2025,))
    only_this_year.require_school_days(D("2026-05-28"), D("2026-05-29"))
    only_this_year.require_school_days(D("2026-05-28"), D("2026-05-31"))
    with pytest.raises(NotCovered) as refused:
        only_this_year.require_school_days(D("2026-05-28"), D("2026-06-01"))
    assert refused.value.need == Need(NeedKind.SCHOOL_CALENDAR, D("2026-06-01"))


def test_a_year_without_any_holiday_is_a_year_whose_holidays_are_missing() -> None:
    calendar = SchoolCalendar(
        holidays={D("2025-12-25"): "Christmas Day", D("2027-12-31"): "New Year's Day (observed)"}
    )
    with pytest.raises(NotCovered) as refused:
        calendar.nth(D("2025-12-30"), 2, BUSINESS)
    assert str(refused.value.need) == "the federal and state holidays of 2026"
    around = SchoolCalendar(
        holidays={D("2025-12-25"): "Christmas Day", D("2027-12-24"): "Christmas Day (observed)"}
    )
    with pytest.raises(NotCovered) as refused:
        around.count(D("2025-12-30"), D("2027-02-01"), BUSINESS)
    assert refused.value.need.on == D("2026-01-01")
    assert not calendar.covers(D("2027-12-30"), BUSINESS)


# A calendar's own soundness


def test_overlapping_school_years_are_refused() -> None:
    with pytest.raises(ValueError, match="2025-26 and 2026-27 overlap"):
        SchoolCalendar((CAL_A_2026, year("2025-26", "2025-08-18", "2026-08-17")))


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before"):
        off("2025-12-22", "2025-12-21", "Winter break")
    with pytest.raises(ValueError, match="before"):
        year("2025-26", "2025-08-18", "2025-08-17")


def test_a_year_and_a_range_of_one_day_are_sound() -> None:
    one_day = year("2025-26", "2025-08-18", "2025-08-18")
    assert SchoolCalendar((one_day,)).nth(D("2025-08-17"), 1, SCHOOL) == D("2025-08-18")
    assert list(
        off("2025-12-22", "2025-12-22").days(first_on=D("2025-12-22"), last_on=D("2025-12-22"))
    )


def test_a_calendar_does_not_follow_later_changes_of_the_holidays_it_was_given() -> None:
    holidays = {D("2025-12-25"): "Christmas Day"}
    calendar = SchoolCalendar(holidays=holidays)
    holidays[D("2025-09-10")] = "Late addition"
    assert calendar.counts(D("2025-09-10"), BUSINESS) == (True, "business day")


def test_equal_calendars_are_equal_and_hash_alike_whatever_the_order_of_years() -> None:
    turned = SchoolCalendar((CAL_A_2026, CAL_A_2025), federal_holidays())
    assert turned == CAL_A
    assert hash(turned) == hash(CAL_A)


# Ten years of random calendars


@st.composite
def ten_years(draw: st.DrawFn) -> SchoolCalendar:
    """Ten school years with random ends, days off and holidays, 2020 to 2030."""
    years = []
    for start in range(2020, 2030):
        first = date(start, 8, 1) + timedelta(days=draw(st.integers(0, 45)))
        last = date(start + 1, 5, 10) + timedelta(days=draw(st.integers(0, 50)))
        ranges = draw(st.lists(st.tuples(st.integers(0, 330), st.integers(0, 14)), max_size=8))
        days_off = tuple(
            DaysOff(first + timedelta(days=at), first + timedelta(days=at + length), "Off")
            for at, length in ranges
        )
        years.append(SchoolYear(f"{start}-{start + 1}", first, last, days_off))
    offsets = draw(st.lists(st.integers(0, 11 * 365), max_size=60))
    holidays = {date(2020, 1, 1) + timedelta(days=at): "Holiday" for at in offsets}
    holidays |= {date(each, 7, 4): "Independence Day" for each in range(2020, 2031)}
    return SchoolCalendar(tuple(years), holidays)


@settings(max_examples=40 * DEPTH)
@given(
    calendar=ten_years(),
    unit=st.sampled_from(DayUnit),
    start=st.dates(date(2020, 9, 20), date(2029, 12, 31)),
    length=st.integers(0, 400),
    including=st.booleans(),
)
def test_fast_counting_equals_a_walk_over_the_days(
    calendar: SchoolCalendar, unit: DayUnit, start: date, length: int, including: bool
) -> None:
    end = min(start + timedelta(days=length), calendar.years[-1].last_on)
    walked = [
        day
        for day in (start + timedelta(days=n) for n in range((end - start).days + 1))
        if (including or day > start) and calendar.counts(day, unit)[0]
    ]
    assert calendar.count(start, end, unit, including=including) == len(walked)
    for number, day in enumerate(walked, start=1):
        assert calendar.nth(start, number, unit, including=including) == day


@pytest.mark.parametrize(
    ("day", "ends"),
    [("2025-06-30", 2025), ("2025-07-01", 2026), ("2026-01-01", 2026), ("2026-06-30", 2026)],
)
def test_what_is_owed_once_in_a_school_year_is_owed_from_july_through_june(
    day: str, ends: int
) -> None:
    assert school_year(D(day)) == ends
    assert str(last_day_of(ends)) == f"{ends}-06-30"
