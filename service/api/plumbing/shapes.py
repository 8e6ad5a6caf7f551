"""The shapes that every resource answers with: a problem, and a decision with its findings."""

from __future__ import annotations

from marshmallow import fields

from service.api.plumbing.fields import Schema


class ProblemErrorSchema(Schema):
    """One thing that is wrong, and where."""

    place = fields.String(
        data_key="in", required=True, metadata={"enum": ["body", "query", "header"]}
    )
    pointer = fields.String(metadata={"description": "A JSON pointer into the body."})
    parameter = fields.String(metadata={"description": "The name of a parameter or header."})
    code = fields.String(required=True, metadata={"description": "For programs to compare."})
    message = fields.String(required=True, metadata={"description": "For people to read."})


class CitationSchema(Schema):
    """Where a rule comes from."""

    text = fields.String(required=True, metadata={"example": "34 CFR 300.300(a)"})
    href = fields.String(required=True, allow_none=True)
    verification = fields.String(required=True)


class FindingSchema(Schema):
    """What one rule found."""

    rule_id = fields.String(required=True, metadata={"example": "IDEA-CONSENT-EVAL"})
    title = fields.String(required=True)
    mode = fields.String(
        required=True,
        metadata={"description": "`require` blocks; other modes only tell.", "example": "require"},
    )
    answer = fields.String(
        required=True, metadata={"enum": ["met", "unmet", "not_applicable", "unknown"]}
    )
    blocks = fields.Boolean(required=True)
    because = fields.String(required=True)
    evidence = fields.List(fields.Dict(), required=True)
    remedy = fields.String(required=True, allow_none=True)
    override = fields.Dict(required=True, allow_none=True)
    citations = fields.List(fields.Nested(CitationSchema), required=True)


class ProblemSchema(Schema):
    """A problem (RFC 9457). `type` is the address of a page that explains it."""

    type = fields.String(required=True, metadata={"example": "/problems/validation"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    request_id = fields.String(required=True)
    errors = fields.List(
        fields.Nested(ProblemErrorSchema),
        metadata={"description": "Of `validation` and its like: everything at once."},
    )
    scope = fields.String(metadata={"description": "Of `scope-missing`: the scope it takes."})
    record = fields.Dict(
        metadata={
            "description": "Of `conflict`: the type and the id of the record that is there already."
        }
    )
    code = fields.String(metadata={"description": "Of `roster-refused`: for programs to compare."})
    remedy = fields.String(metadata={"description": "Of `roster-refused`: what to do about it."})
    findings = fields.List(
        fields.Nested(FindingSchema),
        metadata={
            "description": "Of `rule-not-met`: what each rule of the step found. The other members "
            "of a decision stand beside it."
        },
    )


class DecisionDeadlineSchema(Schema):
    """A deadline as it stands after the step."""

    id = fields.UUID(required=True)
    term = fields.String(required=True)
    title = fields.String(required=True)
    rule_id = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    started_on = fields.Date(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    provisional = fields.Boolean(required=True)
    basis = fields.String(required=True, allow_none=True)
    verification = fields.String(required=True, allow_none=True)


class DecisionPolicySchema(Schema):
    """The law that decided."""

    jurisdiction = fields.String(required=True, metadata={"example": "us-tx"})
    title = fields.String(required=True)
    basis = fields.String(required=True)
    version = fields.String(required=True)


class DecisionSchema(Schema):
    """Whether it is allowed, and everything that was considered.

    A dry run of a write that is no step has no step, no rules and no deadlines; `result` is
    what the write would have answered.
    """

    allowed = fields.Boolean(required=True)
    step = fields.String(required=True, allow_none=True)
    from_ = fields.String(data_key="from", required=True, allow_none=True)
    to = fields.String(required=True, allow_none=True)
    findings = fields.List(fields.Nested(FindingSchema), required=True)
    deadlines = fields.List(fields.Nested(DecisionDeadlineSchema), required=True)
    policy = fields.Nested(DecisionPolicySchema, required=True, allow_none=True)
    result = fields.Dict(allow_none=True, metadata={"description": "Only of plain writes."})
