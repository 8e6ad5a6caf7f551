"""What rules about plans have in common: findings in their order, and who has not been told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from service.domain.facts import Case, Plan
from service.domain.rules.iep import not_informed
from service.domain.rules.plan import found
from tests.facts_from import facts_from, situation_from


def determinations(*stated: dict[str, Any]) -> Case:
    case = {"determinations": list(stated[:-1]), "determinations_elsewhere": [stated[-1]]}
    return situation_from({"case": case}).case


def test_findings_are_those_of_the_law_and_the_outcome_the_earliest_first() -> None:
    eligible = {"framework": "idea", "outcome": "eligible", "status": "final"}
    case = determinations(
        eligible | {"id": "late", "decided_on": date(2025, 11, 14)},
        eligible | {"id": "early", "decided_on": date(2025, 10, 1), "status": "superseded"},
        eligible | {"id": "draft", "decided_on": date(2025, 9, 1), "status": "draft"},
        eligible | {"id": "no day"},
        eligible | {"id": "other law", "decided_on": date(2025, 9, 1), "framework": "section_504"},
        eligible | {"id": "other", "decided_on": date(2025, 9, 1), "outcome": "not_eligible"},
        eligible | {"id": "elsewhere", "decided_on": date(2025, 9, 1)},
    )
    assert [d.id for d in found(case, "idea", "eligible")] == ["early", "late"]
    assert [d.id for d in found(case, "idea", "eligible", final=True)] == ["late"]
    elsewhere = found(case, "idea", "eligible", elsewhere=True)
    assert [d.id for d in elsewhere] == ["elsewhere", "early", "late"]


@pytest.mark.parametrize(
    ("plan", "left"),
    [
        ({"services": [{"provider_staff_id": "one", "provider_role": "nurse"}]}, ("one",)),
        ({"services": [{"provider_role": "nurse"}]}, ("nurse",)),
        ({"related_services": [{"provider_role": "nurse"}]}, ("nurse",)),
        ({"services": [{}]}, ()),
        ({"accommodations": ["Extended time"]}, ("teacher",)),
        ({"modifications": ["Fewer tasks"]}, ("teacher",)),
        ({"supplementary_aids": ["A slant board"]}, ("teacher",)),
        ({"accommodations": ["Extended time"], "services": [{"provider_role": "nurse"}]},
         ("nurse", "teacher")),
    ],
)  # fmt: skip
def test_whoever_carries_out_a_plan_is_to_be_told(
    plan: dict[str, Any], left: tuple[str, ...]
) -> None:
    assert not_informed(facts_from(Plan, plan)) == left
