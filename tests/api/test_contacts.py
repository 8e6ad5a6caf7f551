"""Contacts with parents over HTTP: as they went, and the duties they meet."""

from __future__ import annotations

from argparse import Namespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, update

from service.cli import deadlines as command
from service.cli.workplace import Workplace
from service.clock import SetClock
from service.policies import Policies
from service.settings import Settings
from service.storage.cases import DeadlineRow
from service.storage.child_find_flags import ChildFindFlag
from service.storage.contacts import Contact
from service.storage.database import Database
from service.workflow import deadlines
from tests.api.records import Json, Records
from tests.builders import ApiClient, a_client, a_district, a_token, faults
from tests.scenarios.journey import sent

NOBODY = str(uuid4())
DUTY = "answer_medical_document"

WHOLE: Json = {
    "mode": "phone",
    "occurred_on": "2026-10-05",
    "parent_words": "Er liest zu Hause nie.",
    "restatement": "He avoids reading at home.",
    "restatement_confirmed": True,
    "feeling_acknowledged": "Worried, and a little ashamed.",
    "positives": ["Kind to the small ones", "Draws every day"],
    "ideas": [
        {"idea": "Let him listen first", "became": "Tried since Monday; it helps"},
        {"idea": "Sit him by the window", "became": None},
    ],
    "help_asked_of": ["principal", "school_psychologist", "counselor"],
    "follow_up": "Call again after the test",
    "follow_up_on": "2026-11-02",
}


def log(api: ApiClient, student_id: str, **more: Any) -> Json:
    body = {"student_id": student_id, "mode": "phone", "occurred_on": "2026-10-05", **more}
    return sent(api.post("/v1/contacts", body))


def a_document(api: ApiClient, student_id: str, **more: Any) -> Json:
    body = {"student_id": student_id, "kind": "prescription", "title": "A note", **more}
    return sent(api.post("/v1/source-documents", body))


class TestLogging:
    def test_keeps_everything_that_was_said(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        more = {"guardian_id": records.guardian(student), "staff_id": records.staff_member()}
        answer = api.post("/v1/contacts", {"student_id": student, **WHOLE, **more})
        assert answer.status_code == 201, answer.text
        made = answer.get_json()
        assert {name: made[name] for name in (*WHOLE, *more)} == {**WHOLE, **more}
        assert api.get(answer.headers["Location"]).get_json() == made

    def test_needs_only_whom_when_and_how(self, api: ApiClient, student: str) -> None:
        made = log(api, student)
        assert (made["positives"], made["ideas"], made["help_asked_of"]) == ([], [], [])
        assert made["restatement_confirmed"] is None
        errors = faults(api.post("/v1/contacts", {}))
        assert errors == {
            (f"/{name}", "required") for name in ("student_id", "occurred_on", "mode")
        }

    def test_an_idea_has_words(self, api: ApiClient, student: str) -> None:
        assert log(api, student, ideas=[{"idea": "A quiet place"}])["ideas"] == [
            {"idea": "A quiet place", "became": None}
        ]
        body = {"student_id": student, "mode": "phone", "occurred_on": "2026-10-05"}
        blank = api.post("/v1/contacts", {**body, "ideas": [{"became": "Tried"}]})
        assert faults(blank) == {("/ideas/0/idea", "required")}

    def test_days_and_references_that_cannot_be(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        other = records.student()
        body = {
            "student_id": student,
            "mode": "visit",
            "occurred_on": "2026-10-06",
            "guardian_id": NOBODY,
            "staff_id": NOBODY,
            "answers_document_id": NOBODY,
            "answers_referral_id": NOBODY,
        }
        assert faults(api.post("/v1/contacts", body)) == {
            ("/occurred_on", "future"),
            *(
                (f"/{name}", "not_found")
                for name in (
                    "guardian_id",
                    "staff_id",
                    "answers_document_id",
                    "answers_referral_id",
                )
            ),
        }
        others = {
            "guardian_id": records.guardian(other),
            "answers_document_id": a_document(api, other)["id"],
            "answers_referral_id": records.receipt(other)["id"],
        }
        body = {"student_id": student, "mode": "visit", "occurred_on": "2026-10-05", **others}
        assert faults(api.post("/v1/contacts", body)) == {
            (f"/{name}", "another") for name in others
        }


class TestTheAnswerToAMedicalDocument:
    def test_meets_the_duty_on_the_day_of_the_contact(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        document = a_document(api, student, received_on="2026-10-01")
        log(api, student)
        assert records.owed(document["case_id"])[DUTY] == "open"
        log(api, student, occurred_on="2026-10-02", answers_document_id=document["id"])
        assert records.owed(document["case_id"])[DUTY] == "met"
        [owed] = api.get(f"/v1/deadlines?case_id={document['case_id']}").get_json()["items"]
        assert owed["met_on"] == "2026-10-02"

    def test_does_not_come_before_the_document(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        document = a_document(api, student, received_on="2026-10-02")
        early = log(api, student, occurred_on="2026-10-01", answers_document_id=document["id"])
        assert records.owed(document["case_id"])[DUTY] == "open"
        corrected = api.post(
            f"/v1/contacts/{early['id']}/corrections",
            {"field": "occurred_on", "value": "2026-10-02", "reason": "It was on the Friday."},
        )
        assert corrected.status_code == 201, corrected.text
        assert records.owed(document["case_id"])[DUTY] == "met"

    def test_may_be_told_later_and_taken_back(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        document = a_document(api, student)
        path = f"/v1/contacts/{log(api, student)['id']}"
        api.patch(path, {"answers_document_id": document["id"]}, etag='"1"')
        assert records.owed(document["case_id"])[DUTY] == "met"
        # Also once the case owes nothing any more.
        records.close(document["case_id"])
        api.patch(path, {"answers_document_id": None}, etag='"2"')
        assert records.owed(document["case_id"])[DUTY] == "open"


def test_the_answer_to_a_physicians_referral(
    app: Flask, store: Database, clock: SetClock, policies: Policies
) -> None:
    """Where the state does not take it for a request it is information, and wants an answer."""
    district = a_district(store, "us", clock=clock)
    records = Records(store, district, clock, policies)
    api = ApiClient(app.test_client(), a_token(app, a_client(store, district)))
    student = records.student()
    receipt = records.receipt(student, "physician")
    other = records.receipt(student, "physician")
    duties = f"/v1/deadlines?case_id={receipt['case_id']}"

    def owed() -> list[str]:
        found = api.get(duties).get_json()["items"]
        return sorted(one["state"] for one in found if one["term"] == "answer_physician_referral")

    assert other["case_id"] == receipt["case_id"]
    assert owed() == ["open", "open"]
    log(api, student, answers_referral_id=receipt["id"])
    assert owed() == ["met", "open"]


class TestChanging:
    def test_what_became_of_an_idea(self, api: ApiClient, student: str) -> None:
        path = f"/v1/contacts/{log(api, student, **WHOLE)['id']}"
        ideas = [{"idea": "Sit him by the window", "became": "No change"}]
        changed = api.patch(path, {"ideas": ideas}, etag='"1"')
        assert changed.get_json()["ideas"] == ideas
        assert changed.get_json()["parent_words"] == WHOLE["parent_words"]
        assert api.patch(path, {"ideas": []}, etag='"1"').status_code == 412
        assert api.patch(path, {"ideas": []}).status_code == 428

    def test_the_day_is_set_right_by_a_correction(self, api: ApiClient, student: str) -> None:
        path = f"/v1/contacts/{log(api, student)['id']}"
        answer = api.patch(path, {"occurred_on": "2026-10-01"}, etag='"1"')
        assert faults(answer) == {("/occurred_on", "use_correction")}

    def test_the_student_stays_the_same(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        path = f"/v1/contacts/{log(api, student)['id']}"
        answer = api.patch(path, {"student_id": records.student()}, etag='"1"')
        assert faults(answer) == {("/student_id", "unknown_member")}
        guardian = records.guardian(records.student())
        other = api.patch(path, {"guardian_id": guardian}, etag='"1"')
        assert faults(other) == {("/guardian_id", "another")}


def test_are_listed_by_student_and_hidden_from_neighbors(
    api: ApiClient, neighbor: ApiClient, student: str, records: Records
) -> None:
    mine = log(api, student)["id"]
    other = log(api, records.student())["id"]
    listed = api.get(f"/v1/contacts?student_id={student}").get_json()["items"]
    assert [item["id"] for item in listed] == [mine]
    everything = api.get("/v1/contacts?sort=-id").get_json()["items"]
    assert {item["id"] for item in everything} == {mine, other}
    assert neighbor.get(f"/v1/contacts/{mine}").status_code == 404
    assert neighbor.get("/v1/contacts").get_json()["items"] == []


class TestWordsThatMayBeARequest:
    def test_are_told_with_an_offer_and_decide_nothing(self, api: ApiClient, student: str) -> None:
        made = log(api, student, parent_words="Could she be tested? I think she has dyslexia.")
        suggested = made["request_suggested"]
        assert made["suggests_request"] is True
        assert suggested["words"] == ["tested", "dyslexia"]
        assert suggested["offer"]["path"] == "/v1/referrals"
        assert suggested["offer"]["body"]["received_on"] == "2026-10-05"
        assert api.get("/v1/referrals").get_json()["items"] == []
        assert api.get("/v1/cases").get_json()["items"] == []
        listed = api.get("/v1/contacts?suggests_request=true").get_json()["items"]
        assert [one["id"] for one in listed] == [made["id"]]

    def test_logged_before_words_were_looked_for_are_found_by_the_rebuild(
        self, api: ApiClient, district: UUID, store: Database, clock: SetClock, student: str
    ) -> None:
        asked = log(api, student, parent_words="Please have her evaluated.")["id"]
        log(api, student, parent_words="He had fun at the fair.")
        before = api.get(f"/v1/contacts/{asked}").headers["ETag"]
        with store.writer.begin() as connection:
            connection.execute(update(Contact).values(suggests_request=False))
            connection.execute(delete(DeadlineRow))
            connection.execute(delete(ChildFindFlag))
        workplace = Workplace(Settings(), clock)
        workplace.__dict__["database"] = store
        for _ in range(2):
            command.rebuild(workplace, Namespace(district=district))
        listed = api.get("/v1/contacts?suggests_request=true").get_json()["items"]
        assert [one["id"] for one in listed] == [asked]
        assert api.get(f"/v1/contacts/{asked}").headers["ETag"] != before
        (flag,) = api.get(f"/v1/child-find-flags?student_id={student}").get_json()["items"]
        assert (flag["kind"], flag["evidence"][0]["id"]) == ("parent_concern", asked)
        (event,) = api.get("/v1/events?event=contact.changed").get_json()["items"]
        assert event["subject"]["id"] == asked

    def test_the_rebuild_looks_beyond_its_first_stretch(
        self, api: ApiClient, district: UUID, store: Database, clock: SetClock, student: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setattr(deadlines, "BATCH", 2)
        words = ("Please have her evaluated.", "He had fun at the fair.")
        asked = {log(api, student, parent_words=words[n % 2])["id"] for n in range(6)}
        found = {one["id"] for one in self.suggesting(api)}
        assert len(asked) == 6
        assert len(found) == 3
        with store.writer.begin() as connection:
            connection.execute(update(Contact).values(suggests_request=False))
        assert self.suggesting(api) == []
        workplace = Workplace(Settings(), clock)
        workplace.__dict__["database"] = store
        command.rebuild(workplace, Namespace(district=district))
        assert {one["id"] for one in self.suggesting(api)} == found

    def suggesting(self, api: ApiClient) -> list[Json]:
        items: list[Json] = api.get("/v1/contacts?suggests_request=true").get_json()["items"]
        return items

    def test_in_spanish_too(self, api: ApiClient, student: str) -> None:
        made = log(api, student, parent_words="Quiero que lo evalúen, por favor.")
        assert made["request_suggested"]["words"] == ["evalúen"]

    def test_others_suggest_nothing(self, api: ApiClient, student: str) -> None:
        made = log(api, student, parent_words="He had fun at the fair. He can add now.")
        assert (made["suggests_request"], made["request_suggested"]) == (False, None)


class TestFollowingUp:
    def test_is_due_on_the_day_that_was_named(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        staff = records.staff_member()
        promised = {"follow_up": "Call again", "follow_up_on": "2026-10-12", "staff_id": staff}
        first = log(api, student, occurred_on="2026-10-01", **promised)
        duty = f"/v1/deadlines?student_id={student}&term=contact_follow_up"
        (owed,) = api.get(duty).get_json()["items"]
        assert (owed["case_id"], owed["due_on"], owed["state"]) == (None, "2026-10-12", "running")
        assert owed["owner_staff_id"] == staff
        log(api, student, follows_up_id=first["id"])
        (owed,) = api.get(duty).get_json()["items"]
        assert (owed["state"], owed["met_on"]) == ("met", "2026-10-05")

    def test_of_a_contact_with_another_family_is_refused(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        other = log(api, records.student())
        body = {"student_id": student, "mode": "phone", "occurred_on": "2026-10-05"}
        answer = api.post("/v1/contacts", {**body, "follows_up_id": other["id"]})
        assert faults(answer) == {("/follows_up_id", "another")}
