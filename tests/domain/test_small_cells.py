"""Counts of a few children are withheld, and cannot be worked out from the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.small_cells import BELOW, withheld

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
