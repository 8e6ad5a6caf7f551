"""Staff members: people with roles, known to the SIS by their `sourced_id`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.storage.base import assign
from service.storage.schools import School, StaffMember
from service.storage.unit_of_work import UnitOfWork
from service.workflow.checks import lead_somewhere, refuse, sourced_id_is_free


def create(uow: UnitOfWork, said: Mapping[str, Any]) -> StaffMember:
    """A new staff member. Raises `AlreadyThere` when somebody has the `sourced_id`."""
    refuse(lead_somewhere(uow, said, {"school_id": School}))
    sourced_id_is_free(uow, "staff_member", StaffMember, said.get("sourced_id"))
    member = uow.add(StaffMember(**{"roles": [], **said}))
    uow.record("staff_member.created", member)
    return member


def change(uow: UnitOfWork, member: StaffMember, said: Mapping[str, Any]) -> StaffMember:
    """Change what is said, and leave the rest; raises `AlreadyThere` as `create` does."""
    refuse(lead_somewhere(uow, said, {"school_id": School}))
    if said.get("sourced_id", member.sourced_id) != member.sourced_id:
        sourced_id_is_free(uow, "staff_member", StaffMember, said["sourced_id"])
    if assign(member, said):
        uow.record("staff_member.changed", member)
    return member


def look_up(uow: UnitOfWork, sourced_ids: Iterable[str]) -> dict[str, StaffMember]:
    """The staff members whom the SIS knows by these ids, by id."""
    statement = select(StaffMember).where(StaffMember.sourced_id.in_(set(sourced_ids)))
    return {str(member.sourced_id): member for member in uow.all(statement)}


ANSWER = ("principal", "lea_representative", "administrator")
"""Roles that answer for a school, and before the law for the district, in this order."""


def who_answers(uow: UnitOfWork, school_id: UUID | None) -> UUID | None:
    """Somebody who answers for a school, else for any part of the district, if anybody does."""
    ranked = [
        (member.school_id != school_id, ANSWER.index(role), member.id)
        for member in uow.rows(
            select(StaffMember.id, StaffMember.school_id, StaffMember.roles).where(
                StaffMember.active.is_(True)
            )
        )
        for role in member.roles
        if role in ANSWER
    ]
    return min(ranked)[2] if ranked else None
