"""Rosters are pulled from the servers of student-information systems, for imports that wait.

It is a task beside the imports: a server that hangs keeps no roster waiting that is there. When
the bundle has been pulled, it is kept, in one transaction, as if it had been sent, and the import
goes on as every other. A worker that is killed before has kept nothing, and the next one pulls
anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import or_, select

from service.api.plumbing.services import Services
from service.domain.roster_sources import SCOPES
from service.imports import jobs, roster_sources
from service.imports.oneroster.pull import PullFailed, Server, pull
from service.storage.imports import Import, ImportJob
from service.storage.roster_sources import RosterSource
from service.storage.unit_of_work import Caller, NotFound, UnitOfWork
from service.worker.imports import NoLongerOurs, Run, take_up_some
from service.workflow import addresses

AT_ONCE = 4
"""Servers that are pulled from at the same time."""


def begin(services: Services) -> bool:
    """Queue what is to be pulled by schedule; whether anything was."""
    row, began = RosterSource, 0
    scheduled = select(row.district_id, row.id).where(
        or_(row.daily_hour.is_not(None), row.every_hours.is_not(None))
    )
    with services.database.reader.connect() as connection:
        found = connection.execute(scheduled).all()
    for one in found:
        caller = Caller(district_id=one.district_id, request_id="worker")
        with UnitOfWork(services.database, caller, services.clock) as uow:
            try:
                queued = roster_sources.pull_if_due(uow, one.id)
            except NotFound:
                continue  # deleted a moment ago
            if queued is not None:
                uow.commit()
                began += 1
    return began > 0


def take(services: Services, *, pause: Callable[[float], Any] = time.sleep) -> bool:
    """Pull what waits to be pulled; whether anything did."""
    found = take_up_some(services, pulls=True, at_most=AT_ONCE)
    if not found:
        return False
    with ThreadPoolExecutor(len(found), thread_name_prefix="pull") as pool:
        list(pool.map(lambda job: _do(PullRun(services, job, pause)), found))
    return True


def _do(run: PullRun) -> None:
    try:
        run.bring_to_its_end()
    except PullFailed as failure:
        run.fail(failure.code, failure.detail, failure.remedy)
    except NoLongerOurs:
        pass


class PullRun(Run):
    """One roster being pulled: at its end the import has its bundle."""

    def __init__(self, services: Services, job: Any, pause: Callable[[float], Any]) -> None:
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
