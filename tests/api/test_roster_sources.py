"""Roster sources over HTTP: what is kept of a server, and who may see it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from service.imports.roster_sources import MOST
from service.storage.database import Database
from service.storage.journal import JournalPayload
from service.storage.roster_sources import RosterSource
from tests.api.records import Json
from tests.builders import AClient, ApiClient, a_client, a_token, faults
from tests.scenarios.journey import sent

SECRET = "the secret of a student-information system"
SAID: Json = {
    "feed": "nightly",
    "oneroster_version": "1.1",
    "base_url": "https://sis.example.org/ims/oneroster/v1p1",
    "token_url": "https://login.example.org/token",
    "oauth_client_id": "childfind",
    "oauth_client_secret": SECRET,
}


def source(api: ApiClient, **said: Any) -> Json:
    return sent(api.post("/v1/roster-sources", {**SAID, **said}))


def change(api: ApiClient, of: Json, **said: Any) -> Any:
    path = f"/v1/roster-sources/{of['id']}"
    return api.patch(path, said, etag=api.get(path).headers["ETag"])


class TestASource:
    def test_is_shown_without_its_secret(self, api: ApiClient, store: Database) -> None:
        made = source(api, daily_hour=3)
        path = f"/v1/roster-sources/{made['id']}"
        assert sent(api.get(path), 200) == made
        assert sent(api.get("/v1/roster-sources"), 200)["items"] == [made]
        assert (made["daily_hour"], made["every_hours"], made["full_every_days"]) == (3, None, None)
        for answer in (api.get(path), api.get("/v1/events?include=payload")):
            assert SECRET not in answer.text
        assert "oauth_client_secret" not in made

    def test_keeps_its_secret_sealed(self, api: ApiClient, store: Database) -> None:
        made = source(api)
        sent(change(api, made, oauth_client_secret=f"{SECRET} 2"), 200)
        with store.reader.connect() as connection:
            [(sealed,)] = connection.execute(select(RosterSource.secret_sealed)).all()
            payloads = connection.execute(select(JournalPayload.before, JournalPayload.after)).all()
        assert SECRET.encode() not in sealed
        assert SECRET not in repr(payloads)
        assert "secret" not in repr(payloads)

    def test_is_journaled(self, api: ApiClient) -> None:
        made = source(api)
        sent(change(api, made, every_hours=6), 200)
        path = f"/v1/roster-sources/{made['id']}"
        assert api.delete(path, etag=api.get(path).headers["ETag"]).status_code == 204
        assert api.get(path).status_code == 404
        events = sent(api.get("/v1/events?limit=500"), 200)["items"]
        assert [one["event"] for one in events if one["event"].startswith("roster_source.")] == [
            "roster_source.created",
            "roster_source.changed",
            "roster_source.deleted",
        ]

    def test_of_a_feed_is_one(self, api: ApiClient) -> None:
        first = source(api)
        again = api.post("/v1/roster-sources", SAID)
        assert again.status_code == 409
        assert f"PATCH /v1/roster-sources/{first['id']}" in again.get_json()["detail"]
        other = source(api, feed="weekly")
        assert change(api, other, feed="nightly").status_code == 409
        assert change(api, other, feed="weekly").status_code == 200

    @pytest.mark.parametrize(
        ("said", "fault"),
        [
            ({"base_url": "http://sis.example.org/"}, ("/base_url", "not_https")),
            ({"base_url": "https://10.0.0.7/"}, ("/base_url", "not_public")),
            ({"base_url": "https://127.0.0.1/"}, ("/base_url", "not_public")),
            ({"base_url": "https://sis.example.org/?a=b"}, ("/base_url", "not_a_url")),
            ({"token_url": "http://localhost/token"}, ("/token_url", "not_https")),
            ({"token_url": "https://me:secret@sis.example.org/"}, ("/token_url", "not_a_url")),
            ({"daily_hour": 24}, ("/daily_hour", "range")),
            ({"every_hours": 0}, ("/every_hours", "range")),
            ({"daily_hour": 3, "every_hours": 6}, ("/every_hours", "one_of_two")),
            ({"oneroster_version": "1.0"}, ("/oneroster_version", "not_one_of")),
            ({"feed": "Night ly"}, ("/feed", "not_a_feed")),
            ({"oauth_client_secret": " "}, ("/oauth_client_secret", "blank")),
        ],
    )
    def test_that_cannot_be_is_refused(
        self, api: ApiClient, said: Json, fault: tuple[str, str]
    ) -> None:
        assert fault in faults(api.post("/v1/roster-sources", {**SAID, **said}))

    def test_at_another_address_is_changed_by_who_knows_the_secret(self, api: ApiClient) -> None:
        """Otherwise whoever may change settings could have it sent to themselves."""
        made = source(api)
        for name in ("token_url", "base_url"):
            elsewhere = {name: "https://elsewhere.example.org/"}
            assert faults(change(api, made, **elsewhere)) == {("/oauth_client_secret", "required")}
            sent(change(api, made, **elsewhere, oauth_client_secret=SECRET), 200)
        sent(change(api, made, token_url="https://elsewhere.example.org/", daily_hour=1), 200)

    def test_has_one_schedule(self, api: ApiClient) -> None:
        made = source(api, daily_hour=3)
        assert faults(change(api, made, every_hours=6)) == {("/every_hours", "one_of_two")}
        changed = sent(change(api, made, every_hours=6, daily_hour=None), 200)
        assert (changed["every_hours"], changed["daily_hour"]) == (6, None)

    def test_is_one_of_not_too_many(self, api: ApiClient) -> None:
        for number in range(MOST):
            source(api, feed=f"feed_{number}")
        assert faults(api.post("/v1/roster-sources", SAID)) == {("", "too_many")}


def test_settings_and_imports_are_needed(
    app: Flask, store: Database, district: Any, api: ApiClient
) -> None:
    made = source(api)

    def may(*scopes: str) -> ApiClient:
        client: AClient = a_client(store, district, scopes=scopes)
        return ApiClient(app.test_client(), a_token(app, client))

    sis = may("imports:write", "imports:read")
    assert sis.get("/v1/roster-sources").status_code == 403
    assert sis.post("/v1/roster-sources", SAID).status_code == 403
    assert sis.post(f"/v1/roster-sources/{made['id']}/pull").status_code == 202
    assert may("settings:write").post(f"/v1/roster-sources/{made['id']}/pull").status_code == 403


def test_of_another_district_is_not_there(api: ApiClient, neighbor: ApiClient) -> None:
    made = source(api)
    assert neighbor.get(f"/v1/roster-sources/{made['id']}").status_code == 404
    assert neighbor.post(f"/v1/roster-sources/{made['id']}/pull").status_code == 404
    assert sent(neighbor.get("/v1/roster-sources"), 200)["items"] == []
    source(neighbor)
