"""What tests start from: districts, clients, tokens, and a client of the HTTP interface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.api.plumbing.scopes import SCOPES
from service.api.plumbing.services import EXTENSION
from service.clock import Clock
from service.keys import Keys, hash_secret, new_secret
from service.services import Services
from service.storage.base import time_ordered_id
from service.storage.clients import Client, ClientDistrict
from service.storage.database import Database
from service.storage.districts import District
from service.storage.journal import JournalHead
from service.storage.schools import StaffMember
from service.storage.unit_of_work import Caller, UnitOfWork
from service.worker import imports

SECRET_KEY = "a secret key that only tests know, long enough"
KEYS = Keys.derive(SECRET_KEY.encode())


@dataclass(frozen=True, kw_only=True)
class AClient:
    """A stored client and its secret."""

    id: UUID
    secret: str


def a_district(
    database: Database,
    jurisdiction: str = "us-wi",
    *,
    time_zone: str = "America/Chicago",
    settings: Mapping[str, Any] | None = None,
    name: str = "Prairie Union",
    kind: str = "live",
    clock: Clock | None = None,
) -> UUID:
    """Store a district with its journal; its id."""
    now = (clock or Clock()).now()
    id = time_ordered_id(now)
    with Session(database.writer) as session, session.begin():
        session.add(
            District(
                id=id,
                name=name,
                jurisdiction=jurisdiction,
                time_zone=time_zone,
                kind=kind,
                settings=dict(settings or {}),
                created_at=now,
                updated_at=now,
            )
        )
        session.flush()
        session.add(JournalHead(district_id=id, last_seq=0))
    return id


def a_client(
    database: Database,
    *districts: UUID,
    scopes: Iterable[str] = SCOPES,
    name: str = "Test SIS",
    may_assert_people: bool = False,
    demonstration: bool = False,
    active: bool = True,
    previous_secret: str | None = None,
    previous_valid_until: datetime | None = None,
) -> AClient:
    """Store a client of these districts, by default with every scope."""
    id, secret = uuid4(), new_secret()
    with Session(database.writer) as session, session.begin():
        session.add(
            Client(
                id=id,
                name=name,
                scopes=sorted(scopes),
                secret_hash=hash_secret(KEYS, secret),
                previous_secret_hash=hash_secret(KEYS, previous_secret)
                if previous_secret
                else None,
                previous_valid_until=previous_valid_until,
                may_assert_people=may_assert_people,
                demonstration=demonstration,
                active=active,
                created_at=Clock().now(),
            )
        )
        session.flush()
        session.add_all(ClientDistrict(client_id=id, district_id=d) for d in districts)
    return AClient(id=id, secret=secret)


def a_staff_member(
    database: Database,
    district_id: UUID,
    *,
    roles: Iterable[str] = ("case_manager",),
    active: bool = True,
    family_name: str = "Rivera",
    given_name: str = "Ana",
) -> UUID:
    """Store a staff member of a district; the id."""
    with UnitOfWork(database, Caller(district_id=district_id), Clock()) as uow:
        row = uow.add(
            StaffMember(
                given_name=given_name, family_name=family_name, roles=list(roles), active=active
            )
        )
        uow.record("staff.created", row)
        uow.commit()
        return row.id


def a_token(app: Flask, client: AClient, *, scope: str | None = None) -> str:
    """A token of a client, asked for over HTTP."""
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope is not None else {})
    answer = app.test_client().post("/oauth/token", data=form, auth=(str(client.id), client.secret))
    assert answer.status_code == 200, answer.text
    token: str = answer.get_json()["access_token"]
    return token


@dataclass
class ApiClient:
    """Calls the API as one client: with its token, and a fresh idempotency key for a POST.

    `headers=` adds to the headers or, with None, takes one away. `json=` is the body.
    """

    http: FlaskClient
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("POST", path, json=json, **more)

    def patch(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("PATCH", path, json=json, **more)

    def put(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("PUT", path, json=json, **more)

    def delete(self, path: str, **more: Any) -> TestResponse:
        return self.call("DELETE", path, **more)

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str | None] | None = None,
        json: Any = None,
        etag: str | None = None,
        **more: Any,
    ) -> TestResponse:
        """One request; `etag` is sent as If-Match."""
        sent: dict[str, str | None] = dict(self.headers)
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if method == "POST":
            sent["Idempotency-Key"] = str(uuid4())
        if etag is not None:
            sent["If-Match"] = etag
        sent |= dict(headers or {})
        if json is not None:
            more["json"] = json
        kept = {name: value for name, value in sent.items() if value is not None}
        return self.http.open(path, method=method, headers=kept, **more)


def services_of(app: Flask) -> Services:
    """What an application holds."""
    held = app.extensions[EXTENSION]
    assert isinstance(held, Services)
    return held


def do_imports(app: Flask) -> int:
    """Do the imports that wait, as the worker does; how many there were."""
    held = services_of(app)
    count = 0
    while imports.take(held):
        count += 1
    return count


def faults(answer: TestResponse) -> set[tuple[str, str]]:
    """Where a 422 points, a place in the body or a parameter, and its codes."""
    assert answer.status_code == 422, answer.text
    return {
        (e.get("pointer") or e.get("parameter") or "", e["code"])
        for e in answer.get_json()["errors"]
    }
