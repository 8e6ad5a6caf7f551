"""Statements that are made once run past SQLAlchemy's execution, and nobody can tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import (
    NullPool,
    Select,
    bindparam,
    column,
    create_engine,
    event,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError

from service.storage import libpq
from service.storage.database import Database
from service.storage.districts import District
from service.storage.prepared import KEPT
from tests.builders import a_district

NAMES = select(District.id, District.name, District.created_at).order_by(District.name)
AMONG = NAMES.where(District.name.in_(bindparam("names", expanding=True)))
ONE = NAMES.where(District.id == bindparam("id"))


def test_columns_are_found_by_name_and_by_place(store: Database) -> None:
    id = a_district(store, name="Prairie Union")
    with store.reader.connect() as connection:
        (row,) = store.prepared(ONE).rows(connection, {"id": id})
    assert (row.id, row.name) == (id, "Prairie Union") == tuple(row)[:2]
    assert row._mapping == {"id": id, "name": "Prairie Union", "created_at": row.created_at}


@pytest.mark.parametrize("count", [0, 1, 2, KEPT + 1])
def test_a_list_may_hold_any_number_of_values(store: Database, count: int) -> None:
    names = [f"District {n}" for n in range(count)]
    for name in (*names, "Another"):
        a_district(store, name=name)
    with store.reader.connect() as connection:
        found = store.prepared(AMONG).rows(connection, {"names": names})
    assert [row.name for row in found] == sorted(names)


def test_an_instant_comes_back_in_utc_wherever_the_server_is(store: Database) -> None:
    id = a_district(store)
    with store.reader.connect() as connection:
        (row,) = store.prepared(ONE).rows(connection, {"id": id})
        assert row.created_at.tzinfo is UTC
        if not store.sqlite:
            zone = connection.execute(text("SHOW TIME ZONE")).scalar_one()
            assert zone == "UTC"


def test_a_value_that_is_missing_is_told(store: Database) -> None:
    with store.reader.connect() as connection, pytest.raises(StatementError, match="id"):
        store.prepared(ONE).rows(connection, {})


def test_a_constraint_speaks_and_its_transaction_is_undone(store: Database) -> None:
    id = a_district(store)
    again = insert(District).values(
        id=bindparam("same"),
        name="Again",
        jurisdiction="us",
        time_zone="America/Chicago",
        kind="live",
        settings={},
        version=1,
        created_at=datetime(2026, 9, 1, tzinfo=UTC),
        updated_at=datetime(2026, 9, 1, tzinfo=UTC),
    )
    with store.writer.connect() as connection:
        store.prepared(again).run(connection, {"same": uuid4()})
        with pytest.raises(IntegrityError) as refused:
            store.prepared(again).run(connection, {"same": id})
        assert "Again" not in str(refused.value)
    with store.reader.connect() as connection:
        assert [row.id for row in store.prepared(NAMES).rows(connection, {})] == [id]


def test_a_listener_hears_of_each(store: Database) -> None:
    heard: list[str] = []

    def note(_c: object, _x: object, statement: str, *_: object) -> None:
        heard.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        with store.reader.connect() as connection:
            store.prepared(ONE).rows(connection, {"id": uuid4()})
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    assert sum("FROM districts" in statement for statement in heard) == 1


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_statements_stay_prepared_after_a_rollback_and_only_so_many_do(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libpq, "KEPT", 2)
    store.engine.dispose()  # what tests before this one left in the pool
    names: Select[Any] = select(column("name")).select_from(table("pg_prepared_statements"))
    with store.writer.connect() as connection:
        for _ in range(2):
            for statement in (NAMES, ONE, names):
                found = store.prepared(statement).rows(connection, {"id": uuid4()})
                assert statement is not names or len(found) == 2
            connection.rollback()
            assert not connection.in_transaction()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_migration_beside_a_running_service_costs_a_connection_one_error(
    database_url: str,
) -> None:
    """What was prepared answers in the old type, which the server refuses from then on."""
    database = Database(database_url)
    places: Select[Any] = select(column("name")).select_from(table("places"))
    with database.writer.begin() as migrating:
        migrating.execute(text("CREATE TABLE places (name varchar(20))"))
    with database.reader.connect() as connection:
        assert database.prepared(places).rows(connection, {}) == []
        with database.writer.begin() as migrating:
            migrating.execute(text("ALTER TABLE places ALTER name TYPE text"))
        with pytest.raises(DBAPIError, match="cached plan"):
            database.prepared(places).rows(connection, {})
        assert database.prepared(places).rows(connection, {}) == []
    database.dispose()


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_connection_that_was_lost_is_not_used_again(store: Database) -> None:
    ending = text("SELECT pg_terminate_backend(pg_backend_pid())")
    store.engine.dispose()  # what tests before this one left in the pool
    with store.reader.connect() as connection, pytest.raises(OperationalError):
        connection.execute(ending)
    with store.reader.connect() as connection:
        store.prepared(NAMES).rows(connection, {})
        other = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        with store.reader.connect() as second:
            end = text("SELECT pg_terminate_backend(:pid, 5000)")
            second.execute(end, {"pid": other})
        with pytest.raises(OperationalError) as lost:
            store.prepared(NAMES).rows(connection, {})
        assert lost.value.connection_invalidated
    with store.reader.connect() as connection:
        assert store.prepared(NAMES).rows(connection, {}) == []


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_where_one_connection_is_lost_the_others_that_wait_are_not_used_either(
    store: Database,
) -> None:
    store.engine.dispose()  # what tests before this one left in the pool
    with store.reader.connect() as one, store.reader.connect() as other:
        pids = [each.connection.dbapi_connection.info.backend_pid for each in (one, other)]  # type: ignore[union-attr]
    outside = create_engine(store.engine.url, poolclass=NullPool)
    with outside.connect() as connection:
        for pid in pids:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with store.reader.connect() as connection, pytest.raises(OperationalError):
        store.prepared(NAMES).rows(connection, {})
    with store.reader.connect() as connection:
        assert store.prepared(NAMES).rows(connection, {}) == []
