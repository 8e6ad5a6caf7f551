"""A closure entered late, and a setting, move the dates of a case that is over, too."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import CAL_M, Child, NewPlace, sent


@pytest.fixture
def declined(district_in: NewPlace) -> Child:
    """Asked for in Michigan on 2025-09-15, answered on September 26, and nothing is owed."""
    child = district_in("us-mi", CAL_M).child()
    child.parent_asks("2025-09-15")
    child.given("2025-09-15", "procedural_safeguards")
    child.helped("2025-09-16", "2025-09-25", ended_on=None, outcome=None)
    child.given("2025-09-26", decision="refuse", concerning="evaluation")
    reason = {"reason_code": "no_suspected_disability", "reason": "As the notice says."}
    child.step("2025-09-26", "decline", **reason).must_be_allowed()
    assert child.owes == set()
    assert child.due("answer_to_request") == "2025-09-29"
    return child


def closed(child: Child, day: str, *, entered: str) -> None:
    """School was closed on a day, and it is entered in the district's calendar."""
    child.place.on(entered)
    (year,) = (
        one
        for one in sent(child.api.get("/v1/school-calendars"), 200)["items"]
        if one["first_day"] <= day <= one["last_day"]
    )
    off = {"name": "Water main", "from": day, "kind": "closure"}
    child.patched(f"/v1/school-calendars/{year['id']}", {"days_off": [*year["days_off"], off]})


def test_before_the_due_date_it_is_later(declined: Child) -> None:
    closed(declined, "2025-09-18", entered="2025-10-06")
    listed = declined.deadline("answer_to_request")
    assert (listed["due_on"], listed["state"]) == ("2025-09-30", "met")
    told = sent(declined.api.get(f"/v1/deadlines/{listed['id']}"), 200)
    assert told["due_on"] == listed["due_on"]


def test_after_the_due_date_it_stays(declined: Child) -> None:
    closed(declined, "2025-10-02", entered="2025-10-06")
    assert declined.due("answer_to_request") == "2025-09-29"


def test_an_answer_that_was_late_was_in_time_after_all(district_in: NewPlace) -> None:
    child = district_in("us-mi", CAL_M).child()
    child.parent_asks("2025-09-15")
    child.given("2025-09-15", "procedural_safeguards")
    child.helped("2025-09-16", "2025-09-25", ended_on=None, outcome=None)
    child.given("2025-09-30", decision="refuse", concerning="evaluation")
    reason = {"reason_code": "no_suspected_disability", "reason": "As the notice says."}
    child.step("2025-09-30", "decline", **reason).must_be_allowed()
    assert (child.owes, child.deadline("answer_to_request")["state"]) == (set(), "late")
    closed(child, "2025-09-18", entered="2025-10-06")
    assert child.deadline("answer_to_request")["state"] == "met"


def test_a_setting_moves_them_too(declined: Child) -> None:
    declined.place.on("2025-10-06")
    path = f"/v1/districts/{declined.place.id}"
    declined.patched(path, {"settings": {"count_trigger_day": True}})
    listed = declined.deadline("answer_to_request")
    assert (listed["due_on"], listed["state"]) == ("2025-09-26", "met")
    told = sent(declined.api.get(f"/v1/deadlines/{listed['id']}"), 200)
    assert told["due_on"] == listed["due_on"]
    declined.patched(path, {"settings": {}})
    assert declined.due("answer_to_request") == "2025-09-29"
    assert sent(declined.api.post("/v1/deadlines/rebuild"), 200)["changed"] == 0
