"""Schools over HTTP: the promises that every resource makes, on the exemplar."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.clock import SetClock
from service.storage.database import Database
from service.storage.journal import JournalEntry
from service.storage.schools import School
from tests.builders import ApiClient
from tests.scenarios.journey import sent

Json = dict[str, Any]


def a_school(api: ApiClient, name: str = "Lincoln Elementary", **more: Any) -> Json:
    return sent(api.post("/v1/schools", {"name": name, **more}))


def names(page: Json) -> list[str]:
    return [item["name"] for item in page["items"]]


class TestCreating:
    def test_answers_with_the_record_its_etag_and_its_address(self, api: ApiClient) -> None:
        answer = api.post("/v1/schools", {"name": "Lincoln Elementary", "sourced_id": "s-1"})
        assert answer.status_code == 201
        made = answer.get_json()
        assert made["name"] == "Lincoln Elementary"
        assert made["active"] is True
        assert made["updated_at"] == "2026-10-05T15:00:00Z"
        assert answer.headers["ETag"] == '"1"'
        assert answer.headers["Location"] == f"/v1/schools/{made['id']}"
        assert answer.headers["Cache-Control"] == "no-store"
        read = api.get(answer.headers["Location"])
        assert read.get_json() == made

    def test_is_named_in_the_journal(self, api: ApiClient, store: Database, district: UUID) -> None:
        made = a_school(api)
        with Session(store.reader) as session:
            entry = session.scalars(
                select(JournalEntry).where(JournalEntry.subject_id == UUID(made["id"]))
            ).one()
        assert (entry.event, entry.district_id, entry.seq) == ("school.created", district, 1)

    def test_a_taken_sourced_id_is_a_conflict_that_names_whose_it_is(self, api: ApiClient) -> None:
        first = a_school(api, sourced_id="s-1")
        answer = api.post("/v1/schools", {"name": "Other", "sourced_id": "s-1"})
        assert answer.status_code == 409
        problem = answer.get_json()
        assert problem["type"] == "/problems/conflict"
        assert problem["record"] == {"type": "school", "id": first["id"]}
        assert first["id"] in problem["detail"]

    def test_everything_wrong_is_told_at_once(self, api: ApiClient) -> None:
        answer = api.post(
            "/v1/schools", {"name": " ", "org_type": "castle", "active": 1, "colour": "red"}
        )
        assert answer.status_code == 422
        assert answer.mimetype == "application/problem+json"
        problem = answer.get_json()
        assert problem["type"] == "/problems/validation"
        assert problem["request_id"] == answer.headers["X-Request-ID"]
        assert problem["instance"] == "/v1/schools"
        assert {(e["pointer"], e["code"]) for e in problem["errors"]} == {
            ("/name", "blank"),
            ("/org_type", "not_one_of"),
            ("/active", "not_a_flag"),
            ("/colour", "unknown_member"),
        }

    def test_a_name_is_required_and_may_not_be_null(self, api: ApiClient) -> None:
        missing = api.post("/v1/schools", {}).get_json()
        assert missing["errors"][0]["code"] == "required"
        null = api.post("/v1/schools", {"name": None}).get_json()
        assert null["errors"][0]["code"] == "null"


class TestIdempotency:
    def test_a_post_without_a_key_is_refused(self, api: ApiClient) -> None:
        answer = api.post("/v1/schools", {"name": "A"}, headers={"Idempotency-Key": None})
        assert answer.status_code == 400
        assert answer.get_json()["type"] == "/problems/idempotency-key"

    @pytest.mark.parametrize("key", ["", "x" * 256, "two words"])
    def test_a_key_is_visible_ascii(self, api: ApiClient, key: str) -> None:
        answer = api.post("/v1/schools", {"name": "A"}, headers={"Idempotency-Key": key})
        assert answer.status_code == 400

    def test_the_same_request_is_answered_again_and_done_once(
        self, api: ApiClient, store: Database
    ) -> None:
        headers: dict[str, str | None] = {"Idempotency-Key": "k-1"}
        first = api.post("/v1/schools", {"name": "A"}, headers=headers)
        again = api.post("/v1/schools", {"name": "A"}, headers=headers)
        assert (again.status_code, again.data) == (201, first.data)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        for name in ("ETag", "Location", "Content-Type"):
            assert again.headers[name] == first.headers[name]
        with Session(store.reader) as session:
            assert session.scalar(select(func.count()).select_from(School)) == 1

    def test_the_same_key_for_another_body_is_refused(self, api: ApiClient) -> None:
        headers: dict[str, str | None] = {"Idempotency-Key": "k-1"}
        api.post("/v1/schools", {"name": "A"}, headers=headers)
        answer = api.post("/v1/schools", {"name": "B"}, headers=headers)
        assert answer.status_code == 422
        assert answer.get_json()["type"] == "/problems/idempotency-key-reused"

    def test_a_failure_is_not_kept(self, api: ApiClient) -> None:
        headers: dict[str, str | None] = {"Idempotency-Key": "k-1"}
        assert api.post("/v1/schools", {}, headers=headers).status_code == 422
        assert api.post("/v1/schools", {"name": "A"}, headers=headers).status_code == 201

    def test_a_dry_run_is_not_kept(self, api: ApiClient) -> None:
        headers: dict[str, str | None] = {"Idempotency-Key": "k-1"}
        dry = api.post("/v1/schools?dry_run=true", {"name": "A"}, headers=headers)
        assert dry.status_code == 200
        assert api.post("/v1/schools", {"name": "A"}, headers=headers).status_code == 201


class TestDryRun:
    def test_a_plain_write_is_allowed_and_shows_what_it_would_have_answered(
        self, api: ApiClient
    ) -> None:
        answer = api.post("/v1/schools?dry_run=true", {"name": "A"})
        decision = answer.get_json()
        assert (decision["allowed"], decision["findings"]) == (True, [])
        assert decision["result"]["name"] == "A"
        assert "ETag" not in answer.headers
        assert api.get("/v1/schools").get_json()["items"] == []

    def test_what_would_be_refused_is_refused(self, api: ApiClient) -> None:
        a_school(api, sourced_id="s-1")
        answer = api.post("/v1/schools?dry_run=true", {"name": "B", "sourced_id": "s-1"})
        assert answer.status_code == 409

    def test_nothing_is_written_by_a_dry_change(self, api: ApiClient) -> None:
        made = a_school(api)
        path = f"/v1/schools/{made['id']}"
        answer = api.patch(f"{path}?dry_run=true", {"name": "B"}, etag='"1"')
        assert answer.get_json()["result"]["version"] == 2
        assert api.get(path).get_json() == made

    def test_dry_run_is_true_or_false(self, api: ApiClient) -> None:
        assert api.post("/v1/schools?dry_run=yes", {"name": "A"}).status_code == 422


class TestReadingOne:
    def test_an_unchanged_record_is_304_with_its_etag(self, api: ApiClient) -> None:
        path = f"/v1/schools/{a_school(api)['id']}"
        for known in ('"1"', 'W/"1"', '"7", "1"', "*"):
            answer = api.get(path, headers={"If-None-Match": known})
            assert (answer.status_code, answer.data) == (304, b"")
            assert answer.headers["ETag"] == '"1"'
        for other in ('"2"', '"1', '1"', '"1" "1"', 'x"1"', ","):
            assert api.get(path, headers={"If-None-Match": other}).status_code == 200

    def test_a_header_of_a_million_blanks_is_read_like_any_other(self, api: ApiClient) -> None:
        # What compares each blank with every other does not come to the end of this.
        path, blanks = f"/v1/schools/{a_school(api)['id']}", " " * 1_000_000
        odd = {"If-None-Match": f"x{blanks}x", "If-Match": f"x{blanks}x"}
        assert api.get(path, headers=odd).status_code == 200
        assert api.patch(path, {"name": "B"}, headers=odd).status_code == 412

    def test_another_districts_record_looks_like_one_that_is_not_there(
        self, api: ApiClient, neighbor: ApiClient
    ) -> None:
        id, nowhere = a_school(api)["id"], uuid4()
        theirs = neighbor.get(f"/v1/schools/{id}")
        missing = neighbor.get(f"/v1/schools/{nowhere}")
        assert theirs.status_code == missing.status_code == 404
        assert theirs.get_json()["detail"].replace(id, "") == missing.get_json()["detail"].replace(
            str(nowhere), ""
        )
        assert neighbor.get("/v1/schools").get_json()["items"] == []
        change = neighbor.patch(f"/v1/schools/{id}", {"name": "Mine"}, etag='"1"')
        assert change.status_code == 404

    @pytest.mark.parametrize("id", ["7", "not-a-uuid", "00000000-0000-0000-0000-00000000000Z"])
    def test_a_malformed_id_is_not_found(self, api: ApiClient, id: str) -> None:
        answer = api.get(f"/v1/schools/{id}")
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"


class TestChanging:
    def test_a_taken_sourced_id_is_a_conflict_and_ones_own_is_not(self, api: ApiClient) -> None:
        first, second = a_school(api, sourced_id="s-1"), a_school(api, sourced_id="s-2")
        path = f"/v1/schools/{second['id']}"
        answer = api.patch(path, {"sourced_id": "s-1"}, etag='"1"')
        assert answer.status_code == 409
        assert answer.get_json()["record"] == {"type": "school", "id": first["id"]}
        assert api.patch(path, {"sourced_id": "s-2"}, etag='"1"').status_code == 200

    def test_raises_the_version(self, api: ApiClient, clock: SetClock) -> None:
        made = a_school(api)
        clock.advance(timedelta(hours=1))
        answer = api.patch(f"/v1/schools/{made['id']}", {"active": False}, etag='"1"')
        assert answer.status_code == 200
        changed = answer.get_json()
        assert changed == made | {
            "active": False,
            "version": 2,
            "updated_at": "2026-10-05T16:00:00Z",
        }
        assert answer.headers["ETag"] == '"2"'
        assert answer.headers["Location"] == f"/v1/schools/{made['id']}"

    def test_needs_if_match(self, api: ApiClient) -> None:
        made = a_school(api)
        answer = api.patch(f"/v1/schools/{made['id']}", {"active": False})
        assert answer.status_code == 428
        assert answer.get_json()["type"] == "/problems/precondition-required"

    def test_a_stale_version_is_refused_with_the_current_one(self, api: ApiClient) -> None:
        made = a_school(api)
        path = f"/v1/schools/{made['id']}"
        assert api.patch(path, {"name": "B"}, etag='"1"').status_code == 200
        answer = api.patch(path, {"name": "C"}, etag='"1"')
        assert answer.status_code == 412
        assert answer.headers["ETag"] == '"2"'
        assert api.patch(path, {"name": "C"}, etag='W/"2"').status_code == 200
        assert api.patch(path, {"name": "D"}, etag="*").status_code == 200

    def test_a_change_of_nothing_keeps_the_version(self, api: ApiClient) -> None:
        made = a_school(api)
        answer = api.patch(f"/v1/schools/{made['id']}", {"name": made["name"]}, etag='"1"')
        assert answer.headers["ETag"] == '"1"'


class TestListing:
    @pytest.fixture(autouse=True)
    def _schools(self, api: ApiClient, clock: SetClock) -> None:
        for name in ("Delta", "Alpha", "Echo", "Bravo", "Charlie"):
            a_school(api, name, active=name != "Echo")
            clock.advance(timedelta(minutes=1))

    def test_is_in_a_stable_order(self, api: ApiClient) -> None:
        by_name = names(api.get("/v1/schools").get_json())
        assert by_name == ["Alpha", "Bravo", "Charlie", "Delta", "Echo"]
        assert names(api.get("/v1/schools?sort=-name").get_json()) == by_name[::-1]
        by_time = names(api.get("/v1/schools?sort=updated_at").get_json())
        assert by_time == ["Delta", "Alpha", "Echo", "Bravo", "Charlie"]

    @pytest.mark.parametrize("sort", ["name", "-name", "updated_at", "-updated_at"])
    def test_pages_follow_each_other_without_gap_or_repeat(self, api: ApiClient, sort: str) -> None:
        whole = names(api.get(f"/v1/schools?sort={sort}").get_json())
        path, seen = f"/v1/schools?sort={sort}&limit=2", list[str]()
        for _ in range(3):
            answer = api.get(path)
            page = answer.get_json()
            seen += names(page)
            links = answer.headers["Link"]
            assert 'rel="first"' in links
            if page["next_cursor"] is None:
                assert 'rel="next"' not in links
                break
            path = links.split(">")[0].removeprefix("<")
        assert seen == whole

    def test_filters(self, api: ApiClient) -> None:
        assert names(api.get("/v1/schools?active=false").get_json()) == ["Echo"]
        late = api.get("/v1/schools?updated_since=2026-10-05T15:03:00Z").get_json()
        assert names(late) == ["Bravo", "Charlie"]

    def test_counts_only_when_asked(self, api: ApiClient) -> None:
        assert "X-Total-Count" not in api.get("/v1/schools?limit=1").headers
        answer = api.get("/v1/schools?limit=1&active=true&include_total=true")
        assert answer.headers["X-Total-Count"] == "4"

    @pytest.mark.parametrize(("limit", "length"), [("0", 1), ("-5", 1), ("2", 2), ("9" * 30, 5)])
    def test_the_limit_is_brought_into_range(self, api: ApiClient, limit: str, length: int) -> None:
        assert len(api.get(f"/v1/schools?limit={limit}").get_json()["items"]) == length

    def test_an_unknown_parameter_is_refused_with_those_that_are_known(
        self, api: ApiClient
    ) -> None:
        answer = api.get("/v1/schools?activ=true")
        assert answer.status_code == 422
        problem = answer.get_json()
        assert problem["type"] == "/problems/unknown-parameter"
        assert "active" in problem["detail"]
        assert problem["errors"] == [
            {
                "in": "query",
                "parameter": "activ",
                "code": "unknown_parameter",
                "message": "No such parameter here.",
            }
        ]
        assert api.get("/v1/schools?active=true&active=false").status_code == 422

    @pytest.mark.parametrize(
        "query", ["active=1", "updated_since=yesterday", "sort=colour", "limit=many"]
    )
    def test_a_wrong_value_is_refused(self, api: ApiClient, query: str) -> None:
        answer = api.get(f"/v1/schools?{query}")
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["parameter"] == query.split("=")[0]

    def test_a_cursor_is_good_for_its_own_list_only(
        self, api: ApiClient, neighbor: ApiClient
    ) -> None:
        cursor = api.get("/v1/schools?limit=1").get_json()["next_cursor"]
        assert api.get(f"/v1/schools?limit=3&cursor={cursor}").status_code == 200
        for path in (
            f"/v1/schools?sort=-name&cursor={cursor}",
            f"/v1/schools?active=true&cursor={cursor}",
            f"/v1/schools?cursor={cursor[:-2]}AA",
            "/v1/schools?cursor=!!",
        ):
            answer = api.get(path)
            assert answer.status_code == 422
            assert answer.get_json()["errors"][0]["code"] == "bad_cursor"
        assert neighbor.get(f"/v1/schools?cursor={cursor}").status_code == 422


def test_a_year_in_a_query_is_read_as_a_number(api: ApiClient) -> None:
    years: dict[str, Any] = {"first_day": "2026-08-24", "last_day": "2027-06-04"}
    made = api.post("/v1/school-calendars", {"school_year": 2027, **years})
    assert made.status_code == 201, made.text
    listed = api.get("/v1/school-calendars?school_year=2027").get_json()["items"]
    assert [item["id"] for item in listed] == [made.get_json()["id"]]
    assert api.get("/v1/school-calendars?school_year=2026").get_json()["items"] == []
    assert api.get("/v1/school-calendars?school_year=2027.5").status_code == 422
