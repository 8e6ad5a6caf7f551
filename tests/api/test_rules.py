"""Rules over HTTP: the catalogue, each rule's steps, and its setting in the caller's district."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from service.domain.lifecycles import LIFECYCLES, RECEIPT
from service.domain.rules import PREDICATES
from service.policies import Policies
from service.storage.database import Database
from tests.builders import ApiClient, a_client, a_district, a_token
from tests.document import conforms

Json = dict[str, Any]
INTERVENTION = "STATE-PREREFERRAL-INTERVENTION"


def rules(api: ApiClient) -> dict[str, Json]:
    answer = api.get("/v1/rules")
    assert answer.status_code == 200, answer.text
    return {rule["id"]: rule for rule in answer.get_json()["items"]}


def in_district(app: Flask, store: Database, jurisdiction: str, **settings: Any) -> ApiClient:
    """A client of a new district there, with these settings."""
    district = a_district(store, jurisdiction, settings=settings)
    return ApiClient(app.test_client(), a_token(app, a_client(store, district)))


def test_every_card_is_listed_with_its_reason_its_cure_and_its_law(
    api: ApiClient, app: Flask, policies: Policies
) -> None:
    answer = api.get("/v1/rules")
    conforms(app, "GET", "/v1/rules", answer)
    found = rules(api)
    assert found.keys() == policies.cards.keys()
    assert answer.get_json()["next_cursor"] is None
    for rule in found.values():
        assert rule["title"]
        assert rule["why"]
        assert rule["unblock"]
        assert rule["citations"]
        assert {c["verification"] for c in rule["citations"]} <= {"R", "R/p", "A", "S", "U"}


def test_a_rule_tells_which_steps_run_it(api: ApiClient) -> None:
    found = rules(api)
    assert {"record": "case", "step": "start-evaluation"} in found["IDEA-CONSENT-EVAL"]["steps"]
    assert {"record": "referral", "step": "receipt"} in found["IDEA-PSN"]["steps"]
    for life in LIFECYCLES.values():
        for step in life.steps:
            here = {"record": life.record, "step": step.name}
            assert here in found["LIFECYCLE"]["steps"]
            assert {id for id, rule in found.items() if here in rule["steps"]} == {
                *step.rules,
                "LIFECYCLE",
            }


def test_every_rule_that_is_evaluated_is_run_by_a_step(api: ApiClient) -> None:
    asked = {id for id, rule in rules(api).items() if rule["steps"]}
    assert asked == {*PREDICATES, "LIFECYCLE"}
    assert set(RECEIPT) <= asked


def test_a_rule_tells_which_deadlines_it_gives_rise_to(api: ApiClient) -> None:
    found = rules(api)
    assert "initial_evaluation" in found["IDEA-EVAL-CLOCK"]["terms"]
    assert found["IDEA-CONSENT-DEF"]["terms"] == []


@pytest.mark.parametrize("written", ["IDEA-CONSENT-EVAL", "idea-consent-eval", "Idea-Consent-Eval"])
def test_an_id_is_read_without_regard_to_case(api: ApiClient, app: Flask, written: str) -> None:
    answer = api.get(f"/v1/rules/{written}")
    conforms(app, "GET", "/v1/rules/{rule_id}", answer)
    assert answer.get_json() == rules(api)["IDEA-CONSENT-EVAL"]


@pytest.mark.parametrize("written", ["IDEA-NOTHING", "x" * 5000, "%00", "%F0%9F%8F%AB"])
def test_an_unknown_rule_is_not_found(api: ApiClient, written: str) -> None:
    answer = api.get(f"/v1/rules/{written}")
    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/problems/not-found"
    assert len(answer.get_json()["detail"]) < 200


def test_the_setting_is_the_state_s_where_the_district_has_none(
    app: Flask, store: Database
) -> None:
    texas = in_district(app, store, "us-tx")
    assert rules(texas)[INTERVENTION]["setting"] == {"mode": "document_only"}
    anywhere = in_district(app, store, "us")
    assert rules(anywhere)[INTERVENTION]["setting"] == {
        "mode": "required_with_bypass",
        "min_interventions": 1,
    }


def test_the_district_s_own_setting_lies_over_the_state_s(app: Flask, store: Database) -> None:
    mine = in_district(app, store, "us", rules={INTERVENTION: {"min_weeks": 6}})
    assert rules(mine)[INTERVENTION]["setting"] == {
        "mode": "required_with_bypass",
        "min_interventions": 1,
        "min_weeks": 6,
    }


def test_a_state_s_own_citation_stands_before_the_general_ones(app: Flask, store: Database) -> None:
    found = in_district(app, store, "us-tx").get(f"/v1/rules/{INTERVENTION}").get_json()
    assert found["citations"][0]["text"] == "19 TAC 89.1011(a)"
    assert len(found["citations"]) > 1


def test_any_token_will_do_and_none_will_not(
    app: Flask, store: Database, api: ApiClient, stranger: ApiClient
) -> None:
    district = a_district(store)
    caller = ApiClient(
        app.test_client(), a_token(app, a_client(store, district, scopes=["schools:read"]))
    )
    for path in ("/v1/rules", "/v1/rules/IDEA-PWN"):
        assert caller.get(path).status_code == 200
        assert stranger.get(path).status_code == 401


def test_what_the_client_has_already_is_not_sent_again(api: ApiClient) -> None:
    for path in ("/v1/rules", "/v1/rules/IDEA-PWN"):
        tag = api.get(path).headers["ETag"]
        again = api.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")


def test_a_parameter_that_nothing_reads_is_refused(api: ApiClient) -> None:
    assert api.get("/v1/rules?mode=require").status_code == 422


def test_a_vendor_reads_what_is_not_enforced_and_why(api: ApiClient) -> None:
    listed = api.get("/v1/rules").get_json()
    assert {rule["id"] for rule in listed["not_enforced"]}.isdisjoint(
        rule["id"] for rule in listed["items"]
    )
    for rule in listed["not_enforced"]:
        assert rule["requires"]
        assert rule["reason"]
        assert rule["citations"]
