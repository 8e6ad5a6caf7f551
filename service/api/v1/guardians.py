"""Guardians of a student, with their educational rights."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    Day,
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
from service.api.plumbing.paging import Listing
from service.api.plumbing.people import email, language
from service.api.plumbing.resource import Resource
from service.storage.students import Guardian, Student
from service.workflow import guardians

blp = Blueprint(
    "guardians",
    "Guardians",
    description="Who stands in a parent's place (34 CFR 300.30), child by child, and whether "
    "they hold the rights of a parent.",
)

RELATIONSHIPS = {
    "parent": "A biological or adoptive parent.",
    "foster_parent": "A foster parent.",
    "guardian": "A guardian with authority over the child's education.",
    "relative": "A relative or another person with whom the child lives, in a parent's place.",
    "surrogate_parent": "A surrogate parent whom the agency appointed (34 CFR 300.519).",
    "court_appointed": "A person whom a judge named to consent to the initial evaluation of a ward "
    "(34 CFR 300.300(a)(2)(iii)).",
    "other": "Another person.",
}
RIGHTS = {
    "unknown": "Nobody has said. An imported guardian stands here until a person decides.",
    "confirmed": "They hold a parent's rights in education.",
    "restricted": "They do not: no notice, consent or packet goes to them.",
}
RIGHTS_NOTE_SAID = (
    "On what the rights rest: the order or agreement that restricts them (34 CFR 99.4), and who "
    "looked at it."
)

APPOINTED_SAID = "When a surrogate parent, or a person whom a judge named, was appointed."


class GuardianSchema(Schema):
    """A guardian of one student."""

    id = IdField(required=True)
    student_id = IdField(required=True)
    given_name = Text(required=True, metadata={"example": "Marta"})
    family_name = Text(required=True, metadata={"example": "Oliveira"})
    relationship = Words(RELATIONSHIPS, required=True)
    email = email(required=True, allow_none=True)
    phone = Text(required=True, allow_none=True, max=40)
    language = language(required=True, allow_none=True)
    educational_rights = Words(RIGHTS, required=True)
    rights_note = Text(
        required=True, allow_none=True, max=4000, metadata={"description": RIGHTS_NOTE_SAID}
    )
    appointed_on = Day(required=True, allow_none=True, metadata={"description": APPOINTED_SAID})
    sourced_id = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The SIS's own id (OneRoster `sourcedId`)."},
    )
    active = Flag(required=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewGuardian(Schema):
    """A guardian to record."""

    given_name = Text(required=True, metadata={"example": "Marta"})
    family_name = Text(required=True, metadata={"example": "Oliveira"})
    relationship = Words(RELATIONSHIPS)
    email = email(allow_none=True)
    phone = Text(allow_none=True, max=40)
    language = language(allow_none=True)
    educational_rights = Words(RIGHTS)
    rights_note = Text(allow_none=True, max=4000, metadata={"description": RIGHTS_NOTE_SAID})
    appointed_on = Day(allow_none=True, metadata={"description": APPOINTED_SAID})
    sourced_id = Text(allow_none=True)
    active = Flag()


class GuardianChange(Schema):
    """What to change about a guardian; members left out stay as they are."""

    given_name = Text()
    family_name = Text()
    relationship = Words(RELATIONSHIPS)
    email = email(allow_none=True)
    phone = Text(allow_none=True, max=40)
    language = language(allow_none=True)
    educational_rights = Words(RIGHTS)
    rights_note = Text(allow_none=True, max=4000, metadata={"description": RIGHTS_NOTE_SAID})
    appointed_on = Day(allow_none=True, metadata={"description": APPOINTED_SAID})
    sourced_id = Text(allow_none=True)
    active = Flag()


class GuardianQuery(ListQuery):
    active = TrueOrFalse(
        metadata={"description": "Only guardians who are active, or only those not."}
    )
    sort = Sort("family_name", "updated_at")


GUARDIANS = Listing(
    model=Guardian,
    schema=GuardianSchema,
    filters={"active": Guardian.active},
    sorts={"family_name": Guardian.family_name, "updated_at": Guardian.updated_at},
)


@blp.route("/students/<uuid:id>/guardians")
class Guardians(Resource):
    @needs("students:read")
    @blp.arguments(GuardianQuery, location="query")
    @blp.response(200, page_of(GuardianSchema))
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """List a student's guardians.

        Those whose rights are restricted are listed too, and say so.
        """
        self.uow.read(Student, id)
        return self.page(GUARDIANS, query, student_id=id)

    @needs("students:write")
    @blp.arguments(NewGuardian)
    @blp.response(201, GuardianSchema)
    def post(self, sent: dict[str, Any], id: UUID) -> Response:
        """Record a guardian of a student.

        Rights are held child by child: the same person with two children is two records.
        Rights are `unknown` unless said. A `sourced_id` that another guardian of this student
        has is refused with 409, which names them.
        """
        made = guardians.create(self.uow, self.services.policies, id, sent)
        return self.created(made, GuardianSchema, "OneGuardian")


@blp.route("/guardians/<uuid:id>")
class OneGuardian(Resource):
    @needs("students:read")
    @blp.response(200, GuardianSchema)
    def get(self, id: UUID) -> Response:
        """Get a guardian.

        With their educational rights: `unknown` until a person confirms or restricts them.
        """
        return self.one(self.uow.read(Guardian, id), GuardianSchema)

    @needs("students:write")
    @blp.arguments(GuardianChange)
    @blp.response(200, GuardianSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a guardian.

        Guardians are not deleted. To restrict rights keeps the record and everything it did,
        and from then on no notice goes to the person; a clock that runs from their consent is
        provisional.
        """
        guardian = self.changing(Guardian, id)
        changed = guardians.change(self.uow, self.services.policies, guardian, sent)
        return self.updated(changed, GuardianSchema)
