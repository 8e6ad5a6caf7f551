"""Contacts with parents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
    AnyObject,
    Day,
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
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.storage.contacts import Contact
from service.workflow import contacts

blp = Blueprint(
    "contacts",
    "Contacts",
    description="Contacts with parents, as partners: their words, the concern restated, what "
    "is good about the student, their ideas and what became of each.",
)

MODES = {
    "phone": "By telephone.",
    "meeting": "In person, at school or elsewhere.",
    "video": "By video.",
    "email": "By e-mail.",
    "letter": "By letter.",
    "text_message": "By text message.",
    "visit": "By a visit to the family.",
    "other": "Otherwise.",
}


class IdeaSchema(Schema):
    """An idea of the parent's, and what became of it."""

    idea = Text(required=True, max=2000, metadata={"example": "Let him listen to the story first"})
    became = Text(
        allow_none=True,
        load_default=None,
        max=2000,
        metadata={"example": "Tried since Monday; it helps"},
    )


class ContactChange(Schema):
    """What to write of a contact; members left out stay as they are."""

    guardian_id = IdField(allow_none=True)
    staff_id = IdField(allow_none=True, metadata={"description": "Who of the school was in touch."})
    occurred_on = Day(metadata={"description": "On record; set right by a correction."})
    mode = Words(MODES)
    language = Text(
        allow_none=True,
        max=35,
        metadata={"description": "The language it was held in (BCP 47).", "example": "es"},
    )
    parent_words = Text(
        allow_none=True,
        max=20000,
        metadata={"description": "What the parent said, in their words."},
    )
    restatement = Text(
        allow_none=True,
        max=4000,
        metadata={"description": "The concern as the school restated it."},
    )
    restatement_confirmed = Flag(
        allow_none=True,
        metadata={"description": "Whether the parent said that this is what they meant."},
    )
    feeling_acknowledged = Text(allow_none=True, max=4000, metadata={"example": "Worried"})
    positives = Listed(
        Text(max=2000),
        max=50,
        metadata={"description": "What is good about the student.", "example": ["Kind to others"]},
    )
    ideas = Listed(Nested(IdeaSchema), max=50)
    help_asked_of = Listed(
        Text(max=60),
        max=20,
        metadata={
            "description": "Roles in the team whose help was asked.",
            "example": ["principal", "school_psychologist", "counselor"],
        },
    )
    follow_up = Text(allow_none=True, max=4000, metadata={"example": "Call again after the test"})
    follow_up_on = Day(
        allow_none=True,
        metadata={
            "description": "May lie ahead; the follow-up is due that day (`contact_follow_up`)."
        },
    )
    follows_up_id = IdField(
        allow_none=True,
        metadata={"description": "The earlier contact whose promise this one keeps."},
    )
    answers_document_id = IdField(
        allow_none=True,
        metadata={
            "description": "The source document that the parent had an answer about; meets the "
            "duty it opened (IDEA-PHYSICIAN-CONSIDER)."
        },
    )
    answers_referral_id = IdField(
        allow_none=True,
        metadata={
            "description": "The physician's referral that was answered; meets the duty it opened."
        },
    )


class NewContact(ContactChange):
    """A contact to log."""

    student_id = IdField(required=True)
    occurred_on = Day(
        required=True, metadata={"description": "Not after today.", "example": "2026-10-05"}
    )
    mode = Words(MODES, required=True)


class ContactSchema(Schema):
    """A logged contact with a parent."""

    id = IdField(required=True)
    student_id = IdField(required=True)
    guardian_id = IdField(required=True, allow_none=True)
    staff_id = IdField(required=True, allow_none=True)
    occurred_on = Day(required=True)
    mode = Words(MODES, required=True)
    language = Text(required=True, allow_none=True, max=35)
    parent_words = Text(required=True, allow_none=True, max=20000)
    restatement = Text(required=True, allow_none=True, max=4000)
    restatement_confirmed = Flag(required=True, allow_none=True)
    feeling_acknowledged = Text(required=True, allow_none=True, max=4000)
    positives = Listed(Text(max=2000), required=True, max=50)
    ideas = Listed(Nested(IdeaSchema), required=True, max=50)
    help_asked_of = Listed(Text(max=60), required=True, max=20)
    follow_up = Text(required=True, allow_none=True, max=4000)
    follow_up_on = Day(required=True, allow_none=True)
    follows_up_id = IdField(required=True, allow_none=True)
    suggests_request = Flag(
        required=True,
        metadata={
            "description": "Whether their words may ask for an evaluation: a hint for people, in "
            "English and Spanish. False says nothing; a parent needs no particular words."
        },
    )
    answers_document_id = IdField(required=True, allow_none=True)
    answers_referral_id = IdField(required=True, allow_none=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class OfferSchema(Schema):
    """A call that would record the request. Nobody has to make it, and nothing is decided."""

    method = Text(required=True, metadata={"example": "POST"})
    path = Text(required=True, metadata={"example": "/v1/referrals"})
    body = AnyObject(required=True)


class RequestSuggestedSchema(Schema):
    """Why the words suggest a request for an evaluation, and the offer to record one."""

    words = Listed(
        Text(max=2000),
        required=True,
        max=1000,
        metadata={"description": "The words that suggest it, as said.", "example": ["tested"]},
    )
    offer = Nested(OfferSchema, required=True)


class ContactDetailSchema(ContactSchema):
    """A logged contact, with the offer to record a request where the words suggest one."""

    request_suggested = Nested(
        RequestSuggestedSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null when nothing in the words suggests a request."},
    )


class ContactQuery(ListQuery):
    student_id = IdField()
    suggests_request = TrueOrFalse(
        metadata={"description": "Only those whose words may be a request, or only the others."}
    )
    sort = Sort("id", "occurred_on")


CONTACTS = Listing(
    model=Contact,
    schema=ContactSchema,
    filters={
        "student_id": Contact.student_id,
        "suggests_request": Contact.suggests_request,
    },
    sorts={"id": Contact.id, "occurred_on": Contact.occurred_on},
)

WRITTEN = frozenset({"email", "letter", "text_message"})
"""Modes of which something written is left."""


def _detail(row: Contact) -> Beside:
    """A contact with what its words suggest. The offer is only a call that could be made."""
    suggested = None
    words = contacts.words_that_ask(row)
    if words:
        body = {
            "requester": "parent",
            "student_id": row.student_id,
            "requester_guardian_id": row.guardian_id,
            "received_on": row.occurred_on,
            "form": "written" if row.mode in WRITTEN else "oral",
            "words": row.parent_words or row.restatement,
        }
        said = {name: str(value) for name, value in body.items() if value is not None}
        offer = {"method": "POST", "path": "/v1/referrals", "body": said}
        suggested = {"words": words, "offer": offer}
    return Beside(row, request_suggested=suggested)


@blp.route("/contacts")
class Contacts(Resource):
    @needs("contacts:read")
    @blp.arguments(ContactQuery, location="query")
    @blp.response(200, page_of(ContactSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List contacts.

        Those about one student, or all, in the order they were recorded.
        """
        return self.page(CONTACTS, query)

    @needs("contacts:write")
    @blp.arguments(NewContact)
    @blp.response(201, ContactDetailSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Log a contact.

        One that names what it answers meets the duty to answer (IDEA-PHYSICIAN-CONSIDER) on
        the day it occurred. A parent's words that may be a request belong into a referral too:
        where they suggest one, the answer says so and offers the call that records it. It never
        decides; without a request or a decision the child is flagged (IDEA-CHILD-FIND-SUSPECT).
        """
        row = contacts.record(self.uow, self.services.policies, sent)
        return self.created(_detail(row), ContactDetailSchema, "OneContact")


@blp.route("/contacts/<uuid:id>")
class OneContact(Resource):
    @needs("contacts:read")
    @blp.response(200, ContactDetailSchema)
    def get(self, id: UUID) -> Response:
        """Get a contact.

        Everything that was written of it.
        """
        return self.one(_detail(self.uow.read(Contact, id)), ContactDetailSchema)

    @needs("contacts:write")
    @blp.arguments(ContactChange)
    @blp.response(200, ContactDetailSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a contact.

        What became of an idea is often known later. The day is set right by POST …/corrections;
        the journal keeps what was written before.
        """
        row = self.changing(Contact, id)
        contacts.change(self.uow, self.services.policies, row, sent)
        return self.updated(_detail(row), ContactDetailSchema)


add_corrections(blp, "/contacts", Contact, "contacts", correct=contacts.correct)
