"""The service about itself: what it is, whether it is well, its problems and its document."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson
import structlog
from flask import Response, request
from flask.views import MethodView
from marshmallow import fields
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from service.api.docs import DOCUMENT, html
from service.api.plumbing.fields import Instant, Int64, Schema
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.problems import Problem
from service.api.plumbing.services import request_id, services
from service.storage.rebuilds import Rebuild

log = structlog.get_logger("childfind")

blp = Blueprint(
    "meta", "Service", description="What this service is and whether it is well.", url_prefix=None
)


ABOUT = "Referral, evaluation and eligibility for special education, with the law at hand."


class Welcome(Schema):
    """What this is and where to go."""

    name = fields.String(required=True)
    about = fields.String(required=True, metadata={"example": ABOUT})
    docs = fields.String(required=True, metadata={"example": "/docs"})
    rules = fields.String(required=True, metadata={"example": "/docs/rules"})
    states = fields.String(required=True, metadata={"example": "/docs/states"})
    openapi = fields.String(required=True, metadata={"example": DOCUMENT})
    token = fields.String(required=True, metadata={"example": "/oauth/token"})
    problems = fields.String(required=True, metadata={"example": "/problems"})


class Health(Schema):
    """How the service is."""

    status = fields.String(required=True, metadata={"example": "ok"})


class Readiness(Health):
    """Whether requests can be answered, and what the worker fails at meanwhile."""

    failing_rebuilds = Int64(
        required=True,
        metadata={
            "description": "Districts at whose deadlines the worker failed last time, after a "
            "setting or a calendar changed; the log names them."
        },
    )
    next_rebuild_try_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When the next of those is tried again. Null: there is none."},
    )


WELCOME = {
    "name": "Childfind",
    "about": ABOUT,
    "docs": "/docs",
    "rules": "/docs/rules",
    "states": "/docs/states",
    "openapi": DOCUMENT,
    "token": "/oauth/token",
    "problems": "/problems",
}


@blp.route("/")
class Root(MethodView):
    public = "it says what this is"

    @blp.doc(operationId="get_root", security=[])
    @blp.response(200, Welcome)
    def get(self) -> Response:
        """Say what this is and where to go.

        A browser gets a page, a program gets JSON.
        """
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            links = "".join(
                f"<li><a href='{WELCOME[k]}'>{WELCOME[k]}</a></li>"
                for k in ("docs", "rules", "states", "openapi", "problems")
            )
            return html("Childfind", f"<p>{escape(WELCOME['about'])}</p><ul>{links}</ul>")
        return _json(WELCOME)


@blp.route("/healthz")
class Alive(MethodView):
    public = "operators ask it"

    @blp.doc(operationId="get_health", security=[])
    @blp.response(200, Health)
    def get(self) -> Response:
        """Say that the process is alive.

        It looks at nothing else: restart the process when it does not answer.
        """
        return _json({"status": "ok"})


@blp.route("/readyz")
class Ready(MethodView):
    public = "operators ask it"

    @blp.doc(operationId="get_readiness", security=[])
    @blp.response(200, Readiness)
    def get(self) -> Response:
        """Say whether requests can be answered.

        They can when the database is within reach; send no requests here while it is not. What the
        worker fails at keeps nobody from being answered.
        """
        try:
            with services().database.reader.connect() as connection:
                failing = connection.execute(_FAILING).one()
        except SQLAlchemyError as error:
            log.error("not ready", request_id=request_id(), error=type(error).__name__)
            raise Problem(
                "unavailable", "The database is out of reach.", headers={"Retry-After": "5"}
            ) from None
        shown = {
            "status": "ok",
            "failing_rebuilds": failing.failing_rebuilds,
            "next_rebuild_try_at": failing.next_rebuild_try_at,
        }
        return _json(Readiness().dump(shown))


_FAILING = select(
    func.count().label("failing_rebuilds"),
    func.min(Rebuild.next_try_at).label("next_rebuild_try_at"),
).where(Rebuild.finished_at.is_(None), Rebuild.failures > 0)


def _json(value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value), mimetype="application/json")
