"""Eligibility determinations: IDEA and Section 504, two laws and two records."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
    CommaList,
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
    StoredDay,
    Text,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, before, since
from service.api.plumbing.related import the_case
from service.api.plumbing.resource import Resource
from service.api.plumbing.steps import add_steps
from service.domain.facts import ACHIEVEMENT_AREAS, FACTORS, METHODS
from service.domain.frameworks import FRAMEWORKS
from service.domain.lifecycles import DETERMINATION
from service.storage.cases import Case
from service.storage.determinations import EligibilityDetermination
from service.storage.unit_of_work import UnitOfWork
from service.workflow import determinations

blp = Blueprint(
    "eligibility_determinations",
    "Eligibility determinations",
    description="What a group decided under IDEA or Section 504. Neither is better than the "
    "other; the student's needs dictate which.",
)

OUTCOMES = {"eligible": "Eligible under this law.", "not_eligible": "Not eligible under this law."}
STATUSES = {
    "draft": "Being written; changes freely.",
    "final": "Decided; never changed.",
    "superseded": "Set right by a later final determination; kept.",
}


REASONS = (
    "The group's reasons as codes. Some are refused as grounds under Section 504: good grades "
    "(504-MLA), a measure that helps (504-MITIGATING), an impairment that is quiet now "
    "(504-EPISODIC), no diagnosis (504-DIAGNOSIS-NOT-REQUIRED)."
)


ROLE = (
    "As a staff member's role, or another: `parent`, `physician`, `preschool_teacher`, "
    "`reading_specialist`, `educational_diagnostician` and so on. For whom a state asks in a "
    "category, `GET /v1/policies/{jurisdiction}` tells under `required_roles`."
)
FACTOR = {
    code: {"description": f"{words[0].upper()}{words[1:]}."} for code, words in FACTORS.items()
}
FINDINGS = {
    "absent": "It is not there.",
    "not_primary": "It is there, and the findings are not primarily its result.",
    "primary": "The findings are primarily its result: no specific learning disability.",
}


class MemberSchema(Schema):
    """A member of the group that decides."""

    role = Text(required=True, max=60, metadata={"description": ROLE, "example": "teacher"})
    staff_id = IdField(allow_none=True)
    name = Text(allow_none=True)
    agrees = Flag(
        allow_none=True,
        metadata={"description": "Whether the report reflects the member's own conclusion."},
    )
    statement = Text(
        allow_none=True, max=20000, metadata={"description": "A dissent, in the member's words."}
    )


class SourceSchema(Schema):
    """A source of information that the group considered (300.306(c)(1))."""

    kind = Text(required=True, max=60, metadata={"example": "achievement_test"})
    source_document_id = IdField(allow_none=True)
    assessment_id = IdField(allow_none=True)
    considered = Text(
        allow_none=True,
        max=20000,
        metadata={"description": "What it showed and how it was weighed."},
    )


class NeedSchema(Schema):
    """One educational need, what was tried for it, and why it takes special education."""

    area = Text(required=True, max=80, metadata={"example": "reading fluency"})
    instruction_gave = Text(allow_none=True, max=20000)
    intervention_gave = Text(allow_none=True, max=20000)
    evidence = Listed(Text(max=2000))
    not_tried_because = Text(allow_none=True, max=20000)
    why_specially_designed = Text(allow_none=True, max=20000)


class DeterminantsSchema(Schema):
    """Whether each was the determinant factor (300.306(b)): true, false, or not yet answered."""

    reading = Flag(allow_none=True)
    math = Flag(allow_none=True)
    limited_english = Flag(allow_none=True)


class PreschoolSchema(Schema):
    """What a state asks of a finding about a preschool child: true, false, or not yet answered.

    Whether the need is due to a factor, and whether changes to the regular environment, at home or
    at school, would meet it (Cal. Educ. Code 56441.11(b); STATE-PRESCHOOL-CRITERIA).
    """

    unfamiliarity_with_english = Flag(allow_none=True)
    temporary_physical_disability = Flag(allow_none=True)
    social_maladjustment = Flag(allow_none=True)
    environmental_cultural_or_economic_factors = Flag(allow_none=True)
    regular_environment_suffices = Flag(allow_none=True)


class ExclusionSchema(Schema):
    """What the group found about one of the factors of 300.309(a)(3)."""

    finding = Words(FINDINGS, allow_none=True)
    effect = Text(
        allow_none=True,
        max=20000,
        metadata={"description": "Its effect on the child's achievement (300.311(a)(6))."},
    )


class ExclusionsSchema(Schema):
    """Each factor of which the findings may not primarily be the result (300.309(a)(3))."""

    visual_hearing_motor = Nested(ExclusionSchema, metadata=FACTOR["visual_hearing_motor"])
    intellectual_disability = Nested(ExclusionSchema, metadata=FACTOR["intellectual_disability"])
    emotional_disturbance = Nested(ExclusionSchema, metadata=FACTOR["emotional_disturbance"])
    cultural_factors = Nested(ExclusionSchema, metadata=FACTOR["cultural_factors"])
    environmental_or_economic_disadvantage = Nested(
        ExclusionSchema, metadata=FACTOR["environmental_or_economic_disadvantage"]
    )
    limited_english_proficiency = Nested(
        ExclusionSchema, metadata=FACTOR["limited_english_proficiency"]
    )


class RepeatedAssessmentSchema(Schema):
    """One assessment of progress during instruction (300.309(b)(2))."""

    assessed_on = StoredDay(required=True)
    measure = Text(required=True, max=200, metadata={"example": "Oral reading fluency"})
    result = Text(allow_none=True, max=2000, metadata={"example": "31 words correct a minute"})


class ResponseSchema(Schema):
    """Where the response to intervention was assessed: what the report says (300.311(a)(7))."""

    strategies_and_data = Text(
        allow_none=True,
        max=20000,
        metadata={"description": "The instructional strategies used and the data collected."},
    )
    told_of_data_and_services_on = StoredDay(
        allow_none=True,
        metadata={
            "description": "When the parents were told of the state's policies on the data that "
            "would be collected and the services that would be provided."
        },
    )
    told_of_strategies_on = StoredDay(
        allow_none=True,
        metadata={
            "description": "When they were told of strategies to increase the rate of learning."
        },
    )
    told_of_right_to_evaluation_on = StoredDay(
        allow_none=True,
        metadata={"description": "When they were told that they may request an evaluation."},
    )


class SldSchema(Schema):
    """The particulars of a specific learning disability (34 CFR 300.307-300.311)."""

    methods = Listed(Words(METHODS), metadata={"description": "By which of the state's criteria."})
    areas = Listed(
        Words(ACHIEVEMENT_AREAS),
        metadata={
            "description": "In which achievement is inadequate (300.309(a)(1)).",
            "example": ["basic_reading_skill", "reading_fluency"],
        },
    )
    insufficient_progress = Flag(
        allow_none=True,
        metadata={"description": "In a response to intervention (300.309(a)(2)(i))."},
    )
    strengths_and_weaknesses = Flag(
        allow_none=True, metadata={"description": "A relevant pattern of them (300.309(a)(2)(ii))."}
    )
    exclusions = Nested(ExclusionsSchema)
    appropriate_instruction = Flag(
        allow_none=True,
        metadata={
            "description": "Whether the data show appropriate instruction in regular education, by "
            "qualified personnel, before or as part of the referral (300.309(b)(1))."
        },
    )
    instruction = Text(allow_none=True, max=20000, metadata={"description": "What the data show."})
    intervention_ids = Listed(
        IdField(),
        metadata={"description": "Interventions whose progress measures are such assessments."},
    )
    assessments = Listed(
        Nested(RepeatedAssessmentSchema),
        metadata={"description": "Repeated assessments that are not in an intervention."},
    )
    assessments_shared_on = StoredDay(
        allow_none=True, metadata={"description": "When the parents were given all of these."}
    )
    observation_id = IdField(
        allow_none=True,
        metadata={"description": "The observation that the group decided to use (300.310)."},
    )
    relevant_behavior = Text(
        allow_none=True,
        max=20000,
        metadata={
            "description": "What was noted in it, and what that has to do with achievement "
            "(300.311(a)(3))."
        },
    )
    medical_findings = Text(
        allow_none=True,
        max=20000,
        metadata={"description": "Those that matter for learning, or that there are none."},
    )
    assurance = Flag(
        allow_none=True,
        metadata={
            "description": "That the determination was made in accordance with 300.306(c)(1)."
        },
    )
    response = Nested(ResponseSchema)


class MeasureSchema(Schema):
    """A mitigating measure; only ordinary glasses or lenses may be taken into account."""

    kind = Text(required=True, max=200, metadata={"example": "inhaler"})
    ordinary_lenses = Flag()


class DeterminationChange(Schema):
    """What to change in a draft; members left out stay as they are, lists are replaced whole."""

    outcome = Words(OUTCOMES, allow_none=True)
    decided_on = Day(
        allow_none=True,
        metadata={"description": "When the group decided; the day of finalizing if not said."},
    )
    supersedes_id = IdField(
        allow_none=True,
        metadata={
            "description": "The final determination of the same case and law that this one takes "
            "the place of."
        },
    )
    copy_given_to_parent_on = Day(
        allow_none=True,
        metadata={
            "description": "When the parent was given the documentation of the determination "
            "(300.306(a)(2)). Once, also after it is final; then by a correction."
        },
    )
    group = Listed(Nested(MemberSchema))
    parent_participated = Flag(allow_none=True)
    parent_invited_on = Day(allow_none=True)
    invitation_attempts = Int64(
        min=0, max=1000, metadata={"description": "Attempts to reach the parent, as logged."}
    )
    sources = Listed(Nested(SourceSchema))
    rationale = Text(allow_none=True, max=20000, metadata={"description": "In words."})
    reason_codes = Listed(Text(max=60), metadata={"description": REASONS})
    disability_present = Flag(
        allow_none=True, metadata={"description": "The first prong (300.8(a)(1))."}
    )
    category = Text(
        allow_none=True,
        max=16,
        metadata={"description": "Its code in the policy of the state.", "example": "OHI"},
    )
    needs_special_education = Flag(
        allow_none=True,
        metadata={"description": "The second prong: by reason of the disability (300.8(a)(1))."},
    )
    related_service_only = Flag(
        allow_none=True,
        metadata={"description": "Whether only a related service is needed (300.8(a)(2))."},
    )
    related_services = Listed(Text(max=60), metadata={"example": ["occupational_therapy"]})
    needs = Listed(Nested(NeedSchema))
    determinants = Nested(DeterminantsSchema)
    preschool = Nested(PreschoolSchema, allow_none=True)
    services_start_on = Day(
        allow_none=True, metadata={"description": "When services would start; it may be to come."}
    )
    sld = Nested(
        SldSchema,
        allow_none=True,
        metadata={
            "description": "Where a specific learning disability is in question; it is replaced as "
            "a whole. The statement of its basis (300.311(a)(2)) is `rationale`."
        },
    )
    impairment = Text(allow_none=True, max=2000, metadata={"example": "Asthma"})
    major_life_activities = Listed(Text(max=60), metadata={"example": ["breathing"]})
    substantially_limits = Flag(allow_none=True)
    mitigating_measures = Listed(Nested(MeasureSchema))
    limitation_judged_without_mitigation = Flag(
        allow_none=True, metadata={"description": "42 USC 12102(4)(E)."}
    )
    episodic = Flag(allow_none=True, metadata={"description": "Episodic or in remission."})
    judged_when_active = Flag(allow_none=True, metadata={"description": "42 USC 12102(4)(D)."})


class NewDetermination(DeterminationChange):
    """A determination to draft. Everything but the law may come later."""

    framework = Words(FRAMEWORKS, required=True)


class EligibilityDeterminationSchema(Schema):
    """An eligibility determination under one law."""

    id = IdField(required=True)
    case_id = IdField(required=True)
    framework = Words(FRAMEWORKS, required=True)
    status = Words(STATUSES, required=True)
    outcome = Words(OUTCOMES, required=True, allow_none=True)
    decided_on = Day(required=True, allow_none=True)
    copy_given_to_parent_on = Day(required=True, allow_none=True)
    supersedes_id = IdField(required=True, allow_none=True)
    group = Listed(Nested(MemberSchema), required=True)
    parent_participated = Flag(required=True, allow_none=True)
    parent_invited_on = Day(required=True, allow_none=True)
    invitation_attempts = Int64(required=True)
    sources = Listed(Nested(SourceSchema), required=True)
    rationale = Text(required=True, allow_none=True, max=20000)
    reason_codes = Listed(Text(max=60), required=True)
    disability_present = Flag(required=True, allow_none=True)
    category = Text(required=True, allow_none=True)
    needs_special_education = Flag(required=True, allow_none=True)
    related_service_only = Flag(required=True, allow_none=True)
    related_services = Listed(Text(max=60), required=True)
    needs = Listed(Nested(NeedSchema), required=True)
    determinants = Nested(DeterminantsSchema, required=True)
    services_start_on = Day(required=True, allow_none=True)
    sld = Nested(SldSchema, required=True, allow_none=True)
    preschool = Nested(PreschoolSchema, required=True, allow_none=True)
    impairment = Text(required=True, allow_none=True, max=2000)
    major_life_activities = Listed(Text(max=60), required=True)
    substantially_limits = Flag(required=True, allow_none=True)
    mitigating_measures = Listed(Nested(MeasureSchema), required=True)
    limitation_judged_without_mitigation = Flag(required=True, allow_none=True)
    episodic = Flag(required=True, allow_none=True)
    judged_when_active = Flag(required=True, allow_none=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
    case = the_case()


class DeterminationQuery(ListQuery):
    framework = Words(FRAMEWORKS)
    status = CommaList(Words(STATUSES), metadata={"description": "One, or several by commas."})
    outcome = Words(OUTCOMES)
    decided_since = Day(metadata={"description": "Decided on or after this day."})
    decided_before = Day(metadata={"description": "Decided before this day."})
    updated_since = Instant(metadata={"description": "Only those changed at or after this."})
    sort = Sort("decided_on", "id")


class CaseDeterminationQuery(ListQuery):
    sort = Sort("id")


DETERMINATIONS = Listing(
    model=EligibilityDetermination,
    schema=EligibilityDeterminationSchema,
    filters={
        "framework": EligibilityDetermination.framework,
        "status": EligibilityDetermination.status,
        "outcome": EligibilityDetermination.outcome,
        "updated_since": since(EligibilityDetermination.updated_at),
        "decided_since": since(EligibilityDetermination.decided_on),
        "decided_before": before(EligibilityDetermination.decided_on),
    },
    sorts={"decided_on": EligibilityDetermination.decided_on, "id": EligibilityDetermination.id},
)


@blp.route("/eligibility-determinations")
class EligibilityDeterminations(Resource):
    @needs("determinations:read")
    @blp.arguments(DeterminationQuery, location="query")
    @blp.response(200, page_of(EligibilityDeterminationSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List the district's eligibility determinations.

        By the day decided; drafts that have none come last. IDEA and Section 504 are two laws
        with two records: a student may have an answer under each.
        """
        return self.page(DETERMINATIONS, query)


@blp.route("/cases/<uuid:case_id>/eligibility-determinations")
class CaseEligibilityDeterminations(Resource):
    @needs("determinations:read")
    @blp.arguments(CaseDeterminationQuery, location="query")
    @blp.response(200, page_of(EligibilityDeterminationSchema))
    def get(self, query: dict[str, Any], case_id: UUID) -> Response:
        """List a case's eligibility determinations.

        Drafts, final ones, and those that a later one superseded.
        """
        self.uow.read(Case, case_id)
        return self.page(DETERMINATIONS, query, case_id=case_id)

    @needs("determinations:write")
    @blp.arguments(NewDetermination)
    @blp.response(201, EligibilityDeterminationSchema)
    def post(self, sent: dict[str, Any], case_id: UUID) -> Response:
        """Draft an eligibility determination.

        Drafting is free. The rules run at its step `finalize`: for IDEA the group
        (IDEA-ELIG-GROUP, POLICY-GROUP-ROLES), both prongs (IDEA-ELIG-TWO-PRONG), determinant
        factors (IDEA-ELIG-DETERMINANT), variety of sources (IDEA-ELIG-SOURCES,
        IDEA-PHYSICIAN-NOT-SOLE), the category (IDEA-DD, POLICY-COVERAGE, IDEA-NO-LABEL-NEEDED) and
        the particulars of a specific learning disability, `sld` (IDEA-SLD-GROUP,
        IDEA-SLD-CRITERIA, IDEA-SLD-ACHIEVE, IDEA-SLD-RTI-OR-PSW, IDEA-SLD-EXCLUDE,
        IDEA-SLD-INSTRUCTION, IDEA-SLD-REPEATED, IDEA-SLD-OBSERVE, IDEA-SLD-REPORT,
        IDEA-SLD-CERTIFY); for Section 504 the impairment (504-DEFINITION), the major life activity
        (504-MLA), and that it is judged without what helps and when active (504-MITIGATING,
        504-EPISODIC).
        """
        row = determinations.draft(self.uow, self.services.policies, case_id, sent)
        return self.created(row, EligibilityDeterminationSchema, "OneEligibilityDetermination")


@blp.route("/eligibility-determinations/<uuid:id>")
class OneEligibilityDetermination(Resource):
    @needs("determinations:read")
    @blp.response(200, EligibilityDeterminationSchema)
    def get(self, id: UUID) -> Response:
        """Get an eligibility determination.

        `GET …/steps/finalize` tells what keeps a draft from being made final.
        """
        row = self.uow.get(EligibilityDetermination, id)
        return self.one(row, EligibilityDeterminationSchema)

    @needs("determinations:write")
    @blp.arguments(DeterminationChange)
    @blp.response(200, EligibilityDeterminationSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a draft.

        A final determination is never changed, which is refused with 409: draft a new one that
        supersedes it. Only the day on which the parent was given a copy is added to it.
        """
        row = self.changing(EligibilityDetermination, id)
        determinations.change(self.uow, self.services.policies, row, sent)
        return self.updated(row, EligibilityDeterminationSchema)


def _load(uow: UnitOfWork, id: UUID) -> EligibilityDetermination:
    return uow.get(EligibilityDetermination, id, lock=uow.writes)


add_steps(
    blp,
    DETERMINATION,
    path="/eligibility-determinations/<uuid:id>",
    scope="determinations",
    load=_load,
    schema=EligibilityDeterminationSchema,
    by_a_person=("finalize",),
)
add_corrections(blp, "/eligibility-determinations", EligibilityDetermination, "determinations")
