"""Source documents over HTTP: kept, placed with a case, answered, and never in the way."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from service.clock import SetClock
from service.storage.cases import Case, Referral
from service.storage.database import Database
from service.workflow import deadlines
from tests.api.records import Json, Records
from tests.builders import ApiClient, a_client, a_staff_member, a_token, faults

NOBODY = str(uuid4())
DUTY = "answer_medical_document"
MEDICAL = ["medical_note", "prescription", "outside_evaluation"]
OTHER = ["prior_records", "screening", "other"]


def sent(kind: str = "prescription", **more: Any) -> Json:
    return {"kind": kind, "title": "Special education, twice a day", **more}


def receive(api: ApiClient, kind: str = "prescription", **more: Any) -> Json:
    answer = api.post("/v1/source-documents", sent(kind, **more))
    assert answer.status_code == 201, answer.text
    made: Json = answer.get_json()
    return made


def codes(made: Json) -> list[str]:
    return [warning["code"] for warning in made["warnings"]]


class TestAMedicalDocumentOfAStudentWithoutACase:
    @pytest.mark.parametrize("kind", MEDICAL)
    def test_opens_a_case_that_owes_the_answer(
        self, api: ApiClient, student: str, records: Records, kind: str
    ) -> None:
        made = receive(api, kind, student_id=student, received_on="2026-10-01")
        assert codes(made) == ["case_opened", "words_may_be_a_request"]
        [duty] = made["deadlines"]
        assert (duty["term"], duty["rule_id"]) == (DUTY, "IDEA-PHYSICIAN-CONSIDER")
        assert (duty["state"], duty["started_on"], duty["due_on"]) == ("open", "2026-10-01", None)
        assert records.owed(made["case_id"]) == {DUTY: "open"}
        case = api.get(f"/v1/cases/{made['case_id']}").get_json()
        assert (case["status"], case["student_id"]) == ("received", student)
        assert (case["opened_on"], case["closed_on"]) == ("2026-10-01", None)

    @pytest.mark.parametrize("kind", OTHER)
    def test_another_kind_is_kept_and_opens_nothing(
        self, api: ApiClient, student: str, records: Records, kind: str
    ) -> None:
        made = receive(api, kind, student_id=student)
        assert (made["case_id"], made["deadlines"], made["warnings"]) == (None, [], [])
        assert made["received_on"] == "2026-10-05"
        with records.uow() as uow:
            assert uow.rows(select(Case.id)) == []

    def test_puts_words_into_nobodys_mouth(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        receive(api, student_id=student, provided_by="physician")
        with records.uow() as uow:
            assert uow.rows(select(Referral.id)) == []

    def test_a_second_one_goes_with_the_same_case(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        first = receive(api, student_id=student)
        second = receive(api, "medical_note", student_id=student)
        assert second["case_id"] == first["case_id"]
        assert codes(second) == ["words_may_be_a_request"]
        assert len(second["deadlines"]) == 1

    def test_a_parents_request_later_attaches_and_starts_its_own_clock(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        case_id = receive(api, student_id=student)["case_id"]
        receipt = records.receipt(student, "parent")
        assert receipt["case_id"] == case_id
        owed = records.owed(case_id)
        assert owed[DUTY] == "open"
        assert "answer_to_request" in owed
        assert api.get(f"/v1/cases/{case_id}").get_json()["status"] == "evaluation_requested"

    def test_the_case_can_be_closed_and_the_answer_stays_owed(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        made = receive(api, student_id=student)
        closed = api.post(
            f"/v1/cases/{made['case_id']}/steps/close",
            {"reason_code": "no_suspected_disability", "reason": "The team met with the parent."},
        )
        assert closed.status_code == 200, closed.text
        assert records.owed(made["case_id"]) == {DUTY: "open"}

    def test_demands_nothing_of_the_schools_own_request(self, api: ApiClient, student: str) -> None:
        case_id = receive(api, student_id=student)["case_id"]
        step = f"/v1/cases/{case_id}/steps/request-evaluation"
        assert api.get(step).get_json()["allowed"] is True
        assert api.post(step, {}).status_code == 200

    def test_nothing_is_kept_of_a_dry_run(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        dry = api.post("/v1/source-documents?dry_run=true", sent(student_id=student))
        assert dry.status_code == 200
        assert dry.get_json()["result"]["deadlines"][0]["term"] == DUTY
        with records.uow() as uow:
            assert uow.rows(select(Case.id)) == []


class TestWhichCaseADocumentGoesWith:
    def test_the_open_one(self, api: ApiClient, student: str, records: Records) -> None:
        case_id = records.receipt(student)["case_id"]
        for kind in (*MEDICAL, *OTHER):
            made = receive(api, kind, student_id=student)
            assert (made["case_id"], "case_opened" in codes(made)) == (case_id, False)

    def test_else_the_last_that_was_open_when_it_arrived(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        case_id = records.receipt(student)["case_id"]
        records.close(case_id, on=date(2026, 10, 5))
        late = receive(api, student_id=student, received_on="2026-10-05")
        assert late["case_id"] == case_id
        assert records.owed(case_id)[DUTY] == "open"

    def test_and_a_new_one_when_that_was_closed_before(
        self, api: ApiClient, student: str, records: Records, clock: SetClock
    ) -> None:
        closed = records.receipt(student)["case_id"]
        records.close(closed, on=date(2026, 10, 5))
        clock.set(clock.now().replace(day=7))
        made = receive(api, student_id=student)
        assert codes(made)[0] == "case_opened"
        assert made["case_id"] != closed
        # One case owes the answer, not every case the student ever had.
        assert DUTY not in records.owed(closed)
        assert records.owed(made["case_id"])[DUTY] == "open"

    def test_the_one_of_its_referral(self, api: ApiClient, student: str, records: Records) -> None:
        receipt = records.receipt(student, "physician")
        made = receive(api, referral_id=receipt["id"])
        assert (made["case_id"], made["student_id"]) == (receipt["case_id"], student)
        assert codes(made) == []

    def test_the_one_it_names_also_without_a_student(
        self, api: ApiClient, records: Records
    ) -> None:
        case_id = records.receipt(None, "parent")["case_id"]
        made = receive(api, case_id=case_id)
        assert (made["student_id"], records.owed(case_id)[DUTY]) == (None, "open")

    def test_and_the_one_that_it_joins(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        waiting = records.receipt(None, "parent")
        open_ = records.receipt(student)["case_id"]
        made = receive(api, case_id=waiting["case_id"])
        match = api.post(f"/v1/referrals/{waiting['id']}/match", {"student_id": student})
        assert match.status_code == 200, match.text
        read = api.get(f"/v1/source-documents/{made['id']}").get_json()
        assert (read["case_id"], read["student_id"]) == (open_, student)
        assert records.owed(open_)[DUTY] == "open"
        assert DUTY not in records.owed(waiting["case_id"])
        after = receive(api, "other", case_id=waiting["case_id"])
        assert after["case_id"] == open_


class TestRefusing:
    def test_a_document_is_somebodys(self, api: ApiClient) -> None:
        assert faults(api.post("/v1/source-documents", sent())) == {("", "nobodys")}
        nulls = sent(student_id=None, case_id=None, referral_id=None)
        assert faults(api.post("/v1/source-documents", nulls)) == {("", "nobodys")}

    def test_references_that_lead_nowhere_are_told_at_once(
        self, api: ApiClient, neighbor: ApiClient, student: str
    ) -> None:
        body = sent(
            student_id=NOBODY,
            case_id=NOBODY,
            referral_id=NOBODY,
            received_on="2026-10-06",
            dated_on="2026-10-06",
        )
        assert faults(api.post("/v1/source-documents", body)) == {
            ("/student_id", "not_found"),
            ("/case_id", "not_found"),
            ("/referral_id", "not_found"),
            ("/received_on", "future"),
            ("/dated_on", "future"),
        }
        theirs = neighbor.post("/v1/source-documents", sent(student_id=student))
        assert faults(theirs) == {("/student_id", "not_found")}

    def test_references_that_lead_apart(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        other = records.student()
        mine, theirs = records.receipt(student), records.receipt(other)
        for body, pointer in (
            (sent(student_id=other, case_id=mine["case_id"]), "/student_id"),
            (sent(student_id=other, referral_id=mine["id"]), "/student_id"),
            (sent(case_id=theirs["case_id"], referral_id=mine["id"]), "/case_id"),
        ):
            assert faults(api.post("/v1/source-documents", body)) == {(pointer, "another")}
        receive(api, student_id=student, case_id=mine["case_id"], referral_id=mine["id"])

    @pytest.mark.parametrize(
        ("member", "good", "bad"),
        [
            ("sha256", "aB" * 32, "a" * 63),
            ("sha256", "0" * 64, "g" * 64),
            ("size_bytes", 0, -1),
            ("kind", "screening", "verdict"),
            ("provided_by", "agency", "neighbour"),
            ("title", "A", " "),
        ],
    )
    def test_what_cannot_be(
        self, api: ApiClient, student: str, member: str, good: Any, bad: Any
    ) -> None:
        made = receive(api, **{"student_id": student, "kind": "other", member: good})
        assert made[member] == good
        answer = api.post("/v1/source-documents", sent(student_id=student) | {member: bad})
        assert [pointer for pointer, _ in faults(answer)] == [f"/{member}"]


class TestChanging:
    def test_its_description_may_grow(self, api: ApiClient, student: str) -> None:
        made = receive(api, student_id=student)
        path = f"/v1/source-documents/{made['id']}"
        changed = api.patch(path, {"note": "In the red folder", "sha256": "0" * 64}, etag='"1"')
        assert changed.status_code == 200, changed.text
        assert changed.get_json()["note"] == "In the red folder"
        assert api.patch(path, {"note": "x"}, etag='"1"').status_code == 412
        other = api.patch(path, {"sha256": "1" * 64}, etag='"2"')
        assert faults(other) == {("/sha256", "use_correction")}

    def test_what_happened_is_not_changed(self, api: ApiClient, student: str) -> None:
        path = f"/v1/source-documents/{receive(api, student_id=student)['id']}"
        answer = api.patch(path, {"kind": "other", "received_on": "2026-10-01"}, etag='"1"')
        assert faults(answer) == {("/kind", "use_correction"), ("/received_on", "use_correction")}
        same = api.patch(path, {"kind": "prescription", "received_on": "2026-10-05"}, etag='"1"')
        assert same.status_code == 200

    def test_whose_it_is_may_be_told_once(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        waiting = records.receipt(None, "parent")["case_id"]
        made = receive(api, "other", case_id=waiting)
        path = f"/v1/source-documents/{made['id']}"
        told = api.patch(path, {"student_id": student}, etag='"1"')
        assert told.status_code == 200
        again = api.patch(path, {"student_id": records.student()}, etag='"2"')
        assert faults(again) == {("/student_id", "told_already")}

    @pytest.mark.parametrize(("kind", "owed"), [("medical_note", "open"), ("other", None)])
    def test_told_whose_it_is_a_medical_one_is_still_owed_an_answer(
        self, api: ApiClient, student: str, records: Records, kind: str, owed: str | None
    ) -> None:
        """It came with a letter about a child whom nobody had matched yet."""
        waiting = records.receipt(None, "parent")["case_id"]
        made = receive(api, kind, case_id=waiting)
        told = api.patch(f"/v1/source-documents/{made['id']}", {"student_id": student}, etag='"1"')
        assert (told.status_code, told.get_json()["student_id"]) == (200, student)
        of_case = told.get_json()["case_id"]
        assert records.owed(of_case).get(DUTY) == owed
        with records.uow() as uow:
            computed = deadlines.computed(uow, records.policies, uow.get(Case, UUID(of_case)))
        assert {d.term_id: str(d.state) for d in computed}.get(DUTY) == owed


class TestCorrecting:
    def correct(self, api: ApiClient, id: str, field: str, value: str, **more: str) -> Json:
        body = {"field": field, "value": value, "reason": "Read again."}
        answer = api.post(f"/v1/source-documents/{id}/corrections", body | more)
        assert answer.status_code == 201, answer.text
        made: Json = answer.get_json()
        return made

    @pytest.mark.parametrize("value", ["0" * 63, "g" * 64, "0" * 64 + "\n"])
    def test_a_hash_stays_a_hash(self, api: ApiClient, student: str, value: str) -> None:
        made = receive(api, student_id=student, sha256="0" * 64)
        said = {"field": "sha256", "value": value, "reason": "Read again."}
        path = f"/v1/source-documents/{made['id']}/corrections"
        assert faults(api.post(path, said)) == {("/value", "malformed")}
        assert self.correct(api, made["id"], "sha256", "1" * 64)["accepted"] is True

    def test_an_earlier_day_counts_at_once_and_a_later_one_waits(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        made = receive(api, student_id=student, received_on="2026-10-02")
        assert self.correct(api, made["id"], "received_on", "2026-10-01")["accepted"] is True
        assert self.correct(api, made["id"], "received_on", "2026-10-03")["accepted"] is False
        read = api.get(f"/v1/source-documents/{made['id']}").get_json()
        assert read["received_on"] == "2026-10-01"
        owed = api.get(f"/v1/deadlines?case_id={made['case_id']}").get_json()["items"]
        assert [one["started_on"] for one in owed] == ["2026-10-01"]

    def test_a_document_that_turns_out_to_be_medical_is_owed_an_answer(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        made = receive(api, "other", student_id=student)
        assert made["case_id"] is None
        assert self.correct(api, made["id"], "kind", "prescription")["accepted"] is True
        read = api.get(f"/v1/source-documents/{made['id']}").get_json()
        assert records.owed(read["case_id"]) == {DUTY: "open"}

    def test_the_journal_keeps_what_it_was_also_when_a_case_is_opened_for_it(
        self, api: ApiClient, student: str
    ) -> None:
        made = receive(api, "other", student_id=student)
        self.correct(api, made["id"], "kind", "prescription")
        told = f"/v1/events?subject_id={made['id']}&event=source_document.corrected&include=payload"
        [event] = api.get(told).get_json()["items"]
        record = f"source_documents:{made['id']}"
        assert event["before"][record]["kind"] == "other"
        assert event["after"][record]["kind"] == "prescription"

    def test_one_that_turns_out_not_to_be_waits_for_a_trusted_person(
        self, api: ApiClient, student: str, records: Records, app: Flask, store: Database,
        district: UUID,
    ) -> None:  # fmt: skip
        made = receive(api, student_id=student)
        waits = self.correct(api, made["id"], "kind", "other", evidence="It is a drawing.")
        assert waits["accepted"] is False
        assert records.owed(made["case_id"]) == {DUTY: "open"}
        person = str(a_staff_member(store, district))
        trusted = ApiClient(
            app.test_client(),
            a_token(app, a_client(store, district, may_assert_people=True)),
            {"Childfind-Acting-Staff": person},
        )
        taken = self.correct(trusted, made["id"], "kind", "other", evidence="It is a drawing.")
        assert taken["accepted"] is True
        assert records.owed(made["case_id"]) == {}


class TestListing:
    def test_by_student_and_by_case(self, api: ApiClient, student: str, records: Records) -> None:
        other = records.student()
        first = receive(api, student_id=student)
        second = receive(api, "other", student_id=student)
        third = receive(api, student_id=other)

        def listed(query: str) -> list[str]:
            answer = api.get(f"/v1/source-documents{query}")
            assert answer.status_code == 200, answer.text
            return [item["id"] for item in answer.get_json()["items"]]

        assert sorted(listed("")) == sorted(made["id"] for made in (first, second, third))
        assert sorted(listed(f"?student_id={student}")) == sorted([first["id"], second["id"]])
        assert listed(f"?case_id={third['case_id']}") == [third["id"]]

    def test_another_district_finds_nothing(
        self, api: ApiClient, neighbor: ApiClient, student: str
    ) -> None:
        path = f"/v1/source-documents/{receive(api, student_id=student)['id']}"
        assert api.get(path).status_code == 200
        assert neighbor.get(path).status_code == 404
        assert neighbor.patch(path, {"note": "x"}, etag="*").status_code == 404
        assert neighbor.get("/v1/source-documents").get_json()["items"] == []


def test_the_projection_stays_equal_to_the_computation(
    api: ApiClient, student: str, records: Records
) -> None:
    """Closed cases too, whatever arrives about their student afterwards."""
    closed = records.receipt(student)["case_id"]
    records.close(closed)
    receive(api, student_id=student, case_id=closed)
    receive(api, student_id=student)
    with records.uow() as uow:
        ids = [str(row.id) for row in uow.rows(select(Case.id))]
    stored = {id: records.owed(id) for id in ids}
    with records.uow() as uow:
        for case in uow.all(select(Case)):
            rows = deadlines.refresh(uow, records.policies, case)
            assert {row.term_id: row.state for row in rows} == stored[str(case.id)]
