"""What records of a student share that belong to a case when there is one."""

from __future__ import annotations

from service.api.plumbing.fields import IdField, ListQuery, Schema, Sort


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
