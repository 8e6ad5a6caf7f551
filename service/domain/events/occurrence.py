"""An event as it happened, and the register of all events.

`EVENTS` says how the facts of a case show each event; a term names the events that start and stop
it. An event's name is that of its function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from service.domain.citations import Citation
from service.domain.facts import Case
from service.domain.policy import Policy

FOREVER = date.max


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event that happened on a day, with the records it is about by kind and id.

    `until`: the last day on which it still stands, for what does not have to happen anew.
    `provisional`: it was recorded but does not yet satisfy its own rules. `ended_on`: the day on
    which what it began ended without being done, as a consent that was revoked; `ended_as` says it.
    `years`: how many the law gives for what it begins, where that depends on the child; `citations`
    where it is a law of its own. `due_on`: the day that the record itself names for what it began,
    where no law counts one. `link`: in a chain, where each time begins the next, the day since
    when; what ends one link ends no other. `of`: which of several alike it begins, said after the
    title of what is owed.
    """

    on: date
    subjects: Mapping[str, str] = field(default_factory=dict)
    until: date | None = None
    provisional: bool = False
    ended_on: date | None = None
    ended_as: str = "The consent was revoked"
    years: int | None = None
    citations: tuple[Citation, ...] = ()
    due_on: date | None = None
    link: date | None = None
    of: str | None = None

    def concerns(self, other: Occurrence) -> bool:
        """Whether the two name no different record of the same kind."""
        if None not in (self.link, other.link) and self.link != other.link:
            return False
        mine, theirs = self.subjects, other.subjects
        return all(mine[kind] == theirs[kind] for kind in mine.keys() & theirs.keys())

    def stops_on(self, start: Occurrence) -> date | None:
        """The day on which this stops what `start` began; None when it does not."""
        if not self.concerns(start):
            return None
        if self.on >= start.on:
            return self.on
        return start.on if self.until is not None and self.until >= start.on else None


Event = Callable[[Case, Policy], Iterable[Occurrence]]

EVENTS: dict[str, Event] = {}
"""Every event that a term may start or stop with, and how the facts of a case show it."""


def event(shows: Event) -> Event:
    """Register an event under the name of its function."""
    EVENTS[shows.__name__] = shows
    return shows


def at(on: date | None, until: date | None = None, **subjects: str) -> Iterator[Occurrence]:
    """One occurrence on this day, or none when the day is not known."""
    if on is not None:
        yield Occurrence(on, subjects, until)


def step_taken(case: Case, name: str) -> Iterator[Occurrence]:
    """Each time the case took the step of this name."""
    for step in case.steps:
        if step.step == name:
            yield from at(step.taken_on, case_id=case.id)
