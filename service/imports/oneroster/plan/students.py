"""Users who are students, with their demographics and identifiers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from service.imports.oneroster.plan.changes import Changes, Unknown, changes_of_file
from service.imports.oneroster.plan.records import Student
from service.imports.oneroster.plan.source import Source
from service.imports.oneroster.read import RACES, Demographics, User

_OWN_SYSTEMS = frozenset(("sourced_id", "local_id", "master_id"))
_FIELDS: Mapping[str, str] = {
    "middleName": "middle_name",
    "preferredGivenName": "preferred_given_name",
    "preferredFamilyName": "preferred_family_name",
    "grades": "grade",
}
_DEMOGRAPHIC_FIELDS: Mapping[str, str] = {
    "birthDate": "birth_date",
    "sex": "sex",
    "hispanicOrLatinoEthnicity": "hispanic",
}


class Students:
    """The students a bundle wants, and the rows of demographics.csv."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._wanted: dict[str, tuple[Student, Unknown]] = {}
        self._demographics = {
            row.sourced_id: row for row in source.once("demographics", source.bundle.demographics())
        }

    def __contains__(self, sid: object) -> bool:
        """Whether the bundle has this student, or the record does."""
        return sid in self._wanted or sid in self._source.existing.students

    def changes(self, gone: Collection[str]) -> Changes[Student, str]:
        self._give_each_identifier_once()
        existing = self._source.existing.students
        return changes_of_file(self._source, "users", self._wanted, existing, gone)

    def want(self, user: User, school: str | None, school_unknown: bool) -> None:
        """Take a user as a student."""
        unknown = {_FIELDS[c] for c in user.unread if c in _FIELDS}
        if school_unknown:
            unknown.add("school_sourced_id")
        if len(user.grades) > 1:
            self._source.findings.add("several_grades", file="users.csv", line=user.line)
        before = self._source.existing.students.get(user.sourced_id)
        student = Student(
            sourced_id=user.sourced_id,
            given_name=user.given_name,
            middle_name=user.middle_name,
            family_name=user.family_name,
            preferred_given_name=user.preferred_given_name,
            preferred_family_name=user.preferred_family_name,
            grade=user.grades[0] if user.grades else None,
            school_sourced_id=school,
            identifiers=_identifiers(user, before.identifiers if before else {}),
        )
        row = self._demographics.get(user.sourced_id)
        if row is None or not row.active:
            more = {"birth_date", "sex", "hispanic", "races"}
        else:
            student, more = _with_demographics(student, row, before)
        self._wanted[user.sourced_id] = (student, unknown | more)

    def want_demographics_alone(self, known: Collection[str], users: Collection[str]) -> None:
        """Take the rows of students on record who are not in a users.csv that is not full.

        `known` is everybody of whom the bundle or the record tells; a row of nobody is a finding.
        """
        for sid, row in self._demographics.items():
            before = self._source.existing.students.get(sid)
            if sid not in known:
                self._source.findings.add("missing_user", file="demographics.csv", line=row.line)
            elif before and sid not in users and self._source.bundle.mode("users") != "bulk":
                self._wanted[sid] = (
                    _with_demographics(before, row, before) if row.active else (before, ())
                )

    def _give_each_identifier_once(self) -> None:
        """An identifier names one student: who has it keeps it, otherwise the first row does."""
        findings = self._source.findings
        owners: dict[tuple[str, str], str | None] = dict.fromkeys(self._source.existing.taken)
        for sid, student in self._source.existing.students.items():
            told = self._wanted[sid][0] if sid in self._wanted else student
            for named in student.identifiers.items():
                if named in told.identifiers.items():
                    owners[named] = sid
        for sid, (student, unknown) in self._wanted.items():
            given = dict(student.identifiers)
            for named in student.identifiers.items():
                owner = owners.setdefault(named, sid)
                if owner == sid:
                    continue
                del given[named[0]]
                if owner is not None and owner not in self._wanted:
                    # The same child under a new sourcedId is not joined, but somebody is told.
                    findings.add("possible_same_student", file="users.csv", sourced_id=sid)
                else:
                    findings.add(
                        "identifier_taken", file="users.csv", sourced_id=sid, root=named[0]
                    )
            if len(given) < len(student.identifiers):
                self._wanted[sid] = (replace(student, identifiers=given), unknown)


def _identifiers(user: User, kept: Mapping[str, str]) -> dict[str, str]:
    """The user's own numbers; those of other systems are other people's to keep."""
    said = {
        "sourced_id": user.sourced_id,
        "local_id": user.identifier,
        "master_id": user.master_identifier,
    }
    for system, column in (("local_id", "identifier"), ("master_id", "userMasterIdentifier")):
        if column in user.unread:
            said[system] = kept.get(system)
    own = {system: value for system, value in said.items() if value}
    return own | {s: v for s, v in kept.items() if s not in _OWN_SYSTEMS}


def _with_demographics(
    student: Student, row: Demographics, before: Student | None
) -> tuple[Student, set[str]]:
    """The student with the row's values; a race the row does not tell is as it was before."""
    kept = before.races if before else ()
    races = tuple(
        code
        for column, code in RACES.items()
        if (code in kept if column in row.unread else code in row.races)
    )
    unknown = {_DEMOGRAPHIC_FIELDS[c] for c in row.unread if c in _DEMOGRAPHIC_FIELDS}
    told = replace(
        student, birth_date=row.birth_date, sex=row.sex, hispanic=row.hispanic, races=races
    )
    return told, unknown
