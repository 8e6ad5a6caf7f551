"""The list at the end of a history: what is late today, and what cannot be dated, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from service.domain.facts import UNDER_IDEA
from service.imports.history.plan import Group
from service.imports.history.report import Owed
from service.imports.history.rows import undated
from service.storage.cases import DeadlineRow, Referral
from service.storage.plans import Plan
from service.storage.unit_of_work import UnitOfWork, in_district

OF_THE_SERVED = ("annual_review", "reevaluation")
"""Terms that run on after the case of a plan was closed."""

Groups = Mapping[UUID, Sequence[Group]]
"""Of each case, the lines that belong to it."""


def of_no_case(group: Group) -> Iterator[Owed]:
    """Lines of which no case could be opened."""
    why = next(filter(None, map(undated, group.records)), None)
    if why is not None:
        yield _owed("undatable", None, group, "The case", why)


def of_cases(uow: UnitOfWork, groups: Groups, closed: set[UUID]) -> Iterator[Owed]:
    """Of cases on record; `closed`: those of them that are."""
    if groups:
        yield from _deadlines(uow, groups, closed)
        yield from _undated(uow, groups, closed)
        yield from _reevaluations(uow, groups)


def _deadlines(uow: UnitOfWork, groups: Groups, closed: set[UUID]) -> Iterator[Owed]:
    for one in uow.rows(_OWED, ids=list(groups)):
        if one.case_id in closed and one.term_id not in OF_THE_SERVED:
            continue
        group = groups[one.case_id][0]
        if one.state == "unknown":
            because = f"To date it there is missing: {', '.join(one.detail['needs'])}."
            yield _owed("undatable", one.case_id, group, one.title, because)
        elif one.due_on and one.due_on < uow.today:
            because = f"It counts from {one.started_on}."
            yield _owed("late", one.case_id, group, one.title, because, one.due_on)


def _undated(uow: UnitOfWork, groups: Groups, closed: set[UUID]) -> Iterator[Owed]:
    """Cases with a record that lacks the day from which something counts."""
    received = {row.case_id for row in uow.rows(_RECEIVED, ids=list(groups))}
    for id, its in groups.items():
        for group in its:
            for record in group.records:
                why = undated(record)
                if why is not None and not (id in closed and record.kind == "referral"):
                    yield _owed("undatable", id, group, f"The {record.kind}", why)
        if id not in closed and id not in received:
            why = "No referral is on record: what counts from it has no date."
            yield _owed("undatable", id, its[0], "The referral", why)


def _reevaluations(uow: UnitOfWork, groups: Groups) -> Iterator[Owed]:
    """Plans in effect whose re-evaluation no determination on record dates.

    The day that the source names for it is none the service counts, and is shown as it is.
    """
    standing = uow.rows(_SERVED, ids=list(groups))
    students = [one.student_id for one in standing]
    found = uow.rows(_REEVALUATED, ids=students) if students else ()
    dated = {one.student_id for one in found}
    for one in standing:
        if one.student_id in dated:
            continue
        group, named_on = groups[one.case_id][0], one.reevaluation_on
        if named_on is None:
            why = "No determination of eligibility is on record, nor the day it is due."
            yield _owed("undatable", one.case_id, group, "The re-evaluation", why)
        elif named_on < uow.today:
            why = "The source names this day; no determination is on record to count from."
            yield _owed("late", one.case_id, group, "The re-evaluation", why, named_on)


def _owed(
    state: Any,
    case_id: UUID | None,
    group: Group,
    what: str,
    because: str,
    due_on: date | None = None,
) -> Owed:
    return Owed(
        state=state,
        case_id=None if case_id is None else str(case_id),
        case_source_id=group.source_id,
        student_id=str(group.student_id),
        what=what,
        due_on=None if due_on is None else due_on.isoformat(),
        because=because,
    )


_row = DeadlineRow
_ids: Any = bindparam("ids", expanding=True)
_OWED = in_district(
    select(
        _row.case_id, _row.term_id, _row.state, _row.title, _row.started_on, _row.due_on,
        _row.detail,
    )
    .where(_row.case_id.in_(_ids), _row.state.in_(("open", "running", "unknown")))
    .order_by(_row.due_on, _row.id)
)  # fmt: skip
_RECEIVED = in_district(select(Referral.case_id).where(Referral.case_id.in_(_ids)).distinct())
_SERVED = in_district(
    select(Plan.case_id, Plan.student_id, Plan.reevaluation_on).where(
        Plan.case_id.in_(_ids), Plan.status == "in_effect", Plan.kind.in_(sorted(UNDER_IDEA))
    )
)
_REEVALUATED = in_district(
    select(_row.student_id).where(
        _row.student_id.in_(_ids),
        _row.term_id == "reevaluation",
        _row.state.in_(("open", "running", "unknown")),
    )
)
