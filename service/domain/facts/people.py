"""Who a case is about, and who stands in a parent's place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """Who the case is about, as far as rules need it.

    `active`: on the district's roster today. `school_id`: the school of that roster which the
    student attends, None for none.
    `surrogate_needed_on`: when the agency determined that the student needs a surrogate parent.
    `rights_transfer_told_on`: when student and parents were told that the parents' rights have
    passed to the student; `rights_stay_with_guardian`: a court, or a procedure of the state, left
    them with another at majority (300.520).
    """

    id: str = "student"
    birth_date: date | None = None
    grade: str | None = None
    active: bool = True
    placement: str = "public"
    school_id: str | None = None
    english_learner: bool | None = None
    home_language: str | None = None
    ward_of_state: bool | None = None
    lives_with_parent: bool | None = None
    unaccompanied_homeless_youth: bool | None = None
    surrogate_needed_on: date | None = None
    rights_transfer_told_on: date | None = None
    rights_stay_with_guardian: bool | None = None

    def age_on(self, day: date) -> int | None:
        """Completed years on `day`; None without a birth date.

        A child born on 29 February turns a year older on 1 March of common years.
        """
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def birthday(self, age: int) -> date | None:
        """The first day at this age, as `age_on` counts; None without a birth date."""
        born = self.birth_date
        if born is None:
            return None
        try:
            return born.replace(year=born.year + age)
        except ValueError:
            return date(born.year + age, 3, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardian:
    """A person in a parent's place for this student (300.30).

    `appointed_on`: since when a surrogate parent, or a person whom a judge named, may act.
    """

    id: str = "guardian"
    relationship: str = "parent"
    educational_rights: str = "unknown"
    active: bool = True
    language: str | None = None
    appointed_on: date | None = None

    @property
    def holds_rights(self) -> bool:
        """Whether nobody has said that they may not decide for the child."""
        return self.active and self.educational_rights != "restricted"
