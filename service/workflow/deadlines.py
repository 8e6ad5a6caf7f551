"""Deadlines are computed; the table of them is a projection for lists.

`refresh` brings the rows of one case to what the computation says; doing it again
changes nothing. Whatever writes a fact of a case calls it in the same unit of work.
A count that stands still in summer is `running` in the table, because a row must not
depend on the day it is read; the days on which it is `paused` stand in the row, and beside it where
it counts in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true

from service.domain import facts
from service.domain.calendars import Span
from service.domain.deadlines import Deadline, deadlines
from service.domain.decide import citation_json
from service.domain.policy import Policy
from service.policies import Policies
from service.storage.cases import Case, DeadlineRow, PausedSpan
from service.storage.facts import case_facts, caseless_facts, cases_facts
from service.storage.students import Student
from service.storage.unit_of_work import NotFound, UnitOfWork
from service.workflow import child_find
from service.workflow.calendars import calendars_for

BATCH = 500
"""So many cases are read at once: what is read of them fits into memory and one statement."""


def policy_of(
    uow: UnitOfWork, policies: Policies, case: Case, settings: Mapping[str, Any] | None = None
) -> Policy:
    """The law a case is pinned to, with the district's settings of today, or with others."""
    return policies.policy_for(
        case.jurisdiction, uow.district.settings if settings is None else settings
    )


def computed(
    uow: UnitOfWork, policies: Policies, case: Case, known: facts.Case | None = None
) -> tuple[Deadline, ...]:
    """Every deadline of a case, worked out from its facts."""
    known = known if known is not None else case_facts(uow, case)
    return work_out(uow, policies, {case.id: known}, [case])[0].deadlines


def one(uow: UnitOfWork, policies: Policies, id: UUID) -> tuple[DeadlineRow, Deadline]:
    """A projected deadline with the same one computed now.

    Raises NotFound when there is none, or when it is not owed any more.
    """
    row = uow.get(DeadlineRow, id)
    for deadline in _owed_by(uow, policies, row):
        if deadline.key == row.key:
            return row, deadline
    raise NotFound(DeadlineRow.__tablename__, id)


def refresh(
    uow: UnitOfWork,
    policies: Policies,
    case: Case,
    known: facts.Case | None = None,
    *,
    first_time: bool = False,
) -> list[DeadlineRow]:
    """Bring the projection of one case up to date and return its rows.

    `known`: its facts, read by whoever holds the case; without them it is held and read
    here. `first_time`: it was made in this unit of work, so that no rows can exist.
    """
    if known is None:
        uow.flush()
        hold(uow, Case.id == case.id)
        known = cases_facts(uow, [case])[case.id]
    stored = {} if first_time else _stored(uow, DeadlineRow.case_id, [case.id])
    rows = _bring(uow, policies, [_of_case(uow, policies, case, known)], stored).rows
    if case.student_id is not None:
        _watch(uow, policies, [case.student_id])
    return rows


def refresh_cases(
    uow: UnitOfWork,
    policies: Policies,
    ids: Iterable[UUID | None] = (),
    *,
    of_students: Iterable[UUID | None] = (),
) -> None:
    """Refresh these cases and every case of these students; None is none.

    Of a student all: what is recorded late may change a closed case too.
    """
    cases, students = _named(ids), _named(of_students)
    for start in range(0, max(len(cases), len(students)), BATCH):
        parts = (
            (Case.id, cases[start : start + BATCH]),
            (Case.student_id, students[start : start + BATCH]),
        )
        which = or_(*(column.in_(some) for column, some in parts if some))
        _refresh_held(uow, policies, which)
        _watch(uow, policies, students[start : start + BATCH])


def refresh_loaded(
    uow: UnitOfWork, policies: Policies, held: Sequence[Case]
) -> dict[UUID, facts.Case]:
    """Refresh cases that the caller holds, at most `BATCH`; the facts they were worked out from."""
    uow.flush()
    return _refresh_batch(uow, policies, held)[0]


def watch(uow: UnitOfWork, policies: Policies, student_id: UUID) -> list[DeadlineRow]:
    """Bring up to date what is flagged of a child and owed outside any case; the rows of it.

    For what is recorded of a student and moves no case: an intervention, a contact.
    """
    uow.flush()
    if not child_find.watched(uow, [student_id]):
        return []
    uow.get(Student, student_id, lock=True)
    hold(uow, Case.student_id == student_id)
    return _watch(uow, policies, [student_id]).rows


def watch_some(uow: UnitOfWork, policies: Policies, *, after: UUID | None) -> list[UUID]:
    """The same for a batch of the children whose ids come after one; theirs, none when all are."""
    every = child_find.watched(uow)
    ids = [id for id in every if after is None or id > after][:BATCH]
    _watch(uow, policies, ids)
    return ids


def _named(ids: Iterable[UUID | None]) -> list[UUID]:
    return list(dict.fromkeys(id for id in ids if id is not None))


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many cases were computed anew, and how many rows were not as computed."""

    cases: int
    changed: int


def rebuild(uow: UnitOfWork, policies: Policies) -> Rebuilt:
    """Refresh every case, over or not, and count what changed.

    For what concerns them all: a setting, a corrected policy. Otherwise nothing changes, when
    every write did its part. What is owed outside any case is computed too.
    """
    return _rebuild(uow, policies, true())


def rebuild_over(uow: UnitOfWork, policies: Policies, *days: Span) -> Rebuilt:
    """Refresh every case that is live, or had a deadline that ran over one of these days.

    For a calendar: what changes about its days leaves alone what was counted on none of them.
    """
    return _rebuild(uow, policies, or_(live(uow), *(_counted_over(uow, d) for d in days)))


def _rebuild(uow: UnitOfWork, policies: Policies, which: ColumnElement[bool]) -> Rebuilt:
    rebuilt = _refresh_held(uow, policies, which)
    students = child_find.watched(uow)
    changed = sum(
        _watch(uow, policies, students[start : start + BATCH]).changed
        for start in range(0, len(students), BATCH)
    )
    return Rebuilt(cases=rebuilt.cases, changed=rebuilt.changed + changed)


def live(uow: UnitOfWork) -> ColumnElement[bool]:
    """Whether a case is open or still owes something."""
    owing = (
        select(DeadlineRow.case_id)
        .where(
            DeadlineRow.district_id == uow.district_id,
            DeadlineRow.state.in_(("open", "running", "unknown")),
        )
        .scalar_subquery()
    )
    return or_(Case.closed_on.is_(None), Case.id.in_(owing))


def _counted_over(uow: UnitOfWork, days: Span) -> ColumnElement[bool]:
    """Whether a case has a deadline that runs over one of these days."""
    row = DeadlineRow
    over = (
        select(row.case_id)
        .where(
            row.district_id == uow.district_id,
            row.started_on <= days.last_on,
            row.due_on >= days.first_on,
        )
        .scalar_subquery()
    )
    return Case.id.in_(over)


def hold(uow: UnitOfWork, which: ColumnElement[bool]) -> Sequence[Case]:
    """These cases as they now stand, kept from other writers until this unit of work ends.

    Two writers of one case each add a fact that the other does not see. The second waits
    here, and reads what the first has committed. Whoever needs several cases takes them here
    together: by id, so that nobody waits in a circle.
    """
    return uow.all(
        select(Case)
        .where(which)
        .order_by(Case.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def as_json(row: DeadlineRow) -> dict[str, Any]:
    """A projected deadline as decisions and receipts show it."""
    return {
        "id": str(row.id),
        "term": row.term_id,
        "title": row.title,
        "rule_id": row.rule_id,
        "state": row.state,
        "started_on": row.started_on.isoformat() if row.started_on else None,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "provisional": row.provisional,
        "basis": row.basis,
        "verification": row.verification,
    }


# Bringing the table up to date ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Owing:
    """Who owes: a case, or no case and a student; with the facts and the law they go by.

    `since`: the first day that anything of it counts from.
    """

    case_id: UUID | None
    student_id: UUID | None
    known: facts.Case
    policy: Policy
    since: date

    @property
    def id(self) -> UUID | None:
        return self.case_id or self.student_id


@dataclass(frozen=True, slots=True)
class Worked:
    """Who owes, their student's school, and the deadlines as computed."""

    owing: Owing
    school_id: UUID | None
    deadlines: tuple[Deadline, ...]


@dataclass(frozen=True, slots=True)
class _Brought:
    """The rows as they now are, and how many of all there were had to be changed."""

    rows: list[DeadlineRow]
    changed: int


_Key = tuple[UUID | None, str]
"""Of a projected row: the case, else the student, and the deadline's own key."""


def _of_case(
    uow: UnitOfWork,
    policies: Policies,
    case: Case,
    known: facts.Case,
    settings: Mapping[str, Any] | None = None,
) -> Owing:
    law = policy_of(uow, policies, case, settings)
    return Owing(case.id, case.student_id, known, law, case.opened_on)


def _of_student(uow: UnitOfWork, policies: Policies, id: UUID, known: facts.Case) -> Owing:
    """What is owed outside any case goes by the law of the district."""
    law = policies.policy_for(uow.district.jurisdiction, uow.district.settings)
    days = [flag.raised_on for flag in known.flags] + [one.occurred_on for one in known.contacts]
    days += [removal.behavior_on for removal in known.removals]
    return Owing(None, id, known, law, min((d for d in days if d is not None), default=uow.today))


def _owed_by(uow: UnitOfWork, policies: Policies, row: DeadlineRow) -> tuple[Deadline, ...]:
    """Everything that the case of a projected row owes, or its student outside any case."""
    if row.case_id is not None:
        return computed(uow, policies, uow.get(Case, row.case_id))
    worked = [
        _of_student(uow, policies, id, known)
        for id, known in caseless_facts(uow, _named([row.student_id])).items()
    ]
    return tuple(found for one in _work_out(uow, policies, worked) for found in one.deadlines)


def _refresh_held(uow: UnitOfWork, policies: Policies, which: ColumnElement[bool]) -> Rebuilt:
    """Refresh some cases, holding them so that nobody computes from half of what is written."""
    uow.flush()
    held = hold(uow, which)
    changed = 0
    for start in range(0, len(held), BATCH):
        changed += _refresh_batch(uow, policies, held[start : start + BATCH])[1]
    return Rebuilt(cases=len(held), changed=changed)


def _refresh_batch(
    uow: UnitOfWork, policies: Policies, batch: Sequence[Case]
) -> tuple[dict[UUID, facts.Case], int]:
    """The facts of these cases, and how many rows were not as computed."""
    known = cases_facts(uow, batch)
    owing = [_of_case(uow, policies, case, known[case.id]) for case in batch]
    stored = _stored(uow, DeadlineRow.case_id, [case.id for case in batch])
    changed = _bring(uow, policies, owing, stored).changed
    _watch(uow, policies, _named(case.student_id for case in batch))
    uow.flush()
    return known, changed


def _watch(uow: UnitOfWork, policies: Policies, student_ids: Sequence[UUID]) -> _Brought:
    """Bring up to date what is flagged of some students and owed outside any case.

    Their cases are held. Most students have nothing of the kind: one select tells.
    """
    ids: list[UUID] = []
    if student_ids:
        uow.flush()
        ids = child_find.watched(uow, student_ids)
    if not ids:
        return _Brought([], 0)
    changed = child_find.follow(uow, policies, ids)
    uow.flush()
    known = caseless_facts(uow, ids)
    row = DeadlineRow
    stored = _stored(uow, row.student_id, ids, row.case_id.is_(None))
    owing = [_of_student(uow, policies, id, known[id]) for id in ids]
    brought = _bring(uow, policies, owing, stored)
    return _Brought(brought.rows, changed + brought.changed)


def _stored(
    uow: UnitOfWork, column: Any, ids: Sequence[UUID], *conditions: ColumnElement[bool]
) -> dict[_Key, DeadlineRow]:
    """The projected rows of these cases or students, by the same and key."""
    found = uow.all(select(DeadlineRow).where(column.in_(ids), *conditions))
    return {(getattr(row, column.key), row.key): row for row in found}


def work_out(
    uow: UnitOfWork,
    policies: Policies,
    known: Mapping[UUID, facts.Case],
    cases: Sequence[Case],
    settings: Mapping[str, Any] | None = None,
) -> list[Worked]:
    """Every deadline of these cases, each by its own law; `settings` instead of the district's."""
    owing = [_of_case(uow, policies, case, known[case.id], settings) for case in cases]
    return _work_out(uow, policies, owing)


def _work_out(uow: UnitOfWork, policies: Policies, owing: Sequence[Owing]) -> list[Worked]:
    """Every deadline of these, each by its own law and its school's calendar."""
    if not owing:
        return []
    schools = {one.student_id: _school(one.known) for one in owing}
    since = min(one.since for one in owing)
    calendars = calendars_for(uow, policies, schools.values(), since)
    worked = []
    for one in owing:
        school_id = schools[one.student_id]
        found = deadlines(one.known, one.policy, calendars[school_id], uow.today)
        worked.append(Worked(one, school_id, found))
    return worked


def _school(known: facts.Case) -> UUID | None:
    """The student's school."""
    if known.student is None or known.student.school_id is None:
        return None
    return UUID(known.student.school_id)


def _bring(
    uow: UnitOfWork,
    policies: Policies,
    owing: Sequence[Owing],
    stored: Mapping[_Key, DeadlineRow],
) -> _Brought:
    """Make the rows of these what the computation says."""
    rows: dict[_Key, DeadlineRow] = {}
    changed = 0
    moved: dict[UUID, DeadlineRow] = {}
    for worked in _work_out(uow, policies, owing):
        for deadline in worked.deadlines:
            key, columns = (worked.owing.id, deadline.key), _columns(worked, deadline)
            if key in rows:  # one row a key, from the first start
                continue
            row = stored.get(key)
            if row is None:
                rows[key] = uow.add(DeadlineRow(key=deadline.key, **columns))
                _pause(uow, rows[key])
                changed += 1
                continue
            rows[key] = row
            if row.detail.get("still", []) != columns["detail"]["still"]:
                moved[row.id] = row
            wrong = [name for name, value in columns.items() if getattr(row, name) != value]
            for name in wrong:
                setattr(row, name, columns[name])
            changed += bool(wrong)
    for key in stored.keys() - rows.keys():
        uow.session.delete(stored[key])
        changed += 1
    if moved:
        span = PausedSpan
        for old in uow.all(select(span).where(span.deadline_id.in_(moved))):
            uow.session.delete(old)
        for row in moved.values():
            _pause(uow, row)
    return _Brought(list(rows.values()), changed)


def _pause(uow: UnitOfWork, row: DeadlineRow) -> None:
    """Put the days on which a deadline stands still beside its row, where it does so in parts."""
    if not row.still_in_parts:
        return
    for first_on, last_on in row.detail["still"]:
        uow.add(
            PausedSpan(
                deadline_id=row.id,
                first_on=date.fromisoformat(first_on),
                last_on=date.fromisoformat(last_on),
            )
        )


def _columns(worked: Worked, deadline: Deadline) -> dict[str, Any]:
    """The columns of one projected deadline."""
    state, still = str(deadline.state), deadline.clock.still
    return {
        "case_id": worked.owing.case_id,
        "student_id": worked.owing.student_id,
        "school_id": worked.school_id,
        "owner_staff_id": UUID(deadline.owner_staff_id) if deadline.owner_staff_id else None,
        "term_id": deadline.term_id,
        "kind": deadline.kind,
        "title": deadline.title,
        "rule_id": deadline.rule_id,
        "state": "running" if state == "paused" else state,
        "started_on": deadline.started_on,
        "due_on": deadline.due_on,
        "met_on": deadline.met_on,
        "still_from": min((span.first_on for span in still), default=None),
        "still_until": max((span.last_on for span in still), default=None),
        "still_in_parts": len(still) > 1,
        "provisional": deadline.provisional,
        "basis": deadline.basis,
        "verification": deadline.verification,
        "detail": {
            "needs": list(deadline.needs),
            "citations": [citation_json(citation) for citation in deadline.citations],
            "subjects": dict(deadline.subjects),
            "still": [[span.first_on.isoformat(), span.last_on.isoformat()] for span in still],
        },
    }
