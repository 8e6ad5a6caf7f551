"""Rosters are pulled from the servers of student-information systems, for imports that wait.

It is a task beside the imports: a server that hangs keeps no roster waiting that is there. When
the bundle has been pulled, it is kept, in one transaction, as if it had been sent, and the import
goes on as every other. A worker that is killed before has kept nothing, and the next one pulls
anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy import func, not_, or_, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError, TimeoutError
from sqlalchemy.orm import aliased

from service.domain.roster_sources import SCOPES
from service.imports import jobs, roster_sources
from service.imports.oneroster.pull import PullFailed, Server, pull
from service.services import Services
from service.storage.imports import Import, ImportJob
from service.storage.roster_sources import RosterSource
from service.storage.unit_of_work import Caller, NotFound, UnitOfWork
from service.worker.imports import NoLongerOurs, Run, TakenUp, taken_up, waiting
from service.worker.loop import RESTS_AFTER_A_FAILURE, log_failure
from service.workflow import addresses

AT_ONCE = 16
"""Servers that are pulled from at the same time, each of another district."""
AT_ONCE_FAILING = 8
"""So many of them are of sources whose last pull failed: they keep nobody waiting who answers."""
LOOKS_EVERY_S = 1.0
RESTS_S = RESTS_AFTER_A_FAILURE.total_seconds()
"""How long a district is left alone whose pull could be neither done nor noted as failed."""


def begin(services: Services) -> bool:
    """Queue what is to be pulled by schedule; whether anything was."""
    row, began = RosterSource, 0
    scheduled = select(row.district_id, row.id).where(
        or_(row.daily_hour.is_not(None), row.every_hours.is_not(None))
    )
    with services.database.reader.connect() as connection:
        found = connection.execute(scheduled.order_by(row.id)).all()
    for one in found:
        try:
            began += _begin_one(services, one)
        except NotFound:
            continue  # deleted a moment ago
        except Exception as error:
            _note_fault(services, one, error)
    return began > 0


def _begin_one(services: Services, one: Any) -> bool:
    """Queue a pull from this source if it is due; whether it was."""
    with _unit_of_work(services, one.district_id, writes=False) as looking:
        if not roster_sources.is_due(looking, looking.read(RosterSource, one.id)):
            return False
    with _unit_of_work(services, one.district_id) as uow:
        queued = roster_sources.pull_if_due(uow, one.id)
        uow.commit()
    return queued is not None


def _note_fault(services: Services, one: Any, error: Exception) -> None:
    """Say in the log and by a failed import that this source cannot be pulled from, now and then.

    The other sources have their turn whatever comes of it.
    """
    try:
        with _unit_of_work(services, one.district_id) as uow:
            noted = roster_sources.note_fault(uow, one.id)
            uow.commit()
    except Exception as another:
        log_failure("no pull, and it cannot be noted", another, roster_source_id=one.id)
        noted = True
    if noted:
        log_failure("no pull", error, district_id=one.district_id, roster_source_id=one.id)


def take(services: Services, *, pause: Callable[[float], Any] = time.sleep) -> bool:
    """Pull what waits to be pulled until nothing does; whether anything did.

    As soon as one pull has ended the next begins, one of a district at a time, so that a server
    that hangs keeps the place of one district and no other's. Who finds that another worker has
    one of its pulls has lost the lock of this task, with its connection, and begins no more.
    """
    at_work: dict[Future[bool], _Place] = {}
    resting: dict[UUID, float] = {}
    last_error: BaseException | None = None
    began, alone = False, True
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pull") as pool:
        while True:
            try:
                now = time.perf_counter()
                rest = [id for id, until in resting.items() if now < until]
                found = _next(services, at_work.values(), rest) if alone else []
            except SQLAlchemyError:
                if not at_work:
                    raise
                found = []  # those at work go on, and it is asked again in a moment
            for place, job in found:
                at_work[pool.submit(_do, PullRun(services, job, pause))] = place
                began = True
            if not at_work:
                break
            for ended in wait(at_work, LOOKS_EVERY_S, FIRST_COMPLETED).done:
                place, error = at_work.pop(ended), ended.exception()
                if error is None:
                    alone = alone and ended.result()
                else:
                    last_error = error
                    resting[place.district_id] = time.perf_counter() + RESTS_S
    if last_error is not None:
        raise last_error
    return began


@dataclass(frozen=True, slots=True)
class _Place:
    """What a pull that is under way takes up: its district, and whether its source fails."""

    district_id: UUID
    failing: bool


def _next(
    services: Services, at_work: Collection[_Place], resting: Collection[UUID]
) -> list[tuple[_Place, TakenUp]]:
    """Take up as many pulls as there are places, of districts that have none under way or rest."""
    found: list[tuple[_Place, TakenUp]] = []
    if services.stopping.is_set():
        return found
    busy = {place.district_id for place in at_work} | set(resting)
    left = AT_ONCE - len(at_work)
    left_failing = AT_ONCE_FAILING - sum(place.failing for place in at_work)
    for failing in (False, True):
        for row in _waiting(services, busy, failing=failing):
            if row.district_id in busy or not (min(left, left_failing) if failing else left):
                continue
            found.append((_Place(row.district_id, failing), taken_up(services, row)))
            busy.add(row.district_id)
            left, left_failing = left - 1, left_failing - failing
    return found


def _waiting(services: Services, busy: Collection[UUID], *, failing: bool) -> Sequence[Any]:
    """The first pulls that wait, as many as hold one for each place."""
    failed = func.coalesce(_LAST_STATUS, "") == "failed"
    matching = (ImportJob.district_id.not_in(busy), failed if failing else not_(failed))
    return waiting(services, *matching, pulls=True, at_most=AT_ONCE * jobs.MOST_WAITING)


_LAST = aliased(Import)
_LAST_STATUS = (
    select(_LAST.status)
    .where(
        _LAST.district_id == Import.district_id,
        _LAST.feed == Import.feed,
        _LAST.roster_source_id == Import.roster_source_id,
        _LAST.finished_at.is_not(None),
    )
    .order_by(_LAST.started_at.desc())
    .limit(1)
    .correlate(Import)
    .scalar_subquery()
)
"""Of an import that is to be pulled, what became of the last one from the same source."""


def _do(run: PullRun) -> bool:
    """Bring a pull to its end; False when another worker has taken it up."""
    try:
        run.bring_to_its_end()
    except PullFailed as failure:
        run.fail(failure.code, failure.detail, failure.remedy)
    except NoLongerOurs:
        return run.is_over()
    except (OperationalError, TimeoutError):
        raise  # the database is away, or busy for long: it is taken up again
    except Exception as error:
        job = run.job
        log_failure("pull failed", error, district_id=job.caller.district_id, import_id=job.id)
        run.fail(**roster_sources.FAULT)
    return True


def _unit_of_work(services: Services, district_id: UUID, *, writes: bool = True) -> UnitOfWork:
    caller = Caller(district_id=district_id, request_id="worker")
    return UnitOfWork(services.database, caller, services.clock, writes)


class PullRun(Run):
    """One roster being pulled: at its end the import has its bundle."""

    def __init__(self, services: Services, job: TakenUp, pause: Callable[[float], Any]) -> None:
        super().__init__(services, job)
        self._pause = pause

    def _work_at_it(self) -> None:
        with self._work(writes=False) as uow:
            row = uow.read(Import, self.job.id)
            try:
                source = uow.read(RosterSource, row.roster_source_id)
            except NotFound:
                source = None
            demonstration = uow.district.kind == "demonstration"
        if source is None:
            self.fail("source_gone", "The source was deleted.", "Pull from one that is there.")
            return
        try:
            secret = roster_sources.secret_of(self.services.keys, source)
        except ValueError:
            self.fail(
                "unreadable_secret",
                "The secret key of the service was changed; the source's secret cannot be read.",
                "Send the source's `oauth_client_secret` again.",
            )
            return
        server = Server(
            base_url=source.base_url,
            token_url=source.token_url,
            client_id=source.oauth_client_id,
            secret=secret,
            scope=source.scope or SCOPES[source.oneroster_version],
            may_reach=partial(addresses.may_reach, demonstration),
            pause=self._pause,
        )
        with TemporaryDirectory(prefix="childfind-pull-") as folder:
            path = Path(folder) / "bundle.zip"
            pull(server, source.oneroster_version, row.pulled_since, path, self._pulled)
            self._keep(path)

    def is_over(self) -> bool:
        """Whether the pull has ended, cancelled or done; otherwise it is another worker's."""
        job = ImportJob
        its = select(job.id).where(job.id == self.job.id, job.pulls.is_(True))
        with self._work(writes=False) as uow:
            return not uow.rows(its)

    def _pulled(self, name: str, rows: int) -> None:
        self._say("pulling", name, rows)

    def _keep(self, path: Path) -> None:
        """From now on it is as if the bundle had been sent."""
        with self._work() as uow, path.open("rb") as bundle:
            self._ours(uow)
            jobs.keep(uow, self.job.id, bundle)
            job = uow.get(ImportJob, self.job.id)
            job.pulls, job.attempt, job.stage, job.file, job.rows = False, 0, "waiting", None, 0
            uow.commit()
