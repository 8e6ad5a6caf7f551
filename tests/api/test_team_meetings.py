"""Team meetings over HTTP: who met, about which case, and what it meets."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.storage.notices import Consent
from service.workflow import deadlines
from tests.api.records import Json, Records
from tests.builders import ApiClient, faults
from tests.scenarios.journey import sent

NOBODY = str(uuid4())
DUTY = "hear_both_guardians"


def record(api: ApiClient, student_id: str, **more: Any) -> Json:
    body = {
        "student_id": student_id,
        "kind": "problem_solving",
        "held_on": "2026-10-02",
        **more,
    }
    return sent(api.post("/v1/team-meetings", body))


class TestRecording:
    def test_keeps_who_met_and_what_was_decided(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        said = {
            "attendees": [
                {"role": "teacher", "staff_id": records.staff_member(), "name": "Ana Rivera"},
                {"role": "parent", "staff_id": None, "name": None},
            ],
            "parent_attended": True,
            "parent_invited_on": "2026-09-25",
            "reviewed": "Reading data since August",
            "decided": "Phonics, 90 minutes a week",
        }
        made = record(api, student, **said)
        assert {name: made[name] for name in said} == said
        assert api.get(f"/v1/team-meetings/{made['id']}").get_json() == made

    def test_belongs_to_the_open_case_unless_it_says_otherwise(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        assert record(api, student)["case_id"] is None
        closed = records.receipt(student)["case_id"]
        records.close(closed)
        assert record(api, student)["case_id"] is None
        open_ = records.receipt(student)["case_id"]
        assert record(api, student)["case_id"] == open_
        assert record(api, student, case_id=closed)["case_id"] == closed
        assert record(api, student, case_id=None)["case_id"] is None

    def test_days_and_references_that_cannot_be(
        self, api: ApiClient, neighbor: ApiClient, student: str, records: Records
    ) -> None:
        body = {
            "student_id": NOBODY,
            "case_id": NOBODY,
            "kind": "eligibility",
            "held_on": "2026-10-06",
            "parent_invited_on": "2026-10-06",
            "attendees": [
                {"role": "teacher", "staff_id": records.staff_member()},
                {"role": "counselor", "staff_id": NOBODY},
            ],
        }
        assert faults(api.post("/v1/team-meetings", body)) == {
            ("/student_id", "not_found"),
            ("/case_id", "not_found"),
            ("/held_on", "future"),
            ("/parent_invited_on", "future"),
            ("/attendees/1/staff_id", "not_found"),
        }
        other = records.receipt(records.student())["case_id"]
        body = {"student_id": student, "kind": "other", "held_on": "2026-10-05"}
        assert faults(api.post("/v1/team-meetings", {**body, "case_id": other})) == {
            ("/case_id", "another")
        }
        assert faults(neighbor.post("/v1/team-meetings", body)) == {("/student_id", "not_found")}
        assert record(api, student, held_on="2026-10-05")["held_on"] == "2026-10-05"


class TestGuardiansWhoDisagree:
    @pytest.fixture
    def case_id(self, records: Records, student: str) -> str:
        case_id: str = records.receipt(student, "parent", received_on=date(2026, 9, 1))["case_id"]
        guardians = [UUID(records.guardian(student)) for _ in range(2)]
        with records.uow() as uow:
            for guardian_id, answer in zip(guardians, ("granted", "refused"), strict=True):
                row = uow.add(
                    Consent(
                        case_id=UUID(case_id),
                        guardian_id=guardian_id,
                        purpose="initial_evaluation",
                        requested_on=date(2026, 9, 2),
                        answer=answer,
                        received_on=date(2026, 9, 10),
                    )
                )
                uow.record("consent.recorded", row)
            deadlines.refresh_cases(uow, records.policies, [UUID(case_id)])
            uow.commit()
        assert records.owed(case_id)[DUTY] == "open"
        return case_id

    def test_are_heard_by_a_meeting_that_the_parent_attended(
        self, api: ApiClient, student: str, records: Records, case_id: str
    ) -> None:
        id = record(api, student, parent_attended=False)["id"]
        assert records.owed(case_id)[DUTY] == "open"
        api.patch(f"/v1/team-meetings/{id}", {"parent_attended": True}, etag='"1"')
        assert records.owed(case_id)[DUTY] == "met"
        api.patch(f"/v1/team-meetings/{id}", {"case_id": None}, etag='"2"')
        assert records.owed(case_id)[DUTY] == "open"

    def test_a_meeting_before_they_disagreed_does_not_count(
        self, api: ApiClient, student: str, records: Records, case_id: str
    ) -> None:
        id = record(api, student, parent_attended=True, held_on="2026-09-09")["id"]
        assert records.owed(case_id)[DUTY] == "open"
        path = f"/v1/team-meetings/{id}"
        refused = api.patch(path, {"held_on": "2026-09-10"}, etag='"1"')
        assert faults(refused) == {("/held_on", "use_correction")}
        corrected = api.post(
            f"{path}/corrections",
            {"field": "held_on", "value": "2026-09-10", "reason": "It was on the Thursday."},
        )
        assert corrected.status_code == 201, corrected.text
        assert records.owed(case_id)[DUTY] == "met"


def test_changing_keeps_what_is_left_out(api: ApiClient, student: str) -> None:
    made = record(api, student, reviewed="Attendance")
    path = f"/v1/team-meetings/{made['id']}"
    changed = api.patch(path, {"decided": "Meet again"}, etag='"1"').get_json()
    assert (changed["reviewed"], changed["decided"]) == ("Attendance", "Meet again")
    stranger = [{"role": "nurse", "staff_id": NOBODY}]
    answer = api.patch(path, {"attendees": stranger}, etag='"2"')
    assert faults(answer) == {("/attendees/0/staff_id", "not_found")}
    assert api.patch(path, {"decided": "x"}, etag='"1"').status_code == 412


def test_are_listed_by_student_and_hidden_from_neighbors(
    api: ApiClient, neighbor: ApiClient, student: str, records: Records
) -> None:
    mine = record(api, student)["id"]
    record(api, records.student())
    listed = api.get(f"/v1/team-meetings?student_id={student}").get_json()["items"]
    assert [item["id"] for item in listed] == [mine]
    assert len(api.get("/v1/team-meetings").get_json()["items"]) == 2
    assert neighbor.get(f"/v1/team-meetings/{mine}").status_code == 404
    assert neighbor.get("/v1/team-meetings").get_json()["items"] == []
