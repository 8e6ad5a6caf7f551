"""The deadlines of a large district follow a setting or a calendar piece by piece."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from service.clock import SetClock
from service.services import Services
from service.storage.database import Database
from service.storage.districts import District
from service.storage.rebuilds import Rebuild
from service.storage.unit_of_work import Caller, UnitOfWork
from service.worker import TASKS, Worker, alerts, rebuilds
from service.workflow import deadlines
from service.workflow import rebuilds as asked
from tests.builders import ApiClient, a_client, a_district, a_token
from tests.scenarios.journey import CAL_M, ZONE, Child, Json, Place, sent

ROLLS = {"settings": {"roll": "next_working_day"}}
EVALUATION = "initial_evaluation"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2025, 8, 11, 9, 0, tzinfo=ZONE))


@pytest.fixture
def place(app: Flask, store: Database, clock: SetClock) -> Place:
    """A district under federal law with two school years; two cases are many there."""
    id = a_district(store, "us", time_zone=str(ZONE), clock=clock)
    client = a_client(store, id, may_assert_people=True)
    return Place(ApiClient(app.test_client(), a_token(app, client)), clock, id).keeps(*CAL_M)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "AT_ONCE", 1)
    monkeypatch.setattr(deadlines, "BATCH", 1)


@pytest.fixture
def two(place: Place, small_pieces: None) -> list[Child]:
    """Two children whose sixty days end on Saturday 2025-11-15, the older case first."""
    children = [place.child().evaluated_from("2025-09-16") for _ in range(2)]
    return sorted(children, key=lambda child: child.case_id)


def rolls(place: Place) -> Json:
    path = f"/v1/districts/{place.id}"
    etag = place.api.get(path).headers["ETag"]
    return sent(place.api.patch(path, ROLLS, etag=etag), 200)


def shown(two: list[Child]) -> list[tuple[str, bool]]:
    """Of each child, when the evaluation is due as the list has it, and whether that is stale."""
    rows = [child.deadline(EVALUATION) for child in two]
    return [(row["due_on"], row["stale"]) for row in rows]


def as_shown(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def how_far(place: Place) -> Json:
    return sent(place.api.get("/v1/deadlines/rebuild"), 200)


def ready(place: Place) -> tuple[int, str | None]:
    """What an operator is told who watches the machine."""
    found = sent(place.api.get("/readyz"), 200)
    return found["failing_rebuilds"], found["next_rebuild_try_at"]


def test_a_small_district_follows_at_once(place: Place) -> None:
    child = place.child().evaluated_from("2025-09-16")
    assert rolls(place)["deadlines_stale_since"] is None
    assert shown([child]) == [("2025-11-17", False)]
    never = {"stale_since": None, "asked_at": None, "finished_at": None, "cases": 0}
    never |= {"failures": 0, "failed_at": None, "next_try_at": None}
    assert how_far(place) == never


def test_a_large_one_follows_piece_by_piece_and_says_what_is_stale(
    place: Place, two: list[Child], services: Services
) -> None:
    since = rolls(place)["deadlines_stale_since"]
    assert since is not None
    assert shown(two) == [("2025-11-15", True), ("2025-11-15", True)]
    assert (how_far(place)["stale_since"], how_far(place)["cases"]) == (since, 0)
    assert rebuilds.go_on(services)
    assert shown(two) == [("2025-11-17", False), ("2025-11-15", True)]
    assert how_far(place)["cases"] == 1
    assert rebuilds.go_on(services)
    assert shown(two) == [("2025-11-17", False), ("2025-11-17", False)]
    while rebuilds.go_on(services):
        pass
    done = how_far(place)
    assert (done["stale_since"], done["cases"]) == (None, 2)
    assert done["finished_at"] is not None
    district = sent(place.api.get(f"/v1/districts/{place.id}"), 200)
    assert district["deadlines_stale_since"] is None


def test_what_is_computed_when_it_is_read_is_never_behind(place: Place, two: list[Child]) -> None:
    rolls(place)
    row = two[0].deadline(EVALUATION)
    assert row["stale"] is True
    assert sent(place.api.get(f"/v1/deadlines/{row['id']}"), 200)["due_on"] == "2025-11-17"


def test_nobody_is_alerted_of_what_is_stale(
    place: Place, two: list[Child], services: Services
) -> None:
    place.somebody("administrator")
    place.on("2025-11-14")

    def alerted() -> int:
        alerts.make(services.database, services.clock, [place.id])
        found = sent(place.api.get("/v1/alerts?limit=500"), 200)["items"]
        return sum(one["due_on"] == "2025-11-17" for one in found)

    rolls(place)
    assert alerted() == 0
    assert sent(place.api.get("/v1/alerts"), 200)["items"] == []
    while rebuilds.go_on(services):
        pass
    assert alerted() == 2


def test_another_change_meanwhile_begins_it_again(
    place: Place, two: list[Child], services: Services
) -> None:
    rolls(place)
    assert rebuilds.go_on(services)
    (year, _) = sent(place.api.get("/v1/school-calendars"), 200)["items"]
    path = f"/v1/school-calendars/{year['id']}"
    assert year["deadlines_stale_since"] is not None
    off = [*year["days_off"], {"from": "2025-11-14", "until": "2025-11-14", "name": "Snow"}]
    changed = two[0].patched(path, {"days_off": off})
    assert changed["deadlines_stale_since"] is not None
    assert [stale for _, stale in shown(two)] == [True, True]
    Worker(services, TASKS).once()
    Worker(services, TASKS).once()
    assert [stale for _, stale in shown(two)] == [False, False]


def test_a_rebuild_that_is_asked_for_goes_the_same_way(
    place: Place, two: list[Child], services: Services
) -> None:
    asked_for = sent(place.api.post("/v1/deadlines/rebuild"), 200)
    assert (asked_for["cases"], asked_for["changed"]) == (None, None)
    assert asked_for["stale_since"] is not None
    while rebuilds.go_on(services):
        pass
    assert how_far(place)["stale_since"] is None


def test_what_is_owed_outside_any_case_follows_too(
    place: Place, small_pieces: None, services: Services
) -> None:
    children = [place.child() for _ in range(2)]
    for child in children:
        child.document("2025-09-10", "medical_note", "Note")
    for _ in range(2):
        place.child().parent_asks("2025-09-10")
    rolls(place)

    def flagged() -> set[bool]:
        path = "/v1/deadlines?term=child_find_flag"
        return {one["stale"] for one in sent(place.api.get(path), 200)["items"]}

    assert flagged() == {True}
    while rebuilds.go_on(services):
        pass
    assert flagged() == {False}


def test_a_dry_run_asks_for_nothing(place: Place, two: list[Child]) -> None:
    path = f"/v1/districts/{place.id}"
    etag = place.api.get(path).headers["ETag"]
    sent(place.api.patch(f"{path}?dry_run=true", ROLLS, etag=etag), 200)
    assert how_far(place)["asked_at"] is None


class TestOneAtWhichTheServiceFails:
    """A law that there is not stands for the fault."""

    def lawless(self, place: Place, services: Services, jurisdiction: str = "us-zz") -> None:
        row = District
        with services.database.writer.begin() as connection:
            connection.execute(
                update(row).where(row.id == place.id).values(jurisdiction=jurisdiction)
            )

    def test_says_so_and_is_tried_again_later_each_time(
        self,
        place: Place,
        two: list[Child],
        services: Services,
        logged: pytest.LogCaptureFixture,
    ) -> None:
        rolls(place)
        assert ready(place) == (0, None)
        self.lawless(place, services)
        waits = []
        for number in range(1, 12):
            assert rebuilds.go_on(services)
            assert not rebuilds.go_on(services), "it is left alone"
            found = how_far(place)
            assert (found["failures"], found["cases"]) == (number, 0)
            assert found["failed_at"] == as_shown(place.clock.now())
            assert ready(place) == (1, found["next_try_at"])
            following = datetime.fromisoformat(found["next_try_at"])
            waits.append((following - place.clock.now()) // timedelta(minutes=1))
            place.clock.set(following - timedelta(seconds=1))
            assert not rebuilds.go_on(services)
            place.clock.set(following)
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
        lines = [record.getMessage() for record in logged.records]
        assert len(lines) == 11
        assert all(str(place.id) in line and "rebuild failed" in line for line in lines)

    def test_goes_on_where_it_was_once_the_service_is_well(
        self, place: Place, two: list[Child], services: Services
    ) -> None:
        rolls(place)
        assert rebuilds.go_on(services)
        self.lawless(place, services)
        assert rebuilds.go_on(services)
        assert (how_far(place)["failures"], how_far(place)["cases"]) == (1, 1)
        self.lawless(place, services, "us")
        place.clock.advance(timedelta(minutes=1))
        assert rebuilds.go_on(services)
        found = how_far(place)
        assert (found["failures"], found["next_try_at"], found["cases"]) == (0, None, 2)

    def test_waits_for_no_time_of_a_clock_that_was_set_right(
        self, place: Place, two: list[Child], services: Services
    ) -> None:
        rolls(place)
        self.lawless(place, services)
        place.clock.advance(timedelta(days=365))
        assert rebuilds.go_on(services)
        place.clock.advance(timedelta(days=-365))
        assert rebuilds.go_on(services)
        assert how_far(place)["failures"] == 2

    def test_is_begun_at_once_when_it_is_asked_for_anew(
        self, place: Place, two: list[Child], services: Services
    ) -> None:
        rolls(place)
        self.lawless(place, services)
        assert rebuilds.go_on(services)
        self.lawless(place, services, "us")
        sent(place.api.post("/v1/deadlines/rebuild"), 200)
        assert how_far(place)["failures"] == 0
        while rebuilds.go_on(services):
            pass
        assert [stale for _, stale in shown(two)] == [False, False]

    def test_holds_up_no_other(
        self, app: Flask, store: Database, place: Place, two: list[Child], services: Services
    ) -> None:
        rolls(place)
        other = _other(app, store, place)
        self.lawless(place, services)
        while rebuilds.go_on(services):
            pass
        with services.database.reader.connect() as connection:
            found = connection.execute(select(Rebuild.district_id, Rebuild.finished_at)).all()
        assert {one.district_id: one.finished_at is None for one in found} == {
            place.id: True,
            other: False,
        }


def test_two_who_ask_for_the_first_one_at_the_same_moment_ask_for_one(
    place: Place, two: list[Child], services: Services
) -> None:
    def unit_of_work() -> UnitOfWork:
        return UnitOfWork(services.database, Caller(district_id=place.id), services.clock)

    def ask() -> None:
        with unit_of_work() as second:
            assert asked.follow(second, services.policies) is None
            second.commit()

    with ThreadPoolExecutor(1) as pool, unit_of_work() as first:
        assert asked.follow(first, services.policies) is None
        other = pool.submit(ask)
        if not services.database.sqlite:  # there the other has not begun
            wait_for_one_who_waits(services.database)
        first.commit()
        other.result()
    assert how_far(place)["stale_since"] is not None


def wait_for_one_who_waits(database: Database) -> None:
    waits = "wait_event_type = 'Lock' AND datname = current_database()"
    statement = text(f"SELECT count(*) FROM pg_stat_activity WHERE {waits}")  # noqa: S608
    with database.reader.connect() as connection:
        assert any(connection.execute(statement).scalar() for _ in range(100_000))


def test_districts_take_turns(
    app: Flask, store: Database, place: Place, two: list[Child], services: Services
) -> None:
    """One that cannot be done holds up no other."""
    rolls(place)
    other, turns = _other(app, store, place), []
    for _ in range(3):
        place.clock.advance(timedelta(minutes=1))
        turns.append(rebuilds._take_up(services))
    assert turns == [place.id, other, place.id]


def _other(app: Flask, store: Database, place: Place) -> UUID:
    id = a_district(store, "us", time_zone=str(ZONE), clock=place.clock)
    api = ApiClient(app.test_client(), a_token(app, a_client(store, id)))
    neighbor = Place(api, place.clock, id)
    for _ in range(2):
        neighbor.child().parent_asks(place.today)
    rolls(neighbor)
    return id
