"""Inserts of whole rows of one table, by statements that are made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Table, Uuid, bindparam, insert
from sqlalchemy.types import TypeEngine

from service.storage.base import Base, hex_of
from service.storage.columns import columns
from service.storage.copying import Put
from service.storage.database import Database

AT_ONCE = 16
"""So many rows of a table go into one statement; there is one for each count up to it."""

Rows = Mapping[type[Base], Sequence[Mapping[str, Any]]]
"""By table, each row a mapping of every column by its attribute's name."""


def insert_rows(database: Database, connection: Connection, rows: Rows) -> None:
    """Insert rows of some tables, which come after those that they refer to.

    PostgreSQL takes a few rows of all of them in one statement: it looks at references when the
    statement ends.
    """
    if not database.sqlite and max(map(len, rows.values()), default=0) <= AT_ONCE:
        _insert(database, connection, rows)
        return
    for model, its in rows.items():
        for start in range(0, len(its), AT_ONCE):
            _insert(database, connection, {model: its[start : start + AT_ONCE]})


def _insert(database: Database, connection: Connection, rows: Rows) -> None:
    shape = tuple((model, len(its)) for model, its in rows.items() if its)
    if not shape:
        return
    values = {
        f"{model.__tablename__}_{name}_{n}": row[name]
        for model, its in rows.items()
        for n, row in enumerate(its)
        for name in columns(model)
    }
    database.prepared(_statement(shape)).run(connection, values)


def inserting(
    connection: Connection, table: Table, names: Sequence[str], same: Mapping[str, Any]
) -> Put:
    """What is put goes into the table, in the connection's transaction, row by row.

    A row says what is in the columns `names`; `same` is what all of them say.
    """
    dialect = connection.dialect
    compiled = table.insert().compile(dialect=dialect, column_keys=[*names, *same])
    order: Sequence[str] = compiled.positiontup or ()
    how = {name: _ready(table.c[name].type, dialect) for name in order}

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


def _ready(its: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes a value of a type ready to be sent, if anything has to."""
    return hex_of if isinstance(its, Uuid) else its.dialect_impl(dialect).bind_processor(dialect)


@lru_cache(maxsize=256)
def _statement(shape: tuple[tuple[type[Base], int], ...]) -> Insert:
    """The statement for so many rows of each of these tables, of which the last is its own."""
    *before, last = [_of_table(model, count) for model, count in shape]
    return last.add_cte(*(one.cte(f"rows_{n}") for n, one in enumerate(before)))


def _of_table(model: type[Base], count: int) -> Insert:
    return insert(model).values(
        [
            {
                column.name: bindparam(f"{model.__tablename__}_{name}_{n}", type_=column.type)
                for name, column in columns(model).items()
            }
            for n in range(count)
        ]
    )
