"""Invented bundles, small enough to be read in a test."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace

from service.imports.oneroster.plan import Guardian, Plan, School, Snapshot, Staff, Student, plan
from service.imports.oneroster.read import open_bundle

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


def planned(files: Files, existing: Snapshot | None = None, *, force: bool = False) -> Plan:
    with open_bundle(zipped(files)) as bundle:
        return plan(bundle, existing or Snapshot(), force=force)


def applied(to: Snapshot, done: Plan) -> Snapshot:
    """The record after the plan, as `apply` must leave it."""
    schools, staff = dict(to.schools), dict(to.staff)
    students, guardians = dict(to.students), dict(to.guardians)

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

    for kind in (done.schools, done.staff, done.students, done.guardians):
        for created in kind.creates:
            put(created)
        for update in kind.updates:
            put(update.after)
        for leaving in kind.deactivations:
            put(replace(leaving, active=False))
    return Snapshot(schools, staff, students, guardians)


def loaded(files: Files) -> Snapshot:
    return applied(Snapshot(), planned(files))


def codes(done: Plan) -> dict[str, int]:
    """How often each thing was found."""
    found: dict[str, int] = {}
    for finding in done.findings:
        found[finding.code] = found.get(finding.code, 0) + finding.count
    return found
