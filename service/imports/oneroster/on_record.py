"""What the district has on record, in the shape a bundle gives it, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, case, func, select, tuple_

from service.imports.oneroster import plan as planned
from service.storage.schools import School, StaffMember
from service.storage.students import Guardian, Student, StudentIdentifier
from service.storage.unit_of_work import UnitOfWork, in_district

PAGE = 2000
SAYABLE_ROLES = frozenset(planned.STAFF_ROLES.values())
"""Roles that a roster can say. Others, such as school psychologist, were given by people
and stay whatever the file says."""
IDENTIFIER = "sourced_id"

Paged = Select[*tuple[Any, ...]]


class OnRecord:
    """The `Record` of a plan, read from the database as it is asked for."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._unknown: list[UUID] = []
        """The students whom no roster knows."""

    @cached_property
    def _schools(self) -> Mapping[UUID, planned.School]:
        found = self._uow.rows(_SCHOOLS)
        return {id: planned.School._make((*told, id.bytes)) for *told, id in found}

    def schools(self) -> Mapping[str, planned.School]:
        return {school.sourced_id: school for school in self._schools.values()}

    def staff(self) -> Iterator[planned.Staff]:
        for row in chain.from_iterable(self._pages(_STAFF)):
            *told, roles, school, active, id = row
            held = tuple(role for role in roles if role in SAYABLE_ROLES)
            yield planned.Staff._make((*told, held, self._school(school), active, id.bytes))

    def students(self) -> Iterator[planned.Student]:
        for page in self._pages(_STUDENTS):
            named = self._numbers(page[0].id, page[-1].id)
            for row in page:
                *names, sex, grade, school, hispanic, races, active, id = row
                sid, *numbers = named.get(id, _NONE)
                if sid is None:
                    self._unknown.append(id)
                    continue
                told = (sex, grade, self._school(school), hispanic, tuple(races))
                yield planned.Student._make((sid, *names, *told, *numbers, active, id.bytes))

    def guardians(self) -> Iterator[planned.Guardian]:
        for page in self._pages(_GUARDIANS):
            named = self._numbers(page[0].student_id, page[-1].student_id)
            for student_id, *told, id in page:
                sid, *_ = named.get(student_id, _NONE)
                if sid is not None:
                    yield planned.Guardian._make((sid, *told, id.bytes))

    def taken(self) -> Iterator[tuple[str, str]]:
        """Known when the students have been read."""
        for start in range(0, len(self._unknown), PAGE):
            yield from self._uow.rows(_TAKEN, ids=self._unknown[start : start + PAGE])

    def _numbers(self, first: UUID, last: UUID) -> Mapping[UUID, Sequence[str | None]]:
        """What the systems of a roster call the students from one id to another."""
        return {id: its for id, *its in self._uow.rows(_NUMBERS, first=first, last=last)}

    def _school(self, id: UUID | None) -> str | None:
        school = self._schools.get(id) if id is not None else None
        return None if school is None else school.sourced_id

    def _pages(self, statement: Paged) -> Iterator[Sequence[Any]]:
        """The rows of a select, page by page in the order of its index."""
        after = {"after": _FIRST, "after_id": _FIRST}
        while page := self._uow.rows(statement, **after):
            yield page
            last = page[-1]
            after = {"after": getattr(last, "student_id", last.id), "after_id": last.id}


_FIRST = UUID(int=0)
_NONE = (None, None, None)


def _paged(statement: Select[*tuple[Any, ...]], *order: Any) -> Paged:
    names = ("after", "after_id")[: len(order)]
    after = tuple_(*order) > tuple_(*(bindparam(name, type_=Uuid()) for name in names))
    return in_district(statement.where(after).order_by(*order).limit(PAGE))


_SCHOOLS = in_district(
    select(
        School.sourced_id, School.name, School.identifier, School.org_type,
        School.parent_sourced_id, School.active, School.id,
    ).where(School.sourced_id.is_not(None))
)  # fmt: skip
_STAFF = _paged(
    select(
        StaffMember.sourced_id, StaffMember.given_name, StaffMember.family_name,
        StaffMember.email, StaffMember.identifier, StaffMember.roles, StaffMember.school_id,
        StaffMember.active, StaffMember.id,
    ).where(StaffMember.sourced_id.is_not(None)),
    StaffMember.id,
)  # fmt: skip
_STUDENTS = _paged(
    select(
        Student.given_name, Student.family_name, Student.middle_name,
        Student.preferred_given_name, Student.preferred_family_name, Student.birth_date,
        Student.sex, Student.grade, Student.school_id, Student.hispanic, Student.races,
        Student.active, Student.id,
    ),
    Student.id,
)  # fmt: skip
_GUARDIANS = _paged(
    select(
        Guardian.student_id, Guardian.sourced_id, Guardian.given_name, Guardian.family_name,
        Guardian.email, Guardian.phone, Guardian.language, Guardian.relationship,
        Guardian.active, Guardian.id,
    ).where(Guardian.sourced_id.is_not(None)),
    Guardian.student_id, Guardian.id,
)  # fmt: skip
_ITS = StudentIdentifier


def _number(system: str) -> Any:
    return func.max(case((_ITS.system == system, _ITS.value)))


# By no system: PostgreSQL, which knows nothing yet of rows that have just come, would look through
# all that have a number in it for the few of this span.
_NUMBERS = in_district(
    select(_ITS.student_id, *map(_number, (IDENTIFIER, *planned.NUMBERS)))
    .where(_ITS.student_id >= bindparam("first"), _ITS.student_id <= bindparam("last"))
    .group_by(_ITS.student_id)
)
_TAKEN = in_district(
    select(_ITS.system, _ITS.value).where(_ITS.student_id.in_(bindparam("ids", expanding=True)))
)
