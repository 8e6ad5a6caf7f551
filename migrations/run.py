"""Bring a database to the state of the models, as the owner of its tables.

On PostgreSQL the service itself runs as another role, which `upgrade` gives what it needs
and no more: rows, but no tables; a journal that it can only append to. All of it happens in
one transaction, behind a lock, and gives up rather than hold up a running service.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, make_url, text

from service.storage import Base
from service.storage.database import engine_for_migrations

HERE = Path(__file__).parent
HEAD_FILE = HERE / ".current-alembic-head"
LOCK_TIMEOUT = "10s"
VERSION_TABLE = "alembic_version"

EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
GRANTS = {
    "journal": "SELECT, INSERT",  # never changed, never removed
    "journal_payloads": "SELECT, INSERT, UPDATE",  # emptied where the law demands it
    VERSION_TABLE: "SELECT",
}
"""What the application may do with a table, where that is not everything."""


class CannotMigrate(Exception):
    """The database cannot be brought to the models' state; says why and what to do."""


def upgrade(owner_url: str, application_url: str | None = None, revision: str = "head") -> None:
    """Migrate up; then, when the application has a role of its own, give it its rights."""
    with connected(owner_url) as connection:
        try:
            command.upgrade(config(connection), revision)
        except CommandError as error:
            raise CannotMigrate(
                f"The database is not one that this version of Childfind knows: {error}"
            ) from error
        if application_url is not None and connection.dialect.name == "postgresql":
            role = role_of(application_url)
            if role != connection.scalar(text("SELECT current_user")):
                grant(connection, role)


def downgrade(owner_url: str, revision: str) -> None:
    with connected(owner_url) as connection:
        command.downgrade(config(connection), revision)


def current(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The last revision there is."""
    return ScriptDirectory.from_config(config()).get_current_head()


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def role_of(application_url: str) -> str:
    """The role in a PostgreSQL address."""
    url = make_url(application_url)
    role = url.username or url.query.get("user")
    if not isinstance(role, str):
        raise CannotMigrate(
            "The address of the application names no role to give rights to."
            " Write it as postgresql://role@host/database."
        )
    return role


def grant(connection: Connection, role: str) -> None:
    """Give the application's role rows and no tables, whatever it had before."""
    quote = connection.dialect.identifier_preparer.quote
    if (
        connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
        is None
    ):
        raise CannotMigrate(f"The application's role {role} is not there. CREATE ROLE it first.")
    schema: str = connection.scalars(text("SELECT current_schema()")).one()
    connection.execute(text(f"GRANT USAGE ON SCHEMA {quote(schema)} TO {quote(role)}"))
    connection.execute(text(f"REVOKE CREATE ON SCHEMA {quote(schema)} FROM {quote(role)}"))
    for table in (*Base.metadata.tables, VERSION_TABLE):
        rights = GRANTS.get(table, EVERYTHING)
        connection.execute(text(f"REVOKE ALL ON {quote(table)} FROM {quote(role)}"))
        connection.execute(text(f"GRANT {rights} ON {quote(table)} TO {quote(role)}"))
    if too_much := _more_than_granted(connection, role, schema):
        raise CannotMigrate(
            f"The application's role {role} may still {too_much}, through PUBLIC, a role it is a"
            " member of, or as a superuser. Take that away, or the journal is not append-only."
        )


def _more_than_granted(connection: Connection, role: str, schema: str) -> str | None:
    """One thing the role can do that it must not, however it came by it."""
    forbidden = {
        "create tables": "has_schema_privilege(:role, :schema, 'CREATE')",
        "change the journal": "has_table_privilege(:role, 'journal', 'UPDATE')",
        "delete from the journal": "has_table_privilege(:role, 'journal', 'DELETE')",
        "empty the journal": "has_table_privilege(:role, 'journal', 'TRUNCATE')",
    }
    for thing, test in forbidden.items():
        if connection.scalar(text(f"SELECT {test}"), {"role": role, "schema": schema}):
            return thing
    return None


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection in one transaction; nobody else migrates the same database meanwhile."""
    engine = engine_for_migrations(url)
    try:
        with engine.execution_options(childfind_writes=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
                # The number is any, as long as nothing else uses it in this database.
                connection.execute(text("SELECT pg_advisory_xact_lock(7033402)"))
            yield connection
    finally:
        engine.dispose()
