"""Many rows at once into PostgreSQL, by COPY: several times as fast as inserting them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from service.storage.columns import default

Put = Callable[[Sequence[Mapping[str, Any]]], object]


@contextmanager
def copying(connection: Connection, table: Table) -> Iterator[Put]:
    """What is put goes into the table, in the connection's transaction.

    A column that a row does not name has the value that an insert would give it. What the
    database refuses is raised as SQLAlchemy raises it.
    """
    columns = list(table.columns)
    defaults = {column.name: default(column) for column in columns}
    names = ", ".join(f'"{column.name}"' for column in columns)
    raw: Any = connection.connection.driver_connection

    def line(row: Mapping[str, Any]) -> str:
        return "\t".join([_text(row.get(name, other)) for name, other in defaults.items()])

    try:
        with (
            raw.cursor() as cursor,
            cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy,
        ):
            yield lambda rows: copy.write("".join([f"{line(row)}\n" for row in rows]))
    except psycopg.Error as error:
        wrapped = DBAPIError.instance(
            "COPY", None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
        )
        raise wrapped from error


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _text(value: Any) -> str:
    """A value as COPY's text format writes it."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return orjson.dumps(value).decode().translate(_ESCAPES)
    return str(value)
