"""Answers that are worked out and not stored: the law, a rule, a deadline's working.

They have no version, so their entity tag is a digest of what they say.
"""

from __future__ import annotations

import hashlib
from typing import Any

import marshmallow as ma
from flask import Response

from service.api.plumbing import etags
from service.api.plumbing.serializer import dumps


def derived(schema: type[ma.Schema], value: Any) -> Response:
    """A value in a schema's shape with its ETag; 304 when the client has just this already."""
    return derived_body(dumps(schema, value))


def digest(body: bytes) -> str:
    """What stands in a tag for what is said."""
    return hashlib.sha256(body).hexdigest()[:20]


def derived_body(body: bytes, *, version: int | str | None = None) -> Response:
    """The same of JSON, with the version of the record that it begins with, if it has one."""
    tag = digest(body) if version is None else f"{version}.{digest(body)}"
    if etags.unchanged(tag):
        answer = Response(status=304)
    else:
        answer = Response(body, mimetype="application/json")
    answer.headers["ETag"] = etags.etag(tag)
    return answer
