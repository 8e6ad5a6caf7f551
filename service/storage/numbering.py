"""Numbering the journal: the head is raised, and the entries take the numbers it gives.

PostgreSQL does it in one statement for up to `AT_ONCE` entries, at least one with a payload; that
holds the head for the shortest time. More entries, as an import has, and entries without any
payload take three statements, and so does all of it on SQLite, which cannot write in a WITH and
whose writers wait for each other anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Insert, bindparam, insert, select, union_all, update

from service.storage.base import Base
from service.storage.columns import columns
from service.storage.database import Database
from service.storage.inserts import AT_ONCE, insert_rows
from service.storage.journal import JournalEntry, JournalHead, JournalPayload

Entry = tuple[Mapping[str, Any], Mapping[str, Any] | None]
"""The columns of an entry, and those of its payload if it has one; without district and number."""


def number(
    database: Database, connection: Connection, district_id: UUID, entries: Sequence[Entry]
) -> None:
    """Store entries in their order under the district's next numbers.

    Raises RuntimeError for a district whose journal was never begun.
    """
    paid = tuple(payload is not None for _, payload in entries)
    if database.sqlite or len(entries) > AT_ONCE or not any(paid):
        _in_three(database, connection, district_id, entries)
        return
    values = {"district_id": district_id, "count": len(entries)}
    for n, (entry, payload) in enumerate(entries):
        values |= {f"{name}_{n}": value for name, value in entry.items()}
        values |= {f"of_{name}_{n}": value for name, value in (payload or {}).items()}
    stored = database.prepared(_at_once(paid)).rows(connection, values)
    if len(stored) != sum(paid):
        raise RuntimeError(f"district {district_id} has no journal")


def _in_three(
    database: Database, connection: Connection, district_id: UUID, entries: Sequence[Entry]
) -> None:
    values = {"district_id": district_id, "count": len(entries)}
    raised = database.prepared(_RAISE).rows(connection, values)
    if not raised:
        raise RuntimeError(f"district {district_id} has no journal")
    first = raised[0].last_seq - len(entries) + 1
    keys = [{"district_id": district_id, "seq": first + n} for n in range(len(entries))]
    pairs = list(zip(keys, entries, strict=True))
    told = [key | {**entry} for key, (entry, _) in pairs]
    paid = [key | {**payload} for key, (_, payload) in pairs if payload is not None]
    insert_rows(database, connection, {JournalEntry: told, JournalPayload: paid})


_RAISE = (
    update(JournalHead)
    .where(JournalHead.district_id == bindparam("district_id"))
    .values(last_seq=JournalHead.last_seq + bindparam("count"))
    .returning(JournalHead.last_seq)
)


@cache
def _at_once(paid: tuple[bool, ...]) -> Insert:
    """The statement for so many entries; `paid`: which of them have a payload."""
    head = _RAISE.cte("head")

    def numbered(model: type[Base], places: Sequence[int], prefix: str) -> Insert:
        rows = []
        for n in places:
            own = {
                name: bindparam(f"{prefix}{name}_{n}", type_=column.type)
                for name, column in columns(model).items()
            }
            own["district_id"] = bindparam("district_id", type_=JournalHead.district_id.type)
            rows.append(select(*(own | {"seq": head.c.last_seq - (len(paid) - 1 - n)}).values()))
        return insert(model).from_select(
            [column.name for column in columns(model).values()], union_all(*rows)
        )

    entries = numbered(JournalEntry, range(len(paid)), "").cte("entries")
    payloads = numbered(JournalPayload, [n for n, has in enumerate(paid) if has], "of_")
    return payloads.add_cte(entries).returning(JournalPayload.seq)
