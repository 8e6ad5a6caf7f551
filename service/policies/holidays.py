"""Federal and state holidays, which make business days (34 CFR 300.11(b)).

The federal ones come from the `holidays` library, observed days included (5 USC 6103); a state's
own come from its pack, or from the library where its list is right and the pack says so. The
library is imported at the first question, because it is large.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

ONE_DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Outside of these years no holiday is known, and a calendar says that they are needed."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def holidays_of(
    jurisdiction: str, law: Mapping[str, Any] | None, first_year: int, last_year: int
) -> Mapping[date, str]:
    """The federal holidays and the state's, from one year through another.

    `law` is the pack's `holidays`, None where the state has none of its own here.
    """
    state = "" if law is None else jurisdiction.removeprefix("us-").upper()
    own = {name: value for name, value in (law or {}).items() if name != "citations"}
    return _holidays(state, json.dumps(own, sort_keys=True), first_year, last_year)


@lru_cache(maxsize=256)
def _holidays(state: str, own: str, first_year: int, last_year: int) -> Mapping[date, str]:
    law = json.loads(own)
    years = range(max(first_year, FIRST_YEAR), min(last_year, LAST_YEAR) + 1)
    named = dict(_of_library(None, years))
    if law.get("library"):
        left_out = tuple(law.get("leave_out", ()))
        for day, name in _of_library(state, years).items():
            if not name.startswith(left_out):
                named.setdefault(day, name)
    for holiday in law.get("days", ()):
        for year in years:
            for day in _days(holiday, year):
                named.setdefault(day, holiday["name"])
    return MappingProxyType(named)


def _of_library(state: str | None, years: range) -> dict[date, str]:
    import holidays

    return dict(holidays.country_holidays("US", subdiv=state, years=years, observed=True))


def _days(holiday: Mapping[str, Any], year: int) -> Iterator[date]:
    """The day in this year, with the day on which it is observed."""
    some = holiday.get("years")
    if some is not None and year % some["every"] != some["rest"]:
        return
    day = _day(holiday, year)
    yield day
    if day.weekday() == 5 and "if_saturday" in holiday:
        yield day - ONE_DAY
    if day.weekday() == 6 and "if_sunday" in holiday:
        yield day + ONE_DAY


def _day(holiday: Mapping[str, Any], year: int) -> date:
    if "month_day" in holiday:
        return date.fromisoformat(f"{year}-{holiday['month_day']}")
    if "weekday" in holiday:
        rule = holiday["weekday"]
        return _nth(year, rule["month"], WEEKDAYS.index(rule["day"]), rule["nth"])
    return _nth(year, 11, 3, 4) + ONE_DAY


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month; the last one for -1."""
    if nth < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - ONE_DAY
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
