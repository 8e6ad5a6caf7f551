"""Inserts of whole rows of one table, by statements that are made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Insert, bindparam, insert, inspect

from service.storage.base import Base
from service.storage.database import Database

AT_ONCE = 16
"""So many rows go into one statement; there is one statement for each count up to it."""


@cache
def columns(model: type[Base]) -> dict[str, Column[Any]]:
    """The columns of a model by their attributes' names."""
    return {attribute.key: attribute.columns[0] for attribute in inspect(model).column_attrs}  # type: ignore[misc]


def default(column: Column[Any]) -> Any:
    """What a column holds where nothing was said."""
    if column.default is None:
        return None
    given: Any = column.default
    return given.arg(None) if given.is_callable else given.arg


def store(
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
        database.prepared(_insert(model, len(some))).run(connection, values)


@cache
def _insert(model: type[Base], count: int) -> Insert:
    return insert(model).values(
        [
            {
                column.name: bindparam(f"{name}_{n}", type_=column.type)
                for name, column in columns(model).items()
            }
            for n in range(count)
        ]
    )
