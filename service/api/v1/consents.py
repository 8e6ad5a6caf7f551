"""Consents: what was asked of a parent, what they answered, and the efforts to reach them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.answers import Beside, OwedSchema, WarningSchema
from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
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
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.storage.cases import Case, Referral
from service.storage.notices import Consent, ConsentAttempt
from service.workflow import consents, deadlines

blp = Blueprint(
    "consents",
    "Consents",
    description="Consent is asked, answered and perhaps revoked; each kind is its own. The day "
    "the district received it starts the clock (34 CFR 300.9, 300.300, 300.301(c)).",
)

PURPOSES = {
    "initial_evaluation": "To evaluate for the first time (300.300(a)).",
    "initial_services": "To provide special education; never the same as consent to evaluate "
    "(300.300(b)).",
    "reevaluation": "To evaluate again (300.300(c)).",
}
ANSWERS = {"granted": "The parent consents.", "refused": "The parent does not consent."}
STANDS_IN = {
    "hearing_order": "A hearing officer ordered it (300.300(a)(3), (c)(1)).",
    "mediation_agreement": "It was agreed in mediation.",
    "parent_not_found": "The parent of a ward of the State cannot be found (300.300(a)(2)(i)).",
    "rights_terminated": "The rights of a ward's parents are terminated (300.300(a)(2)(ii)).",
}
STANDS_IN_SAID = (
    "What takes the place of a parent's own consent; null: it is theirs. Nothing does for services."
)
SIGNATURE_SAID = "How the person behind an electronic signature was identified (99.30(d))."
APPROVAL_SAID = "Whether an electronic signature shows their approval of what it says (99.30(d))."
FORMS = {
    "written": "Signed on paper.",
    "electronic": "Signed electronically, by a person who was identified (99.30(d)).",
    "oral": "Only spoken. It is recorded, and it is not yet consent (300.9).",
}
REVOKED = {
    "description": "How it was revoked. Consent to services is revoked in writing, and services "
    "go on until then (300.300(b)(4))."
}
SIGNED_AS = {
    "parent": "A parent, or whoever stands in a parent's place.",
    "adult_student": "The student, who has reached the age of majority (IDEA-MAJORITY).",
}
SIGNED_AS_SAID = "As what the signer signed; null: it is not said."
MODES = {
    "phone": "A call, made or attempted.",
    "letter": "A letter.",
    "email": "An e-mail.",
    "text_message": "A text message.",
    "visit": "A visit to the home or workplace.",
    "meeting": "A meeting.",
    "other": "Another way.",
}


class ConsentSchema(Schema):
    """A consent that was asked for, with its answer."""

    id = IdField(required=True)
    case_id = IdField(required=True)
    guardian_id = IdField(
        required=True, allow_none=True, metadata={"description": "Whose answer it is."}
    )
    purpose = Words(PURPOSES, required=True)
    requested_on = Day(required=True, allow_none=True)
    activity = Text(
        required=True,
        allow_none=True,
        max=20000,
        metadata={"description": "What is consented to, described to the parent (300.9(b))."},
    )
    language = Text(
        required=True, allow_none=True, metadata={"description": "In which it was explained."}
    )
    answer = Words(ANSWERS, required=True, allow_none=True)
    form = Words(FORMS, required=True, allow_none=True)
    signed_by = Text(required=True, allow_none=True)
    signed_as = Words(
        SIGNED_AS, required=True, allow_none=True, metadata={"description": SIGNED_AS_SAID}
    )
    signed_on = Day(required=True, allow_none=True)
    received_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "When the district received the answer: the clock's date."},
    )
    revoked_on = Day(required=True, allow_none=True)
    revocation_form = Words(FORMS, required=True, allow_none=True, metadata=REVOKED)
    stands_in = Words(
        STANDS_IN, required=True, allow_none=True, metadata={"description": STANDS_IN_SAID}
    )
    authenticated_by = Text(
        required=True, allow_none=True, metadata={"description": SIGNATURE_SAID}
    )
    approval_shown = Flag(required=True, allow_none=True, metadata={"description": APPROVAL_SAID})
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class ConsentRecordedSchema(ConsentSchema):
    """A consent as it is now stored, what is odd about it, and what its case owes by when."""

    warnings = Listed(Nested(WarningSchema), required=True)
    deadlines = Listed(
        Nested(OwedSchema),
        required=True,
        metadata={
            "description": "A clock runs from the day received, `provisional` until the notices "
            "that come first and the step are there."
        },
    )


class NewConsent(Schema):
    """A consent that was asked for. Everything but its purpose may come later."""

    purpose = Words(PURPOSES, required=True)
    guardian_id = IdField(allow_none=True)
    requested_on = Day(allow_none=True)
    activity = Text(
        allow_none=True,
        max=20000,
        metadata={"example": "Tests of reading, language and attention at school."},
    )
    language = Text(allow_none=True, max=35, metadata={"example": "en"})
    answer = Words(ANSWERS, allow_none=True)
    form = Words(FORMS, allow_none=True)
    signed_by = Text(allow_none=True, metadata={"example": "Dana Rivers"})
    signed_as = Words(SIGNED_AS, allow_none=True, metadata={"description": SIGNED_AS_SAID})
    signed_on = Day(allow_none=True)
    received_on = Day(
        allow_none=True, metadata={"description": "Required with an answer; never in the future."}
    )
    revoked_on = Day(allow_none=True)
    revocation_form = Words(FORMS, allow_none=True, metadata=REVOKED)
    stands_in = Words(STANDS_IN, allow_none=True, metadata={"description": STANDS_IN_SAID})
    authenticated_by = Text(
        allow_none=True,
        max=400,
        metadata={"description": SIGNATURE_SAID, "example": "Sign-in to the parent portal."},
    )
    approval_shown = Flag(allow_none=True, metadata={"description": APPROVAL_SAID})


class ConsentChange(Schema):
    """What to add to a consent. What is on record is set right by a correction instead."""

    guardian_id = IdField(allow_none=True)
    requested_on = Day(allow_none=True)
    activity = Text(
        allow_none=True,
        max=20000,
        metadata={"description": "With `language` and `form` free until there is an answer."},
    )
    language = Text(allow_none=True, max=35)
    answer = Words(ANSWERS, allow_none=True)
    form = Words(FORMS, allow_none=True)
    signed_by = Text(allow_none=True)
    signed_as = Words(SIGNED_AS, allow_none=True, metadata={"description": SIGNED_AS_SAID})
    signed_on = Day(allow_none=True)
    received_on = Day(allow_none=True)
    revoked_on = Day(allow_none=True)
    revocation_form = Words(FORMS, allow_none=True, metadata=REVOKED)
    stands_in = Words(STANDS_IN, allow_none=True, metadata={"description": STANDS_IN_SAID})
    authenticated_by = Text(
        allow_none=True,
        max=400,
        metadata={"description": SIGNATURE_SAID, "example": "Sign-in to the parent portal."},
    )
    approval_shown = Flag(allow_none=True, metadata={"description": APPROVAL_SAID})


class AttemptSchema(Schema):
    """One effort to reach a parent about a consent, with its result (300.322(d))."""

    id = IdField(required=True)
    consent_id = IdField(required=True)
    attempted_on = Day(required=True)
    mode = Words(MODES, required=True)
    result = Text(required=True, max=4000)
    staff_id = IdField(required=True, allow_none=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class NewAttempt(Schema):
    """An effort to log."""

    attempted_on = Day(required=True)
    mode = Words(MODES, required=True)
    result = Text(
        required=True, max=4000, metadata={"example": "No answer; left a message in Spanish."}
    )
    staff_id = IdField(allow_none=True, metadata={"description": "Who made it."})


class ConsentQuery(ListQuery):
    purpose = Words(PURPOSES)
    sort = Sort("id", metadata={"description": "By when it was recorded."})


class AttemptQuery(ListQuery):
    sort = Sort("id", metadata={"description": "By when it was logged."})


CONSENTS = Listing(
    model=Consent,
    schema=ConsentSchema,
    filters={"purpose": Consent.purpose},
    sorts={"id": Consent.id},
)
ATTEMPTS = Listing(model=ConsentAttempt, schema=AttemptSchema, sorts={"id": ConsentAttempt.id})


@blp.route("/cases/<uuid:case_id>/consents")
class CaseConsents(Resource):
    @needs("consents:read")
    @blp.arguments(ConsentQuery, location="query")
    @blp.response(200, page_of(ConsentSchema))
    def get(self, query: dict[str, Any], case_id: UUID) -> Response:
        """List a case's consents.

        Each kind apart, in the order they were recorded: asked for, answered, revoked.
        """
        self.uow.read(Case, case_id)
        return self.page(CONSENTS, query, case_id=case_id)

    @needs("consents:write")
    @blp.arguments(NewConsent)
    @blp.response(201, ConsentRecordedSchema)
    def post(self, sent: dict[str, Any], case_id: UUID) -> Response:
        """Record a consent.

        Recording is free: one that came before its notices, only by word of mouth, or from a
        guardian without rights is kept, and `warnings` say what is odd. Whether it lets the
        evaluation start is decided by that step (IDEA-CONSENT-DEF, IDEA-CONSENT-EVAL,
        IDEA-CONSENT-EVAL-NOT-SERVICES); the clock runs from the day received either way
        (IDEA-EVAL-CLOCK).
        """
        made = consents.record(self.uow, self.services.policies, case_id, sent)
        return self.created(_shown(made), ConsentRecordedSchema, "OneConsent")


@blp.route("/referrals/<uuid:referral_id>/consents")
class ReferralConsents(Resource):
    @needs("consents:read")
    @blp.arguments(ConsentQuery, location="query")
    @blp.response(200, page_of(ConsentSchema))
    def get(self, query: dict[str, Any], referral_id: UUID) -> Response:
        """List the consents of a referral's case.

        The same as in the case itself.
        """
        case_id = self.uow.read(Referral, referral_id).case_id
        return self.page(CONSENTS, query, case_id=case_id)

    @needs("consents:write")
    @blp.arguments(NewConsent)
    @blp.response(201, ConsentRecordedSchema)
    def post(self, sent: dict[str, Any], referral_id: UUID) -> Response:
        """Record a consent in a referral's case.

        The same as in the case itself.
        """
        case_id = self.uow.get(Referral, referral_id).case_id
        made = consents.record(self.uow, self.services.policies, case_id, sent)
        return self.created(_shown(made), ConsentRecordedSchema, "OneConsent")


@blp.route("/consents/<uuid:id>")
class OneConsent(Resource):
    @needs("consents:read")
    @blp.response(200, ConsentSchema)
    def get(self, id: UUID) -> Response:
        """Get a consent.

        What was asked for and what the parent answered; `received_on` is the day that starts the
        evaluation clock (34 CFR 300.301(c)(1)).
        """
        return self.one(self.uow.read(Consent, id), ConsentSchema)

    @needs("consents:write")
    @blp.arguments(ConsentChange)
    @blp.response(200, ConsentRecordedSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Add to a consent.

        An answer, a signature, a revocation: each is set once. A different value afterwards is
        refused with 422 and set right with `POST /v1/consents/{id}/corrections`.
        """
        consent = self.changing(Consent, id)
        made = consents.change(self.uow, self.services.policies, consent, sent)
        return self.updated(_shown(made), ConsentRecordedSchema)


@blp.route("/consents/<uuid:consent_id>/attempts")
class ConsentAttempts(Resource):
    @needs("consents:read")
    @blp.arguments(AttemptQuery, location="query")
    @blp.response(200, page_of(AttemptSchema))
    def get(self, query: dict[str, Any], consent_id: UUID) -> Response:
        """List the efforts to reach a parent about a consent.

        Calls, letters and visits with what came of them (34 CFR 300.300(d)(5), 300.322(d)), in the
        order they were logged.
        """
        self.uow.read(Consent, consent_id)
        return self.page(ATTEMPTS, query, consent_id=consent_id)

    @needs("consents:write")
    @blp.arguments(NewAttempt)
    @blp.response(201, AttemptSchema)
    def post(self, sent: dict[str, Any], consent_id: UUID) -> Response:
        """Log an effort to reach a parent about a consent.

        Without logged efforts a parent cannot be said not to have answered
        (IDEA-CONSENT-EFFORTS).
        """
        consent = self.uow.get(Consent, consent_id, lock=True)
        row = consents.attempt(self.uow, self.services.policies, consent, sent)
        return self.created(row, AttemptSchema, "OneConsentAttempt")


@blp.route("/consent-attempts/<uuid:id>")
class OneConsentAttempt(Resource):
    @needs("consents:read")
    @blp.response(200, AttemptSchema)
    def get(self, id: UUID) -> Response:
        """Get one logged effort.

        A call, a letter or a visit, with what came of it.
        """
        return self.one(self.uow.read(ConsentAttempt, id), AttemptSchema)


def _shown(made: consents.Recorded) -> Beside:
    return Beside(
        made.consent,
        warnings=list(made.warnings),
        deadlines=[deadlines.as_json(row) for row in made.deadlines],
    )


add_corrections(blp, "/consents", Consent, "consents")
