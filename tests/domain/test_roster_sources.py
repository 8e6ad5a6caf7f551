"""When it is time for a pull, and from when on changes are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.roster_sources import (
    AGAIN_AFTER,
    OVERLAP,
    TRIES,
    Pull,
    Schedule,
    changed_since,
    is_due,
)

ZONES = st.sampled_from(["America/Chicago", "America/Phoenix", "Pacific/Honolulu", "UTC"])
INSTANTS = st.timedeltas(timedelta(), timedelta(days=365)).map(
    lambda later: datetime(2026, 1, 1, tzinfo=UTC) + later
)
LATER = st.timedeltas(timedelta(), timedelta(days=9))
NOW = datetime(2026, 10, 5, 15, tzinfo=UTC)


@given(
    zone=ZONES,
    hour=st.integers(0, 23),
    since=INSTANTS,
    later=LATER,
)
def test_a_daily_turn_is_the_last_time_it_was_that_hour_there(
    zone: str, hour: int, since: datetime, later: timedelta
) -> None:
    now = since + later
    turn = Schedule(hour, None, zone, since).last_turn(now)
    if turn is None:
        assert later < timedelta(hours=25)
        return
    assert since < turn <= now
    assert now - turn <= timedelta(hours=25)  # the day on which clocks are set back has as many
    here = turn.astimezone(UTC).astimezone(ZoneInfo(zone))
    # An hour that is left out in spring is the next one.
    assert (here.hour - hour) % 24 in (0, 1)
    assert here.minute == 0


@given(hours=st.integers(1, 168), since=INSTANTS, later=LATER)
def test_a_turn_every_so_many_hours_is_counted_from_when_it_was_set(
    hours: int, since: datetime, later: timedelta
) -> None:
    turn = Schedule(None, hours, "UTC", since).last_turn(since + later)
    every = timedelta(hours=hours)
    if later < every:
        assert turn is None
    else:
        assert turn is not None
        assert (turn - since) % every == timedelta()
        assert timedelta() <= since + later - turn < every


def test_without_a_schedule_there_is_no_turn() -> None:
    assert Schedule(None, None, "UTC", NOW).last_turn(NOW + timedelta(days=900)) is None


@pytest.mark.parametrize(
    ("made", "due"),
    [
        ([], True),
        ([("succeeded", 60)], False),
        ([("held", 600)], False),
        ([("cancelled", 600)], False),
        ([("running", None)], False),
        ([("failed", 59)], False),
        ([("failed", 60)], True),
        ([("failed", 600), ("failed", 30)], False),
        ([("failed", 600), ("queued", None)], False),
        ([("failed", 600)] * (TRIES - 1), True),
        ([("failed", 600)] * TRIES, False),
    ],
)
def test_one_that_failed_is_made_again_some_times(
    made: list[tuple[str, int | None]], due: bool
) -> None:
    """Each with how many minutes ago it ended."""
    pulls = [
        Pull(status, None if ago is None else NOW - timedelta(minutes=ago)) for status, ago in made
    ]
    assert is_due(pulls, NOW) is due


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("succeeded", "every", "since"),
    [
        ([(ago(1), True)], None, None),
        ([], 7, None),
        ([(ago(1), False)], 7, None),
        ([(ago(1), True)], 7, ago(1) - OVERLAP),
        ([(ago(2), True), (ago(1), False)], 7, ago(1) - OVERLAP),
        ([(ago(7), True), (ago(1), False)], 7, None),
        ([(ago(7) + AGAIN_AFTER, True), (ago(1), False)], 7, None),
        ([(ago(6), True), (ago(1), False)], 7, ago(1) - OVERLAP),
    ],
)
def test_changes_are_asked_for_after_a_whole_pull_for_some_days(
    succeeded: list[tuple[datetime, bool]], every: int | None, since: datetime | None
) -> None:
    assert changed_since(succeeded, every, NOW) == since
