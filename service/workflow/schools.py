"""Schools: known to the SIS by their `sourced_id`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.storage.base import assign
from service.storage.schools import School
from service.storage.unit_of_work import UnitOfWork
from service.workflow.checks import sourced_id_is_free


def create(uow: UnitOfWork, said: Mapping[str, Any]) -> School:
    """A new school. Raises `AlreadyThere` when another has the `sourced_id`."""
    sourced_id_is_free(uow, "school", School, said.get("sourced_id"))
    school = uow.add(School(**said))
    uow.record("school.created", school)
    return school


def change(uow: UnitOfWork, school: School, said: Mapping[str, Any]) -> School:
    """Change what is said, and leave the rest; raises `AlreadyThere` as `create` does."""
    if said.get("sourced_id", school.sourced_id) != school.sourced_id:
        sourced_id_is_free(uow, "school", School, said["sourced_id"])
    if assign(school, said):
        uow.record("school.changed", school)
    return school
