"""Notices to parents: drafted freely, issued with all their contents, never changed after."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
    CommaList,
    Day,
    IdField,
    Instant,
    Int64,
    ListQuery,
    Nested,
    Schema,
    Sort,
    Text,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.api.plumbing.steps import StepDetails, add_steps
from service.domain.lifecycles import NOTICE
from service.storage.cases import Case, Referral
from service.storage.notices import Notice
from service.storage.unit_of_work import UnitOfWork
from service.workflow import notices

blp = Blueprint(
    "notices",
    "Notices",
    description="Prior written notice, procedural safeguards and Section 504 rights: what a "
    "parent is told, and when (34 CFR 300.503, 300.504, 104.36).",
)

KINDS = {
    "prior_written_notice": "The district proposes or refuses something (300.503).",
    "procedural_safeguards": "The parent's rights under IDEA (300.504).",
    "section_504_rights": "The parent's rights under Section 504 (104.36).",
}
STATUSES = {
    "draft": "Being written; changes freely.",
    "issued": "Given to the parent; never changed.",
}
DECISIONS = {"propose": "The district proposes it.", "refuse": "The district refuses it."}
CONCERNING = {
    "identification": "Whether the child has a disability under the law.",
    "evaluation": "Whether the child is evaluated.",
    "placement": "Where the child is taught.",
    "fape": "The child's free appropriate public education.",
}
LONG = 20000

ORALLY = "When it was translated orally for the parent; also set after it was issued (300.503(c))."
EVIDENCE = "The written evidence that it was translated and that the parent understood it."
NOT_FEASIBLE = "Why the parent's own language clearly is not feasible (300.503(c)(1)(ii))."


class ContentsSchema(Schema):
    """The seven contents of a prior written notice (34 CFR 300.503(b)(1)-(7))."""

    action = Text(
        allow_none=True,
        max=LONG,
        blank=True,
        metadata={
            "description": "The action proposed or refused (b)(1).",
            "example": "We propose to evaluate Sam.",
        },
    )
    reason = Text(
        allow_none=True,
        max=LONG,
        blank=True,
        metadata={
            "description": "Why the district proposes or refuses it (b)(2).",
            "example": "Eight weeks of support brought too little.",
        },
    )
    basis = Text(
        allow_none=True,
        max=LONG,
        blank=True,
        metadata={
            "description": "Each evaluation procedure, assessment, record or report used (b)(3).",
            "example": "The record of the support, his classwork, and the reading screener.",
        },
    )
    safeguards_statement = Text(
        allow_none=True,
        max=LONG,
        blank=True,
        metadata={
            "description": "That the parent has procedural safeguards, and how to get them (b)(4).",
            "example": "You have procedural safeguards; a copy comes with this notice.",
        },
    )
    sources_of_help = Text(
        allow_none=True,
        max=LONG,
        blank=True,
        metadata={
            "description": "Whom the parent may ask to understand this (b)(5).",
            "example": "The parent centre of your state: help@example.org.",
        },
    )
    options_considered = Text(
        allow_none=True,
        max=LONG,
        blank=True,
        metadata={
            "description": "Other options considered, and why they were rejected (b)(6).",
            "example": "More classroom support alone; rejected because it was not enough.",
        },
    )
    other_factors = Text(
        allow_none=True,
        max=LONG,
        blank=True,
        metadata={
            "description": "Other factors that matter (b)(7); say so if there are none.",
            "example": "There are none.",
        },
    )


class NoticeSchema(Schema):
    """A notice."""

    id = IdField(required=True)
    case_id = IdField(required=True)
    kind = Words(KINDS, required=True)
    status = Words(STATUSES, required=True)
    decision = Words(DECISIONS, required=True, allow_none=True)
    concerning = Words(CONCERNING, required=True, allow_none=True)
    contents = Nested(ContentsSchema, required=True)
    language = Text(required=True, allow_none=True, metadata={"example": "es"})
    guardian_id = IdField(
        required=True, allow_none=True, metadata={"description": "To whom; null for all of them."}
    )
    delivery = Text(required=True, allow_none=True, metadata={"example": "letter"})
    issued_on = Day(required=True, allow_none=True)
    translated_orally_on = Day(required=True, allow_none=True, metadata={"description": ORALLY})
    translation_evidence = Text(
        required=True, allow_none=True, max=4000, metadata={"description": EVIDENCE}
    )
    not_feasible_because = Text(
        required=True, allow_none=True, max=4000, metadata={"description": NOT_FEASIBLE}
    )
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewNotice(Schema):
    """A notice to draft. Everything but its kind may come later."""

    kind = Words(KINDS, required=True)
    decision = Words(DECISIONS, allow_none=True)
    concerning = Words(CONCERNING, allow_none=True)
    contents = Nested(ContentsSchema)
    language = Text(allow_none=True, max=35, metadata={"example": "es"})
    guardian_id = IdField(allow_none=True)
    delivery = Text(allow_none=True, max=40, metadata={"example": "letter"})
    translated_orally_on = Day(allow_none=True, metadata={"description": ORALLY})
    translation_evidence = Text(allow_none=True, max=4000, metadata={"description": EVIDENCE})
    not_feasible_because = Text(allow_none=True, max=4000, metadata={"description": NOT_FEASIBLE})


class NoticeChange(Schema):
    """What to change in a draft; members left out stay as they are."""

    decision = Words(DECISIONS, allow_none=True)
    concerning = Words(CONCERNING, allow_none=True)
    contents = Nested(
        ContentsSchema, metadata={"description": "Member by member; null takes one away."}
    )
    language = Text(allow_none=True, max=35)
    guardian_id = IdField(allow_none=True)
    delivery = Text(allow_none=True, max=40)
    translated_orally_on = Day(allow_none=True, metadata={"description": ORALLY})
    translation_evidence = Text(allow_none=True, max=4000, metadata={"description": EVIDENCE})
    not_feasible_because = Text(allow_none=True, max=4000, metadata={"description": NOT_FEASIBLE})


class IssueDetails(StepDetails):
    """When and how the notice was given; today and as drafted when not said."""

    issued_on = Day(metadata={"description": "Never in the future."})
    delivery = Text(max=40, metadata={"example": "letter"})


class NoticeQuery(ListQuery):
    kind = CommaList(Words(KINDS), metadata={"description": "One, or several by commas."})
    status = Words(STATUSES)
    sort = Sort("id", metadata={"description": "By when it was drafted."})


NOTICES = Listing(
    model=Notice,
    schema=NoticeSchema,
    filters={"kind": Notice.kind, "status": Notice.status},
    sorts={"id": Notice.id},
)


@blp.route("/cases/<uuid:case_id>/notices")
class CaseNotices(Resource):
    @needs("notices:read")
    @blp.arguments(NoticeQuery, location="query")
    @blp.response(200, page_of(NoticeSchema))
    def get(self, query: dict[str, Any], case_id: UUID) -> Response:
        """List a case's notices.

        In the order they were drafted, those that were issued among them.
        """
        self.uow.read(Case, case_id)
        return self.page(NOTICES, query, case_id=case_id)

    @needs("notices:write")
    @blp.arguments(NewNotice)
    @blp.response(201, NoticeSchema)
    def post(self, sent: dict[str, Any], case_id: UUID) -> Response:
        """Draft a notice.

        Drafting is free; its contents are checked when it is issued (IDEA-PWN-CONTENT). It
        cannot be addressed to a guardian whose educational rights are restricted.
        """
        notice = notices.draft(self.uow, case_id, sent)
        return self.created(notice, NoticeSchema, "OneNotice")


@blp.route("/referrals/<uuid:referral_id>/notices")
class ReferralNotices(Resource):
    @needs("notices:read")
    @blp.arguments(NoticeQuery, location="query")
    @blp.response(200, page_of(NoticeSchema))
    def get(self, query: dict[str, Any], referral_id: UUID) -> Response:
        """List the notices of a referral's case.

        The same as in the case itself.
        """
        case_id = self.uow.read(Referral, referral_id).case_id
        return self.page(NOTICES, query, case_id=case_id)

    @needs("notices:write")
    @blp.arguments(NewNotice)
    @blp.response(201, NoticeSchema)
    def post(self, sent: dict[str, Any], referral_id: UUID) -> Response:
        """Draft a notice in a referral's case.

        The same as in the case itself.
        """
        case_id = self.uow.get(Referral, referral_id).case_id
        notice = notices.draft(self.uow, case_id, sent)
        return self.created(notice, NoticeSchema, "OneNotice")


@blp.route("/notices/<uuid:id>")
class OneNotice(Resource):
    @needs("notices:read")
    @blp.response(200, NoticeSchema)
    def get(self, id: UUID) -> Response:
        """Get a notice.

        With its seven contents, when it is a prior written notice (34 CFR 300.503(b)).
        """
        return self.one(self.uow.read(Notice, id), NoticeSchema)

    @needs("notices:write")
    @blp.arguments(NoticeChange)
    @blp.response(200, NoticeSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a draft.

        An issued notice is refused with 409: draft a new one. Its date of issue is set right
        with `POST /v1/notices/{id}/corrections`. Only how it was translated for the parent may
        still be told of it, and meets the duty of IDEA-PWN-LANGUAGE.
        """
        notice = self.changing(Notice, id)
        notices.change(self.uow, self.services.policies, notice, sent)
        return self.updated(notice, NoticeSchema)


def _load(uow: UnitOfWork, id: UUID) -> Notice:
    return uow.get(Notice, id, lock=uow.writes)


add_steps(
    blp,
    NOTICE,
    path="/notices/<uuid:id>",
    scope="notices",
    load=_load,
    schema=NoticeSchema,
    details={"issue": IssueDetails},
)
add_corrections(blp, "/notices", Notice, "notices")
