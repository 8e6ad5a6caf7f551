"""Source documents: what arrived about a child, and the answer that is owed to it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.answers import (
    Beside,
    LetterQuery,
    LetterSchema,
    OwedSchema,
    WarningSchema,
)
from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.derived import derived
from service.api.plumbing.fields import (
    Day,
    IdField,
    Instant,
    Int64,
    Listed,
    ListQuery,
    Nested,
    Schema,
    Sort,
    Text,
    Words,
    page_of,
    refuse,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.domain.facts import CONSIDERED
from service.storage.contacts import SHA256, SourceDocument
from service.workflow import deadlines, letters, source_documents

blp = Blueprint(
    "source-documents",
    "Source documents",
    description="Documents that arrived: what they are, who gave them, their hash. A diagnosis "
    "or a prescription is information: it is considered and answered, it decides nothing by "
    "itself, and nothing ever waits for one.",
)

KINDS = {
    "medical_note": "A physician's note or diagnosis; wants an answer.",
    "prescription": "A prescription, of special education too; wants an answer.",
    "outside_evaluation": "An evaluation from outside the district; wants an answer.",
    "prior_records": "Records of another school or agency.",
    "screening": "The result of a screening.",
    "other": "Another document.",
}
PROVIDERS = {
    "parent": "A parent.",
    "student": "The student.",
    "physician": "A physician.",
    "other_professional": "Another professional outside the district.",
    "agency": "Another agency.",
    "school": "A school.",
    "other": "Somebody else; the default.",
}

ASKED = {
    "pointer": "",
    "code": "words_may_be_a_request",
    "message": "If anybody asked for anything with it, record their words with POST "
    "/v1/referrals: the words are a request, the document is not.",
}
OPENED = {
    "pointer": "/case_id",
    "code": "case_opened",
    "message": "The student had no open case, and this wants an answer: a case was opened for it.",
}


def _hash(**more: Any) -> Text:
    def check(value: str) -> None:
        if not re.fullmatch(SHA256, value):
            raise refuse("not_a_hash", "A SHA-256 is 64 hexadecimal digits.")

    told = {"description": "SHA-256 of the document, in hexadecimal.", "pattern": SHA256}
    return Text(max=64, validate=check, metadata=told, **more)


class SourceDocumentSchema(Schema):
    """A document that arrived. The document itself stays where the district keeps it."""

    id = IdField(required=True)
    student_id = IdField(required=True, allow_none=True)
    case_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "The case it is kept with, which owes the answer if one is owed."},
    )
    referral_id = IdField(required=True, allow_none=True)
    kind = Words(KINDS, required=True)
    title = Text(required=True, metadata={"example": "Note from the paediatrician"})
    provided_by = Words(PROVIDERS, required=True)
    received_on = Day(required=True)
    dated_on = Day(required=True, allow_none=True)
    media_type = Text(required=True, allow_none=True, max=127)
    size_bytes = Int64(required=True, allow_none=True)
    sha256 = Text(required=True, allow_none=True, max=64)
    location = Text(required=True, allow_none=True, max=2000)
    note = Text(required=True, allow_none=True, max=4000)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class ReceivedDocumentSchema(SourceDocumentSchema):
    """A document as it was received, and what is owed because of it."""

    deadlines = Listed(
        Nested(OwedSchema),
        required=True,
        metadata={"description": "The duties that this document opened."},
    )
    warnings = Listed(Nested(WarningSchema), required=True)


class SourceDocumentChange(Schema):
    """What to add to a document. Whose it is may be told once, where it was not known."""

    student_id = IdField(allow_none=True, metadata={"description": "Set once."})
    case_id = IdField(allow_none=True, metadata={"description": "Set once."})
    referral_id = IdField(allow_none=True, metadata={"description": "Set once."})
    kind = Words(KINDS, metadata={"description": "On record; set right by a correction."})
    received_on = Day(metadata={"description": "On record; set right by a correction."})
    sha256 = _hash(allow_none=True)
    title = Text(metadata={"example": "Note from the paediatrician"})
    provided_by = Words(PROVIDERS)
    dated_on = Day(
        allow_none=True, metadata={"description": "The day written on it.", "example": "2026-09-28"}
    )
    media_type = Text(allow_none=True, max=127, metadata={"example": "application/pdf"})
    size_bytes = Int64(allow_none=True, min=0)
    location = Text(
        allow_none=True,
        max=2000,
        metadata={"description": "Where the district keeps it.", "example": "records/2026/0412"},
    )
    note = Text(allow_none=True, max=4000)


class NewSourceDocument(SourceDocumentChange):
    """A document that arrived: of a student, of a case or with a referral."""

    student_id = IdField(allow_none=True)
    case_id = IdField(
        allow_none=True,
        metadata={
            "description": "Left out: the student's open case, else the last that was still open "
            "when it arrived."
        },
    )
    referral_id = IdField(
        allow_none=True, metadata={"description": "The referral that it came with."}
    )
    kind = Words(KINDS, required=True)
    title = Text(required=True, metadata={"example": "Note from the paediatrician"})
    received_on = Day(
        metadata={"description": "When it arrived; today when left out.", "example": "2026-10-02"}
    )


class SourceDocumentQuery(ListQuery):
    student_id = IdField()
    case_id = IdField()
    sort = Sort("id")


DOCUMENTS = Listing(
    model=SourceDocument,
    schema=SourceDocumentSchema,
    filters={"student_id": SourceDocument.student_id, "case_id": SourceDocument.case_id},
    sorts={"id": SourceDocument.id},
)


@blp.route("/source-documents")
class SourceDocuments(Resource):
    @needs("documents:read")
    @blp.arguments(SourceDocumentQuery, location="query")
    @blp.response(200, page_of(SourceDocumentSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List source documents.

        Those of a student or of a case, in the order they were recorded.
        """
        return self.page(DOCUMENTS, query)

    @needs("documents:write")
    @blp.arguments(NewSourceDocument)
    @blp.response(201, ReceivedDocumentSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Record a document that arrived.

        It gates nothing and starts no evaluation. A medical note, a prescription or an outside
        evaluation opens the duty to consider it and answer the parent
        (IDEA-PHYSICIAN-CONSIDER), listed in `deadlines`; where the student has no open case,
        one is opened to hold that duty. A contact with `answers_document_id` answers it.
        """
        made = source_documents.receive(self.uow, self.services.policies, sent)
        warnings = [OPENED] if made.opened else []
        if made.row.kind in CONSIDERED and made.row.referral_id is None:
            warnings.append(ASKED)
        shown = Beside(
            made.row,
            deadlines=[deadlines.as_json(row) for row in made.deadlines],
            warnings=warnings,
        )
        return self.created(shown, ReceivedDocumentSchema, "OneSourceDocument")


@blp.route("/source-documents/<uuid:id>")
class OneSourceDocument(Resource):
    @needs("documents:read")
    @blp.response(200, SourceDocumentSchema)
    def get(self, id: UUID) -> Response:
        """Get a source document.

        Its description and hash.
        """
        return self.one(self.uow.read(SourceDocument, id), SourceDocumentSchema)

    @needs("documents:write")
    @blp.arguments(SourceDocumentChange)
    @blp.response(200, SourceDocumentSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Add to a source document.

        Its kind, the day it arrived and its hash are set right by POST …/corrections.
        """
        row = self.changing(SourceDocument, id)
        source_documents.change(self.uow, self.services.policies, row, sent)
        return self.updated(row, SourceDocumentSchema)


@blp.route("/source-documents/<uuid:id>/answer")
class SourceDocumentAnswer(Resource):
    @needs("documents:read")
    @blp.doc(operationId="explain_source_document_to_parent")
    @blp.arguments(LetterQuery, location="query")
    @blp.response(200, LetterSchema)
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """Answer a medical document in plain language.

        What was received, what a physician's note does and does not do
        (IDEA-PHYSICIAN-CONSIDER, IDEA-PHYSICIAN-NOT-SOLE), what happens next, by when, and the
        parent's rights, in English or Spanish.
        """
        document = self.uow.read(SourceDocument, id)
        return derived(LetterSchema, letters.to_document(self.uow, document, query.get("language")))


add_corrections(
    blp, "/source-documents", SourceDocument, "documents", correct=source_documents.correct
)
