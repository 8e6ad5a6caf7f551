"""Reports over HTTP: dismissals and bypasses by school and group, and where a child waited."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from service.clock import SetClock
from service.policies import Policies
from service.storage.database import Database
from service.workflow import reports
from tests.api.records import Json, Records
from tests.api.test_child_find_flags import dismiss, flags, helped
from tests.builders import ApiClient, a_client, a_district, a_token
from tests.scenarios.journey import sent


@pytest.fixture
def district(store: Database, clock: SetClock) -> UUID:
    """Under federal law alone: the school waits for interventions unless it suspects, and no
    number of days is named for an answer.
    """
    return a_district(store, "us", clock=clock)


def waits(api: ApiClient, kind: str) -> list[Json]:
    answer = api.get("/v1/reports/rti-delay?since=2026-08-01&until=2026-12-31")
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["complete"] is True
    return [one for one in answer.get_json()["items"] if one["kind"] == kind]


def counted(api: ApiClient, query: str = "?small_cells=true") -> Json:
    answer = api.get(f"/v1/reports/child-find{query}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.get_json()
    return found


class TestChildFind:
    def test_counts_by_school_and_by_group(self, api: ApiClient, records: Records) -> None:
        school = sent(api.post("/v1/schools", {"name": "Lincoln"}))["id"]
        student = records.student(school_id=UUID(school), english_learner=True, races=["asian"])
        helped(api, student)
        helped(api, records.student("Noor"))
        (flag,) = flags(api, student)
        sent(dismiss(api, flag), 200)
        report = counted(api)
        schools = {
            one["school_id"]: (one["raised"], one["dismissed"]) for one in report["by_school"]
        }
        assert schools == {school: (1, 1), None: (1, 0)}
        groups = {
            (one["group"], one["value"]): (one["raised"], one["dismissed"])
            for one in report["by_group"]
        }
        assert groups["english_learner", "true"] == (1, 1)
        assert groups["english_learner", "not_said"] == (1, 0)
        assert groups["race", "asian"] == (1, 1)

    def test_counts_a_bypass_of_the_intervention_rule(
        self, api: ApiClient, records: Records
    ) -> None:
        case_id = records.receipt(records.student(), "staff")["case_id"]
        said = {"staff_id": records.staff_member(), "statement": "I suspect dyslexia."}
        step = f"/v1/cases/{case_id}/steps/request-evaluation"
        sent(api.post(step, {"suspicion": said}), 200)
        assert [one["bypassed"] for one in counted(api)["by_school"]] == [1]

    def test_knows_nothing_of_who_wrote_what(self, api: ApiClient, student: str) -> None:
        helped(api, student)
        report = counted(api)
        names = {name for part in ("by_school", "by_group") for one in report[part] for name in one}
        assert names == {"school_id", "group", "value", "raised", "dismissed", "bypassed"}

    def test_withholds_small_counts_and_what_would_tell_them(
        self, api: ApiClient, records: Records, clock: SetClock
    ) -> None:
        """Lincoln has 2 of 24, and Birch the fewest of the others: with it gone, 2 is not left."""
        names = ("Lincoln", "Birch", "Cedar")
        schools = {n: sent(api.post("/v1/schools", {"name": n}))["id"] for n in names}
        for name, many in zip(names, (2, 10, 12), strict=True):
            for _ in range(many):
                student = records.student(school_id=UUID(schools[name]), english_learner=True)
                helped(api, student)
        clock.set(datetime(2027, 7, 1, 15, 0, tzinfo=UTC))  # that school year is over
        report = counted(api, "")
        assert (report["since"], report["until"]) == ("2026-07-01", "2027-06-30")
        assert report == counted(api, "?school_year=2027")
        assert report["withheld_below"] == 10
        raised = {one["school_id"]: one["raised"] for one in report["by_school"]}
        assert raised == {schools["Lincoln"]: None, schools["Birch"]: None, schools["Cedar"]: 12}
        assert {one["dismissed"] for one in report["by_school"]} == {0}
        groups = {(one["group"], one["value"]): one["raised"] for one in report["by_group"]}
        assert groups["english_learner", "true"] == 24
        table = api.get("/v1/reports/child-find", headers={"Accept": "text/csv"}).get_data(True)
        assert f",10,,0,0,{schools['Lincoln']}," in table
        whole = counted(api, "?school_year=2027&small_cells=true")
        assert whole["withheld_below"] is None
        assert sorted(one["raised"] for one in whole["by_school"]) == [2, 10, 12]

    def test_every_count_is_of_any_days(self, api: ApiClient, student: str) -> None:
        helped(api, student)
        span = "?small_cells=true&since=2026-01-01&until="
        empty = counted(api, f"{span}2026-02-01")
        assert (empty["by_school"], empty["by_group"]) == ([], [])
        assert [one["raised"] for one in counted(api, f"{span}2026-12-01")["by_school"]] == [1]
        running = counted(api, "?small_cells=true&school_year=2027")
        assert [one["raised"] for one in running["by_school"]] == [1]

    @pytest.mark.parametrize(
        ("query", "parameter", "code"),
        [
            ("since=2025-09-01", "since", "not_a_school_year"),
            ("until=2025-09-01&small_cells=false", "until", "not_a_school_year"),
            ("since=2025-07-01&until=2026-06-30", "since", "not_a_school_year"),
            ("school_year=2027", "school_year", "not_over"),
            ("school_year=2028", "school_year", "not_over"),
            ("school_year=2026&until=2026-06-30&small_cells=true", "until", "one_of_two"),
        ],
    )
    def test_what_could_be_subtracted_is_not_to_be_had_with_few_withheld(
        self, api: ApiClient, query: str, parameter: str, code: str
    ) -> None:
        answer = api.get(f"/v1/reports/child-find?{query}")
        assert answer.status_code == 422
        [error] = answer.get_json()["errors"]
        assert (error["parameter"], error["code"]) == (parameter, code)

    def test_the_last_school_year_that_is_over_is_offered(self, api: ApiClient) -> None:
        report = counted(api, "")
        assert (report["since"], report["until"]) == ("2025-07-01", "2026-06-30")


class TestRtiDelay:
    def test_a_request_that_nobody_answered_in_time(
        self, api: ApiClient, records: Records, clock: SetClock
    ) -> None:
        receipt = records.receipt(records.student(), "parent")
        assert waits(api, "unanswered_request") == []
        clock.set(datetime(2026, 12, 7, 15, 0, tzinfo=UTC))
        (wait,) = waits(api, "unanswered_request")
        assert (wait["case_id"], wait["on"], wait["days"]) == (receipt["case_id"], "2026-10-05", 63)

    def test_in_time_is_what_the_state_says(
        self, app: Flask, store: Database, clock: SetClock, policies: Policies
    ) -> None:
        here = a_district(store, "us-wi", clock=clock)
        api = ApiClient(app.test_client(), a_token(app, a_client(store, here)))
        records = Records(store, here, clock, policies)
        records.receipt(records.student(), "parent")
        clock.set(datetime(2026, 10, 12, 15, 0, tzinfo=UTC))
        assert waits(api, "unanswered_request") == []  # fifteen business days are not over
        clock.set(datetime(2026, 11, 2, 15, 0, tzinfo=UTC))
        (wait,) = waits(api, "unanswered_request")
        assert wait["because"].endswith("not answered yet.")

    def test_a_refusal_to_wait_for_interventions(self, api: ApiClient, records: Records) -> None:
        case_id = records.receipt(records.student(), "staff")["case_id"]
        step = f"/v1/cases/{case_id}/steps/close"
        details = {"reason_code": "rti_incomplete", "reason": "Tier 2 is not done."}
        assert api.post(step, details).status_code == 409
        (wait,) = waits(api, "refused_to_wait")
        assert wait["case_id"] == case_id
        assert wait["evidence"][0]["rules"] == ["IDEA-REQUEST-NO-RTI-BLOCK"]

    def test_a_refusal_behind_many_for_other_rules(
        self, api: ApiClient, records: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reports, "STRETCH", 2)
        monkeypatch.setattr(reports, "MOST", 3)
        case_id = records.receipt(records.student(), "staff")["case_id"]
        step = f"/v1/cases/{case_id}/steps"
        for _ in range(5):
            assert api.post(f"{step}/start-evaluation").status_code == 409
        details = {"reason_code": "rti_incomplete", "reason": "Tier 2 is not done."}
        assert api.post(f"{step}/close", details).status_code == 409
        assert len(waits(api, "refused_to_wait")) == 1

    def test_words_that_speak_of_interventions_whatever_the_code(
        self, api: ApiClient, records: Records
    ) -> None:
        told: dict[str, Any] = {"requester": "staff", "parent_informed": True}
        for reason, found in (("We wait for Tier 2 to end.", 1), ("They moved away.", 1)):
            case_id = records.receipt(records.student(), **told)["case_id"]
            step = f"/v1/cases/{case_id}/steps/close"
            sent(api.post(step, {"reason_code": "other", "reason": reason}), 200)
            assert len(waits(api, "refused_to_wait")) == found

    def test_a_receipt_dated_later_than_the_contact_that_asked(
        self, api: ApiClient, records: Records
    ) -> None:
        student = records.student()
        for day in ("2026-09-14", "2026-09-21"):
            body = {
                "student_id": student,
                "mode": "phone",
                "occurred_on": day,
                "parent_words": "Please have him evaluated.",
            }
            sent(api.post("/v1/contacts", body))
        receipt = records.receipt(student, "parent")
        (wait,) = waits(api, "receipt_after_contact")
        assert wait["days"] == 21
        assert wait["evidence"][0]["id"] == receipt["id"]
        records.receipt(student, "parent")  # asked again: no later than the first
        assert len(waits(api, "receipt_after_contact")) == 1

    def test_late_receipts_of_several_children_who_asked_often(
        self, api: ApiClient, records: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reports, "STRETCH", 2)
        monkeypatch.setattr(reports, "MOST", 3)
        students = [records.student(), records.student()]
        for student in students:
            for _ in range(5):
                body = {
                    "student_id": student,
                    "mode": "phone",
                    "occurred_on": "2026-09-14",
                    "parent_words": "Please have him evaluated.",
                }
                sent(api.post("/v1/contacts", body))
            records.receipt(student, "parent")
        found = waits(api, "receipt_after_contact")
        assert {one["student_id"] for one in found} == set(students)
        assert len(found) == 2

    def test_one_recorded_the_same_day_is_not_late(self, api: ApiClient, records: Records) -> None:
        student = records.student()
        body = {
            "student_id": student,
            "mode": "phone",
            "occurred_on": "2026-10-05",
            "parent_words": "Please have him evaluated.",
        }
        sent(api.post("/v1/contacts", body))
        records.receipt(student, "parent")
        assert waits(api, "receipt_after_contact") == []

    def test_a_neighbor_sees_none(
        self, neighbor: ApiClient, records: Records, clock: SetClock
    ) -> None:
        records.receipt(records.student(), "parent")
        clock.set(datetime(2026, 12, 7, 15, 0, tzinfo=UTC))
        assert waits(neighbor, "unanswered_request") == []
