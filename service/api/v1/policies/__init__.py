"""Policies: the law of each jurisdiction as it is applied here, every value with its source."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from service.api.plumbing.auth import needs
from service.api.plumbing.derived import derived
from service.api.plumbing.fields import (
    AnyObject,
    Day,
    IdField,
    Int64,
    Limit,
    Listed,
    Nested,
    Query,
    Schema,
    Text,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.problems import Problem
from service.api.plumbing.resource import Resource
from service.api.v1.policies.law import PolicySchema, WholePolicySchema, whole
from service.policies.loader import JURISDICTIONS
from service.workflow import policies

blp = Blueprint(
    "policies",
    "Policies",
    description="The law of each jurisdiction: clocks, ages, categories and what a state has "
    "chosen about a rule, with citations. Each citation says how far its text was verified: "
    "`R` the text was read, `R/p` read in part, `A` an agency's page states it, `S` a secondary "
    "source, `U` not verified.",
)


class PolicyList(Schema):
    """Every jurisdiction that a district may be in."""

    items = fields.List(fields.Nested(PolicySchema), required=True)
    next_cursor = Text(
        required=True, allow_none=True, metadata={"description": "Always null: this is all."}
    )


class PreviewBody(Schema):
    """What would change: a pack, or parts of one; the district's settings; or both."""

    pack = AnyObject(
        metadata={
            "description": "A pack file as JSON, or those parts of it that change, in the same "
            "shape as the files (`service/policies/shapes/pack.json`). In `sources`, `terms`, "
            "`rules` and `categories` each name takes the place of that name, and null takes it "
            "away; any other member takes the place of the pack's.",
            "example": {
                "version": "2027-01-04",
                "sources": {"new-rule": {"text": "New rule", "href": None, "verification": "U"}},
                "terms": {
                    "initial_evaluation": {
                        "title": "Complete the initial evaluation",
                        "rule_id": "IDEA-EVAL-CLOCK",
                        "values": [
                            {
                                "from": "2006-10-13",
                                "count": 45,
                                "starts": "consent_received",
                                "stops": "report_completed",
                                "citations": ["new-rule"],
                            }
                        ],
                    }
                },
            },
        }
    )
    settings = AnyObject(
        metadata={
            "description": "The settings as a whole, as `PATCH /v1/districts/{id}` takes them.",
            "example": {"roll": "next_working_day"},
        }
    )


class PreviewQuery(Query):
    after = IdField(metadata={"description": "`next_after` of the page before."})
    limit = Limit()


class MoveSchema(Schema):
    """A deadline that would be another."""

    case_id = IdField(required=True)
    student_id = IdField(required=True, allow_none=True)
    deadline_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "As it is now; null for one that there is not yet."},
    )
    term = Text(required=True, metadata={"example": "initial_evaluation"})
    title = Text(required=True)
    from_ = Day(
        data_key="from",
        required=True,
        allow_none=True,
        metadata={"description": "When it is due now."},
    )
    to = Day(required=True, allow_none=True, metadata={"description": "When it would be due."})
    days = Int64(
        required=True,
        allow_none=True,
        metadata={"description": "So many days later, negative for sooner; null without both."},
    )
    state_now = Text(
        required=True, allow_none=True, metadata={"description": "Null: there is none now."}
    )
    state_then = Text(
        required=True, allow_none=True, metadata={"description": "Null: there would be none."}
    )


class PreviewSchema(Schema):
    """The deadlines that would move, of as many live cases as were asked for."""

    items = Listed(Nested(MoveSchema), required=True, max=100_000)
    cases = Int64(
        required=True, metadata={"description": "How many live cases this page has looked at."}
    )
    version_now = Text(required=True)
    version_then = Text(required=True)
    next_after = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `after` for the cases that follow; null: no more."},
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
        items = [self.services.policies.pack(jurisdiction) for jurisdiction in JURISDICTIONS]
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
        law = self.services.policies.pack(_known(jurisdiction))
        return derived(WholePolicySchema, whole(law, self.services.policies))


@blp.route("/policies/<jurisdiction>/preview")
class PolicyPreview(Resource):
    idempotency = "optional"
    longest_body = 128 * 1024  # five times the longest pack; the shape of 1 MiB takes seconds

    @needs("deadlines:read", "settings:write", versioned=False)
    @blp.doc(operationId="preview_policy")
    @blp.arguments(PreviewQuery, location="query")
    @blp.arguments(PreviewBody)
    @blp.response(200, PreviewSchema)
    def post(self, query: dict[str, Any], sent: dict[str, Any], jurisdiction: str) -> Response:
        """Preview a change of the law or of the settings.

        Which deadlines of the district's live cases would move, from when to when and by how
        many days; nothing is stored. It rehearses a change of the settings, and needs the scope
        that makes one. A page looks at `limit` cases, so that it may be short or empty and more
        follow. The pack is held to the same shape and checks as the files
        themselves, and the body is 128 KiB at most; settings that the law would not allow are
        refused with 409.
        """
        found = policies.preview(
            self.uow,
            self.services.policies,
            _known(jurisdiction),
            pack=sent.get("pack"),
            settings=sent.get("settings"),
            after=query.get("after"),
            limit=query.get("limit", Limit.DEFAULT),
        )
        return self.json(
            PreviewSchema,
            {
                "items": [_move(move) for move in found.moves],
                "cases": found.cases,
                "version_now": found.version_now,
                "version_then": found.version_then,
                "next_after": found.next_after,
            },
        )


def _known(jurisdiction: str) -> str:
    """The jurisdiction as packs call it; 404 for one that there is not."""
    if jurisdiction.lower() not in JURISDICTIONS:
        raise Problem(
            "not-found",
            f"There is no jurisdiction {jurisdiction[:20]!r}; GET /v1/policies lists them.",
        )
    return jurisdiction.lower()


def _move(move: policies.Move) -> dict[str, Any]:
    was, will = move.was, move.will
    (told, *_) = (deadline for deadline in (will, was) if deadline is not None)
    return {
        "case_id": move.case.id,
        "student_id": move.case.student_id,
        "deadline_id": move.deadline_id,
        "term": told.term_id,
        "title": told.title,
        "from_": was.due_on if was else None,
        "to": will.due_on if will else None,
        "days": move.days,
        "state_now": str(was.state) if was else None,
        "state_then": str(will.state) if will else None,
    }
