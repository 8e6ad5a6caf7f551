"""Records in 45 days, an independent evaluation, disputes: beside the evaluation itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.journey import Child, Json, NewPlace, Outcome, Place, sent
from tests.scenarios.plans import served, step


def evaluated(district_in: NewPlace, state: str = "us") -> Child:
    """A child whose evaluation by the district was complete on 2025-10-20."""
    child = district_in(state).child()
    child.evaluated_from("2025-09-15")
    child.evaluation("2025-10-20", suspected_areas=["reading"], report_completed_on="2025-10-20")
    return child


def asks_independent(child: Child, on: str) -> Json:
    child.place.on(on)
    at = f"/v1/cases/{child.case_id}/independent-evaluation-requests"
    return sent(child.api.post(at, {"requested_on": on}))


def answered(child: Child, request: Json, on: str, how: str) -> Outcome:
    child.place.on(on)
    at = f"/v1/independent-evaluation-requests/{request['id']}/steps/{how}"
    return Outcome(child.api.post(at, {}))


class TestRecords:
    """IDEA-ACCESS-45: 300.613 and 99.10(b)."""

    def asked(self, district_in: NewPlace) -> tuple[Child, str]:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        child.place.on("2025-09-10")
        body = {"student_id": child.student_id, "requested_on": "2025-09-10"}
        made = sent(child.api.post("/v1/records-requests", body))
        assert made["case_id"] == child.case_id
        return child, f"/v1/records-requests/{made['id']}"

    def test_are_shown_within_45_days(self, district_in: NewPlace) -> None:
        child, path = self.asked(district_in)
        assert child.due("records_access") == "2025-10-25"
        child.place.on("2025-09-22")
        child.patched(path, {"given_on": "2025-09-22"})
        owed = child.deadline("records_access")
        assert (owed["state"], owed["met_on"]) == ("met", "2025-09-22")

    def test_are_late_the_day_after(self, district_in: NewPlace) -> None:
        child, path = self.asked(district_in)
        child.place.on("2025-10-26")
        child.patched(path, {"given_on": "2025-10-26"})
        assert child.deadline("records_access")["state"] == "late"

    def test_a_correction_keeps_the_days_in_order(self, district_in: NewPlace) -> None:
        child, path = self.asked(district_in)
        child.place.on("2025-09-22")
        child.patched(path, {"given_on": "2025-09-22"})
        said = {"field": "given_on", "value": "2025-09-09", "reason": "Misread."}
        refused = child.api.post(f"{path}/corrections", said)
        assert refused.status_code == 422, refused.text
        (error,) = refused.get_json()["errors"]
        assert (error["pointer"], error["code"]) == ("", "order")
        assert child.api.get(path).get_json()["given_on"] == "2025-09-22"

    def test_are_given_after_they_were_asked_for(self, district_in: NewPlace) -> None:
        child, path = self.asked(district_in)
        etag = child.api.get(path).headers["ETag"]
        answer = child.api.patch(path, {"given_on": "2025-09-09"}, etag=etag)
        assert answer.status_code == 422

    def test_of_a_child_without_a_case_are_asked_for_too(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.place.on("2025-09-10")
        body = {"student_id": child.student_id, "requested_on": "2025-09-10"}
        assert sent(child.api.post("/v1/records-requests", body))["case_id"] is None


class TestAnIndependentEvaluation:
    """IDEA-IEE: 300.502(b)."""

    def test_is_provided(self, district_in: NewPlace) -> None:
        child = evaluated(district_in)
        request = asks_independent(child, "2025-11-03")
        assert child.deadline("independent_evaluation")["state"] == "open"
        answered(child, request, "2025-11-10", "provide").must_be_allowed()
        owed = child.deadline("independent_evaluation")
        assert (owed["state"], owed["met_on"]) == ("met", "2025-11-10")

    def test_is_not_denied(self, district_in: NewPlace) -> None:
        child = evaluated(district_in)
        request = asks_independent(child, "2025-11-03")
        answered(child, request, "2025-11-10", "decline").must_be_refused_by("IDEA-IEE")
        assert child.deadline("independent_evaluation")["state"] == "open"

    def test_or_the_district_files_to_defend_its_own(self, district_in: NewPlace) -> None:
        child = evaluated(district_in)
        request = asks_independent(child, "2025-11-03")
        answered(child, request, "2025-11-10", "defend").must_be_refused_by("IDEA-IEE")
        child.disputed("2025-11-12", about="independent_evaluation")
        answered(child, request, "2025-11-12", "defend").must_be_allowed()

    def test_is_owed_once_for_each_evaluation(self, district_in: NewPlace) -> None:
        child = evaluated(district_in)
        first = asks_independent(child, "2025-11-03")
        answered(child, first, "2025-11-10", "provide").must_be_allowed()
        again = asks_independent(child, "2025-12-01")
        answered(child, again, "2025-12-02", "decline").must_be_allowed()

    def test_is_of_an_evaluation_that_there_is(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.evaluated_from("2025-09-15")
        request = asks_independent(child, "2025-09-22")
        answered(child, request, "2025-09-23", "decline").must_be_allowed()

    def test_is_answered_within_30_days_in_maryland(self, district_in: NewPlace) -> None:
        child = evaluated(district_in, "us-md")
        asks_independent(child, "2025-11-03")
        assert child.due("independent_evaluation") == "2025-12-03"


class TestADispute:
    """It moves no clock, and the safeguards are given once more."""

    def test_stops_no_evaluation(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.evaluated_from("2025-09-15")
        child.disputed("2025-09-22", filed_by="parent", about="placement")
        clock = child.deadline("initial_evaluation")
        assert (clock["due_on"], clock["state"]) == ("2025-11-14", "running")

    def test_owes_the_safeguards_the_first_time_in_a_school_year(
        self, district_in: NewPlace
    ) -> None:
        child = district_in().child()
        child.evaluated_from("2025-09-15")
        child.disputed("2025-09-22", filed_by="parent")
        child.disputed("2025-09-29", filed_by="parent")
        (owed,) = child.deadlines("procedural_safeguards_again")
        assert (owed["started_on"], owed["state"]) == ("2025-09-22", "open")
        child.disputed("2025-10-06", filed_by="parent", kind="state_complaint")
        child.given("2025-10-06", "procedural_safeguards")
        owed_now = child.deadlines("procedural_safeguards_again")
        assert [d["state"] for d in owed_now] == ["met", "met"]
        child.disputed("2026-07-01", filed_by="parent")
        assert len(child.deadlines("procedural_safeguards_again")) == 3

    @pytest.mark.parametrize("ended", [{"ended_on": "2025-10-06"}, {"outcome": "settled"}])
    def test_ends_with_an_outcome_on_a_day(self, district_in: NewPlace, ended: Any) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        made = child.disputed("2025-09-22")
        path = f"/v1/disputes/{made['id']}"
        child.place.on("2025-10-06")
        etag = child.api.get(path).headers["ETag"]
        assert child.api.patch(path, ended, etag=etag).status_code == 422

    def test_that_was_withdrawn_replaces_no_consent(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-08")
        asked = child.proposed("2025-09-12")
        child.consents("2025-09-15", asked, answer="refused", signed_by=None, signed_on=None)
        child.step("2025-09-15", "record-refusal").must_be_allowed()
        ended = {"ended_on": "2025-11-03", "outcome": "withdrawn", "filed_on": "2025-09-22"}
        child.disputed("2025-11-03", about="consent_to_evaluate", **ended)
        body = {
            "purpose": "initial_evaluation",
            "stands_in": "hearing_order",
            "answer": "granted",
            "received_on": "2025-11-03",
        }
        sent(child.api.post(f"/v1/cases/{child.case_id}/consents", body))
        child.step("2025-11-04", "start-evaluation").must_be_refused_by("IDEA-CONSENT-EVAL")


class TestTheSafeguardsNotice:
    """IDEA-PSN: once a school year, and whenever a parent asks (300.504(a))."""

    def asked(self, child: Child, on: str) -> str:
        child.place.on(on)
        said = {"requested_on": on, "asks_for": "procedural_safeguards"}
        body = {"student_id": child.student_id, **said}
        return f"/v1/records-requests/{sent(child.api.post('/v1/records-requests', body))['id']}"

    def test_is_owed_to_a_parent_who_asks_for_it(self, district_in: NewPlace) -> None:
        child = district_in().child().evaluated_from("2025-09-15")
        self.asked(child, "2025-10-06")
        owed = child.deadline("requested_safeguards")
        assert (owed["state"], owed["due_on"], owed["rule_id"]) == ("open", None, "IDEA-PSN")
        assert child.deadlines("records_access") == []
        child.given("2025-10-08", "procedural_safeguards")
        owed = child.deadline("requested_safeguards")
        assert (owed["state"], owed["met_on"]) == ("met", "2025-10-08")

    def test_is_owed_to_a_parent_without_a_case(self, district_in: NewPlace) -> None:
        child = district_in().child()
        path = self.asked(child, "2025-10-06")
        query = {"student_id": child.student_id}
        (owed,) = sent(child.api.get("/v1/deadlines", query_string=query), 200)["items"]
        assert (owed["term"], owed["state"]) == ("requested_safeguards", "open")
        child.patched(path, {"given_on": "2025-10-06"})
        (owed,) = sent(child.api.get("/v1/deadlines", query_string=query), 200)["items"]
        assert (owed["state"], owed["met_on"]) == ("met", "2025-10-06")

    def test_asked_for_by_mistake_becomes_a_request_for_records(
        self, district_in: NewPlace
    ) -> None:
        child = district_in().child().evaluated_from("2025-09-15")
        path = self.asked(child, "2025-10-06")
        said = {"field": "asks_for", "value": "records", "reason": "The wrong box was ticked."}
        sent(child.api.post(f"{path}/corrections", said))
        assert child.due("records_access") == "2025-11-20"
        assert child.deadlines("requested_safeguards") == []

    def test_of_the_year_is_the_one_that_was_given_in_it(self, district_in: NewPlace) -> None:
        child = district_in().child().evaluated_from("2025-09-15")
        served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        first, second = child.deadlines("yearly_safeguards")
        assert (first["state"], first["met_on"]) == ("met", "2025-12-15")
        assert (second["state"], second["due_on"]) == ("running", "2027-06-30")
        child.given("2026-02-02", "procedural_safeguards")
        assert child.deadlines("yearly_safeguards") == [first, second]
        child.given("2026-09-07", "procedural_safeguards")
        _, second, third = child.deadlines("yearly_safeguards")
        assert (second["state"], second["met_on"]) == ("met", "2026-09-07")
        assert (third["state"], third["due_on"]) == ("running", "2028-06-30")
        owed = "Give the parent the procedural safeguards notice of the school year"
        titles = [one["title"] for one in (first, second, third)]
        assert titles == [f"{owed} {year}" for year in ("2025-26", "2026-27", "2027-28")]

    def test_that_comes_after_its_school_year_is_late(self, district_in: NewPlace) -> None:
        child = district_in().child().evaluated_from("2025-09-15")
        served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        child.given("2027-07-01", "procedural_safeguards")
        _, second, third = child.deadlines("yearly_safeguards")
        assert (second["state"], second["met_on"]) == ("late", "2027-07-01")
        assert third["due_on"] == "2029-06-30"

    def test_given_in_a_later_case_counts_too(self, district_in: NewPlace) -> None:
        child = district_in().child().evaluated_from("2025-09-15")
        served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        first_case = child.case_id
        child.parent_asks("2026-10-05")
        assert child.case_id != first_case
        child.given("2026-10-06", "procedural_safeguards")
        child.case_id, second_case = first_case, child.case_id
        _, second, _ = child.deadlines("yearly_safeguards")
        assert (second["state"], second["met_on"]) == ("met", "2026-10-06")
        child.case_id = second_case
        assert child.deadlines("yearly_safeguards") == []

    def test_is_not_owed_any_more_when_services_ended(self, district_in: NewPlace) -> None:
        child = district_in().child().evaluated_from("2025-09-15")
        plan = served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        step(child, plan, "2026-01-20", "end", reason_code="moved").must_be_allowed()
        _, second = child.deadlines("yearly_safeguards")
        assert second["state"] == "excused"


class TestTheDistrictsYearlyNotice:
    """504-CHILDFIND: 104.32, a duty that belongs to no child."""

    def owed(self, place: Place) -> Json:
        district = sent(place.api.get(f"/v1/districts/{place.id}"), 200)
        (duty,) = (one for one in district["duties"] if one["rule_id"] == "504-CHILDFIND")
        return dict(duty)

    def test_is_owed_by_the_end_of_the_school_year(self, district_in: NewPlace) -> None:
        place = district_in().on("2025-09-10")
        owed = self.owed(place)
        assert (owed["rule_id"], owed["due_on"]) == ("504-CHILDFIND", "2026-06-30")
        assert (owed["last_done_on"], owed["owner_staff_id"]) == (None, None)
        assert owed["citations"][0]["text"] == "34 CFR 104.32"

    def test_given_is_owed_again_the_next_year(self, district_in: NewPlace) -> None:
        place = district_in().on("2025-09-10")
        director = place.somebody("administrator")
        said = {"given_on": "2025-09-08", "means": "Letters.", "owner_staff_id": director}
        made = sent(place.api.post("/v1/child-find-notices", said))
        owed = self.owed(place)
        assert (owed["last_done_on"], owed["due_on"]) == ("2025-09-08", "2027-06-30")
        assert (owed["owner_staff_id"], owed["overdue"]) == (director, False)
        listed = sent(place.api.get("/v1/child-find-notices"), 200)["items"]
        assert [one["id"] for one in listed] == [made["id"]]
        assert self.owed(place.on("2027-06-30"))["overdue"] is False
        assert self.owed(place.on("2027-07-01"))["overdue"] is True

    def test_is_not_of_a_day_to_come(self, district_in: NewPlace) -> None:
        place = district_in().on("2025-09-10")
        said = {"given_on": "2025-09-11", "means": "Letters."}
        assert place.api.post("/v1/child-find-notices", said).status_code == 422
