"""The plan as a whole: every kind of record, and whether it may be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from service.imports.oneroster.plan.changes import Changes
from service.imports.oneroster.plan.classes import check_classes
from service.imports.oneroster.plan.people import People
from service.imports.oneroster.plan.records import (
    Guardian,
    GuardianKey,
    School,
    Snapshot,
    Staff,
    Student,
)
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

    `rows_read` and `rows_refused` are counts by file, in words.
    """

    version: str
    schools: Changes[School, str]
    staff: Changes[Staff, str]
    students: Changes[Student, str]
    guardians: Changes[Guardian, GuardianKey]
    rows_read: Mapping[str, int]
    rows_refused: Mapping[str, int]
    findings: tuple[Finding, ...]
    held_because: str | None = None

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
            "schools": self.schools.counts(),
            "staff": self.staff.counts(),
            "students": self.students.counts(),
            "guardians": self.guardians.counts(),
        }
        return Report(
            self.version, self.rows_read, self.rows_refused, counts, self.findings,
            self.held_because,
        )  # fmt: skip


def plan(
    bundle: Bundle,
    existing: Snapshot,
    *,
    as_of: date | None = None,
    force: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """Lay the bundle beside what is on record and say what would change.

    A role that ended by `as_of` no longer counts. `force` lifts the hold on a roster that
    shrinks; `strict` holds one with anything to correct. `progress` hears a file's name and the
    rows read so far.
    """
    source = Source(bundle, existing, as_of, progress)
    schools = Schools(source)
    people = People(source, schools)
    check_classes(source, schools, people.known)
    guardians = people.guardian_changes()
    school_changes = schools.changes()
    staff = people.staff.changes(people.gone)
    students = people.students.changes(people.gone)
    held = _held(source, students, people.users, force)
    findings = weighed((*bundle.findings, *source.findings))
    if strict and held is None:
        held = _to_correct(findings)
    files = {name: state for name, state in bundle.files.items() if state.mode != "absent"}
    return Plan(
        version=bundle.version,
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


def _held(
    source: Source, students: Changes[Student, str], users: set[str], force: bool
) -> str | None:
    """Why nothing is to be written, if so: a roster of nobody, or one that shrinks too much."""
    if source.bundle.mode("users") != "absent" and not users:
        source.findings.add("nobody_readable", file="users.csv")
        return "No row of users.csv could be read."
    active = sum(student.active for student in source.existing.students.values())
    leaving = len(students.deactivations)
    if not force and leaving >= SHRINK_ROWS and leaving > SHRINK_SHARE * active:
        source.findings.add("held", file="users.csv", deactivated=leaving, active=active)
        return f"{leaving:,} of {active:,} active students would be deactivated."
    return None


def _to_correct(findings: Iterable[Finding]) -> str | None:
    """Why a strict import takes nothing, if so: something was left out or passed over."""
    wrong = sum(finding.count for finding in findings if finding.severity != "info")
    return f"Strict was asked for, and {wrong:,} things are to be corrected." if wrong else None
