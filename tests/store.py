"""One database with every table for many tests, each of which begins with no row in it.

To make a database for each test costs a hundred times what emptying one costs. So every worker
keeps one of each kind. Rows are deleted and tables are not truncated, for TRUNCATE, too, makes
new files for every table and index. There are no sequences to reset: keys are UUIDs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import QueuePool, Table

from service.storage import Base
from service.storage.database import Database

Rows = Mapping[Table, list[dict[str, Any]]]


@dataclass(frozen=True)
class Store:
    """`database` is opened as by the application, `owner` as the role that made the tables."""

    database: Database
    owner: Database

    def empty(self) -> None:
        """Delete every row, whoever may delete it in production."""
        with self.owner.writer.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())

    def rows(self) -> Rows:
        """Every row there is, by table."""
        with self.owner.reader.connect() as connection:
            return {
                table: [dict(row) for row in connection.execute(table.select()).mappings()]
                for table in Base.metadata.sorted_tables
            }

    def put_back(self, rows: Rows) -> None:
        """Have these rows and no others."""
        self.empty()
        with self.owner.writer.begin() as connection:
            for table, kept in rows.items():
                if kept:
                    # One statement, for a row may refer to a later one of its own table.
                    connection.execute(table.insert().values(kept))

    @property
    def in_use(self) -> int:
        """How many of the application's connections were not given back."""
        pool = self.database.engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout()


@contextmanager
def a_store(url: str, *, owner_url: str) -> Iterator[Store]:
    """Make every table in an empty database, and keep it open."""
    database, owner = Database(url), Database(owner_url)
    Base.metadata.create_all(owner.engine)
    yield Store(database, owner)
    database.dispose()
    owner.dispose()
