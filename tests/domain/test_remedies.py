"""What a finding tells a school: its remedy fits what was found, and promises nothing untrue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from service.domain.decide import Finding, decide, finding
from service.domain.facts import Situation
from service.domain.lifecycles import CASE, DETERMINATION, LIFECYCLES, Lifecycle
from service.domain.policy import AllowedExtension
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
            "AUT, DD, DYS, EDD, EMD, GIFTED, LATE, NEW, OHI, SLD or VI",
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


SLD = {"outcome": "eligible", "category": "SLD"}
YOUNG = {"student": {"grade": "PK"}}
ONLY_FIRST = AllowedExtension(
    kind="written_agreement",
    title="In a first evaluation",
    only_suspected="SLD",
    first_evaluation_only=True,
)


@pytest.mark.parametrize(
    ("rule_id", "given", "says"),
    [
        ("POLICY-GROUP-ROLES", {"determination": {"outcome": "eligible", "category": "OHI"}},
         "still lacks: licensed prescriber or physician."),
        ("IDEA-SLD-GROUP", {"determination": SLD, "case": YOUNG},
         "lacks somebody qualified to teach a child of that age and"),
        ("IDEA-SLD-GROUP", {"determination": SLD, "case": {"student": {"grade": "03"}}},
         "lacks the student's regular teacher, or one qualified"),
        ("IDEA-EVAL-SCOPE", {"determination": {**ELIGIBLE, "needs": [{"area": "reading"}]}},
         "The need in reading does not say"),
        ("IDEA-EVAL-SCOPE", {"determination": {**ELIGIBLE, "needs": [{}]}},
         "The need in an unnamed area does not say"),
        ("IDEA-REED-NO-DATA",
         {"case": {"evaluations": [
             {"no_data_needed_on": DAY, "right_to_assessment_told": True}]}},
         "that they were told why."),
        ("IDEA-PWN", {"step": "propose-evaluation"}, "No prior written notice that proposes the"),
        ("IDEA-PWN", {"step": "decline"}, "No prior written notice that refuses the"),
        ("IDEA-REEVAL-1Y",
         {"case": {"path": "reevaluation", "determinations": [
             {"status": "final", "outcome": "eligible", "decided_on": date(2025, 3, 3)}]}},
         "The student was last evaluated on 2025-03-03, less than a year ago: it is"),
        ("IDEA-REEVAL-1Y",
         {"step": "propose-evaluation", "details": {"agreed_on": DAY},
          "case": {"path": "reevaluation", "determinations": [
              {"status": "final", "outcome": "eligible", "decided_on": date(2025, 3, 3)}]}},
         "The student was last evaluated on 2025-03-03, less than a year ago; parent and"),
        ("IDEA-IEP-EXCUSE",
         {"plan": {"kind": "iep", "excusals": [{"role": "teacher", "area_discussed": True}]}},
         "(the parent's consent in writing and the member's written input before the meeting)"),
        ("IDEA-IEP-EXCUSE",
         {"plan": {"kind": "iep", "excusals": [{"role": "teacher", "area_discussed": False}]}},
         "(the parent's agreement in writing)"),
    ],
)  # fmt: skip
def test_what_is_found_is_called_what_it_is(rule_id: str, given: dict[str, Any], says: str) -> None:
    assert says in found(rule_id, **given).because


@pytest.mark.parametrize(
    ("suspected", "says"),
    [
        ("SLD", "In the example state the time is extended in no other way: In a first evaluation"),
        ("DYS", "In the example state the time is extended in no other way: In a first evaluation"),
        ("AUT", "Only where a specific learning disability is suspected"),
    ],
)
def test_where_the_time_is_not_extended_it_is_said_why(suspected: str, says: str) -> None:
    case = {"path": "reevaluation", "evaluations": [{"suspected_categories": [suspected]}]}
    s = facts_from(Situation, {"today": DAY, "case": case})
    policy = replace(example_policy(), extensions=(ONLY_FIRST,))
    assert says in finding("IDEA-EVAL-CLOCK-EXC-SLD", s, policy).because


TO_SERVE = {"id": "asked", "purpose": "initial_services", "requested_on": DAY}
TO_EVALUATE = {"id": "to evaluate", "answer": "granted", "received_on": DAY}


@pytest.mark.parametrize(
    ("consents", "shown", "says"),
    [
        ([], [], "has not been received."),
        ([TO_EVALUATE], ["to evaluate"], "their consent to evaluate does not stand for it."),
        ([{**TO_EVALUATE, "answer": "refused"}], [], "has not been received."),
        ([TO_EVALUATE, TO_SERVE], ["asked"], "has not been received."),
    ],
)
def test_where_consent_to_services_lacks_it_is_shown_what_there_is(
    consents: list[dict[str, Any]], shown: list[str], says: str
) -> None:
    here = found("IDEA-CONSENT-SERVICES", plan={"kind": "iep"}, case={"consents": consents})
    assert [piece["id"] for piece in here.evidence] == shown
    assert here.because.endswith(says)


def test_a_step_that_there_is_not_is_asked_for_by_nobody() -> None:
    assert CASE["decline"].name == "decline"
    with pytest.raises(KeyError, match="graduate"):
        CASE["graduate"]
