"""Capabilities: what this service can do, read off its own code, and what it cannot do yet."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from flask import Response, current_app
from marshmallow import fields

from service.api.plumbing.auth import needs
from service.api.plumbing.bodies import DEEPEST
from service.api.plumbing.derived import derived
from service.api.plumbing.fields import Flag, Int64, Limit, Nested, Schema, Text
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.resource import Resource
from service.api.plumbing.scopes import SCOPES
from service.api.plumbing.survey import Operation, operations
from service.domain.lifecycles import LIFECYCLES, Lifecycle, Step

blp = Blueprint(
    "capabilities",
    "Capabilities",
    description="What the service can do: resources, filters, steps, rules, scopes and limits.",
)

NOT_YET = {
    "sign_in_of_people": "Only clients sign in. A person is asserted by a client, in "
    "`Childfind-Acting-Staff`.",
    "rate_limits": "No limit is enforced: the answer 429 is documented and never given.",
    "disclosure_log": "Access by parties outside the district is not recorded (34 CFR 300.614, "
    "99.32): do not give such parties a client, and record a push to an Ed-Fi API that is not "
    "the district's where the district keeps its disclosures.",
}
"""What the design has and the code has not, with what to do meanwhile."""


class OperationSchema(Schema):
    """One method of one address."""

    method = Text(required=True, metadata={"example": "GET"})
    path = Text(required=True, metadata={"example": "/v1/schools/{id}"})
    scopes = fields.List(
        Text(),
        required=True,
        metadata={"description": "What the token must carry; empty when any token will do."},
    )


class ListOfResourceSchema(Schema):
    """What a list can be narrowed down and sorted by, and what it nests."""

    path = Text(required=True, metadata={"example": "/v1/deadlines"})
    filters = fields.List(Text(), required=True, metadata={"example": ["state", "due_before"]})
    sorts = fields.List(
        Text(),
        required=True,
        metadata={"description": "The first is the default; `-` turns it around."},
    )
    expands = fields.List(
        Text(),
        required=True,
        metadata={"description": "What `expand=` nests.", "example": ["student", "deadlines"]},
    )


class ResourceSchema(Schema):
    """A kind of record."""

    name = Text(required=True, metadata={"example": "schools"})
    operations = fields.List(fields.Nested(OperationSchema), required=True)
    lists = fields.List(fields.Nested(ListOfResourceSchema), required=True)


class LifecycleStepSchema(Schema):
    """A step, and the rules it runs."""

    name = Text(required=True, metadata={"example": "start-evaluation"})
    says = Text(required=True)
    from_ = fields.List(Text(), data_key="from", required=True)
    to = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Null when the record stays where it stands."},
    )
    closes = Flag(required=True, metadata={"description": "Whether it ends the record."})
    serves = Text(
        required=True,
        allow_none=True,
        metadata={
            "description": "The `term` of the deadline that it helps to meet.",
            "example": "initial_evaluation",
        },
    )
    rules = fields.List(Text(), required=True)


class LifecycleSchema(Schema):
    """The life of one kind of record."""

    record = Text(required=True, metadata={"example": "case"})
    initial = fields.List(Text(), required=True)
    statuses = fields.List(Text(), required=True)
    steps = fields.List(fields.Nested(LifecycleStepSchema), required=True)


class ScopeSchema(Schema):
    """A scope and what it opens."""

    name = Text(required=True, metadata={"example": "deadlines:read"})
    opens = Text(required=True)


class CoveredJurisdictionSchema(Schema):
    """A jurisdiction that has a pack."""

    jurisdiction = Text(required=True, metadata={"example": "us-tx"})
    title = Text(required=True)
    version = Text(required=True)


class LimitsSchema(Schema):
    """How much of something is taken or given at once."""

    page_default = Int64(required=True)
    page_most = Int64(required=True)
    json_body_bytes = Int64(required=True, max=2**63 - 1)
    upload_bytes = Int64(required=True, max=2**63 - 1)
    json_depth = Int64(required=True)
    token_lifetime_seconds = Int64(required=True)


class MissingFeatureSchema(Schema):
    """Something that is not there yet."""

    name = Text(required=True, metadata={"example": "rate_limits"})
    says = Text(required=True, metadata={"description": "What to do meanwhile."})


class CapabilitiesSchema(Schema):
    """What the service can do."""

    name = Text(required=True, metadata={"example": "Childfind"})
    version = Text(required=True, metadata={"example": "1.0.0"})
    api = Text(required=True, metadata={"example": "/v1"})
    openapi = Text(required=True, metadata={"example": "/openapi.json"})
    resources = fields.List(fields.Nested(ResourceSchema), required=True)
    lifecycles = fields.List(fields.Nested(LifecycleSchema), required=True)
    scopes = fields.List(fields.Nested(ScopeSchema), required=True)
    jurisdictions = fields.List(fields.Nested(CoveredJurisdictionSchema), required=True)
    limits = Nested(LimitsSchema, required=True)
    not_yet = fields.List(fields.Nested(MissingFeatureSchema), required=True)


@blp.route("/capabilities")
class Capabilities(Resource):
    @needs()
    @blp.response(200, CapabilitiesSchema)
    def get(self) -> Response:
        """Say what the service can do, and what it cannot do yet.

        Resources with the filters and sorts of their lists, steps with their rules, scopes,
        jurisdictions that have a pack, and limits, all read off the running code. What of the law
        is not here is told elsewhere: `not_enforced` at `GET /v1/rules`, `not_cover` at
        `GET /v1/policies/{jurisdiction}`.
        """
        settings = self.services.settings
        return derived(
            CapabilitiesSchema,
            {
                "name": current_app.config["API_TITLE"],
                "version": current_app.config["API_VERSION"],
                "api": "/v1",
                "openapi": "/openapi.json",
                "resources": list(_resources(operations(current_app))),
                "lifecycles": [_lifecycle(life) for life in LIFECYCLES.values()],
                "scopes": [{"name": name, "opens": opens} for name, opens in SCOPES.items()],
                "jurisdictions": [
                    self.services.policies.pack(jurisdiction)
                    for jurisdiction in sorted(self.services.policies.packs)
                ],
                "limits": {
                    "page_default": Limit.DEFAULT,
                    "page_most": Limit.MOST,
                    "json_body_bytes": settings.max_json_bytes,
                    "upload_bytes": settings.max_upload_bytes,
                    "json_depth": DEEPEST,
                    "token_lifetime_seconds": settings.token_lifetime_s,
                },
                "not_yet": [{"name": name, "says": says} for name, says in NOT_YET.items()],
            },
        )


def _resources(found: Iterable[Operation]) -> Iterable[dict[str, Any]]:
    named = sorted(
        ((operation.resource, operation) for operation in found if operation.resource),
        key=lambda pair: pair[0],
    )
    for name, pairs in groupby(named, key=lambda pair: pair[0]):
        members = [operation for _, operation in pairs]
        yield {
            "name": name,
            "operations": [
                {"method": one.method, "path": one.path, "scopes": one.scopes or ()}
                for one in members
            ],
            "lists": [
                {
                    "path": one.path,
                    "filters": one.filters,
                    "sorts": one.sorts,
                    "expands": one.expands,
                }
                for one in members
                if one.is_list
            ],
        }


def _lifecycle(life: Lifecycle) -> dict[str, Any]:
    return {
        "record": life.record,
        "initial": sorted(life.initial),
        "statuses": life.statuses,
        "steps": [_step(step) for step in life.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "says": step.says,
        "from_": sorted(step.from_),
        "to": step.to or None,
        "closes": step.closes,
        "serves": step.serves,
        "rules": step.rules,
    }
