"""What a decision says of itself: the members of the API, and where a record stands in the way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from service.domain.citations import Citation, Verification
from service.domain.decide import Decision, Finding, decide, finding
from service.domain.lifecycles import CASE, DETERMINATION, PLAN
from tests.facts_from import situation_from
from tests.policies.test_cards import example_policy

FINDING = Finding(
    rule_id="IDEA-PWN",
    title="A notice comes first.",
    mode="require",
    answer="unmet",
    blocks=True,
    because="No notice was given.",
    evidence=({"type": "notice", "id": "one"},),
    remedy="Give the notice.",
    override={"who": "Nobody."},
    citations=(
        Citation("34 CFR 300.503", "https://www.ecfr.gov/", Verification("R")),
        Citation("a state's rule", None, Verification("S")),
    ),
)

AS_JSON = {
    "rule_id": "IDEA-PWN",
    "title": "A notice comes first.",
    "mode": "require",
    "answer": "unmet",
    "blocks": True,
    "because": "No notice was given.",
    "evidence": [{"type": "notice", "id": "one"}],
    "remedy": "Give the notice.",
    "override": {"who": "Nobody."},
    "citations": [
        {"text": "34 CFR 300.503", "href": "https://www.ecfr.gov/", "verification": "R"},
        {"text": "a state's rule", "href": None, "verification": "S"},
    ],
}


def test_a_finding_has_the_members_of_the_api_in_their_order() -> None:
    assert list(FINDING.as_json().items()) == list(AS_JSON.items())


def test_a_decision_has_the_members_of_the_api_in_their_order() -> None:
    decision = Decision(
        allowed=False,
        step="decline",
        from_="evaluation_requested",
        to="declined",
        findings=(FINDING,),
        deadlines=({"id": "due"},),
        policy={"version": "test"},
    )
    assert list(decision.as_json().items()) == [
        ("allowed", False),
        ("step", "decline"),
        ("from", "evaluation_requested"),
        ("to", "declined"),
        ("findings", [AS_JSON]),
        ("deadlines", [{"id": "due"}]),
        ("policy", {"version": "test"}),
    ]


def test_a_decision_tells_where_a_record_stands_and_where_the_step_leads() -> None:
    closes = decide(CASE, "close", "received", situation_from({}), example_policy())
    assert (closes.step, closes.from_, closes.to) == ("close", "received", "closed")


REFUSED: dict[str, Any] = {
    "step": "start-evaluation",
    "overrides": [
        {
            "rule_id": "IDEA-CONSENT-REEVAL",
            "reason": "The old tests tell nothing any more.",
            "authority": "Hearing officer's order of 2025-10-02",
            "staff_id": "director",
        }
    ],
    "case": {
        "path": "reevaluation",
        "student": {"placement": "public"},
        "consents": [
            {"purpose": "reevaluation", "answer": "refused", "received_on": date(2025, 9, 15)}
        ],
    },
}


def test_a_rule_that_somebody_lifts_tells_who_and_why_and_does_not_block() -> None:
    found = finding("IDEA-CONSENT-REEVAL", situation_from(REFUSED), example_policy())
    assert (found.answer, found.mode, found.blocks) == ("unmet", "require", False)
    assert found.override == {
        "kind": "override",
        "reason": "The old tests tell nothing any more.",
        "authority": "Hearing officer's order of 2025-10-02",
        "staff_id": "director",
    }


def test_only_what_stands_in_the_way_is_lifted() -> None:
    tried = {"attempted_on": date(2025, 9, 18), "mode": "phone", "result": "no answer"}
    one_call = {"consents": [{"purpose": "reevaluation", "attempts": [tried]}]}
    pointed_out = situation_from({**REFUSED, "case": {**REFUSED["case"], **one_call}})
    found = finding("IDEA-CONSENT-REEVAL", pointed_out, example_policy())
    assert (found.answer, found.mode) == ("unmet", "advise")
    assert found.override is not None
    assert set(found.override) == {"who"}
    granted = {"purpose": "reevaluation", "answer": "granted", "received_on": date(2025, 9, 15)}
    consented = situation_from({**REFUSED, "case": {**REFUSED["case"], "consents": [granted]}})
    assert finding("IDEA-CONSENT-REEVAL", consented, example_policy()).override is None


def test_a_finding_that_is_not_met_tells_what_to_do() -> None:
    policy = example_policy()
    blocked = finding("IDEA-PWN", situation_from({"step": "decline"}), policy)
    assert blocked.remedy is not None
    assert "Write a prior written notice that refuses the evaluation" in blocked.remedy
    general = finding("IDEA-CONSENT-EVAL", situation_from({}), policy)
    assert general.remedy == policy.rule("IDEA-CONSENT-EVAL").unblock
    met = finding("IDEA-CHILD-FIND", situation_from({"case": {"frameworks": []}}), policy)
    assert met.remedy is None


def stands_in_the_way(finding: Finding) -> dict[str, Any]:
    """What a LIFECYCLE finding shows, after what is the same for each of them."""
    assert (finding.rule_id, finding.mode, finding.answer, finding.blocks) == (
        "LIFECYCLE",
        "require",
        "unmet",
        True,
    )
    assert finding.title == "A step leads on from where the record stands."
    (evidence,) = finding.evidence
    return dict(evidence)


def test_a_case_that_joined_another_goes_on_there() -> None:
    s = situation_from({"case": {"id": "left", "joined_to_case_id": "joined"}})
    decision = decide(CASE, "close", "received", s, example_policy())
    assert not decision.allowed
    assert stands_in_the_way(decision.findings[0]) == {
        "type": "case",
        "id": "left",
        "joined_to_case_id": "joined",
    }
    assert decision.findings[0].remedy == "Take the step in case joined."


def test_a_step_that_does_not_lead_on_tells_which_do() -> None:
    decision = decide(CASE, "decline", "closed", situation_from({}), example_policy())
    first = decision.findings[0]
    assert stands_in_the_way(first) == {"type": "case", "status": "closed"}
    assert "`decline` leads on only from `" in first.because
    assert first.remedy is not None
    assert "`closed`" in first.remedy


@pytest.mark.parametrize(
    ("draft", "allowed"),
    [
        ({"id": "new"}, False),
        ({"id": "new", "supersedes_id": "old"}, True),
        ({"id": "old"}, True),
        ({"id": "new", "framework": "section_504"}, True),
    ],
)
def test_a_law_has_one_final_determination(draft: dict[str, Any], allowed: bool) -> None:
    final = {"id": "old", "framework": "idea", "status": "final"}
    s = situation_from(
        {
            "case": {"determinations": [{**final, "id": "first", "status": "draft"}, final]},
            "determination": {"framework": "idea", **draft},
        }
    )
    findings = decide(DETERMINATION, "finalize", "draft", s, example_policy()).findings
    assert (findings[0].rule_id != "LIFECYCLE") == allowed
    if not allowed:
        assert stands_in_the_way(findings[0]) == {
            "type": "eligibility_determination",
            "id": "old",
            "status": "final",
        }
        assert findings[0].remedy is not None
        assert findings[0].remedy.endswith("set `supersedes_id` to old.")


def the_step_that_leads_to(status: str) -> tuple[str, str]:
    step = next(step for step in PLAN.steps if step.to == status)
    return step.name, min(step.from_)


@pytest.mark.parametrize("status", ["offered", "in_effect"])
@pytest.mark.parametrize(
    ("plan", "shown"),
    [
        ({"id": "new"}, {"type": "plan", "id": "old", "status": "in_effect"}),
        ({"id": "new", "amends_id": "old"}, None),
        ({"id": "new", "kind": "section_504"}, None),
        (
            {"id": "new", "kind": "section_504", "amends_id": "gone"},
            {"type": "plan", "id": "gone", "status": "ended"},
        ),
    ],
)
def test_a_student_has_one_plan_of_a_kind_in_effect(
    status: str, plan: dict[str, Any], shown: dict[str, str] | None
) -> None:
    step, from_ = the_step_that_leads_to(status)
    s = situation_from(
        {
            "case": {"plans": [{"id": "old", "kind": "iep", "status": "in_effect"}]},
            "plan": {"kind": "iep", **plan},
        }
    )
    first = decide(PLAN, step, from_, s, example_policy()).findings[0]
    if shown is None:
        assert first.rule_id != "LIFECYCLE"
    else:
        assert stands_in_the_way(first) == shown


def test_a_plan_ends_or_is_withdrawn_beside_one_in_effect() -> None:
    s = situation_from(
        {
            "case": {"plans": [{"id": "old", "kind": "iep", "status": "in_effect"}]},
            "plan": {"id": "new", "kind": "iep"},
        }
    )
    ending = [step for step in PLAN.steps if step.to not in ("offered", "in_effect")]
    assert ending
    for step in ending:
        findings = decide(PLAN, step.name, min(step.from_), s, example_policy()).findings
        assert "LIFECYCLE" not in {found.rule_id for found in findings}, step.name
