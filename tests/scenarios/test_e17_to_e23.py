"""Consent and its clock: scenarios E17 to E23 of the law page, and Texas by its table B.3.1."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import CAL_A, Child, NewPlace, sent


class TestE17:
    """The agency receives consent on 2025-09-15."""

    @pytest.mark.parametrize(
        ("state", "due_on", "basis"),
        [
            pytest.param("us", "2025-11-14", "federal_default", id="default"),
            pytest.param("us-tx", "2025-11-19", "state", id="Texas"),
            pytest.param("us-wi", "2025-11-14", "state", id="Wisconsin"),
            pytest.param("us-dc", "2025-11-14", "state", id="District of Columbia"),
        ],
    )
    def test_the_evaluation_is_due(
        self, district_in: NewPlace, state: str, due_on: str, basis: str
    ) -> None:
        child = district_in(state, CAL_A).child().evaluated_from("2025-09-15")
        clock = child.deadline("initial_evaluation")
        assert (clock["started_on"], clock["due_on"]) == ("2025-09-15", due_on)
        assert (clock["state"], clock["provisional"]) == ("running", False)
        assert (clock["basis"], clock["rule_id"]) == (basis, "IDEA-EVAL-CLOCK")

    def test_the_day_received_counts_and_not_the_day_signed(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        asked = child.proposed("2025-09-05")
        child.consents("2025-09-15", asked, signed_on="2025-09-08")
        assert child.due("initial_evaluation") == "2025-11-14"


class TestTexas:
    """B.3.1: the table over HTTP, on calendar CAL-A."""

    @pytest.mark.parametrize(
        ("consent", "absences", "due_on"),
        [
            ("2025-09-10", (), "2025-11-14"),
            ("2025-09-10", ("2025-09-16", "2025-09-17"), "2025-11-14"),
            (
                "2025-09-10",
                ("2025-09-16", "2025-09-17", "2025-09-18", "2025-10-14"),
                "2025-11-20",
            ),
            ("2026-03-25", (), "2026-05-29"),
            ("2026-03-26", (), "2026-06-30"),
            ("2026-04-01", ("2026-04-07", "2026-04-08", "2026-04-09"), "2026-08-26"),
            ("2026-04-01", ("2026-04-07", "2026-04-08"), "2026-06-30"),
            ("2026-04-09", (), "2026-06-30"),
            ("2026-04-13", (), "2026-09-01"),
        ],
    )
    def test_the_report_is_due(
        self, district_in: NewPlace, consent: str, absences: tuple[str, ...], due_on: str
    ) -> None:
        child = district_in("us-tx", CAL_A).child().evaluated_from(consent)
        child.place.on("2026-06-15")
        child.absent(*absences)
        assert child.due("initial_evaluation") == due_on

    def test_a_day_off_is_no_absence(self, district_in: NewPlace) -> None:
        child = district_in("us-tx", CAL_A).child().evaluated_from("2025-09-10")
        child.place.on("2025-11-12")
        child.absent("2025-09-16", "2025-09-17", "2025-10-13", "2025-11-11")
        assert child.due("initial_evaluation") == "2025-11-14"

    @pytest.mark.parametrize(
        ("consent", "report", "due_on"),
        [
            ("2025-09-10", "2025-11-12", "2025-12-12"),
            pytest.param("2026-03-26", "2026-06-30", "2026-09-04", id="over the summer"),
        ],
    )
    def test_the_committee_meets(
        self, district_in: NewPlace, consent: str, report: str, due_on: str
    ) -> None:
        child = district_in("us-tx", CAL_A).child().evaluated_from(consent)
        child.evaluation(report, suspected_areas=["reading"], report_completed_on=report)
        assert child.due("eligibility_meeting") == due_on
        assert child.deadline("initial_evaluation")["state"] == "met"

    def test_the_days_that_counted_are_shown(self, district_in: NewPlace) -> None:
        child = district_in("us-tx", CAL_A).child().evaluated_from("2025-09-10")
        clock = child.deadline("initial_evaluation")
        ledger = sent(child.api.get(f"/v1/deadlines/{clock['id']}/ledger"), 200)
        counted = [day for day in ledger["items"] if day["counted"]]
        assert (len(counted), counted[-1]["day"]) == (45, "2025-11-14")
        assert "2025-10-13" not in {day["day"] for day in counted}


class TestE19:
    """The consent form is dated before the parent had any notice."""

    def test_the_step_is_refused(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-08")
        asked = child.proposed("2025-09-12")
        child.consents("2025-09-15", asked, signed_on="2025-09-10")
        started = child.step("2025-09-15", "start-evaluation")
        found = started.must_be_refused_by("IDEA-CONSENT-EVAL")
        assert any("300.300(a)(1)(i)" in citation["text"] for citation in found["citations"])
        assert "2025-09-10" in found["because"]

    def test_the_consent_is_kept_and_its_clock_runs(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-08")
        asked = child.proposed("2025-09-12")
        child.consents("2025-09-15", asked, signed_on="2025-09-10")
        child.step("2025-09-15", "start-evaluation")
        stored = sent(child.api.get(f"/v1/consents/{asked['id']}"), 200)
        assert (stored["answer"], stored["signed_on"]) == ("granted", "2025-09-10")
        clock = child.deadline("initial_evaluation")
        assert (clock["due_on"], clock["state"]) == ("2025-11-14", "running")
        assert clock["provisional"] is True

    def test_a_consent_after_both_notices_opens_the_way(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-08")
        asked = child.proposed("2025-09-12")
        child.consents("2025-09-15", asked, signed_on="2025-09-10")
        child.consents("2025-09-18")
        child.step("2025-09-18", "start-evaluation").must_be_allowed()
        # What came first is when the agency had it: the clock does not begin anew.
        assert child.due("initial_evaluation") == "2025-11-14"


class TestE20:
    """Every pupil's reading is screened; nobody asks for consent."""

    def test_there_is_no_clock_and_no_breach(self, district_in: NewPlace) -> None:
        child = district_in().child()
        receipt = child.teacher_refers("2025-09-10", from_screening=True)
        found = {f["rule_id"]: f for f in receipt["findings"]}["IDEA-SCREENING-NOT-EVAL"]
        assert (found["answer"], found["blocks"]) == ("met", False)
        evaluation = child.evaluation("2025-09-10")
        screened = child.assessment(evaluation, "2025-09-10", origin="screening")
        assert (screened["breach"], screened["breach_because"]) == (False, None)
        assert child.deadlines("initial_evaluation", "answer_to_request") == []

    def test_a_screening_refers_nobody_and_the_schools_own_request_does(
        self, district_in: NewPlace
    ) -> None:
        """300.504(a)(1): the safeguards notice is due upon the initial referral."""
        child = district_in().child()
        receipt = child.teacher_refers("2025-09-10", from_screening=True)
        told = {f["rule_id"]: f["answer"] for f in receipt["findings"]}
        assert told["IDEA-PSN"] == "not_applicable"
        assert child.deadlines("procedural_safeguards") == []
        suspicion = {"staff_id": child.place.somebody("teacher"), "statement": "I suspect ADHD."}
        child.step("2025-09-24", "request-evaluation", suspicion=suspicion).must_be_allowed()
        assert child.deadline("procedural_safeguards")["started_on"] == "2025-09-24"

    def test_a_test_of_the_agency_that_day_is_a_breach(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.teacher_refers("2025-09-10", from_screening=True)
        tested = child.assessment(child.evaluation("2025-09-10"), "2025-09-10")
        assert tested["breach"] is True
        assert "300.300(a)(1)(i)" in tested["breach_because"]


class TestE22:
    """The parent of a home-schooled child refuses, and the district opens an override."""

    def refused(self, district_in: NewPlace, placement: str) -> Child:
        child = district_in().child(placement=placement)
        child.parent_asks("2025-09-08")
        asked = child.proposed("2025-09-12")
        child.consents("2025-09-15", asked, answer="refused", signed_by=None, signed_on=None)
        child.step("2025-09-15", "record-refusal").must_be_allowed()
        return child

    @pytest.mark.parametrize("placement", ["home_schooled", "parentally_placed_private"])
    def test_the_override_is_refused(self, district_in: NewPlace, placement: str) -> None:
        child = self.refused(district_in, placement)
        sought = child.step("2025-09-22", "seek-override", purpose="initial_evaluation")
        found = sought.must_be_refused_by("IDEA-CONSENT-REFUSED-PRIVATE")
        assert any("300.300(d)(4)" in citation["text"] for citation in found["citations"])
        assert child.status == "consent_refused"

    def test_an_order_that_came_all_the_same_opens_nothing(self, district_in: NewPlace) -> None:
        child = self.refused(district_in, "home_schooled")
        child.ordered("2025-11-03")
        started = child.step("2025-11-04", "start-evaluation")
        started.must_be_refused_by("IDEA-CONSENT-REFUSED-PRIVATE")

    def test_of_a_public_pupil_it_may_be_sought_and_need_not(self, district_in: NewPlace) -> None:
        child = self.refused(district_in, "public")
        sought = child.step("2025-09-22", "seek-override", purpose="initial_evaluation")
        assert (
            "need not" in sought.must_be_allowed().finding("IDEA-CONSENT-REFUSED-EVAL")["because"]
        )
        assert child.status == "consent_refused"
        child.ordered("2025-11-03")
        child.step("2025-11-04", "start-evaluation").must_be_allowed()
        assert child.due("initial_evaluation") == "2026-01-02"


class TestE23:
    """(a) Consent to the initial evaluation stays unanswered after three logged attempts."""

    def test_the_evaluation_does_not_start(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.teacher_refers("2025-09-02")
        suspicion = {"staff_id": child.place.somebody("teacher"), "statement": "I suspect ADHD."}
        child.step("2025-09-02", "request-evaluation", suspicion=suspicion).must_be_allowed()
        asked = child.proposed("2025-09-05")
        for day, mode in (
            ("2025-09-10", "phone"),
            ("2025-09-16", "letter"),
            ("2025-09-22", "visit"),
        ):
            child.place.on(day)
            tried = {"attempted_on": day, "mode": mode, "result": "Nobody was there."}
            sent(child.api.post(f"/v1/consents/{asked['id']}/attempts", tried))
        refused = child.step("2025-09-23", "start-evaluation")
        refused.must_be_refused_by("IDEA-CONSENT-EVAL", "IDEA-CONSENT-REFUSED-EVAL")
        found = refused.finding("IDEA-CONSENT-REFUSED-EVAL")
        assert any("300.300(a)(3)" in citation["text"] for citation in found["citations"])
        assert "may, and need not" in found["remedy"]

        marked = child.step("2025-09-23", "mark-unanswered").must_be_allowed()
        assert marked.finding("IDEA-CONSENT-EFFORTS")["answer"] == "met"
        assert child.status == "consent_unanswered"
        child.step("2025-09-24", "start-evaluation").must_be_refused_by(
            "IDEA-CONSENT-EVAL", "IDEA-CONSENT-REFUSED-EVAL"
        )
        assert child.deadlines("initial_evaluation") == []

    def test_without_logged_attempts_nobody_is_unanswering(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        child.proposed("2025-09-05")
        marked = child.step("2025-09-23", "mark-unanswered")
        marked.must_be_refused_by("IDEA-CONSENT-EFFORTS")

    def test_a_later_consent_opens_the_way(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        asked = child.proposed("2025-09-05")
        tried = {"attempted_on": "2025-09-10", "mode": "phone", "result": "Nobody answered."}
        child.place.on("2025-09-10")
        sent(child.api.post(f"/v1/consents/{asked['id']}/attempts", tried))
        child.step("2025-09-23", "mark-unanswered").must_be_allowed()
        child.consents("2025-09-25", asked)
        child.step("2025-09-25", "start-evaluation").must_be_allowed()
        assert child.due("initial_evaluation") == "2025-11-24"
