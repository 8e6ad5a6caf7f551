"""Users who are students, with their demographics and identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from service.imports.oneroster.plan.changes import (
    Changes,
    changes_of_file,
    is_in,
    known,
    putting_down,
    same_key,
    telling_anew,
)
from service.imports.oneroster.plan.desk import (
    BY_STUDENT,
    DEMOGRAPHICS,
    NUMBERS,
    OWNERS,
    STUDENTS,
    Pile,
    mark,
    race_bits,
    sql,
)
from service.imports.oneroster.plan.records import Student
from service.imports.oneroster.plan.source import Source
from service.imports.oneroster.read import RACES, User

_FIELDS: Mapping[str, str] = {
    "middleName": "middle_name",
    "preferredGivenName": "preferred_given_name",
    "preferredFamilyName": "preferred_family_name",
    "grades": "grade",
    "identifier": "local_id",
    "userMasterIdentifier": "master_id",
}
_DEMOGRAPHIC_FIELDS: Mapping[str, str] = {
    "birthDate": "birth_date",
    "sex": "sex",
    "hispanicOrLatinoEthnicity": "hispanic",
}
_SCHOOL = STUDENTS.bit("school_sourced_id")


@lru_cache(maxsize=4096)
def _unknown(unread: frozenset[str]) -> int:
    """The bits of the fields that a row of users.csv, or of demographics.csv, does not tell."""
    fields = {**_FIELDS, **_DEMOGRAPHIC_FIELDS}
    return STUDENTS.bits(fields[column] for column in unread if column in fields)


@lru_cache(maxsize=4096)
def _unread_races(unread: frozenset[str]) -> int:
    return race_bits([RACES[column] for column in unread if column in RACES])


class Students:
    """The students a bundle wants, and the rows of demographics.csv."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._said = Pile(source.desk, STUDENTS.said)
        rows = Pile(source.desk, DEMOGRAPHICS)
        for row in source.once("demographics", source.bundle.demographics()):
            rows.add(
                row.sourced_id,
                row.line,
                row.active,
                None if row.birth_date is None else row.birth_date.isoformat(),
                row.sex,
                row.hispanic,
                race_bits(row.races),
                _unknown(row.unread),
                _unread_races(row.unread),
            )
        rows.put_down()
        source.desk.run(BY_STUDENT)

    def want(self, user: User, school: str | None, school_unknown: bool) -> None:
        """Take a user as a student."""
        if len(user.grades) > 1:
            self._source.findings.add("several_grades", file="users.csv", line=user.line)
        self._said.add(
            user.sourced_id,
            user.given_name,
            user.family_name,
            user.middle_name,
            user.preferred_given_name,
            user.preferred_family_name,
            None,
            None,
            user.grades[0] if user.grades else None,
            school,
            None,
            0,
            user.identifier,
            user.master_identifier,
            1,
            None,
            _unknown(user.unread) | (_SCHOOL if school_unknown else 0),
        )

    def want_demographics_alone(self) -> None:
        """Take the rows of students on record who are not in a users.csv that is not full.

        A row of nobody of whom the bundle or the record tells is a finding.
        """
        desk = self._source.desk
        all_unknown = STUDENTS.bits(STUDENTS.told)
        full = self._source.bundle.mode("users") == "bulk"
        for sid, line, on_record in list(desk.rows(_ALONE)):
            if on_record:
                if not full:
                    names: list[object] = [None] * (len(STUDENTS.fields) - 1)
                    self._said.add(sid, *names, all_unknown)
            elif desk.strangers([sid]):
                self._source.findings.add("missing_user", file="demographics.csv", line=line)

    def settle(self) -> None:
        """Everybody has been read: put down who is wanted, each identifier once."""
        self._said.put_down()
        self._source.desk.run(_settling())
        self._source.desk.run(STUDENTS.by_key(STUDENTS.wanted))

    def changes(self) -> Changes[Student]:
        self._give_each_identifier_once()
        return changes_of_file(self._source, STUDENTS)

    def _give_each_identifier_once(self) -> None:
        """An identifier names one student: who has it keeps it, otherwise the first row does."""
        desk, findings = self._source.desk, self._source.findings
        for system in NUMBERS:
            desk.run(_keeping(system))
            desk.run(_getting(system))
        for n, sid, system, owner, in_bundle in list(desk.rows(_of_others())):
            desk.run(_taking_away(system), n)
            desk.run(telling_anew(STUDENTS), n)
            if owner is not None and not in_bundle:
                # The same child under a new sourcedId is not joined, but somebody is told.
                findings.add("possible_same_student", file="users.csv", sourced_id=sid)
            else:
                findings.add("identifier_taken", file="users.csv", sourced_id=sid, root=system)


_ALONE = """
SELECT sourced_id, line, EXISTS (
    SELECT 1 FROM recorded_students AS r WHERE r.sourced_id = demographics.sourced_id
) FROM demographics
WHERE NOT EXISTS (SELECT 1 FROM seen_users AS u WHERE u.sourced_id = demographics.sourced_id)
ORDER BY n
"""
"""The rows of demographics.csv of whom users.csv does not tell."""


@cache
def _settling() -> str:
    said, recorded, row = STUDENTS.said, STUDENTS.recorded, DEMOGRAPHICS.c
    values = {name: known(STUDENTS, name) for name in STUDENTS.told}
    for name in _DEMOGRAPHIC_FIELDS.values():
        unknown = row.unknown.op("&")(STUDENTS.bit(name)) != 0
        values[name] = case((or_(row.n.is_(None), unknown), recorded.c[name]), else_=row[name])
    # A race that the row does not tell is as it was before.
    races = func.coalesce(recorded.c.races, 0)
    told = row.races.op("|")(races.op("&")(row.unread_races))
    values["races"] = case((row.n.is_(None), races), else_=told)
    beside = said.outerjoin(recorded, same_key(STUDENTS, said, recorded))
    its = and_(row.sourced_id == said.c.sourced_id, row.active == 1)
    return putting_down(STUDENTS, said, values, beside.outerjoin(DEMOGRAPHICS, its))


@cache
def _keeping(system: str) -> str:
    """What lets each student on record keep a number that the bundle does not take away."""
    wanted, recorded = STUDENTS.wanted.c, STUDENTS.recorded.c
    beside = STUDENTS.recorded.outerjoin(STUDENTS.wanted, wanted.sourced_id == recorded.sourced_id)
    stays = or_(wanted.n.is_(None), wanted[system] == recorded[system])
    keeps = select(literal(system), recorded[system], recorded.sourced_id).select_from(beside)
    return _owning(keeps.where(recorded[system].is_not(None), stays))


@cache
def _getting(system: str) -> str:
    """What gives a number to the first who wants it, if nobody has it."""
    wanted = STUDENTS.wanted.c
    gets = select(literal(system), wanted[system], wanted.sourced_id)
    return _owning(gets.where(wanted[system].is_not(None)).order_by(wanted.n))


def _owning(owners: Select[Any]) -> str:
    named = ["system", "value", "sourced_id"]
    return sql(insert(OWNERS).prefix_with("OR IGNORE").from_select(named, owners))


@cache
def _taking_away(system: str) -> str:
    wanted = STUDENTS.wanted
    return sql(update(wanted).where(wanted.c.n == mark()).values({system: null()}))


@cache
def _of_others() -> str:
    """The wanted numbers that belong to another student, row by row."""
    wanted, owner = STUDENTS.wanted.c, OWNERS.c
    found = [
        select(
            wanted.n,
            wanted.sourced_id,
            owner.system,
            owner.sourced_id.label("owner"),
            is_in(owner.sourced_id, STUDENTS.wanted.alias()).label("in_bundle"),
        ).where(
            owner.system == system,
            owner.value == wanted[system],
            owner.sourced_id.is_distinct_from(wanted.sourced_id),
        )
        for system in NUMBERS
    ]
    both = union_all(*found).subquery()
    return sql(select(both).order_by(both.c.n, both.c.system))
