"""The records that a roster keeps, in the shape a bundle gives them, and those on record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """An organisation; `org_type` tells a school from the district above it."""

    sourced_id: str
    name: str
    identifier: str | None = None
    org_type: str = "school"
    parent_sourced_id: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    sourced_id: str
    given_name: str
    family_name: str
    email: str | None = None
    identifier: str | None = None
    roles: tuple[str, ...] = ()
    school_sourced_id: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    sourced_id: str
    given_name: str
    middle_name: str | None = None
    family_name: str
    preferred_given_name: str | None = None
    preferred_family_name: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    grade: str | None = None
    school_sourced_id: str | None = None
    hispanic: bool | None = None
    races: tuple[str, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardian:
    """One person's relation to one student; the pair of both sourcedIds is its key."""

    sourced_id: str
    student_sourced_id: str
    given_name: str
    family_name: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    relationship: str = "guardian"
    active: bool = True


GuardianKey = tuple[str, str]
"""(student's sourcedId, guardian's sourcedId)"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the district has on record with a sourcedId, in the shape a bundle gives it."""

    schools: Mapping[str, School] = field(default_factory=dict)
    staff: Mapping[str, Staff] = field(default_factory=dict)
    students: Mapping[str, Student] = field(default_factory=dict)
    guardians: Mapping[GuardianKey, Guardian] = field(default_factory=dict)
    taken: Collection[tuple[str, str]] = frozenset()
    """Identifiers (system, value) of students who have no sourcedId."""
