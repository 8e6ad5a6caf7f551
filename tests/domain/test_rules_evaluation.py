"""What an evaluation covers, and which excuses the law knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.citations import Citation, Verification
from service.domain.decide import decide, finding
from service.domain.facts import Situation
from service.domain.lifecycles import CASE
from service.domain.policy import AllowedExtension
from tests.facts_from import situation_from
from tests.policies.test_cards import example_policy

DONE = date(2025, 11, 10)
AREAS = ["reading", "speech", "hearing", "motor"]

areas = st.sets(st.sampled_from(AREAS))


def complete(evaluation: dict[str, Any], **more: Any) -> Situation:
    case = {"evaluations": [evaluation], "referrals": more.pop("referrals", [])}
    return situation_from({"step": "complete-evaluation", "case": case, **more})


@given(areas, areas, areas, areas, areas)
def test_an_area_is_done_when_assessed_observed_or_reasoned(
    planned: set[str], asked: set[str], assessed: set[str], observed: set[str], reasoned: set[str]
) -> None:
    evaluation = {
        "suspected_areas": sorted(planned),
        "assessments": [{"areas": [area.upper()]} for area in sorted(assessed)],
        "observations": [{"area": area} for area in sorted(observed)],
        "areas_not_assessed": dict.fromkeys(reasoned, "Tested in August."),
        "report_completed_on": DONE,
    }
    s = complete(evaluation, referrals=[{"suspected_areas": sorted(asked)}])
    suspected = planned | asked
    allowed = decide(CASE, "complete-evaluation", "evaluating", s, example_policy()).allowed
    assert allowed == (bool(suspected) and suspected <= assessed | observed | reasoned)


@pytest.mark.parametrize("flaw", [{"breach": True}, {"origin": "screening"}])
def test_a_breach_or_a_screening_covers_no_area(flaw: dict[str, Any]) -> None:
    s = complete(
        {
            "suspected_areas": ["reading"],
            "assessments": [{"areas": ["reading"], **flaw}],
            "report_completed_on": DONE,
        }
    )
    assert finding("IDEA-EVAL-ALL-AREAS", s, example_policy()).blocks


def test_a_blank_reason_is_none() -> None:
    s = complete(
        {
            "suspected_areas": ["reading"],
            "areas_not_assessed": {"reading": " "},
            "report_completed_on": DONE,
        }
    )
    assert finding("IDEA-EVAL-ALL-AREAS", s, example_policy()).blocks


def test_without_new_data_no_area_is_left() -> None:
    s = complete({"suspected_areas": ["reading"], "no_data_needed_on": DONE})
    assert finding("IDEA-EVAL-ALL-AREAS", s, example_policy()).evidence[0]["left"] == []


@given(st.integers(-100, 400))
def test_lateness_is_recorded_and_never_blocks(days: int) -> None:
    """F.3: time never holds an evaluation up."""
    s = complete(
        {
            "suspected_areas": ["reading"],
            "assessments": [{"areas": ["reading"]}],
            "report_completed_on": DONE,
        },
        clock_due_on=DONE - timedelta(days=days),
    )
    decision = decide(CASE, "complete-evaluation", "evaluating", s, example_policy())
    assert decision.allowed
    clock = next(f for f in decision.findings if f.rule_id == "IDEA-EVAL-CLOCK")
    assert (clock.answer == "unmet") == (days > 0)


AGREEMENT = {
    "agreed_on": date(2025, 11, 5),
    "new_due_on": date(2025, 12, 12),
    "parent_signed": True,
    "group_signed": True,
}


def extend(categories: list[str], details: dict[str, Any], *allowed: AllowedExtension) -> bool:
    case = {"evaluations": [{"suspected_categories": categories}]}
    s = situation_from({"step": "extend-evaluation", "case": case, "details": details})
    policy = replace(example_policy(), extensions=allowed)
    return decide(CASE, "extend-evaluation", "evaluating", s, policy).allowed


@given(st.sets(st.sampled_from(["SLD", "OHI", "AUT", "DD"])))
def test_only_a_suspected_sld_is_extended_by_agreement(categories: set[str]) -> None:
    """E37, under the federal default; a state may allow others."""
    assert extend(sorted(categories), AGREEMENT) == ("SLD" in categories)
    anybody = AllowedExtension(kind="written_agreement", title="By agreement")
    assert extend(sorted(categories), AGREEMENT, anybody)
    assert extend(["OHI"], AGREEMENT, replace(anybody, only_suspected="OHI"))
    assert not extend(["AUT"], AGREEMENT, replace(anybody, only_suspected="OHI"))
    assert not extend(["AUT"], AGREEMENT, replace(anybody, kind="state_official"))


def test_an_extension_names_the_law_that_allows_it() -> None:
    way = AllowedExtension(
        kind="written_agreement",
        title="By agreement",
        citations=(Citation("the example law", None, Verification.READ_IN_PART),),
    )
    s = situation_from(
        {
            "step": "extend-evaluation",
            "case": {"evaluations": [{"suspected_categories": ["OHI"]}]},
            "details": AGREEMENT,
        }
    )
    found = finding("IDEA-EVAL-CLOCK-EXC-SLD", s, replace(example_policy(), extensions=(way,)))
    assert found.answer == "met"
    assert found.evidence[0]["way"] == "By agreement"
    assert found.evidence[0]["law"] == [{"text": "the example law", "verification": "R/p"}]


@given(st.sampled_from(sorted(AGREEMENT)), st.sampled_from([None, False, "", "soon"]))
def test_half_an_agreement_is_none(member: str, value: Any) -> None:
    assert not extend(["SLD"], {**AGREEMENT, member: value})
    assert not extend(["SLD"], {k: v for k, v in AGREEMENT.items() if k != member})


def test_an_agreement_read_from_json_is_the_same() -> None:
    assert extend(["SLD"], {**AGREEMENT, "agreed_on": "2025-11-05", "new_due_on": "2025-12-12"})
    assert not extend(["SLD"], {**AGREEMENT, "new_due_on": "2025-11-05"})


@given(st.lists(st.integers(1, 4)), st.sampled_from(["nobody came", ""]))
def test_repeatedly_is_at_least_two_days_with_what_happened(when: list[int], what: str) -> None:
    attempts = [{"attempted_on": date(2025, 10, day), "what_happened": what} for day in when]
    s = situation_from({"step": "excuse-not-produced", "details": {"attempts": attempts}})
    decision = decide(CASE, "excuse-not-produced", "evaluating", s, example_policy())
    assert decision.allowed == (bool(what) and len(set(when)) >= 2)


@pytest.mark.parametrize("attempts", [None, [], ["yesterday"], [None], [{"attempted_on": 3}]])
def test_odd_attempts_are_none(attempts: Any) -> None:
    s = situation_from({"details": {"attempts": attempts}})
    assert finding("IDEA-EVAL-CLOCK-EXC-PRODUCE", s, example_policy()).blocks
