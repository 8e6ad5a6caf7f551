"""Every card against its predicate: the examples that counsel reads are the tests."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from service.domain.citations import Citation, Verification
from service.domain.decide import finding
from service.domain.lifecycles import LIFECYCLES, RECEIPT, REMOVAL
from service.domain.policy import Category, Dated, Policy, RequestSource, Rule
from service.domain.rules import PREDICATES
from service.domain.rules.timeframe import CLOCK_RULES
from service.policies.reading import read
from tests.facts_from import fields_from, situation_from

CARDS = Path(__file__).parents[2] / "service" / "policies" / "rules"

BESIDE_THE_STEPS = {
    "504-CLOCK", "IDEA-ELIG-IEP", "IDEA-IEP-ANNUAL", "IDEA-IEP-IN-EFFECT", "IDEA-REEVAL-3Y",
    "IDEA-C2B-THIRD",
    "IDEA-CONSENT-NOT-NEEDED", "IDEA-DAY", "IDEA-DAY-BUSINESS", "IDEA-DAY-SCHOOL",
    "IDEA-EVAL-CLOCK-END", "IDEA-EVAL-NO-SUMMER-PAUSE", "IDEA-EVAL-TRANSFER-COORD", "IDEA-IEP-30D",
    "IDEA-SLD-PROMPT-CONSENT", "IDEA-TRANSFER-IEP-IN", "IDEA-TRANSFER-IEP-OUT", "LIFECYCLE",
    "PARTC-NOTIFY-90", "POLICY-CALENDAR", "POLICY-DAY-ZERO", "POLICY-ROLL",
    "TX-NO-MIN-INTERVENTION",
}  # fmt: skip

RECORDS = {
    "assessment", "consent", "consent_attempt", "deadline", "details", "disciplinary_removal",
    "dispute", "eligibility_determination", "evaluation", "guardian",
    "independent_evaluation_request", "intervention", "meeting", "notice", "observation", "plan",
    "records_request", "referral", "source", "source_document", "student", "suspicion", "transfer",
}  # fmt: skip
"""What a finding may name as its evidence."""

OF_AN_EXAMPLE = {"name", "given", "setting", "policy", "answer", "blocks", "mode", "final"}
"""`mode`: what this answer softens the card's to. `final`: it may not be lifted as others may."""

LONG_AGO = date(1997, 6, 4)


@cache
def cards() -> Mapping[str, Mapping[str, Any]]:
    return {card["id"]: card for _, card in read(CARDS.parent, "rules", "card")}


def examples() -> Iterator[Any]:
    for id, card in cards().items():
        for example in card["examples"]:
            yield pytest.param(card, example, id=f"{id}: {example['name']}")


def _rule(card: Mapping[str, Any]) -> Rule:
    return Rule(
        id=card["id"],
        title=card["title"],
        why=card["why"],
        mode=card["mode"],
        framework=card["framework"],
        unblock=card["unblock"],
        override=card["override"],
        citations=tuple(
            Citation(c["text"], c["href"], Verification(c["verification"]))
            for c in card["citations"]
        ),
    )


def _category(code: str, title: str, **more: Any) -> tuple[Dated[Category], ...]:
    return (
        Dated(Category(**{"code": code, "title": title, "federal_code": code, **more}), LONG_AGO),
    )


def example_policy(settings: Mapping[str, Mapping[str, Any]] | None = None) -> Policy:
    """A made-up state.

    DD at ages three through nine, and another delay through grade two; EMD at four and five, LATE
    from fourteen and NEW until six; a prescriber decides about OHI; the rules for VI are not
    covered; dyslexia is an SLD; speech is special education.
    """
    return Policy(
        jurisdiction="us-zz",
        title="the example state",
        basis="state",
        version="test",
        rules={id: _rule(card) for id, card in cards().items()},
        settings={
            **{id: card.get("settings", {}) for id, card in cards().items()},
            **(settings or {}),
        },
        categories={
            "AUT": _category("AUT", "autism"),
            "OHI": _category(
                "OHI",
                "other health impairment",
                required_roles=(frozenset({"physician", "licensed_prescriber"}),),
            ),
            "SLD": _category("SLD", "specific learning disability"),
            "DYS": _category("DYS", "dyslexia", federal_code="SLD"),
            "VI": _category("VI", "visual impairment", not_covered="its own criteria"),
            "DD": _category("DD", "developmental delay", min_age=3, below_age=10),
            "EDD": _category(
                "EDD", "early delay", federal_code="DD", below_age=10, through_grade="02"
            ),
            "EMD": _category(
                "EMD", "medical disability", federal_code=None, min_age=4, below_age=6
            ),
            "LATE": _category("LATE", "late-onset illness", federal_code="OHI", min_age=14),
            "NEW": _category("NEW", "newborn illness", federal_code="OHI", below_age=6),
            "GIFTED": _category("GIFTED", "gifted", federal_code=None, idea_countable=False),
        },
        request_sources=(RequestSource(requester="physician", below_age=6),),
        special_related_services=frozenset({"speech_language"}),
    )


@pytest.mark.parametrize(("card", "example"), list(examples()))
def test_an_example_holds(card: Mapping[str, Any], example: Mapping[str, Any]) -> None:
    assert example.keys() <= OF_AN_EXAMPLE
    policy = example_policy({card["id"]: example.get("setting", card.get("settings", {}))})
    policy = replace(policy, **fields_from(Policy, example.get("policy", {})))
    found = finding(card["id"], situation_from(example["given"]), policy)
    assert (found.answer, found.blocks) == (example["answer"], example["blocks"]), found.because
    assert found.because.endswith(".")
    assert found.mode == example.get("mode", card["mode"])
    assert (found.title, found.citations) == (card["title"], policy.rules[card["id"]].citations)
    if "overrides" not in example["given"]:
        open_ = found.answer in ("unmet", "unknown") and not example.get("final", False)
        assert (found.override is not None) is (open_ and card["override"] is not None)
    assert {piece["type"] for piece in found.evidence} <= RECORDS
    assert (found.remedy is None) == (found.answer in ("met", "not_applicable"))


@pytest.mark.parametrize("card", [pytest.param(c, id=id) for id, c in cards().items()])
def test_a_card_speaks_in_sentences(card: Mapping[str, Any]) -> None:
    assert card["title"].endswith(".")
    assert card["why"].strip().endswith(".")
    assert card["unblock"].strip().endswith(".")


@pytest.mark.parametrize("id", sorted(PREDICATES))
def test_a_rule_has_an_example_that_is_met_and_one_that_is_not(id: str) -> None:
    assert {"met", "unmet"} <= {example["answer"] for example in cards()[id]["examples"]}


def test_predicates_and_cards_are_the_same_rules() -> None:
    enforced = {id for id, c in cards().items() if c["enforced_by"] in ("step", "receipt")}
    assert enforced == set(PREDICATES)
    assert cards().keys() - enforced == BESIDE_THE_STEPS


def test_every_rule_of_a_step_has_a_card_and_a_predicate() -> None:
    named = {id for life in LIFECYCLES.values() for step in life.steps for id in step.rules}
    assert named | {*RECEIPT, *REMOVAL} == set(PREDICATES)


def test_the_clock_is_read_for_the_rules_that_look_at_it() -> None:
    looking = {id for id, ask in PREDICATES.items() if "clock_due_on" in inspect.getsource(ask)}
    assert looking == CLOCK_RULES


@pytest.mark.parametrize("id", [*RECEIPT, *REMOVAL])
@pytest.mark.parametrize("requester", ["parent", "staff", "physician", "unknown", "other"])
def test_no_rule_can_refuse_a_receipt(id: str, requester: str) -> None:
    given = {"case": {"referrals": [{"requester": requester, "received_on": date(2025, 9, 10)}]}}
    assert not finding(id, situation_from(given), example_policy()).blocks


@pytest.mark.parametrize("id", sorted(PREDICATES))
def test_a_rule_answers_an_empty_situation(id: str) -> None:
    found = finding(id, situation_from({}), example_policy())
    assert found.answer in ("met", "unmet", "not_applicable", "unknown")
    assert found.because
