"""What is settled at the edge: bodies, content types, lengths, ids of requests, headers."""

from __future__ import annotations

import io
import json
import logging
import re
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from service.api.plumbing.bodies import read_json
from service.api.plumbing.problems import KINDS, Problem
from service.api.plumbing.services import EXTENSION
from service.storage.database import Database
from tests.builders import ApiClient, a_staff_member, faults, services_of

JSON_TYPE = "application/json"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b'{"a": {"b": 1, "b": 2}}', "/a/b", "named_twice"),
        (b'{"a": [1, 9223372036854775808]}', "/a/1", "integer_range"),
        (b'{"a": ' + b"9" * 5000 + b"}", None, None),
        (b'{"a~/b": "x\\u0000"}', "/a~0~1b", "nul"),
        (b'{"x\\u0000": 1}', "", "nul"),
        (b"[" * 40 + b"]" * 40, "/0" * 32, "too_deep"),
        (b"[" * 100_000, None, None),
        (b'{"a": "\\ud800"}', None, None),
        (b'{"a": NaN}', None, None),
        (b'{"a": -Infinity}', None, None),
        (b'{"a": 1e999}', None, None),
        (b'{"a": 1} rest', None, None),
        (b'\xef\xbb\xbf{"a": 1}', None, None),
        (b'{"a": "\xff"}', None, None),
        (b"", None, None),
        (b"  ", None, None),
    ],
)
def test_a_body_that_others_would_trip_over_is_refused(
    body: bytes, pointer: str | None, code: str | None
) -> None:
    with pytest.raises(Problem) as refused:
        read_json(body)
    assert refused.value.kind.slug == "malformed-json"
    if pointer is not None:
        assert (refused.value.errors[0]["pointer"], refused.value.errors[0]["code"]) == (
            pointer,
            code,
        )


def test_everything_else_is_read_as_it_is() -> None:
    value: dict[str, Any] = {
        "a": [1, -(2**63), 2**63 - 1, 1.5, True, None, ""],
        "b": {"é": "\U0001f600"},
    }
    assert read_json(json.dumps(value).encode()) == value


class TestOverHttp:
    def test_a_malformed_body_is_a_problem(self, api: ApiClient) -> None:
        answer = api.post("/v1/schools", data=b'{"name": ', content_type=JSON_TYPE)
        assert answer.status_code == 400
        assert answer.get_json()["type"] == "/problems/malformed-json"

    @pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null"])
    def test_a_body_is_an_object(self, api: ApiClient, body: bytes) -> None:
        answer = api.post("/v1/schools", data=body, content_type=JSON_TYPE)
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["pointer"] == ""

    @pytest.mark.parametrize(
        "kind",
        [
            None,
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=utf-16",
        ],
    )
    def test_a_body_of_another_kind_is_415(self, api: ApiClient, kind: str | None) -> None:
        for method in ("POST", "PATCH"):
            path = "/v1/schools" + (
                "" if method == "POST" else f"/{'0' * 8}-0000-7000-8000-{'0' * 12}"
            )
            answer = api.call(method, path, data=b'{"name": "A"}', content_type=kind)
            assert answer.status_code == 415
            assert answer.get_json()["type"] == "/problems/unsupported-media-type"

    def test_utf_8_may_be_named(self, api: ApiClient) -> None:
        answer = api.post(
            "/v1/schools", data=b'{"name": "A"}', content_type="application/json; charset=UTF-8"
        )
        assert answer.status_code == 201

    def test_a_chunked_body_is_411(self, api: ApiClient) -> None:
        answer = api.post(
            "/v1/schools",
            data=b'{"name": "A"}',
            content_type=JSON_TYPE,
            headers={"Transfer-Encoding": "chunked"},
        )
        assert answer.status_code == 411
        assert answer.get_json()["type"] == "/problems/length-required"

    def test_a_body_is_read_before_the_database_is_asked(
        self, api: ApiClient, store: Database, district: UUID
    ) -> None:
        """Whoever sends slowly holds no transaction meanwhile, and nobody waits for them."""
        open_meanwhile = []

        class Slow(io.BytesIO):
            def readinto(self, into: Any) -> int:
                open_meanwhile.append(store.engine.pool.checkedout())  # type: ignore[attr-defined]
                return super().readinto(into)

            def read(self, size: int | None = -1) -> bytes:
                open_meanwhile.append(store.engine.pool.checkedout())  # type: ignore[attr-defined]
                return super().read(size)

        body = b'{"name": "A"}'
        for query in ("", "?dry_run=true"):
            answer = api.post(
                f"/v1/schools{query}",
                input_stream=Slow(body),
                content_length=len(body),
                content_type=JSON_TYPE,
                headers={"Childfind-Acting-Staff": str(a_staff_member(store, district))},
            )
            assert answer.status_code in (200, 201), answer.text
        assert open_meanwhile
        assert not any(open_meanwhile)

    def test_a_body_over_the_limit_is_413(self, api: ApiClient) -> None:
        body = b'{"name": "' + b"A" * 1024 * 1024 + b'"}'
        answer = api.post("/v1/schools", data=body, content_type=JSON_TYPE)
        assert answer.status_code == 413
        assert "1048576" in answer.get_json()["detail"]

    def test_a_request_keeps_its_own_id_when_it_is_a_plain_one(self, stranger: ApiClient) -> None:
        kept = stranger.get("/healthz", headers={"X-Request-ID": "sis-2026_10.05"})
        assert kept.headers["X-Request-ID"] == "sis-2026_10.05"
        for odd in ("", "a b", "x" * 65, "<script>"):
            made = stranger.get("/healthz", headers={"X-Request-ID": odd})
            assert made.headers["X-Request-ID"] not in ("", odd)

    def test_every_answer_carries_the_security_headers(self, stranger: ApiClient) -> None:
        for path in (
            "/",
            "/healthz",
            "/nowhere",
            "/v1/schools",
            "/docs",
            "/docs/rules",
            "/problems/validation",
        ):
            headers = stranger.get(path).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]

    def test_the_framework_answers_with_problems_too(self, stranger: ApiClient) -> None:
        missing = stranger.get("/v1/nowhere")
        assert (missing.status_code, missing.mimetype) == (404, "application/problem+json")
        wrong = stranger.delete("/v1/schools")
        assert (wrong.status_code, wrong.mimetype) == (405, "application/problem+json")
        assert {"GET", "POST"} <= set(wrong.headers["Allow"].replace(" ", "").split(","))
        assert wrong.get_json()["status"] == 405

    def test_head_is_get_without_a_body(self, api: ApiClient) -> None:
        answer = api.call("HEAD", "/v1/schools")
        assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("activ=true", "unknown_parameter"),
        ("active=true&active=false", "given_twice"),
        ("sourced_id=Lin%00coln", "not_text"),
    ],
)
def test_a_parameter_is_known_given_once_and_a_text(api: ApiClient, query: str, code: str) -> None:
    answer = api.get(f"/v1/schools?{query}")
    assert answer.get_json()["type"] == "/problems/unknown-parameter"
    assert "active" in answer.get_json()["detail"]
    assert faults(answer) == {(query.partition("=")[0], code)}


def test_a_browser_is_shown_where_to_go_and_a_program_told(stranger: ApiClient) -> None:
    page = stranger.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    links = set(re.findall("href='([^']+)'", page.text))
    assert links == {"/", "/docs", "/docs/rules", "/docs/states", "/openapi.json", "/problems"}
    for link in links:
        assert stranger.get(link).status_code == 200
    assert stranger.get("/").get_json()["docs"] == "/docs"


def test_a_database_out_of_reach_is_503(app: Flask, api: ApiClient, tmp_path: Path) -> None:
    """Readiness says so; whoever asks for something is told to come again."""
    folder = tmp_path / "gone"
    gone = Database(f"sqlite:///{folder}/childfind.sqlite3")
    folder.rmdir()
    app.extensions[EXTENSION] = replace(services_of(app), database=gone)
    for path in ("/readyz", "/v1/schools"):
        answer = api.get(path)
        assert (answer.status_code, answer.get_json()["type"]) == (503, "/problems/unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert api.get("/healthz").status_code == 200


def test_what_fails_is_told_nothing_about(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret of Ana Rivera")

    monkeypatch.setattr("service.api.v1.schools.Schools.page", fail)
    answer = api.get("/v1/schools")
    assert answer.status_code == 500
    problem = answer.get_json()
    assert problem["type"] == "/problems/internal-error"
    assert "Rivera" not in answer.text
    assert "Traceback" not in answer.text


def test_every_kind_of_problem_has_its_page(stranger: ApiClient) -> None:
    assert stranger.get("/problems").status_code == 200
    for kind in KINDS.values():
        page = stranger.get(f"/problems/{kind.slug}")
        assert page.status_code == 200
        assert page.mimetype == "text/html"
        assert escape(kind.title) in page.text
    assert stranger.get("/problems/nonsense").status_code == 404


def test_the_log_holds_no_query_and_no_ids(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.getLogger("childfind")
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(logger, "level", logging.INFO)
    monkeypatch.setattr(logger, "info", lambda line, **_: lines.append(json.loads(line)))
    api.get("/v1/schools?active=true")
    api.get("/v1/schools/01936f1e-8a00-7000-8000-000000000001")
    assert [line["route"] for line in lines] == ["/v1/schools", "/v1/schools/<uuid:id>"]
    assert [line["status"] for line in lines] == [200, 404]
    assert "active" not in json.dumps(lines)
    assert all(line["client_id"] and line["district_id"] and line["request_id"] for line in lines)
