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


def test_what_was_made_good_since_in_the_same_area() -> None:
    later = {
        **FAILED,
        "outcome": "adequate_progress",
        "ended_on": SEPTEMBER + timedelta(days=30),
    }
    assert kinds(child(interventions=[FAILED, later])) == []
    assert kinds(child(interventions=[FAILED, {**later, "area": "math"}])) != []


def test_what_a_parent_takes_back_was_not_decided() -> None:
    note = {"kind": "medical_note", "received_on": D("2025-09-15")}
    for status, found in (("withdrawn", ["medical_document"]), ("declined", []), ("closed", [])):
        case = {"status": status, "closed_on": D("2025-10-01")}
        assert kinds(child(documents=[note], cases=[case])) == found


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
