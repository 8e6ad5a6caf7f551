"""Eligibility determinations: drafted freely, made final by a step, then superseded.

A final determination is never changed. What was wrong in it is said by a new one that
supersedes it; both stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from service.policies import Policies
from service.storage.base import DistrictRow, assign
from service.storage.cases import Case
from service.storage.contacts import SourceDocument
from service.storage.determinations import EligibilityDetermination
from service.storage.evaluations import Assessment, Evaluation
from service.storage.schools import StaffMember
from service.storage.unit_of_work import NotFound, UnitOfWork
from service.workflow import cases, deadlines
from service.workflow.checks import (
    have_come,
    items_lead_somewhere,
    known,
    named_in,
    no_such,
    refuse,
)
from service.workflow.corrections import keep_facts
from service.workflow.invalid import AlreadyThere, Problem

DAYS = ("decided_on", "parent_invited_on", "copy_given_to_parent_on")
"""Days on which something took place: none of them lies in the future."""

AFTERWARDS = frozenset({"copy_given_to_parent_on"})
"""What happens once the determination is made."""

WHOLE: Mapping[str, Mapping[str, Any]] = {
    "group": {"role": None, "staff_id": None, "name": None, "agrees": None, "statement": None},
    "sources": {
        "kind": None,
        "source_document_id": None,
        "assessment_id": None,
        "considered": None,
    },
    "needs": {
        "area": None,
        "instruction_gave": None,
        "intervention_gave": None,
        "evidence": [],
        "not_tried_because": None,
        "why_specially_designed": None,
    },
    "mitigating_measures": {"kind": None, "ordinary_lenses": False},
}
"""The lists a determination holds, each item with every member it has."""

NO_ANSWERS = {"reading": None, "math": None, "limited_english": None}


def draft(
    uow: UnitOfWork, policies: Policies, case_id: UUID, body: Mapping[str, Any]
) -> EligibilityDetermination:
    """Begin a determination under one law.

    Raises `Invalid` for days and references that cannot be, or for superseding what is not a
    final determination of the same case and law.
    """
    case = cases.standing(uow, case_id, lock=True)
    _check(uow, case, body["framework"], body)
    kept = {"determinants": {}, **body}
    row = uow.add(EligibilityDetermination(case_id=case.id, status="draft", **_kept(kept)))
    uow.record("eligibility_determination.drafted", row, student_id=case.student_id)
    deadlines.refresh_cases(uow, policies, [case.id])
    return row


def change(
    uow: UnitOfWork,
    policies: Policies,
    row: EligibilityDetermination,
    changes: Mapping[str, Any],
) -> EligibilityDetermination:
    """Change a draft. Raises `AlreadyThere` when it is final: supersede it instead.

    The day on which the parent was given a copy comes afterwards, and is set once.
    """
    if row.status != "draft" and changes.keys() - AFTERWARDS:
        raise AlreadyThere(
            "eligibility_determination",
            str(row.id),
            f"This determination is {row.status} and is never changed. Draft a new one with "
            "`supersedes_id` to set it right.",
        )
    keep_facts(row, changes)
    case = uow.get(Case, row.case_id)
    _check(uow, case, row.framework, changes)
    if assign(row, _kept(changes)):
        uow.record("eligibility_determination.changed", row, student_id=case.student_id)
        deadlines.refresh_cases(uow, policies, [case.id])
    return row


def _check(uow: UnitOfWork, case: Case, framework: str, given: Mapping[str, Any]) -> None:
    """Refuse what cannot be: days to come, references that lead nowhere or to another child."""
    refuse(
        have_come(uow, given, *DAYS),
        items_lead_somewhere(uow, given, "group", "staff_id", StaffMember),
        _wrong_sources(uow, case, given),
        _wrong_superseded(uow, case, framework, given.get("supersedes_id")),
    )


def _wrong_sources(uow: UnitOfWork, case: Case, given: Mapping[str, Any]) -> Iterator[Problem]:
    """Sources of another child would count for this one, and their breaches would not show."""
    of_case = select(Evaluation.id).where(
        Evaluation.district_id == uow.district_id, Evaluation.case_id == case.id
    )
    mine = SourceDocument.case_id == case.id
    if case.student_id is not None:
        mine = or_(mine, SourceDocument.student_id == case.student_id)
    sources: Mapping[str, tuple[type[DistrictRow], ColumnElement[bool]]] = {
        "assessment_id": (Assessment, Assessment.evaluation_id.in_(of_case)),
        "source_document_id": (SourceDocument, mine),
    }
    for name, (model, condition) in sources.items():
        named = named_in(given, "sources", name)
        if not named:
            continue
        found = select(model.id).where(model.id.in_(named.values()), condition)
        here = {row.id for row in uow.rows(found)}
        there = known(uow, model, set(named.values()) - here)
        for pointer, id in named.items():
            if id in there:
                yield Problem(pointer, "of_another_case", "This record is not of this case.")
            elif id not in here:
                yield no_such(pointer)


def _wrong_superseded(
    uow: UnitOfWork, case: Case, framework: str, earlier_id: UUID | None
) -> Iterator[Problem]:
    if earlier_id is None:
        return
    try:
        earlier = uow.get(EligibilityDetermination, earlier_id)
    except NotFound:
        yield no_such("/supersedes_id")
        return
    if (earlier.case_id, earlier.framework, earlier.status) != (case.id, framework, "final"):
        yield Problem(
            "/supersedes_id",
            "not_supersedable",
            "Only a final determination of the same case under the same law can be superseded.",
        )


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as columns hold it: items with all their members, ids inside lists as text."""
    kept = dict(body)
    for member, whole in WHOLE.items():
        if member in kept:
            kept[member] = [
                {k: str(v) if isinstance(v, UUID) else v for k, v in {**whole, **item}.items()}
                for item in kept[member]
            ]
    if "determinants" in kept:
        kept["determinants"] = NO_ANSWERS | kept["determinants"]
    return kept
