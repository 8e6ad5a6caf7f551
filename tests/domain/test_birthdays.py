"""The day on which somebody comes of an age, also of those who are born on a leap day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from service.domain import facts
from service.domain.clocks.terms import months_before


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.integers(0, 30))
@example(date(2008, 2, 29), 18)
@example(date(2008, 2, 29), 20)
def test_a_birthday_is_the_first_day_at_that_age(born: date, age: int) -> None:
    student = facts.Student(birth_date=born)
    day = student.birthday(age)
    assert day is not None
    assert (student.age_on(day), student.age_on(day - timedelta(days=1))) == (age, age - 1)


def test_who_is_born_on_a_leap_day_comes_of_age_on_the_first_of_march() -> None:
    student = facts.Student(birth_date=date(2008, 2, 29))
    assert student.birthday(18) == date(2026, 3, 1)
    assert student.birthday(20) == date(2028, 2, 29)


def test_of_whom_no_birth_date_is_known_no_birthday_is() -> None:
    assert facts.Student(birth_date=None).birthday(18) is None


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.integers(0, 40))
@example(date(2026, 12, 31), 1)
@example(date(2024, 3, 31), 1)
@example(date(2026, 1, 1), 1)
def test_months_before_a_day_is_its_day_of_the_month_or_the_last_there_is(
    day: date, months: int
) -> None:
    earlier = months_before(day, months)
    assert (day.year - earlier.year) * 12 + day.month - earlier.month == months
    last = (earlier + timedelta(days=1)).day == 1
    assert earlier.day == day.day or (earlier.day < day.day and last)
