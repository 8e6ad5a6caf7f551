"""Policies over HTTP: the law of each jurisdiction, every value with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from service.api.plumbing.services import EXTENSION
from service.policies import Policies
from service.policies.loader import JURISDICTIONS
from service.storage.database import Database
from tests.builders import ApiClient, a_client, a_district, a_token
from tests.document import conforms
from tests.scenarios.journey import sent

Json = dict[str, Any]
MARKS = {"R", "R/p", "A", "S", "U"}


def policy(api: ApiClient, jurisdiction: str) -> Json:
    return sent(api.get(f"/v1/policies/{jurisdiction}"), 200)


def term(law: Json, id: str) -> Json:
    (found,) = (term for term in law["terms"] if term["id"] == id)
    return found  # type: ignore[no-any-return]


def cited(node: Any) -> Iterator[Json]:
    """Every object below a node that has citations."""
    if isinstance(node, dict):
        if "citations" in node:
            yield node
        for value in node.values():
            yield from cited(value)
    elif isinstance(node, list):
        for value in node:
            yield from cited(value)


def test_every_jurisdiction_is_listed_with_its_basis_and_what_it_does_not_cover(
    api: ApiClient, app: Flask, policies: Policies
) -> None:
    answer = api.get("/v1/policies")
    conforms(app, "GET", "/v1/policies", answer)
    found = {law["jurisdiction"]: law for law in answer.get_json()["items"]}
    assert found.keys() == set(JURISDICTIONS)
    with_packs = {id for id, law in found.items() if law["basis"] == "state"}
    assert with_packs == set(policies.packs) - {"us"}
    for law in found.values():
        assert law["version"]
        assert law["not_cover"]


def test_the_law_of_each_is_told_as_documented(api: ApiClient, app: Flask) -> None:
    for jurisdiction in JURISDICTIONS:
        answer = api.get(f"/v1/policies/{jurisdiction}")
        conforms(app, "GET", "/v1/policies/{jurisdiction}", answer)


def test_every_value_is_cited_with_its_mark_and_every_source_is_listed(api: ApiClient) -> None:
    for jurisdiction in JURISDICTIONS:
        law = policy(api, jurisdiction)
        dated = [v for part in ("terms", "categories") for one in law[part] for v in one["values"]]
        assert all(value["citations"] for value in (*dated, law["ages"], *law["rules"]))
        sources = [(s["text"], s["href"], s["verification"]) for s in law["sources"]]
        assert len(sources) == len(set(sources))
        for node in cited({**law, "rules": []}):
            for citation in node["citations"]:
                assert citation["verification"] in MARKS
                assert (citation["text"], citation["href"], citation["verification"]) in sources


def test_a_state_s_clock_lies_over_the_federal_one_from_its_day_on(api: ApiClient) -> None:
    values = term(policy(api, "us-tx"), "initial_evaluation")["values"]
    assert [(v["from"], v["until"], v["count"], v["unit"]) for v in values] == [
        ("2006-10-13", "2014-08-31", 60, "calendar_day"),
        ("2014-09-01", None, 45, "school_day"),
    ]
    assert values[1]["absences"] == {"minimum": 3, "window": "original", "only_beyond": False}
    assert values[1]["year_end"]["month_day"] == "06-30"
    assert values[0]["absences"] is None


@pytest.fixture
def without_a_pack(app: Flask, policies: Policies) -> str:
    """A state whose pack, if there is one, is taken away for this test."""
    state = "us-mt"
    packs = {id: pack for id, pack in policies.packs.items() if id != state}
    services = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = replace(services, policies=Policies(policies.cards, packs))
    return state


def test_where_a_state_has_no_pack_the_federal_law_applies_and_says_so(
    api: ApiClient, without_a_pack: str
) -> None:
    here, base = policy(api, without_a_pack), policy(api, "us")
    assert here["basis"] == "federal_default"
    assert here["terms"] == base["terms"]
    assert here["version"] == base["version"]


def test_the_modes_of_the_rules_and_what_a_state_has_chosen_are_shown(api: ApiClient) -> None:
    rules = {rule["rule_id"]: rule for rule in policy(api, "us-tx")["rules"]}
    assert rules["IDEA-CONSENT-EVAL"]["mode"] == "require"
    assert rules["STATE-PREREFERRAL-INTERVENTION"]["setting"] == {"mode": "document_only"}
    assert rules["STATE-PREREFERRAL-INTERVENTION"]["citations"][0]["text"] == "19 TAC 89.1011(a)"


def test_categories_name_their_federal_counterpart(api: ApiClient) -> None:
    codes = {category["code"]: category for category in policy(api, "us-tx")["categories"]}
    assert codes["OHI"]["values"][0]["federal_code"] == "OHI"
    assert codes["OHI"]["values"][-1]["required_roles"] == [["physician", "licensed_prescriber"]]
    of_florida = {category["code"]: category for category in policy(api, "us-fl")["categories"]}
    homebound = of_florida["HH"]["values"][-1]
    assert "physician's certificate" in homebound["not_covered"]
    assert homebound["citations"][0]["text"] == "F.A.C. 6A-6.03020(1)-(2)"


def test_a_pack_has_a_version_and_the_days_for_which_it_speaks(api: ApiClient) -> None:
    michigan, base = policy(api, "us-mi"), policy(api, "us")
    assert (michigan["effective_from"], michigan["last_changed_on"]) == ("2006-10-13", "2024-06-27")
    first = min(v["from"] for term in base["terms"] for v in term["values"])
    assert base["effective_from"] == first
    assert base["last_changed_on"] == "2008-12-31"
    listed = sent(api.get("/v1/policies"), 200)["items"]
    (shown,) = (one for one in listed if one["jurisdiction"] == "us-mi")
    assert shown["effective_from"] == "2006-10-13"


def test_a_jurisdiction_is_read_without_regard_to_case(api: ApiClient) -> None:
    assert policy(api, "US-TX") == policy(api, "us-tx")


@pytest.mark.parametrize("written", ["us-zz", "tx", "us-tx.yaml", "..", "x" * 3000, "%00"])
def test_an_unknown_jurisdiction_is_not_found(api: ApiClient, written: str) -> None:
    answer = api.get(f"/v1/policies/{written}")
    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/problems/not-found"
    assert "Traceback" not in answer.text


def test_any_token_will_do_and_none_will_not(
    app: Flask, store: Database, stranger: ApiClient
) -> None:
    narrow = a_client(store, a_district(store), scopes=["schools:read"])
    caller = ApiClient(app.test_client(), a_token(app, narrow))
    for path in ("/v1/policies", "/v1/policies/us"):
        assert caller.get(path).status_code == 200
        assert stranger.get(path).status_code == 401


def test_what_the_client_has_already_is_not_sent_again(api: ApiClient) -> None:
    tag = api.get("/v1/policies/us-wi").headers["ETag"]
    assert api.get("/v1/policies/us-wi", headers={"If-None-Match": tag}).status_code == 304
    assert api.get("/v1/policies/us-tx", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("lacking", ["deadlines:read", "settings:write"])
def test_a_preview_takes_the_scope_of_what_it_tells_and_of_what_it_rehearses(
    app: Flask, store: Database, lacking: str
) -> None:
    client = a_client(store, a_district(store))
    both = {"deadlines:read", "settings:write"}
    body = {"settings": {"roll": "next_working_day"}}
    for scopes, status in ((both, 200), (both - {lacking}, 403)):
        api = ApiClient(app.test_client(), a_token(app, client, scope=" ".join(scopes)))
        answer = api.post("/v1/policies/us/preview", body)
        assert answer.status_code == status, answer.text
