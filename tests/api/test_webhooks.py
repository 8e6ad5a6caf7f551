"""Webhooks over HTTP: who is told of what, and what was delivered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from service.clock import SetClock
from service.storage.clients import IdempotencyKey
from service.storage.database import Database
from service.storage.webhooks import Webhook
from service.worker import webhooks
from service.workflow.webhooks import nouns
from tests.api.records import Json
from tests.builders import AClient, ApiClient, a_client, a_district, a_token, faults, services_of
from tests.scenarios.journey import sent

URL = "https://sis.example.org/childfind?key=1"


def webhook(api: ApiClient, **said: Any) -> Json:
    return sent(api.post("/v1/webhooks", {"url": URL, **said}))


@pytest.fixture
def trying(app: Flask, store: Database, clock: SetClock) -> ApiClient:
    """Calls the API as a client of a demonstration district."""
    id = a_district(store, clock=clock, kind="demonstration")
    return ApiClient(app.test_client(), a_token(app, a_client(store, id)))


class TestSubscribing:
    def test_the_secret_is_shown_once(self, api: ApiClient, client: AClient) -> None:
        made = webhook(api, events=["referral.received", "case."], description="Our SIS")
        assert made["secret"].startswith("whsec_")
        assert (made["status"], made["client_id"]) == ("active", str(client.id))
        path = f"/v1/webhooks/{made['id']}"
        shown = sent(api.get(path), 200)
        assert shown == {name: value for name, value in made.items() if name != "secret"}
        assert sent(api.get("/v1/webhooks"), 200)["items"] == [shown]
        assert made["secret"] not in api.get("/v1/events?include=payload").text

    def test_and_is_kept_sealed_alone(self, api: ApiClient, store: Database) -> None:
        key = {"Idempotency-Key": "once"}
        first = api.post("/v1/webhooks", {"url": URL}, headers=key)
        again = api.post("/v1/webhooks", {"url": URL}, headers=key)
        assert first.data == again.data
        secret = first.get_json()["secret"]
        with store.reader.connect() as connection:
            [(kept,)] = connection.execute(select(IdempotencyKey.body)).all()
            [(sealed,)] = connection.execute(select(Webhook.secret_sealed)).all()
        for stored in (kept, sealed):
            assert secret.encode() not in stored
            assert b"whsec_" not in stored

    def test_an_answer_that_cannot_be_read_again_says_so(
        self, api: ApiClient, store: Database
    ) -> None:
        key = {"Idempotency-Key": "once"}
        assert api.post("/v1/webhooks", {"url": URL}, headers=key).status_code == 201
        with store.writer.begin() as connection:
            connection.execute(update(IdempotencyKey).values(body=b"sealed with another key"))
        again = api.post("/v1/webhooks", {"url": URL}, headers=key)
        assert again.status_code == 422
        assert again.get_json()["type"] == "/problems/idempotency-key-reused"

    def test_is_told_from_now_on(self, api: ApiClient) -> None:
        sent(api.post("/v1/schools", {"name": "Before"}))
        made = webhook(api)
        progress = sent(api.get(f"/v1/webhooks/{made['id']}/progress"), 200)
        assert (progress["after"], progress["behind"]) == (1, 1), "its own making is told"
        assert (progress["pending"], progress["dead"], progress["failures"]) == (0, 0, 0)

    def test_changing_and_ending(self, api: ApiClient) -> None:
        made = webhook(api)
        path = f"/v1/webhooks/{made['id']}"
        changed = sent(api.patch(path, {"status": "paused", "events": ["case."]}, etag='"1"'), 200)
        assert (changed["status"], changed["events"], changed["version"]) == (
            "paused",
            ["case."],
            2,
        )
        assert api.patch(path, {"status": "active"}, etag='"1"').status_code == 412
        assert faults(api.patch(path, {"status": "gone"}, etag='"2"')) == {
            ("/status", "not_one_of")
        }
        assert api.delete(path, etag='"2"').status_code == 204
        assert api.get(path).status_code == 404
        told = [one["event"] for one in api.get("/v1/events").get_json()["items"]]
        assert told == ["webhook.created", "webhook.changed", "webhook.deleted"]

    def test_rotating_the_secret(self, api: ApiClient, clock: SetClock) -> None:
        made = webhook(api)
        path = f"/v1/webhooks/{made['id']}/rotate-secret"
        second = sent(api.post(path, {}), 200)
        assert second["secret"] not in ("", made["secret"])
        assert second["previous_valid_until"] == "2026-10-06T15:00:00Z"
        third = sent(api.post(path, {"overlap_hours": 0}), 200)
        assert third["previous_valid_until"] is None
        fourth = sent(api.post(path), 200)
        assert fourth["previous_valid_until"] == "2026-10-06T15:00:00Z"
        assert api.post(path, data=b"{}").status_code == 415
        assert faults(api.post(path, {"overlap_hours": 169})) == {("/overlap_hours", "range")}

    def test_needs_the_scope_to_follow_the_feed(
        self, app: Flask, store: Database, district: UUID
    ) -> None:
        token = a_token(app, a_client(store, district, scopes=["webhooks:write", "webhooks:read"]))
        answer = ApiClient(app.test_client(), token).post("/v1/webhooks", {"url": URL})
        assert (answer.status_code, answer.get_json()["scope"]) == (403, "events:read")

    def test_a_district_has_so_many(self, api: ApiClient) -> None:
        for _ in range(50):
            webhook(api)
        assert faults(api.post("/v1/webhooks", {"url": URL})) == {("", "too_many")}

    def test_another_district_has_its_own(self, api: ApiClient, neighbor: ApiClient) -> None:
        made = webhook(api)
        assert neighbor.get("/v1/webhooks").get_json()["items"] == []
        for end in ("", "/progress", "/deliveries"):
            assert neighbor.get(f"/v1/webhooks/{made['id']}{end}").status_code == 404


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("sis.example.org", "not_a_url"),
            ("ftp://sis.example.org/", "not_a_url"),
            ("https://", "not_a_url"),
            ("https://sis.example.org:0/", "not_a_url"),
            ("https://sis.example.org:99999/", "not_a_url"),
            ("https://[::1/", "not_a_url"),
            ("https://sis.example.org/a b", "not_a_url"),
            ("https://sis.example.org/ü", "not_a_url"),
            ("https://sis.example.org/\r\nHost: other", "not_a_url"),
            ("https://user:secret@sis.example.org/", "not_a_url"),
            ("https://sis.example.org/#part", "not_a_url"),
            ("http://sis.example.org/", "not_https"),
            ("http://127.0.0.1:8080/", "not_https"),
            ("http://localhost:8080/", "not_https"),
            ("https://127.0.0.1/", "not_public"),
            ("https://10.1.2.3/", "not_public"),
            ("https://169.254.169.254/latest/meta-data", "not_public"),
            ("https://[::ffff:10.1.2.3]/", "not_public"),
            ("https://[fd00::1]/", "not_public"),
        ],
    )
    def test_where_nothing_is_sent(self, api: ApiClient, url: str, code: str) -> None:
        assert faults(api.post("/v1/webhooks", {"url": url})) == {("/url", code)}
        made = webhook(api)
        path = f"/v1/webhooks/{made['id']}"
        assert faults(api.patch(path, {"url": url}, etag='"1"')) == {("/url", code)}

    @pytest.mark.parametrize("url", [URL, "https://1.1.1.1/", "https://[2606:4700::1111]:8443/x"])
    def test_where_it_is(self, api: ApiClient, url: str) -> None:
        assert webhook(api, url=url)["url"] == url

    @pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:9000"])
    def test_a_demonstration_may_name_this_machine(self, trying: ApiClient, host: str) -> None:
        assert webhook(trying, url=f"http://{host}/hook")["status"] == "active"
        for other in ("http://10.0.0.1/", "http://sis.example.org/"):
            assert faults(trying.post("/v1/webhooks", {"url": other})) == {("/url", "not_https")}


class TestEvents:
    @pytest.mark.parametrize("name", ["referal.received", "referral", "*", "case", ".", "Case."])
    def test_a_name_that_none_has_is_refused(self, api: ApiClient, name: str) -> None:
        answer = api.post("/v1/webhooks", {"url": URL, "events": ["case.", name]})
        assert faults(answer) == {("/events/1", "not_an_event")}
        assert "staff_member." in answer.get_json()["errors"][0]["message"]

    @pytest.mark.parametrize("kind", ["override.", "journal.", "refused_acces.", "deadline."])
    def test_a_kind_of_which_nothing_is_told_is_refused(self, api: ApiClient, kind: str) -> None:
        answer = api.post("/v1/webhooks", {"url": URL, "events": [kind]})
        assert faults(answer) == {("/events/0", "not_an_event")}

    def test_the_page_for_receivers_names_every_kind(self) -> None:
        page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
        told = page.partition("The kinds are ")[2].partition(".\n")[0]
        assert tuple(sorted(re.findall(r"`([a-z_]+)\.`", told))) == nouns()

    def test_what_is_wrong_twice_is_told_once(self, api: ApiClient) -> None:
        answer = api.post("/v1/webhooks", {"url": URL, "events": ["no.such", "nor.this"]})
        assert len(answer.get_json()["errors"]) == 2
        assert answer.get_json()["detail"].count("or a kind:") == 1


class TestDeliveries:
    def test_one_that_is_not_there_is_not_sent_again(self, api: ApiClient) -> None:
        path = f"/v1/webhooks/{webhook(api)['id']}/deliveries"
        assert sent(api.get(path), 200)["items"] == []
        assert api.post(f"{path}/{uuid4()}/redeliver").status_code == 404

    def test_one_of_another_webhook_is_not_sent_again_from_here(
        self, app: Flask, api: ApiClient
    ) -> None:
        mine, other = webhook(api), webhook(api)
        while webhooks.take_up(services_of(app)):
            pass
        (one, *_) = sent(api.get(f"/v1/webhooks/{mine['id']}/deliveries"), 200)["items"]
        elsewhere = f"/v1/webhooks/{other['id']}/deliveries/{one['id']}/redeliver"
        assert api.post(elsewhere).status_code == 404
        here = f"/v1/webhooks/{mine['id']}/deliveries/{one['id']}/redeliver"
        assert sent(api.post(here), 200)["id"] == one["id"]

    def test_a_ping_is_an_event(self, api: ApiClient) -> None:
        made = webhook(api)
        sent(api.post(f"/v1/webhooks/{made['id']}/ping"), 200)
        [_, pinged] = api.get("/v1/events").get_json()["items"]
        assert pinged["event"] == "webhook.pinged"
        assert pinged["subject"] == {"type": "webhooks", "id": made["id"]}


def test_a_dry_run_makes_none(api: ApiClient) -> None:
    tried = sent(api.post("/v1/webhooks?dry_run=true", {"url": URL}), 200)
    assert tried["allowed"]
    assert api.get("/v1/webhooks").get_json()["items"] == []
