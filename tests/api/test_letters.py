"""Answers to parents in plain language over HTTP: to a request, and to a medical document."""

from __future__ import annotations

import pytest
from flask import Flask

from service.clock import SetClock
from service.domain import letters
from service.storage.database import Database
from tests.api.records import Json, Records
from tests.api.test_contacts import a_document, log
from tests.builders import ApiClient, a_client, a_district, a_token
from tests.scenarios.journey import sent

DUTY = "interpret_answer"


def answer(api: ApiClient, path: str, language: str | None = None) -> Json:
    query = f"?language={language}" if language else ""
    return sent(api.get(f"{path}/answer{query}"), 200)


def text_of(letter: Json) -> str:
    return " ".join(part["text"] for part in letter["parts"])


class TestToARequest:
    def test_says_what_was_received_what_is_next_by_when_and_the_rights(
        self, api: ApiClient, records: Records
    ) -> None:
        receipt = records.receipt(records.student(), "parent")
        letter = answer(api, f"/v1/referrals/{receipt['id']}")
        assert [part["name"] for part in letter["parts"]] == [
            "received",
            "next",
            "by_when",
            "rights",
        ]
        due = api.get(f"/v1/deadlines?case_id={receipt['case_id']}&term=answer_to_request")
        day = due.get_json()["items"][0]["due_on"]
        assert "October 5, 2026" in text_of(letter)
        assert f"{int(day[-2:])}, 2026" in letter["parts"][2]["text"]
        assert (letter["language"], letter["interpreter_needed"]) == ("en", False)

    def test_is_in_the_language_of_the_family(self, api: ApiClient, records: Records) -> None:
        at_home = records.receipt(records.student(home_language="Spanish"), "parent")
        said = records.receipt(records.student(), "parent", language="es-MX")
        for receipt in (at_home, said):
            letter = answer(api, f"/v1/referrals/{receipt['id']}")
            assert (letter["language"], letter["interpreter_needed"]) == ("es", False)
            assert "5 de octubre de 2026" in text_of(letter)
        assert answer(api, f"/v1/referrals/{said['id']}", "en")["language"] == "en"

    def test_a_language_that_is_no_tag_is_refused_and_not_taken_for_english(
        self, api: ApiClient, records: Records
    ) -> None:
        path = f"/v1/referrals/{records.receipt(records.student(), 'parent')['id']}/answer"
        assert api.get(f"{path}?language=Hmong+Daw").status_code == 422
        letter = api.get(f"{path}?language=hmn").get_json()
        assert (letter["language"], letter["interpreter_needed"]) == ("en", True)

    def test_names_no_day_where_the_law_names_none(
        self, app: Flask, store: Database, clock: SetClock
    ) -> None:
        api = ApiClient(
            app.test_client(), a_token(app, a_client(store, a_district(store, "us", clock=clock)))
        )
        receipt = sent(api.post("/v1/referrals", {"requester": "parent", "words": "Test him."}))
        letter = answer(api, f"/v1/referrals/{receipt['id']}")
        assert "names no number of days" in letter["parts"][2]["text"]

    def test_tells_the_rights_of_the_law_that_was_asked_under(
        self, api: ApiClient, records: Records
    ) -> None:
        only = records.receipt(records.student(), "parent", frameworks=["section_504"])
        text = text_of(answer(api, f"/v1/referrals/{only['id']}"))
        assert "impartial hearing" in text
        assert "independent" not in text


class TestToAMedicalDocument:
    def test_says_what_a_note_does_and_does_not_do(self, api: ApiClient, student: str) -> None:
        note = a_document(api, student, kind="medical_note")
        letter = answer(api, f"/v1/source-documents/{note['id']}")
        names = [part["name"] for part in letter["parts"]]
        assert names == ["received", "does", "does_not", "next", "by_when", "rights"]
        assert "not an order" in letter["parts"][2]["text"]
        spanish = answer(api, f"/v1/source-documents/{note['id']}", "es")
        assert [part["name"] for part in spanish["parts"]] == names
        assert "no es una orden" in spanish["parts"][2]["text"]


class TestALanguageThatIsNotWrittenHere:
    def test_opens_a_duty_that_a_contact_in_it_meets(
        self, api: ApiClient, records: Records
    ) -> None:
        student = records.student(home_language="vi")
        receipt = records.receipt(student, "parent")
        letter = answer(api, f"/v1/referrals/{receipt['id']}")
        assert (letter["wanted"], letter["language"]) == ("vi", "en")
        assert letter["interpreter_needed"] is True
        assert records.owed(receipt["case_id"])[DUTY] == "open"
        log(api, student, answers_referral_id=receipt["id"], language="en")
        assert records.owed(receipt["case_id"])[DUTY] == "open"
        log(api, student, answers_referral_id=receipt["id"], language="Vietnamese")
        assert records.owed(receipt["case_id"])[DUTY] == "met"

    def test_goes_for_a_document_too(self, api: ApiClient, records: Records) -> None:
        student = records.student(home_language="Hmong")
        note = a_document(api, student)
        assert records.owed(note["case_id"])[DUTY] == "open"
        log(api, student, answers_document_id=note["id"], language="hmn")
        assert records.owed(note["case_id"])[DUTY] == "met"

    def test_owes_nothing_in_one_that_is(self, api: ApiClient, records: Records) -> None:
        for home in (None, "en-US", "spa"):
            receipt = records.receipt(records.student(home_language=home), "parent")
            assert DUTY not in records.owed(receipt["case_id"])


@pytest.mark.parametrize("language", letters.WRITTEN_IN)
def test_every_language_has_every_part(language: str) -> None:
    english, other = letters._REQUEST["en"], letters._REQUEST[language]
    assert english.keys() == other.keys()
    assert letters._DOCUMENT["en"].keys() == letters._DOCUMENT[language].keys()
