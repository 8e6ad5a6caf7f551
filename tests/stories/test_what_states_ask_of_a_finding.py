"""A finding is final when the state's own group, names and criteria are there too."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import CAL_A, Child, Json, NewPlace


def evaluated(district_in: NewPlace, state: str, **more: str) -> Child:
    return district_in(state, CAL_A).child(**more).evaluated_from("2025-09-15")


def beside(draft: Json, role: str) -> list[Json]:
    """The group of a draft, and one more member."""
    return [*draft["group"], {"role": role, "name": "Toni Reyes", "agrees": True}]


@pytest.mark.parametrize(
    ("state", "category", "role"), [("us-tx", "OHI", "physician"), ("us-pa", "AUT", None)]
)
def test_whom_the_state_adds_is_in_the_group(
    district_in: NewPlace, state: str, category: str, role: str | None
) -> None:
    """Texas wants a prescriber for OHI; Pennsylvania a school psychologist, who is there."""
    child = evaluated(district_in, state)
    draft = child.idea("2025-11-10", category=category)
    if role is not None:
        found = child.finalize(draft).must_be_refused_by("POLICY-GROUP-ROLES")
        assert role in found["because"]
        at = f"/v1/eligibility-determinations/{draft['id']}"
        child.patched(at, {"group": beside(draft, role)})
    assert child.finalize(draft).must_be_allowed().finding("POLICY-GROUP-ROLES")["answer"] == "met"


def test_not_eligible_does_not_wait_for_them(district_in: NewPlace) -> None:
    child = evaluated(district_in, "us-tx")
    draft = child.idea(
        "2025-11-10", category="OHI", outcome="not_eligible", needs_special_education=False
    )
    found = child.finalize(draft).must_be_allowed().finding("POLICY-GROUP-ROLES")
    assert (found["answer"], found["blocks"]) == ("unmet", False)


def test_where_the_state_has_no_labels_none_is_needed(district_in: NewPlace) -> None:
    child = evaluated(district_in, "us-ia")
    done = child.finalize(child.idea("2025-11-10", category=None)).must_be_allowed()
    assert done.finding("IDEA-NO-LABEL-NEEDED")["answer"] == "met"


def test_where_the_state_has_labels_one_is_named(district_in: NewPlace) -> None:
    child = evaluated(district_in, "us-tx")
    draft = child.idea("2025-11-10", category=None)
    child.finalize(draft).must_be_refused_by("IDEA-ELIG-TWO-PRONG")


def test_what_idea_does_not_list_makes_nobody_eligible_under_it(district_in: NewPlace) -> None:
    child = evaluated(district_in, "us-ks")
    draft = child.idea("2025-11-10", category="GIFTED")
    child.finalize(draft).must_be_refused_by("IDEA-ELIG-TWO-PRONG")


class TestALearningDisability:
    """What the state lets decide, and what every member certifies."""

    DISCREPANCY = {  # noqa: RUF012
        "methods": ["severe_discrepancy"],
        "strengths_and_weaknesses": True,
    }

    def draft(self, child: Child, **more: Json | str | list[Json]) -> Json:
        suspected = child.evaluation("2025-09-16", suspected_categories=["SLD"])
        seen = child.observation(suspected, "2025-09-08", routine=True)
        return child.sld("2025-11-10", seen, **more)

    def test_a_discrepancy_may_decide_where_the_state_lets_it(self, district_in: NewPlace) -> None:
        child = evaluated(district_in, "us")
        child.finalize(self.draft(child, sld=self.DISCREPANCY)).must_be_allowed()

    def test_and_not_where_the_state_asks_for_the_response(self, district_in: NewPlace) -> None:
        child = evaluated(district_in, "us-ct")
        draft = self.draft(child, sld=self.DISCREPANCY)
        child.finalize(draft).must_be_refused_by("IDEA-SLD-CRITERIA")

    def test_a_factor_that_is_primary_is_no_learning_disability(
        self, district_in: NewPlace
    ) -> None:
        child = evaluated(district_in, "us")
        draft = self.draft(child)
        factors = draft["sld"]["exclusions"]
        factors["cultural_factors"] = {"finding": "primary", "effect": "All of it."}
        at = f"/v1/eligibility-determinations/{draft['id']}"
        child.patched(at, {"sld": draft["sld"]})
        child.finalize(draft).must_be_refused_by("IDEA-SLD-EXCLUDE")
        factors["cultural_factors"] = {"finding": "not_primary", "effect": "Some words are new."}
        child.patched(at, {"sld": draft["sld"]})
        child.finalize(draft).must_be_allowed()

    def test_the_measures_of_an_intervention_are_repeated_assessments(
        self, district_in: NewPlace
    ) -> None:
        child = district_in("us", CAL_A).child()
        helped = child.helped("2025-08-18", "2025-09-12")
        child.evaluated_from("2025-09-15")
        alone = {"assessments": [], "intervention_ids": [helped["id"]]}
        draft = self.draft(child, sld={**alone, "assessments_shared_on": None})
        child.finalize(draft).must_be_refused_by("IDEA-SLD-REPEATED")
        shared = draft["sld"] | {"assessments_shared_on": "2025-10-07"}
        child.patched(f"/v1/eligibility-determinations/{draft['id']}", {"sld": shared})
        child.finalize(draft).must_be_allowed()

    def test_dissent_takes_a_statement_and_blocks_nothing(self, district_in: NewPlace) -> None:
        child = evaluated(district_in, "us")
        draft = self.draft(child)
        first, *others = draft["group"]
        at = f"/v1/eligibility-determinations/{draft['id']}"
        child.patched(at, {"group": [{**first, "agrees": False}, *others]})
        child.finalize(draft).must_be_refused_by("IDEA-SLD-CERTIFY")
        dissent = {**first, "agrees": False, "statement": "I see no pattern in the scores."}
        child.patched(at, {"group": [dissent, *others]})
        child.finalize(draft).must_be_allowed()

    def test_what_the_report_lacks_is_named(self, district_in: NewPlace) -> None:
        child = evaluated(district_in, "us")
        draft = self.draft(child)
        draft["sld"]["response"]["told_of_right_to_evaluation_on"] = None
        at = f"/v1/eligibility-determinations/{draft['id']}"
        child.patched(at, {"sld": draft["sld"]})
        found = child.finalize(draft).must_be_refused_by("IDEA-SLD-REPORT")
        assert "may request an evaluation" in found["because"]
