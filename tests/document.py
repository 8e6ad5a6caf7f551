"""Holding answers against the OpenAPI document that the application gives of itself."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from service.app import openapi_document


@lru_cache(maxsize=4)
def document(app: Flask) -> dict[str, Any]:
    """The document of an application."""
    read: dict[str, Any] = json.loads(openapi_document(app))
    return read


def conforms(app: Flask, method: str, path: str, answer: TestResponse) -> None:
    """Assert that an answer is what the document says of the operation at `path`."""
    whole = document(app)
    responses = whole["paths"][path][method.lower()]["responses"]
    documented = resolved(whole, responses[str(answer.status_code)])
    if answer.status_code in (204, 304):
        assert not answer.data
        return
    content = documented["content"][answer.mimetype]
    # Of an answer in lines the schema says of what each line is.
    said = content["schema"].get("contentSchema", content["schema"])
    schema = {**said, "components": whole["components"]}
    found = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for value in _values(answer)
        for error in Draft202012Validator(schema).iter_errors(value)
    ]
    assert not found, found


def _values(answer: TestResponse) -> list[Any]:
    """What the schema tells of: the answer, or each of its lines."""
    if answer.mimetype == "application/x-ndjson":
        return [json.loads(line) for line in answer.text.splitlines()]
    return [answer.get_json() if answer.is_json else answer.text]


def resolved(whole: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """A node of the document, or what its `$ref` leads to."""
    while "$ref" in node:
        found: Any = whole
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node
