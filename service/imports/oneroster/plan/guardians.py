"""Guardians are relations: one student, one person.

Absence from a file never touches them, because rights hang on them; a finding asks a person to
look. A new one has `RIGHTS_ON_CREATE`, and since `Guardian` has no field for rights, no import
can change what a person has decided.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from service.imports.oneroster.plan.changes import Changes, Unknown, changes
from service.imports.oneroster.plan.records import Guardian, GuardianKey
from service.imports.oneroster.plan.source import Source
from service.imports.oneroster.read import User

RIGHTS_ON_CREATE = "unknown"

_FIELDS: Mapping[str, str] = {
    "email": "email",
    "phone": "phone",
    "language": "language",
}


class Guardians:
    """The people who are guardians in a bundle, and who is linked to whom."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._people: dict[str, tuple[Guardian, Unknown]] = {}
        self._links: dict[GuardianKey, None] = {}
        self.on_record = {person for _, person in source.existing.guardians}

    def want(self, user: User, relationship: str | None) -> None:
        """Take a user as a guardian; without a relationship, it is the one on record."""
        person = Guardian(
            sourced_id=user.sourced_id,
            student_sourced_id="",
            given_name=user.given_name,
            family_name=user.family_name,
            email=user.email,
            phone=user.phone,
            language=user.language,
            relationship=relationship or "guardian",
        )
        unknown = {_FIELDS[c] for c in user.unread if c in _FIELDS}
        if relationship is None:
            unknown.add("relationship")
        self._people[user.sourced_id] = (person, unknown)

    def link(self, pairs: Iterable[GuardianKey]) -> None:
        """Note that these students and persons name each other."""
        self._links |= dict.fromkeys(pairs)

    def changes(
        self,
        students: Container[str],
        users: Container[str],
        known: Container[str],
        gone: Container[str],
    ) -> Changes[Guardian, GuardianKey]:
        """What becomes of the relations.

        `students` are those of the bundle and of the record, `users` the rows of users.csv,
        `known` everybody of whom the bundle or the record tells, `gone` who is to go.
        """
        on_record = self._source.existing.guardians
        full = self._source.bundle.mode("users") == "bulk"
        if not full:
            # Someone named in a delta is still the guardian of the same children.
            self.link(key for key in on_record if key[1] in self._people)
        wanted = self._linked(students, users, known, gone)
        leaving = [key for key in on_record if key[1] in gone]
        missing = tuple(k for k in on_record if full and k not in wanted and k[1] not in gone)
        refused = self._source.bundle.files["users"].refused_ids
        missing = tuple(k for k in missing if on_record[k].active and not refused & set(k))
        if missing:
            self._source.findings.add("guardians_not_in_file", file="users.csv", count=len(missing))
        repeated = set(self._source.duplicates.get("users", ()))
        return changes(
            wanted,
            on_record,
            gone=[on_record[key] for key in leaving if on_record[key].active],
            duplicates=tuple(key for key in wanted if key[1] in repeated),
            not_in_file=missing,
        )

    def _linked(
        self,
        students: Container[str],
        users: Container[str],
        known: Container[str],
        gone: Container[str],
    ) -> dict[GuardianKey, tuple[Guardian, Unknown]]:
        """The links whose both ends are there, each with the person as bundle or record has them.

        A person without any is a finding, as is a link to nobody.
        """
        on_record = self._source.existing.guardians
        by_person = {person: guardian for (_, person), guardian in on_record.items()}
        wanted: dict[GuardianKey, tuple[Guardian, Unknown]] = {}
        linked = set()
        for student, person in self._links:
            if person in gone or student in gone:
                linked.add(person)
                continue
            if student not in students:
                self._unlinked(student, known)
            elif person in self._people:
                guardian, unknown = self._people[person]
                wanted[student, person] = (replace(guardian, student_sourced_id=student), unknown)
                linked.add(person)
            elif (student, person) in on_record and person not in users:
                wanted[student, person] = (on_record[student, person], ())
            elif person in by_person and person not in users:
                same = replace(by_person[person], student_sourced_id=student, active=True)
                wanted[student, person] = (same, ())
            else:
                self._unlinked(person, known)
        for person in self._people:
            if person not in linked:
                self._source.findings.add(
                    "guardian_without_student", file="users.csv", sourced_id=person
                )
        return wanted

    def _unlinked(self, agent: str, known: Container[str]) -> None:
        findings = self._source.findings
        if agent in self._source.bundle.files["users"].refused_ids:
            return  # the row's own finding is the root cause
        if agent in known:
            findings.add("agent_not_guardian", file="users.csv", field="agentSourcedIds")
        else:
            findings.add(
                "missing_agent",
                file="users.csv",
                field="agentSourcedIds",
                sourced_id=agent,
                root=agent,
            )
