"""The one clock. Nothing else in the service asks the system for the time."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


class Clock:
    """The system's time, in UTC."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)

    def today(self, time_zone: str) -> date:
        """The date of this instant in an IANA time zone."""
        return self.now().astimezone(ZoneInfo(time_zone)).date()


class SetClock(Clock):
    """A clock that stands where it is set: for tests and the walk-through demo."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self._now += by
