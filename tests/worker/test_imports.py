"""Imports by the worker: what a reader sees meanwhile, and what becomes of one that is killed."""

from __future__ import annotations

import subprocess
import sys
from uuid import UUID

import pytest
from sqlalchemy import func, select

from service.imports import jobs
from service.services import Services
from service.storage.imports import Import, ImportJob
from service.storage.journal import JournalEntry
from service.storage.students import Student
from service.storage.unit_of_work import Caller, UnitOfWork
from service.worker import TASKS, Worker, imports
from tests.builders import SECRET_KEY
from tests.imports.oneroster.bundles import roster, user, zipped

BUNDLE = zipped(roster(*(user(f"p{n}") for n in range(20)), user("g", "parent", agents="p1")))

KILLED = """
import sys
from sqlalchemy import event
from service.api.plumbing.services import EXTENSION
from service.app import create_app
from service.settings import Settings
from service.worker import TASKS, Worker

app = create_app(Settings(database_url=sys.argv[1], secret_key=sys.argv[2]))
services = app.extensions[EXTENSION]

@event.listens_for(services.database.engine, "before_cursor_execute")
def stop_at_the_end(connection, cursor, statement, *_):
    if statement.startswith("DELETE FROM import_parts"):
        print("about to commit", flush=True)
        sys.stdin.read()

Worker(services, TASKS).once()
"""
"""A worker that stops for ever when everything is written and nothing is committed."""


def sent(services: Services, district: UUID, bundle: bytes = BUNDLE) -> UUID:
    with work(services, district) as uow:
        row = jobs.send(uow, bundle)
        uow.commit()
        return row.id


def work(services: Services, district: UUID, *, writes: bool = True) -> UnitOfWork:
    return UnitOfWork(services.database, Caller(district_id=district), services.clock, writes)


def seen(services: Services, district: UUID, id: UUID) -> tuple[str, int, int]:
    """What a reader sees: the import's status, the students, and how often it was taken up."""
    with work(services, district, writes=False) as uow:
        found = uow.read(Import, id)
        students = uow.rows(select(func.count()).select_from(Student))[0][0]
        attempts = uow.rows(select(ImportJob.attempt).where(ImportJob.id == id))
        return found.status, students, attempts[0].attempt if attempts else 0


def test_a_killed_worker_leaves_nothing_behind_and_the_next_brings_it_to_its_end(
    services: Services, district: UUID
) -> None:
    id = sent(services, district)
    next_one = Worker(services, TASKS)
    url = services.database.engine.url.render_as_string(hide_password=False)
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED, url, SECRET_KEY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "about to commit\n"
        assert seen(services, district, id) == ("running", 0, 1)
        if not services.database.sqlite:  # there a writer would wait for the one that stands still
            assert not next_one.once(), "the import is another's"
    finally:
        worker.kill()
        worker.communicate()
    assert seen(services, district, id) == ("running", 0, 1)
    # PostgreSQL takes a moment to see that the process is gone.
    assert any(next_one.once() for _ in range(100_000))
    assert seen(services, district, id) == ("succeeded", 20, 0)


def test_who_lost_the_import_to_another_writes_nothing(services: Services, district: UUID) -> None:
    id = sent(services, district)
    late = imports.take_up(services)
    assert late is not None
    assert imports.take(services)
    with pytest.raises(imports.NoLongerOurs):
        imports.Run(services, late).bring_to_its_end()
    imports.Run(services, late).fail("unreadable", "It cannot be read.", "Send it again.")
    assert seen(services, district, id) == ("succeeded", 20, 0)


def test_an_import_that_is_cancelled_while_it_is_read_stops(
    services: Services, district: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = sent(services, district)
    read = imports.Run._read

    def cancelled(run: imports.Run, file: str, rows: int) -> None:
        with work(services, district) as uow:
            if uow.read(Import, id).status == "running":
                jobs.cancel(uow, id)
                uow.commit()
        read(run, file, rows)

    monkeypatch.setattr(imports.Run, "_read", cancelled)
    assert imports.take(services)
    assert seen(services, district, id) == ("cancelled", 0, 0)


def test_an_import_at_which_the_service_fails_again_and_again_is_given_up(
    services: Services, district: UUID
) -> None:
    id = sent(services, district)
    for _ in range(imports.ATTEMPTS):
        assert imports.take_up(services) is not None
    assert imports.take(services)
    with work(services, district, writes=False) as uow:
        found = uow.read(Import, id)
    assert (found.status, found.error["code"]) == ("failed", "given_up")
    assert not imports.take(services)


def test_entries_of_an_import_count_their_rows(services: Services, district: UUID) -> None:
    sent(services, district, zipped(roster(*(user(f"p{n}") for n in range(1100)))))
    assert imports.take(services)
    with work(services, district, writes=False) as uow:
        entry = JournalEntry
        found = uow.rows(
            select(entry.row_count)
            .where(entry.district_id == district, entry.event == "student.imported")
            .order_by(entry.seq)
        )
    assert [row.row_count for row in found] == [500, 500, 100]
