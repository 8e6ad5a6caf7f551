"""Counts of children that may be passed on: what is small is withheld (34 CFR 99.31(b)(1), U).

A count of a few children tells who they are to whoever knows the school. No federal text names a
number; ten is a choice of this service, in use by many states.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TypeVar

from service.domain.calendars import Span, last_day_of, named_year, school_year

BELOW = 10
"""A count of one or more, and fewer than this, is withheld."""

Cell = TypeVar("Cell")


def last_whole_year(today: date) -> int:
    """The last school year that is over, by the calendar year in which it ended."""
    return school_year(today) - 1


def days_of(year: int) -> Span:
    """The days of a school year, the only spans of which counts are shown with few withheld.

    No two share a day, so that none can be subtracted from another: what one answer counts, no
    other counts. Of a year that is not over, tomorrow's answer less today's would tell of today.
    """
    first_on = last_day_of(year - 1) + timedelta(days=1)
    return Span(first_on, last_day_of(year), named_year(year))


def withheld(counts: Mapping[Cell, int], below: int = BELOW) -> dict[Cell, int | None]:
    """The counts of one partition of children, None for each that is withheld.

    What is withheld cannot be had as the total less the rest: at least two counts are withheld,
    and together they are no small count, while there is another to withhold with them, the
    smallest first. A zero tells of no child and stays.
    """
    hidden = {cell for cell, count in counts.items() if 0 < count < below}
    rest = sorted((c for c in counts if counts[c] >= below), key=lambda cell: counts[cell])
    while hidden and rest:
        if len(hidden) > 1 and sum(counts[cell] for cell in hidden) >= below:
            break
        hidden.add(rest.pop(0))
    return {cell: None if cell in hidden else count for cell, count in counts.items()}
