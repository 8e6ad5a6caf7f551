"""Who asks decides what may stand in the way: nothing of a parent's, ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.decide import decide, finding
from service.domain.facts import Intervention, Situation
from service.domain.lifecycles import CASE
from service.domain.rules.referral import REASONS, WAITING
from tests.facts_from import situation_from
from tests.policies.test_cards import example_policy

GATE = "STATE-PREREFERRAL-INTERVENTION"
ASKED = date(2025, 9, 10)

DOCUMENTED = {
    "concern": "reading fluency",
    "baseline": "40 words a minute",
    "goal": "70 words a minute",
    "ended_on": date(2025, 5, 12),
    "first_session_on": date(2025, 3, 3),
    "last_session_on": date(2025, 5, 12),
    "sessions_with_minutes": 20,
    "progress_dates": 5,
    "fidelity_percent": 90.0,
    "outcome": "inadequate_progress",
}

settings = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["none", "document_only", "required_with_bypass"]),
        "min_interventions": st.integers(0, 5),
        "min_weeks": st.none() | st.integers(0, 30),
        "min_progress_points": st.none() | st.integers(0, 20),
    }
)
requesters = st.sampled_from(["staff", "other_public_agency", "physician", "other", "parent"])
interventions = st.lists(
    st.builds(
        Intervention,
        concern=st.none() | st.just("reading"),
        ended_on=st.none() | st.just(date(2025, 5, 12)),
        outcome=st.none() | st.just("adequate_progress"),
        progress_dates=st.integers(0, 9),
    ),
    max_size=3,
)


def situation(**given_: Any) -> Situation:
    return situation_from(given_)


def staff(**more: Any) -> dict[str, Any]:
    return {"requester": "staff", "received_on": ASKED, **more}


@given(
    settings,
    st.lists(requesters, max_size=3),
    st.sampled_from(["parent", "adult_student", "unknown"]),
    st.randoms(use_true_random=False),
)
def test_a_parents_request_never_meets_the_intervention_rule(
    setting: dict[str, Any], others: list[str], parent: str, random: Any
) -> None:
    everyone = [*others, parent]
    random.shuffle(everyone)
    s = situation(
        step="request-evaluation",
        case={"referrals": [{"requester": r, "received_on": ASKED} for r in everyone]},
    )
    found = finding(GATE, s, example_policy({GATE: setting}))
    assert found.answer == "not_applicable"
    assert not found.blocks
    assert "intervention" not in found.because.lower()
    assert "tier" not in found.because.lower()


@given(settings, st.text(min_size=1).filter(str.strip))
def test_a_stated_suspicion_always_lifts_the_intervention_rule(
    setting: dict[str, Any], statement: str
) -> None:
    policy = example_policy({GATE: setting})
    suspicion = {"staff_id": "teacher", "statement": statement}
    ways = (
        situation(case={"referrals": [staff()]}, details={"suspicion": suspicion}),
        situation(case={"referrals": [staff()], "suspicions": [suspicion]}),
        situation(case={"referrals": [staff(suspicion=suspicion)]}),
    )
    for s in ways:
        found = finding(GATE, s, policy)
        assert not found.blocks
        if found.answer == "unmet":
            assert found.override is not None
            assert found.override["kind"] == "bypass"
            assert found.override["staff_id"] == "teacher"
            assert found.override["statement"].strip() == statement.strip()


@given(settings, interventions)
def test_only_a_requirement_blocks(setting: dict[str, Any], given_: list[Intervention]) -> None:
    s = situation(case={"referrals": [staff()]})
    s = replace(s, case=replace(s.case, interventions=tuple(given_)))
    blocked = finding(GATE, s, example_policy({GATE: setting})).blocks
    assert not blocked or setting["mode"] == "required_with_bypass"
    if setting["mode"] == "required_with_bypass" and setting["min_interventions"]:
        assert blocked  # none of these has a baseline, a goal or a fidelity figure


@given(st.sampled_from(["adequate_progress", "some_progress", "inadequate_progress", "other"]))
def test_any_outcome_documents_an_intervention(outcome: str) -> None:
    s = situation(
        case={"referrals": [staff()], "interventions": [{**DOCUMENTED, "outcome": outcome}]}
    )
    assert finding(GATE, s, example_policy()).answer == "met"


@pytest.mark.parametrize(
    ("setting", "lacks"),
    [
        ({"min_weeks": 12}, "12 weeks from first to last session"),
        ({"min_progress_points": 8}, "8 progress points on different dates"),
    ],
)
def test_a_districts_thresholds_are_named_when_they_are_not_reached(
    setting: dict[str, Any], lacks: str
) -> None:
    s = situation(case={"referrals": [staff()], "interventions": [DOCUMENTED]})
    found = finding(GATE, s, example_policy({GATE: setting}))
    assert found.blocks
    assert lacks in found.because


def test_two_undocumented_interventions_are_both_explained() -> None:
    """E07: the message says how many of how many, and what each lacks."""
    two = [
        {**DOCUMENTED, "id": "one"},
        {**DOCUMENTED, "id": "two", "goal": None},
        {**DOCUMENTED, "id": "three", "concern": None},
    ]
    s = situation(case={"referrals": [staff()], "interventions": two})
    found = finding(GATE, s, example_policy({GATE: {"min_interventions": 2}}))
    assert found.blocks
    assert "1 of 2 documented" in found.because
    assert "the one for “reading fluency” lacks a goal" in found.because
    assert "lacks a goal; the one three lacks a concern" in found.because
    assert found.override == {
        "who": "Any staff member who suspects a disability now, in one sentence of their own."
    }


def test_a_receipt_that_the_state_treats_as_a_request_is_not_gated() -> None:
    """E14: a physician's referral of a child of four, in a state such as DC."""
    child = {"student": {"birth_date": date(2021, 5, 1)}}
    s = situation(case={**child, "referrals": [{"requester": "physician", "received_on": ASKED}]})
    assert finding(GATE, s, example_policy()).answer == "not_applicable"
    assert finding("IDEA-REQUEST-DECIDE", s, example_policy()).mode == "duty"


@pytest.mark.parametrize("step", ["close", "decline"])
@given(reason=st.sampled_from(sorted(WAITING)))
def test_unfinished_intervention_is_never_an_accepted_reason(step: str, reason: str) -> None:
    s = situation(
        step=step,
        details={"reason_code": reason},
        case={
            "status": "received",
            "referrals": [staff()],
            "notices": [{"decision": "refuse", "concerning": "evaluation", "issued_on": ASKED}],
        },
    )
    decision = decide(CASE, step, "received", s, example_policy())
    assert [f.rule_id for f in decision.blocking] == ["IDEA-REQUEST-NO-RTI-BLOCK"]


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_decline_with_its_notice_is_allowed(reason: str) -> None:
    """E04: refusing is an outcome, with its notice, for any lawful reason."""
    s = situation(
        step="decline",
        details={"reason_code": reason},
        case={
            "referrals": [{"requester": "parent", "received_on": ASKED}],
            "notices": [
                {"decision": "refuse", "concerning": "evaluation", "issued_on": date(2025, 9, 22)}
            ],
        },
    )
    assert decide(CASE, "decline", "evaluation_requested", s, example_policy()).allowed


@pytest.mark.parametrize("reason", [None, "", "Tier 2 first", ["no_suspected_disability"], 3])
def test_a_reason_that_is_no_code_is_not_guessed_at(reason: Any) -> None:
    s = situation(step="close", details={"reason_code": reason})
    assert finding("IDEA-REQUEST-NO-RTI-BLOCK", s, example_policy()).blocks


@given(st.lists(requesters, min_size=1, max_size=3), st.booleans())
def test_close_ends_only_what_nobody_asked_for_or_suspected(
    who: list[str], suspected: bool
) -> None:
    suspicions = [{"statement": "I suspect dyslexia."}] if suspected else []
    s = situation(
        step="close",
        case={
            "referrals": [{"requester": r, "received_on": ASKED} for r in who],
            "suspicions": suspicions,
        },
    )
    blocked = finding("IDEA-REQUEST-DECIDE", s, example_policy()).blocks
    assert blocked == (suspected or "parent" in who)


def test_a_later_request_is_not_answered_by_an_earlier_notice() -> None:
    s = situation(
        case={
            "referrals": [staff(), {"requester": "parent", "received_on": date(2025, 10, 1)}],
            "notices": [{"decision": "refuse", "concerning": "evaluation", "issued_on": ASKED}],
        }
    )
    assert finding("IDEA-REQUEST-DECIDE", s, example_policy()).answer == "unmet"


@given(st.integers(-60, 60))
def test_the_safeguards_are_given_on_or_after_the_parents_request(days: int) -> None:
    """E01: the notice counts from the day of the parent's request, not of an earlier referral."""
    s = situation(
        step="propose-evaluation",
        case={
            "referrals": [
                {"requester": "staff", "received_on": ASKED - timedelta(days=90)},
                {"requester": "parent", "received_on": ASKED},
            ],
            "notices": [
                {"kind": "procedural_safeguards", "issued_on": ASKED + timedelta(days=days)}
            ],
        },
    )
    assert finding("IDEA-PSN", s, example_policy()).blocks == (days < 0)


def test_a_physicians_referral_is_answered_by_the_districts_notice() -> None:
    s = situation(
        case={
            "referrals": [{"requester": "physician", "received_on": ASKED}],
            "notices": [
                {"decision": "propose", "concerning": "evaluation", "issued_on": date(2025, 9, 12)}
            ],
        }
    )
    assert finding("IDEA-PHYSICIAN-CONSIDER", s, example_policy()).answer == "met"


def test_idea_rules_do_not_run_on_a_case_under_section_504_alone() -> None:
    s = situation(step="decline", case={"frameworks": ["section_504"], "referrals": [staff()]})
    decision = decide(CASE, "decline", "received", s, example_policy())
    of_idea = [f for f in decision.findings if f.rule_id.startswith("IDEA-")]
    assert {f.answer for f in of_idea} == {"not_applicable"}
