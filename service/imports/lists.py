"""The four lists that who runs a student-information system compares, kept for each import.

`matched` are the file's records that are on record, `unmatched` those that were not, `duplicates`
the sourcedIds that came again, and `not_in_file` who is on record and missing from a full file.
They are long and seldom read, and so are kept packed, in stretches.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import bindparam, select

from service.imports.oneroster.plan import Changes, Plan
from service.storage.imports import LISTS, Import, ImportList
from service.storage.unit_of_work import UnitOfWork, in_district

STRETCH = 5000
"""Records in one row."""

Listed = tuple[str, str, str | None]
"""What kind of record, its sourcedId, and of a guardian the student's."""


def keep(uow: UnitOfWork, row: Import, plan: Plan) -> None:
    """Keep the lists of what was planned."""
    kinds: Mapping[str, Changes[Any]] = {
        "schools": plan.schools,
        "staff": plan.staff,
        "students": plan.students,
        "guardians": plan.guardians,
    }
    for name in LISTS:
        listed = _listed(name, kinds)
        number = 0
        while stretch := list(islice(listed, STRETCH)):
            packed = zlib.compress(orjson.dumps(stretch), 1)
            uow.add(ImportList(import_id=row.id, name=name, number=number, content=packed))
            uow.flush()
            number += 1


def read(uow: UnitOfWork, id: UUID, name: str, after: int, limit: int) -> list[Listed]:
    """The records of a list after so many of them, at most `limit` and one stretch."""
    number, skip = divmod(after, STRETCH)
    found = uow.rows(_STRETCH, import_id=id, name=name, number=number)
    if not found:
        return []
    stretch: list[Listed] = orjson.loads(zlib.decompress(found[0].content))
    return stretch[skip : skip + limit]


def _listed(name: str, kinds: Mapping[str, Changes[Any]]) -> Iterator[Listed]:
    for kind, changes in kinds.items():
        keys: Iterator[Sequence[str]] = getattr(changes, name)()
        for key in keys:
            yield kind, key[-1], key[0] if len(key) > 1 else None


_STRETCH = in_district(
    select(ImportList.content).where(
        ImportList.import_id == bindparam("import_id"),
        ImportList.name == bindparam("name"),
        ImportList.number == bindparam("number"),
    )
)
