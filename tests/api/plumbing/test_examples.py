"""What a vendor's engineer reads in the document: words and examples for every operation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from tests.document import document

Json = dict[str, Any]

BINARY = {"application/zip"}
"""Bodies that no example in a text document can show: a roster is a zip."""


def operations(whole: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict):
                yield f"{method.upper()} {path}", operation


def bodies(operation: Json) -> Iterator[tuple[str, Json]]:
    """What is sent and what a success answers, by media type."""
    yield from operation.get("requestBody", {}).get("content", {}).items()
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield from response.get("content", {}).items()


def examples(whole: Json, content: Json) -> Iterator[tuple[str, Any]]:
    """The examples of a body by their names, wherever they stand: here, or among the components."""
    for name, example in content.get("examples", {}).items():
        if "$ref" in example:
            example = whole["components"]["examples"][example["$ref"].rpartition("/")[2]]
        yield name, example["value"]


@pytest.fixture(scope="module")
def whole(one_app: Flask) -> Json:
    return document(one_app)


def test_every_operation_says_what_it_does_and_which_scope_it_takes(whole: Json) -> None:
    for name, operation in operations(whole):
        assert operation["operationId"], name
        assert re.fullmatch(r"[A-Z][^\n]+\.", operation["summary"]), name
        assert not re.search(r"\ba [aeio]", operation["summary"]), operation["summary"]
        said = operation["description"].split("\n\n")
        scopes = [scope for need in operation["security"] for scope in need.get("oauth2", ())]
        if scopes:
            assert said[-1] == "Scope: " + ", ".join(f"`{scope}`" for scope in scopes) + ".", name
        assert not re.match(r"$|Scope: |Any valid token", said[0]), name


def test_every_body_has_an_example_that_its_schema_allows(whole: Json) -> None:
    for name, operation in operations(whole):
        for media_type, content in bodies(operation):
            if media_type in BINARY:
                continue
            schema = {**content["schema"], "components": whole["components"]}
            shown = [value for _, value in examples(whole, content)]
            assert shown, f"{name}: {media_type}"
            for value in shown:
                wrong = list(Draft202012Validator(schema).iter_errors(value))
                assert not wrong, f"{name}: {wrong[0].message[:200]}"


def test_a_body_to_send_is_not_empty_unless_nothing_can_be_sent(whole: Json) -> None:
    for name, operation in operations(whole):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for schema, shown in examples(whole, content):
                assert shown or schema == "NoDetails", name


def test_every_error_has_its_example(whole: Json) -> None:
    for response in whole["components"]["responses"].values():
        for media_type, content in response["content"].items():
            assert media_type == "application/problem+json"
            for slug, example in content["examples"].items():
                assert example["value"]["type"] == f"/problems/{slug}"
