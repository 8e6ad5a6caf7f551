"""What the database refuses is said in words, the same on both engines.

Use cases ask first, so that these come only when two write at the same moment.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from service.api.plumbing.problems import problem_of
from service.clock import SetClock
from service.storage.base import DistrictRow
from service.storage.database import Database
from service.storage.schools import School, StaffMember
from service.storage.unit_of_work import Caller, UnitOfWork


@pytest.fixture
def uow(app: Flask, store: Database, district: UUID, clock: SetClock) -> Any:
    with (
        app.test_request_context("/v1/schools", method="POST"),
        UnitOfWork(store, Caller(district_id=district), clock) as uow,
    ):
        yield uow


def refusal(uow: UnitOfWork, *rows: DistrictRow) -> IntegrityError:
    """What the database says to these rows."""
    for row in rows:
        uow.record("row.created", uow.add(row))
    with pytest.raises(IntegrityError) as caught:
        uow.flush()
    return caught.value


def test_a_natural_key_that_is_taken(uow: UnitOfWork) -> None:
    rows = (School(name=name, sourced_id="s-1") for name in ("Lincoln", "Grant"))
    problem = problem_of(refusal(uow, *rows))
    assert problem.kind.slug == "conflict"
    assert problem.detail == "Another of the district's schools has the same sourced_id."
    assert [error["pointer"] for error in problem.errors] == ["/sourced_id"]


def test_a_reference_to_a_record_that_is_not_there(uow: UnitOfWork) -> None:
    lost = StaffMember(given_name="Ana", family_name="Rivera", school_id=uuid4())
    problem = problem_of(refusal(uow, lost))
    assert problem.kind.slug == "validation"
    assert problem.errors[0]["code"] == "not_found"
    assert problem.errors[0]["pointer"] == ("" if uow.database.sqlite else "/school_id")


def test_a_value_outside_of_those_that_are_kept(uow: UnitOfWork) -> None:
    problem = problem_of(refusal(uow, School(name="")))
    assert problem.kind.slug == "validation"
