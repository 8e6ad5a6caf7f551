"""A district's own name, time zone and settings, and what of them its law allows."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from service.clock import SetClock
from service.storage.database import Database
from tests.api.rosters import Json
from tests.builders import ApiClient, a_client, a_district, a_token, faults


@pytest.fixture
def texas(store: Database, clock: SetClock) -> UUID:
    return a_district(store, "us-tx", clock=clock)


@pytest.fixture
def api(app: Flask, store: Database, texas: UUID) -> ApiClient:
    return ApiClient(app.test_client(), a_token(app, a_client(store, texas)))


def change(api: ApiClient, id: UUID, said: Json, query: str = "") -> TestResponse:
    path = f"/v1/districts/{id}"
    return api.patch(f"{path}{query}", said, etag=api.get(path).headers["ETag"])


def shown(api: ApiClient, id: UUID) -> Json:
    found: Json = api.get(f"/v1/districts/{id}").get_json()
    return found


def test_is_renamed_and_moved(api: ApiClient, texas: UUID) -> None:
    said = {"name": "Amber Falls ISD", "time_zone": "America/Denver"}
    assert change(api, texas, said).status_code == 200
    assert shown(api, texas) | said == shown(api, texas)


@pytest.mark.parametrize(
    "zone", ["Nowhere/Land", "America", "../etc/passwd", "UTC\u00e9", "A" * 64]
)
def test_a_time_zone_that_there_is_not_is_refused(api: ApiClient, texas: UUID, zone: str) -> None:
    before = shown(api, texas)
    assert faults(change(api, texas, {"time_zone": zone})) == {("/time_zone", "unknown")}
    assert shown(api, texas) == before


def test_a_setting_that_nobody_knows_is_refused(api: ApiClient, texas: UUID) -> None:
    answer = change(api, texas, {"settings": {"rolls": "none"}})
    assert {where for where, _ in faults(answer)} == {"/settings/rolls"}
    assert shown(api, texas)["settings"] == {}


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_a_setting_that_the_law_forbids_is_refused_with_its_rule(
    api: ApiClient, texas: UUID, query: str
) -> None:
    """In Texas no number of weeks comes before a referral."""
    said = {"settings": {"rules": {"STATE-PREREFERRAL-INTERVENTION": {"min_weeks": 6}}}}
    answer = change(api, texas, said, query)
    body = answer.get_json()
    if query:
        assert (answer.status_code, body["allowed"]) == (200, False)
    else:
        assert (answer.status_code, body["type"]) == (409, "/problems/rule-not-met")
    assert "TX-NO-MIN-INTERVENTION" in {f["rule_id"] for f in body["findings"] if f["blocks"]}
    assert shown(api, texas)["settings"] == {}


def test_another_district_is_not_there(api: ApiClient, district: UUID) -> None:
    assert api.get(f"/v1/districts/{district}").status_code == 404
    answer = api.patch(f"/v1/districts/{district}", {"name": "Mine"}, etag='"1"')
    assert answer.status_code == 404
