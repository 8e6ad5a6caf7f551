"""Invented bundles, small enough to be read in a test."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from service.imports.oneroster.plan import (
    Changes,
    Guardian,
    GuardianKey,
    Plan,
    School,
    Staff,
    Student,
    Update,
    plan,
)
from service.imports.oneroster.read import Bundle, open_bundle
from service.imports.oneroster.report import Finding, Report

ORGS = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\r\n"
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\r\n"
)
DEMOGRAPHICS = (
    "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,"
    "blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,"
    "demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity\r\n"
)
ROLES = (
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
    "orgSourcedId\r\n"
)
USERS_12 = (
    "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,identifier,email,"
    "phone,agentSourcedIds,grades,userMasterIdentifier,preferredGivenName,primaryOrgSourcedId\r\n"
)
ENROLLMENTS = "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role\r\n"
ONE_SCHOOL = ORGS + "d1,,,Invented District,district,,\r\ns1,,,Invented School,school,,d1\r\n"

Files = Mapping[str, str | bytes]


def user(
    sid: str,
    role: str = "student",
    *,
    org: str = "s1",
    given: str = "Ada",
    family: str = "Invented",
    identifier: str = "",
    email: str = "",
    phone: str = "",
    agents: str = "",
    grades: str = "",
    status: str = "",
) -> str:
    return (
        f'{sid},{status},,true,"{org}",{role},u-{sid},,{given},{family},,{identifier},{email},,'
        f'{phone},"{agents}","{grades}",\r\n'
    )


def roster(*rows: str, orgs: str = ONE_SCHOOL, **more: str | bytes) -> dict[str, str | bytes]:
    """A bundle of users at one school; `more` are further files by name."""
    files: dict[str, str | bytes] = {"orgs.csv": orgs, "users.csv": USERS + "".join(rows)}
    return files | {f"{name}.csv": text for name, text in more.items()}


def manifest(version: str = "1.1", **modes: str) -> str:
    files = "".join(f"file.{name},{mode}\r\n" for name, mode in modes.items())
    return f"propertyName,value\r\nmanifest.version,1.0\r\noneroster.version,{version}\r\n{files}"


DELTA = manifest(users="delta", orgs="absent")
FAMILY = (
    user("a", agents="p1,p2", grades="9"),
    user("b", agents="p1"),
    user("p1", "parent", email="p1@example.org", phone="555-0100"),
    user("p2", "relative"),
    user("t", "teacher"),
)


def crowd(count: int, start: int = 0) -> list[str]:
    """The rows of so many students, without the first ones when `start` says so."""
    return [user(f"a{n:03}") for n in range(start, count)]


def zipped(files: Files, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same bytes for the same files, whenever it is made: a retry sends what was sent."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text, compression)
    return out.getvalue()


R = TypeVar("R", School, Staff, Student, Guardian)


@dataclass(frozen=True)
class Snapshot:
    """A record that is no more than what is said here."""

    of_schools: Mapping[str, School] = field(default_factory=dict)
    of_staff: Mapping[str, Staff] = field(default_factory=dict)
    of_students: Mapping[str, Student] = field(default_factory=dict)
    of_guardians: Mapping[GuardianKey, Guardian] = field(default_factory=dict)
    of_nobody: frozenset[tuple[str, str]] = frozenset()

    def schools(self) -> Mapping[str, School]:
        return self.of_schools

    def staff(self) -> Iterable[Staff]:
        return self.of_staff.values()

    def students(self) -> Iterable[Student]:
        return self.of_students.values()

    def guardians(self) -> Iterable[Guardian]:
        return self.of_guardians.values()

    def taken(self) -> Iterable[tuple[str, str]]:
        return self.of_nobody


@dataclass(frozen=True)
class Told(Generic[R]):
    """What becomes of one kind of record, read from the desk."""

    creates: tuple[R, ...]
    updates: tuple[Update[R], ...]
    deactivations: tuple[R, ...]
    matched: tuple[Any, ...]
    unmatched: tuple[Any, ...]
    duplicates: tuple[Any, ...]
    not_in_file: tuple[Any, ...]


@dataclass(frozen=True)
class Planned:
    """A plan that has been read from its desk."""

    version: str
    schools: Told[School]
    staff: Told[Staff]
    students: Told[Student]
    guardians: Told[Guardian]
    rows_read: Mapping[str, int]
    findings: tuple[Finding, ...]
    held: bool
    empty: bool
    whole_report: Report

    def report(self) -> Report:
        return self.whole_report


def planned(files: Files, existing: Snapshot | None = None, **how: Any) -> Planned:
    with open_bundle(zipped(files)) as bundle:
        return read_out(bundle, existing, **how)


def read_out(bundle: Bundle, existing: Snapshot | None = None, **how: Any) -> Planned:
    """What `plan` makes of a bundle beside a record, all of it at hand."""
    made: Plan = plan(bundle, existing or Snapshot(), **how)
    try:
        return Planned(
            made.version,
            _told(made.schools),
            _told(made.staff),
            _told(made.students),
            _told(made.guardians),
            made.rows_read,
            made.findings,
            made.held,
            made.empty,
            made.report(),
        )
    finally:
        made.desk.close()


def _told(changes: Changes[R]) -> Told[R]:
    def plain(keys: Iterable[tuple[str, ...]]) -> tuple[Any, ...]:
        return tuple(key[0] if len(key) == 1 else key for key in keys)

    return Told(
        tuple(changes.creates()),
        tuple(changes.updates()),
        tuple(changes.deactivations()),
        plain(changes.matched()),
        plain(changes.unmatched()),
        plain(changes.duplicates()),
        plain(changes.not_in_file()),
    )


def applied(to: Snapshot, done: Planned) -> Snapshot:
    """The record after the plan, as `apply` must leave it."""
    schools, staff = dict(to.of_schools), dict(to.of_staff)
    students, guardians = dict(to.of_students), dict(to.of_guardians)

    def put(record: School | Staff | Student | Guardian) -> None:
        match record:
            case School():
                schools[record.sourced_id] = record
            case Staff():
                staff[record.sourced_id] = record
            case Student():
                students[record.sourced_id] = record
            case Guardian():
                guardians[record.student_sourced_id, record.sourced_id] = record

    kinds: tuple[Told[Any], ...] = (done.schools, done.staff, done.students, done.guardians)
    for kind in kinds:
        for created in kind.creates:
            put(created)
        for update in kind.updates:
            put(update.after)
        for leaving in kind.deactivations:
            put(leaving._replace(active=False))
    return Snapshot(schools, staff, students, guardians)


def loaded(files: Files) -> Snapshot:
    return applied(Snapshot(), planned(files))


def codes(done: Planned) -> dict[str, int]:
    """How often each thing was found."""
    found: dict[str, int] = {}
    for finding in done.findings:
        found[finding.code] = found.get(finding.code, 0) + finding.count
    return found
