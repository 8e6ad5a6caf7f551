"""When a roster is pulled from a student-information system, and what is asked for there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

VERSIONS: Mapping[str, str] = {
    "1.1": "OneRoster 1.1: a user has a role and organisations.",
    "1.2": "OneRoster 1.2: a user has roles, each at an organisation.",
}
SCOPES: Mapping[str, str] = {
    version: " ".join(
        f"https://purl.imsglobal.org/spec/or/v{version.replace('.', 'p')}/scope/{name}.readonly"
        for name in ("roster-core", "roster-demographics")
    )
    for version in VERSIONS
}
"""What is asked for at the token URL of a server of each version, unless it wants other words."""

TRIES = 4
"""So often a pull by schedule that fails is made, all in all."""
AGAIN_AFTER = timedelta(hours=1)
OVERLAP = timedelta(days=1)
"""A pull of changes reaches back so far beyond the last that came through.

The clocks of two machines differ, some servers take the hour of a filter for one of their own
zone, and a record may show long after the instant it is stamped with. A record that comes twice
changes nothing.
"""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Once a day at an hour of the district's day, or every so many hours; neither: never.

    `since`: from when it stands; its first turn comes after.
    """

    daily_hour: int | None
    every_hours: int | None
    time_zone: str
    since: datetime

    def last_turn(self, now: datetime) -> datetime | None:
        """The last instant at which it was time for a pull; None when there was none yet."""
        turn = self.since
        if self.daily_hour is not None:
            here = now.astimezone(ZoneInfo(self.time_zone))
            turn = here.replace(hour=self.daily_hour, minute=0, second=0, microsecond=0, fold=0)
            if turn > here:
                turn -= timedelta(days=1)
        elif self.every_hours is not None:
            every = timedelta(hours=self.every_hours)
            turn += (now - self.since) // every * every
        return turn if turn > self.since else None


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull that was made: what became of it, and when it ended."""

    status: str
    finished_at: datetime | None


def is_due(made: Sequence[Pull], now: datetime) -> bool:
    """Whether to pull, after those that were made since the last turn.

    One that failed is made again after an hour, some times; then the next turn is waited for.
    """
    if not made:
        return True
    if len(made) >= TRIES or any(one.status != "failed" for one in made):
        return False
    ended = [one.finished_at for one in made if one.finished_at is not None]
    return now >= max(ended) + AGAIN_AFTER if ended else False


def changed_since(
    succeeded: Sequence[tuple[datetime, bool]], full_every_days: int | None, now: datetime
) -> datetime | None:
    """From when on changes are asked for; None: everything is.

    `succeeded`: the pulls that came through, when each began and whether it was of everything. A
    list of changes cannot tell of who vanished without a word, so that everything is asked for
    every so many days.
    """
    whole = [began for began, everything in succeeded if everything]
    if full_every_days is None or not whole:
        return None
    if now - max(whole) >= timedelta(days=full_every_days) - AGAIN_AFTER:
        return None
    return max(began for began, _ in succeeded) - OVERLAP
