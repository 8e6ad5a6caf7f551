"""The database that tests take over from one another: each of them finds it empty."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from service.storage import Base
from service.storage.database import Database
from tests.builders import a_client, a_district, a_staff_member
from tests.postgres import APPLICATION
from tests.store import Store


@pytest.mark.parametrize("turn", ["one", "the other"])
def test_what_one_test_wrote_the_next_does_not_see(store: Database, turn: str) -> None:
    with store.reader.connect() as connection:
        for table in Base.metadata.sorted_tables:
            assert connection.scalar(select(func.count()).select_from(table)) == 0, table.name
    district = a_district(store)
    a_client(store, district)
    a_staff_member(store, district)


def test_a_connection_that_is_not_given_back_is_seen(sqlite_store: Store) -> None:
    with sqlite_store.database.reader.connect():
        assert sqlite_store.in_use == 1
    assert sqlite_store.in_use == 0


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_the_application_does_not_own_its_tables(store: Database) -> None:
    with store.reader.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == APPLICATION
