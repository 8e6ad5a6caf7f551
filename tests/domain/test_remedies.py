"""What a finding tells a school: its remedy fits what was found, and promises nothing untrue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from service.domain.decide import Finding, decide, finding
from service.domain.facts import Situation
from service.domain.lifecycles import CASE, DETERMINATION, LIFECYCLES, Lifecycle
from tests.facts_from import facts_from
from tests.policies.test_cards import example_policy

DAY = date(2025, 9, 15)


def found(rule_id: str, **given: Any) -> Finding:
    return finding(rule_id, facts_from(Situation, {"today": DAY} | given), example_policy())


def told(rule_id: str, **given: Any) -> str:
    """The remedy of what one rule finds, which there must be."""
    remedy = found(rule_id, **given).remedy
    assert remedy
    return remedy


SIGNED = {
    "answer": "granted",
    "form": "written",
    "language": "en",
    "activity": "Evaluation of reading",
    "received_on": DAY,
}
ELIGIBLE = {"outcome": "eligible", "disability_present": True, "needs_special_education": True}


class TestWithoutConsent:
    """Only silence after logged efforts, or a no, is an answer that the district may rest on."""

    def start(self, *consents: dict[str, Any]) -> Finding:
        case = {"consents": list(consents)}
        return found("IDEA-CONSENT-REFUSED-EVAL", step="start-evaluation", case=case)

    def test_a_parent_who_was_not_asked_has_not_kept_silent(self) -> None:
        here = self.start()
        assert "not been asked" in here.because
        assert "violation" not in here.because
        assert "ask for their consent" in (here.remedy or "")

    def test_silence_without_a_logged_effort_excuses_nothing(self) -> None:
        here = self.start({"requested_on": DAY})
        assert "violation" not in here.because
        assert "log each effort" in (here.remedy or "")

    def test_silence_after_efforts_does(self) -> None:
        here = self.start({"requested_on": DAY, "attempts": [{"attempted_on": DAY}]})
        assert "has not answered; the district does not evaluate, and is not in violation" in (
            here.because
        )

    def test_a_refusal_does_without_any(self) -> None:
        here = self.start({"answer": "refused", "received_on": DAY})
        assert "has refused consent; the district does not evaluate, and is not in" in here.because


def test_an_unknown_day_of_signing_asks_for_the_day() -> None:
    remedy = told("IDEA-CONSENT-EVAL", case={"consents": [SIGNED]})
    assert remedy == "Record on the consent the day on which the parent signed."


@pytest.mark.parametrize(
    ("rule_id", "step", "names"),
    [
        ("IDEA-REQUEST-NO-RTI-BLOCK", "decline", "reason_code"),
        ("IDEA-REQUEST-DECIDE", "withdraw", "withdrawn_by"),
        ("IDEA-EVAL-CLOCK-EXC-PRODUCE", "excuse-not-produced", "attempts"),
    ],
)
def test_what_depends_on_the_details_says_which_to_send(
    rule_id: str, step: str, names: str
) -> None:
    case = {"referrals": [{"requester": "parent", "received_on": DAY}]}
    assert f"`{names}`" in told(rule_id, step=step, case=case)


def test_a_concern_of_the_schools_own_is_not_withdrawn_but_closed() -> None:
    case = {"referrals": [{"requester": "staff", "received_on": DAY}]}
    assert "Close the case" in told("IDEA-REQUEST-DECIDE", step="withdraw", case=case)


def test_lateness_that_nobody_can_tell_sends_to_the_deadline() -> None:
    assert "calendar" in told("IDEA-EVAL-CLOCK", case={"evaluations": [{}]})


def test_an_evaluation_that_is_not_finished_is_not_called_complete() -> None:
    here = found("IDEA-EVAL-CLOCK", case={"evaluations": [{}]}, clock_due_on=DAY, today=DAY)
    assert (here.answer, here.because) == (
        "met",
        "The evaluation is not late yet: it is due on 2025-09-15.",
    )


@pytest.mark.parametrize(
    ("rule_id", "determination", "says"),
    [
        ("IDEA-DD", {**ELIGIBLE, "category": "DD"}, "birth date"),
        ("IDEA-AGE", {**ELIGIBLE, "services_start_on": DAY}, "birth date"),
        ("IDEA-ELIG-RELATED-ONLY", ELIGIBLE, "`related_service_only`"),
        (
            "IDEA-ELIG-DETERMINANT",
            {**ELIGIBLE, "determinants": {"reading": True, "math": False}},
            "not eligible",
        ),
        (
            "POLICY-COVERAGE",
            {**ELIGIBLE, "category": "AUTISM"},
            "AUT, DD, EDD, GIFTED, OHI, SLD or VI",
        ),
        (
            "504-DEFINITION",
            {
                "framework": "section_504",
                "outcome": "not_eligible",
                "impairment": "asthma",
                "substantially_limits": True,
                "major_life_activities": ["breathing"],
            },
            "outcome eligible",
        ),
        ("504-DEFINITION", {"framework": "section_504"}, "Record the outcome"),
    ],
)
def test_a_remedy_fits_what_was_found(
    rule_id: str, determination: dict[str, Any], says: str
) -> None:
    assert says in told(rule_id, step="finalize", today=DAY, determination=determination)


@pytest.mark.parametrize(
    ("basis", "says"),
    [("state", "does not use"), ("federal_default", "Nothing on record says")],
)
def test_a_state_without_a_pack_is_not_said_to_have_decided(basis: str, says: str) -> None:
    policy = replace(example_policy(), basis=basis, categories={})
    s = facts_from(Situation, {"today": DAY, "determination": {**ELIGIBLE, "category": "DD"}})
    here = finding("IDEA-DD", s, policy)
    assert here.blocks
    assert says in here.because


@pytest.mark.parametrize(
    ("lifecycle", "status"),
    [
        pytest.param(life, status, id=f"{life.record} {status}")
        for life in LIFECYCLES.values()
        for status in life.statuses
    ],
)
def test_a_step_out_of_turn_names_those_whose_turn_it_is(lifecycle: Lifecycle, status: str) -> None:
    for step in lifecycle.steps:
        if status in step.from_:
            continue
        decision = decide(
            lifecycle, step.name, status, Situation(today=date(2025, 9, 10)), example_policy()
        )
        remedy = decision.findings[0].remedy or ""
        for other in lifecycle.steps:
            assert (f"`{other.name}`" in remedy) == (status in other.from_)


def test_the_last_status_leads_nowhere() -> None:
    for lifecycle, step, status in (
        (CASE, "close", "closed"),
        (DETERMINATION, "finalize", "final"),
    ):
        decision = decide(
            lifecycle, step, status, Situation(today=date(2025, 9, 10)), example_policy()
        )
        assert "No step leads on" in (decision.findings[0].remedy or "")
