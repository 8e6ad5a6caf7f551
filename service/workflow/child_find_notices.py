"""The yearly notice to families of children who are in no public school: kept, never refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from service.domain.district_duties import DistrictDuty, YearlyNotice, yearly_notice
from service.storage.base import assign
from service.storage.child_find_notices import ChildFindNotice
from service.storage.schools import StaffMember
from service.storage.unit_of_work import UnitOfWork
from service.workflow.checks import have_come, lead_somewhere, refuse
from service.workflow.corrections import keep_facts

REFERENCES = {"owner_staff_id": StaffMember}


def record(uow: UnitOfWork, body: Mapping[str, Any]) -> ChildFindNotice:
    """Record one; `Invalid` for a day to come and for a member of staff who is not there."""
    refuse(have_come(uow, body, "given_on"), lead_somewhere(uow, body, REFERENCES))
    row = uow.add(ChildFindNotice(**body))
    uow.record("child_find_notice.recorded", row)
    return row


def change(uow: UnitOfWork, row: ChildFindNotice, changes: Mapping[str, Any]) -> ChildFindNotice:
    """Change what is written of one; its day is set right by a correction."""
    refuse(lead_somewhere(uow, changes, REFERENCES))
    keep_facts(row, changes)
    if assign(row, changes):
        uow.record("child_find_notice.changed", row)
    return row


def duties(uow: UnitOfWork) -> tuple[DistrictDuty, ...]:
    """What the caller's district owes that belongs to no child."""
    row = ChildFindNotice
    last = uow.rows(
        select(row.given_on, row.owner_staff_id)
        .order_by(row.given_on.desc(), row.id.desc())
        .limit(1)
    )
    given = [
        YearlyNotice(one.given_on, None if one.owner_staff_id is None else str(one.owner_staff_id))
        for one in last
    ]
    return (yearly_notice(given, uow.today),)
