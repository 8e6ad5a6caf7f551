"""What stands on a child's record without a decision, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.asking import hints
from service.domain.child_find import concerns
from service.domain.facts import Child
from service.domain.policy import Policy
from tests.facts_from import facts_from
from tests.law import policies

D = date.fromisoformat
SEPTEMBER = D("2025-09-30")
FAILED = {
    "area": "reading",
    "outcome": "inadequate_progress",
    "started_on": D("2025-08-25"),
    "ended_on": SEPTEMBER,
    "progress_dates": 2,
    "first_session_on": D("2025-08-25"),
    "last_session_on": SEPTEMBER,
}


def policy(weeks: int | None = None) -> Policy:
    law = policies().policy_for("us")
    settings = {"appropriate_period_weeks": weeks}
    return replace(law, settings={**law.settings, "IDEA-CHILD-FIND-SUSPECT": settings})


def child(**stated: Any) -> Child:
    return facts_from(Child, {"student": {}, **stated})


def kinds(a_child: Child, weeks: int | None = None) -> list[str]:
    return [one.kind for one in concerns(a_child, policy(weeks))]


days = st.dates(D("2025-08-01"), D("2026-06-30"))
interventions = st.fixed_dictionaries(
    {
        "outcome": st.sampled_from([None, "adequate_progress", "inadequate_progress"]),
        "progress_dates": st.integers(0, 6),
        "area": st.sampled_from([None, "reading", "math"]),
        "started_on": st.none() | days,
        "ended_on": st.none() | days,
    }
)


@given(st.lists(interventions, max_size=6))
def test_no_data_is_never_read_as_failing(given_: list[dict[str, Any]]) -> None:
    silent = [
        i | ({"progress_dates": 1} if i["outcome"] == "inadequate_progress" else {}) for i in given_
    ]
    assert kinds(child(interventions=silent)) == []


@given(st.lists(interventions, max_size=6))
def test_a_longer_period_never_raises_more(given_: list[dict[str, Any]]) -> None:
    a_child = child(interventions=given_)
    assert set(kinds(a_child, 8)) <= set(kinds(a_child, 4)) <= set(kinds(a_child))


@given(st.lists(interventions, max_size=6), days)
def test_a_decision_clears_what_came_before_it(given_: list[dict[str, Any]], day: date) -> None:
    known = [i for i in given_ if (i["ended_on"] or i["started_on"] or day) <= day]
    decided = {"status": "declined", "closed_on": day}
    assert kinds(child(interventions=known, cases=[decided])) == []


@pytest.mark.parametrize("weeks", [None, 5])
def test_help_that_did_not_help(weeks: int | None) -> None:
    assert kinds(child(interventions=[FAILED]), weeks) == ["inadequate_progress"]
    assert kinds(child(interventions=[FAILED]), 6) == []


SHORT: dict[str, Any] = {
    "area": "reading",
    "started_on": D("2025-08-25"),
    "baseline_value": 30.0,
    "goal_value": 60.0,
    "goal_on": D("2026-01-30"),
    "points": [
        {"measured_on": D("2025-08-25") + timedelta(weeks=week), "value": 31.0}
        for week in (2, 4, 6, 8)
    ],
}
"""Under way, measured every second week for eight, and not moving."""


@pytest.mark.parametrize("outcome", [None, "some_progress", "inconclusive", "adequate_progress"])
def test_help_that_is_measured_not_to_help_whatever_is_recorded_of_it(outcome: str | None) -> None:
    assert kinds(child(interventions=[{**SHORT, "outcome": outcome}])) == ["inadequate_progress"]


@pytest.mark.parametrize(
    ("weeks", "found"), [(8, ["inadequate_progress"]), (9, []), (None, ["inadequate_progress"])]
)
def test_points_are_judged_after_the_period(weeks: int | None, found: list[str]) -> None:
    assert kinds(child(interventions=[SHORT]), weeks) == found


def test_where_nobody_names_a_number_ours_holds_for_points_and_says_so() -> None:
    later = {**SHORT, "started_on": SHORT["started_on"] + timedelta(days=1)}
    assert kinds(child(interventions=[later])) == []
    assert kinds(child(interventions=[later]), 7) == ["inadequate_progress"]
    (concern,) = concerns(child(interventions=[SHORT]), policy())
    assert "8 weeks or more (a default of this service; no law here" in concern.because
    shown = concern.evidence[0]
    assert shown["weeks"] == 8
    assert shown["progress"]["verdict"] == "short"
    assert (shown["progress"]["last"], shown["progress"]["last_on"]) == (31.0, "2025-10-20")


@given(st.lists(st.floats(0, 100), max_size=12), st.sampled_from([None, "inconclusive"]))
def test_points_without_a_goal_are_never_read_as_failing(
    measured: list[float], outcome: str | None
) -> None:
    points = [
        {"measured_on": SEPTEMBER + timedelta(days=day), "value": value}
        for day, value in enumerate(measured)
    ]
    alone = {**SHORT, "goal_value": None, "points": points, "outcome": outcome}
    assert kinds(child(interventions=[alone])) == []


def test_points_after_a_decision_raise_it_again_only_once_four_are_new() -> None:
    decided = {"status": "declined", "closed_on": D("2025-10-20")}
    assert kinds(child(interventions=[SHORT], cases=[decided])) == []
    new = [
        {"measured_on": D("2025-10-20") + timedelta(weeks=week), "value": 31.0}
        for week in range(1, 5)
    ]
    three, four = ({**SHORT, "points": [*SHORT["points"], *some]} for some in (new[:3], new))
    assert kinds(child(interventions=[three], cases=[decided])) == []
    assert kinds(child(interventions=[four], cases=[decided])) == ["inadequate_progress"]


def test_a_success_that_its_own_figures_deny_makes_nothing_good() -> None:
    later = {
        **SHORT,
        "outcome": "adequate_progress",
        "ended_on": SEPTEMBER + timedelta(days=30),
    }
    assert kinds(child(interventions=[FAILED, later])) == ["inadequate_progress", "repeated_tiers"]
    good = {**later, "points": []}
    assert kinds(child(interventions=[FAILED, good])) == []


def test_what_was_made_good_since_in_the_same_area() -> None:
    later = {
        **FAILED,
        "outcome": "adequate_progress",
        "ended_on": SEPTEMBER + timedelta(days=30),
    }
    assert kinds(child(interventions=[FAILED, later])) == []
    assert kinds(child(interventions=[FAILED, {**later, "area": "math"}])) != []


@pytest.mark.parametrize(
    ("decided", "found"),
    [
        ({}, True),
        ({"decided_on": D("2025-10-01")}, False),
        ({"outcome": "eligible"}, False),
        ({"status": "draft"}, False),
        ({"framework": "idea"}, False),
    ],
)
def test_a_finding_under_504_alone_before_help_that_failed_is_told(
    decided: dict[str, Any], found: bool
) -> None:
    refusal = {
        "framework": "section_504",
        "status": "final",
        "outcome": "not_eligible",
        "decided_on": D("2025-06-02"),
        **decided,
    }
    ended = {"status": "closed", "closed_on": D("2025-06-02"), "determinations": [refusal]}
    told = kinds(child(interventions=[FAILED], cases=[ended]))
    assert ("refused_504_failing" in told) is found


def test_a_case_that_joined_another_decides_nothing() -> None:
    told = child(interventions=[FAILED], cases=[{"status": "evaluating"}])
    assert kinds(told) == []
    joined = child(
        interventions=[FAILED], cases=[{"status": "evaluating", "joined_to_case_id": "other"}]
    )
    assert kinds(joined) == ["inadequate_progress"]


def test_what_a_parent_takes_back_was_not_decided() -> None:
    note = {"kind": "medical_note", "received_on": D("2025-09-15")}
    for status, found in (("withdrawn", ["medical_document"]), ("declined", []), ("closed", [])):
        case = {"status": status, "closed_on": D("2025-10-01")}
        assert kinds(child(documents=[note], cases=[case])) == found


def test_a_child_who_left_is_flagged_when_back_on_the_roster_and_not_before() -> None:
    left = {"status": "transferred_out", "closed_on": D("2025-10-01")}
    told = child(interventions=[FAILED], cases=[left], student={"active": False})
    assert kinds(told) == []
    assert kinds(child(interventions=[FAILED], cases=[left])) == ["inadequate_progress"]
    elsewhere = child(interventions=[FAILED], cases=[], student={"active": False})
    assert kinds(elsewhere) == ["inadequate_progress"]


def test_a_child_found_eligible_has_been_found() -> None:
    made = {"framework": "idea", "status": "final", "outcome": "eligible"}
    case = {"status": "determined", "closed_on": D("2025-03-01"), "determinations": [made]}
    assert kinds(child(interventions=[FAILED], cases=[case])) == []
    other = {**case, "determinations": [{**made, "outcome": "not_eligible"}]}
    assert kinds(child(interventions=[FAILED], cases=[other])) == ["inadequate_progress"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("I want her EVALUATED.", ("EVALUATED",)),
        ("Please test him for dyslexia.", ("test him", "dyslexia")),
        ("Creo que necesita educación especial.", ("educación especial",)),
        ("He failed his math test and can add now.", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_words_that_may_ask(words: str | None, found: tuple[str, ...]) -> None:
    assert hints(words) == found
