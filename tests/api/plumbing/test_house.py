"""The house over all rooms: what holds for every route that exists, the new ones too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from openapi_spec_validator import validate
from werkzeug.routing import Rule

from service.api.plumbing.resource import Resource
from service.api.plumbing.scopes import SCOPES
from service.app import openapi_document
from service.storage.database import Database
from tests.builders import ApiClient, a_client, a_token

OUTSIDE = {
    "openapi", "docs", "docs_asset", "problems", "problem",
    "rules", "rules_page", "states", "states_page",
}  # fmt: skip
"""Pages: open to all, and not part of the document."""


def operations(app: Flask) -> Iterator[tuple[Rule, str, Any]]:
    """Every route and method of a class."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in OUTSIDE:
            view: Any = app.view_functions[rule.endpoint]
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, view.view_class


def address(rule: Rule) -> str:
    """An address of this rule that leads to nothing."""
    values: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        if kind == "UUIDConverter":
            values[name] = uuid4()
        elif kind == "AnyConverter":
            values[name] = sorted(converter.items)[0]  # type: ignore[attr-defined]
        elif kind == "IntegerConverter":
            values[name] = 0
        else:
            values[name] = "nothing"
    built = rule.build(values)
    assert built is not None
    return built[1]


def test_every_method_says_what_it_needs(one_app: Flask) -> None:
    for rule, method, view in operations(one_app):
        if issubclass(view, Resource):
            needs = getattr(getattr(view, method.lower()), "__needs__", None)
            assert needs is not None, f"{method} {rule.rule} has no @needs"
            assert set(needs) <= set(SCOPES)
        else:
            assert getattr(view, "public", ""), f"{rule.rule} is open and does not say why"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_every_resource_asks_for_a_token(app: Flask, stranger: ApiClient) -> None:
    for rule, method, view in operations(app):
        if issubclass(view, Resource):
            answer = stranger.call(method, address(rule), json={})
            assert answer.status_code == 401, f"{method} {rule.rule}: {answer.status_code}"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_every_resource_asks_for_its_scope(app: Flask, store: Database, district: UUID) -> None:
    bare = ApiClient(app.test_client(), a_token(app, a_client(store, district, scopes=[])))
    for rule, method, view in operations(app):
        if issubclass(view, Resource) and getattr(view, method.lower()).__needs__:
            answer = bare.call(method, address(rule), json={})
            assert answer.status_code == 403, f"{method} {rule.rule}: {answer.status_code}"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_every_post_asks_for_an_idempotency_key(app: Flask, api: ApiClient) -> None:
    for rule, method, view in operations(app):
        if issubclass(view, Resource) and method == "POST" and view.idempotency == "required":
            answer = api.call(
                method,
                address(rule),
                headers={"Idempotency-Key": None},
                data=b"{}",
                content_type=view.consumes[0],
            )
            assert answer.status_code == 400, f"{method} {rule.rule}: {answer.status_code}"


def test_every_read_of_an_id_that_is_not_there_is_404(app: Flask, api: ApiClient) -> None:
    for rule, method, view in operations(app):
        if issubclass(view, Resource) and method == "GET" and "<uuid:" in rule.rule:
            answer = api.get(address(rule))
            assert answer.status_code == 404, f"{rule.rule}: {answer.status_code}"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_every_operation_refuses_a_parameter_it_does_not_know(app: Flask, api: ApiClient) -> None:
    for rule, method, view in operations(app):
        if issubclass(view, Resource):
            answer = api.call(method, address(rule) + "?nonsense=1", json={})
            assert answer.status_code == 422, f"{method} {rule.rule}: {answer.status_code}"


class TestDocument:
    @pytest.fixture
    def document(self, one_app: Flask) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(openapi_document(one_app))
        return read

    def test_is_valid(self, document: dict[str, Any]) -> None:
        assert document["openapi"].startswith("3.1")
        validate(document)

    def test_documents_every_operation_whole(
        self, one_app: Flask, document: dict[str, Any]
    ) -> None:
        ids = set()
        for operations_ in document["paths"].values():
            for method, operation in operations_.items():
                if method == "parameters":
                    continue
                ids.add(operation["operationId"])
                assert operation["summary"].endswith("."), operation["operationId"]
                assert "description" in operation, operation["operationId"]
                assert "security" in operation, operation["operationId"]
                assert {"500", "503"} <= set(operation["responses"])
        assert len(ids) == len(list(operations(one_app)))

    def test_names_no_component_after_a_version_of_python(self, document: dict[str, Any]) -> None:
        names = set(document["components"]["responses"])
        assert not {n for n in names if n.isupper()}

    def test_is_served(self, app: Flask, stranger: ApiClient) -> None:
        assert stranger.get("/openapi.json").data == openapi_document(app)

    def test_has_a_page_that_asks_nobody_else(self, stranger: ApiClient) -> None:
        page = stranger.get("/docs")
        assert page.status_code == 200
        assert "http" not in page.text.replace("<!doctype html>", "")
        policy = page.headers["Content-Security-Policy"]
        nonce = policy.split("'nonce-")[1].split("'")[0]
        assert f'nonce="{nonce}"' in page.text
        for asset in ("swagger-ui.css", "swagger-ui-bundle.js"):
            with stranger.get(f"/docs/assets/{asset}") as answer:
                assert answer.status_code == 200
        assert stranger.get("/docs/assets/../__init__.py").status_code == 404
