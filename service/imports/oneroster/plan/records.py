"""The records that a roster keeps, in the shape a bundle gives them, and those on record.

The id of a record is here its sixteen bytes: of a hundred thousand they are sooner made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple, Protocol


class School(NamedTuple):
    """An organisation; `org_type` tells a school from the district above it."""

    sourced_id: str
    name: str
    identifier: str | None = None
    org_type: str = "school"
    parent_sourced_id: str | None = None
    active: bool = True
    id: bytes | None = None


class Staff(NamedTuple):
    sourced_id: str
    given_name: str
    family_name: str
    email: str | None = None
    identifier: str | None = None
    roles: tuple[str, ...] = ()
    school_sourced_id: str | None = None
    active: bool = True
    id: bytes | None = None


class Student(NamedTuple):
    """`local_id` and `master_id` are the numbers by which a roster knows the student.

    Those of other systems are other people's to keep, and not here.
    """

    sourced_id: str
    given_name: str
    family_name: str
    middle_name: str | None = None
    preferred_given_name: str | None = None
    preferred_family_name: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    grade: str | None = None
    school_sourced_id: str | None = None
    hispanic: bool | None = None
    races: tuple[str, ...] = ()
    local_id: str | None = None
    master_id: str | None = None
    active: bool = True
    id: bytes | None = None


class Guardian(NamedTuple):
    """One person's relation to one student; the pair of both sourcedIds is its key."""

    student_sourced_id: str
    sourced_id: str
    given_name: str
    family_name: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    relationship: str = "guardian"
    active: bool = True
    id: bytes | None = None


GuardianKey = tuple[str, str]
"""(student's sourcedId, guardian's sourcedId)"""


class Record(Protocol):
    """What the district has on record with a sourcedId, in the shape a bundle gives it.

    Each is asked for once, in this order, and read to its end.
    """

    def schools(self) -> Mapping[str, School]: ...

    def staff(self) -> Iterable[Staff]: ...

    def students(self) -> Iterable[Student]: ...

    def guardians(self) -> Iterable[Guardian]: ...

    def taken(self) -> Iterable[tuple[str, str]]:
        """Identifiers (system, value) of students who have no sourcedId."""
        ...
