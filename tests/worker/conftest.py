"""A worker on the database, the keys and the clock of the application."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from flask import Flask

from service.services import Services
from tests.api.conftest import api, client, clock, district, neighbor, token  # noqa: F401
from tests.builders import services_of


@pytest.fixture
def services(app: Flask) -> Services:
    """What a worker beside this application works with."""
    return services_of(app)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the service says in its log."""
    logger = logging.getLogger("childfind")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)
