"""Students: who is meant by the numbers other systems gave them, and what is known of them.

A student is found by identifiers, never by name. `sourced_id`, the SIS's own number, tells
who somebody is; a number of another system finds a student too, but does not overrule one
that is on record, because numbers are given twice and a child must not end up in another
child's record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, tuple_

from service.policies import Policies
from service.storage.base import assign, touch
from service.storage.columns import every_column
from service.storage.locks import NUMBER, number_of
from service.storage.schools import School
from service.storage.students import Student, StudentIdentifier
from service.storage.unit_of_work import NotFound, UnitOfWork, in_district
from service.workflow import deadlines
from service.workflow.checks import have_come, lead_somewhere, refuse
from service.workflow.invalid import AlreadyThere, Problem

SOURCED_ID = "sourced_id"
"""The system whose number tells who a student is, as in a OneRoster import."""

FACTS = frozenset(
    {
        "birth_date",
        "grade",
        "placement",
        "english_learner",
        "home_language",
        "school_id",
        "ward_of_state",
        "surrogate_needed_on",
        "rights_transfer_told_on",
        "rights_stay_with_guardian",
    }
)
"""What rules and clocks look at: a change of these moves the student's deadlines."""

AT_ONCE = 500
"""So many identifiers are looked up in one statement."""

Key = tuple[str, str]
"""An identifier: (system, value)."""


@dataclass(frozen=True, slots=True)
class Identified:
    """A student with every identifier, in the order of systems."""

    student: Any
    identifiers: tuple[Any, ...]

    @property
    def sourced_id(self) -> str | None:
        return next((i.value for i in self.identifiers if i.system == SOURCED_ID), None)


def identified(uow: UnitOfWork, student: Student) -> Identified:
    """The student with what is stored of their identifiers."""
    row = StudentIdentifier
    found = uow.all(select(row).where(row.student_id == student.id).order_by(row.system))
    return Identified(student, tuple(found))


def read(uow: UnitOfWork, id: UUID) -> Identified:
    """The same of plain rows, to be looked at; NotFound when there is no such student."""
    found = uow.rows(_IDENTIFIED, id=id)
    if not found:
        raise NotFound(Student.__tablename__, id)
    return Identified(found[0], tuple(row for row in found if row.system is not None))


_IDENTIFIED = in_district(
    select(*every_column(Student), StudentIdentifier.system, StudentIdentifier.value)
    .outerjoin(StudentIdentifier, StudentIdentifier.student_id == Student.id)
    .where(Student.id == bindparam("id"))
    .order_by(StudentIdentifier.system)
)


def look_up(uow: UnitOfWork, keys: Iterable[Key]) -> dict[Key, UUID]:
    """The ids of the students behind identifiers; who is not found is not in it."""
    row, wanted = StudentIdentifier, list(dict.fromkeys(keys))
    found: dict[Key, UUID] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        statement = select(row.system, row.value, row.student_id).where(
            tuple_(row.system, row.value).in_(some)
        )
        found |= {(r.system, r.value): r.student_id for r in uow.rows(statement)}
    return found


def meant_by(uow: UnitOfWork, keys: Mapping[str, str]) -> Student | None:
    """The one student these identifiers mean, kept from other writers; None if nobody.

    Raises `AlreadyThere` when they mean two students, or when a student found by another
    number is on record with another number of one of these systems.
    """
    found = look_up(uow, keys.items())
    if not found and keys and not uow.database.sqlite:
        # Whoever makes the same student at this moment is waited for, and then found. On SQLite
        # writers wait for each other anyway.
        for system, value in sorted(keys.items()):
            uow.rows(_TO_BE_MADE, number=number_of(f"{uow.district_id} {system} {value}"))
        found = look_up(uow, keys.items())
    ids = sorted(set(found.values()))
    if not ids:
        return None
    if len(ids) > 1:
        named = " and ".join(str(id) for id in ids)
        raise AlreadyThere(
            "student",
            str(ids[0]),
            f"These identifiers are of two students: {named}. Nothing was changed.",
        )
    student = uow.get(Student, ids[0], lock=True)
    if (SOURCED_ID, keys.get(SOURCED_ID)) not in found:
        held = {row.system: row.value for row in identified(uow, student).identifiers}
        for system, value in keys.items():
            if held.get(system, value) != value:
                raise AlreadyThere(
                    "student",
                    str(student.id),
                    f"Student {student.id} has one of these identifiers, and another "
                    f"`{system}`. If it is the same child, change the identifiers of that "
                    "record; if not, one of the numbers was given twice.",
                )
    return student


_TO_BE_MADE = in_district(select(func.pg_advisory_xact_lock(NUMBER)))


def create(uow: UnitOfWork, said: Mapping[str, Any], keys: Mapping[str, str]) -> Identified:
    """A new student. `said`: columns. Raises `Invalid` without both names."""
    refuse(
        Problem(f"/{name}", "required", "A new student needs this member.")
        for name in ("given_name", "family_name")
        if name not in said
    )
    _check(uow, said)
    student = uow.add(Student(**{"races": [], **said}))
    rows = _write_identifiers(uow, student, (), keys)
    uow.record("student.created", student, *rows)
    return Identified(student, rows)


def change(
    uow: UnitOfWork,
    policies: Policies,
    student: Student,
    said: Mapping[str, Any],
    keys: Mapping[str, str] | None = None,
    *,
    replace: bool = False,
) -> Identified:
    """Change what is said, and leave the rest; deadlines follow what they rest on.

    `keys` are added to the student's identifiers, or with `replace` take their place.
    Raises `AlreadyThere` when another student has one of them.
    """
    _check(uow, said)
    before = identified(uow, student)
    changed = assign(student, said)
    held = {row.system: row.value for row in before.identifiers}
    wanted = held if keys is None else dict(keys) if replace else {**held, **keys}
    rows = before.identifiers
    if wanted != held:
        _check_free(uow, student, wanted)
        touch(student)  # its identifiers are part of it
        rows = _write_identifiers(uow, student, before.identifiers, wanted)
    if changed or wanted != held:
        gone = [row for row in before.identifiers if row not in rows]
        uow.record("student.changed", student, *rows, *gone)
    if changed & FACTS:
        deadlines.refresh_cases(uow, policies, of_students=[student.id])
    return Identified(student, rows)


def _check(uow: UnitOfWork, said: Mapping[str, Any]) -> None:
    """Refuse what cannot be: a birth in the future, a school that is not the district's."""
    refuse(
        have_come(uow, said, "birth_date", "surrogate_needed_on", "rights_transfer_told_on"),
        lead_somewhere(uow, said, {"school_id": School}),
    )


def _check_free(uow: UnitOfWork, student: Student, keys: Mapping[str, str]) -> None:
    for (system, _), id in look_up(uow, keys.items()).items():
        if id != student.id:
            raise AlreadyThere(
                "student", str(id), f"Student {id} has this `{system}`. Nothing was changed."
            )


def _write_identifiers(
    uow: UnitOfWork,
    student: Student,
    held: Sequence[StudentIdentifier],
    wanted: Mapping[str, str],
) -> tuple[StudentIdentifier, ...]:
    """Bring the student's identifiers to what is wanted; those that stay, by system."""
    rows = {row.system: row for row in held}
    for system, row in list(rows.items()):
        if system not in wanted:
            uow.session.delete(row)
            del rows[system]
    for system, value in wanted.items():
        if system not in rows:
            rows[system] = uow.add(
                StudentIdentifier(student_id=student.id, system=system, value=value)
            )
        elif rows[system].value != value:
            rows[system].value = value
    return tuple(rows[system] for system in sorted(rows))
