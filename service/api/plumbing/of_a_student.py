"""What records of a student share that belong to a case when there is one."""

from __future__ import annotations

from typing import Any

from service.api.plumbing.fields import IdField, ListQuery, Schema, Sort
from service.api.plumbing.paging import Listing


class OfAStudent(Schema):
    """The base of what is shown of one."""

    id = IdField(required=True)
    student_id = IdField(required=True)
    case_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Whose deadlines follow it; null: of no case."},
    )


class NewOfAStudent(Schema):
    """The base of what is sent of a new one."""

    student_id = IdField(required=True)
    case_id = IdField(
        allow_none=True,
        metadata={"description": "Left out: the student's open case, else the last one."},
    )


class OfAStudentQuery(ListQuery):
    """The query of their list."""

    student_id = IdField()
    sort = Sort("id", metadata={"description": "By when it was recorded."})


def list_of_students(model: Any, schema: type[Schema]) -> Listing:
    """Their list: of one student or all, in the order they were recorded."""
    return Listing(
        model=model,
        schema=schema,
        filters={"student_id": model.student_id},
        sorts={"id": model.id},
    )
