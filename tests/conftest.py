"""Fixtures every test may use: databases of both kinds, and the application."""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask

from service.api.plumbing import logs
from service.api.plumbing.services import EXTENSION
from service.app import create_app
from service.clock import SetClock
from service.policies import Policies
from service.settings import Settings
from service.storage.database import Database
from tests import law
from tests.builders import SECRET_KEY, services_of
from tests.depth import set_hypothesis_up
from tests.postgres import Cluster, PostgresMissing, running_cluster
from tests.postgres import Database as Addresses
from tests.store import Store, a_store


def pytest_configure() -> None:
    set_hypothesis_up()
    # A failing test shows what was printed, without a line for each request before it.
    logs.configure()
    logging.getLogger("childfind").setLevel(logging.WARNING)


# --- one PostgreSQL for the whole run ---------------------------------------------------------
#
# Alone, pytest starts the server when the first test asks for it. With `-n`, the controlling
# process starts it once and tells every worker where it is.

_WORKER_INPUT = "childfind_postgres"
_cluster_of_run = pytest.StashKey[dict[str, str]]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """In the controlling process, before it starts a worker."""
    config: pytest.Config = node.config
    if _cluster_of_run not in config.stash:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        try:
            cluster = stack.enter_context(running_cluster())
            config.stash[_cluster_of_run] = {"directory": cluster.directory}
        except PostgresMissing as reason:
            config.stash[_cluster_of_run] = {"missing": str(reason)}
    node.workerinput[_WORKER_INPUT] = config.stash[_cluster_of_run]


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The PostgreSQL server of this run."""
    told = getattr(request.config, "workerinput", {}).get(_WORKER_INPUT)
    if told is None:
        try:
            with running_cluster() as cluster:
                yield cluster
        except PostgresMissing as reason:
            pytest.skip(str(reason))
    elif "missing" in told:
        pytest.skip(told["missing"])
    else:
        yield Cluster(told["directory"])


# --- an empty database ------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Addresses]:
    """An empty database of the test's own, without a table; it runs once on each engine."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'childfind.sqlite3'}"
        yield Addresses("childfind", url, owner_url=url)
    else:
        # Asked for by name, so that tests on SQLite alone start no server.
        cluster: Cluster = request.getfixturevalue("postgres")
        database = cluster.create_database()
        yield database
        cluster.drop_database(database.name)


@pytest.fixture
def database_url(database: Addresses) -> str:
    """The address of an empty database, for a role that may create tables."""
    return database.owner_url


# --- a database with every table, and the application on it ------------------------------------


@pytest.fixture(scope="session")
def sqlite_store() -> Iterator[Store]:
    """The SQLite database of this worker; in memory where the system has such a folder."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
    with TemporaryDirectory(prefix="childfind-", dir=memory) as directory:
        url = f"sqlite:///{directory}/childfind.sqlite3"
        with a_store(url, owner_url=url) as made:
            yield made


@pytest.fixture(scope="session")
def postgresql_store(postgres: Cluster) -> Iterator[Store]:
    """The PostgreSQL database of this worker."""
    made = postgres.create_database()
    with a_store(made.url, owner_url=made.owner_url) as store:
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with every table and no row; the test runs once on each engine."""
    # Asked for by name, so that tests on SQLite alone start no server.
    made: Store = request.getfixturevalue(f"{request.param}_store")
    made.empty()
    yield made.database
    assert made.in_use == 0, "The test, or what it called, left a connection open."


@pytest.fixture
def whole_store(request: pytest.FixtureRequest, store: Database) -> Store:
    """The same database, for a test that empties it or puts rows back."""
    whole: Store = request.getfixturevalue("sqlite_store" if store.sqlite else "postgresql_store")
    return whole


@pytest.fixture(scope="session")
def policies() -> Policies:
    return law.policies()


@pytest.fixture(scope="session")
def one_app(policies: Policies, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Made once: to build the document takes longer than most tests."""
    directory = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=directory, secret_key=SECRET_KEY)
    # Nobody waits for what may happen, unless a test is about that.
    made = create_app(settings, database=Database("sqlite://"), policies=policies, waiters=0)
    made.testing = True
    return made


@pytest.fixture
def app(one_app: Flask, store: Database, clock: SetClock) -> Iterator[Flask]:
    """The application on this test's database and the clock of its folder."""
    made = services_of(one_app)
    one_app.extensions[EXTENSION] = replace(made, database=store, clock=clock)
    yield one_app
    one_app.extensions[EXTENSION] = made


# --- nothing passes unseen --------------------------------------------------------------------


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In continuous integration, where CI is set, a skipped test fails the run."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped") if reporter else None
    if skipped and os.environ.get("CI") and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"\nCI is set and {len(skipped)} tests were skipped.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
