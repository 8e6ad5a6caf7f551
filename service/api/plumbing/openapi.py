"""The Api and Blueprint of this service: what they document, and that it is all of it.

flask-smorest documents what decorators say. Added here, for every operation: an id, its
scope, the headers it reads and answers with, the dry run, and every problem it can give,
under names that do not depend on the version of Python.
"""

from __future__ import annotations

import re
from typing import Any

import flask_smorest
import marshmallow as ma
from apispec import BasePlugin

from service.api.plumbing import choosing, problems, tables
from service.api.plumbing.auth import ACTING_STAFF, DISTRICT
from service.api.plumbing.bodies import NDJSON
from service.api.plumbing.examples import add_examples
from service.api.plumbing.fields import document
from service.api.plumbing.idempotency import HEADER as IDEMPOTENCY_KEY
from service.api.plumbing.problems import KINDS
from service.api.plumbing.reading import Parser
from service.api.plumbing.scopes import SCOPES
from service.api.plumbing.shapes import DecisionSchema, ProblemSchema
from service.api.plumbing.survey import answer_of

VERBS = {"put": "replace", "patch": "update", "delete": "delete"}
PROBLEM = "application/problem+json"

# A fixed name for each status: Python renamed some of its own.
ERRORS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    411: "LengthRequired",
    412: "PreconditionFailed",
    413: "ContentTooLarge",
    415: "UnsupportedMediaType",
    422: "ValidationFailed",
    428: "PreconditionRequired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "Unavailable",
}


class _OperationIds(BasePlugin):
    """Gives every operation an id that says what it does: `list_schools`."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, **_: Any
    ) -> None:
        for method, operation in (operations or {}).items():
            if "operationId" not in operation:
                operation["operationId"] = operation_id(method, path or "", operation)
            operation.pop("x-list", None)
            if method == "get" and "{" not in (path or ""):
                operation.get("responses", {}).pop(404, None)
            name = operation["operationId"]
            place = f"{method} {path}"
            if self.given.setdefault(name, place) != place:
                raise ValueError(f"operationId {name}: {place} and {self.given[name]}")


def operation_id(method: str, path: str, operation: dict[str, Any]) -> str:
    """`GET /v1/referrals/{id}/consents` is `list_referral_consents`."""
    parts = [p for p in path.strip("/").split("/") if p != "v1"]
    words = [p.replace("-", "_").replace(".", "_") for p in parts if not p.startswith("{")]
    single = path.endswith("}")
    if method == "get":
        verb = "list" if operation.get("x-list") and not single else "get"
    elif method == "post":
        verb = "take" if "steps" in words else "create"
    else:
        verb = VERBS[method]
    last = words[-1] if words else "root"
    if single or (method == "post" and verb == "create"):
        last = singular(last)
    if verb == "take":
        last = "step"
    return "_".join([verb, *(singular(word) for word in words[:-1]), last])


def singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


class Api(flask_smorest.Api):
    """Problems instead of smorest's errors, and components with fixed names."""

    ERROR_SCHEMA = ProblemSchema  # type: ignore[assignment]
    DEFAULT_ERROR_RESPONSE_NAME = None  # type: ignore[assignment]

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(extra_plugins=[_OperationIds()], **options)
        document(self.ma_plugin)
        components = self.spec.components
        components.security_scheme(
            "oauth2",
            {
                "type": "oauth2",
                "description": "Client credentials (RFC 6749, 4.4). Tokens live ten minutes.",
                "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": SCOPES}},
            },
        )
        for name, (header, text, schema, required) in PARAMETERS.items():
            components.parameter(
                name,
                "header" if header != "dry_run" else "query",
                {"name": header, "description": text, "schema": schema, "required": required},
            )
        components.schema("Table", {"type": "string", "description": tables.SAID})
        for name, (text, example) in ANSWER_HEADERS.items():
            schema = {"type": "integer"} if name == "TotalCount" else {"type": "string"}
            components.header(name, {"description": text, "schema": schema, "example": example})

    def _register_responses(self) -> None:
        for status, name in ERRORS.items():
            kinds = [kind for kind in KINDS.values() if kind.status == status]
            said = " ".join(f"`{kind.slug}`: {kind.title}" for kind in kinds)
            examples = {
                kind.slug: {
                    "summary": kind.title,
                    "value": {
                        "type": f"/problems/{kind.slug}",
                        "title": kind.title,
                        "status": status,
                        "detail": kind.happened,
                        "instance": "/v1/schools",
                        "request_id": "3f0c9a5e7d21",
                    },
                }
                for kind in kinds
            }
            response: dict[str, Any] = {
                "description": said,
                "content": {PROBLEM: {"schema": ProblemSchema, "examples": examples}},
            }
            if status == 401:
                response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
            if status in (429, 503):
                response["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
            self.spec.components.response(name, response, lazy=True)

    def _register_etag_headers(self) -> None:
        """Ours are declared above."""

    def _register_pagination_header(self) -> None:
        """There is none."""

    def _register_error_handlers(self) -> None:
        problems.register(self._app)

    def register_blueprint(self, blp: Any, **options: Any) -> None:
        super().register_blueprint(blp, **options)
        # smorest names the tag after the blueprint; people read its title.
        *named, _ = self.spec._tags
        if blp.description:
            named.append({"name": blp.tag, "description": blp.description})
        self.spec._tags = named


PARAMETERS: dict[str, tuple[str, str, dict[str, Any], bool]] = {
    "IfMatch": ("If-Match", "The ETag of the version you are changing.", {"type": "string"}, True),
    "IfMatchOptional": (
        "If-Match",
        "The ETag of the version you mean; honoured when given.",
        {"type": "string"},
        False,
    ),
    "IfNoneMatch": (
        "If-None-Match",
        "The ETag you have; 304 when it is still current.",
        {"type": "string"},
        False,
    ),
    "IdempotencyKey": (
        IDEMPOTENCY_KEY,
        "One key for each thing you want done once; retries send the same.",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        True,
    ),
    "IdempotencyKeyOptional": (
        IDEMPOTENCY_KEY,
        "One key for each thing you want done once; retries send the same.",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        False,
    ),
    "DryRun": (
        "dry_run",
        "Decide and answer, but keep nothing.",
        {"type": "boolean", "default": False},
        False,
    ),
    "District": (
        DISTRICT,
        "The id of the district that the client means; needed only when it serves several.",
        {"type": "string"},
        False,
    ),
    "ActingStaff": (
        ACTING_STAFF,
        "The id of the staff member for whom the client acts; stored as asserted by the client.",
        {"type": "string"},
        False,
    ),
}

ANSWER_HEADERS: dict[str, tuple[str, Any]] = {
    "ETag": ("The version of the record.", '"3"'),
    "Location": ("Where the record is.", "/v1/schools/01936f1e-8a00-7000-8000-000000000001"),
    "Link": ("The next page and the first (RFC 8288).", '</v1/schools?cursor=…>; rel="next"'),
    "TotalCount": ("How many there are; only with `include_total=true`.", 120),
    "Replayed": ("`true` when the answer is a stored one.", "true"),
}


def finished(document: dict[str, Any]) -> dict[str, Any]:
    """The document, with examples, and with answers left open to more members.

    A body that names an unknown member is refused, but an answer may gain some: only what is
    reached from a request says `additionalProperties: false`.
    """
    schemas = document["components"]["schemas"]
    bodies_ = [
        operation.get("requestBody")
        for operations in document["paths"].values()
        for operation in operations.values()
        if isinstance(operation, dict)
    ]
    sent: set[str] = set()
    waiting: list[Any] = list(bodies_)
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/schemas/")[2]
            if name and name not in sent:
                sent.add(name)
                waiting.append(schemas[name])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    for name, schema in schemas.items():
        if name not in sent:
            schema.pop("additionalProperties", None)
    add_examples(document)
    _simplify(document)
    return document


def _simplify(node: Any) -> None:
    """Say the same in the words that generators of clients know.

    A word or null, so that null is none of the words. An answer of many lines is text, each line
    of which is of the schema: no generator can read it as one such object.
    """
    if isinstance(node, list):
        for part in node:
            _simplify(part)
    if not isinstance(node, dict):
        return
    for part in node.values():
        _simplify(part)
    if node.get("type") == ["string", "null"] and None in node.get("enum", ()):
        words = [word for word in node.pop("enum") if word is not None]
        del node["type"]
        node["anyOf"] = [{"type": "string", "enum": words}, {"type": "null"}]
    lines = node.get(NDJSON)
    if isinstance(lines, dict) and "$ref" in lines.get("schema", {}):
        lines["schema"] = {
            "type": "string",
            "contentMediaType": NDJSON,
            "contentSchema": lines["schema"],
        }


class Blueprint(flask_smorest.Blueprint):
    """A resource's routes under `/v1`, with everything documented.

    `Blueprint("schools", "Schools", description="…")`: its name, its title in the document. One
    without a description belongs under the title of another.
    """

    ARGUMENTS_PARSER = Parser()

    def __init__(
        self, name: str, tag: str, *, description: str = "", url_prefix: str | None = "/v1"
    ) -> None:
        super().__init__(name, __name__, description=description, url_prefix=url_prefix)
        self.tag = tag
        self._prepare_doc_cbks.append(self._prepare_house_doc)  # type: ignore[arg-type]

    def arguments(self, schema: Any, *, location: str = "json", **options: Any) -> Any:
        """As flask-smorest has it, and a body that is not `required` may be left out.

        A query also takes `fields` and `expand`, by the answer.
        """
        plain = super().arguments

        def decorated(function: Any) -> Any:
            read, answered = schema, answer_of(function)
            if not options.get("required", True):
                read = schema()
                read.may_be_left_out = True
            if location == "query" and answered is not None:
                read = choosing.query_of(schema, answered)
            return plain(read, location=location, **options)(function)

        return decorated

    def _store_endpoint_docs(
        self, endpoint: str, obj: Any, parameters: Any, tags: Any, **options: Any
    ) -> None:
        super()._store_endpoint_docs(endpoint, obj, parameters, tags or [self.tag], **options)
        for method, doc in self._docs[endpoint].items():
            if method != "parameters":
                doc["idempotency"] = getattr(obj, "idempotency", None)

    @staticmethod
    def _prepare_house_doc(
        doc: dict[str, Any], info: dict[str, Any], *, method: str, **_: Any
    ) -> dict[str, Any]:
        """Add what the house does for every operation."""
        needs = info.get("needs")
        responses = doc.setdefault("responses", {})
        answers = {int(s): r for s, r in responses.items() if isinstance(r, dict)}
        headers: list[str] = []
        errors = [500, 503]
        body = "requestBody" in doc or "requestBody" in info.get("manual_doc", {})
        query = any(isinstance(p, dict) and p["in"] == "query" for p in doc.get("parameters", []))
        parameters = doc.setdefault("parameters", [])
        if needs is not None:
            doc["security"] = [{"oauth2": list(needs)}]
            parameters += ["District", "ActingStaff"]
            errors += [400, 401, 403, 404, 422]
            scope = ", ".join(f"`{n}`" for n in needs)
            said = f"Scope: {scope}." if needs else "Any valid token will do."
            manual = info.get("manual_doc", {})
            told = manual if "description" in manual else info["docstring"]
            told["description"] = "\n\n".join(filter(None, [told.get("description"), said]))
        if needs is not None and method in ("post", "put", "patch", "delete"):
            parameters.append("DryRun")
            errors += [409, 411, 413]
            if method == "post":
                if info.get("idempotency") == "required":
                    parameters.append("IdempotencyKey")
                else:
                    parameters.append("IdempotencyKeyOptional")
                headers.append("Replayed")
            else:
                parameters.append("IfMatch")
                errors += [412, 428]
        if body:
            errors += [400, 411, 413, 415, 422]
        if query:
            errors.append(422)
        if method == "get":
            for response in answers.values():
                _document_table(response)
        paged = any(_is_page(r) for r in answers.values())
        if paged:
            doc["x-list"] = True
            headers += ["Link", "TotalCount"]
        elif needs is not None and info.get("versioned"):
            if method == "get":
                parameters.append("IfNoneMatch")
                responses.setdefault(304, {"description": "You have the current version."})
                headers.append("ETag")
            elif method in ("post", "put", "patch"):
                headers += ["ETag", "Location"]
        for status, response in answers.items():
            if status < 300:
                for name in headers:
                    shown = HEADER_NAMES.get(name, name)
                    response.setdefault("headers", {})[shown] = name
        if needs is not None and method != "get":
            _document_dry_run(responses, answers)
        for status in errors:
            if status not in answers:
                responses[status] = ERRORS[status]
        doc["responses"] = dict(sorted(responses.items(), key=lambda pair: int(pair[0])))
        return doc


HEADER_NAMES = {"TotalCount": "X-Total-Count", "Replayed": "Idempotent-Replayed"}


def _document_dry_run(responses: dict[Any, Any], answers: dict[int, Any]) -> None:
    """A dry run answers 200 with a decision, beside whatever else answers 200."""
    if 200 not in answers:
        responses[200] = {
            "description": "A dry run: the decision.",
            "content": {"application/json": {"schema": DecisionSchema}},
        }
        return
    contents = answers[200].get("content", {})
    content = contents.get("application/json")
    if contents and content is None:
        contents["application/json"] = {"schema": DecisionSchema}
    if content and "schema" in content and not _is(content["schema"], DecisionSchema):
        content["schema"] = {"anyOf": [content["schema"], DecisionSchema]}


def _document_table(response: dict[str, Any]) -> None:
    """A list and a report can be had as CSV."""
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    if isinstance(schema, ma.Schema) and tables.is_table(schema):
        response["content"][tables.MEDIA_TYPE] = {"schema": "Table"}


def _is(schema: Any, kind: type[ma.Schema]) -> bool:
    return schema is kind or isinstance(schema, kind)


def _is_page(response: dict[str, Any]) -> bool:
    for content in response.get("content", {}).values():
        schema = content.get("schema")
        name = getattr(schema, "__name__", type(schema).__name__)
        if re.fullmatch(r"\w+Page", name):
            return True
    return False
