"""Users who work for the district, with the roles a roster can say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from sqlalchemy import select

from service.imports.oneroster.plan.changes import Changes, changes_of_file, completion
from service.imports.oneroster.plan.desk import STAFF, Pile, mark, sql
from service.imports.oneroster.plan.records import Staff
from service.imports.oneroster.plan.source import Source
from service.imports.oneroster.read import User

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
        self._said = Pile(source.desk, STAFF.said)

    def changes(self) -> Changes[Staff]:
        self._said.put_down()
        self._source.desk.run(completion(STAFF))
        self._source.desk.run(STAFF.by_key(STAFF.wanted))
        return changes_of_file(self._source, STAFF)

    def want(
        self,
        user: User,
        roles: Iterable[str],
        ended: Iterable[str],
        school: str | None,
        school_unknown: bool,
    ) -> None:
        """Take a user as staff: by `roles`, and no longer by those that `ended`."""
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
        if (mapped or ended) and self._source.bundle.mode("roles") == "delta":
            # A delta names the roles that changed; the others stand.
            mapped |= roles_left(self._source.desk.one(_roles(), user.sourced_id), ended)
        if not mapped:
            unknown.add("roles")
        if school_unknown:
            unknown.add("school_sourced_id")
        self._said.add(
            user.sourced_id,
            user.given_name,
            user.family_name,
            user.email,
            user.identifier,
            ",".join(sorted(mapped)),
            school,
            1,
            None,
            STAFF.bits(unknown),
        )


def roles_left(recorded: str | None, ended: Iterable[str]) -> set[str]:
    """The roles on record, by commas, but those that the bundle says have ended."""
    return set((recorded or "").split(",")) - {"", *(STAFF_ROLES.get(r, "other") for r in ended)}


@cache
def _roles() -> str:
    recorded = STAFF.recorded.c
    return sql(select(recorded.roles).where(recorded.sourced_id == mark()))
