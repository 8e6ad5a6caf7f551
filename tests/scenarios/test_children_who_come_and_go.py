"""From Part C, from another district, and out of school for discipline: E41 of the law page."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.journey import CAL_A, CAL_M, Child, Json, NewPlace, sent
from tests.scenarios.plans import (
    consents_to_services,
    found_eligible,
    iep,
    in_effect,
    revoked,
    served,
    step,
)


class TestE41:
    """A child of Part C turns three."""

    def arrives(self, district_in: NewPlace, born: str, on: str, **more: Any) -> Child:
        child = district_in().child(born=born, placement="preschool")
        child.referred(on, "other_public_agency")
        body = {"student_id": child.student_id, **more}
        self.made = sent(child.api.post("/v1/part-c-transitions", body))
        return child

    def test_the_notice_and_the_iep_are_due(self, district_in: NewPlace) -> None:
        child = self.arrives(district_in, "2023-03-10", "2025-09-10")
        assert child.due("part_c_notice") == "2025-12-10"
        assert child.due("part_c_conference") == "2025-12-10"
        assert child.due("part_c_to_part_b") == "2026-03-10"

    def test_a_birthday_in_summer_moves_nothing(self, district_in: NewPlace) -> None:
        set_on = {"services_start_on": "2026-08-17"}
        child = self.arrives(district_in, "2023-07-05", "2025-09-10", **set_on)
        assert child.due("part_c_notice") == "2026-04-06"
        assert child.due("part_c_to_part_b") == "2026-07-05"
        assert self.made["services_start_on"] == "2026-08-17"

    def test_the_notice_in_time_meets_its_deadline(self, district_in: NewPlace) -> None:
        child = self.arrives(district_in, "2023-03-10", "2025-09-10")
        child.place.on("2025-12-11")
        path = f"/v1/part-c-transitions/{self.made['id']}"
        child.patched(path, {"notified_on": "2025-12-01", "conference_on": "2025-12-11"})
        assert child.deadline("part_c_notice")["state"] == "met"
        assert child.deadline("part_c_conference")["state"] == "late"

    def test_found_eligible_late_the_notice_comes_as_soon_as_possible(
        self, district_in: NewPlace
    ) -> None:
        found = {"found_eligible_on": "2026-01-05"}
        child = self.arrives(district_in, "2023-03-10", "2026-01-05", **found)
        assert child.due("part_c_notice") is None
        assert child.deadline("part_c_notice")["state"] == "open"

    def test_so_late_that_the_child_is_referred_there_is_none(self, district_in: NewPlace) -> None:
        found = {"found_eligible_on": "2026-02-02"}
        child = self.arrives(district_in, "2023-03-10", "2026-02-02", **found)
        assert child.deadlines("part_c_notice") == []
        assert child.due("part_c_to_part_b") == "2026-03-10"


class TestAnIepFromElsewhere:
    """IDEA-TRANSFER-IEP-IN and IDEA-TRANSFER-IEP-OUT: 300.323(e), (f)."""

    def comes(self, district_in: NewPlace, state: str) -> tuple[Child, str]:
        child = district_in("us-wi").child()
        child.referred("2025-10-06", "other_public_agency")
        body = {
            "student_id": child.student_id,
            "from_state": state,
            "enrolled_on": "2025-10-06",
        }
        made = sent(child.api.post("/v1/transferred-ieps", body))
        assert made["within_state"] is (state == "WI")
        return child, f"/v1/transferred-ieps/{made['id']}"

    @pytest.mark.parametrize("state", ["wi", "Wisconsin", ""])
    def test_comes_from_a_state_by_its_postal_code(self, district_in: NewPlace, state: str) -> None:
        child = district_in("us-wi").child()
        child.place.on("2025-10-06")
        body = {
            "student_id": child.student_id,
            "from_state": state,
            "enrolled_on": "2025-10-06",
        }
        answer = child.api.post("/v1/transferred-ieps", body)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.get_json()["errors"]] == ["/from_state"]

    def test_within_the_state_is_served_and_adopted(self, district_in: NewPlace) -> None:
        child, path = self.comes(district_in, "WI")
        owed = {"comparable_services_within_state", "transferred_iep_within_state"}
        assert child.owes & {*owed, "comparable_services_from_another_state"} == owed
        child.place.on("2025-10-20")
        child.patched(path, {"comparable_services_on": "2025-10-07", "adopted_on": "2025-10-20"})
        assert child.deadline("comparable_services_within_state")["met_on"] == "2025-10-07"
        assert child.deadline("transferred_iep_within_state")["met_on"] == "2025-10-20"

    def test_from_another_state_an_evaluation_is_an_initial_one(
        self, district_in: NewPlace
    ) -> None:
        child, path = self.comes(district_in, "IA")
        assert "comparable_services_from_another_state" in child.owes
        child.patched(path, {"comparable_services_on": "2025-10-06", "evaluation_needed": True})
        # Adopting is for one from within the state.
        child.patched(path, {"adopted_on": "2025-10-06"})
        assert "transferred_iep_from_another_state" in child.owes
        assert child.case()["path"] == "initial"
        child.parent_asks("2025-10-08")
        child.told_of_evaluation("2025-10-10")
        child.asked_for_consent("2025-10-10")
        child.step("2025-10-10", "propose-evaluation").must_be_allowed()
        child.step("2025-10-10", "start-evaluation").must_be_refused_by(
            "IDEA-CONSENT-EVAL", "IDEA-CONSENT-REFUSED-EVAL"
        )


class TestARemoval:
    """IDEA-DISC-KNOWLEDGE, -NO-KNOWLEDGE, -EXPEDITED: 300.534."""

    def removed(self, child: Child, on: str, **more: Any) -> Json:
        child.place.on(on)
        body = {"student_id": child.student_id, "behavior_on": on, "began_on": on, **more}
        return sent(child.api.post("/v1/disciplinary-removals", body))

    def found(self, removal: Json, rule_id: str) -> str:
        answer: str = {f["rule_id"]: f for f in removal["findings"]}[rule_id]["answer"]
        return answer

    def test_of_a_child_whose_parent_had_asked_has_protections(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        removal = self.removed(child, "2025-10-06")
        assert self.found(removal, "IDEA-DISC-KNOWLEDGE") == "unmet"

    def test_of_a_child_whose_parent_refused_has_none(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        asked = child.proposed("2025-09-12")
        child.consents("2025-09-15", asked, answer="refused", signed_by=None, signed_on=None)
        removal = self.removed(child, "2025-10-06")
        assert self.found(removal, "IDEA-DISC-KNOWLEDGE") == "met"
        assert self.found(removal, "IDEA-DISC-NO-KNOWLEDGE") == "met"

    def test_of_a_child_whose_parent_ended_services_has_none_from_then_on(
        self, district_in: NewPlace
    ) -> None:
        child = district_in().child().evaluated_from("2025-09-15")
        found_eligible(child, "2025-11-14")
        plan = iep(child, "2025-12-05")
        consent = consents_to_services(child, "2025-12-12")
        in_effect(child, plan, "2025-12-15")
        revoked(child, consent, "2026-01-20")
        child.given("2026-01-26", decision="propose", concerning="fape")
        step(child, plan, "2026-01-30", "end", reason_code="consent_revoked").must_be_allowed()
        removal = self.removed(child, "2026-02-09")
        assert self.found(removal, "IDEA-DISC-NO-KNOWLEDGE") == "met"

    def test_of_a_child_in_support_alone_has_none(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.helped("2025-08-20", "2025-09-19")
        child.teacher_refers("2025-09-22")
        removal = self.removed(child, "2025-10-06")
        assert self.found(removal, "IDEA-DISC-KNOWLEDGE") == "met"

    def change_of_placement(self, child: Child, **more: Any) -> Json:
        """Decided on 2025-10-06, of a child whose parent had asked for an evaluation."""
        child.parent_asks("2025-09-10")
        changes = {"changes_placement": True, "change_decided_on": "2025-10-06", **more}
        return self.removed(child, "2025-10-06", **changes)

    def test_of_a_child_with_protections_owes_the_manifestation_determination(
        self, district_in: NewPlace
    ) -> None:
        child = district_in("us", CAL_M).child()
        removal = self.change_of_placement(child)
        owed = child.deadline("manifestation_determination")
        assert (owed["due_on"], owed["verification"]) == ("2025-10-21", "U")
        assert child.deadline("removal_services")["state"] == "open"
        child.place.on("2025-10-21")
        path = f"/v1/disciplinary-removals/{removal['id']}"
        held = {
            "manifestation_determined_on": "2025-10-21",
            "caused_by_disability": True,
            "caused_by_failure_to_implement": False,
            "services_since": "2025-10-20",
        }
        told = child.patched(path, held)
        assert self.found(told, "IDEA-DISC-KNOWLEDGE") == "unmet"
        who = [{"role": "parent", "name": "Dana Rivers"}, {"role": "lea_representative"}]
        told = child.patched(path, {"manifestation_participants": who})
        assert self.found(told, "IDEA-DISC-KNOWLEDGE") == "met"
        assert child.deadline("manifestation_determination")["state"] == "met"
        assert child.deadline("removal_services")["met_on"] == "2025-10-20"

    def test_determined_on_the_eleventh_school_day_is_late(self, district_in: NewPlace) -> None:
        child = district_in("us", CAL_M).child()
        removal = self.change_of_placement(child)
        child.place.on("2025-10-22")
        answers = {"caused_by_disability": False, "caused_by_failure_to_implement": False}
        path = f"/v1/disciplinary-removals/{removal['id']}"
        child.patched(path, {"manifestation_determined_on": "2025-10-22", **answers})
        assert child.deadline("manifestation_determination")["state"] == "late"

    def test_is_determined_with_both_questions_answered(self, district_in: NewPlace) -> None:
        child = district_in("us", CAL_M).child()
        removal = self.change_of_placement(child)
        path = f"/v1/disciplinary-removals/{removal['id']}"
        etag = child.api.get(path).headers["ETag"]
        half = {"manifestation_determined_on": "2025-10-06", "caused_by_disability": False}
        refused = child.api.patch(path, half, etag=etag)
        assert refused.status_code == 422
        (error,) = refused.get_json()["errors"]
        assert error["pointer"] == "/caused_by_failure_to_implement"

    def test_of_a_child_of_whom_nobody_knew_owes_none(self, district_in: NewPlace) -> None:
        child = district_in("us", CAL_M).child()
        self.removed(child, "2025-09-08", changes_placement=True)
        child.parent_asks("2025-09-10")
        assert child.deadlines("manifestation_determination", "removal_services") == []

    def test_that_is_no_change_of_placement_owes_none(self, district_in: NewPlace) -> None:
        child = district_in("us", CAL_M).child()
        self.change_of_placement(child, changes_placement=False)
        assert child.deadlines("manifestation_determination", "removal_services") == []

    def test_of_a_student_with_an_iep_owes_it_in_the_case_of_the_iep(
        self, district_in: NewPlace
    ) -> None:
        child = district_in("us", CAL_M).child().evaluated_from("2025-09-15")
        served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        first_case = child.case_id
        child.parent_asks("2026-01-12")
        second_case = child.case_id
        self.removed(child, "2026-01-20", changes_placement=True)
        assert child.deadlines("manifestation_determination") == []
        child.case_id = first_case
        assert child.due("manifestation_determination") == "2026-02-03"
        assert second_case != first_case

    def referred_by_a_teacher(self, district_in: NewPlace) -> Child:
        """An evaluation is under way; no parent asked for it."""
        child = district_in("us", CAL_M).child()
        child.teacher_refers("2025-09-12")
        teacher = child.place.somebody("teacher")
        suspicion = {"staff_id": teacher, "statement": "I suspect a disability now."}
        child.step("2025-09-12", "request-evaluation", suspicion=suspicion).must_be_allowed()
        child.consents("2025-09-15", child.proposed("2025-09-15"))
        child.step("2025-09-15", "start-evaluation").must_be_allowed()
        return child

    def test_of_a_student_with_an_iep_says_so(self, district_in: NewPlace) -> None:
        child = self.referred_by_a_teacher(district_in)
        served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        removal = self.removed(child, "2026-01-20", changes_placement=True)
        told = {f["rule_id"]: f for f in removal["findings"]}["IDEA-DISC-KNOWLEDGE"]
        assert told["answer"] == "unmet"
        assert told["because"].startswith("Before the behavior the child had an IEP:")

    def test_of_a_student_found_eligible_owes_it_before_the_first_iep(
        self, district_in: NewPlace
    ) -> None:
        child = self.referred_by_a_teacher(district_in)
        found_eligible(child, "2025-11-14")
        self.removed(child, "2025-11-17", changes_placement=True)
        assert child.deadline("manifestation_determination")["state"] == "running"

    def test_disputed_says_where_the_child_stays(self, district_in: NewPlace) -> None:
        child = district_in("us", CAL_M).child()
        self.change_of_placement(child)
        about = {"filed_by": "parent", "about": "discipline"}
        made = child.disputed("2025-10-08", **about)
        assert made["stay_put"]["where"] == "interim_setting"
        placement = child.disputed("2025-10-08", filed_by="parent", about="placement")
        assert placement["stay_put"]["where"] == "current_placement"
        assert placement["stay_put"]["citations"][0]["verification"] == "U"
        ended = {"ended_on": "2025-10-08", "outcome": "withdrawn"}
        assert child.patched(f"/v1/disputes/{placement['id']}", ended)["stay_put"] is None
        mediation = child.disputed("2025-10-08", kind="mediation", about="placement")
        assert mediation["stay_put"] is None

    def test_in_which_the_parent_asks_expedites_the_evaluation(self, district_in: NewPlace) -> None:
        child = district_in("us-in", CAL_A).child()
        removal = self.removed(child, "2025-09-08")
        receipt = child.parent_asks("2025-09-10")
        told = {f["rule_id"]: f for f in receipt["findings"]}["IDEA-DISC-EXPEDITED"]
        assert (told["answer"], told["mode"]) == ("unmet", "duty")
        assert child.deadline("expedited_evaluation")["started_on"] == "2025-09-10"
        child.consents("2025-09-15", child.proposed("2025-09-12"))
        assert child.due("initial_evaluation") == "2025-10-14"
        # It had ended before the parent asked, as it turns out.
        path = f"/v1/disciplinary-removals/{removal['id']}"
        child.patched(path, {"ended_on": "2025-09-09"})
        assert child.due("initial_evaluation") == "2025-12-03"
        assert child.deadlines("expedited_evaluation") == []

    def test_that_changes_the_placement_owes_the_safeguards_that_day(
        self, district_in: NewPlace
    ) -> None:
        """300.530(h): on the date on which the decision is made."""
        child = district_in().child()
        child.parent_asks("2025-09-10")
        self.removed(
            child,
            "2025-10-08",
            behavior_on="2025-10-06",
            began_on="2025-10-07",
            changes_placement=True,
            change_decided_on="2025-10-08",
        )
        owed = child.deadline("removal_safeguards")
        assert (owed["started_on"], owed["due_on"]) == ("2025-10-08", "2025-10-08")
        assert (owed["state"], owed["overdue"]) == ("running", False)
        cited = [(one["text"], one["verification"]) for one in owed["citations"]]
        assert cited == [("34 CFR 300.530(h)", "U"), ("34 CFR 300.504(a)(3)", "R")]
        (line,) = sent(child.api.get(f"/v1/deadlines/{owed['id']}/ledger"), 200)["items"]
        assert (line["day"], line["counted"]) == ("2025-10-08", False)
        assert line["why"] == "due this day: named, not counted"
        assert line["citation"]["text"] == "34 CFR 300.530(h)"
        assert child.deadlines("procedural_safeguards_again") == []

    @pytest.mark.parametrize(("given_on", "state"), [("2025-10-06", "met"), ("2025-10-07", "late")])
    def test_has_them_that_day_or_late(
        self, district_in: NewPlace, given_on: str, state: str
    ) -> None:
        child = district_in("us", CAL_M).child()
        self.change_of_placement(child)
        child.given(given_on, "procedural_safeguards")
        owed = child.deadline("removal_safeguards")
        assert (owed["state"], owed["met_on"]) == (state, given_on)

    def test_whose_decision_is_not_on_record_owes_them_when_it_begins(
        self, district_in: NewPlace
    ) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-10")
        self.removed(child, "2025-10-09", behavior_on="2025-10-06", changes_placement=True)
        assert child.due("removal_safeguards") == "2025-10-09"

    def test_of_a_child_of_whom_nobody_knew_owes_no_safeguards(self, district_in: NewPlace) -> None:
        child = district_in().child()
        self.removed(child, "2025-09-08", changes_placement=True)
        child.parent_asks("2025-09-10")
        assert child.deadlines("removal_safeguards") == []
