"""Guardians: who stands in a parent's place for one student, and with which rights.

A guardian is never deleted: rights that end are `restricted`, a person who is gone is not
`active`, and what they consented to stays theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.policies import Policies
from service.storage.base import assign
from service.storage.students import Guardian, Student
from service.storage.unit_of_work import UnitOfWork
from service.workflow import deadlines
from service.workflow.checks import have_come, refuse, sourced_id_is_free

FACTS = frozenset({"educational_rights", "relationship", "language", "appointed_on", "active"})
"""What rules and clocks look at: a change of these moves the student's deadlines."""


def create(
    uow: UnitOfWork, policies: Policies, student_id: UUID, said: Mapping[str, Any]
) -> Guardian:
    """A guardian of a student; raises `NotFound` for an unknown student.

    Raises `AlreadyThere` when a guardian of this student has the `sourced_id`.
    """
    student = uow.get(Student, student_id)
    refuse(have_come(uow, said, "appointed_on"))
    _check_free(uow, student.id, said.get("sourced_id"))
    guardian = uow.add(Guardian(student_id=student.id, **said))
    uow.record("guardian.created", guardian)
    deadlines.refresh_cases(uow, policies, of_students=[student.id])
    return guardian


def change(
    uow: UnitOfWork, policies: Policies, guardian: Guardian, said: Mapping[str, Any]
) -> Guardian:
    """Change what is said, and leave the rest; raises `AlreadyThere` as `create` does.

    Deadlines follow who they are and what they may: a clock is provisional that runs from the
    consent of a guardian whose rights are restricted.
    """
    refuse(have_come(uow, said, "appointed_on"))
    if said.get("sourced_id", guardian.sourced_id) != guardian.sourced_id:
        _check_free(uow, guardian.student_id, said["sourced_id"])
    changed = assign(guardian, said)
    if changed:
        uow.record("guardian.changed", guardian)
    if changed & FACTS:
        deadlines.refresh_cases(uow, policies, of_students=[guardian.student_id])
    return guardian


def _check_free(uow: UnitOfWork, student_id: UUID, sourced_id: str | None) -> None:
    mine = Guardian.student_id == student_id
    sourced_id_is_free(uow, "guardian", Guardian, sourced_id, mine)
