"""When a feed of rosters is late: nothing has come through for longer than is expected."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.domain.roster_sources import Schedule

MOST = 200
"""Feeds of a district: people are told of each that is late."""
WITHIN = timedelta(hours=36)
"""A roster that is sent comes every night; one night may be missed by some hours."""
NO_TURN = timedelta()


def expected_within(
    *, expected: bool, every_hours: int | None, schedule: Schedule | None
) -> timedelta | None:
    """How long after one success the next is expected at the latest; None: whenever it comes.

    `every_hours` is what the district says of the feed. Otherwise it is the time between two
    turns of its source's `schedule` and half as much again, and an hour at least; a source
    without turns gives what is asked for.
    """
    if not expected:
        return None
    if every_hours is not None:
        return timedelta(hours=every_hours)
    if schedule is None:
        return WITHIN
    between = timedelta(days=1) if schedule.daily_hour is not None else NO_TURN
    if schedule.every_hours is not None:
        between = timedelta(hours=schedule.every_hours)
    return between + max(between / 2, timedelta(hours=1)) if between else None


def expected_by(
    within: timedelta | None, last: datetime, schedule: Schedule | None
) -> datetime | None:
    """By when a feed is to come through next.

    `last`: when what came through last was sent, or since when the feed is known. A schedule that
    was set later begins later.
    """
    if within is None:
        return None
    if schedule is not None and (schedule.daily_hour, schedule.every_hours) != (None, None):
        last = max(last, schedule.since)
    return last + within
