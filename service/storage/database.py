"""The database: one URL, two ways in (reads without a transaction, writes with one).

SQLite runs with write-ahead log, full synchronisation, foreign keys on, and a writer
takes its lock at once (`BEGIN IMMEDIATE`), so that two writers wait instead of failing.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import psycopg
from sqlalchemy import Connection, Engine, Executable, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from service.storage.base import Packed
from service.storage.prepared import Prepared

BUSY_TIMEOUT_S = 30


def _dump_json(value: Any) -> str:
    return value.json() if isinstance(value, Packed) else orjson.dumps(value).decode()


class Database:
    """An engine for writers and one for readers over the same pool.

    Raises ArgumentError for what is no address of a SQLite or PostgreSQL database.
    """

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
        if kind not in ("sqlite", "postgresql", "postgres"):
            raise ArgumentError(f"it names {kind}, and only SQLite and PostgreSQL serve here")
        self.sqlite = kind == "sqlite"
        options: dict[str, Any] = {
            "hide_parameters": True,  # values are personal; errors go to the log
            "json_serializer": _dump_json,
            "json_deserializer": orjson.loads,
        }
        if self.sqlite:
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            options["connect_args"] = {"timeout": BUSY_TIMEOUT_S}
        else:
            parsed = parsed.set(drivername="postgresql+psycopg")
            # As PostgreSQL itself counts parameters: nothing is left for the driver to rewrite, and
            # one that stands in many places is sent once.
            options["paramstyle"] = "numeric_dollar"
            # `libpq.Cursor` prepares what runs often, and the driver would take that from it after
            # a rollback; it prepares nothing itself.
            options["connect_args"] = {
                "cursor_factory": psycopg.RawCursor,
                "prepare_threshold": None,
            }
            options |= {"pool_size": pool_size, "max_overflow": 0, "pool_pre_ping": False}
            options["skip_autocommit_rollback"] = True
        self.engine = create_engine(parsed, **options)
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
            self.reader: Engine = self.engine
            self.writer: Engine = self.engine.execution_options(childfind_writes=True)
        else:
            event.listen(self.engine, "connect", _prepare_postgresql)
            self.reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")
            self.writer = self.engine
        self._prepared: WeakKeyDictionary[Executable, Prepared] = WeakKeyDictionary()

    def prepared(self, statement: Executable) -> Prepared:
        """A statement that was made once, ready for this kind of database."""
        found = self._prepared.get(statement)
        if found is None:
            found = self._prepared[statement] = Prepared(statement, self.engine.dialect)
        return found

    def dispose(self) -> None:
        self.engine.dispose()


def _prepare_postgresql(connection: Any, _: ConnectionPoolEntry) -> None:
    """Instants come back in UTC, whatever zone the server is in."""
    connection.autocommit = True
    connection.execute("SET TIME ZONE 'UTC'")
    connection.autocommit = False


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("childfind_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def engine_for_migrations(url: str) -> Engine:
    """An engine for Alembic: SQLite without foreign keys, as its batch mode needs."""
    engine = Database(url).engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA foreign_keys=OFF"))
    return engine
