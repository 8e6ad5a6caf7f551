"""Staff members of the district."""

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
    Listed,
    ListQuery,
    Nested,
    Schema,
    Sort,
    Text,
    TrueOrFalse,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, since
from service.api.plumbing.people import email
from service.api.plumbing.resource import Resource
from service.storage.schools import StaffMember
from service.workflow import staff

blp = Blueprint(
    "staff",
    "Staff",
    description="People who work for the district, with their roles. `Childfind-Acting-Staff` "
    "names one of them.",
)

ROLES = {
    "teacher": "A general-education teacher (OneRoster `teacher`).",
    "special_educator": "A special-education teacher or provider.",
    "school_psychologist": "A school psychologist.",
    "speech_language_pathologist": "A speech-language pathologist.",
    "occupational_therapist": "An occupational therapist.",
    "physical_therapist": "A physical therapist.",
    "counselor": "A school counselor (OneRoster `counselor`).",
    "principal": "A principal (OneRoster `principal`).",
    "administrator": "Another administrator (OneRoster `siteAdministrator` and its like).",
    "lea_representative": "A representative of the public agency (34 CFR 300.321(a)(4)).",
    "case_manager": "A case manager.",
    "nurse": "A school nurse.",
    "social_worker": "A school social worker.",
    "paraprofessional": "A paraprofessional (OneRoster `aide`).",
    "other": "Another role.",
}


class StaffMemberSchema(Schema):
    """A staff member."""

    id = IdField(required=True)
    given_name = Text(required=True, metadata={"example": "Ana"})
    family_name = Text(required=True, metadata={"example": "Rivera"})
    email = email(required=True, allow_none=True)
    sourced_id = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The SIS's own id (OneRoster `sourcedId`)."},
    )
    identifier = Text(
        required=True, allow_none=True, metadata={"description": "The employee number."}
    )
    roles = Listed(Words(ROLES), required=True)
    credentials = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "Licences and certificates, as they are written in a report.",
            "example": "NCSP; Wisconsin licence 62 School Psychologist",
        },
    )
    school_id = IdField(required=True, allow_none=True)
    active = Flag(required=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewStaffMember(Schema):
    """A staff member to create."""

    given_name = Text(required=True, metadata={"example": "Ana"})
    family_name = Text(required=True, metadata={"example": "Rivera"})
    email = email(allow_none=True)
    sourced_id = Text(allow_none=True)
    identifier = Text(allow_none=True)
    roles = Listed(Words(ROLES), max=20, metadata={"example": ["school_psychologist"]})
    credentials = Text(allow_none=True, max=1000)
    school_id = IdField(allow_none=True)
    active = Flag()


class StaffMemberChange(Schema):
    """What to change about a staff member; members left out stay as they are."""

    given_name = Text()
    family_name = Text()
    email = email(allow_none=True)
    sourced_id = Text(allow_none=True)
    identifier = Text(allow_none=True)
    roles = Listed(Words(ROLES), max=20)
    credentials = Text(allow_none=True, max=1000)
    school_id = IdField(allow_none=True)
    active = Flag()


class StaffQuery(ListQuery):
    school_id = IdField(metadata={"description": "Only staff of this school."})
    active = TrueOrFalse(metadata={"description": "Only staff who are active, or only those not."})
    updated_since = Instant(metadata={"description": "Only staff changed at or after this."})
    sort = Sort("family_name", "updated_at")


class StaffLookup(Schema):
    """Staff to look up by the SIS's own ids."""

    sourced_ids = Listed(
        Text(), required=True, min=1, max=500, metadata={"example": ["tch-7", "tch-8"]}
    )


class StaffLookedUpSchema(Schema):
    """One id of the SIS, and whose it is."""

    sourced_id = Text(required=True, metadata={"example": "tch-7"})
    found = Flag(required=True)
    staff_member = Nested(StaffMemberSchema, required=True, allow_none=True)


class StaffLookupAnswer(Schema):
    """What was found, in the order in which it was asked."""

    items = Listed(Nested(StaffLookedUpSchema), required=True, max=500)


STAFF = Listing(
    model=StaffMember,
    schema=StaffMemberSchema,
    filters={
        "school_id": StaffMember.school_id,
        "active": StaffMember.active,
        "updated_since": since(StaffMember.updated_at),
    },
    sorts={"family_name": StaffMember.family_name, "updated_at": StaffMember.updated_at},
)


@blp.route("/staff")
class Staff(Resource):
    @needs("staff:read")
    @blp.arguments(StaffQuery, location="query")
    @blp.response(200, page_of(StaffMemberSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List staff members.

        By family name, or by when they last changed. To find one by the SIS's own id, look them
        up: `POST /v1/staff/lookup`.
        """
        return self.page(STAFF, query)

    @needs("staff:write")
    @blp.doc(operationId="create_staff_member")
    @blp.arguments(NewStaffMember)
    @blp.response(201, StaffMemberSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Create a staff member.

        A `sourced_id` that another staff member has is refused with 409, which names them.
        """
        made = staff.create(self.uow, sent)
        return self.created(made, StaffMemberSchema, "OneStaffMember")


@blp.route("/staff/lookup")
class StaffLookups(Resource):
    idempotency = "optional"  # it stores nothing

    @needs("staff:read", versioned=False)
    @blp.doc(operationId="look_up_staff")
    @blp.arguments(StaffLookup)
    @blp.response(200, StaffLookupAnswer)
    def post(self, sent: dict[str, Any]) -> Response:
        """Look staff up by the SIS's own ids.

        Up to 500 at once, found or not, in the order of asking. The ids stand in a body because
        addresses are written into logs.
        """
        known = staff.look_up(self.uow, sent["sourced_ids"])
        items = [
            {"sourced_id": id, "found": id in known, "staff_member": known.get(id)}
            for id in sent["sourced_ids"]
        ]
        return self.json(StaffLookupAnswer, {"items": items})


@blp.route("/staff/<uuid:id>")
class OneStaffMember(Resource):
    @needs("staff:read")
    @blp.doc(operationId="get_staff_member")
    @blp.response(200, StaffMemberSchema)
    def get(self, id: UUID) -> Response:
        """Get a staff member.

        With the roles and credentials that a report or a group shows for them.
        """
        return self.one(self.uow.read(StaffMember, id), StaffMemberSchema)

    @needs("staff:write")
    @blp.doc(operationId="update_staff_member")
    @blp.arguments(StaffMemberChange)
    @blp.response(200, StaffMemberSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a staff member.

        Staff are not deleted: who has left is not `active`, and what they did stays theirs.
        """
        member = self.changing(StaffMember, id)
        return self.updated(staff.change(self.uow, member, sent), StaffMemberSchema)
