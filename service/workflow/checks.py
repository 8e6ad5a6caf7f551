"""What any record is held to: days that have come, references that lead somewhere.

Each check gives the problems it finds, so that a use case refuses with all of them at once. Only
a number that is taken already is a refusal by itself: it names the record that has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from service.storage.base import DistrictRow
from service.storage.schools import School, StaffMember
from service.storage.students import Guardian
from service.storage.unit_of_work import UnitOfWork
from service.workflow.invalid import AlreadyThere, Invalid, Problem


def refuse(*found: Iterable[Problem]) -> None:
    """Raise `Invalid` with everything that was found; nothing found, nothing raised."""
    problems = tuple(chain.from_iterable(found))
    if problems:
        raise Invalid(*problems)


def have_come(
    uow: UnitOfWork, given: Mapping[str, Any], *names: str, at: str = ""
) -> list[Problem]:
    """Members that say when something happened, and name a day after the district's today.

    `at`: where `given` stands in what was sent.
    """
    # The district's own day costs a statement; a day that every time zone has reached does not.
    reached = (uow.now - timedelta(hours=12)).date()
    return [
        Problem(
            f"{at}/{name}",
            "future",
            f"{name} says when it happened, and {given[name]} is yet to come in the district.",
        )
        for name in names
        if given.get(name) is not None and given[name] > reached and given[name] > uow.today
    ]


def in_order(
    given: Mapping[str, Any], first: str, then: str, *, sent: Mapping[str, Any] | None = None
) -> list[Problem]:
    """The later of two days, when it comes before the earlier.

    `sent` is what the request holds, where `given` has more: the fault is told of that.
    """
    a, b = given.get(first), given.get(then)
    if not (isinstance(a, date) and isinstance(b, date) and b < a):
        return []
    at = then if sent is None or then in sent else first
    return [Problem(f"/{at}", "before_start", f"{then}, {b}, is before {first}, {a}.")]


def lead_somewhere(
    uow: UnitOfWork,
    given: Mapping[str, Any],
    models: Mapping[str, type[DistrictRow]],
    *,
    at: str = "",
) -> list[Problem]:
    """Members of `models` that name no record of the district; `at` as in `have_come`."""
    return [
        no_such(f"{at}/{name}")
        for name, model in models.items()
        if given.get(name) is not None and not known(uow, model, [given[name]])
    ]


def items_lead_somewhere(
    uow: UnitOfWork, given: Mapping[str, Any], member: str, name: str, model: type[DistrictRow]
) -> list[Problem]:
    """Items of the list `member` whose `name` is no record of the district: one look for all."""
    named = named_in(given, member, name)
    there = known(uow, model, named.values())
    return [no_such(pointer) for pointer, id in named.items() if id not in there]


def named_in(given: Mapping[str, Any], member: str, name: str) -> dict[str, UUID]:
    """The ids that the items of the list `member` give under one name, by JSON pointer."""
    return {
        f"/{member}/{place}/{name}": item[name]
        for place, item in enumerate(given.get(member) or ())
        if item.get(name) is not None
    }


def known(uow: UnitOfWork, model: type[DistrictRow], ids: Iterable[UUID]) -> set[UUID]:
    """Which of these ids are records of the district."""
    wanted = set(ids)
    if not wanted:
        return set()
    return {row.id for row in uow.rows(select(model.id).where(model.id.in_(wanted)))}


def sourced_id_is_free(
    uow: UnitOfWork,
    kind: str,
    model: type[School] | type[StaffMember] | type[Guardian],
    sourced_id: str | None,
    *within: ColumnElement[bool],
) -> None:
    """Raise `AlreadyThere`, naming the record of this `kind` that has the SIS's number already."""
    if sourced_id is None:
        return
    taken = uow.rows(select(model.id).where(model.sourced_id == sourced_id, *within))
    if taken:
        id, noun = taken[0].id, kind.replace("_", " ").capitalize()
        raise AlreadyThere(kind, str(id), f"{noun} {id} has this `sourced_id`.")


def no_such(pointer: str) -> Problem:
    """The same for an id that nobody has and for one of another district."""
    return Problem(pointer, "not_found", "There is no such record in this district.")
