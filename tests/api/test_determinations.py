"""Determinations over HTTP: drafted freely, made final by the group's rules, then superseded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from service.clock import SetClock
from service.storage.database import Database
from tests.api.conftest import NOW
from tests.builders import AClient, ApiClient, a_client, a_staff_member, a_token, faults
from tests.scenarios.journey import Child, Json, Place, sent

TODAY, TOMORROW = "2026-10-05", "2026-10-06"
ALL = "/v1/eligibility-determinations"
A_MEASURE = {"assessed_on": "2026-09-14", "measure": "Oral reading fluency"}


@pytest.fixture
def client(store: Database, district: UUID) -> AClient:
    """A client that the district trusts to name a person."""
    return a_client(store, district, may_assert_people=True)


@pytest.fixture
def child(api: ApiClient, clock: SetClock, district: UUID) -> Child:
    """A child in Wisconsin whose evaluation began on 2026-08-20."""
    clock.set(NOW - timedelta(days=60))
    child = Place(api, clock, district).child(born="2017-05-04").evaluated_from("2026-08-20")
    clock.set(NOW)
    return child


def read(child: Child, determination: Json) -> Json:
    return sent(child.api.get(f"{ALL}/{determination['id']}"), 200)


def drafted(child: Child, **body: Any) -> Any:
    at = f"/v1/cases/{child.case_id}/eligibility-determinations"
    return child.api.post(at, {"framework": "idea", **body})


def changed(child: Child, determination: Json, **changes: Any) -> Any:
    path = f"{ALL}/{determination['id']}"
    return child.api.patch(path, changes, etag=child.api.get(path).headers["ETag"])


class TestDrafting:
    def test_asks_for_nothing_but_the_law(self, child: Child) -> None:
        answer = drafted(child)
        made = sent(answer)
        assert (made["framework"], made["status"], made["outcome"]) == ("idea", "draft", None)
        assert made["determinants"] == {"reading": None, "math": None, "limited_english": None}
        assert (made["group"], made["sources"], made["needs"]) == ([], [], [])
        assert answer.headers["Location"] == f"{ALL}/{made['id']}"
        assert answer.headers["ETag"] == '"1"'
        assert read(child, made) == made

    def test_without_the_law_it_is_refused(self, child: Child) -> None:
        at = f"/v1/cases/{child.case_id}/eligibility-determinations"
        assert faults(child.api.post(at, {})) == {("/framework", "required")}

    def test_items_of_lists_have_every_member(self, child: Child) -> None:
        made = sent(
            drafted(
                child,
                group=[{"role": "parent"}],
                sources=[{"kind": "parent_input"}],
                needs=[{"area": "reading"}],
                mitigating_measures=[{"kind": "inhaler"}],
            )
        )
        assert made["group"] == [
            {"role": "parent", "staff_id": None, "name": None, "agrees": None, "statement": None}
        ]
        assert made["sources"] == [
            {
                "kind": "parent_input",
                "source_document_id": None,
                "assessment_id": None,
                "considered": None,
            }
        ]
        assert made["needs"][0]["evidence"] == []
        assert made["needs"][0]["why_specially_designed"] is None
        assert made["mitigating_measures"] == [{"kind": "inhaler", "ordinary_lenses": False}]

    def test_it_can_be_sent_back_as_it_was_read(self, child: Child) -> None:
        made = child.idea(TODAY)
        beside = ("id", "case_id", "framework", "status", "version", "created_at", "updated_at")
        changes = {name: value for name, value in made.items() if name not in beside}
        now = sent(changed(child, made, **changes | {"rationale": "As said."}), 200)
        assert {
            n: v for n, v in now.items() if n not in ("rationale", "version", "updated_at")
        } == {n: v for n, v in made.items() if n not in ("rationale", "version", "updated_at")}

    def test_a_change_leaves_the_rest(self, child: Child) -> None:
        made = child.idea(TODAY)
        now = sent(changed(child, made, category="AUT"), 200)
        kept = {name for name in made if made[name] == now[name]}
        assert set(made) - kept <= {"category", "version", "updated_at"}
        assert (now["category"], now["version"]) == ("AUT", 2)

    def test_does_not_wait_for_what_finalizing_wants(self, child: Child) -> None:
        made = child.idea(TODAY, outcome="eligible", needs_special_education=False, group=[])
        explained = child.api.get(f"{ALL}/{made['id']}/steps/finalize")
        blocking = {f["rule_id"] for f in sent(explained, 200)["findings"] if f["blocks"]}
        assert blocking == {"IDEA-ELIG-GROUP", "IDEA-ELIG-TWO-PRONG"}

    def test_a_draft_may_be_given_up_in_favour_of_another(self, child: Child) -> None:
        child.idea(TODAY, category="AUT")
        child.finalize(child.idea(TODAY)).must_be_allowed()


class TestReferences:
    def test_that_lead_nowhere_are_told_at_once(self, child: Child) -> None:
        answer = drafted(
            child,
            decided_on=TOMORROW,
            parent_invited_on=TOMORROW,
            supersedes_id=str(uuid4()),
            group=[{"role": "parent"}, {"role": "teacher", "staff_id": str(uuid4())}],
            sources=[
                {"kind": "achievement_test", "assessment_id": str(uuid4())},
                {"kind": "medical", "source_document_id": str(uuid4())},
            ],
        )
        assert faults(answer) == {
            ("/decided_on", "future"),
            ("/parent_invited_on", "future"),
            ("/supersedes_id", "not_found"),
            ("/group/1/staff_id", "not_found"),
            ("/sources/0/assessment_id", "not_found"),
            ("/sources/1/source_document_id", "not_found"),
        }
        at = f"/v1/cases/{child.case_id}/eligibility-determinations"
        assert sent(child.api.get(at), 200)["items"] == []

    def test_are_checked_in_a_change_too(self, child: Child) -> None:
        answer = changed(
            child, child.idea(TODAY), group=[{"role": "teacher", "staff_id": str(uuid4())}]
        )
        assert faults(answer) == {("/group/0/staff_id", "not_found")}

    def test_to_another_district_are_unknown(
        self, child: Child, store: Database, neighbor: ApiClient
    ) -> None:
        other = UUID(sent(neighbor.get("/v1/districts"), 200)["items"][0]["id"])
        stranger = a_staff_member(store, other)
        answer = drafted(child, group=[{"role": "teacher", "staff_id": str(stranger)}])
        assert faults(answer) == {("/group/0/staff_id", "not_found")}

    def test_to_another_child_are_refused(self, child: Child) -> None:
        other = child.place.child(given_name="Robin")
        other.parent_asks(TODAY)
        test = other.assessment(other.evaluation(TODAY), TODAY, origin="outside")
        note = other.document(TODAY, "medical_note", "Note from the paediatrician")
        answer = drafted(
            child,
            sources=[
                {"kind": "achievement_test", "assessment_id": test["id"]},
                {"kind": "medical", "source_document_id": note["id"]},
            ],
        )
        assert faults(answer) == {
            ("/sources/0/assessment_id", "of_another_case"),
            ("/sources/1/source_document_id", "of_another_case"),
        }

    def test_to_the_childs_own_records_hold(self, child: Child) -> None:
        test = child.assessment(child.evaluation(TODAY), TODAY)
        note = child.document(TODAY, "medical_note", "Note from the paediatrician")
        made = child.idea(
            TODAY,
            sources=[
                {
                    "kind": "achievement_test",
                    "assessment_id": test["id"],
                    "considered": "Reads at the 4th percentile.",
                },
                {
                    "kind": "physical_condition",
                    "source_document_id": note["id"],
                    "considered": "Attention deficit; explains some of it.",
                },
            ],
        )
        found = child.finalize(made).must_be_allowed().finding("IDEA-PHYSICIAN-NOT-SOLE")
        assert found["answer"] == "met"

    def test_services_may_start_later(self, child: Child) -> None:
        assert child.idea(TODAY, services_start_on=TOMORROW)["services_start_on"] == TOMORROW


class TestALearningDisability:
    """The particulars, `sld`: kept whole, of this child's records, and asked for when it counts."""

    def test_they_are_kept_with_every_member(self, child: Child) -> None:
        assert read(child, child.idea(TODAY))["sld"] is None
        made = read(child, sent(drafted(child, sld={"assessments": [{**A_MEASURE}]})))
        assert made["sld"]["methods"] == []
        assert made["sld"]["assessments"] == [{**A_MEASURE, "result": None}]
        assert made["sld"]["exclusions"]["cultural_factors"] == {"finding": None, "effect": None}
        assert made["sld"]["response"]["told_of_strategies_on"] is None

    def test_they_can_be_sent_back_as_they_were_read(self, child: Child) -> None:
        seen = child.observation(child.evaluation(TODAY), TODAY)
        made = child.sld(TODAY, seen)
        assert made["sld"]["observation_id"] == seen["id"]
        assert sent(changed(child, made, sld=made["sld"]), 200)["sld"] == made["sld"]
        assert sent(changed(child, made, sld=None), 200)["sld"] is None

    def test_days_to_come_and_records_that_lead_nowhere_are_told_at_once(
        self, child: Child
    ) -> None:
        answer = drafted(
            child,
            sld={
                "assessments": [{**A_MEASURE, "assessed_on": TOMORROW}],
                "assessments_shared_on": TOMORROW,
                "response": {"told_of_strategies_on": TOMORROW},
                "observation_id": str(uuid4()),
                "intervention_ids": [str(uuid4())],
            },
        )
        assert faults(answer) == {
            ("/sld/assessments/0/assessed_on", "future"),
            ("/sld/assessments_shared_on", "future"),
            ("/sld/response/told_of_strategies_on", "future"),
            ("/sld/observation_id", "not_found"),
            ("/sld/intervention_ids/0", "not_found"),
        }

    def test_words_that_the_law_does_not_have_are_refused(self, child: Child) -> None:
        answer = drafted(child, sld={"areas": ["spelling"], "methods": ["intuition"]})
        assert {pointer for pointer, _ in faults(answer)} == {"/sld/areas/0", "/sld/methods/0"}

    def test_another_childs_records_are_refused(self, child: Child) -> None:
        other = child.place.child(given_name="Robin")
        other.parent_asks(TODAY)
        seen = other.observation(other.evaluation(TODAY), TODAY, routine=True)
        helped = other.helped("2026-09-01", TODAY)
        answer = drafted(
            child, sld={"observation_id": seen["id"], "intervention_ids": [helped["id"]]}
        )
        assert faults(answer) == {
            ("/sld/observation_id", "of_another_case"),
            ("/sld/intervention_ids/0", "of_another_case"),
        }

    def test_a_finding_without_them_stays_a_draft(self, child: Child) -> None:
        draft = child.idea(TODAY, category="SLD")
        child.finalize(draft).must_be_refused_by(
            "IDEA-SLD-CRITERIA",
            "IDEA-SLD-ACHIEVE",
            "IDEA-SLD-RTI-OR-PSW",
            "IDEA-SLD-EXCLUDE",
            "IDEA-SLD-INSTRUCTION",
            "IDEA-SLD-REPEATED",
            "IDEA-SLD-OBSERVE",
            "IDEA-SLD-REPORT",
        )

    def test_the_states_criteria_bind(self, child: Child) -> None:
        """Wisconsin lets a discrepancy decide about nobody in a public school."""
        seen = child.observation(child.evaluation(TODAY), "2026-08-31", routine=True)
        by_discrepancy = {"methods": ["severe_discrepancy"], "strengths_and_weaknesses": True}
        draft = child.sld(TODAY, seen, sld=by_discrepancy)
        found = child.finalize(draft).must_be_refused_by("IDEA-SLD-CRITERIA", "IDEA-SLD-OBSERVE")
        assert found["rule_id"] == "IDEA-SLD-CRITERIA"
        assert any("PI 11.36(6)" in citation["text"] for citation in found["citations"])


class TestBreaches:
    def test_a_source_that_rests_on_one_does_not_count(self, child: Child) -> None:
        early = child.assessment(child.evaluation(TODAY), "2026-08-19")
        assert early["breach"] is True
        sources = [
            {"kind": "achievement_test", "assessment_id": early["id"], "considered": "Low."},
            {"kind": "parent_input", "considered": "He hides his books."},
        ]
        draft = child.idea(TODAY, sources=sources)
        child.finalize(draft).must_be_refused_by("IDEA-ELIG-SOURCES", "IDEA-EVAL-NO-SINGLE")
        sources.append({"kind": "teacher_recommendation", "considered": "Cannot follow."})
        sent(changed(child, draft, sources=sources), 200)
        child.finalize(draft).must_be_allowed()


class TestFinal:
    @pytest.fixture
    def final(self, child: Child) -> Json:
        draft = child.idea("2026-10-02")
        child.finalize(draft).must_be_allowed()
        return read(child, draft)

    def test_says_when_the_group_decided(self, final: Json) -> None:
        assert (final["status"], final["decided_on"]) == ("final", "2026-10-02")

    def test_was_decided_today_when_nobody_said(self, child: Child) -> None:
        draft = child.idea(TODAY, decided_on=None)
        child.finalize(draft).must_be_allowed()
        assert read(child, draft)["decided_on"] == TODAY

    def test_is_never_changed(self, child: Child, final: Json) -> None:
        answer = changed(child, final, rationale="On second thoughts.")
        assert answer.status_code == 409
        problem = answer.get_json()
        assert problem["type"] == "/problems/conflict"
        assert "supersedes_id" in problem["detail"]
        assert problem["record"] == {"type": "eligibility_determination", "id": final["id"]}
        assert read(child, final) == final

    def test_is_not_made_final_again(self, child: Child, final: Json) -> None:
        child.finalize(final).must_be_refused_by("LIFECYCLE")

    def test_stops_the_clock_of_wisconsin(self, child: Child, final: Json) -> None:
        clock = child.deadline("initial_evaluation")
        assert (clock["state"], clock["met_on"]) == ("met", final["decided_on"])

    def test_is_the_only_one_under_its_law(self, child: Child, final: Json) -> None:
        other = child.idea(TODAY)
        refused = child.finalize(other)
        found = refused.must_be_refused_by("LIFECYCLE")
        assert final["id"] in found["remedy"]
        assert read(child, other)["status"] == "draft"
        dry = child.api.post(f"{ALL}/{other['id']}/steps/finalize?dry_run=true", {})
        assert sent(dry, 200)["allowed"] is False
        sent(changed(child, other, supersedes_id=final["id"]), 200)
        child.finalize(other).must_be_allowed()

    def test_leaves_the_other_law_its_own(self, child: Child, final: Json) -> None:
        child.finalize(child.section_504(TODAY)).must_be_allowed()
        assert read(child, final)["status"] == "final"

    def test_a_dry_run_makes_nothing_final(self, child: Child) -> None:
        draft = child.idea(TODAY)
        dry = child.api.post(f"{ALL}/{draft['id']}/steps/finalize?dry_run=true", {})
        assert sent(dry, 200)["allowed"] is True
        assert read(child, draft)["status"] == "draft"


class TestSuperseding:
    @pytest.fixture
    def final(self, child: Child) -> Json:
        draft = child.idea("2026-10-01", category="AUT")
        child.finalize(draft).must_be_allowed()
        return draft

    def test_keeps_both(self, child: Child, final: Json) -> None:
        later = child.idea(TODAY, supersedes_id=final["id"], category="OHI")
        assert read(child, final)["status"] == "final"
        child.finalize(later).must_be_allowed()
        earlier, now = read(child, final), read(child, later)
        assert (earlier["status"], earlier["category"]) == ("superseded", "AUT")
        assert (now["status"], now["category"]) == ("final", "OHI")
        assert now["supersedes_id"] == earlier["id"]
        at = f"/v1/cases/{child.case_id}/eligibility-determinations"
        assert [d["status"] for d in sent(child.api.get(at), 200)["items"]] == [
            "superseded",
            "final",
        ]

    def test_what_is_superseded_is_still_not_changed(self, child: Child, final: Json) -> None:
        child.finalize(child.idea(TODAY, supersedes_id=final["id"])).must_be_allowed()
        assert changed(child, final, rationale="No.").status_code == 409

    def test_happens_once(self, child: Child, final: Json) -> None:
        one = child.idea(TODAY, supersedes_id=final["id"])
        other = child.idea(TODAY, supersedes_id=final["id"])
        child.finalize(one).must_be_allowed()
        found = child.finalize(other).must_be_refused_by("LIFECYCLE")
        assert one["id"] in found["remedy"]
        answer = drafted(child, supersedes_id=final["id"])
        assert faults(answer) == {("/supersedes_id", "not_supersedable")}

    def test_is_of_a_final_one_of_the_same_case_and_law(self, child: Child, final: Json) -> None:
        draft = child.idea(TODAY)
        other = child.place.child(given_name="Robin").evaluated_from(TODAY)
        for answer in (
            drafted(child, supersedes_id=draft["id"]),
            drafted(child, framework="section_504", supersedes_id=final["id"]),
            drafted(other, supersedes_id=final["id"]),
        ):
            assert faults(answer) == {("/supersedes_id", "not_supersedable")}

    def test_opens_what_is_owed_again(self, child: Child, final: Json) -> None:
        child.given(TODAY, decision="propose", concerning="identification")
        assert "notice_of_determination" not in child.owes
        later = child.idea(
            TOMORROW,
            supersedes_id=final["id"],
            outcome="not_eligible",
            needs_special_education=False,
        )
        child.finalize(later).must_be_allowed()
        assert {"notice_of_determination", "section_504_decision"} <= child.owes


class TestLists:
    def test_are_filtered(self, child: Child) -> None:
        final = child.idea("2026-10-01")
        child.finalize(final).must_be_allowed()
        draft = child.section_504("2026-10-05")

        def ids(**query: str) -> list[str]:
            page = sent(child.api.get(ALL, query_string=query), 200)
            return [item["id"] for item in page["items"]]

        assert ids() == [final["id"], draft["id"]]
        assert ids(sort="-decided_on") == [draft["id"], final["id"]]
        assert ids(framework="section_504") == [draft["id"]]
        assert ids(status="final") == [final["id"]]
        assert ids(status="final,draft") == [final["id"], draft["id"]]
        assert ids(outcome="not_eligible") == []
        assert ids(decided_since="2026-10-02") == [draft["id"]]
        assert ids(decided_before="2026-10-05") == [final["id"]]
        assert ids(updated_since="2026-10-06T00:00:00Z") == []

    def test_an_unknown_word_is_refused(self, child: Child) -> None:
        assert child.api.get(ALL, query_string={"status": "approved"}).status_code == 422


class TestTheCopy:
    """The parent is given the documentation of the determination (300.306(a)(2))."""

    @pytest.fixture
    def final(self, child: Child) -> Json:
        draft = child.idea(TODAY)
        child.finalize(draft).must_be_allowed()
        return draft

    def test_is_owed_until_its_day_is_recorded(self, child: Child, final: Json) -> None:
        assert child.deadline("determination_copy")["state"] == "open"
        sent(changed(child, final, copy_given_to_parent_on=TODAY), 200)
        owed = child.deadline("determination_copy")
        assert (owed["state"], owed["met_on"]) == ("met", TODAY)
        assert read(child, final)["status"] == "final"

    def test_is_found_missing_when_only_the_report_was_given(self, child: Child) -> None:
        evaluation = child.evaluation(TODAY, report_given_to_parent_on=TODAY)
        assert evaluation["report_given_to_parent_on"] == TODAY
        finalized = child.finalize(child.idea(TODAY)).must_be_allowed()
        found = finalized.finding("IDEA-REPORT-COPY")
        assert (found["answer"], found["mode"]) == ("unmet", "duty")
        assert "documentation of this determination" in found["because"]
        assert "report" not in found["because"]

    def test_is_all_that_is_added_to_a_final_one(self, child: Child, final: Json) -> None:
        both = changed(child, final, copy_given_to_parent_on=TODAY, rationale="No.")
        assert both.status_code == 409
        assert read(child, final)["copy_given_to_parent_on"] is None

    def test_day_is_set_once_and_then_corrected(self, child: Child, final: Json) -> None:
        sent(changed(child, final, copy_given_to_parent_on=TODAY), 200)
        again = changed(child, final, copy_given_to_parent_on="2026-10-01")
        assert faults(again) == {("/copy_given_to_parent_on", "use_correction")}
        fact = {"field": "copy_given_to_parent_on", "value": "2026-10-02", "reason": "Mistyped."}
        sent(child.api.post(f"{ALL}/{final['id']}/corrections", fact))
        assert read(child, final)["copy_given_to_parent_on"] == "2026-10-02"

    def test_cannot_be_given_tomorrow(self, child: Child, final: Json) -> None:
        answer = changed(child, final, copy_given_to_parent_on=TOMORROW)
        assert faults(answer) == {("/copy_given_to_parent_on", "future")}


class TestByAPerson:
    """Finalizing is somebody's act, named by a client that the district trusts to do so."""

    def test_nobody_named_is_refused(self, child: Child) -> None:
        draft = child.idea(TODAY)
        answer = child.api.post(f"{ALL}/{draft['id']}/steps/finalize", {})
        assert (answer.status_code, answer.get_json()["type"]) == (403, "/problems/not-allowed")
        assert "Childfind-Acting-Staff" in answer.get_json()["detail"]
        assert read(child, draft)["status"] == "draft"

    def test_a_client_that_is_not_trusted_names_nobody(
        self, app: Flask, store: Database, district: UUID, child: Child
    ) -> None:
        draft = child.idea(TODAY)
        anyone = ApiClient(app.test_client(), a_token(app, a_client(store, district)))
        by = {"Childfind-Acting-Staff": child.place.somebody("principal")}
        answer = anyone.post(f"{ALL}/{draft['id']}/steps/finalize", {}, headers=by)
        assert (answer.status_code, answer.get_json()["type"]) == (403, "/problems/not-allowed")
        assert read(child, draft)["status"] == "draft"

    def test_anybody_may_look_what_would_be_decided(self, child: Child) -> None:
        draft = child.idea(TODAY)
        dry = child.api.post(f"{ALL}/{draft['id']}/steps/finalize?dry_run=true", {})
        assert sent(dry, 200)["allowed"] is True

    def test_who_it_was_is_kept(self, child: Child) -> None:
        child.finalize(child.idea(TODAY)).must_be_allowed()
        (step,) = (s for s in child.case()["steps_taken"] if s["step"] == "finalize")
        assert step["acting_staff_id"] == child.place.somebody("lea_representative")


class TestOtherDistricts:
    def test_see_and_write_nothing(self, child: Child, neighbor: ApiClient) -> None:
        draft = child.idea(TODAY)
        path = f"{ALL}/{draft['id']}"
        at = f"/v1/cases/{child.case_id}/eligibility-determinations"
        for read_ in (path, f"{path}/steps", f"{path}/steps/finalize", at):
            assert neighbor.get(read_).status_code == 404, read_
        assert sent(neighbor.get(ALL), 200)["items"] == []
        assert neighbor.post(at, {"framework": "idea"}).status_code == 404
        assert neighbor.patch(path, {"rationale": "No."}, etag='"1"').status_code == 404
        assert neighbor.post(f"{path}/steps/finalize", {}).status_code == 404


class TestTheGroup:
    """IDEA-ELIG-GROUP: professionals and the parent, whose absence or dissent is no veto."""

    PROFESSIONALS = [  # noqa: RUF012
        {"role": "school_psychologist", "agrees": True},
        {"role": "special_educator", "agrees": True},
    ]

    def test_one_professional_does_not_decide(self, child: Child) -> None:
        draft = child.idea(
            TODAY, group=[self.PROFESSIONALS[0], {"role": "parent"}], parent_participated=True
        )
        child.finalize(draft).must_be_refused_by("IDEA-ELIG-GROUP")

    def test_an_invited_parent_who_did_not_come_holds_up_nothing(self, child: Child) -> None:
        draft = child.idea(
            TODAY,
            group=self.PROFESSIONALS,
            parent_participated=False,
            parent_invited_on="2026-09-21",
            invitation_attempts=2,
        )
        child.finalize(draft).must_be_allowed()

    @pytest.mark.parametrize(
        "invited", [{}, {"parent_invited_on": "2026-09-21"}, {"invitation_attempts": 2}]
    )
    def test_a_parent_who_was_not_invited_does(self, child: Child, invited: Json) -> None:
        draft = child.idea(TODAY, group=self.PROFESSIONALS, parent_participated=False, **invited)
        child.finalize(draft).must_be_refused_by("IDEA-ELIG-GROUP")

    def test_dissent_is_kept_and_is_no_veto(self, child: Child) -> None:
        said = "I do not agree. He is a bright boy."
        parent = {"role": "parent", "agrees": False, "statement": said}
        draft = child.idea(TODAY, group=[*self.PROFESSIONALS, parent], parent_participated=True)
        child.finalize(draft).must_be_allowed()
        assert read(child, draft)["group"][2]["statement"] == said


class TestCoverage:
    def test_a_code_that_is_no_category_stays_a_draft(self, child: Child) -> None:
        draft = child.idea(TODAY, category="DYSLEXIA")
        found = child.finalize(draft).must_be_refused_by("POLICY-COVERAGE")
        assert "SLD" in found["remedy"]

    def test_a_finding_of_not_eligible_does_not_ask(self, child: Child) -> None:
        draft = child.idea(
            TODAY, category="SLD", outcome="not_eligible", needs_special_education=False
        )
        child.finalize(draft).must_be_allowed()

    def test_no_outcome_no_determination(self, child: Child) -> None:
        draft = child.idea(TODAY, outcome=None)
        child.finalize(draft).must_be_refused_by("IDEA-ELIG-TWO-PRONG")
