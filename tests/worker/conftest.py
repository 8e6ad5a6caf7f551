"""A worker on the database, the keys and the clock of the application."""

from __future__ import annotations

import pytest
from flask import Flask

from service.api.plumbing.services import Services
from tests.api.conftest import api, client, clock, district, neighbor, token  # noqa: F401
from tests.builders import services_of


@pytest.fixture
def services(app: Flask) -> Services:
    """What a worker beside this application works with."""
    return services_of(app)
