"""Schools of the district. The exemplar: every other resource is written like this one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    Flag,
    IdField,
    Instant,
    Int64,
    ListQuery,
    Schema,
    Sort,
    Text,
    TrueOrFalse,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, since
from service.api.plumbing.resource import Resource
from service.domain.schools import ORG_TYPES
from service.storage.schools import School
from service.workflow import schools

blp = Blueprint("schools", "Schools", description="The district's schools, from its roster.")


class SchoolSchema(Schema):
    """A school."""

    id = IdField(required=True)
    name = Text(required=True, metadata={"example": "Lincoln Elementary"})
    sourced_id = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The SIS's own id (OneRoster `sourcedId`)."},
    )
    identifier = Text(
        required=True, allow_none=True, metadata={"description": "The state's code of the school."}
    )
    org_type = Words(ORG_TYPES, required=True)
    parent_sourced_id = Text(required=True, allow_none=True)
    active = Flag(required=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewSchool(Schema):
    """A school to create."""

    name = Text(required=True, metadata={"example": "Lincoln Elementary"})
    sourced_id = Text(allow_none=True)
    identifier = Text(allow_none=True, max=64)
    org_type = Words(ORG_TYPES)
    parent_sourced_id = Text(allow_none=True)
    active = Flag()


class SchoolChange(Schema):
    """What to change about a school; members left out stay as they are."""

    name = Text()
    sourced_id = Text(allow_none=True)
    identifier = Text(allow_none=True, max=64)
    org_type = Words(ORG_TYPES)
    parent_sourced_id = Text(allow_none=True)
    active = Flag()


class SchoolQuery(ListQuery):
    sourced_id = Text(
        metadata={"description": "Only the school with this id of the SIS.", "example": "org-12"}
    )
    active = TrueOrFalse(
        metadata={"description": "Only schools that are active, or only those not."}
    )
    updated_since = Instant(metadata={"description": "Only schools changed at or after this."})
    sort = Sort("name", "updated_at")


SCHOOLS = Listing(
    model=School,
    schema=SchoolSchema,
    filters={
        "sourced_id": School.sourced_id,
        "active": School.active,
        "updated_since": since(School.updated_at),
    },
    sorts={"name": School.name, "updated_at": School.updated_at},
)


@blp.route("/schools")
class Schools(Resource):
    @needs("schools:read")
    @blp.arguments(SchoolQuery, location="query")
    @blp.response(200, page_of(SchoolSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List schools.

        The district's schools by name, or by when they last changed. A SIS finds one by its own
        id: `sourced_id=`.
        """
        return self.page(SCHOOLS, query)

    @needs("schools:write")
    @blp.arguments(NewSchool)
    @blp.response(201, SchoolSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Create a school.

        A `sourced_id` that another school has is refused with 409, which names it.
        """
        made = schools.create(self.uow, sent)
        return self.created(made, SchoolSchema, "OneSchool")


@blp.route("/schools/<uuid:id>")
class OneSchool(Resource):
    @needs("schools:read")
    @blp.response(200, SchoolSchema)
    def get(self, id: UUID) -> Response:
        """Get a school.

        As the roster has it. Its calendar is one of `GET /v1/school-calendars?school_id=`.
        """
        return self.one(self.uow.read(School, id), SchoolSchema)

    @needs("schools:write")
    @blp.arguments(SchoolChange)
    @blp.response(200, SchoolSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a school.

        An import sets the same members again from the roster: correct them there, too.
        """
        school = self.changing(School, id)
        return self.updated(schools.change(self.uow, school, sent), SchoolSchema)
