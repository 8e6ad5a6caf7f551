"""Inserts of whole rows of one table, by statements that are made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table, bindparam, insert

from service.storage.base import Base
from service.storage.columns import columns, default
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


def inserting(connection: Connection, table: Table) -> Put:
    """What is put goes into the table, in the connection's transaction, row by row.

    A column that a row does not name has the value that an insert would give it.
    """
    dialect = connection.dialect
    how = [
        (column.name, default(column), column.type.dialect_impl(dialect).bind_processor(dialect))
        for column in table.columns
    ]
    statement = str(table.insert().compile(dialect=dialect))

    def put(rows: Sequence[Mapping[str, Any]]) -> None:
        # Many values are one and the same in every row: each is made ready once.
        last: list[tuple[Any, Any]] = [(None, None)] * len(how)
        ready = []
        for row in rows:
            values = []
            for place, (name, other, convert) in enumerate(how):
                value = row.get(name, other)
                if convert is not None and value is not None:
                    if value is not last[place][0]:
                        last[place] = value, convert(value)
                    value = last[place][1]
                values.append(value)
            ready.append(tuple(values))
        connection.exec_driver_sql(statement, ready)

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
