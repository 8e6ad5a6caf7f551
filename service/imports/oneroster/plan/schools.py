"""Organisations: orgs.csv, and whether what other rows point at is one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from service.imports.oneroster.plan.changes import Changes, changes_of_file, completion
from service.imports.oneroster.plan.desk import GONE, SCHOOLS
from service.imports.oneroster.plan.records import School
from service.imports.oneroster.plan.source import Source

_FIELDS: Mapping[str, str] = {
    "type": "org_type",
    "identifier": "identifier",
    "parentSourcedId": "parent_sourced_id",
}

Unknown = Collection[str]
"""The fields of a record about which the bundle says nothing."""


class Schools:
    """The organisations a bundle wants; `changes` has parents before their children.

    There are few of them, and every row of the other files points at one: they are all at hand.
    """

    def __init__(self, source: Source, existing: Mapping[str, School]) -> None:
        self._source = source
        self._wanted: dict[str, tuple[School, Unknown]] = {}
        self._gone: set[str] = set()
        for org in source.once("orgs", source.bundle.orgs()):
            if not org.active:
                self._gone.add(org.sourced_id)
                continue
            school = School(
                sourced_id=org.sourced_id,
                name=org.name,
                identifier=org.identifier,
                org_type=org.org_type,
                parent_sourced_id=org.parent_sourced_id,
            )
            self._wanted[org.sourced_id] = school, {_FIELDS[c] for c in org.unread if c in _FIELDS}
        self._types = {sid: school.org_type for sid, school in existing.items()}
        for sid, (school, unknown) in self._wanted.items():
            if not (sid in existing and "org_type" in unknown):
                self._types[sid] = school.org_type
        self._drop_unknown_parents()
        self._put_parents_first()

    def changes(self) -> Changes[School]:
        desk = self._source.desk
        desk.put(GONE["orgs"], ((sid,) for sid in self._gone))
        said = ((*school, SCHOOLS.bits(unknown)) for school, unknown in self._wanted.values())
        desk.put(SCHOOLS.said, said)
        desk.run(completion(SCHOOLS))
        desk.run(SCHOOLS.by_key(SCHOOLS.wanted))
        return changes_of_file(self._source, SCHOOLS)

    def knows(self, org: str, file: str, line: int | None = None) -> bool:
        """Whether the organisation is in the bundle or on record; if not, that is a finding."""
        if org in self._types or org in self._gone:
            return True
        if org not in self._source.bundle.files["orgs"].refused_ids:
            self._source.findings.add(
                "missing_org", file=f"{file}.csv", line=line, sourced_id=org, root=org
            )
        return False

    def unknown(self, orgs: Collection[str]) -> set[str]:
        """Those that are neither in the bundle nor on record."""
        return {org for org in orgs if org not in self._types and org not in self._gone}

    def first_school(self, orgs: Collection[str | None]) -> str | None:
        """The first of them that is a school, if there is one and all of them are known."""
        named = [org for org in orgs if org]
        if self.unknown(named):
            return None
        return next(filter(self.is_school, named), None)

    def is_school(self, org: str) -> bool:
        """Whether it is one that students attend, and no office above."""
        return self._types.get(org, "school") == "school"

    def _drop_unknown_parents(self) -> None:
        for sid, (school, _) in self._wanted.items():
            parent = school.parent_sourced_id
            if parent and not self.knows(parent, "orgs"):
                self._orphan(sid)

    def _put_parents_first(self) -> None:
        """Parents before their children; where they come round in a circle, it is cut."""
        in_order: dict[str, tuple[School, Unknown]] = {}
        for start in self._wanted:
            path: list[str] = []
            at: str | None = start
            while at in self._wanted and at not in in_order:
                path.append(at)
                at = self._wanted[at][0].parent_sourced_id
                if at in path:
                    self._orphan(path[-1])
                    if at != path[-1]:  # to name oneself is a way to say that one is the top
                        self._source.findings.add(
                            "org_loop", file="orgs.csv", sourced_id=path[-1], root=path[-1]
                        )
                    break
            for sid in reversed(path):
                in_order[sid] = self._wanted[sid]
        self._wanted = in_order

    def _orphan(self, sid: str) -> None:
        school, unknown = self._wanted[sid]
        self._wanted[sid] = (school._replace(parent_sourced_id=None), unknown)
