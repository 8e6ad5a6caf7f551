"""Tokens, scopes, districts, and the people that clients act for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.api.plumbing.services import EXTENSION
from service.clock import Clock, SetClock
from service.services import Services
from service.storage.database import Database
from service.storage.journal import JournalEntry, RefusedAccess
from tests.builders import (
    KEYS,
    AClient,
    ApiClient,
    a_client,
    a_district,
    a_staff_member,
    a_token,
)


def ask(app: Flask, client: AClient, **form: str) -> TestResponse:
    given = {"grant_type": "client_credentials", **form}
    return app.test_client().post("/oauth/token", data=given, auth=(str(client.id), client.secret))


class TestTokenEndpoint:
    def test_gives_a_short_lived_token(self, app: Flask, client: AClient) -> None:
        answer = ask(app, client, scope="schools:read staff:read")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        given = answer.get_json()
        assert given["token_type"] == "Bearer"
        assert given["expires_in"] == 600
        assert given["scope"] == "schools:read staff:read"
        token = jwt.decode(given["access_token"], OctKey.import_key(KEYS.tokens), ["HS256"])
        assert token.header["typ"] == "at+jwt"
        assert token.claims["sub"] == str(client.id)

    def test_takes_the_secret_in_the_body(self, app: Flask, client: AClient) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": str(client.id),
            "client_secret": client.secret,
        }
        assert app.test_client().post("/oauth/token", data=form).status_code == 200

    def test_reads_no_long_form_of_a_stranger(self, app: Flask, client: AClient) -> None:
        answer = ask(app, client, more="x" * 20_000)
        assert answer.status_code == 413
        assert answer.get_json()["type"] == "/problems/content-too-large"

    def test_a_wrong_secret_and_an_unknown_client_look_the_same(
        self, app: Flask, client: AClient
    ) -> None:
        wrong = ask(app, AClient(id=client.id, secret="cfs_wrong"))
        unknown = ask(app, AClient(id=uuid4(), secret=client.secret))
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.get_json() == unknown.get_json()
        assert wrong.get_json()["error"] == "invalid_client"
        assert wrong.headers["WWW-Authenticate"].startswith("Basic")
        no_id = {"client_id": "childfind", "client_secret": client.secret}
        form = {"grant_type": "client_credentials", **no_id}
        answer = app.test_client().post("/oauth/token", data=form)
        assert (answer.status_code, answer.get_json()) == (401, wrong.get_json())
        assert (
            app.test_client()
            .post(
                "/oauth/token",
                data={"grant_type": "client_credentials"},
                headers={"Authorization": "Basic !!"},
            )
            .status_code
            == 401
        )

    def test_a_client_that_was_switched_off_gets_none(
        self, app: Flask, store: Database, district: UUID
    ) -> None:
        assert ask(app, a_client(store, district, active=False)).status_code == 401

    def test_gives_no_scope_that_the_client_lacks(
        self, app: Flask, store: Database, district: UUID
    ) -> None:
        answer = ask(app, a_client(store, district, scopes=["schools:read"]), scope="schools:write")
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_scope")

    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"grant_type": ""}, "invalid_request"),
            ({"client_secret": "twice"}, "invalid_request"),
        ],
    )
    def test_speaks_the_errors_of_the_standard(
        self, app: Flask, client: AClient, form: dict[str, str], error: str
    ) -> None:
        answer = ask(app, client, **form)
        assert (answer.status_code, answer.get_json()["error"]) == (400, error)

    def test_reads_every_member_once(self, app: Flask, client: AClient) -> None:
        form = {"grant_type": ["client_credentials", "password"]}
        answer = app.test_client().post(
            "/oauth/token", data=form, auth=(str(client.id), client.secret)
        )
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")
        assert "grant_type is given twice" in answer.get_json()["error_description"]

    @pytest.mark.parametrize("sent", ["Bearer abc", "Basic abc", "Basic /w==", "Digest"])
    def test_reads_basic_only(self, app: Flask, sent: str) -> None:
        answer = app.test_client().post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": sent},
        )
        assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="childfind"'

    def test_reads_forms_only(self, app: Flask) -> None:
        answer = app.test_client().post("/oauth/token", json={"grant_type": "client_credentials"})
        assert answer.status_code == 415

    def test_a_secret_that_was_replaced_is_good_until_its_day(
        self, app: Flask, store: Database, district: UUID
    ) -> None:
        now = Clock().now()
        for until, status in ((now + timedelta(hours=1), 200), (now - timedelta(hours=1), 401)):
            made = a_client(
                store, district, previous_secret="cfs_before", previous_valid_until=until
            )
            assert ask(app, AClient(id=made.id, secret="cfs_before")).status_code == status
            assert ask(app, made).status_code == 200


class TestToken:
    def test_is_needed(self, stranger: ApiClient) -> None:
        answer = stranger.get("/v1/schools")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="childfind"'
        endless = f"Bearer {'a' * 20_000}"
        for scheme in ("Basic abc", "Bearer", "Bearer ", "Bearer a.b.c", endless):
            again = stranger.get("/v1/schools", headers={"Authorization": scheme})
            assert again.status_code == 401

    def test_expires(self, app: Flask, store: Database, client: AClient) -> None:
        wall = SetClock(datetime(2026, 10, 5, 15, tzinfo=UTC))
        held: Services = app.extensions[EXTENSION]
        app.extensions[EXTENSION] = Services(
            settings=held.settings,
            database=store,
            clock=held.clock,
            wall=wall,
            keys=held.keys,
            policies=held.policies,
        )
        api = ApiClient(app.test_client(), a_token(app, client))
        assert api.get("/v1/schools").status_code == 200
        wall.advance(timedelta(seconds=599))
        assert api.get("/v1/schools").status_code == 200
        wall.advance(timedelta(minutes=2))
        answer = api.get("/v1/schools")
        assert answer.status_code == 401
        assert "expired" in answer.get_json()["detail"]
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    @pytest.mark.parametrize(
        ("header", "claims"),
        [
            ({"typ": "JWT"}, {}),
            ({}, {"iss": "somebody"}),
            ({}, {"aud": "another"}),
            ({}, {"exp": None}),
            ({}, {"exp": "soon"}),
            ({}, {"sub": None}),
            ({}, {"sub": "not-an-id"}),
            ({}, {"jti": None}),
            ({}, {"iat": 99999999999}),
            ({}, {"districts": "none"}),
            ({}, {"scope": None}),
        ],
    )
    def test_says_everything_it_must(
        self, app: Flask, token: str, header: dict[str, Any], claims: dict[str, Any]
    ) -> None:
        key = OctKey.import_key(KEYS.tokens)
        good = jwt.decode(token, key, ["HS256"])
        said = {k: v for k, v in {**good.claims, **claims}.items() if v is not None}
        made = jwt.encode({**good.header, **header}, said, key, ["HS256"])
        assert ApiClient(app.test_client(), made).get("/v1/schools").status_code == 401

    def test_is_signed_here(self, app: Flask, token: str) -> None:
        import base64

        head, body, signature = token.split(".")
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
        other = OctKey.import_key(b"another key, quite as long as ours is")
        claims = jwt.decode(token, OctKey.import_key(KEYS.tokens), ["HS256"]).claims
        for forged in (
            f"{none}.{body}.",
            f"{none}.{body}.{signature}",
            f"{head}.{body}.",
            jwt.encode({"alg": "HS256", "typ": "at+jwt"}, claims, other, ["HS256"]),
        ):
            assert ApiClient(app.test_client(), forged).get("/v1/schools").status_code == 401


class TestScope:
    def test_a_missing_one_is_named_and_counted(
        self, app: Flask, store: Database, district: UUID
    ) -> None:
        client = a_client(store, district, scopes=["schools:read"])
        api = ApiClient(app.test_client(), a_token(app, client))
        assert api.get("/v1/schools").status_code == 200
        api.post("/v1/schools", {"name": "A"})
        answer = api.post("/v1/schools", {"name": "A"})
        assert answer.status_code == 403
        assert answer.get_json()["type"] == "/problems/scope-missing"
        assert answer.get_json()["scope"] == "schools:write"
        assert 'scope="schools:write"' in answer.headers["WWW-Authenticate"]
        with Session(store.reader) as session:
            counted = session.scalars(select(RefusedAccess)).one()
        assert (counted.client_id, counted.reason, counted.count) == (
            client.id,
            "scope:schools:write",
            2,
        )


class TestDistrict:
    def test_a_client_of_several_names_one(self, app: Flask, store: Database) -> None:
        here, there, elsewhere = (a_district(store, name=n) for n in ("Here", "There", "Elsewhere"))
        api = ApiClient(app.test_client(), a_token(app, a_client(store, here, there)))
        unnamed = api.get("/v1/schools")
        assert unnamed.status_code == 403
        assert unnamed.get_json()["type"] == "/problems/district"
        made = api.post("/v1/schools", {"name": "A"}, headers={"Childfind-District": str(here)})
        assert made.status_code == 201
        for named, status in ((here, 200), (there, 404)):
            answer = api.get(made.headers["Location"], headers={"Childfind-District": str(named)})
            assert answer.status_code == status
        for wrong in (str(elsewhere), "", "x"):
            answer = api.get("/v1/schools", headers={"Childfind-District": wrong})
            assert answer.status_code == 403

    def test_a_client_of_none_is_told_so(self, app: Flask, store: Database) -> None:
        api = ApiClient(app.test_client(), a_token(app, a_client(store)))
        assert api.get("/v1/schools").status_code == 403


class TestActingStaff:
    def test_is_stored_with_what_was_done(
        self, api: ApiClient, store: Database, district: UUID
    ) -> None:
        staff = a_staff_member(store, district)
        answer = api.post(
            "/v1/schools", {"name": "A"}, headers={"Childfind-Acting-Staff": str(staff)}
        )
        assert answer.status_code == 201
        with Session(store.reader) as session:
            entries = session.scalars(select(JournalEntry).order_by(JournalEntry.seq)).all()
        assert entries[-1].acting_staff_id == staff

    def test_is_an_active_member_of_the_district(
        self, api: ApiClient, store: Database, district: UUID
    ) -> None:
        left = a_staff_member(store, district, active=False)
        theirs = a_staff_member(store, a_district(store, name="Elsewhere"))
        for named in (str(left), str(theirs), str(uuid4()), "Ana"):
            answer = api.get("/v1/schools", headers={"Childfind-Acting-Staff": named})
            assert answer.status_code == 403
            assert answer.get_json()["type"] == "/problems/acting-staff"
