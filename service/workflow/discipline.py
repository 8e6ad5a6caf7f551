"""Disciplinary removals, and whether the district is deemed to have known of a disability.

A removal is the student's, with or without a case. What is known of the child lies in every case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import select

from service.domain import facts
from service.domain.decide import Finding, finding
from service.domain.lifecycles import REMOVAL
from service.policies import Policies
from service.storage.base import assign
from service.storage.cases import Case
from service.storage.discipline import DisciplinaryRemoval
from service.storage.facts import cases_facts
from service.storage.row_facts import removal_fact
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork
from service.workflow import deadlines
from service.workflow.checks import have_come, in_order, lead_somewhere, refuse
from service.workflow.corrections import keep_facts
from service.workflow.districts import governed
from service.workflow.invalid import Problem

DAYS = (
    "behavior_on",
    "began_on",
    "written_concern_on",
    "staff_concern_on",
    "change_decided_on",
    "manifestation_determined_on",
    "services_since",
)
IN_ORDER = (
    ("behavior_on", "began_on"),
    ("began_on", "ended_on"),
    ("behavior_on", "change_decided_on"),
    ("behavior_on", "manifestation_determined_on"),
)
TOGETHER = (
    "manifestation_determined_on",
    "caused_by_disability",
    "caused_by_failure_to_implement",
)
"""A determination is made on a day, and answers both questions (300.530(e)(1))."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A removal, and what the rules find of what was settled or known before it."""

    row: DisciplinaryRemoval
    findings: tuple[Finding, ...]


def record(uow: UnitOfWork, policies: Policies, body: Mapping[str, Any]) -> Judged:
    """Record a removal; `Invalid` for days and references that cannot be."""
    said = _kept(body)
    refuse(
        lead_somewhere(uow, said, {"student_id": Student}),
        have_come(uow, said, *DAYS),
        *(in_order(said, first, then) for first, then in IN_ORDER),
        _half_determined(said),
    )
    row = uow.add(DisciplinaryRemoval(**said))
    uow.record("disciplinary_removal.recorded", row)
    deadlines.refresh_cases(uow, policies, of_students=[row.student_id])
    return judged(uow, policies, row)


def change(
    uow: UnitOfWork, policies: Policies, row: DisciplinaryRemoval, changes: Mapping[str, Any]
) -> Judged:
    """Add to a removal; what is on record is set right by a correction."""
    said = _kept(changes)
    names = {name for pair in IN_ORDER for name in pair} | set(TOGETHER)
    known = {name: getattr(row, name) for name in names} | said
    refuse(
        have_come(uow, said, *DAYS),
        *(in_order(known, first, then, sent=said) for first, then in IN_ORDER),
        _half_determined(known),
    )
    keep_facts(row, said)
    if assign(row, said):
        uow.record("disciplinary_removal.changed", row)
        deadlines.refresh_cases(uow, policies, of_students=[row.student_id])
    return judged(uow, policies, row)


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as columns hold it: each participant with every member."""
    kept, who = dict(body), "manifestation_participants"
    if who in kept:
        kept[who] = [{"role": one["role"], "name": one.get("name")} for one in kept[who]]
    return kept


def _half_determined(known: Mapping[str, Any]) -> list[Problem]:
    """A manifestation determination without its day, or with a question left open."""
    lacking = [name for name in TOGETHER if known.get(name) is None]
    if len(lacking) in (0, len(TOGETHER)):
        return []
    says = "A manifestation determination is made on a day, and answers both questions."
    return [Problem(f"/{name}", "required", says) for name in lacking]


def judged(uow: UnitOfWork, policies: Policies, row: DisciplinaryRemoval) -> Judged:
    """Whether there is a basis of knowledge, by everything on record of the child (300.534)."""
    uow.flush()
    rows = uow.all(select(Case).where(Case.student_id == row.student_id).order_by(Case.id))
    known = tuple(cases_facts(uow, rows).values())
    situation = facts.Situation(
        today=uow.today,
        removal=removal_fact(row),
        case=facts.Case(
            referrals=tuple(chain.from_iterable(case.referrals for case in known)),
            consents=tuple(chain.from_iterable(case.consents for case in known)),
            determinations=tuple(chain.from_iterable(case.determinations for case in known)),
            plans=known[-1].plans if known else (),
        ),
    )
    policy = governed(uow, policies).policy
    return Judged(row, tuple(finding(rule_id, situation, policy) for rule_id in REMOVAL))
