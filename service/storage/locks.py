"""One at a time: a lock by name that ends with whoever holds it.

It is kept by PostgreSQL for a connection, and for SQLite, whose processes share one machine, by
the operating system for an open file beside the database. Neither has to be renewed, and neither
outlives a process that was killed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import BigInteger, bindparam, func, select

from service.storage.database import Database


@contextmanager
def held(database: Database, name: str) -> Iterator[bool]:
    """Hold the lock of this name; False when another process or thread has it."""
    with _by_file(database, name) if database.sqlite else _by_connection(database, name) as got:
        yield got


def number_of(name: str) -> int:
    """The number by which PostgreSQL knows the lock of this name: 64 bits, signed."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


@contextmanager
def _by_connection(database: Database, name: str) -> Iterator[bool]:
    number = {"number": number_of(f"childfind {name}")}
    # The reader begins no transaction, so that none stays open while the lock is held.
    with database.reader.connect() as connection:
        got: bool = connection.execute(_LOCK, number).scalar_one()
        try:
            yield got
        finally:
            if got:
                connection.execute(_UNLOCK, number)


@contextmanager
def _by_file(database: Database, name: str) -> Iterator[bool]:
    path = database.engine.url.database
    if not path or path == ":memory:":
        yield True  # nobody else can reach it
        return
    file = os.open(Path(f"{path}-{name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            got = True
        except BlockingIOError:
            got = False
        yield got
    finally:
        os.close(file)


NUMBER = bindparam("number", type_=BigInteger())
"""The parameter of a statement that such a number is given to."""

_LOCK = select(func.pg_try_advisory_lock(NUMBER))
_UNLOCK = select(func.pg_advisory_unlock(NUMBER))
