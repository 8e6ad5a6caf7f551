"""What every command works with: settings, database, clock, law and keys, each when needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy.orm import Session

from migrations import run as migrations
from service.clock import Clock
from service.keys import Keys, load_keys
from service.policies import Policies
from service.policies import load as load_policies
from service.settings import Settings
from service.storage.database import Database
from service.storage.districts import District
from service.storage.unit_of_work import Caller, UnitOfWork


class Refused(Exception):
    """A command cannot be carried out: one line that says why, and what to do."""


@dataclass(frozen=True)
class Workplace:
    settings: Settings
    clock: Clock

    @cached_property
    def database(self) -> Database:
        """The database, at the revision this version of the service needs."""
        with _private_files():
            database = Database(self.settings.database)
            with database.reader.connect() as connection:
                current, needed = migrations.current(connection), migrations.head()
        if current != needed:
            state = f"at revision {current}, not {needed}" if current else "empty"
            raise Refused(f"The database is {state}. Bring it up to date: childfind migrate")
        return database

    @cached_property
    def policies(self) -> Policies:
        return load_policies()

    @cached_property
    def keys(self) -> Keys:
        """The service's keys, of the one secret that every process of it must share."""
        try:
            return load_keys(self.settings.secret_key, self.settings.data_dir)
        except ValueError as error:
            raise Refused(f"CHILDFIND_SECRET_KEY: {error}.") from error
        except OSError as error:
            raise Refused(
                f"No secret key can be kept in {self.settings.data_dir} ({error.strerror})."
                " Set CHILDFIND_SECRET_KEY, or CHILDFIND_DATA_DIR to a folder of the service's own."
            ) from error

    def migrate(self, owner_url: str | None = None) -> None:
        """Bring the database up to date, as the owner of its tables."""
        for name in ("CHILDFIND_DATABASE_OWNER_URL", "DATABASE_OWNER_URL"):
            owner_url = owner_url or os.environ.get(name, "").strip()
        with _private_files():
            migrations.upgrade(owner_url or self.settings.database, self.settings.database)

    def close(self) -> None:
        """Let go of the database, if it was needed at all."""
        if "database" in self.__dict__:
            self.database.dispose()

    def district(self, id: UUID) -> District:
        with Session(self.database.reader) as session:
            district = session.get(District, id)
        if district is None:
            raise Refused(f"There is no district {id}. All there are: childfind district list")
        return district

    def unit_of_work(
        self, district_id: UUID, *, new: bool = False, writes: bool = True, quiet: bool = False
    ) -> UnitOfWork:
        """Work in one district; the journal shows that it came from the command line.

        `new`: the district is yet to be made, in this very work. `quiet`: no webhook is told.
        """
        if not new:
            self.district(district_id)
        caller = Caller(district_id=district_id, request_id="command-line")
        return UnitOfWork(self.database, caller, self.clock, writes, quiet=quiet)


@contextmanager
def _private_files() -> Iterator[None]:
    """A SQLite file holds children's records: what is made here is for nobody else to read."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
