"""A mother writes in Spanish, late on a Friday, while a teacher's referral waits.

Nothing keeps her letter out: not the hour, the language, a member that nobody knows, nor that
nobody can tell yet which child she means. And nothing she is told speaks of interventions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.scenarios.journey import ZONE, Child, Json, NewPlace, Place, sent

LETTER: Json = {
    "requester": "parent",
    "requester_name": "Marta Oliveira",
    "words": "Quiero que evalúen a mi hijo Mateo. Está en tercer grado y todavía no puede leer.",
    "language": "es-MX",
    "child": {"given_name": "Mateo", "family_name": "Oliveira", "grade": "3"},
    "telefono_preferido": "por la tarde",
}

FRIDAY, MONDAY = "2025-09-12", "2025-09-15"


def write(place: Place) -> Any:
    """Her letter comes in on that Friday at 23:50, when it is Saturday already in UTC."""
    place.clock.set(datetime(2025, 9, 12, 23, 50, tzinfo=ZONE))
    assert place.clock.now().date().isoformat() == "2025-09-13"
    return place.api.post("/v1/referrals", LETTER, headers={"Idempotency-Key": None})


def answers_to_her(place: Place, referral_id: str) -> Iterator[str]:
    """Everything that a client could show her about her letter."""
    referral = sent(place.api.get(f"/v1/referrals/{referral_id}"), 200)
    case_id = referral["case_id"]
    yield json.dumps(referral)
    yield json.dumps(sent(place.api.get(f"/v1/cases/{case_id}"), 200))
    owed = sent(place.api.get("/v1/deadlines", query_string={"case_id": case_id}), 200)
    for deadline in owed["items"]:
        yield json.dumps(deadline)
        yield json.dumps(sent(place.api.get(f"/v1/deadlines/{deadline['id']}"), 200))


def speaks_of_interventions(text: str) -> bool:
    return "intervention" in text.lower()


class TestInWisconsin:
    """Every written referral there is one that the district answers in 15 business days."""

    @pytest.fixture
    def place(self, district_in: NewPlace) -> Place:
        return district_in("us-wi")

    @pytest.fixture
    def mateo(self, place: Place) -> Child:
        """The child, for whom a teacher's referral waits since Thursday."""
        mateo = place.child(given_name="Mateo", family_name="Oliveira", grade="03")
        mateo.teacher_refers("2025-09-11", words="Mateo cannot keep up in reading.")
        return mateo

    def test_her_letter_is_received(self, place: Place, mateo: Child) -> None:
        receipt = sent(write(place))
        assert receipt["received_on"] == FRIDAY
        assert receipt["recorded_at"] == "2025-09-13T04:50:00Z"
        assert (receipt["words"], receipt["language"]) == (LETTER["words"], "es-MX")
        assert receipt["kept"]["telefono_preferido"] == "por la tarde"
        assert {w["code"] for w in receipt["warnings"]} == {"unknown_member", "unmatched"}
        assert receipt["student_id"] is None
        assert receipt["case"]["status"] == "evaluation_requested"
        assert receipt["case_id"] != mateo.case_id

    def test_the_clock_counts_from_friday(self, place: Place) -> None:
        receipt = sent(write(place))
        owed = {d["term"]: d for d in receipt["deadlines"]}
        answer = owed["answer_to_request"]
        assert (answer["started_on"], answer["due_on"]) == (FRIDAY, "2025-10-03")
        assert (answer["state"], answer["provisional"]) == ("running", False)
        assert owed["match_student"]["state"] == "open"
        assert "initial_evaluation" not in owed
        ledger = sent(place.api.get(f"/v1/deadlines/{answer['id']}/ledger"), 200)
        counted = [day["day"] for day in ledger["items"] if day["counted"]]
        assert (counted[0], counted[-1], len(counted)) == (MONDAY, "2025-10-03", 15)

    def test_it_is_matched_and_joins_the_open_case(self, place: Place, mateo: Child) -> None:
        receipt = sent(write(place))
        waiting = receipt["case_id"]
        place.on(MONDAY)
        matched = sent(
            place.api.post(receipt["next"]["match"], {"student_id": mateo.student_id}), 200
        )
        assert (matched["student_id"], matched["case_id"]) == (mateo.student_id, mateo.case_id)
        assert matched["received_on"] == FRIDAY
        assert matched["next"]["match"] is None
        joined = sent(place.api.get(f"/v1/cases/{waiting}"), 200)
        assert joined["joined_to_case_id"] == mateo.case_id
        assert joined["closed_on"] == MONDAY
        assert len(mateo.case()["referral_ids"]) == 2

    def test_each_of_the_two_is_answered_by_its_own_day(self, place: Place, mateo: Child) -> None:
        receipt = sent(write(place))
        place.on(MONDAY)
        sent(place.api.post(receipt["next"]["match"], {"student_id": mateo.student_id}), 200)
        answers = mateo.deadlines("answer_to_request")
        assert [(d["started_on"], d["due_on"]) for d in answers] == [
            ("2025-09-11", "2025-10-02"),
            (FRIDAY, "2025-10-03"),
        ]
        assert answers[1]["subjects"] == {"referral_id": receipt["id"]}
        assert mateo.deadlines("match_student") == []
        left = {"case_id": receipt["case"]["id"]}
        assert sent(place.api.get("/v1/deadlines", query_string=left), 200)["items"] == []

    def test_no_answer_to_her_speaks_of_interventions(self, place: Place, mateo: Child) -> None:
        received = write(place)
        receipt = sent(received)
        assert not speaks_of_interventions(received.text)
        for answer in answers_to_her(place, receipt["id"]):
            assert not speaks_of_interventions(answer)
        place.on(MONDAY)
        matched = place.api.post(receipt["next"]["match"], {"student_id": mateo.student_id})
        assert sent(matched, 200)["case_id"] == mateo.case_id
        assert not speaks_of_interventions(matched.text)
        for answer in answers_to_her(place, receipt["id"]):
            assert not speaks_of_interventions(answer)

    def test_sent_twice_with_one_key_it_is_one_letter(self, place: Place) -> None:
        place.on(FRIDAY)
        key = {"Idempotency-Key": "carta-1"}
        first = place.api.post("/v1/referrals", LETTER, headers=key)
        again = place.api.post("/v1/referrals", LETTER, headers=key)
        assert sent(first)["id"] == sent(again)["id"]
        assert len(sent(place.api.get("/v1/referrals"), 200)["items"]) == 1


class TestWhereTheSchoolWouldHaveToWait:
    """The federal default: the teacher's own referral wants documented support first."""

    def test_her_letter_lifts_the_gate(self, district_in: NewPlace) -> None:
        place = district_in()
        mateo = place.child(given_name="Mateo", family_name="Oliveira")
        mateo.teacher_refers("2025-09-11")
        refused = mateo.step("2025-09-11", "request-evaluation")
        refused.must_be_refused_by("STATE-PREREFERRAL-INTERVENTION")
        assert mateo.status == "received"
        assert mateo.deadline("child_find_review")["state"] == "open"

        receipt = sent(write(place))
        place.on(MONDAY)
        matched = place.api.post(receipt["next"]["match"], {"student_id": mateo.student_id})
        assert sent(matched, 200)["case"]["status"] == "evaluation_requested"
        assert not speaks_of_interventions(matched.text)
        found = mateo.explain("request-evaluation").finding("STATE-PREREFERRAL-INTERVENTION")
        assert (found["answer"], found["blocks"]) == ("not_applicable", False)
        # The case has moved on: the look that was owed has been had.
        assert mateo.deadline("child_find_review")["state"] == "met"
        answer = mateo.deadline("answer_to_request")
        assert (answer["started_on"], answer["state"]) == (FRIDAY, "open")
