"""The file that a SIS reads back: a line for each student with a case, whole or what changed."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import event

from service.api.v1 import exports
from service.exports import sis
from service.services import Services
from service.storage.database import Database
from service.worker import rebuilds
from service.workflow import rebuilds as asked
from tests.builders import ApiClient, a_client, a_token, services_of
from tests.scenarios.journey import Child, Json, NewPlace, Place, sent
from tests.scenarios.plans import served, step


def lines(api: ApiClient, since: str | None = None) -> list[dict[str, str]]:
    answer = api.get("/v1/exports/sis" + (f"?since={since}" if since else ""))
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    return list(csv.DictReader(io.StringIO(answer.get_data().decode(), newline="")))


def position(api: ApiClient) -> str:
    return str(api.get("/v1/exports/sis").headers["Childfind-Position"])


@pytest.fixture
def place(district_in: NewPlace) -> Place:
    """A district under federal law alone."""
    return district_in()


@pytest.fixture
def child(place: Place) -> Child:
    """A child whose evaluation began on 2025-09-15."""
    numbers = [{"system": "sourced_id", "value": "st-7"}]
    return place.child(identifiers=numbers).evaluated_from("2025-09-15")


@pytest.fixture
def services(app: Flask) -> Services:
    return services_of(app)


@pytest.fixture
def plan(child: Child) -> Json:
    return served(child, "2025-11-14", "2025-12-05", "2025-12-15")


def test_the_columns_and_their_order_are_stable(child: Child) -> None:
    """A SIS reads by place. What is added comes at the end; nothing moves."""
    answer = child.api.get("/v1/exports/sis")
    assert answer.text.partition("\r\n")[0] == (
        "student_id,sourced_id,local_id,state_id,school_sourced_id,grade,active,has_iep,"
        "has_section_504_plan,plan_kind,plan_status,plan_in_effect_on,plan_ended_on,exit_reason,"
        "primary_category,idea_eligible,idea_determined_on,section_504_eligible,"
        "section_504_determined_on,case_id,case_path,case_status,referred_on,"
        "consent_requested_on,consent_received_on,evaluation_completed_on,"
        "eligibility_determined_on,case_closed_on,next_review_on,reevaluation_due_on,"
        "case_manager_sourced_id,reevaluation_due_stale"
    )


def test_a_case_under_way_has_its_dates_and_no_plan(child: Child) -> None:
    (line,) = lines(child.api)
    assert line["sourced_id"] == "st-7"
    assert (line["case_status"], line["case_path"]) == ("evaluating", "initial")
    assert line["consent_received_on"] == "2025-09-15"
    assert (line["has_iep"], line["plan_kind"], line["idea_eligible"]) == ("false", "", "")


def test_a_served_student_has_plan_category_and_what_is_due(child: Child, plan: Json) -> None:
    manager = sent(
        child.api.post(
            "/v1/staff",
            {
                "given_name": "Ana",
                "family_name": "Rivera",
                "sourced_id": "t-9",
                "roles": ["case_manager"],
            },
        )
    )
    child.patched(f"/v1/plans/{plan['id']}", {"case_manager_staff_id": manager["id"]})
    (line,) = lines(child.api)
    found = sent(child.api.get(f"/v1/cases/{child.case_id}/eligibility-determinations"), 200)
    (decided,) = found["items"]
    assert (line["has_iep"], line["plan_kind"], line["plan_status"]) == ("true", "iep", "in_effect")
    assert line["plan_in_effect_on"] == "2025-12-15"
    assert line["primary_category"] == decided["category"]
    assert (line["idea_eligible"], line["idea_determined_on"]) == ("true", decided["decided_on"])
    assert line["evaluation_completed_on"] == "2025-11-14"
    assert line["case_manager_sourced_id"] == "t-9"
    current = sent(child.api.get(f"/v1/plans/{plan['id']}"), 200)
    assert line["next_review_on"] == current["next_review_on"] != ""
    assert line["reevaluation_due_on"] == child.deadline("reevaluation")["due_on"]
    assert line["reevaluation_due_stale"] == "false"


def test_a_plan_that_ended_says_why_and_asks_for_nothing(child: Child, plan: Json) -> None:
    step(child, plan, "2026-02-02", "end", reason_code="moved").must_be_allowed()
    (line,) = lines(child.api)
    assert (line["has_iep"], line["plan_status"]) == ("false", "ended")
    assert (line["plan_ended_on"], line["exit_reason"]) == ("2026-02-02", "moved")
    assert (line["next_review_on"], line["reevaluation_due_on"]) == ("", "")
    assert line["reevaluation_due_stale"] == ""


def test_the_file_names_nobody(child: Child) -> None:
    known = sent(child.api.get(f"/v1/students/{child.student_id}"), 200)
    text = child.api.get("/v1/exports/sis").text
    assert known["family_name"] not in text
    assert known["given_name"] not in text


class TestSince:
    def test_has_nobody_when_nothing_changed(self, child: Child) -> None:
        assert lines(child.api, position(child.api)) == []

    def test_has_whose_case_went_on(self, child: Child) -> None:
        before = position(child.api)
        evaluation = child.evaluation("2025-11-14", report_completed_on="2025-11-14")
        child.assessment(evaluation, "2025-11-14")
        (line,) = lines(child.api, before)
        assert line["evaluation_completed_on"] == "2025-11-14"

    def test_has_who_got_another_number_and_not_the_others(self, child: Child) -> None:
        other = child.place.child().evaluated_from("2025-09-15")
        before = position(child.api)
        numbers = [{"system": "local_id", "value": "88"}]
        child.patched(f"/v1/students/{other.student_id}", {"identifiers": numbers})
        assert [line["student_id"] for line in lines(child.api, before)] == [other.student_id]

    def test_has_everybody_when_the_school_year_changed(self, child: Child) -> None:
        child.place.child().evaluated_from("2025-09-15")
        before = position(child.api)
        spare = {"school_year": 2030, "first_day": "2029-08-20", "last_day": "2030-05-31"}
        sent(child.api.post("/v1/school-calendars", spare))
        assert len(lines(child.api, before)) == 2

    @pytest.mark.usefixtures("plan")
    def test_has_again_what_was_worked_out_anew_meanwhile(
        self, child: Child, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The worker's pieces are no change of a student: nothing else would tell the new day."""
        monkeypatch.setattr(asked, "AT_ONCE", 0)
        before = position(child.api)
        spare = {"school_year": 2030, "first_day": "2029-08-20", "last_day": "2030-05-31"}
        sent(child.api.post("/v1/school-calendars", spare))
        (line,) = lines(child.api, before)
        assert line["reevaluation_due_stale"] == "true"
        answers = [child.api.get(f"/v1/exports/sis{query}") for query in ("", f"?since={before}")]
        assert [one.headers["Childfind-Position"] for one in answers] == ["0", before]
        while rebuilds.go_on(services):
            pass
        (line,) = lines(child.api, before)
        assert line["reevaluation_due_stale"] == "false"
        assert line["reevaluation_due_on"] == child.deadline("reevaluation")["due_on"]
        assert lines(child.api, position(child.api)) == []

    def test_of_the_future_is_nobody(self, child: Child) -> None:
        assert lines(child.api, str(2**63 - 1)) == []


def referred(place: Place) -> str:
    """A student about whom somebody wrote; the id."""
    id = str(place.child().student_id)
    sent(place.api.post("/v1/referrals", {"requester": "staff", "student_id": id}))
    return id


def test_students_without_a_case_have_no_line(place: Place) -> None:
    place.child()
    assert lines(place.api) == []


def test_another_district_reads_its_own(child: Child, district_in: NewPlace) -> None:
    assert lines(district_in().api) == []
    assert len(lines(child.api)) == 1


@pytest.mark.parametrize("batch", [1, 2, 3, 500])
def test_every_student_is_there_once_however_it_is_cut(
    place: Place, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(exports, "BATCH", batch)
    students = [referred(place) for _ in range(3)]
    place.child()
    assert [line["student_id"] for line in lines(place.api)] == sorted(students)


def test_a_batch_takes_as_few_statements_as_a_line(place: Place, store: Database) -> None:
    counts = []
    for _ in range(2):
        referred(place)
        taken: list[str] = []

        def note(_: object, __: object, text: str, *___: object, into: list[str] = taken) -> None:
            into.append(text)

        event.listen(store.engine, "before_cursor_execute", note)
        assert lines(place.api)
        event.remove(store.engine, "before_cursor_execute", note)
        counts.append(len(taken))
    assert counts[0] == counts[1]


def test_it_takes_its_own_scope(app: Flask, store: Database, place: Place) -> None:
    narrow = a_client(store, place.id, scopes=["cases:read", "students:read", "plans:read"])
    api = ApiClient(app.test_client(), a_token(app, narrow))
    assert api.get("/v1/exports/sis").status_code == 403


def test_every_column_has_a_meaning_in_the_document(place: Place) -> None:
    said = place.api.get("/openapi.json").get_json()["paths"]["/v1/exports/sis"]["get"][
        "description"
    ]
    assert all(f"`{name}`: {meaning}" in said for name, meaning in sis.COLUMNS.items())
