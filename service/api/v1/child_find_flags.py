"""Child-find flags: children whose record shows something that nobody has decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import and_, case

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    AnyObject,
    CommaList,
    Day,
    IdField,
    Instant,
    Int64,
    Listed,
    ListQuery,
    Schema,
    Sort,
    Text,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, since
from service.api.plumbing.related import the_school, the_staff_member, the_student
from service.api.plumbing.resource import Resource
from service.api.plumbing.steps import StepDetails, add_steps
from service.domain.child_find import KINDS
from service.domain.lifecycles import CHILD_FIND_FLAG
from service.domain.rules.referral import REASONS
from service.domain.rules.words import listed
from service.storage.child_find_flags import ChildFindFlag
from service.storage.unit_of_work import UnitOfWork

blp = Blueprint(
    "child_find_flags",
    "Child-find flags",
    description="Children whose record shows something that nobody has decided "
    "(34 CFR 300.111(a), (c)): help that did not help, a medical document, a parent's concern. "
    "Flags follow the record; no data is never read as failing. Each is a duty with an owner "
    "(`child_find_flag` among the deadlines) until it is decided or dismissed for a time.",
)

STATUSES = {
    "open": "Somebody is to look, and to decide.",
    "dismissed": "Somebody looked, and will again on `look_again_on`; from that day it is open.",
    "cleared": "It was decided, or what raised it is no longer so.",
}


class ChildFindFlagSchema(Schema):
    """A flag, with what on the record shows it."""

    id = IdField(required=True)
    student_id = IdField(required=True)
    school_id = IdField(required=True, allow_none=True)
    owner_staff_id = IdField(
        required=True,
        allow_none=True,
        metadata={
            "description": "The champion of the child's open case, else who answers for the "
            "school or the district; null when the district has nobody of the kind."
        },
    )
    kind = Words(KINDS, required=True)
    status = Words(STATUSES, required=True)
    raised_on = Day(required=True)
    because = Text(required=True, max=4000)
    evidence = Listed(
        AnyObject(),
        required=True,
        max=1000,
        metadata={"description": "The records that show it, with the facts that mattered."},
    )
    dismissed_on = Day(required=True, allow_none=True)
    dismissed_because = Text(required=True, allow_none=True, max=20000)
    look_again_on = Day(required=True, allow_none=True)
    cleared_on = Day(required=True, allow_none=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
    student = the_student()
    school = the_school()
    owner = the_staff_member("owner_staff_id", "Whose it is.")


class ChildFindFlagQuery(ListQuery):
    student_id = IdField()
    school_id = IdField()
    owner_staff_id = IdField()
    kind = CommaList(Words(KINDS), metadata={"description": "One, or several by commas."})
    status = Words(STATUSES, metadata={"description": "As it stands today."})
    updated_since = Instant(metadata={"description": "Only those changed at or after this."})
    sort = Sort("raised_on", "updated_at")


FLAGS = Listing(
    model=ChildFindFlag,
    schema=ChildFindFlagSchema,
    filters={
        "student_id": ChildFindFlag.student_id,
        "school_id": ChildFindFlag.school_id,
        "owner_staff_id": ChildFindFlag.owner_staff_id,
        "kind": ChildFindFlag.kind,
        "updated_since": since(ChildFindFlag.updated_at),
    },
    sorts={"raised_on": ChildFindFlag.raised_on, "updated_at": ChildFindFlag.updated_at},
)


@lru_cache(maxsize=4)
def on_day(today: date) -> Listing:
    """The listing with each status as it stands on a day."""
    row = ChildFindFlag
    returned = and_(row.status == "dismissed", row.look_again_on <= today)
    stands = case((returned, "open"), else_=row.status)
    return replace(FLAGS, columns={"status": stands}, filters={**FLAGS.filters, "status": stands})


def _present(uow: UnitOfWork, row: ChildFindFlag) -> Beside:
    """A flag with its status as it stands today."""
    returned = (
        row.status == "dismissed"
        and row.look_again_on is not None
        and row.look_again_on <= uow.today
    )
    return Beside(row, status="open" if returned else row.status)


@blp.route("/child-find-flags")
class ChildFindFlags(Resource):
    @needs("students:read")
    @blp.arguments(ChildFindFlagQuery, location="query")
    @blp.response(200, page_of(ChildFindFlagSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List child-find flags.

        By the day they were raised, or by when they last changed. `status=open` holds those
        whose day to look again has come, too.
        """
        return self.page(on_day(self.uow.today), query)


@blp.route("/child-find-flags/<uuid:id>")
class OneChildFindFlag(Resource):
    @needs("students:read")
    @blp.response(200, ChildFindFlagSchema)
    def get(self, id: UUID) -> Response:
        """Get a child-find flag.

        With the records that show it. Its duty is among the deadlines of the student.
        """
        row = self.uow.read(ChildFindFlag, id)
        shown = _present(self.uow, row)
        version = f"{row.version}.{shown.status}"
        return self.one(shown, ChildFindFlagSchema, version=version)


class DismissDetails(StepDetails):
    """Why nothing is done now, and when somebody looks again."""

    reason_code = Text(
        required=True,
        max=64,
        metadata={
            "description": f"{listed((f'`{code}`' for code in REASONS), 'or')}. That interventions "
            "are not finished is no reason (IDEA-REQUEST-NO-RTI-BLOCK), nor that the child passes "
            "from grade to grade (IDEA-CHILD-FIND-SUSPECT)."
        },
    )
    reason = Text(required=True, max=20000, metadata={"description": "In words."})
    look_again_on = Day(
        required=True,
        metadata={"description": "After today, and within a year. That day it is open again."},
    )


def _flag(uow: UnitOfWork, id: UUID) -> ChildFindFlag:
    return uow.get(ChildFindFlag, id, lock=uow.writes)


add_steps(
    blp,
    CHILD_FIND_FLAG,
    path="/child-find-flags/<uuid:id>",
    scope="students",
    load=_flag,
    schema=ChildFindFlagSchema,
    details={"dismiss": DismissDetails},
    present=_present,
)
