"""Write what a plan says, in the caller's transaction and in batches.

A reader sees the roster before or after, never between. No person is deleted: who is no
longer in the file becomes inactive. Guardians' educational rights are a person's to say
and are never touched. Identity is the SIS's own `sourcedId`, kept as the student's
identifier of the system `sourced_id`. The journal names new records by their ids: what they
say is on record, and every change of it tells what it was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from service.imports.oneroster import plan as planned
from service.imports.oneroster.on_record import IDENTIFIER, SAYABLE_ROLES, OnRecord
from service.imports.oneroster.plan import Plan, Progress, plan
from service.imports.oneroster.read import Limits, open_bundle
from service.policies import Policies
from service.storage.base import DistrictRow, MutableRow
from service.storage.schools import School, StaffMember
from service.storage.students import Guardian, Student, StudentIdentifier
from service.storage.unit_of_work import UnitOfWork
from service.workflow import deadlines

BATCH = 500
NUMBERS = ("local_id", "master_id")
"""The systems, beside its own, whose numbers a roster tells."""

T = TypeVar("T")


def compare(
    uow: UnitOfWork,
    source: bytes | Path,
    *,
    force: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Plan:
    """Read a OneRoster bundle and plan what it would change; nothing is written.

    Raises `BundleRefused` when the bundle as a whole cannot be taken.
    """
    with open_bundle(source, limits) as bundle:
        return plan(
            bundle, OnRecord(uow), as_of=uow.today, force=force, strict=strict, progress=progress
        )


def apply(uow: UnitOfWork, policies: Policies, what: Plan) -> None:
    """Write what was planned, unless it is held, with the deadlines that follow from it."""
    if what.held or what.empty:
        return
    what.desk.give_ids(uow.new_id)
    _Apply(uow, what).run()
    for students in _chunks(what.desk.moved_students()):
        deadlines.refresh_cases(uow, policies, of_students=students)


class _Apply:
    """One plan, being written."""

    def __init__(self, uow: UnitOfWork, what: Plan) -> None:
        self.uow, self.plan = uow, what
        self.schools: Mapping[str, UUID] = {}

    def run(self) -> None:
        plan = self.plan
        self._create(School, map(_school, plan.schools.creates()))
        self.schools = plan.desk.school_ids()
        self._create(StaffMember, map(self._staff_member, plan.staff.creates()))
        self._create(Student, map(self._new_student, plan.students.creates()))
        self._end_identifiers()
        self._create(StudentIdentifier, self._new_identifiers())
        self._create(Guardian, map(self._new_guardian, self._beside(plan.guardians.creates())))
        self._change(School, plan.schools, _school)
        self._change(StaffMember, plan.staff, self._staff_member, as_it_stands=_with_given_roles)
        self._change(Student, plan.students, self._student)
        self._change(Guardian, plan.guardians, _guardian)

    # How each kind looks in its table

    def _staff_member(self, s: planned.Staff) -> dict[str, Any]:
        return {
            "id": s.id,
            "sourced_id": s.sourced_id,
            "given_name": s.given_name,
            "family_name": s.family_name,
            "email": s.email,
            "identifier": s.identifier,
            "roles": list(s.roles),
            "school_id": self._school_id(s.school_sourced_id),
            "active": s.active,
        }

    def _student(self, s: planned.Student) -> dict[str, Any]:
        return {
            "id": s.id,
            "given_name": s.given_name,
            "middle_name": s.middle_name,
            "family_name": s.family_name,
            "preferred_given_name": s.preferred_given_name,
            "preferred_family_name": s.preferred_family_name,
            "birth_date": s.birth_date,
            "sex": s.sex,
            "grade": s.grade,
            "school_id": self._school_id(s.school_sourced_id),
            "hispanic": s.hispanic,
            "races": list(s.races),
            "active": s.active,
        }

    def _new_student(self, s: planned.Student) -> dict[str, Any]:
        return {"placement": "public", **self._student(s)}

    def _new_guardian(self, of: tuple[UUID, planned.Guardian]) -> dict[str, Any]:
        student_id, guardian = of
        rights = {"educational_rights": planned.RIGHTS_ON_CREATE}
        return {"student_id": student_id, **rights, **_guardian(guardian)}

    def _school_id(self, sourced_id: str | None) -> UUID | None:
        return None if sourced_id is None else self.schools.get(sourced_id)

    # New rows

    def _create(self, model: type[DistrictRow], rows: Iterable[dict[str, Any]]) -> None:
        self.uow.insert_many(f"{_noun(model)}.imported", model, rows, keep=("id",))

    def _beside(
        self, guardians: Iterator[planned.Guardian]
    ) -> Iterator[tuple[UUID, planned.Guardian]]:
        """Guardians with the ids of their students."""
        for some in _chunks(guardians):
            ids = self.plan.desk.student_ids([g.student_sourced_id for g in some])
            for guardian in some:
                yield ids[guardian.student_sourced_id], guardian

    # Changed rows

    def _change(
        self,
        model: type[MutableRow],
        changes: planned.Changes[Any],
        columns: Any,
        **how: Any,
    ) -> None:
        event = f"{_noun(model)}.changed_by_import"
        updates = (columns(update.after) for update in changes.updates())
        self.uow.update_many(event, model, updates, **how)
        leaving = ({"id": one.id, "active": False} for one in changes.deactivations())
        self.uow.update_many(event, model, leaving)

    def _end_identifiers(self) -> None:
        """Take away what a student is not called any more.

        Before any student is given a new one: a number may pass from one to another.
        """
        row = StudentIdentifier
        renumbered = ((u.before.id, moved) for u in self._updates() if (moved := _moved(u)))
        for some in _chunks(renumbered):
            systems = dict(some)
            touched = [{"id": id} for id in systems]  # its identifiers are part of a student
            self.uow.update_many("student.changed_by_import", Student, touched)
            held = select(row.id, row.student_id, row.system).where(row.student_id.in_(systems))
            gone = [one.id for one in self.uow.rows(held) if one.system in systems[one.student_id]]
            self.uow.remove_many("student_identifier.removed_by_import", row, gone)

    def _new_identifiers(self) -> Iterator[dict[str, Any]]:
        for s in self.plan.students.creates():
            yield {"student_id": s.id, "system": IDENTIFIER, "value": s.sourced_id}
            for system in NUMBERS:
                if value := getattr(s, system):
                    yield {"student_id": s.id, "system": system, "value": value}
        for u in self._updates():
            for system in _moved(u):
                if value := getattr(u.after, system):
                    yield {"student_id": u.after.id, "system": system, "value": value}

    def _updates(self) -> Iterator[planned.Update[planned.Student]]:
        return self.plan.students.updates()


def _school(s: planned.School) -> dict[str, Any]:
    return {
        "id": s.id,
        "sourced_id": s.sourced_id,
        "name": s.name,
        "identifier": s.identifier,
        "org_type": s.org_type,
        "parent_sourced_id": s.parent_sourced_id,
        "active": s.active,
    }


def _guardian(g: planned.Guardian) -> dict[str, Any]:
    return {
        "id": g.id,
        "sourced_id": g.sourced_id,
        "given_name": g.given_name,
        "family_name": g.family_name,
        "email": g.email,
        "phone": g.phone,
        "language": g.language,
        "relationship": g.relationship,
        "active": g.active,
    }


def _with_given_roles(wanted: Mapping[str, Any], row: Any) -> Mapping[str, Any]:
    """What the file says of a member of staff, with the roles that only people give."""
    given = [role for role in row.roles if role not in SAYABLE_ROLES]
    return {**wanted, "roles": [*wanted["roles"], *given]}


def _moved(update: planned.Update[planned.Student]) -> list[str]:
    """The systems in which a student has another number than before, or none now."""
    return [system for system in NUMBERS if system in update.changed]


def _noun(model: type[DistrictRow]) -> str:
    """The word a row's events begin with."""
    table: str = model.__tablename__
    return {"staff": "staff_member"}.get(table, table.removesuffix("s"))


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while chunk := list(islice(left, BATCH)):
        yield chunk
