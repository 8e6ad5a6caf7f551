"""The packs: their worked examples, what they say about each state, and what the loader refuses."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.domain.calendars import DayUnit, SchoolCalendar
from service.domain.citations import Citation, Verification
from service.domain.clocks.terms import years_after
from service.domain.deadlines import deadlines
from service.domain.events import EVENTS, Event, Occurrence
from service.domain.facts import ACHIEVEMENT_AREAS, METHODS, Case
from service.domain.lifecycles import LIFECYCLES
from service.domain.rules.referral import INTERVENTION_RULE
from service.domain.students import ORDERED
from service.policies import LawInvalid, load
from service.policies.loader import JURISDICTIONS, KEPT
from service.policies.overlay import WHOLE
from service.policies.settings import INTERVENTION_MODES
from tests.domain.test_calendars import CAL_A, CAL_M
from tests.facts_from import facts_from
from tests.law import policies

D = date.fromisoformat
LAW = Path(__file__).parents[2] / "service" / "policies"
BASE = "us"
PACKS = tuple(sorted(path.stem for path in (LAW / "packs").iterdir()))


def calendar(jurisdiction: str, name: str | None) -> SchoolCalendar:
    """The named school calendar with the jurisdiction's holidays; without a name only those."""
    holidays = policies().holidays(jurisdiction, 2024, 2028)
    named = {"CAL-A": CAL_A.years, "CAL-M": CAL_M.years, None: ()}
    return SchoolCalendar(named[name], holidays)


# The worked examples


def examples() -> Iterator[Any]:
    for jurisdiction, pack in policies().packs.items():
        for term_id, term in pack["terms"].items():
            for example in term.get("examples", ()):
                says = example.get("says") or example["started_on"]
                yield pytest.param(
                    jurisdiction, term_id, example, id=f"{jurisdiction} {term_id}: {says}"
                )


@pytest.mark.parametrize(("jurisdiction", "term_id", "example"), list(examples()))
def test_an_example_of_a_pack(jurisdiction: str, term_id: str, example: dict[str, Any]) -> None:
    days = calendar(jurisdiction, example.get("calendar"))
    policy = policies().policy_for(jurisdiction)
    start = example["started_on"]
    absent = [
        days.nth(start, number, DayUnit.SCHOOL_DAY)
        for number in range(1, example.get("absent_school_days", 0) + 1)
    ]
    born = years_after(start, -example.get("age", 9))
    helped = [{"started_on": start - timedelta(days=60)}]
    a_case = facts_from(
        Case,
        {
            "opened_on": start,
            "student": {"birth_date": born, "placement": example.get("placement", "public")},
            "absences": absent,
            "expedited": "expedited" in example,
            "interventions": helped if "after_interventions" in example else [],
        },
    )
    term = policy.term(term_id, on=start)
    assert term is not None
    happened = {event: [day] for event, day in example.get("events", {}).items()}
    happened.setdefault(re.split(" or ", term.starts)[0], [start])
    with shown_by(happened):
        (found,) = (d for d in deadlines(a_case, policy, days, today=start) if d.term_id == term_id)
    assert found.due_on == example["due_on"], found.explanation


@contextmanager
def shown_by(happened: Mapping[str, list[date]]) -> Iterator[None]:
    """Events as an example states them, in the place of the facts that would show them."""
    events = dict(EVENTS)

    def stated(event: str) -> Event:
        return lambda case, policy: [Occurrence(day) for day in happened.get(event, ())]

    EVENTS.update({event: stated(event) for event in events})
    try:
        yield
    finally:
        EVENTS.update(events)


def test_every_term_with_a_number_has_an_example() -> None:
    lacking = [
        f"{jurisdiction} {term_id}"
        for jurisdiction, pack in policies().packs.items()
        for term_id, term in pack["terms"].items()
        if any(value.get("count") or value.get("years") for value in term["values"])
        and not term.get("examples")
    ]
    assert lacking == []


# What is in force


def test_the_packs_that_there_are() -> None:
    assert BASE in PACKS
    assert set(PACKS) <= set(JURISDICTIONS)
    assert sorted(policies().packs) == list(PACKS)


def test_every_step_serves_a_deadline_that_there_is() -> None:
    served = {step.serves for life in LIFECYCLES.values() for step in life.steps} - {None}
    assert "initial_evaluation" in served
    assert served <= policies().policy_for("us").terms.keys()


def test_every_state_has_a_law_and_says_whose() -> None:
    assert len(JURISDICTIONS) == 52
    for jurisdiction in JURISDICTIONS:
        policy = policies().policy_for(jurisdiction)
        assert policy.basis == (
            "state" if jurisdiction in PACKS and jurisdiction != BASE else "federal_default"
        )
        term = policy.term("initial_evaluation", on=D("2025-09-15"))
        assert term is not None
        assert policy.category("SLD", D("2025-09-15")) is not None
        assert policy.not_cover


def law_with(folder: Path, *packs: str) -> Path:
    """Make a copy of the law that has these packs only; its folder."""
    shutil.copytree(LAW / "rules", folder / "rules")
    shutil.copy(LAW / "catalogue.yaml", folder)
    (folder / "packs").mkdir()
    for jurisdiction in packs:
        shutil.copy(LAW / "packs" / f"{jurisdiction}.yaml", folder / "packs")
    return folder


def test_a_state_without_a_pack_has_the_federal_law_and_says_so(tmp_path: Path) -> None:
    alone = load(law_with(tmp_path, BASE))
    base = alone.pack(BASE)
    for jurisdiction in JURISDICTIONS:
        policy, pack = alone.policy_for(jurisdiction), alone.pack(jurisdiction)
        assert policy.basis == pack["basis"] == "federal_default"
        assert {**pack, "jurisdiction": BASE, "title": base["title"]} == base
        assert alone.holidays(jurisdiction, 2025, 2026) == alone.holidays(BASE, 2025, 2026)


def authorities(citation: Citation) -> set[str]:
    """The sections or the paper that a citation names; what a paper is *on* is not among them."""
    text = re.split(r" on |: ", citation.text)[0]
    return set(re.findall(r"\d+\.\d+", text)) or {text.split(" (")[0]}


@pytest.mark.parametrize("jurisdiction", JURISDICTIONS)
def test_each_authority_is_cited_once(jurisdiction: str) -> None:
    """By a rule's finding, pack and card together, and by a deadline.

    Unless a part of it was verified less far than the rest, which is to be seen.
    """
    policy = policies().policy_for(jurisdiction)
    cited = {id: rule.citations for id, rule in policy.rules.items()}
    for id, history in policy.terms.items():
        cited |= {f"{id} from {dated.from_on}": dated.value.citations for dated in history}
    cited |= {source.requester: source.citations for source in policy.request_sources}
    twice = {
        (id, named)
        for id, citations in cited.items()
        for named, times in Counter(
            (named, citation.verification)
            for citation in citations
            for named in authorities(citation)
        ).items()
        if times > 1
    }
    assert twice == set()


def test_an_authority_is_told_by_what_it_names() -> None:
    def of(text: str) -> set[str]:
        return authorities(Citation(text, None, Verification.READ))

    assert of("34 CFR 300.111 and 300.226(c), which limit it") == {"300.111", "300.226"}
    assert of("34 CFR 300.111(a), (c)") == {"300.111"}
    assert of("OSEP Memo 11-07 (2011)") == of("OSEP Memo 11-07 (21 January 2011), again")
    assert of("71 FR 46540, on 300.301(c): the 60 days") == {"71 FR 46540,"}


@pytest.mark.parametrize("jurisdiction", ["us-zz", "us-TX", "tx", "", "de"])
def test_a_jurisdiction_that_does_not_exist(jurisdiction: str) -> None:
    for ask in (policies().policy_for, policies().pack):
        with pytest.raises(KeyError):
            ask(jurisdiction)
    with pytest.raises(KeyError):
        policies().holidays(jurisdiction, 2025, 2026)
    with pytest.raises(KeyError):
        policies().amended(jurisdiction, {})


def test_a_policy_is_made_once() -> None:
    settings = {"count_trigger_day": True, "roll": "none"}
    again = {"roll": "none", "count_trigger_day": True}
    assert policies().policy_for("us-tx", settings) is policies().policy_for("us-tx", again)
    assert policies().policy_for("us-tx") is policies().policy_for("us-tx", {})
    assert policies().policy_for("us-tx", settings) is not policies().policy_for("us-tx")


def test_a_state_lies_over_the_base_from_its_own_day_on() -> None:
    dc = policies().policy_for("us-dc")
    before, after = (
        dc.term("initial_evaluation", on=D(day)) for day in ("2022-06-30", "2022-07-01")
    )
    assert before is not None
    assert after is not None
    assert (before.stops, after.stops) == ("evaluation_completed", "eligibility_determined")
    assert dc.term("obtain_consent", on=D("2022-06-30")) is None
    texas = policies().policy_for("us-tx")
    titles = [texas.category("EMN", D(day)) for day in ("2024-07-31", "2024-08-01")]
    assert [c.title if c else None for c in titles] == [
        "Emotional disturbance",
        "Emotional disability",
    ]


@pytest.mark.parametrize(
    ("jurisdiction", "day", "below_age"),
    [
        ("us", "2025-09-15", None),
        ("us-tx", "2024-07-31", None),
        ("us-tx", "2024-08-01", 10),
        ("us-tx", "2025-08-01", 10),
        ("us-wi", "2025-09-15", 10),
        ("us-dc", "2025-09-15", 8),
    ],
)
def test_developmental_delay_only_where_the_state_adopted_it(
    jurisdiction: str, day: str, below_age: int | None
) -> None:
    category = policies().policy_for(jurisdiction).category("DD", D(day))
    assert (category.below_age if category else None) == below_age


def test_developmental_delay_is_for_ages_three_through_nine_at_most() -> None:
    """34 CFR 300.8(b); from an earlier age only where the state owes services earlier."""
    for jurisdiction in JURISDICTIONS:
        policy = policies().policy_for(jurisdiction)
        youngest = min(3, policy.ages.min_age)
        for history in policy.categories.values():
            for category in (dated.value for dated in history):
                if category.federal_code == "DD":
                    assert category.min_age is not None, jurisdiction
                    assert category.below_age is not None, jurisdiction
                    assert youngest <= category.min_age < category.below_age <= 10, jurisdiction


@pytest.mark.parametrize("jurisdiction", JURISDICTIONS)
def test_a_category_is_counted_under_a_federal_one_or_not_at_all(jurisdiction: str) -> None:
    federal = {*policies().policy_for(BASE).categories, "DD"}
    for history in policies().policy_for(jurisdiction).categories.values():
        for category in (dated.value for dated in history):
            assert category.federal_code in {*federal, None}
            assert category.idea_countable or category.federal_code is None


def test_what_a_finding_cannot_be_final_in_yet() -> None:
    def not_covered(jurisdiction: str) -> set[str]:
        policy = policies().policy_for(jurisdiction)
        found = {code: policy.category(code, D("2025-11-14")) for code in policy.categories}
        return {code for code, c in found.items() if c is not None and c.not_covered}

    found = {jurisdiction: not_covered(jurisdiction) for jurisdiction in JURISDICTIONS}
    assert {jurisdiction: codes for jurisdiction, codes in found.items() if codes} == {
        "us-fl": {"GIFTED", "HH"},
        "us-wv": {"GIFTED"},
    }


def test_whom_a_state_adds_to_the_group() -> None:
    def added(jurisdiction: str) -> dict[str, list[set[str]]]:
        policy = policies().policy_for(jurisdiction)
        found = {code: policy.category(code, D("2025-11-14")) for code in policy.categories}
        return {
            code: [set(one_of) for one_of in category.required_roles]
            for code, category in found.items()
            if category is not None and category.required_roles
        }

    psychologist = [{"school_psychologist"}]
    seven = ("AUT", "EMN", "ID", "MD", "OHI", "SLD", "TBI")
    assert {j: added(j) for j in JURISDICTIONS if added(j)} == {
        "us-ms": {"SLD": [{"special_educator"}]},
        "us-pa": dict.fromkeys(seven, psychologist),
        "us-tx": {"OHI": [{"physician", "licensed_prescriber"}]},
    }


@pytest.mark.parametrize("jurisdiction", JURISDICTIONS)
def test_no_state_requires_a_discrepancy_or_forbids_the_response_to_intervention(
    jurisdiction: str,
) -> None:
    """34 CFR 300.307(a)(1), (2); and the setting has no word that nobody knows."""
    setting = policies().policy_for(jurisdiction).setting("IDEA-SLD-CRITERIA")
    assert setting.keys() == {"requires", "prohibits"}
    assert set(setting["requires"]) <= METHODS.keys() - {"severe_discrepancy"}
    for limit in setting["prohibits"]:
        assert limit.keys() <= {"method", "placements", "through_grade", "areas"}
        assert limit["method"] in METHODS.keys() - {"response_to_intervention"}
        assert set(limit.get("areas", ())) <= ACHIEVEMENT_AREAS.keys()
        assert limit.get("through_grade") in {*ORDERED, None}


def test_ages_and_grades_that_end_something_are_ones_that_there_are() -> None:
    for jurisdiction in JURISDICTIONS:
        policy = policies().policy_for(jurisdiction)
        if policy.ages.as_of is not None:
            D(f"2025-{policy.ages.as_of}")
        for history in policy.categories.values():
            for category in (dated.value for dated in history):
                assert category.through_grade in {*ORDERED, None}, jurisdiction


@pytest.mark.parametrize(
    ("jurisdiction", "requester", "age", "is_request"),
    [
        ("us", "physician", 4, False),
        ("us", "staff", 4, False),
        ("us-tx", "physician", 9, True),
        ("us-tx", "other", None, True),
        ("us-tx", "staff", 9, False),
        ("us-wi", "physician", 9, True),
        ("us-wi", "other_professional", None, True),
        ("us-wi", "staff", 9, True),
        ("us-dc", "physician", 4, True),
        ("us-dc", "physician", 5, True),
        ("us-dc", "physician", 6, False),
        ("us-dc", "physician", 9, False),
        ("us-dc", "physician", None, False),
        ("us-dc", "other_professional", 9, False),
        ("us-dc", "staff", 9, True),
        ("us-dc", "other_public_agency", 9, True),
    ],
)
def test_whose_referral_is_a_request(
    jurisdiction: str, requester: str, age: int | None, is_request: bool
) -> None:
    source = policies().policy_for(jurisdiction).treats_as_request(requester, age)
    assert (source is not None) == is_request


@pytest.mark.parametrize(
    ("jurisdiction", "mode"),
    [
        ("us", "required_with_bypass"),
        ("us-tx", "document_only"),
        ("us-wi", "none"),
        ("us-dc", "none"),
    ],
)
def test_the_intervention_rule_of_a_state(jurisdiction: str, mode: str) -> None:
    setting = policies().policy_for(jurisdiction).setting(INTERVENTION_RULE)
    assert setting["mode"] == mode


def test_every_state_has_one_of_the_modes_of_the_intervention_rule() -> None:
    base = policies().policy_for(BASE).setting(INTERVENTION_RULE)
    for jurisdiction in JURISDICTIONS:
        setting = policies().policy_for(jurisdiction).setting(INTERVENTION_RULE)
        assert setting["mode"] in INTERVENTION_MODES
        own = policies().packs.get(jurisdiction, {}).get("rules", {})
        assert INTERVENTION_RULE in own or setting == base


def test_a_rule_that_a_state_has_chosen_about_cites_the_state_s_law_first() -> None:
    card = policies().policy_for("us-tx").rule(INTERVENTION_RULE)
    assert card.citations[0].text == "19 TAC 89.1011(a)"


def test_a_pack_as_json_cites_every_value() -> None:
    for jurisdiction in JURISDICTIONS:
        pack = json.loads(json.dumps(policies().pack(jurisdiction)))
        assert pack["jurisdiction"] == jurisdiction
        cited = [
            *pack["rules"].values(),
            *pack["request_sources"],
            *(pack[whole] for whole in WHOLE if isinstance(pack[whole], dict)),
            *pack["extensions"],
            *(v for part in ("terms", "categories") for h in pack[part].values()
              for v in h["values"]),
        ]  # fmt: skip
        for value in cited:
            assert value["citations"]
            for citation in value["citations"]:
                assert set(citation) == {"text", "href", "verification"}


def test_practice_that_no_law_commands_says_so() -> None:
    policy = policies().policy_for("us-wi")
    for term_id in ("match_student", "offer_support", "hear_both_guardians"):
        term = policy.term(term_id, on=D("2025-09-10"))
        assert term is not None
        assert (term.rule_id, term.count, term.citations[0].verification) == ("", None, "U")


# Holidays


@pytest.mark.parametrize(
    ("jurisdiction", "day", "name"),
    [
        ("us", "2025-10-13", "Columbus Day"),
        ("us", "2026-07-03", "Independence Day (observed)"),
        ("us", "2025-12-24", None),
        ("us-tx", "2025-06-19", "Juneteenth National Independence Day"),
        ("us-wi", "2025-10-13", "Columbus Day"),
        ("us-wi", "2025-12-24", "Christmas Eve"),
        ("us-wi", "2025-12-31", "New Year's Eve"),
        ("us-wi", "2028-02-15", None),
        ("us-dc", "2026-04-16", "District of Columbia Emancipation Day"),
        ("us-dc", "2028-04-17", "District of Columbia Emancipation Day"),
        ("us-dc", "2022-04-15", "District of Columbia Emancipation Day"),
        ("us-va", "2026-11-27", "Day After Thanksgiving"),
        ("us-va", "2026-11-03", "Election Day"),
        ("us-va", "2021-01-20", None),
        ("us-va", "2025-04-18", None),
        ("us-la", "2026-02-17", "Mardi Gras"),
        ("us-la", "2025-04-18", "Good Friday"),
        ("us-la", "2026-11-27", None),
    ],
)
def test_a_holiday(jurisdiction: str, day: str, name: str | None) -> None:
    assert policies().holidays(jurisdiction, 2021, 2028).get(D(day)) == name


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({"weekday": {"nth": 3, "day": "monday", "month": 4}}, ["2025-04-21", "2026-04-20"]),
        ({"weekday": {"nth": 1, "day": "friday", "month": 8}}, ["2025-08-01", "2026-08-07"]),
        ({"weekday": {"nth": -1, "day": "monday", "month": 4}}, ["2025-04-28", "2026-04-27"]),
        ({"weekday": {"nth": -1, "day": "thursday", "month": 12}}, ["2025-12-25", "2026-12-31"]),
        ({"day_after": "thanksgiving"}, ["2025-11-28", "2026-11-27"]),
        ({"month_day": "03-02"}, ["2025-03-02", "2026-03-02"]),
        ({"month_day": "03-02", "years": {"every": 2, "rest": 0}}, ["2026-03-02"]),
        (
            {"month_day": "03-01", "if_saturday": "friday_before", "if_sunday": "next_monday"},
            ["2025-02-28", "2025-03-01", "2026-03-01", "2026-03-02"],
        ),
    ],
)
def test_a_state_may_have_holidays_by_its_own_rule(rule: dict[str, Any], days: list[str]) -> None:
    own = {"days": [{"name": "Ours", **rule}], "citations": ["tac-89.1035"]}
    found = policies().amended("us-tx", {"holidays": own}).holidays("us-tx", 2025, 2026)
    federal = policies().holidays(BASE, 2025, 2026)
    ours = {D(day) for day in days}
    assert found.keys() - federal.keys() == ours - federal.keys()
    assert {day for day, name in found.items() if name == "Ours"} == ours - federal.keys()


def test_a_holiday_by_two_rules_is_refused_where_it_stands() -> None:
    both = {"name": "Ours", "month_day": "03-02", "day_after": "thanksgiving"}
    own = {"days": [both], "citations": ["tac-89.1035"]}
    with pytest.raises(LawInvalid, match="/holidays/days/0"):
        policies().amended("us-tx", {"holidays": own})


def test_the_law_of_many_settings_is_not_kept_forever() -> None:
    law = policies().amended("us-tx", {})
    for number in range(KEPT + 2):
        one = {"term_id": "x", "fingerprint": str(number), "by": "R. Alvarez", "on": "2026-09-01"}
        policy = law.policy_for("us-tx", {"sign_off": {"terms": [one]}})
        assert policy.signed_off == {str(number)}
    assert len(law._policies) <= KEPT


def test_holidays_are_worked_out_once_and_never_for_thousands_of_years() -> None:
    first = policies().holidays("us-wi", 2025, 2027)
    assert policies().holidays("us-wi", 2025, 2027) is first
    assert {day.year for day in first} == {2025, 2026, 2027}
    assert max(policies().holidays("us", 2095, 9999)).year == 2100


# What the loader refuses


Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[str, Edit], LawInvalid]:
    """Change one file of a copy of the law, and get what the loader says."""
    law_with(tmp_path, BASE, "us-dc", "us-tx", "us-wi")

    def change(file: str, edit: Edit) -> LawInvalid:
        path = tmp_path / file
        raw = yaml.safe_load(path.read_text("utf-8"))
        edit(raw)
        path.write_text(yaml.safe_dump(raw), encoding="utf-8")
        with pytest.raises(LawInvalid) as caught:
            load(tmp_path)
        assert str(caught.value).startswith(file)
        return caught.value

    return change


def first(raw: dict[str, Any], term_id: str) -> dict[str, Any]:
    value: dict[str, Any] = raw["terms"][term_id]["values"][0]
    return value


def another(raw: dict[str, Any], *, until: str, begins: str) -> None:
    """A second value of the evaluation term, after a first that ends."""
    values = raw["terms"]["initial_evaluation"]["values"]
    values.append({**values[0], "from": D(begins)})
    values[0]["until"] = D(until)


@pytest.mark.parametrize(
    ("file", "edit", "path", "message"),
    [
        pytest.param(
            "packs/us-tx.yaml",
            lambda raw: first(raw, "initial_evaluation").update(coutn=45),
            "/terms/initial_evaluation/values/0",
            "'coutn' was unexpected",
            id="typing-error-in-a-key",
        ),
        pytest.param(
            "packs/us-tx.yaml",
            lambda raw: first(raw, "initial_evaluation").pop("citations"),
            "/terms/initial_evaluation/values/0",
            "'citations' is a required property",
            id="no-citation",
        ),
        pytest.param(
            "packs/us-wi.yaml",
            lambda raw: raw["request_sources"][0].update(citations=[]),
            "/request_sources/0/citations",
            "non-empty",
            id="empty-citations",
        ),
        pytest.param(
            "packs/us-dc.yaml",
            lambda raw: raw["sources"]["dcmr-3004.1"].pop("verification"),
            "/sources/dcmr-3004.1",
            "'verification' is a required property",
            id="no-mark",
        ),
        pytest.param(
            "packs/us-dc.yaml",
            lambda raw: raw["sources"]["dcmr-3004.1"].update(verification="X"),
            "/sources/dcmr-3004.1/verification",
            "one of",
            id="unknown-mark",
        ),
        pytest.param(
            "packs/us-tx.yaml",
            lambda raw: another(raw, until="2025-07-31", begins="2025-07-31"),
            "/terms/initial_evaluation/values/1",
            "overlap",
            id="overlap",
        ),
        pytest.param(
            "packs/us-tx.yaml",
            lambda raw: raw["categories"]["DD"]["values"][0].pop("until"),
            "/categories/DD/values/1",
            "overlap",
            id="no-end-before-the-next",
        ),
        pytest.param(
            "packs/us-tx.yaml",
            lambda raw: another(raw, until="2025-07-31", begins="2025-08-02"),
            "/terms/initial_evaluation/values/1",
            "gap between 2025-07-31 and 2025-08-02",
            id="gap",
        ),
        pytest.param(
            "packs/us.yaml",
            lambda raw: first(raw, "initial_evaluation").update(until=D("2030-01-01")),
            "/terms/initial_evaluation/values",
            "no `until`",
            id="a-term-that-ends",
        ),
        pytest.param(
            "packs/us.yaml",
            lambda raw: raw["categories"]["AUT"]["values"][0].update(until=D("2000-01-01")),
            "/categories/AUT/values/0",
            "before it begins",
            id="ends-before-it-begins",
        ),
        pytest.param(
            "packs/us-wi.yaml",
            lambda raw: first(raw, "answer_to_request").update(starts="request_recieved"),
            "/terms/answer_to_request/values/0/starts",
            "no event is called 'request_recieved'",
            id="unknown-start",
        ),
        pytest.param(
            "packs/us-wi.yaml",
            lambda raw: first(raw, "answer_to_request").update(stops="consent_requested and x"),
            "/terms/answer_to_request/values/0/stops",
            "no event is called 'x'",
            id="unknown-stop",
        ),
        pytest.param(
            "packs/us-wi.yaml",
            lambda raw: raw["terms"]["answer_to_request"].update(rule_id="IDEA-NO-SUCH-RULE"),
            "/terms/answer_to_request/rule_id",
            "IDEA-NO-SUCH-RULE",
            id="unknown-rule-of-a-term",
        ),
        pytest.param(
            "packs/us-wi.yaml",
            lambda raw: raw["rules"].update(
                {"NO-SUCH-RULE": {"setting": {}, "citations": ["dpi-13-029"]}}
            ),
            "/rules/NO-SUCH-RULE",
            "no rule has this id",
            id="unknown-rule",
        ),
        pytest.param(
            "packs/us-wi.yaml",
            lambda raw: first(raw, "answer_to_request").update(citations=["ws-999"]),
            "/terms/answer_to_request/values/0/citations",
            "no source is called 'ws-999'",
            id="unknown-source",
        ),
        pytest.param(
            "packs/us-wi.yaml",
            lambda raw: raw["sources"].update(
                {"spare": {"text": "spare", "href": None, "verification": "U"}}
            ),
            "/sources",
            "nothing cites spare",
            id="source-without-use",
        ),
        pytest.param(
            "packs/us-wi.yaml",
            lambda raw: raw.update(jurisdiction="us-ca"),
            "/jurisdiction",
            "us-ca",
            id="pack-in-the-wrong-file",
        ),
        pytest.param(
            "packs/us-tx.yaml",
            lambda raw: first(raw, "initial_evaluation").update(unit="calendar_day"),
            "/terms/initial_evaluation/values/0",
            "needs a count of school days",
            id="the-domain-refuses-the-term",
        ),
        pytest.param(
            "packs/us-tx.yaml",
            lambda raw: first(raw, "initial_evaluation")["year_end"].update(month_day="6-30"),
            "/terms/initial_evaluation/values/0/year_end/month_day",
            "does not match",
            id="no-such-date",
        ),
        pytest.param(
            "packs/us-tx.yaml",
            lambda raw: raw.update(version=1.1),
            "/version",
            "is not of type 'string'",
            id="number-for-text",
        ),
        pytest.param(
            "packs/us-tx.yaml",
            lambda raw: raw.update(title="x" * 256),
            "/title",
            "is too long",
            id="longer-than-it-is-shown",
        ),
        pytest.param(
            "packs/us-tx.yaml",
            lambda raw: raw.update(not_cover=["x" * 1001]),
            "/not_cover/0",
            "is too long",
            id="an-explanation-longer-than-it-is-shown",
        ),
        pytest.param(
            "rules/idea-pwn.yaml",
            lambda raw: raw.update(mode="forbid"),
            "/mode",
            "one of",
            id="card-with-an-unknown-mode",
        ),
        pytest.param(
            "rules/idea-pwn.yaml",
            lambda raw: raw.update(citations=[]),
            "/citations",
            "non-empty",
            id="card-without-citation",
        ),
        pytest.param(
            "rules/idea-pwn.yaml",
            lambda raw: raw.update(id="IDEA-PSN"),
            "/id",
            "idea-psn.yaml",
            id="card-in-the-wrong-file",
        ),
    ],
)
def test_what_is_refused(
    refused: Callable[[str, Edit], LawInvalid], file: str, edit: Edit, path: str, message: str
) -> None:
    error = refused(file, edit)
    assert error.path == path
    assert message in error.message


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    path = law_with(tmp_path, BASE, "us-dc") / "packs" / "us-dc.yaml"
    path.write_text(path.read_text("utf-8") + '\ntitle: "D.C."\n', "utf-8")
    with pytest.raises(LawInvalid, match=r"(?s)packs/us-dc\.yaml.*stands twice"):
        load(tmp_path)


def test_without_the_federal_base_there_is_no_law(tmp_path: Path) -> None:
    with pytest.raises(LawInvalid, match="the federal base is missing"):
        load(law_with(tmp_path))
