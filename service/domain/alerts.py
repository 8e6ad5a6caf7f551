"""When somebody is alerted of a deadline: 30, 7 and 0 days before, and daily once it is late.

Of a feed of rosters, once it is late.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

KINDS: Mapping[str, str] = {
    "due_in_30": "Due within 30 days.",
    "due_in_7": "Due within 7 days.",
    "due_today": "Due today.",
    "late": "The due date has passed; told daily until it is done or excused.",
    "feed_late": "A feed of rosters has not come by when it was expected; told once.",
}
"""Every kind of alert, with what it says."""

ROLES: Mapping[str, str] = {
    "owner": "Whose deadline it is.",
    "supervisor": "Who answers for the school, or for the district.",
}
"""Why somebody is alerted."""

FURTHEST = 30
"""So many days ahead anybody is alerted."""


FEED_LATE = "feed_late"


def alert_for(due_on: date, today: date) -> tuple[str, date] | None:
    """The kind of alert that is due on a day, and the day it is about; None: nothing yet.

    One whose own day passed unsent, because nothing ran that day or the deadline came late, is
    made good until the next is due. Each is about the due date, so that it is sent once, and
    again for a date that moved; a late one is about the day itself.
    """
    days = (due_on - today).days
    if days < 0:
        return "late", today
    if days == 0:
        return "due_today", due_on
    if days <= 7:
        return "due_in_7", due_on
    return ("due_in_30", due_on) if days <= FURTHEST else None
