"""What every operation keeps to, shown on real records: a walk through all of them, watched.

On each call of the walk the answer is what the document says; a POST sent again with its key is
answered again and done once; another district is told that there is no such thing; and the
table of deadlines is what is computed from the facts.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from service.api.plumbing.problems import KINDS
from service.api.plumbing.survey import Operation, operations
from service.clock import SetClock
from service.storage.database import Database
from tests.builders import ApiClient, a_client, a_district, a_token
from tests.document import conforms, document
from tests.house.walk import walk
from tests.house.watched import Watched
from tests.scenarios.journey import Place

PLAIN = {
    "rule_id": "IDEA-PWN",
    "jurisdiction": "us-tx",
    "seq": "1",
    "step": None,
    "version": "6.1",
    "resource": "studentIEPs",
}
"""Values of paths that are no ids; a step's name is its lifecycle's."""

NEEDED = {
    f"/v1/exports/ed-fi/{{version}}/{last}": "?education_organization_id=255901"
    for last in ("{resource}", "omissions")
}
"""The queries of operations that cannot be asked without one."""

STEPS = {
    "cases": "close",
    "child-find-flags": "dismiss",
    "independent-evaluation-requests": "provide",
    "notices": "issue",
    "plans": "end",
    "referrals": "close",
}
"""A step of each record that takes them; elsewhere `finalize`."""


def secured(app: Flask) -> list[Operation]:
    return [operation for operation in operations(app) if operation.scopes is not None]


def address(api: Watched, operation: Operation) -> str:
    """The operation's path with the ids of records that are there."""
    parts = operation.path.split("/")
    for place, part in enumerate(parts):
        if not part.startswith("{"):
            continue
        name = part[1:-1]
        if name == "step":
            parts[place] = STEPS.get(parts[2], "finalize")
        elif name in PLAIN:
            parts[place] = str(PLAIN[name])
        else:
            parts[place] = api.ids[parts[place - 1]]
    return "/".join(parts) + NEEDED.get(operation.path, "")


def test_the_walk_goes_through_every_write(unwalked: Watched, app: Flask, clock: SetClock) -> None:
    walk(Place(unwalked, clock, unwalked.district))
    writes = {(o.method, o.path) for o in secured(app) if o.method != "GET"}
    assert unwalked.done >= writes, sorted(writes - unwalked.done)


def test_every_read_answers_as_documented_and_to_its_own_district_alone(
    walked: Watched, app: Flask
) -> None:
    for operation in (o for o in secured(app) if o.method == "GET"):
        answer = walked.get(path := address(walked, operation))
        assert answer.status_code == 200, (operation.path, answer.text)
        if operation.is_list and "{" not in operation.path:
            for api in (walked, walked.neighbor):
                answer = api.get(f"{path}?include_total=true&limit=500")
                shown = len(answer.get_json()["items"])
                assert answer.headers["X-Total-Count"] == str(shown), operation.path


def test_every_single_record_has_an_etag_that_spares_reading_it_again(
    walked: Watched, app: Flask
) -> None:
    whole = document(app)
    for operation in (o for o in secured(app) if o.method == "GET"):
        documented = whole["paths"][operation.path]["get"]["responses"]
        answer = walked.get(path := address(walked, operation))
        tag = answer.headers.get("ETag")
        assert ("ETag" in documented["200"].get("headers", {})) == (tag is not None), path
        if "304" in documented:
            again = walked.get(path, headers={"If-None-Match": tag})
            assert again.status_code == 304, operation.path
        if operation.path.endswith("/{id}"):
            assert "304" in documented, operation.path


def test_a_change_of_nothing_is_no_event(walked: Watched, app: Flask) -> None:
    """Each record sent back just as it was read, as far as it may be changed."""
    schemas = document(app)["components"]["schemas"]
    last = walked.get("/v1/events?limit=500").get_json()["next_after"]
    changes = [o for o in secured(app) if o.method == "PATCH"]
    for operation in changes:
        body = document(app)["paths"][operation.path]["patch"]["requestBody"]["content"]
        name = body["application/json"]["schema"]["$ref"].rpartition("/")[2]
        path = address(walked, operation)
        read = walked.get(path)
        known = read.get_json()
        same = {member: known[member] for member in schemas[name]["properties"] if member in known}
        answer = walked.patch(path, same, etag=read.headers["ETag"])
        if answer.status_code == 409:
            continue  # what was decided or issued is never changed
        assert answer.status_code == 200, (operation.path, answer.text)
        assert answer.headers["ETag"] == read.headers["ETag"], operation.path
    assert walked.get(f"/v1/events?after={last}").get_json()["items"] == []


def test_every_event_of_a_case_names_its_child_once_it_is_known(walked: Watched) -> None:
    feed = walked.get("/v1/events?limit=500").get_json()
    items = feed["items"]
    known_from: dict[str, int] = {}
    for item in items:
        if item["event"] in ("referral.matched", "referral.received") and item["student_id"]:
            known_from.setdefault(item["case_id"], item["seq"])
    of_cases = [item for item in items if item["seq"] >= known_from.get(item["case_id"], 1e9)]
    assert not feed["more"]
    assert {item["event"].split(".")[0] for item in of_cases} >= {
        "assessment", "case", "consent", "eligibility_determination", "evaluation", "notice",
        "observation", "referral",
    }  # fmt: skip
    assert [item["event"] for item in of_cases if item["student_id"] is None] == []


class TestEveryErrorIsADeclaredProblem:
    """Each way to go wrong that every operation has: a documented status, a known problem."""

    @pytest.fixture
    def callers(self, app: Flask, store: Database, clock: SetClock) -> dict[str, ApiClient]:
        id = a_district(store, clock=clock)
        tokens = {
            "stranger": None,
            "bare": a_token(app, a_client(store, id, scopes=[])),
            "whole": a_token(app, a_client(store, id)),
        }
        return {name: ApiClient(app.test_client(), token) for name, token in tokens.items()}

    @pytest.mark.parametrize("store", ["sqlite"], indirect=True)
    def test_on_every_operation(self, app: Flask, callers: dict[str, ApiClient]) -> None:
        whole, met = callers["whole"], set()
        for operation in secured(app):
            path = operation.path.replace("{step}", "nothing")
            for name in ("rule_id", "jurisdiction"):
                path = path.replace(f"{{{name}}}", "nothing")
            path = path.replace("{seq}", "7777")
            while "{" in path:
                start, end = path.index("{"), path.index("}")
                path = path[:start] + str(uuid4()) + path[end + 1 :]
            if "{step}" in operation.path:
                path = path.replace("nothing", STEPS.get(path.split("/")[2], "finalize"))
            body: dict[str, Any] = {"json": {}} if operation.method != "GET" else {}
            answers = [
                callers["stranger"].call(operation.method, path, **body),
                whole.call(operation.method, f"{path}?nonsense=1", **body),
                whole.call(operation.method, path, headers={"Childfind-District": "?"}, **body),
                whole.call(operation.method, path, headers={"Childfind-Acting-Staff": "?"}, **body),
            ]
            if operation.scopes:
                answers.append(callers["bare"].call(operation.method, path, **body))
            if operation.method != "GET":
                answers += [
                    whole.call(operation.method, path, data=data, content_type=kind)
                    for kind, data in (
                        ("text/plain", b"{}"),
                        ("application/json", b"{"),
                        ("application/json", b"[]"),
                        ("application/json", b'{"nobody knows": 1}'),
                        ("application/json", b"{}"),
                    )
                ]
                answers.append(
                    whole.call(operation.method, path, headers={"Transfer-Encoding": "chunked"})
                )
            if operation.method == "POST":
                answers.append(
                    whole.call(operation.method, path, headers={"Idempotency-Key": "a b"}, **body)
                )
            for answer in answers:
                said = (operation.method, operation.path, answer.status_code, answer.text[:200])
                assert answer.status_code < 500, said
                conforms(app, operation.method, operation.path, answer)
                if answer.status_code >= 400:
                    assert answer.mimetype == "application/problem+json", said
                    slug = answer.get_json()["type"].removeprefix("/problems/")
                    assert KINDS[slug].status == answer.status_code, said
                    met.add(slug)
        assert met >= {
            "unauthorized",
            "scope-missing",
            "not-found",
            "unknown-parameter",
            "district",
            "acting-staff",
            "unsupported-media-type",
            "malformed-json",
            "validation",
            "idempotency-key",
            "length-required",
        }
