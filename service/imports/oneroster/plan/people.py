"""Users by their roles: who is a student, who is staff, who is a guardian, and who is gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from service.imports.oneroster.plan.desk import GONE, ROLES, STAFF, STUDENTS, Pile
from service.imports.oneroster.plan.guardians import Guardians
from service.imports.oneroster.plan.schools import Schools
from service.imports.oneroster.plan.source import Source
from service.imports.oneroster.plan.staff import StaffMembers, roles_left
from service.imports.oneroster.plan.students import Students
from service.imports.oneroster.read import Role, User

_STUDENT = frozenset(("student", "learner", "pupil"))
_GUARDIAN = frozenset(("parent", "guardian", "relative"))


class _Role(NamedTuple):
    """A row of roles.csv; `live` is one that is active and has not ended."""

    user: str
    role: str
    role_type: str
    org: str | None
    line: int
    live: bool


class People:
    """Everybody in users.csv, sorted to what they are."""

    def __init__(self, source: Source, schools: Schools) -> None:
        self._source, self._schools = source, schools
        self._read_roles()
        self.students = Students(source)
        self.staff = StaffMembers(source)
        self.guardians = Guardians(source)
        self._gone = Pile(source.desk, GONE["users"])
        self._first_school = lru_cache(maxsize=4096)(schools.first_school)
        for users in source.batches("users", source.bundle.users()):
            roles = self._roles_of(users.read)
            for user in users:
                self._sort(user, roles.get(user.sourced_id, ()))
        self._gone.put_down()
        self._check_roles()
        self.students.want_demographics_alone()
        self.students.settle()

    def _read_roles(self) -> None:
        pile = Pile(self._source.desk, ROLES)
        for role in self._source.once("roles", self._source.bundle.roles()):
            live = role.active and not self._ended(role)
            org = role.org_sourced_id
            pile.add(role.user_sourced_id, role.role, role.role_type, org, role.line, live)
        pile.put_down()

    def _roles_of(self, users: Sequence[User]) -> dict[str, list[_Role]]:
        """The rows of roles.csv of some users, in their order."""
        found: dict[str, list[_Role]] = {}
        if self._source.bundle.mode("roles") == "absent":
            return found
        for row in self._source.desk.rows(_ROLES_OF, [user.sourced_id for user in users]):
            found.setdefault(row[0], []).append(_Role(*row))
        return found

    def _sort(self, user: User, roles: Sequence[_Role]) -> None:
        sid = user.sourced_id
        live = [role for role in roles if role.live]
        ended = [role.role for role in roles if not role.live]
        named = (
            tuple(dict.fromkeys([*user.roles, *(r.role for r in live)])) if roles else user.roles
        )
        kinds = _kinds(named)
        if not kinds:
            kinds = self._kinds_left(sid, roles) if ended else self._kinds_on_record(sid)
        if not kinds and not ended:
            self._source.findings.add("no_role", file="users.csv", line=user.line, sourced_id=sid)
            return
        if not (user.active and kinds):
            self._gone.add(sid)
            if not self._kinds_on_record(sid):
                self._source.findings.add("unknown_deleted", file="users.csv", line=user.line)
            return
        school, school_unknown = self._school(user, live, wants_one="student" in kinds)
        if "student" in kinds:
            self.students.want(user, school, school_unknown)
            for agent in user.agent_sourced_ids:
                self.guardians.link(sid, agent)
        if "staff" in kinds:
            at_work = [role for role in named if _kind(role) == "staff"]
            self.staff.want(user, at_work, ended, school, school_unknown)
        if "guardian" in kinds:
            relationship = next((role for role in named if role in _GUARDIAN), "guardian")
            self.guardians.want(user, relationship if named else None)
            if "student" not in kinds:
                for student in user.agent_sourced_ids:
                    self.guardians.link(student, sid)

    def _ended(self, role: Role) -> bool:
        as_of = self._source.as_of
        return bool(as_of and role.ends_on and role.ends_on <= as_of)

    def _kinds_on_record(self, sid: str) -> Collection[str]:
        """What a user is who comes without a role, as in a delta of the name alone."""
        return {kind for (kind,) in self._source.desk.rows(_KINDS, sid, sid, sid)}

    def _kinds_left(self, sid: str, ended: Sequence[_Role]) -> Collection[str]:
        """What a user still is of whose roles the bundle tells only that these ended.

        A delta tells those that changed alone. Staff have the other roles on record, and a student
        whose role elsewhere ended has the school on record; who has nothing left is gone.
        """
        desk = self._source.desk
        if self._source.bundle.mode("roles") != "delta":
            return ()
        names, orgs = tuple(role.role for role in ended), {role.org for role in ended}
        standing = dict(desk.rows(_KINDS_STANDING, sid, sid, sid))
        over = set(_kinds(names))
        if roles_left(standing.get("staff"), names):
            over.discard("staff")
        if standing.get("student") is not None and orgs.isdisjoint((standing["student"], None)):
            over.discard("student")
        left = standing.keys() - over
        for name, kind in (("staff", STAFF), ("student", STUDENTS)):
            if left and name in standing.keys() & over:
                desk.put(kind.leaving, [(sid,)], "sourced_id")
        return left

    def _school(
        self, user: User, roles: Sequence[_Role], wants_one: bool
    ) -> tuple[str | None, bool]:
        """The first organisation that is a school, and whether the bundle leaves it unsaid."""
        if not roles:
            # Of most people there is nothing to look into.
            its = (user.primary_org_sourced_id, *user.org_sourced_ids)
            if (school := self._first_school(its)) is not None:
                return school, False
        named = [user.primary_org_sourced_id]
        named += [r.org for r in sorted(roles, key=lambda r: r.role_type != "primary")]
        named += user.org_sourced_ids
        orgs = [org for org in dict.fromkeys(named) if org]
        known = [org for org in orgs if self._schools.knows(org, "users", user.line)]
        for org in known:
            if self._schools.is_school(org):
                return org, False
        if known and wants_one:
            self._source.findings.add("not_a_school", file="users.csv", line=user.line)
        columns = {"primaryOrgSourcedId", "orgSourcedIds"}
        mode = self._source.bundle.mode("roles")
        if mode == "delta":
            # The roles that did not change are not in it, and so their organisations are not.
            return None, not orgs
        return None, not orgs and columns <= user.unread and mode == "absent"

    def _check_roles(self) -> None:
        """Roles must belong to someone, and at an organisation that is there."""
        desk = self._source.desk
        delta = self._source.bundle.mode("roles") == "delta"
        for user, roles in groupby(desk.rows(_ROLES_BESIDE_USERS), key=itemgetter(0)):
            its = [_Role(*row) for row in roles]
            if delta or desk.strangers([user]):
                self._source.findings.add(
                    "missing_user", file="roles.csv", line=its[0].line, count=len(its)
                )
            for role in its:
                if role.org:
                    self._schools.knows(role.org, "roles", role.line)


@lru_cache(maxsize=1024)
def _kinds(roles: tuple[str, ...]) -> Collection[str]:
    return frozenset(map(_kind, roles))


def _kind(role: str) -> str:
    if role in _STUDENT:
        return "student"
    return "guardian" if role in _GUARDIAN else "staff"


_KINDS = """
SELECT 'student' FROM recorded_students WHERE sourced_id = ?
UNION ALL SELECT 'staff' FROM recorded_staff WHERE sourced_id = ?
UNION ALL SELECT 'guardian' FROM recorded_guardians WHERE sourced_id = ?
"""
_KINDS_STANDING = """
SELECT 'student', school_sourced_id FROM recorded_students WHERE sourced_id = ? AND active = 1
UNION ALL SELECT 'staff', roles FROM recorded_staff WHERE sourced_id = ? AND active = 1
UNION ALL SELECT DISTINCT 'guardian', '' FROM recorded_guardians WHERE sourced_id = ? AND active = 1
"""
_ROLES_OF = """
SELECT user, role, role_type, org, line, live FROM roles
WHERE user IN (SELECT value FROM json_each(?)) ORDER BY n
"""
_ROLES_BESIDE_USERS = """
SELECT user, role, role_type, org, line, live FROM roles
WHERE NOT EXISTS (SELECT 1 FROM seen_users WHERE sourced_id = user)
ORDER BY min(n) OVER (PARTITION BY user), n
"""
