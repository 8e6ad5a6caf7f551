"""Students over HTTP: found by their numbers, changed only where something is said."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event

from service.api.v1.students import RACES
from service.clock import SetClock
from service.imports.oneroster.read import RACES as ONEROSTER_RACES
from service.policies import Policies
from service.storage.database import Database
from tests.api.rosters import (
    a_calendar,
    a_request,
    a_school,
    a_student,
    answer_due,
    ids,
    journal_of,
    made,
)
from tests.builders import ApiClient, a_client, a_district, a_token, faults


class TestUpsert:
    def test_a_new_student_is_created_with_every_identifier(self, api: ApiClient) -> None:
        answer = api.post(
            "/v1/students",
            {
                "identifiers": ids("sourced_id:st-1", "state_id:9001"),
                "given_name": "Mateo",
                "family_name": "Oliveira",
                "birth_date": "2017-03-09",
                "grade": "K",
            },
        )
        student = made(answer)
        assert student["identifiers"] == ids("sourced_id:st-1", "state_id:9001")
        assert (student["sourced_id"], student["grade"]) == ("st-1", "KG")
        assert (student["placement"], student["races"], student["active"]) == ("public", [], True)
        assert answer.headers["ETag"] == '"1"'
        assert answer.headers["Location"] == f"/v1/students/{student['id']}"
        assert api.get(answer.headers["Location"]).get_json() == student

    def test_the_one_who_is_meant_is_changed_in_what_is_sent_and_nothing_else(
        self, api: ApiClient, clock: SetClock
    ) -> None:
        before = a_student(api, identifiers=ids("sourced_id:st-1"), grade="03", races=["white"])
        clock.advance(timedelta(hours=1))
        answer = api.post(
            "/v1/students", {"identifiers": ids("sourced_id:st-1"), "grade": "4", "races": []}
        )
        after = made(answer, 200)
        assert after == before | {
            "grade": "04",
            "races": [],
            "version": 2,
            "updated_at": "2026-10-05T16:00:00Z",
        }
        assert answer.headers["ETag"] == '"2"'
        assert answer.headers["Location"] == f"/v1/students/{before['id']}"

    def test_the_same_again_changes_nothing(self, api: ApiClient, store: Database) -> None:
        body = {
            "identifiers": ids("sourced_id:st-1", "state_id:9001"),
            "given_name": "Mateo",
            "family_name": "Oliveira",
            "races": ["asian", "white"],
        }
        first = made(api.post("/v1/students", body))
        assert made(api.post("/v1/students", body), 200) == first
        assert [entry[0] for entry in journal_of(store, first["id"])] == ["student.created"]

    def test_without_identifiers_it_creates(self, api: ApiClient) -> None:
        one, other = a_student(api), a_student(api)
        assert one["id"] != other["id"]
        assert (one["identifiers"], one["sourced_id"]) == ([], None)

    def test_a_new_student_needs_both_names(self, api: ApiClient) -> None:
        answer = api.post("/v1/students", {"identifiers": ids("sourced_id:st-1")})
        assert faults(answer) == {("/given_name", "required"), ("/family_name", "required")}
        null = api.post("/v1/students", {"given_name": None, "family_name": " "})
        assert faults(null) == {("/given_name", "null"), ("/family_name", "blank")}

    def test_an_identifier_that_is_new_is_added(self, api: ApiClient, store: Database) -> None:
        before = a_student(api, identifiers=ids("local_id:77"))
        both = ids("local_id:77", "sourced_id:st-1")
        after = made(api.post("/v1/students", {"identifiers": both}), 200)
        assert (after["id"], after["identifiers"]) == (before["id"], both)
        assert after["version"] == before["version"] + 1
        assert journal_of(store, before["id"])[-1][0] == "student.changed"

    def test_identifiers_of_two_students_are_refused_with_both(self, api: ApiClient) -> None:
        one = a_student(api, identifiers=ids("sourced_id:st-1"))
        other = a_student(api, identifiers=ids("state_id:9001"))
        answer = api.post(
            "/v1/students",
            {"identifiers": ids("sourced_id:st-1", "state_id:9001"), "grade": "05"},
        )
        assert answer.status_code == 409
        problem = answer.get_json()
        assert problem["type"] == "/problems/conflict"
        assert one["id"] in problem["detail"]
        assert other["id"] in problem["detail"]
        assert api.get(f"/v1/students/{one['id']}").get_json() == one

    def test_who_is_found_by_sourced_id_takes_the_other_numbers_as_sent(
        self, api: ApiClient, store: Database
    ) -> None:
        before = a_student(api, identifiers=ids("local_id:77", "sourced_id:st-1"))
        sent = ids("local_id:78", "sourced_id:st-1")
        after = made(api.post("/v1/students", {"identifiers": sent}), 200)
        assert (after["id"], after["identifiers"]) == (before["id"], sent)
        _, was, now = journal_of(store, before["id"])[-1]
        assert was is not None
        assert now is not None
        assert [*was.values()] == [{"value": "77"}]
        assert [*now.values()] == [{"value": "78"}]

    def test_a_number_given_twice_does_not_mix_two_children(self, api: ApiClient) -> None:
        one = a_student(api, identifiers=ids("local_id:77", "sourced_id:st-1"))
        answer = api.post(
            "/v1/students",
            {
                "identifiers": ids("local_id:77", "sourced_id:st-2"),
                "given_name": "Noor",
                "family_name": "Haddad",
            },
        )
        assert answer.status_code == 409
        assert answer.get_json()["record"] == {"type": "student", "id": one["id"]}
        assert api.get(f"/v1/students/{one['id']}").get_json() == one

    def test_if_match_is_honoured_when_given(self, api: ApiClient) -> None:
        a_student(api, identifiers=ids("sourced_id:st-1"))
        body = {"identifiers": ids("sourced_id:st-1"), "grade": "02"}
        assert api.post("/v1/students", body, etag='"7"').status_code == 412
        assert api.post("/v1/students", body, etag='"1"').status_code == 200
        nobody = {"identifiers": ids("sourced_id:st-9"), "given_name": "A", "family_name": "B"}
        assert api.post("/v1/students", nobody, etag='"1"').status_code == 412

    def test_a_dry_run_changes_nothing(self, api: ApiClient) -> None:
        before = a_student(api, identifiers=ids("sourced_id:st-1"))
        body = {"identifiers": ids("sourced_id:st-1"), "grade": "02"}
        dry = made(api.post("/v1/students?dry_run=true", body), 200)
        assert dry["result"]["grade"] == "02"
        assert api.get(f"/v1/students/{before['id']}").get_json() == before

    def test_another_district_has_the_same_numbers_for_others(
        self, api: ApiClient, neighbor: ApiClient
    ) -> None:
        ours = a_student(api, identifiers=ids("sourced_id:st-1"))
        theirs = a_student(neighbor, identifiers=ids("sourced_id:st-1"))
        assert ours["id"] != theirs["id"]
        other = neighbor.get(f"/v1/students/{ours['id']}")
        assert other.status_code == 404
        assert other.get_json()["detail"].startswith("There is no student ")


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("identifier", "place"),
        [
            ({"system": "sourced_id", "value": "078-05-1120"}, "value"),
            ({"system": "local_id", "value": "x 078 05 1120"}, "value"),
            ({"system": "ssn", "value": "1120"}, "system"),
            ({"system": "student_ssn", "value": "1120"}, "system"),
            ({"system": "social_security", "value": "1120"}, "system"),
        ],
    )
    def test_social_security_numbers_unrepeated(
        self, api: ApiClient, identifier: dict[str, str], place: str
    ) -> None:
        body = {"identifiers": [identifier], "given_name": "Mateo", "family_name": "Oliveira"}
        for path, sent in (
            ("/v1/students", body),
            ("/v1/students/lookup", {"identifiers": [identifier]}),
        ):
            answer = api.post(path, sent)
            assert faults(answer) == {(f"/identifiers/0/{place}", "ssn")}
            assert "1120" not in answer.text

    def test_nine_digits_in_one_piece_are_a_number_like_another(self, api: ApiClient) -> None:
        student = a_student(api, identifiers=ids("local_id:204113345", "classno:4"))
        assert student["identifiers"] == ids("classno:4", "local_id:204113345")

    def test_a_birth_that_is_yet_to_come(self, api: ApiClient, clock: SetClock) -> None:
        # 04:30 UTC on the 6th is the evening of the 5th in Chicago.
        clock.advance(timedelta(hours=13, minutes=30))
        names = {"given_name": "Ida", "family_name": "Berg"}
        answer = api.post("/v1/students", {**names, "birth_date": "2026-10-06"})
        assert faults(answer) == {("/birth_date", "future")}
        assert made(api.post("/v1/students", {**names, "birth_date": "2026-10-05"}))
        old = api.post("/v1/students", {**names, "birth_date": "1899-12-31"})
        assert faults(old) == {("/birth_date", "date_range")}

    def test_a_school_that_is_not_the_districts(self, api: ApiClient, neighbor: ApiClient) -> None:
        student = a_student(api)
        for school in (a_school(neighbor), str(uuid4())):
            new = {"given_name": "A", "family_name": "B", "school_id": school}
            assert faults(api.post("/v1/students", new)) == {("/school_id", "not_found")}
            change = api.patch(f"/v1/students/{student['id']}", {"school_id": school}, etag='"1"')
            assert faults(change) == {("/school_id", "not_found")}

    def test_what_cannot_be_read_all_at_once(self, api: ApiClient) -> None:
        answer = api.post(
            "/v1/students",
            {
                "identifiers": ids("State ID:1", "local_id: 7", "local_id:8"),
                "grade": "fourteenth",
                "sex": "f",
                "races": ["purple"],
                "home_language": "Spanish!",
                "placement": None,
                "ssn": "1",
            },
        )
        assert faults(answer) == {
            ("/identifiers/0/system", "not_a_system"),
            ("/identifiers/1/value", "blanks"),
            ("/grade", "not_a_grade"),
            ("/sex", "not_one_of"),
            ("/races/0", "not_one_of"),
            ("/home_language", "not_a_language"),
            ("/placement", "null"),
            ("/ssn", "unknown_member"),
        }

    def test_two_numbers_of_one_system(self, api: ApiClient) -> None:
        answer = api.post("/v1/students", {"identifiers": ids("local_id:7", "local_id:8")})
        assert faults(answer) == {("/identifiers", "given_twice")}

    @pytest.mark.parametrize(
        ("written", "code"),
        [("K", "KG"), ("k", "KG"), ("9", "09"), ("9th", "09"), ("PK3", "PK"), ("ug", "UG")],
    )
    def test_grades_are_read_as_schools_write_them(
        self, api: ApiClient, written: str, code: str
    ) -> None:
        assert a_student(api, grade=written)["grade"] == code

    def test_races_are_those_that_rosters_bring(self) -> None:
        assert set(RACES) == set(ONEROSTER_RACES.values())


class TestChanging:
    def test_needs_the_current_version(self, api: ApiClient) -> None:
        path = f"/v1/students/{a_student(api)['id']}"
        assert api.patch(path, {"grade": "01"}).status_code == 428
        assert made(api.patch(path, {"grade": "01"}, etag='"1"'), 200)["version"] == 2
        assert api.patch(path, {"grade": "02"}, etag='"1"').status_code == 412

    def test_identifiers_take_the_place_of_those_on_record(
        self, api: ApiClient, store: Database
    ) -> None:
        student = a_student(api, identifiers=ids("local_id:77", "sourced_id:st-1"))
        path = f"/v1/students/{student['id']}"
        sent = ids("local_id:78", "state_id:9001")
        answer = api.patch(path, {"identifiers": sent}, etag='"1"')
        assert made(answer, 200)["identifiers"] == sent
        assert answer.headers["ETag"] == '"2"'
        assert api.get(path, headers={"If-None-Match": '"1"'}).status_code == 200
        _, was, now = journal_of(store, student["id"])[-1]
        assert was is not None
        assert now is not None
        assert sorted(row["value"] for row in was.values()) == ["77", "st-1"]
        assert sorted(row["value"] for row in now.values()) == ["78", "9001"]

    def test_other_members_leave_the_identifiers_alone(self, api: ApiClient) -> None:
        student = a_student(api, identifiers=ids("local_id:77"))
        changed = api.patch(f"/v1/students/{student['id']}", {"active": False}, etag='"1"')
        assert made(changed, 200)["identifiers"] == ids("local_id:77")

    def test_anothers_identifier_is_refused_with_the_other(self, api: ApiClient) -> None:
        other = a_student(api, identifiers=ids("local_id:77"))
        student = a_student(api)
        path = f"/v1/students/{student['id']}"
        answer = api.patch(path, {"identifiers": ids("local_id:77")}, etag='"1"')
        assert answer.status_code == 409
        assert answer.get_json()["record"] == {"type": "student", "id": other["id"]}

    def test_an_identifier_goes_from_one_student_to_another_in_two_steps(
        self, api: ApiClient
    ) -> None:
        one = a_student(api, identifiers=ids("local_id:77"))
        other = a_student(api)
        made(api.patch(f"/v1/students/{one['id']}", {"identifiers": []}, etag='"1"'), 200)
        moved = api.patch(
            f"/v1/students/{other['id']}", {"identifiers": ids("local_id:77")}, etag='"1"'
        )
        assert made(moved, 200)["identifiers"] == ids("local_id:77")

    def test_a_change_of_nothing_keeps_the_version(self, api: ApiClient, store: Database) -> None:
        student = a_student(api, identifiers=ids("local_id:77"), grade="01")
        path = f"/v1/students/{student['id']}"
        same = {"grade": "1", "identifiers": ids("local_id:77")}
        assert api.patch(path, same, etag='"1"').headers["ETag"] == '"1"'
        assert len(journal_of(store, student["id"])) == 1

    def test_deadlines_follow_the_student_to_another_school(
        self, app: Flask, store: Database, clock: SetClock, policies: Policies
    ) -> None:
        """Texas counts 15 school days: each school on its own calendar."""
        district = a_district(store, "us-tx", clock=clock)
        api = ApiClient(app.test_client(), a_token(app, a_client(store, district)))
        here, there = a_school(api, "Here"), a_school(api, "There")
        a_calendar(api, school_id=here)
        a_calendar(
            api,
            school_id=there,
            days_off=[{"from": "2026-09-14", "until": "2026-09-18", "name": "Fall break"}],
        )
        student = a_student(api, school_id=here, identifiers=ids("sourced_id:st-1"))
        a_request(store, clock, policies, district, student["id"])
        assert answer_due(store, district) == ("running", date(2026, 10, 1))
        made(
            api.post("/v1/students", {"identifiers": ids("sourced_id:st-1"), "school_id": there}),
            200,
        )
        assert answer_due(store, district) == ("running", date(2026, 10, 8))
        path = f"/v1/students/{student['id']}"
        made(api.patch(path, {"school_id": here}, etag='"2"'), 200)
        assert answer_due(store, district) == ("running", date(2026, 10, 1))


class TestLookup:
    def test_finds_each_or_says_that_it_did_not(self, api: ApiClient) -> None:
        one = a_student(api, identifiers=ids("sourced_id:st-1", "state_id:9001"))
        other = a_student(api, identifiers=ids("local_id:77"))
        asked = ids("local_id:77", "local_id:9001", "state_id:9001", "sourced_id:st-1")
        items = made(api.post("/v1/students/lookup", {"identifiers": asked}), 200)["items"]
        assert [(item["system"], item["value"]) for item in items] == [
            (one_asked["system"], one_asked["value"]) for one_asked in asked
        ]
        assert [item["found"] for item in items] == [True, False, True, True]
        found = [item["student"] and item["student"]["id"] for item in items]
        assert found == [other["id"], None, one["id"], one["id"]]

    def test_needs_no_key_because_it_stores_nothing(self, api: ApiClient) -> None:
        body = {"identifiers": ids("sourced_id:st-1")}
        assert (
            api.post("/v1/students/lookup", body, headers={"Idempotency-Key": None}).status_code
            == 200
        )

    def test_never_finds_another_districts(self, api: ApiClient, neighbor: ApiClient) -> None:
        a_student(neighbor, identifiers=ids("sourced_id:st-1"))
        answer = api.post("/v1/students/lookup", {"identifiers": ids("sourced_id:st-1")})
        assert made(answer, 200)["items"] == [
            {"system": "sourced_id", "value": "st-1", "found": False, "student": None}
        ]

    def test_takes_as_many_as_a_page(self, api: ApiClient) -> None:
        a_student(api, identifiers=ids("local_id:499"))
        many = ids(*(f"local_id:{n}" for n in range(500)))
        items = made(api.post("/v1/students/lookup", {"identifiers": many}), 200)["items"]
        assert [item["value"] for item in items if item["found"]] == ["499"]
        too_many = api.post("/v1/students/lookup", {"identifiers": [*many, *ids("local_id:500")]})
        assert faults(too_many) == {("/identifiers", "too_many")}
        assert faults(api.post("/v1/students/lookup", {"identifiers": []})) == {
            ("/identifiers", "too_few")
        }

    def test_needs_the_scope_to_read_and_no_more(
        self, app: Flask, store: Database, district: UUID
    ) -> None:
        def asking(scope: str) -> int:
            token = a_token(app, a_client(store, district, scopes=[scope]))
            body = {"identifiers": ids("local_id:1")}
            return ApiClient(app.test_client(), token).post("/v1/students/lookup", body).status_code

        assert asking("students:read") == 200
        assert asking("students:write") == 403


class TestListing:
    @pytest.fixture(autouse=True)
    def _students(self, api: ApiClient, clock: SetClock) -> None:
        self.school = a_school(api)
        for family_name, grade, more in (
            ("Delgado", "KG", {"identifiers": ids("sourced_id:st-1", "local_id:1")}),
            ("Abara", "01", {"school_id": self.school}),
            ("Chu", "01", {"active": False}),
            ("Berg", None, {}),
        ):
            a_student(api, family_name=family_name, grade=grade, **more)
            clock.advance(timedelta(minutes=1))

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["Abara", "Berg", "Chu", "Delgado"]),
            ("sort=-family_name", ["Delgado", "Chu", "Berg", "Abara"]),
            ("sort=updated_at", ["Delgado", "Abara", "Chu", "Berg"]),
            ("grade=K", ["Delgado"]),
            ("grade=k,1", ["Abara", "Chu", "Delgado"]),
            ("active=false", ["Chu"]),
            ("grade=1&active=true", ["Abara"]),
            ("updated_since=2026-10-05T15:02:00Z", ["Berg", "Chu"]),
        ],
    )
    def test_filters_and_sorts(self, api: ApiClient, query: str, names: list[str]) -> None:
        items = made(api.get(f"/v1/students?{query}"), 200)["items"]
        assert [item["family_name"] for item in items] == names

    def test_of_one_school(self, api: ApiClient) -> None:
        items = made(api.get(f"/v1/students?school_id={self.school}"), 200)["items"]
        assert [item["family_name"] for item in items] == ["Abara"]
        assert made(api.get(f"/v1/students?school_id={uuid4()}"), 200)["items"] == []

    def test_shows_the_sis_its_own_number(self, api: ApiClient) -> None:
        items = made(api.get("/v1/students"), 200)["items"]
        assert [item["sourced_id"] for item in items] == [None, None, None, "st-1"]
        assert "identifiers" not in items[0]

    def test_identifiers_are_no_filter(self, api: ApiClient) -> None:
        assert api.get("/v1/students?sourced_id=st-1").status_code == 422

    def test_a_grade_that_nobody_knows_is_refused(self, api: ApiClient) -> None:
        assert faults(api.get("/v1/students?grade=1,many")) == {("grade", "not_a_grade")}

    def test_a_page_is_one_statement_whatever_is_on_it(
        self, api: ApiClient, store: Database
    ) -> None:
        said: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
            said.append(statement.split()[0])

        event.listen(store.engine, "before_cursor_execute", note)
        try:
            for limit in (1, 4):
                api.get(f"/v1/students?limit={limit}")
        finally:
            event.remove(store.engine, "before_cursor_execute", note)
        assert said.count("SELECT") == 2
