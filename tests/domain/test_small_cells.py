"""Counts of a few children are withheld, and cannot be worked out from the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.calendars import Span
from service.domain.small_cells import BELOW, days_of, last_whole_year, withheld

partitions = st.dictionaries(st.text(max_size=3), st.integers(0, 40), max_size=8)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([], []),
        ([0, 10, 40], [0, 10, 40]),
        ([9], [None]),
        ([10], [10]),
        ([0, 3], [0, None]),
        ([3, 40], [None, None]),
        ([3, 40, 12], [None, 40, None]),
        ([5, 5, 40], [None, None, 40]),
        ([4, 5, 40], [None, None, None]),
        ([1, 1, 12, 40], [None, None, None, 40]),
    ],
)
def test_at_least_two_are_withheld_that_are_no_small_count_together(
    counts: list[int], shown: list[int | None]
) -> None:
    assert list(withheld(dict(enumerate(counts))).values()) == shown


@given(partitions)
def test_nothing_small_is_shown_and_nothing_shown_is_changed(counts: dict[str, int]) -> None:
    found = withheld(counts)
    assert found.keys() == counts.keys()
    for cell, count in found.items():
        assert count in (None, counts[cell])
        assert count is None or not 0 < count < BELOW
        assert count is not None or counts[cell] > 0


@given(partitions)
def test_the_total_less_the_rest_tells_of_no_few_children(counts: dict[str, int]) -> None:
    hidden = [cell for cell, count in withheld(counts).items() if count is None]
    everything = {cell for cell, count in counts.items() if count}
    if hidden and set(hidden) != everything:
        assert len(hidden) > 1
        assert sum(counts[cell] for cell in hidden) >= BELOW


@given(partitions)
def test_no_more_is_withheld_than_it_takes(counts: dict[str, int]) -> None:
    hidden = {cell for cell, count in withheld(counts).items() if count is None}
    small = {cell for cell, count in counts.items() if 0 < count < BELOW}
    assert small <= hidden
    assert len(hidden - small) <= 1


@given(partitions)
def test_two_partitions_of_the_same_children_hide_a_small_total_alike(
    counts: dict[str, int],
) -> None:
    """A total below the line is shown by none of them: not by one cell, nor by several."""
    if 0 < sum(counts.values()) < BELOW:
        assert sum(count or 0 for count in withheld(counts).values()) == 0


Flags = list[tuple[date, str]]
"""Flags that were raised, each with its day and school."""

days = st.dates(date(2022, 1, 1), date(2026, 12, 31))
flags = st.lists(st.tuples(days, st.sampled_from("AB")), max_size=120)


def told_by_subtraction(raised: Flags, spans: Iterable[Span]) -> list[int]:
    """What is learned of a school by one answer less another of days that lie within its own."""
    answers = {
        span: withheld(Counter(school for day, school in raised if day in span)) for span in spans
    }
    return [
        (answers[whole][school] or 0) - (answers[part].get(school) or 0)
        for whole, part in permutations(answers, 2)
        if whole.first_on <= part.first_on and part.last_on <= whole.last_on
        for school in answers[whole]
        if answers[whole][school] is not None and answers[part].get(school, 0) is not None
    ]


@given(flags, days)
def test_no_two_answers_that_are_offered_tell_of_a_few_children(raised: Flags, today: date) -> None:
    offered = [days_of(year) for year in range(2022, last_whole_year(today) + 1)]
    assert not any(0 < count < BELOW for count in told_by_subtraction(raised, offered))
    assert all(span.last_on < today for span in offered), "nothing is added to them any more"
    for one, next in pairwise(offered):
        assert one.last_on + timedelta(days=1) == next.first_on


def test_the_check_can_tell_spans_that_overlap() -> None:
    raised = [(date(2026, 3, 1), "A")] * 12 + [(date(2026, 3, 2), "A")]
    spans = [Span(date(2026, 1, 1), date(2026, 3, day), "") for day in (1, 2)]
    assert told_by_subtraction(raised, spans) == [1]


@given(days)
def test_a_year_that_is_over_is_over(today: date) -> None:
    assert days_of(last_whole_year(today)).last_on < today
    assert today in days_of(last_whole_year(today) + 1)
