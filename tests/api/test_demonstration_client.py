"""A demonstration client's secret is printed on a screen: it opens invented records only."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.storage.database import Database
from service.storage.districts import District
from tests.builders import a_client, a_district

GRANT = {"grant_type": "client_credentials"}


def asked(app: Flask, store: Database, district: UUID, address: str = "127.0.0.1") -> TestResponse:
    client = a_client(store, district, demonstration=True)
    return app.test_client().post(
        "/oauth/token",
        data=GRANT,
        auth=(str(client.id), client.secret),
        environ_overrides={"REMOTE_ADDR": address},
    )


def a_demonstration(store: Database) -> UUID:
    id = a_district(store, "us")
    with Session(store.writer) as session, session.begin():
        row = session.get(District, id)
        assert row is not None
        row.kind = "demonstration"
    return id


def test_gets_a_token_on_this_machine_in_a_demonstration_district(
    app: Flask, store: Database
) -> None:
    assert asked(app, store, a_demonstration(store)).status_code == 200


def test_gets_none_in_a_live_district(app: Flask, store: Database, district: UUID) -> None:
    answer = asked(app, store, district)
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "unauthorized_client"


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", ""])
def test_gets_none_from_another_machine(app: Flask, store: Database, address: str) -> None:
    """Nor when the server does not say from which."""
    answer = asked(app, store, a_demonstration(store), address)
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "unauthorized_client"
