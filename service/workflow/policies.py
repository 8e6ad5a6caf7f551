"""A change of the law or of a setting, shown before it is made: which deadlines would move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.domain.deadlines import Deadline
from service.policies import LawInvalid, Policies
from service.policies.loader import BASE
from service.storage.cases import Case, DeadlineRow
from service.storage.facts import cases_facts
from service.storage.unit_of_work import UnitOfWork
from service.workflow import deadlines, districts
from service.workflow.invalid import invalid


@dataclass(frozen=True, slots=True)
class Move:
    """A deadline that would be another: `was` is None for a new one, `will` for one that goes."""

    case: Case
    deadline_id: UUID | None
    was: Deadline | None
    will: Deadline | None

    @property
    def days(self) -> int | None:
        """How many days later it would be due, negative for sooner; None without both dates."""
        if self.was is None or self.will is None:
            return None
        before, after = self.was.due_on, self.will.due_on
        return None if before is None or after is None else (after - before).days


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do to the cases of one page, and after which case the next begins."""

    moves: tuple[Move, ...]
    cases: int
    version_now: str
    version_then: str
    next_after: UUID | None


def preview(
    uow: UnitOfWork,
    policies: Policies,
    jurisdiction: str,
    *,
    pack: Mapping[str, Any] | None,
    settings: Mapping[str, Any] | None,
    after: UUID | None,
    limit: int,
) -> Preview:
    """Work out the deadlines of the next live cases as they are and as they would be.

    Only the caller's own district; of its cases those of the jurisdiction, for the federal base
    all. Nothing is stored. Raises KeyError for an unknown jurisdiction, `Invalid` for a pack that
    cannot be read as law or settings of another shape, `SettingRefused` for unlawful ones.
    """
    if pack is None and settings is None:
        raise invalid("/pack", "required", "Send the part of the pack that changes, or settings.")
    then = _amended(policies, jurisdiction, pack)
    if settings is not None:
        settings = districts.checked(uow, then, settings)
    wanted = select(Case).where(deadlines.live(uow)).order_by(Case.id).limit(limit + 1)
    if jurisdiction != BASE:
        wanted = wanted.where(Case.jurisdiction == jurisdiction)
    if after is not None:
        wanted = wanted.where(Case.id > after)
    found = uow.all(wanted)
    page = found[:limit]
    return Preview(
        moves=tuple(_moves(uow, policies, then, settings, page)),
        cases=len(page),
        version_now=policies.pack(jurisdiction)["version"],
        version_then=then.pack(jurisdiction)["version"],
        next_after=page[-1].id if len(found) > limit else None,
    )


def _amended(policies: Policies, jurisdiction: str, pack: Mapping[str, Any] | None) -> Policies:
    if pack is None:
        policies.pack(jurisdiction)
        return policies
    try:
        then = policies.amended(jurisdiction, pack)
        then.policy_for(jurisdiction)
    except LawInvalid as error:
        raise invalid(f"/pack{error.path}", "invalid", error.message[:500]) from None
    return then


def _moves(
    uow: UnitOfWork,
    now: Policies,
    then: Policies,
    settings: Mapping[str, Any] | None,
    cases: Sequence[Case],
) -> Iterator[Move]:
    known = cases_facts(uow, cases)
    row = DeadlineRow
    ids = {
        (found.case_id, found.key): found.id
        for found in uow.rows(
            select(row.case_id, row.key, row.id).where(row.case_id.in_([c.id for c in cases]))
        )
    }
    before = deadlines.work_out(uow, now, known, cases)
    after = deadlines.work_out(uow, then, known, cases, settings)
    for case, here, there in zip(cases, before, after, strict=True):
        was = {deadline.key: deadline for deadline in here.deadlines}
        will = {deadline.key: deadline for deadline in there.deadlines}
        for key in {**was, **will}:
            if _shown(was.get(key)) != _shown(will.get(key)):
                yield Move(case, ids.get((case.id, key)), was.get(key), will.get(key))


def _shown(deadline: Deadline | None) -> tuple[date | None, str] | None:
    """What of a deadline is compared: when it is due, and how it stands."""
    return None if deadline is None else (deadline.due_on, str(deadline.state))
