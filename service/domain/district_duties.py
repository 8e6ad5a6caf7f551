"""What a district owes that belongs to no child, by when, and whose it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.calendars import last_day_of, named_year, school_year

YEARLY_NOTICE_RULE = "504-CHILDFIND"
CALENDAR_RULE = "POLICY-CALENDAR"


@dataclass(frozen=True, slots=True)
class YearlyNotice:
    """A notice that was given to the public, and who answers for it and for the next one."""

    given_on: date
    owner_staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class DistrictDuty:
    """A duty of the district: the last day it was done, the day by which it is done next.

    `because`: what shows that it is owed, where the rule alone does not tell.
    """

    rule_id: str
    title: str
    owner_staff_id: str | None
    last_done_on: date | None
    due_on: date
    because: str | None = None

    def is_overdue(self, today: date) -> bool:
        return self.due_on < today


def yearly_notice(given: Sequence[YearlyNotice], today: date) -> DistrictDuty:
    """Families of children in no public school are found and told every year (104.32).

    By the end of the school year after that of the last notice; where none is on record, of this
    one. The regulation says "annually" and names no day: the school year is our reading (U).
    """
    last = max(given, key=lambda one: one.given_on, default=None)
    year = school_year(today) if last is None else school_year(last.given_on) + 1
    return DistrictDuty(
        rule_id=YEARLY_NOTICE_RULE,
        title="Look for children who are in no public school, and tell their families",
        owner_staff_id=None if last is None else last.owner_staff_id,
        last_done_on=None if last is None else last.given_on,
        due_on=last_day_of(year),
    )


def next_school_year(
    on_record: Collection[int], last_done_on: date | None, today: date
) -> DistrictDuty:
    """The first school year, from the present one on, that is not on record yet.

    Each is owed by February 1 of the year before it: sixty school days, the longest count of a
    state, that begin later may run past the last session of the year before. No law says so; it is
    a rule of this service.
    """
    year = school_year(today)
    while year in on_record:
        year += 1
    return DistrictDuty(
        rule_id=CALENDAR_RULE,
        title=f"Record the school calendar of {named_year(year)}",
        owner_staff_id=None,
        last_done_on=last_done_on,
        due_on=date(year - 1, 2, 1),
    )


def awaited_calendar(needs: str, started_on: date) -> DistrictDuty:
    """An open deadline has no date before a calendar is on record: owed since it started.

    `needs`: what is missing, as the deadline says it.
    """
    return DistrictDuty(
        rule_id=CALENDAR_RULE,
        title="Record the school calendar that deadlines wait for",
        owner_staff_id=None,
        last_done_on=None,
        due_on=started_on,
        because=f"A deadline that began on {started_on} cannot be dated without {needs}.",
    )
