"""Write what a plan says, in the caller's transaction and in batches.

A reader sees the roster before or after, never between. No person is deleted: who is no
longer in the file becomes inactive. Guardians' educational rights are a person's to say
and are never touched. Identity is the SIS's own `sourcedId`, kept as the student's
identifier of the system `sourced_id`. The journal names new records by their ids: what they
say is on record, and every change of it tells what it was before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from service.imports.oneroster import plan as planned
from service.imports.oneroster.on_record import SAYABLE_ROLES, OnRecord
from service.imports.oneroster.plan import NUMBERS, Plan, Progress, plan
from service.imports.oneroster.read import Limits, open_bundle
from service.policies import Policies
from service.storage.base import DistrictRow, MutableRow
from service.storage.schools import School, StaffMember
from service.storage.students import Guardian, Student, StudentIdentifier
from service.storage.unit_of_work import UnitOfWork
from service.workflow import deadlines

BATCH = 500

Columns = tuple[str, ...]
Said = Sequence[Any]
"""What one record says in some columns, in their order."""


def _columns(fields: Iterable[str]) -> Columns:
    """The columns of fields: they are called the same, but a school is referred to by its id."""
    return tuple({"school_sourced_id": "school_id"}.get(name, name) for name in fields)


SCHOOL = planned.School._fields
STAFF = _columns(planned.Staff._fields)
STUDENT = _columns(f for f in planned.Student._fields if f not in ("sourced_id", *NUMBERS))
GUARDIAN = planned.Guardian._fields[1:]

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
    what.desk.give_ids(uow.new_ids())
    _Apply(uow, what).run()
    for students in _chunks(what.desk.moved_students()):
        deadlines.refresh_cases(uow, policies, of_students=students)


class _Apply:
    """One plan, being written."""

    def __init__(self, uow: UnitOfWork, what: Plan) -> None:
        self.uow, self.plan = uow, what
        self.schools: Mapping[str, bytes] = {}

    def run(self) -> None:
        plan = self.plan
        self._create(School, SCHOOL, map(_school, plan.schools.creates()))
        self.schools = plan.desk.school_ids()
        self._create(StaffMember, STAFF, map(self._staff_member, plan.staff.creates()))
        new = map(self._student, plan.students.creates())
        self._create(Student, STUDENT, new, placement="public")
        self._end_identifiers()
        self._create(StudentIdentifier, ("student_id", "system", "value"), self._new_identifiers())
        self._create(
            Guardian,
            ("student_id", *GUARDIAN),
            ((student, *_guardian(one)) for student, one in plan.desk.new_guardians()),
            educational_rights=planned.RIGHTS_ON_CREATE,
        )
        self._change(School, SCHOOL, plan.schools, _school)
        self._change(
            StaffMember, STAFF, plan.staff, self._staff_member, as_it_stands=_with_given_roles
        )
        self._change(Student, STUDENT, plan.students, self._student)
        self._change(Guardian, GUARDIAN, plan.guardians, _guardian)

    # How each kind looks in its table

    def _staff_member(self, s: planned.Staff) -> Said:
        school_id = self._school_id(s.school_sourced_id)
        return (*s[:5], list(s.roles), school_id, s.active, s.id)

    def _student(self, s: planned.Student) -> Said:
        school_id = self._school_id(s.school_sourced_id)
        return (*s[1:9], school_id, s.hispanic, list(s.races), s.active, s.id)

    def _school_id(self, sourced_id: str | None) -> bytes | None:
        return None if sourced_id is None else self.schools.get(sourced_id)

    # New rows

    def _create(
        self, model: type[DistrictRow], columns: Columns, rows: Iterable[Said], **same: Any
    ) -> None:
        self.uow.load(f"{_noun(model)}.imported", model, columns, rows, **same)

    # Changed rows

    def _change(
        self,
        model: type[MutableRow],
        columns: Columns,
        changes: planned.Changes[Any],
        say: Callable[[Any], Said],
        **how: Any,
    ) -> None:
        event = f"{_noun(model)}.changed_by_import"
        updates = (
            {name: _value(value) for name, value in zip(columns, say(update.after), strict=True)}
            for update in changes.updates()
        )
        self.uow.update_many(event, model, updates, **how)
        leaving = ({"id": _value(one.id), "active": False} for one in changes.deactivations())
        self.uow.update_many(event, model, leaving)

    def _end_identifiers(self) -> None:
        """Take away what a student is not called any more.

        Before any student is given a new one: a number may pass from one to another.
        """
        row = StudentIdentifier
        renumbered = ((_value(u.before.id), moved) for u in self._updates() if (moved := _moved(u)))
        for some in _chunks(renumbered):
            systems = dict(some)
            touched = [{"id": id} for id in systems]  # its identifiers are part of a student
            self.uow.update_many("student.changed_by_import", Student, touched)
            held = select(row.id, row.student_id, row.system).where(row.student_id.in_(systems))
            gone = [one.id for one in self.uow.rows(held) if one.system in systems[one.student_id]]
            self.uow.remove_many("student_identifier.removed_by_import", row, gone)

    def _new_identifiers(self) -> Iterator[Said]:
        yield from self.plan.desk.new_numbers()
        for u in self._updates():
            for system in _moved(u):
                if value := getattr(u.after, system):
                    yield u.after.id, system, value

    def _updates(self) -> Iterator[planned.Update[planned.Student]]:
        return self.plan.students.updates()


def _school(s: planned.School) -> Said:
    return s


def _guardian(g: planned.Guardian) -> Said:
    return g[1:]


def _value(said: Any) -> Any:
    """What is said of a record on record, whose ids are no bytes."""
    return UUID(bytes=said) if isinstance(said, bytes) else said


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
