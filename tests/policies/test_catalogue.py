"""The catalogue of federal rules: each is enforced here, or a reason says why not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.policies import LawInvalid, load
from service.policies.reading import read_one
from tests.law import policies

LAW = Path(__file__).parents[2] / "service" / "policies"
CATALOGUE: dict[str, Any] = read_one(LAW, "catalogue.yaml", "catalogue")


@pytest.mark.parametrize("rule_id", CATALOGUE["ids"])
def test_a_federal_rule_has_a_card_or_a_reason_to_have_none(rule_id: str) -> None:
    law = policies()
    reasons = {entry.id: entry.reason for entry in law.not_enforced}
    assert (rule_id in law.cards) != bool(reasons.get(rule_id))


def test_every_rule_of_the_federal_law_is_in_the_catalogue() -> None:
    beside = {"LIFECYCLE", "TX-NO-MIN-INTERVENTION", "STATE-PRESCHOOL-CRITERIA"}
    beside |= {"POLICY-CALENDAR", "POLICY-COVERAGE", "POLICY-EVALUATED-FIRST"}
    beside |= {"POLICY-GROUP-ROLES"}
    beside |= {"POLICY-TRANSFER-OUT", "POLICY-TRANSFER-RECORDS"}
    assert policies().cards.keys() - beside <= set(CATALOGUE["ids"])


@pytest.fixture
def catalogue_with(tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], object]], Path]:
    """A copy of the law whose catalogue is changed."""

    def changed(edit: Callable[[dict[str, Any]], object]) -> Path:
        for folder in ("rules", "packs"):
            shutil.copytree(LAW / folder, tmp_path / folder)
        raw = yaml.safe_load((LAW / "catalogue.yaml").read_text("utf-8"))
        edit(raw)
        (tmp_path / "catalogue.yaml").write_text(yaml.safe_dump(raw), "utf-8")
        return tmp_path

    return changed


def test_a_rule_that_is_neither_is_refused(catalogue_with: Callable[..., Path]) -> None:
    with pytest.raises(LawInvalid, match=r"catalogue\.yaml/ids/IDEA-NEW: no card, no reason"):
        load(catalogue_with(lambda raw: raw["ids"].append("IDEA-NEW")))


def test_a_rule_that_is_both_is_refused(catalogue_with: Callable[..., Path]) -> None:
    def both(raw: dict[str, Any]) -> None:
        raw["not_enforced"].append({**raw["not_enforced"][0], "id": "IDEA-CHILD-FIND"})

    with pytest.raises(LawInvalid, match="IDEA-CHILD-FIND: a card and a reason to have none"):
        load(catalogue_with(both))
