"""Users who work for the district, with the roles a roster can say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from service.imports.oneroster.plan.changes import Changes, Unknown, changes_of_file
from service.imports.oneroster.plan.records import Staff
from service.imports.oneroster.plan.source import Source
from service.imports.oneroster.read import Role, User

STAFF_ROLES: Mapping[str, str] = {
    "teacher": "teacher",
    "aide": "paraprofessional",
    "paraprofessional": "paraprofessional",
    "principal": "principal",
    "counselor": "counselor",
    "counsellor": "counselor",
    **dict.fromkeys(
        (
            "administrator",
            "districtadministrator",
            "siteadministrator",
            "systemadministrator",
            "assistantprincipal",
            "viceprincipal",
        ),
        "administrator",
    ),
    "proctor": "other",
}
"""Our role by OneRoster's, written in lower case and one word."""

_FIELDS: Mapping[str, str] = {"email": "email", "identifier": "identifier"}


class StaffMembers:
    """The staff a bundle wants."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._wanted: dict[str, tuple[Staff, Unknown]] = {}

    def changes(self, gone: Collection[str]) -> Changes[Staff, str]:
        existing = self._source.existing.staff
        return changes_of_file(self._source, "users", self._wanted, existing, gone)

    def want(
        self,
        user: User,
        roles: Iterable[str],
        ended: Iterable[Role],
        school: str | None,
        school_unknown: bool,
    ) -> None:
        """Take a user as staff: `roles` are those that make them so, `ended` those no longer."""
        mapped = set()
        for role in roles:
            mapped.add(STAFF_ROLES.get(role, "other"))
            if role not in STAFF_ROLES and not role.startswith("ext:"):
                self._source.findings.add(
                    "unknown_role",
                    file="users.csv" if role in user.roles else "roles.csv",
                    line=user.line if role in user.roles else None,
                    field="role",
                    root=role,
                )
        unknown = {_FIELDS[c] for c in user.unread if c in _FIELDS}
        before = self._source.existing.staff.get(user.sourced_id)
        if not mapped:
            unknown.add("roles")
        elif before and self._source.bundle.mode("roles") == "delta":
            # A delta names the roles that changed; the others stand.
            mapped |= set(before.roles) - {STAFF_ROLES.get(r.role, "other") for r in ended}
        if school_unknown:
            unknown.add("school_sourced_id")
        member = Staff(
            sourced_id=user.sourced_id,
            given_name=user.given_name,
            family_name=user.family_name,
            email=user.email,
            identifier=user.identifier,
            roles=tuple(sorted(mapped)),
            school_sourced_id=school,
        )
        self._wanted[user.sourced_id] = (member, unknown)
