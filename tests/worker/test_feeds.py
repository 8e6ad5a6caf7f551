"""Feeds of rosters that are late: who is told, how often, and when one has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from service.clock import SetClock
from service.imports import roster_feeds
from service.services import Services
from service.storage.imports import Import
from service.worker import feeds, imports
from tests.api.records import Json
from tests.builders import ApiClient
from tests.imports.oneroster.bundles import roster, user, zipped
from tests.scenarios.journey import sent

SOURCE: Json = {
    "feed": "nightly",
    "oneroster_version": "1.1",
    "base_url": "https://sis.example.org/ims/oneroster/v1p1",
    "token_url": "https://sis.example.org/token",
    "oauth_client_id": "childfind",
    "oauth_client_secret": "the secret of a SIS",
}


@pytest.fixture
def watch(services: Services) -> Callable[[], bool]:
    return lambda: feeds.watch(services)


@pytest.fixture
def superintendent(api: ApiClient) -> str:
    return somebody(api, "administrator")


@pytest.fixture
def push(services: Services, api: ApiClient) -> Callable[..., None]:
    def push(feed: str = "roster", *, bundle: bytes = zipped(roster(user("p1")))) -> None:
        path = f"/v1/imports?feed={feed}"
        sent(api.post(path, data=bundle, content_type="application/zip"), 202)
        while imports.take(services):
            pass

    return push


def somebody(api: ApiClient, role: str, **more: str) -> str:
    person = {"given_name": "Ivo", "family_name": "Marsh", "roles": [role], **more}
    return str(sent(api.post("/v1/staff", person))["id"])


def alerts(api: ApiClient) -> list[Json]:
    found: list[Json] = sent(api.get("/v1/alerts?kind=feed_late&limit=500"), 200)["items"]
    return found


def events(api: ApiClient) -> list[str]:
    found = sent(api.get("/v1/events?limit=500"), 200)["items"]
    return [one["event"] for one in found if one["event"].startswith("roster_feed.")]


def health(api: ApiClient, feed: str = "roster") -> Json:
    items: list[Json] = sent(api.get("/v1/imports/health"), 200)["items"]
    [found] = [one for one in items if one["feed"] == feed]
    return found


def test_a_feed_that_is_late_is_told_once_and_when_it_has_come(
    api: ApiClient,
    clock: SetClock,
    watch: Callable[[], bool],
    push: Callable[..., None],
    superintendent: str,
) -> None:
    push()
    clock.advance(timedelta(hours=36))
    assert not watch(), "it is not late yet"
    clock.advance(timedelta(seconds=1))
    assert watch()
    for _ in range(3):
        clock.advance(timedelta(days=1))
        assert not watch()
    assert events(api) == ["roster_feed.late"]
    [told] = alerts(api)
    assert (told["staff_id"], told["role"]) == (superintendent, "supervisor")
    assert (told["due_on"], told["about_on"]) == ("2026-10-06", "2026-10-06")
    assert (told["deadline_id"], told["term"], told["case_id"]) == (None, None, None)
    [feed] = sent(api.get("/v1/roster-feeds"), 200)["items"]
    assert (feed["id"], feed["feed"]) == (told["feed_id"], "roster")
    assert feed["late_since"] == "2026-10-07T03:00:00Z"
    assert health(api)["late_since"] == feed["late_since"]
    push()
    assert watch()
    assert events(api) == ["roster_feed.late", "roster_feed.recovered"]
    assert sent(api.get(f"/v1/roster-feeds/{feed['id']}"), 200)["late_since"] is None
    clock.advance(timedelta(hours=37))
    assert watch()
    assert len(alerts(api)) == 2, "late anew"


def test_an_import_that_is_held_or_fails_does_not_count_as_come(
    api: ApiClient, clock: SetClock, watch: Callable[[], bool], push: Callable[..., None]
) -> None:
    many = zipped(roster(*(user(f"p{n}") for n in range(40))))
    push(bundle=many)
    clock.advance(timedelta(hours=30))
    push(bundle=zipped(roster(user("p1"))))
    clock.advance(timedelta(hours=7))
    found = health(api)
    assert (found["status"], found["late"]) == ("held", True)
    assert found["last_success_at"] == found["last_success_finished_at"] == "2026-10-05T15:00:00Z"
    assert found["last_try_finished_at"] == "2026-10-06T21:00:00Z"
    assert watch()


def test_an_import_that_waits_has_been_tried_and_has_not_ended(
    api: ApiClient, services: Services, clock: SetClock
) -> None:
    bundle = zipped(roster(user("p1")))
    sent(api.post("/v1/imports", data=bundle, content_type="application/zip"), 202)
    found = health(api)
    assert (found["status"], found["last_try_at"]) == ("queued", "2026-10-05T15:00:00Z")
    assert (found["last_try_finished_at"], found["last_success_at"]) == (None, None)
    assert not found["late"]
    clock.advance(timedelta(hours=37))
    assert health(api)["late"], "nothing has come through since it was first heard of"
    assert imports.take(services)
    assert health(api)["last_success_finished_at"] == "2026-10-07T04:00:00Z"


class TestWhatIsExpected:
    def feed(self, api: ApiClient, **said: Any) -> Json:
        return sent(api.post("/v1/roster-feeds", {"feed": "roster", **said}))

    def test_is_what_the_district_says(
        self, api: ApiClient, clock: SetClock, push: Callable[..., None]
    ) -> None:
        push()
        made = self.feed(api, expected_every_hours=5)
        clock.advance(timedelta(hours=5))
        assert not health(api)["late"]
        clock.advance(timedelta(seconds=1))
        assert health(api)["late_since"] == "2026-10-05T20:00:00Z"
        path = f"/v1/roster-feeds/{made['id']}"
        etag = api.get(path).headers["ETag"]
        sent(api.patch(path, {"expected_every_hours": None}, etag=etag), 200)
        assert health(api)["expected_by"] == "2026-10-07T03:00:00Z"

    def test_may_be_nothing(
        self,
        api: ApiClient,
        clock: SetClock,
        push: Callable[..., None],
        watch: Callable[[], bool],
    ) -> None:
        push()
        made = self.feed(api, expected=False, expected_every_hours=1)
        clock.advance(timedelta(days=400))
        assert not watch()
        assert (health(api)["late"], health(api)["expected_by"]) == (False, None)
        path = f"/v1/roster-feeds/{made['id']}"
        etag = api.get(path).headers["ETag"]
        again = sent(api.patch(path, {"expected": True}, etag=etag), 200)
        assert again["expected_every_hours"] == 1, "it was kept, and counts again"
        assert health(api)["late_since"] == "2026-10-05T16:00:00Z"

    def test_may_be_a_feed_that_has_never_come(
        self, api: ApiClient, clock: SetClock, watch: Callable[[], bool], superintendent: str
    ) -> None:
        self.feed(api)
        found = health(api)
        assert (found["status"], found["last_try_at"], found["late"]) == (None, None, False)
        clock.advance(timedelta(hours=37))
        assert watch()
        assert len(alerts(api)) == 1

    @pytest.mark.parametrize(
        ("said", "hours"),
        [({"daily_hour": 3}, 36), ({"every_hours": 1}, 2), ({"every_hours": 12}, 18), ({}, None)],
    )
    def test_of_one_that_is_pulled_is_its_schedule(
        self, api: ApiClient, clock: SetClock, said: Json, hours: int | None
    ) -> None:
        sent(api.post("/v1/roster-sources", {**SOURCE, **said}))
        clock.advance(timedelta(hours=hours or 4000))
        assert not health(api, "nightly")["late"]
        clock.advance(timedelta(seconds=1))
        assert health(api, "nightly")["late"] is (hours is not None)

    def test_begins_with_a_schedule_that_is_set_later(
        self, api: ApiClient, clock: SetClock
    ) -> None:
        made = sent(api.post("/v1/roster-sources", SOURCE))
        path = f"/v1/roster-sources/{made['id']}"
        clock.advance(timedelta(days=30))
        sent(api.patch(path, {"every_hours": 4}, etag=api.get(path).headers["ETag"]), 200)
        assert health(api, "nightly")["expected_by"] == "2026-11-04T21:00:00Z"

    def test_is_said_once_of_a_feed(self, api: ApiClient, neighbor: ApiClient) -> None:
        made = self.feed(api)
        again = api.post("/v1/roster-feeds", {"feed": "roster"})
        assert again.status_code == 409
        assert f"PATCH /v1/roster-feeds/{made['id']}" in again.get_json()["detail"]
        path = f"/v1/roster-feeds/{made['id']}"
        assert neighbor.get(path).status_code == 404
        assert api.delete(path, etag=api.get(path).headers["ETag"]).status_code == 204
        assert sent(api.get("/v1/roster-feeds"), 200)["items"] == []

    def test_as_before_is_no_change(self, api: ApiClient) -> None:
        path = f"/v1/roster-feeds/{self.feed(api, expected_every_hours=5)['id']}"
        etag = api.get(path).headers["ETag"]
        sent(api.patch(path, {"expected_every_hours": 5}, etag=etag), 200)
        assert events(api) == ["roster_feed.created"]
        assert api.get(path).headers["ETag"] == etag

    def test_is_said_of_so_many_feeds_at_most(
        self, api: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(roster_feeds, "MOST", 1)
        self.feed(api)
        refused = api.post("/v1/roster-feeds", {"feed": "nightly"})
        assert refused.status_code == 422
        assert "at most 1 roster feeds" in refused.text

    def test_anew_of_one_that_is_late_tells_nobody_twice(
        self,
        api: ApiClient,
        clock: SetClock,
        push: Callable[..., None],
        watch: Callable[[], bool],
        superintendent: str,
    ) -> None:
        push()
        clock.advance(timedelta(hours=37))
        assert watch()
        [feed] = sent(api.get("/v1/roster-feeds"), 200)["items"]
        path = f"/v1/roster-feeds/{feed['id']}"
        assert api.delete(path, etag=api.get(path).headers["ETag"]).status_code == 204
        assert watch()
        assert len(alerts(api)) == 1


def test_a_feed_that_comes_as_ever_is_not_told_beside_one_that_is_late(
    api: ApiClient, clock: SetClock, watch: Callable[[], bool], push: Callable[..., None]
) -> None:
    push("nightly")
    clock.advance(timedelta(hours=37))
    push()
    assert watch()
    [late] = sent(api.get("/v1/roster-feeds"), 200)["items"]
    assert late["feed"] == "nightly"
    assert events(api) == ["roster_feed.late"]


def test_each_district_is_told_of_its_own(
    api: ApiClient,
    neighbor: ApiClient,
    clock: SetClock,
    watch: Callable[[], bool],
    push: Callable[..., None],
) -> None:
    for one in (api, neighbor):
        somebody(one, "administrator")
    push()
    clock.advance(timedelta(hours=37))
    assert watch()
    assert (len(alerts(api)), len(alerts(neighbor))) == (1, 0)


def test_a_district_at_whose_feeds_the_service_fails_is_logged_and_holds_up_no_other(
    api: ApiClient,
    neighbor: ApiClient,
    clock: SetClock,
    watch: Callable[[], bool],
    push: Callable[..., None],
    services: Services,
    district: UUID,
    logged: pytest.LogCaptureFixture,
) -> None:
    """A report that nobody could have written stands for the fault."""
    push()
    sent(neighbor.post("/v1/roster-feeds", {"feed": "nightly"}))
    with services.database.writer.begin() as connection:
        broken = update(Import).where(Import.district_id == district).values(report={"findings": 5})
        connection.execute(broken)
    clock.advance(timedelta(hours=37))
    assert watch()
    assert "roster_feed.late" in events(neighbor)
    assert events(api) == []
    [line] = [record.getMessage() for record in logged.records]
    assert str(district) in line
