"""What is determined, and when time may be extended: scenarios E29 to E46 of the law page."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import CAL_A, CAL_M, NO_DETERMINANT, Child, Json, NewPlace, sent


def stored(child: Child, determination_id: str) -> str:
    at = f"/v1/eligibility-determinations/{determination_id}"
    status: str = sent(child.api.get(at), 200)["status"]
    return status


class TestE29:
    """There is autism, and no need for special education."""

    def test_not_eligible_is_final_and_prompts_what_follows(self, child: Child) -> None:
        draft = child.idea(
            "2025-11-10", outcome="not_eligible", category="AUT", needs_special_education=False
        )
        final = child.finalize(draft).must_be_allowed()
        assert stored(child, draft["id"]) == "final"
        for rule_id in ("IDEA-PWN", "IDEA-REPORT-COPY", "504-VS-IDEA"):
            found = final.finding(rule_id)
            assert (found["answer"], found["mode"], found["blocks"]) == ("unmet", "duty", False)
        assert {
            "notice_of_determination",
            "report_copy",
            "determination_copy",
            "section_504_decision",
            "offer_support",
        } <= child.owes

    def test_eligible_is_refused(self, child: Child) -> None:
        draft = child.idea("2025-11-10", category="AUT", needs_special_education=False)
        found = child.finalize(draft).must_be_refused_by("IDEA-ELIG-TWO-PRONG")
        assert "need for special education" in found["because"]
        assert any("300.8(a)(1)" in citation["text"] for citation in found["citations"])
        assert stored(child, draft["id"]) == "draft"

    def test_a_need_without_a_disability_is_refused_too(self, child: Child) -> None:
        draft = child.idea("2025-11-10", disability_present=False)
        child.finalize(draft).must_be_refused_by("IDEA-ELIG-TWO-PRONG")


class TestE31:
    """Orthopedic impairment, and only occupational therapy is needed."""

    def test_is_refused_by_default(self, child: Child) -> None:
        draft = child.idea(
            "2025-11-10",
            category="OI",
            related_service_only=True,
            related_services=["occupational_therapy"],
        )
        found = child.finalize(draft).must_be_refused_by("IDEA-ELIG-RELATED-ONLY")
        assert any("300.8(a)(2)" in citation["text"] for citation in found["citations"])
        assert stored(child, draft["id"]) == "draft"

    def test_beside_special_education_it_is_allowed(self, child: Child) -> None:
        draft = child.idea(
            "2025-11-10",
            category="OI",
            related_service_only=False,
            related_services=["occupational_therapy"],
        )
        child.finalize(draft).must_be_allowed()


class TestE32:
    """Limited English proficiency is considered."""

    def test_as_the_determinant_factor_it_is_refused(self, child: Child) -> None:
        draft = child.idea("2025-11-10", determinants={**NO_DETERMINANT, "limited_english": True})
        found = child.finalize(draft).must_be_refused_by("IDEA-ELIG-DETERMINANT")
        assert any("300.306(b)" in citation["text"] for citation in found["citations"])
        assert stored(child, draft["id"]) == "draft"

    def test_an_english_learner_for_whom_it_is_not_is_eligible(self, district_in: NewPlace) -> None:
        child = district_in().child(english_learner=True, home_language="es")
        child.evaluated_from("2025-09-15")
        child.finalize(child.idea("2025-11-10")).must_be_allowed()

    def test_unanswered_it_is_refused(self, child: Child) -> None:
        draft = child.idea("2025-11-10", determinants={"reading": False, "math": False})
        child.finalize(draft).must_be_refused_by("IDEA-ELIG-DETERMINANT")


@pytest.fixture
def suspected(child: Child) -> Json:
    """The evaluation of that child, in which a specific learning disability is suspected."""
    return child.evaluation("2025-09-16", suspected_areas=["reading"], suspected_categories=["SLD"])


class TestE34:
    """A specific learning disability, and whether the child was observed where they learn."""

    def test_without_an_observation_it_is_refused(self, child: Child, suspected: Json) -> None:
        draft = child.sld("2025-11-10")
        found = child.finalize(draft).must_be_refused_by("IDEA-SLD-OBSERVE")
        assert any("300.310" in citation["text"] for citation in found["citations"])
        assert stored(child, draft["id"]) == "draft"

    def test_routine_instruction_two_weeks_before_the_referral_is_enough(
        self, child: Child, suspected: Json
    ) -> None:
        seen = child.observation(suspected, "2025-09-01", routine=True)
        child.finalize(child.sld("2025-11-10", seen)).must_be_allowed()

    def test_a_member_of_the_group_may_observe_after_consent(
        self, child: Child, suspected: Json
    ) -> None:
        by = child.place.somebody("school_psychologist")
        seen = child.observation(suspected, "2025-10-01", observer_staff_id=by)
        child.finalize(child.sld("2025-11-10", seen)).must_be_allowed()

    def test_after_the_referral_somebody_outside_the_group_may_not(
        self, child: Child, suspected: Json
    ) -> None:
        by = child.place.somebody("speech_language_pathologist")
        seen = child.observation(suspected, "2025-10-01", observer_staff_id=by)
        draft = child.sld("2025-11-10", seen)
        child.finalize(draft).must_be_refused_by("IDEA-SLD-OBSERVE")

    def test_before_consent_a_member_of_the_group_may_not(self, district_in: NewPlace) -> None:
        child = district_in().child().evaluated_from("2025-09-22", proposed="2025-09-15")
        evaluation = child.evaluation("2025-09-23", suspected_categories=["SLD"])
        by = child.place.somebody("school_psychologist")
        seen = child.observation(evaluation, "2025-09-17", observer_staff_id=by)
        assert seen["breach"] is True
        child.finalize(child.sld("2025-11-10", seen)).must_be_refused_by("IDEA-SLD-OBSERVE")


class TestE35:
    """A specific learning disability, and who decides."""

    @pytest.mark.parametrize(
        ("lacking", "says"),
        [("teacher", "regular teacher"), ("school_psychologist", "diagnostic examinations")],
    )
    def test_without_one_of_the_two_it_is_refused(
        self, child: Child, suspected: Json, lacking: str, says: str
    ) -> None:
        seen = child.observation(suspected, "2025-09-01", routine=True)
        draft = child.sld("2025-11-10", seen)
        group = [member for member in draft["group"] if member["role"] != lacking]
        at = f"/v1/eligibility-determinations/{draft['id']}"
        child.patched(at, {"group": group})
        found = child.finalize(draft).must_be_refused_by("IDEA-SLD-GROUP")
        assert says in found["because"]
        assert any("300.308" in citation["text"] for citation in found["citations"])
        child.patched(at, {"group": draft["group"]})
        child.finalize(draft).must_be_allowed()


class TestE37:
    """Parents and group agree in writing on 2025-11-05 to a later date, 2025-12-12."""

    AGREEMENT = {  # noqa: RUF012
        "agreed_on": "2025-11-05",
        "new_due_on": "2025-12-12",
        "parent_signed": True,
        "group_signed": True,
    }

    def test_for_a_suspected_learning_disability_it_is_allowed(self, child: Child) -> None:
        child.evaluation("2025-09-16", suspected_areas=["reading"], suspected_categories=["SLD"])
        assert child.due("initial_evaluation") == "2025-11-14"
        child.step("2025-11-05", "extend-evaluation", **self.AGREEMENT).must_be_allowed()
        clock = child.deadline("initial_evaluation")
        assert (clock["due_on"], clock["state"]) == ("2025-12-12", "running")
        shown = sent(child.api.get(f"/v1/deadlines/{clock['id']}"), 200)
        assert shown["extension"]["agreed_on"] == "2025-11-05"
        assert "extension" in shown["adjustments"]
        assert child.status == "evaluating"

    def test_for_another_suspicion_it_is_refused(self, child: Child) -> None:
        child.evaluation("2025-09-16", suspected_areas=["health"], suspected_categories=["OHI"])
        refused = child.step("2025-11-05", "extend-evaluation", **self.AGREEMENT)
        found = refused.must_be_refused_by("IDEA-EVAL-CLOCK-EXC-SLD")
        assert any("300.309(c)" in citation["text"] for citation in found["citations"])
        assert child.due("initial_evaluation") == "2025-11-14"

    def test_in_michigan_it_is_allowed_for_it_in_school_days(self, district_in: NewPlace) -> None:
        child = district_in("us-mi", CAL_M).child().evaluated_from("2025-09-15")
        child.evaluation("2025-09-16", suspected_areas=["health"], suspected_categories=["OHI"])
        assert child.due("initial_evaluation") == "2025-10-28"
        agreed = {"agreed_on": "2025-10-20", "parent_signed": True, "new_due_on": "2025-12-12"}
        step = "extend-evaluation"
        refused = child.step("2025-10-20", step, **agreed)
        found = refused.must_be_refused_by("IDEA-EVAL-CLOCK-EXC-SLD")
        assert "how many school days" in found["because"]
        child.step("2025-10-20", step, **agreed, days=29).must_be_refused_by(found["rule_id"])
        child.step("2025-10-20", step, **agreed, days=30).must_be_allowed()
        assert child.due("initial_evaluation") == "2025-12-12"

    def test_in_nevada_an_official_grants_at_most_fifteen_school_days(
        self, district_in: NewPlace
    ) -> None:
        child = district_in("us-nv", CAL_A).child().evaluated_from("2025-09-15")
        child.evaluation("2025-09-16", suspected_areas=["health"], suspected_categories=["OHI"])
        assert child.due("initial_evaluation") == "2025-11-19"
        granted: Json = {"kind": "state_official", "agreed_on": "2025-11-05"}
        by = granted | {"granted_by": "Superintendent of Public Instruction"}
        fifteen: Json = {"days": 15, "new_due_on": "2025-12-17"}
        for lacking in (granted | fifteen, by | {"days": 16, "new_due_on": "2025-12-18"}):
            refused = child.step("2025-11-05", "extend-evaluation", **lacking)
            refused.must_be_refused_by("IDEA-EVAL-CLOCK-EXC-SLD")
        child.step("2025-11-05", "extend-evaluation", **by, **fifteen).must_be_allowed()
        assert child.due("initial_evaluation") == "2025-12-17"

    def test_in_arizona_thirty_days_are_the_most_however_often_it_is_agreed(
        self, district_in: NewPlace
    ) -> None:
        child = district_in("us-az", CAL_A).child().evaluated_from("2025-09-15")
        child.evaluation("2025-09-16", suspected_areas=["health"], suspected_categories=["OHI"])
        assert child.due("initial_evaluation") == "2025-11-14"
        agreed: Json = {"agreed_on": "2025-11-05", "parent_signed": True}
        for new_due_on in ("2025-12-10", "2025-12-14"):
            child.step(
                "2025-11-05", "extend-evaluation", **agreed, new_due_on=new_due_on
            ).must_be_allowed()
            assert child.due("initial_evaluation") == new_due_on
        refused = child.step("2025-11-05", "extend-evaluation", **agreed, new_due_on="2025-12-15")
        refused.must_be_refused_by("IDEA-EVAL-CLOCK-EXC-SLD")
        assert child.due("initial_evaluation") == "2025-12-14"

    @pytest.mark.parametrize("lacking", ["parent_signed", "group_signed"])
    def test_unsigned_it_is_refused(self, child: Child, lacking: str) -> None:
        child.evaluation("2025-09-16", suspected_areas=["reading"], suspected_categories=["SLD"])
        refused = child.step(
            "2025-11-05", "extend-evaluation", **(self.AGREEMENT | {lacking: False})
        )
        refused.must_be_refused_by("IDEA-EVAL-CLOCK-EXC-SLD")
        assert child.due("initial_evaluation") == "2025-11-14"


class TestE38:
    """Consent in one district on 2025-09-15; the child enrolls in another on 2025-10-20."""

    AGREEMENT = {  # noqa: RUF012
        "agreed_on": "2025-11-03",
        "new_due_on": "2025-12-05",
        "parent_agreed": True,
        "progress": "Reading and language are assessed; hearing is to follow next week.",
    }

    @pytest.fixture
    def moved(self, district_in: NewPlace) -> Child:
        child = district_in().child().evaluated_from("2025-10-22", proposed="2025-10-20")
        child.evaluation(
            "2025-10-22",
            suspected_areas=["reading"],
            transferred_from="Elm County Schools",
            transfer_consent_received_on="2025-09-15",
            transfer_enrolled_on="2025-10-20",
        )
        return child

    def test_a_date_agreed_with_the_parent_binds(self, moved: Child) -> None:
        agreed = moved.step("2025-11-03", "agree-transfer-date", **self.AGREEMENT)
        agreed.must_be_allowed()
        clock = moved.deadline("initial_evaluation")
        assert (clock["due_on"], clock["state"]) == ("2025-12-05", "running")
        shown = sent(moved.api.get(f"/v1/deadlines/{clock['id']}"), 200)
        assert shown["exception"]["kind"] == "transferred"

    def test_without_an_agreement_the_first_clock_goes_on(self, moved: Child) -> None:
        assert moved.due("initial_evaluation") == "2025-11-14"
        (evaluation,) = sent(moved.api.get(f"/v1/cases/{moved.case_id}/evaluations"), 200)["items"]
        moved.place.on("2025-11-28")
        moved.patched(f"/v1/evaluations/{evaluation['id']}", {"report_completed_on": "2025-11-28"})
        clock = moved.deadline("initial_evaluation")
        assert (clock["state"], clock["due_on"]) == ("late", "2025-11-14")
        assert sent(moved.api.get(f"/v1/deadlines/{clock['id']}"), 200)["exception"] is None

    def test_without_the_parents_word_it_is_refused(self, moved: Child) -> None:
        agreed = self.AGREEMENT | {"parent_agreed": False}
        refused = moved.step("2025-11-03", "agree-transfer-date", **agreed)
        refused.must_be_refused_by("IDEA-EVAL-CLOCK-EXC-TRANSFER")
        assert moved.due("initial_evaluation") == "2025-11-14"

    @pytest.mark.parametrize("lacking", ["new_due_on", "progress"])
    def test_a_date_and_what_shows_progress_are_asked_for(self, moved: Child, lacking: str) -> None:
        agreed = {name: said for name, said in self.AGREEMENT.items() if name != lacking}
        answer = moved.step("2025-11-03", "agree-transfer-date", **agreed).answer
        problem = sent(answer, 422)
        assert [e["pointer"] for e in problem["errors"]] == [f"/{lacking}"]

    def test_a_child_who_did_not_move_has_no_such_date(self, child: Child) -> None:
        child.evaluation("2025-09-16", suspected_areas=["reading"])
        refused = child.step("2025-11-03", "agree-transfer-date", **self.AGREEMENT)
        found = refused.must_be_refused_by("IDEA-EVAL-CLOCK-EXC-TRANSFER")
        assert any("300.301(d)(2)" in citation["text"] for citation in found["citations"])

    def test_the_two_agencies_have_to_coordinate(self, moved: Child) -> None:
        assert "coordinate_transfer" in moved.owes
        (evaluation,) = sent(moved.api.get(f"/v1/cases/{moved.case_id}/evaluations"), 200)["items"]
        moved.place.on("2025-10-27")
        at = f"/v1/evaluations/{evaluation['id']}"
        moved.patched(at, {"transfer_coordinated_on": "2025-10-27"})
        assert "coordinate_transfer" not in moved.owes


class TestE43:
    """Developmental delay, where the state's ages are three through nine."""

    def test_nine_years_and_eleven_months_is_allowed(self, district_in: NewPlace) -> None:
        child = district_in("us-tx", CAL_A).child(born="2015-12-14").evaluated_from("2025-09-15")
        draft = child.idea("2025-11-14", category="DD")
        assert child.finalize(draft).must_be_allowed().finding("IDEA-DD")["answer"] == "met"

    def test_ten_years_is_refused(self, district_in: NewPlace) -> None:
        child = district_in("us-tx", CAL_A).child(born="2015-11-14").evaluated_from("2025-09-15")
        draft = child.idea("2025-11-14", category="DD")
        found = child.finalize(draft).must_be_refused_by("IDEA-DD")
        assert "10 on 2025-11-14" in found["because"]
        assert any("300.8(b)" in citation["text"] for citation in found["citations"])
        assert stored(child, draft["id"]) == "draft"

    def test_the_day_before_the_tenth_birthday_is_allowed(self, district_in: NewPlace) -> None:
        child = district_in("us-tx", CAL_A).child(born="2015-11-15").evaluated_from("2025-09-15")
        child.finalize(child.idea("2025-11-14", category="DD")).must_be_allowed()

    def test_a_child_from_early_intervention_is_found_eligible_before_the_third_birthday(
        self, district_in: NewPlace
    ) -> None:
        """300.124(b): services start on the birthday, so that the finding comes before it."""
        child = district_in("us-tx", CAL_A).child(born="2022-11-20").evaluated_from("2025-09-15")
        draft = child.idea("2025-11-14", category="DD", services_start_on="2025-11-19")
        found = child.finalize(draft).must_be_refused_by("IDEA-DD", "IDEA-AGE")
        assert "not yet 3 on 2025-11-19" in found["because"]
        child.patched(
            f"/v1/eligibility-determinations/{draft['id']}", {"services_start_on": "2025-11-20"}
        )
        child.finalize(draft).must_be_allowed()

    @pytest.mark.parametrize(("grade", "allowed"), [("02", True), ("03", False)])
    def test_in_florida_it_ends_with_grade_two(
        self, district_in: NewPlace, grade: str, allowed: bool
    ) -> None:
        child = district_in("us-fl", CAL_A).child(born="2017-12-14", grade=grade)
        child.evaluated_from("2025-09-15")
        outcome = child.finalize(child.idea("2025-11-14", category="DD"))
        if allowed:
            outcome.must_be_allowed()
        else:
            outcome.must_be_refused_by("IDEA-DD")

    def test_in_california_it_is_no_category_at_any_age(self, district_in: NewPlace) -> None:
        child = district_in("us-ca", CAL_A).child(born="2019-03-01").evaluated_from("2025-09-15")
        draft = child.idea("2025-11-14", category="DD")
        child.finalize(draft).must_be_refused_by("IDEA-DD", "POLICY-COVERAGE")


class TestE44:
    """A pupil whose parents placed them in a private school here lives in another district."""

    @pytest.fixture
    def pupil(self, district_in: NewPlace) -> Child:
        place = district_in()
        school = sent(place.api.post("/v1/schools", {"name": "Saint Ann School"}))
        return place.child(placement="parentally_placed_private", school_id=school["id"])

    def test_the_request_is_taken_and_goes_on(self, pupil: Child) -> None:
        assert pupil.parent_asks("2025-09-10")["case"]["status"] == "evaluation_requested"
        pupil.proposed("2025-09-18")
        assert pupil.status == "consent_requested"

    def test_it_is_not_declined_because_the_family_lives_elsewhere(self, pupil: Child) -> None:
        pupil.parent_asks("2025-09-10")
        pupil.given("2025-09-18", decision="refuse", concerning="evaluation")
        refused = pupil.step(
            "2025-09-18", "decline", reason_code="not_resident", reason="They live in Lake Shore."
        )
        found = refused.must_be_refused_by("IDEA-PRIV-CHILDFIND")
        assert [c["text"] for c in found["citations"]] == ["34 CFR 300.131(a), (f)"]
        assert found["evidence"][0]["placement"] == "parentally_placed_private"
        assert pupil.status == "evaluation_requested"

    def test_nor_is_a_concern_of_the_schools_teachers_closed_for_it(self, pupil: Child) -> None:
        pupil.referred("2025-09-10", "other_professional")
        refused = pupil.step(
            "2025-09-18", "close", reason_code="not_resident", reason="They live in Lake Shore."
        )
        refused.must_be_refused_by("IDEA-PRIV-CHILDFIND")
        assert pupil.status == "received"

    def test_a_reason_about_the_child_is_weighed_as_for_any_other(self, pupil: Child) -> None:
        pupil.parent_asks("2025-09-10")
        pupil.given("2025-09-18", decision="refuse", concerning="evaluation")
        declined = pupil.step(
            "2025-09-18", "decline", reason_code="no_suspected_disability", reason="None is seen."
        ).must_be_allowed()
        assert declined.finding("IDEA-PRIV-CHILDFIND")["answer"] == "met"

    def test_before_the_reason_is_given_it_depends_on_it(self, pupil: Child) -> None:
        pupil.parent_asks("2025-09-10")
        found = pupil.explain("decline").finding("IDEA-PRIV-CHILDFIND")
        assert (found["answer"], found["blocks"]) == ("unknown", False)

    def test_where_the_private_school_is_not_recorded_a_person_is_told_to_look(
        self, district_in: NewPlace
    ) -> None:
        pupil = district_in().child(placement="parentally_placed_private")
        pupil.parent_asks("2025-09-10")
        pupil.given("2025-09-18", decision="refuse", concerning="evaluation")
        declined = pupil.step(
            "2025-09-18", "decline", reason_code="not_resident", reason="They live in Lake Shore."
        ).must_be_allowed()
        found = declined.finding("IDEA-PRIV-CHILDFIND")
        assert (found["answer"], found["mode"]) == ("unknown", "advise")
        assert "Which private school" in found["because"]

    def test_a_pupil_of_no_private_school_may_live_elsewhere(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        child.given("2025-09-18", decision="refuse", concerning="evaluation")
        declined = child.step(
            "2025-09-18", "decline", reason_code="not_resident", reason="They live in Lake Shore."
        ).must_be_allowed()
        assert declined.finding("IDEA-PRIV-CHILDFIND")["answer"] == "not_applicable"


class TestE46:
    """Not eligible under IDEA; Section 504 is its own question."""

    @pytest.fixture
    def child(self, child: Child) -> Child:
        child.change_case(frameworks=["idea", "section_504"])
        draft = child.idea(
            "2025-11-10", outcome="not_eligible", category="OHI", needs_special_education=False
        )
        child.finalize(draft).must_be_allowed()
        return child

    def test_asthma_is_judged_without_the_inhaler(self, child: Child) -> None:
        assert "section_504_decision" in child.owes
        draft = child.section_504(
            "2025-11-12",
            mitigating_measures=[{"kind": "inhaler"}],
            limitation_judged_without_mitigation=True,
        )
        final = child.finalize(draft).must_be_allowed()
        assert final.finding("504-MITIGATING")["answer"] == "met"
        assert stored(child, draft["id"]) == "final"
        assert "section_504_decision" not in child.owes

    def test_controlled_by_medication_is_no_reason(self, child: Child) -> None:
        draft = child.section_504(
            "2025-11-12",
            outcome="not_eligible",
            substantially_limits=False,
            mitigating_measures=[{"kind": "inhaler"}],
            reason_codes=["controlled_by_medication"],
        )
        found = child.finalize(draft).must_be_refused_by("504-MITIGATING")
        assert any("12102(4)(E)" in citation["text"] for citation in found["citations"])
        assert stored(child, draft["id"]) == "draft"
        assert "section_504_decision" in child.owes

    def test_ordinary_glasses_may_be_taken_into_account(self, child: Child) -> None:
        draft = child.section_504(
            "2025-11-12",
            outcome="not_eligible",
            impairment="Nearsighted",
            major_life_activities=["seeing"],
            substantially_limits=False,
            mitigating_measures=[{"kind": "glasses", "ordinary_lenses": True}],
        )
        child.finalize(draft).must_be_allowed()

    @pytest.mark.parametrize("outcome", ["eligible", "not_eligible"])
    def test_epilepsy_is_judged_when_active(self, child: Child, outcome: str) -> None:
        draft = child.section_504(
            "2025-11-12",
            outcome=outcome,
            impairment="Epilepsy",
            major_life_activities=["neurological"],
            substantially_limits=outcome == "eligible",
            episodic=True,
            judged_when_active=True,
        )
        assert child.finalize(draft).must_be_allowed().finding("504-EPISODIC")["answer"] == "met"

    def test_none_this_year_is_no_reason(self, child: Child) -> None:
        draft = child.section_504(
            "2025-11-12",
            outcome="not_eligible",
            impairment="Epilepsy",
            major_life_activities=["neurological"],
            substantially_limits=False,
            episodic=True,
            judged_when_active=False,
            reason_codes=["not_active_now"],
        )
        found = child.finalize(draft).must_be_refused_by("504-EPISODIC")
        assert any("12102(4)(D)" in citation["text"] for citation in found["citations"])
