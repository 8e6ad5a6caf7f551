"""The change feed over HTTP: in order, without a gap, without personal data unless asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import BoundedSemaphore, Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from service.api.plumbing.services import EXTENSION
from service.clock import Clock
from service.storage.database import Database
from service.storage.schools import School
from service.storage.unit_of_work import Caller, UnitOfWork
from tests.api.records import Json, Records
from tests.builders import (
    AClient,
    ApiClient,
    a_client,
    a_staff_member,
    a_token,
    do_imports,
    services_of,
)
from tests.imports.oneroster.bundles import roster, user, zipped
from tests.scenarios.journey import sent


def school(api: ApiClient, name: str) -> Json:
    return sent(api.post("/v1/schools", {"name": name}))


def feed(api: ApiClient, query: str = "") -> Json:
    return sent(api.get(f"/v1/events{query}"), 200)


def numbers(found: Json) -> list[int]:
    return [item["seq"] for item in found["items"]]


@pytest.fixture
def limited(app: Flask, store: Database, district: UUID) -> ApiClient:
    """Calls the API with the scope to follow, not to see values."""
    client = a_client(store, district, scopes=["events:read"])
    return ApiClient(app.test_client(), a_token(app, client))


class TestFollowing:
    def test_everything_that_happened_in_order_and_without_a_gap(self, api: ApiClient) -> None:
        made = [school(api, f"School {n}") for n in range(5)]
        api.patch(f"/v1/schools/{made[0]['id']}", {"name": "Renamed"}, etag='"1"')
        found = feed(api)
        assert numbers(found) == [1, 2, 3, 4, 5, 6]
        assert [item["event"] for item in found["items"]][4:] == [
            "school.created",
            "school.changed",
        ]
        assert found["items"][5]["subject"] == {"type": "schools", "id": made[0]["id"]}
        assert (found["next_after"], found["more"]) == (6, False)

    def test_goes_on_where_it_stopped_and_can_be_replayed(self, api: ApiClient) -> None:
        for n in range(5):
            school(api, f"School {n}")
        first = feed(api, "?limit=2")
        assert (numbers(first), first["next_after"], first["more"]) == ([1, 2], 2, True)
        second = feed(api, f"?limit=3&after={first['next_after']}")
        assert (numbers(second), second["more"]) == ([3, 4, 5], False)
        quiet = feed(api, f"?after={second['next_after']}")
        assert quiet == {"items": [], "next_after": 5, "more": False}
        school(api, "Another")
        assert numbers(feed(api, f"?after={quiet['next_after']}")) == [6]
        assert numbers(feed(api, "?after=0")) == [1, 2, 3, 4, 5, 6]

    def test_who_did_what_when(
        self, app: Flask, api: ApiClient, client: AClient, store: Database, district: UUID
    ) -> None:
        person = str(a_staff_member(store, district))
        headers = {"Childfind-Acting-Staff": person, "X-Request-ID": "r-1"}
        api.post("/v1/schools", {"name": "A"}, headers=headers)
        [entry] = feed(api, "?event=school.created")["items"]
        assert (entry["client_id"], entry["acting_staff_id"]) == (str(client.id), person)
        assert (entry["request_id"], entry["at"]) == ("r-1", "2026-10-05T15:00:00Z")
        assert (entry["row_count"], entry["findings"]) == (1, [])

    def test_what_was_refused_rolled_back_or_only_tried_is_not_there(self, api: ApiClient) -> None:
        api.post("/v1/schools", {"name": " "})
        api.post("/v1/schools?dry_run=true", {"name": "A"})
        school(api, "B")
        assert numbers(feed(api)) == [1]

    def test_an_import_is_few_entries_that_count_their_rows(self, api: ApiClient) -> None:
        bundle = zipped(roster(*(user(f"p{n}") for n in range(3))))
        api.call("POST", "/v1/imports", data=bundle, headers={"Content-Type": "application/zip"})
        do_imports(api.http.application)
        [entry] = feed(api, "?event=student.imported")["items"]
        assert (entry["row_count"], entry["subject"]) == (3, {"type": "students", "id": None})

    def test_what_a_refused_step_found(self, api: ApiClient, records: Records) -> None:
        case_id = records.receipt(records.student(), "parent")["case_id"]
        step = f"/v1/cases/{case_id}/steps/close"
        answer = api.post(step, {"reason_code": "other", "reason": "No."})
        assert answer.status_code == 409
        [entry] = feed(api, f"?case_id={case_id}&event=case.step_refused")["items"]
        assert {f["rule_id"] for f in entry["findings"]} & {"LIFECYCLE", "IDEA-REQUEST-DECIDE"}

    def test_what_was_found_about_a_child_is_in_the_payload_alone(
        self, app: Flask, api: ApiClient, limited: ApiClient, records: Records, store: Database,
        district: UUID,
    ) -> None:  # fmt: skip
        case_id = records.receipt(records.student(), "parent")["case_id"]
        drafts = f"/v1/cases/{case_id}/eligibility-determinations"
        sent = {"framework": "idea", "outcome": "eligible", "category": "a category"}
        draft = api.post(drafts, sent).get_json()
        step = f"/v1/eligibility-determinations/{draft['id']}/steps/finalize"
        person = {"Childfind-Acting-Staff": str(a_staff_member(store, district))}
        trusted = a_token(app, a_client(store, district, may_assert_people=True))
        refused = ApiClient(app.test_client(), trusted).post(step, {}, headers=person).get_json()
        assert "a category" in json.dumps(refused["findings"])
        query = "?event=eligibility_determination.step_refused"
        [entry] = feed(limited, query)["items"]
        blocking = [f for f in refused["findings"] if f["blocks"]]
        assert blocking
        assert entry["findings"] == [
            {name: f[name] for name in ("rule_id", "title", "mode", "answer", "blocks")}
            for f in blocking
        ]
        for path in (f"/v1/events{query}", f"/v1/events/{entry['seq']}?"):
            assert "a category" not in limited.get(path).text
            assert limited.get(f"{path}&include=payload").status_code == 403
        [whole] = feed(api, f"{query}&include=payload")["items"]
        assert whole["findings"] == blocking


class TestFiltering:
    def test_by_name_kind_record_and_case(self, api: ApiClient, records: Records) -> None:
        first = school(api, "A")
        school(api, "B")
        api.patch(f"/v1/schools/{first['id']}", {"name": "C"}, etag='"1"')
        student = records.student()
        receipt = records.receipt(student, "staff")
        api.patch(f"/v1/cases/{receipt['case_id']}", {"absences": ["2026-10-01"]}, etag="*")
        assert numbers(feed(api, "?event=school.created")) == [1, 2]
        assert numbers(feed(api, "?event=school.")) == [1, 2, 3]
        assert numbers(feed(api, "?event=school")) == []
        assert numbers(feed(api, "?event=%25.")) == []
        assert numbers(feed(api, "?subject_type=schools")) == [1, 2, 3]
        assert numbers(feed(api, "?subject_type=schools&event=school.changed")) == [3]
        assert numbers(feed(api, "?subject_type=nothing")) == []
        assert numbers(feed(api, f"?subject_id={first['id']}")) == [1, 3]
        assert numbers(feed(api, f"?subject_id={first['id']}&after=1&limit=1")) == [3]
        of_case = feed(api, f"?case_id={receipt['case_id']}")["items"]
        named = [item["event"] for item in of_case]
        assert named == ["case.opened", "referral.received", "case.changed"]
        assert {item["student_id"] for item in of_case} == {student}
        assert numbers(feed(api, f"?case_id={uuid4()}")) == []

    def test_whoever_filters_need_not_pass_by_the_others_again(
        self, api: ApiClient, records: Records
    ) -> None:
        records.student()
        for n in range(3):
            school(api, f"School {n}")
        found = feed(api, "?event=student.&limit=1")
        assert (numbers(found), found["next_after"], found["more"]) == ([1], 4, False)
        found = feed(api, "?event=school.&limit=2")
        assert (numbers(found), found["next_after"], found["more"]) == ([2, 3], 3, True)
        found = feed(api, "?event=student.&after=4")
        assert (numbers(found), found["next_after"]) == ([], 4)

    @pytest.mark.parametrize(
        "query",
        [
            "wait=-1",
            "wait=21",
            "after=-1",
            "after=x",
            "after=9223372036854775808",
            "include=all",
            "subject_id=1",
        ],
    )
    def test_refuses_what_it_cannot_read(self, api: ApiClient, query: str) -> None:
        answer = api.get(f"/v1/events?{query}")
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["parameter"] == query.split("=")[0]

    def test_the_end_of_all_numbers_is_quiet(self, api: ApiClient) -> None:
        last = 2**63 - 1
        assert feed(api, f"?after={last}") == {"items": [], "next_after": last, "more": False}


class TestValues:
    def test_are_not_shown_unasked(self, api: ApiClient) -> None:
        school(api, "Secret Garden")
        answer = api.get("/v1/events")
        assert "Secret Garden" not in answer.text
        assert set(answer.get_json()["items"][0]) & {"before", "after"} == set()

    def test_before_and_after_with_their_own_scope(
        self, api: ApiClient, limited: ApiClient
    ) -> None:
        made = school(api, "A")
        api.patch(f"/v1/schools/{made['id']}", {"name": "B"}, etag='"1"')
        created, updated = feed(api, "?include=payload")["items"]
        record = f"schools:{made['id']}"
        assert created["before"] is None
        assert created["after"][record]["name"] == "A"
        assert updated["before"] == {record: {"name": "A"}}
        assert updated["after"] == {record: {"name": "B"}}
        assert numbers(feed(limited)) == [1, 2]
        refused = limited.get("/v1/events?include=payload")
        assert refused.status_code == 403
        assert refused.get_json()["scope"] == "events:payload"
        assert limited.get("/v1/events/1?include=payload").status_code == 403

    def test_what_nobody_said_and_is_stored_all_the_same_is_told(
        self, api: ApiClient, records: Records
    ) -> None:
        guardians = f"/v1/students/{records.student()}/guardians"
        made = api.post(guardians, {"given_name": "Ana", "family_name": "Rivera"}).get_json()
        assert (made["educational_rights"], made["active"]) == ("unknown", True)
        [entry] = feed(api, "?include=payload&event=guardian.created")["items"]
        told = entry["after"][f"guardians:{made['id']}"]
        beside = ("version", "created_at", "updated_at")
        assert told == {n: v for n, v in made.items() if v is not None and n not in beside}

    def test_an_event_without_values_says_so(self, api: ApiClient, records: Records) -> None:
        case_id = records.receipt(records.student(), "parent")["case_id"]
        api.post(f"/v1/cases/{case_id}/steps/close", {"reason_code": "other", "reason": "No."})
        [entry] = feed(api, "?include=payload&event=case.step_refused")["items"]
        assert (entry["before"], entry["after"]) == (None, None)


class TestOneEvent:
    def test_is_found_by_its_number(self, api: ApiClient) -> None:
        made = school(api, "A")
        entry = api.get("/v1/events/1").get_json()
        assert entry == feed(api)["items"][0]
        whole = api.get("/v1/events/1?include=payload").get_json()
        assert whole["after"][f"schools:{made['id']}"]["name"] == "A"

    def test_need_not_be_read_again(self, api: ApiClient) -> None:
        school(api, "A")
        tag = api.get("/v1/events/1").headers["ETag"]
        assert api.get("/v1/events/1", headers={"If-None-Match": tag}).status_code == 304
        whole = api.get("/v1/events/1?include=payload", headers={"If-None-Match": tag})
        assert whole.status_code == 200

    @pytest.mark.parametrize("seq", ["2", "0", "9223372036854775807", "9" * 30])
    def test_and_by_no_other(self, api: ApiClient, seq: str) -> None:
        school(api, "A")
        answer = api.get(f"/v1/events/{seq}")
        assert answer.status_code == 404
        assert answer.get_json()["type"] == "/problems/not-found"


class TestDeleting:
    def test_is_an_event_that_says_what_was_there(self, api: ApiClient) -> None:
        year = {"school_year": 2030, "first_day": "2029-08-20", "last_day": "2030-05-31"}
        made = sent(api.post("/v1/school-calendars", year))
        assert api.delete(f"/v1/school-calendars/{made['id']}", etag="*").status_code == 204
        [gone] = feed(api, "?after=1&include=payload")["items"]
        assert (gone["event"], gone["seq"]) == ("school_calendar.deleted", 2)
        assert gone["subject"] == {"type": "school_calendars", "id": made["id"]}
        assert gone["before"][f"school_calendars:{made['id']}"]["school_year"] == 2030
        assert gone["after"] is None


class Places(BoundedSemaphore):
    """Places for those who wait; tells when one is taken."""

    def __init__(self, places: int) -> None:
        super().__init__(places)
        self.taken = Event()

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        got = super().acquire(blocking, timeout)
        if got:
            self.taken.set()
        return got


class TestWaiting:
    """A reader waits in a thread of its own until something happens."""

    @pytest.fixture
    def places(self, app: Flask) -> Iterator[Places]:
        held, places = services_of(app), Places(1)
        app.extensions[EXTENSION] = replace(held, waiters=places)
        yield places
        app.extensions[EXTENSION] = held

    @pytest.fixture
    def thread(self) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(1) as pool:
            yield pool

    @pytest.fixture
    def waiting(self, app: Flask, token: str) -> Callable[[str], Json]:
        """Follows the feed as a client with connections of its own."""

        def follow(query: str) -> Json:
            return feed(ApiClient(app.test_client(), token), query)

        return follow

    def test_it_is_told_as_soon_as_something_happens(
        self, api: ApiClient, places: Places, thread: ThreadPoolExecutor,
        waiting: Callable[[str], Json],
    ) -> None:  # fmt: skip
        school(api, "Before")
        assert numbers(waiting("?wait=20")) == [1], "nothing to wait for"
        assert not places.taken.is_set()
        told = thread.submit(waiting, "?after=1&wait=20")
        assert places.taken.wait(60)
        school(api, "After")
        assert numbers(told.result(60)) == [2]

    def test_what_it_did_not_ask_for_does_not_wake_it(
        self, api: ApiClient, records: Records, places: Places, thread: ThreadPoolExecutor,
        waiting: Callable[[str], Json],
    ) -> None:  # fmt: skip
        told = thread.submit(waiting, "?event=student.&wait=20")
        assert places.taken.wait(60)
        school(api, "Another")
        records.student()
        assert numbers(told.result(60)) == [2]

    def test_it_is_told_when_nothing_did(
        self, api: ApiClient, places: Places, waiting: Callable[[str], Json]
    ) -> None:
        school(api, "Before")
        assert waiting("?after=1&wait=1") == {"items": [], "next_after": 1, "more": False}
        assert waiting("?after=0&event=student.&wait=1")["next_after"] == 1

    def test_few_may_wait_and_the_others_are_told_to_come_again(
        self, api: ApiClient, places: Places, thread: ThreadPoolExecutor,
        waiting: Callable[[str], Json],
    ) -> None:  # fmt: skip
        told = thread.submit(waiting, "?wait=20")
        assert places.taken.wait(60)
        answer = api.get("/v1/events?wait=20")
        assert (answer.status_code, answer.get_json()["items"]) == (200, [])
        assert answer.headers["Retry-After"] == "1"
        school(api, "Another")
        assert numbers(told.result(60)) == [1]
        assert "Retry-After" not in api.get("/v1/events?after=1&wait=1").headers, "there is room"

    @pytest.mark.parametrize("store", ["postgresql"], indirect=True)
    def test_it_holds_no_connection_while_it_waits(
        self, app: Flask, store: Database, api: ApiClient, places: Places,
        thread: ThreadPoolExecutor, waiting: Callable[[str], Json],
    ) -> None:  # fmt: skip
        url = store.engine.url.render_as_string(hide_password=False)
        one = Database(url, pool_size=1)
        app.extensions[EXTENSION] = replace(services_of(app), database=one)
        told = thread.submit(waiting, "?wait=20")
        assert places.taken.wait(60)
        school(api, "By the only connection")
        assert numbers(told.result(60)) == [1]
        one.dispose()


class TestFollowingManyWriters:
    """Eight write at once, each on a connection of its own, and a reader keeps up with them."""

    WRITERS, EACH = 8, 30

    def _write(self, store: Database, district: UUID) -> None:
        for n in range(self.EACH):
            with UnitOfWork(store, Caller(district_id=district), Clock()) as uow:
                row = uow.add(School(name=f"School {n}"))
                uow.record("school.created", row)
                if n % 3 == 0:
                    uow.flush()
                    uow.rollback()
                    continue
                if n % 3 == 1:
                    uow.record("school.changed", row)
                uow.commit()

    def _follow(self, api: ApiClient, query: str, written: int) -> list[Json]:
        """Whatever a reader is told who goes on after the last it was told, until it has all."""
        told: list[Json] = []
        after = 0
        while after < written:
            found = feed(api, f"?after={after}&limit=7{query}")
            told += found["items"]
            assert found["next_after"] >= after
            after = found["next_after"]
        return told

    def test_misses_nothing_and_is_told_everything_once_and_in_order(
        self, app: Flask, store: Database, district: UUID, token: str
    ) -> None:
        kept = self.EACH * 2 // 3  # of each three: one is undone, one is two events, one is one
        written = self.WRITERS * kept * 3 // 2
        with ThreadPoolExecutor(self.WRITERS + 2) as pool:
            readers = [
                pool.submit(self._follow, ApiClient(app.test_client(), token), query, written)
                for query in ("", "&event=school.created")
            ]
            writers = [pool.submit(self._write, store, district) for _ in range(self.WRITERS)]
            for writer in writers:
                writer.result(300)
            every, created = (reader.result(300) for reader in readers)
        assert [item["seq"] for item in every] == list(range(1, written + 1))
        assert created == [item for item in every if item["event"] == "school.created"]
        assert len({item["subject"]["id"] for item in created}) == self.WRITERS * kept
        assert self._follow(ApiClient(app.test_client(), token), "", written) == every, "replayed"


def test_every_district_has_its_own_numbers(api: ApiClient, neighbor: ApiClient) -> None:
    for n in range(3):
        school(api, f"School {n}")
    theirs = school(neighbor, "Lake School")
    found: Any = feed(neighbor)["items"]
    assert [(item["seq"], item["subject"]["id"]) for item in found] == [(1, theirs["id"])]
    assert neighbor.get("/v1/events/3").status_code == 404
    assert theirs["id"] not in api.get("/v1/events?include=payload").text
