"""What is refused as impossible beside the rules: it says which member, and stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from tests.scenarios.journey import Child, NewPlace, sent


@pytest.fixture
def child(district_in: NewPlace) -> Child:
    """A pupil whose parent asked for an evaluation."""
    child = district_in().child()
    child.parent_asks("2025-09-08")
    return child


def posted(child: Child, path: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What of a body is refused: where, and why."""
    return wrong(child.api.post(path, body))


def patched(child: Child, path: str, changes: Mapping[str, Any]) -> list[tuple[str, str]]:
    etag = child.api.get(path).headers["ETag"]
    return wrong(child.api.patch(path, changes, etag=etag))


def wrong(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]]


def a_guardian(child: Child, rights: str) -> str:
    body = {
        "given_name": "Robin",
        "family_name": "Rivers",
        "relationship": "parent",
        "educational_rights": rights,
    }
    id: str = sent(child.api.post(f"/v1/students/{child.student_id}/guardians", body))["id"]
    return id


class TestANotice:
    def test_goes_to_nobody_whose_rights_are_restricted(self, child: Child) -> None:
        path = f"/v1/cases/{child.case_id}/notices"
        body = {"kind": "procedural_safeguards", "guardian_id": a_guardian(child, "restricted")}
        assert posted(child, path, body) == [("/guardian_id", "rights_restricted")]
        body["guardian_id"] = a_guardian(child, "confirmed")
        assert sent(child.api.post(path, body))["guardian_id"] == body["guardian_id"]

    def test_goes_to_a_guardian_that_there_is(self, child: Child) -> None:
        body = {"kind": "procedural_safeguards", "guardian_id": str(uuid4())}
        path = f"/v1/cases/{child.case_id}/notices"
        assert posted(child, path, body) == [("/guardian_id", "not_found")]

    def test_goes_to_a_guardian_of_this_child(self, child: Child) -> None:
        other = child.place.child()
        body = {"kind": "procedural_safeguards", "guardian_id": a_guardian(other, "confirmed")}
        path = f"/v1/cases/{child.case_id}/notices"
        assert posted(child, path, body) == [("/guardian_id", "not_found")]

    def test_of_something_says_of_what_before_it_is_issued(self, child: Child) -> None:
        notice = child.notice("prior_written_notice", decision=None, concerning=None)
        issued = child.issue(notice, "2025-09-09").answer
        assert wrong(issued) == [("/decision", "required"), ("/concerning", "required")]
        assert child.api.get(f"/v1/notices/{notice['id']}").get_json()["status"] == "draft"


class TestAConsent:
    def test_that_is_answered_says_when_it_was_received(self, child: Child) -> None:
        asked = child.asked_for_consent("2025-09-09")
        answer = {"answer": "granted", "form": "written", "signed_by": "Dana Rivers"}
        path = f"/v1/consents/{asked['id']}"
        assert patched(child, path, answer) == [("/received_on", "required")]

    def test_is_of_one_guardian(self, child: Child) -> None:
        one, other = a_guardian(child, "confirmed"), a_guardian(child, "confirmed")
        consent = child.consents("2025-09-09", guardian_id=one)
        path = f"/v1/consents/{consent['id']}"
        assert patched(child, path, {"guardian_id": other}) == [("/guardian_id", "on_record")]


class TestACase:
    def test_has_a_champion_who_is_there(self, child: Child) -> None:
        body = {"champion_staff_id": str(uuid4())}
        path = f"/v1/cases/{child.case_id}"
        assert patched(child, path, body) == [("/champion_staff_id", "not_found")]

    def test_has_a_champion_who_still_works_there(self, child: Child) -> None:
        gone = child.place.somebody("teacher")
        path = f"/v1/staff/{gone}"
        etag = child.api.get(path).headers["ETag"]
        sent(child.api.patch(path, {"active": False}, etag=etag), 200)
        body = {"champion_staff_id": gone}
        path = f"/v1/cases/{child.case_id}"
        assert patched(child, path, body) == [("/champion_staff_id", "not_found")]


def test_an_independent_evaluation_is_asked_of_an_evaluation_of_this_case(child: Child) -> None:
    other = child.place.child()
    other.parent_asks("2025-09-08")
    body = {"requested_on": "2025-09-08", "evaluation_id": other.evaluation("2025-09-08")["id"]}
    path = f"/v1/cases/{child.case_id}/independent-evaluation-requests"
    assert posted(child, path, body) == [("/evaluation_id", "another")]
    body["evaluation_id"] = child.evaluation("2025-09-08")["id"]
    assert sent(child.api.post(path, body))["evaluation_id"] == body["evaluation_id"]


@pytest.mark.parametrize(
    ("value", "code"),
    [(None, "null"), ("2025-09-09", "future"), ("2025-9-1", "not_a_date")],
)
def test_the_day_of_a_receipt_is_corrected_to_a_day_that_can_be(
    child: Child, value: str | None, code: str
) -> None:
    (receipt,) = sent(child.api.get(f"/v1/referrals?case_id={child.case_id}"), 200)["items"]
    said = {"field": "received_on", "value": value, "reason": "Misread."}
    path = f"/v1/referrals/{receipt['id']}"
    assert posted(child, f"{path}/corrections", said) == [("/value", code)]
    assert child.api.get(path).get_json()["received_on"] == "2025-09-08"
