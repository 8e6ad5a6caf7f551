"""Progress as it was measured, beside the line from the baseline to the goal.

How progress is judged is practice, not law (300.309(c) speaks of "adequate progress" and names no
measure): the four-point rule of curriculum-based measurement with the trend of all points. What
cannot be told is `unknown`, never failing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from statistics import linear_regression, median
from typing import Any

from service.domain.facts import Intervention, ProgressPoint
from service.domain.rules.words import iso

POINTS = 4
"""So many days in a row short of the aim line, the last ones, before it means anything."""

SUCCEEDED = "adequate_progress"
"""What is recorded of help that helped."""

VERDICTS: Mapping[str, str] = {
    "on_course": "The last points are not all short of the aim line, or the trend reaches the "
    "goal in time.",
    "short": f"The last {POINTS} days measured are all short of the aim line, and at the rate "
    "measured the goal is not reached by its day.",
    "unknown": "The data do not tell; never read as failing.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the points of an intervention say, and by which figures.

    Figures are in the unit of the measure, rates in that unit per week: `rate` as measured (least
    squares over all days), `aim_rate` from the baseline to the goal. `expected` stands on the aim
    line on `last_on`. `since_on`: the first of the last `POINTS` days measured, from which a
    shortfall stands. Where the verdict is unknown, `because` says what is missing, and figures
    that were not reached are None.
    """

    verdict: str
    because: str
    days: int
    measure: str | None = None
    since_on: date | None = None
    last_on: date | None = None
    last: float | None = None
    expected: float | None = None
    rate: float | None = None
    aim_rate: float | None = None

    @property
    def short(self) -> bool:
        return self.verdict == "short"

    def as_json(self) -> dict[str, Any]:
        """As a flag's evidence shows it: days in ISO form."""
        days = {name: iso(getattr(self, name)) for name in ("since_on", "last_on")}
        return asdict(self) | days


def progress(of: Intervention) -> Progress | None:
    """How far what was measured leads toward the goal; None for a goal not told in figures."""
    if of.goal_value is None:
        return None
    points = _of_the_goal(of)
    days = _by_day(of, points)
    unclear, line = _unclear(points, days), _line(of, of.goal_value, days)
    if unclear is not None or line is None:
        return Progress(verdict="unknown", because=unclear or _NO_LINE, days=len(days))
    return _judged(line, points[0].measure, days)


def short_since(of: Intervention, weeks: int) -> date | None:
    """Since which point what was measured has been short, so many weeks from the first day on.

    None when it is not short now, and when the data do not tell. A point that brought it back on
    course begins it anew.
    """
    since = None
    for day in sorted({one.measured_on for one in of.points}, reverse=True):
        told = progress(replace(of, points=tuple(p for p in of.points if p.measured_on <= day)))
        if told is None or not told.short or told.last_on is None or of.started_on is None:
            break
        if told.last_on - of.started_on < timedelta(weeks=weeks):
            break
        since = told.last_on
    return since


def made_good(of: Intervention, last_on: date, every: Iterable[Intervention]) -> bool:
    """Whether help in the same area after a day had adequate progress, as far as was measured."""
    return any(
        later.outcome == SUCCEEDED
        and later.area == of.area
        and later.last_on is not None
        and later.last_on > last_on
        and not ((found := progress(later)) and found.short)
        for later in every
    )


@dataclass(frozen=True, slots=True)
class _AimLine:
    """From the baseline on the first day straight to the goal on its own; level from there."""

    from_on: date
    from_value: float
    to_on: date
    to_value: float

    @property
    def a_day(self) -> float:
        return (self.to_value - self.from_value) / (self.to_on - self.from_on).days

    def at(self, day: date) -> float:
        return self.from_value + self.a_day * (min(day, self.to_on) - self.from_on).days

    def ahead(self, day: date, value: float) -> float:
        """By how much a figure is on the goal's side of the line; negative when it is short."""
        return (value - self.at(day)) * (1 if self.to_value > self.from_value else -1)


_NO_LINE = (
    "No line leads to the goal: it takes a figure other than the baseline, and a day by which it "
    "is to be reached that is after the first."
)


def _line(of: Intervention, goal: float, days: Mapping[date, float]) -> _AimLine | None:
    """The aim line: from the baseline, or from the first point where none is recorded."""
    if not days or of.goal_on is None:
        return None
    from_on, baseline = min(days), of.baseline_value
    if baseline is None:
        baseline = days[from_on]
    elif of.started_on is not None:
        from_on = of.started_on
    if of.goal_on <= from_on or goal == baseline:
        return None
    return _AimLine(from_on, baseline, of.goal_on, goal)


def _of_the_goal(of: Intervention) -> Sequence[ProgressPoint]:
    """The points of the measure that the goal is told in; of any, when it names none."""
    wanted = _name(of.goal_measure)
    return [one for one in of.points if not wanted or _name(one.measure) == wanted]


def _by_day(of: Intervention, points: Sequence[ProgressPoint]) -> dict[date, float]:
    """One figure a day, the median of that day's, while the intervention ran."""
    found: dict[date, list[float]] = {}
    for one in points:
        if (of.started_on or one.measured_on) <= one.measured_on <= (of.ended_on or date.max):
            found.setdefault(one.measured_on, []).append(one.value)
    return {day: median(found[day]) for day in sorted(found)}


def _unclear(points: Sequence[ProgressPoint], days: Mapping[date, float]) -> str | None:
    """Why the points do not tell, if they do not."""
    if len({_name(one.measure) for one in points}) > 1:
        return "Several things were measured, and the goal does not say which is meant."
    if len({_name(one.unit) for one in points if one.unit}) > 1:
        return "The points are in different units."
    if len(days) < POINTS:
        return f"Progress was measured on fewer than {POINTS} days while the intervention ran."
    return None


def _judged(line: _AimLine, measure: str, days: Mapping[date, float]) -> Progress:
    last_days = list(days)[-POINTS:]
    last_on = last_days[-1]
    trend = linear_regression([(day - line.from_on).days for day in days], list(days.values()))
    reached = trend.intercept + trend.slope * (line.to_on - line.from_on).days
    short = sum(line.ahead(day, days[day]) < 0 for day in last_days)
    past = last_on >= line.to_on
    in_time = not past and line.ahead(line.to_on, reached) >= 0
    return Progress(
        verdict="short" if short == POINTS and not in_time else "on_course",
        because=_because(short, in_time=in_time, past=past),
        days=len(days),
        measure=measure,
        since_on=last_days[0],
        last_on=last_on,
        last=days[last_on],
        expected=round(line.at(last_on), 2),
        rate=round(trend.slope * 7, 2),
        aim_rate=round(line.a_day * 7, 2),
    )


def _because(short: int, *, in_time: bool, past: bool) -> str:
    if short < POINTS:
        return f"{short} of the last {POINTS} days measured are short of the aim line."
    end = (
        "at the rate measured the goal is reached in time"
        if in_time
        else "the day of the goal has passed"
        if past
        else "at the rate measured the goal is not reached in time"
    )
    return f"The last {POINTS} days measured are short of the aim line, and {end}."


def _name(said: str | None) -> str:
    return (said or "").strip().casefold()
