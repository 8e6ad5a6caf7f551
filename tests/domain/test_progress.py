"""Progress as it was measured, beside the line from the baseline to the goal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.facts import Intervention
from service.domain.progress import POINTS, Progress, made_good, progress, short_since
from tests.facts_from import facts_from

START = date(2025, 9, 1)
GOAL = {"started_on": START, "baseline_value": 30.0, "goal_value": 60.0}
GOAL_ON = START + timedelta(weeks=15)  # two a week


def weekly(*values: float, every: int = 7, **more: Any) -> list[dict[str, Any]]:
    """Points from the first week on."""
    return [
        {"measured_on": START + timedelta(days=every * week), "value": value, "measure": "WCPM"}
        | more
        for week, value in enumerate(values, 1)
    ]


def found(points: list[dict[str, Any]], **more: Any) -> Progress | None:
    given_ = {**GOAL, "goal_on": GOAL_ON, "points": points, **more}
    return progress(facts_from(Intervention, given_))


def verdict(points: list[dict[str, Any]], **more: Any) -> str:
    told = found(points, **more)
    assert told is not None
    return told.verdict


def test_a_goal_in_words_alone_says_nothing() -> None:
    assert found(weekly(1, 1, 1, 1, 1), goal_value=None) is None


def test_the_figures_of_a_child_who_stands_still() -> None:
    told = found(weekly(31, 31, 32, 31, 32, 31))
    assert told is not None
    assert (told.verdict, told.days, told.measure) == ("short", 6, "WCPM")
    assert (told.last, told.expected, told.aim_rate) == (31, 42, 2)
    assert told.rate == pytest.approx(0.06, abs=0.01)
    assert told.since_on == START + timedelta(weeks=3)
    assert told.last_on == START + timedelta(weeks=6)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((32, 34, 36, 38), "on_course"),  # on the line is not short of it
        ((31.9, 33.9, 35.9, 37.9), "short"),  # as steep, and never there
        ((31, 31, 31), "unknown"),
        ((31, 31, 31, 31), "short"),
        ((31, 31, 31, 31, 41), "on_course"),  # the last day caught up
        ((41, 31, 31, 31, 31), "short"),
        ((20, 24, 28, 32, 36), "on_course"),  # far below, and so steep that the goal is reached
        ((30, 30, 50, 50, 50, 35, 35, 35, 35), "short"),
    ],
)
def test_four_points_short_and_a_trend_that_does_not_reach_it(
    values: tuple[float, ...], said: str
) -> None:
    assert verdict(weekly(*values)) == said


def test_a_goal_that_leads_down() -> None:
    fights = {"baseline_value": 10.0, "goal_value": 0.0, "goal_on": START + timedelta(weeks=10)}
    assert verdict(weekly(9, 8, 7, 6), **fights) == "on_course"
    assert verdict(weekly(10, 10, 11, 10), **fights) == "short"


def test_once_its_day_has_passed_the_line_is_level_and_a_trend_helps_no_more() -> None:
    soon = {"goal_on": START + timedelta(weeks=4)}
    assert verdict(weekly(32, 40, 44, 48, 52, 58), **soon) == "short"
    assert verdict(weekly(32, 40, 44, 48, 52, 60), **soon) == "on_course"


def test_the_first_point_stands_for_a_baseline_that_is_not_recorded() -> None:
    none = {"baseline_value": None}
    assert verdict(weekly(30, 30, 30, 30, 30), **none) == "short"
    assert verdict(weekly(30, 35, 40, 45, 50), **none) == "on_course"
    assert verdict(weekly(60, 60, 60, 60, 60), **none) == "unknown"


@pytest.mark.parametrize(
    "more",
    [
        {"goal_on": None},
        {"goal_on": START},
        {"goal_value": 30.0},
        {"goal_measure": "Comprehension"},
        {"ended_on": START + timedelta(weeks=3)},
        {"started_on": START + timedelta(weeks=2)},
    ],
)
def test_what_cannot_be_told_is_unknown(more: dict[str, Any]) -> None:
    assert verdict(weekly(31, 31, 31, 31)) == "short"
    assert verdict(weekly(31, 31, 31, 31), **more) == "unknown"


def test_only_what_the_goal_is_told_in_is_compared() -> None:
    both = weekly(31, 31, 31, 31) + weekly(90, 90, 90, 90, measure="Comprehension")
    assert verdict(both) == "unknown"
    assert verdict(both, goal_measure=" wcpm ") == "short"
    mixed = weekly(31, 31) + weekly(0.3, 0.3, unit="percent") + weekly(31, 31, unit="words")
    assert verdict(mixed) == "unknown"


def test_several_probes_of_a_day_are_one_point_their_median() -> None:
    probes = [p for value in (20, 40, 50) for p in weekly(value, value, value, value)]
    told = found(probes)
    assert told is not None
    assert (told.verdict, told.days, told.last) == ("on_course", 4, 40)


values = st.floats(-1e12, 1e12)


@given(st.lists(values, max_size=12), values, values, st.integers(1, 400))
def test_any_figures_give_an_answer_that_json_can_tell(
    measured: list[float], baseline: float, goal: float, ahead: int
) -> None:
    told = found(
        weekly(*measured, every=3),
        baseline_value=baseline,
        goal_value=goal,
        goal_on=START + timedelta(days=ahead),
    )
    assert told is not None
    assert not told.short or told.days >= POINTS
    figures = [told.last, told.expected, told.rate, told.aim_rate]
    assert all(figure is None or abs(figure) < float("inf") for figure in figures)


@given(st.lists(st.floats(0, 200), min_size=POINTS, max_size=12))
def test_better_last_figures_are_never_judged_worse(measured: list[float]) -> None:
    better = [*measured[:-1], measured[-1] + 50]
    if verdict(weekly(*measured)) == "on_course":
        assert verdict(weekly(*better)) == "on_course"


# Since when -----------------------------------------------------------------------------


def since(points: list[dict[str, Any]], weeks: int, **more: Any) -> date | None:
    given_ = {**GOAL, "goal_on": GOAL_ON, "points": points, **more}
    return short_since(facts_from(Intervention, given_), weeks)


@pytest.mark.parametrize(
    ("values", "weeks", "week"),
    [
        ((31, 31, 31), 0, None),
        ((31, 31, 31, 31), 0, 4),
        ((31, 31, 31, 31, 31, 31), 0, 4),
        ((31, 31, 31, 31, 31, 31), 6, 6),
        ((31, 31, 31, 31, 31, 31), 7, None),
        ((31, 31, 31, 31, 41), 0, None),
        ((31, 31, 31, 31, 41, 31, 31, 31, 31, 31), 0, 9),
    ],
)
def test_a_shortfall_stands_since_the_point_that_showed_it(
    values: tuple[float, ...], weeks: int, week: int | None
) -> None:
    expected = None if week is None else START + timedelta(weeks=week)
    assert since(weekly(*values), weeks) == expected


def test_without_a_goal_in_figures_or_a_first_day_nothing_is_short() -> None:
    points = weekly(31, 31, 31, 31, 31)
    assert since(points, 0) is not None
    assert since(points, 0, goal_value=None) is None
    assert since(points, 0, started_on=None) is None


@given(st.lists(st.floats(0, 200), max_size=12), st.integers(0, 12))
def test_what_is_short_since_a_day_is_short_now_and_was_never_guessed(
    measured: list[float], weeks: int
) -> None:
    day = since(weekly(*measured), weeks)
    if day is not None:
        assert verdict(weekly(*measured)) == "short"
        assert day >= START + timedelta(weeks=max(weeks, POINTS))


@given(st.lists(st.floats(0, 200), min_size=POINTS, max_size=12))
def test_another_point_below_never_moves_the_day(measured: list[float]) -> None:
    before = since(weekly(*measured), 0)
    if before is not None and verdict(more := weekly(*measured, 0)) == "short":
        assert since(more, 0) == before


@pytest.mark.parametrize(
    ("later", "good"),
    [
        ({}, True),
        ({"area": "math"}, False),
        ({"outcome": "inadequate_progress"}, False),
        ({"outcome": None}, False),
        ({"ended_on": START}, False),
        ({"points": weekly(31, 31, 31, 31), **GOAL, "goal_on": GOAL_ON}, False),
    ],
)
def test_help_in_the_same_area_makes_good_what_came_before(
    later: dict[str, Any], good: bool
) -> None:
    whole = {"area": "reading", "outcome": "adequate_progress", "ended_on": GOAL_ON}
    earlier = facts_from(Intervention, {"area": "reading"})
    assert made_good(earlier, START, [facts_from(Intervention, whole | later)]) is good


def test_a_baseline_without_a_first_day_stands_on_the_first_day_measured() -> None:
    told = found(weekly(31, 31, 32, 31, 32, 31), started_on=None)
    assert told is not None
    assert told.aim_rate == pytest.approx(30 / 14, abs=0.01)  # from the first week on
