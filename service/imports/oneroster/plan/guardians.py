"""Guardians are relations: one student, one person.

Absence from a file never touches them, because rights hang on them; a finding asks a person to
look. A new one has `RIGHTS_ON_CREATE`, and since `Guardian` has no field for rights, no import
can change what a person has decided.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, or_, select

from service.imports.oneroster.plan.changes import (
    Changes,
    is_in,
    keys,
    known,
    putting_down,
    same_key,
)
from service.imports.oneroster.plan.desk import (
    BY_PERSON,
    GONE,
    GUARDIANS,
    LINKS,
    REFUSED,
    SEEN,
    STUDENTS,
    Pile,
    sql,
)
from service.imports.oneroster.plan.records import Guardian
from service.imports.oneroster.plan.source import Source
from service.imports.oneroster.read import User

RIGHTS_ON_CREATE = "unknown"

_FIELDS = ("email", "phone", "language")
_RELATIONSHIP = GUARDIANS.bit("relationship")


@lru_cache(maxsize=4096)
def _unknown(unread: frozenset[str]) -> int:
    """The bits of the fields that a row of users.csv does not tell."""
    return GUARDIANS.bits(field for field in _FIELDS if field in unread)


class Guardians:
    """The people who are guardians in a bundle, and who is linked to whom."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._people = Pile(source.desk, GUARDIANS.said)
        self._links = Pile(source.desk, LINKS)

    def want(self, user: User, relationship: str | None) -> None:
        """Take a user as a guardian; without a relationship, it is the one on record."""
        self._people.add(
            None,
            user.sourced_id,
            user.given_name,
            user.family_name,
            user.email,
            user.phone,
            user.language,
            relationship or "guardian",
            1,
            None,
            _unknown(user.unread) | (_RELATIONSHIP if relationship is None else 0),
        )

    def link(self, student: str, person: str) -> None:
        """Note that a student names a person, or the other way round."""
        self._links.add(student, person)

    def changes(self) -> Changes[Guardian]:
        """What becomes of the relations, now that everybody has been read."""
        self._people.put_down()
        self._links.put_down()
        desk = self._source.desk
        desk.run(BY_PERSON)
        full = self._source.bundle.mode("users") == "bulk"
        if not full:
            desk.run(_STILL_LINKED)
        desk.run(_putting_down_told())
        desk.run(_putting_down_kept())
        desk.run(GUARDIANS.by_key(GUARDIANS.wanted))
        self._tell_unlinked()
        desk.run(_letting_go())
        if full:
            desk.run(_missing())
            if count := desk.count(GUARDIANS.missing):
                self._source.findings.add("guardians_not_in_file", file="users.csv", count=count)
        return Changes(desk, GUARDIANS)

    def _tell_unlinked(self) -> None:
        """A link to nobody is a finding, as is a person without any."""
        desk = self._source.desk
        for student, person, there in desk.rows(_open_ends()):
            self._unlinked(person if there else student)
        for (person,) in desk.rows(_alone()):
            self._source.findings.add(
                "guardian_without_student", file="users.csv", sourced_id=person
            )

    def _unlinked(self, agent: str) -> None:
        findings = self._source.findings
        if agent in self._source.bundle.files["users"].refused_ids:
            return  # the row's own finding is the root cause
        if not self._source.desk.strangers([agent]):
            findings.add("agent_not_guardian", file="users.csv", field="agentSourcedIds")
        else:
            findings.add(
                "missing_agent",
                file="users.csv",
                field="agentSourcedIds",
                sourced_id=agent,
                root=agent,
            )


_GOES = or_(*(is_in(LINKS.c[name], GONE["users"]) for name in GUARDIANS.key))
_THERE = or_(*(is_in(LINKS.c.student_sourced_id, t) for t in (STUDENTS.wanted, STUDENTS.recorded)))
_STAYS = and_(_THERE, ~_GOES)
_IN_FILE = or_(*(is_in(LINKS.c.sourced_id, t) for t in (GUARDIANS.said, SEEN["users"])))

# Someone named in a delta is still the guardian of the same children.
_STILL_LINKED = """
INSERT OR IGNORE INTO links (student_sourced_id, sourced_id)
SELECT student_sourced_id, sourced_id FROM recorded_guardians
WHERE sourced_id IN (SELECT sourced_id FROM said_guardians) ORDER BY n
"""


@cache
def _putting_down_told() -> str:
    """The links whose both ends are there, to people of whom the bundle tells."""
    said, recorded = GUARDIANS.said, GUARDIANS.recorded
    told = {name: known(GUARDIANS, name) for name in GUARDIANS.told}
    beside = LINKS.outerjoin(recorded, same_key(GUARDIANS, LINKS, recorded))
    beside = beside.join(said, said.c.sourced_id == LINKS.c.sourced_id)
    return putting_down(GUARDIANS, LINKS, told, beside, _STAYS)


@cache
def _putting_down_kept() -> str:
    """Those to people of whom only the record tells: as of this child, or of another."""
    recorded = GUARDIANS.recorded
    another, source = recorded.alias("another"), recorded.alias("source")
    of_another = select(func.max(another.c.n)).where(another.c.sourced_id == LINKS.c.sourced_id)
    kept: dict[str, ColumnElement[Any]] = {name: source.c[name] for name in GUARDIANS.told}
    kept["active"] = case((recorded.c.n.is_(None), 1), else_=recorded.c.active)
    beside = LINKS.outerjoin(recorded, same_key(GUARDIANS, LINKS, recorded))
    its = func.coalesce(recorded.c.n, of_another.scalar_subquery())
    beside = beside.join(source, source.c.n == its)
    return putting_down(GUARDIANS, LINKS, kept, beside, and_(_STAYS, ~_IN_FILE))


@cache
def _open_ends() -> str:
    """The links of which nothing came, and whether the student at least is there."""
    link = LINKS.c
    put = select(GUARDIANS.wanted.c.n).where(GUARDIANS.wanted.c.n == link.n).exists()
    found = select(link.student_sourced_id, link.sourced_id, _THERE.label("there"))
    return sql(found.where(~put, ~_GOES).order_by(link.n))


@cache
def _alone() -> str:
    """The guardians in the bundle who are linked to nobody, not even to somebody who goes."""
    said = GUARDIANS.said.c
    leaves = said.sourced_id.in_(select(LINKS.c.sourced_id).where(_GOES))
    linked = is_in(said.sourced_id, GUARDIANS.wanted)
    return sql(select(said.sourced_id).where(~linked, ~leaves).order_by(said.n))


@cache
def _letting_go() -> str:
    goes = _stands().where(is_in(GUARDIANS.recorded.c.sourced_id, GONE["users"]))
    return sql(insert(GUARDIANS.leaving).from_select(GUARDIANS.key, goes))


@cache
def _missing() -> str:
    recorded, wanted = GUARDIANS.recorded, GUARDIANS.wanted
    told = select(wanted.c.n).where(same_key(GUARDIANS, wanted, recorded)).exists()
    gone = is_in(recorded.c.sourced_id, GONE["users"])
    refused = [is_in(recorded.c[name], REFUSED["users"]) for name in GUARDIANS.key]
    missing = _stands().where(~told, ~gone, *(~one for one in refused))
    return sql(insert(GUARDIANS.missing).from_select(GUARDIANS.key, missing))


def _stands() -> Select[Any]:
    recorded = GUARDIANS.recorded
    stands = select(*keys(GUARDIANS, recorded)).where(recorded.c.active == 1)
    return stands.order_by(recorded.c.n)
