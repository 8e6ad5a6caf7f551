"""A district in the application's database, and clients of it.

A test file that needs something else makes it with `tests.builders`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask

from service.clock import SetClock
from service.policies import Policies
from service.storage.database import Database
from tests.api.records import Records
from tests.builders import AClient, ApiClient, a_client, a_district, a_token

NOW = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
"""A Monday morning in autumn: what the clock stands at when a test begins."""


@pytest.fixture
def clock() -> SetClock:
    """The service's clock: `clock.set(…)`, `clock.advance(…)`. Tokens do not live by it."""
    return SetClock(NOW)


@pytest.fixture
def district(store: Database, clock: SetClock) -> UUID:
    """A district in Wisconsin."""
    return a_district(store, clock=clock)


@pytest.fixture
def client(store: Database, district: UUID) -> AClient:
    """A client of the district with every scope."""
    return a_client(store, district)


@pytest.fixture
def token(app: Flask, client: AClient) -> str:
    return a_token(app, client)


@pytest.fixture
def api(app: Flask, token: str) -> ApiClient:
    """Calls the API with a token that carries every scope."""
    return ApiClient(app.test_client(), token)


@pytest.fixture
def stranger(app: Flask) -> ApiClient:
    """Calls the API without a token."""
    return ApiClient(app.test_client())


@pytest.fixture
def neighbor(app: Flask, store: Database, clock: SetClock) -> ApiClient:
    """Calls the API as a client of another district, with every scope."""
    other = a_district(store, name="Lake Shore", clock=clock)
    return ApiClient(app.test_client(), a_token(app, a_client(store, other)))


@pytest.fixture
def records(store: Database, district: UUID, clock: SetClock, policies: Policies) -> Records:
    """Stores students, guardians and receipts of the district, without the HTTP interface."""
    return Records(store, district, clock, policies)


@pytest.fixture
def student(records: Records) -> str:
    """A student of the district; the id."""
    return records.student()
