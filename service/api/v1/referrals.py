"""Referrals: receipts of words that may be a request. The door that turns nobody away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response
from marshmallow import fields

from service.api.plumbing.answers import (
    Beside,
    LetterQuery,
    LetterSchema,
    OwedSchema,
    WarningSchema,
)
from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import CorrectionSchema, add_corrections
from service.api.plumbing.derived import derived
from service.api.plumbing.fields import (
    AnyObject,
    CommaList,
    Day,
    ExpandQuery,
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
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, before, since
from service.api.plumbing.related import the_student
from service.api.plumbing.resource import Resource
from service.api.plumbing.shapes import FindingSchema
from service.domain.frameworks import FRAMEWORKS
from service.storage.cases import Referral
from service.workflow import deadlines, letters, referrals
from service.workflow.corrections import corrections_of

blp = Blueprint(
    "referrals",
    "Referrals",
    description="Every request for an evaluation and every concern, recorded the moment it "
    "arrives, whatever is missing. A referral is one receipt; its case is what the district "
    "does about it.",
)

REQUESTERS = {
    "parent": "A parent (34 CFR 300.30); what they ask is a request from its first moment.",
    "adult_student": "A student who holds the rights; as a parent.",
    "staff": "This district's own staff; the one requester the intervention rule looks at.",
    "other_public_agency": "Another public agency (300.301(b)).",
    "physician": "A physician. A referral or information, by the state's law; never a decision.",
    "other_professional": "Another professional outside the district.",
    "other": "Anybody else.",
    "unknown": "Nobody knows; taken as a parent.",
}
FORMS = {"written": "On paper or electronically.", "oral": "Spoken, and written down here."}


class ReferralSchema(Schema):
    """One receipt, with what was kept of it and warned about."""

    id = IdField(required=True)
    case_id = IdField(required=True, metadata={"description": "What the district does about it."})
    student_id = IdField(
        required=True, allow_none=True, metadata={"description": "Null until it is matched."}
    )
    requester = Words(REQUESTERS, required=True)
    requester_name = Text(required=True, allow_none=True, max=2000)
    requester_guardian_id = IdField(required=True, allow_none=True)
    requester_staff_id = IdField(required=True, allow_none=True)
    words = Text(
        required=True,
        allow_none=True,
        max=200000,
        metadata={"description": "What was asked, in their words."},
    )
    language = Text(required=True, allow_none=True, metadata={"example": "es-MX"})
    form = Words(FORMS, required=True)
    received_on = Day(
        required=True,
        metadata={"description": "The day it arrived. It drives the clocks; see corrections."},
    )
    received_by_staff_id = IdField(required=True, allow_none=True)
    recorded_at = Instant(required=True, metadata={"description": "When it was entered here."})
    documented_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "When an oral referral had been put in writing."},
    )
    suspected_areas = Listed(Text(max=2000), required=True, max=1000)
    frameworks = Listed(Words(FRAMEWORKS), required=True)
    from_screening = Flag(required=True)
    parent_informed = Flag(required=True, allow_none=True)
    suspicion_statement = Text(
        required=True,
        allow_none=True,
        max=20000,
        metadata={"description": "A staff member's own sentence that a disability is suspected."},
    )
    child_described = AnyObject(
        required=True,
        allow_none=True,
        metadata={"description": "Who is meant, while no student is matched."},
    )
    kept = AnyObject(
        required=True,
        metadata={"description": "What was sent and has no place of its own, as it was sent."},
    )
    warnings = Listed(Nested(WarningSchema), required=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
    student = the_student()


class ReferralDetailSchema(ReferralSchema):
    """A referral with every correction of it, oldest first."""

    corrections = Listed(Nested(CorrectionSchema), required=True, max=1000)


class ReferralCaseSchema(Schema):
    """The case of a referral, in short."""

    id = IdField(required=True)
    student_id = IdField(required=True, allow_none=True)
    status = Text(required=True, metadata={"example": "evaluation_requested"})
    frameworks = Listed(Words(FRAMEWORKS), required=True)
    champion_staff_id = IdField(required=True, allow_none=True)
    opened_on = Day(required=True)
    closed_on = Day(required=True, allow_none=True)
    version = Int64(required=True)


class NextSchema(Schema):
    """Where to go on."""

    steps = fields.String(
        required=True, metadata={"description": "What may be done now, and what stands in the way."}
    )
    case = fields.String(required=True)
    match = fields.String(
        allow_none=True,
        required=True,
        metadata={"description": "Where to say which student is meant; null once that is known."},
    )


class ReceiptSchema(ReferralSchema):
    """A referral as it was received, its case, what the rules of receipt say, what is owed.

    No finding here refuses anything: a receipt is kept whatever they say.
    """

    case = Nested(ReferralCaseSchema, required=True)
    findings = Listed(Nested(FindingSchema), required=True)
    deadlines = Listed(Nested(OwedSchema), required=True)
    next = Nested(NextSchema, required=True)


# What is sent ---------------------------------------------------------------------------


class SuspicionSent(Schema):
    """A staff member's own sentence that a disability is suspected now."""

    class Meta:
        unknown = ma.INCLUDE

    staff_id = Text(allow_none=True, blank=True, metadata={"description": "Whose sentence it is."})
    statement = Text(
        allow_none=True,
        blank=True,
        max=20000,
        metadata={"example": "I suspect a reading disability; he cannot segment sounds."},
    )


class IdentifierSent(Schema):
    """A student by a number that some system gave them."""

    class Meta:
        unknown = ma.INCLUDE

    system = Text(allow_none=True, blank=True, metadata={"example": "sourced_id"})
    value = Text(allow_none=True, blank=True, metadata={"example": "S-20417"})


class NewReferral(Schema):
    """Words that may be a request, as far as they are known. Nothing is required.

    Members not named here are kept as sent, with a warning. So are words and ids that mean
    nothing here. Only a wrong JSON type and a day that cannot be are refused.
    """

    class Meta:
        unknown = ma.INCLUDE

    requester = Text(
        allow_none=True,
        blank=True,
        metadata={
            "description": f"Who asks: {', '.join(f'`{word}`' for word in REQUESTERS)}. Any other "
            "word is kept, and the requester is `unknown`.",
            "example": "parent",
        },
    )
    requester_name = Text(allow_none=True, blank=True, max=2000)
    requester_guardian_id = Text(allow_none=True, blank=True)
    requester_staff_id = Text(allow_none=True, blank=True)
    words = Text(
        allow_none=True,
        blank=True,
        max=200000,
        metadata={"example": "I want my son tested. He is in third grade and cannot read."},
    )
    language = Text(allow_none=True, blank=True, metadata={"example": "en"})
    form = Text(
        allow_none=True,
        blank=True,
        metadata={"description": "`written` (taken when nothing is said) or `oral`."},
    )
    received_on = Day(
        allow_none=True,
        metadata={
            "description": "The day it arrived; the district's today when not said. Never in the "
            "future.",
            "example": "2026-09-10",
        },
    )
    received_by_staff_id = Text(allow_none=True, blank=True)
    documented_on = Day(allow_none=True)
    suspected_areas = Listed(
        Text(blank=True, max=2000), allow_none=True, max=1000, metadata={"example": ["reading"]}
    )
    frameworks = Listed(
        Text(blank=True),
        allow_none=True,
        metadata={"description": "`idea` (when none is said), `section_504`, or both."},
    )
    from_screening = Flag(allow_none=True)
    parent_informed = Flag(allow_none=True)
    suspicion = Nested(SuspicionSent, allow_none=True)
    student_id = Text(allow_none=True, blank=True)
    student_identifier = Nested(IdentifierSent, allow_none=True)
    child = AnyObject(
        allow_none=True,
        metadata={
            "description": "The child in words, when no id is known.",
            "example": {"name": "Sam Rivers", "grade": "3"},
        },
    )


class ReferralChange(Schema):
    """What to add to a referral. Facts of receipt are set right by a correction instead."""

    requester_name = Text(allow_none=True, max=2000)
    requester_guardian_id = IdField(allow_none=True)
    received_by_staff_id = IdField(allow_none=True)
    language = Text(allow_none=True, max=35)
    suspected_areas = Listed(Text(max=2000), max=1000)
    parent_informed = Flag(allow_none=True)
    documented_on = Day(allow_none=True, metadata={"description": "Once; then by a correction."})
    received_on = Day(metadata={"description": "A fact of receipt: only as it is on record."})
    requester = Words(REQUESTERS, metadata={"description": "A fact of receipt, as above."})
    form = Words(FORMS, metadata={"description": "A fact of receipt, as above."})
    words = Text(allow_none=True, max=200000, metadata={"description": "Once, as above."})


class Match(Schema):
    """Which student is meant."""

    student_id = IdField(required=True)


class ReferralQuery(ListQuery):
    case_id = IdField()
    student_id = IdField()
    requester = CommaList(Words(REQUESTERS), metadata={"description": "One, or several by commas."})
    received_since = Day(metadata={"description": "Received on or after this day."})
    received_before = Day(metadata={"description": "Received before this day."})
    updated_since = Instant(metadata={"description": "Only those changed at or after this."})
    sort = Sort("received_on", "updated_at")


REFERRALS = Listing(
    model=Referral,
    schema=ReferralSchema,
    filters={
        "case_id": Referral.case_id,
        "student_id": Referral.student_id,
        "requester": Referral.requester,
        "received_since": since(Referral.received_on),
        "received_before": before(Referral.received_on),
        "updated_since": since(Referral.updated_at),
    },
    sorts={"received_on": Referral.received_on, "updated_at": Referral.updated_at},
)

KNOWN = frozenset(NewReferral().fields)


@blp.route("/referrals")
class Referrals(Resource):
    idempotency = "optional"

    @needs("referrals:read")
    @blp.arguments(ReferralQuery, location="query")
    @blp.response(200, page_of(ReferralSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List referrals.

        Every receipt of the district, by the day received or by when it last changed.
        """
        return self.page(REFERRALS, query)

    @needs("referrals:write")
    @blp.arguments(NewReferral)
    @blp.response(201, ReceiptSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Receive a referral.

        It is recorded whatever is missing: no form, no intervention and no student has to be
        there (IDEA-CHILD-FIND, IDEA-REQUEST-NO-RTI-BLOCK). It joins the student's open case or
        opens one; a request (a parent's always is, IDEA-REQUEST-WHO) puts that case at
        `evaluation_requested` at once. What is not understood is kept with a warning. The
        `findings` of the rules of receipt advise and open duties (IDEA-REQUEST-DECIDE, IDEA-PSN,
        IDEA-PHYSICIAN-CONSIDER, IDEA-SCREENING-NOT-EVAL); they refuse nothing. An
        `Idempotency-Key` is welcome and not demanded. On 401, 429 and 503 keep the referral and
        send it again.
        """
        body = {name: value for name, value in sent.items() if name in KNOWN}
        body["kept"] = {name: value for name, value in sent.items() if name not in KNOWN}
        made = referrals.receive(self.uow, self.services.policies, body)
        return self.created(told(self, made), ReceiptSchema, "OneReferral")


@blp.route("/referrals/<uuid:id>")
class OneReferral(Resource):
    @needs("referrals:read")
    @blp.arguments(ExpandQuery, location="query")
    @blp.response(200, ReferralDetailSchema)
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """Get a referral, with its corrections.

        What was received, from whom and when, with every correction of it. What is done about it
        is its case, at `case_id`.
        """
        return self.one(
            self._detail(self.uow.get(Referral, id)),
            ReferralDetailSchema,
            expand=query.get("expand", ()),
        )

    @needs("referrals:write")
    @blp.arguments(ReferralChange)
    @blp.response(200, ReferralDetailSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Add to a referral.

        What was received, when, from whom and in which form is history: a different value is
        refused with 422 and set right with `POST /v1/referrals/{id}/corrections`.
        """
        referral = self.changing(Referral, id)
        referrals.change(self.uow, self.services.policies, referral, sent)
        return self.updated(self._detail(referral), ReferralDetailSchema)

    def _detail(self, referral: Referral) -> Beside:
        return Beside(referral, corrections=corrections_of(self.uow, referral.id))


@blp.route("/referrals/<uuid:id>/answer")
class ReferralAnswer(Resource):
    @needs("referrals:read")
    @blp.doc(operationId="explain_referral_to_parent")
    @blp.arguments(LetterQuery, location="query")
    @blp.response(200, LetterSchema)
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """Answer a parent's request in plain language.

        What was received, what happens next, by when, and their rights, in English or Spanish
        (IDEA-REQUEST-DECIDE, IDEA-REQUEST-NO-RTI-BLOCK). The written notice is still owed.
        """
        letter = letters.to_request(self.uow, self.uow.read(Referral, id), query.get("language"))
        return derived(LetterSchema, letter)


@blp.route("/referrals/<uuid:id>/match")
class ReferralMatch(Resource):
    @needs("referrals:write")
    @blp.doc(operationId="match_referral")
    @blp.arguments(Match)
    @blp.response(200, ReceiptSchema)
    def post(self, sent: dict[str, Any], id: UUID) -> Response:
        """Say which student a referral means.

        Its case becomes that student's, or everything in it joins the student's open case,
        whose status then is the further of the two. Every clock keeps the day received.
        """
        referral = self.uow.get(Referral, id, lock=True)
        self.match(referral, required=False)
        made = referrals.match(self.uow, self.services.policies, referral, sent["student_id"])
        answer = self.one(told(self, made), ReceiptSchema)
        answer.headers["Location"] = self.location("OneReferral", id=id)
        return answer


def told(resource: Resource, made: referrals.Receipt) -> Beside:
    """A referral with its case and everything that follows from its receipt."""
    referral, case = made.referral, made.case
    resource.uow.flush()
    return Beside(
        referral,
        case=case,
        findings=[finding.as_json() for finding in made.findings],
        deadlines=[deadlines.as_json(row) for row in made.deadlines],
        next={
            "steps": resource.location("cases.ReferralSteps", id=referral.id),
            "case": resource.location("cases.OneCase", id=case.id),
            "match": None
            if referral.student_id is not None
            else resource.location("ReferralMatch", id=referral.id),
        },
    )


add_corrections(blp, "/referrals", Referral, "referrals")
