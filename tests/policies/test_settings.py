"""What a district may set: the shape, and what the law of its state allows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policies import SettingsInvalid, check_settings
from service.policies.loader import JURISDICTIONS
from tests.law import policies

INTERVENTION = "STATE-PREREFERRAL-INTERVENTION"
DIAGNOSIS = "504-DIAGNOSIS-NOT-REQUIRED"
SUSPECT = "IDEA-CHILD-FIND-SUSPECT"
MODES = ("none", "document_only", "required_with_bypass")


def intervention(**chosen: Any) -> dict[str, Any]:
    return {"rules": {INTERVENTION: chosen}}


def period(weeks: int | None) -> dict[str, Any]:
    return {"rules": {SUSPECT: {"appropriate_period_weeks": weeks}}}


def signed(**said: str) -> dict[str, Any]:
    one = {"term_id": "initial_evaluation", "fingerprint": "x", "by": "R. Alvarez", **said}
    return {"sign_off": {"terms": [one]}}


def found(jurisdiction: str, settings: dict[str, Any]) -> list[str]:
    return [finding.rule_id for finding in check_settings(policies(), jurisdiction, settings)]


@pytest.mark.parametrize(
    ("jurisdiction", "settings"),
    [
        ("us", {}),
        ("us-tx", {"rules": {}}),
        ("us", intervention(mode="required_with_bypass", min_interventions=2, min_weeks=6)),
        ("us", intervention(mode="required_with_bypass", min_progress_points=4)),
        ("us-tx", intervention(mode="document_only")),
        ("us-tx", intervention(mode="none", min_weeks=0, min_interventions=None)),
        ("us-dc", intervention(mode="none")),
        ("us-wi", {"count_trigger_day": True, "roll": "next_working_day"}),
        ("us", {"rules": {DIAGNOSIS: {"diagnosis_required_first": False}}}),
        ("us", period(None)),
        ("us-tx", period(0)),
        ("us", period(36)),
    ],
)
def test_a_lawful_setting(jurisdiction: str, settings: dict[str, Any]) -> None:
    assert check_settings(policies(), jurisdiction, settings) == []


@pytest.mark.parametrize(
    ("jurisdiction", "settings", "rule_ids"),
    [
        pytest.param("us-tx", intervention(min_weeks=6), ["TX-NO-MIN-INTERVENTION"], id="E11"),
        ("us-tx", intervention(min_progress_points=1), ["TX-NO-MIN-INTERVENTION"]),
        ("us-tx", intervention(min_interventions=1), ["TX-NO-MIN-INTERVENTION"]),
        ("us-tx", intervention(mode="required_with_bypass"), [INTERVENTION]),
        ("us-wi", intervention(mode="document_only"), [INTERVENTION]),
        ("us-dc", intervention(mode="required_with_bypass"), [INTERVENTION]),
        ("us-dc", intervention(min_weeks=1), [INTERVENTION]),
        ("us", period(37), [SUSPECT]),
        ("us-tx", period(100), [SUSPECT]),
        *(
            pytest.param(
                j,
                {"rules": {DIAGNOSIS: {"diagnosis_required_first": True}}},
                [DIAGNOSIS],
                id=f"E16 {j}",
            )
            for j in ("us", "us-tx")
        ),
        (
            "us-tx",
            {
                "rules": {
                    INTERVENTION: {"mode": "required_with_bypass", "min_weeks": 6},
                    DIAGNOSIS: {"diagnosis_required_first": True},
                }
            },
            [INTERVENTION, "TX-NO-MIN-INTERVENTION", DIAGNOSIS],
        ),
    ],
)
def test_an_unlawful_setting_is_a_finding(
    jurisdiction: str, settings: dict[str, Any], rule_ids: list[str]
) -> None:
    assert found(jurisdiction, settings) == rule_ids


def test_a_finding_has_the_rule_the_citation_and_the_cure() -> None:
    (finding,) = check_settings(policies(), "us-tx", intervention(min_weeks=6))
    shown = finding.as_json()
    assert (shown["mode"], shown["answer"], shown["blocks"]) == ("require", "unmet", True)
    assert shown["citations"][0]["text"] == "19 TAC 89.1011(a)"
    assert shown["citations"][0]["verification"] == "R"
    assert shown["evidence"] == [{"type": "setting", "id": "min_weeks", "value": 6}]
    assert "Leave `min_weeks` out" in shown["remedy"]


@pytest.mark.parametrize(
    ("settings", "pointer", "code"),
    [
        ([], "", "type"),
        ({"rolls": "none"}, "/rolls", "unknown"),
        ({"roll": "next_week"}, "/roll", "invalid"),
        ({"roll": ["none"]}, "/roll", "invalid"),
        ({"count_trigger_day": 1}, "/count_trigger_day", "invalid"),
        ({"rules": None}, "/rules", "type"),
        ({"rules": {"IDEA-PWN": {}}}, "/rules/IDEA-PWN", "unknown"),
        ({"rules": {"a/b~c": {}}}, "/rules/a~1b~0c", "unknown"),
        ({"rules": {INTERVENTION: []}}, f"/rules/{INTERVENTION}", "type"),
        (intervention(mode="strict"), f"/rules/{INTERVENTION}/mode", "invalid"),
        (intervention(mode=None), f"/rules/{INTERVENTION}/mode", "invalid"),
        (intervention(min_weeks=-1), f"/rules/{INTERVENTION}/min_weeks", "invalid"),
        (intervention(min_weeks="6"), f"/rules/{INTERVENTION}/min_weeks", "invalid"),
        (intervention(min_weeks=True), f"/rules/{INTERVENTION}/min_weeks", "invalid"),
        (intervention(max_weeks=6), f"/rules/{INTERVENTION}/max_weeks", "unknown"),
        (signed(on="20260901"), "/sign_off/terms/0/on", "invalid"),
        ({"sign_off": {"terms": {}}}, "/sign_off/terms", "type"),
        ({"sign_off": {"terms": [{}] * 501}}, "/sign_off/terms", "too_many"),
        (signed(on="2026-W36-2"), "/sign_off/terms/0/on", "invalid"),
    ],
)
def test_a_wrong_shape(settings: Any, pointer: str, code: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        check_settings(policies(), "us", settings)
    (problem,) = caught.value.problems
    assert (problem.pointer, problem.code) == (pointer, code)
    assert problem.message


def test_all_problems_of_the_shape_come_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        check_settings(policies(), "us", {"roll": 1, "rules": {INTERVENTION: {"mode": "x"}}})
    assert [p.pointer for p in caught.value.problems] == ["/roll", f"/rules/{INTERVENTION}/mode"]


def test_a_hundred_problems_are_told_of_as_many_as_there_are() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        check_settings(policies(), "us", {f"setting_{n}": 1 for n in range(1000)})
    assert len(caught.value.problems) == 100


def test_an_unknown_jurisdiction() -> None:
    with pytest.raises(KeyError):
        check_settings(policies(), "us-zz", {})


def test_settings_reach_the_policy() -> None:
    chosen = {
        **intervention(min_interventions=2),
        "count_trigger_day": True,
        "roll": "next_working_day",
    }
    policy = policies().policy_for("us", chosen)
    assert policy.setting(INTERVENTION) == {"mode": "required_with_bypass", "min_interventions": 2}
    assert (policy.count_trigger_day, policy.roll) == (True, "next_working_day")


def test_a_setting_that_the_law_forbids_has_no_effect() -> None:
    """A pack may be written after the setting was stored; the law wins."""
    chosen = {
        "rules": {
            INTERVENTION: {"mode": "required_with_bypass", "min_weeks": 6},
            DIAGNOSIS: {"diagnosis_required_first": True},
        }
    }
    policy = policies().policy_for("us-tx", chosen)
    assert policy.setting(INTERVENTION) == {"mode": "document_only"}
    assert policy.setting(DIAGNOSIS) == {"diagnosis_required_first": False}


@given(
    jurisdiction=st.sampled_from(JURISDICTIONS),
    mode=st.sampled_from(MODES),
    minimum=st.integers(0, 100),
)
def test_what_is_found_and_what_takes_effect_agree(
    jurisdiction: str, mode: str, minimum: int
) -> None:
    settings = intervention(mode=mode, min_weeks=minimum)
    policy = policies().policy_for(jurisdiction, settings)
    as_chosen = policy.setting(INTERVENTION).items() >= {"mode": mode, "min_weeks": minimum}.items()
    assert as_chosen == (found(jurisdiction, settings) == [])
