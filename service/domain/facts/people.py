"""Who a case is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """Who the case is about, as far as rules need it.

    `school_id`: the school of the district's roster that the student attends, None for none.
    """

    id: str = "student"
    birth_date: date | None = None
    grade: str | None = None
    placement: str = "public"
    school_id: str | None = None
    english_learner: bool | None = None
    home_language: str | None = None

    def age_on(self, day: date) -> int | None:
        """Completed years on `day`; None without a birth date.

        A child born on 29 February turns a year older on 1 March of common years.
        """
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
