"""What a district owes that belongs to no child, by when, and whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.calendars import last_day_of, school_year

YEARLY_NOTICE_RULE = "504-CHILDFIND"


@dataclass(frozen=True, slots=True)
class YearlyNotice:
    """A notice that was given to the public, and who answers for it and for the next one."""

    given_on: date
    owner_staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class DistrictDuty:
    """A duty of the district: the last day it was done, the day by which it is done next."""

    rule_id: str
    title: str
    owner_staff_id: str | None
    last_done_on: date | None
    due_on: date

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
