"""Rosters pulled by the worker: on demand and by schedule, and what a kill leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import OperationalError

from service.clock import SetClock
from service.imports import jobs, roster_sources
from service.services import Services
from service.storage.database import Database
from service.storage.districts import District
from service.storage.imports import ImportJob
from service.storage.roster_sources import RosterSource
from service.storage.unit_of_work import Caller, UnitOfWork
from service.worker import TASKS, Task, Worker, imports, pulls
from tests.api.records import Json
from tests.builders import SECRET_KEY, ApiClient, a_client, a_district, a_token
from tests.imports.oneroster import bundles
from tests.imports.oneroster.bundles import roster, zipped
from tests.oneroster_server import (
    CLIENT_ID,
    SECRET,
    Answer,
    OneRosterServer,
    district_of,
    serving,
    user,
    user_12,
)
from tests.scenarios.journey import sent

AT_WORK = """
import sys
from service.api.plumbing.services import EXTENSION
from service.app import create_app
from service.settings import Settings
from service.worker import TASKS, Worker

app = create_app(Settings(database_url=sys.argv[1], secret_key=sys.argv[2]))
Worker(app.extensions[EXTENSION], TASKS).once()
"""


@pytest.fixture
def district(store: Database, clock: SetClock) -> UUID:
    """A demonstration district: its sources may be on this machine."""
    return a_district(store, clock=clock, kind="demonstration")


@pytest.fixture
def sis() -> Iterator[OneRosterServer]:
    many = (user(f"p{n:02}") for n in range(25))
    with serving(OneRosterServer(district_of(*many), most=10)) as sis:
        yield sis


@pytest.fixture
def work(services: Services) -> Callable[[], None]:
    """Everything that a worker has to do just now."""

    def work() -> None:
        pulls.begin(services)
        while pulls.take(services, pause=lambda seconds: None) or imports.take(services):
            pass

    return work


def source(api: ApiClient, sis: OneRosterServer, **said: Any) -> Json:
    return sent(
        api.post(
            "/v1/roster-sources",
            {
                "feed": "nightly",
                "oneroster_version": "1.1",
                "base_url": sis.base_url,
                "token_url": sis.token_url,
                "oauth_client_id": CLIENT_ID,
                "oauth_client_secret": SECRET,
                **said,
            },
        )
    )


def pull(api: ApiClient, of: Json, query: str = "") -> Json:
    return sent(api.post(f"/v1/roster-sources/{of['id']}/pull{query}"), 202)


def seen(api: ApiClient, one: Json) -> Json:
    return sent(api.get(f"/v1/imports/{one['id']}"), 200)


def made(api: ApiClient) -> list[Json]:
    """Every import, the first one first."""
    found: list[Json] = sent(api.get("/v1/imports?sort=started_at"), 200)["items"]
    return found


def students(api: ApiClient) -> int:
    return len(sent(api.get("/v1/students?active=true&limit=500"), 200)["items"])


class TestAPullThatIsAskedFor:
    def test_is_an_import_as_every_other(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None]
    ) -> None:
        asked = pull(api, source(api, sis))
        assert (asked["status"], asked["source"]) == ("queued", "oneroster_rest")
        assert students(api) == 0
        work()
        done = seen(api, asked)
        assert (done["status"], done["feed"], done["pulled_since"]) == (
            "succeeded",
            "nightly",
            None,
        )
        assert done["report"]["counts"]["students"]["created"] == 25
        assert students(api) == 25
        listed = sent(api.get(f"/v1/imports/{asked['id']}/records?list=unmatched"), 200)["items"]
        assert len(listed) == 28
        [feed] = sent(api.get("/v1/imports/health"), 200)["items"]
        assert (feed["feed"], feed["status"]) == ("nightly", "succeeded")

    def test_of_version_1_2(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None]
    ) -> None:
        sis.lists = district_of(user_12("c"), user_12("t", "teacher"))
        pull(api, source(api, sis, oneroster_version="1.2"))
        work()
        assert students(api) == 1
        [scope] = sis.scopes
        assert "v1p2/scope/roster-core.readonly" in scope

    def test_ends_who_is_in_the_list_no_more(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None]
    ) -> None:
        of = source(api, sis)
        pull(api, of)
        work()
        sis.lists["users"].pop()
        sis.lists["users"][0]["status"] = "tobedeleted"
        pull(api, of)
        work()
        assert students(api) == 23

    def test_may_only_compare(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None]
    ) -> None:
        asked = pull(api, source(api, sis), "?compare_only=true")
        work()
        done = seen(api, asked)
        assert (done["status"], done["report"]["held_because"]) == ("held", imports.COMPARED)
        assert done["report"]["counts"]["students"]["created"] == 25
        assert students(api) == 0

    def test_is_held_when_it_shrinks_unless_forced(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None]
    ) -> None:
        of = source(api, sis)
        pull(api, of)
        work()
        del sis.lists["users"][5:]
        held = pull(api, of)
        work()
        assert seen(api, held)["status"] == "held"
        forced = pull(api, of, "?force=true")
        work()
        assert seen(api, forced)["status"] == "succeeded"
        assert students(api) == 5

    def test_takes_nothing_when_strict_and_in_doubt(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None]
    ) -> None:
        def lie(offset: int, limit: int, answer: Answer) -> Answer:
            return Answer(answer.status, answer.headers | {"X-Total-Count": "99"}, answer.body)

        sis.fault = lie
        of = source(api, sis)
        held = pull(api, of, "?strict=true")
        work()
        found = sent(api.get(f"/v1/imports/{held['id']}/findings"), 200)["items"]
        assert (seen(api, held)["status"], found[0]["code"]) == ("held", "list_unsure")

    def test_is_one_at_a_time(self, api: ApiClient, sis: OneRosterServer) -> None:
        of = source(api, sis)
        first = pull(api, of)
        again = api.post(f"/v1/roster-sources/{of['id']}/pull")
        assert again.status_code == 409
        assert first["id"] in again.text

    def test_that_fails_says_why(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None]
    ) -> None:
        asked = pull(api, source(api, sis, oauth_client_secret="another"))
        work()
        done = seen(api, asked)
        assert (done["status"], done["error"]["code"]) == ("failed", "no_token")
        assert "another" not in json.dumps(done)

    def test_from_a_live_district_reaches_no_machine_nearby(
        self,
        app: Flask,
        store: Database,
        clock: SetClock,
        sis: OneRosterServer,
        work: Callable[[], None],
    ) -> None:
        here = a_district(store, clock=clock)
        api = ApiClient(app.test_client(), a_token(app, a_client(store, here)))
        near = sis.origin.replace("http://127.0.0.1", "https://localhost")
        asked = pull(api, source(api, sis, token_url=f"{near}/token", base_url=f"{near}/v1p1"))
        work()
        assert seen(api, asked)["error"]["code"] == "not_public"
        assert sis.scopes == []

    def test_from_a_source_that_was_deleted_fails(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None]
    ) -> None:
        of = source(api, sis)
        asked, path = pull(api, of), f"/v1/roster-sources/{of['id']}"
        assert api.delete(path, etag=api.get(path).headers["ETag"]).status_code == 204
        work()
        assert seen(api, asked)["error"]["code"] == "source_gone"

    def test_with_a_secret_of_another_key_fails(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None], services: Services
    ) -> None:
        asked = pull(api, source(api, sis))
        with services.database.writer.begin() as connection:
            connection.execute(update(RosterSource).values(secret_sealed=b"x" * 60))
        work()
        assert seen(api, asked)["error"]["code"] == "unreadable_secret"

    def test_that_is_cancelled_meanwhile_stops(
        self,
        api: ApiClient,
        sis: OneRosterServer,
        work: Callable[[], None],
        services: Services,
        district: UUID,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        asked = pull(api, source(api, sis))
        pulled = pulls.PullRun._pulled

        def cancelled(run: pulls.PullRun, name: str, rows: int) -> None:
            caller = Caller(district_id=district)
            with UnitOfWork(services.database, caller, services.clock) as uow:
                jobs.cancel(uow, run.job.id)
                uow.commit()
            pulled(run, name, rows)

        monkeypatch.setattr(pulls.PullRun, "_pulled", cancelled)
        work()
        assert seen(api, asked)["status"] == "cancelled"
        assert len(sis.asked) == 1
        assert students(api) == 0


def test_a_worker_that_is_killed_in_mid_pull_loses_nothing(
    api: ApiClient, sis: OneRosterServer, services: Services
) -> None:
    asked = pull(api, source(api, sis))
    sis.hold = Event()
    next_one = Worker(services, TASKS)
    url = services.database.engine.url.render_as_string(hide_password=False)
    worker = subprocess.Popen(
        [sys.executable, "-c", AT_WORK, url, SECRET_KEY], stdin=subprocess.DEVNULL
    )
    try:
        sis.wait_for(1)
        assert seen(api, asked)["status"] == "running"
        assert not next_one.once(), "the pull is another's"
    finally:
        worker.kill()
        worker.communicate()
    sis.hold.set()
    assert (seen(api, asked)["status"], students(api)) == ("running", 0)
    # PostgreSQL takes a moment to see that the process is gone.
    assert any(next_one.once() for _ in range(100_000))
    while next_one.once():
        pass
    assert (seen(api, asked)["status"], students(api)) == ("succeeded", 25)


def test_who_lost_the_pull_to_another_keeps_nothing(
    api: ApiClient, sis: OneRosterServer, services: Services
) -> None:
    asked = pull(api, source(api, sis))
    [waiting] = imports.waiting(services, pulls=True, at_most=5)
    late = imports.taken_up(services, waiting)
    assert pulls.take(services)
    with pytest.raises(imports.NoLongerOurs):
        pulls.PullRun(services, late, lambda seconds: None).bring_to_its_end()
    assert imports.take(services)
    assert seen(api, asked)["status"] == "succeeded"


def test_a_server_that_hangs_holds_up_no_import_that_is_there(
    api: ApiClient, sis: OneRosterServer, services: Services, district: UUID
) -> None:
    """Its pull waits; a bundle that was sent later is taken in."""
    waiting = pull(api, source(api, sis))
    caller = Caller(district_id=district)
    with UnitOfWork(services.database, caller, services.clock) as uow:
        jobs.send(uow, zipped(roster(bundles.user("p1"))))
        uow.commit()
    assert imports.take(services)
    assert seen(api, waiting)["status"] == "queued"
    assert students(api) == 1


Newcomer = Callable[..., tuple[ApiClient, OneRosterServer]]


@pytest.fixture
def newcomer(app: Flask, store: Database, clock: SetClock) -> Iterator[Newcomer]:
    """Makes one more district, with a server of its own."""
    with ExitStack() as servers:

        def newcomer(*sources: str, hold: Event | None = None) -> tuple[ApiClient, OneRosterServer]:
            id = a_district(store, clock=clock, kind="demonstration")
            api = ApiClient(app.test_client(), a_token(app, a_client(store, id)))
            sis = servers.enter_context(serving(OneRosterServer(district_of(user("p1")))))
            sis.hold = hold
            for feed in sources or ("nightly",):
                pull(api, source(api, sis, feed=feed))
            return api, sis

        yield newcomer


@contextmanager
def at_work(services: Services, *holds: Event) -> Iterator[None]:
    """Somebody pulls meanwhile; at the end what was held goes on, and is waited for."""
    pulling = Thread(target=pulls.take, args=(services,), kwargs={"pause": lambda seconds: None})
    pulling.start()
    try:
        yield
    finally:
        for hold in holds:
            hold.set()
        pulling.join()


WHOLE = 3
"""A pull of few people: a page of each list."""


class TestAServerThatHangs:
    def test_keeps_one_place_and_no_other_district_waiting(
        self, newcomer: Newcomer, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With two places: those of the others go through the second one after another."""
        monkeypatch.setattr(pulls, "AT_ONCE", 2)
        hold = Event()
        there, hanging = newcomer("one", "two", "three", hold=hold)
        others = [newcomer() for _ in range(4)]
        with at_work(services, hold):
            for _, sis in others:
                sis.wait_for(WHOLE)
            assert len(hanging.asked) == 1
            assert {one["status"] for one in made(there)} == {"running", "queued"}
            later, sis = newcomer()
            sis.wait_for(WHOLE)
        assert len(hanging.asked) == 3 * WHOLE
        while imports.take(services):
            pass
        for api in (there, later, *(api for api, _ in others)):
            assert {one["status"] for one in made(api)} == {"succeeded"}

    def test_takes_no_place_from_those_that_answered_last_time(
        self,
        newcomer: Newcomer,
        services: Services,
        clock: SetClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Of two places one is for sources that failed; there are two such, which hang now."""
        failing = [newcomer() for _ in range(2)]
        for _, sis in failing:
            sis.withheld = {"orgs"}
        assert pulls.take(services)
        clock.advance(timedelta(hours=1))
        monkeypatch.setattr(pulls, "AT_ONCE", 2)
        monkeypatch.setattr(pulls, "AT_ONCE_FAILING", 1)
        hold = Event()
        for api, sis in failing:
            assert [one["status"] for one in made(api)] == ["failed"]
            clock.advance(timedelta(seconds=1))  # that of the first waits longest
            sis.asked, sis.hold, sis.withheld = [], hold, set()
            pull(api, sent(api.get("/v1/roster-sources"), 200)["items"][0])
        _, good = newcomer()
        with at_work(services, hold):
            good.wait_for(WHOLE)
            failing[0][1].wait_for(1)
            assert failing[1][1].asked == []
        assert len(failing[1][1].asked) == WHOLE, "when there is a place again"

    def test_is_waited_for_by_a_worker_that_is_to_end_and_nobody_else_is(
        self,
        newcomer: Newcomer,
        services: Services,
        clock: SetClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(pulls, "AT_ONCE", 1)
        hold = Event()
        _, hanging = newcomer(hold=hold)
        clock.advance(timedelta(seconds=1))  # it waits longest
        api, other = newcomer()
        worker = Worker(services, [Task("pulls", pulls.take)])
        worker.start()
        hanging.wait_for(1)
        worker.stop(within_s=0)
        hold.set()
        worker.stop()
        assert len(hanging.asked) == WHOLE
        assert other.asked == []
        assert [one["status"] for one in made(api)] == ["queued"]


def test_who_finds_that_another_worker_pulls_begins_no_more(
    newcomer: Newcomer, services: Services, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the two would take each pull from each other, until it is given up."""
    monkeypatch.setattr(pulls, "AT_ONCE", 1)
    hold = Event()
    _, taken = newcomer(hold=hold)
    clock.advance(timedelta(seconds=1))  # the first waits longest
    api, other = newcomer()
    with at_work(services, hold):
        taken.wait_for(1)
        first, _ = imports.waiting(services, pulls=True, at_most=2)
        imports.taken_up(services, first)
    assert len(taken.asked) == 1
    assert other.asked == []
    assert [one["status"] for one in made(api)] == ["queued"]


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_database_that_goes_away_in_mid_pull_costs_the_pull_and_nothing_else(
    newcomer: Newcomer, services: Services
) -> None:
    """Its connection is ended while it waits to say how far it is."""
    hold = Event()
    api, sis = newcomer(hold=hold)
    with ThreadPoolExecutor(1) as pool, services.database.writer.begin() as connection:
        taking = pool.submit(pulls.take, services)
        sis.wait_for(1)
        connection.execute(select(ImportJob.id).with_for_update())
        hold.set()
        with services.database.reader.connect() as other:
            assert any(other.execute(text(END_WHO_WAITS)).all() for _ in range(100_000))
        assert isinstance(taking.exception(), OperationalError)
    assert [one["status"] for one in made(api)] == ["running"]
    assert pulls.take(services)
    assert imports.take(services)
    assert [one["status"] for one in made(api)] == ["succeeded"]


END_WHO_WAITS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class TestAFaultOfTheService:
    """It is one source's, is said where its people look, and holds up no other."""

    def test_in_a_pull(
        self, newcomer: Newcomer, services: Services, logged: pytest.LogCaptureFixture
    ) -> None:
        """What nobody could have stored stands for it: an address that is none."""
        api, _ = newcomer()
        broken = update(RosterSource).values(token_url="https://[a-secret")
        with services.database.writer.begin() as connection:
            connection.execute(broken)
        _, other = newcomer()
        assert pulls.take(services)
        assert len(other.asked) == WHOLE
        [one] = made(api)
        failed = seen(api, one)
        assert (failed["status"], failed["error"]["code"]) == ("failed", "internal_error")
        [line] = [record.getMessage() for record in logged.records]
        assert failed["id"] in line
        assert "secret" not in line + json.dumps(failed["error"])
        assert not pulls.take(services)

    def test_in_beginning_one_by_schedule(
        self,
        api: ApiClient,
        newcomer: Newcomer,
        sis: OneRosterServer,
        services: Services,
        district: UUID,
        clock: SetClock,
        logged: pytest.LogCaptureFixture,
    ) -> None:
        """A time zone that was given up stands for it: its day has no hours."""
        source(api, sis, daily_hour=3)
        there, at = newcomer()
        source(there, at, feed="other", daily_hour=3)
        gone = update(District).where(District.id == district).values(time_zone="US/Pacific-New")
        with services.database.writer.begin() as connection:
            connection.execute(gone)
        clock.advance(timedelta(days=1))
        assert pulls.begin(services)
        assert [one["status"] for one in made(there)] == ["queued", "queued"]
        for _ in range(59):
            clock.advance(timedelta(minutes=1))
            assert not pulls.begin(services)
        [one] = made(api)
        failed = seen(api, one)
        assert (failed["status"], failed["error"]["code"]) == ("failed", "internal_error")
        [line] = [record.getMessage() for record in logged.records]
        assert '"error": "ZoneInfoNotFoundError"' in line
        clock.advance(timedelta(minutes=1))
        pulls.begin(services)
        assert len(made(api)) == 2, "it is said again after an hour"


def test_a_minute_in_which_nothing_is_due_writes_nothing(
    api: ApiClient, sis: OneRosterServer, services: Services
) -> None:
    """A writer of SQLite keeps every other waiting."""
    source(api, sis, daily_hour=3)
    began: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        began.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    try:
        assert not pulls.begin(services)
    finally:
        event.remove(services.database.engine, "before_cursor_execute", note)
    assert began
    assert not [one for one in began if not one.startswith(("SELECT", "BEGIN")) or "FOR " in one]
    assert "BEGIN IMMEDIATE" not in began


class TestASchedule:
    """The clock begins on 2026-10-05 at 15:00 UTC, 10:00 in the district."""

    def test_pulls_once_a_day_at_its_hour_there(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None], clock: SetClock
    ) -> None:
        source(api, sis, daily_hour=3)
        starts = []
        for hour in range(72):
            clock.set(datetime(2026, 10, 5, 15, tzinfo=UTC) + timedelta(hours=hour))
            work()
            starts = [one["started_at"] for one in made(api)]
        assert starts == [f"2026-10-0{day}T08:00:00Z" for day in (6, 7, 8)]
        assert {one["status"] for one in made(api)} == {"succeeded"}

    def test_begins_no_second_pull_while_one_is_under_way(
        self, api: ApiClient, sis: OneRosterServer, services: Services, clock: SetClock
    ) -> None:
        """One that was asked for before the turn, of a server that takes long."""
        asked = pull(api, source(api, sis, daily_hour=3))
        clock.advance(timedelta(days=1))
        assert not pulls.begin(services)
        assert [one["id"] for one in made(api)] == [asked["id"]]
        assert pulls.take(services)
        assert imports.take(services)
        assert pulls.begin(services), "its turn has not gone by"

    def test_begins_one_pull_for_two_who_look_at_the_same_time(
        self,
        api: ApiClient,
        sis: OneRosterServer,
        services: Services,
        district: UUID,
        clock: SetClock,
    ) -> None:
        of = source(api, sis, daily_hour=3)
        clock.advance(timedelta(days=1))
        for queued in (True, False):
            caller = Caller(district_id=district)
            with UnitOfWork(services.database, caller, services.clock) as uow:
                assert (roster_sources.pull_if_due(uow, UUID(of["id"])) is not None) is queued
                uow.commit()
        assert len(made(api)) == 1

    def test_pulls_every_so_many_hours(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None], clock: SetClock
    ) -> None:
        source(api, sis, every_hours=6)
        for _ in range(25):
            work()
            clock.advance(timedelta(hours=1))
        assert [one["started_at"][11:13] for one in made(api)] == ["21", "03", "09", "15"]

    def test_is_tried_again_some_times_when_the_server_is_away(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None], clock: SetClock
    ) -> None:
        source(api, sis, daily_hour=3)
        sis.withheld = {"orgs"}
        for _ in range(48):
            work()
            clock.advance(timedelta(minutes=30))
        tries = [one["started_at"][11:16] for one in made(api)]
        assert tries == ["08:00", "09:00", "10:00", "11:00"]
        assert {one["status"] for one in made(api)} == {"failed"}
        sis.withheld = set()
        clock.advance(timedelta(hours=24))
        work()
        assert [one["status"] for one in made(api)][4:] == ["succeeded"]

    def test_is_kept_after_a_clock_that_was_a_year_ahead_was_set_right(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None], clock: SetClock
    ) -> None:
        source(api, sis, daily_hour=3, full_every_days=7)
        began = clock.now()
        for days in (1, 2, 367, 3):
            clock.set(began + timedelta(days=days))
            work()
        last = seen(api, next(one for one in made(api) if one["started_at"][:10] == "2026-10-08"))
        assert last["status"] == "succeeded"
        assert last["pulled_since"][:10] == "2026-10-06", "not from the year that has not come"

    def test_changes_are_pulled_between_and_everything_now_and_then(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None], clock: SetClock
    ) -> None:
        source(api, sis, daily_hour=3, full_every_days=3)
        for _ in range(7):
            clock.advance(timedelta(days=1))
            work()
        since = [one["pulled_since"] and one["pulled_since"][:10] for one in made(api)]
        assert since == [
            None, "2026-10-05", "2026-10-06", None, "2026-10-08", "2026-10-09", None,
        ]  # fmt: skip

    def test_everything_is_pulled_from_another_server(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None], clock: SetClock
    ) -> None:
        of = source(api, sis, full_every_days=30)
        path = f"/v1/roster-sources/{of['id']}"
        for _ in range(2):
            pull(api, of)
            work()
            clock.advance(timedelta(hours=1))
        moved = {"base_url": f"{sis.base_url}/", "oauth_client_secret": SECRET}
        sent(api.patch(path, moved, etag=api.get(path).headers["ETag"]), 200)
        pull(api, of)
        work()
        assert [bool(one["pulled_since"]) for one in made(api)] == [False, True, False]

    def test_who_vanished_silently_is_missed_by_the_next_whole_pull(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None], clock: SetClock
    ) -> None:
        source(api, sis, daily_hour=3, full_every_days=2)
        counts = []
        for day in range(3):
            clock.advance(timedelta(days=1))
            work()
            counts.append(students(api))
            if day == 0:
                sis.lists["users"].pop()
        assert counts == [25, 25, 24]

    def test_of_a_feed_that_is_called_otherwise_waits_for_its_turn(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None], clock: SetClock
    ) -> None:
        of = source(api, sis, daily_hour=3, full_every_days=9)
        path = f"/v1/roster-sources/{of['id']}"
        clock.advance(timedelta(days=1))
        work()
        sent(api.patch(path, {"feed": "other"}, etag=api.get(path).headers["ETag"]), 200)
        work()
        assert len(made(api)) == 1
        clock.advance(timedelta(days=1))
        work()
        told = [(one["feed"], one["pulled_since"]) for one in made(api)]
        assert told == [("nightly", None), ("other", None)], "all of it: it is another stream"

    def test_that_is_off_pulls_nothing(
        self, api: ApiClient, sis: OneRosterServer, work: Callable[[], None], clock: SetClock
    ) -> None:
        of = source(api, sis, daily_hour=3)
        path = f"/v1/roster-sources/{of['id']}"
        sent(api.patch(path, {"daily_hour": None}, etag=api.get(path).headers["ETag"]), 200)
        clock.advance(timedelta(days=2))
        work()
        assert made(api) == []
