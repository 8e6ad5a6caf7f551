"""How long help is given before its progress is judged: "an appropriate period" (300.309(c))."""

from __future__ import annotations

from service.domain.policy import Policy

SUSPECT = "IDEA-CHILD-FIND-SUSPECT"
"""The rule that flags serve; its setting says after how many weeks progress is judged."""

DEFAULT_WEEKS = 8
"""The period for points that nobody has judged, where neither law nor district names one.

A choice of this service, not law: 300.309(c) says "an appropriate period of time" and no number.
"""
LONGEST_WEEKS = 36
"""A school year of 180 days: no district may set a longer period.

The law names no number here either, but a child who is looked at only after the year was lost was
not looked at promptly (300.309(c)).
"""


def appropriate_weeks(policy: Policy) -> int | None:
    """The appropriate period of the law or the district; None: neither names a number of weeks."""
    weeks: int | None = policy.setting(SUSPECT).get("appropriate_period_weeks")
    return weeks


def measured_weeks(policy: Policy) -> int:
    """After how many weeks points count that nobody has judged: the period, else our default."""
    weeks = appropriate_weeks(policy)
    return DEFAULT_WEEKS if weeks is None else weeks
