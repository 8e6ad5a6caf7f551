"""The district's yearly notices to families of children who are in no public school."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
    Day,
    IdField,
    Instant,
    Int64,
    ListQuery,
    Schema,
    Sort,
    Text,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.storage.child_find_notices import ChildFindNotice
from service.workflow import child_find_notices

blp = Blueprint(
    "child-find-notices",
    "Child find notices",
    description="Every year a district looks for the children with disabilities who live there and "
    "have no public education, and tells their families of its duty (34 CFR 104.32, "
    "504-CHILDFIND). It belongs to no child: when the next is due, and whose it is, stands under "
    "`duties` at `GET /v1/districts/{id}`.",
)


class ChildFindNoticeSchema(Schema):
    """A yearly notice that was given."""

    id = IdField(required=True)
    given_on = Day(required=True)
    means = Text(required=True, max=4000)
    owner_staff_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Who answers for it, and for the next one."},
    )
    note = Text(required=True, allow_none=True, max=4000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class ChildFindNoticeChange(Schema):
    """What to change; its day is set right by a correction."""

    means = Text(
        max=4000,
        metadata={
            "description": "How families were reached.",
            "example": "A notice in the newspaper, letters to private schools and clinics.",
        },
    )
    owner_staff_id = IdField(allow_none=True)
    note = Text(allow_none=True, max=4000)


class NewChildFindNotice(ChildFindNoticeChange):
    """A notice to record."""

    given_on = Day(required=True, metadata={"description": "Never in the future."})
    means = Text(
        required=True,
        max=4000,
        metadata={
            "description": "How families were reached.",
            "example": "A notice in the newspaper, letters to private schools and clinics.",
        },
    )


class ChildFindNoticeQuery(ListQuery):
    sort = Sort("given_on", metadata={"description": "`-given_on`: the last one first."})


NOTICES = Listing(
    model=ChildFindNotice,
    schema=ChildFindNoticeSchema,
    filters={},
    sorts={"given_on": ChildFindNotice.given_on},
)


@blp.route("/child-find-notices")
class ChildFindNotices(Resource):
    @needs("settings:read")
    @blp.arguments(ChildFindNoticeQuery, location="query")
    @blp.response(200, page_of(ChildFindNoticeSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List the district's yearly notices.

        In the order of the days on which they were given.
        """
        return self.page(NOTICES, query)

    @needs("settings:write")
    @blp.arguments(NewChildFindNotice)
    @blp.response(201, ChildFindNoticeSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Record that the yearly notice was given.

        The next is due by the end of the school year after it (504-CHILDFIND).
        """
        row = child_find_notices.record(self.uow, sent)
        return self.created(row, ChildFindNoticeSchema, "OneChildFindNotice")


@blp.route("/child-find-notices/<uuid:id>")
class OneChildFindNotice(Resource):
    @needs("settings:read")
    @blp.response(200, ChildFindNoticeSchema)
    def get(self, id: UUID) -> Response:
        """Get a yearly notice.

        How families were reached, and who answers for it.
        """
        return self.one(self.uow.get(ChildFindNotice, id), ChildFindNoticeSchema)

    @needs("settings:write")
    @blp.arguments(ChildFindNoticeChange)
    @blp.response(200, ChildFindNoticeSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change what is written of a yearly notice.

        Or who answers for it, and so for the next one.
        """
        row = child_find_notices.change(self.uow, self.changing(ChildFindNotice, id), sent)
        return self.updated(row, ChildFindNoticeSchema)


add_corrections(blp, "/child-find-notices", ChildFindNotice, "settings")
