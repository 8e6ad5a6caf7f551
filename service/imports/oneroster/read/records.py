"""What the rows of each file say, as frozen dataclasses, and how each is read.

A reading function answers None for a row that it refused: without what the record cannot do
without, there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from service.domain.schools import ORG_TYPES
from service.imports.oneroster.read.fields import NOTHING, Fields

_TYPES: Mapping[str, str] = {org_type: org_type for org_type in ORG_TYPES}
_SEXES: Mapping[str, str] = {
    "male": "male",
    "m": "male",
    "female": "female",
    "f": "female",
    "unspecified": "unspecified",
    "other": "other",
    "x": "other",
}
RACES: Mapping[str, str] = {
    "americanIndianOrAlaskaNative": "american_indian_or_alaska_native",
    "asian": "asian",
    "blackOrAfricanAmerican": "black_or_african_american",
    "nativeHawaiianOrOtherPacificIslander": "native_hawaiian_or_other_pacific_islander",
    "white": "white",
    "demographicRaceTwoOrMoreRaces": "two_or_more",
}
"""The code of a race by its column in demographics.csv."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every OneRoster row has. `active` is false where the status says it is to go."""

    sourced_id: str
    line: int
    active: bool = True
    unread: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Org(Row):
    name: str
    org_type: str
    identifier: str | None
    parent_sourced_id: str | None


def org(row: Fields) -> Org | None:
    name = row.text("name")
    if name is None:
        row.refuse("blank_value", "name")
        return None
    return Org(
        name=name,
        org_type=row.one_of("type", _TYPES) or "school",
        identifier=row.identifier("identifier"),
        parent_sourced_id=row.text("parentSourcedId"),
        **row.common(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Row):
    given_name: str
    middle_name: str | None
    family_name: str
    preferred_given_name: str | None
    preferred_family_name: str | None
    roles: tuple[str, ...]
    org_sourced_ids: tuple[str, ...]
    primary_org_sourced_id: str | None
    agent_sourced_ids: tuple[str, ...]
    grades: tuple[str, ...]
    identifier: str | None
    master_identifier: str | None
    email: str | None
    phone: str | None
    language: str | None


_USER = (
    "givenName", "familyName", "middleName", "preferredGivenName", "preferredFamilyName",
    "primaryOrgSourcedId",
)  # fmt: skip


def user(row: Fields) -> User | None:
    given, family, middle, preferred_given, preferred_family, org = row.texts(*_USER)
    if given is None and family is None:
        row.refuse("blank_value", "familyName")
        return None
    return User(
        # People with a single name exist, and their systems put it into either field.
        given_name=given or "",
        family_name=family or "",
        middle_name=middle,
        preferred_given_name=preferred_given,
        preferred_family_name=preferred_family,
        roles=tuple(_plain_role(r) for r in row.several("role")),
        org_sourced_ids=row.several("orgSourcedIds"),
        primary_org_sourced_id=org,
        agent_sourced_ids=row.several("agentSourcedIds"),
        grades=row.grades(),
        identifier=row.identifier("identifier"),
        master_identifier=row.identifier("userMasterIdentifier"),
        email=row.email(),
        phone=row.phone(),
        language=row.language(),
        **row.common(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Row):
    user_sourced_id: str
    role: str
    role_type: str
    org_sourced_id: str | None
    ends_on: date | None


def role(row: Fields) -> Role | None:
    user, name = row.text("userSourcedId"), row.text("role")
    if user is None or name is None:
        row.refuse("blank_value", "userSourcedId" if user is None else "role")
        return None
    return Role(
        user_sourced_id=user,
        role=_plain_role(name),
        role_type=(row.text("roleType") or "primary").casefold(),
        org_sourced_id=row.text("orgSourcedId"),
        ends_on=row.date("endDate"),
        **row.common(),
    )


@lru_cache(maxsize=1024)
def _plain_role(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.casefold())


@dataclass(frozen=True, slots=True, kw_only=True)
class Demographics(Row):
    birth_date: date | None
    sex: str | None
    hispanic: bool | None
    races: tuple[str, ...]


def demographics(row: Fields) -> Demographics:
    flags = row.flags(*RACES)
    return Demographics(
        birth_date=row.date("birthDate"),
        sex=row.one_of("sex", _SEXES),
        hispanic=row.flag("hispanicOrLatinoEthnicity"),
        races=tuple([code for code, flag in zip(RACES.values(), flags, strict=True) if flag]),
        **row.common(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AcademicSession(Row):
    title: str | None
    school_year: int | None
    parent_sourced_id: str | None


def academic_session(row: Fields) -> AcademicSession:
    year = re.fullmatch(r"(?:\d{4}\s*[-/]\s*)?(\d{4})", row.text("schoolYear") or "")
    return AcademicSession(
        title=row.text("title"),
        school_year=int(year[1]) if year else None,
        parent_sourced_id=row.text("parentSourcedId"),
        **row.common(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Course(Row):
    org_sourced_id: str | None


def course(row: Fields) -> Course:
    return Course(org_sourced_id=row.text("orgSourcedId"), **row.common())


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolClass(Row):
    course_sourced_id: str | None
    school_sourced_id: str | None
    term_sourced_ids: tuple[str, ...]


def school_class(row: Fields) -> SchoolClass:
    return SchoolClass(
        course_sourced_id=row.text("courseSourcedId"),
        school_sourced_id=row.text("schoolSourcedId"),
        term_sourced_ids=row.several("termSourcedIds"),
        **row.common(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment(Row):
    class_sourced_id: str | None
    school_sourced_id: str | None
    user_sourced_id: str | None
    role: str | None


def enrollment(row: Fields) -> Enrollment:
    group, school, user, role = row.texts(
        "classSourcedId", "schoolSourcedId", "userSourcedId", "role"
    )
    return Enrollment(
        class_sourced_id=group,
        school_sourced_id=school,
        user_sourced_id=user,
        role=_plain_role(role) if role else None,
        **row.common(),
    )
