"""Policies: the law of each jurisdiction as it is applied here, every value with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response
from marshmallow import fields

from service.api.plumbing.auth import needs
from service.api.plumbing.derived import derived
from service.api.plumbing.fields import AnyObject, Flag, Int64, Nested, Schema, Text, Words
from service.api.plumbing.openapi import Blueprint, CitationSchema
from service.api.plumbing.problems import Problem
from service.api.plumbing.resource import Resource
from service.domain.calendars import DayUnit
from service.domain.clocks import AbsenceWindow, AttachesTo
from service.policies import Policies
from service.policies.loader import JURISDICTIONS

blp = Blueprint(
    "policies",
    "Policies",
    description="The law of each jurisdiction: clocks, ages, categories and what a state has "
    "chosen about a rule, with citations. Each citation says how far its text was verified: "
    "`R` the text was read, `R/p` read in part, `A` an agency's page states it, `S` a secondary "
    "source, `U` not verified.",
)

BASES = {
    "state": "The state has a pack here, laid over the federal base.",
    "federal_default": "The federal base alone: there is no pack for the state yet.",
}
DAY = {"format": "date", "example": "2014-09-01"}


def _citations() -> fields.List[Any]:
    return fields.List(fields.Nested(CitationSchema), required=True)


class PolicySchema(Schema):
    """The law of one jurisdiction in short."""

    jurisdiction = Text(required=True, metadata={"example": "us-tx"})
    title = Text(required=True, metadata={"example": "Texas"})
    basis = Words(BASES, required=True)
    version = Text(
        required=True,
        metadata={"description": "Names this transcription of the law; decisions keep it."},
    )
    decision_body = Text(required=True, metadata={"example": "ARD committee"})
    not_cover = fields.List(
        Text(),
        required=True,
        metadata={"description": "What is law there and is not transcribed here yet."},
    )


class PolicyList(Schema):
    """Every jurisdiction that a district may be in."""

    items = fields.List(fields.Nested(PolicySchema), required=True)
    next_cursor = Text(
        required=True, allow_none=True, metadata={"description": "Always null: this is all."}
    )


class AgesSchema(Schema):
    """For which ages services are owed, in completed years."""

    min_age = Int64(required=True, metadata={"description": "From this birthday on."})
    below_age = Int64(required=True, metadata={"description": "Until the day before this one."})
    citations = _citations()


class AbsencesSchema(Schema):
    """Absences that lengthen a count of school days."""

    minimum = Int64(required=True, metadata={"description": "From so many on, all are added."})
    window = Words(list(AbsenceWindow), required=True)


class YearEndSchema(Schema):
    """A fixed date that takes the place of the count when too few school days remain."""

    min_remaining = Int64(required=True)
    max_remaining = Int64(required=True)
    absences_below = Int64(required=True, allow_none=True)
    month_day = Text(required=True, allow_none=True, metadata={"example": "06-30"})
    days_after_year = Int64(required=True, allow_none=True)


class IfSchoolOutSchema(Schema):
    """A due date in summer moves to a school day of the next school year."""

    school_day_of_next_year = Int64(required=True)


class TermValueSchema(Schema):
    """One clock as the law had it for a time."""

    from_ = Text(data_key="from", required=True, metadata=DAY)
    until = Text(required=True, allow_none=True, metadata={**DAY, "example": None})
    count = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "So many days; null for a duty without a number in the law."},
    )
    unit = Words(list(DayUnit), required=True)
    starts = Text(required=True, metadata={"example": "consent_received"})
    stops = Text(required=True, metadata={"example": "report_completed"})
    absences = Nested(AbsencesSchema, required=True, allow_none=True)
    year_end = Nested(YearEndSchema, required=True, allow_none=True)
    if_school_out = Nested(IfSchoolOutSchema, required=True, allow_none=True)
    attaches_to = Words(
        list(AttachesTo),
        required=True,
        metadata={"description": "To which cases this change of the law applies."},
    )
    note = Text(required=True, allow_none=True)
    citations = _citations()


class TermSchema(Schema):
    """One clock or duty, with every value the law has given it."""

    id = Text(required=True, metadata={"example": "initial_evaluation"})
    title = Text(required=True)
    rule_id = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The rule it belongs to; null for practice no law commands."},
    )
    values = fields.List(fields.Nested(TermValueSchema), required=True)


class RuleInForceSchema(Schema):
    """A rule as it is in force: its mode, and what the law here has chosen about it."""

    rule_id = Text(required=True, metadata={"example": "STATE-PREREFERRAL-INTERVENTION"})
    title = Text(required=True)
    mode = Text(required=True, metadata={"example": "require"})
    framework = Text(required=True)
    setting = AnyObject(required=True, metadata={"example": {"mode": "document_only"}})
    note = Text(required=True, allow_none=True)
    citations = _citations()


class CategoryValueSchema(Schema):
    """A disability category as the law had it for a time."""

    from_ = Text(data_key="from", required=True, metadata=DAY)
    until = Text(required=True, allow_none=True, metadata={**DAY, "example": None})
    title = Text(required=True)
    federal_code = Text(required=True, allow_none=True)
    min_age = Int64(required=True, allow_none=True)
    below_age = Int64(required=True, allow_none=True)
    not_covered = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Why a finding in it cannot be made final here yet."},
    )
    note = Text(required=True, allow_none=True)
    citations = _citations()


class CategorySchema(Schema):
    """A disability category."""

    code = Text(required=True, metadata={"example": "OHI"})
    values = fields.List(fields.Nested(CategoryValueSchema), required=True)


class RequestSourceSchema(Schema):
    """A requester beside parents whose referral is a request for an evaluation here."""

    requester = Text(required=True)
    below_age = Int64(required=True, allow_none=True)
    citations = _citations()


class SpecialRelatedServicesSchema(Schema):
    """Related services that are special education in this state (34 CFR 300.39(a)(2)(i))."""

    services = fields.List(Text(), required=True)
    citations = _citations()


class HolidaySchema(Schema):
    """A holiday of the state beside the federal ones: no business day."""

    name = Text(required=True)
    month_day = Text(required=True, metadata={"example": "04-16"})
    if_saturday = Flag(
        required=True, metadata={"description": "Observed on the Friday before a Saturday."}
    )
    if_sunday = Flag(
        required=True, metadata={"description": "Observed on the Monday after a Sunday."}
    )
    citations = _citations()


class WholePolicySchema(PolicySchema):
    """The law of one jurisdiction, all of it."""

    ages = Nested(AgesSchema, required=True)
    terms = fields.List(fields.Nested(TermSchema), required=True)
    rules = fields.List(fields.Nested(RuleInForceSchema), required=True)
    categories = fields.List(fields.Nested(CategorySchema), required=True)
    request_sources = fields.List(fields.Nested(RequestSourceSchema), required=True)
    special_related_services = Nested(SpecialRelatedServicesSchema, required=True, allow_none=True)
    holidays = fields.List(fields.Nested(HolidaySchema), required=True)
    sources = fields.List(
        fields.Nested(CitationSchema),
        required=True,
        metadata={"description": "Everything cited above, once each."},
    )


@blp.route("/policies")
class PoliciesOfAll(Resource):
    @needs()
    @blp.doc(operationId="list_policies")
    @blp.response(200, PolicyList)
    def get(self) -> Response:
        """List the jurisdictions and the law that is applied in each.

        The fifty states, the District of Columbia and the federal base. Where a state has no
        pack yet the federal default applies, and every deadline and decision says so.
        """
        policies = self.services.policies
        items = [policies.pack(jurisdiction) for jurisdiction in JURISDICTIONS]
        return derived(PolicyList, {"items": items, "next_cursor": None})


@blp.route("/policies/<jurisdiction>")
class OnePolicy(Resource):
    @needs()
    @blp.response(200, WholePolicySchema)
    def get(self, jurisdiction: str) -> Response:
        """Get the law of a jurisdiction: clocks, modes, categories, ages and their sources.

        A state's law lies over the federal base; this is both together. A district's own
        settings are not in it: `GET /v1/rules` shows them.
        """
        policies = self.services.policies
        try:
            law = policies.pack(jurisdiction.lower())
        except KeyError:
            raise Problem(
                "not-found",
                f"There is no jurisdiction {jurisdiction[:20]!r}; GET /v1/policies lists them.",
            ) from None
        return derived(WholePolicySchema, _whole(law, policies))


def _whole(law: Mapping[str, Any], policies: Policies) -> dict[str, Any]:
    """A pack in the shape shown: lists instead of names as keys, nothing left out."""
    return {
        **law,
        "terms": [_term(id, term) for id, term in law["terms"].items()],
        "rules": [_rule(card, law["rules"].get(card.id)) for card in policies.cards.values()],
        "categories": [
            {
                "code": code,
                "values": [_filled(CategoryValueSchema, value) for value in category["values"]],
            }
            for code, category in law["categories"].items()
        ],
        "request_sources": [
            _filled(RequestSourceSchema, source) for source in law["request_sources"]
        ],
        "holidays": [
            {
                **holiday,
                "if_saturday": "if_saturday" in holiday,
                "if_sunday": "if_sunday" in holiday,
            }
            for holiday in law["holidays"]
        ],
        "sources": list({tuple(c.items()): c for c in _cited(law)}.values()),
    }


def _term(id: str, term: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": id,
        "title": term["title"],
        "rule_id": term["rule_id"],
        "values": [_term_value(value) for value in term["values"]],
    }


def _term_value(value: Mapping[str, Any]) -> dict[str, Any]:
    """One value with what the pack leaves to the default filled in."""
    shown = _filled(TermValueSchema, value)
    shown["unit"] = value.get("unit", DayUnit.CALENDAR_DAY)
    shown["attaches_to"] = value.get("attaches_to", AttachesTo.START_EVENT)
    if shown["absences"] is not None:
        shown["absences"] = {"window": AbsenceWindow.ORIGINAL, **shown["absences"]}
    if shown["year_end"] is not None:
        shown["year_end"] = _filled(YearEndSchema, shown["year_end"])
    return shown


def _rule(card: Any, chosen: Mapping[str, Any] | None) -> dict[str, Any]:
    here = chosen or {}
    return {
        "rule_id": card.id,
        "title": card.title,
        "mode": card.mode,
        "framework": card.framework,
        "setting": here.get("setting", {}),
        "note": here.get("note"),
        "citations": here["citations"] if here else card.citations,
    }


def _filled(schema: type[Schema], value: Mapping[str, Any]) -> dict[str, Any]:
    """Every member of a schema, null where the pack says nothing."""
    members = schema().dump_fields
    return {name: value.get(field.data_key or name) for name, field in members.items()}


def _cited(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every citation in a pack, in order, as often as it is cited."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name == "citations":
                yield from item
            else:
                yield from _cited(item)
    elif isinstance(value, list):
        for item in value:
            yield from _cited(item)
