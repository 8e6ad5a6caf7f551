"""The law of one jurisdiction as it is shown: a pack's shape, and the pack filled into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema as AnySchema
from marshmallow import fields

from service.api.plumbing import answers
from service.api.plumbing.fields import (
    AnyObject,
    Day,
    Flag,
    Int64,
    Nested,
    Schema,
    Text,
    Words,
)
from service.api.plumbing.shapes import CitationSchema
from service.domain.calendars import DayUnit
from service.domain.clocks import AbsenceWindow, AttachesTo
from service.domain.policy import Rule
from service.policies import Policies

THROUGH = {
    "birthday": "Until that birthday.",
    "semester": "To the end of the semester in which it falls.",
    "school_year": "To the end of the school year in which it falls.",
}
BASES = {
    "state": "The state has a pack here, laid over the federal base.",
    "federal_default": "The federal base alone: there is no pack for the state yet.",
}
DAY = {"format": "date", "example": "2014-09-01"}
PROSE = 1000
"""A pack's explanations are as long as that at most; its shape says so too."""


def _citations() -> fields.List[Any]:
    return fields.List(fields.Nested(CitationSchema), required=True)


def _prose() -> Text:
    return Text(max=PROSE, required=True, allow_none=True)


class PolicySchema(Schema):
    """The law of one jurisdiction in short."""

    jurisdiction = Text(required=True, metadata={"example": "us-tx"})
    title = Text(required=True, metadata={"example": "Texas"})
    basis = Words(BASES, required=True)
    version = Text(
        required=True,
        metadata={"description": "Names this transcription of the law; decisions keep it."},
    )
    effective_from = Day(
        required=True,
        metadata={
            "description": "The first day for which the pack says anything: of the law before it "
            "nothing is transcribed. Each value has its own dates beside it."
        },
    )
    last_changed_on = Day(
        required=True,
        metadata={
            "description": "The first day of its newest value: as it stands, the law is in force "
            "here since then."
        },
    )
    decision_body = Text(required=True, metadata={"example": "ARD committee"})
    not_cover = fields.List(
        Text(max=PROSE),
        required=True,
        metadata={"description": "What is law there and is not transcribed here yet."},
    )


class AgesSchema(Schema):
    """For which ages services are owed, in completed years."""

    min_age = Int64(required=True, metadata={"description": "From this birthday on."})
    below_age = Int64(required=True, metadata={"description": "Until the day before this one."})
    through = Words(
        THROUGH,
        required=True,
        metadata={"description": "Whether they last until that birthday itself."},
    )
    as_of = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "Only if the student is below the age on this day of the school year.",
            "example": "09-01",
        },
    )
    note = _prose()
    citations = _citations()


class SummerSchema(Schema):
    """A count of calendar days stands still in summer."""

    from_last_day = Flag(
        required=True, metadata={"description": "From the last instructional day itself."}
    )
    unless_days_left = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "Not for a count that starts so many days before that day."},
    )


class BreaksSchema(Schema):
    """A count of calendar days stands still in vacations of so many school days."""

    min_school_days = Int64(required=True)
    with_weekends = Flag(required=True)


class PausesSchema(Schema):
    """When a count of calendar days stands still."""

    summer = Nested(SummerSchema, required=True, allow_none=True)
    breaks = Nested(BreaksSchema, required=True, allow_none=True)
    holidays = Flag(required=True, metadata={"description": "On single school holidays, too."})


class AbsencesSchema(Schema):
    """Absences that lengthen a count."""

    minimum = Int64(required=True, metadata={"description": "From so many on, they are added."})
    window = Words(list(AbsenceWindow), required=True)
    only_beyond = Flag(
        required=True, metadata={"description": "Only those beyond the first `minimum` less one."}
    )


class YearEndSchema(Schema):
    """A fixed date that takes the place of the count late in the school year."""

    min_remaining = Int64(required=True, allow_none=True)
    max_remaining = Int64(required=True, allow_none=True)
    within_days = Int64(required=True, allow_none=True)
    measured_from = Text(required=True, allow_none=True)
    absences_below = Int64(required=True, allow_none=True)
    month_day = Text(required=True, allow_none=True, metadata={"example": "06-30"})
    days_after_year = Int64(required=True, allow_none=True)
    days_into_next_year = Int64(required=True, allow_none=True)
    before_next_year = Flag(required=True)


class IfSchoolOutSchema(Schema):
    """A due date in summer moves to a school day of the next school year."""

    school_day_of_next_year = Int64(required=True)


class PeriodSchema(Schema):
    """So many days of a unit, with the adjustments to the count."""

    count = Int64(
        required=True,
        allow_none=True,
        metadata={
            "description": "So many days; null where the law counts years or names no number."
        },
    )
    years = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "Until the same day so many years later."},
    )
    unit = Words(list(DayUnit), required=True)
    pauses = Nested(PausesSchema, required=True, allow_none=True)
    absences = Nested(AbsencesSchema, required=True, allow_none=True)
    year_end = Nested(YearEndSchema, required=True, allow_none=True)
    if_school_out = Nested(IfSchoolOutSchema, required=True, allow_none=True)


class SoonerSchema(PeriodSchema):
    """A period that runs beside the term's own; the earliest to end binds."""

    starts = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Its own start event; null for the term's."},
    )


class VariantSchema(PeriodSchema):
    """A period that takes the term's place for some children."""

    when = AnyObject(required=True, metadata={"example": {"below_age": 5}})


class ExcludedSchema(Schema):
    """Two events between which nothing counts."""

    since = Text(required=True, metadata={"example": "consent_requested"})
    until = Text(required=True, metadata={"example": "consent_received"})


class TermValueSchema(PeriodSchema):
    """One clock as the law had it for a time."""

    from_ = Text(data_key="from", required=True, metadata=DAY)
    until = Text(required=True, allow_none=True, metadata={**DAY, "example": None})
    basis = Words(answers.BASES, required=True, metadata={"description": "Whose law it is."})
    fingerprint = Text(
        required=True,
        metadata={
            "description": "Names the value as it is written; counsel's sign-off holds for it.",
            "example": "9f2c1e4b7a6d5038c1b2a3948576e0fd",
        },
    )
    starts = Text(required=True, metadata={"example": "consent_received"})
    stops = Text(required=True, metadata={"example": "report_completed"})
    or_sooner = fields.List(fields.Nested(SoonerSchema), required=True)
    instead = fields.List(fields.Nested(VariantSchema), required=True)
    excludes = fields.List(fields.Nested(ExcludedSchema), required=True)
    reevaluations = Flag(
        required=True,
        metadata={
            "description": "Whether the time for a first evaluation is that for a re-evaluation "
            "too; federal law names none but three years (300.303(b)(2))."
        },
    )
    attaches_to = Words(
        list(AttachesTo),
        required=True,
        metadata={"description": "To which cases this change of the law applies."},
    )
    note = _prose()
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
    note = _prose()
    citations = _citations()


class CategoryValueSchema(Schema):
    """A disability category as the law had it for a time."""

    from_ = Text(data_key="from", required=True, metadata=DAY)
    until = Text(required=True, allow_none=True, metadata={**DAY, "example": None})
    title = Text(required=True)
    federal_code = Text(required=True, allow_none=True)
    min_age = Int64(required=True, allow_none=True)
    below_age = Int64(required=True, allow_none=True)
    through_grade = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Ends with this grade when that comes before the age."},
    )
    required_roles = fields.List(
        fields.List(Text()),
        required=True,
        metadata={
            "description": "Who must be in the group: of each entry, somebody in such a role.",
            "example": [["school_psychologist"]],
        },
    )
    reevaluation = AnyObject(
        required=True,
        allow_none=True,
        metadata={"description": "An interval of its own.", "example": {"every_years": 2}},
    )
    idea_countable = Flag(
        required=True, metadata={"description": "Whether IDEA counts it: gifted, say, it does not."}
    )
    not_covered = Text(
        max=PROSE,
        required=True,
        allow_none=True,
        metadata={"description": "Why a finding in it cannot be made final here yet."},
    )
    note = _prose()
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


class AllowedExtensionSchema(Schema):
    """A way to extend the evaluation's time here, beside the federal one for suspected SLD."""

    kind = Text(required=True, metadata={"example": "written_agreement"})
    title = Text(required=True)
    only_suspected = Text(required=True, allow_none=True)
    at_most = Int64(required=True, allow_none=True)
    unit = Words(list(DayUnit), required=True)
    reasons_documented = Flag(required=True)
    first_evaluation_only = Flag(required=True)
    note = _prose()
    citations = _citations()


class ReevaluationSchema(Schema):
    """How often a re-evaluation is due at least."""

    every_years = Int64(required=True)
    waivable = Flag(required=True, metadata={"description": "Whether it may be agreed away."})
    note = _prose()
    citations = _citations()


class AgeSchema(Schema):
    """An age at which something changes."""

    age = Int64(required=True)
    note = _prose()
    citations = _citations()


class MajoritySchema(AgeSchema):
    """The age at which the parents' rights pass to the student, where they do."""

    transfers = Flag(required=True)


class NonCategoricalSchema(Schema):
    """A child is found eligible here without naming a category (34 CFR 300.111(d))."""

    note = _prose()
    citations = _citations()


class HolidaysSchema(Schema):
    """The holidays of the state beside the federal ones: no business days."""

    library = Flag(
        required=True, metadata={"description": "The state's own, from the `holidays` library."}
    )
    leave_out = fields.List(
        Text(), required=True, metadata={"description": "Those of the library that are none."}
    )
    days = fields.List(
        AnyObject(),
        required=True,
        metadata={"example": [{"name": "Emancipation Day", "month_day": "04-16"}]},
    )
    note = _prose()
    citations = _citations()


class WholePolicySchema(PolicySchema):
    """The law of one jurisdiction, all of it."""

    ages = Nested(AgesSchema, required=True)
    terms = fields.List(fields.Nested(TermSchema), required=True)
    rules = fields.List(fields.Nested(RuleInForceSchema), required=True)
    categories = fields.List(fields.Nested(CategorySchema), required=True)
    request_sources = fields.List(fields.Nested(RequestSourceSchema), required=True)
    special_related_services = Nested(SpecialRelatedServicesSchema, required=True, allow_none=True)
    extensions = fields.List(fields.Nested(AllowedExtensionSchema), required=True)
    reevaluation = Nested(ReevaluationSchema, required=True)
    majority = Nested(MajoritySchema, required=True, allow_none=True)
    transition_age = Nested(AgeSchema, required=True, allow_none=True)
    non_categorical = Nested(NonCategoricalSchema, required=True, allow_none=True)
    holidays = Nested(HolidaysSchema, required=True, allow_none=True)
    sources = fields.List(
        fields.Nested(CitationSchema),
        required=True,
        metadata={"description": "Everything cited above, once each."},
    )


def whole(law: Mapping[str, Any], held: Policies) -> dict[str, Any]:
    """A pack in the shape shown: lists instead of names as keys, nothing left out."""
    cards = held.cards.values()
    return _filled(
        WholePolicySchema,
        {
            **law,
            "terms": [{"id": id, **term} for id, term in law["terms"].items()],
            "rules": [_rule(card, law["rules"].get(card.id)) for card in cards],
            "categories": [{"code": code, **c} for code, c in law["categories"].items()],
            "sources": list({tuple(c.items()): c for c in _cited(law)}.values()),
        },
    )


def _rule(card: Rule, chosen: Mapping[str, Any] | None) -> dict[str, Any]:
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


DEFAULTS = {
    "attaches_to": AttachesTo.START_EVENT,
    "idea_countable": True,
    "through": "birthday",
    "transfers": True,
    "unit": DayUnit.CALENDAR_DAY,
    "waivable": True,
    "window": AbsenceWindow.ORIGINAL,
}
"""What a pack leaves out because it is so nearly everywhere."""


def _filled(schema: type[AnySchema], value: Mapping[str, Any]) -> dict[str, Any]:
    """Every member of a schema; where the pack says nothing its default, none, false or null."""
    filled: dict[str, Any] = {}
    for name, field in schema().dump_fields.items():
        given = value.get(field.data_key or name)
        if given is None and isinstance(field, fields.List):
            filled[name] = []
        elif given is None:
            filled[name] = DEFAULTS.get(name, False if isinstance(field, Flag) else None)
        elif isinstance(field, fields.Nested):
            filled[name] = _filled(type(field.schema), given)
        elif isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
            inner = type(field.inner.schema)
            filled[name] = [
                _filled(inner, one) if isinstance(one, Mapping) else one for one in given
            ]
        else:
            filled[name] = given
    return filled


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
