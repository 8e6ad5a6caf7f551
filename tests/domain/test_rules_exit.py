"""Nobody leaves special education, or a 504 plan, on an old evaluation, an old word or a draft."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from service.domain.decide import finding
from tests.facts_from import situation_from
from tests.policies.test_cards import example_policy

ENDS = "2026-05-20"
NOT_YET = "2026-04-01"
"""Today, before the day on which the plan is to end."""


def dated(value: Any, name: str = "") -> Any:
    """Plain values with the days as dates, as the facts of a card have them."""
    if isinstance(value, dict):
        return {name: dated(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [dated(inner) for inner in value]
    is_day = isinstance(value, str) and (name == "today" or name.endswith("_on"))
    return date.fromisoformat(value) if is_day else value


def leaving(rule: str, kind: str, **more: Any) -> str:
    """What the rule answers to a dismissal on `ENDS` from a plan in effect since December."""
    framework = "section_504" if kind == "section_504" else "idea"
    case = more.pop("case", {})
    decided = [
        {"framework": framework, "status": "final", "outcome": "not_eligible", **d}
        for d in case.pop("determinations", [])
    ]
    given = {
        "step": "end",
        "today": NOT_YET,
        "details": {"reason_code": "dismissed", "ended_on": ENDS},
        "plan": {"kind": kind, "in_effect_on": "2025-12-15", **more},
        "case": {**case, "determinations": decided},
    }
    return finding(rule, situation_from(dated(given)), example_policy()).answer


ELIGIBLE = {"id": "old", "outcome": "eligible", "decided_on": "2025-11-14", "status": "superseded"}


@pytest.mark.parametrize(
    ("reported_on", "decided", "answer"),
    [
        ("2026-05-04", {"decided_on": "2026-05-12"}, "met"),
        (ENDS, {"decided_on": ENDS}, "met"),
        ("2026-05-21", {"decided_on": ENDS}, "unmet"),
        (ENDS, {"decided_on": "2026-05-21"}, "unmet"),
        ("2025-11-14", {"decided_on": "2026-05-12"}, "unmet"),
        ("2025-11-15", {"decided_on": "2026-05-12"}, "met"),
        ("2026-05-04", {"decided_on": "2025-11-14"}, "unmet"),
        ("2026-05-04", {"decided_on": "2025-11-15"}, "met"),
        ("2026-05-04", {"decided_on": "2026-05-12", "status": "draft"}, "unmet"),
        ("2026-05-04", {"decided_on": "2026-05-12", "framework": "section_504"}, "unmet"),
        ("2026-05-04", {"decided_on": None}, "unmet"),
    ],
)
def test_a_dismissal_rests_on_an_evaluation_and_a_decision_since_the_student_was_eligible(
    reported_on: str, decided: dict[str, Any], answer: str
) -> None:
    case = {
        "evaluations": [{"report_completed_on": reported_on}],
        "determinations": [ELIGIBLE, {"id": "new", **decided}],
    }
    assert leaving("IDEA-EVAL-BEFORE-EXIT", "iep", case=case) == answer


@pytest.mark.parametrize(("reported_on", "answer"), [("2025-12-15", "unmet"), (ENDS, "met")])
def test_without_a_first_decision_the_evaluation_is_newer_than_the_plan(
    reported_on: str, answer: str
) -> None:
    case = {
        "evaluations": [{"report_completed_on": reported_on}],
        "determinations": [{"id": "new", "decided_on": "2026-05-12"}],
    }
    assert leaving("IDEA-EVAL-BEFORE-EXIT", "iep", case=case) == answer


@pytest.mark.parametrize(
    ("decided", "answer"),
    [
        ({"decided_on": "2026-05-12"}, "met"),
        ({"decided_on": ENDS}, "met"),
        ({"decided_on": "2026-05-21"}, "unmet"),
        ({"decided_on": "2025-12-15"}, "met"),
        ({"decided_on": "2025-12-14"}, "unmet"),
        ({"decided_on": "2026-05-12", "status": "draft"}, "unmet"),
        ({"decided_on": "2026-05-12", "framework": "idea"}, "unmet"),
        ({"decided_on": None}, "unmet"),
    ],
)
def test_a_504_plan_ends_on_a_decision_made_while_it_was_in_effect(
    decided: dict[str, Any], answer: str
) -> None:
    assert leaving("504-EVAL-BEFORE", "section_504", case={"determinations": [decided]}) == answer


def test_a_504_plan_that_never_took_effect_ends_on_any_decision() -> None:
    case = {"determinations": [{"decided_on": "2025-01-10"}]}
    assert leaving("504-EVAL-BEFORE", "section_504", case=case, in_effect_on=None) == "met"


@pytest.mark.parametrize(
    ("decided", "told_on", "answer"),
    [
        ([{"decided_on": "2026-05-12"}], "2026-05-12", "met"),
        ([{"decided_on": "2026-05-12"}], "2026-05-11", "unmet"),
        ([{"decided_on": "2026-02-02"}, {"decided_on": "2026-05-12"}], "2026-05-11", "unmet"),
        ([{"decided_on": "2026-05-12"}, {"decided_on": None}], "2026-05-12", "met"),
        ([{"decided_on": "2026-05-12", "status": "draft"}], "2025-12-16", "met"),
        ([{"decided_on": "2026-05-12", "outcome": "eligible"}], "2025-12-16", "met"),
        ([], "2025-12-16", "met"),
        ([], "2025-12-15", "unmet"),
        ([], ENDS, "met"),
        ([], "2026-05-21", "unmet"),
    ],
)
def test_the_notice_of_a_dismissal_follows_the_finding_or_the_plan_it_ends(
    decided: list[dict[str, Any]], told_on: str, answer: str
) -> None:
    told = {"decision": "propose", "concerning": "placement", "issued_on": told_on}
    case = {"determinations": decided, "notices": [told]}
    assert leaving("IDEA-PWN", "iep", case=case) == answer


GIVES = (
    "accommodations",
    "assessment_accommodations",
    "modifications",
    "supplementary_aids",
    "services",
    "related_services",
)


@pytest.mark.parametrize("given", GIVES)
def test_each_kind_of_help_makes_a_504_plan_and_is_named(given: str) -> None:
    help_: dict[str, Any] = {"area": "reading"} if given.endswith("services") else {}
    s = situation_from({"plan": {"kind": "section_504", given: [help_ or "More time"]}})
    found = finding("504-FAPE", s, example_policy())
    assert found.answer == "met"
    named = given.split("_")[-1]
    assert found.because == f"The plan gives {named}."
    assert found.evidence[0]["gives"] == [named]
