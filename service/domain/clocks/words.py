"""Dates, counts and names as words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from service.domain.calendars import WEEKDAYS, DayUnit

IN_WORDS: Mapping[str, str] = {
    "parent_request_received": "the parent's request received",
    "other_request_received": "a request by somebody outside the family received",
    "section_504_requested": "evaluation requested, with Section 504 in question",
    "receipt_unmatched": "a referral received for a child not yet matched",
    "iep_meeting_held": "IEP meeting held",
    "iep_offered": "IEP offered",
    "impairment_without_idea": "not eligible under IDEA, with a documented impairment",
    "help_due": "a concern that did not lead to special education or a 504 plan",
}
"""Events whose name does not speak for itself."""


def days(count: int, unit: DayUnit) -> str:
    """`1 school day`, `30 calendar days`."""
    return f"{count} {unit.words}{'' if count == 1 else 's'}"


def weekday(day: date) -> str:
    """`Friday 2025-11-14`."""
    return f"{WEEKDAYS[day.weekday()]} {day}"


def named(name: str) -> str:
    """An event's or a kind's name as words."""
    return IN_WORDS.get(name) or name.replace("_", " ").replace(".", " ")
