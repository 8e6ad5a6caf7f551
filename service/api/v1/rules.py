"""Rules: the catalogue of everything that is checked here, and why."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from service.api.plumbing.auth import needs
from service.api.plumbing.derived import derived
from service.api.plumbing.fields import AnyObject, Schema, Text, Words
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.problems import Problem
from service.api.plumbing.resource import Resource
from service.api.plumbing.shapes import CitationSchema
from service.domain.lifecycles import steps_asking
from service.domain.policy import MODES, Policy, Rule
from service.workflow.districts import governed

blp = Blueprint(
    "rules",
    "Rules",
    description="The rules of the process: what each asks and why, which steps run it, what "
    "would unblock it, who may override it, and the law it comes from.",
)

FRAMEWORKS = {
    "idea": "Not asked in a case that is only Section 504.",
    "section_504": "Not asked in a case that is only IDEA.",
    "any": "Asked in every case.",
}


class StepOfRuleSchema(Schema):
    """A step that runs the rule."""

    record = Text(required=True, metadata={"example": "case"})
    step = Text(
        required=True,
        metadata={
            "description": "The step's name; `receipt` of a referral is never refused.",
            "example": "start-evaluation",
        },
    )


class RuleSchema(Schema):
    """A rule."""

    id = Text(required=True, metadata={"example": "IDEA-CONSENT-EVAL"})
    title = Text(required=True)
    why = Text(required=True, max=4000)
    mode = Words(MODES, required=True)
    framework = Words(FRAMEWORKS, required=True)
    unblock = Text(
        required=True, max=4000, metadata={"description": "What to do when it is not met."}
    )
    override = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Who may lift it, with a reason; null when nobody may."},
    )
    steps = fields.List(
        fields.Nested(StepOfRuleSchema),
        required=True,
        metadata={"description": "The steps that run it; a step shows what it found."},
    )
    terms = fields.List(
        Text(),
        required=True,
        metadata={
            "description": "The deadlines it gives rise to, by the `term` of a deadline.",
            "example": ["initial_evaluation"],
        },
    )
    setting = AnyObject(
        required=True,
        metadata={
            "description": "What your state and your district have chosen about it, as it is in "
            "force for your district; empty when there is nothing to choose.",
            "example": {"mode": "required_with_bypass", "min_interventions": 1},
        },
    )
    citations = fields.List(fields.Nested(CitationSchema), required=True)


class NotEnforcedSchema(Schema):
    """A federal rule that the service knows and deliberately does not enforce."""

    id = Text(required=True, metadata={"example": "FERPA-CONSENT"})
    requires = Text(required=True, max=4000)
    reason = Text(required=True, max=4000)
    citations = fields.List(fields.Nested(CitationSchema), required=True)


class RuleList(Schema):
    """Every rule there is."""

    items = fields.List(fields.Nested(RuleSchema), required=True)
    not_enforced = fields.List(
        fields.Nested(NotEnforcedSchema),
        required=True,
        metadata={"description": "What the law asks beside, and why no step here asks for it."},
    )
    next_cursor = Text(
        required=True, allow_none=True, metadata={"description": "Always null: this is all."}
    )


class _Rules(Resource):
    """What both addresses have: the law in force for the caller's district."""

    def _policy(self) -> Policy:
        return governed(self.uow, self.services.policies).policy


@blp.route("/rules")
class Rules(_Rules):
    @needs()
    @blp.doc(operationId="list_rules")
    @blp.response(200, RuleList)
    def get(self) -> Response:
        """List the rules.

        All of them, each with the steps that run it and its setting in your district.
        """
        policy = self._policy()
        items = [_shown(card, policy) for card in policy.rules.values()]
        not_enforced = self.services.policies.not_enforced
        return derived(
            RuleList, {"items": items, "not_enforced": not_enforced, "next_cursor": None}
        )


@blp.route("/rules/<rule_id>")
class OneRule(_Rules):
    @needs()
    @blp.response(200, RuleSchema)
    def get(self, rule_id: str) -> Response:
        """Get a rule.

        Its id is read without regard to case.
        """
        policy = self._policy()
        card = policy.rules.get(rule_id.upper())
        if card is None:
            raise Problem(
                "not-found", f"There is no rule {rule_id[:64]!r}; GET /v1/rules lists them."
            )
        return derived(RuleSchema, _shown(card, policy))


def _shown(card: Rule, policy: Policy) -> dict[str, Any]:
    return {
        "id": card.id,
        "title": card.title,
        "why": card.why,
        "mode": card.mode,
        "framework": card.framework,
        "unblock": card.unblock,
        "override": card.override,
        "steps": [{"record": record, "step": step} for record, step in steps_asking(card.id)],
        "terms": [
            term_id
            for term_id, history in policy.terms.items()
            if any(dated.value.rule_id == card.id for dated in history)
        ],
        "setting": dict(policy.setting(card.id)),
        "citations": card.citations,
    }
