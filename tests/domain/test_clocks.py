"""When something is due, how a clock stands, and the working behind it.

The dates are those of the states' own worked rows (Texas, Wisconsin, Washington, Michigan,
Massachusetts, New York) on two school calendars, CAL-A and CAL-M.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.calendars import (
    DaysOff,
    DaysOffKind,
    DayUnit,
    Need,
    NeedKind,
    SchoolCalendar,
    SchoolYear,
    Span,
)
from service.domain.citations import Citation, Verification
from service.domain.clocks import (
    Absences,
    AbsenceWindow,
    BreakPause,
    Clock,
    ClockState,
    Extension,
    IfSchoolOut,
    LedgerDay,
    Leg,
    Pauses,
    Period,
    Roll,
    SummerPause,
    Term,
    TimeframeException,
    YearEndRule,
    due,
    explain,
)
from service.domain.clocks.counting import Circumstances, paused, work_out
from service.domain.clocks.words import days, named, weekday
from tests.depth import DEPTH
from tests.domain.test_calendars import CAL_A, CAL_A_2025, CAL_M

CALENDAR, SCHOOL, BUSINESS = DayUnit.CALENDAR_DAY, DayUnit.SCHOOL_DAY, DayUnit.BUSINESS_DAY
D = date.fromisoformat
LONG_BEFORE = D("2025-08-01")
THIS_YEAR_ONLY = SchoolCalendar((CAL_A_2025,), CAL_A.holidays)


def term(count: int | None, unit: DayUnit = CALENDAR, **parts: Any) -> Term:
    values: dict[str, Any] = {
        "id": "initial_evaluation",
        "title": "Initial evaluation",
        "rule_id": "IDEA-EVAL-CLOCK",
        "starts": "consent_received",
        "stops": "evaluation_completed",
        "count": count,
        "unit": unit,
        "citations": (Citation("34 CFR 300.301(c)(1)", None, Verification.READ),),
    }
    return Term(**values | parts)


FEDERAL = term(60)
TEXAS = term(
    45,
    SCHOOL,
    absences=Absences(minimum=3),
    year_end=YearEndRule(min_remaining=35, max_remaining=44, month_day="06-30", absences_below=3),
    citations=(Citation("TEC 29.004", None, Verification.READ),),
)
TEXAS_NOT_ENROLLED = term(45, SCHOOL)
TEXAS_ARD = term(
    30,
    starts="report_completed",
    stops="eligibility_decided",
    if_school_out=IfSchoolOut(school_day_of_next_year=15),
)
JUNE_30 = YearEndRule(min_remaining=35, max_remaining=44, month_day="06-30")
MASSACHUSETTS = term(
    45, SCHOOL, year_end=YearEndRule(min_remaining=30, max_remaining=45, days_after_year=14)
)


def run(a_term: Term, start: str | None, calendar: SchoolCalendar = CAL_A, **facts: Any) -> Clock:
    """The clock from a start date; today lies before it unless the test says otherwise."""
    started_on = D(start) if start else None
    return due(a_term, started_on, calendar, **{"today": LONG_BEFORE} | facts)


def school_days_from(start: str, number: int, calendar: SchoolCalendar = CAL_A) -> list[date]:
    """The first school days after a date: days on which a pupil may be absent."""
    return [calendar.nth(D(start), n, SCHOOL) for n in range(1, number + 1)]


def line_on(clock: Clock, day: str) -> LedgerDay:
    return next(line for line in clock.ledger() if line.day == D(day))


# Due dates: the count


@pytest.mark.parametrize(
    ("count", "unit", "calendar", "start", "due_on"),
    [
        pytest.param(60, CALENDAR, CAL_A, "2025-09-15", "2025-11-14", id="federal"),
        pytest.param(60, CALENDAR, CAL_A, "2026-05-20", "2026-07-19", id="federal-no-summer-pause"),
        pytest.param(30, CALENDAR, CAL_A, "2025-11-14", "2025-12-14", id="federal-iep-meeting"),
        pytest.param(45, CALENDAR, CAL_A, "2025-09-10", "2025-10-25", id="federal-records"),
        pytest.param(60, CALENDAR, CAL_M, "2025-09-15", "2025-11-14", id="NY-evaluation"),
        pytest.param(60, CALENDAR, CAL_M, "2026-05-20", "2026-07-19", id="NY-evaluation-summer"),
        pytest.param(60, SCHOOL, CAL_M, "2025-09-15", "2025-12-12", id="NY-programmes"),
        pytest.param(60, SCHOOL, CAL_M, "2026-05-20", "2026-10-26", id="NY-programmes-summer"),
        pytest.param(30, CALENDAR, CAL_A, "2025-09-10", "2025-10-10", id="OH-answer"),
        pytest.param(90, CALENDAR, CAL_A, "2025-09-15", "2025-12-14", id="NJ"),
        pytest.param(60, CALENDAR, CAL_A, "2025-10-16", "2025-12-15", id="MD-from-consent"),
        pytest.param(90, CALENDAR, CAL_A, "2025-09-01", "2025-11-30", id="MD-from-referral"),
        pytest.param(15, BUSINESS, CAL_A, "2025-09-10", "2025-10-01", id="WI-answer"),
        pytest.param(15, SCHOOL, CAL_A, "2025-09-10", "2025-10-01", id="TX-answer"),
        pytest.param(25, SCHOOL, CAL_A, "2025-09-15", "2025-10-21", id="WA-decision"),
        pytest.param(35, SCHOOL, CAL_A, "2025-10-20", "2025-12-16", id="WA-eligibility"),
        pytest.param(30, CALENDAR, CAL_A, "2025-12-16", "2026-01-15", id="WA-iep"),
        pytest.param(10, SCHOOL, CAL_M, "2025-09-15", "2025-09-29", id="MI-answer"),
        pytest.param(30, SCHOOL, CAL_M, "2025-12-08", "2026-01-30", id="MI-offer"),
        pytest.param(30, SCHOOL, CAL_M, "2025-09-15", "2025-10-28", id="MI-offer-fall"),
        pytest.param(7, SCHOOL, CAL_M, "2025-11-03", "2025-11-13", id="MI-notice"),
        pytest.param(30, SCHOOL, CAL_M, "2025-09-15", "2025-10-28", id="MA-assessments"),
        pytest.param(30, SCHOOL, CAL_M, "2026-03-30", "2026-05-19", id="MA-assessments-spring"),
        pytest.param(30, SCHOOL, CAL_M, "2026-05-04", "2026-06-16", id="MA-assessments-last-day"),
        pytest.param(30, SCHOOL, CAL_M, "2026-05-15", "2026-09-08", id="MA-assessments-fall"),
    ],
)
def test_a_plain_count_is_due_on_its_last_day(
    count: int, unit: DayUnit, calendar: SchoolCalendar, start: str, due_on: str
) -> None:
    assert run(term(count, unit), start, calendar).due_on == D(due_on)


def test_business_days_run_through_a_school_break_and_pass_over_holidays() -> None:
    clock = run(term(10, BUSINESS), "2025-12-19")
    assert clock.due_on == D("2026-01-06")
    assert line_on(clock, "2025-12-22").counted
    assert line_on(clock, "2025-12-25").why == "holiday: Christmas Day"


# Due dates: Texas


@pytest.mark.parametrize(
    ("consent", "absences", "due_on"),
    [
        ("2025-09-10", 0, "2025-11-14"),
        ("2025-09-10", 2, "2025-11-14"),
        ("2025-09-10", 3, "2025-11-19"),
        ("2025-09-10", 4, "2025-11-20"),
        ("2026-03-25", 0, "2026-05-29"),
        ("2026-03-26", 0, "2026-06-30"),
        ("2026-03-26", 2, "2026-06-30"),
        ("2026-03-26", 3, "2026-08-20"),
        ("2026-04-01", 3, "2026-08-26"),
        ("2026-04-09", 0, "2026-06-30"),
        ("2026-04-10", 0, "2026-08-31"),
        ("2026-04-13", 0, "2026-09-01"),
        ("2026-04-13", 3, "2026-09-04"),
    ],
)
def test_texas_report_is_due_by_count_absences_or_june_30(
    consent: str, absences: int, due_on: str
) -> None:
    clock = run(TEXAS, consent, absences=school_days_from(consent, absences))
    assert clock.due_on == D(due_on)


@pytest.mark.parametrize(
    ("consent", "remaining"),
    [
        ("2025-09-10", 161),
        ("2026-03-25", 45),
        ("2026-03-26", 44),
        ("2026-04-01", 40),
        ("2026-04-09", 35),
        ("2026-04-10", 34),
        ("2026-04-13", 33),
    ],
)
def test_the_cliffs_lie_at_45_and_35_school_days_before_the_last(
    consent: str, remaining: int
) -> None:
    assert CAL_A.count(D(consent), D("2026-05-29"), SCHOOL) == remaining


@pytest.mark.parametrize("consent", ["2026-03-26", "2026-04-01", "2026-04-13"])
def test_a_texas_pupil_who_is_not_enrolled_has_the_plain_count(consent: str) -> None:
    expected = CAL_A.nth(D(consent), 45, SCHOOL)
    assert run(TEXAS_NOT_ENROLLED, consent).due_on == expected


def test_only_absences_on_school_days_of_the_period_lengthen_it() -> None:
    outside = [D("2025-09-10"), D("2025-09-13"), D("2025-10-13"), D("2025-11-17")]
    two = school_days_from("2025-09-10", 2)
    assert run(TEXAS, "2025-09-10", absences=[*outside, *two]).due_on == D("2025-11-14")
    assert run(TEXAS, "2025-09-10", absences=[*two, *two]).due_on == D("2025-11-14")


def test_an_absence_on_the_day_of_the_start_lengthens_a_count_that_begins_on_it() -> None:
    absences = [D("2025-09-10"), *school_days_from("2025-09-10", 2)]
    counting: dict[str, Any] = {"absences": absences, "count_trigger_day": True}
    plain = run(TEXAS, "2025-09-10", count_trigger_day=True)
    clock = run(TEXAS, "2025-09-10", **counting)
    assert plain.due_on is not None
    assert clock.due_on == CAL_A.nth(plain.due_on, 3, SCHOOL)


def test_absences_during_the_extension_count_only_when_the_setting_says_so() -> None:
    absences = [*school_days_from("2025-09-10", 3), D("2025-11-18"), D("2025-11-20")]
    assert run(TEXAS, "2025-09-10", absences=absences).due_on == D("2025-11-19")
    until_due = replace(TEXAS, absences=Absences(3, AbsenceWindow.UNTIL_DUE))
    # 18 November adds the 20th, on which the pupil is absent again: that adds the 21st.
    assert run(until_due, "2025-09-10", absences=absences).due_on == D("2025-11-21")


def test_absences_of_the_extension_do_not_help_to_reach_the_minimum() -> None:
    until_due = replace(TEXAS, absences=Absences(3, AbsenceWindow.UNTIL_DUE))
    absences = [*school_days_from("2025-09-10", 2), D("2025-11-17"), D("2025-11-18")]
    assert run(until_due, "2025-09-10", absences=absences).due_on == D("2025-11-14")


def test_the_year_end_rule_looks_at_absences_until_the_last_instructional_day_only() -> None:
    absences = [*school_days_from("2026-03-26", 2), D("2026-08-17")]
    assert run(TEXAS, "2026-03-26", absences=absences).due_on == D("2026-06-30")


def test_consent_on_the_last_instructional_day_counts_in_the_next_school_year() -> None:
    assert run(TEXAS, "2026-05-29").due_on == CAL_A.nth(D("2026-08-16"), 45, SCHOOL)


def test_consent_in_summer_counts_in_the_next_school_year() -> None:
    clock = run(TEXAS, "2026-06-15")
    assert clock.due_on == CAL_A.nth(D("2026-08-16"), 45, SCHOOL)
    assert clock.adjustments == ()


@pytest.mark.parametrize(
    ("report", "due_on"),
    [
        ("2025-11-12", "2025-12-12"),
        ("2025-11-25", "2025-12-25"),
        ("2026-04-29", "2026-05-29"),
        ("2026-04-30", "2026-09-04"),
        ("2026-06-30", "2026-09-04"),
        ("2026-07-17", "2026-09-04"),
        ("2026-07-18", "2026-08-17"),
    ],
)
def test_texas_decision_due_in_summer_moves_to_the_15th_school_day(
    report: str, due_on: str
) -> None:
    assert run(TEXAS_ARD, report).due_on == D(due_on)


def test_texas_decision_stays_in_summer_when_services_are_needed_in_summer() -> None:
    assert run(TEXAS_ARD, "2026-05-20", summer_services=True).due_on == D("2026-06-19")


# Due dates: Massachusetts


@pytest.mark.parametrize(
    ("consent", "due_on"),
    [
        ("2025-09-15", "2025-11-19"),
        ("2026-03-30", "2026-06-10"),
        ("2026-05-04", "2026-06-30"),
        ("2026-05-15", "2026-09-29"),
    ],
)
def test_massachusetts_late_consent_is_due_14_days_after_the_school_year(
    consent: str, due_on: str
) -> None:
    assert run(MASSACHUSETTS, consent, CAL_M).due_on == D(due_on)


def test_a_count_that_ends_on_the_last_instructional_day_governs_over_the_year_end() -> None:
    consent = next(
        day
        for day in (D("2026-03-25") + timedelta(days=n) for n in range(30))
        if CAL_M.count(day, D("2026-06-16"), SCHOOL) == 45
    )
    assert run(MASSACHUSETTS, str(consent), CAL_M).due_on == D("2026-06-16")


# Due dates: settings and agreements


@pytest.mark.parametrize(
    ("a_term", "start", "due_on"),
    [
        (FEDERAL, "2025-09-15", "2025-11-13"),
        (term(15, SCHOOL), "2025-09-10", "2025-09-30"),
        (term(15, SCHOOL), "2025-09-13", "2025-10-03"),
        (term(15, BUSINESS), "2025-09-10", "2025-09-30"),
        (TEXAS, "2026-03-26", "2026-05-29"),
    ],
)
def test_the_trigger_day_counts_as_day_one_by_setting(
    a_term: Term, start: str, due_on: str
) -> None:
    assert run(a_term, start, count_trigger_day=True).due_on == D(due_on)


def test_a_due_date_on_a_weekend_stands_and_shows_the_last_working_day() -> None:
    clock = run(FEDERAL, "2025-09-10")
    assert clock.due_on == D("2025-11-09")  # a Sunday
    assert clock.last_working_day_on_or_before == D("2025-11-07")


def test_a_due_date_rolls_over_weekend_and_holiday_by_setting() -> None:
    clock = run(term(30), "2025-09-12", roll=Roll.NEXT_WORKING_DAY)
    assert run(term(30), "2025-09-12").due_on == D("2025-10-12")  # a Sunday
    assert clock.due_on == D("2025-10-14")  # Monday is Columbus Day
    assert clock.adjustments == ("roll",)


def test_a_due_date_on_a_working_day_does_not_roll() -> None:
    clock = run(FEDERAL, "2025-09-15", roll=Roll.NEXT_WORKING_DAY)
    assert clock.due_on == D("2025-11-14")
    assert clock.adjustments == ()


def test_an_extension_replaces_the_due_date_and_does_not_roll() -> None:
    agreed = Extension("sld_mutual_agreement", D("2025-11-05"), D("2025-12-13"))
    clock = run(FEDERAL, "2025-09-15", extension=agreed, roll=Roll.NEXT_WORKING_DAY)
    assert clock.due_on == D("2025-12-13")  # a Saturday
    assert clock.adjustments == ("extension",)
    assert "Extended on 2025-11-05 (sld mutual agreement) to 2025-12-13." in explain(clock)


def test_a_transfer_is_due_on_the_date_agreed_with_the_new_agency() -> None:
    transfer = TimeframeException("transferred", ("sufficient progress",), D("2025-12-05"))
    clock = run(FEDERAL, "2025-09-15", exception=transfer)
    assert (clock.due_on, clock.state) == (D("2025-12-05"), ClockState.RUNNING)
    done = run(FEDERAL, "2025-09-15", exception=transfer, stopped_on=D("2025-12-06"))
    assert done.state is ClockState.LATE


def test_a_transfer_without_an_agreement_keeps_the_due_date() -> None:
    clock = run(FEDERAL, "2025-09-15", stopped_on=D("2025-11-28"))
    assert (clock.due_on, clock.state) == (D("2025-11-14"), ClockState.LATE)


# How a clock stands


@pytest.mark.parametrize(
    ("stopped", "state"),
    [
        ("2025-09-15", ClockState.MET),
        ("2025-11-14", ClockState.MET),
        ("2025-11-15", ClockState.LATE),
    ],
)
def test_a_stopped_clock_is_met_on_its_due_date_and_late_the_day_after(
    stopped: str, state: ClockState
) -> None:
    assert run(FEDERAL, "2025-09-15", stopped_on=D(stopped)).state is state


def test_a_stop_before_the_start_does_not_stop_the_clock() -> None:
    clock = run(FEDERAL, "2025-09-15", stopped_on=D("2025-09-14"))
    assert (clock.state, clock.stopped_on) == (ClockState.RUNNING, None)


def test_a_duty_is_due_on_the_day_that_its_record_names() -> None:
    named = run(term(None), "2025-09-15", named_on=D("2025-12-01"))
    assert (named.due_on, named.state) == (D("2025-12-01"), ClockState.RUNNING)
    assert "The record itself names the day. Due on Monday 2025-12-01." in explain(named)
    assert (named.pauses, named.adjustments) == ((), ())
    kept = run(term(None), "2025-09-15", named_on=D("2025-12-01"), stopped_on=D("2025-12-01"))
    assert kept.state is ClockState.MET
    late = run(term(None), "2025-09-15", named_on=D("2025-12-01"), stopped_on=D("2025-12-02"))
    assert late.state is ClockState.LATE


def test_a_day_that_the_record_names_moves_no_count_and_starts_no_clock() -> None:
    assert run(FEDERAL, "2025-09-15", named_on=D("2025-12-01")).due_on == D("2025-11-14")
    assert run(term(None), None, named_on=D("2025-12-01")).due_on is None


def test_a_clock_that_has_not_started_is_open_and_has_no_date() -> None:
    clock = run(FEDERAL, None, stopped_on=D("2025-09-14"))
    assert (clock.state, clock.due_on, clock.days_counted) == (ClockState.OPEN, None, None)
    assert list(clock.ledger()) == []
    assert "consent received, which has not happened" in explain(clock)


def test_a_clock_rests_on_what_its_term_cites() -> None:
    leg = run(TEXAS, "2025-09-10").leg
    assert leg is not None
    assert (leg.event, leg.citations) == ("consent_received", TEXAS.citations)
    assert line_on(run(TEXAS, "2026-03-26"), "2026-06-30").citation == TEXAS.citations[0]


def test_a_duty_without_a_number_of_days_is_open_until_it_is_done() -> None:
    duty = term(None)
    clock = run(duty, "2025-09-15")
    assert (clock.state, clock.due_on, clock.days_counted) == (ClockState.OPEN, None, None)
    assert clock.last_working_day_on_or_before is None
    assert not clock.is_overdue(D("2030-01-01"))
    assert run(duty, "2025-09-15", stopped_on=D("2027-01-01")).state is ClockState.MET


@pytest.mark.parametrize(
    ("stopped", "state"),
    [
        (None, ClockState.EXCUSED),
        ("2025-11-14", ClockState.MET),
        ("2025-11-15", ClockState.EXCUSED),
    ],
)
def test_an_exception_excuses_what_is_not_done_in_time(
    stopped: str | None, state: ClockState
) -> None:
    exception = TimeframeException("child_not_produced", ("missed 10-01", "missed 10-20"))
    stopped_on = D(stopped) if stopped else None
    clock = run(FEDERAL, "2025-09-15", exception=exception, stopped_on=stopped_on)
    assert clock.state is state
    assert clock.due_on == D("2025-11-14")
    assert "child not produced; missed 10-01; missed 10-20" in explain(clock)
    assert not clock.is_overdue(D("2026-01-01"))


@pytest.mark.parametrize(
    ("a_term", "today", "state"),
    [
        (TEXAS, "2026-05-29", ClockState.RUNNING),
        (TEXAS, "2026-05-30", ClockState.PAUSED),
        (TEXAS, "2026-08-16", ClockState.PAUSED),
        (TEXAS, "2026-08-17", ClockState.RUNNING),
        (FEDERAL, "2026-06-10", ClockState.RUNNING),
    ],
)
def test_only_a_count_of_school_days_pauses_in_summer(
    a_term: Term, today: str, state: ClockState
) -> None:
    assert run(a_term, "2026-04-13", today=D(today)).state is state


def test_a_school_day_clock_with_a_fixed_date_runs_on_in_summer() -> None:
    assert run(TEXAS, "2026-04-01", today=D("2026-06-10")).state is ClockState.RUNNING
    agreed = Extension("by_agreement", D("2026-05-01"), D("2026-07-15"))
    extended = run(TEXAS, "2026-04-13", today=D("2026-06-10"), extension=agreed)
    assert extended.state is ClockState.RUNNING


@pytest.mark.parametrize(("today", "overdue"), [("2025-11-14", False), ("2025-11-15", True)])
def test_overdue_is_told_by_the_day_on_which_the_clock_is_read(today: str, overdue: bool) -> None:
    assert run(FEDERAL, "2025-09-15").is_overdue(D(today)) is overdue
    stopped = run(FEDERAL, "2025-09-15", stopped_on=D("2025-12-01"))
    assert not stopped.is_overdue(D(today))


@pytest.mark.parametrize(
    ("a_term", "start", "today", "counted"),
    [
        (FEDERAL, "2025-09-15", "2025-09-14", 0),
        (FEDERAL, "2025-09-15", "2025-09-15", 0),
        (FEDERAL, "2025-09-15", "2025-09-25", 10),
        (FEDERAL, "2025-09-15", "2026-09-25", 60),
        (TEXAS, "2025-09-10", "2025-09-15", 3),
        (TEXAS, "2026-03-26", "2026-09-15", 44),
        (TEXAS, "2025-09-10", "2040-01-01", 45),
    ],
)
def test_days_counted_grow_until_the_count_is_full(
    a_term: Term, start: str, today: str, counted: int
) -> None:
    assert run(a_term, start, today=D(today)).days_counted == counted


def test_days_counted_end_with_the_stop_event_and_leave_out_absences() -> None:
    facts: dict[str, Any] = {"today": D("2026-01-01"), "stopped_on": D("2025-09-24")}
    assert run(TEXAS, "2025-09-10", **facts).days_counted == 10
    absences = school_days_from("2025-09-10", 4)
    assert run(TEXAS, "2025-09-10", absences=absences, **facts).days_counted == 6
    later = [D("2025-10-01"), D("2025-10-02"), D("2025-10-03")]
    assert run(TEXAS, "2025-09-10", absences=later, **facts).days_counted == 10


@pytest.mark.parametrize(
    ("start", "today"), [("2026-08-17", "2026-08-01"), ("2025-09-10", "2026-07-01")]
)
def test_a_clock_not_yet_begun_or_past_its_due_date_does_not_pause(start: str, today: str) -> None:
    assert run(TEXAS, start, today=D(today)).state is ClockState.RUNNING


def test_absences_are_left_out_of_the_days_counted_from_the_first_on() -> None:
    absences = school_days_from("2025-09-10", 3)
    facts: dict[str, Any] = {"absences": absences, "today": absences[1]}
    assert run(TEXAS, "2025-09-10", **facts).days_counted == 0
    fewer: dict[str, Any] = {"absences": absences[:2], "today": absences[1]}
    assert run(TEXAS, "2025-09-10", **fewer).days_counted == 2


def test_where_a_fixed_date_governs_the_days_counted_are_those_of_the_ledger() -> None:
    rule = YearEndRule(within_days=30, days_into_next_year=30)
    a_term = term(60, pauses=Pauses(holidays=True), year_end=rule)
    clock = run(a_term, "2026-05-19", today=D("2026-05-29"))
    assert (clock.adjustments, clock.days_counted) == (("year_end",), 10)
    assert line_on(clock, "2026-05-29").number == 10


def test_a_clock_that_has_ended_or_not_begun_does_not_stand_still() -> None:
    assert run(TEXAS, None).still == ()
    facts: dict[str, Any] = {"still_since": D("2025-09-20")}
    assert run(FEDERAL, "2025-09-15", **facts).still == (
        Span(D("2025-09-15"), date.max, "no end known"),
    )
    assert run(FEDERAL, "2025-09-15", stopped_on=D("2025-09-16"), **facts).still == ()


def test_the_days_on_which_a_clock_stands_still_lie_from_its_start_through_its_due_date() -> None:
    assert run(TEXAS, "2026-04-13").still == (Span(D("2026-05-30"), D("2026-08-16"), "summer"),)
    last_day_of_summer = D("2026-08-16")
    assert run(TEXAS, "2026-08-16").still == (
        Span(last_day_of_summer, last_day_of_summer, "summer"),
    )
    assert run(TEXAS, "2026-08-17").still == ()


def test_a_pause_is_one_of_the_clock_between_its_start_and_its_due_date() -> None:
    breaks = term(20, pauses=Pauses(breaks=BreakPause(min_school_days=5)))
    winter = Span(D("2025-12-22"), D("2026-01-02"), "Winter break")
    assert run(breaks, "2025-12-15").pauses == (winter,)
    assert run(breaks, "2026-01-01").pauses == (winter,)
    assert run(breaks, "2026-01-02").pauses == ()
    assert run(breaks, "2025-12-01").pauses == ()
    extended = Extension("by_agreement", D("2025-12-10"), D("2025-12-22"))
    assert run(breaks, "2025-12-01", extension=extended).pauses == (winter,)


def test_what_moved_a_due_date_is_told_by_name() -> None:
    exception = TimeframeException("transferred", agreed_due_on=D("2025-12-05"))
    assert run(FEDERAL, "2025-09-15", exception=exception).adjustments == ("exception",)
    extension = Extension("by_agreement", D("2025-11-01"), D("2025-12-05"))
    assert run(FEDERAL, "2025-09-15", extension=extension).adjustments == ("extension",)
    absent = run(TEXAS, "2025-09-10", absences=school_days_from("2025-09-10", 3))
    assert absent.adjustments == ("absences",)
    assert run(TEXAS, "2026-04-01").adjustments == ("year_end",)
    assert run(TEXAS_ARD, "2026-06-20").adjustments == ("school_out",)
    rolled = run(term(30), "2025-09-12", roll=Roll.NEXT_WORKING_DAY)
    assert rolled.adjustments == ("roll",)
    breaks = term(20, pauses=Pauses(breaks=BreakPause(min_school_days=5)))
    assert run(breaks, "2025-12-15").adjustments == ("pauses",)
    assert run(FEDERAL, "2025-09-15").adjustments == ()


def test_a_clock_started_just_before_the_known_school_year_runs() -> None:
    friday_before = D("2025-08-15")
    assert run(TEXAS, "2025-08-15", today=friday_before).state is ClockState.RUNNING


@pytest.mark.parametrize(
    ("a_term", "facts", "sentences"),
    [
        (
            term(30),
            {"start": "2025-09-12", "roll": Roll.NEXT_WORKING_DAY},
            "30 calendar days from 2025-09-12 (consent received), which is not itself counted. "
            "Rolled from Sunday 2025-10-12 to the next working day. Due on Tuesday 2025-10-14.",
        ),
        (
            term(1, SCHOOL),
            {"start": "2025-09-12", "count_trigger_day": True},
            "1 school day from 2025-09-12 (consent received), which is counted as day one. "
            "Due on Friday 2025-09-12.",
        ),
        (
            TEXAS_ARD,
            {"start": "2026-06-20"},
            "30 calendar days from 2026-06-20 (report completed), which is not itself counted. "
            "The count ends on 2026-07-20, when school is out, so school day 15 of the next "
            "school year governs. Due on Friday 2026-09-04.",
        ),
        (
            term(None),
            {"start": "2025-09-12"},
            "The law names no number of days from 2025-09-12 (consent received).",
        ),
        (
            replace(term(None), rule_id="", basis="practice"),
            {"start": "2025-09-12"},
            "Good practice from 2025-09-12 (consent received); no law commands it.",
        ),
        (
            term(None, starts="parent_request_received"),
            {"start": "2025-09-12"},
            "The law names no number of days from 2025-09-12 (the parent's request received).",
        ),
    ],
)
def test_the_explanation_tells_the_working_in_sentences(
    a_term: Term, facts: dict[str, Any], sentences: str
) -> None:
    assert explain(run(a_term, **facts)) == sentences


def test_the_explanation_tells_only_what_moved_the_date() -> None:
    late = explain(run(CALIFORNIA_PLAN, "2026-05-19"))
    assert "The school year was about to end, so a fixed date governs: 2026-08-27." in late
    assert "remained" not in late
    assert "school is out" not in explain(run(TEXAS_ARD, "2025-11-12"))
    assert "fixed date" not in explain(run(CALIFORNIA_PLAN, "2025-12-15"))


def test_a_provisional_clock_says_so_and_runs() -> None:
    clock = run(FEDERAL, "2025-09-15", provisional=True)
    assert (clock.provisional, clock.state) == (True, ClockState.RUNNING)
    assert "Provisional" in explain(clock)
    assert "Provisional" not in explain(run(FEDERAL, "2025-09-15"))


# Missing calendar data


@pytest.mark.parametrize(
    ("a_term", "start", "kind", "on"),
    [
        (TEXAS, "2026-04-13", NeedKind.SCHOOL_CALENDAR, "2026-06-01"),
        (TEXAS, "2025-08-01", NeedKind.SCHOOL_CALENDAR, "2025-08-04"),
        (TEXAS_ARD, "2026-06-30", NeedKind.SCHOOL_CALENDAR, "2026-07-30"),
        (term(15, BUSINESS), "2026-12-20", NeedKind.HOLIDAYS, "2027-01-01"),
    ],
)
def test_a_due_date_beyond_the_calendar_is_unknown_and_says_what_is_needed(
    a_term: Term, start: str, kind: NeedKind, on: str
) -> None:
    clock = run(a_term, start, THIS_YEAR_ONLY)
    assert (clock.state, clock.due_on) == (ClockState.UNKNOWN, None)
    assert clock.needs == (Need(kind, D(on)),)
    assert f"The due date is not known without {clock.needs[0]}." in explain(clock)
    assert list(clock.ledger()) == []
    assert not clock.is_overdue(D("2040-01-01"))


@pytest.mark.parametrize("start", ["2025-09-10", "2026-03-25", "2026-03-26", "2026-04-09"])
def test_what_falls_due_before_the_gap_needs_no_further_calendar(start: str) -> None:
    clock = run(TEXAS, start, THIS_YEAR_ONLY)
    assert clock.due_on == run(TEXAS, start).due_on
    assert (clock.state, clock.needs) == (ClockState.RUNNING, ())


def test_calendar_days_need_no_school_calendar() -> None:
    clock = run(FEDERAL, "2025-09-15", SchoolCalendar())
    assert (clock.due_on, clock.needs) == (D("2025-11-14"), ())
    assert clock.last_working_day_on_or_before is None  # holidays are not known


def test_rolling_without_holidays_is_unknown() -> None:
    clock = run(FEDERAL, "2025-09-15", SchoolCalendar(), roll=Roll.NEXT_WORKING_DAY)
    assert clock.state is ClockState.UNKNOWN
    assert clock.needs == (Need(NeedKind.HOLIDAYS, D("2025-11-14")),)


@pytest.mark.parametrize(
    ("a_term", "start", "stopped", "state"),
    [
        (TEXAS, "2026-04-13", "2026-05-20", ClockState.MET),
        (TEXAS, "2026-04-13", "2026-06-10", ClockState.UNKNOWN),
        (TEXAS_ARD, "2026-06-30", "2026-07-30", ClockState.MET),
        (TEXAS_ARD, "2026-06-30", "2026-07-31", ClockState.UNKNOWN),
    ],
)
def test_work_done_before_the_count_can_have_ended_is_met_though_the_date_is_unknown(
    a_term: Term, start: str, stopped: str, state: ClockState
) -> None:
    assert run(a_term, start, THIS_YEAR_ONLY, stopped_on=D(stopped)).state is state


def test_days_counted_are_known_as_far_as_the_calendar_goes() -> None:
    absences = school_days_from("2026-04-13", 3)
    known = run(TEXAS, "2026-04-13", THIS_YEAR_ONLY, today=D("2026-04-24"))
    absent = run(TEXAS, "2026-04-13", THIS_YEAR_ONLY, today=D("2026-04-24"), absences=absences)
    beyond = run(TEXAS, "2026-04-13", THIS_YEAR_ONLY, today=D("2026-06-10"))
    assert (known.days_counted, absent.days_counted, beyond.days_counted) == (9, 6, None)


def test_an_agreed_date_needs_no_calendar() -> None:
    agreed = Extension("by_agreement", D("2026-05-01"), D("2026-09-15"))
    clock = run(TEXAS, "2026-04-13", THIS_YEAR_ONLY, extension=agreed)
    assert (clock.due_on, clock.needs) == (D("2026-09-15"), ())
    assert clock.state is ClockState.RUNNING
    assert line_on(clock, "2026-06-01").why == (
        "not known without a school calendar that covers 2026-06-01"
    )


# The day ledger


def test_the_ledger_tells_of_every_day_whether_it_counted_and_why() -> None:
    clock = run(term(15, SCHOOL), "2025-10-09")
    told = [
        (line.day.isoformat()[5:], line.number, line.why, line.rule_id)
        for line in clock.ledger()
        if line.day <= D("2025-10-15")
    ]
    assert told == [
        (
            "10-09",
            None,
            "day zero: the day of the start (consent received) is not counted",
            "POLICY-DAY-ZERO",
        ),
        ("10-10", 1, "school day", "IDEA-DAY-SCHOOL"),
        ("10-11", None, "Saturday", "IDEA-DAY-SCHOOL"),
        ("10-12", None, "Sunday", "IDEA-DAY-SCHOOL"),
        ("10-13", None, "holiday: Day off", "IDEA-DAY-SCHOOL"),
        ("10-14", 2, "school day", "IDEA-DAY-SCHOOL"),
        ("10-15", 3, "school day", "IDEA-DAY-SCHOOL"),
    ]


@pytest.mark.parametrize(
    ("unit", "rule_id", "section"),
    [
        (CALENDAR, "IDEA-DAY", "34 CFR 300.11(a)"),
        (BUSINESS, "IDEA-DAY-BUSINESS", "34 CFR 300.11(b)"),
        (SCHOOL, "IDEA-DAY-SCHOOL", "34 CFR 300.11(c)"),
    ],
)
def test_a_counted_day_cites_the_definition_of_its_unit(
    unit: DayUnit, rule_id: str, section: str
) -> None:
    line = line_on(run(term(15, unit), "2025-09-10"), "2025-09-11")
    assert (line.counted, line.rule_id, line.citation.text) == (True, rule_id, section)


def test_a_counted_trigger_day_is_number_one_in_the_ledger() -> None:
    clock = run(FEDERAL, "2025-09-15", count_trigger_day=True)
    assert next(iter(clock.ledger())).number == 1


def test_the_ledger_shows_a_rolled_due_date_as_a_setting() -> None:
    clock = run(term(30), "2025-09-12", roll=Roll.NEXT_WORKING_DAY)
    rolled = [line for line in clock.ledger() if line.rule_id == "POLICY-ROLL"]
    assert [str(line.day) for line in rolled] == ["2025-10-13", "2025-10-14"]
    assert not any(line.counted for line in rolled)
    assert rolled[0].why == "rolled from Sunday 2025-10-12 to the next working day"
    assert rolled[0].citation.verification is Verification.UNVERIFIED


def test_the_ledger_shows_absences_as_days_that_do_not_count() -> None:
    absences = school_days_from("2025-09-10", 4)
    clock = run(TEXAS, "2025-09-10", absences=absences)
    absent = [line for line in clock.ledger() if line.why == "pupil absent: adds a school day"]
    assert [line.day for line in absent] == absences
    assert {line.citation.text for line in absent} == {"TEC 29.004"}
    assert clock.adjustments == ("absences",)
    assert "Absences add 4 school days." in explain(clock)


def test_absences_below_the_minimum_count_like_other_days() -> None:
    clock = run(TEXAS, "2025-09-10", absences=school_days_from("2025-09-10", 2))
    assert line_on(clock, "2025-09-11").counted
    assert clock.adjustments == ()


def test_the_ledger_ends_with_the_fixed_date_of_the_year_end() -> None:
    clock = run(TEXAS, "2026-03-26")
    lines = list(clock.ledger())
    assert sum(line.counted for line in lines) == 44
    assert lines[-1].day == D("2026-06-30")
    assert "due on this date" in lines[-1].why
    assert lines[-1].citation.text == "TEC 29.004"
    assert clock.adjustments == ("year_end",)
    assert "44 school days remained in the school year" in explain(clock)


def test_the_ledger_counts_on_in_the_next_school_year_when_school_is_out() -> None:
    clock = run(TEXAS_ARD, "2026-06-20")
    lines = list(clock.ledger())
    assert line_on(clock, "2026-07-20").number == 30
    assert line_on(clock, "2026-07-21").why == "summer: no school year in session"
    assert line_on(clock, "2026-08-17").number == 1
    assert line_on(clock, "2026-08-17").why == "school day of the next school year"
    assert (lines[-1].day, lines[-1].number) == (D("2026-09-04"), 15)
    assert clock.adjustments == ("school_out",)


def test_the_ledger_of_an_extension_shows_the_days_after_the_count() -> None:
    agreed = Extension("sld_mutual_agreement", D("2025-11-05"), D("2025-12-12"))
    lines = list(run(FEDERAL, "2025-09-15", extension=agreed).ledger())
    assert sum(line.counted for line in lines) == 60
    assert lines[-1].day == D("2025-12-12")
    assert lines[-1].why == "after the count: an agreed date takes its place"


def test_the_ledger_of_a_duty_with_an_agreed_date_counts_nothing() -> None:
    agreed = Extension("by_agreement", D("2025-09-16"), D("2025-10-01"))
    lines = list(run(term(None), "2025-09-15", extension=agreed).ledger())
    assert lines[-1].day == D("2025-10-01")
    assert {line.why for line in lines[1:]} == {"the law names no number of days"}


@pytest.mark.parametrize("start", ["2025-09-15", "2025-09-17"])
def test_the_ledger_ends_with_the_day_that_is_named_which_counts_nothing(start: str) -> None:
    first = Citation("the example law", None, Verification.READ)
    a_term = term(None, citations=(first, Citation("another", None, Verification.READ)))
    named_on = D("2025-09-17")
    *before, last = run(a_term, start, named_on=named_on).ledger()
    assert len(before) == (named_on - D(start)).days
    why = "due this day: named, not counted"
    assert last == LedgerDay(named_on, False, None, why, a_term.rule_id, first)
    assert why not in {line.why for line in before}
    own = Citation("the law of the start", None, Verification.UNVERIFIED)
    leg = Leg(period=a_term, started_on=D(start), event=a_term.starts, citations=(own,))
    *_, last = run(a_term, start, legs=(leg,), named_on=named_on).ledger()
    assert last.citation == own


def test_a_day_that_does_not_count_has_no_number() -> None:
    rolled = run(term(30), "2025-09-12", roll=Roll.NEXT_WORKING_DAY)
    agreed = Extension("by_agreement", D("2025-11-01"), D("2025-11-20"))
    extended = run(FEDERAL, "2025-09-15", extension=agreed)
    breaks = run(term(20, pauses=Pauses(breaks=BreakPause(min_school_days=5))), "2025-12-15")
    absent = run(TEXAS, "2025-09-10", absences=school_days_from("2025-09-10", 3))
    duty = run(term(None), "2025-09-15", named_on=D("2025-09-17"))
    for clock, day, rule_id in (
        (rolled, "2025-09-12", "POLICY-DAY-ZERO"),
        (rolled, "2025-10-13", "POLICY-ROLL"),
        (extended, "2025-11-15", "IDEA-EVAL-CLOCK"),
        (breaks, "2025-12-22", "IDEA-EVAL-CLOCK"),
        (absent, "2025-09-11", "IDEA-EVAL-CLOCK"),
        (duty, "2025-09-16", "IDEA-EVAL-CLOCK"),
        (run(TEXAS, "2026-04-13"), "2026-05-30", "IDEA-DAY-SCHOOL"),
    ):
        line = line_on(clock, day)
        assert (line.counted, line.number, line.rule_id) == (False, None, rule_id), day
    agreed = Extension("by_agreement", D("2026-05-01"), D("2026-06-10"))
    unknown = line_on(run(TEXAS, "2026-04-13", THIS_YEAR_ONLY, extension=agreed), "2026-06-02")
    assert (unknown.counted, unknown.number) == (False, None)
    moved = line_on(run(TEXAS_ARD, "2026-06-20"), "2026-07-25")
    assert (moved.counted, moved.number) == (False, None)
    assert line_on(rolled, "2025-09-12").citation.text.startswith("a setting of the district")
    assert line_on(rolled, "2025-10-13").citation.text.startswith("a setting of the district")


def test_a_fixed_date_that_is_a_day_that_counts_has_its_number() -> None:
    rule = YearEndRule(min_remaining=30, max_remaining=45, month_day="05-28")
    clock = run(replace(MASSACHUSETTS, year_end=rule), "2026-04-10")
    *before, last = clock.ledger()
    assert last.day == D("2026-05-28")
    assert (last.counted, last.number) == (True, sum(line.counted for line in before) + 1)


# Years


@pytest.mark.parametrize(
    ("years", "start", "due_on"),
    [
        pytest.param(1, "2025-10-15", "2026-10-15", id="annual-review"),
        pytest.param(1, "2027-10-15", "2028-10-15", id="with-a-leap-day-in-it"),
        pytest.param(3, "2025-11-14", "2028-11-14", id="reevaluation"),
        pytest.param(1, "2024-02-29", "2025-02-28", id="from-a-leap-day"),
        pytest.param(4, "2024-02-29", "2028-02-29", id="to-a-leap-day"),
    ],
)
def test_a_period_of_years_ends_on_the_same_day_of_the_year(
    years: int, start: str, due_on: str
) -> None:
    clock = run(term(None, years=years), start)
    lines = list(clock.ledger())
    assert clock.due_on == D(due_on)
    assert lines[-1].number == (D(due_on) - D(start)).days


def test_a_period_of_years_says_so() -> None:
    said = explain(run(term(None, years=1), "2025-10-15"))
    assert said == (
        "1 year (365 calendar days) from 2025-10-15 (consent received), which is not itself "
        "counted. Due on Thursday 2026-10-15."
    )
    assert "3 years (1096 calendar days)" in explain(run(term(None, years=3), "2025-11-14"))


@given(start=st.dates(D("1999-01-01"), D("2060-12-31")), years=st.integers(1, 22))
def test_years_are_never_more_than_years(start: date, years: int) -> None:
    due_on = due(term(None, years=years), start, SchoolCalendar(), today=LONG_BEFORE).due_on
    assert due_on is not None
    assert (due_on.year, due_on.month) == (start.year + years, start.month)
    assert due_on.day in (start.day, 28)
    assert due_on.day <= start.day


# A term's own soundness


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: term(0), "count must be positive"),
        (lambda: term(None, years=0), "years must be positive"),
        (lambda: term(60, years=1), "without a count of days"),
        (lambda: term(None, SCHOOL, years=1), "years are of calendar days"),
        (lambda: term(45, citations=()), "needs a citation"),
        (lambda: term(None, if_school_out=IfSchoolOut(15)), "without a number"),
        (lambda: term(None, absences=Absences(3)), "without a number"),
        (lambda: term(None, SCHOOL, year_end=JUNE_30), "without a number"),
        (lambda: term(None, pauses=Pauses(holidays=True)), "without a number"),
        (lambda: term(60, BUSINESS, year_end=JUNE_30), "business days"),
        (lambda: term(60, BUSINESS, absences=Absences(3)), "business days"),
        (lambda: term(60, year_end=JUNE_30), "needs a count of school days"),
        (lambda: term(45, SCHOOL, pauses=Pauses(holidays=True)), "only a count of calendar days"),
        (lambda: term(45, SCHOOL, if_school_out=IfSchoolOut(15)), "never ends in summer"),
        (lambda: Absences(0), "minimum must be positive"),
        (lambda: IfSchoolOut(0), "must be positive"),
        (lambda: BreakPause(0), "must be positive"),
        (lambda: YearEndRule(max_remaining=44), "give one of"),
        (lambda: YearEndRule(max_remaining=44, month_day="06-30", days_after_year=14), "one of"),
        (lambda: YearEndRule(month_day="06-30"), "either"),
        (lambda: YearEndRule(max_remaining=44, within_days=30, month_day="06-30"), "either"),
        (lambda: YearEndRule(within_days=-1, month_day="06-30"), "negative"),
        (lambda: YearEndRule(min_remaining=45, max_remaining=44, month_day="06-30"), "range"),
        (lambda: YearEndRule(min_remaining=-1, max_remaining=44, month_day="06-30"), "range"),
        (lambda: YearEndRule(max_remaining=44, month_day="02-29"), "day"),
    ],
)
def test_a_term_that_makes_no_sense_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_the_least_that_a_term_may_state_is_sound() -> None:
    assert Absences(1).lengthening(frozenset({D("2025-09-10")})) == {D("2025-09-10")}
    assert BreakPause(1).min_school_days == 1
    assert IfSchoolOut(1).school_day_of_next_year == 1
    assert YearEndRule(min_remaining=0, max_remaining=0, month_day="06-30").max_remaining == 0
    assert YearEndRule(within_days=0, month_day="06-30").within_days == 0
    assert term(1).numbered
    assert term(None, years=1).numbered
    assert not term(None).numbered
    assert term(1, SCHOOL, year_end=JUNE_30, absences=Absences(1)).count == 1
    assert term(1, year_end=YearEndRule(within_days=1, month_day="06-30")).count == 1


def test_the_fixed_date_may_be_the_first_day_of_the_next_school_year() -> None:
    rule = YearEndRule(within_days=30, days_into_next_year=0)
    facts: dict[str, date] = {"started_on": D("2026-05-20"), "year_ends_on": D("2026-05-29")}
    assert rule.due_on(**facts, next_year_on=D("2026-08-17")) == D("2026-08-17")
    with pytest.raises(ValueError, match="next school year"):
        rule.due_on(**facts)
    before = YearEndRule(within_days=30, before_next_year=True)
    assert before.due_on(**facts, next_year_on=D("2026-08-17")) == D("2026-08-16")
    assert (rule.needs_next_year, before.needs_next_year, JUNE_30.needs_next_year) == (
        True,
        True,
        False,
    )


def test_counts_and_names_are_said_as_people_say_them() -> None:
    assert days(1, SCHOOL) == "1 school day"
    assert days(2, DayUnit.INSTRUCTIONAL_DAY) == "2 instructional days"
    assert weekday(D("2025-11-14")) == "Friday 2025-11-14"
    assert named("a_kind.of_day") == "a kind of day"
    assert named("iep_offered") == "IEP offered"


def test_the_fixed_date_is_the_first_one_after_the_start() -> None:
    rule = YearEndRule(min_remaining=35, max_remaining=44, month_day="06-30")
    assert rule.due_on(started_on=D("2026-04-01"), year_ends_on=D("2026-07-15")) == D("2026-06-30")
    assert rule.due_on(started_on=D("2026-06-30"), year_ends_on=D("2026-08-15")) == D("2027-06-30")


# Laws that hold for every calendar and start


starts = st.dates(D("2025-08-18"), D("2026-08-31"))
counts = st.integers(1, 90)


@st.composite
def closures(draw: st.DrawFn) -> DaysOff:
    """A closure of one to ten days somewhere in two school years."""
    first = draw(st.dates(D("2025-08-18"), D("2027-05-20")))
    last = first + timedelta(days=draw(st.integers(0, 9)))
    return DaysOff(first, last, "Closure", DaysOffKind.CLOSURE)


def with_closure(calendar: SchoolCalendar, closure: DaysOff) -> SchoolCalendar:
    years: Iterator[SchoolYear] = (
        replace(year, days_off=(*year.days_off, closure)) for year in calendar.years
    )
    return replace(calendar, years=tuple(years))


@given(start=starts, count=counts, closure=closures(), texas=st.booleans())
def test_a_closure_never_brings_a_school_day_deadline_nearer(
    start: date, count: int, closure: DaysOff, texas: bool
) -> None:
    a_term = TEXAS if texas else term(count, SCHOOL)
    before = due(a_term, start, CAL_A, today=LONG_BEFORE).due_on
    after = due(a_term, start, with_closure(CAL_A, closure), today=LONG_BEFORE).due_on
    assert before is not None
    assert after is not None
    assert after >= before


@given(start=starts, count=counts, closure=closures())
def test_a_calendar_day_clock_ignores_closures(start: date, count: int, closure: DaysOff) -> None:
    closed = with_closure(CAL_A, closure)
    assert due(term(count), start, closed, today=LONG_BEFORE).due_on == start + timedelta(count)


@given(
    start=starts,
    count=counts,
    unit=st.sampled_from(DayUnit),
    absences=st.lists(st.dates(D("2025-08-18"), D("2026-12-31")), max_size=30),
    closure=closures(),
    trigger=st.booleans(),
)
def test_the_counted_days_of_the_ledger_sum_to_the_count(
    start: date,
    count: int,
    unit: DayUnit,
    absences: list[date],
    closure: DaysOff,
    trigger: bool,
) -> None:
    a_term = term(count, unit, absences=Absences(3) if unit is SCHOOL else None)
    holidays = {**CAL_A.holidays, D("2027-01-01"): "New Year's Day"}
    calendar = replace(with_closure(CAL_A, closure), holidays=holidays)
    clock = due(
        a_term, start, calendar, today=LONG_BEFORE, absences=absences, count_trigger_day=trigger
    )
    lines = list(clock.ledger())
    assert clock.due_on is not None
    days = (clock.due_on - start).days + 1
    assert [line.day for line in lines] == [start + timedelta(n) for n in range(days)]
    assert [line.number for line in lines if line.counted] == list(range(1, count + 1))
    assert all((line.number is not None) is line.counted for line in lines)
    assert lines[-1].counted


@given(
    start=st.dates(D("2020-01-01"), D("2030-12-31")),
    later=st.integers(0, 400),
    count=counts,
    trigger=st.booleans(),
)
def test_a_later_start_is_never_due_earlier_in_calendar_days(
    start: date, later: int, count: int, trigger: bool
) -> None:
    def due_on(day: date) -> date | None:
        clock = due(
            term(count), day, SchoolCalendar(), today=LONG_BEFORE, count_trigger_day=trigger
        )
        return clock.due_on

    first, second = due_on(start), due_on(start + timedelta(days=later))
    assert first is not None
    assert second is not None
    assert second - first == timedelta(days=later)


@given(start=starts, today=starts, absences=st.lists(starts, max_size=20))
def test_days_counted_agree_with_the_ledger(start: date, today: date, absences: list[date]) -> None:
    clock = due(TEXAS, start, CAL_A, today=today, absences=absences)
    told = sum(line.counted for line in clock.ledger() if line.day <= today)
    assert clock.days_counted == told


# Counts of calendar days that stand still (the states' own worked rows)

PENNSYLVANIA = term(60, pauses=Pauses(summer=SummerPause()))
PENNSYLVANIA_CHARTER = term(60, pauses=Pauses(summer=SummerPause(from_last_day=True)))
CALIFORNIA_BREAKS = Pauses(summer=SummerPause(), breaks=BreakPause(6, with_weekends=True))
CALIFORNIA = term(
    60,
    pauses=CALIFORNIA_BREAKS,
    year_end=YearEndRule(within_days=30, measured_from="request_received", days_into_next_year=30),
)
CALIFORNIA_PLAN = term(
    15,
    pauses=CALIFORNIA_BREAKS,
    year_end=YearEndRule(within_days=10, days_into_next_year=10),
)
FLORIDA = term(
    60,
    pauses=Pauses(summer=SummerPause(), breaks=BreakPause(5, with_weekends=True), holidays=True),
    absences=Absences(9, only_beyond=True),
)
GEORGIA = term(
    60,
    pauses=Pauses(
        summer=SummerPause(unless_days_left=30), breaks=BreakPause(5, with_weekends=True)
    ),
)
ILLINOIS = term(
    60, SCHOOL, year_end=YearEndRule(min_remaining=0, max_remaining=59, before_next_year=True)
)


@pytest.mark.parametrize(
    ("a_term", "calendar", "start", "due_on"),
    [
        pytest.param(PENNSYLVANIA, CAL_M, "2025-09-15", "2025-11-14", id="PA-breaks-run"),
        pytest.param(PENNSYLVANIA, CAL_M, "2026-05-01", "2026-09-08", id="PA-summer"),
        pytest.param(PENNSYLVANIA_CHARTER, CAL_M, "2026-05-01", "2026-09-09", id="PA-charter"),
        pytest.param(CALIFORNIA, CAL_A, "2025-09-10", "2025-11-09", id="CA"),
        pytest.param(CALIFORNIA, CAL_A, "2026-02-10", "2026-04-11", id="CA-spring-week-runs"),
        pytest.param(CALIFORNIA_PLAN, CAL_A, "2025-12-15", "2026-01-15", id="CA-plan"),
        pytest.param(CALIFORNIA_PLAN, CAL_A, "2026-05-19", "2026-08-27", id="CA-plan-10-days-left"),
        pytest.param(CALIFORNIA_PLAN, CAL_A, "2026-05-18", "2026-08-20", id="CA-plan-11-days-left"),
        pytest.param(FLORIDA, CAL_A, "2025-09-10", "2025-11-10", id="FL-one-holiday"),
        pytest.param(FLORIDA, CAL_A, "2025-11-05", "2026-01-31", id="FL-breaks-and-holidays"),
        pytest.param(GEORGIA, CAL_A, "2026-04-29", "2026-06-28", id="GA-30-days-left-runs"),
        pytest.param(GEORGIA, CAL_A, "2026-04-30", "2026-09-16", id="GA-29-days-left-pauses"),
        pytest.param(ILLINOIS, CAL_A, "2026-02-20", "2026-05-26", id="IL-63-left"),
        pytest.param(ILLINOIS, CAL_A, "2026-02-27", "2026-08-16", id="IL-58-left"),
        pytest.param(ILLINOIS, CAL_A, "2026-05-29", "2026-08-16", id="IL-none-left"),
        pytest.param(ILLINOIS, CAL_A, "2026-06-15", "2026-11-10", id="IL-summer"),
        pytest.param(ILLINOIS, CAL_A, "2025-09-15", "2025-12-17", id="IL-fall"),
    ],
)  # fmt: skip
def test_a_count_that_stands_still(
    a_term: Term, calendar: SchoolCalendar, start: str, due_on: str
) -> None:
    assert run(a_term, start, calendar).due_on == D(due_on)


@pytest.mark.parametrize(
    ("referred", "consent", "due_on"),
    [
        ("2026-05-10", "2026-05-20", "2026-09-16"),
        ("2026-05-10", "2026-07-01", "2026-09-16"),
        ("2026-04-28", "2026-05-10", "2026-09-26"),
        ("2026-05-10", "2026-09-01", "2026-10-31"),
    ],
)
def test_california_measures_the_end_of_the_year_from_the_referral(
    referred: str, consent: str, due_on: str
) -> None:
    leg = Leg(period=CALIFORNIA, started_on=D(consent), measured_on=D(referred))
    assert run(CALIFORNIA, consent, legs=(leg,)).due_on == D(due_on)


@pytest.mark.parametrize(("absent", "due_on"), [(8, "2025-11-10"), (9, "2025-11-11")])
def test_florida_leaves_out_absences_beyond_the_eighth(absent: int, due_on: str) -> None:
    clock = run(FLORIDA, "2025-09-10", absences=school_days_from("2025-09-10", absent))
    # 11 November is a holiday, on which nothing counts: the day after it is the next.
    assert clock.due_on == (D("2025-11-12") if absent == 9 else D(due_on))


def test_a_paused_clock_says_so_and_its_ledger_shows_the_pause() -> None:
    clock = run(PENNSYLVANIA, "2026-05-01", CAL_M, today=D("2026-07-04"))
    assert clock.state is ClockState.PAUSED
    assert clock.adjustments == ("pauses",)
    assert clock.days_counted == 46
    assert line_on(clock, "2026-06-16").counted
    paused = line_on(clock, "2026-06-17")
    assert (paused.counted, paused.why) == (False, "summer: the count stands still")
    assert "It stands still from 2026-06-17 through 2026-08-25 (summer)." in explain(clock)


@pytest.mark.parametrize(
    ("a_term", "start", "calendar"),
    [
        pytest.param(PENNSYLVANIA, "2026-05-01", CAL_M, id="calendar days that stop in summer"),
        pytest.param(TEXAS, "2026-04-13", CAL_A, id="school days over a summer"),
        pytest.param(TEXAS, "2025-09-10", CAL_A, id="school days within a year"),
        pytest.param(FLORIDA, "2025-11-03", CAL_A, id="holidays"),
    ],
)
def test_the_days_on_which_a_clock_stands_still_are_those_on_which_it_says_so(
    a_term: Term, start: str, calendar: SchoolCalendar
) -> None:
    told = run(a_term, start, calendar)
    assert told.due_on is not None
    day, paused = D(start) - timedelta(days=3), 0
    while day <= told.due_on + timedelta(days=3):
        on_the_day = run(a_term, start, calendar, today=day)
        assert any(day in span for span in told.still) == (on_the_day.state is ClockState.PAUSED)
        assert on_the_day.still == told.still
        paused += on_the_day.state is ClockState.PAUSED
        day += timedelta(days=1)
    assert (paused > 0) == bool(told.still)


def test_a_pause_needs_the_school_calendar() -> None:
    clock = run(PENNSYLVANIA, "2026-05-01", THIS_YEAR_ONLY)
    assert (clock.state, clock.due_on) == (ClockState.UNKNOWN, None)
    assert clock.needs == (Need(NeedKind.SCHOOL_CALENDAR, D("2026-06-01")),)


def test_a_pause_that_ends_on_the_first_day_that_may_count_leaves_out_that_day() -> None:
    breaks = term(20, pauses=Pauses(breaks=BreakPause(min_school_days=5)))
    assert run(breaks, "2026-01-01").due_on == D("2026-01-22")
    assert run(breaks, "2026-01-02").due_on == D("2026-01-22")


def test_a_count_with_absences_tells_of_its_pauses_too() -> None:
    absences = school_days_from("2025-11-05", 9)
    clock = run(FLORIDA, "2025-11-05", absences=absences)
    assert clock.adjustments == ("pauses", "absences")
    assert clock.pauses == run(FLORIDA, "2025-11-05").pauses


def test_a_count_that_moves_out_of_summer_tells_of_its_pauses() -> None:
    moved = replace(TEXAS_ARD, pauses=Pauses(holidays=True))
    clock = run(moved, "2026-05-15")
    assert clock.due_on == D("2026-09-04")
    assert [span.first_on for span in clock.pauses] == [D("2026-05-25")]


@pytest.mark.parametrize(
    ("rule", "count", "start", "due_on"),
    [
        (YearEndRule(within_days=30, days_into_next_year=30), 10, "2026-05-19", "2026-05-29"),
        (YearEndRule(within_days=30, days_into_next_year=30), 11, "2026-05-19", "2026-09-16"),
        (YearEndRule(within_days=0, days_into_next_year=30), 10, "2026-05-28", "2026-06-07"),
        (YearEndRule(within_days=0, days_into_next_year=30), 10, "2026-05-29", "2026-09-16"),
    ],
)
def test_the_end_of_the_year_takes_over_only_when_the_count_does_not_end_before_it(
    rule: YearEndRule, count: int, start: str, due_on: str
) -> None:
    assert run(term(count, year_end=rule), start).due_on == D(due_on)


@pytest.mark.parametrize(
    ("consent", "due_on"), [("2026-08-16", "2026-09-16"), ("2026-08-17", None)]
)
def test_consent_in_the_next_school_year_is_counted_by_itself(
    consent: str, due_on: str | None
) -> None:
    rule = YearEndRule(within_days=30, measured_from="request_received", days_into_next_year=30)
    a_term = term(60, year_end=rule)
    leg = Leg(period=a_term, started_on=D(consent), measured_on=D("2026-05-20"))
    clock = run(a_term, consent, legs=(leg,))
    assert clock.due_on == (D(due_on) if due_on else D(consent) + timedelta(days=60))


def test_a_school_year_as_short_as_its_end_is_near_ends_a_count_from_its_first_day_on() -> None:
    short = SchoolYear("short", D("2025-08-18"), D("2025-09-10"))
    calendar = SchoolCalendar((short, replace(CAL_A_2025, first_on=D("2025-10-01"))))
    rule = YearEndRule(within_days=30, days_into_next_year=30)
    assert run(term(60, year_end=rule), "2025-08-18", calendar).due_on == D("2025-10-31")


def test_spans_that_overlap_stand_still_once_and_the_earlier_keeps_its_name() -> None:
    spans = [
        Span(D(f"2025-{first}"), D(f"2025-{last}"), name)
        for first, last, name in (
            ("09-20", "09-25", "first"),
            ("09-21", "09-22", "within"),
            ("09-22", "09-25", "to its end"),
            ("09-25", "09-27", "from its last day"),
            ("09-28", "09-30", "right after"),
            ("10-06", "10-08", "later"),
            ("10-07", "10-09", "beyond"),
        )
    ]
    leg = Leg(period=term(60), started_on=D("2025-09-15"))
    merged = paused(leg, Circumstances(calendar=CAL_A, excluded=tuple(reversed(spans))))
    assert [(str(span.first_on)[5:], str(span.last_on)[5:], span.name) for span in merged] == [
        ("09-20", "09-25", "first"),
        ("09-26", "09-27", "from its last day"),
        ("09-28", "09-30", "right after"),
        ("10-06", "10-08", "later"),
        ("10-09", "10-09", "beyond"),
    ]


# Several periods at once


def delaware(start: str) -> tuple[Term, tuple[Leg, ...]]:
    school, calendar = term(45, SCHOOL), term(90)
    legs = tuple(Leg(period=one, started_on=D(start)) for one in (school, calendar))
    return school, legs


@pytest.mark.parametrize(
    ("start", "due_on", "unit"),
    [("2025-09-15", "2025-11-19", SCHOOL), ("2026-05-20", "2026-08-18", CALENDAR)],
)
def test_of_two_periods_the_earlier_binds(start: str, due_on: str, unit: DayUnit) -> None:
    a_term, legs = delaware(start)
    clock = run(a_term, start, legs=legs)
    assert clock.due_on == D(due_on)
    assert clock.leg is not None
    assert clock.leg.period.unit is unit
    assert [line.number for line in clock.ledger() if line.counted][-1] == clock.leg.period.count
    assert "the earlier date binds" in explain(clock)


def test_a_known_period_binds_while_the_calendar_for_the_other_is_missing() -> None:
    a_term, legs = delaware("2026-05-20")
    clock = run(a_term, "2026-05-20", THIS_YEAR_ONLY, legs=legs)
    assert (clock.state, clock.due_on) == (ClockState.RUNNING, D("2026-08-18"))
    says = f"Provisional: whether an earlier date binds is not known without {clock.needs[0]}."
    assert says in explain(clock)
    for on, state in (("2026-08-17", "unknown"), ("2026-08-18", "unknown"), ("2026-08-19", "late")):
        done = run(a_term, "2026-05-20", THIS_YEAR_ONLY, legs=legs, stopped_on=D(on))
        assert done.state == state, on


def test_maryland_counts_from_referral_and_from_consent() -> None:
    from_referral = Leg(period=term(90), started_on=D("2025-09-01"))
    from_consent = Leg(period=term(60), started_on=D("2025-10-16"))
    clock = run(term(90), "2025-09-01", legs=(from_referral, from_consent))
    assert clock.due_on == D("2025-11-30")
    assert "60 calendar days from 2025-10-16 (start) end on 2025-12-15" in explain(clock)


# Time that a state does not count


def test_connecticut_leaves_out_the_time_to_obtain_consent() -> None:
    sought = Span(D("2025-09-23"), D("2025-10-02"), "consent sought")
    plain = run(term(45, SCHOOL), "2025-09-15", CAL_M)
    clock = run(term(45, SCHOOL), "2025-09-15", CAL_M, excluded=(sought,), today=D("2025-09-30"))
    assert (plain.due_on, clock.due_on) == (D("2025-11-19"), D("2025-12-03"))
    assert clock.state is ClockState.PAUSED
    assert line_on(clock, "2025-09-23").why == "consent sought: the count stands still"


def test_time_without_a_known_end_has_no_due_date_and_tells_what_is_left() -> None:
    clock = run(
        term(45, SCHOOL), "2025-09-15", CAL_M, still_since=D("2025-09-22"), today=D("2025-11-01")
    )
    assert (clock.state, clock.due_on) == (ClockState.PAUSED, None)
    assert clock.days_counted == 5
    assert "It stands still since 2025-09-22, with 40 school days left." in explain(clock)
    assert list(clock.ledger()) == []


@pytest.mark.parametrize("since", ["2025-11-14", "2025-12-01"])
def test_time_that_stands_still_after_the_due_date_changes_nothing(since: str) -> None:
    clock = run(FEDERAL, "2025-09-15", still_since=D(since))
    assert clock.due_on == D("2025-11-14")


def test_time_that_a_state_does_not_count_lies_beside_its_pauses() -> None:
    breaks = term(20, pauses=Pauses(breaks=BreakPause(min_school_days=5)))
    sought = Span(D("2025-12-16"), D("2025-12-18"), "consent sought")
    clock = run(breaks, "2025-12-15", excluded=(sought,))
    assert [span.name for span in clock.pauses] == ["consent sought", "Winter break"]
    assert clock.due_on == D("2025-12-15") + timedelta(days=20 + 3 + 12)


# What every calendar and every pause keep to


@st.composite
def school_calendars(draw: st.DrawFn) -> SchoolCalendar:
    """Ten random school years, with breaks, holidays, staff days and closures anywhere in them."""
    years = []
    for year in range(2020, 2030):
        first = date(year, 8, draw(st.integers(1, 31)))
        last = date(year + 1, 5, 20) + timedelta(days=draw(st.integers(0, 30)))
        off = draw(
            st.lists(
                st.builds(
                    lambda day, length, kind, first=first: DaysOff(
                        first + timedelta(days=day),
                        first + timedelta(days=day + length),
                        kind.words,
                        kind,
                    ),
                    st.integers(0, 270),
                    st.integers(0, 15),
                    st.sampled_from(DaysOffKind),
                ),
                max_size=8,
            )
        )
        years.append(SchoolYear(str(year), first, last, tuple(off)))
    return SchoolCalendar(tuple(years))


all_pauses = st.builds(
    Pauses,
    summer=st.none() | st.builds(SummerPause, from_last_day=st.booleans()),
    breaks=st.none() | st.builds(BreakPause, st.integers(1, 8), with_weekends=st.booleans()),
    holidays=st.booleans(),
)


@settings(max_examples=60 * DEPTH)
@given(
    calendar=school_calendars(),
    start=st.dates(D("2020-09-01"), D("2028-12-31")),
    count=st.integers(1, 120),
    unit=st.sampled_from([CALENDAR, SCHOOL]),
    pauses=all_pauses,
    trigger=st.booleans(),
)
def test_a_fast_count_is_what_a_loop_over_the_days_finds(
    calendar: SchoolCalendar, start: date, count: int, unit: DayUnit, pauses: Pauses, trigger: bool
) -> None:
    a_term = term(count, unit, pauses=pauses if unit is CALENDAR else None)
    clock = due(a_term, start, calendar, today=start, count_trigger_day=trigger)
    assert clock.due_on == naive(calendar, start, count, unit, a_term.pauses, trigger)
    lines = list(clock.ledger())
    assert [line.number for line in lines if line.counted] == list(range(1, count + 1))
    assert lines[-1].counted


def naive(
    calendar: SchoolCalendar,
    start: date,
    count: int,
    unit: DayUnit,
    pauses: Pauses | None,
    trigger: bool,
) -> date:
    """The same by walking day by day, with every question asked of the calendar's own lists."""
    day = start if trigger else start + timedelta(days=1)
    while True:
        counts = calendar.counts(day, unit)[0] and not stands_still(calendar, day, pauses)
        count -= counts
        if count == 0:
            return day
        day += timedelta(days=1)


def stands_still(calendar: SchoolCalendar, day: date, pauses: Pauses | None) -> bool:
    if pauses is None:
        return False
    year = next((y for y in calendar.years if y.first_on <= day <= y.last_on), None)
    if year is None:
        return pauses.summer is not None
    if pauses.summer is not None and pauses.summer.from_last_day and day == year.last_on:
        return True
    run_of = vacation_around(year, day)
    if run_of is not None:
        weekdays = sum(d.weekday() < 5 for d in run_of)
        if pauses.breaks is not None and weekdays >= pauses.breaks.min_school_days:
            return True
        if pauses.holidays:
            return True
    if pauses.breaks is None or not pauses.breaks.with_weekends or day.weekday() < 5:
        return False
    before = day - timedelta(days=day.weekday() - 4)
    beside = (before, before + timedelta(days=3))
    return any(
        (found := vacation_around(year, d)) is not None
        and sum(x.weekday() < 5 for x in found) >= pauses.breaks.min_school_days
        for d in beside
    )


def vacation_around(year: SchoolYear, day: date) -> list[date] | None:
    """The run of vacation days around a day, weekends within it included; None outside of one."""

    def off(d: date) -> bool:
        return year.first_on <= d <= year.last_on and any(
            o.kind.vacation and o.first_on <= d <= o.last_on for o in year.days_off
        )

    def next_weekday(d: date, step: int) -> date:
        d += timedelta(days=step)
        while d.weekday() >= 5:
            d += timedelta(days=step)
        return d

    if day.weekday() >= 5:
        first, last = next_weekday(day, -1), next_weekday(day, 1)
        if not (off(first) and off(last)):
            return None
    elif off(day):
        first = last = day
    else:
        return None
    while off(next_weekday(first, -1)):
        first = next_weekday(first, -1)
    while off(next_weekday(last, 1)):
        last = next_weekday(last, 1)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@settings(max_examples=60 * DEPTH)
@given(
    calendar=school_calendars(),
    start=st.dates(D("2020-09-01"), D("2028-12-31")),
    count=st.integers(1, 120),
    unit=st.sampled_from([CALENDAR, SCHOOL]),
    pauses=all_pauses,
    at=st.integers(0, 400),
    length=st.integers(0, 9),
)
def test_a_closure_never_brings_any_deadline_nearer(
    calendar: SchoolCalendar,
    start: date,
    count: int,
    unit: DayUnit,
    pauses: Pauses,
    at: int,
    length: int,
) -> None:
    a_term = term(count, unit, pauses=pauses if unit is CALENDAR else None)
    first = start + timedelta(days=at)
    closure = DaysOff(first, first + timedelta(days=length), "Snow", DaysOffKind.CLOSURE)
    before = due(a_term, start, calendar, today=start).due_on
    after = due(a_term, start, with_closure(calendar, closure), today=start).due_on
    assert before is not None
    assert after is not None
    assert after == before if unit is CALENDAR else after >= before


def test_a_period_without_a_number_is_not_counted() -> None:
    leg = Leg(period=Period(count=None), started_on=D("2025-09-15"))
    with pytest.raises(ValueError, match="no number of days"):
        work_out(leg, Circumstances(calendar=CAL_A))
