"""Dates, counts and names as words."""

from __future__ import annotations

from datetime import date

from service.domain.calendars import WEEKDAYS, DayUnit


def days(count: int, unit: DayUnit) -> str:
    """`1 school day`, `30 calendar days`."""
    return f"{count} {unit.words}{'' if count == 1 else 's'}"


def weekday(day: date) -> str:
    """`Friday 2025-11-14`."""
    return f"{WEEKDAYS[day.weekday()]} {day}"


def named(name: str) -> str:
    """An event's or a kind's name as words."""
    return name.replace("_", " ").replace(".", " ")
