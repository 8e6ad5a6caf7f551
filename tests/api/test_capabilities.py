"""Capabilities over HTTP: what they say is what the service does."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from service.api.plumbing.scopes import SCOPES
from service.domain.lifecycles import LIFECYCLES
from service.policies import Policies
from service.storage.database import Database
from tests.builders import ApiClient, a_client, a_district, a_token, services_of
from tests.document import conforms, document
from tests.scenarios.journey import sent

Json = dict[str, Any]


@pytest.fixture
def said(api: ApiClient) -> Json:
    return sent(api.get("/v1/capabilities"), 200)


def test_are_told_as_documented(api: ApiClient, app: Flask) -> None:
    conforms(app, "GET", "/v1/capabilities", api.get("/v1/capabilities"))


def test_name_the_version_of_the_document(said: Json, app: Flask) -> None:
    assert said["version"] == document(app)["info"]["version"]
    assert (said["name"], said["api"], said["openapi"]) == ("Childfind", "/v1", "/openapi.json")


def test_list_every_operation_of_the_document_with_its_scopes(said: Json, app: Flask) -> None:
    told = {
        (operation["path"], operation["method"].lower()): operation["scopes"]
        for resource in said["resources"]
        for operation in resource["operations"]
    }
    documented = {
        (path, method): operation["security"][0]["oauth2"]
        for path, operations in document(app)["paths"].items()
        for method, operation in operations.items()
        if method != "parameters" and path.startswith("/v1/")
    }
    assert told == documented
    names = [resource["name"] for resource in said["resources"]]
    assert names == sorted(set(names))


def test_every_sort_of_every_list_is_taken_both_ways(said: Json, api: ApiClient) -> None:
    lists = [one for r in said["resources"] for one in r["lists"] if "{" not in one["path"]]
    assert {"/v1/schools", "/v1/deadlines"} <= {one["path"] for one in lists}
    for one in lists:
        for sort in one["sorts"]:
            for written in (sort, f"-{sort}"):
                answer = api.get(f"{one['path']}?sort={written}")
                assert answer.status_code == 200, (one["path"], written, answer.text)


def test_every_filter_of_every_list_is_known_and_no_other(said: Json, api: ApiClient) -> None:
    for one in (one for r in said["resources"] for one in r["lists"] if "{" not in one["path"]):
        answer = api.get(f"{one['path']}?nobody_knows_this=1")
        known = answer.get_json()["detail"].removeprefix("Known parameters: ").rstrip(".")
        beside = {"cursor", "include_total", "limit", "sort", "fields", "expand"}
        assert set(known.split(", ")) - beside == set(one["filters"]), one["path"]


def test_tell_the_steps_of_every_life_with_their_rules(said: Json) -> None:
    assert [life["record"] for life in said["lifecycles"]] == list(LIFECYCLES)
    case = said["lifecycles"][0]
    (start,) = (step for step in case["steps"] if step["name"] == "start-evaluation")
    assert start["from"] == ["consent_refused", "consent_requested", "consent_unanswered"]
    assert start["to"] == "evaluating"
    assert "IDEA-CONSENT-EVAL" in start["rules"]
    assert start["serves"] == "initial_evaluation"


def test_tell_the_scopes_the_packs_and_the_limits(
    said: Json, app: Flask, policies: Policies
) -> None:
    assert {scope["name"]: scope["opens"] for scope in said["scopes"]} == SCOPES
    assert [law["jurisdiction"] for law in said["jurisdictions"]] == sorted(policies.packs)
    settings = services_of(app).settings
    assert said["limits"]["json_body_bytes"] == settings.max_json_bytes
    assert said["limits"]["token_lifetime_seconds"] == settings.token_lifetime_s


def test_the_limit_of_a_page_holds(said: Json, api: ApiClient) -> None:
    most = said["limits"]["page_most"]
    for n in range(3):
        api.post("/v1/schools", {"name": f"School {n}"})
    assert most == 500
    assert len(api.get(f"/v1/schools?limit={most + 1}").get_json()["items"]) == 3


def test_the_limit_of_a_body_holds(said: Json, api: ApiClient) -> None:
    long = {"name": "x" * said["limits"]["json_body_bytes"]}
    assert api.post("/v1/schools", long).status_code == 413


class TestNotYet:
    """What is said to be missing is missing: the day it is there, the list has to follow."""

    def test_names_what_is_missing_with_what_to_do_meanwhile(self, said: Json) -> None:
        assert {one["name"] for one in said["not_yet"]} == {
            "sign_in_of_people",
            "rate_limits",
            "disclosure_log",
        }
        assert all(one["says"] for one in said["not_yet"])

    def test_there_are_no_disclosures(self, said: Json) -> None:
        names = {resource["name"] for resource in said["resources"]}
        assert "disclosures" not in names

    def test_nobody_is_told_to_wait(self, api: ApiClient) -> None:
        assert {api.get("/v1/rules/IDEA-PWN").status_code for _ in range(60)} == {200}


def test_any_token_will_do_and_none_will_not(
    app: Flask, store: Database, stranger: ApiClient
) -> None:
    narrow = a_client(store, a_district(store), scopes=["schools:read"])
    caller = ApiClient(app.test_client(), a_token(app, narrow))
    assert caller.get("/v1/capabilities").status_code == 200
    assert stranger.get("/v1/capabilities").status_code == 401


def test_what_the_client_has_already_is_not_sent_again(api: ApiClient) -> None:
    tag = api.get("/v1/capabilities").headers["ETag"]
    assert api.get("/v1/capabilities", headers={"If-None-Match": tag}).status_code == 304
