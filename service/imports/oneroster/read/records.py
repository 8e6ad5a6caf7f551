"""What the rows of each file say, as dataclasses, and how each is read.

A reading function answers None for a row that it refused: without what the record cannot do
without, there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from service.domain.schools import ORG_TYPES
from service.imports.oneroster.read.fields import Fields, several

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


@dataclass(slots=True)  # frozen, it would take longer to make than the rest of a row to read
class Row:
    """What every OneRoster row has. `active` is false where the status says it is to go."""

    sourced_id: str
    line: int
    active: bool
    unread: frozenset[str]
    metadata: Mapping[str, str]


@dataclass(slots=True)
class Org(Row):
    name: str
    org_type: str
    identifier: str | None
    parent_sourced_id: str | None


_ORG = ("name", "type", "identifier", "parentSourcedId")


def org(row: Fields) -> Org | None:
    name, org_type, number, parent = row.texts(_ORG)
    if not name:
        row.refuse("blank_value", "name")
        return None
    kind = row.one_of("type", org_type, _TYPES) or "school"
    identifier = row.identifier("identifier", number)
    return Org(*row.common(), name, kind, identifier, parent or None)


@dataclass(slots=True)
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
    "givenName", "middleName", "familyName", "preferredGivenName", "preferredFamilyName",
    "role", "orgSourcedIds", "primaryOrgSourcedId", "agentSourcedIds", "grades",
    "identifier", "userMasterIdentifier", "email", "phone", "sms", "language",
)  # fmt: skip


def user(row: Fields) -> User | None:
    (
        given, middle, family, preferred_given, preferred_family,
        roles, orgs, org, agents, grades,
        number, master, mail, phone, sms, language,
    ) = row.texts(_USER)  # fmt: skip
    # People with a single name exist, and their systems put it into either field.
    if not (given or family):
        row.refuse("blank_value", "familyName")
        return None
    codes = row.grades(grades)
    identifier = row.identifier("identifier", number)
    master_identifier = row.identifier("userMasterIdentifier", master)
    email, telephone, tag = row.email(mail), row.phone(phone, sms), row.language(language)
    return User(
        *row.common(),
        given,
        middle or None,
        family,
        preferred_given or None,
        preferred_family or None,
        _plain_roles(roles),
        several(orgs),
        org or None,
        several(agents),
        codes,
        identifier,
        master_identifier,
        email,
        telephone,
        tag,
    )


@dataclass(slots=True)
class Role(Row):
    user_sourced_id: str
    role: str
    role_type: str
    org_sourced_id: str | None
    ends_on: date | None


_ROLE = ("userSourcedId", "role", "roleType", "orgSourcedId", "endDate")


def role(row: Fields) -> Role | None:
    user, name, role_type, org, end = row.texts(_ROLE)
    if not (user and name):
        row.refuse("blank_value", "role" if user else "userSourcedId")
        return None
    ends_on = row.date("endDate", end)
    kind = (role_type or "primary").casefold()
    return Role(*row.common(), user, _plain_role(name), kind, org or None, ends_on)


@lru_cache(maxsize=1024)
def _plain_role(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.casefold())


@lru_cache(maxsize=1024)
def _plain_roles(names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_plain_role, several(names))))


@dataclass(slots=True)
class Demographics(Row):
    birth_date: date | None
    sex: str | None
    hispanic: bool | None
    races: tuple[str, ...]


_DEMOGRAPHICS = (*RACES, "birthDate", "sex", "hispanicOrLatinoEthnicity")


def demographics(row: Fields) -> Demographics:
    *written, born, gender, ethnicity = row.texts(_DEMOGRAPHICS)
    races = tuple(
        [
            code
            for (column, code), flag in zip(RACES.items(), written, strict=True)
            if row.flag(column, flag)
        ]
    )
    birth_date = row.date("birthDate", born)
    sex = row.one_of("sex", gender, _SEXES)
    hispanic = row.flag("hispanicOrLatinoEthnicity", ethnicity)
    return Demographics(*row.common(), birth_date, sex, hispanic, races)


@dataclass(slots=True)
class AcademicSession(Row):
    title: str | None
    school_year: int | None
    parent_sourced_id: str | None


_ACADEMIC_SESSION = ("title", "schoolYear", "parentSourcedId")


def academic_session(row: Fields) -> AcademicSession:
    title, school_year, parent = row.texts(_ACADEMIC_SESSION)
    year = re.fullmatch(r"(?:\d{4}\s*[-/]\s*)?(\d{4})", school_year)
    number = int(year[1]) if year else None
    return AcademicSession(*row.common(), title or None, number, parent or None)


@dataclass(slots=True)
class Course(Row):
    org_sourced_id: str | None


def course(row: Fields) -> Course:
    org = row.text("orgSourcedId") or None
    return Course(*row.common(), org)


@dataclass(slots=True)
class SchoolClass(Row):
    course_sourced_id: str | None
    school_sourced_id: str | None
    term_sourced_ids: tuple[str, ...]


_SCHOOL_CLASS = ("courseSourcedId", "schoolSourcedId", "termSourcedIds")


def school_class(row: Fields) -> SchoolClass:
    course, school, terms = row.texts(_SCHOOL_CLASS)
    return SchoolClass(*row.common(), course or None, school or None, several(terms))


@dataclass(slots=True)
class Enrollment(Row):
    class_sourced_id: str | None
    school_sourced_id: str | None
    user_sourced_id: str | None
    role: str | None


_ENROLLMENT = ("classSourcedId", "schoolSourcedId", "userSourcedId", "role")


def enrollment(row: Fields) -> Enrollment:
    group, school, user, role = row.texts(_ENROLLMENT)
    named = _plain_role(role) if role else None
    return Enrollment(*row.common(), group or None, school or None, user or None, named)
