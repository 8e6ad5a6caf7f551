"""Acknowledgements: which teachers and providers were told of their duties under a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.policies import Policies
from service.storage.base import assign
from service.storage.plans import Plan, PlanAcknowledgement
from service.storage.schools import StaffMember
from service.storage.unit_of_work import UnitOfWork
from service.workflow import plans
from service.workflow.checks import have_come, in_order, lead_somewhere, refuse
from service.workflow.corrections import keep_facts
from service.workflow.invalid import Problem

DAYS = ("informed_on", "acknowledged_on")
"""Days on which something took place: none of them lies in the future."""


def record(
    uow: UnitOfWork, policies: Policies, plan: Plan, body: Mapping[str, Any]
) -> PlanAcknowledgement:
    """Record that somebody was told; `Invalid` for days to come and people nobody knows."""
    plans.hold(uow, plan.student_id)
    refuse(lead_somewhere(uow, body, {"staff_id": StaffMember}), _wrong_days(uow, body))
    row = uow.add(PlanAcknowledgement(plan_id=plan.id, **body))
    _named(uow, policies, row, "recorded")
    return row


def change(
    uow: UnitOfWork, policies: Policies, row: PlanAcknowledgement, changes: Mapping[str, Any]
) -> PlanAcknowledgement:
    """Add to it, such as the day it was acknowledged; what is on record is corrected."""
    plans.hold(uow, uow.get(Plan, row.plan_id).student_id)
    keep_facts(row, changes)
    known = {name: getattr(row, name) for name in DAYS}
    refuse(_wrong_days(uow, {**known, **changes}))
    if assign(row, changes):
        _named(uow, policies, row, "changed")
    return row


def _wrong_days(uow: UnitOfWork, given: Mapping[str, Any]) -> list[Problem]:
    return [*have_come(uow, given, *DAYS), *in_order(given, "informed_on", "acknowledged_on")]


def _named(uow: UnitOfWork, policies: Policies, row: PlanAcknowledgement, what: str) -> None:
    plan = uow.get(Plan, row.plan_id)
    uow.record(
        f"plan_acknowledgement.{what}", row, case_id=plan.case_id, student_id=plan.student_id
    )
    plans.refresh(uow, policies, plan)
