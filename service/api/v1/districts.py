"""The caller's own district: its settings, and what is in force with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.derived import digest
from service.api.plumbing.fields import (
    AnyObject,
    Day,
    Flag,
    IdField,
    Instant,
    Int64,
    Listed,
    Nested,
    Schema,
    Text,
    Words,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.resource import Resource
from service.api.plumbing.shapes import CitationSchema
from service.domain.appropriate_period import DEFAULT_WEEKS, LONGEST_WEEKS, SUSPECT
from service.domain.calendars import DayUnit
from service.domain.rules.referral import INTERVENTION_RULE
from service.policies.settings import DIAGNOSIS, INTERVENTION_MODES, MINIMUMS, MOST
from service.storage.unit_of_work import NotFound
from service.workflow import districts, rebuilds

blp = Blueprint(
    "districts",
    "Districts",
    description="The district (LEA) a token acts in: its state, its time zone, its settings.",
)

KINDS = {"live": "A district at work.", "demonstration": "Invented data for trying things out."}
BASES = {
    "state": "The pack of the district's state is in force.",
    "federal_default": "There is no pack of this state yet: the federal base is in force, and "
    "every deadline says so.",
}
ROLLS = {
    "none": "A due date on a weekend stays there; the default, because the law is silent.",
    "next_working_day": "A due date on a weekend or holiday becomes the next working day.",
}
SETTINGS_SAID = (
    "What the district itself has chosen, nothing else: `rules` by rule id "
    "(`STATE-PREREFERRAL-INTERVENTION`: `mode`, `min_interventions`, `min_weeks`, "
    "`min_progress_points`; `IDEA-CHILD-FIND-SUSPECT`: `appropriate_period_weeks`, after which "
    f"help that did not help is flagged, {LONGEST_WEEKS} at most; no law names a number, and "
    f"where it is null {DEFAULT_WEEKS} hold for what was measured, by choice of this service), "
    "`count_trigger_day`, `roll`, and `sign_off`: `required`, and in "
    "`terms` what counsel has signed off, each with `term_id`, the value's `fingerprint`, `by` "
    "whom and `on` which day. Everything may be left out."
)
SETTINGS_EXAMPLE = {
    "rules": {"STATE-PREREFERRAL-INTERVENTION": {"mode": "required_with_bypass", "min_weeks": 6}},
    "roll": "none",
}
SETTINGS_SHAPE = {
    "additionalProperties": False,
    "properties": {
        "rules": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                INTERVENTION_RULE: {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "mode": {"type": "string", "enum": list(INTERVENTION_MODES)},
                        **{
                            name: {"type": ["integer", "null"], "minimum": 0, "maximum": MOST}
                            for name in MINIMUMS
                        },
                    },
                },
                DIAGNOSIS: {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"diagnosis_required_first": {"type": "boolean"}},
                },
                SUSPECT: {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "appropriate_period_weeks": {
                            "type": ["integer", "null"],
                            "minimum": 0,
                            # What is too long for the law is a refusal, not a matter of shape.
                            "maximum": MOST,
                            "description": f"More than {LONGEST_WEEKS} is refused: "
                            "34 CFR 300.309(c).",
                        }
                    },
                },
            },
        },
        "count_trigger_day": {"type": "boolean"},
        "roll": {"type": "string", "enum": list(ROLLS)},
    },
}
"""For the document: what `policies.settings` reads."""


class SettingInForceSchema(Schema):
    """A rule that has settings, as it is in force in this district."""

    rule_id = Text(required=True, metadata={"example": "STATE-PREREFERRAL-INTERVENTION"})
    title = Text(required=True)
    setting = AnyObject(
        required=True,
        metadata={"example": {"mode": "required_with_bypass", "min_interventions": 1}},
    )
    set_by_district = Listed(
        Text(),
        required=True,
        metadata={"description": "Which members the district chose; the others are the law's."},
    )
    citations = Listed(
        Nested(CitationSchema),
        required=True,
        metadata={"description": "The law behind it, each with its verification mark."},
    )


class SignOffSchema(Schema):
    """A sign-off of one value by the district's counsel."""

    term_id = Text(required=True, metadata={"example": "initial_evaluation"})
    fingerprint = Text(
        required=True,
        metadata={"description": "Of the value; it lapses when the value is another."},
    )
    by = Text(required=True, metadata={"example": "R. Alvarez, general counsel"})
    on = Day(required=True)


class ToSignOffSchema(Schema):
    """A state's count that was read neither in the rule nor on an agency's page."""

    term_id = Text(required=True, metadata={"example": "initial_evaluation"})
    title = Text(required=True)
    from_ = Day(data_key="from", required=True, attribute="from")
    until = Day(required=True, allow_none=True)
    count = Int64(required=True, allow_none=True)
    unit = Words(list(DayUnit), required=True)
    fingerprint = Text(required=True)
    verification = Text(required=True, metadata={"example": "S"})
    signed_off = Nested(
        SignOffSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null: not yet, or of an earlier value."},
    )
    citations = Listed(Nested(CitationSchema), required=True)


class SignOffsSchema(Schema):
    """What counsel is to sign off, and has."""

    required = Flag(
        required=True,
        metadata={
            "description": "Whether such a value waits. Until it is signed off the federal period "
            "runs beside it, where there is one, and the earlier date binds; a state's deadline is "
            "never left out."
        },
    )
    values = Listed(Nested(ToSignOffSchema), required=True)
    lapsed = Listed(
        Nested(SignOffSchema),
        required=True,
        max=500,
        metadata={"description": "Of values that are others now: they count no more."},
    )


class InForceSchema(Schema):
    """What is in force: the law's choices with the district's laid over them."""

    rules = Listed(Nested(SettingInForceSchema), required=True)
    count_trigger_day = Flag(
        required=True,
        metadata={"description": "Whether the day that starts a clock counts as its first."},
    )
    roll = Words(ROLLS, required=True)
    sign_off = Nested(SignOffsSchema, required=True)


class DistrictDutySchema(Schema):
    """A duty of the district that belongs to no child."""

    rule_id = Text(required=True, metadata={"example": "504-CHILDFIND"})
    title = Text(required=True)
    because = Text(
        required=True,
        allow_none=True,
        metadata={"description": "What shows that it is owed, where the rule alone does not."},
    )
    owner_staff_id = IdField(
        required=True, allow_none=True, metadata={"description": "Null: nobody yet."}
    )
    last_done_on = Day(required=True, allow_none=True)
    due_on = Day(required=True, metadata={"description": "By when it is done next."})
    overdue = Flag(required=True)
    citations = Listed(Nested(CitationSchema), required=True)


class DistrictSchema(Schema):
    """A district with its settings, and what is in force with them."""

    id = IdField(required=True)
    name = Text(required=True, metadata={"example": "Prairie Union School District"})
    kind = Words(KINDS, required=True)
    jurisdiction = Text(required=True, metadata={"example": "us-wi"})
    jurisdiction_title = Text(required=True, metadata={"example": "Wisconsin"})
    basis = Words(BASES, required=True)
    policy_version = Text(
        required=True, metadata={"description": "The version of our transcription of the law."}
    )
    time_zone = Text(
        required=True,
        metadata={
            "description": "IANA time zone; every date in the district is a date there.",
            "example": "America/Chicago",
        },
    )
    settings = AnyObject(
        required=True, metadata={"description": SETTINGS_SAID, "example": SETTINGS_EXAMPLE}
    )
    in_force = Nested(InForceSchema, required=True)
    duties = Listed(
        Nested(DistrictDutySchema),
        required=True,
        metadata={
            "description": "What the district owes that belongs to no child: the yearly notice "
            "(504-CHILDFIND), and school calendars before deadlines need them (POLICY-CALENDAR)."
        },
    )
    deadlines_stale_since = Instant(
        required=True,
        allow_none=True,
        metadata={
            "description": "Since when deadlines in lists may not be as computed: a setting or a "
            "calendar changed, and the worker works them out anew (`GET /v1/deadlines/rebuild`). "
            "Null: all are."
        },
    )
    version = Int64(required=True, attribute="row_version")
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class DistrictChange(Schema):
    """What to change about a district; members left out stay as they are."""

    name = Text(metadata={"example": "Prairie Union School District"})
    time_zone = Text(max=64, metadata={"example": "America/Chicago"})
    settings = AnyObject(
        metadata={
            "description": f"{SETTINGS_SAID} Sent as a whole: it takes the place of what was.",
            "example": SETTINGS_EXAMPLE,
            **SETTINGS_SHAPE,
        }
    )


class DistrictList(Schema):
    """The caller's own district, as a list of one."""

    items = Listed(Nested(DistrictSchema), required=True)
    next_cursor = Text(required=True, allow_none=True)


@blp.route("/districts")
class Districts(Resource):
    @needs("settings:read", versioned=False)
    @blp.doc(operationId="list_districts")
    @blp.response(200, DistrictList)
    def get(self) -> Response:
        """List the districts: the caller's own.

        The token, with `Childfind-District` for a client that serves several, says which one
        that is; no other is ever shown.
        """
        return self.json(DistrictList, {"items": [_shown(self)], "next_cursor": None})


@blp.route("/districts/<uuid:id>")
class OneDistrict(Resource):
    @needs("settings:read")
    @blp.response(200, DistrictSchema)
    def get(self, id: UUID) -> Response:
        """Get the district with its settings.

        `settings` is what the district chose; `in_force` is what follows from it and the law,
        each rule with its citations. A setting that a later pack forbids is kept in `settings`
        and not in force.
        """
        self._own(id)
        return self.one(_shown(self), DistrictSchema)

    @needs("settings:write")
    @blp.arguments(DistrictChange)
    @blp.response(200, DistrictSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change the district's name, time zone or settings.

        Every deadline of a live case follows: at once, or with more than 2,000 cases by the
        worker, as `deadlines_stale_since` says. A setting that the law does not allow is
        refused with 409 and its findings: in Texas a minimum of interventions or weeks
        (TX-NO-MIN-INTERVENTION), anywhere a diagnosis as a precondition under Section 504
        (504-DIAGNOSIS-NOT-REQUIRED), an intervention gate stricter than the state's own
        (STATE-PREREFERRAL-INTERVENTION). A setting that nobody knows is 422, and so is counsel's
        sign-off of what is no value of the law here.
        """
        district = self._own(id)
        self.match(district)
        districts.change(self.uow, self.services.policies, sent)
        return self.updated(_shown(self), DistrictSchema)

    def _own(self, id: UUID) -> Any:
        """The caller's district; any other looks like one that is not there."""
        if id != self.uow.district_id:
            raise NotFound("district", id)
        return self.uow.changing_district() if self.uow.writes else self.uow.district


def _shown(resource: Resource) -> Beside:
    """The caller's own district, with the law it is under.

    Its tag tells of the duties and of deadlines that are stale, too, which are no part of the row.
    """
    if resource.uow.writes:
        resource.uow.flush()
    governed = districts.with_duties(resource.uow, resource.services.policies)
    since = rebuilds.stale_since(resource.uow)
    return Beside(
        governed.district,
        row_version=governed.district.version,
        version=f"{governed.district.version}.{digest(repr((governed.duties, since)).encode())}",
        jurisdiction_title=governed.policy.title,
        basis=governed.policy.basis,
        policy_version=governed.policy.version,
        in_force=governed.in_force,
        duties=governed.duties,
        deadlines_stale_since=since,
    )
