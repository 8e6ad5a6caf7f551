"""Students who are served are evaluated again: scenario E23 (b), and the rules around it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.journey import CAL_A, Child, Json, NewPlace, sent
from tests.scenarios.plans import served, step

ORDER = {
    "rule_id": "IDEA-CONSENT-REEVAL",
    "reason": "The old tests tell nothing any more.",
    "authority": "Order of hearing officer L. Brandt, 2028-10-02",
}


@pytest.fixture
def child(district_in: NewPlace) -> Child:
    """Found eligible on 2025-11-14, served since 2025-12-15, US-DEFAULT."""
    return served_child(district_in)


def served_child(district_in: NewPlace, *place: Any, **who: Any) -> Child:
    child = district_in(*place).child(**who).evaluated_from("2025-09-15")
    served(child, "2025-11-14", "2025-12-05", "2025-12-15")
    return child


def findings(receipt: Json) -> dict[str, Json]:
    return {found["rule_id"]: found for found in receipt["findings"]}


def proposed(child: Child, on: str, **details: Any) -> Json:
    """Both notices, consent to new assessments asked for, and the step."""
    child.told_of_evaluation(on)
    asked = child.asked_for_consent(on, purpose="reevaluation")
    child.step(on, "propose-evaluation", **details).must_be_allowed()
    return asked


def tried(child: Child, asked: Json, *days: str) -> None:
    for day, mode in zip(days, ("phone", "letter", "visit"), strict=False):
        child.place.on(day)
        effort = {"attempted_on": day, "mode": mode, "result": "Nobody was there."}
        sent(child.api.post(f"/v1/consents/{asked['id']}/attempts", effort))


def assessed(child: Child, on: str, **more: Any) -> Json:
    """The evaluation with its review of existing data, an assessment, and the report."""
    evaluation = child.evaluation(
        on,
        suspected_areas=["reading"],
        existing_data=[
            "parent_information",
            "assessments",
            "classroom_observations",
            "provider_observations",
        ],
        existing_data_reviewed_on=on,
        report_completed_on=on,
        **more,
    )
    return child.assessment(evaluation, on)


def anew(child: Child, on: str, **more: Any) -> Json:
    """The group decides again, and the case is determined."""
    child.step(on, "complete-evaluation").must_be_allowed()
    draft = child.idea(on, **more)
    child.finalize(draft).must_be_allowed()
    child.step(on, "determine").must_be_allowed()
    return draft


class TestThePath:
    def test_a_request_for_a_student_who_is_served_opens_a_reevaluation(self, child: Child) -> None:
        first = child.case_id
        receipt = child.parent_asks("2028-09-05")
        assert child.case_id != first
        assert (child.case()["path"], child.status) == ("reevaluation", "evaluation_requested")
        found = findings(receipt)["IDEA-REEVAL-TRIGGER"]
        assert (found["answer"], found["blocks"]) == ("met", False)
        assert any("300.303(a)" in citation["text"] for citation in found["citations"])
        assert findings(receipt)["IDEA-REQUEST-WHO"]["answer"] == "not_applicable"
        listed = sent(child.api.get("/v1/cases?path=reevaluation"), 200)["items"]
        assert [case["id"] for case in listed] == [child.case_id]

    def test_a_later_receipt_joins_it(self, child: Child) -> None:
        child.parent_asks("2028-09-05")
        again = child.case_id
        child.teacher_refers("2028-09-12")
        assert child.case_id == again

    def test_a_teacher_asks_and_no_intervention_comes_first(self, child: Child) -> None:
        receipt = child.teacher_refers("2028-09-05")
        assert findings(receipt)["IDEA-REEVAL-TRIGGER"]["answer"] == "met"
        assert child.status == "evaluation_requested"
        assert "procedural_safeguards" not in child.owes, "it is no initial referral"

    def test_a_physicians_letter_waits_for_the_district(self, child: Child) -> None:
        receipt = child.referred("2028-09-05", "physician")
        found = findings(receipt)["IDEA-REEVAL-TRIGGER"]
        assert (found["answer"], found["mode"]) == ("unmet", "advise")
        assert child.status == "received"
        taken = child.step("2028-09-06", "request-evaluation").must_be_allowed()
        gate = taken.finding("STATE-PREREFERRAL-INTERVENTION")
        assert gate["answer"] == "not_applicable"

    def test_before_there_is_a_plan_it_is_the_initial_one(self, child: Child) -> None:
        child.parent_asks("2025-12-14")
        assert child.case()["path"] == "initial"

    def test_the_day_received_tells_it(self, child: Child) -> None:
        """A letter of the time before services is of the first evaluation, whenever it turns up."""
        child.place.on("2026-03-02")
        body = {
            "student_id": child.student_id,
            "requester": "parent",
            "received_on": "2025-12-14",
        }
        receipt = sent(child.api.post("/v1/referrals", body))
        case = sent(child.api.get(f"/v1/cases/{receipt['case_id']}"), 200)
        assert case["path"] == "initial"

    @pytest.mark.parametrize("joins", [False, True])
    def test_a_receipt_that_is_matched_late_goes_where_its_student_is(
        self, child: Child, joins: bool
    ) -> None:
        if joins:
            child.teacher_refers("2028-09-04")
        unknown = Child(child.place, None)
        receipt = unknown.parent_asks("2028-09-05", child={"given_name": "Sam"})
        assert unknown.case()["path"] == "initial"
        at = f"/v1/referrals/{receipt['id']}/match"
        matched = sent(child.api.post(at, {"student_id": child.student_id}), 200)
        case = sent(child.api.get(f"/v1/cases/{matched['case_id']}"), 200)
        assert (case["path"], case["status"]) == ("reevaluation", "evaluation_requested")
        assert (case["id"] == child.case_id) is joins
        assert findings(matched)["IDEA-REEVAL-TRIGGER"]["answer"] == "met"


class TestE23b:
    """(b) Consent to a re-evaluation stays unanswered after three logged attempts."""

    @pytest.fixture
    def asked(self, child: Child) -> Json:
        child.parent_asks("2028-09-05")
        return proposed(child, "2028-09-07")

    def test_it_goes_on_without_consent(self, child: Child, asked: Json) -> None:
        tried(child, asked, "2028-09-11", "2028-09-15", "2028-09-22")
        begun = child.step("2028-09-25", "start-evaluation").must_be_allowed()
        found = begun.finding("IDEA-CONSENT-REEVAL")
        assert found["answer"] == "met"
        assert any("300.300(c)(1)-(2)" in citation["text"] for citation in found["citations"])
        assert assessed(child, "2028-10-02")["breach"] is False
        (listed,) = sent(child.api.get(f"/v1/cases/{child.case_id}/evaluations"), 200)["items"]
        given = sent(child.api.get(f"/v1/evaluations/{listed['id']}/assessments"), 200)["items"]
        assert [one["breach"] for one in given] == [False]
        anew(child, "2028-10-16")

    def test_marked_as_unanswered_it_goes_on_too(self, child: Child, asked: Json) -> None:
        tried(child, asked, "2028-09-11", "2028-09-15", "2028-09-22")
        child.step("2028-09-25", "mark-unanswered").must_be_allowed()
        child.step("2028-09-25", "start-evaluation").must_be_allowed()

    def test_one_call_is_pointed_out(self, child: Child, asked: Json) -> None:
        tried(child, asked, "2028-09-11")
        begun = child.step("2028-09-25", "start-evaluation").must_be_allowed()
        found = begun.finding("IDEA-CONSENT-REEVAL")
        assert (found["answer"], found["mode"]) == ("unmet", "advise")

    def test_without_efforts_it_does_not_start(self, child: Child, asked: Json) -> None:
        refused = child.step("2028-09-25", "start-evaluation")
        refused.must_be_refused_by("IDEA-CONSENT-REEVAL")

    def test_a_refusal_after_that_ends_it(self, child: Child, asked: Json) -> None:
        tried(child, asked, "2028-09-11", "2028-09-15", "2028-09-22")
        child.step("2028-09-25", "start-evaluation").must_be_allowed()
        child.consents("2028-10-02", asked, answer="refused")
        assert assessed(child, "2028-10-03")["breach"] is True


class TestWhatNeedsNoConsent:
    """IDEA-CONSENT-NOT-NEEDED: 300.300(d)(1), the parent having asked on 2028-09-05."""

    @pytest.fixture
    def evaluation(self, child: Child) -> Json:
        """What is on file was read before anybody was asked to sign."""
        child.parent_asks("2028-09-05")
        return child.evaluation(
            "2028-09-06",
            suspected_areas=["reading"],
            existing_data=["parent_information", "assessments"],
            existing_data_reviewed_on="2028-09-06",
        )

    def test_existing_data_is_reviewed_before_anybody_signs(
        self, child: Child, evaluation: Json
    ) -> None:
        read = child.assessment(evaluation, "2028-09-06", origin="existing_data")
        assert (read["breach"], read["breach_because"]) == (False, None)
        proposed(child, "2028-09-07")

    def test_a_test_given_to_all_is_no_breach_and_one_of_the_evaluation_is(
        self, child: Child, evaluation: Json
    ) -> None:
        all_sat = child.assessment(evaluation, "2028-09-06", origin="given_to_all")
        own = child.assessment(evaluation, "2028-09-06")
        assert (all_sat["breach"], own["breach"]) == (False, True)

    def test_neither_stands_in_for_consent_to_new_assessments(
        self, child: Child, evaluation: Json
    ) -> None:
        child.assessment(evaluation, "2028-09-06", origin="given_to_all")
        proposed(child, "2028-09-07")
        refused = child.step("2028-09-08", "start-evaluation")
        refused.must_be_refused_by("IDEA-CONSENT-REEVAL")


class TestConsent:
    """IDEA-CONSENT-REEVAL, the parent having asked on 2028-09-05."""

    def refused(self, child: Child) -> Child:
        child.parent_asks("2028-09-05")
        child.consents("2028-09-12", proposed(child, "2028-09-07"), answer="refused")
        child.step("2028-09-13", "record-refusal").must_be_allowed()
        return child

    def test_with_it_the_evaluation_begins(self, child: Child) -> None:
        child.parent_asks("2028-09-05")
        child.consents("2028-09-12", proposed(child, "2028-09-07"))
        begun = child.step("2028-09-13", "start-evaluation").must_be_allowed()
        assert begun.finding("IDEA-CONSENT-EVAL")["answer"] == "met"
        assert child.deadlines("initial_evaluation") == [], "no days are named for it"

    def test_consent_to_the_first_evaluation_is_another(self, child: Child) -> None:
        child.parent_asks("2028-09-05")
        child.told_of_evaluation("2028-09-07")
        child.step("2028-09-07", "propose-evaluation").must_be_allowed()
        kept = child.consents("2028-09-12")
        assert [w["code"] for w in kept["warnings"]] == ["other_path"]
        refused = child.step("2028-09-13", "start-evaluation")
        refused.must_be_refused_by("IDEA-CONSENT-REEVAL")

    def test_a_refusal_stands(self, child: Child) -> None:
        refused = self.refused(child).step("2028-09-14", "start-evaluation")
        found = refused.must_be_refused_by("IDEA-CONSENT-REEVAL")
        assert "not in violation" in found["because"]

    def test_an_order_may_be_sought_and_opens_the_way(self, child: Child) -> None:
        sought = self.refused(child).step("2028-09-14", "seek-override", purpose="reevaluation")
        found = sought.must_be_allowed().finding("IDEA-CONSENT-REEVAL")
        assert "need not" in found["because"]
        child.place.on("2028-10-03")
        begun = child.api.post(
            f"/v1/cases/{child.case_id}/steps/start-evaluation",
            {"overrides": [ORDER]},
            headers={"Childfind-Acting-Staff": child.place.somebody("lea_representative")},
        )
        assert sent(begun, 200)["decision"]["allowed"] is True
        (kept,) = sent(child.api.get("/v1/overrides"), 200)["items"]
        assert kept["rule_id"] == "IDEA-CONSENT-REEVAL"
        assert assessed(child, "2028-10-04")["breach"] is False

    def test_an_order_on_record_stands_in_for_it(self, child: Child) -> None:
        self.refused(child)
        child.disputed(
            "2028-10-03",
            about="consent_to_evaluate",
            ended_on="2028-10-03",
            outcome="hearing_order",
        )
        order = {
            "purpose": "reevaluation",
            "stands_in": "hearing_order",
            "answer": "granted",
            "received_on": "2028-10-03",
        }
        sent(child.api.post(f"/v1/cases/{child.case_id}/consents", order))
        child.step("2028-10-04", "start-evaluation").must_be_allowed()

    def test_no_new_data_needs_none(self, child: Child) -> None:
        child.parent_asks("2028-09-05")
        child.told_of_evaluation("2028-09-07")
        child.step("2028-09-07", "propose-evaluation").must_be_allowed()
        evaluation = child.evaluation(
            "2028-09-14",
            suspected_areas=["reading"],
            existing_data=["parent_information", "assessments"],
            existing_data_reviewed_on="2028-09-14",
            no_data_needed_on="2028-09-14",
            no_data_reasons="The probes of all of last year.",
            right_to_assessment_told=True,
        )
        begun = child.step("2028-09-14", "start-evaluation").must_be_allowed()
        assert begun.finding("IDEA-CONSENT-REEVAL")["answer"] == "not_applicable"
        child.place.on("2028-09-20")
        at = f"/v1/evaluations/{evaluation['id']}"
        child.patched(at, {"report_completed_on": "2028-09-20"})
        anew(child, "2028-09-20")

    def test_a_reevaluation_begins_with_what_is_known(self, child: Child) -> None:
        child.parent_asks("2028-09-05")
        child.consents("2028-09-12", proposed(child, "2028-09-07"))
        child.step("2028-09-13", "start-evaluation").must_be_allowed()
        evaluation = child.evaluation(
            "2028-10-02", suspected_areas=["reading"], report_completed_on="2028-10-02"
        )
        child.assessment(evaluation, "2028-10-02")
        refused = child.step("2028-10-02", "complete-evaluation")
        refused.must_be_refused_by("IDEA-REED")


class TestOnceAYear:
    """IDEA-REEVAL-1Y: found eligible on 2025-11-14."""

    def test_a_parent_who_asks_sooner_is_told_and_owes_no_reason(self, child: Child) -> None:
        found = findings(child.parent_asks("2026-11-13"))["IDEA-REEVAL-1Y"]
        assert (found["answer"], found["mode"], found["blocks"]) == ("unmet", "advise", False)
        assert "no reason" in found["remedy"]

    def test_a_year_later_it_is_like_any_other(self, child: Child) -> None:
        assert findings(child.parent_asks("2026-11-14"))["IDEA-REEVAL-1Y"]["answer"] == "met"

    def test_the_district_may_refuse_with_notice_only(self, child: Child) -> None:
        child.parent_asks("2026-04-06")
        reason = {"reason_code": "already_evaluated", "reason": "Evaluated in November."}
        child.step("2026-04-08", "decline", **reason).must_be_refused_by("IDEA-PWN")
        child.given("2026-04-08", decision="refuse", concerning="evaluation")
        declined = child.step("2026-04-08", "decline", **reason).must_be_allowed()
        assert declined.finding("IDEA-REEVAL-1Y")["answer"] == "met"
        assert child.deadlines("offer_support") == []

    def test_a_refusal_after_the_year_is_pointed_out(self, child: Child) -> None:
        child.parent_asks("2027-04-05")
        child.given("2027-04-07", decision="refuse", concerning="evaluation")
        reason = {"reason_code": "already_evaluated", "reason": "Evaluated in 2025."}
        declined = child.step("2027-04-07", "decline", **reason).must_be_allowed()
        found = declined.finding("IDEA-REEVAL-TRIGGER")
        assert (found["answer"], found["mode"]) == ("unmet", "advise")

    def test_the_districts_own_wish_needs_the_parents_agreement(self, child: Child) -> None:
        child.teacher_refers("2026-04-06")
        child.told_of_evaluation("2026-04-08")
        refused = child.step("2026-04-08", "propose-evaluation")
        refused.must_be_refused_by("IDEA-REEVAL-1Y")
        child.step("2026-04-09", "propose-evaluation", agreed_on="2026-04-09").must_be_allowed()

    def test_a_parent_who_asks_has_agreed(self, child: Child) -> None:
        child.parent_asks("2026-04-06")
        proposed(child, "2026-04-08")


class TestThreeYears:
    """IDEA-REEVAL-3Y across the cases of one student."""

    @pytest.mark.parametrize(("on", "state"), [("2028-11-14", "met"), ("2028-11-15", "late")])
    def test_its_determination_stops_the_clock_and_begins_the_next(
        self, child: Child, on: str, state: str
    ) -> None:
        first = Child(child.place, child.student_id, child.case_id)
        child.parent_asks("2028-09-05")
        child.consents("2028-09-12", proposed(child, "2028-09-07"))
        child.step("2028-09-13", "start-evaluation").must_be_allowed()
        assessed(child, "2028-10-02")
        assert first.deadline("reevaluation")["state"] == "running"
        anew(child, on)
        clock = first.deadline("reevaluation")
        assert (clock["state"], clock["met_on"]) == (state, on)
        assert child.due("reevaluation") == f"2031{on[4:]}"
        assert child.deadlines("iep_meeting", "put_iep_in_effect") == [], "there is an IEP"

    def test_no_longer_eligible_it_lets_services_end(self, child: Child) -> None:
        (plan,) = sent(child.api.get(f"/v1/plans?student_id={child.student_id}"), 200)["items"]
        first = Child(child.place, child.student_id, child.case_id)
        child.parent_asks("2028-09-05")
        child.consents("2028-09-12", proposed(child, "2028-09-07"))
        child.step("2028-09-13", "start-evaluation").must_be_allowed()
        assessed(child, "2028-10-02")
        first.given("2028-10-02", decision="propose", concerning="identification")
        refused = step(first, plan, "2028-10-02", "end", reason_code="dismissed")
        refused.must_be_refused_by("IDEA-EVAL-BEFORE-EXIT")
        anew(child, "2028-10-16", outcome="not_eligible", needs_special_education=False)
        first.given("2028-10-17", decision="propose", concerning="identification")
        step(first, plan, "2028-10-20", "end", reason_code="dismissed").must_be_allowed()
        assert child.deadlines("reevaluation") == []


@pytest.mark.parametrize(("place", "due_on"), [("us-wa", "2025-12-16"), ("us", None)])
def test_a_state_that_says_so_has_the_same_days_for_it(
    district_in: NewPlace, place: str, due_on: str | None
) -> None:
    """WAC 392-172A-03005: thirty-five school days, as for the first; federal law names none."""
    child = district_in(place, CAL_A).child().evaluated_from("2025-09-15")
    served(child, "2025-09-30", "2025-10-07", "2025-10-14")
    child.parent_asks("2025-10-15")
    child.consents("2025-10-20", proposed(child, "2025-10-16"))
    child.step("2025-10-20", "start-evaluation").must_be_allowed()
    found = child.deadlines("initial_evaluation")
    assert [one["due_on"] for one in found] == ([due_on] if due_on else [])


class TestSupportUnderWay:
    """IDEA-CEIS-NO-DELAY: a first request, and a plan of support that goes on."""

    def asked(self, district_in: NewPlace, **support: Any) -> Child:
        child = district_in().child()
        child.helped("2025-08-25", "2025-09-05", **support)
        child.parent_asks("2025-09-10")
        child.given("2025-09-12", decision="refuse", concerning="evaluation")
        return child

    def test_to_wait_for_it_is_refused(self, district_in: NewPlace) -> None:
        child = self.asked(district_in, ended_on=None, outcome=None)
        why = {"reason_code": "wait_for_interventions", "reason": "Tier 2 is to finish first."}
        refused = child.step("2025-09-12", "decline", **why)
        found = refused.must_be_refused_by("IDEA-CEIS-NO-DELAY", "IDEA-REQUEST-NO-RTI-BLOCK")
        assert any("300.226" in citation["text"] for citation in found["citations"])
        why["reason_code"] = "no_suspected_disability"
        child.step("2025-09-12", "decline", **why).must_be_allowed()

    def test_support_that_ended_is_none_to_wait_for(self, district_in: NewPlace) -> None:
        child = self.asked(district_in)
        why = {"reason_code": "wait_for_interventions", "reason": "Tier 2 is to finish first."}
        child.step("2025-09-12", "decline", **why).must_be_refused_by("IDEA-REQUEST-NO-RTI-BLOCK")
