"""From a teacher's referral to a 504 plan: not eligible under one law, eligible under the other."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import Child, Json, NewPlace, sent

CASE = "/v1/cases"


@pytest.fixture
def sam(district_in: NewPlace) -> Child:
    """A child of nine with asthma, US-DEFAULT."""
    return district_in().child()


def refer(sam: Child) -> None:
    """Support was given and documented, and the teacher refers."""
    made = sam.helped("2025-08-18", "2025-09-26")
    assert (made["documented"], made["missing"]) == (True, [])
    receipt = sam.teacher_refers("2025-09-29", suspected_areas=["reading", "health"])
    assert receipt["case"]["status"] == "received"
    asked = sam.step("2025-09-29", "request-evaluation").must_be_allowed()
    assert asked.finding("STATE-PREREFERRAL-INTERVENTION")["answer"] == "met"


def propose(sam: Child) -> Json:
    """Nothing is asked of the parent before both notices are there."""
    sam.step("2025-10-01", "propose-evaluation").must_be_refused_by("IDEA-PWN", "IDEA-PSN")
    return sam.proposed("2025-10-02")


def evaluate(sam: Child, asked: Json) -> Json:
    """Consent comes; two areas are assessed and the report is given to the parent."""
    sam.step("2025-10-03", "start-evaluation").must_be_refused_by(
        "IDEA-CONSENT-EVAL", "IDEA-CONSENT-REFUSED-EVAL"
    )
    sam.consents("2025-10-06", asked)
    sam.step("2025-10-06", "start-evaluation").must_be_allowed()
    assert sam.due("initial_evaluation") == "2025-12-05"
    evaluation = sam.evaluation("2025-10-07", parent_input="He coughs at night.")
    sam.assessment(evaluation, "2025-10-14", "reading")
    early = sam.step("2025-10-20", "complete-evaluation")
    assert "health" in early.must_be_refused_by("IDEA-EVAL-ALL-AREAS")["because"]
    sam.assessment(evaluation, "2025-11-03", "health", source_kind="physical_condition")
    path = f"/v1/evaluations/{evaluation['id']}"
    sam.place.on("2025-11-10")
    sam.patched(
        path,
        {"report_completed_on": "2025-11-10", "report_given_to_parent_on": "2025-11-10"},
    )
    done = sam.step("2025-11-10", "complete-evaluation").must_be_allowed()
    assert done.finding("IDEA-EVAL-CLOCK")["answer"] == "met"
    return evaluation


def decide(sam: Child) -> None:
    """Two laws, two answers, each with its notice."""
    asthma = {"category": "OHI", "disability_present": True, "needs_special_education": False}
    draft = sam.idea("2025-11-14", outcome="not_eligible", **asthma)
    under_idea = f"/v1/eligibility-determinations/{draft['id']}"
    found = sam.finalize(draft).must_be_allowed().finding("504-VS-IDEA")
    assert (found["answer"], found["mode"]) == ("unmet", "duty")
    assert "section_504_decision" in sam.owes
    sam.change_case(frameworks=["idea", "section_504"])
    sam.step("2025-11-14", "determine").must_be_refused_by("IDEA-CHILD-FIND")

    draft = sam.section_504(
        "2025-11-18",
        mitigating_measures=[{"kind": "inhaler"}],
        limitation_judged_without_mitigation=True,
    )
    sam.finalize(draft).must_be_allowed()
    sam.given("2025-11-19", decision="refuse", concerning="identification")
    sam.patched(under_idea, {"copy_given_to_parent_on": "2025-11-19"})
    sam.given("2025-11-19", "section_504_rights")
    sam.step("2025-11-20", "determine").must_be_allowed()


class TestTheWholeCase:
    @pytest.fixture
    def sam(self, sam: Child) -> Child:
        refer(sam)
        evaluate(sam, propose(sam))
        decide(sam)
        return sam

    def test_ends_determined(self, sam: Child) -> None:
        case = sam.case()
        assert (case["status"], case["closed_on"]) == ("determined", "2025-11-20")
        assert [step["step"] for step in case["steps_taken"]] == [
            "request-evaluation",
            "issue",
            "issue",
            "propose-evaluation",
            "start-evaluation",
            "complete-evaluation",
            "finalize",
            "finalize",
            "issue",
            "issue",
            "determine",
        ]

    def test_has_an_answer_under_each_law(self, sam: Child) -> None:
        at = f"{CASE}/{sam.case_id}/eligibility-determinations"
        decided = {d["framework"]: d for d in sent(sam.api.get(at), 200)["items"]}
        assert decided["idea"]["outcome"] == "not_eligible"
        assert decided["section_504"]["outcome"] == "eligible"
        assert {d["status"] for d in decided.values()} == {"final"}

    def test_owes_the_section_504_plan_alone_and_nothing_was_late(self, sam: Child) -> None:
        stand = {d["term"]: (d["state"], d["due_on"], d["met_on"]) for d in sam.deadlines()}
        assert stand == {
            "procedural_safeguards": ("met", None, "2025-10-02"),
            "prompt_consent": ("met", None, "2025-10-02"),
            "section_504_safeguards": ("met", None, "2025-11-19"),
            "initial_evaluation": ("met", "2025-12-05", "2025-11-10"),
            "report_copy": ("met", None, "2025-11-10"),
            "determination_copy": ("met", None, "2025-11-19"),
            "notice_of_determination": ("met", None, "2025-11-19"),
            "section_504_decision": ("met", None, "2025-11-18"),
            "section_504_evaluation": ("met", None, "2025-11-18"),
            "section_504_plan": ("open", None, None),
        }

    def test_rebuilding_the_deadlines_changes_nothing(self, sam: Child) -> None:
        rebuilt = sent(sam.api.post("/v1/deadlines/rebuild"), 200)
        assert rebuilt["changed"] == 0

    def test_every_decision_can_be_explained_years_later(self, sam: Child) -> None:
        taken = sam.case(expand="decisions")["steps_taken"]
        assert taken
        for step in taken:
            decision = step["decision"]
            assert decision["allowed"] is True
            assert decision["policy"]["version"]
            assert decision["policy"]["basis"] == "federal_default"
            assert all(f["because"] for f in decision["findings"])

    def test_a_later_request_opens_another_case(self, sam: Child) -> None:
        first = sam.case_id
        assert sam.parent_asks("2026-02-02")["case_id"] != first


class TestSuperseding:
    """What was finally determined is set right by a new determination; both stay."""

    def test_the_group_meets_again(self, sam: Child) -> None:
        refer(sam)
        evaluate(sam, propose(sam))
        first = sam.idea("2025-11-14", category="EMN")
        sam.finalize(first).must_be_allowed()
        sam.given("2025-11-14", decision="propose", concerning="identification")
        sam.step("2025-11-17", "determine").must_be_allowed()

        path = f"/v1/eligibility-determinations/{first['id']}"
        etag = sam.api.get(path).headers["ETag"]
        changed = sam.api.patch(path, {"category": "OHI"}, etag=etag)
        assert (changed.status_code, changed.get_json()["type"]) == (409, "/problems/conflict")

        again = sam.idea("2025-12-01", category="OHI", supersedes_id=first["id"])
        sam.finalize(again).must_be_allowed()
        earlier = sent(sam.api.get(path), 200)
        assert (earlier["status"], earlier["category"]) == ("superseded", "EMN")
        assert earlier["decided_on"] == "2025-11-14"
        # The clock was met on the first day, and the new decision wants its own notice.
        assert sam.deadline("initial_evaluation")["met_on"] == "2025-11-10"
        notices = sam.deadlines("notice_of_determination")
        assert sorted(d["state"] for d in notices) == ["met", "open"]
        sam.given("2025-12-02", decision="propose", concerning="identification")
        assert "notice_of_determination" not in sam.owes
