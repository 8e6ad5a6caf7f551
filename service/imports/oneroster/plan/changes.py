"""Wanted records laid beside those on record: what is new, changed, gone, twice, not in file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, TypeVar

from service.imports.oneroster.plan.records import Guardian, School, Staff, Student
from service.imports.oneroster.plan.source import Source
from service.imports.oneroster.report import Counts

R = TypeVar("R", School, Staff, Student, Guardian)
K = TypeVar("K")

Unknown = Collection[str]
"""The fields of a record about which the bundle says nothing."""


@dataclass(frozen=True, slots=True)
class Update(Generic[R]):
    before: R
    after: R
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes(Generic[R, K]):
    """One kind of record. `deactivations` are the records as they stand, still active."""

    creates: tuple[R, ...]
    updates: tuple[Update[R], ...]
    unchanged: tuple[K, ...]
    deactivations: tuple[R, ...]
    duplicates: tuple[K, ...]
    not_in_file: tuple[K, ...]

    @property
    def empty(self) -> bool:
        """Nothing of this kind to write."""
        return not (self.creates or self.updates or self.deactivations)

    def counts(self) -> Counts:
        return Counts(
            created=len(self.creates),
            updated=len(self.updates),
            unchanged=len(self.unchanged),
            deactivated=len(self.deactivations),
            matched=len(self.updates) + len(self.unchanged),
            unmatched=len(self.creates),
            duplicates=len(self.duplicates),
            not_in_file=len(self.not_in_file),
        )


def changes(
    wanted: Mapping[K, tuple[R, Unknown]],
    existing: Mapping[K, R],
    *,
    gone: Iterable[R],
    duplicates: tuple[K, ...],
    not_in_file: tuple[K, ...],
) -> Changes[R, K]:
    """Lay what the bundle wants beside what is on record."""
    creates: list[R] = []
    updates: list[Update[R]] = []
    unchanged: list[K] = []
    for key, (record, unknown) in wanted.items():
        before = existing.get(key)
        if before is None:
            creates.append(record)
            continue
        after = completed(record, unknown, before)
        changed = tuple(
            f.name for f in fields(after) if getattr(before, f.name) != getattr(after, f.name)
        )
        if changed:
            updates.append(Update(before, after, changed))
        else:
            unchanged.append(key)
    return Changes(
        tuple(creates), tuple(updates), tuple(unchanged), tuple(gone), duplicates, not_in_file
    )


def changes_of_file(
    source: Source,
    file: str,
    wanted: Mapping[str, tuple[R, Unknown]],
    existing: Mapping[str, R],
    gone: Collection[str],
) -> Changes[R, str]:
    """The same for a file whose rows are the records: only a full one can miss anybody.

    Who is missing from users.csv leaves; a school that is missing stays as it is.
    """
    state = source.bundle.files[file]
    not_in_file: list[str] = []
    if state.mode == "bulk":
        not_in_file = [
            sid
            for sid, record in existing.items()
            if record.active
            and sid not in wanted
            and sid not in gone
            and sid not in state.refused_ids
        ]
    leaving = [existing[sid] for sid in existing if sid in gone and existing[sid].active]
    if file == "orgs":
        if not_in_file:
            source.findings.add("schools_not_in_file", file="orgs.csv", count=len(not_in_file))
    elif state.unidentified and not_in_file:
        source.findings.add("deactivation_withheld", file="users.csv", count=len(not_in_file))
    else:
        leaving += [existing[sid] for sid in not_in_file]
    repeated = dict.fromkeys(source.duplicates.get(file, ()))
    return changes(
        wanted,
        existing,
        gone=leaving,
        duplicates=tuple(sid for sid in repeated if sid in wanted),
        not_in_file=tuple(not_in_file),
    )


def completed(record: R, unknown: Unknown, before: R | None) -> R:
    """The record with what the bundle does not know taken from the one that stands."""
    if before is None or not unknown:
        return record
    kept: dict[str, Any] = {name: getattr(before, name) for name in unknown}
    return replace(record, **kept)
