"""From a finding to services and their end: scenarios E25 to E28, E40, E44 and E47."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import Child, Json, NewPlace, sent
from tests.scenarios.plans import (
    ACCOMMODATIONS,
    CONTENT,
    LINE,
    consents_to_services,
    drafted,
    found_eligible,
    iep,
    offered,
    revoked,
    served,
    shown,
    step,
    version,
)


class TestE25:
    """Services are to start."""

    @pytest.fixture
    def plan(self, child: Child) -> Json:
        found_eligible(child, "2025-11-14")
        return offered(child, iep(child, "2025-12-05"), "2025-12-08")

    def test_with_consent_to_evaluate_only_it_is_refused(self, child: Child, plan: Json) -> None:
        refused = step(child, plan, "2025-12-15", "put-in-effect")
        found = refused.must_be_refused_by("IDEA-CONSENT-SERVICES")
        assert "consent to evaluate does not stand for it" in found["because"]
        assert any("300.300(a)(1)(ii)" in citation["text"] for citation in found["citations"])
        assert shown(child, plan)["status"] == "offered"
        assert "put_iep_in_effect" in child.owes

    def test_with_consent_to_services_it_is_allowed(self, child: Child, plan: Json) -> None:
        consents_to_services(child, "2025-12-12")
        step(child, plan, "2025-12-15", "put-in-effect").must_be_allowed()
        assert shown(child, plan)["in_effect_on"] == "2025-12-15"
        assert "put_iep_in_effect" not in child.owes

    def test_with_consent_by_word_of_mouth_it_is_refused(self, child: Child, plan: Json) -> None:
        consents_to_services(child, "2025-12-12", form="oral")
        refused = step(child, plan, "2025-12-15", "put-in-effect")
        refused.must_be_refused_by("IDEA-CONSENT-SERVICES")

    def test_before_the_consent_was_received_it_is_refused(self, child: Child, plan: Json) -> None:
        consents_to_services(child, "2025-12-12")
        refused = step(child, plan, "2025-12-15", "put-in-effect", in_effect_on="2025-12-11")
        refused.must_be_refused_by("IDEA-CONSENT-SERVICES")

    def test_without_notice_it_is_refused(self, child: Child) -> None:
        found_eligible(child, "2025-11-14")
        plan = iep(child, "2025-12-05")
        step(child, plan, "2025-12-08", "offer").must_be_allowed()
        consents_to_services(child, "2025-12-12")
        refused = step(child, plan, "2025-12-15", "put-in-effect")
        assert "2025-12-05" in refused.must_be_refused_by("IDEA-PWN")["because"]


class TestE26:
    """The parent refuses the first services."""

    @pytest.fixture
    def plan(self, child: Child) -> Json:
        found_eligible(child, "2025-11-14")
        plan = offered(child, iep(child, "2025-12-05"), "2025-12-08")
        consents_to_services(child, "2025-12-12", answer="refused")
        return plan

    def test_due_process_to_override_it_is_refused(self, child: Child, plan: Json) -> None:
        sought = child.step("2025-12-15", "seek-override", purpose="initial_services")
        found = sought.must_be_refused_by("IDEA-CONSENT-SERVICES-NO-OVERRIDE")
        assert any("300.300(b)(3)" in citation["text"] for citation in found["citations"])
        assert child.status == "determined"

    def test_nor_is_silence_or_a_consent_that_was_given(self, child: Child) -> None:
        found_eligible(child, "2025-11-14")
        asked = child.asked_for_consent("2025-12-08", purpose="initial_services")
        silent = child.step("2025-12-15", "seek-override", purpose="initial_services")
        silent.must_be_refused_by("IDEA-CONSENT-SERVICES-NO-OVERRIDE")
        child.consents("2025-12-16", asked)
        given = child.step("2025-12-16", "seek-override", purpose="initial_services")
        given.must_be_refused_by("IDEA-CONSENT-SERVICES-NO-OVERRIDE")

    def test_services_do_not_start_in_anticipation(self, child: Child, plan: Json) -> None:
        refused = step(child, plan, "2025-12-15", "put-in-effect")
        found = refused.must_be_refused_by("IDEA-CONSENT-SERVICES")
        assert "nothing overrides it" in found["remedy"]

    def test_the_plan_is_withdrawn_and_nothing_is_owed(self, child: Child, plan: Json) -> None:
        taken = step(child, plan, "2025-12-15", "withdraw", reason_code="services_refused")
        found = taken.must_be_allowed().finding("IDEA-CONSENT-SERVICES-NO-OVERRIDE")
        assert (found["answer"], found["blocks"]) == ("met", False)
        assert "not in violation" in found["because"]
        now = shown(child, plan)
        assert (now["status"], now["ended_on"]) == ("withdrawn", "2025-12-15")
        duty = child.deadline("put_iep_in_effect")
        assert duty["state"] == "excused"
        told = sent(child.api.get(f"/v1/deadlines/{duty['id']}"), 200)
        assert told["reason"] == "The parent refused consent to services on 2025-12-12."

    @pytest.mark.parametrize(("tried", "state"), [(True, "excused"), (False, "open")])
    def test_of_a_parent_who_stays_silent_it_is_withdrawn_after_efforts(
        self, child: Child, tried: bool, state: str
    ) -> None:
        found_eligible(child, "2025-11-14")
        plan = offered(child, iep(child, "2025-12-05"), "2025-12-08")
        asked = child.asked_for_consent("2025-12-08", purpose="initial_services")
        if tried:
            child.place.on("2025-12-15")
            call = {"attempted_on": "2025-12-15", "mode": "phone", "result": "Nobody answered."}
            sent(child.api.post(f"/v1/consents/{asked['id']}/attempts", call))
        assert child.deadline("put_iep_in_effect")["state"] == "open"
        step(child, plan, "2026-01-12", "withdraw", reason_code="services_refused")
        duty = child.deadline("put_iep_in_effect")
        assert duty["state"] == state
        if tried:
            told = sent(child.api.get(f"/v1/deadlines/{duty['id']}"), 200)
            assert told["reason"] == (
                "The parent did not answer, and the plan was withdrawn on 2026-01-12."
            )
            child.consents("2026-02-02", asked)
            assert child.deadline("put_iep_in_effect")["state"] == "open"

    def test_a_consent_given_later_opens_the_way(self, child: Child, plan: Json) -> None:
        consents_to_services(child, "2026-01-09")
        step(child, plan, "2026-01-12", "put-in-effect").must_be_allowed()


class TestE28:
    """The parent revoked consent to services in writing, and asks again on 2026-03-02."""

    @pytest.fixture
    def plan(self, child: Child) -> Json:
        found_eligible(child, "2025-11-14")
        plan = iep(child, "2025-12-05")
        consent = consents_to_services(child, "2025-12-12")
        step(child, offered(child, plan, "2025-12-12"), "2025-12-15", "put-in-effect")
        revoked(child, consent, "2026-01-20")
        child.given("2026-01-26", decision="propose", concerning="fape")
        step(child, plan, "2026-01-30", "end", reason_code="consent_revoked").must_be_allowed()
        return shown(child, plan)

    def test_it_is_an_initial_request_with_a_clock_of_its_own(
        self, child: Child, plan: Json
    ) -> None:
        earlier = child.case_id
        receipt = child.parent_asks("2026-03-02")
        assert child.case_id != earlier
        assert receipt["case"]["status"] == "evaluation_requested"
        assert child.case()["path"] == "initial"
        (found,) = (f for f in receipt["findings"] if f["rule_id"] == "IDEA-AFTER-REVOCATION")
        assert (found["answer"], found["blocks"]) == ("met", False)
        assert "2026-01-30" in found["because"]
        assert child.deadlines("initial_evaluation") == []
        refused = child.step("2026-03-02", "start-evaluation")
        assert not refused.allowed, "the old consent opens nothing"
        child.consents("2026-03-09", child.proposed("2026-03-04"))
        assert child.due("initial_evaluation") == "2026-05-08"

    def test_the_old_plan_is_not_revived(self, child: Child, plan: Json) -> None:
        answer = child.api.post(f"/v1/plans/{plan['id']}/versions", {"occasion": "review"})
        assert answer.status_code == 409
        assert "ended" in answer.get_json()["detail"]
        again = iep(child, "2026-03-02")
        refused = step(child, again, "2026-03-02", "offer")
        found = refused.must_be_refused_by("IDEA-AFTER-REVOCATION")
        assert "a new consent to evaluate and a new finding of eligible" in found["because"]

    def test_evaluated_anew_the_student_has_a_plan_again(self, child: Child, plan: Json) -> None:
        child.evaluated_from("2026-03-09", proposed="2026-03-02")
        served(child, "2026-04-30", "2026-05-05", "2026-05-11")
        listed = sent(child.api.get(f"/v1/plans?student_id={child.student_id}&sort=id"), 200)
        assert [one["status"] for one in listed["items"]] == ["ended", "in_effect"]


class TestRevocation:
    """IDEA-CONSENT-REVOKED, before E28."""

    @pytest.fixture
    def consent(self, child: Child) -> Json:
        found_eligible(child, "2025-11-14")
        self.plan = iep(child, "2025-12-05")
        consent = consents_to_services(child, "2025-12-12")
        offered(child, self.plan, "2025-12-12")
        step(child, self.plan, "2025-12-15", "put-in-effect").must_be_allowed()
        return consent

    def test_services_do_not_cease_before_the_notice(self, child: Child, consent: Json) -> None:
        revoked(child, consent, "2026-01-20")
        assert "end_services" in child.owes
        refused = step(child, self.plan, "2026-01-21", "end", reason_code="consent_revoked")
        found = refused.must_be_refused_by("IDEA-CONSENT-REVOKED")
        assert "no written notice since" in found["because"]
        child.given("2026-01-26", decision="propose", concerning="fape")
        step(child, self.plan, "2026-01-30", "end", reason_code="consent_revoked").must_be_allowed()
        assert "end_services" not in child.owes

    def test_an_oral_revocation_is_kept_and_ends_nothing(self, child: Child, consent: Json) -> None:
        answer = revoked(child, consent, "2026-01-20", "oral")
        assert [w["pointer"] for w in answer["warnings"]] == ["/revocation_form"]
        assert "end_services" not in child.owes
        child.given("2026-01-26", decision="propose", concerning="fape")
        refused = step(child, self.plan, "2026-01-30", "end", reason_code="consent_revoked")
        found = refused.must_be_refused_by("IDEA-CONSENT-REVOKED")
        assert "word of mouth" in found["because"]

    def test_no_evaluation_stands_in_the_way(self, child: Child, consent: Json) -> None:
        revoked(child, consent, "2026-01-20")
        child.given("2026-01-26", decision="propose", concerning="fape")
        ended = step(child, self.plan, "2026-01-30", "end", reason_code="consent_revoked")
        for rule_id in ("IDEA-EVAL-BEFORE-EXIT", "IDEA-SOP", "IDEA-PWN"):
            assert ended.must_be_allowed().finding(rule_id)["answer"] == "not_applicable"

    def test_no_version_takes_effect_after_it(self, child: Child, consent: Json) -> None:
        later = version(child, self.plan, "2026-01-15", agreed_without_meeting_on="2026-01-15")
        revoked(child, consent, "2026-01-20")
        offered(child, later, "2026-01-22")
        refused = step(child, later, "2026-01-26", "put-in-effect")
        refused.must_be_refused_by("IDEA-CONSENT-SERVICES")


class TestE40:
    """Found eligible on 2025-11-14, a Friday."""

    @pytest.mark.parametrize(
        ("held", "state"), [("2025-12-14", "met"), ("2025-12-15", "late"), ("2025-12-20", "late")]
    )
    def test_the_meeting_is_on_time_or_recorded_late(
        self, child: Child, held: str, state: str
    ) -> None:
        found_eligible(child, "2025-11-14")
        assert child.due("iep_meeting") == "2025-12-14"
        duty = child.deadline("develop_iep")
        assert (duty["state"], duty["due_on"], duty["rule_id"]) == ("open", None, "IDEA-ELIG-IEP")
        plan = iep(child, held)
        clock = child.deadline("iep_meeting")
        assert (clock["state"], clock["met_on"]) == (state, held)
        assert clock["rule_id"] == "IDEA-IEP-30D"
        step(child, plan, "2025-12-22", "offer").must_be_allowed()
        assert child.deadline("develop_iep")["state"] == "met"

    def test_for_a_child_who_is_not_eligible_there_is_none(self, child: Child) -> None:
        draft = child.idea("2025-11-14", outcome="not_eligible", needs_special_education=False)
        child.finalize(draft).must_be_allowed()
        assert child.deadlines("iep_meeting", "develop_iep", "put_iep_in_effect") == []


class TestE44:
    """A pupil whom the parents keep in a private school here is found eligible."""

    @pytest.fixture
    def pupil(self, district_in: NewPlace) -> Child:
        place = district_in()
        school = sent(place.api.post("/v1/schools", {"name": "Saint Ann School"}))
        pupil = place.child(placement="parentally_placed_private", school_id=school["id"])
        pupil.evaluated_from("2025-09-15")
        found_eligible(pupil, "2025-11-14")
        return pupil

    def test_an_iep_is_refused_and_pointed_to_a_services_plan(self, pupil: Child) -> None:
        plan = iep(pupil, "2025-12-05")
        found = step(pupil, plan, "2025-12-08", "offer").must_be_refused_by("IDEA-PRIV-SERVICES")
        assert "services plan" in found["because"]
        assert "services plan" in found["remedy"]
        assert shown(pupil, plan)["status"] == "draft"

    def test_a_services_plan_is_offered_and_takes_effect(self, pupil: Child) -> None:
        plan = drafted(
            pupil, "2025-12-05", "services_plan", meeting_held_on="2025-12-05", services=[LINE]
        )
        consents_to_services(pupil, "2025-12-12")
        step(pupil, plan, "2025-12-12", "offer").must_be_allowed()
        step(pupil, plan, "2025-12-15", "put-in-effect").must_be_allowed()
        assert pupil.deadline("iep_meeting")["state"] == "met"
        assert not {"develop_iep", "put_iep_in_effect"} & pupil.owes
        assert pupil.deadlines("annual_review") == []

    def test_a_public_pupil_is_not_put_off_with_one(self, child: Child) -> None:
        found_eligible(child, "2025-11-14")
        plan = drafted(child, "2025-12-05", "services_plan", services=[LINE])
        refused = step(child, plan, "2025-12-08", "offer")
        assert (
            "the right is to an IEP" in refused.must_be_refused_by("IDEA-PRIV-SERVICES")["because"]
        )


class TestE47:
    """A student leaves special education."""

    @pytest.fixture
    def child(self, district_in: NewPlace) -> Child:
        """Seventeen when the plan takes effect, eighteen at graduation."""
        return district_in().child(born="2008-05-04").evaluated_from("2025-09-15")

    @pytest.fixture
    def plan(self, child: Child) -> Json:
        return served(child, "2025-11-14", "2025-12-05", "2025-12-15")

    def test_a_the_team_ends_it_without_an_evaluation(self, child: Child, plan: Json) -> None:
        child.given("2026-05-13", decision="propose", concerning="identification")
        refused = step(child, plan, "2026-05-20", "end", reason_code="dismissed")
        found = refused.must_be_refused_by("IDEA-EVAL-BEFORE-EXIT")
        assert any("300.305(e)(1)" in citation["text"] for citation in found["citations"])
        assert shown(child, plan)["status"] == "in_effect"

    def test_b_an_evaluation_and_notice_allow_it(self, child: Child, plan: Json) -> None:
        (first,) = sent(
            child.api.get(f"/v1/cases/{child.case_id}/eligibility-determinations"), 200
        )["items"]
        child.evaluation("2026-05-04", report_completed_on="2026-05-04")
        draft = child.idea(
            "2026-05-12",
            outcome="not_eligible",
            needs_special_education=False,
            supersedes_id=first["id"],
        )
        child.finalize(draft).must_be_allowed()
        refused = step(child, plan, "2026-05-12", "end", reason_code="dismissed")
        refused.must_be_refused_by("IDEA-PWN")
        child.given("2026-05-13", decision="propose", concerning="identification")
        step(child, plan, "2026-05-20", "end", reason_code="dismissed").must_be_allowed()
        review = child.deadline("annual_review")
        assert (review["state"], review["due_on"]) == ("excused", "2026-12-05")

    def test_c_a_regular_diploma_with_the_summary(self, child: Child, plan: Json) -> None:
        ended = step(
            child,
            plan,
            "2026-06-05",
            "end",
            reason_code="regular_diploma",
            summary_given_on="2026-06-03",
        ).must_be_allowed()
        assert ended.finding("IDEA-SOP")["answer"] == "met"
        assert ended.finding("IDEA-EVAL-BEFORE-EXIT")["answer"] == "not_applicable"
        now = shown(child, plan)
        assert (now["status"], now["end_reason"]) == ("ended", "regular_diploma")
        assert child.deadline("summary_of_performance")["state"] == "met"

    def test_c_the_diploma_waits_for_no_summary_which_stays_owed(
        self, child: Child, plan: Json
    ) -> None:
        ended = step(child, plan, "2026-06-05", "end", reason_code="regular_diploma")
        found = ended.must_be_allowed().finding("IDEA-SOP")
        assert (found["answer"], found["mode"], found["blocks"]) == ("unmet", "duty", False)
        assert child.deadline("summary_of_performance")["state"] == "open"
        child.place.on("2026-06-10")
        child.patched(f"/v1/plans/{plan['id']}", {"summary_given_on": "2026-06-10"})
        assert child.deadline("summary_of_performance")["met_on"] == "2026-06-10"

    def test_d_a_ged_is_no_diploma(self, child: Child, plan: Json) -> None:
        refused = step(child, plan, "2026-06-05", "end", reason_code="ged_or_certificate")
        found = refused.must_be_refused_by("IDEA-SOP")
        assert any("300.102(a)(3)" in citation["text"] for citation in found["citations"])
        assert shown(child, plan)["status"] == "in_effect"

    def test_nobody_is_aged_out_before_the_age(self, child: Child, plan: Json) -> None:
        refused = step(child, plan, "2030-05-03", "end", reason_code="aged_out")
        refused.must_be_refused_by("IDEA-AGE")
        step(child, plan, "2030-05-04", "end", reason_code="aged_out").must_be_allowed()


class TestContent:
    """An IEP without specially designed instruction."""

    @pytest.fixture(autouse=True)
    def eligible(self, child: Child) -> None:
        found_eligible(child, "2025-11-14")

    def test_accommodations_alone_are_pointed_to_section_504(self, child: Child) -> None:
        plan = iep(child, "2025-12-05", services=[], **ACCOMMODATIONS)
        found = step(child, plan, "2025-12-08", "offer").must_be_refused_by("IDEA-IEP-CONTENT")
        assert "accommodations" in found["because"]
        assert "Section 504" in found["remedy"]

    @pytest.mark.parametrize("lacking", ["setting", "provider_role", "minutes", "starts_on"])
    def test_a_line_says_where_by_whom_how_long_and_from_when(
        self, child: Child, lacking: str
    ) -> None:
        plan = iep(child, "2025-12-05", services=[{**LINE, lacking: None}])
        step(child, plan, "2025-12-08", "offer").must_be_refused_by("IDEA-IEP-CONTENT")

    @pytest.mark.parametrize("setting", ["pull_out", "push_in", "co_taught"])
    def test_it_is_pulled_out_pushed_in_or_co_taught(self, child: Child, setting: str) -> None:
        plan = iep(child, "2025-12-05", services=[{**LINE, "setting": setting}])
        step(child, plan, "2025-12-08", "offer").must_be_allowed()
        (line,) = sent(child.api.get(f"/v1/plans/{plan['id']}"), 200)["services"]
        assert line["setting"] == setting

    def test_related_services_stand_beside_it(self, child: Child) -> None:
        therapy = {**LINE, "area": "occupational_therapy"}
        alone = iep(child, "2025-12-05", services=[], related_services=[therapy])
        step(child, alone, "2025-12-08", "offer").must_be_refused_by("IDEA-IEP-CONTENT")
        beside = iep(child, "2025-12-05", related_services=[therapy])
        step(child, beside, "2025-12-08", "offer").must_be_allowed()

    def test_what_else_is_missing_is_pointed_out(self, child: Child) -> None:
        plan = iep(child, "2025-12-05", goals=[], participation=None)
        offer = step(child, plan, "2025-12-08", "offer").must_be_allowed()
        found = offer.finding("IDEA-IEP-CONTENT")
        assert (found["answer"], found["mode"]) == ("unmet", "advise")
        assert "a measurable annual goal" in found["because"]
        assert CONTENT["goals"]

    def test_without_the_parent_it_is_not_the_teams(self, child: Child) -> None:
        plan = iep(child, "2025-12-05", attendees=[{"role": "special_educator"}])
        step(child, plan, "2025-12-08", "offer").must_be_refused_by("IDEA-IEP-TEAM")
        invited = {"parent_invited_on": "2025-11-20", "invitation_attempts": 2}
        child.patched(f"/v1/plans/{plan['id']}", invited)
        step(child, plan, "2025-12-08", "offer").must_be_allowed()


class TestBeforeAnIep:
    """What the finding has to do with it."""

    def test_before_the_finding_it_is_refused(self, district_in: NewPlace) -> None:
        child = district_in().child().evaluated_from("2025-09-15")
        plan = iep(child, "2025-12-05")
        refused = step(child, plan, "2025-12-08", "offer")
        refused.must_be_refused_by("IDEA-EVAL-BEFORE-SERVICES")

    def test_where_the_state_counts_it_therapy_is_enough(self, district_in: NewPlace) -> None:
        child = district_in("us-ma").child().evaluated_from("2025-09-15")
        found_eligible(
            child,
            "2025-11-14",
            related_service_only=True,
            related_services=["occupational_therapy"],
        )
        therapy = {**LINE, "area": "occupational_therapy"}
        plan = iep(child, "2025-12-05", services=[], related_services=[therapy])
        step(child, plan, "2025-12-08", "offer").must_be_allowed()
