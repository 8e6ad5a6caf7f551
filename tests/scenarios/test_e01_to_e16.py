"""Who asks, what must come first and what never may: scenarios E01 to E16 of the law page."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import CAL_A, SEVEN_CONTENTS, NewPlace, refused_by, sent

GATE = "STATE-PREREFERRAL-INTERVENTION"


class TestE01:
    """A parent asks in writing; there were no interventions."""

    def test_the_request_stands_and_nothing_has_to_come_first(self, district_in: NewPlace) -> None:
        child = district_in().child()
        receipt = child.parent_asks("2025-09-10")
        assert receipt["case"]["status"] == "evaluation_requested"
        assert GATE not in {f["rule_id"] for f in receipt["findings"]}
        assert not any(f["blocks"] for f in receipt["findings"])

    def test_the_answer_is_owed_without_a_number_of_days(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        owed = child.deadline("answer_to_request")
        assert (owed["kind"], owed["state"], owed["due_on"]) == ("duty", "open", None)
        assert owed["started_on"] == "2025-09-10"
        assert owed["basis"] == "federal_default"
        assert owed["rule_id"] == "IDEA-REQUEST-DECIDE"

    def test_the_safeguards_are_owed_until_they_are_given(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        assert child.deadline("procedural_safeguards")["started_on"] == "2025-09-10"
        assert child.deadline("procedural_safeguards")["state"] == "open"
        child.given("2025-09-10", "procedural_safeguards")
        assert child.deadline("procedural_safeguards")["state"] == "met"

    def test_the_evaluation_clock_has_not_started(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        assert child.deadlines("initial_evaluation") == []


class TestE02:
    """The same in Texas, whose law counts 15 school days."""

    def test_the_answer_is_due_on_the_fifteenth_school_day(self, district_in: NewPlace) -> None:
        child = district_in("us-tx", CAL_A).child()
        receipt = child.parent_asks("2025-09-10")
        assert receipt["case"]["status"] == "evaluation_requested"
        owed = child.deadline("answer_to_request")
        assert (owed["due_on"], owed["basis"]) == ("2025-10-01", "state")
        assert [c["text"] for c in owed["citations"]] == ["19 TAC 89.1011(b)"]

    def test_without_a_calendar_nothing_is_guessed(self, district_in: NewPlace) -> None:
        child = district_in("us-tx").child()
        child.parent_asks("2025-09-10")
        owed = child.deadline("answer_to_request")
        assert (owed["due_on"], owed["state"]) == (None, "unknown")
        assert owed["needs"]


class TestE04:
    """The district declines, because no disability is suspected, with its whole notice."""

    def test_is_allowed(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        child.given("2025-09-18", decision="refuse", concerning="evaluation")
        declined = child.step(
            "2025-09-18",
            "decline",
            reason_code="no_suspected_disability",
            reason="Grades and screening show none.",
        ).must_be_allowed()
        assert declined.finding("IDEA-PWN")["answer"] == "met"
        assert child.status == "declined"

    def test_the_answer_was_given_and_the_rest_stays_owed(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        child.given("2025-09-18", decision="refuse", concerning="evaluation")
        child.step(
            "2025-09-18", "decline", reason_code="no_suspected_disability", reason="None."
        ).must_be_allowed()
        answer = child.deadline("answer_to_request")
        assert (answer["state"], answer["met_on"]) == ("met", "2025-09-18")
        # Help never depends on eligibility, and the safeguards are owed all the same.
        assert child.owes == {"procedural_safeguards", "offer_support"}

    @pytest.mark.parametrize("code", ["mtss_incomplete", "tier_2_incomplete"])
    def test_unfinished_interventions_are_no_reason(self, district_in: NewPlace, code: str) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        child.given("2025-09-18", decision="refuse", concerning="evaluation")
        refused = child.step("2025-09-18", "decline", reason_code=code, reason="Not done yet.")
        refused.must_be_refused_by("IDEA-REQUEST-NO-RTI-BLOCK")
        assert child.status == "evaluation_requested"
        assert child.deadline("answer_to_request")["state"] == "met"  # the notice is on record


class TestE05:
    """The notice of refusal lacks the other options that were considered."""

    def test_it_is_not_issued_and_stays_a_draft(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        contents = {k: v for k, v in SEVEN_CONTENTS.items() if k != "options_considered"}
        notice = child.notice(decision="refuse", concerning="evaluation", contents=contents)
        found = child.issue(notice, "2025-09-18").must_be_refused_by("IDEA-PWN-CONTENT")
        assert "other options considered" in found["because"]
        assert any("300.503(b)" in citation["text"] for citation in found["citations"])
        stored = sent(child.api.get(f"/v1/notices/{notice['id']}"), 200)
        assert (stored["status"], stored["contents"]["reason"]) == ("draft", contents["reason"])

    def test_the_case_is_not_declined_by_a_draft(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        child.notice(decision="refuse", concerning="evaluation")
        declined = child.step(
            "2025-09-18", "decline", reason_code="no_suspected_disability", reason="None."
        )
        declined.must_be_refused_by("IDEA-PWN")

    def test_whole_it_is_issued(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        notice = child.notice(decision="refuse", concerning="evaluation")
        child.issue(notice, "2025-09-18").must_be_allowed()


class TestE07:
    """A teacher asks; two documented interventions are wanted, one is there."""

    def test_the_step_is_refused_and_the_referral_stands(self, district_in: NewPlace) -> None:
        place = district_in()
        sent(place.chooses(STATE_PREREFERRAL_INTERVENTION={"min_interventions": 2}), 200)
        child = place.child()
        child.helped("2025-08-18", "2025-09-26")
        receipt = child.teacher_refers("2025-09-29")
        found = child.step("2025-09-29", "request-evaluation").must_be_refused_by(GATE)
        assert "1 of 2" in found["because"]
        assert child.status == "received"
        stored = sent(child.api.get(f"/v1/referrals/{receipt['id']}"), 200)
        assert stored["received_on"] == "2025-09-29"

    def test_with_the_second_it_is_allowed(self, district_in: NewPlace) -> None:
        place = district_in()
        sent(place.chooses(STATE_PREREFERRAL_INTERVENTION={"min_interventions": 2}), 200)
        child = place.child()
        child.helped("2025-08-18", "2025-09-26")
        child.helped("2025-08-19", "2025-09-26", outcome="adequate_progress")
        child.teacher_refers("2025-09-29")
        taken = child.step("2025-09-29", "request-evaluation").must_be_allowed()
        assert taken.finding(GATE)["answer"] == "met"


class TestE08:
    """The same with a stated suspicion: the child does not wait."""

    def test_is_allowed_with_the_warning_on_record(self, district_in: NewPlace) -> None:
        place = district_in()
        sent(place.chooses(STATE_PREREFERRAL_INTERVENTION={"min_interventions": 2}), 200)
        child = place.child()
        child.helped("2025-08-18", "2025-09-26")
        child.teacher_refers("2025-09-29")
        suspicion = {
            "staff_id": place.somebody("teacher"),
            "statement": "I suspect a disability; waiting would harm him.",
        }
        taken = child.step("2025-09-29", "request-evaluation", suspicion=suspicion)
        warning = taken.must_be_allowed().finding(GATE)
        assert (warning["answer"], warning["blocks"]) == ("unmet", False)
        assert "1 of 2" in warning["because"]
        assert warning["override"] == {"kind": "bypass", **suspicion}
        assert child.status == "evaluation_requested"
        (step,) = child.case(expand="decisions")["steps_taken"]
        kept = {f["rule_id"]: f for f in step["decision"]["findings"]}
        assert kept[GATE]["override"]["statement"] == suspicion["statement"]


class TestE10:
    """A teacher in the District of Columbia asks; there were no interventions."""

    def test_the_referral_is_a_request_at_once(self, district_in: NewPlace) -> None:
        child = district_in("us-dc").child()
        receipt = child.teacher_refers("2025-09-10")
        assert receipt["case"]["status"] == "evaluation_requested"
        found = child.explain("request-evaluation").finding(GATE)
        assert (found["answer"], found["blocks"]) == ("not_applicable", False)
        assert child.due("obtain_consent") == "2025-10-10"
        assert child.due("begin_consent_efforts") == "2025-09-24"


class TestE11:
    """A Texas district wants six weeks of Tier 2 first."""

    def test_the_setting_is_refused(self, district_in: NewPlace) -> None:
        place = district_in("us-tx")
        answer = place.chooses(STATE_PREREFERRAL_INTERVENTION={"min_weeks": 6})
        (found,) = refused_by(answer, "TX-NO-MIN-INTERVENTION")["findings"]
        assert any("89.1011(a)" in citation["text"] for citation in found["citations"])
        assert sent(place.api.get(f"/v1/districts/{place.id}"), 200)["settings"] == {}

    def test_where_the_state_says_nothing_it_is_allowed(self, district_in: NewPlace) -> None:
        place = district_in()
        answer = place.chooses(STATE_PREREFERRAL_INTERVENTION={"min_weeks": 6})
        assert sent(answer, 200)["settings"]["rules"][GATE] == {"min_weeks": 6}


class TestE13:
    """A physician refers in writing in Wisconsin, and told the parent."""

    def test_is_answered_in_fifteen_business_days(self, district_in: NewPlace) -> None:
        child = district_in("us-wi").child()
        receipt = child.referred("2025-09-10", "physician", parent_informed=True)
        assert receipt["case"]["status"] == "evaluation_requested"
        owed = child.deadline("answer_to_request")
        assert (owed["due_on"], owed["rule_id"]) == ("2025-10-01", "IDEA-REQUEST-DECIDE")
        assert any("115.777" in citation["text"] for citation in owed["citations"])
        assert child.deadlines("initial_evaluation") == []
        (who,) = (f for f in receipt["findings"] if f["rule_id"] == "IDEA-REQUEST-WHO")
        assert (who["answer"], "115.777(1)(a)" in who["because"]) == ("met", True)

    def test_in_texas_it_is_a_request_to_which_no_number_of_days_belongs(
        self, district_in: NewPlace
    ) -> None:
        """C.5: anybody involved in the education or care may ask; the 15 days are a parent's."""
        child = district_in("us-tx", CAL_A).child()
        receipt = child.referred("2025-09-10", "physician")
        assert receipt["case"]["status"] == "evaluation_requested"
        assert child.deadlines("answer_to_request", "answer_physician_referral") == []
        owed = child.deadline("answer_to_other_request")
        assert (owed["kind"], owed["state"], owed["due_on"]) == ("duty", "open", None)
        assert [c["text"] for c in owed["citations"]] == ["19 TAC 89.1011(a)"]
        child.parent_asks("2025-09-12")
        assert child.due("answer_to_request") == "2025-10-03"
        child.given("2025-09-19", decision="refuse", concerning="evaluation")
        assert child.deadline("answer_to_other_request")["state"] == "met"


class TestE14:
    """A physician refers in the District of Columbia."""

    def test_a_child_of_four_is_asked_for(self, district_in: NewPlace) -> None:
        child = district_in("us-dc").child(born="2021-03-02")
        receipt = child.referred("2025-09-10", "physician")
        assert receipt["case"]["status"] == "evaluation_requested"
        assert child.deadline("answer_to_request")["state"] == "open"
        assert child.due("obtain_consent") == "2025-10-10"
        assert child.deadlines("answer_physician_referral") == []

    def test_a_child_of_nine_is_told_of(self, district_in: NewPlace) -> None:
        child = district_in("us-dc").child(born="2016-03-02")
        receipt = child.referred("2025-09-10", "physician")
        assert receipt["case"]["status"] == "received"
        who = next(f for f in receipt["findings"] if f["rule_id"] == "IDEA-REQUEST-WHO")
        assert (who["answer"], who["blocks"]) == ("unmet", False)
        assert child.deadlines("answer_to_request", "obtain_consent") == []
        task = child.deadline("answer_physician_referral")
        assert (task["state"], task["due_on"]) == ("open", None)

    @pytest.mark.parametrize(
        ("born", "status"), [("2019-09-11", "evaluation_requested"), ("2019-09-10", "received")]
    )
    def test_the_sixth_birthday_is_the_line(
        self, district_in: NewPlace, born: str, status: str
    ) -> None:
        child = district_in("us-dc").child(born=born)
        assert child.referred("2025-09-10", "physician")["case"]["status"] == status


class TestE16:
    """A district wants a diagnosis before anything under Section 504."""

    def test_the_setting_is_refused(self, district_in: NewPlace) -> None:
        place = district_in()
        chosen = {"504-DIAGNOSIS-NOT-REQUIRED": {"diagnosis_required_first": True}}
        (found,) = refused_by(place.chooses(**chosen), "504-DIAGNOSIS-NOT-REQUIRED")["findings"]
        assert any("104.35" in citation["text"] for citation in found["citations"])
        assert sent(place.api.get(f"/v1/districts/{place.id}"), 200)["settings"] == {}
