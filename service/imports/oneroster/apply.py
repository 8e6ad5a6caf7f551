"""Write what a plan says: new rows in batches, changes one by one, in the caller's transaction.

A reader sees the roster before or after, never between. No person is deleted: who is no
longer in the file becomes inactive. Guardians' educational rights are a person's to say
and are never touched. Identity is the SIS's own `sourcedId`, kept as the student's
identifier of the system `sourced_id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select

from service.imports.oneroster import plan as planned
from service.imports.oneroster.plan import Plan, Progress, Snapshot, plan
from service.imports.oneroster.read import open_bundle
from service.imports.oneroster.report import Report
from service.policies import Policies
from service.storage.base import DistrictRow, MutableRow, touch
from service.storage.schools import School, StaffMember
from service.storage.students import Guardian, Student, StudentIdentifier
from service.storage.unit_of_work import UnitOfWork
from service.workflow import deadlines

BATCH = 500
SAYABLE_ROLES = frozenset(planned.STAFF_ROLES.values())
"""Roles that a roster can say. Others, such as school psychologist, were given by people
and stay whatever the file says."""
IDENTIFIER = "sourced_id"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A bundle laid beside the record: its plan, and the ids behind the sourcedIds."""

    plan: Plan
    known: _Known

    @property
    def report(self) -> Report:
        return self.plan.report()


def prepare(
    uow: UnitOfWork,
    source: bytes | Path,
    *,
    force: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> Prepared:
    """Read a OneRoster bundle and plan what it would change; nothing is written.

    Raises `BundleRefused` when the bundle as a whole cannot be taken.
    """
    known = _Known(uow)
    with open_bundle(source) as bundle:
        what = plan(
            bundle, known.snapshot, as_of=uow.today, force=force, strict=strict, progress=progress
        )
    return Prepared(what, known)


def apply(uow: UnitOfWork, policies: Policies, prepared: Prepared) -> None:
    """Write what was planned, unless it is held, with the deadlines that follow from it."""
    what = prepared.plan
    if not what.held and not what.empty:
        changed = _Apply(uow, what, prepared.known).run()
        deadlines.refresh_cases(uow, policies, of_students=changed)


class _Known:
    """What the district has on record, and the ids behind the sourcedIds."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.schools: dict[str, UUID] = {}
        self.staff: dict[str, UUID] = {}
        self.students: dict[str, UUID] = {}
        self.guardians: dict[tuple[str, str], UUID] = {}
        names = self._schools(uow)
        staff = self._staff(uow, names)
        students, of_student = self._students(uow, names)
        guardians = self._guardians(uow, of_student)
        self.snapshot = Snapshot(
            schools=self._school_records,
            staff=staff,
            students=students,
            guardians=guardians,
            taken=self._taken,
        )

    def _schools(self, uow: UnitOfWork) -> dict[UUID, str]:
        self._school_records: dict[str, planned.School] = {}
        row = School
        columns = (
            row.id, row.sourced_id, row.name, row.identifier, row.org_type,
            row.parent_sourced_id, row.active,
        )  # fmt: skip
        for r in uow.rows(select(*columns).where(row.sourced_id.is_not(None))):
            self.schools[r.sourced_id] = r.id
            self._school_records[r.sourced_id] = planned.School(
                sourced_id=r.sourced_id,
                name=r.name,
                identifier=r.identifier,
                org_type=r.org_type,
                parent_sourced_id=r.parent_sourced_id,
                active=r.active,
            )
        return {id: name for name, id in self.schools.items()}

    def _staff(self, uow: UnitOfWork, schools: Mapping[UUID, str]) -> dict[str, planned.Staff]:
        row = StaffMember
        columns = (
            row.id, row.sourced_id, row.given_name, row.family_name, row.email,
            row.identifier, row.roles, row.school_id, row.active,
        )  # fmt: skip
        found = {}
        for r in uow.rows(select(*columns).where(row.sourced_id.is_not(None))):
            self.staff[r.sourced_id] = r.id
            found[r.sourced_id] = planned.Staff(
                sourced_id=r.sourced_id,
                given_name=r.given_name,
                family_name=r.family_name,
                email=r.email,
                identifier=r.identifier,
                roles=tuple(role for role in r.roles if role in SAYABLE_ROLES),
                school_sourced_id=schools.get(r.school_id),
                active=r.active,
            )
        return found

    def _students(
        self, uow: UnitOfWork, schools: Mapping[UUID, str]
    ) -> tuple[dict[str, planned.Student], dict[UUID, str]]:
        identifiers: dict[UUID, dict[str, str]] = {}
        id_row = StudentIdentifier
        for r in uow.rows(select(id_row.student_id, id_row.system, id_row.value)):
            identifiers.setdefault(r.student_id, {})[r.system] = r.value
        row = Student
        columns = (
            row.id, row.given_name, row.middle_name, row.family_name, row.preferred_given_name,
            row.preferred_family_name, row.birth_date, row.sex, row.grade, row.school_id,
            row.hispanic, row.races, row.active,
        )  # fmt: skip
        found, of_student = {}, {}
        self._taken = {
            named
            for given in identifiers.values()
            if IDENTIFIER not in given
            for named in given.items()
        }
        for r in uow.rows(select(*columns)):
            sourced_id = identifiers.get(r.id, {}).get(IDENTIFIER)
            if sourced_id is None:
                continue
            self.students[sourced_id] = r.id
            of_student[r.id] = sourced_id
            found[sourced_id] = planned.Student(
                sourced_id=sourced_id,
                given_name=r.given_name,
                middle_name=r.middle_name,
                family_name=r.family_name,
                preferred_given_name=r.preferred_given_name,
                preferred_family_name=r.preferred_family_name,
                birth_date=r.birth_date,
                sex=r.sex,
                grade=r.grade,
                school_sourced_id=schools.get(r.school_id),
                hispanic=r.hispanic,
                races=tuple(r.races),
                identifiers=identifiers[r.id],
                active=r.active,
            )
        return found, of_student

    def _guardians(
        self, uow: UnitOfWork, of_student: Mapping[UUID, str]
    ) -> dict[tuple[str, str], planned.Guardian]:
        row = Guardian
        columns = (
            row.id, row.student_id, row.sourced_id, row.given_name, row.family_name, row.email,
            row.phone, row.language, row.relationship, row.active,
        )  # fmt: skip
        found = {}
        for r in uow.rows(select(*columns).where(row.sourced_id.is_not(None))):
            if r.student_id not in of_student:
                continue
            key = (of_student[r.student_id], r.sourced_id)
            self.guardians[key] = r.id
            found[key] = planned.Guardian(
                sourced_id=r.sourced_id,
                student_sourced_id=key[0],
                given_name=r.given_name,
                family_name=r.family_name,
                email=r.email,
                phone=r.phone,
                language=r.language,
                relationship=r.relationship,
                active=r.active,
            )
        return found


class _Apply:
    """One plan, being written."""

    def __init__(self, uow: UnitOfWork, what: Plan, known: _Known) -> None:
        self.uow, self.plan, self.known = uow, what, known

    def run(self) -> tuple[UUID, ...]:
        """Write everything; the ids of students whose record changed."""
        self._create(School, self.plan.schools.creates, self.known.schools, self._school)
        self._create(StaffMember, self.plan.staff.creates, self.known.staff, self._staff_member)
        self._create(Student, self.plan.students.creates, self.known.students, self._student)
        self._end_identifiers()
        self._identifiers(self._new_identifiers())
        self._create_guardians()
        self._change(School, self.plan.schools, self.known.schools, self._school)
        self._change(StaffMember, self.plan.staff, self.known.staff, self._staff_member)
        self._change(Student, self.plan.students, self.known.students, self._student)
        self._change_guardians()
        students, guardians = self.plan.students, self.plan.guardians
        new = {s.sourced_id for s in students.creates}
        moved = [u.after.sourced_id for u in students.updates]
        moved += [s.sourced_id for s in students.deactivations]
        # Who speaks for a child, and in which language, moves what is owed to them.
        of = (*guardians.creates, *(u.after for u in guardians.updates), *guardians.deactivations)
        moved += [g.student_sourced_id for g in of if g.student_sourced_id not in new]
        return tuple(self.known.students[sourced_id] for sourced_id in dict.fromkeys(moved))

    # How each kind looks in its table

    def _school(self, s: planned.School) -> dict[str, Any]:
        return {
            "sourced_id": s.sourced_id,
            "name": s.name,
            "identifier": s.identifier,
            "org_type": s.org_type,
            "parent_sourced_id": s.parent_sourced_id,
            "active": s.active,
        }

    def _staff_member(self, s: planned.Staff) -> dict[str, Any]:
        return {
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

    def _guardian(self, g: planned.Guardian) -> dict[str, Any]:
        return {
            "student_id": self.known.students[g.student_sourced_id],
            "sourced_id": g.sourced_id,
            "given_name": g.given_name,
            "family_name": g.family_name,
            "email": g.email,
            "phone": g.phone,
            "language": g.language,
            "relationship": g.relationship,
            "active": g.active,
        }

    def _school_id(self, sourced_id: str | None) -> UUID | None:
        return None if sourced_id is None else self.known.schools.get(sourced_id)

    # New rows

    def _create(
        self, model: type[MutableRow], records: Sequence[Any], ids: dict[str, UUID], columns: Any
    ) -> None:
        rows = []
        for record in records:
            ids[record.sourced_id] = self.uow.new_id()
            defaults = {"placement": "public"} if model is Student else {}
            rows.append({"id": ids[record.sourced_id], **defaults, **columns(record)})
        self.uow.insert_many(f"{_noun(model)}.imported", model, rows)

    def _identifiers(self, given: Iterator[tuple[UUID, str, str]]) -> None:
        rows = [
            {"student_id": student_id, "system": system, "value": value}
            for student_id, system, value in given
        ]
        self.uow.insert_many("student_identifier.imported", StudentIdentifier, rows)

    def _create_guardians(self) -> None:
        rows = []
        for g in self.plan.guardians.creates:
            id = self.known.guardians[g.student_sourced_id, g.sourced_id] = self.uow.new_id()
            rows.append(
                {"id": id, "educational_rights": planned.RIGHTS_ON_CREATE, **self._guardian(g)}
            )
        self.uow.insert_many("guardian.imported", Guardian, rows)

    # Changed rows

    def _change(
        self, model: type[MutableRow], changes: Any, ids: Mapping[str, UUID], columns: Any
    ) -> None:
        wanted = {ids[u.after.sourced_id]: columns(u.after) for u in changes.updates}
        wanted |= {ids[r.sourced_id]: {"active": False} for r in changes.deactivations}
        self._write(model, wanted)

    def _change_guardians(self) -> None:
        ids = self.known.guardians
        changes = self.plan.guardians
        wanted = {
            ids[u.after.student_sourced_id, u.after.sourced_id]: self._guardian(u.after)
            for u in changes.updates
        }
        wanted |= {
            ids[g.student_sourced_id, g.sourced_id]: {"active": False}
            for g in changes.deactivations
        }
        self._write(Guardian, wanted)

    def _write(self, model: type[MutableRow], wanted: Mapping[UUID, Mapping[str, Any]]) -> None:
        rows: Any = model
        for ids in _chunks(list(wanted)):
            found = list(self.uow.all(_held(select(rows).where(rows.id.in_(ids)), rows)))
            for row in found:
                for name, value in wanted[row.id].items():
                    if name == "roles":
                        value = [*value, *(r for r in row.roles if r not in SAYABLE_ROLES)]
                    if getattr(row, name) != value:
                        setattr(row, name, value)
            if found:
                self.uow.record(f"{_noun(model)}.changed_by_import", found[0], *found[1:])
            self.uow.flush()

    def _end_identifiers(self) -> None:
        """Take away what a student is not called any more.

        Before any student is given a new one: a number may pass from one to another.
        """
        moved = {
            self.known.students[u.after.sourced_id]: _moved(u.before, u.after)
            for u in self.plan.students.updates
            if "identifiers" in u.changed
        }
        row = StudentIdentifier
        for ids in _chunks(list(moved)):
            students = self.uow.all(_held(select(Student).where(Student.id.in_(ids)), Student))
            held = self.uow.all(_held(select(row).where(row.student_id.in_(ids)), row))
            gone = [one for one in held if one.system in moved[one.student_id]]
            for student in students:
                touch(student)  # its identifiers are part of it
            for one in gone:
                self.uow.session.delete(one)
            self.uow.record("student.changed_by_import", students[0], *students[1:], *gone)
            self.uow.flush()

    def _new_identifiers(self) -> Iterator[tuple[UUID, str, str]]:
        for s in self.plan.students.creates:
            for system, value in s.identifiers.items():
                yield self.known.students[s.sourced_id], system, value
        for u in self.plan.students.updates:
            for system in _moved(u.before, u.after) & u.after.identifiers.keys():
                yield self.known.students[u.after.sourced_id], system, u.after.identifiers[system]


def _moved(before: planned.Student, after: planned.Student) -> set[str]:
    """The systems in which a student has another number than before, or none now."""
    was, now = before.identifiers, after.identifiers
    return {system for system in {**was, **now} if was.get(system) != now.get(system)}


def _noun(model: type[DistrictRow]) -> str:
    """The word a row's events begin with."""
    table: str = model.__tablename__
    return {"staff": "staff_member"}.get(table, table.removesuffix("s"))


def _held(statement: Select[Any], row: Any) -> Select[Any]:
    """Rows kept from other writers as they are read, so that nobody's change makes them stale.

    By id, so that two imports at the same moment do not wait for each other.
    """
    return statement.order_by(row.id).with_for_update(key_share=True)


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
