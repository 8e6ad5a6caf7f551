"""The migrations make the tables of the models, on both engines, and can be undone."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from migrations import run
from service.storage import Base
from service.storage.database import Database as Storage
from service.storage.database import engine_for_migrations
from tests.postgres import APPLICATION, Cluster, Database


def test_there_is_one_head_and_git_knows_it() -> None:
    """Two migrations written in two branches collide in this file, not in production."""
    scripts = ScriptDirectory.from_config(run.config())
    (head,) = scripts.get_heads()
    script = scripts.get_revision(head)
    assert run.HEAD_FILE.read_text() == f"{script.module.__name__.removesuffix('_py')}\n"


def test_migrations_are_numbered_in_order() -> None:
    scripts = ScriptDirectory.from_config(run.config())
    numbers = [script.revision for script in scripts.walk_revisions()][::-1]
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]


def test_up_down_up(database: Database) -> None:
    run.upgrade(database.owner_url)
    first = schema_of(database.owner_url)
    run.downgrade(database.owner_url, "base")
    assert schema_of(database.owner_url) == {}
    run.upgrade(database.owner_url)
    assert schema_of(database.owner_url) == first
    run.upgrade(database.owner_url)  # nothing to do


def test_alembic_finds_no_difference(database: Database) -> None:
    run.upgrade(database.owner_url)
    with run.connected(database.owner_url) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
        assert run.current(connection) == run.head()


def test_the_schema_equals_that_of_the_models(database: Database, empty_copy: Database) -> None:
    """CHECKs and the conditions of partial indexes, too, which Alembic does not compare."""
    run.upgrade(database.owner_url)
    engine = engine_for_migrations(empty_copy.owner_url)
    Base.metadata.create_all(engine)
    engine.dispose()
    migrated = schema_of(database.owner_url)
    made = schema_of(empty_copy.owner_url)
    assert made.keys() == Base.metadata.tables.keys()
    assert migrated == made
    rules = [line for table in made.values() for line in table if "WHERE" in line]
    assert any("closed_on IS NULL" in line for line in rules), "the dump sees partial indexes"
    assert any("CHECK" in line for table in made.values() for line in table)


WITH_A_CASE = """
INSERT INTO districts (id, name, jurisdiction, time_zone, kind, settings, version, created_at,
                       updated_at)
VALUES (:id, 'Amber Falls', 'us', 'America/Chicago', 'live', '{}', 1, '2026-06-01', '2026-06-01');
INSERT INTO cases (district_id, id, path, status, frameworks, opened_on, jurisdiction, law_on,
                   absences, version, created_at, updated_at)
VALUES (:id, :id, 'initial', 'referred', '[]', '2026-05-04', 'us', '2026-05-04', '[]', 1,
        '2026-06-01', '2026-06-01')
"""
DEADLINE = """
INSERT INTO deadlines (district_id, id, case_id, key, term_id, kind, title, state, provisional,
                       basis, detail)
VALUES (:district, :id, :district, :key, 'initial_evaluation', 'clock', 'T', 'running', false,
        'state', '{}')
"""
SPAN = """
INSERT INTO paused_spans (district_id, id, deadline_id, first_on, last_on)
VALUES (:district, :id, :deadline, :first_on, :last_on)
"""
SPANS = "SELECT deadline_id, first_on, last_on FROM paused_spans ORDER BY deadline_id, first_on"
STILL = "SELECT still_from, still_until, still_in_parts FROM deadlines ORDER BY id"


def test_what_stands_still_stays_so_in_its_row_and_back(database: Database) -> None:
    """One that never does, one that does once, one that counts in between."""
    id = "{:032x}".format if database.owner_url.startswith("sqlite") else lambda n: str(UUID(int=n))
    summer, winter = ("2026-06-10", "2026-08-17"), ("2026-12-21", "2027-01-04")
    spans = [(id(2), *summer), (id(3), *summer), (id(3), *winter)]
    run.upgrade(database.owner_url, revision="0029")
    with run.connected(database.owner_url) as connection:
        for statement in WITH_A_CASE.split(";"):
            connection.execute(text(statement), {"id": id(9)})
        for number in (1, 2, 3):
            connection.execute(
                text(DEADLINE), {"district": id(9), "id": id(number), "key": str(number)}
            )
        for number, (deadline, first_on, last_on) in enumerate(spans):
            given = {"deadline": deadline, "first_on": first_on, "last_on": last_on}
            connection.execute(text(SPAN), {"district": id(9), "id": id(20 + number), **given})

    def read(statement: str) -> list[tuple[str, ...]]:
        with run.connected(database.owner_url) as connection:
            return [tuple(map(str, row)) for row in connection.execute(text(statement))]

    run.upgrade(database.owner_url)
    false, true = ("0", "1") if database.owner_url.startswith("sqlite") else ("False", "True")
    assert read(STILL) == [
        ("None", "None", false),
        (*summer, false),
        (summer[0], winter[1], true),
    ]
    assert read(SPANS) == spans[1:]
    run.downgrade(database.owner_url, "0029")
    assert read(SPANS) == spans


def test_a_database_of_the_future_is_left_alone(database: Database) -> None:
    run.upgrade(database.owner_url)
    with run.connected(database.owner_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(run.CannotMigrate, match="not one that this version"):
        run.upgrade(database.owner_url)


def test_an_address_may_hold_a_percent_sign(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("100%") / "childfind.sqlite3"
    run.upgrade(f"sqlite:///{path}")
    assert path.exists()


# --- the application's role, on PostgreSQL ----------------------------------------------------


@pytest.fixture
def migrated(postgres: Cluster) -> Iterator[Database]:
    database = postgres.create_database()
    run.upgrade(database.owner_url, database.url)
    yield database
    postgres.drop_database(database.name)


@pytest.fixture
def application(migrated: Database) -> Iterator[Engine]:
    """What the service itself connects with."""
    storage = Storage(migrated.url)
    yield storage.engine
    storage.dispose()


DISTRICT = """
INSERT INTO districts (id, name, jurisdiction, time_zone, kind, settings, version, created_at,
                       updated_at)
VALUES (gen_random_uuid(), 'Amber Falls', 'us', 'America/Chicago', 'live', '{}', 1, now(), now())
"""
ENTRY = """
INSERT INTO journal (district_id, seq, event, subject_type, at, row_count, findings)
SELECT id, 1, 'district.created', 'districts', now(), 1, '[]' FROM districts
"""
PAYLOAD = "INSERT INTO journal_payloads (district_id, seq) SELECT id, 1 FROM districts"


def test_the_application_can_work(application: Engine) -> None:
    with application.begin() as connection:
        for statement in (
            DISTRICT,
            ENTRY,
            PAYLOAD,
            "SELECT * FROM journal",
            "UPDATE journal_payloads SET before = NULL, after = NULL",
            "UPDATE districts SET name = 'Cedar Ridge'",
            "DELETE FROM client_districts",
            "SELECT version_num FROM alembic_version",
        ):
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET event = 'nothing.happened'",
        "DELETE FROM journal",
        "TRUNCATE journal CASCADE",
        "DELETE FROM journal_payloads",
        "UPDATE alembic_version SET version_num = '9999'",
        "CREATE TABLE theirs (id integer)",
        "CREATE TEMPORARY TABLE theirs (id integer)",
        "ALTER TABLE students ADD COLUMN secret text",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "DROP TABLE students",
        "SET ROLE childfind_owner",
    ],
)
def test_the_application_cannot(application: Engine, statement: str) -> None:
    with (
        application.begin() as connection,
        pytest.raises(ProgrammingError, match=r"InsufficientPrivilege"),
    ):
        connection.execute(text(statement))


def test_rights_given_by_hand_are_taken_back(migrated: Database) -> None:
    with run.connected(migrated.owner_url) as connection:
        connection.execute(text(f"GRANT ALL ON journal, alembic_version TO {APPLICATION}"))
    run.upgrade(migrated.owner_url, migrated.url)
    with run.connected(migrated.owner_url) as connection:
        assert rights(connection, "journal") == {"INSERT", "SELECT"}
        assert rights(connection, "journal_payloads") == {"INSERT", "SELECT", "UPDATE"}
        assert rights(connection, "alembic_version") == {"SELECT"}
        assert rights(connection, "students") == {"DELETE", "INSERT", "SELECT", "UPDATE"}


def test_a_role_that_gets_round_its_rights_is_refused(
    postgres: Cluster, migrated: Database
) -> None:
    with run.connected(migrated.owner_url) as connection:
        connection.execute(text("GRANT UPDATE ON journal TO PUBLIC"))
    with pytest.raises(run.CannotMigrate, match="may still change the journal"):
        run.upgrade(migrated.owner_url, migrated.url)
    with pytest.raises(run.CannotMigrate, match="may still create tables"):
        run.upgrade(migrated.owner_url, postgres.url("postgres", migrated.name))


def test_the_role_must_be_named_and_be_there(postgres: Cluster, migrated: Database) -> None:
    with pytest.raises(run.CannotMigrate, match="names no role"):
        run.upgrade(migrated.owner_url, f"postgresql:///{migrated.name}")
    with pytest.raises(run.CannotMigrate, match="nobody_here is not there"):
        run.upgrade(migrated.owner_url, postgres.url("nobody_here", migrated.name))


def test_one_role_for_both_needs_no_rights(postgres: Cluster) -> None:
    database = postgres.create_database()
    run.upgrade(database.owner_url, database.owner_url)
    with run.connected(database.owner_url) as connection:
        assert run.current(connection) == run.head()
    postgres.drop_database(database.name)


def rights(connection: Connection, table: str) -> set[str]:
    return set(
        connection.scalars(
            text(
                "SELECT privilege_type FROM information_schema.role_table_grants"
                " WHERE grantee = :role AND table_name = :table"
            ),
            {"role": APPLICATION, "table": table},
        )
    )


# --- the schema as text -----------------------------------------------------------------------

POSTGRESQL_SCHEMA = """
SELECT c.relname, concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attnotnull THEN 'NOT NULL' END, pg_get_expr(d.adbin, d.adrelid),
       a.attidentity, a.attgenerated)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
UNION ALL
SELECT c.relname, k.conname || ' ' || pg_get_constraintdef(k.oid)
  FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid
 WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""

SQLITE_SCHEMA = "SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"


SQLITE_LINE = r",?\s*\n\s*|, (?=[a-z_]+ [A-Z]+)"
"""Between lines, and before a column that was added: SQLite writes it behind the last one."""


def schema_of(url: str) -> dict[str, list[str]]:
    """Every line that makes up each table, sorted: the order of constraints means nothing."""
    schema: dict[str, list[str]] = {}
    with run.connected(url) as connection:
        sqlite = connection.dialect.name == "sqlite"
        for table, line in connection.execute(
            text(SQLITE_SCHEMA if sqlite else POSTGRESQL_SCHEMA.replace(":", r"\:"))
        ):
            # SQLite puts quotes around the name of a table that it has copied to change it.
            lines = re.split(SQLITE_LINE, line.replace('"', "")) if sqlite else [line]
            schema.setdefault(table, []).extend(lines)
    schema.pop(run.VERSION_TABLE, None)
    return {table: sorted(lines) for table, lines in schema.items()}


@pytest.fixture
def empty_copy(
    database: Database, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A second empty database on the same engine."""
    if database.url.startswith("sqlite"):
        url = f"sqlite:///{tmp_path_factory.mktemp('copy') / 'childfind.sqlite3'}"
        yield Database("copy", url, owner_url=url)
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        made = cluster.create_database()
        yield made
        cluster.drop_database(made.name)
