"""The steps of a record over HTTP: list them, explain one, take one.

    add_steps(blp, CASE, path="/cases/<uuid:id>", scope="cases", load=..., schema=CaseSchema,
              details={"close": CloseDetails})

A step without an entry in `details` takes none of its own. What any step may be sent is in
`StepDetails`; nothing at all stands for an empty object.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

import marshmallow as ma
import orjson
from flask import Response, request
from marshmallow import fields

from service.api.plumbing import bodies, etags
from service.api.plumbing.auth import ACTING_STAFF, check_person, check_scopes, needs
from service.api.plumbing.edge import check_content_type
from service.api.plumbing.fields import Listed, Nested, Schema, Text
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.reading import validation_problem
from service.api.plumbing.resource import Resource, decision_answer, decision_json
from service.api.plumbing.serializer import OPTIONS, compiled
from service.api.plumbing.shapes import DecisionSchema
from service.domain.lifecycles import Lifecycle
from service.storage.unit_of_work import UnitOfWork
from service.workflow import step as steps

Load = Callable[[UnitOfWork, UUID], Any]

VERSION = {"ETag": "ETag"}
"""The record's version, to send as `If-Match` with the step. No 304 is told by it: what the
rules find rests on more than the record itself."""


BY_A_PERSON = (
    f"A person takes it: name them in `{ACTING_STAFF}`, with a client that may "
    "(`childfind client create --may-assert-people`)."
)


class OverrideSaid(Schema):
    """A rule that a person lifts for this step, why, and by which authority."""

    rule_id = Text(required=True, max=64, metadata={"example": "IDEA-CONSENT-REFUSED-EVAL"})
    reason = Text(
        required=True,
        max=20000,
        metadata={"example": "The parent refused, and the hearing officer ordered the evaluation."},
    )
    authority = Text(
        required=True,
        max=2000,
        metadata={"example": "Order of hearing officer L. Brandt, 2026-10-02"},
    )


class StepDetails(Schema):
    """What any step may be sent."""

    overrides = Listed(
        Nested(OverrideSaid),
        max=20,
        metadata={
            "description": "Rules to lift, of those whose `override` in `GET /v1/rules` says who "
            f"may. {BY_A_PERSON} Each that lifts something is kept and listed at "
            "`GET /v1/overrides`.",
        },
    )


class NoDetails(StepDetails):
    """A step that takes no details of its own."""


class StepList(Schema):
    """Every step of a record's life, allowed or not."""

    items = fields.List(fields.Nested(DecisionSchema), required=True)


def add_steps(
    blp: Blueprint,
    lifecycle: Lifecycle,
    *,
    path: str,
    scope: str,
    load: Load,
    schema: type[Schema],
    details: Mapping[str, type[StepDetails]] | None = None,
    present: Callable[[UnitOfWork, Any], Any] | None = None,
    name: str | None = None,
    also: Mapping[str, str] | None = None,
    by_a_person: Collection[str] = (),
) -> None:
    """Add `GET path/steps`, and `GET` and `POST path/steps/{step}`, for one lifecycle.

    `load` gives the row; `schema` shows it as `record` after the step (of what `present`
    makes of the row, if given). Scopes are `<scope>:read` and `<scope>:write`; `also` names
    one that a step needs beside it; those `by_a_person` need one, named by a client that the
    district trusts to do so. `name` is the noun of a second address of the same steps.
    """
    forms = {name: (details or {}).get(name, NoDetails) for name in lifecycle.names}
    unknown = set(details or {}) - set(forms)
    if unknown:
        raise ValueError(f"no such steps of a {lifecycle.record}: {', '.join(sorted(unknown))}")
    name = name or lifecycle.record
    noun = name.replace("child_find", "child-find").replace("_", " ")
    article = "an" if noun[0] in "aeiou" else "a"
    title = "".join(word.capitalize() for word in name.split("_"))
    words = ", ".join(lifecycle.names)
    taken: Any = type(
        f"{title}StepTaken",
        (Schema,),
        {
            "decision": fields.Nested(DecisionSchema, required=True),
            "record": fields.Nested(schema, required=True),
            "__doc__": f"The decision, and the {noun} as it now is.",
        },
    )
    dump = compiled(schema)
    table = "\n".join(
        f"- `{s.name}`: {s.says} From {', '.join(sorted(s.from_))}"
        + (f", to {s.to}." if s.to else "; it stays there.")
        + (f" Rules: {', '.join(s.rules)}." if s.rules else "")
        + (f" Scope also: `{also[s.name]}`." if also and s.name in also else "")
        + (f" {BY_A_PERSON}" if s.name in by_a_person else "")
        for s in lifecycle.steps
    )

    @blp.route(f"{path}/steps", endpoint=f"{title}Steps")
    class Steps(Resource):
        @needs(f"{scope}:read", versioned=False)
        @blp.doc(
            operationId=f"list_{name}_steps",
            summary=f"List the steps of {article} {noun}.",
            description="Every step with what each of its rules finds now, allowed or not. What "
            "depends on details that are only sent with the step is `unknown`.",
        )
        @blp.response(200, StepList, headers=VERSION)
        def get(self, id: UUID) -> Response:
            row = load(self.uow, id)
            found = steps.previews(self.uow, self.services.policies, lifecycle, row)
            listed = {"items": [decision_json(decision) for decision in found]}
            answer = Response(orjson.dumps(listed, option=OPTIONS), mimetype="application/json")
            answer.headers["ETag"] = etags.etag(row.version)
            return answer

    @blp.route(
        f"{path}/steps/<any({', '.join(repr(n) for n in lifecycle.names)}):step>",
        endpoint=f"{title}Step",
    )
    class OneStep(Resource):
        @needs(f"{scope}:read", versioned=False)
        @blp.doc(
            operationId=f"explain_{name}_step",
            summary=f"Explain one step of {article} {noun}.",
            description="What each rule of the step finds now, what would remedy it, and the law "
            f"it comes from.\n\n{table}",
        )
        @blp.response(200, DecisionSchema, headers=VERSION)
        def get(self, id: UUID, step: str) -> Response:
            row = load(self.uow, id)
            decision = steps.preview(self.uow, self.services.policies, lifecycle, row, step)
            answer = decision_answer(decision)
            answer.headers["ETag"] = etags.etag(row.version)
            return answer

        @needs(f"{scope}:write")
        @blp.doc(
            operationId=f"take_{name}_step",
            summary=f"Take one step of {article} {noun}.",
            description="Refused with 409 and every finding when a rule blocks; the dry run "
            f"answers with the same decision.\n\n{table}",
            requestBody={
                "required": False,
                "content": {"application/json": {"schema": _any_of(forms)}},
            },
        )
        @blp.response(200, taken)
        def post(self, id: UUID, step: str) -> Response:
            if also and step in also:
                check_scopes(self.uow.caller, (also[step],))
            sent = _read(forms[step])
            row = load(self.uow, id)
            if (step in by_a_person or sent.get("overrides")) and not self.now_dry:
                check_person(self.uow.caller, step if step in by_a_person else "overrides")
            self.match(row, required=False)
            decision = steps.take(self.uow, self.services.policies, lifecycle, row, step, sent)
            self.uow.flush()
            if self.now_dry:
                return decision_answer(decision)
            shown = {
                "decision": decision_json(decision),
                "record": dump(present(self.uow, row) if present else row),
            }
            answer = Response(orjson.dumps(shown, option=OPTIONS), mimetype="application/json")
            answer.headers["ETag"] = etags.etag(row.version)
            return answer

        post.__doc__ = f"Take one of: {words}."


def _any_of(forms: Mapping[str, type[Schema]]) -> Any:
    kinds = list(dict.fromkeys(forms.values()))
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


def _read(form: type[Schema]) -> dict[str, Any]:
    """The details sent: nothing at all stands for an empty object."""
    raw = request.get_data(cache=True)
    if raw:
        check_content_type(("application/json",))
    try:
        loaded: dict[str, Any] = form().load(bodies.read_json(raw) if raw else {})
    except ma.ValidationError as error:
        raise validation_problem({"json": error.messages}) from None
    return loaded
