"""The pages for people: the API's, the problems', and the law's.

They are not part of the OpenAPI document. Nothing in them comes from another server.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path

import flask_swagger_ui
from flask import Flask, Response, send_from_directory
from markdown_it import MarkdownIt

from service.api.plumbing.problems import KINDS, Problem
from service.pages import pages
from service.policies import Policies

ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
DOCUMENT = "/openapi.json"


def register(app: Flask, document: bytes, policies: Policies) -> None:
    """Serve the pages: `document` is the OpenAPI document, `policies` the law they tell."""
    markdown = MarkdownIt("js-default")

    @cache
    def written() -> Mapping[str, str]:
        return dict(pages(policies))

    def law(folder: str, name: str = "README") -> Response:
        page = written().get(f"{folder}/{name.lower() if name != 'README' else name}.md")
        if page is None:
            raise Problem(
                "not-found", f"There is no page {name[:64]!r}; /docs/{folder} lists them all."
            )
        title, _, body = page.removeprefix("# ").partition("\n")
        return html(title, markdown.render(_addressed(body)))

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
        return html("Problems", f"<ul>{items}</ul>")

    def problem(slug: str) -> Response:
        kind = KINDS.get(slug)
        if kind is None:
            raise Problem("not-found", f"There is no problem {slug[:40]!r}.")
        return html(
            kind.title,
            f"<p><code>{kind.slug}</code>, status {kind.status}</p>"
            f"<h2>What happened</h2><p>{_code(kind.happened)}</p>"
            f"<h2>What to do</h2><p>{_code(kind.cure)}</p>",
        )

    app.add_url_rule(DOCUMENT, "openapi", openapi)
    app.add_url_rule("/docs", "docs", docs)
    for folder in ("rules", "states"):
        app.add_url_rule(f"/docs/{folder}", folder, law, defaults={"folder": folder})
        app.add_url_rule(
            f"/docs/{folder}/<name>", f"{folder}_page", law, defaults={"folder": folder}
        )
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


STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:3rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3rem .6rem;"
    "text-align:left;vertical-align:top}thead:not(:has(th:not(:empty))){display:none}"
)


def html(title: str, body: str) -> Response:
    """A page of its own, which loads nothing; `body` is HTML."""
    nonce = secrets.token_urlsafe(16)
    page = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style nonce='{nonce}'>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}"
        "<p><a href='/'>Childfind</a> · <a href='/docs'>API</a> · "
        "<a href='/docs/rules'>Rules</a> · <a href='/docs/states'>States</a> · "
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


def _addressed(markdown: str) -> str:
    """The links between the files of `docs/` as links between these pages."""
    for folder in ("rules", "states"):
        markdown = markdown.replace(f"](../{folder}/README.md)", f"](/docs/{folder})")
    return markdown.replace(".md)", ")")
