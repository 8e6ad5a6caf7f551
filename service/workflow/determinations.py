"""Eligibility determinations: drafted freely, made final by a step, then superseded.

A final determination is never changed. What was wrong in it is said by a new one that
supersedes it; both stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from service.domain.facts import FACTORS, PRESCHOOL_FACTORS
from service.policies import Policies
from service.storage.base import DistrictRow, assign, plain
from service.storage.cases import Case
from service.storage.contacts import SourceDocument
from service.storage.determinations import EligibilityDetermination
from service.storage.evaluations import Assessment, Evaluation, Observation
from service.storage.interventions import Intervention
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

ASSESSED = {"assessed_on": None, "measure": None, "result": None}
SLD: Mapping[str, Any] = {
    "methods": [],
    "areas": [],
    "insufficient_progress": None,
    "strengths_and_weaknesses": None,
    "exclusions": {factor: {"finding": None, "effect": None} for factor in FACTORS},
    "appropriate_instruction": None,
    "instruction": None,
    "intervention_ids": [],
    "assessments": [],
    "assessments_shared_on": None,
    "observation_id": None,
    "relevant_behavior": None,
    "medical_findings": None,
    "assurance": None,
    "response": {
        "strategies_and_data": None,
        "told_of_data_and_services_on": None,
        "told_of_strategies_on": None,
        "told_of_right_to_evaluation_on": None,
    },
}
"""The particulars of a specific learning disability, with every member they have."""

TOLD = tuple(name for name in SLD["response"] if name.endswith("_on"))


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
        _wrong_sld(uow, case, given.get("sld") or {}),
        _wrong_superseded(uow, case, framework, given.get("supersedes_id")),
    )


def _wrong_sources(uow: UnitOfWork, case: Case, given: Mapping[str, Any]) -> Iterator[Problem]:
    """Sources of another child would count for this one, and their breaches would not show."""
    mine = SourceDocument.case_id == case.id
    if case.student_id is not None:
        mine = or_(mine, SourceDocument.student_id == case.student_id)
    sources: Mapping[str, tuple[type[DistrictRow], ColumnElement[bool]]] = {
        "assessment_id": (Assessment, Assessment.evaluation_id.in_(_evaluations(uow, case))),
        "source_document_id": (SourceDocument, mine),
    }
    for name, (model, condition) in sources.items():
        yield from _not_of_case(uow, named_in(given, "sources", name), model, condition)


def _evaluations(uow: UnitOfWork, case: Case) -> Select[Any]:
    """The ids of the case's evaluations."""
    return select(Evaluation.id).where(
        Evaluation.district_id == uow.district_id, Evaluation.case_id == case.id
    )


def _not_of_case(
    uow: UnitOfWork,
    named: Mapping[str, UUID],
    model: type[DistrictRow],
    condition: ColumnElement[bool],
) -> Iterator[Problem]:
    """Ids, by JSON pointer, of records that do not meet the condition of being of the case."""
    if not named:
        return
    found = select(model.id).where(model.id.in_(named.values()), condition)
    here = {row.id for row in uow.rows(found)}
    there = known(uow, model, set(named.values()) - here)
    for pointer, id in named.items():
        if id in there:
            yield Problem(pointer, "of_another_case", "This record is not of this case.")
        elif id not in here:
            yield no_such(pointer)


def _wrong_sld(uow: UnitOfWork, case: Case, sld: Mapping[str, Any]) -> Iterator[Problem]:
    """Days to come among the particulars, and records of another child."""
    yield from have_come(uow, sld, "assessments_shared_on", at="/sld")
    yield from have_come(uow, sld.get("response") or {}, *TOLD, at="/sld/response")
    for place, one in enumerate(sld.get("assessments") or ()):
        yield from have_come(uow, one, "assessed_on", at=f"/sld/assessments/{place}")
    observed = {"/sld/observation_id": sld["observation_id"]} if sld.get("observation_id") else {}
    helped = {
        f"/sld/intervention_ids/{place}": id
        for place, id in enumerate(sld.get("intervention_ids") or ())
    }
    of_case = Observation.evaluation_id.in_(_evaluations(uow, case))
    yield from _not_of_case(uow, observed, Observation, of_case)
    of_student = Intervention.student_id == case.student_id
    yield from _not_of_case(uow, helped, Intervention, of_student)


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
            kept[member] = [_whole(whole, item) for item in kept[member]]
    if "determinants" in kept:
        kept["determinants"] = NO_ANSWERS | kept["determinants"]
    if kept.get("preschool") is not None:
        kept["preschool"] = dict.fromkeys(PRESCHOOL_FACTORS) | kept["preschool"]
    if kept.get("sld") is not None:
        kept["sld"] = _whole(SLD, kept["sld"])
        kept["sld"]["assessments"] = [_whole(ASSESSED, a) for a in kept["sld"]["assessments"]]
    return kept


def _whole(whole: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """An object with every member it has, at every depth, as a JSON column holds it."""
    return {
        name: _whole(default, given.get(name) or {})
        if isinstance(default, Mapping)
        else plain(given.get(name, default))
        for name, default in whole.items()
    }
