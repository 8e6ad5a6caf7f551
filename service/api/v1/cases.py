"""Cases: what the district does about a child's referrals, step by step."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    AnyObject,
    CommaList,
    Day,
    Flag,
    IdField,
    Instant,
    Int64,
    Listed,
    ListQuery,
    Nested,
    Query,
    Schema,
    Sort,
    Text,
    TrueOrFalse,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing, missing, since
from service.api.plumbing.related import its_deadlines, its_referrals, the_staff_member, the_student
from service.api.plumbing.resource import Resource
from service.api.plumbing.steps import StepDetails, add_steps
from service.domain.frameworks import FRAMEWORKS
from service.domain.lifecycles import CASE
from service.domain.rules.referral import REASONS
from service.domain.rules.transfer import DESTINATIONS
from service.domain.rules.words import listed
from service.storage.cases import Case, Referral
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases

blp = Blueprint(
    "cases",
    "Cases",
    description="What the district does about a child's referrals: where it stands, whose it is, "
    "which steps it took and which are open to it. A student has at most one open case on each "
    "path: one for a first evaluation, one for another while they are served.",
)

STATUSES = {
    "received": "A concern is on record; the school has not asked for an evaluation.",
    "evaluation_requested": "An evaluation was asked for; the district owes its answer.",
    "consent_requested": "The district proposes to evaluate and has asked for consent.",
    "consent_unanswered": "No answer came; the efforts are logged.",
    "consent_refused": "The parent refused; a later consent opens the way.",
    "evaluating": "Consent is there and the evaluation is under way.",
    "evaluated": "Every area is assessed and the report is complete.",
    "determined": "Every framework in question has its final determination.",
    "declined": "The district refused to evaluate, with its notice.",
    "closed": "No disability was suspected and nobody had asked.",
    "withdrawn": "The parent took the request back.",
    "transferred_out": "The child left the district; `closed_on` is the last day enrolled here.",
}
PATHS = {
    "initial": "A first evaluation, also of a student whose services ended because consent was "
    "revoked (IDEA-AFTER-REVOCATION).",
    "reevaluation": "Another evaluation of a student who has an IEP, or the services plan in its "
    "place, in effect (IDEA-REEVAL-TRIGGER).",
}
WHO_WITHDRAWS = {
    "parent": "The parent who asked.",
    "adult_student": "The student, when of age.",
    "staff": "Staff of the district; refused, because a parent's request is theirs.",
    "other": "Anybody else; refused for the same reason.",
}


class CaseSchema(Schema):
    """A case."""

    id = IdField(required=True)
    student_id = IdField(
        required=True, allow_none=True, metadata={"description": "Null until one is matched."}
    )
    path = Words(
        PATHS, required=True, metadata={"description": "Told by the facts on the day of receipt."}
    )
    status = Words(STATUSES, required=True)
    frameworks = Listed(
        Words(FRAMEWORKS), required=True, metadata={"description": "The laws in question."}
    )
    champion_staff_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Who sees to it that the case goes on."},
    )
    champion_accepted_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "When the champion said yes; until then the case has none."},
    )
    opened_on = Day(required=True, metadata={"description": "The day of its first receipt."})
    closed_on = Day(required=True, allow_none=True)
    joined_to_case_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Where everything of this case went when its child was known."},
    )
    jurisdiction = Text(required=True, metadata={"example": "us-wi"})
    law_on = Day(
        required=True, metadata={"description": "The case is pinned to the law of this day."}
    )
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
    student = the_student()
    champion = the_staff_member("champion_staff_id", "The champion.")
    referrals = its_referrals()
    deadlines = its_deadlines()


class StepTakenSchema(Schema):
    """A step that was taken in this case."""

    id = IdField(required=True)
    record_type = Text(required=True, metadata={"description": "What moved.", "example": "cases"})
    record_id = IdField(required=True)
    step = Text(required=True, metadata={"example": "request-evaluation"})
    from_status = Text(required=True)
    to_status = Text(required=True)
    taken_on = Day(required=True)
    taken_at = Instant(required=True)
    client_id = IdField(required=True)
    acting_staff_id = IdField(required=True, allow_none=True)
    details = AnyObject(required=True, metadata={"description": "What was said with it."})
    decision = AnyObject(
        metadata={
            "description": "Only with `expand=decisions`: every rule considered, the facts it "
            "rested on and the version of the policy, as they were that day."
        }
    )


class CaseDetailSchema(CaseSchema):
    """A case with its receipts, the steps it took, and the absences that lengthen a clock."""

    absences = Listed(
        Day(),
        required=True,
        max=400,
        metadata={"description": "School days the student missed since consent (TEC 29.004)."},
    )
    referral_ids = Listed(
        IdField(), required=True, max=1000, metadata={"description": "In the order received."}
    )
    steps_taken = Listed(
        Nested(StepTakenSchema),
        required=True,
        max=1000,
        metadata={"description": "By the case and by the records in it, in the order taken."},
    )


class CaseChange(Schema):
    """What to change about a case; members left out stay as they are."""

    champion_staff_id = IdField(allow_none=True)
    champion_accepted = Flag(
        metadata={
            "description": "true is said by the champion alone, as the acting staff member; "
            "false hands it back. Naming another begins anew."
        }
    )
    frameworks = Listed(
        Words(FRAMEWORKS),
        min=1,
        max=2,
        metadata={
            "description": "A law that a receipt asks under, or that was determined, stays in "
            "question."
        },
    )
    absences = Listed(
        Day(), max=400, metadata={"description": "All of them; they replace what is on record."}
    )


class CaseExpand(Query):
    expand = CommaList(
        Words({"decisions": "The whole decision of every step that was taken."}),
        metadata={"description": "More to show: `decisions`."},
    )


class CaseQuery(ListQuery):
    student_id = IdField()
    path = Words(PATHS)
    status = CommaList(Words(STATUSES), metadata={"description": "One, or several by commas."})
    champion_staff_id = IdField()
    has_champion = TrueOrFalse(
        metadata={
            "description": "Only cases whose champion has accepted, or only those without one: "
            "with `open=true`, every open case that has none today."
        }
    )
    open = TrueOrFalse(
        metadata={"description": "Only cases that are open, or only those that are not."}
    )
    opened_since = Day(metadata={"description": "Opened on or after this day."})
    updated_since = Instant(metadata={"description": "Only those changed at or after this."})
    sort = Sort("opened_on", "updated_at")


CASES = Listing(
    model=Case,
    schema=CaseSchema,
    filters={
        "student_id": Case.student_id,
        "path": Case.path,
        "status": Case.status,
        "champion_staff_id": Case.champion_staff_id,
        "has_champion": lambda wanted: missing(Case.champion_accepted_on)(not wanted),
        "open": missing(Case.closed_on),
        "opened_since": since(Case.opened_on),
        "updated_since": since(Case.updated_at),
    },
    sorts={"opened_on": Case.opened_on, "updated_at": Case.updated_at},
)


@blp.route("/cases")
class Cases(Resource):
    @needs("cases:read")
    @blp.arguments(CaseQuery, location="query")
    @blp.response(200, page_of(CaseSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List cases.

        By the day they were opened, or by when they last changed. A case is opened by a
        referral, never by itself.
        """
        return self.page(CASES, query)


@blp.route("/cases/<uuid:id>")
class OneCase(Resource):
    @needs("cases:read")
    @blp.arguments(CaseExpand, location="query")
    @blp.response(200, CaseDetailSchema)
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """Get a case, with its receipts and the steps it took.

        `expand=decisions` shows what was decided at each step, with the findings and the law of
        that day. What it owes is at `GET /v1/deadlines?case_id=`.
        """
        case = self.uow.get(Case, id)
        return self.one(
            _detail(self.uow, case, decisions="decisions" in query.get("expand", ())),
            CaseDetailSchema,
            expand=query.get("expand", ()),
        )

    @needs("cases:write")
    @blp.arguments(CaseChange)
    @blp.response(200, CaseDetailSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a case's champion, frameworks or absences.

        Where it stands is not changed here: it takes a step. Its clocks follow the absences
        where the state's law counts them.
        """
        case = self.changing(Case, id)
        cases.change(self.uow, self.services.policies, case, sent)
        return self.updated(_detail(self.uow, case), CaseDetailSchema)


def _detail(uow: UnitOfWork, case: Case, *, decisions: bool = False) -> Beside:
    """A case with everything that `CaseDetailSchema` shows."""
    return Beside(
        case,
        absences=cases.absences_of(case),
        referral_ids=cases.receipt_ids(uow, case),
        steps_taken=cases.steps_taken(uow, case, decisions=decisions),
    )


# Steps ----------------------------------------------------------------------------------

EXTENSIONS = {
    "written_agreement": "The parents and the group, or the parent and the district.",
    "state_official": "An official of the state, where its law lets one.",
}
REASON_CODES = (
    f"{listed((f'`{code}`' for code in REASONS), 'or')}. That interventions are not "
    "finished is no reason (IDEA-REQUEST-NO-RTI-BLOCK), and `not_resident` is none for a pupil "
    "whom the parents placed in a private school here (IDEA-PRIV-CHILDFIND); a code that is not "
    "known is refused, free "
    "text is not guessed at."
)


class SuspicionStated(Schema):
    """A staff member's own sentence that a disability is suspected now. Nobody approves it."""

    staff_id = IdField(
        metadata={"description": "Whose sentence it is; the acting staff member when not said."}
    )
    statement = Text(
        required=True,
        max=20000,
        metadata={"example": "I suspect a reading disability; he cannot segment sounds."},
    )


class RequestEvaluationDetails(StepDetails):
    """The school asks. With a suspicion it need not wait (STATE-PREREFERRAL-INTERVENTION)."""

    suspicion = Nested(SuspicionStated)


class CloseDetails(StepDetails):
    """Why the case ends without an evaluation."""

    reason_code = Text(required=True, max=64, metadata={"description": REASON_CODES})
    reason = Text(required=True, max=20000, metadata={"description": "In words."})


class WithdrawDetails(StepDetails):
    """Who takes the request back, and why."""

    withdrawn_by = Words(WHO_WITHDRAWS, required=True)
    reason = Text(required=True, max=20000)


class TransferOutDetails(StepDetails):
    """Where the child went, since when, and who said so (POLICY-TRANSFER-OUT)."""

    last_enrolled_on = Day(
        required=True,
        metadata={"description": "The last day enrolled here: the case and its clocks end on it."},
    )
    destination = Words(DESTINATIONS, required=True)
    told_by = Text(
        required=True,
        max=2000,
        metadata={
            "description": "Who said so, and how.",
            "example": "The registrar of Elm County Schools, by telephone.",
        },
    )
    receiving_agency = Text(max=500, metadata={"description": "The public agency there, by name."})
    enrolled_elsewhere_on = Day(
        metadata={
            "description": "When the child was enrolled there; needed while the roster has the "
            "student active."
        }
    )
    records_sent_on = Day(
        metadata={"description": "When the records went there (POLICY-TRANSFER-RECORDS)."}
    )


class DeclineDetails(StepDetails):
    """Why the district refuses to evaluate. The notice says it to the parent."""

    reason_code = Text(required=True, max=64, metadata={"description": REASON_CODES})
    reason = Text(required=True, max=20000, metadata={"description": "In words."})


class ExtendDetails(StepDetails):
    """A later date, agreed in writing or granted as the law allows (300.309(c), or the state's).

    `GET /v1/policies/{jurisdiction}` tells a state's own ways under `extensions`.
    """

    kind = Words(EXTENSIONS, metadata={"description": "`written_agreement` when not said."})
    agreed_on = Day(required=True, metadata={"description": "When it was agreed or granted."})
    new_due_on = Day(required=True)
    days = Int64(
        min=1,
        max=400,
        metadata={
            "description": "By how many days, where the state has it measured in days of a kind."
        },
    )
    reasons = Text(max=20000, metadata={"description": "Where the state has them documented."})
    parent_signed = Flag()
    group_signed = Flag(
        metadata={"description": "For a suspected specific learning disability (300.309(c))."}
    )
    granted_by = Text(metadata={"description": "The state official, when one granted it."})


class TransferDetails(StepDetails):
    """What the parent of a child who moved here agreed to (300.301(d)(2), (e))."""

    agreed_on = Day(required=True)
    new_due_on = Day(
        required=True, metadata={"description": "The specific date of completion agreed to."}
    )
    parent_agreed = Flag(required=True)
    progress = Text(
        required=True,
        max=20000,
        metadata={
            "description": "What shows sufficient progress toward prompt completion.",
            "example": "Reading and language are assessed; hearing is to follow next week.",
        },
    )


class ProposeDetails(StepDetails):
    """That the parent agrees to another evaluation within a year of the last (300.303(b)(1))."""

    agreed_on = Day(
        metadata={
            "description": "When they agreed; needed where the district proposes it of itself less "
            "than a year after the last evaluation (IDEA-REEVAL-1Y)."
        }
    )


class MissedAppointment(Schema):
    """A day on which the child was to be there and was not."""

    attempted_on = Day(required=True)
    what_happened = Text(required=True, max=2000)


class OverrideDetails(StepDetails):
    """Which consent is to be replaced: by a hearing officer's order, or in mediation."""

    purpose = Words(
        {
            "initial_evaluation": "Consent to evaluate for the first time (300.300(a)(3)).",
            "reevaluation": "Consent to evaluate again (300.300(c)(1)).",
            "initial_services": "Consent to the first services, which nothing replaces; refused "
            "(IDEA-CONSENT-SERVICES-NO-OVERRIDE).",
        },
        required=True,
    )


class ExcuseDetails(StepDetails):
    """The appointments at which the child was not there (300.301(d)(1))."""

    attempts = Listed(Nested(MissedAppointment), required=True)


DETAILS: dict[str, type[StepDetails]] = {
    "request-evaluation": RequestEvaluationDetails,
    "close": CloseDetails,
    "withdraw": WithdrawDetails,
    "transfer-out": TransferOutDetails,
    "decline": DeclineDetails,
    "propose-evaluation": ProposeDetails,
    "seek-override": OverrideDetails,
    "extend-evaluation": ExtendDetails,
    "agree-transfer-date": TransferDetails,
    "excuse-not-produced": ExcuseDetails,
}


def _case(uow: UnitOfWork, id: UUID) -> Case:
    return uow.get(Case, id, lock=uow.writes)


def _case_of_referral(uow: UnitOfWork, id: UUID) -> Case:
    return _case(uow, uow.get(Referral, id).case_id)


add_steps(
    blp,
    CASE,
    path="/cases/<uuid:id>",
    scope="cases",
    load=_case,
    schema=CaseSchema,
    details=DETAILS,
)
# A school's request, with or without a suspicion, is what a client that makes referrals may
# send. Every other step at this address is the case's own.
add_steps(
    blp,
    CASE,
    path="/referrals/<uuid:id>",
    scope="referrals",
    load=_case_of_referral,
    schema=CaseSchema,
    details=DETAILS,
    name="referral",
    also={name: "cases:write" for name in CASE.names if name != "request-evaluation"},
)
