"""The service about itself: what it is, whether it is well, its problems and its document."""

from __future__ import annotations

import secrets
from html import escape
from pathlib import Path

import flask_swagger_ui
import orjson
import structlog
from flask import Flask, Response, request, send_from_directory
from flask.views import MethodView
from marshmallow import fields
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from service.api.plumbing.fields import Schema
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.problems import KINDS, Problem
from service.api.plumbing.services import request_id, services

log = structlog.get_logger("childfind")

blp = Blueprint(
    "meta", "Service", description="What this service is and whether it is well.", url_prefix=None
)

ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"

DOCUMENT = "/openapi.json"


class Welcome(Schema):
    """What this is and where to go."""

    name = fields.String(required=True)
    about = fields.String(required=True)
    docs = fields.String(required=True, metadata={"example": "/docs"})
    openapi = fields.String(required=True, metadata={"example": DOCUMENT})
    token = fields.String(required=True, metadata={"example": "/oauth/token"})
    problems = fields.String(required=True, metadata={"example": "/problems"})


class Health(Schema):
    """How the service is."""

    status = fields.String(required=True, metadata={"example": "ok"})


WELCOME = {
    "name": "Childfind",
    "about": "Referral, evaluation and eligibility for special education, with the law at hand.",
    "docs": "/docs",
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
                for k in ("docs", "openapi", "problems")
            )
            return _html("Childfind", f"<p>{escape(WELCOME['about'])}</p><ul>{links}</ul>")
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
    @blp.response(200, Health)
    def get(self) -> Response:
        """Say whether requests can be answered.

        They can when the database is within reach; send no requests here while it is not.
        """
        try:
            with services().database.reader.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            log.error("not ready", request_id=request_id(), error=type(error).__name__)
            raise Problem(
                "unavailable", "The database is out of reach.", headers={"Retry-After": "5"}
            ) from None
        return _json({"status": "ok"})


def register(app: Flask, document: bytes) -> None:
    """The pages, which are not part of the document they belong to."""

    def openapi() -> Response:
        return Response(document, mimetype="application/json")

    def docs() -> Response:
        return _docs()

    def asset(name: str) -> Response:
        return send_from_directory(ASSETS, name, max_age=86400)

    def problem_list() -> Response:
        items = "".join(
            f"<li><a href='/problems/{kind.slug}'>{kind.status} {kind.slug}</a>: "
            f"{escape(kind.title)}</li>"
            for kind in KINDS.values()
        )
        return _html("Problems", f"<ul>{items}</ul>")

    def problem(slug: str) -> Response:
        kind = KINDS.get(slug)
        if kind is None:
            raise Problem("not-found", f"There is no problem {slug[:40]!r}.")
        return _html(
            kind.title,
            f"<p><code>{kind.slug}</code>, status {kind.status}</p>"
            f"<h2>What happened</h2><p>{_code(kind.happened)}</p>"
            f"<h2>What to do</h2><p>{_code(kind.cure)}</p>",
        )

    app.add_url_rule(DOCUMENT, "openapi", openapi)
    app.add_url_rule("/docs", "docs", docs)
    app.add_url_rule("/docs/assets/<path:name>", "docs_asset", asset)
    app.add_url_rule("/problems", "problems", problem_list)
    app.add_url_rule("/problems/<slug>", "problem", problem)


def _docs() -> Response:
    nonce = secrets.token_urlsafe(16)
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Childfind API</title>
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script nonce="{nonce}" src="/docs/assets/swagger-ui-bundle.js"></script>
<script nonce="{nonce}">
window.ui = SwaggerUIBundle({{
  url: "{DOCUMENT}",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
  oauth2RedirectUrl: window.location.origin + "/docs/assets/oauth2-redirect.html",
}});
</script>
</body>
</html>
"""
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return answer


STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}"


def _html(title: str, body: str) -> Response:
    nonce = secrets.token_urlsafe(16)
    page = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style nonce='{nonce}'>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}"
        "<p><a href='/'>Childfind</a> · <a href='/docs'>API</a> · "
        "<a href='/problems'>Problems</a></p></body></html>"
    )
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'"
    )
    return answer


def _code(words: str) -> str:
    """Escaped, with what stands between backticks as code."""
    parts = escape(words).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))


def _json(value: dict[str, str]) -> Response:
    return Response(orjson.dumps(value), mimetype="application/json")
