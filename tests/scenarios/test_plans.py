"""Plans over HTTP: version by version, what is owed under them, and both laws' rules about them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.builders import faults
from tests.scenarios.journey import CAL_A, Child, Json, NewPlace, sent
from tests.scenarios.plans import (
    ACCOMMODATIONS,
    LINE,
    consents_to_services,
    drafted,
    explained,
    found_eligible,
    iep,
    in_effect,
    offered,
    served,
    shown,
    step,
    team,
    version,
)


def reviewed(child: Child, plan: Json, on: str) -> Json:
    """A version that a meeting of the whole team made that day, in effect."""
    later = version(child, plan, on, "review", meeting_held_on=on, attendees=team(child))
    return in_effect(child, later, on)


class TestVersions:
    @pytest.fixture
    def plan(self, child: Child) -> Json:
        return served(child, "2025-11-14", "2025-12-05", "2025-12-15")

    def test_an_amendment_begins_with_what_the_plan_says(self, child: Child, plan: Json) -> None:
        later = version(child, plan, "2026-02-02", **ACCOMMODATIONS)
        assert (later["number"], later["amends_id"]) == (2, plan["id"])
        assert later["original_id"] == plan["original_id"] == plan["id"]
        assert later["accommodations"] == ACCOMMODATIONS["accommodations"]
        assert later["services"] == plan["services"]
        assert later["attendees"] == [], "who met about the first did not meet about this"
        assert shown(child, plan)["status"] == "in_effect"

    def test_what_was_in_effect_stays_readable(self, child: Child, plan: Json) -> None:
        later = version(
            child,
            plan,
            "2026-02-02",
            agreed_without_meeting_on="2026-02-02",
            services=[{**LINE, "minutes": 45}],
        )
        in_effect(child, later, "2026-02-09")
        first, second = shown(child, plan), shown(child, later)
        assert (first["status"], first["ended_on"]) == ("replaced", "2026-02-09")
        assert [line["minutes"] for line in first["services"]] == [30]
        assert (second["status"], second["services"][0]["minutes"]) == ("in_effect", 45)
        listed = sent(child.api.get(f"/v1/plans/{plan['id']}/versions"), 200)["items"]
        assert [one["number"] for one in listed] == [1, 2]

    def test_an_offered_plan_is_not_changed(self, child: Child, plan: Json) -> None:
        path = f"/v1/plans/{plan['id']}"
        etag = child.api.get(path).headers["ETag"]
        answer = child.api.patch(path, {"services": []}, etag=etag)
        assert answer.status_code == 409
        assert "versions" in answer.get_json()["detail"]
        manager = child.place.somebody("case_manager")
        child.patched(path, {"case_manager_staff_id": manager})
        assert child.deadline("annual_review")["owner_staff_id"] == manager

    def test_a_version_is_drafted_of_the_one_in_effect(self, child: Child, plan: Json) -> None:
        later = version(child, plan, "2026-02-02")
        answer = child.api.post(f"/v1/plans/{later['id']}/versions", {"occasion": "review"})
        assert answer.status_code == 409
        assert "Version 1 is in effect" in answer.get_json()["detail"]

    def test_a_draft_has_no_versions(self, child: Child) -> None:
        first = drafted(child, "2025-12-05")
        answer = child.api.post(f"/v1/plans/{first['id']}/versions", {"occasion": "review"})
        assert answer.status_code == 409
        assert "Change the draft itself" in answer.get_json()["detail"]

    def test_one_plan_of_a_kind_is_in_effect(self, child: Child, plan: Json) -> None:
        another = iep(child, "2026-02-02")
        step(child, another, "2026-02-02", "offer").must_be_refused_by("LIFECYCLE")
        assert shown(child, plan)["status"] == "in_effect"

    def test_a_version_of_what_was_replaced_does_not_take_effect(
        self, child: Child, plan: Json
    ) -> None:
        slow = version(child, plan, "2026-02-02", agreed_without_meeting_on="2026-02-02")
        quick = version(child, plan, "2026-02-02", agreed_without_meeting_on="2026-02-02")
        in_effect(child, quick, "2026-02-03")
        step(child, slow, "2026-02-04", "offer").must_be_refused_by("LIFECYCLE")

    def test_without_a_meeting_only_an_amendment_is_agreed(self, child: Child, plan: Json) -> None:
        agreed = {"agreed_without_meeting_on": "2026-02-02"}
        review = version(child, plan, "2026-02-02", "review", **agreed)
        step(child, review, "2026-02-03", "offer").must_be_refused_by("IDEA-IEP-TEAM")
        amendment = version(child, plan, "2026-02-03", "amendment", **agreed)
        step(child, amendment, "2026-02-03", "offer").must_be_allowed()

    def test_a_version_needs_notice_and_no_consent_of_its_own(
        self, child: Child, plan: Json
    ) -> None:
        later = version(child, plan, "2026-02-02", agreed_without_meeting_on="2026-02-02")
        step(child, later, "2026-02-02", "offer").must_be_allowed()
        refused = step(child, later, "2026-02-03", "put-in-effect")
        refused.must_be_refused_by("IDEA-PWN")
        child.given("2026-02-04", decision="propose", concerning="fape")
        step(child, later, "2026-02-04", "put-in-effect").must_be_allowed()

    def test_the_list_shows_one_that_counts(self, child: Child, plan: Json) -> None:
        later = version(child, plan, "2026-02-02", agreed_without_meeting_on="2026-02-02")
        in_effect(child, later, "2026-02-03")
        query = {"student_id": child.student_id, "status": "in_effect", "kind": "iep"}
        listed = sent(child.api.get("/v1/plans", query_string=query), 200)["items"]
        assert [one["id"] for one in listed] == [later["id"]]
        assert "services" not in listed[0]
        before = sent(child.api.get("/v1/plans?next_review_before=2026-12-05"), 200)["items"]
        assert before == []
        later_on = sent(child.api.get("/v1/plans?next_review_before=2026-12-06"), 200)["items"]
        assert {one["id"] for one in later_on} == {plan["id"], later["id"]}


class TestAnnualReview:
    @pytest.fixture
    def plan(self, child: Child) -> Json:
        return served(child, "2025-10-06", "2025-10-15", "2025-10-20")

    def test_is_due_a_year_after_the_meeting(self, child: Child, plan: Json) -> None:
        clock = child.deadline("annual_review")
        assert (clock["due_on"], clock["rule_id"]) == ("2026-10-15", "IDEA-IEP-ANNUAL")
        assert shown(child, plan)["next_review_on"] == "2026-10-15"

    @pytest.mark.parametrize(("held", "state"), [("2026-10-15", "met"), ("2026-10-16", "late")])
    def test_a_meeting_about_the_whole_is_on_time_or_late(
        self, child: Child, plan: Json, held: str, state: str
    ) -> None:
        later = reviewed(child, plan, held)
        first, second = sorted(child.deadlines("annual_review"), key=lambda d: str(d["due_on"]))
        assert (first["state"], first["met_on"]) == (state, held)
        assert second["state"] == "running"
        assert second["due_on"] == later["next_review_on"] == f"2027{held[4:]}"

    def test_an_amendment_does_not_put_it_off(self, child: Child, plan: Json) -> None:
        amended = version(child, plan, "2026-03-02", agreed_without_meeting_on="2026-03-02")
        in_effect(child, amended, "2026-03-02")
        assert child.due("annual_review") == "2026-10-15"
        reviewed(child, amended, "2026-10-12")
        met = next(d for d in child.deadlines("annual_review") if d["state"] == "met")
        assert met["met_on"] == "2026-10-12"

    def test_ends_with_the_plan(self, child: Child, plan: Json) -> None:
        step(child, plan, "2026-03-02", "end", reason_code="moved").must_be_allowed()
        assert child.deadline("annual_review")["state"] == "excused"

    def test_a_meeting_set_right_moves_it(self, child: Child, plan: Json) -> None:
        said = {
            "field": "meeting_held_on",
            "value": "2025-10-14",
            "reason": "The minutes say so.",
            "evidence": "The minutes.",
        }
        sent(child.api.post(f"/v1/plans/{plan['id']}/corrections", said))
        assert child.due("annual_review") == "2026-10-14"


class TestReevaluation:
    """IDEA-REEVAL-3Y: found eligible on 2025-11-14."""

    @pytest.fixture
    def plan(self, child: Child) -> Json:
        return served(child, "2025-11-14", "2025-12-05", "2025-12-15")

    def anew(self, child: Child, on: str, **more: Any) -> Json:
        """A group decides again."""
        at = f"/v1/cases/{child.case_id}/eligibility-determinations"
        (first,) = sent(child.api.get(at), 200)["items"]
        draft = child.idea(on, supersedes_id=first["id"], **more)
        child.finalize(draft).must_be_allowed()
        return draft

    def test_is_due_after_three_years(self, child: Child, plan: Json) -> None:
        clock = child.deadline("reevaluation")
        assert (clock["due_on"], clock["state"]) == ("2028-11-14", "running")
        told = sent(child.api.get(f"/v1/deadlines/{clock['id']}"), 200)
        assert any("300.303(b)(2)" in one["text"] for one in told["citations"])

    def test_none_is_due_before_there_is_a_plan(self, child: Child) -> None:
        found_eligible(child, "2025-11-14")
        assert child.deadlines("reevaluation") == []

    @pytest.mark.parametrize(("on", "state"), [("2028-11-14", "met"), ("2028-11-15", "late")])
    def test_a_new_determination_begins_the_next(
        self, child: Child, plan: Json, on: str, state: str
    ) -> None:
        self.anew(child, on)
        first, second = sorted(child.deadlines("reevaluation"), key=lambda d: str(d["due_on"]))
        assert (first["state"], first["met_on"]) == (state, on)
        assert (second["state"], second["due_on"]) == ("running", f"2031{on[4:]}")

    def test_not_eligible_any_more_begins_none(self, child: Child, plan: Json) -> None:
        self.anew(child, "2026-05-12", outcome="not_eligible", needs_special_education=False)
        assert child.deadline("reevaluation")["state"] == "met"

    def test_parent_and_district_may_do_without(self, child: Child, plan: Json) -> None:
        child.place.on("2028-10-02")
        child.patched(f"/v1/plans/{plan['id']}", {"reevaluation_waived_on": "2028-10-02"})
        first, second = sorted(child.deadlines("reevaluation"), key=lambda d: str(d["due_on"]))
        assert (first["state"], first["met_on"]) == ("met", "2028-10-02")
        assert (second["state"], second["due_on"]) == ("running", "2031-10-02")

    def test_ends_with_the_plan(self, child: Child, plan: Json) -> None:
        step(child, plan, "2026-03-02", "end", reason_code="moved").must_be_allowed()
        assert child.deadline("reevaluation")["state"] == "excused"

    @pytest.mark.parametrize(
        ("category", "due_on", "waivable"),
        [("ID", "2027-11-14", False), ("OHI", "2028-11-14", True)],
    )
    def test_pennsylvania_asks_for_it_sooner_where_there_is_intellectual_disability(
        self, district_in: NewPlace, category: str, due_on: str, waivable: bool
    ) -> None:
        child = district_in("us-pa", CAL_A).child().evaluated_from("2025-09-15")
        found_eligible(child, "2025-11-14", category=category)
        plan = iep(child, "2025-12-05")
        consents_to_services(child, "2025-12-12")
        in_effect(child, plan, "2025-12-15")
        clock = child.deadline("reevaluation")
        assert clock["due_on"] == due_on
        told = sent(child.api.get(f"/v1/deadlines/{clock['id']}"), 200)
        assert ("22 Pa. Code 14.124" in told["citations"][0]["text"]) is not waivable
        child.patched(f"/v1/plans/{plan['id']}", {"reevaluation_waived_on": "2025-12-15"})
        assert (len(child.deadlines("reevaluation")) == 2) is waivable


class TestAccess:
    """IDEA-IEP-ACCESS: a special educator teaches, and the regular teacher accommodates."""

    @pytest.fixture
    def plan(self, child: Child) -> Json:
        return served(child, "2025-11-14", "2025-12-05", "2025-12-15", **ACCOMMODATIONS)

    def told(self, child: Child, plan: Json, role: str, on: str, **more: Any) -> Json:
        child.place.on(on)
        body = {"staff_id": child.place.somebody(role), "role": role, "informed_on": on, **more}
        return sent(child.api.post(f"/v1/plans/{plan['id']}/acknowledgements", body))

    def test_each_is_told_of_their_duties(self, child: Child, plan: Json) -> None:
        assert "inform_providers" in child.owes
        self.told(child, plan, "special_educator", "2025-12-15", duties="Reading, daily.")
        assert "inform_providers" in child.owes
        made = self.told(child, plan, "teacher", "2025-12-16")
        assert child.deadline("inform_providers")["met_on"] == "2025-12-16"
        listed = sent(child.api.get(f"/v1/plans/{plan['id']}/acknowledgements"), 200)["items"]
        assert [one["role"] for one in listed] == ["special_educator", "teacher"]
        assert made["acknowledged_on"] is None
        path = f"/v1/plan-acknowledgements/{made['id']}"
        assert child.patched(path, {"acknowledged_on": "2025-12-16"})["acknowledged_on"]

    def test_a_later_version_is_told_anew(self, child: Child, plan: Json) -> None:
        for role in ("special_educator", "teacher"):
            self.told(child, plan, role, "2025-12-15")
        later = version(child, plan, "2026-02-02", agreed_without_meeting_on="2026-02-02")
        in_effect(child, later, "2026-02-02")
        assert "inform_providers" in child.owes

    def test_is_a_duty_that_holds_nothing_up(self, child: Child) -> None:
        found_eligible(child, "2025-11-14")
        plan = iep(child, "2025-12-05", **ACCOMMODATIONS)
        consents_to_services(child, "2025-12-12")
        offered(child, plan, "2025-12-12")
        found = explained(child, plan, "put-in-effect").finding("IDEA-IEP-ACCESS")
        assert (found["answer"], found["mode"], found["blocks"]) == ("unmet", "duty", False)
        for role in ("special_educator", "teacher"):
            self.told(child, plan, role, "2025-12-12")
        found = explained(child, plan, "put-in-effect").finding("IDEA-IEP-ACCESS")
        assert found["answer"] == "met"

    @pytest.mark.parametrize(
        ("wrong", "fault"),
        [
            ({"informed_on": "2026-01-01"}, ("/informed_on", "future")),
            ({"staff_id": str(uuid4())}, ("/staff_id", "not_found")),
            ({"acknowledged_on": "2025-12-14"}, ("/acknowledged_on", "before_start")),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, child: Child, plan: Json, wrong: Json, fault: tuple[str, str]
    ) -> None:
        said = {
            "staff_id": child.place.somebody("teacher"),
            "role": "teacher",
            "informed_on": "2025-12-15",
        }
        at = f"/v1/plans/{plan['id']}/acknowledgements"
        assert faults(child.api.post(at, said | wrong)) == {fault}
        assert sent(child.api.get(at), 200)["items"] == []


class TestTheTeam:
    """IDEA-IEP-TEAM and IDEA-IEP-EXCUSE, beside the parent."""

    @pytest.fixture(autouse=True)
    def eligible(self, child: Child) -> None:
        found_eligible(child, "2025-11-14")

    def without_a_teacher(self, child: Child, **more: Any) -> Json:
        members = [one for one in team(child) if one["role"] != "teacher"]
        return iep(child, "2025-12-05", attendees=members, **more)

    def test_a_missing_member_is_pointed_out(self, child: Child) -> None:
        offer = step(child, self.without_a_teacher(child), "2025-12-08", "offer")
        found = offer.must_be_allowed().finding("IDEA-IEP-TEAM")
        assert (found["answer"], found["mode"]) == ("unmet", "advise")
        assert "a regular education teacher" in found["because"]

    def test_an_excused_one_is_not_missing(self, child: Child) -> None:
        agreed = {"role": "teacher", "area_discussed": False, "parent_agreed_on": "2025-12-03"}
        offer = step(child, self.without_a_teacher(child, excusals=[agreed]), "2025-12-08", "offer")
        for rule_id in ("IDEA-IEP-TEAM", "IDEA-IEP-EXCUSE"):
            assert offer.must_be_allowed().finding(rule_id)["answer"] == "met"

    def test_where_the_area_is_discussed_it_takes_written_input(self, child: Child) -> None:
        agreed = {"role": "teacher", "area_discussed": True, "parent_agreed_on": "2025-12-03"}
        offer = step(child, self.without_a_teacher(child, excusals=[agreed]), "2025-12-08", "offer")
        found = offer.must_be_allowed().finding("IDEA-IEP-EXCUSE")
        assert (found["answer"], found["blocks"]) == ("unmet", False)
        assert "written input" in found["because"]


class TestSection504:
    @pytest.fixture
    def child(self, district_in: NewPlace) -> Child:
        child = district_in().child()
        child.parent_asks("2025-09-10", frameworks=["section_504"])
        return child

    def eligible(self, child: Child, on: str, **more: Any) -> Json:
        """What the group decided under Section 504, final."""
        found = child.section_504(on, **more)
        child.finalize(found).must_be_allowed()
        return found

    def plan(self, child: Child, on: str, **more: Any) -> Json:
        child.given(on, "section_504_rights")
        return drafted(child, on, "section_504", **(ACCOMMODATIONS | more))

    def test_no_plan_before_a_group_decided(self, child: Child) -> None:
        plan = self.plan(child, "2025-10-01")
        step(child, plan, "2025-10-01", "offer").must_be_refused_by("504-EVAL-BEFORE")
        self.eligible(child, "2025-10-06")
        assert "section_504_plan" in child.owes
        step(child, plan, "2025-10-06", "offer").must_be_allowed()
        taken = step(child, plan, "2025-10-07", "put-in-effect").must_be_allowed()
        for rule_id in ("IDEA-CONSENT-SERVICES", "IDEA-PWN", "IDEA-EVAL-BEFORE-SERVICES"):
            assert taken.finding(rule_id)["answer"] == "not_applicable"
        assert "section_504_plan" not in child.owes
        assert child.deadlines("annual_review", "reevaluation", "inform_providers") == []

    def test_a_plan_that_gives_nothing_is_pointed_out(self, child: Child) -> None:
        self.eligible(child, "2025-10-06")
        empty = self.plan(child, "2025-10-06", accommodations=[])
        found = step(child, empty, "2025-10-06", "offer").must_be_allowed().finding("504-FAPE")
        assert (found["answer"], found["mode"]) == ("unmet", "advise")
        step(child, empty, "2025-10-07", "withdraw", reason_code="other").must_be_allowed()
        full = self.plan(child, "2025-10-07")
        found = step(child, full, "2025-10-07", "offer").must_be_allowed().finding("504-FAPE")
        assert found["answer"] == "met"

    def test_who_is_protected_and_needs_no_plan_is_owed_none(self, child: Child) -> None:
        self.eligible(child, "2025-10-06")
        plan = self.plan(child, "2025-10-06")
        step(child, plan, "2025-10-07", "withdraw", reason_code="no_plan_needed").must_be_allowed()
        assert child.deadline("section_504_plan")["met_on"] == "2025-10-07"

    def test_the_evaluation_has_no_number_of_days(self, child: Child) -> None:
        child.consents("2025-09-15")
        duty = child.deadline("section_504_evaluation")
        assert (duty["kind"], duty["due_on"], duty["rule_id"]) == ("duty", None, "504-CLOCK")
        self.eligible(child, "2025-10-06")
        assert child.deadline("section_504_evaluation")["met_on"] == "2025-10-06"

    def test_a_day_is_set_for_the_next_look(self, child: Child) -> None:
        self.eligible(child, "2025-10-06")
        plan = self.plan(child, "2025-10-06")
        step(child, plan, "2025-10-06", "offer").must_be_allowed()
        found = explained(child, plan, "put-in-effect").finding("504-REEVAL")
        assert (found["answer"], found["blocks"]) == ("unmet", False)
        child.patched(f"/v1/plans/{plan['id']}", {"reevaluation_on": "2028-10-06"})
        taken = step(child, plan, "2025-10-07", "put-in-effect").must_be_allowed()
        assert taken.finding("504-REEVAL")["answer"] == "met"
        assert "section_504_reevaluation" in child.owes

    def test_each_decision_begins_the_next_look(self, child: Child) -> None:
        first = self.eligible(child, "2025-10-06")
        plan = self.plan(child, "2025-10-06")
        step(child, plan, "2025-10-06", "offer").must_be_allowed()
        step(child, plan, "2025-10-07", "put-in-effect").must_be_allowed()
        self.eligible(child, "2026-04-20", supersedes_id=first["id"])
        looks = sorted(child.deadlines("section_504_reevaluation"), key=lambda d: d["started_on"])
        assert [look["state"] for look in looks] == ["met", "open"]

    def test_it_ends_after_the_group_decided_anew(self, child: Child) -> None:
        first = self.eligible(child, "2025-10-06")
        plan = self.plan(child, "2025-10-06")
        step(child, plan, "2025-10-06", "offer").must_be_allowed()
        step(child, plan, "2025-10-07", "put-in-effect").must_be_allowed()
        refused = step(child, plan, "2026-04-13", "end", reason_code="dismissed")
        refused.must_be_refused_by("504-EVAL-BEFORE")
        self.eligible(
            child,
            "2026-04-20",
            outcome="not_eligible",
            substantially_limits=False,
            supersedes_id=first["id"],
        )
        step(child, plan, "2026-04-20", "end", reason_code="dismissed").must_be_allowed()
        assert child.deadline("section_504_reevaluation")["state"] == "met"

    def test_an_amendment_rests_on_the_decision_that_began_it(self, child: Child) -> None:
        self.eligible(child, "2025-10-06")
        plan = in_effect(child, self.plan(child, "2025-10-06"), "2025-10-07")
        later = version(child, plan, "2026-02-02", accommodations=["A seat near the door"])
        found = explained(child, later, "offer").finding("504-EVAL-BEFORE")
        assert (found["answer"], found["blocks"]) == ("not_applicable", False)
        in_effect(child, later, "2026-02-03")
        assert shown(child, plan)["status"] == "replaced"

    def test_whether_it_may_end_depends_on_the_reason(self, child: Child) -> None:
        self.eligible(child, "2025-10-06")
        plan = in_effect(child, self.plan(child, "2025-10-06"), "2025-10-07")
        found = explained(child, plan, "end").finding("504-EVAL-BEFORE")
        assert (found["answer"], found["blocks"]) == ("unknown", False)
        assert "reason_code" in found["remedy"]


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("wrong", "fault"),
        [
            ({"meeting_held_on": "2026-09-01"}, ("/meeting_held_on", "future")),
            ({"case_manager_staff_id": str(uuid4())}, ("/case_manager_staff_id", "not_found")),
            ({"school_id": str(uuid4())}, ("/school_id", "not_found")),
            ({"determination_id": str(uuid4())}, ("/determination_id", "not_found")),
            ({"amends_id": str(uuid4())}, ("/amends_id", "not_found")),
            ({"occasion": "amendment"}, ("/occasion", "not_for_this")),
            (
                {"services": [LINE, {**LINE, "ends_on": "2025-12-01"}]},
                ("/services/1/ends_on", "before_start"),
            ),
            (
                {"related_services": [{**LINE, "provider_staff_id": str(uuid4())}]},
                ("/related_services/0/provider_staff_id", "not_found"),
            ),
            (
                {"excusals": [{"role": "teacher", "parent_agreed_on": "2026-09-01"}]},
                ("/excusals/0/parent_agreed_on", "future"),
            ),
        ],
    )
    def test_a_draft_of_it_stores_nothing(
        self, child: Child, wrong: Json, fault: tuple[str, str]
    ) -> None:
        at = f"/v1/cases/{child.case_id}/plans"
        assert faults(child.api.post(at, {"kind": "iep", **wrong})) == {fault}
        assert sent(child.api.get(at), 200)["items"] == []

    def test_a_plan_rests_on_a_finding_under_its_own_law(self, child: Child) -> None:
        found = child.section_504("2025-10-06")
        said = {"kind": "iep", "determination_id": found["id"]}
        answer = child.api.post(f"/v1/cases/{child.case_id}/plans", said)
        assert faults(answer) == {("/determination_id", "of_another_case")}

    def test_a_plan_names_the_finding_it_rests_on(self, child: Child) -> None:
        found = found_eligible(child, "2025-11-14")
        plan = drafted(child, "2025-12-05", determination_id=found["id"])
        assert plan["determination_id"] == found["id"]

    def test_only_the_childs_own_plan_in_effect_is_amended(self, child: Child) -> None:
        at = f"/v1/cases/{child.case_id}/plans"
        plan = served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        said = {"occasion": "amendment", "amends_id": plan["id"]}
        wrong = child.api.post(at, {"kind": "section_504", **said})
        assert faults(wrong) == {("/amends_id", "not_amendable")}
        made = sent(child.api.post(at, {"kind": "iep", **said}))
        assert made["amends_id"] == plan["id"]
        again = child.api.post(at, {"kind": "iep", **said, "amends_id": made["id"]})
        assert faults(again) == {("/amends_id", "not_amendable")}

    def test_a_plan_is_a_childs(self, district_in: NewPlace) -> None:
        place = district_in()
        place.on("2025-09-10")
        letter = {"requester": "parent", "words": "Test my son.", "received_on": "2025-09-10"}
        receipt = sent(place.api.post("/v1/referrals", letter))
        answer = place.api.post(f"/v1/cases/{receipt['case_id']}/plans", {"kind": "iep"})
        assert faults(answer) == {("/case_id", "unmatched")}

    def test_days_of_steps_are_in_order(self, child: Child) -> None:
        found_eligible(child, "2025-11-14")
        plan = offered(child, iep(child, "2025-12-05"), "2025-12-08")
        early = step(child, plan, "2025-12-15", "put-in-effect", in_effect_on="2025-12-07")
        assert faults(early.answer) == {("/in_effect_on", "before_start")}
        late = step(child, plan, "2025-12-15", "put-in-effect", in_effect_on="2025-12-16")
        assert faults(late.answer) == {("/in_effect_on", "future")}

    def test_a_reason_fits_the_kind_of_plan(self, child: Child) -> None:
        plan = drafted(child, "2025-12-05")
        taken = step(child, plan, "2025-12-05", "withdraw", reason_code="no_plan_needed")
        assert faults(taken.answer) == {("/reason_code", "not_for_this")}

    def test_a_version_says_its_occasion(self, child: Child) -> None:
        plan = served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        at = f"/v1/plans/{plan['id']}/versions"
        assert faults(child.api.post(at, {})) == {("/occasion", "required")}
