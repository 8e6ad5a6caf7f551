"""The plan as a whole: every kind of record, and whether it may be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import TracebackType

from service.imports.oneroster.plan.changes import Changes
from service.imports.oneroster.plan.classes import check_classes
from service.imports.oneroster.plan.desk import (
    BATCH,
    GUARDIANS,
    KINDS,
    OWNERS,
    SCHOOLS,
    SEEN,
    STAFF,
    STUDENTS,
    Desk,
    race_bits,
)
from service.imports.oneroster.plan.people import People
from service.imports.oneroster.plan.records import Guardian, Record, School, Staff, Student
from service.imports.oneroster.plan.schools import Schools
from service.imports.oneroster.plan.source import Progress, Source
from service.imports.oneroster.read import Bundle
from service.imports.oneroster.report import Finding, Report, weighed

SHRINK_SHARE = 0.10
SHRINK_ROWS = 5

_WORDS: Mapping[str, str] = {
    "orgs": "organisations",
    "roles": "roles",
    "demographics": "demographics",
    "users": "users",
    "academicSessions": "academic sessions",
    "courses": "courses",
    "classes": "classes",
    "enrollments": "enrolments",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change, kind by kind, with everything that was found.

    `rows_read` and `rows_refused` are counts by file, in words. It lies on its desk,
    which is cleared away when it is left.
    """

    version: str
    desk: Desk
    schools: Changes[School]
    staff: Changes[Staff]
    students: Changes[Student]
    guardians: Changes[Guardian]
    rows_read: Mapping[str, int]
    rows_refused: Mapping[str, int]
    findings: tuple[Finding, ...]
    held_because: str | None = None

    def __enter__(self) -> Plan:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.desk.close()

    @property
    def held(self) -> bool:
        return self.held_because is not None

    @property
    def empty(self) -> bool:
        """Nothing to write: the record is as the bundle says."""
        kinds = (self.schools, self.staff, self.students, self.guardians)
        return all(kind.empty for kind in kinds)

    def report(self) -> Report:
        counts = {
            "schools": self.schools.counts,
            "staff": self.staff.counts,
            "students": self.students.counts,
            "guardians": self.guardians.counts,
        }
        return Report(
            self.version, self.rows_read, self.rows_refused, counts, self.findings,
            self.held_because,
        )  # fmt: skip


def plan(
    bundle: Bundle,
    record: Record,
    *,
    as_of: date | None = None,
    force: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
    batch: int = BATCH,
) -> Plan:
    """Lay the bundle beside what is on record and say what would change.

    A role that ended by `as_of` no longer counts. `force` lifts the hold on a roster that
    shrinks; `strict` holds one with anything to correct. `progress` hears a file's name and the
    rows read so far. `batch` rows are taken in hand at once; the plan is the same for any number.
    """
    desk = Desk(batch)
    try:
        return _planned(Source(bundle, desk, as_of, progress), record, force, strict)
    except BaseException:
        desk.close()
        raise


def _planned(source: Source, record: Record, force: bool, strict: bool) -> Plan:
    bundle, desk = source.bundle, source.desk
    schools = Schools(source, _lay(desk, record))
    people = People(source, schools)
    check_classes(source, schools)
    guardians = people.guardians.changes()
    school_changes = schools.changes()
    staff = people.staff.changes()
    students = people.students.changes()
    held = _held(source, students, force)
    findings = weighed((*bundle.findings, *source.findings))
    if strict and held is None:
        held = _to_correct(findings)
    files = {name: state for name, state in bundle.files.items() if state.mode != "absent"}
    return Plan(
        version=bundle.version,
        desk=desk,
        schools=school_changes,
        staff=staff,
        students=students,
        guardians=guardians,
        rows_read={_WORDS[name]: state.rows_read for name, state in files.items()},
        rows_refused={
            _WORDS[name]: state.rows_refused for name, state in files.items() if state.rows_refused
        },
        findings=findings,
        held_because=held,
    )


def _lay(desk: Desk, record: Record) -> Mapping[str, School]:
    """Lay the record on the desk; the schools of it."""
    schools = record.schools()
    desk.put(SCHOOLS.recorded, schools.values())
    desk.put(
        STAFF.recorded,
        ((*s[:5], ",".join(s.roles), s.school_sourced_id, s.active, s.id) for s in record.staff()),
    )
    desk.put(STUDENTS.recorded, map(_student, record.students()))
    desk.put(GUARDIANS.recorded, record.guardians())
    for kind in KINDS:
        desk.run(kind.by_key(kind.recorded))
    desk.put(OWNERS, ((system, value, None) for system, value in record.taken()))
    return schools


def _student(s: Student) -> tuple[object, ...]:
    born = None if s.birth_date is None else s.birth_date.isoformat()
    told = (s.sex, s.grade, s.school_sourced_id, s.hispanic, race_bits(s.races))
    return (*s[:6], born, *told, s.local_id, s.master_id, s.active, s.id)


def _held(source: Source, students: Changes[Student], force: bool) -> str | None:
    """Why nothing is to be written, if so: a roster of nobody, or one that shrinks too much."""
    desk = source.desk
    if source.bundle.mode("users") != "absent" and desk.count(SEEN["users"]) == 0:
        source.findings.add("nobody_readable", file="users.csv")
        return "No row of users.csv could be read."
    active = desk.one("SELECT count(*) FROM recorded_students WHERE active")
    leaving = students.counts.deactivated
    if not force and leaving >= SHRINK_ROWS and leaving > SHRINK_SHARE * active:
        source.findings.add("held", file="users.csv", deactivated=leaving, active=active)
        return f"{leaving:,} of {active:,} active students would be deactivated."
    return None


def _to_correct(findings: Iterable[Finding]) -> str | None:
    """Why a strict import takes nothing, if so: something was left out or passed over."""
    wrong = sum(finding.count for finding in findings if finding.severity != "info")
    return f"Strict was asked for, and {wrong:,} things are to be corrected." if wrong else None
