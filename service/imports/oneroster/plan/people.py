"""Users by their roles: who is a student, who is staff, who is a guardian, and who is gone."""

from __future__ import annotations

from service.imports.oneroster.plan.changes import Changes
from service.imports.oneroster.plan.guardians import Guardians
from service.imports.oneroster.plan.records import Guardian, GuardianKey
from service.imports.oneroster.plan.schools import Schools
from service.imports.oneroster.plan.source import Source
from service.imports.oneroster.plan.staff import StaffMembers
from service.imports.oneroster.plan.students import Students
from service.imports.oneroster.read import Role, User

_STUDENT = frozenset(("student", "learner", "pupil"))
_GUARDIAN = frozenset(("parent", "guardian", "relative"))


class People:
    """Everybody in users.csv, sorted to what they are.

    `users` are the sourcedIds of its rows, `gone` those of them who are to go, `known` everybody
    of whom the bundle or the record tells.
    """

    def __init__(self, source: Source, schools: Schools) -> None:
        self._source, self._schools = source, schools
        self._roles: dict[str, list[Role]] = {}
        for role in source.once("roles", source.bundle.roles()):
            self._roles.setdefault(role.user_sourced_id, []).append(role)
        self.students = Students(source)
        self.staff = StaffMembers(source)
        self.guardians = Guardians(source)
        self.users: set[str] = set()
        self.gone: set[str] = set()
        for user in source.once("users", source.bundle.users()):
            self._sort(user)
        self.known = (
            self.users
            | source.bundle.files["users"].refused_ids
            | source.existing.students.keys()
            | source.existing.staff.keys()
            | self.guardians.on_record
        )
        self._check_roles()
        self.students.want_demographics_alone(self.known, self.users)

    def guardian_changes(self) -> Changes[Guardian, GuardianKey]:
        """What becomes of the relations, now that everybody has been read."""
        return self.guardians.changes(self.students, self.users, self.known, self.gone)

    def _sort(self, user: User) -> None:
        sid = user.sourced_id
        self.users.add(sid)
        rows = self._roles.get(sid, [])
        live = [role for role in rows if role.active and not self._ended(role)]
        ended = [role for role in rows if role not in live]
        named = dict.fromkeys([*user.roles, *(r.role for r in live)])
        active = user.active and bool(named or not ended)
        if not named:
            named = dict.fromkeys(r.role for r in ended)
        kinds = {_kind(role) for role in named} or self._kinds_on_record(sid)
        if not kinds:
            self._source.findings.add("no_role", file="users.csv", line=user.line, sourced_id=sid)
            return
        if not active:
            self.gone.add(sid)
            if not self._kinds_on_record(sid):
                self._source.findings.add("unknown_deleted", file="users.csv", line=user.line)
            return
        school, school_unknown = self._school(user, live, wants_one="student" in kinds)
        if "student" in kinds:
            self.students.want(user, school, school_unknown)
            self.guardians.link((sid, agent) for agent in user.agent_sourced_ids)
        if "staff" in kinds:
            roles = [role for role in named if _kind(role) == "staff"]
            self.staff.want(user, roles, ended, school, school_unknown)
        if "guardian" in kinds:
            relationship = next((role for role in named if role in _GUARDIAN), "guardian")
            self.guardians.want(user, relationship if named else None)
            if "student" not in kinds:
                self.guardians.link((student, sid) for student in user.agent_sourced_ids)

    def _ended(self, role: Role) -> bool:
        as_of = self._source.as_of
        return bool(as_of and role.ends_on and role.ends_on <= as_of)

    def _kinds_on_record(self, sid: str) -> set[str]:
        """What a user is who comes without a role, as in a delta of the name alone."""
        kinds = set()
        if sid in self._source.existing.students:
            kinds.add("student")
        if sid in self._source.existing.staff:
            kinds.add("staff")
        if sid in self.guardians.on_record:
            kinds.add("guardian")
        return kinds

    def _school(self, user: User, roles: list[Role], wants_one: bool) -> tuple[str | None, bool]:
        """The first organisation that is a school, and whether the bundle leaves it unsaid."""
        named = [user.primary_org_sourced_id]
        named += [r.org_sourced_id for r in sorted(roles, key=lambda r: r.role_type != "primary")]
        named += user.org_sourced_ids
        orgs = [org for org in dict.fromkeys(named) if org]
        known = [org for org in orgs if self._schools.knows(org, "users", user.line)]
        for org in known:
            if self._schools.is_school(org):
                return org, False
        if known and wants_one:
            self._source.findings.add("not_a_school", file="users.csv", line=user.line)
        columns = {"primaryOrgSourcedId", "orgSourcedIds"}
        full_roles = self._source.bundle.mode("roles") in ("bulk", "unstated")
        return None, not orgs and columns <= user.unread and not full_roles

    def _check_roles(self) -> None:
        """Roles must belong to someone, and at an organisation that is there."""
        delta = self._source.bundle.mode("roles") == "delta"
        for user, roles in self._roles.items():
            if user in self.users:
                continue
            if user not in self.known or delta:
                self._source.findings.add(
                    "missing_user", file="roles.csv", line=roles[0].line, count=len(roles)
                )
            for role in roles:
                if role.org_sourced_id:
                    self._schools.knows(role.org_sourced_id, "roles", role.line)


def _kind(role: str) -> str:
    if role in _STUDENT:
        return "student"
    return "guardian" if role in _GUARDIAN else "staff"
