"""Inserts of whole rows of one table, by statements that are made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, insert

from service.storage.base import Base
from service.storage.columns import columns
from service.storage.database import Database

AT_ONCE = 16
"""So many rows go into one statement; there is one statement for each count up to it."""


def insert_rows(
    database: Database,
    connection: Connection,
    model: type[Base],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Insert rows, each a mapping of every column by its attribute's name."""
    names = tuple(columns(model))
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        values = {f"{name}_{n}": row[name] for n, row in enumerate(some) for name in names}
        database.prepared(_statement(model, len(some))).run(connection, values)


@cache
def _statement(model: type[Base], count: int) -> Insert:
    return insert(model).values(
        [
            {
                column.name: bindparam(f"{name}_{n}", type_=column.type)
                for name, column in columns(model).items()
            }
            for n in range(count)
        ]
    )
