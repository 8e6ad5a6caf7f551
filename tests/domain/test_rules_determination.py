"""Two laws, two answers; a group with the parent; never a physician's word alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.decide import Decision, decide, finding
from service.domain.lifecycles import DETERMINATION
from service.domain.policy import Category, Dated
from tests.facts_from import situation_from
from tests.policies.test_cards import example_policy

GROUP = [
    {"role": "school_psychologist", "staff_id": "one"},
    {"role": "special_educator", "staff_id": "two"},
]
SOURCES = [
    {"kind": "achievement_test", "assessment_id": "test", "considered": "4th percentile."},
    {"kind": "parent_input", "considered": "Tires after a page."},
    {"kind": "medical_note", "medical": True, "considered": "Hearing is normal."},
]
ELIGIBLE: dict[str, Any] = {
    "framework": "idea",
    "outcome": "eligible",
    "decided_on": date(2025, 11, 10),
    "group": GROUP,
    "parent_participated": True,
    "sources": SOURCES,
    "disability_present": True,
    "category": "AUT",
    "needs_special_education": True,
    "related_service_only": False,
    "determinants": {"reading": False, "math": False, "limited_english": False},
    "services_start_on": date(2025, 12, 1),
}
ELIGIBLE_504: dict[str, Any] = {
    "framework": "section_504",
    "outcome": "eligible",
    "group": GROUP,
    "sources": SOURCES,
    "impairment": "asthma",
    "major_life_activities": ["breathing"],
    "substantially_limits": True,
    "mitigating_measures": [{"kind": "inhaler"}],
    "limitation_judged_without_mitigation": True,
}
CHILD = {"student": {"birth_date": date(2016, 5, 1)}}


def finalize(
    determination: dict[str, Any], case: dict[str, Any] | None = None, **settings: Any
) -> Decision:
    s = situation_from(
        {
            "step": "finalize",
            "today": date(2025, 11, 10),
            "case": {**CHILD, **(case or {})},
            "determination": determination,
        },
    )
    return decide(DETERMINATION, "finalize", "draft", s, example_policy(settings))


def blocking(determination: dict[str, Any], case: dict[str, Any] | None = None) -> set[str]:
    return {f.rule_id for f in finalize(determination, case).blocking}


def answers(decision: Decision) -> dict[str, str]:
    return {f.rule_id: f.answer for f in decision.findings}


@pytest.mark.parametrize("draft", [ELIGIBLE, ELIGIBLE_504], ids=["idea", "504"])
def test_a_complete_draft_becomes_final_and_owes_its_notices(draft: dict[str, Any]) -> None:
    decision = finalize(draft)
    assert decision.allowed
    owed = {f.rule_id for f in decision.findings if f.mode == "duty" and f.answer == "unmet"}
    assert owed == ({"IDEA-PWN", "IDEA-REPORT-COPY"} if draft is ELIGIBLE else {"504-SAFEGUARDS"})


def test_each_law_is_asked_only_its_own_rules() -> None:
    under_idea, under_504 = answers(finalize(ELIGIBLE)), answers(finalize(ELIGIBLE_504))
    for rule_id in under_idea.keys() - {"504-VS-IDEA"}:
        other = under_idea if rule_id.startswith("504-") else under_504
        assert other[rule_id] == "not_applicable"


medical = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            ["medical_note", "prescription", "medical", "Medical_Note", "physical_condition"]
        ),
        "document_id": st.sampled_from(["note", "script"]),
        "considered": st.sampled_from(["ADHD, combined.", None]),
        "medical": st.booleans(),
    }
)


@given(st.lists(medical, max_size=5), st.sampled_from([ELIGIBLE, ELIGIBLE_504]))
def test_medical_sources_alone_never_make_a_student_eligible(
    sources: list[dict[str, Any]], draft: dict[str, Any]
) -> None:
    papers = [
        {"id": "note", "kind": "medical_note"},
        {"id": "script", "kind": "prescription"},
    ]
    refused = blocking({**draft, "sources": sources}, {"documents": papers})
    assert refused & {"IDEA-ELIG-SOURCES", "504-SOURCES"}
    if sources:
        assert refused & {"IDEA-PHYSICIAN-NOT-SOLE", "504-DIAGNOSIS-NOT-SUFFICIENT"}


@given(st.integers(0, 4), st.sampled_from([ELIGIBLE, ELIGIBLE_504]))
def test_many_tests_of_one_kind_are_no_variety(tests: int, draft: dict[str, Any]) -> None:
    sources = [
        {"kind": "achievement_test", "assessment_id": str(n), "considered": "Low."}
        for n in range(tests)
    ]
    assert blocking({**draft, "sources": sources}) & {"IDEA-ELIG-SOURCES", "504-SOURCES"}


def test_a_source_that_rests_on_a_breach_does_not_count() -> None:
    case = {"evaluations": [{"assessments": [{"id": "test", "breach": True}]}]}
    sources = SOURCES[:2]
    assert not blocking({**ELIGIBLE, "sources": sources})
    assert blocking({**ELIGIBLE, "sources": sources}, case) == {
        "IDEA-ELIG-SOURCES",
        "IDEA-EVAL-NO-SINGLE",
    }


yes_no = st.sampled_from([True, False, None])


@given(yes_no, yes_no, st.sampled_from(["AUT", None]))
def test_eligible_takes_both_prongs(disability: Any, need: Any, category: str | None) -> None:
    """E29."""
    draft = {
        **ELIGIBLE,
        "disability_present": disability,
        "needs_special_education": need,
        "category": category,
    }
    whole = disability is True and need is True and category == "AUT"
    assert ("IDEA-ELIG-TWO-PRONG" in blocking(draft)) == (not whole)
    assert "IDEA-ELIG-TWO-PRONG" not in blocking({**draft, "outcome": "not_eligible"})


@given(st.dictionaries(st.sampled_from(["reading", "math", "limited_english"]), yes_no))
def test_every_determinant_is_answered_no(given_: dict[str, Any]) -> None:
    """E32: considered and not determinant is fine; open or determinant is not."""
    clear = [given_.get(k) for k in ("reading", "math", "limited_english")] == [False] * 3
    draft = {**ELIGIBLE, "determinants": given_}
    assert ("IDEA-ELIG-DETERMINANT" in blocking(draft)) == (not clear)


@given(st.lists(st.booleans() | st.none(), min_size=2, max_size=2))
def test_dissent_never_blocks(agrees: list[bool | None]) -> None:
    group = [{**member, "agrees": a} for member, a in zip(GROUP, agrees, strict=True)]
    assert not blocking({**ELIGIBLE, "group": group})


@pytest.mark.parametrize(
    ("facts", "lacks"),
    [
        ({"parent_participated": True}, False),
        ({"parent_participated": None, "group": [*GROUP, {"role": "parent"}]}, False),
        ({"parent_participated": None}, True),
        ({"parent_participated": False, "group": [*GROUP, {"role": "parent"}]}, True),
        ({"parent_participated": False, "parent_invited_on": date(2025, 10, 20)}, True),
        (
            {
                "parent_participated": False,
                "parent_invited_on": date(2025, 10, 20),
                "invitation_attempts": 1,
            },
            False,
        ),
        (
            {
                "parent_participated": False,
                "parent_invited_on": date(2025, 11, 20),
                "invitation_attempts": 3,
            },
            True,
        ),
    ],
)
def test_the_parent_takes_part_or_was_invited_in_time(facts: dict[str, Any], lacks: bool) -> None:
    assert ("IDEA-ELIG-GROUP" in blocking({**ELIGIBLE, **facts})) == lacks


@given(st.lists(st.sampled_from(["one", "two", None])))
def test_the_group_is_two_people_not_two_hats(who: list[str | None]) -> None:
    group = [{"role": f"role {n}", "staff_id": id} for n, id in enumerate(who)]
    people = {id if id else f"role {n}" for n, id in enumerate(who)}
    assert ("IDEA-ELIG-GROUP" in blocking({**ELIGIBLE, "group": group})) == (len(people) < 2)


def test_a_parent_is_no_professional_of_the_group_but_may_be_one_of_the_504_group() -> None:
    pair = [GROUP[0], {"role": "parent"}]
    assert "IDEA-ELIG-GROUP" in blocking({**ELIGIBLE, "group": pair})
    assert not blocking({**ELIGIBLE_504, "group": pair})
    assert "504-SOURCES" in blocking({**ELIGIBLE_504, "group": pair[:1]})


@pytest.mark.parametrize(
    ("services", "blocked"),
    [(["occupational_therapy"], True), (["occupational_therapy", "speech_language"], False)],
)
def test_a_related_service_alone(services: list[str], blocked: bool) -> None:
    """E31."""
    draft = {**ELIGIBLE, "related_service_only": True, "related_services": services}
    assert ("IDEA-ELIG-RELATED-ONLY" in blocking(draft)) == blocked


@pytest.mark.parametrize(
    ("born", "blocked"),
    [
        (date(2022, 12, 1), False),
        (date(2022, 12, 2), True),
        (date(2015, 11, 11), False),
        (date(2015, 11, 10), True),
        (None, True),
    ],
)
def test_developmental_delay_at_its_ages(born: date | None, blocked: bool) -> None:
    """E43: through the day before the tenth birthday; from the third, when services start."""
    case = {"student": {"birth_date": born}}
    assert ("IDEA-DD" in blocking({**ELIGIBLE, "category": "DD"}, case)) == blocked


def test_a_district_may_leave_developmental_delay_alone() -> None:
    setting = {"IDEA-DD": {"district_uses": False}}
    draft = {**ELIGIBLE, "category": "DD", "decided_on": date(2025, 11, 10)}
    case = {"student": {"birth_date": date(2019, 1, 1)}}
    assert finalize(draft, case).allowed
    assert not finalize(draft, case, **setting).allowed


@given(st.dates(date(2000, 1, 1), date(2024, 1, 1)), st.none() | st.just(date(2025, 12, 1)))
def test_age_blocks_only_services_that_would_start_outside_it(
    born: date, start: date | None
) -> None:
    draft = {**ELIGIBLE, "services_start_on": start}
    blocked = "IDEA-AGE" in blocking(draft, {"student": {"birth_date": born}})
    inside = date(2003, 12, 1) < born <= date(2022, 12, 1)
    assert blocked == (start is not None and not inside)


def test_a_category_that_is_not_covered_stays_a_draft() -> None:
    assert blocking({**ELIGIBLE, "category": "VI"}) == {"POLICY-COVERAGE"}
    assert not blocking({**ELIGIBLE, "category": "VI", "outcome": "not_eligible"})


def test_not_eligible_is_never_held_up_by_thin_facts_but_by_one_person() -> None:
    bare = {"outcome": "not_eligible", "parent_participated": True}
    assert blocking(bare) == {"IDEA-ELIG-GROUP"}
    assert not blocking({**bare, "group": GROUP})


@pytest.mark.parametrize("status", ["draft", "final", "superseded"])
def test_not_eligible_with_an_impairment_asks_for_section_504(status: str) -> None:
    draft = {**ELIGIBLE, "id": "this", "outcome": "not_eligible", "needs_special_education": False}
    other = {"id": "other", "framework": "section_504", "status": status}
    found = answers(finalize(draft, {"determinations": [other]}))["504-VS-IDEA"]
    assert found == ("unmet" if status == "superseded" else "met")


def test_an_earlier_draft_of_not_eligible_prompts_nothing() -> None:
    idle = {"id": "idle", "outcome": "not_eligible", "disability_present": True}
    found = answers(finalize({**ELIGIBLE, "id": "this"}, {"determinations": [idle]}))
    assert found["504-VS-IDEA"] == "not_applicable"


def test_no_reason_that_the_law_forbids_ends_a_504_question() -> None:
    """E46: medication, a quiet year, good grades, no diagnosis."""
    for code, rule_id in {
        "controlled_by_medication": "504-MITIGATING",
        "not_active_now": "504-EPISODIC",
        "good_grades": "504-MLA",
        "no_diagnosis": "504-DIAGNOSIS-NOT-REQUIRED",
    }.items():
        draft = {**ELIGIBLE_504, "outcome": "not_eligible", "reason_codes": [code]}
        assert rule_id in blocking(draft)


@given(yes_no, yes_no)
def test_not_eligible_is_judged_without_help_and_when_active(without: Any, active: Any) -> None:
    draft = {
        **ELIGIBLE_504,
        "outcome": "not_eligible",
        "substantially_limits": False,
        "limitation_judged_without_mitigation": without,
        "episodic": True,
        "judged_when_active": active,
    }
    refused = blocking(draft)
    assert ("504-MITIGATING" in refused) == (without is not True)
    assert ("504-EPISODIC" in refused) == (active is not True)
    assert not blocking({**draft, "outcome": "eligible", "substantially_limits": True})


@pytest.mark.parametrize("activity", ["Self care", "self-care", "cell_growth", "Reading"])
def test_an_activity_is_known_however_it_is_spelt(activity: str) -> None:
    draft = {**ELIGIBLE_504, "major_life_activities": [activity]}
    assert answers(finalize(draft))["504-MLA"] == "met"


@pytest.mark.parametrize("word", [None, 3])
def test_words_of_the_wrong_kind_are_no_words(word: Any) -> None:
    draft = {**ELIGIBLE, "group": [{"role": word}], "sources": [{"kind": word}]}
    assert {"IDEA-ELIG-GROUP", "IDEA-ELIG-SOURCES"} <= blocking(draft)


def test_nothing_is_made_final_without_saying_what() -> None:
    assert finding("IDEA-ELIG-TWO-PRONG", situation_from({}), example_policy()).blocks


@pytest.mark.parametrize(
    ("ages", "born", "answer"),
    [
        ({"min_age": 4, "below_age": 8}, date(2021, 11, 14), "met"),
        ({"min_age": 4, "below_age": 8}, date(2021, 11, 15), "unmet"),
        ({"min_age": 4, "below_age": 8}, date(2017, 11, 15), "met"),
        ({"min_age": 4, "below_age": 8}, date(2017, 11, 14), "unmet"),
        ({}, date(2022, 11, 14), "met"),
        ({}, date(2022, 11, 15), "unmet"),
        ({}, date(2015, 11, 15), "met"),
        ({}, date(2015, 11, 14), "unmet"),
    ],
)
def test_developmental_delay_is_found_at_the_ages_of_the_state(
    ages: dict[str, Any], born: date, answer: str
) -> None:
    delay = Category(code="DD", title="developmental delay", federal_code="DD", **ages)
    policy = replace(example_policy(), categories={"DD": (Dated(delay, date(1997, 6, 4)),)})
    day = date(2025, 11, 14)
    s = situation_from(
        {
            "today": day,
            "case": {"student": {"birth_date": born}},
            "determination": {"outcome": "eligible", "category": "DD", "decided_on": day},
        }
    )
    assert finding("IDEA-DD", s, policy).answer == answer
