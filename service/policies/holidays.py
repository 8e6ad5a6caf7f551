"""Federal and state holidays, which make business days (34 CFR 300.11(b)).

The federal ones come from the `holidays` library, observed days included (5 USC 6103); a state's
own come from its pack. The library is imported at the first question, because it is large.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

ONE_DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Outside of these years no holiday is known, and a calendar says that they are needed."""


@dataclass(frozen=True, slots=True)
class StateHoliday:
    """A holiday of a state on the same day of each year, and where it moves from a weekend."""

    name: str
    month_day: str
    if_saturday: bool = False
    if_sunday: bool = False

    def days(self, year: int) -> tuple[date, ...]:
        """The day in this year, with the day on which it is observed."""
        day = date.fromisoformat(f"{year}-{self.month_day}")
        if day.weekday() == 5 and self.if_saturday:
            return day, day - ONE_DAY
        if day.weekday() == 6 and self.if_sunday:
            return day, day + ONE_DAY
        return (day,)


@lru_cache(maxsize=256)
def holidays_of(
    state: tuple[StateHoliday, ...], first_year: int, last_year: int
) -> Mapping[date, str]:
    """The federal holidays and these of the state, from one year through another."""
    years = range(max(first_year, FIRST_YEAR), min(last_year, LAST_YEAR) + 1)
    named = dict(_federal(years))
    for holiday in state:
        for year in years:
            for day in holiday.days(year):
                named.setdefault(day, holiday.name)
    return MappingProxyType(named)


def _federal(years: range) -> dict[date, str]:
    import holidays

    return dict(holidays.country_holidays("US", years=years, observed=True))
