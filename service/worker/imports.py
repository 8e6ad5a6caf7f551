"""Imports that wait are read, compared with the record, and written in one transaction.

Until that transaction nothing is changed, so a worker that is killed leaves nothing behind, and
the next one begins anew. A case history is written some students at a time, with how far it is in
the same transaction; the next worker goes on from there. How far an import is, is said every few
seconds; whoever finds then that it was cancelled, or that another worker has taken it up, stops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from service.imports import jobs
from service.imports.history.load import keep, parts
from service.imports.history.report import Report
from service.imports.history.staging import Batch, Staged
from service.imports.oneroster.apply import compare
from service.imports.oneroster.plan import Plan
from service.imports.oneroster.report import BundleRefused
from service.services import Services
from service.storage.imports import HISTORIES, LONGEST_FILE, Import, ImportJob, ImportPart
from service.storage.unit_of_work import Caller, NotFound, UnitOfWork

SAID_EVERY = timedelta(seconds=2)
ATTEMPTS = 5
"""So often an import is taken up before it is given up."""
COMPARED = "It was only to be compared."

_JOBS: Any = ImportJob.__table__


class NoLongerOurs(Exception):
    """The import was cancelled, or another worker has taken it up."""


def take(services: Services) -> bool:
    """Bring the import that has waited longest to its end; whether any waited."""
    job = take_up(services)
    if job is None:
        return False
    run = Run(services, job)
    try:
        run.bring_to_its_end()
    except BundleRefused as refusal:
        run.fail(refusal.code, refusal.detail, refusal.remedy)
    except NoLongerOurs:
        pass
    return True


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A job as its worker holds it."""

    caller: Caller
    id: UUID
    attempt: int
    force: bool
    strict: bool
    pulls: bool
    compare_only: bool
    source: str
    after: UUID | None
    so_far: Mapping[str, Any] | None
    told: int


def take_up(services: Services) -> TakenUp | None:
    """The first job whose bundle is there. Nobody else works on it: tasks are locked."""
    found = waiting(services, pulls=False, at_most=1)
    return taken_up(services, found[0]) if found else None


def waiting(
    services: Services, *matching: ColumnElement[bool], pulls: bool, at_most: int
) -> Sequence[Any]:
    """The first jobs of those whose bundle is yet to be pulled, or of the others, as plain rows."""
    job = ImportJob
    first = (
        select(
            job.district_id, job.id, job.attempt, job.force, job.strict, job.pulls,
            job.compare_only, job.client_id, job.acting_staff_id, job.request_id,
            job.after, job.so_far, job.told, Import.source,
        )
        .join(Import, (Import.district_id == job.district_id) & (Import.id == job.id))
        .where(job.pulls.is_(pulls), *matching)
        .order_by(job.id)
        .limit(at_most)
    )  # fmt: skip
    with services.database.reader.connect() as connection:
        return connection.execute(first).all()


def taken_up(services: Services, found: Any) -> TakenUp:
    """The job of a row of `waiting`, taken up: whoever had it before has lost it."""
    its = (_JOBS.c.district_id == found.district_id, _JOBS.c.id == found.id)
    with services.database.writer.begin() as connection:
        connection.execute(update(_JOBS).where(*its).values(attempt=found.attempt + 1))
    caller = Caller(
        district_id=found.district_id,
        client_id=found.client_id,
        acting_staff_id=found.acting_staff_id,
        request_id=found.request_id,
    )
    return TakenUp(
        caller=caller,
        id=found.id,
        attempt=found.attempt + 1,
        force=found.force,
        strict=found.strict,
        pulls=found.pulls,
        compare_only=found.compare_only,
        source=found.source,
        after=found.after,
        so_far=found.so_far,
        told=found.told,
    )


class Run:
    """One import being done: its bundle is there."""

    def __init__(self, services: Services, job: TakenUp) -> None:
        self.services, self.job = services, job
        self._said: tuple[str, str | None] | None = None
        self._said_at = services.clock.now()

    def bring_to_its_end(self) -> None:
        if self._begin():
            self._work_at_it()

    def _begin(self) -> bool:
        """Whether to go on; one at which the service fails again and again is given up."""
        if self.job.attempt > ATTEMPTS:
            self.fail(
                "given_up",
                "The service failed at this import again and again.",
                "Tell the operator: the log says what went wrong.",
            )
            return False
        self._start()
        return True

    def _work_at_it(self) -> None:
        if self.job.source in HISTORIES:
            self._load_history(HISTORIES[self.job.source])
            return
        with self._bundle() as path, self._work(writes=False) as looking:
            plan = compare(
                looking, path, force=self.job.force, strict=self.job.strict, progress=self._read
            )
        with plan:
            self._write(self._as_asked(plan))

    def _as_asked(self, plan: Plan) -> Plan:
        """The plan, held when nothing more was asked for than to compare."""
        if self.job.compare_only and not plan.held:
            return replace(plan, held_because=COMPARED)
        return plan

    def fail(self, code: str, detail: str, remedy: str) -> None:
        """End the import: it could not be taken, and why."""
        try:
            with self._work() as uow:
                row = self._ours(uow)
                row.report = uow.get(ImportJob, row.id).so_far or {}
                row.error = {"code": code, "detail": detail, "remedy": remedy}
                jobs.finish(uow, row, "failed")
                uow.commit()
        except NoLongerOurs:
            pass

    def _start(self) -> None:
        with self._work() as uow:
            row = self._ours(uow)
            if row.status == "queued":
                row.status = "running"
                uow.record("import.started", row)
            uow.commit()

    def _write(self, plan: Plan) -> None:
        """The one transaction in which everything becomes visible."""
        self._say("writing", None, 0)
        with self._work() as uow:
            row = self._ours(uow)
            jobs.write(uow, self.services.policies, row, plan)
            uow.commit()

    def _load_history(self, format: str) -> None:
        """Load it from where the last worker got to; nothing is loaded and not reported."""
        with self._bundle() as path, Staged(path.with_name("lines.sqlite3")) as staged:
            with self._work(writes=False) as looking:
                staged.read(looking, path, format, f"history.{format}", self._read)
            job = self.job
            report = Report.of(job.so_far) if job.so_far else Report(dry_run=job.compare_only)
            rows = staged.records_until(job.after)
            for uow, batch, part in parts(
                self._work, self.services.policies, staged, job.after, self._ours
            ):
                if job.compare_only:
                    uow.rollback()
                    part.undone()
                report.add(part)
                rows += len(batch.records)
                self._keep_part(uow, batch, part, report, rows)
            self._end_history(staged, report)

    def _keep_part(
        self, uow: UnitOfWork, batch: Batch, part: Report, report: Report, rows: int
    ) -> None:
        self._ours(uow)
        keep(uow, self.job.id, part.findings, part.owed)
        job = uow.get(ImportJob, self.job.id)
        job.stage, job.file, job.rows = "writing", None, rows
        job.after, job.so_far = batch.last, report.to_dict()
        uow.commit()

    def _end_history(self, staged: Staged, report: Report) -> None:
        """Tell of the lines that were left out, some at a time, and end it."""
        for last, some in staged.findings(self.job.told):
            with self._work() as uow:
                self._ours(uow)
                keep(uow, self.job.id, some)
                uow.get(ImportJob, self.job.id).told = last
                uow.commit()
        report.add(staged.report)
        held = report.held_because or (COMPARED if self.job.compare_only else None)
        with self._work() as uow:
            row = self._ours(uow)
            row.report = report.to_dict(held)
            jobs.finish(uow, row, "held" if held else "succeeded")
            uow.commit()

    def _read(self, file: str, rows: int) -> None:
        self._say("reading", file, rows)

    def _say(self, stage: str, file: str | None, rows: int) -> None:
        """Say how far it is, now and then."""
        now = self.services.clock.now()
        if self._said == (stage, file) and now - self._said_at < SAID_EVERY:
            return
        self._said, self._said_at = (stage, file), now
        shown = file and file[:LONGEST_FILE]
        mine = (
            _JOBS.c.district_id == self.job.caller.district_id,
            _JOBS.c.id == self.job.id,
            _JOBS.c.attempt == self.job.attempt,
            _JOBS.c.pulls.is_(self.job.pulls),
        )
        with self.services.database.writer.begin() as connection:
            said = connection.execute(
                update(_JOBS).where(*mine).values(stage=stage, file=shown, rows=rows)
            )
        if not said.rowcount:
            raise NoLongerOurs

    def _ours(self, uow: UnitOfWork) -> Import:
        """The import, kept from others until this transaction ends."""
        try:
            row = uow.get(Import, self.job.id, lock=True)
            job = uow.get(ImportJob, self.job.id, lock=True)
        except NotFound:
            raise NoLongerOurs from None
        if (job.attempt, job.pulls) != (self.job.attempt, self.job.pulls):
            raise NoLongerOurs
        return row

    def _work(self, *, writes: bool = True) -> UnitOfWork:
        return UnitOfWork(
            self.services.database,
            self.job.caller,
            self.services.clock,
            writes,
            quiet=self.job.source in HISTORIES,
        )

    @contextmanager
    def _bundle(self) -> Iterator[Path]:
        """What was sent, as a file that only this process reads."""
        part = ImportPart
        with TemporaryDirectory(prefix="childfind-import-") as folder:
            path = Path(folder) / "bundle.zip"
            with path.open("wb") as file, self._work(writes=False) as uow:
                number = 0
                while found := uow.rows(
                    select(part.content).where(part.import_id == self.job.id, part.number == number)
                ):
                    file.write(found[0].content)
                    number += 1
            yield path
