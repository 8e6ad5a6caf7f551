"""Problem answers (RFC 9457): every kind, the exception, and what each exception becomes.

    Problem                 raised by the api itself, of a kind below
    HTTPException           the framework's own: by its status
    NotFound                404 not-found
    Invalid                 422 validation
    AlreadyThere            409 conflict
    Refused, SettingRefused 409 rule-not-met, with findings
    StaleDataError          412 stale-version
    IntegrityError          409 conflict, or 422 for a reference to a missing record
    DataError               422 validation
    OperationalError        503 unavailable
    anything else           500 internal-error, logged, nothing told

`/problems/<slug>` shows what each kind means and what to do.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy.exc
import structlog
from flask import Flask, Response, current_app, request
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from service.api.plumbing.services import request_id
from service.storage.base import Base
from service.storage.unit_of_work import NotFound
from service.workflow.districts import SettingRefused
from service.workflow.invalid import AlreadyThere, Invalid
from service.workflow.step import Refused

log = structlog.get_logger("childfind")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its page is `/problems/<slug>`."""

    slug: str
    status: int
    title: str
    happened: str
    cure: str


KINDS: dict[str, Kind] = {
    kind.slug: kind
    for kind in (
        Kind(
            "bad-request",
            400,
            "The request could not be read.",
            "Something about the request itself (a header, the address) is malformed.",
            "Read `detail`, correct the request and send it again.",
        ),
        Kind(
            "malformed-json",
            400,
            "The body is not acceptable JSON.",
            "The body is empty, is not JSON in UTF-8, is nested too deeply, names a member twice, "
            "or holds a value that cannot be kept: NUL, half of a surrogate pair, NaN, infinity, "
            "an integer beyond 64 bits.",
            "`detail` and `errors` say where. Correct the body and send it again.",
        ),
        Kind(
            "idempotency-key",
            400,
            "A POST needs an idempotency key.",
            "The header `Idempotency-Key` is missing, or is not 1 to 255 visible ASCII characters.",
            "Make one key (a UUID will do) for each thing you want done once, and send the same "
            "key when you retry it. A retry with the same key and body does nothing twice.",
        ),
        Kind(
            "unauthorized",
            401,
            "A valid access token is needed.",
            "There is no bearer token, or it has expired, or it was not issued here.",
            "Ask `POST /oauth/token` for a token with your client id and secret, and send it as "
            "`Authorization: Bearer …`. Tokens live ten minutes. Spool your referrals and retry.",
        ),
        Kind(
            "scope-missing",
            403,
            "The token lacks a scope.",
            "The operation needs a scope that this token does not carry; `detail` names it.",
            "Ask for a token with that scope. If the client does not hold it, ask the district.",
        ),
        Kind(
            "district",
            403,
            "The request does not say which district, or names one that is not yours.",
            "A client that serves several districts names one per request in the header "
            "`Childfind-District`; it must be one of its own.",
            "Send the id of one of your districts in `Childfind-District`.",
        ),
        Kind(
            "acting-staff",
            403,
            "The acting staff member is not one of this district's.",
            "`Childfind-Acting-Staff` must be the id of an active staff member of the district.",
            "Send the id of an active staff member (`GET /v1/staff`), or leave the header out.",
        ),
        Kind(
            "not-allowed",
            403,
            "This caller may not do that.",
            "The operation needs a person, or a client that the district trusts to name one.",
            "Name the staff member who acts in `Childfind-Acting-Staff`. If the client is not "
            "trusted to name one, ask the district: `childfind client create --may-assert-people`.",
        ),
        Kind(
            "not-found",
            404,
            "There is no such thing here.",
            "No such address, or no record of this id in your district. The answer is the same "
            "whether a record does not exist or is another district's.",
            "Check the address and the id.",
        ),
        Kind(
            "method-not-allowed",
            405,
            "This address does not know that method.",
            "The address exists, the method does not; the header `Allow` lists those that do.",
            "Use one of the methods in `Allow`.",
        ),
        Kind(
            "not-acceptable",
            406,
            "The answer cannot be given in the form you asked for.",
            "`Accept` names no form that this address can give.",
            "Ask for `application/json`.",
        ),
        Kind(
            "conflict",
            409,
            "It conflicts with a record that is already there.",
            "Another record has the same natural key, or something still refers to this one.",
            "`detail` names the record or the members. Use the record that is there, or change it.",
        ),
        Kind(
            "rule-not-met",
            409,
            "A rule of the process is not met.",
            "The step is gated by rules, and at least one blocks it. `findings` lists every rule "
            "that was asked, what was found, what would remedy it, who may override it, and the "
            "law it comes from. `GET …/steps/{step}` gives the same list beforehand.",
            "Do what the `remedy` of each blocking finding says, then take the step again.",
        ),
        Kind(
            "request-in-progress",
            409,
            "The same request is still running.",
            "Another request with this idempotency key has not finished yet.",
            "Wait a second and send it again with the same key.",
        ),
        Kind(
            "length-required",
            411,
            "The body needs a Content-Length.",
            "The body was sent in chunks without telling its length.",
            "Send the body whole, with `Content-Length`.",
        ),
        Kind(
            "stale-version",
            412,
            "The record has changed since you read it.",
            "`If-Match` names a version that is no longer the current one; the header `ETag` of "
            "this answer names it.",
            "Read the record again, apply your change to what it is now, and send its new ETag.",
        ),
        Kind(
            "content-too-large",
            413,
            "The body is too large.",
            "The body is longer than this address accepts; `detail` says how much that is.",
            "Send less at once. Rosters go through the import, which takes more.",
        ),
        Kind(
            "unsupported-media-type",
            415,
            "The body is of a kind that this address does not read.",
            "`Content-Type` is missing or is not the one this address reads.",
            "Send JSON, and say so: `Content-Type: application/json`.",
        ),
        Kind(
            "validation",
            422,
            "Some of what was sent is not acceptable.",
            "The body or a parameter was understood, but values are missing, of the wrong kind, "
            "out of range, or refer to something that is not there.",
            "`errors` lists everything at once, each with where it stands, a code and a message.",
        ),
        Kind(
            "history-refused",
            422,
            "The case history cannot be taken as a whole.",
            "The body is no UTF-8 text in the shape that its Content-Type says, a needed column is "
            "missing, no record is in it, the zip holds what no history needs, or it is too long "
            "to be tried at once. Nothing was changed.",
            "`code` and `remedy` say what is wrong with this one and what to do about it. A line "
            "that cannot be taken is no reason: it is left out and told of.",
        ),
        Kind(
            "roster-refused",
            422,
            "The roster cannot be taken as a whole.",
            "The body is not a zip, or not one of a OneRoster bundle, or it holds what no roster "
            "needs: paths that climb, links, archives in archives, files that unpack without end. "
            "Nothing was read from it and nothing was changed.",
            "`code` and `remedy` say what is wrong with this one and what to do about it. Zip the "
            "CSV files themselves, flat, and send that.",
        ),
        Kind(
            "unknown-parameter",
            422,
            "There is no such query parameter here.",
            "A parameter that would be ignored is refused, so that a misspelt filter never looks "
            "like an answer. `detail` lists the ones this address knows.",
            "Correct or remove the parameter.",
        ),
        Kind(
            "idempotency-key-reused",
            422,
            "The idempotency key was used for another request.",
            "A key stands for one request. This one was sent before with another address or body.",
            "Make a new key for a new request; keep the key only for retries of the same one.",
        ),
        Kind(
            "precondition-required",
            428,
            "Say which version you are changing.",
            "PUT, PATCH and DELETE need `If-Match`, so that nobody's change is lost unseen.",
            "Read the record and send its `ETag` as `If-Match`.",
        ),
        Kind(
            "too-many-requests",
            429,
            "Too many requests.",
            "This client has sent more requests than it may in this time.",
            "Wait as long as `Retry-After` says. Spool your referrals and retry.",
        ),
        Kind(
            "internal-error",
            500,
            "Something went wrong on our side.",
            "The service failed; nothing was stored.",
            "Retry with the same idempotency key. If it stays, tell the operator the request id.",
        ),
        Kind(
            "unavailable",
            503,
            "The service cannot answer just now.",
            "The database is busy or out of reach; nothing was stored.",
            "Wait as long as `Retry-After` says, then retry with the same idempotency key. Spool "
            "your referrals.",
        ),
    )
}

BY_STATUS = {
    400: "bad-request",
    401: "unauthorized",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    411: "length-required",
    412: "stale-version",
    413: "content-too-large",
    415: "unsupported-media-type",
    422: "validation",
    428: "precondition-required",
    429: "too-many-requests",
    500: "internal-error",
    503: "unavailable",
}
"""The kind for an error that only has a status."""


class Problem(Exception):
    """An answer of one of the kinds, with what is particular to this request.

    `errors`: `{"in", "pointer" or "parameter", "code", "message"}` each.
    """

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail = KINDS[slug], detail
        self.errors, self.headers, self.more = tuple(errors), dict(headers or {}), more

    def body(self, status: int | None = None) -> dict[str, Any]:
        """What it says, as JSON."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.kind.slug}",
            "title": self.kind.title,
            "status": status or self.kind.status,
            "detail": self.detail,
            "instance": request.path,
            "request_id": request_id(),
        }
        if self.errors:
            body["errors"] = list(self.errors)
        return body | self.more

    def response(self, status: int | None = None) -> Response:
        """The answer; the framework knows a few statuses that share a kind."""
        status = status or self.kind.status
        answer = Response(
            orjson.dumps(self.body(status)),
            status=status,
            mimetype="application/problem+json",
        )
        answer.headers.update(self.headers)
        return answer


def body_error(pointer: str, code: str, message: str) -> dict[str, str]:
    """One entry of `errors` about the body."""
    return {"in": "body", "pointer": pointer, "code": code, "message": message}


def parameter_error(name: str, code: str, message: str, *, where: str = "query") -> dict[str, str]:
    """One entry of `errors` about a query parameter or a header."""
    return {"in": where, "parameter": name, "code": code, "message": message}


def register(app: Flask) -> None:
    """Let every exception of the application become a problem answer."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> Response:
    """The answer an exception becomes."""
    if isinstance(error, HTTPException):
        return _of_framework(error)
    return problem_of(error).response()


def problem_of(error: Exception) -> Problem:
    """The problem an exception becomes; unknown ones are logged and told nothing about."""
    match error:
        case Problem():
            return error
        case NotFound():
            kind = error.kind.removesuffix("s").replace("_", " ")
            return Problem("not-found", f"There is no {kind} {error.id} in this district.")
        case Invalid():
            return Problem(
                "validation",
                " ".join(dict.fromkeys(problem.message for problem in error.problems)),
                errors=[body_error(p.pointer, p.code, p.message) for p in error.problems],
            )
        case AlreadyThere():
            return Problem("conflict", str(error), record={"type": error.kind, "id": error.id})
        case Refused():
            return _of_decision(error.decision.as_json())
        case SettingRefused():
            findings = [finding.as_json() for finding in error.findings]
            return Problem("rule-not-met", f"{error}", findings=findings)
        case StaleDataError():
            return Problem("stale-version", "Somebody else changed the record at the same moment.")
        case sqlalchemy.exc.IntegrityError():
            return _of_constraint(error)
        case sqlalchemy.exc.DataError():
            return Problem("validation", "A value is outside what can be stored.")
        case sqlalchemy.exc.OperationalError() | sqlalchemy.exc.TimeoutError():
            log.error("database unavailable", request_id=request_id(), error=type(error).__name__)
            return Problem("unavailable", "The database is busy.", headers={"Retry-After": "2"})
    log.error("internal error", request_id=request_id(), **_trace(error))
    return Problem("internal-error", "The service failed; the request id leads to its log.")


def _trace(error: Exception) -> dict[str, Any]:
    """Where it happened. The database's own words stay out of the log: they quote values."""
    quotes = isinstance(error, sqlalchemy.exc.SQLAlchemyError) and not current_app.testing
    return {
        "error": type(error).__name__,
        "said": None if quotes else str(error),
        "trace": traceback.format_tb(error.__traceback__),
    }


def _of_decision(decision: dict[str, Any]) -> Problem:
    blocking = ", ".join(f["rule_id"] for f in decision["findings"] if f["blocks"])
    return Problem(
        "rule-not-met", f"The step `{decision['step']}` is refused by {blocking}.", **decision
    )


def _of_framework(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return Response(error.get_response().get_data(), status, error.get_headers())
    if status >= 500 and (original := getattr(error, "original_exception", None)) is not None:
        return problem_of(original).response()
    slug = BY_STATUS.get(status, "bad-request")
    problem = Problem(slug, _framework_words(error, status))
    response = problem.response(status)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _framework_words(error: HTTPException, status: int) -> str:
    if status == 404:
        return f"There is nothing at {request.path}."
    if status == 405:
        return f"{request.method} is not known at {request.path}."
    return error.description or KINDS[BY_STATUS.get(status, "bad-request")].title


# Constraints --------------------------------------------------------------------------


def _unique_by_name() -> dict[str, tuple[str, tuple[str, ...]]]:
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for table in Base.metadata.tables.values():
        uniques: list[Any] = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
        uniques += [index for index in table.indexes if index.unique]
        for unique in uniques:
            if unique.name is not None:
                found[str(unique.name)] = (table.name, tuple(unique.columns.keys()))
        found[f"pk_{table.name}"] = (table.name, tuple(table.primary_key.columns.keys()))
    return found


def _of_constraint(error: sqlalchemy.exc.IntegrityError) -> Problem:
    """Say in words what a constraint refused; the two engines name it differently."""
    said = str(error.orig)
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    state = getattr(error.orig, "sqlstate", None)
    if state == "23505" or "UNIQUE constraint failed" in said:
        table, columns = _which_unique(name, said)
        kept = [c for c in columns if c != "district_id"]
        return Problem(
            "conflict",
            f"Another of the district's {table.replace('_', ' ')} has the same "
            f"{' and '.join(kept) or 'key'}.",
            errors=[body_error(f"/{c}", "taken", "Already taken.") for c in kept],
        )
    if state in ("23503", "23001") or "FOREIGN KEY constraint failed" in said:
        if request.method == "DELETE":
            return Problem("conflict", "Something still refers to this record.")
        column = _referring_column(name)
        return Problem(
            "validation",
            "A reference leads to a record that is not in this district.",
            errors=[body_error(f"/{column}" if column else "", "not_found", "No such record.")],
        )
    if state == "23502" or "NOT NULL constraint failed" in said:
        return Problem("validation", "A member that must have a value has none.")
    if (name or said).endswith("days_in_order"):
        why = "The days would be out of order with those on record."
        return Problem("validation", why, errors=[body_error("", "order", why)])
    why = "The values do not go together, or with what is on record."
    return Problem("validation", why, errors=[body_error("", "impossible", why)])


def _which_unique(name: str | None, said: str) -> tuple[str, tuple[str, ...]]:
    if name is not None:
        return _unique_by_name().get(name, ("records", ()))
    pairs = re.findall(r"(\w+)\.(\w+)", said.split("failed:", 1)[-1])
    return (pairs[0][0], tuple(c for _, c in pairs)) if pairs else ("records", ())


def _referring_column(name: str | None) -> str | None:
    """The column of a named foreign key that is not the district."""
    keys = (key for table in Base.metadata.tables.values() for key in table.foreign_key_constraints)
    found = next((key for key in keys if name and key.name == name), None)
    columns = found.column_keys if found is not None else ()
    return next((column for column in columns if column != "district_id"), None)
