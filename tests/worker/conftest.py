"""A worker on the database, the keys and the clock of the application."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask

from service.api.plumbing.services import Services
from service.clock import SetClock
from service.storage.database import Database
from tests.builders import AClient, ApiClient, a_client, a_district, a_token, services_of

NOW = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def services(app: Flask) -> Services:
    """What a worker beside this application works with."""
    return services_of(app)


@pytest.fixture
def district(store: Database, clock: SetClock) -> UUID:
    return a_district(store, clock=clock)


@pytest.fixture
def client(store: Database, district: UUID) -> AClient:
    return a_client(store, district)


@pytest.fixture
def api(app: Flask, client: AClient) -> ApiClient:
    return ApiClient(app.test_client(), a_token(app, client))
