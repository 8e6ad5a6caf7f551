"""The scenarios of the files in this folder, each run over HTTP: docs/scenarios.md."""

from __future__ import annotations

from collections import Counter

import pytest

from service.policies.loader import BASE, JURISDICTIONS
from tests.scenarios import expecting, files
from tests.scenarios.files import Expected, Scenario, ScenarioInvalid
from tests.scenarios.journey import NewPlace, sent
from tests.scenarios.school_calendars import calendar
from tests.scenarios.words import WORDS, Said, Story

SCENARIOS = files.scenarios()


# Every scenario runs on SQLite; on PostgreSQL, where each takes longer, the first of each
# jurisdiction. What the two engines do differently is the business of other tests.
FIRST = {one.jurisdiction: one.id for one in reversed(SCENARIOS)}
RUNS = [("sqlite", one) for one in SCENARIOS] + [
    ("postgresql", one) for one in SCENARIOS if one.id in FIRST.values()
]


@pytest.mark.parametrize(
    ("store", "scenario"),
    [pytest.param(engine, one, id=f"{engine}-{one.id}") for engine, one in RUNS],
    indirect=["store"],
)
def test_scenario(district_in: NewPlace, scenario: Scenario) -> None:
    place = district_in(scenario.jurisdiction)
    years = calendar(scenario.calendar) if scenario.calendar else ()
    kept = [sent(place.api.post("/v1/school-calendars", year)) for year in years]
    story = Story(place, place.child(**{"born": "2017-05-04"} | dict(scenario.child)), kept)
    for step in scenario.story:
        said = WORDS[step.do](story, step.on, **step.details)
        if not any(expected.look == "refused" for expected in step.expect):
            expecting.went_well(said)
        for expected in step.expect:
            _holds(expected, story, said, f"{scenario.title}: {step.on}, {step.do}")
    for expected in scenario.expect:
        _holds(expected, story, None, scenario.title)


def _holds(expected: Expected, story: Story, said: Said, where: str) -> None:
    try:
        expecting.EXPECTATIONS[expected.look](story, said, expected.at, **expected.details)
    except AssertionError as error:
        raise AssertionError(f"{where}: {error}") from error


# The files themselves -----------------------------------------------------------------------


def test_every_jurisdiction_has_at_least_two() -> None:
    found = Counter(one.jurisdiction for one in SCENARIOS)
    assert {name: found[name] for name in JURISDICTIONS if found[name] < 2} == {}


def test_there_are_at_least_a_hundred_and_fifty_of_the_states() -> None:
    assert sum(one.jurisdiction != BASE for one in SCENARIOS) >= 150


def test_every_word_is_used_somewhere() -> None:
    said = {step.do for one in SCENARIOS for step in one.story}
    assert WORDS.keys() - said == set()
    expected = {e.look for one in SCENARIOS for e in one.expect}
    expected |= {e.look for one in SCENARIOS for step in one.story for e in step.expect}
    assert expecting.EXPECTATIONS.keys() - expected == set()


def test_the_page_about_them_names_every_word() -> None:
    page = (files.HERE.parents[1] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    assert [word for word in WORDS if f"`{word}`" not in page] == []
    looks = expecting.EXPECTATIONS
    assert [look for look in looks if f"`{look}:" not in page and f"`{look}`" not in page] == []


SOUND = """
- id: XX-01
  title: A parent asks
  jurisdiction: us-tx
  citation: 19 TAC 89.1011(b)
  calendar: august-to-may
  story:
    - on: 2026-09-14
      do: parent_asks
      with: {form: oral}
      expect:
        - {deadline: answer_to_request, due: 2026-10-05}
    - {on: 2026-09-21, do: day_comes}
"""


def test_a_sound_file_is_read() -> None:
    (one,) = files.of(SOUND)
    assert (one.story[0].on, one.story[0].details) == ("2026-09-14", {"form": "oral"})
    assert one.story[0].expect == [Expected("deadline", "answer_to_request", {"due": "2026-10-05"})]


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("do: parent_asks", "do: parent_aks", "XX-01: do: there is no 'parent_aks'"),
        ("{form: oral}", "{from: oral}", "XX-01: do: parent_asks does not take from; it takes"),
        ("{deadline:", "{deadlin:", "XX-01: expect: there is no 'deadlin'"),
        ("due: 2026-10-05", "do: 2026-10-05", "XX-01: expect: deadline does not take do"),
        ("calendar: august-to-may", "calendar: august", "XX-01: there is no calendar 'august'"),
        ("jurisdiction: us-tx", "jurisdiction: us-xt", "XX-01: there is no jurisdiction 'us-xt'"),
        ("citation: 19", "cites: 19", "XX-01: "),
        ("on: 2026-09-14", "on: 2026-09-31", "day is out of range for month"),
        ("on: 2026-09-14", "on: 14 September", "XX-01: story/0/on: "),
        ("on: 2026-09-21", "on: 2026-09-07", "XX-01: 2026-09-07, day_comes, comes after"),
        ("  title: A", "  title: A\n  title: B", "'title' stands twice"),
        ("- id: XX-01", "- id: one", "one: id: "),
    ],
)
def test_a_slip_is_told_with_its_place(right: str, wrong: str, says: str) -> None:
    assert right in SOUND
    with pytest.raises(ScenarioInvalid) as told:
        list(files.of(SOUND.replace(right, wrong)))
    assert says in str(told.value)


def test_a_scenario_that_expects_nothing_is_told() -> None:
    without = SOUND.replace(
        "      expect:\n        - {deadline: answer_to_request, due: 2026-10-05}\n", ""
    )
    with pytest.raises(ScenarioInvalid, match="XX-01: nothing is expected"):
        list(files.of(without))
