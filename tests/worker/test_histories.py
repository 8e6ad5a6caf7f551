"""Case histories by the worker: one that is killed in the midst of one loses nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from uuid import UUID

import pytest
from sqlalchemy import QueuePool, event, select

from service.imports import jobs
from service.imports.history import staging
from service.services import Services
from service.storage.cases import Case, Referral
from service.storage.history import HistoryFinding, HistoryOwed, LoadedRecord
from service.storage.imports import Import, ImportJob, ImportPart
from service.storage.notices import Consent
from service.storage.students import Student, StudentIdentifier
from service.storage.unit_of_work import Caller, UnitOfWork
from service.worker import TASKS, Worker, imports
from tests.builders import SECRET_KEY

KILLED = """
import sys
from sqlalchemy import event
from service.api.plumbing.services import EXTENSION
from service.app import create_app
from service.imports.history import staging
from service.settings import Settings
from service.worker import TASKS, Worker

app = create_app(Settings(database_url=sys.argv[1], secret_key=sys.argv[2]))
services = app.extensions[EXTENSION]
staging.AT_ONCE = 1
batches = 0

@event.listens_for(services.database.engine, "before_cursor_execute")
def stop_in_the_second_batch(connection, cursor, statement, *_):
    global batches
    batches += statement.startswith("INSERT INTO loaded_records")
    if batches == 2:
        print("in the midst", flush=True)
        sys.stdin.read()

Worker(services, TASKS).once()
"""
"""A worker that stops for ever when the first student is on record and the second half is."""


@pytest.fixture
def students(services: Services, district: UUID) -> list[UUID]:
    """Three children, in the order of loading; their numbers are 0 to 2."""
    with work(services, district) as uow:
        made = [
            uow.add(Student(given_name="Ada", family_name="Hollow", races=[])) for _ in range(3)
        ]
        made.sort(key=lambda student: str(student.id))
        for number, student in enumerate(made):
            known = StudentIdentifier(student_id=student.id, system="local", value=str(number))
            uow.record("student.created", student, uow.add(known))
        uow.commit()
        return [student.id for student in made]


def work(services: Services, district: UUID, *, writes: bool = True) -> UnitOfWork:
    return UnitOfWork(services.database, Caller(district_id=district), services.clock, writes)


def sent(services: Services, district: UUID, *, compare_only: bool = False) -> UUID:
    """A history of each child: a request, a consent, no evaluation; and a line that is none."""
    lines: list[object] = ["no record"]
    for kind, said in (
        ("referral", {"requester": "parent", "received_on": "2025-03-03"}),
        ("consent", {"case": "r{}", "purpose": "initial_evaluation", "answer": "granted",
                     "received_on": "2025-03-17"}),
    ):  # fmt: skip
        for number in range(3):
            named = {"source_system": "old", "source_id": f"{kind[0]}{number}"}
            student = {"system": "local", "value": str(number)}
            case = {"case": f"r{number}"} if kind == "consent" else {}
            lines.append({"kind": kind, "student": student, **named, **said, **case})
    body = "\n".join(json.dumps(line) for line in lines).encode()
    with work(services, district) as uow:
        row = jobs.send_history(uow, body, "case_history_ndjson", compare_only=compare_only)
        uow.commit()
        return row.id


def seen(services: Services, district: UUID, id: UUID) -> tuple[str, list[UUID], int]:
    """What a reader sees: the import's status, whose cases there are, and the last attempt."""
    with work(services, district, writes=False) as uow:
        found = uow.rows(select(Case.student_id).order_by(Case.student_id))
        cases = [row.student_id for row in found]
        attempts = uow.rows(select(ImportJob.attempt).where(ImportJob.id == id))
        return uow.read(Import, id).status, cases, attempts[0].attempt if attempts else 0


def count(services: Services, district: UUID, model: type) -> int:
    with work(services, district, writes=False) as uow:
        return len(uow.rows(select(model.id)))  # type: ignore[attr-defined]


@pytest.mark.parametrize("compare_only", [False, True])
def test_a_killed_worker_loses_nothing_and_the_next_goes_on(
    services: Services, district: UUID, students: list[UUID], compare_only: bool
) -> None:
    id = sent(services, district, compare_only=compare_only)
    next_one = Worker(services, TASKS)
    url = services.database.engine.url.render_as_string(hide_password=False)
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED, url, SECRET_KEY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    first = [] if compare_only else students[:1]
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "in the midst\n"
        assert seen(services, district, id) == ("running", first, 1)
    finally:
        worker.kill()
        worker.communicate()
    assert seen(services, district, id) == ("running", first, 1)
    assert any(next_one.once() for _ in range(100_000))
    ended = "held" if compare_only else "succeeded"
    assert seen(services, district, id) == (ended, [] if compare_only else students, 0)
    with work(services, district, writes=False) as uow:
        report = uow.read(Import, id).report
    assert report["cases_opened"] == 3
    assert {kind: counts["loaded"] for kind, counts in report["records"].items()} == {
        "consent": 3,
        "referral": 3,
        "unknown": 0,
    }
    kept = 0 if compare_only else 3
    assert [count(services, district, row) for row in (Referral, Consent)] == [kept, kept]
    assert count(services, district, LoadedRecord) == 3 * kept
    with work(services, district, writes=False) as uow:
        owed = uow.rows(select(HistoryOwed.student_id, HistoryOwed.what))
        found = uow.rows(select(HistoryFinding.code))
        assert not uow.rows(select(ImportPart.id))
    assert {row.student_id for row in owed} == set(students)
    assert len(set(map(tuple, owed))) == len(owed)
    assert sum(report["late_or_undatable"].values()) == len(owed)
    assert [row.code for row in found].count("not_a_record") == 1
    assert sum(one["count"] for one in report["findings"]) == len(found)


class Stopped(Exception):
    """The worker goes down."""


def test_lines_that_were_left_out_are_told_some_at_a_time_and_once(
    services: Services,
    district: UUID,
    students: list[UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staging, "AT_ONCE", 1)
    body = "\n".join(f'{{"kind": "visit", "n": {n}}}' for n in range(3)).encode()
    with work(services, district) as uow:
        id = jobs.send_history(uow, body, "case_history_ndjson").id
        uow.commit()
    told = 0

    def stop_at_the_second(_c: object, _x: object, statement: str, *_: object) -> None:
        nonlocal told
        told += statement.startswith("INSERT INTO history_findings")
        if told == 2:
            raise Stopped

    event.listen(services.database.engine, "before_cursor_execute", stop_at_the_second)
    try:
        with pytest.raises(Stopped):
            imports.take(services)
    finally:
        event.remove(services.database.engine, "before_cursor_execute", stop_at_the_second)
    assert count(services, district, HistoryFinding) == 1
    assert imports.take(services)
    with work(services, district, writes=False) as uow:
        lines = [row.line for row in uow.rows(select(HistoryFinding.line))]
        assert sorted(lines) == [1, 2, 3]
        ended = uow.read(Import, id)
    assert (ended.status, ended.report["records"]["unknown"]["left_out"]) == ("held", 3)


def test_no_transaction_is_open_while_more_of_it_is_read(
    services: Services, district: UUID, students: list[UUID]
) -> None:
    named = {"source_system": "old", "student": {"system": "local", "value": "0"}}
    lines = (
        {"kind": "referral", "source_id": str(n), "received_on": "2025-03-03", **named}
        for n in range(staging.AT_ONCE + 1)
    )
    body = "\n".join(map(json.dumps, lines)).encode()
    held = []
    pool = services.database.engine.pool
    assert isinstance(pool, QueuePool)
    with staging.Staged(":memory:") as staged, work(services, district, writes=False) as looking:
        staged.read(looking, body, "ndjson", "h", lambda *_: held.append(pool.checkedout()))
    assert held == [0, 0]


def test_who_lost_the_history_to_another_writes_nothing(
    services: Services, district: UUID, students: list[UUID]
) -> None:
    id = sent(services, district)
    late = imports.take_up(services)
    assert late is not None
    assert imports.take(services)
    with pytest.raises(imports.NoLongerOurs):
        imports.Run(services, late).bring_to_its_end()
    assert seen(services, district, id) == ("succeeded", students, 0)
