"""Inserts of whole rows of one table, by statements that are made once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Insert, Table, bindparam, insert

from service.storage.base import Base
from service.storage.columns import columns
from service.storage.copying import Put
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


def inserting(
    connection: Connection, table: Table, names: Sequence[str], same: Mapping[str, Any]
) -> Put:
    """What is put goes into the table, in the connection's transaction, row by row.

    A row says what is in the columns `names`; `same` is what all of them say.
    """
    dialect = connection.dialect
    compiled = table.insert().compile(dialect=dialect, column_keys=[*names, *same])
    order: Sequence[str] = compiled.positiontup or ()
    how = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order}

    def sent(name: str, said: Sequence[Any]) -> Sequence[Any]:
        ready = how[name]
        if ready is None:
            return said
        return [None if value is None else ready(value) for value in said]

    all_say = {name: sent(name, [value])[0] for name, value in same.items()}

    def put(rows: Sequence[Sequence[Any]]) -> None:
        columns: dict[str, Iterable[Any]] = {
            name: sent(name, said)
            for name, said in zip(names, zip(*rows, strict=True), strict=True)
        }
        columns |= {name: repeat(value, len(rows)) for name, value in all_say.items()}
        ready = list(zip(*(columns[name] for name in order), strict=True))
        connection.exec_driver_sql(compiled.string, ready)

    return put


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
