"""Plans: IEPs, Section 504 plans and services plans, version by version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.corrections import add_corrections
from service.api.plumbing.fields import (
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
from service.api.plumbing.related import the_school, the_staff_member, the_student
from service.api.plumbing.resource import Resource
from service.api.plumbing.steps import StepDetails, add_steps
from service.domain.lifecycles import PLAN
from service.storage.cases import Case
from service.storage.plans import Plan
from service.storage.unit_of_work import UnitOfWork
from service.workflow import plans

blp = Blueprint(
    "plans",
    "Plans",
    description="What a student gets: an IEP under IDEA, a plan under Section 504, or a services "
    "plan in a private school. A version that was offered is never changed; another takes its "
    "place.",
)

KINDS = {
    "iep": "An individualized education program (300.320), with specially designed instruction.",
    "section_504": "A plan of aids and services under Section 504 (104.33).",
    "services_plan": "For a student whom the parents placed in a private school (300.138).",
}
STATUSES = {
    "draft": "Being written; changes freely.",
    "offered": "Given to the parent.",
    "in_effect": "In effect; one of a kind for a student.",
    "replaced": "A later version took its place; kept.",
    "ended": "The student left it; `end_reason` says why.",
    "withdrawn": "Taken back before it took effect.",
}
OCCASIONS = {
    "initial": "The first version.",
    "review": "The whole plan was reviewed (300.324(b)); the next year begins with its meeting.",
    "amendment": "Changed between two reviews (300.324(a)(4), (6)); the review stays due.",
}
END_REASONS = {
    "regular_diploma": "A regular high school diploma. A summary of performance is owed.",
    "ged_or_certificate": "Refused: no regular diploma, and the right goes on (300.102(a)(3)).",
    "aged_out": "The age at which services end. A summary of performance is owed.",
    "dismissed": "No longer eligible, after an evaluation (300.305(e)(1)).",
    "consent_revoked": "The parent revoked consent in writing, and had notice (300.300(b)(4)).",
    "moved": "Moved to another district.",
    "dropped_out": "Left school for good, without a diploma.",
    "died": "Died.",
    "other_plan": "A plan of another kind takes its place.",
}
WITHDRAW_REASONS = {
    "services_refused": "The parent refused the first services, or did not answer (300.300(b)(3)).",
    "no_plan_needed": "Section 504 only: the student is protected, and needs no aids.",
    "other": "Another; say it in words.",
}
SETTINGS = {
    "pull_out": "Out of the regular class, in a small group or alone.",
    "push_in": "In the regular class, by a special educator who comes in.",
    "co_taught": "In the regular class, by two teachers together.",
    "consultation": "To the student's teachers, not to the student.",
    "separate_class": "In a separate class.",
    "separate_school": "In a separate school or residential facility.",
    "home_or_hospital": "At home or in a hospital.",
    "community": "In the community or at work.",
    "other": "Elsewhere.",
}
PER = {
    "day": "A day.",
    "week": "A week.",
    "month": "A month.",
    "quarter": "A quarter.",
    "semester": "A semester.",
    "year": "A year.",
}
LONG = 20000


class TeamMemberSchema(Schema):
    """Somebody at the meeting; who fills several roles stands here once for each."""

    role = Text(required=True, max=60, metadata={"example": "special_educator"})
    staff_id = IdField(allow_none=True)
    name = Text(allow_none=True, metadata={"example": "Lee Park"})
    interprets_results = Flag(
        metadata={"description": "Can say what the evaluation means for instruction."}
    )


class ExcusalSchema(Schema):
    """A member who need not attend (300.321(e))."""

    role = Text(required=True, max=60, metadata={"example": "teacher"})
    area_discussed = Flag(
        allow_none=True, metadata={"description": "Whether the meeting spoke of their area."}
    )
    parent_agreed_on = Day(
        allow_none=True,
        metadata={"description": "Agreed in writing; consented, when the area was discussed."},
    )
    input_given_on = Day(
        allow_none=True, metadata={"description": "Their written input, to parent and team."}
    )


class GoalSchema(Schema):
    """A measurable annual goal."""

    area = Text(allow_none=True, max=80, metadata={"example": "reading fluency"})
    goal = Text(
        required=True,
        max=LONG,
        metadata={"example": "Reads 70 words a minute of a third-grade text by November."},
    )
    measured_by = Text(allow_none=True, max=2000, metadata={"example": "A weekly probe."})
    objectives = Listed(
        Text(max=2000),
        metadata={"description": "For a student who takes alternate assessments."},
    )


class ServiceLineSchema(Schema):
    """What is provided: where, by whom, how long and how often, from when until when."""

    area = Text(required=True, max=80, metadata={"example": "reading"})
    setting = Words(SETTINGS, allow_none=True)
    provider_role = Text(allow_none=True, max=60, metadata={"example": "special_educator"})
    provider_staff_id = IdField(allow_none=True)
    minutes = Int64(
        allow_none=True,
        min=1,
        max=1440,
        metadata={"description": "Of each session.", "example": 30},
    )
    sessions = Int64(
        allow_none=True, min=1, max=1000, metadata={"description": "How many.", "example": 5}
    )
    per = Words(PER, allow_none=True, metadata={"example": "week"})
    starts_on = Day(allow_none=True, metadata={"description": "It may be to come."})
    ends_on = Day(allow_none=True)


class PlanChange(Schema):
    """What to change; members left out stay as they are, lists are replaced whole."""

    determination_id = IdField(
        allow_none=True,
        metadata={"description": "The finding it rests on; the case's own when not said."},
    )
    case_manager_staff_id = IdField(
        allow_none=True, metadata={"description": "Who sees to it: the owner of its deadlines."}
    )
    school_id = IdField(
        allow_none=True, metadata={"description": "The student's school when not said."}
    )
    next_review_on = Day(
        allow_none=True,
        metadata={
            "description": "When the team means to review it. An IEP that takes effect without "
            "one gets the last day that is lawful, a year after its meeting."
        },
    )
    reevaluation_on = Day(
        allow_none=True,
        metadata={"description": "When the district means to re-evaluate (504-REEVAL)."},
    )
    reevaluation_waived_on = Day(
        allow_none=True,
        metadata={
            "description": "When parent and district agreed that the re-evaluation due is "
            "unnecessary (IDEA-REEVAL-3Y); the next one is counted from this day. Where a state "
            "knows no such agreement it changes nothing."
        },
    )
    majority_notice_on = Day(
        allow_none=True,
        metadata={"description": "When the student was told of the rights that pass to them."},
    )
    summary_given_on = Day(
        allow_none=True,
        metadata={"description": "When the student got the summary of performance (300.305(e))."},
    )
    meeting_held_on = Day(allow_none=True, metadata={"description": "Set once; then corrected."})
    agreed_without_meeting_on = Day(
        allow_none=True,
        metadata={
            "description": "When parent and district agreed in writing to amend it without a "
            "meeting (300.324(a)(4))."
        },
    )
    attendees = Listed(Nested(TeamMemberSchema), max=60)
    excusals = Listed(Nested(ExcusalSchema), max=20)
    parent_invited_on = Day(allow_none=True)
    invitation_attempts = Int64(
        min=0, max=1000, metadata={"description": "Attempts to reach the parent, as logged."}
    )
    student_invited_on = Day(
        allow_none=True, metadata={"description": "Since transition is discussed (300.321(b))."}
    )
    present_levels = Text(allow_none=True, max=LONG)
    goals = Listed(Nested(GoalSchema))
    progress_measured = Text(allow_none=True, max=LONG)
    progress_reported = Text(
        allow_none=True, max=LONG, metadata={"example": "With each report card."}
    )
    services = Listed(
        Nested(ServiceLineSchema), metadata={"description": "Specially designed instruction."}
    )
    related_services = Listed(
        Nested(ServiceLineSchema),
        metadata={"description": "`area` is the service, such as `occupational_therapy`."},
    )
    supplementary_aids = Listed(Text(max=2000))
    accommodations = Listed(Text(max=2000), metadata={"example": ["Extended time on tests"]})
    modifications = Listed(Text(max=2000))
    participation = Text(
        allow_none=True,
        max=LONG,
        metadata={"description": "How far the student does not take part with nondisabled peers."},
    )
    assessment_accommodations = Listed(
        Text(max=2000), metadata={"description": "In state and district-wide assessments."}
    )
    alternate_assessment = Flag(allow_none=True)
    alternate_assessment_why = Text(allow_none=True, max=LONG)
    transition_goals = Listed(Text(max=2000))
    transition_services = Listed(Text(max=2000))


class NewPlan(PlanChange):
    """A plan to draft. Everything but its kind may come later."""

    kind = Words(KINDS, required=True)
    amends_id = IdField(
        allow_none=True,
        metadata={
            "description": "The plan in effect that it is to take the place of, when another "
            "case of the student produced that one."
        },
    )
    occasion = Words(
        OCCASIONS,
        metadata={"description": "`initial`, or with `amends_id` `amendment`, when not said."},
    )


class NewVersion(PlanChange):
    """What a new version changes; everything else is as in the one that is in effect."""

    occasion = Words(("review", "amendment"), required=True)


class PlanSchema(Schema):
    """One version of a plan, without what it says."""

    id = IdField(required=True)
    student_id = IdField(required=True)
    case_id = IdField(required=True, metadata={"description": "The case that produced it."})
    determination_id = IdField(required=True, allow_none=True)
    kind = Words(KINDS, required=True)
    status = Words(STATUSES, required=True)
    number = Int64(required=True, metadata={"description": "Which version it is, from 1."})
    occasion = Words(OCCASIONS, required=True)
    original_id = IdField(
        required=True, metadata={"description": "The first version: the same for all of a plan."}
    )
    amends_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "The version that it takes the place of."},
    )
    case_manager_staff_id = IdField(required=True, allow_none=True)
    school_id = IdField(required=True, allow_none=True)
    meeting_held_on = Day(required=True, allow_none=True)
    agreed_without_meeting_on = Day(required=True, allow_none=True)
    offered_on = Day(required=True, allow_none=True)
    in_effect_on = Day(required=True, allow_none=True)
    ended_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "When it ended, was withdrawn, or made way for a later version."},
    )
    end_reason = Words(
        {**END_REASONS, **WITHDRAW_REASONS},
        required=True,
        allow_none=True,
        metadata={"description": "Null for a version that was replaced."},
    )
    next_review_on = Day(required=True, allow_none=True)
    reevaluation_on = Day(required=True, allow_none=True)
    reevaluation_waived_on = Day(required=True, allow_none=True)
    majority_notice_on = Day(required=True, allow_none=True)
    summary_given_on = Day(required=True, allow_none=True)
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
    student = the_student()
    case_manager = the_staff_member("case_manager_staff_id", "The case manager.")
    school = the_school()


class PlanDetailSchema(PlanSchema):
    """One version of a plan, with what it says and who made it."""

    end_note = Text(required=True, allow_none=True, max=LONG)
    attendees = Listed(Nested(TeamMemberSchema), required=True, max=60)
    excusals = Listed(Nested(ExcusalSchema), required=True, max=20)
    parent_invited_on = Day(required=True, allow_none=True)
    invitation_attempts = Int64(required=True)
    student_invited_on = Day(required=True, allow_none=True)
    present_levels = Text(required=True, allow_none=True, max=LONG)
    goals = Listed(Nested(GoalSchema), required=True)
    progress_measured = Text(required=True, allow_none=True, max=LONG)
    progress_reported = Text(required=True, allow_none=True, max=LONG)
    services = Listed(Nested(ServiceLineSchema), required=True)
    related_services = Listed(Nested(ServiceLineSchema), required=True)
    supplementary_aids = Listed(Text(max=2000), required=True)
    accommodations = Listed(Text(max=2000), required=True)
    modifications = Listed(Text(max=2000), required=True)
    participation = Text(required=True, allow_none=True, max=LONG)
    assessment_accommodations = Listed(Text(max=2000), required=True)
    alternate_assessment = Flag(required=True, allow_none=True)
    alternate_assessment_why = Text(required=True, allow_none=True, max=LONG)
    transition_goals = Listed(Text(max=2000), required=True)
    transition_services = Listed(Text(max=2000), required=True)


class PlanQuery(ListQuery):
    student_id = IdField()
    case_id = IdField()
    kind = CommaList(Words(KINDS), metadata={"description": "One, or several by commas."})
    status = CommaList(Words(STATUSES), metadata={"description": "One, or several by commas."})
    case_manager_staff_id = IdField()
    school_id = IdField()
    next_review_before = Day(metadata={"description": "To be reviewed before this day."})
    updated_since = Instant(metadata={"description": "Only those changed at or after this."})
    sort = Sort("next_review_on", "updated_at", "id")


class CasePlanQuery(ListQuery):
    sort = Sort("id", metadata={"description": "By when it was drafted."})


PLANS = Listing(
    model=Plan,
    schema=PlanSchema,
    filters={
        "student_id": Plan.student_id,
        "case_id": Plan.case_id,
        "kind": Plan.kind,
        "status": Plan.status,
        "case_manager_staff_id": Plan.case_manager_staff_id,
        "school_id": Plan.school_id,
        "next_review_before": before(Plan.next_review_on),
        "updated_since": since(Plan.updated_at),
    },
    sorts={
        "next_review_on": Plan.next_review_on,
        "updated_at": Plan.updated_at,
        "id": Plan.id,
    },
)


@blp.route("/plans")
class Plans(Resource):
    @needs("plans:read")
    @blp.arguments(PlanQuery, location="query")
    @blp.response(200, page_of(PlanSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List plans.

        Every version, by the day of its next review; `status=in_effect` leaves the one that
        counts of each. What a plan says is shown with the plan itself.
        """
        return self.page(PLANS, query)


@blp.route("/cases/<uuid:case_id>/plans")
class CasePlans(Resource):
    @needs("plans:read")
    @blp.arguments(CasePlanQuery, location="query")
    @blp.response(200, page_of(PlanSchema))
    def get(self, query: dict[str, Any], case_id: UUID) -> Response:
        """List the plans of a case.

        Every version that this case produced, in the order drafted.
        """
        self.uow.read(Case, case_id)
        return self.page(PLANS, query, case_id=case_id)

    @needs("plans:write")
    @blp.arguments(NewPlan)
    @blp.response(201, PlanDetailSchema)
    def post(self, sent: dict[str, Any], case_id: UUID) -> Response:
        """Draft a plan.

        Drafting is free, and a meeting that was held stops its clock at once (IDEA-IEP-30D). The
        rules run at the steps: an IEP has specially designed instruction (IDEA-IEP-CONTENT) and
        the parent in its team (IDEA-IEP-TEAM), comes after the evaluation
        (IDEA-EVAL-BEFORE-SERVICES), and takes effect with the parent's consent to services
        (IDEA-CONSENT-SERVICES) and after notice (IDEA-PWN); a Section 504 plan comes after a
        group's decision (504-EVAL-BEFORE); a student whom the parents placed in a private school
        has a services plan (IDEA-PRIV-SERVICES).
        """
        row = plans.draft(self.uow, self.services.policies, case_id, sent)
        return self.created(row, PlanDetailSchema, "OnePlan")


@blp.route("/plans/<uuid:id>")
class OnePlan(Resource):
    @needs("plans:read")
    @blp.arguments(ExpandQuery, location="query")
    @blp.response(200, PlanDetailSchema)
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """Get one version of a plan.

        With everything it says. A version that was replaced stays readable as it was.
        """
        return self.one(self.uow.read(Plan, id), PlanDetailSchema, expand=query.get("expand", ()))

    @needs("plans:write")
    @blp.arguments(PlanChange)
    @blp.response(200, PlanDetailSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a draft.

        What an offered plan says is never changed, which is refused with 409: draft a version of
        it. Its case manager, its school, the days of the next review and re-evaluation, and the
        days on which the student was told of majority or given the summary are set at any time.
        """
        row = self.changing(Plan, id)
        plans.change(self.uow, self.services.policies, row, sent)
        return self.updated(row, PlanDetailSchema)


@blp.route("/plans/<uuid:plan_id>/versions")
class PlanVersions(Resource):
    @needs("plans:read")
    @blp.arguments(CasePlanQuery, location="query")
    @blp.response(200, page_of(PlanSchema))
    def get(self, query: dict[str, Any], plan_id: UUID) -> Response:
        """List the versions of a plan.

        From the first to the last, whichever of them is named in the address.
        """
        original_id = self.uow.read(Plan, plan_id).original_id
        return self.page(PLANS, query, original_id=original_id)

    @needs("plans:write")
    @blp.arguments(NewVersion)
    @blp.response(201, PlanDetailSchema)
    def post(self, sent: dict[str, Any], plan_id: UUID) -> Response:
        """Draft a version of a plan in effect.

        It begins with what the plan says and changes what is sent. The plan stays in effect until
        the new version takes its place. A review begins a new year (IDEA-IEP-ANNUAL), an amendment
        does not.
        """
        base = self.uow.get(Plan, plan_id, lock=True)
        row = plans.version(self.uow, self.services.policies, base, sent)
        return self.created(row, PlanDetailSchema, "OnePlan")


# Steps ----------------------------------------------------------------------------------


class OfferDetails(StepDetails):
    """When the parent was given the proposed plan; today when not said."""

    offered_on = Day(metadata={"description": "Never in the future."})


class PutInEffectDetails(StepDetails):
    """Since when it is in effect; today when not said."""

    in_effect_on = Day(metadata={"description": "Never in the future."})


class WithdrawPlanDetails(StepDetails):
    """Why the plan is taken back before it took effect."""

    reason_code = Words(WITHDRAW_REASONS, required=True)
    reason = Text(max=LONG, metadata={"description": "In words."})


class EndDetails(StepDetails):
    """Why the student leaves the plan, and when; today when not said."""

    reason_code = Words(END_REASONS, required=True)
    reason = Text(max=LONG, metadata={"description": "In words."})
    ended_on = Day(metadata={"description": "Never in the future."})
    summary_given_on = Day(
        metadata={"description": "When the student got the summary of performance (IDEA-SOP)."}
    )


def _load(uow: UnitOfWork, id: UUID) -> Plan:
    return uow.get(Plan, id, lock=uow.writes)


add_steps(
    blp,
    PLAN,
    path="/plans/<uuid:id>",
    scope="plans",
    load=_load,
    schema=PlanSchema,
    details={
        "offer": OfferDetails,
        "put-in-effect": PutInEffectDetails,
        "withdraw": WithdrawPlanDetails,
        "end": EndDetails,
    },
)
add_corrections(blp, "/plans", Plan, "plans")
