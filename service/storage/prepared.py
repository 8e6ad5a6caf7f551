"""Statements that are made once and run often, handed straight to the driver.

SQLAlchemy makes them: it writes the SQL and knows how each type goes in and comes out. It is
left out of the running, where its bookkeeping costs more than the database takes to answer.
Connection, transaction, errors and events stay those of SQLAlchemy: whoever listens to the
engine hears of these statements too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.sql.compiler import SQLCompiler

from service.storage import libpq

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Text:
    """The SQL for one count of values in each list; what it takes by its places, and how."""

    sql: str
    places: tuple[tuple[str, Convert | None], ...]


class Prepared:
    """One statement for one kind of database."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self._compiled: SQLCompiler = compiled
        self._dialect = dialect
        self._types = {name: bind.type for bind, name in compiled.bind_names.items()}
        self._lists = tuple(name for bind, name in compiled.bind_names.items() if bind.expanding)
        self._constants = {
            name: bind.effective_value
            for bind, name in compiled.bind_names.items()
            if not bind.required
        }
        self._texts: dict[tuple[int, ...], _Text] = {}
        self._row: type[Any] | None = None
        self._converts: tuple[tuple[int, Convert], ...] = ()

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """The rows that the statement finds or gives back, their columns by name and by place.

        Raises StatementError for a value that is missing, and DBAPIError as SQLAlchemy does.
        """
        cursor = self._run(connection, values)
        found = cursor.fetchall()
        if not found:
            return []
        made = self._row or self._learn(cursor.description)
        if not self._converts:
            return list(map(made, found))
        return [made(self._converted(row)) for row in found]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Run it for what it does."""
        self._run(connection, values)

    def _run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        if self._constants:
            values = {**self._constants, **values}
        try:
            counts = tuple([len(values[name]) for name in self._lists])
            text = self._texts.get(counts) or self._text(counts, values)
            if self._lists:
                values = {**values, **_each(self._lists, values)}
            sent = tuple(
                [values[name] if how is None else how(values[name]) for name, how in text.places]
            )
        except KeyError as error:
            said = f"no value for {', '.join(sorted(self._types.keys() - values.keys()))}"
            raise StatementError(said, self._compiled.string, None, error) from error
        if self._begins(connection):
            connection.begin()
        cursor = _cursor(connection)
        for hear in connection.dispatch.before_cursor_execute:
            hear(connection, cursor, text.sql, sent, None, False)
        try:
            cursor.execute(text.sql, sent)
        except self._dialect.loaded_dbapi.Error as error:
            raise self._failed(connection, cursor, text.sql, error) from error
        return cursor

    @staticmethod
    def _begins(connection: Connection) -> bool:
        """A transaction begins with its first statement, unless each stands for itself."""
        alone = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
        return not alone and not connection.in_transaction()

    def _text(self, counts: tuple[int, ...], values: Mapping[str, Any]) -> _Text:
        """Written when a statement first meets so many values; one that has many is not kept."""
        if missing := self._types.keys() - values.keys():
            raise KeyError(*missing)
        state = self._compiled.construct_expanded_state({**self._constants, **values})
        types = self._types | {
            f"{name}_{n}": self._types[name]
            for name, count in zip(self._lists, counts, strict=True)
            for n in range(1, count + 1)
        }
        text = _Text(
            state.statement,
            tuple(
                (name, types[name].dialect_impl(self._dialect).bind_processor(self._dialect))
                for name in state.positiontup or ()
            ),
        )
        if max(counts, default=0) <= KEPT:
            self._texts[counts] = text
        return text

    def _learn(self, description: Sequence[Any]) -> type[Any]:
        """What the columns are called, and how each comes out: known with the first answer."""
        columns = self._compiled._result_columns
        self._converts = tuple(
            (place, convert)
            for place, (column, told) in enumerate(zip(columns, description, strict=True))
            if (
                convert := column.type.dialect_impl(self._dialect).result_processor(
                    self._dialect, told[1]
                )
            )
        )
        self._row = _row_of([str(column.keyname) for column in columns])
        return self._row

    def _converted(self, row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for place, convert in self._converts:
            values[place] = convert(values[place])
        return values

    def _failed(
        self, connection: Connection, cursor: Any, sql: str, error: Exception
    ) -> BaseException:
        """The error as SQLAlchemy tells it; no connection of a lost one's pool is used again."""
        dbapi = self._dialect.loaded_dbapi
        lost = self._dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)  # type: ignore[arg-type]
        if lost:
            connection.invalidate(error)
            # What ended one, a server that went down, ended those that wait in the pool.
            connection.engine.dispose()
        return DBAPIError.instance(
            sql,
            None,
            error,
            dbapi.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=self._dialect,
        )


def _each(lists: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of each list by the names that they have in the SQL."""
    return {f"{name}_{n}": one for name in lists for n, one in enumerate(values[name], 1)}


KEPT = 8
"""Statements with lists of up to so many values keep their text."""

_CURSOR = "childfind_cursor"


def _cursor(connection: Connection) -> Any:
    """The one cursor of a driver's connection: every answer is read before the next is asked."""
    held = connection.info
    cursor = held.get(_CURSOR)
    if cursor is None:
        driven: Any = connection.connection.driver_connection
        of_postgresql = connection.dialect.name == "postgresql"
        cursor = held[_CURSOR] = libpq.Cursor(driven) if of_postgresql else driven.cursor()
    return cursor


def _row_of(names: Sequence[str]) -> type[Any]:
    """A tuple whose places have names, whatever the names are."""
    members: dict[str, Any] = {
        name: property(itemgetter(place)) for place, name in enumerate(names)
    }
    mapping = property(lambda row: dict(zip(names, row, strict=True)))
    return type("Row", (tuple,), {"__slots__": (), "_mapping": mapping, **members})
