"""The HTTP door: one function makes the application."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any

from flask import Flask

from service import __doc__ as about
from service.api import docs
from service.api.plumbing import edge, logs
from service.api.plumbing.openapi import Api, finished
from service.api.plumbing.services import EXTENSION
from service.api.v1 import blueprints
from service.clock import Clock
from service.keys import load_keys
from service.policies import Policies, load
from service.services import WAITERS, Services
from service.settings import Settings
from service.storage.database import Database

VERSION = "1.0.0"

DESCRIPTION = """\
{about}

Get a token at `POST /oauth/token`, send it as `Authorization: Bearer …`. Every error is a
problem (RFC 9457) whose `type` leads to a page that explains it. Every POST takes an
`Idempotency-Key`; every change takes the `ETag` of what it changes as `If-Match`; every write
takes `?dry_run=true`.
"""


class Application(Flask):
    """Flask, without the look at each function whether it is a coroutine: none is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
    policies: Policies | None = None,
    wall: Clock | None = None,
    waiters: int = WAITERS,
) -> Flask:
    """The application, ready to serve. What is not given is made from the settings."""
    logs.configure()
    settings = settings if settings is not None else Settings.from_environment()
    policies = policies if policies is not None else load()
    app = Application("childfind", static_folder=None, template_folder=None)
    app.config.update(
        API_TITLE="Childfind",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.1",
        PROVIDE_AUTOMATIC_OPTIONS=False,
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        API_SPEC_OPTIONS={
            "info": {
                "description": DESCRIPTION.format(about=about),
                "license": {"name": "MIT", "identifier": "MIT"},
            },
            "servers": [{"url": "/", "description": "This server."}],
        },
    )
    app.url_map.merge_slashes = False
    app.extensions[EXTENSION] = Services(
        settings=settings,
        database=database if database is not None else Database(settings.database),
        clock=clock if clock is not None else Clock(),
        wall=wall if wall is not None else Clock(),
        keys=load_keys(settings.secret_key, settings.data_dir),
        policies=policies,
        waiters=BoundedSemaphore(waiters),
    )
    edge.register(app)
    api = Api(app)  # type: ignore[no-untyped-call]
    for blp in blueprints():
        api.register_blueprint(blp)
    docs.register(app, openapi_bytes(finished(api.spec.to_dict())), policies)
    return app


def openapi_document(app: Flask) -> bytes:
    """The document that `/openapi.json` serves and `openapi/openapi.json` holds."""
    document: bytes = app.view_functions["openapi"]().get_data()  # type: ignore[union-attr]
    return document


def openapi_bytes(document: dict[str, Any]) -> bytes:
    """The document as bytes: the same for the same code on every machine."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
