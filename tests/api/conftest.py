"""A running application on an empty database of each kind, a district in it, and a client.

The tables are made once for each worker: SQLite as a file that is copied, PostgreSQL as a
template database. A test file that needs something else makes it with `tests.builders`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from service.api.plumbing.services import EXTENSION, Services
from service.app import create_app
from service.clock import SetClock
from service.policies import Policies, load
from service.settings import Settings
from service.storage import Base
from service.storage.database import Database
from tests.api.records import Records
from tests.builders import SECRET_KEY, AClient, ApiClient, a_client, a_district, a_token

NOW = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
"""A Monday morning in autumn: what the clock stands at when a test begins."""


def _tables(url: str) -> None:
    database = Database(url)
    Base.metadata.create_all(database.engine)
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "childfind.sqlite3"
    _tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(request: pytest.FixtureRequest) -> str:
    made = request.getfixturevalue("postgres").create_database()
    _tables(made.owner_url)
    name: str = made.name
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with every table and no row; the test runs once on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "childfind.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        opened = Database(f"sqlite:///{path}")
        yield opened
        opened.dispose()
    else:
        template = request.getfixturevalue("postgresql_template")
        cluster = request.getfixturevalue("postgres")
        made = cluster.create_database(template)
        opened = Database(made.url)
        yield opened
        opened.dispose()
        cluster.drop_database(made.name)


@pytest.fixture(scope="session")
def policies() -> Policies:
    return load()


@pytest.fixture
def clock() -> SetClock:
    """The service's clock: `clock.set(…)`, `clock.advance(…)`. Tokens do not live by it."""
    return SetClock(NOW)


@pytest.fixture(scope="session")
def one_app(policies: Policies, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Made once: to build the document takes longer than most tests."""
    directory = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=directory, secret_key=SECRET_KEY)
    made = create_app(settings, database=Database("sqlite://"), policies=policies)
    made.testing = True
    return made


@pytest.fixture
def app(one_app: Flask, store: Database, clock: SetClock) -> Iterator[Flask]:
    """The application on this test's database and clock."""
    made = one_app.extensions[EXTENSION]
    assert isinstance(made, Services)
    one_app.extensions[EXTENSION] = Services(
        settings=made.settings,
        database=store,
        clock=clock,
        wall=made.wall,
        keys=made.keys,
        policies=made.policies,
    )
    yield one_app
    one_app.extensions[EXTENSION] = made


@pytest.fixture
def district(store: Database, clock: SetClock) -> UUID:
    """A district in Wisconsin."""
    return a_district(store, clock=clock)


@pytest.fixture
def client(store: Database, district: UUID) -> AClient:
    """A client of the district with every scope."""
    return a_client(store, district)


@pytest.fixture
def token(app: Flask, client: AClient) -> str:
    return a_token(app, client)


@pytest.fixture
def api(app: Flask, token: str) -> ApiClient:
    """Calls the API with a token that carries every scope."""
    return ApiClient(app.test_client(), token)


@pytest.fixture
def stranger(app: Flask) -> ApiClient:
    """Calls the API without a token."""
    return ApiClient(app.test_client())


@pytest.fixture
def neighbor(app: Flask, store: Database, clock: SetClock) -> ApiClient:
    """Calls the API as a client of another district, with every scope."""
    other = a_district(store, name="Lake Shore", clock=clock)
    return ApiClient(app.test_client(), a_token(app, a_client(store, other)))


@pytest.fixture
def records(store: Database, district: UUID, clock: SetClock, policies: Policies) -> Records:
    """Stores students, guardians and receipts of the district, without the HTTP interface."""
    return Records(store, district, clock, policies)
