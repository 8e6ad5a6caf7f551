"""Fixtures every test may use: databases of both kinds."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import Cluster, Database, PostgresMissing, running_cluster

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
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database; the test runs once on each engine."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'childfind.sqlite3'}"
        yield Database("childfind", url, owner_url=url)
    else:
        # Asked for by name, so that tests on SQLite alone start no server.
        cluster: Cluster = request.getfixturevalue("postgres")
        database = cluster.create_database()
        yield database
        cluster.drop_database(database.name)


@pytest.fixture
def database_url(database: Database) -> str:
    """The address of an empty database, for a role that may create tables."""
    return database.owner_url


# --- nothing passes unseen --------------------------------------------------------------------


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In continuous integration, where CI is set, a skipped test fails the run."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped") if reporter else None
    if skipped and os.environ.get("CI") and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"\nCI is set and {len(skipped)} tests were skipped.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
