"""The edge: what is settled before a view is chosen and after it has answered.

Lengths and content types are checked here because the framework lets the wrong ones pass:
a chunked body over the limit is cut and accepted, and a body of the wrong type reads as
an empty object.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request

from service.api.plumbing.problems import Problem, parameter_error
from service.api.plumbing.services import caller, request_id, services

log = structlog.get_logger("childfind")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Cache-Control": "no-store",
}


def register(app: Flask) -> None:
    app.before_request(_open)
    app.after_request(_close)


def _open() -> None:
    """Name the request, and refuse a body whose length is unknown or too great."""
    g.started = time.perf_counter()
    sent = request.headers.get("X-Request-ID", "")
    g.request_id = sent if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(12)
    if "Transfer-Encoding" in request.headers:
        raise Problem("length-required", "Send the body whole, with Content-Length.")
    limit = _limit()
    if (request.content_length or 0) > limit:
        raise Problem("content-too-large", f"The body may be {limit} bytes long.")


def _limit() -> int:
    settings = services().settings
    view = current_app.view_functions.get(request.endpoint or "")
    resource = getattr(view, "view_class", None)
    if getattr(resource, "uploads", False):
        return settings.max_upload_bytes
    longest: int = getattr(resource, "longest_body", settings.max_json_bytes)
    return min(longest, settings.max_json_bytes)


def check_content_type(accepted: tuple[str, ...]) -> None:
    """415 unless the body says it is of a kind that is read here."""
    said = request.mimetype
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if said not in accepted or charset not in ("utf-8", "utf8"):
        raise Problem(
            "unsupported-media-type",
            f"Content-Type is {request.content_type or 'missing'}; send {' or '.join(accepted)}.",
            headers={"Accept-Patch" if request.method == "PATCH" else "Accept": accepted[0]},
        )


def check_query(known: frozenset[str]) -> None:
    """422 for a query parameter that nothing here would read, or one given twice."""
    errors = []
    for name, values in request.args.lists():
        if name not in known:
            errors.append(parameter_error(name, "unknown_parameter", "No such parameter here."))
        elif len(values) > 1:
            errors.append(parameter_error(name, "given_twice", "Give it once."))
        elif "\0" in values[0]:
            errors.append(parameter_error(name, "not_text", "This is no text."))
    if errors:
        listed = ", ".join(sorted(known)) or "none"
        raise Problem("unknown-parameter", f"Known parameters: {listed}.", errors=errors)


def _close(answer: Response) -> Response:
    """Security headers and the request's id on every answer, and one line in the log."""
    given = {name.lower() for name in answer.headers.keys()}  # noqa: SIM118 - pairs otherwise
    for name, value in HEADERS.items():
        if name.lower() not in given:
            answer.headers.add(name, value)
    answer.headers["X-Request-ID"] = request_id()
    who = caller()
    told: dict[str, Any] = {
        "method": request.method,
        # The rule, not the path: ids stay out of the log, and so do names and queries.
        "route": request.url_rule.rule if request.url_rule else None,
        "status": answer.status_code,
        "ms": round((time.perf_counter() - g.started) * 1000, 1) if "started" in g else None,
        "request_id": request_id(),
        "client_id": str(g.client_id) if "client_id" in g else None,
        "district_id": str(who.district_id) if who else None,
    }
    log.info("request", **told)
    return answer
